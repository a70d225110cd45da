// The size of the store's module and its JavaScript, as esbuild ships them, compressed by gzip.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** Returns the bytes of the store's wasm, and of the scripts that its entry loads at once. */
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
  const [main] = Object.keys(metafile.outputs).filter((path) => metafile.outputs[path].entryPoint);
  const loaded = new Set([main]);
  for (const path of loaded) {
    for (const { path: to, kind, external } of metafile.outputs[path].imports) {
      if (kind === "import-statement" && !external) loaded.add(to);
    }
  }
  const files = outputFiles.filter(({ path }) => [...loaded].some((one) => path.endsWith(one)));
  return {
    wasm: gzipped(readFileSync(join(pkg, "wasm/store.wasm"))),
    script: files.reduce((sum, { contents }) => sum + gzipped(contents), 0),
  };
}
