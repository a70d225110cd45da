//! Error responses: every row of the error table in the format of its layer.

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
    for code in ["SYSTEM_ERROR#1", "SYSTEM_ERROR#2", "SYSTEM_ERROR#3", "404:API_UNAVAILABLE", "500:API_UNAVAILABLE"] {
        let mut sandbox = sandbox_of(10);
        sandbox.fault(&Json::object([("name", Json::from(code))])).expect(code);
        let body = String::from_utf8(get(&mut sandbox, &format!("{SUMMARY}/682299374")).body).expect("UTF-8");
        let meanings = ERROR_TABLE.iter().filter(|row| body.contains(row.meaning)).count();
        assert_eq!(meanings, 1, "{code}: {body}");
    }
}

#[test]
fn a_code_is_a_fault_however_a_gateway_spells_it() {
    for name in ["case_notfound", "ERR_403_DEVELOPER_OVER_RATE", "Developer Over Qps", "403:Forbidden", "bad gateway"] {
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
        (format!("{CONTRACTS}/1234567?date_created_from=2026-05-01"), 403, "INVALID_DATEFORMAT"),
        (format!("{USERS}/directcust4?date_created_to=2026-05-01"), 403, "INVALID_DATEFORMAT"),
        (format!("{CONTRACTS}/1234567?date_created_to=2026-05-01T00:00:00Z+"), 403, "INVALID_DATEFORMAT"),
        (format!("{CONTRACTS}/1234567?status_flag=O+"), 403, "INVALID_STATUSFLAG"),
        (format!("{CONTRACTS}/1234567?status_flag=+"), 403, "INVALID_STATUSFLAG"),
        (format!("{SUMMARY}/682299374?sort_by=+STATUS"), 403, "INVALID_SORT_OPTION"),
        (format!("{CONTRACTS}/1234567?page_index=1+"), 400, "Bad Request"),
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
            format!("{CONTRACTS}/1234567?date_created_from=2026-01-02T00:00:00Z&date_created_to=2026-01-01T00:00:00Z"),
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
    for (name, heading, retry_after) in
        [("over_qps", "<h1>Developer Over Qps</h1>", Some("1")), ("over_rate", "<h1>Developer Over Rate</h1>", None)]
    {
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
