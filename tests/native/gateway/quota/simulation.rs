//! Simulation of isolates that use their leases in every legal way.

use super::*;

/// Sending behavior of an isolate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    /// Any legal behavior.
    ///
    /// The isolate sends immediately, at the last moment, in between or not at all; returns permits early, late or
    /// never; and disappears and restarts.
    Any,
    /// Has more to send than permitted, and sends as early as permitted.
    Bulk,
    /// Sends this number of requests per second.
    ///
    /// It requests the permits that it expects to need, and returns the excess.
    Steady(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// An isolate has requests to send, or checks for some.
    Wants(usize),
    /// A lease request of an isolate arrives, with the return of a finished lease.
    Visit {
        isolate: usize,
        asked_at: i64,
        more: u32,
        life_ms: u32,
        over: Option<(LeaseId, u32)>,
    },
    GiveBack(LeaseId, u32),
    Granted {
        isolate: usize,
        asked_at: i64,
        grant: LeaseId,
        slots: u32,
        life_ms: u32,
        held_ms: u32,
    },
    Refused(usize),
    /// A lease of an isolate that returns its permits expires.
    Ends(usize, LeaseId),
    Timer,
    Restart,
}

struct Isolate {
    tenant: String,
    manner: Manner,
    /// Maximum latency of a message to or from the quota object.
    delay_ms: i64,
    asking: bool,
    backlog: u32,
    /// Held permits: lease, end by the isolate's clock, number of permits.
    slots: Vec<(LeaseId, i64, u32)>,
    over: Option<(LeaseId, u32)>,
}

/// The quota object, the isolates that use it, and the service that counts requests.
struct Edge {
    now: i64,
    limits: RateLimits,
    quota: Quota,
    stored: String,
    events: BinaryHeap<Reverse<(i64, u64, Event)>>,
    order: u64,
    timer_at: i64,
    isolates: Vec<Isolate>,
    asked: BTreeMap<LeaseRequestId, (usize, i64)>,
    rng: Rng,
    arrivals: Vec<i64>,
    visits: u32,
    grants: u32,
    largest_text: usize,
}

impl Edge {
    fn new(limits: RateLimits, seed: u64, isolates: &[(&str, Manner, i64)]) -> Edge {
        let mut edge = Edge {
            now: BEGAN,
            limits,
            quota: Quota::new(limits, 0),
            stored: String::new(),
            events: BinaryHeap::new(),
            order: 0,
            timer_at: i64::MAX,
            isolates: Vec::new(),
            asked: BTreeMap::new(),
            rng: Rng(seed),
            arrivals: Vec::new(),
            visits: 0,
            grants: 0,
            largest_text: 0,
        };
        for (index, (tenant, manner, delay_ms)) in isolates.iter().enumerate() {
            edge.isolates.push(Isolate {
                tenant: (*tenant).to_owned(),
                manner: *manner,
                delay_ms: *delay_ms,
                asking: false,
                backlog: 0,
                slots: Vec::new(),
                over: None,
            });
            let first = edge.rng.below(100);
            edge.after(first, Event::Wants(index));
        }
        edge
    }

    fn after(&mut self, ms: i64, event: Event) {
        self.order += 1;
        self.events.push(Reverse((self.now + ms, self.order, event)));
    }

    fn delay(&mut self, isolate: usize) -> i64 {
        let Isolate { delay_ms, manner, .. } = self.isolates[isolate];
        if manner == Manner::Any {
            self.rng.below(delay_ms + 1)
        } else {
            delay_ms / 2 + self.rng.below(delay_ms / 2 + 1)
        }
    }

    fn send(&mut self) {
        let jitter = if self.rng.one_in(3) { self.rng.below(31) } else { 30 * self.rng.below(2) };
        self.arrivals.push(self.now + 40 + jitter);
    }

