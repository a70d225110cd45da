//! The search of a word in titles that are not indexed.

use crate::query::{FoldedChars, OTHER_LETTER, folded_byte};
use alloc::{vec, vec::Vec};

/// The match of a word in a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TitleMatch {
    /// No token begins with the word.
    None,
    /// A token begins with the word, and no token is the word.
    Start,
    /// A token is the word.
    Whole,
    /// Only the tokenizer knows: the word may be in a compound.
    Unknown,
}

/// The number of characters whose folded bytes are remembered.
const REMEMBERED: usize = 1024;

/// A folded word that is searched in one title after the other.
///
/// Words of a title in ASCII are runs of letters and digits of the folded title. The scan reads eight bytes at once, and looks
/// only at the places where a word can begin: at the first letter of the searched word, and at characters outside of ASCII,
/// which may fold to it. It costs a twentieth of the tokenizer.
pub(super) struct TitleScan<'w> {
    word: &'w [u8],
    /// The first character of the word outside of ASCII.
    other: Option<char>,
    /// Characters, each with its folded byte: a table with the place by the character's lowest bits.
    remembered: Vec<u32>,
}

/// A character of a title: its folded byte, and the index after it.
#[derive(Clone, Copy)]
struct Letter {
    byte: u8,
    end: usize,
}

impl Letter {
    fn is_in_word(self) -> bool {
        is_word_byte(self.byte)
    }
}

