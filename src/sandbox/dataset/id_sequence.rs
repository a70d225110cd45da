//! Numbers that look scattered and can be turned back without a table.

use super::rng::{Rng, RngStream};
use alloc::string::ToString;

/// Numbers for `0..count`: ascending, each somewhere in a slot of its own, so that a number leads back to its index
/// by one division.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdSequence {
    seed: u64,
    stream: RngStream,
    first: u32,
    slot_size: u32,
    count: u32,
    /// A number that is always there, in the slot it falls into.
    pinned: u32,
}

impl IdSequence {
    /// Numbers from `first` to below `end`, among them `pinned`.
    pub(super) fn new(seed: u64, stream: RngStream, first: u32, end: u32, count: u32, pinned: u32) -> IdSequence {
        let slot = (end.saturating_sub(first) / count.max(1)).max(1);
        IdSequence { seed, stream, first, slot_size: slot, count, pinned }
    }

    /// The number of an index.
    pub(super) fn id(&self, index: u32) -> u32 {
        let start = self.first + index * self.slot_size;
        if self.pinned >= start && self.pinned - start < self.slot_size {
            self.pinned
        } else {
            start + Rng::new(self.seed, self.stream, u64::from(index)).below(self.slot_size)
        }
    }

    /// The index of the pinned number.
    pub(super) fn pinned_index(&self) -> u32 {
        (self.pinned - self.first) / self.slot_size
    }

    /// The index that has this number, as text without leading zeros.
    pub(super) fn index_of(&self, text: &str) -> Option<u32> {
        let number: u32 = text.parse().ok()?;
        let index = number.checked_sub(self.first)? / self.slot_size;
        // Comparing texts refuses "+1" and "01", which parse as well.
        (index < self.count && self.id(index).to_string() == text).then_some(index)
    }
}
