//! One record, by its table of fields.

use super::{
    body::Body,
    columns::{Apart, Home, NO_COUNT, Records, STATUSES, width},
    fast_path::{Opening, Rails, Run, Stands, run},
    tokenizer::{Failed, Odd, Piece, Scan},
    u32_buffer::Numbers,
    unknown_fields::{Extra, Passed},
    value,
};
use crate::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, Field, FieldKind, Issue, PaginationRecord, Record, Severity,
    StatusFlag,
};
use crate::util::{Json, ellipsize, parse_rfc3339_ms, text};
use alloc::{borrow::ToOwned, string::String};

/// A record's table.
pub(super) struct Table {
    fields: &'static [Field],
    pub(super) openings: &'static [Opening; ROW],
    /// A bit for each field without which a record is of no use.
    needed: u32,
    /// A bit for each field that is a number, which may be missing.
    counts: u32,
    /// What its first column is called where repeats are counted.
    pub(super) first_column: usize,
}

/// In which order the fields of each kind of record came last: behind each field the one that came after it, and at the
/// end of each the one that came first. It is kept from one document to the next.
#[derive(Debug)]
pub(super) struct Orders([[u8; ROW]; 4]);

impl Default for Orders {
    /// The documented order.
    fn default() -> Orders {
        let mut order = [0; ROW];
        for (next, index) in order.iter_mut().zip(1..) {
            *next = index;
        }
        if let Some(first) = order.last_mut() {
            *first = 0;
        }
        Orders([order; 4])
    }
}

impl Orders {
    /// The field that came after this one.
    fn after(&self, table: usize, last: usize) -> Option<usize> {
        self.0.get(table).and_then(|next| next.get(last)).map(|next| usize::from(*next))
    }
}

/// Room for the cells of any row.
pub(super) const ROW: usize = 32;
/// Texts that are not looked for among those that came before, such as those of lists.
pub(super) const NO_COLUMN: usize = usize::MAX;
/// Where the row of an order begins, in place of a field.
pub(super) const START: usize = ROW - 1;
/// Longer strings are decoded one by one, so that a note does not keep all others alive.
pub(super) const LONG: usize = 1024;

impl Table {
    const fn of<R: Record>(first_column: usize, openings: &'static [Opening; ROW]) -> Table {
        let (mut needed, mut counts, mut at) = (0, 0, 0);
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
        while at < R::FIELDS.len() {
            if R::FIELDS[at].is_needed() {
                needed |= 1 << at;
            }
            if matches!(R::FIELDS[at].kind, FieldKind::Count) {
                counts |= 1 << at;
            }
            at += 1;
        }
        Table { fields: R::FIELDS, openings, needed, counts, first_column }
    }

    /// How many cells a row has: a field each, and one for what came besides them.
    #[inline(always)]
    pub(super) fn width(&self) -> usize {
        self.fields.len() + 1
    }

    /// Whether all has come without which a record is of no use.
    #[inline(always)]
    pub(super) fn is_whole(&self, seen: u32) -> bool {
        self.needed & !seen == 0
    }

    /// Fills the cells of what has not come, and the one of what came besides the fields.
    #[inline(always)]
    pub(super) fn blank(&self, row: &mut [u32], seen: u32) {
        let mut missing = !seen & ((2 << self.fields.len()) - 1);
        while missing != 0 {
            let index = missing.trailing_zeros();
            if let Some(cell) = row.get_mut(index as usize) {
                *cell = if self.counts >> index & 1 != 0 { NO_COUNT } else { 0 };
            }
            missing &= missing - 1;
        }
    }
}

/// How the members of a record begin.
const fn openings<R: Record>() -> [Opening; ROW] {
    let mut openings = [Opening::NONE; ROW];
    let mut at = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    while at < R::FIELDS.len() {
        openings[at] = Opening::of(&R::FIELDS[at], at, R::FIELDS[at].is_needed());
        at += 1;
    }
    openings
}

