//! The reader of a list, its phases and the transition on each page.

use super::super::page_view::PageView;
use super::super::seen_cases::{CaseVersion, CaseVersions, Key};
use super::super::segment::Segment;
use super::tail_mark::{TailMark, TailRound, page_fingerprint};
use super::totals::Totals;
use crate::rules::MAX_PAGE_INDEX;
use alloc::vec::Vec;

/// The order in which a list is read.
///
/// ```
/// use cisco_support_case::model::CasesPage;
/// use cisco_support_case::paging::{ListReader, ReadOrder};
///
/// for (order, second) in [(ReadOrder::NewestFirst, 3), (ReadOrder::OldestFirst, 2)] {
///     let mut reader = ListReader::new(order);
///     let first = reader.next_request(false).unwrap();
///     let mut page = CasesPage::default();
///     let record = &mut page.pagination_response_record;
///     (record.page_index, record.last_index, record.total_records) = (1, 3, 300);
///     reader.on_page(first, &mut page, 1_767_225_600_000).unwrap();
///     assert_eq!(reader.next_request(false).map(|request| request.page_index), Some(second));
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadOrder {
    /// From the last page down to the first, then the tail again.
    ///
    /// A case that is updated or removed meanwhile can be read twice, never missed.
    #[default]
    NewestFirst,
    /// From the first page up, for lists that do not change.
    ///
    /// An update moves all later cases one position forward, so that one case can be missed at each page boundary.
    OldestFirst,
    /// As [`ReadOrder::NewestFirst`] with several pages in flight: segments of the list are read concurrently, each from its highest
    /// page down. The cases of page 1, which is requested first, are emitted at once.
    ConcurrentSegments,
}

/// The error of a reader that cannot continue.
///
/// ```
/// use cisco_support_case::model::CasesPage;
/// use cisco_support_case::paging::{ListReader, ReadOrder, ReaderError};
///
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(false).unwrap();
/// let mut page = CasesPage::default();
/// (page.pagination_response_record.page_index, page.pagination_response_record.last_index) = (2, 2);
/// let error = reader.on_page(request, &mut page, 1_767_225_600_000).unwrap_err();
/// assert_eq!(error, ReaderError::PageMismatch { requested: 1, received: 2 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderError {
    /// The response contains another page than was requested, or the same cases again.
    PageMismatch {
        /// Index of the requested page.
        requested: u32,
        /// Index of the received page.
        received: u32,
    },
    /// The list changed faster than it could be read.
    Unstable,
}

/// A page to request.
///
/// ```
/// use cisco_support_case::paging::{ListReader, ReadOrder};
///
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(false).unwrap();
/// assert_eq!(request.page_index, 1, "its response contains the length of the list");
/// assert_eq!(reader.next_request(false), Some(request), "the same page after a failure");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Index of the page.
    pub page_index: u32,
    /// Id of the segment to which the page belongs; `None` outside of [`Phase::Segments`].
    pub(super) segment: Option<u32>,
}

/// A reader of every case of a list that the service sorts by last update, ascending.
///
/// The reader makes no requests. Its caller sends those of [`next_request`](ListReader::next_request) and passes the
/// responses to [`on_page`](ListReader::on_page), which keeps the cases that are new or newer than when they were emitted.
///
/// ```
/// use cisco_support_case::model::CasesPage;
/// use cisco_support_case::paging::{ListReader, ReadOrder};
///
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(false).unwrap();
/// assert_eq!(request.page_index, 1);
/// let mut page = CasesPage::default();
/// let emitted = reader.on_page(request, &mut page, 1_767_225_600_000).unwrap();
/// assert!(emitted.is_empty() && reader.is_done(), "an empty list takes one request");
/// ```
#[derive(Debug)]
pub struct ListReader {
    pub(super) order: ReadOrder,
    pub(super) phase: Phase,
    /// Segments of the current pass, from the end of the list to its beginning.
    pub(super) segments: Vec<Segment>,
    pub(super) last_segment_id: u32,
    /// Cases that this reader has received.
    pub(super) versions: CaseVersions,
    pub(super) emitted_before: EmittedBefore,
    /// Upper bound of the cases that are emitted once all segments are complete: the newest update at the start of the
    /// pass or round.
    pub(super) covered: Segment,
    /// Cases that the current round has emitted.
    pub(super) round: Segment,
    /// Cases that other rounds and single pages have emitted and `covered` does not contain.
    pub(super) tail_segments: Vec<Segment>,
    /// Number of times the list was read from its last page to its first.
    pub(super) passes: u32,
    /// Number of times the tail was read in this pass.
    pub(super) rounds: u32,
    pub(super) pass_start: PassStart,
    pub(super) tail_mark: TailMark,
    pub(super) totals: Totals,
    /// Whether only cases above a watermark are read, in one round.
    pub(super) is_watermark_only: bool,
    /// Whether all received pages have dates in ascending order, as documented. Otherwise dates do not determine which
    /// cases were emitted, and there is no checkpoint.
    pub(super) is_sorted: bool,
    /// Whether the caller recognizes by key the cases that were emitted before this reader began. The reader emits them
    /// again, and has a checkpoint in every pass.
    pub(super) caller_deduplicates: bool,
    pub(super) pages_read: u32,
    pub(super) max_pages: u32,
}

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
        /// Index of the page. Pages below the last follow while their cases share the newest date.
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
    /// All cases were emitted.
    Done,
}

