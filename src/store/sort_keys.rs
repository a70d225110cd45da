//! The keys of rows under the sort terms of a query.

use super::{
    columns::{Columns, NO_DATE},
    dictionary::Dictionary,
    multikey_sort::{KEY_BYTES, KeyLevel, LevelKeys, MISSING, MultikeySort, continues, lower_key, text_key},
    row_set::RowSet,
    text_search::WordRows,
};
use crate::query::{FoldedChars, SortKey, SortTerm, compare_folded};
use crate::util::{YEAR_0_MS, YEAR_10000_MS};
use alloc::{sync::Arc, vec, vec::Vec};
use core::cmp::Ordering;

/// The positions of the values of a dictionary in the order of texts, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct DictionaryRanks {
    ranks: Vec<u32>,
}

impl DictionaryRanks {
    /// Adds the ranks of values that came since. Ranks of former values may change.
    pub(super) fn refresh(&mut self, values: &Dictionary) {
        if self.ranks.len() == values.len() as usize {
            return;
        }
        let pairs: Vec<(u64, u32)> = (1..values.len()).map(|id| (0, id)).collect();
        let window = 0..pairs.len();
        self.ranks = vec![0; values.len() as usize];
        for ((_, id), rank) in
            MultikeySort::new(pairs, window).finish(&DictionaryKeys { values, counts: None }).iter().zip(1..)
        {
            if let Some(slot) = self.ranks.get_mut(*id as usize) {
                *slot = rank;
            }
        }
    }

    /// Returns the rank of a value, from 1; 0 for the missing value.
    pub(super) fn get(&self, id: u32) -> u32 {
        self.ranks.get(id as usize).copied().unwrap_or(0)
    }

    /// Returns the ids in the order of their ranks, beginning with the missing value.
    pub(super) fn ids(&self) -> Vec<u32> {
        let mut ids = vec![0; self.ranks.len()];
        for (rank, id) in self.ranks.iter().zip(0..) {
            if let Some(slot) = ids.get_mut(*rank as usize) {
                *slot = id;
            }
        }
        ids
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.ranks.capacity() * size_of::<u32>()
    }
}

/// The ranks of the columns that a query can sort by.
#[derive(Clone, Debug, Default)]
pub(super) struct ColumnRanks {
    pub(super) status: DictionaryRanks,
    pub(super) contract: DictionaryRanks,
    pub(super) user: DictionaryRanks,
    pub(super) technology: DictionaryRanks,
}

impl ColumnRanks {
    /// Brings the ranks that a key needs up to date.
    pub(super) fn refresh(&mut self, columns: &Columns, key: SortKey) {
        match key {
            SortKey::Status => self.status.refresh(&columns.status.values),
            SortKey::ContractId => self.contract.refresh(&columns.contract.values),
            SortKey::UserId => self.user.refresh(&columns.user.values),
            SortKey::TechnologyName => self.technology.refresh(&columns.technology.values),
            _ => {}
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        [&self.status, &self.contract, &self.user, &self.technology].map(DictionaryRanks::memory_bytes).iter().sum()
    }
}

/// The values of a dictionary as keys: their counts, the greatest first, then their folded texts, then the texts
/// themselves.
pub(super) struct DictionaryKeys<'a> {
    pub(super) values: &'a Dictionary,
    pub(super) counts: Option<&'a [u32]>,
}

impl LevelKeys for DictionaryKeys<'_> {
    fn key(&self, row: u32, level: KeyLevel) -> u64 {
        match self.counts {
            Some(counts) if level == KeyLevel::default() => u64::from(!counts.get(row as usize).copied().unwrap_or(0)),
            _ => two_form_key(self.values.get(row), KeyLevel(level.0 & ((1 << TERM_BITS) - 1))),
        }
    }

    fn next_level(&self, level: KeyLevel, key: u64) -> Option<KeyLevel> {
        if self.counts.is_some() && level == KeyLevel::default() {
            return Some(KeyLevel(1 << TERM_BITS));
        }
        next_part(level, key)
    }
}

/// The bit of a level that selects the original text after the folded one.
const ORIGINAL: u32 = 1 << 23;
const PART: u32 = ORIGINAL - 1;
const TERM_BITS: u32 = 24;

