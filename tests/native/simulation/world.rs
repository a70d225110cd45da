//! The simulated world: the client, the sandbox, the events and their times.

use crate::differential::rng::Rng as SplitMix64;
use crate::harness::config;
use crate::rules::params;
use cisco_support_case::client::{
    Action, CallId, CallOptions, CallToken, ClientConfig, Credentials, Engine, HttpRequest, HttpResponse, InFlightId,
    Now, RateLimits, TokenReply, TokenSource,
};
use cisco_support_case::decode::{self};
use cisco_support_case::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, Request};
use cisco_support_case::sandbox::{Auth, Options, Sandbox, TOKEN_PATH};
use cisco_support_case::util::Json;
use std::collections::{BTreeMap, BTreeSet};

/// Start of the simulated time, in milliseconds since 1970.
pub(super) const BEGIN_MS: i64 = 1_780_315_200_000;

/// Parameters of a simulation.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) hours: i64,
    /// Average time between calls.
    pub(super) every_ms: i64,
    pub(super) limits: RateLimits,
    /// Minimum latency of a request.
    pub(super) way_ms: i64,
    /// Maximum addition to the latency.
    pub(super) jitter_ms: i64,
    pub(super) faults: bool,
    pub(super) aborts: bool,
    pub(super) jumps: bool,
    /// Whether the driver has a monotonic clock.
    pub(super) steady: bool,
    pub(super) provider: bool,
    /// Whether a token cache is configured.
    pub(super) cache: bool,
    pub(super) watched: bool,
    /// Number of calls that always wait; 0 for calls at random times.
    pub(super) queue: usize,
    /// Whether drivers do not wake each other.
    pub(super) isolated: bool,
    /// Whether drivers disappear without a notice.
    pub(super) vanish: bool,
    /// Whether calls have their own tokens.
    pub(super) own_tokens: bool,
    /// Whether calls that were not woken are checked for missed progress.
    pub(super) probed: bool,
}

impl Plan {
    pub(super) fn new(seed: u64) -> Plan {
        Plan {
            seed,
            hours: 1,
            every_ms: 2000,
            limits: RateLimits { per_second: 3, per_minute: 60, per_day: 0, max_concurrent: 4 },
            way_ms: 20,
            jitter_ms: 30,
            faults: true,
            aborts: true,
            jumps: true,
            steady: !seed.is_multiple_of(4),
            provider: seed.is_multiple_of(2),
            cache: seed.is_multiple_of(3),
            watched: seed.is_multiple_of(5),
            queue: 0,
            isolated: false,
            vanish: false,
            own_tokens: true,
            probed: seed % 2 == 1,
        }
    }

    /// The same with isolated requests, as in a Worker. Without a monotonic clock every driver would be late after a
    /// jump.
    pub(super) fn isolated(self) -> Plan {
        Plan { isolated: true, vanish: self.aborts, steady: true, probed: false, ..self }
    }
}

pub(super) enum Event {
    Begin,
    Abort(CallId),
    Vanish(CallId),
    Arrive(InFlightId, HttpRequest),
    Respond(InFlightId, Result<HttpResponse<()>, String>),
    Token(InFlightId, Result<TokenReply, String>),
    Cached(InFlightId, Option<TokenReply>),
    /// Replaces the active faults.
    Weather,
    Jump,
}

/// Random decisions of a simulation.
pub(super) struct Rng(SplitMix64);

impl Rng {
    pub(super) fn below(&mut self, end: i64) -> i64 {
        (self.0.next() >> 1) as i64 % end.max(1)
    }

    pub(super) fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }
}

/// Expected state of a call.
pub(super) struct Known {
    /// Case that the response must contain.
    pub(super) asked_for: Option<String>,
    pub(super) begun_at: i64,
    pub(super) timeout_ms: i64,
    /// Number of clock jumps when the call began.
    pub(super) jumps: i64,
    /// Number of requests sent for the call.
    pub(super) sent: u32,
    /// Whether the call has its own token, and the latest one.
    pub(super) has_own: bool,
    pub(super) own_tokens: Vec<String>,
}

