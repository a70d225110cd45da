//! Test cases for the lookups that the package repeats in TypeScript, with the results of Rust.

mod random_values;

use crate::differential::rng::Rng;
use cisco_support_case::bulk::{BulkOperation, BulkQuery, bulk_options, decode_call, encode_call, estimate, sample};
use cisco_support_case::client::{
    ClientConfig, Engine, Environment, Now, RateLimits, TokenSource, call_options, checked_call_options,
    checked_options, client_options,
};
use cisco_support_case::error::{ErrorRow, explain};
use cisco_support_case::model::{CaseRecord, CaseStatus, PaginationRecord, StatusFlag};
use cisco_support_case::paging::{next_page_index, previous_page_index};
use cisco_support_case::rules::parse_ids;
use cisco_support_case::util::Json;
use random_values::*;
use std::collections::HashMap;

/// Number of random cases of each kind.
const CASES: usize = 20_000;

/// Returns a case of a bulk call.
///
/// It contains the problems, or the input of the wasm, the estimate and some of the lists.
fn bulk_case(rng: &mut Rng, tally: &mut HashMap<String, usize>) -> String {
    let (name, purpose) = *rng.pick(&[
        ("allCases", BulkOperation::AllCases),
        ("changes", BulkOperation::Changes),
        ("allDetails", BulkOperation::AllDetails),
    ]);
    let (params, options) = (bulk_params(rng, purpose), bulk_options_of(rng));
    let mut limits = RateLimits::default();
    (limits.per_second, limits.per_minute, limits.per_day) =
        (*rng.pick(&[0, 1, 5, 40, 1_000_000]), *rng.pick(&[0, 1, 30, 500]), *rng.pick(&[0, 1, 100, 5000]));
    let (asked, told) = (BulkQuery::check(&params, purpose), bulk_options(&options, limits));
    let mut line = format!(
        "{{\"bulk\":\"{name}\",\"params\":{},\"options\":{}",
        params.to_json_string(),
        options.to_json_string()
    );
    line += &format!(",\"limits\":[{},{},{}]", limits.per_second, limits.per_minute, limits.per_day);
    if let (Ok(asked), Ok(told)) = (&asked, &told) {
        *tally.entry(format!("a {name} accepted")).or_default() += 1;
        // Decoding the encoded call gives the same values.
        let lines = encode_call(purpose, asked, told);
        assert_eq!(decode_call(&lines), (purpose, asked.clone(), told.clone()));
        let (count, pages, unix_ms) = (rng.below(6), *rng.pick(&[1.0, 1.25, 7.1, 1e9]), 1_790_000_000_123);
        let taken = estimate(asked, told, limits, pages, unix_ms);
        let lists = sample(asked, told, u32::try_from(count).unwrap(), unix_ms);
        line +=
            &format!(",\"asked\":{},\"told\":{}", asked.to_json().to_json_string(), told.to_json().to_json_string());
        line += &format!(",\"lines\":{}", text_of(&lines));
        line += &format!(",\"at\":[{unix_ms},{pages},{count}],\"sample\":{lists}");
        line += &format!(",\"takes\":[{},{},{}]", taken.requests, taken.at_least_seconds, taken.days);
    }
    let problems = [asked.err().unwrap_or_default(), told.err().unwrap_or_default()].concat();
    let written = problems.iter().map(|problem| {
        // Problems quote many different dates, which the tally ignores.
        let expected = problem.expected.split_once('(').map_or(problem.expected.as_str(), |(expected, _)| expected);
        *tally.entry(expected.to_owned()).or_default() += 1;
        let mut out = String::new();
        problem.write_json(&mut out);
        out
    });
    line + &format!(",\"problems\":{}}}\n", array(written))
}

