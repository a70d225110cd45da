//! The client's handling of a gateway's responses.

use crate::client::{body, call};
use crate::harness::{Harness, response};
use crate::rules::params;
use cisco_support_case::client::{Backoff, BoxedCallError, HttpResponse, RateLimits, TokenSource};
use cisco_support_case::decode::Body;
use cisco_support_case::endpoint::CASE_SUMMARY;
use cisco_support_case::error::{
    CLIENT_ERRORS, ERROR_TABLE, ErrorBody, ErrorKind, ErrorResponse, GATEWAY_ERRORS, Source, classify, row_for,
};
use cisco_support_case::rules::Problem;
use proptest::prelude::*;

fn answer(body: &ErrorBody) -> HttpResponse<()> {
    HttpResponse { status: body.status, body: Body::from_slice(body.to_json().as_bytes()), ..response() }
}

fn of(code: &str) -> ErrorBody {
    ErrorBody { request_id: Some("r-1".to_owned()), ..ErrorBody::from_row(row_for(code)) }
}

/// An error of the service that the gateway passes on, with the status of its row.
fn passed_on(code: &str) -> ErrorBody {
    let row = ERROR_TABLE.iter().find(|row| row.code == code).unwrap();
    ErrorBody { source: Source::Service, ..ErrorBody::from_row(row) }
}

fn failed(body: &ErrorBody) -> BoxedCallError<String> {
    failed_with(answer(body))
}

fn failed_with(response: HttpResponse<()>) -> BoxedCallError<String> {
    let mut harness = Harness::new(TokenSource::None);
    harness.answer_with(5, response);
    call(&mut harness).unwrap_err()
}

#[test]
fn each_row_is_told_as_it_stands_in_the_table() {
    for row in GATEWAY_ERRORS {
        let error = failed(&ErrorBody { message: "other words".to_owned(), ..of(row.code) });
        assert_eq!((error.code.as_str(), error.kind, error.source), (row.code, row.kind, Source::Gateway));
        assert_eq!((error.status, error.retryable), (Some(row.status), row.retryable));
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
        assert_eq!(error.advice(), row.advice);
        let told = format!("The gateway responded with {} (HTTP {}): {}", row.code, row.status, row.meaning);
        assert_eq!(error.message(), told);
    }
    for row in ERROR_TABLE.iter().chain(CLIENT_ERRORS).filter(|row| row.kind != ErrorKind::Aborted) {
        let status = if row.status == 0 { 502 } else { row.status };
        let error = failed(&ErrorBody { source: Source::Service, status, ..ErrorBody::from_row(row) });
        assert_eq!((error.code.as_str(), error.kind, error.source), (row.code, row.kind, Source::Service));
        assert!(error.message().starts_with("The service responded with"), "{}", error.message());
    }
}

#[test]
fn all_that_it_says_is_on_the_error() {
    let mut asked = of("QUOTA_SPENT");
    asked.status = 429;
    asked.retry_after_ms = Some(90_500);
    asked.renews_at_ms = Some(1_767_225_600_000);
    asked.message_id = Some("m-1".to_owned());
    let error = failed(&asked);
    assert_eq!((error.kind, error.status), (ErrorKind::Quota, Some(429)));
    assert_eq!((error.retry_after_ms, error.renews_at_ms), (Some(90_500), Some(1_767_225_600_000)));
    assert_eq!(error.message_id.as_deref(), Some("m-1"));
    // Header values apply only where the body has no value of its own.
    let headers = HttpResponse {
        retry_after: Some("91".to_owned()),
        message_id: Some("of the header".to_owned()),
        mashery_error_code: Some("ERR_403_NOT_AUTHORIZED".to_owned()),
        ..answer(&asked)
    };
    let error = failed_with(headers.clone());
    assert_eq!((error.code.as_str(), error.retry_after_ms), ("QUOTA_SPENT", Some(90_500)));
    assert_eq!(error.message_id.as_deref(), Some("of the header"));
    let error = failed_with(HttpResponse { retry_after: headers.retry_after, ..answer(&of("GATEWAY_BUSY")) });
    assert_eq!((error.kind, error.retry_after_ms), (ErrorKind::RateLimited, Some(91_000)));
}

#[test]
fn a_request_that_breaks_rules_has_its_problems() {
    let problems = CASE_SUMMARY.check(&params(r#"{"case_ids":["6 1"],"sort_by":"up"}"#)).unwrap_err();
    let told =
        ErrorBody { code: problems[0].code.to_owned(), status: 400, problems: problems.clone(), ..of("NO_SUCH_ROUTE") };
    let error = failed(&told);
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::InvalidRequest, problems[0].code));
    assert_eq!(error.problems, problems);
    assert!(error.message().starts_with("Invalid request: case_ids[0]: expected"), "{}", error.message());
    // With another kind the problems are kept, and the message describes that kind.
    let error = failed(&ErrorBody { kind: ErrorKind::Permission, ..told });
    assert_eq!(error.problems, problems);
    assert!(error.message().starts_with("The gateway responded with"), "{}", error.message());
}

