// The memory of the wasm instance: it moves when it grows, and it may not be able to grow. Both are provoked here.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { crashingAdapter, script } from "./harness.mjs";
import { Model } from "./model.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { CaseStore, custom } = await script("entry/store-node.js");
const { createStoreConstructor } = await script("store/case-store.js");
const { instantiate } = WebAssembly;

/** Opens a store whose memory grows, and so moves, at the end of each call of the wasm. */
async function openMoving(options) {
  const counts = { calls: 0 };
  let first;
  // The deferred module has the memory of the first one, and calls its functions directly.
  WebAssembly.instantiate = async (module, imports) => {
    const { exports } = await instantiate(module, first ? { ...imports, p: first } : imports);
    first ??= exports;
    const { memory } = first;
    const moving =
      (work) =>
      (...args) => {
        const result = work(...args);
        counts.calls += 1;
        memory.grow(1);
        return result;
      };
    const entries = Object.entries(exports);
    return {
      exports: Object.fromEntries(entries.map(([name, one]) => [name, typeof one === "function" ? moving(one) : one])),
    };
  };
  try {
    const store = await CaseStore.open(options);
    // The deferred module is instantiated by the first call that needs it: here by an empty export, at the latest.
    await new Response(store.export({ query: { where: { case_id: "0" } } })).text();
    return { store, counts };
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

test("no call of the store relies on memory that an earlier call of the wasm has moved", async () => {
  const now = new Date(NOW);
  const storage = crashingAdapter();
  const persist = () => custom(storage);
  const { store, counts } = await openMoving({ now, persist: persist(), scope: "moving" });
  const model = new Model(NOW);
  const { record, query } = generator(3);
  const live = store.live({ where: { severity: [1, 2] } });
  live.subscribe(() => {});
  for (let step = 0; step < 6; step += 1) {
    const records = Array.from({ length: 30 }, () => record(40));
    for (const one of records) model.apply(structuredClone(one));
    const { events } = store.apply(records);
    assert.ok(events.length > 0);
    for (let n = 0; n < 4; n += 1) {
      const asked = query();
      const { total, cases } = store.query(asked);
      assert.deepEqual({ total, ids: cases.map(({ case_id }) => case_id) }, model.query(asked));
      assert.equal(store.count(asked), total);
    }
  }
  assert.deepEqual(live.getSnapshot(), store.query({ where: { severity: [1, 2] } }));
  for (const [case_id, { record: wanted }] of model.cases) assert.deepEqual(store.get(case_id), wanted);
  const { record: one } = [...model.cases.values()].find(({ record: { bugs } }) => bugs.length > 0);
  assert.ok(store.related({ bug: one.bugs[0] }).some(({ case_id }) => case_id === one.case_id));
  store.apply({ ...one, notes: [], owner_name: "Ada Example" });
  assert.equal(store.details(one.case_id).owner, "Ada Example");
  const plain = await CaseStore.restore(store.snapshot(), { now });
  const same = (work) => assert.deepEqual(work(store), work(plain));
  same((one) => one.query({ where: { text: "router 12" }, limit: 100 }));
  same((one) => one.facets({}, ["status", "severity", "bug", "technology_name"]));
  same((one) => one.overview());
  same((one) => one.statusSince("612345601"));
  const exported = (one) => new Response(one.export({ columns: ["case_id", "title"] })).text();
  assert.equal(await exported(store), await exported(plain));
  store.remove(one.case_id);
  assert.equal(store.get(one.case_id), undefined);
  await store.close();
  const again = await openMoving({ now, persist: persist(), scope: "moving" });
  assert.equal(again.store.persistence.outcome, "restored");
  plain.remove(one.case_id);
  assert.deepEqual(again.store.query({ limit: 100 }), plain.query({ limit: 100 }));
  assert.ok(counts.calls > 100);
  await again.store.close();
});

/** A wasm module whose memory has a maximum. */
function withMaximum(bytes, pages) {
  const view = new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength);
  const number = (at) => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = view[at];
      at += 1;
      value += (byte & 127) * 2 ** shift;
      shift += 7;
      if (byte < 128) return [value, at];
    }
  };
  const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
  for (let at = 8; at < view.length; ) {
    const [length, start] = number(at + 1);
    if (view[at] === 5) {
      const [initial] = number(start + 2);
      const content = [1, 1, ...leb(initial), ...leb(pages)];
      return Uint8Array.from([
        ...view.subarray(0, at),
        5,
        ...leb(content.length),
        ...content,
        ...view.subarray(start + length),
      ]);
    }
    at = start + length;
  }
  throw new Error("the module has no memory of its own");
}

