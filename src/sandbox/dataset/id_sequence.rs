//! Scattered ids that map back to their index without a table.

use super::rng::{Rng, RngStream};
use alloc::string::ToString;

/// Ascending ids for the indices `0..count`. Each id is at a random position in a slot of fixed size, so one division
/// maps it back to its index.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdSequence {
    seed: u64,
    stream: RngStream,
    first: u32,
    slot_size: u32,
    count: u32,
    /// An id that the sequence is guaranteed to contain, in the slot that covers it.
    pinned: u32,
}

impl IdSequence {
    /// Creates ids in `first..end`, including `pinned`.
    pub(super) fn new(seed: u64, stream: RngStream, first: u32, end: u32, count: u32, pinned: u32) -> IdSequence {
        let slot = (end.saturating_sub(first) / count.max(1)).max(1);
        IdSequence { seed, stream, first, slot_size: slot, count, pinned }
    }

    /// Returns the id of an index.
    pub(super) fn id(&self, index: u32) -> u32 {
        let start = self.first + index * self.slot_size;
        if self.pinned >= start && self.pinned - start < self.slot_size {
            self.pinned
        } else {
            start + Rng::new(self.seed, self.stream, u64::from(index)).below(self.slot_size)
        }
    }

    /// Returns the index of the pinned id.
    pub(super) fn pinned_index(&self) -> u32 {
        (self.pinned - self.first) / self.slot_size
    }

    /// Returns the index of an id in its canonical text form.
    pub(super) fn index_of(&self, text: &str) -> Option<u32> {
        let number: u32 = text.parse().ok()?;
        let index = number.checked_sub(self.first)? / self.slot_size;
        // The comparison rejects "+1" and "01", which also parse.
        (index < self.count && self.id(index).to_string() == text).then_some(index)
    }
}
