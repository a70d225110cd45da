// A bulk read against the bare loop of fetch and JSON.parse, without a socket: both call a sandbox in this process, in
// alternation. in-process.mjs PKG CASES CONCURRENCY ROUNDS [BASELINE] prints, as JSON, `{ name, ms, requests }` for
// each contender, with the times of its rounds.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loopOver } from "./loop.mjs";
import { FROM, TO } from "./range.mjs";

const [folder, cases, concurrency, rounds, baseline] = process.argv.slice(2);
const load = (from, entry) => import(pathToFileURL(join(from, "entry", entry)).href);
const { createSandbox } = await load(folder, "sandbox-node.js");
const sandbox = await createSandbox({ cases: Number(cases) });
const { contract_ids } = sandbox.info({ holders: 20_000 });
let requests = 0;
const fetch = (...request) => {
  requests += 1;
  return sandbox.fetch(...request);
};

const allCasesOf =
  ({ CaseClient }) =>
  async (note) => {
    const rateLimit = { perSecond: 0, perMinute: 0, perDay: 0, maxConcurrent: 0 };
    const client = new CaseClient({ baseUrl: sandbox.baseUrl, token: "anything", fetch, rateLimit });
    const range = { contract_ids, date_created_from: FROM, date_created_to: TO };
    for await (const one of client.allCases(range, { concurrency: Number(concurrency) })) note(one);
    client.free();
  };
const contenders = [
  {
    name: "fetch and JSON.parse page by page",
    run: (note) => loopOver({ fetch, base: sandbox.baseUrl, contract_ids, concurrency: Number(concurrency), note }),
  },
  { name: "allCases", run: allCasesOf(await load(folder, "node.js")) },
  ...(baseline ? [{ name: "the baseline's allCases", run: allCasesOf(await load(baseline, "node.js")) }] : []),
].map((one) => ({ ...one, ms: [], requests: 0 }));

let expected;
// The first round is a warm-up.
for (let round = 0; round <= Number(rounds); round += 1) {
  for (const one of round % 2 ? contenders.toReversed() : contenders) {
    globalThis.gc?.();
    requests = 0;
    // Each result is read once.
    let [count, letters] = [0, 0];
    const start = performance.now();
    await one.run(({ case_id, title, severity }) => {
      count += 1;
      letters += case_id.length + title.length + (severity ? 1 : 0);
    });
    const took = performance.now() - start;
    expected ??= [count, letters];
    if (expected[0] !== count || expected[1] !== letters)
      throw new Error(`${one.name}: ${count} cases with ${letters} letters, instead of ${expected}`);
    if (round > 0) one.ms.push(took);
    one.requests = requests;
  }
}
console.log(
  JSON.stringify({
    cases: expected[0],
    contenders: contenders.map(({ name, ms, requests }) => ({ name, ms, requests })),
  }),
);
process.exit(0);
