// The election of one tab, with simulated tabs, locks, messages and time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage, ModelSource, random, script, settle } from "./harness.mjs";
import { session, SimulatedBrowser } from "./tabs.mjs";

const { TabElection } = await script("store/leader.js");
const { PersistenceSession } = await script("store/persistence/session.js");

const { writeManifest } = await script("store/persistence/manifest.js");

const NAME = "db";
const LOCK = "cisco-support-case/db";
/** The lock of the sessions, after the name of their storage. */
const SESSION_LOCK = "cisco-support-case/memory";

/** Starts the election of a tab; its events are noted. */
function elected(tab) {
  const noted = { roles: [], saved: 0, rests: 0, wakes: 0 };
  const events = {
    onRole: (role) => noted.roles.push(role),
    onSaved: () => (noted.saved += 1),
    onRest: () => (noted.rests += 1),
    onWake: () => (noted.wakes += 1),
  };
  const election = new TabElection(NAME, events, tab.environment);
  election.start();
  return { election, noted, tab };
}

async function tabs(count) {
  const browser = new SimulatedBrowser();
  const all = Array.from({ length: count }, () => elected(browser.tab()));
  await browser.advance(0);
  return [browser, all];
}

const roles = (all) => all.map(({ election }) => election.role);

test("one tab leads, and the next one follows when it is closed", async () => {
  const [browser, all] = await tabs(3);
  assert.deepEqual(roles(all), ["leader", "follower", "follower"]);
  all[0].election.stop();
  await settle();
  assert.deepEqual(roles(all), ["resting", "leader", "follower"]);
  await browser.advance(600_000);
  assert.deepEqual(roles(all), ["resting", "leader", "follower"]);
  assert.equal(all[0].tab.openChannels.size, 0);
  all[0].election.stop();
});

test("a leader gives the lock back when it is frozen, left, or hidden for five minutes", async () => {
  for (const event of ["freeze", "pagehide", "hidden"]) {
    const [browser, all] = await tabs(2);
    const [first] = all;
    if (event === "hidden") {
      await first.tab.hide();
      await browser.advance(299_000);
      assert.deepEqual(roles(all), ["leader", "follower"]);
      await browser.advance(2000);
    } else await first.tab.fire(event);
    assert.deepEqual(roles(all), ["resting", "leader"], event);
    // Nothing is left that keeps the page out of the back/forward cache.
    assert.deepEqual([first.tab.openChannels.size, first.noted.rests], [0, 1]);
    assert.equal(
      browser.locks.get(LOCK).some(({ tab }) => tab === first.tab),
      false,
    );
    if (event === "hidden") await first.tab.show();
    else await first.tab.fire(event === "freeze" ? "resume" : "pageshow");
    assert.deepEqual(roles(all), ["follower", "leader"], event);
    assert.deepEqual([first.noted.wakes, first.noted.saved], [1, 1]);
  }
});

test("a tab that is shown within five minutes keeps the lock", async () => {
  const [browser, all] = await tabs(2);
  for (let round = 0; round < 5; round += 1) {
    await all[0].tab.hide();
    await browser.advance(200_000);
    await all[0].tab.show();
    await browser.advance(200_000);
  }
  assert.deepEqual(roles(all), ["leader", "follower"]);
});

test("the lock of a suspended leader is taken away after a while, and the leader learns it", async () => {
  const [browser, all] = await tabs(2);
  await browser.advance(60_000);
  all[0].tab.suspend();
  await browser.advance(19_000);
  assert.deepEqual(roles(all), ["leader", "follower"]);
  await browser.advance(12_000);
  assert.equal(all[1].election.role, "leader");
  await all[0].tab.resume();
  assert.deepEqual(roles(all), ["follower", "leader"]);
  // It waits for the lock again, like any other tab.
  all[1].election.stop();
  await settle();
  assert.deepEqual(roles(all), ["leader", "resting"]);
});

