//! Retries: the decision on values, and its effect on calls.

use crate::client::{body, call, summary};
use crate::harness::{Harness, response};
use cisco_support_case::client::{
    Attempt, Backoff, CallOptions, Decision, HttpResponse, MAX_RETRY_AFTER_MS, RetryBudget, TokenSource, decide,
};
use cisco_support_case::decode::Body;
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorKind, ErrorRow, GATEWAY_ERRORS};
use proptest::prelude::*;

fn failed() -> Attempt<'static> {
    Attempt {
        kind: ErrorKind::Unavailable,
        code: "SYSTEM_ERROR",
        retryable: true,
        retry_after_ms: None,
        can_refresh_token: false,
        has_refreshed_token: false,
        retries: 0,
        max_retries: 2,
        has_retry_budget: true,
        time_left_ms: 30_000,
        backoff: Backoff::default(),
        random: u32::MAX,
    }
}

#[test]
fn the_error_table_says_which_errors_are_retried() {
    for row in ERROR_TABLE {
        let attempt = Attempt { kind: row.kind, code: row.code, retryable: row.retryable, ..failed() };
        assert_eq!(matches!(decide(&attempt), Decision::RetryAfter(_)), row.retryable, "{row:?}");
        if matches!(
            row.kind,
            ErrorKind::InvalidRequest | ErrorKind::Permission | ErrorKind::NotFound | ErrorKind::Quota
        ) {
            assert_eq!(decide(&attempt), Decision::GiveUp, "{row:?}");
        }
    }
}

/// Whether a row's advice is to try again.
fn says_try_again(row: &ErrorRow) -> bool {
    row.advice.to_lowercase().contains("try again") || row.advice.to_lowercase().contains("ask again")
}

#[test]
fn the_advice_of_every_row_is_to_try_again_where_that_can_help_and_nowhere_else() {
    for row in ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS) {
        assert_eq!(says_try_again(row), row.retryable, "{row:?}");
    }
}

