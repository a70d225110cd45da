// A sync from the copy in real workerd: the service is read once for both, and no event is lost wherever a run ends.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { agrees, setUp, stop, storeAgrees } from "./sync-harness.mjs";

after(stop);

const all = async (one, sql) => (await one.database.prepare(sql).all()).results;

/** The events of the posted deliveries, as `type case_id`, which are then forgotten. */
const posted = ({ hook }) =>
  hook.state.deliveries
    .splice(0)
    .flatMap(({ events }) => events)
    .map(({ type, case_id }) => `${type} ${case_id}`);

test("a copy and a sync of it cost the requests of the copy, and report exactly the changes", async () => {
  const both = await setUp({ copy: {} });
  const first = await both.run();
  const truth = await agrees(both, "first");
  await storeAgrees(both, truth);
  assert.deepEqual([first.copied.copy, first.sync, first.errors], ["done", "done", undefined]);
  assert.deepEqual([first.requests, first.changed, first.delivered], [0, truth.size, truth.size]);
  assert.equal(first.requested, first.copied.requests);
  posted(both);

  const rest = await both.run();
  assert.deepEqual([rest.changed, rest.closed, rest.gone, rest.delivered], [0, 0, 0, 0]);
  assert.equal(rest.requested, Math.ceil(both.CONTRACTS.length / 10));

  for (let hour = 0; hour < 3; hour += 1) {
    const then = await both.truth();
    await both.sandbox.advance(3_600_000);
    const line = await both.run();
    const now = await agrees(both, `hour ${hour}`);
    await storeAgrees(both, now);
    assert.equal(line.requested, line.copied.requests, "only the copy reads the service");
    const isNew = (record) => then.get(record.case_id)?.updated_date !== record.updated_date;
    const changed = [...now.values()].filter(isNew).map(({ case_id }) => `changed ${case_id}`);
    const left = [...then.keys()].filter((id) => !now.has(id));
    const events = posted(both);
    assert.deepEqual(events.filter((event) => event.startsWith("changed")).sort(), changed.sort());
    assert.deepEqual(
      events.filter((event) => event.startsWith("closed")).sort(),
      left.map((id) => `closed ${id}`).sort(),
    );
    assert.equal(events.length, changed.length + left.length);
    assert.ok(changed.length > 0 && left.length > 0, `${changed.length} ${left.length}`);
  }
  assert.deepEqual(
    both.log.filter((text) => /[0-9]{9}/.test(text)),
    [],
  );
});

test("details that were copied are no event, and do not hide one", async () => {
  const one = await setUp({ cases: 300, moves: 600, contracts: 10, copy: { details: "open", detailsPerDay: 100_000 } });
  const first = await one.run();
  const truth = await agrees(one, "first");
  // The sync comes after the copy and its details: each case is one event.
  assert.deepEqual([first.copied.copy, first.sync, first.changed], ["done", "done", truth.size]);
  assert.ok(first.copied.details.read > 20, JSON.stringify(first.copied));
  posted(one);
  await one.database
    .prepare(
      "UPDATE cases SET details = '', details_ms = -9007199254740991 WHERE case_id IN (SELECT case_id FROM cases LIMIT 9)",
    )
    .run();
  const again = await one.run();
  assert.deepEqual([again.copied.details.read, again.changed, posted(one)], [9, 0, []]);
  for (let hour = 0; hour < 4; hour += 1) {
    const then = await one.truth();
    await one.sandbox.advance(3_600_000);
    // Every other time a run of the copy, with its details, is one that the sync has not read.
    if (hour % 2) await one.run({ store: "fails" });
    const line = await one.run();
    assert.equal(line.sync, "done", JSON.stringify(line));
    const now = await agrees(one, `hour ${hour}`);
    const isNew = (record) => then.get(record.case_id)?.updated_date !== record.updated_date;
    const changed = [...now.values()].filter(isNew).map(({ case_id }) => `changed ${case_id}`);
    const events = posted(one).filter((event) => event.startsWith("changed"));
    assert.ok(changed.length > 0);
    assert.deepEqual(events.sort(), changed.sort(), `hour ${hour}`);
  }
});

