// Following the copy of a gateway through outages of what is in front of it, and requests to a gateway: their errors are those
// that a call of the client has for the same response.

import assert from "node:assert/strict";
import { test } from "node:test";
import { advanceClock } from "./monotonic-clock.mjs";
import { Page } from "./follow-scenario.mjs";
import { random as seeded, script } from "./harness.mjs";
import { SimulatedTarget } from "./service.mjs";

const { follow } = await script("store/follow.js");
const { GatewayRequests } = await script("client/gateway-request.js");
const { CaseClient } = await script("entry/node.js");

const MINUTE = 60_000;
const baseUrl = "https://portal.example/api/case";
const page = (status, headers = {}) => new Response("<html><h1>Error</h1></html>", { status, headers });
const redirect = (location) => new Response(null, { status: 302, headers: { location } });
/** A redirect that a browser hides. */
const hidden = () => ({ status: 0, headers: new Headers(), body: null, arrayBuffer: async () => new ArrayBuffer() });

/** Follows a gateway whose responses a function replaces. */
function followed(answer, params = { contract_ids: ["c1"] }, target = new SimulatedTarget()) {
  const requests = [];
  const fetch = async (url) => {
    const path = new URL(url).pathname.replace("/api/case", "");
    requests.push(path);
    const replaced = answer(path, requests.length);
    if (replaced) return replaced;
    if (path === "/me") return Response.json({ copy: true, live: false, pollMs: MINUTE });
    const left = { contract_ids: [], user_ids: [] };
    return Response.json({ cursor: "1", has_more: false, refill: null, left, gone: [], cases: [] });
  };
  const client = new CaseClient({ baseUrl, fetch, rateLimit: false, maxRetries: 0 });
  const page = new Page();
  const followed = follow(client, params, target, { live: false }, page);
  return { requests, target, followed, advance: (ms) => page.clock.advance(ms), status: () => followed.status };
}

test("an outage in front of a gateway passes, and a sign-in page stops following", async () => {
  for (const [answer, state, reason] of [
    [() => page(502), "waiting", "error"],
    [() => page(503, { "retry-after": "30" }), "waiting", "error"],
    [() => page(429), "waiting", "error"],
    [() => page(520), "waiting", "error"],
    [() => page(200), "stopped", "authentication"],
    [() => redirect("https://login.example/"), "stopped", "authentication"],
    [hidden, "stopped", "authentication"],
    [() => page(401), "stopped", "authentication"],
  ]) {
    let isDown = false;
    const one = followed(() => (isDown ? answer() : undefined));
    await one.advance(0);
    assert.equal(one.status().state, "following");
    isDown = true;
    // Long enough for more failures than an error that does not pass may have.
    for (let minutes = 0; minutes < 60; minutes += 1) await one.advance(MINUTE);
    assert.deepEqual([one.status().state, one.status().reason], [state, reason], String(answer));
    isDown = false;
    for (let minutes = 0; minutes < 10; minutes += 1) await one.advance(MINUTE);
    assert.equal(one.status().state, state === "waiting" ? "following" : "stopped", String(answer));
    await one.followed.stop();
  }
});

test("a gateway that names a short interval, or none, is not asked without a pause", async () => {
  for (const [pollMs, most] of [
    [10, 15],
    [-1, 15],
    ["soon", 2],
    [undefined, 2],
  ]) {
    const me = { copy: true, live: false, pollMs };
    const one = followed((path) => (path === "/me" ? Response.json(me) : undefined));
    await one.advance(MINUTE + 1);
    assert.ok(one.requests.length >= 2 && one.requests.length <= most + 2, `${pollMs}: ${one.requests.length}`);
    await one.followed.stop();
  }
});

test("the wait that a response names is kept before the next request", async () => {
  let isDown = false;
  const one = followed(() => (isDown ? page(503, { "retry-after": "600" }) : undefined));
  await one.advance(0);
  isDown = true;
  await one.advance(2 * MINUTE);
  const before = one.requests.length;
  await one.advance(7 * MINUTE);
  assert.equal(one.requests.length, before);
  await one.advance(5 * MINUTE);
  assert.equal(one.requests.length, before + 1);
  await one.followed.stop();
});

