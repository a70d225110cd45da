// A saved store is restored as it was before or after the save that a crash interrupted; damage is never data.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Crash, MemoryStorage, ModelSource, random, script } from "./harness.mjs";

const { PersistedStore } = await script("store/persistence/persisted-store.js");
const { writeManifest, readManifest } = await script("store/persistence/manifest.js");
const { checksum } = await script("store/persistence/checksum.js");

/** Opens a storage with a new store. */
async function reopened(parts, options) {
  const source = new ModelSource(options?.format);
  const storage = new MemoryStorage(new Map(parts), options);
  const store = new PersistedStore(storage, source, options?.scope ?? "alice");
  const outcome = await store.open();
  return { store, source, storage, outcome };
}

const stateOf = ({ source, store }) => JSON.stringify([source.content(), store.cursor]);

const NOTHING = JSON.stringify([{}, null]);

/** The changes of a scenario: some ids each, some of them known before. */
function changes(seed, saves) {
  const next = random(seed);
  return Array.from({ length: saves }, (_, nth) => {
    const ids = Array.from({ length: 1 + Math.floor(next() * 6) }, () => `case-${Math.floor(next() * 30)}`);
    return Object.fromEntries(ids.map((id) => [id, `${nth} ${next()}`]));
  });
}

for (const isAtomic of [false, true]) {
  const kind = isAtomic ? "an atomic storage" : "a storage that writes one array after the other";

  test(`${kind}: after a crash between any two writes the state is that before or after the save`, async () => {
    let crashes = 0;
    for (let seed = 1; seed <= 6; seed += 1) {
      for (let at = 0; ; at += 1) {
        const source = new ModelSource();
        const storage = new MemoryStorage(new Map(), { isAtomic });
        const store = new PersistedStore(storage, source, "alice");
        await store.open();
        storage.stepsLeft = at;
        let before = NOTHING;
        let after = before;
        let hasCrashed = false;
        try {
          for (const [nth, change] of changes(seed, 12).entries()) {
            source.apply(change);
            // The history is lost at times, so that all chunks are written.
            if (nth % 5 === 4) source.oldest = source.version;
            after = JSON.stringify([source.content(), `cursor ${nth >> 1}`]);
            await store.save(`cursor ${nth >> 1}`);
            before = after;
          }
        } catch (error) {
          assert.ok(error.cause instanceof Crash, error);
          hasCrashed = true;
        }
        const found = await reopened(storage.parts, { isAtomic });
        // Before the first manifest was whole there is nothing to return to.
        if (before !== NOTHING) assert.equal(found.outcome, "restored", `seed ${seed}, step ${at}`);
        const state = stateOf(found);
        assert.ok(state === before || state === after, `seed ${seed}, step ${at}: ${state}\n${before}\n${after}`);
        // It goes on from there, and what the crash has left is removed.
        found.source.apply({ further: "1" });
        await found.store.save("further");
        const again = await reopened(found.storage.parts, { isAtomic });
        assert.deepEqual(again.source.content(), found.source.content());
        assert.equal(again.store.cursor, "further");
        again.source.apply({ further: "2" });
        await again.store.save("further");
        const known = again.storage.parts;
        const { manifest } = newestOf(known);
        const used = [...manifest.chunks, ...manifest.log, manifest.cursor].map(({ key }) => key);
        const left = [...known.keys()].filter((key) => !key.startsWith("manifest.") && !used.includes(key));
        assert.deepEqual(left, [], `seed ${seed}, step ${at}`);
        if (!hasCrashed) break;
        crashes += 1;
      }
    }
    assert.ok(crashes > 300 || isAtomic, `${crashes} crashes`);
  });

  test(`${kind}: a flipped bit anywhere is noticed, and gives an earlier state or none`, async () => {
    const source = new ModelSource();
    const storage = new MemoryStorage(new Map(), { isAtomic });
    const store = new PersistedStore(storage, source, "alice");
    await store.open();
    const states = new Set();
    for (const [nth, change] of changes(7, 5).entries()) {
      source.apply(change);
      if (nth === 2) source.oldest = source.version;
      await store.save(`cursor ${nth}`);
      states.add(JSON.stringify([source.content(), `cursor ${nth}`]));
    }
    let damaged = 0;
    for (const [key, bytes] of storage.parts) {
      for (let at = 0; at < bytes.length; at += 1) {
        const flipped = bytes.slice();
        flipped[at] ^= 1 << (at % 8);
        const found = await reopened(new Map(storage.parts).set(key, flipped), { isAtomic });
        if (found.outcome === "restored") assert.ok(states.has(stateOf(found)), `${key}, byte ${at}`);
        else {
          assert.equal(found.outcome, "damaged", `${key}, byte ${at}`);
          assert.equal(found.store.error.code, "STORE_DAMAGED");
          assert.deepEqual([found.source.count, found.store.cursor], [0, null]);
          damaged += 1;
        }
      }
      for (const cut of [0, 1, bytes.length >> 1, bytes.length - 1]) {
        const found = await reopened(new Map(storage.parts).set(key, bytes.slice(0, cut)), { isAtomic });
        if (found.outcome === "restored") assert.ok(states.has(stateOf(found)), `${key} cut to ${cut}`);
      }
      const missing = new Map(storage.parts);
      missing.delete(key);
      const found = await reopened(missing, { isAtomic });
      if (found.outcome === "restored") assert.ok(states.has(stateOf(found)), `without ${key}`);
    }
    assert.ok(damaged > 50, `${damaged} times damaged`);
  });

  test(`${kind}: a damaged store is erased by the next save`, async () => {
    const first = await reopened(new Map(), { isAtomic });
    first.source.apply({ a: "1", b: "2" });
    await first.store.save("one");
    const parts = new Map([...first.storage.parts].map(([key, bytes]) => [key, bytes.slice(0, -1)]));
    const second = await reopened(parts, { isAtomic });
    assert.equal(second.outcome, "damaged");
    second.source.apply({ c: "3" });
    await second.store.save("two");
    const third = await reopened(second.storage.parts, { isAtomic });
    assert.deepEqual([third.outcome, third.source.content(), third.store.cursor], ["restored", { c: "3" }, "two"]);
    assert.equal([...second.storage.parts.keys()].length, 3);
  });
}

