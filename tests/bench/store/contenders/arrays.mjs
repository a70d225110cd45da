// Plain arrays: rows with dates as numbers, folded keys and a folded search text, all made beforehand.

import { NOW } from "../data.mjs";
import { ageing, quiet, TOP, weekStart, WEEK_MS, WEEKS, waitingOn } from "../overview.mjs";
import { FACETS, LIMIT } from "../queries.mjs";
import { fold, idKey, idsOf, wordsOf } from "../words.mjs";
import { bestOf } from "./best-of.mjs";

/**
 * The prepared row of a record. In the search text a blank is before every word, `$` after a whole id whose end is searched,
 * `%` after a whole user id, `~` after a part of an id, and a blank after a word of the title.
 */
export function rowOf(record) {
  const { case_id, title, severity, status, status_flag, contract_id, creation_date, updated_date } = record;
  let search = ` ${wordsOf(title).join(" ")} `;
  for (const id of idsOf(record)) search += idWords(id, "$");
  if (record.user_id) search += idWords(record.user_id, "%");
  return {
    record,
    id: case_id,
    title,
    titleKey: title === "" ? "\u{10ffff}" : fold(title),
    // A missing severity is last.
    severity: severity ?? 9,
    status,
    statusKey: fold(status),
    flag: status_flag,
    contract: contract_id,
    technology: record.technology_name,
    serial: record.serial_number,
    created: creation_date === null ? Number.NEGATIVE_INFINITY : Date.parse(creation_date),
    updated: updated_date === null ? Number.NEGATIVE_INFINITY : Date.parse(updated_date),
    search,
  };
}

function idWords(id, end) {
  const key = idKey(id);
  const parts = wordsOf(id).filter((word) => word !== key);
  return `${parts.map((word) => ` ${word}~`).join("")} ${key}${end}`;
}

const FIELDS = { status: "status", severity: "severity", contract_id: "contract", technology_name: "technology" };

/** Creates the arrays of records. */
export function createArrays(records) {
  const rows = records.map(rowOf);
  const positions = new Map(rows.map(({ id }, position) => [id, position]));
  const apply = (changed) => {
    for (const record of changed) {
      const position = positions.get(record.case_id);
      // An older record changes nothing.
      if (position !== undefined && Date.parse(record.updated_date) < rows[position].updated) continue;
      if (position === undefined) positions.set(record.case_id, rows.length);
      rows[position ?? rows.length] = rowOf(record);
    }
  };
  return {
    rows,
    sorted: { name: "arrays", query: (query) => () => sorted(rows, query), apply, ...aggregates(rows), answer },
    heap: {
      name: "arrays, top 50 by hand",
      query: (query) => (query.offset ? undefined : () => top(rows, query)),
      answer,
    },
  };
}

const answer = ({ total, found }) => ({ total, ids: found.map(({ case_id }) => case_id) });
const recordOf = ({ record }) => record;

/** Filters, sorts, and takes the window. */
function sorted(rows, { match, compare, rank, offset }) {
  const found = rows.filter(match);
  if (rank) {
    const ranked = found.map((row) => ({ row, rank: rank(row) }));
    ranked.sort((a, b) => b.rank - a.rank || compare(a.row, b.row));
    return { total: found.length, found: ranked.slice(0, LIMIT).map(({ row }) => row.record) };
  }
  found.sort(compare);
  return { total: found.length, found: found.slice(offset, offset + LIMIT).map(recordOf) };
}

/** Keeps the best rows in order while it filters, without sorting the others. */
function top(rows, { match, compare, rank }) {
  const ranks = rank && new Map();
  const best = bestOf(LIMIT, rank ? (a, b) => ranks.get(b) - ranks.get(a) || compare(a, b) : compare);
  let total = 0;
  for (const row of rows) {
    if (!match(row)) continue;
    total += 1;
    if (rank) ranks.set(row, rank(row));
    best.add(row);
  }
  return { total, found: best.rows.map(recordOf) };
}

const increment = (counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1);

function aggregates(rows) {
  return {
    facets:
      ({ match }) =>
      () => {
        const counts = FACETS.map(() => new Map());
        for (const row of rows) {
          if (match && !match(row)) continue;
          for (let at = 0; at < FACETS.length; at += 1) increment(counts[at], row[FIELDS[FACETS[at]]]);
        }
        return counts;
      },
    facetCounts: (counts) =>
      Object.fromEntries(counts.map((map, at) => [FACETS[at], new Map([...map].map(([key, n]) => [String(key), n]))])),
    overview: () => () => overview(rows),
    overviewCounts: (found) => found,
  };
}

function overview(rows) {
  const now = Date.parse(NOW);
  const first = weekStart(now) - WEEK_MS * (WEEKS - 1);
  const [matrix, technologies, serials] = [new Map(), new Map(), new Map()];
  const [ages, silences] = [ageing.counter(now), quiet.counter(now)];
  const weeks = Array.from({ length: WEEKS + 1 }, () => ({ opened: 0, closed: 0 }));
  const place = (ms) => (ms < first ? 0 : 1 + Math.floor((ms - first) / WEEK_MS));
  for (const row of rows) {
    const { severity, status, flag, created, updated } = row;
    const isOpen = flag === "O" || (flag !== "C" && status !== "Closed");
    increment(matrix, `${severity} ${isOpen ? "O" : "C"} ${status}`);
    if (row.technology) increment(technologies, row.technology);
    if (row.serial) increment(serials, row.serial);
    const [opened, closed] = [weeks[place(created)], weeks[place(updated)]];
    if (opened) opened.opened += 1;
    if (isOpen) {
      ages.add(created);
      silences.add(updated);
    } else if (closed) closed.closed += 1;
  }
  let backlog = 0;
  const counted = weeks.map(({ opened, closed }) => ({ opened, closed, backlog: (backlog += opened - closed) }));
  return {
    matrix: [...matrix].sort(),
    ageing: ages.counts,
    quiet: silences.counts,
    waiting: waitingOn([...matrix]),
    weeks: counted.slice(1),
    technologies: topOf(technologies, 1),
    serials: topOf(serials, 2),
  };
}

/** The greatest counts; equal ones by their folded values. */
function topOf(counts, atLeast) {
  const all = [...counts].filter(([, count]) => count >= atLeast);
  all.sort(([a, x], [b, y]) => y - x || (fold(a) < fold(b) ? -1 : 1));
  return all.slice(0, TOP);
}
