//! Every case of a list, page by page.

use super::page_view::PageView;
use super::seen_cases::{CaseVersions, Key};
use super::segment::Segment;
use crate::rules::MAX_PAGE_INDEX;
use alloc::{vec, vec::Vec};

/// In which order a list is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// From the last page down to the first, then the tail again. Whatever jumps to the end or leaves the list while
    /// it is read only makes the reader meet a case twice, never miss one.
    #[default]
    Newest,
    /// From the first page up. A case that is updated meanwhile moves all behind it one place forward, so that one
    /// case can be missed at each page's boundary. Only for lists that rest.
    Oldest,
    /// As [`Order::Newest`], several pages at a time: the list is read in stretches, each from its top down. Page 1, which
    /// is asked for first, is given out at once.
    Concurrent,
}

/// Why a reader cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderError {
    /// Another page came than was asked for, or the same page again.
    PageMismatch {
        /// The page asked for.
        requested: u32,
        /// The page that came.
        received: u32,
    },
    /// The list kept changing faster than it could be read.
    Unstable,
}

/// A page to ask for, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Its index.
    pub page_index: u32,
    /// The stretch that it belongs to; none outside of stretches.
    segment: Option<u32>,
}

/// Reads every case of a list that is sorted by last update, ascending. It says which pages to ask for and picks out of
/// what comes the cases that are new, or newer than when they were given out before.
///
/// With [`Order::Newest`] and [`Order::Concurrent`] *every case that is in the list from the first request to the last is
/// given out*: at most N + 2 requests for N pages at rest, 1 for a single page. Why:
///
/// - A case that is not touched only ever comes nearer to page 1: what is updated jumps to the end, what leaves makes
///   the others move up. Who reads a stretch from its top down, one page after another, cannot pass such a case.
/// - A stretch ends where the one below it began: at a page, if nothing has moved since the first request, or else at a
///   case that is older than the newest one the other began with.
/// - A case that was touched is newer than all that were there at the beginning: it stands in the tail, which is read
///   again, in rounds, until a round shows nothing new.
/// - A case that comes in in the middle moves others away from page 1. Then the totals tell: the different cases do not
///   add up to `total_records`, or the total has changed by anything but cases that were created since, which
///   might hide it. The list is read again then.
#[derive(Debug)]
pub struct ListReader {
    order: Order,
    step: Step,
    /// From the top of the list to its bottom.
    stretches: Vec<Segment>,
    last_id: u32,
    seen: CaseVersions,
    /// What was given out before this reader began, how many cases that were, and how many of them were met again.
    before: Vec<Segment>,
    count_before: usize,
    met_again: usize,
    /// Everything up to here has been given out, once the stretches are done: the newest of the pass's or round's
    /// beginning.
    covered: Segment,
    /// What the round under way has given out, and what rounds have that were broken off.
    round: Segment,
    rounds_before: Vec<Segment>,
    /// How often the list has been read from its last page to its first.
    passes: u32,
    /// How often the tail has been read since.
    rounds: u32,
    /// How many different cases were known when the current pass began, up to which update, and whether it has found one
    /// that the passes before had missed.
    known: usize,
    known_ms: i64,
    found: bool,
    /// What the last page held when the pass or round began. Dates have seconds only, so that a case may have jumped to
    /// the end and still be as old as the newest: only if this page is as it was has nothing moved.
    edge: u64,
    /// Whether the second of its newest case was over by then.
    edge_is_over: bool,
    account: Account,
    /// Whether what is newer than a mark is looked for, once.
    once: bool,
    /// Whether dates are there and ascend, as documented: only then do they tell what was given out.
    is_sorted: bool,
    /// Whether its caller knows by their keys which cases were given out before. Then they are given out again, and what
    /// has been done can be told in every pass.
    by_keys: bool,
    /// How many pages have come, and the most that may.
    pages: u32,
    most_pages: u32,
}

