//! Decisions on single lease requests.

use super::*;

/// The quota without isolates: a simulated clock, requests and decisions.
struct Desk {
    quota: Quota,
    now: i64,
}

impl Desk {
    fn new(limits: RateLimits) -> Desk {
        Desk::with(limits, 10)
    }

    fn with(limits: RateLimits, reserve_percent: u32) -> Desk {
        Desk { quota: Quota::new(limits, reserve_percent), now: BEGAN }
    }

    fn ask(&mut self, tenant: &str, more: u32, patience_ms: u32) -> LeaseRequestId {
        self.quota.request(LeaseRequest { tenant, extra: more, duration_ms: 100, max_wait_ms: patience_ms }, self.now)
    }

    /// Returns the decisions that are due now.
    fn all(&mut self) -> Vec<(LeaseRequestId, LeaseDecision)> {
        std::iter::from_fn(|| self.quota.next_decision(self.now)).collect()
    }

    /// Returns the immediate decision on a request, if any.
    fn get(&mut self, tenant: &str, more: u32, patience_ms: u32) -> Option<LeaseDecision> {
        let id = self.ask(tenant, more, patience_ms);
        self.all().into_iter().find(|(other, _)| *other == id).map(|(_, verdict)| verdict)
    }

    /// Takes permits one by one until none is granted.
    ///
    /// Returns their number and the last decision.
    fn take(&mut self, tenant: &str, most: u32) -> (u32, Option<LeaseDecision>) {
        let mut taken = 0;
        while taken < most {
            match self.get(tenant, 0, 0) {
                Some(LeaseDecision::Granted { permits: slots, .. }) => taken += slots,
                other => return (taken, other),
            }
        }
        (taken, None)
    }

    /// Advances the clock to the next decisions.
    fn step(&mut self) -> Vec<(LeaseRequestId, LeaseDecision)> {
        loop {
            self.now += self.quota.wake_in_ms(self.now).expect("nothing moves");
            let decided = self.all();
            if !decided.is_empty() {
                return decided;
            }
        }
    }
}

fn slots(verdict: Option<LeaseDecision>) -> u32 {
    match verdict {
        Some(LeaseDecision::Granted { permits: slots, .. }) => slots,
        other => panic!("not granted: {other:?}"),
    }
}

