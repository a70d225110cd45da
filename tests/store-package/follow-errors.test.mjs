// Following after errors: waits, a lost permission, rejected cursors and cases, and what stops it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTRACTS, expected, held, Page, scenario, serviceOf } from "./follow-scenario.mjs";
import { random, script } from "./harness.mjs";
import { clientError, errorOf, SimulatedTarget } from "./service.mjs";

const { follow } = await script("store/follow.js");
const { reactionTo } = await script("store/follow-errors.js");
const { savingError } = await script("store/saving-errors.js");

test("a save that is rejected because another tab leads ends the round without an error for the page", async () => {
  const { target, followed, service, advance } = scenario({
    target: Object.assign(new SimulatedTarget(), { saveError: savingError("STORE_LEADER_CHANGED") }),
  });
  await advance(0);
  assert.deepEqual([followed.status.error, target.saves], [null, 0]);
  await advance(4000);
  assert.equal(service.rounds.length, 1, "no tight loop");
  target.setRole("follower");
  await advance(60_000);
  assert.deepEqual([service.rounds.length, followed.status.reason], [1, "other_tab"]);
  await followed.stop();
});

test("errors that pass are waited for as they advise, longer each time, and told", async () => {
  const service = serviceOf(30);
  service.error = errorOf("rate_limited", "Account Over Queries Per Second Limit", { retryAfterMs: 30_000 });
  const { followed, page, advance, states, target } = scenario({ service });
  await advance(0);
  assert.deepEqual(
    [followed.status.state, followed.status.reason, followed.status.error.kind],
    ["waiting", "error", "rate_limited"],
  );
  const ms = followed.status.nextRoundAt - page.now();
  assert.ok(ms >= 30_000 && ms <= 36_000, `${ms} ms`);
  await advance(29_000);
  assert.equal(service.rounds.length, 1);
  service.error = errorOf("network", "NETWORK");
  await advance(3_600_000);
  assert.ok(service.rounds.length > 10 && service.rounds.length < 40, `${service.rounds.length} rounds in an hour`);
  service.error = null;
  await advance(300_000);
  assert.deepEqual([followed.status.state, followed.status.error], ["following", null]);
  assert.deepEqual(held(target), expected(service));
  assert.equal(states.at(-1), "following");
  await followed.stop();
});

test("a quota is waited for until it renews, within a minute of others", async () => {
  const page = new Page();
  const service = serviceOf(3);
  service.error = errorOf("quota", "QUOTA_SPENT", { renewsAt: new Date(page.now() + 7_200_000).toISOString() });
  const { followed, advance } = scenario({ page, service });
  await advance(0);
  assert.deepEqual([followed.status.state, followed.status.reason], ["waiting", "quota"]);
  const ms = followed.status.nextRoundAt - page.now();
  assert.ok(ms >= 7_200_000 && ms <= 7_260_000, `${ms} ms`);
  service.error = null;
  await advance(7_260_000);
  assert.equal(followed.status.state, "following");
  await followed.stop();
});

test("a quota that is spent within a round is the state while it lasts", async () => {
  const { page, service, target, followed, advance, states } = scenario();
  await advance(0);
  // The round waits for the minute's quota.
  service.set("case-1", "c1", "another title");
  const seen = [];
  service.waitMs = 30_000;
  service.onItem = async () => {
    seen.push([followed.status.state, followed.status.reason]);
  };
  service.set("case-2", "c2", "another title");
  await advance(80_000);
  assert.deepEqual(seen, [
    ["following", null],
    ["waiting", "quota"],
  ]);
  service.waitMs = null;
  service.onItem = async () => {};
  await advance(80_000);
  assert.deepEqual([followed.status.state, followed.status.reason], ["following", null]);
  // A part of a round fails since the day's quota is spent.
  service.spent.set(
    "c2",
    errorOf("quota", "QUOTA_SPENT", { renewsAt: new Date(page.now() + 7_200_000).toISOString() }),
  );
  service.set("case-1", "c1", "a third title");
  await advance(80_000);
  assert.deepEqual(
    [followed.status.state, followed.status.reason, followed.status.error?.code],
    ["waiting", "quota", "QUOTA_SPENT"],
  );
  assert.equal(followed.status.isFilled, true);
  const rounds = service.rounds.length;
  await advance(3_600_000);
  assert.equal(service.rounds.length, rounds, "nothing is asked for while the quota is spent");
  service.spent.clear();
  await advance(3_700_000);
  assert.deepEqual([followed.status.state, followed.status.error], ["following", null]);
  assert.deepEqual(held(target), expected(service));
  assert.ok(states.includes("waiting quota"));
  await followed.stop();
});

