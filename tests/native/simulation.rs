//! The complete client against the complete sandbox on a simulated clock.
//!
//! A simulation covers hours of traffic with all kinds of failures, aborts at any point and clock jumps. In a
//! Worker-like simulation, drivers disappear at any point and do not wake each other. A seed determines the whole
//! simulation.

use crate::differential::rng::Rng as SplitMix64;
use crate::harness::config;
use crate::rate_limit::most_within;
use crate::rules::params;
use cisco_support_case::client::{
    self, Action, CallId, CallOptions, CallToken, Config, Credentials, Engine, EventKind, HttpRequest, HttpResponse,
    InFlightId, Now, RateLimits, RetryBudget, TokenReply, TokenSource,
};
use cisco_support_case::decode::{self, Body};
use cisco_support_case::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, Request};
use cisco_support_case::error::ErrorKind;
use cisco_support_case::model::DocumentKind;
use cisco_support_case::sandbox::{Auth, Effect, Options, Sandbox, SandboxResponse, TOKEN_PATH};
use cisco_support_case::util::Json;
use std::collections::{BTreeMap, BTreeSet};

/// Start of the simulated time, in milliseconds since 1970.
const BEGIN_MS: i64 = 1_780_315_200_000;

/// Parameters of a simulation.
#[derive(Clone)]
struct Plan {
    seed: u64,
    hours: i64,
    /// Average time between calls.
    every_ms: i64,
    limits: RateLimits,
    /// Minimum latency of a request.
    way_ms: i64,
    /// Maximum addition to the latency.
    jitter_ms: i64,
    faults: bool,
    aborts: bool,
    jumps: bool,
    /// Whether the driver has a monotonic clock.
    steady: bool,
    provider: bool,
    /// Whether a token cache is configured.
    cache: bool,
    watched: bool,
    /// Number of calls that always wait; 0 for calls at random times.
    queue: usize,
    /// Whether drivers do not wake each other.
    isolated: bool,
    /// Whether drivers disappear without a notice.
    vanish: bool,
    /// Whether calls have their own tokens.
    own_tokens: bool,
    /// Whether calls that were not woken are checked for missed progress.
    probed: bool,
}

impl Plan {
    fn new(seed: u64) -> Plan {
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
    fn isolated(self) -> Plan {
        Plan { isolated: true, vanish: self.aborts, steady: true, probed: false, ..self }
    }
}

enum Event {
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
struct Rng(SplitMix64);

impl Rng {
    fn below(&mut self, end: i64) -> i64 {
        (self.0.next() >> 1) as i64 % end.max(1)
    }

    fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }
}

/// Expected state of a call.
struct Known {
    /// Case that the response must contain.
    asked_for: Option<String>,
    begun_at: i64,
    timeout_ms: i64,
    /// Number of clock jumps when the call began.
    jumps: i64,
    /// Number of requests sent for the call.
    sent: u32,
    /// Whether the call has its own token, and the latest one.
    has_own: bool,
    own_tokens: Vec<String>,
}

#[derive(Default)]
struct Seen {
    begun: usize,
    succeeded: u32,
    ended: BTreeMap<&'static str, u32>,
    /// Arrival times of requests at the service.
    arrivals: Vec<i64>,
    /// Busiest second and minute that the sandbox counted.
    busiest: [u32; 2],
    requests: u32,
    first_requests: u32,
    attempts: u32,
    most_in_flight: usize,
    token_asks: u32,
    /// Token requests that got a token.
    tokens: u32,
    /// Token requests without a response, because every caller gave up or it took too long.
    lost_asks: u32,
    failed_asks: u32,
    /// Refresh times of the issued tokens.
    tokens_until: Vec<i64>,
    expired: u32,
    refused_tokens: BTreeSet<String>,
    replays: u32,
    /// Requests that exceeded the service's limits.
    too_fast: u32,
    steps: u64,
    looks: u32,
    /// Calls whose drivers disappeared, and their requests.
    vanished: u32,
    lost_requests: u32,
    /// Calls of per-call token providers.
    own_asks: u32,
    /// Tokens that arrived after the requesting call had given up.
    late_tokens: u32,
    probes: u32,
    /// Sum of the calls' durations.
    life_ms: i64,
    told_requests: u32,
    told_responses: u32,
    told_retries: u32,
}

struct Simulation {
    plan: Plan,
    engine: Engine<String, ()>,
    sandbox: Sandbox,
    rng: Rng,
    /// True time since the start.
    now: i64,
    /// Deadline of the timer that fired, which may be slightly early.
    due: i64,
    last_due: i64,
    /// Offset of the wall clock.
    skew: i64,
    jumps: i64,
    events: BTreeMap<(i64, u64), Event>,
    number: u64,
    calls: BTreeMap<CallId, Known>,
    /// Requests in flight at the driver, with their tokens.
    flights: BTreeMap<InFlightId, Option<String>>,
    asks: BTreeMap<InFlightId, i64>,
    /// Pending calls of per-call token providers.
    own_asks: BTreeSet<InFlightId>,
    /// Wake-up times of each call's driver, and the requested ones.
    timers: BTreeMap<CallId, (i64, i64)>,
    /// Calls whose drivers disappeared.
    vanished: BTreeSet<CallId>,
    /// All per-call tokens.
    own_tokens: BTreeSet<String>,
    /// Pending reads of the token cache.
    looks: BTreeSet<InFlightId>,
    cached: Option<TokenReply>,
    contracts: Vec<String>,
    cases: Vec<String>,
    stops_at: i64,
    /// Time of the latest token request.
    asked_at: i64,
    /// Time of the latest request to the sandbox.
    served_at: i64,
    /// A fault that is always active.
    outage: Option<Json>,
    seen: Seen,
}

fn name_of(action: Option<Action<String, ()>>) -> String {
    match action {
        None => "it has ended".to_owned(),
        Some(Action::Send { request, .. }) => format!("it sends {}", request.url),
        Some(Action::Done { outcome }) => format!("it is done: {:?}", outcome.map(|_| ())),
        Some(Action::RequestToken { .. }) => "it asks for a token".to_owned(),
        Some(Action::Emit(event)) => format!("{event:?}"),
        Some(_) => "it does something else".to_owned(),
    }
}

fn strings(json: &Json, name: &str) -> Vec<String> {
    match json.get(name) {
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => panic!("no {name}"),
    }
}

impl Simulation {
    fn new(plan: Plan) -> Simulation {
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
            Config { rate_limits: plan.limits, max_retries: 2, emits_events: watched, isolated, ..config(token) };
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

    fn clock(&self) -> Now {
        let unix_ms = BEGIN_MS + self.now + self.skew;
        if self.plan.steady { Now { monotonic_ms: 77 + self.now.max(self.due), unix_ms } } else { Now::unix(unix_ms) }
    }

    fn at(&mut self, at: i64, event: Event) {
        self.number += 1;
        self.events.insert((at.max(self.now), self.number), event);
    }

    fn way(&mut self) -> i64 {
        // A timer that fires early takes one millisecond off.
        self.plan.way_ms + self.rng.below(self.plan.jitter_ms)
    }

    fn run(mut self) -> Seen {
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

    fn happen(&mut self, event: Event) {
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

    fn begin(&mut self) {
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

    fn begin_one(&mut self) {
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
    fn new_token(&mut self) -> String {
        let text = "grant_type=client_credentials&client_id=synthetic&client_secret=secret";
        loop {
            let answer = self.ask_sandbox("POST", TOKEN_PATH, Vec::new(), text);
            let body = decode::json(&answer.body).unwrap();
            if let Some(token) = body.get("access_token").and_then(Json::as_str) {
                return token.to_owned();
            }
        }
    }

    fn abort(&mut self, call: CallId) {
        if self.calls.contains_key(&call) {
            self.engine.abort(call, "left".to_owned(), self.clock());
            self.drive(call);
        }
    }

    /// Removes a driver without a notice. Its requests may still arrive.
    fn vanish(&mut self, call: CallId) {
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

    fn weather(&mut self) {
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

    /// Runs a call's driver until it waits, and then the drivers that it woke.
    fn drive(&mut self, call: CallId) {
        self.drive_one(call);
        while let Some(woken) = self.engine.next_woken() {
            assert!(!self.plan.isolated, "a driver wakes another");
            self.drive_one(woken);
        }
    }

    /// No waiting call that was not woken may be able to proceed, unless its timer is about to fire.
    fn probe(&mut self) {
        let now = self.now.max(self.last_due);
        if self.timers.values().any(|(_, due)| *due <= now) {
            return;
        }
        let calls: Vec<_> = self.calls.keys().copied().collect();
        for call in calls {
            self.timers.remove(&call);
            let mut next = Some(call);
            while let Some(call) = next {
                self.timers.remove(&call);
                match self.engine.next_action(call, self.clock()) {
                    Some(Action::Wait { ms }) => self.set_timer(call, ms),
                    action => panic!("{call:?} could go on at {} and was not woken: {}", self.now, name_of(action)),
                }
                next = self.engine.next_woken();
            }
            self.seen.probes += 1;
        }
    }

    /// Timers fire slightly late, or a millisecond early.
    fn set_timer(&mut self, call: CallId, ms: Option<i64>) {
        let Some(ms) = ms else { return };
        assert!(ms > 0, "a wait of {ms} ms");
        let due = self.now.max(self.due) + ms;
        let early = i64::from(self.plan.steady && self.rng.one_in(4));
        let late = if early > 0 { 0 } else { self.rng.below(4) };
        self.timers.insert(call, ((due + late - early).max(self.now), due));
    }

    fn drive_one(&mut self, call: CallId) {
        if self.vanished.contains(&call) {
            return;
        }
        self.timers.remove(&call);
        while let Some(action) = self.engine.next_action(call, self.clock()) {
            self.seen.steps += 1;
            match action {
                Action::Wait { ms } => return self.set_timer(call, ms),
                Action::Send { id, request } => {
                    assert_eq!(id.call(), call);
                    let token = request.headers.iter().find(|(name, _)| name == "authorization");
                    let token = token.map(|(_, value)| value.trim_start_matches("Bearer ").to_owned());
                    match &token {
                        None => {
                            self.ask();
                            assert!(self.asks.insert(id, self.now).is_none(), "an id comes twice");
                        }
                        Some(token) => {
                            let known = self.calls.get_mut(&call).unwrap();
                            known.sent += 1;
                            if known.has_own {
                                assert_eq!(known.own_tokens.last(), Some(token), "another's token");
                            } else {
                                assert!(!self.own_tokens.contains(token), "another's token");
                            }
                            assert!(self.flights.insert(id, Some(token.clone())).is_none(), "an id comes twice");
                            self.seen.requests += 1;
                            self.seen.most_in_flight = self.seen.most_in_flight.max(self.flights.len());
                        }
                    }
                    let arrives = self.now + self.way();
                    self.at(arrives, Event::Arrive(id, request));
                }
                Action::RequestToken { id, own } => {
                    assert_eq!((id.call(), own), (call, self.calls[&call].has_own));
                    if own {
                        self.seen.own_asks += 1;
                        assert!(self.own_asks.insert(id), "an id comes twice");
                    } else {
                        self.ask();
                        assert!(self.asks.insert(id, self.now).is_none(), "an id comes twice");
                    }
                    // The provider requests tokens independently. It sometimes fails or hangs for long.
                    let replies = self.now + if self.rng.one_in(40) { 600_000 } else { self.way() };
                    let reply = if self.plan.faults && self.rng.one_in(20) {
                        Err("provider failed".to_owned())
                    } else {
                        let token = self.new_token();
                        if own {
                            self.own_tokens.insert(token.clone());
                        }
                        Ok(TokenReply { access_token: token, expires_in: Some(3600.0) })
                    };
                    self.at(replies, Event::Token(id, reply));
                }
                Action::Cancel { id } => {
                    assert_eq!(id.call(), call);
                    if self.asks.remove(&id).is_some() {
                        self.seen.lost_asks += 1;
                    } else {
                        assert!(self.flights.remove(&id).is_some(), "what is not under way is cancelled");
                    }
                }
                Action::ReadTokenCache { id } => {
                    assert!(self.plan.cache && self.looks.insert(id), "an id comes twice");
                    // The cache sometimes hangs or returns something else.
                    let at = self.now + if self.rng.one_in(20) { 10_000 } else { self.way() };
                    let other = TokenReply { access_token: "no token".to_owned(), expires_in: None };
                    let cached = if self.rng.one_in(10) { Some(other) } else { self.cached.clone() };
                    self.seen.looks += 1;
                    self.at(at, Event::Cached(id, cached));
                }
                Action::StoreToken(token) => {
                    assert!(self.plan.cache);
                    self.cached = Some(token);
                }
                Action::Emit(event) => self.told(*event),
                Action::CancelTokenRequest { id } if self.looks.remove(&id) || self.own_asks.remove(&id) => {}
                Action::CancelTokenRequest { id } => {
                    assert!(self.asks.remove(&id).is_some(), "what is not under way is cancelled");
                    self.seen.lost_asks += 1;
                }
                Action::Done { outcome } => {
                    let known = self.calls.remove(&call).expect("a call ends once");
                    let took = self.now.max(self.due) - known.begun_at;
                    self.seen.life_ms += took;
                    assert_eq!(
                        known.sent,
                        outcome.as_ref().map_or_else(|error| error.attempts, |answer| answer.attempts)
                    );
                    assert!(
                        self.flights.keys().all(|id| id.call() != call),
                        "a call ends while its request is in flight"
                    );
                    if known.timeout_ms > 0 {
                        // Without a monotonic clock, a driver loses the time since its last reading with each jump.
                        let jumps = if self.plan.steady { 0 } else { self.jumps - known.jumps };
                        let most = known.timeout_ms * (1 + jumps) + 8;
                        assert!(took <= most, "{took} ms of {}", known.timeout_ms);
                    }
                    if let (Ok(answer), Some(case)) = (&outcome, &known.asked_for) {
                        let is_details = answer.records.kind() == DocumentKind::Details;
                        let detail = if is_details { answer.records.detail().case_id } else { String::new() };
                        let came = if is_details { &detail } else { answer.records.case_text(0, "case_id") };
                        assert_eq!(came, case, "another call's answer");
                    }
                    let (kind, attempts, waited_ms) = match &outcome {
                        Ok(answer) => ("", answer.attempts, answer.waited_ms),
                        Err(error) => (error.kind.as_str(), error.attempts, error.waited_ms),
                    };
                    assert!(i64::from(waited_ms) <= took + 1, "waited {waited_ms} of {took}");
                    assert!(attempts <= 4, "two retries and a replay");
                    if let Err(error) = &outcome {
                        assert_ne!(error.kind, ErrorKind::InvalidRequest, "{error:?}");
                        assert!(error.kind != ErrorKind::Aborted || error.cause.is_some());
                    }
                    *self.seen.ended.entry(kind).or_default() += 1;
                    self.seen.succeeded += u32::from(outcome.is_ok());
                    self.seen.attempts += attempts;
                    self.seen.first_requests += attempts.min(1);
                    if self.plan.queue > 0 {
                        self.at(self.now, Event::Begin);
                    }
                }
            }
        }
    }

    /// Checks that events are accurate and contain no secret.
    fn told(&mut self, event: client::Event) {
        assert!(self.plan.watched);
        assert!(!format!("{event:?}").contains("Bearer") && !format!("{event:?}").contains("secret"), "{event:?}");
        if event.call > 0 {
            match event.kind {
                EventKind::Request => self.seen.told_requests += 1,
                EventKind::Response => self.seen.told_responses += 1,
                EventKind::Retry => self.seen.told_retries += 1,
                EventKind::Wait => {}
            }
        }
    }

    /// Checks that a token is requested only if there is none, or it expired or was rejected. A request that takes as
    /// long as a call may take is about to be given up.
    fn ask(&mut self) {
        assert!(self.asks.values().all(|since| self.now - since >= 30_000 - 4), "two ask for a token at the same time");
        self.seen.token_asks += 1;
        self.asked_at = self.now;
        let before = self.seen.tokens_until.len();
        self.seen.tokens_until.retain(|until| *until > self.now);
        self.seen.expired += u32::from(self.seen.tokens_until.len() < before);
    }

    fn token_came(&mut self, granted: bool) {
        if granted {
            self.seen.tokens += 1;
            self.seen.tokens_until.push(self.asked_at + 3_540_000);
        } else {
            self.seen.failed_asks += 1;
        }
    }

    fn ask_sandbox(&mut self, method: &str, url: &str, headers: Vec<(String, String)>, body: &str) -> SandboxResponse {
        let request = cisco_support_case::sandbox::SandboxRequest {
            method: method.to_owned(),
            url: url.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        };
        self.sandbox.advance((self.now - self.served_at) as u64);
        self.served_at = self.now;
        self.sandbox.handle(&request)
    }

    /// Delivers a request to the service, which counts it.
    fn arrive(&mut self, id: InFlightId, request: &HttpRequest) {
        let body = request.body.clone().unwrap_or_default();
        let is_token = request.method == "POST";
        if !is_token {
            self.seen.arrivals.push(self.now);
        }
        let answer = self.ask_sandbox(request.method, &request.url, request.headers.clone(), &body);
        let header = |name: &str| answer.header(name).map(str::to_owned);
        let response = HttpResponse {
            status: answer.status,
            mashery_error_code: header("x-mashery-error-code"),
            message_id: header("x-mashery-message-id"),
            retry_after: header("retry-after"),
            date: None,
            body: Body::from_slice(&answer.body),
            raw: (),
        };
        let mut arrives = self.now + self.way() + i64::from(answer.delay_ms);
        let result = match answer.effect {
            Effect::Reset => Err("connection reset".to_owned()),
            Effect::TruncatedBody if self.rng.one_in(2) => {
                let half = &answer.body[..answer.body.len() / 2];
                Ok(HttpResponse { body: Body::from_slice(half), ..response })
            }
            Effect::TruncatedBody => Err("the body broke off".to_owned()),
            Effect::SlowBody { ms } => {
                arrives += i64::from(ms);
                Ok(response)
            }
            _ => Ok(response),
        };
        if answer.status == 401 || header("x-mashery-error-code").is_some_and(|code| code.contains("NOT_AUTHORIZED")) {
            let token = request.headers.iter().find(|(name, _)| name == "authorization");
            if let Some((_, token)) = token {
                self.seen.refused_tokens.insert(token.clone());
            }
            self.seen.replays += u32::from(!is_token);
        }
        let is_too_fast = header("x-mashery-error-code").is_some_and(|code| code.contains("OVER_QPS"));
        self.seen.too_fast += u32::from(is_too_fast);
        self.at(arrives, Event::Respond(id, result));
    }
}

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
