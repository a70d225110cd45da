//! Events of mutated cases: added notes and closings.

use alloc::vec::Vec;

/// Marks the absence of an event.
pub(super) const NO_EVENT: u32 = u32::MAX;

/// One event of a case.
#[derive(Clone, Copy, Debug)]
pub(super) struct HistoryEvent {
    pub(super) at_ms: i64,
    /// Index of the preceding event of the same case.
    previous: u32,
    /// Whether the event closed the case; otherwise it added a note.
    pub(super) closes_case: bool,
}

/// The events of all cases in chronological order, 16 bytes each. A [`DatasetRow`](super::DatasetRow) stores the index of its
/// last event. The text of a note is not stored but generated from the event's index.
#[derive(Debug, Default)]
pub(super) struct History {
    events: Vec<HistoryEvent>,
}

impl History {
    /// Appends an event after the last one of a case and returns its index.
    pub(super) fn append(&mut self, previous: u32, at_ms: i64, closes_case: bool) -> u32 {
        let index = u32::try_from(self.events.len()).unwrap_or(NO_EVENT);
        self.events.push(HistoryEvent { at_ms, previous, closes_case });
        index
    }

    /// Iterates over the events of a case with their indices, newest first.
    pub(super) fn events_before(&self, last: u32) -> impl Iterator<Item = (u32, &HistoryEvent)> {
        let event = |index: u32| self.events.get(index as usize).map(|event| (index, event));
        core::iter::successors(event(last), move |(_, later)| event(later.previous))
    }
}
