// This is the entry point of the sandbox in browsers. The module is fetched when the first sandbox is made; bundlers
// that know `new URL(…, import.meta.url)` ship it as a file of its own, and so the description of the API, which is
// fetched when it is asked for. It is here, and not with the other entries, for tools that look at no `exports` (Parcel).

import { sandboxFrom } from "./sandbox/sandbox.js";
import { sandboxFile } from "./wasm/sandbox-file.js";

export const createSandbox = sandboxFrom({
  later: sandboxFile,
  openapi: async () => {
    const response = await fetch(new URL("./openapi.json", import.meta.url));
    if (!response.ok) throw new Error(`${response.url} was answered with ${response.status}`);
    return response.json();
  },
});