#[derive(Default)]
pub(super) struct Seen {
    pub(super) begun: usize,
    pub(super) succeeded: u32,
    pub(super) ended: BTreeMap<&'static str, u32>,
    /// Arrival times of requests at the service.
    pub(super) arrivals: Vec<i64>,
    /// Busiest second and minute that the sandbox counted.
    pub(super) busiest: [u32; 2],
    pub(super) requests: u32,
    pub(super) first_requests: u32,
    pub(super) attempts: u32,
    pub(super) most_in_flight: usize,
    pub(super) token_asks: u32,
    /// Token requests that got a token.
    pub(super) tokens: u32,
    /// Token requests without a response, because every caller gave up or it took too long.
    pub(super) lost_asks: u32,
    pub(super) failed_asks: u32,
    /// Refresh times of the issued tokens.
    pub(super) tokens_until: Vec<i64>,
    pub(super) expired: u32,
    pub(super) refused_tokens: BTreeSet<String>,
    pub(super) replays: u32,
    /// Requests that exceeded the service's limits.
    pub(super) too_fast: u32,
    pub(super) steps: u64,
    pub(super) looks: u32,
    /// Calls whose drivers disappeared, and their requests.
    pub(super) vanished: u32,
    pub(super) lost_requests: u32,
    /// Calls of per-call token providers.
    pub(super) own_asks: u32,
    /// Tokens that arrived after the requesting call had given up.
    pub(super) late_tokens: u32,
    pub(super) probes: u32,
    /// Sum of the calls' durations.
    pub(super) life_ms: i64,
    pub(super) told_requests: u32,
    pub(super) told_responses: u32,
    pub(super) told_retries: u32,
}

pub(super) struct Simulation {
    pub(super) plan: Plan,
    pub(super) engine: Engine<String, ()>,
    pub(super) sandbox: Sandbox,
    pub(super) rng: Rng,
    /// True time since the start.
    pub(super) now: i64,
    /// Deadline of the timer that fired, which may be slightly early.
    pub(super) due: i64,
    pub(super) last_due: i64,
    /// Offset of the wall clock.
    pub(super) skew: i64,
    pub(super) jumps: i64,
    pub(super) events: BTreeMap<(i64, u64), Event>,
    pub(super) number: u64,
    pub(super) calls: BTreeMap<CallId, Known>,
    /// Requests in flight at the driver, with their tokens.
    pub(super) flights: BTreeMap<InFlightId, Option<String>>,
    pub(super) asks: BTreeMap<InFlightId, i64>,
    /// Pending calls of per-call token providers.
    pub(super) own_asks: BTreeSet<InFlightId>,
    /// Wake-up times of each call's driver, and the requested ones.
    pub(super) timers: BTreeMap<CallId, (i64, i64)>,
    /// Calls whose drivers disappeared.
    pub(super) vanished: BTreeSet<CallId>,
    /// All per-call tokens.
    pub(super) own_tokens: BTreeSet<String>,
    /// Pending reads of the token cache.
    pub(super) looks: BTreeSet<InFlightId>,
    pub(super) cached: Option<TokenReply>,
    pub(super) contracts: Vec<String>,
    pub(super) cases: Vec<String>,
    pub(super) stops_at: i64,
    /// Time of the latest token request.
    pub(super) asked_at: i64,
    /// Time of the latest request to the sandbox.
    pub(super) served_at: i64,
    /// A fault that is always active.
    pub(super) outage: Option<Json>,
    pub(super) seen: Seen,
}

pub(super) fn name_of(action: Option<Action<String, ()>>) -> String {
    match action {
        None => "it has ended".to_owned(),
        Some(Action::Send { request, .. }) => format!("it sends {}", request.url),
        Some(Action::Done { outcome }) => format!("it is done: {:?}", outcome.map(|_| ())),
        Some(Action::RequestToken { .. }) => "it asks for a token".to_owned(),
        Some(Action::Emit(event)) => format!("{event:?}"),
        Some(_) => "it does something else".to_owned(),
    }
}

pub(super) fn strings(json: &Json, name: &str) -> Vec<String> {
    match json.get(name) {
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => panic!("no {name}"),
    }
}