static CASE: [Opening; ROW] = openings::<CaseRecord>();
static DETAIL: [Opening; ROW] = openings::<CaseDetail>();
static NOTE: [Opening; ROW] = openings::<CaseNote>();
static PAGINATION: [Opening; ROW] = openings::<PaginationRecord>();

/// By kind.
static TABLES: [Table; 4] = [
    Table::of::<CaseRecord>(0, &CASE),
    Table::of::<CaseDetail>(0, &DETAIL),
    Table::of::<CaseNote>(CaseDetail::FIELDS.len(), &NOTE),
    Table::of::<PaginationRecord>(0, &PAGINATION),
];

/// Which record is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Case,
    Detail,
    Note,
    Pagination,
}

/// Where in the document a record stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    name: &'static str,
    index: Option<usize>,
    note: Option<usize>,
}

impl Place {
    pub(super) fn new(name: &'static str, index: Option<usize>) -> Place {
        Place { name, index, note: None }
    }

    /// So many records farther.
    fn pass(&mut self, records: usize) {
        self.index = self.index.map(|index| index + records);
    }

    /// Which record it is.
    pub(super) fn index(self) -> usize {
        self.index.unwrap_or(0)
    }

    pub(super) fn path(self, field: &str, item: Option<usize>) -> String {
        let mut path = self.name.to_owned();
        let mut step = |name: &str, index: Option<usize>| {
            if !name.is_empty() {
                path.push('.');
                path.push_str(name);
            }
            if let Some(index) = index {
                path.push_str(&text!("[", index, "]"));
            }
        };
        step("", self.index);
        if self.note.is_some() {
            step("notes", self.note);
        }
        step(field, item);
        path
    }
}

/// Reads records.
pub(super) struct Decoder<'a, const FAST: bool> {
    pub(super) scan: Scan<'a, FAST>,
    pub(super) out: &'a mut Records,
    pub(super) extra: Extra,
    /// That of the notes while a case is being read, that of the case while they are.
    waiting: Extra,
    pub(super) place: Place,
}

impl<'a, const FAST: bool> Decoder<'a, FAST> {
    /// A decoder of a body. Records that are of no use any more give their memory.
    #[inline(always)]
    pub(super) fn new(body: &'a Body, out: &'a mut Records) -> Self {
        for numbers in [&mut out.starts, &mut out.rows, &mut out.notes, &mut out.pagination, &mut out.lists] {
            numbers.clear();
        }
        out.share.begin();
        out.apart.clear();
        out.wide.clear();
        out.long.clear();
        out.long_wide.clear();
        out.words.clear();
        out.shapes.begin();
        out.count = None;
        out.issues.clear();
        // String 0 is the empty one, list 0 has no items.
        out.starts.push(0);
        out.starts.push(0);
        out.lists.push(0);
        let scan = Scan::new(body, out.text.take());
        Decoder { scan, out, extra: Extra::default(), waiting: Extra::default(), place: Place::default() }
    }

    /// Puts the records in order, when all is read.
    pub(super) fn finish(&mut self) {
        let out = &mut *self.out;
        out.text = Some(core::mem::take(&mut self.scan.text));
        out.used = self.scan.used;
        if out.words.len() > 0 {
            out.shapes.tell(&mut out.names);
        }
        let mut at = 0;
        let mut wide = 0;
        // Where the wide strings stand in UTF-16 units; they lie in the order in which they were kept.
        for words in &mut out.apart {
            let mut apart = Apart::of(*words);
            if apart.home != Home::Wide as u32 {
                continue;
            }
            let bytes = out.wide.get(at..apart.end as usize).unwrap_or_default();
            apart.start16 = wide;
            wide += units(bytes);
            apart.end16 = wide;
            at = apart.end as usize;
            *words = apart.words();
        }
    }

    /// Reads an object as a record; its fields may come in any order. Adds its row.
    pub(super) fn record(&mut self, kind: Kind) -> Result<(), Failed> {
        // The row is written where it stays. Nothing else writes to these rows meanwhile.
        let mut rows = core::mem::take(self.rows(kind));
        let read = self.row(kind, &mut rows);
        *self.rows(kind) = rows;
        read
    }

