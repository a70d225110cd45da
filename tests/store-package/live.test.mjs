// Live queries, the clock of a store, what it rejects, and its export.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { script } from "./harness.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { CaseStore } = await script("entry/store-node.js");
const DAY_MS = 86_400_000;
const caseOf = (case_id, more = {}) => ({ ...generator(1).record(1), case_id, extra: {}, ...more });
const opened = (now = new Date(NOW)) => CaseStore.open({ now });

test("a live query notifies only when its answer changed, and its snapshot is the same object until then", async () => {
  const store = await opened();
  store.apply([caseOf("1", { severity: 1 }), caseOf("2", { severity: 2 })]);
  const live = store.live({ where: { severity: 1 } });
  const answers = [];
  const stop = live.subscribe((answer) => answers.push(answer));
  assert.deepEqual(answers, [live.getSnapshot()], "once at the beginning, as Svelte's contract requires");
  store.apply(caseOf("3", { severity: 4 }));
  assert.equal(answers.length, 1, "another case does not concern it");
  const before = live.getSnapshot();
  store.apply(caseOf("4", { severity: 1 }));
  assert.equal(answers.length, 2);
  assert.notEqual(live.getSnapshot(), before);
  assert.equal(live.getSnapshot(), answers[1]);
  const again = before.cases[0];
  assert.ok(answers[1].cases.includes(again), "the record of an unchanged case is the same object");
  stop();
  store.apply(caseOf("5", { severity: 1 }));
  assert.equal(answers.length, 2);
  assert.equal(live.getSnapshot().total, 3, "a snapshot without a subscription is current too");
  assert.equal(store.live({ where: { severity: [1] } }).getSnapshot(), live.getSnapshot(), "equal queries share one");
});

test("a snapshot without a subscription is the same object after changes that do not concern it", async () => {
  const store = await opened();
  store.apply([caseOf("1", { severity: 1 }), caseOf("2", { severity: 2 })]);
  const live = store.live({ where: { severity: 1 } });
  const first = live.getSnapshot();
  store.apply(caseOf("3", { severity: 4 }));
  assert.equal(live.getSnapshot(), first);
  // As many cases, but not the same.
  store.apply(caseOf("1", { severity: 1, title: "a new title" }));
  assert.equal(live.getSnapshot().cases[0].title, "a new title");
  store.apply([caseOf("1", { severity: 3 }), caseOf("4", { severity: 1 })]);
  assert.deepEqual(
    live.getSnapshot().cases.map(({ case_id }) => case_id),
    ["4"],
  );
  // More cases than the window shows.
  const narrow = store.live({ limit: 0 });
  const { total } = narrow.getSnapshot();
  store.apply(caseOf("5"));
  assert.equal(narrow.getSnapshot().total, total + 1);
});

test("one call of apply notifies each live query once", async () => {
  const store = await opened();
  let calls = 0;
  store.live({}).subscribe(() => (calls += 1));
  store.apply(Array.from({ length: 2500 }, (_, at) => caseOf(String(600_000_000 + at))));
  assert.equal(calls, 2);
});

test("a change between a snapshot and its subscription is not missed", async () => {
  const store = await opened();
  const live = store.live({});
  assert.equal(live.getSnapshot().total, 0);
  store.apply(caseOf("1"));
  const seen = [];
  live.subscribe(({ total }) => seen.push(total));
  assert.deepEqual(seen, [1]);
});

test("of two hundred live queries only those are notified whose answers changed, within a frame", async (t) => {
  const store = await opened();
  const contracts = Array.from({ length: 200 }, (_, at) => `contract${at}`);
  store.apply(
    Array.from({ length: 20_000 }, (_, at) =>
      caseOf(String(600_000_000 + at), { title: `Case ${at}`, contract_id: contracts[at % 200] }),
    ),
  );
  const notified = [];
  for (const contract_id of contracts) {
    store.live({ where: { contract_id } }).subscribe(() => notified.push(contract_id));
  }
  const times = [];
  for (let round = 0; round < 21; round += 1) {
    notified.length = 0;
    const start = performance.now();
    store.apply(caseOf(String(600_000_000 + round), { contract_id: contracts[round], title: `changed ${round}` }));
    times.push(performance.now() - start);
    assert.deepEqual(notified, [contracts[round]]);
  }
  const median = times.sort((a, b) => a - b)[10];
  t.diagnostic(`median of ${median.toFixed(2)} ms`);
  assert.ok(median < 16, `${median} ms`);
  await store.close();
});

