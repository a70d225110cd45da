//! The fast path: members of records that match the prediction.
//!
//! A member matches if its key is the one that followed the previous field last time, its value is a plain ASCII string, a
//! small number or an array of plain strings, and that value is valid for the kind of its field. Most members of real
//! responses match. [`read_members`] reads them in one loop until the first one that does not.
//!
//! # State
//!
//! [`FastPathState`] is the cursor: position in the body, end of the arena, fields seen in this record, and the counts of
//! strings, list words and records written so far. [`FastPathBuffers`] is the memory: the body, the arena, and the spare
//! capacity of `starts`, `lists` and `rows`. Both enter as values, live in locals during the loop, and leave as one value.
//!
//! # Exits
//!
//! The result's [`StopPoint`] is the token at which the general path continues:
//!
//! | stop | cause |
//! |---|---|
//! | `BeforeKey` | the next key is not the predicted one, or is a duplicate |
//! | `BeforeValue` | the key matched, and its value is not plain, not valid or does not fit |
//! | `AfterValue` | a value is followed by something other than a comma, and no further record follows |
//!
//! # Invariants
//!
//! 1. The fast path decides nothing that the general path would decide differently: a value that would be reported,
//!    rejected or converted stops the loop, and the general path reads it.
//! 2. `arena_len`, `strings` and `list_words` advance only after a whole value matched. A partial value leaves bytes above
//!    them, which the next value overwrites.
//! 3. The cursor leaves a record only if the record is complete and its successor starts with a key, so a stop is always
//!    inside a record. `may_continue` is false where the current record has undocumented fields, or issues that are listed.
//! 4. Each iteration writes at most one cell, and `starts` and `lists` have capacity for [`MAX_FIELDS`] more entries at the
//!    start of each record; a list that needs more stops the loop.
//!
//! # Why it is one function
//!
//! The loop is bound by instruction count and register pressure. One bounds check covers a 128-byte lookahead, and every
//! key pattern is stored ready for one vector comparison per 16 bytes. The cursor has to stay in registers; a helper per
//! kind of value would receive and return most of it. The helpers that exist are inlined, or are called for rare values
//! only (`copy_plain_outlined`).

use super::{
    interner::Interner,
    simd::{ArenaWriter, LANES, LOOKAHEAD, PaddedInput, SimdConsts, U8x16, copy_plain_outlined, vector_at},
    table::{DOCUMENTED_STATUSES, FieldTable, MAX_FIELDS, MAX_INLINE, MAX_KEY_PATTERN, RECORD_START},
};
use crate::model::{CaseStatus, FieldKind};
use crate::util::{days_in_month, parse_rfc3339_ms};

/// The length of a date in the service's usual form.
const DATE_LEN: usize = 24;
/// The part of the lookahead that remains after the longest key pattern.
const VALUE_LOOKAHEAD: usize = LOOKAHEAD - 2 * MAX_KEY_PATTERN;

/// The cursor of the fast path.
#[derive(Clone, Copy)]
pub(super) struct FastPathState {
    /// The offset of the next byte in the body.
    pub(super) position: usize,
    /// The bytes of the arena that are in use.
    pub(super) arena_len: usize,
    /// A bit for each field that the record has so far.
    pub(super) seen: u32,
    /// The index of the last field.
    pub(super) last: usize,
    /// The number of the next string to store.
    pub(super) next_string: usize,
    /// The index of the next word in `lists`.
    pub(super) next_list: usize,
    /// The number of records that were completed. The cursor is inside the record after them.
    pub(super) records: usize,
    pub(super) stop: StopPoint,
}

/// The token at which the fast path stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StopPoint {
    /// Before a key, which may be any.
    BeforeKey,
    /// Before the value of the predicted field, whose key has been consumed.
    BeforeValue,
    /// After a complete value.
    AfterValue,
}

/// The progress within a list, committed when the whole list has matched.
struct ListProgress {
    count: usize,
    arena_len: usize,
    strings: usize,
}

/// The memory that the fast path reads and writes.
pub(super) struct FastPathBuffers<'r> {
    pub(super) body: PaddedInput<'r>,
    pub(super) arena: ArenaWriter<'r>,
    /// The ends of the strings to store.
    pub(super) starts: &'r mut [u32],
    /// The words of the lists to store.
    pub(super) lists: &'r mut [u32],
    /// The cells of the current record, followed by those of the next records.
    pub(super) rows: &'r mut [u32],
    pub(super) interner: &'r mut Interner,
    pub(super) table: &'static FieldTable,
    pub(super) predicted: &'r [u8; MAX_FIELDS],
    /// Whether the loop may continue with the next record.
    pub(super) may_continue: bool,
}