    /// Adds a row of a record of which nothing came.
    #[cold]
    pub(super) fn blank(&mut self, kind: Kind) {
        let Some(table) = TABLES.get(kind as usize) else { return };
        let rows = self.rows(kind);
        rows.reserve(ROW);
        table.blank(rows.room(), 0);
        rows.take(table.width());
    }

    fn rows(&mut self, kind: Kind) -> &mut Numbers {
        match kind {
            Kind::Case | Kind::Detail => &mut self.out.rows,
            Kind::Note => &mut self.out.notes,
            Kind::Pagination => &mut self.out.pagination,
        }
    }

    /// What was found off in a case is known by its id, once that has been read.
    #[cold]
    fn name_case(&mut self, kind: Kind, from: usize, row: &[u32]) {
        let fields = if kind == Kind::Detail { CaseDetail::FIELDS } else { CaseRecord::FIELDS };
        let column = fields.iter().position(|field| field.name == "case_id").filter(|_| kind != Kind::Pagination);
        let number = column.and_then(|column| row.get(column)).copied().unwrap_or(0);
        self.out.starts.push(u32::try_from(self.scan.used).unwrap_or(0));
        let case_id = self.out.string_in(self.scan.text.bytes(), number).to_owned();
        self.out.starts.unpush();
        for issue in self.out.issues.iter_mut().skip(from) {
            issue.case_id.clone_from(&case_id);
        }
    }

    /// Reads the members, and adds the row. Where records that follow are as expected as well, it has read some of them
    /// too: the place says which was the last.
    #[inline(always)]
    fn row(&mut self, kind: Kind, rows: &mut Numbers) -> Result<(), Failed> {
        let table_number = kind as usize;
        let Some(table) = TABLES.get(table_number) else { return Ok(()) };
        let issues = self.out.issues.len();
        let mut seen = 0_u32;
        let mut last = START;
        rows.reserve(ROW);
        self.begin_extra(table_number);
        self.scan.enter(b'{')?;
        let mut more = !self.scan.leave(b'}');
        while more {
            let mut found = None;
            if FAST {
                let goes_on = kind == Kind::Case && self.out.issues.len() == issues && !self.has_extra();
                match self.run(table_number, &mut seen, &mut last, rows, goes_on) {
                    Stands::Behind => {
                        more = self.scan.another(b'}')?;
                        continue;
                    }
                    Stands::AtValue => found = self.out.orders.after(table_number, last),
                    Stands::AtName => match self.usual_extras() {
                        Passed::None => {}
                        Passed::Member => {
                            more = self.scan.another(b'}')?;
                            continue;
                        }
                        Passed::MemberAndComma => continue,
                    },
                }
            }
            let offset = self.scan.at;
            if found.is_none() {
                found = self.find(table.fields)?;
                if let Some((order, index)) = self.out.orders.0.get_mut(table_number).zip(found)
                    && let Some(next) = order.get_mut(last)
                {
                    *next = u8::try_from(index).unwrap_or(0);
                }
                self.scan.colon()?;
            }
            match found.and_then(|index| Some((index, table.fields.get(index)?))) {
                Some((index, field)) => {
                    if seen & 1 << index != 0 {
                        self.again(self.place.path(field.name, None), offset);
                    }
                    seen |= 1 << index;
                    last = index;
                    let cell = self.value(field, index + table.first_column);
                    match (cell, rows.room().get_mut(index)) {
                        (Ok(cell), Some(slot)) => *slot = cell,
                        (Err(fault), _) => return Err(fault.inside(field.name)),
                        _ => {}
                    }
                }
                None => self.read_extra()?,
            }
            more = self.scan.another(b'}')?;
        }
        let extra = self.end_extra();
        table.blank(rows.room(), seen);
        if let Some(cell) = rows.room().get_mut(table.fields.len()) {
            *cell = extra;
        }
        if !table.is_whole(seen) {
            for (field, _) in table.fields.iter().zip(0..).filter(|(_, index)| table.needed & !seen & 1 << index != 0) {
                self.report(field.name, None, self.scan.at, &expectation(field), None);
            }
        }
        if self.out.issues.len() > issues && kind != Kind::Note {
            self.name_case(kind, issues, rows.room());
        }
        rows.take(table.width());
        Ok(())
    }

