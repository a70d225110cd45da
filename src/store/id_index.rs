//! The index of ids by their tokens and by their ends.

use super::{
    dictionary::{Dictionary, TextTable},
    multikey_sort::{KeyLevel, LevelKeys, MultikeySort, continues, lower_key, merge_sorted, text_key},
    text_arena::TextArena,
};
use crate::query::{WordTokenizer, id_key};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Ids that are added to the index in a piece: about 2 ms.
const PIECE_IDS: u32 = 1000;
/// Entries that are moved in a piece of the first build.
const PIECE_ENTRIES: usize = 1 << 18;
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
    building: Option<IdBuild>,
}

/// The first build of an index: many ids are sorted at once, in pieces.
#[derive(Clone, Debug)]
struct IdBuild {
    by_token: MultikeySort,
    by_end: MultikeySort,
    /// The number of ids that the build includes.
    count: u32,
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
        let missing = texts.count() - self.indexed.min(texts.count());
        if let Some(build) = &mut self.building {
            let derived = &self.derived;
            let done = build.by_token.step(&EntryKeys { texts, derived, reversed: false }, PIECE_ENTRIES)
                && build.by_end.step(&EntryKeys { texts, derived, reversed: true }, PIECE_ENTRIES);
            if done && let Some(build) = self.building.take() {
                self.by_token = build.by_token.into_rows();
                self.by_end = build.by_end.into_rows();
                self.indexed = build.count;
            }
            return false;
        }
        if self.indexed == 0 && missing > 2 * PIECE_IDS {
            let [by_token, by_end] = self.entries(texts, missing).map(sort_of);
            self.building = Some(IdBuild { by_token, by_end, count: missing });
            return false;
        }
        let end = self.indexed + missing.min(PIECE_IDS);
        let [by_token, by_end] = self.entries(texts, end);
        self.indexed = end;
        let IdIndex { by_token: tokens, by_end: ends, derived, .. } = self;
        for (order, pairs, reversed) in [(tokens, by_token, false), (ends, by_end, true)] {
            let keys = EntryKeys { texts, derived, reversed };
            let added: Vec<u32> = sort_of(pairs).finish(&keys).into_iter().map(|(_, entry)| entry).collect();
            merge_sorted(order, &added, &keys);
        }
        end == texts.count()
    }

    /// Returns the entries by token and by end of the ids that are not indexed, up to one.
    fn entries(&mut self, texts: IdTexts<'_>, end: u32) -> [Vec<(u64, u32)>; 2] {
        let (mut by_token, mut by_end) = (Vec::new(), Vec::new());
        let mut tokenizer = WordTokenizer::default();
        for id in self.indexed..end {
            let text = texts.get(id);
            if is_plain(text) {
                if !text.is_empty() {
                    by_token.push((0, id));
                    by_end.push((0, id));
                }
                continue;
            }
            tokenizer.tokenize(text, &mut |token| by_token.push((0, DERIVED | self.derive(id, token.text))));
            let key = id_key(text);
            if !key.is_empty() {
                let entry = DERIVED | self.derive(id, &key);
                by_token.push((0, entry));
                by_end.push((0, entry));
            }
        }
        [by_token, by_end]
    }

    fn derive(&mut self, id: u32, text: &str) -> u32 {
        self.derived_ids.push(id);
        self.derived.push(text)
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
        let building = self.building.as_ref();
        words * size_of::<u32>()
            + self.derived.memory_bytes()
            + building.map_or(0, |build| build.by_token.memory_bytes() + build.by_end.memory_bytes())
    }
}

/// Returns a sort of entries whose keys are not extracted.
fn sort_of(entries: Vec<(u64, u32)>) -> MultikeySort {
    let window = 0..entries.len();
    MultikeySort::new(entries, window)
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