/// Returns a client's complete configuration as text.
fn said(config: &ClientConfig) -> String {
    let ClientConfig {
        base_url,
        token,
        headers,
        timeout_ms,
        max_retries,
        backoff,
        rate_limits,
        validation,
        emits_events: watched,
        isolated,
    } = config;
    let token = match token {
        TokenSource::None => Vec::new(),
        TokenSource::Fixed(token) => vec![token.clone()],
        TokenSource::Provider => vec!["a provider".to_owned(); 2],
        TokenSource::Credentials(it) => {
            vec![it.client_id.clone(), it.client_secret.clone(), it.token_url.clone(), it.cached.to_string()]
        }
    };
    let numbers = (timeout_ms, max_retries, backoff, rate_limits, validation, watched, isolated);
    format!("{} {token:?} {headers:?} {numbers:?}", base_url.as_str())
}

/// Returns a variant of a code's spelling.
fn spelled(rng: &mut Rng, code: &str) -> String {
    let mut text: String = match rng.below(6) {
        0 => code.to_owned(),
        1 => code.to_lowercase(),
        2 => code.to_uppercase().replace(' ', "_"),
        3 => code.chars().filter(|_| !rng.permille(30)).collect(),
        4 => code.chars().flat_map(|c| if rng.permille(50) { vec![*rng.pick(&ODD), c] } else { vec![c] }).collect(),
        _ => code.replace([' ', '_'], &odd_text(rng, 2)),
    };
    let fronts =
        ["ERR_403_DEVELOPER_", "ERR_", "403 ", "Account ", "developer-", "err 4034 ", "ERR__", "_", "１２３ ", "404"];
    while rng.permille(350) {
        let front: &&str = rng.pick(&fronts);
        text.insert_str(0, front);
    }
    if rng.permille(100) {
        let end: &&str = rng.pick(&["_", " ", "!", "_ERR", " 403"]);
        text.push_str(end);
    }
    text
}

fn array<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(","))
}

fn text_of(text: &str) -> String {
    Json::from(text).to_json_string()
}

fn or_null(number: Option<u32>) -> String {
    number.map_or("null".to_owned(), |number| number.to_string())
}

