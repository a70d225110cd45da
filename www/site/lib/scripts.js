// The scripts and style sheets of the site, and the package's modules, bundled for pages without a bundler.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { fileOfEntry, RUNNABLE } from "./imports.js";
import { ROOT } from "./repository.js";

const SITE = join(import.meta.dirname, "..");

/** The scripts that run by themselves: a worker and a service worker. */
const WORKERS = ["example-worker", "service-worker"];

/** Writes the scripts and style sheets into the folder `assets` of the site. */
export async function writeScripts(out) {
  const options = {
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    conditions: ["browser"],
    logLevel: "warning",
    absWorkingDir: SITE,
    legalComments: "none",
  };
  const packaged = RUNNABLE.map((name) => ({ in: name, out: `package/${fileOfEntry(name).slice(0, -3)}` }));
  const pages = ["site", "playground"].map((name) => ({ in: `client/${name}.ts`, out: name }));
  // The package finds its modules in the folder of its scripts.
  const split = { splitting: true, chunkNames: "package/[name]-[hash]" };
  await build({ ...options, ...split, entryPoints: [...pages, ...packaged], outdir: join(out, "assets") });
  for (const name of ["page", "bulk", "sandbox", "store"]) {
    copyFileSync(join(ROOT, `pkg/wasm/${name}.wasm`), join(out, `assets/package/${name}.wasm`));
  }
  await build({ ...options, entryPoints: ["styles/site.css"], outdir: join(out, "assets") });
  const workers = WORKERS.map((name) => ({ in: `client/run/${name}.ts`, out: name }));
  await build({ ...options, entryPoints: workers, outdir: join(out, "assets/run") });
}
