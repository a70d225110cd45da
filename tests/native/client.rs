//! Calls through the engine, on a simulated clock.

use crate::fixtures::fixture;
use crate::harness::{Harness, credentials, response};
use crate::rules::params;
use cisco_support_case::client::{
    BoxedCallError, CallOptions, HttpResponse, Paginator, TokenSource, Validation, check_base_url, check_header,
};
use cisco_support_case::decode::Body;
use cisco_support_case::endpoint::{CASE_SUMMARY, CASES_BY_CONTRACT, Request};
use cisco_support_case::error::ErrorKind;
use cisco_support_case::paging::ReadOrder;

pub fn summary() -> Request {
    CASE_SUMMARY.check(&params(r#"{"case_ids":["612345678"]}"#)).unwrap()
}

pub fn body() -> String {
    String::from_utf8(fixture("case-summary")).unwrap()
}

/// Makes the call, and returns the number of requests.
pub fn call(harness: &mut Harness) -> Result<u32, BoxedCallError<String>> {
    harness.call(summary()).map(|answer| {
        assert_eq!(answer.records.summary().cases.len(), 1);
        answer.attempts
    })
}

pub const NOT_AUTHORIZED: &str = "<h1>Not Authorized</h1>";

#[test]
fn a_call_sends_one_get_with_its_token_and_nothing_else() {
    let mut harness = Harness::new(TokenSource::Fixed("synthetic".to_owned()));
    harness.answer(20, 200, &body());
    assert_eq!(call(&mut harness).unwrap(), 1);
    let sent = &harness.sent;
    assert_eq!(
        (sent[0].method, sent[0].url.as_str()),
        ("GET", "https://apix.cisco.com/case/v3/cases/case_ids/612345678")
    );
    assert_eq!(
        sent[0].headers,
        [("accept", "application/json"), ("authorization", "Bearer synthetic")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(sent[0].body, None);
    assert_eq!(harness.left_behind(), 0);
}

#[test]
fn nothing_is_sent_for_a_call_that_is_aborted_before_its_first_action() {
    let mut harness = Harness::new(TokenSource::None);
    let call = harness.engine.begin(summary(), CallOptions::default(), harness.now());
    harness.abort(call);
    let error = harness.finish(call).unwrap_err();
    assert_eq!((error.kind, error.attempts, harness.sent.len()), (ErrorKind::Aborted, 0, 0));
}

#[test]
fn the_timeout_holds_for_everything_and_leaves_nothing_running() {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(40_000, 200, &body());
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.code.as_str(), error.attempts), (ErrorKind::Timeout, "TIMEOUT", 1));
    assert_eq!((harness.now, harness.cancelled, harness.left_behind()), (30_000, 1, 0));
    // The timeout also covers a provider that hangs; the next call requests a token again.
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(i64::from(i32::MAX), "never", None);
    harness.give_token(5, "late", None);
    harness.answer(5, 200, &body());
    assert_eq!(call(&mut harness).unwrap_err().kind, ErrorKind::Timeout);
    assert_eq!((harness.tokens_cancelled, harness.left_behind()), (1, 0));
    assert!(call(&mut harness).is_ok());
    assert_eq!(harness.asked_for_token, 2);
}

#[test]
fn a_provider_that_hangs_is_asked_again_though_there_is_always_somebody_waiting() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(i64::from(i32::MAX), "never", None);
    harness.give_token(5, "late", None);
    harness.answer(5, 200, &body());
    let first = harness.begin(summary());
    harness.pass(20_000);
    let second = harness.begin(summary());
    assert_eq!(harness.finish(first).unwrap_err().kind, ErrorKind::Timeout);
    assert!(harness.finish(second).is_ok());
    assert_eq!((harness.asked_for_token, harness.tokens_cancelled, harness.now), (2, 1, 30_010));
}

#[test]
fn a_call_s_own_timeout_comes_before_the_client_s() {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(500, 200, &body());
    let call = harness.begin_with(summary(), CallOptions { timeout_ms: Some(100), ..CallOptions::default() });
    assert_eq!(harness.finish(call).unwrap_err().kind, ErrorKind::Timeout);
    assert_eq!(harness.now, 100);
    // 0 disables the timeout.
    harness.answer(10_000_000, 200, &body());
    let call = harness.begin_with(summary(), CallOptions { timeout_ms: Some(0), ..CallOptions::default() });
    assert!(harness.finish(call).is_ok());
}

#[test]
fn aborting_ends_a_call_and_says_what_it_had_done() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(30, "one", None);
    harness.answer(500, 200, &body());
    let call = harness.begin(summary());
    harness.pass(100);
    harness.abort(call);
    let error = harness.finish(call).unwrap_err();
    assert_eq!((error.kind, error.attempts, error.waited_ms), (ErrorKind::Aborted, 1, 30));
    assert_eq!(error.cause.as_deref(), Some("the caller's reason"));
    assert_eq!((error.operation, error.ids.len()), ("caseSummary", 1));
    assert_eq!((harness.cancelled, harness.left_behind()), (1, 0));
    // Aborting an ended call has no effect.
    harness.abort(call);
    assert!(!harness.step());
}

