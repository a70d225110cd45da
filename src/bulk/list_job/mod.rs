//! The job that reads lists: every case of any number of contracts or users, or what has changed of them.
//!
//! The job splits the query into lists that the service accepts (up to 10 contracts or users, a window of 90 days), and reads
//! each with a [`ListReader`], several at a time. Each list is a task:
//!
//! ```text
//! Waiting ──┐             ┌──▶ Completed        all pages read
//!           ├──▶ Reading ─┼──▶ LeftOut          its request failed, or its only id was rejected
//! Retry ────┘             ├──▶ Waiting          the job ended: a resumed job reads it
//!                         └──▶ several Waiting  its ids are requested in smaller batches
//! ```
//!
//! `Retry` is a list that failed before the job was resumed: it is read after all `Waiting` lists. A page that was read is a
//! [`ReadyPage`] until it is delivered, and committed when the next delivery is requested.
//!
//! | file | contents |
//! |---|---|
//! | `mod` | scheduling of requests, responses and deliveries |
//! | `task` | tasks, requests in flight and pages that are ready |
//! | `failure` | failed requests: splitting, leaving out, ending the job |
//! | `checkpoint` | checkpoints and cursors |
//! | `progress` | the estimate of the pages left |

mod checkpoint;
mod failure;
mod progress;
mod task;

use super::change_tracker::{ChangeTracker, TakenPage};
use super::cursor::{Cursor, ListCheckpoint, NOT_HELD};
use super::delivery::{Delivery, DeliveryKind, Progress, RequestUsage};
use super::failure::{FailureOutcome, InvalidCheckpoint};
use super::request::BulkRequest;
use super::{BulkOptions, BulkQuery, CaseRows};
use crate::boundary::{delivery, owner};
use crate::client::{MIN_UNIX_MS, is_plausible};
use crate::paging::{
    CaseVersions, DateWindows, LAST_MS, ListReader, PageRequest, ReadOrder, ReaderError, SegmentSplit, WINDOW_MS,
    is_key_without_id,
};
use crate::util::DAY_MS;
use alloc::{boxed::Box, vec, vec::Vec};
use task::{ListTask, ReadyPage, RequestInFlight, TaskState};

/// A job that reads every case of any number of contracts or users, or what has changed of them.
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, ListJob, RequestUsage};
/// use cisco_support_case::util::Json;
///
/// let ids = Json::Array((0..12).map(|id| Json::from((1_000_000 + id).to_string().as_str())).collect());
/// let params = Json::object([("contract_ids", ids), ("status_flag", Json::from("O"))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let job = ListJob::all_cases(query, &BulkOptions::default(), 1_767_225_600_000).unwrap();
/// let mut job = BulkJob::Lists(Box::new(job));
/// let (_, first) = job.next_request(RequestUsage::default()).unwrap();
/// let (_, second) = job.next_request(RequestUsage::default()).unwrap();
/// assert_eq!((first.ids.len(), second.ids.len()), (10, 2), "two lists are read at the same time");
/// ```
#[derive(Debug)]
pub struct ListJob {
    query: BulkQuery,
    /// Fingerprint of the query, which its checkpoints contain.
    fingerprint: u64,
    windows: Option<DateWindows>,
    newest_first: bool,
    batch: usize,
    max_concurrency: usize,
    /// Indices of ids that the service rejects.
    rejected_ids: Vec<u32>,
    /// Lists of which no task was made yet; `None` if the change tracker plans the lists.
    unstarted: Option<Unstarted>,
    tasks: Vec<ListTask>,
    last_id: u32,
    in_flight: Vec<RequestInFlight>,
    ready: Vec<ReadyPage>,
    current: Option<ReadyPage>,
    /// Handles of records that are not delivered.
    pub(super) discarded: Vec<u32>,
    emitted: CaseVersions,
    consecutive_failures: u32,
    progress: Progress,
    completed: CompletedLists,
    pub(super) tracker: Option<Box<ChangeTracker>>,
}

/// The position of the next list of which no task was made.
#[derive(Clone, Copy, Debug, Default)]
struct Unstarted {
    /// Index of the window, in the order of reading.
    window: u32,
    /// Index of the first id.
    id: usize,
}

