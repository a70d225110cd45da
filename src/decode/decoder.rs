//! Decoding of a record by its table of fields: the general path.

use super::{
    body::Body,
    columns::{OutOfLineString, Records, StringPool, width},
    fast_path::{FastPathBuffers, FastPathState, StopPoint, read_members},
    path::JsonPath,
    shapes::UnknownFields,
    table::{DOCUMENTED_STATUSES, MAX_FIELDS, MAX_INLINE, NO_COLUMN, NO_COUNT, RECORD_START, RecordKind, TABLES},
    tokenizer::{Anomaly, BoxedDecodeError, StringToken, Tokenizer},
    u32_buffer::U32Buffer,
    value,
};
use crate::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, Field, FieldKind, Issue, Record, Severity, StatusFlag,
};
use crate::util::{Json, ellipsize, parse_rfc3339_ms, text};
use alloc::{borrow::ToOwned, string::String};

/// The maximum number of issues of a document: 20 for each case of a full page. A body made for it has millions of issues, which
/// fill the memory, and duplicates that search them.
const MAX_ISSUES: u32 = 2000;
/// The number of these issues that are reserved for the pagination record.
const RESERVED_ISSUES: u32 = 20;

/// The input that [`Decoder::read_predicted_unknown`] consumed.
pub(super) enum Consumed {
    Nothing,
    /// A member. The position is after its value.
    Member,
    /// A member and its comma. The position is before a key.
    MemberAndComma,
}

/// The decoder of records.
pub(super) struct Decoder<'a, const FAST: bool> {
    pub(super) tokenizer: Tokenizer<'a, FAST>,
    pub(super) out: &'a mut Records,
    pub(super) unknown: UnknownFields,
    /// The undocumented fields of the enclosing case while a note is read, and of the notes while a case is read.
    suspended: UnknownFields,
    pub(super) path: JsonPath,
    /// The number of issues that may still be reported, those of duplicates that were removed again included.
    pub(super) issues_left: u32,
    /// The number of further issues, from the beginning of the pagination record on.
    pub(super) reserved_issues: u32,
}

impl<'a, const FAST: bool> Decoder<'a, FAST> {
    /// Creates a decoder of a body. The memory of `out` is reused.
    #[inline(always)]
    pub(super) fn new(body: &'a Body, out: &'a mut Records) -> Self {
        for numbers in [&mut out.starts, &mut out.rows, &mut out.notes, &mut out.pagination, &mut out.lists] {
            numbers.clear();
        }
        out.interner.begin_document();
        out.out_of_line.clear();
        out.wide.clear();
        out.long.clear();
        out.long_wide.clear();
        out.tape.clear();
        out.shapes.begin_document();
        out.count = None;
        out.issues.clear();
        // String 0 is the empty string; list 0 is the empty list.
        out.starts.push(0);
        out.starts.push(0);
        out.lists.push(0);
        let tokenizer = Tokenizer::new(body, out.arena.take());
        Decoder {
            tokenizer,
            out,
            unknown: UnknownFields::default(),
            suspended: UnknownFields::default(),
            path: JsonPath::default(),
            issues_left: MAX_ISSUES - RESERVED_ISSUES,
            reserved_issues: RESERVED_ISSUES,
        }
    }

    /// Completes the records after the whole document has been read.
    pub(super) fn finish(&mut self) {
        let out = &mut *self.out;
        out.arena = Some(core::mem::take(&mut self.tokenizer.arena));
        out.arena_len = self.tokenizer.arena_len;
        if out.tape.len() > 0 {
            out.shapes.export(&mut out.shape_table);
        }
        let mut at = 0;
        let mut wide = 0;
        // The UTF-16 positions of the wide strings, which are in the order in which they were stored.
        for words in &mut out.out_of_line {
            let mut entry = OutOfLineString::from_words(*words);
            if entry.pool != StringPool::Wide as u32 {
                continue;
            }
            let bytes = out.wide.get(at..entry.end as usize).unwrap_or_default();
            entry.start16 = wide;
            wide += utf16_len(bytes);
            entry.end16 = wide;
            at = entry.end as usize;
            *words = entry.to_words();
        }
    }

