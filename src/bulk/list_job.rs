//! Every case of any number of contracts or users.

use super::change_tracker::{ChangeTracker, TakenPage};
use super::cursor::{Cursor, KnownCase, ListCheckpoint, NOT_HELD};
use super::job::{
    BulkFailure, BulkRequest, Delivery, DeliveryKind, FailureAction, FailureOutcome, InvalidCheckpoint,
    MAX_CONSECUTIVE_FAILURES, Progress, RequestUsage, failure_action,
};
use super::{BulkOptions, BulkQuery, CaseRows};
use crate::boundary::{delivery, owner};
use crate::client::{MIN_UNIX_MS, is_plausible};
use crate::error::ErrorKind;
use crate::model::Timestamp;
use crate::paging::{
    CaseVersion, CaseVersions, DateWindows, LAST_MS, ListReader, Order, PageRequest, ReaderCheckpoint, ReaderError,
    WINDOW_MS, is_key_without_id, read_reader_checkpoint, write_reader_checkpoint,
};
use crate::util::DAY_MS;
use crate::util::checkpoint_codec as token;
use alloc::{boxed::Box, string::String, vec, vec::Vec};

/// Every case of any number of contracts or users, or what has changed of them: split into lists that the service
/// takes, each read by a [`ListReader`], several at a time.
#[derive(Debug)]
pub struct ListJob {
    query: BulkQuery,
    /// What its tokens are of.
    fingerprint: u64,
    windows: Option<DateWindows>,
    newest_first: bool,
    batch: usize,
    max_concurrency: usize,
    /// Ids that the service does not take, by number.
    rejected_ids: Vec<u32>,
    /// The next window (counted in the order asked for) and the next id of those that no list was made of yet.
    fresh: (u32, usize),
    tasks: Vec<ListTask>,
    last_id: u32,
    in_flight: Vec<InFlight>,
    ready: Vec<ReadyPage>,
    current: Option<ReadyPage>,
    /// Handles of records that will not be delivered.
    pub(super) discarded: Vec<u32>,
    emitted: CaseVersions,
    consecutive_failures: u32,
    progress: Progress,
    /// How many pages the lists had that have been read, and how many lists.
    completed: (u32, u32),
    pub(super) tracker: Option<Box<ChangeTracker>>,
}

/// One list: some contracts or users, in one window.
#[derive(Debug)]
pub(super) struct ListTask {
    id: u32,
    pub(super) ids: Vec<u32>,
    pub(super) window: Option<(i64, i64)>,
    state: TaskState,
    reader: Option<Box<ListReader>>,
    pages_in_flight: u32,
    pages_read: u32,
    /// What of it has been delivered.
    checkpoint: Option<ReaderCheckpoint>,
    /// Which part of the cursor it is, and what is known of it in this round.
    pub(super) checkpoint_index: usize,
}

