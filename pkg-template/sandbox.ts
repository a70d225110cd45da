// This is the entry point of the sandbox in browsers. The module is fetched when the first sandbox is made; bundlers
// that know `new URL(…, import.meta.url)` ship it as a file of its own. Where a tool has left the file behind, a script that has
// it inside is loaded instead. It is here, and not with the other entries, for tools that look at no `exports` (Parcel).

import { createSandboxFactory } from "./sandbox/sandbox-core.js";
import { sandboxUrl } from "./wasm/sandbox-url.js";

export const createSandbox = createSandboxFactory({
  moduleUrl: sandboxUrl,
  loadInlined: () => import("./wasm/inlined-sandbox.js"),
  loadOpenapi: async () => (await import("./generated/openapi.js")).default,
});
