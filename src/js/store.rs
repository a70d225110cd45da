//! The boundary of the store's module. Each store has an instance of the module, so there is one `RawStore` per memory.
//!
//! Queries and options cross as JSON text, answers as words and a text ([`AnswerWriter`]), and pages as bytes in the input
//! buffer.

use super::json::problems_json;
use super::store_answers::{
    CODE, members, write_cases, write_changes, write_details, write_facets, write_matches, write_overview,
    write_status_since,
};
use crate::boundary::{ask, output, reply};
use crate::decode::PageBytes;
use crate::query::{CaseQuery, ConditionField};
use crate::rules::Problem;
use crate::store::{
    AnswerWriter, CaseExport, CaseStore, ChangeSet, ExportColumn, ExportField, ExportFormat, ExportOptions,
    SentRecords, StoreError, StoreRestore,
};
use crate::util::{Json, ObjectWriter, parse_decimal, parse_json};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// Bytes of the input buffer that remain allocated: pages and parts of this length leave no holes in the memory.
const INPUT_BYTES: usize = 1 << 16;

/// A store with its input and output.
#[wasm_bindgen]
pub struct RawStore {
    pub(super) store: CaseStore,
    /// Bytes from JavaScript, and after them some of earlier ones.
    pub(super) input: Vec<u8>,
    pub(super) input_length: usize,
    /// The last answer.
    pub(super) answer: AnswerWriter,
    /// The places of the last answer ([`output`]).
    output: [u32; output::LENGTH as usize],
    pub(super) text: String,
    pub(super) sent: SentRecords,
    /// The bytes of the last saved part.
    pub(super) bytes: Vec<u8>,
    pub(super) restore: Option<StoreRestore>,
    /// The exports in progress, by number.
    pub(super) exports: Vec<(u32, CaseExport)>,
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
            input_length: 0,
            answer: AnswerWriter::default(),
            output: Default::default(),
            text: String::new(),
            sent: SentRecords::default(),
            bytes: Vec::new(),
            restore: None,
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

    /// Allocates the input buffer and returns its address; 0 if there is no memory for it.
    #[wasm_bindgen(js_name = allocInput)]
    pub fn alloc_input(&mut self, length: usize) -> usize {
        // The last part was read: that of a whole store is large.
        self.bytes = Vec::new();
        let more = length.max(INPUT_BYTES).saturating_sub(self.input.len());
        if self.input.try_reserve_exact(more).is_err() {
            return 0;
        }
        // Bytes of earlier inputs remain, since those of this one are overwritten.
        self.input.resize(length.max(self.input.len()), 0);
        self.input_length = length;
        self.input.as_ptr().addr()
    }

    /// Returns the text of the last operation, once.
    #[wasm_bindgen(js_name = takeText)]
    pub fn take_text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// Checks that several pages of these numbers of cases and bytes can be applied. Returns whether they can; if not, the
    /// error is the text.
    #[wasm_bindgen(js_name = checkCapacity)]
    pub fn check_capacity(&mut self, cases: usize, bytes: usize) -> bool {
        let result = self.store.check_capacity(cases, bytes);
        self.is_ok(result)
    }

    /// Applies the compact page of the input buffer. Returns whether it could be applied; if not, the error is the text.
    #[wasm_bindgen(js_name = applyPage)]
    pub fn apply_page(&mut self) -> bool {
        let bytes = core::mem::take(&mut self.input);
        let page = bytes.get(..self.input_length).unwrap_or_default();
        let result = PageBytes::parse(page).map_err(StoreError::from).and_then(|page| self.store.apply_page(&page));
        let is_applied = self.finish(result);
        self.keep_input(bytes);
        is_applied
    }

    /// Returns the address of the places of the last answer ([`output`]).
    #[wasm_bindgen(js_name = outputAddress)]
    pub fn output_address(&self) -> usize {
        self.output.as_ptr().addr()
    }

    /// Answers a question of an [`ask`] kind, about the cases of a query or about a case, or carries out an operation. Returns a
    /// [`reply`]: the answer or the error is then at the output.
    pub fn ask(&mut self, kind: u32, subject: &str, options: &str, number: f64) -> u32 {
        self.answer.clear();
        if kind != ask::REFRESH_LIVE {
            self.store.forget_reserve();
        }
        let answered = self.answer(kind, subject, options, number);
        self.reply(answered)
    }

    /// Begins an export of the cases of a query. Returns whether it did; if not, the problems are the text. The export is then
    /// that of [`last_export`](RawStore::last_export).
    #[wasm_bindgen(js_name = beginExport)]
    pub fn begin_export(&mut self, query: &str, options: &str) -> bool {
        match (CaseQuery::parse(query), read_export_options(options)) {
            (Ok(query), Ok(options)) => {
                self.last_export += 1;
                self.exports.push((self.last_export, CaseExport::new(self.store.all_rows(&query), options)));
                true
            }
            (query, options) => {
                let mut problems = query.err().unwrap_or_default();
                problems.extend(options.err().unwrap_or_default());
                self.text = problems_json(&problems);
                false
            }
        }
    }

    /// Returns the number of the last export.
    #[wasm_bindgen(js_name = lastExport)]
    pub fn last_export(&self) -> u32 {
        self.last_export
    }