test("a hidden tab takes nothing away", async () => {
  const [browser, all] = await tabs(2);
  await all[1].tab.hide();
  all[0].tab.suspend();
  await browser.advance(290_000);
  assert.equal(all[1].election.role, "follower");
  await all[1].tab.show();
  await browser.advance(30_000);
  assert.equal(all[1].election.role, "leader");
});

test("a tab that hears nobody does not take the lock from a tab that works", async () => {
  const [browser, all] = await tabs(2);
  all[1].tab.isDeaf = true;
  await browser.advance(3_600_000);
  assert.deepEqual(roles(all), ["leader", "follower"]);
  assert.deepEqual(all[0].noted.roles, ["follower", "leader"]);
});

test("a tab that hears itself alone takes the lock at most once a minute", async () => {
  const [browser, all] = await tabs(2);
  // It hears its own second channel, and no message of the other tab.
  const { environment } = all[1].tab;
  const open = environment.openChannel;
  all[1].election.stop();
  await settle();
  const deaf = browser.tab();
  const original = deaf.environment.openChannel;
  deaf.environment.openChannel = (name) => {
    const channel = original(name);
    if (!name.endsWith("/echo")) Object.defineProperty(channel, "onmessage", { get: () => null, set() {} });
    return channel;
  };
  const one = elected(deaf);
  await browser.advance(600_000);
  const taken = one.noted.roles.filter((role) => role === "leader").length;
  assert.ok(taken <= 10, `${taken} times in ten minutes`);
  assert.equal(typeof open, "function");
});

test("a heartbeat every five seconds is all that an idle election sends", async () => {
  const [browser] = await tabs(5);
  browser.messages = 0;
  await browser.advance(600_000);
  assert.equal(browser.messages, 120);
});

test("a hidden leader whose timers are slow keeps the lock, because it answers", async () => {
  const [browser, all] = await tabs(2);
  // Heartbeats are once a minute; messages arrive at once.
  const { environment } = all[0].tab;
  const { setTimer } = environment;
  environment.setTimer = (ms, wake) => setTimer(Math.max(ms, 60_000), wake);
  await all[0].tab.hide();
  await browser.advance(240_000);
  assert.deepEqual(roles(all), ["leader", "follower"]);
});

test("what a tab has missed while it was frozen is noticed by the next heartbeat", async () => {
  const [browser, all] = await tabs(2);
  all[0].election.announce(1);
  await settle();
  assert.equal(all[1].noted.saved, 1);
  all[1].tab.suspend();
  all[0].election.announce(2);
  all[0].election.announce(3);
  await settle();
  await all[1].tab.resume();
  assert.equal(all[1].noted.saved, 1);
  await browser.advance(6000);
  assert.equal(all[1].noted.saved, 2);
  await browser.advance(60_000);
  assert.equal(all[1].noted.saved, 2, "once");
  await all[1].tab.hide();
  await all[1].tab.show();
  assert.equal(all[1].noted.saved, 3, "a tab that is shown looks for itself");
});

test("messages that are none of this build's say nothing of the leader, and disturb nothing", async () => {
  const { environment } = new SimulatedBrowser().tab();
  const [channels, noted] = [[], { saved: 0 }];
  const openChannel = () => channels[channels.push({ postMessage() {}, close() {} }) - 1];
  const locks = { request: () => new Promise(() => {}) };
  const events = { onRole() {}, onSaved: () => (noted.saved += 1) };
  const election = new TabElection(NAME, events, { ...environment, locks, openChannel });
  election.start();
  const tell = (data) => channels[0].onmessage({ data });
  for (const data of [undefined, null, 7, "saved", [], {}, { type: "leaving", from: "other", generation: 9 }])
    tell(data);
  for (const generation of ["9", Number.NaN, Number.POSITIVE_INFINITY, {}])
    tell({ type: "saved", from: "other", generation });
  assert.equal(noted.saved, 0);
  tell({ type: "saved", from: "other", generation: 1 });
  assert.equal(noted.saved, 1);
  election.stop();
});

