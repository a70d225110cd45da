//! Tables of fields: the constants that the decoder has for each kind of record.

use super::simd::{LANES, Lookahead, U8x16, vector_at};
use crate::model::{CaseDetail, CaseNote, CaseRecord, Field, FieldKind, PaginationRecord, Record};

/// The kind of record that is being read: the index of its table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordKind {
    Case,
    Detail,
    Note,
    Pagination,
}

/// The table of a record's fields.
pub(super) struct FieldTable {
    pub(super) fields: &'static [Field],
    pub(super) key_patterns: &'static [KeyPattern; MAX_FIELDS],
    /// A bit for each field without which a record is useless.
    pub(super) required: u32,
    /// A bit for each optional count, whose missing value is [`NO_COUNT`].
    counts: u32,
    /// The interner's column of the first field.
    pub(super) first_column: usize,
}

/// The predicted next field after each field, per kind of record, as in the last record of that kind.
///
/// The entry at [`RECORD_START`] is the first field of a record. The prediction persists across documents.
#[derive(Debug)]
pub(super) struct FieldPrediction(pub(super) [[u8; MAX_FIELDS]; 4]);

impl Default for FieldPrediction {
    /// Predicts the documented order.
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
    /// Returns the predicted field after this one.
    pub(super) fn next_after(&self, table: usize, last: usize) -> Option<usize> {
        self.0.get(table).and_then(|next| next.get(last)).map(|next| usize::from(*next))
    }
}

/// The maximum number of cells in a row.
pub(super) const MAX_FIELDS: usize = 32;
/// The column of strings that are not interned, such as those of lists.
pub(super) const NO_COLUMN: usize = usize::MAX;
/// The index in a [`FieldPrediction`] that represents the start of a record.
pub(super) const RECORD_START: usize = MAX_FIELDS - 1;
/// The maximum length of a string in the compact text. A longer one is stored separately, so that a note in use does
/// not retain all other strings.
pub(super) const MAX_INLINE: usize = 1024;

impl FieldTable {
    const fn new<R: Record>(first_column: usize, openings: &'static [KeyPattern; MAX_FIELDS]) -> FieldTable {
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
        FieldTable { fields: R::FIELDS, key_patterns: openings, required: needed, counts, first_column }
    }

    /// Returns the number of cells in a row: one per field, and one for the undocumented fields.
    #[inline(always)]
    pub(super) fn width(&self) -> usize {
        self.fields.len() + 1
    }

    /// Returns whether all required fields are present.
    #[inline(always)]
    pub(super) fn is_complete(&self, seen: u32) -> bool {
        self.required & !seen == 0
    }

    /// Fills the cells of missing fields, and the cell of the undocumented fields.
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

/// Returns the key patterns of a record's fields.
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

/// The tables, by [`RecordKind`].
pub(super) static TABLES: [FieldTable; 4] = [
    FieldTable::new::<CaseRecord>(0, &CASE),
    FieldTable::new::<CaseDetail>(0, &DETAIL),
    FieldTable::new::<CaseNote>(CaseDetail::FIELDS.len(), &NOTE),
    FieldTable::new::<PaginationRecord>(0, &PAGINATION),
];

/// The cell of a missing count.
pub const NO_COUNT: u32 = crate::boundary::field::NO_COUNT;

/// The number of documented statuses. A cell above it is a string.
pub(super) const DOCUMENTED_STATUSES: u32 = 6;

/// The expected bytes of a member without whitespace: the key, the colon, and the quote or bracket of the value.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(super) struct KeyPattern {
    /// The first 16 bytes, and the last 16 if there are more. A shorter pattern is followed by zeros.
    pub(super) vectors: [[u8; LANES]; 2],
    /// A bit for each byte after the end of the pattern; the same plus the colon and all that follows it.
    pub(super) ignored_mask: u32,
    pub(super) after_key_mask: u32,
    /// The field's bit in `seen`.
    pub(super) bit: u32,
    /// The minimum length of a string, and the difference to the maximum.
    pub(super) min_len: u32,
    pub(super) len_span: u32,
    /// Bytes of the pattern.
    pub(super) len: u8,
    /// Bytes of the key, including its quotes.
    pub(super) key_len: u8,
    /// The byte after the colon; 0 for a number.
    pub(super) value_first_byte: u8,
    /// The offset of the last 16 bytes; 0 if there are no more than 16.
    pub(super) second_offset: u8,
    pub(super) kind: FieldKind,
}

impl KeyPattern {
    /// A pattern that matches nothing: its two vectors overlap and contradict each other.
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
            // Bits of the second vector are relative to its own offset.
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

    /// Returns the offset of the value's content if the member matches. One space after the colon is accepted, as
    /// pretty-printers write it.
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

/// The maximum length of a pattern.
pub(super) const MAX_KEY_PATTERN: usize = 32;
