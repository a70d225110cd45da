//! The index of the words of titles.

use super::{columns::Columns, row_set::RowSet, token_postings::TokenPostings};
use crate::query::WordTokenizer;

/// Titles of a piece of the build: less than 1 ms.
const PIECE_TITLES: u32 = 256;

/// The tokens of the titles, each with the numbers of its titles.
///
/// The index grows with the titles and forgets nothing: a title that a case no longer has is skipped by the reader.
#[derive(Clone, Debug, Default)]
pub(super) struct TextIndex {
    postings: TokenPostings,
    /// The number of the first title that is not indexed.
    indexed: u32,
}

impl TextIndex {
    /// Returns the number of the first title that is not indexed.
    pub(super) fn indexed(&self) -> u32 {
        self.indexed
    }

    /// Indexes up to [`PIECE_TITLES`] titles, and returns whether all are indexed.
    pub(super) fn index_piece(&mut self, columns: &Columns) -> bool {
        let mut tokenizer = WordTokenizer::default();
        let end = columns.titles.len().min(self.indexed.saturating_add(PIECE_TITLES));
        for title in self.indexed..end {
            if columns.row_of_title(title).is_some() {
                self.postings.add(&mut tokenizer, columns.titles.get(title), title);
            }
        }
        self.indexed = end.max(self.indexed);
        self.postings.sort();
        end == columns.titles.len()
    }

    /// Adds the indexed titles that have a token beginning with a word to `any`, and those that have the word also to
    /// `whole`.
    pub(super) fn add_titles(&self, word: &str, any: &mut RowSet, whole: &mut RowSet) {
        self.postings.add_texts(word, self.indexed as usize, any, whole);
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.postings.memory_bytes()
    }
}
