// Imports of each file of the package, resolved by esbuild from the entries and the command.

import { join } from "node:path";
import { build } from "esbuild";
import { exported, filesAt, manifest } from "./packed.mjs";

/** The reachable files, by path, each with the names that it imports from outside the package. */
export async function imports() {
  const targets = exported.flatMap(([, conditions]) => conditions.flatMap(([, target]) => filesAt(target)));
  const { metafile } = await build({
    entryPoints: [...new Set([...targets, ...Object.values(manifest.bin)])].filter((path) => path.endsWith(".js")),
    absWorkingDir: join(process.env.PROJECT, "node_modules", manifest.name),
    bundle: true,
    metafile: true,
    write: false,
    outdir: "out",
    format: "esm",
    platform: "neutral",
    packages: "external",
    loader: { ".wasm": "empty" },
    logLevel: "error",
  });
  const outside = (file) => file.imports.filter(({ external }) => external).map(({ path }) => path);
  return Object.fromEntries(Object.entries(metafile.inputs).map(([path, file]) => [path, outside(file)]));
}
