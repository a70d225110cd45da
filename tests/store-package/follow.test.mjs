// Following: fill, rounds, interruptions at any point, and what the page does meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTRACTS, expected, held, Page, scenario, serviceOf, ticks } from "./follow-scenario.mjs";
import { random, script } from "./harness.mjs";
import { errorOf, SimulatedTarget } from "./service.mjs";

const { follow } = await script("store/follow.js");
const { readCursor, continueFrom, firstCursor, writeCursor } = await script("store/follow-cursor.js");

test("a store is filled, and then kept up to date by the same cursor", async () => {
  const { service, target, followed, states, advance } = scenario();
  await advance(0);
  assert.deepEqual(held(target), expected(service));
  assert.equal(service.rounds[0].cursor, null);
  assert.equal(service.rounds[0].items, 30);
  await followed.whenFilled();
  assert.deepEqual(
    [followed.status.state, followed.status.isFilled, followed.status.restored],
    ["following", true, false],
  );
  service.set("case-3", "c1", "another title");
  service.set("case-100", "c2");
  service.remove("case-4");
  await advance(80_000);
  assert.deepEqual([service.rounds.length, service.rounds[1].items], [2, 3], "no case is read twice");
  assert.deepEqual(held(target), expected(service));
  assert.deepEqual(target.saved.cases.length, target.count);
  await followed.stop();
  assert.deepEqual(states, ["filling", "following", "stopped stop"]);
  await advance(600_000);
  assert.equal(service.rounds.length, 2);
});

test("following continues from every point at which it was interrupted, and no case is lost or read without need", async () => {
  for (let at = 0; at <= 30; at += 1) {
    const service = serviceOf(30);
    // A save takes place after each case, and the page is closed before case `at`.
    let target = new SimulatedTarget();
    const page = new Page();
    let first;
    service.onItem = async (one, round) => {
      page.clock.ms += 3000;
      await ticks();
      if (round === service.rounds[0] && round.items === at) {
        target.saveError = new Error("the page is closed");
        void first.followed.stop();
      }
    };
    first = scenario({ service, target, page });
    await first.advance(0);
    await first.followed.stop();
    target = target.reopened();
    const before = target.count;
    assert.ok(before >= Math.max(at - 1, 0), `${before} of ${at} were saved`);
    const second = scenario({ service, target });
    await second.advance(0);
    assert.deepEqual(held(target), expected(service), `interrupted at ${at}`);
    const again = service.rounds[1].items;
    assert.ok(again <= 30 - before + 1, `${again} cases after ${before}`);
    assert.equal(second.followed.status.restored, before > 0);
    await second.followed.stop();
  }
});

test("random changes, interruptions and tabs end in the state of the service", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const next = random(seed);
    const service = serviceOf(20);
    let target = new SimulatedTarget();
    for (let visit = 0; visit < 6; visit += 1) {
      service.onItem = async () => {
        if (next() < 0.2)
          service.set(`case-${Math.floor(next() * 40)}`, CONTRACTS[Math.floor(next() * 3)], String(next()));
      };
      service.error = () => (next() < 0.3 ? errorOf("unavailable", "Gateway Timeout") : null);
      const { followed, advance, page } = scenario({ service, target });
      await advance(next() * 200_000);
      if (next() < 0.5) await page.set({ isOnline: false });
      await page.set({ isOnline: true });
      await advance(next() * 200_000);
      await followed.stop();
      target = target.reopened();
    }
    service.onItem = async () => {};
    service.error = null;
    const { followed, advance } = scenario({ service, target });
    await advance(0);
    assert.deepEqual(held(target), expected(service), `seed ${seed}`);
    await followed.stop();
  }
});

test("the saved cursor never covers a case that is not saved with it", async () => {
  const service = serviceOf(60);
  const target = new SimulatedTarget();
  const page = new Page();
  const { save } = target;
  let checked = 0;
  target.save = async function (cursor) {
    const { read } = JSON.parse(readCursor(cursor).cursor);
    for (const one of service.cases.values()) {
      if (one.sequence <= (read[one.contract_id] ?? 0)) assert.ok(this.held.has(one.case_id));
    }
    checked += 1;
    await save.call(this, cursor);
  };
  service.onItem = async () => {
    page.clock.ms += 700;
    await ticks();
  };
  const { followed, advance } = scenario({ service, target, page });
  await advance(0);
  assert.ok(checked > 10, `${checked} saves`);
  await followed.stop();
});

