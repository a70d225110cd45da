//! The boundary of the store's module. Each store has an instance of the module, so there is one `RawStore` per memory.
//!
//! Queries, options and answers with names cross as JSON text, rows as numbers, and pages as bytes in the input buffer.

use super::json::problems_json;
use crate::boundary::answer;
use crate::decode::PageBytes;
use crate::model::write_record;
use crate::query::{CaseQuery, ConditionField};
use crate::rules::Problem;
use crate::store::{
    CaseChange, CaseExport, CaseOverview, CaseStore, ChangeSet, ExportColumn, ExportField, ExportFormat, ExportOptions,
    FacetCount, FacetField, OverviewOptions, StoreError, StoreRestore,
};
use crate::util::{Json, ObjectWriter, format_rfc3339_utc, parse_json, push_decimal, text, write_array, write_string};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// The code of problems with a caller's values.
const CODE: &str = "INVALID_PARAMETER";

/// The default number of values per facet.
const FACET_LIMIT: usize = 1000;

/// A store with its input and output.
#[wasm_bindgen]
pub struct RawStore {
    store: CaseStore,
    /// Bytes from JavaScript.
    input: Vec<u8>,
    /// The query of the last answer.
    query: CaseQuery,
    /// Words of the last answer ([`answer`]).
    output: Vec<u32>,
    text: String,
    /// The number of the last change of each row, by which JavaScript recognizes records that it has.
    revisions: Vec<u32>,
    revision: u32,
    /// The bytes of the last saved part.
    bytes: Vec<u8>,
    restore: Option<StoreRestore>,
    /// The revision of rows without one of their own: all of them, after the cases were replaced.
    base_revision: u32,
    /// The exports in progress, by number.
    exports: Vec<(u32, CaseExport)>,
    last_export: u32,
}

#[wasm_bindgen]
impl RawStore {
    /// Creates an empty store. Ages are measured from `now_ms`.
    #[wasm_bindgen(constructor)]
    pub fn new(now_ms: f64) -> RawStore {
        let mut store = CaseStore::new();
        store.set_now(now_ms as i64);
        RawStore {
            store,
            input: Vec::new(),
            query: CaseQuery::default(),
            output: Vec::new(),
            text: String::new(),
            revisions: Vec::new(),
            revision: 0,
            bytes: Vec::new(),
            restore: None,
            base_revision: 0,
            exports: Vec::new(),
            last_export: 0,
        }
    }

    /// Returns the number of cases.
    pub fn size(&self) -> usize {
        self.store.len()
    }

    /// Returns the version.
    pub fn version(&self) -> f64 {
        self.store.version() as f64
    }

    /// Sets the instant from which ages are measured.
    #[wasm_bindgen(js_name = setNow)]
    pub fn set_now(&mut self, now_ms: f64) {
        self.store.set_now(now_ms as i64);
    }

    /// Allocates the input buffer and returns its address.
    #[wasm_bindgen(js_name = allocInput)]
    pub fn alloc_input(&mut self, length: usize) -> usize {
        self.input.clear();
        self.input.resize(length, 0);
        self.input.as_ptr().addr()
    }

    /// Returns the address of the words of the last answer.
    #[wasm_bindgen(js_name = outputAddress)]
    pub fn output_address(&self) -> usize {
        self.output.as_ptr().addr()
    }

    /// Returns the length of the last answer in bytes.
    #[wasm_bindgen(js_name = outputLength)]
    pub fn output_length(&self) -> usize {
        size_of_val(self.output.as_slice())
    }

    /// Returns the text of the last operation, once.
    #[wasm_bindgen(js_name = takeText)]
    pub fn take_text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// Applies the compact page of the input buffer. Returns an error as JSON text; `""` for none.
    #[wasm_bindgen(js_name = applyPage)]
    pub fn apply_page(&mut self) -> String {
        let bytes = core::mem::take(&mut self.input);
        self.apply_bytes(&bytes)
    }

