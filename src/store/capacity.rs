//! The memory that further cases take, which is found before they are applied.

use super::{
    columns::{Columns, TextField},
    error::{StoreError, StoreErrorKind},
    growth::Growth,
    row_set::CHUNK_ROWS,
};
use alloc::vec::Vec;

/// The number of columns of instants, of 8 bytes.
const INSTANT_COLUMNS: usize = 7;
/// The number of columns of up to 4 bytes, with those of severities, flags and authors as another one.
const OTHER_COLUMNS: usize = 18;
/// The bytes of the blocks that are allocated for texts: a page of WebAssembly memory.
const TEXT_BLOCKS_BYTES: usize = 1 << 16;
/// The bytes that are found free for pages after the present one.
const NEXT_PAGES_BYTES: usize = 1 << 18;

impl Columns {
    /// Checks that the columns and the memory can take more cases, with this number of strings and bytes.
    pub(super) fn check_capacity(&self, cases: usize, strings: u32, bytes: usize) -> Result<(), StoreError> {
        let (growth, chunks) = self.growth(cases, strings, bytes)?;
        reserve_blocks(growth.bytes(), chunks)
    }

    /// Makes sure that the memory can take more cases, with this number of strings and bytes.
    ///
    /// Memory for further pages is found with that of the first one: to look for it takes as long as a tenth of the cases.
    /// It is looked for again after [`forget_reserve`](Self::forget_reserve), since others may have taken it.
    pub(super) fn reserve(&mut self, cases: usize, strings: u32, bytes: usize) -> Result<(), StoreError> {
        let (growth, chunks) = self.growth(cases, strings, bytes)?;
        if chunks > 0 || growth.bytes() > self.reserved {
            self.reserved = 0;
            let wanted = growth.bytes().saturating_add(NEXT_PAGES_BYTES);
            reserve_blocks(wanted, chunks)?;
            self.reserved = wanted;
        }
        self.reserved -= growth.taken;
        Ok(())
    }

    /// Forgets the memory that was found free.
    pub(super) fn forget_reserve(&mut self) {
        self.reserved = 0;
    }

    /// Returns the memory that more cases take, and the number of chunks that columns grow by.
    fn growth(&self, cases: usize, strings: u32, bytes: usize) -> Result<(Growth, usize), StoreError> {
        let cases = u32::try_from(cases).unwrap_or(u32::MAX);
        // A page has 16 cells, with their strings; a row takes less, and its changes as much again for a moment.
        let mut sum = Some(Growth { taken: bytes.saturating_add(bytes / 2), spare: 0 });
        for arena in [&self.titles, &self.extras, &self.created.texts, &self.updated.texts] {
            sum = Growth::plus(sum, arena.growth(cases, bytes));
        }
        let lists = [&self.bugs, &self.rmas];
        let dictionaries = TextField::ALL.map(|field| &self.text(field).values);
        for dictionary in dictionaries.into_iter().chain(lists.map(|list| &list.values)) {
            sum = Growth::plus(sum, dictionary.growth(strings, bytes));
        }
        sum = Growth::plus(sum, self.case_ids.growth(cases, bytes));
        for list in lists {
            sum = Growth::plus(sum, list.lists.growth(bytes));
        }
        let Some(sum) = sum else { return Err(StoreError::new(StoreErrorKind::Full, "text")) };
        let rows = self.row_count() as usize;
        Ok((sum, (rows + cases as usize).div_ceil(CHUNK_ROWS) - rows.div_ceil(CHUNK_ROWS)))
    }
}

/// Allocates and frees blocks for a number of bytes and for chunks of all columns: the smaller allocations that follow then
/// succeed. One large allocation would not find the memory that is free in pieces, and would leave a hole of its size.
#[inline(never)]
fn reserve_blocks(bytes: usize, chunks: usize) -> Result<(), StoreError> {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    let mut reserve = |count: usize, length: usize| -> Option<()> {
        blocks.try_reserve(count).ok()?;
        for _ in 0..count {
            let mut block = Vec::new();
            block.try_reserve_exact(length).ok()?;
            blocks.push(block);
        }
        Some(())
    };
    let (numbers, instants) = (CHUNK_ROWS * size_of::<u32>(), CHUNK_ROWS * size_of::<i64>());
    let found = reserve(chunks * INSTANT_COLUMNS, instants)
        .and_then(|()| reserve(chunks * OTHER_COLUMNS, numbers))
        // Several blocks of texts at once.
        .and_then(|()| reserve(bytes.div_ceil(TEXT_BLOCKS_BYTES), TEXT_BLOCKS_BYTES));
    found.ok_or_else(|| StoreError::new(StoreErrorKind::Full, "memory"))
}
