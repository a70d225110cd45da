// The change of a tab's role: what it has applied before it leads, and pages that are left meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage, ModelSource, script, settle } from "./harness.mjs";
import { session, SimulatedBrowser } from "./tabs.mjs";

const { PersistenceSession } = await script("store/persistence/session.js");

/** A session that nobody has waited for since it was opened, with what it has applied. */
async function begun(tab, parts) {
  const source = new ModelSource();
  const persist = { nameOf: () => "memory", open: async () => new MemoryStorage(parts, { isAtomic: true }) };
  const opened = await PersistenceSession.open({
    persist,
    scope: "alice",
    source,
    tabs: tab.environment,
    hasTabs: true,
  });
  source.apply({ b: "2" });
  return { session: opened, source };
}

test("what is applied at once after opening is saved by save() and close(), before the lock is granted", async () => {
  for (const end of [(one) => one.save(), (one) => Promise.all([one.save(), one.close()])]) {
    const parts = new Map();
    const one = await begun(new SimulatedBrowser().tab(), parts);
    assert.notEqual(one.session.role, "leader");
    await end(one.session);
    const { session: found, source } = await session(new SimulatedBrowser().tab(), parts);
    assert.deepEqual([found.state.outcome, source.content()], ["restored", { b: "2" }]);
  }
});

test("what a tab has applied before it leads is saved when it does, without another change", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const one = await session(browser.tab(), parts);
  one.source.apply({ a: "1" });
  await one.session.save("one");
  const two = await begun(browser.tab(), parts);
  await two.session.save();
  await one.session.close();
  await settle();
  assert.equal(two.session.role, "leader");
  const three = await session(browser.tab(), parts);
  assert.deepEqual([three.source.content(), three.session.cursor], [{ a: "1", b: "2" }, "one"]);
});

test("a tab that is left while it begins to lead, and returns, saves with its last epoch", async () => {
  const parts = new Map();
  const tab = new SimulatedBrowser().tab();
  const held = [];
  const one = await session(tab, parts, {
    storage: {
      async takeEpoch() {
        const epoch = await MemoryStorage.prototype.takeEpoch.call(this);
        await new Promise((resolve) => held.push(resolve));
        return epoch;
      },
    },
  });
  await tab.fire("pagehide");
  await tab.fire("pageshow");
  // The answers come in any order.
  while (held.length > 0) {
    held.pop()();
    await settle();
  }
  assert.equal(one.session.role, "leader");
  one.source.apply({ a: "1" });
  await one.session.save("one");
  assert.deepEqual([one.session.role, one.session.state.error], ["leader", null]);
});
