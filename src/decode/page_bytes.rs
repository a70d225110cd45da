//! The compact page as bytes, read in place.

use super::{
    MAX_DEPTH,
    columns::width,
    page_encoder::HEADER_BYTES,
    page_vectors::{ascii_text, exceed, utf8_text},
    shapes::NESTED_ROOT,
    table::{DOCUMENTED_STATUSES, NO_COUNT},
    tape::TapeTag,
    value,
};
use crate::boundary::{document, header, out_of_line, page_bytes, tag};
use crate::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, DocumentKind, Field, FieldKind, PaginationRecord, Record,
};
use crate::util::{Json, parse_json, text};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::fmt;

/// Bytes that are no compact page: the damaged part.
///
/// ```
/// let error = cisco_support_case::decode::PageBytes::parse(b"CSCP").unwrap_err();
/// assert_eq!(error.to_string(), "damaged page: header");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageBytesError {
    /// The damaged part, such as `rows[3].severity`.
    pub part: String,
}

impl fmt::Display for PageBytesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("damaged page: ")?;
        f.write_str(&self.part)
    }
}

impl core::error::Error for PageBytesError {}

#[cold]
fn damaged<T>(part: &str) -> Result<T, PageBytesError> {
    Err(PageBytesError { part: part.to_owned() })
}

#[cold]
fn damaged_item<T>(part: &str, index: usize, field: &str) -> Result<T, PageBytesError> {
    let dot = if field.is_empty() { "" } else { "." };
    Err(PageBytesError { part: text!(part, "[", index, "]", dot, field) })
}

/// Words in little-endian bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Words<'a>(&'a [[u8; 4]]);

impl<'a> Words<'a> {
    #[inline]
    fn get(self, index: usize) -> Option<u32> {
        self.0.get(index).map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn len(self) -> usize {
        self.0.len()
    }

    fn slice(self, start: usize, count: usize) -> Option<Words<'a>> {
        self.0.get(start..)?.get(..count).map(Words)
    }

