//! Numbers that look scattered and can be turned back without a table.

use super::dice::{Dice, Stream};
use alloc::string::ToString;

/// Numbers for `0..count`: ascending, each somewhere in a slot of its own, so that a number leads back to its index
/// by one division.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbering {
    seed: u64,
    stream: Stream,
    first: u32,
    slot: u32,
    count: u32,
    /// A number that is always there, in the slot it falls into.
    pinned: u32,
}

impl Numbering {
    /// Numbers from `first` to below `end`, among them `pinned`.
    pub(super) fn new(seed: u64, stream: Stream, first: u32, end: u32, count: u32, pinned: u32) -> Numbering {
        let slot = (end.saturating_sub(first) / count.max(1)).max(1);
        Numbering { seed, stream, first, slot, count, pinned }
    }

    /// The number of an index.
    pub(super) fn number(&self, index: u32) -> u32 {
        let start = self.first + index * self.slot;
        if self.pinned >= start && self.pinned - start < self.slot {
            self.pinned
        } else {
            start + Dice::new(self.seed, self.stream, u64::from(index)).below(self.slot)
        }
    }

    /// The index of the pinned number.
    pub(super) fn pinned_index(&self) -> u32 {
        (self.pinned - self.first) / self.slot
    }

    /// The index that has this number, as text without leading zeros.
    pub(super) fn index(&self, text: &str) -> Option<u32> {
        let number: u32 = text.parse().ok()?;
        let index = number.checked_sub(self.first)? / self.slot;
        // Comparing texts refuses "+1" and "01", which parse as well.
        (index < self.count && self.number(index).to_string() == text).then_some(index)
    }
}
