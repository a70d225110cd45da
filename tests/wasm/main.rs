//! The wasm's face to JavaScript: one suite, run in Node and in headless browsers.
//!
//! Every `fetch` here is made by the test from JavaScript source, so that it can misbehave as only JavaScript can.

#![cfg(all(target_arch = "wasm32", feature = "client"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use cisco_support_case::decode::Records;
use cisco_support_case::js::{RawClient, RawRecords, check, check_client_options, explain, next_page_index, parse_ids};
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
         const SUMMARY = {}; const PAGE = {}; return {{ fetch: {fetch}, {more} }}; }})()",
        JSON::stringify(&JsValue::from_str(SUMMARY)).unwrap(),
        JSON::stringify(&JsValue::from_str(PAGE)).unwrap(),
    ))
}

fn client(fetch: &str, more: &str) -> RawClient {
    RawClient::new(&options(fetch, more)).unwrap_or_else(|error| panic!("{}", json(&error)))
}

fn summary_params() -> JsValue {
    js("{ case_ids: ['612345678'] }")
}

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
    settled(client.call("caseSummary", &summary_params(), options)).await
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
    summary(&RawClient::new(&options).unwrap(), &JsValue::UNDEFINED).await.unwrap();
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
    let pending = client.call("caseSummary", &summary_params(), &JsValue::UNDEFINED);
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
    match RawClient::new(&options) {
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
fn wrong_options_are_refused_by_name_and_secrets_not_quoted() {
    for (options, field) in [
        ("{ tokn: 'x' }", "options"),
        ("5", "options"),
        ("[]", "options"),
        ("{ token: 5 }", "token"),
        ("{ token: 'secret value' }", "token"),
        ("{ fetch: 'fetch' }", "fetch"),
        ("{ timeoutMs: -1 }", "timeoutMs"),
        ("{ timeoutMs: '5' }", "timeoutMs"),
        ("{ timeoutMs: 1.5 }", "timeoutMs"),
        ("{ validation: 'lax' }", "validation"),
        ("{ maxRetries: 3 }", "maxRetries"),
        ("{ baseUrl: 'http://apix.cisco.com' }", "baseUrl"),
        ("{ baseUrl: 5 }", "baseUrl"),
        ("{ headers: { 'x y': '1' } }", "headers"),
        ("{ headers: { x: 'secret\\nvalue' } }", "headers"),
        ("{ headers: 5 }", "headers"),
    ] {
        let problems = list(&check_client_options(&js(options)));
        assert_eq!(problems.length(), 1, "{options}: {}", json(&problems));
        assert_eq!(text(&problems.get(0), "field"), field, "{options}");
        assert!(!json(&problems).contains("secret"), "{options}");
        let error = told(RawClient::new(&js(options)).err().expect("an error"));
        assert_eq!(text(&error, "kind"), "invalid_request");
    }
    let none = list(&check_client_options(&JsValue::UNDEFINED));
    assert_eq!(none.length(), 0);
}

#[wasm_bindgen_test]
async fn a_wrong_call_says_everything_that_is_wrong_and_sends_nothing() {
    let client = client("() => { throw 'sent' }", "");
    let params = js("{ contract_ids: ['1'], status_flag: 'X' }");
    let promise = client.call("casesByContract", &params, &js("{ timeoutMs: 'soon', signal: 5 }"));
    let error = settled(promise).await.unwrap_err();
    let problems: Array = get(&error, "problems").dyn_into().unwrap();
    let fields: Vec<_> = problems.iter().map(|problem| text(&problem, "field")).collect();
    assert_eq!(fields, ["status_flag", "signal", "timeoutMs"]);
    assert_eq!(get(&error, "attempts").as_f64(), Some(0.0));
}

#[wasm_bindgen_test]
fn dates_may_be_date_objects() {
    let check = |source: &str| list(&check("casesByUser", &js(source)));
    assert_eq!(
        check("{ user_ids: ['u'], date_created_from: new Date(0), date_created_to: new Date(7776000000) }").length(),
        0
    );
    let problems = check("{ user_ids: ['u'], date_created_from: new Date(0), date_created_to: new Date(7776000001) }");
    assert_eq!(text(&problems.get(0), "code"), "INVALID_DATERANGE");
    let problems = check("{ user_ids: ['u'], date_created_from: new Date(NaN) }");
    assert_eq!(text(&problems.get(0), "code"), "INVALID_DATEFORMAT");
    for odd in ["() => 1", "Symbol('s')", "10n", "NaN", "new Map()", "{ a: { b: {} } }"] {
        assert_eq!(check(&format!("{{ user_ids: ['u'], page_index: {odd} }}")).length(), 1, "{odd}");
    }
    let cyclic = js("(() => { const a = { user_ids: ['u'] }; a.a = a; return a; })()");
    assert_eq!(list(&cisco_support_case::js::check("casesByUser", &cyclic)).length(), 1);
}

#[wasm_bindgen_test]
fn the_tables_answer_on_their_own() {
    assert_eq!(explain("API_UNAVAILABLE", 0).len(), 2);
    assert_eq!(explain("API_UNAVAILABLE", 500).len(), 1);
    assert_eq!(parse_ids("1, 2 1"), "1\n2");
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
    let list = client.list("casesByContract", &js("{ contract_ids: ['1'] }"), &JsValue::UNDEFINED).unwrap();
    let mut ids = Vec::new();
    loop {
        let page = settled(list.next_page()).await.unwrap();
        if page.is_undefined() {
            break;
        }
        ids.extend(records(page).page().cases.into_iter().map(|case| case.case_id));
    }
    assert_eq!(ids.join(" "), "5 4 3 2 1");
    assert_eq!(json(&js("globalThis.__asked")), "[1,3,2,1,3]");
}

#[wasm_bindgen_test]
async fn a_list_that_is_asked_twice_at_once_says_so_and_goes_on() {
    js("globalThis.__asked = []");
    let client = client(LIST, "");
    let list = client.list("casesByUser", &js("{ user_ids: ['u'] }"), &JsValue::UNDEFINED).unwrap();
    let (first, second) = (list.next_page(), list.next_page());
    assert!(settled(second).await.is_err());
    assert!(settled(first).await.is_ok());
    assert!(settled(list.next_page()).await.is_ok());
}
