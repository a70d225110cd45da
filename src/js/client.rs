//! The engine of a client, its paginators and the decoder, for JavaScript.

use super::{error::error_text, json::parse, record_store::RecordStore, records::ExportedRecords};
use crate::boundary::{action, budget, document, environment, origin, page_outcome};
use crate::client::{
    Action, BoxedCallError, Budget, CallError, CallId, CallOptions, Engine, Environment, Event, HttpResponse,
    IS_SERVER_BUILD, InFlightId, LimitUsage, Now, Paginator, TokenReply, checked_call_options, checked_options,
};
use crate::decode::Records;
use crate::endpoint::{Endpoint, Request};
use crate::model::DocumentKind;
use crate::paging::ReadOrder;
use crate::rules::Problem;
use crate::util::{Json, ObjectWriter, take_until, write_array, write_string};
use alloc::{string::String, vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// The engine of a client, for its drivers in JavaScript.
///
/// A driver begins a call, then takes its [`next`](RawClient::next) action until that is to wait. Getters return the data of
/// the action, until the next call of a method. Times are those of the two clocks of [`Now`], in milliseconds. The cause of
/// an error stays in JavaScript, under a number.
#[wasm_bindgen]
pub struct RawClient {
    pub(super) engine: Engine<u32, ()>,
    /// The records of the last call that succeeded.
    pub(super) last: ExportedRecords,
    /// The attempts, the milliseconds waited and the bytes of that call.
    pub(super) counts: [u32; 3],
    /// Records that bulk calls deliver later.
    pub(super) record_store: RecordStore,
    text: String,
    in_flight: u32,
    ms: f64,
    /// The last budget, which JavaScript reads from memory.
    budget: [f64; budget::LENGTH as usize],
}

#[wasm_bindgen]
impl RawClient {
    /// Creates a client. `options` is the origin of the page or worker (`""` without one), a line break, and the validated
    /// options as JSON text. `environment` is a sum of [`environment`] flags; any seed is valid.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, environment: u32, seed: u32) -> RawClient {
        let mut options = options;
        let origin = take_until(&mut options, b'\n');
        let config = checked_options(&parse(options), environment_of(environment, origin));
        RawClient {
            engine: Engine::new(config, seed),
            last: ExportedRecords::default(),
            counts: [0; 3],
            record_store: RecordStore::default(),
            text: String::new(),
            in_flight: 0,
            ms: 0.0,
            budget: [0.0; budget::LENGTH as usize],
        }
    }

    /// Begins a single call, or (`in_bulk`) a request of a bulk call. The lines of `call` are its name, and its parameters and
    /// options as JSON text. Returns its id, or 0 for an invalid call, with the error in [`take_text`](RawClient::take_text).
    pub fn begin(&mut self, call: &str, has_provider: bool, in_bulk: bool, monotonic_ms: f64, unix_ms: f64) -> u32 {
        match prepare(call, has_provider) {
            Ok((request, mut options, _)) => {
                if in_bulk {
                    options = CallOptions { excludes_queue_time: true, ..options }.without_cache();
                }
                self.engine.begin(request, options, now(monotonic_ms, unix_ms)).number()
            }
            Err(error) => {
                self.text = error_text(&error);
                0
            }
        }
    }

    /// Returns the kind of a call's next [`action`].
    pub fn next(&mut self, call: u32, monotonic_ms: f64, unix_ms: f64) -> u32 {
        let Some(next) = self.engine.next_action(CallId::from_number(call), now(monotonic_ms, unix_ms)) else {
            return action::NONE;
        };
        match next {
            Action::Send { id, request } => {
                self.in_flight = id.number();
                self.text = request.url;
                for (name, value) in &request.headers {
                    for part in ["\n", name, ":", value] {
                        self.text.push_str(part);
                    }
                }
                if let Some(body) = request.body.as_ref().filter(|_| IS_SERVER_BUILD) {
                    self.text.push_str("\n\n");
                    self.text.push_str(body);
                }
                action::SEND
            }
            Action::Cancel { id } => {
                self.in_flight = id.number();
                action::CANCEL
            }
            Action::RequestToken { id, own } => {
                self.in_flight = id.number();
                if own { action::REQUEST_OWN_TOKEN } else { action::REQUEST_TOKEN }
            }
            Action::CancelTokenRequest { id } => {
                self.in_flight = id.number();
                action::CANCEL_TOKEN_REQUEST
            }
            // Nobody but servers has credentials.
            Action::ReadTokenCache { .. } | Action::StoreToken(_) if !IS_SERVER_BUILD => action::NONE,
            Action::ReadTokenCache { id } => {
                self.in_flight = id.number();
                action::READ_TOKEN_CACHE
            }
            Action::StoreToken(reply) => {
                self.text = reply.access_token;
                self.ms = reply.expires_in.map_or(f64::NAN, |seconds| seconds * 1000.0);
                action::STORE_TOKEN
            }
            Action::Emit(event) => {
                self.text = event_text(&event);
                action::EMIT
            }
            Action::Wait { ms } => {
                self.ms = ms.map_or(f64::INFINITY, |ms| ms as f64);
                action::WAIT
            }
            Action::Done { outcome: Ok(answer) } => {
                self.counts = [answer.attempts, answer.waited_ms, answer.bytes];
                self.last.records = answer.records;
                action::SUCCEED
            }
            Action::Done { outcome: Err(error) } => {
                self.text = error_text(&error);
                action::FAIL
            }
        }
    }

    /// Takes the text of the last action: the URL and the headers of a request, one per line, and after an empty line its body,
    /// which makes it a POST; a token; an event or an error as JSON.
    #[wasm_bindgen(js_name = takeText)]
    pub fn take_text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// The number of the operation of the last action, for its report.
    #[wasm_bindgen(js_name = inFlight)]
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// The milliseconds of the last action: of a wait (`Infinity` if only an event ends it), or the lifetime of a token (`NaN`
    /// if unknown).
    pub fn ms(&self) -> f64 {
        self.ms
    }

    /// The address of the header of the last records.
    pub fn header(&mut self) -> usize {
        self.last.write_header(self.counts)
    }

    /// The issues of the last records, as JSON text.
    pub fn issues(&self) -> String {
        self.last.issues()
    }

    /// Allocates memory for a body of a length. Returns its address.
    pub fn alloc(&mut self, length: usize) -> usize {
        self.engine.body(length).as_ptr().addr()
    }

    /// Decodes the body in [`alloc`](RawClient::alloc) as a [`document`] without a call; its records are then the last ones.
    /// Returns `false` if it cannot be decoded, or if `strict` and a record breaks a rule, with the error in
    /// [`take_text`](RawClient::take_text).
    pub fn decode(&mut self, shape: u32, strict: bool) -> bool {
        let shape = match shape {
            document::SUMMARY => DocumentKind::Summary,
            document::DETAILS => DocumentKind::Details,
            _ => DocumentKind::Page,
        };
        let error: BoxedCallError<u32> = match self.engine.decode(shape, &mut self.last.records) {
            Ok(()) => match self.last.records.issues().first() {
                Some(issue) if strict => CallError::from_issue(issue),
                _ => return true,
            },
            Err(fault) => CallError::from_decode_error(fault),
        };
        self.text = error_text(&error);
        false
    }

    /// Takes the response of a call's request, with its body in [`alloc`](RawClient::alloc). The headers are one per line, empty
    /// without a value: `X-Mashery-Error-Code`, `X-Mashery-Message-ID`, `Retry-After` and `Date`.
    #[wasm_bindgen(js_name = onResponse)]
    pub fn on_response(&mut self, call: u32, send: u32, status: u16, headers: &str, monotonic_ms: f64, unix_ms: f64) {
        let used = core::mem::take(&mut self.last.records);
        self.engine.recycle(used);
        let body = self.engine.take_body();
        let mut rest = headers;
        let mut header = || Some(take_until(&mut rest, b'\n')).filter(|line| !line.is_empty()).map(String::from);
        let (mashery_error_code, message_id, retry_after, date) = (header(), header(), header(), header());
        let response = HttpResponse { status, mashery_error_code, message_id, retry_after, date, body, raw: () };
        let id = InFlightId::new(CallId::from_number(call), send);
        self.engine.on_response(id, Ok(response), now(monotonic_ms, unix_ms));
    }

    /// Takes the failure of a call's request.
    #[wasm_bindgen(js_name = onFailure)]
    pub fn on_failure(&mut self, call: u32, send: u32, monotonic_ms: f64, unix_ms: f64) {
        let id = InFlightId::new(CallId::from_number(call), send);
        self.engine.on_response(id, Err(send), now(monotonic_ms, unix_ms));
    }

    /// Takes the result of a token provider or of the cache, with its lifetime in seconds (`NaN` if unknown).
    #[expect(clippy::too_many_arguments, reason = "the members of a reply, without an object around them")]
    #[wasm_bindgen(js_name = onToken)]
    pub fn on_token(
        &mut self,
        call: u32,
        send: u32,
        has_come: bool,
        access_token: &str,
        expires_in: f64,
        monotonic_ms: f64,
        unix_ms: f64,
    ) {
        let id = InFlightId::new(CallId::from_number(call), send);
        let expires_in = Some(expires_in).filter(|seconds| !seconds.is_nan());
        let reply = has_come.then(|| TokenReply { access_token: access_token.into(), expires_in }).ok_or(send);
        self.engine.on_token(id, reply, now(monotonic_ms, unix_ms));
    }

    /// Aborts a call for its signal.
    pub fn abort(&mut self, call: u32, monotonic_ms: f64, unix_ms: f64) {
        self.engine.abort(CallId::from_number(call), origin::SIGNAL, now(monotonic_ms, unix_ms));
    }

    /// Removes a call whose driver stops.
    pub fn remove(&mut self, call: u32, monotonic_ms: f64, unix_ms: f64) {
        self.engine.remove(CallId::from_number(call), now(monotonic_ms, unix_ms));
    }

    /// Returns the id of a call whose driver is to be woken, or 0 without one.
    #[wasm_bindgen(js_name = nextWoken)]
    pub fn next_woken(&mut self) -> u32 {
        self.engine.next_woken().map_or(0, CallId::number)
    }

    /// Returns the address of the usage of the rate limits, at the positions of [`budget`](crate::boundary::budget). `-1` stands
    /// for no limit, and for an unknown time.
    pub fn budget(&mut self, monotonic_ms: f64, unix_ms: f64) -> usize {
        let Budget { second, minute, day, concurrent, waiting, next_slot_in_ms } =
            self.engine.budget(now(monotonic_ms, unix_ms));
        let service_ms = self.engine.service_ms().map_or(unix_ms, |ms| ms as f64);
        let mut put = |at: u32, value: f64| {
            if let Some(place) = self.budget.get_mut(at as usize) {
                *place = value;
            }
        };
        put(budget::SERVICE_MS, service_ms);
        let limits =
            [(budget::SECOND, second), (budget::MINUTE, minute), (budget::DAY, day), (budget::CONCURRENT, concurrent)];
        for (at, LimitUsage { limit, used, left }) in limits {
            put(at + budget::LIMIT, if limit > 0 { f64::from(limit) } else { -1.0 });
            put(at + budget::USED, used.into());
            put(at + budget::LEFT, left.map_or(-1.0, f64::from));
        }
        put(budget::WAITING, waiting.into());
        put(budget::NEXT_SLOT_IN_MS, next_slot_in_ms.map_or(-1.0, |ms| ms as f64));
        self.budget.as_ptr().addr()
    }

    /// Creates a paginator for a call, encoded as for [`begin`](RawClient::begin). Returns none for an invalid call, with the
    /// error in [`take_text`](RawClient::take_text).
    pub fn paginator(&mut self, call: &str, has_provider: bool) -> Option<RawPaginator> {
        let list = prepare(call, has_provider).and_then(|(request, call, order)| {
            Ok(RawPaginator { paginator: Paginator::new(request, order)?, call: call.without_cache() })
        });
        list.map_err(|error| self.text = error_text(&error)).ok()
    }
}

