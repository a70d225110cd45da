// A store that is saved, over many visits: each has parameters of its own, loses the network at some request, and may crash at
// some write. Whatever happened before, the last visit ends with the cases of the service.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crashingAdapter, random, script } from "./harness.mjs";

const { CaseStore, custom } = await script("entry/store-node.js");
const { CaseClient } = await script("entry/node.js");
const { createSandbox } = await script("entry/sandbox-node.js");

const SEEDS = 30;
const VISITS = 7;
const HOUR_MS = 3_600_000;
/** The case that the page applies by itself: it is none of the service. */
const OWN = "700000000";

/**
 * Resolves once a round has ended: only then the time of the next one is known. Of a restored store `whenFilled()` resolves before
 * its first round.
 */
const roundEnd = (followed) =>
  new Promise((resolve) => {
    const check = () => {
      if (followed.status.state === "following" && followed.status.nextRoundAt !== null) resolve();
    };
    followed.subscribe(check);
    check();
  });

test("visits with other parameters, without network and with crashes end in the cases of the service", async () => {
  let compared = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const next = random(seed);
    const below = (count) => Math.floor(next() * count);
    const sandbox = await createSandbox({ cases: 300, seed, movesPerHour: 60 });
    const contracts = sandbox.info().contract_ids.slice(0, 4);
    const parts = new Map();
    const open = (stepsLeft) =>
      CaseStore.open({ scope: "ann", persist: custom(crashingAdapter(parts, { stepsLeft })), now: new Date(0) });
    for (let visit = 0; visit < VISITS; visit += 1) {
      const store = await open(next() < 0.5 ? 1 + below(40) : Number.POSITIVE_INFINITY);
      let left = below(60);
      let onOffline = () => {};
      const offline = new Promise((resolve) => (onOffline = resolve));
      const fetch = async (...request) => {
        left -= 1;
        if (left >= 0) return sandbox.clientOptions.fetch(...request);
        onOffline();
        throw new TypeError("Failed to fetch");
      };
      const client = new CaseClient({ ...sandbox.clientOptions, fetch, maxRetries: 0 });
      const chosen = contracts.filter(() => next() < 0.7);
      const contract_ids = chosen.length > 0 ? chosen : contracts;
      const filter = next() < 0.2 ? { where: { severity: [1, 2] } } : {};
      const params = { contract_ids, date_created_from: "2025-01-01", ...filter };
      const followed = store.follow(client, params);
      await Promise.race([offline, followed.whenFilled().catch(() => {})]);
      if (next() < 0.5)
        store.apply({ case_id: OWN, contract_id: contracts[0], updated_date: `2026-01-0${1 + visit}T00:00:00Z` });
      if (next() < 0.3) await store.save();
      sandbox.advance(below(5) * HOUR_MS);
      if (next() < 0.5) await followed.stop();
      await store.close();
    }
    const store = await open(Number.POSITIVE_INFINITY);
    const client = new CaseClient(sandbox.clientOptions);
    const params = { contract_ids: contracts, date_created_from: "2025-01-01" };
    const followed = store.follow(client, params);
    await followed.whenFilled();
    await roundEnd(followed);
    store.remove(OWN);
    const state = (cases) => cases.map(({ case_id, updated_date }) => `${case_id} ${updated_date}`).sort();
    const expected = state(await client.allCases(params).toArray({ limit: 1000 }));
    assert.deepEqual(state(store.query({ limit: 1000 }).cases), expected, `seed ${seed}`);
    compared += expected.length;
    await store.close();
  }
  assert.ok(compared > 3000, String(compared));
});
