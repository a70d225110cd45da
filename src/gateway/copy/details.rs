//! The statements by which a writer reads the details of open cases.

use super::batch::fence;
use crate::model::{CaseDetail, DetailColumns, Timestamp};
use crate::query::sql::limits::{MAX_DETAILS_BYTES, MAX_ROWS_BYTES};
use crate::query::sql::{MISSING_MS, SqlStatement, SqlValue};
use crate::util::{DAY_MS, text, write_array, write_string};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// The condition of the index `cases_by_due_details`.
const DUE: &str = "is_open = 1 AND details_retry_ms = 0 AND (details = '' OR details_ms < updated_ms)";

/// The wait after the first failure of a case, which doubles with each further one.
const FIRST_RETRY_MS: i64 = DAY_MS / 24;
/// The number of failures after which the details of a case are requested only once it has been updated.
const MAX_FAILURES: u32 = 6;
/// The instant of a retry that never comes.
const NEVER_MS: i64 = -MISSING_MS;

/// Details of cases that are committed together, with the cases whose details could not be read.
///
/// Details are written with a new version, unless they are as they were. A case fails if its details could not be read, are
/// older than its record, or of another contract or user: it is due again after an hour, then after two, four and so on, and from the sixth failure on
/// only once it has been updated. Meanwhile it blocks no other case.
///
/// ```
/// use cisco_support_case::{gateway::copy::DetailsBatch, model::CaseDetail};
/// let mut detail = CaseDetail::default();
/// detail.case_id = "612345678".into();
/// let mut batch = DetailsBatch::new(3);
/// assert!(batch.push(&detail));
/// batch.push_failed("698765432");
/// let statements = batch.statements("a cursor", 1_767_225_600_000);
/// assert!(statements[0].text().starts_with("INSERT INTO copy_state"), "the writer is checked first");
/// ```
#[derive(Clone, Debug)]
pub struct DetailsBatch {
    writer: i64,
    /// The rows `[case_id, updated_ms, last_note_ms, details, contract_id, user_id]` as JSON texts.
    rows: Vec<String>,
    /// The length of the rows in bytes.
    bytes: usize,
    /// The ids of failed cases.
    failed: Vec<String>,
}

impl DetailsBatch {
    /// Creates an empty batch of a writer.
    pub fn new(writer: i64) -> DetailsBatch {
        DetailsBatch { writer, rows: Vec::new(), bytes: 0, failed: Vec::new() }
    }

    /// Adds the details of a case. Their notes are counted, and not stored. Returns `false`, and adds nothing, if they are too long for
    /// a row, or the batch is full: the case is then one that [fails](DetailsBatch::push_failed).
    pub fn push(&mut self, detail: &CaseDetail) -> bool {
        let columns = DetailColumns::from_detail(detail);
        let ms = |date: &Option<Timestamp>| date.as_ref().map_or(MISSING_MS, Timestamp::unix_ms);
        let mut json = String::new();
        columns.write_json(&detail.case_id, &mut json);
        let mut row = String::from("[");
        write_string(&mut row, &detail.case_id);
        row.push_str(&text!(",", ms(&columns.updated_date), ",", ms(&columns.last_note_date), ","));
        for (place, value) in [&json, &detail.contract_id, &detail.user_id].into_iter().enumerate() {
            row.push_str(if place > 0 { "," } else { "" });
            write_string(&mut row, value);
        }
        row.push(']');
        let has_room = row.len() <= MAX_DETAILS_BYTES && self.bytes + row.len() < MAX_ROWS_BYTES;
        if has_room {
            self.bytes += row.len() + 1;
            self.rows.push(row);
        }
        has_room
    }

    /// Adds a case whose details could not be read.
    pub fn push_failed(&mut self, case_id: &str) {
        self.failed.push(case_id.to_owned());
    }

    /// Returns the statements, for one transaction. The last one selects the newest version.
    ///
    /// `progress` is where the sync continues after these details.
    pub fn statements(&self, progress: &str, now_ms: i64) -> Vec<SqlStatement> {
        let mut rows = String::new();
        write_array(&mut rows, &self.rows, |out, row| out.push_str(row));
        let mut failed = String::new();
        write_array(&mut failed, &self.failed, |out, case_id| write_string(out, case_id));
        let rows = SqlValue::Text(rows);
        vec![
            fence(self.writer),
            SqlStatement::new(write_details(), vec![rows.clone()]),
            SqlStatement::new(count_failures(), vec![SqlValue::Text(failed), rows, SqlValue::Integer(now_ms)]),
            SqlStatement::new(
                "UPDATE copy_state SET progress = ?1, version = max(version, coalesce((SELECT max(version) FROM \
                 cases), 0)) WHERE id = 1",
                vec![SqlValue::from(progress)],
            ),
            SqlStatement::new("SELECT version FROM copy_state WHERE id = 1", Vec::new()),
        ]
    }
}

