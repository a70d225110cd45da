// This is the entry point of the gateway on Cloudflare Workers (workerd), which compile only modules that are imported.

import { load } from "../gateway/wasm-instance.js";
import module from "../wasm/gateway.wasm";

load(module);

export * from "../gateway/index.js";