/// The lists that were read completely.
#[derive(Clone, Copy, Debug, Default)]
struct CompletedLists {
    pages: u32,
    lists: u32,
}

impl ListJob {
    /// Creates a job that reads every case, at the beginning or where the checkpoint of the options was made.
    ///
    /// # Errors
    ///
    /// The checkpoint is malformed or belongs to another query.
    pub fn all_cases(query: BulkQuery, options: &BulkOptions, unix_ms: i64) -> Result<ListJob, InvalidCheckpoint> {
        let windows = query.windows(unix_ms);
        let mut job = ListJob::new(query, options, windows);
        if let Some(text) = &options.resume {
            job.resume(text).ok_or(InvalidCheckpoint {
                field: "resume",
                expected: "a resumeToken() of a call with the same ids, dates and filters",
            })?;
            job.extend_windows(unix_ms + DAY_MS);
        }
        Ok(job)
    }

    /// Creates a job that reads what has changed since a cursor, or everything without one.
    pub fn changes(query: BulkQuery, options: &BulkOptions, cursor: Option<Cursor>, unix_ms: i64) -> ListJob {
        let windows = query.windows(unix_ms);
        let mut job = ListJob::new(query, options, windows);
        let tracker = ChangeTracker::new(&job.query, windows, job.batch, cursor, options);
        job.unstarted = None;
        job.tracker = Some(Box::new(tracker));
        job.plan_round(unix_ms);
        job
    }

    fn new(query: BulkQuery, options: &BulkOptions, windows: Option<DateWindows>) -> ListJob {
        ListJob {
            windows,
            newest_first: options.newest_first,
            fingerprint: query.fingerprint(),
            batch: options.batch(&query),
            max_concurrency: options.concurrency as usize,
            rejected_ids: Vec::new(),
            unstarted: Some(Unstarted { window: 0, id: 0 }),
            tasks: Vec::new(),
            last_id: 0,
            in_flight: Vec::new(),
            ready: Vec::new(),
            current: None,
            discarded: Vec::new(),
            emitted: CaseVersions::for_all_lists(),
            consecutive_failures: 0,
            progress: Progress::default(),
            completed: CompletedLists::default(),
            tracker: None,
            query,
        }
    }

