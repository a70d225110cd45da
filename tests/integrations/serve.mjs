// Pages as a server has them, bundled from their sources: the guide's portal with the guide's content security policy, and two
// small ones. PORT says where, TOOLS is the package.json of the tests' tools, ROOT the repository.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { join } from "node:path";

const { PORT, TOOLS, ROOT } = process.env;
const { build } = createRequire(TOOLS)("esbuild");

const PAGES = { "/": "examples/page/guide-portal/src/main.tsx", "/small": "page.js", "/msw": "msw-page.js" };
const FILES = {
  "/mockServiceWorker.js": "msw/lib/mockServiceWorker.js",
  // Where a bundle looks for them: beside its script.
  "/page.wasm": "cisco-support-case/wasm/page.wasm",
  "/sandbox.wasm": "cisco-support-case/wasm/sandbox.wasm",
};
const TYPES = { js: "text/javascript", wasm: "application/wasm" };

const [, policy] = /^Content-Security-Policy: (.+)$/m.exec(readFileSync(join(ROOT, "www/guide/portal.md"), "utf8"));
const scriptOf = (path) => `/${path.slice(1) || "portal"}.js`;

const { outputFiles } = await build({
  entryPoints: Object.entries(PAGES).map(([path, source]) => ({ in: source, out: scriptOf(path).slice(1, -3) })),
  absWorkingDir: import.meta.dirname,
  outdir: "out",
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  write: false,
  logLevel: "error",
});
const scripts = new Map(outputFiles.map(({ path, contents }) => [`/${path.split("/").at(-1)}`, contents]));

function answer(path) {
  if (Object.hasOwn(PAGES, path)) {
    const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">';
    const body = `${head}<body><script type="module" src="${scriptOf(path)}"></script></body>`;
    return { type: "text/html", headers: path === "/" ? { "Content-Security-Policy": policy } : {}, body };
  }
  const file = Object.hasOwn(FILES, path) ? join(import.meta.dirname, "node_modules", FILES[path]) : undefined;
  const body = scripts.get(path) ?? (file && readFileSync(file));
  return body && { type: TYPES[path.split(".").at(-1)], body };
}

createServer((request, response) => {
  const found = answer(request.url.split("?")[0]);
  response.writeHead(found ? 200 : 404, found && { ...found.headers, "Content-Type": found.type }).end(found?.body);
}).listen(Number(PORT), "127.0.0.1");