/// Reads members as long as they match the prediction.
#[inline(never)]
pub(super) fn read_members(buffers: FastPathBuffers<'_>, state: FastPathState) -> FastPathState {
    let FastPathBuffers { body, mut arena, starts, lists, rows, interner, table, predicted, may_continue } = buffers;
    let FastPathState { mut position, mut arena_len, mut seen, mut last, next_string, next_list, .. } = state;
    let consts = SimdConsts::load();
    let mut records = 0;
    let mut first_cell = 0;
    let mut strings = 0;
    let mut list_words = 0;
    let mut stop = StopPoint::BeforeKey;
    let mut value_start = position;
    let mut indent = 0;
    'members: while let Some(mut lookahead) = body.lookahead(position) {
        if lookahead[0] <= b' ' {
            // A pretty-printer writes a line feed and an indentation, mostly of the previous length. Comparing with that
            // length, instead of counting, keeps the next load independent. Longer whitespace stops the loop.
            let mask = vector_at(lookahead, 0).ne_mask(consts.line_break);
            if mask & ((1 << indent) - 1) != 0 || lookahead.get(indent).is_none_or(|byte| *byte <= b' ') {
                indent = whitespace_len(body, position);
            }
            position += indent;
            let Some(next) = body.lookahead(position) else { break };
            lookahead = next;
        }
        let field_index = usize::from(predicted.get(last).copied().unwrap_or(0)) % MAX_FIELDS;
        let Some(pattern) = table.key_patterns.get(field_index) else { break };
        let Some(content_offset) = pattern.match_end(lookahead) else { break };
        if seen & pattern.bit != 0 {
            break;
        }
        stop = StopPoint::BeforeValue;
        let content_start = position + content_offset;
        // The general path reads the value from its quote or bracket.
        value_start = content_start - usize::from(pattern.value_first_byte != 0);
        let Some(value) = lookahead.get(content_offset % (2 * MAX_KEY_PATTERN)..).and_then(|rest| rest.first_chunk())
        else {
            break;
        };
        // Each arm sets `length` for a string to be stored, or else `cell`; and the last byte of the value, with the byte
        // after it.
        let mut length = 0;
        let mut cell = 0;
        let (mut first, mut second) = (consts.line_break, consts.line_break);
        let value_end;
        let next_byte;
        match pattern.kind {
            FieldKind::Text | FieldKind::Status => {
                (first, second) = (vector_at(value, 0), vector_at(value, LANES));
                let Some([target, next_target]) = arena.vectors_mut(arena_len) else { break };
                first.store(target);
                second.store(next_target);
                let special = first.special_mask_with(&consts) | second.special_mask_with(&consts) << LANES;
                length = special.trailing_zeros() as usize;
                if special == 0 {
                    length += copy_plain_outlined(body, &mut arena, content_start + length, arena_len + length);
                }
                if length.wrapping_sub(pattern.min_len as usize) > pattern.len_span as usize {
                    break;
                }
                value_end = content_start + length;
                let [closing, next] = body.two_bytes(value_end);
                if closing != b'"' {
                    break;
                }
                next_byte = next;
                if pattern.kind == FieldKind::Status
                    && let Some(status) = documented_status(value, length)
                {
                    cell = status;
                    length = 0;
                }
            }
            FieldKind::Date if value[0] == b'"' => {
                value_end = content_start;
                next_byte = value[1];
            }
            FieldKind::Date => {
                (first, second) = (vector_at(value, 0), vector_at(value, LANES));
                let is_legal = is_usual_date(first, vector_at(value, DATE_LEN - LANES), value, &consts)
                    || value.first_chunk::<DATE_LEN>().and_then(|date| parse_rfc3339_ms(date)).is_some();
                let [closing, next] = [value[DATE_LEN], value[DATE_LEN + 1]];
                let Some([target, next_target]) = arena.vectors_mut(arena_len) else { break };
                if !is_legal || closing != b'"' {
                    break;
                }
                first.store(target);
                second.store(next_target);
                length = DATE_LEN;
                value_end = content_start + DATE_LEN;
                next_byte = next;
            }
            FieldKind::Severity => {
                let [digit, closing, next] = [value[0], value[1], value[2]];
                cell = u32::from(digit.wrapping_sub(b'0'));
                if cell.wrapping_sub(1) >= 4 || closing != b'"' {
                    break;
                }
                value_end = content_start + 1;
                next_byte = next;
            }
            FieldKind::Flag => {
                // Without a branch, because the letter is unpredictable.
                let [letter, closing, next] = [value[0], value[1], value[2]];
                cell = u32::from(letter == b'O') | u32::from(letter == b'C') << 1;
                if cell == 0 || closing != b'"' {
                    break;
                }
                value_end = content_start + 1;
                next_byte = next;
            }
            FieldKind::List | FieldKind::Notes if value[0] == b']' => {
                value_end = content_start;
                next_byte = value[1];
            }
            FieldKind::List => {
                // If one item is not plain, the general path reads the whole list.
                let mut items = ListProgress { count: 0, arena_len, strings };
                let mut item_start = content_start;
                loop {
                    item_start += whitespace_len(body, item_start);
                    let length = copy_plain_outlined(body, &mut arena, item_start + 1, items.arena_len);
                    let [closing, mut next] = body.two_bytes(item_start + 1 + length);
                    if body.byte(item_start) != b'"' || length > MAX_INLINE || closing != b'"' {
                        break 'members;
                    }
                    let mut number = 0;
                    if length > 0 {
                        number = (next_string + items.strings) as u32;
                        items.arena_len += length;
                        let Some(entry) = starts.get_mut(items.strings) else { break 'members };
                        *entry = items.arena_len as u32;
                        items.strings += 1;
                    }
                    items.count += 1;
                    let Some(entry) = lists.get_mut(list_words + items.count) else { break 'members };
                    *entry = number;
                    item_start += length + 2;
                    if next <= b' ' {
                        item_start += whitespace_len(body, item_start);
                        next = body.byte(item_start);
                    }
                    match next {
                        b',' => item_start += 1,
                        b']' => break,
                        _ => break 'members,
                    }
                }
                if let Some(entry) = lists.get_mut(list_words) {
                    *entry = items.count as u32;
                }
                cell = (next_list + list_words) as u32;
                list_words += 1 + items.count;
                (arena_len, strings) = (items.arena_len, items.strings);
                value_end = item_start;
                next_byte = body.byte(value_end + 1);
            }
            FieldKind::Notes => break,
            FieldKind::Count | FieldKind::Required => {
                let mut digits = 0;
                let mut digit = value[0].wrapping_sub(b'0');
                while digits < 9 && digit < 10 {
                    cell = cell * 10 + u32::from(digit);
                    digits += 1;
                    digit = value.get(digits).map_or(0, |byte| byte.wrapping_sub(b'0'));
                }
                let is_usual = digits == 1 || digits > 1 && value[0] != b'0';
                next_byte = digit.wrapping_add(b'0');
                if !is_usual || next_byte != b',' && next_byte != b'}' {
                    break;
                }
                // A number has no closing byte: its last digit is the last byte.
                value_end = content_start + digits - 1;
            }
        }
        if length > 0 {
            let number = (next_string + strings) as u32;
            let Some(entry) = starts.get_mut(strings) else { break };
            let vectors = [first, second];
            let column = table.first_column + field_index;
            cell = match interner.intern_plain(body, &arena, vectors, content_start, arena_len, length, column, number)
            {
                Some(number) => number,
                None => {
                    arena_len += length;
                    *entry = arena_len as u32;
                    strings += 1;
                    number
                }
            };
            if pattern.kind == FieldKind::Status {
                cell += DOCUMENTED_STATUSES;
            }
        }
        if let Some(entry) = rows.get_mut(first_cell + field_index) {
            *entry = cell;
        }
        seen |= pattern.bit;
        last = field_index;
        position = value_end + 1;
        if next_byte != b',' {
            stop = StopPoint::AfterValue;
            let Some(record_start) =
                next_record_start(body, position).filter(|_| may_continue && table.is_complete(seen))
            else {
                break;
            };
            // Invariant 4 for the next record.
            let next_cell = first_cell + table.width();
            if starts.len() - strings < MAX_FIELDS
                || lists.len() - list_words < MAX_FIELDS
                || rows.len() - next_cell < MAX_FIELDS
            {
                break;
            }
            table.fill_missing(rows.get_mut(first_cell..).unwrap_or_default(), seen);
            first_cell = next_cell;
            records += 1;
            (seen, last) = (0, RECORD_START);
            position = record_start;
        }
        position += 1;
        stop = StopPoint::BeforeKey;
    }
    if stop == StopPoint::BeforeValue {
        position = value_start;
    }
    FastPathState {
        position,
        arena_len,
        seen,
        last,
        next_string: next_string + strings,
        next_list: next_list + list_words,
        records,
        stop,
    }
}

/// Returns the start of the next record after the end of this one, if there is one that has a member.
#[inline(always)]
fn next_record_start(body: PaddedInput<'_>, end: usize) -> Option<usize> {
    let end = end + whitespace_len(body, end);
    if body.two_bytes(end) != *b"}," {
        return None;
    }
    let begin = end + 2 + whitespace_len(body, end + 2);
    let first = begin + 1 + whitespace_len(body, begin + 1);
    (body.byte(begin) == b'{' && body.byte(first) == b'"').then_some(begin)
}

/// Returns the length of the whitespace at an offset, at most one vector.
#[inline(always)]
fn whitespace_len(body: PaddedInput<'_>, at: usize) -> usize {
    if body.byte(at) > b' ' { 0 } else { (body.vector(at).non_whitespace_mask().trailing_zeros() as usize).min(LANES) }
}

/// Returns the number, from 1, of a documented status.
#[inline(always)]
fn documented_status(value: &[u8; VALUE_LOOKAHEAD], length: usize) -> Option<u32> {
    let number = STATUS_BY_HASH.get(status_hash(length, value[HASHED_LETTER])).copied().unwrap_or(0);
    let (text, its_length) = STATUS_VECTORS.get(usize::from(number))?;
    let [first, second] = text;
    let same = vector_at(value, 0).eq_mask(U8x16::from_array(first))
        | vector_at(value, LANES).eq_mask(U8x16::from_array(second)) << LANES;
    // Two vectors hold any of them; bytes after the end are ignored.
    (*its_length == length && same | u32::MAX << (length % 32) == u32::MAX).then_some(u32::from(number) + 1)
}

/// The documented statuses as two vectors each, with their lengths.
const STATUS_VECTORS: [([[u8; LANES]; 2], usize); DOCUMENTED_STATUSES as usize] = {
    let mut out = [([[0; LANES]; 2], 0); DOCUMENTED_STATUSES as usize];
    let mut status = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    while status < out.len() {
        let text = CaseStatus::DOCUMENTED[status].as_bytes();
        out[status].1 = text.len();
        let mut at = 0;
        while at < text.len() {
            out[status].0[at / LANES][at % LANES] = text[at];
            at += 1;
        }
        status += 1;
    }
    out
};

/// The only candidate for a text, by a perfect hash of its length and second letter.
const STATUS_BY_HASH: [u8; 16] = {
    let mut out = [u8::MAX; 16];
    let mut status = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    #[expect(clippy::cast_possible_truncation, reason = "there are six statuses")]
    while status < CaseStatus::DOCUMENTED.len() {
        let text = CaseStatus::DOCUMENTED[status].as_bytes();
        let slot = status_hash(text.len(), text[HASHED_LETTER]);
        assert!(out[slot] == u8::MAX, "two statuses in one slot");
        out[slot] = status as u8;
        status += 1;
    }
    out
};

const HASHED_LETTER: usize = 1;

#[inline(always)]
const fn status_hash(length: usize, letter: u8) -> usize {
    (length + letter as usize) % 16
}

/// The days of each month in a year that is no leap year; 0 for an invalid month, which is below 20 here.
const DAYS_IN_MONTH: [u8; 32] = {
    let mut out = [0; 32];
    let mut month = 1;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    #[expect(clippy::cast_possible_truncation, reason = "no month has more than 31 days")]
    while month <= 12 {
        // Year 1 is no leap year.
        out[month] = days_in_month(1, month as i64) as u8;
        month += 1;
    }
    out
};

/// Returns whether the value is a date in the service's usual form, `2017-05-09T20:08:45.000Z`, that exists in every year.
/// Other dates may be valid too.
#[inline(always)]
fn is_usual_date(first: U8x16, last: U8x16, value: &[u8; VALUE_LOOKAHEAD], consts: &SimdConsts) -> bool {
    let [[least_first, least_last], [above_first, above_last]] = consts.date;
    let beyond = first.excess_over(least_first, above_first).or(last.excess_over(least_last, above_last));
    // Month, day and hour from their two digits, in one multiplication: each byte becomes ten times its digit plus the
    // next digit.
    let [_, _, _, _, _, word @ ..] = value;
    let digits = u64::from_le_bytes(*word.first_chunk().unwrap_or(&[0; 8])) & 0x0f0f_0f0f_0f0f_0f0f;
    let twos = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let two = |place: u32| (twos >> (8 * place)) as u8;
    let days = DAYS_IN_MONTH.get(usize::from(two(0)) % 32).copied().unwrap_or(0);
    !beyond.is_any_nonzero() && two(3).wrapping_sub(1) < days && two(6) < 24
}