test("live queries that nobody uses are forgotten, and keep working", async () => {
  const store = await opened();
  const first = store.live({ where: { text: "first" } });
  assert.equal(store.live({ where: { text: "first" } }), first, "equal queries give the same object");
  const followed = store.live({ limit: 1 });
  followed.subscribe(() => {});
  for (let at = 0; at < 500; at += 1) store.live({ where: { text: `word${at}` } });
  const again = store.live({ where: { text: "first" } });
  assert.notEqual(again, first, "it was forgotten");
  assert.equal(store.live({ limit: 1 }), followed, "one with a listener is not");
  const seen = [];
  first.subscribe(({ total }) => seen.push(total));
  again.subscribe(({ total }) => seen.push(total));
  store.apply(caseOf("1", { title: "The first one" }));
  assert.deepEqual(seen, [0, 0, 1, 1]);
  assert.equal(first.getSnapshot().total, 1);
  await store.close();
});

test("a listener that throws keeps no other from being called, fails no call, and is reported to the console", async (t) => {
  const reported = t.mock.method(console, "error", () => {});
  const store = await opened();
  let calls = 0;
  let mustThrow = false;
  store.live({}).subscribe(() => {
    if (mustThrow) throw new Error("from the listener");
  });
  store.live({ limit: 1 }).subscribe(() => (calls += 1));
  mustThrow = true;
  assert.equal(store.apply(caseOf("1")).events.length, 1);
  assert.equal(calls, 2);
  assert.match(String(reported.mock.calls[0].arguments[1]), /from the listener/);
});

test("each listener gets each answer once, although listeners change the store and subscribe others", async () => {
  const store = await opened();
  const seen = { second: [], other: [], late: [] };
  let isFirst = true;
  store.live({}).subscribe(({ total }) => {
    if (total !== 1 || !isFirst) return;
    isFirst = false;
    store.live({ limit: 1 }).subscribe((answer) => seen.late.push(answer.total));
    store.apply(caseOf("2"));
  });
  store.live({}).subscribe(({ total }) => seen.second.push(total));
  store.live({ limit: 1 }).subscribe(({ total }) => seen.other.push(total));
  store.apply(caseOf("1"));
  assert.deepEqual(seen, { second: [0, 2], other: [0, 2], late: [1, 2] });
});

test("a store that cannot be opened leaves no timer", async (t) => {
  const pending = new Set();
  const { setTimeout, clearTimeout } = globalThis;
  t.after(() => Object.assign(globalThis, { setTimeout, clearTimeout }));
  globalThis.setTimeout = (work, ms) => {
    const timer = setTimeout(work, ms);
    // That of a clock, not those of the work of other stores.
    if (ms === 60_000) pending.add(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    pending.delete(timer);
    clearTimeout(timer);
  };
  const persist = { open: async () => assert.fail(), erase: async () => {} };
  const now = () => NOW - (NOW % DAY_MS);
  const store = await CaseStore.open({ now });
  assert.equal(pending.size, 1);
  await store.close();
  await assert.rejects(CaseStore.open({ scope: "\ud800", persist, now }), { code: "INVALID_OPTION" });
  await assert.rejects(CaseStore.restore(new Uint8Array(100), { now }), { code: "STORE_DAMAGED" });
  assert.equal(pending.size, 0);
});

test("a day that passes is one notification, and a snapshot does not read the clock", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: NOW - 3_600_000 });
  try {
    const store = await CaseStore.open();
    store.apply(
      [0, 1, 2].map((n) => caseOf(String(n), { updated_date: new Date(NOW - 6 * DAY_MS - n).toISOString() })),
    );
    let calls = 0;
    const live = store.live({ where: { quiet_for_days: { min: 7 } } });
    live.subscribe(() => (calls += 1));
    const before = live.getSnapshot();
    assert.deepEqual([calls, before.total], [1, 0]);
    mock.timers.setTime(NOW + 1);
    assert.equal(live.getSnapshot(), before, "the clock has moved, the store has not");
    mock.timers.tick(60_000);
    assert.equal(
      calls,
      2,
      "timers stand still while a device sleeps: the next day is noticed within a minute of its waking",
    );
    assert.equal(live.getSnapshot().total, 3);
    store.close();
  } finally {
    mock.timers.reset();
  }
});

