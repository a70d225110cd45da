//! What one pass over a body leaves: a compact text, and cells that say where in it each field stands.

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
    CaseDetail, CaseNote, CaseRecord, CaseStatus, CaseSummaryResult, CasesPage, DocumentKind, FieldMut, Issue,
    PaginationRecord, Record, Severity, StatusFlag, Timestamp,
};
use alloc::{borrow::ToOwned, vec::Vec};

/// The records of an answer, as cells over a compact text.
///
/// Every distinct text of the records stands in `text` once, unescaped and without keys or punctuation, so that who
/// keeps a record does not keep its page's body. A record is a row of cells, one for each field of its table and one
/// for what came besides them. What a cell holds follows from the field's kind:
///
/// | kind | cell |
/// |---|---|
/// | text, date | number of a string; 0 is none |
/// | severity | 1 to 4; 0 is none |
/// | flag | 1 is `O`, 2 is `C`; 0 is none |
/// | status | 1 to 6 are the documented ones; beyond, 6 + the number of a string; 0 is none |
/// | count | the number; [`NO_COUNT`] is none |
/// | list | place in `lists` of how many strings there are, and of their numbers behind it |
/// | notes | place in `lists` of how many notes there are, and of the first one's row behind it |
/// | extra | place in `words` behind the number of its shape; 0 is none |
#[derive(Debug, Default)]
pub struct Records {
    pub(super) kind: DocumentKind,
    /// Strings that are short and ASCII, one behind the other; behind `used` bytes it is room.
    pub(super) arena: Option<StringArena>,
    pub(super) arena_len: usize,
    /// String `n` of the text ends where string `n + 1` begins.
    pub(super) starts: U32Buffer,
    /// The strings that are not in it: there they are empty.
    pub(super) out_of_line: Vec<[u32; OUT_OF_LINE_WORDS as usize]>,
    /// Strings that are short but not ASCII.
    pub(super) wide: Vec<u8>,
    /// Strings that are long and ASCII.
    pub(super) long: Vec<u8>,
    /// Strings that are long and may be anything.
    pub(super) long_wide: Vec<u8>,
    /// What is remembered of texts, for the next document's memory.
    pub(super) interner: Interner,
    pub(super) prediction: FieldPrediction,
    pub(super) rows: U32Buffer,
    pub(super) notes: U32Buffer,
    pub(super) pagination: U32Buffer,
    pub(super) lists: U32Buffer,
    /// What came besides the fields, the shapes of its objects, and those told in words.
    pub(super) tape: U32Buffer,
    pub(super) shapes: Shapes,
    pub(super) shape_table: U32Buffer,
    pub(super) count: Option<u32>,
    pub(super) issues: Vec<Issue>,
}

/// The texts beside the compact one.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum StringPool {
    Wide = pool::WIDE,
    Long = pool::LONG,
    LongWide = pool::LONG_WIDE,
}

/// A string that is not in the compact text: its words, as they lie in the memory, by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutOfLineString {
    /// Its number.
    pub(super) string: u32,
    /// Which text it is in: a [`Home`].
    pub(super) pool: u32,
    /// Its bytes there.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Where it stands in the wide text, in UTF-16 units.
    pub(super) start16: u32,
    pub(super) end16: u32,
}

impl OutOfLineString {
    pub(super) fn from_words(
        [string, home, start, end, start16, end16]: [u32; OUT_OF_LINE_WORDS as usize],
    ) -> OutOfLineString {
        OutOfLineString { string, pool: home, start, end, start16, end16 }
    }

    pub(super) fn to_words(self) -> [u32; OUT_OF_LINE_WORDS as usize] {
        [self.string, self.pool, self.start, self.end, self.start16, self.end16]
    }

    /// Keeps a string of the text apart, in another one.
    pub(super) fn store(
        apart: &mut Vec<[u32; OUT_OF_LINE_WORDS as usize]>,
        other: &mut Vec<u8>,
        text: &[u8],
        used: usize,
        length: usize,
        string: u32,
        home: StringPool,
    ) {
        let start = other.len() as u32;
        other.extend_from_slice(text.get(used..used + length).unwrap_or_default());
        let end = other.len() as u32;
        apart.push(OutOfLineString { string, pool: home as u32, start, end, start16: 0, end16: 0 }.to_words());
    }
}

