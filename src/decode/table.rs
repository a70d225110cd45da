//! Tables of fields: what the decoder knows of each kind of record before it reads one.

use super::simd::{LANES, Lookahead, U8x16, vector_at};
use crate::model::{CaseDetail, CaseNote, CaseRecord, Field, FieldKind, PaginationRecord, Record};

/// Which record is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordKind {
    Case,
    Detail,
    Note,
    Pagination,
}

/// A record's table.
pub(super) struct Table {
    pub(super) fields: &'static [Field],
    pub(super) key_patterns: &'static [KeyPattern; MAX_FIELDS],
    /// A bit for each field without which a record is of no use.
    pub(super) required: u32,
    /// A bit for each field that is a number, which may be missing.
    counts: u32,
    /// What its first column is called where repeats are counted.
    pub(super) first_column: usize,
}

/// In which order the fields of each kind of record came last: behind each field the one that came after it, and at the
/// end of each the one that came first. It is kept from one document to the next.
#[derive(Debug)]
pub(super) struct FieldPrediction(pub(super) [[u8; MAX_FIELDS]; 4]);

impl Default for FieldPrediction {
    /// The documented order.
    fn default() -> FieldPrediction {
        let mut order = [0; MAX_FIELDS];
        for (next, index) in order.iter_mut().zip(1..) {
            *next = index;
        }
        if let Some(first) = order.last_mut() {
            *first = 0;
        }
        FieldPrediction([order; 4])
    }
}

impl FieldPrediction {
    /// The field that came after this one.
    pub(super) fn next_after(&self, table: usize, last: usize) -> Option<usize> {
        self.0.get(table).and_then(|next| next.get(last)).map(|next| usize::from(*next))
    }
}

/// Room for the cells of any row.
pub(super) const MAX_FIELDS: usize = 32;
/// Texts that are not looked for among those that came before, such as those of lists.
pub(super) const NO_COLUMN: usize = usize::MAX;
/// Where the row of an order begins, in place of a field.
pub(super) const RECORD_START: usize = MAX_FIELDS - 1;
/// Longer strings are decoded one by one, so that a note does not keep all others alive.
pub(super) const MAX_INLINE: usize = 1024;

impl Table {
    const fn new<R: Record>(first_column: usize, openings: &'static [KeyPattern; MAX_FIELDS]) -> Table {
        let (mut needed, mut counts, mut at) = (0, 0, 0);
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
        while at < R::FIELDS.len() {
            if R::FIELDS[at].is_required() {
                needed |= 1 << at;
            }
            if matches!(R::FIELDS[at].kind, FieldKind::Count) {
                counts |= 1 << at;
            }
            at += 1;
        }
        Table { fields: R::FIELDS, key_patterns: openings, required: needed, counts, first_column }
    }

    /// How many cells a row has: a field each, and one for what came besides them.
    #[inline(always)]
    pub(super) fn width(&self) -> usize {
        self.fields.len() + 1
    }

    /// Whether all has come without which a record is of no use.
    #[inline(always)]
    pub(super) fn is_complete(&self, seen: u32) -> bool {
        self.required & !seen == 0
    }

