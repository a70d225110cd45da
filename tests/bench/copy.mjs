// Rows and time of the copy in workerd's D1 at a size: `CASES=1000000 node copy-bench.mjs`, in the folder that
// `cargo xtask test gateway` makes. Contracts have long-tailed numbers of cases.

import { copy, identity, random } from "./copy-harness.mjs";

const CASES = Number(process.env.CASES ?? 1_000_000);
const CONTRACTS = Math.max(20, Math.round(CASES / 50));

const next = random(11);
const pick = (list) => list[Math.floor(next() * list.length)];
const WORDS = Array.from(
  { length: 30_000 },
  (_, index) => `w${Math.floor(next() * 1e9).toString(36)}${index.toString(36)}`,
);
const STATUSES = ["New", "Cisco Pending", "Customer Pending", "Customer Updated", "Close Pending", "Closed"];
const contract = (index) => `20${String(index).padStart(7, "0")}`;

function record(index) {
  const created = Date.UTC(2024, 0, 1) + Math.floor(next() * 900) * 86_400_000;
  const updated = new Date(created + Math.floor(next() * 30) * 86_400_000 + index).toISOString();
  const word = () => WORDS[Math.floor(next() ** 3 * WORDS.length)];
  const status = pick(STATUSES);
  return {
    case_id: String(600_000_000 + index),
    title: `${word()} ${word()} on ${word()} fails ${index % 7}`,
    severity: 1 + (index % 4),
    status,
    status_flag: status === "Closed" ? "C" : "O",
    contract_id: contract(Math.floor(next() ** 2 * CONTRACTS)),
    user_id: `user${index % 5000}`,
    serial_number: `FOC${index % 200_000}`,
    technology_name: `Technology ${index % 40}`,
    sub_technology_name: "",
    contact_name: "Jane Doe",
    bugs: [],
    rmas: [],
    creation_date: new Date(created).toISOString(),
    updated_date: updated,
    extra: {},
  };
}

const one = await copy();
const ms = async (work) => {
  const start = performance.now();
  const counted = await one.counted(work);
  return { ...counted, ms: Math.round(performance.now() - start) };
};
try {
  const filled = await ms(async () => {
    for (let at = 0; at < CASES; at += 10_000) {
      await one.write(Array.from({ length: Math.min(10_000, CASES - at) }, (_, index) => record(at + index)));
    }
  });
  const { results } = await one.bound
    .prepare("PRAGMA page_count")
    .all()
    .catch(() => ({ results: [] }));
  console.log(`${CASES} cases: ${filled.ms} ms, ${(filled.written / CASES).toFixed(1)} rows written each`, results);
  // Every 40th contract: large and small ones.
  const some = Array.from({ length: 500 }, (_, index) => contract(Math.floor((index * CONTRACTS) / 500)));
  for (const [name, permissions] of [
    ["one contract", { contract_ids: [contract(0)] }],
    ["500 contracts", { contract_ids: some }],
    ["everything", { contract_ids: "*" }],
  ]) {
    const ann = identity(one, permissions);
    let pages = 0;
    let cases = 0;
    let cursor;
    const most = process.env.PAGES ?? 50;
    const fill = await ms(async () => {
      for (let more = true; more && pages < most; pages += 1) {
        const page = JSON.parse((await ann.feed(cursor)).body);
        ({ cursor, has_more: more } = page);
        cases += page.cases.length;
      }
    });
    console.log(`${name}: ${cases} cases in ${pages} pages: ${fill.read} rows, ${fill.ms} ms`);
    if (pages < most) {
      const none = await ms(() => ann.feed(cursor));
      console.log(`  nothing new: ${none.read} rows, ${none.batches} batches, ${none.ms} ms`);
    }
    const { case_id, ...rest } = record(1);
    await one.write([{ ...rest, case_id, contract_id: contract(0), updated_date: new Date().toISOString() }]);
    const change = await ms(() => ann.feed(cursor));
    console.log(`  after a change: ${change.read} rows, ${change.ms} ms`);
    for (const query of [{}, { where: { severity: 1 } }, { where: { text: "fails" } }, { sort: [{ by: "title" }] }]) {
      const answer = await ms(() =>
        ann.query(query).then(
          () => "",
          (error) => JSON.parse(error.body).error.code,
        ),
      );
      console.log(`  ${JSON.stringify(query)}: ${answer.result} ${answer.read} rows, ${answer.ms} ms`);
    }
    const overview = await ms(() =>
      ann.overview({}).then(
        () => "",
        (error) => JSON.parse(error.body).error.code,
      ),
    );
    console.log(`  overview: ${overview.result} ${overview.read} rows, ${overview.ms} ms`);
  }
} finally {
  await one.stop();
}
