//! The JavaScript interfaces of the client's wasm and of the bulk wasm. One suite runs in Node and in headless
//! browsers.
//!
//! The engine is driven step by step, with test clocks. All values cross the boundary through JavaScript as in the
//! package's own code: bodies are written into the memory at an address, headers of records are read from it. The
//! package's own tests cover `fetch`, signals and token providers.

#![cfg(all(target_arch = "wasm32", feature = "js-client", feature = "js-bulk"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bulk;

use cisco_support_case::boundary::{action, budget, document, environment, header, page_outcome};
use cisco_support_case::js::{RawClient, RawPaginator, check, panic_now};
use js_sys::{Array, Function, JSON, Promise, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

const SUMMARY: &str = include_str!("../fixtures/case-summary.json");
const DETAILS: &str = include_str!("../fixtures/case-details.json");
const PAGE: &str = include_str!("../fixtures/cases-by-contract.json");
const ODD: &str = include_str!("../fixtures/odd-records-beside-a-good-one.json");

const PARAMS: &str = r#"{"case_ids":["612345678"]}"#;
const ADDRESS: &str = "https://apix.cisco.com/case/v3/cases/case_ids/612345678";

/// Start time of the tests: 2026-01-01, in milliseconds since the Unix epoch.
const EPOCH: f64 = 1_767_225_600_000.0;

/// Evaluates JavaScript source to a value.
fn js(source: &str) -> JsValue {
    Function::new_no_args(&format!("return ({source})")).call0(&JsValue::UNDEFINED).unwrap()
}

/// Evaluates JavaScript source to a function, and calls it with these arguments.
fn call_js(source: &str, arguments: &[JsValue]) -> JsValue {
    let function: Function = js(source).dyn_into().unwrap();
    function.apply(&JsValue::UNDEFINED, &arguments.iter().collect::<Array>()).unwrap()
}

fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap()
}

fn text(value: &JsValue, name: &str) -> String {
    get(value, name).as_string().unwrap_or_else(|| panic!("no text {name} in {value:?}"))
}

fn number(value: &JsValue, name: &str) -> f64 {
    get(value, name).as_f64().unwrap_or_else(|| panic!("no number {name} in {value:?}"))
}

fn json(value: &JsValue) -> String {
    String::from(JSON::stringify(value).unwrap())
}

