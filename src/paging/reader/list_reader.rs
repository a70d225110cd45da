//! The list reader: its requests, and the transition on each page.

use super::super::emitted_range::EmittedRange;
use super::super::page_view::{PagePosition, PageView};
use super::super::seen_cases::{CaseVersion, CaseVersions};
use super::super::segment::Segment;
use super::page_request::PageRequest;
use super::pass::Pass;
use super::phase::{Ascent, Phase, ReceivedPage, TailRound};
use super::tail_mark::{TailMark, page_fingerprint};
use super::totals::Totals;
use crate::rules::MAX_PAGE_INDEX;
use alloc::vec::Vec;

/// The order in which a list is read.
///
/// ```
/// use cisco_support_case::model::CasesPage;
/// use cisco_support_case::paging::{ListReader, ReadOrder, SegmentSplit};
///
/// for (order, second) in [(ReadOrder::NewestFirst, 3), (ReadOrder::OldestFirst, 2)] {
///     let mut reader = ListReader::new(order);
///     let first = reader.next_request(SegmentSplit::Never).unwrap();
///     let mut page = CasesPage::default();
///     let record = &mut page.pagination_response_record;
///     (record.page_index, record.last_index, record.total_records) = (1, 3, 300);
///     reader.on_page(first, &mut page, 1_767_225_600_000).unwrap();
///     assert_eq!(reader.next_request(SegmentSplit::Never).map(|request| request.page_index), Some(second));
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
    /// As [`ReadOrder::NewestFirst`] with several pages in flight: segments of the list are read concurrently, each from its
    /// highest page down. The cases of page 1, which is requested first, are emitted at once.
    ConcurrentSegments,
}

/// Whether [`ListReader::next_request`] may split a segment in two, if no other page can be requested.
///
/// ```
/// use cisco_support_case::paging::{ListReader, ReadOrder, SegmentSplit};
///
/// let mut reader = ListReader::new(ReadOrder::ConcurrentSegments);
/// let request = reader.next_request(SegmentSplit::Allowed).unwrap();
/// assert_eq!(request.page_index, 1, "there is no segment before the first response");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentSplit {
    /// No segment is split.
    Never,
    /// The segment with most pages left is split, so that another request can be sent now.
    Allowed,
}

/// The error of a reader that cannot continue.
///
/// ```
/// use cisco_support_case::model::CasesPage;
/// use cisco_support_case::paging::{ListReader, ReadOrder, ReaderError, SegmentSplit};
///
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(SegmentSplit::Never).unwrap();
/// let mut page = CasesPage::default();
/// (page.pagination_response_record.page_index, page.pagination_response_record.last_index) = (2, 2);
/// let error = reader.on_page(request, &mut page, 1_767_225_600_000).unwrap_err();
/// assert_eq!(error, ReaderError::PageMismatch { requested: 1, received: 2 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderError {
    /// The response contains another page than was requested, or a further response contains the same cases again.
    ///
    /// Of another page `received` is the index in the response, and the reader still expects the requested page: the same
    /// request can be sent again. For repeated cases, which only [`ReadOrder::OldestFirst`] detects, `received` is
    /// `requested - 1`, [`ListReader::is_done`] is true, and the list has to be read anew.
    PageMismatch {
        /// Index of the requested page.
        requested: u32,
        /// Index of the received page, or of the page whose cases were repeated.
        received: u32,
    },
    /// The list changed faster than it could be read.
    Unstable,
}

