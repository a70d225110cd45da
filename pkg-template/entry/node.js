// This is the entry point on Node, Deno and Bun. The module is read from its file and compiled at once.

import { readFileSync } from "node:fs";
import { provide } from "../module.js";
import { clientFile } from "../wasm/client-file.js";

provide({ now: () => readFileSync(clientFile()) });

export * from "../client.js";