    /// Removes cases, one id a line. Returns an error as JSON text; `""` for none.
    pub fn remove(&mut self, case_ids: &str) -> String {
        let ids: Vec<&str> = case_ids.split('\n').collect();
        let result = self.store.remove(&ids);
        self.finish(result)
    }

    /// Removes the cases of a query, whatever its window. Returns problems or an error as JSON text; `""` for none.
    #[wasm_bindgen(js_name = removeMatching)]
    pub fn remove_matching(&mut self, query: &str) -> String {
        let query = match CaseQuery::parse(query) {
            Ok(query) => query,
            Err(problems) => return problems_json(&problems),
        };
        let rows = self.store.all_rows(&query);
        let ids: Vec<String> = rows.into_iter().map(|row| self.store.case_id(row).to_owned()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let result = self.store.remove(&ids);
        self.finish(result)
    }

    /// Writes the changes after a version up to another as JSON text for [`take_text`](RawStore::take_text). Returns whether
    /// the history has all of them.
    pub fn changes(&mut self, after: f64, up_to: f64) -> bool {
        let Some(mut changes) = self.store.changes_since(after as u64) else { return false };
        changes.retain(|change| change.version as f64 <= up_to);
        self.text.clear();
        write_array(&mut self.text, &changes, write_change);
        true
    }

    /// Evaluates a query. Returns problems as JSON text; `""` for none. The answer is then in the output ([`answer`]).
    pub fn query(&mut self, query: &str) -> String {
        let query = match CaseQuery::parse(query) {
            Ok(query) => query,
            Err(problems) => return problems_json(&problems),
        };
        let found = self.store.query(&query);
        self.query = query;
        self.put_answer(found.total, &found.rows);
        String::new()
    }

    /// Writes the canonical text of a query for [`take_text`](RawStore::take_text). Returns problems as JSON text; `""` for
    /// none.
    pub fn canonical(&mut self, query: &str) -> String {
        match CaseQuery::parse(query) {
            Ok(query) => {
                self.text = query.to_canonical_text();
                String::new()
            }
            Err(problems) => problems_json(&problems),
        }
    }

    /// Returns the instant from which the ages of the last query are measured, as RFC 3339.
    #[wasm_bindgen(js_name = answerNow)]
    pub fn answer_now(&self) -> String {
        format_rfc3339_utc(self.query.now_ms().unwrap_or(self.store.now_ms()))
    }

    /// Returns the matches of the last query's text in the cases of its answer as JSON text; `""` for a query without text.
    pub fn matches(&self) -> String {
        let mut out = String::new();
        if !self.query.conditions().words().is_empty() {
            let rows: Vec<u32> = answer_rows(&self.output).collect();
            write_array(&mut out, &rows, |out, row| self.write_matches(out, *row));
        }
        out
    }

    /// Puts a case into the output, as an answer of one. Returns whether the store has it.
    pub fn find(&mut self, case_id: &str) -> bool {
        let Some(row) = self.store.row(case_id) else { return false };
        self.put_answer(1, &[row]);
        true
    }

    /// Returns the records of rows as JSON text.
    pub fn records(&self, rows: &[u32]) -> String {
        let mut out = String::new();
        write_array(&mut out, rows, |out, row| match self.store.record(*row) {
            Some(record) => write_record(out, &record),
            None => out.push_str("null"),
        });
        out
    }

    /// Writes what the details of a case added, as JSON text for [`take_text`](RawStore::take_text). Returns whether the store
    /// has details of it.
    pub fn details(&mut self, case_id: &str) -> bool {
        let Some(details) = self.store.details(case_id) else { return false };
        self.text.clear();
        let mut object = ObjectWriter::open(&mut self.text);
        object.string("owner", &details.owner);
        object.string("tracking_number", &details.tracking_number);
        object.number("notes_count", Some(details.notes_count));
        write_optional(
            object.name("last_note_date"),
            details.last_note_date.as_ref().map(|date| date.utc()).as_deref(),
        );
        object.string("last_note_by", details.last_note_by.as_str());
        object.close();
        true
    }

    /// Writes the instant since which a case has its status, as JSON text for [`take_text`](RawStore::take_text). Returns
    /// whether it is known.
    #[wasm_bindgen(js_name = statusSince)]
    pub fn status_since(&mut self, case_id: &str) -> bool {
        let Some((since, is_exact)) = self.store.status_since(case_id) else { return false };
        self.text.clear();
        let mut object = ObjectWriter::open(&mut self.text);
        object.string("since", &since.utc());
        object.name("is_exact").push_str(if is_exact { "true" } else { "false" });
        object.close();
        true
    }

    /// Writes the counts of fields, a JSON array of names, as JSON text for [`take_text`](RawStore::take_text). Returns problems
    /// as JSON text; `""` for none.
    pub fn facets(&mut self, query: &str, names: &str) -> String {
        let query = match CaseQuery::parse(query) {
            Ok(query) => query,
            Err(problems) => return problems_json(&problems),
        };
        let mut fields = Vec::new();
        let mut problems = Vec::new();
        match parse_json(names) {
            Ok(Json::Array(items)) => {
                for item in &items {
                    match item.as_str().and_then(FacetField::from_name) {
                        Some(field) => fields.push(field),
                        None => problems.push(Problem::new("fields", CODE, facet_names(), item)),
                    }
                }
            }
            other => problems.push(Problem::new("fields", CODE, "an array of names", &other.unwrap_or_default())),
        }
        if !problems.is_empty() {
            return problems_json(&problems);
        }
        let counts = self.store.facets(&query, &fields, FACET_LIMIT);
        self.text.clear();
        let mut object = ObjectWriter::open(&mut self.text);
        for (field, counts) in fields.iter().zip(&counts) {
            let is_number = *field == FacetField::Severity;
            write_array(object.name(field.name()), counts, |out, count| write_count(out, count, is_number));
        }
        object.close();
        String::new()
    }

    /// Writes the overview of a query's cases as JSON text for [`take_text`](RawStore::take_text). Returns problems as JSON text;
    /// `""` for none.
    pub fn overview(&mut self, query: &str, options: &str) -> String {
        let query = match CaseQuery::parse(query) {
            Ok(query) => query,
            Err(problems) => return problems_json(&problems),
        };
        let options = match read_overview_options(options) {
            Ok(options) => options,
            Err(problems) => return problems_json(&problems),
        };
        let overview = self.store.overview(&query, &options);
        self.text.clear();
        write_overview(&mut self.text, &overview);
        String::new()
    }

    /// Evaluates which cases have a bug, an RMA or another value. Returns whether the field has such cases to look for; the
    /// answer is then in the output.
    pub fn related(&mut self, field: &str, value: &str) -> bool {
        let Some(field) = ConditionField::ALL.into_iter().find(|known| known.name() == field) else { return false };
        let rows = self.store.related(field, value);
        self.put_answer(rows.len() as u32, &rows);
        true
    }

    /// Begins an export of the cases of a query. Returns problems as JSON text; `""` for none. The export is then that of
    /// [`last_export`](RawStore::last_export).
    #[wasm_bindgen(js_name = beginExport)]
    pub fn begin_export(&mut self, query: &str, options: &str) -> String {
        let query = match CaseQuery::parse(query) {
            Ok(query) => query,
            Err(problems) => return problems_json(&problems),
        };
        match read_export_options(options) {
            Ok(options) => {
                self.last_export += 1;
                self.exports.push((self.last_export, CaseExport::new(self.store.all_rows(&query), options)));
            }
            Err(problems) => return problems_json(&problems),
        }
        String::new()
    }

    /// Returns the number of the last export.
    #[wasm_bindgen(js_name = lastExport)]
    pub fn last_export(&self) -> u32 {
        self.last_export
    }

    /// Writes the next piece of an export for [`take_text`](RawStore::take_text). Returns whether there is one; without one, the
    /// export has ended.
    #[wasm_bindgen(js_name = nextPiece)]
    pub fn next_piece(&mut self, export: u32) -> bool {
        let found = self.exports.iter_mut().find(|(number, _)| *number == export);
        self.text = found.and_then(|(_, export)| export.next_piece(&self.store)).unwrap_or_default();
        if self.text.is_empty() {
            self.end_export(export);
        }
        !self.text.is_empty()
    }

    /// Ends an export before its end.
    #[wasm_bindgen(js_name = endExport)]
    pub fn end_export(&mut self, export: u32) {
        self.exports.retain(|(number, _)| *number != export);
    }

    /// Returns the version of the byte form of saved parts that this module writes. It reads this one and all earlier ones.
    pub fn format(&self) -> u32 {
        CaseStore::FORMAT
    }

    /// Returns the address of the bytes of the last saved part.
    #[wasm_bindgen(js_name = bytesAddress)]
    pub fn bytes_address(&self) -> usize {
        self.bytes.as_ptr().addr()
    }

    /// Returns the length of the bytes of the last saved part.
    #[wasm_bindgen(js_name = bytesLength)]
    pub fn bytes_length(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the number of chunks.
    #[wasm_bindgen(js_name = chunkCount)]
    pub fn chunk_count(&self) -> usize {
        self.store.chunk_count()
    }

    /// Returns whether a chunk differs from what it was at a version.
    #[wasm_bindgen(js_name = isChunkChanged)]
    pub fn is_chunk_changed(&self, chunk: usize, since: f64) -> bool {
        self.store.is_chunk_changed(chunk, since as u64)
    }

    /// Writes a chunk as bytes.
    #[wasm_bindgen(js_name = writeChunk)]
    pub fn write_chunk(&mut self, chunk: usize) {
        self.bytes = self.store.chunk_bytes(chunk);
    }

    /// Writes the changes since a version as a log entry. Returns whether the history has all of them.
    #[wasm_bindgen(js_name = writeEntry)]
    pub fn write_entry(&mut self, since: f64) -> bool {
        let Some(entry) = self.store.log_entry(since as u64) else { return false };
        self.bytes = entry;
        true
    }

    /// Begins to restore saved parts.
    #[wasm_bindgen(js_name = beginRestore)]
    pub fn begin_restore(&mut self) {
        self.restore = Some(StoreRestore::new());
    }

    /// Adds the part of the input buffer to those to restore. Returns an error as JSON text; `""` for none.
    #[wasm_bindgen(js_name = addPart)]
    pub fn add_part(&mut self) -> String {
        let part = core::mem::take(&mut self.input);
        match self.restore.as_mut().map(|restore| restore.add(&part)) {
            Some(Err(error)) => error_json(&error),
            _ => String::new(),
        }
    }

    /// Returns the version of the chunks that were added, before the log entries.
    #[wasm_bindgen(js_name = chunksVersion)]
    pub fn chunks_version(&self) -> f64 {
        self.restore.as_ref().map_or(0, StoreRestore::chunks_version) as f64
    }

    /// Replaces the content by the parts that were added. Returns an error as JSON text; `""` for none.
    #[wasm_bindgen(js_name = finishRestore)]
    pub fn finish_restore(&mut self) -> String {
        match self.restore.take().unwrap_or_default().finish() {
            Ok(store) => {
                self.replace(store);
                String::new()
            }
            Err(error) => error_json(&error),
        }
    }

    /// Merges the log entry of the input buffer, which another tab has written. Returns an error as JSON text; `""` for none.
    #[wasm_bindgen(js_name = mergeEntry)]
    pub fn merge_entry(&mut self) -> String {
        let entry = core::mem::take(&mut self.input);
        let result = self.store.merge_entry(&entry);
        self.finish(result)
    }

    /// Writes the whole store as bytes.
    pub fn snapshot(&mut self) {
        self.bytes = self.store.snapshot(&[]);
    }

    /// Replaces the content by the snapshot of the input buffer. Returns an error as JSON text; `""` for none.
    #[wasm_bindgen(js_name = restoreSnapshot)]
    pub fn restore_snapshot(&mut self) -> String {
        let bytes = core::mem::take(&mut self.input);
        match CaseStore::restore(&bytes) {
            Ok((store, _)) => {
                self.replace(store);
                String::new()
            }
            Err(error) => error_json(&error),
        }
    }

    /// Removes all content.
    pub fn clear(&mut self) {
        self.replace(CaseStore::new());
    }

    /// Builds a piece of the indexes, a few milliseconds of work, and returns whether they are complete. Queries are complete
    /// without them, and slower.
    #[wasm_bindgen(js_name = buildIndexes)]
    pub fn build_indexes(&mut self) -> bool {
        self.store.build_indexes()
    }

    /// Returns the bytes of memory that the cases take.
    #[wasm_bindgen(js_name = memoryBytes)]
    pub fn memory_bytes(&self) -> usize {
        self.store.memory_bytes()
    }
}

impl RawStore {
    fn apply_bytes(&mut self, bytes: &[u8]) -> String {
        let result = PageBytes::parse(bytes).map_err(StoreError::from).and_then(|page| self.store.apply_page(&page));
        self.finish(result)
    }

    /// Ends an operation that changes cases.
    fn finish(&mut self, result: Result<ChangeSet, StoreError>) -> String {
        match result {
            Ok(changes) => {
                self.revision += 1;
                for row in changes.rows() {
                    let row = row as usize;
                    if row >= self.revisions.len() {
                        self.revisions.resize(row + 1, 0);
                    }
                    if let Some(slot) = self.revisions.get_mut(row) {
                        *slot = self.revision;
                    }
                }
                String::new()
            }
            Err(error) => error_json(&error),
        }
    }

    /// Replaces the cases.
    fn replace(&mut self, store: CaseStore) {
        self.store.replace(store);
        self.revisions = Vec::new();
        self.revision += 1;
        self.base_revision = self.revision;
    }

    fn put_answer(&mut self, total: u32, rows: &[u32]) {
        self.output.clear();
        self.output.resize(answer::ROWS as usize, 0);
        if let Some(slot) = self.output.get_mut(answer::TOTAL as usize) {
            *slot = total;
        }
        if let Some(slot) = self.output.get_mut(answer::COUNT as usize) {
            *slot = rows.len() as u32;
        }
        for row in rows {
            self.output.push(*row);
            self.output.push(self.revisions.get(*row as usize).copied().unwrap_or(0).max(self.base_revision));
        }
    }

    fn write_matches(&self, out: &mut String, row: u32) {
        const LISTS: [&str; 2] = ["bugs", "rmas"];
        let matches = self.store.field_matches(&self.query, row);
        let mut object = ObjectWriter::open(out);
        let mut texts = ObjectWriter::open(object.name("fields"));
        for found in matches.iter().filter(|found| !LISTS.contains(&found.field)) {
            write_ranges(texts.name(found.field), &found.ranges);
        }
        texts.close();
        for list in LISTS {
            let mut items = ObjectWriter::open(object.name(list));
            for found in matches.iter().filter(|found| found.field == list) {
                write_ranges(items.name(&text!(found.index)), &found.ranges);
            }
            items.close();
        }
        object.close();
    }
}

/// Returns the rows of the answer in the output.
fn answer_rows(output: &[u32]) -> impl Iterator<Item = u32> {
    output.iter().skip(answer::ROWS as usize).step_by(2).copied()
}

/// Returns an error of the store as JSON text.
fn error_json(error: &StoreError) -> String {
    let mut out = String::new();
    let mut object = ObjectWriter::open(&mut out);
    object.string("code", error.kind.code());
    object.string("detail", &error.part);
    object.close();
    out
}

fn write_ranges(out: &mut String, ranges: &[core::ops::Range<u32>]) {
    write_array(out, ranges, |out, range| {
        out.push('[');
        push_decimal(out, range.start.into());
        out.push(',');
        push_decimal(out, range.end.into());
        out.push(']');
    });
}

fn write_optional(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => write_string(out, text),
        None => out.push_str("null"),
    }
}

fn write_count(out: &mut String, count: &FacetCount, is_number: bool) {
    let mut object = ObjectWriter::open(out);
    let value = object.name("value");
    match count.value.as_str() {
        "" if is_number => value.push_str("null"),
        number if is_number => value.push_str(number),
        text => write_string(value, text),
    }
    object.number("count", Some(count.count));
    object.close();
}

/// Writes a change in its JavaScript form.
fn write_change(out: &mut String, change: &CaseChange) {
    let mut object = ObjectWriter::open(out);
    object.string("type", change.kind.as_str());
    object.string("case_id", &change.case_id);
    let names: Vec<&str> = change.fields.names().collect();
    write_array(object.name("fields"), &names, |out, name| write_string(out, name));
    for (side, is_before) in [("before", true), ("after", false)] {
        let mut values = ObjectWriter::open(object.name(side));
        let given = &change.values;
        for (name, value) in [("status", &given.status), ("owner", &given.owner), ("title", &given.title)] {
            if let Some(value) = value {
                values.string(name, if is_before { &value.before } else { &value.after });
            }
        }
        if let Some(severity) = &given.severity {
            let severity = if is_before { severity.before } else { severity.after };
            values.number("severity", severity.map(|severity| severity.number().into()));
        }
        values.close();
    }
    object.close();
}

fn facet_names() -> String {
    let mut out = String::from("one of status_flag, severity");
    for field in ConditionField::ALL {
        out.push_str(", ");
        out.push_str(field.name());
    }
    out
}

fn read_overview_options(text: &str) -> Result<OverviewOptions, Vec<Problem>> {
    let mut options = OverviewOptions::default();
    let mut problems = Vec::new();
    for (name, value) in members(text) {
        let bounds = |value: &Json| -> Option<Vec<i64>> {
            let Json::Array(items) = value else { return None };
            let bounds: Option<Vec<i64>> =
                items.iter().map(|item| item.as_u64().filter(|days| *days <= 36_500).map(u64::cast_signed)).collect();
            bounds.filter(|bounds| bounds.len() <= 20 && bounds.is_sorted_by(|a, b| a < b))
        };
        let number = |most| value.as_u64().filter(|number| *number <= most);
        let is_valid = match name.as_str() {
            "ageing_days" => bounds(&value).map(|bounds| options.ageing_days = bounds).is_some(),
            "quiet_days" => bounds(&value).map(|bounds| options.quiet_days = bounds).is_some(),
            "weeks" => number(520).map(|weeks| options.weeks = weeks as u32).is_some(),
            "top" => number(1000).map(|top| options.top = top as usize).is_some(),
            _ => {
                problems.push(Problem::new(
                    &name,
                    CODE,
                    "ageing_days, quiet_days, weeks or top",
                    &Json::from(name.as_str()),
                ));
                true
            }
        };
        if !is_valid {
            let expected = match name.as_str() {
                "weeks" => "a whole number from 0 to 520",
                "top" => "a whole number from 0 to 1000",
                _ => "an array of at most 20 ascending whole numbers of days from 0 to 36500",
            };
            problems.push(Problem::new(&name, CODE, expected, &value));
        }
    }
    if problems.is_empty() { Ok(options) } else { Err(problems) }
}

fn read_export_options(text: &str) -> Result<ExportOptions, Vec<Problem>> {
    let mut options = ExportOptions::default();
    let mut problems = Vec::new();
    for (name, value) in members(text) {
        let boolean = match value {
            Json::Bool(boolean) => Some(boolean),
            _ => None,
        };
        let expected = match name.as_str() {
            "format" => match value.as_str() {
                Some("csv") => None,
                Some("ndjson") => {
                    options.format = ExportFormat::Ndjson;
                    None
                }
                _ => Some("\"csv\" or \"ndjson\""),
            },
            "columns" => match read_columns(&value) {
                Some(columns) => {
                    options.columns = columns;
                    None
                }
                None => Some(
                    "an array of at least one name of a field, or an object of fields and the names of their columns",
                ),
            },
            "delimiter" => match value.as_str().map(str::as_bytes) {
                Some([delimiter @ (b',' | b';' | b'\t' | b'|')]) => {
                    options.delimiter = char::from(*delimiter);
                    None
                }
                _ => Some("\",\", \";\", a tab or \"|\""),
            },
            "bom" => match boolean {
                Some(has_bom) => {
                    options.has_bom = has_bom;
                    None
                }
                None => Some("true or false"),
            },
            "formulaSafe" => match boolean {
                Some(is_safe) => {
                    options.is_formula_safe = is_safe;
                    None
                }
                None => Some("true or false"),
            },
            "redact" => match value.as_str().filter(|secret| secret.len() >= 16) {
                Some(secret) => {
                    options.redact = Some(secret.to_owned());
                    None
                }
                // The secret is not quoted.
                None => Some("a secret text of at least 16 bytes"),
            },
            _ => Some("format, query, columns, delimiter, bom, formulaSafe or redact"),
        };
        if let Some(expected) = expected {
            let shown = match name.as_str() {
                "redact" => Json::from(value.kind_name()),
                _ => value.clone(),
            };
            problems.push(Problem::new(&name, CODE, expected, &shown));
        }
    }
    if problems.is_empty() { Ok(options) } else { Err(problems) }
}

fn read_columns(value: &Json) -> Option<Vec<ExportColumn>> {
    let mut columns = Vec::new();
    match value {
        Json::Array(names) => {
            for name in names {
                let field = name.as_str().and_then(ExportField::from_name)?;
                columns.push(ExportColumn { field, name: field.name().to_owned() });
            }
        }
        Json::Object(names) => {
            for (field, name) in names {
                columns.push(ExportColumn { field: ExportField::from_name(field)?, name: name.as_str()?.to_owned() });
            }
        }
        _ => return None,
    }
    Some(columns).filter(|columns| !columns.is_empty())
}

/// Returns the members of a JSON object that the package has written.
fn members(text: &str) -> Vec<(String, Json)> {
    match parse_json(text) {
        Ok(Json::Object(members)) => members,
        _ => Vec::new(),
    }
}

fn write_overview(out: &mut String, overview: &CaseOverview) {
    let mut object = ObjectWriter::open(out);
    object.number("total", Some(overview.total));
    object.number("open", Some(overview.open));
    write_array(object.name("bySeverityAndStatus"), &overview.by_severity_and_status, |out, count| {
        let mut object = ObjectWriter::open(out);
        object.number("severity", count.severity.map(u32::from));
        object.string("status", &count.status);
        object.number("open", Some(count.open));
        object.number("closed", Some(count.closed));
        object.close();
    });
    for (name, buckets) in [("ageing", &overview.ageing), ("quiet", &overview.quiet)] {
        write_array(object.name(name), buckets, |out, bucket| {
            let mut object = ObjectWriter::open(out);
            let days = |days: Option<i64>| days.and_then(|days| u32::try_from(days).ok());
            object.number("fromDays", days(bucket.from_days));
            object.number("toDays", days(bucket.to_days));
            object.number("count", Some(bucket.count));
            object.close();
        });
    }
    let mut waiting = ObjectWriter::open(object.name("waitingOn"));
    for (party, count) in &overview.waiting_on {
        waiting.number(party.name(), Some(*count));
    }
    waiting.close();
    write_array(object.name("weeks"), &overview.weeks, |out, week| {
        let mut object = ObjectWriter::open(out);
        object.string("week", &week.week);
        object.string("start", &format_rfc3339_utc(week.start_ms));
        object.number("opened", Some(week.opened));
        object.number("closed", Some(week.closed));
        object.number("backlog", Some(week.backlog));
        object.close();
    });
    for (name, counts) in [("technologies", &overview.technologies), ("serialNumbers", &overview.serial_numbers)] {
        write_array(object.name(name), counts, |out, count| write_count(out, count, false));
    }
    object.close();
}
