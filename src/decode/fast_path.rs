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
    columns::STATUSES,
    decoder::{LONG, ROW, START, Table},
    interner::Share,
    simd::{LANE, Lane, Marks, NEAR, Near, Padded, Room, copy_rest, lane_of},
};
use crate::model::{CaseStatus, Field, FieldKind};
use crate::util::{days_in_month, parse_rfc3339_ms};

/// How a field's member begins where no white space is: its name, the colon, and the quote or bracket that its kind
/// begins with.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(super) struct Opening {
    /// The first sixteen bytes, with anything behind them where there are fewer; then the last sixteen, if there are more.
    lanes: [[u8; LANE]; 2],
    /// A bit for each of their bytes that is behind the end; the same, and the colon's and what follows it.
    ignored: u32,
    unsure: u32,
    /// The field's bit among those that have come.
    bit: u32,
    /// Least bytes that a text must have, and how many more it may have.
    least: u32,
    span: u32,
    /// Bytes of the whole.
    length: u8,
    /// Bytes of the name in its quotes.
    name: u8,
    /// What follows the colon; 0 if that is a number.
    begin: u8,
    /// Where the last sixteen begin; 0 if there are no more.
    last: u8,
    kind: FieldKind,
}

impl Opening {
    /// What no member begins with: its lanes overlap, and differ there.
    pub(super) const NONE: Opening = Opening {
        lanes: [[1; LANE], [2; LANE]],
        ignored: 0,
        unsure: 0,
        bit: 0,
        least: 0,
        span: 0,
        length: 0,
        name: 0,
        begin: 0,
        last: 1,
        kind: FieldKind::Text,
    };

    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    #[expect(clippy::cast_possible_truncation, reason = "no name is longer than thirty letters")]
    pub(super) const fn of(field: &Field, index: usize, is_needed: bool) -> Opening {
        let name = field.name.as_bytes();
        let tail: &[u8] = match field.kind {
            FieldKind::Count | FieldKind::Required => b"\":",
            FieldKind::List | FieldKind::Notes => b"\":[",
            _ => b"\":\"",
        };
        let length = 1 + name.len() + tail.len();
        if length > 2 * LANE {
            return Opening::NONE;
        }
        let mut whole = [0; 2 * LANE];
        whole[0] = b'"';
        let mut at = 1;
        while at < length {
            whole[at] = if at <= name.len() { name[at - 1] } else { tail[at - 1 - name.len()] };
            at += 1;
        }
        let last = length.saturating_sub(LANE);
        let mut lanes = [[0; LANE]; 2];
        at = 0;
        while at < LANE {
            lanes[0][at] = whole[at];
            lanes[1][at] = whole[last + at];
            at += 1;
        }
        let limit = match field.max_length {
            Some(limit) if (limit as usize) < LONG => limit,
            _ => LONG as u32,
        };
        Opening {
            lanes,
            ignored: if length > LANE { 0 } else { u32::MAX << length },
            // The bytes of the second lane are counted from its own begin on.
            unsure: if length > LANE {
                let in_first = if name.len() + 2 < LANE { u32::MAX << (name.len() + 2) } else { 0 };
                in_first & 0xffff | u32::MAX << (LANE + name.len() + 2 - last)
            } else {
                u32::MAX << (name.len() + 2)
            },
            bit: 1 << index,
            least: is_needed as u32,
            span: limit - is_needed as u32,
            length: length as u8,
            name: name.len() as u8 + 2,
            begin: if tail.len() > 2 { tail[2] } else { 0 },
            last: last as u8,
            kind: field.kind,
        }
    }

