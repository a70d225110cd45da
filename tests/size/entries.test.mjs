// Size of each entry as a bundler ships it: for browsers, for Workers or for Node, bundled, split and minified, with
// the wasm that it loads, both compressed by gzip and by brotli as servers do. Code that loads later is measured
// separately. Every entry of the package's `exports` that ships code has ceilings close to its current size, so that
// growth fails the test; lower the ceiling after a reduction.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const project = process.env.PROJECT;
const WAYS = {
  gzip: (bytes) => gzipSync(bytes, { level: 9 }).length,
  brotli: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
};

const BROWSERS = { platform: "browser" };
/**
 * The settings of Workers: their own condition, a module of the runtime, and wasm by import. The wasm is measured
 * separately.
 */
const WORKERS = {
  ...BROWSERS,
  conditions: ["workerd"],
  external: ["cloudflare:workers"],
  loader: { ".wasm": "empty" },
  logLevel: "error",
};
const NODE = { platform: "node" };

/**
 * The row of a page with all calls: the code it loads before the first bulk call. The other exports are not included.
 */
const PAGE = "a page with CaseClient";
/** The names that such a page imports from the default entry. */
const OF_A_PAGE = "{ CaseClient, isCaseApiError }";
/** The row of the code that its first bulk call loads. */
const FIRST_BULK_CALL = "the first bulk call";
/** The row of the code that its first error from the service loads. */
const FIRST_ERROR = "the first error of the service";

/** The row of the store's deferred module. What loads it has scripts of its own. */
const DEFERRED = "the deferred module of the store";

/**
 * The ceiling of each entry in bytes: its JavaScript and its wasm together. Entries are bundled for browsers by
 * default, or as in `for`. Packages that the user installs anyway (`peerDependencies`) are excluded.
 */
const CEILINGS = {
  [PAGE]: { gzip: 80_000, brotli: 70_000, wasm: ["page.wasm"] },
  [FIRST_BULK_CALL]: { gzip: 45_000, brotli: 40_500, wasm: ["bulk.wasm"] },
  [FIRST_ERROR]: { gzip: 6_600, brotli: 5_600 },
  ".": { gzip: 87_900, brotli: 76_700, wasm: ["page.wasm"] },
  "./bulk": { gzip: 64_900, brotli: 57_400, wasm: ["bulk.wasm"] },
  "./inline": { gzip: 164_900, brotli: 138_600 },
  "./gateway": { gzip: 362_500, brotli: 281_000, wasm: ["gateway.wasm"], for: WORKERS },
  "./gateway/copy": { gzip: 149_500, brotli: 131_000, wasm: ["client.wasm", "bulk.wasm"], for: WORKERS },
  "./gateway/sync": { gzip: 146_700, brotli: 128_100, wasm: ["client.wasm", "bulk.wasm"], for: WORKERS },
  "./gateway/webhook": { gzip: 1_500, brotli: 1_300 },
  "./sandbox": { gzip: 184_000, brotli: 151_000, wasm: ["sandbox.wasm"] },
  "./sandbox/inline": { gzip: 239_300, brotli: 196_700 },
  "./store": { gzip: 108_400, brotli: 95_800, wasm: ["store.wasm"] },
  [DEFERRED]: { gzip: 16_950, brotli: 15_250, wasm: ["store-deferred.wasm"] },
  "./store/node": { gzip: 6_400, brotli: 5_550, for: NODE },
  "./query": { gzip: 11_200, brotli: 10_050 },
  "./msw": { gzip: 1_140, brotli: 1_000 },
  "./playwright": { gzip: 185_000, brotli: 152_000, wasm: ["sandbox.wasm"], for: NODE },
};
/** The budgets that must not be exceeded. */
const BUDGETS = { [PAGE]: { gzip: 80_000, brotli: 70_000 }, [FIRST_BULK_CALL]: { gzip: 45_000 } };

const installed = join(project, "node_modules/cisco-support-case");
const { exports, peerDependencies = {} } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
const name = (entry) => entry.replace(/^\./, "cisco-support-case");

/**
 * Bundles names of an entry. Returns the scripts that it loads at once, and those that it loads later, by their paths.
 */
