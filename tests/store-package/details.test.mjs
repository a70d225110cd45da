// The whole details of cases: kept in memory, saved with the cases, read one by one, and erased with them.

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crashingAdapter, script } from "./harness.mjs";

const { CaseStore, custom, indexedDb } = await script("entry/store-node.js");
const { nodeFile } = await script("store/persistence/node-file.js");
const { ASK_APPLY_DETAILS } = await script("generated/boundary.js");
const NOW = "2026-06-10T12:00:00Z";

const note = (text) => ({
  note: text,
  note_detail: `${text}, in detail: Straße 😀`,
  note_type: "EMAIL IN",
  note_status: "public",
  created_by: "Ada Example",
  creation_date: "2026-06-01T00:00:00Z",
});

const detail = (case_id, day = 1, text = "A note", more = {}) => ({
  case_id,
  title: `Case ${case_id}`,
  severity: 2,
  status: "Cisco Pending",
  owner_name: "Bo Testmann",
  owner_email: "bo@example.com",
  contract_id: "1234567",
  updated_date: `2026-06-0${day}T00:00:00.000Z`,
  notes: [note(text), note("Another")],
  bugs: [],
  rmas: [],
  extra: { undocumented: [1, null] },
  ...more,
});

const open = (persist) => CaseStore.open({ now: NOW, ...(persist && { persist, scope: "alice" }) });
const details = (store, case_id) => store.get(case_id, { details: true });

test("details are given back as they were applied, with their notes", async () => {
  const store = await open();
  const first = detail("612345678");
  store.apply([first, { case_id: "612345679", severity: 1 }]);
  assert.deepEqual(await details(store, "612345678"), first);
  assert.equal(store.details("612345678").updated_date, "2026-06-01T00:00:00Z");
  assert.equal(await details(store, "612345679"), undefined, "a record has no details");
  assert.equal(await details(store, "9"), undefined);
  assert.equal(store.get("612345678").title, "Case 612345678");
  for (const options of [{}, { details: false }, { details: true, notes: true }, null, "details"]) {
    assert.throws(() => store.get("612345678", options), { code: "INVALID_OPTION" }, JSON.stringify(options));
  }
  await store.close();
  // A caller of a promise has its rejection, not an error before it.
  const closed = details(store, "612345678");
  await assert.rejects(closed, { code: "STORE_CLOSED" });
});

test("of a case the newest details stay, and of equal dates the later ones", async () => {
  const store = await open();
  store.apply(detail("1", 2, "second"));
  store.apply(detail("1", 1, "first"));
  assert.equal((await details(store, "1")).notes[0].note, "second");
  store.apply(detail("1", 2, "second again"));
  assert.equal((await details(store, "1")).notes[0].note, "second again");
  store.apply({ case_id: "1", title: "A newer record", severity: 2, updated_date: "2026-06-05T00:00:00Z" });
  assert.equal((await details(store, "1")).notes[0].note, "second again", "a record has none");
  store.apply(detail("2", 1, "undated", { updated_date: null }));
  assert.equal((await details(store, "2")).notes[0].note, "undated");
  await store.close();
});

const folder = await mkdtemp(join(tmpdir(), "details-"));
test.after(() => rm(folder, { recursive: true }));

for (const [name, persist] of Object.entries({
  "an adapter": (() => {
    const one = crashingAdapter();
    return () => custom(one);
  })(),
  IndexedDB: () => indexedDb(),
  files: () => nodeFile({ folder }),
})) {
  test(`${name}: details are saved with their cases, and only what was removed is erased`, async () => {
    const ids = ["612345678", "612345679", "Ünusual/id 1"];
    const first = await open(persist());
    first.apply(ids.map((id) => detail(id, 1, `note of ${id}`)));
    await first.save();
    first.apply(detail(ids[0], 2, "newer"));
    await first.close();
    const second = await open(persist());
    assert.equal(second.persistence.outcome, "restored");
    assert.deepEqual(await details(second, ids[0]), detail(ids[0], 2, "newer"));
    assert.deepEqual(await details(second, ids[2]), detail(ids[2], 1, `note of ${ids[2]}`));
    second.remove(ids[1]);
    assert.equal(await details(second, ids[1]), undefined);
    await second.save();
    second.apply({ case_id: ids[1], title: "again", severity: 1 });
    assert.equal(await details(second, ids[1]), undefined, "details of an earlier life are no details");
    await second.close();
    const third = await open(persist());
    assert.equal(await details(third, ids[1]), undefined);
    assert.equal((await details(third, ids[2])).case_id, ids[2]);
    await third.destroy();
    const fourth = await open(persist());
    fourth.apply({ case_id: ids[0], severity: 1 });
    assert.equal(await details(fourth, ids[0]), undefined);
    await fourth.destroy();
  });
}