    /// Reads an object as a record, with its fields in any order, and appends its row.
    pub(super) fn read_record(&mut self, kind: RecordKind) -> Result<(), BoxedDecodeError> {
        // The row is written in its final place. Nothing else writes to these rows in the meantime.
        let mut rows = core::mem::take(self.rows_mut(kind));
        let read = self.read_row(kind, &mut rows);
        *self.rows_mut(kind) = rows;
        read
    }

    /// Appends the row of an absent record.
    #[cold]
    pub(super) fn push_blank_row(&mut self, kind: RecordKind) {
        let Some(table) = TABLES.get(kind as usize) else { return };
        let rows = self.rows_mut(kind);
        rows.reserve(MAX_FIELDS);
        table.fill_missing(rows.spare_mut(), 0);
        rows.commit(table.width());
    }

    fn rows_mut(&mut self, kind: RecordKind) -> &mut U32Buffer {
        match kind {
            RecordKind::Case | RecordKind::Detail => &mut self.out.rows,
            RecordKind::Note => &mut self.out.notes,
            RecordKind::Pagination => &mut self.out.pagination,
        }
    }

    /// Sets the case id of a case's issues, once the id has been read.
    #[cold]
    fn assign_case_id(&mut self, kind: RecordKind, from: usize, row: &[u32]) {
        let fields = if kind == RecordKind::Detail { CaseDetail::FIELDS } else { CaseRecord::FIELDS };
        let column = fields.iter().position(|field| field.name == "case_id").filter(|_| kind != RecordKind::Pagination);
        let number = column.and_then(|column| row.get(column)).copied().unwrap_or(0);
        self.out.starts.push(u32::try_from(self.tokenizer.arena_len).unwrap_or(0));
        let case_id = self.out.string_in(self.tokenizer.arena.bytes(), number).to_owned();
        self.out.starts.pop();
        for issue in self.out.issues.iter_mut().skip(from) {
            issue.case_id.clone_from(&case_id);
        }
    }

    /// Reads the members of a record and appends its row. The fast path may read the following records too; `path`
    /// then names the last of them.
    #[inline(always)]
    fn read_row(&mut self, kind: RecordKind, rows: &mut U32Buffer) -> Result<(), BoxedDecodeError> {
        let table_number = kind as usize;
        let Some(table) = TABLES.get(table_number) else { return Ok(()) };
        let issues = self.out.issues.len();
        let mut seen = 0_u32;
        let mut last = RECORD_START;
        rows.reserve(MAX_FIELDS);
        self.begin_unknown(table_number);
        self.tokenizer.enter(b'{')?;
        let mut more = !self.tokenizer.leave(b'}');
        while more {
            let mut found = None;
            if FAST {
                let may_continue = kind == RecordKind::Case && self.out.issues.len() == issues && !self.has_unknown();
                match self.read_members_fast(table_number, &mut seen, &mut last, rows, may_continue) {
                    StopPoint::AfterValue => {
                        more = self.tokenizer.comma_or_close(b'}')?;
                        continue;
                    }
                    StopPoint::BeforeValue => found = self.out.prediction.next_after(table_number, last),
                    StopPoint::BeforeKey => match self.read_predicted_unknown() {
                        Consumed::Nothing => {}
                        Consumed::Member => {
                            more = self.tokenizer.comma_or_close(b'}')?;
                            continue;
                        }
                        Consumed::MemberAndComma => continue,
                    },
                }
            }
            let offset = self.tokenizer.position;
            if found.is_none() {
                found = self.read_key(table.fields)?;
                if let Some((order, index)) = self.out.prediction.0.get_mut(table_number).zip(found)
                    && let Some(next) = order.get_mut(last)
                {
                    *next = u8::try_from(index).unwrap_or(0);
                }
                self.tokenizer.colon()?;
            }
            match found.and_then(|index| Some((index, table.fields.get(index)?))) {
                Some((index, field)) => {
                    if seen & 1 << index != 0 {
                        self.replace_duplicate(self.path.to_text(field.name, None), offset);
                    }
                    seen |= 1 << index;
                    last = index;
                    let cell = self.read_value(field, index + table.first_column);
                    match (cell, rows.spare_mut().get_mut(index)) {
                        (Ok(cell), Some(slot)) => *slot = cell,
                        (Err(error), _) => return Err(error.in_member(field.name)),
                        _ => {}
                    }
                }
                None => self.read_unknown_value()?,
            }
            more = self.tokenizer.comma_or_close(b'}')?;
        }
        let extra = self.end_unknown();
        table.fill_missing(rows.spare_mut(), seen);
        if let Some(cell) = rows.spare_mut().get_mut(table.fields.len()) {
            *cell = extra;
        }
        if !table.is_complete(seen) {
            for (field, _) in table.fields.iter().zip(0..).filter(|(_, index)| table.required & !seen & 1 << index != 0)
            {
                self.report(field.name, None, self.tokenizer.position, &expectation(field), None);
            }
        }
        if self.out.issues.len() > issues && kind != RecordKind::Note {
            self.assign_case_id(kind, issues, rows.spare_mut());
        }
        rows.commit(table.width());
        Ok(())
    }