    /// Reads members the fast way; says what it has come to.
    #[inline(always)]
    fn run(
        &mut self,
        table_number: usize,
        seen: &mut u32,
        last: &mut usize,
        rows: &mut Numbers,
        goes_on: bool,
    ) -> Stands {
        let Some(table) = TABLES.get(table_number) else { return Stands::AtName };
        let (out, scan) = (&mut *self.out, &mut self.scan);
        let Some(next) = out.orders.0.get(table_number) else { return Stands::AtName };
        out.starts.reserve(ROW);
        out.lists.reserve(ROW);
        let number = out.starts.len() - 1;
        let lists = out.lists.len();
        let rails = Rails {
            body: scan.body,
            text: scan.text.room(),
            starts: out.starts.room(),
            lists: out.lists.room(),
            rows: rows.room(),
            share: &mut out.share,
            table,
            next,
            goes_on,
        };
        let stands = Stands::AtName;
        let start = Run { at: scan.at, used: scan.used, seen: *seen, last: *last, number, lists, records: 0, stands };
        let end = run(rails, start);
        out.starts.take(end.number - number);
        out.lists.take(end.lists - lists);
        rows.take(end.records * table.width());
        rows.reserve(ROW);
        self.place.pass(end.records);
        (scan.at, scan.used, *seen, *last) = (end.at, end.used, end.seen, end.last);
        // A run passes over a line's end and what is usual behind it.
        scan.space();
        end.stands
    }

    /// Reads a name and looks for its field; the name of one that there is not goes to `extra`.
    #[inline(never)]
    fn find(&mut self, fields: &[Field]) -> Result<Option<usize>, Failed> {
        if self.scan.peek() != b'"' {
            return Err(self.scan.illegal("a member's name"));
        }
        let piece = self.scan.string()?;
        let name = self.scan.bytes(piece);
        let found = fields.iter().position(|field| field.name.as_bytes() == name);
        if found.is_none() {
            self.name_extra(piece);
        }
        // A lone surrogate in a name belongs to no field.
        Ok(found)
    }

    /// Reads a field's value; gives its cell.
    #[inline(never)]
    fn value(&mut self, field: &Field, column: usize) -> Result<u32, Failed> {
        let offset = self.scan.at;
        let cell = match self.scan.peek() {
            b'"' => {
                let piece = self.scan.string()?;
                self.string(field, column, piece, offset, false)
            }
            b'[' if matches!(field.kind, FieldKind::List | FieldKind::Notes) => return self.list(field),
            _ => self.other(field, column, offset)?,
        };
        self.report_odd(field.name, None, offset);
        Ok(cell)
    }

    /// The cell of a string, or of a number that stands where a string does.
    #[inline(never)]
    fn string(&mut self, field: &Field, column: usize, piece: Piece, offset: usize, is_number: bool) -> u32 {
        match field.kind {
            FieldKind::Text => {
                if self.is_too_long(field, piece) || piece.length == 0 && field.is_id() {
                    self.off(field, piece, offset, false);
                }
                self.keep(piece, column)
            }
            FieldKind::Date => {
                if piece.length == 0 {
                    return 0;
                }
                if is_number || parse_rfc3339_ms(self.scan.bytes(piece)).is_none() {
                    self.off(field, piece, offset, is_number);
                    return 0;
                }
                self.keep(piece, column)
            }
            FieldKind::Status => {
                if self.is_too_long(field, piece) {
                    self.off(field, piece, offset, false);
                }
                let text = self.scan.bytes(piece);
                match CaseStatus::documented().position(|status| status.as_bytes() == text) {
                    Some(index) => u32::try_from(index + 1).unwrap_or(0),
                    None if piece.length == 0 => 0,
                    None => STATUSES + self.keep(piece, column),
                }
            }
            _ => self.short(field, piece, offset, is_number),
        }
    }