fn is_granted(verdict: &LeaseDecision) -> bool {
    matches!(verdict, LeaseDecision::Granted { .. })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A tenant whose queue was already overtaken goes first, which costs one more permit.
    #[test]
    fn beside_bulk_reads_a_single_request_waits_for_the_next_slot_or_one_more(
        limit in 2_u32..12,
        bulk_reads in 1_usize..6,
        quiet_ms in proptest::collection::vec(1_i64..5000, 1..12),
    ) {
        let mut desk = Desk::new(per_second(limit));
        let names = &["a", "b", "c", "d", "e"][..bulk_reads];
        // Queues more requests than are served at once, and no more than are served within a minute.
        let fill = |desk: &mut Desk| {
            let waiting: BTreeMap<_, _> = desk.quota.budget(desk.now).waiting.into_iter().collect();
            for name in names {
                (waiting.get(*name).copied().unwrap_or(0)..14).for_each(|_| { desk.ask(name, 5, 60_000); });
            }
            desk.all().len()
        };
        while fill(&mut desk) > 0 {}
        let mut alone = true;
        for quiet_ms in quiet_ms {
            let until = desk.now + quiet_ms;
            while desk.now + desk.quota.wake_in_ms(desk.now).unwrap() <= until {
                desk.step();
                fill(&mut desk);
                alone = true;
            }
            desk.now = desk.now.max(until);
            let asked_at = desk.now;
            let single = desk.ask("single", 0, 60_000);
            let mut before = 0;
            'waits: loop {
                for (id, verdict) in desk.step() {
                    prop_assert!(is_granted(&verdict));
                    if id == single {
                        break 'waits;
                    }
                    before += 1;
                }
                fill(&mut desk);
            }
            fill(&mut desk);
            prop_assert!(before <= if alone { bulk_reads - 1 } else { bulk_reads }, "{before} before it, of {bulk_reads} bulk reads");
            if bulk_reads == 1 {
                // The permits of one second, and the duration of a lease.
                prop_assert!(desk.now - asked_at <= 1030 + 100, "{} ms", desk.now - asked_at);
            }
            alone = false;
        }
    }

    #[test]
    fn tenants_who_always_wait_are_served_alike(
        limit in 3_u32..30,
        tenants in 2_usize..6,
        asks in proptest::collection::vec(1_usize..12, 6),
    ) {
        let mut desk = Desk::new(per_second(limit));
        let names = ["a", "b", "c", "d", "e", "f"];
        let mut served = vec![0_i64; tenants];
        let mut whose = BTreeMap::new();
        for (index, name) in names[..tenants].iter().enumerate() {
            (0..asks[index]).for_each(|_| { whose.insert(desk.ask(name, 0, 60_000), index); });
        }
        let mut last = BTreeMap::new();
        while served.iter().sum::<i64>() < 300 {
            let Some((id, verdict)) = desk.quota.next_decision(desk.now) else {
                desk.now += desk.quota.wake_in_ms(desk.now).unwrap();
                continue;
            };
            let index = whose.remove(&id).unwrap();
            prop_assert!(is_granted(&verdict));
            prop_assert!(last.insert(index, id).is_none_or(|before| before < id), "in order within a tenant");
            served[index] += i64::from(slots(Some(verdict)));
            let (least, most) = (served.iter().min().unwrap(), served.iter().max().unwrap());
            prop_assert!(most - least <= 1, "{served:?}");
            whose.insert(desk.ask(names[index], 0, 60_000), index);
        }
    }

    #[test]
    fn what_is_stored_is_what_counts(
        seed in any::<u64>(),
        limits in prop_oneof![
            Just(RateLimits { per_second: 5, per_minute: 30, per_day: 200, max_concurrent: 0 }),
            Just(RateLimits { per_second: 0, per_minute: 12, per_day: 40, max_concurrent: 0 }),
        ],
        ahead_ms in prop_oneof![Just(0_i64), -4_000_000_i64..4_000_000],
        text in ".{0,80}",
    ) {
        let mut rng = Rng(seed);
        let mut desk = Desk::new(limits);
        let mut grants = Vec::new();
        for _ in 0..60 {
            desk.now += rng.below(4000);
            let tenant = ["a", "b", "c"][usize::try_from(rng.below(3)).unwrap()];
            if let Some(LeaseDecision::Granted { id, permits, .. }) = desk.get(tenant, 3, 0) {
                grants.push((id, permits));
            }
            if rng.one_in(20) {
                desk.quota.on_rate_limited(desk.now, Some(2000), false);
            }
        }
        let text_of_it = desk.quota.export();
        let mut other = Quota::new(limits, 10);
        let longer = [&text_of_it, " ", &text, "x"].concat();
        prop_assert!(!other.import(&text, desk.now) && !other.import(&longer, desk.now));
        let cut: String = text_of_it.chars().take(text_of_it.len() - 1 - usize::try_from(rng.below(50)).unwrap()).collect();
        prop_assert!(!other.import(&cut, desk.now), "cut short");
        prop_assert_eq!(other.budget(desk.now).windows, Quota::new(limits, 10).budget(desk.now).windows);
        // With the same clock the state is unchanged.
        let mut same = Quota::new(limits, 10);
        prop_assert!(same.import(&text_of_it, desk.now));
        prop_assert_eq!(same.budget(desk.now).windows, desk.quota.budget(desk.now).windows);
        prop_assert_eq!(same.budget(desk.now).leased, desk.quota.budget(desk.now).leased);
        for (grant, slots) in grants.iter().rev().take(20) {
            same.return_lease(*grant, *slots, desk.now);
            desk.quota.return_lease(*grant, *slots, desk.now);
            prop_assert_eq!(same.budget(desk.now).windows, desk.quota.budget(desk.now).windows);
        }
        let mut later = Desk { quota: same, now: desk.now };
        for _ in 0..100 {
            let passed = rng.below(5000);
            (desk.now, later.now) = (desk.now + passed, later.now + passed);
            let tenant = ["a", "b", "c"][usize::try_from(rng.below(3)).unwrap()];
            let (one, two) = (desk.get(tenant, 2, 0), later.get(tenant, 2, 0));
            prop_assert_eq!(one.as_ref().is_some_and(is_granted), two.as_ref().is_some_and(is_granted));
        }
        // With a clock that was fast or slow, no request waits longer than if all of the state were from now.
        let mut other = Desk { quota: Quota::new(limits, 10), now: desk.now - ahead_ms };
        prop_assert!(other.quota.import(&text_of_it, other.now));
        other.now += DAY_MS + 130_000;
        prop_assert!(other.get("a", 0, 0).as_ref().is_some_and(is_granted));
    }
}

