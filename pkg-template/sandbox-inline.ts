// This is the entry point of the sandbox with the module inside the JavaScript: it needs no file anywhere. Where a runtime
// compiles no bytes (workerd does so only while a Worker starts) it does not work. It is here, and not with the other entries,
// for tools that look at no `exports` (Parcel).

import { sandboxFrom } from "./sandbox/sandbox.js";
import { bytes } from "./wasm/inlined-sandbox.js";

export const createSandbox = sandboxFrom({
  inlined: async () => ({ bytes }),
  openapi: async () => (await import("./generated/openapi.js")).default,
});
