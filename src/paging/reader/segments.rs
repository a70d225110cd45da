//! The phase that reads a list in segments, each from its highest page down.

use super::super::emitted_range::EmittedRange;
use super::super::segment::Segment;
use super::list_reader::{ListReader, ReadOrder, SegmentSplit};
use super::page_request::PageRequest;
use super::phase::{Phase, ReceivedPage};
use super::tail_mark::{TailMark, page_fingerprint};
use crate::paging::CaseVersion;

/// Maximum number of segments of a list.
const MAX_SEGMENTS: usize = 96;
/// Minimum number of pages left of a segment that is split.
const MIN_PAGES_TO_SPLIT: u32 = 4;

impl ListReader {
    /// Starts a pass: one segment, from the last page down to page 1.
    pub(super) fn begin_pass(&mut self) -> Phase {
        if self.pass.covered.has_cases() {
            // All of them were emitted, except those that the pass has missed.
            self.tail_ranges.push(self.pass.covered.clone());
        }
        self.last_segment_id += 1;
        let segment = Segment::new(self.last_segment_id, self.totals.last_page, 1);
        self.pass = self.pass.next(segment, self.distinct_cases());
        self.totals = self.totals.for_next_pass();
        Phase::Segments
    }

    /// Returns the next page of a segment that has none in flight.
    pub(super) fn next_segment_request(&mut self, split: SegmentSplit) -> Option<PageRequest> {
        let segments = &self.pass.segments;
        if split == SegmentSplit::Allowed && segments.iter().all(|segment| segment.is_in_flight || segment.is_idle()) {
            self.split_segment();
        }
        let segments = &mut self.pass.segments;
        let segment = segments.iter_mut().find(|segment| !segment.is_in_flight && !segment.is_idle())?;
        segment.is_in_flight = true;
        Some(PageRequest { page_index: segment.next_page, segment_id: Some(segment.id) })
    }

    /// Splits the segment with most pages left, so that its lower half can be read concurrently.
    pub(super) fn split_segment(&mut self) {
        // Before the pass has read the last page, changes cannot be detected. In a further pass the totals disagreed, so
        // the dates may be wrong: that pass reads the list in one segment.
        let is_first_pass = self.pass.number <= 1;
        if self.order != ReadOrder::ConcurrentSegments
            || !is_first_pass
            || self.totals.newest_at_start_ms.is_none()
            || self.is_extending()
        {
            return;
        }
        let longest = self.pass.segments.iter().enumerate().max_by_key(|(_, segment)| segment.pages_left());
        let Some((index, pages)) = longest.map(|(index, segment)| (index, segment.pages_left())) else { return };
        if pages < MIN_PAGES_TO_SPLIT || self.pass.segments.len() >= MAX_SEGMENTS {
            return;
        }
        self.last_segment_id += 1;
        let id = self.last_segment_id;
        let Some(upper) = self.pass.segments.get_mut(index) else { return };
        let middle = upper.lowest_page + pages / 2 - 1;
        let lower = Segment { floor_ms: upper.floor_ms, ..Segment::new(id, middle, upper.lowest_page) };
        upper.lowest_page = middle + 1;
        // Set when the lower segment's first page arrives.
        upper.floor_ms = i64::MIN;
        self.pass.segments.insert(index + 1, lower);
    }

