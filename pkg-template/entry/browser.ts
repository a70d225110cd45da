// This is the entry point in browsers. The module is fetched when it is first needed, or by `ready()`; bundlers that
// know `new URL(…, import.meta.url)` ship it as a file of its own.

import { provide } from "../client/module.js";
import { clientFile } from "../wasm/client-file.js";

provide({ later: clientFile });

export * from "../client/index.js";