function newestOf(parts) {
  const found = ["manifest.0", "manifest.1"].map((key) => readManifest(parts.get(key)));
  return found
    .filter(({ type }) => type === "manifest")
    .sort((a, b) => b.manifest.generation - a.manifest.generation)[0];
}

test("several arrays are read at once at opening, in their order", async () => {
  const source = new ModelSource();
  const storage = new MemoryStorage();
  const store = new PersistedStore(storage, source, "alice");
  await store.open();
  for (let at = 0; at < 12; at += 1) {
    source.apply({ [`case-${at}`]: String(at) });
    await store.save();
  }
  const slow = new MemoryStorage(storage.parts);
  const read = slow.read.bind(slow);
  let [underWay, most] = [0, 0];
  slow.read = async (keys) => {
    underWay += 1;
    most = Math.max(most, underWay);
    // Later reads are faster, so that they overtake earlier ones.
    await new Promise((done) => setTimeout(done, 20 - Math.min(underWay, 8)));
    underWay -= 1;
    return read(keys);
  };
  const again = new ModelSource();
  assert.equal(await new PersistedStore(slow, again, "alice").open(), "restored");
  assert.deepEqual(again.content(), source.content());
  assert.ok(most >= 4, `${most} at once`);
});

test("two chunks in each other's place are damage, although both are whole", async () => {
  const first = await reopened(new Map());
  first.source.apply(Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`case-${at}`, "same length"])));
  await first.store.save();
  const [one, two] = newestOf(first.storage.parts).manifest.chunks;
  const { parts } = first.storage;
  const swapped = new Map(parts).set(one.key, parts.get(two.key)).set(two.key, parts.get(one.key));
  assert.equal((await reopened(swapped)).outcome, "damaged");
});

