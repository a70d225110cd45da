//! The tasks of a list job, its requests in flight, and the pages that are ready for delivery.

use crate::bulk::cursor::{KnownCase, ListCheckpoint};
use crate::paging::{CaseVersion, ListReader, PageRequest, ReaderCheckpoint};
use alloc::{boxed::Box, vec::Vec};

/// A list: some contracts or users in one window.
#[derive(Debug)]
pub(super) struct ListTask {
    pub(super) id: u32,
    pub(super) ids: Vec<u32>,
    pub(super) window: Option<(i64, i64)>,
    pub(super) state: TaskState,
    pub(super) reader: Option<Box<ListReader>>,
    pub(super) pages_in_flight: u32,
    pub(super) pages_read: u32,
    /// Progress of the delivery.
    pub(super) checkpoint: Option<ReaderCheckpoint>,
    /// Index of the list in the cursor of a round.
    pub(super) checkpoint_index: usize,
}

impl ListTask {
    /// Ends the reading of the list.
    #[inline(never)]
    pub(super) fn end(&mut self, state: TaskState) {
        self.state = state;
        self.reader = None;
    }

    /// Whether the service rejects all of its ids.
    pub(super) fn is_rejected(&self, rejected: &[u32]) -> bool {
        self.ids.iter().all(|id| rejected.contains(id))
    }
}

/// The state of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TaskState {
    /// No page was requested yet.
    Waiting,
    /// Not begun, and failed before the job was resumed.
    Retry,
    /// Pages are being read.
    Reading,
    /// All pages were read.
    Completed,
    /// Left out after a failure.
    LeftOut,
}

/// A request in flight.
#[derive(Debug)]
pub(super) struct RequestInFlight {
    pub(super) id: u32,
    /// Id of the task; 0 for a lookup of cases that left their lists.
    pub(super) task: u32,
    pub(super) page: Option<PageRequest>,
    /// Number of requested ids.
    pub(super) id_count: usize,
}

/// A page that can be delivered, and the state of its list once it is taken.
#[derive(Debug)]
pub(super) struct ReadyPage {
    pub(super) task: u32,
    /// Handle of the records.
    pub(super) handle: u32,
    /// Indices of the delivered cases among the records, in order.
    pub(super) cases: Vec<u32>,
    /// Cases that the reader emitted, in order, including those that are not delivered.
    pub(super) rows: Vec<CaseVersion>,
    /// Owner of each delivered case, or that the consumer does not hold it any more.
    pub(super) delivered: Vec<KnownCase>,
    pub(super) checkpoint: Option<ReaderCheckpoint>,
    pub(super) is_last: bool,
    /// Index of the list in the cursor, members of the list on this page, and the cursor's lists once the page is taken.
    pub(super) checkpoint_index: usize,
    pub(super) members: Vec<KnownCase>,
    pub(super) lists: Vec<(usize, ListCheckpoint)>,
}

impl ReadyPage {
    /// Returns the emitted cases up to the last of `taken` delivered ones.
    pub(super) fn taken(&self, taken: usize) -> &[CaseVersion] {
        let last = taken.checked_sub(1).and_then(|last| self.delivered.get(last)).map_or(0, |(key, _)| *key);
        let end = self.rows.iter().position(|row| row.key == last).map_or(0, |index| index + 1);
        self.rows.get(..end).unwrap_or_default()
    }
}