/// The position of a reader in [`ReadOrder::OldestFirst`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ascent {
    /// Index of the page that is read next.
    pub(super) page: u32,
    /// Fingerprint of the page before it.
    pub(super) previous_fingerprint: u64,
}

/// The state of a reader at the start of a pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct PassStart {
    /// Number of distinct cases.
    pub(super) known_cases: usize,
    /// Newest update, in milliseconds since 1970 (UTC).
    pub(super) newest_ms: i64,
    /// Whether this pass has found a case that earlier passes missed.
    pub(super) found_missed: bool,
}

/// The cases that were emitted before a resumed reader began.
#[derive(Clone, Debug, Default)]
pub(super) struct EmittedBefore {
    pub(super) segments: Vec<Segment>,
    pub(super) case_count: usize,
    /// Number of those cases that this reader has received again.
    pub(super) duplicates: usize,
}

impl EmittedBefore {
    pub(super) fn contains(&self, key: Key, updated_ms: i64) -> bool {
        self.segments.iter().any(|segment| segment.contains(key, updated_ms))
    }
}

/// A page as a transition function sees it.
pub(super) struct ReceivedPage<'r> {
    /// Index of the requested page.
    pub(super) requested: u32,
    /// Index of the list's last page.
    pub(super) last: u32,
    /// Whether the requested page is past the end of the list.
    pub(super) is_past_end: bool,
    pub(super) rows: &'r [CaseVersion],
    pub(super) unix_ms: i64,
}

/// Maximum number of passes before the list is [`ReaderError::Unstable`].
pub(super) const MAX_PASSES: u32 = 5;
/// Maximum number of rounds of a pass before the list is [`ReaderError::Unstable`].
pub(super) const MAX_ROUNDS: u32 = 200;
/// Maximum number of pages that are read of a list, as a multiple of its pages at the first request.
pub(super) const MAX_PAGES_FACTOR: u32 = 8;
/// Pages that are read in addition to [`MAX_PAGES_FACTOR`]: two for each round, since a short list's end is read in each.
pub(super) const EXTRA_PAGES: u32 = 2 * MAX_ROUNDS;

impl ListReader {
    /// Creates a reader at the beginning of a list.
    pub fn new(order: ReadOrder) -> ListReader {
        ListReader {
            order,
            phase: Phase::FirstPage,
            segments: Vec::new(),
            last_segment_id: 0,
            versions: CaseVersions::for_list(),
            emitted_before: EmittedBefore::default(),
            covered: Segment::default(),
            round: Segment::default(),
            tail_segments: Vec::new(),
            passes: 0,
            rounds: 0,
            pass_start: PassStart { known_cases: 0, newest_ms: i64::MIN, found_missed: false },
            tail_mark: TailMark::default(),
            totals: Totals::default(),
            is_watermark_only: false,
            is_sorted: true,
            caller_deduplicates: false,
            pages_read: 0,
            max_pages: 0,
        }
    }

    /// Sets whether the caller recognizes by key the cases that were emitted before.
    pub(crate) fn with_caller_dedup(mut self, caller_deduplicates: bool) -> ListReader {
        self.caller_deduplicates = caller_deduplicates;
        self
    }

