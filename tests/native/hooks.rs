//! Events of the hooks, and the token cache that clients share.

use crate::harness::{Harness, credentials, response};
use crate::rules::params;
use cisco_support_case::client::{
    CallOptions, Credentials, Event, EventKind, HttpResponse, RateLimits, TokenReply, TokenSource,
};
use cisco_support_case::decode::Body;
use cisco_support_case::endpoint::{CASE_SUMMARY, Request};
use cisco_support_case::error::ErrorKind;

const EMPTY: &str = r#"{"count":0,"cases":[]}"#;

fn summary() -> Request {
    CASE_SUMMARY.check(&params(r#"{"case_ids":["612345678"]}"#)).unwrap()
}

/// Returns step, call, attempt and milliseconds of each event.
fn told(events: &[Event]) -> Vec<(EventKind, u32, u32, Option<i64>)> {
    events.iter().map(|event| (event.kind, event.call, event.attempt, event.ms)).collect()
}

#[test]
fn each_step_of_a_call_is_told_in_order() {
    let mut harness = Harness::with(TokenSource::Fixed("t0ken".to_owned()), |config| {
        config.emits_events = true;
        config.max_retries = 1;
        config.backoff.base_ms = 0;
        config.rate_limits = RateLimits { per_second: 1, per_minute: 0, per_day: 0, max_concurrent: 0 };
    });
    harness.answer_with(30, HttpResponse { status: 503, message_id: Some("m1".to_owned()), ..response() });
    harness.answer(40, 200, EMPTY);
    assert!(harness.call(summary()).is_ok());
    assert_eq!(
        told(&harness.told),
        [
            (EventKind::Request, 1, 1, None),
            (EventKind::Response, 1, 1, Some(30)),
            (EventKind::Retry, 1, 2, Some(0)),
            (EventKind::Wait, 1, 2, Some(1000)),
            (EventKind::Request, 1, 2, None),
            (EventKind::Response, 1, 2, Some(40)),
        ]
    );
    let [request, refusal, retry, wait, _, answer] = harness.told.as_slice() else { panic!("six events") };
    assert_eq!(request.text.as_deref(), Some("https://apix.cisco.com/case/v3/cases/case_ids/612345678"));
    assert_eq!((request.operation, request.ids.as_slice()), ("caseSummary", ["612345678".to_owned()].as_slice()));
    assert_eq!((refusal.status, refusal.message_id.as_deref()), (Some(503), Some("m1")));
    let kind = |event: &Event| event.error.as_ref().map(|(kind, _)| *kind);
    assert_eq!(
        (kind(refusal), kind(retry), kind(answer)),
        (Some(ErrorKind::Unavailable), Some(ErrorKind::Unavailable), None)
    );
    assert_eq!((wait.text.as_deref(), answer.status), (Some("rateLimit"), None));
    assert!(!format!("{:?}", harness.told).contains("t0ken"));
}

#[test]
fn a_renewal_of_the_token_is_told_and_neither_secret_nor_token() {
    let mut harness = Harness::with(credentials(), |config| config.emits_events = true);
    harness.answer(10, 200, r#"{"access_token":"t0ken","expires_in":3600}"#);
    harness.answer(20, 200, EMPTY);
    assert!(harness.call(summary()).is_ok());
    assert_eq!(
        told(&harness.told),
        [
            (EventKind::Wait, 1, 1, None),
            (EventKind::Request, 0, 1, None),
            (EventKind::Response, 0, 1, Some(10)),
            (EventKind::Request, 1, 1, None),
            (EventKind::Response, 1, 1, Some(20)),
        ]
    );
    let text = format!("{:?}", harness.told);
    assert!(!text.contains("t0ken") && !text.contains("s&cret"), "{text}");
    assert_eq!((harness.told[0].text.as_deref(), harness.told[1].operation), (Some("token"), "token"));
}

#[test]
fn one_wait_is_told_once_and_nothing_where_nobody_watches() {
    let limits = |in_flight| RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: in_flight };
    for watched in [true, false] {
        let mut harness = Harness::with(TokenSource::None, |config| {
            config.emits_events = watched;
            config.rate_limits = limits(1);
        });
        (0..3).for_each(|_| harness.answer(100, 200, EMPTY));
        let calls: Vec<_> = (0..3).map(|_| harness.begin(summary())).collect();
        harness.pass(50);
        calls.into_iter().for_each(|call| assert!(harness.finish(call).is_ok()));
        let waits = harness.told.iter().filter(|event| event.text.as_deref() == Some("maxConcurrent")).count();
        assert_eq!((waits, harness.told.is_empty()), if watched { (2, false) } else { (0, true) });
    }
}

fn sharing() -> Harness {
    let TokenSource::Credentials(own) = credentials() else { panic!("credentials") };
    Harness::new(TokenSource::Credentials(Credentials { cached: true, ..own }))
}

fn grant(token: &str) -> String {
    format!(r#"{{"access_token":"{token}","expires_in":3600}}"#)
}

#[test]
fn a_token_that_another_has_put_into_the_cache_is_used() {
    let mut harness = sharing();
    harness.cached = Some(TokenReply { access_token: "theirs".to_owned(), expires_in: Some(3600.0) });
    harness.answer(10, 200, EMPTY);
    harness.answer(10, 200, EMPTY);
    assert!(harness.call(summary()).is_ok() && harness.call(summary()).is_ok());
    assert_eq!((harness.sent.len(), harness.looked), (2, 1), "no question to the token endpoint, one to the cache");
    assert_eq!(harness.authorization(0).as_deref(), Some("Bearer theirs"));
}

#[test]
fn a_token_of_ones_own_is_put_there_with_when_it_expires() {
    let old = TokenReply { access_token: "old".to_owned(), expires_in: Some(30.0) };
    let unusable = TokenReply { access_token: "two words".to_owned(), expires_in: None };
    for before in [None, Some(old), Some(unusable)] {
        let mut harness = sharing();
        harness.now = 1000;
        harness.cached = before;
        harness.answer(10, 200, &grant("new"));
        harness.answer(10, 200, EMPTY);
        assert!(harness.call(summary()).is_ok());
        assert_eq!(harness.authorization(1).as_deref(), Some("Bearer new"));
        let kept = harness.cached.map(|kept| (kept.access_token, kept.expires_in));
        assert_eq!(kept, Some(("new".to_owned(), Some(3600.0))));
    }
}

#[test]
fn a_refused_token_is_not_taken_from_the_cache_again_but_a_newer_one_is() {
    for (theirs, sent) in [("refused", 4), ("newer", 2)] {
        let mut harness = sharing();
        harness.cached = Some(TokenReply { access_token: "refused".to_owned(), expires_in: None });
        harness.answer_with(10, HttpResponse { status: 401, body: Body::from_slice(b"Not Authorized"), ..response() });
        let call = harness.begin(summary());
        harness.step();
        harness.cached = Some(TokenReply { access_token: theirs.to_owned(), expires_in: None });
        if theirs == "refused" {
            harness.answer(10, 200, &grant("new"));
        }
        harness.answer(10, 200, EMPTY);
        assert!(harness.finish(call).is_ok(), "{theirs}");
        assert_eq!(harness.sent.len() + usize::from(theirs == "refused"), sent, "{theirs}");
        assert_eq!(harness.looked, 2);
    }
}

#[test]
fn a_cache_that_hangs_is_done_without() {
    let mut harness = sharing();
    harness.look_ms = 1_000_000;
    harness.answer(10, 200, &grant("new"));
    harness.answer(10, 200, EMPTY);
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_ok());
    assert_eq!((harness.now, harness.tokens_cancelled, harness.left_behind()), (2020, 1, 0));
}

#[test]
fn a_cache_that_hangs_is_done_without_by_those_with_little_time_too() {
    let mut harness = sharing();
    harness.look_ms = 1_000_000;
    let within = |timeout_ms| CallOptions { timeout_ms: Some(timeout_ms), ..CallOptions::default() };
    let call = harness.begin_with(summary(), within(1500));
    assert_eq!(harness.finish(call).unwrap_err().kind, ErrorKind::Timeout);
    harness.answer(10, 200, &grant("new"));
    harness.answer(10, 200, EMPTY);
    let call = harness.begin_with(summary(), within(1500));
    assert!(harness.finish(call).is_ok());
    assert_eq!((harness.looked, harness.left_behind()), (1, 0));
}

#[test]
fn a_cache_is_looked_into_again_when_the_token_endpoint_has_failed() {
    let mut harness = sharing();
    harness.answer(10, 400, "");
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_err());
    harness.cached = Some(TokenReply { access_token: "theirs".to_owned(), expires_in: None });
    harness.answer(10, 200, EMPTY);
    assert!(harness.call(summary()).is_ok());
    assert_eq!(harness.looked, 2);
}

#[test]
fn a_token_that_cannot_be_sent_is_not_put_into_the_cache() {
    let mut harness = sharing();
    harness.answer(10, 200, &grant("two words"));
    let call = harness.begin(summary());
    assert_eq!(harness.finish(call).unwrap_err().code, "NO_TOKEN");
    assert!(harness.cached.is_none());
}

#[test]
fn a_request_that_is_ended_from_this_side_is_told_as_well() {
    let mut harness = Harness::with(TokenSource::None, |config| config.emits_events = true);
    (0..2).for_each(|_| harness.answer(1_000_000, 200, EMPTY));
    let aborted = harness.begin(summary());
    harness.pass(40);
    harness.abort(aborted);
    let late = harness.begin(summary());
    assert!(harness.finish(aborted).is_err() && harness.finish(late).is_err());
    let told: Vec<_> = harness.told.iter().filter(|event| event.kind == EventKind::Response).collect();
    let told: Vec<_> =
        told.iter().map(|event| (event.ms, event.error.as_ref().map(|(_, code)| code.as_str()))).collect();
    assert_eq!(told, [(Some(40), Some("ABORTED")), (Some(30_000), Some("TIMEOUT"))]);
}

#[test]
fn who_leaves_while_the_cache_is_asked_leaves_nothing_behind() {
    let mut harness = sharing();
    harness.look_ms = 1000;
    let call = harness.begin(summary());
    harness.abort(call);
    assert_eq!(harness.finish(call).unwrap_err().kind, ErrorKind::Aborted);
    assert_eq!(harness.left_behind(), 0);
}
