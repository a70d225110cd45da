//! Any number of cases by their ids.

use super::job::{
    BulkFailure, BulkRequest, Delivery, DeliveryKind, FailureAction, FailureOutcome, InvalidCheckpoint,
    MAX_CONSECUTIVE_FAILURES, Progress, RequestUsage, failure_action,
};
use super::{BulkOptions, BulkQuery, CaseRow, CaseRows};
use crate::error::ErrorKind;
use crate::model::DocumentKind;
use crate::paging::id_key;
use crate::util::checkpoint_codec as token;
use crate::util::heapsort::heapsort;
use alloc::{boxed::Box, string::String, vec, vec::Vec};

/// Any number of cases by their ids, as many at a time as the service takes, delivered in the order in which they were
/// asked for: in brief (30 at a time) or with everything (one at a time, the newest first).
#[derive(Debug)]
pub struct IdBatchJob {
    query: BulkQuery,
    /// What its tokens are of.
    fingerprint: u64,
    batch_size: usize,
    max_concurrency: usize,
    max_requests: Option<u32>,
    max_bytes: Option<u32>,
    /// What is known of each id, by its place.
    statuses: Vec<IdStatus>,
    /// How many of the ids have been looked at: those that are to be asked for have been.
    next_index: usize,
    /// Places of ids that failed before, to be asked for after all others, and how many of them have been.
    retries: Vec<usize>,
    next_retry: usize,
    /// Places of ids that have failed now. Whoever goes on asks for them last: many that always fail are in nobody's way.
    failed: Vec<usize>,
    /// What is under way or has come, in the order of the ids.
    batches: Vec<BatchTask>,
    /// What is being delivered.
    current: Option<DeliveredBatch>,
    missing: Vec<String>,
    /// Handles of records that will not be delivered.
    pub(super) discarded: Vec<u32>,
    last_id: u32,
    consecutive_failures: u32,
    pages: u32,
    cases: u32,
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IdStatus {
    /// It has not been asked for, or what came of it was not taken.
    Open,
    /// Its case was taken, is not wanted, or is not there, which was said: it is not asked for again.
    Settled,
    /// It failed before.
    Retry,
    /// It has failed now, which was said.
    Failed,
}

#[derive(Debug)]
struct BatchTask {
    /// Places of the ids.
    indices: Vec<usize>,
    state: BatchState,
}

#[derive(Debug)]
enum BatchState {
    Waiting,
    InFlight(u32),
    Completed(Box<BatchResult>),
    LeftOut,
}

/// What came of a batch.
#[derive(Debug, Default)]
struct BatchResult {
    /// The handle of its records, 0 where none of them is wanted.
    handle: u32,
    /// The cases that are wanted, in the order of the ids.
    rows: Vec<CaseRow>,
    /// Of each of them, how many ids of the batch are done with it.
    ids_done: Vec<usize>,
}

#[derive(Debug)]
struct DeliveredBatch {
    /// The places of the batch.
    indices: Vec<usize>,
    /// Of each delivered case, how many of them are done with it.
    ids_done: Vec<usize>,
}

impl IdBatchJob {
    /// A machine at the beginning, or where a token says.
    pub fn new(asked: BulkQuery, options: &BulkOptions) -> Result<IdBatchJob, InvalidCheckpoint> {
        let mut cases = IdBatchJob::from_start(asked, options);
        if let Some(text) = &options.resume {
            let expected = "a resumeToken() of a call with the same case_ids";
            cases.resume(text).ok_or(InvalidCheckpoint { field: "resume", expected })?;
        }
        Ok(cases)
    }

    /// A machine at the beginning.
    pub(super) fn from_start(mut asked: BulkQuery, options: &BulkOptions) -> IdBatchJob {
        let is_details = asked.endpoint.answer == DocumentKind::Details;
        if is_details {
            // Case numbers are given out in ascending order.
            let mut order: Vec<(u64, u32)> = asked.ids.iter().zip(0..).map(|(id, at)| (!id_key(id), at)).collect();
            heapsort(&mut order);
            asked.ids = asked.ids_at(&mut order.iter().map(|(_, at)| *at as usize));
        }
        IdBatchJob {
            fingerprint: asked.fingerprint(),
            batch_size: options.batch(&asked),
            max_concurrency: options.concurrency as usize,
            max_requests: options.max_requests,
            max_bytes: options.max_bytes,
            statuses: vec![IdStatus::Open; asked.ids.len()],
            next_index: 0,
            retries: Vec::new(),
            next_retry: 0,
            failed: Vec::new(),
            batches: Vec::new(),
            current: None,
            missing: Vec::new(),
            discarded: Vec::new(),
            last_id: 0,
            consecutive_failures: 0,
            pages: 0,
            cases: 0,
            query: asked,
        }
    }