    /// How far behind it the value's content begins, if the member begins there and in this way. Behind the colon one space is passed
    /// over, as there is where JSON is printed prettily.
    #[inline(always)]
    fn end(&self, near: &Near) -> Option<usize> {
        let [first, last] = &self.lanes;
        let mut same = lane_of(near, 0).equals(Lane::of(first));
        if self.last != 0 {
            same |= lane_of(near, usize::from(self.last) % PLACES).equals(Lane::of(last)) << LANE;
        }
        if same | self.ignored == u32::MAX {
            return Some(usize::from(self.length));
        }
        if same | self.unsure != u32::MAX {
            return None;
        }
        let [colon, space, begin] = *near.get(usize::from(self.name) % PLACES..)?.first_chunk()?;
        (colon == b':' && space == b' ' && (begin == self.begin || self.begin == 0))
            .then_some(usize::from(self.length) + 1)
    }
}

/// Of the places in an opening there are no more.
const PLACES: usize = 32;
/// Bytes of a date as the service usually writes it.
const DATE: usize = 24;
/// Behind the longest opening there is so much of what is near its begin.
const VALUE_NEAR: usize = NEAR - 2 * PLACES;

/// Where a run stands.
#[derive(Clone, Copy)]
pub(super) struct Run {
    /// The next byte of the body.
    pub(super) at: usize,
    /// The end of the compact text.
    pub(super) used: usize,
    /// A bit for each field that has come.
    pub(super) seen: u32,
    /// The last field that came.
    pub(super) last: usize,
    /// The number of the next string.
    pub(super) number: usize,
    /// The next place of the lists.
    pub(super) lists: usize,
    /// How many records it has come to the end of, each followed by another one, in which it stands.
    pub(super) records: usize,
    pub(super) stands: Stands,
}

/// What a run has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// It stands in front of a name, which may be any.
    AtName,
    /// It stands in front of the value of the field that follows the last one, which has not come yet.
    AtValue,
    /// It stands behind a value.
    Behind,
}

/// How far the items of a list have come.
struct Items {
    count: usize,
    used: usize,
    kept: usize,
}

/// What a run reads and writes.
pub(super) struct Rails<'r> {
    pub(super) body: Padded<'r>,
    pub(super) text: Room<'r>,
    /// Where strings that are kept from here on end.
    pub(super) starts: &'r mut [u32],
    /// Where lists that come from here on are told.
    pub(super) lists: &'r mut [u32],
    /// Where the cells of the record are told, and behind them those of the records that follow.
    pub(super) rows: &'r mut [u32],
    pub(super) share: &'r mut Share,
    pub(super) table: &'static Table,
    pub(super) next: &'r [u8; ROW],
    /// Whether it may go on with the record that follows.
    pub(super) goes_on: bool,
}