/// The words lie where JavaScript reads them.
const _: () = assert!(
    out_of_line::STRING == 0
        && out_of_line::POOL == 1
        && out_of_line::START == 2
        && out_of_line::END == 3
        && out_of_line::START16 == 4
        && out_of_line::END16 == 5
);

/// How many numbers tell of a string that is apart.
pub const OUT_OF_LINE_WORDS: u32 = out_of_line::LENGTH;

/// The parts of [`Records`] as who builds objects of them reads them.
#[derive(Debug)]
pub struct RecordsView<'r> {
    /// The compact text: ASCII.
    pub text: &'r [u8],
    /// The short strings that are not ASCII, one behind the other.
    pub wide: &'r [u8],
    /// The long strings that are ASCII, one behind the other.
    pub long: &'r [u8],
    /// The other long strings.
    pub long_wide: &'r [u8],
    /// Where each string of the compact text begins, and where the last one ends.
    pub starts: &'r [u32],
    /// The strings that are apart, [`APART_WORDS`] numbers each.
    pub out_of_line: &'r [u32],
    /// The rows of cases, or the one row of a case with everything.
    pub rows: &'r [u32],
    /// The rows of notes.
    pub notes: &'r [u32],
    /// The row of the pagination record.
    pub pagination: &'r [u32],
    /// What list cells point at.
    pub lists: &'r [u32],
    /// What came besides the fields.
    pub tape: &'r [u32],
    /// The shapes of its objects, two numbers each.
    pub shapes: &'r [u32],
}

impl Records {
    /// Which document it was.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// What is off in the records.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// How many records the service says a summary has; how many there are, where it does not say.
    pub fn count(&self) -> u32 {
        self.count.unwrap_or(u32::try_from(self.len()).unwrap_or(u32::MAX))
    }

    /// How many cases there are.
    pub fn len(&self) -> usize {
        self.rows.len() / self.width()
    }

    /// Whether there is no case.
    pub fn is_empty(&self) -> bool {
        self.rows.len() == 0
    }

    fn width(&self) -> usize {
        if self.kind == DocumentKind::Details { width::<CaseDetail>() } else { width::<CaseRecord>() }
    }

    /// Leaves these cases, in this order.
    pub fn select(&mut self, cases: &[usize]) {
        let width = self.width();
        let mut rows = Vec::new();
        for case in cases {
            rows.extend_from_slice(self.rows.as_slice().get(case * width..(case + 1) * width).unwrap_or_default());
        }
        self.rows.replace(rows);
    }

    /// Whether there is memory in it that the next document can use.
    pub(crate) fn has_reusable_memory(&self) -> bool {
        self.arena.is_some()
    }

    /// The text of a field of a case; `""` where it is none.
    pub fn case_text(&self, case: usize, field: &str) -> &str {
        match self.case_cell(case, field) {
            0 => "",
            cell => self.string(cell),
        }
    }

    /// The text of a column of a case in brief; `""` where it is none. Names are found once, when this crate is compiled.
    pub(crate) fn text_in(&self, case: usize, column: usize) -> &str {
        match self.cell_in(case, column) {
            0 => "",
            cell => self.string(cell),
        }
    }

    /// The cell of a column of a case in brief.
    fn cell_in(&self, case: usize, column: usize) -> u32 {
        let row = case * (CaseRecord::FIELDS.len() + 1);
        self.rows.as_slice().get(row + column).copied().unwrap_or(0)
    }

    /// The severity, the status and the openness of a case in brief, as the functions below tell them.
    pub(crate) fn state_in(&self, case: usize) -> (u32, &str, bool) {
        const SEVERITY: usize = column_of("severity");
        const STATUS: usize = column_of("status");
        const STATUS_FLAG: usize = column_of("status_flag");
        let status = self.status_of(self.cell_in(case, STATUS));
        let is_open = is_open(self.cell_in(case, STATUS_FLAG), status);
        (self.cell_in(case, SEVERITY), status, is_open)
    }

