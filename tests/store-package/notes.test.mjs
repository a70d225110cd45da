// The search in notes: against the model, after a restart, for live queries, and with the places of matches.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crashingAdapter, random, script } from "./harness.mjs";
import { evaluate } from "./model.mjs";
import { generator, NOW } from "./random-cases.mjs";

const { CaseStore, custom } = await script("entry/store-node.js");
const { NoteSearch } = await script("store/note-search.js");
const { ASK_PENDING_NOTES, ASK_SET_NOTES } = await script("generated/boundary.js");

const open = (options) => CaseStore.open({ now: new Date(NOW), searchNotes: true, ...options });
const detail = (case_id, notes, more = {}) => ({
  case_id,
  title: `Case ${case_id}`,
  severity: 2,
  status: "Cisco Pending",
  updated_date: "2026-06-01T00:00:00.000Z",
  bugs: [],
  rmas: [],
  notes: notes.map((note_detail) => ({ note: "", note_detail, creation_date: "2026-06-01T00:00:00Z" })),
  ...more,
});
const found = (store, text) => store.query({ where: { text }, sort: { by: "case_id" } }).cases.map((c) => c.case_id);

test("answers with notes are those of the model", async () => {
  let onlyInNotes = 0;
  for (let seed = 1; seed <= 8; seed += 1) {
    const { below, pick, record, query } = generator(seed);
    const held = new Map();
    const store = await open();
    for (let step = 0; step < 25; step += 1) {
      for (let n = 0; n <= below(6); n += 1) {
        const { status_flag, item_entry_id, technology_name, sub_technology_name, ...fields } = record(12);
        const updated_date = new Date(NOW - below(40) * 86_400_000 - 100_000 + step * 10 + n).toISOString();
        const texts = Array.from({ length: below(4) }, () => record(1).title);
        const given = detail(fields.case_id, texts, { ...fields, updated_date });
        store.apply(given);
        // The newest details are the case's.
        const known = held.get(fields.case_id);
        if (!known || Date.parse(updated_date) > Date.parse(known.record.updated_date))
          held.set(fields.case_id, { notes: texts, record: given });
      }
      if (below(5) === 0) {
        const gone = pick([...held.keys()]);
        store.remove(gone);
        held.delete(gone);
      }
      const cases = [...held].map(([case_id, { notes }]) => ({
        record: store.get(case_id),
        notes,
        statusSince: Date.parse(store.statusSince(case_id)?.since),
        lastNote: undefined,
      }));
      for (let n = 0; n < 8; n += 1) {
        const { in_status_for_days, ...where } = query().where;
        const asked = {
          where: { ...where, text: query().where.text ?? "strass" },
          not: pick([{}, { text: "router" }]),
          limit: 100,
        };
        const expected = evaluate(asked, cases, NOW);
        const answer = store.query(asked);
        const ids = answer.cases.map(({ case_id }) => case_id);
        assert.deepEqual(
          { total: answer.total, ids },
          expected,
          `seed ${seed}, step ${step}: ${JSON.stringify(asked)}`,
        );
        const without = evaluate(
          asked,
          cases.map((one) => ({ ...one, notes: [] })),
          NOW,
        );
        onlyInNotes += Number(without.total !== expected.total);
      }
    }
    await store.close();
  }
  assert.ok(onlyInNotes > 100, `${onlyInNotes}`);
});

test("notes that are no objects have no text", async () => {
  const store = await open();
  const live = store.live({ where: { text: "uplink" } });
  let total = 0;
  live.subscribe(() => {
    total = live.getSnapshot().total;
  });
  const query = { where: { text: "uplink" } };
  store.apply({ ...detail("612345678", []), notes: [null, { note: "Uplink", note_detail: 7 }] });
  assert.equal(total, 1);
  assert.deepEqual(await store.noteMatches(query, "612345678"), [{ index: 1, note: [[0, 6]], note_detail: [] }]);
  await store.close();
});

