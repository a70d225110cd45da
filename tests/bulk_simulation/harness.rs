//! The service on a simulated network with latency. The clock advances only when nothing else can happen.

use super::Rng;
use cisco_support_case::client::{
    Action, Backoff, CallId, CallOptions, ClientConfig, Engine, HttpResponse, InFlightId, Now, RateLimits, TokenSource,
    Validation, check_base_url,
};
use cisco_support_case::decode::{self, Body};
use cisco_support_case::endpoint::Request;
use cisco_support_case::error::ErrorKind;
use cisco_support_case::sandbox::{self, Sandbox};
use cisco_support_case::util::Json;
use std::collections::BTreeMap;

/// Start time of the sandbox's clock.
pub const START_MS: i64 = 1_780_315_200_000;

/// The records with their attempts and bytes, or kind, code and attempts.
pub type Outcome = Result<(decode::Records, u32, u32), (ErrorKind, String, u32)>;

/// The simulated service, network, client engine and clock.
pub struct Harness {
    pub sandbox: Sandbox,
    pub engine: Engine<String, ()>,
    pub now: i64,
    pub latency_ms: i64,
    pub rng: Rng,
    /// Milliseconds by which the client's clock is ahead of the service's.
    pub ahead_ms: i64,
    /// Whether responses have a `Date` header.
    pub dated: bool,
    /// Fixed `Date` header of all responses, instead of the sandbox's.
    pub date: Option<String>,
    /// Requests and responses in transit.
    pub there: Vec<(i64, InFlightId, String)>,
    pub back: Vec<(i64, InFlightId, HttpResponse<()>)>,
    pub done: Vec<(CallId, Outcome)>,
    /// Time at which the driver of each call continues.
    timers: BTreeMap<CallId, i64>,
    pub sent: u32,
}

pub fn limits(per_second: u32) -> RateLimits {
    RateLimits { per_second, per_minute: 0, per_day: 0, max_concurrent: 0 }
}

pub fn json(text: &str) -> Json {
    decode::json(text.as_bytes()).unwrap()
}

fn engine(limits: RateLimits) -> Engine<String, ()> {
    let config = ClientConfig {
        base_url: check_base_url("baseUrl", "https://apix.cisco.com/case/v3", None).unwrap(),
        token: TokenSource::Fixed("synthetic".to_owned()),
        headers: vec![],
        timeout_ms: 30_000,
        max_retries: 2,
        backoff: Backoff::default(),
        rate_limits: limits,
        validation: Validation::Report,
        emits_events: false,
        isolated: false,
    };
    Engine::new(config, 3)
}

impl Harness {
    pub fn new(options: &str, latency_ms: i64, limits: RateLimits) -> Harness {
        Harness {
            sandbox: Sandbox::new(sandbox::Options::from_json(&json(options), 0).unwrap()),
            engine: engine(limits),
            now: 0,
            latency_ms,
            rng: Rng(11),
            ahead_ms: 0,
            dated: true,
            date: None,
            there: vec![],
            back: vec![],
            done: vec![],
            timers: BTreeMap::new(),
            sent: 0,
        }
    }

    /// Returns the same service for a client with other limits and another network.
    pub fn renew(&mut self, latency_ms: i64, limits: RateLimits) {
        self.engine = engine(limits);
        (self.latency_ms, self.rng) = (latency_ms, Rng(11));
        (self.there, self.back, self.done) = (vec![], vec![], vec![]);
        self.timers.clear();
    }

    pub fn clock(&self) -> Now {
        Now { monotonic_ms: self.now, unix_ms: START_MS + self.now + self.ahead_ms }
    }

    /// Runs a call's driver until it waits, then the drivers that it woke.
    fn drive(&mut self, call: CallId) {
        self.drive_one(call);
        while let Some(woken) = self.engine.next_woken() {
            self.drive_one(woken);
        }
    }