#[test]
fn a_code_from_the_future_is_shown_with_what_is_said_of_it() {
    let mut told = of("GATEWAY_BUSY");
    told.code = "GATEWAY_DREAMS".to_owned();
    told.message = "The gateway is asleep.".to_owned();
    told.advice = "Visit https://evil.example/".to_owned();
    let error = failed(&told);
    assert_eq!((error.code.as_str(), error.kind, error.retryable), ("GATEWAY_DREAMS", ErrorKind::RateLimited, true));
    let row = row_for("UNKNOWN_CODE");
    assert_eq!(
        error.message(),
        format!("The gateway responded with GATEWAY_DREAMS (HTTP 429): {} {}", row.meaning, told.message)
    );
    assert_eq!(error.advice(), row.advice);
}

fn retrying(token: TokenSource) -> Harness {
    Harness::with(token, |config| config.max_retries = 2)
}

#[test]
fn what_the_gateway_has_tried_again_itself_the_client_does_not() {
    let ill = ErrorBody { code: "ILLEGAL_JSON".to_owned(), ..of("UPSTREAM_INVALID") };
    let over = ErrorBody { retryable: true, ..passed_on("Account Over Queries Per Second Limit") };
    for told in
        [of("UPSTREAM_UNREACHABLE"), of("UPSTREAM_TIMEOUT"), of("GATEWAY_BUSY"), passed_on("SYSTEM_ERROR"), over, ill]
    {
        let mut harness = retrying(TokenSource::None);
        harness.answer_with(5, answer(&told));
        let error = call(&mut harness).unwrap_err();
        assert_eq!((error.attempts, error.retryable), (1, told.retryable), "{}", told.code);
        assert_eq!(harness.left_behind(), 0);
    }
}

#[test]
fn what_the_gateway_says_is_to_be_tried_again_is_after_as_long_as_it_says() {
    // The body's flag also overrides the tables.
    for (code, retryable) in [("QUOTA_UNREACHABLE", true), ("GATEWAY_FAILED", false)] {
        for (retry_after, retry_after_ms, waits_ms) in
            [(Some("3"), None, 3000), (Some("3"), Some(2500), 2500), (None, None, 0)]
        {
            let mut harness = Harness::with(TokenSource::None, |config| {
                config.max_retries = 1;
                config.backoff = Backoff { base_ms: 0, cap_ms: 0 };
            });
            let told = ErrorBody { retry: true, retryable, retry_after_ms, ..of(code) };
            for _ in 0..3 {
                harness.answer_with(5, HttpResponse { retry_after: retry_after.map(str::to_owned), ..answer(&told) });
            }
            let error = call(&mut harness).unwrap_err();
            assert_eq!((error.code.as_str(), error.attempts), (code, 2), "no more than maxRetries");
            assert_eq!(harness.sent_at, [0, 5 + waits_ms]);
        }
    }
    // No retry after the deadline.
    let mut harness = retrying(TokenSource::None);
    harness.answer_with(5, answer(&ErrorBody { retry: true, retry_after_ms: Some(40_000), ..of("GATEWAY_BUSY") }));
    assert_eq!((call(&mut harness).unwrap_err().attempts, harness.now), (1, 5));
}

#[test]
fn an_expired_sign_in_is_renewed_once_and_the_request_sent_once_more() {
    for code in ["IDENTITY_EXPIRED", "IDENTITY_INVALID", "IDENTITY_MISSING"] {
        let mut harness = retrying(TokenSource::Provider);
        harness.give_token(1, "old", None);
        harness.give_token(1, "new", None);
        harness.answer_with(5, answer(&of(code)));
        harness.answer(5, 200, &body());
        assert_eq!(call(&mut harness).unwrap(), 2);
        assert_eq!((harness.asked_for_token, harness.authorization(1).as_deref()), (2, Some("Bearer new")));
        // After the second rejection the client returns the error to the caller.
        let mut harness = retrying(TokenSource::Provider);
        harness.give_token(1, "old", None);
        harness.give_token(1, "new", None);
        (0..3).for_each(|_| harness.answer_with(5, answer(&of(code))));
        let error = call(&mut harness).unwrap_err();
        assert_eq!((error.kind, error.source, error.attempts), (ErrorKind::Authentication, Source::Gateway, 2));
        assert_eq!(harness.asked_for_token, 2);
    }
    let error = failed(&of("IDENTITY_EXPIRED"));
    assert_eq!(error.attempts, 1, "who has no other token fails at once");
}

