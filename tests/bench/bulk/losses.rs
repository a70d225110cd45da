//! The number of lost cases if a list changes during the read.

use crate::bulk_simulation::{Harness, START_MS, all_cases, drive, json, limits};
use crate::naive::{self, Wanted};
use cisco_support_case::bulk::BulkOptions;
use cisco_support_case::decode;
use cisco_support_case::model::{StatusFlag, Timestamp};
use cisco_support_case::paging::DateWindows;
use cisco_support_case::sandbox::{self, Sandbox};
use cisco_support_case::util::{DAY_MS, Json};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const CASES: u32 = 50_000;
const PER_SECOND: u32 = 5;
const LATENCY_MS: i64 = 400;
const MOVES_PER_HOUR: [u32; 3] = [500, 5000, 50_000];

pub fn measure(runs: u64) -> Value {
    let mut rows = Vec::new();
    for what in ["open cases", "cases of 88 days"] {
        for moves_per_hour in MOVES_PER_HOUR {
            let each = |seed| {
                let options = format!(r#"{{"cases":{CASES},"seed":{seed},"movesPerHour":{moves_per_hour}}}"#);
                [Reader::Loop, Reader::Ours].map(|reader| run(&options, what == "open cases", reader))
            };
            let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
            let some = |first: u64| (first..runs).step_by(threads as usize).map(each).collect::<Vec<_>>();
            let all: Vec<[Run; 2]> = std::thread::scope(|scope| {
                let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || some(first))).collect();
                parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
            });
            let (mut pages, mut moves) = (0, 0);
            let mut lost = [[0_u64; 2]; 2];
            for runs in &all {
                for (run, lost) in runs.iter().zip(&mut lost) {
                    lost[0] += run.lost;
                    lost[1] += u64::from(run.lost > 0);
                    pages += run.pages;
                    moves += run.moves;
                }
            }
            let of = |[cases, runs]: [u64; 2]| json!({ "lostCases": cases, "runsThatLose": runs });
            rows.push(json!({
                "what": what, "cases": CASES, "movesPerHour": moves_per_hour, "runs": runs,
                "perSecond": PER_SECOND, "latencyMs": LATENCY_MS,
                "pages": pages as f64 / (2 * runs) as f64, "movesMeanwhile": moves as f64 / (2 * runs) as f64,
                "loop": of(lost[0]), "ours": of(lost[1]),
            }));
        }
    }
    Value::from(rows)
}

#[derive(Clone, Copy)]
enum Reader {
    Loop,
    Ours,
}

struct Run {
    lost: u64,
    pages: u64,
    /// Number of changes to all cases during the read.
    moves: u64,
}

fn run(options: &str, is_open: bool, reader: Reader) -> Run {
    let mut harness = Harness::new(options, LATENCY_MS, limits(PER_SECOND));
    // One list: a day less than the maximum window of one request.
    let windows = (!is_open).then_some(DateWindows { from_ms: START_MS - 88 * DAY_MS, to_ms: START_MS + DAY_MS });
    let wanted = Wanted { contracts: harness.contracts(10), windows, flag: is_open.then_some(StatusFlag::Open) };
    let date = |ms| Timestamp::from_unix_ms(ms).unwrap();
    let range = match windows {
        Some(DateWindows { from_ms, .. }) => format!("date_created_from={}", date(from_ms).as_str()),
        None => "status_flag=O".to_owned(),
    };
    let path = format!("/cases/contracts/contract_ids/{}?{range}", wanted.contracts.join(","));
    // The clock stops during these reads.
    let before = harness.page_by_page(&path);
    let began = harness.now;
    let given: BTreeSet<String> = match reader {
        Reader::Loop => naive::read(&mut harness, &wanted).ids,
        Reader::Ours => {
            let mut bulk = all_cases(&harness, &wanted.params(), &BulkOptions::default());
            let outcome = drive(&mut harness, &mut bulk, usize::MAX);
            assert!(outcome.failures.is_empty() && !outcome.is_stopped);
            outcome.cases.into_iter().map(|(id, _)| id).collect()
        }
    };
    let after = harness.page_by_page(&path);
    let missed: BTreeMap<&String, i64> = after
        .iter()
        .filter(|(id, _)| before.contains_key(*id) && !given.contains(*id))
        .map(|(id, at)| (id, *at))
        .collect();
    // A case updated meanwhile may have been closed and reopened: see `away`.
    let touched: Vec<&String> =
        missed.iter().filter(|(_, at)| **at >= START_MS / 1000 * 1000).map(|(id, _)| *id).collect();
    let away = if is_open && !touched.is_empty() { away(options, began, harness.now, &touched) } else { 0 };
    let moves = harness.sandbox.info();
    let moves = moves.get("moves").unwrap();
    let moves = ["created", "updated", "closed", "reopened"].map(|kind| match moves.get(kind).unwrap() {
        Json::Number(digits) => digits.parse().unwrap(),
        _ => 0,
    });
    Run { lost: missed.len() as u64 - away, pages: before.len().div_ceil(100) as u64, moves: moves.iter().sum() }
}

/// Returns the number of these cases that were closed at any instant. It replays the changes in small steps.
fn away(options: &str, began: i64, ended: i64, ids: &[&String]) -> u64 {
    const STEP_MS: i64 = 100;
    let mut sandbox = Sandbox::new(sandbox::Options::from_json(&json(options), 0).unwrap());
    sandbox.advance(began as u64);
    let mut away = BTreeSet::new();
    let mut now = began;
    while now < ended {
        let step = STEP_MS.min(ended - now);
        sandbox.advance(step as u64);
        now += step;
        for ids in ids.chunks(30) {
            let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
            let url = format!("https://apix.cisco.com/case/v3/cases/case_ids/{}", ids.join(","));
            let answer = sandbox.handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer x"));
            let summary = decode::case_summary(&answer.body).unwrap();
            away.extend(summary.cases.iter().filter(|case| !case.is_open()).map(|case| case.case_id.clone()));
        }
    }
    away.len() as u64
}
