// The budgets of the store, applied to measurements: each is `{ name, target, value, met }`, and a value that could not be
// measured has `met: false`.

import { reached, STORE } from "../measure/targets.mjs";

const budget = (name, value, target, options) => ({
  name,
  target,
  value: value ?? null,
  atLeast: options?.atLeast ?? false,
  met: value !== undefined && reached(value, target, options),
});

const LARGE = { atLeast: true };

/**
 * The budgets of a row of a query: none but for the numbers of cases that have one. `ms` are the times after an interruption,
 * `repeatedMs` those of the same query again and again.
 */
export function queryBudgets(cases, { found, ms, repeatedMs }) {
  if (isNear(cases, STORE.atMillion.cases)) return [budget("ms", ms.store, STORE.atMillion.queryMs)];
  if (!isNear(cases, STORE.at)) return [];
  return [...answerBudgets(found, ms, ""), ...(repeatedMs ? answerBudgets(found, repeatedMs, " again") : [])];
}

function answerBudgets(found, ms, condition) {
  const { store } = ms;
  const arrays = Math.min(ms.arrays, ms["arrays, top 50 by hand"] ?? Number.POSITIVE_INFINITY);
  const over = (peer) => (store === undefined ? undefined : peer / store);
  const all = [
    budget(`ms${condition}`, store, STORE.queryMs),
    budget(`× arrays${condition}`, over(arrays), STORE.overArrays, LARGE),
  ];
  // An index answers at once that there is nothing.
  return found === 0 ? all : [...all, budget(`× SQLite${condition}`, over(ms.SQLite), STORE.overSqlite, LARGE)];
}

/** The budget of changed cases with live queries. */
export const changesBudgets = (cases, { rows }) =>
  isNear(cases, STORE.at) ? [budget("ms", rows.find(({ name }) => name === "store")?.ms, STORE.changesMs)] : [];

/** The budgets of filling: from the bodies of lists against their records, and from compact pages against decoding them. */
export function ingestBudgets(cases, ingest) {
  if (!isNear(cases, STORE.at)) return [];
  const ratio = (name, over) => {
    const [one, other] = [name, over].map((wanted) => ingest.find(({ name }) => name === wanted)?.ms);
    return one === undefined || other === undefined ? undefined : one / other;
  };
  return [
    budget("× decodeCasesPage", ratio("lists decoded and applied", "lists decoded to records"), STORE.fromJson),
    budget("× decoding in wasm", ratio("compact pages applied", "lists decoded to compact pages"), STORE.fromPages),
  ];
}

/** The budget of what a save of one changed case writes. */
export const savedBudgets = (cases, bytes) =>
  isNear(cases, STORE.at) ? [budget("bytes", bytes, STORE.savedBytes)] : [];

/** The budget of the module with its JavaScript. */
export const weightBudgets = ({ wasm, script }) => [budget("bytes by gzip", wasm + script, STORE.moduleBytes)];

/** The budget of the memory. */
export const memoryBudgets = (cases, bytes) =>
  isNear(cases, STORE.at)
    ? [budget("bytes a case", bytes === undefined ? undefined : bytes / cases, STORE.bytesPerCase)]
    : [];

/** The budget of opening a snapshot. */
export const reopenBudgets = (cases, ms) => (isNear(cases, STORE.at) ? [budget("ms", ms, STORE.reopenMs)] : []);

/** Whether a sandbox was asked for a number of cases: some of them are in no list. */
const isNear = (cases, asked) => cases > 0.9 * asked && cases < 1.1 * asked;

/** A budget as a text for the table. */
export function budgetText({ name, target, value, atLeast, met }) {
  const shown = value === null ? "missing" : value < 10 ? value.toFixed(2) : value.toFixed(0);
  return `${name} ${shown} ${atLeast ? "≥" : "≤"} ${target} ${met ? "✓" : "✗"}`;
}
