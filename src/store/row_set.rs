//! Sets of rows, as bits.

use alloc::vec::Vec;

/// The number of rows in a chunk.
pub(super) const CHUNK_ROWS: usize = 4096;
/// The number of words of a chunk.
pub(super) const CHUNK_WORDS: usize = CHUNK_ROWS / 64;

/// A set of rows: a bit per row, in chunks of 64 words.
///
/// The bits after the last row are 0, and the number of words is a multiple of 64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowSet {
    words: Vec<u64>,
}

impl RowSet {
    /// Creates an empty set that has memory for `rows` rows.
    pub(super) fn with_rows(rows: usize) -> RowSet {
        let mut set = RowSet::default();
        set.reserve(rows);
        set
    }

    /// Gets memory for `rows` rows: then each of them can be added.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.grow(rows.div_ceil(CHUNK_ROWS));
    }

    fn grow(&mut self, chunks: usize) {
        if self.words.len() < chunks * CHUNK_WORDS {
            self.words.resize(chunks * CHUNK_WORDS, 0);
        }
    }

    /// Returns the number of chunks.
    pub(super) fn chunk_count(&self) -> usize {
        self.words.len() / CHUNK_WORDS
    }

    /// Returns the words of a chunk.
    #[inline]
    pub(super) fn chunk(&self, chunk: usize) -> Option<&[u64; CHUNK_WORDS]> {
        self.words.get(chunk * CHUNK_WORDS..)?.first_chunk()
    }

    /// Returns the words of a chunk, to be written.
    #[inline]
    pub(super) fn chunk_mut(&mut self, chunk: usize) -> Option<&mut [u64; CHUNK_WORDS]> {
        self.words.get_mut(chunk * CHUNK_WORDS..)?.first_chunk_mut()
    }

    /// Returns all words.
    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Adds a row, and returns whether it was absent.
    #[inline(never)]
    pub(super) fn insert(&mut self, row: u32) -> bool {
        self.grow(row as usize / CHUNK_ROWS + 1);
        let is_new = !self.contains(row);
        self.add(row);
        is_new
    }

    /// Adds a row of a set that was made with enough rows; another one is ignored.
    // The loops over matches do little else.
    #[inline(always)]
    pub(super) fn add(&mut self, row: u32) {
        if let Some(word) = self.words.get_mut(row as usize / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// Removes a row, and returns whether it was present.
    pub(super) fn remove(&mut self, row: u32) -> bool {
        let Some(word) = self.words.get_mut(row as usize / 64) else { return false };
        let bit = 1 << (row % 64);
        let was_present = *word & bit != 0;
        *word &= !bit;
        was_present
    }

    /// Returns whether a row is in the set.
    #[inline(always)]
    pub(super) fn contains(&self, row: u32) -> bool {
        self.words.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 != 0)
    }

    /// Returns the number of rows in the set.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Returns whether the set is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Retains the rows that are also in another set.
    pub(super) fn intersect(&mut self, other: &RowSet) {
        self.words.truncate(other.words.len());
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Adds the rows of another set.
    pub(super) fn union(&mut self, other: &RowSet) {
        self.grow(other.chunk_count());
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Removes the rows of another set.
    pub(super) fn subtract(&mut self, other: &RowSet) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// Removes all rows; the memory remains.
    pub(super) fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Calls a function with each row, in ascending order.
    // The loops over matches do little else.
    #[inline(always)]
    pub(super) fn for_each(&self, mut visit: impl FnMut(u32)) {
        for (word, first) in self.words.iter().zip((0..).step_by(64)) {
            let mut rest = *word;
            while rest != 0 {
                visit(first + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
    }

    /// Returns the rows in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().zip((0..).step_by(64)).flat_map(|(word, first)| {
            let mut rest = *word;
            core::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(first + bit)
            })
        })
    }
}
