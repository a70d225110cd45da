//! Classification of error responses.

use cisco_support_case::decode;
use cisco_support_case::error::{Classification, ERROR_TABLE, ErrorKind, ErrorResponse, classify, retry_after_ms};
use proptest::prelude::*;

fn classified(status: u16, header: Option<&str>, body: &str) -> Classification {
    let document = decode::json(body.as_bytes()).ok();
    classify(ErrorResponse { status, mashery_error_code: header, body: body.as_bytes(), document: document.as_ref() })
}

/// Returns a body for each format of www/guide/service.md#error-bodies that contains the code.
fn shapes(code: &str) -> Vec<String> {
    vec![
        format!(
            r#"{{"ErrorResponse":{{"APIError":[{{"ErrorCode":"{code}","ErrorDescription":"d","SuggestedAction":"s"}}]}}}}"#
        ),
        format!(
            r#"{{"APIError":{{"Error":[{{"errorCode":"{code}","errorDescription":"d","suggestedAction":"s","inputIdentifier":"1"}}]}}}}"#
        ),
        format!(r#"{{"EOXError":{{"ErrorID":"{code}","ErrorDescription":"d"}}}}"#),
        format!(r#"{{"errorCode":"{code}","errorMessage":"m"}}"#),
        format!(r#"{{"errorMessage":"the call failed with {code}: try again"}}"#),
        format!("<html><head><title>t</title></head><body><h1>{code}</h1></body></html>"),
        format!("<?xml version=\"1.0\"?><h1>{code}</h1>"),
        format!("{code}: something"),
        format!("\u{feff} {}", code.to_lowercase()),
    ]
}

#[test]
fn every_row_is_recognised_in_every_shape_of_body() {
    for row in ERROR_TABLE {
        for name in row.spellings() {
            for body in shapes(name) {
                let failure = classified(row.status, None, &body);
                assert_eq!((failure.code.as_str(), failure.kind), (row.code, row.kind), "{name} in {body}");
                assert_eq!(failure.retryable, row.retryable, "{name} in {body}");
                assert_eq!(failure.status, row.status);
            }
        }
    }
}

#[test]
fn every_row_is_recognised_by_the_gateway_s_header_before_its_body() {
    for row in ERROR_TABLE {
        for name in row.spellings() {
            let failure = classified(row.status, Some(name), "<h1>CASE_NOTFOUND</h1>");
            assert_eq!((failure.code.as_str(), failure.kind), (row.code, row.kind), "{name}");
        }
    }
}

#[test]
fn a_status_alone_is_classified_too() {
    for (status, code, kind, retryable) in [
        (400, "Bad Request", ErrorKind::InvalidRequest, false),
        (401, "Not Authorized", ErrorKind::Authentication, false),
        (403, "Forbidden", ErrorKind::Permission, false),
        (404, "API_UNAVAILABLE", ErrorKind::Unavailable, false),
        (429, "Account Over Queries Per Second Limit", ErrorKind::RateLimited, true),
        (500, "Internal Server Error", ErrorKind::Unavailable, true),
        (502, "Bad Gateway", ErrorKind::Unavailable, true),
        (503, "API Maintenance/Service Unavailable", ErrorKind::Unavailable, true),
        (504, "Gateway Timeout", ErrorKind::Unavailable, true),
        (596, "Service Not Found", ErrorKind::InvalidRequest, false),
        (599, "HTTP_599", ErrorKind::Unavailable, true),
        (418, "HTTP_418", ErrorKind::InvalidRequest, false),
        (302, "REDIRECTED", ErrorKind::Unavailable, false),
        (0, "SIGN_IN_PAGE", ErrorKind::Authentication, false),
        (200, "UNEXPECTED_RESPONSE", ErrorKind::Decode, false),
    ] {
        for body in ["", "{}", "<html></html>", "\u{0}"] {
            let failure = classified(status, None, body);
            assert_eq!(
                (failure.code.as_str(), failure.kind, failure.retryable),
                (code, kind, retryable),
                "{status} {body:?}"
            );
        }
    }
}

#[test]
fn a_spent_quota_is_not_taken_for_too_fast() {
    for status in [403, 429] {
        assert_eq!(classified(status, None, "<h1>Developer Over Rate</h1>").kind, ErrorKind::Quota);
        assert_eq!(classified(status, Some("ERR_403_DEVELOPER_OVER_RATE"), "").kind, ErrorKind::Quota);
        assert_eq!(classified(status, None, "<h1>Developer Over Qps</h1>").kind, ErrorKind::RateLimited);
    }
}

#[test]
fn http_s_own_words_yield_to_anything_more_telling() {
    let failure =
        classified(403, None, "<html><head><title>403 Forbidden</title></head><h1>Developer Over Qps</h1></html>");
    assert_eq!(failure.kind, ErrorKind::RateLimited);
    assert_eq!(classified(403, None, "<h1>Forbidden</h1> 596 ways").kind, ErrorKind::Permission);
}

#[test]
fn an_error_with_http_200_is_an_error() {
    let failure = classified(200, None, r#"{"APIError":{"Error":[{"errorCode":"CASE_NOTFOUND"}]}}"#);
    assert_eq!((failure.code.as_str(), failure.kind), ("CASE_NOTFOUND", ErrorKind::NotFound));
    assert_eq!(classified(200, None, r#"{"EOXError":{"ErrorID":"SSA_ERR_026"}}"#).code, "SSA_ERR_026");
}

#[test]
fn an_unknown_code_is_quoted_and_the_status_decides() {
    let failure = classified(403, None, r#"{"errorCode":"BRAND_NEW"}"#);
    assert_eq!((failure.code.as_str(), failure.kind), ("BRAND_NEW", ErrorKind::Permission));
    let long = format!(r#"{{"errorCode":"{}"}}"#, "x".repeat(10_000));
    assert!(classified(500, None, &long).code.len() < 100);
}

#[test]
fn the_token_endpoint_s_refusals_are_read() {
    for body in [
        r#"{"errorCode":"invalid_client","errorSummary":"Invalid value","errorId":"oae1"}"#,
        r#"{"error":"invalid_client","error_description":"no"}"#,
    ] {
        let failure = classified(401, None, body);
        assert_eq!((failure.code.as_str(), failure.kind), ("INVALID_CLIENT", ErrorKind::Authentication));
    }
}

#[test]
fn retry_after_is_seconds_or_a_date_and_never_absurd() {
    let now = 784_111_777_000; // Sun, 06 Nov 1994 08:49:37 GMT
    for (value, ms) in [
        ("1", Some(1000)),
        (" 120 ", Some(120_000)),
        ("0", Some(0)),
        ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10_000)),
        ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
        ("99999999", Some(86_400_000)),
        ("99999999999999999999999", Some(86_400_000)),
        ("Sun, 06 Nov 2094 08:49:47 GMT", Some(86_400_000)),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("Sunday, 06-Nov-94 08:49:47 GMT", Some(10_000)),
        ("Sun Nov  6 08:49:47 1994", Some(10_000)),
        ("Sun Nov 16 08:49:47 1994", Some(86_400_000)),
        ("Sun, 06 Nov 1994 08:49:47", None),
        ("Sun, 06 Nov 1994 08:49:47 CET", None),
        ("Sun, 06 Nov 1994 08:49:47 GMT x", None),
        ("06 Nov 1994 08:49:47 GMT", None),
        ("Sun, 06 Nov 994 08:49:47 GMT", None),
        ("Sun, +6 Nov 1994 08:49:47 GMT", None),
        ("Sun, 06 Nov 1994 8:49:47 GMT", None),
        ("1994-11-06T08:49:47Z", None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
    ] {
        assert_eq!(retry_after_ms(value, now), ms, "{value:?}");
    }
}

proptest! {
    #[test]
    fn any_response_is_classified(status in 0_u16..1000, header in prop::option::of("\\PC{0,30}"), body in prop::collection::vec(any::<u8>(), 0..200)) {
        let document = decode::json(&body).ok();
        let refusal = ErrorResponse { status, mashery_error_code: header.as_deref(), body: &body, document: document.as_ref() };
        let failure = classify(refusal);
        prop_assert!(!failure.code.is_empty() && !failure.row.advice.is_empty());
    }
}
