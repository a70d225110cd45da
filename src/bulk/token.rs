//! Where to go on, as a text that is kept: JSON, with the version of its form and a number that tells what it is of.

use crate::decode;
use crate::model::{Json, ObjectWriter, hash, write_list};
use crate::paging::{Done, Stretch};
use crate::rules::MAX_PAGE_INDEX;
use alloc::{format, string::String, vec, vec::Vec};

/// The form of these texts. One of another form is refused.
const VERSION: i64 = 1;

/// Writes a token.
pub(crate) fn write(of: u64, members: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
    let mut out = String::new();
    let mut object = ObjectWriter::open(&mut out);
    number(&mut object, "version", VERSION);
    object.text("of", &format!("{of:x}"));
    members(&mut object);
    object.close();
    let sum = hash(&out);
    out.truncate(out.len().saturating_sub(1));
    out.push_str(&format!(",\"sum\":\"{sum:x}\"}}"));
    out
}

/// Reads a token; none where it is none, or of something else.
pub(crate) fn parse(text: &str, of: u64) -> Option<Json> {
    let json = decode::json(text.as_bytes()).ok()?;
    let read = Reading(&json);
    let same = read.number("version") == Some(VERSION) && json.get("of")?.as_text() == Some(&format!("{of:x}"));
    let Json::Object(members) = json else { return None };
    let (sums, rest): (Vec<_>, Vec<_>) = members.into_iter().partition(|(name, _)| name.as_str() == "sum");
    let json = Json::Object(rest);
    let written = sums.first()?.1.as_text()? == format!("{:x}", hash(&json.to_text()));
    (same && written).then_some(json)
}

pub(crate) fn number(object: &mut ObjectWriter<'_>, name: &str, number: i64) {
    object.name(name).push_str(&format!("{number}"));
}

pub(crate) fn numbers(object: &mut ObjectWriter<'_>, name: &str, numbers: &[i64]) {
    write_numbers(object.name(name), numbers);
}

/// Numbers, of which the two ends of all numbers are `null` and `false`: JavaScript has no such numbers. Larger ones
/// than it counts exactly are texts.
pub(crate) fn write_numbers(out: &mut String, numbers: &[i64]) {
    write_list(out, numbers, |out, number| match *number {
        i64::MIN => out.push_str("null"),
        i64::MAX => out.push_str("false"),
        number if number.unsigned_abs() >> 53 > 0 => out.push_str(&format!("\"{number}\"")),
        number => out.push_str(&format!("{number}")),
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
    match json {
        Json::List(items) => items.iter().map(as_number).collect(),
        _ => None,
    }
}

/// What a reader has done: lists of numbers, the reader's first, then one for each stretch and round.
pub(super) fn write_done(out: &mut String, done: &Done) {
    let Done { stretches, rounds, last, count } = done;
    let head = [*last, *count].map(i64::from);
    let mut lists = vec![head.into_iter().chain([small(stretches.len())]).collect::<Vec<_>>()];
    for stretch in stretches.iter().chain(rounds) {
        let Stretch { next, until, floor_ms, hi_ms, lo_ms, .. } = stretch;
        let mut list = vec![i64::from(*next), i64::from(*until), i64::from(stretch.joining)];
        list.extend([*floor_ms, *hi_ms, *lo_ms, small(stretch.at_hi.len())]);
        list.extend(stretch.at_hi.iter().chain(&stretch.at_lo).map(|key| key.cast_signed()));
        lists.push(list);
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
        let keys: Vec<u64> = keys.iter().map(|key| key.cast_unsigned()).collect();
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
