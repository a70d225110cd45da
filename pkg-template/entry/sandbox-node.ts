// This is the entry point of the sandbox on Node, Deno and Bun. The module is read from its file when the first sandbox
// is made.

import { readFileSync } from "node:fs";
import { sandboxFrom } from "../sandbox/sandbox.js";
import { readSandbox } from "../wasm/sandbox-read.js";

export const createSandbox = sandboxFrom({
  now: readSandbox,
  openapi: () => JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8")),
});
