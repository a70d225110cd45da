// Rejection of requests and responses of excessive size.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CaseClient, checkCasesByContract, checkAllCases, isCaseApiError } from "cisco-support-case";

const client = (fetch) => new CaseClient({ baseUrl: "https://api.example", token: "a-synthetic-token", fetch });
const unreachable = () => assert.fail("nothing is sent");

/** Returns the error of a call, which must fail within a number of milliseconds. */
async function failsWithin(ms, call) {
  const began = performance.now();
  const error = await call().then(
    () => assert.fail("it is refused"),
    (error) => error,
  );
  const took = performance.now() - began;
  assert.ok(isCaseApiError(error), error);
  assert.ok(took < ms, `${took} ms`);
  return error;
}

test("problems beyond the first twenty are counted", async () => {
  const ids = Array.from({ length: 5000 }, (_, n) => `wrong/${n}`);
  const error = await failsWithin(1000, () => client(unreachable).casesByContract({ contract_ids: ids }));
  assert.equal(error.problems.length, 21);
  assert.equal(error.problems.at(-1).message, "and 4981 more");
  assert.match(error.message, /contract_ids\[18\].*; and 4981 more$/);
  assert.ok(error.message.length < 4000, `${error.message.length}`);
  assert.equal(checkCasesByContract({ contract_ids: ids }).at(-1).message, "and 4981 more");
});

test("three million invalid ids take little time and memory", async () => {
  const ids = new Array(3_000_000).fill("wrong id");
  const before = process.memoryUsage();
  const cases = client(unreachable);
  const error = await failsWithin(1000, () => cases.casesByContract({ contract_ids: ids }));
  assert.match(error.problems[0].message, /at most 10 contract ids at once \(3000000 given/);
  assert.ok(error.message.length < 4000, `${error.message.length}`);
  const bulk = cases.allCases({ contract_ids: ids });
  const failed = await failsWithin(10_000, () => bulk[Symbol.asyncIterator]().next());
  assert.match(failed.problems[0].message, /at most 1000000 contract ids at once \(3000000 given/);
  assert.match(failed.message, /; and 999981 more$/);
  assert.equal(checkAllCases({ contract_ids: ids }).length, 21);
  const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().external - before.external;
  assert.ok(grown < 500_000_000, `${grown} bytes`);
});

test("parameters of any size leave the module usable", async () => {
  const cases = client(() => Response.json({ count: 0, cases: [] }));
  const huge = "x".repeat(100_000_000);
  const endless = {
    *entries() {
      for (let n = 0; ; n += 1) yield [`name${n}`, n];
    },
    [Symbol.iterator]() {
      return this.entries();
    },
  };
  const names = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`name${n}`, n]));
  const deep = new Array(100_000).fill(new Array(100_000).fill("x"));
  const params = [
    { case_ids: [huge] },
    { case_ids: huge },
    { case_ids: new Array(1000).fill(huge) },
    { [huge]: 1 },
    { case_ids: ["1"], ...names },
    endless,
    { case_ids: endless },
    { case_ids: deep },
    new Array(3_000_000).fill("1"),
    { case_ids: new Set(new Array(100_000).fill(0).map((_, n) => `${n}`)) },
  ];
  for (const given of params) {
    const error = await failsWithin(3000, () => cases.caseSummary(given));
    assert.equal(error.kind, "invalid_request");
    assert.ok(error.message.length < 8000, `${error.message.length}`);
    assert.ok(error.problems.length <= 21);
  }
  const bulk = cases.allCases({ contract_ids: ["1"], where: { severity: deep } });
  assert.equal((await failsWithin(3000, () => bulk[Symbol.asyncIterator]().next())).problems.length, 21);
  const headers = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`wrong name ${n}`, "x"]));
  const error = await failsWithin(1000, () => cases.caseSummary({ case_ids: ["1"] }, { headers }));
  assert.equal(error.problems.length, 21);
  assert.throws(
    () => new CaseClient({ headers }),
    (error) => error.problems.length === 21 && /and \d+ more$/.test(error.message),
  );
  // The client works as before.
  assert.deepEqual((await cases.caseSummary({ case_ids: ["1"] })).cases, []);
});

test("a bulk call accepts a million ids", () => {
  const ids = Array.from({ length: 1_000_000 }, (_, n) => `${600_000_000 + n}`);
  assert.deepEqual(checkAllCases({ case_ids: ids }), []);
  assert.match(checkAllCases({ case_ids: [...ids, "1"] })[0].message, /1000001 given/);
});
