// The details of open cases in the copy, in real workerd with D1: within the budget of a day, newest first, wherever a run ends,
// and as far as the readers of the copy and their stores.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CaseClient } from "cisco-support-case";
import { CaseStore } from "cisco-support-case/store";
import { gatewayWithCopy } from "./harness.mjs";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const OPEN = { status_flag: "O" };

const ends = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Starts a service and a gateway with a copy of its open cases and their details. */
async function setUp({ cases = 300, moves = 0, parameters = OPEN, copy = {}, ...others } = {}) {
  const one = await gatewayWithCopy({ cases, moves, copy: { ...parameters, details: "open", ...copy }, ...others });
  ends.push(one.stop);
  const { database, all } = one;
  let aheadMs = 0;
  return {
    ...one,
    /** The cases whose details were requested since the last call. */
    detailed: () => one.test("detailed"),
    /** Lets time pass for the gateway. */
    async pass(ms) {
      aheadMs += ms;
      await one.test("clock", { aheadMs });
    },
    /** The cases of the copy, newest first. */
    rows: () =>
      all("SELECT case_id, version, is_open, details, details_failures FROM cases ORDER BY updated_ms DESC, case_id"),
    progress: async () => JSON.parse((await all("SELECT progress FROM copy_state"))[0].progress),
    /** Forgets all details, and what was requested of them. */
    forget: () =>
      database.batch(
        [
          "UPDATE cases SET details = '', details_ms = -9007199254740991, details_failures = 0, details_retry_ms = 0",
          "UPDATE copy_state SET progress = json_remove(progress, '$.details')",
        ].map((text) => database.prepare(text)),
      ),
  };
}

/** Runs until nothing of the details is left to be read. Returns the reports. */
async function untilRead(one) {
  const lines = [];
  for (let run = 0; run < 20; run += 1) {
    const line = await one.run();
    lines.push(line);
    if (line.details?.requests === 0) return lines;
  }
  throw new Error("the details do not end");
}

/** Asserts that the copy has the details that the service has, of all its cases but some. */
async function agrees(one, without = []) {
  for (const { case_id, details } of await one.rows()) {
    if (without.includes(case_id)) {
      assert.equal(details, "", case_id);
      continue;
    }
    const { owner_name, owner_email, tracking_number, notes, updated_date } = await one.client.caseDetails({ case_id });
    const dates = notes.map(({ creation_date }) => creation_date).filter(Boolean);
    const newest = dates.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? null;
    const found = JSON.parse(details);
    assert.deepEqual(
      [found.case_id, found.owner, found.tracking_number, found.notes_count],
      [case_id, owner_name || owner_email, tracking_number, notes.length],
    );
    assert.equal(found.last_note_date && Date.parse(found.last_note_date), newest && Date.parse(newest), case_id);
    assert.equal(Date.parse(found.updated_date), Date.parse(updated_date), case_id);
    assert.ok(!details.includes("note_detail"), "no note is copied");
  }
}

test("the newest open cases come first, a day's budget is never exceeded, and 24 hours later it goes on", async () => {
  const one = await setUp({ cases: 400, copy: { detailsPerDay: 15 } });
  const first = await one.run();
  const rows = await one.rows();
  assert.ok(rows.length > 35, `${rows.length} cases`);
  const newest = rows.map(({ case_id }) => case_id);
  assert.deepEqual(
    [first.copy, first.errors, first.details],
    ["done", undefined, { requests: 15, read: 15, failed: 0, left: 0 }],
  );
  assert.deepEqual((await one.detailed()).sort(), newest.slice(0, 15).sort());
  assert.ok(first.requests >= 15 + Math.ceil(one.CONTRACTS.length / 10), "the requests for details are in the run's");
  const { details: usage } = await one.progress();
  assert.equal(
    usage.reduce((sum, [, requests]) => sum + requests, 0),
    15,
  );

  await one.pass(12 * HOUR_MS);
  assert.deepEqual((await one.run()).details, { requests: 0, read: 0, failed: 0, left: 0 });
  await one.pass(11 * HOUR_MS);
  assert.equal((await one.run()).details.requests, 0, "the last of 24 hours");
  assert.deepEqual(await one.detailed(), []);
  await one.pass(2 * HOUR_MS);
  assert.deepEqual((await one.run()).details, { requests: 15, read: 15, failed: 0, left: 0 });
  assert.deepEqual((await one.detailed()).sort(), newest.slice(15, 30).sort());
  await one.pass(DAY_MS + HOUR_MS);
  const rest = await untilRead(one);
  assert.ok(rest.every(({ copy }) => copy === "done"));
});

