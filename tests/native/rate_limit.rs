//! The rate limiter: its windows on values, and its effect on calls.

use crate::client::{body, call, summary};
use crate::harness::{Harness, response};
use cisco_support_case::client::{
    Action, Availability, CallOptions, HttpResponse, Now, RateLimiter, RateLimits, TokenSource,
};
use cisco_support_case::decode::Body;
use cisco_support_case::error::ErrorKind;
use proptest::prelude::*;

const NONE: RateLimits = RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 0 };

/// Returns the largest number of times within any window of a length.
pub fn most_within(length_ms: i64, times: &[i64]) -> usize {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for (last, at) in sorted.iter().enumerate() {
        while at - sorted[first] >= length_ms {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most
}

/// Returns the send times of a caller that always has a request, with random delays.
fn sent(limits: RateLimits, until: i64, mut late: impl FnMut() -> i64) -> Vec<i64> {
    let mut limiter = RateLimiter::new(limits);
    let (mut now, mut times) = (0, Vec::new());
    while now < until {
        match limiter.availability(now) {
            Availability::Ready => {
                limiter.on_sent(now);
                limiter.on_completed();
                times.push(now);
            }
            Availability::At(at) | Availability::QuotaRenewsAt(at) => {
                assert!(at > now, "a slot that is past");
                now = at + late();
            }
            Availability::AfterCompletion | Availability::QuotaSpentUntil(_) => {
                panic!("nothing is in flight, and no quota spent")
            }
        }
    }
    times
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The service counts a request on arrival: 30 ms of jitter per second window, 1.8 s per minute window.
    #[test]
    fn no_window_ever_holds_more_than_its_limit_as_the_service_counts(
        limit in 1_u32..200,
        jitters in proptest::collection::vec(0_i64..=30, 50),
        lates in proptest::collection::vec(0_i64..40, 7),
    ) {
        let mut index = 0;
        let mut late = || { index += 1; lates[index % lates.len()] };
        let times = sent(RateLimits { per_second: limit, ..NONE }, 20_000, &mut late);
        let arrivals: Vec<_> = times.iter().enumerate().map(|(n, at)| at + jitters[n % 50]).collect();
        prop_assert!(most_within(1000, &arrivals) <= limit as usize);
        let times = sent(RateLimits { per_minute: limit, ..NONE }, 600_000, &mut late);
        let arrivals: Vec<_> = times.iter().enumerate().map(|(n, at)| at + jitters[n % 50] * 60).collect();
        prop_assert!(most_within(60_000, &arrivals) <= limit as usize);
        let times = sent(RateLimits { per_day: limit, ..NONE }, 4 * 86_400_000, &mut late);
        prop_assert!(most_within(86_400_000, &times) <= limit as usize);
    }

    #[test]
    fn of_a_limit_95_percent_are_used(limit in 1_u32..300) {
        for (limits, length_ms) in [
            (RateLimits { per_second: limit, ..NONE }, 1000),
            (RateLimits { per_minute: limit, ..NONE }, 60_000),
            (RateLimits { per_day: limit, ..NONE }, 86_400_000),
        ] {
            let windows = 100;
            let times = sent(limits, windows * length_ms, || 2);
            prop_assert!(times.len() as f64 >= 0.95 * f64::from(limit) * windows as f64, "{} of {limit}", times.len());
        }
    }

    /// Requests may arrive at any times: those counted together count from the last one.
    #[test]
    fn any_schedule_keeps_every_window(
        limit in 1_u32..8,
        wants in proptest::collection::vec(0_i64..400, 1..300),
    ) {
        let mut limiter = RateLimiter::new(RateLimits { per_second: limit, per_minute: 3 * limit, ..NONE });
        let (mut now, mut times) = (0, Vec::new());
        for want in wants {
            now += want;
            if limiter.availability(now) == Availability::Ready {
                limiter.on_sent(now);
                times.push(now);
            }
        }
        prop_assert!(most_within(1000, &times) <= limit as usize);
        prop_assert!(most_within(60_000, &times) <= 3 * limit as usize);
    }
}

/// Returns the time of an availability.
fn time_of(slot: Availability, now: i64) -> i64 {
    match slot {
        Availability::Ready => now,
        Availability::At(at) | Availability::QuotaRenewsAt(at) => at,
        Availability::AfterCompletion | Availability::QuotaSpentUntil(_) => {
            panic!("nothing is in flight, and no quota spent")
        }
    }
}

/// Returns the earliest time for a request after `ahead` others that are sent as early as possible.
fn after_others(limiter: &RateLimiter, now: i64, ahead: u32) -> i64 {
    let (mut limiter, mut now) = (limiter.clone(), now);
    for left in (0..=ahead).rev() {
        while limiter.availability(now) != Availability::Ready {
            let at = time_of(limiter.availability(now), now);
            assert!(at > now, "a slot that is past");
            now = at;
        }
        if left > 0 {
            limiter.on_sent(now);
            limiter.on_completed();
        }
    }
    now
}

/// Runs a history of requests and rejections.
///
/// Each step waits and then sends a request if one is available, or reports a rate limit or an exhausted quota.
fn history(limits: RateLimits, steps: &[(i64, u32)], unit_ms: i64) -> (RateLimiter, i64) {
    let (mut limiter, mut now) = (RateLimiter::new(limits), 0);
    for (wait, kind) in steps {
        now += wait * unit_ms;
        match kind {
            0 => limiter.on_rejected(now, None, false),
            1 => limiter.on_rejected(now, Some(5000), false),
            2 => limiter.on_rejected(now, Some(700), true),
            _ if limiter.availability(now) == Availability::Ready => {
                limiter.on_sent(now);
                limiter.on_completed();
            }
            _ => {}
        }
    }
    (limiter, now)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Times are multiples of the window's counting interval: no request is counted later than sent.
    #[test]
    fn the_slot_after_others_is_the_one_that_is_left_when_they_go_as_early_as_they_can(
        limit in 1_u32..9,
        steps in proptest::collection::vec((0_i64..60, 3_u32..4), 0..40),
        held in proptest::option::of(0_i64..3000),
        ahead in 0_u32..40,
    ) {
        for (limits, unit_ms) in [(RateLimits { per_second: limit, ..NONE }, 10), (RateLimits { per_minute: limit, ..NONE }, 600)] {
            let (mut limiter, now) = history(limits, &steps, unit_ms);
            if let Some(ms) = held.filter(|_| limits.per_second == 0) {
                limiter.on_rejected(now, Some(1200 + 600 * (ms as u32 / 100)), false);
            }
            let predicted = time_of(limiter.availability_after(now, ahead), now);
            // After a rejection a missing limit per second is replaced by a temporary one.
            if held.is_none() || limits.per_second > 0 {
                prop_assert_eq!(predicted, after_others(&limiter, now, ahead));
            } else {
                prop_assert!(predicted <= after_others(&limiter, now, ahead));
            }
        }
    }

    #[test]
    fn the_slot_after_others_is_never_later_than_it_will_be(
        per_second in 0_u32..6,
        per_minute in 0_u32..40,
        per_day in 0_u32..60,
        steps in proptest::collection::vec((0_i64..900, 0_u32..30), 0..60),
        ahead in 0_u32..60,
    ) {
        let limits = RateLimits { per_second, per_minute, per_day, max_concurrent: 0 };
        let (limiter, now) = history(limits, &steps, 1);
        let predicted = time_of(limiter.availability_after(now, ahead), now);
        prop_assert!(predicted <= after_others(&limiter, now, ahead));
        // The time reported for the next request is exact or early: none is available before it.
        let first = time_of(limiter.availability(now), now);
        for at in (now..first).step_by(37) {
            prop_assert_ne!(limiter.availability(at), Availability::Ready);
        }
    }

    #[test]
    fn the_slots_in_flight_are_left_to_those_who_wait_before(in_flight in 1_u32..8, sent in 0_u32..9, ahead in 0_u32..9) {
        let mut limiter = RateLimiter::new(RateLimits { max_concurrent: in_flight, ..NONE });
        (0..sent).for_each(|_| limiter.on_sent(0));
        let slot = if sent + ahead < in_flight { Availability::Ready } else { Availability::AfterCompletion };
        prop_assert_eq!(limiter.availability_after(0, ahead), slot);
    }
}

#[test]
fn what_was_counted_is_told_and_forgotten() {
    let mut limiter = RateLimiter::new(RateLimits { per_second: 2, per_minute: 10, per_day: 100, max_concurrent: 3 });
    for _ in 0..2 {
        limiter.on_sent(0);
    }
    let budget = limiter.budget(0, 4);
    assert_eq!((budget.second.limit, budget.second.used, budget.second.left), (2, 2, Some(0)));
    assert_eq!((budget.minute.used, budget.minute.left, budget.day.left), (2, Some(8), Some(98)));
    assert_eq!((budget.concurrent.used, budget.waiting, budget.next_slot_in_ms), (2, 4, Some(1030)));
    limiter.on_sent(1030);
    assert_eq!(limiter.availability(1030), Availability::AfterCompletion);
    assert_eq!(limiter.budget(1030, 0).next_slot_in_ms, None);
    limiter.on_completed();
    assert_eq!(limiter.availability(1030), Availability::Ready);
    assert_eq!(limiter.budget(90_000_000, 0).day.used, 0);
}

#[test]
fn a_pace_that_is_kept_outside_goes_on_where_it_was() {
    let limits = RateLimits { per_second: 5, per_minute: 20, per_day: 100, max_concurrent: 0 };
    let mut limiter = RateLimiter::new(limits);
    for at in 0..20 {
        limiter.on_sent(at * 300);
        limiter.on_completed();
    }
    limiter.on_rejected(6000, Some(3000), false);
    let kept = limiter.export(|ms| ms + 1_000_000);
    let mut other = RateLimiter::new(limits);
    other.import(&kept, 7000, |unix_ms| unix_ms - 1_000_000);
    for at in [7000, 9000, 10_000, 40_000, 59_000, 70_000] {
        assert_eq!(other.availability(at), limiter.availability(at), "at {at}");
        assert_eq!(other.budget(at, 0), limiter.budget(at, 0), "at {at}");
    }
    // With a clock that was an hour fast, no request waits longer than if all of the state were from now.
    let mut other = RateLimiter::new(limits);
    other.import(&kept, 7000, |unix_ms| unix_ms - 1_000_000 + 3_600_000);
    assert!(
        matches!(other.availability(7000), Availability::At(at) if at <= 7000 + 62_000),
        "{:?}",
        other.availability(7000)
    );
}

#[test]
fn too_fast_slows_everybody_down_for_a_while_and_a_burst_of_refusals_once() {
    let mut limiter = RateLimiter::new(RateLimits { per_second: 4, ..NONE });
    for _ in 0..4 {
        limiter.on_sent(0);
    }
    for _ in 0..4 {
        limiter.on_rejected(50, Some(1000), false);
    }
    assert_eq!(limiter.availability(60), Availability::At(2060), "the second is doubled: 2000 ms and 3 %");
    // After half a minute without a rejection the window is as before.
    for _ in 0..4 {
        limiter.on_sent(100_000);
    }
    assert_eq!(limiter.availability(100_000), Availability::At(101_030));
    // Every further rejection doubles the window, up to 8 s.
    let mut now = 200_000;
    for level in [2, 4, 8, 8] {
        for _ in 0..4 {
            limiter.on_sent(now);
        }
        limiter.on_rejected(now, None, false);
        assert_eq!(limiter.availability(now), Availability::At(now + level * 1000 + (level * 30)));
        now += 10_000;
    }
    // A rejection introduces a limit where there was none.
    let mut limiter = RateLimiter::new(NONE);
    limiter.on_rejected(0, None, false);
    assert_eq!(limiter.availability(0), Availability::At(1000));
    for _ in 0..5 {
        limiter.on_sent(1000);
    }
    assert_eq!(limiter.availability(1000), Availability::At(1000 + 2060));
}

#[test]
fn calls_go_in_order_and_no_faster_than_they_may() {
    let mut harness =
        Harness::with(TokenSource::None, |config| config.rate_limits = RateLimits { per_second: 2, ..NONE });
    (0..6).for_each(|_| harness.answer(5, 200, &body()));
    let calls: Vec<_> = (0..6).map(|_| harness.begin(summary())).collect();
    let mut ended = Vec::new();
    for call in calls {
        let answer = harness.finish(call).unwrap();
        ended.push((harness.now, answer.waited_ms));
    }
    assert_eq!(harness.sent_at, [0, 0, 1030, 1030, 2060, 2060]);
    assert_eq!(ended, [(5, 0), (5, 0), (1035, 1030), (1035, 1030), (2065, 2060), (2065, 2060)]);
    assert_eq!(harness.left_behind(), 0);
}

#[test]
fn one_who_leaves_the_queue_takes_nobody_s_turn() {
    let mut harness =
        Harness::with(TokenSource::None, |config| config.rate_limits = RateLimits { per_second: 1, ..NONE });
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    let (first, leaves, last) = (harness.begin(summary()), harness.begin(summary()), harness.begin(summary()));
    harness.pass(500);
    harness.abort(leaves);
    let error = harness.finish(leaves).unwrap_err();
    assert_eq!((error.kind, error.attempts, error.waited_ms), (ErrorKind::Aborted, 0, 500));
    assert!(harness.finish(first).is_ok());
    assert!(harness.finish(last).is_ok());
    assert_eq!(harness.sent_at, [0, 1030]);
}

#[test]
fn no_more_are_in_flight_than_may_be() {
    let mut harness =
        Harness::with(TokenSource::None, |config| config.rate_limits = RateLimits { max_concurrent: 2, ..NONE });
    (0..4).for_each(|_| harness.answer(100, 200, &body()));
    let calls: Vec<_> = (0..4).map(|_| harness.begin(summary())).collect();
    let budget = harness.engine.budget(harness.now());
    assert_eq!((budget.concurrent.used, budget.waiting, budget.next_slot_in_ms), (2, 2, None));
    for call in calls {
        assert!(harness.finish(call).is_ok());
    }
    assert_eq!(harness.sent_at, [0, 0, 100, 100]);
    // An aborted request frees capacity.
    (0..3).for_each(|_| harness.answer(100, 200, &body()));
    let calls: Vec<_> = (0..3).map(|_| harness.begin(summary())).collect();
    harness.pass(10);
    harness.abort(calls[0]);
    assert_eq!(harness.sent.len(), 7);
}

#[test]
fn a_call_that_waits_too_long_for_its_turn_times_out_unsent() {
    let mut harness =
        Harness::with(TokenSource::None, |config| config.rate_limits = RateLimits { per_minute: 1, ..NONE });
    harness.answer(5, 200, &body());
    assert!(call(&mut harness).is_ok());
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.attempts, error.waited_ms), (ErrorKind::Timeout, 0, 30_000));
    assert_eq!(harness.left_behind(), 0);
}