/// What a pass has seen of the list's length.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// The last page and the total, at first and last.
    last: u32,
    first_total: u32,
    total: u32,
    /// How many were created since.
    entered: u32,
    /// Whether the total has ever fallen.
    fell: bool,
    /// Whether anything has moved.
    moved: bool,
    /// How new the list was when the pass began; none before its last page has come.
    newest_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Page 1, to learn how many there are.
    First,
    /// The stretches.
    Stretches,
    /// This page, then the ones above it; what the page before held.
    Up(u32, u64),
    /// The last page, to see whether anything has moved.
    Probe(u32),
    /// A page of the tail.
    Tail {
        page: u32,
        pages: u32,
        news: bool,
        /// What the last page held, and when it came.
        edge: u64,
        at_ms: i64,
    },
    /// The last page once more, to see that nothing moved while a long tail was read.
    Confirm {
        page: u32,
        edge: u64,
    },
    Done,
}

/// The list is read at most so often before it is given up.
const MAX_PASSES: u32 = 5;
/// The tail is read at most so often before it is given up.
const MAX_ROUNDS: u32 = 200;
/// However its length and its pages change, no more pages are read of a list than this many times as many as it had at
/// first …
const MOST_READ: u32 = 8;
/// … and this many besides: of a short list, whose end is read again and again, two for each of those times.
const MOST_BESIDES: u32 = 2 * MAX_ROUNDS;
/// A list is read in no more stretches than this.
const MAX_STRETCHES: usize = 96;
/// A stretch is parted only where so many pages are left of it.
const WORTH_PARTING: u32 = 4;
/// More cases than any list has.
const MANY: u32 = u32::MAX / 2;
/// No more rounds than this are told of.
const MAX_TOLD: usize = 30;
/// A second that is so long ago is over, whatever this side's clock says.
const SETTLED_MS: i64 = 600_000;

/// A case of a page: its key and its last update.
pub type CaseVersion = (Key, i64);

/// What a reader has done, to go on from later. It is small: of the cases that were given out it knows dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReaderCheckpoint {
    /// What has been given out. Those with pages left are read on. Where there is none the list has not been begun.
    pub segments: Vec<Segment>,
    /// What of the tail has been given out. Where there is no stretch with pages left, it is read down to the newest of
    /// the stretches.
    pub tail_segments: Vec<Segment>,
    /// The list's last page.
    pub last_page: u32,
    /// How many different cases were given out.
    pub case_count: u32,
}

/// How far a list has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// Its last page.
    pub last_page: u32,
    /// How many cases it had.
    pub total_records: u32,
    /// The newest update that was given out, in milliseconds since 1970 (UTC).
    pub newest_ms: i64,
    /// The cases of that date.
    pub newest_keys: Vec<Key>,
    /// What the last page held; 0 where it does not tell that nothing has happened since.
    pub tail_fingerprint: u64,
}

impl ReaderCheckpoint {
    /// What it says of any part of the list's contracts or users: which dates were given out. That part is read from the
    /// beginning.
    pub fn for_subset(mut self) -> ReaderCheckpoint {
        let mut rounds = self.segments;
        rounds.append(&mut self.tail_segments);
        rounds.retain(Segment::has_cases);
        for round in &mut rounds {
            (round.next_page, round.is_extending) = (0, false);
        }
        ReaderCheckpoint { tail_segments: rounds, case_count: MANY, ..ReaderCheckpoint::default() }
    }

    /// Whether a case was given out.
    pub(crate) fn contains(&self, key: Key, updated_ms: i64) -> bool {
        self.segments.iter().chain(&self.tail_segments).any(|stretch| stretch.contains(key, updated_ms))
    }