    /// Returns the number of distinct cases that this reader has emitted.
    pub fn emitted_cases(&self) -> u32 {
        u32::try_from(self.versions.count().saturating_sub(self.emitted_before.duplicates)).unwrap_or(u32::MAX)
    }

    /// Returns the next page to request, or `None` if none can be requested until a response arrives.
    ///
    /// In [`ReadOrder::ConcurrentSegments`] further pages can be requested while others are in flight. With `may_split` a segment is
    /// split in two if no other page can be requested.
    pub fn next_request(&mut self, may_split: bool) -> Option<PageRequest> {
        let page_index = match &self.phase {
            // Returned again only after a failure: the caller then repeats the request itself.
            Phase::FirstPage => 1,
            Phase::Ascending(Ascent { page, .. })
            | Phase::Probe { page }
            | Phase::Tail(TailRound { page, .. })
            | Phase::Confirm { page, .. } => *page,
            Phase::Done => return None,
            Phase::Segments => {
                if may_split && self.segments.iter().all(|segment| segment.is_in_flight || segment.is_idle()) {
                    self.split_segment();
                }
                let segment = self.segments.iter_mut().find(|segment| !segment.is_in_flight && !segment.is_idle())?;
                segment.is_in_flight = true;
                return Some(PageRequest { page_index: segment.next_page, segment: Some(segment.id) });
            }
        };
        Some(PageRequest { page_index, segment: None })
    }

    /// Whether at most one page can be in flight in this phase.
    pub fn is_sequential(&self) -> bool {
        self.phase != Phase::Segments
    }

    /// Whether the cases of the received page were held back, since that page is read again.
    pub(crate) fn defers_page(&self) -> bool {
        self.order == ReadOrder::NewestFirst && self.pages_read == 1 && self.phase != Phase::Done
    }

    /// Whether every case was emitted.
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// Returns the minimum number of pages that are still to read.
    pub fn pages_left(&self) -> u32 {
        match &self.phase {
            Phase::Done => 0,
            Phase::Segments => self.segments.iter().map(Segment::pages_left).fold(1, u32::saturating_add),
            Phase::Ascending(ascent) => self.totals.last_page.saturating_add(1).saturating_sub(ascent.page),
            _ => 1,
        }
    }

    /// Processes a requested page: retains in it the cases that are new or newer, in the reader's order, and returns their
    /// versions.
    ///
    /// `unix_ms` is the current time in milliseconds since 1970 (UTC). It decides whether a case can still be updated in
    /// the second of the newest date.
    ///
    /// # Errors
    ///
    /// [`ReaderError::PageMismatch`] for a response with another page: the same page can be requested again.
    /// [`ReaderError::Unstable`], or a repeated page: the list has to be read anew.
    pub fn on_page(
        &mut self,
        request: PageRequest,
        page: &mut impl PageView,
        unix_ms: i64,
    ) -> Result<Vec<CaseVersion>, ReaderError> {
        let [received, last, total] = page.position();
        let keys = page.keys().into_iter().zip(0..);
        let mut rows: Vec<CaseVersion> = keys.map(|(key, case)| (key, page.updated_ms(case))).collect();
        let (requested, last) = (request.page_index, last.max(1));
        let is_past_end = requested > last;
        // A response without a pagination record means an empty list, but not for a list of which cases were received.
        let is_empty = received == 0
            && total == 0
            && rows.is_empty()
            && (self.phase == Phase::FirstPage || self.is_watermark_only);
        // The documentation does not say which index a page past the end has: its own or the last page's is accepted.
        if (received != requested && !is_empty && !(is_past_end && received == last)) || last > MAX_PAGE_INDEX {
            return Err(ReaderError::PageMismatch { requested, received });
        }
        let last_before = self.totals.last_page;
        self.totals.record(last, total);
        if self.pages_read == 0 {
            self.max_pages = last.max(last_before).saturating_mul(MAX_PAGES_FACTOR).saturating_add(EXTRA_PAGES);
        }
        self.pages_read += 1;
        if self.pages_read > self.max_pages {
            return Err(ReaderError::Unstable);
        }
        self.is_sorted &= rows.is_sorted_by(|a, b| a.1 <= b.1) && rows.iter().all(|(_, updated)| *updated > i64::MIN);
        let phase = core::mem::replace(&mut self.phase, Phase::Done);
        if phase == Phase::FirstPage {
            self.phase = self.on_first_page(&mut rows, unix_ms);
        } else {
            let received = ReceivedPage { requested, last, is_past_end, rows: &rows, unix_ms };
            if let Phase::Tail(round) = &phase
                && self.is_tail_unchanged(round, &received)
            {
                // Nothing is above the watermark: the reader is done.
                page.select(&[]);
                return Ok(Vec::new());
            }
            self.phase = match phase {
                Phase::Ascending(ascent) => on_ascending_page(ascent, &received)?,
                Phase::Segments => self.on_segment_page(request.segment, &received),
                Phase::Probe { page } => self.on_probe_page(page, &received)?,
                Phase::Tail(round) => self.on_tail_page(round, &received)?,
                Phase::Confirm { fingerprint, .. } => self.on_confirm_page(fingerprint, &received)?,
                Phase::FirstPage | Phase::Done => Phase::Done,
            };
        }
        let emitted = self.select_new_cases(&rows, |case| page.created_ms(case));
        page.select(&emitted);
        Ok(emitted.iter().filter_map(|case| rows.get(*case).copied()).collect())
    }

