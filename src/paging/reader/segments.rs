//! The phase that reads a list in segments, each from its highest page down.

use super::super::segment::Segment;
use super::list_reader::{ListReader, Phase, ReadOrder, ReceivedPage};
use super::tail_mark::{TailMark, page_fingerprint};
use crate::paging::CaseVersion;
use alloc::vec;

/// Maximum number of segments of a list.
const MAX_SEGMENTS: usize = 96;
/// Minimum number of pages left of a segment that is split.
const MIN_PAGES_TO_SPLIT: u32 = 4;

impl ListReader {
    /// Starts a pass: one segment, from the last page down to page 1.
    pub(super) fn begin_pass(&mut self) -> Phase {
        self.passes += 1;
        if self.covered.has_cases() {
            // All of them were emitted, except those that the pass has missed.
            self.tail_segments.push(Segment { oldest_ms: i64::MIN, ..self.covered.clone() });
        }
        self.pass_start.known_cases = self.distinct_cases();
        self.pass_start.newest_ms = self.covered.newest_ms;
        self.pass_start.found_missed = false;
        self.rounds = 0;
        self.totals = self.totals.for_next_pass();
        self.last_segment_id += 1;
        self.segments = vec![Segment::new(self.last_segment_id, self.totals.last_page, 1)];
        self.covered = Segment::default();
        self.round = Segment::default();
        Phase::Segments
    }

    /// Splits the segment with most pages left, so that its lower half can be read concurrently.
    pub(super) fn split_segment(&mut self) {
        // Before the pass has read the last page, changes cannot be detected. In a further pass the totals disagreed, so
        // the dates may be wrong: that pass reads the list in one segment.
        let is_first_pass = self.passes <= 1;
        if self.order != ReadOrder::ConcurrentSegments
            || !is_first_pass
            || self.totals.newest_at_start_ms.is_none()
            || self.is_extending()
        {
            return;
        }
        let longest = self.segments.iter().enumerate().max_by_key(|(_, segment)| segment.pages_left());
        let Some((index, pages)) = longest.map(|(index, segment)| (index, segment.pages_left())) else { return };
        if pages < MIN_PAGES_TO_SPLIT || self.segments.len() >= MAX_SEGMENTS {
            return;
        }
        self.last_segment_id += 1;
        let id = self.last_segment_id;
        let Some(upper) = self.segments.get_mut(index) else { return };
        let middle = upper.lowest_page + pages / 2 - 1;
        let lower = Segment { floor_ms: upper.floor_ms, ..Segment::new(id, middle, upper.lowest_page) };
        upper.lowest_page = middle + 1;
        // Set when the lower segment's first page arrives.
        upper.floor_ms = i64::MIN;
        self.segments.insert(index + 1, lower);
    }

    /// Transition of [`Phase::Segments`].
    pub(super) fn on_segment_page(&mut self, segment_id: Option<u32>, page: &ReceivedPage<'_>) -> Phase {
        let &ReceivedPage { requested, last, rows, .. } = page;
        // Page 1 was read first.
        let has_duplicate = requested > 1 && rows.iter().any(|(key, _)| self.versions.get(*key).is_some());
        let index = self.segments.iter().position(|segment| Some(segment.id) == segment_id);
        let Some((index, segment)) = index.and_then(|index| Some((index, self.segments.get_mut(index)?))) else {
            return Phase::Segments;
        };
        segment.is_in_flight = false;
        let is_first_page = !segment.has_started;
        if page.is_past_end {
            // The list has become shorter: the segment continues at its new end.
            self.totals.has_moved = true;
            segment.next_page = last;
            segment.lowest_page = segment.lowest_page.min(last);
            return Phase::Segments;
        }
        if is_first_page && index == 0 && requested < last {
            // The list has grown by a page since the last response: the segment starts at its new end.
            self.totals.has_moved = true;
            segment.next_page = last;
            self.record_emitted(rows);
            return Phase::Segments;
        }
        let (oldest_ms, newest_ms) = (segment.oldest_ms, segment.newest_ms);
        let newer = segment.add_page(rows);
        segment.next_page = requested - 1;
        // A new case among dates that were already read: the dates do not ascend, or it was inserted in the middle.
        let is_inserted = |row: &&CaseVersion| row.1 > oldest_ms && row.1 < newest_ms && self.is_new(row.0, row.1);
        if !is_first_page && rows.iter().any(|row| is_inserted(&row)) {
            self.is_sorted = false;
        }
        let Some(segment) = self.segments.get_mut(index) else { return Phase::Segments };
        let is_below_floor = |updated_ms: i64| self.is_sorted && updated_ms < segment.floor_ms;
        if requested == 1
            || (segment.floor_ms > i64::MIN && rows.iter().any(|(_, updated_ms)| is_below_floor(*updated_ms)))
        {
            segment.complete();
        }
        let newest_ms = segment.newest_ms;
        if is_first_page {
            if index == 0 {
                // The end of the list: its state at the start of the pass.
                self.tail_mark = TailMark::new(page_fingerprint(rows), newest_ms, page.unix_ms);
                self.totals.first_total = self.totals.total;
                self.totals.newest_at_start_ms = Some(newest_ms);
            } else if let Some(above) = self.segments.get_mut(index - 1) {
                // The segment above ends at a case that is older than the newest case of this one.
                above.floor_ms = newest_ms;
            }
        }
        self.totals.has_moved |= has_duplicate && self.passes == 1;
        self.record_emitted(&newer);
        self.advance_segments()
    }

    /// Returns the phase after a page of a segment: when all planned pages are read, the segments are extended to overlap
    /// or, if nothing has moved, the last page is probed.
    pub(super) fn advance_segments(&mut self) -> Phase {
        if self.segments.iter().any(|segment| segment.is_in_flight || !segment.is_idle()) {
            return Phase::Segments;
        }
        if self.totals.has_moved || self.passes > 1 {
            self.extend_to_overlap()
        } else {
            self.mark_covered();
            Phase::Probe { page: self.totals.last_page }
        }
    }

    /// Extends each segment until it overlaps the one below; when all do, the tail follows.
    pub(super) fn extend_to_overlap(&mut self) -> Phase {
        for segment in &mut self.segments {
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
        self.segments.iter().any(|segment| segment.is_extending)
    }

    /// Marks everything that the segments contain as emitted.
    fn mark_covered(&mut self) {
        let newest = self.segments.iter().max_by_key(|segment| segment.newest_ms);
        if let Some(newest) = newest.filter(|newest| newest.newest_ms >= self.covered.newest_ms) {
            self.covered = newest.clone();
            self.covered.complete();
        }
    }
}
