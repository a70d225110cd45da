//! The decoded records: rows of cells over an arena of strings.

use super::{
    interner::Interner,
    shapes::Shapes,
    simd::StringArena,
    table::{DOCUMENTED_STATUSES, FieldPrediction, NO_COUNT},
    tape::TapeReader,
    u32_buffer::U32Buffer,
};
use crate::boundary::{out_of_line, pool};
use crate::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, CaseSummaryResult, CasesPage, DocumentKind, Field, FieldMut, Issue,
    PaginationRecord, Record, Severity, StatusFlag, Timestamp,
};
use alloc::{borrow::ToOwned, vec::Vec};

/// The records of a response, as rows of cells over an arena of strings.
///
/// Every distinct string of the records is in the compact text once, unescaped and without keys or punctuation, so
/// that a record in use does not retain the body of its page. A row has a cell per field of its table and one for the
/// undocumented fields. The meaning of a cell depends on the kind of its field:
///
/// | kind | cell |
/// |---|---|
/// | text, date | number of a string; 0 for none |
/// | severity | 1 to 4; 0 for none |
/// | flag | 1 is `O`, 2 is `C`; 0 for none |
/// | status | 1 to 6 are the documented ones; above, 6 + the number of a string; 0 for none |
/// | count | the number; [`NO_COUNT`] for none |
/// | list | index in `lists` of the count of strings; their numbers follow it |
/// | notes | index in `lists` of the count of notes; the index of their first row follows it |
/// | extra | index in `tape` of the word after the shape number; 0 for none |
#[derive(Debug, Default)]
pub struct Records {
    pub(super) kind: DocumentKind,
    /// The compact text: short ASCII strings in a row, in the first `arena_len` bytes.
    pub(super) arena: Option<StringArena>,
    pub(super) arena_len: usize,
    /// The start of each string in the compact text; the next entry is its end.
    pub(super) starts: U32Buffer,
    /// The strings outside the compact text, where they are empty.
    pub(super) out_of_line: Vec<[u32; OUT_OF_LINE_WORDS as usize]>,
    /// Short strings with non-ASCII characters.
    pub(super) wide: Vec<u8>,
    /// Long ASCII strings.
    pub(super) long: Vec<u8>,
    /// Long strings that may contain non-ASCII characters.
    pub(super) long_wide: Vec<u8>,
    /// The interner, whose memory the next document reuses.
    pub(super) interner: Interner,
    pub(super) prediction: FieldPrediction,
    pub(super) rows: U32Buffer,
    pub(super) notes: U32Buffer,
    pub(super) pagination: U32Buffer,
    pub(super) lists: U32Buffer,
    /// The undocumented fields: their tape, the shapes of their objects, and the exported form of those shapes.
    pub(super) tape: U32Buffer,
    pub(super) shapes: Shapes,
    pub(super) shape_table: U32Buffer,
    pub(super) count: Option<u32>,
    pub(super) issues: Vec<Issue>,
}

/// The string pools next to the compact text.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum StringPool {
    Wide = pool::WIDE,
    Long = pool::LONG,
    LongWide = pool::LONG_WIDE,
}

/// A string outside the compact text: the named form of its words in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutOfLineString {
    /// The number of the string.
    pub(super) string: u32,
    /// The [`StringPool`] that holds the string.
    pub(super) pool: u32,
    /// The bytes of the string in its pool.
    pub(super) start: u32,
    pub(super) end: u32,
    /// The position in the wide pool, in UTF-16 units.
    pub(super) start16: u32,
    pub(super) end16: u32,
}

impl OutOfLineString {
    pub(super) fn from_words(
        [string, pool, start, end, start16, end16]: [u32; OUT_OF_LINE_WORDS as usize],
    ) -> OutOfLineString {
        OutOfLineString { string, pool, start, end, start16, end16 }
    }

    pub(super) fn to_words(self) -> [u32; OUT_OF_LINE_WORDS as usize] {
        [self.string, self.pool, self.start, self.end, self.start16, self.end16]
    }

