//! The wasm's face to JavaScript: one suite, run in Node and in headless browsers.
//!
//! Every `fetch` here is made by the test from JavaScript source, so that it can misbehave as only JavaScript can.

#![cfg(all(target_arch = "wasm32", feature = "client"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use cisco_support_case::decode::Records;
use cisco_support_case::js::{
    RawClient, RawRecords, check, check_bulk, check_client_options, explain, next_page_index, parse_ids,
};
use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

const SUMMARY: &str = include_str!("../fixtures/case-summary.json");
const PAGE: &str = include_str!("../fixtures/cases-by-contract.json");

/// A value of JavaScript, from its source.
fn js(source: &str) -> JsValue {
    Function::new_no_args(&format!("return ({source})")).call0(&JsValue::UNDEFINED).unwrap()
}

fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap()
}

fn text(value: &JsValue, name: &str) -> String {
    get(value, name).as_string().unwrap_or_else(|| panic!("no text {name} in {value:?}"))
}

fn json(value: &JsValue) -> String {
    String::from(JSON::stringify(value).unwrap())
}

/// Options with a `fetch` of this source; `respond(body, status, headers)` makes a response in it.
fn options(fetch: &str, more: &str) -> JsValue {
    js(&format!(
        "(() => {{ const respond = (body, status = 200, headers = {{}}) => new Response(body, {{ status, headers }}); \
         const detached = () => {{ const buffer = new ArrayBuffer(8); structuredClone(buffer, {{ transfer: [buffer] }}); return buffer; }}; \
         const SUMMARY = {}; const PAGE = {}; return {{ fetch: {fetch}, {more} }}; }})()",
        JSON::stringify(&JsValue::from_str(SUMMARY)).unwrap(),
        JSON::stringify(&JsValue::from_str(PAGE)).unwrap(),
    ))
}

/// A client as the package makes it: options as text, functions by themselves.
fn made(options: &JsValue) -> Result<RawClient, JsValue> {
    let function = |name: &str| Some(get(options, name)).filter(JsValue::is_function).unwrap_or(JsValue::UNDEFINED);
    let in_page = js("typeof document === 'object'") == JsValue::TRUE;
    let (cache, watch) = (get(options, "tokenCache"), function("watch"));
    // What is a function is left out of the text.
    let text = js("({ tokenCache, ...options }) => JSON.stringify(options)").dyn_into::<Function>().unwrap();
    let text = text.call1(&JsValue::UNDEFINED, options).unwrap().as_string().unwrap();
    RawClient::new(&text, function("fetch"), function("token"), cache, watch, in_page, "")
}

fn client(fetch: &str, more: &str) -> RawClient {
    made(&options(fetch, more)).unwrap_or_else(|error| panic!("{}", json(&error)))
}

/// Makes a call as the package does: options as text, the signal by itself.
fn call(client: &RawClient, endpoint: &str, params: &str, options: &JsValue) -> Promise {
    let signal = if options.is_object() { get(options, "signal") } else { JsValue::UNDEFINED };
    let text = js("(options) => JSON.stringify({ ...options, signal: undefined })");
    let text = text.dyn_into::<Function>().unwrap().call1(&JsValue::UNDEFINED, options).unwrap();
    client.call(endpoint, params, &text.as_string().unwrap(), signal)
}

const PARAMS: &str = r#"{"case_ids":["612345678"]}"#;

/// What the package builds its objects of.
fn records(value: JsValue) -> Records {
    RawRecords::try_from_js_value(value).unwrap_or_else(|_| panic!("no records")).into_records()
}

async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(promise).await.map_err(told)
}

/// An error as the package reads it: its data out of JSON, with the cause beside it.
fn told(error: JsValue) -> JsValue {
    let [data, cause] = [0, 1].map(|index| error.unchecked_ref::<Array>().get(index));
    let data = JSON::parse(&data.as_string().unwrap()).unwrap();
    Reflect::set(&data, &JsValue::from_str("cause"), &cause).unwrap();
    data
}

/// A list out of its JSON.
fn list(json: &str) -> Array {
    JSON::parse(json).unwrap().dyn_into().unwrap()
}

async fn summary(client: &RawClient, options: &JsValue) -> Result<JsValue, JsValue> {
    settled(call(client, "caseSummary", PARAMS, options)).await
}

