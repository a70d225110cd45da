//! Bulk jobs with hand-written and random lists, failures and orders of responses.

use super::*;
use crate::bulk_simulation::{Rng, checked_of};
use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, FailureOutcome, RequestUsage};
use cisco_support_case::error::ErrorKind;
use cisco_support_case::model::StatusFlag;
use std::collections::{BTreeMap, BTreeSet};

// Hand-written cases: failures.

fn with_bad(count: usize, bad: &[usize], per_user: usize) -> (Svc, Vec<String>) {
    let mut svc = Svc::new(10);
    let users = users(count);
    for (n, user) in users.iter().enumerate() {
        if bad.contains(&n) {
            svc.bad.insert(user.clone());
            continue;
        }
        for k in 0..per_user {
            let created = T0 - DAY * (10 + 37 * k as i64);
            svc.add(user, created, created + 1000 * (n * 100 + k) as i64);
        }
    }
    (svc, users)
}

#[test]
fn one_bad_user_alone_in_its_batch_changes() {
    // Eleven users: the eleventh is alone in its batch, which has eleven windows.
    let (mut svc, users) = with_bad(11, &[10], 20);
    let params = format!(r#"{{"user_ids":{},"date_created_from":"2023-10-01T00:00:00Z"}}"#, quoted(&users));
    let mut bulk = start(&params, BulkOperation::Changes, &BulkOptions::default(), None, svc.clock);
    let result = drive(&mut svc, &mut bulk, &mut Rng(1), usize::MAX, &mut still);
    let empty = svc.log.iter().filter(|line| *line == "EMPTY IDS").count();
    assert!(!result.is_stopped && empty == 0 && result.failures.len() == 1);
    assert_eq!(result.cases.len(), svc.cases.len());
}

#[test]
fn one_bad_user_alone_in_its_batch_of_all_cases() {
    let (mut svc, users) = with_bad(11, &[10], 20);
    let params = format!(r#"{{"user_ids":{},"date_created_from":"2023-10-01T00:00:00Z"}}"#, quoted(&users));
    for seed in 0..20 {
        svc.log.clear();
        let mut bulk = start(&params, BulkOperation::AllCases, &BulkOptions::default(), None, svc.clock);
        let result = drive(&mut svc, &mut bulk, &mut Rng(seed), usize::MAX, &mut still);
        let empty = svc.log.iter().filter(|line| *line == "EMPTY IDS").count();
        assert!(
            !result.is_stopped && empty == 0,
            "seed {seed} stopped {} empty {empty} {:?}",
            result.is_stopped,
            result.failures
        );
        assert_eq!(result.failures.len(), 1, "seed {seed} {:?}", result.failures);
        assert_eq!(result.cases.len(), svc.cases.len());
    }
}

#[test]
fn many_bad_users_in_a_row() {
    // Twelve adjacent users of the list have left the company.
    let bad: Vec<usize> = (10..22).collect();
    let (mut svc, users) = with_bad(40, &bad, 3);
    let params = format!(r#"{{"user_ids":{},"date_created_from":"2026-05-01T00:00:00Z"}}"#, quoted(&users));
    let mut failures = BTreeSet::new();
    let mut given = BTreeSet::new();
    let mut token = None;
    let mut stops = 0;
    for _ in 0..10 {
        let options = BulkOptions { resume: token.take(), concurrency: 1, ..BulkOptions::default() };
        let mut bulk = start(&params, BulkOperation::AllCases, &options, None, svc.clock);
        let result = drive(&mut svc, &mut bulk, &mut Rng(1), usize::MAX, &mut still);
        failures.extend(result.failures.iter().flat_map(|failure| failure.ids.clone()));
        given.extend(ids(&result.cases));
        if !result.is_stopped {
            break;
        }
        stops += 1;
        token = Some(result.checkpoint);
    }
    assert_eq!(failures, svc.bad, "listed (stops: {stops})");
    assert_eq!(stops, 0, "bad ids are no outage");
}

#[test]
fn cases_again_partly_taken() {
    // A resumed call requests the cases that failed at first, and is interrupted among them.
    let mut svc = Svc::new(10);
    let all: Vec<String> = (0..90).map(|n| svc.add("c", T0 - DAY, T0 - DAY + n * 1000).to_string()).collect();
    let params = format!(r#"{{"case_ids":{}}}"#, quoted(&all));
    let one = BulkOptions { concurrency: 1, ..BulkOptions::default() };
    let mut bulk = start(&params, BulkOperation::AllCases, &one, None, svc.clock);
    // The first batch fails.
    let (id, _) = bulk.next_request(RequestUsage::default()).unwrap();
    assert!(matches!(bulk.on_failure(id, ErrorKind::Unavailable, "API_UNAVAILABLE"), FailureOutcome::LeftOut(_)));
    let first = drive(&mut svc, &mut bulk, &mut Rng(1), usize::MAX, &mut still);
    assert_eq!(first.cases.len(), 60);
    let mut given = ids(&first.cases);
    let mut token = first.checkpoint;
    for most in [10, usize::MAX] {
        let options = BulkOptions { resume: Some(token), ..one.clone() };
        let mut bulk = start(&params, BulkOperation::AllCases, &options, None, svc.clock);
        let result = drive(&mut svc, &mut bulk, &mut Rng(1), most, &mut still);
        given.extend(ids(&result.cases));
        token = result.checkpoint;
    }
    assert_eq!(given.len(), 90, "all came in the end");
}

// Hand-written cases: changes of open cases.

struct Map(BTreeMap<u64, i64>);

impl Map {
    fn take(&mut self, result: &JobResult<u64>) {
        self.0.extend(result.cases.iter().copied());
        for id in result.closed.iter().chain(&result.gone) {
            self.0.remove(id);
        }
    }
    fn differs(&self, svc: &Svc, ids: &[String], flag: Option<StatusFlag>) -> Option<String> {
        let truth: BTreeMap<u64, i64> =
            svc.list(ids, None, flag).iter().map(|case| (case.id, case.updated - case.updated % 1000)).collect();
        let lost: Vec<_> = truth.iter().filter(|(id, at)| self.0.get(id) != Some(at)).collect();
        let stale: Vec<_> = self.0.keys().filter(|id| !truth.contains_key(id)).collect();
        (!lost.is_empty() || !stale.is_empty()).then(|| {
            format!("lost or old {} {:?}, stale {} {:?}", lost.len(), lost.first(), stale.len(), stale.first())
        })
    }
}

fn round(svc: &mut Svc, params: &str, cursor: &mut Option<String>, map: &mut Map, rng: &mut Rng) -> JobResult<u64> {
    let mut bulk = start(params, BulkOperation::Changes, &BulkOptions::default(), cursor.as_deref(), svc.clock);
    let result = drive(svc, &mut bulk, rng, usize::MAX, &mut still);
    map.take(&result);
    *cursor = Some(result.checkpoint.clone());
    result
}

fn open_base(contracts: usize, each: usize) -> (Svc, Vec<String>) {
    let mut svc = Svc::new(100);
    let ids: Vec<String> = (0..contracts).map(|n| format!("{}", 9_000_000 + n)).collect();
    for (n, id) in ids.iter().enumerate() {
        for k in 0..each {
            let created = T0 - DAY * (1 + (k % 60) as i64);
            svc.add(id, created, created + 1000 * ((n * 7919 + k * 31) % 40_000) as i64);
        }
    }
    (svc, ids)
}

const OPEN: Option<StatusFlag> = Some(StatusFlag::Open);

#[test]
fn case_moves_to_another_followed_list() {
    // Twenty contracts form two lists. A case moves from one to the other.
    let (mut svc, contracts) = open_base(20, 10);
    let params = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&contracts));
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    svc.clock += 3_600_000;
    svc.cases[5].owner = contracts[15].clone();
    svc.touch(5);
    svc.clock += 3_600_000;
    for _ in 0..3 {
        round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
        assert_eq!(map.differs(&svc, &contracts, OPEN), None);
    }
    let result = round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    assert_eq!(result.requests, 2, "a quiet round is a request a list");
}

#[test]
fn windows_with_a_large_open_window() {
    // Ten contracts in two windows, one of which has too many cases to track.
    let (mut svc, contracts) = open_base(10, 60);
    for id in &contracts {
        svc.add(id, T0 - DAY * 120, T0 - DAY * 100);
    }
    let params = format!(
        r#"{{"contract_ids":{},"status_flag":"O","date_created_from":"2026-01-01T00:00:00Z"}}"#,
        quoted(&contracts)
    );
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    let mut sizes = vec![];
    for _ in 0..6 {
        let result = round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
        sizes.push((
            result.requests,
            result.cases.len(),
            checked_of(&result.checkpoint).len(),
            result.checkpoint.len(),
        ));
        svc.clock += 3_600_000;
    }
    assert_eq!(sizes[5].1, 0);
    assert_eq!(sizes[5].0 as usize, sizes[5].2, "a quiet round is a request a list");
    assert_eq!(sizes[2].2, sizes[5].2, "the cursor grows without end");
}

#[test]
fn quiet_round_with_many_of_one_second() {
    let mut svc = Svc::new(100);
    for _ in 0..150 {
        svc.add("9000000", T0 - DAY * 3, T0 - DAY * 2);
    }
    let contracts = vec!["9000000".to_owned()];
    let params = r#"{"contract_ids":["9000000"],"date_created_from":"2026-05-01T00:00:00Z"}"#;
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    round(&mut svc, params, &mut cursor, &mut map, &mut rng);
    for _ in 0..3 {
        svc.clock += DAY;
        let result = round(&mut svc, params, &mut cursor, &mut map, &mut rng);
        assert_eq!(map.differs(&svc, &contracts, None), None);
        assert_eq!((result.requests, result.cases.len()), (1, 0), "quiet");
    }
}

#[test]
fn split_keeps_what_was_followed() {
    let (mut svc, users) = open_base(10, 10);
    let params = format!(r#"{{"user_ids":{},"status_flag":"O"}}"#, quoted(&users));
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    svc.clock += 3_600_000;
    // A case of the first user is closed, and the last user leaves the company.
    svc.cases[5].open = false;
    svc.touch(5);
    svc.bad.insert(users[9].clone());
    svc.clock += 3_600_000;
    for _ in 0..3 {
        round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    }
    let closed = svc.cases[5].id;
    assert!(!map.0.contains_key(&closed), "the closed case was never told");
}

#[test]
fn dropped_contract_in_a_broken_round_is_not_gone() {
    let (mut svc, contracts) = open_base(10, 10);
    let params = |ids: &[String]| format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(ids));
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    round(&mut svc, &params(&contracts), &mut cursor, &mut map, &mut rng);
    svc.clock += 3_600_000;
    // The round that drops the last contract fails.
    svc.down = true;
    round(&mut svc, &params(&contracts[..9]), &mut cursor, &mut map, &mut rng);
    svc.down = false;
    let result = round(&mut svc, &params(&contracts[..9]), &mut cursor, &mut map, &mut rng);
    assert!(result.gone.is_empty(), "{:?}", result.gone);
}

#[test]
fn yielded_in_a_broken_round_then_closed() {
    let (mut svc, contracts) = open_base(1, 10);
    let params = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&contracts));
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    svc.clock += 3_600_000;
    let (clock, owner) = (svc.clock, contracts[0].clone());
    svc.add(&owner, clock, clock);
    let new = svc.add(&owner, clock, clock);
    svc.clock += 3_600_000;
    // The consumer takes the first of two cases and saves the cursor.
    let mut bulk = start(&params, BulkOperation::Changes, &BulkOptions::default(), cursor.as_deref(), svc.clock);
    let result = drive(&mut svc, &mut bulk, &mut rng, 1, &mut still);
    assert_eq!(result.cases[0].0, new);
    map.take(&result);
    cursor = Some(result.checkpoint);
    // The service then closes that case.
    let at = svc.cases.iter().position(|case| case.id == new).unwrap();
    svc.cases[at].open = false;
    svc.touch(at);
    svc.clock += 3_600_000;
    for _ in 0..3 {
        round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    }
    assert_eq!(map.differs(&svc, &contracts, OPEN), None);
}

