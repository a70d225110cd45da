//! Records that a bulk call delivers later. The bulk module decides from their rows; the records stay in this module.

use crate::decode::Records;
use alloc::{boxed::Box, vec::Vec};

/// Records by their handles, and the rows of the last ones.
#[derive(Default)]
pub(super) struct RecordStore {
    /// The slots of records; a handle is an index plus 1.
    slots: Vec<Option<Box<Records>>>,
    pub(super) rows: Vec<u64>,
}

impl RecordStore {
    pub(super) fn insert(&mut self, records: Records) -> u32 {
        let free = self.slots.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.slots.len());
        match self.slots.get_mut(slot) {
            Some(free) => *free = Some(Box::new(records)),
            None => self.slots.push(Some(Box::new(records))),
        }
        u32::try_from(slot + 1).unwrap_or(0)
    }

    pub(super) fn take(&mut self, handle: u32) -> Records {
        let kept = self.slots.get_mut((handle as usize).wrapping_sub(1)).and_then(Option::take);
        kept.map_or_else(Records::default, |records| *records)
    }
}