async fn error_of(fetch: &str, more: &str) -> JsValue {
    summary(&client(fetch, more), &JsValue::UNDEFINED).await.expect_err("an error")
}

#[wasm_bindgen_test]
async fn an_answer_is_its_records_the_response_and_how_many_requests_it_took() {
    let answer = summary(&client("async () => respond(SUMMARY)", ""), &JsValue::UNDEFINED).await.unwrap();
    let answer: Array = answer.dyn_into().unwrap();
    let summary = records(answer.get(0)).summary();
    assert_eq!(summary, cisco_support_case::decode::case_summary(SUMMARY.as_bytes()).unwrap());
    assert_eq!((summary.count, summary.cases.len(), summary.issues.len()), (1, 1, 0));
    assert_eq!(get(&answer.get(1), "status").as_f64(), Some(200.0), "the raw response comes along");
    assert_eq!(answer.get(2).as_f64(), Some(1.0));
}

#[wasm_bindgen_test]
async fn fetch_gets_an_address_and_a_plain_object() {
    let options = options(
        "async (url, init) => { globalThis.__seen = { url, method: init.method, headers: init.headers, redirect: init.redirect, \
         signal: init.signal instanceof AbortSignal, plain: Object.getPrototypeOf(init) === Object.prototype }; return respond(SUMMARY); }",
        "token: 'synthetic', headers: { 'x-portal': 'p' }",
    );
    summary(&made(&options).unwrap(), &JsValue::UNDEFINED).await.unwrap();
    assert_eq!(
        json(&js("globalThis.__seen")),
        r#"{"url":"https://apix.cisco.com/case/v3/cases/case_ids/612345678","method":"GET","headers":{"accept":"application/json","authorization":"Bearer synthetic","x-portal":"p"},"redirect":"manual","signal":true,"plain":true}"#
    );
}

