//! The places where the words of a query match in a field.

use super::fold::{FoldedChar, FoldedChars, is_word_char};
use super::search_word::SearchWord;
use super::tokens::WordTokenizer;
use alloc::vec::Vec;
use core::ops::Range;

/// The kind of a searched field.
///
/// ```
/// use cisco_support_case::query::{SearchWord, SearchedField, matched_ranges};
/// let ranges = |kind| matched_ranges(&SearchWord::all_in("doe"), "jdoe", kind).len();
/// assert_eq!([SearchedField::Id, SearchedField::UserId, SearchedField::Title].map(ranges), [1, 0, 0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchedField {
    /// The title of a case.
    Title,
    /// The user id: an id whose end matches nothing.
    UserId,
    /// Any other id: `case_id`, `serial_number`, `contract_id`, a bug or an RMA.
    Id,
}

/// Returns the ranges of a field in which words match, in UTF-16 code units of the original: ascending, without overlap.
///
/// A range covers whole characters with their marks. A word with punctuation is found joined, and in its parts.
///
/// ```
/// use cisco_support_case::query::{SearchWord, SearchedField, matched_ranges};
/// let words = SearchWord::all_in("strass 48p");
/// assert_eq!(matched_ranges(&words, "Straße: C9300-48P", SearchedField::Title), [0..5, 14..17]);
/// let words = SearchWord::all_in("678");
/// assert_eq!(matched_ranges(&words, "612345678", SearchedField::Id), [6..9]);
/// ```
pub fn matched_ranges(words: &[SearchWord], field: &str, kind: SearchedField) -> Vec<Range<u32>> {
    // The characters of the words of the field: those of any token follow each other in it.
    let letters: Vec<FoldedChar> = FoldedChars::new(field).filter(|c| is_word_char(c.character)).collect();
    let mut texts: Vec<&str> = Vec::new();
    for word in words {
        texts.push(word.text());
        for part in word.parts() {
            texts.push(part);
        }
    }
    let mut ranges = Vec::new();
    let mut add = |first: usize, text: &str| {
        if let Some(range) = range_of(&letters, first, char_count(text)) {
            insert_range(&mut ranges, range);
        }
    };
    WordTokenizer::default().tokenize(field, &mut |token| {
        for text in &texts {
            if token.text.starts_with(text) {
                add(letters.partition_point(|letter| letter.start < token.start), text);
            }
        }
    });
    if kind != SearchedField::Title {
        for text in &texts {
            if is_at(&letters, 0, text) {
                add(0, text);
            }
            let end = letters.len().checked_sub(char_count(text));
            if let Some(first) = end
                && kind == SearchedField::Id
                && SearchWord::can_match_end(text)
                && is_at(&letters, first, text)
            {
                add(first, text);
            }
        }
    }
    ranges
}

/// Returns the number of characters. `chars().count()` weighs 490 bytes in the store's module.
fn char_count(text: &str) -> usize {
    text.bytes().filter(|byte| byte & 0xc0 != 0x80).count()
}

/// Whether a folded text stands at a place.
fn is_at(letters: &[FoldedChar], first: usize, text: &str) -> bool {
    let mut rest = letters.iter().skip(first);
    text.chars().all(|c| rest.next().is_some_and(|letter| letter.character == c))
}

/// Returns the range of characters in the original. A character of which only a part matches (`ß`) is in it.
fn range_of(letters: &[FoldedChar], first: usize, count: usize) -> Option<Range<u32>> {
    let start = letters.get(first)?.start;
    let last = first + count.checked_sub(1)?;
    let last_start = letters.get(last)?.start;
    let end = letters.iter().skip(last).take_while(|letter| letter.start == last_start).last()?.end;
    Some(start..end)
}

/// Adds a range to others, which are in order, and merges those that overlap or touch.
fn insert_range(ranges: &mut Vec<Range<u32>>, mut range: Range<u32>) {
    let first = ranges.partition_point(|other| other.end < range.start);
    let last = ranges.partition_point(|other| other.start <= range.end);
    for other in ranges.drain(first..last) {
        range = other.start.min(range.start)..other.end.max(range.end);
    }
    ranges.insert(first, range);
}
