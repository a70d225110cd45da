//! How far lists were read, to go on from next time.

use super::drive::Refused;
use super::token::{self, Reading};
use super::{Asked, token::as_number};
use crate::model::sort::sort;
use crate::model::{Json, write_list, write_text};
use crate::paging::{Done, Key, Mark};
use alloc::{string::String, vec, vec::Vec};

/// How far the lists of some contracts or users were read. As a text it is JSON of at most 2 KB a list, and more only where
/// one contract or user alone has more than some 350 open cases, or where a round was broken off: of a list that was being
/// read then, five characters for each open case that was delivered, and some 100 for each of at most 96 stretches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The ids that the parts speak of, by number.
    pub ids: Vec<String>,
    /// The lists.
    pub parts: Vec<Part>,
}

/// One list: some contracts or users, a window of creation dates, and how far it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Whose, as numbers of ids.
    pub ids: Vec<u32>,
    /// The window; none where the list is asked for without dates.
    pub window: Option<(i64, i64)>,
    /// When it was read, in milliseconds since 1970 (UTC); none: not yet, or it has to be read as a whole.
    pub checked_ms: Option<i64>,
    /// How many rounds have failed to read it since it was read.
    pub failed: u32,
    /// How far.
    pub mark: Option<Mark>,
    /// Which cases it holds, where that is followed, and which have left it without anything having been said of them.
    pub known: Option<Vec<Known>>,
    /// What was given out of a list that was not read to its end: of all of it, or beyond the mark.
    pub done: Option<Done>,
}

/// A case that a list holds, and whose it was when it was delivered, as a number of an id.
pub type Known = (Key, u32);

/// Nobody's: a case that is to be delivered again where it is met.
pub(super) const NOBODY: u32 = u32::MAX;

/// As many cases of a list of several contracts or users are followed as fit into this many characters; a list with more is
/// parted. Those of one alone are followed however many they are: its part of the cursor is larger then.
const MAX_KNOWN_CHARS: usize = 1700;

impl Cursor {
    /// Reads a cursor of a round before. Contracts or users may have come or gone since; all else is to be the same.
    pub fn parse(text: &str, asked: &Asked) -> Result<Cursor, Refused> {
        let json = token::parse(text, asked.filters()).ok_or(Refused {
            field: "cursor",
            expected: "what cursor() gave with the same kind of ids, from, status_flag, range and where; other filters need a new cursor",
        })?;
        read(&json).ok_or(Refused { field: "cursor", expected: "what cursor() gave, unchanged" })
    }

    /// As text.
    pub(super) fn write(&self, asked: &Asked) -> String {
        token::write(asked.filters(), |object| {
            write_list(object.name("ids"), &self.ids, |out, id| write_text(out, id));
            write_list(object.name("parts"), &self.parts, |out, part| part.write(out));
        })
    }
}

impl Part {
    fn write(&self, out: &mut String) {
        let mut object = crate::model::ObjectWriter::open(out);
        let ids = token::with_places(Vec::new(), &self.ids);
        token::numbers(&mut object, "ids", &ids);
        if let Some((from_ms, to_ms)) = self.window {
            token::numbers(&mut object, "window", &[from_ms, to_ms]);
        }
        if let Some(checked_ms) = self.checked_ms {
            token::number(&mut object, "checked", checked_ms);
        }
        if self.failed > 0 {
            token::number(&mut object, "failed", self.failed.into());
        }
        if let Some(Mark { last, total, newest_ms, named, edge }) = &self.mark {
            let numbers = vec![i64::from(*last), i64::from(*total), *newest_ms, edge.cast_signed()];
            let numbers = token::with_keys(numbers, named);
            token::numbers(&mut object, "mark", &numbers);
        }
        if let Some(known) = &self.known {
            // Those of each contract or user, then nobody's.
            let of = |holder: &u32| pack(known.iter().filter(|(_, other)| other == holder).map(|(key, _)| *key));
            let mut holders = self.ids.clone();
            holders.push(NOBODY);
            write_list(object.name("known"), &holders, |out, id| write_text(out, &of(id)));
        }
        if let Some(done) = &self.done {
            token::write_done(object.name("done"), done);
        }
        object.close();
    }
}