    fn resume(&mut self, text: &str) -> Option<()> {
        let mut token = token::open(text, self.fingerprint)?;
        let at = token.read_u32()? as usize;
        self.statuses.get_mut(..at)?.fill(IdStatus::Settled);
        for fate in [IdStatus::Settled, IdStatus::Retry] {
            let places = token.read_indices(self.statuses.len())?;
            self.retries = places.into_iter().map(|place| place as usize).collect();
            set_status(&mut self.statuses, &self.retries, fate);
        }
        Some(())
    }

    /// The next request to make; none for now.
    pub(super) fn next_request(&mut self, counts: RequestUsage) -> Option<(u32, BulkRequest)> {
        let under_way = self.batches.iter().filter(|slot| matches!(slot.state, BatchState::InFlight(_))).count();
        let busy = self.batches.iter().filter(|slot| !matches!(slot.state, BatchState::Waiting)).count();
        if busy >= self.max_concurrency || self.is_spent(counts, under_way) {
            return None;
        }
        let slot = match self.batches.iter().position(|slot| matches!(slot.state, BatchState::Waiting)) {
            Some(at) => at,
            None => {
                let mut places = Vec::new();
                while places.len() < self.batch_size
                    && let Some(fate) = self.statuses.get(self.next_index)
                {
                    if *fate == IdStatus::Open {
                        places.push(self.next_index);
                    }
                    self.next_index += 1;
                }
                if places.is_empty() {
                    places.extend(self.retries.iter().skip(self.next_retry).take(self.batch_size));
                    self.next_retry += places.len();
                }
                if places.is_empty() {
                    return None;
                }
                self.batches.push(BatchTask { indices: places, state: BatchState::Waiting });
                self.batches.len() - 1
            }
        };
        self.last_id += 1;
        let id = self.last_id;
        let slot = self.batches.get_mut(slot)?;
        slot.state = BatchState::InFlight(id);
        let ids = self.query.ids_at(&mut slot.indices.iter().copied());
        let endpoint = self.query.endpoint;
        Some((id, BulkRequest { endpoint, ids, window: None, status_flag: None, page_index: None }))
    }

    /// Whether no more requests are to be begun.
    fn is_spent(&self, counts: RequestUsage, under_way: usize) -> bool {
        let requests = counts.requests as usize + under_way;
        let mean = counts.bytes / u64::from(self.pages.max(1));
        self.max_requests.is_some_and(|most| requests >= most as usize)
            || self.max_bytes.is_some_and(|most| counts.bytes + mean * under_way as u64 >= u64::from(most))
    }

    fn position_of(&self, id: u32) -> Option<usize> {
        self.batches.iter().position(|slot| matches!(slot.state, BatchState::InFlight(other) if other == id))
    }

    /// A request was answered.
    pub fn on_response(&mut self, id: u32, rows: &CaseRows) {
        self.consecutive_failures = 0;
        self.pages += 1;
        let Some(at) = self.position_of(id) else {
            self.discarded.push(rows.handle);
            return;
        };
        let Some(slot) = self.batches.get_mut(at) else { return };
        let mut answer = BatchResult { handle: rows.handle, ..BatchResult::default() };
        if self.query.endpoint.answer == DocumentKind::Details {
            answer.rows.push(CaseRow::default());
            answer.ids_done.push(1);
        } else {
            for (place, upto) in slot.indices.iter().zip(1..) {
                let Some(id) = self.query.ids.get(*place) else { continue };
                let key = id_key(id);
                match rows.rows().iter().find(|row| row.key == key) {
                    Some(row) if self.query.filter.matches(row) => {
                        answer.rows.push(*row);
                        answer.ids_done.push(upto);
                    }
                    Some(_) => {}
                    None => {
                        self.missing.push(id.clone());
                        set_status(&mut self.statuses, &[*place], IdStatus::Settled);
                    }
                }
            }
            if answer.rows.is_empty() {
                self.discarded.push(core::mem::take(&mut answer.handle));
            }
        }
        slot.state = BatchState::Completed(Box::new(answer));
    }

