//! The statements of a writer.

use super::feed_scope::LAST_VERSION;
use super::reduced_case::{fitting_row, write_issues};
use crate::model::{CaseRecord, Issue, write_record};
use crate::query::QueryableCase;
use crate::query::UNICODE_VERSION;
use crate::query::sql::limits::{MAX_PAGE_BYTES, MAX_ROWS_BYTES};
use crate::query::sql::{CASE_COLUMNS, MISSING_MS, SqlStatement, SqlValue, write_case_columns};
use crate::util::{text, write_array, write_string};
use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec, vec::Vec};

/// Places in the row of a case, after those of its columns.
const WORDS: usize = CASE_COLUMNS.len();
const BUGS: usize = WORDS + 1;
const RMAS: usize = WORDS + 2;
const RECORD: usize = WORDS + 3;

/// The column of `updated_ms` in a row.
const UPDATED: usize = 11;

/// A change of the copy.
///
/// ```
/// use cisco_support_case::gateway::copy::CopyChange;
/// assert_eq!(CopyChange::Gone("612345678").case_id(), "612345678");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum CopyChange<'c> {
    /// A case as a list has it.
    Case(&'c CaseRecord),
    /// A closed case that leaves a copy of open cases. Its tombstone has its record, for those who report it as closed.
    Closed(&'c CaseRecord),
    /// The id of a case that no list has any more.
    Gone(&'c str),
}

impl<'c> CopyChange<'c> {
    /// Returns the id of the case.
    pub fn case_id(&self) -> &'c str {
        match self {
            CopyChange::Case(record) | CopyChange::Closed(record) => &record.case_id,
            CopyChange::Gone(case_id) => case_id,
        }
    }
}

/// Changes that are committed together, with the progress of the sync that read them.
///
/// ```
/// use cisco_support_case::{gateway::copy::{CopyBatch, CopyChange}, model::CaseRecord};
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// let mut batch = CopyBatch::new(3);
/// assert!(batch.push(CopyChange::Case(&case)));
/// assert!(batch.push(CopyChange::Gone("698765432")));
/// let statements = batch.statements("a cursor");
/// assert!(statements[0].text().starts_with("INSERT INTO copy_state"), "the writer is checked first");
/// ```
#[derive(Debug)]
pub struct CopyBatch {
    writer: i64,
    /// The rows of cases, by their ids. Of several changes the last one counts.
    changes: BTreeMap<String, Row>,
    bytes: usize,
    reduced: u32,
}

/// The row of a change.
#[derive(Debug)]
enum Row {
    /// The row of a case.
    Case(String),
    /// The id of a case that is gone with the record of a closed one, or nothing.
    Gone(String),
}

impl CopyBatch {
    /// The greatest number of cases of a batch: a database does one thing at a time, and others wait.
    pub const MAX_CHANGES: usize = 500;
    /// Creates an empty batch of a writer, by the number from [`acquire_statement`].
    pub fn new(writer: i64) -> CopyBatch {
        CopyBatch { writer, changes: BTreeMap::new(), bytes: 0, reduced: 0 }
    }

    /// Whether the batch has no change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Adds a change. Returns `false`, and adds nothing, if the batch is full. The first change always has room.
    ///
    /// A case without an id is no case of the service; it is left out. One that is longer than a row may be is
    /// [`reduced`](CopyBatch::reduced).
    pub fn push(&mut self, change: CopyChange<'_>) -> bool {
        let fitted = match change {
            CopyChange::Case(record) => fitting_row(record, row_of).map(|row| (row.is_reduced, Row::Case(row.text))),
            CopyChange::Closed(record) => {
                fitting_row(record, gone_row).map(|row| (row.is_reduced, Row::Gone(row.text)))
            }
            CopyChange::Gone(case_id) => Some((false, Row::Gone(gone_row_of(case_id, "")))),
        };
        let (is_reduced, row) = match fitted {
            Some((is_reduced, row)) => (is_reduced, Some(row)),
            None => (true, None),
        };
        let bytes = row.as_ref().map_or(0, |(Row::Case(text) | Row::Gone(text))| text.len() + 1);
        let is_full = self.changes.len() >= CopyBatch::MAX_CHANGES || self.bytes + bytes > MAX_ROWS_BYTES;
        if is_full && !self.is_empty() {
            return false;
        }
        if let Some(row) = row.filter(|_| !change.case_id().is_empty()) {
            self.bytes += bytes;
            self.changes.insert(change.case_id().to_owned(), row);
        }
        self.reduced += u32::from(is_reduced);
        true
    }

    /// Returns the number of cases that are longer than a row of the database may be. The largest parts of their records are left
    /// out, and `issues` of the records name these; a case whose ids alone are too long is left out.
    pub fn reduced(&self) -> u32 {
        self.reduced
    }

    /// Returns the statements, for one transaction. The last one selects the newest version.
    ///
    /// `progress` is where the sync continues after these changes.
    pub fn statements(&self, progress: &str) -> Vec<SqlStatement> {
        let (rows, gone) = self.parameters();
        let with_rows = |text: String| SqlStatement::new(text, vec![SqlValue::Text(rows.clone())]);
        let with_gone = |text: &str| SqlStatement::new(text, vec![SqlValue::Text(gone.clone())]);
        let both =
            |text: String| SqlStatement::new(text, vec![SqlValue::Text(rows.clone()), SqlValue::Text(gone.clone())]);
        let state = |progress: &str| {
            let values = vec![SqlValue::from(progress)];
            SqlStatement::new(
                "UPDATE copy_state SET progress = ?1, version = max(version, coalesce((SELECT max(version) FROM cases), 0), \
                 coalesce((SELECT max(version) FROM tombstones), 0)) WHERE id = 1",
                values,
            )
        };
        vec![
            fence(self.writer),
            both(tombstones()),
            state(progress),
            with_gone(
                "DELETE FROM case_words WHERE rowid IN (SELECT c.id FROM json_each(?1) AS g CROSS JOIN cases AS c ON c.case_id = \
                 g.value ->> 0)",
            ),
            with_gone(
                "DELETE FROM case_links WHERE id IN (SELECT c.id FROM json_each(?1) AS g CROSS JOIN cases AS c ON c.case_id = \
                 g.value ->> 0)",
            ),
            with_gone("DELETE FROM cases WHERE case_id IN (SELECT value ->> 0 FROM json_each(?1))"),
            with_rows(old_words()),
            with_rows(old_links()),
            with_rows(upsert()),
            with_rows(new_links()),
            with_rows(new_words()),
            state(progress),
            SqlStatement::new("SELECT version FROM copy_state WHERE id = 1", Vec::new()),
        ]
    }

    /// Returns the rows of cases, and the ids and records of those that are gone, as JSON arrays.
    fn parameters(&self) -> (String, String) {
        let (mut rows, mut gone) = (String::from("["), String::from("["));
        for row in self.changes.values() {
            let (list, text) = match row {
                Row::Case(text) => (&mut rows, text),
                Row::Gone(text) => (&mut gone, text),
            };
            if list.len() > 1 {
                list.push(',');
            }
            list.push_str(text);
        }
        rows.push(']');
        gone.push(']');
        (rows, gone)
    }
}

/// Returns the statement that fails unless the writer is the present one: its row lacks a value that must be there.
pub(super) fn fence(writer: i64) -> SqlStatement {
    let text = "INSERT INTO copy_state (id, epoch, writer, version, oldest_version, progress, folding) SELECT 1, NULL, 0, 0, 0, \
                '', '' WHERE NOT EXISTS (SELECT 1 FROM copy_state WHERE id = 1 AND writer = ?1)";
    SqlStatement::new(text, vec![SqlValue::Integer(writer)])
}

/// Returns the row of a case: its columns, words, bugs and RMAs, and its record without the place in a page.
fn row_of(record: &CaseRecord, issues: &[Issue]) -> String {
    let mut row = String::new();
    write_case_columns(&mut row, &QueryableCase::new(record));
    row.pop();
    row.push(',');
    write_string(&mut row, &record_of(record, issues));
    row.push(']');
    row
}

/// Returns the row of a closed case that is gone.
fn gone_row(record: &CaseRecord, issues: &[Issue]) -> String {
    gone_row_of(&record.case_id, &record_of(record, issues))
}

/// Returns the row of a case that is gone: its id and its record, or nothing.
fn gone_row_of(case_id: &str, record: &str) -> String {
    let mut row = String::new();
    write_array(&mut row, &[case_id, record], |out, text| write_string(out, text));
    row
}

/// Returns the record of a case without its place in a page, with the issues of what was left out.
fn record_of(record: &CaseRecord, issues: &[Issue]) -> String {
    let mut placeless = record.clone();
    placeless.item_entry_id = None;
    let mut json = String::new();
    write_record(&mut json, &placeless);
    write_issues(&mut json, issues);
    json
}

/// Returns the rows `r` of parameter 1 with the cases `c` of the copy that have their ids. A `CROSS JOIN` keeps its order:
/// it reads the rows, and seeks the cases.
fn known() -> String {
    text!("json_each(?1) AS r CROSS JOIN cases AS c ON c.case_id = r.value ->> 0")
}

/// Returns the term that a row `r` replaces a case `c`.
fn is_newer() -> String {
    text!(
        "(c.updated_ms < r.value ->> ",
        UPDATED,
        " OR c.updated_ms = r.value ->> ",
        UPDATED,
        " AND c.record <> r.value ->> ",
        RECORD,
        ")"
    )
}

/// Returns the statement of the tombstones: of cases that are gone, and that leave a contract or user.
fn tombstones() -> String {
    text!(
        "INSERT INTO tombstones (version, case_id, contract_id, user_id, record) SELECT s.version + row_number() OVER (ORDER \
         BY t.id), t.case_id, t.contract_id, t.user_id, t.record FROM (SELECT c.id, c.case_id, c.contract_id, c.user_id, '' \
         AS record FROM ",
        known(),
        " WHERE ",
        is_newer(),
        " AND (c.contract_id <> r.value ->> 1 OR c.user_id <> r.value ->> 2) UNION ALL SELECT c.id, c.case_id, \
         c.contract_id, c.user_id, g.value ->> 1 FROM json_each(?2) AS g CROSS JOIN cases AS c ON c.case_id = g.value ->> 0) AS t \
         JOIN copy_state AS s"
    )
}

/// Returns the statement that deletes words that change.
fn old_words() -> String {
    let words = ["title_words", "id_words", "id_keys"].map(|column| {
        let place = CASE_COLUMNS.iter().position(|known| *known == column).unwrap_or_default();
        text!("c.", column, " <> r.value ->> ", place)
    });
    text!(
        "DELETE FROM case_words WHERE rowid IN (SELECT c.id FROM ",
        known(),
        " WHERE ",
        is_newer(),
        " AND (",
        words.join(" OR "),
        "))"
    )
}

/// Returns the statement that deletes bugs and RMAs that a case no longer has.
fn old_links() -> String {
    text!(
        "DELETE FROM case_links WHERE (id, kind, value) IN (SELECT l.id, l.kind, l.value FROM ",
        known(),
        " CROSS JOIN case_links AS l ON l.id = c.id WHERE ",
        is_newer(),
        " AND NOT EXISTS (SELECT 1 FROM json_each(r.value, CASE l.kind WHEN 0 THEN '$[",
        BUGS,
        "]' ELSE '$[",
        RMAS,
        "]' END) AS v WHERE v.value = l.value))"
    )
}

/// Returns the statement that writes cases.
///
/// A status holds since the update that brought it; at first sight, since the last update. The instant of the last note
/// stays: lists have no notes.
fn upsert() -> String {
    let (mut values, mut updates) = (Vec::new(), Vec::new());
    for (place, column) in CASE_COLUMNS.iter().enumerate() {
        values.push(text!("r.value ->> ", place));
        match *column {
            "case_id" | "last_note_ms" => {}
            "status_since_ms" => updates.push(text!(
                "status_since_ms = CASE WHEN excluded.updated_ms <> ",
                MISSING_MS,
                " AND (cases.status <> excluded.status OR cases.status_since_ms = ",
                MISSING_MS,
                ") THEN excluded.updated_ms ELSE cases.status_since_ms END"
            )),
            other => updates.push(text!(other, " = excluded.", other)),
        }
    }
    // A case that was updated is due at once, however often its details could not be read before.
    for column in ["details_failures", "details_retry_ms"] {
        updates.push(text!(
            column,
            " = CASE WHEN excluded.updated_ms <> cases.updated_ms THEN 0 ELSE cases.",
            column,
            " END"
        ));
    }
    text!(
        "INSERT INTO cases (version, record_version, record, ",
        CASE_COLUMNS.join(", "),
        ") SELECT s.version + row_number() OVER (ORDER BY r.key), s.version + row_number() OVER (ORDER BY r.key), r.value ->> ",
        RECORD,
        ", ",
        values.join(", "),
        " FROM json_each(?1) AS r JOIN copy_state AS s LEFT JOIN cases AS c ON c.case_id = r.value ->> 0 WHERE c.id IS NULL \
         OR ",
        is_newer(),
        " ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, record_version = excluded.record_version, \
         record = excluded.record, ",
        updates.join(", ")
    )
}

/// Returns the term that a row `r` is the case `c` as it is now in the copy.
fn is_written() -> String {
    text!("c.record = r.value ->> ", RECORD)
}

/// Returns the statement that adds bugs and RMAs.
fn new_links() -> String {
    let of_kind = |kind: u32, place: usize| {
        text!(
            "SELECT c.id, ",
            kind,
            ", v.value FROM ",
            known(),
            " CROSS JOIN json_each(r.value, '$[",
            place,
            "]') AS v WHERE ",
            is_written()
        )
    };
    text!("INSERT OR IGNORE INTO case_links (id, kind, value) ", of_kind(0, BUGS), " UNION ALL ", of_kind(1, RMAS))
}

/// Returns the statement that adds words of cases that have none.
fn new_words() -> String {
    text!(
        "INSERT INTO case_words (rowid, words) SELECT c.id, r.value ->> ",
        WORDS,
        " FROM ",
        known(),
        " WHERE ",
        is_written(),
        " AND NOT EXISTS (SELECT 1 FROM case_words AS w WHERE w.rowid = c.id)"
    )
}

/// Returns the statement by which a writer takes over: any other one can commit nothing from then on.
///
/// Its row has `epoch`, `writer`, `version`, `progress` and `folding`. A new copy gets the epoch that is given: a random
/// text, by which readers notice that it is another copy. Where `folding` is not this build's, the words and keys are of
/// another version of Unicode, and the copy must be filled anew.
///
/// ```
/// let statement = cisco_support_case::gateway::copy::acquire_statement("b1946ac9");
/// assert!(statement.text().contains("writer = writer + 1 RETURNING epoch, writer"));
/// ```
pub fn acquire_statement(epoch: &str) -> SqlStatement {
    let text = "INSERT INTO copy_state (id, epoch, writer, version, oldest_version, progress, folding) VALUES (1, ?1, 1, 0, 0, \
                '', ?2) ON CONFLICT (id) DO UPDATE SET writer = writer + 1 RETURNING epoch, writer, version, progress, \
                folding";
    let (major, minor, patch) = UNICODE_VERSION;
    let folding = text!(u32::from(major), ".", u32::from(minor), ".", u32::from(patch));
    SqlStatement::new(text, vec![SqlValue::from(epoch), SqlValue::Text(folding)])
}

/// The days after which the permissions of a reader that does not come are forgotten.
const SCOPE_DAYS: i64 = 90;

/// The number of tombstones that are dropped in one transaction, the oldest first: readers wait for its end.
const MAX_DROPPED: i64 = 20_000;

/// Returns the statements that keep the newest tombstones only, and the permissions of readers that came in the last 90 days
/// before a day since 1970, for one transaction. The last one selects `more`: 1 if further ones are to be dropped by another.
///
/// `oldest_version` is then that of the newest one that was dropped, and `dropped_tombstones` has the newest one of each
/// contract and user. A reader from before it may have missed some, and must begin anew.
///
/// ```
/// let statements = cisco_support_case::gateway::copy::compact_statements(3, 10_000, 20_500);
/// assert_eq!(statements.len(), 7);
/// ```
pub fn compact_statements(writer: i64, kept: u32, day: i64) -> [SqlStatement; 7] {
    let dropped = |kind: u32, column: &str| {
        let text = text!(
            "INSERT INTO dropped_tombstones (kind, id, version) SELECT ",
            kind,
            ", t.",
            column,
            ", max(t.version) FROM tombstones AS t WHERE t.version <= (SELECT oldest_version FROM copy_state WHERE id = 1) AND t.",
            column,
            " <> '' GROUP BY t.",
            column,
            " ON CONFLICT (kind, id) DO UPDATE SET version = max(version, excluded.version)"
        );
        SqlStatement::new(text, Vec::new())
    };
    let kept = SqlValue::Integer(i64::from(kept));
    [
        fence(writer),
        SqlStatement::new(
            "UPDATE copy_state SET oldest_version = max(oldest_version, min(coalesce((SELECT version FROM tombstones ORDER BY \
             version DESC LIMIT 1 OFFSET CAST(?1 AS INTEGER)), 0), coalesce((SELECT version FROM tombstones ORDER BY version \
             LIMIT 1 OFFSET CAST(?2 AS INTEGER)), ?3))) WHERE id = 1",
            vec![kept.clone(), SqlValue::Integer(MAX_DROPPED - 1), SqlValue::Integer(LAST_VERSION)],
        ),
        dropped(0, "contract_id"),
        dropped(1, "user_id"),
        SqlStatement::new(
            "DELETE FROM tombstones WHERE version <= (SELECT oldest_version FROM copy_state WHERE id = 1)",
            Vec::new(),
        ),
        SqlStatement::new(
            "DELETE FROM feed_scopes WHERE seen_day < CAST(?1 AS INTEGER)",
            vec![SqlValue::Integer(day - SCOPE_DAYS)],
        ),
        SqlStatement::new(
            "SELECT EXISTS (SELECT 1 FROM tombstones ORDER BY version DESC LIMIT 1 OFFSET CAST(?1 AS INTEGER)) AS more",
            vec![kept],
        ),
    ]
}

/// Returns the statements that give the copy another epoch, for one transaction: all readers begin anew. A writer that finds
/// an older version than it has committed runs them, since an older database was restored.
///
/// ```
/// let [_, statement] = cisco_support_case::gateway::copy::restore_statements(3, "b1946ac9");
/// assert_eq!(statement.text(), "UPDATE copy_state SET epoch = ?1 WHERE id = 1");
/// ```
pub fn restore_statements(writer: i64, epoch: &str) -> [SqlStatement; 2] {
    let text = "UPDATE copy_state SET epoch = ?1 WHERE id = 1";
    [fence(writer), SqlStatement::new(text, vec![SqlValue::from(epoch)])]
}

/// Returns the statement that selects the contracts and users of the changes after a version, before and after them.
///
/// ```
/// let statement = cisco_support_case::gateway::copy::owners_statement(812);
/// assert!(statement.text().contains("tombstones"));
/// ```
pub fn owners_statement(after_version: i64) -> SqlStatement {
    let text = "SELECT contract_id, user_id FROM cases INDEXED BY cases_by_version WHERE version > ?1 UNION SELECT \
                contract_id, user_id FROM tombstones WHERE version > ?1";
    SqlStatement::new(text, vec![SqlValue::Integer(after_version)])
}

/// Returns the statements that select the changes after a version in the order of versions, for one batch: the state
/// (`epoch`, `version`, `oldest_version`), the cases (`version`, `case_id`, `record`), and the tombstones (the same, and `stays`).
/// `most` limits the cases, and the tombstones.
///
/// Cases whose records are of a version up to `records_after` are left out: only their details are newer. A tombstone has the
/// record of a case that was closed, else `''`. A record is `NULL` from the row on at which the records of a list are longer than
/// those of a page of the feed may be: the next batch reads it. `stays` is 1 if the copy has the case under another contract or
/// user, or again.
///
/// ```
/// let [state, cases, tombstones] = cisco_support_case::gateway::copy::changes_statements(812, 800, 812, 200);
/// assert!(state.text().ends_with("FROM copy_state WHERE id = 1"));
/// assert!(cases.text().contains("INDEXED BY cases_by_version"));
/// assert!(tombstones.text().contains("ORDER BY t.version LIMIT ?2"));
/// ```
pub fn changes_statements(cases_after: i64, records_after: i64, tombstones_after: i64, most: u32) -> [SqlStatement; 3] {
    let [cases_after, records_after, tombstones_after, most] =
        [cases_after, records_after, tombstones_after, i64::from(most)].map(SqlValue::Integer);
    let limited = |columns: &str, rows: &str| {
        text!(
            "SELECT ",
            columns,
            ", iif(w.bytes > ",
            MAX_PAGE_BYTES,
            ", NULL, w.record) AS record FROM (SELECT *, sum(length(CAST(record AS BLOB))) OVER (ROWS UNBOUNDED PRECEDING) AS \
             bytes FROM (",
            rows,
            ")) AS w"
        )
    };
    [
        SqlStatement::new("SELECT epoch, version, oldest_version FROM copy_state WHERE id = 1", Vec::new()),
        SqlStatement::new(
            limited(
                "w.version, w.case_id",
                "SELECT version, case_id, record FROM cases INDEXED BY cases_by_version WHERE version > ?1 AND record_version > \
                 ?3 ORDER BY version LIMIT ?2",
            ),
            vec![cases_after, most.clone(), records_after],
        ),
        SqlStatement::new(
            limited(
                "w.version, w.case_id, w.stays",
                "SELECT t.version, t.case_id, t.record, EXISTS (SELECT 1 FROM cases AS c WHERE c.case_id = t.case_id) AS stays \
                 FROM tombstones AS t WHERE t.version > ?1 ORDER BY t.version LIMIT ?2",
            ),
            vec![tombstones_after, most],
        ),
    ]
}

/// Returns the statements that record the time up to which the copy has everything, with the progress that names the
/// contracts of which it has it, for one transaction.
///
/// ```
/// let [_, statement] = cisco_support_case::gateway::copy::round_statements(3, 1_767_225_600_000, "a cursor");
/// assert!(statement.text().starts_with("UPDATE copy_state SET synced_ms"));
/// ```
pub fn round_statements(writer: i64, synced_ms: i64, progress: &str) -> [SqlStatement; 2] {
    let text = "UPDATE copy_state SET synced_ms = CAST(?1 AS INTEGER), progress = ?2 WHERE id = 1";
    [fence(writer), SqlStatement::new(text, vec![SqlValue::Integer(synced_ms), SqlValue::from(progress)])]
}

/// Returns the statement that selects `synced_ms`, the time up to which the copy has everything, and `missing`: how many of some
/// contracts it does not have, since no round has read them to the end, or the service refuses them.
///
/// ```
/// let statement = cisco_support_case::gateway::copy::synced_statement(&["101".to_owned()]);
/// assert!(statement.text().starts_with("SELECT synced_ms"));
/// ```
pub fn synced_statement(contract_ids: &[String]) -> SqlStatement {
    let mut list = String::new();
    write_array(&mut list, contract_ids, |out, id| write_string(out, id));
    let text = "SELECT synced_ms, (SELECT count(*) FROM json_each(?1) AS r WHERE r.value NOT IN (SELECT value FROM \
                json_each(CASE WHEN json_valid(progress) THEN progress ELSE '{}' END, '$.syncedIds'))) AS missing FROM \
                copy_state WHERE id = 1";
    SqlStatement::new(text, vec![SqlValue::Text(list)])
}

/// Returns the statement that selects cases of contracts that are not copied any more, by their `case_id`.
///
/// ```
/// let statement = cisco_support_case::gateway::copy::cases_of_statement(&["101".to_owned()], 400);
/// assert!(statement.text().contains("INDEXED BY cases_by_contract"));
/// ```
pub fn cases_of_statement(contract_ids: &[String], most: u32) -> SqlStatement {
    let mut list = String::new();
    write_array(&mut list, contract_ids, |out, id| write_string(out, id));
    let text = "SELECT c.case_id AS case_id FROM cases AS c INDEXED BY cases_by_contract WHERE c.contract_id IN (SELECT value \
                FROM json_each(?1)) LIMIT ?2";
    SqlStatement::new(text, vec![SqlValue::Text(list), SqlValue::Integer(i64::from(most))])
}
