// The copy in real workerd with D1: it is filled from a service whose cases change, and no change is lost if a run ends at any
// step.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { CaseClient } from "cisco-support-case";
import { gateway, service } from "./harness.mjs";

const ends = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The migration, a statement each. */
const MIGRATION = readFileSync(
  new URL("../node_modules/cisco-support-case/migrations/0001_case_copy.sql", import.meta.url),
  "utf8",
)
  .replace(/^--.*$/gm, "")
  .split(";")
  .map((text) => text.trim().replace(/\s+/g, " "))
  .filter(Boolean);

/** A case without its index in the response. */
const plain = ({ item_entry_id, ...record }) => record;

/** Open cases, whose lists need no dates: a round is a request for ten contracts. */
const OPEN = { status_flag: "O" };

/** Starts a service whose cases change, and a gateway with a copy of it. */
async function setUp({ cases = 600, moves = 3000, contracts = 20, parameters = OPEN, copy = {} } = {}) {
  const sandbox = await service(["--cases", String(cases), "--moves-per-hour", String(moves)]);
  ends.push(sandbox.stop);
  const { contract_ids } = await sandbox.info();
  const CONTRACTS = contract_ids.slice(0, contracts);
  const one = await gateway({
    upstream: sandbox.baseUrl,
    config: "wrangler-copy.jsonc",
    bindings: { CONTRACTS, COPY: { ...parameters, ...copy } },
    more: { d1Databases: { CASES: "cases" } },
  });
  ends.push(one.stop);
  const database = await one.miniflare.getD1Database("CASES", one.names[0]);
  const client = new CaseClient({
    baseUrl: sandbox.baseUrl,
    credentials: { clientId: "test", clientSecret: "test", tokenUrl: sandbox.tokenUrl },
    rateLimit: { perSecond: 0, perMinute: 0, perDay: 0 },
  });
  await database.batch(MIGRATION.map((text) => database.prepare(text)));
  const all = async (sql) => (await database.prepare(sql).all()).results;
  return {
    ...one,
    sandbox,
    database,
    all,
    CONTRACTS,
    run: (how = {}) => one.test("run", how),
    expire: () => one.test("expire", {}),
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
  let killed = 0;
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
    }
  }
  assert.ok(killed > 20, `${killed} steps`);
});

test("a first fill of several runs, some of them killed, goes on from its last batch", async () => {
  const one = await setUp({ cases: 12_000, moves: 600, contracts: 600, copy: { maxRequests: 2 } });
  let changed = 0;
  let killed = 0;
  for (let run = 0; ; run += 1) {
    // One run of four ends by itself, after its number of requests.
    const at = run % 4 === 3 ? 0 : run + 1;
    const line = await one.run({ at, after: run % 2 === 0 });
    changed += line.changed;
    if (line.wasKilled) {
      killed += 1;
      await one.expire();
    } else if (line.complete) {
      break;
    }
    assert.ok(run < 200, "the fill ends");
    await one.sandbox.advance(10_000);
  }
  // One round more, of several runs: what has changed meanwhile.
  for (let run = 0; run < 30; run += 1) changed += (await one.run()).changed;
  const truth = await agrees(one);
  assert.ok(killed > 2, `${killed} killed`);
  assert.ok(truth.size > 1000 && changed < 3 * truth.size, `${changed} of ${truth.size} cases were read`);
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

test("a restored older database gets another epoch, and is brought up to date", async () => {
  const one = await setUp({ cases: 300, contracts: 20 });
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
});

test("a database without the tables, and one of another version of Unicode, are errors of the run", async () => {
  const one = await setUp({ cases: 100, contracts: 5 });
  await one.run();
  await one.database.prepare("UPDATE copy_state SET folding = '1.0.0'").run();
  assert.deepEqual((await one.run()).errors, ["FOLDING_CHANGED"]);
  await one.database.prepare("DROP TABLE copy_state").run();
  assert.deepEqual((await one.run()).errors, ["COPY_NOT_READY"]);
});

test("a wrong option is an error with all problems, when the Worker starts", async () => {
  const one = await setUp({ cases: 100, contracts: 5 });
  const [none, wrong, noCopy] = await one.test("wrong");
  assert.match(none, /^TypeError: copyTo: .*database: expected a function.*contract_ids: expected a function/);
  for (const name of ["database", "contract_ids", "live", "maxRequests", "log", "status_flag", "every"])
    assert.match(wrong, new RegExp(`${name}:? `), name);
  assert.match(noCopy, /copy/);
});