#[test]
fn a_day_s_limit_that_is_spent_is_said_at_once_with_when_it_renews() {
    let mut harness = Harness::with(TokenSource::None, |config| config.rate_limits = RateLimits { per_day: 2, ..NONE });
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    assert!(call(&mut harness).is_ok() && call(&mut harness).is_ok());
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.code.as_str(), error.attempts), (ErrorKind::Quota, "QUOTA_SPENT", 0));
    assert_eq!((error.renews_at_ms, harness.now), (Some(86_400_000 + 2000 + 5), 10));
    // A call waits if its deadline is after the renewal and the renewal is near.
    harness.pass(86_400_000 + 2000 - 9);
    harness.answer(5, 200, &body());
    assert!(call(&mut harness).is_ok());
}

#[test]
fn a_quota_that_the_service_dates_is_not_asked_before_it_renews() {
    let spent = |retry_after: Option<&str>| HttpResponse {
        status: 429,
        retry_after: retry_after.map(str::to_owned),
        body: Body::from_slice(b"<h1>Developer Over Rate</h1>"),
        ..response()
    };
    let mut harness = Harness::with(TokenSource::None, |config| config.max_retries = 2);
    harness.answer_with(5, spent(Some("3600")));
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.attempts, error.renews_at_ms), (ErrorKind::Quota, 1, Some(3_600_005)));
    let error = call(&mut harness).unwrap_err();
    assert_eq!((error.kind, error.attempts, error.renews_at_ms), (ErrorKind::Quota, 0, Some(3_600_005)));
    harness.pass(3_600_000);
    // Without a renewal time one call probes every few seconds; the others fail immediately, unsent.
    harness.answer_with(5, spent(None));
    for attempts in [1, 0, 0] {
        let error = call(&mut harness).unwrap_err();
        assert_eq!((error.kind, error.attempts, error.renews_at_ms), (ErrorKind::Quota, attempts, None));
        assert_eq!(harness.engine.budget(harness.now()).day.left, Some(0));
    }
    harness.pass(1000);
    harness.answer_with(5, spent(None));
    (0..3).for_each(|_| harness.answer(5, 200, &body()));
    // Calls waiting for that probe fail as well, even one without a deadline.
    let options = CallOptions { timeout_ms: Some(0), ..CallOptions::default() };
    let first = harness.begin(summary());
    harness.pass(5);
    let waits = harness.begin_with(summary(), options);
    assert_eq!(harness.finish(first).unwrap_err().attempts, 1);
    assert_eq!(harness.finish(waits).unwrap_err().code, "QUOTA_SPENT");
    harness.pass(1990);
    assert_eq!(call(&mut harness).unwrap_err().attempts, 0, "twice as long");
    harness.pass(10);
    assert!(call(&mut harness).is_ok());
    // An exhausted quota leaves the rate limiter unchanged.
    assert_eq!(harness.engine.budget(harness.now()).next_slot_in_ms, Some(0));
}

