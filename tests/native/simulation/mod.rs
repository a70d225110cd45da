//! The complete client against the complete sandbox on a simulated clock.
//!
//! A simulation covers hours of traffic with all kinds of failures, aborts at any point and clock jumps. In a
//! Worker-like simulation, drivers disappear at any point and do not wake each other. A seed determines the whole
//! simulation.

mod drivers;
mod world;

use crate::rate_limit::most_within;
use cisco_support_case::client::{RateLimits, RetryBudget};
use cisco_support_case::util::Json;
use std::collections::BTreeSet;
use world::*;

/// Checks the invariants of every simulation.
fn check(plan: &Plan, seen: &Seen) {
    let RateLimits { per_second, per_minute, max_concurrent: in_flight, .. } = plan.limits;
    assert_eq!((seen.ended.values().sum::<u32>() + seen.vanished) as usize, seen.begun, "every call ends once");
    // The sandbox and this test must count alike.
    for (limit, length_ms, counted) in [(per_second, 1000, 0), (per_minute, 60_000, 1)] {
        assert_eq!(most_within(length_ms, &seen.arrivals), seen.busiest[counted] as usize);
        assert!(limit == 0 || seen.busiest[counted] <= limit, "the limit per {length_ms} ms is exceeded");
    }
    if in_flight > 0 {
        assert!(seen.most_in_flight <= in_flight as usize, "{} in flight", seen.most_in_flight);
    }
    // Tokens are requested at the start, after expiry, after a rejection, and after a failed request.
    let reasons = 1 + seen.expired + seen.refused_tokens.len() as u32 + seen.lost_asks + seen.failed_asks;
    assert!(seen.token_asks <= reasons, "{} questions for a token, {reasons} reasons", seen.token_asks);
    let retries = seen.requests - seen.first_requests;
    let budget = RetryBudget::RETRIES + seen.succeeded / 10 + seen.replays + seen.too_fast;
    assert!(retries <= budget, "{retries} retries of {budget}");
    assert_eq!(seen.attempts + seen.lost_requests, seen.requests, "every request is of one call");
    if plan.watched {
        assert_eq!(seen.told_requests, seen.requests);
        let unheard = seen.requests - seen.told_responses;
        assert!(unheard <= seen.vanished, "each request ends, and is told to");
        assert!(seen.told_retries >= retries);
    }
    // A bounded number of steps per event: no busy loop.
    let few = 40 * (u64::from(seen.requests) + seen.begun as u64 + 1000);
    // Without wake-ups, waiting calls poll: the first of a queue every 5 ms.
    let few = few + if plan.isolated { seen.life_ms as u64 / 10 } else { 0 };
    assert!(seen.steps < few, "{} steps of {few}", seen.steps);
}

#[test]
fn hours_of_traffic_with_everything_going_wrong() {
    let (mut kinds, mut late_tokens) = (BTreeSet::new(), 0);
    for seed in 0..24 {
        let plan = if seed < 16 { Plan::new(seed) } else { Plan::new(seed).isolated() };
        let seen = Simulation::new(plan.clone()).run();
        check(&plan, &seen);
        assert!(seen.begun > 1500 && seen.succeeded > 300, "seed {seed}: {:?}", seen.ended);
        kinds.extend(seen.ended.keys().copied());
        assert_eq!(seen.looks > 0, plan.cache && !plan.provider, "seed {seed}");
        assert_eq!(seen.told_retries > 0, plan.watched, "seed {seed}");
        assert_eq!((seen.vanished > 0, seen.probes > 0), (plan.vanish, plan.probed), "seed {seed}");
        assert!(seen.own_asks > 50, "seed {seed}");
        late_tokens += seen.late_tokens;
    }
    assert!(late_tokens > 0);
    for kind in ["", "aborted", "timeout", "network", "unavailable", "authentication", "quota", "rate_limited"] {
        assert!(kinds.contains(kind), "no call ended with \"{kind}\"");
    }
}

