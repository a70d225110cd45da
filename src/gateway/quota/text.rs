//! Text format of durable storage: JSON with a version, a hash of its kind, and a checksum.

use crate::decode;
use crate::util::{Append, Json, ObjectWriter, fnv1a_64, text, write_array};
use alloc::{string::String, vec::Vec};

/// Version of the format. Texts of other versions are refused.
const VERSION: i64 = 1;

/// Writes a text with its version, kind and checksum.
pub(super) fn write(of: u64, members: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
    let mut out = String::new();
    let mut object = ObjectWriter::open(&mut out);
    number(&mut object, "version", VERSION);
    object.string("of", &hexadecimal(of));
    members(&mut object);
    object.close();
    let sum = checksum_suffix(&out);
    out.truncate(out.len().saturating_sub(1));
    out + &sum
}

/// Returns the last member, which replaces the closing bracket of the text before it.
fn checksum_suffix(before: &str) -> String {
    [CHECKSUM_FIELD, &hexadecimal(fnv1a_64(before)), "\"}"].concat()
}

/// Start of the last member: a checksum of the text before it.
const CHECKSUM_FIELD: &str = ",\"sum\":\"";

/// Formats a number as 16 hexadecimal digits.
fn hexadecimal(number: u64) -> String {
    (0..16).rev().filter_map(|digit| char::from_digit((number >> (digit * 4) & 15) as u32, 16)).collect()
}

/// Parses a text. Returns `None` if it is invalid, or of another kind.
pub(super) fn parse(text: &str, of: u64) -> Option<Json> {
    let (rest, sum) = text.split_at_checked(text.len().checked_sub(CHECKSUM_FIELD.len() + 16 + 2)?)?;
    let rest = [rest, "}"].concat();
    let is_whole = sum == checksum_suffix(&rest);
    let json = decode::json(rest.as_bytes()).ok()?;
    let read = FieldReader(&json);
    let same = read.number("version") == Some(VERSION) && json.get("of")?.as_str() == Some(&hexadecimal(of));
    (same && is_whole).then_some(json)
}

pub(super) fn number(object: &mut ObjectWriter<'_>, name: &str, number: i64) {
    number.append_to(object.name(name));
}

pub(super) fn numbers(object: &mut ObjectWriter<'_>, name: &str, numbers: &[i64]) {
    write_numbers(object.name(name), numbers);
}

/// Writes integers as JSON; `i64::MIN` is encoded as `null`, `i64::MAX` as `false`, and integers beyond 2^53, which
/// JavaScript does not represent exactly, as strings.
#[inline(never)]
pub(super) fn write_numbers(out: &mut String, numbers: &[i64]) {
    write_array(out, numbers, |out, number| match *number {
        i64::MIN => out.push_str("null"),
        i64::MAX => out.push_str("false"),
        number if number.unsigned_abs() >> 53 > 0 => out.push_str(&text!("\"", number, "\"")),
        number => number.append_to(out),
    });
}

/// Reader of an object's members.
#[derive(Clone, Copy)]
pub(super) struct FieldReader<'j>(pub(super) &'j Json);

impl<'j> FieldReader<'j> {
    pub(super) fn number(self, name: &str) -> Option<i64> {
        as_number(self.0.get(name)?)
    }

    pub(super) fn list(self, name: &str) -> Option<&'j [Json]> {
        match self.0.get(name)? {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn numbers(self, name: &str) -> Option<Vec<i64>> {
        as_numbers(self.0.get(name)?)
    }
}

pub(super) fn as_number(json: &Json) -> Option<i64> {
    match json {
        Json::Null => Some(i64::MIN),
        Json::Bool(false) => Some(i64::MAX),
        Json::Number(digits) | Json::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

pub(super) fn as_numbers(json: &Json) -> Option<Vec<i64>> {
    let Json::Array(items) = json else { return None };
    let mut numbers = Vec::with_capacity(items.len());
    for item in items {
        numbers.push(as_number(item)?);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::{as_numbers, hexadecimal, write_numbers};
    use crate::decode::json;
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
        assert_eq!(as_numbers(&json(out.as_bytes()).unwrap()).unwrap(), numbers);
    }
}