    /// A request failed.
    pub fn on_failure(&mut self, id: u32, kind: ErrorKind, code: &str) -> FailureOutcome {
        let Some(at) = self.position_of(id) else { return FailureOutcome::Handled };
        let Some(slot) = self.batches.get_mut(at) else { return FailureOutcome::Handled };
        let count = slot.indices.len();
        let size = match failure_action(kind, code, count) {
            FailureAction::Stop => {
                slot.state = BatchState::Waiting;
                return FailureOutcome::Stop;
            }
            FailureAction::SplitToSingles => 1,
            FailureAction::Halve | FailureAction::Bisect => count.div_ceil(2),
            verdict @ (FailureAction::LeaveOut | FailureAction::RejectId) => {
                let ids = self.query.ids_at(&mut slot.indices.iter().copied());
                slot.state = BatchState::LeftOut;
                let is_refused = matches!(verdict, FailureAction::RejectId) && kind != ErrorKind::Permission;
                self.consecutive_failures += u32::from(!is_refused);
                if self.consecutive_failures >= MAX_CONSECUTIVE_FAILURES {
                    slot.state = BatchState::Waiting;
                    return FailureOutcome::Stop;
                }
                // That a case is not there is known from now on.
                let is_gone = code == "CASE_NOTFOUND";
                set_status(
                    &mut self.statuses,
                    &slot.indices,
                    if is_gone { IdStatus::Settled } else { IdStatus::Failed },
                );
                if !is_gone {
                    self.failed.extend(&slot.indices);
                }
                return FailureOutcome::LeftOut(BulkFailure { ids, from_ms: None, to_ms: None });
            }
        };
        if code.starts_with("EXCEEDED_") {
            self.batch_size = self.batch_size.min(size);
        }
        let mut behind = self.batches.split_off(at).into_iter();
        let places = behind.next().map(|slot| slot.indices).unwrap_or_default();
        for places in places.chunks(size.max(1)) {
            self.batches.push(BatchTask { indices: places.to_vec(), state: BatchState::Waiting });
        }
        self.batches.extend(behind);
        FailureOutcome::Handled
    }

    /// What can be delivered next.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        let (handle, rows) = self.next_rows()?;
        let kind = if self.query.endpoint.answer == DocumentKind::Details {
            DeliveryKind::Details
        } else {
            DeliveryKind::Cases
        };
        Some(Delivery { kind, handle, cases: rows.iter().map(|row| row.index).collect(), ..Delivery::default() })
    }

    /// The same as a handle and the rows of the cases.
    pub(super) fn next_rows(&mut self) -> Option<(u32, Vec<CaseRow>)> {
        loop {
            self.commit();
            let slot = match self.batches.first()?.state {
                BatchState::Completed(_) | BatchState::LeftOut => self.batches.remove(0),
                _ => return None,
            };
            let BatchState::Completed(answer) = slot.state else { continue };
            let BatchResult { handle, rows, ids_done: upto } = *answer;
            self.cases += u32::try_from(rows.len()).unwrap_or(0);
            self.current = Some(DeliveredBatch { indices: slot.indices, ids_done: upto });
            if !rows.is_empty() {
                return Some((handle, rows));
            }
        }
    }

    fn commit(&mut self) {
        if let Some(current) = self.current.take() {
            set_status(&mut self.statuses, &current.indices, IdStatus::Settled);
        }
    }

    /// Cases that were asked for and did not come. They are told once, and not asked for again by who goes on.
    pub fn take_missing(&mut self) -> Vec<String> {
        core::mem::take(&mut self.missing)
    }

    /// Where to go on, if of the last delivery so many cases were taken.
    pub fn checkpoint(&self, taken: usize) -> String {
        let mut fates = self.statuses.clone();
        if let Some(DeliveredBatch { indices: places, ids_done: upto }) = &self.current {
            let last = taken.checked_sub(1).and_then(|last| upto.get(last));
            let done = if taken >= upto.len() { places.len() } else { last.copied().unwrap_or(0) };
            set_status(&mut fates, places.get(..done).unwrap_or_default(), IdStatus::Settled);
        }
        let at = fates.iter().position(|fate| *fate == IdStatus::Open).unwrap_or(fates.len());
        let (mut settled, mut failed) = (Vec::new(), Vec::new());
        for (fate, place) in fates.iter().zip(0..).skip(at) {
            if *fate == IdStatus::Settled {
                settled.push(place);
            }
        }
        for place in &self.retries {
            if fates.get(*place) == Some(&IdStatus::Retry) {
                failed.push(*place as u32);
            }
        }
        for place in &self.failed {
            failed.push(*place as u32);
        }
        // Nothing is left to do of them.
        let is_done = at == fates.len() && failed.is_empty();
        let mut token = token::begin(self.fingerprint);
        token.write_len(at);
        token.write_indices(&settled);
        token.write_indices(&failed);
        token.finish(if is_done { ",\"done\":true" } else { "" })
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let fresh = self.statuses.iter().skip(self.next_index).filter(|fate| **fate == IdStatus::Open);
        let ids = fresh.count() + self.retries.len() - self.next_retry;
        let busy = self
            .batches
            .iter()
            .filter(|slot| matches!(slot.state, BatchState::InFlight(_) | BatchState::Waiting))
            .count();
        let left = u32::try_from(ids.div_ceil(self.batch_size.max(1)) + busy).unwrap_or(u32::MAX);
        Progress { pages: self.pages, cases: self.cases, pages_left: left }
    }

    /// Whether there is nothing left to do.
    pub(super) fn is_done(&self) -> bool {
        self.batches.is_empty() && self.next_retry >= self.retries.len() && self.next_index >= self.query.ids.len()
    }
}

/// Takes note of what is known of the ids at these places.
#[inline(never)]
fn set_status(fates: &mut [IdStatus], places: &[usize], fate: IdStatus) {
    for place in places {
        if let Some(known) = fates.get_mut(*place) {
            *known = fate;
        }
    }
}