test("a new day is in the answers from which a page counts ages itself, and in no answer as of another instant", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: NOW - 3_600_000 });
  try {
    const store = await CaseStore.open();
    store.apply(["1", "2"].map((case_id) => caseOf(case_id)));
    const seen = { all: [], own: [] };
    const [all, idle] = [store.live({}), store.live({ limit: 1 })];
    all.subscribe(({ now }) => seen.all.push(now));
    const own = new Date(NOW).toISOString();
    store.live({ now: own, where: { quiet_for_days: { min: 0 } } }).subscribe(({ now }) => seen.own.push(now));
    const before = [store.query().now, all.getSnapshot(), idle.getSnapshot()];
    mock.timers.setTime(NOW + 1);
    mock.timers.tick(60_000);
    const { now } = store.query();
    assert.deepEqual([seen.all, seen.own.length], [[before[0], now], 1]);
    assert.notEqual(now, before[0]);
    assert.deepEqual(
      [all, idle].map((live) => live.getSnapshot().now),
      [now, now],
    );
    assert.deepEqual(
      [all, idle].map((live) => live.getSnapshot().cases),
      before.slice(1).map(({ cases }) => cases),
    );
    assert.equal(all.getSnapshot(), all.getSnapshot());
    await store.close();
  } finally {
    mock.timers.reset();
  }
});

test("a clock that fails once, and a store that has trapped, throw nothing from a timer, and the next day is noticed", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: NOW - 3_600_000 });
  try {
    let isBroken = false;
    const store = await CaseStore.open({ now: () => (isBroken ? Number.NaN : Date.now()) });
    const before = store.query().now;
    isBroken = true;
    mock.timers.tick(3_600_000);
    assert.equal(store.query().now, before);
    isBroken = false;
    mock.timers.tick(60_000);
    assert.equal(Date.parse(store.query().now), Date.parse(before) + DAY_MS);
    const trap = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    assert.throws(() => store.parts.core.call(trap), { code: "PANIC" });
    mock.timers.tick(2 * DAY_MS);
    assert.throws(() => store.query(), { code: "PANIC" });
  } finally {
    mock.timers.reset();
  }
});

test("what cannot be applied is named, and nothing of the call is applied", async () => {
  const store = await opened();
  const wrong = [
    [[caseOf("1"), caseOf("2", { severity: "high" })], /cases\[1\]\.severity: expected 1, 2, 3 or 4, got "high"/],
    [[caseOf("1", { updated_date: "yesterday" })], /cases\[0\]\.updated_date: .*got "yesterday"/],
    [[caseOf("1", { title: { text: 5 } })], /cases\[0\]\.title/],
    [[caseOf("1", { bugs: "CSCza00001" })], /cases\[0\]\.bugs/],
    [[caseOf("1"), 7], /cases\[1\]: expected a case, a page, details or a change, got 7/],
    [null, /cases: expected/],
    ["text", /cases: expected/],
  ];
  for (const [given, message] of wrong) {
    assert.throws(() => store.apply(given), { name: "InvalidRequestError", message }, String(message));
  }
  const many = Array.from({ length: 2500 }, (_, at) => caseOf(String(at + 1)));
  many[2400] = caseOf("x", { severity: 9 });
  assert.throws(() => store.apply(many), /cases\[2400\]\.severity/);
  assert.deepEqual([store.size, store.version], [0, 0]);
  const { issues, events } = store.apply([caseOf(""), caseOf("1")]);
  assert.deepEqual(
    [issues.map(({ path }) => path), events.map(({ case_id }) => case_id)],
    [["cases[0].case_id"], ["1"]],
  );
});