/// Returns the statement that writes details which differ from those of the copy, and are not older.
///
/// Who may see a case is decided by the contract and user of its row. So details of a case that has moved to others are not
/// written: the lists bring the case with its new ones first.
fn write_details() -> String {
    text!(
        "UPDATE cases SET (version, details_ms, last_note_ms, details, details_failures) = (SELECT s.version + r.key + 1, \
         r.value ->> 1, r.value ->> 2, r.value ->> 3, CASE WHEN r.value ->> 1 < cases.updated_ms THEN \
         cases.details_failures ELSE 0 END FROM json_each(?1) AS r JOIN copy_state AS s WHERE r.value ->> 0 = \
         cases.case_id) WHERE id IN (SELECT c.id FROM json_each(?1) AS r CROSS JOIN cases AS c ON c.case_id = r.value ->> \
         0 WHERE c.details_ms <= r.value ->> 1 AND c.details <> r.value ->> 3 AND r.value ->> 4 IN ('', c.contract_id) \
         AND r.value ->> 5 IN ('', c.user_id))"
    )
}

/// Returns the statement that counts failures: of cases that could not be read, and of those whose details are still older
/// than the record. A case that waits already is not counted twice, as after a batch whose answer was lost.
fn count_failures() -> String {
    let failures = "(details_failures + 1)";
    text!(
        "UPDATE cases SET details_failures = ",
        failures,
        ", details_retry_ms = CASE WHEN ",
        failures,
        " >= ",
        MAX_FAILURES,
        " THEN ",
        NEVER_MS,
        " ELSE CAST(?3 AS INTEGER) + (",
        FIRST_RETRY_MS,
        " << details_failures) END WHERE details_retry_ms = 0 AND id IN (SELECT c.id FROM json_each(?1) AS f CROSS \
         JOIN cases AS c ON c.case_id = f.value UNION ALL SELECT c.id FROM json_each(?2) AS r CROSS JOIN cases AS c ON \
         c.case_id = r.value ->> 0 WHERE c.details = '' OR c.details_ms < c.updated_ms)"
    )
}

/// Returns the statements that select open cases whose details are to be read, newest first, for one transaction. The last
/// one selects `case_id`; before it, failed cases become due whose wait has ended.
///
/// ```
/// let [_, _, statement] = cisco_support_case::gateway::copy::due_details_statements(3, 40, 1_767_225_600_000);
/// assert!(statement.text().contains("INDEXED BY cases_by_due_details"));
/// ```
pub fn due_details_statements(writer: i64, most: u32, now_ms: i64) -> [SqlStatement; 3] {
    let retry = "UPDATE cases INDEXED BY cases_by_details_retry SET details_retry_ms = 0 WHERE details_retry_ms > 0 AND \
                 details_retry_ms <= CAST(?1 AS INTEGER)";
    let due = text!(
        "SELECT case_id FROM cases INDEXED BY cases_by_due_details WHERE ",
        DUE,
        " ORDER BY updated_ms DESC, case_id LIMIT ?1"
    );
    [
        fence(writer),
        SqlStatement::new(retry, vec![SqlValue::Integer(now_ms)]),
        SqlStatement::new(due, vec![SqlValue::Integer(i64::from(most))]),
    ]
}

/// Returns the statements that drop the details, and the counts of failures, of cases with ids above `after_id`, of at most `most` ids, for one transaction.
/// The last one selects the greatest `id` of all cases.
///
/// ```
/// let statements = cisco_support_case::gateway::copy::drop_details_statements(3, 0, 2000, "a cursor");
/// assert!(statements[1].text().ends_with("AND id <= ?2 AND (details <> '' OR details_failures > 0)"));
/// ```
pub fn drop_details_statements(writer: i64, after_id: i64, most: u32, progress: &str) -> [SqlStatement; 4] {
    let drop = text!(
        "UPDATE cases SET details = '', details_ms = ",
        MISSING_MS,
        ", last_note_ms = ",
        MISSING_MS,
        ", details_failures = 0, details_retry_ms = 0 WHERE id > ?1 AND id <= ?2 AND (details <> '' OR \
         details_failures > 0)"
    );
    let ids = [after_id, after_id.saturating_add(i64::from(most))].map(SqlValue::Integer).to_vec();
    let [fence, progress] = progress_statements(writer, progress);
    let last = SqlStatement::new("SELECT coalesce(max(id), 0) AS id FROM cases", Vec::new());
    [fence, SqlStatement::new(drop, ids), progress, last]
}

/// Returns the statements that store progress without changes, for one transaction.
///
/// ```
/// let [_, statement] = cisco_support_case::gateway::copy::progress_statements(3, "a cursor");
/// assert_eq!(statement.text(), "UPDATE copy_state SET progress = ?1 WHERE id = 1");
/// ```
pub fn progress_statements(writer: i64, progress: &str) -> [SqlStatement; 2] {
    let text = "UPDATE copy_state SET progress = ?1 WHERE id = 1";
    [fence(writer), SqlStatement::new(text, vec![SqlValue::from(progress)])]
}
