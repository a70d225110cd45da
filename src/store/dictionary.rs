//! Tables of interned texts.

use super::{growth::Growth, number_chunks::NumberChunks, text_arena::TextArena};
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
/// the table grows: a table that is freed leaves a hole in the memory of a wasm module. The hashes are kept: with
/// them, a table that grows reads no text.
#[derive(Clone, Debug, Default)]
pub(super) struct TextTable {
    texts: TextArena,
    hashes: NumberChunks,
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
        (self.bucket(text.as_bytes(), text_hash(text.as_bytes())) as u32).checked_sub(1)
    }

    /// Returns the number of a text, which is added if it is absent.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        self.reserve(1);
        self.intern_hashed(text, text_hash(text.as_bytes()))
    }

    /// Replaces `numbers` by those of texts, in their order. Texts that are absent are added.
    ///
    /// The buckets of many texts are far apart in the memory. They are loaded first, so that the loads overlap.
    pub(super) fn intern_all(&mut self, texts: &[&str], hashes: &mut Vec<u32>, numbers: &mut Vec<u32>) {
        self.reserve(texts.len());
        hashes.clear();
        hashes.extend(texts.iter().map(|text| text_hash(text.as_bytes())));
        let mask = self.bucket_count.wrapping_sub(1);
        let mut loaded = 0;
        for hash in hashes.iter() {
            let bucket = *hash as usize & mask;
            let block = self.blocks.get(bucket / BLOCK_BUCKETS);
            loaded |= block.and_then(|block| block.get(bucket % BLOCK_BUCKETS)).copied().unwrap_or(0);
        }
        core::hint::black_box(loaded);
        numbers.clear();
        numbers.extend(texts.iter().zip(hashes).map(|(text, hash)| self.intern_hashed(text, *hash)));
    }

    /// Returns the number of a text, for which the table has an empty bucket.
    fn intern_hashed(&mut self, text: &str, hash: u32) -> u32 {
        let found = self.bucket(text.as_bytes(), hash);
        if let Some(number) = (found as u32).checked_sub(1) {
            return number;
        }
        let number = self.texts.push(text);
        self.hashes.push(hash);
        let bucket = (found >> u32::BITS) as usize;
        let block = self.blocks.get_mut(bucket / BLOCK_BUCKETS);
        if let Some(slot) = block.and_then(|block| block.get_mut(bucket % BLOCK_BUCKETS)) {
            *slot = hash & TAG_MASK | (number + 1);
        }
        number
    }

    /// Returns the memory that more texts of this number of bytes take, but for the bytes themselves; `None` if there are no
    /// numbers or positions for them.
    pub(super) fn growth(&self, texts: u32, bytes: usize) -> Option<Growth> {
        let count = self.len().checked_add(texts).filter(|count| *count < MAX_TEXTS)?;
        let buckets = buckets_for(count as usize);
        let mut growth = self.texts.growth(texts, bytes)?;
        growth.taken += buckets.saturating_sub(self.bucket_count) * size_of::<u32>();
        growth.spare += self.hashes.growth(count as usize);
        Some(growth)
    }

    /// Returns the bucket of a text, and below its number 1 more than the text's number; 0 if it is absent.
    // One number, since a pair is returned in memory.
    #[inline(never)]
    fn bucket(&self, text: &[u8], hash: u32) -> u64 {
        let Some(mask) = self.bucket_count.checked_sub(1) else { return 0 };
        let tag = hash & TAG_MASK;
        let mut bucket = hash as usize & mask;
        loop {
            let block = self.blocks.get(bucket / BLOCK_BUCKETS);
            let mut entry = block.and_then(|block| block.get(bucket % BLOCK_BUCKETS)).copied().unwrap_or(0);
            // Half of the texts are in the first bucket, or it is empty.
            if entry != 0 && (entry ^ tag) > !TAG_MASK {
                let found = self.candidate(tag, (bucket + 1) & mask);
                bucket = (found >> u32::BITS) as usize;
                entry = found as u32;
            }
            let found = (bucket as u64) << u32::BITS | u64::from(entry & !TAG_MASK);
            if (found as u32).checked_sub(1).is_none_or(|number| self.texts.is_same(number, text)) {
                return found;
            }
            bucket = (bucket + 1) & mask;
        }
    }

    /// Returns the first bucket from one on that is empty or has a tag, and below its number the entry.
    // A function of its own, so that the loop has registers for all that it needs.
    #[inline(never)]
    fn candidate(&self, tag: u32, mut bucket: usize) -> u64 {
        loop {
            let entries = self.blocks.get(bucket / BLOCK_BUCKETS).and_then(|block| block.get(bucket % BLOCK_BUCKETS..));
            for entry in entries.unwrap_or_default() {
                // An empty bucket has no tag.
                if (entry ^ tag) <= !TAG_MASK || *entry == 0 {
                    return (bucket as u64) << u32::BITS | u64::from(*entry);
                }
                bucket += 1;
            }
            // The next block, or the first one of a table without another.
            bucket &= self.bucket_count.wrapping_sub(1);
        }
    }

    /// Makes empty buckets for more texts.
    #[inline]
    fn reserve(&mut self, texts: usize) {
        if (self.len() as usize + texts) * 16 >= self.bucket_count * 13 {
            self.grow(self.len() as usize + texts);
        }
    }

    /// Grows the hash table to the buckets of a number of texts.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, texts: usize) {
        let count = buckets_for(texts).max(16);
        if self.bucket_count < BLOCK_BUCKETS {
            self.blocks.clear();
        }
        self.blocks.iter_mut().for_each(|block| block.fill(0));
        self.blocks.resize(count.div_ceil(BLOCK_BUCKETS), vec![0; count.min(BLOCK_BUCKETS)].into_boxed_slice());
        self.bucket_count = count;
        for (hash, number) in self.hashes.iter().zip(1_u32..) {
            let mut bucket = hash as usize & (count - 1);
            'empty: loop {
                let entries = self.blocks.get_mut(bucket / BLOCK_BUCKETS);
                for slot in entries.and_then(|block| block.get_mut(bucket % BLOCK_BUCKETS..)).unwrap_or_default() {
                    if *slot == 0 {
                        *slot = hash & TAG_MASK | number;
                        break 'empty;
                    }
                }
                bucket = ((bucket / BLOCK_BUCKETS + 1) * BLOCK_BUCKETS) & (count - 1);
            }
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes() + self.hashes.memory_bytes() + self.bucket_count * size_of::<u32>()
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

    /// Returns whether an id is that of a value.
    pub(super) fn is_same(&self, id: u32, text: &str) -> bool {
        self.0.texts.is_same(id, text.as_bytes())
    }

    /// Returns the id of a value that is present. `""` has 0.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.0.find(text)
    }

    /// Returns the id of a value, which is added if it is absent.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if text.is_empty() { 0 } else { self.0.intern(text) }
    }

    /// Replaces `ids` by those of values, in their order. Values that are absent are added.
    pub(super) fn intern_all(&mut self, texts: &[&str], hashes: &mut Vec<u32>, ids: &mut Vec<u32>) {
        self.0.intern_all(texts, hashes, ids);
    }

    /// Returns the memory that more values of this number of bytes take, but for the bytes themselves; `None` if there are no
    /// ids or positions for them.
    pub(super) fn growth(&self, texts: u32, bytes: usize) -> Option<Growth> {
        self.0.growth(texts, bytes)
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.0.memory_bytes()
    }
}

/// Returns a hash of a text, eight bytes per step, as FxHash of rustc, with a finalizer.
#[inline(always)]
fn text_hash(text: &[u8]) -> u32 {
    const MULTIPLIER: u64 = 0x517c_c1b7_2722_0a95;
    let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    let mut hash = text.len() as u64;
    for word in text.as_chunks::<8>().0 {
        hash = step(hash, u64::from_le_bytes(*word));
    }
    // The last eight bytes at once, though some of them count twice.
    let last = match text.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => text.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
    };
    hash = step(hash, last);
    // The last letters of an id reach the highest bits only; the bucket is selected by the lowest.
    hash = (hash ^ hash >> 32).wrapping_mul(MULTIPLIER);
    (hash ^ hash >> 32) as u32
}

/// Returns the number of buckets for a number of texts.
fn buckets_for(texts: usize) -> usize {
    (texts * 16 / 13 + 1).next_power_of_two()
}
