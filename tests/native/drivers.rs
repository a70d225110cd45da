//! Calls with one driver each: a driver that gives up, is late or disappears blocks no other call.

use crate::client::{NOT_AUTHORIZED, body, summary};
use crate::harness::{Harness, config, credentials, response};
use cisco_support_case::client::{
    Action, CallId, CallOptions, CallToken, ClientConfig, Engine, HttpResponse, InFlightId, Now, RateLimits,
    TokenReply, TokenSource,
};
use cisco_support_case::decode::Body;
use cisco_support_case::error::ErrorKind;
use std::collections::VecDeque;

const NO_LIMITS: RateLimits = RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 0 };
const GRANTED: &str = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"granted"}"#;

fn isolated(config: &mut ClientConfig) {
    config.isolated = true;
}

fn within(timeout_ms: u32) -> CallOptions {
    CallOptions { timeout_ms: Some(timeout_ms), ..CallOptions::default() }
}

fn with_token(token: CallToken) -> CallOptions {
    CallOptions { token: Some(token), ..CallOptions::default() }
}

fn fixed(token: &str) -> CallOptions {
    with_token(CallToken::Fixed(token.to_owned()))
}

fn begin(harness: &mut Harness, count: usize) -> Vec<CallId> {
    (0..count).map(|_| harness.begin(summary())).collect()
}

fn all_fine(harness: &mut Harness, calls: &[CallId]) {
    for call in calls {
        assert!(harness.finish(*call).is_ok());
    }
}

/// Asserts that nothing is counted or pending any more.
fn nothing_left(harness: &mut Harness) {
    let budget = harness.engine.budget(harness.now());
    assert_eq!((budget.concurrent.used, budget.waiting, harness.left_behind()), (0, 0, 0));
}

fn posts(harness: &Harness) -> usize {
    harness.sent.iter().filter(|request| request.method == "POST").count()
}

#[test]
fn a_token_is_asked_for_once_where_all_stay() {
    for isolates in [false, true] {
        for token_ms in [5, 80, 3000, 20_000] {
            let mut harness = Harness::with(TokenSource::Provider, |config| config.isolated = isolates);
            harness.give_token(token_ms, "one", None);
            (0..40).for_each(|_| harness.answer(10, 200, &body()));
            let calls = begin(&mut harness, 40);
            all_fine(&mut harness, &calls);
            assert_eq!(harness.asked_for_token, 1);
            // A driver that is not woken polls at intervals that grow with the time waited, and is at most 250 ms late.
            assert!(harness.now <= token_ms + 10 + if isolates { 250 } else { 0 }, "{}", harness.now);
            nothing_left(&mut harness);
        }
    }
}

#[test]
fn whoever_waits_takes_over_from_a_leader_that_is_aborted() {
    for isolates in [false, true] {
        let mut harness = Harness::with(credentials(), |config| config.isolated = isolates);
        harness.answer(60_000, 200, GRANTED);
        harness.answer(50, 200, GRANTED);
        (0..20).for_each(|_| harness.answer(10, 200, &body()));
        let leader = harness.begin(summary());
        let calls = begin(&mut harness, 20);
        harness.pass(500);
        harness.abort(leader);
        assert_eq!(harness.finish(leader).unwrap_err().kind, ErrorKind::Aborted);
        all_fine(&mut harness, &calls);
        assert_eq!((posts(&harness), harness.cancelled), (2, 1));
        assert!(harness.now <= if isolates { 1100 } else { 560 }, "{}", harness.now);
        nothing_left(&mut harness);
    }
}

#[test]
fn the_late_token_of_a_leader_that_left_is_used_if_it_comes_first() {
    for isolates in [false, true] {
        for leaves in [true, false] {
            let mut harness = Harness::with(TokenSource::Provider, |config| config.isolated = isolates);
            harness.give_token(600, "first", None);
            harness.give_token(5000, "second", None);
            (0..9).for_each(|_| harness.answer(10, 200, &body()));
            let leader = harness.begin_with(summary(), within(400));
            let calls = begin(&mut harness, 9);
            if leaves {
                harness.pass(100);
                harness.abort(leader);
            }
            all_fine(&mut harness, &calls);
            assert_eq!(harness.authorization(0).as_deref(), Some("Bearer first"));
            assert_eq!((harness.asked_for_token, harness.tokens_cancelled), (2, 2));
            assert!(harness.now <= if isolates { 900 } else { 610 }, "{}", harness.now);
            nothing_left(&mut harness);
        }
    }
}

