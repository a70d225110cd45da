//! Cost of following changes in rounds, against repeated full reads.

use crate::bulk_simulation::{Harness, Rng, START_MS, all_cases, changes, drive, json, limits, quoted};
use cisco_support_case::bulk::BulkOptions;
use cisco_support_case::model::Timestamp;
use cisco_support_case::util::DAY_MS;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Number of rounds in which every list is read once.
const ROUNDS: u32 = 7;
const HOUR_MS: i64 = 3_600_000;

pub fn measure(cases: u32) -> Value {
    let from = Timestamp::from_unix_ms(START_MS - 730 * DAY_MS).unwrap();
    let dated = format!(r#","date_created_from":"{}""#, from.as_str());
    let mut rows = Vec::new();
    for (name, criteria) in [("open cases", r#","status_flag":"O""#), ("all cases of two years", dated.as_str())] {
        let mut harness = Harness::new(&format!(r#"{{"cases":{cases}}}"#), 400, limits(20));
        let params = format!(r#"{{"contract_ids":{}{criteria}}}"#, quoted(&harness.contracts(500)));
        rows.push(follow(&mut harness, name, &params));
    }
    Value::from(rows)
}

fn follow(harness: &mut Harness, name: &str, params: &str) -> Value {
    let options = BulkOptions { concurrency: 24, rotate_older: true, ..BulkOptions::default() };
    let mut bulk = all_cases(harness, params, &options);
    let again = drive(harness, &mut bulk, usize::MAX);
    let round = |harness: &mut Harness, cursor: Option<&str>| {
        let mut bulk = changes(harness, params, cursor, &options);
        drive(harness, &mut bulk, usize::MAX)
    };
    let first = round(harness, None);
    assert_eq!(first.cases.len(), again.cases.len(), "the first round reads everything");
    let mut held: BTreeMap<String, i64> = first.cases.into_iter().collect();
    let mut token = first.checkpoint;
    let count = held.len();

    let last = held.values().copied().max().unwrap_or_default();
    let crowded: Vec<(String, i64)> = held.clone().into_iter().filter(|(_, at)| last - at < 60_000).collect();
    let mut repeated = Vec::new();
    let (mut quiet, mut busy, mut reported) = (Vec::new(), Vec::new(), BTreeSet::new());
    for _ in 0..ROUNDS {
        harness.sleep(HOUR_MS);
        let outcome = round(harness, Some(&token));
        // A cursor names twenty cases of one second: the next rounds report the others again until newer cases arrive,
        // and the last second of a large sandbox has many cases.
        assert!(
            outcome.cases.iter().all(|case| crowded.contains(case))
                && outcome.closed.is_empty()
                && outcome.gone.is_empty()
        );
        repeated.push(outcome.cases.len());
        quiet.push(outcome.requests);
        token = outcome.checkpoint;
    }
    let mut rng = Rng(5);
    let (mut changed, mut closed) = (BTreeSet::new(), BTreeSet::new());
    for nth in 0..ROUNDS {
        let ids: Vec<&String> = held.keys().collect();
        let some: BTreeSet<String> =
            (0..ids.len() / 100).map(|_| ids[rng.below(ids.len() as u64) as usize].clone()).collect();
        closed.extend(change(harness, &some, nth));
        changed.extend(some);
        harness.sleep(HOUR_MS);
        let outcome = round(harness, Some(&token));
        busy.push(outcome.requests);
        token = outcome.checkpoint;
        for id in outcome.closed.iter().chain(&outcome.gone) {
            held.remove(id);
        }
        reported.extend(outcome.cases.into_iter().map(|(id, _)| id).chain(outcome.closed).chain(outcome.gone));
    }
    // The next rounds report changes in old lists.
    for _ in 0..ROUNDS {
        harness.sleep(HOUR_MS);
        let outcome = round(harness, Some(&token));
        reported.extend(outcome.cases.into_iter().map(|(id, _)| id).chain(outcome.closed).chain(outcome.gone));
        token = outcome.checkpoint;
    }
    let is_crowded = |id: &String| crowded.iter().any(|(other, _)| other == id);
    assert!(reported.difference(&changed).all(is_crowded), "nothing else is reported");
    // Closings are not reported for a contract with more open cases than a cursor holds.
    let unreported: Vec<&String> = changed.difference(&reported).collect();
    assert!(unreported.iter().all(|id| closed.contains(*id)), "every update is reported");
    json!({
        "what": name, "contracts": 500, "cases": count, "cursorBytes": token.len(), "allCasesRequests": again.requests,
        "firstRequests": first.requests, "quietRequests": quiet, "quietRepeats": repeated, "busyRequests": busy,
        "changedCases": changed.len(), "closedCases": closed.len(), "unreported": unreported.len(),
    })
}

/// Closes one case in four and updates the others. Returns the closed ones.
fn change(harness: &mut Harness, ids: &BTreeSet<String>, round: u32) -> Vec<String> {
    for (nth, id) in ids.iter().enumerate() {
        harness.sleep(100);
        let what = match nth % 4 {
            0 => r#""status_flag":"C","status":"Closed""#.to_owned(),
            _ => format!(r#""title":"Changed in round {round}""#),
        };
        harness.sandbox.put(&json(&format!(r#"{{"case_id":"{id}",{what}}}"#))).unwrap();
    }
    ids.iter().step_by(4).cloned().collect()
}
