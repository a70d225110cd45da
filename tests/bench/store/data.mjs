// The cases of the benchmark of the store: those of a sandbox whose titles have a long tail of rare words. They are read as
// a portal reads them: page by page from the lists, and the technologies from the summaries.

import { windows } from "../all-cases/range.mjs";

/** The instant of the sandbox's clock, from which ages are counted. */
export const NOW = "2026-06-01T12:00:00Z";

/** The maximum number of case ids of a summary. */
const SUMMARY_IDS = 30;

const AUTHORIZED = { headers: { Authorization: "Bearer anything" } };

/**
 * Reads all cases of a sandbox. Returns the bodies of the lists and of the summaries. `modules` is `{ createSandbox,
 * decodeCasesPage }`.
 */
export async function readBodies({ createSandbox, decodeCasesPage }, cases) {
  const sandbox = await createSandbox({ cases, seed: 7, titles: "varied" });
  const read = async (path) =>
    new Uint8Array(await (await sandbox.fetch(`${sandbox.baseUrl}${path}`, AUTHORIZED)).arrayBuffer());
  const { contract_ids } = sandbox.info({ holders: 20_000 });
  const [lists, summaries, case_ids] = [[], [], []];
  for (let at = 0; at < contract_ids.length; at += 10) {
    const ids = contract_ids.slice(at, at + 10).join(",");
    for (const range of windows()) {
      for (let [page, last] = [1, 1]; page <= last; page += 1) {
        const body = await read(`/cases/contracts/contract_ids/${ids}?${range}&page_index=${page}`);
        const decoded = decodeCasesPage(body);
        last = decoded.pagination_response_record.last_index;
        if (decoded.cases.length > 0) lists.push(body);
        for (const { case_id } of decoded.cases) case_ids.push(case_id);
      }
    }
  }
  for (let at = 0; at < case_ids.length; at += SUMMARY_IDS) {
    summaries.push(await read(`/cases/case_ids/${case_ids.slice(at, at + SUMMARY_IDS).join(",")}`));
  }
  sandbox.free();
  return { lists, summaries };
}

/** Decodes bodies to records: those of the lists, with the technologies of the summaries. */
export function recordsOf({ decodeCasesPage, decodeCaseSummary }, { lists, summaries }) {
  const records = new Map();
  for (const body of lists) for (const record of decodeCasesPage(body).cases) records.set(record.case_id, record);
  for (const body of summaries) {
    for (const { case_id, technology_name, sub_technology_name } of decodeCaseSummary(body).cases) {
      Object.assign(records.get(case_id), { technology_name, sub_technology_name });
    }
  }
  return [...records.values()];
}

/** A generator of whole numbers below a limit, the same in every run. */
function randomNumbers(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The lowest bits of a linear congruential generator hardly change.
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const STATUSES = ["Customer Pending", "Cisco Pending", "Service Order Pending", "Cisco Release Pending"];

/**
 * Returns changed records: of each round `count` different cases with another severity, status and a new date, and of one
 * in four another title. `records` stay as they are; a case that changes again differs from its last change.
 */
export function changedRecords(records, rounds, count) {
  const below = randomNumbers(1);
  const last = new Map();
  const start = Date.parse(NOW);
  return Array.from({ length: rounds }, (_, round) => {
    const chosen = new Set();
    while (chosen.size < count) chosen.add(records[below(records.length)]);
    return [...chosen].map((record, index) => {
      const before = last.get(record.case_id) ?? record;
      const isClosed = below(5) === 0;
      const after = {
        ...before,
        severity: 1 + below(4),
        status: isClosed ? "Closed" : STATUSES[below(STATUSES.length)],
        status_flag: isClosed ? "C" : "O",
        updated_date: new Date(start + round * 60_000 + index * 100).toISOString(),
        title: index % 4 === 0 ? `${before.title} router ${round}`.slice(0, 240) : before.title,
      };
      last.set(record.case_id, after);
      return after;
    });
  });
}