#[test]
fn whoever_waits_takes_over_from_a_leader_that_vanished() {
    for (token, lost_at) in [(TokenSource::Provider, 0), (credentials(), 30), (TokenSource::Provider, 950)] {
        let is_provider = matches!(token, TokenSource::Provider);
        let mut harness = Harness::with(token, isolated);
        harness.give_token(60_000, "first", None);
        harness.give_token(50, "second", None);
        harness.answer(60_000, 200, GRANTED);
        harness.answer(50, 200, GRANTED);
        if is_provider {
            harness.clear_answers();
        }
        (0..20).for_each(|_| harness.answer(10, 200, &body()));
        let leader = harness.begin(summary());
        let calls = begin(&mut harness, 20);
        harness.pass(lost_at);
        harness.lose(leader);
        all_fine(&mut harness, &calls);
        assert_eq!(harness.asked_for_token + posts(&harness) as u32, 2);
        assert!(harness.now <= lost_at + 900, "{} after {lost_at}", harness.now);
    }
}

#[test]
fn one_after_the_other_takes_over_if_one_after_the_other_vanishes() {
    let mut harness = Harness::with(TokenSource::Provider, isolated);
    harness.give_token(2000, "slow", None);
    (0..9).for_each(|_| harness.answer(10, 200, &body()));
    let calls = begin(&mut harness, 6);
    for lost in &calls[..5] {
        harness.lose(*lost);
        harness.pass(700);
    }
    assert!(harness.finish(calls[5]).is_ok());
    assert!(harness.asked_for_token <= 6 && harness.now < 6500, "{} {}", harness.asked_for_token, harness.now);
    // The engine drops the calls of missing drivers a minute after it noticed them.
    for _ in 0..2 {
        harness.pass(70_000);
        let call = harness.begin(summary());
        assert!(harness.finish(call).is_ok());
    }
    nothing_left(&mut harness);
}

/// The call with the most time left takes over the token request.
#[test]
fn a_slow_token_endpoint_comes_to_its_end_though_short_calls_come_and_go() {
    for (isolates, limits) in
        [(false, NO_LIMITS), (true, NO_LIMITS), (false, RateLimits { per_second: 1, ..NO_LIMITS })]
    {
        let mut harness =
            Harness::with(credentials(), |config| (config.isolated, config.rate_limits) = (isolates, limits));
        (0..2).for_each(|_| harness.answer(2000, 200, GRANTED));
        (0..90).for_each(|_| harness.answer(10, 200, &body()));
        let mut long = None;
        for n in 0..40 {
            harness.begin_with(summary(), within(1000));
            if n == 2 {
                long = Some(harness.begin_with(summary(), within(20_000)));
            }
            harness.pass(200);
        }
        assert!(harness.finish(long.unwrap()).is_ok());
        assert_eq!(posts(&harness), 2);
        let first = harness.sent_at[harness.sent.iter().position(|request| request.method == "GET").unwrap()];
        assert!(first <= 3400, "{first}");
    }
}

/// With equal timeouts the youngest call takes over the token request.
#[test]
fn a_slow_token_endpoint_comes_to_its_end_though_callers_give_up_one_after_the_other() {
    let mut harness = Harness::new(credentials());
    (0..20).for_each(|_| harness.answer(700, 200, GRANTED));
    let mut calls = VecDeque::new();
    for _ in 0..20 {
        calls.push_back(harness.begin(summary()));
        if calls.len() > 5 {
            let leaves = calls.pop_front().unwrap();
            harness.abort(leaves);
        }
        harness.pass(200);
    }
    assert!(posts(&harness) <= 2, "{}", posts(&harness));
    assert!(harness.sent.len() > 2, "there is a token");
}

#[test]
fn a_provider_that_is_slower_than_any_call_has_its_token_used() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(1500, "slow", None);
    (0..90).for_each(|_| harness.answer(10, 200, &body()));
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let call = harness.begin_with(summary(), within(1000));
            harness.pass(200);
            call
        })
        .collect();
    let fine = calls.into_iter().filter(|call| harness.finish(*call).is_ok()).count();
    assert!(fine >= 12, "{fine}");
}

