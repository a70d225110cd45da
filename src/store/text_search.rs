//! The rows that match the words of a search, and their ranks.

use super::{
    columns::Columns,
    field_column::FieldColumn,
    id_index::{IdIndex, IdTexts},
    kernels::IdMatcher,
    note_index::NoteIndex,
    row_set::RowSet,
    text_index::TextIndex,
    title_scan::{TitleMatch, TitleScan},
};
use crate::query::{ConditionField, SearchWord, WordTokenizer};
use alloc::{sync::Arc, vec::Vec};

/// The number of words whose rows are kept: those of a search that is typed, and of the search before. A search with more
/// words looks up each of them again.
const KEPT_WORDS: usize = 8;

/// The indexes of the fields that words are searched in.
#[derive(Clone, Debug, Default)]
pub(super) struct SearchIndexes {
    titles: TextIndex,
    case_ids: IdIndex,
    serials: IdIndex,
    contracts: IdIndex,
    users: IdIndex,
    bugs: IdIndex,
    rmas: IdIndex,
    notes: NoteIndex,
    /// The rows of the last words, while neither the cases nor the notes change: the answers that a page shows for a search
    /// (cases, counts, overview) look up each word once.
    kept: Vec<(SearchWord, Arc<WordRows>)>,
    /// The version of the store of which `kept` are the rows.
    kept_version: u64,
}

/// The rows that a word matches.
#[derive(Clone, Debug, Default)]
pub(super) struct WordRows {
    /// The rows of all matches in fields.
    any: RowSet,
    /// The rows of all matches, if notes are searched.
    with_notes: Option<RowSet>,
    /// The rows where the word is a whole token of the title, or a whole id.
    whole: RowSet,
    /// The rows where the word is a whole id.
    whole_id: RowSet,
}

impl WordRows {
    /// Returns the rows of all matches.
    pub(super) fn matched(&self) -> &RowSet {
        self.with_notes.as_ref().unwrap_or(&self.any)
    }

    /// Returns the level of a row: 3 for a whole id, 2 for a whole word of the title, 1 for any other match in a field, 0
    /// for one in a note.
    pub(super) fn level(&self, row: u32) -> u8 {
        [&self.any, &self.whole, &self.whole_id].map(|rows| u8::from(rows.contains(row))).iter().sum()
    }

    /// Returns the rows of a level from 0 to 3.
    pub(super) fn rows_of_level(&self, level: u8) -> RowSet {
        let (rows, above) = match level {
            3 => return self.whole_id.clone(),
            2 => (&self.whole, &self.whole_id),
            1 => (&self.any, &self.whole),
            _ => (self.matched(), &self.any),
        };
        let mut rows = rows.clone();
        rows.subtract(above);
        rows
    }

    /// Pairs the sets of two words, level by level.
    fn combine(&mut self, other: &WordRows, combine: &dyn Fn(&mut RowSet, &RowSet)) {
        if let (Some(rows), Some(others)) = (&mut self.with_notes, &other.with_notes) {
            combine(rows, others);
        }
        combine(&mut self.any, &other.any);
        combine(&mut self.whole, &other.whole);
        combine(&mut self.whole_id, &other.whole_id);
    }
}

impl SearchIndexes {
    /// Indexes a piece of the ids that are not indexed, and returns whether all are.
    pub(super) fn index_ids(&mut self, columns: &Columns) -> bool {
        self.ids_mut(columns).into_iter().all(|(index, texts)| index.index_piece(texts))
    }

    /// Indexes a piece of the titles that are not indexed, and returns whether all are.
    pub(super) fn index_titles(&mut self, columns: &Columns) -> bool {
        self.titles.index_piece(columns)
    }