test("one changed case is one small entry, whatever the size of the store", async () => {
  const { store, source, storage } = await reopened(new Map());
  source.apply(Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`case-${at}`, `title ${at}`])));
  await store.save("cursor");
  storage.written = 0;
  source.apply({ "case-17": "another title" });
  await store.save("cursor");
  assert.ok(storage.written < 64 * 1024 * 2, `${storage.written} bytes`);
  const { manifest } = newestOf(storage.parts);
  const [entry] = manifest.log;
  assert.ok(entry.length < 100);
});

test("a save without changes writes nothing, and one of a cursor alone writes no cases", async () => {
  const { store, source, storage } = await reopened(new Map());
  source.apply({ a: "1" });
  await store.save("one");
  const { steps } = storage;
  await store.save("one");
  await store.save();
  assert.equal(storage.steps, steps);
  await store.save("two");
  const { manifest } = newestOf(storage.parts);
  assert.deepEqual([manifest.log, manifest.generation], [[], 2]);
  assert.equal((await reopened(storage.parts)).store.cursor, "two");
});

test("a long log becomes chunks, of which only the changed ones are written", async () => {
  const { store, source, storage } = await reopened(new Map());
  source.apply(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`case-${at}`, "1"])));
  await store.save();
  const first = newestOf(storage.parts).manifest.chunks.map(({ key }) => key);
  for (let save = 0; save < 64; save += 1) {
    source.apply({ "case-5": String(save) });
    await store.save();
  }
  const { manifest } = newestOf(storage.parts);
  assert.equal(manifest.log.length, 0);
  const kept = manifest.chunks.filter(({ key }) => first.includes(key)).length;
  assert.deepEqual([manifest.chunks.length, kept], [10, 9]);
  const found = await reopened(storage.parts);
  assert.equal(found.source.content()["case-5"], "63");
  // After a restore only the changed chunks are written as well.
  for (let save = 0; save < 64; save += 1) {
    found.source.apply({ "case-30": String(save) });
    await found.store.save();
  }
  const later = newestOf(found.storage.parts).manifest.chunks.map(({ key }) => key);
  assert.equal(later.filter((key) => !manifest.chunks.some((part) => part.key === key)).length, 1);
});

test("a newer build's store is neither read nor written", async () => {
  const first = await reopened(new Map());
  first.source.apply({ a: "1" });
  await first.store.save();
  const { manifest } = newestOf(first.storage.parts);
  const newer = new Map(first.storage.parts).set("manifest.0", writeManifest({ ...manifest, generation: 2 }, 2));
  for (const [parts, format] of [
    [newer, 1],
    [new Map(first.storage.parts).set("manifest.0", writeManifest({ ...manifest, generation: 2, format: 2 })), 1],
  ]) {
    const found = await reopened(parts, { format });
    assert.deepEqual([found.outcome, found.store.error.code], ["newer", "STORE_NEWER_VERSION"]);
    found.source.apply({ b: "2" });
    await found.store.save();
    assert.equal(found.storage.steps, 0);
  }
});

test("a tab of an older build learns from a refresh that a newer one has taken over", async () => {
  const one = await reopened(new Map());
  one.source.apply({ a: "1" });
  await one.store.save();
  const { manifest } = newestOf(one.storage.parts);
  one.storage.parts.set("manifest.0", writeManifest({ ...manifest, generation: 2 }, 9));
  assert.equal(await one.store.refresh(), false);
  assert.deepEqual([one.store.outcome, one.store.isSaving, one.source.count], ["newer", false, 1]);
});