    fn iter(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.0.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

/// The words of a string outside the compact text.
type OutOfLineEntry = [[u8; 4]; out_of_line::LENGTH as usize];

/// A view of a compact page: the parts of [`RecordsView`](super::RecordsView) as bytes, without a copy.
///
/// [`parse`](Self::parse) checks every offset, cell, list, string number and text once. Readers therefore cannot fail,
/// whatever the bytes were. It does not detect a changed letter of a text: pages pass from memory to memory, and what is
/// stored has checksums.
///
/// ```
/// use cisco_support_case::decode::{Body, PageBytes, Records, records};
/// use cisco_support_case::model::DocumentKind;
/// let body = Body::from_slice(br#"{"count":1,"cases":[{"case_id":"612345678","severity":"3"}]}"#);
/// let bytes = records(DocumentKind::Summary, &body, Records::default())?.to_page_bytes();
/// assert_eq!(PageBytes::parse(&bytes).map(|page| page.len()), Ok(1));
/// # Ok::<(), cisco_support_case::decode::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PageBytes<'a> {
    kind: DocumentKind,
    byte_len: usize,
    /// The number of cells in a row of a case.
    width: usize,
    text: &'a str,
    pools: [&'a str; 3],
    starts: Words<'a>,
    out_of_line: &'a [OutOfLineEntry],
    rows: Words<'a>,
    notes: Words<'a>,
    lists: Words<'a>,
    tape: Words<'a>,
    shapes: Words<'a>,
    /// The number of keys on the path to each shape.
    depths: Vec<u32>,
}

impl<'a> PageBytes<'a> {
    /// Checks a page, and returns its view.
    pub fn parse(bytes: &'a [u8]) -> Result<PageBytes<'a>, PageBytesError> {
        let words = Words(bytes.as_chunks().0);
        let head = |at: u32| words.get(at as usize);
        if words.len() < page_bytes::LENGTH as usize
            || head(0) != Some(page_bytes::MAGIC)
            || head(page_bytes::TOTAL) != u32::try_from(bytes.len()).ok()
        {
            return damaged("header");
        }
        if head(1) != Some(page_bytes::VERSION) {
            return damaged("version");
        }
        let kind = match head(page_bytes::KIND) {
            Some(document::SUMMARY) => DocumentKind::Summary,
            Some(document::DETAILS) => DocumentKind::Details,
            Some(document::PAGE) => DocumentKind::Page,
            _ => return damaged("kind"),
        };
        let part = |at: u32| {
            let [offset, length] = [0, 1].map(|word| head(page_bytes::PARTS + at + word).unwrap_or(u32::MAX) as usize);
            bytes.get(offset..).and_then(|rest| rest.get(..length)).filter(|_| offset >= HEADER_BYTES)
        };
        let text = |at, name| match part(at).and_then(utf8_text) {
            Some(text) => Ok(text),
            None => damaged(name),
        };
        let numbers = |at, name| match part(at).map(<[u8]>::as_chunks) {
            Some((words, [])) => Ok(Words(words)),
            _ => damaged(name),
        };
        let (out_of_line, []) = numbers(header::OUT_OF_LINE, "out_of_line")?.0.as_chunks() else {
            return damaged("out_of_line");
        };
        let mut page = PageBytes {
            kind,
            byte_len: bytes.len(),
            width: if kind == DocumentKind::Details { width::<CaseDetail>() } else { width::<CaseRecord>() },
            text: match part(header::TEXT).and_then(ascii_text) {
                Some(text) => text,
                None => return damaged("text"),
            },
            pools: [text(header::WIDE, "wide")?, text(header::LONG, "long")?, text(header::LONG_WIDE, "long_wide")?],
            starts: numbers(header::STARTS, "starts")?,
            out_of_line,
            rows: numbers(header::ROWS, "rows")?,
            notes: numbers(header::NOTES, "notes")?,
            lists: numbers(header::LISTS, "lists")?,
            tape: numbers(header::TAPE, "tape")?,
            shapes: numbers(header::SHAPES, "shapes")?,
            depths: Vec::new(),
        };
        let pagination = numbers(header::PAGINATION, "pagination")?;
        page.check_strings()?;
        page.check_shapes()?;
        let mut list_words = page.lists.len();
        page.check_rows(page.notes, CaseNote::FIELDS, "notes", &mut list_words)?;
        page.check_rows(pagination, PaginationRecord::FIELDS, "pagination", &mut list_words)?;
        page.check_rows(page.rows, page.fields(), "rows", &mut list_words)?;
        page.check_extras()?;
        Ok(page)
    }

    fn check_strings(&self) -> Result<(), PageBytesError> {
        let ends = self.starts.0.get(1..).unwrap_or_default();
        let mut is_descending = false;
        for (start, end) in self.starts.0.iter().zip(ends) {
            is_descending |= u32::from_le_bytes(*start) > u32::from_le_bytes(*end);
        }
        let last = self.starts.get(self.starts.len().wrapping_sub(1));
        // String 0 is `""`, so there is a start and an end.
        if is_descending || self.starts.get(1) != Some(0) || last.is_none_or(|last| last as usize > self.text.len()) {
            return damaged("starts");
        }
        let mut least = 1;
        for (index, entry) in self.out_of_line.iter().enumerate() {
            let number = entry_word(entry, out_of_line::STRING);
            let is_valid = (least..self.string_count()).contains(&number)
                && self.compact(number).is_some_and(str::is_empty)
                && self.pooled(entry).is_some();
            if !is_valid {
                return damaged_item("out_of_line", index, "");
            }
            least = number + 1;
        }
        Ok(())
    }

    /// Checks that the shapes are a forest whose parents come first, and counts the keys on each path.
    fn check_shapes(&mut self) -> Result<(), PageBytesError> {
        let (nodes, rest) = self.shapes.0.as_chunks::<2>();
        if !rest.is_empty() {
            return damaged("shapes");
        }
        for (index, [parent, string]) in nodes.iter().enumerate() {
            let (parent, string) = (u32::from_le_bytes(*parent), u32::from_le_bytes(*string));
            let depth = match self.depths.get(parent as usize) {
                Some(depth) if index > NESTED_ROOT as usize => depth + 1,
                None if parent as usize == index && index <= NESTED_ROOT as usize => 0,
                _ => return damaged_item("shapes", index, ""),
            };
            if string >= self.string_count() {
                return damaged_item("shapes", index, "");
            }
            self.depths.push(depth);
        }
        Ok(())
    }

    /// Checks the cells of rows. The lists of all rows have at most `list_words` words: each list is in one cell, so the
    /// work for a page is proportional to its bytes.
    fn check_rows(
        &self,
        rows: Words<'_>,
        fields: &[Field],
        part: &str,
        list_words: &mut usize,
    ) -> Result<(), PageBytesError> {
        let width = fields.len() + 1;
        if !rows.len().is_multiple_of(width) {
            return damaged(part);
        }
        if rows.len() == 0 {
            return Ok(());
        }
        let mut limits = Vec::new();
        let mut lists = Vec::new();
        for (column, field) in fields.iter().enumerate() {
            if matches!(field.kind, FieldKind::List | FieldKind::Notes) {
                lists.push((column, field.kind));
            }
            limits.push(match field.kind {
                FieldKind::Text | FieldKind::Date => self.string_count() - 1,
                FieldKind::Severity => 4,
                FieldKind::Flag => 2,
                FieldKind::Status => self.string_count().saturating_add(DOCUMENTED_STATUSES) - 1,
                FieldKind::List | FieldKind::Notes => u32::try_from(self.lists.len()).unwrap_or(0),
                FieldKind::Count => NO_COUNT,
                FieldKind::Required => u32::MAX,
            });
        }
        limits.push(u32::try_from(self.depths.len().min(1) * self.tape.len()).unwrap_or(0));
        for (index, row) in rows.0.chunks_exact(width).enumerate() {
            if exceed(row, &limits) {
                let mut cells = row.iter().zip(&limits);
                let column = cells.position(|(cell, limit)| u32::from_le_bytes(*cell) > *limit);
                let field = column.and_then(|column| fields.get(column));
                return damaged_item(part, index, field.map_or("extra", |field| field.name));
            }
            for (column, kind) in &lists {
                let cell = Words(row).get(*column).unwrap_or(0);
                if cell > 0 && !self.is_list(cell, *kind, list_words) {
                    return damaged_item(part, index, fields.get(*column).map_or("", |field| field.name));
                }
            }
        }
        Ok(())
    }

    /// Returns whether a cell points to a list of strings, or to rows of notes.
    fn is_list(&self, cell: u32, kind: FieldKind, list_words: &mut usize) -> bool {
        let count = self.lists.get(cell as usize).unwrap_or(u32::MAX) as usize;
        let used = if kind == FieldKind::Notes { 2 } else { count.saturating_add(1) };
        let Some(left) = list_words.checked_sub(used) else { return false };
        *list_words = left;
        if kind == FieldKind::Notes {
            let first = self.lists.get(cell as usize + 1).unwrap_or(u32::MAX) as usize;
            return first.saturating_add(count) <= self.notes.len() / (CaseNote::FIELDS.len() + 1);
        }
        match self.lists.slice(cell as usize + 1, count) {
            Some(numbers) => numbers.iter().all(|number| number < self.string_count()),
            None => false,
        }
    }

    /// Checks the undocumented fields of the cases. No word of the tape counts for two values, so the work is
    /// proportional to the tape.
    fn check_extras(&self) -> Result<(), PageBytesError> {
        let mut words = self.tape.len();
        for case in 0..self.len() {
            let cell = self.cell(case, self.fields().len()) as usize;
            if cell == 0 {
                continue;
            }
            let shape = self.tape.get(cell - 1).unwrap_or(u32::MAX);
            let count = self.depths.get(shape as usize).copied().unwrap_or(u32::MAX) as usize;
            let is_valid = match (words.checked_sub(count), self.tape.slice(cell, count)) {
                (Some(left), Some(values)) => {
                    words = left;
                    values.iter().all(|at| self.is_value(&mut (at as usize), MAX_DEPTH, &mut words))
                }
                _ => false,
            };
            if !is_valid {
                return damaged_item("rows", case, "extra");
            }
        }
        Ok(())
    }

    /// Returns whether a valid value is at a position of the tape, and moves the position after it.
    fn is_value(&self, at: &mut usize, levels: usize, words: &mut usize) -> bool {
        let (Some(word), Some(left), Some(levels)) = (self.tape.get(*at), words.checked_sub(1), levels.checked_sub(1))
        else {
            return false;
        };
        *at += 1;
        *words = left;
        let (kind, operand) = TapeTag::split(word);
        match kind {
            TapeTag::Literal => operand <= 2,
            TapeTag::Integer => true,
            TapeTag::String => operand < self.string_count(),
            TapeTag::Number => {
                operand < self.string_count() && matches!(parse_json(self.string(operand)), Ok(Json::Number(_)))
            }
            TapeTag::Json => {
                word & tag::MASK == tag::JSON
                    && operand < self.string_count()
                    && parse_json(self.string(operand)).is_ok()
            }
            TapeTag::Array => (0..operand).all(|_| self.is_value(at, levels, words)),
            TapeTag::Object => match self.depths.get(operand as usize) {
                Some(count) => (0..*count).all(|_| self.is_value(at, levels, words)),
                None => false,
            },
        }
    }

    /// Returns the kind of the document.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Returns the number of cases.
    pub fn len(&self) -> usize {
        self.rows.len() / self.width
    }

    /// Returns whether the page has no case.
    pub fn is_empty(&self) -> bool {
        self.rows.len() == 0
    }

    /// Returns the bytes of the page.
    pub(crate) fn byte_len(&self) -> usize {
        self.byte_len
    }

    /// Returns the fields of a row.
    fn fields(&self) -> &'static [Field] {
        if self.kind == DocumentKind::Details { CaseDetail::FIELDS } else { CaseRecord::FIELDS }
    }

    /// Returns the number of strings, `""` included.
    pub(crate) fn string_count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX).saturating_sub(1)
    }

