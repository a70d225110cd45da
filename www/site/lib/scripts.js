// The scripts and style sheets of the site, and the package's modules, bundled for pages without a bundler.

import { copyFileSync } from "node:fs";
import { join, posix } from "node:path";
import { build } from "esbuild";
import { fileOfEntry, RUNNABLE } from "./imports.js";
import { ROOT } from "./repository.js";

const SITE = join(import.meta.dirname, "..");

/** The scripts that run by themselves: a worker and a service worker. */
const WORKERS = ["example-worker", "service-worker"];

/**
 * The modules of workerd that the gateway's entry imports: the base class of Durable Objects, and WebAssembly as a compiled
 * module. In a worker of a page it is fetched from the folder of the scripts, whatever type the host sends.
 */
const workerdModules = {
  name: "workerd-modules",
  setup(builder) {
    builder.onResolve({ filter: /^cloudflare:workers$/ }, ({ path }) => ({ path, namespace: "workerd" }));
    builder.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: posix.basename(path), namespace: "workerd" }));
    builder.onLoad({ filter: /^cloudflare:/, namespace: "workerd" }, () => ({
      contents: "export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }",
    }));
    builder.onLoad({ filter: /\.wasm$/, namespace: "workerd" }, ({ path }) => ({
      contents: `
        const response = await fetch(new URL(${JSON.stringify(`./${path}`)}, import.meta.url));
        if (!response.ok) throw new Error(\`${path} could not be loaded: status \${response.status}\`);
        export default await WebAssembly.compile(await response.arrayBuffer());
      `,
    }));
  },
};

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
  const pages = ["site", "playground", "not-found"].map((name) => ({ in: `client/${name}.ts`, out: name }));
  // The package finds its modules in the folder of its scripts.
  const split = { splitting: true, chunkNames: "package/[name]-[hash]" };
  await build({ ...options, ...split, entryPoints: [...pages, ...packaged], outdir: join(out, "assets") });
  await build({
    ...options,
    splitting: true,
    chunkNames: "[name]-[hash]",
    entryPoints: ["client/playground/gateway-worker.ts"],
    alias: { "cisco-support-case/gateway": join(ROOT, "pkg/entry/gateway-workerd.js") },
    plugins: [workerdModules],
    // The package is a link to its folder, where the dependencies are not.
    nodePaths: [join(SITE, "node_modules")],
    outdir: join(out, "assets/package"),
  });
  for (const name of ["page", "bulk", "sandbox", "store", "store-deferred", "gateway"]) {
    copyFileSync(join(ROOT, `pkg/wasm/${name}.wasm`), join(out, `assets/package/${name}.wasm`));
  }
  await build({ ...options, entryPoints: ["styles/site.css"], outdir: join(out, "assets") });
  const workers = WORKERS.map((name) => ({ in: `client/run/${name}.ts`, out: name }));
  await build({ ...options, entryPoints: workers, outdir: join(out, "assets/run") });
}