test("without WebAssembly, or without its file, opening rejects with a clear error", async () => {
  const { createStoreConstructor } = await script("store/case-store.js");
  const { WebAssembly } = globalThis;
  const loadErrors = () => script("client/error-rows.js");
  delete globalThis.WebAssembly;
  try {
    const without = createStoreConstructor({ readModule: () => new Uint8Array(8), loadErrors });
    await assert.rejects(without.open(), { code: "LOAD_FAILED", message: /WebAssembly is not defined/ });
  } finally {
    globalThis.WebAssembly = WebAssembly;
  }
  const missing = createStoreConstructor({ readModule: () => assert.fail("no file"), loadErrors });
  await assert.rejects(missing.open(), { code: "LOAD_FAILED" });
});

test("a query with problems names all of them", async () => {
  const store = await opened();
  assert.throws(
    () => store.query({ where: { severity: [1, 7], colour: "red" }, limit: -1 }),
    (error) => {
      assert.equal(error.name, "InvalidRequestError");
      assert.deepEqual(error.problems.map(({ field }) => field).length, 3);
      return true;
    },
  );
  assert.throws(() => store.facets({}, ["title"]), /fields: expected one of/);
  assert.throws(() => store.overview({}, { weeks: -1, color: 1 }), /weeks: .*color/s);
  assert.throws(() => store.related({ title: "x" }), /related: expected one of/);
  assert.throws(() => store.live({ offset: "x" }), /offset/);
  await assert.rejects(CaseStore.open({ clock: 1 }), /clock: expected one of the options now, persist, scope/);
});

test("a closed store says so, and its live queries keep their answers", async () => {
  const store = await opened();
  store.apply(caseOf("1"));
  const live = store.live({});
  const answer = live.getSnapshot();
  const searched = store.live({ where: { text: "1" } }).getSnapshot();
  const closing = store.close();
  assert.throws(() => store.query(), { code: "STORE_CLOSED" });
  await Promise.all([closing, store.close()]);
  assert.throws(() => store.size, { code: "STORE_CLOSED" });
  assert.equal(live.getSnapshot(), answer);
  assert.equal(searched.matches.length, 1);
});

test("matches are ranges of the original text", async () => {
  const store = await opened();
  store.apply(caseOf("612345678", { title: "Straße: C9300-48P", bugs: ["CSCza00011"], rmas: [] }));
  const { matches } = store.query({ where: { text: "strass 48p 678 cscza" } });
  assert.deepEqual(matches, [
    {
      fields: {
        title: [
          [0, 5],
          [14, 17],
        ],
        case_id: [[6, 9]],
      },
      bugs: { 0: [[0, 5]] },
      rmas: {},
    },
  ]);
});

test("an export is a stream of CSV or NDJSON, and fails if the store is closed before its end", async () => {
  const store = await opened();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = async (options) => decoder.decode(await new Response(store.export(options)).arrayBuffer());
  const hostile = caseOf("612345678", {
    title: '=HYPERLINK("http://x"), "quoted"\nline',
    serial_number: "0012E45",
    bugs: [],
    rmas: [],
  });
  store.apply(hostile);
  const csv = await text({ columns: ["case_id", "title", "serial_number"], bom: true });
  assert.equal(
    csv,
    '\ufeffcase_id,title,serial_number\r\n612345678,"\'=HYPERLINK(""http://x""), ""quoted""\nline",0012E45\r\n',
  );
  const [line] = (await text({ format: "ndjson", columns: { case_id: "id", title: "t" } })).split("\n");
  assert.deepEqual(JSON.parse(line), { id: "612345678", t: hostile.title });
  const redacted = await text({ columns: ["contact_name", "user_id"], redact: "a secret of tests" });
  assert.ok(!redacted.includes("Example") && !redacted.includes(hostile.user_id || "\0"), redacted);
  assert.throws(() => store.export({ columns: ["nothing"], delimiter: "x" }), /columns: .*delimiter: /s);
  assert.throws(
    () => store.export({ redact: "short" }),
    (error) => !JSON.stringify(error).includes("short"),
  );
  store.apply(Array.from({ length: 2000 }, (_, at) => caseOf(String(at + 1))));
  const reader = store.export().getReader();
  await reader.read();
  store.close();
  await assert.rejects(reader.read(), { code: "STORE_CLOSED" });
});
