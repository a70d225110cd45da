//! Bulk jobs against a small model of the service that responds in any order.

use crate::bulk_simulation::{Delivered, JobResult, RecordStore, Rng, checked_anew};
use cisco_support_case::bulk::{
    BulkJob, BulkOperation, BulkOptions, BulkQuery, DeliveryKind, FailureOutcome, RequestUsage,
};
use cisco_support_case::decode::{self, Body, Records};
use cisco_support_case::endpoint::Request;
use cisco_support_case::error::ErrorKind;
use cisco_support_case::model::{DocumentKind, StatusFlag, Timestamp};
use std::collections::BTreeSet;

mod tests;

pub const T0: i64 = 1_780_315_200_000;
pub const DAY: i64 = 86_400_000;

#[derive(Clone, Debug)]
pub struct Case {
    pub id: u64,
    pub owner: String,
    pub created: i64,
    pub updated: i64,
    pub seq: u64,
    pub open: bool,
}

pub struct Svc {
    pub cases: Vec<Case>,
    pub size: usize,
    pub clock: i64,
    pub seq: u64,
    pub next: u64,
    /// Ids for which the service rejects a request, whatever else it contains.
    pub bad: BTreeSet<String>,
    pub bad_kind: (ErrorKind, &'static str),
    /// Failures per thousand requests.
    pub flaky: u64,
    pub max_ids: usize,
    pub down: bool,
    pub requests: u32,
    pub log: Vec<String>,
}

type Answer = Result<Vec<u8>, (ErrorKind, String)>;

fn date(ms: i64) -> String {
    Timestamp::from_unix_ms(ms - ms.rem_euclid(1000)).unwrap().as_str().to_owned()
}

impl Svc {
    pub fn new(size: usize) -> Svc {
        Svc {
            cases: vec![],
            size,
            clock: T0,
            seq: 0,
            next: 680_000_000,
            bad: BTreeSet::new(),
            bad_kind: (ErrorKind::InvalidRequest, "INVALID_USERID"),
            flaky: 0,
            max_ids: 10,
            down: false,
            requests: 0,
            log: vec![],
        }
    }

    pub fn add(&mut self, owner: &str, created: i64, updated: i64) -> u64 {
        self.next += 93_331;
        self.seq += 1;
        let (id, seq) = (self.next, self.seq);
        self.cases.push(Case { id, owner: owner.to_owned(), created, updated, seq, open: true });
        id
    }

    pub fn touch(&mut self, at: usize) {
        self.seq += 1;
        let (clock, seq) = (self.clock, self.seq);
        let case = &mut self.cases[at];
        (case.updated, case.seq) = (clock, seq);
    }

    pub fn list(&self, ids: &[String], window: Option<(i64, i64)>, flag: Option<StatusFlag>) -> Vec<&Case> {
        let mut list: Vec<&Case> = self
            .cases
            .iter()
            .filter(|case| ids.iter().any(|id| id.eq_ignore_ascii_case(&case.owner)))
            .filter(|case| window.is_none_or(|(from, to)| (from..=to).contains(&case.created)))
            .filter(|case| match flag {
                Some(StatusFlag::Open) => case.open,
                Some(_) => !case.open,
                None => true,
            })
            .collect();
        list.sort_by_key(|case| (case.updated, case.seq));
        list
    }

    fn case(&self, case: &Case, by: &str) -> String {
        format!(
            r#"{{"case_id":"{}","{by}":"{}","creation_date":"{}","updated_date":"{}","status_flag":"{}","status":"{}"}}"#,
            case.id,
            case.owner,
            date(case.created),
            date(case.updated),
            if case.open { "O" } else { "C" },
            if case.open { "Cisco Pending" } else { "Closed" }
        )
    }