#[test]
fn a_lease_counts_until_its_end_and_is_over_when_its_holder_says_so() {
    let mut desk = Desk::new(per_second(2));
    let ask = LeaseRequest { tenant: "a", extra: 0, duration_ms: 400, max_wait_ms: 0 };
    let lease = |desk: &mut Desk| {
        desk.quota.request(ask, desk.now);
        desk.quota.next_decision(desk.now).map(|(_, verdict)| verdict)
    };
    let Some(LeaseDecision::Granted { id: first, permits: 1, duration_ms: 400, waited_ms: 0 }) = lease(&mut desk)
    else {
        panic!()
    };
    let Some(LeaseDecision::Granted { id: second, .. }) = lease(&mut desk) else { panic!() };
    assert_eq!(desk.quota.budget(desk.now).leased, 2);
    assert_eq!(desk.quota.budget(desk.now).windows.next_slot_in_ms, Some(1430));
    // A permit sent by now leaves the window as if sent now; an unused permit is free.
    desk.now += 50;
    desk.quota.return_lease(first, 0, desk.now);
    assert_eq!(desk.quota.budget(desk.now).windows.next_slot_in_ms, Some(1030));
    desk.quota.return_lease(second, 1, desk.now);
    assert_eq!(desk.quota.budget(desk.now).windows.second.left, Some(1));
    // Returning a lease twice, too many of its permits, or an unknown lease changes nothing.
    for grant in [first, second, LeaseId(7)] {
        desk.quota.return_lease(grant, 9, desk.now);
        assert_eq!(desk.quota.budget(desk.now).windows.second.used, 1);
    }
    desk.now += 10_000;
    let Some(LeaseDecision::Granted { id: third, .. }) = lease(&mut desk) else { panic!() };
    assert!(third > second);
    desk.quota.return_lease(third, 9, desk.now);
    assert_eq!(desk.quota.budget(desk.now).windows.second.used, 0);
}

#[test]
fn a_lease_of_a_life_that_is_forgotten_is_none_of_the_next() {
    let (mut before, mut after) = (Desk::new(per_second(5)), Desk::new(per_second(5)));
    let lease = |desk: &mut Desk| match desk.get("a", 0, 0) {
        Some(LeaseDecision::Granted { id: grant, .. }) => grant,
        other => panic!("{other:?}"),
    };
    let first = lease(&mut before);
    after.now += 1;
    assert!(lease(&mut after) > first && lease(&mut after) > first);
    after.quota.return_lease(first, 1, after.now);
    assert_eq!(after.quota.budget(after.now).windows.second.used, 2);
}

#[test]
fn what_comes_back_late_is_not_taken_from_a_second_that_has_forgotten_it() {
    let mut desk = Desk::new(per_second(1));
    let Some(LeaseDecision::Granted { id: grant, .. }) = desk.get("a", 0, 0) else { panic!() };
    desk.now += 9000;
    assert_eq!(slots(desk.get("a", 0, 0)), 1);
    desk.quota.return_lease(grant, 1, desk.now);
    let windows = desk.quota.budget(desk.now).windows;
    assert_eq!((windows.second.used, windows.minute.used), (1, 1));
}