    /// Copies a string from the arena to a pool.
    pub(super) fn store(
        entries: &mut Vec<[u32; OUT_OF_LINE_WORDS as usize]>,
        pool_bytes: &mut Vec<u8>,
        text: &[u8],
        arena_len: usize,
        length: usize,
        string: u32,
        pool: StringPool,
    ) {
        let start = pool_bytes.len() as u32;
        pool_bytes.extend_from_slice(text.get(arena_len..arena_len + length).unwrap_or_default());
        let end = pool_bytes.len() as u32;
        entries.push(OutOfLineString { string, pool: pool as u32, start, end, start16: 0, end16: 0 }.to_words());
    }
}

/// JavaScript reads the words at these positions.
const _: () = assert!(
    out_of_line::STRING == 0
        && out_of_line::POOL == 1
        && out_of_line::START == 2
        && out_of_line::END == 3
        && out_of_line::START16 == 4
        && out_of_line::END16 == 5
);

/// The number of words that describe a string outside the compact text.
pub const OUT_OF_LINE_WORDS: u32 = out_of_line::LENGTH;

/// The memory of [`Records`], for a reader that creates objects from it.
#[derive(Debug)]
pub struct RecordsView<'r> {
    /// The compact text: ASCII.
    pub text: &'r [u8],
    /// The short strings with non-ASCII characters.
    pub wide: &'r [u8],
    /// The long ASCII strings.
    pub long: &'r [u8],
    /// The long strings that may contain non-ASCII characters.
    pub long_wide: &'r [u8],
    /// The start of each string in the compact text, and the end of the last.
    pub starts: &'r [u32],
    /// The strings outside the compact text, [`OUT_OF_LINE_WORDS`] words each.
    pub out_of_line: &'r [u32],
    /// The rows of cases, or the one row of details.
    pub rows: &'r [u32],
    /// The rows of notes.
    pub notes: &'r [u32],
    /// The row of the pagination record.
    pub pagination: &'r [u32],
    /// The lists that cells point to.
    pub lists: &'r [u32],
    /// The tape of undocumented fields.
    pub tape: &'r [u32],
    /// The shapes of undocumented objects, two words per node.
    pub shapes: &'r [u32],
}

impl Records {
    /// Returns the kind of the document.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Returns the differences between the records and the documentation.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Returns the `count` of a summary, or the number of cases if the service sent no count.
    pub fn count(&self) -> u32 {
        self.count.unwrap_or(u32::try_from(self.len()).unwrap_or(u32::MAX))
    }

    /// Returns the number of cases.
    pub fn len(&self) -> usize {
        self.rows.len() / self.width()
    }

    /// Returns whether there is no case.
    pub fn is_empty(&self) -> bool {
        self.rows.len() == 0
    }

    fn width(&self) -> usize {
        if self.kind == DocumentKind::Details { width::<CaseDetail>() } else { width::<CaseRecord>() }
    }

    /// Keeps only these cases, in this order.
    pub fn select(&mut self, cases: &[usize]) {
        let width = self.width();
        let mut rows = Vec::new();
        for case in cases {
            rows.extend_from_slice(self.rows.as_slice().get(case * width..(case + 1) * width).unwrap_or_default());
        }
        self.rows.replace(rows);
    }

    /// Returns whether the next document can reuse the memory.
    pub(crate) fn has_reusable_memory(&self) -> bool {
        self.arena.is_some()
    }

    /// Returns the text of a field of a case, or `""` if it has none.
    pub fn case_text(&self, case: usize, field: &str) -> &str {
        match self.case_cell(case, field) {
            0 => "",
            cell => self.string(cell),
        }
    }

    /// Returns the text of a column of a case record, or `""` if it has none. [`column_of`] resolves names at compile
    /// time.
    pub(crate) fn text_in(&self, case: usize, column: usize) -> &str {
        match self.cell_in(case, column) {
            0 => "",
            cell => self.string(cell),
        }
    }

    /// Returns the cell of a column of a case record.
    fn cell_in(&self, case: usize, column: usize) -> u32 {
        let row = case * (CaseRecord::FIELDS.len() + 1);
        self.rows.as_slice().get(row + column).copied().unwrap_or(0)
    }

    /// Returns the severity (0 for none), the status and whether the case is open, of a case record.
    pub(crate) fn state_in(&self, case: usize) -> (u32, &str, bool) {
        const SEVERITY: usize = column_of("severity");
        const STATUS: usize = column_of("status");
        const STATUS_FLAG: usize = column_of("status_flag");
        let status = self.status_of(self.cell_in(case, STATUS));
        let is_open = is_open(self.cell_in(case, STATUS_FLAG), status);
        (self.cell_in(case, SEVERITY), status, is_open)
    }