#[test]
fn a_forgotten_call_ends_without_a_word() {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(500, 200, &body());
    let call = harness.begin(summary());
    harness.engine.remove(call, harness.now());
    harness.lose(call);
    assert_eq!((harness.left_behind(), harness.step()), (0, false));
    assert_eq!(harness.engine.budget(harness.now()).concurrent.used, 0);
}

#[test]
fn a_token_is_fetched_once_for_all_who_wait_and_kept() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(100, "one", Some(3600.0));
    (0..3).for_each(|_| harness.answer(10, 200, &body()));
    let calls = [harness.begin(summary()), harness.begin(summary())];
    for call in calls {
        assert!(harness.finish(call).is_ok());
    }
    assert!(call(&mut harness).is_ok());
    assert_eq!(harness.asked_for_token, 1);
}

#[test]
fn one_who_leaves_does_not_take_the_token_from_the_others() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(100, "one", None);
    harness.answer(10, 200, &body());
    let (leaves, stays) = (harness.begin(summary()), harness.begin(summary()));
    harness.abort(leaves);
    assert!(harness.finish(stays).is_ok());
    // The remaining call requests a token immediately, and uses whichever token arrives first.
    assert_eq!((harness.asked_for_token, harness.now), (2, 110));
}

#[test]
fn a_token_is_renewed_before_it_expires() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(0, "one", Some(3600.0));
    harness.give_token(0, "two", Some(3600.0));
    (0..2).for_each(|_| harness.answer(10, 200, &body()));
    call(&mut harness).unwrap();
    harness.pass(3_541_000);
    call(&mut harness).unwrap();
    assert_eq!(harness.authorization(1).as_deref(), Some("Bearer two"));
    assert_eq!(harness.asked_for_token, 2);
}

#[test]
fn a_short_token_lives_half_its_life_and_an_odd_one_for_ever() {
    for (expires_in, passes, asked) in [
        (Some(100.0), 49_000, 1),
        (Some(100.0), 51_000, 2),
        // The client tries a token that has expired on arrival, and does not request tokens endlessly.
        (Some(0.0), 0, 1),
        (Some(-5.0), 0, 1),
        (Some(-1e300), 6000, 2),
        (Some(f64::NAN), 1_000_000_000, 1),
        (Some(f64::INFINITY), 1_000_000_000, 1),
        (Some(1e300), 1_000_000_000, 1),
        (None, 1_000_000_000, 1),
    ] {
        let mut harness = Harness::new(TokenSource::Provider);
        harness.give_token(0, "one", expires_in);
        (0..2).for_each(|_| harness.answer(10, 200, &body()));
        call(&mut harness).unwrap();
        harness.pass(passes);
        call(&mut harness).unwrap();
        assert_eq!(harness.asked_for_token, asked, "{expires_in:?} after {passes}");
    }
}

