// This is the entry point of the gateway on Cloudflare Workers (workerd), which takes a module only as an import.

import module from "../wasm/gateway.wasm";
import { load } from "../gateway/module.js";

load(module);

export { createGateway } from "../gateway/gateway.js";
export { CaseQuota } from "../gateway/quota.js";