    fn ids_mut<'a>(&'a mut self, columns: &'a Columns) -> [(&'a mut IdIndex, IdTexts<'a>); 6] {
        let [case_ids, serials, contracts, users, bugs, rmas] = id_texts(columns);
        [
            (&mut self.case_ids, case_ids),
            (&mut self.serials, serials),
            (&mut self.contracts, contracts),
            (&mut self.users, users),
            (&mut self.bugs, bugs),
            (&mut self.rmas, rmas),
        ]
    }

    /// Returns the ids of a field in the order of their folded texts, without the missing value, if its index has them.
    pub(super) fn sorted_ids(&self, columns: &Columns, field: ConditionField) -> Option<&[u32]> {
        let (index, values) = match field {
            ConditionField::SerialNumber => (&self.serials, &columns.serial.values),
            ConditionField::ContractId => (&self.contracts, &columns.contract.values),
            ConditionField::UserId => (&self.users, &columns.user.values),
            ConditionField::Bug => (&self.bugs, &columns.bugs.values),
            ConditionField::Rma => (&self.rmas, &columns.rmas.values),
            _ => return None,
        };
        index.sorted_ids(values.len())
    }

    /// Returns the index of the notes.
    pub(super) fn notes(&self) -> &NoteIndex {
        &self.notes
    }

    /// Returns the index of the notes, to be changed.
    pub(super) fn notes_mut(&mut self) -> &mut NoteIndex {
        self.kept.clear();
        &mut self.notes
    }

    /// Returns the rows that a word of a search matches. `version` is that of the store.
    pub(super) fn word_rows(&mut self, columns: &Columns, word: &SearchWord, version: u64) -> Arc<WordRows> {
        if self.kept_version != version {
            self.kept.clear();
            self.kept_version = version;
        }
        if let Some(place) = self.kept.iter().position(|(kept, _)| kept == word) {
            // The word that was not used for longest comes first.
            self.kept.get_mut(place..).unwrap_or_default().rotate_left(1);
            if let Some((_, rows)) = self.kept.last() {
                return rows.clone();
            }
        }
        let _ = self.index_ids(columns) && self.index_titles(columns);
        let rows = Arc::new(self.find_rows(columns, word));
        if self.kept.len() == KEPT_WORDS {
            self.kept.remove(0);
        }
        self.kept.push((word.clone(), rows.clone()));
        rows
    }

    fn find_rows(&self, columns: &Columns, word: &SearchWord) -> WordRows {
        let mut rows = self.token_rows(columns, word.text());
        let mut parts: Option<WordRows> = None;
        for part in word.parts() {
            let found = self.token_rows(columns, part);
            match &mut parts {
                None => parts = Some(found),
                Some(all) => all.combine(&found, &RowSet::intersect),
            }
        }
        if let Some(parts) = parts {
            rows.combine(&parts, &RowSet::union);
        }
        rows
    }

    fn token_rows(&self, columns: &Columns, word: &str) -> WordRows {
        // The sets get memory with their first row: most words are in few fields.
        let mut rows = WordRows::default();
        // A title may have several tokens with the word: its row is looked up once.
        let [mut found, mut found_whole] = [RowSet::default(), RowSet::default()];
        self.titles.add_titles(word, &mut found, &mut found_whole);
        for (titles, to) in [(&found, &mut rows.any), (&found_whole, &mut rows.whole)] {
            if !titles.is_empty() {
                to.reserve(columns.row_count() as usize);
            }
            // Rows without a case are left out of every answer.
            titles.for_each(|title| {
                if let Some(row) = columns.titled_row(title) {
                    to.add(row);
                }
            });
        }
        self.scan_titles(columns, word, &mut rows);
        let can_match_end = SearchWord::can_match_end(word);
        let [case_ids, serials, contracts, users, bugs, rmas] = id_texts(columns);
        let ids = self.case_ids.search(case_ids, word, can_match_end);
        rows.any.union(&ids.any);
        rows.whole_id.union(&ids.whole);
        for (index, texts, column, can_match_end) in [
            (&self.serials, serials, FieldColumn::Dictionary(&columns.serial), can_match_end),
            (&self.contracts, contracts, FieldColumn::Dictionary(&columns.contract), can_match_end),
            (&self.users, users, FieldColumn::Dictionary(&columns.user), false),
            (&self.bugs, bugs, FieldColumn::List(&columns.bugs), can_match_end),
            (&self.rmas, rmas, FieldColumn::List(&columns.rmas), can_match_end),
        ] {
            let ids = index.search(texts, word, can_match_end);
            for (ids, to) in [(&ids.any, &mut rows.any), (&ids.whole, &mut rows.whole_id)] {
                if ids.is_empty() {
                    continue;
                }
                let matcher = IdMatcher::of_set(ids, texts.count());
                to.union(&column.rows(&matcher, false, columns.chunk_count()));
            }
        }
        rows.whole.union(&rows.whole_id);
        if self.notes.is_wanted {
            let mut all = rows.any.clone();
            self.notes.add_rows(word, &mut all);
            rows.with_notes = Some(all);
        }
        rows
    }

    /// Searches the titles that are not indexed.
    fn scan_titles(&self, columns: &Columns, word: &str, rows: &mut WordRows) {
        let titles = self.titles.indexed()..columns.titles.len();
        if titles.is_empty() {
            return;
        }
        let mut scan = TitleScan::new(word);
        let mut tokenizer = WordTokenizer::default();
        for title in titles {
            let text = columns.titles.get(title);
            let found = scan.find(text);
            if found == TitleMatch::None {
                continue;
            }
            let Some(row) = columns.row_of_title(title) else { continue };
            if found != TitleMatch::Unknown {
                rows.any.insert(row);
                if found == TitleMatch::Whole {
                    rows.whole.insert(row);
                }
                continue;
            }
            tokenizer.tokenize(text, &mut |token| {
                if token.text.starts_with(word) {
                    rows.any.insert(row);
                    if token.text.len() == word.len() {
                        rows.whole.insert(row);
                    }
                }
            });
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let ids = [&self.case_ids, &self.serials, &self.contracts, &self.users, &self.bugs, &self.rmas];
        self.titles.memory_bytes() + self.notes.memory_bytes() + ids.map(IdIndex::memory_bytes).iter().sum::<usize>()
    }
}

/// Returns the ids that words are searched in: case ids, serials, contracts, users, bugs and RMAs.
fn id_texts(columns: &Columns) -> [IdTexts<'_>; 6] {
    [
        IdTexts::Table(&columns.case_ids),
        IdTexts::Values(&columns.serial.values),
        IdTexts::Values(&columns.contract.values),
        IdTexts::Values(&columns.user.values),
        IdTexts::Values(&columns.bugs.values),
        IdTexts::Values(&columns.rmas.values),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_before_the_one_that_is_typed_are_looked_up_once() {
        let (columns, mut search) = (Columns::default(), SearchIndexes::default());
        let mut rows_of = |word: &SearchWord| search.word_rows(&columns, word, 1);
        let words = SearchWord::all_in("peer-link down suspends all");
        let kept: Vec<_> = words.iter().map(&mut rows_of).collect();
        assert_eq!(kept.len(), 4);
        for length in 1.."interfaces".len() {
            for (word, rows) in words.iter().zip(&kept) {
                assert!(Arc::ptr_eq(rows, &rows_of(word)), "{length}");
            }
            SearchWord::all_in("interfaces".get(..length).unwrap_or_default()).iter().map(&mut rows_of).for_each(drop);
        }
    }
}
