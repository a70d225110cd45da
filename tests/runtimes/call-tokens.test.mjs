// The token function of a call: the requests of the call share its tokens, and no other call does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

const sandbox = await createSandbox({ cases: 3000, seed: 1 });
const { contract_ids } = sandbox.info();

/** A client, the tokens of its requests, and a function that returns a new token with each call. */
function counting(accepts = () => true) {
  const sent = [];
  const client = new CaseClient({
    baseUrl: sandbox.baseUrl,
    rateLimit: false,
    fetch: (url, init) => {
      sent.push(init.headers.authorization);
      return accepts(init.headers.authorization)
        ? sandbox.fetch(url, init)
        : Response.json({ errorCode: "Not Authorized" }, { status: 401 });
    },
  });
  let calls = 0;
  const token = async () => ({ access_token: `token-${(calls += 1)}`, expires_in: 3600 });
  return { client, sent, token, calls: () => calls };
}

const drain = async (call) => {
  let count = 0;
  for await (const _ of call) count += 1;
  return count;
};
const criteria = { contract_ids: contract_ids.slice(0, 30), status_flag: "O" };
const READS = {
  "a list that is iterated": (client, options) =>
    client.casesByContract({ contract_ids: contract_ids.slice(0, 10) }, options),
  allCases: (client, options) => client.allCases(criteria, options),
  changes: (client, options) => client.changes(criteria, null, options),
  allDetails: (client, options) => client.allDetails(sandbox.info().case_ids.slice(0, 5), options),
};

test("a call's own token function is called once for all of its requests", async () => {
  for (const [name, read] of Object.entries(READS)) {
    const { client, sent, token, calls } = counting();
    assert.ok((await drain(read(client, { token }))) > 0);
    assert.ok(sent.length > 1, `${name}: ${sent.length} requests`);
    assert.deepEqual([calls(), ...new Set(sent)], [1, "Bearer token-1"], name);
    // Another call has its own.
    await drain(read(client, { token }));
    assert.deepEqual([calls(), sent.at(-1)], [2, "Bearer token-2"], name);
  }
});

test("it is called again if its token is rejected, or is about to expire", async () => {
  for (const [name, read] of Object.entries(READS)) {
    const { client, sent, token, calls } = counting((header) => header !== "Bearer token-1");
    assert.ok((await drain(read(client, { token }))) > 0);
    assert.equal(calls(), 2, name);
    assert.equal(sent.at(-1), "Bearer token-2");
    assert.ok(sent.lastIndexOf("Bearer token-1") < sent.length - 2, name);
  }
});

test("a page's next page has the token of its call", async () => {
  const { client, sent, token, calls } = counting();
  const page = await client.casesByContract({ contract_ids: contract_ids.slice(0, 10) }, { token });
  assert.ok(page.hasNextPage());
  await page.nextPage();
  assert.deepEqual([calls(), sent], [1, ["Bearer token-1", "Bearer token-1"]]);
});

test("a token function that fails fails the call, and is called again by the next request", async () => {
  const { client } = counting();
  let calls = 0;
  const failing = () => {
    calls += 1;
    throw new Error("signed out");
  };
  const error = await client.caseDetails({ case_id: "612345678" }, { token: failing }).catch((error) => error);
  assert.deepEqual([error.code, error.cause.message], ["NO_TOKEN", "signed out"]);
  assert.ok(calls > 0);
});
