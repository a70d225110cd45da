//! The fast way: members that are as expected, one after the other.
//!
//! A member is as expected when its name is the one that followed last time, its value is a plain ASCII string, a small
//! number or an empty array, and the value is what the field's kind wants. At the first member that is not, the run
//! ends in front of it, and the general way reads that one. Nothing is decided here that the general way would decide
//! otherwise: whatever would be reported, refused or converted is left to it.

use super::{
    lane::{LANE, Lane, Padded, Room, copy},
    record::{LONG, ROW},
    records::STATUSES,
    share::Share,
};
use crate::model::{CaseStatus, Field, FieldKind, rfc3339_ms};

/// How a field's member begins where no white space is: its name, the colon, and the quote or bracket that its kind
/// begins with.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    kind: FieldKind,
    /// Bytes of the whole; 0 of what is too long to be looked for here.
    length: u8,
    /// Bytes of the name in its quotes.
    name: u8,
    /// Most bytes that a text may have.
    limit: u32,
    /// Least bytes that a text must have.
    least: u32,
    /// The first sixteen bytes, with anything behind them where there are fewer; then the last sixteen.
    lanes: [[u8; LANE]; 2],
}

impl Opening {
    pub(super) const NONE: Opening =
        Opening { kind: FieldKind::Text, length: 0, name: 0, limit: 0, least: 0, lanes: [[0; LANE]; 2] };

    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
    #[expect(clippy::cast_possible_truncation, reason = "no name is longer than thirty letters")]
    pub(super) const fn of(field: &Field, is_needed: bool) -> Opening {
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
        let mut lanes = [[0; LANE]; 2];
        at = 0;
        while at < LANE {
            lanes[0][at] = whole[at];
            lanes[1][at] = whole[if length > LANE { length - LANE + at } else { at }];
            at += 1;
        }
        let limit = match field.max_length {
            Some(limit) => limit,
            None => u32::MAX,
        };
        Opening {
            kind: field.kind,
            length: length as u8,
            name: name.len() as u8 + 2,
            limit,
            least: is_needed as u32,
            lanes,
        }
    }

    /// Where the value's content begins, if the member begins here and in this way. Behind the colon one space is
    /// passed over, as there is where JSON is printed prettily.
    #[inline(always)]
    fn end(&self, body: Padded<'_>, at: usize) -> Option<usize> {
        let [first, last] = &self.lanes;
        let length = usize::from(self.length);
        let mut differs = body.lane(at).differs(Lane::of(first));
        let mut differs_last = 0;
        if length > LANE {
            differs_last = body.lane(at + length - LANE).differs(Lane::of(last));
            if differs | differs_last == 0 {
                return Some(at + length);
            }
        } else if differs & ones(length) == 0 {
            return if length == 0 { None } else { Some(at + length) };
        }
        let name = usize::from(self.name);
        differs &= ones(if name < LANE { name } else { LANE });
        // The colon and what follows it are the last bytes.
        differs_last &= ones(LANE + name - length);
        if differs | differs_last != 0 || body.byte(at + name) != b':' || body.byte(at + name + 1) != b' ' {
            return None;
        }
        let opening = match self.kind {
            FieldKind::Count | FieldKind::Required => return Some(at + name + 2),
            FieldKind::List | FieldKind::Notes => b'[',
            _ => b'"',
        };
        (body.byte(at + name + 2) == opening).then_some(at + name + 3)
    }
}

/// The lowest bits, so many.
#[inline(always)]
fn ones(count: usize) -> u32 {
    (1 << count) - 1
}

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
    /// Whether it stands behind a value; else it stands in front of a name.
    pub(super) behind: bool,
}

/// What a run reads and writes.
pub(super) struct Rails<'r> {
    pub(super) body: Padded<'r>,
    pub(super) text: Room<'r>,
    /// Where strings that are kept from here on end.
    pub(super) starts: &'r mut [u32],
    pub(super) share: &'r mut Share,
    pub(super) openings: &'static [Opening; ROW],
    pub(super) next: &'r [u8; ROW],
    pub(super) first_column: usize,
}

