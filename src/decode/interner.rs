//! Texts that repeat: names, contracts and technologies are the same in many records of a page, and stand in its text
//! once.

use super::simd::{LANE, Lane, Padded, Room, same};
use alloc::{vec, vec::Vec};

/// How many texts are remembered; a newer one takes the place of an older one.
const SLOTS: usize = 128;
/// A column whose texts were new so many times in a row is not looked at any more.
const PATIENCE: u8 = 16;
/// How many columns are told apart.
const COLUMNS: usize = 32;

/// The texts that came before.
#[derive(Debug, Default)]
pub(super) struct Share {
    slots: Vec<Slot>,
    /// How much patience is left with each column.
    patience: [u8; COLUMNS],
    /// Which document is being read: what is remembered of another one does not count.
    document: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Its document, its length, and whether it is ASCII, in one.
    key: u64,
    start: u32,
    /// The string's number.
    string: u32,
}

impl Share {
    /// Another document begins.
    pub(super) fn begin(&mut self) {
        self.document = self.document.wrapping_add(1);
        if self.slots.is_empty() || self.document == 0 {
            self.slots = vec![Slot::default(); SLOTS];
            self.document = 1;
        }
        self.patience = [PATIENCE; COLUMNS];
    }

    /// Forgets the strings from this number on.
    #[cold]
    pub(super) fn forget(&mut self, number: u32) {
        self.slots.iter_mut().filter(|slot| slot.string >= number).for_each(|slot| slot.key = 0);
    }

    /// The key of a text of so many bytes; no text has none. Those of other documents differ.
    #[inline(always)]
    fn key(&self, length: usize, is_ascii: bool) -> u64 {
        u64::from(self.document) << 32 | (length as u64) << 1 | u64::from(is_ascii)
    }

    /// The number of the same text, if it is remembered; else it is, as `number`. The text stands in `text` from `used`
    /// on, and will stay there.
    pub(super) fn find(
        &mut self,
        text: &Room<'_>,
        used: usize,
        length: usize,
        column: usize,
        number: u32,
    ) -> Option<u32> {
        let is_same = |start| same_far(text, start, used, length);
        self.find_hashed(|| hash(text.bytes(), used, length), is_same, used, length, column, number)
    }

    /// The same for a text that stands in the body at `at` as it is; its first two lanes are at hand. What stands around
    /// it there is the same wherever it comes in the same column, so that it may be hashed along.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "it is called in one place, where all of them are at hand")]
    pub(super) fn find_plain(
        &mut self,
        body: Padded<'_>,
        text: &Room<'_>,
        lanes: [Lane; 2],
        at: usize,
        used: usize,
        length: usize,
        column: usize,
        number: u32,
    ) -> Option<u32> {
        let hash = || mixed(body.word(at), body.word((at + length).wrapping_sub(8)));
        let is_same = |start| {
            if length > 2 * LANE {
                return same_far(text, start, used, length);
            }
            let [first, second] = lanes;
            let same = text.lane(start).equals(first) | text.lane(start + LANE).equals(second) << LANE;
            // What lies behind the end does not count.
            same | (u64::from(u32::MAX) << length) as u32 == u32::MAX
        };
        self.find_hashed(hash, is_same, used, length, column, number)
    }

    #[inline(always)]
    fn find_hashed(
        &mut self,
        hash: impl FnOnce() -> usize,
        is_same: impl Fn(usize) -> bool,
        used: usize,
        length: usize,
        column: usize,
        number: u32,
    ) -> Option<u32> {
        let key = self.key(length, true);
        let patience = self.patience.get_mut(column).filter(|patience| **patience > 0)?;
        let slot = self.slots.get_mut(hash() % SLOTS)?;
        if slot.key == key && is_same(slot.start as usize) {
            *patience = PATIENCE;
            return Some(slot.string);
        }
        *patience -= 1;
        *slot = Slot { key, start: used as u32, string: number };
        None
    }

    /// The same for a text that is not ASCII: it will be moved to the end of `wide`.
    #[inline(never)]
    pub(super) fn find_wide(
        &mut self,
        text: &[u8],
        used: usize,
        length: usize,
        column: usize,
        number: u32,
        wide: &[u8],
    ) -> Option<u32> {
        let key = self.key(length, false);
        let patience = self.patience.get_mut(column).filter(|patience| **patience > 0)?;
        let slot = self.slots.get_mut(hash(text, used, length) % SLOTS)?;
        let start = slot.start as usize;
        if slot.key == key && wide.get(start..start + length) == text.get(used..used + length) {
            *patience = PATIENCE;
            return Some(slot.string);
        }
        *patience -= 1;
        *slot = Slot { key, start: wide.len() as u32, string: number };
        None
    }
}

#[inline(never)]
fn same_far(text: &Room<'_>, start: usize, used: usize, length: usize) -> bool {
    same(|done| text.lane(start + done), |done| text.lane(used + done), length)
}

/// Of the text's length, its first and its last eight bytes.
#[inline(always)]
fn hash(text: &[u8], used: usize, length: usize) -> usize {
    let word = |at: usize| {
        text.get(at..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |chunk| u64::from_le_bytes(*chunk))
    };
    let (first, last) = match length {
        // What lies behind the text is of no meaning.
        0..8 => (word(used) & ((1 << (8 * length)) - 1), 0),
        _ => (word(used), word(used + length - 8)),
    };
    mixed(first, last ^ length as u64)
}

#[inline(always)]
fn mixed(first: u64, last: u64) -> usize {
    ((first ^ last.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57) as usize
}