/// Writes the cases of all lookups, one line of JSON each.
#[test]
#[ignore = "writes a file for other suites, to where LOOKUPS says"]
fn cases_for_the_package_are_written() {
    let path = std::env::var_os("LOOKUPS").expect("LOOKUPS names the file");
    let rng = &mut Rng::new(17);
    let mut lines = String::new();
    for _ in 0..CASES {
        let text = odd_text(rng, 40);
        let ids = array(parse_ids(&text).iter().map(|id| text_of(id)));
        lines.push_str(&format!("{{\"text\":{},\"ids\":{ids}}}\n", text_of(&text)));
    }
    let index = |row: &&ErrorRow| row.table_index().unwrap();
    let mut explained = |code: &str, status: u16| {
        let found = array(explain(code, (status > 0).then_some(status)).iter().map(index));
        lines.push_str(&format!("{{\"code\":{},\"status\":{status},\"rows\":{found}}}\n", text_of(code)));
    };
    let statuses = [0, 200, 400, 401, 403, 404, 414, 415, 429, 500, 502, 503, 504, 596, 65535];
    for name in
        rows().flat_map(|row| row.spellings()).chain(["", "_", "ERR", "ERR_403", "403", "__proto__", "constructor"])
    {
        for status in statuses {
            explained(name, status);
        }
        for _ in 0..40 {
            explained(&spelled(rng, name), *rng.pick(&statuses));
        }
    }
    let indices = [0, 1, 2, 3, 5, 59, 60, u32::MAX - 1, u32::MAX];
    for (page_index, last_index) in indices.into_iter().flat_map(|page| indices.map(|last| (page, last))) {
        let mut record = PaginationRecord::default();
        (record.page_index, record.last_index) = (page_index, last_index);
        let (next, previous) = (or_null(next_page_index(&record)), or_null(previous_page_index(&record)));
        lines.push_str(&format!("{{\"pages\":[{page_index},{last_index}],\"next\":{next},\"previous\":{previous}}}\n"));
    }
    for flag in StatusFlag::ALL.map(Some).into_iter().chain([None]) {
        for status in CaseStatus::documented().chain(["", "closed", "Waiting for Parts"]) {
            let mut case = CaseRecord::default();
            (case.status_flag, case.status) = (flag, CaseStatus::from(status));
            let (flag, status) = (text_of(flag.map_or("", StatusFlag::as_str)), text_of(status));
            lines.push_str(&format!("{{\"status_flag\":{flag},\"status\":{status},\"open\":{}}}\n", case.is_open()));
        }
    }
    let mut tally: HashMap<String, usize> = HashMap::new();
    for _ in 0..CASES {
        let (options, mut place) = (options(rng), Environment::default());
        let origins = ["", "https://portal.example", "HTTP://localhost:8080", "null", "file://"];
        let origin = *rng.pick(&origins);
        place.in_page = rng.permille(200);
        place.has_provider = rng.permille(200);
        place.has_cache = rng.permille(150);
        place.origin = Some(origin).filter(|origin| !origin.is_empty());
        let result = match client_options(&options, place) {
            Ok(config) => {
                // Parsing the checked options again gives the same configuration.
                assert_eq!(said(&checked_options(&options, place)), said(&config), "{}", options.to_json_string());
                *tally.entry("accepted".to_owned()).or_default() += 1;
                let budget =
                    Engine::<(), ()>::new(config, 7).budget(Now { monotonic_ms: 5, unix_ms: 1_700_000_000_000 });
                let used = [budget.second, budget.minute, budget.day, budget.concurrent].map(|used| {
                    let limit = (used.limit > 0).then_some(used.limit);
                    array([or_null(limit), used.used.to_string(), or_null(used.left)])
                });
                let slot = or_null(budget.next_slot_in_ms.and_then(|ms| u32::try_from(ms).ok()));
                format!("\"problems\":[],\"budget\":{}", array([array(used), budget.waiting.to_string(), slot]))
            }
            Err(problems) => {
                let written = problems.iter().map(|problem| {
                    *tally.entry(problem.expected.clone()).or_default() += 1;
                    let mut out = String::new();
                    problem.write_json(&mut out);
                    out
                });
                format!("\"problems\":{}", array(written))
            }
        };
        let here = array([place.in_page, place.has_provider, place.has_cache]);
        let (options, origin) = (options.to_json_string(), text_of(origin));
        lines.push_str(&format!("{{\"options\":{options},\"here\":{here},\"origin\":{origin},{result}}}\n"));
    }
    for _ in 0..CASES / 2 {
        let (options, has_provider) = (call_options_of(rng), rng.permille(200));
        let problems = match call_options(&options, has_provider) {
            Ok(read) => {
                let checked = checked_call_options(&options, has_provider);
                assert_eq!(format!("{checked:?}"), format!("{read:?}"), "{}", options.to_json_string());
                *tally.entry("a call accepted".to_owned()).or_default() += 1;
                Vec::new()
            }
            Err(problems) => problems,
        };
        let written = array(problems.iter().map(|problem| {
            *tally.entry(problem.expected.clone()).or_default() += 1;
            let mut out = String::new();
            problem.write_json(&mut out);
            out
        }));
        let options = options.to_json_string();
        lines.push_str(&format!("{{\"call\":{options},\"provider\":{has_provider},\"problems\":{written}}}\n"));
    }
    for _ in 0..CASES {
        lines.push_str(&bulk_case(rng, &mut tally));
    }
    let mut tally: Vec<_> = tally.into_iter().collect();
    tally.sort();
    for (what, count) in &tally {
        println!("{count:6} {what}");
    }
    // Each branch must occur often enough.
    assert!(tally.len() >= 30 && tally.iter().all(|(what, count)| what.starts_with("one of") || *count >= 20));
    assert!(tally.iter().any(|(what, count)| what == "accepted" && *count > CASES / 20));
    std::fs::write(path, lines).unwrap();
}
