// The size of the store's modules and its JavaScript, as esbuild ships them, compressed by gzip.

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** Returns the bytes of the store's wasm, of its deferred module, and of the scripts that its entry loads at once. */
export async function weighStore(pkg) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(pkg, "store.js")],
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    outdir: "weighed",
    metafile: true,
    write: false,
    logLevel: "error",
    external: ["idb"],
  });
  // Scripts that are loaded later are entry points of their own.
  const loaded = new Set(Object.keys(metafile.outputs).filter((path) => basename(path) === "store.js"));
  for (const path of loaded) {
    for (const { path: to, kind, external } of metafile.outputs[path].imports) {
      if (kind === "import-statement" && !external) loaded.add(to);
    }
  }
  const files = outputFiles.filter(({ path }) => [...loaded].some((one) => path.endsWith(one)));
  return {
    wasm: gzipped(readFileSync(join(pkg, "wasm/store.wasm"))),
    deferred: gzipped(readFileSync(join(pkg, "wasm/store-deferred.wasm"))),
    script: files.reduce((sum, { contents }) => sum + gzipped(contents), 0),
  };
}
