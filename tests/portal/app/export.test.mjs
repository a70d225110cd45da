// Exports of the list over a store: all that match, and selections of more cases than a query names.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { filledStore } from "./filled-store.mjs";
import { load } from "./load.mjs";

const { collected, exportParts } = await load("cases/export-plan.ts");

const NOW = "2026-06-03T12:00:00Z";
const CHOICES = { format: "csv", scope: "selected", fields: "shown", delimiter: ",", isFormulaSafe: true };
const COLUMNS = ["case_id", "title", "updated_date"];
let store;

before(async () => {
  ({ store } = await filledStore({ cases: 4000, now: NOW }));
});

after(() => store.close());

async function exported(choices, query, selected) {
  const parts = [];
  for await (const part of exportParts(store, choices, query, selected, COLUMNS)) parts.push(part);
  return new Blob(parts).text();
}

/** The numbers of two thirds of the cases. */
const twoThirds = () => new Set(idsOf({ sort: { by: "title", order: "asc" } }).filter((_, at) => at % 3 > 0));

function idsOf(query) {
  const ids = [];
  for (let offset = 0; ; offset += 500) {
    const { cases } = store.query({ ...query, offset, limit: 500 });
    if (cases.length === 0) return ids;
    ids.push(...cases.map(({ case_id }) => case_id));
  }
}

test("an export ends when it is not wanted any more, also after its last part", async () => {
  const read = [];
  const parts = async function* () {
    for (const part of ["a", "b", "c"]) {
      read.push(part);
      yield part;
    }
  };
  assert.deepEqual(await collected(parts(), () => true), ["a", "b", "c"]);
  read.length = 0;
  assert.equal(await collected(parts(), () => read.length < 2), null);
  assert.deepEqual(read, ["a", "b"]);
  let isWanted = true;
  const last = async function* () {
    yield* parts();
    isWanted = false;
  };
  assert.equal(await collected(last(), () => isWanted), null);
});

test("a selection of more than 1000 cases is exported once each, in the order of the list, below one head", async () => {
  const sort = [
    { by: "severity", order: "asc" },
    { by: "title", order: "desc" },
  ];
  const selected = twoThirds();
  assert.ok(selected.size > 2000, `${selected.size}`);
  const query = { where: { status_flag: "O" }, sort };
  const text = await exported(CHOICES, query, selected);
  const wanted = idsOf({ sort }).filter((id) => selected.has(id));
  const lines = text.split("\r\n");
  // `Blob.text` leaves the byte order mark out.
  assert.equal(lines[0].replace("\ufeff", ""), "case_id,title,updated_date");
  assert.equal(text.match(/case_id/g).length, 1);
  assert.equal(text.match(/\ufeff/g)?.length ?? 0, text.startsWith("\ufeff") ? 1 : 0);
  // Titles of the sandbox may have line breaks: lines that begin with a number are cases.
  assert.deepEqual(
    lines.flatMap((line) => /^(\d{9}),/.exec(line)?.[1] ?? []),
    wanted,
  );
  const ndjson = await exported({ ...CHOICES, format: "ndjson" }, query, selected);
  const records = ndjson.trimEnd().split("\n").map(JSON.parse);
  assert.deepEqual(
    records.map(({ case_id }) => case_id),
    wanted,
  );
});

test("a small selection, an empty one and all that match are exported by one query", async () => {
  const [first, second] = idsOf({});
  const small = await exported(
    CHOICES,
    { where: { text: "nothing-has-this" }, sort: { by: "text" } },
    new Set([first, second]),
  );
  assert.equal(small.split("\r\n").filter((line) => /^\d{9},/.test(line)).length, 2);
  assert.match(await exported(CHOICES, {}, new Set()), /^\ufeff?case_id,title,updated_date\r\n$/);
  const open = { where: { status_flag: "O" } };
  const all = await exported({ ...CHOICES, format: "ndjson" }, open, null);
  assert.equal(all.trimEnd().split("\n").length, store.count(open));
});

test("an export that ends early ends its stream", async () => {
  let cancelled = 0;
  const stream = () =>
    new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(10)), cancel: () => void (cancelled += 1) });
  for await (const _ of exportParts({ export: stream }, CHOICES, {}, null, COLUMNS)) break;
  assert.equal(cancelled, 1);
});