/// The event loop was blocked: all timers fire late, in their order.
#[test]
fn a_driver_that_is_late_with_all_others_is_not_taken_for_gone() {
    for stall_ms in [200, 400, 3000] {
        for at in [0, 1, 40, 99, 100, 101, 249, 250, 700, 990] {
            let mut harness = Harness::with(TokenSource::Provider, |config| {
                (config.isolated, config.rate_limits.max_concurrent) = (true, 3);
            });
            harness.give_token(1000, "one", None);
            (0..12).for_each(|_| harness.answer(800, 200, &body()));
            let calls = begin(&mut harness, 12);
            harness.pass(at);
            harness.now += stall_ms;
            harness.pass(1100);
            harness.now += stall_ms;
            all_fine(&mut harness, &calls);
            assert_eq!(harness.asked_for_token, 1, "{stall_ms} ms at {at}");
            let mut sent = harness.sent_at.clone();
            for group in sent.split_off(3).chunks(3) {
                assert!(group[0] >= sent[0] + 800, "more than three in flight: {:?}", harness.sent_at);
                sent = group.to_vec();
            }
            nothing_left(&mut harness);
        }
    }
}

#[test]
fn a_token_of_a_call_is_sent_for_that_call_alone() {
    let mut harness = Harness::new(TokenSource::Provider);
    harness.give_token(5, "client", None);
    harness.own_tokens.push_back((5, Ok(TokenReply { access_token: "provided".to_owned(), expires_in: Some(1.0) })));
    (0..4).for_each(|_| harness.answer(10, 200, &body()));
    let first = harness.begin_with(summary(), fixed("fixed"));
    let second = harness.begin_with(summary(), with_token(CallToken::Provider));
    assert_eq!((harness.asked_for_token, harness.asked_for_own_token.as_slice()), (0, &[second][..]));
    all_fine(&mut harness, &[first, second]);
    let third = harness.begin(summary());
    all_fine(&mut harness, &[third]);
    let sent: Vec<_> = (0..3).map(|index| harness.authorization(index).unwrap()).collect();
    assert_eq!(sent, ["Bearer fixed", "Bearer provided", "Bearer client"]);
    assert_eq!((harness.asked_for_token, harness.asked_for_own_token.len()), (1, 1));
    nothing_left(&mut harness);
}

#[test]
fn a_late_token_of_a_call_is_not_the_client_s() {
    for isolates in [false, true] {
        let mut harness = Harness::with(TokenSource::Provider, |config| config.isolated = isolates);
        harness.give_token(1000, "client", None);
        harness.own_tokens.push_back((100, Ok(TokenReply { access_token: "own".to_owned(), expires_in: None })));
        harness.answer(10, 200, &body());
        let own = harness.begin_with(summary(), with_token(CallToken::Provider));
        let other = harness.begin(summary());
        harness.pass(50);
        harness.abort(own);
        all_fine(&mut harness, &[other]);
        assert_eq!(harness.authorization(0).as_deref(), Some("Bearer client"));
        assert_eq!((harness.asked_for_token, harness.tokens_cancelled), (1, 1));
    }
}

#[test]
fn a_refused_token_of_a_call_is_renewed_once_by_its_own_provider() {
    let give = |token: &str| (5, Ok(TokenReply { access_token: token.to_owned(), expires_in: None }));
    // The service accepts the new token.
    let mut harness = Harness::new(TokenSource::Provider);
    harness.own_tokens = [give("old"), give("new")].into();
    harness.answer(10, 401, NOT_AUTHORIZED);
    harness.answer(10, 200, &body());
    let call = harness.begin_with(summary(), with_token(CallToken::Provider));
    assert_eq!(harness.finish(call).unwrap().attempts, 2);
    assert_eq!(harness.authorization(1).as_deref(), Some("Bearer new"));
    // The service rejects the new token, too.
    harness.own_tokens = [give("a"), give("b"), give("c")].into();
    (0..3).for_each(|_| harness.answer(10, 403, NOT_AUTHORIZED));
    let call = harness.begin_with(summary(), with_token(CallToken::Provider));
    let error = harness.finish(call).unwrap_err();
    assert_eq!((error.kind, error.attempts, harness.own_tokens.len()), (ErrorKind::Authentication, 2, 1));
    // The provider returns the rejected token again, so the rejection is the call's error.
    harness.own_tokens = [give("same"), give("same")].into();
    let call = harness.begin_with(summary(), with_token(CallToken::Provider));
    let error = harness.finish(call).unwrap_err();
    assert_eq!((error.kind, error.attempts, error.status), (ErrorKind::Authentication, 1, Some(403)));
    // The provider fails, or returns no valid token.
    for reply in
        [Err("own provider failed".to_owned()), Ok(TokenReply { access_token: "a b".to_owned(), expires_in: None })]
    {
        let cause = reply.as_ref().err().cloned();
        harness.own_tokens = [(5, reply)].into();
        let call = harness.begin_with(summary(), with_token(CallToken::Provider));
        let error = harness.finish(call).unwrap_err();
        assert_eq!((error.code.as_str(), error.attempts, error.cause), ("NO_TOKEN", 0, cause));
    }
    // A fixed token is not sent again.
    harness.clear_answers();
    harness.answer(10, 401, NOT_AUTHORIZED);
    let call = harness.begin_with(summary(), fixed("fixed"));
    assert_eq!(harness.finish(call).unwrap_err().attempts, 1);
    assert_eq!(harness.asked_for_token, 0);
    nothing_left(&mut harness);
}

