// A page's files as a server has them: an empty document and the script that a bundler made of ours. TOOLS is the
// package.json of the tests' tools.

import { createRequire } from "node:module";

const require = createRequire(process.env.TOOLS);
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
  ]);
}
