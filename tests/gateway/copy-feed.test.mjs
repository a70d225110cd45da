// The feed, queries and overviews of the copy in workerd's D1: cost, other tenants, tampering, injection, and readers of
// random permissions while a writer goes on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { codeOf, copy, Holder, identity, random } from "./copy-harness.mjs";

const CASES = 20_000;

let one;
let records;
let contracts;

before(async () => {
  const sandbox = await createSandbox({ cases: CASES, seed: 7 });
  const client = new CaseClient(sandbox.clientOptions);
  const { contract_ids } = await sandbox.info();
  records = await client.allCases({ contract_ids }).toArray({ limit: 10 * CASES });
  const byContract = Map.groupBy(records, ({ contract_id }) => contract_id);
  contracts = [...byContract.keys()].sort((a, b) => byContract.get(b).length - byContract.get(a).length);
  one = await copy();
  await one.write(records);
});
after(() => one?.stop());

/** A newer version of a case. */
const touched = (record, at = Date.now()) => ({
  ...record,
  updated_date: new Date(at).toISOString(),
  title: `${record.title} again`,
});

const maySee = ({ contract_ids = [], user_ids = [] }) => {
  const [byContract, byUser] = [new Set(contract_ids), new Set(user_ids)];
  return (record) => contract_ids === "*" || byContract.has(record.contract_id) || byUser.has(record.user_id);
};

test("a first fill reads each case about once, and nothing new is one statement", async (t) => {
  const some = contracts.slice(0, 500);
  const users = [...new Set(records.map(({ user_id }) => user_id))].slice(0, 5);
  for (const permissions of [
    { contract_ids: [contracts[0]] },
    { contract_ids: some },
    { contract_ids: contracts.slice(10, 40), user_ids: users },
    { contract_ids: "*" },
  ]) {
    const wanted = records.filter(maySee(permissions));
    const ids =
      permissions.contract_ids === "*" ? 0 : permissions.contract_ids.length + (permissions.user_ids?.length ?? 0);
    const ann = identity(one, permissions);
    const { result: bodies, read, batches } = await one.counted(() => ann.round());
    const holder = new Holder();
    for (const body of bodies) holder.apply(body);
    assert.deepEqual([...holder.cases.keys()].sort(), wanted.map(({ case_id }) => case_id).sort());
    const pages = bodies.length;
    t.diagnostic(`${wanted.length} cases, ${ids} ids: ${pages} pages, ${read} rows, ${batches} batches`);
    assert.ok(
      pages <= Math.ceil(wanted.length / 1000) + 1 + (permissions.user_ids ? wanted.length / 500 : 0),
      `${pages}`,
    );
    // A row by its index, again for its record, and one by the sub-select that limits it; each page reads the ids.
    const each = permissions.user_ids ? 8 : 4;
    assert.ok(read <= each * wanted.length + pages * (6 * ids + 20) + 8 * ids, `${read} rows for ${wanted.length}`);

    const none = await one.counted(() => ann.feed(holder.cursor));
    t.diagnostic(`nothing new: ${none.read} rows`);
    assert.equal(none.result.isNew, false);
    assert.equal(JSON.parse(none.result.body).cursor, holder.cursor);
    assert.equal(none.batches, 1);
    assert.ok(none.read <= 6 * ids + 10, `${none.read} rows for ${ids} ids`);
  }
});

test("identities of no, one and 5000 contracts are answered", async () => {
  for (const count of [0, 1, 100, 5000]) {
    const unknown = Array.from({ length: Math.max(count - 50, 0) }, (_, index) => `unknown-${index}`);
    const permissions = { contract_ids: [...contracts.slice(-Math.min(count, 50) || contracts.length), ...unknown] };
    if (count === 0) permissions.contract_ids = [];
    const ids = records.filter(maySee(permissions)).map(({ case_id }) => case_id);
    const ann = identity(one, permissions);
    const holder = new Holder();
    for (const body of await ann.round()) holder.apply(body);
    assert.deepEqual([...holder.cases.keys()].sort(), ids.sort(), `${count} contracts`);
    assert.equal((await ann.feed(holder.cursor)).isNew, false);
    assert.equal(JSON.parse((await ann.query({ sort: [{ by: "title" }] })).body).total, ids.length);
    const { overview } = JSON.parse((await ann.overview({})).body);
    assert.ok(overview);
  }
});

