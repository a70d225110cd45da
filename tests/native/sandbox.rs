//! The sandbox responds as the documentation and www/guide/service.md describe, and fails as its faults request.

#![allow(clippy::string_slice, reason = "tokens are ASCII")]

use cisco_support_case::error::{ERROR_TABLE, ErrorResponse, ErrorRow, classify};
use cisco_support_case::model::{CaseRecord, StatusFlag, Timestamp};
use cisco_support_case::sandbox::{Auth, Effect, FAULTS, Options, Sandbox, SandboxRequest, SandboxResponse};
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

/// Every case of a list, by all of its pages.
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

/// What the client makes of an answer.
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

/// The name of the fault that is this row and no other: its status, its code, and its place among its equals.
fn fault_name(row: &ErrorRow) -> String {
    let equals = ERROR_TABLE.iter().filter(|other| other.status == row.status && other.matches_code(row.code));
    let place = equals.take_while(|other| !std::ptr::eq(*other, row)).count() + 1;
    format!("{}:{}#{place}", row.status, row.code)
}

fn fnv(bytes: &[u8], start: u64) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

mod errors {
    use super::*;

    #[test]
    fn every_row_of_the_error_table_can_be_switched_on_and_is_classified_as_itself() {
        for row in ERROR_TABLE {
            let mut sandbox = sandbox_of(10);
            let name = fault_name(row);
            sandbox.fault(&Json::object([("name", Json::from(name.as_str()))])).expect(&name);
            let answer = get(&mut sandbox, &format!("{SUMMARY}/682299374"));
            assert_eq!(answer.status, row.status, "{name}");
            assert_eq!(code_of(&answer), (row.status, row.code.to_owned()), "{name}");
        }
    }

    #[test]
    fn the_rows_of_one_code_can_be_told_apart_by_what_they_say() {
        for code in ["SYSTEM_ERROR#1", "SYSTEM_ERROR#2", "SYSTEM_ERROR#3", "404:API_UNAVAILABLE", "500:API_UNAVAILABLE"]
        {
            let mut sandbox = sandbox_of(10);
            sandbox.fault(&Json::object([("name", Json::from(code))])).expect(code);
            let body = String::from_utf8(get(&mut sandbox, &format!("{SUMMARY}/682299374")).body).expect("UTF-8");
            let meanings = ERROR_TABLE.iter().filter(|row| body.contains(row.meaning)).count();
            assert_eq!(meanings, 1, "{code}: {body}");
        }
    }

    #[test]
    fn a_code_is_a_fault_however_a_gateway_spells_it() {
        for name in
            ["case_notfound", "ERR_403_DEVELOPER_OVER_RATE", "Developer Over Qps", "403:Forbidden", "bad gateway"]
        {
            assert_eq!(sandbox_of(1).fault(&Json::object([("name", Json::from(name))])), Ok(()), "{name}");
        }
        for name in ["", "nothing", "999:CASE_NOTFOUND", "SYSTEM_ERROR#4", "SYSTEM_ERROR#0", "SYSTEM_ERROR#x", "x:y"] {
            assert!(sandbox_of(1).fault(&Json::object([("name", Json::from(name))])).is_err(), "{name}");
        }
    }

    #[test]
    fn bad_input_is_refused_with_the_documented_code() {
        let many = |from: u32, count: u32| (from..from + count).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
        let table = [
            (format!("{SUMMARY}/%zz"), 400, "Bad Request"),
            (format!("{CONTRACTS}/1234567?page_index=0"), 400, "Bad Request"),
            (format!("{CONTRACTS}/1234567?page_index=two"), 400, "Bad Request"),
            (format!("{USERS}/nobody"), 403, "INVALID_USERID"),
            (format!("{USERS}/a%2Fb"), 403, "INVALID_USERID"),
            (format!("{CONTRACTS}/1234567?sort_by=TITLE"), 403, "INVALID_SORT_OPTION"),
            (format!("{SUMMARY}/682299374?sort_by=status"), 403, "INVALID_SORT_OPTION"),
            (format!("{SUMMARY}/"), 403, "MISSING_INPUTS"),
            (format!("{CONTRACTS}/,,"), 403, "MISSING_INPUTS"),
            (DETAILS.to_owned(), 403, "MISSING_INPUTS"),
            (format!("{CONTRACTS}/1234567?date_created_from=2026-02-30T00:00:00Z"), 403, "INVALID_DATEFORMAT"),
            (format!("{CONTRACTS}/1234567?date_created_to=yesterday"), 403, "INVALID_DATEFORMAT"),
            (format!("{CONTRACTS}/1234567?date_created_from=2026-05-01T00:00:00+02:00"), 403, "INVALID_DATEFORMAT"),
            (format!("{USERS}/directcust4?status_flag=open"), 403, "INVALID_STATUSFLAG"),
            (format!("{SUMMARY}/1"), 403, "CASE_NOTFOUND"),
            (format!("{DETAILS}/0682299374"), 403, "CASE_NOTFOUND"),
            (
                format!(
                    "{CONTRACTS}/1234567?date_created_from=2026-01-01T00:00:00Z&date_created_to=2026-04-01T00:00:00.001Z"
                ),
                403,
                "INVALID_DATERANGE",
            ),
            (
                format!(
                    "{CONTRACTS}/1234567?date_created_from=2026-01-02T00:00:00Z&date_created_to=2026-01-01T00:00:00Z"
                ),
                403,
                "INVALID_DATERANGE",
            ),
            (format!("{SUMMARY}/{}", many(682_299_374, 31)), 403, "EXCEEDED_CASEIDS"),
            (format!("{CONTRACTS}/{}", many(1_234_567, 11)), 403, "EXCEEDED_CONTRACTIDS"),
            (format!("{USERS}/directcust4,{}", many(1, 10)), 403, "EXCEEDED_USERIDS"),
            ("/case/v3/cases".to_owned(), 404, "API_UNAVAILABLE"),
            ("/case/v3/cases/case_ids/1/2".to_owned(), 404, "API_UNAVAILABLE"),
            (format!("{SUMMARY}/{}", many(1, 9000)), 414, "Request URI Too Long"),
            (format!("{SUMMARY}/682299374,%20682299375"), 596, "Service Not Found"),
            (format!("{CONTRACTS}/1234567?sort_by=UPDATED%20DATE"), 596, "Service Not Found"),
            ("/case/v2/cases/case_ids/1".to_owned(), 596, "Service Not Found"),
        ];
        let mut sandbox = sandbox_of(100);
        for (url, status, code) in table {
            let shown: String = url.chars().take(120).collect();
            assert_eq!(code_of(&get(&mut sandbox, &url)), (status, code.to_owned()), "{shown}");
        }
    }

    #[test]
    fn a_request_without_a_token_or_of_another_kind_is_refused() {
        let url = format!("{SUMMARY}/682299374");
        let with = |name: &str, value: &str| {
            SandboxRequest::get(&url).with_header("authorization", "bearer x").with_header(name, value)
        };
        let post = SandboxRequest { method: "POST".to_owned(), ..with("x", "y") };
        let table = [
            (SandboxRequest::get(&url), 403, "Not Authorized"),
            (SandboxRequest::get(&url).with_header("Authorization", "Bearer "), 403, "Not Authorized"),
            (SandboxRequest::get(&url).with_header("Authorization", "Basic eDp5"), 403, "Not Authorized"),
            (post, 403, "Forbidden"),
            (with("Accept", "text/html, application/xml;q=0.9"), 415, "INVALID_MEDIATYPE"),
            (with("Content-Type", "application/xml"), 415, "INVALID_MEDIATYPE"),
        ];
        let mut sandbox = sandbox_of(100);
        for (request, status, code) in table {
            assert_eq!(code_of(&sandbox.handle(&request)), (status, code.to_owned()), "{request:?}");
        }
        for (name, value) in [
            ("Accept", "text/html, */*;q=0.1"),
            ("Accept", "application/json; charset=utf-8"),
            ("Accept", ""),
            ("Content-Type", "application/json"),
        ] {
            assert_eq!(sandbox.handle(&with(name, value)).status, 200, "{name}: {value}");
        }
    }

    #[test]
    fn gateway_errors_are_no_json_and_carry_their_code_in_a_header() {
        let mut sandbox = sandbox_of(1);
        let answer = sandbox.handle(&SandboxRequest::get(&format!("{SUMMARY}/1")));
        assert_eq!(answer.header("X-Mashery-Error-Code"), Some("ERR_403_NOT_AUTHORIZED"));
        assert_eq!(answer.header("Content-Type"), Some("text/xml"));
        assert_eq!(answer.body, b"<h1>Not Authorized</h1>");
    }

    #[test]
    fn over_qps_says_when_to_come_back_and_over_rate_does_not() {
        for (name, heading, retry_after) in [
            ("over_qps", "<h1>Developer Over Qps</h1>", Some("1")),
            ("over_rate", "<h1>Developer Over Rate</h1>", None),
        ] {
            let mut sandbox = sandbox_of(1);
            sandbox.fault(&Json::object([("name", Json::from(name))])).expect(name);
            let answer = get(&mut sandbox, &format!("{SUMMARY}/682299374"));
            assert_eq!((answer.status, answer.header("Retry-After")), (403, retry_after));
            assert_eq!(String::from_utf8_lossy(&answer.body), heading);
        }
    }

    #[test]
    fn service_errors_come_in_the_shapes_of_the_services_siblings() {
        let mut shapes = BTreeSet::new();
        for row in ERROR_TABLE {
            let mut sandbox = sandbox_of(1);
            sandbox.fault(&Json::object([("name", Json::from(fault_name(row).as_str()))])).expect("a row");
            let answer = get(&mut sandbox, &format!("{SUMMARY}/682299374"));
            if answer.header("Content-Type").is_some_and(|kind| kind.contains("json")) {
                shapes.extend(raw(&answer).as_object().and_then(|object| object.keys().next().cloned()));
            }
        }
        assert_eq!(shapes.into_iter().collect::<Vec<_>>(), ["APIError", "ErrorResponse", "errorCode"]);
    }
}

mod requests {
    use super::*;