test("an address whose first response is an outage is asked again whether it is a gateway", async () => {
  for (const answer of [() => page(502), () => page(503), () => page(429), () => page(500)]) {
    const one = followed((path, count) => (count === 1 ? answer() : undefined));
    await one.advance(0);
    assert.deepEqual([one.status().state, one.status().source], ["waiting", null]);
    await one.advance(MINUTE);
    assert.deepEqual([one.status().state, one.status().source], ["following", "copy"]);
    assert.deepEqual(one.requests, ["/me", "/me", "/feed"]);
    await one.followed.stop();
  }
});

/** A page of a list of the service without cases. */
const emptyList = () =>
  Response.json({
    pagination_response_record: {
      page_index: 1,
      last_index: 1,
      total_records: 0,
      page_records: 0,
      self_link: "",
      title: "",
    },
    cases: [],
  });

test("a host with a page for every address that it does not know is followed as the service", async () => {
  for (const answer of [() => page(200), () => new Response("not found"), () => page(404), () => page(418)]) {
    const one = followed((path) => (path === "/me" ? answer() : emptyList()));
    await one.advance(0);
    const { state, source, error } = one.status();
    assert.deepEqual([state, source, error], ["following", "service", null], String(answer));
    assert.ok(one.requests.some((path) => path.startsWith("/cases/")));
    await one.followed.stop();
  }
});

test("a sign-in page at the start stops, and after the sign-in the gateway is found", async () => {
  for (const answer of [() => page(200), () => redirect("https://login.example/"), hidden, () => page(401)]) {
    let isSignedOut = true;
    const one = followed(() => (isSignedOut ? answer() : undefined));
    await one.advance(0);
    assert.deepEqual([one.status().state, one.status().reason], ["stopped", "authentication"], String(answer));
    isSignedOut = false;
    one.followed.resume();
    await one.advance(0);
    assert.deepEqual([one.status().state, one.status().source], ["following", "copy"], String(answer));
    await one.followed.stop();
  }
});

test("a sign-in page in place of a gateway that was followed before keeps the cases", async () => {
  const first = followed(() => undefined);
  await first.advance(0);
  assert.equal(first.status().source, "copy");
  await first.followed.stop();
  first.target.held.set("612345678", { case_id: "612345678", contract_id: "c1" });
  let isSignedOut = true;
  const one = followed(() => (isSignedOut ? page(200) : undefined), undefined, first.target);
  await one.advance(0);
  assert.deepEqual([one.status().state, one.status().reason], ["stopped", "authentication"]);
  assert.deepEqual(one.requests, ["/me"], "nothing else is requested");
  assert.deepEqual([first.target.count, first.target.drops], [1, []]);
  isSignedOut = false;
  one.followed.resume();
  await one.advance(0);
  assert.deepEqual([one.status().state, one.status().source], ["following", "copy"]);
  await one.followed.stop();
});