    /// Reads members on the fast path, and returns its stop point.
    #[inline(always)]
    fn read_members_fast(
        &mut self,
        table_number: usize,
        seen: &mut u32,
        last: &mut usize,
        rows: &mut U32Buffer,
        may_continue: bool,
    ) -> StopPoint {
        let Some(table) = TABLES.get(table_number) else { return StopPoint::BeforeKey };
        let (out, tokenizer) = (&mut *self.out, &mut self.tokenizer);
        let Some(next) = out.prediction.0.get(table_number) else { return StopPoint::BeforeKey };
        out.starts.reserve(MAX_FIELDS);
        out.lists.reserve(MAX_FIELDS);
        let number = out.starts.len() - 1;
        let lists = out.lists.len();
        let buffers = FastPathBuffers {
            body: tokenizer.body,
            arena: tokenizer.arena.writer(),
            starts: out.starts.spare_mut(),
            lists: out.lists.spare_mut(),
            rows: rows.spare_mut(),
            interner: &mut out.interner,
            table,
            predicted: next,
            may_continue,
        };
        let stop = StopPoint::BeforeKey;
        let start = FastPathState {
            position: tokenizer.position,
            arena_len: tokenizer.arena_len,
            seen: *seen,
            last: *last,
            next_string: number,
            next_list: lists,
            records: 0,
            stop,
        };
        let end = read_members(buffers, start);
        out.starts.commit(end.next_string - number);
        out.lists.commit(end.next_list - lists);
        rows.commit(end.records * table.width());
        rows.reserve(MAX_FIELDS);
        self.path.advance(end.records);
        (tokenizer.position, tokenizer.arena_len, *seen, *last) = (end.position, end.arena_len, end.seen, end.last);
        // The fast path consumes one line break with its indentation; the rest of the whitespace is skipped here.
        tokenizer.skip_whitespace();
        end.stop
    }

    /// Reads a key and looks up its field. An unknown key is added to the undocumented fields.
    #[inline(never)]
    fn read_key(&mut self, fields: &[Field]) -> Result<Option<usize>, BoxedDecodeError> {
        if self.tokenizer.peek() != b'"' {
            return Err(self.tokenizer.syntax_error("a member's name"));
        }
        let token = self.tokenizer.string()?;
        let name = self.tokenizer.token_bytes(token);
        let found = fields.iter().position(|field| field.name.as_bytes() == name);
        if found.is_none() {
            self.push_unknown_key(token);
        }
        // A key with a lone surrogate is no field.
        Ok(found)
    }

    /// Reads the value of a field, and returns its cell.
    #[inline(never)]
    fn read_value(&mut self, field: &Field, column: usize) -> Result<u32, BoxedDecodeError> {
        let offset = self.tokenizer.position;
        let cell = match self.tokenizer.peek() {
            b'"' => {
                let token = self.tokenizer.string()?;
                self.string_cell(field, column, token, offset, false)
            }
            b'[' if matches!(field.kind, FieldKind::List | FieldKind::Notes) => return self.read_list(field),
            _ => self.read_other_value(field, column, offset)?,
        };
        self.report_pending_anomaly(field.name, None, offset);
        Ok(cell)
    }