    #[test]
    fn the_documentations_samples_work_as_they_stand() {
        let mut sandbox = sandbox_of(1000);
        let summary = get(&mut sandbox, "https://apix.cisco.com/case/v3/cases/case_ids/682299374?sort_by=STATUS");
        let summary = decode::case_summary(&summary.body).expect("a summary");
        assert_eq!((summary.count, summary.cases[0].case_id.as_str()), (1, "682299374"));
        let details = get(&mut sandbox, "https://apix.cisco.com/case/v3/cases/details/case_id/682299374");
        let details = decode::case_details(&details.body).expect("details").detail;
        assert_eq!((details.user_id.as_str(), details.contract_id.as_str()), ("directcust4", "1234567"));
        for list in ["contracts/contract_ids/1234567", "users/user_ids/directcust4"] {
            let url = format!(
                "https://apix.cisco.com/case/v3/cases/{list}?date_created_from=2026-03-03T00%3A00%3A00Z\
                 &date_created_to=2026-05-30T23%3A59%3A59Z&sort_by=&status_flag=O&page_index=1"
            );
            assert!(!page(&get(&mut sandbox, &url)).cases.is_empty(), "{url}");
        }
    }

    #[test]
    fn the_host_makes_no_difference() {
        let mut sandbox = sandbox_of(100);
        let urls = ["", "http://127.0.0.1:8787", "https://apix.cisco.com", "https://sandbox.invalid:443"];
        let bodies: BTreeSet<_> =
            urls.iter().map(|host| get(&mut sandbox, &format!("{host}{SUMMARY}/682299374")).body).collect();
        assert_eq!(bodies.len(), 1);
    }

    #[test]
    fn all_pages_of_all_users_hold_every_case_exactly_once() {
        for cases in [1, 99, 1000, 2200] {
            let mut sandbox = sandbox_of(cases);
            let users = ids(&sandbox, "user_ids");
            assert_eq!(users.len() as u64, number(&sandbox.info(), "users"));
            let mut seen = BTreeSet::new();
            for batch in users.chunks(10) {
                for case in walk(&mut sandbox, &format!("{USERS}/{}", batch.join(","))) {
                    assert!(batch.contains(&case.user_id));
                    assert!(seen.insert(case.case_id.clone()), "{} came twice", case.case_id);
                }
            }
            assert_eq!(seen.len(), cases as usize);
        }
    }

    #[test]
    fn a_list_of_several_contracts_is_the_lists_of_each_together() {
        let mut sandbox = sandbox_of(1500);
        let contracts = ids(&sandbox, "contract_ids");
        let batch = &contracts[..8];
        let together = walk(&mut sandbox, &format!("{CONTRACTS}/{}", batch.join(",")));
        let mut apart: Vec<_> = batch
            .iter()
            .flat_map(|id| walk(&mut sandbox, &format!("{CONTRACTS}/{id}")))
            .map(|case| case.case_id)
            .collect();
        let mut ids: Vec<_> = together.iter().map(|case| case.case_id.clone()).collect();
        assert!(together.windows(2).all(|pair| pair[0].updated_date <= pair[1].updated_date));
        apart.sort();
        ids.sort();
        assert_eq!(ids, apart);
        assert!(together.iter().all(|case| batch.contains(&case.contract_id)));
    }

    #[test]
    fn filters_and_orders_agree_with_brute_force() {
        let mut sandbox = sandbox_of(3000);
        let contracts = ids(&sandbox, "contract_ids");
        let instants = ["2024-08-01T00:00:00Z", "2025-11-11T11:11:11Z", "2026-03-10T00:00:00Z", "2026-05-30T00:00:00Z"];
        let mut compared = 0;
        for batch in [&contracts[..1], &contracts[..3], &contracts[5..12]] {
            let all = walk(&mut sandbox, &format!("{CONTRACTS}/{}", batch.join(",")));
            for flag in ["", "O", "C"] {
                for from in [None, Some(instants[0]), Some(instants[1]), Some(instants[2])] {
                    for to in [None, Some(instants[1]), Some(instants[3])] {
                        let range = |text: &str| Timestamp::parse(text).expect("a date");
                        let days = |a, b| (range(b).unix_ms() - range(a).unix_ms()) / DAY_MS;
                        if from.zip(to).is_some_and(|(from, to)| !(0..90).contains(&days(from, to))) {
                            continue;
                        }
                        for sort in ["", "UPDATED_DATE", "STATUS"] {
                            let mut url = format!("{CONTRACTS}/{}?status_flag={flag}&sort_by={sort}", batch.join(","));
                            from.iter().for_each(|from| url.push_str(&format!("&date_created_from={from}")));
                            to.iter().for_each(|to| url.push_str(&format!("&date_created_to={to}")));
                            let mut expected: Vec<_> = all
                                .iter()
                                .filter(|case| flag.is_empty() || case.status_flag == StatusFlag::from_text(flag))
                                .filter(|case| from.is_none_or(|from| case.creation_date >= Some(range(from))))
                                .filter(|case| to.is_none_or(|to| case.creation_date <= Some(range(to))))
                                .collect();
                            if sort == "STATUS" {
                                expected.sort_by_key(|case| case.status.as_str().to_owned());
                            }
                            let found = walk(&mut sandbox, &url);
                            let found: Vec<_> = found.iter().map(|case| &case.case_id).collect();
                            let expected: Vec<_> = expected.iter().map(|case| &case.case_id).collect();
                            assert_eq!(found, expected, "{url}");
                            compared += 1;
                        }
                    }
                }
            }
        }
        assert!(compared > 200, "{compared}");
    }

    #[test]
    fn both_ends_of_a_range_count() {
        let mut sandbox = sandbox_of(1000);
        let case = walk(&mut sandbox, &format!("{CONTRACTS}/1234567")).swap_remove(7);
        let created = case.creation_date.expect("a date").utc();
        let url = format!("{CONTRACTS}/1234567?date_created_from={created}&date_created_to={created}");
        assert!(walk(&mut sandbox, &url).iter().any(|found| found.case_id == case.case_id));
    }

    #[test]
    fn ninety_days_are_accepted_and_a_millisecond_more_is_not() {
        let mut sandbox = sandbox_of(100);
        let mut status = |to: &str| {
            get(
                &mut sandbox,
                &format!("{CONTRACTS}/1234567?date_created_from=2026-01-01T00:00:00Z&date_created_to={to}"),
            )
            .status
        };
        assert_eq!(status("2026-04-01T00:00:00.000Z"), 200);
        assert_eq!(status("2026-04-01T00:00:00.001Z"), 403);
    }

    #[test]
    fn unknown_ids_among_known_ones_are_left_out() {
        let mut sandbox = sandbox_of(1000);
        let summary = get(&mut sandbox, &format!("{SUMMARY}/1,682299374,999999999,682299374"));
        let summary = decode::case_summary(&summary.body).expect("a summary");
        assert_eq!((summary.count, summary.cases.len()), (1, 1));
        assert!(!walk(&mut sandbox, &format!("{USERS}/nobody,DirectCust4")).is_empty());
        assert!(!walk(&mut sandbox, &format!("{CONTRACTS}/1,1234567")).is_empty());
    }

    #[test]
    fn an_unknown_contract_has_an_empty_list_of_one_page() {
        let page = page(&get(&mut sandbox_of(100), &format!("{CONTRACTS}/7")));
        let record = page.pagination_response_record;
        assert_eq!((record.total_records, record.page_records, record.last_index, record.page_index), (0, 0, 1, 1));
    }

    #[test]
    fn a_page_past_the_last_is_empty_and_says_where_the_list_ends() {
        let mut sandbox = sandbox_of(1000);
        for (index, query) in [(60, "1234567?sort_by=STATUS"), (99_999, "1234567?"), (99_999, "1234567,2195863?")] {
            let page = page(&get(&mut sandbox, &format!("{CONTRACTS}/{query}&page_index={index}")));
            let record = page.pagination_response_record;
            assert_eq!((page.cases.len(), record.page_records, record.page_index), (0, 0, index));
            assert!(record.last_index > 1 && record.total_records > 100);
        }
    }

    #[test]
    fn summaries_are_sorted_as_asked() {
        let mut sandbox = sandbox_of(3000);
        let mut some: Vec<String> = ids(&sandbox, "case_ids");
        some.reverse();
        for sort in ["", "STATUS"] {
            let answer = get(&mut sandbox, &format!("{SUMMARY}/{}?sort_by={sort}", some.join(",")));
            let cases = decode::case_summary(&answer.body).expect("a summary").cases;
            assert_eq!(cases.len(), some.len());
            let key = |case: &CaseRecord| {
                let status = if sort.is_empty() { String::new() } else { case.status.as_str().to_owned() };
                (status, case.updated_date.clone())
            };
            assert!(cases.is_sorted_by_key(key), "{sort}");
        }
    }

    #[test]
    fn a_million_cases_are_made_and_paged_through() {
        let mut sandbox = sandbox_of(1_000_000);
        let info = sandbox.info();
        assert_eq!(number(&info, "cases"), 1_000_000);
        assert_eq!(number(&info, "open") + number(&info, "closed"), 1_000_000);
        let ten = ids(&sandbox, "contract_ids")[..10].join(",");
        let url = format!("{CONTRACTS}/{ten}?sort_by=STATUS&page_index=");
        let first = page(&get(&mut sandbox, &format!("{url}1")));
        let last_index = first.pagination_response_record.last_index;
        assert!(last_index > 500, "the largest contracts are large: {last_index}");
        let last = page(&get(&mut sandbox, &format!("{url}{last_index}")));
        assert_eq!(first.cases[0].status.as_str(), "Cisco Pending");
        assert_eq!(last.cases.last().map(|case| case.status.as_str()), Some("Service Order Pending"));
    }
}

mod quirks {
    use super::*;

    fn some_details(sandbox: &mut Sandbox, count: usize) -> Vec<serde_json::Value> {
        let mut cases = walk(sandbox, &format!("{CONTRACTS}/1234567"));
        cases.truncate(count);
        cases
            .iter()
            .map(|case| raw(&get(sandbox, &format!("{DETAILS}/{}", case.case_id)))["caseDetail"].clone())
            .collect()
    }

    fn some_page(sandbox: &mut Sandbox) -> serde_json::Value {
        raw(&get(sandbox, &format!("{CONTRACTS}/1234567")))
    }

    #[test]
    fn severity_is_text() {
        let mut sandbox = sandbox_of(1000);
        let page = some_page(&mut sandbox);
        let severities: BTreeSet<_> =
            page["cases"].as_array().expect("cases").iter().map(|case| case["severity"].to_string()).collect();
        assert_eq!(severities.into_iter().collect::<Vec<_>>(), ["\"1\"", "\"2\"", "\"3\"", "\"4\""]);
    }

    #[test]
    fn dates_have_milliseconds() {
        let page = some_page(&mut sandbox_of(1000));
        for case in page["cases"].as_array().expect("cases") {
            for name in ["creation_date", "updated_date"] {
                assert!(case[name].as_str().is_some_and(|date| date.ends_with(".000Z") && date.len() == 24), "{case}");
            }
        }
    }