#[test]
fn what_the_service_echoes_of_a_call_s_token_is_not_shown() {
    let secret = "own-token-0123456789";
    let echo = format!(r#"{{"code":"bad token {secret}"}}"#);
    for token in [CallToken::Fixed(secret.to_owned()), CallToken::Provider] {
        let mut harness = Harness::with(TokenSource::Provider, |config| config.emits_events = true);
        let reply = || (5, Ok(TokenReply { access_token: secret.to_owned(), expires_in: None }));
        harness.own_tokens = [reply(), reply()].into();
        for status in [401, 403] {
            let message_id = Some(format!("id of {secret}"));
            let echo = HttpResponse { status, body: Body::from_slice(echo.as_bytes()), message_id, ..response() };
            harness.answer_with(5, echo);
            let call = harness.begin_with(summary(), with_token(token.clone()));
            let error = harness.finish(call).unwrap_err();
            assert!(!format!("{error:?} {} {:?}", error.message(), harness.told).contains(secret), "{error:?}");
            harness.own_tokens = [reply(), reply()].into();
        }
    }
}

#[test]
fn who_waits_for_a_token_is_in_nobody_s_way() {
    let limits = RateLimits { per_second: 2, max_concurrent: 2, ..NO_LIMITS };
    for isolates in [false, true] {
        let mut harness = Harness::with(TokenSource::Provider, |config| {
            (config.isolated, config.rate_limits, config.max_retries) = (isolates, limits, 0);
        });
        harness.give_token(20_000, "client", None);
        harness.own_tokens.push_back((20_000, Ok(TokenReply { access_token: "own".to_owned(), expires_in: None })));
        (0..20).for_each(|_| harness.answer(10, 200, &body()));
        let blocked = begin(&mut harness, 5);
        let own = harness.begin_with(summary(), with_token(CallToken::Provider));
        let calls: Vec<_> = (0..5).map(|_| harness.begin_with(summary(), fixed("fixed"))).collect();
        all_fine(&mut harness, &calls);
        assert_eq!(harness.sent_at, [0, 0, 1030, 1030, 2060]);
        all_fine(&mut harness, &blocked);
        all_fine(&mut harness, &[own]);
        assert_eq!((harness.sent_at.len(), harness.asked_for_token), (11, 1));
        assert!(harness.now < 24_000);
        nothing_left(&mut harness);
    }
}

#[test]
fn a_turn_that_is_not_taken_for_want_of_a_token_is_the_next_one_s() {
    let mut harness = Harness::with(TokenSource::Provider, |config| config.rate_limits.per_second = 1);
    // The token is usable for 5 s.
    harness.give_token(0, "short", Some(10.0));
    harness.give_token(10_000, "slow", None);
    (0..4).for_each(|_| harness.answer(10, 200, &body()));
    let first = begin(&mut harness, 1);
    harness.pass(4500);
    let second = begin(&mut harness, 1);
    harness.pass(100);
    let blocked = begin(&mut harness, 1);
    let own = harness.begin_with(summary(), fixed("fixed"));
    all_fine(&mut harness, &[first, second].concat());
    all_fine(&mut harness, &[own]);
    assert_eq!(harness.sent_at, [0, 4500, 5530]);
    all_fine(&mut harness, &blocked);
    assert_eq!((harness.sent_at[3], harness.asked_for_token), (15_530, 2));
    nothing_left(&mut harness);
}

#[test]
fn who_waits_before_the_token_endpoint_is_asked_again_is_in_nobody_s_way() {
    let mut harness = Harness::with(credentials(), |config| {
        (config.rate_limits.max_concurrent, config.backoff.base_ms) = (1, 8000);
    });
    harness.answer(10, 503, "{}");
    (0..9).for_each(|_| harness.answer(10, 200, &body()));
    let blocked = harness.begin(summary());
    harness.pass(20);
    let calls: Vec<_> = (0..5).map(|_| harness.begin_with(summary(), fixed("fixed"))).collect();
    all_fine(&mut harness, &calls);
    assert!(harness.now <= 20 + 50, "{}", harness.now);
    harness.abort(blocked);
    assert!(harness.finish(blocked).is_err());
    nothing_left(&mut harness);
}

#[test]
fn slots_in_flight_of_drivers_that_vanished_are_given_away() {
    let mut harness = Harness::with(TokenSource::None, |config| {
        (config.isolated, config.rate_limits.max_concurrent) = (true, 2);
    });
    (0..2).for_each(|_| harness.answer(600_000, 200, &body()));
    (0..9).for_each(|_| harness.answer(10, 200, &body()));
    let lost = begin(&mut harness, 2);
    let calls = begin(&mut harness, 5);
    harness.pass(400);
    lost.iter().for_each(|call| harness.lose(*call));
    all_fine(&mut harness, &calls);
    assert!((1000..1600).contains(&harness.now), "{}", harness.now);
    assert_eq!(harness.engine.budget(harness.now()).concurrent.used, 0);
    for _ in 0..2 {
        harness.pass(70_000);
        let call = harness.begin(summary());
        assert!(harness.finish(call).is_ok());
    }
    nothing_left(&mut harness);
}

#[test]
fn calls_are_served_in_their_order() {
    for isolates in [false, true] {
        for limits in [
            RateLimits { per_second: 5, ..NO_LIMITS },
            RateLimits { max_concurrent: 3, ..NO_LIMITS },
            RateLimits { per_second: 7, max_concurrent: 2, ..NO_LIMITS },
        ] {
            let mut harness = Harness::with(TokenSource::Provider, |config| {
                (config.isolated, config.rate_limits) = (isolates, limits);
            });
            harness.give_token(300, "one", None);
            (0..30).for_each(|_| harness.answer(40, 200, &body()));
            let mut calls = Vec::new();
            for n in 0..30 {
                let options =
                    CallOptions { headers: vec![("x-number".to_owned(), n.to_string())], ..CallOptions::default() };
                calls.push(harness.begin_with(summary(), options));
                harness.pass(i64::from(n % 3));
            }
            all_fine(&mut harness, &calls);
            let order: Vec<_> = harness.sent.iter().map(|request| request.headers.last().unwrap().1.clone()).collect();
            let expected: Vec<_> = (0..30).map(|n| n.to_string()).collect();
            if isolates {
                // The call whose turn it is may poll slightly later than a call that polls at that very moment.
                let places = order.iter().enumerate().map(|(place, n)| place.abs_diff(n.parse().unwrap()));
                assert!(places.max().unwrap() <= 4, "{order:?} under {limits:?}");
            } else {
                assert_eq!(order, expected, "under {limits:?}");
            }
            nothing_left(&mut harness);
        }
    }
}

#[test]
fn a_spent_quota_is_said_to_all_who_wait() {
    for isolates in [false, true] {
        for retry_after in [None, Some("86400")] {
            let mut harness = Harness::with(TokenSource::Provider, |config| {
                (config.isolated, config.rate_limits.max_concurrent) = (isolates, 1);
            });
            harness.give_token(60_000, "client", None);
            let spent = HttpResponse {
                status: 403,
                mashery_error_code: Some("ERR_403_DEVELOPER_OVER_RATE".to_owned()),
                retry_after: retry_after.map(str::to_owned),
                ..response()
            };
            harness.answer_with(10, spent);
            // The calls wait for the client's token, for a token of their own, and for their turn.
            let mut calls = begin(&mut harness, 3);
            harness.own_tokens.push_back((60_000, Err("nobody waits for it".to_owned())));
            calls.push(harness.begin_with(summary(), with_token(CallToken::Provider)));
            calls.extend((0..5).map(|_| harness.begin_with(summary(), fixed("fixed"))));
            let own = calls.remove(3);
            for call in &calls {
                let error = harness.finish(*call).unwrap_err();
                assert_eq!(error.kind, ErrorKind::Quota, "{error:?}");
            }
            assert!(harness.now <= if isolates { 1010 } else { 10 }, "{}", harness.now);
            harness.abort(own);
            assert!(harness.finish(own).is_err());
            assert_eq!(harness.sent.len(), 1);
            nothing_left(&mut harness);
        }
    }
}

#[test]
fn a_day_s_limit_that_is_spent_is_said_to_all_who_wait() {
    let mut harness = Harness::with(TokenSource::Provider, |config| config.rate_limits.per_day = 3);
    harness.give_token(100, "client", None);
    (0..9).for_each(|_| harness.answer(10, 200, &body()));
    let calls = begin(&mut harness, 8);
    let outcomes: Vec<_> =
        calls.into_iter().map(|call| harness.finish(call).map_err(|error| error.code.clone())).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert!(outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).all(|code| code == "QUOTA_SPENT"));
    assert_eq!(harness.now, 110);
    nothing_left(&mut harness);
}