test("nothing of removed details stays in the storage", async () => {
  const one = crashingAdapter();
  const store = await open(custom(one));
  store.apply([detail("1", 1, "SECRET"), detail("2", 1, "PUBLIC")]);
  await store.save();
  const texts = () => [...one.parts.values()].map((bytes) => new TextDecoder().decode(bytes)).join();
  assert.match(texts(), /SECRET/);
  store.apply([{ type: "gone", case_id: "1", case: null }]);
  await store.save();
  assert.doesNotMatch(texts(), /SECRET/);
  assert.match(texts(), /PUBLIC/);
  await store.close();
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const { parentPath, path, name } of files) {
    assert.doesNotMatch(await readFile(join(parentPath ?? path, name), "latin1"), /note of/);
  }
});

test("nothing but the number of a case that is gone, or was removed, stays in the storage after the next save", async () => {
  for (const [remove, count] of [
    [(store, [id]) => store.remove(id), 1],
    [(store, [id]) => store.apply({ type: "gone", case_id: id, case: null }), 1],
    // More than a condition has.
    [(store, ids) => store.apply(ids.map((case_id) => ({ type: "gone", case_id, case: null }))), 1001],
  ]) {
    const one = crashingAdapter();
    const store = await open(custom(one));
    const ids = Array.from({ length: count }, (_, at) => `6${at}`);
    store.apply([
      ...ids.map((id) => detail(id, 1, "A note", { title: `SECRET ${id}`, serial_number: "SECRETSN" })),
      detail("7"),
    ]);
    await store.save();
    store.apply({ ...detail(ids[0], 2), title: "SECRET again" });
    await store.save();
    const texts = () => [...one.parts.values()].map((bytes) => new TextDecoder().decode(bytes)).join();
    assert.match(texts(), /SECRET/);
    remove(store, ids);
    await store.save();
    assert.doesNotMatch(texts(), /SECRET/);
    assert.match(texts(), /Case 7/);
    await store.close();
  }
});

test("details of a case that is removed during a save are erased by the next one", async () => {
  const one = crashingAdapter();
  const store = await open(custom(one));
  store.apply([detail("1", 1, "PUBLIC"), detail("2", 1, "SECRET"), detail("3", 1, "SECRET")]);
  await store.save();
  const { write } = one;
  one.write = (...all) => {
    one.write = write;
    store.remove("3");
    return write(...all);
  };
  store.remove("2");
  await store.save();
  await store.save();
  const texts = [...one.parts.keys()].filter((key) => key.includes("text-"));
  assert.deepEqual([store.size, texts.length], [1, 1]);
  await store.close();
});

test("a crash between any two writes loses and repeats no details", async () => {
  for (let crashAt = 1; crashAt <= 40; crashAt += 1) {
    const one = crashingAdapter();
    const store = await open(custom(one));
    const states = [];
    const change = async (save) => {
      store.apply([1, 2, 3].map((id) => detail(String(id), save, `save ${save}`)));
      if (save === 3) store.remove("2");
      states.push([store.size, (await details(store, "1")).notes[0].note, (await details(store, "2"))?.notes[0].note]);
      await store.save();
    };
    await change(1);
    one.state.stepsLeft = crashAt;
    for (let save = 2; save <= 5 && !store.persistence.error; save += 1) await change(save);
    await store.close();
    one.state.stepsLeft = Number.POSITIVE_INFINITY;
    const again = await open(custom(one));
    const found = [again.size, (await details(again, "1"))?.notes[0].note, (await details(again, "2"))?.notes[0].note];
    const last = states.slice(-2).map((state) => JSON.stringify(state));
    assert.ok(
      last.includes(JSON.stringify(found)),
      `crash after ${crashAt} writes: ${JSON.stringify([found, states])}`,
    );
    // What the crash has left is removed by the next saves.
    again.apply(detail("1", 6, "after"));
    await again.save();
    const kept = [...one.parts.keys()].filter((key) => key.includes("text-"));
    assert.equal(kept.length, again.size, String(kept));
    await again.close();
  }
});

