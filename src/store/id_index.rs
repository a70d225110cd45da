//! The index of ids by their tokens and by their ends.

use super::{
    dictionary::{Dictionary, TextTable},
    multikey_sort::{KeyLevel, LevelKeys, MultikeySort, continues, lower_key, merge_rows, reversed_lower_key},
    order_search::{KeySamples, leading},
    row_set::RowSet,
    text_arena::TextArena,
};
use crate::query::{WordTokenizer, id_key};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Ids that are added to the index in a piece: less than 2 ms where the orders are of 100 000 ids.
const PIECE_IDS: u32 = 512;
/// Derived texts after which a piece ends.
const PIECE_DERIVED: u32 = 256;
/// Ids from this number on are sorted at once if none is indexed: to merge them piece by piece takes twice as long.
const MANY_IDS: u32 = 4096;
/// Entries whose keys are read in a piece of the sort, and pairs that are moved in one: less than 1 ms, but for the first
/// pieces.
const PIECE_ENTRIES: u32 = 1024;
const PIECE_PAIRS: usize = 1 << 14;
/// The bit of an entry that is a derived text.
const DERIVED: u32 = 1 << 31;

/// The texts of a column, by number from 0.
#[derive(Clone, Copy)]
pub(super) enum IdTexts<'a> {
    Table(&'a TextTable),
    Values(&'a Dictionary),
}

impl<'a> IdTexts<'a> {
    /// Returns the number of texts.
    pub(super) fn count(self) -> u32 {
        match self {
            IdTexts::Table(table) => table.len(),
            IdTexts::Values(values) => values.len(),
        }
    }

    fn get(self, id: u32) -> &'a str {
        match self {
            IdTexts::Table(table) => table.get(id),
            IdTexts::Values(values) => values.get(id),
        }
    }
}

/// The ids that a word matches.
#[derive(Debug, Default)]
pub(super) struct IdMatches {
    /// The ids of which the word begins a token, or ends the id.
    pub(super) any: RowSet,
    /// The ids that are the word.
    pub(super) whole: RowSet,
}

/// The ids of a column, sorted by their tokens and by their reversed keys.
///
/// An entry of a list is the number of an id of ASCII letters and digits only: its one token, and its key, are the id
/// in lower case. Other ids have derived texts: their tokens, and their keys, which words also begin.
#[derive(Clone, Debug, Default)]
pub(super) struct IdIndex {
    /// Entries, ascending by the bytes of the tokens.
    by_token: Vec<u32>,
    /// Entries, ascending by the reversed bytes of the keys.
    by_end: Vec<u32>,
    /// The samples of both orders.
    samples: [KeySamples; 2],
    derived: TextArena,
    /// The id of each derived text.
    derived_ids: Vec<u32>,
    /// The number of ids that are indexed.
    indexed: u32,
    /// The number of ids of the sort, and its state: first the order by tokens, then the one by ends.
    sorted: u32,
    sort: IdSort,
}

/// The sort of many ids.
#[derive(Clone, Debug, Default)]
enum IdSort {
    #[default]
    None,
    /// The keys of the entries, and the number of the next one: those of the ids, then those of the derived texts.
    Gathering(Vec<(u64, u32)>, u32),
    Sorting(MultikeySort),
}

/// Whether the only token of an id is the id in lower case.
fn is_plain(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Returns the entry of a derived text in an order, if it has one: the key of an id is its last derived text, and the only one
/// by its end. `ids` are those of the derived texts.
fn derived_entry(derived: &TextArena, ids: &[u32], number: u32, reversed: bool) -> Option<u32> {
    let [id, next] = [0, 1].map(|after| ids.get((number + after) as usize));
    ((!reversed || id != next) && !derived.get(number).is_empty()).then_some(DERIVED | number)
}

/// The keys of entries.
struct EntryKeys<'a> {
    texts: IdTexts<'a>,
    derived: &'a TextArena,
    reversed: bool,
}

impl EntryKeys<'_> {
    fn text(&self, entry: u32) -> &str {
        if entry & DERIVED == 0 { self.texts.get(entry) } else { self.derived.get(entry & !DERIVED) }
    }

    /// Returns a part of the key of a text in lower case.
    fn text_key(&self, text: &[u8], part: u32) -> u64 {
        if self.reversed { reversed_lower_key(text, part) } else { lower_key(text, part) }
    }

    /// Compares the first bytes of an entry with a word: equal if the entry begins with the word, or ends with it.
    fn compare_start(&self, entry: u32, word: &[u8]) -> Ordering {
        let text = self.text(entry).as_bytes();
        let lower = |byte: &u8| byte.to_ascii_lowercase();
        if self.reversed {
            text.iter().rev().map(lower).take(word.len()).cmp(word.iter().rev().copied())
        } else {
            text.iter().map(lower).take(word.len()).cmp(word.iter().copied())
        }
    }
}

impl LevelKeys for EntryKeys<'_> {
    fn key(&self, row: u32, level: KeyLevel) -> u64 {
        // Derived texts are folded: they have no upper case to change.
        self.text_key(self.text(row).as_bytes(), level.0)
    }

    fn next_level(&self, level: KeyLevel, key: u64) -> Option<KeyLevel> {
        continues(key).then_some(KeyLevel(level.0 + 1))
    }
}