test("a page of 1000 cases compresses below 100 KB", async (t) => {
  const { body } = await identity(one, { contract_ids: "*" }).feed(undefined, 1000);
  assert.equal(JSON.parse(body).cases.length, 1000);
  const size = gzipSync(body).length;
  t.diagnostic(`${body.length} bytes, ${size} compressed`);
  assert.ok(size < 100_000, `${size}`);
});

test("a change costs a page of its own rows, whatever the identity may see", async () => {
  const permissions = { contract_ids: contracts.slice(0, 300) };
  const ann = identity(one, permissions);
  const cursor = JSON.parse((await ann.round()).at(-1)).cursor;
  const changed = records.filter(maySee(permissions)).slice(0, 7);
  await one.write(changed.map((record) => touched(record)));
  const { result, read, batches } = await one.counted(() => ann.feed(cursor));
  assert.equal(batches, 1);
  assert.equal(JSON.parse(result.body).cases.length, 7);
  assert.ok(read <= 6 * 300 + 7 * 6, `${read}`);
  await one.write(changed.map((record) => touched(record, Date.now() + 1000)));
});

test("10 000 changes of another tenant leave this identity's answers equal to the byte", async () => {
  const permissions = { contract_ids: contracts.slice(20, 60), user_ids: ["jdoe"] };
  const ann = identity(one, permissions);
  const now = "2026-11-01T00:00:00Z";
  const middle = JSON.parse((await ann.feed(undefined, 50)).body).cursor;
  const end = JSON.parse((await ann.round()).at(-1)).cursor;
  const answers = async () => {
    const nothing = await ann.feed(end);
    return [
      ...(await ann.round(undefined, 100)),
      ...(await ann.round(middle, 100)),
      nothing.body,
      nothing.etag,
      nothing.isNew,
      await ann.query({ now, where: { text: "fail" }, sort: [{ by: "text" }], limit: 20 }),
      await ann.query({ now, where: { severity: [1, 2] }, limit: 20 }),
      await ann.query({ now }),
      await ann.overview({ now }),
    ];
  };
  const before = await answers();
  assert.ok(before.length > 8);
  const others = Array.from({ length: 10_000 }, (_, index) => ({
    ...records[index],
    case_id: `9${String(index).padStart(9, "0")}`,
    contract_id: `other-${index % 50}`,
    user_id: "somebody-else",
    title: `${records[index].title} fail`,
  }));
  await one.write(others);
  await one.write(
    others.slice(0, 3000).map((record) => touched(record)),
    others.slice(5000).map(({ case_id }) => case_id),
  );
  await one.compact(1000);
  assert.deepEqual(await answers(), before);
});

test("a cursor that was changed, made for another identity or by another secret is refused", async () => {
  const permissions = { contract_ids: contracts.slice(0, 3) };
  const ann = identity(one, permissions);
  const { cursor } = JSON.parse((await ann.feed()).body);
  assert.match(cursor, /^[\w-]{100,400}$/);
  assert.ok(!Buffer.from(cursor, "base64url").toString("latin1").includes("0123456789abcdef"));
  const alphabet = "ABCXYZabcxyz0189-_";
  for (let at = 0; at < cursor.length; at += 1) {
    const other = alphabet[(at * 7) % alphabet.length];
    if (other === cursor[at]) continue;
    const changed = cursor.slice(0, at) + other + cursor.slice(at + 1);
    assert.equal(await codeOf(() => ann.feed(changed)), "CURSOR_INVALID", `${at}`);
  }
  for (const wrong of [
    "",
    "x",
    "1.2.3",
    cursor.slice(1),
    `${cursor}A`,
    `${cursor}=`,
    "A".repeat(100_000),
    "é",
    "' OR 1=1",
  ])
    assert.equal(await codeOf(() => ann.feed(wrong)), "CURSOR_INVALID", wrong.slice(0, 20));
  const bob = identity(one, permissions, { subject: "bob" });
  assert.equal(await codeOf(() => bob.feed(cursor)), "CURSOR_INVALID");
  const after = identity(one, permissions, { secret: "the next secret" });
  assert.equal(await codeOf(() => after.feed(cursor)), "CURSOR_INVALID");
  assert.equal(await codeOf(() => ann.feed(cursor)), "");
});

