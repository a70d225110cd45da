//! The drivers of the calls, and the ways of requests and responses.

use super::world::*;
use cisco_support_case::client::{self, Action, CallId, EventKind, HttpRequest, HttpResponse, InFlightId, TokenReply};
use cisco_support_case::decode::Body;
use cisco_support_case::error::ErrorKind;
use cisco_support_case::model::DocumentKind;
use cisco_support_case::sandbox::{Effect, SandboxResponse};

impl Simulation {
    /// Runs a call's driver until it waits, and then the drivers that it woke.
    pub(super) fn drive(&mut self, call: CallId) {
        self.drive_one(call);
        while let Some(woken) = self.engine.next_woken() {
            assert!(!self.plan.isolated, "a driver wakes another");
            self.drive_one(woken);
        }
    }

    /// No waiting call that was not woken may be able to proceed, unless its timer is about to fire.
    pub(super) fn probe(&mut self) {
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
    pub(super) fn set_timer(&mut self, call: CallId, ms: Option<i64>) {
        let Some(ms) = ms else { return };
        assert!(ms > 0, "a wait of {ms} ms");
        let due = self.now.max(self.due) + ms;
        let early = i64::from(self.plan.steady && self.rng.one_in(4));
        let late = if early > 0 { 0 } else { self.rng.below(4) };
        self.timers.insert(call, ((due + late - early).max(self.now), due));
    }

    pub(super) fn drive_one(&mut self, call: CallId) {
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
    pub(super) fn told(&mut self, event: client::Event) {
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
    pub(super) fn ask(&mut self) {
        assert!(self.asks.values().all(|since| self.now - since >= 30_000 - 4), "two ask for a token at the same time");
        self.seen.token_asks += 1;
        self.asked_at = self.now;
        let before = self.seen.tokens_until.len();
        self.seen.tokens_until.retain(|until| *until > self.now);
        self.seen.expired += u32::from(self.seen.tokens_until.len() < before);
    }

    pub(super) fn token_came(&mut self, granted: bool) {
        if granted {
            self.seen.tokens += 1;
            self.seen.tokens_until.push(self.asked_at + 3_540_000);
        } else {
            self.seen.failed_asks += 1;
        }
    }

    pub(super) fn ask_sandbox(
        &mut self,
        method: &str,
        url: &str,
        headers: Vec<(String, String)>,
        body: &str,
    ) -> SandboxResponse {
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
    pub(super) fn arrive(&mut self, id: InFlightId, request: &HttpRequest) {
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
