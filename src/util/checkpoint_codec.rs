//! The text format of checkpoints: JSON whose `state` is a sequence of numbers.
//!
//! The state starts with the version of the format and the fingerprint of its subject, and ends with a checksum. A
//! text of another version, of another subject, or with a changed character is rejected.

use super::fnv1a_64_bytes;
use alloc::{string::String, vec::Vec};

/// The version of the format.
const VERSION: u64 = 2;

/// Starts a checkpoint with the fingerprint of its subject.
pub(crate) fn begin(of: u64) -> Writer {
    let mut writer = Writer::default();
    writer.write_u64(VERSION);
    writer.write_u64(of);
    writer
}

/// Opens a checkpoint; `None` if it is invalid or has another fingerprint.
pub(crate) fn open(text: &str, of: u64) -> Option<Reader<'_>> {
    // The other members of the JSON are for people who read the text.
    let mut strings = text.as_bytes().split(|byte| *byte == b'"');
    strings.find(|string| *string == b"state")?;
    let state = strings.nth(1)?;
    let (state, sum) = state.split_at_checked(state.len().checked_sub(SUM_DIGITS)?)?;
    let mut reader = Reader(state);
    let is_same =
        reader.read_u64() == Some(VERSION) && reader.read_u64() == Some(of) && sum == checksum(state).as_bytes();
    is_same.then_some(reader)
}

/// Returns the checksum of a state, as digits.
fn checksum(state: &[u8]) -> String {
    let (mut sum, mut hash) = (Writer::default(), fnv1a_64_bytes(state));
    for _ in 0..SUM_DIGITS {
        sum.push_digit(hash & 31);
        hash >>= 5;
    }
    sum.0
}

/// The number of digits of a checksum.
const SUM_DIGITS: usize = 12;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A writer of numbers as text. A digit has 5 bits, the lowest first; a sixth bit is set if another digit follows.
#[derive(Debug, Default)]
pub(crate) struct Writer(String);

impl Writer {
    fn push_digit(&mut self, digit: u64) {
        self.0.push(char::from(DIGITS.get(digit as usize).copied().unwrap_or(b'A')));
    }

    #[inline(never)]
    pub(crate) fn write_u64(&mut self, mut word: u64) {
        while word > 31 {
            self.push_digit(word & 31 | 32);
            word >>= 5;
        }
        self.push_digit(word);
    }

    pub(crate) fn write_len(&mut self, size: usize) {
        self.write_u64(size as u64);
    }

    /// Writes a signed number, in zigzag encoding: a small absolute value is short.
    pub(crate) fn write_i64(&mut self, number: i64) {
        self.write_u64((number << 1 ^ number >> 63).cast_unsigned());
    }

    #[inline(never)]
    pub(crate) fn write_indices(&mut self, indices: &[u32]) {
        self.write_len(indices.len());
        for index in indices {
            self.write_u64(u64::from(*index));
        }
    }

    #[inline(never)]
    pub(crate) fn write_u64s(&mut self, keys: &[u64]) {
        self.write_len(keys.len());
        for key in keys {
            self.write_u64(*key);
        }
    }

    pub(crate) fn write_str(&mut self, text: &str) {
        // `chars().count()` weighs 490 bytes in the bulk module.
        let mut characters = 0;
        for _ in text.chars() {
            characters += 1;
        }
        self.write_len(characters);
        for character in text.chars() {
            self.write_u64(u64::from(character));
        }
    }

    pub(crate) fn write_window(&mut self, window: Option<(i64, i64)>) {
        self.write_u64(u64::from(window.is_some()));
        if let Some((from_ms, to_ms)) = window {
            self.write_i64(from_ms);
            self.write_i64(to_ms);
        }
    }

    /// Returns the checkpoint, with further members of its JSON.
    pub(crate) fn finish(self, members: &str) -> String {
        let sum = checksum(self.0.as_bytes());
        ["{\"state\":\"", &self.0, &sum, "\"", members, "}"].concat()
    }
}

/// Returns the number of digits of a number in a state.
pub(crate) fn digit_count(word: u64) -> u32 {
    (64 - word.leading_zeros()).div_ceil(5).max(1)
}