async function bundled(entry, settings, taken = "*") {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${taken} from ${JSON.stringify(name(entry))};`, resolveDir: project },
    absWorkingDir: project,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    outdir: "weighed",
    metafile: true,
    write: false,
    ...settings,
    external: [...(settings.external ?? []), ...Object.keys(peerDependencies)],
  });
  const [main] = Object.keys(metafile.outputs).filter((path) => metafile.outputs[path].entryPoint === "<stdin>");
  const now = new Set();
  const reach = (path) => {
    now.add(path);
    for (const { path: to, kind, external } of metafile.outputs[path].imports)
      if (kind === "import-statement" && !external && !now.has(to)) reach(to);
  };
  reach(main);
  const contents = (path) => outputFiles.find((file) => file.path === join(project, path)).contents;
  const later = Object.keys(metafile.outputs).filter((path) => !now.has(path));
  return { now: [...now].map(contents), later: Object.fromEntries(later.map((path) => [path, contents(path)])) };
}

/** The total compressed size of files. */
const weighed = (files) =>
  Object.fromEntries(
    Object.entries(WAYS).map(([way, compress]) => [way, files.reduce((sum, file) => sum + compress(file), 0)]),
  );

/** Entries that ship code: one of their targets is JavaScript. */
const shipped = Object.entries(exports).filter(([, target]) => JSON.stringify(target).includes('.js"'));

const cells = (first, ...others) => [first.padEnd(32), ...others.map((one) => String(one).padStart(9))].join("");

/** Weighs an entry, and returns the sizes of its scripts and its wasm together. */
function weigh(entry, files) {
  const ceilings = CEILINGS[entry];
  const wasm = weighed((ceilings?.wasm ?? []).map((file) => readFileSync(join(installed, "wasm", file))));
  const script = weighed(files);
  const ways = Object.keys(WAYS);
  const both = Object.fromEntries(ways.map((way) => [way, script[way] + wasm[way]]));
  console.log(cells(name(entry), ...ways.flatMap((way) => [script[way], wasm[way], both[way]])));
  for (const [way, budget] of Object.entries(BUDGETS[entry] ?? {}))
    console.log(`  ${budget - both[way]} bytes below the budget of ${budget} by ${way}`);
  test(`${name(entry)} is just below its ceilings`, () => {
    assert.ok(
      ceilings,
      "it has no ceilings: add it to CEILINGS in tests/size/entries.test.mjs, a little above its size",
    );
    for (const way of ways) {
      assert.ok(
        both[way] <= ceilings[way],
        `${both[way]} bytes by ${way} are more than the ceiling of ${ceilings[way]}`,
      );
      assert.ok(
        both[way] > ceilings[way] * 0.95,
        `${both[way]} bytes by ${way}: lower the ceiling of ${ceilings[way]}`,
      );
    }
  });
  return both;
}

console.log(cells("", "gzip", "", "", "brotli"));
console.log(cells("as esbuild ships it", "script", "wasm", "both", "script", "wasm", "both"));
const { now, later } = await bundled(".", BROWSERS, OF_A_PAGE);
const { gzip: ofPage } = weigh(PAGE, now);
test("the README and the guide state a page's size", () => {
  const stated = {
    "README.md": /A page loads (\d+) KB \(gzip\)/,
    "www/guide/decoding.md": /^\| with the import .*\*\*([\d.]+) KB\*\*/m,
  };
  for (const [path, form] of Object.entries(stated)) {
    const kilobytes = Number(form.exec(readFileSync(join(import.meta.dirname, "../..", path), "utf8"))?.[1]);
    assert.ok(Math.abs(kilobytes - ofPage / 1000) < 1, `${path} says ${kilobytes} KB, a page has ${ofPage} bytes`);
  }
});
for (const [row, chunk] of Object.entries({ [FIRST_BULK_CALL]: "bulk-", [FIRST_ERROR]: "error-rows-" }))
  weigh(
    row,
    Object.keys(later)
      .filter((path) => path.includes(`/${chunk}`))
      .map((path) => later[path]),
  );
weigh(DEFERRED, []);
for (const entry of [...new Set([...shipped.map(([entry]) => entry), ...Object.keys(CEILINGS)])]) {
  if ([PAGE, FIRST_BULK_CALL, FIRST_ERROR, DEFERRED].includes(entry)) continue;
  if (exports[entry]) weigh(entry, (await bundled(entry, CEILINGS[entry]?.for ?? BROWSERS)).now);
  else test(`${name(entry)} is an entry of the package`, () => assert.fail("remove it from CEILINGS"));
}
