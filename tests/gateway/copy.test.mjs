// The copy in real workerd with D1: it is filled from a service whose cases change, and no change is lost if a run ends at any
// step.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gatewayWithCopy } from "./harness.mjs";

const ends = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A case without its index in the response. */
const plain = ({ item_entry_id, ...record }) => record;

/** Open cases, whose lists need no dates: a round is a request for ten contracts. */
const OPEN = { status_flag: "O" };

/** Starts a service whose cases change, and a gateway with a copy of it. */
async function setUp({ cases = 600, moves = 3000, parameters = OPEN, copy = {}, ...others } = {}) {
  const one = await gatewayWithCopy({ cases, moves, copy: { ...parameters, ...copy }, ...others });
  ends.push(one.stop);
  const { database, client, all, CONTRACTS } = one;
  return {
    ...one,
    /** The cases of the service. */
    async truth() {
      const found = new Map();
      for await (const record of client.allCases({ contract_ids: CONTRACTS, ...parameters }))
        found.set(record.case_id, plain(record));
      return found;
    },
    /** The cases of the copy. */
    copied: async () =>
      new Map(
        (await all("SELECT case_id, record FROM cases")).map((row) => [row.case_id, plain(JSON.parse(row.record))]),
      ),
    state: async () => (await all("SELECT * FROM copy_state"))[0],
    /** Empties the copy. */
    empty: () =>
      database.batch(
        ["cases", "case_links", "case_words", "tombstones", "copy_state"].map((table) =>
          database.prepare(`DELETE FROM ${table}`),
        ),
      ),
  };
}

/** Asserts that the copy is what the service has, and that its indexes agree with it. */
async function agrees(one, where = "") {
  const [truth, copied] = [await one.truth(), await one.copied()];
  assert.deepEqual([...copied.keys()].sort(), [...truth.keys()].sort(), where);
  for (const [id, record] of truth) assert.deepEqual(copied.get(id), record, `${where}: case ${id}`);
  const [counts] = await one.all(
    "SELECT (SELECT count(*) FROM cases) AS cases, (SELECT count(*) FROM case_words) AS words, (SELECT count(*) FROM " +
      "case_links WHERE id NOT IN (SELECT id FROM cases)) AS lost, (SELECT count(DISTINCT version) FROM cases) AS versions",
  );
  assert.deepEqual(counts, { cases: truth.size, words: truth.size, lost: 0, versions: truth.size }, where);
  await one.all("INSERT INTO case_words (case_words) VALUES ('integrity-check')");
  return truth;
}

test("the first run copies every case, later runs exactly the changes", async () => {
  const one = await setUp({ parameters: {} });
  const first = await one.run();
  const truth = await agrees(one);
  assert.deepEqual([first.copy, first.errors, first.changed, first.gone], ["done", undefined, truth.size, 0]);
  assert.ok(first.complete && truth.size > 300);
  const { version, synced_ms } = await one.state();
  assert.ok(version >= truth.size && synced_ms > 0);

  const rest = await one.run();
  assert.deepEqual([rest.copy, rest.changed, rest.complete], ["done", 0, true]);
  assert.equal((await one.state()).version, version, "nothing new takes no version");
  for (let hour = 0; hour < 2; hour += 1) {
    await one.sandbox.advance(3_600_000);
    const line = await one.run();
    assert.deepEqual([line.copy, line.errors], ["done", undefined]);
    assert.ok(line.changed > 0);
    await agrees(one, `hour ${hour}`);
    // By the service's clock.
    assert.ok((await one.state()).synced_ms >= synced_ms + (hour + 1) * 3_600_000);
  }
  assert.deepEqual(
    one.log.filter((text) => /[0-9]{9}/.test(text)),
    [],
  );
});

