//! The index of the words of notes.

use super::{row_set::RowSet, token_postings::TokenPostings};
use crate::query::WordTokenizer;
use alloc::vec::Vec;

/// The row of notes that were replaced or removed.
const NO_ROW: u32 = u32::MAX;
/// Replaced notes that are not worth a new index.
const MIN_DEAD: usize = 64;

/// The words of the notes of cases. The texts are outside of the store: they are given to it, and not kept.
#[derive(Clone, Debug, Default)]
pub(super) struct NoteIndex {
    /// Whether notes are searched.
    pub(super) is_wanted: bool,
    postings: TokenPostings,
    /// The row of the notes of each number; [`NO_ROW`] for replaced ones.
    rows: Vec<u32>,
    /// 1 more than the number of the notes of each row; 0 for none.
    numbers: Vec<u32>,
    /// The rows whose notes are known to exist, and were not given.
    pending: RowSet,
    dead: usize,
}

impl NoteIndex {
    /// Sets the notes of a row, as one text.
    pub(super) fn set(&mut self, row: u32, text: &str) {
        self.remove(row);
        if text.is_empty() {
            return;
        }
        let number = self.rows.len() as u32;
        self.postings.add(&mut WordTokenizer::default(), text, number);
        self.postings.sort();
        self.rows.push(row);
        self.set_number(row, number + 1);
        if self.dead > MIN_DEAD && self.dead > self.rows.len() / 2 {
            self.drop_dead();
        }
    }

    /// Removes the notes of a row.
    pub(super) fn remove(&mut self, row: u32) {
        self.pending.remove(row);
        let number = self.numbers.get(row as usize).copied().unwrap_or(0);
        if let Some(slot) = number.checked_sub(1).and_then(|number| self.rows.get_mut(number as usize)) {
            *slot = NO_ROW;
            self.dead += 1;
            self.set_number(row, 0);
        }
    }

    fn set_number(&mut self, row: u32, number: u32) {
        let row = row as usize;
        if self.numbers.len() <= row {
            self.numbers.resize(row + 1, 0);
        }
        if let Some(slot) = self.numbers.get_mut(row) {
            *slot = number;
        }
    }

    /// Numbers the notes anew, without those that were replaced.
    fn drop_dead(&mut self) {
        let mut kept = 0;
        let mut new_numbers: Vec<Option<u32>> = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let is_kept = *row != NO_ROW;
            new_numbers.push(is_kept.then_some(kept));
            kept += u32::from(is_kept);
        }
        self.postings = self.postings.renumbered(&|number| new_numbers.get(number as usize).copied().flatten());
        self.rows.retain(|row| *row != NO_ROW);
        self.dead = 0;
        self.renumber_rows();
    }

    /// Renumbers the rows, because the columns were compacted.
    pub(super) fn renumber(&mut self, numbers: &[u32]) {
        let new_row = |row: u32| numbers.get(row as usize).copied().unwrap_or(0);
        for row in self.rows.iter_mut().filter(|row| **row != NO_ROW) {
            *row = new_row(*row);
        }
        let mut pending = RowSet::default();
        self.pending.for_each(|row| {
            pending.insert(new_row(row));
        });
        self.pending = pending;
        self.renumber_rows();
    }

    fn renumber_rows(&mut self) {
        self.numbers.clear();
        for number in 0..self.rows.len() {
            if let Some(row) = self.rows.get(number).copied().filter(|row| *row != NO_ROW) {
                self.set_number(row, number as u32 + 1);
            }
        }
    }

    /// Marks the notes of a row as not given.
    pub(super) fn expect(&mut self, row: u32) {
        self.pending.insert(row);
    }

    /// Returns the rows whose notes were not given.
    pub(super) fn pending(&self) -> &RowSet {
        &self.pending
    }

    /// Forgets all notes: the rows are other ones.
    pub(super) fn clear(&mut self) {
        *self = NoteIndex { is_wanted: self.is_wanted, ..NoteIndex::default() };
    }

    /// Adds the rows whose notes have a token beginning with a word.
    pub(super) fn add_rows(&self, word: &str, to: &mut RowSet) {
        let [mut any, mut whole] = [RowSet::default(), RowSet::default()];
        self.postings.add_texts(word, self.rows.len(), &mut any, &mut whole);
        any.for_each(|number| {
            if let Some(row) = self.rows.get(number as usize).copied().filter(|row| *row != NO_ROW) {
                to.insert(row);
            }
        });
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let numbers = self.rows.capacity() + self.numbers.capacity();
        self.postings.memory_bytes() + numbers * size_of::<u32>() + size_of_val(self.pending.words())
    }
}