impl Simulation {
    pub(super) fn new(plan: Plan) -> Simulation {
        let token = if plan.provider {
            TokenSource::Provider
        } else {
            TokenSource::Credentials(Credentials {
                client_id: "synthetic".to_owned(),
                client_secret: "secret".to_owned(),
                token_url: format!("https://id.example{TOKEN_PATH}"),
                cached: plan.cache,
            })
        };
        let (watched, isolated) = (plan.watched, plan.isolated);
        let config =
            ClientConfig { rate_limits: plan.limits, max_retries: 2, emits_events: watched, isolated, ..config(token) };
        let mut options = Options::default();
        options.cases = 60;
        options.seed = plan.seed;
        options.auth = Auth::Strict;
        options.now_ms = BEGIN_MS;
        let sandbox = Sandbox::new(options);
        let info = sandbox.info();
        Simulation {
            engine: Engine::new(config, plan.seed as u32),
            rng: Rng(SplitMix64::new(plan.seed)),
            now: 0,
            due: 0,
            last_due: 0,
            skew: 0,
            jumps: 0,
            events: BTreeMap::new(),
            number: 0,
            calls: BTreeMap::new(),
            flights: BTreeMap::new(),
            asks: BTreeMap::new(),
            own_asks: BTreeSet::new(),
            timers: BTreeMap::new(),
            vanished: BTreeSet::new(),
            own_tokens: BTreeSet::new(),
            looks: BTreeSet::new(),
            cached: None,
            contracts: strings(&info, "contract_ids"),
            cases: strings(&info, "case_ids"),
            stops_at: plan.hours * 3_600_000,
            asked_at: 0,
            served_at: 0,
            outage: None,
            seen: Seen::default(),
            sandbox,
            plan,
        }
    }

    pub(super) fn clock(&self) -> Now {
        let unix_ms = BEGIN_MS + self.now + self.skew;
        if self.plan.steady { Now { monotonic_ms: 77 + self.now.max(self.due), unix_ms } } else { Now::unix(unix_ms) }
    }

    pub(super) fn at(&mut self, at: i64, event: Event) {
        self.number += 1;
        self.events.insert((at.max(self.now), self.number), event);
    }

    pub(super) fn way(&mut self) -> i64 {
        // A timer that fires early takes one millisecond off.
        self.plan.way_ms + self.rng.below(self.plan.jitter_ms)
    }

