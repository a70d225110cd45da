//! What is written to cases while they move: notes, and that they were closed.

use alloc::vec::Vec;

/// The page before the first one.
pub(super) const NO_EVENT: u32 = u32::MAX;

/// One entry of a case's story.
#[derive(Clone, Copy, Debug)]
pub(super) struct HistoryEvent {
    pub(super) at_ms: i64,
    /// The page of the same case that was written before it.
    previous: u32,
    /// Whether it closed the case; otherwise it is a note.
    pub(super) closes_case: bool,
}

/// The stories of all cases, in the order in which they were written: 16 bytes a page. A case knows its last page, and
/// what the page says is written anew from its number.
#[derive(Debug, Default)]
pub(super) struct History {
    events: Vec<HistoryEvent>,
}

impl History {
    /// Writes a page after the last one of a case. What comes back is its number.
    pub(super) fn append(&mut self, before: u32, at_ms: i64, closes: bool) -> u32 {
        let number = u32::try_from(self.events.len()).unwrap_or(NO_EVENT);
        self.events.push(HistoryEvent { at_ms, previous: before, closes_case: closes });
        number
    }

    /// The pages of a case and their numbers, from the last one back.
    pub(super) fn events_before(&self, last: u32) -> impl Iterator<Item = (u32, &HistoryEvent)> {
        let page = |number: u32| self.events.get(number as usize).map(|page| (number, page));
        core::iter::successors(page(last), move |(_, later)| page(later.previous))
    }
}