#[test]
fn a_quota_that_renews_in_minutes_is_not_waited_for_by_one_with_the_time() {
    let mut harness = Harness::with(TokenSource::None, |config| config.rate_limits = RateLimits { per_day: 1, ..NONE });
    harness.answer(5, 200, &body());
    assert!(call(&mut harness).is_ok());
    for (to_go_ms, waits) in [(600_000, false), (61_000, false), (59_000, true)] {
        let renews_at = 86_400_000 + 2000;
        harness.pass(renews_at - to_go_ms - harness.now);
        let for_ever = CallOptions { timeout_ms: Some(0), ..CallOptions::default() };
        let call = harness.begin_with(summary(), for_ever);
        if waits {
            harness.answer(5, 200, &body());
            assert!(harness.finish(call).is_ok());
        } else {
            assert_eq!(harness.finish(call).unwrap_err().code, "QUOTA_SPENT", "{to_go_ms}");
        }
    }
}

#[test]
fn what_is_left_says_what_may_go() {
    let mut limiter = RateLimiter::new(RateLimits { per_second: 4, per_day: 100, ..NONE });
    (0..4).for_each(|_| limiter.on_sent(0));
    limiter.on_rejected(0, Some(1000), false);
    let left =
        |limiter: &RateLimiter, at: i64| (limiter.budget(at, 0).second.left, limiter.budget(at, 0).next_slot_in_ms);
    assert_eq!(left(&limiter, 500), (Some(0), Some(1560)));
    assert_eq!(left(&limiter, 1500), (Some(0), Some(560)), "a second's four are two seconds' now");
    assert_eq!(left(&limiter, 2060), (Some(4), Some(0)));
    limiter.on_rejected(3000, None, true);
    assert_eq!(limiter.budget(3000, 0).day.left, Some(0));
    assert_eq!(limiter.budget(4000, 0).day.left, Some(96));
    // From the seventh rejection on, the pause is about a minute.
    let mut now = 4000;
    for quiet_ms in [2000, 4000, 8000, 16_000, 32_000, 64_000, 64_000] {
        (0..3).for_each(|_| limiter.on_rejected(now, None, true));
        assert_eq!(limiter.availability(now), Availability::QuotaSpentUntil(now + quiet_ms));
        now += quiet_ms;
    }
    limiter.on_success();
    limiter.on_rejected(now, None, true);
    assert_eq!(limiter.availability(now), Availability::QuotaSpentUntil(now + 1000));
}