    #[test]
    fn what_is_missing_is_empty_or_null_or_not_there() {
        let mut sandbox = sandbox_of(1000);
        let mut forms = BTreeMap::new();
        for detail in some_details(&mut sandbox, 500) {
            for name in ["serial_number", "tracking_number", "request_type", "close_date"] {
                let form = match &detail[name] {
                    serde_json::Value::Null if detail.get(name).is_none() => "absent",
                    serde_json::Value::Null => "null",
                    serde_json::Value::String(text) if text.is_empty() => "empty",
                    _ => "there",
                };
                *forms.entry((name, form)).or_insert(0) += 1;
            }
        }
        for name in ["serial_number", "tracking_number", "close_date"] {
            for form in ["absent", "null", "empty", "there"] {
                assert!(forms.contains_key(&(name, form)), "{name} is never {form}: {forms:?}");
            }
        }
    }

    #[test]
    fn an_open_case_has_no_close_date_and_a_closed_one_has() {
        let mut sandbox = sandbox_of(1000);
        for detail in some_details(&mut sandbox, 200) {
            let closed = detail["status"] == "Closed";
            assert_eq!(detail["close_date"].as_str().is_some_and(|date| !date.is_empty()), closed, "{detail}");
        }
    }

    #[test]
    fn lists_have_entry_numbers_and_no_technology_and_summaries_have_both() {
        let mut sandbox = sandbox_of(1000);
        let page = some_page(&mut sandbox);
        for (place, case) in page["cases"].as_array().expect("cases").iter().enumerate() {
            assert_eq!(case["item_entry_id"], place + 1);
            assert!(case.get("technology_name").is_none() && case.get("sub_technology_name").is_none());
        }
        let summary = raw(&get(&mut sandbox, &format!("{SUMMARY}/682299374")));
        assert_eq!(summary["cases"][0]["item_entry_id"], 1);
        assert!(summary["cases"][0]["technology_name"].is_string());
    }

    #[test]
    fn details_have_neither_flag_nor_entry_number() {
        for detail in some_details(&mut sandbox_of(1000), 50) {
            assert!(detail.get("status_flag").is_none() && detail.get("item_entry_id").is_none());
        }
    }

    #[test]
    fn the_keys_of_details_come_in_varying_order_and_each_case_keeps_its_own() {
        let mut sandbox = sandbox_of(1000);
        let mut firsts = BTreeSet::new();
        for case in walk(&mut sandbox, &format!("{CONTRACTS}/1234567")).iter().take(60) {
            let url = format!("{DETAILS}/{}", case.case_id);
            let (one, two) = (get(&mut sandbox, &url).body, get(&mut sandbox, &url).body);
            assert_eq!(one, two);
            let text = String::from_utf8(one).expect("UTF-8");
            firsts.extend(text.split('"').nth(3).map(str::to_owned));
        }
        assert!(firsts.len() > 3, "{firsts:?}");
    }

    #[test]
    fn undocumented_fields_appear_now_and_then() {
        let mut sandbox = sandbox_of(2000);
        let details = some_details(&mut sandbox, 400);
        let having = |name: &str| details.iter().filter(|detail| detail.get(name).is_some()).count();
        assert!((1..100).contains(&having("rma_numbers")), "{}", having("rma_numbers"));
        assert!((1..100).contains(&having("crashinfo")), "{}", having("crashinfo"));
    }

    #[test]
    fn an_undocumented_status_occurs() {
        let mut sandbox = sandbox_of(20_000);
        let cases = walk(&mut sandbox, &format!("{CONTRACTS}/1234567?status_flag=O"));
        let statuses: BTreeSet<_> = cases.iter().map(|case| case.status.as_str()).collect();
        assert!(statuses.contains("Engineering Pending"), "{statuses:?}");
        assert_eq!(statuses.len(), 6, "all open statuses occur: {statuses:?}");
    }

    #[test]
    fn notes_are_newest_first_mostly_without_heading_and_look_like_markup_at_times() {
        let mut sandbox = sandbox_of(1000);
        let (mut texts, mut headings, mut shared_dates) = (String::new(), 0, 0);
        for case in walk(&mut sandbox, &format!("{CONTRACTS}/1234567")).iter().take(100) {
            let answer = get(&mut sandbox, &format!("{DETAILS}/{}", case.case_id));
            let details = decode::case_details(&answer.body).expect("details");
            assert_eq!(details.issues, []);
            let detail = details.detail;
            assert!(!detail.notes.is_empty());
            assert!(detail.notes.windows(2).all(|pair| pair[0].creation_date >= pair[1].creation_date));
            assert!(detail.notes.iter().all(|note| note.creation_date <= detail.updated_date));
            assert!(detail.notes.last().is_some_and(|note| note.creation_date == detail.creation_date));
            headings += detail.notes.iter().filter(|note| !note.note.is_empty()).count();
            shared_dates +=
                usize::from(detail.notes.windows(2).any(|pair| pair[0].creation_date == pair[1].creation_date));
            detail.notes.iter().for_each(|note| texts.push_str(&note.note_detail));
        }
        for wanted in ["<script>", "<img src=x onerror=alert(1)>", "\r\n", "É", "\t", "\u{1f389}", "\\", "\"", "&lt;"]
        {
            assert!(texts.to_uppercase().contains(&wanted.to_uppercase()), "{wanted:?} is in no note");
        }
        assert!(headings > 0 && shared_dates > 0, "{headings} {shared_dates}");
        assert!(!texts.contains('{'), "a template was not filled in");
    }

    #[test]
    fn a_case_with_dozens_of_long_notes_occurs() {
        let mut sandbox = sandbox_of(3000);
        let longest = walk(&mut sandbox, &format!("{CONTRACTS}/1234567"))
            .iter()
            .map(|case| get(&mut sandbox, &format!("{DETAILS}/{}", case.case_id)))
            .max_by_key(|answer| answer.body.len())
            .expect("a case");
        let details = decode::case_details(&longest.body).expect("details");
        assert_eq!(details.issues, []);
        assert!(longest.body.len() > 100_000 && details.detail.notes.len() >= 60, "{}", longest.body.len());
    }

    #[test]
    fn the_self_link_names_another_host_and_echoes_defaults() {
        let mut sandbox = sandbox_of(100);
        let mut link = |url: &str| page(&get(&mut sandbox, url)).pagination_response_record.self_link;
        assert_eq!(
            link(&format!("{CONTRACTS}/1234567")),
            "https://api.cisco.com/case/v3/cases/contracts/contract_ids/1234567?page_index=1&sort_by=UPDATED_DATE"
        );
        assert_eq!(
            link(&format!("{USERS}/directcust4?status_flag=O&date_created_from=2026-04-01T00%3A00%3A00Z&sort_by=")),
            "https://api.cisco.com/case/v3/cases/users/user_ids/directcust4?page_index=1&sort_by=UPDATED_DATE\
             &status_flag=O&date_created_from=2026-04-01T00:00:00Z"
        );
    }

    #[test]
    fn the_title_is_the_method_s_name() {
        let mut sandbox = sandbox_of(100);
        for (url, title) in [
            (format!("{CONTRACTS}/1234567"), "Get Cases By Contract Id"),
            (format!("{USERS}/directcust4"), "Get Cases By User Id"),
        ] {
            assert_eq!(page(&get(&mut sandbox, &url)).pagination_response_record.title, title);
        }
    }

    #[test]
    fn case_ids_have_nine_digits_and_begin_with_6_or_70() {
        for cases in [1, 7, 1000, 100_000] {
            for id in ids(&sandbox_of(cases), "case_ids") {
                assert!(id.len() == 9 && (id.starts_with('6') || id.starts_with("70")), "{id}");
            }
        }
    }

    #[test]
    fn every_answer_has_a_message_id_of_its_own_and_no_validators() {
        let mut sandbox = sandbox_of(10);
        let urls = [&format!("{SUMMARY}/682299374"), &format!("{SUMMARY}/1"), TOKEN, "/", "/case/v3", "/__sandbox"];
        let mut ids = BTreeSet::new();
        for url in urls {
            let answer = get(&mut sandbox, url);
            assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("(null)"), "{url}");
            assert_eq!(answer.header("Cache-Control"), Some("private"), "{url}");
            assert!(answer.header("Content-Type").is_some(), "{url}");
            for name in ["ETag", "Last-Modified", "Access-Control-Expose-Headers"] {
                assert_eq!(answer.header(name), None, "{url}");
            }
            ids.insert(answer.header("X-Mashery-Message-ID").expect(url).to_owned());
        }
        assert_eq!(ids.len(), urls.len() - 1, "only /__sandbox, which is no part of the service, repeats one");
    }

    #[test]
    fn nobody_in_it_can_be_reached() {
        let mut sandbox = sandbox_of(1000);
        for detail in some_details(&mut sandbox, 200) {
            let mails = detail["contact_email_ids"].as_array().expect("a list").iter().chain([&detail["owner_email"]]);
            for mail in mails {
                assert!(mail.as_str().is_some_and(|mail| mail.ends_with("@example.com")), "{mail}");
            }
            for name in ["contact_business_phone_numbers", "contact_mobile_phone_numbers"] {
                for phone in detail[name].as_array().expect("a list") {
                    let phone = phone.as_str().unwrap_or("");
                    assert!(phone.contains("555-01") || phone.contains("555 01"), "{phone}");
                }
            }
        }
    }
}

mod sameness {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_on_every_platform() {
        let mut sandbox = sandbox_of(1000);
        let mut hash = 0xcbf2_9ce4_8422_2325;
        for id in ids(&sandbox, "contract_ids") {
            hash = fnv(&get(&mut sandbox, &format!("{CONTRACTS}/{id}?sort_by=STATUS")).body, hash);
        }
        for id in ids(&sandbox, "case_ids") {
            hash = fnv(&get(&mut sandbox, &format!("{DETAILS}/{id}")).body, hash);
        }
        assert_eq!(format!("{hash:016x}"), "24ae6ad77e63d91e");
    }

    #[test]
    fn another_seed_gives_other_cases() {
        let body = |seed| {
            let mut options = Options::default();
            options.seed = seed;
            get(&mut Sandbox::new(options), &format!("{CONTRACTS}/1234567")).body
        };
        assert_ne!(body(1), body(2));
    }

