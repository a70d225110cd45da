// The store's persistence in a real browser: its databases, locks, messages and pages.
//
//   PACKAGE    the packed package's folder
//   BROWSER…   the browser and its options: see browser.mjs

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { build } from "esbuild";
import { serve } from "../static-server.mjs";
import { Browser, kind } from "./browser.mjs";

const { PACKAGE } = process.env;
if (!PACKAGE) throw new Error("PACKAGE must be set; the head of this file says to what");

const { outputFiles } = await build({
  entryPoints: [join(import.meta.dirname, "store-page.js")],
  alias: { package: resolve(PACKAGE) },
  nodePaths: [resolve(PACKAGE, "node_modules"), resolve(PACKAGE, "..")],
  bundle: true,
  format: "esm",
  write: false,
});
const files = {
  "/": ["text/html;charset=utf-8", await readFile(join(import.meta.dirname, "store.html"))],
  "/store.js": ["text/javascript", outputFiles[0].contents],
};
/** A worker that imports the package as its files are: it has no bundler and no import map. */
const WORKER = `
import { CaseClient } from "/package/entry/browser.js";
import { createSandbox } from "/package/sandbox.js";
import { CaseStore, indexedDb } from "/package/store.js";
onmessage = async ({ data: scope }) => {
  try {
    const sandbox = await createSandbox({ cases: 300, seed: 1 });
    const client = new CaseClient(sandbox.clientOptions);
    const contract_ids = sandbox.info().contract_ids.slice(0, 3);
    const store = await CaseStore.open({ scope, persist: indexedDb(), now: new Date(0) });
    const isRestored = store.size > 0;
    const page = await client.casesByContract({ contract_ids });
    store.apply(page);
    // No object was made for a case of the page so far.
    const isCompact = Object.getOwnPropertyDescriptor(page, "cases").get !== undefined;
    const isComplete = isRestored || store.size === page.cases.length;
    const followed = store.follow(client, { contract_ids });
    await followed.whenFilled();
    await followed.stop();
    const { outcome, isSaving, error } = store.persistence;
    await store.close();
    postMessage([isRestored, outcome, isSaving, error && error.code, isCompact, isComplete]);
  } catch (error) {
    postMessage([String(error)]);
  }
};`;
files["/worker.js"] = ["text/javascript", WORKER];
const server = await serve(
  { "/package/": resolve(PACKAGE) },
  {
    intercept: ({ url }, response) => {
      const [type, content] = files[url.split("?")[0]] ?? [];
      if (!content) return false;
      // A module that an opaque origin imports needs the header.
      response.writeHead(200, { "Content-Type": type, "Access-Control-Allow-Origin": "*" });
      response.end(content);
      return true;
    },
  },
);
const address = `http://127.0.0.1:${server.port}/`;
const browser = await Browser.start({ width: 800, height: 600 });
console.log(`in ${await browser.version()}`);

const run = (work, ...args) => browser.run(work, ...args);

async function visit() {
  await browser.goto(address);
  await ready();
}

async function ready() {
  const end = Date.now() + 10_000;
  while (!(await run(() => window.isReady === true))) {
    if (Date.now() > end) throw new Error("the page did not load");
  }
}

let number = 0;
/** A scope that no other test has. */
const scopeOf = () => `scope ${process.pid} ${(number += 1)}`;

/** Runs a test in a page of its own. */
const check = (name, work) =>
  test(name, async (t) => {
    await visit();
    await work(t, scopeOf());
  });

/** Opens a connection of the DevTools protocol to the page. A quota that it overrides lasts as long as the connection. */
async function devTools() {
  const capabilities = await browser.driver.getCapabilities();
  const targets = await fetch(`http://${capabilities.get("goog:chromeOptions").debuggerAddress}/json/list`);
  const page = (await targets.json()).find(({ url }) => url === address);
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  return {
    send: (method, params) =>
      new Promise((resolve, reject) => {
        socket.addEventListener("message", ({ data }) => {
          const { result, error } = JSON.parse(data);
          if (error) reject(new Error(error.message));
          else if (result) resolve(result);
        });
        socket.send(JSON.stringify({ id: 1, method, params }));
      }),
    close: () => socket.close(),
  };
}