#[test]
fn an_expired_token_as_401_or_as_403_is_renewed_once_and_the_request_sent_again() {
    for status in [401, 403] {
        let mut harness = Harness::new(TokenSource::Provider);
        harness.give_token(0, "old", None);
        harness.give_token(0, "new", None);
        harness.answer(10, status, NOT_AUTHORIZED);
        harness.answer(10, 200, &body());
        assert_eq!(call(&mut harness).unwrap(), 2);
        assert_eq!(harness.authorization(0).as_deref(), Some("Bearer old"));
        assert_eq!(harness.authorization(1).as_deref(), Some("Bearer new"), "not the cached token again");
    }
}

#[test]
fn a_second_refusal_is_an_error_and_not_a_third_request() {
    let mut harness = Harness::with(TokenSource::Provider, |config| config.max_retries = 5);
    for token in ["a", "b", "c", "d"] {
        harness.give_token(0, token, None);
    }
    (0..4).for_each(|_| harness.answer(10, 403, NOT_AUTHORIZED));
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.attempts, harness.sent.len()), (ErrorKind::Authentication, 2, 2));
}

#[test]
fn a_provider_that_gives_the_refused_token_again_is_not_believed() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(0, "same", None);
    (0..4).for_each(|_| harness.answer(10, 401, NOT_AUTHORIZED));
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.attempts, harness.sent.len()), (ErrorKind::Authentication, 1, 1));
    assert_eq!(harness.asked_for_token, 2);
}

#[test]
fn a_fixed_token_that_is_refused_is_not_sent_again() {
    let mut harness = Harness::new(TokenSource::Fixed("fixed".to_owned()));
    (0..2).for_each(|_| harness.answer(10, 401, NOT_AUTHORIZED));
    assert_eq!(call(&mut harness).unwrap_err().attempts, 1);
    assert_eq!(harness.sent.len(), 1);
}

#[test]
fn two_calls_with_the_same_expired_token_renew_it_once() {
    for second_after in [20, 200] {
        let mut harness = Harness::new(TokenSource::Provider);
        harness.give_token(0, "old", None);
        harness.give_token(50, "new", None);
        harness.answer(10, 401, NOT_AUTHORIZED);
        harness.answer(second_after, 401, NOT_AUTHORIZED);
        (0..2).for_each(|_| harness.answer(10, 200, &body()));
        let calls = [harness.begin(summary()), harness.begin(summary())];
        for call in calls {
            assert!(harness.finish(call).is_ok());
        }
        assert_eq!(harness.asked_for_token, 2, "once for the old, once for the new");
    }
}

#[test]
fn a_provider_that_fails_is_the_cause_for_all_who_wait_and_is_asked_again_next_time() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.refuse_token(5);
    harness.give_token(5, "fine", None);
    harness.answer(5, 200, &body());
    for call in [harness.begin(summary()), harness.begin(summary())] {
        let error = harness.finish(call).unwrap_err();
        assert_eq!(
            (error.kind, error.code.as_str(), error.cause.as_deref()),
            (ErrorKind::Authentication, "NO_TOKEN", Some("provider failed"))
        );
        assert_eq!((error.operation, error.waited_ms), ("caseSummary", 5));
    }
    assert_eq!((harness.asked_for_token, harness.sent.len()), (1, 0));
    assert!(call(&mut harness).is_ok());
}

#[test]
fn a_token_that_would_break_out_of_its_header_is_refused_and_not_quoted() {
    for token in ["", "a b", "a\r\nx-evil: 1", "ünicode"] {
        let mut harness = Harness::new(TokenSource::Provider);
        harness.give_token(0, token, None);
        let error = call(&mut harness).unwrap_err();
        assert_eq!(error.code, "NO_TOKEN");
        assert!(token.is_empty() || !error.message().contains(token));
        assert_eq!(harness.sent.len(), 0);
    }
}