fn read(json: &Json) -> Option<Cursor> {
    let reading = Reading(json);
    let ids = reading.texts("ids")?;
    let mut parts = Vec::new();
    for part in reading.list("parts")? {
        let read = Reading(part);
        let numbers = token::as_places(&read.numbers("ids")?, ids.len())?;
        let window = match read.numbers("window") {
            Some(window) => Some(*window.first_chunk::<2>()?).map(|[from_ms, to_ms]| (from_ms, to_ms)),
            None => None,
        };
        let mark = match read.numbers("mark") {
            Some(mark) => {
                let ([last, total, newest_ms, edge], named) = mark.split_first_chunk()?;
                Some(Mark {
                    last: u32::try_from(*last).ok()?,
                    total: u32::try_from(*total).ok()?,
                    newest_ms: *newest_ms,
                    edge: edge.cast_unsigned(),
                    named: token::as_keys(named),
                })
            }
            None => None,
        };
        let mut known = None;
        if let Some(texts) = read.texts("known") {
            let mut all = Vec::new();
            for (text, holder) in texts.iter().zip(numbers.iter().chain(&[NOBODY])) {
                all.extend(unpack(text)?.into_iter().map(|key| (key, *holder)));
            }
            sort(&mut all);
            known = Some(all);
        }
        let done = match part.get("done") {
            Some(done) => Some(token::read_done(done)?),
            None => None,
        };
        let checked_ms = part.get("checked").and_then(as_number);
        let failed = read.small("failed").unwrap_or(0);
        parts.push(Part { ids: numbers, window, checked_ms, failed, mark, known, done });
    }
    Some(Cursor { ids, parts })
}

/// Whether cases can be followed: their ids are to be numbers.
pub(super) fn are_numbers(known: &[Known]) -> bool {
    known.iter().all(|(key, _)| key >> 62 == 0)
}

/// Whether these cases, in ascending order, are few enough to be followed in a list of several contracts or users.
pub(super) fn are_few(known: &[Known]) -> bool {
    pack(known.iter().map(|(key, _)| *key)).len() <= MAX_KNOWN_CHARS
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Ascending numbers as text: the distance from each to the next in digits of 5 bits, the lowest first, a sixth bit where
/// another digit follows. Of case numbers that is five characters each.
fn pack(known: impl Iterator<Item = Key>) -> String {
    let mut out = String::new();
    let mut before = 0;
    for key in known {
        let mut rest = key.saturating_sub(before);
        before = key;
        loop {
            let digit = (rest & 31) as usize;
            rest >>= 5;
            let digit = DIGITS.get(digit + if rest > 0 { 32 } else { 0 });
            out.push(char::from(*digit.unwrap_or(&b'A')));
            if rest == 0 {
                break;
            }
        }
    }
    out
}

fn unpack(text: &str) -> Option<Vec<Key>> {
    let mut known = Vec::new();
    let (mut before, mut rest, mut shift) = (0_u64, 0_u64, 0_u32);
    for b in text.bytes() {
        let digit = DIGITS.iter().position(|known| *known == b)? as u64;
        rest |= (digit & 31).checked_shl(shift)?;
        shift += 5;
        if digit < 32 {
            before = before.checked_add(rest)?;
            known.push(before);
            (rest, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};
    use alloc::{vec, vec::Vec};

    #[test]
    fn numbers_come_back_as_they_were_packed() {
        for known in [vec![], vec![1], vec![0, 1, 2], vec![612_345_678, 682_299_374, 700_000_001, (1 << 63) - 1]] {
            assert_eq!(unpack(&pack(known.iter().copied())), Some(known));
        }
        assert_eq!(unpack("g"), None);
        assert_eq!(unpack("!"), None);
        assert_eq!(unpack(&"_".repeat(40)), None);
    }

    #[test]
    fn three_hundred_case_numbers_fit() {
        let known: Vec<u64> = (0..300).map(|n| 680_000_000 + n * 93_331).collect();
        let packed = pack(known.into_iter());
        assert!(packed.len() < 1300, "{}", packed.len());
    }
}
