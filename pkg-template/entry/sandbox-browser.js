// This is the entry point of the sandbox in browsers. The module is fetched when the first sandbox is made; bundlers
// that know `new URL(…, import.meta.url)` ship it as a file of its own.

import { sandboxFrom } from "../sandbox.js";

export const createSandbox = sandboxFrom({ later: () => new URL("../wasm/sandbox.wasm", import.meta.url) });
