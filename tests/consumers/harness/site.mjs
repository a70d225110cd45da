// Serves folders as a host of static files does, with the sandbox behind `/api/case`: no page may ask the service
// itself, which sends no CORS headers. What is asked for is kept.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";

/**
 * Nothing but the site's own scripts; WebAssembly may be compiled, and nothing else be evaluated. An import map can only
 * stand inside the page: it is allowed by its hash.
 */
function policyOf(body) {
  const maps = String(body).matchAll(/<script type="?importmap"?>([\s\S]*?)<\/script>/g);
  const hashes = Array.from(maps, ([, map]) => ` 'sha256-${createHash("sha256").update(map).digest("base64")}'`);
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval'${hashes.join("")}`,
    "worker-src 'self'",
    "connect-src 'self'",
    "img-src data:",
  ].join("; ");
}

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** A site, until it is closed. `folders` are by the prefixes of their paths, the longest first. */
export async function serve(folders, sandbox) {
  const asked = [];
  const server = createServer(async (from, to) => {
    const { pathname } = new URL(from.url, "http://localhost");
    if (pathname.startsWith("/api/case/")) return passOn(from, to, sandbox + from.url.slice("/api/case".length));
    asked.push(pathname);
    const path = normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    const prefix = Object.keys(folders).find((start) => path.startsWith(start));
    try {
      const body = await readFile(join(folders[prefix], decodeURIComponent(path.slice(prefix.length))));
      const type = TYPES[extname(path)] ?? "application/octet-stream";
      to.writeHead(200, {
        "Content-Type": type,
        "Content-Security-Policy": policyOf(extname(path) === ".html" ? body : ""),
      });
      to.end(body);
    } catch {
      to.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => new Promise((done) => server.close(done).closeAllConnections());
  return { origin: `http://localhost:${server.address().port}`, asked, close };
}

function passOn(from, to, url) {
  const { host, ...headers } = from.headers;
  const onward = request(url, { method: from.method, headers }, (answer) => {
    to.writeHead(answer.statusCode, answer.headers);
    answer.pipe(to);
  });
  onward.on("error", () => to.destroy());
  from.pipe(onward);
}
