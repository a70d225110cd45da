//! The driver of bulk jobs in the simulation.

use super::{Delivered, Harness, RecordStore, json};
use cisco_support_case::bulk::{
    BulkFailure, BulkJob, BulkOperation, BulkOptions, BulkQuery, DeliveryKind, FailureOutcome, RequestUsage,
};
use cisco_support_case::client::CallId;
use cisco_support_case::endpoint::Request;

/// The results of a bulk job, with case ids as `Id`.
#[derive(Debug)]
pub struct JobResult<Id> {
    /// The delivered cases with their last update, in milliseconds since 1970 (UTC).
    pub cases: Vec<(Id, i64)>,
    pub closed: Vec<Id>,
    pub gone: Vec<Id>,
    pub failures: Vec<BulkFailure>,
    pub missing: Vec<String>,
    pub requests: u32,
    pub bytes: u64,
    pub elapsed_ms: i64,
    /// Number of requests before the first delivery.
    pub requests_to_first_case: u32,
    /// Checkpoint of the job at its end or interruption, or the cursor of a round.
    pub checkpoint: String,
    /// Length of the longest checkpoint.
    pub longest_checkpoint: usize,
    /// Whether the job stopped with a failure.
    pub is_stopped: bool,
    /// Whether the driver interrupted the job.
    pub is_interrupted: bool,
}

impl<Id> Default for JobResult<Id> {
    fn default() -> Self {
        JobResult {
            cases: Vec::new(),
            closed: Vec::new(),
            gone: Vec::new(),
            failures: Vec::new(),
            missing: Vec::new(),
            requests: 0,
            bytes: 0,
            elapsed_ms: 0,
            requests_to_first_case: 0,
            checkpoint: String::new(),
            longest_checkpoint: 0,
            is_stopped: false,
            is_interrupted: false,
        }
    }
}

/// Drives a job to its end, or until `most` cases are taken.
pub fn drive(harness: &mut Harness, bulk: &mut BulkJob, most: usize) -> JobResult<String> {
    let (mut result, mut in_flight) = (JobResult::default(), Vec::<(CallId, u32)>::new());
    let mut store = RecordStore::default();
    let (began, sent) = (harness.now, harness.sent);
    let (mut taken, mut completed) = (0, 0);
    loop {
        loop {
            let counts = RequestUsage { requests: completed, bytes: result.bytes };
            let Some((id, request)) = bulk.next_request(counts) else { break };
            in_flight.push((harness.begin(checked_anew(request)), id));
        }
        if let Some(Delivered { kind, records, gone }) = store.deliver(bulk) {
            result.requests_to_first_case =
                if result.requests_to_first_case == 0 { harness.sent - sent } else { result.requests_to_first_case };
            for case in 0..if kind == DeliveryKind::Details { 1 } else { records.len() } {
                if taken == most {
                    result.checkpoint = bulk.checkpoint(case);
                    result.requests = harness.sent - sent;
                    return result;
                }
                taken += 1;
                let id = if kind == DeliveryKind::Details {
                    records.detail().case_id
                } else {
                    records.case_text(case, "case_id").to_owned()
                };
                let updated = decode_ms(records.case_text(case, "updated_date"));
                match kind {
                    DeliveryKind::Closed => result.closed.push(id),
                    _ => result.cases.push((id, updated)),
                }
            }
            result.gone.extend(gone);
            continue;
        }
        result.missing.extend(bulk.take_missing());
        if in_flight.is_empty() {
            assert!(store.is_empty());
            result.checkpoint = bulk.checkpoint(usize::MAX);
            result.requests = harness.sent - sent;
            result.elapsed_ms = harness.now - began;
            return result;
        }
        while harness.done.is_empty() {
            assert!(harness.step(), "nothing moves");
        }
        let (call, outcome) = harness.done.remove(0);
        let Some(at) = in_flight.iter().position(|(other, _)| *other == call) else { continue };
        let (_, id) = in_flight.remove(at);
        let outcome = match outcome {
            Ok((records, attempts, bytes)) => {
                completed += attempts;
                result.bytes += u64::from(bytes);
                store.service_ms = harness.engine.service_ms();
                store.answered(bulk, id, records, harness.clock().unix_ms)
            }
            Err((kind, code, attempts)) => {
                completed += attempts;
                bulk.on_failure(id, kind, &code)
            }
        };
        match outcome {
            FailureOutcome::Handled => {}
            FailureOutcome::LeftOut(failure) => result.failures.push(failure),
            FailureOutcome::Stop => {
                result.is_stopped = true;
                result.checkpoint = bulk.checkpoint(usize::MAX);
                return result;
            }
        }
    }
}

/// Returns the request as the client's module makes it, from its parameters as JSON text.
pub fn checked_anew(request: Request) -> Request {
    let checked = request.endpoint.check(&json(&request.params())).unwrap();
    assert_eq!(checked, request);
    checked
}

pub fn decode_ms(text: &str) -> i64 {
    cisco_support_case::model::Timestamp::parse(text).map_or(0, |date| date.unix_ms())
}

/// Creates a job that reads all cases.
pub fn all_cases(harness: &Harness, params: &str, options: &BulkOptions) -> BulkJob {
    let query = BulkQuery::check(&json(params), BulkOperation::AllCases).unwrap();
    BulkJob::new(query, BulkOperation::AllCases, options, None, harness.clock().unix_ms).unwrap()
}

/// Creates a job that reads changes.
pub fn changes(harness: &Harness, params: &str, cursor: Option<&str>, options: &BulkOptions) -> BulkJob {
    let query = BulkQuery::check(&json(params), BulkOperation::Changes).unwrap();
    BulkJob::new(query, BulkOperation::Changes, options, cursor, harness.clock().unix_ms).unwrap()
}

/// Returns ids as a JSON array.
pub fn quoted(ids: &[String]) -> String {
    format!("[\"{}\"]", ids.join("\",\""))
}
