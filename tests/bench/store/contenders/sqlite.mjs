// SQLite in WebAssembly, in memory: an index for each query that an index can help, a full-text index over folded words with a
// narrow table of what its results are sorted by, and prepared statements. It returns records as the others do.

import { NOW } from "../data.mjs";
import { ageing, quiet, TOP, waitingOn, weekStart, WEEK_MS, WEEKS } from "../overview.mjs";
import { FACETS, LIMIT, reversed } from "../queries.mjs";
import { fold, idKey, idsOf, wordsOf } from "../words.mjs";

const COLUMNS = [
  "case_id",
  "title",
  "severity",
  "status_flag",
  "status",
  "contract_id",
  "user_id",
  "contact_name",
  "technology_name",
  "sub_technology_name",
  "serial_number",
  "creation_date",
  "updated_date",
  "bugs",
  "rmas",
];
/** Keys that are made beforehand. They are the first columns, since the later ones take longer to read. */
const KEYS = ["updated", "created", "open", "status_key", "title_key"];

const INDEXES = [
  "UNIQUE INDEX by_id ON cases(case_id)",
  "INDEX by_updated ON cases(updated DESC, case_id)",
  "INDEX by_severity ON cases(severity, updated DESC, case_id)",
  "INDEX by_flag ON cases(status_flag, updated DESC, case_id)",
  "INDEX by_flag_severity ON cases(status_flag, severity, updated DESC, case_id)",
  "INDEX by_contract ON cases(contract_id, updated DESC, case_id)",
  "INDEX by_contract_status ON cases(contract_id, status, updated DESC, case_id)",
  "INDEX by_flag_alone ON cases(status_flag)",
  "INDEX by_title ON cases(title_key, title, case_id)",
  "INDEX by_flag_title ON cases(status_flag, title_key DESC, title DESC, case_id)",
  "INDEX by_status ON cases(status_key, severity, updated DESC, title_key, title, case_id)",
  "INDEX by_status_name ON cases(status)",
  "INDEX by_technology ON cases(technology_name)",
  "INDEX by_serial ON cases(serial_number)",
  "INDEX by_flag_status ON cases(status_flag, status)",
  "INDEX by_flag_contract ON cases(status_flag, contract_id)",
  "INDEX by_flag_technology ON cases(status_flag, technology_name)",
  "INDEX by_open ON cases(open, created, updated)",
  "INDEX by_created ON cases(created)",
  "INDEX by_matrix ON cases(severity, open, status)",
];

const SCHEMA = `
  PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE;
  CREATE TABLE cases(id INTEGER PRIMARY KEY, ${[...KEYS, ...COLUMNS].join(", ")});
  CREATE TABLE sort_keys(id INTEGER PRIMARY KEY, updated, status_flag, case_id);
  CREATE VIRTUAL TABLE words USING fts5(
    title, ids, whole, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3', detail='column'
  );
`;

/** Missing values are last. */
const LAST_TEXT = "\u{10ffff}";
const MISSING_SEVERITY = 9;

const valuesOf = (record) => [
  record.updated_date && Date.parse(record.updated_date),
  record.creation_date && Date.parse(record.creation_date),
  record.status_flag === "O" || (record.status_flag !== "C" && record.status !== "Closed") ? 1 : 0,
  fold(record.status),
  record.title === "" ? LAST_TEXT : fold(record.title),
  record.case_id,
  record.title,
  record.severity ?? MISSING_SEVERITY,
  record.status_flag,
  record.status,
  record.contract_id,
  record.user_id,
  record.contact_name,
  record.technology_name,
  record.sub_technology_name,
  record.serial_number,
  record.creation_date,
  record.updated_date,
  JSON.stringify(record.bugs),
  JSON.stringify(record.rmas),
];

function wordValuesOf(record) {
  const ids = idsOf(record);
  const all = record.user_id ? [...ids, record.user_id] : ids;
  const parts = all.flatMap((id) => wordsOf(id));
  const keys = all.map(idKey);
  return [
    wordsOf(record.title).join(" "),
    [...parts, ...ids.map((id) => reversed(idKey(id)))].join(" "),
    keys.join(" "),
  ];
}

const marks = (count) => Array.from({ length: count }, () => "?").join(",");