test("chunks of an earlier format are read, and written anew in the present one", async () => {
  const first = await reopened(new Map(), { format: 1 });
  first.source.apply({ a: "1", b: "2" });
  await first.store.save("one");
  const second = await reopened(first.storage.parts, { format: 2 });
  assert.deepEqual([second.outcome, second.source.content()], ["restored", { a: "1", b: "2" }]);
  second.source.apply({ b: "3" });
  await second.store.save("two");
  const { manifest } = newestOf(second.storage.parts);
  assert.deepEqual([manifest.format, manifest.log.length], [2, 0]);
  assert.equal((await reopened(second.storage.parts, { format: 1 })).outcome, "newer");
  assert.deepEqual((await reopened(second.storage.parts, { format: 2 })).source.content(), { a: "1", b: "3" });
});

test("a storage of another scope gives nothing", async () => {
  const first = await reopened(new Map(), { scope: "alice" });
  first.source.apply({ a: "1" });
  await first.store.save();
  const second = await reopened(first.storage.parts, { scope: "bob" });
  assert.deepEqual([second.outcome, second.source.count], ["damaged", 0]);
});

test("a storage that lost its content is told from a new one by its mark", async () => {
  const storage = new MemoryStorage();
  storage.mark = { count: 3, generation: 8 };
  const store = new PersistedStore(storage, new ModelSource(), "alice");
  assert.equal(await store.open(), "lost");
  assert.equal((await reopened(new Map())).outcome, "empty");
});

test("a save that fails ends persistence, is told once, and leaves the store usable", async () => {
  const { store, source, storage } = await reopened(new Map());
  source.apply({ a: "1" });
  await store.save();
  storage.write = async () => {
    throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
  };
  source.apply({ b: "2" });
  await assert.rejects(
    store.save(),
    (error) => error.code === "STORE_QUOTA_EXCEEDED" && error.cause.message === "full",
  );
  await store.save();
  assert.deepEqual([store.outcome, store.error.code, store.isSaving], ["memory", "STORE_QUOTA_EXCEEDED", false]);
  assert.deepEqual(source.content(), { a: "1", b: "2" });
});

