//! Bulk calls against the sandbox, whose cases change during the read.
//!
//! The network has latency, and the test controls the clock.

use crate::bulk_simulation::{
    Harness, JobResult, Rng, START_MS, all_cases, changes, checked_of, drive, json, limits, quoted,
};
use cisco_support_case::bulk::{
    BulkJob, BulkOperation, BulkOptions, BulkQuery, Cursor, RequestUsage, bulk_options, estimate,
};
use cisco_support_case::client::RateLimits;
use cisco_support_case::util::Json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

fn options() -> BulkOptions {
    BulkOptions::default()
}

/// Runs a round of `changes` to its end.
fn sync(harness: &mut Harness, params: &str, cursor: Option<&str>, options: &BulkOptions) -> JobResult<String> {
    let mut bulk = changes(harness, params, cursor, options);
    drive(harness, &mut bulk, usize::MAX)
}

/// Runs a bulk read to its end.
fn all(harness: &mut Harness, params: &str) -> JobResult<String> {
    let mut bulk = all_cases(harness, params, &options());
    drive(harness, &mut bulk, usize::MAX)
}

fn ids_of(list: &[(String, i64)]) -> BTreeSet<String> {
    list.iter().map(|(id, _)| id.clone()).collect()
}

#[test]
fn every_case_of_many_contracts_and_years_comes_once() {
    let mut harness = Harness::new(r#"{"cases":20000}"#, 300, limits(0));
    let contracts = harness.contracts(100);
    let params = format!(r#"{{"contract_ids":{},"date_created_from":"2024-01-01T00:00:00Z"}}"#, quoted(&contracts));
    let mut bulk = all_cases(&harness, &params, &options());
    let result = drive(&mut harness, &mut bulk, usize::MAX);
    let mut all = BTreeSet::new();
    for contract in &contracts {
        all.extend(harness.page_by_page(&format!("/cases/contracts/contract_ids/{contract}")).into_keys());
    }
    assert_eq!(result.cases.len(), all.len(), "each once");
    assert_eq!(ids_of(&result.cases), all);
    assert_eq!(result.requests_to_first_case, 6, "the first answer is delivered at once");
    assert!(result.failures.is_empty() && result.missing.is_empty());
}

/// Returns the number of pages of the open cases of these contracts, in batches of ten.
fn pages_of(harness: &mut Harness, contracts: &[String]) -> u32 {
    let mut pages = 0;
    for batch in contracts.chunks(10) {
        let cases = harness.page_by_page(&format!("/cases/contracts/contract_ids/{}?status_flag=O", batch.join(",")));
        pages += u32::try_from(cases.len().div_ceil(100).max(1)).unwrap();
    }
    pages
}

#[test]
fn a_list_takes_two_requests_more_than_pages_and_no_longer_than_the_limit_and_its_ends_let_it() {
    for (per_second, latency_ms) in [(5, 100), (5, 1000), (10, 400), (20, 700)] {
        let mut harness = Harness::new(r#"{"cases":1000000}"#, latency_ms, limits(per_second));
        // The second of the newest update has passed.
        harness.sleep(900_000);
        let contracts = harness.contracts(10);
        let pages = pages_of(&mut harness, &contracts);
        assert!(pages > 100, "{pages}");
        let params = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&contracts));
        let told = bulk_options(&json("{}"), limits(per_second)).unwrap();
        let mut bulk = all_cases(&harness, &params, &told);
        let result = drive(&mut harness, &mut bulk, usize::MAX);
        assert!(result.requests <= pages + 2, "{} requests for {pages} pages", result.requests);
        // Three responses are awaited in sequence (page 1, the last page, the last page again), each up to a quarter
        // longer than the latency.
        let most_ms = i64::from(pages) * 1050 / i64::from(per_second) + 4 * latency_ms;
        println!("{per_second}/s, {latency_ms} ms: {pages} pages, {} ms, at most {most_ms}", result.elapsed_ms);
        assert!(result.elapsed_ms <= most_ms, "{} ms instead of {most_ms}", result.elapsed_ms);
    }
}

#[test]
fn a_bulk_read_of_many_lists_goes_as_fast_as_its_limit_lets_it() {
    for (per_second, latency_ms) in [(5, 300), (10, 400), (20, 150)] {
        let mut harness = Harness::new(r#"{"cases":1000000}"#, latency_ms, limits(per_second));
        harness.sleep(900_000);
        let contracts = harness.contracts(100);
        let pages = pages_of(&mut harness, &contracts);
        let params = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&contracts));
        let told = bulk_options(&json("{}"), limits(per_second)).unwrap();
        let mut bulk = all_cases(&harness, &params, &told);
        let result = drive(&mut harness, &mut bulk, usize::MAX);
        assert!(result.requests <= pages + 2 * 10, "{} requests for {pages} pages", result.requests);
        let ideal_ms = i64::from(result.requests) * 1000 / i64::from(per_second);
        println!(
            "{per_second}/s, {latency_ms} ms: {pages} pages, {} requests, {} ms, {:.3}",
            result.requests,
            result.elapsed_ms,
            result.elapsed_ms as f64 / ideal_ms as f64
        );
        assert!(result.elapsed_ms * 100 <= ideal_ms * 105, "{} ms instead of {ideal_ms}", result.elapsed_ms);
    }
}

