// The service worker: what it answers with, the version of its files, and the notice of a newer one.

import assert from "node:assert/strict";
import fs, { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import vm from "node:vm";
import { load } from "./load.mjs";

const PORTAL = new URL("../../../www/portal/", import.meta.url);
const SCOPE = "https://portal.example/p/";

/** Starts a worker of a version. `caches` are its names and their files, the oldest first. */
function worker({ version, caches, respond, later = () => {} }) {
  const handlers = {};
  const address = (request) => new URL(typeof request === "string" ? request : request.url, SCOPE).href.split("?")[0];
  const stores = new Map(
    Object.entries(caches).map(([name, files]) => [
      name,
      new Map(Object.entries(files).map(([path, text]) => [address(path), text])),
    ]),
  );
  const found = (store, request) => {
    const text = store?.get(address(request));
    return text === undefined ? undefined : { status: 200, ok: true, text };
  };
  const context = {
    URL,
    Response: { error: () => ({ type: "error" }) },
    self: {
      location: { origin: new URL(SCOPE).origin },
      registration: { scope: SCOPE },
      addEventListener: (type, handler) => {
        handlers[type] = handler;
      },
    },
    caches: {
      open: async (name) => ({ match: async (request) => found(stores.get(name), request) }),
      match: async (request) => {
        for (const store of stores.values()) if (found(store, request)) return found(store, request);
        return undefined;
      },
    },
    fetch: async (request) => respond(request),
    setTimeout: later,
  };
  const files = JSON.stringify(["./", "icon.svg", "theme.js", "assets/a-2.js"]);
  const source = readFileSync(new URL("sync/service-worker.js", PORTAL), "utf8");
  vm.runInNewContext(`const VERSION = "${version}";\nconst FILES = ${files};\n${source}`, context);
  return async (path, mode = "no-cors") => {
    let answer;
    handlers.fetch({ request: { url: SCOPE + path, method: "GET", mode }, respondWith: (own) => (answer = own) });
    return answer;
  };
}

const TWO = {
  "portal-1": { "./": "page 1", "theme.js": "theme 1", "assets/a-1.js": "a 1" },
  "portal-2": { "./": "page 2", "theme.js": "theme 2", "assets/a-2.js": "a 2" },
};
const offline = () => {
  throw new TypeError("Failed to fetch");
};

test("files and the page are those of the present version, else of a former one", async () => {
  const get = worker({ version: "2", caches: TWO, respond: offline });
  assert.equal((await get("theme.js")).text, "theme 2");
  assert.equal((await get("assets/a-2.js")).text, "a 2");
  assert.equal((await get("assets/a-1.js")).text, "a 1");
  assert.equal((await get("?page=news", "navigate")).text, "page 2");
});

test("a redirect to sign in and a refusal are shown, and the kept page only without an answer", async () => {
  const redirect = { type: "opaqueredirect", status: 0, ok: false };
  for (const response of [
    redirect,
    { status: 401, ok: false },
    { status: 403, ok: false },
    { status: 200, ok: true },
  ]) {
    const get = worker({ version: "2", caches: TWO, respond: () => response });
    assert.equal(await get("", "navigate"), response, `${response.status}`);
  }
  const down = { status: 503, ok: false };
  assert.equal((await worker({ version: "2", caches: TWO, respond: () => down })("", "navigate")).text, "page 2");
  assert.equal(await worker({ version: "2", caches: {}, respond: () => down })("", "navigate"), down);
  assert.equal((await worker({ version: "2", caches: {}, respond: offline })("", "navigate")).type, "error");
});

test("the kept page is shown if the server's does not come for a while, and that of the server if none is kept", async () => {
  const waits = [];
  const later = (work, ms) => waits.push([work, ms]);
  let respond;
  const hanging = () => new Promise((resolve) => (respond = resolve));
  const answer = worker({ version: "2", caches: TWO, respond: hanging, later })("", "navigate");
  await new Promise(setImmediate);
  assert.deepEqual(
    waits.map(([, ms]) => ms),
    [4000],
  );
  waits[0][0]();
  assert.equal((await answer).text, "page 2");
  const first = worker({ version: "2", caches: {}, respond: hanging, later })("", "navigate");
  await new Promise(setImmediate);
  waits[1][0]();
  const late = { status: 200, ok: true };
  respond(late);
  assert.equal(await first, late);
});

test("a deployment that changes any file is another version, one that changes none is not", async (t) => {
  const { default: config } = await import(new URL("vite.config.ts", PORTAL));
  const plugin = config.plugins.flat().find(({ name }) => name === "service-worker");
  const versionOf = async (html, script = "assets/a-1.js") => {
    let source;
    const bundle = { [script]: {}, "index.html": { type: "asset", source: html } };
    await plugin.generateBundle.call({ emitFile: (file) => (source = file.source) }, {}, bundle);
    return /VERSION = "([0-9a-f]{12})"/.exec(source)[1];
  };
  const first = await versionOf("<p>");
  assert.equal(await versionOf("<p>"), first);
  assert.notEqual(await versionOf("<h1>"), first);
  assert.notEqual(await versionOf("<p>", "assets/a-2.js"), first);
  const { readFile } = fs.promises;
  for (const name of ["theme.js", "icon.svg"]) {
    const changed = t.mock.method(fs.promises, "readFile", async (file, ...rest) => {
      const content = await readFile(file, ...rest);
      return String(file).endsWith(name) ? `${content} ` : content;
    });
    syncBuiltinESMExports();
    assert.notEqual(await versionOf("<p>"), first, name);
    changed.mock.restore();
    syncBuiltinESMExports();
  }
});

test("a page hears of each newer version, of its first visit on", async (t) => {
  const { hasNewerVersion, registerServiceWorker } = await load("sync/register.ts", { "import.meta.env.PROD": "true" });
  const serviceWorker = Object.assign(new EventTarget(), { controller: null, register: async () => ({}) });
  t.mock.getter(globalThis, "navigator", () => ({ serviceWorker }));
  registerServiceWorker();
  serviceWorker.dispatchEvent(new Event("controllerchange"));
  assert.equal(hasNewerVersion(), false, "the worker of the first visit is no newer one");
  serviceWorker.dispatchEvent(new Event("controllerchange"));
  assert.equal(hasNewerVersion(), true);
});
