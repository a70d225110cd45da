// This is the entry point on Cloudflare Workers (workerd), which takes a module only as an import.

import module from "../wasm/client.wasm";
import { provide } from "../client/module.js";

provide({ now: () => module });

export * from "../client/index.js";
