// What each entry weighs as a partner's bundler ships it: for browsers, for Workers or for Node, bundled and minified, and the wasm
// beside it, both compressed as servers do. Every entry of the package's `exports` that ships code has a ceiling, kept
// close to what it weighs now: what grows is noticed, and whoever makes it smaller lowers the ceiling.

import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const project = process.env.PROJECT;
const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;

const BROWSERS = { platform: "browser" };
/** What only a Worker has: its own condition, a module of the runtime's, and wasm by import, which is weighed apart. */
const WORKERS = {
  ...BROWSERS,
  conditions: ["workerd"],
  external: ["cloudflare:workers"],
  loader: { ".wasm": "empty" },
  logLevel: "error",
};
const NODE = { platform: "node" };

/**
 * What each entry may weigh, gzip, in bytes: its JavaScript and its wasm together. Entries are bundled `for` browsers,
 * where nothing else is said. What an entry takes from packages that its user has anyway (`peerDependencies`) is not weighed.
 */
const CEILINGS = {
  ".": { ceiling: 139_600, wasm: ["client.wasm"] },
  "./inline": { ceiling: 174_400 },
  "./gateway": { ceiling: 201_600, wasm: ["gateway.wasm"], for: WORKERS },
  "./gateway/sync": { ceiling: 147_800, wasm: ["client.wasm"], for: WORKERS },
  "./gateway/webhook": { ceiling: 1_250 },
  "./sandbox": { ceiling: 168_900, wasm: ["sandbox.wasm"] },
  "./query": { ceiling: 8_000 },
  "./msw": { ceiling: 1_060 },
  "./playwright": { ceiling: 170_000, wasm: ["sandbox.wasm"], for: NODE },
};
/** What the client is to come down to. */
const BUDGET = 40_000;

const installed = join(project, "node_modules/cisco-support-case");
const { exports, peerDependencies = {} } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
const name = (entry) => entry.replace(/^\./, "cisco-support-case");

async function bundled(entry, settings) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(name(entry))};`, resolveDir: project },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    ...settings,
    external: [...(settings.external ?? []), ...Object.keys(peerDependencies)],
  });
  return outputFiles[0].contents;
}

/** Entries that ship code: a target of theirs is JavaScript. */
const shipped = Object.entries(exports).filter(([, target]) => JSON.stringify(target).includes('.js"'));

let passed = 0;
let failed = 0;
console.log(
  `${"entry, as esbuild ships it (gzip)".padEnd(36)} ${"JavaScript".padStart(10)} ${"wasm".padStart(8)} ${"both".padStart(8)}`,
);
for (const entry of [...new Set([...shipped.map(([entry]) => entry), ...Object.keys(CEILINGS)])]) {
  const { ceiling, wasm = [], for: settings = BROWSERS } = CEILINGS[entry] ?? {};
  if (!exports[entry]) {
    console.log(
      `${name(entry).padEnd(36)} FAILED: the package has no such entry; take it out of CEILINGS in tests/size/run.mjs`,
    );
    failed += 1;
    continue;
  }
  const script = gzip(await bundled(entry, settings));
  const module = wasm.reduce((sum, file) => sum + gzip(readFileSync(join(installed, "wasm", file))), 0);
  const both = script + module;
  const [holds, close] = [both <= ceiling, both > ceiling * 0.95];
  const verdict = !ceiling
    ? "FAILED: it has no ceiling yet; give it one in CEILINGS in tests/size/run.mjs, a little above this"
    : holds && close
      ? "ok"
      : holds
        ? "FAILED: lower the ceiling"
        : `FAILED: more than ${ceiling}`;
  console.log(
    `${name(entry).padEnd(36)} ${String(script).padStart(10)} ${String(module).padStart(8)} ${String(both).padStart(8)} ${verdict}`,
  );
  if (ceiling && holds && close) passed += 1;
  else failed += 1;
  if (entry === "." && both > BUDGET) console.log(`  the budget is ${BUDGET}: ${both - BUDGET} to go`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
