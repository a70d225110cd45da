//! Append-only numbers in chunks.

use alloc::vec::Vec;

/// The numbers of a chunk.
const CHUNK_NUMBERS: usize = 4096;

/// Append-only numbers, numbered from 0, in chunks that remain where they are when more are added.
#[derive(Clone, Debug, Default)]
pub(super) struct NumberChunks {
    chunks: Vec<Vec<u32>>,
}

impl NumberChunks {
    /// Returns a number and the one after it, if there is one.
    #[inline(always)]
    pub(super) fn pair(&self, index: usize) -> Option<(u32, Option<u32>)> {
        let (number, at) = (index / CHUNK_NUMBERS, index % CHUNK_NUMBERS);
        let chunk = self.chunks.get(number)?;
        let next = chunk.get(at + 1).or_else(|| self.chunks.get(number + 1)?.first());
        Some((*chunk.get(at)?, next.copied()))
    }

    /// Returns all numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.chunks.iter().flatten().copied()
    }

    /// Appends a number.
    #[inline]
    pub(super) fn push(&mut self, number: u32) {
        if let Some(last) = self.chunks.last_mut()
            && last.len() < CHUNK_NUMBERS
        {
            last.push(number);
        } else {
            self.add_chunk(number);
        }
    }

    /// Adds a chunk. The first one grows with its numbers, because most are few.
    #[cold]
    #[inline(never)]
    fn add_chunk(&mut self, number: u32) {
        let mut chunk = Vec::with_capacity(if self.chunks.is_empty() { 1 } else { CHUNK_NUMBERS });
        chunk.push(number);
        self.chunks.push(chunk);
    }

    /// Returns the bytes of memory that chunks for `count` numbers take in addition.
    pub(super) fn growth(&self, count: usize) -> usize {
        count.div_ceil(CHUNK_NUMBERS).saturating_sub(self.chunks.len()) * CHUNK_NUMBERS * size_of::<u32>()
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let numbers: usize = self.chunks.iter().map(Vec::capacity).sum();
        numbers * size_of::<u32>() + self.chunks.capacity() * size_of::<Vec<u32>>()
    }
}