/** Creates the database of records. `sqlite3` is the initialised module. */
export function createSqlite(sqlite3, records) {
  const db = new sqlite3.oo1.DB(":memory:");
  db.exec(SCHEMA);
  const insert = db.prepare(`INSERT INTO cases VALUES(?,${marks(COLUMNS.length + KEYS.length)})`);
  const insertWords = db.prepare("INSERT INTO words(rowid, title, ids, whole) VALUES(?,?,?,?)");
  db.exec("BEGIN");
  records.forEach((record, at) => {
    insert.bind([at + 1, ...valuesOf(record)]).stepReset();
    insertWords.bind([at + 1, ...wordValuesOf(record)]).stepReset();
  });
  db.exec("COMMIT");
  db.exec("INSERT INTO sort_keys SELECT id, updated, status_flag, case_id FROM cases");
  for (const index of INDEXES) db.exec(`CREATE ${index}`);
  db.exec("INSERT INTO words(words) VALUES('optimize'); ANALYZE;");
  insert.finalize();
  insertWords.finalize();

  const prepare = statements(db);
  return {
    name: "SQLite",
    db,
    query: (query) => planOf(prepare, query),
    answer: ({ total, found }) => ({ total, ids: found.map(({ case_id }) => case_id) }),
    apply: applyTo(db, prepare),
    ...aggregates(prepare),
    bytes: () => sqlite3.wasm.heap8u().buffer.byteLength,
    close() {
      for (const statement of prepare.all()) statement.finalize();
      db.close();
    },
  };
}

/** Prepares each statement once. */
function statements(db) {
  const known = new Map();
  const prepare = (sql) => {
    if (!known.has(sql)) known.set(sql, db.prepare(sql));
    return known.get(sql);
  };
  return Object.assign(prepare, { all: () => known.values() });
}

/** The statement of the total and that of the window. The window is chosen by ids, so that only its rows are read. */
function statementsOf(prepare, { sql: { where, order, match, open }, offset }) {
  const columns = COLUMNS.map((name) => `cases.${name}`).join();
  if (match) {
    const found = `words CROSS JOIN sort_keys ON id = words.rowid WHERE words MATCH ?${open ? " AND status_flag = 'O'" : ""}`;
    const ids = `SELECT id FROM ${found} ORDER BY ${order} LIMIT ${LIMIT}`;
    return {
      total: prepare(`SELECT count(*) FROM ${open ? found : "words WHERE words MATCH ?"}`),
      window: prepare(`SELECT ${columns} FROM (${ids}) JOIN cases USING(id) ORDER BY ${order}`),
    };
  }
  const condition = where ? ` WHERE ${where}` : "";
  const ordered = `FROM cases${condition} ORDER BY ${order} LIMIT ${LIMIT} OFFSET ${offset}`;
  const byId = `SELECT ${columns} FROM cases WHERE id IN (SELECT id ${ordered}) ORDER BY ${order}`;
  return {
    total: prepare(`SELECT count(*) FROM cases${condition}`),
    window: prepare(offset > 0 ? byId : `SELECT ${columns} ${ordered}`),
  };
}

function planOf(prepare, query) {
  const { total, window } = statementsOf(prepare, query);
  const { bind } = query.sql;
  return () => {
    if (bind.length > 0) {
      total.bind(bind);
      window.bind(bind);
    }
    total.step();
    const count = total.getInt(0);
    total.reset();
    const found = [];
    while (window.step()) found.push(recordOf(window.get([])));
    window.reset();
    return { total: count, found };
  };
}

function recordOf(row) {
  return {
    case_id: row[0],
    title: row[1],
    severity: row[2] === MISSING_SEVERITY ? null : row[2],
    status_flag: row[3],
    status: row[4],
    contract_id: row[5],
    user_id: row[6],
    contact_name: row[7],
    technology_name: row[8],
    sub_technology_name: row[9],
    serial_number: row[10],
    creation_date: row[11],
    updated_date: row[12],
    bugs: row[13] === "[]" ? [] : JSON.parse(row[13]),
    rmas: row[14] === "[]" ? [] : JSON.parse(row[14]),
  };
}

/** Returns the function that applies changed records in one transaction; an older record changes nothing. */
function applyTo(db, prepare) {
  const find = prepare("SELECT id, updated, title FROM cases WHERE case_id = ?");
  const names = [...KEYS, ...COLUMNS].map((name) => `${name} = ?`).join(", ");
  const update = prepare(`UPDATE cases SET ${names} WHERE id = ?`);
  const updateKeys = prepare("UPDATE sort_keys SET updated = ?, status_flag = ? WHERE id = ?");
  const remove = prepare("DELETE FROM words WHERE rowid = ?");
  const insert = prepare("INSERT INTO words(rowid, title, ids, whole) VALUES(?,?,?,?)");
  return (changed) => {
    db.exec("BEGIN");
    for (const record of changed) {
      find.bind([record.case_id]).step();
      const [id, updated, title] = find.get([]);
      find.reset();
      const values = valuesOf(record);
      if (updated > Date.parse(record.updated_date)) continue;
      update.bind([...values, id]).stepReset();
      updateKeys.bind([values[0], record.status_flag, id]).stepReset();
      // Of the searched fields only the title changes.
      if (title === record.title) continue;
      remove.bind([id]).stepReset();
      insert.bind([id, ...wordValuesOf(record)]).stepReset();
    }
    db.exec("COMMIT");
  };
}