/// Parameters for queues that never become empty, for various reasons.
#[test]
fn hours_of_traffic_under_narrow_limits() {
    let none = RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 0 };
    let (mut vanished, mut probes) = (0, 0);
    for seed in 0..10 {
        let limits = [
            RateLimits { max_concurrent: 1, ..none },
            RateLimits { per_second: 2, max_concurrent: 2, ..none },
            RateLimits { per_second: 1, per_minute: 20, max_concurrent: 3, ..none },
            RateLimits { per_day: 500, max_concurrent: 2, ..none },
            none,
        ][seed as usize % 5];
        let plan = Plan { limits, every_ms: 400, way_ms: 200, jitter_ms: 30, ..Plan::new(seed) };
        let plan = if seed % 4 == 2 { plan.isolated() } else { Plan { probed: true, ..plan } };
        let seen = Simulation::new(plan.clone()).run();
        check(&plan, &seen);
        assert!(limits.per_day == 0 || seen.requests <= limits.per_day);
        assert!(seen.begun > 4000, "seed {seed}: {:?}", seen.ended);
        vanished += seen.vanished;
        probes += seen.probes;
    }
    assert!(vanished > 500 && probes > 5000, "{vanished} {probes}");
}

/// Parameters for a simulation without failures and with constant demand.
fn busy(seed: u64, limits: RateLimits, jitter_ms: i64) -> Plan {
    let plan = Plan { limits, jitter_ms, faults: false, aborts: false, jumps: false, steady: true, ..Plan::new(seed) };
    Plan { queue: 40, own_tokens: false, probed: false, ..plan }
}

#[test]
fn of_a_limit_at_least_95_percent_are_used_and_never_more_than_all() {
    let none = RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 0 };
    for (seed, limits, jitter_ms, per_hour) in [
        (1, RateLimits { per_second: 1, ..none }, 30, 3600),
        (2, RateLimits { per_second: 3, ..none }, 30, 3 * 3600),
        (3, RateLimits { per_minute: 30, ..none }, 1800, 30 * 60),
        (4, RateLimits { per_second: 2, per_minute: 90, ..none }, 30, 90 * 60),
        (5, RateLimits { per_second: 3, max_concurrent: 2, ..none }, 30, 3 * 3600),
    ] {
        for plan in [busy(seed, limits, jitter_ms), busy(seed, limits, jitter_ms).isolated()] {
            let seen = Simulation::new(plan.clone()).run();
            check(&plan, &seen);
            let within = seen.arrivals.iter().filter(|at| **at < 3_600_000).count();
            let isolated = plan.isolated;
            assert!(within as f64 >= 0.95 * f64::from(per_hour), "{within} of {per_hour}, {limits:?}, {isolated}");
            assert_eq!(seen.succeeded as usize, seen.begun);
        }
    }
}

#[test]
fn an_outage_is_asked_about_and_not_beaten() {
    let mut plan = Plan { faults: false, aborts: false, jumps: false, cache: false, ..Plan::new(3) };
    plan.own_tokens = false;
    plan.limits.per_minute = 0;
    let mut simulation = Simulation::new(plan.clone());
    let fault = [("name", Json::from("503:Service Unavailable")), ("rate", Json::Number("1".into()))];
    simulation.outage = Some(Json::object(fault));
    let seen = simulation.run();
    check(&plan, &seen);
    assert_eq!(seen.succeeded, 0);
    // Some calls have too little time left.
    let retries = seen.requests - seen.first_requests;
    assert!((RetryBudget::RETRIES - 2..=RetryBudget::RETRIES).contains(&retries), "{retries}");
}

#[test]
fn a_token_is_asked_for_once_in_its_life_however_many_call() {
    for seed in [6, 7] {
        let plan = Plan { hours: 5, every_ms: 20_000, ..busy(seed, RateLimits::default(), 30) };
        let plan = Plan { queue: 0, ..plan };
        for plan in [plan.clone(), plan.isolated()] {
            let seen = Simulation::new(plan.clone()).run();
            check(&plan, &seen);
            // 5 hours of tokens that are valid for one hour and refreshed a minute early: one token per started
            // interval.
            assert!(seen.token_asks - seen.lost_asks <= 6, "{}", seen.token_asks);
            assert!(seen.refused_tokens.is_empty(), "none expired on its way");
            assert_eq!(seen.tokens, seen.token_asks - seen.lost_asks);
        }
    }
}