test("an expired sign-in stops following, keeps the cases, and resume() goes on", async () => {
  const { service, target, followed, advance } = scenario();
  await advance(0);
  service.error = errorOf("authentication", "IDENTITY_EXPIRED", { source: "gateway" });
  await advance(80_000);
  assert.deepEqual(
    [followed.status.state, followed.status.reason, followed.status.error.code],
    ["stopped", "authentication", "IDENTITY_EXPIRED"],
  );
  assert.equal(target.count, 30);
  const { length } = service.rounds;
  await advance(3_600_000);
  assert.equal(service.rounds.length, length);
  service.error = null;
  followed.resume();
  await advance(0);
  assert.deepEqual([followed.status.state, followed.status.error, service.rounds.at(-1).items], ["following", null, 0]);
  await followed.stop();
  followed.resume();
  await advance(600_000);
  assert.equal(followed.status.state, "stopped");
});

test("a lost permission stops following and drops every case, saved ones too", async () => {
  const { service, target, followed, advance } = scenario();
  await advance(0);
  assert.equal(target.saved.cases.length, 30);
  const drop = target.drop.bind(target);
  const filledAtDrop = [];
  target.drop = (cases) => {
    filledAtDrop.push(followed.status.isFilled);
    drop(cases);
  };
  service.error = errorOf("permission", "NOT_PERMITTED", { source: "gateway" });
  await advance(80_000);
  assert.deepEqual([followed.status.state, followed.status.reason], ["stopped", "permission"]);
  assert.deepEqual(filledAtDrop, [false], "what a page reads of its store then is no news");
  assert.deepEqual(
    [target.drops, target.count, target.saved.cases, followed.status.lostIds],
    [["all"], 0, [], CONTRACTS],
  );
  // Regained: everything is read, also what did not change meanwhile.
  service.error = null;
  followed.resume();
  await advance(0);
  assert.deepEqual(held(target), expected(service));
  await followed.stop();
});

test("following of a store that has trapped ends with its error, and stop() resolves", async () => {
  const { service, target, followed, advance } = scenario();
  await advance(0);
  await followed.whenFilled();
  const panic = errorOf("internal", "PANIC");
  target.drop = () => {
    throw panic;
  };
  service.error = errorOf("permission", "NOT_PERMITTED", { source: "gateway" });
  await advance(80_000);
  assert.deepEqual([followed.status.state, followed.status.reason, followed.status.error], ["stopped", "error", panic]);
  await followed.stop();
});

test("a refused origin or a disabled application stops following, and drops nothing", async () => {
  for (const code of ["ORIGIN_NOT_ALLOWED", "Account Inactive", "Unknown Referrer"]) {
    const { service, target, followed, advance } = scenario();
    await advance(0);
    service.error = errorOf("permission", code);
    await advance(80_000);
    assert.deepEqual([followed.status.reason, target.count], ["permission", 30], code);
    await followed.stop();
  }
});

test("a lost contract is dropped, the others go on, and after regaining it is read completely", async () => {
  const { service, target, followed, advance } = scenario();
  await advance(0);
  service.refused.add("c2");
  await advance(80_000);
  assert.deepEqual(target.drops, [{ contract_ids: ["c2"] }]);
  assert.deepEqual([followed.status.state, followed.status.lostIds], ["following", ["c2"]]);
  assert.deepEqual(held(target), expected(service, ["c1", "c3"]));
  assert.equal(target.saved.cases.length, 20);
  await advance(600_000);
  assert.deepEqual(service.rounds.at(-1).params.contract_ids, ["c1", "c3"], "it is not requested for a while");
  service.set("case-1", "c1", "new");
  service.refused.clear();
  await advance(3_700_000);
  assert.deepEqual([followed.status.lostIds, held(target)], [[], expected(service)]);
  await followed.stop();
});

test("a contract that was lost before the last visit ended is read completely when it is regained", async () => {
  const first = scenario();
  await first.advance(0);
  first.service.refused.add("c2");
  await first.advance(80_000);
  await first.followed.stop();
  first.service.refused.clear();
  const target = first.target.reopened();
  const second = scenario({ service: first.service, target });
  await second.advance(0);
  assert.deepEqual([held(target), second.followed.status.lostIds], [expected(first.service), []]);
  await second.followed.stop();
});

