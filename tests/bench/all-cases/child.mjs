// One bulk read in its own process, under --expose-gc: child.mjs PKG ORIGIN CONTRACTS CONCURRENCY HOW, where CONTRACTS
// names a JSON file with a list of ids. Each case is read and dropped. HOW is
//
//   collected  a garbage collection every few thousand cases, and memory read after it: the retained memory
//   alone      the collector runs by itself: the memory of the process
//   loop       as `alone`, by fetch and JSON.parse: each batch of ten contracts and window of 90 days page by page,
//              several of them concurrently
//
// The output is JSON: `start` (memory before the client is created: `{ heap, external, held, rss }` in bytes; `held` is
// the used heap and the memory outside of it, including array buffers and wasm memory), `most` (the maximum of each
// during the read), `wasm` (the wasm memory at the end), the result (`cases`, `distinct`) and its costs (`requests`,
// `firstAnswerMs`, `firstCaseMs`, `tookMs`, `collectingMs`).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loopOver } from "./loop.mjs";
import { FROM, TO } from "./range.mjs";

const [folder, origin, contracts, concurrency, how] = process.argv.slice(2);
const EVERY = 5000;

/** The memories of all modules instantiated from now on. */
const memories = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports);
    for (const value of Object.values(this.exports)) if (value instanceof WebAssembly.Memory) memories.push(value);
  }
};

const contract_ids = JSON.parse(readFileSync(contracts, "utf8"));
const { CaseClient } = await import(pathToFileURL(join(folder, "entry/node.js")).href);

/** The case ids seen, one bit each, so that recording them allocates nothing during the read. */
const [LEAST, MOST] = [600_000_000, 800_000_000];
const seenIds = new Uint8Array((MOST - LEAST) / 8).fill(1).fill(0);

/** The wasm part of `external`, which includes array buffers too. */
const wasmBytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);

function memory() {
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, held: heapUsed + external, rss };
}

const settle = async () => {
  for (let round = 0; round < 6; round += 1) {
    await new Promise((done) => setTimeout(done, 5));
    globalThis.gc();
  }
};

const collected = how === "collected";
const answers = { count: 0, firstAt: undefined };
const counted = async (...request) => {
  answers.count += 1;
  const response = await fetch(...request);
  answers.firstAt ??= performance.now();
  return response;
};

// The first request allocates sockets and permanent objects.
await (await fetch(`${origin}/__sandbox?holders=0`)).json();
await settle();
const start = memory();
const most = { ...start };
let [cases, distinct, firstCaseAt, collectingMs] = [0, 0, undefined, 0];

function look() {
  const at = performance.now();
  if (collected) globalThis.gc();
  const now = memory();
  for (const name of Object.keys(most)) most[name] = Math.max(most[name], now[name]);
  collectingMs += performance.now() - at;
}

async function* ours() {
  const client = new CaseClient({
    baseUrl: `${origin}/case/v3`,
    token: "anything",
    fetch: counted,
    rateLimit: { perSecond: 0, perDay: 0, maxConcurrent: 0 },
  });
  yield* client.allCases(
    { contract_ids, date_created_from: FROM, date_created_to: TO },
    { concurrency: Number(concurrency) },
  );
}

async function everyCase() {
  for await (const one of ours()) note(one);
}

const loops = () =>
  loopOver({ fetch: counted, base: `${origin}/case/v3`, contract_ids, concurrency: Number(concurrency), note });

function note({ case_id }) {
  firstCaseAt ??= performance.now();
  const number = Number(case_id) - LEAST;
  const bit = 1 << (number & 7);
  if ((seenIds[number >> 3] & bit) === 0) distinct += 1;
  seenIds[number >> 3] |= bit;
  cases += 1;
  if (cases % EVERY === 0) look();
}

const began = performance.now();
await (how === "loop" ? loops() : everyCase());
const tookMs = performance.now() - began;
look();
console.log(
  JSON.stringify({
    ...{ start, most, wasm: wasmBytes(), cases, distinct, requests: answers.count },
    ...{ firstAnswerMs: answers.firstAt - began, firstCaseMs: firstCaseAt - began, tookMs, collectingMs },
  }),
);