function rowsOf(statement, bind = []) {
  if (bind.length > 0) statement.bind(bind);
  const rows = [];
  while (statement.step()) rows.push(statement.get([]));
  statement.reset();
  return rows;
}

function aggregates(prepare) {
  return {
    facets({ sql: { where, bind, match } }) {
      const condition = where ? ` WHERE ${where}` : "";
      if (match) {
        // The text is searched once for all fields.
        const counts = FACETS.map((name, at) => `SELECT ${at}, ${name}, count(*) FROM found GROUP BY ${name}`);
        const found = `SELECT ${FACETS.join()} FROM cases${condition}`;
        const all = prepare(`WITH found AS MATERIALIZED (${found}) ${counts.join(" UNION ALL ")}`);
        return () => {
          const groups = FACETS.map(() => []);
          for (const [at, value, count] of rowsOf(all, bind)) groups[at].push([value, count]);
          return groups;
        };
      }
      const all = FACETS.map((name) => prepare(`SELECT ${name}, count(*) FROM cases${condition} GROUP BY ${name}`));
      return () => all.map((statement) => rowsOf(statement, bind));
    },
    facetCounts: (found) =>
      Object.fromEntries(found.map((rows, at) => [FACETS[at], new Map(rows.map(([value, n]) => [String(value), n]))])),
    overview: () => overviewOf(prepare),
    overviewCounts: (found) => found,
  };
}

/** The counts of buckets: of each the cases of the bound before, without those of its own. */
const counts = (prepare, column, instants) =>
  prepare(
    `SELECT count(${column}), ${instants.map((ms) => `sum(${column} <= ${ms})`).join()} FROM cases WHERE open = 1`,
  );

const differences = ([row]) => row.map((count, at) => (count ?? 0) - (row[at + 1] ?? 0));

function overviewOf(prepare) {
  const now = Date.parse(NOW);
  const first = weekStart(now) - WEEK_MS * (WEEKS - 1);
  const matrix = prepare("SELECT severity, open, status, count(*) FROM cases GROUP BY severity, open, status");
  const ages = counts(prepare, "created", ageing.instants(now));
  const silences = counts(prepare, "updated", quiet.instants(now));
  const week = (column) => `CASE WHEN ${column} < ${first} THEN -1 ELSE (${column} - ${first}) / ${WEEK_MS} END`;
  const opened = prepare(`SELECT ${week("created")} AS week, count(*) FROM cases GROUP BY week`);
  const closed = prepare(`SELECT ${week("updated")} AS week, count(*) FROM cases WHERE open = 0 GROUP BY week`);
  // Equal counts are ordered by their values afterwards: their folded order is that of the other contenders.
  const top = (name, atLeast) =>
    prepare(
      `SELECT ${name}, count(*) AS n FROM cases WHERE ${name} <> '' GROUP BY ${name} HAVING n >= ${atLeast}
       ORDER BY n DESC, lower(${name}) LIMIT ${TOP}`,
    );
  const [technologies, serials] = [top("technology_name", 1), top("serial_number", 2)];
  return () => {
    const cells = rowsOf(matrix).map(([severity, open, status, n]) => [`${severity} ${open ? "O" : "C"} ${status}`, n]);
    const [openedIn, closedIn] = [new Map(rowsOf(opened)), new Map(rowsOf(closed))];
    let backlog = (openedIn.get(-1) ?? 0) - (closedIn.get(-1) ?? 0);
    const weeks = Array.from({ length: WEEKS }, (_, at) => {
      const [opened, closed] = [openedIn.get(at) ?? 0, closedIn.get(at) ?? 0];
      backlog += opened - closed;
      return { opened, closed, backlog };
    });
    return {
      matrix: cells.sort(),
      ageing: differences(rowsOf(ages)),
      quiet: differences(rowsOf(silences)),
      waiting: waitingOn(cells),
      weeks,
      technologies: rowsOf(technologies),
      serials: rowsOf(serials),
    };
  };
}