    /// Returns the cell of a string, or of a number in place of a string.
    #[inline(never)]
    fn string_cell(&mut self, field: &Field, column: usize, token: StringToken, offset: usize, is_number: bool) -> u32 {
        match field.kind {
            FieldKind::Text => {
                if self.is_too_long(field, token) || token.len == 0 && field.is_id() {
                    self.report_string(field, token, offset, false);
                }
                self.store_string(token, column)
            }
            FieldKind::Date => {
                if token.len == 0 {
                    return 0;
                }
                if is_number || parse_rfc3339_ms(self.tokenizer.token_bytes(token)).is_none() {
                    self.report_string(field, token, offset, is_number);
                    return 0;
                }
                self.store_string(token, column)
            }
            FieldKind::Status => {
                if self.is_too_long(field, token) {
                    self.report_string(field, token, offset, false);
                }
                let text = self.tokenizer.token_bytes(token);
                match CaseStatus::documented().position(|status| status.as_bytes() == text) {
                    Some(index) => u32::try_from(index + 1).unwrap_or(0),
                    None if token.len == 0 => 0,
                    None => DOCUMENTED_STATUSES + self.store_string(token, column),
                }
            }
            _ => self.short_string_cell(field, token, offset, is_number),
        }
    }

    /// Returns the cell of a string, for the kinds with few or short values.
    #[inline(never)]
    fn short_string_cell(&mut self, field: &Field, token: StringToken, offset: usize, is_number: bool) -> u32 {
        let cell = match (field.kind, self.tokenizer.token_bytes(token)) {
            (FieldKind::Severity, [digit @ b'1'..=b'4']) => Some(u32::from(digit - b'0')),
            (FieldKind::Severity, _) => {
                Severity::from_text(self.tokenizer.token_str(token).trim()).map(|severity| u32::from(severity.number()))
            }
            (FieldKind::Flag, b"") => Some(0),
            (FieldKind::Flag, text) => {
                let index = StatusFlag::ALL.iter().position(|flag| flag.as_str().as_bytes() == text);
                index.and_then(|index| u32::try_from(index + 1).ok())
            }
            (FieldKind::Count | FieldKind::Required, digits) => {
                return parse_count(digits).unwrap_or_else(|| {
                    self.report_string(field, token, offset, is_number);
                    if field.kind == FieldKind::Count { NO_COUNT } else { 0 }
                });
            }
            (_, text) => (text.is_empty() && !is_number).then_some(0),
        };
        cell.unwrap_or_else(|| {
            self.report_string(field, token, offset, is_number && field.kind != FieldKind::Flag);
            0
        })
    }

    /// Reads a value that is no string, and returns its cell.
    #[inline(never)]
    fn read_other_value(&mut self, field: &Field, column: usize, offset: usize) -> Result<u32, BoxedDecodeError> {
        let missing = if field.kind == FieldKind::Count { NO_COUNT } else { 0 };
        if matches!(self.tokenizer.peek(), b'-' | b'0'..=b'9') {
            let number = self.tokenizer.number()?;
            if let (FieldKind::Count | FieldKind::Required, Some(count)) = (field.kind, parse_count(number)) {
                return Ok(count);
            }
            let token = self.tokenizer.copy_number(number);
            return Ok(self.string_cell(field, column, token, offset, true));
        }
        match value::read_value(&mut self.tokenizer)? {
            Json::Null if !field.is_required() => {}
            value => self.report(field.name, None, offset, &expectation(field), Some(value)),
        }
        Ok(missing)
    }

