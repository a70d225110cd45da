// This is the entry point of the sandbox on Cloudflare Workers (workerd), which takes a module only as an import.

import module from "../wasm/sandbox.wasm";
import { sandboxFrom } from "../sandbox/sandbox.js";

export const createSandbox = sandboxFrom({
  now: () => module,
  openapi: async () => (await import("../openapi.json")).default,
});
