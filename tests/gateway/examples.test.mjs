// The complete Workers in the guide, bundled for deployment and run in workerd. WWW is the folder www.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gateway, service } from "./harness.mjs";

const PAGES = ["guide/gateway.md", "guide/testing.md"];
/** Names that the reader has to define: a Worker that uses them is incomplete. */
const LEFT = /\bcontractsOf\(|\.\.\.options\b/;

const texts = await Promise.all(PAGES.map((page) => readFile(join(process.env.WWW, page), "utf8")));
const shown = texts.flatMap((text) => [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code));
const [ofGateway, ofTests, inWorker] = shown.filter((code) => /^export default /m.test(code) && !LEFT.test(code));

let upstream;
const running = [];

before(async () => {
  upstream = await service();
});
after(async () => {
  await Promise.all(running.map((one) => one.stop()));
  upstream.stop();
});

async function run(name, code, more = {}) {
  const settings = {
    name,
    main: `${name}.ts`,
    compatibility_date: "2026-10-01",
    ...(/\bCaseQuota\b/.test(code) && {
      durable_objects: { bindings: [{ name: "CASE_QUOTA", class_name: "CaseQuota" }] },
      migrations: [{ tag: "v1", new_sqlite_classes: ["CaseQuota"] }],
    }),
  };
  await writeFile(join(import.meta.dirname, `${name}.ts`), code.replace("http://127.0.0.1:4010", upstream.address));
  await writeFile(join(import.meta.dirname, `wrangler-${name}.jsonc`), JSON.stringify(settings));
  const one = await gateway({ config: `wrangler-${name}.jsonc`, upstream: upstream.baseUrl, more });
  running.push(one);
  return one;
}

test("there are three examples", () => assert.ok(inWorker && shown.length > 3));

test("the guide's gateway rejects requests without a token", async () => {
  const one = await run("guide-gateway", ofGateway);
  const response = await one.get("/cases/case_ids/682299374");
  const { error } = await response.json();
  assert.deepEqual([response.status, error.kind, error.source], [401, "authentication", "gateway"]);
  assert.equal((await (await one.get("/health")).json()).configured, true);
});

test("the guide's gateway for tests answers all requests from the sandbox on a port", async () => {
  const one = await run("tests-gateway", ofTests);
  const { case_ids } = await upstream.info();
  const response = await one.get(`/cases/details/case_id/${case_ids[0]}`);
  assert.equal(response.status, 200, JSON.stringify(one.log));
  assert.equal((await response.json()).caseDetail.case_id, case_ids[0]);
});

test("the sandbox in a Worker answers the Worker's client", async () => {
  const one = await run("sandbox-worker", inWorker, { durableObjects: {} });
  const cases = await (await one.sendRequest("/")).json();
  assert.ok(cases.length > 0 && cases.every(({ case_id, title }) => case_id && title));
});