test("a fast fill is saved after 12 000 cases, however little time has passed", async () => {
  const service = serviceOf(30_000);
  const target = new SimulatedTarget();
  const { save } = target;
  const counts = [];
  target.save = async function (cursor) {
    counts.push(this.count);
    await save.call(this, cursor);
  };
  const { followed, advance } = scenario({ service, target });
  await advance(0);
  assert.deepEqual(counts, [12_000, 24_000, 30_000]);
  await followed.stop();
});

test("rounds without changes save the cursor every ten minutes, and one with changes at once", async () => {
  const { service, target, followed, advance } = scenario();
  await advance(0);
  assert.equal(target.saves, 1);
  await advance(3_600_000);
  assert.ok(service.rounds.length > 50 && target.saves >= 6 && target.saves <= 8, `${target.saves} saves`);
  const { saves } = target;
  service.set("case-1", "c1", "new");
  await advance(80_000);
  assert.equal(target.saves, saves + 1);
  await followed.stop();
  // Other contracts are another state: it is saved although no case has changed.
  const next = target.reopened();
  const second = scenario({ service, target: next, params: { contract_ids: ["c1", "c2"] } });
  await second.advance(0);
  assert.deepEqual([service.rounds.at(-1).items, next.saves], [0, 1]);
  await second.followed.stop();
});

test("progress has the speed and the remaining time, and the listeners get each status once", async () => {
  const service = serviceOf(30);
  const page = new Page();
  service.onItem = async () => {
    page.clock.ms += 100;
    await ticks();
  };
  const seen = [];
  const { followed, advance } = scenario({ service, page });
  let calls = 0;
  followed.subscribe(() => {
    calls += 1;
    seen.push(followed.status);
  });
  await advance(0);
  const filling = seen.filter(({ state, casesPerSecond }) => state === "filling" && casesPerSecond !== null);
  assert.deepEqual(
    filling.map(({ cases, casesPerSecond, remainingMs }) => [cases, casesPerSecond, remainingMs]),
    [
      [10, 10, 200],
      [20, 10, 100],
      [30, 10, 0],
    ],
  );
  assert.equal(new Set(seen).size, calls);
  assert.ok(seen.every(Object.isFrozen));
  const { status } = followed;
  assert.equal(followed.status, status);
  assert.deepEqual([status.casesPerSecond, status.remainingMs, status.lastProgressAt], [null, null, page.now()]);
  await followed.stop();
});

test("each wait differs from the interval by up to a fifth, and counts from the end of a round", async () => {
  const service = serviceOf(3);
  const page = new Page();
  const starts = [];
  const { changes } = service.client();
  const client = {
    ...service.client(),
    changes: (...all) => {
      starts.push(page.now());
      return changes(...all);
    },
  };
  service.error = () => {
    // A round takes longer than the interval.
    page.clock.ms += 30_000;
    return null;
  };
  const followed = follow(client, { contract_ids: CONTRACTS }, new SimulatedTarget(), { intervalMs: 20_000 }, page);
  await page.clock.advance(3_600_000);
  const waits = starts.slice(1).map((at, nth) => at - starts[nth] - 30_000);
  assert.ok(waits.length > 50 && waits.every((ms) => ms >= 16_000 && ms <= 24_000));
  assert.ok(Math.max(...waits) - Math.min(...waits) > 4000, "they differ");
  await followed.stop();
});

test("a clock that is set back or forward by a day delays no round, and no change is missed", async () => {
  for (const days of [-1, 1]) {
    const { service, target, page, followed, advance } = scenario();
    await advance(0);
    page.clock.set(days * 86_400_000);
    service.set("case-1", "c1", "new");
    const { length } = service.rounds;
    await advance(80_000);
    assert.equal(service.rounds.length, length + 1, `${days} days`);
    assert.deepEqual(held(target), expected(service));
    await advance(600_000);
    assert.ok(service.rounds.length >= length + 8 && service.rounds.length <= length + 14);
    await followed.stop();
  }
});