    /// Transition of [`Phase::Segments`].
    pub(super) fn on_segment_page(&mut self, page: &ReceivedPage<'_>) -> Phase {
        let &ReceivedPage { request: PageRequest { page_index, segment_id }, last, versions, .. } = page;
        // Page 1 was read first.
        let has_duplicate = page_index > 1 && versions.iter().any(|version| self.versions.get(version.key).is_some());
        let index = self.pass.segments.iter().position(|segment| Some(segment.id) == segment_id);
        let Some((index, segment)) = index.and_then(|index| Some((index, self.pass.segments.get_mut(index)?))) else {
            return Phase::Segments;
        };
        segment.is_in_flight = false;
        let is_first_page = !segment.has_started;
        if page.is_past_end() {
            // The list has become shorter: the segment continues at its new end.
            self.totals.has_moved = true;
            segment.next_page = last;
            segment.lowest_page = segment.lowest_page.min(last);
            return Phase::Segments;
        }
        if is_first_page && index == 0 && page_index < last {
            // The list has grown by a page since the last response: the segment starts at its new end.
            self.totals.has_moved = true;
            segment.next_page = last;
            self.record_emitted(versions);
            return Phase::Segments;
        }
        let EmittedRange { oldest_ms, newest_ms, .. } = segment.emitted;
        let newer = segment.add_page(versions);
        segment.next_page = page_index - 1;
        // A new case among dates that were already read: the dates do not ascend, or it was inserted in the middle.
        let is_inserted = |version: &CaseVersion| {
            version.updated_ms > oldest_ms && version.updated_ms < newest_ms && self.is_new(*version)
        };
        if !is_first_page && versions.iter().any(is_inserted) {
            self.is_sorted = false;
        }
        let Some(segment) = self.pass.segments.get_mut(index) else { return Phase::Segments };
        let is_below_floor = |version: &CaseVersion| self.is_sorted && version.updated_ms < segment.floor_ms;
        if page_index == 1 || (segment.floor_ms > i64::MIN && versions.iter().any(is_below_floor)) {
            segment.complete();
        }
        if is_first_page {
            let newest_ms = segment.emitted.newest_ms;
            self.on_segment_start(index, newest_ms, page);
        }
        self.totals.has_moved |= has_duplicate && self.pass.number == 1;
        self.record_emitted(&newer);
        self.advance_segments()
    }

    /// Records the first page of a segment, whose newest date is `newest_ms`.
    #[inline]
    fn on_segment_start(&mut self, index: usize, newest_ms: i64, page: &ReceivedPage<'_>) {
        match index.checked_sub(1) {
            // The end of the list: its state at the start of the pass.
            None => {
                self.tail_mark = TailMark::new(page_fingerprint(page.versions), newest_ms, page.unix_ms);
                self.totals.first_total = self.totals.total;
                self.totals.newest_at_start_ms = Some(newest_ms);
            }
            // The segment of the higher-numbered pages ends at a case that is older than the newest case of this one.
            Some(upper) => {
                if let Some(upper) = self.pass.segments.get_mut(upper) {
                    upper.floor_ms = newest_ms;
                }
            }
        }
    }

    /// Returns the phase after a page of a segment: when all planned pages are read, the segments are extended to overlap
    /// or, if nothing has moved, the last page is probed.
    pub(super) fn advance_segments(&mut self) -> Phase {
        if self.pass.segments.iter().any(|segment| segment.is_in_flight || !segment.is_idle()) {
            return Phase::Segments;
        }
        if self.totals.has_moved || self.pass.number > 1 {
            self.extend_to_overlap()
        } else {
            self.mark_covered();
            Phase::Probe { page: self.totals.last_page }
        }
    }

    /// Extends each segment until it overlaps the next one; when all do, the tail follows.
    pub(super) fn extend_to_overlap(&mut self) -> Phase {
        for segment in &mut self.pass.segments {
            segment.is_extending = segment.next_page > 0;
        }
        if self.is_extending() {
            return Phase::Segments;
        }
        self.mark_covered();
        self.begin_tail(self.totals.last_page)
    }

    /// Whether segments are being extended.
    fn is_extending(&self) -> bool {
        self.pass.segments.iter().any(|segment| segment.is_extending)
    }

    /// Marks everything that the segments contain as emitted.
    fn mark_covered(&mut self) {
        let ranges = self.pass.segments.iter().map(|segment| &segment.emitted);
        let newest = ranges.max_by_key(|range| range.newest_ms);
        if let Some(newest) = newest.filter(|newest| newest.newest_ms >= self.pass.covered.newest_ms) {
            self.pass.covered = newest.extended_to_beginning();
        }
    }
}
