// Lists and bulk calls.

import { listOf, same } from "./helpers.mjs";

export const lists = [];
const test = (name, run) => lists.push({ name, run });

test("a list returns every case, newest first, and reads both ends twice", async ({ CaseClient }) => {
  const requestedPages = [];
  const found = [];
  for await (const { case_id } of new CaseClient({ fetch: listOf(requestedPages) }).casesByContract({
    contract_ids: ["1"],
  }))
    found.push(case_id);
  same([found.join(" "), requestedPages], ["5 4 3 2 1", [1, 3, 2, 1, 3]], "cases, requested pages");
});

test("a list that was awaited continues from its first page", async ({ CaseClient }) => {
  const requestedPages = [];
  const call = new CaseClient({ fetch: listOf(requestedPages) }).casesByContract(
    { contract_ids: ["1"] },
    { order: "oldest" },
  );
  same(
    (await call).cases.map(({ case_id }) => case_id),
    ["1", "2"],
    "the first page",
  );
  const found = [];
  for await (const { case_id } of call) found.push(case_id);
  same([found.join(" "), requestedPages], ["1 2 3 4 5", [1, 2, 3]], "cases, requested pages");
});

test("a bulk read returns every case, and resumes after an interruption", async ({ CaseClient }) => {
  const client = new CaseClient({ fetch: listOf([]), rateLimit: { perSecond: 0 } });
  const params = { contract_ids: ["1"], status_flag: "O" };
  const found = [];
  let resume;
  for (let part = 0; part < 10; part += 1) {
    const allCases = client.allCases(params, { resume });
    let delivered = 0;
    for await (const { case_id } of allCases) {
      found.push(case_id);
      delivered += 1;
      resume = allCases.resumeToken();
      if (delivered === 2) break;
    }
    if (delivered < 2) break;
  }
  same(found.sort(), ["1", "2", "3", "4", "5"], "the cases");
});