test("an interrupted save after another one leaves each case its details, in whatever order an adapter lists keys", async () => {
  const saved = crashingAdapter();
  const first = await open(custom(saved));
  first.apply([1, 2, 3].map((id) => detail(String(id))));
  await first.close();
  for (let one = 1; one <= 8; one += 1) {
    for (let two = 1; two <= 16; two += 1) {
      const adapter = crashingAdapter(new Map(saved.parts));
      const { keys } = adapter;
      adapter.keys = async () => (await keys()).reverse();
      for (const [save, steps] of [one, two].entries()) {
        adapter.state.stepsLeft = steps;
        const store = await open(custom(adapter));
        store.apply([save === 0 ? "1" : "2", "3"].map((id) => detail(id, save + 2, `save ${save}`)));
        await store.close();
      }
      adapter.state.stepsLeft = Number.POSITIVE_INFINITY;
      const store = await open(custom(adapter));
      for (const id of ["1", "2", "3"]) {
        const text = await details(store, id);
        const of = `case ${id}, crashes after ${one} and ${two} writes`;
        assert.equal(Date.parse(text?.updated_date), Date.parse(store.details(id).updated_date), of);
      }
      await store.close();
    }
  }
});

test("damaged details are none, and leave the others", async () => {
  const one = crashingAdapter();
  const store = await open(custom(one));
  store.apply([detail("1"), detail("2")]);
  await store.close();
  const key = [...one.parts.keys()].find((name) => name.includes("text-") && name.endsWith("-1"));
  for (const damage of [
    (bytes) => bytes.slice(0, -1),
    (bytes) => bytes.fill(bytes[9] ^ 1, 9, 10),
    () => new Uint8Array(2),
  ]) {
    const bytes = one.parts.get(key).slice();
    const again = await open(custom(crashingAdapter(new Map(one.parts).set(key, damage(bytes)))));
    assert.equal(again.persistence.outcome, "restored");
    assert.equal(await details(again, "1"), undefined);
    assert.equal(again.details("1").notes_count, 2);
    assert.deepEqual(await details(again, "2"), detail("2"));
    await again.close();
  }
});

test("a store in memory keeps details whose columns became newer", async () => {
  const store = await open();
  const first = detail("612345678", 1);
  store.apply(first);
  await store.parts.core.loadDeferred();
  // The columns of a copy, which have no notes.
  const columns = { owner: "Ada Example", tracking_number: "", notes_count: 3, last_note_by: "cisco" };
  const newer = { case_id: "612345678", updated_date: "2026-06-02T00:00:00.000Z", last_note_date: null, ...columns };
  store.parts.core.ask("apply", ASK_APPLY_DETAILS, JSON.stringify([newer]));
  assert.equal(store.details("612345678").notes_count, 3);
  assert.deepEqual(await details(store, "612345678"), first);
  await store.close();
});

test("a store in memory keeps the details that were applied last, within a bound", async () => {
  const store = await open();
  const long = "x".repeat(400_000);
  for (let at = 0; at < 60; at += 1) store.apply(detail(String(at), 1, long));
  const found = [];
  for (let at = 0; at < 60; at += 1) if (await details(store, String(at))) found.push(at);
  assert.equal(found.at(-1), 59);
  assert.ok(found.length >= 10 && found.length < 25, `${found.length} of 60`);
  assert.deepEqual(
    found,
    found.map((_, at) => 60 - found.length + at),
  );
  assert.equal(store.details("0").notes_count, 2, "the columns have all");
  await store.close();
});