    #[test]
    fn the_decoder_accepts_every_answer() {
        let mut sandbox = sandbox_of(33_000);
        let mut pages = 0;
        for batch in ids(&sandbox, "contract_ids").chunks(10) {
            let cases = walk(&mut sandbox, &format!("{CONTRACTS}/{}", batch.join(",")));
            pages += cases.len().div_ceil(100);
            for chunk in cases.chunks(30).step_by(7) {
                let ids: Vec<_> = chunk.iter().map(|case| case.case_id.as_str()).collect();
                let answer = get(&mut sandbox, &format!("{SUMMARY}/{}", ids.join(",")));
                let summary = decode::case_summary(&answer.body).expect("a summary");
                assert_eq!((summary.issues.len(), summary.cases.len()), (0, chunk.len()));
                let answer = get(&mut sandbox, &format!("{DETAILS}/{}", ids[0]));
                assert_eq!(decode::case_details(&answer.body).expect("details").issues, []);
            }
        }
        assert!(pages > 200, "{pages}");
    }

    #[test]
    fn a_case_says_the_same_in_list_summary_and_details() {
        let mut sandbox = sandbox_of(500);
        for case in walk(&mut sandbox, &format!("{CONTRACTS}/1234567")) {
            let summary = get(&mut sandbox, &format!("{SUMMARY}/{}", case.case_id));
            let brief = decode::case_summary(&summary.body).expect("a summary").cases.remove(0);
            let details = get(&mut sandbox, &format!("{DETAILS}/{}", case.case_id));
            let detail = decode::case_details(&details.body).expect("details").detail;
            assert_eq!((&case.title, &case.status, &case.rmas), (&brief.title, &brief.status, &brief.rmas));
            assert_eq!((&case.title, &case.status, &case.rmas), (&detail.title, &detail.status, &detail.rmas));
            assert_eq!((case.severity, &case.updated_date), (detail.severity, &detail.updated_date));
            assert_eq!(case.is_open(), detail.is_open());
            assert_eq!(brief.technology_name, detail.technology_name);
        }
    }

    #[test]
    fn times_make_sense() {
        let mut sandbox = sandbox_of(2000);
        let now = Timestamp::parse("2026-06-01T12:00:00Z");
        let mut previous = String::new();
        let mut cases = walk(&mut sandbox, &format!("{CONTRACTS}/1234567"));
        for case in &cases {
            assert!(case.creation_date <= case.updated_date && case.updated_date <= now, "{case:?}");
        }
        cases.sort_by(|a, b| a.case_id.cmp(&b.case_id));
        for case in cases {
            let created = case.creation_date.expect("a date").utc();
            assert!(previous <= created, "case ids rise with time");
            previous = created;
        }
    }
}

mod tokens {
    use super::*;

    fn ask(sandbox: &mut Sandbox, body: &str) -> SandboxResponse {
        sandbox.handle(&SandboxRequest {
            method: "POST".to_owned(),
            url: format!("https://id.cisco.com{TOKEN}"),
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            body: body.as_bytes().to_vec(),
        })
    }

    fn token(sandbox: &mut Sandbox) -> String {
        let answer = ask(sandbox, "grant_type=client_credentials&client_id=portal&client_secret=s%26cret");
        assert_eq!(answer.status, 200);
        raw(&answer)["access_token"].as_str().expect("a token").to_owned()
    }

    fn status(sandbox: &mut Sandbox, token: &str) -> u16 {
        let request = SandboxRequest::get(&format!("{SUMMARY}/682299374"));
        sandbox.handle(&request.with_header("Authorization", &format!("Bearer {token}"))).status
    }

    #[test]
    fn a_token_is_given_for_client_credentials() {
        let mut sandbox = strict();
        let answer = ask(&mut sandbox, "grant_type=client_credentials&client_id=portal&client_secret=secret");
        let reply = raw(&answer);
        assert_eq!((reply["token_type"].as_str(), reply["expires_in"].as_u64()), (Some("Bearer"), Some(3600)));
        let token = reply["access_token"].as_str().expect("a token");
        assert!(
            token.starts_with("eyJ") && token.split('.').count() == 3 && (650..800).contains(&token.len()),
            "{}",
            token.len()
        );
        assert!(answer.header("X-Mashery-Message-ID").is_some());
    }

    #[test]
    fn basic_and_query_parameters_do_as_well() {
        let mut sandbox = strict();
        let post = |url: &str, headers: &[(&str, &str)], body: &str| SandboxRequest {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        };
        // portal:secret
        let basic = [("Authorization", "Basic cG9ydGFsOnNlY3JldA==")];
        let query = format!("{TOKEN}?grant_type=client_credentials&client_id=portal&client_secret=secret");
        for request in [post(TOKEN, &basic, "grant_type=client_credentials"), post(&query, &[], "")] {
            assert_eq!(sandbox.handle(&request).status, 200, "{request:?}");
        }
    }

    #[test]
    fn strict_accepts_its_own_tokens_until_they_expire() {
        let mut sandbox = strict();
        let token = token(&mut sandbox);
        assert_eq!(status(&mut sandbox, &token), 200);
        sandbox.advance(3_599_000);
        assert_eq!(status(&mut sandbox, &token), 200);
        sandbox.advance(1000);
        assert_eq!(status(&mut sandbox, &token), 403);
        let refused = sandbox.handle(
            &SandboxRequest::get(&format!("{SUMMARY}/1")).with_header("Authorization", &format!("Bearer {token}")),
        );
        assert_eq!(refused.header("X-Mashery-Error-Code"), Some("ERR_403_NOT_AUTHORIZED"));
    }

    #[test]
    fn strict_refuses_what_it_did_not_give_out() {
        let mut sandbox = strict();
        let own = token(&mut sandbox);
        let (head, tail) = own.split_at(80);
        let changed = format!("{head}x{}", &tail[1..]);
        let other = token(&mut Sandbox::new({
            let mut options = Options::default();
            options.seed = 2;
            options
        }));
        for token in ["x", "a.b.c", "..", &changed, &other, &own[..own.len() - 1]] {
            assert_eq!(status(&mut sandbox, token), 403, "{token}");
        }
    }

    #[test]
    fn every_token_is_another() {
        let mut sandbox = strict();
        assert_ne!(token(&mut sandbox), token(&mut sandbox));
    }

    #[test]
    fn bad_credentials_get_an_answer_of_oktas_shape_that_repeats_nothing() {
        let mut sandbox = strict();
        for body in [
            "client_id=bad-one&client_secret=hunter2",
            "client_id=&client_secret=hunter2",
            "client_id=portal",
            "client_secret=hunter2",
        ] {
            let answer = ask(&mut sandbox, &format!("grant_type=client_credentials&{body}"));
            let reply = raw(&answer);
            assert_eq!((answer.status, reply["errorCode"].as_str()), (401, Some("invalid_client")));
            assert!(reply["errorSummary"].is_string() && reply["errorId"].is_string());
            let text = String::from_utf8_lossy(&answer.body);
            assert!(!text.contains("hunter2") && !text.contains("bad-one") && !text.contains("portal"));
            assert_eq!(code_of(&answer).1, "INVALID_CLIENT");
        }
    }

    #[test]
    fn another_grant_method_or_media_type_is_refused() {
        let mut sandbox = strict();
        assert_eq!(
            raw(&ask(&mut sandbox, "grant_type=password&client_id=a&client_secret=b"))["error"],
            "unsupported_grant_type"
        );
        assert_eq!(raw(&ask(&mut sandbox, "client_id=a&client_secret=b"))["error"], "invalid_request");
        assert_eq!(get(&mut sandbox, TOKEN).status, 405);
        let xml = SandboxRequest {
            method: "POST".to_owned(),
            ..SandboxRequest::get(TOKEN).with_header("Content-Type", "text/xml")
        };
        assert_eq!(sandbox.handle(&xml).status, 415);
    }

    #[test]
    fn a_live_clock_lets_tokens_expire() {
        let mut options = Options::default();
        options.auth = Auth::Strict;
        options.live_ms = Some(1_000_000);
        let mut sandbox = Sandbox::new(options);
        let token = token(&mut sandbox);
        sandbox.follow_clock(1_000_000 + 3_599_000);
        assert_eq!(status(&mut sandbox, &token), 200);
        sandbox.follow_clock(5);
        sandbox.follow_clock(1_000_000 + 3_600_000);
        assert_eq!(status(&mut sandbox, &token), 403);
    }

    #[test]
    fn a_clock_that_stands_still_does_not_listen() {
        let mut sandbox = strict();
        let before = sandbox.info();
        sandbox.follow_clock(i64::MAX);
        assert_eq!(sandbox.info(), before);
        sandbox.advance(u64::MAX);
        assert_eq!(sandbox.info().get("now").and_then(Json::as_str), Some("9999-12-31T00:00:00Z"));
    }
}

mod faults {
    use super::*;

    fn url() -> String {
        format!("{SUMMARY}/682299374")
    }

    fn with(faults: &[&str]) -> Sandbox {
        let mut sandbox = sandbox_of(10);
        faults.iter().for_each(|fault| sandbox.fault(&json(fault)).expect(fault));
        sandbox
    }

    #[test]
    fn every_named_fault_does_something() {
        for fault in FAULTS {
            let mut sandbox = sandbox_of(1000);
            let contracts = ids(&sandbox, "contract_ids")[..2].join(",");
            sandbox.fault(&Json::object([("name", Json::from(fault.name))])).expect(fault.name);
            let answer = if fault.name == "invalid_client" {
                let body = b"grant_type=client_credentials&client_id=a&client_secret=b".to_vec();
                sandbox.handle(&SandboxRequest { method: "POST".to_owned(), body, ..SandboxRequest::get(TOKEN) })
            } else {
                get(&mut sandbox, &format!("{CONTRACTS}/{contracts}"))
            };
            let spoiled = answer.status != 200
                || answer.delay_ms > 0
                || answer.effect != Effect::None
                || decode::cases_page(&answer.body).is_err();
            assert!(spoiled, "{}", fault.name);
        }
    }

    #[test]
    fn the_declarations_and_the_command_s_help_name_every_fault() {
        let types = include_str!("../../pkg-template/sandbox/index.ts");
        let help = include_str!("../../pkg-template/cli/main.ts");
        for fault in FAULTS {
            assert!(types.contains(&format!("| \"{}\"", fault.name)), "{}", fault.name);
            assert!(help.contains(&format!("{},", fault.name)), "{}", fault.name);
        }
    }