test("a run sends no more requests than it may, and the next one continues", async () => {
  const one = await setUp({ copy: { maxRequests: 30 } });
  const lines = await untilRead(one);
  assert.ok(lines.length > 2 && lines.every(({ requests }) => requests <= 30), JSON.stringify(lines));
  await agrees(one);
  const rows = await one.rows();
  assert.equal((await one.detailed()).length, rows.length, "each case is requested once");
  assert.equal(
    lines.reduce((sum, { details }) => sum + details.read, 0),
    rows.length,
  );
  // What is as it was is written no more.
  const { version } = (await one.all("SELECT version FROM copy_state"))[0];
  assert.equal(version, 2 * rows.length, "a version for each case, and one for its details");
  await one.run();
  assert.equal((await one.all("SELECT version FROM copy_state"))[0].version, version);
});

test("a case that moves is requested again, one that is closed is not", async () => {
  const one = await setUp({ moves: 60, copy: { detailsPerDay: 100_000 } });
  await untilRead(one);
  await one.detailed();
  const before = new Map((await one.rows()).map((row) => [row.case_id, row.details]));
  await one.sandbox.advance(HOUR_MS);
  await untilRead(one);
  const requested = new Set(await one.detailed());
  const rows = await one.rows();
  assert.ok(requested.size > 5 && requested.size < rows.length, `${requested.size} of ${rows.length}`);
  for (const { case_id, details } of rows) {
    if (before.get(case_id) !== details) assert.ok(requested.has(case_id), case_id);
  }
  assert.ok(
    [...before.keys()].some((id) => !rows.some(({ case_id }) => case_id === id)),
    "some were closed",
  );
  await agrees(one);
});

test("a copy of all cases requests the details of open ones only", async () => {
  const one = await setUp({ cases: 200, contracts: 5, parameters: {}, copy: { detailsPerDay: 100_000 } });
  await untilRead(one);
  const rows = await one.rows();
  const open = rows.filter(({ is_open }) => is_open === 1).map(({ case_id }) => case_id);
  assert.ok(open.length > 5 && open.length < rows.length);
  assert.deepEqual((await one.detailed()).sort(), open.sort());
});

test("a case that is refused blocks no other, and is requested later again, up to a number of times", async () => {
  const one = await setUp({ cases: 200, contracts: 10 });
  // The one that is requested first.
  const open = [];
  for await (const each of one.client.allCases({ contract_ids: one.CONTRACTS, status_flag: "O" })) open.push(each);
  open.sort((a, b) => Date.parse(b.updated_date) - Date.parse(a.updated_date));
  const { case_id } = open[0];
  await one.test("refuse", [case_id]);
  const lines = await untilRead(one);
  assert.equal(
    lines.reduce((sum, { details }) => sum + details.failed, 0),
    1,
  );
  assert.ok(
    lines.every(({ copy, errors }) => copy === "done" && errors === undefined),
    JSON.stringify(lines),
  );
  await agrees(one, [case_id]);
  await one.detailed();
  let requested = 1;
  for (const hours of [1, 2, 4, 8, 16, 32, 64]) {
    await one.pass(hours * HOUR_MS + 1000);
    await untilRead(one);
    requested += (await one.detailed()).filter((id) => id === case_id).length;
  }
  assert.equal(requested, 6, "six times at all");
  await one.test("refuse", []);
  await untilRead(one);
  assert.deepEqual(await one.detailed(), [], "only an update makes it due again");
});