    /// The severity of a case; 0 where it is none.
    pub fn severity(&self, case: usize) -> u32 {
        self.case_cell(case, "severity")
    }

    /// The status of a case, as the service spells it; `""` where it is none.
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

    /// Whether a case is open: by its flag, or by its status where there is none.
    pub fn is_open(&self, case: usize) -> bool {
        is_open(self.case_cell(case, "status_flag"), self.status(case))
    }

    fn case_cell(&self, case: usize, field: &str) -> u32 {
        let fields = if self.kind == DocumentKind::Details { CaseDetail::FIELDS } else { CaseRecord::FIELDS };
        let column = fields.iter().position(|known| known.name == field);
        let cell = column.and_then(|column| self.rows.as_slice().get(case * self.width() + column));
        cell.copied().unwrap_or(0)
    }

    /// A number of the pagination record; 0 where it is none.
    pub fn page_number(&self, field: &str) -> u32 {
        let column = PaginationRecord::FIELDS.iter().position(|known| known.name == field);
        column.and_then(|column| self.pagination.as_slice().get(column)).copied().unwrap_or(0)
    }

    /// How many records the service says a page has.
    pub(super) fn page_records(&self) -> u32 {
        self.pagination.as_slice().get(PAGE_RECORDS).copied().unwrap_or(0)
    }

    /// The parts, to build objects of.
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

    /// A string, where this is the compact text.
    pub(super) fn string_in<'r>(&'r self, compact: &'r [u8], number: u32) -> &'r str {
        let apart = self.out_of_line.binary_search_by_key(&number, |[string, ..]| *string);
        let bytes = match apart.ok().and_then(|found| self.out_of_line.get(found)) {
            Some(words) => {
                let apart = OutOfLineString::from_words(*words);
                let home = [&self.wide, &self.long, &self.long_wide].into_iter().nth(apart.pool as usize);
                home.unwrap_or(&self.wide).get(apart.start as usize..apart.end as usize)
            }
            None => {
                let at = |number: u32| self.starts.as_slice().get(number as usize).map(|start| *start as usize);
                at(number).zip(at(number.saturating_add(1))).and_then(|(start, end)| compact.get(start..end))
            }
        };
        // It was checked while it was read.
        bytes.and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// What Case Summary answers, as Rust's own types.
    pub fn summary(&self) -> CaseSummaryResult {
        CaseSummaryResult { count: self.count(), cases: self.cases(), issues: self.issues.clone() }
    }

    /// What the lists answer, as Rust's own types.
    pub fn page(&self) -> CasesPage {
        CasesPage {
            pagination_response_record: self.record(self.pagination.as_slice()),
            cases: self.cases(),
            issues: self.issues.clone(),
        }
    }

    /// What Case Details answers, as Rust's own type.
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

/// Whether a case is open: by the cell of its flag, or by its status where there is none.
fn is_open(flag: u32, status: &str) -> bool {
    match flag {
        1 => true,
        2 => false,
        _ => status != CaseStatus::Closed.as_str(),
    }
}

/// The column of a field of cases in brief. A name that is none does not compile.
pub(crate) const fn column_of(name: &str) -> usize {
    let mut column = 0;
    let mut fields = CaseRecord::FIELDS;
    while let [field, rest @ ..] = fields {
        if bytes_eq(field.name.as_bytes(), name.as_bytes()) {
            return column;
        }
        column += 1;
        fields = rest;
    }
    assert!(column < CaseRecord::FIELDS.len(), "no such field");
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

/// The column of a page's `page_records`.
const PAGE_RECORDS: usize = 2;
const _: () = {
    let [field, ..] = PaginationRecord::FIELDS.split_at(PAGE_RECORDS).1 else { panic!("few fields") };
    assert!(matches!(field.name.as_bytes(), b"page_records"), "another column");
};

/// How many cells a row has: a field each, and one for what came besides them.
pub(super) fn width<R: Record>() -> usize {
    R::FIELDS.len() + 1
}
