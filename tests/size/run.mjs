// What the client weighs as a partner's bundler ships it: the entry for browsers, bundled and minified, and the wasm
// beside it, both compressed as servers do. Every entry has a ceiling, kept close to what it weighs now: what grows
// is noticed, and whoever makes it smaller lowers the ceiling.

import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const project = process.env.PROJECT;
const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** What an entry may weigh, gzip, in bytes: its JavaScript and its wasm together. */
const CEILINGS = {
  "cisco-support-case": { ceiling: 139_000, wasm: "client.wasm" },
  "cisco-support-case/inline": { ceiling: 173_500 },
  "cisco-support-case/gateway": { ceiling: 199_000, wasm: "gateway.wasm", worker: true },
  "cisco-support-case/sandbox": { ceiling: 168_000, wasm: "sandbox.wasm" },
};
/** What the client is to come down to. */
const BUDGET = 40_000;

/** What only a Worker has: its own condition, a module of the runtime's, and wasm by import, which is weighed apart. */
const WORKER = { conditions: ["workerd"], external: ["cloudflare:workers"], loader: { ".wasm": "empty" }, logLevel: "error" };

async function bundled(entry, worker) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(entry)};`, resolveDir: project },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    ...(worker ? WORKER : {}),
  });
  return outputFiles[0].contents;
}

let passed = 0;
let failed = 0;
console.log(`${"entry, as esbuild ships it (gzip)".padEnd(36)} ${"JavaScript".padStart(10)} ${"wasm".padStart(8)} ${"both".padStart(8)}`);
for (const [entry, { ceiling, wasm, worker }] of Object.entries(CEILINGS)) {
  const script = gzip(await bundled(entry, worker));
  const module = wasm ? gzip(readFileSync(join(project, "node_modules/cisco-support-case/wasm", wasm))) : 0;
  const both = script + module;
  const [holds, close] = [both <= ceiling, both > ceiling * 0.95];
  const verdict = holds && close ? "ok" : holds ? "FAILED: lower the ceiling" : `FAILED: more than ${ceiling}`;
  console.log(`${entry.padEnd(36)} ${String(script).padStart(10)} ${String(module).padStart(8)} ${String(both).padStart(8)} ${verdict}`);
  if (holds && close) passed += 1;
  else failed += 1;
  if (entry === "cisco-support-case" && both > BUDGET) console.log(`  the budget is ${BUDGET}: ${both - BUDGET} to go`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