test("matches say the note and the range in UTF-16 units", async () => {
  const store = await open();
  const notes = [
    { note: "RMA 😀 Straße", note_detail: "none" },
    { note: "", note_detail: "first\nSTRASSENBAHN, straße" },
  ];
  store.apply({ ...detail("612345678", []), notes });
  const query = { where: { text: "strass" } };
  assert.deepEqual(store.query(query).matches, [{ fields: {}, bugs: {}, rmas: {} }], "no field matches");
  assert.deepEqual(await store.noteMatches(query, "612345678"), [
    { index: 0, note: [[7, 12]], note_detail: [] },
    {
      index: 1,
      note: [],
      note_detail: [
        [6, 12],
        [20, 25],
      ],
    },
  ]);
  assert.deepEqual(await store.noteMatches(query, "9"), []);
  assert.deepEqual(await store.noteMatches({}, "612345678"), []);
  await assert.rejects(store.noteMatches({ where: { text: 7 } }, "612345678"), /where\.text/);
  await store.close();
  await assert.rejects(store.noteMatches(query, "612345678"), { code: "STORE_CLOSED" });
});

test("saved notes are searched again after a restart, a few at a time, and live queries tell of them", async () => {
  const adapter = crashingAdapter();
  const persisted = { persist: custom(adapter), scope: "alice" };
  const first = await CaseStore.open({ ...persisted, now: new Date(NOW) });
  const ids = Array.from({ length: 40 }, (_, at) => String(600_000_000 + at));
  first.apply(ids.map((id, at) => detail(id, [at % 2 ? "flapping uplink" : "cold start"])));
  assert.deepEqual(found(first, "flap"), [], "notes are not searched without the option");
  await first.notesReady();
  await first.close();

  const second = await open(persisted);
  const live = second.live({ where: { text: "flap" } });
  const totals = [];
  const stop = live.subscribe(({ total }) => totals.push(total));
  await second.notesReady();
  assert.equal(found(second, "flap").length, 20);
  assert.equal(totals.at(-1) ?? live.getSnapshot().total, 20);
  assert.ok(
    totals.every((total, at) => total > (totals[at - 1] ?? -1)),
    String(totals),
  );
  second.apply(detail(ids[1], ["quiet"], { updated_date: "2026-06-02T00:00:00Z" }));
  assert.equal(live.getSnapshot().total, 19);
  second.remove(ids[3]);
  assert.equal(live.getSnapshot().total, 18);
  second.apply({ case_id: ids[3], severity: 1 });
  assert.equal(found(second, "flap").length, 18, "notes of an earlier life are no notes");
  stop();
  await second.close();

  // Damaged notes are none, and reading ends.
  const key = [...adapter.parts.keys()].find((name) => name.includes("text-") && name.endsWith(`-${ids[5]}`));
  adapter.parts.set(key, new Uint8Array(3));
  const third = await open(persisted);
  await third.notesReady();
  assert.equal(found(third, "flap").length, 17);
  await third.close();
  // A store that is closed while it reads stops.
  const fourth = await open(persisted);
  const ready = fourth.notesReady();
  await fourth.close();
  await ready.catch(({ code }) => assert.equal(code, "STORE_CLOSED"));
});

test("details that are applied while saved notes are read keep their notes", async () => {
  const adapter = crashingAdapter();
  const persisted = { persist: custom(adapter), scope: "alice" };
  const first = await open(persisted);
  first.apply(detail("1", ["formerly"]));
  await first.close();
  const { read } = adapter;
  const reading = {};
  const held = new Promise((resolve) => {
    reading.go = resolve;
  });
  const begun = new Promise((resolve) => {
    reading.begin = resolve;
  });
  adapter.read = async (keys) => {
    const parts = await read(keys);
    if (!keys.some((key) => key.includes("text-"))) return parts;
    reading.begin();
    await held;
    return parts;
  };
  const second = await open(persisted);
  await begun;
  second.apply(detail("1", ["presently"], { updated_date: "2026-06-02T00:00:00Z" }));
  reading.go();
  await second.notesReady();
  assert.deepEqual([found(second, "presently"), found(second, "formerly")], [["1"], []]);
  await second.close();
});