#[test]
fn a_call_is_sent_again_for_every_row_that_says_so_and_for_no_other() {
    let attempts = |status, body: &str| {
        let mut harness = Harness::with(TokenSource::Fixed("t".to_owned()), |config| config.max_retries = 2);
        for _ in 0..3 {
            harness.answer(1, status, body);
        }
        let error = harness.call(summary()).unwrap_err();
        assert_eq!(says_try_again(error.row), error.retryable, "{error:?}");
        (error.row, error.retryable, error.attempts)
    };
    for row in ERROR_TABLE {
        let body = format!(r#"{{"errorCode":"{}"}}"#, row.code);
        let (found, retryable, attempts) = attempts(row.status, &body);
        assert_eq!((found.code, retryable), (row.code, row.retryable));
        assert_eq!(attempts, if row.retryable { 3 } else { 1 }, "{row:?}");
    }
    // Also undocumented responses, classified by their status alone, and unreadable ones.
    for (status, body) in [(418, ""), (408, ""), (425, ""), (429, ""), (507, ""), (599, "{}"), (200, "{"), (200, "{}")]
    {
        let (row, retryable, attempts) = attempts(status, body);
        assert_eq!(attempts, if retryable { 3 } else { 1 }, "{status} {body} {row:?}");
    }
}

#[test]
fn each_reason_not_to_retry_is_enough() {
    assert_eq!(decide(&failed()), Decision::RetryAfter(500));
    assert_eq!(decide(&Attempt { max_retries: 0, ..failed() }), Decision::GiveUp);
    assert_eq!(decide(&Attempt { retries: 2, ..failed() }), Decision::GiveUp);
    assert_eq!(decide(&Attempt { has_retry_budget: false, ..failed() }), Decision::GiveUp);
    assert_eq!(decide(&Attempt { time_left_ms: 500, ..failed() }), Decision::GiveUp);
    assert_eq!(decide(&Attempt { retry_after_ms: Some(30_000), ..failed() }), Decision::GiveUp);
}

#[test]
fn the_back_off_is_doubled_up_to_its_cap_and_scattered_over_all_of_it() {
    let backoff = Backoff { base_ms: 500, cap_ms: 3000 };
    let rest = |retries, rng| decide(&Attempt { retries, random: rng, backoff, max_retries: 10, ..failed() });
    for (retries, most) in [(0, 500), (1, 1000), (2, 2000), (3, 3000), (9, 3000)] {
        assert_eq!(rest(retries, u32::MAX), Decision::RetryAfter(most));
        assert_eq!(rest(retries, 0), Decision::RetryAfter(0));
        assert_eq!(rest(retries, 1 << 31), Decision::RetryAfter(most / 2));
    }
}

#[test]
fn what_the_service_says_comes_before_our_own_back_off_within_reason() {
    assert_eq!(decide(&Attempt { retry_after_ms: Some(2000), ..failed() }), Decision::RetryAfter(2000));
    assert_eq!(decide(&Attempt { retry_after_ms: Some(0), ..failed() }), Decision::RetryAfter(500));
    let patient = Attempt { retry_after_ms: Some(u32::MAX), time_left_ms: i64::MAX, ..failed() };
    assert_eq!(decide(&patient), Decision::RetryAfter(MAX_RETRY_AFTER_MS));
}

#[test]
fn a_refused_token_is_renewed_once_whatever_else_is_spent() {
    let refused = Attempt {
        kind: ErrorKind::Authentication,
        code: "Not Authorized",
        retryable: false,
        can_refresh_token: true,
        has_retry_budget: false,
        max_retries: 0,
        ..failed()
    };
    assert_eq!(decide(&refused), Decision::RefreshToken);
    assert_eq!(decide(&Attempt { has_refreshed_token: true, ..refused }), Decision::GiveUp);
    assert_eq!(decide(&Attempt { can_refresh_token: false, ..refused }), Decision::GiveUp);
}

proptest! {
    #[test]
    fn a_wait_is_within_its_bounds_and_never_beyond_the_deadline(
        (base_ms, cap_ms) in (0_u32..=10_000, 0_u32..=100_000),
        retries in 0_u32..100,
        rng: u32,
        time_left_ms in -1000_i64..100_000,
        retry_after_ms in proptest::option::of(any::<u32>()),
    ) {
        let backoff = Backoff { base_ms, cap_ms };
        let attempt = Attempt { backoff, retries, max_retries: 100, random: rng, time_left_ms, retry_after_ms, ..failed() };
        if let Decision::RetryAfter(ms) = decide(&attempt) {
            prop_assert!(i64::from(ms) < time_left_ms);
            let most = (u64::from(base_ms) << retries.min(31)).min(u64::from(cap_ms));
            let told = retry_after_ms.unwrap_or(0).min(MAX_RETRY_AFTER_MS);
            prop_assert!(u64::from(ms) <= most.max(u64::from(told)));
            prop_assert!(ms >= told);
        }
    }

    #[test]
    fn an_outage_is_not_amplified(outcomes in proptest::collection::vec(any::<bool>(), 0..2000)) {
        let mut budget = RetryBudget::new();
        let (mut retries, mut successes) = (0_u32, 0_u32);
        for success in outcomes {
            if success {
                budget.on_success();
                successes += 1;
            } else if budget.is_affordable() {
                budget.spend();
                retries += 1;
            }
            prop_assert!(retries <= RetryBudget::RETRIES + successes / 10);
        }
    }
}

fn retrying(max_retries: u32) -> Harness {
    Harness::with(TokenSource::None, |config| config.max_retries = max_retries)
}

#[test]
fn what_broke_on_its_way_is_asked_for_again() {
    let mut harness = retrying(3);
    harness.break_after(5);
    harness.answer(5, 200, r#"{"cases":[{"case_id":"61"#);
    harness.answer(5, 503, "<h1>Service Unavailable</h1>");
    harness.answer(5, 200, &body());
    let answer = harness.call(summary()).unwrap();
    assert_eq!((answer.attempts, harness.sent.len()), (4, 4));
    let waits: Vec<_> = harness.sent_at.windows(2).map(|pair| pair[1] - pair[0] - 5).collect();
    assert_eq!(i64::from(answer.waited_ms), waits.iter().sum::<i64>());
    assert!((0..=500).contains(&waits[0]) && (0..=1000).contains(&waits[1]) && (0..=2000).contains(&waits[2]));
    assert_eq!(harness.left_behind(), 0);
}

#[test]
fn what_cannot_help_is_not_tried_again() {
    for (status, text) in [
        (403, "<h1>Forbidden</h1>"),
        (403, r#"{"errorCode":"INVALID_DATERANGE"}"#),
        (403, "<h1>Developer Over Rate</h1>"),
        (404, "{}"),
        (200, "{}"),
    ] {
        let mut harness = retrying(3);
        harness.answer(5, status, text);
        assert_eq!(call(&mut harness).unwrap_err().attempts, 1, "{status} {text}");
    }
}

#[test]
fn the_last_error_is_the_one_that_is_told() {
    let mut harness = retrying(1);
    harness.break_after(5);
    harness.answer(5, 503, "<h1>Service Unavailable</h1>");
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Unavailable, 2));
}

#[test]
fn a_call_s_own_number_of_retries_comes_before_the_client_s() {
    let mut harness = retrying(0);
    harness.break_after(5);
    harness.answer(5, 200, &body());
    let call = harness.begin_with(summary(), CallOptions { max_retries: Some(1), ..CallOptions::default() });
    assert!(harness.finish(call).is_ok());
}

#[test]
fn who_would_wait_beyond_the_deadline_hears_at_once() {
    let mut harness = retrying(2);
    harness.answer_with(5, HttpResponse { status: 503, retry_after: Some("40".to_owned()), ..response() });
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.retry_after_ms, harness.now), (ErrorKind::Unavailable, Some(40_000), 5));
}

