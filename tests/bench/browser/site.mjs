// A site on this machine for as long as it is needed: a page with one script, and packages' folders beside it.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, resolve, sep } from "node:path";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** Isolated from other origins, a page has a clock of 5 µs in Chromium and 20 µs in Firefox; otherwise of 100 µs. */
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const PAGE = `<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">
<script type="module" src="/script.js"></script>`;

/** Serves the script and folders by their names; gives the page's address and what ends it. */
export async function serve(script, folders) {
  const answer = async (path) => {
    if (path === "/") return ["text/html; charset=utf-8", PAGE];
    if (path === "/script.js") return ["text/javascript", script];
    const [, name, rest = ""] = /^\/([^/]+)(\/.*)$/.exec(decodeURIComponent(path)) ?? [];
    if (!Object.hasOwn(folders, name ?? "")) throw new Error("not found");
    const folder = resolve(folders[name]);
    const file = resolve(folder, `.${rest}`);
    if (!file.startsWith(folder + sep)) throw new Error("not found");
    return [TYPES[extname(file)] ?? "text/plain", await readFile(file)];
  };
  const server = createServer(async (request, response) => {
    try {
      const [type, body] = await answer(new URL(request.url, "http://localhost").pathname);
      response.writeHead(200, { "Content-Type": type, ...ISOLATED }).end(body);
    } catch {
      response.writeHead(404, ISOLATED).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
