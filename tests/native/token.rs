//! Rejected tokens, providers that do not respond, and the effect on waiting calls.

use crate::client::{NOT_AUTHORIZED, body, summary};
use crate::harness::{Harness, credentials, response};
use cisco_support_case::client::{CallOptions, HttpResponse, TokenSource};
use cisco_support_case::decode::Body;
use cisco_support_case::error::ErrorKind;

fn within(timeout_ms: u32) -> CallOptions {
    CallOptions { timeout_ms: Some(timeout_ms), ..CallOptions::default() }
}

#[test]
fn a_provider_that_hangs_once_holds_up_short_calls_for_a_second_or_so() {
    for client_timeout in [30_000, 0] {
        let mut harness = Harness::with(TokenSource::Provider, |config| config.timeout_ms = client_timeout);
        harness.give_token(i64::from(i32::MAX), "never", None);
        harness.give_token(5, "late", None);
        (0..20).for_each(|_| harness.answer(5, 200, &body()));
        let mut calls = Vec::new();
        for _ in 0..20 {
            calls.push(harness.begin_with(summary(), within(300)));
            harness.pass(100);
        }
        let ended: Vec<_> = calls.into_iter().map(|call| harness.finish(call).is_ok()).collect();
        assert_eq!(harness.asked_for_token, 2);
        assert!(ended[12..].iter().all(|is_ok| *is_ok), "{ended:?}");
        assert_eq!(harness.left_behind(), 0);
    }
}

#[test]
fn a_provider_that_hangs_for_ever_is_asked_again_by_those_who_wait_for_ever() {
    let mut harness = Harness::with(TokenSource::Provider, |config| config.timeout_ms = 0);
    harness.give_token(i64::from(i32::MAX), "never", None);
    harness.give_token(5, "late", None);
    harness.answer(5, 200, &body());
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_ok());
    assert_eq!((harness.asked_for_token, harness.now), (2, 30_010));
}

#[test]
fn a_provider_that_has_hung_for_an_hour_is_back_within_a_minute_or_so() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(i64::from(i32::MAX), "never", None);
    let mut calls = Vec::new();
    while harness.now < 3_600_000 {
        calls.push(harness.begin_with(summary(), within(5000)));
        harness.pass(1000);
    }
    for call in calls {
        assert_eq!(harness.finish(call).unwrap_err().kind, ErrorKind::Timeout);
    }
    harness.give_token(5, "back", None);
    harness.give_token(5, "back", None);
    let since = harness.now;
    loop {
        harness.clear_answers();
        (0..9).for_each(|_| harness.answer(5, 200, &body()));
        let call = harness.begin_with(summary(), within(5000));
        harness.pass(1000);
        let other = harness.begin_with(summary(), within(5000));
        if harness.finish(call).is_ok() && harness.finish(other).is_ok() {
            break;
        }
    }
    assert!(harness.now - since <= 75_000, "{}", harness.now - since);
}

/// A revoked key: its tokens are issued and then rejected, one after the other.
#[test]
fn tokens_that_are_refused_one_after_the_other_are_asked_for_ever_more_seldom() {
    let mut harness = Harness::new(TokenSource::Provider);
    (0..200).for_each(|number| harness.give_token(1, &format!("token {number}").replace(' ', "-"), None));
    (0..400).for_each(|_| harness.answer(5, 403, NOT_AUTHORIZED));
    for _ in 0..100 {
        let call = harness.begin(summary());
        let error = harness.finish(call).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Authentication);
        harness.pass(100);
    }
    // Within somewhat over ten seconds: three tokens at first, then one after 1, 2 and 4 s each. Every call is still
    // sent, once.
    assert!((3..=7).contains(&harness.asked_for_token), "{}", harness.asked_for_token);
    let call = harness.begin(summary());
    let error = harness.finish(call).unwrap_err();
    assert_eq!((error.code.as_str(), error.attempts), ("Not Authorized", 1));
    // As soon as the service accepts the current token, refreshes are no longer delayed.
    harness.asked_for_token = 0;
    harness.clear_answers();
    harness.answer(5, 200, &body());
    for refused_first in [false, true] {
        if refused_first {
            harness.answer(5, 401, NOT_AUTHORIZED);
            harness.answer(5, 200, &body());
        }
        let call = harness.begin(summary());
        assert!(harness.finish(call).is_ok());
        assert_eq!(harness.asked_for_token, u32::from(refused_first));
    }
}