#[test]
fn a_date_to_retry_after_is_read_by_the_server_s_own_clock() {
    for (date, retry_after, waits_ms) in [
        (Some("Sun, 06 Nov 1994 08:49:37 GMT"), "Sun, 06 Nov 1994 08:49:40 GMT", 3000),
        (None, "Thu, 01 Jan 1970 00:00:04 GMT", 4000 - 5),
        (None, "3", 3000),
        (Some("nonsense"), "Thu, 01 Jan 1970 00:00:02 GMT", 2000 - 5),
    ] {
        let mut harness = Harness::with(TokenSource::None, |config| {
            config.max_retries = 2;
            config.backoff = Backoff { base_ms: 0, cap_ms: 0 };
        });
        let (retry_after, date) = (Some(retry_after.to_owned()), date.map(str::to_owned));
        harness.answer_with(
            5,
            HttpResponse { status: 503, retry_after, date, body: Body::from_slice(b"busy"), ..response() },
        );
        harness.answer(5, 200, &body());
        assert_eq!(call(&mut harness).unwrap(), 2);
        assert_eq!(harness.sent_at, [0, 5 + waits_ms]);
    }
}

#[test]
fn an_abort_ends_the_back_off() {
    let mut harness = retrying(2);
    harness.answer_with(5, HttpResponse { status: 503, retry_after: Some("9".to_owned()), ..response() });
    let call = harness.begin(summary());
    harness.pass(4005);
    harness.abort(call);
    let error = harness.finish(call).unwrap_err();
    assert_eq!((error.kind, error.attempts, error.waited_ms), (ErrorKind::Aborted, 1, 4000));
    assert_eq!(harness.left_behind(), 0);
}

#[test]
fn ten_that_succeed_give_one_retry_back() {
    let mut harness = retrying(1);
    // Each call fails twice: ten calls use up the retry budget.
    (0..21).for_each(|_| harness.answer(1, 503, ""));
    for _ in 0..10 {
        assert_eq!(call(&mut harness).unwrap_err().attempts, 2);
    }
    assert_eq!(call(&mut harness).unwrap_err().attempts, 1, "none is left");
    (0..10).for_each(|_| harness.answer(1, 200, &body()));
    (0..10).for_each(|_| assert!(call(&mut harness).is_ok()));
    (0..3).for_each(|_| harness.answer(1, 503, ""));
    assert_eq!(call(&mut harness).unwrap_err().attempts, 2, "one has come back");
    assert_eq!(call(&mut harness).unwrap_err().attempts, 1, "and no more");
}

