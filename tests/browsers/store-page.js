// The page of the store's tests: the parts of the store with a model in place of its content, and the whole store.

import { indexedDb } from "package/store/persistence/indexed-db.js";
import { CaseClient } from "package/inline.js";
import { createSandbox } from "package/sandbox-inline.js";
import { CaseStore } from "package/store.js";
import { PersistenceSession } from "package/store/persistence/session.js";
import { ModelSource } from "../store-package/model-source.mjs";

/** Opens a session. Its states and events are in `window.noted`. */
window.opened = async (scope, name) => {
  const source = new ModelSource();
  window.noted = { states: [], contents: 0, erased: 0 };
  const session = await PersistenceSession.open({
    persist: indexedDb(name && { name }),
    scope,
    source,
    events: {
      onState: (state) => window.noted.states.push([state.outcome, state.role, state.error?.code ?? null]),
      onContent: () => (window.noted.contents += 1),
      onErased: () => (window.noted.erased += 1),
    },
  });
  Object.assign(window, { session, source });
  return session.state.outcome;
};

/** Waits until a condition holds. */
window.until = async (condition, what) => {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what ?? condition}`);
    await new Promise((done) => setTimeout(done, 10));
  }
};

/** The window of another page of this site, in a frame: it has its own connections, locks and channels, as a tab has. */
window.framed = async (sandbox) => {
  const frame = document.createElement("iframe");
  if (sandbox !== undefined) frame.setAttribute("sandbox", sandbox);
  frame.src = "/";
  await new Promise((done) => {
    frame.addEventListener("load", done);
    document.body.append(frame);
  });
  return frame.contentWindow;
};

/** A connection that ignores every message, as a tab of other code has. */
window.deaf = (name) =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The keys in a database. */
window.keysIn = (database) =>
  new Promise((resolve, reject) => {
    const request = database.transaction("parts").objectStore("parts").getAllKeys();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** A source with large chunks. */
window.large = (chunks, bytes) => {
  const source = new ModelSource();
  const filled = Uint8Array.from({ length: bytes }, (_, at) => at * 31);
  source.chunks = () => ({ count: chunks, changed: Array.from({ length: chunks }, (_, index) => [index, filled]) });
  return source;
};

/** Follows a sandbox in the browser's storage. The store, its following and the sandbox are in the window. */
window.followed = async (scope) => {
  const sandbox = await createSandbox({ cases: 120 });
  let requests = 0;
  const fetch = (...request) => {
    requests += 1;
    return sandbox.fetch(...request);
  };
  const client = new CaseClient({ baseUrl: sandbox.baseUrl, token: "any", fetch, rateLimit: false });
  const store = await CaseStore.open({ scope, persist: indexedDb(), now: () => Date.now() });
  const { outcome } = store.persistence;
  const following = store.follow(client, { contract_ids: sandbox.info().contract_ids }, { intervalMs: 5000 });
  Object.assign(window, { sandbox, store, following, requestsOf: () => requests });
  return outcome;
};

/** Disconnects the page, or connects it again, as its scripts see it. */
window.connect = (isOnline) => {
  Object.defineProperty(navigator, "onLine", { configurable: true, value: isOnline });
  dispatchEvent(new Event(isOnline ? "online" : "offline"));
};

Object.assign(window, { CaseStore, indexedDb, PersistenceSession, ModelSource });
window.isReady = true;

// A sandboxed frame cannot be called: it tells its parent.
if (window.origin === "null") {
  window.opened("sandboxed").then(
    () =>
      parent.postMessage(
        { told: window.session.state.outcome, role: window.session.role, code: window.session.state.error?.code },
        "*",
      ),
    (error) => parent.postMessage({ told: String(error) }, "*"),
  );
}