    pub fn serve(&mut self, request: &Request, rng: &mut Rng) -> Answer {
        self.requests += 1;
        let name = request.endpoint.operation_id.to_owned();
        let window = request.date_created_from.as_ref().zip(request.date_created_to.as_ref());
        self.log.push(format!("{name} {:?} {:?} page {:?}", request.ids, window, request.page_index));
        let fail = |(kind, code): (ErrorKind, &str)| Err((kind, code.to_owned()));
        if request.ids.is_empty() {
            self.log.push("EMPTY IDS".to_owned());
            return fail((ErrorKind::InvalidRequest, "INVALID_PARAMETER"));
        }
        if self.down || rng.below(1000) < self.flaky {
            return fail((ErrorKind::Unavailable, "API_UNAVAILABLE"));
        }
        let summary = request.endpoint.response == DocumentKind::Summary;
        if !summary && request.ids.len() > self.max_ids {
            return fail((ErrorKind::InvalidRequest, "EXCEEDED_INPUTS"));
        }
        if request.ids.iter().any(|id| self.bad.contains(id)) {
            return fail(self.bad_kind);
        }
        let by = if name.to_lowercase().contains("user") { "user_id" } else { "contract_id" };
        if summary {
            let found: Vec<String> = request
                .ids
                .iter()
                .filter_map(|id| self.cases.iter().find(|case| case.id.to_string() == *id))
                .map(|case| {
                    self.case(case, by)
                        .replace("\"contract_id\"", &format!("\"user_id\":\"{}\",\"contract_id\"", case.owner))
                })
                .collect();
            if found.is_empty() {
                return fail((ErrorKind::NotFound, "CASE_NOTFOUND"));
            }
            return Ok(format!(r#"{{"count":{},"cases":[{}]}}"#, found.len(), found.join(",")).into_bytes());
        }
        let window = window.map(|(from, to)| (from.unix_ms(), to.unix_ms()));
        let list = self.list(&request.ids, window, request.status_flag);
        let page = request.page_index.unwrap_or(1) as usize;
        let last = list.len().div_ceil(self.size).max(1);
        let rows: Vec<String> =
            list.iter().skip((page.max(1) - 1) * self.size).take(self.size).map(|case| self.case(case, by)).collect();
        Ok(format!(
            r#"{{"pagination_response_record":{{"page_index":{page},"last_index":{last},"total_records":{}}},"cases":[{}]}}"#,
            list.len(),
            rows.join(",")
        )
        .into_bytes())
    }
}

/// Drives a job to its end, or until `most` cases were taken.
///
/// Calls `stir` between any two steps.
pub fn drive(
    svc: &mut Svc,
    bulk: &mut BulkJob,
    rng: &mut Rng,
    most: usize,
    stir: &mut dyn FnMut(&mut Svc, &mut Rng),
) -> JobResult<u64> {
    let (mut result, mut store) = (JobResult::default(), RecordStore::default());
    let mut in_flight: Vec<(u32, Request, Option<Answer>)> = vec![];
    let (mut completed, mut taken, mut steps) = (0, 0, 0);
    loop {
        steps += 1;
        assert!(
            steps < 400_000,
            "never ends: {} requests, {:?}",
            svc.requests,
            svc.log.iter().rev().take(10).collect::<Vec<_>>()
        );
        stir(svc, rng);
        // A driver need not request or deliver immediately, but leaves nothing undone.
        let mut has_requested = false;
        while rng.below(4) > 0 || in_flight.is_empty() {
            let Some((id, request)) = bulk.next_request(RequestUsage { requests: completed, bytes: 0 }) else { break };
            result.requests += 1;
            in_flight.push((id, checked_anew(request), None));
            has_requested = true;
        }
        if rng.below(3) > 0 || (in_flight.is_empty() && !has_requested) {
            if let Some(Delivered { kind, records, gone }) = store.deliver(bulk) {
                for case in 0..records.len() {
                    if taken == most {
                        result.checkpoint = bulk.checkpoint(case);
                        result.is_interrupted = true;
                        return result;
                    }
                    taken += 1;
                    let id: u64 = records.case_text(case, "case_id").parse().unwrap();
                    let updated =
                        Timestamp::parse(records.case_text(case, "updated_date")).map_or(0, |date| date.unix_ms());
                    match kind {
                        DeliveryKind::Closed => result.closed.push(id),
                        _ => result.cases.push((id, updated)),
                    }
                }
                result.gone.extend(gone.iter().map(|id| id.parse::<u64>().unwrap()));
                result.longest_checkpoint = result.longest_checkpoint.max(bulk.checkpoint(usize::MAX).len());
                continue;
            }
            result.missing.extend(bulk.take_missing());
            if in_flight.is_empty() {
                // Like the JavaScript driver, this one requests again once nothing is left to deliver.
                if let Some((id, request)) = bulk.next_request(RequestUsage { requests: completed, bytes: 0 }) {
                    result.requests += 1;
                    in_flight.push((id, request, None));
                    continue;
                }
                assert!(store.is_empty());
                result.checkpoint = bulk.checkpoint(usize::MAX);
                return result;
            }
        }
        if in_flight.is_empty() {
            continue;
        }
        let at = rng.below(in_flight.len() as u64) as usize;
        if in_flight[at].2.is_none() {
            let answer = svc.serve(&in_flight[at].1, rng);
            in_flight[at].2 = Some(answer);
            continue;
        }
        let (id, request, answer) = in_flight.remove(at);
        completed += 1;
        let outcome = match answer.unwrap() {
            Ok(body) => {
                let records =
                    decode::records(request.endpoint.response, &Body::from_slice(&body), Records::default()).unwrap();
                store.answered(bulk, id, records, svc.clock)
            }
            Err((kind, code)) => bulk.on_failure(id, kind, &code),
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

pub fn still(_: &mut Svc, _: &mut Rng) {}

pub fn query(params: &str, purpose: BulkOperation) -> BulkQuery {
    BulkQuery::check(&decode::json(params.as_bytes()).unwrap(), purpose).unwrap()
}

pub fn start(params: &str, purpose: BulkOperation, options: &BulkOptions, cursor: Option<&str>, now: i64) -> BulkJob {
    BulkJob::new(query(params, purpose), purpose, options, cursor, now).unwrap()
}

pub fn ids(list: &[(u64, i64)]) -> BTreeSet<u64> {
    list.iter().map(|(id, _)| *id).collect()
}

fn users(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("user{n:03}")).collect()
}

fn quoted(ids: &[String]) -> String {
    format!("[\"{}\"]", ids.join("\",\""))
}
