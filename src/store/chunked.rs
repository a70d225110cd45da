//! Columns in chunks of 4096 rows.

use alloc::{boxed::Box, sync::Arc, vec, vec::Vec};

/// The number of rows in a chunk: 64 words of a [`RowSet`](super::row_set::RowSet).
pub(super) const CHUNK_ROWS: usize = 4096;

/// A column: one cell per row, in chunks of 4096 rows.
///
/// Growth copies nothing, and at most one chunk has unused cells. A chunk that has only blank cells takes no memory, so
/// a column that the service never fills (the technology names of lists) is free. Readers loop over
/// [`chunk`](Self::chunk), an array whose length is a constant, so that LLVM vectorizes the loop.
#[derive(Clone, Debug)]
pub(super) struct Chunked<T> {
    /// `None`: all cells are blank.
    chunks: Vec<Option<Box<[T]>>>,
    /// A chunk of blank cells, which columns share.
    blank: Arc<[T]>,
}

impl<T: Copy + PartialEq> Chunked<T> {
    /// Creates a column without rows, whose cells are `blank` until they are set.
    pub(super) fn new(blank: T) -> Chunked<T> {
        Chunked { chunks: Vec::new(), blank: vec![blank; CHUNK_ROWS].into() }
    }

    /// Returns a column without rows that shares the blank cells of this one.
    #[inline(never)]
    pub(super) fn to_empty(&self) -> Chunked<T> {
        Chunked { chunks: Vec::new(), blank: self.blank.clone() }
    }

    /// Returns the cells of a chunk; blank cells after the last row.
    #[inline]
    pub(super) fn chunk(&self, chunk: usize) -> Option<&[T; CHUNK_ROWS]> {
        let cells = self.chunks.get(chunk).and_then(Option::as_deref).unwrap_or(&self.blank);
        cells.first_chunk()
    }

    /// Returns whether a chunk has a cell that is not blank, as far as it was ever set.
    pub(super) fn has_chunk(&self, chunk: usize) -> bool {
        self.chunks.get(chunk).is_some_and(Option::is_some)
    }

    /// Returns the cell of a row; blank for a row that was never set.
    #[inline]
    pub(super) fn get(&self, row: u32) -> Option<T> {
        let cells = self.chunks.get(row as usize / CHUNK_ROWS).and_then(Option::as_deref).unwrap_or(&self.blank);
        cells.get(row as usize % CHUNK_ROWS).copied()
    }

    /// Sets the cell of a row, and grows the column to the row.
    #[inline]
    pub(super) fn set(&mut self, row: u32, cell: T) {
        let chunk = row as usize / CHUNK_ROWS;
        if !self.has_chunk(chunk) {
            if self.blank.first() == Some(&cell) {
                return;
            }
            self.allocate(chunk);
        }
        let cells = self.chunks.get_mut(chunk).and_then(Option::as_mut);
        if let Some(slot) = cells.and_then(|cells| cells.get_mut(row as usize % CHUNK_ROWS)) {
            *slot = cell;
        }
    }

    /// Sets the cells of consecutive rows.
    pub(super) fn set_run(&mut self, first: u32, cells: &[T]) {
        let (mut row, mut cells) = (first as usize, cells);
        while !cells.is_empty() {
            let (chunk, start) = (row / CHUNK_ROWS, row % CHUNK_ROWS);
            let (here, later) = cells.split_at_checked(CHUNK_ROWS - start).unwrap_or((cells, &[]));
            if !self.has_chunk(chunk) && here.iter().any(|cell| Some(cell) != self.blank.first()) {
                self.allocate(chunk);
            }
            let slots = self.chunks.get_mut(chunk).and_then(Option::as_mut);
            if let Some(slots) = slots.and_then(|slots| slots.get_mut(start..start + here.len())) {
                slots.copy_from_slice(here);
            }
            (row, cells) = (row + here.len(), later);
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate(&mut self, chunk: usize) {
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        if let Some(slot) = self.chunks.get_mut(chunk) {
            *slot = Some(self.blank.as_ref().into());
        }
    }

    /// Returns the bytes of memory of the column.
    pub(super) fn memory_bytes(&self) -> usize {
        let chunks = self.chunks.iter().flatten().count();
        chunks * CHUNK_ROWS * size_of::<T>() + self.chunks.capacity() * size_of::<Option<Box<[T]>>>()
    }
}