/// A reader of every case of a list that the service sorts by last update, ascending.
///
/// The reader makes no requests. Its caller sends those of [`next_request`](ListReader::next_request) and passes the
/// responses to [`on_page`](ListReader::on_page), which keeps the cases that are new or newer than when they were emitted.
///
/// ```
/// use cisco_support_case::model::CasesPage;
/// use cisco_support_case::paging::{ListReader, ReadOrder, SegmentSplit};
///
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(SegmentSplit::Never).unwrap();
/// assert_eq!(request.page_index, 1);
/// let mut page = CasesPage::default();
/// let emitted = reader.on_page(request, &mut page, 1_767_225_600_000).unwrap();
/// assert!(emitted.is_empty() && reader.is_done(), "an empty list takes one request");
/// ```
#[derive(Debug)]
pub struct ListReader {
    pub(super) order: ReadOrder,
    pub(super) phase: Phase,
    /// The current pass.
    pub(super) pass: Pass,
    /// Id of the segment that was created last.
    pub(super) last_segment_id: u32,
    /// Newest version of each case that this reader has received.
    pub(super) versions: CaseVersions,
    pub(super) emitted_before: EmittedBefore,
    /// Emitted ranges outside the segments (page 1, earlier rounds) that are newer than `pass.covered`.
    pub(super) tail_ranges: Vec<EmittedRange>,
    /// The last page at the start of the pass or round, to detect changes.
    pub(super) tail_mark: TailMark,
    /// The length of the list during the pass.
    pub(super) totals: Totals,
    /// Whether only cases newer than a watermark are read, in one round.
    pub(super) is_watermark_only: bool,
    /// Whether all received pages have dates in ascending order, as documented. Otherwise dates do not determine which
    /// cases were emitted, and there is no checkpoint.
    pub(super) is_sorted: bool,
    /// Whether the caller recognizes by key the cases that were emitted before this reader began. The reader emits them
    /// again, and has a checkpoint in every pass.
    pub(super) caller_deduplicates: bool,
    /// Number of pages that were received.
    pages_read: u32,
    /// Maximum number of pages; set by the first page.
    max_pages: u32,
}

/// The cases that were emitted before a resumed reader began.
#[derive(Clone, Debug, Default)]
pub(super) struct EmittedBefore {
    pub(super) ranges: Vec<EmittedRange>,
    pub(super) case_count: usize,
    /// Number of those cases that this reader has received again.
    pub(super) duplicates: usize,
}

impl EmittedBefore {
    pub(super) fn contains(&self, version: CaseVersion) -> bool {
        self.ranges.iter().any(|range| range.contains(version))
    }
}

/// Maximum number of passes before the list is [`ReaderError::Unstable`].
pub(super) const MAX_PASSES: u32 = 5;
/// Maximum number of rounds of a pass before the list is [`ReaderError::Unstable`].
pub(super) const MAX_ROUNDS: u32 = 200;
/// Maximum number of pages that are read of a list, as a multiple of its pages at the first request.
const MAX_PAGES_FACTOR: u32 = 8;
/// Pages that are read in addition to [`MAX_PAGES_FACTOR`]: two for each round, since a short list's end is read in each.
const EXTRA_PAGES: u32 = 2 * MAX_ROUNDS;