impl IdIndex {
    /// Indexes a piece of the ids that are not indexed, and returns whether all are.
    pub(super) fn index_piece(&mut self, texts: IdTexts<'_>) -> bool {
        let (start, mut end) = (self.indexed, texts.count().min(self.indexed.saturating_add(PIECE_IDS)));
        if start >= end {
            return true;
        }
        if start == 0 && (self.sorted > 0 || texts.count() >= MANY_IDS) {
            self.sort_piece(texts);
            return self.indexed == texts.count();
        }
        let mut tokenizer = WordTokenizer::default();
        let first_derived = self.derived_ids.len() as u32;
        let mut plain = Vec::new();
        for id in start..end {
            let text = texts.get(id);
            if !is_plain(text) {
                tokenizer.tokenize(text, &mut |token| self.derive(id, token.text));
                self.derive(id, &id_key(text));
                if self.derived_ids.len() as u32 - first_derived > PIECE_DERIVED {
                    end = id + 1;
                    break;
                }
            } else if !text.is_empty() {
                plain.push(id);
            }
        }
        let derived = first_derived..self.derived_ids.len() as u32;
        for (samples, reversed) in self.samples.iter_mut().zip([false, true]) {
            let keys = EntryKeys { texts, derived: &self.derived, reversed };
            let entries =
                derived.clone().filter_map(|number| derived_entry(&self.derived, &self.derived_ids, number, reversed));
            let order = if reversed { &mut self.by_end } else { &mut self.by_token };
            let before = order.len();
            let entries = plain.iter().copied().chain(entries);
            merge_rows(order, entries.inspect(|entry| samples.note_key(keys.key(*entry, KeyLevel::default()))), &keys);
            samples.note_added(order.len() - before, order, &keys);
        }
        self.indexed = end;
        end == texts.count()
    }

    /// Sorts a piece of all ids.
    fn sort_piece(&mut self, texts: IdTexts<'_>) {
        let reversed = !self.by_token.is_empty();
        match &mut self.sort {
            IdSort::None => {
                self.sorted = texts.count();
                self.sort = IdSort::Gathering(Vec::with_capacity(self.sorted as usize), 0);
            }
            IdSort::Gathering(pairs, next) => {
                let (mut pairs, first) = (core::mem::take(pairs), *next);
                let mut tokenizer = WordTokenizer::default();
                let mut place = first;
                while place < first + PIECE_ENTRIES && place < self.sorted + self.derived_ids.len() as u32 {
                    let number = place.checked_sub(self.sorted);
                    let text = if number.is_none() { texts.get(place) } else { "" };
                    let entry = match number {
                        Some(number) => derived_entry(&self.derived, &self.derived_ids, number, reversed),
                        None if is_plain(text) => (!text.is_empty()).then_some(place),
                        None => {
                            if !reversed {
                                tokenizer.tokenize(text, &mut |token| self.derive(place, token.text));
                                self.derive(place, &id_key(text));
                            }
                            None
                        }
                    };
                    let keys = EntryKeys { texts, derived: &self.derived, reversed };
                    if let (Some(entry), Some(samples)) = (entry, self.samples.get_mut(usize::from(reversed))) {
                        let key = keys.key(entry, KeyLevel::default());
                        samples.note_key(key);
                        pairs.push((key, entry));
                    }
                    place += 1;
                }
                let is_complete = place == self.sorted + self.derived_ids.len() as u32;
                self.sort = if is_complete {
                    let window = 0..pairs.len();
                    IdSort::Sorting(MultikeySort::with_keys(pairs, window))
                } else {
                    IdSort::Gathering(pairs, place)
                };
            }
            IdSort::Sorting(sort) => {
                let keys = EntryKeys { texts, derived: &self.derived, reversed };
                if !sort.step(&keys, PIECE_PAIRS) {
                    return;
                }
                let entries = sort.rows();
                if let Some(samples) = self.samples.get_mut(usize::from(reversed)) {
                    samples.note_added(entries.len(), &entries, &keys);
                }
                self.sort = IdSort::None;
                if reversed || entries.is_empty() {
                    self.by_end = entries;
                    self.indexed = self.sorted;
                } else {
                    self.by_token = entries;
                    self.sort = IdSort::Gathering(Vec::with_capacity(self.sorted as usize), 0);
                }
            }
        }
    }

    fn derive(&mut self, id: u32, text: &str) {
        self.derived_ids.push(id);
        self.derived.push(text);
    }

