//! Tables of interned texts.

use super::text_arena::TextArena;
use alloc::{vec, vec::Vec};

/// The bits of a bucket that are of the text's hash.
const TAG_MASK: u32 = 0xff00_0000;
/// The maximum number of texts in a table, and therefore of rows: about 16 million.
const MAX_TEXTS: u32 = !TAG_MASK;

/// Distinct texts, numbered from 0, with a hash table.
///
/// The case ids are a table whose numbers are the rows. The hash table has open addressing: 0 for an empty bucket,
/// otherwise 1 more than the number of a text, and above it 8 bits of the text's hash, so that a look-up rarely reads
/// another text. Its length is a power of two, and at least a quarter of it is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct TextTable {
    texts: TextArena,
    buckets: Vec<u32>,
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
        if self.len() as usize * 4 >= self.buckets.len() * 3 {
            self.grow();
        }
        let hash = text_hash(text);
        match self.bucket(text, hash) {
            (_, Some(number)) => number,
            (bucket, None) => {
                let number = self.texts.push(text);
                if let Some(slot) = self.buckets.get_mut(bucket) {
                    *slot = hash_tag(hash) | (number + 1);
                }
                number
            }
        }
    }

    /// Returns whether there are numbers and positions for more texts of this number of bytes.
    pub(super) fn can_take(&self, texts: u32, bytes: usize) -> bool {
        self.len().saturating_add(texts) < MAX_TEXTS && self.texts.can_take(bytes)
    }

    /// Returns the bytes by which the hash table grows for more texts.
    pub(super) fn growth_bytes(&self, texts: u32) -> usize {
        let needed = (self.len() as usize + texts as usize) * 4 / 3 + 1;
        if needed <= self.buckets.len() { 0 } else { needed.next_power_of_two() * size_of::<u32>() }
    }

    /// Returns the bucket of a text, and the text's number if it is present.
    #[inline]
    fn bucket(&self, text: &str, hash: u64) -> (usize, Option<u32>) {
        let Some(mask) = self.buckets.len().checked_sub(1) else { return (0, None) };
        let tag = hash_tag(hash);
        let mut bucket = hash as usize & mask;
        loop {
            let entry = self.buckets.get(bucket).copied().unwrap_or(0);
            let Some(number) = (entry & !TAG_MASK).checked_sub(1) else { return (bucket, None) };
            if entry & TAG_MASK == tag && self.texts.get(number) == text {
                return (bucket, Some(number));
            }
            bucket = (bucket + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let count = (self.buckets.len() * 2).max(16);
        self.buckets = vec![0; count];
        for number in 0..self.len() {
            let hash = text_hash(self.texts.get(number));
            let mut bucket = hash as usize & (count - 1);
            while self.buckets.get(bucket).is_some_and(|taken| *taken > 0) {
                bucket = (bucket + 1) & (count - 1);
            }
            if let Some(slot) = self.buckets.get_mut(bucket) {
                *slot = hash_tag(hash) | (number + 1);
            }
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes() + self.buckets.capacity() * size_of::<u32>()
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

    /// Returns whether there are ids and positions for more texts of this number of bytes.
    pub(super) fn can_take(&self, texts: u32, bytes: usize) -> bool {
        self.0.can_take(texts, bytes)
    }

    /// Returns the bytes by which the hash table grows for more texts.
    pub(super) fn growth_bytes(&self, texts: u32) -> usize {
        self.0.growth_bytes(texts)
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