test("a cursor that the client rejects is a refill, and a fourth one within an hour stops", async () => {
  const { service, target, followed, advance } = scenario();
  await advance(0);
  service.epoch = "2";
  await advance(80_000);
  assert.deepEqual([followed.status.state, followed.status.refills], ["following", 1]);
  assert.deepEqual(held(target), expected(service));
  // Something rejects every cursor.
  const { changes } = service.client();
  let rounds = 0;
  service.error = (round) => {
    rounds += 1;
    service.epoch = String(rounds + 10);
    return null;
  };
  assert.equal(typeof changes, "function");
  await advance(3_000_000);
  const { state, reason, error } = followed.status;
  assert.deepEqual(
    [state, reason, error.code, error.cause.kind],
    ["stopped", "error", "STORE_REFILL_LIMIT", "invalid_request"],
  );
  await followed.stop();
});

test("a case that cannot be applied is named, and requested again in each round until it can be", async () => {
  const target = new SimulatedTarget();
  target.invalid.add("case-7");
  const { service, followed, advance } = scenario({ target });
  await advance(0);
  assert.deepEqual([followed.status.rejectedIds, target.count], [["case-7"], 29]);
  await followed.stop();
  const next = target.reopened();
  const second = scenario({ service, target: next });
  await second.advance(0);
  assert.deepEqual([second.followed.status.rejectedIds, held(next)], [[], expected(service)]);
  await second.followed.stop();
});

test("parts that could not be read keep the fill going, and an id that is invalid does not", async () => {
  for (const [kind, code, isFilled] of [
    ["unavailable", "Gateway Timeout", false],
    ["invalid_request", "Bad Request", true],
  ]) {
    const service = serviceOf(30);
    const client = service.client();
    const { changes } = client;
    client.changes = (...all) => {
      const call = changes(...all);
      call.failures.push({ ids: ["c9"], date_created_from: null, date_created_to: null, error: errorOf(kind, code) });
      return call;
    };
    const page = new Page();
    const followed = follow(client, { contract_ids: CONTRACTS }, new SimulatedTarget(), {}, page);
    await page.clock.advance(0);
    assert.deepEqual([followed.status.isFilled, followed.status.failures.length], [isFilled, 1]);
    assert.equal(followed.status.state, isFilled ? "following" : "waiting");
    client.changes = changes;
    await page.clock.advance(80_000);
    assert.deepEqual([followed.status.isFilled, followed.status.failures], [true, []]);
    await followed.stop();
  }
});

test("each kind of error has its reaction", () => {
  const react = (error, failures = 1) => reactionTo(error, failures, 0, 0.5);
  assert.equal(react(clientError("PANIC")).type, "stop");
  assert.equal(react(errorOf("invalid_request", "INVALID_PARAMETER", { problems: [] })).type, "stop");
  assert.equal(react(errorOf("authentication", "INVALID_CLIENT", { retryable: true })).type, "retry");
  const noToken = (cause) => react({ kind: "authentication", code: "NO_TOKEN", retryable: false, cause });
  assert.deepEqual(noToken(new TypeError("Failed to fetch")), { type: "retry", reason: "error", afterMs: 1500 });
  assert.equal(noToken(new Error("401")).type, "stop");
  // An undocumented status may pass, but not for ever.
  const undocumented = errorOf("unavailable", "UNDOCUMENTED_STATUS", { retryable: false });
  assert.deepEqual([react(undocumented, 1).type, react(undocumented, 5).type], ["retry", "stop"]);
  const retryable = errorOf("unavailable", "Bad Gateway");
  assert.deepEqual(
    [1, 2, 3, 20, 2000].map((failures) => react(retryable, failures).afterMs),
    [1500, 3000, 6000, 225_000, 225_000],
  );
});

test("ten thousand pages that an outage ends together do not return together", () => {
  const next = random(1);
  const seconds = new Map();
  const error = errorOf("network", "NETWORK");
  for (let page = 0; page < 10_000; page += 1) {
    let at = 0;
    for (let failures = 1; failures <= 8; failures += 1) at += reactionTo(error, failures, 0, next()).afterMs;
    const second = Math.floor(at / 1000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  const counts = [...seconds.values()];
  const mean = 10_000 / (Math.max(...seconds.keys()) - Math.min(...seconds.keys()) + 1);
  assert.ok(Math.max(...counts) <= 3 * mean, `${Math.max(...counts)} in one second, ${mean} on average`);
});