    /// What both say was given out, beyond a mark. What is too much to be remembered may be given out again.
    #[inline(never)]
    pub(crate) fn merge_emitted(done: Option<ReaderCheckpoint>, before: Option<ReaderCheckpoint>) -> ReaderCheckpoint {
        let mut given = ReaderCheckpoint::default();
        for done in [done, before].into_iter().flatten() {
            for one in done.for_subset().tail_segments {
                if given.tail_segments.len() < MAX_TOLD && !given.tail_segments.iter().any(|other| other.covers(&one)) {
                    given.tail_segments.push(one);
                }
            }
        }
        given
    }

    /// The same, and these cases of the next page: a page's newest, in descending order. Where they do not descend they
    /// are not told of.
    pub fn with_cases(mut self, newest: &[(Key, i64)]) -> ReaderCheckpoint {
        let descend = newest.is_sorted_by(|a, b| a.1 >= b.1) && newest.iter().all(|(_, updated)| *updated > i64::MIN);
        let mut round = Segment::default();
        round.add_page(newest);
        if descend && round.has_cases() {
            for (key, updated) in newest {
                self.case_count = self.case_count.saturating_add(u32::from(!self.contains(*key, *updated)));
            }
            self.tail_segments.push(round);
        }
        self
    }
}

impl ListReader {
    /// A reader at the beginning.
    pub fn new(order: Order) -> ListReader {
        ListReader {
            order,
            step: Step::First,
            stretches: Vec::new(),
            last_id: 0,
            seen: CaseVersions::for_list(),
            before: Vec::new(),
            count_before: 0,
            met_again: 0,
            covered: Segment::default(),
            round: Segment::default(),
            rounds_before: Vec::new(),
            passes: 0,
            rounds: 0,
            known: 0,
            known_ms: i64::MIN,
            found: false,
            edge: 0,
            edge_is_over: false,
            account: Account::default(),
            once: false,
            is_sorted: true,
            by_keys: false,
            pages: 0,
            most_pages: 0,
        }
    }

    /// The same for a caller who knows by their keys which cases were given out before.
    pub(crate) fn with_caller_dedup(mut self, by_keys: bool) -> ListReader {
        self.by_keys = by_keys;
        self
    }

    /// A reader that goes on where one with [`Order::Concurrent`] was.
    pub fn from_checkpoint(done: &ReaderCheckpoint) -> ListReader {
        let mut reader = ListReader::new(Order::Concurrent);
        reader.count_before = done.case_count as usize;
        reader.before = done.segments.iter().chain(&done.tail_segments).cloned().collect();
        reader.rounds_before.clone_from(&done.tail_segments);
        if done.segments.is_empty() {
            return reader;
        }
        reader.passes = 1;
        reader.account.last = done.last_page;
        reader.account.moved = true;
        for stretch in &done.segments {
            reader.last_id += 1;
            reader.stretches.push(Segment {
                id: reader.last_id,
                is_in_flight: false,
                has_started: stretch.has_cases(),
                ..stretch.clone()
            });
        }
        reader.step = Step::Stretches;
        reader.go_on_down();
        reader
    }

    /// A reader of what is newer than a mark: from the last page that was known down to a case that is older than it, and
    /// no further. What comes to the end meanwhile is newer than the next mark.
    pub fn since_watermark(mark: &Watermark) -> ListReader {
        let stretch = Segment {
            newest_ms: mark.newest_ms,
            oldest_ms: i64::MIN,
            newest_keys: mark.newest_keys.clone(),
            ..Segment::default()
        };
        let mut reader = ListReader::from_checkpoint(&ReaderCheckpoint {
            segments: vec![stretch],
            last_page: mark.last_page,
            case_count: mark.total_records,
            ..ReaderCheckpoint::default()
        });
        (reader.edge, reader.edge_is_over) = (mark.tail_fingerprint, mark.tail_fingerprint != 0);
        reader.once = true;
        reader
    }

    /// How far the list was read, when it has been.
    pub fn watermark(&self) -> Watermark {
        Watermark {
            last_page: self.account.last,
            total_records: self.account.total,
            newest_ms: self.covered.newest_ms,
            newest_keys: self.covered.newest_keys.clone(),
            tail_fingerprint: if self.edge_is_over { self.edge } else { 0 },
        }
    }