/** The numbers of cases of a call, of one page and of several, and the maximum of the memory in pages of 64 KiB. */
const CALLS = [
  [500, 160],
  [2500, 800],
];

test("a store whose memory cannot grow rejects a call as a whole, and keeps working", async () => {
  for (const [count, pages] of CALLS) await fill(count, pages);
});

async function fill(count, pages) {
  const [bytes, deferred] = await Promise.all(
    ["store", "store-deferred"].map((name) => readFile(join(process.env.PACKAGE, `wasm/${name}.wasm`))),
  );
  const limited = createStoreConstructor({
    readModule: () => withMaximum(bytes, pages),
    deferred: { readModule: () => deferred },
    loadErrors: () => script("client/error-rows.js"),
  });
  const store = await limited.open({ now: new Date(NOW) });
  const { record } = generator(1);
  const title = "a long title that fills memory ".repeat(30);
  const batch = (from) =>
    Array.from({ length: count }, (_, at) => ({
      ...record(1),
      case_id: String(600_000_000 + from + at),
      title: `${title}${from + at}`,
    }));
  let applied = 0;
  let error;
  while (!error && applied < 200_000) {
    const before = store.version;
    try {
      store.apply(batch(applied));
      applied += count;
    } catch (thrown) {
      error = thrown;
      assert.equal(store.version, before);
    }
  }
  assert.equal(error?.code, "STORE_FULL", String(error));
  assert.ok(applied > 0);
  assert.equal(store.size, applied);
  assert.equal(store.query({ limit: 0 }).total, applied);
  assert.equal(store.get("600000000").title, `${title}0`);
  assert.throws(() => store.apply(batch(applied)), { code: "STORE_FULL" });
  store.remove(["600000001"]);
  assert.equal(store.size, applied - 1);
  await store.close();
}

/** Opens a store, with a weak reference to its memory and a function after which each call of its instance traps. */
async function openTrapping(options) {
  const state = { traps: false, memory: undefined };
  let first;
  WebAssembly.instantiate = async (module, imports) => {
    // The deferred module calls the functions of the first one directly.
    const { exports } = await instantiate(module, first ? { ...imports, p: first } : imports);
    first ??= exports;
    state.memory ??= new WeakRef(exports.memory);
    const trapping =
      (work) =>
      (...args) =>
        // Out of the memory's bounds.
        state.traps ? work(0xffff_fff0, ...args.slice(1)) : work(...args);
    const entries = Object.entries(exports);
    return {
      exports: Object.fromEntries(
        entries.map(([name, one]) => [name, typeof one === "function" ? trapping(one) : one]),
      ),
    };
  };
  try {
    return { store: await CaseStore.open(options), state };
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

/** The keys of what is saved. The epoch stays, so that an outdated tab cannot write. */
const savedIn = ({ parts }) => [...parts.keys()].filter((key) => !key.endsWith("epoch"));

test("a store that has trapped is closed and erased", async () => {
  const storage = crashingAdapter();
  const { store, state } = await openTrapping({ persist: custom(storage), scope: "trapped" });
  store.apply({ case_id: "600000001", title: "one" });
  await store.save();
  assert.ok(savedIn(storage).length > 0);
  store.live({ where: { text: "one" } }).subscribe(() => {});
  state.traps = true;
  assert.throws(() => store.size, { code: "PANIC" });
  await store.close();
  await store.destroy();
  assert.deepEqual(savedIn(storage), []);
});

test("a store that is closed or has trapped frees its memory while the page still has the store", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const closed = await openTrapping();
  closed.store.apply({ case_id: "600000001" });
  await closed.store.close();
  const trapped = await openTrapping();
  trapped.state.traps = true;
  assert.throws(() => trapped.store.size, { code: "PANIC" });
  const open = await openTrapping();
  for (const { state } of [closed, trapped, open]) assert.ok(state.memory);
  for (let turn = 0; turn < 50 && (closed.state.memory.deref() || trapped.state.memory.deref()); turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.deepEqual(
    [closed, trapped, open].map(({ state }) => state.memory.deref() !== undefined),
    [false, false, true],
  );
  assert.throws(() => closed.store.size, { code: "STORE_CLOSED" });
  assert.throws(() => trapped.store.size, { code: "PANIC" });
  assert.equal(open.store.size, 0);
  await open.store.close();
});
