//! The index of ids by their tokens and by their ends.

use super::{
    dictionary::{Dictionary, TextTable},
    multikey_sort::{KeyLevel, LevelKeys, continues, lower_key, merge_rows, text_key},
    text_arena::TextArena,
};
use crate::query::{WordTokenizer, id_key};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Ids that are added to the index in a piece: less than 1 ms.
const PIECE_IDS: u32 = 1024;
/// Derived texts after which a piece ends.
const PIECE_DERIVED: u32 = 512;
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

/// The kind of a match of a word in an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdMatch {
    /// The word is the whole id.
    Whole,
    /// The word begins a token of the id, or ends the id.
    Part,
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
    derived: TextArena,
    /// The id of each derived text.
    derived_ids: Vec<u32>,
    /// The number of ids that are indexed.
    indexed: u32,
}

/// Whether the only token of an id is the id in lower case.
fn is_plain(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric())
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
        let text = self.text(row).as_bytes();
        if !self.reversed {
            // Derived texts are folded: they have no upper case to change.
            return lower_key(text, level.0);
        }
        let end = text.len().saturating_sub(level.0 as usize * 7);
        let mut part = [0; 8];
        for (slot, byte) in part.iter_mut().zip(text.get(..end).unwrap_or_default().iter().rev()) {
            *slot = byte.to_ascii_lowercase();
        }
        text_key(part.get(..end.min(8)).unwrap_or_default(), 0)
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
        if start == 0 {
            let count = texts.count() as usize;
            self.by_token.reserve_exact(count);
            self.by_end.reserve_exact(count);
        }
        let derived = first_derived..self.derived_ids.len() as u32;
        for reversed in [false, true] {
            let keys = EntryKeys { texts, derived: &self.derived, reversed };
            // The key of an id is its last derived text, and the only one by its end.
            let is_key = |number: &u32| {
                let [id, next] = [0, 1].map(|after| self.derived_ids.get((number + after) as usize));
                id != next
            };
            let entries = derived.clone().filter(|number| !reversed || is_key(number)).map(|number| DERIVED | number);
            let entries = entries.filter(|entry| !keys.text(*entry).is_empty());
            let order = if reversed { &mut self.by_end } else { &mut self.by_token };
            merge_rows(order, plain.iter().copied().chain(entries), &keys);
        }
        self.indexed = end;
        end == texts.count()
    }

    fn derive(&mut self, id: u32, text: &str) {
        self.derived_ids.push(id);
        self.derived.push(text);
    }

    /// Calls a function with each id that a word matches. An id may come several times.
    pub(super) fn search(
        &self,
        texts: IdTexts<'_>,
        word: &str,
        can_match_end: bool,
        found: &mut dyn FnMut(u32, IdMatch),
    ) {
        let lists = [(&self.by_token, false), (&self.by_end, true)];
        for (order, reversed) in lists.into_iter().take(if can_match_end { 2 } else { 1 }) {
            let keys = EntryKeys { texts, derived: &self.derived, reversed };
            let compare = |entry: &u32| keys.compare_start(*entry, word.as_bytes());
            let start = order.partition_point(|entry| compare(entry) == Ordering::Less);
            let rest = order.get(start..).unwrap_or_default();
            let end = rest.partition_point(|entry| compare(entry) == Ordering::Equal);
            for entry in rest.get(..end).unwrap_or_default() {
                if entry & DERIVED == 0 {
                    let is_whole = texts.get(*entry).len() == word.len();
                    found(*entry, if is_whole { IdMatch::Whole } else { IdMatch::Part });
                } else if let Some(id) = self.derived_ids.get((entry & !DERIVED) as usize) {
                    let is_whole = id_key(texts.get(*id)) == word;
                    found(*id, if is_whole { IdMatch::Whole } else { IdMatch::Part });
                }
            }
        }
        for id in self.indexed..texts.count() {
            if let Some(kind) = match_id(texts.get(id), word, can_match_end) {
                found(id, kind);
            }
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let words = self.by_token.capacity() + self.by_end.capacity() + self.derived_ids.capacity();
        words * size_of::<u32>() + self.derived.memory_bytes()
    }
}

/// Matches a word against an id that is not indexed.
fn match_id(id: &str, word: &str, can_match_end: bool) -> Option<IdMatch> {
    if is_plain(id) {
        let (id, word) = (id.as_bytes(), word.as_bytes());
        let starts = id.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let ends = can_match_end
            && id
                .len()
                .checked_sub(word.len())
                .and_then(|at| id.get(at..))
                .is_some_and(|end| end.eq_ignore_ascii_case(word));
        return (starts || ends).then_some(if id.len() == word.len() { IdMatch::Whole } else { IdMatch::Part });
    }
    let key = id_key(id);
    let mut matches = key.starts_with(word) || can_match_end && key.ends_with(word);
    WordTokenizer::default().tokenize(id, &mut |token| matches |= token.text.starts_with(word));
    matches.then_some(if key == word { IdMatch::Whole } else { IdMatch::Part })
}
