//! Interned texts.

use super::text_arena::TextArena;
use alloc::{vec, vec::Vec};

/// Distinct texts, numbered from 0, with a hash table.
///
/// The case ids are a table whose numbers are the rows. The hash table has open addressing: 0 for an empty bucket,
/// otherwise 1 more than the number of a text. Its length is a power of two, and at least a quarter of it is empty.
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
        self.bucket(text).1
    }

    /// Returns the number of a text, which is added if it is absent.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if self.len() as usize * 4 >= self.buckets.len() * 3 {
            self.grow();
        }
        match self.bucket(text) {
            (_, Some(number)) => number,
            (bucket, None) => {
                let number = self.texts.push(text);
                if let Some(slot) = self.buckets.get_mut(bucket) {
                    *slot = number + 1;
                }
                number
            }
        }
    }

    /// Returns whether there are positions for more texts of this number of bytes.
    pub(super) fn can_take(&self, bytes: usize) -> bool {
        self.texts.can_take(bytes)
    }

    /// Returns the bytes by which the hash table grows for more texts.
    pub(super) fn growth_bytes(&self, texts: u32) -> usize {
        let needed = (self.len() as usize + texts as usize) * 4 / 3 + 1;
        if needed <= self.buckets.len() { 0 } else { needed.next_power_of_two() * size_of::<u32>() }
    }

    /// Returns the bucket of a text, and the text's number if it is present.
    #[inline]
    fn bucket(&self, text: &str) -> (usize, Option<u32>) {
        let Some(mask) = self.buckets.len().checked_sub(1) else { return (0, None) };
        let mut bucket = text_hash(text) & mask;
        loop {
            match self.buckets.get(bucket).and_then(|entry| entry.checked_sub(1)) {
                Some(number) if self.texts.get(number) == text => return (bucket, Some(number)),
                Some(_) => bucket = (bucket + 1) & mask,
                None => return (bucket, None),
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let count = (self.buckets.len() * 2).max(16);
        self.buckets = vec![0; count];
        for number in 0..self.len() {
            let mut bucket = text_hash(self.texts.get(number)) & (count - 1);
            while self.buckets.get(bucket).is_some_and(|taken| *taken > 0) {
                bucket = (bucket + 1) & (count - 1);
            }
            if let Some(slot) = self.buckets.get_mut(bucket) {
                *slot = number + 1;
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

    /// Returns whether there are positions for more texts of this number of bytes.
    pub(super) fn can_take(&self, bytes: usize) -> bool {
        self.0.can_take(bytes)
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

/// Returns a hash of a text, eight bytes per step: FxHash, as rustc uses it. Its high bits, which depend on every byte,
/// are folded into the low bits, which select a bucket.
#[inline]
fn text_hash(text: &str) -> usize {
    const MULTIPLIER: u64 = 0x517c_c1b7_2722_0a95;
    let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mut hash = text.len() as u64;
    for word in words {
        hash = step(hash, u64::from_le_bytes(*word));
    }
    let tail = rest.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte));
    hash = step(hash, tail);
    (hash ^ (hash >> 32)) as u32 as usize
}