test("a subject of another issuer or tenant is another identity: its cursor is refused, and names nothing of the first", async () => {
  const one_of = { subject: "ann", issuer: "https://a.example", tenant: "acme" };
  const permissions = { contract_ids: contracts.slice(0, 3) };
  const { cursor } = JSON.parse((await identity(one, permissions, one_of).round()).at(-1));
  const others = [
    { ...one_of, tenant: "evil" },
    { ...one_of, issuer: "https://b.example" },
    { subject: "ann" },
    { subject: "ann", issuer: "https://a.example" },
    { subject: "ann", tenant: "acme" },
    // Separators and names that a text or an object without care would confuse.
    { ...one_of, issuer: 'https://a.example","acme', tenant: "" },
    { ...one_of, subject: "ann\n", tenant: "acme" },
    { ...one_of, subject: "\u0430nn" },
    { ...one_of, tenant: "__proto__" },
    { ...one_of, tenant: "acme\u0000" },
    { ...one_of, subject: `ann${" ".repeat(5000)}` },
  ];
  for (const other of others) {
    for (const allowed of [permissions, { contract_ids: contracts.slice(5, 6) }]) {
      const problem = await codeOf(() => identity(one, allowed, other).feed(cursor)).catch((error) => error.message);
      // An empty tenant is no identity at all.
      const expected = other.tenant === "" ? /tenant|IDENTITY_INVALID/ : /^CURSOR_INVALID$/;
      assert.match(problem, expected, JSON.stringify(other).slice(0, 100));
    }
  }
  assert.equal(await codeOf(() => identity(one, permissions, { ...one_of }).feed(cursor)), "");
  // Permissions are no part of the identity.
  const { left } = JSON.parse((await identity(one, { contract_ids: contracts.slice(0, 2) }, one_of).feed(cursor)).body);
  assert.deepEqual(left.contract_ids, [contracts[2]]);
});

test("no parameter of a query is SQL, and none that is too large reaches the database", async () => {
  const permissions = { contract_ids: contracts.slice(0, 3) };
  const ann = identity(one, permissions);
  const attacks = [
    "'; DROP TABLE cases; --",
    '" OR 1=1 --',
    "' UNION SELECT record FROM cases --",
    "*",
    'x" OR "y',
    "?1",
    "\0",
    "%",
    "NEAR(a b)",
    "words:*",
  ];
  const texts = [
    "status",
    "contract_id",
    "user_id",
    "technology_name",
    "sub_technology_name",
    "serial_number",
    "bug",
    "rma",
  ];
  for (const attack of attacks) {
    for (const field of texts) {
      const found = JSON.parse((await ann.query({ where: { [field]: attack } })).body);
      assert.deepEqual([found.total, found.cases], [0, []], `${field}: ${attack}`);
    }
    const { cases } = JSON.parse(
      (await ann.query({ where: { text: attack }, not: { title: undefined, bug: attack } })).body,
    );
    assert.ok(cases.every(maySee(permissions)));
    for (const member of [{ sort: [{ by: attack }] }, { where: { [attack]: 1 } }, { limit: attack }, { now: attack }])
      assert.equal(await codeOf(() => ann.query(member)), "INVALID_PARAMETER", attack);
    // In a list, "*" is an error of the permissions.
    const bound = identity(one, { contract_ids: [`${attack}'`] });
    const { cases: none } = JSON.parse((await bound.feed()).body);
    assert.deepEqual(none, []);
    assert.equal(await codeOf(() => ann.overview({}, { weeks: attack })), "INVALID_PARAMETER");
  }
  for (const wrong of [
    "",
    "{",
    "[]",
    '"x"',
    JSON.stringify({ limit: 1001 }),
    JSON.stringify({ offset: 50_001 }),
    JSON.stringify({ where: { text: "x".repeat(1001) } }),
    JSON.stringify({ where: { status: Array.from({ length: 1001 }, String) } }),
    JSON.stringify({ where: { text: "x ".repeat(100_000) } }),
    "[".repeat(100_000),
  ]) {
    const { batches } = await one.counted(async () =>
      assert.equal(await codeOf(() => ann.query(wrong)), "INVALID_PARAMETER", wrong.slice(0, 30)),
    );
    assert.equal(batches, 0);
  }
  assert.ok(JSON.parse((await identity(one, { contract_ids: "*" }).query({ limit: 0 })).body).total >= records.length);
});