#[test]
fn what_is_counted_together_counts_from_its_last_one_on() {
    let mut desk = Desk::new(per_second(2));
    for _ in 0..2 {
        assert_eq!(slots(desk.get("a", 0, 0)), 1);
        desk.now += 9;
    }
    assert_eq!(desk.quota.budget(desk.now).windows.next_slot_in_ms, Some(9 + 100 + 1030 - 18));
}

#[test]
fn one_who_waits_is_not_stepped_in_front_of_for_ever() {
    let mut desk = Desk::new(per_second(1));
    let mut bulk: Vec<_> = (0..20).map(|_| desk.ask("bulk", 0, 60_000)).collect();
    desk.all();
    for newcomer in 0..20 {
        desk.ask(&format!("newcomer {newcomer}"), 0, 60_000);
        let served = desk.step();
        bulk.retain(|id| served.iter().all(|(other, _)| other != id));
    }
    assert!(bulk.len() <= 16, "each tenant has its turn: {} of 20 are left", bulk.len());
}

#[test]
fn a_lease_lives_no_longer_than_five_seconds_and_an_ask_waits_no_longer_than_a_minute() {
    let mut desk = Desk::new(RateLimits { per_minute: 1, ..NONE });
    let ask = LeaseRequest { tenant: "a", extra: 0, duration_ms: u32::MAX, max_wait_ms: u32::MAX };
    desk.quota.request(ask, desk.now);
    assert!(matches!(desk.quota.next_decision(desk.now), Some((_, LeaseDecision::Granted { duration_ms: 5000, .. }))));
    desk.quota.request(ask, desk.now);
    assert!(matches!(desk.step()[..], [(_, LeaseDecision::Busy { retry_after_ms: 6800 })]));
    assert_eq!(desk.now, BEGAN + 60_000);
}

#[test]
fn what_is_wished_besides_is_given_where_there_is_plenty_and_nobody_waits() {
    for (limits, expected) in [
        (NONE, 33),
        (per_second(5), 2),
        (per_second(4), 1),
        (per_second(500), 33),
        (RateLimits { per_minute: 30, ..per_second(500) }, 1 + (29 - 3) / 4),
        (RateLimits { per_day: 50, ..NONE }, 1 + (49 - 5) / 4),
    ] {
        assert_eq!(slots(Desk::new(limits).get("a", 99, 0)), expected, "{limits:?}");
        assert_eq!(slots(Desk::new(limits).get("a", 0, 0)), 1);
    }
    // While other requests wait, a lease gets only a fraction of the permits left.
    let mut desk = Desk::new(per_second(5));
    (0..3).for_each(|_| {
        desk.ask("a", 99, 1000);
    });
    let given: Vec<_> = desk.all().into_iter().map(|(_, verdict)| slots(Some(verdict))).collect();
    assert_eq!(given, [1, 1, 1], "of the two that are left a quarter is none");
    // With a large limit used permits are free again within moments, so one lease may take all that are left.
    let mut desk = Desk::new(per_second(500));
    while desk.quota.budget(desk.now).windows.second.left > Some(8) {
        desk.get("a", 0, 0);
    }
    assert_eq!(slots(desk.get("a", 99, 0)), 8);
}