    fn run(&mut self, until: i64) {
        while let Some(Reverse((at, ..))) = self.events.peek()
            && *at <= until
        {
            let Reverse((at, _, event)) = self.events.pop().unwrap();
            self.now = self.now.max(at);
            self.happen(event);
        }
        self.now = until;
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Wants(isolate) => self.wants(isolate),
            Event::Visit { isolate, asked_at, more, life_ms, over } => {
                self.visits += 1;
                if let Some((grant, unused)) = over {
                    self.quota.return_lease(grant, unused, self.now);
                }
                let patience_ms = if self.isolates[isolate].manner == Manner::Any { 3000 } else { 60_000 };
                let ask = LeaseRequest {
                    tenant: &self.isolates[isolate].tenant,
                    extra: more,
                    duration_ms: life_ms,
                    max_wait_ms: patience_ms,
                };
                self.asked.insert(self.quota.request(ask, self.now), (isolate, asked_at));
                self.decide();
            }
            Event::GiveBack(grant, unused) => {
                self.visits += 1;
                self.quota.return_lease(grant, unused, self.now);
                self.decide();
            }
            Event::Timer => self.decide(),
            Event::Restart => {
                self.quota = Quota::new(self.limits, 0);
                assert!(self.stored.is_empty() || self.quota.import(&self.stored, self.now));
                for (isolate, _) in std::mem::take(&mut self.asked).into_values() {
                    self.after(5, Event::Refused(isolate));
                }
            }
            Event::Refused(isolate) => {
                self.isolates[isolate].asking = false;
                if self.isolates[isolate].manner == Manner::Bulk {
                    self.after(20, Event::Wants(isolate));
                }
            }
            Event::Granted { isolate, asked_at, grant, slots, life_ms, held_ms } => {
                self.isolates[isolate].asking = false;
                let until = asked_at + i64::from(held_ms) + i64::from(life_ms);
                if until < self.now {
                    // The response took longer than the lease's duration.
                    return self.after(0, Event::GiveBack(grant, slots));
                }
                match self.isolates[isolate].manner {
                    Manner::Any => self.any(isolate, grant, slots, until),
                    Manner::Bulk => {
                        (0..slots).for_each(|_| self.send());
                        self.isolates[isolate].over = Some((grant, 0));
                        self.wants(isolate);
                    }
                    Manner::Steady(_) => {
                        self.isolates[isolate].slots.push((grant, until, slots));
                        self.after(until - self.now, Event::Ends(isolate, grant));
                        self.use_slots(isolate);
                    }
                }
            }
            Event::Ends(isolate, grant) => {
                let slots = &mut self.isolates[isolate].slots;
                if let Some(index) = slots.iter().position(|(other, ..)| *other == grant) {
                    let (grant, _, unused) = slots.remove(index);
                    let delay = self.delay(isolate);
                    self.after(delay, Event::GiveBack(grant, unused));
                }
            }
        }
    }

    /// Delivers decisions. Granted leases are persisted first.
    fn decide(&mut self) {
        let mut granted = Vec::new();
        while let Some((ask, verdict)) = self.quota.next_decision(self.now) {
            granted.extend(self.asked.remove(&ask).map(|asked| (asked, verdict)));
        }
        if granted.iter().any(|(_, verdict)| matches!(verdict, LeaseDecision::Granted { .. })) {
            self.stored = self.quota.export();
            self.largest_text = self.largest_text.max(self.stored.len());
        }
        for ((isolate, asked_at), verdict) in granted {
            let delay = self.delay(isolate);
            match verdict {
                LeaseDecision::Granted { id: grant, permits: slots, duration_ms: life_ms, waited_ms: held_ms } => {
                    self.grants += slots;
                    self.after(delay, Event::Granted { isolate, asked_at, grant, slots, life_ms, held_ms });
                }
                LeaseDecision::QuotaExhausted { .. } | LeaseDecision::Busy { .. } => {
                    self.after(delay + 500, Event::Refused(isolate))
                }
            }
        }
        if let Some(ms) = self.quota.wake_in_ms(self.now) {
            assert!(ms > 0);
            if self.timer_at <= self.now || self.now + ms < self.timer_at {
                self.timer_at = self.now + ms;
                self.after(ms, Event::Timer);
            }
        }
    }

    fn ask(&mut self, isolate: usize, more: u32, life_ms: u32) {
        let this = &mut self.isolates[isolate];
        this.asking = true;
        let over = this.over.take();
        let delay = self.delay(isolate);
        self.after(delay, Event::Visit { isolate, asked_at: self.now, more, life_ms, over });
    }

    fn wants(&mut self, isolate: usize) {
        match self.isolates[isolate].manner {
            Manner::Any => {
                let more = u32::try_from(self.rng.below(12)).unwrap();
                let life_ms = u32::try_from(self.rng.below(400)).unwrap();
                self.ask(isolate, more, life_ms);
                let pause = if self.rng.one_in(3) { self.rng.below(1500) } else { self.rng.below(100) };
                self.after(pause, Event::Wants(isolate));
            }
            Manner::Bulk => {
                if !self.isolates[isolate].asking {
                    self.ask(isolate, 50, 300);
                }
            }
            Manner::Steady(rate) => {
                self.isolates[isolate].backlog += 1;
                self.use_slots(isolate);
                let pause = self.rng.below(2 * 1000 / rate + 1);
                self.after(pause, Event::Wants(isolate));
            }
        }
    }

    /// Sends an isolate's requests at a steady rate as far as its permits allow.
    ///
    /// It then requests the permits that it lacks and expects to need within a lease's duration.
    fn use_slots(&mut self, isolate: usize) {
        const LIFE_MS: i64 = 200;
        while self.isolates[isolate].backlog > 0 {
            let now = self.now;
            let this = &mut self.isolates[isolate];
            let Some(lease) = this.slots.iter_mut().find(|(_, until, left)| *left > 0 && *until >= now) else { break };
            lease.2 -= 1;
            this.backlog -= 1;
            self.send();
        }
        let this = &mut self.isolates[isolate];
        // The next request returns a used-up lease.
        if let Some(index) = this.slots.iter().position(|(_, _, left)| *left == 0)
            && this.over.is_none()
        {
            this.over = Some((this.slots.remove(index).0, 0));
        }
        let Manner::Steady(rate) = this.manner else { return };
        if this.backlog > 0 && !this.asking {
            let more = this.backlog - 1 + u32::try_from(rate * LIFE_MS / 1000).unwrap();
            self.ask(isolate, more, u32::try_from(LIFE_MS).unwrap());
        }
    }

    /// Uses a lease in a random legal way.
    fn any(&mut self, isolate: usize, grant: LeaseId, slots: u32, until: i64) {
        let began = self.now;
        let mut last = began;
        let mut unused = slots;
        let dies = self.rng.one_in(10);
        for _ in 0..slots {
            let at = match self.rng.below(4) {
                0 => began,
                1 => until,
                2 => began + self.rng.below(until - began + 1),
                _ => continue,
            };
            unused -= 1;
            last = last.max(at);
            self.now = at;
            self.send();
        }
        self.now = began;
        if dies {
            return;
        }
        let pause = match self.rng.below(4) {
            0 => return,
            1 => self.rng.below(20_000),
            _ => 0,
        };
        let delay = self.delay(isolate);
        let times = 1 + i64::from(self.rng.one_in(5));
        (0..times).for_each(|_| self.after(last - began + pause + delay, Event::GiveBack(grant, unused)));
    }

    fn assert_limits(&self) -> Result<(), TestCaseError> {
        for (limit, length_ms) in
            [(self.limits.per_second, 1000), (self.limits.per_minute, 60_000), (self.limits.per_day, DAY_MS)]
        {
            let most = most_within(length_ms, &self.arrivals);
            prop_assert!(limit == 0 || most <= limit as usize, "{most} of {limit} within {length_ms} ms");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn whatever_isolates_do_within_their_leases_the_service_counts_no_more_than_the_limit(
        seed in any::<u64>(),
        isolates in 1_usize..=8,
        limits in prop_oneof![
            (1_u32..60).prop_map(per_second),
            (1_u32..20, 5_u32..200).prop_map(|(second, minute)| RateLimits { per_minute: minute, ..per_second(second) }),
            (1_u32..400).prop_map(|minute| RateLimits { per_minute: minute, ..NONE }),
            (5_u32..40, 50_u32..900).prop_map(|(second, day)| RateLimits { per_day: day, ..per_second(second) }),
            Just(RateLimits { per_second: 5, per_minute: 30, per_day: 5000, max_concurrent: 0 }),
        ],
        delay_ms in prop_oneof![0_i64..3, 2_i64..200],
        restarts in proptest::collection::vec(0_i64..90_000, 0..12),
    ) {
        let tenants = ["a", "b", "c"];
        let isolates: Vec<_> = (0..isolates).map(|index| (tenants[index % 3], Manner::Any, delay_ms)).collect();
        let mut edge = Edge::new(limits, seed, &isolates);
        for at in restarts {
            edge.after(at, Event::Restart);
        }
        edge.run(BEGAN + 90_000);
        edge.assert_limits()?;
        prop_assert!(!edge.arrivals.is_empty());
        prop_assert!(edge.largest_text < 12_000, "{} bytes", edge.largest_text);
    }
}

/// Measures isolates that always have requests to send, after the first seconds.
///
/// Returns the used share of the limit, the number of lease requests per thousand requests, and the size of the largest
/// persisted text.
fn saturated(limits: RateLimits, isolates: usize, seconds: i64) -> (f64, f64, usize) {
    let all: Vec<_> = (0..isolates).map(|_| ("a", Manner::Bulk, 10)).collect();
    let mut edge = Edge::new(limits, 7, &all);
    edge.run(BEGAN + 5000);
    let (before, visits) = (edge.arrivals.len(), edge.visits);
    edge.run(BEGAN + 5000 + seconds * 1000);
    edge.assert_limits().unwrap();
    let sent = (edge.arrivals.len() - before) as f64;
    let limit = if limits.per_second > 0 { f64::from(limits.per_second) } else { f64::from(limits.per_minute) / 60.0 };
    (sent / (limit * seconds as f64), f64::from(edge.visits - visits) / sent * 1000.0, edge.largest_text)
}

#[test]
fn who_always_wants_to_send_gets_nine_tenths_of_the_limit() {
    let minute = RateLimits { per_minute: 300, ..NONE };
    for (limits, seconds) in [(per_second(5), 100), (per_second(50), 60), (per_second(500), 30), (minute, 1200)] {
        for isolates in [1, 4] {
            let (part, visits, bytes) = saturated(limits, isolates, seconds);
            println!("{limits:?}, {isolates} isolates: {part:.3} of it, {visits:.0} visits per 1000, {bytes} bytes");
            assert!(part >= 0.9, "{part} of {limits:?} with {isolates} isolates");
        }
    }
}

#[test]
fn below_the_limit_few_requests_visit_the_object() {
    for (limit, isolates) in [(1000, 1), (1000, 4), (600, 4), (0, 4)] {
        let all: Vec<_> = (0..isolates).map(|_| ("a", Manner::Steady(500 / isolates), 10)).collect();
        let mut edge = Edge::new(per_second(limit), 7, &all);
        edge.run(BEGAN + 30_000);
        edge.assert_limits().unwrap();
        let visits = f64::from(edge.visits) / edge.arrivals.len() as f64 * 1000.0;
        let rate = edge.arrivals.len() / 30;
        println!("limit {limit}, {isolates} isolates, {rate} per second: {visits:.0} visits per 1000");
        assert!(rate > 450, "{rate}");
        assert!(visits < 120.0, "{visits}");
    }
}