test("a full storage keeps nothing of cases that were dropped, and keeps its last save otherwise", async () => {
  const [a, b] = ["SECRET".repeat(100), "1"];
  for (const [isAtomic, hasDrops, more, expected] of [
    [true, true, 0, { b }],
    [false, true, 0, { b }],
    // What is left does not fit either.
    [true, true, 2000, {}],
    [true, false, 0, { a, b }],
    [false, false, 0, { a, b }],
  ]) {
    const storage = new MemoryStorage(new Map(), { isAtomic });
    const source = new ModelSource();
    const texts = {
      unsaved: new Map([["a", "SECRET"]]),
      hasRemovals: false,
      onSaved() {},
      has: (id) => source.index.has(id),
    };
    source.attached = texts;
    const store = new PersistedStore(storage, source, "alice");
    await store.open();
    source.apply({ a, b });
    await store.save("one");
    texts.unsaved = new Map([["b", "the details of b"]]);
    const { write } = storage;
    const size = (map) => [...map.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    const limit = size(storage.parts);
    storage.write = async function (puts, removes, epoch) {
      // Databases write before they remove.
      const added = puts.reduce((sum, [, bytes]) => sum + bytes.length, 0);
      if (added > 0 && size(this.parts) + added > limit) throw new DOMException("full", "QuotaExceededError");
      await write.call(this, puts, removes, epoch);
    };
    source.clear();
    source.apply({ b: more ? "x".repeat(more) : b });
    Object.assign(texts, { hasRemovals: true, drops: hasDrops ? [JSON.stringify({ where: { case_id: ["a"] } })] : [] });
    const fits = hasDrops && more === 0;
    const saved = store.save("two");
    if (fits) await saved;
    else await assert.rejects(saved, { code: "STORE_QUOTA_EXCEEDED" });
    const left = [...storage.parts.values()].map((bytes) => new TextDecoder().decode(bytes)).join();
    assert.equal(/SECRET/.test(left), !hasDrops);
    const again = new ModelSource();
    const reopened = new PersistedStore(storage, again, "alice");
    await reopened.open();
    assert.deepEqual([again.content(), store.isSaving], [expected, fits]);
    if (fits) assert.equal(await reopened.readText("b"), "the details of b", "it was written with this save");
  }
});

test("a power failure that undoes the last saves leaves cases and cursor of one earlier save", async () => {
  const source = new ModelSource();
  const storage = new MemoryStorage(new Map(), { isAtomic: true });
  const store = new PersistedStore(storage, source, "alice");
  await store.open();
  const saves = [];
  for (const [nth, change] of changes(11, 40).entries()) {
    source.apply(change);
    if (nth % 9 === 8) source.oldest = source.version;
    await store.save(`cursor ${nth}`);
    saves.push([new Map(storage.parts), JSON.stringify([source.content(), store.cursor])]);
  }
  for (const [parts, state] of saves) {
    const found = await reopened(parts, { isAtomic: true });
    assert.deepEqual([found.outcome, stateOf(found)], ["restored", state]);
  }
  // A tab that has seen more than is left follows the storage.
  const [parts, state] = saves[30];
  storage.parts = parts;
  await store.refresh();
  assert.equal(stateOf({ source, store }), state);
});

test("a tab reads what another one has saved: entries, chunks that were written anew, and the cursor", async () => {
  const parts = new Map();
  const [one, two] = [new ModelSource(), new ModelSource()];
  const writer = new PersistedStore(new MemoryStorage(parts), one, "alice");
  const reader = new PersistedStore(new MemoryStorage(parts), two, "alice");
  await writer.open();
  await reader.open();
  for (const [nth, change] of changes(3, 150).entries()) {
    one.apply(change);
    if (nth % 40 === 39) one.oldest = one.version;
    await writer.save(`cursor ${nth}`);
    if (nth % 3 !== 0) continue;
    assert.equal(await reader.refresh(), true, `save ${nth}`);
    assert.deepEqual([two.content(), reader.cursor], [one.content(), `cursor ${nth}`], `save ${nth}`);
    assert.equal(await reader.refresh(), false);
  }
});

test("unsaved changes of a tab survive a refresh, and are in its next save", async () => {
  for (const isRewritten of [false, true]) {
    const parts = new Map();
    const [one, two] = [new ModelSource(), new ModelSource()];
    const writer = new PersistedStore(new MemoryStorage(parts), one, "alice");
    const other = new PersistedStore(new MemoryStorage(parts), two, "alice");
    await writer.open();
    one.apply({ a: "1" });
    await writer.save();
    await other.open();
    two.apply({ mine: "x" });
    one.apply({ b: "2" });
    if (isRewritten) one.oldest = one.version;
    await writer.save("cursor");
    await other.refresh();
    assert.deepEqual(two.content(), { a: "1", b: "2", mine: "x" });
    await other.save();
    assert.deepEqual((await reopened(parts)).source.content(), { a: "1", b: "2", mine: "x" });
  }
});

test("a former leader's save is rejected, and nothing of it is used", async () => {
  for (const isAtomic of [false, true]) {
    const parts = new Map();
    const [one, two] = [new ModelSource(), new ModelSource()];
    const former = new PersistedStore(new MemoryStorage(parts, { isAtomic }), one, "alice");
    const storage = new MemoryStorage(parts, { isAtomic });
    const present = new PersistedStore(storage, two, "alice");
    await former.open();
    await present.open();
    const first = await storage.takeEpoch();
    one.apply({ a: "1" });
    await former.save("one", first);
    const second = await storage.takeEpoch();
    await present.refresh();
    one.apply({ a: "old leader" });
    await assert.rejects(former.save("old", first), { code: "STORE_LEADER_CHANGED" });
    assert.equal(former.isSaving, true, "it may become the leader again");
    two.apply({ b: "2" });
    await present.save("two", second);
    const found = await reopened(parts, { isAtomic });
    assert.deepEqual([found.source.content(), found.store.cursor], [{ a: "1", b: "2" }, "two"]);
    await former.refresh();
    assert.deepEqual(one.content(), { a: "old leader", b: "2" });
  }
});

test("a refresh in mid-write of another tab keeps what this tab has", async () => {
  const parts = new Map();
  const [one, two] = [new ModelSource(), new ModelSource()];
  const writer = new PersistedStore(new MemoryStorage(parts), one, "alice");
  const storage = new MemoryStorage(parts);
  const reader = new PersistedStore(storage, two, "alice");
  await writer.open();
  await reader.open();
  one.apply({ a: "1" });
  await writer.save();
  await reader.refresh();
  one.oldest = one.version;
  one.apply({ b: "2" });
  one.oldest = one.version;
  await writer.save();
  const { read } = storage;
  storage.read = async (keys) => (keys[0].startsWith("chunk") ? keys.map(() => undefined) : read.call(storage, keys));
  assert.equal(await reader.refresh(), false);
  assert.deepEqual(two.content(), { a: "1" });
  storage.read = read;
  // What the other tab has removed meanwhile does not come back.
  one.clear();
  one.apply({ b: "2" });
  await writer.save();
  assert.equal(await reader.refresh(), true);
  assert.deepEqual(two.content(), { b: "2" });
});

test("a tab that reads while another one saves misses nothing, also when it takes over", async () => {
  // The log is full after the 64th entry: the chunks are written anew then.
  for (const isAtomic of [false, true])
    for (const [known, isOpening] of [1, 62, 63].flatMap((saves) => [
      [saves, true],
      [saves, false],
    ])) {
      for (let at = 0; at < 8; at += 1) {
        const parts = new Map();
        const leader = new PersistedStore(new MemoryStorage(parts, { isAtomic }), new ModelSource(), "alice");
        const source = leader.source;
        await leader.open();
        let saves = 0;
        const save = async () => {
          source.apply({ [`case-${saves}`]: String((saves += 1)) });
          await leader.save(`cursor ${saves}`);
        };
        for (let nth = 0; nth < known; nth += 1) await save();
        const storage = new MemoryStorage(parts, { isAtomic });
        const own = new ModelSource();
        const tab = new PersistedStore(storage, own, "alice");
        let reads = Number.NEGATIVE_INFINITY;
        const read = storage.read.bind(storage);
        storage.read = async (keys) => {
          reads += 1;
          if (reads === at) await save();
          return read(keys);
        };
        if (isOpening) reads = 0;
        assert.deepEqual([await tab.open(), tab.error], ["restored", null]);
        await save();
        if (!isOpening) reads = 0;
        await tab.refresh();
        // The message of that save.
        await tab.refresh();
        const where = `after ${known} saves, at read ${at} of ${isOpening ? "opening" : "a refresh"}`;
        assert.deepEqual([own.content(), tab.cursor], [source.content(), `cursor ${saves}`], where);
        own.apply({ own: "1" });
        await tab.save();
        const { source: restored } = await reopened(parts, { isAtomic });
        assert.deepEqual(restored.content(), { ...source.content(), own: "1" }, where);
      }
    }
});

test("a tab that takes over without having read the last save writes everything", async () => {
  const parts = new Map();
  const [one, two] = [new ModelSource(), new ModelSource()];
  const writer = new PersistedStore(new MemoryStorage(parts, { isAtomic: true }), one, "alice");
  const storage = new MemoryStorage(parts, { isAtomic: true });
  const reader = new PersistedStore(storage, two, "alice");
  await writer.open();
  await reader.open();
  one.apply(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`case-${at}`, "1"])));
  await writer.save("one");
  await reader.refresh();
  one.oldest = one.version;
  one.apply({ "case-1": "2" });
  one.oldest = one.version;
  await writer.save("two");
  const { read } = storage;
  storage.read = async (keys) => (keys[0].startsWith("chunk") ? keys.map(() => undefined) : read.call(storage, keys));
  await reader.refresh();
  two.apply({ "case-3": "3" });
  await reader.save("three");
  const found = await reopened(parts, { isAtomic: true });
  assert.deepEqual([found.outcome, found.source.content(), found.store.cursor], ["restored", two.content(), "three"]);
});