test("a request to a gateway has the errors of a call", async () => {
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const answers = {
    ...Object.fromEntries(
      [401, 404, 408, 418, 425, 429, 500, 501, 502, 503, 504, 520, 596].map((n) => [n, () => page(n)]),
    ),
    seconds: () => page(503, { "retry-after": "7" }),
    date: () => page(503, { "retry-after": "Sun, 06 Nov 1994 08:49:47 GMT", date }),
    past: () => page(503, { "retry-after": "Sun, 06 Nov 1994 08:49:27 GMT", date }),
    ban: () => page(503, { "retry-after": "99999999999999999999" }),
    text: () => page(503, { "retry-after": "soon" }),
    html: () => page(200),
    "html after white space": () => new Response("\ufeff \r\n<!doctype html>"),
    "to a sign-in": () => redirect("https://login.example/"),
    "on the host": () => redirect("/other"),
    hidden,
    gateway: () =>
      Response.json(
        { error: { source: "gateway", kind: "unavailable", code: "COPY_UNAVAILABLE", message: "m", retryable: true } },
        { status: 503, headers: { "retry-after": "4" } },
      ),
  };
  /** Of a proxy's judgement the cases are not removed. */
  const judged = { 418: 1, 596: 1 };
  for (const [name, answer] of Object.entries(answers)) {
    const client = new CaseClient({ baseUrl, fetch: async () => answer(), maxRetries: 0, rateLimit: false });
    const ofCall = await client.caseSummary({ case_ids: ["612345678"] }).catch((error) => error);
    const ofRequest = await GatewayRequests.of(client)
      .get("/feed")
      .catch((error) => error);
    const shown = ({ kind, code, retryable, retryAfterMs, status, source, message, advice, hint }) =>
      name in judged
        ? [retryable, retryAfterMs, status, source]
        : [kind, code, retryable, retryAfterMs, status, source, message, advice, hint];
    // A gateway's own error has its own texts.
    const compared = name === "gateway" ? (error) => shown(error).slice(0, 6) : shown;
    assert.deepEqual(compared(ofRequest), compared(ofCall), name);
    if (name in judged) assert.deepEqual([ofRequest.kind, ofRequest.code], ["unavailable", "UNDOCUMENTED_STATUS"]);
  }
});

/** A gateway that accepts a token, and the requests with their tokens. */
function withTokens(token, accepted = () => true) {
  const sent = [];
  const fetch = async (_, { headers }) => {
    sent.push(headers.authorization);
    return accepted(headers.authorization) ? Response.json({}) : page(401);
  };
  return { sent, requests: GatewayRequests.of(new CaseClient({ baseUrl, fetch, token })) };
}

test("a token that is no header value is NO_TOKEN, and in no error", async () => {
  for (const token of ["secret\nvalue", "secret-tökén", "secret value", "", null, { access_token: 1 }]) {
    const { sent, requests } = withTokens(() => token);
    const error = await requests.get("/feed").catch((error) => error);
    assert.deepEqual([error.kind, error.code, sent], ["authentication", "NO_TOKEN", []]);
    assert.ok(!`${error.stack} ${error.cause} ${JSON.stringify(error)}`.includes("secret"));
  }
});