    #[test]
    fn times_are_counted_and_a_spent_fault_is_off() {
        let mut sandbox = with(&[r#"{"name":"over_qps","times":2}"#]);
        let statuses: Vec<_> = (0..4).map(|_| get(&mut sandbox, &url()).status).collect();
        assert_eq!(statuses, [403, 403, 200, 200]);
        assert_eq!(sandbox.info().get("faults"), Some(&Json::Array(Vec::new())));
    }

    #[test]
    fn a_rate_strikes_so_often_and_the_same_requests_every_time() {
        let strikes = || {
            let mut sandbox = with(&[r#"{"name":"500:UNKNOWN_FAILURE","rate":0.25}"#]);
            (0..1000).map(|_| get(&mut sandbox, &url()).status == 500).collect::<Vec<_>>()
        };
        let count = strikes().iter().filter(|struck| **struck).count();
        assert!((200..300).contains(&count), "{count}");
        assert_eq!(strikes(), strikes());
        let mut never = with(&[r#"{"name":"reset","rate":0}"#]);
        assert!((0..100).all(|_| get(&mut never, &url()).effect == Effect::None));
    }

    #[test]
    fn a_route_is_struck_alone_and_the_token_endpoint_only_by_name() {
        let mut sandbox = with(&[r#"{"name":"CASE_API_FORBIDDEN","route":"caseDetails"}"#]);
        assert_eq!(get(&mut sandbox, &url()).status, 200);
        assert_eq!(code_of(&get(&mut sandbox, &format!("{DETAILS}/682299374"))).1, "CASE_API_FORBIDDEN");
        let token = SandboxRequest {
            method: "POST".to_owned(),
            body: b"grant_type=client_credentials&client_id=a&client_secret=b".to_vec(),
            ..SandboxRequest::get(TOKEN)
        };
        assert_eq!(with(&[r#"{"name":"over_qps"}"#]).handle(&token).status, 200);
        assert_eq!(with(&[r#"{"name":"over_qps","route":"token"}"#]).handle(&token).status, 403);
        assert_eq!(with(&[r#"{"name":"invalid_client","times":1}"#]).handle(&token).status, 401);
    }

    #[test]
    fn a_fault_that_is_set_again_takes_the_others_place() {
        let mut sandbox = with(&[r#"{"name":"over_qps"}"#, r#"{"name":"over_qps","times":1}"#]);
        assert_eq!([get(&mut sandbox, &url()).status, get(&mut sandbox, &url()).status], [403, 200]);
    }

    #[test]
    fn one_of_several_errors_is_spent_at_a_time() {
        let mut sandbox = with(&[r#"{"name":"over_qps","times":1}"#, r#"{"name":"502:Bad Gateway","times":1}"#]);
        let statuses: Vec<_> = (0..3).map(|_| get(&mut sandbox, &url()).status).collect();
        assert_eq!(statuses, [403, 502, 200]);
    }

    #[test]
    fn delays_and_effects_go_together_with_errors() {
        let mut sandbox = with(&[
            r#"{"name":"latency","ms":250}"#,
            r#"{"name":"slow_body","ms":80}"#,
            r#"{"name":"UNKNOWN_FAILURE"}"#,
        ]);
        let answer = get(&mut sandbox, &url());
        assert_eq!((answer.delay_ms, answer.effect, answer.status), (250, Effect::SlowBody { ms: 80 }, 500));
    }

    #[test]
    fn one_contract_refuses_only_more_than_one() {
        let mut sandbox = with(&[r#"{"name":"one_contract"}"#]);
        assert_eq!(get(&mut sandbox, &format!("{CONTRACTS}/1234567")).status, 200);
        assert_eq!(get(&mut sandbox, &url()).status, 200);
        assert_eq!(code_of(&get(&mut sandbox, &format!("{CONTRACTS}/1234567,1"))), (403, "EXCEEDED_INPUTS".to_owned()));
    }

    #[test]
    fn an_api_error_with_status_200_comes_in_both_shapes_and_is_an_error() {
        let mut sandbox = with(&[r#"{"name":"api_error_200"}"#]);
        let mut shapes = BTreeSet::new();
        for _ in 0..4 {
            let answer = get(&mut sandbox, &url());
            assert_eq!((answer.status, code_of(&answer).1.as_str()), (200, "UNKNOWN_FAILURE"));
            shapes.extend(raw(&answer).as_object().and_then(|object| object.keys().next().cloned()));
        }
        assert_eq!(shapes.into_iter().collect::<Vec<_>>(), ["APIError", "EOXError"]);
    }

    #[test]
    fn garbage_is_no_json_whatever_it_was() {
        for target in [url(), format!("{DETAILS}/682299374"), format!("{CONTRACTS}/7")] {
            let mut sandbox = with(&[r#"{"name":"garbage_json"}"#]);
            let answer = get(&mut sandbox, &target);
            assert_eq!(answer.status, 200);
            assert!(decode::json(&answer.body).is_err(), "{target}");
        }
    }

    #[test]
    fn a_html_error_has_no_mashery_code_and_is_still_understood() {
        let mut sandbox = with(&[r#"{"name":"html_error"}"#]);
        let answer = get(&mut sandbox, &url());
        assert_eq!(answer.header("X-Mashery-Error-Code"), None);
        assert_eq!(code_of(&answer), (502, "Proxy Error".to_owned()));
    }

    #[test]
    fn what_is_wrong_with_a_fault_is_said_by_name() {
        for (fault, field) in [
            (r#"{"name":"nope"}"#, "fault.name"),
            (r"{}", "fault.name"),
            (r#"{"name":7}"#, "fault.name"),
            (r#"{"name":"reset","rate":1.1}"#, "fault.rate"),
            (r#"{"name":"reset","rate":"often"}"#, "fault.rate"),
            (r#"{"name":"reset","times":0}"#, "fault.times"),
            (r#"{"name":"reset","times":1.5}"#, "fault.times"),
            (r#"{"name":"reset","route":"everywhere"}"#, "fault.route"),
            (r#"{"name":"invalid_client","route":"caseSummary"}"#, "fault.route"),
            (r#"{"name":"latency","ms":-1}"#, "fault.ms"),
            (r#"{"name":"reset","often":1}"#, "fault.often"),
            (r#""reset""#, "fault"),
        ] {
            let error = sandbox_of(1).fault(&json(fault)).expect_err(fault);
            assert_eq!(error.field, field, "{error}");
            assert!(error.message.starts_with(field), "{error}");
        }
    }
}

mod control {
    use super::*;

    fn post(sandbox: &mut Sandbox, body: &str) -> SandboxResponse {
        sandbox.handle(&SandboxRequest {
            method: "POST".to_owned(),
            body: body.as_bytes().to_vec(),
            ..SandboxRequest::get("http://localhost/__sandbox")
        })
    }

    #[test]
    fn it_says_what_is_in_it_and_what_it_has_done() {
        let mut sandbox = sandbox_of(1000);
        get(&mut sandbox, &format!("{SUMMARY}/682299374"));
        get(&mut sandbox, &format!("{SUMMARY}/1"));
        let info = raw(&sandbox.handle(&SandboxRequest::get("/__sandbox")));
        assert_eq!(info, serde_json::from_str::<serde_json::Value>(&sandbox.info().to_json_string()).expect("JSON"));
        assert_eq!((info["cases"].as_u64(), info["now"].as_str()), (Some(1000), Some("2026-06-01T12:00:00Z")));
        assert_eq!((info["requests"]["received"].as_u64(), info["requests"]["refused"].as_u64()), (Some(2), Some(1)));
        assert!(info["case_ids"].as_array().is_some_and(|ids| ids.contains(&"682299374".into())));
        let open = walk(&mut sandbox, &format!("{USERS}/directcust4?status_flag=O"));
        assert!(info["open"].as_u64() >= Some(open.len() as u64));
    }

    #[test]
    fn it_says_how_busy_it_was_by_its_own_clock() {
        let mut sandbox = sandbox_of(10);
        let busiest = |sandbox: &Sandbox| {
            let info = serde_json::from_str::<serde_json::Value>(&sandbox.info().to_json_string()).expect("JSON");
            ["busiestSecond", "busiestMinute"].map(|name| info["requests"][name].as_u64().expect("a number"))
        };
        assert_eq!(busiest(&sandbox), [0, 0]);
        // Two at 0, one at 600, two at 1000 (the first two are a second ago), and three a minute after the first.
        for (advance_ms, requests, most) in [(0, 2, [2, 2]), (600, 1, [3, 3]), (400, 2, [3, 5]), (59_000, 3, [3, 6])] {
            sandbox.advance(advance_ms);
            (0..requests).for_each(|_| drop(get(&mut sandbox, &format!("{SUMMARY}/682299374"))));
            assert_eq!(busiest(&sandbox), most, "after {advance_ms}");
        }
        // The token endpoint has limits of its own.
        sandbox.advance(1000);
        for _ in 0..9 {
            sandbox.handle(&SandboxRequest::get("http://localhost/oauth2/default/v1/token"));
        }
        assert_eq!(busiest(&sandbox), [3, 6]);
    }

    #[test]
    fn lists_of_ids_stay_short_however_many_there_are() {
        let sandbox = sandbox_of(200_000);
        assert_eq!((ids(&sandbox, "contract_ids").len(), ids(&sandbox, "user_ids").len()), (100, 100));
        assert!(number(&sandbox.info(), "contracts") > 2000);
    }

    #[test]
    fn all_of_them_are_named_to_who_asks() {
        let mut sandbox = sandbox_of(20_000);
        let named = |info: &Json, name| match info.get(name) {
            Some(Json::Array(ids)) => ids.iter().filter_map(Json::as_str).collect::<BTreeSet<_>>().len() as u64,
            other => panic!("{name} is {other:?}"),
        };
        let all = sandbox.info_with(&json(r#"{"holders":1000000}"#)).expect("options");
        assert!(number(&all, "contracts") > 200);
        assert_eq!(named(&all, "contract_ids"), number(&all, "contracts"));
        assert_eq!(named(&all, "user_ids"), number(&all, "users"));
        let five = sandbox.info_with(&json(r#"{"holders":5}"#)).expect("options");
        assert_eq!((named(&five, "contract_ids"), named(&five, "user_ids")), (5, 5));
        assert_eq!(sandbox.info_with(&json("{}")), Ok(sandbox.info()));
        for url in ["/__sandbox?holders=5", "http://localhost/__sandbox?a=b&holders=5"] {
            let body = sandbox.handle(&SandboxRequest::get(url)).body;
            assert_eq!(String::from_utf8_lossy(&body), five.to_json_string(), "{url}");
        }
        for query in ["holders=-1", "holders=1.5", "holders=", "holders=all", "holders=99999999999999999999"] {
            let answer = sandbox.handle(&SandboxRequest::get(&format!("/__sandbox?{query}")));
            assert_eq!((answer.status, raw(&answer)["field"].as_str()), (400, Some("holders")), "{query}");
        }
        for (options, field) in [(r#"{"holders":"5"}"#, "holders"), (r#"{"holder":5}"#, "holder"), ("5", "options")] {
            assert_eq!(sandbox.info_with(&json(options)).expect_err(options).field, field);
        }
    }

    #[test]
    fn it_sets_and_clears_faults_and_moves_the_clock() {
        let mut sandbox = sandbox_of(10);
        let info = raw(&post(
            &mut sandbox,
            r#"{"faults":[{"name":"over_qps","rate":0.5},{"name":"reset"}],"advanceMs":60000}"#,
        ));
        assert_eq!(info["faults"].as_array().map(Vec::len), Some(2));
        assert_eq!(info["now"], "2026-06-01T12:01:00Z");
        let info = raw(&post(&mut sandbox, r#"{"clear":true,"faults":[{"name":"CASE_NOTFOUND"}]}"#));
        assert_eq!(info["faults"].as_array().map(Vec::len), Some(1));
        assert_eq!(raw(&post(&mut sandbox, "{\"clear\":true}"))["faults"], serde_json::json!([]));
    }

    #[test]
    fn bad_input_is_refused_by_the_name_of_its_field_and_nothing_of_it_is_done() {
        let mut sandbox = sandbox_of(10);
        let before = sandbox.info();
        for (body, field) in [
            ("", "body"),
            ("[]", "body"),
            ("{\"clear\":true,\"clear\":2}", "clear"),
            (r#"{"fault":[]}"#, "fault"),
            (r#"{"faults":{}}"#, "faults"),
            (r#"{"faults":[{"name":"reset"},{"name":"nope"}]}"#, "faults[1].name"),
            (r#"{"faults":[{"name":"reset","rate":2}],"advanceMs":5}"#, "faults[0].rate"),
            (r#"{"clear":"yes"}"#, "clear"),
            (r#"{"advanceMs":-5}"#, "advanceMs"),
            (r#"{"advanceMs":1.5}"#, "advanceMs"),
        ] {
            let answer = post(&mut sandbox, body);
            assert_eq!((answer.status, raw(&answer)["field"].as_str()), (400, Some(field)), "{body}");
            assert!(raw(&answer)["error"].as_str().is_some_and(|error| error.starts_with(field)), "{body}");
        }
        assert_eq!(sandbox.info(), before);
        assert_eq!(
            sandbox.handle(&SandboxRequest { method: "DELETE".to_owned(), ..SandboxRequest::get("/__sandbox") }).status,
            405
        );
    }

    #[test]
    fn options_are_checked_by_name() {
        assert_eq!(Options::from_json(&json("{}"), 5), Ok(Options::default()));
        let options =
            Options::from_json(&json(r#"{"cases":7,"seed":9,"now":"2030-01-01T00:00:00Z","auth":"strict"}"#), 5);
        let options = options.expect("options");
        assert_eq!((options.cases, options.seed, options.auth, options.live_ms), (7, 9, Auth::Strict, None));
        assert_eq!(
            Timestamp::from_unix_ms(options.now_ms).map(|now| now.utc()).as_deref(),
            Some("2030-01-01T00:00:00Z")
        );
        let live = Options::from_json(&json(r#"{"live":true}"#), 5000).expect("options");
        assert_eq!((live.live_ms, live.now_ms), (Some(5000), 5000));
        for (text, field) in [
            (r#"{"cases":0}"#, "cases"),
            (r#"{"cases":1000001}"#, "cases"),
            (r#"{"cases":1.5}"#, "cases"),
            (r#"{"cases":"10"}"#, "cases"),
            (r#"{"seed":-1}"#, "seed"),
            (r#"{"now":"tomorrow"}"#, "now"),
            (r#"{"now":"0001-01-01T00:00:00Z"}"#, "now"),
            (r#"{"auth":"none"}"#, "auth"),
            (r#"{"live":1}"#, "live"),
            (r#"{"case":5}"#, "case"),
            ("5", "options"),
        ] {
            let error = Options::from_json(&json(text), 0).expect_err(text);
            assert_eq!(error.field, field, "{error}");
        }
    }
}

mod putting {
    use super::*;

    fn detail(sandbox: &mut Sandbox, id: &str) -> cisco_support_case::model::CaseDetail {
        let answer = get(sandbox, &format!("{DETAILS}/{id}"));
        decode::case_details(&answer.body).expect("details").detail
    }

    #[test]
    fn a_new_case_is_in_the_lists_of_its_contract_and_its_user() {
        let mut sandbox = sandbox_of(100);
        sandbox
            .put(&json(
                r#"{"case_id":" 700000001","contract_id":" 55","user_id":"NewOne ","title":"<new>","severity":1,
                    "notes":[{"note":"","note_detail":"first","created_by":"x","creation_date":"2026-06-01T00:00:00Z"}],
                    "whatever":{"a":[1]}}"#,
            ))
            .expect("a case");
        for url in [format!("{CONTRACTS}/55"), format!("{USERS}/newone")] {
            let cases = walk(&mut sandbox, &url);
            assert_eq!((cases.len(), cases[0].title.as_str(), cases[0].is_open()), (1, "<new>", true), "{url}");
        }
        let detail = detail(&mut sandbox, "700000001");
        assert_eq!((detail.notes.len(), detail.user_id.as_str()), (1, "NewOne"));
        assert_eq!(detail.extra.len(), 1);
        assert_eq!(number(&sandbox.info(), "cases"), 101);
    }

    #[test]
    fn an_update_moves_a_case_to_the_end_of_its_lists() {
        let mut sandbox = sandbox_of(500);
        let before = walk(&mut sandbox, &format!("{CONTRACTS}/1234567"));
        let first = &before[0];
        sandbox.advance(1000);
        sandbox.put(&json(&format!(r#"{{"case_id":"{}","title":"moved"}}"#, first.case_id))).expect("a case");
        let after = walk(&mut sandbox, &format!("{CONTRACTS}/1234567"));
        assert_eq!(after.len(), before.len());
        let last = after.last().expect("a case");
        assert_eq!((last.case_id.as_str(), last.title.as_str()), (first.case_id.as_str(), "moved"));
        assert_eq!(last.updated_date.as_ref().map(Timestamp::utc).as_deref(), Some("2026-06-01T12:00:01Z"));
        assert_eq!((&last.serial_number, last.severity), (&first.serial_number, first.severity));
    }

    #[test]
    fn closing_and_reopening_keep_flag_status_and_dates_together() {
        let mut sandbox = sandbox_of(500);
        let open = walk(&mut sandbox, &format!("{USERS}/directcust4?status_flag=O")).swap_remove(0).case_id;
        let count = number(&sandbox.info(), "open");
        sandbox.put(&json(&format!(r#"{{"case_id":"{open}","status_flag":"C"}}"#))).expect("closed");
        let closed = detail(&mut sandbox, &open);
        assert_eq!((closed.status.as_str(), closed.close_date), ("Closed", closed.updated_date));
        assert_eq!(number(&sandbox.info(), "open"), count - 1);
        sandbox.put(&json(&format!(r#"{{"case_id":"{open}","status":"Customer Pending"}}"#))).expect("reopened");
        let reopened = detail(&mut sandbox, &open);
        assert_eq!((reopened.is_open(), reopened.close_date), (true, None));
        assert_eq!(number(&sandbox.info(), "open"), count);
    }

    #[test]
    fn what_a_client_read_can_be_put_back_any_number_of_times() {
        let mut sandbox = sandbox_of(300);
        for id in ids(&sandbox, "case_ids") {
            let before = detail(&mut sandbox, &id);
            for _ in 0..70 {
                let mut text = String::new();
                cisco_support_case::model::write_record(&mut text, &detail(&mut sandbox, &id));
                sandbox.put(&json(&text)).expect(&id);
            }
            let after = detail(&mut sandbox, &id);
            assert_eq!(
                (after.notes.len(), &after.title, &after.updated_date),
                (before.notes.len(), &before.title, &before.updated_date)
            );
            assert_eq!(after.extra, before.extra);
        }
    }

    #[test]
    fn lists_stay_in_order_whatever_is_put() {
        let mut sandbox = sandbox_of(400);
        let known: Vec<String> = ids(&sandbox, "user_ids");
        let cases: Vec<_> =
            known.chunks(10).flat_map(|batch| walk(&mut sandbox, &format!("{USERS}/{}", batch.join(",")))).collect();
        for (step, case) in cases.iter().cycle().take(1500).enumerate() {
            sandbox.advance(u64::from(step as u32 % 3) * 1000);
            let contract = ["1234567", "77", "", "4"][step % 4];
            let status = ["Closed", "Brand New Status", "Customer Pending", "Close Pending", "Another"][step % 5];
            let put = format!(r#"{{"case_id":"{}","contract_id":"{contract}","status":"{status}"}}"#, case.case_id);
            sandbox.put(&json(&put)).expect("a case");
        }
        let (mut total, mut open) = (0, 0);
        for batch in known.chunks(10) {
            let list = walk(&mut sandbox, &format!("{USERS}/{}", batch.join(",")));
            assert!(list.windows(2).all(|pair| pair[0].updated_date <= pair[1].updated_date));
            let by_status = walk(&mut sandbox, &format!("{USERS}/{}?sort_by=STATUS", batch.join(",")));
            assert!(by_status.windows(2).all(|pair| pair[0].status.as_str() <= pair[1].status.as_str()));
            total += list.len();
            open += list.iter().filter(|case| case.is_open()).count();
        }
        assert_eq!((total, open as u64), (400, number(&sandbox.info(), "open")));
    }

    #[test]
    fn what_is_wrong_with_a_case_is_said_by_name_and_nothing_changes() {
        let mut sandbox = sandbox_of(100);
        let before = get(&mut sandbox, &format!("{DETAILS}/682299374")).body;
        for (case, field) in [
            ("{}", "case_id"),
            ("[]", "case"),
            (r#"{"case_id":7}"#, "case_id"),
            (r#"{"case_id":"a/b"}"#, "case_id"),
            (r#"{"case_id":"682299374","severity":5}"#, "severity"),
            (r#"{"case_id":"682299374","updated_date":"now"}"#, "updated_date"),
            (r#"{"case_id":"682299374","rmas":"8000"}"#, "rmas"),
            (r#"{"case_id":"682299374","notes":[{"creation_date":"x"}]}"#, "notes[0].creation_date"),
            (r#"{"case_id":"682299374","contract_id":"1,2"}"#, "contract_id"),
            (r#"{"case_id":"682299374","status_flag":"X"}"#, "status_flag"),
            (r#"{"case_id":"682299374","status_flag":"O","status":"Closed"}"#, "status_flag"),
        ] {
            let error = sandbox.put(&json(case)).expect_err(case);
            assert_eq!(error.field, field, "{error}");
        }
        assert_eq!(get(&mut sandbox, &format!("{DETAILS}/682299374")).body, before);
    }
}

mod moving {
    use super::*;
    use cisco_support_case::model::CaseDetail;
    use proptest::prelude::*;

    const HOUR_MS: u64 = 3_600_000;

    fn moving(cases: u32, moves_per_hour: f64) -> Sandbox {
        let mut options = Options::default();
        options.cases = cases;
        options.moves_per_hour = moves_per_hour;
        Sandbox::new(options)
    }

    fn moves(sandbox: &Sandbox) -> [u64; 4] {
        let info = sandbox.info();
        let moves = info.get("moves").expect("moves");
        ["created", "updated", "closed", "reopened"].map(|name| number(moves, name))
    }

    fn detail(sandbox: &mut Sandbox, id: &str) -> CaseDetail {
        let details = decode::case_details(&get(sandbox, &format!("{DETAILS}/{id}")).body).expect("details");
        assert_eq!(details.issues, [], "{id}");
        details.detail
    }

    fn all(sandbox: &mut Sandbox) -> Vec<CaseRecord> {
        let users = every_user(sandbox);
        users.chunks(10).flat_map(|batch| walk(sandbox, &format!("{USERS}/{}", batch.join(",")))).collect()
    }

    fn details_of_all(sandbox: &mut Sandbox) -> BTreeMap<String, CaseDetail> {
        all(sandbox).into_iter().map(|case| (case.case_id.clone(), detail(sandbox, &case.case_id))).collect()
    }

    fn every_user(sandbox: &Sandbox) -> Vec<String> {
        let users = ids(sandbox, "user_ids");
        assert_eq!(users.len() as u64, number(&sandbox.info(), "users"), "the base is small enough for this");
        users
    }

    /// Everything that can be read of a sandbox.
    fn bytes(sandbox: &mut Sandbox) -> u64 {
        let mut hash = fnv(sandbox.info().to_json_string().as_bytes(), 0xcbf2_9ce4_8422_2325);
        for case in all(sandbox) {
            for url in [format!("{DETAILS}/{}", case.case_id), format!("{SUMMARY}/{}", case.case_id)] {
                hash = fnv(&get(sandbox, &url).body, hash);
            }
        }
        for contract in ids(sandbox, "contract_ids") {
            hash = fnv(&get(sandbox, &format!("{CONTRACTS}/{contract}?sort_by=STATUS")).body, hash);
        }
        hash
    }

    #[test]
    fn nothing_moves_unless_it_is_asked_for() {
        let (mut still, mut moved) = (sandbox_of(300), sandbox_of(300));
        moved.advance(1000 * HOUR_MS);
        let (before, after) = (all(&mut still), all(&mut moved));
        assert_eq!(before, after);
        assert_eq!(moves(&moved), [0; 4]);
    }

    #[test]
    fn the_steps_of_the_clock_make_no_difference() {
        let mut at_once = moving(300, 500.0);
        at_once.advance(HOUR_MS);
        let mut by_seconds = moving(300, 500.0);
        (0..3600).for_each(|_| by_seconds.advance(1000));
        let mut by_control = moving(300, 500.0);
        for ms in [1, 999, HOUR_MS / 2, HOUR_MS / 2 - 1000] {
            let body = format!("{{\"advanceMs\":{ms}}}").into_bytes();
            by_control.handle(&SandboxRequest { method: "POST".to_owned(), body, ..SandboxRequest::get("/__sandbox") });
        }
        assert_eq!(moves(&at_once).iter().sum::<u64>(), 500);
        let expected = bytes(&mut at_once);
        assert_eq!(bytes(&mut by_seconds), expected);
        assert_eq!(bytes(&mut by_control), expected);
        let mut other = moving(300, 499.0);
        other.advance(HOUR_MS);
        assert_ne!(bytes(&mut other), expected);
    }

    #[test]
    fn what_moves_is_the_same_on_every_platform() {
        let mut sandbox = moving(1000, 250.5);
        sandbox.advance(4 * HOUR_MS);
        assert_eq!(moves(&sandbox).iter().sum::<u64>(), 1002);
        let mut hash = 0xcbf2_9ce4_8422_2325;
        for id in ids(&sandbox, "contract_ids") {
            let last = walk(&mut sandbox, &format!("{CONTRACTS}/{id}")).len().div_ceil(100);
            hash = fnv(&get(&mut sandbox, &format!("{CONTRACTS}/{id}?page_index={last}")).body, hash);
        }
        for case in walk(&mut sandbox, &format!("{CONTRACTS}/1234567")).iter().rev().take(50) {
            hash = fnv(&get(&mut sandbox, &format!("{DETAILS}/{}", case.case_id)).body, hash);
        }
        assert_eq!(format!("{hash:016x}"), "1a99b2cf194c70f6");
    }

    #[test]
    fn a_live_sandbox_and_one_whose_requests_take_time_move_as_well() {
        let mut options = Options::default();
        (options.moves_per_hour, options.live_ms) = (3600.0, Some(7));
        let mut live = Sandbox::new(options.clone());
        live.follow_clock(100_007);
        assert_eq!(moves(&live).iter().sum::<u64>(), 100);
        (options.live_ms, options.ms_per_request) = (None, 10_000);
        let mut taking_time = Sandbox::new(options);
        (0..10).for_each(|_| drop(get(&mut taking_time, &format!("{CONTRACTS}/1234567"))));
        assert_eq!(moves(&taking_time), moves(&live));
        // Neither the token endpoint nor the sandbox's own address is one of the four.
        for url in [TOKEN, "/__sandbox", "/case/v3/cases"] {
            get(&mut taking_time, url);
        }
        assert_eq!(taking_time.info().get("now"), Some(&Json::from("2026-06-01T12:01:40Z")));
    }

    #[test]
    fn a_request_is_answered_by_what_has_moved_before_it() {
        let mut options = Options::default();
        (options.cases, options.moves_per_hour, options.ms_per_request) = (50, 3600.0, 60_000);
        let mut sandbox = Sandbox::new(options);
        for minute in 1..20 {
            let cases = page(&get(&mut sandbox, &format!("{USERS}/directcust4"))).cases;
            let last = cases.last().and_then(|case| case.updated_date.clone()).expect("a date");
            let since_ms = last.unix_ms() - Options::default().now_ms;
            assert!((0..=minute * 60_000).contains(&since_ms) && since_ms > (minute - 1) * 60_000, "{minute}: {last}");
        }
    }

    #[test]
    fn every_kind_of_move_happens_and_is_told_the_same_everywhere() {
        let mut sandbox = moving(400, 1000.0);
        let mut seen = BTreeMap::<&str, u32>::new();
        let mut before = details_of_all(&mut sandbox);
        let mut now_ms = Options::default().now_ms;
        for _ in 0..400 {
            let counts = moves(&sandbox);
            let from_ms = now_ms.div_euclid(1000) * 1000;
            now_ms += 3600;
            // The moves come one in every 3.6 s, somewhere: none, one or two of them in a step.
            sandbox.advance(3600);
            let happened: Vec<u64> = moves(&sandbox).iter().zip(counts).map(|(after, before)| after - before).collect();
            let changed: Vec<CaseRecord> = all(&mut sandbox)
                .into_iter()
                .filter(|case| before.get(&case.case_id).is_none_or(|old| old.updated_date != case.updated_date))
                .collect();
            // A case that moves twice within a second keeps its date.
            let ([case], 1) = (changed.as_slice(), happened.iter().sum()) else {
                before = details_of_all(&mut sandbox);
                continue;
            };
            let new = detail(&mut sandbox, &case.case_id);
            let summary = get(&mut sandbox, &format!("{SUMMARY}/{}", case.case_id));
            let brief = decode::case_summary(&summary.body).expect("a summary").cases.remove(0);
            for record in [case, &brief] {
                assert_eq!((&record.status, record.severity), (&new.status, new.severity));
                assert_eq!((&record.updated_date, &record.creation_date), (&new.updated_date, &new.creation_date));
                assert_eq!(record.status_flag == Some(StatusFlag::Open), new.is_open());
            }
            assert_eq!(new.is_open(), new.close_date.is_none());
            let updated = new.updated_date.as_ref().expect("a date");
            assert!(updated.unix_ms() % 1000 == 0 && (from_ms..=now_ms).contains(&updated.unix_ms()));
            let kind = match (before.get(&case.case_id), happened.as_slice()) {
                (None, [1, 0, 0, 0]) => {
                    assert_eq!((&new.creation_date, new.is_open()), (&new.updated_date, true));
                    assert_eq!(new.notes.len(), 1);
                    assert_eq!(new.notes[0].creation_date, new.creation_date);
                    assert!(!new.contract_id.is_empty() && !new.user_id.is_empty());
                    "created"
                }
                (Some(old), [0, 1, 0, 0]) if new.notes.len() == old.notes.len() + 1 => {
                    assert_eq!(new.notes[1..], old.notes[..]);
                    assert_eq!(new.notes[0].creation_date, new.updated_date);
                    assert_eq!((&new.status, new.severity), (&old.status, old.severity));
                    assert_eq!(new.close_date, old.close_date);
                    if new.notes[0].created_by == new.owner_name { "noted by owner" } else { "noted by contact" }
                }
                (Some(old), [0, 1, 0, 0]) if new.severity != old.severity => {
                    assert_eq!((&new.status, &new.notes), (&old.status, &old.notes));
                    "severity"
                }
                (Some(old), [0, 1, 0, 0]) => {
                    assert!(old.is_open() && new.is_open() && new.status != old.status);
                    assert_eq!((new.severity, &new.notes), (old.severity, &old.notes));
                    "status"
                }
                (Some(old), [0, 0, 1, 0]) => {
                    assert!(old.is_open() && !new.is_open());
                    assert_eq!(new.close_date, new.updated_date);
                    assert_eq!(new.notes.len(), old.notes.len() + 2);
                    assert_eq!(new.notes[1].note_detail, "Closed with Customer Permission");
                    assert_eq!(new.notes[1].creation_date, new.close_date);
                    "closed"
                }
                (Some(old), [0, 0, 0, 1]) => {
                    assert!(!old.is_open() && new.is_open());
                    assert_eq!(new.notes, old.notes);
                    "reopened"
                }
                (old, happened) => panic!("{old:?} became {new:?} by {happened:?}"),
            };
            if let Some(old) = before.get(&case.case_id) {
                let kept = |case: &CaseDetail| {
                    (case.title.clone(), case.rmas.clone(), case.extra.clone(), case.creation_date.clone())
                };
                assert_eq!(kept(old), kept(&new));
            }
            *seen.entry(kind).or_default() += 1;
            before.insert(case.case_id.clone(), new);
        }
        for kind in ["created", "noted by owner", "noted by contact", "status", "severity", "closed", "reopened"] {
            assert!(seen.contains_key(kind), "{kind} is not among {seen:?}");
        }
        assert!(seen["noted by owner"] + seen["noted by contact"] > seen.values().sum::<u32>() / 2, "{seen:?}");
    }

    #[test]
    fn totals_add_up_when_cases_come_and_change_sides() {
        let mut sandbox = moving(2000, 100.0);
        let count = |sandbox: &mut Sandbox, flag: &str| {
            let contracts = ids(sandbox, "contract_ids");
            let total = |id: &String| {
                let url = format!("{CONTRACTS}/{id}?status_flag={flag}");
                u64::from(page(&get(sandbox, &url)).pagination_response_record.total_records)
            };
            contracts.iter().map(total).sum::<u64>()
        };
        let before = ["", "O", "C"].map(|flag| count(&mut sandbox, flag));
        let unlisted = number(&sandbox.info(), "cases") - before[0];
        sandbox.advance(40 * HOUR_MS);
        let [created, updated, closed, reopened] = moves(&sandbox);
        assert_eq!(created + updated + closed + reopened, 4000);
        assert!(created > 300 && closed > 300 && reopened > 30 && updated > 2500);
        let info = sandbox.info();
        assert_eq!(number(&info, "cases"), 2000 + created);
        assert_eq!(number(&info, "cases") - unlisted, before[0] + created);
        let after = ["", "O", "C"].map(|flag| count(&mut sandbox, flag));
        assert_eq!(after[0], before[0] + created, "every new case is under a contract");
        assert_eq!(after[0], after[1] + after[2]);
        let open = all(&mut sandbox).iter().filter(|case| case.is_open()).count() as u64;
        assert_eq!((open, number(&info, "cases") - open), (number(&info, "open"), number(&info, "closed")));
    }

    #[test]
    fn open_cases_and_those_of_late_move_most() {
        let mut sandbox = moving(2000, 100.0);
        let before: BTreeMap<_, _> = all(&mut sandbox).into_iter().map(|case| (case.case_id.clone(), case)).collect();
        sandbox.advance(2 * HOUR_MS);
        let year_ago_ms = Options::default().now_ms - 365 * DAY_MS;
        let (mut open, mut old, mut moved) = (0, 0, 0);
        for case in all(&mut sandbox) {
            let Some(old_case) = before.get(&case.case_id).filter(|old| old.updated_date != case.updated_date) else {
                continue;
            };
            moved += 1;
            open += usize::from(old_case.is_open());
            let updated_ms = old_case.updated_date.as_ref().map_or(0, Timestamp::unix_ms);
            old += usize::from(!old_case.is_open() && updated_ms < year_ago_ms);
        }
        assert!(moved > 50 && open * 10 > moved * 7 && old * 10 < moved, "{open} open and {old} old of {moved}");
    }

    #[test]
    fn a_case_that_was_handed_in_stays_as_it_was_handed_in() {
        let mut sandbox = moving(30, 1000.0);
        // The id of a case that will be created.
        let created = {
            let mut other = moving(30, 1000.0);
            let known: BTreeSet<_> = all(&mut other).into_iter().map(|case| case.case_id).collect();
            other.advance(HOUR_MS);
            all(&mut other).into_iter().map(|case| case.case_id).find(|id| !known.contains(id)).expect("a new case")
        };
        let mut expected = Vec::new();
        for case in all(&mut sandbox).iter().step_by(3) {
            sandbox.put(&json(&format!(r#"{{"case_id":"{}","title":"kept"}}"#, case.case_id))).expect("a case");
            expected.push(detail(&mut sandbox, &case.case_id));
        }
        sandbox
            .put(&json(&format!(r#"{{"case_id":"{created}","user_id":"directcust4","title":"mine"}}"#)))
            .expect("it");
        expected.push(detail(&mut sandbox, &created));
        sandbox.advance(3 * HOUR_MS);
        for case in &expected {
            assert_eq!(detail(&mut sandbox, &case.case_id), *case);
        }
        // One that has moved can be put, and then moves no more.
        let moved = all(&mut sandbox).into_iter().max_by_key(|case| case.updated_date.clone()).expect("a case").case_id;
        let before = detail(&mut sandbox, &moved);
        sandbox.put(&json(&format!(r#"{{"case_id":"{moved}","title":"now mine"}}"#))).expect("a case");
        let put = detail(&mut sandbox, &moved);
        assert_eq!((put.title.as_str(), &put.notes, &put.status), ("now mine", &before.notes, &before.status));
        sandbox.advance(3 * HOUR_MS);
        assert_eq!(detail(&mut sandbox, &moved), put);
        let list = all(&mut sandbox);
        let distinct: BTreeSet<_> = list.iter().map(|case| &case.case_id).collect();
        assert_eq!((distinct.len(), list.len() as u64), (list.len(), number(&sandbox.info(), "cases")));
    }

    #[test]
    fn a_sandbox_in_which_nothing_can_move_does_not_hang() {
        let mut sandbox = moving(1, 3_600_000.0);
        sandbox.put(&json(r#"{"case_id":"682299374","contract_id":"5","user_id":"someone"}"#)).expect("a case");
        sandbox.advance(1000);
        assert_eq!((moves(&sandbox), number(&sandbox.info(), "cases")), ([0; 4], 1));
    }

    #[test]
    fn a_leap_over_ages_makes_a_million_moves_and_no_more() {
        let mut sandbox = moving(100, 3_600_000.0);
        sandbox.advance(u64::MAX);
        let total: u64 = moves(&sandbox).iter().sum();
        assert!((999_990..=1_000_000).contains(&total), "{total}");
        assert_eq!(sandbox.info().get("now"), Some(&Json::from("9999-12-31T00:00:00Z")));
        let last = walk(&mut sandbox, &format!("{USERS}/directcust4")).pop().expect("a case").updated_date;
        assert!(last > Timestamp::parse("9999-12-30T23:00:00Z"), "the last of them are made: {last:?}");
        sandbox.advance(HOUR_MS);
        assert_eq!(moves(&sandbox).iter().sum::<u64>(), total, "the end of time");
    }

    #[test]
    fn what_is_wrong_with_the_options_is_said_by_name() {
        for (text, field) in [
            (r#"{"movesPerHour":-1}"#, "movesPerHour"),
            (r#"{"movesPerHour":3600000.5}"#, "movesPerHour"),
            (r#"{"movesPerHour":"10"}"#, "movesPerHour"),
            (r#"{"msPerRequest":-1}"#, "msPerRequest"),
            (r#"{"msPerRequest":1.5}"#, "msPerRequest"),
            (r#"{"msPerRequest":3600001}"#, "msPerRequest"),
            (r#"{"msPerRequest":true}"#, "msPerRequest"),
        ] {
            let error = Options::from_json(&json(text), 0).expect_err(text);
            assert_eq!(error.field, field, "{error}");
            assert!(error.message.starts_with(field), "{error}");
        }
        let options = Options::from_json(&json(r#"{"movesPerHour":0.5,"msPerRequest":200}"#), 0).expect("options");
        assert_eq!((options.moves_per_hour, options.ms_per_request), (0.5, 200));
        let info = Sandbox::new(options).info();
        assert_eq!(info.get("movesPerHour"), Some(&Json::Number("0.5".to_owned())));
        assert_eq!(number(&info, "msPerRequest"), 200);
        for rate in [f64::NAN, f64::INFINITY, -5.0, f64::MIN_POSITIVE] {
            let mut sandbox = moving(10, rate);
            sandbox.advance(1000);
            assert!(decode::json(sandbox.info().to_json_string().as_bytes()).is_ok(), "{rate}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever moves and is put between moves: each list is exactly the set of its cases, in order.
        #[test]
        fn lists_stay_true(
            seed in 0u64..1000,
            cases in 1u32..200,
            rate in 1.0f64..20_000.0,
            steps in prop::collection::vec((0u64..HOUR_MS, 0usize..1000), 1..6),
        ) {
            let mut options = Options::default();
            (options.seed, options.cases, options.moves_per_hour) = (seed, cases, rate);
            let mut sandbox = Sandbox::new(options);
            for (ms, place) in steps {
                sandbox.advance(ms);
                let known = ids(&sandbox, "case_ids");
                let id = &known[place % known.len()];
                let status = ["Closed", "Customer Pending"][place % 2];
                let put = format!(r#"{{"case_id":"{id}","contract_id":"{}","status":"{status}"}}"#, 1_234_567 + place % 3);
                sandbox.put(&json(&put)).expect("a case");
            }
            let cases = all(&mut sandbox);
            prop_assert_eq!(cases.len() as u64, number(&sandbox.info(), "cases"));
            for contract in ids(&sandbox, "contract_ids") {
                let list = walk(&mut sandbox, &format!("{CONTRACTS}/{contract}"));
                prop_assert!(list.windows(2).all(|pair| pair[0].updated_date <= pair[1].updated_date));
                let mut expected: Vec<_> =
                    cases.iter().filter(|case| case.contract_id == contract).map(|case| &case.case_id).collect();
                let mut found: Vec<_> = list.iter().map(|case| &case.case_id).collect();
                found.sort();
                expected.sort();
                prop_assert_eq!(found, expected);
                for flag in ["O", "C"] {
                    let side = walk(&mut sandbox, &format!("{CONTRACTS}/{contract}?status_flag={flag}"));
                    let same = list.iter().filter(|case| case.is_open() == (flag == "O")).count();
                    prop_assert_eq!(side.len(), same);
                }
            }
            for case in cases.iter().step_by(7) {
                let detail = detail(&mut sandbox, &case.case_id);
                prop_assert_eq!((&case.status, case.severity), (&detail.status, detail.severity));
                prop_assert_eq!(&case.updated_date, &detail.updated_date);
                prop_assert!(detail.notes.windows(2).all(|pair| pair[0].creation_date >= pair[1].creation_date));
            }
        }
    }
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
    // What is called in the process has its host in the address.
    let in_process = "https://sandbox.invalid/__sandbox";
    assert_eq!(post(in_process, &[]).0, 200);
    assert_eq!(post(in_process, &[("Origin", "https://sandbox.invalid")]).0, 200);
    assert_eq!(post(in_process, &[("Origin", "https://portal.example")]), (403, "origin".to_owned()));
    // Nothing that was refused was done.
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
