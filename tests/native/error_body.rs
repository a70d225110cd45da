//! The body of a gateway's error responses.

use crate::rules::params;
use cisco_support_case::decode;
use cisco_support_case::endpoint::{CASE_SUMMARY, CASES_BY_CONTRACT};
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorBody, ErrorKind, GATEWAY_ERRORS, Source};
use cisco_support_case::rules::Problem;
use proptest::prelude::*;

fn read(text: &str) -> Option<ErrorBody> {
    ErrorBody::from_json(&decode::json(text.as_bytes()).unwrap())
}

/// Problems as the rules report them.
///
/// They are with and without an index, of another parameter, and with a truncated value.
fn found() -> Vec<Problem> {
    let long = "9".repeat(500);
    let many = (0..40).map(|id| format!("{id:?}")).collect::<Vec<_>>().join(",");
    let asked = format!(
        r#"{{"case_ids":["6 1","{long}",{many},7.50,["nested"],{{}},null],"sort_by":"\"up\" \\ \u0001","x":[[1],true]}}"#
    );
    let dates = r#"{"contract_ids":[],"date_created_from":"2024-01-01T00:00:00Z","date_created_to":"2025-01-01T00:00:00Z","page_index":0}"#;
    let mut problems = CASE_SUMMARY.check(&params(&asked)).unwrap_err();
    problems.extend(CASES_BY_CONTRACT.check(&params(dates)).unwrap_err());
    assert!(problems.iter().any(|problem| problem.index.is_some()));
    assert!(problems.iter().any(|problem| problem.related.is_some()));
    problems
}

fn bodies() -> impl Strategy<Value = ErrorBody> {
    let rows: Vec<_> = ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS).collect();
    let kinds: Vec<_> = ErrorKind::ALL.map(|(kind, _, _)| kind).into_iter().collect();
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| *kind != ErrorKind::Aborted).collect();
    let text = "\\PC{0,60}|[\"\\\\\u{0}-\u{1f}/<>é😀]{0,20}";
    let all = found();
    let sources = prop_oneof![Just(Source::Gateway), Just(Source::Service)];
    let waits = (prop::option::of(0_u32..=86_400_000), prop::option::of(-1_000_000_000_000_i64..4_000_000_000_000));
    let ids = (prop::option::of(text), prop::option::of(text));
    let said = (prop_oneof![prop::sample::select(rows).prop_map(|row| row.code.to_owned()), "\\PC{1,20}"], text, text);
    (
        sources,
        prop::sample::select(kinds),
        said,
        any::<(u16, bool, bool)>(),
        waits,
        ids,
        prop::sample::subsequence(all, 0..5),
    )
        .prop_map(|(source, kind, (code, message, advice), (status, retryable, retry), waits, ids, problems)| {
            ErrorBody {
                source,
                kind,
                code,
                message,
                advice,
                status,
                retryable,
                retry,
                retry_after_ms: waits.0,
                renews_at_ms: waits.1,
                message_id: ids.0,
                request_id: ids.1,
                problems,
            }
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_the_same(body in bodies()) {
        let text = body.to_json();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        prop_assert_eq!(read(&text), Some(body));
    }
}

#[test]
fn what_is_no_gateway_s_is_not_taken_for_one() {
    let good = r#"{"error":{"source":"gateway","kind":"unavailable","code":"UPSTREAM_AUTH"}}"#;
    assert!(read(good).is_some());
    for (text, by) in [
        ("\"gateway\"", "\"client\""),
        ("\"gateway\"", "\"Gateway\""),
        ("\"gateway\"", "7"),
        ("\"unavailable\"", "\"new_kind\""),
        ("\"unavailable\"", "null"),
        // Only a caller can abort its call, so pages ignore such a code in a body.
        ("\"unavailable\"", "\"aborted\""),
        ("\"UPSTREAM_AUTH\"", "\"\""),
        ("\"UPSTREAM_AUTH\"", "502"),
        ("\"code\"", "\"Code\""),
        ("\"error\"", "\"errors\""),
        (good, "[]"),
        (good, "\"error\""),
        (good, r#"{"error":"invalid_client"}"#),
        (good, r#"{"error":[{"source":"gateway","kind":"unavailable","code":"UPSTREAM_AUTH"}]}"#),
        (good, r#"{"more":{"error":{"source":"gateway","kind":"unavailable","code":"UPSTREAM_AUTH"}}}"#),
    ] {
        assert_eq!(read(&good.replacen(text, by, 1)), None, "{text} {by}");
    }
}

#[test]
fn whatever_else_is_of_another_type_is_as_if_it_had_not_been_said() {
    let start = r#"{"error":{"source":"service","kind":"quota","code":"QUOTA_SPENT""#;
    let plain = read(&format!("{start}}}}}")).unwrap();
    assert_eq!((plain.retryable, plain.retry, plain.status, plain.message.as_str()), (false, false, 0, ""));
    for member in [
        r#""message":5,"advice":{},"status":"502","retryable":"true","retry":1"#,
        r#""status":-1,"retryAfterMs":-1"#,
        r#""status":65536,"retryAfterMs":1.5"#,
        r#""retryAfterMs":"1000","renewsAt":5"#,
        r#""retryAfterMs":99999999999,"renewsAt":"tomorrow""#,
        r#""messageId":5,"requestId":["r"],"problems":{"field":"f"}"#,
        r#""problems":[null,5,[],{},{"field":"f","code":"c"},{"field":"f","expected":"e","code":7}]"#,
        r#""more":{"error":{"source":"gateway"}}"#,
    ] {
        assert_eq!(read(&format!("{start},{member}}}}}")).as_ref(), Some(&plain), "{member}");
    }
    let odd = r#""problems":[{"field":"f","expected":"e","code":"NEW_RULE","index":-1,"related":5,"value":{"a":[{}]},"message":"other words"}]"#;
    let problem = &read(&format!("{start},{odd}}}}}")).unwrap().problems[0];
    assert_eq!((problem.code, problem.index, problem.related.as_deref()), ("INVALID_PARAMETER", None, None));
    assert_eq!(problem.message, "f: expected e, got \"[object]\"");
}

#[test]
fn what_is_long_is_cut_and_a_wait_is_a_day_at_most() {
    let long = "é".repeat(10_000);
    let value = params(&format!(r#"{{"value":["{long}"]}}"#));
    let problem = Problem::new(&long, "INVALID_PARAMETER", long.as_str(), value.get("value").unwrap());
    let written = ErrorBody {
        code: long.clone(),
        message: long.clone(),
        message_id: Some(long.clone()),
        request_id: Some(long.clone()),
        retry_after_ms: Some(u32::MAX),
        problems: vec![problem; 200],
        ..ErrorBody::from_row(&GATEWAY_ERRORS[0])
    };
    let body = read(&written.to_json()).unwrap();
    assert_eq!((body.code.len(), body.message.len(), body.problems.len()), (80, 300, 21));
    assert_eq!(body.retry_after_ms, Some(86_400_000));
    assert!(body.problems.iter().all(|problem| problem.message.len() < 1500));
    assert!([body.message_id, body.request_id].iter().flatten().all(|id| id.len() == 300));
}
