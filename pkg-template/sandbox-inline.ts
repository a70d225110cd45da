// This is the entry point of the sandbox with the wasm module inside the JavaScript, without any other file. It
// requires a runtime that compiles WebAssembly from bytes (workerd does so only while a Worker starts). It is at the
// root, for tools that do not read `exports` (Parcel).

import { createSandboxFactory } from "./sandbox/sandbox-core.js";
import { bytes } from "./wasm/inlined-sandbox.js";

export const createSandbox = createSandboxFactory({
  loadInlined: async () => ({ bytes }),
  loadOpenapi: async () => (await import("./generated/openapi.js")).default,
});
