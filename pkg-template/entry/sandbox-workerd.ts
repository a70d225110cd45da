// This is the entry point of the sandbox on Cloudflare Workers (workerd), which compile only modules that are imported.

import module from "../wasm/sandbox.wasm";
import { createSandboxFactory } from "../sandbox/sandbox-core.js";

export const createSandbox = createSandboxFactory({
  readModule: () => module,
  loadOpenapi: async () => (await import("../openapi.json")).default,
});
