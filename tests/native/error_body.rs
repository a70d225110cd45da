//! The body that a gateway answers an error with.

use crate::rules::params;
use cisco_support_case::decode;
use cisco_support_case::endpoint::{CASE_SUMMARY, CASES_BY_CONTRACT};
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorBody, ErrorKind, GATEWAY_ERRORS, Source};
use cisco_support_case::rules::Problem;
use proptest::prelude::*;

fn read(text: &str) -> Option<ErrorBody> {
    ErrorBody::read(&decode::json(text.as_bytes()).unwrap())
}

/// Problems as the rules find them: with and without index, with another parameter, with a value that was cut.
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
    let said = (prop_oneof![prop::sample::select(rows).prop_map(|row| row.code.to_owned()), "\\PC{1,80}"], text, text);
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
