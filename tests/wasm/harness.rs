//! A client with test clocks, JavaScript values, and records as JavaScript reads them.

use cisco_support_case::boundary::{action, header};
use cisco_support_case::js::RawClient;
use js_sys::{Array, Function, JSON, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

pub(crate) const SUMMARY: &str = include_str!("../fixtures/case-summary.json");
pub(crate) const DETAILS: &str = include_str!("../fixtures/case-details.json");
pub(crate) const PAGE: &str = include_str!("../fixtures/cases-by-contract.json");
pub(crate) const ODD: &str = include_str!("../fixtures/odd-records-beside-a-good-one.json");

pub(crate) const PARAMS: &str = r#"{"case_ids":["612345678"]}"#;
pub(crate) const ADDRESS: &str = "https://apix.cisco.com/case/v3/cases/case_ids/612345678";

/// Start time of the tests: 2026-01-01, in milliseconds since the Unix epoch.
pub(crate) const EPOCH: f64 = 1_767_225_600_000.0;

/// Evaluates JavaScript source to a value.
pub(crate) fn js(source: &str) -> JsValue {
    Function::new_no_args(&format!("return ({source})")).call0(&JsValue::UNDEFINED).unwrap()
}

/// Evaluates JavaScript source to a function, and calls it with these arguments.
pub(crate) fn call_js(source: &str, arguments: &[JsValue]) -> JsValue {
    let function: Function = js(source).dyn_into().unwrap();
    function.apply(&JsValue::UNDEFINED, &arguments.iter().collect::<Array>()).unwrap()
}

pub(crate) fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap()
}

pub(crate) fn text(value: &JsValue, name: &str) -> String {
    get(value, name).as_string().unwrap_or_else(|| panic!("no text {name} in {value:?}"))
}

pub(crate) fn number(value: &JsValue, name: &str) -> f64 {
    get(value, name).as_f64().unwrap_or_else(|| panic!("no number {name} in {value:?}"))
}

pub(crate) fn json(value: &JsValue) -> String {
    String::from(JSON::stringify(value).unwrap())
}