impl ListReader {
    /// Creates a reader at the beginning of a list.
    pub fn new(order: ReadOrder) -> ListReader {
        ListReader {
            order,
            phase: Phase::FirstPage,
            pass: Pass::before_first(),
            last_segment_id: 0,
            versions: CaseVersions::for_list(),
            emitted_before: EmittedBefore::default(),
            tail_ranges: Vec::new(),
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

    /// Returns the number of distinct cases that this reader has emitted, without those that were emitted before it began,
    /// even if it has emitted them again.
    pub fn emitted_cases(&self) -> u32 {
        u32::try_from(self.versions.count().saturating_sub(self.emitted_before.duplicates)).unwrap_or(u32::MAX)
    }

    /// Whether no further page is requested: the list was read, or an error of a transition ended the read.
    ///
    /// It stays false after the [`ReaderError::Unstable`] of a page beyond the limit, after which callers end the read.
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// Whether at most one page can be in flight in this phase.
    pub fn is_sequential(&self) -> bool {
        self.phase != Phase::Segments
    }

    /// Whether the cases of the received page were held back, since that page is read again.
    pub(crate) fn defers_page(&self) -> bool {
        self.order == ReadOrder::NewestFirst && self.pages_read == 1 && self.phase != Phase::Done
    }

    /// Returns the minimum number of pages that are still to read.
    pub fn pages_left(&self) -> u32 {
        match &self.phase {
            Phase::Done => 0,
            Phase::Segments => self.pass.segments.iter().map(Segment::pages_left).fold(1, u32::saturating_add),
            Phase::Ascending(ascent) => self.totals.last_page.saturating_add(1).saturating_sub(ascent.page),
            _ => 1,
        }
    }

    /// Returns the next page to request, or `None` if none can be requested until a response arrives.
    ///
    /// With [`ReadOrder::ConcurrentSegments`] further pages can be requested while others are in flight. With
    /// [`SegmentSplit::Allowed`] a segment is split in two if no other page can be requested.
    ///
    /// In the phase `Segments` each call marks its page as in flight: the caller keeps a failed request and sends it again.
    /// In other phases each call returns the same page until its response arrives.
    pub fn next_request(&mut self, split: SegmentSplit) -> Option<PageRequest> {
        let page_index = match &self.phase {
            Phase::FirstPage => 1,
            Phase::Ascending(Ascent { page, .. })
            | Phase::Probe { page }
            | Phase::Tail(TailRound { page, .. })
            | Phase::Confirm { page, .. } => *page,
            Phase::Done => return None,
            Phase::Segments => return self.next_segment_request(split),
        };
        Some(PageRequest { page_index, segment_id: None })
    }

    /// Processes a requested page: retains in it the cases that are new or newer, in the reader's order, and returns their
    /// versions.
    ///
    /// `unix_ms` is the current time in milliseconds since 1970 (UTC). A newest date less than 10 minutes old is
    /// not final: another case may still receive it.
    ///
    /// # Errors
    ///
    /// [`ReaderError::PageMismatch`] for a response with another page: the same request can be sent again. For a page that
    /// repeats the cases of the page before it, and after [`ReaderError::Unstable`]: the list has to be read anew.
    pub fn on_page(
        &mut self,
        request: PageRequest,
        page: &mut impl PageView,
        unix_ms: i64,
    ) -> Result<Vec<CaseVersion>, ReaderError> {
        let mut position = page.position();
        // An empty list has one page, without cases.
        position.last_index = position.last_index.max(1);
        let keys = page.keys().into_iter().zip(0..);
        let versions: Vec<_> =
            keys.map(|(key, index)| CaseVersion { key, updated_ms: page.updated_ms(index) }).collect();
        self.check_position(request.page_index, position, versions.is_empty())?;
        self.count_against_limit(position)?;
        self.is_sorted &= has_ascending_dates(&versions);

        let received = ReceivedPage { request, last: position.last_index, versions: &versions, unix_ms };
        let mut emitted = Vec::new();
        if self.transition(&received)? {
            emitted = self.select_new_cases(&versions, |index| page.created_ms(index));
        }
        page.select(&emitted);
        Ok(emitted.iter().filter_map(|index| versions.get(*index).copied()).collect())
    }

    /// Checks that a response contains the requested page.
    fn check_position(&self, requested: u32, position: PagePosition, has_no_cases: bool) -> Result<(), ReaderError> {
        let PagePosition { page_index: received, last_index: last, total_records } = position;
        // A response without a pagination record is an empty list, except in the middle of a full read, where it is an
        // error.
        let is_empty_list = received == 0
            && total_records == 0
            && has_no_cases
            && (self.phase == Phase::FirstPage || self.is_watermark_only);
        // The documentation does not say which index a page past the end has: its own or the last page's is accepted.
        let is_last_instead = requested > last && received == last;
        if last <= MAX_PAGE_INDEX && (received == requested || is_last_instead || is_empty_list) {
            Ok(())
        } else {
            Err(ReaderError::PageMismatch { requested, received })
        }
    }

    /// Counts a page against the maximum number of pages, and records the length of the list.
    fn count_against_limit(&mut self, position: PagePosition) -> Result<(), ReaderError> {
        let last_before = self.totals.last_page;
        self.totals.record(position);
        if self.pages_read == 0 {
            let pages = position.last_index.max(last_before);
            self.max_pages = pages.saturating_mul(MAX_PAGES_FACTOR).saturating_add(EXTRA_PAGES);
        }
        self.pages_read += 1;
        if self.pages_read > self.max_pages { Err(ReaderError::Unstable) } else { Ok(()) }
    }

    /// Enters the next phase. Returns whether the cases of the page are emitted now. After an error the reader is done.
    fn transition(&mut self, page: &ReceivedPage<'_>) -> Result<bool, ReaderError> {
        let mut emits_page = true;
        self.phase = match core::mem::replace(&mut self.phase, Phase::Done) {
            Phase::FirstPage => {
                // `NewestFirst` reads page 1 again as the last of the pass: its cases may have moved there since.
                emits_page = self.order != ReadOrder::NewestFirst || page.last == 1;
                self.on_first_page(page)
            }
            Phase::Ascending(ascent) => on_ascending_page(ascent, page)?,
            Phase::Segments => self.on_segment_page(page),
            Phase::Probe { page: index } => self.on_probe_page(index, page)?,
            Phase::Tail(round) if self.is_tail_unchanged(&round, page) => {
                // The cases of the page were emitted before the reader began.
                emits_page = false;
                Phase::Done
            }
            Phase::Tail(round) => self.on_tail_page(round, page)?,
            Phase::Confirm { fingerprint, .. } => self.on_confirm_page(fingerprint, page)?,
            Phase::Done => Phase::Done,
        };
        Ok(emits_page)
    }

    /// Transition of [`Phase::FirstPage`].
    fn on_first_page(&mut self, page: &ReceivedPage<'_>) -> Phase {
        let versions = page.versions;
        if page.last == 1 {
            self.pass.covered.add_page(versions);
            self.tail_mark = TailMark::new(page_fingerprint(versions), self.pass.covered.newest_ms, page.unix_ms);
            return Phase::Done;
        }
        match self.order {
            ReadOrder::OldestFirst => {
                Phase::Ascending(Ascent { page: 2, previous_fingerprint: page_fingerprint(versions) })
            }
            ReadOrder::NewestFirst => self.begin_pass(),
            ReadOrder::ConcurrentSegments => {
                let phase = self.begin_pass();
                self.record_emitted(versions);
                phase
            }
        }
    }

    /// Returns the number of distinct cases that were emitted, by this reader and before it.
    pub(super) fn distinct_cases(&self) -> usize {
        (self.emitted_before.case_count + self.versions.count()).saturating_sub(self.emitted_before.duplicates)
    }

    /// Whether a case was not emitted yet, or in an older version.
    pub(super) fn is_new(&self, version: CaseVersion) -> bool {
        self.versions.is_newer(version) && !self.emitted_before.contains(version)
    }

    /// Whether a page contains a case that was not emitted yet, or in an older version.
    pub(super) fn has_new_cases(&self, versions: &[CaseVersion]) -> bool {
        versions.iter().any(|version| self.is_new(*version))
    }

    /// Records the cases of a page and returns the indices of those to emit, in the reader's order.
    fn select_new_cases(&mut self, versions: &[CaseVersion], created_ms: impl Fn(usize) -> i64) -> Vec<usize> {
        let mut selected = Vec::new();
        for (index, version) in versions.iter().enumerate() {
            // A case that was emitted before the reader began counts once, when it is received first.
            let is_unknown = self.versions.get(version.key).is_none();
            let is_duplicate = is_unknown && self.emitted_before.contains(*version);
            self.emitted_before.duplicates += usize::from(is_duplicate);
            let is_new = self.versions.insert(*version);
            if !is_new || (is_duplicate && !self.caller_deduplicates) {
                continue;
            }
            selected.push(index);
            if is_unknown {
                // The end of the pass compares these with the totals.
                let start_ms = self.totals.newest_at_start_ms.unwrap_or(i64::MAX);
                let is_created = version.updated_ms > start_ms && created_ms(index) > start_ms;
                self.totals.created_since += u32::from(is_created);
                self.pass.found_missed |= self.pass.number > 1 && version.updated_ms <= self.pass.newest_before_ms;
            }
        }
        if self.order != ReadOrder::OldestFirst {
            selected.reverse();
        }
        selected
    }
}

/// Whether all cases of a page have dates, in ascending order.
fn has_ascending_dates(versions: &[CaseVersion]) -> bool {
    versions.is_sorted_by(|a, b| a.updated_ms <= b.updated_ms)
        && versions.iter().all(|version| version.updated_ms > i64::MIN)
}

/// Transition of [`Phase::Ascending`].
fn on_ascending_page(ascent: Ascent, page: &ReceivedPage<'_>) -> Result<Phase, ReaderError> {
    if page.is_past_end() {
        return Ok(Phase::Done);
    }
    let fingerprint = page_fingerprint(page.versions);
    if !page.versions.is_empty() && fingerprint == ascent.previous_fingerprint {
        let requested = page.request.page_index;
        return Err(ReaderError::PageMismatch { requested, received: ascent.page.saturating_sub(1) });
    }
    Ok(if ascent.page < page.last {
        Phase::Ascending(Ascent { page: ascent.page + 1, previous_fingerprint: fingerprint })
    } else {
        Phase::Done
    })
}