    /// Reads an array, and returns its cell.
    #[inline(never)]
    fn read_list(&mut self, field: &Field) -> Result<u32, BoxedDecodeError> {
        self.tokenizer.enter(b'[')?;
        if self.tokenizer.leave(b']') {
            return Ok(0);
        }
        let place = self.out.lists.len();
        let is_notes = field.kind == FieldKind::Notes;
        self.out.lists.push(0);
        let first = self.out.notes.len() / width::<CaseNote>();
        if is_notes {
            self.out.lists.push(u32::try_from(first).unwrap_or(0));
        }
        let mut index = 0;
        let mut more = true;
        while more {
            let item = if is_notes { self.read_note(index) } else { self.read_item(field, index) };
            item.map_err(|error| error.in_item(index))?;
            index += 1;
            more = self.tokenizer.comma_or_close(b']')?;
        }
        let count = if is_notes {
            self.out.notes.len() / width::<CaseNote>() - first
        } else {
            self.out.lists.len() - place - 1
        };
        if let (Some(slot), Ok(count)) = (self.out.lists.get_mut(place), u32::try_from(count)) {
            *slot = count;
        }
        Ok(u32::try_from(place).unwrap_or(0))
    }

    fn read_note(&mut self, index: usize) -> Result<(), BoxedDecodeError> {
        self.path.note = Some(index);
        // The undocumented fields of the case are set aside.
        core::mem::swap(&mut self.unknown, &mut self.suspended);
        let read = self.read_list_record(RecordKind::Note, "a note");
        core::mem::swap(&mut self.unknown, &mut self.suspended);
        self.path.note = None;
        read
    }

    /// Reads an item of a list of records. An item that is no object is reported and left out.
    pub(super) fn read_list_record(&mut self, kind: RecordKind, what: &str) -> Result<(), BoxedDecodeError> {
        if self.tokenizer.peek() == b'{' {
            return self.read_record(kind);
        }
        let offset = self.tokenizer.position;
        let value = value::read_value(&mut self.tokenizer)?;
        self.report("", None, offset, what, Some(value));
        self.report_pending_anomaly("", None, offset);
        Ok(())
    }

    fn read_item(&mut self, field: &Field, index: usize) -> Result<(), BoxedDecodeError> {
        let offset = self.tokenizer.position;
        let token = match self.tokenizer.peek() {
            b'"' => Some(self.tokenizer.string()?),
            b'-' | b'0'..=b'9' => {
                let number = self.tokenizer.number()?;
                Some(self.tokenizer.copy_number(number))
            }
            _ => {
                let value = value::read_value(&mut self.tokenizer)?;
                self.report(field.name, Some(index), offset, "a string", Some(value));
                None
            }
        };
        if let Some(token) = token {
            let number = self.store_string(token, NO_COLUMN);
            self.out.lists.push(number);
        }
        self.report_pending_anomaly(field.name, Some(index), offset);
        Ok(())
    }

    /// Stores a string, and returns its number.
    pub(super) fn store_string(&mut self, token: StringToken, column: usize) -> u32 {
        let StringToken { len: length, is_ascii } = token;
        if length == 0 {
            return 0;
        }
        let number = (self.out.starts.len() - 1) as u32;
        let (arena_len, out) = (self.tokenizer.arena_len, &mut *self.out);
        let text = self.tokenizer.arena.writer();
        if length > MAX_INLINE {
            let (pool, other) =
                if is_ascii { (StringPool::Long, &mut out.long) } else { (StringPool::LongWide, &mut out.long_wide) };
            OutOfLineString::store(&mut out.out_of_line, other, text.bytes(), arena_len, length, number, pool);
        } else if is_ascii {
            if FAST && let Some(known) = out.interner.intern(&text, arena_len, length, column, number) {
                return known;
            }
            self.tokenizer.arena_len = arena_len + length;
        } else {
            if FAST
                && let Some(known) =
                    out.interner.intern_wide(text.bytes(), arena_len, length, column, number, &out.wide)
            {
                return known;
            }
            OutOfLineString::store(
                &mut out.out_of_line,
                &mut out.wide,
                text.bytes(),
                arena_len,
                length,
                number,
                StringPool::Wide,
            );
        }
        self.out.starts.push(self.tokenizer.arena_len as u32);
        number
    }