if (kind.title === "Chromium") {
  await check("a quota that is exceeded is a clear error, and the saved state stays", async (t, scope) => {
    const tools = await devTools();
    const { origin } = new URL(address);
    const { usage } = await tools.send("Storage.getUsageAndQuota", { origin });
    // Before the first use: the browser remembers for a while how much space there is.
    await tools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage + 1_000_000 });
    const told = await run(async (scope) => {
      await opened(scope);
      await until(() => session.role === "leader");
      source.apply({ a: "1" });
      await session.save("one");
      source.apply({ filler: Array.from({ length: 600_000 }, () => Math.random()).join("") });
      await session.save("two");
      source.apply({ b: "2" });
      await session.save("three");
      const { state } = session;
      return [state.outcome, state.error?.code, state.error?.cause.name, source.count, noted.states.length];
    }, scope);
    tools.close();
    assert.deepEqual(told, ["memory", "STORE_QUOTA_EXCEEDED", "QuotaExceededError", 3, 3]);
    await visit();
    const later = await run(async (scope) => [await opened(scope), source.content(), session.cursor], scope);
    assert.deepEqual(later, ["restored", { a: "1" }, "one"]);
  });
}

await check("a worker of a page without a bundler fills, follows, saves and restores a store", async (_, scope) => {
  const inWorker = () =>
    run(
      (scope) =>
        new Promise((resolve) => {
          const worker = new Worker("/worker.js", { type: "module" });
          worker.onerror = ({ message }) => resolve([message ?? "the worker was not loaded"]);
          worker.onmessage = ({ data }) => {
            worker.terminate();
            resolve(data);
          };
          worker.postMessage(scope);
        }),
      scope,
    );
  assert.deepEqual(await inWorker(), [false, "empty", true, null, true, true]);
  assert.deepEqual(await inWorker(), [true, "restored", true, null, true, true]);
});

await check("a store is restored after the page was loaded again, and scopes are apart", async (_, scope) => {
  const first = await run(async (scope) => {
    const outcome = await opened(scope);
    await until(() => session.role === "leader");
    source.apply({ a: "1", b: "2" });
    await session.save("cursor");
    return outcome;
  }, scope);
  await visit();
  const second = await run(async (scope) => [await opened(scope), source.content(), session.cursor], scope);
  const other = await run(async (scope) => [await opened(`${scope}, another`), source.count], scope);
  assert.deepEqual([first, second, other], ["empty", ["restored", { a: "1", b: "2" }, "cursor"], ["empty", 0]]);
});

await check(
  "what is applied right after opening is saved, before the browser has granted the lock",
  async (_, scope) => {
    const found = await run(async (scope) => {
      const first = await CaseStore.open({ scope, persist: indexedDb() });
      first.apply({ case_id: "612345678", severity: 1 });
      await first.close();
      const second = await CaseStore.open({ scope, persist: indexedDb() });
      second.apply({ case_id: "612345679", severity: 1 });
      await second.save();
      await second.close();
      const third = await CaseStore.open({ scope, persist: indexedDb() });
      const { size } = third;
      await third.destroy();
      return size;
    }, scope);
    assert.equal(found, 2);
  },
);

await check("one of two pages saves, the other one sees it, and takes over", async (_, scope) => {
  const told = await run(async (scope) => {
    await opened(scope);
    await until(() => session.role === "leader");
    const other = await framed();
    await other.opened(scope);
    const roles = [session.role, other.session.role];
    source.apply({ a: "1" });
    await session.save("one");
    await until(() => other.source.count === 1, "the other page to see it");
    await session.close();
    await until(() => other.session.role === "leader", "the other page to lead");
    other.source.apply({ b: "2" });
    await other.session.save("two");
    return [roles, other.source.content()];
  }, scope);
  assert.deepEqual(told, [["leader", "follower"], { a: "1", b: "2" }]);
});