    /// How many different cases this reader has given out.
    pub fn emitted_cases(&self) -> u32 {
        u32::try_from(self.seen.count().saturating_sub(self.met_again)).unwrap_or(u32::MAX)
    }

    /// The next page to ask for, if one can be asked for now: pages may be asked for while others are under way. With
    /// `part`, a stretch is parted for it.
    pub fn next_request(&mut self, part: bool) -> Option<PageRequest> {
        let alone = |page_index| Some(PageRequest { page_index, segment: None });
        match self.step {
            // Asked for again only after it failed: then the caller asks by itself.
            Step::First => alone(1),
            Step::Up(page, _) | Step::Probe(page) | Step::Tail { page, .. } | Step::Confirm { page, .. } => alone(page),
            Step::Done => None,
            Step::Stretches => {
                if part && self.stretches.iter().all(|stretch| stretch.is_in_flight || stretch.is_idle()) {
                    self.part();
                }
                let stretch = self.stretches.iter_mut().find(|stretch| !stretch.is_in_flight && !stretch.is_idle())?;
                stretch.is_in_flight = true;
                Some(PageRequest { page_index: stretch.next_page, segment: Some(stretch.id) })
            }
        }
    }

    /// Whether only one page can be under way now.
    pub fn is_single(&self) -> bool {
        self.step != Step::Stretches
    }

    /// Whether of the page that came nothing was given out since it is read once more.
    pub(crate) fn defers_page(&self) -> bool {
        self.order == Order::Newest && self.pages == 1 && self.step != Step::Done
    }

    /// Whether every case has been given out.
    pub fn is_done(&self) -> bool {
        self.step == Step::Done
    }

    /// How many pages it will take at least.
    pub fn pages_left(&self) -> u32 {
        match self.step {
            Step::Done => 0,
            Step::Stretches => self.stretches.iter().map(Segment::pages_left).fold(1, u32::saturating_add),
            Step::Up(page, _) => self.account.last.saturating_add(1).saturating_sub(page),
            _ => 1,
        }
    }

    /// What has been done; none where it cannot be told in a few words, and the list has to be read from the beginning.
    pub fn checkpoint(&self) -> Option<ReaderCheckpoint> {
        let stretches = match self.step {
            Step::First | Step::Up(..) | Step::Done => return None,
            Step::Stretches | Step::Probe(_) => self.stretches.clone(),
            _ => vec![Segment { oldest_ms: i64::MIN, ..self.covered.clone() }],
        };
        let rounds = self.rounds_before.iter().chain(Some(&self.round).filter(|round| round.has_cases()));
        let rounds: Vec<Segment> = rounds.cloned().collect();
        let is_small = rounds.len() <= MAX_TOLD && stretches.iter().chain(&rounds).all(Segment::fits_checkpoint);
        let told = self.is_sorted && (self.passes == 1 || self.by_keys) && is_small;
        let count = u32::try_from(self.distinct()).unwrap_or(u32::MAX);
        let done = ReaderCheckpoint {
            segments: stretches,
            tail_segments: rounds,
            last_page: self.account.last,
            case_count: count,
        };
        // The pass is made since the ones before it may have missed cases: it is made as a whole.
        told.then(|| if self.passes > 1 { done.for_subset() } else { done })
    }

