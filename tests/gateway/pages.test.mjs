// Pages before a gateway with a copy, in real workerd with D1: stores that follow, readers with random permissions while the copy
// is filled, and attacks by every parameter.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { CaseClient } from "cisco-support-case";
import { caseQueryOptions } from "cisco-support-case/query";
import { CaseStore } from "cisco-support-case/store";
import { gateway, service } from "./harness.mjs";

const { random: seeded } = await import(new URL("random.mjs", pathToFileURL(process.env.TOOLS)));

const MIGRATION = readFileSync(
  new URL("../node_modules/cisco-support-case/migrations/0001_case_copy.sql", import.meta.url),
  "utf8",
)
  .replace(/^--.*$/gm, "")
  .split(";")
  .map((text) => text.trim().replace(/\s+/g, " "))
  .filter(Boolean);

const MINUTE = 60_000;
let sandbox;
let contracts;
let worker;
let address;

async function start({ cases = 400, moves = 6000, permissions = {} } = {}) {
  const own = await service(["--cases", String(cases), "--moves-per-hour", String(moves)]);
  const { contract_ids } = await own.info();
  const CONTRACTS = contract_ids.slice(0, 20);
  const one = await gateway({
    upstream: own.baseUrl,
    config: "wrangler-pages.jsonc",
    objects: { CASE_QUOTA: "CaseQuota", CASE_LIVE: "CaseLive" },
    bindings: { CONTRACTS },
    permissions: typeof permissions === "function" ? permissions(CONTRACTS) : permissions,
    more: { d1Databases: { CASES: "cases" } },
  });
  const database = await one.miniflare.getD1Database("CASES", one.names[0]);
  await database.batch(MIGRATION.map((text) => database.prepare(text)));
  return { sandbox: own, worker: one, CONTRACTS };
}

/** The open cases of the service with some contracts, by their ids. */
async function truthOf(own, contract_ids) {
  const client = new CaseClient({
    baseUrl: own.baseUrl,
    credentials: { clientId: "test", clientSecret: "test", tokenUrl: own.tokenUrl },
    rateLimit: false,
  });
  const found = {};
  if (contract_ids.length === 0) return found;
  for await (const { case_id, updated_date } of client.allCases({ contract_ids, status_flag: "O" }))
    found[case_id] = updated_date;
  return found;
}

const run = (one = worker) => one.test("run");
const sorted = (map) => Object.fromEntries(Object.entries(map).sort());
const get = (path, session, { headers = {}, ...init } = {}, one = worker) =>
  one.sendRequest(`/api/case${path}`, { headers: { "x-session": session, ...headers }, ...init });

before(async () => {
  ({
    sandbox,
    worker,
    CONTRACTS: contracts,
  } = await start({
    permissions: (ids) => ({
      "ann@acme": { contract_ids: ids.slice(0, 6) },
      "bob@acme": { contract_ids: ids.slice(0, 6) },
      "eve@evil": { contract_ids: ids.slice(10, 12) },
      "nobody@evil": {},
    }),
  }));
  assert.equal((await run()).copy, "done");
  address = `http://127.0.0.1:${await worker.port()}/api/case`;
});

after(async () => {
  await worker?.stop();
  sandbox?.stop();
});