test("a clock that is set back delays no round of a page that is hidden and shown after that", async () => {
  for (const hours of [-24, -1]) {
    const { service, page, followed, advance } = scenario();
    await advance(0);
    page.clock.set(hours * 3_600_000);
    await page.set({ isHidden: true });
    await page.set({ isHidden: false });
    await advance(80_000);
    assert.equal(service.rounds.length, 2, `${hours} hours`);
    await followed.stop();
  }
});

test("a hidden page completes its fill and begins no round; a shown one reads at once", async () => {
  const { service, page, followed, states, advance } = scenario({
    page: Object.assign(new Page(), { isHidden: true }),
  });
  await advance(0);
  assert.equal(followed.status.isFilled, true);
  await advance(3_600_000);
  assert.equal(service.rounds.length, 1);
  assert.deepEqual(states, ["filling", "following", "paused hidden"]);
  await page.set({ isHidden: false });
  assert.equal(service.rounds.length, 2);
  await followed.stop();
  const always = scenario({ page: Object.assign(new Page(), { isHidden: true }), options: { pauseWhenHidden: false } });
  await always.advance(600_000);
  assert.ok(always.service.rounds.length > 5);
  await always.followed.stop();
});

test("an offline page ends its round, keeps what it has, and continues within seconds when it is online", async () => {
  const service = serviceOf(30);
  const page = new Page();
  service.onItem = async (one) => {
    if (one.case_id === "case-15" && service.rounds.length === 1) await page.set({ isOnline: false });
  };
  const { target, followed, states, advance } = scenario({ service, page });
  await advance(600_000);
  assert.deepEqual([followed.status.state, followed.status.reason, followed.status.error], ["paused", "offline", null]);
  const before = target.saved.cases.length;
  assert.ok(before > 0 && before < 30, `${before} cases`);
  await page.set({ isOnline: true });
  await advance(5000);
  assert.deepEqual(held(target), expected(service));
  assert.deepEqual(states, ["filling", "paused offline", "filling", "following"]);
  assert.equal(service.rounds[1].items, 30 - before);
  await followed.stop();
});

test("a tab that does not lead reads nothing, and continues from what the leader has saved", async () => {
  const service = serviceOf(30);
  const target = new SimulatedTarget();
  target.role = "follower";
  const { followed, states, advance } = scenario({ service, target });
  await advance(600_000);
  assert.deepEqual([service.rounds.length, followed.status.state, followed.status.reason], [0, "waiting", "other_tab"]);
  // The other tab fills, this one reads what it saves, and takes over later.
  const other = scenario({ service });
  await other.advance(0);
  await other.followed.stop();
  target.held = new Map(other.target.held);
  target.cursor = other.target.cursor;
  target.setRole("leader");
  await advance(0);
  assert.deepEqual([service.rounds.length, service.rounds[1].items, followed.status.isFilled], [2, 0, true]);
  target.setRole("resting");
  await advance(600_000);
  assert.equal(service.rounds.length, 2);
  target.setRole("alone");
  await advance(0);
  assert.equal(service.rounds.length, 3);
  assert.deepEqual(states, ["waiting other_tab", "following", "paused hidden", "following"]);
  await followed.stop();
});

test("a tab that does not lead says that there is no connection, and waits for the leader again afterwards", async () => {
  const service = serviceOf(30);
  const target = new SimulatedTarget();
  target.role = "follower";
  const { page, followed, states, advance } = scenario({ service, target });
  await advance(60_000);
  await page.set({ isOnline: false });
  assert.deepEqual([followed.status.state, followed.status.reason], ["paused", "offline"]);
  await page.set({ isOnline: true });
  await advance(60_000);
  assert.deepEqual(states, ["waiting other_tab", "paused offline", "waiting other_tab"]);
  assert.equal(service.rounds.length, 0);
  await followed.stop();
});

test("a tab that loses the lead in mid-round applies and saves nothing more", async () => {
  const service = serviceOf(30);
  const target = new SimulatedTarget();
  service.onItem = async (one) => {
    if (one.case_id === "case-15") target.setRole("follower");
  };
  const { followed, advance } = scenario({ service, target });
  await advance(60_000);
  assert.deepEqual([target.saves, followed.status.reason, followed.status.error], [0, "other_tab", null]);
  await followed.stop();
});

