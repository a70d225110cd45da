//! Columns of instants in chunks of 4096 rows, in whole seconds where they are.

use super::row_set::CHUNK_ROWS;
use alloc::{boxed::Box, vec, vec::Vec};

/// The cell of a missing date.
pub(super) const NO_DATE: i64 = i64::MIN;

/// The cells of a chunk.
#[derive(Clone, Debug)]
enum InstantChunk {
    /// Seconds since 1970; 0 for [`NO_DATE`].
    Seconds(Box<[u32; CHUNK_ROWS]>),
    Milliseconds(Box<[i64; CHUNK_ROWS]>),
}

/// The cells of a chunk, to be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum InstantCells<'a> {
    /// Seconds since 1970; 0 for [`NO_DATE`].
    Seconds(&'a [u32; CHUNK_ROWS]),
    Milliseconds(&'a [i64; CHUNK_ROWS]),
}

/// The cells of a chunk without instants.
static BLANK: [u32; CHUNK_ROWS] = [0; CHUNK_ROWS];

/// A column: an instant per row in milliseconds since 1970 (UTC), [`NO_DATE`] where none was set.
///
/// The service's dates are whole seconds (www/guide/service.md#responses). A chunk whose instants are takes 4 bytes a row, up
/// to the year 2106; another one takes 8 bytes, and one without instants none.
#[derive(Clone, Debug, Default)]
pub(super) struct InstantColumn {
    chunks: Vec<Option<InstantChunk>>,
}

/// Returns the cell of an instant in seconds, if it has one.
#[inline(always)]
fn seconds_of(ms: i64) -> Option<u32> {
    // The inverse of 125 modulo 2^64: a product is less than 2^32 only if 125 divides the number without a rest.
    const INVERSE: u64 = 0x1cac_0831_26e9_78d5;
    let seconds = (ms as u64 >> 3).wrapping_mul(INVERSE);
    if ms & 7 == 0 && seconds.wrapping_sub(1) < u64::from(u32::MAX) {
        return Some(seconds as u32);
    }
    (ms == NO_DATE).then_some(0)
}

/// Returns the instant of a cell in seconds.
#[inline(always)]
fn instant_of(seconds: u32) -> i64 {
    if seconds == 0 { NO_DATE } else { i64::from(seconds) * 1000 }
}

impl InstantColumn {
    /// Returns the cells of a chunk; blank ones after the last row.
    #[inline]
    pub(super) fn chunk(&self, chunk: usize) -> InstantCells<'_> {
        match self.chunks.get(chunk) {
            Some(Some(InstantChunk::Seconds(cells))) => InstantCells::Seconds(cells),
            Some(Some(InstantChunk::Milliseconds(cells))) => InstantCells::Milliseconds(cells),
            _ => InstantCells::Seconds(&BLANK),
        }
    }

    /// Returns the cell of a row.
    #[inline]
    pub(super) fn get(&self, row: u32) -> i64 {
        self.chunk(row as usize / CHUNK_ROWS).get(row as usize % CHUNK_ROWS)
    }

    /// Sets the cell of a row, and grows the column to the row.
    pub(super) fn set(&mut self, row: u32, cell: i64) {
        self.set_run(row, &[cell]);
    }

    /// Sets the cells of consecutive rows.
    pub(super) fn set_run(&mut self, first: u32, cells: &[i64]) {
        let (mut row, mut cells) = (first as usize, cells);
        while !cells.is_empty() {
            let (chunk, start) = (row / CHUNK_ROWS, row % CHUNK_ROWS);
            let (here, later) = cells.split_at_checked(CHUNK_ROWS - start).unwrap_or((cells, &[]));
            if !self.write(chunk, start, here) {
                self.widen(chunk, here.iter().all(|ms| seconds_of(*ms).is_some()));
                self.write(chunk, start, here);
            }
            (row, cells) = (row + here.len(), later);
        }
    }

    /// Writes instants to a chunk, from a position on. Returns whether they fit.
    fn write(&mut self, chunk: usize, start: usize, instants: &[i64]) -> bool {
        match self.chunks.get_mut(chunk) {
            Some(Some(InstantChunk::Seconds(cells))) => cells
                .iter_mut()
                .skip(start)
                .zip(instants)
                .all(|(to, ms)| seconds_of(*ms).map(|cell| *to = cell).is_some()),
            Some(Some(InstantChunk::Milliseconds(cells))) => {
                cells.iter_mut().skip(start).zip(instants).for_each(|(to, ms)| *to = *ms);
                true
            }
            _ => instants.iter().all(|ms| *ms == NO_DATE),
        }
    }

    /// Makes space for instants in a chunk that has none, or only for whole seconds.
    #[cold]
    #[inline(never)]
    fn widen(&mut self, chunk: usize, has_seconds: bool) {
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        let wide = if has_seconds {
            vec![0; CHUNK_ROWS].try_into().ok().map(InstantChunk::Seconds)
        } else {
            let narrow = self.chunk(chunk);
            let cells: Vec<i64> = (0..CHUNK_ROWS).map(|at| narrow.get(at)).collect();
            cells.try_into().ok().map(InstantChunk::Milliseconds)
        };
        if let Some(slot) = self.chunks.get_mut(chunk) {
            *slot = wide;
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let cells = self.chunks.iter().flatten().map(|chunk| match chunk {
            InstantChunk::Seconds(cells) => size_of_val(&**cells),
            InstantChunk::Milliseconds(cells) => size_of_val(&**cells),
        });
        cells.sum::<usize>() + self.chunks.capacity() * size_of::<Option<InstantChunk>>()
    }
}

impl InstantCells<'_> {
    /// Returns the cell at a position.
    #[inline(always)]
    pub(super) fn get(self, at: usize) -> i64 {
        match self {
            InstantCells::Seconds(cells) => cells.get(at).map(|seconds| instant_of(*seconds)),
            InstantCells::Milliseconds(cells) => cells.get(at).copied(),
        }
        .unwrap_or(NO_DATE)
    }
}