    /// Ends an export before its end.
    #[wasm_bindgen(js_name = endExport)]
    pub fn end_export(&mut self, export: u32) {
        self.exports.retain(|(number, _)| *number != export);
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

    /// Writes the whole store as bytes.
    pub fn snapshot(&mut self) {
        self.store.forget_reserve();
        self.bytes = self.store.snapshot(&[]);
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

    /// Returns whether a compaction is worth its time. An export in progress postpones one, since it has rows, which are renumbered.
    #[wasm_bindgen(js_name = needsCompaction)]
    pub fn needs_compaction(&self) -> bool {
        self.store.needs_compaction()
    }
}

impl RawStore {
    /// Takes the input buffer back, unless it is large.
    fn keep_input(&mut self, bytes: Vec<u8>) {
        if bytes.capacity() <= INPUT_BYTES {
            self.input = bytes;
        }
    }

    /// Returns whether an operation succeeded; if not, the error is the text.
    pub(super) fn is_ok(&mut self, result: Result<(), StoreError>) -> bool {
        let is_ok = result.is_ok();
        if let Err(error) = result {
            self.text = error_json(&error);
        }
        is_ok
    }

    /// Ends an operation that changes cases. Returns whether it succeeded; if not, the error is the text.
    pub(super) fn finish(&mut self, result: Result<ChangeSet, StoreError>) -> bool {
        let result = result.map(|changes| changes.rows().for_each(|row| self.sent.forget(row)));
        self.is_ok(result)
    }

    /// Replaces the cases. An export in progress has rows of the former ones: it is lost.
    pub(super) fn replace(&mut self, store: CaseStore) {
        self.store.replace(store);
        self.sent.clear();
        self.exports.clear();
    }

    /// Places the answer, or the error as JSON text, at the output. Returns the [`reply`].
    pub(super) fn reply(&mut self, answered: Result<bool, String>) -> u32 {
        let reply = match answered {
            Ok(true) => reply::ANSWER,
            Ok(false) => reply::NONE,
            Err(error) => {
                self.answer.text = error;
                reply::ERROR
            }
        };
        let AnswerWriter { words, text } = &self.answer;
        self.output = [words.as_ptr().addr(), words.len(), text.as_ptr().addr(), text.len()].map(|place| place as u32);
        reply
    }

    /// Writes the answer to a question. Returns whether there is one, or an error as JSON text.
    fn answer(&mut self, kind: u32, subject: &str, options: &str, number: f64) -> Result<bool, String> {
        let RawStore { store, sent, answer: out, .. } = self;
        match kind {
            ask::DETAILS => return Ok(write_details(store, subject, out)),
            ask::STATUS_SINCE => return Ok(write_status_since(store, subject, out)),
            ask::GET => match store.row(subject) {
                Some(row) => sent.write_rows(store, &[row], out),
                None => return Ok(false),
            },
            ask::RELATED => match ConditionField::ALL.into_iter().find(|known| known.name() == options) {
                Some(field) => {
                    let rows = store.related(field, subject);
                    sent.write_rows(store, &rows, out);
                }
                None => return Ok(false),
            },
            ask::MORE_RECORDS => sent.write_page(store, out),
            ask::CHANGES => match store.changes_since(number as u64) {
                Some(mut changes) => {
                    let up_to = parse_decimal(options.as_bytes()).unwrap_or(u64::MAX);
                    changes.retain(|change| change.version <= up_to);
                    write_changes(&changes, out);
                }
                None => return Ok(false),
            },
            ask::REMOVE => {
                let Ok(Json::Array(ids)) = parse_json(subject) else { return Ok(false) };
                let ids: Vec<&str> = ids.iter().filter_map(Json::as_str).collect();
                let removed = store.remove(&ids);
                return self.end(removed);
            }
            ask::REFRESH_LIVE => out.words = store.refresh_live_queries(),
            ask::LIVE_ANSWER => {
                let found = store.live_answer(number as u32).cloned().unwrap_or_default();
                write_cases(store, sent, store.live_now_ms(number as u32), &found, out);
            }
            ask::END_LIVE => store.remove_live_query(number as u32),
            _ => return self.answer_query(kind, parse(subject)?, options, number),
        }
        Ok(true)
    }

    fn answer_query(&mut self, kind: u32, query: CaseQuery, options: &str, number: f64) -> Result<bool, String> {
        let RawStore { store, sent, answer: out, .. } = self;
        match kind {
            ask::QUERY => {
                let found = store.query(&query);
                write_cases(store, sent, query.now_ms(), &found, out);
            }
            ask::POSITION => match store.position(&query, options) {
                Some(position) => out.number(position),
                None => return Ok(false),
            },
            ask::COUNT => out.number(store.count(&query)),
            ask::FACETS => write_facets(store, &query, options, number as usize, out)?,
            ask::OVERVIEW => write_overview(store, &query, options, out)?,
            ask::MATCHES => return Ok(write_matches(&query, options, out)),
            ask::CANONICAL_TEXT => out.text(&query.to_canonical_text()),
            ask::BEGIN_LIVE => out.number(store.add_live_query(query)),
            _ => {
                let removed = store.remove_matching(&query);
                return self.end(removed);
            }
        }
        Ok(true)
    }

    /// Ends an operation that changes cases.
    pub(super) fn end(&mut self, result: Result<ChangeSet, StoreError>) -> Result<bool, String> {
        if self.finish(result) { Ok(true) } else { Err(core::mem::take(&mut self.text)) }
    }
}

/// Parses a query. Returns problems as JSON text.
fn parse(query: &str) -> Result<CaseQuery, String> {
    CaseQuery::parse(query).map_err(|problems| problems_json(&problems))
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
                    "an array of at least one name of a field, or an object of fields and the names of their columns, no name twice",
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
    // Of two members of an object with one name, a reader would have one.
    let is_repeated =
        |(at, column): (usize, &ExportColumn)| columns.iter().take(at).any(|before| before.name == column.name);
    let has_repeated = columns.iter().enumerate().any(is_repeated);
    Some(columns).filter(|columns| !columns.is_empty() && !has_repeated)
}