test("a run killed at any step loses and repeats nothing, and its requests are counted", async () => {
  const one = await setUp({ cases: 120, contracts: 10, copy: { detailsPerDay: 30 } });
  await untilRead(one);
  await one.detailed();
  const cases = (await one.rows()).length;
  assert.ok(cases > 8 && cases <= 30, `${cases} cases`);
  let killed = 0;
  for (const done of [false, true]) {
    for (let at = 1; ; at += 1) {
      await one.forget();
      await one.detailed();
      const [{ version: before }] = await one.all("SELECT version FROM copy_state");
      const line = await one.run({ at, after: done });
      if (!line.wasKilled) break;
      killed += 1;
      await one.expire();
      const where = `step ${at}${done ? ", done" : ""} (${line.errors})`;
      const counted = async () => ((await one.progress()).details ?? []).reduce((sum, [, count]) => sum + count, 0);
      const sent = (await one.detailed()).length;
      assert.ok((await counted()) >= sent, `${where}: ${sent} requests, ${await counted()} counted`);
      // What the killed run has used of the budget may be missing: a day later everything is there.
      await untilRead(one);
      assert.ok((await counted()) <= 30, where);
      await one.pass(DAY_MS + HOUR_MS);
      await untilRead(one);
      await one.detailed();
      const rows = await one.rows();
      assert.ok(
        rows.every(({ details }) => details !== ""),
        where,
      );
      // A case that is written twice gets another version.
      const [{ version }] = await one.all("SELECT version FROM copy_state");
      assert.equal(version - before, cases, where);
    }
  }
  await agrees(one);
  assert.ok(killed > 20, `${killed} steps`);
});

test("a quota that is spent ends the requests for details, and the cases are there all the same", async () => {
  const one = await setUp({ cases: 200, contracts: 10 });
  await one.sandbox.fault("Account Over Rate Limit", { route: "caseDetails" });
  const line = await one.run();
  assert.deepEqual([line.copy, line.complete, line.details.read], ["done", true, 0]);
  assert.ok(line.errors.length === 1 && line.details.requests <= 4, JSON.stringify(line));
  assert.ok(
    (await one.rows()).length > 10 && (await one.rows()).every(({ details_failures }) => details_failures === 0),
  );
  await one.sandbox.clear();
  await one.pass(DAY_MS + HOUR_MS);
  await untilRead(one);
  await agrees(one);
});

test("without the option, what was copied before leaves the database, wherever a run ends, and with it again is read anew", async () => {
  const copied = { ...OPEN, details: "open", detailsPerDay: 100_000 };
  const one = await setUp({ cases: 200, contracts: 10, copy: copied });
  const texts = async () => (await one.rows()).filter(({ details }) => details !== "").length;
  const version = async () => (await one.all("SELECT version FROM copy_state"))[0].version;
  for (const after of [false, true]) {
    for (let at = 1; ; at += 1) {
      await one.test("deploy", copied);
      await untilRead(one);
      const rows = await one.rows();
      assert.ok(rows.length > 10 && rows.every(({ details }) => details !== ""), `step ${at}`);
      const before = await version();
      await one.test("deploy", OPEN);
      const line = await one.run({ at, after });
      if (line.wasKilled) {
        await one.expire();
        assert.equal((await one.run()).copy, "done");
      }
      assert.equal(await texts(), 0, `step ${at}${after ? ", done" : ""} (${line.errors})`);
      assert.equal(await version(), before, "it is no change of the cases");
      const [{ left }] = await one.all("SELECT count(*) AS left FROM cases WHERE last_note_ms > 0 OR details_ms > 0");
      assert.equal(left, 0);
      if (!line.wasKilled) break;
    }
  }
  await one.detailed();
  // The next run reads nothing of them, and drops nothing.
  const { statements: first } = await one.run();
  const { statements: second } = await one.run();
  assert.ok(second <= first && (await one.detailed()).length === 0, `${first} ${second}`);
  await one.test("deploy", copied);
  await untilRead(one);
  await agrees(one);
});

