// Following with the package's client and a sandbox whose cases change, over files that are saved and read again.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crashingAdapter, ModelSource, random, script } from "./harness.mjs";

const { CaseClient } = await script("entry/node.js");
const { createSandbox } = await script("entry/sandbox-node.js");
const { follow } = await script("store/follow.js");
const { followEnvironment } = await script("store/follow-environment.js");
const { CaseStore, custom } = await script("entry/store-node.js");
const { nodeFile } = await script("store/persistence/node-file.js");
const { PersistenceSession } = await script("store/persistence/session.js");

/** A store over the model, with the persistence of a folder. */
async function opened(folder) {
  const source = new ModelSource();
  const session = await PersistenceSession.open({ persist: nodeFile({ folder }), scope: "alice", source });
  const target = {
    get count() {
      return source.count - source.rows.filter(([, one]) => one === null).length;
    },
    get cursor() {
      return session.cursor;
    },
    get role() {
      return session.role;
    },
    onRole: (listener) => session.onRole(listener),
    save: (cursor) => session.save(cursor),
    apply(inputs) {
      const values = {};
      // Whole pages, and single changes of cases that are gone.
      const changes = inputs.flatMap((input) =>
        "cases" in input ? input.cases.map((one) => ({ case_id: one.case_id, case: one })) : [input],
      );
      for (const { case_id, case: one } of changes) {
        const known = source.index.has(case_id) ? source.rows[source.index.get(case_id)][1] : null;
        if (!one || !known || one.updated_date >= known.updated_date) values[case_id] = one;
      }
      source.apply(values);
      return { rejectedIds: [] };
    },
    drop() {
      source.clear();
    },
  };
  return { source, session, target };
}

const held = ({ rows }) =>
  rows
    .filter(([, one]) => one !== null)
    .map(([id, { updated_date, status }]) => [id, updated_date, status])
    .sort();

test("a store that is interrupted again and again has the cases of the service in the end", async (t) => {
  const sandbox = await createSandbox({ cases: 1500, seed: 3, movesPerHour: 200 });
  const client = new CaseClient(sandbox.clientOptions);
  const params = { contract_ids: sandbox.info().contract_ids.slice(0, 12), date_created_from: "2024-01-01T00:00:00Z" };
  const folder = await mkdtemp(join(tmpdir(), "follow-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const next = random(2);
  const saved = [];
  for (let visit = 0; visit < 8; visit += 1) {
    const { session, target, source } = await opened(folder);
    saved.push(source.count);
    const last = visit === 7;
    let responses = 0;
    const stopAfter = 2 + Math.floor(next() * 12);
    const followed = follow(client, params, target, {
      intervalMs: 5000,
      onProgress: ({ requests }) => {
        responses = requests;
        if (!last && responses >= stopAfter) void followed.stop();
      },
    });
    if (last) {
      await followed.whenFilled();
      // Another round, for what has changed during the fill.
      followed.resume();
      await new Promise((resolve) => followed.subscribe(() => followed.status.nextRoundAt !== null && resolve()));
    } else {
      await Promise.race([followed.whenFilled().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 3000))]);
      sandbox.advance(600_000);
    }
    await followed.stop();
    if (last) {
      const whole = new Map();
      for await (const one of client.allCases(params)) whole.set(one.case_id, one);
      const expected = [...whole.values()]
        .map(({ case_id, updated_date, status }) => [case_id, updated_date, status])
        .sort();
      assert.ok(expected.length > 50, `${expected.length} cases`);
      assert.deepEqual(held(source), expected);
    }
    await session.close();
  }
  assert.ok(saved.at(-1) > 0, `the visits began with ${saved} cases`);
  assert.equal(followEnvironment().isHidden, false);
});

test("of cases that are dropped only numbers stay in the storage, after a contract and after another filter", async () => {
  const sandbox = await createSandbox({ cases: 120, seed: 3, titles: "varied" });
  const client = new CaseClient(sandbox.clientOptions);
  const [kept, dropped] = sandbox.info().contract_ids;
  const adapter = crashingAdapter();
  const store = await CaseStore.open({ scope: "alice", persist: custom(adapter) });
  const follow = async (params) => {
    const followed = store.follow(client, params);
    await followed.whenFilled();
    await followed.stop();
    await store.save();
    return [...adapter.parts.values()].map((bytes) => new TextDecoder().decode(bytes)).join();
  };
  /** The number of cases of which a text has the title, but for titles that are in others. */
  const stays = (text, cases) => {
    const others = store.query({ limit: 1000 }).cases.map(({ title }) => title);
    return cases.filter(({ title }) => text.includes(title) && !others.some((other) => other.includes(title))).length;
  };
  const both = await follow({ contract_ids: [kept, dropped] });
  const { cases } = store.query({ where: { contract_id: dropped }, limit: 1000 });
  assert.ok(cases.length > 0 && store.size > cases.length);
  assert.ok(cases.every(({ title }) => both.includes(title)));
  const all = store.query({ limit: 1000 }).cases;
  // The history has the texts before and after a change.
  const [changed] = cases;
  store.apply({ ...changed, title: "Another title", updated_date: "2031-01-01T00:00:00Z" });
  await store.save();
  assert.equal(stays(await follow({ contract_ids: [kept] }), cases), 0);
  const closed = all.filter(({ status_flag }) => status_flag === "C");
  assert.equal(stays(await follow({ contract_ids: [kept], status_flag: "O" }), closed), 0);
  assert.ok(store.size > 0);
  await store.close();
});
