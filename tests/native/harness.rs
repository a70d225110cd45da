//! A harness for the client's engine with a simulated clock, prepared responses and a token provider.
//!
//! Time passes only when nothing else can happen.

use cisco_support_case::client::{
    Action, Backoff, BaseUrl, BoxedCallError, CallId, CallOptions, CallResponse, ClientConfig, Credentials, Engine,
    Event, HttpRequest, HttpResponse, InFlightId, Now, RateLimits, TokenReply, TokenSource, Validation, check_base_url,
};
use cisco_support_case::decode::Body;
use cisco_support_case::endpoint::Request;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub type Outcome = Result<Box<CallResponse<()>>, BoxedCallError<String>>;

/// Prepared results in order, each with its delay in milliseconds.
type Prepared<T> = VecDeque<(i64, Result<T, String>)>;

/// A result in flight.
enum Arriving {
    Response(Result<HttpResponse<()>, String>),
    Token(Result<TokenReply, String>),
}

pub struct Harness {
    pub engine: Engine<String, ()>,
    pub now: i64,
    under_way: Vec<(i64, InFlightId, Arriving)>,
    /// Replies of providers after their requests were cancelled.
    late: Vec<(i64, InFlightId, Arriving)>,
    /// Wake-up time of each call's driver.
    timers: BTreeMap<CallId, i64>,
    /// Calls whose drivers disappeared.
    lost: BTreeSet<CallId>,
    /// All requests sent, in order; `sent_at` contains their times.
    pub sent: Vec<HttpRequest>,
    pub sent_at: Vec<i64>,
    /// Number of cancelled requests.
    pub cancelled: u32,
    /// Prepared responses of the transport.
    responses: Prepared<HttpResponse<()>>,
    /// Prepared replies of the token provider; the last one repeats.
    tokens: Prepared<TokenReply>,
    pub asked_for_token: u32,
    /// Prepared replies of per-call token providers; `asked_for_own_token` lists the requesting calls.
    pub own_tokens: Prepared<TokenReply>,
    pub asked_for_own_token: Vec<CallId>,
    pub tokens_cancelled: u32,
    /// Content of the shared token cache; `look_ms` is its latency.
    pub cached: Option<TokenReply>,
    pub look_ms: i64,
    pub looked: u32,
    /// Events that the engine emitted.
    pub told: Vec<Event>,
    done: Vec<(CallId, Outcome)>,
}

/// Returns a configuration without retries and limits, so that each test enables only its subject.
pub fn config(token: TokenSource) -> ClientConfig {
    ClientConfig {
        base_url: service(),
        token,
        headers: vec![],
        timeout_ms: 30_000,
        max_retries: 0,
        backoff: Backoff::default(),
        rate_limits: RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 0 },
        validation: Validation::Report,
        emits_events: false,
        isolated: false,
    }
}

impl Harness {
    pub fn new(token: TokenSource) -> Harness {
        Harness::with(token, |_| {})
    }

    pub fn with(token: TokenSource, change: impl FnOnce(&mut ClientConfig)) -> Harness {
        let mut config = config(token);
        change(&mut config);
        Harness {
            engine: Engine::new(config, 7),
            now: 0,
            under_way: Vec::new(),
            late: Vec::new(),
            timers: BTreeMap::new(),
            lost: BTreeSet::new(),
            sent: Vec::new(),
            sent_at: Vec::new(),
            cancelled: 0,
            responses: VecDeque::new(),
            tokens: VecDeque::new(),
            asked_for_token: 0,
            own_tokens: VecDeque::new(),
            asked_for_own_token: Vec::new(),
            tokens_cancelled: 0,
            cached: None,
            look_ms: 0,
            looked: 0,
            told: Vec::new(),
            done: Vec::new(),
        }
    }

    pub fn answer(&mut self, after_ms: i64, status: u16, body: &str) {
        self.answer_with(after_ms, HttpResponse { status, body: Body::from_slice(body.as_bytes()), ..response() });
    }