/// Returns a part of a text in its folded form, or, at the levels after those, in its original form.
fn two_form_key(text: &str, level: KeyLevel) -> u64 {
    let part = level.0 & PART;
    let bytes = text.as_bytes();
    if level.0 & ORIGINAL != 0 {
        return text_key(bytes, part);
    }
    // The folded form of ASCII is in lower case, and no later character changes it: a part before the first other
    // character, and not at its side, is as in ASCII.
    let end = part as usize * KEY_BYTES + KEY_BYTES + 1;
    if bytes.get(..end.min(bytes.len())).is_some_and(<[u8]>::is_ascii) {
        return lower_key(bytes, part);
    }
    folded_key(text, part)
}

/// Returns a part of the folded form of a text with other characters than ASCII.
#[inline(never)]
fn folded_key(text: &str, part: u32) -> u64 {
    let ascii = text.bytes().take_while(u8::is_ascii).count();
    let mut skip = (part as usize * KEY_BYTES).saturating_sub(ascii);
    let mut bytes = [0; KEY_BYTES + 1];
    let mut length = 0;
    for byte in text.bytes().take(ascii).skip(part as usize * KEY_BYTES).take(bytes.len()) {
        if let Some(slot) = bytes.get_mut(length) {
            *slot = byte.to_ascii_lowercase();
        }
        length += 1;
    }
    'text: for folded in FoldedChars::new(text.get(ascii..).unwrap_or_default()) {
        let mut utf8 = [0; 4];
        for byte in folded.character.encode_utf8(&mut utf8).bytes() {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let Some(slot) = bytes.get_mut(length) else { break 'text };
            *slot = byte;
            length += 1;
        }
    }
    text_key(bytes.get(..length).unwrap_or_default(), 0)
}

/// Returns the next level of a text with two forms.
fn next_part(level: KeyLevel, key: u64) -> Option<KeyLevel> {
    if continues(key) {
        Some(KeyLevel(level.0 + 1))
    } else if level.0 & ORIGINAL == 0 {
        Some(KeyLevel((level.0 & !PART) | ORIGINAL))
    } else {
        None
    }
}

/// The keys of rows under sort terms, and under the case id after them.
pub(super) struct SortKeys<'a> {
    columns: &'a Columns,
    ranks: &'a ColumnRanks,
    /// The rows of each word of the text that is searched, for [`SortKey::Text`].
    words: &'a [Arc<WordRows>],
    terms: &'a [SortTerm],
}

/// The order of rows with equal keys: the last term of every sort.
const LAST_TERM: SortTerm = SortTerm { by: SortKey::CaseId, is_descending: false };

