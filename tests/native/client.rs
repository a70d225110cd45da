//! One exchange, under a clock that the test moves.

use crate::fixtures::fixture;
use crate::host::{Fake, both, credentials, response};
use crate::rules::params;
use cisco_support_case::client::{
    CallOptions, Client, Failed, HttpResponse, List, TokenSource, Validation, base_url, check_header,
};
use cisco_support_case::decode::Body;
use cisco_support_case::endpoint::{CASE_SUMMARY, CASES_BY_CONTRACT, Request};
use cisco_support_case::error::ErrorKind;
use cisco_support_case::paging::Order;
use std::pin::pin;
use std::rc::Rc;

fn summary() -> Request {
    CASE_SUMMARY.check(&params(r#"{"case_ids":["612345678"]}"#)).unwrap()
}

fn body() -> String {
    String::from_utf8(fixture("case-summary")).unwrap()
}

fn call(world: &Fake, client: &Client<Fake>) -> Result<u32, Failed<String>> {
    world.run(client.call(&summary(), &CallOptions::default())).map(|answer| {
        let summary = answer.records.summary();
        assert_eq!(summary.cases.len(), 1);
        answer.attempts
    })
}

const NOT_AUTHORIZED: &str = "<h1>Not Authorized</h1>";

#[test]
fn a_call_sends_one_get_with_its_token_and_nothing_else() {
    let world = Fake::default();
    world.answer(20, 200, &body());
    let client = world.client(TokenSource::Fixed("synthetic".to_owned()));
    assert_eq!(call(&world, &client).unwrap(), 1);
    let sent = world.0.sent.borrow();
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
}

#[test]
fn the_timeout_holds_for_everything_and_leaves_nothing_running() {
    let world = Fake::default();
    world.answer(40_000, 200, &body());
    let client = world.client(TokenSource::None);
    let error = call(&world, &client).unwrap_err();
    assert_eq!((error.kind, error.code.as_str(), error.attempts), (ErrorKind::Timeout, "TIMEOUT", 1));
    assert_eq!(world.0.now.get(), 30_000);
    assert_eq!((world.0.dropped.get(), world.sleepers()), (1, 0));
    // A provider that hangs is under the same clock, and is asked again next time.
    let world = Fake::default();
    world.give_token(i64::from(i32::MAX), "never", None);
    world.give_token(5, "late", None);
    world.answer(5, 200, &body());
    let client = world.client(TokenSource::Provider);
    assert_eq!(call(&world, &client).unwrap_err().kind, ErrorKind::Timeout);
    assert_eq!(world.sleepers(), 0);
    assert!(call(&world, &client).is_ok());
    assert_eq!(world.0.asked_for_token.get(), 2);
}

#[test]
fn a_call_s_own_timeout_comes_before_the_client_s() {
    let world = Fake::default();
    world.answer(500, 200, &body());
    let client = world.client(TokenSource::None);
    let options = CallOptions { timeout_ms: Some(100), ..CallOptions::default() };
    assert_eq!(world.run(client.call(&summary(), &options)).unwrap_err().kind, ErrorKind::Timeout);
    assert_eq!(world.0.now.get(), 100);
}

#[test]
fn dropping_a_call_ends_it() {
    let world = Fake::default();
    world.answer(500, 200, &body());
    let client = world.client(TokenSource::None);
    let (request, options) = (summary(), CallOptions::default());
    {
        let mut pending = pin!(client.call(&request, &options));
        Fake::start(pending.as_mut());
        assert_eq!((world.requests(), world.0.dropped.get()), (1, 0));
    }
    assert_eq!((world.0.dropped.get(), world.sleepers()), (1, 0));
}

#[test]
fn a_token_is_fetched_once_for_all_who_wait_and_kept() {
    let world = Fake::default();
    world.give_token(100, "one", Some(3600.0));
    (0..3).for_each(|_| world.answer(10, 200, &body()));
    let client = world.client(TokenSource::Provider);
    let (request, options) = (summary(), CallOptions::default());
    let (a, b) = world.run(both(client.call(&request, &options), client.call(&request, &options)));
    assert!(a.is_ok() && b.is_ok());
    assert!(call(&world, &client).is_ok());
    assert_eq!(world.0.asked_for_token.get(), 1);
}

#[test]
fn one_who_leaves_does_not_take_the_token_from_the_others() {
    let world = Fake::default();
    world.give_token(100, "one", None);
    world.answer(10, 200, &body());
    let client = world.client(TokenSource::Provider);
    let (request, options) = (summary(), CallOptions::default());
    let mut stays = pin!(client.call(&request, &options));
    {
        let mut leaves = pin!(client.call(&request, &options));
        Fake::start(leaves.as_mut());
        Fake::start(stays.as_mut());
    }
    assert!(world.run(stays).is_ok());
    assert_eq!(world.0.asked_for_token.get(), 1);
}

#[test]
fn a_token_is_renewed_before_it_expires() {
    let world = Fake::default();
    world.give_token(0, "one", Some(3600.0));
    world.give_token(0, "two", Some(3600.0));
    (0..2).for_each(|_| world.answer(10, 200, &body()));
    let client = world.client(TokenSource::Provider);
    call(&world, &client).unwrap();
    world.0.now.set(3_541_000);
    call(&world, &client).unwrap();
    assert_eq!(world.authorization(1).as_deref(), Some("Bearer two"));
    assert_eq!(world.0.asked_for_token.get(), 2);
}

#[test]
fn an_expired_token_as_401_or_as_403_is_renewed_once_and_the_request_sent_again() {
    for status in [401, 403] {
        let world = Fake::default();
        world.give_token(0, "old", None);
        world.give_token(0, "new", None);
        world.answer(10, status, NOT_AUTHORIZED);
        world.answer(10, 200, &body());
        let client = world.client(TokenSource::Provider);
        assert_eq!(call(&world, &client).unwrap(), 2);
        assert_eq!(world.authorization(0).as_deref(), Some("Bearer old"));
        assert_eq!(world.authorization(1).as_deref(), Some("Bearer new"), "not the cached token again");
    }
}

#[test]
fn a_second_refusal_is_an_error_and_not_a_third_request() {
    let world = Fake::default();
    for token in ["a", "b", "c", "d"] {
        world.give_token(0, token, None);
    }
    (0..4).for_each(|_| world.answer(10, 403, NOT_AUTHORIZED));
    let client = world.client(TokenSource::Provider);
    let error = call(&world, &client).unwrap_err();
    assert_eq!((error.kind, error.attempts, world.requests()), (ErrorKind::Authentication, 2, 2));
}

#[test]
fn a_provider_that_gives_the_refused_token_again_is_not_believed() {
    let world = Fake::default();
    world.give_token(0, "same", None);
    (0..4).for_each(|_| world.answer(10, 401, NOT_AUTHORIZED));
    let client = world.client(TokenSource::Provider);
    let error = call(&world, &client).unwrap_err();
    assert_eq!((error.kind, error.attempts, world.requests()), (ErrorKind::Authentication, 1, 1));
    assert_eq!(world.0.asked_for_token.get(), 2);
}

#[test]
fn a_fixed_token_that_is_refused_is_not_sent_again() {
    let world = Fake::default();
    (0..2).for_each(|_| world.answer(10, 401, NOT_AUTHORIZED));
    let client = world.client(TokenSource::Fixed("fixed".to_owned()));
    assert_eq!(call(&world, &client).unwrap_err().attempts, 1);
    assert_eq!(world.requests(), 1);
}

#[test]
fn two_calls_with_the_same_expired_token_renew_it_once() {
    let world = Fake::default();
    world.give_token(0, "old", None);
    world.give_token(50, "new", None);
    for (after, status, text) in [
        (10, 401, NOT_AUTHORIZED.to_owned()),
        (200, 401, NOT_AUTHORIZED.to_owned()),
        (10, 200, body()),
        (10, 200, body()),
    ] {
        world.answer(after, status, &text);
    }
    let client = world.client(TokenSource::Provider);
    let (request, options) = (summary(), CallOptions::default());
    let (a, b) = world.run(both(client.call(&request, &options), client.call(&request, &options)));
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(world.0.asked_for_token.get(), 2, "once for the old, once for the new");
}

#[test]
fn a_provider_that_fails_is_the_cause_and_is_asked_again_next_time() {
    let world = Fake::default();
    world.refuse_token(5);
    world.give_token(5, "fine", None);
    world.answer(5, 200, &body());
    let client = world.client(TokenSource::Provider);
    let error = call(&world, &client).unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str(), error.cause.as_deref()),
        (ErrorKind::Authentication, "NO_TOKEN", Some("provider failed"))
    );
    assert_eq!(world.requests(), 0);
    assert!(call(&world, &client).is_ok());
}

