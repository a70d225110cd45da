//! Responses of the sandbox.
//!
//! They are as the documentation and www/guide/service.md describe, and fail as the faults request.

#![allow(clippy::string_slice, reason = "tokens are ASCII")]

mod control;
mod determinism;
mod errors;
mod faults;
mod inserted_cases;
mod mutations;
mod quirks;
mod requests;
mod tokens;

use cisco_support_case::error::{ERROR_TABLE, ErrorResponse, ErrorRow, classify};
use cisco_support_case::model::{CaseRecord, StatusFlag, Timestamp};
use cisco_support_case::sandbox::{Auth, Effect, FAULTS, Options, Sandbox, SandboxRequest, SandboxResponse, Titles};
use cisco_support_case::util::Json;
use cisco_support_case::{decode, util::DAY_MS};
use std::collections::{BTreeMap, BTreeSet};

const CONTRACTS: &str = "/case/v3/cases/contracts/contract_ids";
const USERS: &str = "/case/v3/cases/users/user_ids";
const SUMMARY: &str = "/case/v3/cases/case_ids";
const DETAILS: &str = "/case/v3/cases/details/case_id";
const TOKEN: &str = "/oauth2/default/v1/token";

fn sandbox_of(cases: u32) -> Sandbox {
    let mut options = Options::default();
    options.cases = cases;
    Sandbox::new(options)
}

fn strict() -> Sandbox {
    let mut options = Options::default();
    options.auth = Auth::Strict;
    Sandbox::new(options)
}

fn get(sandbox: &mut Sandbox, url: &str) -> SandboxResponse {
    sandbox.handle(&SandboxRequest::get(url).with_header("Authorization", "Bearer anything"))
}

fn raw(answer: &SandboxResponse) -> serde_json::Value {
    serde_json::from_slice(&answer.body).expect("the body is JSON")
}

fn json(text: &str) -> Json {
    decode::json(text.as_bytes()).expect("the test's own JSON")
}

fn page(answer: &SandboxResponse) -> cisco_support_case::model::CasesPage {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let page = decode::cases_page(&answer.body).expect("a page");
    assert_eq!(page.issues, [], "the decoder has nothing to complain of");
    page
}

/// Returns all cases of a list, from all of its pages.
fn walk(sandbox: &mut Sandbox, url: &str) -> Vec<CaseRecord> {
    let separator = if url.contains('?') { '&' } else { '?' };
    let (mut cases, mut index, mut last) = (Vec::new(), 1, 1);
    while index <= last {
        let page = page(&get(sandbox, &format!("{url}{separator}page_index={index}")));
        let record = page.pagination_response_record;
        assert_eq!((record.page_index, record.page_records as usize), (index, page.cases.len()));
        assert!(index == record.last_index || page.cases.len() == 100, "only the last page is short");
        last = record.last_index;
        cases.extend(page.cases);
        index += 1;
        assert!(index <= last || record.total_records as usize == cases.len());
    }
    cases
}

