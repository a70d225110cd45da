// This is the entry point of the sandbox with the module inside the JavaScript: it needs no file anywhere. Where a runtime
// compiles no bytes (workerd does so only while a Worker starts) it does not work. It is here, and not with the other entries,
// for tools that look at no `exports` (Parcel).

import { createSandboxFactory } from "./sandbox/sandbox-core.js";
import { bytes } from "./wasm/inlined-sandbox.js";

export const createSandbox = createSandboxFactory({
  loadInlined: async () => ({ bytes }),
  loadOpenapi: async () => (await import("./generated/openapi.js")).default,
});
