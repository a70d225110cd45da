//! The state of a reader that a checkpoint keeps, and the watermark of a list that was read.

use super::super::emitted_range::EmittedRange;
use super::super::segment::Segment;
use super::list_reader::{ListReader, ReadOrder};
use super::phase::Phase;
use super::tail_mark::TailMark;
use crate::paging::{CaseVersion, Key};
use alloc::{vec, vec::Vec};

/// More cases than any list has.
const MANY_CASES: u32 = u32::MAX / 2;
/// Maximum number of tail ranges of a checkpoint.
const MAX_TAIL_RANGES: usize = 30;

/// The progress of a reader, to resume from. It contains dates and few keys, so that it stays small.
///
/// ```
/// use cisco_support_case::model::CasesPage;
/// use cisco_support_case::paging::{ListReader, ReadOrder, SegmentSplit};
///
/// let mut reader = ListReader::new(ReadOrder::ConcurrentSegments);
/// let first = reader.next_request(SegmentSplit::Never).unwrap();
/// let mut page = CasesPage::default();
/// let record = &mut page.pagination_response_record;
/// (record.page_index, record.last_index, record.total_records) = (1, 3, 300);
/// reader.on_page(first, &mut page, 1_767_225_600_000).unwrap();
/// let checkpoint = reader.checkpoint().unwrap();
/// assert_eq!(checkpoint.last_page, 3);
/// let mut resumed = ListReader::from_checkpoint(&checkpoint);
/// assert_eq!(resumed.next_request(SegmentSplit::Never).map(|request| request.page_index), Some(3), "the end of the list");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReaderCheckpoint {
    /// Segments of the list. Those with pages left are read on. Empty if the list was not begun.
    pub segments: Vec<Segment>,
    /// Emitted parts of the tail. If no segment has pages left, the tail is read down to the newest of the segments.
    pub tail_ranges: Vec<EmittedRange>,
    /// Index of the list's last page.
    pub last_page: u32,
    /// Number of distinct cases that were emitted.
    pub case_count: u32,
}

/// The position up to which a list was read.
///
/// ```
/// use cisco_support_case::decode::cases_page;
/// use cisco_support_case::paging::{ListReader, ReadOrder, SegmentSplit};
///
/// let body = br#"{"pagination_response_record":{"last_index":1,"page_index":1,"page_records":1,"total_records":1},
///                 "cases":[{"case_id":"612345678","updated_date":"2026-01-01T00:00:00Z"}]}"#;
/// let mut page = cases_page(body).unwrap();
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(SegmentSplit::Never).unwrap();
/// reader.on_page(request, &mut page, 1_767_312_000_000).unwrap();
/// let watermark = reader.watermark();
/// assert_eq!((watermark.newest_ms, watermark.newest_keys.as_slice()), (1_767_225_600_000, [612_345_678].as_slice()));
/// let mut later = ListReader::since_watermark(&watermark);
/// assert_eq!(later.next_request(SegmentSplit::Never).map(|request| request.page_index), Some(1), "the last page");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// Index of the list's last page.
    pub last_page: u32,
    /// Number of cases of the list.
    pub total_records: u32,
    /// Newest update that was emitted, in milliseconds since 1970 (UTC).
    pub newest_ms: i64,
    /// Keys of the cases with that date.
    pub newest_keys: Vec<Key>,
    /// Fingerprint of the last page; 0 if an equal page does not prove that nothing has changed.
    pub tail_fingerprint: u64,
}

impl ReaderCheckpoint {
    /// Returns the checkpoint for a subset of the list's contracts or users: which dates were emitted. The subset's list is
    /// read from the beginning.
    pub fn for_subset(mut self) -> ReaderCheckpoint {
        let mut tail_ranges = Vec::new();
        for segment in &mut self.segments {
            tail_ranges.push(core::mem::take(&mut segment.emitted));
        }
        tail_ranges.append(&mut self.tail_ranges);
        tail_ranges.retain(EmittedRange::has_cases);
        ReaderCheckpoint { tail_ranges, case_count: MANY_CASES, ..ReaderCheckpoint::default() }
    }

    /// Whether a version of a case was emitted.
    pub(crate) fn contains(&self, version: CaseVersion) -> bool {
        self.segments.iter().any(|segment| segment.emitted.contains(version))
            || self.tail_ranges.iter().any(|range| range.contains(version))
    }

    /// Merges what two checkpoints of cases newer than a watermark have emitted. Ranges beyond [`MAX_TAIL_RANGES`] are
    /// dropped; their cases may be emitted again.
    #[inline(never)]
    pub(crate) fn merge_emitted(
        current: Option<ReaderCheckpoint>,
        earlier: Option<ReaderCheckpoint>,
    ) -> ReaderCheckpoint {
        let mut merged = ReaderCheckpoint::default();
        let ranges = &mut merged.tail_ranges;
        for checkpoint in [current, earlier].into_iter().flatten() {
            for range in checkpoint.for_subset().tail_ranges {
                if ranges.len() < MAX_TAIL_RANGES && !ranges.iter().any(|other| other.covers(&range)) {
                    ranges.push(range);
                }
            }
        }
        merged
    }

