//! A contiguous range of pages of a list, read from its highest page down.

use super::emitted_range::EmittedRange;
use super::seen_cases::CaseVersion;
use alloc::vec::Vec;

/// A contiguous range of pages of a list, read from its highest page down.
///
/// ```
/// use cisco_support_case::paging::{EmittedRange, Segment};
///
/// let segment = Segment::default();
/// assert_eq!((segment.next_page, segment.emitted), (0, EmittedRange::default()), "complete, without cases");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Id of the segment, unique in its reader.
    pub(super) id: u32,
    /// Index of the page that is read next; 0 if the segment is complete.
    pub next_page: u32,
    /// Index of the lowest planned page.
    pub lowest_page: u32,
    /// Date at whose older cases the segment ends: the newest date of the segment of the lower-numbered pages.
    pub floor_ms: i64,
    /// Whether the segment is read past `lowest_page`, until it overlaps the segment of the lower-numbered pages.
    pub is_extending: bool,
    /// Cases that were emitted of the segment.
    pub emitted: EmittedRange,
    /// Whether a request for the next page is in flight.
    pub(super) is_in_flight: bool,
    /// Whether a page of the segment was received, even an empty one.
    pub(super) has_started: bool,
}

impl Default for Segment {
    fn default() -> Segment {
        Segment {
            id: 0,
            next_page: 0,
            lowest_page: 0,
            floor_ms: i64::MIN,
            is_extending: false,
            emitted: EmittedRange::default(),
            is_in_flight: false,
            has_started: false,
        }
    }
}

impl Segment {
    pub(super) fn new(id: u32, next_page: u32, lowest_page: u32) -> Segment {
        Segment { id, next_page, lowest_page, ..Segment::default() }
    }

    /// Creates a complete segment of cases that were emitted.
    pub(super) fn from_emitted(emitted: EmittedRange) -> Segment {
        Segment { emitted, ..Segment::default() }
    }

    /// Whether all planned pages were requested.
    pub(super) fn is_idle(&self) -> bool {
        self.next_page == 0 || (self.next_page < self.lowest_page && !self.is_extending)
    }

    /// Returns the number of planned pages that are not read yet.
    pub(super) fn pages_left(&self) -> u32 {
        if self.next_page == 0 { 0 } else { self.next_page.saturating_add(1).saturating_sub(self.lowest_page) }
    }

    /// Marks the segment as completely read.
    pub(super) fn complete(&mut self) {
        self.next_page = 0;
        self.is_extending = false;
    }

    /// Adds the cases of the next page as emitted. Returns those that belong to the tail, as
    /// [`EmittedRange::add_page`] does.
    pub(super) fn add_page(&mut self, versions: &[CaseVersion]) -> Vec<CaseVersion> {
        self.has_started = true;
        self.emitted.add_page(versions)
    }
}