    /// Takes the page that was asked for and leaves in it the cases that are new, in the reader's order; gives their keys and
    /// updates. The time, in
    /// milliseconds since 1970 (UTC), tells whether the newest case's second is over.
    pub fn on_page(
        &mut self,
        ask: PageRequest,
        page: &mut impl PageView,
        unix_ms: i64,
    ) -> Result<Vec<CaseVersion>, ReaderError> {
        let [came, last, total] = page.position();
        let keys = page.keys().into_iter().zip(0..);
        let mut rows: Vec<CaseVersion> = keys.map(|(key, case)| (key, page.updated_ms(case))).collect();
        let (asked, last) = (ask.page_index, last.max(1));
        // What the service says of a page past the end is not public: its own index or the last page's will do.
        let past_end = asked > last;
        // An answer without a place says that the list is empty: of one of which cases came that is no end to believe.
        let is_empty = came == 0 && total == 0 && rows.is_empty() && (self.step == Step::First || self.once);
        if (came != asked && !is_empty && !(past_end && came == last)) || last > MAX_PAGE_INDEX {
            return Err(ReaderError::PageMismatch { requested: asked, received: came });
        }
        let heard = self.account.last;
        self.hear(last, total);
        if self.pages == 0 {
            self.most_pages = last.max(heard).saturating_mul(MOST_READ).saturating_add(MOST_BESIDES);
        }
        self.pages += 1;
        if self.pages > self.most_pages {
            return Err(ReaderError::Unstable);
        }
        self.is_sorted &= rows.is_sorted_by(|a, b| a.1 <= b.1) && rows.iter().all(|(_, updated)| *updated > i64::MIN);
        match core::mem::replace(&mut self.step, Step::Done) {
            Step::First => self.first(&mut rows, unix_ms),
            Step::Up(..) if past_end => {}
            Step::Up(at, before) => {
                let held = held(&rows);
                if !rows.is_empty() && held == before {
                    return Err(ReaderError::PageMismatch { requested: asked, received: at.saturating_sub(1) });
                }
                if at < last {
                    self.step = Step::Up(at + 1, held);
                }
            }
            Step::Stretches => {
                self.step = Step::Stretches;
                self.stretch_came(ask, &rows, past_end, unix_ms);
            }
            Step::Probe(at) => {
                let same = at < last || held(&rows) == self.edge;
                let news = rows.iter().any(|(key, updated)| self.is_news(*key, *updated));
                let over = self.edge_is_over || rows.iter().any(|(_, updated)| *updated < self.covered.newest_ms);
                let quiet = same && !past_end && !news && !self.account.moved;
                if quiet && (over || at == 1) {
                    self.settle()?;
                } else if quiet {
                    // All of it is as new as the newest, in a second that may not be over: down to what is older.
                    self.step = Step::Probe(at - 1);
                } else {
                    self.account.moved = true;
                    self.retire();
                    self.round.add_page(&rows);
                    self.step = Step::Stretches;
                    self.join();
                }
            }
            Step::Tail { pages, news, edge, at_ms, .. } if past_end => {
                self.step = Step::Tail { page: last, pages, news, edge, at_ms }
            }
            // The end of the list is as it was: nothing has happened.
            Step::Tail { page: at, pages: 0, .. }
                if self.once && self.edge_is_over && at == last && held(&rows) == self.edge =>
            {
                page.select(&[]);
                return Ok(Vec::new());
            }
            Step::Tail { page: at, pages, news, edge, at_ms } => {
                let at_ms = if pages == 0 { unix_ms } else { at_ms };
                let fresh = rows.iter().any(|(key, updated)| self.is_news(*key, *updated));
                let edge = if pages == 0 { held(&rows) } else { edge };
                let beyond = self.round.add_page(&rows);
                self.give_beside(&beyond);
                // Down to what was the newest; a page on which nothing has moved is far enough.
                let older = rows.iter().any(|(_, updated)| *updated < self.covered.newest_ms);
                let (news, pages) = (news || fresh, pages + 1);
                let still = pages == 1 && !news && edge == self.edge && self.edge_is_over;
                if pages == 1 && at < last {
                    // The list has grown by a page since it was last heard of.
                    self.begin_round(last)?;
                } else if !(at == 1 || older || still) {
                    self.step = Step::Tail { page: at - 1, pages, news, edge, at_ms };
                } else if self.once || news {
                    self.set_edge(edge, self.round.newest_ms, at_ms);
                    self.covered.merge_newer(core::mem::take(&mut self.round));
                    if !self.once {
                        self.begin_round(last)?;
                    }
                } else if pages > 1 {
                    self.step = Step::Confirm { page: last, edge };
                } else {
                    self.settle()?;
                }
            }
            Step::Confirm { edge, .. } => {
                if !past_end && asked == last && held(&rows) == edge {
                    self.settle()?;
                } else {
                    self.retire();
                    self.round.add_page(&rows);
                    self.begin_round(last)?;
                }
            }
            Step::Done => {}
        }
        let picked = self.pick(&rows, |case| page.created_ms(case));
        page.select(&picked);
        Ok(picked.iter().filter_map(|case| rows.get(*case).copied()).collect())
    }

