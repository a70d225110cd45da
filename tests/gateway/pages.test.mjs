// Pages before a gateway with a copy, in real workerd with D1: stores that follow, readers with random permissions while the copy
// is filled, and attacks by every parameter.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { CaseClient } from "cisco-support-case";
import { caseQueryOptions } from "cisco-support-case/query";
import { CaseStore } from "cisco-support-case/store";
import { gateway, MIGRATION, service, until, within } from "./harness.mjs";

const { random: seeded } = await import(new URL("random.mjs", pathToFileURL(process.env.TOOLS)));

const MINUTE = 60_000;
let sandbox;
let contracts;
/** Contracts that are not copied. */
let others;
let worker;
let database;
let address;

async function start({ cases = 2000, moves = 6000, permissions = {} } = {}) {
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
  const bound = await one.miniflare.getD1Database("CASES", one.names[0]);
  await bound.batch(MIGRATION.map((text) => bound.prepare(text)));
  return { database: bound, sandbox: own, worker: one, CONTRACTS, others: contract_ids.slice(CONTRACTS.length) };
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
    others,
    database,
  } = await start({
    permissions: (ids) => ({
      "ann@acme": { contract_ids: ids.slice(0, 6) },
      "bob@acme": { contract_ids: ids.slice(0, 6) },
      "eve@evil": { contract_ids: ids.slice(10, 12) },
      "nobody@evil": {},
    }),
  }));
  assert.ok(contracts.length === 20 && others.length > 0);
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
  async function untilHeld(store, expected) {
    const wanted = JSON.stringify(sorted(expected));
    const isHeld = () => sleep(50).then(() => JSON.stringify(held(store)) === wanted);
    await until(isHeld, "the store has what the service has");
  }

  test("it is filled from the copy, told of changes by a socket, and drops what is taken away", async () => {
    assert.equal((await run()).copy, "done");
    const mine = contracts.slice(0, 6);
    const asked = await worker.test("requests");
    const store = await CaseStore.open({ scope: "ann" });
    const followed = store.follow(client("ann@acme"), { contract_ids: contracts, status_flag: "O" });
    await within(followed.whenFilled(), "a store is filled");
    assert.equal(followed.status.source, "copy");
    assert.ok(store.query().total > 20);
    await untilHeld(store, await truthOf(sandbox, mine));
    assert.equal(await worker.test("requests"), asked, "a fill asks the service for nothing");
    const isLive = async () => {
      if (!followed.status.isLive) await new Promise((resolve) => followed.subscribe(resolve));
      return followed.status.isLive;
    };
    await until(isLive, "a socket is open");

    // The next poll would be in ten minutes.
    await sandbox.advance(10 * MINUTE);
    const report = await run();
    assert.ok(report.changed > 0, JSON.stringify(report));
    await untilHeld(store, await truthOf(sandbox, mine));

    // A contract is taken away, and the socket says that something is different.
    await worker.test("permissions", { "ann@acme": { contract_ids: mine.slice(0, 3) } });
    await worker.test("revoke", { subject: "ann@acme" });
    await untilHeld(store, await truthOf(sandbox, mine.slice(0, 3)));
    // And it comes back, with the cases that did not change meanwhile.
    await worker.test("permissions", { "ann@acme": { contract_ids: mine } });
    await worker.test("revoke", { subject: "ann@acme" });
    await untilHeld(store, await truthOf(sandbox, mine));
    assert.deepEqual([followed.status.error, followed.status.refills], [null, 0]);
    await followed.stop();
    store.close();
  });

  test("without live connections it polls, and a service without a copy is followed as ever", async () => {
    const polled = await CaseStore.open({ scope: "bob" });
    const quiet = polled.follow(client("bob@acme"), { contract_ids: contracts, status_flag: "O" }, { live: false });
    await within(quiet.whenFilled(), "a store that polls is filled");
    assert.deepEqual([quiet.status.source, quiet.status.isLive], ["copy", false]);
    await quiet.stop();
    const direct = await CaseStore.open({ scope: "direct" });
    const service = new CaseClient({
      baseUrl: sandbox.baseUrl,
      credentials: { clientId: "test", clientSecret: "test", tokenUrl: sandbox.tokenUrl },
      rateLimit: false,
    });
    const other = direct.follow(service, { contract_ids: contracts.slice(0, 2), status_flag: "O" });
    await within(other.whenFilled(), "a store of the service is filled");
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

describe("lists of the copy", () => {
  const listPath = (ids, more = "&status_flag=O") =>
    `/cases/contracts/contract_ids/${ids.join(",")}?page_index=1${more}`;
  const list = (path, cacheControl, session = "ann@acme") =>
    get(path, session, { headers: cacheControl ? { "cache-control": cacheControl } : {} });
  const setSynced = (ms) => database.prepare("UPDATE copy_state SET synced_ms = ?1").bind(ms).run();

  // The clock of the service stands at a date of its own.
  before(async () => {
    assert.equal((await run()).complete, true);
    await setSynced(Date.now());
  });

  test("a page that permits an age is answered from the copy, as the service answers it", async () => {
    const mine = contracts.slice(0, 6);
    const client = new CaseClient({ baseUrl: address, headers: { "x-session": "ann@acme" }, rateLimit: false });
    const created = { date_created_from: "2026-04-01T00:00:00Z", date_created_to: "2026-06-01" };
    for (const params of [
      { contract_ids: mine },
      { contract_ids: mine.slice(0, 1) },
      { contract_ids: mine, ...created },
    ]) {
      const wanted = { ...params, status_flag: "O" };
      const fresh = await client.casesByContract(wanted, { maxAgeMs: 0 }).withResponse();
      const asked = await worker.test("requests");
      const copied = await client.casesByContract(wanted, { maxAgeMs: 600_000 }).withResponse();
      assert.deepEqual(
        [fresh, copied].map(({ response }) => response.headers.get("x-cache")),
        ["MISS", "COPY"],
      );
      assert.ok(Number(copied.response.headers.get("age")) <= 600);
      assert.equal(await worker.test("requests"), asked);
      assert.ok(fresh.data.cases.length > 0);
      assert.deepEqual(JSON.parse(JSON.stringify(copied.data.cases)), JSON.parse(JSON.stringify(fresh.data.cases)));
      const position = ({ self_link: _, ...rest }) => rest;
      assert.deepEqual(
        position(copied.data.pagination_response_record),
        position(fresh.data.pagination_response_record),
      );
    }
  });

  test("a date alone is a whole day, as for the service, and directives have any case", async () => {
    const [id] = contracts;
    const open = await (await list(listPath([id]), "max-age=0")).json();
    const day = open.cases.at(-1).creation_date.slice(0, 10);
    const from = new Date(Date.parse(day) - 30 * 86_400_000).toISOString().slice(0, 10);
    const path = listPath([id], `&status_flag=O&date_created_from=${from}&date_created_to=${day}`);
    const fresh = await list(path, "Max-Age=0");
    const copied = await list(path, "Max-Age=600");
    assert.deepEqual(
      [fresh, copied].map(({ headers }) => headers.get("x-cache")),
      ["MISS", "COPY"],
    );
    const idsOf = async (answer) => (await answer.json()).cases.map(({ case_id }) => case_id);
    const ids = await idsOf(fresh);
    assert.ok(ids.length > 0);
    assert.deepEqual(await idsOf(copied), ids);
    assert.notEqual((await list(path, "No-Cache, max-age=600")).headers.get("x-cache"), "COPY");
  });

  test("the service answers when a fresh page is asked for, and what the copy does not have", async () => {
    const mine = contracts.slice(0, 2);
    await worker.test("permissions", { "far@acme": { contract_ids: [...mine, others[0]] } });
    const dates = "&date_created_from=2026-11-01T00%3A00%3A00Z&date_created_to=2026-11-02T00%3A00%3A00Z";
    const table = [
      ["no age is permitted", listPath(mine), undefined],
      ["a fresh page", listPath(mine), "max-age=0"],
      ["no cache", listPath(mine), "no-cache, max-age=600"],
      ["closed cases too", listPath(mine, ""), "max-age=600"],
      ["closed cases too, with dates", listPath(mine, dates), "max-age=600"],
      ["another order", listPath(mine, "&status_flag=O&sort_by=STATUS"), "max-age=600"],
      ["an open range", listPath(mine, "&status_flag=O&date_created_from=2026-11-01T00%3A00%3A00Z"), "max-age=600"],
      ["a contract that is not copied", listPath([mine[0], others[0]]), "max-age=600"],
    ];
    for (const [name, path, cacheControl] of table) {
      const answer = await list(path, cacheControl, "far@acme");
      assert.equal(answer.status, 200, name);
      assert.notEqual(answer.headers.get("x-cache"), "COPY", name);
      await answer.arrayBuffer();
    }
    assert.equal((await list(listPath(mine), "max-age=600", "far@acme")).headers.get("x-cache"), "COPY");
    // The contract of somebody else is refused before the copy is asked.
    const refused = await list(listPath([contracts[10]]), "max-age=600", "far@acme");
    assert.equal(refused.status, 403);
  });

  test("a copy that is older than permitted, or fails, is not used", async () => {
    const path = listPath(contracts.slice(0, 3));
    const statusOf = async (cacheControl) => (await list(path, cacheControl)).headers.get("x-cache");
    try {
      await setSynced(Date.now() - 120_000);
      assert.equal(await statusOf("max-age=600"), "COPY");
      const answer = await list(path, "max-age=600");
      assert.ok(Number(answer.headers.get("age")) >= 120);
      assert.notEqual(await statusOf("max-age=60"), "COPY");
      // Not all lists were read yet.
      await setSynced(0);
      assert.notEqual(await statusOf("max-age=600"), "COPY");
      await database.prepare("ALTER TABLE copy_state RENAME TO lost_state").run();
      assert.equal((await list(path, "max-age=600")).status, 200);
      await database.prepare("ALTER TABLE lost_state RENAME TO copy_state").run();
    } finally {
      await setSynced(Date.now());
    }
  });

  test("it has the tag of its page and an audit entry", async () => {
    await worker.test("audit");
    const path = listPath(contracts.slice(0, 3));
    const first = await list(path, "max-age=600");
    const etag = first.headers.get("etag");
    assert.equal(first.headers.get("cache-control"), "private, no-store");
    const headers = { "cache-control": "max-age=600", "if-none-match": etag };
    assert.equal((await get(path, "ann@acme", { headers })).status, 304);
    const [entry] = await worker.test("audit");
    assert.deepEqual(
      [entry.route, entry.cache, entry.attempts, entry.ids],
      ["casesByContract", "COPY", 0, contracts.slice(0, 3).toSorted()],
    );
  });
});

/** A simulated page: it holds what the feed has sent. */
class Reader {
  cases = {};
  cursor = "";
  refills = 0;

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
      if (page.refill) {
        this.refills += 1;
        this.cases = {};
      }
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

test("a page that was away over the loss and the return of a contract, and over an older database, holds what it may see", async () => {
  const [kept, lost] = [contracts.slice(0, 2), contracts.slice(2, 4)];
  const permit = async (contract_ids) => {
    await worker.test("permissions", { "away@acme": { contract_ids } });
    await worker.test("revoke", { subject: "away@acme" });
  };
  const round = async () => {
    await sandbox.advance(30 * MINUTE);
    assert.equal((await run()).complete, true);
  };
  const agrees = async (reader, contract_ids, where) => {
    await reader.read();
    assert.deepEqual(reader.held, sorted(await truthOf(sandbox, contract_ids)), where);
  };
  await permit([...kept, ...lost]);
  const [away, present] = [new Reader(worker, "away@acme"), new Reader(worker, "away@acme")];
  await agrees(away, [...kept, ...lost], "filled");
  await agrees(present, [...kept, ...lost], "filled");

  // Both contracts are lost, change, and one comes back: the page that was away never knew of the loss.
  await permit(kept);
  await round();
  await agrees(present, kept, "lost");
  await round();
  await permit([...kept, lost[0]]);
  await round();
  await agrees(away, [...kept, lost[0]], "away");
  await agrees(present, [...kept, lost[0]], "present");

  // The database is restored to the state of now after more changes were read from it.
  const { version, progress, epoch } = await database.prepare("SELECT * FROM copy_state").first();
  await round();
  await agrees(away, [...kept, lost[0]], "before the restoration");
  const newer = `(SELECT id FROM cases WHERE version > ${version})`;
  await database.batch(
    [
      `DELETE FROM case_words WHERE rowid IN ${newer}`,
      `DELETE FROM case_links WHERE id IN ${newer}`,
      `DELETE FROM cases WHERE version > ${version}`,
      `DELETE FROM tombstones WHERE version > ${version}`,
    ].map((text) => database.prepare(text)),
  );
  await database.prepare("UPDATE copy_state SET version = ?1, progress = ?2").bind(version, progress).run();
  assert.equal((await run()).complete, true);
  assert.notEqual((await database.prepare("SELECT epoch FROM copy_state").first()).epoch, epoch);
  await agrees(away, [...kept, lost[0]], "after the restoration");
  assert.equal(away.refills, 1);
});

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
