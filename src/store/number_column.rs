//! Columns of numbers in chunks of 4096 rows, each as narrow as its numbers.

use super::row_set::CHUNK_ROWS;
use alloc::{boxed::Box, vec, vec::Vec};

/// The cells of a chunk.
#[derive(Clone, Debug)]
enum NumberChunk {
    Bytes(Box<[u8; CHUNK_ROWS]>),
    Words(Box<[u16; CHUNK_ROWS]>),
    Numbers(Box<[u32; CHUNK_ROWS]>),
}

/// The cells of a chunk, to be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum NumberCells<'a> {
    Bytes(&'a [u8; CHUNK_ROWS]),
    Words(&'a [u16; CHUNK_ROWS]),
    Numbers(&'a [u32; CHUNK_ROWS]),
}

/// The cells of a chunk without numbers.
static BLANK: [u8; CHUNK_ROWS] = [0; CHUNK_ROWS];

/// A column: a number per row, 0 where none was set.
///
/// A chunk takes 1, 2 or 4 bytes a row, as its greatest number needs, and none if all its numbers are 0. Dictionary ids are
/// mostly less than 256, and so are counts. Growth copies nothing but a chunk whose numbers no longer fit.
#[derive(Clone, Debug, Default)]
pub(super) struct NumberColumn {
    chunks: Vec<Option<NumberChunk>>,
}

impl NumberColumn {
    /// Returns the cells of a chunk; 0 after the last row.
    #[inline]
    pub(super) fn chunk(&self, chunk: usize) -> NumberCells<'_> {
        match self.chunks.get(chunk) {
            Some(Some(NumberChunk::Bytes(cells))) => NumberCells::Bytes(cells),
            Some(Some(NumberChunk::Words(cells))) => NumberCells::Words(cells),
            Some(Some(NumberChunk::Numbers(cells))) => NumberCells::Numbers(cells),
            _ => NumberCells::Bytes(&BLANK),
        }
    }

    /// Returns the cell of a row.
    #[inline]
    pub(super) fn get(&self, row: u32) -> u32 {
        self.chunk(row as usize / CHUNK_ROWS).get(row as usize % CHUNK_ROWS)
    }

    /// Sets the cell of a row, and grows the column to the row.
    pub(super) fn set(&mut self, row: u32, cell: u32) {
        self.set_run(row, &[cell]);
    }

    /// Sets the cells of consecutive rows.
    pub(super) fn set_run(&mut self, first: u32, cells: &[u32]) {
        let (mut row, mut cells) = (first as usize, cells);
        while !cells.is_empty() {
            let (chunk, start) = (row / CHUNK_ROWS, row % CHUNK_ROWS);
            let (here, later) = cells.split_at_checked(CHUNK_ROWS - start).unwrap_or((cells, &[]));
            let bits = here.iter().fold(0, |bits, cell| bits | cell);
            if !self.has_width(chunk, bits) {
                self.widen(chunk, bits);
            }
            if let Some(Some(chunk)) = self.chunks.get_mut(chunk) {
                chunk.write(start, here);
            }
            (row, cells) = (row + here.len(), later);
        }
    }

    /// Returns whether the cells of a chunk can have numbers with some bits.
    fn has_width(&self, chunk: usize, bits: u32) -> bool {
        let most = match self.chunks.get(chunk) {
            Some(Some(NumberChunk::Bytes(_))) => u32::from(u8::MAX),
            Some(Some(NumberChunk::Words(_))) => u32::from(u16::MAX),
            Some(Some(NumberChunk::Numbers(_))) => u32::MAX,
            _ => 0,
        };
        bits <= most
    }

    /// Makes the cells of a chunk as wide as numbers with some bits need.
    #[cold]
    #[inline(never)]
    fn widen(&mut self, chunk: usize, bits: u32) {
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        let Some(mut wide) = NumberChunk::new(bits) else { return };
        let narrow = self.chunk(chunk);
        let cells: Vec<u32> = (0..CHUNK_ROWS).map(|at| narrow.get(at)).collect();
        wide.write(0, &cells);
        if let Some(slot) = self.chunks.get_mut(chunk) {
            *slot = Some(wide);
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let cells = self.chunks.iter().flatten().map(|chunk| match chunk {
            NumberChunk::Bytes(cells) => size_of_val(&**cells),
            NumberChunk::Words(cells) => size_of_val(&**cells),
            NumberChunk::Numbers(cells) => size_of_val(&**cells),
        });
        cells.sum::<usize>() + self.chunks.capacity() * size_of::<Option<NumberChunk>>()
    }
}

impl NumberChunk {
    /// Creates cells of 0 that can have numbers with some bits.
    fn new(bits: u32) -> Option<NumberChunk> {
        match bits {
            0..=0xff => vec![0; CHUNK_ROWS].try_into().ok().map(NumberChunk::Bytes),
            0x100..=0xffff => vec![0; CHUNK_ROWS].try_into().ok().map(NumberChunk::Words),
            _ => vec![0; CHUNK_ROWS].try_into().ok().map(NumberChunk::Numbers),
        }
    }

    /// Writes numbers that fit, from a position on.
    fn write(&mut self, start: usize, numbers: &[u32]) {
        match self {
            NumberChunk::Bytes(cells) => {
                cells.iter_mut().skip(start).zip(numbers).for_each(|(to, cell)| *to = *cell as u8)
            }
            NumberChunk::Words(cells) => {
                cells.iter_mut().skip(start).zip(numbers).for_each(|(to, cell)| *to = *cell as u16)
            }
            NumberChunk::Numbers(cells) => cells.iter_mut().skip(start).zip(numbers).for_each(|(to, cell)| *to = *cell),
        }
    }
}

impl NumberCells<'_> {
    /// Returns the cell at a position.
    #[inline(always)]
    pub(super) fn get(self, at: usize) -> u32 {
        match self {
            NumberCells::Bytes(cells) => cells.get(at).copied().map(u32::from),
            NumberCells::Words(cells) => cells.get(at).copied().map(u32::from),
            NumberCells::Numbers(cells) => cells.get(at).copied(),
        }
        .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::NumberColumn;
    use crate::store::row_set::CHUNK_ROWS;
    use alloc::{vec, vec::Vec};

    #[test]
    fn numbers_remain_as_cells_grow_wider() {
        let mut column = NumberColumn::default();
        let mut plain = vec![0; 3 * CHUNK_ROWS];
        let mut random = 1_u32;
        for step in 0..40_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let row = (random >> 8) as usize % plain.len();
            // The first chunk stays narrow; the others get numbers of all widths, one after the other.
            let shift = if row < CHUNK_ROWS { 24 } else { 24 - (step / 10_000).min(3) * 8 };
            let numbers: Vec<u32> = (0..1 + random % 5).map(|number| random.rotate_left(number) >> shift).collect();
            let end = plain.len().min(row + numbers.len());
            let numbers = &numbers[..end - row];
            if row < CHUNK_ROWS && end > CHUNK_ROWS {
                continue;
            }
            column.set_run(row as u32, numbers);
            plain[row..end].copy_from_slice(numbers);
        }
        let found: Vec<u32> = (0..plain.len() as u32).map(|row| column.get(row)).collect();
        assert!(found == plain && column.get(u32::MAX) == 0);
        assert_eq!(column.memory_bytes() / CHUNK_ROWS, 1 + 4 + 4);
        column.set(1, 0x100);
        assert_eq!((column.get(1), column.get(2)), (0x100, plain[2]));
        assert_eq!(column.memory_bytes() / CHUNK_ROWS, 2 + 4 + 4);
    }

    #[test]
    fn a_chunk_without_numbers_takes_no_memory() {
        let mut column = NumberColumn::default();
        column.set_run(0, &vec![0; 2 * CHUNK_ROWS]);
        assert_eq!(column.memory_bytes(), 0);
        column.set(CHUNK_ROWS as u32, 1);
        assert_eq!(column.memory_bytes() / CHUNK_ROWS, 1);
    }
}
