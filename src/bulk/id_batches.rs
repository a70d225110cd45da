//! The job that reads cases by their ids in batches.

use super::delivery::{Delivery, DeliveryKind, Progress, RequestUsage};
use super::failure::{
    BulkFailure, FailureAction, FailureOutcome, InvalidCheckpoint, MAX_CONSECUTIVE_FAILURES, failure_action,
};
use super::request::BulkRequest;
use super::{BulkOptions, BulkQuery, CaseRow, CaseRows};
use crate::error::ErrorKind;
use crate::model::DocumentKind;
use crate::paging::id_key;
use crate::util::checkpoint_codec as token;
use crate::util::heapsort::heapsort;
use alloc::{boxed::Box, string::String, vec, vec::Vec};

/// A job that reads cases by their ids: summaries in batches of up to 30, in the requested order, or details one at a time,
/// the highest case number first.
///
/// Each batch is `Waiting`, then `InFlight`, then `Completed` or `LeftOut`. A failed batch is split or left out. Batches are
/// delivered in order.
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, IdBatchJob, RequestUsage};
/// use cisco_support_case::util::Json;
///
/// let params = Json::object([("case_ids", Json::from(vec!["612345678", "612345670", "612345679"]))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllDetails).unwrap();
/// let mut job = BulkJob::Cases(Box::new(IdBatchJob::new(query, &BulkOptions::default()).unwrap()));
/// let (_, request) = job.next_request(RequestUsage::default()).unwrap();
/// assert_eq!(request.ids, ["612345679"], "the highest case number first");
/// ```
#[derive(Debug)]
pub struct IdBatchJob {
    query: BulkQuery,
    /// Fingerprint of the query, which its checkpoints contain.
    fingerprint: u64,
    batch_size: usize,
    max_concurrency: usize,
    max_requests: Option<u32>,
    max_bytes: Option<u32>,
    /// Status of each id of the query.
    statuses: Vec<IdStatus>,
    /// Index of the first id that belongs to no batch yet.
    next_index: usize,
    /// Indices of ids that failed before the job was resumed. They are requested after all others, so that ids that always
    /// fail delay none; `next_retry` of them belong to a batch.
    retries: Vec<usize>,
    next_retry: usize,
    /// Indices of ids that this job failed to read. A resumed job requests them last.
    failed: Vec<usize>,
    /// Batches that are not delivered yet, in the order of the ids.
    batches: Vec<BatchTask>,
    /// Batch of the last delivery.
    current: Option<DeliveredBatch>,
    missing: Vec<String>,
    /// Handles of records that are not delivered.
    pub(super) discarded: Vec<u32>,
    last_id: u32,
    consecutive_failures: u32,
    pages: u32,
    cases: u32,
}

/// The status of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IdStatus {
    /// Not requested yet, or not taken.
    Open,
    /// Taken, excluded by the filter, or reported as missing: not requested again.
    Settled,
    /// Failed before the job was resumed.
    Retry,
    /// Failed in this job, and reported.
    Failed,
}

/// A batch of ids and its state.
#[derive(Debug)]
struct BatchTask {
    /// Indices of the ids.
    indices: Vec<usize>,
    state: BatchState,
}

/// The state of a batch.
#[derive(Debug)]
enum BatchState {
    /// No request was sent yet.
    Waiting,
    /// Requested, with the id of the request.
    InFlight(u32),
    /// The response was received.
    Completed(Box<BatchResult>),
    /// Left out after a failure.
    LeftOut,
}

/// The matching cases of a received batch.
#[derive(Debug, Default)]
struct BatchResult {
    /// Handle of the records; 0 if no case matches.
    handle: u32,
    /// Matching cases, in the order of the ids.
    rows: Vec<CaseRow>,
    /// For each of them, the number of the batch's ids that are settled once it is taken.
    ids_done: Vec<usize>,
}

/// The batch of the last delivery.
#[derive(Debug)]
struct DeliveredBatch {
    /// Indices of the ids.
    indices: Vec<usize>,
    /// For each delivered case, the number of ids that are settled once it is taken.
    ids_done: Vec<usize>,
}