    /// Takes note of how long the list is.
    fn hear(&mut self, last: u32, total: u32) {
        let account = &mut self.account;
        if account.newest_ms.is_some() {
            account.fell |= total < account.total;
            account.moved |= total != account.first_total;
        } else {
            account.first_total = total;
        }
        (account.last, account.total) = (last, total);
    }

    fn first(&mut self, rows: &mut Vec<CaseVersion>, unix_ms: i64) {
        let last = self.account.last;
        match self.order {
            _ if last == 1 => {
                self.covered.add_page(rows);
                self.set_edge(held(rows), self.covered.newest_ms, unix_ms);
            }
            Order::Oldest => self.step = Step::Up(2, held(rows)),
            Order::Newest => {
                // Page 1 is read once more as the last: what it holds may have moved here since.
                rows.clear();
                self.begin_pass();
            }
            Order::Concurrent => {
                self.begin_pass();
                self.give_beside(rows);
            }
        }
    }

    /// Reads the list from its end down to page 1.
    fn begin_pass(&mut self) {
        self.passes += 1;
        if self.covered.has_cases() {
            // Given out, but for what was missed.
            self.rounds_before.push(Segment { oldest_ms: i64::MIN, ..self.covered.clone() });
        }
        self.known = self.distinct();
        self.known_ms = self.covered.newest_ms;
        self.found = false;
        self.rounds = 0;
        self.account = Account { last: self.account.last, total: self.account.total, ..Account::default() };
        self.last_id += 1;
        self.stretches = vec![Segment::new(self.last_id, self.account.last, 1)];
        self.covered = Segment::default();
        self.round = Segment::default();
        self.step = Step::Stretches;
    }

    /// Parts the stretch with most pages left, so that its lower half can be read meanwhile.
    fn part(&mut self) {
        // What is read before the last page has come cannot be told to rest.
        // A list that did not add up is read in one piece: its dates may not be what they should be.
        let is_again = self.passes > 1;
        if self.order != Order::Concurrent || is_again || self.account.newest_ms.is_none() || self.is_joining() {
            return;
        }
        let longest = self.stretches.iter().enumerate().max_by_key(|(_, stretch)| stretch.pages_left());
        let Some((at, pages)) = longest.map(|(at, stretch)| (at, stretch.pages_left())) else { return };
        if pages < WORTH_PARTING || self.stretches.len() >= MAX_STRETCHES {
            return;
        }
        self.last_id += 1;
        let id = self.last_id;
        let Some(upper) = self.stretches.get_mut(at) else { return };
        let middle = upper.lowest_page + pages / 2 - 1;
        let lower = Segment { floor_ms: upper.floor_ms, ..Segment::new(id, middle, upper.lowest_page) };
        upper.lowest_page = middle + 1;
        // It is known when the lower one's first page has come.
        upper.floor_ms = i64::MIN;
        self.stretches.insert(at + 1, lower);
    }

    /// Whether stretches are being read on to where the ones below began.
    fn is_joining(&self) -> bool {
        self.stretches.iter().any(|stretch| stretch.is_extending)
    }