#[test]
fn of_a_minute_the_last_part_is_for_those_who_have_used_little() {
    for (limit, kept) in [(100, 10), (30, 3), (5, 1), (2, 1), (1, 0)] {
        let mut desk = Desk::new(RateLimits { per_minute: limit, ..NONE });
        let (taken, then) = desk.take("bulk", 1000);
        assert_eq!(taken, limit - kept, "of {limit}");
        assert!(matches!(then, Some(LeaseDecision::Busy { retry_after_ms: 60_000 })), "{then:?}");
        assert_eq!(desk.take("other", 1000).0, kept, "of {limit}");
    }
    // A waiting request is served when its share or the unreserved part has capacity again.
    let mut desk = Desk::new(RateLimits { per_minute: 20, ..NONE });
    desk.take("bulk", 1000);
    desk.now += 30_000;
    assert_eq!(desk.take("other", 1).0, 1);
    let waits = desk.ask("bulk", 0, 60_000);
    assert_eq!(desk.all(), []);
    assert_eq!(desk.take("other", 1).0, 1, "nobody else is held up");
    let decided = desk.step();
    assert!(decided[0].0 == waits && is_granted(&decided[0].1), "{decided:?}");
    assert!((61_800..=63_000).contains(&(desk.now - BEGAN)), "{}", desk.now - BEGAN);
    // A reserve of 0 % reserves nothing.
    assert_eq!(Desk::with(RateLimits { per_minute: 20, ..NONE }, 0).take("bulk", 1000).0, 20);
}

#[test]
fn of_a_day_the_last_part_is_for_those_who_have_used_little() {
    let mut desk = Desk::new(RateLimits { per_day: 1000, ..NONE });
    let mut taken = 0;
    for hour in 0..10 {
        desk.now = BEGAN + hour * 3_600_000;
        taken += desk.take("bulk", 90).0;
    }
    let asked_at = desk.now;
    let then = desk.get("bulk", 0, 60_000);
    assert_eq!(taken, 900);
    let Some(LeaseDecision::QuotaExhausted { renews_at_ms: Some(renews_at) }) = then else { panic!("{then:?}") };
    // The unreserved part of 900 has capacity again once the requests of the first hour have left the window.
    assert!((DAY_MS..DAY_MS + 4_000_000).contains(&(renews_at - BEGAN)), "{}", renews_at - BEGAN);
    // The reported renewal time is exact.
    let text = desk.quota.export();
    for (late_ms, is_free) in [(-1, false), (0, true)] {
        let mut later = Desk::new(RateLimits { per_day: 1000, ..NONE });
        assert!(later.quota.import(&text, desk.now));
        later.now = renews_at + late_ms;
        assert_eq!(later.get("bulk", 0, 0).as_ref().is_some_and(is_granted), is_free);
    }
    // The other tenants get the reserve, each its share.
    assert_eq!(desk.take("one", 60).0, 60);
    assert_eq!(desk.take("two", 1000).0, 40);
    let Some(LeaseDecision::QuotaExhausted { renews_at_ms: Some(at) }) = desk.get("two", 0, 60_000) else { panic!() };
    assert!((DAY_MS..DAY_MS + 4_000_000).contains(&(at - BEGAN)));
    assert_eq!(desk.now, asked_at);
    // Usage survives a restart.
    let mut desk = Desk::new(RateLimits { per_day: 100, ..NONE });
    assert_eq!(desk.take("bulk", 1000).0, 90);
    let text = desk.quota.export();
    let mut other = Desk::new(RateLimits { per_day: 100, ..NONE });
    assert!(other.quota.import(&text, other.now));
    assert_eq!(other.take("bulk", 1000).0, 0);
    assert_eq!(other.take("other", 1000).0, 10);
}

#[test]
fn what_is_not_used_is_not_lost_to_the_day() {
    let mut desk = Desk::with(RateLimits { per_day: 500, ..NONE }, 0);
    for sent in 0..500_u32 {
        let Some(LeaseDecision::Granted { id: grant, permits: slots, .. }) = desk.get("a", 30, 0) else {
            panic!("after {sent}")
        };
        // The isolate returns the lease late, but within a minute.
        desk.now += 40_000;
        desk.quota.return_lease(grant, slots - 1, desk.now);
        assert_eq!(desk.quota.budget(desk.now).windows.day.used, sent + 1);
    }
    assert!(matches!(desk.get("a", 30, 0), Some(LeaseDecision::QuotaExhausted { renews_at_ms: Some(_) })));
}