fn parsed(text: &str) -> JsValue {
    JSON::parse(text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

/// Returns the fields of an error's problems.
fn fields(error: &JsValue) -> Vec<String> {
    Array::from(&get(error, "problems")).iter().map(|problem| text(&problem, "field")).collect()
}

/// Returns the memory that all addresses refer to.
fn own_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// Writes bytes into the memory, as the package does.
fn put(address: usize, bytes: &Uint8Array) {
    call_js(
        "(memory, address, bytes) => new Uint8Array(memory.buffer).set(bytes, address)",
        &[own_memory(), (address as u32).into(), bytes.into()],
    );
}

fn bytes(text: &str) -> Uint8Array {
    Uint8Array::from(text.as_bytes())
}

/// Records as JavaScript sees them, read from the header at an address.
struct Seen {
    words: Vec<u32>,
}

impl Seen {
    fn at(address: usize) -> Seen {
        assert!(address > 0 && address.is_multiple_of(4));
        Seen { words: words(address as u32, header::LENGTH) }
    }

    fn word(&self, at: u32) -> u32 {
        self.words[at as usize]
    }

    /// Returns the compact text.
    fn text(&self) -> String {
        let (address, length) = (self.word(header::TEXT), self.word(header::TEXT + 1));
        let text = "(memory, address, length) => \
            new TextDecoder().decode(new Uint8Array(memory.buffer, address, length).slice())";
        call_js(text, &[own_memory(), address.into(), length.into()]).as_string().unwrap()
    }

    /// Returns the strings of the compact text.
    fn strings(&self) -> Vec<String> {
        let text = self.text();
        let starts = words(self.word(header::STARTS), self.word(header::STARTS + 1));
        starts.windows(2).map(|pair| text.get(pair[0] as usize..pair[1] as usize).unwrap().to_owned()).collect()
    }

    fn has(&self, text: &str) -> bool {
        self.strings().iter().any(|string| string == text)
    }

    fn counts(&self) -> [u32; 3] {
        [header::ATTEMPTS, header::WAITED_MS, header::BYTES].map(|at| self.word(at))
    }
}

/// Returns words of the memory.
fn words(address: u32, length: u32) -> Vec<u32> {
    let words = "(memory, address, length) => [...new Uint32Array(memory.buffer, address, length)]";
    let words = call_js(words, &[own_memory(), address.into(), length.into()]);
    Array::from(&words).iter().map(|word| word.as_f64().unwrap() as u32).collect()
}

/// A client with test clocks.
struct Harness {
    raw: RawClient,
    now: f64,
}

impl Harness {
    fn new(options: &str, here: u32) -> Harness {
        Harness { raw: RawClient::new(&format!("\n{options}"), here, 7), now: 0.0 }
    }

    fn unix(&self) -> f64 {
        EPOCH + self.now
    }

    fn begin(&mut self, options: &str) -> u32 {
        let call =
            self.raw.begin(&format!("caseSummary\n{PARAMS}\n{options}"), false, false, self.now, EPOCH + self.now);
        assert_ne!(call, 0, "{}", self.raw.take_text());
        call
    }

    fn next(&mut self, call: u32) -> u32 {
        self.raw.next(call, self.now, EPOCH + self.now)
    }

    /// Asserts that the next action is to send; returns the number of the request, its address and headers.
    fn sent(&mut self, call: u32) -> (u32, String) {
        assert_eq!(self.next(call), action::SEND);
        (self.raw.in_flight(), self.raw.take_text())
    }

    /// Asserts that the next action is to wait; returns the duration.
    fn wait(&mut self, call: u32) -> f64 {
        assert_eq!(self.next(call), action::WAIT);
        self.raw.ms()
    }

    fn answer(&mut self, call: u32, send: u32, status: u16, body: &str) {
        self.answer_with(call, send, status, body, [None; 4]);
    }

    fn answer_with(&mut self, call: u32, send: u32, status: u16, body: &str, headers: [Option<&str>; 4]) {
        let body = bytes(body);
        put(self.raw.alloc(body.length() as usize), &body);
        let headers = headers.map(Option::unwrap_or_default).join("\n");
        self.raw.on_response(call, send, status, &headers, self.now, EPOCH + self.now);
    }

    /// Returns the calls that may continue.
    fn woken(&mut self) -> Vec<u32> {
        std::iter::from_fn(|| Some(self.raw.next_woken()).filter(|call| *call != 0)).collect()
    }

    /// Asserts that the next action is to succeed; returns the records.
    fn succeeded(&mut self, call: u32) -> Seen {
        let next = self.next(call);
        assert_eq!(next, action::SUCCEED, "{}", self.raw.take_text());
        Seen::at(self.raw.header())
    }

    /// Asserts that the next action is to fail; returns the error.
    fn error(&mut self, call: u32) -> JsValue {
        assert_eq!(self.next(call), action::FAIL);
        parsed(&self.raw.take_text())
    }

    /// Sends a call's request, responds to it, and returns the resulting records.
    fn through(&mut self, call: u32, body: &str) -> Seen {
        let (send, _) = self.sent(call);
        self.answer(call, send, 200, body);
        self.succeeded(call)
    }

    fn token(&mut self, call: u32, send: u32, token: Option<&str>, seconds: f64) {
        let text = token.unwrap_or_default();
        self.raw.on_token(call, send, token.is_some(), text, seconds, self.now, EPOCH + self.now);
    }
}

/// Options without delays: a call waits only for the event under test.
const FAST: &str = r#"{"token":"synthetic","rateLimit":{"perSecond":0},"backoff":{"baseMs":0}}"#;

#[wasm_bindgen_test]
fn a_call_is_driven_from_its_request_to_its_records() {
    let mut harness = Harness::new(r#"{"token":"synthetic","headers":{"x-portal":"p"}}"#, 0);
    let call = harness.begin("null");
    assert!(call > 0);
    let (send, text) = harness.sent(call);
    let expected = format!("{ADDRESS}\naccept:application/json\nauthorization:Bearer synthetic\nx-portal:p");
    assert_eq!(text, expected);
    assert_eq!(harness.raw.take_text(), "", "it is taken once");
    assert_eq!(harness.wait(call), 30_000.0, "the time of the call, and nothing sooner");
    harness.now += 40.0;
    harness.answer(call, send, 200, SUMMARY);
    let seen = harness.succeeded(call);
    assert_eq!((seen.word(header::COUNT), seen.word(header::ISSUES)), (1, 0));
    assert_eq!(seen.counts(), [1, 0, SUMMARY.len() as u32]);
    let summary = cisco_support_case::decode::case_summary(SUMMARY.as_bytes()).unwrap();
    assert!(seen.has(&summary.cases[0].case_id) && seen.has(&summary.cases[0].contract_id));
    assert_eq!(harness.raw.issues(), "[]");
    assert_eq!(harness.next(call), action::NONE, "it has ended");
    let again = harness.begin("null");
    assert!(again != call && harness.through(again, SUMMARY).word(header::COUNT) == 1, "its memory is used again");
}

#[wasm_bindgen_test]
fn a_request_is_told_by_what_the_call_asks_for() {
    let mut harness = Harness::new(FAST, 0);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let options = format!(r#"{{"token":"own","traceparent":"{trace}","headers":{{"x-one":"1"}}}}"#);
    let page = r#"{"contract_ids":["1","2"],"status_flag":"O","page_index":2}"#;
    let call = harness.raw.begin(&format!("casesByContract\n{page}\n{options}"), false, false, 0.0, EPOCH);
    let (_, text) = harness.sent(call);
    let mut lines = text.lines();
    let address = lines.next().unwrap();
    assert!(address.contains("/contract_ids/1,2?") && address.contains("page_index=2"), "{address}");
    let lines: Vec<_> = lines.collect();
    assert!(lines.contains(&"authorization:Bearer own") && lines.contains(&"x-one:1"), "{lines:?}");
    assert!(lines.contains(&format!("traceparent:{trace}").as_str()), "{lines:?}");
}

#[wasm_bindgen_test]
fn an_error_is_told_as_text_under_the_number_of_its_cause() {
    let mut harness = Harness::new(FAST, 0);
    let call = harness.begin(r#"{"maxRetries":0}"#);
    let (send, _) = harness.sent(call);
    harness.raw.on_failure(call, send, 5.0, EPOCH + 5.0);
    let error = harness.error(call);
    assert_eq!((text(&error, "kind"), text(&error, "code")), ("network".into(), "NETWORK".into()));
    assert_eq!((number(&error, "origin"), number(&error, "attempts")), (f64::from(send), 1.0));
    assert_eq!(
        (text(&error, "operation"), json(&get(&error, "ids"))),
        ("caseSummary".into(), r#"["612345678"]"#.into())
    );
    assert_eq!(get(&error, "retryable"), JsValue::TRUE);

    let call = harness.begin(r#"{"maxRetries":0}"#);
    let (send, _) = harness.sent(call);
    let headers = [Some("ERR_403_DEVELOPER_OVER_QPS"), Some("message-1"), Some("1"), None];
    harness.answer_with(call, send, 403, "<h1>Developer Over Qps</h1>", headers);
    let error = harness.error(call);
    assert_eq!((text(&error, "kind"), text(&error, "messageId")), ("rate_limited".into(), "message-1".into()));
    assert_eq!((number(&error, "retryAfterMs"), number(&error, "status")), (1000.0, 403.0));
    assert!(text(&error, "source") == "service" && !json(&error).contains("origin"), "{}", json(&error));

    harness.now = 60_000.0;
    let call = harness.begin(r#"{"maxRetries":0}"#);
    let (send, _) = harness.sent(call);
    harness.answer(call, send, 200, "{\"count\":1,\"cases\":5}");
    let error = harness.error(call);
    assert_eq!((text(&error, "kind"), text(&error, "path")), ("decode".into(), "cases".into()));
    assert_eq!(number(&error, "offset"), 19.0);
    assert_eq!(harness.next(call), action::NONE);
}

#[wasm_bindgen_test]
fn what_fails_for_a_moment_is_sent_again() {
    let mut harness = Harness::new(r#"{"token":"synthetic","backoff":{"baseMs":100}}"#, 0);
    let call = harness.begin("null");
    let (first, _) = harness.sent(call);
    harness.now = 10.0;
    harness.answer_with(call, first, 503, "", [None, None, Some("2"), None]);
    let ms = harness.wait(call);
    assert!((2000.0..3000.0).contains(&ms), "{ms}");
    harness.now += ms;
    let (second, _) = harness.sent(call);
    assert_ne!(first, second);
    harness.answer(call, first, 200, PAGE);
    assert_eq!(harness.next(call), action::WAIT, "the answer of the first comes too late");
    harness.answer(call, second, 200, SUMMARY);
    let [attempts, waited_ms, _] = harness.succeeded(call).counts();
    assert_eq!((attempts, f64::from(waited_ms)), (2, ms));
}

#[wasm_bindgen_test]
fn a_call_whose_time_is_over_cancels_its_request() {
    let mut harness = Harness::new(FAST, 0);
    let call = harness.begin(r#"{"timeoutMs":50}"#);
    let (send, _) = harness.sent(call);
    assert_eq!(harness.wait(call), 50.0);
    harness.now = 49.0;
    assert_eq!(harness.wait(call), 1.0);
    harness.now = 50.0;
    assert_eq!((harness.next(call), harness.raw.in_flight()), (action::CANCEL, send));
    assert_eq!(text(&harness.error(call), "kind"), "timeout");
    let call = harness.begin(r#"{"timeoutMs":0}"#);
    harness.sent(call);
    assert_eq!(harness.wait(call), f64::INFINITY);
}

#[wasm_bindgen_test]
fn whoever_aborts_a_call_is_the_cause() {
    let mut harness = Harness::new(FAST, 0);
    let early = harness.begin("null");
    harness.raw.abort(early, 0.0, EPOCH);
    let error = harness.error(early);
    assert_eq!(
        (text(&error, "code"), number(&error, "attempts"), number(&error, "origin")),
        ("ABORTED".into(), 0.0, 0.0)
    );

    let call = harness.begin("null");
    let (send, _) = harness.sent(call);
    harness.now = 5.0;
    harness.raw.abort(call, harness.now, harness.unix());
    assert_eq!((harness.next(call), harness.raw.in_flight()), (action::CANCEL, send));
    assert_eq!(text(&harness.error(call), "kind"), "aborted");
    // Later events belong to no call.
    harness.raw.abort(call, harness.now, harness.unix());
    harness.answer(call, send, 200, SUMMARY);
    harness.raw.on_failure(call, send, harness.now, harness.unix());
    assert_eq!(harness.next(call), action::NONE);
}

#[wasm_bindgen_test]
fn calls_take_turns_and_wake_each_other() {
    let mut harness = Harness::new(r#"{"token":"synthetic","rateLimit":{"perSecond":0,"maxConcurrent":1}}"#, 0);
    let [first, second, third] = [(); 3].map(|()| harness.begin("null"));
    let (send, _) = harness.sent(first);
    assert_eq!(harness.wait(first), 30_000.0);
    for waits in [second, third] {
        assert!(harness.wait(waits) > 0.0);
    }
    harness.woken();
    harness.now = 20.0;
    harness.answer(first, send, 200, SUMMARY);
    assert_eq!(harness.woken(), [second], "it is told once");
    // The calls are driven in turn, and each has its own state.
    let (other, _) = harness.sent(second);
    assert_eq!(harness.succeeded(first).word(header::COUNT), 1);
    harness.answer(second, other, 200, r#"{"count":0,"cases":[]}"#);
    assert!(harness.woken().contains(&third));
    let seen = harness.succeeded(second);
    assert_eq!((seen.word(header::COUNT), seen.counts()[1]), (0, 20));
    // A call whose driver is dropped releases its turn.
    harness.sent(third);
    let fourth = harness.begin("null");
    assert!(harness.wait(fourth) > 0.0);
    harness.raw.remove(third, harness.now, EPOCH + harness.now);
    assert!(harness.next(third) == action::NONE && harness.woken().contains(&fourth));
    harness.through(fourth, SUMMARY);
}

#[wasm_bindgen_test]
fn where_runtimes_isolate_requests_nobody_is_woken() {
    let options = r#"{"token":"synthetic","rateLimit":{"perSecond":0,"maxConcurrent":1}}"#;
    let mut harness = Harness::new(options, environment::ISOLATED);
    let [first, second] = [(); 2].map(|()| harness.begin("null"));
    let (send, _) = harness.sent(first);
    assert_eq!(harness.wait(first), 1000.0, "its driver reports in");
    assert!(harness.wait(second) <= 250.0, "it looks for itself");
    harness.answer(first, send, 200, SUMMARY);
    assert_eq!(harness.raw.next_woken(), 0);
    harness.through(second, SUMMARY);
}

#[wasm_bindgen_test]
fn the_pace_is_kept_and_told() {
    let mut harness = Harness::new(r#"{"token":"synthetic","rateLimit":{"perSecond":2,"perDay":0}}"#, 0);
    let calls = [(); 3].map(|()| harness.begin("null"));
    let send = harness.sent(calls[0]).0;
    harness.sent(calls[1]);
    let ms = harness.wait(calls[2]);
    assert!((1000.0..1100.0).contains(&ms), "{ms}");
    harness.now = 100.0;
    let address = harness.raw.budget(harness.now, EPOCH + harness.now) as u32;
    let numbers = "(memory, address, length) => Array.from(new Float64Array(memory.buffer, address, length))";
    let told: Array = call_js(numbers, &[own_memory(), address.into(), budget::LENGTH.into()]).dyn_into().unwrap();
    let told: Vec<f64> = told.iter().filter_map(|number| number.as_f64()).collect();
    assert_eq!(told.len(), budget::LENGTH as usize);
    let limit = |of: u32| [budget::LIMIT, budget::USED, budget::LEFT].map(|part| told[(of + part) as usize]);
    assert_eq!(limit(budget::SECOND), [2.0, 2.0, 0.0]);
    assert_eq!(limit(budget::MINUTE), [-1.0, 2.0, -1.0]);
    assert_eq!(limit(budget::DAY), [-1.0, 2.0, -1.0]);
    assert_eq!(limit(budget::CONCURRENT), [10.0, 2.0, 8.0]);
    assert_eq!((told[budget::WAITING as usize], told[budget::NEXT_SLOT_IN_MS as usize]), (1.0, ms - 100.0));
    harness.answer(calls[0], send, 200, SUMMARY);
    harness.succeeded(calls[0]);
    harness.now = ms;
    assert_eq!(f64::from(harness.through(calls[2], SUMMARY).counts()[1]), ms);
}

#[wasm_bindgen_test]
fn a_token_is_asked_for_once_and_told_to_all() {
    let mut harness = Harness::new(r#"{"rateLimit":{"perSecond":0}}"#, environment::PROVIDER);
    let [leads, follows] = [(); 2].map(|()| harness.begin("null"));
    assert_eq!(harness.next(leads), action::REQUEST_TOKEN);
    let question = harness.raw.in_flight();
    assert_eq!(harness.wait(leads), 30_000.0);
    assert!(harness.wait(follows) > 0.0);
    harness.token(leads, question, Some("given"), 3600.0);
    for call in [leads, follows] {
        let (send, text) = harness.sent(call);
        assert!(call == follows || harness.woken().contains(&follows));
        assert!(text.contains("\nauthorization:Bearer given"), "{text}");
        harness.answer(call, send, 200, SUMMARY);
        harness.succeeded(call);
    }
    // The token is used while it is fresh, and not afterwards.
    let call = harness.begin("null");
    harness.through(call, SUMMARY);
    harness.now = 3_600_000.0;
    let call = harness.begin("null");
    assert_eq!(harness.next(call), action::REQUEST_TOKEN);
    let question = harness.raw.in_flight();
    harness.token(call, question, None, f64::NAN);
    let error = harness.error(call);
    assert_eq!((text(&error, "code"), number(&error, "origin")), ("NO_TOKEN".into(), f64::from(question)));
}

#[wasm_bindgen_test]
fn a_call_s_own_provider_is_asked_for_it_alone() {
    let mut harness = Harness::new(FAST, 0);
    let begin =
        |harness: &mut Harness| harness.raw.begin(&format!("caseSummary\n{PARAMS}\nnull"), true, false, 0.0, EPOCH);
    let call = begin(&mut harness);
    assert_eq!(harness.next(call), action::REQUEST_OWN_TOKEN);
    let question = harness.raw.in_flight();
    harness.token(call, question, Some("own"), f64::NAN);
    assert!(harness.sent(call).1.contains("\nauthorization:Bearer own"));

    let call = begin(&mut harness);
    assert_eq!(harness.next(call), action::REQUEST_OWN_TOKEN);
    let question = harness.raw.in_flight();
    harness.raw.abort(call, 0.0, EPOCH);
    assert_eq!((harness.next(call), harness.raw.in_flight()), (action::CANCEL_TOKEN_REQUEST, question));
    assert_eq!(text(&harness.error(call), "kind"), "aborted");

    for none in ["", "line\nbreak"] {
        let call = begin(&mut harness);
        assert_eq!(harness.next(call), action::REQUEST_OWN_TOKEN);
        let question = harness.raw.in_flight();
        harness.token(call, question, Some(none), f64::NAN);
        assert_eq!(text(&harness.error(call), "code"), "NO_TOKEN");
    }
}

#[wasm_bindgen_test]
fn credentials_are_changed_for_a_token_that_the_cache_is_told() {
    let options = r#"{"credentials":{"clientId":"synthetic","clientSecret":"hidden"},"rateLimit":{"perSecond":0}}"#;
    let mut harness = Harness::new(options, environment::TOKEN_CACHE);
    let call = harness.begin("null");
    assert_eq!(harness.next(call), action::READ_TOKEN_CACHE);
    let question = harness.raw.in_flight();
    harness.token(call, question, Some(""), f64::NAN);
    let (send, told) = harness.sent(call);
    assert!(told.starts_with("https://id.cisco.com/oauth2/default/v1/token\n"), "{told}");
    let (_, form) = told.split_once("\n\n").unwrap();
    assert!(form.contains("client_id=synthetic") && form.contains("client_secret=hidden"), "{form}");
    harness.answer(call, send, 200, r#"{"access_token":"granted","expires_in":3600}"#);
    assert_eq!(
        (harness.next(call), harness.raw.take_text(), harness.raw.ms()),
        (action::STORE_TOKEN, "granted".into(), 3_600_000.0)
    );
    let (send, told) = harness.sent(call);
    assert!(told.contains("\nauthorization:Bearer granted") && !told.contains("\n\n"), "{told}");
    harness.answer(call, send, 200, SUMMARY);
    harness.succeeded(call);

    let mut harness = Harness::new(options, environment::TOKEN_CACHE);
    let call = harness.begin("null");
    assert_eq!(harness.next(call), action::READ_TOKEN_CACHE);
    let question = harness.raw.in_flight();
    harness.token(call, question, Some("kept"), 3600.0);
    assert!(harness.sent(call).1.contains("\nauthorization:Bearer kept"));
}

#[wasm_bindgen_test]
fn whoever_watches_is_told_in_order() {
    let mut harness = Harness::new(r#"{"token":"synthetic","backoff":{"baseMs":0}}"#, environment::EMITS_EVENTS);
    let call = harness.begin("null");
    let mut told = Vec::new();
    for attempt in 1.. {
        let send = loop {
            match harness.next(call) {
                action::EMIT => told.push(parsed(&harness.raw.take_text())),
                action::SEND => break harness.raw.in_flight(),
                other => panic!("action {other}"),
            }
        };
        harness.now += 30.0;
        if attempt == 2 {
            harness.answer(call, send, 200, SUMMARY);
            break;
        }
        harness.raw.on_failure(call, send, harness.now, EPOCH + harness.now);
    }
    while harness.next(call) == action::EMIT {
        told.push(parsed(&harness.raw.take_text()));
    }
    let short: Vec<_> =
        told.iter().map(|event| format!("{} {}", text(event, "hook"), number(event, "attempt"))).collect();
    assert_eq!(short, ["onRequest 1", "onResponse 1", "onRetry 2", "onRequest 2", "onResponse 2"]);
    assert_eq!(
        (text(&told[0], "text"), text(&told[1], "code"), number(&told[1], "ms")),
        (ADDRESS.into(), "NETWORK".into(), 30.0)
    );
}

#[wasm_bindgen_test]
fn a_wrong_call_says_everything_that_is_wrong() {
    let mut harness = Harness::new(FAST, 0);
    let wrong = r#"{"contract_ids":["1"],"status_flag":"X","page_index":0}"#;
    assert_eq!(harness.raw.begin(&format!("casesByContract\n{wrong}\nnull"), false, false, 0.0, EPOCH), 0);
    let error = parsed(&harness.raw.take_text());
    assert_eq!(fields(&error), ["status_flag", "page_index"]);
    assert_eq!((text(&error, "kind"), number(&error, "attempts")), ("invalid_request".into(), 0.0));
    assert_eq!(text(&error, "operation"), "casesByContract");
    for (endpoint, params) in [("casesByNobody", "{}"), ("caseSummary", "no JSON"), ("caseSummary", "5")] {
        assert_eq!(harness.raw.begin(&format!("{endpoint}\n{params}\nnull"), false, false, 0.0, EPOCH), 0);
        let error = parsed(&harness.raw.take_text());
        assert_eq!(text(&error, "kind"), "invalid_request", "{endpoint} {params}");
    }
    // A path is relative to the page's own origin.
    let mut page = Harness::new("null", 0);
    page.raw = RawClient::new(
        "https://portal.example\n{\"baseUrl\":\"/api/\",\"rateLimit\":{\"perSecond\":0}}",
        environment::PAGE,
        1,
    );
    let call = page.begin("null");
    assert!(page.sent(call).1.starts_with("https://portal.example/api/cases/case_ids/612345678\n"));
}

#[wasm_bindgen_test]
fn handles_of_nothing_change_nothing() {
    let mut harness = Harness::new(FAST, 0);
    let call = harness.begin("null");
    for odd in [0, call + 1, u32::MAX] {
        assert_eq!(harness.next(odd), action::NONE, "{odd}");
        harness.answer(odd, 1, 200, SUMMARY);
        harness.raw.on_failure(odd, 1, 0.0, EPOCH);
        harness.token(odd, 1, Some("given"), f64::NAN);
        harness.raw.abort(odd, 0.0, EPOCH);
        harness.raw.remove(odd, 0.0, EPOCH);
    }
    harness.through(call, SUMMARY);
    for now in [f64::NAN, f64::NEG_INFINITY, -1.0] {
        let other = harness.raw.begin(&format!("caseSummary\n{PARAMS}\nnull"), false, false, now, now);
        assert_ne!(harness.raw.next(other, now, now), action::NONE, "{now}");
        harness.raw.remove(other, now, now);
    }
}

#[wasm_bindgen_test]
fn memory_grows_under_the_records() {
    let mut harness = Harness::new(FAST, 0);
    let note = "x".repeat(3_000_000);
    let body = SUMMARY.replacen("\"title\"", &format!("\"grown\": \"{note}\", \"title\""), 1);
    assert!(body.len() > SUMMARY.len());
    for _ in 0..3 {
        let call = harness.begin("null");
        let seen = harness.through(call, &body);
        assert_eq!(seen.counts()[2] as usize, body.len());
        assert_eq!(seen.word(header::LONG + 1), 3_000_000);
    }
}

/// A list of five cases, two per page.
fn list_page(index: u32) -> String {
    let cases: Vec<_> = (index * 2 - 1..=(index * 2).min(5))
        .map(|id| format!(r#"{{"case_id":"{id}","severity":"3","updated_date":"2024-01-01T00:00:0{id}.000Z"}}"#))
        .collect();
    format!(
        r#"{{"pagination_response_record":{{"last_index":3,"page_index":{index},"page_records":{},"total_records":5}},{}}}"#,
        cases.len(),
        format_args!(r#""cases":[{}]"#, cases.join(","))
    )
}

/// Returns the page index of a URL.
fn page_index(text: &str) -> u32 {
    let address = text.lines().next().unwrap();
    address.split_once("page_index=").map_or(1, |(_, rest)| rest.split('&').next().unwrap().parse().unwrap())
}

fn list(harness: &mut Harness, endpoint: &str, params: &str, options: &str) -> RawPaginator {
    harness.raw.paginator(&[endpoint, params, options].join("\n"), false).unwrap()
}

/// Returns the ids in a page of [`list_page`]'s cases.
fn ids(seen: &Seen) -> Vec<String> {
    let mut ids: Vec<_> = seen.strings().into_iter().filter(|string| string.len() == 1 && string != "3").collect();
    if seen.strings().iter().filter(|string| *string == "2024-01-01T00:00:03.000Z").count() > 0 {
        ids.push("3".to_owned());
    }
    ids.sort();
    ids.reverse();
    ids
}

#[wasm_bindgen_test]
fn a_list_gives_every_case_newest_first() {
    let mut harness = Harness::new(FAST, 0);
    let mut list = list(&mut harness, "casesByContract", r#"{"contract_ids":["1"]}"#, "null");
    let (mut asked, mut found) = (Vec::new(), Vec::new());
    loop {
        let (now, unix) = (harness.now, harness.unix());
        let call = list.begin(&mut harness.raw, now, unix);
        if call == 0 {
            break;
        }
        let (send, text) = harness.sent(call);
        asked.push(page_index(&text));
        harness.answer(call, send, 200, &list_page(page_index(&text)));
        assert_eq!(harness.next(call), action::SUCCEED);
        if list.take(&mut harness.raw, unix) == page_outcome::CASES {
            let seen = Seen::at(harness.raw.header());
            assert!(seen.word(header::PAGINATION + 1) > 0);
            assert_eq!(harness.raw.issues(), "[]");
            found.extend(ids(&seen));
        }
    }
    assert_eq!((found.join(" "), asked), ("5 4 3 2 1".to_owned(), vec![1, 3, 2, 1, 3]));
}

#[wasm_bindgen_test]
fn a_list_begins_with_a_page_that_is_there() {
    let mut harness = Harness::new(FAST, 0);
    let mut list = list(&mut harness, "casesByContract", r#"{"contract_ids":["1"]}"#, r#"{"order":"oldest"}"#);
    assert!(decoded(&mut harness.raw, document::PAGE, false, &list_page(1)) > 0);
    assert_eq!(list.take(&mut harness.raw, EPOCH), page_outcome::CASES);
    assert_eq!(ids(&Seen::at(harness.raw.header())), ["2", "1"]);
    let call = list.begin(&mut harness.raw, 0.0, EPOCH);
    let (send, text) = harness.sent(call);
    assert_eq!(page_index(&text), 2);
    // After an error the same page is requested again.
    harness.answer(call, send, 404, "");
    harness.error(call);
    let again = list.begin(&mut harness.raw, 0.0, EPOCH);
    assert_eq!(page_index(&harness.sent(again).1), 2);
}

#[wasm_bindgen_test]
fn a_list_whose_page_comes_twice_says_so() {
    let mut harness = Harness::new(FAST, 0);
    let mut list = list(&mut harness, "casesByUser", r#"{"user_ids":["u"]}"#, "null");
    for expected in [page_outcome::EMPTY, page_outcome::ERROR] {
        let call = list.begin(&mut harness.raw, 0.0, EPOCH);
        harness.through(call, &list_page(1));
        assert_eq!(list.take(&mut harness.raw, EPOCH), expected);
    }
    assert_eq!(text(&parsed(&harness.raw.take_text()), "kind"), "decode");
    assert!(harness.raw.paginator("casesByUser\n{}\nnull", false).is_none());
    assert_eq!(fields(&parsed(&harness.raw.take_text())), ["user_ids"]);
}

#[wasm_bindgen_test]
fn the_rules_answer_on_their_own() {
    assert_eq!(check(&format!("caseSummary\n{PARAMS}")), "[]");
    let problems = Array::from(&parsed(&check("casesByUser\n{\"user_ids\":[]}")));
    assert_eq!((problems.length(), text(&problems.get(0), "code")), (1, "MISSING_INPUTS".to_owned()));
    assert_eq!(Array::from(&parsed(&check("casesByUser\nno JSON"))).length(), 1);
}

/// Decodes a text without a client call.
fn decoded(decoder: &mut RawClient, shape: u32, strict: bool, text: &str) -> usize {
    let body = bytes(text);
    put(decoder.alloc(body.length() as usize), &body);
    if decoder.decode(shape, strict) { decoder.header() } else { 0 }
}

#[wasm_bindgen_test]
fn a_body_is_decoded_on_its_own() {
    let mut decoder = RawClient::new("\n{}", 0, 0);
    for (shape, body) in [(document::SUMMARY, SUMMARY), (document::DETAILS, DETAILS), (document::PAGE, PAGE)] {
        let address = decoded(&mut decoder, shape, false, body);
        assert!(address > 0, "{shape}: {}", decoder.take_text());
        let seen = Seen::at(address);
        assert!(seen.word(header::ROWS + 1) > 0 && seen.word(header::ISSUES) == 0, "{}", decoder.issues());
        assert_eq!(
            (seen.word(header::PAGINATION + 1) > 0, seen.word(header::NOTES + 1) > 0),
            (shape == document::PAGE, shape == document::DETAILS,)
        );
        assert_eq!((seen.counts(), decoder.issues().as_str()), ([0; 3], "[]"));
    }
    let odd = Seen::at(decoded(&mut decoder, document::SUMMARY, false, ODD));
    let issues = Array::from(&parsed(&decoder.issues()));
    assert_eq!((odd.word(header::ISSUES), issues.length() > 0), (1, true));
    assert_eq!(decoded(&mut decoder, document::SUMMARY, true, ODD), 0);
    assert_eq!(text(&parsed(&decoder.take_text()), "kind"), "decode");
    for body in ["", "{", "[]", "{\"cases\":5}", "\u{feff}"] {
        assert_eq!(decoded(&mut decoder, document::SUMMARY, false, body), 0, "{body}");
        assert_eq!(text(&parsed(&decoder.take_text()), "kind"), "decode", "{body}");
    }
    assert!(decoded(&mut decoder, document::SUMMARY, false, SUMMARY) > 0, "it goes on");
}

/// Creates a response object for a body.
fn real(body: &str) -> web_sys::Response {
    let headers =
        "{ 'Retry-After': '7', 'X-Mashery-Message-ID': 'message-3', 'Date': 'Thu, 01 Jan 2026 00:00:00 GMT' }";
    let response = format!("(body) => new Response(body, {{ status: 503, headers: {headers} }})");
    call_js(&response, &[body.into()]).unchecked_into()
}

/// Reads the parts of that response as the package does.
async fn read(body: &str) -> Array {
    let read = "async (response) => [response.status, ...['x-mashery-error-code', 'x-mashery-message-id', 'retry-after', \
        'date'].map((name) => response.headers.get(name) ?? undefined), new Uint8Array(await response.arrayBuffer())]";
    let read: Promise = call_js(read, &[real(body).into()]).unchecked_into();
    Array::from(&JsFuture::from(read).await.unwrap())
}

/// Gloo-net and the client's wasm read the same parts of a response.
#[wasm_bindgen_test]
async fn a_response_is_given_as_gloo_net_reads_it() {
    for body in [PAGE, SUMMARY, "", "\u{feff}{\"title\":\"Zürich \u{1f600}\"}"] {
        let (ours, theirs) = (read(body).await, gloo_net::http::Response::from(real(body)));
        assert_eq!(ours.get(0).as_f64(), Some(f64::from(theirs.status())));
        for (at, name) in [(1, "x-mashery-error-code"), (2, "x-mashery-message-id"), (3, "retry-after"), (4, "date")] {
            assert_eq!(ours.get(at).as_string(), theirs.headers().get(name), "{name}");
        }
        let bytes: Uint8Array = ours.get(5).unchecked_into();
        assert_eq!(bytes.to_vec(), theirs.binary().await.unwrap());
        // Text has no byte order mark, except in WebKit; the bytes contain it, and the decoder must see it.
        let text = gloo_net::http::Response::from(real(body)).text().await.unwrap();
        assert_eq!(text.trim_start_matches('\u{feff}'), body.trim_start_matches('\u{feff}'));
    }
    // The engine and gloo-net agree on the response.
    let theirs = gloo_net::http::Response::from(real("<h1>Unavailable</h1>"));
    let read = read("<h1>Unavailable</h1>").await;
    let mut harness = Harness::new(FAST, 0);
    let call = harness.begin(r#"{"maxRetries":0}"#);
    let (send, _) = harness.sent(call);
    let body: Uint8Array = read.get(5).unchecked_into();
    put(harness.raw.alloc(body.length() as usize), &body);
    let headers = [1, 2, 3, 4].map(|at| read.get(at).as_string().unwrap_or_default()).join("\n");
    let status = read.get(0).as_f64().unwrap() as u16;
    harness.raw.on_response(call, send, status, &headers, 0.0, EPOCH);
    let error = harness.error(call);
    assert_eq!(number(&error, "status"), f64::from(theirs.status()));
    assert_eq!(Some(text(&error, "messageId")), theirs.headers().get("x-mashery-message-id"));
    let seconds: f64 = theirs.headers().get("retry-after").unwrap().parse().unwrap();
    assert_eq!(number(&error, "retryAfterMs"), seconds * 1000.0);
}

#[wasm_bindgen_test]
fn a_panic_is_a_trap() {
    if std::thread::panicking() {
        // Another test has failed, and its message is in flight.
        return;
    }
    let panics = Closure::<dyn Fn()>::new(panic_now);
    let caught =
        "(panics) => { try { panics(); } catch (error) { return error instanceof WebAssembly.RuntimeError; } }";
    let trapped = call_js(caught, &[panics.as_ref().clone()]);
    // The call of the closure never returned, so the closure must not be dropped.
    std::mem::forget(panics);
    assert_eq!(trapped, JsValue::TRUE);
}
