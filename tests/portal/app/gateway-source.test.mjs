// The source of a page with a gateway: its start on a connection that hangs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { openGatewaySource } = await load("app/gateway-source.ts");

test("a page whose connection hangs starts with the tenants of its last visit", async (t) => {
  const tenants = [{ id: "a", name: "A", contract_ids: ["1"] }];
  const waits = [];
  t.mock.method(AbortSignal, "timeout", (ms) => {
    waits.push(ms);
    return AbortSignal.abort();
  });
  let isHanging = false;
  t.mock.method(globalThis, "fetch", (_url, { signal } = {}) => {
    if (!isHanging) return Promise.resolve(Response.json({ tenants }));
    return new Promise((_resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
    });
  });
  assert.deepEqual((await openGatewaySource()).tenants, tenants);
  assert.deepEqual(waits, [], "a first visit has nothing else, and waits");
  isHanging = true;
  assert.deepEqual((await openGatewaySource()).tenants, tenants);
  assert.deepEqual(waits, [4000]);
});
