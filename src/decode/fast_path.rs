//! The fast way: members that are as expected, one after the other.
//!
//! A member is as expected when its name is the one that followed last time, its value is a plain ASCII string, a small
//! number or an array of plain strings, and the value is what the field's kind wants. At the first member that is not, the
//! run ends in front of it, or of its value if the name was as expected, and the general way reads that. Nothing is
//! decided here that the general way would decide otherwise: whatever would be reported, refused or converted is left to
//! it. Where a record of a list ends and the next one begins as expected, and nothing was off or unknown in it, the run
//! goes on with that.
//!
//! What costs most here is the number of instructions, and registers are few: so a place is checked once for all that is
//! near it, and each opening is laid out for one comparison.

use super::{
    interner::Interner,
    simd::{ArenaWriter, LANES, LOOKAHEAD, PaddedInput, SimdConsts, U8x16, copy_plain_outlined, vector_at},
    table::{DOCUMENTED_STATUSES, MAX_FIELDS, MAX_INLINE, MAX_KEY_PATTERN, RECORD_START, Table},
};
use crate::model::{CaseStatus, FieldKind};
use crate::util::{days_in_month, parse_rfc3339_ms};

/// Bytes of a date as the service usually writes it.
const DATE_LEN: usize = 24;
/// Behind the longest opening there is so much of what is near its begin.
const VALUE_LOOKAHEAD: usize = LOOKAHEAD - 2 * MAX_KEY_PATTERN;

/// Where a run stands.
#[derive(Clone, Copy)]
pub(super) struct FastPathState {
    /// The next byte of the body.
    pub(super) position: usize,
    /// The end of the compact text.
    pub(super) arena_len: usize,
    /// A bit for each field that has come.
    pub(super) seen: u32,
    /// The last field that came.
    pub(super) last: usize,
    /// The number of the next string.
    pub(super) next_string: usize,
    /// The next place of the lists.
    pub(super) next_list: usize,
    /// How many records it has come to the end of, each followed by another one, in which it stands.
    pub(super) records: usize,
    pub(super) stop: StopPoint,
}

/// What a run has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StopPoint {
    /// It stands in front of a name, which may be any.
    BeforeKey,
    /// It stands in front of the value of the field that follows the last one, which has not come yet.
    BeforeValue,
    /// It stands behind a value.
    AfterValue,
}

/// How far the items of a list have come.
struct ListProgress {
    count: usize,
    arena_len: usize,
    strings: usize,
}

/// What a run reads and writes.
pub(super) struct FastPathBuffers<'r> {
    pub(super) body: PaddedInput<'r>,
    pub(super) arena: ArenaWriter<'r>,
    /// Where strings that are kept from here on end.
    pub(super) starts: &'r mut [u32],
    /// Where lists that come from here on are told.
    pub(super) lists: &'r mut [u32],
    /// Where the cells of the record are told, and behind them those of the records that follow.
    pub(super) rows: &'r mut [u32],
    pub(super) interner: &'r mut Interner,
    pub(super) table: &'static Table,
    pub(super) predicted: &'r [u8; MAX_FIELDS],
    /// Whether it may go on with the record that follows.
    pub(super) may_continue: bool,
}

