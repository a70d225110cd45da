// Rows and time of the copy of cases in workerd's D1: the fill, and each route for identities with few, many and all
// contracts, whose numbers of cases have a long tail. D1 bills the rows that statements read and write, so these are checked:
// a route that reads more rows than its bound is a wrong result. The argument is the package's folder:
//
//   node copy.mjs [--quick | --million] PKG    the variable BENCH_JSON names a file for the results; TOOLS is the manifest of
//                                              the tests' tools
//
// A million cases are written to the file of the database by Node's own SQLite, before D1 opens it: by the same statements, in a
// third of the time.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { record } from "./measure/record.mjs";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (!folder) throw new Error("the package's folder must be given; the head of this file says how");
process.env.PACKAGE = resolve(folder);
process.env.TOOLS ??= resolve(import.meta.dirname, "../package.json");
const { copy, identity, random, RawCopyBatch } = await import("../gateway/copy-harness.mjs");

const isMillion = args.includes("--million");
const CASES = isMillion ? 1_000_000 : args.includes("--quick") ? 5000 : 20_000;
const CONTRACTS = Math.max(20, CASES / 50);
/** Number of contracts of the identity with many. */
const MANY = Math.min(500, CONTRACTS);
/** The largest number of candidates that an answer reads, as in the crate. */
const MAX_CANDIDATES = 50_000;
const PAGE = 1000;
/** The largest numbers of rows: of a page of the feed for an id and for a case, of a query and an overview for a candidate. */
const BOUNDS = { id: 6, fed: 8, query: 10, overview: 17, fixed: 1000 };

const next = random(11);
const pick = (list) => list[Math.floor(next() * list.length)];
const WORDS = Array.from(
  { length: 30_000 },
  (_, index) => `w${Math.floor(next() * 1e9).toString(36)}${index.toString(36)}`,
);
const STATUSES = ["New", "Cisco Pending", "Customer Pending", "Customer Updated", "Close Pending", "Closed"];
const contract = (index) => `20${String(index).padStart(7, "0")}`;

function caseOf(index) {
  const created = Date.UTC(2024, 0, 1) + Math.floor(next() * 900) * 86_400_000;
  const updated = new Date(created + Math.floor(next() * 30) * 86_400_000 + index).toISOString();
  const word = () => WORDS[Math.floor(next() ** 3 * WORDS.length)];
  const status = pick(STATUSES);
  return {
    case_id: String(600_000_000 + index),
    title: `${word()} ${word()} on ${word()} fails ${index % 7}`,
    severity: 1 + (index % 4),
    status,
    status_flag: status === "Closed" ? "C" : "O",
    contract_id: contract(Math.floor(next() ** 2 * CONTRACTS)),
    user_id: `user${index % 5000}`,
    serial_number: `FOC${index % 200_000}`,
    technology_name: `Technology ${index % 40}`,
    sub_technology_name: "",
    contact_name: "Jane Doe",
    bugs: [],
    rmas: [],
    creation_date: new Date(created).toISOString(),
    updated_date: updated,
    extra: {},
  };
}

const cases = (at, most) => Array.from({ length: Math.min(most, CASES - at) }, (_, index) => caseOf(at + index));

/** Writes all cases to the file of a database that nobody has opened. */
function fillFile(persist) {
  const files = readdirSync(persist, { recursive: true });
  const file = files.find((path) => /D1DatabaseObject.[0-9a-f]{64}\.sqlite$/.test(path));
  const database = new DatabaseSync(join(persist, file));
  const statements = new Map();
  const run = ({ sql, params }) => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement.all(Object.fromEntries(params.map((value, index) => [`?${index + 1}`, value])));
  };
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000");
  const [{ writer }] = run({ sql: "SELECT writer FROM copy_state", params: [] });
  for (let at = 0; at < CASES; at += 500) {
    const batch = new RawCopyBatch(writer);
    for (const { extra: _, ...record } of cases(at, 500)) batch.pushCase(JSON.stringify(record));
    database.exec("BEGIN");
    for (const statement of JSON.parse(batch.statements("{}"))) run(statement);
    database.exec("COMMIT");
    batch.free();
    if (at % 100_000 === 0) console.error(`${at} cases`);
  }
  database.close();
}

const persist = isMillion ? mkdtempSync(join(tmpdir(), "bench-copy-")) : undefined;
if (persist) {
  await (await copy({ persist })).stop();
  const start = performance.now();
  fillFile(persist);
  console.log(`the file was filled in ${Math.round((performance.now() - start) / 1000)} s`);
}
const one = await copy({ persist });
/** Runs work. Returns its result, the rows that it has read and written, and its time. */
async function measured(work) {
  const start = performance.now();
  const { result, read, written, batches } = await one.counted(work);
  return { result, read, written, batches, ms: performance.now() - start };
}
/** The answer of a query, or the code of its error. */
const answer = (work) =>
  work().then(
    ({ body }) => ({ body, code: "" }),
    (error) => ({ body: "", code: JSON.parse(error.body).error.code }),
  );
const count = (number) => Math.round(number).toLocaleString("en").replaceAll(",", " ");
const line = (name, cells) => console.log(`  ${name.padEnd(40)}${cells.map((cell) => cell.padStart(14)).join("")}`);
const problems = [];
const within = (name, rows, bound) => {
  if (rows > bound) problems.push(`${name}: expected at most ${count(bound)} rows, got ${count(rows)}`);
};

