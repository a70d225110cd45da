// The details of an open case: what was read stays when the case is updated and the next reading fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { detailQueries, freshQuery, keptQuery } = await load("case/detail-queries.ts");

test("details that were read once are the kept ones, also if the next reading fails", async (t) => {
  t.after(() => detailQueries.clear());
  const detail = { case_id: "612345678", notes: [{ note: "first" }] };
  const applied = [];
  const answers = [() => detail, () => Promise.reject(new Error("no connection"))];
  const from = {
    identity: "a",
    client: { caseDetails: async () => answers.shift()() },
    store: {
      // The case is in the list, and was never opened.
      get: (case_id, options) => (options?.details ? Promise.resolve(undefined) : { case_id }),
      apply: (one) => applied.push(one),
    },
  };
  const kept = keptQuery(from, detail.case_id);
  assert.equal(await detailQueries.fetchQuery(kept), null);
  assert.equal(await detailQueries.fetchQuery(freshQuery(from, detail.case_id, "2026-01-01T00:00:00Z")), detail);
  await assert.rejects(
    detailQueries.fetchQuery(freshQuery(from, detail.case_id, "2026-01-02T00:00:00Z")),
    /no connection/,
  );
  assert.deepEqual(await detailQueries.fetchQuery(kept), detail);
  assert.deepEqual(applied, [detail]);
  assert.equal(await detailQueries.fetchQuery(keptQuery({ ...from, identity: "b" }, detail.case_id)), null);
});