#[test]
fn a_quota_that_is_spent_is_said_at_once_and_waited_for_by_those_who_have_the_time() {
    let mut desk = Desk::with(RateLimits { per_day: 2, ..NONE }, 0);
    assert_eq!(desk.take("a", 2).0, 2);
    let renews_at = BEGAN + 100 + DAY_MS + 2000;
    assert_eq!(desk.get("a", 0, 60_000), Some(LeaseDecision::QuotaExhausted { renews_at_ms: Some(renews_at) }));
    desk.now = renews_at - 1000;
    assert_eq!(desk.get("a", 0, 999), Some(LeaseDecision::QuotaExhausted { renews_at_ms: Some(renews_at) }));
    let waits = desk.ask("a", 0, 1000);
    assert_eq!(desk.all(), []);
    let decided = desk.step();
    assert!(decided[0].0 == waits && is_granted(&decided[0].1));
    assert_eq!(desk.now, renews_at);
    // The service reports an exhausted quota.
    let mut desk = Desk::new(per_second(5));
    let waits = desk.ask("a", 0, 60_000);
    desk.quota.on_rate_limited(desk.now, Some(3_600_000), true);
    assert_eq!(desk.all(), [(waits, LeaseDecision::QuotaExhausted { renews_at_ms: Some(BEGAN + 3_600_000) })]);
    desk.now += 3_600_000;
    assert_eq!(slots(desk.get("a", 0, 0)), 1);
    for quiet_ms in [1000, 2000] {
        desk.quota.on_rate_limited(desk.now, None, true);
        assert_eq!(desk.get("a", 0, 60_000), Some(LeaseDecision::QuotaExhausted { renews_at_ms: None }));
        desk.now += quiet_ms;
        assert_eq!(slots(desk.get("a", 0, 0)), 1);
    }
    desk.quota.on_success();
    desk.quota.on_rate_limited(desk.now, None, true);
    desk.now += 1000;
    assert_eq!(slots(desk.get("a", 0, 0)), 1);
}

#[test]
fn when_the_service_says_too_fast_everybody_slows_down() {
    let mut desk = Desk::new(per_second(4));
    assert_eq!(desk.take("a", 100).0, 4);
    desk.quota.on_rate_limited(desk.now, Some(1000), false);
    desk.ask("b", 0, 10_000);
    desk.step();
    assert_eq!(desk.now, BEGAN + 100 + 2060, "the second is doubled");
    assert_eq!(desk.quota.budget(desk.now).windows.second.left, Some(3));
}

#[test]
fn who_has_waited_as_long_as_he_would_is_told_when_to_come_again() {
    let mut desk = Desk::new(per_second(1));
    assert_eq!(slots(desk.get("a", 0, 0)), 1);
    assert_eq!(desk.get("a", 0, 0), Some(LeaseDecision::Busy { retry_after_ms: 1130 }));
    let waits = desk.ask("a", 0, 500);
    assert_eq!(desk.step(), [(waits, LeaseDecision::Busy { retry_after_ms: 630 })]);
    assert_eq!(desk.now, BEGAN + 500);
    // A permit at the last moment of the maximum wait is in time.
    let waits = desk.ask("a", 0, 630);
    let decided = desk.step();
    assert!(matches!(decided[..], [(id, LeaseDecision::Granted { waited_ms: 630, .. })] if id == waits), "{decided:?}");
}

#[test]
fn who_leaves_takes_nobody_s_turn() {
    let mut desk = Desk::new(per_second(1));
    assert_eq!(slots(desk.get("a", 0, 0)), 1);
    let (first, leaves, last) = (desk.ask("a", 0, 9000), desk.ask("a", 0, 9000), desk.ask("a", 0, 9000));
    desk.quota.cancel(leaves, desk.now);
    desk.quota.cancel(leaves, desk.now);
    let served: Vec<_> = [desk.step(), desk.step()].concat().into_iter().map(|(id, _)| id).collect();
    assert_eq!(served, [first, last]);
    assert_eq!(desk.now, BEGAN + 2 * 1130);
    assert_eq!(desk.quota.wake_in_ms(desk.now), None);
    // A cancelled request receives no decision, even if it was already made.
    (0..500).for_each(|_| {
        desk.ask("a", 0, 9000);
    });
    let one_too_many = desk.ask("a", 0, 9000);
    desk.quota.cancel(one_too_many, desk.now);
    assert_eq!(desk.all(), []);
}