    /// A text has at most as many UTF-16 units as bytes, so most lengths need no counting.
    #[inline(always)]
    fn is_too_long(&self, field: &Field, token: StringToken) -> bool {
        let limit = field.max_length.map_or(usize::MAX, |limit| limit as usize);
        token.len > limit && (token.is_ascii || utf16_len(self.tokenizer.token_bytes(token)) as usize > limit)
    }

    /// Reports the string that has just been read.
    #[cold]
    #[inline(never)]
    fn report_string(&mut self, field: &Field, token: StringToken, offset: usize, is_number: bool) {
        let text = self.tokenizer.token_str(token).to_owned();
        let value = if is_number { Json::Number(text) } else { Json::String(text) };
        self.report(field.name, None, offset, &expectation(field), Some(value));
    }

    #[inline(always)]
    fn report_pending_anomaly(&mut self, name: &str, item: Option<usize>, offset: usize) {
        if let Some((at, anomaly)) = self.tokenizer.take_anomaly() {
            self.report_anomaly(name, item, at.max(offset), anomaly);
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_anomaly(&mut self, name: &str, item: Option<usize>, at: usize, anomaly: Anomaly) {
        self.push_anomaly(self.path.to_text(name, item), at, anomaly);
    }

    #[cold]
    #[inline(never)]
    pub(super) fn push_anomaly(&mut self, path: String, at: usize, anomaly: Anomaly) {
        let [expected, found] = anomaly.expected_and_found();
        self.push_issue(path, at, expected, Some(Json::from(found)));
    }

    /// Handles a repeated member: its last value counts, so the issues of the earlier value are removed.
    #[cold]
    #[inline(never)]
    pub(super) fn replace_duplicate(&mut self, path: String, offset: usize) {
        if self.issues_left == 0 {
            return;
        }
        let is_inside = |issue: &Issue| {
            issue.path.strip_prefix(&*path).is_some_and(|rest| matches!(rest.bytes().next(), None | Some(b'.' | b'[')))
        };
        self.out.issues.retain(|issue| !is_inside(issue));
        self.push_anomaly(path, offset, Anomaly::DuplicateKey);
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report(
        &mut self,
        field: &str,
        item: Option<usize>,
        offset: usize,
        expected: &str,
        value: Option<Json>,
    ) {
        self.push_issue(self.path.to_text(field, item), offset, expected, value);
    }

    #[cold]
    #[inline(never)]
    pub(super) fn push_issue(&mut self, path: String, offset: usize, expected: &str, value: Option<Json>) {
        let Some(left) = self.issues_left.checked_sub(1) else { return };
        self.issues_left = left;
        let expected = expected.to_owned();
        self.out.issues.push(Issue { case_id: String::new(), path, expected, value: value.map(shorten_value), offset });
    }
}

/// Returns the number of UTF-16 units: one per character, and two above U+FFFF.
fn utf16_len(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0)).sum()
}

#[cold]
pub(super) fn expectation(field: &Field) -> String {
    match field.kind {
        FieldKind::Severity => "1, 2, 3 or 4",
        FieldKind::Flag => "\"O\" or \"C\"",
        FieldKind::Date => "an RFC 3339 date and time, or null",
        FieldKind::List => "an array of strings",
        FieldKind::Notes => "an array of notes",
        FieldKind::Count | FieldKind::Required => "a whole number",
        FieldKind::Text | FieldKind::Status => match field.max_length {
            Some(length) => return text!("a string of at most ", length, " characters"),
            None => "a string",
        },
    }
    .to_owned()
}

/// Parses a whole number of at most 31 bits: the documentation says `int`.
pub(super) fn parse_count(digits: &[u8]) -> Option<u32> {
    let number = crate::util::parse_decimal(digits).and_then(|number| u32::try_from(number).ok())?;
    (number < NO_COUNT).then_some(number)
}

/// Shortens the value of an issue, which is a pointer to the value and no copy of a note of 32 767 characters.
fn shorten_value(value: Json) -> Json {
    match value {
        Json::String(text) => Json::String(ellipsize(&text)),
        Json::Array(_) => Json::from("[array]"),
        Json::Object(_) => Json::from("[object]"),
        other => other,
    }
}