    /// A stretch ends at cases that are older than the newest that the one below began with.
    fn set_floor(&mut self, at: usize, newest_ms: i64) {
        if let Some(stretch) = self.stretches.get_mut(at) {
            stretch.floor_ms = newest_ms;
        }
    }

    fn stretch_came(&mut self, ask: PageRequest, rows: &[CaseVersion], past_end: bool, unix_ms: i64) {
        let last = self.account.last;
        // Page 1 was read at first.
        let met = ask.page_index > 1 && rows.iter().any(|(key, _)| self.seen.get(*key).is_some());
        let at = self.stretches.iter().position(|stretch| Some(stretch.id) == ask.segment);
        let Some((at, stretch)) = at.and_then(|at| Some((at, self.stretches.get_mut(at)?))) else { return };
        stretch.is_in_flight = false;
        let is_first = !stretch.has_started;
        if past_end {
            // The list has become shorter: its end is elsewhere now.
            self.account.moved = true;
            stretch.next_page = last;
            stretch.lowest_page = stretch.lowest_page.min(last);
            return;
        }
        if is_first && at == 0 && ask.page_index < last {
            // The list has grown by a page since it was last heard of: its top is elsewhere.
            self.account.moved = true;
            stretch.next_page = last;
            self.give_beside(rows);
            return;
        }
        // What is new among the dates that have been read already: they do not ascend, or it came in in the middle.
        let (lo_ms, hi_ms) = (stretch.oldest_ms, stretch.newest_ms);
        let beyond = stretch.add_page(rows);
        let page = ask.page_index;
        stretch.next_page = page - 1;
        let among =
            |(key, updated): &&CaseVersion| *updated > lo_ms && *updated < hi_ms && self.is_news(*key, *updated);
        if !is_first && rows.iter().any(|row| among(&row)) {
            self.is_sorted = false;
        }
        let Some(stretch) = self.stretches.get_mut(at) else { return };
        let is_below = |updated: i64| self.is_sorted && updated < stretch.floor_ms;
        if page == 1 || (stretch.floor_ms > i64::MIN && rows.iter().any(|(_, updated)| is_below(*updated))) {
            stretch.complete();
        }
        let newest_ms = stretch.newest_ms;
        if is_first {
            if at == 0 {
                // The top of the list: how new it is at the beginning.
                self.set_edge(held(rows), newest_ms, unix_ms);
                self.account.first_total = self.account.total;
                self.account.newest_ms = Some(newest_ms);
            } else {
                self.set_floor(at - 1, newest_ms);
            }
        }
        self.account.moved |= met && self.passes == 1;
        self.give_beside(&beyond);
        self.go_on_down();
    }

    /// When all have been read as far as they were planned: on to where each meets the one below it, or to the tail.
    fn go_on_down(&mut self) {
        if self.stretches.iter().any(|stretch| stretch.is_in_flight || !stretch.is_idle()) {
            return;
        }
        if self.account.moved || self.passes > 1 {
            self.join();
        } else {
            self.cover();
            self.step = Step::Probe(self.account.last);
        }
    }

    /// Reads each stretch on until it meets the one below it; when all have, the tail comes.
    fn join(&mut self) {
        for stretch in &mut self.stretches {
            stretch.is_extending = stretch.next_page > 0;
        }
        if !self.is_joining() {
            self.cover();
            self.begin_tail(self.account.last);
        }
    }

    /// From now on everything that the stretches hold has been given out.
    fn cover(&mut self) {
        let newest = self.stretches.iter().max_by_key(|stretch| stretch.newest_ms);
        if let Some(newest) = newest.filter(|newest| newest.newest_ms >= self.covered.newest_ms) {
            self.covered = newest.clone();
            self.covered.complete();
        }
    }

    fn begin_tail(&mut self, last: u32) {
        self.retire();
        self.step = Step::Tail { page: last, pages: 0, news: false, edge: 0, at_ms: i64::MIN };
    }