impl<'a> SortKeys<'a> {
    /// Creates the keys of terms.
    pub(super) fn new(
        columns: &'a Columns,
        ranks: &'a ColumnRanks,
        words: &'a [Arc<WordRows>],
        terms: &'a [SortTerm],
    ) -> SortKeys<'a> {
        SortKeys { columns, ranks, words, terms }
    }

    /// Returns the keys of the terms after the first ones.
    pub(super) fn after_terms(&self, first: usize) -> SortKeys<'a> {
        SortKeys { terms: self.terms.get(first..).unwrap_or_default(), ..*self }
    }

    /// Returns the rows of the words that are searched.
    pub(super) fn words(&self) -> &'a [Arc<WordRows>] {
        self.words
    }

    /// Returns the terms, without the final case id.
    pub(super) fn terms(&self) -> &'a [SortTerm] {
        self.terms
    }

    /// Returns whether a row has no value of the first term.
    pub(super) fn is_missing(&self, row: u32) -> bool {
        self.key(row, KeyLevel::default()) == MISSING
    }

    /// Returns the number of rows of a set that are before a row.
    pub(super) fn count_before(&self, row: u32, rows: &RowSet) -> u32 {
        let first = self.key(row, KeyLevel::default());
        let mut count = 0;
        rows.for_each(|other| {
            let ordering = self.key(other, KeyLevel::default()).cmp(&first);
            count += u32::from(ordering.then_with(|| self.compare(other, row)) == Ordering::Less);
        });
        count
    }

    /// Returns whether two rows have the same value of the first term.
    pub(super) fn is_same_group(&self, one: u32, other: u32) -> bool {
        match self.terms.first() {
            Some(SortTerm { by: SortKey::Title, .. }) => self.columns.title_text(one) == self.columns.title_text(other),
            _ => self.key(one, KeyLevel::default()) == self.key(other, KeyLevel::default()),
        }
    }

    /// Returns the rank of a row as a key, with the date of the last update if that is the next term: ranks are few, and
    /// the rows of the best one may be many.
    fn rank_key(&self, row: u32, level: KeyLevel, is_descending: bool) -> u64 {
        const DATE_BITS: u32 = 52;
        let rank: u64 = self.words.iter().map(|word| u64::from(word.level(row))).sum();
        let ordered = if is_descending { 0xfff - rank } else { rank };
        let next = self.term(KeyLevel(level.0 + (1 << TERM_BITS)));
        let date = match self.columns.updated.instant(row) {
            _ if next.by != SortKey::UpdatedDate => 0,
            NO_DATE => (1 << DATE_BITS) - 1,
            // The dates of the years 0 to 9999 take 49 bits.
            ms if next.is_descending => (YEAR_10000_MS - ms).unsigned_abs(),
            ms => (ms - YEAR_0_MS).unsigned_abs(),
        };
        (ordered << DATE_BITS) | date
    }

    fn compare_ids(&self, one: u32, other: u32, is_descending: bool) -> Ordering {
        let ordering = self.columns.case_ids.get(one).cmp(self.columns.case_ids.get(other));
        if is_descending { ordering.reverse() } else { ordering }
    }

    fn term(&self, level: KeyLevel) -> SortTerm {
        self.terms.get((level.0 >> TERM_BITS) as usize).copied().unwrap_or(LAST_TERM)
    }

    /// Returns the key in ascending order, or [`MISSING`].
    fn ascending_key(&self, key: SortKey, row: u32, level: KeyLevel) -> u64 {
        let rank = |ranks: &DictionaryRanks, id: u32| match ranks.get(id) {
            0 => MISSING,
            rank => u64::from(rank),
        };
        match key {
            SortKey::UpdatedDate => date_key(self.columns.updated.instant(row)),
            SortKey::CreationDate => date_key(self.columns.created.instant(row)),
            SortKey::StatusSince => date_key(self.columns.status_since(row).0),
            SortKey::LastNoteDate => date_key(self.columns.last_note.get(row)),
            SortKey::Severity => match self.columns.severity.get(row) {
                0 => MISSING,
                severity => u64::from(severity),
            },
            SortKey::Status => rank(&self.ranks.status, self.columns.status.ids.get(row)),
            SortKey::ContractId => rank(&self.ranks.contract, self.columns.contract.ids.get(row)),
            SortKey::UserId => rank(&self.ranks.user, self.columns.user.ids.get(row)),
            SortKey::TechnologyName => rank(&self.ranks.technology, self.columns.technology.ids.get(row)),
            SortKey::Title => match self.columns.title_text(row) {
                "" => MISSING,
                text => two_form_key(text, level),
            },
            SortKey::CaseId => text_key(self.columns.case_ids.get(row).as_bytes(), level.0 & PART),
            // See `rank_key`.
            SortKey::Text => 0,
        }
    }
}

/// Returns the key of a date: dates before 1970 come first.
#[inline]
fn date_key(ms: i64) -> u64 {
    if ms == NO_DATE { MISSING } else { (ms as u64) ^ (1 << 63) }
}

impl LevelKeys for SortKeys<'_> {
    fn compare(&self, one: u32, other: u32) -> Ordering {
        for (term, number) in self.terms.iter().zip(0_u32..) {
            let level = KeyLevel(number << TERM_BITS);
            let ordering = match term.by {
                SortKey::CaseId => return self.compare_ids(one, other, term.is_descending),
                SortKey::Title => match [one, other].map(|row| self.columns.title_text(row)) {
                    // A missing title is last in both directions.
                    [a, b] if a.is_empty() || b.is_empty() => a.is_empty().cmp(&b.is_empty()),
                    [a, b] if term.is_descending => compare_folded(b, a),
                    [a, b] => compare_folded(a, b),
                },
                _ => self.key(one, level).cmp(&self.key(other, level)),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        self.compare_ids(one, other, false)
    }

    fn key(&self, row: u32, level: KeyLevel) -> u64 {
        let term = self.term(level);
        if term.by == SortKey::Text {
            return self.rank_key(row, level, term.is_descending);
        }
        let key = self.ascending_key(term.by, row, level);
        if term.is_descending && key != MISSING { !key } else { key }
    }

    fn next_level(&self, level: KeyLevel, key: u64) -> Option<KeyLevel> {
        let term = self.term(level);
        let ascending = if term.is_descending { !key } else { key };
        let next = (level.0 >> TERM_BITS) + 1;
        match term.by {
            SortKey::CaseId => continues(ascending).then_some(KeyLevel(level.0 + 1)),
            SortKey::Title
                if key != MISSING
                    && let Some(next) = next_part(level, ascending) =>
            {
                Some(next)
            }
            _ => Some(KeyLevel(next << TERM_BITS)),
        }
    }
}