test("without the option, a run that reads nothing is not continued for what has no details any more", async () => {
  const one = await setUp({ cases: 100, contracts: 5 });
  await untilRead(one);
  // The lists are to be read from their beginning, and time is over before they are.
  await one.all("UPDATE copy_state SET progress = json_set(progress, '$.cursor', NULL)");
  await one.run({ isTimeOver: true });
  await one.test("deploy", OPEN);
  for (let time = 0; time < 2; time += 1) {
    await one.test("alarms", {});
    const line = await one.run({ isTimeOver: true });
    assert.deepEqual([line.copy, line.complete, line.errors], ["done", false, undefined]);
    assert.ok((await one.rows()).every(({ details }) => details === ""));
    assert.equal((await one.test("lines", {})).asked, 0, "no alarm");
  }
  // A run that reads them stores that nothing is left to be dropped.
  assert.equal((await one.run()).complete, true);
  assert.equal((await one.progress()).detailsDroppedTo, null);
});

test("readers get the details of their cases once, and a store that follows has them", async () => {
  const one = await setUp({
    cases: 300,
    moves: 0,
  });
  await untilRead(one);
  const contracts = await one.all("SELECT contract_id FROM cases GROUP BY contract_id ORDER BY count(*)");
  const [smallest, ...most] = contracts.map(({ contract_id }) => contract_id);
  await one.test("permissions", { ann: { contract_ids: most }, eve: { contract_ids: [smallest] } });
  const read = async (session, cursor) => {
    const query = cursor ? `?since=${encodeURIComponent(cursor)}` : "";
    const response = await one.sendRequest(`/api/case/feed${query}`, { headers: { "x-session": session } });
    assert.equal(response.status, 200);
    return response.json();
  };
  const mine = await read("ann");
  assert.ok(mine.cases.length > 10);
  assert.deepEqual(mine.details.map(({ case_id }) => case_id).sort(), mine.cases.map(({ case_id }) => case_id).sort());
  const others = new Set((await read("eve")).details.map(({ case_id }) => case_id));
  assert.ok(others.size > 0, "eve has cases of her own");
  assert.ok(mine.details.every(({ case_id }) => !others.has(case_id)));
  const again = await read("ann", mine.cursor);
  assert.deepEqual([again.cases, again.details], [[], []]);
  // Details alone are a change, with the record of the case.
  const { case_id } = mine.cases[0];
  await one.database
    .prepare("UPDATE cases SET details = '', details_ms = -9007199254740991 WHERE case_id = ?1")
    .bind(case_id)
    .run();
  await one.run();
  const next = await read("ann", mine.cursor);
  assert.deepEqual(
    [next.cases.map((one) => one.case_id), next.details.map((one) => one.case_id)],
    [[case_id], [case_id]],
  );

  const address = `http://127.0.0.1:${await one.port()}/api/case`;
  const client = new CaseClient({ baseUrl: address, headers: { "x-session": "ann" }, rateLimit: false });
  const params = { contract_ids: most, status_flag: "O" };
  const [store, expected] = [await CaseStore.open({ scope: "ann" }), await CaseStore.open({ scope: "details" })];
  const followed = store.follow(client, params, { live: false });
  await followed.whenFilled();
  assert.equal(followed.status.source, "copy");
  for await (const detail of one.client.allDetails(mine.cases.map((each) => each.case_id))) expected.apply(detail);
  assert.ok(expected.query({ limit: 1 }).total === mine.cases.length);
  for (const { case_id: id } of mine.cases) {
    const details = store.details(id);
    assert.deepEqual(details, expected.details(id), id);
    assert.ok(details.owner !== "" && details.notes_count > 0);
  }
  // The whole details stay at the gateway.
  assert.equal(await store.get(case_id, { details: true }), undefined);
  const sort = [{ by: "last_note_date", order: "desc" }];
  const response = await one.sendRequest(
    `/api/case/query?q=${encodeURIComponent(JSON.stringify({ sort, limit: 20 }))}`,
    {
      headers: { "x-session": "ann" },
    },
  );
  const answer = await response.json();
  assert.deepEqual(
    answer.cases.map((each) => each.case_id),
    store.query({ sort, limit: 20 }).cases.map((each) => each.case_id),
  );
  await followed.stop();
  store.close();
  expected.close();
});
