//! Bulk jobs against a small model of the service that responds in any order.

use crate::bulk_simulation::{Delivered, RecordStore, Rng, checked_anew};
use cisco_support_case::bulk::{
    BulkFailure, BulkJob, BulkOperation, BulkOptions, BulkQuery, DeliveryKind, FailureOutcome, RequestUsage,
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

#[derive(Default, Debug)]
pub struct Came {
    pub cases: Vec<(u64, i64)>,
    pub closed: Vec<u64>,
    pub gone: Vec<u64>,
    pub failures: Vec<BulkFailure>,
    pub missing: Vec<String>,
    pub requests: u32,
    pub token: String,
    pub stopped: bool,
    pub broken: bool,
    pub longest: usize,
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
) -> Came {
    let (mut came, mut kept) = (Came::default(), RecordStore::default());
    let mut flying: Vec<(u32, Request, Option<Answer>)> = vec![];
    let (mut landed, mut taken_of_all, mut steps) = (0, 0, 0);
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
        let mut asked = false;
        while rng.below(4) > 0 || flying.is_empty() {
            let Some((id, request)) = bulk.next_request(RequestUsage { requests: landed, bytes: 0 }) else { break };
            came.requests += 1;
            flying.push((id, checked_anew(request), None));
            asked = true;
        }
        if rng.below(3) > 0 || (flying.is_empty() && !asked) {
            if let Some(Delivered { kind, records, gone }) = kept.deliver(bulk) {
                for case in 0..records.len() {
                    if taken_of_all == most {
                        came.token = bulk.checkpoint(case);
                        came.broken = true;
                        return came;
                    }
                    taken_of_all += 1;
                    let id: u64 = records.case_text(case, "case_id").parse().unwrap();
                    let updated =
                        Timestamp::parse(records.case_text(case, "updated_date")).map_or(0, |date| date.unix_ms());
                    match kind {
                        DeliveryKind::Closed => came.closed.push(id),
                        _ => came.cases.push((id, updated)),
                    }
                }
                came.gone.extend(gone.iter().map(|id| id.parse::<u64>().unwrap()));
                came.longest = came.longest.max(bulk.checkpoint(usize::MAX).len());
                continue;
            }
            came.missing.extend(bulk.take_missing());
            if flying.is_empty() {
                // Like the JavaScript driver, this one requests again once nothing is left to deliver.
                if let Some((id, request)) = bulk.next_request(RequestUsage { requests: landed, bytes: 0 }) {
                    came.requests += 1;
                    flying.push((id, request, None));
                    continue;
                }
                assert!(kept.is_empty());
                came.token = bulk.checkpoint(usize::MAX);
                return came;
            }
        }
        if flying.is_empty() {
            continue;
        }
        let at = rng.below(flying.len() as u64) as usize;
        if flying[at].2.is_none() {
            let answer = svc.serve(&flying[at].1, rng);
            flying[at].2 = Some(answer);
            continue;
        }
        let (id, request, answer) = flying.remove(at);
        landed += 1;
        let verdict = match answer.unwrap() {
            Ok(body) => {
                let records =
                    decode::records(request.endpoint.response, &Body::from_slice(&body), Records::default()).unwrap();
                kept.answered(bulk, id, records, svc.clock)
            }
            Err((kind, code)) => bulk.on_failure(id, kind, &code),
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

pub fn still(_: &mut Svc, _: &mut Rng) {}

pub fn asked(params: &str, purpose: BulkOperation) -> BulkQuery {
    BulkQuery::check(&decode::json(params.as_bytes()).unwrap(), purpose).unwrap()
}

pub fn start(params: &str, purpose: BulkOperation, options: &BulkOptions, cursor: Option<&str>, now: i64) -> BulkJob {
    BulkJob::new(asked(params, purpose), purpose, options, cursor, now).unwrap()
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