#[test]
fn the_gateway_s_own_credentials_are_not_the_caller_s() {
    let mut harness = retrying(TokenSource::Provider);
    harness.give_token(1, "good", None);
    harness.answer_with(5, answer(&of("UPSTREAM_AUTH")));
    harness.answer(5, 200, &body());
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.attempts, error.retryable), (ErrorKind::Unavailable, 1, false));
    assert!(call(&mut harness).is_ok());
    assert_eq!((harness.asked_for_token, harness.authorization(1).as_deref()), (1, Some("Bearer good")));
}

/// A gateway rejects an unknown URL before it authenticates the caller.
#[test]
fn what_a_gateway_says_of_a_request_does_not_vouch_for_the_token() {
    let renewals = |between: &ErrorBody| {
        let mut harness = Harness::new(TokenSource::Provider);
        (0..200).for_each(|number| harness.give_token(1, &format!("token {number}").replace(' ', "-"), None));
        for _ in 0..40 {
            harness.answer_with(1, answer(&of("IDENTITY_INVALID")));
            harness.answer_with(1, answer(between));
        }
        (0..40).for_each(|_| assert!(call(&mut harness).is_err()));
        harness.asked_for_token
    };
    assert!(renewals(&of("NO_SUCH_ROUTE")) < 10, "{}", renewals(&of("NO_SUCH_ROUTE")));
    assert!(renewals(&passed_on("CASE_NOTFOUND")) > 30);
}

#[test]
fn a_gateway_that_is_busy_slows_the_client_down_and_a_spent_quota_stops_it() {
    let limited = || {
        Harness::with(TokenSource::None, |config| {
            config.rate_limits = RateLimits { per_second: 4, per_minute: 0, per_day: 0, max_concurrent: 0 }
        })
    };
    let mut harness = limited();
    harness.answer_with(5, answer(&ErrorBody { retry_after_ms: Some(1000), ..of("GATEWAY_BUSY") }));
    assert!(call(&mut harness).is_err());
    assert!(harness.engine.budget(harness.now()).next_slot_in_ms >= Some(1000));
    let mut harness = limited();
    let told = ErrorBody { status: 429, retry_after_ms: Some(3_600_000), ..of("QUOTA_SPENT") };
    harness.answer_with(5, answer(&told));
    assert_eq!(call(&mut harness).unwrap_err().renews_at_ms, Some(3_600_005), "as the wait says, where no date does");
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.code.as_str(), error.source, error.attempts), ("QUOTA_SPENT", Source::Client, 0));
}

