// The scripts of the site and the package's modules, bundled for pages without a bundler.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { RUNNABLE } from "./markdown.js";
import { ROOT } from "./repository.js";

const SITE = join(import.meta.dirname, "..");

/** The file of an entry of the package in the site. */
export const fileOfEntry = (name) => `${name.replaceAll("/", "-")}.js`;

/** Writes the scripts into the folder `assets` of the site. */
export async function writeScripts(out) {
  const options = {
    bundle: true,
    format: "esm",
    splitting: true,
    minify: true,
    target: "es2022",
    conditions: ["browser"],
    logLevel: "warning",
    absWorkingDir: SITE,
    legalComments: "none",
  };
  const packaged = RUNNABLE.map((name) => ({ in: name, out: fileOfEntry(name).slice(0, -3) }));
  await build({ ...options, entryPoints: packaged, outdir: join(out, "assets/package") });
  for (const name of ["page", "bulk", "sandbox", "store"]) {
    copyFileSync(join(ROOT, `pkg/wasm/${name}.wasm`), join(out, `assets/package/${name}.wasm`));
  }
  await build({ ...options, entryPoints: ["client/site.ts"], outdir: join(out, "assets") });
}