await check("a page that closes its window leaves the lead to another window", async (_, scope) => {
  const first = await browser.driver.getWindowHandle();
  await run(async (scope) => {
    await opened(scope);
    await until(() => session.role === "leader");
    source.apply({ a: "1" });
    await session.save("one");
  }, scope);
  await browser.driver.switchTo().newWindow("tab");
  await browser.driver.get(address);
  await ready();
  const second = await browser.driver.getWindowHandle();
  const role = await run(async (scope) => {
    await opened(scope);
    return session.role;
  }, scope);
  await browser.driver.switchTo().window(first);
  await browser.driver.close();
  await browser.driver.switchTo().window(second);
  const later = await run(async () => {
    await until(() => session.role === "leader", "the lead");
    return source.content();
  });
  assert.deepEqual([role, later], ["follower", { a: "1" }]);
});

await check("a page that is left and returned to goes on", async (t, scope) => {
  await run(async (scope) => {
    await opened(scope);
    await until(() => session.role === "leader");
    source.apply({ a: "1" });
    await session.save("one");
    window.addEventListener("pageshow", ({ persisted }) => {
      window.persisted = persisted;
    });
  }, scope);
  await browser.driver.get("about:blank");
  await browser.driver.navigate().back();
  await ready();
  const persisted = await run(() => window.persisted === true);
  t.diagnostic(persisted ? "from the back/forward cache" : "loaded again");
  const told = await run(async (scope) => {
    if (!window.session) await opened(scope);
    await until(() => session.role === "leader", "the lead");
    source.apply({ b: "2" });
    await session.save("two");
    return source.content();
  }, scope);
  assert.deepEqual(told, { a: "1", b: "2" });
});

await check("a page that is left while it opens its store loses nothing", async (t, scope) => {
  await run(async (scope) => {
    await opened(scope);
    await until(() => session.role === "leader");
    source.apply({ a: "1" });
    await session.save("one");
    await session.close();
  }, scope);
  let lefts = 0;
  // The milliseconds after which the page is left: opening takes a few.
  for (const ms of [0, 0.2, 0.5, 1, 1.5, 2, 3, 4]) {
    await run(
      (scope, ms) => {
        const begin = performance.now();
        void opened(scope).catch(() => {});
        const leave = () => (performance.now() - begin < ms ? setTimeout(leave) : (location.href = "/?left"));
        leave();
      },
      scope,
      ms,
    );
    const end = Date.now() + 5000;
    while (!(await run(() => location.search === "?left" && window.isReady === true))) assert.ok(Date.now() < end);
    lefts += 1;
    await browser.driver.navigate().back();
    await ready();
    await visit();
  }
  const told = await run(async (scope) => [await opened(scope), source.content()], scope);
  t.diagnostic(`left ${lefts} times`);
  assert.deepEqual(told, ["restored", { a: "1" }]);
});

await check(
  "destroy() erases although another page ignores it, and ends the other pages of the store",
  async (_, scope) => {
    const told = await run(async (scope) => {
      await opened(scope);
      await until(() => session.role === "leader");
      source.apply({ secret: "42" });
      await session.save("one");
      const [other, ignoring] = [await framed(), await framed()];
      await other.opened(scope);
      const database = await ignoring.deaf(`cisco-support-case/${scope}`);
      await session.destroy();
      const left = await ignoring.keysIn(database);
      await until(() => other.noted.erased === 1, "the other page to learn it");
      other.source.apply({ secret: "42" });
      await other.session.save("again");
      const later = await ignoring.keysIn(database);
      database.close();
      const again = await framed();
      const outcome = await again.opened(scope);
      return [left, later, outcome, localStorage.length];
    }, scope);
    assert.deepEqual(told.slice(0, 3), [["epoch"], ["epoch"], "empty"]);
  },
);