/// Reads members as long as they are as expected.
#[inline(never)]
pub(super) fn run(rails: Rails<'_>, run: Run, row: &mut [u32; ROW]) -> Run {
    let Rails { body, mut text, starts, share, openings, next, first_column } = rails;
    let Run { mut at, mut used, mut seen, mut last, number: first_number, .. } = run;
    let mut kept = 0;
    let mut behind = false;
    loop {
        let index = usize::from(next.get(last).copied().unwrap_or(0)) % ROW;
        let Some(opening) = openings.get(index) else { break };
        let Some(start) = opening.end(body, at) else { break };
        if seen & 1 << index != 0 {
            break;
        }
        // The value's length, and its cell if it is not to be kept as a string.
        let (length, cell, closing) = match opening.kind {
            FieldKind::Text | FieldKind::Status => {
                let length = copy(body, &mut text, start, used);
                if length > opening.limit as usize || length < opening.least as usize || length > LONG {
                    break;
                }
                let cell = if opening.kind == FieldKind::Status {
                    documented(body, start, length)
                } else if length == 0 {
                    Some(0)
                } else {
                    None
                };
                (length, cell, b'"')
            }
            FieldKind::Date => {
                let mut length = 24;
                let mut cell = None;
                if is_usual_date(body, start) {
                    text.put(used, body.lane(start));
                    text.put(used + 8, body.lane(start + 8));
                } else {
                    length = copy(body, &mut text, start, used);
                    if length == 0 {
                        cell = Some(0);
                    } else if body.bytes().get(start..start + length).and_then(rfc3339_ms).is_none() {
                        break;
                    }
                }
                (length, cell, b'"')
            }
            FieldKind::Severity => match body.byte(start) {
                digit @ b'1'..=b'4' => (1, Some(u32::from(digit - b'0')), b'"'),
                _ => break,
            },
            FieldKind::Flag => {
                // Which of the two it is cannot be foretold either.
                let letter = body.byte(start);
                let flag = u32::from(letter == b'O') | u32::from(letter == b'C') << 1;
                if flag == 0 {
                    break;
                }
                (1, Some(flag), b'"')
            }
            FieldKind::List | FieldKind::Notes => (0, Some(0), b']'),
            FieldKind::Count | FieldKind::Required => {
                let (mut length, mut number) = (0, 0);
                while length < 9 && body.byte(start + length).is_ascii_digit() {
                    number = number * 10 + u32::from(body.byte(start + length) - b'0');
                    length += 1;
                }
                let is_usual = length == 1 || length > 1 && body.byte(start) != b'0';
                let after = body.byte(start + length);
                if !is_usual || after != b',' && after != b'}' {
                    break;
                }
                // A number ends where the next token begins: what closes it is its own last digit.
                (length - 1, Some(number), body.byte(start + length - 1))
            }
        };
        let end = start + length;
        if body.byte(end) != closing {
            break;
        }
        let cell = match cell {
            Some(cell) => cell,
            None => {
                let number = (first_number + kept) as u32;
                let known = share.find_plain(body, &text, start, used, length, first_column + index, number);
                used += if known.is_none() { length } else { 0 };
                let beyond = if opening.kind == FieldKind::Status { STATUSES } else { 0 };
                beyond
                    + known.unwrap_or_else(|| {
                        if let Some(slot) = starts.get_mut(kept) {
                            *slot = used as u32;
                        }
                        kept += 1;
                        number
                    })
            }
        };
        if let Some(slot) = row.get_mut(index) {
            *slot = cell;
        }
        seen |= 1 << index;
        last = index;
        at = end + 1;
        if body.byte(at) != b',' {
            behind = true;
            break;
        }
        at += 1;
        if body.byte(at) <= b' ' {
            // Printed prettily there is a line's end and some spaces; what more there may be is left to the general way.
            at += (body.lane(at).ink().trailing_zeros() as usize).min(LANE);
        }
    }
    Run { at, used, seen, last, number: first_number + kept, behind }
}

/// Which documented status stands there, from 1; 0 for none at all.
#[inline(always)]
fn documented(body: Padded<'_>, at: usize, length: usize) -> Option<u32> {
    if length == 0 {
        return Some(0);
    }
    let number = CANDIDATES.get(slot_of(length, body.byte(at + SECOND))).copied().unwrap_or(0);
    let (text, its_length) = DOCUMENTED.get(usize::from(number))?;
    let [first, second] = text;
    let differs = body.lane(at).differs(Lane::of(first)) | body.lane(at + LANE).differs(Lane::of(second)) << LANE;
    // Two lanes hold any of them; what lies behind the end does not count.
    (*its_length == length && u64::from(differs) & ((1 << length) - 1) == 0).then_some(u32::from(number) + 1)
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

/// Whether a date and time stands there as the service usually writes them, `2017-05-09T20:08:45.000Z`, and is one that
/// every month has. Others may be legal as well.
#[inline(always)]
fn is_usual_date(body: Padded<'_>, at: usize) -> bool {
    // What each place is above the least letter that can stand there, at most: a separator is itself, and no minute has
    // more than five tens. The two lanes overlap by half.
    const LEAST: [&[u8; LANE]; 2] = [b"0000-00-00T00:00", b"00T00:00:00.000Z"];
    const ABOVE: [[u8; LANE]; 2] =
        [[9, 9, 9, 9, 0, 1, 9, 0, 2, 9, 0, 2, 9, 0, 5, 9], [2, 9, 0, 2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0]];
    let [first, last] = LEAST;
    let [first_above, last_above] = ABOVE;
    let beyond = body.lane(at).beyond(Lane::of(first), Lane::of(&first_above))
        | body.lane(at + 8).beyond(Lane::of(last), Lane::of(&last_above));
    // Month, day and hour, each from its two digits: every byte ten times its digit, and the next one.
    let digits = body.word(at + 5) & 0x0f0f_0f0f_0f0f_0f0f;
    let twos = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let two = |place: u32| (twos >> (8 * place)) as u8;
    beyond == 0 && two(0).wrapping_sub(1) < 12 && two(3).wrapping_sub(1) < 28 && two(6) < 24
}