test("details that were saved before the storage was full are read, until another tab erases them", async () => {
  const open = () => CaseStore.open({ now: NOW, scope: "full", persist: indexedDb() });
  const store = await open();
  store.apply([detail("1", 1, "saved"), detail("2", 1, "saved too")]);
  await store.save();
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  store.apply(detail("2", 2, "not saved"));
  await store.save();
  IDBObjectStore.prototype.put = put;
  assert.deepEqual([store.persistence.isSaving, store.persistence.error.code], [false, "STORE_QUOTA_EXCEEDED"]);
  assert.deepEqual(await details(store, "1"), detail("1", 1, "saved"));
  assert.deepEqual(await details(store, "2"), detail("2", 2, "not saved"));
  const other = await open();
  assert.equal(other.persistence.outcome, "restored");
  await other.destroy();
  for (const end = Date.now() + 10_000; store.size > 0; ) {
    assert.ok(Date.now() < end, "it hears nothing");
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.deepEqual([store.size, await details(store, "1")], [0, undefined]);
  store.apply({ case_id: "1", severity: 1 });
  assert.equal(await details(store, "1"), undefined);
  await store.destroy();
});

test("a storage that is too full for any save keeps nothing of a case that is removed afterwards", async () => {
  for (const remove of [
    (store) => store.remove("1"),
    (store) => store.apply({ type: "gone", case_id: "1", case: null }),
  ]) {
    const one = crashingAdapter();
    const store = await open(custom(one));
    store.apply([detail("1", 1, "SECRET"), detail("2", 1, "PUBLIC")]);
    await store.save();
    const { write } = one;
    one.write = (puts, removes) => {
      if (puts.length > 0) throw new DOMException("full", "QuotaExceededError");
      return write(puts, removes);
    };
    store.apply(detail("2", 2, "PUBLIC"));
    await store.save();
    const texts = () => [...one.parts.values()].map((bytes) => new TextDecoder().decode(bytes)).join();
    assert.match(texts(), /SECRET/, "the last save stays");
    assert.equal(store.persistence.error.code, "STORE_QUOTA_EXCEEDED");
    remove(store);
    for (const end = Date.now() + 10_000; /SECRET/.test(texts()); ) {
      assert.ok(Date.now() < end, "it stays");
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.deepEqual([...one.parts.keys()], ["alice/epoch"]);
    assert.equal((await details(store, "2")).notes[0].note, "PUBLIC");
    await store.close();
  }
});

test("a full storage keeps nothing of a case that is removed just before the store is closed, also if it was opened full", async () => {
  for (const isOpenedFull of [false, true]) {
    const one = crashingAdapter();
    const options = custom(one);
    const earlier = await open(options);
    earlier.apply([detail("1", 1, "SECRET"), detail("2", 1, "PUBLIC")]);
    await earlier.save();
    const { write } = one;
    const fill = () => {
      one.write = (puts, removes) => {
        if (puts.length > 0) throw new DOMException("full", "QuotaExceededError");
        return write(puts, removes);
      };
    };
    if (isOpenedFull) await earlier.close();
    fill();
    const store = isOpenedFull ? await open(options) : earlier;
    store.apply(detail("2", 2, "PUBLIC"));
    if (!isOpenedFull) await store.save();
    assert.equal(store.persistence.error.code, "STORE_QUOTA_EXCEEDED");
    assert.equal((await details(store, "1")).notes[0].note, "SECRET", "what is saved stays readable");
    store.remove("1");
    await store.close();
    assert.deepEqual([...one.parts.keys()], ["alice/epoch"]);
    one.write = write;
    const next = await open(options);
    assert.deepEqual([next.size, next.persistence.isSaving], [0, true]);
    await next.close();
  }
});

test("details that cannot be applied are not kept", async () => {
  const store = await open();
  assert.throws(() => store.apply([detail("1"), detail("2", 1, "x", { severity: 9 })]), /cases\[1\]\.severity/);
  assert.equal(await details(store, "1"), undefined);
  await store.close();
});

test("details that have no JSON text are an error, and nothing of the call is applied", async () => {
  const cyclic = detail("600000002");
  cyclic.notes[0].self = cyclic;
  for (const [name, given, field] of [
    ["a BigInt in a note", detail("600000002", 1, "A", { notes: [{ ...note("A"), extra: 1n }] }), "cases[1].notes"],
    ["a cycle", cyclic, "cases[1].notes"],
    ["a toJSON that throws", { ...detail("600000002"), toJSON: () => assert.fail() }, "cases[1]"],
  ]) {
    const store = await CaseStore.open({ now: NOW, searchNotes: true });
    const isNamed = ({ code, message }) => code === "INVALID_PARAMETER" && message.includes(`${field}: expected`);
    assert.throws(() => store.apply([detail("600000001"), given]), isNamed, name);
    assert.equal(store.size, 0, name);
    await store.close();
  }
});
