// This is the entry point on Node, Deno and Bun. The module is read from its file and compiled at once.

import { provide } from "../client/module.js";
import { readClient } from "../wasm/client-read.js";

provide({ now: readClient });

export * from "../client/index.js";
