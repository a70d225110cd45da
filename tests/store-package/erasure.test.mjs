// A store that one of several tabs erases: the others drop what they hold, also those that slept meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { script, settle } from "./harness.mjs";
import { session, SimulatedBrowser } from "./tabs.mjs";

/** Two tabs of a browser that have the same saved case, the first one leading. */
async function filled() {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const both = [await session(browser.tab(), parts), await session(browser.tab(), parts)];
  both[0].source.apply({ a: "1" });
  await both[0].session.save("filled");
  await settle();
  return { browser, parts, both };
}

test("a store that another tab erases is dropped here", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const [one, two] = [await session(browser.tab(), parts), await session(browser.tab(), parts)];
  const { storeError } = await script("store/errors.js");
  await one.session.destroy();
  two.storage.events.onLost(storeError("STORE_CLOSED"));
  await two.session.save("again");
  assert.deepEqual([two.noted.erased, two.session.state.outcome, parts.size], [1, "memory", 0]);
  await assert.rejects(one.session.save(), { code: "STORE_CLOSED" });
  await one.session.close();
});

test("a store that is erased elsewhere has no cursor that covers the dropped cases, whether it leads or not", async () => {
  const { storeError } = await script("store/errors.js");
  for (const role of ["leader", "follower"]) {
    const { both } = await filled();
    const erased = both.find(({ session }) => session.role === role);
    const other = both.find((one) => one !== erased);
    assert.equal(erased.session.cursor, "filled");
    const seen = [];
    erased.session.onRole(() => seen.push(erased.session.cursor));
    await other.session.destroy();
    erased.storage.events.onLost(storeError("STORE_CLOSED"));
    await settle();
    assert.deepEqual([erased.session.cursor, erased.session.role, erased.noted.erased], [null, "leader", 1], role);
    assert.deepEqual(seen, role === "leader" ? [] : [null]);
  }
});

test("an erasure is told to the other tabs, which drop what they hold and save nothing any more", async () => {
  for (const eraser of [0, 1]) {
    const { both, parts } = await filled();
    await both[eraser].session.destroy();
    await settle();
    const other = both[1 - eraser];
    assert.deepEqual([other.noted.erased, other.session.cursor, other.session.state.outcome], [1, null, "memory"]);
    other.source.apply({ b: "2" });
    await other.session.save("again");
    await settle();
    assert.deepEqual([parts.size, other.noted.erased], [0, 1]);
  }
});

test("a tab that opens the store again at once, because it is being erased, begins empty after that, and saves", async () => {
  for (const eraser of [0, 1]) {
    const { browser, both, parts } = await filled();
    const erasing = both[eraser];
    let begin = () => {};
    const begun = new Promise((resolve) => (begin = resolve));
    const { destroy } = erasing.storage;
    erasing.storage.destroy = async () => {
      await begun;
      await destroy.call(erasing.storage);
    };
    const destroyed = erasing.session.destroy();
    await settle();
    assert.equal(both[1 - eraser].noted.erased, 1, "it is told before");
    // As an application does that is told.
    const opening = [session(browser.tab(), parts), session(browser.tab(), parts)];
    await settle();
    begin();
    await destroyed;
    const [next, last] = await Promise.all(opening);
    assert.deepEqual([next.source.content(), next.session.cursor], [{}, null]);
    next.source.apply({ b: "2" });
    await next.session.save("next");
    await settle();
    assert.deepEqual([next.noted.erased, next.session.state.isSaving, last.source.content()], [0, true, { b: "2" }]);
  }
});

test("an erasure that is frozen, or another one, does not keep tabs from opening the store for ever", async () => {
  const { browser, both, parts } = await filled();
  both[0].storage.destroy = () => new Promise(() => {});
  void both[0].session.destroy();
  await settle();
  const opening = session(browser.tab(), parts);
  const again = both[1].session.destroy();
  await browser.advance(10_000);
  await again;
  assert.ok((await opening).session.state.outcome);
});