#[test]
fn nothing_is_lost_while_the_sandbox_moves() {
    for seed in 0..12 {
        let text = format!(r#"{{"cases":4000,"seed":{seed},"movesPerHour":{}}}"#, [0, 5_000, 20_000, 60_000][seed % 4]);
        let mut harness = Harness::new(&text, 400, limits(5));
        let contracts = harness.contracts(25);
        let flag =
            ["", r#","status_flag":"O","range":"undated""#, r#","date_created_from":"2024-01-01T00:00:00Z""#][seed % 3];
        let path = |contract: &String| {
            let flag = if flag.contains("\"O\"") { "?status_flag=O" } else { "" };
            format!("/cases/contracts/contract_ids/{contract}{flag}")
        };
        let before: BTreeSet<String> =
            contracts.iter().flat_map(|id| harness.page_by_page(&path(id)).into_keys()).collect();
        let flag = if flag.is_empty() { r#","date_created_from":"2024-03-01T00:00:00Z""# } else { flag };
        let params = format!(r#"{{"contract_ids":{}{flag}}}"#, quoted(&contracts));
        let mut bulk = all_cases(&harness, &params, &options());
        let result = drive(&mut harness, &mut bulk, usize::MAX);
        let after: BTreeSet<String> =
            contracts.iter().flat_map(|id| harness.page_by_page(&path(id)).into_keys()).collect();
        assert!(result.failures.is_empty(), "{:?} of seed {seed}", result.failures);
        let given = ids_of(&result.cases);
        // A case that left and returned may be absent; the sandbox reopens few, and none is lost here.
        let lost: Vec<_> = before.intersection(&after).filter(|id| !given.contains(*id)).collect();
        assert!(lost.is_empty(), "lost {lost:?} of seed {seed}");
        let mut newest = BTreeMap::new();
        for (id, updated) in result.cases {
            if let Some(known) = newest.insert(id, updated) {
                assert!(known < updated);
            }
        }
    }
}

#[test]
fn who_is_broken_off_anywhere_goes_on_with_the_next_case() {
    for seed in 0..40 {
        let mut harness = Harness::new(r#"{"cases":3000,"movesPerHour":0}"#, 200, limits(0));
        let contracts = harness.contracts(12);
        let filter = ["", r#","where":{"severity":[1,3]}"#][seed as usize % 2];
        let params =
            format!(r#"{{"contract_ids":{},"date_created_from":"2024-03-01T00:00:00Z"{filter}}}"#, quoted(&contracts));
        let mut whole = all_cases(&harness, &params, &options());
        let whole = drive(&mut harness, &mut whole, usize::MAX);
        let (mut given, mut token) = (Vec::new(), None);
        let mut rng = Rng(seed);
        for part in 0.. {
            assert!(part < 200);
            let options = BulkOptions { resume: token.take(), ..options() };
            let mut bulk = all_cases(&harness, &params, &options);
            let most = if part < 30 { rng.below(250) as usize } else { usize::MAX };
            let result = drive(&mut harness, &mut bulk, most);
            let count = result.cases.len();
            given.extend(result.cases);
            assert!(result.checkpoint.len() < 6000, "{}", result.checkpoint);
            if count < most {
                break;
            }
            token = Some(result.checkpoint);
        }
        assert_eq!(given.len(), whole.cases.len(), "of {seed}");
        assert_eq!(ids_of(&given), ids_of(&whole.cases));
    }
}

#[test]
fn a_token_of_something_else_is_refused() {
    let harness = Harness::new(r#"{"cases":100}"#, 10, limits(0));
    let params = r#"{"contract_ids":["1"],"date_created_from":"2026-01-01T00:00:00Z"}"#;
    let token = all_cases(&harness, params, &options()).checkpoint(0);
    for (params, resume) in [
        (r#"{"contract_ids":["2"],"date_created_from":"2026-01-01T00:00:00Z"}"#, token.clone()),
        (r#"{"contract_ids":["1"],"date_created_from":"2025-01-01T00:00:00Z"}"#, token.clone()),
        (params, "{}".to_owned()),
        (params, "nothing".to_owned()),
        (params, token.replacen("\":\"C", "\":\"D", 1)),
        (params, token.replacen("\":\"C", "\":\"", 1)),
        (params, token.replace("\"}", "A\"}")),
        (params, token.replace("state", "State")),
    ] {
        let asked = BulkQuery::check(&json(params), BulkOperation::AllCases).unwrap();
        let options = BulkOptions { resume: Some(resume.clone()), ..options() };
        let refused = BulkJob::new(asked, BulkOperation::AllCases, &options, None, START_MS).unwrap_err();
        assert_eq!(refused.field, "resume", "{resume}");
    }
    let asked = BulkQuery::check(&json(params), BulkOperation::AllCases).unwrap();
    let options = BulkOptions { resume: Some(token), ..options() };
    assert!(BulkJob::new(asked, BulkOperation::AllCases, &options, None, START_MS).is_ok());
}

#[test]
fn summaries_of_any_number_come_in_the_order_asked_and_a_bad_id_costs_itself_alone() {
    let mut harness = Harness::new(r#"{"cases":3000}"#, 100, limits(0));
    let contract = harness.contracts(1);
    let known = harness.page_by_page(&format!("/cases/contracts/contract_ids/{}", contract[0]));
    let mut ids: Vec<String> = known.into_keys().collect();
    assert!(ids.len() > 150);
    ids.reverse();
    let good = ids.clone();
    for at in [0, 40, 41, 100] {
        ids.insert(at, format!("70999{at:04}"));
    }
    ids.push(good[3].clone());
    let params = format!(r#"{{"case_ids":{}}}"#, quoted(&ids));
    let mut bulk = all_cases(&harness, &params, &options());
    let result = drive(&mut harness, &mut bulk, usize::MAX);
    assert_eq!(result.cases.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), good);
    assert_eq!(result.missing.len(), 4);
    assert_eq!(result.requests as usize, (good.len() + 4).div_ceil(30));
    // If the service rejects a batch because of one id, the batch is halved until that id is alone.
    let only = format!(r#"{{"case_ids":{}}}"#, quoted(&["709990001".to_owned(), "709990002".to_owned()]));
    let mut bulk = all_cases(&harness, &only, &options());
    let result = drive(&mut harness, &mut bulk, usize::MAX);
    assert_eq!(
        result.failures.iter().flat_map(|failure| failure.ids.clone()).collect::<Vec<_>>(),
        ["709990001", "709990002"]
    );
}

#[test]
fn a_user_that_the_service_does_not_know_costs_itself_alone() {
    let mut harness = Harness::new(r#"{"cases":3000}"#, 100, limits(0));
    let info = harness.sandbox.info();
    let Some(Json::Array(users)) = info.get("user_ids") else { panic!() };
    let mut users: Vec<String> = users.iter().take(20).map(|id| id.as_str().unwrap().to_owned()).collect();
    users.push(users[0].to_uppercase());
    let of =
        |users: &[String]| format!(r#"{{"user_ids":{},"date_created_from":"2025-06-01T00:00:00Z"}}"#, quoted(users));
    let known = all(&mut harness, &of(&users));
    // Failures of single ids do not count towards the limit that ends a read, and each is reported once for all
    // windows.
    let nobody: Vec<String> = (0..12).map(|n| format!("nobody{n}")).collect();
    for (at, id) in nobody.iter().enumerate() {
        users.insert(at * 2, id.clone());
    }
    for batch_size in [1, 10] {
        let some = BulkOptions { batch_size: Some(batch_size), ..options() };
        let mut bulk = all_cases(&harness, &of(&users), &some);
        let result = drive(&mut harness, &mut bulk, usize::MAX);
        let failed: Vec<String> = result.failures.iter().flat_map(|failure| failure.ids.clone()).collect();
        // In a batch with known ids the service omits unknown ones.
        let expected: &[String] = if batch_size == 1 { &nobody } else { &[] };
        assert_eq!(failed.iter().collect::<BTreeSet<_>>(), expected.iter().collect());
        assert_eq!(failed.len(), expected.len());
        assert_eq!(ids_of(&result.cases), ids_of(&known.cases));
    }
}

#[test]
fn more_ids_than_the_service_takes_are_asked_for_one_by_one() {
    let mut harness = Harness::new(r#"{"cases":3000}"#, 100, limits(0));
    harness.sandbox.fault(&json(r#"{"name":"one_contract"}"#)).unwrap();
    let contracts = harness.contracts(10);
    let params = format!(r#"{{"contract_ids":{},"date_created_from":"2026-04-01T00:00:00Z"}}"#, quoted(&contracts));
    let mut bulk = all_cases(&harness, &params, &options());
    let result = drive(&mut harness, &mut bulk, usize::MAX);
    harness.sandbox.clear_faults();
    let mut all = BTreeSet::new();
    for contract in &contracts {
        all.extend(
            harness
                .page_by_page(&format!(
                    "/cases/contracts/contract_ids/{contract}?date_created_from=2026-04-01T00:00:00Z"
                ))
                .into_keys(),
        );
    }
    assert_eq!(ids_of(&result.cases), all, "{result:?}");
    assert!(result.failures.is_empty());
}

#[test]
fn what_fails_is_listed_and_asked_for_again_by_who_goes_on() {
    let mut harness = Harness::new(r#"{"cases":3000}"#, 100, limits(0));
    let contracts = harness.contracts(30);
    let params = format!(r#"{{"contract_ids":{},"date_created_from":"2024-03-01T00:00:00Z"}}"#, quoted(&contracts));
    let mut whole = all_cases(&harness, &params, &options());
    let whole = drive(&mut harness, &mut whole, usize::MAX);
    harness.sandbox.fault(&json(r#"{"name":"UNKNOWN_FAILURE","rate":0.3}"#)).unwrap();
    let mut bulk = all_cases(&harness, &params, &options());
    let result = drive(&mut harness, &mut bulk, usize::MAX);
    assert!(!result.failures.is_empty() || result.is_stopped, "{result:?}");
    assert!(result.cases.len() < whole.cases.len());
    harness.sandbox.clear_faults();
    let resumed = BulkOptions { resume: Some(result.checkpoint), ..options() };
    let mut bulk = all_cases(&harness, &params, &resumed);
    let rest = drive(&mut harness, &mut bulk, usize::MAX);
    assert_eq!(result.cases.len() + rest.cases.len(), whole.cases.len());
    assert_eq!(&ids_of(&result.cases) | &ids_of(&rest.cases), ids_of(&whole.cases));
}

#[test]
fn a_spent_quota_ends_it_and_it_goes_on_later() {
    let mut harness = Harness::new(r#"{"cases":3000}"#, 100, RateLimits { per_day: 10, ..limits(0) });
    let contracts = harness.contracts(30);
    let params = format!(r#"{{"contract_ids":{},"date_created_from":"2024-03-01T00:00:00Z"}}"#, quoted(&contracts));
    let mut bulk = all_cases(&harness, &params, &options());
    let result = drive(&mut harness, &mut bulk, usize::MAX);
    assert!(result.is_stopped);
    assert_eq!(harness.sent, 10);
}

#[test]
fn details_of_many_cases_stay_within_a_budget_and_come_newest_first() {
    let mut harness = Harness::new(r#"{"cases":3000}"#, 100, limits(0));
    let contract = harness.contracts(1);
    let ids: Vec<String> =
        harness.page_by_page(&format!("/cases/contracts/contract_ids/{}", contract[0])).into_keys().collect();
    let params = json(&format!(r#"{{"case_ids":{}}}"#, quoted(&ids)));
    let all_details = |options: &BulkOptions| {
        BulkJob::new(
            BulkQuery::check(&params, BulkOperation::AllDetails).unwrap(),
            BulkOperation::AllDetails,
            options,
            None,
            START_MS,
        )
        .unwrap()
    };
    let few = BulkOptions { max_requests: Some(20), ..options() };
    let result = drive(&mut harness, &mut all_details(&few), usize::MAX);
    assert_eq!(result.requests, 20);
    let mut newest = ids.clone();
    newest.sort();
    newest.reverse();
    assert_eq!(result.cases.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), newest[..20]);
    // The next call resumes at the same position.
    let next = BulkOptions { resume: Some(result.checkpoint), ..few };
    let more = drive(&mut harness, &mut all_details(&next), usize::MAX);
    assert_eq!(more.cases[0].0, newest[20]);
    let bytes = BulkOptions { max_bytes: Some(60_000), ..options() };
    let result = drive(&mut harness, &mut all_details(&bytes), usize::MAX);
    assert!((40_000..90_000).contains(&result.bytes), "{}", result.bytes);
}

#[test]
fn a_quiet_round_costs_a_request_a_list_and_a_busy_one_tells_everything() {
    let mut harness = Harness::new(r#"{"cases":20000}"#, 100, limits(0));
    let contracts = harness.contracts(40);
    let params = format!(r#"{{"contract_ids":{},"date_created_from":"2025-09-01T00:00:00Z"}}"#, quoted(&contracts));
    let result = sync(&mut harness, &params, None, &options());
    let mut held: BTreeMap<String, i64> = result.cases.iter().cloned().collect();
    let lists = 4 * 4;
    let quiet = sync(&mut harness, &params, Some(&result.checkpoint), &options());
    assert!(quiet.cases.is_empty(), "{:?}", quiet.cases);
    assert!(quiet.requests <= lists, "{} requests for {lists} lists", quiet.requests);
    assert!(result.checkpoint.len() < lists as usize * 2048);
    // From here on cases change, and each round delivers the changes since the previous one.
    let mut token = quiet.checkpoint;
    for round in 0..20 {
        harness.stir(&contracts, 30);
        let budget = BulkOptions { max_requests: Some(10_000), ..options() };
        let result = sync(&mut harness, &params, Some(&token), &budget);
        token = result.checkpoint;
        for (id, updated) in result.cases {
            held.insert(id, updated);
        }
        let from = "?date_created_from=2025-09-01T00:00:00Z";
        let mut now = BTreeMap::new();
        for contract in &contracts {
            now.extend(harness.page_by_page(&format!("/cases/contracts/contract_ids/{contract}{from}")));
        }
        assert_eq!(held, now, "round {round}");
    }
}

#[test]
fn what_left_the_open_list_is_closed_or_gone() {
    let mut harness = Harness::new(r#"{"cases":20000}"#, 100, limits(0));
    let contracts = harness.contracts(30);
    let params = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&contracts));
    let result = sync(&mut harness, &params, None, &options());
    let mut held: BTreeMap<String, i64> = result.cases.iter().cloned().collect();
    let mut token = result.checkpoint;
    assert!(token.len() < checked_of(&token).len() * 2048, "{}", token.len());
    let (mut closed, mut gone) = (0, 0);
    for round in 0..20 {
        harness.stir(&contracts, 15);
        // One case moves to a contract outside the query.
        let away = held.keys().nth(round).unwrap().clone();
        harness.sandbox.put(&json(&format!(r#"{{"case_id":"{away}","contract_id":"99{round:06}"}}"#))).unwrap();
        let result = sync(&mut harness, &params, Some(&token), &options());
        println!("{:?} {:?} {:?} {}", result.closed, result.gone, result.missing, result.requests);
        token = result.checkpoint;
        held.extend(result.cases);
        closed += result.closed.len();
        gone += result.gone.len();
        for id in result.closed.iter().chain(&result.gone) {
            assert!(held.remove(id).is_some(), "{id} was not held");
        }
        let mut now = BTreeMap::new();
        for contract in &contracts {
            now.extend(harness.page_by_page(&format!("/cases/contracts/contract_ids/{contract}?status_flag=O")));
        }
        assert_eq!(held, now, "round {round}");
    }
    assert!(closed > 5 && gone > 10, "{closed} closed, {gone} gone");
}

#[test]
fn contracts_come_and_go_with_a_cursor_and_other_filters_are_refused() {
    let mut harness = Harness::new(r#"{"cases":20000}"#, 100, limits(0));
    let contracts = harness.contracts(31);
    let params = |ids: &[String]| format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(ids));
    let first = sync(&mut harness, &params(&contracts[..20]), None, &options());
    // Five contracts are dropped and eleven added: the added ones are read in full, and no case of the dropped ones is
    // reported as closed or gone.
    let next = sync(&mut harness, &params(&contracts[5..]), Some(&first.checkpoint), &options());
    let mut added = BTreeSet::new();
    for contract in &contracts[20..] {
        added.extend(
            harness.page_by_page(&format!("/cases/contracts/contract_ids/{contract}?status_flag=O")).into_keys(),
        );
    }
    assert_eq!(ids_of(&next.cases), added);
    assert!(next.closed.is_empty() && next.gone.is_empty(), "{:?} {:?}", next.closed, next.gone);
    let quiet = sync(&mut harness, &params(&contracts[5..]), Some(&next.checkpoint), &options());
    assert!(quiet.cases.is_empty());
    for other in [
        r#""status_flag":"C""#,
        r#""status_flag":"O","date_created_from":"2026-01-01T00:00:00Z""#,
        r#""status_flag":"O","range":"windows""#,
    ] {
        let params = format!(r#"{{"contract_ids":["1"],{other}}}"#);
        let asked = BulkQuery::check(&json(&params), BulkOperation::Changes).unwrap();
        assert_eq!(Cursor::parse(&first.checkpoint, &asked).unwrap_err().field, "cursor");
    }
}

#[test]
fn a_round_stays_within_its_budget_and_older_windows_take_turns_where_that_is_asked_for() {
    let mut harness = Harness::new(r#"{"cases":20000}"#, 100, limits(0));
    let contracts = harness.contracts(50);
    let params = format!(r#"{{"contract_ids":{},"date_created_from":"2022-01-01T00:00:00Z"}}"#, quoted(&contracts));
    let result = sync(&mut harness, &params, None, &options());
    let lists = checked_of(&result.checkpoint);
    assert!(lists.len() == 5 * 18 && lists.iter().all(|checked| *checked > 0), "all of them were read");
    let mut token = result.checkpoint;
    let begin = harness.clock().unix_ms;
    for round in 0..8 {
        harness.sleep(86_400_000);
        let rotated = BulkOptions { rotate_older: true, ..options() };
        let result = sync(&mut harness, &params, Some(&token), &rotated);
        assert!(result.requests as usize <= 10 + 80 / 7 + 6, "{} in round {round}", result.requests);
        token = result.checkpoint;
    }
    assert!(checked_of(&token).iter().all(|checked| *checked > begin), "every list had its turn");
    let budget = BulkOptions { max_requests: Some(12), ..options() };
    let result = sync(&mut harness, &params, Some(&token), &budget);
    assert_eq!(result.requests, 12);
    harness.sleep(86_400_000);
    let begin = harness.clock().unix_ms - 1000;
    let result = sync(&mut harness, &params, Some(&result.checkpoint), &options());
    assert!(result.requests as usize <= 90 + 6, "{}", result.requests);
    let late = checked_of(&result.checkpoint).iter().filter(|checked| **checked < begin).count();
    assert_eq!(late, 0, "every list was read");
}

/// Counts the unreported changes after a night of mutations and one round of each kind.
///
/// All rounds start from the same cursor. The guide quotes these figures.
#[test]
fn a_nightly_round_leaves_no_change_untold_unless_older_windows_take_turns() {
    let mut harness = Harness::new(r#"{"cases":100000,"movesPerHour":500}"#, 100, limits(0));
    let contracts = harness.contracts(200);
    let params = format!(r#"{{"contract_ids":{},"date_created_from":"2023-06-01T00:00:00Z"}}"#, quoted(&contracts));
    let first = sync(&mut harness, &params, None, &options());
    let all_of = |harness: &mut Harness| -> BTreeMap<String, i64> {
        let path = |ids: &[String]| {
            format!("/cases/contracts/contract_ids/{}?date_created_from=2023-06-01T00:00:00Z", ids.join(","))
        };
        contracts.chunks(10).flat_map(|ids| harness.page_by_page(&path(ids))).collect()
    };
    let held = all_of(&mut harness);
    harness.sleep(24 * 3_600_000);
    let changed: Vec<String> =
        all_of(&mut harness).into_iter().filter(|(id, at)| held.get(id) != Some(at)).map(|(id, _)| id).collect();
    assert!(changed.len() > 200);
    let mut figures = Vec::new();
    for rotates in [false, true] {
        let options = BulkOptions { rotate_older: rotates, ..options() };
        let result = sync(&mut harness, &params, Some(&first.checkpoint), &options);
        let told = ids_of(&result.cases);
        let untold = changed.iter().filter(|id| !told.contains(*id)).count();
        figures.push((checked_of(&result.checkpoint).len(), result.requests, untold * 100 / changed.len()));
        assert!(rotates || untold == 0, "{untold} of {}", changed.len());
    }
    assert_eq!(
        figures,
        [(260, 297, 0), (260, 92, 45)],
        "lists, requests, untold of a hundred changes; {}",
        changed.len()
    );
}

#[test]
fn what_is_asked_in_bulk_is_checked_before_anything_is_sent() {
    for (params, purpose, field) in [
        ("[]", BulkOperation::AllCases, "params"),
        ("{}", BulkOperation::AllCases, "contract_ids"),
        (r#"{"contract_ids":["1"],"user_ids":["a"]}"#, BulkOperation::AllCases, "user_ids"),
        (r#"{"contract_ids":["1",2]}"#, BulkOperation::AllCases, "contract_ids"),
        (r#"{"contract_ids":["1"],"from":"2026-01-01T00:00:00Z"}"#, BulkOperation::AllCases, "from"),
        (r#"{"contract_ids":["1"],"date_created_from":"yesterday"}"#, BulkOperation::AllCases, "date_created_from"),
        (
            r#"{"contract_ids":["1"],"date_created_from":"2026-01-02T00:00:00Z","date_created_to":"2026-01-01T00:00:00Z"}"#,
            BulkOperation::AllCases,
            "date_created_to",
        ),
        (r#"{"contract_ids":["1"],"range":"undated"}"#, BulkOperation::AllCases, "range"),
        (r#"{"contract_ids":["1"],"status_flag":"X"}"#, BulkOperation::AllCases, "status_flag"),
        (r#"{"contract_ids":["1"],"where":{"severity":5}}"#, BulkOperation::AllCases, "where.severity"),
        (r#"{"contract_ids":["1"],"where":{"severity":[]}}"#, BulkOperation::AllCases, "where.severity"),
        (r#"{"contract_ids":["1"],"where":{"status":[]}}"#, BulkOperation::Changes, "where.status"),
        (r#"{"contract_ids":["1"],"where":{"owner":"x"}}"#, BulkOperation::AllCases, "where.owner"),
        (r#"{"contract_ids":["1"],"where":["x"]}"#, BulkOperation::AllCases, "where"),
        (
            r#"{"case_ids":["1"],"date_created_from":"2026-01-01T00:00:00Z"}"#,
            BulkOperation::AllCases,
            "date_created_from",
        ),
        (r#"{"case_ids":["1"]}"#, BulkOperation::Changes, "case_ids"),
        (
            r#"{"contract_ids":["1"],"date_created_to":"2026-01-01T00:00:00Z"}"#,
            BulkOperation::Changes,
            "date_created_to",
        ),
        (r#"{"contract_ids":["1"]}"#, BulkOperation::AllDetails, "contract_ids"),
    ] {
        let problems = BulkQuery::check(&json(params), purpose).unwrap_err();
        assert!(problems.iter().any(|problem| problem.field == field), "{params}: {problems:?}");
    }
    let asked = BulkQuery::check(&json(r#"{"user_ids":["Ann"," ann","ANN","bob"]}"#), BulkOperation::AllCases).unwrap();
    assert_eq!(asked.ids, ["Ann", "bob"]);
    // Without ids there is nothing to read.
    let none = BulkQuery::check(&json(r#"{"contract_ids":[]}"#), BulkOperation::AllCases).unwrap();
    assert!(none.ids.is_empty());
}

#[test]
fn the_values_of_a_filter_have_no_order() {
    let query = |filter: &str| {
        let params = format!(r#"{{"contract_ids":["1"],"status_flag":"O","where":{filter}}}"#);
        BulkQuery::check(&json(&params), BulkOperation::Changes).unwrap()
    };
    let first = query(r#"{"severity":[1,2],"status":["Customer Pending","Closed"]}"#);
    // The hash of the query, by which a cursor is accepted, is that of its values.
    assert_eq!(query(r#"{"severity":[2,1,2],"status":["closed","customer pending"]}"#), first);
    assert_eq!(query(r#"{"status":["customer pending","closed","CUSTOMER PENDING"],"severity":[1,2]}"#), first);
    assert_ne!(query(r#"{"severity":[1,3],"status":["Customer Pending","Closed"]}"#), first);
}

#[test]
fn the_time_to_plan_a_round_does_not_grow_with_the_square_of_its_lists() {
    let ids: Vec<String> = (0..6400).map(|n| format!("{}", 1_000_000 + n)).collect();
    let query = BulkQuery::check(&json(&format!(r#"{{"contract_ids":{}}}"#, quoted(&ids))), BulkOperation::Changes);
    let since = Instant::now();
    let mut job = BulkJob::new(query.unwrap(), BulkOperation::Changes, &options(), None, START_MS).unwrap();
    assert!(job.next_request(RequestUsage::default()).is_some());
    // 70,000 lists take 0.2 s; to compare each with all others took more than a hundred times as long.
    assert!(since.elapsed().as_secs() < 5, "{:?}", since.elapsed());
}

#[test]
fn the_filter_is_applied_to_what_comes() {
    let mut harness = Harness::new(r#"{"cases":2000}"#, 100, limits(0));
    let contracts = harness.contracts(5);
    let of = |filter: &str| format!(r#"{{"contract_ids":{},"status_flag":"O"{filter}}}"#, quoted(&contracts));
    let every = all(&mut harness, &of("")).cases.len();
    let one = all(&mut harness, &of(r#","where":{"severity":[1,2]}"#));
    let two = all(&mut harness, &of(r#","where":{"severity":[3,4]}"#));
    assert_eq!(one.cases.len() + two.cases.len(), every);
    assert!(!one.cases.is_empty());
    let status = of(r#","where":{"status":"customer pending"}"#);
    let status = all(&mut harness, &status).cases.len();
    assert!(status > 0 && status < every);
}

#[test]
fn an_estimate_counts_lists_and_what_the_limits_make_of_them() {
    let ids: Vec<String> = (0..500).map(|n| format!("{}", 1000 + n)).collect();
    let asked = format!(r#"{{"contract_ids":{},"date_created_from":"2019-01-01T00:00:00Z"}}"#, quoted(&ids));
    let asked = BulkQuery::check(&json(&asked), BulkOperation::AllCases).unwrap();
    let limits = RateLimits { per_second: 5, per_minute: 0, per_day: 1000, max_concurrent: 0 };
    let told = estimate(&asked, &options(), limits, 1.0, START_MS);
    // 50 batches in 31 windows.
    assert_eq!((told.requests, told.days), (1550, 2));
    assert_eq!(told.at_least_seconds, 86_400);
}

impl Harness {
    /// Creates, updates, closes or reopens a number of cases of these contracts.
    fn stir(&mut self, contracts: &[String], times: u64) {
        for _ in 0..times {
            let pause = 1000 * (1 + self.rng.below(3) as i64);
            self.sleep(pause);
            let contract = &contracts[self.rng.below(contracts.len() as u64) as usize];
            let cases: Vec<String> =
                self.page_by_page(&format!("/cases/contracts/contract_ids/{contract}")).into_keys().collect();
            let case = cases.get(self.rng.below(cases.len() as u64) as usize).cloned().unwrap_or_default();
            let text = match self.rng.below(4) {
                0 => format!(
                    r#"{{"case_id":"70{:07}","contract_id":"{contract}","user_id":"directcust4"}}"#,
                    9_000_000 + self.rng.below(900_000)
                ),
                1 => format!(r#"{{"case_id":"{case}","status_flag":"C","status":"Closed"}}"#),
                2 => format!(r#"{{"case_id":"{case}","status":"Cisco Pending"}}"#),
                _ => format!(r#"{{"case_id":"{case}","title":"Changed {}"}}"#, self.now),
            };
            self.sandbox.put(&json(&text)).unwrap();
        }
        self.sleep(2000);
    }
}
