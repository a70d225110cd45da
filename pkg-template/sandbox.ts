// This is the entry point of the sandbox in browsers. The first sandbox fetches the wasm module; bundlers that support
// `new URL(…, import.meta.url)` emit it as a file. If the file is missing, a script that contains the module is loaded
// instead. It is at the root, for tools that do not read `exports` (Parcel).

import { createSandboxFactory } from "./sandbox/sandbox-core.js";
import { sandboxUrl } from "./wasm/sandbox-url.js";

export const createSandbox = createSandboxFactory({
  moduleUrl: sandboxUrl,
  loadInlined: () => import("./wasm/inlined-sandbox.js"),
  loadOpenapi: async () => (await import("./generated/openapi.js")).default,
});
