// Pages that pass from the client to the store as bytes: without an object for each case, and with the same content.

import assert from "node:assert/strict";
import { test } from "node:test";
import { random, script } from "./harness.mjs";

const { CaseStore } = await script("entry/store-node.js");
const { CaseClient } = await script("entry/node.js");
const { createSandbox } = await script("entry/sandbox-node.js");
const { COMPACT_PAGE, pageCopies } = await script("client/page-copy.js");
const { HEADER_ROWS, PAGE_BYTES_PARTS } = await script("generated/boundary.js");
const { CASE_FIELDS } = await script("generated/record-fields.js");

const sandbox = await createSandbox({ cases: 2500, seed: 5, movesPerHour: 300 });
const client = new CaseClient(sandbox.clientOptions);
const contract_ids = sandbox.info().contract_ids.slice(0, 10);
const params = { contract_ids, date_created_from: "2024-01-01T00:00:00Z" };

/** Whether the objects of a page's cases were made. */
const isMade = (page) => !Object.getOwnPropertyDescriptor(page, "cases").get;
const all = (store) => store.query({ sort: [{ by: "case_id" }], limit: 10_000 }).cases;
const opened = () => CaseStore.open({ now: new Date(0) });

/** The content of a store to which the records themselves were applied. */
async function fromRecords(cases) {
  const store = await opened();
  store.apply(JSON.parse(JSON.stringify(cases)));
  const content = all(store);
  await store.close();
  return content;
}

async function allOf(pages) {
  const list = [];
  for await (const page of pages) list.push(page);
  return list;
}

const LISTS = {
  "casesByContract(…).pages()": () => client.casesByContract({ contract_ids }).pages(),
  "allCases(…).pages()": () => client.allCases(params).pages(),
  "allCases(…).pages() by ids": async function* () {
    const { cases } = await client.casesByContract({ contract_ids });
    yield* client.allCases({ case_ids: cases.map(({ case_id }) => case_id) }).pages();
  },
};

for (const [name, pagesOf] of Object.entries(LISTS)) {
  test(`pages of ${name} are taken over without an object for each case`, async () => {
    const store = await opened();
    const pages = await allOf(pagesOf());
    assert.ok(pages.length > 0);
    for (const page of pages) {
      store.apply(page);
      assert.equal(isMade(page), false);
    }
    const content = all(store);
    const cases = pages.flatMap((page) => page.cases);
    assert.ok(pages.every(isMade));
    assert.deepEqual(content, await fromRecords(cases));
    await store.close();
  });
}

test("an awaited page is taken over, and is otherwise the page that it is without a store", async () => {
  const call = () => client.casesByContract({ contract_ids: contract_ids.slice(0, 3) });
  pageCopies.areWanted = false;
  const plain = await call();
  pageCopies.areWanted = true;
  assert.ok(isMade(plain));
  const [page, read, cloned, written, listed] = await Promise.all([call(), call(), call(), call(), call()]);
  const store = await opened();
  store.apply(page);
  store.apply([listed, ...plain.cases]);
  assert.deepEqual([isMade(page), isMade(listed), page.hasNextPage()], [false, false, plain.hasNextPage()]);
  assert.deepEqual(all(store), await fromRecords(plain.cases));
  assert.deepEqual(Object.keys(page), Object.keys(plain));
  assert.deepEqual({ ...read }, { ...plain });
  assert.equal(JSON.stringify(cloned), JSON.stringify(plain));
  assert.deepEqual(structuredClone(cloned), structuredClone(plain));
  assert.deepEqual(page, plain);
  // What was read or written is an ordinary property, and is what a store applies.
  read.cases[0].title = "Another title";
  store.apply(read);
  written.cases = [];
  assert.deepEqual(store.apply(written).events, []);
  assert.equal(store.get(read.cases[0].case_id).title, "Another title");
  await store.close();
});

test("a page behind a Proxy is taken over", async () => {
  const wrap = (value) =>
    typeof value === "object" && value !== null && !ArrayBuffer.isView(value)
      ? new Proxy(value, { get: (to, name) => wrap(Reflect.get(to, name)) })
      : value;
  const page = await client.casesByContract({ contract_ids });
  const store = await opened();
  store.apply(wrap(page));
  assert.equal(isMade(page), false);
  assert.deepEqual(all(store), await fromRecords(page.cases));
  await store.close();
});

test("a page that was frozen before its cases are read is read once, and taken over", async () => {
  const store = await opened();
  const [page, copy] = await Promise.all([1, 2].map(async () => client.casesByContract({ contract_ids })));
  for (const one of [page, copy]) Object.freeze(one);
  assert.ok(page.cases.length > 0);
  assert.equal(page.cases, page.cases);
  assert.equal(page[COMPACT_PAGE], undefined);
  assert.ok(copy[COMPACT_PAGE]);
  store.apply(copy);
  assert.deepEqual(all(store), await fromRecords(page.cases));
  await store.close();
});