/// A rejection that concerns one request does not affect other calls.
#[test]
fn a_call_that_is_always_refused_takes_no_token_from_the_others() {
    let mut harness = Harness::new(TokenSource::Provider);
    (0..99).for_each(|number| harness.give_token(1, &format!("token-{number}"), None));
    for _ in 0..10 {
        (0..2).for_each(|_| harness.answer(5, 403, NOT_AUTHORIZED));
        (0..20).for_each(|_| harness.answer(5, 200, &body()));
        let call = harness.begin(summary());
        assert_eq!(harness.finish(call).unwrap_err().attempts, 2);
        let asked = harness.asked_for_token;
        for _ in 0..20 {
            let call = harness.begin(summary());
            assert!(harness.finish(call).is_ok());
            harness.pass(50);
        }
        assert_eq!(harness.asked_for_token, asked, "the one it was refused with is good");
    }
}

/// An error of a gateway does not show whether the token is valid.
#[test]
fn an_outage_in_between_makes_no_token_good() {
    let mut harness = Harness::new(TokenSource::Provider);
    (0..200).for_each(|number| harness.give_token(1, &format!("token-{number}"), None));
    for number in 0..200 {
        // One of three calls meets the outage, whatever is sent for it.
        let outage = number % 3 == 2;
        harness.clear_answers();
        (0..2).for_each(|_| harness.answer(5, if outage { 503 } else { 401 }, NOT_AUTHORIZED));
        let call = harness.begin(summary());
        assert!(harness.finish(call).is_err());
        harness.pass(100);
    }
    assert!(harness.asked_for_token <= 10, "{}", harness.asked_for_token);
}

/// The client's own timeout is short, too.
#[test]
fn a_slow_provider_is_let_come_to_its_end_by_a_client_with_little_time() {
    let mut harness = Harness::with(TokenSource::Provider, |config| config.timeout_ms = 1200);
    harness.give_token(1500, "slow", None);
    (0..80).for_each(|_| harness.answer(5, 200, &body()));
    let mut calls = Vec::new();
    for _ in 0..80 {
        calls.push(harness.begin(summary()));
        harness.pass(100);
    }
    let lost = calls.into_iter().map(|call| harness.finish(call)).filter(Result::is_err).count();
    assert!(lost < 40, "{lost} of 80");
    assert!(harness.asked_for_token <= 4, "{}", harness.asked_for_token);
}

/// An hour later a token expires like the first one, whatever the result of the call that refreshed it.
#[test]
fn a_refusal_is_forgotten_with_the_time() {
    let mut harness = Harness::new(TokenSource::Provider);
    (0..9).for_each(|number| harness.give_token(1, &format!("token-{number}"), None));
    harness.answer(5, 401, NOT_AUTHORIZED);
    harness.break_after(5);
    let call = harness.begin(summary());
    assert_eq!(harness.finish(call).unwrap_err().kind, ErrorKind::Network);
    harness.pass(3_600_000);
    harness.answer(5, 401, NOT_AUTHORIZED);
    harness.answer(5, 200, &body());
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_ok());
}

/// The provider is slower than the calls' timeouts, but responds.
#[test]
fn a_slow_provider_is_let_come_to_its_end() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(1500, "slow", None);
    (0..50).for_each(|_| harness.answer(5, 200, &body()));
    let patient = harness.begin(summary());
    let mut calls = Vec::new();
    for _ in 0..40 {
        calls.push(harness.begin_with(summary(), within(1200)));
        harness.pass(500);
    }
    let lost = calls.into_iter().map(|call| harness.finish(call)).filter(Result::is_err).count();
    assert!(lost <= 5, "{lost} of 40");
    assert!(harness.finish(patient).is_ok());
    assert!(harness.asked_for_token <= 3, "{}", harness.asked_for_token);
}

#[test]
fn a_token_that_is_of_use_ends_that() {
    let mut harness = Harness::new(TokenSource::Provider);
    (0..9).for_each(|number| harness.give_token(1, &format!("token-{number}"), None));
    for _ in 0..2 {
        // One token expires and the next is valid; repetition delays no call.
        for _ in 0..3 {
            harness.answer(5, 401, NOT_AUTHORIZED);
            harness.answer(5, 200, &body());
            let call = harness.begin(summary());
            assert_eq!(harness.finish(call).unwrap().attempts, 2);
        }
    }
}