test("other contracts: removed ones are dropped, new ones are read, and nothing else is", async () => {
  const first = scenario({ params: { contract_ids: ["c1", "c2"] } });
  await first.advance(0);
  await first.followed.stop();
  const target = first.target.reopened();
  const second = scenario({ service: first.service, target, params: { contract_ids: ["c2", "c3"] } });
  assert.equal(second.followed.status.isFilled, false, "before the cases of a new contract are read");
  await second.advance(0);
  assert.deepEqual(target.drops, [{ contract_ids: ["c1"] }]);
  assert.deepEqual(held(target), expected(first.service, ["c2", "c3"]));
  assert.equal(first.service.rounds[1].items, 10);
  await second.followed.stop();
});

test("another filter reads everything again, and drops what does not belong to it", async () => {
  const first = scenario({ params: { status_flag: "O", where: { severity: [1, 2] } } });
  await first.advance(0);
  await first.followed.stop();
  for (const [params, isSame] of [
    [{ where: { severity: [1, 2] }, status_flag: "O" }, true],
    [{ where: { severity: [1] }, status_flag: "O" }, false],
    [{ status_flag: "O" }, false],
  ]) {
    const target = first.target.reopened();
    const second = scenario({ service: first.service, target, params });
    await second.advance(0);
    assert.deepEqual([target.drops, second.followed.status.restored], isSame ? [[], true] : [["all"], false]);
    assert.deepEqual(held(target), expected(first.service));
    await second.followed.stop();
  }
});

test("what is dropped is saved with a cursor that does not cover it, whoever saves", async () => {
  const all = { contract_ids: CONTRACTS };
  const first = scenario({ params: all });
  await first.advance(0);
  await first.followed.stop();
  for (const [name, params, change] of [
    ["other parameters", { where: { severity: [1] } }, () => {}],
    ["a contract less", { contract_ids: ["c1", "c2"] }, () => {}],
    ["no contract of before", { contract_ids: ["c4"] }, () => {}],
    ["a refill", all, (service) => (service.epoch = "2")],
  ]) {
    const { service } = first;
    const target = first.target.reopened();
    change(service);
    // The cursor is known to be unusable, and then nothing is answered any more.
    service.error = ({ cursor }) => (cursor === null || name !== "a refill" ? errorOf("network", "NO_RESPONSE") : null);
    const second = scenario({ service, target, params });
    await second.advance(0);
    assert.ok(target.count < first.target.count, name);
    // The page applies a case, and the store saves it with what it has.
    target.apply([{ type: "changed", case_id: "own", case: { case_id: "own", contract_id: "c9", updated: 1 } }]);
    target.saved = { cases: [...target.held], cursor: target.cursor };
    // The tab crashes before anything was read.
    service.error = null;
    const last = scenario({ service, target: target.reopened(), params: all });
    await last.advance(0);
    assert.ok(last.followed.status.isFilled);
    last.target.held.delete("own");
    assert.deepEqual(held(last.target), expected(service), name);
    service.error = errorOf("network", "NO_RESPONSE");
    for (const { followed } of [second, last]) await followed.stop();
    service.error = null;
  }
});

test("an interrupted round without a contract leaves no cursor that covers its dropped cases", async () => {
  const first = scenario();
  await first.advance(0);
  await first.followed.stop();
  const { service } = first;
  for (let at = 0; at < 6; at += 1) service.set(`new-${at}`, CONTRACTS[at % 2]);
  for (let items = 0; items < 8; items += 1) {
    let left = items;
    service.onItem = async () => {
      if (left === 0) throw new Error("the tab crashes");
      left -= 1;
    };
    const target = first.target.reopened();
    const second = scenario({ service, target, params: { contract_ids: ["c1", "c2"] } });
    await second.advance(0);
    await second.followed.stop();
    service.onItem = async () => {};
    const last = scenario({ service, target: target.reopened() });
    await last.advance(0);
    assert.deepEqual(held(last.target), expected(service), `after ${items} changes`);
    await last.followed.stop();
  }
});