await check(
  "a database that other code deletes leaves the store in memory, and is not written again",
  async (_, scope) => {
    const told = await run(async (scope) => {
      await opened(scope);
      await until(() => session.role === "leader");
      source.apply({ a: "1" });
      await session.save("one");
      await new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(`cisco-support-case/${scope}`);
        Object.assign(request, { onsuccess: resolve, onerror: reject });
      });
      source.apply({ b: "2" });
      await session.save("two");
      const names = (await indexedDB.databases()).map(({ name }) => name);
      return [
        source.content(),
        session.state.outcome,
        session.state.error.code,
        names.some((name) => name.endsWith(scope)),
      ];
    }, scope);
    assert.deepEqual(told, [{ a: "1", b: "2" }, "memory", "STORE_CLOSED", false]);
  },
);

await check("a store that the browser has erased is told from a new one", async (_, scope) => {
  await run(async (scope) => {
    await opened(scope);
    await until(() => session.role === "leader");
    source.apply({ a: "1" });
    await session.save("one");
    await session.close();
    await new Promise((resolve) => (indexedDB.deleteDatabase(`cisco-support-case/${scope}`).onsuccess = resolve));
  }, scope);
  await visit();
  assert.equal(await run((scope) => opened(scope), scope), "lost");
});

await check("a page that is loaded again in mid-write has the state before or after", async (_, scope) => {
  const outcomes = new Set();
  for (let round = 1; round <= 8; round += 1) {
    const told = await run(
      async (scope, round) => {
        const outcome = await opened(scope);
        const found = [outcome, source.content().round ?? null, session.cursor];
        await until(() => session.role === "leader", "the lead");
        source.apply({ round: String(round), filler: "x".repeat(400_000 * (1 + (round % 3))) });
        void session.save(String(round));
        await new Promise((done) => setTimeout(done, round % 4));
        return found;
      },
      scope,
      round,
    );
    await browser.driver.navigate().refresh();
    await ready();
    const [outcome, value, cursor] = told;
    assert.equal(value, cursor, `round ${round}`);
    assert.ok(["restored", "empty"].includes(outcome), outcome);
    outcomes.add(value);
  }
  assert.ok(outcomes.size > 1);
});

await check("25 MB are written and read without a long frame", async (t, scope) => {
  const told = await run(async (scope) => {
    const persist = indexedDb();
    const storage = await persist.open(scope, { onLost() {} });
    const source = large(64, 400_000);
    const session = await PersistenceSession.open({ persist, scope, source });
    await until(() => session.role === "leader");
    let longest = 0;
    let last = performance.now();
    let isOver = false;
    const frame = () => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      if (!isOver) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    source.version += 1;
    const start = performance.now();
    await session.save("cursor");
    const written = performance.now() - start;
    await session.close();
    isOver = true;
    let bytes = 0;
    const reader = new ModelSource();
    reader.restore = async (_, parts) => {
      for await (const part of parts) bytes += part.bytes.length;
      return 1;
    };
    const again = performance.now();
    await PersistenceSession.open({ persist, scope, source: reader });
    const read = performance.now() - again;
    await storage.close();
    return { bytes, written, read, longest };
  }, scope);
  t.diagnostic(
    `written in ${told.written.toFixed()} ms, read in ${told.read.toFixed()} ms, longest frame ${told.longest.toFixed()} ms`,
  );
  assert.equal(told.bytes, 64 * 400_000);
  assert.ok(told.longest < 500, `a frame took ${told.longest} ms`);
});

