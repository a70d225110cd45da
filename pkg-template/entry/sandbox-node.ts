// This is the entry point of the sandbox on Node, Deno and Bun. The module is read from its file for the first
// sandbox. If a bundler omitted the file, a script that contains it is loaded instead.

import { readFileSync } from "node:fs";
import { createSandboxFactory } from "../sandbox/sandbox-core.js";
import { readSandbox } from "../wasm/sandbox-read.js";

export const createSandbox = createSandboxFactory({
  readModule: readSandbox,
  loadInlined: () => import("../wasm/inlined-sandbox.js"),
  loadOpenapi: async () => {
    try {
      return JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8"));
    } catch {
      return (await import("../generated/openapi.js")).default;
    }
  },
});
