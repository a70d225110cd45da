// Serves folders as a host of static files, under a content security policy, and forwards `/api/case` to the sandbox:
// pages cannot call the service itself, which sends no CORS headers.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { serve as serveStatic } from "../../static-server.mjs";

/**
 * A policy that allows the site's own scripts and the compilation of WebAssembly, and no other evaluation. An import map
 * must be inside the page: its hash allows it.
 */
function policyOf(page) {
  const maps = page.matchAll(/<script type="?importmap"?>([\s\S]*?)<\/script>/g);
  const hashes = Array.from(maps, ([, map]) => ` 'sha256-${createHash("sha256").update(map).digest("base64")}'`);
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval'${hashes.join("")}`,
    "worker-src 'self'",
    "connect-src 'self'",
    "img-src data:",
  ].join("; ");
}

/** Serves `folders`, by the prefixes of their paths, the longest first. `requested` contains the paths of all requested files. */
export async function serve(folders, sandbox) {
  const requested = [];
  const { port, close } = await serveStatic(folders, {
    headers: (_, file) => ({
      "Content-Security-Policy": policyOf(file.endsWith(".html") && existsSync(file) ? readFileSync(file, "utf8") : ""),
    }),
    intercept: (incoming, outgoing) => {
      if (incoming.url.startsWith("/api/case/")) {
        forward(incoming, outgoing, sandbox + incoming.url.slice("/api/case".length));
        return true;
      }
      requested.push(incoming.url.split("?")[0]);
      return false;
    },
  });
  return { origin: `http://localhost:${port}`, requested, close };
}

function forward(incoming, outgoing, url) {
  const { host, ...headers } = incoming.headers;
  const forwarded = request(url, { method: incoming.method, headers }, (response) => {
    outgoing.writeHead(response.statusCode, response.headers);
    response.pipe(outgoing);
  });
  forwarded.on("error", () => outgoing.destroy());
  incoming.pipe(forwarded);
}
