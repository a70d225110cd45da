//! Where to go on, as a text that is kept: JSON, with the version of its form and a number that tells what it is of.

use crate::model::{Json, ObjectWriter, Part, hash, read_json, text, write_list};
use crate::paging::{Done, Stretch};
use crate::rules::MAX_PAGE_INDEX;
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// The form of these texts. One of another form is refused.
const VERSION: i64 = 1;

/// Writes a token.
pub(crate) fn write(of: u64, members: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
    let mut out = String::new();
    let mut object = ObjectWriter::open(&mut out);
    number(&mut object, "version", VERSION);
    object.text("of", &hexadecimal(of));
    members(&mut object);
    object.close();
    let sum = ending(&out);
    out.truncate(out.len().saturating_sub(1));
    out + &sum
}

/// The last member of a token, as it stands there in place of the bracket that ends the text of all before it.
fn ending(before: &str) -> String {
    [SUM, &hexadecimal(hash(before)), "\"}"].concat()
}

/// The last member of a token: a checksum of all before it.
const SUM: &str = ",\"sum\":\"";

/// A number in 16 hexadecimal digits.
fn hexadecimal(number: u64) -> String {
    (0..16).rev().filter_map(|digit| char::from_digit((number >> (digit * 4) & 15) as u32, 16)).collect()
}

/// Reads a token; none where it is none, or of something else.
pub(crate) fn parse(text: &str, of: u64) -> Option<Json> {
    let (rest, sum) = text.split_at_checked(text.len().checked_sub(SUM.len() + 16 + 2)?)?;
    let rest = [rest, "}"].concat();
    let is_whole = sum == ending(&rest);
    let json = read_json(&rest)?;
    let read = Reading(&json);
    let same = read.number("version") == Some(VERSION) && json.get("of")?.as_text() == Some(&hexadecimal(of));
    (same && is_whole).then_some(json)
}

pub(crate) fn number(object: &mut ObjectWriter<'_>, name: &str, number: i64) {
    number.push_to(object.name(name));
}

pub(crate) fn numbers(object: &mut ObjectWriter<'_>, name: &str, numbers: &[i64]) {
    write_numbers(object.name(name), numbers);
}

/// Numbers, of which the two ends of all numbers are `null` and `false`: JavaScript has no such numbers. Larger ones
/// than it counts exactly are texts.
#[inline(never)]
pub(crate) fn write_numbers(out: &mut String, numbers: &[i64]) {
    write_list(out, numbers, |out, number| match *number {
        i64::MIN => out.push_str("null"),
        i64::MAX => out.push_str("false"),
        number if number.unsigned_abs() >> 53 > 0 => out.push_str(&text!("\"", number, "\"")),
        number => number.push_to(out),
    });
}

/// A part of a token, as it is read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'j>(pub(crate) &'j Json);

impl<'j> Reading<'j> {
    pub(crate) fn number(self, name: &str) -> Option<i64> {
        as_number(self.0.get(name)?)
    }

    pub(crate) fn list(self, name: &str) -> Option<&'j [Json]> {
        match self.0.get(name)? {
            Json::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn texts(self, name: &str) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for text in self.list(name)? {
            texts.push(text.as_text()?.to_owned());
        }
        Some(texts)
    }

    /// A number of 32 bits, where there is one.
    pub(crate) fn small(self, name: &str) -> Option<u32> {
        u32::try_from(self.number(name)?).ok()
    }

    pub(crate) fn numbers(self, name: &str) -> Option<Vec<i64>> {
        as_numbers(self.0.get(name)?)
    }
}

pub(super) fn as_number(json: &Json) -> Option<i64> {
    match json {
        Json::Null => Some(i64::MIN),
        Json::Bool(false) => Some(i64::MAX),
        Json::Number(digits) | Json::Text(digits) => digits.parse().ok(),
        _ => None,
    }
}

pub(crate) fn as_numbers(json: &Json) -> Option<Vec<i64>> {
    let Json::List(items) = json else { return None };
    let mut numbers = Vec::with_capacity(items.len());
    for item in items {
        numbers.push(as_number(item)?);
    }
    Some(numbers)
}