    fn begin_round(&mut self, last: u32) -> Result<(), ReaderError> {
        self.rounds += 1;
        if self.rounds > MAX_ROUNDS {
            return Err(ReaderError::Unstable);
        }
        self.begin_tail(last);
        Ok(())
    }

    /// A page is given out that belongs to no stretch.
    fn give_beside(&mut self, rows: &[CaseVersion]) {
        let mut page = Segment::default();
        page.add_page(rows);
        self.rounds_before.extend(Some(page).filter(Segment::has_cases));
    }

    /// The round under way goes on no further.
    fn retire(&mut self) {
        let round = core::mem::take(&mut self.round);
        if round.has_cases() {
            self.rounds_before.push(round);
        }
        let covered = &mut self.covered;
        self.rounds_before.retain(|round| {
            if round.newest_ms == covered.newest_ms {
                covered.merge_newer(round.clone());
            }
            round.newest_ms > covered.newest_ms
        });
    }

    /// Takes note of what the last page holds, and whether nothing could be updated any more in the second of its newest.
    fn set_edge(&mut self, edge: u64, newest_ms: i64, unix_ms: i64) {
        self.edge = edge;
        self.edge_is_over = unix_ms.saturating_sub(newest_ms) > SETTLED_MS;
    }

    /// The tail rests. All is done if the cases add up, or if reading the whole list again brought nothing new.
    fn settle(&mut self) -> Result<(), ReaderError> {
        let Account { first_total, total, entered, fell, .. } = self.account;
        let count = self.distinct();
        let short = usize::try_from(total).is_ok_and(|total| count < total);
        // Who went on in the middle does not know how the list was at first.
        let odd = self.before.is_empty() && (fell || first_total.checked_add(entered) != Some(total));
        let again = if short {
            self.passes == 1 || count > self.known
        } else {
            odd && (self.passes == 1 || self.found && self.passes < 3)
        };
        if again {
            if self.passes >= MAX_PASSES {
                return Err(ReaderError::Unstable);
            }
            self.begin_pass();
        }
        Ok(())
    }

    /// How many different cases were given out.
    fn distinct(&self) -> usize {
        (self.count_before + self.seen.count()).saturating_sub(self.met_again)
    }

    fn is_news(&self, key: Key, updated_ms: i64) -> bool {
        self.seen.is_newer(key, updated_ms) && !self.was_given(key, updated_ms)
    }

    /// Whether a case was given out before this reader began.
    fn was_given(&self, key: Key, updated_ms: i64) -> bool {
        self.before.iter().any(|stretch| stretch.contains(key, updated_ms))
    }

    /// The cases that are new; a reader that goes down gives the newest first.
    fn pick(&mut self, rows: &[CaseVersion], created_ms: impl Fn(usize) -> i64) -> Vec<usize> {
        let mut picked = Vec::new();
        for (case, (key, updated)) in rows.iter().enumerate() {
            let known = self.seen.get(*key);
            let again = known.is_none() && self.was_given(*key, *updated);
            if self.seen.insert(*key, *updated) && (!again || self.by_keys) {
                picked.push(case);
                let newest_ms = self.account.newest_ms.unwrap_or(i64::MAX);
                let entered = known.is_none() && *updated > newest_ms && created_ms(case) > newest_ms;
                self.account.entered += u32::from(entered);
                self.found |= known.is_none() && *updated <= self.known_ms && self.passes > 1;
            }
            self.met_again += usize::from(again);
        }
        if self.order != Order::Oldest {
            picked.reverse();
        }
        picked
    }
}

/// What a page holds, in a number.
fn held(rows: &[CaseVersion]) -> u64 {
    rows.iter().fold(rows.len() as u64, |hash, (key, updated)| {
        (hash ^ key.rotate_left(17) ^ updated.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
    })
}
