//! Append-only text memory.

use alloc::{string::String, vec::Vec};

/// Bytes of a block. A longer string has a block of its own.
const BLOCK_BYTES: usize = 1 << OFFSET_BITS;
const OFFSET_BITS: u32 = 14;
/// The number of strings in a chunk of positions.
const CHUNK_STRINGS: usize = 4096;

/// Append-only texts, numbered from 0.
///
/// Texts are in blocks of 16 KiB, as all data that grows, so that growth copies no text and leaves no hole in the memory.
/// A text takes its bytes and 4 more: its block (18 bits) and its offset in the block (14 bits). It ends where the next
/// one begins, or at the end of its block.
#[derive(Clone, Debug, Default)]
pub(super) struct TextArena {
    blocks: Vec<String>,
    starts: Vec<Vec<u32>>,
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
        self.find(number).unwrap_or_default()
    }

    #[inline]
    fn find(&self, number: u32) -> Option<&str> {
        let (chunk, index) = (number as usize / CHUNK_STRINGS, number as usize % CHUNK_STRINGS);
        let starts = self.starts.get(chunk)?;
        let start = *starts.get(index)?;
        let next = starts.get(index + 1).or_else(|| self.starts.get(chunk + 1)?.first());
        let block = self.blocks.get((start >> OFFSET_BITS) as usize)?;
        let from = start as usize % BLOCK_BYTES;
        match next {
            Some(next) if next >> OFFSET_BITS == start >> OFFSET_BITS => block.get(from..*next as usize % BLOCK_BYTES),
            _ => block.get(from..),
        }
    }

    /// Returns the bytes by which the blocks and positions grow for more texts of this number of bytes, but for the bytes
    /// themselves; `None` if there are no positions for them.
    pub(super) fn growth_bytes(&self, texts: u32, bytes: usize) -> Option<usize> {
        // At least every second block is more than half full.
        let can_take = self.blocks.len() + bytes / (BLOCK_BYTES / 2) + 2 < 1 << (u32::BITS - OFFSET_BITS);
        let has_space = self.blocks.last().is_some_and(|block| block.len() + bytes <= block.capacity());
        let count = self.len as usize + texts as usize;
        let chunks = count.div_ceil(CHUNK_STRINGS).saturating_sub(self.starts.len());
        let blocks = if has_space { 0 } else { BLOCK_BYTES };
        can_take.then_some(blocks + chunks * CHUNK_STRINGS * size_of::<u32>())
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
            last.push_str(text);
            if (number as usize).is_multiple_of(CHUNK_STRINGS) {
                // The first chunk grows, because most dictionaries are small.
                self.starts.push(Vec::with_capacity(if number == 0 { 0 } else { CHUNK_STRINGS }));
            }
            if let Some(starts) = self.starts.last_mut() {
                starts.push(start);
            }
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
        let starts: usize = self.starts.iter().map(|starts| starts.capacity() * size_of::<u32>()).sum();
        texts + starts + self.blocks.capacity() * size_of::<String>() + self.starts.capacity() * size_of::<Vec<u32>>()
    }
}
