//! The driver of bulk jobs in the simulation.

use super::{Delivered, Harness, RecordStore, json};
use cisco_support_case::bulk::{
    BulkFailure, BulkJob, BulkOperation, BulkOptions, BulkQuery, DeliveryKind, FailureOutcome, RequestUsage,
};
use cisco_support_case::client::CallId;
use cisco_support_case::endpoint::Request;

/// The results of a bulk job.
#[derive(Default, Debug)]
pub struct Came {
    pub cases: Vec<(String, i64)>,
    pub closed: Vec<String>,
    pub gone: Vec<String>,
    pub failures: Vec<BulkFailure>,
    pub missing: Vec<String>,
    pub requests: u32,
    pub bytes: u64,
    pub took_ms: i64,
    pub first_after: u32,
    pub token: String,
    pub stopped: bool,
}

/// Drives a job to its end, or until `most` cases are taken.
pub fn drive(harness: &mut Harness, bulk: &mut BulkJob, most: usize) -> Came {
    let (mut came, mut flying) = (Came::default(), Vec::<(CallId, u32)>::new());
    let mut kept = RecordStore::default();
    let (began, sent) = (harness.now, harness.sent);
    let (mut taken_of_all, mut landed) = (0, 0);
    loop {
        loop {
            let counts = RequestUsage { requests: landed, bytes: came.bytes };
            let Some((id, request)) = bulk.next_request(counts) else { break };
            flying.push((harness.begin(checked_anew(request)), id));
        }
        if let Some(Delivered { kind, records, gone }) = kept.deliver(bulk) {
            came.first_after = if came.first_after == 0 { harness.sent - sent } else { came.first_after };
            for case in 0..if kind == DeliveryKind::Details { 1 } else { records.len() } {
                if taken_of_all == most {
                    came.token = bulk.checkpoint(case);
                    came.requests = harness.sent - sent;
                    return came;
                }
                taken_of_all += 1;
                let id = if kind == DeliveryKind::Details {
                    records.detail().case_id
                } else {
                    records.case_text(case, "case_id").to_owned()
                };
                let updated = decode_ms(records.case_text(case, "updated_date"));
                match kind {
                    DeliveryKind::Closed => came.closed.push(id),
                    _ => came.cases.push((id, updated)),
                }
            }
            came.gone.extend(gone);
            continue;
        }
        came.missing.extend(bulk.take_missing());
        if flying.is_empty() {
            assert!(kept.is_empty());
            came.token = bulk.checkpoint(usize::MAX);
            came.requests = harness.sent - sent;
            came.took_ms = harness.now - began;
            return came;
        }
        while harness.done.is_empty() {
            assert!(harness.step(), "nothing moves");
        }
        let (call, outcome) = harness.done.remove(0);
        let Some(at) = flying.iter().position(|(other, _)| *other == call) else { continue };
        let (_, id) = flying.remove(at);
        let verdict = match outcome {
            Ok((records, attempts, bytes)) => {
                landed += attempts;
                came.bytes += u64::from(bytes);
                kept.service_ms = harness.engine.service_ms();
                kept.answered(bulk, id, records, harness.clock().unix_ms)
            }
            Err((kind, code, attempts)) => {
                landed += attempts;
                bulk.on_failure(id, kind, &code)
            }
        };
        match verdict {
            FailureOutcome::Handled => {}
            FailureOutcome::LeftOut(failure) => came.failures.push(failure),
            FailureOutcome::Stop => {
                came.stopped = true;
                came.token = bulk.checkpoint(usize::MAX);
                return came;
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
    let asked = BulkQuery::check(&json(params), BulkOperation::AllCases).unwrap();
    BulkJob::new(asked, BulkOperation::AllCases, options, None, harness.clock().unix_ms).unwrap()
}

/// Creates a job that reads changes.
pub fn changes(harness: &Harness, params: &str, cursor: Option<&str>, options: &BulkOptions) -> BulkJob {
    let asked = BulkQuery::check(&json(params), BulkOperation::Changes).unwrap();
    BulkJob::new(asked, BulkOperation::Changes, options, cursor, harness.clock().unix_ms).unwrap()
}

/// Returns ids as a JSON array.
pub fn quoted(ids: &[String]) -> String {
    format!("[\"{}\"]", ids.join("\",\""))
}