#[test]
fn dropped_contract_with_windows_is_not_gone() {
    let (mut svc, contracts) = open_base(10, 5);
    for id in &contracts {
        for k in 0..10 {
            svc.add(id, T0 - DAY * 90 * (k + 1), T0 - DAY * 90 * (k + 1));
        }
    }
    let params = |ids: &[String]| {
        format!(r#"{{"contract_ids":{},"status_flag":"O","date_created_from":"2023-01-01T00:00:00Z"}}"#, quoted(ids))
    };
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    round(&mut svc, &params(&contracts), &mut cursor, &mut map, &mut rng);
    for _ in 0..10 {
        svc.clock += DAY;
        let result = round(&mut svc, &params(&contracts[..9]), &mut cursor, &mut map, &mut rng);
        assert!(result.gone.is_empty(), "{:?}", result.gone);
    }
}

#[test]
fn another_filter_is_refused_by_a_cursor() {
    let (mut svc, contracts) = open_base(1, 10);
    let params = |more: &str| format!(r#"{{"contract_ids":{},"status_flag":"O"{more}}}"#, quoted(&contracts));
    let mut bulk =
        start(&params(r#","where":{"severity":1}"#), BulkOperation::Changes, &BulkOptions::default(), None, svc.clock);
    let result = drive(&mut svc, &mut bulk, &mut Rng(1), usize::MAX, &mut still);
    let query = query(&params(""), BulkOperation::Changes);
    assert!(
        BulkJob::new(query, BulkOperation::Changes, &BulkOptions::default(), Some(&result.checkpoint), svc.clock)
            .is_err()
    );
}

#[test]
fn a_resumed_list_that_is_split_repeats_nothing() {
    // A bulk read is interrupted within a list; one user leaves before it is resumed.
    let (mut svc, users) = with_bad(10, &[], 3);
    let params = format!(r#"{{"user_ids":{},"date_created_from":"2025-06-01T00:00:00Z"}}"#, quoted(&users));
    let mut bulk = start(&params, BulkOperation::AllCases, &BulkOptions::default(), None, svc.clock);
    let first = drive(&mut svc, &mut bulk, &mut Rng(1), 5, &mut still);
    svc.bad.insert(users[9].clone());
    let options = BulkOptions { resume: Some(first.checkpoint), ..BulkOptions::default() };
    let mut bulk = start(&params, BulkOperation::AllCases, &options, None, svc.clock);
    let rest = drive(&mut svc, &mut bulk, &mut Rng(1), usize::MAX, &mut still);
    let again: Vec<_> = ids(&first.cases).intersection(&ids(&rest.cases)).copied().collect();
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn bad_users_anywhere() {
    let mut bad_runs: BTreeMap<&str, (u32, u64)> = BTreeMap::new();
    for seed in 0..400 {
        let mut rng = Rng(seed << 20 | 3);
        let count = 1 + rng.below(45) as usize;
        let share = rng.below(4);
        let bad: Vec<usize> = (0..count).filter(|_| rng.below(10) < share).collect();
        let (mut svc, users) = with_bad(count, &bad, 6);
        svc.bad_kind = [
            (ErrorKind::InvalidRequest, "INVALID_USERID"),
            (ErrorKind::InvalidRequest, "Bad Request"),
            (ErrorKind::NotFound, "CASE_NOTFOUND"),
            (ErrorKind::Permission, "Forbidden"),
            (ErrorKind::Permission, "NOT_PERMITTED"),
        ][rng.below(5) as usize];
        let params = format!(r#"{{"user_ids":{},"date_created_from":"2025-06-01T00:00:00Z"}}"#, quoted(&users));
        let purpose = if rng.below(2) == 0 { BulkOperation::AllCases } else { BulkOperation::Changes };
        let options = BulkOptions { concurrency: 1 + rng.below(8) as u32, ..BulkOptions::default() };
        let mut bulk = start(&params, purpose, &options, None, svc.clock);
        let result = drive(&mut svc, &mut bulk, &mut rng, usize::MAX, &mut still);
        let listed: Vec<String> = result.failures.iter().flat_map(|failure| failure.ids.clone()).collect();
        let set: BTreeSet<String> = listed.iter().cloned().collect();
        let mut note = |what, is: bool| {
            if is {
                let entry = bad_runs.entry(what).or_default();
                *entry = (entry.0 + 1, seed);
            }
        };
        note("stopped", result.is_stopped);
        note("lost cases", !result.is_stopped && ids(&result.cases).len() != svc.cases.len());
        note("repeated", ids(&result.cases).len() != result.cases.len());
        note("not listed", !result.is_stopped && set != svc.bad);
        note("listed more than once", listed.len() != set.len());
        note("empty request", svc.log.iter().any(|line| line == "EMPTY IDS"));
    }
    assert!(bad_runs.is_empty(), "{bad_runs:?}");
}

#[test]
fn cases_fuzz() {
    let mut bad_runs: BTreeMap<&str, (u32, u64)> = BTreeMap::new();
    for seed in 0..3000 {
        let mut rng = Rng(seed << 20 | 4);
        let mut svc = Svc::new(10);
        let mut all: Vec<String> =
            (0..rng.below(200)).map(|n| svc.add("c", T0 - DAY, T0 - DAY + n as i64 * 1000).to_string()).collect();
        let unknown = rng.below(30);
        for n in 0..unknown {
            let at = rng.below(all.len() as u64 + 1) as usize;
            all.insert(at, format!("7{n:08}"));
        }
        if all.is_empty() {
            continue;
        }
        svc.flaky = [0, 50, 200][rng.below(3) as usize];
        let params = format!(r#"{{"case_ids":{}}}"#, quoted(&all));
        let breaks = rng.below(2) == 0;
        let (mut given, mut token, mut listed, mut parts) = (vec![], None, BTreeSet::new(), 0);
        loop {
            parts += 1;
            assert!(parts < 300, "seed {seed}");
            let options = BulkOptions {
                concurrency: 1 + rng.below(7) as u32,
                resume: token.take(),
                batch_size: Some(1 + rng.below(30) as u32),
                ..BulkOptions::default()
            };
            let mut bulk = start(&params, BulkOperation::AllCases, &options, None, svc.clock);
            let most = if breaks && parts < 40 { rng.below(50) as usize } else { usize::MAX };
            let result = drive(&mut svc, &mut bulk, &mut rng, most, &mut still);
            given.extend(result.cases.iter().copied());
            listed.extend(result.missing.clone());
            if !result.is_interrupted && !result.is_stopped {
                let open: BTreeSet<String> = result.failures.iter().flat_map(|failure| failure.ids.clone()).collect();
                if open.iter().all(|id| id.starts_with('7')) || svc.flaky == 0 {
                    listed.extend(open);
                    break;
                }
                svc.flaky = 0;
            }
            token = Some(result.checkpoint);
        }
        let keys = ids(&given);
        let mut note = |what, is: bool| {
            if is {
                let entry = bad_runs.entry(what).or_default();
                *entry = (entry.0 + 1, seed);
            }
        };
        note("LOST", keys.len() != svc.cases.len());
        note("repeated", keys.len() != given.len());
        note("LOST without breaks", !breaks && keys.len() != svc.cases.len());
    }
    assert!(bad_runs.is_empty(), "{bad_runs:?}");
}

#[test]
fn extremes() {
    // Extreme dates cause no panic in a debug build.
    for (from, to) in
        [("0000-01-01T00:00:00Z", "0000-01-02T00:00:00Z"), ("9999-12-01T00:00:00Z", "9999-12-31T23:59:59Z")]
    {
        for now in [i64::MIN / 4, -1, 0, T0, 253_402_300_799_999] {
            for width in [1, 64] {
                let mut svc = Svc::new(5);
                svc.clock = now;
                svc.add("1", T0, T0);
                let params =
                    format!(r#"{{"contract_ids":["1"],"date_created_from":"{from}","date_created_to":"{to}"}}"#);
                let options = BulkOptions { concurrency: width, ..BulkOptions::default() };
                let mut bulk = start(&params, BulkOperation::AllCases, &options, None, now);
                drive(&mut svc, &mut bulk, &mut Rng(1), usize::MAX, &mut still);
                let params = format!(r#"{{"contract_ids":["1"],"date_created_from":"{from}"}}"#);
                let options = BulkOptions { concurrency: width, max_requests: Some(50), ..BulkOptions::default() };
                let mut bulk = start(&params, BulkOperation::Changes, &options, None, now);
                let result = drive(&mut svc, &mut bulk, &mut Rng(1), usize::MAX, &mut still);
                start(&params, BulkOperation::Changes, &options, Some(&result.checkpoint), now);
            }
        }
    }
}

#[test]
fn answers_of_which_nothing_is_said_do_not_end_a_round() {
    // Thirty-five cases move from one list to the other, and one is closed.
    let (mut svc, contracts) = open_base(20, 10);
    let params = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&contracts));
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    svc.clock += 3_600_000;
    for at in 0..35 {
        svc.cases[at].owner = contracts[15].clone();
        svc.touch(at);
    }
    svc.cases[95].open = false;
    svc.touch(95);
    svc.clock += 3_600_000;
    let closed = svc.cases[95].id;
    let mut told = 0;
    for seed in 0..4 {
        rng = Rng(seed);
        let result = round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
        told += result.closed.iter().filter(|id| **id == closed).count();
    }
    assert_eq!(map.differs(&svc, &contracts, OPEN), None);
    assert_eq!(told, 1, "told once");
}

#[test]
fn a_changed_token_is_refused() {
    let (mut svc, contracts) = open_base(10, 30);
    svc.size = 10;
    let params = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&contracts));
    let mut bulk = start(&params, BulkOperation::AllCases, &BulkOptions::default(), None, svc.clock);
    let result = drive(&mut svc, &mut bulk, &mut Rng(1), 75, &mut still);
    let (mut taken, mut all) = (0, 0);
    for (at, byte) in result.checkpoint.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        let mut text = result.checkpoint.clone().into_bytes();
        text[at] = if byte == b'9' { b'1' } else { byte + 1 };
        let options = BulkOptions { resume: String::from_utf8(text).ok(), ..BulkOptions::default() };
        all += 1;
        taken += u32::from(
            BulkJob::new(query(&params, BulkOperation::AllCases), BulkOperation::AllCases, &options, None, svc.clock)
                .is_ok(),
        );
    }
    assert_eq!(taken, 0, "of {all} tokens with another digit");
}

#[test]
fn large_open_list_of_one_contract() {
    let (mut svc, contracts) = open_base(1, 500);
    let params = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&contracts));
    let (mut cursor, mut map, mut rng) = (None, Map(BTreeMap::new()), Rng(1));
    round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    svc.clock += 3_600_000;
    svc.cases[250].open = false;
    svc.touch(250);
    svc.clock += 3_600_000;
    let result = round(&mut svc, &params, &mut cursor, &mut map, &mut rng);
    // Requests: the end of the list, all of its five pages including the end again, and a lookup.
    assert_eq!(result.closed.len(), 1);
    assert!(result.requests <= 9, "{} requests", result.requests);
    assert_eq!(map.differs(&svc, &contracts, OPEN), None);
}
