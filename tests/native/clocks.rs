//! Bulk calls on a machine whose clock differs from the service's, by a day up to more than a year.
//!
//! The clock is slow or fast, and responses include the service's time or do not.

use crate::bulk_simulation::{
    Harness, JobResult, START_MS, all_cases, changes, checked_of, drive, json, limits, quoted,
};
use cisco_support_case::bulk::{BulkOperation, BulkOptions, BulkQuery, estimate};
use cisco_support_case::client::RateLimits;
use cisco_support_case::model::Timestamp;
use cisco_support_case::util::DAY_MS;
use std::collections::{BTreeMap, BTreeSet};

/// Offsets of the local clock from the service's, in days; positive if fast.
const AHEAD: [i64; 9] = [-4000, -400, -91, -2, -1, 0, 1, 2, 400];

struct Scene {
    harness: Harness,
    contracts: Vec<String>,
    from: &'static str,
}

impl Scene {
    fn new(from: &'static str) -> Scene {
        let harness = Harness::new(r#"{"cases":3000}"#, 100, limits(0));
        let contracts = harness.contracts(12);
        let mut scene = Scene { harness, contracts, from };
        scene.add(1);
        scene
    }

    /// Creates a case in each contract, by the service's clock.
    fn add(&mut self, nth: usize) {
        self.harness.sleep(10_000);
        let now = Timestamp::from_unix_ms(START_MS + self.harness.now).unwrap();
        for (at, contract) in self.contracts.iter().enumerate() {
            let id = 709_000_000 + nth * 1000 + at;
            let case = format!(
                r#"{{"case_id":"{id}","contract_id":"{contract}","creation_date":"{}","user_id":"directcust4"}}"#,
                now.as_str()
            );
            self.harness.sandbox.put(&json(&case)).unwrap();
        }
        self.harness.sleep(10_000);
    }

    fn params(&self) -> String {
        format!(r#"{{"contract_ids":{},"date_created_from":"{}"}}"#, quoted(&self.contracts), self.from)
    }

    fn truth(&mut self) -> BTreeMap<String, i64> {
        let mut all = BTreeMap::new();
        for contract in &self.contracts {
            let path = format!("/cases/contracts/contract_ids/{contract}?date_created_from={}", self.from);
            all.extend(self.harness.page_by_page(&path));
        }
        all
    }
}

fn ids(result: &JobResult<String>) -> BTreeSet<String> {
    assert!(result.failures.is_empty() && !result.is_stopped, "{result:?}");
    let ids: BTreeSet<String> = result.cases.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids.len(), result.cases.len(), "each once");
    ids
}

#[test]
fn a_bulk_read_without_an_end_leaves_nothing_out_whatever_this_sides_clock_says() {
    for from in ["2024-03-01T00:00:00Z", "2026-05-01T00:00:00Z"] {
        let mut scene = Scene::new(from);
        let truth: BTreeSet<String> = scene.truth().into_keys().collect();
        let mut usual = BTreeMap::new();
        for newest_first in [true, false] {
            for dated in [true, false] {
                for days in [0].into_iter().chain(AHEAD) {
                    scene.harness.renew(100, limits(0));
                    (scene.harness.ahead_ms, scene.harness.dated) = (days * DAY_MS, dated);
                    let options = BulkOptions { newest_first, ..BulkOptions::default() };
                    let mut bulk = all_cases(&scene.harness, &scene.params(), &options);
                    let result = drive(&mut scene.harness, &mut bulk, usize::MAX);
                    let label = format!("{days} days ahead, dated {dated}, newest first {newest_first}, from {from}");
                    assert!(ids(&result) == truth, "{label}");
                    let usual = *usual.entry(newest_first).or_insert(result.requests);
                    // A moderate offset costs no requests if the service sends its time.
                    let most = if dated && days.abs() < 80 { usual } else { usual + 2 * 50 };
                    assert!(result.requests <= most, "{label}: {} requests instead of {usual}", result.requests);
                }
            }
        }
    }
}

#[test]
fn a_bulk_read_goes_on_under_another_clock() {
    let mut scene = Scene::new("2025-09-01T00:00:00Z");
    let params = scene.params();
    for dated in [true, false] {
        for newest_first in [true, false] {
            for (first, second) in [(-400, 0), (-400, 1), (0, -400), (400, -2), (-2, 400), (-91, -91), (1, -1)] {
                let truth: BTreeSet<String> = scene.truth().into_keys().collect();
                scene.harness.renew(100, limits(0));
                (scene.harness.ahead_ms, scene.harness.dated) = (first * DAY_MS, dated);
                let mut options = BulkOptions { newest_first, ..BulkOptions::default() };
                let mut bulk = all_cases(&scene.harness, &params, &options);
                let mut result = drive(&mut scene.harness, &mut bulk, 40);
                scene.harness.renew(100, limits(0));
                scene.harness.ahead_ms = second * DAY_MS;
                options.resume = Some(result.checkpoint.clone());
                let mut bulk = all_cases(&scene.harness, &params, &options);
                let rest = drive(&mut scene.harness, &mut bulk, usize::MAX);
                result.cases.extend(rest.cases);
                assert!(ids(&result) == truth, "{first} and {second} days ahead, dated {dated}");
            }
        }
    }
}

#[test]
fn rounds_of_changes_under_any_clock_tell_of_every_new_case() {
    for dated in [true, false] {
        for days in AHEAD {
            let mut scene = Scene::new("2025-03-01T00:00:00Z");
            (scene.harness.ahead_ms, scene.harness.dated) = (days * DAY_MS, dated);
            let params = scene.params();
            let (mut held, mut token) = (BTreeMap::new(), None::<String>);
            for round in 0..4 {
                scene.harness.renew(100, limits(0));
                // A process without a response of the service yet, sometimes on another machine.
                scene.harness.ahead_ms = if round == 2 { 0 } else { days * DAY_MS };
                let mut bulk = changes(&scene.harness, &params, token.as_deref(), &BulkOptions::default());
                let result = drive(&mut scene.harness, &mut bulk, usize::MAX);
                assert!(result.failures.is_empty() && !result.is_stopped);
                held.extend(result.cases);
                token = Some(result.checkpoint);
                assert!(held == scene.truth(), "{days} days ahead, dated {dated}, round {round}");
                scene.add(2 + round);
                scene.harness.sleep(20 * DAY_MS);
                scene.add(10 + round);
            }
        }
    }
}

#[test]
fn a_list_that_a_clock_ahead_has_read_is_not_left_for_long() {
    let mut scene = Scene::new("2022-01-01T00:00:00Z");
    let params = scene.params();
    let mut round = |ahead_ms: i64, token: Option<&str>| {
        scene.harness.renew(100, limits(0));
        (scene.harness.ahead_ms, scene.harness.dated) = (ahead_ms, false);
        let mut bulk = changes(&scene.harness, &params, token, &BulkOptions::default());
        let result = drive(&mut scene.harness, &mut bulk, usize::MAX);
        scene.harness.sleep(DAY_MS);
        result.checkpoint
    };
    // A machine whose clock is a year fast has read everything; another machine reads the next rounds.
    let mut token = round(365 * DAY_MS, None);
    for _ in 0..8 {
        token = round(0, Some(&token));
    }
    let checked = checked_of(&token);
    assert!(checked.iter().all(|at| *at < START_MS + 30 * DAY_MS), "each list has had its turn");
}

#[test]
fn a_time_that_cannot_be_right_is_none() {
    for (date, days) in [
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
        ("Tue, 06 Jul 2027 12:30:00 GMT", Some(400)),
        ("Wednesday, 03-Jun-26 12:30:00 GMT", Some(2)),
    ] {
        let mut scene = Scene::new("2026-01-01T00:00:00Z");
        let truth: BTreeSet<String> = scene.truth().into_keys().collect();
        scene.harness.date = Some(date.to_owned());
        let mut bulk = all_cases(&scene.harness, &scene.params(), &BulkOptions::default());
        let result = drive(&mut scene.harness, &mut bulk, usize::MAX);
        assert!(ids(&result) == truth, "{date}");
        assert!(result.requests < 60, "{date}: {} requests", result.requests);
        let known = scene.harness.engine.service_ms().map(|ms| (ms - START_MS - scene.harness.now).div_euclid(DAY_MS));
        assert_eq!(known, days, "{date}");
    }
}

#[test]
fn an_estimate_counts_the_windows_that_are_read() {
    let asked = |to: &str| {
        BulkQuery::check(
            &json(&format!(r#"{{"contract_ids":["1"],"date_created_from":"2026-05-01T00:00:00Z"{to}}}"#)),
            BulkOperation::AllCases,
        )
        .unwrap()
    };
    let none = RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 0 };
    let requests = |to: &str, days: i64| {
        estimate(&asked(to), &BulkOptions::default(), none, 1.0, START_MS + days * DAY_MS).requests
    };
    // A clock that is before the range still gives one window; the additional day ahead counts.
    assert_eq!([-400, 0, 56, 59].map(|days| requests("", days)), [1, 1, 1, 2]);
    assert_eq!([-400, 0, 400].map(|days| requests(r#","date_created_to":"2026-09-01T00:00:00Z""#, days)), [2, 2, 2]);
}