impl<'w> TitleScan<'w> {
    /// Creates a scan of a folded word.
    pub(super) fn new(word: &'w str) -> TitleScan<'w> {
        let other = word.chars().find(|letter| !letter.is_ascii());
        TitleScan { word: word.as_bytes(), other, remembered: vec![0; REMEMBERED] }
    }

    /// Searches the word in a title.
    pub(super) fn find(&mut self, title: &str) -> TitleMatch {
        if let Some(other) = self.other {
            return if has_letter(title, other) { TitleMatch::Unknown } else { TitleMatch::None };
        }
        let Some(first) = self.word.first().copied() else { return TitleMatch::Unknown };
        let text = title.as_bytes();
        let (mut has_start, mut may_join) = (false, false);
        // The last character outside of ASCII.
        let mut other = Letter { byte: 0, end: usize::MAX };
        let mut from = 0;
        while from < text.len() {
            let rest = text.get(from..).unwrap_or_default();
            let chunk = rest.first_chunk().copied().unwrap_or_else(|| {
                let mut last = [0; 8];
                last.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
                last
            });
            let mut places = places_of(chunk, first);
            while places != 0 {
                let at = from + places.trailing_zeros() as usize / 8;
                places &= places - 1;
                let Some(letter) = self.letter(title, at) else { break };
                let is_in_word = if at == other.end {
                    other.is_in_word()
                } else {
                    at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(u8::is_ascii_alphanumeric)
                };
                if letter.end > at + 1 {
                    other = letter;
                }
                if letter.byte == 0 {
                    return TitleMatch::Unknown;
                }
                if is_in_word || letter.byte != first {
                    continue;
                }
                match self.find_rest(title, letter.end) {
                    RestMatch::None => {}
                    RestMatch::Joined => may_join = true,
                    RestMatch::Start => has_start = true,
                    RestMatch::Whole => return TitleMatch::Whole,
                    RestMatch::Unknown => return TitleMatch::Unknown,
                }
            }
            from += chunk.len();
        }
        match (may_join, has_start) {
            (true, _) => TitleMatch::Unknown,
            (_, true) => TitleMatch::Start,
            _ => TitleMatch::None,
        }
    }

    /// Compares what follows the first letter of a word in a title.
    fn find_rest(&mut self, title: &str, mut at: usize) -> RestMatch {
        for expected in self.word.iter().skip(1) {
            let Some(letter) = self.letter(title, at) else { return RestMatch::None };
            if letter.byte != *expected {
                // A joined token goes on after one character.
                return match self.letter(title, letter.end) {
                    _ if letter.byte == 0 => RestMatch::Unknown,
                    Some(next) if !letter.is_in_word() && (next.byte == *expected || next.byte == 0) => {
                        RestMatch::Joined
                    }
                    _ => RestMatch::None,
                };
            }
            at = letter.end;
        }
        match self.letter(title, at) {
            Some(next) if next.byte == 0 => RestMatch::Unknown,
            Some(next) if next.is_in_word() => RestMatch::Start,
            _ => RestMatch::Whole,
        }
    }

    /// Returns the character at an index, or `None` at the end. Its byte is 0 if it folds to none, or to several characters.
    #[inline]
    fn letter(&mut self, title: &str, at: usize) -> Option<Letter> {
        let byte = *title.as_bytes().get(at)?;
        if byte.is_ascii() {
            // No byte of a title is 0, and if one is, it separates words.
            return Some(Letter { byte: byte.to_ascii_lowercase().max(1), end: at + 1 });
        }
        let c = title.get(at..)?.chars().next()?;
        let code = u32::from(c);
        let entry = self.remembered.get_mut(code as usize % REMEMBERED)?;
        if *entry >> 8 != code {
            *entry = code << 8 | u32::from(folded_byte(c));
        }
        Some(Letter { byte: *entry as u8, end: at + c.len_utf8() })
    }
}

/// The comparison of what follows the first letter.
enum RestMatch {
    None,
    /// The word may go on after a character that joins words.
    Joined,
    Start,
    Whole,
    /// A character folds to none, or to several.
    Unknown,
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == OTHER_LETTER
}

/// Marks the highest bits of the bytes that may be a folded letter or digit, and of those that begin a character outside of
/// ASCII.
fn places_of(chunk: [u8; 8], letter: u8) -> u64 {
    const LOW_BITS: u64 = u64::MAX / 255;
    const HIGH_BITS: u64 = LOW_BITS << 7;
    let bytes = u64::from_le_bytes(chunk);
    // Capital letters differ in one bit.
    let differences = (bytes | (LOW_BITS << 5)) ^ (LOW_BITS * u64::from(letter));
    // The sum has the highest bit of each byte whose lower bits are not all 0.
    let sum = (differences & !HIGH_BITS) + !HIGH_BITS;
    let equal = !(sum | differences) & HIGH_BITS;
    equal | (bytes & (bytes << 1) & HIGH_BITS)
}

/// Whether a character outside of ASCII is in the folded form of a text.
fn has_letter(text: &str, letter: char) -> bool {
    let mut rest = text;
    // Nothing in ASCII changes what other characters fold to.
    while let Some(start) = rest.bytes().position(|byte| !byte.is_ascii()) {
        rest = rest.get(start..).unwrap_or_default();
        let end = rest.bytes().position(|byte| byte.is_ascii()).unwrap_or(rest.len());
        let (others, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if FoldedChars::new(others).any(|folded| folded.character == letter) {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::WordTokenizer;
    use alloc::{string::String, vec::Vec};

    /// Returns all texts of up to some letters.
    fn texts(letters: &str, longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..longest {
            let to = all.len();
            for at in from..to {
                all.extend(
                    letters.chars().map(|letter| all[at].clone() + letter.encode_utf8(&mut [0; 4])).collect::<Vec<_>>(),
                );
            }
            from = to;
        }
        all
    }

    /// Compares the matches of words in texts with those of the tokenizer. Returns the numbers of comparisons with a match,
    /// and without one, that needed no tokenizer.
    fn compare(words: &[String], texts: impl Iterator<Item = String>) -> [usize; 2] {
        let mut tokenizer = WordTokenizer::default();
        let mut scans: Vec<TitleScan<'_>> =
            words.iter().filter(|word| !word.is_empty()).map(|word| TitleScan::new(word)).collect();
        let mut known = [0; 2];
        for text in texts {
            let mut tokens = Vec::new();
            tokenizer.tokenize(&text, &mut |token| tokens.push(String::from(token.text)));
            for scan in &mut scans {
                let word = scan.word;
                let starting = tokens.iter().filter(|token| token.as_bytes().starts_with(word));
                let expected = match starting.map(String::len).min() {
                    None => TitleMatch::None,
                    Some(length) if length == word.len() => TitleMatch::Whole,
                    Some(_) => TitleMatch::Start,
                };
                let found = scan.find(&text);
                if found != TitleMatch::Unknown {
                    known[usize::from(found == TitleMatch::None)] += 1;
                    assert_eq!(found, expected, "{:?} in {text}", str::from_utf8(word));
                }
            }
        }
        known
    }

    #[test]
    fn a_match_in_ascii_is_that_of_the_tokenizer() {
        // Longer texts are read by eight bytes.
        let texts = texts("aB1- ", 6).into_iter().flat_map(|text| [String::from("c- c cc ") + &text, text]);
        let [found, missed] = compare(&self::texts("ab1", 4), texts);
        assert!(found > 100_000 && missed > 4_000_000, "{found} {missed}");
    }

    #[test]
    fn a_match_in_other_scripts_is_that_of_the_tokenizer() {
        // A letter with an accent and one without, two letters of one, a combining mark, another script, a script without
        // spaces, joiners, a sign, and syllables and kana in parts.
        let texts = texts("aÀß\u{301}ж市-\u{2010}™ ", 4).into_iter();
        let parts = self::texts("a\u{1112}\u{1161}\u{11ab}か\u{3099} ", 4);
        let texts = texts.chain(parts).flat_map(|text| [String::from("žž ж市ß ") + &text, text]);
        let words =
            ["a", "aa", "aaa", "as", "ass", "s", "ss", "ж", "жa", "aж", "市", "a市", "tm", "한", "が", "か", "z"];
        let [found, missed] = compare(&words.map(String::from), texts);
        assert!(found > 4000 && missed > 150_000, "{found} {missed}");
    }
}