describe("a store that follows", () => {
  const client = (session) => new CaseClient({ baseUrl: address, headers: { "x-session": session }, rateLimit: false });

  const held = (store) =>
    sorted(Object.fromEntries(store.query({ limit: 10_000 }).cases.map((one) => [one.case_id, one.updated_date])));

  /** Waits until a store has what it should have. */
  async function until(store, expected) {
    const wanted = JSON.stringify(sorted(expected));
    while (JSON.stringify(held(store)) !== wanted) await sleep(50);
  }

  test("it is filled from the copy, told of changes by a socket, and drops what is taken away", async () => {
    assert.equal((await run()).copy, "done");
    const mine = contracts.slice(0, 6);
    const asked = await worker.test("requests");
    const store = await CaseStore.open({ scope: "ann" });
    const followed = store.follow(client("ann@acme"), { contract_ids: contracts, status_flag: "O" });
    await followed.whenFilled();
    assert.equal(followed.status.source, "copy");
    assert.ok(store.query().total > 20);
    await until(store, await truthOf(sandbox, mine));
    assert.equal(await worker.test("requests"), asked, "a fill asks the service for nothing");
    while (!followed.status.isLive) await new Promise((resolve) => followed.subscribe(resolve));

    // The next poll would be in ten minutes.
    await sandbox.advance(10 * MINUTE);
    const report = await run();
    assert.ok(report.changed > 0, JSON.stringify(report));
    await until(store, await truthOf(sandbox, mine));

    // A contract is taken away, and the socket says that something is different.
    await worker.test("permissions", { "ann@acme": { contract_ids: mine.slice(0, 3) } });
    await worker.test("revoke", { subject: "ann@acme" });
    await until(store, await truthOf(sandbox, mine.slice(0, 3)));
    // And it comes back, with the cases that did not change meanwhile.
    await worker.test("permissions", { "ann@acme": { contract_ids: mine } });
    await worker.test("revoke", { subject: "ann@acme" });
    await until(store, await truthOf(sandbox, mine));
    assert.deepEqual([followed.status.error, followed.status.refills], [null, 0]);
    await followed.stop();
    store.close();
  });

  test("without live connections it polls, and a service without a copy is followed as ever", async () => {
    const polled = await CaseStore.open({ scope: "bob" });
    const quiet = polled.follow(client("bob@acme"), { contract_ids: contracts, status_flag: "O" }, { live: false });
    await quiet.whenFilled();
    assert.deepEqual([quiet.status.source, quiet.status.isLive], ["copy", false]);
    await quiet.stop();
    const direct = await CaseStore.open({ scope: "direct" });
    const service = new CaseClient({
      baseUrl: sandbox.baseUrl,
      credentials: { clientId: "test", clientSecret: "test", tokenUrl: sandbox.tokenUrl },
      rateLimit: false,
    });
    const other = direct.follow(service, { contract_ids: contracts.slice(0, 2), status_flag: "O" });
    await other.whenFilled();
    assert.equal(other.status.source, "service");
    await other.stop();
  });

  test("a page without a store asks the copy by caseQueryOptions", async () => {
    const options = caseQueryOptions(client("ann@acme"), { where: { severity: [1, 2] }, limit: 5 }, { scope: "ann" });
    assert.deepEqual(options.queryKey.slice(0, 3), ["cisco-support-case", "ann", "query"]);
    const { total, cases } = await options.queryFn({ signal: new AbortController().signal });
    assert.ok(cases.length <= 5 && (total === null || total >= cases.length));
    for (const one of cases)
      assert.ok([1, 2].includes(one.severity) && contracts.slice(0, 6).includes(one.contract_id));
  });
});

describe("routes of the copy", () => {
  test("they have entity tags, HEAD, CORS and audit entries, and are stored nowhere", async () => {
    await worker.test("audit");
    for (const path of [
      "/feed?limit=5",
      "/query?q=%7B%22limit%22%3A3%2C%22now%22%3A%222026-01-01T00%3A00%3A00Z%22%7D",
    ]) {
      const first = await get(path, "ann@acme", { headers: { origin: "https://portal.example" } });
      const body = await first.text();
      assert.equal(first.status, 200, body);
      const header = (name) => first.headers.get(name);
      assert.deepEqual(
        [header("cache-control"), header("x-cache"), header("access-control-allow-origin")],
        ["private, no-store", "COPY", "https://portal.example"],
      );
      const etag = header("etag");
      const again = await get(path, "ann@acme", { headers: { "if-none-match": etag } });
      assert.deepEqual([again.status, await again.text()], [304, ""], path);
      const head = await get(path, "ann@acme", { method: "HEAD" });
      assert.deepEqual([head.status, head.headers.get("etag"), await head.text()], [200, etag, ""]);
      // The same address and tag of somebody who may see other cases.
      const other = await get(path, "eve@evil", { headers: { "if-none-match": etag } });
      assert.equal(other.status, 200);
      assert.notEqual(await other.text(), body);
    }
    const entries = await worker.test("audit");
    assert.deepEqual([...new Set(entries.map(({ route, cache }) => `${route} ${cache}`))], ["feed COPY", "query COPY"]);
    assert.ok(entries.every(({ attempts, ids }) => attempts === 0 && ids.length === 0));
  });

  test("nobody is shown a case of others, whatever is asked", async () => {
    const [mine, foreign] = [contracts.slice(10, 12), contracts[0]];
    const queries = [
      {},
      { where: { contract_id: foreign } },
      { where: { contract_id: [...mine, foreign] } },
      { not: { contract_id: mine } },
      { where: { text: foreign } },
      { where: { contract_id: `${mine[0]}' OR '1'='1` } },
      { where: { text: `" OR case_words MATCH "a` }, limit: 50 },
      { where: { user_id: "'; DROP TABLE cases; --" } },
      { where: { serial_number: "%" } },
      { sort: [{ by: "title; DELETE FROM cases" }] },
      { limit: "1 UNION SELECT record FROM cases" },
    ];
    for (const query of queries) {
      for (const route of ["query", "overview"]) {
        const answer = await get(`/${route}?q=${encodeURIComponent(JSON.stringify(query))}`, "eve@evil");
        const text = await answer.text();
        assert.ok([200, 400].includes(answer.status), `${answer.status} ${text}`);
        for (const [, id] of text.matchAll(/"contract_id":"([^"]*)"/g)) {
          assert.ok(mine.includes(id) || answer.status === 400, `${JSON.stringify(query)} shows ${id}`);
        }
      }
    }
    for (const path of ["/feed", "/query?q={}", "/overview?q={}"]) {
      assert.equal((await worker.sendRequest(`/api/case${path}`)).status, 401, path);
    }
    const nothing = await (await get("/query?q={}", "nobody@evil")).json();
    assert.deepEqual([nothing.total ?? 0, nothing.cases], [0, []]);
    const feed = await (await get("/feed", "nobody@evil")).json();
    assert.deepEqual([feed.cases, feed.gone, feed.has_more], [[], [], false]);
    // The tables are still there, with their cases.
    assert.ok((await (await get("/query?q={}", "ann@acme")).json()).cases.length > 0);
  });

  test("what is no question is refused by name", async () => {
    const table = [
      ["/query?q=%7B", 400],
      ["/query?q=%5B%5D", 400],
      [`/query?q=${encodeURIComponent(JSON.stringify({ where: { nothing: 1 } }))}`, 400],
      [`/query?q=${"%20".repeat(3000)}`, 414],
      ["/feed?since=tampered", 400],
      ["/feed?limit=1001", 400],
      ["/feed?contract_ids=1", 400],
    ];
    for (const [path, status] of table) {
      const answer = await get(path, "ann@acme");
      assert.equal(answer.status, status, path.slice(0, 40));
      assert.equal((await answer.json()).error.kind, "invalid_request", path.slice(0, 40));
    }
    const { cursor } = await (await get("/feed?limit=1", "ann@acme")).json();
    const flipped = cursor.replace(/^./, (one) => (one === "A" ? "B" : "A"));
    for (const [session, since] of [
      ["ann@acme", flipped],
      ["ann@acme", `${cursor}A`],
      ["eve@evil", cursor],
    ]) {
      const answer = await get(`/feed?since=${encodeURIComponent(since)}`, session);
      assert.deepEqual([answer.status, (await answer.json()).error.code], [400, "CURSOR_INVALID"], session);
    }
  });
});