    /// The same for the kinds of which there are few or whose strings are short.
    #[inline(never)]
    fn short(&mut self, field: &Field, piece: Piece, offset: usize, is_number: bool) -> u32 {
        let cell = match (field.kind, self.scan.bytes(piece)) {
            (FieldKind::Severity, [digit @ b'1'..=b'4']) => Some(u32::from(digit - b'0')),
            (FieldKind::Severity, _) => {
                Severity::from_text(self.scan.str(piece).trim()).map(|severity| u32::from(severity.number()))
            }
            (FieldKind::Flag, b"") => Some(0),
            (FieldKind::Flag, text) => {
                let index = StatusFlag::ALL.iter().position(|flag| flag.as_str().as_bytes() == text);
                index.and_then(|index| u32::try_from(index + 1).ok())
            }
            (FieldKind::Count | FieldKind::Required, digits) => {
                return whole_number(digits).unwrap_or_else(|| {
                    self.off(field, piece, offset, is_number);
                    if field.kind == FieldKind::Count { NO_COUNT } else { 0 }
                });
            }
            (_, text) => (text.is_empty() && !is_number).then_some(0),
        };
        cell.unwrap_or_else(|| {
            self.off(field, piece, offset, is_number && field.kind != FieldKind::Flag);
            0
        })
    }

    /// The cell of a value that is no string.
    #[inline(never)]
    fn other(&mut self, field: &Field, column: usize, offset: usize) -> Result<u32, Failed> {
        let missing = if field.kind == FieldKind::Count { NO_COUNT } else { 0 };
        if matches!(self.scan.peek(), b'-' | b'0'..=b'9') {
            let number = self.scan.number()?;
            if let (FieldKind::Count | FieldKind::Required, Some(count)) = (field.kind, whole_number(number)) {
                return Ok(count);
            }
            let piece = self.scan.place(number);
            return Ok(self.string(field, column, piece, offset, true));
        }
        match value::read(&mut self.scan)? {
            Json::Null if !field.is_needed() => {}
            value => self.report(field.name, None, offset, &expectation(field), Some(value)),
        }
        Ok(missing)
    }