test("50 readers of random permissions end with exactly what they may see, while a writer goes on", async () => {
  const next = random(3);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const users = [...new Set(records.map(({ user_id }) => user_id))];
  const some = (list, most) => Array.from({ length: Math.floor(next() * most) }, () => pick(list));
  const permissions = () => ({
    contract_ids: [...new Set(some(contracts, 8))],
    user_ids: [...new Set(some(users, 3))],
  });
  const truth = new Map(
    (await one.bound.prepare("SELECT case_id, record FROM cases").all()).results.map(({ case_id, record }) => [
      case_id,
      JSON.parse(record),
    ]),
  );
  let clock = Date.now() + 10_000;
  let isDone = false;
  const writer = async () => {
    for (let round = 0; round < 8; round += 1) {
      clock += 1000;
      const changed = Array.from({ length: 100 }, () => pick(records)).map((record) => ({
        ...touched(record, clock),
        // Some move to another contract.
        contract_id: next() < 0.2 ? pick(contracts) : record.contract_id,
      }));
      const newest = [...new Map(changed.map((record) => [record.case_id, record])).values()];
      const gone = Array.from({ length: 10 }, () => pick(records).case_id).filter(
        (id) => !newest.some(({ case_id }) => case_id === id),
      );
      await one.write(newest, gone);
      for (const record of newest) truth.set(record.case_id, { ...record, item_entry_id: null });
      for (const id of gone) truth.delete(id);
    }
    isDone = true;
  };
  const reader = async (_, number) => {
    const holder = new Holder();
    const who = identity(one, permissions(), { subject: `reader ${number}` });
    const limit = pick([20, 100, 1000]);
    const pages = async () => {
      while (holder.apply((await who.feed(holder.cursor, limit)).body));
    };
    while (!isDone) {
      await pages();
      if (next() < 0.3) who.allowed.now = permissions();
    }
    await pages();
    await pages();
    const expected = [...truth.values()].filter(maySee(who.allowed.now));
    const byId = (list) => new Map(list.map((record) => [record.case_id, record]));
    assert.deepEqual(new Map([...holder.cases].sort()), new Map([...byId(expected)].sort()), `reader ${number}`);
  };
  await Promise.all([writer(), ...Array.from({ length: 50 }, reader)]);
});

test("a copy of which no sync has begun is not ready", async () => {
  const empty = await copy();
  try {
    await empty.bound.prepare("DELETE FROM copy_state").run();
    const ann = identity(empty, { contract_ids: "*" });
    for (const read of [() => ann.feed(), () => ann.query({}), () => ann.overview({})])
      assert.equal(await codeOf(read), "COPY_NOT_READY");
    await empty.bound.prepare("DROP TABLE cases").run();
    assert.equal(await codeOf(() => ann.feed()), "COPY_NOT_READY");
  } finally {
    await empty.stop();
  }
});
