// A static server of bundled pages: the guide's portal with the guide's content security policy, and two small pages.
// PORT is the port, TOOLS the manifest of the tests' npm tools, ROOT the repository.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { PORT, TOOLS, ROOT } = process.env;
const { build } = createRequire(TOOLS)("esbuild");
const { serve } = await import(join(ROOT, "tests/static-server.mjs"));

const site = join(import.meta.dirname, "site");
/** The sources of the pages' scripts. */
const PAGES = {
  index: "examples/page/guide-portal/src/main.tsx",
  all: "examples/page/guide-portal/src/portal.tsx",
  small: "page.js",
  msw: "msw-page.js",
};
/** Files that the bundles load from their own folder. */
const FILES = {
  "mockServiceWorker.js": "msw/lib/mockServiceWorker.js",
  "page.wasm": "cisco-support-case/wasm/page.wasm",
  "sandbox.wasm": "cisco-support-case/wasm/sandbox.wasm",
  "store.wasm": "cisco-support-case/wasm/store.wasm",
  "store-deferred.wasm": "cisco-support-case/wasm/store-deferred.wasm",
  "bulk.wasm": "cisco-support-case/wasm/bulk.wasm",
};

await build({
  entryPoints: Object.entries(PAGES).map(([name, source]) => ({ in: source, out: name })),
  absWorkingDir: import.meta.dirname,
  outdir: site,
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  logLevel: "error",
});
for (const name of Object.keys(PAGES)) {
  const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">';
  writeFileSync(join(site, `${name}.html`), `${head}<body><script type="module" src="/${name}.js"></script></body>`);
}
for (const [name, source] of Object.entries(FILES))
  copyFileSync(join(import.meta.dirname, "node_modules", source), join(site, name));

const [, policy] = /^Content-Security-Policy: (.+)$/m.exec(readFileSync(join(ROOT, "www/guide/portal.md"), "utf8"));
await serve(
  { "/": site },
  {
    port: Number(PORT),
    headers: (path) => (path === "/" || path === "/all" ? { "Content-Security-Policy": policy } : {}),
  },
);