/** A simulated page: it holds what the feed has sent. */
class Reader {
  cases = {};
  cursor = "";

  constructor(one, session) {
    this.one = one;
    this.session = session;
  }

  async read() {
    for (let hasMore = true; hasMore; ) {
      const since = this.cursor && `&since=${encodeURIComponent(this.cursor)}`;
      const answer = await get(`/feed?limit=200${since}`, this.session, {}, this.one);
      const page = await answer.json();
      assert.equal(answer.status, 200, JSON.stringify(page));
      if (page.refill) this.cases = {};
      for (const id of page.gone) delete this.cases[id];
      for (const { case_id, contract_id, updated_date } of page.cases)
        this.cases[case_id] = { contract_id, updated_date };
      for (const [id, { contract_id }] of Object.entries(this.cases)) {
        if (page.left.contract_ids.includes(contract_id)) delete this.cases[id];
      }
      this.cursor = page.cursor;
      hasMore = page.has_more;
    }
  }

  get held() {
    return sorted(Object.fromEntries(Object.entries(this.cases).map(([id, one]) => [id, one.updated_date])));
  }
}

test("50 readers with random permissions, which change while the copy is filled and updated, end with what they may see", async () => {
  const random = seeded(50);
  const names = Array.from({ length: 50 }, (_, index) => `reader-${index}@tenant-${index % 7}`);
  const draw = (ids) => ids.filter(() => random.chance(0.3));
  const own = await start({
    permissions: (ids) => Object.fromEntries(names.map((name) => [name, { contract_ids: draw(ids) }])),
  });
  try {
    const permitted = Object.fromEntries(names.map((name) => [name, { contract_ids: draw(own.CONTRACTS) }]));
    await own.worker.test("permissions", permitted);
    const readers = names.map((name) => new Reader(own.worker, name));
    await run(own.worker);
    for (let round = 0; round < 4; round += 1) {
      await own.sandbox.advance(10 * MINUTE);
      let isRunning = true;
      const running = run(own.worker).finally(() => {
        isRunning = false;
      });
      while (isRunning) {
        for (const reader of readers.filter(() => random.chance(0.1))) {
          if (random.chance(0.1)) {
            permitted[reader.session] = { contract_ids: draw(own.CONTRACTS) };
            await own.worker.test("permissions", permitted);
          }
          await reader.read();
        }
      }
      assert.equal((await running).copy, "done");
    }
    // Permissions are cached for a second.
    await sleep(1100);
    await Promise.all(readers.map((reader) => reader.read()));
    const truth = {};
    for (const id of own.CONTRACTS) truth[id] = await truthOf(own.sandbox, [id]);
    for (const reader of readers) {
      const expected = Object.assign({}, ...permitted[reader.session].contract_ids.map((id) => truth[id]));
      assert.deepEqual(reader.held, sorted(expected), reader.session);
    }
  } finally {
    await own.worker.stop();
    own.sandbox.stop();
  }
});