#[test]
fn a_token_that_would_break_out_of_its_header_is_refused_and_not_quoted() {
    for token in ["", "a b", "a\r\nx-evil: 1", "ünicode"] {
        let world = Fake::default();
        world.give_token(0, token, None);
        let client = world.client(TokenSource::Provider);
        let error = call(&world, &client).unwrap_err();
        assert_eq!(error.code, "NO_TOKEN");
        assert!(token.is_empty() || !error.message().contains(token));
        assert_eq!(world.requests(), 0);
    }
}

#[test]
fn credentials_are_changed_for_a_token_by_a_form_and_never_sent_elsewhere() {
    let world = Fake::default();
    world.answer(5, 200, r#"{"token_type":"Bearer","expires_in":3600,"access_token":"granted"}"#);
    (0..2).for_each(|_| world.answer(5, 200, &body()));
    let client = world.client(credentials());
    call(&world, &client).unwrap();
    call(&world, &client).unwrap();
    let sent = world.0.sent.borrow();
    assert_eq!(sent.len(), 3);
    assert_eq!((sent[0].method, sent[0].url.as_str()), ("POST", "https://id.example/token"));
    assert_eq!(
        sent[0].body.as_deref(),
        Some("grant_type=client_credentials&client_id=synthetic%20id&client_secret=s%26cret%3D1")
    );
    for request in &sent[1..] {
        assert!(!format!("{}{:?}{:?}", request.url, request.headers, request.body).contains("cret"));
    }
    drop(sent);
    assert_eq!(world.authorization(1).as_deref(), Some("Bearer granted"));
}

#[test]
fn refused_credentials_are_an_authentication_error_without_the_secret() {
    let world = Fake::default();
    world.answer_with(
        5,
        HttpResponse {
            status: 401,
            message_id: Some("message-1".to_owned()),
            body: Body::of(br#"{"errorCode":"invalid_client","errorSummary":"s&cret=1 is wrong"}"#),
            ..response()
        },
    );
    let client = world.client(credentials());
    let error = call(&world, &client).unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str(), error.message_id.as_deref()),
        (ErrorKind::Authentication, "INVALID_CLIENT", Some("message-1"))
    );
    assert!(!format!("{error:?}").contains("s&cret"), "{error:?}");
}

