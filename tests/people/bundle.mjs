// A page's files as a server has them: an empty document and the script that a bundler made of ours. TOOLS is the
// package.json of the tests' tools.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(process.env.TOOLS);
const modules = join(import.meta.dirname, "node_modules");
const made = new Map();

/** Path → `{ contentType, body }`. Each script is bundled once. */
export function bundle(script) {
  if (!made.has(script)) made.set(script, make(script));
  return made.get(script);
}

async function make(script) {
  const { build } = require("esbuild");
  const { outputFiles } = await build({
    entryPoints: [script],
    absWorkingDir: import.meta.dirname,
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const body = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/page.js"></script><body></body>';
  return new Map([
    ["/", { contentType: "text/html", body }],
    ["/page.js", { contentType: "text/javascript", body: outputFiles[0].text }],
    ["/mockServiceWorker.js", { contentType: "text/javascript", body: readFileSync(join(modules, "msw/lib/mockServiceWorker.js")) }],
    // Where the bundle looks for it: beside the folder that its script is in.
    ["/wasm/sandbox.wasm", { contentType: "application/wasm", body: readFileSync(join(modules, "cisco-support-case/wasm/sandbox.wasm")) }],
  ]);
}