impl ListTask {
    /// Whether all of its ids are among those that the service does not take.
    fn is_rejected(&self, bad: &[u32]) -> bool {
        self.ids.iter().all(|id| bad.contains(id))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskState {
    Waiting,
    /// It failed before: it is read after all others.
    Retry,
    Reading,
    Completed,
    LeftOut,
}

#[derive(Debug)]
struct InFlight {
    id: u32,
    /// The list; 0: a question after cases that left.
    task: u32,
    page: Option<PageRequest>,
    /// How many ids were asked for.
    id_count: usize,
}

/// A page that can be delivered, and what has been done of its list with it.
#[derive(Debug)]
struct ReadyPage {
    task: u32,
    /// The handle of its records.
    handle: u32,
    /// Which of them, in this order.
    cases: Vec<u32>,
    /// What tells the cases that the reader gave from others, in this order, whether they are delivered or not.
    rows: Vec<CaseVersion>,
    /// Of each delivered case whose it is, or that the consumer holds it no more.
    delivered: Vec<KnownCase>,
    checkpoint: Option<ReaderCheckpoint>,
    is_last: bool,
    /// Which part of the cursor its list is, the cases of the page where they are followed, and what parts are with it.
    checkpoint_index: usize,
    members: Vec<KnownCase>,
    lists: Vec<(usize, ListCheckpoint)>,
}

impl ReadyPage {
    /// What the reader gave up to the last of so many delivered cases.
    fn taken(&self, taken: usize) -> &[CaseVersion] {
        let last = taken.checked_sub(1).and_then(|last| self.delivered.get(last)).map_or(0, |(key, _)| *key);
        let end = self.rows.iter().position(|(key, _)| *key == last).map_or(0, |at| at + 1);
        self.rows.get(..end).unwrap_or_default()
    }
}

impl ListJob {
    /// Every case; `unix_ms` is the time.
    pub fn all_cases(asked: BulkQuery, options: &BulkOptions, unix_ms: i64) -> Result<ListJob, InvalidCheckpoint> {
        let windows = asked.windows(unix_ms);
        let mut lists = ListJob::new(asked, options, windows);
        if let Some(text) = &options.resume {
            lists.resume(text).ok_or(InvalidCheckpoint {
                field: "resume",
                expected: "a resumeToken() of an allCases call with the same ids, date_created_from, date_created_to and filters",
            })?;
            lists.extend_windows(unix_ms + DAY_MS);
        }
        Ok(lists)
    }

    /// What has changed since a cursor; without one everything.
    pub fn changes(asked: BulkQuery, options: &BulkOptions, cursor: Option<Cursor>, unix_ms: i64) -> ListJob {
        let windows = asked.windows(unix_ms);
        let mut lists = ListJob::new(asked, options, windows);
        let sync = ChangeTracker::new(&lists.query, windows, lists.batch, cursor, options);
        lists.fresh = (u32::MAX, 0);
        lists.tracker = Some(Box::new(sync));
        lists.plan_round(unix_ms);
        lists
    }

    fn new(asked: BulkQuery, options: &BulkOptions, windows: Option<DateWindows>) -> ListJob {
        ListJob {
            windows,
            newest_first: options.newest_first,
            fingerprint: asked.fingerprint(),
            batch: options.batch(&asked),
            max_concurrency: options.concurrency as usize,
            rejected_ids: Vec::new(),
            fresh: (0, 0),
            tasks: Vec::new(),
            last_id: 0,
            in_flight: Vec::new(),
            ready: Vec::new(),
            current: None,
            discarded: Vec::new(),
            emitted: CaseVersions::for_all_lists(),
            consecutive_failures: 0,
            progress: Progress::default(),
            completed: (0, 0),
            tracker: None,
            query: asked,
        }
    }

    fn push(&mut self, ids: Vec<u32>, window: Option<(i64, i64)>, part: usize) -> usize {
        self.last_id += 1;
        let id = self.last_id;
        let (state, reader) = (TaskState::Waiting, None);
        self.tasks.push(ListTask {
            id,
            ids,
            window,
            state,
            reader,
            pages_in_flight: 0,
            pages_read: 0,
            checkpoint: None,
            checkpoint_index: part,
        });
        self.tasks.len() - 1
    }

    /// The next request to make; none for now.
    pub(super) fn next_request(&mut self, counts: RequestUsage) -> Option<(u32, BulkRequest)> {
        let waiting = self.ready.iter().filter(|out| !out.cases.is_empty()).count();
        if self.in_flight.len() + waiting >= self.max_concurrency {
            return None;
        }
        let (at, ask) = self.next_page(counts)?;
        let Some(ask) = ask else { return self.next_lookup(counts) };
        self.last_id += 1;
        let list = self.tasks.get_mut(at)?;
        list.pages_in_flight += 1;
        let ids = list.ids.iter().filter(|id| !self.rejected_ids.contains(id));
        let ids = self.query.ids_at(&mut ids.map(|id| *id as usize));
        self.in_flight.push(InFlight { id: self.last_id, task: list.id, page: Some(ask), id_count: ids.len() });
        let request = BulkRequest {
            endpoint: self.query.endpoint,
            ids,
            window: list.window,
            status_flag: self.query.status_flag,
            page_index: Some(ask.page_index),
        };
        Some((self.last_id, request))
    }

    /// The list and page to ask for next; no page is a question after cases that left.
    fn next_page(&mut self, counts: RequestUsage) -> Option<(usize, Option<PageRequest>)> {
        for part in [false, true] {
            for (at, list) in self.tasks.iter_mut().enumerate() {
                if list.state == TaskState::Reading
                    && let Some(reader) = &mut list.reader
                    && !(reader.is_single() && list.pages_in_flight > 0)
                    && let Some(ask) = reader.next_request(part)
                {
                    return Some((at, Some(ask)));
                }
            }
            if !part && let Some(at) = self.next_list(counts) {
                let list = self.tasks.get_mut(at)?;
                let order = if self.max_concurrency == 1 { Order::Newest } else { Order::Concurrent };
                let mut reader = match (&mut self.tracker, &list.checkpoint) {
                    (Some(sync), _) => sync.reader(list.checkpoint_index, order),
                    (None, Some(done)) => ListReader::from_checkpoint(done),
                    (None, None) => ListReader::new(order),
                };
                let ask = reader.next_request(false);
                (list.state, list.reader) = (TaskState::Reading, Some(Box::new(reader)));
                return Some((at, ask));
            }
        }
        let is_over = |list: &ListTask| {
            matches!(list.state, TaskState::Completed | TaskState::LeftOut) || list.is_rejected(&self.rejected_ids)
        };
        let all_read = self.tasks.iter().all(is_over);
        let is_over = all_read || self.is_spent(counts);
        let sync = self.tracker.as_mut().filter(|_| is_over)?;
        (self.in_flight.iter().all(|one| one.task == 0) && sync.has_lookups(&self.query)).then_some((0, None))
    }

    /// A list that has not been begun.
    fn next_list(&mut self, counts: RequestUsage) -> Option<usize> {
        if self.is_spent(counts) {
            return None;
        }
        let is_taken = |list: &ListTask| list.state == TaskState::Waiting && !list.is_rejected(&self.rejected_ids);
        if let Some(at) = self.tasks.iter().position(is_taken) {
            return Some(at);
        }
        let count = self.windows.map_or(1, |windows| windows.count());
        while self.fresh.0 < count {
            let (nth, first) = self.fresh;
            let ids = (first..self.query.ids.len()).filter_map(|id| u32::try_from(id).ok());
            let ids: Vec<u32> = ids.filter(|id| !self.rejected_ids.contains(id)).take(self.batch).collect();
            let Some(last) = ids.last() else {
                self.fresh = (nth + 1, 0);
                continue;
            };
            self.fresh.1 = *last as usize + 1;
            let nth = if self.newest_first { count - 1 - nth } else { nth };
            let window = self.windows.and_then(|windows| windows.get(nth));
            return Some(self.push(ids, window, 0));
        }
        self.tasks.iter().position(|list| list.state == TaskState::Retry && !list.is_rejected(&self.rejected_ids))
    }

    /// Whether no more lists are to be begun.
    fn is_spent(&self, counts: RequestUsage) -> bool {
        let begun = counts.requests as usize + self.in_flight.len();
        self.tracker.as_ref().and_then(|sync| sync.max_requests).is_some_and(|most| begun >= most as usize)
    }

    /// Asks after cases that left.
    fn next_lookup(&mut self, counts: RequestUsage) -> Option<(u32, BulkRequest)> {
        let (inner, request) = self.tracker.as_mut()?.next_lookup(counts)?;
        self.last_id += 1;
        self.in_flight.push(InFlight { id: self.last_id, task: 0, page: None, id_count: 0 });
        self.tracker.as_mut()?.register_lookup(self.last_id, inner);
        Some((self.last_id, request))
    }

    fn take_in_flight(&mut self, id: u32) -> Option<InFlight> {
        let at = self.in_flight.iter().position(|one| one.id == id)?;
        Some(self.in_flight.remove(at))
    }

    /// The owner of the cases that each row is to tell of.
    pub(super) fn owner(&self) -> u32 {
        self.tracker.as_ref().map_or(owner::NONE, |sync| sync.owner)
    }

    /// A request was answered.
    pub fn on_response(&mut self, id: u32, page: CaseRows, unix_ms: i64) -> Result<(), (ReaderError, FailureOutcome)> {
        let handle = page.handle;
        let is_kept = self.on_page(id, page, unix_ms);
        if !matches!(is_kept, Ok(true)) {
            self.discarded.push(handle);
        }
        is_kept.map(drop)
    }

    /// The time, as far as an answer lets it be known. A range without an end goes on to it.
    fn note_time(&mut self, page: &CaseRows, unix_ms: i64) -> i64 {
        if let Some(service_ms) = page.service_ms {
            self.extend_windows(service_ms + DAY_MS);
            if self.progress.pages == 0 {
                self.plan_round(service_ms);
            }
            return service_ms;
        }
        // Nothing is updated in time to come: where something is, this side's clock is behind, by that or more.
        let unix_ms = unix_ms.max(MIN_UNIX_MS);
        let updates = page.rows().iter().map(|row| row.updated_ms).filter(|ms| is_plausible(*ms, unix_ms));
        let newest_ms = updates.fold(unix_ms, i64::max);
        let is_behind = newest_ms > unix_ms + DAY_MS;
        // What a round leaves out comes in the next one.
        let ahead_ms = if is_behind || self.tracker.is_none() { WINDOW_MS } else { DAY_MS };
        self.extend_windows(newest_ms + ahead_ms);
        newest_ms
    }

    /// Lets a range without an end go on to this time or beyond.
    fn extend_windows(&mut self, end_ms: i64) {
        let Some(mut windows) = self.windows.filter(|_| self.query.to_ms.is_none()) else { return };
        while windows.to_ms < end_ms.min(LAST_MS) {
            let window = Some((windows.to_ms + 1, windows.to_ms + WINDOW_MS));
            windows.to_ms += WINDOW_MS;
            if let Some(sync) = &mut self.tracker {
                for part in sync.add_window(window) {
                    self.push_list(part);
                }
            } else if self.newest_first {
                // The windows that no list was made of yet are counted from the newest, and this one is newer.
                self.fresh.0 += 1;
                let mut ids = (0..self.query.ids.len()).filter_map(|id| u32::try_from(id).ok()).collect::<Vec<_>>();
                while !ids.is_empty() {
                    let rest = ids.split_off(ids.len().min(self.batch));
                    self.push(ids, window, 0);
                    ids = rest;
                }
            }
        }
        self.windows = Some(windows);
    }

    /// Makes the lists that a round reads at this time, unless there are.
    fn plan_round(&mut self, unix_ms: i64) {
        for part in self.tracker.as_ref().map(|sync| sync.read_order(unix_ms)).unwrap_or_default() {
            if self.tasks.iter().all(|list| list.checkpoint_index != part) {
                self.push_list(part);
            }
        }
    }

    /// Makes the list of a part of the cursor.
    fn push_list(&mut self, part: usize) {
        let one = self.tracker.as_ref().and_then(|sync| sync.cursor.lists.get(part));
        if let Some(ListCheckpoint { ids, window, .. }) = one {
            let (ids, window) = (ids.clone(), *window);
            self.push(ids, window, part);
        }
    }

    /// Takes an answer; true where its records are kept.
    fn on_page(&mut self, id: u32, mut page: CaseRows, unix_ms: i64) -> Result<bool, (ReaderError, FailureOutcome)> {
        let Some(InFlight { task: number, page: ask, .. }) = self.take_in_flight(id) else { return Ok(false) };
        let unix_ms = self.note_time(&page, unix_ms);
        self.progress.pages += 1;
        self.consecutive_failures = 0;
        let Some(ask) = ask else {
            let Some(sync) = &mut self.tracker else { return Ok(false) };
            sync.on_response(id, &page);
            // What it has no use for it says by itself.
            return Ok(true);
        };
        let Some(at) = self.tasks.iter().position(|list| list.id == number) else { return Ok(false) };
        let Some(list) = self.tasks.get_mut(at) else { return Ok(false) };
        list.pages_in_flight -= 1;
        list.pages_read += 1;
        let Some(reader) = list.reader.as_mut().filter(|_| list.state == TaskState::Reading) else { return Ok(false) };
        let mut met =
            self.tracker.as_mut().map(|sync| sync.note_members(list.checkpoint_index, &page)).unwrap_or_default();
        let fresh = match reader.on_page(ask, &mut page, unix_ms) {
            Ok(fresh) => fresh,
            Err(stuck) => return Err((stuck, self.leave_out(at, true))),
        };
        if reader.defers_page() {
            met.clear();
        }
        let mut cases = Vec::new();
        let mut rows = Vec::new();
        let mut told = Vec::new();
        for (row, case) in fresh.into_iter().zip(page.rows()) {
            rows.push(row);
            let known = self.tracker.as_ref().is_some_and(|sync| sync.is_unchanged(list.checkpoint_index, row, &met));
            // Without an id it may be like one of another list.
            let is_new = is_key_without_id(row.0) || self.emitted.insert(row.0, row.1);
            let (holder, left) = match (&self.tracker, self.query.filter.matches(case)) {
                (Some(sync), true) if !known && !is_key_without_id(row.0) => (sync.owner_of(case), 0),
                (_, true) if !known => (NOT_HELD, 0),
                (Some(sync), false) if sync.is_held(row.0) => (NOT_HELD, delivery::LEFT),
                _ => continue,
            };
            if is_new {
                cases.push(case.index | left);
                told.push((row.0, holder));
            }
        }
        let (handle, is_kept) = (page.handle, !cases.is_empty());
        let is_last = reader.is_done();
        let (part, parts) = (list.checkpoint_index, Vec::new());
        let mut out = ReadyPage {
            task: number,
            handle,
            cases,
            rows,
            delivered: told,
            checkpoint: None,
            is_last,
            checkpoint_index: part,
            members: met,
            lists: parts,
        };
        if let Some(sync) = self.tracker.as_mut() {
            sync.mark_held(&out.delivered);
        }
        match &mut self.tracker {
            Some(sync) if is_last => {
                let (parts, is_again) = sync.on_list_read(part, reader, unix_ms);
                (out.lists, out.is_last) = (parts, !is_again);
                if is_again {
                    // Its length does not agree with what is known: it is read as a whole.
                    list.reader = Some(Box::new(sync.reader(part, Order::Concurrent)));
                }
            }
            Some(sync) => out.checkpoint = sync.progress_of(part, reader),
            None if is_last => {}
            None => out.checkpoint = reader.checkpoint(),
        }
        if out.is_last {
            list.state = TaskState::Completed;
            list.reader = None;
            self.completed.0 += list.pages_read;
            self.completed.1 += 1;
        }
        self.ready.push(out);
        Ok(is_kept)
    }

    /// A request failed.
    pub fn on_failure(&mut self, id: u32, kind: ErrorKind, code: &str) -> FailureOutcome {
        let Some(InFlight { task: number, page: ask, id_count: asked, .. }) = self.take_in_flight(id) else {
            return FailureOutcome::Handled;
        };
        if ask.is_none() {
            return self.tracker.as_mut().map_or(FailureOutcome::Handled, |sync| sync.on_failure(id, kind, code));
        }
        let Some(at) = self.tasks.iter().position(|list| list.id == number) else { return FailureOutcome::Handled };
        let Some(list) = self.tasks.get_mut(at) else { return FailureOutcome::Handled };
        list.pages_in_flight -= 1;
        if list.state != TaskState::Reading {
            return FailureOutcome::Handled;
        }
        let ids: Vec<u32> = list.ids.iter().copied().filter(|id| !self.rejected_ids.contains(id)).collect();
        let size = match failure_action(kind, code, asked.max(ids.len())) {
            // One of them has turned out to be bad meanwhile: the others are not to blame.
            FailureAction::SplitToSingles | FailureAction::Halve | FailureAction::Bisect if ids.len() < asked => {
                ids.len().max(1)
            }
            FailureAction::RejectId if ids.len() < asked => ids.len().max(1),
            FailureAction::Stop => {
                (list.state, list.reader) = (TaskState::Waiting, None);
                return FailureOutcome::Stop;
            }
            FailureAction::SplitToSingles => 1,
            FailureAction::Halve | FailureAction::Bisect => ids.len().div_ceil(2),
            FailureAction::LeaveOut => return self.leave_out(at, true),
            FailureAction::RejectId => {
                let Some(bad) = ids.first().copied() else { return FailureOutcome::Handled };
                let window = list.window;
                list.window = self.windows.map(|windows| (windows.from_ms, windows.to_ms));
                list.ids = vec![bad];
                // That an id is unknown is no outage.
                let verdict = self.leave_out(at, kind == ErrorKind::Permission);
                if verdict == FailureOutcome::Stop {
                    if let Some(list) = self.tasks.get_mut(at) {
                        list.window = window;
                    }
                    return verdict;
                }
                // The service does not take this id: it is not asked for again in another window.
                self.rejected_ids.push(bad);
                // Nothing is left to ask for in its other windows.
                for list in self.tasks.iter_mut().filter(|list| list.state != TaskState::Completed) {
                    if list.is_rejected(&self.rejected_ids) {
                        (list.state, list.reader) = (TaskState::LeftOut, None);
                    }
                }
                return verdict;
            }
        };
        if code.starts_with("EXCEEDED_") {
            self.batch = self.batch.min(size);
        }
        let ListTask { window, checkpoint_index: part, checkpoint: done, .. } = self.tasks.remove(at);
        let done = done.map(ReaderCheckpoint::for_subset);
        let parts = match &mut self.tracker {
            Some(sync) => sync.split_list(part, &ids, size),
            None => vec![0; ids.len().div_ceil(size)],
        };
        let behind = self.tasks.split_off(at);
        for (ids, part) in ids.chunks(size).zip(parts) {
            let new = self.push(ids.to_vec(), window, part);
            if let Some(list) = self.tasks.get_mut(new) {
                list.checkpoint.clone_from(&done);
            }
        }
        self.tasks.extend(behind);
        FailureOutcome::Handled
    }

    /// A list is left out. Does it count among those that fail one after another?
    fn leave_out(&mut self, at: usize, counts: bool) -> FailureOutcome {
        self.consecutive_failures += u32::from(counts);
        let Some(list) = self.tasks.get_mut(at) else { return FailureOutcome::Handled };
        if self.consecutive_failures >= MAX_CONSECUTIVE_FAILURES {
            (list.state, list.reader) = (TaskState::Waiting, None);
            return FailureOutcome::Stop;
        }
        (list.state, list.reader) = (TaskState::LeftOut, None);
        if let Some(sync) = &mut self.tracker {
            sync.on_list_failed(list.checkpoint_index);
        }
        let ids = self.query.ids_at(&mut list.ids.iter().map(|id| *id as usize));
        let (from_ms, to_ms) = list.window.unzip();
        FailureOutcome::LeftOut(BulkFailure { ids, from_ms, to_ms })
    }

    /// What can be delivered next.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        self.commit();
        while !self.ready.is_empty() {
            self.current = Some(self.ready.remove(0));
            if let Some(out) = self.current.as_mut().filter(|out| !out.cases.is_empty()) {
                let cases = core::mem::take(&mut out.cases);
                self.progress.cases += u32::try_from(cases.len()).unwrap_or(0);
                return Some(Delivery { kind: DeliveryKind::Cases, handle: out.handle, cases, ..Delivery::default() });
            }
            self.commit();
        }
        let delivery = self.tracker.as_mut()?.next_delivery(&mut self.discarded, &self.emitted)?;
        self.progress.cases += u32::try_from(delivery.len()).unwrap_or(0);
        Some(delivery)
    }

    /// What was delivered is taken.
    fn commit(&mut self) {
        let Some(out) = self.current.take() else { return };
        let at = self.tasks.iter().position(|list| list.id == out.task);
        if let Some(sync) = &mut self.tracker {
            let done = at.map(|_| out.checkpoint.clone());
            sync.commit(&TakenPage {
                index: out.checkpoint_index,
                members: &out.members,
                progress: done,
                lists: &out.lists,
                delivered: &out.delivered,
            });
        }
        let Some(at) = at else { return };
        if out.is_last {
            self.tasks.remove(at);
        } else if let Some(list) = self.tasks.get_mut(at) {
            list.checkpoint = out.checkpoint;
        }
    }

    /// Where to go on, if of the last delivery so many cases were taken; of a round its cursor.
    pub fn checkpoint(&self, taken: usize) -> String {
        if let Some(sync) = &self.tracker {
            let Some(out) = &self.current else { return sync.cursor_text(&self.query, None, taken) };
            let is_there = self.tasks.iter().any(|list| list.id == out.task);
            if taken >= out.delivered.len() {
                let done = is_there.then(|| out.checkpoint.clone());
                let page = TakenPage {
                    index: out.checkpoint_index,
                    members: &out.members,
                    progress: done,
                    lists: &out.lists,
                    delivered: &out.delivered,
                };
                return sync.cursor_text(&self.query, Some(page), 0);
            }
            let rows = out.taken(taken);
            let is_taken = |(key, _): &&KnownCase| rows.iter().any(|(taken, _)| taken == key);
            let met: Vec<KnownCase> = out.members.iter().filter(is_taken).copied().collect();
            let done = sync.cursor.lists.get(out.checkpoint_index).and_then(|part| part.progress.clone());
            let done = (is_there && taken > 0).then(|| Some(done.unwrap_or_default().with_cases(rows)));
            let told = out.delivered.get(..taken).unwrap_or_default();
            let page =
                TakenPage { index: out.checkpoint_index, members: &met, progress: done, lists: &[], delivered: told };
            return sync.cursor_text(&self.query, Some(page), 0);
        }
        let current = self.current.as_ref();
        let all_taken = current.is_some_and(|out| taken >= out.delivered.len());
        let mut token = token::begin(self.fingerprint);
        token.write_window(self.windows.map(|windows| (windows.from_ms, windows.to_ms)));
        token.write_len(self.batch);
        token.write_u64(u64::from(self.fresh.0));
        token.write_len(self.fresh.1);
        token.write_indices(&self.rejected_ids);
        token.write_u64(u64::from(self.newest_first));
        // Those that have failed come last, and of them those that were read now.
        let turn = |list: &ListTask| match list.state {
            TaskState::Retry => 1,
            TaskState::LeftOut => 2,
            _ => 0,
        };
        for place in 0..self.tasks.len() * 3 {
            let (nth, place) = (place / self.tasks.len(), place % self.tasks.len());
            let Some(list) = self.tasks.get(place).filter(|list| turn(list) == nth) else { continue };
            let just = current.filter(|out| all_taken && out.task == list.id);
            if just.is_some_and(|out| out.is_last) || list.is_rejected(&self.rejected_ids) {
                continue;
            }
            // Whether it has failed; a 0 ends them.
            token.write_u64(1 + u64::from(nth > 0));
            token.write_window(list.window);
            token.write_indices(&list.ids);
            let partly = current.filter(|out| !all_taken && taken > 0 && out.task == list.id);
            match (just, partly) {
                (Some(out), _) => write_reader_checkpoint(&mut token, out.checkpoint.as_ref()),
                (None, Some(out)) => {
                    let done = list.checkpoint.clone().unwrap_or_default();
                    write_reader_checkpoint(&mut token, Some(&done.with_cases(out.taken(taken))));
                }
                (None, None) => write_reader_checkpoint(&mut token, list.checkpoint.as_ref()),
            }
        }
        token.write_u64(0);
        token.finish("")
    }

    fn resume(&mut self, text: &str) -> Option<()> {
        let mut token = token::open(text, self.fingerprint)?;
        let range = token.read_window()?;
        if let Some(windows) = &mut self.windows {
            let (from_ms, to_ms) = range?;
            // Only an open end has moved since.
            let is_same = from_ms == windows.from_ms && (self.query.to_ms.is_none_or(|to| to == to_ms));
            (is_same && Timestamp::is_date(to_ms)).then_some(())?;
            *windows = DateWindows { from_ms, to_ms };
        }
        self.batch = (token.read_u32()? as usize).clamp(1, self.batch);
        self.fresh = (token.read_u32()?, token.read_u32()? as usize);
        let ids = self.query.ids.len();
        self.rejected_ids = token.read_indices(ids)?;
        self.newest_first = token.read_bool()?;
        loop {
            let state = match token.read_u64()? {
                0 => return Some(()),
                1 => TaskState::Waiting,
                _ => TaskState::Retry,
            };
            let window = token.read_window()?;
            let ids = token.read_indices(ids)?;
            let at = self.push(ids, window, 0);
            let list = self.tasks.get_mut(at)?;
            (list.state, list.checkpoint) = (state, read_reader_checkpoint(&mut token)?);
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let (pages, lists) = self.completed;
        let count = self.windows.map_or(1, |windows| windows.count());
        let batches = self.query.ids.len().div_ceil(self.batch.max(1));
        let windows = count.saturating_sub(self.fresh.0) as usize;
        let fresh = (windows * batches).saturating_sub(self.fresh.1.div_ceil(self.batch.max(1)));
        let waiting =
            self.tasks.iter().filter(|list| matches!(list.state, TaskState::Waiting | TaskState::Retry)).count()
                + fresh;
        let reading =
            self.tasks.iter().filter_map(|list| list.reader.as_ref()).map(|reader| reader.pages_left()).sum::<u32>();
        let of_waiting = (waiting as u64 * u64::from(pages.max(1))).div_ceil(u64::from(lists.max(1)));
        Progress { pages_left: reading.saturating_add(u32::try_from(of_waiting).unwrap_or(u32::MAX)), ..self.progress }
    }
}