#[test]
fn an_error_says_all_that_the_response_says() {
    let world = Fake::default();
    world.answer_with(
        5,
        HttpResponse {
            status: 403,
            mashery_error_code: Some("ERR_403_DEVELOPER_OVER_QPS".to_owned()),
            message_id: Some("message-2".to_owned()),
            retry_after: Some("1".to_owned()),
            body: Body::of(b"<h1>Developer Over Qps</h1>"),
            ..response()
        },
    );
    let client = world.client(TokenSource::None);
    let error = call(&world, &client).unwrap_err();
    assert_eq!((error.kind, error.retryable, error.status), (ErrorKind::RateLimited, true, Some(403)));
    assert_eq!((error.retry_after_ms, error.message_id.as_deref()), (Some(1000), Some("message-2")));
    assert_eq!((error.operation, error.ids.as_slice()), ("caseSummary", &["612345678".to_owned()][..]));
}

#[test]
fn a_broken_connection_a_garbled_body_and_another_shape_are_told_apart() {
    let world = Fake::default();
    let client = world.client(TokenSource::None);
    world.break_after(5);
    let error = call(&world, &client).unwrap_err();
    assert_eq!(
        (error.kind, error.cause.as_deref(), error.retryable),
        (ErrorKind::Network, Some("connection reset"), true)
    );
    for (body, code) in [
        (&br#"{"cases":[{"case_id":"61"#[..], "ILLEGAL_JSON"),
        (b"<html>maintenance</html>", "ILLEGAL_JSON"),
        (b"{}", "UNEXPECTED_RESPONSE"),
        (b"null", "UNEXPECTED_RESPONSE"),
        (br#"{"caseDetail":{}}"#, "UNEXPECTED_RESPONSE"),
    ] {
        world.answer_with(5, HttpResponse { body: Body::of(body), ..response() });
        let error = call(&world, &client).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Decode, code), "{}", String::from_utf8_lossy(body));
        assert!(error.fault.is_some());
    }
}

