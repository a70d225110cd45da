// A full storage whose save is removed to let dropped cases leave it: the other tabs keep everything else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./harness.mjs";
import { session, SimulatedBrowser } from "./tabs.mjs";

const SECRET = "SECRET".repeat(100);

/** Two tabs with the cases a and b. A leader has dropped a, and the storage is full. */
async function dropped({ isAtomic, b }) {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const attached = { unsaved: new Map(), hasRemovals: false, drops: [], has: () => true, onSaved: () => {} };
  const storage = { isAtomic, limit: Number.POSITIVE_INFINITY };
  const size = () => [...parts.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  const [one, two] = [
    await session(browser.tab(), parts, { source: { attached }, storage }),
    await session(browser.tab(), parts, { storage: { isAtomic } }),
  ];
  const { write } = one.storage;
  one.storage.write = async function (puts, removes, epoch) {
    // Databases write before they remove.
    const added = puts.reduce((sum, [, bytes]) => sum + bytes.length, 0);
    if (added > 0 && size() + added > this.limit) throw new DOMException("full", "QuotaExceededError");
    await write.call(this, puts, removes, epoch);
    await this.onWritten?.();
  };
  one.source.apply({ a: SECRET, b: "1" });
  await one.session.save("filled");
  await settle();
  one.storage.limit = size();
  one.source.drop('{"where":{"case_id":["a"]}}');
  one.source.apply({ b });
  Object.assign(attached, { hasRemovals: true, drops: ['{"where":{"case_id":["a"]}}'] });
  return { browser, parts, one, two };
}

const textOf = (parts) => [...parts.values()].map((bytes) => new TextDecoder().decode(bytes)).join();

test("tabs that look while a full storage is rewritten keep their cases but the dropped ones", async () => {
  for (const isAtomic of [true, false]) {
    const { parts, one, two } = await dropped({ isAtomic, b: "2" });
    const seen = [];
    one.storage.onWritten = async () => {
      await two.tab.hide();
      await two.tab.show();
      seen.push(`${Object.keys(two.source.content())} ${two.noted.erased} ${/SECRET/.test(textOf(parts))}`);
    };
    await one.session.save("dropped");
    await settle();
    assert.ok(seen.includes("b 0 false"), `nothing else is left before the next save: ${seen}`);
    assert.deepEqual([two.source.content(), two.session.cursor], [{ b: "2" }, "dropped"]);
    assert.deepEqual([two.noted.erased, two.session.role, one.session.state.isSaving], [0, "follower", true]);
  }
});

test("if what is left does not fit either, the next tab that leads saves what it has, without the dropped cases", async () => {
  for (const isAtomic of [true, false]) {
    const { browser, parts, one, two } = await dropped({ isAtomic, b: "x".repeat(2000) });
    await one.session.save("dropped");
    await settle();
    assert.deepEqual([one.session.state.isSaving, one.session.state.error.code], [false, "STORE_QUOTA_EXCEEDED"]);
    assert.deepEqual([two.source.content(), two.session.cursor], [{ b: "1" }, "filled"]);
    assert.deepEqual([two.noted.erased, two.session.role, two.session.state.outcome], [0, "leader", "restored"]);
    await two.session.save();
    assert.ok(!textOf(parts).includes("SECRET"));
    const three = await session(browser.tab(), parts, { storage: { isAtomic } });
    assert.deepEqual([three.source.content(), three.session.cursor], [{ b: "1" }, "filled"]);
  }
});

test("a tab that rested meanwhile keeps its cases but the dropped ones, also if they are dropped once no save fits", async () => {
  const condition = (id) => `{"where":{"case_id":["${id}"]}}`;
  for (const isAtomic of [true, false]) {
    // The first one is dropped by the save that does not fit, or after it.
    for (const isFirst of [true, false]) {
      const { browser, parts, one, two } = await dropped({ isAtomic, b: "x".repeat(2000) });
      const { attached } = one.source;
      if (!isFirst) attached.drops = [];
      await two.tab.hide();
      await browser.advance(5 * 60_000);
      assert.equal(two.session.role, "resting");
      two.source.apply({ c: "of this tab" });
      await one.session.save("dropped");
      attached.drops = [condition("a")];
      await one.session.save();
      await settle();
      assert.ok(!textOf(parts).includes("SECRET"));
      await two.tab.show();
      await browser.advance(1000);
      assert.deepEqual([two.noted.erased, two.session.state.error], [0, null]);
      assert.deepEqual(two.source.content(), { b: "1", c: "of this tab" });
      await two.session.save();
      const three = await session(browser.tab(), parts, { storage: { isAtomic } });
      assert.deepEqual(three.source.content(), { b: "1", c: "of this tab" });
    }
  }
});

test("what a leader drops after a mark was read is dropped as well, and nothing twice", async () => {
  const condition = (id) => `{"where":{"case_id":["${id}"]}}`;
  const { one, two } = await dropped({ isAtomic: true, b: "x".repeat(2000) });
  const look = async () => {
    await two.tab.hide();
    await two.tab.show();
  };
  one.storage.onWritten = async () => {
    await look();
    await two.tab.fire("freeze");
  };
  await one.session.save("dropped");
  await settle();
  assert.deepEqual([two.session.role, two.source.content()], ["resting", { b: "1" }]);
  two.source.apply({ a: "come back" });
  one.source.attached.drops = [condition("a"), condition("b")];
  one.storage.onWritten = undefined;
  await one.session.save();
  await look();
  assert.deepEqual([two.noted.erased, two.source.content()], [0, { a: "come back" }]);
});

test("a storage without space for a leader's epoch loses what is dropped, unless another tab writes meanwhile", async () => {
  for (const isTaken of [false, true]) {
    const browser = new SimulatedBrowser();
    const parts = new Map();
    const first = await session(browser.tab(), parts);
    first.source.apply({ a: SECRET, b: "1" });
    await first.session.save("filled");
    await first.session.close();
    const attached = { unsaved: new Map(), hasRemovals: false, drops: [], has: () => true, onSaved: () => {} };
    const full = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
    const one = await session(browser.tab(), parts, { source: { attached }, storage: { takeEpoch: full } });
    assert.deepEqual(one.source.content(), { a: SECRET, b: "1" });
    assert.equal(one.session.state.error.code, "STORE_QUOTA_EXCEEDED");
    if (isTaken) await session(browser.tab(), parts);
    one.source.drop('{"where":{"case_id":["a"]}}');
    attached.drops = ['{"where":{"case_id":["a"]}}'];
    await one.session.save();
    assert.equal(textOf(parts).includes("SECRET"), isTaken, "another leader's save stays");
  }
});

test("a store whose save was removed begins empty at the next visit, and saves again", async () => {
  for (const isAtomic of [true, false]) {
    const { parts, one, two } = await dropped({ isAtomic, b: "x".repeat(2000) });
    await two.session.close();
    await one.session.save("dropped");
    await one.session.close();
    const browser = new SimulatedBrowser();
    const next = await session(browser.tab(), parts, { storage: { isAtomic } });
    assert.deepEqual([next.session.state.outcome, next.session.state.error, next.source.count], ["empty", null, 0]);
    next.source.apply({ c: "3" });
    await next.session.save("next");
    const last = await session(browser.tab(), parts, { storage: { isAtomic } });
    assert.deepEqual([last.source.content(), last.session.cursor], [{ c: "3" }, "next"]);
  }
});