/// Reads members as long as they are as expected.
#[inline(never)]
pub(super) fn run(rails: Rails<'_>, run: Run) -> Run {
    let Rails { body, mut text, starts, lists, rows, share, table, next, goes_on } = rails;
    let Run { mut at, mut used, mut seen, mut last, number: first_number, lists: first_list, .. } = run;
    let marks = Marks::read();
    let mut records = 0;
    let mut first_cell = 0;
    let mut kept = 0;
    let mut listed = 0;
    let mut stands = Stands::AtName;
    let mut value_at = at;
    let mut indent = 0;
    'members: while let Some(mut near) = body.near(at) {
        if near[0] <= b' ' {
            // Printed prettily there is a line's end and some spaces, mostly as many as before, so that what follows need not
            // wait for their count; what more there may be is left to the general way.
            let differs = lane_of(near, 0).differs(marks.line);
            if differs & ((1 << indent) - 1) != 0 || near.get(indent).is_none_or(|byte| *byte <= b' ') {
                indent = gap(body, at);
            }
            at += indent;
            let Some(behind) = body.near(at) else { break };
            near = behind;
        }
        let index = usize::from(next.get(last).copied().unwrap_or(0)) % ROW;
        let Some(opening) = table.openings.get(index) else { break };
        let Some(length_of_opening) = opening.end(near) else { break };
        if seen & opening.bit != 0 {
            break;
        }
        stands = Stands::AtValue;
        let start = at + length_of_opening;
        // The quote or the bracket belongs to the value.
        value_at = start - usize::from(opening.begin != 0);
        let Some(value) = near.get(length_of_opening % (2 * PLACES)..).and_then(|rest| rest.first_chunk()) else {
            break;
        };
        // The value's length if it is a string to be kept, else its cell; where it ends, and the byte behind its closing.
        let mut length = 0;
        let mut cell = 0;
        let (mut first, mut second) = (marks.line, marks.line);
        let end;
        let after;
        match opening.kind {
            FieldKind::Text | FieldKind::Status => {
                (first, second) = (lane_of(value, 0), lane_of(value, LANE));
                let Some([room, next_room]) = text.near(used) else { break };
                first.put(room);
                second.put(next_room);
                let odd = first.odd_by(&marks) | second.odd_by(&marks) << LANE;
                length = odd.trailing_zeros() as usize;
                if odd == 0 {
                    length += copy_rest(body, &mut text, start + length, used + length);
                }
                if length.wrapping_sub(opening.least as usize) > opening.span as usize {
                    break;
                }
                end = start + length;
                let [closing, behind] = body.pair(end);
                if closing != b'"' {
                    break;
                }
                after = behind;
                if opening.kind == FieldKind::Status
                    && let Some(status) = documented(value, length)
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
                (first, second) = (lane_of(value, 0), lane_of(value, LANE));
                let is_legal = is_usual_date(first, lane_of(value, DATE - LANE), value, &marks)
                    || value.first_chunk::<DATE>().and_then(|date| parse_rfc3339_ms(date)).is_some();
                let [closing, behind] = [value[DATE], value[DATE + 1]];
                let Some([room, next_room]) = text.near(used) else { break };
                if !is_legal || closing != b'"' {
                    break;
                }
                first.put(room);
                second.put(next_room);
                length = DATE;
                end = start + DATE;
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
                let mut items = Items { count: 0, used, kept };
                let mut place = start;
                loop {
                    place += gap(body, place);
                    let length = copy_rest(body, &mut text, place + 1, items.used);
                    let [closing, mut behind] = body.pair(place + 1 + length);
                    if body.byte(place) != b'"' || length > LONG || closing != b'"' {
                        break 'members;
                    }
                    let mut number = 0;
                    if length > 0 {
                        number = (first_number + items.kept) as u32;
                        items.used += length;
                        let Some(slot) = starts.get_mut(items.kept) else { break 'members };
                        *slot = items.used as u32;
                        items.kept += 1;
                    }
                    items.count += 1;
                    let Some(slot) = lists.get_mut(listed + items.count) else { break 'members };
                    *slot = number;
                    place += length + 2;
                    if behind <= b' ' {
                        place += gap(body, place);
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
                (used, kept) = (items.used, items.kept);
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
            cell = match share.find_plain(body, &text, lanes, start, used, length, column, number) {
                Some(known) => known,
                None => {
                    used += length;
                    *slot = used as u32;
                    kept += 1;
                    number
                }
            };
            if opening.kind == FieldKind::Status {
                cell += STATUSES;
            }
        }
        if let Some(slot) = rows.get_mut(first_cell + index) {
            *slot = cell;
        }
        seen |= opening.bit;
        last = index;
        at = end + 1;
        if after != b',' {
            stands = Stands::Behind;
            let Some(begin) = next_record(body, at).filter(|_| goes_on && table.is_whole(seen)) else { break };
            // What comes in the next record finds room, as it did in this one.
            let next_cell = first_cell + table.width();
            if starts.len() - kept < ROW || lists.len() - listed < ROW || rows.len() - next_cell < ROW {
                break;
            }
            table.blank(rows.get_mut(first_cell..).unwrap_or_default(), seen);
            first_cell = next_cell;
            records += 1;
            (seen, last) = (0, START);
            at = begin;
        }
        at += 1;
        stands = Stands::AtName;
    }
    if stands == Stands::AtValue {
        at = value_at;
    }
    Run { at, used, seen, last, number: first_number + kept, lists: first_list + listed, records, stands }
}

/// Where the record begins that follows the one that ends there, if one does, and has a member.
#[inline(always)]
fn next_record(body: Padded<'_>, end: usize) -> Option<usize> {
    let end = end + gap(body, end);
    if body.pair(end) != *b"}," {
        return None;
    }
    let begin = end + 2 + gap(body, end + 2);
    let first = begin + 1 + gap(body, begin + 1);
    (body.byte(begin) == b'{' && body.byte(first) == b'"').then_some(begin)
}

/// How much white space there is, if it is as little as where JSON is printed prettily.
#[inline(always)]
fn gap(body: Padded<'_>, at: usize) -> usize {
    if body.byte(at) > b' ' { 0 } else { (body.lane(at).ink().trailing_zeros() as usize).min(LANE) }
}

/// Which documented status stands there, from 1.
#[inline(always)]
fn documented(value: &[u8; VALUE_NEAR], length: usize) -> Option<u32> {
    let number = CANDIDATES.get(slot_of(length, value[SECOND])).copied().unwrap_or(0);
    let (text, its_length) = DOCUMENTED.get(usize::from(number))?;
    let [first, second] = text;
    let same = lane_of(value, 0).equals(Lane::of(first)) | lane_of(value, LANE).equals(Lane::of(second)) << LANE;
    // Two lanes hold any of them; what lies behind the end does not count.
    (*its_length == length && same | u32::MAX << (length % 32) == u32::MAX).then_some(u32::from(number) + 1)
}

/// The documented statuses, in two lanes each, with their lengths.
const DOCUMENTED: [([[u8; LANE]; 2], usize); STATUSES as usize] = {
    let mut out = [([[0; LANE]; 2], 0); STATUSES as usize];
    let mut status = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    while status < out.len() {
        let text = CaseStatus::DOCUMENTED[status].as_bytes();
        out[status].1 = text.len();
        let mut at = 0;
        while at < text.len() {
            out[status].0[at / LANE][at % LANE] = text[at];
            at += 1;
        }
        status += 1;
    }
    out
};

/// Which of them a text can be, by its length and its second letter.
const CANDIDATES: [u8; 16] = {
    let mut out = [u8::MAX; 16];
    let mut status = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    #[expect(clippy::cast_possible_truncation, reason = "there are six")]
    while status < CaseStatus::DOCUMENTED.len() {
        let text = CaseStatus::DOCUMENTED[status].as_bytes();
        let slot = slot_of(text.len(), text[SECOND]);
        assert!(out[slot] == u8::MAX, "two statuses in one slot");
        out[slot] = status as u8;
        status += 1;
    }
    out
};

const SECOND: usize = 1;

#[inline(always)]
const fn slot_of(length: usize, letter: u8) -> usize {
    (length + letter as usize) % 16
}

/// The days that a month has in every year; of what is no month, none. A month here is below twice ten.
const DAYS: [u8; 32] = {
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
fn is_usual_date(first: Lane, last: Lane, value: &[u8; VALUE_NEAR], marks: &Marks) -> bool {
    let [[least_first, least_last], [above_first, above_last]] = marks.date;
    let beyond = first.beyond(least_first, above_first).or(last.beyond(least_last, above_last));
    // Month, day and hour, each from its two digits: every byte ten times its digit, and the next one.
    let [_, _, _, _, _, word @ ..] = value;
    let digits = u64::from_le_bytes(*word.first_chunk().unwrap_or(&[0; 8])) & 0x0f0f_0f0f_0f0f_0f0f;
    let twos = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let two = |place: u32| (twos >> (8 * place)) as u8;
    let days = DAYS.get(usize::from(two(0)) % 32).copied().unwrap_or(0);
    !beyond.is_any() && two(3).wrapping_sub(1) < days && two(6) < 24
}