    pub(super) fn run(mut self) -> Seen {
        self.at(0, Event::Weather);
        for _ in 0..self.plan.queue.max(1) {
            self.at(0, Event::Begin);
        }
        if self.plan.jumps {
            self.at(60_000, Event::Jump);
        }
        loop {
            let timer = self.timers.iter().map(|(call, (at, due))| (*at, *call, *due)).min();
            let next = self.events.keys().next().map(|(at, _)| *at);
            self.seen.steps += 1;
            match (timer, next) {
                (None, None) => break,
                (Some((at, call, due)), next) if next.is_none_or(|next| at < next) => {
                    self.now = self.now.max(at);
                    self.due = due;
                    self.last_due = self.last_due.max(due);
                    self.drive(call);
                    self.due = 0;
                }
                _ => {
                    let Some(((at, _), event)) = self.events.pop_first() else { break };
                    self.now = self.now.max(at);
                    self.happen(event);
                }
            }
            if self.plan.probed && self.rng.one_in(8) {
                self.probe();
            }
        }
        assert_eq!(self.calls.len(), 0, "calls that never ended");
        // The engine notices calls whose drivers disappeared and drops them after a minute.
        for _ in 0..if self.plan.isolated { 2 } else { 0 } {
            self.now += 70_000;
            let call = self.engine.begin(
                CASE_SUMMARY.check(&params(r#"{"case_ids":["612345678"]}"#)).unwrap(),
                CallOptions::default(),
                self.clock(),
            );
            self.engine.remove(call, self.clock());
        }
        assert_eq!(self.engine.calls(), 0, "left behind");
        let left = (self.flights.len(), self.asks.len(), self.looks.len(), self.own_asks.len());
        assert_eq!(left, (0, 0, 0, 0), "left running");
        let counted = self.sandbox.info();
        let counted = counted.get("requests").cloned().unwrap_or_default();
        let most = |name: &str| match counted.get(name) {
            Some(Json::Number(digits)) => digits.parse().unwrap(),
            other => panic!("{name}: {other:?}"),
        };
        self.seen.busiest = [most("busiestSecond"), most("busiestMinute")];
        let budget = self.engine.budget(self.clock());
        assert_eq!((budget.concurrent.used, budget.waiting), (0, 0), "left behind");
        self.seen
    }

    pub(super) fn happen(&mut self, event: Event) {
        match event {
            Event::Begin => self.begin(),
            Event::Abort(call) => self.abort(call),
            Event::Vanish(call) => self.vanish(call),
            Event::Arrive(id, request) => self.arrive(id, &request),
            // A driver that disappeared receives nothing.
            Event::Respond(id, _) | Event::Token(id, _) | Event::Cached(id, _)
                if self.vanished.contains(&id.call()) => {}
            Event::Respond(id, result) => {
                // A cancelled request may still arrive.
                if self.flights.remove(&id).is_none() && self.asks.remove(&id).is_some() {
                    let granted = result.as_ref().is_ok_and(|response| response.status == 200);
                    self.token_came(granted);
                }
                self.engine.on_response(id, result, self.clock());
                self.drive(id.call());
            }
            Event::Token(id, result) => {
                if self.own_asks.remove(&id) {
                    if let (Ok(reply), Some(known)) = (&result, self.calls.get_mut(&id.call())) {
                        known.own_tokens.push(reply.access_token.clone());
                    }
                } else if self.asks.remove(&id).is_some() {
                    self.token_came(result.is_ok());
                } else {
                    self.seen.late_tokens += 1;
                    self.seen.tokens_until.push(self.now + 3_540_000);
                }
                self.engine.on_token(id, result, self.clock());
                self.drive(id.call());
            }
            Event::Cached(id, cached) => {
                self.looks.remove(&id);
                let cached = cached.ok_or_else(|| "nothing there".to_owned());
                self.engine.on_token(id, cached, self.clock());
                self.drive(id.call());
            }
            Event::Weather => self.weather(),
            Event::Jump => {
                let jump: i64 = [-3_600_000, -90_000, -1500, 1500, 45_000, 86_400_000][self.rng.below(6) as usize];
                // Without a monotonic clock a driver cannot distinguish a forward jump from elapsed time.
                let jump = if self.plan.steady { jump } else { -jump.abs() };
                self.skew += jump;
                self.jumps += 1;
                if self.now < self.stops_at {
                    let next = self.now + 1 + self.rng.below(600_000);
                    self.at(next, Event::Jump);
                }
            }
        }
    }

    pub(super) fn begin(&mut self) {
        if self.now >= self.stops_at {
            return;
        }
        if self.plan.queue == 0 {
            let next = self.now + self.rng.below(2 * self.plan.every_ms);
            self.at(next, Event::Begin);
            // Occasionally many calls start at once.
            let together = if self.rng.one_in(60) { 12 } else { 1 };
            (0..together).for_each(|_| self.begin_one());
        } else {
            self.begin_one();
        }
    }

    pub(super) fn begin_one(&mut self) {
        let contract = self.contracts[self.rng.below(self.contracts.len() as i64) as usize].clone();
        let case = self.cases[self.rng.below(self.cases.len() as i64) as usize].clone();
        let kind = self.rng.below(12);
        let request: Request = match kind {
            0 => CASES_BY_CONTRACT.check(&params(&format!(r#"{{"contract_ids":["{contract}"]}}"#))),
            1 => CASE_DETAILS.check(&params(&format!(r#"{{"case_id":"{case}"}}"#))),
            _ => CASE_SUMMARY.check(&params(&format!(r#"{{"case_ids":["{case}"]}}"#))),
        }
        .unwrap();
        let timeout_ms = match self.rng.below(6) {
            _ if self.plan.queue > 0 => 0,
            0 => 1 + self.rng.below(3000),
            1 => 120_000,
            _ => 30_000,
        };
        let own_token = if self.plan.own_tokens { self.rng.below(8) } else { 8 };
        let token = match own_token {
            0 => Some(CallToken::Fixed(self.new_token())),
            1 => Some(CallToken::Provider),
            _ => None,
        };
        let own_tokens: Vec<_> = match &token {
            Some(CallToken::Fixed(token)) => vec![token.clone()],
            _ => Vec::new(),
        };
        self.own_tokens.extend(own_tokens.iter().cloned());
        let is_patient = self.rng.one_in(10);
        let options = CallOptions {
            timeout_ms: Some(timeout_ms as u32),
            token: token.clone(),
            excludes_queue_time: is_patient,
            ..CallOptions::default()
        };
        let call = self.engine.begin(request, options, self.clock());
        self.vanished.remove(&call);
        let known = Known {
            asked_for: (kind > 0).then_some(case),
            begun_at: self.now,
            timeout_ms: if is_patient { 0 } else { timeout_ms },
            jumps: self.jumps,
            sent: 0,
            has_own: token.is_some(),
            own_tokens,
        };
        assert!(self.calls.insert(call, known).is_none(), "a handle comes twice");
        self.seen.begun += 1;
        let within = [0, 1, 50, 1000, 20_000][self.rng.below(5) as usize];
        let at = self.now + self.rng.below(within + 1);
        if self.plan.vanish && self.rng.one_in(7) {
            if within == 0 && self.rng.one_in(2) {
                return self.vanish(call);
            }
            self.at(at, Event::Vanish(call));
        } else if self.plan.aborts && self.rng.one_in(6) {
            if within == 0 && self.rng.one_in(2) {
                return self.abort(call);
            }
            self.at(at, Event::Abort(call));
        }
        self.drive(call);
    }

    /// Returns a token for a call with its own provider.
    pub(super) fn new_token(&mut self) -> String {
        let text = "grant_type=client_credentials&client_id=synthetic&client_secret=secret";
        loop {
            let answer = self.ask_sandbox("POST", TOKEN_PATH, Vec::new(), text);
            let body = decode::json(&answer.body).unwrap();
            if let Some(token) = body.get("access_token").and_then(Json::as_str) {
                return token.to_owned();
            }
        }
    }

    pub(super) fn abort(&mut self, call: CallId) {
        if self.calls.contains_key(&call) {
            self.engine.abort(call, "left".to_owned(), self.clock());
            self.drive(call);
        }
    }

    /// Removes a driver without a notice. Its requests may still arrive.
    pub(super) fn vanish(&mut self, call: CallId) {
        let Some(known) = self.calls.remove(&call) else { return };
        self.timers.remove(&call);
        self.vanished.insert(call);
        self.flights.retain(|id, _| id.call() != call);
        self.looks.retain(|id| id.call() != call);
        self.own_asks.retain(|id| id.call() != call);
        let asks = self.asks.len();
        self.asks.retain(|id, _| id.call() != call);
        self.seen.lost_asks += (asks - self.asks.len()) as u32;
        self.seen.vanished += 1;
        self.seen.lost_requests += known.sent;
        self.seen.first_requests += known.sent.min(1);
        self.seen.life_ms += self.now - known.begun_at;
        if self.plan.queue > 0 {
            self.at(self.now, Event::Begin);
        }
    }

    pub(super) fn weather(&mut self) {
        const KINDS: [&str; 15] = [
            "over_qps",
            "over_rate",
            "over_rate_429",
            "over_capacity",
            "not_authorized_401",
            "not_authorized_403",
            "latency",
            "slow_body",
            "reset",
            "truncated_body",
            "garbage_json",
            "html_error",
            "api_error_200",
            "500:SYSTEM_ERROR",
            "503:Service Unavailable",
        ];
        self.sandbox.clear_faults();
        if let Some(fault) = &self.outage {
            self.sandbox.fault(fault).unwrap();
        }
        if self.plan.faults {
            for _ in 0..self.rng.below(4) {
                let name = KINDS[self.rng.below(KINDS.len() as i64) as usize];
                let rate = ["0.02", "0.1", "0.5", "1"][self.rng.below(4) as usize];
                let ms = self.rng.below(8000).to_string();
                let fault = [("name", Json::from(name)), ("rate", Json::Number(rate.into())), ("ms", Json::Number(ms))];
                self.sandbox.fault(&Json::object(fault)).unwrap();
            }
            if !self.plan.provider && self.rng.one_in(3) {
                let fault = [("name", Json::from("invalid_client")), ("rate", Json::Number("0.5".into()))];
                self.sandbox.fault(&Json::object(fault)).unwrap();
            }
        }
        if self.now < self.stops_at {
            let next = self.now + 10_000 + self.rng.below(300_000);
            self.at(next, Event::Weather);
        }
    }
}
