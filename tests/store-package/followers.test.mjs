// Changes that are applied in a tab while another one leads: they are saved once their tab leads.

import assert from "node:assert/strict";
import { test } from "node:test";

// Several tabs share a storage in pages and their workers only. The package reads this when it is loaded, also by the harness.
globalThis.WorkerGlobalScope = class {};
const { crashingAdapter, script } = await import("./harness.mjs");
const { SimulatedBrowser } = await import("./tabs.mjs");
const { locks } = new SimulatedBrowser().tab().environment;
Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks } });

const { CaseStore, custom } = await script("entry/store-node.js");

const caseOf = (case_id) => ({ case_id, title: case_id, updated_date: "2026-05-01T08:00:00Z" });

/** Resolves once a tab has a role. */
const hasRole = (store, role) =>
  new Promise((resolve) => {
    const look = () => store.persistence.role === role && resolve();
    store.onPersistence(look);
    look();
  });

/** Opens tabs of one storage; the first one leads. */
async function tabs(count) {
  const adapter = crashingAdapter();
  const open = () => CaseStore.open({ scope: "u", persist: custom(adapter) });
  const stores = [];
  for (let at = 0; at < count; at += 1) {
    stores.push(await open());
    await hasRole(stores[at], at === 0 ? "leader" : "follower");
  }
  return { stores, open };
}

test("changes of a follower are saved when it is closed as the leader", async () => {
  const { stores, open } = await tabs(2);
  const [first, second] = stores;
  second.apply(caseOf("1"));
  // A follower writes nothing.
  await second.save();
  await first.close();
  await hasRole(second, "leader");
  await second.close();
  const again = await open();
  assert.equal(again.size, 1);
  await again.close();
});

test("changes of a follower are saved soon after it has become the leader", async () => {
  const { stores } = await tabs(3);
  const [first, second, third] = stores;
  second.apply(caseOf("1"));
  await second.save();
  assert.equal(third.size, 0);
  const received = new Promise((resolve) => third.live().subscribe(({ total }) => total === 1 && resolve()));
  await first.close();
  await received;
  await second.close();
  await third.close();
});

test("a listener of onPersistence() that subscribes anew is called once for each state", async () => {
  const { stores } = await tabs(2);
  const [first, second] = stores;
  let calls = 0;
  const renewed = () => {
    calls += 1;
    assert.ok(calls < 1000, "called for ever");
    remove();
    remove = second.onPersistence(renewed);
  };
  let remove = second.onPersistence(renewed);
  const leads = hasRole(second, "leader");
  await first.close();
  await leads;
  assert.equal(calls, 1);
  await second.close();
});
