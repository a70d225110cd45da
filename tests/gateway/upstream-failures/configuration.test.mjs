// Gateways whose configuration is incomplete or invalid.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gateway } from "../harness.mjs";
import { sendRequest, failure, isolateOf, logged, upstream, useGateways, worker } from "./harness.mjs";

useGateways({
  unconfigured: { OPTIONS: { without: ["jwt", "permissions", "credentials", "quota", "upstream"] } },
  noIdentity: { OPTIONS: { without: ["jwt"] } },
  noPermissions: { OPTIONS: { without: ["permissions"] } },
});

describe("the configuration", () => {
  for (const kind of ["unconfigured", "noIdentity", "noPermissions"]) {
    test(`${kind}: every request is rejected, and the log has the reason`, async () => {
      assert.deepEqual(failure(await sendRequest(kind)), { status: 503, code: "GATEWAY_NOT_CONFIGURED", costs: 0 });
      assert.deepEqual(failure(await sendRequest(kind, { jwt: null })), {
        status: 503,
        code: "GATEWAY_NOT_CONFIGURED",
        costs: 0,
      });
      const health = await worker.get("/health", null, { isolate: isolateOf(kind) });
      assert.deepEqual(
        [health.status, await health.json()],
        [503, { status: "down", configured: false, quota: "unknown" }],
      );
    });
  }

  test("each missing option is in the log", () => {
    for (const missing of ["jwt or authorize", "permissions", "credentials", "quota"]) {
      assert.match(logged(), new RegExp(`every request is refused: ${missing} is missing`));
    }
  });

  test("a Worker with invalid options does not start, and reports all problems", async () => {
    const wrong = {
      prefix: "api",
      timeoutMs: 5,
      permissionsTtlSeconds: -1,
      rateLimit: { perSecond: -1, perFortnight: 3 },
      cache: { openSeconds: "long" },
      cors: { origins: ["*", "https://portal.example/"] },
      jwt: {
        issuer: "https://login.portal.example",
        audience: "",
        jwksUri: "http://login.portal.example/jwks",
        algorithms: ["HS256", "none"],
      },
      retries: 3,
    };
    let log = "";
    await assert.rejects(gateway({ upstream: upstream.baseUrl, options: wrong, onLog: (text) => (log += text) }));
    for (const part of [
      "prefix",
      "timeoutMs",
      "permissionsTtlSeconds",
      "rateLimit",
      "perFortnight",
      "cache",
      "cors.origins",
      "jwt.audience",
      "jwt.jwksUri",
      "HS256",
      "none",
      "retries",
    ]) {
      assert.ok(log.includes(part), `${part} in ${log}`);
    }
  });
});
