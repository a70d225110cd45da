//! Cases by id over many rounds.
//!
//! The rounds have a budget and are interrupted; ids are missing, rejected, or fail sometimes.

use crate::bulk_simulation::Rng;
use cisco_support_case::boundary::{row, rows};
use cisco_support_case::bulk::{
    BulkJob, BulkOperation, BulkOptions, BulkQuery, CaseRows, FailureOutcome, RequestUsage,
};
use cisco_support_case::error::ErrorKind;
use cisco_support_case::util::Json;
use std::collections::{BTreeMap, BTreeSet};

/// State of an id at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Live,
    Gone,
    Denied,
}

/// The service: the state of each id, and the percentage of requests that fail at random.
struct Service {
    ids: BTreeMap<String, Is>,
    flaky: u64,
}

type Answer = Result<Vec<u64>, (ErrorKind, &'static str)>;

impl Service {
    /// Returns the rows of a response, or an error.
    fn answer(&self, ids: &[String], rng: &mut Rng) -> Answer {
        if rng.below(100) < self.flaky {
            return Err((ErrorKind::Unavailable, "UNKNOWN_FAILURE"));
        }
        if ids.iter().any(|id| self.ids[id] == Is::Denied) {
            return Err((ErrorKind::Permission, "NOT_PERMITTED"));
        }
        let live: Vec<&String> = ids.iter().filter(|id| self.ids[*id] == Is::Live).collect();
        if live.is_empty() {
            return Err((ErrorKind::NotFound, "CASE_NOTFOUND"));
        }
        let mut words = vec![0; rows::HEAD as usize];
        for id in live {
            words.extend([id.parse().unwrap(), 0, 0, 0, 0, u64::from(row::OPEN)]);
        }
        Ok(words)
    }
}

/// Result of one round.
#[derive(Default, Debug)]
struct Round {
    cases: Vec<String>,
    /// Ids of failures, with their codes.
    failed: Vec<(String, &'static str)>,
    requests: u32,
    /// Requests without any case taken.
    lost: u32,
    token: String,
    broken: bool,
}

/// Runs a round, and interrupts it once `most` cases were taken.
fn round(service: &Service, asked: &BulkQuery, options: &BulkOptions, most: usize, rng: &mut Rng) -> Round {
    let purpose = if asked.ids_per_request == 1 { BulkOperation::AllDetails } else { BulkOperation::AllCases };
    let mut bulk = BulkJob::new(asked.clone(), purpose, options, None, 0).unwrap();
    let mut round = Round::default();
    let mut in_flight: Vec<(u32, Vec<String>)> = vec![];
    let mut by_handle: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut completed = 0;
    loop {
        while let Some((id, request)) = bulk.next_request(RequestUsage { requests: completed, bytes: 0 }) {
            round.requests += 1;
            in_flight.push((id, request.ids));
        }
        // The consumer is sometimes slower than the responses.
        if rng.below(3) > 0
            && let Some(delivery) = bulk.next_delivery()
        {
            let ids = by_handle.remove(&delivery.handle).unwrap();
            for (case, taken) in delivery.cases.iter().zip(0..) {
                if round.cases.len() == most {
                    round.token = bulk.checkpoint(taken);
                    round.lost = u32::try_from(in_flight.len() + by_handle.len() + 1).unwrap();
                    round.broken = true;
                    return round;
                }
                round.cases.push(ids[*case as usize].clone());
            }
            continue;
        }
        if in_flight.is_empty() {
            if let Some(delivery) = bulk.next_delivery() {
                let ids = by_handle.remove(&delivery.handle).unwrap();
                round.cases.extend(delivery.cases.iter().map(|case| ids[*case as usize].clone()));
                continue;
            }
            round.token = bulk.checkpoint(usize::MAX);
            return round;
        }
        let (id, ids) = in_flight.remove(rng.below(in_flight.len() as u64) as usize);
        completed += 1;
        let code = match service.answer(&ids, rng) {
            Ok(words) => {
                let live = ids.into_iter().filter(|id| service.ids[id] == Is::Live).collect();
                by_handle.insert(completed, live);
                bulk.on_response(id, CaseRows::read(completed, &words).0, 0).unwrap();
                round.failed.extend(bulk.take_missing().into_iter().map(|id| (id, "CASE_NOTFOUND")));
                continue;
            }
            Err((kind, code)) => match bulk.on_failure(id, kind, code) {
                FailureOutcome::Handled => continue,
                FailureOutcome::LeftOut(failure) => {
                    round.failed.extend(failure.ids.into_iter().map(|id| (id, code)));
                    continue;
                }
                FailureOutcome::Stop => code,
            },
        };
        // Eight consecutive failures end the round.
        assert_ne!(code, "CASE_NOTFOUND");
        round.token = bulk.checkpoint(usize::MAX);
        round.lost = u32::try_from(in_flight.len() + by_handle.len() + 1).unwrap();
        round.broken = true;
        return round;
    }
}

fn asked(ids: &[String], purpose: BulkOperation) -> BulkQuery {
    let ids = Json::Array(ids.iter().map(|id| Json::from(id.as_str())).collect());
    BulkQuery::check(&Json::object([("case_ids", ids)]), purpose).unwrap()
}

/// Decodes a token. Returns the first id that is not settled, and the failed ones.
fn left(token: &str) -> (u64, Vec<u64>) {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut digits = token.split('"').nth(3).unwrap().chars().map(|digit| DIGITS.find(digit).unwrap() as u64);
    let mut next = || {
        let (mut word, mut shift) = (0, 0);
        loop {
            let digit = digits.next().unwrap();
            word |= (digit & 31) << shift;
            shift += 5;
            if digit < 32 {
                return word;
            }
        }
    };
    // Format, query, first id that is not settled, settled ids after it, failed ids.
    let [_form, _of, at] = [(); 3].map(|()| next());
    let mut places = || (0..next()).map(|_| next()).collect::<Vec<_>>();
    let [_settled, failed] = [(); 2].map(|()| places());
    (at, failed)
}

#[test]
fn a_budget_gets_past_cases_that_are_gone() {
    let mut service = Service { ids: BTreeMap::new(), flaky: 0 };
    service.ids.extend((0..20).map(|n| ((600_000_000 + n).to_string(), Is::Live)));
    service.ids.extend((0..6).map(|n| ((700_000_000 + n).to_string(), Is::Gone)));
    let ids: Vec<String> = service.ids.keys().cloned().collect();
    let asked = asked(&ids, BulkOperation::AllDetails);
    let mut options = BulkOptions { max_requests: Some(6), ..BulkOptions::default() };
    let (mut cases, mut failed, mut requests) = (vec![], vec![], 0);
    for nth in 1..=5 {
        let came = round(&service, &asked, &options, usize::MAX, &mut Rng(nth));
        cases.extend(came.cases);
        failed.extend(came.failed);
        requests += came.requests;
        options.resume = Some(came.token);
    }
    let newest_first: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(cases, newest_first[6..]);
    failed.sort();
    assert_eq!(failed.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ids[20..]);
    assert_eq!((requests, left(options.resume.as_deref().unwrap())), (26, (26, vec![])));
}

#[test]
fn what_failed_is_asked_for_after_what_was_not_asked_for_yet() {
    let mut service = Service { ids: BTreeMap::new(), flaky: 0 };
    service.ids.extend((0..6).map(|n| ((600_000_000 + n).to_string(), Is::Live)));
    service.ids.extend((0..3).map(|n| ((700_000_000 + n).to_string(), Is::Denied)));
    let ids: Vec<String> = service.ids.keys().cloned().collect();
    let asked = asked(&ids, BulkOperation::AllDetails);
    let mut options = BulkOptions { max_requests: Some(4), ..BulkOptions::default() };
    let mut came = vec![];
    for nth in 0..4 {
        let one = round(&service, &asked, &options, usize::MAX, &mut Rng(nth));
        let (at, mut failed) = left(&one.token);
        failed.sort_unstable();
        came.push((one.cases.len(), one.failed.len(), (at, failed)));
        options.resume = Some(one.token);
    }
    let denied = vec![0, 1, 2];
    let expected = [(1, 3, 4), (4, 0, 8), (1, 3, 9), (0, 3, 9)];
    assert_eq!(came, expected.map(|(cases, failed, at)| (cases, failed, (at, denied.clone()))));
}

#[test]
fn every_case_comes_once_and_every_failure_is_told_where_it_happened() {
    for seed in 0..3000 {
        let mut rng = Rng(seed << 20 | 9);
        let count = 1 + rng.below(90);
        let (gone, denied) = ([0, 10, 60][rng.below(3) as usize], [0, 0, 10][rng.below(3) as usize]);
        let mut service = Service { ids: BTreeMap::new(), flaky: [0, 5, 30][rng.below(3) as usize] };
        let mut ids = vec![];
        for n in 0..count {
            let is = match rng.below(100) {
                roll if roll < gone => Is::Gone,
                roll if roll < gone + denied => Is::Denied,
                _ => Is::Live,
            };
            let id = (600_000_000 + n * 7).to_string();
            service.ids.insert(id.clone(), is);
            ids.push(id);
        }
        let purpose = if rng.below(2) == 0 { BulkOperation::AllDetails } else { BulkOperation::AllCases };
        let asked = asked(&ids, purpose);
        let mut options = BulkOptions {
            concurrency: 1 + rng.below(8) as u32,
            max_requests: Some(1 + rng.below(20) as u32)
                .filter(|_| purpose == BulkOperation::AllDetails && rng.below(2) == 0),
            ..BulkOptions::default()
        };
        let mut cases = vec![];
        let mut told = BTreeSet::new();
        let (mut requests, mut again, mut lost) = (0, 0, 0);
        for nth in 0.. {
            assert!(nth < 400, "{seed}: {:?}", options.resume);
            if nth == 40 {
                service.flaky = 0;
            }
            let most = if nth < 60 && rng.below(3) > 0 { rng.below(30) as usize } else { usize::MAX };
            let before = options.resume.as_deref().map_or(vec![], |token| left(token).1);
            let came = round(&service, &asked, &options, most, &mut rng);
            cases.extend(came.cases);
            requests += came.requests;
            lost += came.lost;
            let mut here = BTreeSet::new();
            for (id, code) in came.failed {
                assert!(here.insert(id.clone()), "{seed}: {id} is told twice");
                match code {
                    "CASE_NOTFOUND" => assert!(told.insert(id.clone()), "{seed}: {id} is told again"),
                    _ => again += 1,
                }
            }
            let (at, failed) = left(&came.token);
            // All remaining ids are rejected, and another request would not change that.
            let denied = service.ids.values().filter(|is| **is == Is::Denied).count();
            let is_over = at == count && failed.len() == denied && service.flaky == 0;
            let is_all = at == count && failed.is_empty();
            options.resume = Some(came.token);
            if is_all || is_over && before.len() <= denied {
                break;
            }
        }
        cases.sort();
        let of = |what: Is| service.ids.iter().filter(move |(_, is)| **is == what).map(|(id, _)| id.clone());
        assert_eq!(cases, of(Is::Live).collect::<Vec<_>>(), "{seed}");
        assert_eq!(told, of(Is::Gone).collect(), "{seed}");
        if purpose == BulkOperation::AllDetails {
            assert!(u64::from(requests) <= count + again + u64::from(lost), "{seed}: {requests}");
        }
    }
}

/// Runs rounds of lists, some of which always fail. Returns the lists read in each round.
fn rounds_of_lists(purpose: BulkOperation, bad: u64, max_requests: Option<u32>, rounds: u32) -> Vec<BTreeSet<String>> {
    let ids: Vec<String> = (0..30).map(|n| (1000 + n).to_string()).collect();
    let ids_json = Json::Array(ids.iter().map(|id| Json::from(id.as_str())).collect());
    let params = Json::object([("contract_ids", ids_json), ("status_flag", Json::from("O"))]);
    let asked = BulkQuery::check(&params, purpose).unwrap();
    let (mut read, mut token) = (vec![], None::<String>);
    for _ in 0..rounds {
        let resume = token.take();
        let (resume, cursor) = if purpose == BulkOperation::AllCases { (resume, None) } else { (None, resume) };
        let options = BulkOptions { batch_size: Some(1), max_requests, resume, ..BulkOptions::default() };
        let mut bulk = BulkJob::new(asked.clone(), purpose, &options, cursor.as_deref(), 0).unwrap();
        let (mut here, mut requests, mut is_over) = (BTreeSet::new(), 0, false);
        while !is_over && let Some((id, request)) = bulk.next_request(RequestUsage { requests, bytes: 0 }) {
            requests += 1;
            if request.ids[0].parse::<u64>().unwrap() < 1000 + bad {
                is_over = bulk.on_failure(id, ErrorKind::Unavailable, "UNKNOWN_FAILURE") == FailureOutcome::Stop;
            } else {
                // An empty list with one page.
                let mut words = vec![0; rows::HEAD as usize];
                (words[rows::PAGE_INDEX as usize], words[rows::LAST_INDEX as usize]) = (1, 1);
                bulk.on_response(id, CaseRows::read(requests, &words).0, 0).unwrap();
                here.insert(request.ids[0].clone());
                while bulk.next_delivery().is_some() {}
                while bulk.next_discarded().is_some() {}
            }
        }
        while bulk.next_delivery().is_some() {}
        token = Some(bulk.checkpoint(usize::MAX));
        read.push(here);
    }
    read
}

#[test]
fn lists_that_always_fail_are_in_nobodys_way() {
    for bad in [1, 7, 8, 12, 20] {
        let good: BTreeSet<String> = (bad..30).map(|n| (1000 + n).to_string()).collect();
        let read = rounds_of_lists(BulkOperation::AllCases, bad, None, 12);
        let all: BTreeSet<String> = read.iter().flatten().cloned().collect();
        assert_eq!(all, good, "{bad}");
        assert_eq!(read.iter().map(BTreeSet::len).sum::<usize>(), good.len(), "none is read twice");
        let within = |max_requests| {
            let read = rounds_of_lists(BulkOperation::Changes, bad, max_requests, 40);
            read.into_iter().flatten().collect::<BTreeSet<_>>()
        };
        assert_eq!(within(None), good, "{bad}");
        assert_eq!(within(Some(6)), good, "{bad}");
    }
}