    /// Returns the severity of a case; 0 for none.
    pub fn severity(&self, case: usize) -> u32 {
        self.case_cell(case, "severity")
    }

    /// Returns the status of a case, as the service spells it; `""` for none.
    pub fn status(&self, case: usize) -> &str {
        self.status_of(self.case_cell(case, "status"))
    }

    fn status_of(&self, cell: u32) -> &str {
        match cell {
            0 => "",
            cell @ 1..=DOCUMENTED_STATUSES => CaseStatus::DOCUMENTED.get(cell as usize - 1).copied().unwrap_or(""),
            cell => self.string(cell - DOCUMENTED_STATUSES),
        }
    }

    /// Returns whether a case is open: by its flag, or by its status if it has no flag.
    pub fn is_open(&self, case: usize) -> bool {
        is_open(self.case_cell(case, "status_flag"), self.status(case))
    }

    fn case_cell(&self, case: usize, field: &str) -> u32 {
        let fields = if self.kind == DocumentKind::Details { CaseDetail::FIELDS } else { CaseRecord::FIELDS };
        let column = fields.iter().position(|known| known.name == field);
        let cell = column.and_then(|column| self.rows.as_slice().get(case * self.width() + column));
        cell.copied().unwrap_or(0)
    }

    /// Returns a number of the pagination record; 0 for none.
    pub fn page_number(&self, field: &str) -> u32 {
        let column = PaginationRecord::FIELDS.iter().position(|known| known.name == field);
        column.and_then(|column| self.pagination.as_slice().get(column)).copied().unwrap_or(0)
    }

    /// Returns the number of records of the page, according to the service.
    pub(super) fn page_records(&self) -> u32 {
        self.pagination.as_slice().get(PAGE_RECORDS).copied().unwrap_or(0)
    }