#[test]
fn a_renewal_that_hangs_in_the_margin_takes_no_token_that_is_still_good() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(5, "old", Some(600.0));
    harness.give_token(i64::from(i32::MAX), "never", None);
    (0..40).for_each(|_| harness.answer(5, 200, &body()));
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_ok());
    harness.pass(541_000);
    let waited = harness.begin_with(summary(), within(2000));
    assert_eq!(harness.finish(waited).unwrap_err().kind, ErrorKind::Timeout);
    for _ in 0..7 {
        // Only the call that waits for the next refresh times out; the others continue.
        let calls = [0, 1, 2].map(|_| {
            let call = harness.begin_with(summary(), within(2000));
            harness.pass(2500);
            call
        });
        let served = calls.map(|call| harness.finish(call).is_ok());
        assert!(
            served.iter().filter(|is_ok| **is_ok).count() >= 2 || harness.now > 600_000,
            "{served:?} at {}",
            harness.now
        );
    }
}

#[test]
fn a_renewal_that_fails_in_the_margin_takes_no_token_that_is_still_good() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(5, "old", Some(600.0));
    harness.refuse_token(5);
    (0..4).for_each(|_| harness.answer(5, 200, &body()));
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_ok());
    harness.pass(550_000);
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_ok(), "the old one has 50 s to go");
    assert_eq!(harness.authorization(1).as_deref(), Some("Bearer old"));
    assert_eq!(harness.asked_for_token, 2);
    // A refresh is not attempted for each call, and an expired token is not used.
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_ok());
    assert_eq!(harness.asked_for_token, 2);
    harness.pass(60_000);
    let call = harness.begin(summary());
    assert_eq!(harness.finish(call).unwrap_err().code, "NO_TOKEN");
    assert_eq!((harness.asked_for_token, harness.sent.len()), (3, 3));
}

/// A call ignores the error of an earlier rejection once another call has got a new token.
#[test]
fn a_call_whose_token_another_has_renewed_is_sent_again_whatever_comes_of_the_next_renewal() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(0, "old", None);
    harness.give_token(50, "new", None);
    harness.answer(10, 401, NOT_AUTHORIZED);
    harness.answer(200, 401, NOT_AUTHORIZED);
    (0..2).for_each(|_| harness.answer(10, 200, &body()));
    let calls = [harness.begin(summary()), harness.begin(summary())];
    for call in calls {
        assert_eq!(harness.finish(call).unwrap().attempts, 2);
    }
    assert_eq!(harness.now, 210, "the second waits for no renewal");
}

