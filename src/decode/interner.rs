//! String interning.
//!
//! Names, contracts and technologies repeat in the records of a page. The interner stores each in the arena once.

use super::simd::{ArenaWriter, LANES, PaddedInput, U8x16, bytes_eq};
use alloc::{vec, vec::Vec};

/// Entries of the hash table. It is direct-mapped: a new string replaces the entry with the same hash.
const ENTRIES: usize = 128;
/// Consecutive misses after which a column is no longer looked up.
const MAX_MISSES: u8 = 16;
/// Columns with a miss counter of their own.
const COLUMNS: usize = 32;

/// The interned strings of a document, as a direct-mapped hash table.
#[derive(Debug, Default)]
pub(super) struct Interner {
    entries: Vec<InternerEntry>,
    /// Misses left per column before it is no longer looked up.
    misses_left: [u8; COLUMNS],
    /// The number of the document. Entries of earlier documents do not match.
    document: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct InternerEntry {
    /// Document, length and whether the string is ASCII, packed into one number.
    key: u64,
    start: u32,
    /// The number of the string.
    string: u32,
}

impl Interner {
    /// Starts another document, which invalidates all entries.
    pub(super) fn begin_document(&mut self) {
        self.document = self.document.wrapping_add(1);
        if self.entries.is_empty() || self.document == 0 {
            self.entries = vec![InternerEntry::default(); ENTRIES];
            self.document = 1;
        }
        self.misses_left = [MAX_MISSES; COLUMNS];
    }

    /// Removes the strings from this number on.
    #[cold]
    pub(super) fn forget_from(&mut self, number: u32) {
        self.entries.iter_mut().filter(|entry| entry.string >= number).for_each(|entry| entry.key = 0);
    }

    /// Returns the key of an entry. No string has key 0, which marks an empty entry.
    #[inline(always)]
    fn key(&self, length: usize, is_ascii: bool) -> u64 {
        u64::from(self.document) << 32 | (length as u64) << 1 | u64::from(is_ascii)
    }

    /// Returns the number of an equal string, or inserts this one as `number`.
    ///
    /// The string is at `used` in the arena and stays there if it is inserted.
    pub(super) fn intern(
        &mut self,
        text: &ArenaWriter<'_>,
        arena_len: usize,
        length: usize,
        column: usize,
        number: u32,
    ) -> Option<u32> {
        let is_same = |start| arena_bytes_eq(text, start, arena_len, length);
        self.intern_hashed(|| hash(text.bytes(), arena_len, length), is_same, arena_len, length, column, number)
    }

    /// Interns a string that is in the body at `at` without escapes, and whose first two vectors are loaded.
    ///
    /// The hash may cover bytes around the string: in one column they are the same for every occurrence.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "it is called in one place, where all of them are at hand")]
    pub(super) fn intern_plain(
        &mut self,
        body: PaddedInput<'_>,
        text: &ArenaWriter<'_>,
        vectors: [U8x16; 2],
        at: usize,
        arena_len: usize,
        length: usize,
        column: usize,
        number: u32,
    ) -> Option<u32> {
        let hash = || mix(body.u64_le(at), body.u64_le((at + length).wrapping_sub(8)));
        let is_same = |start| {
            if length > 2 * LANES {
                return arena_bytes_eq(text, start, arena_len, length);
            }
            let [first, second] = vectors;
            let same = text.vector(start).eq_mask(first) | text.vector(start + LANES).eq_mask(second) << LANES;
            // Bytes after the end are ignored.
            same | (u64::from(u32::MAX) << length) as u32 == u32::MAX
        };
        self.intern_hashed(hash, is_same, arena_len, length, column, number)
    }

    #[inline(always)]
    fn intern_hashed(
        &mut self,
        hash: impl FnOnce() -> usize,
        is_same: impl Fn(usize) -> bool,
        arena_len: usize,
        length: usize,
        column: usize,
        number: u32,
    ) -> Option<u32> {
        let key = self.key(length, true);
        let misses_left = self.misses_left.get_mut(column).filter(|misses_left| **misses_left > 0)?;
        let entry = self.entries.get_mut(hash() % ENTRIES)?;
        if entry.key == key && is_same(entry.start as usize) {
            *misses_left = MAX_MISSES;
            return Some(entry.string);
        }
        *misses_left -= 1;
        *entry = InternerEntry { key, start: arena_len as u32, string: number };
        None
    }

    /// Interns a string with non-ASCII characters, which is appended to `wide` if it is inserted.
    #[inline(never)]
    pub(super) fn intern_wide(
        &mut self,
        text: &[u8],
        arena_len: usize,
        length: usize,
        column: usize,
        number: u32,
        wide: &[u8],
    ) -> Option<u32> {
        let key = self.key(length, false);
        let misses_left = self.misses_left.get_mut(column).filter(|misses_left| **misses_left > 0)?;
        let entry = self.entries.get_mut(hash(text, arena_len, length) % ENTRIES)?;
        let start = entry.start as usize;
        if entry.key == key && wide.get(start..start + length) == text.get(arena_len..arena_len + length) {
            *misses_left = MAX_MISSES;
            return Some(entry.string);
        }
        *misses_left -= 1;
        *entry = InternerEntry { key, start: wide.len() as u32, string: number };
        None
    }
}

#[inline(never)]
fn arena_bytes_eq(text: &ArenaWriter<'_>, start: usize, arena_len: usize, length: usize) -> bool {
    bytes_eq(|done| text.vector(start + done), |done| text.vector(arena_len + done), length)
}

/// Hashes the length and the first and last eight bytes.
#[inline(always)]
fn hash(text: &[u8], arena_len: usize, length: usize) -> usize {
    let word = |at: usize| {
        text.get(at..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |chunk| u64::from_le_bytes(*chunk))
    };
    let (first, last) = match length {
        // Bytes after the end of the string are masked out.
        0..8 => (word(arena_len) & ((1 << (8 * length)) - 1), 0),
        _ => (word(arena_len), word(arena_len + length - 8)),
    };
    mix(first, last ^ length as u64)
}

#[inline(always)]
fn mix(first: u64, last: u64) -> usize {
    ((first ^ last.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57) as usize
}