/// A rate limit is not an outage: a call that waits as requested succeeds.
#[test]
fn a_burst_that_is_too_fast_costs_no_retries_of_an_outage() {
    let mut harness = retrying(2);
    let too_fast = || HttpResponse {
        status: 403,
        retry_after: Some("1".to_owned()),
        body: Body::from_slice(b"<h1>Developer Over Qps</h1>"),
        ..response()
    };
    (0..15).for_each(|_| harness.answer_with(5, too_fast()));
    (0..15).for_each(|_| harness.answer(5, 200, &body()));
    let calls: Vec<_> = (0..15).map(|_| harness.begin(summary())).collect();
    for call in calls {
        assert_eq!(harness.finish(call).unwrap().attempts, 2);
    }
    // All ten retries are still available.
    (0..20).for_each(|_| harness.answer(1, 503, ""));
    let spent: u32 = (0..5).map(|_| call(&mut harness).unwrap_err().attempts - 1).sum();
    assert_eq!(spent, 10);
}

#[test]
fn asking_again_for_a_token_costs_retries_as_well() {
    let mut harness = Harness::with(crate::harness::credentials(), |config| config.max_retries = 2);
    let invalid_client =
        || HttpResponse { status: 401, body: Body::from_slice(br#"{"errorCode":"invalid_client"}"#), ..response() };
    (0..40).for_each(|_| harness.answer_with(1, invalid_client()));
    for _ in 0..8 {
        assert!(call(&mut harness).is_err());
    }
    assert_eq!(harness.sent.len(), 8 + RetryBudget::RETRIES as usize);
}

#[test]
fn the_page_of_a_sign_in_proxy_is_told_from_an_answer_that_broke() {
    for (status, text, code) in [
        (200, "<!DOCTYPE html><title>Sign in</title>", "SIGN_IN_PAGE"),
        (200, "\u{feff}\n <html><body>", "SIGN_IN_PAGE"),
        (0, "", "SIGN_IN_PAGE"),
        (200, r#"{"cases":[{"case_id":"61"#, "ILLEGAL_JSON"),
        (200, "<?xml version=\"1.0\"?>", "ILLEGAL_JSON"),
        (302, "", "REDIRECTED"),
        (503, "<html></html>", "API Maintenance/Service Unavailable"),
    ] {
        let mut harness = retrying(0);
        harness.answer(5, status, text);
        let error = call(&mut harness).unwrap_err();
        assert_eq!((error.code.as_str(), error.attempts), (code, 1), "{status} {text}");
        assert_eq!(error.kind == ErrorKind::Authentication, code == "SIGN_IN_PAGE");
    }
    // The form in which drivers report a redirect to another host.
    let mut harness = retrying(2);
    let code = Some("SIGN_IN_PAGE".to_owned());
    harness.answer_with(5, HttpResponse { status: 302, mashery_error_code: code, ..response() });
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.code.as_str(), error.status, error.attempts), ("SIGN_IN_PAGE", Some(302), 1));
}

#[test]
fn a_message_id_is_cut_and_a_spent_quota_names_the_limit_per_minute() {
    let mut harness = retrying(0);
    let message_id = Some("m".repeat(60_000));
    harness.answer_with(5, HttpResponse { status: 403, message_id, ..response() });
    assert_eq!(call(&mut harness).unwrap_err().message_id.unwrap(), "m".repeat(200));
    harness.answer(5, 429, "<h1>Developer Over Rate</h1>");
    let error = call(&mut harness).unwrap_err();
    assert!(error.hint().contains("rateLimit.perMinute (if the period is a minute)"), "{}", error.hint());
}