    /// Returns the ids that a word matches.
    pub(super) fn search(&self, texts: IdTexts<'_>, word: &str, can_match_end: bool) -> IdMatches {
        let count = texts.count() as usize;
        let mut matches = IdMatches::default();
        let lists = [(&self.by_token, false), (&self.by_end, true)];
        for ((order, reversed), samples) in lists.into_iter().zip(&self.samples).take(1 + usize::from(can_match_end)) {
            let keys = EntryKeys { texts, derived: &self.derived, reversed };
            let compare = |entry: u32| keys.compare_start(entry, word.as_bytes());
            let found = samples.find(order, keys.text_key(word.as_bytes(), 0), &compare);
            let found = order.get(found).unwrap_or_default();
            if found.is_empty() {
                continue;
            }
            matches.any.reserve(count);
            for entry in found {
                matches.any.add(self.id_of(*entry));
            }
            // The shortest of the entries that begin with the word is the word. Each key is among the tokens.
            if !reversed {
                let end = leading(found, &|entry| keys.text(entry).len() == word.len());
                for entry in found.get(..end).unwrap_or_default() {
                    let id = self.id_of(*entry);
                    if entry & DERIVED == 0 || id_key(texts.get(id)) == word {
                        matches.whole.insert(id);
                    }
                }
            }
        }
        for id in self.indexed..texts.count() {
            if let Some(is_whole) = match_id(texts.get(id), word, can_match_end) {
                matches.any.reserve(count);
                matches.any.add(id);
                if is_whole {
                    matches.whole.insert(id);
                }
            }
        }
        matches
    }

    /// Returns the ids of `count` texts in the order of their folded texts, if all are indexed and of ASCII letters and digits.
    pub(super) fn sorted_ids(&self, count: u32) -> Option<&[u32]> {
        (self.indexed == count && self.derived_ids.is_empty()).then_some(&self.by_token)
    }

    /// Returns the id of an entry.
    #[inline(always)]
    fn id_of(&self, entry: u32) -> u32 {
        if entry & DERIVED == 0 {
            entry
        } else {
            self.derived_ids.get((entry & !DERIVED) as usize).copied().unwrap_or(u32::MAX)
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let words = self.by_token.capacity() + self.by_end.capacity() + self.derived_ids.capacity();
        let sort = match &self.sort {
            IdSort::None => 0,
            IdSort::Gathering(pairs, _) => pairs.capacity() * size_of::<(u64, u32)>(),
            IdSort::Sorting(sort) => sort.memory_bytes(),
        };
        let samples: usize = self.samples.iter().map(KeySamples::memory_bytes).sum();
        words * size_of::<u32>() + self.derived.memory_bytes() + samples + sort
    }
}

/// Matches a word against an id that is not indexed. Returns whether the word is the whole id.
fn match_id(id: &str, word: &str, can_match_end: bool) -> Option<bool> {
    if is_plain(id) {
        let (id, word) = (id.as_bytes(), word.as_bytes());
        let starts = id.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let ends = can_match_end
            && id
                .len()
                .checked_sub(word.len())
                .and_then(|at| id.get(at..))
                .is_some_and(|end| end.eq_ignore_ascii_case(word));
        return (starts || ends).then_some(id.len() == word.len());
    }
    let key = id_key(id);
    let mut matches = key.starts_with(word) || can_match_end && key.ends_with(word);
    WordTokenizer::default().tokenize(id, &mut |token| matches |= token.text.starts_with(word));
    matches.then_some(key == word)
}

#[cfg(test)]
mod tests {
    use super::{IdIndex, IdTexts, MANY_IDS};
    use crate::{store::dictionary::Dictionary, util::text};
    use alloc::{string::String, vec::Vec};

    /// Returns ids with letters of both cases, with punctuation and accents, and such as have no letter.
    fn ids(from: u32, to: u32) -> impl Iterator<Item = String> {
        (from..to).map(|number| {
            let id = number.wrapping_mul(2_654_435_761) >> 8;
            match number % 50 {
                0 => text!("FOC-", id),
                1 => text!("é", id, "/b"),
                2 => text!("Foc", id),
                3 if number < 100 => text!("-".repeat(number as usize)),
                _ => text!(id),
            }
        })
    }

    #[test]
    fn many_ids_are_found_as_without_an_index() {
        let (mut values, mut index) = (Dictionary::default(), IdIndex::default());
        ids(0, MANY_IDS + 2000).for_each(|id| {
            values.intern(&id);
        });
        let mut pieces = 0;
        while !index.index_piece(IdTexts::Values(&values)) {
            pieces += 1;
            // Ids that arrive while others are sorted.
            if pieces == 4 {
                ids(10_000, 11_000).for_each(|id| {
                    values.intern(&id);
                });
            }
        }
        assert!(pieces > 14, "{pieces}");
        let none = IdIndex::default();
        for word in ["1", "12", "f", "foc", "foc1", "23", "123", "e1", "b", "1b", "11b", "zz", "0", "77", "777"] {
            for can_match_end in [false, true] {
                let [found, expected] =
                    [&index, &none].map(|index| index.search(IdTexts::Values(&values), word, can_match_end));
                assert_eq!(found.any, expected.any, "{word}");
                assert_eq!(found.whole, expected.whole, "{word}");
            }
        }
        let sorted: Vec<&str> =
            index.by_token.iter().filter(|entry| **entry < 1 << 31).map(|id| values.get(*id)).collect();
        assert!(sorted.is_sorted_by_key(|id| id.to_ascii_lowercase()) && sorted.len() > 5000);
    }
}