for (const [name, outcome, role, code] of [
  ["indexedDB", "memory", "leader", "STORE_UNAVAILABLE"],
  ["BroadcastChannel", "empty", "alone", null],
  ["localStorage", "empty", "leader", null],
  ["navigator.locks", "empty", "alone", null],
]) {
  await check(`without ${name} the store works, and says how`, async (_, scope) => {
    const told = await run(
      async (scope, name) => {
        const [target, key] = name.startsWith("navigator.") ? [navigator, name.slice(10)] : [window, name];
        Object.defineProperty(target, key, { configurable: true, value: undefined });
        await opened(scope);
        await until(() => session.role !== "resting" && session.role !== "follower");
        source.apply({ a: "1" });
        await session.save("one");
        const { state } = session;
        return [state.outcome, state.role, state.error?.code ?? null, source.count];
      },
      scope,
      name,
    );
    assert.deepEqual(told, [outcome, role, code, 1]);
  });
}

await check("a frame of an opaque origin, which may use nothing, works in memory", async () => {
  const told = await run(async () => {
    const answer = new Promise((resolve) =>
      window.addEventListener("message", ({ data }) => resolve(data), { once: true }),
    );
    await framed("allow-scripts");
    return answer;
  });
  assert.deepEqual([told.told, told.role, told.code], ["memory", "leader", "STORE_UNAVAILABLE"]);
});

await check(
  "a page that is offline pauses and answers, and goes on when it is online and after a reload",
  async (_, scope) => {
    const told = await run(async (scope) => {
      const outcome = await followed(scope);
      await following.whenFilled();
      const { size } = store;
      connect(false);
      await until(() => following.status.state === "paused", "the pause");
      const [requests, { reason }] = [requestsOf(), following.status];
      const [changed] = store.query({ limit: 1 }).cases;
      sandbox.put({ ...changed, title: "Changed while offline", updated_date: new Date().toISOString() });
      await new Promise((done) => setTimeout(done, 6000));
      const isSilent = requestsOf() === requests;
      const before = store.query({ where: { text: "changed offline" } }).total;
      connect(true);
      await until(() => store.get(changed.case_id).title === "Changed while offline", "the change");
      await following.stop();
      await store.save();
      return { outcome, size, reason, isSilent, before, saving: store.persistence.isSaving };
    }, scope);
    assert.ok(told.size > 50);
    const { outcome, reason, isSilent, before, saving } = told;
    assert.deepEqual([outcome, reason, isSilent, before, saving], ["empty", "offline", true, 0, true]);
    await visit();
    const later = await run(async (scope) => {
      connect(false);
      const outcome = await followed(scope);
      const found = [outcome, store.size, store.query({ where: { text: "changed offline" } }).total];
      await store.close();
      return found;
    }, scope);
    assert.deepEqual(later, ["restored", told.size, 1]);
  },
);

await check(
  "of two pages one follows, and the other one has its cases, and goes on when it is closed",
  async (_, scope) => {
    const told = await run(async (scope) => {
      await followed(scope);
      await following.whenFilled();
      await store.save();
      const other = await framed();
      await other.followed(scope);
      await until(() => other.following.status.reason === "other_tab", "the other page to wait");
      await until(() => other.store.size === store.size, "the cases of the other page");
      const [{ case_id }] = store.query({ limit: 1 }).cases;
      const requests = other.requestsOf();
      store.apply({ ...store.get(case_id), title: "Seen by both", updated_date: new Date().toISOString() });
      await store.save();
      await until(() => other.store.get(case_id).title === "Seen by both", "the change in the other page");
      const roles = [store.persistence.role, other.store.persistence.role];
      await store.close();
      await until(() => other.store.persistence.role === "leader", "the lead");
      await until(() => other.requestsOf() > requests, "a round of the other page");
      await other.store.close();
      return [roles, requests];
    }, scope);
    assert.deepEqual(told, [["leader", "follower"], 0]);
  },
);

