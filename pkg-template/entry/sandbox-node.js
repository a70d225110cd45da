// This is the entry point of the sandbox on Node, Deno and Bun. The module is read from its file when the first sandbox
// is made.

import { readFileSync } from "node:fs";
import { sandboxFrom } from "../sandbox.js";
import { sandboxFile } from "../wasm/sandbox-file.js";

export const createSandbox = sandboxFrom({
  now: () => readFileSync(sandboxFile()),
  openapi: () => JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8")),
});