test("the checksum differs for each changed byte, each length and each order of words", () => {
  const bytes = Uint8Array.from({ length: 67 }, (_, at) => at * 7);
  const sums = new Set([checksum(bytes)]);
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = bytes.slice();
      changed[at] ^= 1 << bit;
      sums.add(checksum(changed));
    }
  }
  for (let length = 0; length < bytes.length; length += 1) sums.add(checksum(bytes.subarray(0, length)));
  for (let length = 0; length < 9; length += 1) sums.add(checksum(new Uint8Array(length)));
  // Without the two texts that are in both lists: the empty one, and a zero.
  assert.equal(sums.size, 1 + 67 * 8 + 67 + 9 - 2);
  const inside = new Uint8Array(80);
  inside.set(bytes, 5);
  assert.equal(checksum(inside.subarray(5, 72)), checksum(bytes), "whatever the alignment");
  assert.equal(checksum(new Uint8Array([0])) === checksum(new Uint8Array(0)), false);
});

test("a tab learns which texts another one has replaced, and of no others", async () => {
  const storage = new MemoryStorage();
  const tab = async () => {
    const source = new ModelSource();
    const texts = new Map();
    const replaced = [];
    source.attached = {
      unsaved: texts,
      hasRemovals: false,
      onSaved: (saved) => [...saved.keys()].forEach((id) => texts.delete(id)),
      onReplaced: (ids) => replaced.push(ids),
      has: (id) => source.index.has(id),
    };
    const store = new PersistedStore(storage, source, "alice");
    await store.open();
    return { source, store, texts, replaced };
  };
  const first = await tab();
  first.source.apply({ a: 1, "B/2": 1, c: 1 });
  for (const id of ["a", "B/2", "c"]) first.texts.set(id, `${id} as it was`);
  await first.store.save();
  const second = await tab();
  assert.deepEqual(second.source.content(), first.source.content());

  first.texts.set("B/2", "edited");
  await first.store.save();
  assert.equal(await second.store.refresh(), true);
  assert.deepEqual(second.replaced, [["B/2"]]);
  assert.equal(await second.store.readText("B/2"), "edited");
  assert.equal(await second.store.readText("a"), "a as it was");

  first.source.apply({ d: 1 });
  first.texts.set("d", "new");
  await first.store.save();
  await second.store.refresh();
  assert.deepEqual(second.replaced.at(-1), [], "a text that is new belongs to a case that is new");
  assert.equal(await second.store.refresh(), false);
  assert.equal(second.replaced.length, 2);
  assert.deepEqual(first.replaced, [], "a tab's own texts");

  // Between the manifest and the keys that the second tab reads, the first one saves again.
  first.source.apply({ a: 2 });
  first.texts.set("a", "edited once");
  await first.store.save();
  const { keys } = storage;
  storage.keys = async () => {
    storage.keys = keys;
    assert.equal(second.source.content().a, 1, "a case is seen together with what is known of its text");
    first.source.apply({ a: 3 });
    first.texts.set("a", "edited twice");
    await first.store.save();
    return storage.keys();
  };
  assert.deepEqual([await second.store.refresh(), await second.store.refresh()], [true, true]);
  assert.deepEqual(second.replaced.slice(2), [[], ["a"]]);
  assert.equal(await second.store.readText("a"), "edited twice");

  // All chunks are written anew.
  first.source.entry = () => null;
  first.source.apply({ a: 4 });
  first.texts.set("a", "edited again");
  await first.store.save();
  assert.equal(await second.store.refresh(), true);
  assert.deepEqual(second.replaced.at(-1), ["a"]);
  assert.equal(await second.store.readText("a"), "edited again");
});
