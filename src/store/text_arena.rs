//! Append-only text memory.

use super::growth::Growth;
use crate::decode::{append_text, is_same_text};
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
        let (chunk, index) = (number as usize / CHUNK_STRINGS, number as usize % CHUNK_STRINGS);
        let starts = self.starts.get(chunk)?;
        let start = *starts.get(index)?;
        let next = starts.get(index + 1).or_else(|| self.starts.get(chunk + 1)?.first());
        let block = self.blocks.get((start >> OFFSET_BITS) as usize)?;
        let end = match next {
            Some(next) if next >> OFFSET_BITS == start >> OFFSET_BITS => *next as usize % BLOCK_BYTES,
            _ => block.len(),
        };
        Some((block, start as usize % BLOCK_BYTES, end))
    }

    /// Calls a function with the bytes of each text, in the order of the numbers.
    pub(super) fn for_each(&self, mut visit: impl FnMut(&[u8])) {
        let mut block: &[u8] = &[];
        // The start of the text before the next one; the first one has no text before it.
        let mut before = u32::MAX;
        for start in self.starts.iter().flat_map(|starts| starts.iter()) {
            let is_same = start >> OFFSET_BITS == before >> OFFSET_BITS;
            let end = if is_same { *start as usize % BLOCK_BYTES } else { block.len() };
            if before != u32::MAX {
                visit(block.get(before as usize % BLOCK_BYTES..end).unwrap_or_default());
            }
            if !is_same {
                block = self.blocks.get((start >> OFFSET_BITS) as usize).map_or(&[], |block| block.as_bytes());
            }
            before = *start;
        }
        if before != u32::MAX {
            visit(block.get(before as usize % BLOCK_BYTES..).unwrap_or_default());
        }
    }

    /// Returns the memory that more texts of this number of bytes take, but for the bytes themselves; `None` if there are no
    /// positions for them.
    pub(super) fn growth(&self, texts: u32, bytes: usize) -> Option<Growth> {
        // At least every second block is more than half full.
        let can_take = self.blocks.len() + bytes / (BLOCK_BYTES / 2) + 2 < 1 << (u32::BITS - OFFSET_BITS);
        let has_space = self.blocks.last().is_some_and(|block| block.len() + bytes <= block.capacity());
        let count = self.len as usize + texts as usize;
        let chunks = count.div_ceil(CHUNK_STRINGS).saturating_sub(self.starts.len());
        let blocks = if has_space { 0 } else { BLOCK_BYTES };
        let spare = blocks + chunks * CHUNK_STRINGS * size_of::<u32>();
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
