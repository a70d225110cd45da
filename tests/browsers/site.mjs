// A site that serves copies of the package as plain ES modules, under a content security policy, with faults on demand.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "../static-server.mjs";

export const POLICY = "script-src 'self' 'wasm-unsafe-eval'";

/** The scripts of the test page and its workers. Every other path outside of the copies is the page's script. */
const OWN_FILES = { "/": "/page.html", "/worker.js": "/worker.js", "/worker-early.js": "/worker-early.js" };

/** Faulty responses to a request for a file. */
const FAULTS = {
  missing: (response) => response.writeHead(404).end(),
  // The response of a single-page application's server to every unknown path.
  page: (response) => response.writeHead(200, { "Content-Type": "text/html;charset=utf-8" }).end("<!doctype html>"),
  cut: (response, bytes) =>
    response.writeHead(200, { "Content-Type": "application/wasm" }).end(bytes.subarray(0, bytes.length / 2)),
  broken: (response, bytes) => {
    response.writeHead(200, { "Content-Type": "application/wasm", "Content-Length": bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  },
  down: (response) => response.destroy(),
  untyped: (response, bytes) => response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(bytes),
};

export class Site {
  /** The policy of the next pages. */
  policy = POLICY;
  /** The name of a fault of the files that `affects` selects. */
  fault = "";
  /** Whether the scripts with inlined modules are available, the fallback for missing modules. */
  hasInlined = false;
  /** The delay of each response to a file that `affects` selects. */
  delayMs = 0;
  /** Selects the files of the fault and the delay: all wasm modules by default. */
  affects = (path) => path.endsWith(".wasm");
  /** Replaces a script, given its path and its text. */
  replaced;
  /** The paths of requested modules. */
  requestedModules = [];
  /** The paths of all requested files of the package. */
  requestedFiles = [];

  /** Serves a package's folder under the name of each copy. */
  static async serve(folder, copies) {
    const site = new Site();
    site.copies = new Map(copies.map((name) => [name, resolve(folder)]));
    const folders = Object.fromEntries(copies.map((name) => [`/${name}/`, folder]));
    const server = await serve(
      { ...folders, "/": import.meta.dirname },
      {
        headers: (path) => ({
          // The scope of a service worker may be the whole site.
          "Service-Worker-Allowed": "/",
          ...(path === "/page.html" && { "Content-Security-Policy": site.policy }),
        }),
        intercept: (request, response) => site.#intercept(request, response),
      },
    );
    site.address = `http://127.0.0.1:${server.port}/`;
    site.close = server.close;
    site.add = (name, folder) => {
      site.copies.set(name, resolve(folder));
      server.add(`/${name}/`, folder);
    };
    return site;
  }

  /** Notes a request, and responds to it where a fault or a replacement is set. */
  async #intercept(request, response) {
    const path = request.url.split("?")[0];
    const [, copy, rest] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const folder = this.copies.get(copy);
    if (!folder) {
      request.url = OWN_FILES[path] ?? "/page.js";
      return false;
    }
    const bytes = await readFile(resolve(folder, rest)).catch(() => undefined);
    if (bytes) this.requestedFiles.push(path);
    if (path.includes("/inlined-") && !this.hasInlined) return FAULTS.down(response) || true;
    if (bytes && path.endsWith(".wasm")) this.requestedModules.push(path);
    if (bytes && this.affects(path)) {
      const fault = FAULTS[this.fault];
      await sleep(this.delayMs);
      if (fault) return fault(response, bytes) || true;
    }
    if (!bytes || !this.replaced || !path.endsWith(".js")) return false;
    response.writeHead(200, { "Content-Type": "text/javascript", "Cache-Control": "no-store" });
    response.end(this.replaced(path, bytes.toString()));
    return true;
  }
}
