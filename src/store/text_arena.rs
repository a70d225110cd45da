//! Append-only text memory.

use super::{growth::Growth, number_chunks::NumberChunks};
use crate::decode::{append_text, is_same_text};
use alloc::{string::String, vec::Vec};

/// Bytes of a block. A longer string has a block of its own.
const BLOCK_BYTES: usize = 1 << OFFSET_BITS;
const OFFSET_BITS: u32 = 14;

/// Append-only texts, numbered from 0.
///
/// Texts are in blocks of 16 KiB, as all data that grows, so that growth copies no text and leaves no hole in the memory.
/// A text takes its bytes and 4 more: its block (18 bits) and its offset in the block (14 bits). It ends where the next
/// one begins, or at the end of its block.
#[derive(Clone, Debug, Default)]
pub(super) struct TextArena {
    blocks: Vec<String>,
    starts: NumberChunks,
    len: u32,
}

impl TextArena {
    /// Returns the number of texts.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Returns a text by its number; `""` for a number without a text.
    // Not inlined: dozens of places read texts, and the module's bytes count.
    #[inline(never)]
    pub(super) fn get(&self, number: u32) -> &str {
        let found = self.place(number);
        found.and_then(|(block, from, to)| block.get(from..to)).unwrap_or_default()
    }

    /// Returns whether a number is that of a text.
    // Not inlined: a look-up in a hash table has few registers.
    #[inline(never)]
    pub(super) fn is_same(&self, number: u32, text: &[u8]) -> bool {
        let found = self.place(number).and_then(|(block, from, to)| block.as_bytes().get(from..to));
        found.is_some_and(|known| is_same_text(known, text))
    }

    /// Returns the block of a text, its start and its end.
    #[inline(always)]
    fn place(&self, number: u32) -> Option<(&str, usize, usize)> {
        let (start, next) = self.starts.pair(number as usize)?;
        let block = self.blocks.get((start >> OFFSET_BITS) as usize)?;
        let end = match next {
            Some(next) if next >> OFFSET_BITS == start >> OFFSET_BITS => next as usize % BLOCK_BYTES,
            _ => block.len(),
        };
        Some((block, start as usize % BLOCK_BYTES, end))
    }

    /// Returns the memory that more texts of this number of bytes take, but for the bytes themselves; `None` if there are no
    /// positions for them.
    pub(super) fn growth(&self, texts: u32, bytes: usize) -> Option<Growth> {
        // At least every second block is more than half full.
        let can_take = self.blocks.len() + bytes / (BLOCK_BYTES / 2) + 2 < 1 << (u32::BITS - OFFSET_BITS);
        let has_space = self.blocks.last().is_some_and(|block| block.len() + bytes <= block.capacity());
        let count = self.len as usize + texts as usize;
        let blocks = if has_space { 0 } else { BLOCK_BYTES };
        let spare = blocks + self.starts.growth(count);
        can_take.then_some(Growth { taken: 0, spare })
    }

    /// Appends a text, and returns its number.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        let used = self.blocks.last().map_or(BLOCK_BYTES, String::len);
        if used >= BLOCK_BYTES || used + text.len() > BLOCK_BYTES {
            self.add_block(text.len());
        }
        let number = self.len;
        let block = self.blocks.len() as u32 - 1;
        if let Some(last) = self.blocks.last_mut() {
            let start = block << OFFSET_BITS | last.len() as u32;
            append_text(last, text);
            self.starts.push(start);
            self.len += 1;
        }
        number
    }

    /// Adds a block. The first one grows with its text, because most dictionaries are small.
    #[cold]
    fn add_block(&mut self, length: usize) {
        let capacity = if self.blocks.is_empty() { length } else { length.max(BLOCK_BYTES) };
        self.blocks.push(String::with_capacity(capacity));
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let texts: usize = self.blocks.iter().map(String::capacity).sum();
        texts + self.starts.memory_bytes() + self.blocks.capacity() * size_of::<String>()
    }
}
