//! The copy of cases, for JavaScript: statements out, rows in, both as JSON text.

use super::gateway::RawRequest;
use super::json::problems_json;
use crate::boundary::copy_step;
use crate::decode;
use crate::endpoint::CASES_BY_CONTRACT;
use crate::gateway::copy::{
    CopyBatch, CopyChange, CopyQuery, DetailsBatch, FeedCursor, FeedPage, FeedReader, FeedRow, FeedStep, QueryStep,
    acquire_statement, cases_of_statement, changes_statements, compact_statements, drop_details_statements,
    due_details_statements, owners_statement, progress_statements, restore_statements, round_statements,
    synced_statement,
};
use crate::gateway::{GatewayError, RouteMatch};
use crate::model::CaseRecord;
use crate::query::OverviewOptions;
use crate::query::sql::{OverviewRow, SqlStatement, SqlValue};
use crate::rules::Problem;
use crate::util::{Json, ObjectWriter, parse_json, text, write_array, write_string};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// Encodes statements as a JSON array of `{ sql, params }`.
fn statements_json(statements: &[SqlStatement]) -> String {
    let mut out = String::new();
    write_array(&mut out, statements, |out, statement| {
        let mut object = ObjectWriter::open(out);
        object.string("sql", statement.text());
        write_array(object.name("params"), statement.values(), |out, value| match value {
            SqlValue::Integer(number) => out.push_str(&text!(*number)),
            SqlValue::Text(text) => write_string(out, text),
        });
        object.close();
    });
    out
}

/// The rows of statements: a list for each statement, with a list of values for each row.
struct StatementRows(Vec<Json>);

impl StatementRows {
    fn parse(text: &str) -> StatementRows {
        match parse_json(text) {
            Ok(Json::Array(statements)) => StatementRows(statements),
            _ => StatementRows(Vec::new()),
        }
    }

    /// Returns the rows of a statement.
    fn rows(&self, statement: usize) -> &[Json] {
        match self.0.get(statement) {
            Some(Json::Array(rows)) => rows,
            _ => &[],
        }
    }

    fn last(&self) -> &[Json] {
        self.rows(self.0.len().saturating_sub(1))
    }
}

fn value(row: &Json, column: usize) -> Option<&Json> {
    match row {
        Json::Array(values) => values.get(column),
        _ => None,
    }
}

fn integer(row: &Json, column: usize) -> i64 {
    match value(row, column) {
        Some(Json::Number(digits)) => digits.parse().unwrap_or(0),
        _ => 0,
    }
}

fn unsigned(row: &Json, column: usize) -> u32 {
    u32::try_from(integer(row, column)).unwrap_or(u32::MAX)
}