test("a tab whose storage has failed drops what it holds as well, once, when another tab erases the store", async () => {
  const failures = {
    "a save": async (browser, parts) => {
      const one = await session(browser.tab(), parts);
      one.storage.write = async () => {
        throw new DOMException("full", "QuotaExceededError");
      };
      one.source.apply({ b: "2" });
      await one.session.save("failed");
      return one;
    },
    "its opening": (browser, parts) =>
      session(browser.tab(), parts, { open: () => Promise.reject(new DOMException("blocked", "UnknownError")) }),
    "a newer build": (browser, parts) => session(browser.tab(), parts, { source: { format: 0 } }),
  };
  for (const [name, fail] of Object.entries(failures)) {
    const browser = new SimulatedBrowser();
    const parts = new Map();
    if (name === "a newer build") {
      const first = await session(browser.tab(), parts);
      first.source.apply({ a: "1" });
      await first.session.save("filled");
      await first.session.close();
    }
    const failed = await fail(browser, parts);
    assert.equal(failed.session.state.isSaving, false, name);
    const other = await session(browser.tab(), parts);
    await other.session.destroy();
    const again = await session(browser.tab(), parts);
    await again.session.destroy();
    await settle();
    const { error } = failed.session.state;
    assert.deepEqual([failed.noted.erased, failed.session.cursor, error.code], [1, null, "STORE_CLOSED"], name);
    assert.equal(failed.noted.states.at(-1), failed.session.state, "it is told");
    await failed.session.close();
    assert.equal(browser.channels.size, 0, name);
  }
});

test("a tab whose opening has failed opens an erased storage no more, neither later nor while it is erased", async () => {
  for (const isLate of [false, true]) {
    const browser = new SimulatedBrowser();
    const parts = new Map();
    let opened = () => Promise.reject(new DOMException("blocked", "UnknownError"));
    const failed = await session(browser.tab(), parts, { open: () => opened() });
    failed.source.apply({ a: "1" });
    let end = () => {};
    opened = () =>
      new Promise((resolve) => {
        end = resolve;
      });
    if (isLate) await browser.advance(5000);
    const other = await session(browser.tab(), parts);
    const erased = other.session.destroy();
    // An erasure waits for an opening only for a while.
    if (isLate) await browser.advance(5000);
    await erased;
    await settle();
    assert.equal(failed.noted.erased, 1);
    end();
    await browser.advance(600_000);
    failed.source.apply({ b: "2" });
    await failed.session.save("later");
    assert.deepEqual([failed.session.state.isSaving, failed.session.state.error.code], [false, "STORE_CLOSED"]);
    assert.equal(parts.size, 0);
    await failed.session.close();
    assert.equal(browser.channels.size, 0);
  }
});

test("a tab that slept while the store was erased drops it when it is shown, and does not save it again", async () => {
  for (const isLeader of [false, true]) {
    const { browser, both, parts } = await filled();
    const [sleeper, eraser] = isLeader ? both : both.reverse();
    await sleeper.tab.hide();
    await browser.advance(5 * 60_000);
    assert.equal(sleeper.session.role, "resting");
    await eraser.session.destroy();
    assert.equal(sleeper.noted.erased, 0, "it hears nothing");
    await sleeper.tab.show();
    await browser.advance(1000);
    assert.deepEqual([sleeper.noted.erased, sleeper.session.cursor], [1, null]);
    await sleeper.session.save("again");
    assert.deepEqual(
      [...parts.keys()].filter((key) => key !== "epoch"),
      [],
    );
  }
});

test("a tab that slept while the store was erased and filled again reads that, whatever its generation", async () => {
  for (const saves of [1, 2, 3]) {
    const browser = new SimulatedBrowser();
    const parts = new Map();
    const [one, two] = [await session(browser.tab(), parts), await session(browser.tab(), parts)];
    for (const id of ["a", "b"]) {
      one.source.apply({ [id]: "old" });
      await one.session.save(id);
    }
    await settle();
    await two.tab.hide();
    await browser.advance(5 * 60_000);
    await one.session.destroy();
    const three = await session(browser.tab(), parts);
    for (let save = 1; save <= saves; save += 1) {
      three.source.apply({ [`new-${save}`]: "1" });
      await three.session.save(`new-${save}`);
    }
    await two.tab.show();
    await browser.advance(1000);
    assert.deepEqual([two.source.content(), two.session.cursor], [three.source.content(), `new-${saves}`], `${saves}`);
    // Messages of the new store have lower generations.
    three.source.apply({ later: "1" });
    await three.session.save("later");
    await settle();
    assert.deepEqual([two.source.content(), two.session.cursor], [three.source.content(), "later"]);
  }
});