pub(crate) fn parsed(text: &str) -> JsValue {
    JSON::parse(text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

/// Returns the fields of an error's problems.
pub(crate) fn fields(error: &JsValue) -> Vec<String> {
    Array::from(&get(error, "problems")).iter().map(|problem| text(&problem, "field")).collect()
}

/// Returns the memory that all addresses refer to.
pub(crate) fn memory() -> JsValue {
    wasm_bindgen::memory()
}

/// Writes bytes into the memory, as the package does.
pub(crate) fn write_memory(address: usize, bytes: &Uint8Array) {
    call_js(
        "(memory, address, bytes) => new Uint8Array(memory.buffer).set(bytes, address)",
        &[memory(), (address as u32).into(), bytes.into()],
    );
}

pub(crate) fn bytes(text: &str) -> Uint8Array {
    Uint8Array::from(text.as_bytes())
}

/// Records as JavaScript sees them, read from the header at an address.
pub(crate) struct RecordsView {
    words: Vec<u32>,
}

impl RecordsView {
    pub(crate) fn at(address: usize) -> RecordsView {
        assert!(address > 0 && address.is_multiple_of(4));
        RecordsView { words: words(address as u32, header::LENGTH) }
    }

    pub(crate) fn word(&self, at: u32) -> u32 {
        self.words[at as usize]
    }

    /// Returns the compact text.
    pub(crate) fn text(&self) -> String {
        let (address, length) = (self.word(header::TEXT), self.word(header::TEXT + 1));
        let text = "(memory, address, length) => \
            new TextDecoder().decode(new Uint8Array(memory.buffer, address, length).slice())";
        call_js(text, &[memory(), address.into(), length.into()]).as_string().unwrap()
    }

    /// Returns the strings of the compact text.
    pub(crate) fn strings(&self) -> Vec<String> {
        let text = self.text();
        let starts = words(self.word(header::STARTS), self.word(header::STARTS + 1));
        starts.windows(2).map(|pair| text.get(pair[0] as usize..pair[1] as usize).unwrap().to_owned()).collect()
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.strings().iter().any(|string| string == text)
    }

    pub(crate) fn counts(&self) -> [u32; 3] {
        [header::ATTEMPTS, header::WAITED_MS, header::BYTES].map(|at| self.word(at))
    }
}

/// Returns words of the memory.
pub(crate) fn words(address: u32, length: u32) -> Vec<u32> {
    let words = "(memory, address, length) => [...new Uint32Array(memory.buffer, address, length)]";
    let words = call_js(words, &[memory(), address.into(), length.into()]);
    Array::from(&words).iter().map(|word| word.as_f64().unwrap() as u32).collect()
}

/// A client with test clocks.
pub(crate) struct Harness {
    pub(crate) raw: RawClient,
    pub(crate) now: f64,
}

impl Harness {
    pub(crate) fn new(options: &str, environment: u32) -> Harness {
        Harness { raw: RawClient::new(&format!("\n{options}"), environment, 7), now: 0.0 }
    }

    pub(crate) fn unix(&self) -> f64 {
        EPOCH + self.now
    }

    pub(crate) fn begin(&mut self, options: &str) -> u32 {
        let call =
            self.raw.begin(&format!("caseSummary\n{PARAMS}\n{options}"), false, false, self.now, EPOCH + self.now);
        assert_ne!(call, 0, "{}", self.raw.take_text());
        call
    }

    pub(crate) fn next(&mut self, call: u32) -> u32 {
        self.raw.next(call, self.now, EPOCH + self.now)
    }

    /// Asserts that the next action is to send; returns the number of the request, its address and headers.
    pub(crate) fn expect_send(&mut self, call: u32) -> (u32, String) {
        assert_eq!(self.next(call), action::SEND);
        (self.raw.in_flight(), self.raw.take_text())
    }

    /// Asserts that the next action is to wait; returns the duration.
    pub(crate) fn expect_wait(&mut self, call: u32) -> f64 {
        assert_eq!(self.next(call), action::WAIT);
        self.raw.ms()
    }

    pub(crate) fn respond(&mut self, call: u32, send: u32, status: u16, body: &str) {
        self.respond_with(call, send, status, body, [None; 4]);
    }

    pub(crate) fn respond_with(&mut self, call: u32, send: u32, status: u16, body: &str, headers: [Option<&str>; 4]) {
        let body = bytes(body);
        write_memory(self.raw.alloc(body.length() as usize), &body);
        let headers = headers.map(Option::unwrap_or_default).join("\n");
        self.raw.on_response(call, send, status, &headers, self.now, EPOCH + self.now);
    }

    /// Returns the calls that may continue.
    pub(crate) fn woken_calls(&mut self) -> Vec<u32> {
        std::iter::from_fn(|| Some(self.raw.next_woken()).filter(|call| *call != 0)).collect()
    }

    /// Asserts that the next action is to succeed; returns the records.
    pub(crate) fn expect_success(&mut self, call: u32) -> RecordsView {
        let next = self.next(call);
        assert_eq!(next, action::SUCCEED, "{}", self.raw.take_text());
        RecordsView::at(self.raw.header())
    }

    /// Asserts that the next action is to fail; returns the error.
    pub(crate) fn expect_error(&mut self, call: u32) -> JsValue {
        assert_eq!(self.next(call), action::FAIL);
        parsed(&self.raw.take_text())
    }

    /// Sends a call's request, responds to it, and returns the resulting records.
    pub(crate) fn complete(&mut self, call: u32, body: &str) -> RecordsView {
        let (send, _) = self.expect_send(call);
        self.respond(call, send, 200, body);
        self.expect_success(call)
    }

    pub(crate) fn token(&mut self, call: u32, send: u32, token: Option<&str>, seconds: f64) {
        let text = token.unwrap_or_default();
        self.raw.on_token(call, send, token.is_some(), text, seconds, self.now, EPOCH + self.now);
    }
}

/// Options without delays: a call waits only for the event under test.
pub(crate) const FAST: &str = r#"{"token":"synthetic","rateLimit":{"perSecond":0},"backoff":{"baseMs":0}}"#;

/// A list of five cases, two per page.
pub(crate) fn list_page(index: u32) -> String {
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
pub(crate) fn page_index(text: &str) -> u32 {
    let address = text.lines().next().unwrap();
    address.split_once("page_index=").map_or(1, |(_, rest)| rest.split('&').next().unwrap().parse().unwrap())
}

/// Returns the ids in a page of [`list_page`]'s cases.
pub(crate) fn ids(records: &RecordsView) -> Vec<String> {
    let mut ids: Vec<_> = records.strings().into_iter().filter(|string| string.len() == 1 && string != "3").collect();
    if records.strings().iter().filter(|string| *string == "2024-01-01T00:00:03.000Z").count() > 0 {
        ids.push("3".to_owned());
    }
    ids.sort();
    ids.reverse();
    ids
}

/// Decodes a text without a client call.
pub(crate) fn decode_body(decoder: &mut RawClient, shape: u32, strict: bool, text: &str) -> usize {
    let body = bytes(text);
    write_memory(decoder.alloc(body.length() as usize), &body);
    if decoder.decode(shape, strict) { decoder.header() } else { 0 }
}