/// A body without the exact words of a gateway is classified like any other body.
#[test]
fn what_is_not_quite_a_gateway_s_body_is_classified_as_ever() {
    for (status, body, code, kind) in [
        (
            502,
            r#"{"error":{"source":"elsewhere","kind":"authentication","code":"UPSTREAM_AUTH"}}"#,
            "UPSTREAM_AUTH",
            ErrorKind::Unavailable,
        ),
        (
            500,
            r#"{"error":{"source":"gateway","kind":"new_kind","code":"NOT_PERMITTED"}}"#,
            "NOT_PERMITTED",
            ErrorKind::Unavailable,
        ),
        (405, r#"{"code":"METHOD_NOT_ALLOWED"}"#, "METHOD_NOT_ALLOWED", ErrorKind::InvalidRequest),
        (
            403,
            r#"{"error":{"source":"gateway","kind":"permission","code":""},"code":"CASE_NOTFOUND"}"#,
            "CASE_NOTFOUND",
            ErrorKind::NotFound,
        ),
        (502, r#"{"error":"gateway","kind":"quota","code":"SYSTEM_ERROR"}"#, "SYSTEM_ERROR", ErrorKind::Unavailable),
        (
            503,
            r#"{"error":{"source":"gateway","kind":"unavailable","code":"UPSTREAM_AUTH"}"#,
            "API Maintenance/Service Unavailable",
            ErrorKind::Unavailable,
        ),
    ] {
        let document = cisco_support_case::decode::json(body.as_bytes()).ok();
        let as_ever = classify(ErrorResponse {
            status,
            body: body.as_bytes(),
            document: document.as_ref(),
            ..ErrorResponse::default()
        });
        let error = failed_with(HttpResponse { status, body: Body::from_slice(body.as_bytes()), ..response() });
        assert_eq!((error.code.as_str(), error.kind, error.source), (code, kind, Source::Service), "{body}");
        assert_eq!((&error.code, error.retryable, error.row), (&as_ever.code, as_ever.retryable, as_ever.row));
        assert_eq!((error.retry, error.request_id), (None, None));
    }
    let header = HttpResponse { status: 403, mashery_error_code: Some("NOT_PERMITTED".to_owned()), ..response() };
    assert_eq!(failed_with(header).code, "Forbidden", "a gateway's code in a header of the service is none");
}

#[test]
fn an_answer_with_the_status_of_success_is_never_a_gateway_s_error() {
    let text = of("UPSTREAM_AUTH").to_json();
    let error = failed_with(HttpResponse { status: 200, body: Body::from_slice(text.as_bytes()), ..response() });
    assert_eq!((error.source, error.retry, error.request_id), (Source::Service, None, None));
    // Next to records, `error` is an unknown field.
    let with_error = body().replacen('{', &format!("{},", text.trim_end_matches('}').to_owned() + "}"), 1);
    let mut harness = Harness::new(TokenSource::None);
    harness.answer(5, 200, &with_error);
    assert!(call(&mut harness).is_ok());
}

#[test]
fn codes_in_its_texts_and_problems_mean_nothing() {
    let mut told = of("UPSTREAM_UNREACHABLE");
    told.message = "Developer Over Rate: QUOTA_SPENT, CASE_NOTFOUND".to_owned();
    told.advice = "Not Authorized".to_owned();
    told.problems = vec![Problem::new("Developer Over Qps", "CASE_NOTFOUND", "Not Authorized", &params("{}"))];
    let error = failed(&told);
    assert_eq!(
        (error.code.as_str(), error.kind, error.retryable),
        ("UPSTREAM_UNREACHABLE", ErrorKind::Unavailable, true)
    );
    // The gateway's kind takes precedence over the kind of the code.
    told.code = "QUOTA_SPENT".to_owned();
    assert_eq!(failed(&told).kind, ErrorKind::Unavailable);
}

#[test]
fn what_it_echoes_of_a_token_is_not_shown_not_even_its_beginning() {
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{}", "QUJD".repeat(200));
    let echo = |text: &str| format!("{text} {token}");
    let quoting = format!("with\"quote-{}", "x".repeat(20));
    for secret in [token.clone(), quoting] {
        let value = cisco_support_case::util::Json::from(vec![secret.as_str()]);
        let number = cisco_support_case::util::Json::Number("0123456789012345".to_owned());
        for (told, secret) in [
            (ErrorBody { code: echo("x"), ..of("GATEWAY_BUSY") }, &token),
            (ErrorBody { code: "NEW".to_owned(), message: echo("bad token"), ..of("GATEWAY_BUSY") }, &token),
            (ErrorBody { message_id: Some(echo("m")), request_id: Some(echo("r")), ..of("GATEWAY_BUSY") }, &token),
            (
                ErrorBody {
                    problems: vec![Problem::new(&echo("f"), "MISSING_INPUTS", "e", &number)],
                    ..of("NO_SUCH_ROUTE")
                },
                &token,
            ),
            (
                ErrorBody {
                    problems: vec![Problem::new("f", "MISSING_INPUTS", echo("e"), &number)],
                    ..of("NO_SUCH_ROUTE")
                },
                &token,
            ),
            (
                ErrorBody { problems: vec![Problem::new("f", "MISSING_INPUTS", "e", &value)], ..of("NO_SUCH_ROUTE") },
                &secret,
            ),
            (
                ErrorBody { problems: vec![Problem::new("f", "MISSING_INPUTS", "e", &number)], ..of("NO_SUCH_ROUTE") },
                &"0123456789012345".to_owned(),
            ),
        ] {
            let mut harness = Harness::with(TokenSource::Fixed(secret.clone()), |config| config.emits_events = true);
            harness.answer_with(5, answer(&told));
            let error = call(&mut harness).unwrap_err();
            let shown = format!("{error:?} {} {:?} {:?}", error.message(), error.problems, harness.told);
            let start = &secret[..12];
            assert!(!shown.contains(start) && !shown.contains(&start.replace('"', "\\\"")), "{shown}");
        }
    }
}

proptest! {
    #[test]
    fn any_body_of_a_gateway_ends_in_an_error_that_says_something(
        status in prop_oneof![0_u16..200, 201_u16..1000],
        members in prop::collection::vec(("[a-zA-Z]{1,10}|kind|retry|retryAfterMs|problems|requestId", "null|true|-?[1-9][0-9]{0,20}|\"\\PC{0,20}\"|\\[\\]|\\{\\}"), 0..8),
    ) {
        let members: Vec<_> = members.into_iter().map(|(name, value)| format!("\"{name}\":{}", value.replace('\\', ""))).collect();
        let text = format!(r#"{{"error":{{"source":"gateway","code":"NEW",{}"kind":"timeout"}}}}"#,
            members.iter().map(|member| format!("{member},")).collect::<String>());
        let error = failed_with(HttpResponse { status, body: Body::from_slice(text.as_bytes()), ..response() });
        prop_assert!(!error.code.is_empty() && !error.advice().is_empty() && !error.message().is_empty());
    }
}
