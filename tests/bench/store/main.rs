//! Queries over a store of cases with long-tailed titles, natively: medians in milliseconds.
//!
//! Usage: store [--quick] [CASES]

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout
)]

mod long_tail;

use cisco_support_case::query::{CaseQuery, ConditionField};
use cisco_support_case::store::{CaseExport, CaseStore, ExportOptions, FacetField, OverviewOptions};
use long_tail::{NOW_MS, Random};
use std::time::Instant;

const QUERIES: &[(&str, &str)] = &[
    ("all, updated desc", "{}"),
    ("all, severity + updated", r#"{"sort":[{"by":"severity"},{"by":"updated_date","order":"desc"}]}"#),
    ("open, updated desc", r#"{"where":{"status_flag":"O"}}"#),
    ("open, severity 1-2", r#"{"where":{"status_flag":"O","severity":[1,2]}}"#),
    (
        "closed, severity + updated",
        r#"{"where":{"status_flag":"C"},"sort":[{"by":"severity"},{"by":"updated_date","order":"desc"}]}"#,
    ),
    ("one contract", r#"{"where":{"contract_id":"200000000"}}"#),
    ("50 contracts, 3 statuses", ""),
    (
        "last 30 days, severity + updated",
        r#"{"where":{"updated":{"from":"2026-05-16T00:00:00Z"}},"sort":[{"by":"severity"},{"by":"updated_date","order":"desc"}]}"#,
    ),
    ("all, title", r#"{"sort":[{"by":"title"}]}"#),
    ("closed, title desc", r#"{"where":{"status_flag":"C"},"sort":[{"by":"title","order":"desc"}]}"#),
    (
        "all, status+severity+updated+title",
        r#"{"sort":[{"by":"status"},{"by":"severity"},{"by":"updated_date","order":"desc"},{"by":"title"}]}"#,
    ),
    ("all, contract", r#"{"sort":[{"by":"contract_id"}]}"#),
    ("all, case id", r#"{"sort":[{"by":"case_id"}]}"#),
    ("updated desc, offset 50 000", r#"{"offset":50000}"#),
    ("open, updated desc, offset 5 000", r#"{"where":{"status_flag":"O"},"offset":5000}"#),
    ("title, offset 50 000", r#"{"sort":[{"by":"title"}],"offset":50000}"#),
    ("text con", r#"{"where":{"text":"con"},"sort":[{"by":"updated_date","order":"desc"}]}"#),
    ("text disco", r#"{"where":{"text":"disco"},"sort":[{"by":"updated_date","order":"desc"}]}"#),
    ("text c", r#"{"where":{"text":"c"},"sort":[{"by":"updated_date","order":"desc"}]}"#),
    ("text rout fail", r#"{"where":{"text":"rout fail"},"sort":[{"by":"updated_date","order":"desc"}]}"#),
    ("bärenf, open", r#"{"where":{"text":"bärenf","status_flag":"O"}}"#),
    ("con by rank", r#"{"where":{"text":"con"}}"#),
    ("c by rank", r#"{"where":{"text":"c"}}"#),
    ("case_id prefix", r#"{"where":{"text":"6123"}}"#),
    ("serial prefix", r#"{"where":{"text":"foc0001"}}"#),
    ("serial end", r#"{"where":{"text":"1a2"}}"#),
    ("c9300-48p", r#"{"where":{"text":"C9300-48P"}}"#),
    ("bug", r#"{"where":{"bug":"CSCab00001"}}"#),
    ("no hit", r#"{"where":{"text":"zzzzzz"}}"#),
];

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn time(runs: usize, mut run: impl FnMut()) -> f64 {
    median(
        (0..runs)
            .map(|_| {
                let start = Instant::now();
                run();
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect(),
    )
}

/// Returns the least of several times.
fn least(runs: usize, mut run: impl FnMut() -> f64) -> f64 {
    (0..runs).map(|_| run()).fold(f64::INFINITY, f64::min)
}

fn query(name: &str, text: &str) -> CaseQuery {
    if name != "50 contracts, 3 statuses" {
        return CaseQuery::parse(text).unwrap();
    }
    let contracts: Vec<String> = (0..50).map(|n| format!("\"{}\"", 200_000_000 + n * 4 * 1_317)).collect();
    let text = format!(
        r#"{{"where":{{"contract_id":[{}],"status":["Closed","Cisco Pending","Customer Pending"]}}}}"#,
        contracts.join(",")
    );
    CaseQuery::parse(&text).unwrap()
}

fn main() {
    let mut args = std::env::args().skip(1);
    let cases = args.find_map(|arg| arg.parse().ok()).unwrap_or(100_000_usize);
    let runs = if std::env::args().any(|arg| arg == "--quick") { 11 } else { 51 };
    let mut random = Random(7);
    let mut store = CaseStore::new();
    store.set_now(NOW_MS);
    for start in (0..cases).step_by(100) {
        let page: Vec<_> = (start..(start + 100).min(cases)).map(|n| long_tail::case(&mut random, n, cases)).collect();
        store.apply_records(&page).unwrap();
    }
    let columns_bytes = store.memory_bytes();
    println!("{cases} cases; columns {:.1} B a case", columns_bytes as f64 / cases as f64);
    let cold = store.clone();

    // The machine may be shared: the time of a piece is the least of several builds.
    let mut pieces: Vec<f64> = Vec::new();
    for _ in 0..5 {
        store = cold.clone();
        for piece in 0.. {
            let start = Instant::now();
            let is_done = store.build_indexes();
            let ms = start.elapsed().as_secs_f64() * 1e3;
            match pieces.get_mut(piece) {
                Some(least) => *least = least.min(ms),
                None => pieces.push(ms),
            }
            if is_done {
                break;
            }
        }
    }
    let longest = pieces.iter().copied().fold(0.0, f64::max);
    println!(
        "indexes: {} pieces, {:.0} ms, median {:.2}, longest {longest:.2}; with them {:.1} B a case",
        pieces.len(),
        pieces.iter().sum::<f64>(),
        median(pieces.clone()),
        store.memory_bytes() as f64 / cases as f64,
    );
    if std::env::args().any(|arg| arg == "--pieces") {
        println!("{pieces:.1?}");
    }

    println!("{:<36} {:>7} {:>9} {:>9}", "query", "rows", "indexed", "first");
    for (name, text) in QUERIES {
        let query = query(name, text);
        let first = store.query(&query);
        let cold_ms = least(3, || {
            let mut cold = cold.clone();
            let start = Instant::now();
            let answer = cold.query(&query);
            let ms = start.elapsed().as_secs_f64() * 1e3;
            assert_eq!(first, answer, "{name}");
            ms
        });
        let warm = time(runs, || drop(std::hint::black_box(store.query(&query))));
        println!("{name:<36} {:>7} {warm:>9.3} {cold_ms:>9.3}", first.total);
    }

    let fields = [
        FacetField::StatusFlag,
        FacetField::Severity,
        FacetField::Text(ConditionField::Status),
        FacetField::Text(ConditionField::ContractId),
    ];
    for (name, text) in [
        ("facets × 4, all", "{}"),
        ("facets × 4, open", r#"{"where":{"status_flag":"O"}}"#),
        ("facets × 4, closed + text", r#"{"where":{"status_flag":"C","text":"con"}}"#),
    ] {
        let query = CaseQuery::parse(text).unwrap();
        println!("{name:<36} {:>7} {:>9.3}", "", time(runs, || drop(store.facets(&query, &fields, 100))));
    }
    let options = OverviewOptions::default();
    println!(
        "{:<36} {:>7} {:>9.3}",
        "overview",
        "",
        time(runs, || drop(store.overview(&CaseQuery::default(), &options)))
    );

    // Changes: 100 changed cases with five live queries.
    let live: Vec<u32> = [
        "{}",
        r#"{"where":{"status_flag":"O"}}"#,
        r#"{"where":{"text":"con"}}"#,
        r#"{"sort":[{"by":"title"}],"offset":50000}"#,
        r#"{"where":{"severity":[1,2]},"sort":[{"by":"severity"},{"by":"updated_date","order":"desc"}]}"#,
    ]
    .map(|text| store.add_live_query(CaseQuery::parse(text).unwrap()))
    .into();
    let mut number = 0;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..runs {
        let page: Vec<_> = (0..100)
            .map(|_| {
                number += 1;
                // The dates ascend beyond those of all cases.
                let mut case = long_tail::case(&mut random, number * 97 % cases, cases);
                case.updated_date =
                    long_tail::case(&mut random, cases + round * 100 + number % 100, cases).updated_date;
                case
            })
            .collect();
        let start = Instant::now();
        store.apply_records(&page).unwrap();
        let applied = Instant::now();
        drop(store.refresh_live_queries());
        times[0].push((applied - start).as_secs_f64() * 1e3);
        times[1].push(applied.elapsed().as_secs_f64() * 1e3);
    }
    let [applied, refreshed] = times.map(median);
    println!("100 changed cases: apply {applied:.3}, {} live queries {refreshed:.3}", live.len());
    for _ in 0..195 {
        store.add_live_query(CaseQuery::parse(r#"{"where":{"contract_id":"200001317"},"sort":[{"by":"severity"},{"by":"updated_date","order":"desc"}]}"#).unwrap());
    }
    let mut one = Vec::new();
    for round in 0..runs {
        let mut case = long_tail::case(&mut random, round * 31, cases);
        case.updated_date = long_tail::case(&mut random, cases + 20_000 + round, cases).updated_date;
        store.apply_records(&[case]).unwrap();
        let start = Instant::now();
        drop(store.refresh_live_queries());
        one.push(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("1 changed case, 200 live queries: {:.3}", median(one));

    let rows = store.all_rows(&CaseQuery::default());
    let start = Instant::now();
    let mut export = CaseExport::new(rows, ExportOptions::default());
    let bytes: usize = std::iter::from_fn(|| export.next_piece(&store)).map(|piece| piece.len()).sum();
    println!("CSV of all: {:.0} ms, {:.1} MB", start.elapsed().as_secs_f64() * 1e3, bytes as f64 / 1e6);
}