/// Numbers as places in a list of this length.
pub(super) fn as_places(numbers: &[i64], length: usize) -> Option<Vec<u32>> {
    let mut places = Vec::with_capacity(numbers.len());
    for number in numbers {
        places.push(u32::try_from(*number).ok().filter(|place| (*place as usize) < length)?);
    }
    Some(places)
}

/// Numbers, and these places after them.
#[inline(never)]
pub(super) fn with_places(mut numbers: Vec<i64>, places: &[u32]) -> Vec<i64> {
    for place in places {
        numbers.push(i64::from(*place));
    }
    numbers
}

/// Numbers, and these keys after them.
#[inline(never)]
pub(super) fn with_keys(mut numbers: Vec<i64>, keys: &[u64]) -> Vec<i64> {
    for key in keys {
        numbers.push(key.cast_signed());
    }
    numbers
}

/// Numbers as keys.
#[inline(never)]
pub(super) fn as_keys(numbers: &[i64]) -> Vec<u64> {
    let mut keys = Vec::new();
    for number in numbers {
        keys.push(number.cast_unsigned());
    }
    keys
}

/// What a reader has done: lists of numbers, the reader's first, then one for each stretch and round.
pub(super) fn write_done(out: &mut String, done: &Done) {
    let Done { stretches, rounds, last, count } = done;
    let [first, second] = [*last, *count].map(i64::from);
    let mut lists = vec![vec![first, second, small(stretches.len())]];
    for stretch in stretches.iter().chain(rounds) {
        let Stretch { next, until, floor_ms, hi_ms, lo_ms, .. } = stretch;
        let mut list = vec![i64::from(*next), i64::from(*until), i64::from(stretch.joining)];
        list.extend([*floor_ms, *hi_ms, *lo_ms, small(stretch.at_hi.len())]);
        lists.push(with_keys(with_keys(list, &stretch.at_hi), &stretch.at_lo));
    }
    write_list(out, &lists, |out, list| write_numbers(out, list));
}

pub(super) fn read_done(json: &Json) -> Option<Done> {
    let Json::List(lists) = json else { return None };
    let (first, rest) = lists.split_first()?;
    let [last, count, stretches] = *as_numbers(first)?.first_chunk()?;
    let mut all = Vec::new();
    for list in rest {
        let numbers = as_numbers(list)?;
        let ([next, until, joining, floor_ms, hi_ms, lo_ms, named], keys) = numbers.split_first_chunk()?;
        let keys = as_keys(keys);
        let (at_hi, at_lo) = keys.split_at_checked(usize::try_from(*named).ok()?)?;
        let mut stretch = Stretch::default();
        stretch.next = u32::try_from(*next).ok().filter(|page| *page <= MAX_PAGE_INDEX)?;
        stretch.until = u32::try_from(*until).ok().filter(|page| *page <= MAX_PAGE_INDEX)?;
        stretch.joining = *joining == 1;
        (stretch.floor_ms, stretch.hi_ms, stretch.lo_ms) = (*floor_ms, *hi_ms, *lo_ms);
        (stretch.at_hi, stretch.at_lo) = (at_hi.to_vec(), at_lo.to_vec());
        all.push(stretch);
    }
    let rounds = all.split_off(usize::try_from(stretches).ok().filter(|count| *count <= all.len())?);
    Some(Done { stretches: all, rounds, last: u32::try_from(last).ok()?, count: u32::try_from(count).ok()? })
}

fn small(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{as_numbers, hexadecimal, write_numbers};
    use crate::model::read_json;
    use alloc::{format, string::String};

    #[test]
    fn numbers_come_back_as_they_were_written() {
        for number in [0, 1, 15, 16, 0xabc_def0, 0x1_0000_0000, 0xf000_0000_0000_0000, u64::MAX] {
            assert_eq!(hexadecimal(number), format!("{number:016x}"));
        }
        let numbers = [0, -1, 7, i64::MIN, i64::MAX, i64::MIN + 1, i64::MAX - 1, 1 << 53, -(1 << 53), (1 << 53) - 1];
        let mut out = String::new();
        write_numbers(&mut out, &numbers);
        assert_eq!(
            out,
            "[0,-1,7,null,false,\"-9223372036854775807\",\"9223372036854775806\",\"9007199254740992\",\"-9007199254740992\",9007199254740991]"
        );
        assert_eq!(as_numbers(&read_json(&out).unwrap()).unwrap(), numbers);
    }
}
