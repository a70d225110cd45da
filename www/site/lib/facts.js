// The facts on the landing page: the output of its example, sizes of the built package, and environments.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { read, ROOT } from "./repository.js";

const SITE = join(import.meta.dirname, "..");

/** The first example of a file. */
export const exampleOf = (path) => /^```js\n([\s\S]*?)^```$/m.exec(read(path))[1];

/** The lines that an example prints when Node runs it with the built package. */
export function outputOf(code) {
  const folder = join(SITE, "node_modules/.examples");
  const file = join(folder, "example.mjs");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, code);
  try {
    return execFileSync(process.execPath, [file], { encoding: "utf8" }).trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;
const kilobytes = (bytes) => `${Math.round(bytes / 1000)} KB`;

const CALLS = 'export { CaseClient } from "cisco-support-case"';

/** The files that a page loads for each part of the package; a part with `after` needs that one too. */
const LOADED = [
  { about: "the four calls: checked, paged, retried, validated", code: CALLS, module: "page.wasm" },
  {
    about: "bulk calls, in addition, loaded by the first one",
    code: 'export { bulk } from "../../pkg/bulk/index.js"',
    module: "bulk.wasm",
    after: CALLS,
  },
  { about: "the store", code: 'export { CaseStore } from "cisco-support-case/store"', module: "store.wasm" },
  {
    about: "the sandbox, for tests and demos",
    code: 'export { createSandbox } from "cisco-support-case/sandbox"',
    module: "sandbox.wasm",
  },
];

/** Lets esbuild read entries from texts, by their numbers. */
const entriesFrom = (codes) => ({
  name: "entries",
  setup(builder) {
    builder.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path, namespace: "entry" }));
    builder.onLoad({ filter: /.*/, namespace: "entry" }, ({ path }) => {
      return { contents: codes[Number(path.slice("entry:".length))], resolveDir: SITE };
    });
  },
});

/** The JavaScript that an import loads before its first call, bundled and compressed, without what `after` has loaded. */
async function scriptSize(code, after) {
  const codes = after ? [code, after] : [code];
  const { metafile, outputFiles } = await build({
    entryPoints: codes.map((_, at) => ({ in: `entry:${at}`, out: `entry-${at}` })),
    plugins: [entriesFrom(codes)],
    bundle: true,
    format: "esm",
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    conditions: ["browser"],
    outdir: "/out",
    absWorkingDir: "/",
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.slice(1), contents]));
  const loadedBy = (entry) => {
    const loaded = new Set();
    const visit = (path) => {
      if (loaded.has(path)) return;
      loaded.add(path);
      for (const { path: next, kind } of metafile.outputs[path].imports) if (kind === "import-statement") visit(next);
    };
    visit(`out/entry-${entry}.js`);
    return loaded;
  };
  const earlier = after ? loadedBy(1) : new Set();
  const own = [...loadedBy(0)].filter((path) => !earlier.has(path));
  return own.reduce((sum, path) => sum + gzip(files.get(path)), 0);
}

/** The sizes of the parts of the package, as a page loads them, compressed by gzip. */
export function sizesOfParts() {
  const sizes = LOADED.map(async ({ about, code, module, after }) => {
    const wasm = gzip(readFileSync(join(ROOT, "pkg/wasm", module)));
    const script = await scriptSize(code, after);
    return { about, wasm: kilobytes(wasm), script: kilobytes(script), total: kilobytes(wasm + script) };
  });
  return Promise.all(sizes);
}

/** The environments in which the suite `consumers` runs the package, from its table. */
export function environments() {
  const page = read("www/guide/environments.md");
  const [, table] = /<!-- consumers: [^\n]*-->\n([\s\S]*?)<!-- end of consumers -->/.exec(page);
  const rows = [...table.matchAll(/^\| (?!environment|---)(.+?) \| (.+?) \| (.+?) \|/gm)];
  return rows.map(([, name, versions, result]) => ({ name, versions, isPlain: result === "works" }));
}
