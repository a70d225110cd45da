//! The rows of the new cases of a page.

use crate::decode::PageBytes;
use alloc::vec::Vec;

/// The rows of the new cases of a page, with the positions of the cases.
#[derive(Debug, Default)]
pub(super) struct FreshRows {
    rows: Vec<(u32, usize)>,
    has_gaps: bool,
}

impl FreshRows {
    /// Creates an empty list with memory for some rows.
    pub(super) fn with_capacity(rows: usize) -> FreshRows {
        FreshRows { rows: Vec::with_capacity(rows), has_gaps: false }
    }

    /// Appends the row of the next new case.
    pub(super) fn push(&mut self, row: u32, case: usize) {
        self.has_gaps |= self.rows.last().is_some_and(|(last, _)| last.wrapping_add(1) != row);
        self.rows.push((row, case));
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the rows, each with the position of its case in the page.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, usize)> {
        self.rows.iter().copied()
    }

    /// Returns the first row, if all rows are consecutive.
    pub(super) fn first_of_run(&self) -> Option<u32> {
        self.rows.first().filter(|_| !self.has_gaps).map(|(row, _)| *row)
    }

    /// Replaces `cells` by those of a column of the page.
    pub(super) fn read(&self, page: &PageBytes<'_>, column: usize, cells: &mut Vec<u32>) {
        cells.clear();
        if self.has_all(page.len()) {
            cells.extend(page.column(column));
        } else {
            cells.extend(self.rows.iter().map(|(_, case)| page.cell(*case, column)));
        }
    }

    /// Returns whether all cases of a page of this number of cases are new: their positions are then those of the rows.
    pub(super) fn has_all(&self, cases: usize) -> bool {
        self.rows.len() == cases
    }

    /// Writes the cells of the rows, in their order, with a function that writes those of consecutive rows.
    pub(super) fn write<T>(&self, cells: &[T], set_run: &mut dyn FnMut(u32, &[T])) {
        if let Some(first) = self.first_of_run() {
            return set_run(first, cells);
        }
        for ((row, _), cell) in self.rows.iter().zip(cells) {
            set_run(*row, core::slice::from_ref(cell));
        }
    }
}