#[wasm_bindgen_test]
async fn whatever_fetch_does_is_an_error_and_never_a_crash() {
    for (fetch, cause) in [
        ("() => { throw 'thrown text' }", "'thrown text'"),
        ("() => Promise.reject('rejected text')", "'rejected text'"),
        ("() => Promise.reject(undefined)", "undefined"),
        ("() => Promise.reject(Object.freeze({ frozen: true }))", ""),
        ("() => Promise.reject(Object.create(null))", ""),
        ("() => undefined", ""),
        ("() => 5", ""),
        ("() => ({ status: 200 })", ""),
        ("() => ({ status: '200', headers: new Headers(), arrayBuffer() {} })", ""),
        ("() => ({ status: 200, headers: {}, arrayBuffer() {} })", ""),
        ("() => ({ status: 200, headers: new Headers(), arrayBuffer() { throw 'no body' } })", "'no body'"),
        ("() => ({ status: 200, headers: new Headers(), arrayBuffer: async () => { throw null } })", "null"),
        ("() => ({ status: 200, headers: new Headers(), arrayBuffer: async () => 4294967295 })", ""),
        ("() => ({ status: 200, headers: new Headers(), arrayBuffer: async () => 'text' })", ""),
        ("() => ({ status: 200, headers: new Headers(), arrayBuffer: async () => ({ byteLength: 3 }) })", ""),
        ("() => ({ status: 200, headers: new Headers(), arrayBuffer: async () => detached() })", ""),
        ("() => ({ status: 65736, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(2) })", ""),
        ("() => ({ status: -1, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(2) })", ""),
        (
            "() => ({ get status() { throw 1 }, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(2) })",
            "",
        ),
        ("() => ({ status: 200, get headers() { throw 1 }, arrayBuffer: async () => new ArrayBuffer(2) })", ""),
        ("() => Object.create(Response.prototype)", ""),
        ("() => ({ then(_, no) { no('a thenable') } })", "'a thenable'"),
    ] {
        let error = error_of(fetch, "").await;
        assert_eq!(text(&error, "kind"), "network", "{fetch}");
        assert_eq!(get(&error, "hasCause"), JsValue::TRUE, "{fetch}");
        if !cause.is_empty() {
            assert!(Object::is(&get(&error, "cause"), &js(cause)), "{fetch}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_response_that_only_looks_like_one_is_read() {
    let fetch = "() => ({ status: 200, headers: { get: () => null }, arrayBuffer: () => new TextEncoder().encode(SUMMARY).buffer })";
    assert!(summary(&client(fetch, ""), &JsValue::UNDEFINED).await.is_ok());
}

/// Headers that are no texts, or throw, are none.
#[wasm_bindgen_test]
async fn a_response_s_odd_headers_cost_nothing_but_themselves() {
    for headers in [
        "new Map([['retry-after', 1], ['x-mashery-message-id', {}], ['date', null]])",
        "{ get() { throw new Error('own') } }",
        "{ get: () => ({}) }",
        "{ get: () => Symbol() }",
    ] {
        let fetch =
            format!("() => ({{ status: 503, headers: {headers}, arrayBuffer: async () => new ArrayBuffer(0) }})");
        let error = error_of(&fetch, "maxRetries: 0").await;
        assert_eq!(text(&error, "kind"), "unavailable", "{fetch}");
        assert!(get(&error, "messageId").is_undefined(), "{fetch}");
        assert!(get(&error, "retryAfterMs").as_f64().is_none(), "{fetch}");
    }
}

/// What a real response says is what gloo-net reads of it.
#[wasm_bindgen_test]
async fn a_real_response_is_read_as_gloo_net_reads_it() {
    let real = || -> web_sys::Response {
        js("new Response('<h1>Developer Over Qps</h1>', { status: 403, headers: { 'Retry-After': '7', 'X-Mashery-Message-ID': 'message-3' } })")
            .unchecked_into()
    };
    let theirs = gloo_net::http::Response::from(real());
    let error = error_of(
        "() => new Response('<h1>Developer Over Qps</h1>', { status: 403, headers: { 'Retry-After': '7', 'X-Mashery-Message-ID': 'message-3' } })",
        "maxRetries: 0",
    )
    .await;
    assert_eq!(get(&error, "status").as_f64(), Some(f64::from(theirs.status())));
    assert_eq!(Some(text(&error, "messageId")), theirs.headers().get("x-mashery-message-id"));
    let seconds: Option<f64> = theirs.headers().get("retry-after").and_then(|value| value.parse().ok());
    assert_eq!(get(&error, "retryAfterMs").as_f64().map(|ms| ms / 1000.0), seconds);
}

/// A `fetch` that does not listen to its signal: the body that comes when nobody waits any more is not read.
#[wasm_bindgen_test]
async fn a_body_that_comes_after_the_call_has_ended_is_given_up() {
    js("globalThis.lateBody = { pulled: 0, cancelled: false }");
    let fetch = "() => new Promise((done) => setTimeout(() => done(new Response(new ReadableStream({
        pull(controller) { lateBody.pulled += 1; controller.enqueue(new Uint8Array(1000)) },
        cancel() { lateBody.cancelled = true },
    }, { highWaterMark: 0 }))), 100))";
    let error = error_of(fetch, "timeoutMs: 20").await;
    assert_eq!(text(&error, "kind"), "timeout");
    JsFuture::from(js("new Promise((done) => setTimeout(done, 200))").unchecked_into::<Promise>()).await.unwrap();
    assert_eq!(js("lateBody.cancelled"), JsValue::TRUE);
    assert_eq!(js("lateBody.pulled").as_f64(), Some(0.0));
}

#[wasm_bindgen_test]
async fn errors_of_the_service_carry_what_the_response_says() {
    let error = error_of(
        "async () => respond('<h1>Developer Over Qps</h1>', 403, { 'x-mashery-message-id': 'message-1', 'retry-after': '1', 'x-mashery-error-code': 'ERR_403_DEVELOPER_OVER_QPS' })",
        "",
    )
    .await;
    assert_eq!((text(&error, "kind"), text(&error, "messageId")), ("rate_limited".to_owned(), "message-1".to_owned()));
    assert_eq!(get(&error, "retryAfterMs").as_f64(), Some(1000.0));
    assert_eq!((text(&error, "source"), get(&error, "status").as_f64()), ("service".to_owned(), Some(403.0)));
}