await check("the details of a case are saved with it, and read after a reload", async (_, scope) => {
  await run(async (scope) => {
    await followed(scope);
    await following.whenFilled();
    await following.stop();
    const [{ case_id }] = store.query({ limit: 1 }).cases;
    const notes = [{ note: "A note", note_detail: "Straße 😀", creation_date: "2026-06-01T00:00:00Z" }];
    store.apply({ ...store.get(case_id), notes, updated_date: new Date().toISOString() });
    localStorage.setItem("case", case_id);
    await store.close();
  }, scope);
  await visit();
  const found = await run(async (scope) => {
    connect(false);
    await followed(scope);
    const { notes } = await store.get(localStorage.getItem("case"), { details: true });
    await store.destroy();
    return [notes[0].note_detail, (await indexedDB.databases()).some(({ name }) => name.endsWith(scope))];
  }, scope);
  assert.deepEqual(found, ["Straße 😀", false]);
});

// In WebKit, a transaction of a page that is gone can hold the database until the browser ends.
await check("a page that is left ends the write under way, and saves again when it comes back", async (_, scope) => {
  const isFirstComplete = await run(async (scope) => {
    await opened(scope);
    await until(() => session.role === "leader");
    source.apply({ a: "1", filler: "x".repeat(4_000_000) });
    let isFirstComplete = false;
    const { transaction } = IDBDatabase.prototype;
    const begun = new Promise((resolve) => {
      IDBDatabase.prototype.transaction = function (...args) {
        const begun = transaction.apply(this, args);
        if (begun.mode !== "readwrite") return begun;
        IDBDatabase.prototype.transaction = transaction;
        begun.addEventListener("complete", () => {
          isFirstComplete = true;
        });
        resolve();
        return begun;
      };
    });
    const saved = session.save("left").catch(() => {});
    await begun;
    dispatchEvent(new Event("pagehide"));
    await saved;
    dispatchEvent(new Event("pageshow"));
    await until(() => session.role === "leader");
    await session.save("back");
    return isFirstComplete;
  }, scope);
  assert.equal(isFirstComplete, false);
  await visit();
  const later = await run(async (scope) => [await opened(scope), source.content().a, session.cursor], scope);
  assert.deepEqual(later, ["restored", "1", "back"]);
});

await browser.quit();

/** Runs a test in a browser of its own, with preferences. */
const checkIn = (preference, name, work) =>
  test(name, { skip: !kind[preference] }, async () => {
    const other = await Browser.start({ width: 800, height: 600, [preference]: true });
    try {
      await other.goto(address);
      while (!(await other.run(() => window.isReady === true)));
      await work(other, scopeOf());
    } finally {
      await other.quit();
    }
  });

await checkIn("private", "a private window works as any other", async (other, scope) => {
  const told = await other.run(async (scope) => {
    const outcome = await followed(scope);
    await following.whenFilled();
    await following.stop();
    await store.save();
    const { size, persistence } = store;
    await store.close();
    return [outcome, size > 50, persistence.isSaving || persistence.error !== null];
  }, scope);
  assert.ok(["empty", "memory"].includes(told[0]), told[0]);
  assert.deepEqual(told.slice(1), [true, true]);
});

await checkIn("small", "a storage that is full is a clear error, and the saved state stays", async (other, scope) => {
  const told = await other.run(async (scope) => {
    await opened(scope);
    await until(() => session.role === "leader");
    source.apply({ a: "1" });
    await session.save("one");
    source.apply({ filler: Array.from({ length: 600_000 }, () => Math.random()).join("") });
    await session.save("two");
    const { state } = session;
    return [state.outcome, state.error?.code, source.count];
  }, scope);
  assert.deepEqual(told, ["memory", "STORE_QUOTA_EXCEEDED", 2]);
  await other.goto(address);
  while (!(await other.run(() => window.isReady === true)));
  const later = await other.run(async (scope) => [await opened(scope), source.content(), session.cursor], scope);
  assert.deepEqual(later, ["restored", { a: "1" }, "one"]);
});

await server.close();