test("a run killed at any step of the copy and of the sync loses no event", async () => {
  const one = await setUp({ cases: 150, moves: 1500, contracts: 10, copy: {} });
  await one.run();
  await agrees(one, "first");
  const killedIn = { copy: 0, between: 0, sync: 0 };
  for (const done of [false, true]) {
    for (let at = 1; ; at += 1) {
      await one.sandbox.advance(50_000);
      const before = await all(one, "SELECT version FROM copy_state");
      const line = await one.run({ at, after: done });
      if (!line.wasKilled) break;
      const [{ version }] = await all(one, "SELECT version FROM copy_state");
      const hasCommitted = version > before[0].version;
      const phase = line.copied?.errors ? (hasCommitted ? "between" : "copy") : "sync";
      killedIn[phase] += 1;
      await one.expire();
      const where = `step ${at}${done ? ", done" : ""} (${line.errors}, ${line.copied?.errors})`;
      const next = await one.run();
      assert.deepEqual(
        [next.sync, next.errors, next.pending, next.copied.errors],
        ["done", undefined, 0, undefined],
        where,
      );
      const truth = await agrees(one, where);
      if (at % 8 === 0) await storeAgrees(one, truth);
    }
  }
  assert.ok(killedIn.copy > 3 && killedIn.between > 3 && killedIn.sync > 20, JSON.stringify(killedIn));
  const closed = [...one.hook.state.latestEvents.values()].filter(({ type }) => type === "closed");
  assert.ok(closed.length > 10 && closed.every((event) => event.case.case_id === event.case_id), `${closed.length}`);
});

test("a sync that was stopped for a while goes on at its version, and a case that changed often is one event", async () => {
  const one = await setUp({ cases: 300, moves: 6000, copy: {} });
  await one.run();
  posted(one);
  one.hook.state.mode = 503;
  for (let hour = 0; hour < 3; hour += 1) {
    await one.sandbox.advance(1_200_000);
    // The store fails at its first access, after the copy.
    const line = await one.run({ store: "fails" });
    assert.deepEqual([line.copied.copy, line.sync, line.errors], ["done", "failed", ["STORE_FAILED"]]);
  }
  one.hook.state.mode = 200;
  await one.run();
  await agrees(one);
  const ids = posted(one).map((event) => event.split(" ")[1]);
  assert.equal(new Set(ids).size, ids.length);
});

test("another database, and one that was restored, is read from its beginning", async () => {
  const one = await setUp({ cases: 300, contracts: 10, copy: {} });
  await one.run();
  const truth = await agrees(one);
  posted(one);
  await one.database.prepare("UPDATE copy_state SET epoch = 'another'").run();
  const again = await one.run();
  assert.deepEqual([again.sync, again.changed], ["done", truth.size]);
  posted(one);
  // A database of the same epoch with an older version.
  await one.sandbox.advance(3_600_000);
  const [{ version }] = await all(one, "SELECT version FROM copy_state");
  await one.run();
  await one.database.batch(
    [`DELETE FROM cases WHERE version > ${version}`, `DELETE FROM tombstones WHERE version > ${version}`].map((sql) =>
      one.database.prepare(sql),
    ),
  );
  await one.database.prepare(`UPDATE copy_state SET version = ${version}`).run();
  assert.equal((await one.run()).sync, "done");
  assert.ok(posted(one).length >= truth.size / 2);
});

test("dropped tombstones and a cursor of the service are reported", async () => {
  const one = await setUp({ cases: 300, contracts: 10, moves: 6000, copy: {} });
  await one.run();
  await one.sandbox.advance(3_600_000);
  await one.run({ store: "fails" });
  // As a compaction does.
  await one.database.prepare("UPDATE copy_state SET oldest_version = version").run();
  await one.database.prepare("DELETE FROM tombstones").run();
  const dropped = await one.run();
  assert.deepEqual([dropped.sync, dropped.errors], ["failed", ["CHANGES_DROPPED"]]);
  assert.ok(dropped.changed > 0, "the others are delivered");
  assert.deepEqual((await one.run()).errors, undefined, "once");

  const other = await setUp({ cases: 60, contracts: 5, copy: {} });
  await other.store.put("cisco-support-case/cursor/1767225600000-000001.json", '{"v":"of the service"}');
  const line = await other.run();
  assert.deepEqual([line.sync, line.errors, line.changed], ["failed", ["SOURCE_CHANGED"], 0]);
});

test("only a gateway with such a sync stores the records of closed cases", async () => {
  for (const sync of [{}, { from: "service" }]) {
    const one = await setUp({ cases: 150, contracts: 10, moves: 3000, copy: {}, sync });
    await one.run();
    await one.sandbox.advance(3_600_000);
    await one.run();
    const [{ tombstones, records }] = await all(
      one,
      "SELECT count(*) AS tombstones, sum(record <> '') AS records FROM tombstones",
    );
    assert.ok(tombstones > 0);
    assert.equal(records, sync.from ? 0 : tombstones);
  }
});
