//! The numbers of texts by their words.

use super::{
    dictionary::TextTable,
    multikey_sort::{KeyLevel, LevelKeys, continues, merge_rows, text_key},
    order_search::KeySamples,
    postings::{PostingList, PostingPool},
    row_set::RowSet,
};
use crate::query::WordTokenizer;
use alloc::vec::Vec;

/// The number of lists in a block.
const BLOCK_LISTS: usize = 512;

/// The tokens of texts, each with the numbers of its texts. It grows with the texts, and forgets nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenPostings {
    tokens: TextTable,
    /// The numbers of each token, in blocks: growth copies nothing.
    lists: Vec<Vec<PostingList>>,
    /// The tokens, ascending by their bytes.
    sorted: Vec<u32>,
    samples: KeySamples,
    pool: PostingPool,
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

impl TokenPostings {
    /// Adds the tokens of a text. Numbers of texts ascend.
    pub(super) fn add(&mut self, tokenizer: &mut WordTokenizer, text: &str, number: u32) {
        tokenizer.tokenize(text, &mut |token| self.add_token(token.text, number));
    }

    fn add_token(&mut self, token: &str, number: u32) {
        let token = self.tokens.intern(token) as usize;
        let (block, at) = (token / BLOCK_LISTS, token % BLOCK_LISTS);
        if block == self.lists.len() {
            self.lists.push(Vec::with_capacity(BLOCK_LISTS));
        }
        let Some(block) = self.lists.get_mut(block) else { return };
        if at == block.len() {
            block.push(PostingList::default());
        }
        if let Some(list) = block.get_mut(at) {
            self.pool.push(list, number);
        }
    }

    /// Places the tokens that were added in their order, before they can be found.
    pub(super) fn sort(&mut self) {
        let known = self.sorted.len() as u32;
        let keys = TokenKeys(&self.tokens);
        for token in known..self.tokens.len() {
            self.samples.note_key(keys.key(token, KeyLevel::default()));
        }
        merge_rows(&mut self.sorted, known..self.tokens.len(), &keys);
        self.samples.note_added((self.tokens.len() - known) as usize, &self.sorted, &keys);
    }

    /// Adds the texts that have a token beginning with a word to `any`, and those that have the word also to `whole`. `count` is
    /// the number of texts.
    pub(super) fn add_texts(&self, word: &str, count: usize, any: &mut RowSet, whole: &mut RowSet) {
        let compare = |token: u32| {
            let text = self.tokens.get(token).as_bytes();
            text.get(..word.len()).unwrap_or(text).cmp(word.as_bytes())
        };
        let found = self.samples.find(&self.sorted, text_key(word.as_bytes(), 0), &compare);
        for (token, index) in self.sorted.get(found).unwrap_or_default().iter().zip(0..) {
            let Some(list) = self.list(*token) else { continue };
            any.reserve(count);
            self.pool.for_each(list, |text| any.add(text));
            // The shortest of them is the word itself.
            if index == 0 && self.tokens.get(*token).len() == word.len() {
                whole.reserve(count);
                self.pool.for_each(list, |text| whole.add(text));
            }
        }
    }

    fn list(&self, token: u32) -> Option<&PostingList> {
        self.lists.get(token as usize / BLOCK_LISTS)?.get(token as usize % BLOCK_LISTS)
    }

    /// Returns the postings of the texts with a new number, which must ascend with the former ones.
    pub(super) fn renumbered(&self, new_number: &dyn Fn(u32) -> Option<u32>) -> TokenPostings {
        let mut to = TokenPostings::default();
        for token in 0..self.tokens.len() {
            let mut numbers = Vec::new();
            if let Some(list) = self.list(token) {
                self.pool.for_each(list, |text| numbers.extend(new_number(text)));
            }
            for number in numbers {
                to.add_token(self.tokens.get(token), number);
            }
        }
        to.sort();
        to
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.tokens.memory_bytes()
            + self.lists.len() * BLOCK_LISTS * size_of::<PostingList>()
            + self.sorted.capacity() * size_of::<u32>()
            + self.samples.memory_bytes()
            + self.pool.memory_bytes()
    }
}
