//! Tables of interned texts.

use super::text_arena::TextArena;
use alloc::{boxed::Box, vec, vec::Vec};

/// The bits of a bucket that are of the text's hash.
const TAG_MASK: u32 = 0xff00_0000;
/// The maximum number of texts in a table, and therefore of rows: about 16 million.
const MAX_TEXTS: u32 = !TAG_MASK;
/// The number of buckets in a block of the hash table.
const BLOCK_BUCKETS: usize = 4096;

/// Distinct texts, numbered from 0, with a hash table.
///
/// The case ids are a table whose numbers are the rows. The hash table has open addressing: 0 for an empty bucket,
/// otherwise 1 more than the number of a text, and above it 8 bits of the text's hash, so that a look-up rarely reads
/// another text. Its length is a power of two, and at most 13 of 16 buckets are taken. It is in blocks, which remain when
/// the table grows: a table that is freed leaves a hole in the memory of a wasm module.
#[derive(Clone, Debug, Default)]
pub(super) struct TextTable {
    texts: TextArena,
    blocks: Vec<Box<[u32]>>,
    bucket_count: usize,
}

impl TextTable {
    /// Returns the number of texts.
    pub(super) fn len(&self) -> u32 {
        self.texts.len()
    }

    /// Returns a text by its number; `""` for a number without a text.
    #[inline]
    pub(super) fn get(&self, number: u32) -> &str {
        self.texts.get(number)
    }

    /// Returns the number of a text.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.bucket(text, text_hash(text)).1
    }

    /// Returns the number of a text, which is added if it is absent.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if self.len() as usize * 16 >= self.bucket_count * 13 {
            self.grow();
        }
        let hash = text_hash(text);
        match self.bucket(text, hash) {
            (_, Some(number)) => number,
            (bucket, None) => {
                let number = self.texts.push(text);
                self.set_entry(bucket, hash, number);
                number
            }
        }
    }

    /// Returns the bytes by which the table grows for more texts of this number of bytes, but for the bytes themselves;
    /// `None` if there are no numbers or positions for them.
    pub(super) fn growth_bytes(&self, texts: u32, bytes: usize) -> Option<usize> {
        let count = self.len().checked_add(texts).filter(|count| *count < MAX_TEXTS)?;
        let buckets = (count as usize * 16 / 13 + 1).next_power_of_two();
        let missing = buckets.saturating_sub(self.bucket_count) * size_of::<u32>();
        Some(self.texts.growth_bytes(texts, bytes)? + missing)
    }

    /// Returns the bucket of a text, and the text's number if it is present.
    #[inline]
    fn bucket(&self, text: &str, hash: u64) -> (usize, Option<u32>) {
        let Some(mask) = self.bucket_count.checked_sub(1) else { return (0, None) };
        let tag = hash_tag(hash);
        let mut bucket = hash as usize & mask;
        loop {
            let entries = self.blocks.get(bucket / BLOCK_BUCKETS).and_then(|block| block.get(bucket % BLOCK_BUCKETS..));
            for (entry, bucket) in entries.unwrap_or_default().iter().zip(bucket..) {
                let Some(number) = (entry & !TAG_MASK).checked_sub(1) else { return (bucket, None) };
                if entry & TAG_MASK == tag && self.texts.get(number) == text {
                    return (bucket, Some(number));
                }
            }
            bucket = ((bucket / BLOCK_BUCKETS + 1) * BLOCK_BUCKETS) & mask;
        }
    }

    #[inline]
    fn set_entry(&mut self, bucket: usize, hash: u64, number: u32) {
        let block = self.blocks.get_mut(bucket / BLOCK_BUCKETS);
        if let Some(slot) = block.and_then(|block| block.get_mut(bucket % BLOCK_BUCKETS)) {
            *slot = hash_tag(hash) | (number + 1);
        }
    }

    #[cold]
    fn grow(&mut self) {
        let count = (self.bucket_count * 2).max(16);
        if count <= BLOCK_BUCKETS {
            self.blocks.clear();
        }
        self.blocks.iter_mut().for_each(|block| block.fill(0));
        self.blocks.resize(count.div_ceil(BLOCK_BUCKETS), vec![0; count.min(BLOCK_BUCKETS)].into_boxed_slice());
        self.bucket_count = count;
        for number in 0..self.len() {
            let hash = text_hash(self.texts.get(number));
            let mut bucket = hash as usize & (count - 1);
            'search: loop {
                let entries = self.blocks.get_mut(bucket / BLOCK_BUCKETS);
                for slot in entries.and_then(|block| block.get_mut(bucket % BLOCK_BUCKETS..)).unwrap_or_default() {
                    if *slot == 0 {
                        *slot = hash_tag(hash) | (number + 1);
                        break 'search;
                    }
                }
                bucket = ((bucket / BLOCK_BUCKETS + 1) * BLOCK_BUCKETS) & (count - 1);
            }
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes() + self.bucket_count * size_of::<u32>()
    }
}

/// The distinct values of a column, numbered in the order of their arrival. Number 0 is `""`, the missing value.
#[derive(Clone, Debug)]
pub(super) struct Dictionary(TextTable);

impl Default for Dictionary {
    fn default() -> Dictionary {
        let mut table = TextTable::default();
        table.intern("");
        Dictionary(table)
    }
}

impl Dictionary {
    /// Returns the number of values, including `""`.
    pub(super) fn len(&self) -> u32 {
        self.0.len()
    }

    /// Returns a value by its id.
    #[inline]
    pub(super) fn get(&self, id: u32) -> &str {
        self.0.get(id)
    }

    /// Returns the id of a value that is present. `""` has 0.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.0.find(text)
    }

    /// Returns the id of a value, which is added if it is absent.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if text.is_empty() { 0 } else { self.0.intern(text) }
    }

    /// Returns the bytes by which the table grows for more texts of this number of bytes, but for the bytes themselves;
    /// `None` if there are no ids or positions for them.
    pub(super) fn growth_bytes(&self, texts: u32, bytes: usize) -> Option<usize> {
        self.0.growth_bytes(texts, bytes)
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.0.memory_bytes()
    }
}

/// Returns a hash of a text, eight bytes per step, as FxHash of rustc, with a finalizer.
#[inline]
fn text_hash(text: &str) -> u64 {
    const MULTIPLIER: u64 = 0x517c_c1b7_2722_0a95;
    let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    let mut hash = text.len() as u64;
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    for word in words {
        hash = step(hash, u64::from_le_bytes(*word));
    }
    // The last eight bytes, which overlap the word before, or all bytes of a shorter text.
    let tail = match text.as_bytes().last_chunk::<8>() {
        Some(tail) => u64::from_le_bytes(*tail),
        None => rest.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
    };
    hash = step(hash, tail);
    // The last letters of an id reach the highest bits only; the bucket is selected by the lowest.
    hash = (hash ^ hash >> 32).wrapping_mul(MULTIPLIER);
    hash ^ hash >> 32
}

/// Returns the bits of a hash that are in its bucket.
fn hash_tag(hash: u64) -> u32 {
    (hash >> 32) as u32 & TAG_MASK
}