test("changed notes take the place of the former ones, thousands of times", async () => {
  const store = await open();
  const next = random(5);
  const last = new Map();
  for (let at = 0; at < 3000; at += 1) {
    const [id, word] = [String(Math.floor(next() * 30)), `word${Math.floor(next() * 50)}x`];
    store.apply(detail(id, [word], { updated_date: new Date(NOW - 1e9 + at).toISOString() }));
    last.set(id, word);
  }
  for (let at = 0; at < 50; at += 1) {
    const expected = [...last].filter(([, word]) => word === `word${at}x`).map(([id]) => id);
    assert.deepEqual(found(store, `word${at}x`), expected.sort());
  }
  await store.close();
});

test("the option is true or false", async () => {
  await assert.rejects(open({ searchNotes: "yes" }), { code: "INVALID_OPTION" });
  const store = await open({ searchNotes: false });
  store.apply(detail("1", ["uplink"]));
  assert.deepEqual(found(store, "uplink"), []);
  await store.close();
});

test("notes that another tab has edited are read again, also if reading fails at first", async () => {
  const saved = new Map([["1", ["cold start"]]]);
  const searched = new Map();
  const pending = ["1"];
  const kinds = { [ASK_PENDING_NOTES]: () => ({ list: () => pending.splice(0) }) };
  const core = {
    ask(_, kind, case_id, text) {
      if (kind === ASK_SET_NOTES) searched.set(case_id, text.trim());
      return kinds[kind]?.();
    },
  };
  let failure;
  let refreshed = 0;
  const notes = new NoteSearch({
    core,
    async details(case_id) {
      if (failure) throw failure;
      return { notes: saved.get(case_id)?.map((note) => ({ note })) };
    },
    refresh: () => (refreshed += 1),
  });
  await notes.read();
  assert.deepEqual([...searched], [["1", "cold start"]]);
  saved.set("1", ["flapping uplink"]);
  await notes.read();
  assert.equal(searched.get("1"), "cold start", "nobody has said that they were edited");
  notes.expect(["1"]);
  failure = new Error("the storage does not answer");
  await assert.rejects(notes.read(), failure);
  failure = undefined;
  await notes.read();
  assert.equal(searched.get("1"), "flapping uplink");
  assert.equal(refreshed, 2);
  // A read that begins before the other tab's save ends with the former notes: they are read once more.
  notes.expect(["1"]);
  const first = notes.read();
  saved.set("1", ["cold start"]);
  notes.expect(["1"]);
  await Promise.all([first, notes.read()]);
  assert.equal(searched.get("1"), "cold start");
});

test("a text that can never be read keeps no other from being searched, and is tried again", async () => {
  const ids = Array.from({ length: 30 }, (_, at) => String(at));
  const searched = new Map();
  const core = {
    ask(_, kind, case_id, text) {
      if (kind === ASK_SET_NOTES) searched.set(case_id, text.trim());
      // The wasm gives those that have no notes yet, in their order.
      return kind === ASK_PENDING_NOTES ? { list: () => ids.filter((id) => !searched.has(id)).slice(0, 8) } : undefined;
    },
  };
  const damaged = new Set(["0", "9"]);
  const failure = new Error("the text is damaged");
  const asked = [];
  const details = async (case_id) => {
    asked.push(case_id);
    if (damaged.has(case_id)) throw failure;
    return { notes: [{ note: `word${case_id}` }] };
  };
  const notes = new NoteSearch({ core, details, refresh() {} });
  await assert.rejects(notes.read(), failure);
  assert.deepEqual([searched.size, searched.get("29"), searched.get("0"), asked.length], [30, "word29", "", 30]);
  damaged.clear();
  await notes.read();
  assert.deepEqual([searched.get("0"), searched.get("9"), asked.length], ["word0", "word9", 32]);
  // A storage that is at fault is not asked for every text.
  for (const id of ids) damaged.add(id);
  searched.clear();
  await assert.rejects(notes.read(), failure);
  assert.ok(asked.length < 32 + ids.length, `${asked.length - 32} requests`);
});