    /// Adds a task at the end; returns its index.
    fn push(&mut self, ids: Vec<u32>, window: Option<(i64, i64)>, list_index: usize) -> usize {
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
            checkpoint_index: list_index,
        });
        self.tasks.len() - 1
    }

    /// Returns the next request with its id.
    pub(super) fn next_request(&mut self, usage: RequestUsage) -> Option<(u32, BulkRequest)> {
        let waiting = self.ready.iter().filter(|ready| !ready.cases.is_empty()).count();
        if self.in_flight.len() + waiting >= self.max_concurrency {
            return None;
        }
        let (index, request) = self.next_page(usage)?;
        let Some(request) = request else { return self.next_lookup(usage) };
        self.last_id += 1;
        let task = self.tasks.get_mut(index)?;
        task.pages_in_flight += 1;
        let ids = task.ids.iter().filter(|id| !self.rejected_ids.contains(id));
        let ids = self.query.ids_at(&mut ids.map(|id| *id as usize));
        self.in_flight.push(RequestInFlight {
            id: self.last_id,
            task: task.id,
            page: Some(request),
            id_count: ids.len(),
        });
        let request = BulkRequest {
            endpoint: self.query.endpoint,
            ids,
            window: task.window,
            status_flag: self.query.status_flag,
            page_index: Some(request.page_index),
        };
        Some((self.last_id, request))
    }

    /// Returns the index of the task and the page to request next; no page means a lookup of cases that left their lists.
    fn next_page(&mut self, usage: RequestUsage) -> Option<(usize, Option<PageRequest>)> {
        for split in [SegmentSplit::Never, SegmentSplit::Allowed] {
            for (index, task) in self.tasks.iter_mut().enumerate() {
                if task.state == TaskState::Reading
                    && let Some(reader) = &mut task.reader
                    && !(reader.is_sequential() && task.pages_in_flight > 0)
                    && let Some(request) = reader.next_request(split)
                {
                    return Some((index, Some(request)));
                }
            }
            if split == SegmentSplit::Never
                && let Some(index) = self.next_list(usage)
            {
                let task = self.tasks.get_mut(index)?;
                let order =
                    if self.max_concurrency == 1 { ReadOrder::NewestFirst } else { ReadOrder::ConcurrentSegments };
                let mut reader = match (&mut self.tracker, &task.checkpoint) {
                    (Some(tracker), _) => tracker.reader(task.checkpoint_index, order),
                    (None, Some(progress)) => ListReader::from_checkpoint(progress),
                    (None, None) => ListReader::new(order),
                };
                let request = reader.next_request(SegmentSplit::Never);
                (task.state, task.reader) = (TaskState::Reading, Some(Box::new(reader)));
                return Some((index, request));
            }
        }
        let is_over = |task: &ListTask| {
            matches!(task.state, TaskState::Completed | TaskState::LeftOut) || task.is_rejected(&self.rejected_ids)
        };
        let all_read = self.tasks.iter().all(is_over);
        let is_over = all_read || self.is_spent(usage);
        let tracker = self.tracker.as_mut().filter(|_| is_over)?;
        (self.in_flight.iter().all(|one| one.task == 0) && tracker.has_lookups(&self.query)).then_some((0, None))
    }

    /// Returns the index of the next task to begin.
    fn next_list(&mut self, usage: RequestUsage) -> Option<usize> {
        if self.is_spent(usage) {
            return None;
        }
        let is_taken = |task: &ListTask| task.state == TaskState::Waiting && !task.is_rejected(&self.rejected_ids);
        if let Some(index) = self.tasks.iter().position(is_taken) {
            return Some(index);
        }
        let count = self.windows.map_or(1, |windows| windows.count());
        while let Some(Unstarted { window, id }) = self.unstarted
            && window < count
        {
            let ids = (id..self.query.ids.len()).filter_map(|id| u32::try_from(id).ok());
            let ids: Vec<u32> = ids.filter(|id| !self.rejected_ids.contains(id)).take(self.batch).collect();
            let Some(last) = ids.last() else {
                self.unstarted = Some(Unstarted { window: window + 1, id: 0 });
                continue;
            };
            self.unstarted = Some(Unstarted { window, id: *last as usize + 1 });
            let rank = if self.newest_first { count - 1 - window } else { window };
            let window = self.windows.and_then(|windows| windows.get(rank));
            return Some(self.push(ids, window, 0));
        }
        self.tasks.iter().position(|task| task.state == TaskState::Retry && !task.is_rejected(&self.rejected_ids))
    }

    /// Whether the budget of requests is spent, so that no further list is begun.
    fn is_spent(&self, usage: RequestUsage) -> bool {
        let begun = usage.requests as usize + self.in_flight.len();
        self.tracker.as_ref().and_then(|tracker| tracker.max_requests).is_some_and(|most| begun >= most as usize)
    }

    /// Returns the next lookup of cases that left their lists.
    fn next_lookup(&mut self, usage: RequestUsage) -> Option<(u32, BulkRequest)> {
        let (inner, request) = self.tracker.as_mut()?.next_lookup(usage)?;
        self.last_id += 1;
        self.in_flight.push(RequestInFlight { id: self.last_id, task: 0, page: None, id_count: 0 });
        self.tracker.as_mut()?.register_lookup(self.last_id, inner);
        Some((self.last_id, request))
    }

    fn take_in_flight(&mut self, id: u32) -> Option<RequestInFlight> {
        let index = self.in_flight.iter().position(|one| one.id == id)?;
        Some(self.in_flight.remove(index))
    }

    /// Returns the kind of owner that rows must contain.
    pub(super) fn owner(&self) -> u32 {
        self.tracker.as_ref().map_or(owner::NONE, |tracker| tracker.owner)
    }

    /// Processes a response.
    ///
    /// # Errors
    ///
    /// The list cannot be read on, with the consequence for the job.
    pub fn on_response(&mut self, id: u32, page: CaseRows, unix_ms: i64) -> Result<(), (ReaderError, FailureOutcome)> {
        let handle = page.handle;
        let is_kept = self.on_page(id, page, unix_ms);
        if !matches!(is_kept, Ok(true)) {
            self.discarded.push(handle);
        }
        is_kept.map(drop)
    }

    /// Returns the best estimate of the current time from a response, and extends a range without an end to it.
    fn note_time(&mut self, page: &CaseRows, unix_ms: i64) -> i64 {
        if let Some(service_ms) = page.service_ms {
            self.extend_windows(service_ms + DAY_MS);
            if self.progress.pages == 0 {
                self.plan_round(service_ms);
            }
            return service_ms;
        }
        // No update is in the future: if one appears to be, this machine's clock is behind by at least that much.
        let unix_ms = unix_ms.max(MIN_UNIX_MS);
        let updates = page.rows().iter().map(|row| row.updated_ms).filter(|ms| is_plausible(*ms, unix_ms));
        let newest_ms = updates.fold(unix_ms, i64::max);
        let is_behind = newest_ms > unix_ms + DAY_MS;
        // A round may leave out the newest cases: the next one reads them.
        let ahead_ms = if is_behind || self.tracker.is_none() { WINDOW_MS } else { DAY_MS };
        self.extend_windows(newest_ms + ahead_ms);
        newest_ms
    }

    /// Extends a range without an end to this time or beyond.
    fn extend_windows(&mut self, end_ms: i64) {
        let Some(mut windows) = self.windows.filter(|_| self.query.to_ms.is_none()) else { return };
        while windows.to_ms < end_ms.min(LAST_MS) {
            let window = Some((windows.to_ms + 1, windows.to_ms + WINDOW_MS));
            windows.to_ms += WINDOW_MS;
            if let Some(tracker) = &mut self.tracker {
                for list_index in tracker.add_window(window) {
                    self.push_list(list_index);
                }
            } else if self.newest_first {
                // Unstarted windows are counted from the newest, and this one is newer.
                if let Some(unstarted) = &mut self.unstarted {
                    unstarted.window += 1;
                }
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

    /// Adds tasks for the lists that a round reads at this time, unless they exist.
    fn plan_round(&mut self, unix_ms: i64) {
        let Some(tracker) = &self.tracker else { return };
        // There can be a hundred thousand lists: each is looked up, not compared with all tasks.
        let mut is_planned = vec![false; tracker.cursor.lists.len()];
        for task in &self.tasks {
            if let Some(planned) = is_planned.get_mut(task.checkpoint_index) {
                *planned = true;
            }
        }
        for (_, list_index) in tracker.read_order(unix_ms) {
            let list_index = list_index as usize;
            if is_planned.get(list_index) == Some(&false) {
                self.push_list(list_index);
            }
        }
    }

    /// Adds a task for a list of the cursor.
    fn push_list(&mut self, list_index: usize) {
        let one = self.tracker.as_ref().and_then(|tracker| tracker.cursor.lists.get(list_index));
        if let Some(ListCheckpoint { ids, window, .. }) = one {
            let (ids, window) = (ids.clone(), *window);
            self.push(ids, window, list_index);
        }
    }

    /// Processes a page or lookup; returns whether its records are delivered later.
    fn on_page(&mut self, id: u32, mut page: CaseRows, unix_ms: i64) -> Result<bool, (ReaderError, FailureOutcome)> {
        let Some(RequestInFlight { task: task_id, page: request, .. }) = self.take_in_flight(id) else {
            return Ok(false);
        };
        let unix_ms = self.note_time(&page, unix_ms);
        self.progress.pages += 1;
        self.consecutive_failures = 0;
        let Some(request) = request else {
            let Some(tracker) = &mut self.tracker else { return Ok(false) };
            tracker.on_response(id, &page);
            // The tracker reports discarded records itself.
            return Ok(true);
        };
        let Some(index) = self.tasks.iter().position(|task| task.id == task_id) else { return Ok(false) };
        let Some(task) = self.tasks.get_mut(index) else { return Ok(false) };
        task.pages_in_flight -= 1;
        task.pages_read += 1;
        let Some(reader) = task.reader.as_mut().filter(|_| task.state == TaskState::Reading) else { return Ok(false) };
        let mut members =
            self.tracker.as_mut().map(|tracker| tracker.note_members(task.checkpoint_index, &page)).unwrap_or_default();
        let fresh = match reader.on_page(request, &mut page, unix_ms) {
            Ok(fresh) => fresh,
            Err(error) => return Err((error, self.leave_out(index, true))),
        };
        if reader.defers_page() {
            members.clear();
        }
        let mut cases = Vec::new();
        let mut rows = Vec::new();
        let mut delivered = Vec::new();
        for (row, case) in fresh.into_iter().zip(page.rows()) {
            rows.push(row);
            let known =
                self.tracker.as_ref().is_some_and(|tracker| tracker.is_unchanged(task.checkpoint_index, row, &members));
            // The key of a case without an id is unique in its list only.
            let is_new = is_key_without_id(row.key) || self.emitted.insert(row);
            let (owner_index, left) = match (&self.tracker, self.query.filter.matches(case)) {
                (Some(tracker), true) if !known && !is_key_without_id(row.key) => (tracker.owner_of(case), 0),
                (_, true) if !known => (NOT_HELD, 0),
                (Some(tracker), false) if tracker.is_held(row.key) => (NOT_HELD, delivery::LEFT),
                _ => continue,
            };
            if is_new {
                cases.push(case.index | left);
                delivered.push((row.key, owner_index));
            }
        }
        let (handle, is_kept) = (page.handle, !cases.is_empty());
        let is_last = reader.is_done();
        let (list_index, lists) = (task.checkpoint_index, Vec::new());
        let mut ready = ReadyPage {
            task: task_id,
            handle,
            cases,
            rows,
            delivered,
            checkpoint: None,
            is_last,
            checkpoint_index: list_index,
            members,
            lists,
        };
        if let Some(tracker) = self.tracker.as_mut() {
            tracker.mark_held(&ready.delivered);
        }
        match &mut self.tracker {
            Some(tracker) if is_last => {
                let (lists, is_again) = tracker.on_list_read(list_index, reader, unix_ms);
                (ready.lists, ready.is_last) = (lists, !is_again);
                if is_again {
                    // The number of members does not match: the list is read as a whole.
                    task.reader = Some(Box::new(tracker.reader(list_index, ReadOrder::ConcurrentSegments)));
                }
            }
            Some(tracker) => ready.checkpoint = tracker.progress_of(list_index, reader),
            None if is_last => {}
            None => ready.checkpoint = reader.checkpoint(),
        }
        if ready.is_last {
            task.end(TaskState::Completed);
            self.completed.pages += task.pages_read;
            self.completed.lists += 1;
        }
        self.ready.push(ready);
        Ok(is_kept)
    }

    /// Returns the next delivery. The previous one counts as taken.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        self.commit();
        while !self.ready.is_empty() {
            self.current = Some(self.ready.remove(0));
            if let Some(ready) = self.current.as_mut().filter(|ready| !ready.cases.is_empty()) {
                let cases = core::mem::take(&mut ready.cases);
                self.progress.cases += u32::try_from(cases.len()).unwrap_or(0);
                return Some(Delivery {
                    kind: DeliveryKind::Cases,
                    handle: ready.handle,
                    cases,
                    ..Delivery::default()
                });
            }
            self.commit();
        }
        let delivery = self.tracker.as_mut()?.next_delivery(&mut self.discarded, &self.emitted)?;
        self.progress.cases += u32::try_from(delivery.len()).unwrap_or(0);
        Some(delivery)
    }

    /// Commits the previous delivery as taken.
    fn commit(&mut self) {
        let Some(ready) = self.current.take() else { return };
        let index = self.tasks.iter().position(|task| task.id == ready.task);
        if let Some(tracker) = &mut self.tracker {
            let progress = index.map(|_| ready.checkpoint.clone());
            tracker.commit(&TakenPage {
                index: ready.checkpoint_index,
                members: &ready.members,
                progress,
                lists: &ready.lists,
                delivered: &ready.delivered,
            });
        }
        let Some(index) = index else { return };
        if ready.is_last {
            self.tasks.remove(index);
        } else if let Some(task) = self.tasks.get_mut(index) {
            task.checkpoint = ready.checkpoint;
        }
    }
}