impl RawClient {
    /// Takes the last records.
    pub(super) fn take_records(&mut self) -> Records {
        core::mem::take(&mut self.last.records)
    }
}

/// The paginator of a list. Its caller begins a call for each page, drives it to its end, and passes the records to
/// [`take`](RawPaginator::take), until there is no next page.
#[wasm_bindgen]
pub struct RawPaginator {
    paginator: Paginator,
    call: CallOptions,
}

#[wasm_bindgen]
impl RawPaginator {
    /// Begins the call for the next page. Returns its id, or 0 at the end. After an error it is the same page again.
    pub fn begin(&mut self, client: &mut RawClient, monotonic_ms: f64, unix_ms: f64) -> u32 {
        let Some(request) = self.paginator.next_request() else { return 0 };
        client.engine.begin(request, self.call.clone(), now(monotonic_ms, unix_ms)).number()
    }

    /// Takes the page of the client's last call, and reduces the client's records to its new cases. Returns a
    /// [`page_outcome`]. For an error it is in the client's [`take_text`](RawClient::take_text).
    pub fn take(&mut self, client: &mut RawClient, unix_ms: f64) -> u32 {
        let unix_ms = client.engine.service_ms().unwrap_or(unix_ms as i64);
        match self.paginator.on_page(client.take_records(), unix_ms) {
            Ok(None) => page_outcome::EMPTY,
            Ok(Some(page)) => {
                client.last.records = page;
                page_outcome::CASES
            }
            Err(error) => {
                let error: BoxedCallError<u32> = error;
                client.text = error_text(&error);
                page_outcome::ERROR
            }
        }
    }
}