#[test]
fn too_many_who_wait_are_turned_away_those_of_the_longest_queue_first() {
    let mut desk = Desk::new(per_second(5));
    let ids: Vec<_> = (0..700).map(|_| desk.ask("bulk", 0, 60_000)).collect();
    let decided = desk.all();
    let busy: Vec<_> = decided.iter().filter(|(_, verdict)| !is_granted(verdict)).collect();
    assert_eq!(busy.len(), 200);
    assert!(
        busy.iter()
            .all(|(id, verdict)| ids[500..].contains(id) && *verdict == LeaseDecision::Busy { retry_after_ms: 60_000 })
    );
    // The capacity of the queue is divided by the number of tenants.
    for tenant in 0..5000 {
        desk.ask(&format!("tenant {tenant}"), 0, 60_000);
    }
    let waiting = desk.quota.budget(desk.now).waiting;
    assert!(waiting.iter().map(|(_, count)| count).sum::<u32>() <= 4000);
    let of_bulk = waiting.iter().find(|(name, _)| name == "bulk").unwrap();
    assert!(of_bulk.1 >= 1 && of_bulk.1 <= 2, "{of_bulk:?}");
    assert!(waiting.len() >= 3990, "{}", waiting.len());
}

#[test]
fn a_million_tenants_take_no_more_room_than_a_thousand() {
    let limits = RateLimits { per_second: 5000, per_minute: 0, per_day: 10_000_000, max_concurrent: 0 };
    let mut desk = Desk::new(limits);
    let mut granted = 0;
    for number in 0..1_000_000 {
        desk.now += i64::from(number % 4 == 0);
        let name = if number % 100 == 0 { "bulk".to_owned() } else { format!("tenant {number} {}", "x".repeat(100)) };
        granted += u32::from(desk.get(&name, 0, 0).as_ref().is_some_and(is_granted));
    }
    assert_eq!(granted, 1_000_000);
    let text = desk.quota.export();
    assert!(text.len() < 12_000, "{} bytes", text.len());
    assert!(desk.quota.budget(desk.now).tenants <= 1024);
    // The heaviest tenant is not evicted by the others.
    assert!(text.contains("10000") || desk.quota.budget(desk.now).windows.day.used == 1_000_000);
}

#[test]
fn a_clock_that_is_put_back_stands_still_and_goes_on() {
    let mut desk = Desk::new(per_second(1));
    assert_eq!(slots(desk.get("a", 0, 0)), 1);
    desk.now -= 3_600_000;
    assert_eq!(desk.get("a", 0, 0), Some(LeaseDecision::Busy { retry_after_ms: 1130 }));
    let waits = desk.ask("a", 0, 60_000);
    assert_eq!(desk.all(), []);
    assert_eq!(desk.quota.wake_in_ms(desk.now), Some(1130));
    assert_eq!(desk.step()[0].0, waits);
    for now in [i64::MIN, i64::MAX, 0, -1, BEGAN] {
        desk.now = now;
        desk.ask("a", 1, 5);
        desk.all();
        desk.quota.wake_in_ms(now);
        desk.quota.budget(now);
        let text = desk.quota.export();
        Quota::new(NONE, 10).import(&text, BEGAN);
    }
}

#[test]
fn other_limits_apply_to_what_was_stored_under_the_old_ones() {
    let mut desk = Desk::new(NONE);
    assert_eq!(desk.take("a", 50).0, 50);
    let text = desk.quota.export();
    let mut other = Desk::with(RateLimits { per_second: 60, per_minute: 50, ..NONE }, 0);
    assert!(other.quota.import(&text, other.now));
    assert_eq!(other.take("a", 50).0, 0);
    other.now += 62_000;
    assert_eq!(other.take("a", 50).0, 50);
}