test("a tab of another build that sends unknown messages does not keep the lock of a suspended leader", async () => {
  const [browser, all] = await tabs(2);
  const other = browser.tab().environment.openChannel(LOCK);
  all[0].tab.suspend();
  for (let passed = 0; passed < 60_000; passed += 1000) {
    other.postMessage({ type: "working", from: "other", generation: 0 });
    await browser.advance(1000);
  }
  assert.equal(all[1].election.role, "leader");
});

test("without locks, without messages, or where the browser refuses them, each tab is alone", async () => {
  const browser = new SimulatedBrowser();
  const without = [browser.tab({ hasLocks: false }), browser.tab({ hasChannels: false }), browser.tab(), browser.tab()];
  without[2].environment.locks = {
    request: async () => {
      throw new DOMException("opaque origin", "SecurityError");
    },
  };
  without[3].environment.openChannel = () => {
    throw new DOMException("opaque origin", "SecurityError");
  };
  const all = without.map(elected);
  await browser.advance(60_000);
  assert.deepEqual(roles(all), ["alone", "alone", "alone", "alone"]);
  assert.deepEqual([browser.channels.size, browser.messages <= 1], [0, true]);
  for (const { election } of all) election.stop();
});

// The same with storages: sessions of several tabs over one storage.

test("the leader saves, and the other tabs see it", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const [one, two] = [await session(browser.tab(), parts), await session(browser.tab(), parts)];
  assert.deepEqual([one.session.role, two.session.role], ["leader", "follower"]);
  one.source.apply({ a: "1" });
  await one.session.save("cursor");
  await settle();
  assert.deepEqual([two.source.content(), two.session.cursor, two.noted.contents], [{ a: "1" }, "cursor", 1]);
  // A save of a follower does nothing; the leader will read the same from the service.
  two.source.apply({ b: "2" });
  await two.session.save("other");
  assert.equal(two.session.cursor, "cursor");
  await one.session.close();
  await settle();
  assert.equal(two.session.role, "leader");
  await two.session.save("next");
  const three = await session(browser.tab(), parts);
  assert.deepEqual([three.source.content(), three.session.cursor], [{ a: "1", b: "2" }, "next"]);
});

test("a leader that lost the lock between its fetch and its write writes nothing", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const [one, two] = [await session(browser.tab(), parts), await session(browser.tab(), parts)];
  one.source.apply({ a: "1" });
  await one.session.save("one");
  await settle();
  one.tab.suspend();
  await browser.advance(40_000);
  assert.equal(two.session.role, "leader");
  two.source.apply({ a: "2", b: "2" });
  await two.session.save("two");
  // The first tab wakes in the middle of what it did, before it learns anything.
  one.source.apply({ a: "old" });
  await assert.rejects(one.session.save("old"), { code: "STORE_LEADER_CHANGED" });
  await one.tab.resume();
  await settle();
  assert.deepEqual([one.session.role, two.session.role], ["follower", "leader"]);
  const three = await session(browser.tab(), parts);
  assert.deepEqual([three.source.content(), three.session.cursor], [{ a: "2", b: "2" }, "two"]);
});

test("a tab leads only after it has read what the former leader saved last", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const [one, two] = [await session(browser.tab(), parts), await session(browser.tab(), parts)];
  const cursors = [];
  two.session.onRole((role) => role === "leader" && cursors.push(two.session.cursor));
  two.tab.isDeaf = true;
  one.source.apply({ a: "1" });
  await one.session.save("last");
  await one.session.close();
  await settle();
  assert.deepEqual([cursors, two.source.content()], [["last"], { a: "1" }]);
});

