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