/// Reads members as long as they are as expected.
#[inline(never)]
pub(super) fn read_members(rails: FastPathBuffers<'_>, run: FastPathState) -> FastPathState {
    let FastPathBuffers {
        body,
        arena: mut text,
        starts,
        lists,
        rows,
        interner: share,
        table,
        predicted: next,
        may_continue: goes_on,
    } = rails;
    let FastPathState {
        position: mut at,
        arena_len: mut used,
        mut seen,
        mut last,
        next_string: first_number,
        next_list: first_list,
        ..
    } = run;
    let consts = SimdConsts::load();
    let mut records = 0;
    let mut first_cell = 0;
    let mut kept = 0;
    let mut listed = 0;
    let mut stands = StopPoint::BeforeKey;
    let mut value_at = at;
    let mut indent = 0;
    'members: while let Some(mut near) = body.lookahead(at) {
        if near[0] <= b' ' {
            // Printed prettily there is a line's end and some spaces, mostly as many as before, so that what follows need not
            // wait for their count; what more there may be is left to the general way.
            let differs = vector_at(near, 0).ne_mask(consts.line_break);
            if differs & ((1 << indent) - 1) != 0 || near.get(indent).is_none_or(|byte| *byte <= b' ') {
                indent = whitespace_len(body, at);
            }
            at += indent;
            let Some(behind) = body.lookahead(at) else { break };
            near = behind;
        }
        let index = usize::from(next.get(last).copied().unwrap_or(0)) % MAX_FIELDS;
        let Some(opening) = table.key_patterns.get(index) else { break };
        let Some(length_of_opening) = opening.match_end(near) else { break };
        if seen & opening.bit != 0 {
            break;
        }
        stands = StopPoint::BeforeValue;
        let start = at + length_of_opening;
        // The quote or the bracket belongs to the value.
        value_at = start - usize::from(opening.value_first_byte != 0);
        let Some(value) = near.get(length_of_opening % (2 * MAX_KEY_PATTERN)..).and_then(|rest| rest.first_chunk())
        else {
            break;
        };
        // The value's length if it is a string to be kept, else its cell; where it ends, and the byte behind its closing.
        let mut length = 0;
        let mut cell = 0;
        let (mut first, mut second) = (consts.line_break, consts.line_break);
        let end;
        let after;
        match opening.kind {
            FieldKind::Text | FieldKind::Status => {
                (first, second) = (vector_at(value, 0), vector_at(value, LANES));
                let Some([room, next_room]) = text.vectors_mut(used) else { break };
                first.store(room);
                second.store(next_room);
                let odd = first.special_mask_with(&consts) | second.special_mask_with(&consts) << LANES;
                length = odd.trailing_zeros() as usize;
                if odd == 0 {
                    length += copy_plain_outlined(body, &mut text, start + length, used + length);
                }
                if length.wrapping_sub(opening.min_len as usize) > opening.len_span as usize {
                    break;
                }
                end = start + length;
                let [closing, behind] = body.two_bytes(end);
                if closing != b'"' {
                    break;
                }
                after = behind;
                if opening.kind == FieldKind::Status
                    && let Some(status) = documented_status(value, length)
                {
                    cell = status;
                    length = 0;
                }
            }
            FieldKind::Date if value[0] == b'"' => {
                end = start;
                after = value[1];
            }
            FieldKind::Date => {
                (first, second) = (vector_at(value, 0), vector_at(value, LANES));
                let is_legal = is_usual_date(first, vector_at(value, DATE_LEN - LANES), value, &consts)
                    || value.first_chunk::<DATE_LEN>().and_then(|date| parse_rfc3339_ms(date)).is_some();
                let [closing, behind] = [value[DATE_LEN], value[DATE_LEN + 1]];
                let Some([room, next_room]) = text.vectors_mut(used) else { break };
                if !is_legal || closing != b'"' {
                    break;
                }
                first.store(room);
                second.store(next_room);
                length = DATE_LEN;
                end = start + DATE_LEN;
                after = behind;
            }
            FieldKind::Severity => {
                let [digit, closing, behind] = [value[0], value[1], value[2]];
                cell = u32::from(digit.wrapping_sub(b'0'));
                if cell.wrapping_sub(1) >= 4 || closing != b'"' {
                    break;
                }
                end = start + 1;
                after = behind;
            }
            FieldKind::Flag => {
                // Which of the two it is cannot be foretold either.
                let [letter, closing, behind] = [value[0], value[1], value[2]];
                cell = u32::from(letter == b'O') | u32::from(letter == b'C') << 1;
                if cell == 0 || closing != b'"' {
                    break;
                }
                end = start + 1;
                after = behind;
            }
            FieldKind::List | FieldKind::Notes if value[0] == b']' => {
                end = start;
                after = value[1];
            }
            FieldKind::List => {
                // Items that are as plain as the rest; a list with others is read the general way as a whole.
                let mut items = ListProgress { count: 0, arena_len: used, strings: kept };
                let mut place = start;
                loop {
                    place += whitespace_len(body, place);
                    let length = copy_plain_outlined(body, &mut text, place + 1, items.arena_len);
                    let [closing, mut behind] = body.two_bytes(place + 1 + length);
                    if body.byte(place) != b'"' || length > MAX_INLINE || closing != b'"' {
                        break 'members;
                    }
                    let mut number = 0;
                    if length > 0 {
                        number = (first_number + items.strings) as u32;
                        items.arena_len += length;
                        let Some(slot) = starts.get_mut(items.strings) else { break 'members };
                        *slot = items.arena_len as u32;
                        items.strings += 1;
                    }
                    items.count += 1;
                    let Some(slot) = lists.get_mut(listed + items.count) else { break 'members };
                    *slot = number;
                    place += length + 2;
                    if behind <= b' ' {
                        place += whitespace_len(body, place);
                        behind = body.byte(place);
                    }
                    match behind {
                        b',' => place += 1,
                        b']' => break,
                        _ => break 'members,
                    }
                }
                if let Some(slot) = lists.get_mut(listed) {
                    *slot = items.count as u32;
                }
                cell = (first_list + listed) as u32;
                listed += 1 + items.count;
                (used, kept) = (items.arena_len, items.strings);
                end = place;
                after = body.byte(end + 1);
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
                after = digit.wrapping_add(b'0');
                if !is_usual || after != b',' && after != b'}' {
                    break;
                }
                // A number ends where the next token begins: its last digit is what closes it.
                end = start + digits - 1;
            }
        }
        if length > 0 {
            let number = (first_number + kept) as u32;
            let Some(slot) = starts.get_mut(kept) else { break };
            let lanes = [first, second];
            let column = table.first_column + index;
            cell = match share.intern_plain(body, &text, lanes, start, used, length, column, number) {
                Some(known) => known,
                None => {
                    used += length;
                    *slot = used as u32;
                    kept += 1;
                    number
                }
            };
            if opening.kind == FieldKind::Status {
                cell += DOCUMENTED_STATUSES;
            }
        }
        if let Some(slot) = rows.get_mut(first_cell + index) {
            *slot = cell;
        }
        seen |= opening.bit;
        last = index;
        at = end + 1;
        if after != b',' {
            stands = StopPoint::AfterValue;
            let Some(begin) = next_record_start(body, at).filter(|_| goes_on && table.is_complete(seen)) else { break };
            // What comes in the next record finds room, as it did in this one.
            let next_cell = first_cell + table.width();
            if starts.len() - kept < MAX_FIELDS
                || lists.len() - listed < MAX_FIELDS
                || rows.len() - next_cell < MAX_FIELDS
            {
                break;
            }
            table.fill_missing(rows.get_mut(first_cell..).unwrap_or_default(), seen);
            first_cell = next_cell;
            records += 1;
            (seen, last) = (0, RECORD_START);
            at = begin;
        }
        at += 1;
        stands = StopPoint::BeforeKey;
    }
    if stands == StopPoint::BeforeValue {
        at = value_at;
    }
    FastPathState {
        position: at,
        arena_len: used,
        seen,
        last,
        next_string: first_number + kept,
        next_list: first_list + listed,
        records,
        stop: stands,
    }
}

/// Where the record begins that follows the one that ends there, if one does, and has a member.
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

/// How much white space there is, if it is as little as where JSON is printed prettily.
#[inline(always)]
fn whitespace_len(body: PaddedInput<'_>, at: usize) -> usize {
    if body.byte(at) > b' ' { 0 } else { (body.vector(at).non_whitespace_mask().trailing_zeros() as usize).min(LANES) }
}

/// Which documented status stands there, from 1.
#[inline(always)]
fn documented_status(value: &[u8; VALUE_LOOKAHEAD], length: usize) -> Option<u32> {
    let number = STATUS_BY_HASH.get(status_hash(length, value[HASHED_LETTER])).copied().unwrap_or(0);
    let (text, its_length) = STATUS_VECTORS.get(usize::from(number))?;
    let [first, second] = text;
    let same = vector_at(value, 0).eq_mask(U8x16::from_array(first))
        | vector_at(value, LANES).eq_mask(U8x16::from_array(second)) << LANES;
    // Two lanes hold any of them; what lies behind the end does not count.
    (*its_length == length && same | u32::MAX << (length % 32) == u32::MAX).then_some(u32::from(number) + 1)
}

/// The documented statuses, in two lanes each, with their lengths.
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

/// Which of them a text can be, by its length and its second letter.
const STATUS_BY_HASH: [u8; 16] = {
    let mut out = [u8::MAX; 16];
    let mut status = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    #[expect(clippy::cast_possible_truncation, reason = "there are six")]
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

/// The days that a month has in every year; of what is no month, none. A month here is below twice ten.
const DAYS_IN_MONTH: [u8; 32] = {
    let mut out = [0; 32];
    let mut month = 1;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    #[expect(clippy::cast_possible_truncation, reason = "no month has more than thirty-one")]
    while month <= 12 {
        // Year 1 has no leap day.
        out[month] = days_in_month(1, month as i64) as u8;
        month += 1;
    }
    out
};

/// Whether a date and time stands there as the service usually writes them, `2017-05-09T20:08:45.000Z`, and is one that
/// every year has. Others may be legal as well.
#[inline(always)]
fn is_usual_date(first: U8x16, last: U8x16, value: &[u8; VALUE_LOOKAHEAD], consts: &SimdConsts) -> bool {
    let [[least_first, least_last], [above_first, above_last]] = consts.date;
    let beyond = first.excess_over(least_first, above_first).or(last.excess_over(least_last, above_last));
    // Month, day and hour, each from its two digits: every byte ten times its digit, and the next one.
    let [_, _, _, _, _, word @ ..] = value;
    let digits = u64::from_le_bytes(*word.first_chunk().unwrap_or(&[0; 8])) & 0x0f0f_0f0f_0f0f_0f0f;
    let twos = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let two = |place: u32| (twos >> (8 * place)) as u8;
    let days = DAYS_IN_MONTH.get(usize::from(two(0)) % 32).copied().unwrap_or(0);
    !beyond.is_any_nonzero() && two(3).wrapping_sub(1) < days && two(6) < 24
}
