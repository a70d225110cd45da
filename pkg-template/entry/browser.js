// This is the entry point in browsers. The module is fetched when it is first needed, or by `ready()`; bundlers that
// know `new URL(…, import.meta.url)` ship it as a file of its own.

import { provide } from "../module.js";

provide({ later: () => new URL("../wasm/client.wasm", import.meta.url) });

export * from "../client.js";
