//! The index of the words of titles.

use super::{
    columns::Columns,
    dictionary::TextTable,
    multikey_sort::{KeyLevel, LevelKeys, continues, merge_rows, text_key},
    postings::{PostingList, PostingPool},
    row_set::RowSet,
};
use crate::query::WordTokenizer;
use alloc::vec::Vec;

/// Titles of a piece of the build: less than 1 ms.
const PIECE_TITLES: u32 = 256;
/// The number of lists in a block.
const BLOCK_LISTS: usize = 512;

/// The tokens of the titles, each with the numbers of its titles.
///
/// The index grows with the titles and forgets nothing: a title that a case no longer has is skipped by the reader.
#[derive(Clone, Debug, Default)]
pub(super) struct TextIndex {
    tokens: TextTable,
    /// The titles of each token, in blocks: growth copies nothing.
    lists: Vec<Vec<PostingList>>,
    /// The tokens, ascending by their bytes.
    sorted: Vec<u32>,
    pool: PostingPool,
    /// The number of the first title that is not indexed.
    indexed: u32,
}

/// The keys of tokens, ascending by their bytes.
struct TokenKeys<'a>(&'a TextTable);

impl LevelKeys for TokenKeys<'_> {
    fn key(&self, row: u32, level: KeyLevel) -> u64 {
        text_key(self.0.get(row).as_bytes(), level.0)
    }

    fn next_level(&self, level: KeyLevel, key: u64) -> Option<KeyLevel> {
        continues(key).then_some(KeyLevel(level.0 + 1))
    }
}

impl TextIndex {
    /// Returns the number of the first title that is not indexed.
    pub(super) fn indexed(&self) -> u32 {
        self.indexed
    }

    /// Indexes up to [`PIECE_TITLES`] titles, and returns whether all are indexed.
    pub(super) fn index_piece(&mut self, columns: &Columns) -> bool {
        let known = self.tokens.len();
        let mut tokenizer = WordTokenizer::default();
        let end = columns.titles.len().min(self.indexed.saturating_add(PIECE_TITLES));
        for title in self.indexed..end {
            if columns.row_of_title(title).is_some() {
                let TextIndex { tokens, lists, pool, .. } = self;
                tokenizer.tokenize(columns.titles.get(title), &mut |token| {
                    let number = tokens.intern(token.text) as usize;
                    let (block, at) = (number / BLOCK_LISTS, number % BLOCK_LISTS);
                    if block == lists.len() {
                        lists.push(Vec::with_capacity(BLOCK_LISTS));
                    }
                    let Some(block) = lists.get_mut(block) else { return };
                    if at == block.len() {
                        block.push(PostingList::default());
                    }
                    if let Some(list) = block.get_mut(at) {
                        pool.push(list, title);
                    }
                });
            }
        }
        self.indexed = end.max(self.indexed);
        merge_rows(&mut self.sorted, known..self.tokens.len(), &TokenKeys(&self.tokens));
        end == columns.titles.len()
    }

    /// Adds the indexed titles that have a token beginning with a word to `any`, and those that have the word also to
    /// `whole`.
    pub(super) fn add_titles(&self, word: &str, any: &mut RowSet, whole: &mut RowSet) {
        let first = self.sorted.partition_point(|token| self.tokens.get(*token) < word);
        let tokens = self.sorted.get(first..).unwrap_or_default();
        let count = tokens.partition_point(|token| self.tokens.get(*token).starts_with(word));
        for (token, index) in tokens.iter().take(count).zip(0..) {
            let (block, at) = (*token as usize / BLOCK_LISTS, *token as usize % BLOCK_LISTS);
            let Some(list) = self.lists.get(block).and_then(|block| block.get(at)) else { continue };
            self.pool.for_each(list, |title| any.add(title));
            // The shortest of them is the word itself.
            if index == 0 && self.tokens.get(*token).len() == word.len() {
                self.pool.for_each(list, |title| whole.add(title));
            }
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.tokens.memory_bytes()
            + self.lists.len() * BLOCK_LISTS * size_of::<PostingList>()
            + self.sorted.capacity() * size_of::<u32>()
            + self.pool.memory_bytes()
    }
}