/// A reading of the clocks in JavaScript.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds are a whole number below 2^53")]
fn now(monotonic_ms: f64, unix_ms: f64) -> Now {
    Now { monotonic_ms: monotonic_ms as i64, unix_ms: unix_ms as i64 }
}

/// The environment of a client, from a sum of [`environment`] flags.
fn environment_of(flags: u32, origin: &str) -> Environment<'_> {
    let is = |flag: u32| flags & flag != 0;
    Environment {
        in_page: is(environment::PAGE),
        origin: Some(origin).filter(|origin| !origin.is_empty()),
        has_provider: is(environment::PROVIDER),
        has_cache: is(environment::TOKEN_CACHE),
        emits_events: is(environment::EMITS_EVENTS),
        isolated: is(environment::ISOLATED),
    }
}

/// Decodes a call: its validated options, and its request or the problems of its parameters.
fn prepare(call: &str, has_provider: bool) -> Result<(Request, CallOptions, ReadOrder), BoxedCallError<u32>> {
    let mut rest = call;
    let mut line = || take_until(&mut rest, b'\n');
    let (endpoint, params, options) = (line(), line(), line());
    let Some(endpoint) = Endpoint::from_operation_id(endpoint) else {
        let problem = Problem::new("endpoint", "INVALID_PARAMETER", "a call of the service", &Json::from(endpoint));
        return Err(CallError::invalid_request(vec![problem]));
    };
    let request = endpoint.check(&parse(params));
    let request =
        request.map_err(|problems| CallError::invalid_request(problems).for_call(endpoint.operation_id, &[]))?;
    let (options, order) = checked_call_options(&parse(options), has_provider);
    Ok((request, options, order))
}

/// Encodes an event as JSON text.
fn event_text(event: &Event) -> String {
    let mut text = String::new();
    let mut object = ObjectWriter::open(&mut text);
    object.string("hook", event.kind.hook());
    object.number("call", Some(event.call));
    object.string("operation", event.operation);
    write_array(object.name("ids"), &event.ids, |out, id| write_string(out, id));
    object.number("attempt", Some(event.attempt));
    object.number("status", event.status.filter(|status| *status > 0).map(u32::from));
    object.number("ms", event.ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)));
    let texts = [
        ("kind", event.error.as_ref().map(|(kind, _)| kind.as_str())),
        ("code", event.error.as_ref().map(|(_, code)| code.as_str())),
        ("messageId", event.message_id.as_deref()),
        ("text", event.text.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            object.string(name, text);
        }
    }
    object.close();
    text
}