test("tabs of an older build neither wait for a newer one nor keep it from leading", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const [one, two] = [await session(browser.tab(), parts), await session(browser.tab(), parts)];
  one.source.apply({ a: "1" });
  await one.session.save("one");
  await settle();
  // A newer build upgrades what is saved.
  const newer = writeManifest(
    { scope: "alice", format: 1, generation: 9, base: 9, count: 0, chunks: [], log: [], cursor: null },
    7,
  );
  parts.set("manifest.1", newer);
  await two.tab.hide();
  await two.tab.show();
  assert.deepEqual(
    [two.session.role, two.session.state.outcome, two.session.state.error.code, two.source.count],
    ["leader", "newer", "STORE_NEWER_VERSION", 1],
  );
  await one.session.close();
  const late = await session(browser.tab(), parts);
  assert.deepEqual(
    [late.session.role, late.session.state.outcome, late.session.state.isSaving],
    ["leader", "newer", false],
  );
  late.source.apply({ b: "2" });
  await late.session.save("two");
  await two.session.save("two");
  assert.equal(parts.get("manifest.1"), newer);
  assert.equal(browser.locks.get(SESSION_LOCK).length, 0, "the lock is free for the newer build");
});

test("a tab that loses the lock while it reads the last save does not lead", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const one = await session(browser.tab(), parts);
  one.source.apply({ a: "1" });
  await one.session.save("one");
  const two = await session(browser.tab(), parts);
  let proceed;
  const { takeEpoch } = two.storage;
  two.storage.takeEpoch = async function () {
    await new Promise((resolve) => (proceed = resolve));
    return takeEpoch.call(this);
  };
  await one.session.close();
  await settle();
  assert.equal(two.session.role, "follower");
  const three = await session(browser.tab(), parts);
  void browser.request(SESSION_LOCK, { steal: true }, () => new Promise(() => {}), three.tab);
  await settle();
  proceed();
  await settle();
  assert.equal(two.session.role, "follower");
  two.source.apply({ b: "2" });
  await two.session.save("two");
  assert.equal(parts.size, 4);
});

test("tabs without locks fill for themselves and save nothing", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const one = await session(browser.tab({ hasLocks: false }), parts);
  one.source.apply({ a: "1" });
  await one.session.save("one");
  assert.deepEqual([one.session.role, one.session.state.isSaving, parts.size], ["alone", false, 0]);
});

test("a storage that comes late is joined, with what was applied before", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const first = await session(browser.tab(), parts);
  first.source.apply({ a: "1" });
  await first.session.save("one");
  await first.session.close();
  const { savingError } = await script("store/saving-errors.js");
  let isBlocked = true;
  const open = () => (isBlocked ? Promise.reject(savingError("STORE_UNAVAILABLE")) : undefined);
  const late = await session(browser.tab(), parts, { open });
  assert.deepEqual(
    [late.session.role, late.session.state.outcome, late.session.state.error.code],
    ["leader", "memory", "STORE_UNAVAILABLE"],
  );
  late.source.apply({ b: "2" });
  await late.session.save("mine");
  await browser.advance(5000);
  isBlocked = false;
  const told = [];
  late.session.onRole((role) => told.push([role, late.session.cursor, late.noted.contents]));
  await browser.advance(30_000);
  // A follower reads the cursor of the storage anew.
  assert.deepEqual(told, [
    ["follower", "one", 0],
    ["leader", "one", 1],
  ]);
  assert.deepEqual([late.session.state.outcome, late.session.state.error], ["restored", null]);
  assert.deepEqual([late.source.content(), late.session.cursor], [{ a: "1", b: "2" }, "one"]);
  await late.session.save("next");
  const again = await session(browser.tab(), parts);
  assert.deepEqual(again.source.content(), { a: "1", b: "2" });
});