/// A reader of what a [`Writer`] has written. It returns `None` at the end, and for input that no writer produces.
#[derive(Debug)]
pub(crate) struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    #[inline(never)]
    pub(crate) fn read_u64(&mut self) -> Option<u64> {
        let (mut word, mut shift) = (0, 0_u32);
        loop {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            let digit = DIGITS.iter().position(|known| known == first)? as u64;
            word |= (digit & 31).checked_shl(shift)?;
            shift += 5;
            if digit < 32 {
                return Some(word);
            }
        }
    }

    pub(crate) fn read_u32(&mut self) -> Option<u32> {
        u32::try_from(self.read_u64()?).ok()
    }

    pub(crate) fn read_bool(&mut self) -> Option<bool> {
        Some(self.read_u64()? > 0)
    }

    /// Reads a count of items. It is at most the number of digits left, because every item has one.
    pub(crate) fn read_len(&mut self) -> Option<usize> {
        usize::try_from(self.read_u64()?).ok().filter(|size| *size <= self.0.len())
    }

    pub(crate) fn read_i64(&mut self) -> Option<i64> {
        let word = self.read_u64()?;
        Some((word >> 1).cast_signed() ^ -(word & 1).cast_signed())
    }

    /// Reads indices into a list of this length.
    #[inline(never)]
    pub(crate) fn read_indices(&mut self, length: usize) -> Option<Vec<u32>> {
        let mut indices = Vec::new();
        for _ in 0..self.read_len()? {
            indices.push(self.read_u32().filter(|index| (*index as usize) < length)?);
        }
        Some(indices)
    }

    #[inline(never)]
    pub(crate) fn read_u64s(&mut self) -> Option<Vec<u64>> {
        let mut keys = Vec::new();
        for _ in 0..self.read_len()? {
            keys.push(self.read_u64()?);
        }
        Some(keys)
    }

    pub(crate) fn read_string(&mut self) -> Option<String> {
        let mut text = String::new();
        for _ in 0..self.read_len()? {
            text.push(char::from_u32(self.read_u32()?)?);
        }
        Some(text)
    }

    pub(crate) fn read_window(&mut self) -> Option<Option<(i64, i64)>> {
        if self.read_bool()? { Some(Some((self.read_i64()?, self.read_i64()?))) } else { Some(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::{begin, digit_count, open};
    use alloc::{vec, vec::Vec};

    #[test]
    fn what_was_written_is_read() {
        let numbers = [0, -1, 1, 31, 32, -33, 1 << 53, i64::MIN, i64::MAX, i64::MIN + 1];
        let words = [0, 1, 31, 32, 1023, 1024, u64::MAX, u64::MAX - 1, 1 << 63];
        let mut writer = begin(7);
        numbers.iter().for_each(|number| writer.write_i64(*number));
        words.iter().for_each(|word| writer.write_u64(*word));
        writer.write_u64s(&words);
        writer.write_indices(&[0, 4]);
        writer.write_str("jané \u{1f600}");
        writer.write_window(None);
        writer.write_window(Some((-1, i64::MAX)));
        let text = writer.finish(",\"left\":[1,2]");
        assert!(text.starts_with("{\"state\":\"") && text.ends_with("\",\"left\":[1,2]}"), "{text}");
        let spaced = text.replace(':', " : ");
        for text in [&text, &spaced] {
            let mut reader = open(text, 7).unwrap();
            assert_eq!(numbers.map(|_| reader.read_i64()), numbers.map(Some));
            assert_eq!(words.map(|_| reader.read_u64()), words.map(Some));
            assert_eq!(reader.read_u64s().as_deref(), Some(&words[..]));
            assert_eq!(reader.read_indices(5), Some(vec![0, 4]));
            assert_eq!(reader.read_string().as_deref(), Some("jané \u{1f600}"));
            assert_eq!(reader.read_window(), Some(None));
            assert_eq!(reader.read_window(), Some(Some((-1, i64::MAX))));
            assert_eq!(reader.read_u64(), None);
        }
        assert!(open(&text, 8).is_none());
        for word in words {
            let (mut empty, mut one) = (begin(0), begin(0));
            empty.write_len(0);
            one.write_u64(word);
            assert_eq!(digit_count(word) as usize, one.finish("").len() + 1 - empty.finish("").len(), "{word}");
        }
    }

    #[test]
    fn a_text_of_which_any_character_was_changed_is_refused() {
        let mut writer = begin(1 << 40);
        (0..40).for_each(|number| writer.write_i64(number * 1_000_003));
        let text = writer.finish("");
        let (start, end) = (text.find(":\"").unwrap() + 2, text.rfind('"').unwrap());
        for at in start..end {
            for other in ["A", "B", "_", "é", "\"", ""] {
                if text.get(at..=at) != Some(other) {
                    let mut changed = text.clone();
                    changed.replace_range(at..=at, other);
                    assert!(open(&changed, 1 << 40).is_none(), "{at} {other}");
                }
            }
        }
        let texts: Vec<&str> =
            vec!["", "{}", "\"state\"", "{\"state\":\"\"}", "{\"state\":7}", "null", "\"\"\"\"\"\"\"\""];
        assert!(texts.into_iter().all(|text| open(text, 1 << 40).is_none()));
    }
}