#[test]
fn an_engine_goes_on_from_the_pace_of_another() {
    let limits = RateLimits { per_second: 2, per_day: 3, ..NONE };
    let mut harness = Harness::with(TokenSource::None, |config| config.rate_limits = limits);
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    assert!(call(&mut harness).is_ok() && call(&mut harness).is_ok());
    let kept = harness.engine.export_rate_limiter();
    let mut other = Harness::with(TokenSource::None, |config| config.rate_limits = limits);
    other.now = harness.now + 100;
    other.engine.import_rate_limiter(&kept, other.now());
    other.answer(5, 200, &body());
    assert!(call(&mut other).is_ok());
    // The window of a second is full until 1030 ms after the second request, which was sent at 5.
    assert_eq!(other.sent_at, [1035]);
    assert_eq!(call(&mut other).unwrap_err().code, "QUOTA_SPENT");
}

#[test]
fn a_refusal_for_haste_holds_the_others_as_well() {
    let mut harness = Harness::with(TokenSource::None, |config| config.max_retries = 2);
    harness.answer_with(
        5,
        HttpResponse {
            status: 403,
            retry_after: Some("2".to_owned()),
            body: Body::from_slice(b"<h1>Developer Over Qps</h1>"),
            ..response()
        },
    );
    (0..2).for_each(|_| harness.answer(5, 200, &body()));
    let first = harness.begin(summary());
    harness.pass(10);
    let second = harness.begin(summary());
    assert!(harness.finish(second).is_ok());
    assert_eq!(harness.finish(first).unwrap().attempts, 2);
    assert_eq!(harness.sent_at, [0, 2005, 2005]);
}