    /// Returns this checkpoint with further emitted cases: the newest of a page, in descending order. Cases in another order
    /// are left out.
    pub fn with_cases(mut self, newest: &[CaseVersion]) -> ReaderCheckpoint {
        let is_descending = newest.is_sorted_by(|a, b| a.updated_ms >= b.updated_ms)
            && newest.iter().all(|version| version.updated_ms > i64::MIN);
        let mut range = EmittedRange::default();
        range.add_page(newest);
        if is_descending && range.has_cases() {
            for version in newest {
                self.case_count = self.case_count.saturating_add(u32::from(!self.contains(*version)));
            }
            self.tail_ranges.push(range);
        }
        self
    }
}

impl ListReader {
    /// Creates a reader that resumes where another with [`ReadOrder::ConcurrentSegments`] was.
    pub fn from_checkpoint(checkpoint: &ReaderCheckpoint) -> ListReader {
        let mut reader = ListReader::new(ReadOrder::ConcurrentSegments);
        let ReaderCheckpoint { segments, tail_ranges, last_page, case_count } = checkpoint;
        reader.emitted_before.case_count = *case_count as usize;
        let ranges = segments.iter().map(|segment| &segment.emitted).chain(tail_ranges);
        reader.emitted_before.ranges = ranges.cloned().collect();
        reader.tail_ranges.clone_from(tail_ranges);
        if segments.is_empty() {
            return reader;
        }
        reader.pass.number = 1;
        reader.totals.last_page = *last_page;
        reader.totals.has_moved = true;
        for segment in segments {
            reader.last_segment_id += 1;
            reader.pass.segments.push(Segment {
                id: reader.last_segment_id,
                is_in_flight: false,
                has_started: segment.emitted.has_cases(),
                ..segment.clone()
            });
        }
        reader.phase = reader.advance_segments();
        reader
    }

    /// Creates a reader of the cases newer than a watermark: from the last known page down to a case that is older than the
    /// watermark. A case that moves to the end meanwhile is newer than the next watermark.
    pub fn since_watermark(watermark: &Watermark) -> ListReader {
        let segment = Segment::from_emitted(EmittedRange {
            newest_ms: watermark.newest_ms,
            oldest_ms: i64::MIN,
            newest_keys: watermark.newest_keys.clone(),
            oldest_keys: Vec::new(),
        });
        let mut reader = ListReader::from_checkpoint(&ReaderCheckpoint {
            segments: vec![segment],
            last_page: watermark.last_page,
            case_count: watermark.total_records,
            ..ReaderCheckpoint::default()
        });
        let fingerprint = watermark.tail_fingerprint;
        reader.tail_mark = TailMark { fingerprint, is_settled: fingerprint != 0 };
        reader.is_watermark_only = true;
        reader
    }

    /// Returns the watermark of a list that was read to its end.
    pub fn watermark(&self) -> Watermark {
        Watermark {
            last_page: self.totals.last_page,
            total_records: self.totals.total,
            newest_ms: self.pass.covered.newest_ms,
            newest_keys: self.pass.covered.newest_keys.clone(),
            tail_fingerprint: if self.tail_mark.is_settled { self.tail_mark.fingerprint } else { 0 },
        }
    }

    /// Returns the progress to resume from, or `None` if it is too large or the dates do not determine it: the list is then
    /// read from the beginning.
    pub fn checkpoint(&self) -> Option<ReaderCheckpoint> {
        let segments = match self.phase {
            Phase::FirstPage | Phase::Ascending(_) | Phase::Done => return None,
            Phase::Segments | Phase::Probe { .. } => self.pass.segments.clone(),
            Phase::Tail(_) | Phase::Confirm { .. } => vec![Segment::from_emitted(self.pass.covered.clone())],
        };
        let round = Some(&self.pass.round).filter(|round| round.has_cases());
        let tail_ranges: Vec<EmittedRange> = self.tail_ranges.iter().chain(round).cloned().collect();
        let mut ranges = segments.iter().map(|segment| &segment.emitted).chain(&tail_ranges);
        let is_small = tail_ranges.len() <= MAX_TAIL_RANGES && ranges.all(EmittedRange::fits_checkpoint);
        let is_determined = self.is_sorted && (self.pass.number == 1 || self.caller_deduplicates);
        let case_count = u32::try_from(self.distinct_cases()).unwrap_or(u32::MAX);
        let checkpoint = ReaderCheckpoint { segments, tail_ranges, last_page: self.totals.last_page, case_count };
        if !(is_small && is_determined) {
            return None;
        }
        // A further pass is made since earlier ones may have missed cases: it is repeated as a whole.
        Some(if self.pass.number > 1 { checkpoint.for_subset() } else { checkpoint })
    }
}