#[wasm_bindgen_test]
async fn any_reason_to_abort_comes_back_as_the_cause() {
    for reason in ["'a text'", "undefined", "null", "5", "Object.freeze({ my: 'reason' })", "new Error('mine')"] {
        for when in ["controller.abort(reason)", "setTimeout(() => controller.abort(reason), 5)"] {
            let controlled = js(&format!(
                "(() => {{ const controller = new AbortController(); const reason = {reason}; {when}; return {{ signal: controller.signal }}; }})()"
            ));
            let fetch = "(url, { signal }) => new Promise((_, no) => { signal.addEventListener('abort', () => { globalThis.__own = signal.reason; no(signal.reason); }); })";
            let error = summary(&client(fetch, ""), &controlled).await.expect_err("an error");
            assert_eq!((text(&error, "kind"), text(&error, "code")), ("aborted".to_owned(), "ABORTED".to_owned()));
            let expected = get(&get(&controlled, "signal"), "reason");
            assert!(Object::is(&get(&error, "cause"), &expected), "{reason}");
        }
    }
    // What fetch sees is a signal of our own, aborted without a reason.
    assert_eq!(text(&js("globalThis.__own"), "name"), "AbortError");
}

#[wasm_bindgen_test]
async fn a_call_that_is_aborted_before_it_begins_sends_nothing() {
    let fetch = "() => { globalThis.__sent = true; return respond(SUMMARY); }";
    js("globalThis.__sent = false");
    let error = summary(&client(fetch, ""), &js("{ signal: AbortSignal.abort('early') }")).await.unwrap_err();
    assert_eq!(text(&error, "kind"), "aborted");
    assert_eq!(js("globalThis.__sent"), JsValue::FALSE);
}

#[wasm_bindgen_test]
async fn a_signal_is_left_without_listeners() {
    let signal = js(
        "(() => { const controller = new AbortController(); const { signal } = controller; signal.listeners = 0; \
         const add = signal.addEventListener.bind(signal), remove = signal.removeEventListener.bind(signal); \
         signal.addEventListener = (...args) => { signal.listeners += 1; add(...args); }; \
         signal.removeEventListener = (...args) => { signal.listeners -= 1; remove(...args); }; return { signal }; })()",
    );
    summary(&client("async () => respond(SUMMARY)", ""), &signal).await.unwrap();
    assert_eq!(get(&get(&signal, "signal"), "listeners").as_f64(), Some(0.0));
}

#[wasm_bindgen_test]
async fn the_timeout_holds_for_the_body_too() {
    let hangs = "async () => ({ status: 200, headers: new Headers(), arrayBuffer: () => new Promise(() => {}) })";
    for fetch in [hangs, "() => new Promise(() => {})"] {
        let error = error_of(fetch, "timeoutMs: 20").await;
        assert_eq!((text(&error, "kind"), get(&error, "retryable")), ("timeout".to_owned(), JsValue::TRUE));
    }
}

#[wasm_bindgen_test]
async fn freeing_a_client_during_a_call_is_safe() {
    let client =
        client("async () => { await new Promise((done) => setTimeout(done, 10)); return respond(SUMMARY); }", "");
    let pending = call(&client, "caseSummary", PARAMS, &JsValue::UNDEFINED);
    drop(client);
    assert!(settled(pending).await.is_ok());
}

#[wasm_bindgen_test]
async fn a_token_provider_may_give_it_in_every_documented_form() {
    for provider in [
        "() => 'given'",
        "async () => 'given'",
        "() => ({ access_token: 'given', expires_in: 3600 })",
        "async () => ({ access_token: 'given' })",
        "() => ({ then(yes) { yes('given') } })",
    ] {
        let fetch = "async (url, init) => respond(init.headers.authorization === 'Bearer given' ? SUMMARY : '')";
        let client = client(fetch, &format!("token: {provider}"));
        assert!(summary(&client, &JsValue::UNDEFINED).await.is_ok(), "{provider}");
    }
}

#[wasm_bindgen_test]
async fn a_token_provider_that_fails_is_the_cause() {
    for (provider, cause) in [("() => { throw 'why' }", "'why'"), ("async () => { throw undefined }", "undefined")] {
        let error = error_of("() => respond(SUMMARY)", &format!("token: {provider}")).await;
        assert_eq!((text(&error, "kind"), text(&error, "code")), ("authentication".to_owned(), "NO_TOKEN".to_owned()));
        assert!(Object::is(&get(&error, "cause"), &js(cause)));
    }
    for provider in ["() => 5", "() => ({})", "() => null", "async () => ''", "() => 'line\\nbreak'"] {
        let error = error_of("() => respond(SUMMARY)", &format!("token: {provider}")).await;
        assert_eq!(text(&error, "code"), "NO_TOKEN", "{provider}");
    }
}