    /// Removes the prepared responses.
    pub fn clear_answers(&mut self) {
        self.responses.clear();
    }

    pub fn answer_with(&mut self, after_ms: i64, response: HttpResponse<()>) {
        self.responses.push_back((after_ms, Ok(response)));
    }

    pub fn break_after(&mut self, after_ms: i64) {
        self.responses.push_back((after_ms, Err("connection reset".to_owned())));
    }

    pub fn give_token(&mut self, after_ms: i64, token: &str, expires_in: Option<f64>) {
        self.tokens.push_back((after_ms, Ok(TokenReply { access_token: token.to_owned(), expires_in })));
    }

    pub fn refuse_token(&mut self, after_ms: i64) {
        self.tokens.push_back((after_ms, Err("provider failed".to_owned())));
    }

    pub fn authorization(&self, index: usize) -> Option<String> {
        self.sent[index].headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone())
    }

    pub fn now(&self) -> Now {
        Now::unix(self.now)
    }

    /// Number of pending items: requests, token requests, calls and timers.
    pub fn left_behind(&self) -> usize {
        self.under_way.len() + self.engine.calls() + self.timers.len()
    }

    /// Whether a call has a request in flight.
    pub fn is_sending(&self, call: CallId) -> bool {
        self.under_way.iter().any(|(_, id, _)| id.call() == call)
    }

    pub fn begin(&mut self, request: Request) -> CallId {
        self.begin_with(request, CallOptions::default())
    }

    pub fn begin_with(&mut self, request: Request, options: CallOptions) -> CallId {
        let call = self.engine.begin(request, options, self.now());
        self.drive(call);
        call
    }

    pub fn abort(&mut self, call: CallId) {
        self.engine.abort(call, "the caller's reason".to_owned(), self.now());
        self.drive(call);
    }

    /// Removes a call's driver: it neither wakes up nor cancels what it has in flight.
    pub fn lose(&mut self, call: CallId) {
        self.timers.remove(&call);
        self.under_way.retain(|(_, id, _)| id.call() != call);
        self.lost.insert(call);
    }

    /// Runs a call's driver until it waits, and then the drivers that it woke.
    pub fn drive(&mut self, call: CallId) {
        self.drive_one(call);
        while let Some(woken) = self.engine.next_woken() {
            self.drive_one(woken);
        }
    }

    fn drive_one(&mut self, call: CallId) {
        if self.lost.contains(&call) {
            return;
        }
        self.timers.remove(&call);
        while let Some(action) = self.engine.next_action(call, self.now()) {
            match action {
                Action::Send { id, request } => {
                    self.sent.push(request);
                    self.sent_at.push(self.now);
                    let (after, response) =
                        self.responses.pop_front().unwrap_or((0, Err("no response prepared".to_owned())));
                    self.under_way.push((self.now + after, id, Arriving::Response(response)));
                }
                Action::RequestToken { id, own: false } => {
                    self.asked_for_token += 1;
                    let next =
                        if self.tokens.len() > 1 { self.tokens.pop_front() } else { self.tokens.front().cloned() };
                    let (after, reply) = next.unwrap();
                    self.under_way.push((self.now + after, id, Arriving::Token(reply)));
                }
                Action::RequestToken { id, own: true } => {
                    self.asked_for_own_token.push(call);
                    let (after, reply) = self.own_tokens.pop_front().unwrap();
                    self.under_way.push((self.now + after, id, Arriving::Token(reply)));
                }
                Action::ReadTokenCache { id } => {
                    self.looked += 1;
                    self.under_way.push((
                        self.now + self.look_ms,
                        id,
                        Arriving::Token(self.cached.clone().ok_or_else(|| "nothing there".to_owned())),
                    ));
                }
                Action::StoreToken(token) => self.cached = Some(token),
                Action::Emit(event) => self.told.push(*event),
                Action::Cancel { id } => {
                    self.cancelled += 1;
                    self.under_way.retain(|(_, other, _)| *other != id);
                }
                Action::CancelTokenRequest { id } => {
                    self.tokens_cancelled += 1;
                    let late = self.under_way.iter().position(|(_, other, _)| *other == id);
                    self.late.extend(late.map(|index| self.under_way.remove(index)));
                }
                Action::Wait { ms } => {
                    if let Some(ms) = ms {
                        self.timers.insert(call, self.now + ms);
                    }
                    return;
                }
                Action::Done { outcome } => self.done.push((call, outcome)),
            }
        }
    }

    /// Advances the clock to the next event and handles it. Returns false if there is none.
    pub fn step(&mut self) -> bool {
        let timer = self.timers.iter().map(|(call, at)| (*at, *call)).min();
        let next = self.under_way.iter().map(|(at, _, _)| *at).min();
        let Some(at) = timer.map(|(at, _)| at).into_iter().chain(next).min() else { return false };
        // A provider cannot be cancelled, so its late reply is delivered as well.
        let late = self.late.iter().enumerate().map(|(index, (at, _, _))| (*at, index)).min();
        if let Some((at, index)) = late.filter(|(late, _)| *late <= at) {
            self.now = self.now.max(at);
            let (_, id, arriving) = self.late.remove(index);
            self.arrive(id, arriving);
            return true;
        }
        self.now = self.now.max(at);
        match self.under_way.iter().position(|(other, _, _)| *other == at) {
            Some(index) => {
                let (_, id, arriving) = self.under_way.remove(index);
                self.arrive(id, arriving);
            }
            None => {
                if let Some((_, call)) = timer {
                    self.drive(call);
                }
            }
        }
        true
    }

    fn arrive(&mut self, id: InFlightId, arriving: Arriving) {
        match arriving {
            Arriving::Response(result) => self.engine.on_response(id, result, self.now()),
            Arriving::Token(result) => self.engine.on_token(id, result, self.now()),
        }
        self.drive(id.call());
    }

    /// Moves the clock forwards or backwards without elapsed time.
    pub fn jump(&mut self, ms: i64) {
        self.now += ms;
        self.timers.values_mut().chain(self.under_way.iter_mut().map(|(at, _, _)| at)).for_each(|at| *at += ms);
    }

    /// Advances the clock by `ms`.
    pub fn pass(&mut self, ms: i64) {
        let end = self.now + ms;
        loop {
            let timer = self.timers.values().min().copied();
            let next = self.under_way.iter().map(|(at, _, _)| *at).chain(timer).min();
            if next.is_none_or(|at| at > end) {
                break;
            }
            self.step();
        }
        self.now = end;
    }

    /// Advances the clock until a call has ended.
    pub fn finish(&mut self, call: CallId) -> Outcome {
        loop {
            if let Some(index) = self.done.iter().position(|(other, _)| *other == call) {
                return self.done.remove(index).1;
            }
            assert!(self.step(), "nothing moves: a call that never ends");
        }
    }

    pub fn call(&mut self, request: Request) -> Outcome {
        let call = self.begin(request);
        self.finish(call)
    }
}

pub fn response() -> HttpResponse<()> {
    HttpResponse {
        status: 200,
        mashery_error_code: None,
        message_id: None,
        retry_after: None,
        date: None,
        body: Body::default(),
        raw: (),
    }
}

pub fn service() -> BaseUrl {
    check_base_url("baseUrl", "https://apix.cisco.com/case/v3", None).unwrap()
}

pub fn credentials() -> TokenSource {
    TokenSource::Credentials(Credentials {
        client_id: "synthetic id".to_owned(),
        client_secret: "s&cret=1".to_owned(),
        token_url: "https://id.example/token".to_owned(),
        cached: false,
    })
}