    /// The cell of an array.
    #[inline(never)]
    fn list(&mut self, field: &Field) -> Result<u32, Failed> {
        self.scan.enter(b'[')?;
        if self.scan.leave(b']') {
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
            let item = if is_notes { self.note(index) } else { self.item(field, index) };
            item.map_err(|fault| fault.at(index))?;
            index += 1;
            more = self.scan.another(b']')?;
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

    fn note(&mut self, index: usize) -> Result<(), Failed> {
        self.place.note = Some(index);
        // What its case has had so far waits.
        core::mem::swap(&mut self.extra, &mut self.waiting);
        let read = self.record_of(Kind::Note, "a note");
        core::mem::swap(&mut self.extra, &mut self.waiting);
        self.place.note = None;
        read
    }

    /// Reads an item of a list of records; what is no object is reported and left out.
    pub(super) fn record_of(&mut self, kind: Kind, what: &str) -> Result<(), Failed> {
        if self.scan.peek() == b'{' {
            return self.record(kind);
        }
        let offset = self.scan.at;
        let value = value::read(&mut self.scan)?;
        self.report("", None, offset, what, Some(value));
        self.report_odd("", None, offset);
        Ok(())
    }

    fn item(&mut self, field: &Field, index: usize) -> Result<(), Failed> {
        let offset = self.scan.at;
        let piece = match self.scan.peek() {
            b'"' => Some(self.scan.string()?),
            b'-' | b'0'..=b'9' => {
                let number = self.scan.number()?;
                Some(self.scan.place(number))
            }
            _ => {
                let value = value::read(&mut self.scan)?;
                self.report(field.name, Some(index), offset, "a string", Some(value));
                None
            }
        };
        if let Some(piece) = piece {
            let number = self.keep(piece, NO_COLUMN);
            self.out.lists.push(number);
        }
        self.report_odd(field.name, Some(index), offset);
        Ok(())
    }

    /// Keeps a string; gives its number.
    pub(super) fn keep(&mut self, piece: Piece, column: usize) -> u32 {
        let Piece { length, ascii } = piece;
        if length == 0 {
            return 0;
        }
        let number = (self.out.starts.len() - 1) as u32;
        let (used, out) = (self.scan.used, &mut *self.out);
        let text = self.scan.text.room();
        if length > LONG {
            let (home, other) = if ascii { (Home::Long, &mut out.long) } else { (Home::LongWide, &mut out.long_wide) };
            Apart::keep(&mut out.apart, other, text.bytes(), used, length, number, home);
        } else if ascii {
            if FAST && let Some(known) = out.share.find(&text, used, length, column, number) {
                return known;
            }
            self.scan.used = used + length;
        } else {
            if FAST && let Some(known) = out.share.find_wide(text.bytes(), used, length, column, number, &out.wide) {
                return known;
            }
            Apart::keep(&mut out.apart, &mut out.wide, text.bytes(), used, length, number, Home::Wide);
        }
        self.out.starts.push(self.scan.used as u32);
        number
    }

    /// A text has at most as many UTF-16 units as bytes: most are counted by their length alone.
    #[inline(always)]
    fn is_too_long(&self, field: &Field, piece: Piece) -> bool {
        let limit = field.max_length.map_or(usize::MAX, |limit| limit as usize);
        piece.length > limit && (piece.ascii || units(self.scan.bytes(piece)) as usize > limit)
    }

    /// Reports the string that has just been read.
    #[cold]
    #[inline(never)]
    fn off(&mut self, field: &Field, piece: Piece, offset: usize, is_number: bool) {
        let text = self.scan.str(piece).to_owned();
        let value = if is_number { Json::Number(text) } else { Json::String(text) };
        self.report(field.name, None, offset, &expectation(field), Some(value));
    }

    #[inline(always)]
    fn report_odd(&mut self, name: &str, item: Option<usize>, offset: usize) {
        if let Some((at, odd)) = self.scan.take_odd() {
            self.odd(name, item, at.max(offset), odd);
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn odd(&mut self, name: &str, item: Option<usize>, at: usize, odd: Odd) {
        self.tell_odd(self.place.path(name, item), at, odd);
    }

    #[cold]
    #[inline(never)]
    pub(super) fn tell_odd(&mut self, path: String, at: usize, odd: Odd) {
        let [expected, found] = odd.told();
        self.tell(path, at, expected, Some(Json::from(found)));
    }

    /// A member comes again: its last value counts, and so does what is off in that.
    #[cold]
    #[inline(never)]
    pub(super) fn again(&mut self, path: String, offset: usize) {
        let is_inside = |issue: &Issue| {
            issue.path.strip_prefix(&*path).is_some_and(|rest| matches!(rest.bytes().next(), None | Some(b'.' | b'[')))
        };
        self.out.issues.retain(|issue| !is_inside(issue));
        self.tell_odd(path, offset, Odd::Again);
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
        self.tell(self.place.path(field, item), offset, expected, value);
    }

    #[cold]
    #[inline(never)]
    pub(super) fn tell(&mut self, path: String, offset: usize, expected: &str, value: Option<Json>) {
        let expected = expected.to_owned();
        self.out.issues.push(Issue { case_id: String::new(), path, expected, value: value.map(cut), offset });
    }
}

/// The UTF-16 units of UTF-8: one for each character, and one more for those beyond U+FFFF.
fn units(bytes: &[u8]) -> u32 {
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

/// A whole number of 31 bits: the documentation says `int`.
pub(super) fn whole_number(digits: &[u8]) -> Option<u32> {
    let number = crate::util::parse_decimal(digits).and_then(|number| u32::try_from(number).ok())?;
    (number < NO_COUNT).then_some(number)
}

/// Long values are cut: an issue points at the place, it does not repeat a note of 32 767 characters.
fn cut(value: Json) -> Json {
    match value {
        Json::String(text) => Json::String(ellipsize(&text)),
        Json::Array(_) => Json::from("[array]"),
        Json::Object(_) => Json::from("[object]"),
        other => other,
    }
}
