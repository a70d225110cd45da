//! The history of changes.

use super::change_set::RowChange;
use alloc::vec::Vec;

/// The bounds of a history.
///
/// ```
/// let limits = cisco_support_case::store::HistoryLimits::default();
/// assert_eq!((limits.events, limits.bytes), (10_000, 1_048_576));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryLimits {
    /// The maximum number of changes.
    pub events: usize,
    /// The maximum number of bytes of memory.
    pub bytes: usize,
}

impl Default for HistoryLimits {
    fn default() -> HistoryLimits {
        HistoryLimits { events: 10_000, bytes: 1 << 20 }
    }
}

/// The changes that were applied together.
#[derive(Clone, Debug)]
pub(super) struct HistoryBatch {
    pub(super) version: u64,
    pub(super) changes: Vec<RowChange>,
    bytes: usize,
}

/// The newest changes of a store, bounded by their number and their memory.
///
/// The oldest changes are evicted first, in whole versions. An operation that exceeds the bounds by itself, such as the
/// first fill, is evicted at once.
#[derive(Clone, Debug, Default)]
pub(super) struct ChangeHistory {
    limits: HistoryLimits,
    batches: Vec<HistoryBatch>,
    events: usize,
    bytes: usize,
    /// The oldest version after which all changes are known.
    complete_since: u64,
}

impl ChangeHistory {
    /// Creates an empty history after a version.
    pub(super) fn new(limits: HistoryLimits, complete_since: u64) -> ChangeHistory {
        ChangeHistory { limits, complete_since, ..ChangeHistory::default() }
    }

    /// Returns the bounds.
    pub(super) fn limits(&self) -> HistoryLimits {
        self.limits
    }

    /// Sets the bounds, and evicts what exceeds them.
    pub(super) fn set_limits(&mut self, limits: HistoryLimits) {
        self.limits = limits;
        self.evict();
    }

    /// Returns the oldest version after which all changes are known.
    pub(super) fn complete_since(&self) -> u64 {
        self.complete_since
    }

    /// Appends the changes of a version.
    pub(super) fn push(&mut self, version: u64, changes: &[RowChange]) {
        let bytes = size_of::<HistoryBatch>() + changes.iter().map(RowChange::memory_bytes).sum::<usize>();
        if changes.len() > self.limits.events || bytes > self.limits.bytes {
            *self = ChangeHistory::new(self.limits, version);
            return;
        }
        self.events += changes.len();
        self.bytes += bytes;
        self.batches.push(HistoryBatch { version, changes: changes.to_vec(), bytes });
        self.evict();
    }

    fn evict(&mut self) {
        let mut evicted = 0;
        for batch in &self.batches {
            if self.events <= self.limits.events && self.bytes <= self.limits.bytes {
                break;
            }
            self.events -= batch.changes.len();
            self.bytes -= batch.bytes;
            self.complete_since = batch.version;
            evicted += 1;
        }
        self.batches.drain(..evicted);
    }

    /// Returns the changes after a version in order, or `None` if some of them were evicted.
    pub(super) fn since(&self, version: u64) -> Option<impl Iterator<Item = &HistoryBatch>> {
        let is_complete = version >= self.complete_since;
        is_complete.then(|| self.batches.iter().filter(move |batch| batch.version > version))
    }

    /// Returns all changes in order, to be written.
    pub(super) fn batches_mut(&mut self) -> &mut [HistoryBatch] {
        &mut self.batches
    }

    /// Returns all changes in order.
    pub(super) fn batches(&self) -> &[HistoryBatch] {
        &self.batches
    }

    /// Returns the bytes of memory of the changes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.bytes
    }
}