    fn drive_one(&mut self, call: CallId) {
        self.timers.remove(&call);
        while let Some(action) = self.engine.next_action(call, self.clock()) {
            match action {
                Action::Send { id, request } => {
                    self.sent += 1;
                    let way = self.latency_ms / 2 + self.rng.below(self.latency_ms as u64 / 4 + 1) as i64;
                    self.there.push((self.now + way, id, request.url));
                }
                Action::Done { outcome } => {
                    let outcome = match outcome {
                        Ok(answer) => Ok((answer.records, answer.attempts, answer.bytes)),
                        Err(error) => Err((error.kind, error.code.clone(), error.attempts)),
                    };
                    self.done.push((call, outcome));
                }
                Action::Wait { ms } => {
                    self.timers.extend(ms.map(|ms| (call, self.now + ms)));
                    return;
                }
                _ => {}
            }
        }
    }

    /// Advances the clock to the next event.
    pub fn step(&mut self) -> bool {
        let timer = self.timers.iter().map(|(call, at)| (*at, *call)).min();
        let there = self.there.iter().map(|(at, ..)| *at).min();
        let back = self.back.iter().map(|(at, ..)| *at).min();
        let Some(at) = timer.map(|(at, _)| at).into_iter().chain(there).chain(back).min() else { return false };
        let passed = at.max(self.now) - self.now;
        self.now += passed;
        self.sandbox.advance(passed as u64);
        if let Some(at) = self.there.iter().position(|(at, ..)| *at <= self.now) {
            let (_, id, url) = self.there.remove(at);
            let answer = self
                .sandbox
                .handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer synthetic"));
            let way = self.latency_ms / 4 + self.rng.below(self.latency_ms as u64 / 4 + 1) as i64;
            let response = HttpResponse {
                status: answer.status,
                mashery_error_code: answer.header("X-Mashery-Error-Code").map(str::to_owned),
                message_id: None,
                retry_after: answer.header("Retry-After").map(str::to_owned),
                date: self.date.as_deref().or(answer.header("Date")).filter(|_| self.dated).map(str::to_owned),
                body: Body::from_slice(&answer.body),
                raw: (),
            };
            self.back.push((self.now + way, id, response));
        } else if let Some(at) = self.back.iter().position(|(at, ..)| *at <= self.now) {
            let (_, id, response) = self.back.remove(at);
            self.engine.on_response(id, Ok(response), self.clock());
            self.drive(id.call());
        } else if let Some((_, call)) = timer {
            self.drive(call);
        }
        true
    }

    pub fn begin(&mut self, request: Request) -> CallId {
        let options = CallOptions { excludes_queue_time: true, ..CallOptions::default() };
        let call = self.engine.begin(request, options, self.clock());
        self.drive(call);
        call
    }

    /// Returns all cases of a list, read while the sandbox's clock stops.
    pub fn page_by_page(&mut self, path: &str) -> BTreeMap<String, i64> {
        let mut cases = BTreeMap::new();
        let mut page = 0;
        loop {
            page += 1;
            let join = if path.contains('?') { '&' } else { '?' };
            let url = format!("https://apix.cisco.com/case/v3{path}{join}page_index={page}");
            let answer =
                self.sandbox.handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer x"));
            let page = decode::cases_page(&answer.body).unwrap();
            for case in &page.cases {
                cases.insert(case.case_id.clone(), case.updated_date.as_ref().unwrap().unix_ms());
            }
            if page.pagination_response_record.page_index >= page.pagination_response_record.last_index {
                return cases;
            }
        }
    }

    /// Returns the contracts with most cases.
    pub fn contracts(&self, count: usize) -> Vec<String> {
        let info = self.sandbox.info_with(&json(&format!(r#"{{"holders":{count}}}"#))).unwrap();
        let Some(Json::Array(ids)) = info.get("contract_ids") else { panic!() };
        ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    /// Advances the clock without requests.
    pub fn sleep(&mut self, ms: i64) {
        self.now += ms;
        self.sandbox.advance(ms as u64);
    }

    /// Runs a single call to its end.
    pub fn call(&mut self, request: Request) -> Outcome {
        let call = self.begin(request);
        loop {
            if let Some(at) = self.done.iter().position(|(other, _)| *other == call) {
                return self.done.remove(at).1;
            }
            assert!(self.step(), "nothing moves");
        }
    }
}
