//! The rows that match the words of a search, and their ranks.

use super::{
    columns::Columns,
    field_column::FieldColumn,
    id_index::{IdIndex, IdTexts},
    kernels::IdMatcher,
    note_index::NoteIndex,
    row_set::RowSet,
    text_index::TextIndex,
};
use crate::query::{ConditionField, SearchWord, WordTokenizer};

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
    pub(super) notes: NoteIndex,
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

    fn with_rows(rows: usize) -> WordRows {
        let set = || RowSet::with_rows(rows);
        WordRows { any: set(), with_notes: None, whole: set(), whole_id: set() }
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

    /// Returns the rows that a word of a search matches.
    pub(super) fn word_rows(&self, columns: &Columns, word: &SearchWord) -> WordRows {
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
        let mut rows = WordRows::with_rows(columns.row_count() as usize);
        // A title may have several tokens with the word: its row is looked up once.
        let titles = columns.titles.len() as usize;
        let [mut found, mut found_whole] = [(), ()].map(|()| RowSet::with_rows(titles));
        self.titles.add_titles(word, &mut found, &mut found_whole);
        for (titles, to) in [(&found, &mut rows.any), (&found_whole, &mut rows.whole)] {
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
        let mut tokenizer = WordTokenizer::default();
        for title in self.titles.indexed()..columns.titles.len() {
            let text = columns.titles.get(title);
            let found =
                if text.is_ascii() { ascii_match(text.as_bytes(), word.as_bytes()) } else { TitleMatch::Unknown };
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

/// The match of a word in a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TitleMatch {
    /// No token begins with the word.
    None,
    /// A token begins with the word, and no token is the word.
    Start,
    /// A token is the word.
    Whole,
    /// Only the tokenizer knows: the word may be in a compound.
    Unknown,
}

/// Searches a word in an ASCII text, whose words are its runs of letters and digits. It costs a tenth of the tokenizer.
fn ascii_match(text: &[u8], word: &[u8]) -> TitleMatch {
    let Some(first) = word.first() else { return TitleMatch::Unknown };
    let (mut has_start, mut may_join) = (false, false);
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let end = match rest.first_chunk() {
            Some(chunk) if !may_contain(*chunk, *first) => {
                at += chunk.len();
                continue;
            }
            Some(chunk) => at + chunk.len(),
            None => text.len(),
        };
        while at < end {
            let rest = text.get(at..).unwrap_or_default();
            let is_in_word =
                at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(u8::is_ascii_alphanumeric);
            at += 1;
            if is_in_word || rest.first().map(u8::to_ascii_lowercase) != Some(*first) {
                continue;
            }
            let run = matched_run(rest, word);
            match rest.get(run) {
                // A joined token goes on after one character.
                Some(next) if run < word.len() => {
                    let next_letter = rest.get(run + 1).map(u8::to_ascii_lowercase);
                    may_join |= !next.is_ascii_alphanumeric() && next_letter == word.get(run).copied();
                }
                Some(next) if next.is_ascii_alphanumeric() => has_start = true,
                _ if run == word.len() => return TitleMatch::Whole,
                _ => {}
            }
        }
    }
    match (may_join, has_start) {
        (true, _) => TitleMatch::Unknown,
        (_, true) => TitleMatch::Start,
        _ => TitleMatch::None,
    }
}

/// Whether eight bytes of a text may contain a folded letter or digit, found in all of them at once.
fn may_contain(bytes: [u8; 8], letter: u8) -> bool {
    const LOW_BITS: u64 = u64::MAX / 255;
    // Capital letters differ in one bit. A byte that becomes zero borrows from its highest bit.
    let differences = (u64::from_le_bytes(bytes) | (LOW_BITS << 5)) ^ (LOW_BITS * u64::from(letter));
    differences.wrapping_sub(LOW_BITS) & !differences & (LOW_BITS << 7) != 0
}

/// Returns the number of first bytes of a text that are those of a folded word.
fn matched_run(text: &[u8], word: &[u8]) -> usize {
    text.iter().zip(word).take_while(|(byte, letter)| byte.to_ascii_lowercase() == **letter).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::String, vec, vec::Vec};

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

    #[test]
    fn a_match_in_ascii_is_that_of_the_tokenizer() {
        let words = texts("ab1", 4);
        let mut tokenizer = WordTokenizer::default();
        let mut known = 0;
        // Longer texts are read by eight bytes.
        for text in texts("aB1- ", 6).into_iter().flat_map(|text| [String::from("c- c cc ") + &text, text]) {
            let mut tokens = Vec::new();
            tokenizer.tokenize(&text, &mut |token| tokens.push(String::from(token.text)));
            for word in words.iter().filter(|word| !word.is_empty()) {
                let expected =
                    match tokens.iter().filter(|token| token.starts_with(word.as_str())).map(String::len).min() {
                        None => TitleMatch::None,
                        Some(length) if length == word.len() => TitleMatch::Whole,
                        Some(_) => TitleMatch::Start,
                    };
                let found = ascii_match(text.as_bytes(), word.as_bytes());
                if found == TitleMatch::Unknown {
                    continue;
                }
                known += 1;
                assert_eq!(found, expected, "{word} in {text}");
            }
        }
        assert!(known > 4_000_000, "{known}");
    }
}