    /// Returns the memory of the records.
    #[inline(always)]
    pub fn view(&self) -> RecordsView<'_> {
        RecordsView {
            text: self.text_bytes(),
            wide: &self.wide,
            long: &self.long,
            long_wide: &self.long_wide,
            starts: self.starts.as_slice(),
            out_of_line: self.out_of_line.as_flattened(),
            rows: self.rows.as_slice(),
            notes: self.notes.as_slice(),
            pagination: self.pagination.as_slice(),
            lists: self.lists.as_slice(),
            tape: self.tape.as_slice(),
            shapes: self.shape_table.as_slice(),
        }
    }

    fn string(&self, number: u32) -> &str {
        self.string_in(self.text_bytes(), number)
    }

    #[inline(always)]
    fn text_bytes(&self) -> &[u8] {
        self.arena.as_ref().and_then(|text| text.bytes().get(..self.arena_len)).unwrap_or_default()
    }

    /// Returns a string, given the compact text.
    pub(super) fn string_in<'r>(&'r self, compact: &'r [u8], number: u32) -> &'r str {
        let entry = self.out_of_line.binary_search_by_key(&number, |[string, ..]| *string);
        let bytes = match entry.ok().and_then(|found| self.out_of_line.get(found)) {
            Some(words) => {
                let entry = OutOfLineString::from_words(*words);
                let pool_bytes = [&self.wide, &self.long, &self.long_wide].into_iter().nth(entry.pool as usize);
                pool_bytes.unwrap_or(&self.wide).get(entry.start as usize..entry.end as usize)
            }
            None => {
                let at = |number: u32| self.starts.as_slice().get(number as usize).map(|start| *start as usize);
                at(number).zip(at(number.saturating_add(1))).and_then(|(start, end)| compact.get(start..end))
            }
        };
        // The tokenizer has checked it.
        bytes.and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Returns the result of Case Summary as Rust types.
    pub fn summary(&self) -> CaseSummaryResult {
        CaseSummaryResult { count: self.count(), cases: self.cases(), issues: self.issues.clone() }
    }

    /// Returns the page of a list as Rust types.
    pub fn page(&self) -> CasesPage {
        CasesPage {
            pagination_response_record: self.record(self.pagination.as_slice()),
            cases: self.cases(),
            issues: self.issues.clone(),
        }
    }

    /// Returns the case of Case Details as Rust type.
    pub fn detail(&self) -> CaseDetail {
        self.record(self.rows.as_slice())
    }

    fn cases(&self) -> Vec<CaseRecord> {
        self.rows.as_slice().chunks(self.width()).map(|row| self.record(row)).collect()
    }

    fn record<R: Record>(&self, row: &[u32]) -> R {
        let mut record = R::default();
        for (index, cell) in row.iter().enumerate() {
            let cell = *cell;
            match record.field_mut(index) {
                Some(FieldMut::Text(text)) => *text = self.string(cell).to_owned(),
                Some(FieldMut::Severity(severity)) => *severity = u8::try_from(cell).ok().and_then(Severity::new),
                Some(FieldMut::Flag(flag)) => {
                    *flag = cell.checked_sub(1).and_then(|n| StatusFlag::ALL.get(n as usize).copied())
                }
                Some(FieldMut::Status(status)) => {
                    *status = match CaseStatus::documented().nth((cell as usize).wrapping_sub(1)) {
                        Some(text) => CaseStatus::from(text),
                        None => CaseStatus::from(self.string(cell.saturating_sub(DOCUMENTED_STATUSES))),
                    };
                }
                Some(FieldMut::Date(date)) => *date = Timestamp::parse(self.string(cell)),
                Some(FieldMut::Count(count)) => *count = (cell != NO_COUNT).then_some(cell),
                Some(FieldMut::Required(count)) => *count = cell,
                Some(FieldMut::List(texts)) => {
                    *texts = self.list(cell).iter().map(|number| self.string(*number).to_owned()).collect();
                }
                Some(FieldMut::Notes(notes)) => {
                    let [count, first] =
                        [0, 1].map(|at| self.lists.as_slice().get(cell as usize + at).map_or(0, |n| *n as usize));
                    let width = width::<CaseNote>();
                    let rows = self.notes.as_slice().get(first * width..(first + count) * width).unwrap_or_default();
                    *notes =
                        if cell == 0 { Vec::new() } else { rows.chunks(width).map(|row| self.record(row)).collect() };
                }
                None => {
                    let words = TapeReader { tape: self.tape.as_slice(), shapes: &self.shapes };
                    *record.extra_mut() = words.members(cell, &|number| self.string(number));
                }
            }
        }
        record
    }

    fn list(&self, cell: u32) -> &[u32] {
        let at = cell as usize;
        let count = self.lists.as_slice().get(at).map_or(0, |count| *count as usize);
        self.lists.as_slice().get(at + 1..at + 1 + count).unwrap_or_default()
    }
}

/// Returns whether a case is open: by the cell of its flag, or by its status if it has no flag.
fn is_open(flag: u32, status: &str) -> bool {
    match flag {
        1 => true,
        2 => false,
        _ => status != CaseStatus::Closed.as_str(),
    }
}

/// Returns the column of a field of [`CaseRecord`]. An unknown name fails to compile.
pub(crate) const fn column_of(name: &str) -> usize {
    column_in(CaseRecord::FIELDS, name)
}

/// Returns the column of a field of a record. An unknown name fails to compile.
pub(crate) const fn column_in(all: &'static [Field], name: &str) -> usize {
    let mut column = 0;
    let mut fields = all;
    while let [field, rest @ ..] = fields {
        if bytes_eq(field.name.as_bytes(), name.as_bytes()) {
            return column;
        }
        column += 1;
        fields = rest;
    }
    assert!(column < all.len(), "no such field");
    column
}

const fn bytes_eq(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([first, rest @ ..], [same, others @ ..]) = (one, other) {
        if *first != *same {
            return false;
        }
        (one, other) = (rest, others);
    }
    one.is_empty() && other.is_empty()
}

/// The column of `page_records` in the pagination record.
const PAGE_RECORDS: usize = 2;
const _: () = {
    let [field, ..] = PaginationRecord::FIELDS.split_at(PAGE_RECORDS).1 else { panic!("few fields") };
    assert!(matches!(field.name.as_bytes(), b"page_records"), "another column");
};

/// Returns the number of cells in a row: one per field, and one for the undocumented fields.
pub(super) fn width<R: Record>() -> usize {
    R::FIELDS.len() + 1
}