test("of open cases, those that are closed leave the copy with a tombstone", async () => {
  const one = await setUp();
  await one.run();
  const before = await agrees(one);
  assert.equal((await one.run()).requests, Math.ceil(one.CONTRACTS.length / 10));
  await one.sandbox.advance(6 * 3_600_000);
  const line = await one.run();
  const now = await agrees(one);
  const left = [...before.keys()].filter((id) => !now.has(id)).sort();
  assert.ok(left.length > 0 && line.gone >= left.length);
  const tombstones = new Set((await one.all("SELECT case_id FROM tombstones")).map((row) => row.case_id));
  assert.ok(left.every((id) => tombstones.has(id)));
});

test("a run killed at any step loses nothing, and nothing is older than one round", async () => {
  const one = await setUp({ cases: 300, moves: 1500, contracts: 20 });
  let [killed, known] = [0, 0];
  /** Live connections were told of each change, whichever run has committed it. */
  const told = async (where) => {
    const published = await one.test("published", {});
    const changed = await one.all(
      `SELECT contract_id FROM cases WHERE version > ${known} UNION SELECT contract_id FROM tombstones WHERE version > ${known}`,
    );
    for (const { contract_id } of changed) assert.ok(published.includes(contract_id), `${where}: ${contract_id}`);
    known = (await one.state()).version;
  };
  for (const done of [false, true]) {
    for (let at = 1; ; at += 1) {
      await one.sandbox.advance(50_000);
      const line = await one.run({ at, after: done });
      if (!line.wasKilled) break;
      killed += 1;
      await one.expire();
      const where = `step ${at}${done ? ", done" : ""} (${line.errors})`;
      const next = await one.run();
      assert.deepEqual([next.copy, next.errors, next.complete], ["done", undefined, true], where);
      await agrees(one, where);
      await told(where);
    }
  }
  assert.ok(killed > 20, `${killed} steps`);
});

/** Runs until the copy is complete, and kills the run at a step, counted over all runs. Returns the number of steps. */
async function fill(one, at, done) {
  let steps = 0;
  for (let run = 0; run < 40; run += 1) {
    const line = await one.run({ at: Math.max(at - steps, 0), after: done });
    steps += line.steps;
    if (line.wasKilled) await one.expire();
    else if (line.complete) return { steps, runs: run + 1 };
  }
  throw new Error("the fill does not end");
}

test("a first fill of several runs that is killed at any step copies each case once", async () => {
  const one = await setUp({ cases: 800, moves: 0, contracts: 20, copy: { maxRequests: 1 } });
  const truth = await one.truth();
  let killed = 0;
  for (const done of [false, true]) {
    for (let at = 1; ; at += 1) {
      await one.empty();
      const { steps, runs } = await fill(one, at, done);
      if (steps < at) break;
      killed += 1;
      const where = `step ${at}${done ? ", done" : ""}`;
      assert.ok(runs > 1, where);
      assert.deepEqual([...(await one.copied()).keys()].sort(), [...truth.keys()].sort(), where);
      // A case that is written again gets another version.
      assert.equal((await one.state()).version, truth.size, where);
    }
  }
  await agrees(one);
  assert.ok(truth.size > 100 && killed > 40, `${killed} steps, ${truth.size} cases`);
});

test("a first fill of a service whose cases change, in many runs, some of them killed, has all of them in the end", async () => {
  const one = await setUp({ cases: 4000, moves: 600, contracts: 200, copy: { maxRequests: 2 } });
  for (let run = 0; ; run += 1) {
    // One run of four ends by itself, after its number of requests.
    const line = await one.run({ at: run % 4 === 3 ? 0 : 3 * run + 1, after: run % 2 === 0 });
    if (line.wasKilled) await one.expire();
    else if (line.complete) break;
    assert.ok(run < 100, "the fill ends");
    await one.sandbox.advance(10_000);
  }
  // One round more, of several runs: what has changed meanwhile.
  for (let run = 0; run < 12; run += 1) await one.run();
  await agrees(one);
});