#[test]
fn a_call_that_is_forgotten_leaves_its_place_to_the_others() {
    for isolates in [false, true] {
        let mut harness = Harness::with(TokenSource::Provider, |config| {
            (config.isolated, config.rate_limits.max_concurrent) = (isolates, 1);
        });
        harness.give_token(60_000, "first", None);
        harness.give_token(50, "second", None);
        harness.answer(60_000, 200, &body());
        (0..9).for_each(|_| harness.answer(10, 200, &body()));
        let calls = begin(&mut harness, 5);
        let forget = |harness: &mut Harness, call: CallId| {
            harness.engine.remove(call, harness.now());
            harness.lose(call);
            while let Some(woken) = harness.engine.next_woken() {
                harness.drive(woken);
            }
        };
        // This call requests the token.
        forget(&mut harness, calls[0]);
        harness.pass(600);
        assert_eq!((harness.asked_for_token, harness.sent.len()), (2, 1));
        // One of these calls is in flight, and one waits.
        let in_flight = calls.iter().position(|call| harness.is_sending(*call)).unwrap();
        let waits = if in_flight == 4 { 3 } else { 4 };
        forget(&mut harness, calls[in_flight]);
        forget(&mut harness, calls[waits]);
        let rest: Vec<_> = (1..5).filter(|n| *n != in_flight && *n != waits).map(|n| calls[n]).collect();
        all_fine(&mut harness, &rest);
        nothing_left(&mut harness);
    }
}

