// The queries of the benchmark, each as every contender states it at its best: as a query of the store, as a condition and
// an order over prepared rows, as SQL, and, for peers that are made for it, as filters or as a live query.

import { and, eq, gte, inArray } from "@tanstack/db";
import { NOW } from "./data.mjs";
import { idKey, MIN_END, wordsOf } from "./words.mjs";

const DAY_MS = 86_400_000;
/** The window of every query. */
export const LIMIT = 50;

const byId = (a, b) => (a.id < b.id ? -1 : 1);
const byTitle = (a, b) => {
  if (a.titleKey !== b.titleKey) return a.titleKey < b.titleKey ? -1 : 1;
  return a.title === b.title ? 0 : a.title < b.title ? -1 : 1;
};

/** The orders: as terms of the store, as a comparator of rows, and as SQL. */
const ORDERS = {
  updated: {
    sort: [{ by: "updated_date", order: "desc" }],
    compare: (a, b) => b.updated - a.updated || byId(a, b),
    sql: "updated DESC, case_id",
  },
  severity: {
    sort: [{ by: "severity" }, { by: "updated_date", order: "desc" }],
    compare: (a, b) => a.severity - b.severity || b.updated - a.updated || byId(a, b),
    sql: "severity, updated DESC, case_id",
  },
  title: {
    sort: [{ by: "title" }],
    compare: (a, b) => byTitle(a, b) || byId(a, b),
    sql: "title_key, title, case_id",
  },
  titleDescending: {
    sort: [{ by: "title", order: "desc" }],
    compare: (a, b) => byTitle(b, a) || byId(a, b),
    sql: "title_key DESC, title DESC, case_id",
  },
  four: {
    sort: [{ by: "status" }, { by: "severity" }, { by: "updated_date", order: "desc" }, { by: "title" }],
    compare: (a, b) => {
      if (a.statusKey !== b.statusKey) return a.statusKey < b.statusKey ? -1 : 1;
      return a.severity - b.severity || b.updated - a.updated || byTitle(a, b) || byId(a, b);
    },
    sql: "status_key, severity, updated DESC, title_key, title, case_id",
  },
};

/** A condition of rows for the words of a text. The search text of a row is that of `rowOf` in contenders/arrays.mjs. */
function searches(text) {
  const tests = wordsOf(text).map((word) => [` ${word}`, word.length >= MIN_END ? `${word}$` : ` ${word}`]);
  const [[begin, end]] = tests;
  if (tests.length === 1) return ({ search }) => search.includes(begin) || search.includes(end);
  return ({ search }) => tests.every(([begin, end]) => search.includes(begin) || search.includes(end));
}

/** The rank of a row for a text of one word: 3 for a whole id, 2 for a word of the title, else 1. */
function rankBy(text) {
  const [word] = wordsOf(text);
  const [id, user, title] = [` ${word}$`, ` ${word}%`, ` ${word} `];
  return ({ search }) => (search.includes(id) || search.includes(user) ? 3 : search.includes(title) ? 2 : 1);
}

/** The end of an id is found as the beginning of its reversed form, which is indexed with a mark. */
const REVERSED = "←";
export const reversed = (text) => REVERSED + [...text].reverse().join("");

/** The condition of a text for the full-text index: of each word its prefix, or the end of an id. */
const matchOf = (text) =>
  wordsOf(text)
    .map((word) => (word.length >= MIN_END ? `("${word}"* OR "${reversed(word)}"*)` : `"${word}"*`))
    .join(" AND ");

const FOUND = "id IN (SELECT rowid FROM words WHERE words MATCH ?)";
const list = (values) => values.map(() => "?").join(",");

/** The values that the queries search for, as the cases have them. */
function chosenValues(records) {
  const counts = new Map();
  for (const { contract_id } of records) counts.set(contract_id, (counts.get(contract_id) ?? 0) + 1);
  const contracts = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
  const middle = records[records.length >> 1];
  const withSerial = records.find(({ serial_number }) => serial_number);
  return {
    contract: contracts[0],
    contracts: contracts.slice(1, 51),
    case_id: middle.case_id,
    serial_number: withSerial.serial_number,
  };
}

/**
 * The queries. Each has `name`, `query`, `match`, `compare` and perhaps `rank` for rows, and `sql` with `where` or
 * `match`, `order`, `bind`; `text` where MiniSearch can answer it, `filters` where crossfilter can, and `live` where TanStack DB can.
 */