#[cfg(test)]
mod tests {
    use super::{InstantColumn, NO_DATE, instant_of, seconds_of};
    use crate::store::row_set::CHUNK_ROWS;
    use alloc::{vec, vec::Vec};

    #[test]
    fn whole_seconds_are_found_without_a_division() {
        for seconds in [1, 2, 124, 125, 1_779_000_000, u32::MAX - 1, u32::MAX] {
            let ms = i64::from(seconds) * 1000;
            assert_eq!((seconds_of(ms), instant_of(seconds)), (Some(seconds), ms));
            for other in [1, 8, 125, 500, 999] {
                assert_eq!(seconds_of(ms + other), None, "{seconds} {other}");
            }
        }
        for ms in [0, 1, -1, -1000, 1000 << 32, i64::MAX, i64::MAX - 7, NO_DATE + 1, NO_DATE + 8] {
            assert_eq!(seconds_of(ms), None, "{ms}");
        }
        assert_eq!((seconds_of(NO_DATE), instant_of(0)), (Some(0), NO_DATE));
    }

    #[test]
    fn instants_remain_when_a_chunk_gets_others_than_whole_seconds() {
        let mut column = InstantColumn::default();
        column.set_run(0, &vec![NO_DATE; 2 * CHUNK_ROWS]);
        assert_eq!(column.memory_bytes(), 0);
        let mut plain: Vec<i64> = (0..3 * CHUNK_ROWS as i64).map(|row| (1_700_000_000 + row) * 1000).collect();
        plain[7] = NO_DATE;
        column.set_run(0, &plain);
        assert_eq!(column.memory_bytes() / CHUNK_ROWS, 3 * 4);
        let last = 2 * CHUNK_ROWS as u32;
        for (row, ms) in [(1, 0), (last + 1, 1), (last + 2, -5000), (last + 3, NO_DATE), (last + 4, 9000)] {
            column.set(row, ms);
            plain[row as usize] = ms;
        }
        let found: Vec<i64> = (0..plain.len() as u32).map(|row| column.get(row)).collect();
        assert!(found == plain && column.get(u32::MAX) == NO_DATE);
        assert_eq!(column.memory_bytes() / CHUNK_ROWS, 8 + 4 + 8);
    }
}