    /// Fills the cells of what has not come, and the one of what came besides the fields.
    #[inline(always)]
    pub(super) fn fill_missing(&self, row: &mut [u32], seen: u32) {
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
const fn key_patterns<R: Record>() -> [KeyPattern; MAX_FIELDS] {
    let mut openings = [KeyPattern::NEVER; MAX_FIELDS];
    let mut at = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    while at < R::FIELDS.len() {
        openings[at] = KeyPattern::new(&R::FIELDS[at], at, R::FIELDS[at].is_required());
        at += 1;
    }
    openings
}

static CASE: [KeyPattern; MAX_FIELDS] = key_patterns::<CaseRecord>();
static DETAIL: [KeyPattern; MAX_FIELDS] = key_patterns::<CaseDetail>();
static NOTE: [KeyPattern; MAX_FIELDS] = key_patterns::<CaseNote>();
static PAGINATION: [KeyPattern; MAX_FIELDS] = key_patterns::<PaginationRecord>();

/// By kind.
pub(super) static TABLES: [Table; 4] = [
    Table::new::<CaseRecord>(0, &CASE),
    Table::new::<CaseDetail>(0, &DETAIL),
    Table::new::<CaseNote>(CaseDetail::FIELDS.len(), &NOTE),
    Table::new::<PaginationRecord>(0, &PAGINATION),
];

/// The cell of a count that is missing.
pub const NO_COUNT: u32 = 1 << 31;

/// How many statuses are documented: a cell beyond it is a string.
pub(super) const DOCUMENTED_STATUSES: u32 = 6;

/// How a field's member begins where no white space is: its name, the colon, and the quote or bracket that its kind
/// begins with.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(super) struct KeyPattern {
    /// The first sixteen bytes, with anything behind them where there are fewer; then the last sixteen, if there are more.
    pub(super) vectors: [[u8; LANES]; 2],
    /// A bit for each of their bytes that is behind the end; the same, and the colon's and what follows it.
    pub(super) ignored_mask: u32,
    pub(super) after_key_mask: u32,
    /// The field's bit among those that have come.
    pub(super) bit: u32,
    /// Least bytes that a text must have, and how many more it may have.
    pub(super) min_len: u32,
    pub(super) len_span: u32,
    /// Bytes of the whole.
    pub(super) len: u8,
    /// Bytes of the name in its quotes.
    pub(super) key_len: u8,
    /// What follows the colon; 0 if that is a number.
    pub(super) value_first_byte: u8,
    /// Where the last sixteen begin; 0 if there are no more.
    pub(super) second_offset: u8,
    pub(super) kind: FieldKind,
}

impl KeyPattern {
    /// What no member begins with: its lanes overlap, and differ there.
    pub(super) const NEVER: KeyPattern = KeyPattern {
        vectors: [[1; LANES], [2; LANES]],
        ignored_mask: 0,
        after_key_mask: 0,
        bit: 0,
        min_len: 0,
        len_span: 0,
        len: 0,
        key_len: 0,
        value_first_byte: 0,
        second_offset: 1,
        kind: FieldKind::Text,
    };

    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    #[expect(clippy::cast_possible_truncation, reason = "no name is longer than thirty letters")]
    pub(super) const fn new(field: &Field, index: usize, is_needed: bool) -> KeyPattern {
        let name = field.name.as_bytes();
        let tail: &[u8] = match field.kind {
            FieldKind::Count | FieldKind::Required => b"\":",
            FieldKind::List | FieldKind::Notes => b"\":[",
            _ => b"\":\"",
        };
        let length = 1 + name.len() + tail.len();
        if length > 2 * LANES {
            return KeyPattern::NEVER;
        }
        let mut whole = [0; 2 * LANES];
        whole[0] = b'"';
        let mut at = 1;
        while at < length {
            whole[at] = if at <= name.len() { name[at - 1] } else { tail[at - 1 - name.len()] };
            at += 1;
        }
        let last = length.saturating_sub(LANES);
        let mut lanes = [[0; LANES]; 2];
        at = 0;
        while at < LANES {
            lanes[0][at] = whole[at];
            lanes[1][at] = whole[last + at];
            at += 1;
        }
        let limit = match field.max_length {
            Some(limit) if (limit as usize) < MAX_INLINE => limit,
            _ => MAX_INLINE as u32,
        };
        KeyPattern {
            vectors: lanes,
            ignored_mask: if length > LANES { 0 } else { u32::MAX << length },
            // The bytes of the second lane are counted from its own begin on.
            after_key_mask: if length > LANES {
                let in_first = if name.len() + 2 < LANES { u32::MAX << (name.len() + 2) } else { 0 };
                in_first & 0xffff | u32::MAX << (LANES + name.len() + 2 - last)
            } else {
                u32::MAX << (name.len() + 2)
            },
            bit: 1 << index,
            min_len: is_needed as u32,
            len_span: limit - is_needed as u32,
            len: length as u8,
            key_len: name.len() as u8 + 2,
            value_first_byte: if tail.len() > 2 { tail[2] } else { 0 },
            second_offset: last as u8,
            kind: field.kind,
        }
    }

    /// How far behind it the value's content begins, if the member begins there and in this way. Behind the colon one space is passed
    /// over, as there is where JSON is printed prettily.
    #[inline(always)]
    pub(super) fn match_end(&self, near: &Lookahead) -> Option<usize> {
        let [first, last] = &self.vectors;
        let mut same = vector_at(near, 0).eq_mask(U8x16::from_array(first));
        if self.second_offset != 0 {
            same |= vector_at(near, usize::from(self.second_offset) % MAX_KEY_PATTERN).eq_mask(U8x16::from_array(last))
                << LANES;
        }
        if same | self.ignored_mask == u32::MAX {
            return Some(usize::from(self.len));
        }
        if same | self.after_key_mask != u32::MAX {
            return None;
        }
        let [colon, space, begin] = *near.get(usize::from(self.key_len) % MAX_KEY_PATTERN..)?.first_chunk()?;
        (colon == b':' && space == b' ' && (begin == self.value_first_byte || self.value_first_byte == 0))
            .then_some(usize::from(self.len) + 1)
    }
}

/// Of the places in an opening there are no more.
pub(super) const MAX_KEY_PATTERN: usize = 32;