test("parameters that cannot be read stop following, and the error names them", async () => {
  const cyclic = {};
  cyclic.where = cyclic;
  for (const [params, name] of [
    [undefined, "contract_ids"],
    [null, "contract_ids"],
    [{}, "contract_ids"],
    [{ contract_ids: "1234567" }, "contract_ids"],
    [{ contract_ids: new Set(["1234567"]) }, "contract_ids"],
    [{ user_ids: 5 }, "user_ids"],
    [{ contract_ids: ["c1"], date_created_from: new Date("x") }, "date_created_from"],
    [{ contract_ids: ["c1"], where: { severity: 1n } }, "params"],
    [{ contract_ids: ["c1"], ...cyclic }, "params"],
  ]) {
    const followed = follow(serviceOf(1).client(), params, new SimulatedTarget(), {}, new Page());
    await assert.rejects(followed.whenFilled(), { kind: "invalid_request", message: new RegExp(`${name}: expected`) });
    assert.deepEqual([followed.status.state, followed.status.reason], ["stopped", "error"]);
    await followed.stop();
  }
});

test("cases that a page has applied itself before the first fill stay", async () => {
  const target = new SimulatedTarget();
  target.held.set("case-500", { case_id: "case-500", contract_id: "c1", updated: 1 });
  const { followed, advance } = scenario({ target });
  await advance(0);
  assert.deepEqual([target.drops, target.count], [[], 31]);
  await followed.stop();
});

test("a start date that moves with the clock continues, one that moves far or back does not", () => {
  const cursorOf = (from) => firstCursor({ contract_ids: ["c1"], date_created_from: from });
  const saved = cursorOf("2026-01-01T00:00:00Z");
  for (const [from, continues] of [
    ["2026-01-01T00:00:00Z", true],
    [new Date("2026-01-20T10:00:00Z"), true],
    ["2026-02-20T00:00:00Z", false],
    ["2025-12-31T00:00:00Z", false],
    [undefined, false],
  ]) {
    const found = continueFrom(saved, cursorOf(from));
    assert.equal(found !== null, continues, String(from));
    if (found) assert.equal(found.from, "2026-01-01T00:00:00Z", "the client's cursor needs its own start");
  }
});

test("a saved cursor that is damaged or of another version begins a fill", async () => {
  for (const cursor of [
    "",
    "{",
    "null",
    "{}",
    '{"version":2}',
    writeCursor(firstCursor({ contract_ids: CONTRACTS })).replace('"ids":[', '"ids":[1,'),
  ]) {
    const target = new SimulatedTarget();
    target.held.set("case-999", { case_id: "case-999", contract_id: "c1", updated: 1 });
    target.cursor = cursor;
    const { service, followed, advance } = scenario({ target });
    await advance(0);
    assert.deepEqual(
      [service.rounds[0].cursor, target.drops, held(target)],
      [null, ["all"], expected(service)],
      cursor,
    );
    await followed.stop();
  }
});

test("whenFilled() resolves with the fill, and rejects with the error that stops it", async () => {
  const one = scenario();
  const filled = one.followed.whenFilled();
  await one.advance(0);
  await filled;
  await one.followed.whenFilled();
  await one.followed.stop();
  const service = serviceOf(3);
  service.error = errorOf("authentication", "IDENTITY_EXPIRED");
  const two = scenario({ service });
  const stopped = assert.rejects(two.followed.whenFilled(), { code: "IDENTITY_EXPIRED" });
  await two.advance(0);
  await stopped;
  await assert.rejects(two.followed.whenFilled(), { code: "IDENTITY_EXPIRED" });
  await two.followed.stop();
});

test("a signal stops following, before it begins and in mid-round", async () => {
  const aborted = scenario({ options: { signal: AbortSignal.abort() } });
  await aborted.advance(0);
  assert.deepEqual([aborted.service.rounds.length, aborted.states], [0, ["stopped aborted"]]);
  const controller = new AbortController();
  const service = serviceOf(30);
  service.onItem = async (one) => {
    if (one.case_id === "case-15") controller.abort();
  };
  const { followed, target, states, advance } = scenario({ service, options: { signal: controller.signal } });
  await advance(0);
  assert.deepEqual(states, ["filling", "stopped aborted"]);
  assert.ok(target.saves === 1 && target.count < 30, "what was read is saved");
  await followed.stop();
});

test("a listener that throws does not end following, and is reported to the console", async (t) => {
  const errors = [];
  t.mock.method(console, "error", (_, error) => errors.push(error.message));
  const { followed, advance, target } = scenario();
  followed.subscribe(() => {
    throw new Error("of a listener");
  });
  await advance(0);
  assert.equal(target.count, 30);
  assert.ok(errors.length > 0 && errors.every((message) => message === "of a listener"));
  await followed.stop();
});