fn string(row: &Json, column: usize) -> String {
    value(row, column).and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// Returns a text that cursors are bound to: the identity for whom they are made. `undefined` before authorization.
#[wasm_bindgen(js_name = copyOwner)]
pub fn copy_owner(request: &RawRequest) -> Option<String> {
    request.principal().map(|principal| principal.owner().to_owned())
}

/// Returns the checked parameters of a list of contracts whose request permits an age, as JSON text; `undefined` for any other
/// request. Dates are in milliseconds since 1970: `from_ms` and `to_ms`, both inclusive.
#[wasm_bindgen(js_name = copiedList)]
pub fn copied_list(request: &RawRequest) -> Option<String> {
    let Some(RouteMatch::Cases { request, no_cache: false, max_age_ms: Some(max_age_ms) }) = &request.matched else {
        return None;
    };
    if request.endpoint.operation_id != CASES_BY_CONTRACT.operation_id {
        return None;
    }
    let mut out = String::new();
    let mut object = ObjectWriter::open(&mut out);
    write_array(object.name("contract_ids"), &request.ids, |out, id| write_string(out, id));
    object.string("sort_by", request.sort_by.unwrap_or("UPDATED_DATE"));
    if let Some(flag) = request.status_flag {
        object.string("status_flag", flag.as_str());
    }
    for (name, date) in [("from_ms", &request.date_created_from), ("to_ms", &request.date_created_to)] {
        if let Some(date) = date {
            object.name(name).push_str(&text!(date.unix_ms()));
        }
    }
    object.number("page_index", Some(request.page_index.unwrap_or(1)));
    object.name("maxAgeMs").push_str(&text!(*max_age_ms));
    object.close();
    Some(out)
}

/// A request for a page of the feed.
#[wasm_bindgen]
pub struct RawCopyFeed {
    reader: FeedReader,
    page: FeedPage,
}

#[wasm_bindgen]
impl RawCopyFeed {
    /// Begins a page of the feed of an authorized request, after a cursor. `undefined` if the request is not authorized, or the
    /// text is no cursor.
    pub fn begin(request: &RawRequest, since: Option<String>, limit: u32, now_ms: f64) -> Option<RawCopyFeed> {
        let principal = request.principal()?;
        let since = match since {
            Some(text) => Some(FeedCursor::parse(&text)?),
            None => None,
        };
        // A mark is shorter than the hash: it is in every cursor.
        let mark = principal.scope.get(..32).unwrap_or(&principal.scope);
        let reader = FeedReader::new(&principal.permissions, mark, since, limit, now_ms as i64);
        Some(RawCopyFeed { reader, page: FeedPage::default() })
    }

    /// Returns the statements of the step, for one batch.
    pub fn statements(&mut self) -> String {
        statements_json(&self.reader.statements())
    }

    /// Whether the last statement's rows are those that the page refers to.
    #[wasm_bindgen(getter, js_name = isAtPage)]
    pub fn is_at_page(&self) -> bool {
        self.reader.is_at_page()
    }

    /// Takes the rows of the batch, without their column `record`. Returns a [`copy_step`].
    #[wasm_bindgen(js_name = onRows)]
    pub fn on_rows(&mut self, rows: &str) -> u32 {
        let rows = StatementRows::parse(rows);
        let feed_row = |row: &Json| FeedRow {
            stream: unsigned(row, 0),
            place: unsigned(row, 1),
            version: integer(row, 2),
            text: string(row, 3),
            number: integer(row, 4),
            owners: string(row, 5),
        };
        let rows: Vec<FeedRow> = rows.last().iter().map(feed_row).collect();
        match self.reader.on_rows(&rows) {
            FeedStep::Run => copy_step::RUN,
            FeedStep::Page(page) => {
                self.page = *page;
                copy_step::DONE
            }
            FeedStep::NotReady => copy_step::NOT_READY,
            FeedStep::Unordered => copy_step::FAILED,
        }
    }

    /// Returns the page as JSON text: `{ cursor, isNew, has_more, refill, left, gone, rows }`.
    pub fn page(&self) -> String {
        let FeedPage { cursor, has_more, refill, left_contract_ids, left_user_ids, gone, rows, is_renewed } =
            &self.page;
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        let flag = |flag: bool| if flag { "true" } else { "false" };
        object.string("cursor", &cursor.to_text());
        object.name("isNew").push_str(flag(self.page.has_changes() || *is_renewed));
        object.name("has_more").push_str(flag(*has_more));
        match refill {
            Some(reason) => object.string("refill", reason.name()),
            None => object.name("refill").push_str("null"),
        }
        let mut left = ObjectWriter::open(object.name("left"));
        write_array(left.name("contract_ids"), left_contract_ids, |out, id| write_string(out, id));
        write_array(left.name("user_ids"), left_user_ids, |out, id| write_string(out, id));
        left.close();
        write_array(object.name("gone"), gone, |out, id| write_string(out, id));
        write_array(object.name("rows"), rows, |out, row| out.push_str(&text!(*row)));
        object.close();
        out
    }
}

/// A request for the answer of a query, or for an overview.
#[wasm_bindgen]
pub struct RawCopyQuery {
    query: Option<CopyQuery>,
    problems: Vec<Problem>,
    answer: String,
}

#[wasm_bindgen]
impl RawCopyQuery {
    /// Checks a query in JSON text for an authorized request. With `overview`, the options of an overview in JSON text,
    /// it is for the overview of the cases. `undefined` if the request is not authorized.
    pub fn begin(request: &RawRequest, query: &str, overview: Option<String>, now_ms: f64) -> Option<RawCopyQuery> {
        let principal = request.principal()?;
        let options = overview.map(|options| OverviewOptions::parse(&options)).transpose();
        let query = options.and_then(|options| CopyQuery::parse(query, options, &principal.permissions, now_ms as i64));
        let (query, problems) = match query {
            Ok(query) => (Some(query), Vec::new()),
            Err(problems) => (None, problems),
        };
        Some(RawCopyQuery { query, problems, answer: String::new() })
    }

    /// Returns the body of the error of an invalid query.
    pub fn error(&self) -> Option<String> {
        if self.query.is_some() {
            return None;
        }
        let error = GatewayError::for_code("INVALID_PARAMETER").with_problems(self.problems.clone());
        Some(error.0.to_json())
    }

    /// Returns the problems of an invalid query, as JSON text.
    pub fn problems(&self) -> String {
        problems_json(&self.problems)
    }

    /// Returns the statements of the step, for one batch.
    pub fn statements(&self) -> String {
        self.query.as_ref().map_or_else(|| "[]".to_owned(), |query| statements_json(&query.statements()))
    }

    /// Takes the rows of the batch, without their column `record`. Returns a [`copy_step`].
    #[wasm_bindgen(js_name = onRows)]
    pub fn on_rows(&mut self, rows: &str) -> u32 {
        let Some(query) = &mut self.query else { return copy_step::FAILED };
        let rows = StatementRows::parse(rows);
        let step = if query.is_planning() {
            let counts: Option<Vec<u32>> = match rows.rows(1).first() {
                Some(Json::Array(values)) if !rows.rows(0).is_empty() => Some(
                    (0..values.len())
                        .map(|column| rows.rows(1).first().map_or(0, |row| unsigned(row, column)))
                        .collect(),
                ),
                _ => None,
            };
            query.on_state(counts.as_deref())
        } else if query.is_overview() {
            let overview_row = |row: &Json| OverviewRow {
                section: unsigned(row, 0),
                number: unsigned(row, 1),
                text: string(row, 2),
                is_open: integer(row, 3) != 0,
                count: unsigned(row, 4),
            };
            let rows: Vec<OverviewRow> = rows.rows(0).iter().chain(rows.rows(1)).map(overview_row).collect();
            self.answer = query.overview_json(&rows);
            QueryStep::Done
        } else {
            let page = rows.rows(0);
            self.answer = match page.first() {
                Some(row) if query.has_total() => text!(integer(row, 0)),
                _ => "null".to_owned(),
            };
            let case_id = usize::from(query.has_total());
            let cases = page.iter().filter(|row| value(row, case_id).is_some_and(|id| id.as_str().is_some())).count();
            query.on_page(u32::try_from(cases).unwrap_or(u32::MAX))
        };
        match step {
            QueryStep::Run => copy_step::RUN,
            QueryStep::Done => copy_step::DONE,
            QueryStep::NotReady => copy_step::NOT_READY,
            QueryStep::TooBroad => copy_step::TOO_BROAD,
        }
    }

    /// Returns the instant of the answer, as RFC 3339.
    pub fn now(&self) -> String {
        self.query.as_ref().map(CopyQuery::now).unwrap_or_default()
    }

    /// Returns the total of a page, or the overview, as JSON text.
    pub fn answer(&self) -> String {
        self.answer.clone()
    }
}

/// Returns a case from JSON text with the fields of the service.
fn record_from_json(record: &str) -> Option<CaseRecord> {
    let document = text!("{\"count\":1,\"cases\":[", record, "]}");
    decode::case_summary(document.as_bytes()).ok()?.cases.into_iter().next()
}

/// The changes that a writer commits together.
#[wasm_bindgen]
pub struct RawCopyBatch {
    batch: CopyBatch,
}

#[wasm_bindgen]
impl RawCopyBatch {
    /// Creates an empty batch of a writer.
    #[wasm_bindgen(constructor)]
    pub fn new(writer: f64) -> RawCopyBatch {
        RawCopyBatch { batch: CopyBatch::new(writer as i64) }
    }

    /// Adds a case, as JSON text with the fields of the service. Returns `false`, and adds nothing, if the batch is full.
    #[wasm_bindgen(js_name = pushCase)]
    pub fn push_case(&mut self, record: &str) -> bool {
        record_from_json(record).is_none_or(|record| self.batch.push(CopyChange::Case(&record)))
    }

    /// Adds a closed case that leaves the copy, as [`push_case`](RawCopyBatch::push_case) does.
    #[wasm_bindgen(js_name = pushClosed)]
    pub fn push_closed(&mut self, record: &str) -> bool {
        record_from_json(record).is_none_or(|record| self.batch.push(CopyChange::Closed(&record)))
    }

    /// Adds the id of a case that is gone. Returns `false`, and adds nothing, if the batch is full.
    #[wasm_bindgen(js_name = pushGone)]
    pub fn push_gone(&mut self, case_id: &str) -> bool {
        self.batch.push(CopyChange::Gone(case_id))
    }

    /// Returns the number of cases that are longer than a row of the database may be.
    #[wasm_bindgen(getter)]
    pub fn reduced(&self) -> u32 {
        self.batch.reduced()
    }

    /// Whether the batch has no change.
    #[wasm_bindgen(js_name = isEmpty)]
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Returns the statements, for one batch. The last one selects the newest version.
    pub fn statements(&self, progress: &str) -> String {
        statements_json(&self.batch.statements(progress))
    }
}

/// The details that a writer commits together.
#[wasm_bindgen]
pub struct RawDetailsBatch {
    batch: DetailsBatch,
}

#[wasm_bindgen]
impl RawDetailsBatch {
    /// Creates an empty batch of a writer.
    #[wasm_bindgen(constructor)]
    pub fn new(writer: f64) -> RawDetailsBatch {
        RawDetailsBatch { batch: DetailsBatch::new(writer as i64) }
    }

    /// Adds the details of a case, as the body of a response of the service. Returns `false` if they are those of another case,
    /// or too long.
    #[wasm_bindgen(js_name = pushDetails)]
    pub fn push_details(&mut self, case_id: &str, details: &str) -> bool {
        let Ok(result) = decode::case_details(details.as_bytes()) else { return false };
        result.detail.case_id == case_id && self.batch.push(&result.detail)
    }

    /// Adds a case whose details could not be read.
    #[wasm_bindgen(js_name = pushFailed)]
    pub fn push_failed(&mut self, case_id: &str) {
        self.batch.push_failed(case_id);
    }

    /// Returns the statements, for one batch. The last one selects the newest version.
    pub fn statements(&self, progress: &str, now_ms: f64) -> String {
        statements_json(&self.batch.statements(progress, now_ms as i64))
    }
}

/// Returns the statements that select open cases whose details are to be read, newest first, by their `case_id`.
#[wasm_bindgen(js_name = copyDueDetails)]
pub fn copy_due_details(writer: f64, most: u32, now_ms: f64) -> String {
    statements_json(&due_details_statements(writer as i64, most, now_ms as i64))
}

/// Returns the statements that drop details of cases by their row ids; the last one selects the greatest `id`.
#[wasm_bindgen(js_name = copyDropDetails)]
pub fn copy_drop_details(writer: f64, after_id: f64, most: u32, progress: &str) -> String {
    statements_json(&drop_details_statements(writer as i64, after_id as i64, most, progress))
}

/// Returns the statements that store progress without changes.
#[wasm_bindgen(js_name = copyProgress)]
pub fn copy_progress(writer: f64, progress: &str) -> String {
    statements_json(&progress_statements(writer as i64, progress))
}

/// Returns the statements by which a writer takes over; the last one selects `epoch`, `writer`, `version`, `progress` and
/// `folding`.
#[wasm_bindgen(js_name = copyAcquire)]
pub fn copy_acquire(epoch: &str) -> String {
    statements_json(&[acquire_statement(epoch)])
}

/// Returns the statements that keep the newest tombstones, and the permissions of readers that came lately; the last one selects
/// `more`, which is 1 if there are others to drop. `day` is today, counted from 1970.
#[wasm_bindgen(js_name = copyCompact)]
pub fn copy_compact(writer: f64, kept: u32, day: u32) -> String {
    statements_json(&compact_statements(writer as i64, kept, i64::from(day)))
}

/// Returns the statements that give the copy another epoch.
#[wasm_bindgen(js_name = copyRestore)]
pub fn copy_restore(writer: f64, epoch: &str) -> String {
    statements_json(&restore_statements(writer as i64, epoch))
}

/// Returns the statements that record a complete round, with a progress.
#[wasm_bindgen(js_name = copyRound)]
pub fn copy_round(writer: f64, started_ms: f64, progress: &str) -> String {
    statements_json(&round_statements(writer as i64, started_ms as i64, progress))
}

/// Returns the statement that selects the time of the last complete round, and the number of contracts that it did not have.
#[wasm_bindgen(js_name = copySynced)]
pub fn copy_synced(contract_ids: Vec<String>) -> String {
    statements_json(&[synced_statement(&contract_ids)])
}

/// Returns the statements that select the contracts and users of the changes after a version.
#[wasm_bindgen(js_name = copyOwnersSince)]
pub fn copy_owners_since(version: f64) -> String {
    statements_json(&[owners_statement(version as i64)])
}

/// Returns the statements that select some cases of contracts, by their `case_id`.
#[wasm_bindgen(js_name = copyCasesOf)]
pub fn copy_cases_of(contract_ids: Vec<String>, most: u32) -> String {
    statements_json(&[cases_of_statement(&contract_ids, most)])
}

/// Returns the statements that select the state, and some cases, also by the versions of their records, and tombstones after a
/// version of each.
#[wasm_bindgen(js_name = copyChangesAfter)]
pub fn copy_changes_after(cases_after: f64, records_after: f64, tombstones_after: f64, most: u32) -> String {
    statements_json(&changes_statements(cases_after as i64, records_after as i64, tombstones_after as i64, most))
}
