// A sync of cases that are so long that a delivery of the usual number of them would be longer than a value of KV.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CONTRACT, caseAt, serviceOf } from "./listed-service.mjs";
import { setUp, stop } from "./sync-harness.mjs";

after(stop);

/** The greatest length of a value of KV, in bytes. */
const MAX_VALUE_BYTES = 25 * 1024 * 1024;
const CASES = 99;

test("a delivery ends before it is longer than a store takes", async () => {
  const service = await serviceOf(CASES, (place) => ({ ...caseAt(place), attachment: "x".repeat(300_000) }));
  assert.ok(CASES * 300_000 > MAX_VALUE_BYTES, "and fewer cases than a delivery may have");
  try {
    const bindings = { UPSTREAM: service.address, TOKEN_URL: `${service.address}/token`, CONTRACTS: [CONTRACT] };
    const one = await setUp({ cases: 10, contracts: 1, kv: true, bindings });
    const run = await one.run();
    assert.deepEqual([run.sync, run.errors, run.changed, run.pending], ["done", undefined, CASES, 0]);
    const { deliveries } = one.hook.state;
    const ids = deliveries.flatMap(({ events }) => events.map(({ case_id }) => case_id));
    assert.deepEqual(ids.sort(), Array.from({ length: CASES }, (_, place) => caseAt(place).case_id).sort());
    for (const { events } of deliveries)
      assert.ok(JSON.stringify(events).length < 4_400_000, `${events.length} events`);
  } finally {
    await service.stop();
  }
});