    /// Transition of [`Phase::FirstPage`].
    pub(super) fn on_first_page(&mut self, rows: &mut Vec<CaseVersion>, unix_ms: i64) -> Phase {
        match self.order {
            _ if self.totals.last_page == 1 => {
                self.covered.add_page(rows);
                self.tail_mark = TailMark::new(page_fingerprint(rows), self.covered.newest_ms, unix_ms);
                Phase::Done
            }
            ReadOrder::OldestFirst => {
                Phase::Ascending(Ascent { page: 2, previous_fingerprint: page_fingerprint(rows) })
            }
            ReadOrder::NewestFirst => {
                // Page 1 is read again as the last of the pass: its cases may have moved there since.
                rows.clear();
                self.begin_pass()
            }
            ReadOrder::ConcurrentSegments => {
                let phase = self.begin_pass();
                self.record_emitted(rows);
                phase
            }
        }
    }

    /// Returns the number of distinct cases that were emitted, by this reader and before it.
    pub(super) fn distinct_cases(&self) -> usize {
        (self.emitted_before.case_count + self.versions.count()).saturating_sub(self.emitted_before.duplicates)
    }

    /// Whether a case was not emitted yet, or in an older version.
    pub(super) fn is_new(&self, key: Key, updated_ms: i64) -> bool {
        self.versions.is_newer(key, updated_ms) && !self.emitted_before.contains(key, updated_ms)
    }

    /// Records the cases of a page and returns the indices of those to emit; the newest first, unless in
    /// [`ReadOrder::OldestFirst`].
    pub(super) fn select_new_cases(&mut self, rows: &[CaseVersion], created_ms: impl Fn(usize) -> i64) -> Vec<usize> {
        let mut emitted = Vec::new();
        for (case, (key, updated)) in rows.iter().enumerate() {
            let known = self.versions.get(*key);
            let is_duplicate = known.is_none() && self.emitted_before.contains(*key, *updated);
            if self.versions.insert(*key, *updated) && (!is_duplicate || self.caller_deduplicates) {
                emitted.push(case);
                let start_ms = self.totals.newest_at_start_ms.unwrap_or(i64::MAX);
                let is_created = known.is_none() && *updated > start_ms && created_ms(case) > start_ms;
                self.totals.created_since += u32::from(is_created);
                self.pass_start.found_missed |=
                    known.is_none() && *updated <= self.pass_start.newest_ms && self.passes > 1;
            }
            self.emitted_before.duplicates += usize::from(is_duplicate);
        }
        if self.order != ReadOrder::OldestFirst {
            emitted.reverse();
        }
        emitted
    }
}

/// Transition of [`Phase::Ascending`].
pub(super) fn on_ascending_page(ascent: Ascent, page: &ReceivedPage<'_>) -> Result<Phase, ReaderError> {
    if page.is_past_end {
        return Ok(Phase::Done);
    }
    let fingerprint = page_fingerprint(page.rows);
    if !page.rows.is_empty() && fingerprint == ascent.previous_fingerprint {
        return Err(ReaderError::PageMismatch { requested: page.requested, received: ascent.page.saturating_sub(1) });
    }
    Ok(if ascent.page < page.last {
        Phase::Ascending(Ascent { page: ascent.page + 1, previous_fingerprint: fingerprint })
    } else {
        Phase::Done
    })
}