const QUERIES = {
  "the newest cases": {},
  "by title": { sort: [{ by: "title" }] },
  "of severity 1": { where: { severity: 1 } },
  "of severity 1, open, of a technology": { where: { severity: 1, status_flag: "O", technology_name: "Technology 8" } },
  "with a word that each case has": { where: { text: "fails" } },
  "with a rare word": { where: { text: WORDS[20_000] } },
  "by serial number": { where: { serial_number: "FOC1234" } },
  "created in a week": { where: { created: { from: "2025-03-01T00:00:00Z", to: "2025-03-08T00:00:00Z" } } },
};

/** Measures all routes for an identity. */
async function routes(name, permissions) {
  const ids = permissions.contract_ids === "*" ? 0 : permissions.contract_ids.length;
  const ann = identity(one, permissions);
  const found = { ids, cases: 0, pages: 0, queries: {} };
  let cursor;
  const times = [];
  const sum = { rows: 0, ms: 0, most: 0 };
  for (let hasMore = true; hasMore; found.pages += 1) {
    const page = await measured(() => ann.feed(cursor));
    const { cases, has_more, cursor: after } = JSON.parse(page.result.body);
    if (found.pages === 0) found.page = { bytes: page.result.body.length, gzip: gzipSync(page.result.body).length };
    [cursor, hasMore] = [after, has_more];
    found.cases += cases.length;
    times.push(page.ms);
    sum.rows += page.read;
    sum.ms += page.ms;
    sum.most = Math.max(sum.most, page.read);
    within(`${name}, page ${found.pages} of the feed`, page.read, BOUNDS.id * ids + BOUNDS.fed * PAGE + BOUNDS.fixed);
  }
  const pageMs = times.toSorted((a, b) => a - b)[times.length >> 1];
  Object.assign(found, { fillRows: sum.rows, fillMs: sum.ms, pageMs, pageRows: sum.most });
  console.log(`\n${name}: ${count(found.cases)} cases`);
  line("", ["rows read", "ms", ""]);
  line(`feed: the first fill, ${found.pages} pages`, [count(sum.rows), count(sum.ms), ""]);
  line("feed: its largest and its median page", [
    count(sum.most),
    count(pageMs),
    `${count(found.page.gzip / 1000)} KB gzip`,
  ]);

  const none = await measured(() => ann.feed(cursor));
  found.nothingNew = { rows: none.read, ms: none.ms };
  line("feed: nothing new", [count(none.read), count(none.ms), ""]);
  within(`${name}, nothing new`, none.read, BOUNDS.id * ids + 10);
  if (none.result.isNew || none.batches !== 1) problems.push(`${name}: nothing new took ${none.batches} batches`);
  const changed = { ...caseOf(1), contract_id: contract(0), updated_date: new Date().toISOString() };
  const write = await measured(() => one.write([changed]));
  const change = await measured(() => ann.feed(cursor));
  found.afterChange = { rows: change.read, ms: change.ms, written: write.written };
  line("feed: a change", [count(change.read), count(change.ms), `${write.written} written`]);
  within(`${name}, a change`, change.read, BOUNDS.id * ids + BOUNDS.fixed);

  const candidates = Math.min(found.cases, MAX_CANDIDATES);
  const measure = async (label, work, perCandidate) => {
    const { result, read, ms } = await measured(() => answer(work));
    if (result.code !== "" && result.code !== "QUERY_TOO_BROAD") problems.push(`${name}, ${label}: ${result.code}`);
    found.queries[label] = { rows: read, ms, code: result.code };
    line(label, [count(read), count(ms), result.code && "too broad"]);
    // A source that the identity shares with others has candidates of others.
    within(`${name}, ${label}`, read, perCandidate * MAX_CANDIDATES + BOUNDS.id * ids + BOUNDS.fixed);
    if (label === "the newest cases")
      within(`${name}, ${label}`, read, perCandidate * candidates + BOUNDS.id * ids + BOUNDS.fixed);
  };
  for (const [label, query] of Object.entries(QUERIES)) {
    await measure(`query: ${label}`, () => ann.query({ limit: 50, ...query }), BOUNDS.query);
  }
  await measure("overview", () => ann.overview({}), BOUNDS.overview);
  await measure("overview: of severity 1", () => ann.overview({ where: { severity: 1 } }), BOUNDS.overview);
  return found;
}

try {
  const filled = await measured(async () => {
    for (let at = 0; at < CASES && !persist; at += 10_000) await one.write(cases(at, 10_000));
  });
  const { meta } = await one.bound.prepare("SELECT 1").run();
  const bytes = meta.size_after;
  const fill = persist ? { bytes } : { ms: filled.ms, written: filled.written, read: filled.read, bytes };
  console.log(`${count(CASES)} cases of ${count(CONTRACTS)} contracts, ${count(bytes / 1e6)} MB`);
  if (!persist) {
    const each = [fill.written, fill.read].map((rows) => (rows / CASES).toFixed(1));
    console.log(`${count(CASES / (fill.ms / 1000))} a second, ${each[0]} rows written and ${each[1]} read for each`);
  }
  const some = Array.from({ length: MANY }, (_, index) => contract(Math.floor((index * CONTRACTS) / MANY)));
  const identities = {
    "one contract": await routes("one contract", { contract_ids: [contract(0)] }),
    [`${MANY} contracts`]: await routes(`${MANY} contracts`, { contract_ids: some }),
    everything: await routes("everything", { contract_ids: "*" }),
  };
  record("copy", { cases: CASES, contracts: CONTRACTS, fill, identities });
} finally {
  await one.stop();
  if (persist) rmSync(persist, { recursive: true });
}
if (problems.length > 0) throw new Error(problems.join("\n"));
