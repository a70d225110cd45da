// Options for the real TanStack Query: cancelled queries.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { QueryObserver } from "@tanstack/query-core";
import {
  caseDetailsOptions,
  caseKeys,
  casesByContractInfiniteOptions,
  casesByContractOptions,
} from "cisco-support-case/query";
import { setUp } from "./harness.mjs";

test("a query without observers aborts its call", async () => {
  const { sandbox, client, queryClient, urls } = await setUp();
  sandbox.fault("latency", { ms: 60_000 });
  const ended = [];
  for (const options of [
    caseDetailsOptions(client, { case_id: "682299374" }),
    casesByContractOptions(client, { contract_ids: ["1234567"] }),
  ]) {
    const observer = new QueryObserver(queryClient, options);
    const leave = observer.subscribe(() => {});
    await until(() => urls.length === ended.length + 1);
    const { signal } = urls.at(-1)[1];
    assert.equal(signal.aborted, false);
    leave();
    await until(() => signal.aborted);
    ended.push(queryClient.getQueryState(options.queryKey).fetchStatus);
  }
  assert.deepEqual(ended, ["idle", "idle"]);
  assert.equal(sandbox.info().requests.received, 2);

  const infinite = casesByContractInfiniteOptions(client, { contract_ids: ["1234567"] });
  const fetching = queryClient.fetchInfiniteQuery(infinite).catch((error) => error);
  await until(() => urls.length === 3);
  await queryClient.cancelQueries({ queryKey: caseKeys.all });
  await until(() => urls[2][1].signal.aborted);
  await fetching;
});

async function until(holds) {
  for (let turns = 0; !holds(); turns += 1) {
    assert.ok(turns < 1000, "it did not happen within ten seconds");
    await sleep(10);
  }
}
