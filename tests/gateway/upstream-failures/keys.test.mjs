// Failures of the identity provider's key host. Each test asserts the number of upstream requests.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gateway, PAUSE_MS, provider } from "../harness.mjs";
import {
  advance,
  sendRequest,
  failure,
  keyHost,
  login,
  own,
  RATE_LIMIT,
  sandbox,
  TIMEOUT_MS,
  upstream,
  useGateways,
} from "./harness.mjs";

useGateways({
  plain: {},
  keysDown: { JWKS_URI: "down" },
  keysFail: { JWKS_URI: "500" },
  keysHtml: { JWKS_URI: "html" },
  keysEmpty: { JWKS_URI: "empty" },
  keysNull: { JWKS_URI: "null" },
  keysHang: { JWKS_URI: "hangs", OPTIONS: { timeoutMs: TIMEOUT_MS } },
  keysMove: { JWKS_URI: "moved" },
  keysRecover: { JWKS_URI: "later" },
});

describe("the key host", () => {
  for (const kind of ["keysDown", "keysFail", "keysHtml", "keysEmpty", "keysNull", "keysHang"]) {
    test(`${kind}: the caller cannot be authenticated, with 503 and not 401`, async () => {
      const answer = await sendRequest(kind);
      assert.deepEqual(failure(answer), { status: 503, code: "IDENTITY_UNAVAILABLE", costs: 0 });
      assert.deepEqual(
        [answer.error.kind, answer.error.source, answer.error.retryable],
        ["unavailable", "gateway", true],
      );
      assert.ok(answer.ms < TIMEOUT_MS + 1000 + PAUSE_MS, `${answer.ms} ms`);
      // A request without a token needs no keys.
      assert.deepEqual(failure(await sendRequest(kind, { jwt: null })), {
        status: 401,
        code: "IDENTITY_MISSING",
        costs: 0,
      });
    });
  }

  test("keys are requested again after a delay if the host was down", async () => {
    assert.equal((await sendRequest("keysRecover")).code, "IDENTITY_UNAVAILABLE");
    const requestsBefore = keyHost.counts.requests;
    for (let index = 0; index < 10; index += 1)
      assert.equal((await sendRequest("keysRecover")).code, "IDENTITY_UNAVAILABLE");
    assert.equal(keyHost.counts.requests, requestsBefore);
    await advance("keysRecover", 5100);
    assert.equal((await sendRequest("keysRecover")).status, 200);
    assert.equal(keyHost.counts.requests, requestsBefore + 1);
  });

  test("known keys stay valid while the host is down, also in a new isolate", async (context) => {
    const state = await provider();
    const shared = await gateway({
      isolates: 2,
      upstream: upstream.baseUrl,
      tokenUrl: sandbox.tokenUrl,
      jwks: state.uri,
      options: { timeoutMs: TIMEOUT_MS, rateLimit: RATE_LIMIT },
      permissions: { a: { contract_ids: own } },
    });
    context.after(async () => {
      await shared.stop();
      state.stop();
    });
    const status = async (isolate, jwt) => {
      const response = await shared.get(`/cases/contracts/contract_ids/${own[0]}`, jwt ?? (await state.signIn("a")), {
        isolate,
      });
      await response.text();
      return response.status;
    };
    assert.equal(await status(0), 200);
    for (const mode of ["down", "500", "html", "empty"]) {
      state.state.mode = mode;
      assert.equal(await status(0), 200, mode);
      // The second isolate has never fetched keys.
      assert.equal(await status(1), 200, mode);
    }
    assert.equal(state.counts.requests, 1, "once, for both");
    const invented = Array.from({ length: 60 }, (_, index) =>
      state.signIn("a", { header: { kid: `invented-${index}` } }),
    );
    const floods = await Promise.all((await Promise.all(invented)).map((jwt, index) => status(index % 2, jwt)));
    assert.ok(floods.every((one) => one === 401));
    assert.equal(state.counts.requests, 1, "unknown key ids cause no request to a host that was requested recently");
  });

  test("a redirect of the key host is not trusted", async () => {
    // No redirect is followed, or at least the keys have to verify the token.
    const answer = await sendRequest("keysMove");
    assert.ok([200, 503].includes(answer.status));
  });
});

test("a new key of the identity provider is fetched on its first use, once for concurrent requests", async () => {
  const { counts } = login;
  // Keys are not fetched again within half a minute, even for unknown key ids.
  await advance("plain", 30_500);
  const before = counts.requests;
  const key = await login.addKey("rotated");
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => sendRequest("plain", { jwt: await login.signIn("a", { key }) })),
  );
  assert.ok(
    answers.every(({ status }) => status === 200),
    answers.map(({ code }) => code).join(),
  );
  assert.equal(counts.requests, before + 1);
  // The old key stays valid while the provider serves it.
  assert.equal((await sendRequest("plain")).status, 200);
  assert.equal(counts.requests, before + 1);
});