#[wasm_bindgen_test]
async fn credentials_are_for_servers_only() {
    let fetch = "async (url, init) => init.method === 'POST' ? respond('{\"access_token\":\"granted\",\"expires_in\":3600}') \
                 : respond(init.headers.authorization === 'Bearer granted' ? SUMMARY : '')";
    let options = options(fetch, "credentials: { clientId: 'synthetic', clientSecret: 'hidden' }");
    let in_page = js("typeof document === 'object'") == JsValue::TRUE;
    match made(&options) {
        Ok(client) => {
            assert!(!in_page);
            summary(&client, &JsValue::UNDEFINED).await.unwrap();
        }
        Err(error) => {
            assert!(in_page, "{}", json(&error));
            assert_eq!(text(&told(error.clone()), "code"), "CREDENTIALS_IN_PAGE");
            assert!(!json(&error).contains("hidden"));
        }
    }
}

#[wasm_bindgen_test]
async fn a_wrong_call_says_everything_that_is_wrong_and_sends_nothing() {
    let client = client("() => { throw 'sent' }", "");
    let params = r#"{"contract_ids":["1"],"status_flag":"X"}"#;
    let options = r#"{"timeoutMs":"soon","signal":5}"#;
    let promise = client.call("casesByContract", params, options, JsValue::UNDEFINED);
    let error = settled(promise).await.unwrap_err();
    let problems: Array = get(&error, "problems").dyn_into().unwrap();
    let fields: Vec<_> = problems.iter().map(|problem| text(&problem, "field")).collect();
    assert_eq!(fields, ["status_flag", "signal", "timeoutMs"]);
    assert_eq!(get(&error, "attempts").as_f64(), Some(0.0));
}

