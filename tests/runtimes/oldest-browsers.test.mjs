// Names that Chrome 91 or Firefox 89 lacks fail when a script of the package uses them. Node's own scripts keep them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CaseClient, errorFromJSON } from "cisco-support-case";
import { casesByContractOptions } from "cisco-support-case/query";
import { createSandbox } from "cisco-support-case/sandbox";
import { CaseStore } from "cisco-support-case/store";

/** Owners of newer names. */
const NEWER = [
  [Object, ["hasOwn", "groupBy"]],
  [Array.prototype, ["at", "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with"]],
  [Object.getPrototypeOf(Uint8Array.prototype), ["at", "findLast", "toSorted", "toReversed", "with"]],
  [String.prototype, ["at", "isWellFormed", "toWellFormed"]],
  [AbortSignal, ["any"]],
  [AbortSignal.prototype, ["throwIfAborted"]],
  [globalThis, ["structuredClone"]],
  [Response, ["json"]],
  [ReadableStream, ["from"]],
];
const uses = [];
for (const [owner, names] of NEWER) {
  for (const name of names) {
    const usual = owner[name];
    if (!usual) continue;
    owner[name] = function (...given) {
      const caller = new Error().stack.split("\n")[2];
      if (!/node_modules\/cisco-support-case\//.test(caller)) return usual.apply(this, given);
      uses.push(`${name} ${caller}`);
      throw new TypeError(`${name} is not a function`);
    };
  }
}

test("calls, bulk calls, query keys, a store and its following need no newer name", async () => {
  const sandbox = await createSandbox({ cases: 60, seed: 4 });
  const { contract_ids, case_ids } = sandbox.info();
  const client = new CaseClient(sandbox.clientOptions);
  assert.equal((await client.caseSummary({ case_ids: case_ids.slice(0, 5) })).cases.length, 5);
  await assert.rejects(client.caseSummary({ case_ids: Array.from({ length: 31 }, (_, at) => `6${at}`) }), (error) => {
    assert.equal(errorFromJSON(error.toJSON()).code, error.code);
    return error.name === "InvalidRequestError";
  });
  let cases = 0;
  for await (const _ of client.allCases({ contract_ids })) cases += 1;
  assert.ok(cases > 50);
  assert.equal(casesByContractOptions(client, { contract_ids }).queryKey[2], "casesByContract");
  const document = await sandbox.fetch(new URL("/__sandbox/openapi.json", sandbox.baseUrl));
  assert.equal(document.status, 200);
  const store = await CaseStore.open();
  const followed = store.follow(client, { contract_ids });
  await followed.whenFilled();
  assert.equal(store.query({ where: { text: "a" } }).total > 0, true);
  await new Response(store.export()).text();
  await followed.stop();
  await store.close();
  assert.deepEqual(uses, []);
});