#[test]
fn an_error_with_http_200_is_an_error_of_its_own_kind() {
    let world = Fake::default();
    let client = world.client(TokenSource::None);
    world.answer(5, 200, r#"{"APIError":{"Error":[{"errorCode":"CASE_NOTFOUND"}]}}"#);
    assert_eq!(call(&world, &client).unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn strict_validation_fails_on_what_report_lists() {
    let odd = String::from_utf8(fixture("odd-records-beside-a-good-one")).unwrap();
    let world = Fake::default();
    world.answer(5, 200, &odd);
    let client = world.client_with(TokenSource::None, |config| config.validation = Validation::Strict);
    let error = call(&world, &client).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Decode, "INVALID_RECORD"));
    assert!(
        error.message().contains("Case 612345671") && error.message().contains("cases[0].severity"),
        "{}",
        error.message()
    );
    world.answer(5, 200, &odd);
    let client = world.client(TokenSource::None);
    let answer = world.run(client.call(&summary(), &CallOptions::default())).unwrap();
    assert_eq!(answer.records.issues().len(), 7);
}

#[test]
fn a_call_s_headers_come_before_the_client_s() {
    let world = Fake::default();
    world.answer(5, 200, &body());
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let client =
        world.client_with(TokenSource::None, |config| config.headers = vec![header("X-A", "1"), header("X-B", "1")]);
    let options = CallOptions { headers: vec![header("x-a", "2")], ..CallOptions::default() };
    world.run(client.call(&summary(), &options)).unwrap();
    let sent = &world.0.sent.borrow()[0].headers;
    assert_eq!(sent[1..], [header("X-B", "1"), header("x-a", "2")]);
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
        base_url("baseUrl", text, origin).map(|url| url.as_str().to_owned()).map_err(|p| p.code)
    };
    for (text, url) in [
        ("https://apix.cisco.com/case/v3", "https://apix.cisco.com/case/v3"),
        ("https://apix.cisco.com/case/v3/", "https://apix.cisco.com/case/v3"),
        ("HTTPS://gateway.example", "HTTPS://gateway.example"),
        ("http://localhost:8787/case/v3", "http://localhost:8787/case/v3"),
        ("http://127.0.0.1:8787/case/v3", "http://127.0.0.1:8787/case/v3"),
        ("http://[::1]:8787/case/v3", "http://[::1]:8787/case/v3"),
        ("http://sandbox.localhost/case", "http://sandbox.localhost/case"),
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
    ] {
        assert_eq!(check(text, Some("https://portal.example")), Err("INVALID_OPTION"), "{text:?}");
    }
    assert!(check("/api/case", None).is_err());
    assert!(check("/api/case", Some("null")).is_err());
    let problem = base_url("baseUrl", "http://user:hunter2@host.example/?key=hunter2", None).unwrap_err();
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

fn list(world: &Fake, text: &str, order: Order) -> Result<List<Fake>, Failed<String>> {
    let client = Rc::new(world.client(TokenSource::None));
    List::new(client, CASES_BY_CONTRACT.check(&params(text)).unwrap(), order, CallOptions::default())
}

#[test]
fn a_list_is_read_whole_and_an_error_in_between_loses_no_page() {
    let world = Fake::default();
    world.answer(5, 200, &page(1, 3, &[1, 2]));
    world.answer(5, 200, &page(3, 3, &[5]));
    world.answer(5, 503, "<h1>Service Unavailable</h1>");
    world.answer(5, 200, &page(2, 3, &[3, 4]));
    world.answer(5, 200, &page(1, 3, &[1, 2]));
    world.answer(5, 200, &page(3, 3, &[5]));
    let mut list = list(&world, r#"{"contract_ids":["1"]}"#, Order::Newest).unwrap();
    let mut ids = Vec::new();
    let mut errors = 0;
    loop {
        match world.run(list.next_page()) {
            Ok(Some(page)) => ids.extend(page.page().cases.into_iter().map(|case| case.case_id)),
            Ok(None) => break,
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Unavailable);
                errors += 1;
            }
        }
    }
    assert_eq!((ids.join(" ").as_str(), errors, world.requests()), ("5 4 3 2 1", 1, 6));
}

#[test]
fn a_list_names_no_page_and_is_a_list() {
    let world = Fake::default();
    assert!(list(&world, r#"{"contract_ids":["1"],"page_index":2}"#, Order::Newest).is_err());
    assert!(list(&world, r#"{"contract_ids":["1"],"page_index":1}"#, Order::Newest).is_ok());
    let client = Rc::new(world.client(TokenSource::None));
    assert!(List::new(client, summary(), Order::Newest, CallOptions::default()).is_err());
}

#[test]
fn a_list_sorted_by_status_is_read_upwards() {
    let world = Fake::default();
    world.answer(5, 200, &page(1, 2, &[1, 2]));
    world.answer(5, 200, &page(2, 2, &[3]));
    let mut list = list(&world, r#"{"contract_ids":["1"],"sort_by":"STATUS"}"#, Order::Newest).unwrap();
    let mut ids = Vec::new();
    while let Some(page) = world.run(list.next_page()).unwrap() {
        ids.extend(page.page().cases.into_iter().map(|case| case.case_id));
    }
    assert_eq!(ids.join(" "), "1 2 3");
}
