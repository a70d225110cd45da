// This is the entry point on Node, Deno and Bun. The module is read from its file and compiled at once.

import { readFileSync } from "node:fs";
import { provide } from "../module.js";

provide({ now: () => readFileSync(new URL("../wasm/client.wasm", import.meta.url)) });

export * from "../client.js";