test("a token is used until it expires or is rejected", async () => {
  const tokens = (reply) => {
    let calls = 0;
    return () => reply(`token-${(calls += 1)}`);
  };
  const lasting = withTokens(tokens((text) => text));
  for (let i = 0; i < 3; i += 1) await lasting.requests.get("/feed");
  assert.deepEqual(lasting.sent, ["Bearer token-1", "Bearer token-1", "Bearer token-1"]);

  const rejecting = withTokens(
    tokens((text) => text),
    (header) => header !== "Bearer token-1",
  );
  for (let i = 0; i < 2; i += 1) await rejecting.requests.get("/feed");
  assert.deepEqual(rejecting.sent, ["Bearer token-1", "Bearer token-2", "Bearer token-2"]);

  const expiring = withTokens(tokens((access_token) => ({ access_token, expires_in: 3600 })));
  await expiring.requests.get("/feed");
  advanceClock(57 * MINUTE);
  await expiring.requests.get("/feed");
  advanceClock(3 * MINUTE);
  await expiring.requests.get("/feed");
  assert.deepEqual(expiring.sent, ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
});

test("the cases of users are found in any case of their ids", async () => {
  const dates = { creation_date: "2026-01-01T00:00:00Z", updated_date: "2026-01-01T00:00:00Z" };
  const cases = ["ANN", "ann", "bob"].map((user_id) => {
    return {
      case_id: `of-${user_id}`,
      user_id,
      contract_id: "c1",
      title: "",
      severity: 3,
      status: "New",
      status_flag: "O",
      ...dates,
    };
  });
  const left = { contract_ids: [], user_ids: [] };
  const feed = () => Response.json({ cursor: "1", has_more: false, refill: null, left, gone: [], cases });
  const one = followed((path) => (path === "/feed" ? feed() : undefined), { user_ids: ["Ann"] });
  await one.advance(0);
  assert.deepEqual(one.target.ids().sort(), ["of-ANN", "of-ann"]);
  await one.followed.stop();
});

/** Generates a response from parts that the engine and the requests to a gateway have to read alike. */
function generatedResponse(random) {
  const pick = (all) => all[Math.floor(random() * all.length)];
  const status = pick([
    200, 200, 200, 201, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 418, 429, 500, 502, 503, 599,
  ]);
  const two = (number) => String(number).padStart(2, "0");
  const day = pick(["Sun", "Mon", "Sunday", "sun"]);
  const date = (minute) => {
    const second = Math.floor(random() * 60);
    return pick([
      `${day}, 06 Nov 1994 08:${two(minute)}:${two(second)} GMT`,
      `${day}, 06-Nov-94 08:${two(minute)}:${two(second)} GMT`,
      `${day} Nov  6 08:${two(minute)}:${two(second)} 1994`,
      `${day}, 06 Nov 1994 08:${two(minute)}:${two(second)} UTC`,
      `${day}, 06 Nov 1994 08:${two(minute)}:${two(second)} +0100`,
      `1994-11-06T08:${two(minute)}:${two(second)}Z`,
    ]);
  };
  const after = pick([
    () => String(Math.floor(random() * 10 ** pick([1, 3, 6, 12]))),
    () => pick(["", " ", "soon", "-1", "+1", "1.5", "1e3", "0x10", " 7 ", "007", "7, 8", "\u00a07", "٣"]),
    () => date(49),
    () => date(48),
  ])();
  const headers = [];
  const add = (name, value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value) && headers.push([name, value]);
  if (random() < 0.8) add("retry-after", after);
  if (random() < 0.7) add("date", random() < 0.8 ? date(49) : pick(["", "now", "0"]));
  if (status > 299 && status < 400) {
    const here = "https://portal.example";
    const location = pick([
      "/other",
      "other",
      `${here}/a`,
      "https://login.example/",
      "//login.example",
      "http://portal.example/",
      "",
    ]);
    if (random() < 0.9) add("location", location);
  }
  add(
    "content-type",
    pick(["application/json", "text/html", "text/html; charset=utf-8", "text/plain", "application/xml"]),
  );
  const start = pick(["", " ", "\n\t", "\r\n \f", "\ufeff", "\u00a0", "\v"]);
  const text =
    start +
    pick(["", "<html>", "<!doctype html>", "<?xml version='1.0'?>", "<", "< ", "<?", "text", "{}", "[]", '"<html>"']);
  return [status === 204 ? null : text, { status, headers }];
}

test("generated responses that are no data are a sign-in page, and name a wait, for a call as for a request to a gateway", async () => {
  const random = seeded(17);
  // The kinds of a proxy's judgement differ, as above.
  const shown = ({ kind, retryable, retryAfterMs, status }) => [
    kind === "authentication",
    retryable,
    retryAfterMs,
    status,
  ];
  let compared = 0;
  for (let round = 0; round < 1500; round += 1) {
    const [text, init] = generatedResponse(random);
    const client = new CaseClient({
      baseUrl,
      fetch: async () => new Response(text, init),
      maxRetries: 0,
      rateLimit: false,
    });
    const ofCall = await client.caseSummary({ case_ids: ["612345678"] }).catch((error) => error);
    const ofRequest = await GatewayRequests.of(client)
      .get("/feed")
      .catch((error) => error);
    client.free();
    const what = `${round}: ${JSON.stringify([text, init])}`;
    // A success of a request to a gateway may have any body; a call expects cases.
    if (!(ofRequest instanceof Error)) {
      assert.notEqual(ofCall.kind, "authentication", what);
      continue;
    }
    compared += 1;
    assert.deepEqual(shown(ofRequest), shown(ofCall), what);
  }
  assert.ok(compared > 800, `${compared}`);
});