fn ids(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let Some(Json::Array(ids)) = sandbox.info().get(name).cloned() else { panic!("no {name}") };
    ids.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

fn number(info: &Json, name: &str) -> u64 {
    match info.get(name) {
        Some(Json::Number(text)) => text.parse().expect("a whole number"),
        other => panic!("{name} is {other:?}"),
    }
}

/// Returns status and code that the client derives from a response.
fn code_of(answer: &SandboxResponse) -> (u16, String) {
    let document = decode::json(&answer.body).ok();
    let mashery_error_code = answer.header("X-Mashery-Error-Code");
    let failure = classify(ErrorResponse {
        status: answer.status,
        mashery_error_code,
        body: &answer.body,
        document: document.as_ref(),
    });
    (failure.status, failure.code)
}

/// Returns the fault name that selects exactly this row: status, code and position among equal rows.
fn fault_name(row: &ErrorRow) -> String {
    let equals = ERROR_TABLE.iter().filter(|other| other.status == row.status && other.matches_code(row.code));
    let place = equals.take_while(|other| !std::ptr::eq(*other, row)).count() + 1;
    format!("{}:{}#{place}", row.status, row.code)
}

fn fnv(bytes: &[u8], start: u64) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn only_programs_of_the_machine_and_the_sandbox_s_own_pages_steer_it() {
    let mut options = Options::default();
    options.hosts = vec!["sandbox.test".to_owned()];
    let mut sandbox = Sandbox::new(options);
    let mut post = |url: &str, headers: &[(&str, &str)]| {
        let body = br#"{"advanceMs": 1}"#.to_vec();
        let request = SandboxRequest { method: "post".to_owned(), body, ..SandboxRequest::get(url) };
        let request = headers.iter().fold(request, |request, (name, value)| request.with_header(name, value));
        let answer = sandbox.handle(&request);
        (answer.status, raw(&answer)["field"].as_str().unwrap_or_default().to_owned())
    };
    let local = ("Host", "127.0.0.1:8787");
    let allowed: [&[(&str, &str)]; 14] = [
        &[],
        &[local],
        &[("host", "localhost")],
        &[("Host", "LOCALHOST:8787")],
        &[("Host", "portal.localhost.:8787")],
        &[("Host", "[::1]:8787")],
        &[("Host", "10.1.2.3:8787")],
        &[("Host", "Sandbox.test:8787")],
        &[local, ("Origin", "http://127.0.0.1:8787")],
        &[("Host", "localhost:8787"), ("origin", "HTTP://LocalHost:8787")],
        &[local, ("Sec-Fetch-Site", "same-origin"), ("Origin", "http://127.0.0.1:8787")],
        &[local, ("Sec-Fetch-Site", "none")],
        &[("Host", "[::1]:8787"), ("Origin", "http://[::1]:8787")],
        &[local, ("Referer", "https://anything.example/")],
    ];
    for headers in allowed {
        assert_eq!(post("/__sandbox", headers).0, 200, "{headers:?}");
    }
    let refused: [(&str, &[(&str, &str)]); 15] = [
        ("host", &[("Host", "evil.example")]),
        ("host", &[("Host", "evil.example:8787"), ("Origin", "http://evil.example:8787")]),
        ("host", &[("Host", "127.0.0.1.evil.example")]),
        ("host", &[("Host", "localhost.evil.example:8787")]),
        ("host", &[("Host", "notlocalhost")]),
        ("host", &[("Host", "")]),
        ("host", &[("Host", "2130706433.example")]),
        ("host", &[("Host", "evil.sandbox.test")]),
        ("origin", &[local, ("Origin", "https://evil.example")]),
        ("origin", &[local, ("Origin", "null")]),
        ("origin", &[local, ("Origin", "")]),
        ("origin", &[local, ("Origin", "http://127.0.0.1:8788")]),
        ("origin", &[local, ("Origin", "http://127.0.0.1:8787"), ("Origin", "https://evil.example")]),
        ("origin", &[local, ("Origin", "http://localhost:8787")]),
        ("origin", &[local, ("Sec-Fetch-Site", "cross-site")]),
    ];
    for (field, headers) in refused {
        assert_eq!(post("/__sandbox", headers), (403, field.to_owned()), "{headers:?}");
    }
    // A request within the process names its host in the URL.
    let in_process = "https://sandbox.invalid/__sandbox";
    assert_eq!(post(in_process, &[]).0, 200);
    assert_eq!(post(in_process, &[("Origin", "https://sandbox.invalid")]).0, 200);
    assert_eq!(post(in_process, &[("Origin", "https://portal.example")]), (403, "origin".to_owned()));
    // A rejected command must change nothing.
    let now = |sandbox: &mut Sandbox| sandbox.info().get("now").cloned();
    let before = now(&mut sandbox);
    let request = SandboxRequest {
        method: "POST".to_owned(),
        body: br#"{"advanceMs": 86400000}"#.to_vec(),
        ..SandboxRequest::get("/__sandbox")
    };
    assert_eq!(sandbox.handle(&request.with_header("Origin", "https://evil.example")).status, 403);
    assert_eq!(now(&mut sandbox), before);
    assert_eq!(get(&mut sandbox, "/__sandbox").status, 200);
}
