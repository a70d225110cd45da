// Rejected requests, one row each, by status and code: they cause no request to the service, admit no foreign origin,
// and reveal nothing internal. They are sent as bytes to workerd's own port, since HTTP clients would not send most of
// them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SECRET } from "../harness.mjs";
import { AUTHENTICATION } from "./authentication.mjs";
import { AUTHORIZATION } from "./authorization.mjs";
import {
  HOST,
  list,
  login,
  message,
  PORTAL,
  rawRequest,
  sandbox,
  send,
  start,
  stop,
  tokens,
  worker,
} from "./harness.mjs";
import { METHODS_AND_HEADERS } from "./methods-and-headers.mjs";
import { ORIGINS } from "./origins.mjs";
import { PARAMETERS } from "./parameters.mjs";
import { TARGETS } from "./targets.mjs";

const ROWS = [...TARGETS, ...METHODS_AND_HEADERS, ...AUTHENTICATION, ...AUTHORIZATION, ...PARAMETERS, ...ORIGINS];

before(start);
after(stop);

/** Asserts that a response has neither the secret, the client id, a token, nor internals of the Worker. */
function assertNothingLeaks({ body, headers: given }) {
  const all = `${body}${[...given].flat().join("\n")}`;
  for (const inside of [
    SECRET,
    "a-synthetic-client",
    "worker.js",
    "gateway.js",
    "wasm",
    sandbox.address,
    login.address,
  ]) {
    assert.ok(!all.includes(inside), `${inside} in ${all}`);
  }
  assert.doesNotMatch(all, /\n\s+at /);
  for (const part of Object.values(tokens).flatMap((token) => token.split("."))) {
    if (part.length > 20) assert.ok(!all.includes(part), "a token");
  }
  assert.ok(!given.has("set-cookie"));
}

test("the table has at least 60 rows with unique names", () => {
  assert.ok(ROWS.length >= 60);
  assert.equal(new Set(ROWS.map(({ name }) => name)).size, ROWS.length);
});

test("an allowed request succeeds by the same transport", async () => {
  const answer = await send(message({ target: list(), headers: [["Origin", PORTAL]] }));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("access-control-allow-origin"), PORTAL);
  // One request for the token, one for the list.
  assert.equal((await sandbox.info()).requests.received, 2);
  const {
    status,
    headers: given,
    body,
  } = await send(
    message({
      target: list(),
      isAnonymous: true,
      method: "OPTIONS",
      headers: [
        ["Origin", PORTAL],
        ["Access-Control-Request-Method", "GET"],
      ],
    }),
  );
  assert.deepEqual([status, body], [204, ""]);
  assert.equal(given.get("access-control-allow-origin"), PORTAL);
  assert.equal(given.get("access-control-allow-methods"), "GET, HEAD");
  assert.match(given.get("access-control-allow-headers"), /\bAuthorization\b/);
  assert.ok(!given.has("access-control-allow-credentials"));
});

test("rejected requests cause no request to the service", async (context) => {
  for (const { name, request, expect } of ROWS) {
    await context.test(
      `${name}: ${expect.status}${expect.code ? ` ${expect.code}` : `, by ${expect.by}`}`,
      async () => {
        const { received } = (await sandbox.info()).requests;
        const sent = request();
        if (expect.path) sent.target = expect.path();
        const answer = await send(message(sent), expect.isHead);
        assert.equal(answer.status, expect.status, answer.body);
        if (expect.by) {
          // The Worker has not seen the request: the response is not the gateway's.
          assert.ok(!answer.headers.has("x-request-id"), answer.body);
        } else {
          if (!expect.isHead) {
            const { error } = JSON.parse(answer.body);
            assert.equal(error.code, expect.code, answer.body);
            assert.equal(error.status, expect.status);
            assert.equal(error.source, "gateway");
            assert.equal(error.requestId, answer.headers.get("x-request-id"));
          }
          assert.match(answer.headers.get("content-type"), /^application\/json/);
          assert.equal(answer.headers.get("cache-control"), "no-store");
          assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
          assert.match(answer.headers.get("vary"), /Origin/);
          if (expect.status === 405) assert.equal(answer.headers.get("allow"), expect.allow ?? "GET, OPTIONS");
          if (expect.status === 401) assert.match(answer.headers.get("www-authenticate"), /^Bearer/);
        }
        assert.equal(answer.headers.get("access-control-allow-origin"), expect.origin);
        assert.equal(answer.rest, "", "more than one response");
        assertNothingLeaks(answer);
        assert.equal((await sandbox.info()).requests.received, received, "the service was requested");
      },
    );
  }
});

test("a GET with an empty chunked body, as proxies send it, has no body", async () => {
  const request = { target: list(), headers: [["Transfer-Encoding", "chunked"]], body: "0\r\n\r\n" };
  assert.equal((await send(message(request))).status, 200);
  const health = await send(message({ ...request, target: "/api/case/health" }));
  assert.equal(health.status, 200);
});

test("Content-Length with chunked encoding smuggles no request", async () => {
  const smuggled = `GET ${list()} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
  const first = rawRequest(
    `GET ${list()} HTTP/1.1`,
    `Content-Length: ${smuggled.length + 5}`,
    "Transfer-Encoding: chunked",
  );
  const answer = await send(`${first}0\r\n\r\n${smuggled}`);
  assert.equal(answer.status, 200);
  assert.match(answer.rest, /^(HTTP\/1\.1 401 |$)/);
});

test("an allowed request still succeeds after the rejected ones", async () => {
  const answer = await send(message({ target: list() }));
  assert.equal(answer.status, 200);
  const { requests } = await sandbox.info();
  assert.equal(requests.refused, 0);
  assert.ok(login.counts.requests <= 4, `${login.counts.requests} requests for keys`);
});

test("each rejection is in the audit log, without tokens or credentials", async () => {
  const audit = await worker.test("audit");
  assert.ok(audit.length >= ROWS.filter(({ expect }) => !expect.by).length);
  const text = JSON.stringify(audit) + worker.log.join("");
  for (const inside of [
    SECRET,
    ...Object.values(tokens)
      .map((token) => token.split(".")[1] ?? "")
      .filter((part) => part.length > 20),
  ]) {
    assert.ok(!text.includes(inside), inside);
  }
});
