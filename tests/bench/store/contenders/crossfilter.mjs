// crossfilter2, for filters over few dimensions, their counts, and the top of one dimension. It counts incrementally: the time
// is that of setting the filters and reading the answer; they are removed outside of the time.

import crossfilter from "crossfilter2";
import { FACETS, LIMIT } from "../queries.mjs";

const DIMENSIONS = {
  flag: ({ flag }) => flag,
  severity: ({ severity }) => severity,
  contract: ({ contract }) => contract,
  updated: ({ updated }) => updated,
  status: ({ status }) => status,
  technology: ({ technology }) => technology,
};
const FIELDS = { status: "status", severity: "severity", contract_id: "contract", technology_name: "technology" };

/** Creates the dimensions and groups of rows. */
export function createCrossfilter(rows) {
  const cases = crossfilter(rows);
  const dimensions = Object.fromEntries(
    Object.entries(DIMENSIONS).map(([name, value]) => [name, cases.dimension(value)]),
  );
  const groups = FACETS.map((field) => dimensions[FIELDS[field]].group());
  const total = cases.groupAll();
  const set = (filters) => {
    for (const [name, wanted] of Object.entries(filters)) {
      if (Array.isArray(wanted)) dimensions[name].filterRange(wanted);
      else dimensions[name].filterExact(wanted);
    }
  };
  const before = () => {
    for (const dimension of Object.values(dimensions)) dimension.filterAll();
  };
  return {
    name: "crossfilter2",
    ordersTies: false,
    before,
    query({ filters, offset }) {
      if (!filters) return undefined;
      return () => {
        set(filters);
        return { total: total.value(), found: dimensions.updated.top(LIMIT, offset) };
      };
    },
    answer: ({ total, found }) => ({ total, ids: found.map(({ id }) => id) }),
    facets({ filters }) {
      if (!filters) return undefined;
      return () => {
        set(filters);
        return groups.map((group) => group.all());
      };
    },
    facetCounts: (found) =>
      Object.fromEntries(
        found.map((group, at) => [
          FACETS[at],
          new Map(group.filter(({ value }) => value > 0).map(({ key, value }) => [String(key), value])),
        ]),
      ),
  };
}
