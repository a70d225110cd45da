// Pages over an hour of the service's clock, in real workerd with D1: any number of them causes the same requests to the
// service. Fifty of them have real sockets and read the feed when a message comes; the others are simulated in the Worker
// and poll its routes as a page with a live connection does. The clock is that of a sandbox in this process, and a minute of
// it takes as long as its run: the requests of a run depend on nothing else.
//
// PAGES (1,100) are the numbers of pages; the guide has the figures of a thousand. POLL_MINUTES (10) is the interval in which
// simulated pages poll: 1 for pages without a live connection.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { gateway, host, MIGRATION } from "./harness.mjs";

const { random: seeded } = await import(new URL("random.mjs", pathToFileURL(process.env.TOOLS)));

const MINUTE = 60_000;
const PAGES = (process.env.PAGES ?? "1,100").split(",").map(Number);
const POLL_MINUTES = Number(process.env.POLL_MINUTES ?? 10);
const SOCKETS = 50;
const CONTRACTS = 20;
/** Number of contracts that the service accepts in a request. */
const CONTRACTS_OF_A_REQUEST = 10;

/** Starts a service with a clock of its own. Its address accepts the requests of a gateway, which are listed. */
async function startService() {
  const sandbox = await createSandbox({ cases: 2000, seed: 23, movesPerHour: 120 });
  const requests = [];
  const server = await host(async (request, response) => {
    const chunks = await request.toArray();
    const { method, url, headers } = request;
    if (method === "GET") requests.push(url);
    const base = method === "GET" ? sandbox.baseUrl : new URL(sandbox.tokenUrl).origin;
    const answer = await sandbox.fetch(base + url, {
      method,
      headers,
      ...(chunks[0] && { body: Buffer.concat(chunks) }),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  const client = new CaseClient(sandbox.clientOptions);
  const contract_ids = sandbox.info({ holders: CONTRACTS }).contract_ids;
  return {
    sandbox,
    requests,
    contract_ids,
    baseUrl: server.address,
    tokenUrl: server.address + new URL(sandbox.tokenUrl).pathname,
    stop: server.stop,
    /** The update times of the open cases of each contract, by their ids. */
    async truth() {
      const all = await client.allCases({ contract_ids, status_flag: "O" }).toArray({ limit: 10_000 });
      const byContract = Map.groupBy(all, ({ contract_id }) => contract_id);
      return (ids) =>
        Object.fromEntries(
          ids.flatMap((id) => byContract.get(id) ?? []).map(({ case_id, updated_date }) => [case_id, updated_date]),
        );
    },
  };
}

const sorted = (map) => Object.fromEntries(Object.entries(map).sort());

/** Opens the socket of a page, which reads the feed at each message. */
async function openSocket(worker, port, session) {
  const headers = { "x-session": session };
  const { protocol, ticket, pingMs } = await (await worker.sendRequest("/api/case/live/ticket", { headers })).json();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/case/live`, {
    protocols: [protocol, `ticket.${ticket}`],
    headers: { host: worker.names[0] },
  });
  await once(socket, "open");
  const page = { session, messages: 0, reading: Promise.resolve(), events: new EventEmitter(), close };
  const ping = setInterval(() => socket.send("ping"), pingMs);
  socket.addEventListener("message", ({ data }) => {
    if (data === "pong") return;
    page.messages += 1;
    page.reading = page.reading.then(() => worker.test("pages", [session]));
    page.events.emit("changed");
  });
  // Without a listener, an error ends the test.
  const onClose = ({ code }) =>
    page.events.emit("error", new Error(`the socket of ${session} was closed with ${code}`));
  socket.addEventListener("close", onClose);
  function close() {
    clearInterval(ping);
    socket.removeEventListener("close", onClose);
    socket.close();
  }
  return page;
}

/** An hour with a number of pages. Returns the requests to the service, minute by minute, and the counts of the pages. */
async function hour(count) {
  const service = await startService();
  const random = seeded(count);
  const sessions = Array.from({ length: count }, (_, index) => `page-${index}@tenant-${index % 7}`);
  const permissions = Object.fromEntries(
    sessions.map((session) => [
      session,
      { contract_ids: service.contract_ids.filter((_, index) => index === 0 || random.chance(0.15)) },
    ]),
  );
  const worker = await gateway({
    upstream: service.baseUrl,
    tokenUrl: service.tokenUrl,
    config: "wrangler-pages.jsonc",
    objects: { CASE_QUOTA: "CaseQuota", CASE_LIVE: "CaseLive" },
    bindings: { CONTRACTS: service.contract_ids },
    permissions,
    more: { d1Databases: { CASES: "cases" } },
  });
  try {
    const database = await worker.miniflare.getD1Database("CASES", worker.names[0]);
    await database.batch(MIGRATION.map((text) => database.prepare(text)));
    const minutes = [];
    const run = async () => {
      const report = await worker.test("run");
      assert.deepEqual([report.copy, report.errors, report.complete], ["done", undefined, true]);
      minutes.push(service.requests.splice(0).sort());
      return report;
    };
    await run();
    assert.deepEqual(await worker.test("pages", sessions), { requests: count, unchanged: 0 });
    const port = await worker.port();
    const pages = await Promise.all(sessions.slice(0, SOCKETS).map((session) => openSocket(worker, port, session)));
    const polling = sessions.slice(SOCKETS);
    const counts = { changed: 0, requests: 0, unchanged: 0 };
    await worker.test("rows");
    for (let minute = 1; minute <= 60; minute += 1) {
      service.sandbox.advance(MINUTE);
      counts.changed += (await run()).changed;
      const due = polling.filter((_, index) => (index + minute) % POLL_MINUTES === 0);
      const { requests, unchanged } = await worker.test("pages", due);
      counts.requests += requests;
      counts.unchanged += unchanged;
    }
    const { read } = await worker.test("rows");
    // The last changes come by a message to the sockets, and by the next poll to the others.
    await worker.test("pages", polling);
    const asked = minutes.flat().length;
    const truth = await service.truth();
    for (const page of pages) {
      const expected = sorted(truth(permissions[page.session].contract_ids));
      for (;;) {
        const { messages } = page;
        await page.reading;
        const found = await worker.test("held", [page.session]);
        if (isDeepStrictEqual(sorted(found[page.session]), expected)) break;
        if (page.messages === messages) await once(page.events, "changed");
      }
    }
    const held = await worker.test("held", polling);
    for (const session of polling) {
      assert.deepEqual(sorted(held[session]), sorted(truth(permissions[session].contract_ids)), session);
    }
    assert.deepEqual(service.requests, [], "a page has asked the service");
    const messages = pages.reduce((sum, page) => sum + page.messages, 0);
    for (const page of pages) page.close();
    const least = Math.ceil(service.contract_ids.length / CONTRACTS_OF_A_REQUEST);
    return { minutes, least, asked, ...counts, messages, sockets: pages.length, read };
  } finally {
    await worker.stop();
    service.stop();
  }
}

test("any number of pages causes the same requests to the service", async (t) => {
  let first;
  for (const count of PAGES) {
    const found = await hour(count);
    const { asked, changed, sockets, messages, requests, unchanged, read } = found;
    t.diagnostic(
      `${count} pages: ${asked} requests to the service, ${changed} changes; ${sockets} sockets, ${messages} messages; ` +
        `${requests} polls, ${unchanged} of them without news; ${read} rows read`,
    );
    assert.equal(found.minutes.length, 61);
    // A round asks for each list at least once.
    for (const round of found.minutes) assert.ok(round.length >= found.least, `${round.length}`);
    assert.ok(changed > 60, `${changed} changes`);
    assert.equal(requests, Math.max(count - SOCKETS, 0) * (60 / POLL_MINUTES));
    assert.ok(messages >= sockets);
    first ??= found;
    // The addresses of all requests, minute by minute.
    assert.deepEqual(found.minutes, first.minutes, `${count} pages`);
  }
});