#[test]
fn a_clock_that_jumps_back_or_forth_hangs_nobody_and_spins_nowhere() {
    // Without a monotonic clock: only the wall clock.
    for jump in [-3_600_000_i64, -1, 3_600_000] {
        let mut harness =
            Harness::with(TokenSource::None, |config| config.rate_limits = RateLimits { per_second: 1, ..NONE });
        (0..3).for_each(|_| harness.answer(5, 200, &body()));
        assert!(call(&mut harness).is_ok());
        let second = harness.begin(summary());
        harness.jump(jump);
        harness.drive(second);
        let before = harness.now;
        // After a forward jump the call's deadline may seem to be over.
        assert_eq!(harness.finish(second).is_ok(), jump < 0, "{jump}");
        assert!(harness.now - before <= 1040, "{jump}: {}", harness.now - before);
        assert!(call(&mut harness).is_ok());
    }
    // With a monotonic clock, jumps of the wall clock have no effect.
    let mut harness = Harness::with(TokenSource::None, |config| config.timeout_ms = 1000);
    let mut now = Now { monotonic_ms: 5, unix_ms: 0 };
    let call = harness.engine.begin(summary(), CallOptions::default(), now);
    assert!(matches!(harness.engine.next_action(call, now), Some(Action::Send { .. })));
    now = Now { monotonic_ms: 900, unix_ms: 100_000_000 };
    assert!(matches!(harness.engine.next_action(call, now), Some(Action::Wait { ms: Some(105) })));
    now = Now { monotonic_ms: 1005, unix_ms: -100_000_000 };
    assert!(matches!(harness.engine.next_action(call, now), Some(Action::Cancel { .. })));
    assert!(matches!(harness.engine.next_action(call, now), Some(Action::Done { outcome: Err(_) })));
}
