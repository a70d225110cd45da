// The memory that one contender occupies, in a process of its own, under --expose-gc: memory-child.mjs PKG CASES CONTENDER.
// Prints `{ heap, wasm, bytes, cases }`: what the heap, its array buffers and the wasm memories grew by, without what the bodies
// of the responses occupy. The contenders that answer with the given records include them.

const memories = new Set();

/** Notes the memories that an instance exports or imports. */
function note(instance, imports) {
  for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) memories.add(value);
  for (const part of Object.values(imports ?? {})) {
    for (const value of Object.values(part)) if (value instanceof WebAssembly.Memory) memories.add(value);
  }
}

const { instantiate, Instance } = WebAssembly;
// A proxy, and no subclass: what `instantiate` returns must be an instance of the constructor that modules see.
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, [module, imports]) {
    const created = new target(module, imports);
    note(created, imports);
    return created;
  },
});
WebAssembly.instantiate = async (source, imports) => {
  const created = await instantiate(source, imports);
  note(created.instance ?? created, imports);
  return created;
};

const { loadModules } = await import("./modules.mjs");
const { readBodies, recordsOf } = await import("./data.mjs");
const [folder, cases, name] = process.argv.slice(2);
const modules = await loadModules(folder);
const { decodeCasesPage, decodeCaseSummary } = modules;
const bodies = await readBodies(modules, Number(cases));

/** Longer than a store of a million cases builds its indexes. */
const INDEXED_MS = 10_000;

// The code of all contenders is loaded before anything is measured: it takes the same memory for any number of cases.
const { createArrays, rowOf } = await import("./contenders/arrays.mjs");
const { createSqlite } = await import("./contenders/sqlite.mjs");
const { createMiniSearch } = await import("./contenders/minisearch.mjs");
const { createCrossfilter } = await import("./contenders/crossfilter.mjs");
const { createTanStack } = await import("./contenders/tanstack-db.mjs");
const { contenderOf, openStore } = await import("./contenders/case-store.mjs");

/** The records as rows of the libraries, which are part of them, as far as they need them to answer. */
const rowsOf = () => recordsOf(modules, bodies).map((record) => ({ ...rowOf(record), search: "" }));

/** Creates the contenders. What they return is retained. */
const CREATE = {
  records: () => recordsOf(modules, bodies),
  arrays: () => createArrays(recordsOf(modules, bodies)),
  SQLite: () => createSqlite(modules.sqlite3, recordsOf(modules, bodies)),
  MiniSearch: () => createMiniSearch(rowsOf()),
  crossfilter2: () => createCrossfilter(rowsOf()),
  "TanStack DB": () => createTanStack(rowsOf()),
  /** Filled as a portal fills it, with the indexes that queries make. */
  async store() {
    const inputs = (function* () {
      for (const body of bodies.lists) yield decodeCasesPage(body);
      for (const body of bodies.summaries) yield decodeCaseSummary(body);
    })();
    const { store } = contenderOf(await openStore(modules, inputs));
    store.query({ where: { text: "con" } });
    for (const by of ["updated_date", "creation_date", "title", "contract_id"])
      store.query({ sort: [{ by }], limit: 1 });
    await new Promise((done) => setTimeout(done, INDEXED_MS));
    return store;
  },
};

/** The used heap with its array buffers, and the wasm memories of before, after a full garbage collection. */
async function occupied() {
  for (let round = 0; round < 8; round += 1) {
    // Finalizers run between event loop turns.
    await new Promise((done) => setTimeout(done, 5));
    globalThis.gc();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

// Loads permanent code.
recordsOf(modules, { lists: bodies.lists.slice(0, 20), summaries: [] });
const before = await occupied();
const known = new Map([...memories].map((memory) => [memory, memory.buffer.byteLength]));
const retained = await CREATE[name]();
const after = await occupied();
/** The decoder's memory is the client's. SQLite's counts from its start. */
const ownMemories = name === "store" ? [...memories].filter((memory) => !known.has(memory)) : [];
const wasm = name === "SQLite" ? retained.bytes() : ownMemories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
console.log(JSON.stringify({ heap: after - before, wasm, bytes: after - before + wasm, retained: typeof retained }));
process.exit(0);