test("a late storage that is empty gets what was read, with its cursor", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const { savingError } = await script("store/saving-errors.js");
  let isBlocked = true;
  const open = () => (isBlocked ? Promise.reject(savingError("STORE_UNAVAILABLE")) : undefined);
  const late = await session(browser.tab(), parts, { open });
  late.source.apply({ b: "2" });
  await late.session.save("mine");
  isBlocked = false;
  await browser.advance(5000);
  assert.deepEqual([late.session.role, late.session.state.outcome], ["leader", "empty"]);
  await late.session.save();
  const again = await session(browser.tab(), parts);
  assert.deepEqual([again.source.content(), again.session.cursor], [{ b: "2" }, "mine"]);
});

test("what is applied while a late storage is read stays, and is in the next save", async () => {
  const parts = new Map();
  const first = await session(new SimulatedBrowser().tab(), parts);
  first.source.apply({ a: "1", b: "1" });
  await first.session.save("one");
  await first.session.close();
  const { PersistedStore } = await script("store/persistence/persisted-store.js");
  for (const [applied, isWithinHistory] of [
    [{ c: "2" }, true],
    [{ c: "2" }, false],
  ]) {
    const storage = new MemoryStorage(parts);
    const source = new ModelSource();
    const store = new PersistedStore(storage, source, "alice");
    source.apply({ before: "0" });
    if (!isWithinHistory) source.oldest = 1;
    const opening = store.open();
    // Arrays are being read.
    for (let turn = 0; turn < 6; turn += 1) await null;
    source.apply(applied);
    const outcome = await opening;
    const saved = isWithinHistory ? { a: "1", b: "1" } : {};
    assert.deepEqual(
      [outcome, source.content()],
      [isWithinHistory ? "restored" : "damaged", { ...saved, before: "0", ...applied }],
    );
    assert.deepEqual([store.error, store.cursor], [null, isWithinHistory ? "one" : null]);
    await store.save();
    const again = new ModelSource();
    await new PersistedStore(new MemoryStorage(parts), again, "alice").open();
    assert.deepEqual(again.content(), source.content());
  }
});

test("a storage that stays away is tried three times", async () => {
  const browser = new SimulatedBrowser();
  const { savingError } = await script("store/saving-errors.js");
  let opened = 0;
  const open = () => {
    opened += 1;
    return Promise.reject(savingError("STORE_UNAVAILABLE"));
  };
  const one = await session(browser.tab(), new Map(), { open });
  await browser.advance(3_600_000);
  assert.equal(opened, 4);
  assert.equal(one.noted.states.length, 1, "the page is told once");
});

test("a failed save ends persistence, and is told once", async () => {
  const browser = new SimulatedBrowser();
  const one = await session(browser.tab(), new Map());
  one.storage.write = async () => {
    throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
  };
  one.noted.states.length = 0;
  for (let save = 0; save < 5; save += 1) {
    one.source.apply({ a: String(save) });
    await one.session.save("cursor");
  }
  assert.deepEqual(
    one.noted.states.map(({ outcome, isSaving, error }) => [outcome, isSaving, error.code]),
    [["memory", false, "STORE_QUOTA_EXCEEDED"]],
  );
  assert.deepEqual([one.source.count, one.session.role], [1, "leader"]);
});

test("a persistence without a scope is refused", async () => {
  const persist = { nameOf: () => "memory", open: async () => new MemoryStorage(), erase: async () => {} };
  for (const scope of ["", undefined, null, 3, {}, "\ud800", "a\udc00b"]) {
    const opening = PersistenceSession.open({ persist, scope, source: new ModelSource() });
    await assert.rejects(opening, { code: "INVALID_OPTION" });
  }
  await PersistenceSession.open({ persist, scope: "\u{1f600}", source: new ModelSource() });
  await PersistenceSession.open({ persist: undefined, scope: "", source: new ModelSource() });
});

test("on servers the one process of a storage leads at once", async () => {
  const source = new ModelSource();
  const storage = new MemoryStorage();
  const persist = { nameOf: () => "memory", open: async () => storage, erase: async () => {} };
  const opened = await PersistenceSession.open({ persist, scope: "alice", source });
  assert.equal(opened.role, "leader");
  source.apply({ a: "1" });
  await opened.save("one");
  assert.equal(opened.state.isSaving, true);
  const memory = await PersistenceSession.open({ persist: undefined, scope: "alice", source });
  assert.deepEqual([memory.role, memory.state.outcome, memory.state.isSaving], ["leader", "memory", false]);
  await memory.save("nothing");
});