/** Waits until the copy is complete, which runs by alarms bring about. */
async function untilComplete(one) {
  for (let at = 0; (await one.state()).synced_ms === 0; at += 1) {
    assert.ok(at < 1000, "the fill ends");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until no alarm is set and no run is in progress. */
async function untilNoAlarm(one) {
  for (let at = 0; ; at += 1) {
    const { alarms } = await one.test("idle");
    if (alarms === 0) return;
    assert.ok(at < 1000, "alarms end");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("one scheduled event begins a first fill, which continues by alarms to its end", async () => {
  const one = await setUp({ cases: 2000, moves: 0, contracts: 40, copy: { maxRequests: 1 } });
  await one.test("alarms", { are: true });
  const first = await one.run();
  assert.deepEqual([first.copy, first.complete, first.errors], ["done", false, undefined]);
  await untilComplete(one);
  const { asked } = await one.test("lines", {});
  assert.ok(asked >= 2, `${asked} alarms`);
  assert.equal((await one.state()).version, (await agrees(one)).size, "each case was copied once");
  // What is complete does not continue for ever, however little of it a run may read. The service's clock stands still; while a
  // machine is slow, it goes on for the client, which then reads each of the four lists once more.
  await untilNoAlarm(one);
  await one.test("alarms", { are: true });
  assert.equal((await one.run()).copy, "done");
  await untilNoAlarm(one);
  const { asked: again } = await one.test("lines", {});
  assert.ok(again <= 4, `${again} alarms for four lists`);
});

test("a later round that was cut continues by alarms until each list was read, and no longer", async () => {
  const one = await setUp({ cases: 2000, moves: 3000, contracts: 40, copy: { maxRequests: 1 } });
  await one.test("alarms", { are: true });
  await one.run();
  await untilComplete(one);
  await untilNoAlarm(one);
  const before = await one.state();
  await one.test("alarms", { are: true });
  await one.sandbox.advance(600_000);
  await one.run();
  await untilNoAlarm(one);
  const { synced_ms } = await one.state();
  assert.ok(synced_ms >= before.synced_ms + 600_000, "each list was read since");
  const { asked } = await one.test("lines", {});
  assert.ok(asked >= 1 && asked <= 12, `${asked} alarms for four lists`);
  await agrees(one);
});

test("a run that fails is repeated by alarms, ever later and five times at most", async () => {
  const one = await setUp({ moves: 0 });
  await one.test("alarms", { are: true });
  await one.run();
  assert.deepEqual(await one.test("alarm", {}), { at: null });
  await one.test("refuse", one.CONTRACTS);
  for (const minutes of [1, 2, 4, 8, 16]) {
    const start = Date.now();
    // A scheduled event, or the alarm before.
    if (minutes % 3 === 1) await one.run();
    else await one.test("alarm", { fire: true });
    const { at } = await one.test("alarm", {});
    const wait = at - start;
    assert.ok(wait >= minutes * 60_000 && wait < minutes * 60_000 + 20_000, `${wait} ms for ${minutes} minutes`);
  }
  // The outage goes on: only the schedule repeats the run.
  for (let time = 0; time < 3; time += 1) {
    assert.equal((await one.run()).copy, "failed");
    assert.deepEqual(await one.test("alarm", {}), { at: null });
  }
  await one.test("refuse", []);
  await one.test("lines", {});
  assert.equal((await one.run()).copy, "done");
  await agrees(one);
});

test("a scheduled event continues a fill whose alarm was lost, and several at once, or during an alarm, do it once", async () => {
  const one = await setUp({ cases: 2000, moves: 0, contracts: 40, copy: { maxRequests: 1 } });
  await one.run();
  assert.equal((await one.test("lines", {})).asked, 1, "an alarm that never comes");
  await one.test("alarms", { are: "unknown" });
  assert.equal((await one.run()).errors, undefined);
  assert.ok((await one.copied()).size > 0);
  await one.test("alarms", { are: true });
  const lines = await Promise.all([one.run(), one.run(), one.run()]);
  assert.ok(lines.every(({ copy }) => ["done", "skipped"].includes(copy)));
  await one.run();
  await untilComplete(one);
  assert.equal((await one.state()).version, (await agrees(one)).size, "each case was copied once");
});

test("cases of a contract that the service refuses are dropped, and it is left out until it may be read again", async () => {
  const one = await setUp({ moves: 0 });
  await one.run();
  const all = await agrees(one);
  const [lost] = one.CONTRACTS;
  await one.test("refuse", [lost]);
  const line = await one.run();
  const left = [...all.values()].filter(({ contract_id }) => contract_id === lost);
  assert.ok(left.length > 0);
  assert.deepEqual([line.copy, line.errors, line.lost, line.gone], ["done", undefined, 1, left.length]);
  assert.equal((await one.copied()).size, all.size - left.length);
  assert.deepEqual(JSON.parse((await one.state()).progress).lostIds, [lost]);
  const next = await one.run();
  assert.deepEqual([next.copy, next.lost, next.complete], ["done", 1, true]);
  assert.ok(next.requests < line.requests, "no request is about it");
  assert.ok(one.log.every((text) => !text.includes(lost)));
  // Those who may see it know.
  const [, other] = one.CONTRACTS;
  const permissions = { ann: [lost, other], ben: [other], cleo: "*", dora: [] };
  const idsOf = Object.fromEntries(
    Object.entries(permissions).map(([name, contract_ids]) => [name, { contract_ids, user_ids: ["someone"] }]),
  );
  await one.test("permissions", idsOf);
  const lostTo = async (name) =>
    (await (await one.get("/me", undefined, { headers: { "x-session": name } })).json()).lost;
  assert.deepEqual(await lostTo("ann"), [lost]);
  assert.deepEqual(await lostTo("ben"), []);
  assert.deepEqual(await lostTo("cleo"), [lost]);
  assert.deepEqual(await lostTo("dora"), []);
  // Six hours later.
  await one.test("refuse", []);
  await one.database.prepare("UPDATE copy_state SET progress = json_set(progress, '$.recheckMs', 0)").run();
  await one.run();
  await agrees(one);
  // A service that refuses everything is out of order: nothing is dropped.
  await one.test("refuse", one.CONTRACTS);
  assert.equal((await one.run()).copy, "failed");
  await one.test("refuse", []);
  await agrees(one);
});

test("cases of a contract that is not copied any more are dropped, and come back with it", async () => {
  const one = await setUp({ moves: 0 });
  await one.run();
  const all = await agrees(one);
  await one.test("contracts", one.CONTRACTS.slice(5));
  const line = await one.run();
  const left = [...all.values()].filter(({ contract_id }) => one.CONTRACTS.slice(0, 5).includes(contract_id));
  assert.ok(left.length > 10);
  assert.equal(line.gone, left.length);
  assert.equal((await one.copied()).size, all.size - left.length);
  await one.test("contracts", one.CONTRACTS);
  await one.run();
  await agrees(one);
});

test("changes that could not be announced are announced by the next run, and no others are", async () => {
  const one = await setUp({ cases: 300, contracts: 20 });
  await one.run();
  await one.test("published", { fails: true });
  await one.sandbox.advance(3_600_000);
  const { version } = await one.state();
  const line = await one.run();
  assert.deepEqual([line.copy, line.errors], ["done", undefined], "pages poll as well");
  assert.deepEqual(await one.test("published", { fails: false }), []);
  const changed = await one.all(
    `SELECT contract_id FROM cases WHERE version > ${version} UNION SELECT contract_id FROM tombstones WHERE version > ${version}`,
  );
  assert.ok(changed.length > 3);
  assert.equal((await one.run()).changed, 0);
  assert.deepEqual((await one.test("published", {})).sort(), changed.map((row) => row.contract_id).sort());
  await one.run();
  assert.deepEqual(await one.test("published", {}), [], "once");
});

test("a list is answered from the copy only if a round has read each of its contracts", async () => {
  const one = await setUp({ moves: 0, permissions: { ann: { contract_ids: "*" } } });
  const [first, second, third] = one.CONTRACTS;
  const statusOf = async (...ids) => {
    await one.database.prepare("UPDATE copy_state SET synced_ms = ?1 WHERE synced_ms > 0").bind(Date.now()).run();
    const headers = { "x-session": "ann", "cache-control": "max-age=600" };
    const path = `/cases/contracts/contract_ids/${ids.join(",")}?status_flag=O`;
    const answer = await one.get(path, undefined, { headers });
    return `${answer.status} ${answer.headers.get("x-cache")} ${(await answer.json()).cases?.length}`;
  };
  const count = async (id) => [...(await one.truth()).values()].filter((found) => found.contract_id === id).length;
  const [ofFirst, ofThird] = [await count(first), await count(third)];
  assert.ok(ofFirst > 0 && ofThird > 0);
  await one.test("contracts", [first, second]);
  assert.equal((await one.run()).complete, true);
  assert.equal(await statusOf(first), `200 COPY ${ofFirst}`);
  // It is to be copied, and was not read yet.
  await one.test("contracts", one.CONTRACTS);
  assert.equal(await statusOf(third), `200 MISS ${ofThird}`);
  assert.equal((await one.run({ at: 4 })).wasKilled, true);
  await one.expire();
  assert.equal(await statusOf(third), `200 MISS ${ofThird}`, "a run that was killed");
  assert.equal((await one.run()).complete, true);
  assert.equal(await statusOf(third), `200 COPY ${ofThird}`);
  // The service refuses it: an empty list would say that it has no cases.
  await one.test("refuse", [third]);
  assert.equal((await one.run()).lost, 1);
  assert.doesNotMatch(await statusOf(third), /^200|COPY/);
  assert.equal(await statusOf(first), `200 COPY ${ofFirst}`);
  await one.test("refuse", []);
  assert.equal(await statusOf(first, third), `200 MISS ${ofFirst + ofThird}`);
  // It is not to be copied any more.
  await one.test("contracts", [second]);
  await one.run();
  assert.equal(await statusOf(first), `200 MISS ${ofFirst}`);
});

test("contracts are those that the service gets, and what is no list of texts is an error", async () => {
  const one = await setUp({ moves: 0 });
  const [first, ...rest] = one.CONTRACTS;
  await one.test("contracts", [` ${first} `, first, `${first}\n`, ...rest]);
  assert.equal((await one.run()).errors, undefined);
  const all = await agrees(one);
  await one.test("contracts", rest);
  await one.run();
  const left = [...all.values()].filter(({ contract_id }) => contract_id !== first).length;
  assert.ok(left < all.size);
  assert.equal((await one.copied()).size, left);
  for (const wrong of [[...rest, Number(first)], [null], { 0: first }]) {
    await one.test("contracts", wrong);
    assert.deepEqual((await one.run()).errors, ["CONTRACTS_UNAVAILABLE"]);
    assert.equal((await one.copied()).size, left, "nothing is dropped");
  }
});

test("of two writers, the one that was overtaken commits nothing", async () => {
  const one = await setUp({ cases: 300, contracts: 20 });
  await one.run();
  await one.sandbox.advance(3_600_000);
  // Another instance takes over between the takeover of this one and its first batch.
  const [{ writer }] = await one.all("UPDATE copy_state SET writer = writer RETURNING writer");
  await one.database
    .prepare(
      "CREATE TRIGGER overtake AFTER UPDATE OF writer ON copy_state WHEN NEW.writer = " +
        `${writer + 1} BEGIN UPDATE copy_state SET writer = ${writer + 2} WHERE id = 1; END`,
    )
    .run();
  const before = await one.copied();
  const line = await one.run();
  assert.deepEqual([line.copy, line.errors], ["failed", ["WRITER_OVERTAKEN"]]);
  assert.deepEqual(await one.copied(), before);
  await one.database.prepare("DROP TRIGGER overtake").run();
  await one.run();
  await agrees(one);
});

for (const fails of [false, true]) {
  const more = fails ? ", also while no change can be announced" : "";
  test(`a restored older database gets another epoch, and is brought up to date${more}`, async () => {
    const one = await setUp({ cases: 300, contracts: 20 });
    await one.test("published", { fails });
    await one.run();
    const { version, progress, epoch } = await one.state();
    await one.sandbox.advance(6 * 3_600_000);
    await one.run();
    assert.equal((await one.state()).epoch, epoch);
    assert.ok((await one.state()).version > version);
    // What came after is gone.
    const newer = `(SELECT id FROM cases WHERE version > ${version})`;
    await one.database.batch(
      [
        `DELETE FROM case_words WHERE rowid IN ${newer}`,
        `DELETE FROM case_links WHERE id IN ${newer}`,
        `DELETE FROM cases WHERE version > ${version}`,
        `DELETE FROM tombstones WHERE version > ${version}`,
      ].map((text) => one.database.prepare(text)),
    );
    await one.database.prepare("UPDATE copy_state SET version = ?1, progress = ?2").bind(version, progress).run();
    await one.run();
    assert.notEqual((await one.state()).epoch, epoch);
    await agrees(one);
    const after = (await one.state()).epoch;
    await one.run();
    assert.equal((await one.state()).epoch, after);
    // The restoration is taken back, to a state of the first epoch that is older than readers of it have seen.
    await one.database.prepare("UPDATE copy_state SET epoch = ?1, version = version - 1").bind(epoch).run();
    await one.run();
    const last = (await one.state()).epoch;
    assert.ok(![epoch, after].includes(last));
    await one.run();
    assert.equal((await one.state()).epoch, last);
  });
}

test("a database without the tables, and one of another version of Unicode, are errors of the run", async () => {
  const one = await setUp({ cases: 100, contracts: 5 });
  await one.run();
  await one.database.prepare("UPDATE copy_state SET folding = '1.0.0'").run();
  assert.deepEqual((await one.run()).errors, ["FOLDING_CHANGED"]);
  await one.database.prepare("DROP TABLE copy_state").run();
  assert.deepEqual((await one.run()).errors, ["COPY_NOT_READY"]);
});

test("without the binding of the database runs and readers say so, and everything else goes on", async () => {
  const one = await setUp({ cases: 100, contracts: 5, permissions: { ann: { contract_ids: "*" } } });
  await one.run();
  const get = (path, more = {}) => one.get(path, undefined, { headers: { "x-session": "ann", ...more } });
  for (const is of ["missing", "fails"]) {
    await one.test("binding", { is });
    const line = await one.run();
    assert.deepEqual([line.copy, line.errors], ["failed", ["COPY_UNAVAILABLE"]], is);
    for (const path of ["/feed", "/query", "/overview"]) {
      const answer = await get(path);
      assert.deepEqual([answer.status, (await answer.json()).error.code], [503, "COPY_UNAVAILABLE"], `${is} ${path}`);
    }
    assert.deepEqual((await (await get("/me")).json()).lost, []);
    const list = await get(`/cases/contracts/contract_ids/${one.CONTRACTS[0]}?status_flag=O`, {
      "cache-control": "max-age=600",
    });
    assert.deepEqual([list.status, list.headers.get("x-cache")], [200, "MISS"], is);
  }
  await one.test("binding", {});
  assert.equal((await one.run()).copy, "done");
  assert.equal((await get("/feed")).status, 200);
});

test("a database without the last migration is not ready", async () => {
  const one = await setUp({ cases: 100, contracts: 5 });
  await one.database.prepare("ALTER TABLE cases DROP COLUMN record_version").run();
  const line = await one.run();
  assert.deepEqual([line.copy, line.errors], ["failed", ["COPY_NOT_READY"]]);
});

test("a wrong option is an error with all problems, when the Worker starts", async () => {
  const one = await setUp({ cases: 100, contracts: 5 });
  const [none, wrong, noCopy, details] = await one.test("wrong");
  assert.match(none, /^TypeError: copyTo: .*database: expected a function.*contract_ids: expected a function/);
  for (const name of ["database", "contract_ids", "live", "maxRequests", "log", "status_flag", "every"])
    assert.match(wrong, new RegExp(`${name}:? `), name);
  assert.match(noCopy, /copy/);
  assert.match(
    details,
    /^TypeError: copyTo: details: expected "open"; detailsPerDay: expected a whole number from 1 to 100000$/,
  );
});