test("long texts, texts beyond ASCII, undocumented fields and issues of a page are those of its records", async () => {
  const long = "x".repeat(1500);
  const cases = [
    { case_id: "1", title: `é ${long}`, severity: "3", status: "Closed", bugs: ["CSCab1", "CSCab2"], rmas: ["8"] },
    { case_id: "2", title: "ü".repeat(900), severity: 1, status: "Waiting", updated_date: "2026-01-01T00:00:00Z" },
    {
      case_id: "3",
      title: long,
      severity: 2,
      user_id: "u",
      region: null,
      big: 2 ** 40,
      list: [1, [2, { a: [true] }], "ü"],
    },
    { case_id: "4", title: "ähnlich 😀", severity: "high", list: { deep: { er: [] } }, ["__proto__x"]: "é" },
    { case_id: "", title: "no id", severity: 1 },
  ];
  const record = { page_index: 1, last_index: 1, page_records: 5, total_records: 5, self_link: "ü", title: long };
  const body = JSON.stringify({ pagination_response_record: record, cases });
  const fetch = async () => new Response(body, { headers: { "content-type": "application/json" } });
  const own = new CaseClient({ fetch, token: "t", baseUrl: "https://example.test", rateLimit: false });
  const page = await own.casesByContract({ contract_ids: ["1"] });
  const store = await opened();
  const { issues } = store.apply(page);
  assert.deepEqual([isMade(page), issues.map(({ path }) => path)], [false, ["cases[4].case_id"]]);
  assert.equal(page.pagination_response_record.self_link, "ü");
  assert.equal(page.pagination_response_record.title, long);
  assert.deepEqual(all(store), await fromRecords(page.cases));
  assert.deepEqual(
    page.cases.map(({ title }) => title),
    cases.map(({ title }) => title),
  );
  assert.deepEqual(store.get("3").extra, { region: null, big: 2 ** 40, list: [1, [2, { a: [true] }], "ü"] });
  await store.close();
});

test("a page with a cell that no page can have is an error that names the cell, and nothing of it is applied", async () => {
  const store = await opened();
  const page = await client.casesByContract({ contract_ids });
  const { bytes } = page[COMPACT_PAGE];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names = [...CASE_FIELDS.map(([name]) => name), "extra"];
  const first = view.getUint32(4 * (PAGE_BYTES_PARTS + HEADER_ROWS), true);
  const count = view.getUint32(4 * (PAGE_BYTES_PARTS + HEADER_ROWS + 1), true) / 4 / names.length;
  assert.ok(count > 1);
  for (const row of [0, count - 1]) {
    for (const [column, name] of names.entries()) {
      const at = first + 4 * (row * names.length + column);
      const cell = view.getUint32(at, true);
      view.setUint32(at, 0xffff_ffff, true);
      assert.throws(() => store.apply(page), new RegExp(`rows\\[${row}\\]\\.${name}\\b`));
      view.setUint32(at, cell, true);
    }
  }
  assert.equal(store.size, 0);
  store.apply(page);
  assert.equal(store.size, count);
  await store.close();
});

test("following takes whole pages, and ends with the cases of the service", async () => {
  const pages = [];
  const seen = new Proxy(client, {
    get(to, name) {
      if (name !== "changes") return Reflect.get(to, name);
      return (...given) => {
        const changes = to.changes(...given);
        const [symbol] = Object.getOwnPropertySymbols(Object.getPrototypeOf(changes)).filter(
          (one) => one.description === "whole pages",
        );
        const whole = changes[symbol].bind(changes);
        Object.defineProperty(changes, symbol, {
          value: async function* () {
            for await (const input of whole()) {
              if ("cases" in input) pages.push(input);
              yield input;
            }
          },
        });
        return changes;
      };
    },
  });
  const store = await opened();
  const followed = store.follow(seen, params, { intervalMs: 5000 });
  await followed.whenFilled();
  sandbox.advance(3_600_000);
  followed.resume();
  await new Promise((resolve) => followed.subscribe(() => followed.status.nextRoundAt !== null && resolve()));
  await followed.stop();
  assert.ok(pages.length > 5, `${pages.length} pages`);
  assert.deepEqual(pages.filter(isMade), []);
  const cases = (await allOf(client.allCases(params).pages())).flatMap((page) => page.cases);
  const newest = new Map();
  for (const one of cases) newest.set(one.case_id, one);
  assert.deepEqual(all(store), await fromRecords([...newest.values()]));
  await store.close();
});

test("a call that is ended in the middle loses no case: the rest is read from its token", async () => {
  const next = random(4);
  const store = await opened();
  let token = null;
  let visits = 0;
  do {
    const call = client.allCases(params, { ...(token && { resume: token }) });
    let left = 1 + Math.floor(next() * 4);
    for await (const page of call.pages()) {
      store.apply(page);
      left -= 1;
      if (left === 0) break;
    }
    token = call.resumeToken();
    visits += 1;
  } while (JSON.parse(token).done !== true && visits < 200);
  const whole = await allOf(client.allCases(params));
  assert.ok(visits > 3);
  assert.deepEqual(all(store), await fromRecords(whole));
  await store.close();
});