#[test]
fn what_the_service_echoes_of_a_token_is_not_shown() {
    let fixed = || TokenSource::Fixed("token-0123456789".to_owned());
    let echo = "token-0123456789";
    for (status, body) in [
        (403, format!(r#"{{"code":"bad token {echo}"}}"#)),
        (200, format!(r#"["{echo}"]"#)),
        (200, format!(r#"{{"count":1,"cases":[],"{echo}":{{"{echo}":{echo}}}}}"#)),
    ] {
        let mut harness = Harness::with(fixed(), |config| config.emits_events = true);
        let message_id = Some(format!("id of {echo}"));
        harness
            .answer_with(5, HttpResponse { status, body: Body::from_slice(body.as_bytes()), message_id, ..response() });
        let call = harness.begin(summary());
        let error = harness.finish(call).unwrap_err();
        assert!(!format!("{error:?} {} {:?}", error.message(), harness.told).contains(echo), "{error:?}");
    }
    // A short word occurs in many texts and is not treated as a secret.
    let mut harness = Harness::new(TokenSource::Fixed("Case".to_owned()));
    harness.answer(5, 403, r#"{"code":"Case is gone"}"#);
    let call = harness.begin(summary());
    assert_eq!(harness.finish(call).unwrap_err().code, "Case is gone");
}

#[test]
fn what_the_token_endpoint_echoes_of_the_secret_is_not_shown() {
    let mut harness = Harness::with(credentials(), |config| config.emits_events = true);
    harness.answer(5, 401, r#"{"error":"s&cret=1 is wrong"}"#);
    let call = harness.begin(summary());
    let error = harness.finish(call).unwrap_err();
    assert!(!format!("{error:?} {} {:?}", error.message(), harness.told).contains("s&cret=1"), "{error:?}");
}

fn too_many(retry_after: &str) -> HttpResponse<()> {
    HttpResponse { status: 429, retry_after: Some(retry_after.to_owned()), ..response() }
}

fn posts(harness: &Harness) -> usize {
    harness.sent.iter().filter(|request| request.method == "POST").count()
}

const GRANTED: &str = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"granted"}"#;

#[test]
fn the_token_endpoint_is_left_alone_for_as_long_as_it_asks() {
    let mut harness = Harness::new(credentials());
    harness.answer_with(5, too_many("60"));
    let call = harness.begin_with(summary(), within(30_000));
    let error = harness.finish(call).unwrap_err();
    assert_eq!((error.kind, error.retry_after_ms), (ErrorKind::RateLimited, Some(60_000)));
    assert_eq!((harness.now, posts(&harness)), (5, 1));
    // A call whose deadline is too early fails immediately, with the remaining delay.
    harness.pass(20_000);
    let call = harness.begin_with(summary(), within(30_000));
    let error = harness.finish(call).unwrap_err();
    assert_eq!((error.kind, error.retry_after_ms), (ErrorKind::RateLimited, Some(40_000)));
    assert_eq!((harness.now, posts(&harness)), (20_005, 1));
    // A call with enough time waits.
    harness.answer(5, 200, GRANTED);
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    let call = harness.begin_with(summary(), within(50_000));
    assert!(harness.finish(call).is_ok());
    assert_eq!((harness.sent_at[1], posts(&harness)), (60_005, 2));
    // After the delay the client requests the next token whenever it needs one.
    let call = harness.begin_with(summary(), within(1000));
    assert!(harness.finish(call).is_ok());
    assert_eq!(harness.left_behind(), 0);
}

#[test]
fn a_short_retry_after_of_the_token_endpoint_is_waited_for() {
    let mut harness = Harness::with(credentials(), |config| config.max_retries = 2);
    harness.answer_with(5, too_many("3"));
    harness.answer(5, 200, GRANTED);
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    let calls = [harness.begin(summary()), harness.begin_with(summary(), within(1000))];
    // A call with too little time fails immediately.
    let error = harness.finish(calls[1]).unwrap_err();
    assert_eq!((error.kind, error.retry_after_ms, harness.now), (ErrorKind::RateLimited, Some(3000), 5));
    assert!(harness.finish(calls[0]).is_ok());
    assert!((3005..3010).contains(&harness.sent_at[1]), "{:?}", harness.sent_at);
}

#[test]
fn a_retry_after_of_days_is_taken_for_five_minutes() {
    let mut harness = Harness::new(credentials());
    harness.answer_with(5, too_many("300000"));
    let call = harness.begin(summary());
    assert_eq!(harness.finish(call).unwrap_err().kind, ErrorKind::RateLimited);
    harness.pass(300_000);
    harness.answer(5, 200, GRANTED);
    harness.answer(5, 200, &body());
    let call = harness.begin(summary());
    assert!(harness.finish(call).is_ok());
}

#[test]
fn the_token_endpoint_is_asked_again_for_those_calls_that_may_be_retried() {
    let never = CallOptions { max_retries: Some(0), ..CallOptions::default() };
    for (of_all, of_call, sent) in
        [(0, None, 1), (1, None, 2), (2, None, 3), (9, None, 3), (9, Some(0), 1), (0, Some(1), 2)]
    {
        let mut harness = Harness::with(credentials(), |config| config.max_retries = of_all);
        (0..9).for_each(|_| harness.answer(5, 503, ""));
        let call = harness.begin_with(summary(), CallOptions { max_retries: of_call, ..CallOptions::default() });
        assert_eq!(harness.finish(call).unwrap_err().kind, ErrorKind::Unavailable);
        assert_eq!(posts(&harness), sent, "{of_all} {of_call:?}");
        assert_eq!(harness.left_behind(), 0);
    }
    // A call without retries does not fail the others.
    let mut harness = Harness::with(credentials(), |config| config.max_retries = 2);
    harness.answer(5, 503, "");
    harness.answer(5, 200, GRANTED);
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    let first = harness.begin_with(summary(), never);
    let others = [harness.begin(summary()), harness.begin(summary())];
    assert_eq!(harness.finish(first).unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(harness.now, 5);
    for call in others {
        assert!(harness.finish(call).is_ok());
    }
    assert_eq!((posts(&harness), harness.left_behind()), (2, 0));
}

#[test]
fn what_is_echoed_of_the_token_before_the_last_one_is_not_shown() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(1, "a-synthetic-token-that-was-first", Some(100.0));
    harness.give_token(1, "a-synthetic-token-that-is-second", None);
    let echo = r#"{"errorCode":"unknown a-synthetic-token-that-was-first"}"#;
    harness.answer(80_000, 400, echo);
    harness.answer(5, 200, &body());
    let slow = harness.begin_with(summary(), within(0));
    harness.pass(60_000);
    let other = harness.begin(summary());
    assert!(harness.finish(other).is_ok());
    assert_eq!(harness.asked_for_token, 2);
    let error = harness.finish(slow).unwrap_err();
    assert_eq!(error.code, "(not shown)");
}