#[test]
fn credentials_are_changed_for_a_token_by_a_form_and_never_sent_elsewhere() {
    let mut harness = Harness::new(credentials());
    harness.answer(5, 200, r#"{"token_type":"Bearer","expires_in":3600,"access_token":"granted"}"#);
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    call(&mut harness).unwrap();
    call(&mut harness).unwrap();
    let sent = &harness.sent;
    assert_eq!(sent.len(), 3);
    assert_eq!((sent[0].method, sent[0].url.as_str()), ("POST", "https://id.example/token"));
    assert_eq!(
        sent[0].body.as_deref(),
        Some("grant_type=client_credentials&client_id=synthetic%20id&client_secret=s%26cret%3D1")
    );
    for request in &sent[1..] {
        assert!(!format!("{}{:?}{:?}", request.url, request.headers, request.body).contains("cret"));
    }
    assert_eq!(harness.authorization(1).as_deref(), Some("Bearer granted"));
}

fn invalid_client() -> HttpResponse<()> {
    HttpResponse {
        status: 401,
        message_id: Some("message-1".to_owned()),
        body: Body::from_slice(br#"{"errorCode":"invalid_client","errorSummary":"s&cret=1 is wrong"}"#),
        ..response()
    }
}

#[test]
fn refused_credentials_are_an_authentication_error_without_the_secret() {
    let mut harness = Harness::with(credentials(), |config| config.max_retries = 2);
    (0..4).for_each(|_| harness.answer_with(5, invalid_client()));
    let error = call(&mut harness).unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str(), error.message_id.as_deref()),
        (ErrorKind::Authentication, "INVALID_CLIENT", Some("message-1"))
    );
    assert!(!format!("{error:?}").contains("s&cret"), "{error:?}");
    assert_eq!((harness.sent.len(), error.attempts, harness.left_behind()), (3, 0, 0));
}

#[test]
fn a_token_endpoint_that_fails_for_a_moment_is_asked_again_briefly() {
    let mut harness = Harness::with(credentials(), |config| config.max_retries = 2);
    harness.answer_with(5, invalid_client());
    harness.break_after(5);
    harness.answer(5, 200, r#"{"access_token":"granted"}"#);
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    let calls = [harness.begin(summary()), harness.begin(summary())];
    for call in calls {
        assert_eq!(harness.finish(call).unwrap().attempts, 1);
    }
    assert_eq!(harness.sent.len(), 5);
    assert!(harness.now < 2000);
}

#[test]
fn an_error_says_all_that_the_response_says() {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer_with(
        5,
        HttpResponse {
            status: 403,
            mashery_error_code: Some("ERR_403_DEVELOPER_OVER_QPS".to_owned()),
            message_id: Some("message-2".to_owned()),
            retry_after: Some("1".to_owned()),
            body: Body::from_slice(b"<h1>Developer Over Qps</h1>"),
            ..response()
        },
    );
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.retryable, error.status), (ErrorKind::RateLimited, true, Some(403)));
    assert_eq!((error.retry_after_ms, error.message_id.as_deref()), (Some(1000), Some("message-2")));
    assert_eq!((error.operation, error.ids.as_slice()), ("caseSummary", &["612345678".to_owned()][..]));
}

#[test]
fn a_broken_connection_a_garbled_body_and_another_shape_are_told_apart() {
    let mut harness = Harness::new(TokenSource::None);
    harness.break_after(5);
    let error = call(&mut harness).unwrap_err();
    assert_eq!(
        (error.kind, error.cause.as_deref(), error.retryable),
        (ErrorKind::Network, Some("connection reset"), true)
    );
    for (body, code) in [
        (&br#"{"cases":[{"case_id":"61"#[..], "ILLEGAL_JSON"),
        (b"maintenance", "ILLEGAL_JSON"),
        (b"{}", "UNEXPECTED_RESPONSE"),
        (b"null", "UNEXPECTED_RESPONSE"),
        (br#"{"caseDetail":{}}"#, "UNEXPECTED_RESPONSE"),
    ] {
        harness.answer_with(5, HttpResponse { body: Body::from_slice(body), ..response() });
        let error = call(&mut harness).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Decode, code), "{}", String::from_utf8_lossy(body));
        assert!(error.decode_error.is_some());
    }
}