    /// Returns a cell of a case.
    #[inline]
    pub(crate) fn cell(&self, case: usize, column: usize) -> u32 {
        self.rows.get(case * self.width + column).unwrap_or(0)
    }

    /// Returns the cells of a column, of all cases.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = u32> {
        self.rows.0.chunks_exact(self.width).map(move |row| Words(row).get(column).unwrap_or(0))
    }

    /// Returns a string by its number.
    #[inline(never)]
    pub(crate) fn string(&self, number: u32) -> &'a str {
        match self.compact(number) {
            Some("") if number > 0 => self.string_out_of_line(number),
            text => text.unwrap_or_default(),
        }
    }

    #[inline(always)]
    fn compact(&self, number: u32) -> Option<&'a str> {
        let [start, end] = self.starts.0.get(number as usize..)?.first_chunk()?;
        self.text.get(u32::from_le_bytes(*start) as usize..u32::from_le_bytes(*end) as usize)
    }

    #[inline(never)]
    fn string_out_of_line(&self, number: u32) -> &'a str {
        let found = self.out_of_line.binary_search_by_key(&number, |entry| entry_word(entry, out_of_line::STRING));
        let entry = found.ok().and_then(|found| self.out_of_line.get(found));
        entry.and_then(|entry| self.pooled(entry)).unwrap_or_default()
    }

    fn pooled(&self, entry: &OutOfLineEntry) -> Option<&'a str> {
        let pool = self.pools.get(entry_word(entry, out_of_line::POOL) as usize)?;
        pool.get(entry_word(entry, out_of_line::START) as usize..entry_word(entry, out_of_line::END) as usize)
    }

    /// Returns the text of a status cell.
    pub(crate) fn status(&self, cell: u32) -> &'a str {
        match cell {
            0 => "",
            cell @ 1..=DOCUMENTED_STATUSES => CaseStatus::DOCUMENTED.get(cell as usize - 1).copied().unwrap_or(""),
            cell => self.string(cell - DOCUMENTED_STATUSES),
        }
    }

    /// Returns the string numbers of a list, by its cell.
    pub(crate) fn list(&self, cell: u32) -> impl ExactSizeIterator<Item = u32> + 'a {
        let count = if cell == 0 { 0 } else { self.lists.get(cell as usize).unwrap_or(0) };
        self.lists.slice(cell as usize + 1, count as usize).unwrap_or_default().iter()
    }

    /// Returns the rows of the notes of a case, by the cell of its notes.
    pub(crate) fn notes(&self, cell: u32) -> core::ops::Range<usize> {
        let [count, first] = [0, 1].map(|word| self.lists.get(cell as usize + word).unwrap_or(0) as usize);
        if cell == 0 { 0..0 } else { first..first + count }
    }

    /// Returns the text of a field of a note.
    pub(crate) fn note_text(&self, note: usize, column: usize) -> &'a str {
        self.string(self.notes.get(note * (CaseNote::FIELDS.len() + 1) + column).unwrap_or(0))
    }

    /// Returns the undocumented fields of a case.
    pub(crate) fn extra(&self, case: usize) -> Vec<(String, Json)> {
        let cell = self.cell(case, self.fields().len()) as usize;
        if cell == 0 {
            return Vec::new();
        }
        let keys = self.keys(self.tape.get(cell - 1).unwrap_or(0));
        let values = self.tape.slice(cell, keys.len()).unwrap_or_default();
        let members = keys.iter().rev().zip(values.iter());
        value::dedup_members(members.map(|(key, at)| ((*key).to_owned(), self.value(&mut (at as usize)))).collect())
    }

    /// Reads the value at a position of the tape, and moves the position after it.
    fn value(&self, at: &mut usize) -> Json {
        let (kind, operand) = TapeTag::split(self.tape.get(*at).unwrap_or(0));
        *at += 1;
        match kind {
            TapeTag::Literal => operand.checked_sub(1).map_or(Json::Null, |word| Json::Bool(word == 1)),
            TapeTag::String => Json::from(self.string(operand)),
            TapeTag::Integer => Json::from(operand),
            TapeTag::Number => Json::Number(self.string(operand).to_owned()),
            TapeTag::Json => parse_json(self.string(operand)).unwrap_or_default(),
            TapeTag::Array => Json::Array((0..operand).map(|_| self.value(at)).collect()),
            TapeTag::Object => {
                let keys = self.keys(operand);
                Json::Object(keys.iter().rev().map(|key| ((*key).to_owned(), self.value(at))).collect())
            }
        }
    }

    /// Returns the keys on the path to a shape, the last one first.
    fn keys(&self, mut shape: u32) -> Vec<&'a str> {
        let mut keys = Vec::new();
        for _ in 0..self.depths.get(shape as usize).copied().unwrap_or(0) {
            keys.push(self.string(self.shapes.get(shape as usize * 2 + 1).unwrap_or(0)));
            shape = self.shapes.get(shape as usize * 2).unwrap_or(0);
        }
        keys
    }
}

fn entry_word(entry: &OutOfLineEntry, word: u32) -> u32 {
    Words(entry).get(word as usize).unwrap_or(0)
}

/// The parts are in the order of the header of decoded records.
const _: () = assert!(
    header::TEXT == 0 && header::SHAPES == 22 && page_bytes::PARTS + 2 * page_bytes::PART_COUNT == page_bytes::LENGTH
);