test("whatever tabs do, what is saved has everything that its cursor covers, and never goes back", async () => {
  const source = { replaces: (value, known) => Number(value) >= Number(known) };
  for (let seed = 1; seed <= 8; seed += 1) {
    const next = random(seed);
    const browser = new SimulatedBrowser();
    const parts = new Map();
    /** The changes of a service, in their order; the cursor is the number of those that were read. */
    const log = [];
    let open = [];
    let furthest = 0;
    for (let turn = 0; turn < 60; turn += 1) {
      log.push([`case-${Math.floor(next() * 12)}`, `${turn}`]);
      const pick = next();
      const one = open[Math.floor(next() * open.length)];
      if (open.length < 2 || (pick < 0.15 && open.length < 5))
        open.push(await session(browser.tab(), parts, { source }));
      else if (pick < 0.3) one.tab.suspend();
      else if (pick < 0.45) await one.tab.resume();
      else if (pick < 0.55) await (one.tab.isHidden ? one.tab.show() : one.tab.hide());
      else if (pick < 0.65) {
        await one.tab.fire("pagehide");
        if (next() < 0.5) await one.tab.fire("pageshow");
        else {
          open = open.filter((tab) => tab !== one);
          await one.session.close();
        }
      } else await browser.advance(next() * 90_000);
      for (const { session: tab, source } of open) {
        if (tab.role !== "leader" || next() < 0.3) continue;
        const read = Number(tab.cursor ?? 0);
        for (const [id, value] of log.slice(read)) source.apply({ [id]: value });
        await tab.save(String(log.length)).catch((error) => assert.equal(error.code, "STORE_LEADER_CHANGED"));
      }
      await settle();
      const found = await session(new SimulatedBrowser().tab(), new Map(parts));
      const cursor = Number(found.session.cursor ?? 0);
      assert.ok(cursor >= furthest, `seed ${seed}, turn ${turn}: ${cursor} after ${furthest}`);
      furthest = cursor;
      // A tab that believed to lead may have read more: its cases are saved later, by itself, and read once more.
      const content = found.source.content();
      for (const [id, value] of Object.entries(Object.fromEntries(log.slice(0, cursor)))) {
        assert.ok(Number(content[id]) >= Number(value), `seed ${seed}, turn ${turn}, ${id}`);
      }
      for (const [id, value] of Object.entries(content)) assert.deepEqual(log[Number(value)], [id, value]);
    }
    assert.ok(furthest > 20, `seed ${seed}: ${furthest} changes were saved`);
    for (const { session: tab } of open) await tab.close();
  }
});

test("the state is one object until it changes, which is told", async () => {
  const browser = new SimulatedBrowser();
  const parts = new Map();
  const [one, two] = [await session(browser.tab(), parts), await session(browser.tab(), parts)];
  const save = async (cases) => {
    one.source.apply(cases);
    await one.session.save();
    await settle();
  };
  await save({ a: "1" });
  const before = two.session.state;
  await save({ a: "2" });
  assert.equal(two.session.state, before, "what another tab saves changes no state");
  assert.throws(() => {
    before.role = "leader";
  }, TypeError);
  await one.session.close();
  await settle();
  assert.equal(two.session.role, "leader");
  assert.notEqual(two.session.state, before);
  assert.equal(two.session.state, two.noted.states.at(-1), "the listener has the object that is read");
  assert.deepEqual(
    two.noted.states.map(({ outcome, role }) => [outcome, role]),
    [
      ["empty", "follower"],
      ["restored", "follower"],
      ["restored", "leader"],
    ],
  );
});