#[test]
fn an_error_with_http_200_is_an_error_of_its_own_kind() {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(5, 200, r#"{"APIError":{"Error":[{"errorCode":"CASE_NOTFOUND"}]}}"#);
    assert_eq!(call(&mut harness).unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn strict_validation_fails_on_what_report_lists() {
    let odd = String::from_utf8(fixture("odd-records-beside-a-good-one")).unwrap();
    let mut harness = Harness::with(TokenSource::None, |config| config.validation = Validation::Strict);
    harness.answer(5, 200, &odd);
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Decode, "INVALID_RECORD"));
    assert!(
        error.message().contains("Case 612345671") && error.message().contains("cases[0].severity"),
        "{}",
        error.message()
    );
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(5, 200, &odd);
    assert_eq!(harness.call(summary()).unwrap().records.issues().len(), 7);
}

#[test]
fn a_call_s_headers_come_before_the_client_s() {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut harness =
        Harness::with(TokenSource::None, |config| config.headers = vec![header("X-A", "1"), header("X-B", "1")]);
    harness.answer(5, 200, &body());
    let options = CallOptions { headers: vec![header("x-a", "2")], ..CallOptions::default() };
    let call = harness.begin_with(summary(), options);
    harness.finish(call).unwrap();
    assert_eq!(harness.sent[0].headers[1..], [header("X-B", "1"), header("x-a", "2")]);
}

#[test]
fn headers_that_would_smuggle_are_refused_without_their_value() {
    for (name, value) in [
        ("x y", "1"),
        ("", "1"),
        ("x:", "1"),
        ("x", "a\r\nb"),
        ("x", "\u{e9}"),
        ("Authorization", "Bearer x"),
        ("COOKIE", "a=b"),
        ("Host", "evil.example"),
    ] {
        let problem = check_header("headers", name, value).unwrap_err();
        assert!(!problem.message.contains("Bearer"));
    }
    assert!(check_header("headers", "x-portal", "a b").is_ok());
}

#[test]
fn base_addresses_are_https_or_this_machine_or_a_path_of_the_page() {
    let check = |text: &str, origin: Option<&str>| {
        check_base_url("baseUrl", text, origin).map(|url| url.as_str().to_owned()).map_err(|p| p.code)
    };
    for (text, url) in [
        ("https://apix.cisco.com/case/v3", "https://apix.cisco.com/case/v3"),
        ("https://apix.cisco.com/case/v3/", "https://apix.cisco.com/case/v3"),
        ("HTTPS://gateway.example", "HTTPS://gateway.example"),
        ("http://localhost:8787/case/v3", "http://localhost:8787/case/v3"),
        ("http://127.0.0.1:8787/case/v3", "http://127.0.0.1:8787/case/v3"),
        ("http://[::1]:8787/case/v3", "http://[::1]:8787/case/v3"),
        ("http://sandbox.localhost/case", "http://sandbox.localhost/case"),
        ("http://LocalHost:8787", "http://LocalHost:8787"),
        ("http://Sandbox.LOCALHOST", "http://Sandbox.LOCALHOST"),
        ("https://münchen.example:65535/x", "https://münchen.example:65535/x"),
    ] {
        assert_eq!(check(text, None).as_deref(), Ok(url));
    }
    assert_eq!(check("/api/case", Some("https://portal.example")).as_deref(), Ok("https://portal.example/api/case"));
    for text in [
        "",
        "apix.cisco.com",
        "http://apix.cisco.com",
        "ftp://x",
        "//evil.example",
        "https://",
        "https:///x",
        "https://u:p@x",
        "https://x?y",
        "https://x#y",
        "https://x y",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "javascript:alert(1)",
        "https://x\\y",
        "https://[",
        "https://[::1",
        "https://[::1]x",
        "https://h:99999",
        "https://h:",
        "https://h:8a",
        "https://a:b:c",
        "https://%zz/",
    ] {
        assert_eq!(check(text, Some("https://portal.example")), Err("INVALID_OPTION"), "{text:?}");
    }
    assert!(check("/api/case", None).is_err());
    assert!(check("/api/case", Some("null")).is_err());
    let problem = check_base_url("baseUrl", "http://user:hunter2@host.example/?key=hunter2", None).unwrap_err();
    assert!(!problem.message.contains("hunter2"), "{}", problem.message);
}

fn page(index: u32, last: u32, ids: &[u32]) -> String {
    let cases: Vec<_> = ids
        .iter()
        .map(|id| format!(r#"{{"case_id":"{id}","severity":"3","updated_date":"2024-01-01T00:00:{id:02}.000Z"}}"#))
        .collect();
    format!(
        r#"{{"pagination_response_record":{{"last_index":{last},"page_index":{index},"page_records":{},"total_records":5}},"cases":[{}]}}"#,
        ids.len(),
        cases.join(",")
    )
}

fn list(text: &str, order: ReadOrder) -> Result<Paginator, BoxedCallError<String>> {
    Paginator::new(CASES_BY_CONTRACT.check(&params(text)).unwrap(), order)
}

/// Reads a list like its driver. Returns its ids and the number of errors in between.
fn read(harness: &mut Harness, list: &mut Paginator) -> (String, u32) {
    let (mut ids, mut errors) = (Vec::new(), 0);
    while let Some(request) = list.next_request() {
        match harness.call(request) {
            Ok(answer) => {
                if let Some(page) = list.on_page::<String>(answer.records, i64::MAX).unwrap() {
                    ids.extend(page.page().cases.into_iter().map(|case| case.case_id));
                }
            }
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Unavailable);
                errors += 1;
            }
        }
    }
    (ids.join(" "), errors)
}

#[test]
fn a_list_is_read_whole_and_an_error_in_between_loses_no_page() {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(5, 200, &page(1, 3, &[1, 2]));
    harness.answer(5, 200, &page(3, 3, &[5]));
    harness.answer(5, 503, "<h1>Service Unavailable</h1>");
    harness.answer(5, 200, &page(2, 3, &[3, 4]));
    harness.answer(5, 200, &page(1, 3, &[1, 2]));
    harness.answer(5, 200, &page(3, 3, &[5]));
    let mut list = list(r#"{"contract_ids":["1"]}"#, ReadOrder::NewestFirst).unwrap();
    assert_eq!(read(&mut harness, &mut list), ("5 4 3 2 1".to_owned(), 1));
    assert_eq!(harness.sent.len(), 6);
}

#[test]
fn a_list_names_no_page_and_is_a_list() {
    assert!(list(r#"{"contract_ids":["1"],"page_index":2}"#, ReadOrder::NewestFirst).is_err());
    assert!(list(r#"{"contract_ids":["1"],"page_index":1}"#, ReadOrder::NewestFirst).is_ok());
    assert!(Paginator::new::<String>(summary(), ReadOrder::NewestFirst).is_err());
}

#[test]
fn a_list_sorted_by_status_is_read_upwards() {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(5, 200, &page(1, 2, &[1, 2]));
    harness.answer(5, 200, &page(2, 2, &[3]));
    let mut list = list(r#"{"contract_ids":["1"],"sort_by":"STATUS"}"#, ReadOrder::NewestFirst).unwrap();
    assert_eq!(read(&mut harness, &mut list), ("1 2 3".to_owned(), 0));
}

#[test]
fn a_list_that_gets_the_same_page_again_says_so() {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(5, 200, &page(1, 3, &[1, 2]));
    harness.answer(5, 200, &page(1, 3, &[1, 2]));
    let mut list = list(r#"{"contract_ids":["1"]}"#, ReadOrder::NewestFirst).unwrap();
    let first = harness.call(list.next_request().unwrap()).unwrap();
    assert!(list.on_page::<String>(first.records, i64::MAX).unwrap().is_none());
    let second = harness.call(list.next_request().unwrap()).unwrap();
    let error = list.on_page::<String>(second.records, i64::MAX).unwrap_err();
    assert_eq!((error.code.as_str(), error.operation), ("PAGE_MISMATCH", "casesByContract"));
}