#[wasm_bindgen_test]
fn the_tables_answer_on_their_own() {
    assert_eq!(explain("API_UNAVAILABLE", 0).len(), 2);
    assert_eq!(explain("API_UNAVAILABLE", 500).len(), 1);
    assert_eq!(parse_ids("1, 2 1"), "1\n2");
    assert_eq!(list(&check("casesByUser", r#"{"user_ids":[]}"#)).length(), 1);
    assert_eq!(list(&check_client_options("null", false, false, false, "")).length(), 0);
    assert_eq!(
        list(&check_client_options(r#"{"baseUrl":"/api"}"#, false, false, true, "https://portal.example")).length(),
        0
    );
    assert_eq!((next_page_index(1, 3), next_page_index(3, 3)), (Some(2), None));
}

/// A service whose list has pages of two, answering by `page_index`.
const LIST: &str = "async (url) => { const ids = ['1', '2', '3', '4', '5']; const index = Number(new URL(url).searchParams.get('page_index') ?? 1); \
    globalThis.__asked.push(index); \
    const cases = ids.slice(index * 2 - 2, index * 2).map((id) => ({ case_id: id, severity: '3', updated_date: `2024-01-01T00:00:0${id}.000Z` })); \
    return respond(JSON.stringify({ pagination_response_record: { last_index: 3, page_index: index, page_records: cases.length, total_records: 5 }, cases })); }";

#[wasm_bindgen_test]
async fn a_list_gives_every_case_newest_first() {
    js("globalThis.__asked = []");
    let client = client(LIST, "");
    let mut list = client.list("casesByContract", r#"{"contract_ids":["1"]}"#, "null", JsValue::UNDEFINED).unwrap();
    let mut ids = Vec::new();
    while let Some(call) = list.next_call() {
        let answer: Array = settled(call).await.unwrap().dyn_into().unwrap();
        let page = list.take(RawRecords::try_from_js_value(answer.get(0)).unwrap()).unwrap();
        ids.extend(page.into_iter().flat_map(|page| page.into_records().page().cases).map(|case| case.case_id));
    }
    assert_eq!(ids.join(" "), "5 4 3 2 1");
    assert_eq!(json(&js("globalThis.__asked")), "[1,3,2,1,3]");
}

#[wasm_bindgen_test]
async fn a_sweep_gives_every_case_and_says_where_to_go_on() {
    js("globalThis.__asked = []");
    let client = client(LIST, "");
    let bulk = |options: &str| {
        let params = r#"{"contract_ids":["1"],"status_flag":"O"}"#;
        client.bulk("sweep", params, "null", options, None, JsValue::UNDEFINED)
    };
    let mut resume = "{}".to_owned();
    let mut ids = Vec::new();
    // It is broken off after each page that comes, and goes on.
    for part in 0.. {
        let mut sweep = bulk(&resume).unwrap();
        let mut came = None;
        while let (None, Some(ask)) = (&came, sweep.ask()) {
            let id = ask.get(0).as_f64().unwrap() as u32;
            let answer: Array = settled(ask.get(1).dyn_into().unwrap()).await.unwrap().dyn_into().unwrap();
            let bytes = answer.get(4).as_f64().unwrap() as u32;
            let records = RawRecords::try_from_js_value(answer.get(0)).unwrap();
            assert!(sweep.answered(id, records, 1, bytes).is_none() && bytes > 100);
            came = sweep.deliver();
        }
        let Some(delivery) = came else {
            assert!(part > 2);
            break;
        };
        let page = RawRecords::try_from_js_value(delivery.get(1)).unwrap().into_records().page();
        let token = sweep.token(page.cases.len());
        ids.extend(page.cases.into_iter().map(|case| case.case_id));
        resume = format!("{{\"resume\":{}}}", json(&JsValue::from_str(&token)));
    }
    ids.sort();
    assert_eq!(ids.join(" "), "1 2 3 4 5");
    let error = bulk(r#"{"resume":"{}"}"#).err().unwrap();
    assert!(json(&error).contains("resume"), "{}", json(&error));
    assert!(check_bulk("changes", "{}").contains("contract_ids"));
}

#[wasm_bindgen_test]
async fn a_list_whose_page_comes_twice_says_so() {
    js("globalThis.__asked = []");
    let client = client(LIST, "");
    let mut list = client.list("casesByUser", r#"{"user_ids":["u"]}"#, "null", JsValue::UNDEFINED).unwrap();
    let (first, second) = (list.next_call().unwrap(), list.next_call().unwrap());
    for (call, is_fine) in [(first, true), (second, false)] {
        let answer: Array = settled(call).await.unwrap().dyn_into().unwrap();
        let taken = list.take(RawRecords::try_from_js_value(answer.get(0)).unwrap());
        assert_eq!(taken.is_ok(), is_fine);
    }
}

#[wasm_bindgen_test]
async fn a_fetch_may_call_the_client_again() {
    js("globalThis.__inner = undefined");
    let options = options(
        "async () => { globalThis.__inner ??= globalThis.__again(); return respond(SUMMARY); }",
        "pace: { perSecond: 0 }",
    );
    let client = std::rc::Rc::new(made(&options).unwrap());
    let again = std::rc::Rc::clone(&client);
    let again = wasm_bindgen::closure::Closure::<dyn FnMut() -> Promise>::new(move || {
        call(&again, "caseSummary", PARAMS, &JsValue::UNDEFINED)
    });
    Reflect::set(&js_sys::global(), &JsValue::from_str("__again"), again.as_ref()).unwrap();
    assert!(summary(&client, &JsValue::UNDEFINED).await.is_ok());
    let inner: Promise = js("globalThis.__inner").dyn_into().unwrap();
    assert!(settled(inner).await.is_ok());
}

#[wasm_bindgen_test]
async fn what_breaks_on_its_way_is_asked_for_again_and_counted() {
    js("globalThis.__count = 0");
    let fetch =
        "async () => { globalThis.__count += 1; if (globalThis.__count < 3) throw 'reset'; return respond(SUMMARY); }";
    let client = client(fetch, "backoff: { baseMs: 10 }");
    let answer: Array = summary(&client, &JsValue::UNDEFINED).await.unwrap().dyn_into().unwrap();
    assert_eq!(answer.get(2).as_f64(), Some(3.0));
    assert!(answer.get(3).as_f64().unwrap() >= 0.0);
    js("globalThis.__count = 0");
    let error = summary(&client, &js("{ maxRetries: 1 }")).await.unwrap_err();
    assert_eq!((text(&error, "kind"), get(&error, "attempts").as_f64()), ("network".to_owned(), Some(2.0)));
}

#[wasm_bindgen_test]
async fn calls_keep_the_pace_and_an_aborted_one_leaves_the_queue() {
    let client = client("async () => respond(SUMMARY)", "pace: { perSecond: 1 }, timeoutMs: 5000");
    let controlled = js(
        "(() => { const controller = new AbortController(); setTimeout(() => controller.abort('left'), 50); return { signal: controller.signal }; })()",
    );
    let start = js_sys::Date::now();
    let first = call(&client, "caseSummary", PARAMS, &JsValue::UNDEFINED);
    let leaves = call(&client, "caseSummary", PARAMS, &controlled);
    let last = call(&client, "caseSummary", PARAMS, &JsValue::UNDEFINED);
    assert!(settled(first).await.is_ok());
    let error = settled(leaves).await.unwrap_err();
    assert_eq!((text(&error, "kind"), get(&error, "attempts").as_f64()), ("aborted".to_owned(), Some(0.0)));
    assert!(get(&error, "waitedMs").as_f64().unwrap() >= 40.0);
    assert!(settled(last).await.is_ok());
    let took = js_sys::Date::now() - start;
    assert!((1000.0..2000.0).contains(&took), "{took} ms");
}

#[wasm_bindgen_test]
async fn what_comes_from_another_realm_is_read() {
    // In a page from a frame, in Node from another context.
    let response = "(() => { if (typeof document === 'object') { const frame = document.createElement('iframe'); \
         document.body.append(frame); return new frame.contentWindow.Response(SUMMARY); } \
         const vm = process.getBuiltinModule('node:vm'); \
         return vm.runInNewContext('({ status: 200, headers: { get: () => null }, arrayBuffer: async () => Uint8Array.from(bytes).buffer })', \
         { bytes: [...new TextEncoder().encode(SUMMARY)] }); })()";
    let client = client(&format!("async () => {response}"), "");
    let answer: Array = summary(&client, &JsValue::UNDEFINED).await.unwrap().dyn_into().unwrap();
    assert!(!answer.get(1).is_instance_of::<web_sys::Response>());
    assert_eq!(records(answer.get(0)).summary().count, 1);

    let rejects = client_that_rejects_with_an_error_of_another_realm();
    let error = summary(&rejects, &js("{ maxRetries: 0 }")).await.unwrap_err();
    assert_eq!(text(&error, "kind"), "network");
    assert_eq!(text(&get(&error, "cause"), "message"), "from elsewhere");
}

fn client_that_rejects_with_an_error_of_another_realm() -> RawClient {
    client(
        "async () => { if (typeof document === 'object') { const frame = document.createElement('iframe'); \
         document.body.append(frame); throw new frame.contentWindow.TypeError('from elsewhere'); } \
         throw process.getBuiltinModule('node:vm').runInNewContext('new TypeError(\"from elsewhere\")'); }",
        "",
    )
}

#[wasm_bindgen_test]
async fn a_body_that_stalls_ends_with_the_time_and_is_cancelled() {
    js("globalThis.__cancelled = false");
    let fetch = "async (url, { signal }) => { signal.addEventListener('abort', () => { globalThis.__cancelled = true; }); \
        return new Response(new ReadableStream({ start(controller) { controller.enqueue(new TextEncoder().encode('{\"count\":')); } })); }";
    let error = error_of(fetch, "timeoutMs: 80").await;
    assert_eq!((text(&error, "kind"), text(&error, "code")), ("timeout".to_owned(), "TIMEOUT".to_owned()));
    assert_eq!(js("globalThis.__cancelled"), JsValue::TRUE);
}

#[wasm_bindgen_test]
async fn whoever_watches_is_told_in_order() {
    js("globalThis.__told = []");
    js("globalThis.__count = 0");
    let fetch =
        "async () => { globalThis.__count += 1; if (globalThis.__count < 2) throw 'reset'; return respond(SUMMARY); }";
    let watch = "watch: (text) => { const { hook, code, attempt, ms, ...rest } = JSON.parse(text); globalThis.__told.push([hook, code ?? null, attempt]); }";
    let client = client(fetch, &format!("backoff: {{ baseMs: 0 }}, {watch}"));
    assert!(summary(&client, &JsValue::UNDEFINED).await.is_ok());
    assert_eq!(
        json(&js("globalThis.__told")),
        r#"[["onRequest",null,1],["onResponse","NETWORK",1],["onRetry","NETWORK",2],["onRequest",null,2],["onResponse",null,2]]"#
    );
}