/// 10 000 calls that start at once, with drivers that run only when woken.
#[test]
fn many_calls_take_a_few_steps_each() {
    for token in [TokenSource::Fixed("fixed".to_owned()), TokenSource::Provider] {
        const CALLS: usize = 10_000;
        let mut config = config(token);
        config.rate_limits.max_concurrent = 10;
        config.timeout_ms = 0;
        let mut engine: Engine<String, ()> = Engine::new(config, 1);
        let (mut steps, mut done, mut now, mut most) = (0, 0, 0, 0);
        let mut flying: VecDeque<InFlightId> = VecDeque::new();
        let mut asked: Vec<InFlightId> = Vec::new();
        let mut begun: VecDeque<CallId> =
            (0..CALLS).map(|_| engine.begin(summary(), CallOptions::default(), Now::unix(0))).collect();
        loop {
            while let Some(call) = begun.pop_front().or_else(|| engine.next_woken()) {
                while let Some(action) = engine.next_action(call, Now::unix(now)) {
                    steps += 1;
                    match action {
                        Action::Send { id, .. } => flying.push_back(id),
                        Action::RequestToken { id, .. } => asked.push(id),
                        Action::Done { outcome } => done += usize::from(outcome.is_ok()),
                        Action::Wait { .. } => break,
                        _ => panic!("nothing is cancelled"),
                    }
                }
            }
            most = most.max(flying.len());
            now += 1;
            if let Some(id) = asked.pop() {
                let reply = TokenReply { access_token: "provided".to_owned(), expires_in: None };
                engine.on_token(id, Ok(reply), Now::unix(now));
                begun.push_back(id.call());
            } else if let Some(id) = flying.pop_front() {
                let body = Body::from_slice(body().as_bytes());
                engine.on_response(id, Ok(HttpResponse { body, ..response() }), Now::unix(now));
                begun.push_back(id.call());
            } else {
                break;
            }
        }
        assert_eq!((done, most, engine.calls()), (CALLS, 10, 0));
        assert!(steps <= 6 * CALLS, "{steps} steps");
        let budget = engine.budget(Now::unix(now));
        assert_eq!((budget.concurrent.used, budget.waiting), (0, 0));
    }
}
