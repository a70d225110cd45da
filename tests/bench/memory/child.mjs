// One measurement of memory, in its own process: child.mjs WHAT KIND PKG, under --expose-gc. KIND is `package` or
// `JSON.parse`; WHAT is
//
//   wasm    the wasm memory after 100 and after 10 000 pages: `{ after100, after10000 }`
//   cases   the heap retained by 10 000 decoded cases: `{ bytes }`
//   titles  the heap retained by one title of each of 2 000 pages, by title: `{ bytes }`

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { differentPages, documents } from "../documents/documents.mjs";

const [what, kind, folder] = process.argv.slice(2);

/** The memories of all modules instantiated from now on. */
const memories = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports);
    for (const value of Object.values(this.exports)) if (value instanceof WebAssembly.Memory) memories.push(value);
    for (const part of Object.values(imports ?? {})) {
      for (const value of Object.values(part)) if (value instanceof WebAssembly.Memory) memories.push(value);
    }
  }
};

const pkg = await import(pathToFileURL(join(folder, "entry/node.js")).href);
const decoder = new TextDecoder();
const decode = kind === "package" ? pkg.decodeCasesPage : (bytes) => JSON.parse(decoder.decode(bytes));
const pages = differentPages(100);

/** The used heap after a full garbage collection. */
async function heap() {
  for (let round = 0; round < 6; round += 1) {
    // Finalizers run between event loop turns.
    await new Promise((done) => setTimeout(done, 5));
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

const WHAT = {
  async wasm() {
    if (memories.length === 0) throw new Error("no wasm memory was found");
    const bytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    const byKind = {
      page: pkg.decodeCasesPage,
      summary: pkg.decodeCaseSummary,
      details: pkg.decodeCaseDetails,
    };
    // The first hundred pages contain every shape.
    const all = documents().flatMap(({ kind, variants }) => variants.map((one) => [byKind[kind], one]));
    all.push(...pages.slice(0, 100 - all.length).map((one) => [byKind.page, one]));
    const once = () => all.forEach(([decode, one]) => decode(one));
    once();
    const after100 = bytes();
    for (let round = 1; round < 100; round += 1) once();
    return { after100, after10000: bytes() };
  },

  async cases() {
    await warm();
    const before = await heap();
    const records = pages.map((page) => decode(page).cases);
    const after = await heap();
    return { bytes: after - before, cases: records.reduce((sum, { length }) => sum + length, 0) };
  },

  async titles() {
    await warm();
    const [count, retainedTitles] = [2000, []];
    const before = await heap();
    for (let index = 0; index < count; index += 1) retainedTitles.push(decode(pages[index % 100]).cases[50].title);
    const after = await heap();
    return { bytes: (after - before) / count, titles: retainedTitles.length };
  },
};

/** Loads permanent code and shared objects. */
async function warm() {
  for (let round = 0; round < 5; round += 1) for (const page of pages) decode(page);
}

console.log(JSON.stringify(await WHAT[what]()));