impl IdBatchJob {
    /// Creates a job at the beginning, or where the checkpoint of the options was made.
    ///
    /// # Errors
    ///
    /// The checkpoint is malformed or belongs to another query.
    pub fn new(query: BulkQuery, options: &BulkOptions) -> Result<IdBatchJob, InvalidCheckpoint> {
        let mut cases = IdBatchJob::from_start(query, options);
        if let Some(text) = &options.resume {
            let expected = "a resumeToken() of a call with the same case_ids";
            cases.resume(text).ok_or(InvalidCheckpoint { field: "resume", expected })?;
        }
        Ok(cases)
    }

    /// Creates a job at the beginning.
    pub(super) fn from_start(mut query: BulkQuery, options: &BulkOptions) -> IdBatchJob {
        let is_details = query.endpoint.response == DocumentKind::Details;
        if is_details {
            // Case numbers ascend with their creation.
            let mut order: Vec<(u64, u32)> = query.ids.iter().zip(0..).map(|(id, at)| (!id_key(id), at)).collect();
            heapsort(&mut order);
            query.ids = query.ids_at(&mut order.iter().map(|(_, at)| *at as usize));
        }
        IdBatchJob {
            fingerprint: query.fingerprint(),
            batch_size: options.batch(&query),
            max_concurrency: options.concurrency as usize,
            max_requests: options.max_requests,
            max_bytes: options.max_bytes,
            statuses: vec![IdStatus::Open; query.ids.len()],
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
            query,
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

    /// Returns the next request with its id.
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

    /// Whether the budget of requests or bytes is spent.
    fn is_spent(&self, counts: RequestUsage, under_way: usize) -> bool {
        let requests = counts.requests as usize + under_way;
        let mean = counts.bytes / u64::from(self.pages.max(1));
        self.max_requests.is_some_and(|most| requests >= most as usize)
            || self.max_bytes.is_some_and(|most| counts.bytes + mean * under_way as u64 >= u64::from(most))
    }

    fn position_of(&self, id: u32) -> Option<usize> {
        self.batches.iter().position(|slot| matches!(slot.state, BatchState::InFlight(other) if other == id))
    }

    /// Processes a response.
    pub fn on_response(&mut self, id: u32, rows: &CaseRows) {
        self.consecutive_failures = 0;
        self.pages += 1;
        let Some(at) = self.position_of(id) else {
            self.discarded.push(rows.handle);
            return;
        };
        let Some(slot) = self.batches.get_mut(at) else { return };
        let mut answer = BatchResult { handle: rows.handle, ..BatchResult::default() };
        if self.query.endpoint.response == DocumentKind::Details {
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

    /// Processes a failed request.
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
                // A case that does not exist is settled.
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
        let mut rest = self.batches.split_off(at).into_iter();
        let places = rest.next().map(|slot| slot.indices).unwrap_or_default();
        for places in places.chunks(size.max(1)) {
            self.batches.push(BatchTask { indices: places.to_vec(), state: BatchState::Waiting });
        }
        self.batches.extend(rest);
        FailureOutcome::Handled
    }

    /// Returns the next delivery.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        let (handle, rows) = self.next_rows()?;
        let kind = if self.query.endpoint.response == DocumentKind::Details {
            DeliveryKind::Details
        } else {
            DeliveryKind::Cases
        };
        Some(Delivery { kind, handle, cases: rows.iter().map(|row| row.index).collect(), ..Delivery::default() })
    }

    /// Returns the next delivery as the handle and the rows of its cases.
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

    /// Returns ids of which the response had no case, each once. A resumed job does not request them again.
    pub fn take_missing(&mut self) -> Vec<String> {
        core::mem::take(&mut self.missing)
    }

    /// Returns the checkpoint if `taken` cases of the last delivery were taken.
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
        // No id is left.
        let is_done = at == fates.len() && failed.is_empty();
        let mut token = token::begin(self.fingerprint);
        token.write_len(at);
        token.write_indices(&settled);
        token.write_indices(&failed);
        token.finish(if is_done { ",\"done\":true" } else { "" })
    }

    /// Returns the progress of the job.
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

    /// Whether no batch is left.
    pub(super) fn is_done(&self) -> bool {
        self.batches.is_empty() && self.next_retry >= self.retries.len() && self.next_index >= self.query.ids.len()
    }
}

/// Sets the status of the ids at these indices.
#[inline(never)]
fn set_status(fates: &mut [IdStatus], places: &[usize], fate: IdStatus) {
    for place in places {
        if let Some(known) = fates.get_mut(*place) {
            *known = fate;
        }
    }
}