export function queriesOf(records) {
  const { contract, contracts, case_id, serial_number } = chosenValues(records);
  const since = Date.parse(NOW) - 30 * DAY_MS;
  const quietSince = Date.parse(NOW) - 14 * DAY_MS;
  const statuses = ["Customer Pending", "Cisco Pending", "Closed"];
  const some = new Set(contracts);
  const someStatuses = new Set(statuses);

  const query = (name, where, order, { match, sql, bind = [], offset, ...rest }) => ({
    name,
    query: { where, sort: ORDERS[order].sort, limit: LIMIT, ...(offset && { offset }) },
    match,
    offset: offset ?? 0,
    compare: ORDERS[order].compare,
    sql: { where: sql, order: ORDERS[order].sql, bind },
    ...rest,
  });
  const search = (name, text, { open = false } = {}) => {
    const found = searches(text);
    const searching = query(name, { text, ...(open && { status_flag: "O" }) }, "updated", {
      match: open ? (row) => row.flag === "O" && found(row) : found,
      bind: [matchOf(text)],
      text: { text, open },
    });
    return { ...searching, sql: { ...searching.sql, match: true, open } };
  };
  /** A live query of TanStack DB in an order, of the rows that a condition selects. */
  const live =
    (condition, order = "updated") =>
    (from) => {
      const selected = condition ? from.where(({ row }) => condition(row)) : from;
      const ordered =
        order === "severity"
          ? selected.orderBy(({ row }) => row.severityThenUpdated, "asc")
          : selected.orderBy(({ row }) => row.updated, "desc");
      return ordered.limit(LIMIT);
    };

  return [
    query("all, updated desc", {}, "updated", { match: () => true, live: live(), filters: {} }),
    query("all, severity + updated", {}, "severity", { match: () => true, live: live(undefined, "severity") }),
    query("open, updated desc", { status_flag: "O" }, "updated", {
      match: (row) => row.flag === "O",
      sql: "status_flag = 'O'",
      live: live((row) => eq(row.flag, "O")),
      filters: { flag: "O" },
    }),
    query("open, severity 1-2, updated desc", { status_flag: "O", severity: [1, 2] }, "updated", {
      match: (row) => row.flag === "O" && (row.severity === 1 || row.severity === 2),
      sql: "status_flag = 'O' AND severity IN (1, 2)",
      live: live((row) => and(eq(row.flag, "O"), inArray(row.severity, [1, 2]))),
      filters: { flag: "O", severity: [1, 3] },
    }),
    query("closed, severity + updated", { status_flag: "C" }, "severity", {
      match: (row) => row.flag === "C",
      sql: "status_flag = 'C'",
    }),
    query("one contract, updated desc", { contract_id: contract }, "updated", {
      match: (row) => row.contract === contract,
      sql: "contract_id = ?",
      bind: [contract],
      live: live((row) => eq(row.contract, contract)),
      filters: { contract },
    }),
    query("50 contracts, 3 statuses, updated desc", { contract_id: contracts, status: statuses }, "updated", {
      match: (row) => some.has(row.contract) && someStatuses.has(row.status),
      sql: `contract_id IN (${list(contracts)}) AND status IN (${list(statuses)})`,
      bind: [...contracts, ...statuses],
    }),
    query("last 30 days, severity + updated", { updated: { from: new Date(since).toISOString() } }, "severity", {
      match: (row) => row.updated >= since,
      sql: "updated >= ?",
      bind: [since],
      live: live((row) => gte(row.updated, since), "severity"),
    }),
    query(
      "open, quiet for 14 days, severity + updated",
      { status_flag: "O", quiet_for_days: { min: 14 } },
      "severity",
      {
        match: (row) => row.flag === "O" && row.updated <= quietSince,
        sql: "status_flag = 'O' AND updated <= ?",
        bind: [quietSince],
      },
    ),
    query("all, title", {}, "title", { match: () => true }),
    query("closed, title desc", { status_flag: "C" }, "titleDescending", {
      match: (row) => row.flag === "C",
      sql: "status_flag = 'C'",
    }),
    query("all, status + severity + updated + title", {}, "four", { match: () => true }),
    query("all, updated desc, middle", {}, "updated", { match: () => true, offset: records.length >> 1, filters: {} }),
    query("all, title, middle", {}, "title", { match: () => true, offset: records.length >> 1 }),
    search('text "con"', "con"),
    search('text "disco"', "disco"),
    search('text "c"', "c"),
    search('text "rout fail"', "rout fail"),
    search('text "bärenf", open', "bärenf", { open: true }),
    {
      ...search('text "con", by rank', "con"),
      query: { where: { text: "con" }, limit: LIMIT },
      rank: rankBy("con"),
      sql: { match: true, bind: [matchOf("con")], order: `${rankSql("con")} DESC, ${ORDERS.updated.sql}` },
      text: { text: "con", byScore: true },
    },
    search("text: begin of a case id", case_id.slice(0, -3)),
    search("text: end of a case id", case_id.slice(-4)),
    search("text: begin of a serial number", serial_number.slice(0, 3)),
    search("text without a hit", "zzqqxx"),
  ];
}

/** The rank of a word, as SQL. The words of the benchmark need no escaping. */
function rankSql(text) {
  const word = idKey(text);
  const within = (match) => `id IN (SELECT rowid FROM words WHERE words MATCH '${match}')`;
  return `CASE WHEN ${within(`whole : "${word}"`)} THEN 3 WHEN ${within(`title : "${word}"`)} THEN 2 ELSE 1 END`;
}

/** The fields whose values are counted. */
export const FACETS = ["status", "severity", "contract_id", "technology_name"];

/** The conditions under which they are counted. */
export function facetQueries() {
  const con = searches("con");
  return [
    { name: "facets of 4 fields, all", query: {}, match: undefined, filters: {}, sql: { bind: [] } },
    {
      name: "facets of 4 fields, open",
      query: { where: { status_flag: "O" } },
      match: (row) => row.flag === "O",
      filters: { flag: "O" },
      sql: { where: "status_flag = 'O'", bind: [] },
    },
    {
      name: 'facets of 4 fields, closed and text "con"',
      query: { where: { status_flag: "C", text: "con" } },
      match: (row) => row.flag === "C" && con(row),
      sql: { where: `${FOUND} AND status_flag = 'C'`, bind: [matchOf("con")], match: true },
    },
  ];
}

/** The names of the queries that are kept up to date while cases change. */
export const LIVE = [
  "open, updated desc",
  "open, severity 1-2, updated desc",
  "one contract, updated desc",
  "last 30 days, severity + updated",
  'text "con"',
];
