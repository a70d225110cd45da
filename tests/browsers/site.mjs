// A site on this machine that serves the package as plain ES modules, under a policy, and fails where it is told to.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

export const POLICY = "script-src 'self' 'wasm-unsafe-eval'";

/** What becomes of a module that is asked for. */
const FAULTS = {
  missing: (response) => response.writeHead(404).end(),
  // What a server of a single-page application gives for whatever it does not have.
  page: (response) => response.writeHead(200, { "Content-Type": TYPES[".html"] }).end("<!doctype html>"),
  cut: (response, bytes) =>
    response.writeHead(200, { "Content-Type": TYPES[".wasm"] }).end(bytes.subarray(0, bytes.length / 2)),
  broken: (response, bytes) => {
    response.writeHead(200, { "Content-Type": TYPES[".wasm"], "Content-Length": bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  },
  down: (response) => response.destroy(),
  untyped: (response, bytes) => response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(bytes),
};

export class Site {
  /** The policy of the pages that come next. */
  policy = POLICY;
  /** The name of a fault, for every module from now on. */
  fault = "";
  /** Whether the scripts that have the modules inside are there, which are loaded where a module is not found. */
  hasInlined = false;
  /** How long each module takes. */
  delayMs = 0;
  /** Which files the fault and the delay are of: all wasm modules, where nothing is said. */
  concerns = (path) => path.endsWith(".wasm");
  /** What is served in the place of a script, given its address and its text. */
  replaced;
  /** The modules that were asked for, by their addresses. */
  asked = [];
  /** All of the packages' files that were asked for. */
  files = [];

  /** Serves a package's folder under the name of each copy. */
  static async serve(folder, copies) {
    const site = new Site();
    site.copies = new Map(copies.map((name) => [name, resolve(folder)]));
    site.server = createServer((request, response) => {
      site
        .#answer(new URL(request.url, "http://localhost").pathname, response)
        .catch(() => response.writeHead(404).end());
    });
    await new Promise((done) => site.server.listen(0, "127.0.0.1", done));
    site.address = `http://127.0.0.1:${site.server.address().port}/`;
    return site;
  }

  /** Serves another folder under a name. */
  add(name, folder) {
    this.copies.set(name, resolve(folder));
  }

  async #answer(path, response) {
    response.setHeader("Cache-Control", "no-store");
    const [copy, ...rest] = path.slice(1).split("/");
    const folder = this.copies.get(copy);
    const own =
      { "/": "page.html", "/worker.js": "worker.js", "/worker-early.js": "worker-early.js" }[path] ?? "page.js";
    const file = folder ? resolve(folder, ...rest) : join(import.meta.dirname, own);
    if (folder && !file.startsWith(folder + sep)) throw new Error("not found");
    const read = await readFile(file);
    const bytes = this.replaced && extname(file) === ".js" ? this.replaced(path, read.toString()) : read;
    if (path === "/") response.setHeader("Content-Security-Policy", this.policy);
    if (folder) this.files.push(path);
    if (path.includes("/inlined-") && !this.hasInlined) return FAULTS.down(response);
    if (extname(file) === ".wasm") this.asked.push(path);
    if (folder && this.concerns(path)) {
      const fault = FAULTS[this.fault];
      await new Promise((done) => setTimeout(done, this.delayMs));
      if (fault) return fault(response, bytes);
    }
    const type = { "Content-Type": TYPES[extname(file)] };
    // A service worker may be of the whole site.
    response.writeHead(200, { ...type, "Service-Worker-Allowed": "/" }).end(bytes);
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
