//! The phases of a reader, and the page that a transition function receives.

use super::page_request::PageRequest;
use crate::paging::CaseVersion;

/// The phase of a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Page 1 is read, for the length of the list.
    FirstPage,
    /// The pages are read upwards.
    Ascending(Ascent),
    /// The segments are read downwards.
    Segments,
    /// The last page is read again, to detect changes since the pass began.
    Probe {
        /// Index of the page. Lower-numbered pages follow while their cases share the newest date.
        page: u32,
    },
    /// The tail is read, down to the newest case at the start of the round.
    Tail(TailRound),
    /// The last page is read again, to detect changes while a tail of several pages was read.
    Confirm {
        /// Index of the page.
        page: u32,
        /// Fingerprint of the last page when the round read it.
        fingerprint: u64,
    },
    /// No further page is requested: the list was read, or an error ended the read.
    Done,
}

/// The position of a reader that reads the oldest cases first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ascent {
    /// Index of the page that is read next.
    pub(super) page: u32,
    /// Fingerprint of the page before it.
    pub(super) previous_fingerprint: u64,
}

/// A round through the tail, from the last page down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TailRound {
    /// Index of the page that is read next.
    pub(super) page: u32,
    /// Number of pages that the round has read.
    pub(super) pages_read: u32,
    /// Whether the round has read a case that was not emitted.
    pub(super) has_new_cases: bool,
    /// Fingerprint of the last page.
    pub(super) fingerprint: u64,
    /// Time at which the last page arrived.
    pub(super) received_ms: i64,
}

impl TailRound {
    /// Creates a round that begins at the last page.
    pub(super) fn new(last: u32) -> TailRound {
        TailRound { page: last, pages_read: 0, has_new_cases: false, fingerprint: 0, received_ms: i64::MIN }
    }
}

/// A received page, as a transition function sees it.
pub(super) struct ReceivedPage<'r> {
    /// The request of the page.
    pub(super) request: PageRequest,
    /// Index of the list's last page.
    pub(super) last: u32,
    /// The cases of the page, with their last updates.
    pub(super) versions: &'r [CaseVersion],
    /// Current time, in milliseconds since 1970 (UTC).
    pub(super) unix_ms: i64,
}

impl ReceivedPage<'_> {
    /// Whether the list has become shorter than the index of the page.
    pub(super) fn is_past_end(&self) -> bool {
        self.request.page_index > self.last
    }
}
