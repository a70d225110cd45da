//! Calls, driven step by step.

use crate::harness::*;
use cisco_support_case::boundary::{action, budget, environment, header};
use cisco_support_case::js::{RawClient, panic_now};
use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_call_is_driven_from_its_request_to_its_records() {
    let mut harness = Harness::new(r#"{"token":"synthetic","headers":{"x-portal":"p"}}"#, 0);
    let call = harness.begin("null");
    assert!(call > 0);
    let (send, text) = harness.expect_send(call);
    let expected = format!("{ADDRESS}\naccept:application/json\nauthorization:Bearer synthetic\nx-portal:p");
    assert_eq!(text, expected);
    assert_eq!(harness.raw.take_text(), "", "it is taken once");
    assert_eq!(harness.expect_wait(call), 30_000.0, "the time of the call, and nothing sooner");
    harness.now += 40.0;
    harness.respond(call, send, 200, SUMMARY);
    let records = harness.expect_success(call);
    assert_eq!((records.word(header::COUNT), records.word(header::ISSUES)), (1, 0));
    assert_eq!(records.counts(), [1, 0, SUMMARY.len() as u32]);
    let summary = cisco_support_case::decode::case_summary(SUMMARY.as_bytes()).unwrap();
    assert!(records.has(&summary.cases[0].case_id) && records.has(&summary.cases[0].contract_id));
    assert_eq!(harness.raw.issues(), "[]");
    assert_eq!(harness.next(call), action::NONE, "it has ended");
    let again = harness.begin("null");
    assert!(again != call && harness.complete(again, SUMMARY).word(header::COUNT) == 1, "its memory is used again");
}

#[wasm_bindgen_test]
fn a_request_has_the_parameters_and_headers_of_its_call() {
    let mut harness = Harness::new(FAST, 0);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let options = format!(r#"{{"token":"own","traceparent":"{trace}","headers":{{"x-one":"1"}}}}"#);
    let page = r#"{"contract_ids":["1","2"],"status_flag":"O","page_index":2}"#;
    let call = harness.raw.begin(&format!("casesByContract\n{page}\n{options}"), false, false, 0.0, EPOCH);
    let (_, text) = harness.expect_send(call);
    let mut lines = text.lines();
    let address = lines.next().unwrap();
    assert!(address.contains("/contract_ids/1,2?") && address.contains("page_index=2"), "{address}");
    let lines: Vec<_> = lines.collect();
    assert!(lines.contains(&"authorization:Bearer own") && lines.contains(&"x-one:1"), "{lines:?}");
    assert!(lines.contains(&format!("traceparent:{trace}").as_str()), "{lines:?}");
}

#[wasm_bindgen_test]
fn an_error_is_json_with_the_number_of_its_request() {
    let mut harness = Harness::new(FAST, 0);
    let call = harness.begin(r#"{"maxRetries":0}"#);
    let (send, _) = harness.expect_send(call);
    harness.raw.on_failure(call, send, 5.0, EPOCH + 5.0);
    let error = harness.expect_error(call);
    assert_eq!((text(&error, "kind"), text(&error, "code")), ("network".into(), "NETWORK".into()));
    assert_eq!((number(&error, "origin"), number(&error, "attempts")), (f64::from(send), 1.0));
    assert_eq!(
        (text(&error, "operation"), json(&get(&error, "ids"))),
        ("caseSummary".into(), r#"["612345678"]"#.into())
    );
    assert_eq!(get(&error, "retryable"), JsValue::TRUE);

    let call = harness.begin(r#"{"maxRetries":0}"#);
    let (send, _) = harness.expect_send(call);
    let headers = [Some("ERR_403_DEVELOPER_OVER_QPS"), Some("message-1"), Some("1"), None];
    harness.respond_with(call, send, 403, "<h1>Developer Over Qps</h1>", headers);
    let error = harness.expect_error(call);
    assert_eq!((text(&error, "kind"), text(&error, "messageId")), ("rate_limited".into(), "message-1".into()));
    assert_eq!((number(&error, "retryAfterMs"), number(&error, "status")), (1000.0, 403.0));
    assert!(text(&error, "source") == "service" && !json(&error).contains("origin"), "{}", json(&error));

    harness.now = 60_000.0;
    let call = harness.begin(r#"{"maxRetries":0}"#);
    let (send, _) = harness.expect_send(call);
    harness.respond(call, send, 200, "{\"count\":1,\"cases\":5}");
    let error = harness.expect_error(call);
    assert_eq!((text(&error, "kind"), text(&error, "path")), ("decode".into(), "cases".into()));
    assert_eq!(number(&error, "offset"), 19.0);
    assert_eq!(harness.next(call), action::NONE);
}

#[wasm_bindgen_test]
fn a_transient_failure_is_retried() {
    let mut harness = Harness::new(r#"{"token":"synthetic","backoff":{"baseMs":100}}"#, 0);
    let call = harness.begin("null");
    let (first, _) = harness.expect_send(call);
    harness.now = 10.0;
    harness.respond_with(call, first, 503, "", [None, None, Some("2"), None]);
    let ms = harness.expect_wait(call);
    assert!((2000.0..3000.0).contains(&ms), "{ms}");
    harness.now += ms;
    let (second, _) = harness.expect_send(call);
    assert_ne!(first, second);
    harness.respond(call, first, 200, PAGE);
    assert_eq!(harness.next(call), action::WAIT, "the answer of the first comes too late");
    harness.respond(call, second, 200, SUMMARY);
    let [attempts, waited_ms, _] = harness.expect_success(call).counts();
    assert_eq!((attempts, f64::from(waited_ms)), (2, ms));
}

#[wasm_bindgen_test]
fn a_timeout_cancels_the_request_of_a_call() {
    let mut harness = Harness::new(FAST, 0);
    let call = harness.begin(r#"{"timeoutMs":50}"#);
    let (send, _) = harness.expect_send(call);
    assert_eq!(harness.expect_wait(call), 50.0);
    harness.now = 49.0;
    assert_eq!(harness.expect_wait(call), 1.0);
    harness.now = 50.0;
    assert_eq!((harness.next(call), harness.raw.in_flight()), (action::CANCEL, send));
    assert_eq!(text(&harness.expect_error(call), "kind"), "timeout");
    let call = harness.begin(r#"{"timeoutMs":0}"#);
    harness.expect_send(call);
    assert_eq!(harness.expect_wait(call), f64::INFINITY);
}

#[wasm_bindgen_test]
fn an_aborted_call_fails_with_code_aborted() {
    let mut harness = Harness::new(FAST, 0);
    let early = harness.begin("null");
    harness.raw.abort(early, 0.0, EPOCH);
    let error = harness.expect_error(early);
    assert_eq!(
        (text(&error, "code"), number(&error, "attempts"), number(&error, "origin")),
        ("ABORTED".into(), 0.0, 0.0)
    );

    let call = harness.begin("null");
    let (send, _) = harness.expect_send(call);
    harness.now = 5.0;
    harness.raw.abort(call, harness.now, harness.unix());
    assert_eq!((harness.next(call), harness.raw.in_flight()), (action::CANCEL, send));
    assert_eq!(text(&harness.expect_error(call), "kind"), "aborted");
    // Later events belong to no call.
    harness.raw.abort(call, harness.now, harness.unix());
    harness.respond(call, send, 200, SUMMARY);
    harness.raw.on_failure(call, send, harness.now, harness.unix());
    assert_eq!(harness.next(call), action::NONE);
}

#[wasm_bindgen_test]
fn waiting_calls_are_woken_in_order() {
    let mut harness = Harness::new(r#"{"token":"synthetic","rateLimit":{"perSecond":0,"maxConcurrent":1}}"#, 0);
    let [first, second, third] = [(); 3].map(|()| harness.begin("null"));
    let (send, _) = harness.expect_send(first);
    assert_eq!(harness.expect_wait(first), 30_000.0);
    for waits in [second, third] {
        assert!(harness.expect_wait(waits) > 0.0);
    }
    harness.woken_calls();
    harness.now = 20.0;
    harness.respond(first, send, 200, SUMMARY);
    assert_eq!(harness.woken_calls(), [second], "it is woken once");
    // The calls are driven in turn, and each has its own state.
    let (other, _) = harness.expect_send(second);
    assert_eq!(harness.expect_success(first).word(header::COUNT), 1);
    harness.respond(second, other, 200, r#"{"count":0,"cases":[]}"#);
    assert!(harness.woken_calls().contains(&third));
    let records = harness.expect_success(second);
    assert_eq!((records.word(header::COUNT), records.counts()[1]), (0, 20));
    // A call whose driver is dropped releases its turn.
    harness.expect_send(third);
    let fourth = harness.begin("null");
    assert!(harness.expect_wait(fourth) > 0.0);
    harness.raw.remove(third, harness.now, EPOCH + harness.now);
    assert!(harness.next(third) == action::NONE && harness.woken_calls().contains(&fourth));
    harness.complete(fourth, SUMMARY);
}

#[wasm_bindgen_test]
fn in_runtimes_that_isolate_requests_calls_poll_and_none_is_woken() {
    let options = r#"{"token":"synthetic","rateLimit":{"perSecond":0,"maxConcurrent":1}}"#;
    let mut harness = Harness::new(options, environment::ISOLATED);
    let [first, second] = [(); 2].map(|()| harness.begin("null"));
    let (send, _) = harness.expect_send(first);
    assert_eq!(harness.expect_wait(first), 1000.0, "its driver reports in");
    assert!(harness.expect_wait(second) <= 250.0, "it looks for itself");
    harness.respond(first, send, 200, SUMMARY);
    assert_eq!(harness.raw.next_woken(), 0);
    harness.complete(second, SUMMARY);
}

#[wasm_bindgen_test]
fn the_rate_limit_is_enforced_and_reported() {
    let mut harness = Harness::new(r#"{"token":"synthetic","rateLimit":{"perSecond":2,"perDay":0}}"#, 0);
    let calls = [(); 3].map(|()| harness.begin("null"));
    let send = harness.expect_send(calls[0]).0;
    harness.expect_send(calls[1]);
    let ms = harness.expect_wait(calls[2]);
    assert!((1000.0..1100.0).contains(&ms), "{ms}");
    harness.now = 100.0;
    let address = harness.raw.budget(harness.now, EPOCH + harness.now) as u32;
    let numbers = "(memory, address, length) => Array.from(new Float64Array(memory.buffer, address, length))";
    let reported: Array = call_js(numbers, &[memory(), address.into(), budget::LENGTH.into()]).dyn_into().unwrap();
    let reported: Vec<f64> = reported.iter().filter_map(|number| number.as_f64()).collect();
    assert_eq!(reported.len(), budget::LENGTH as usize);
    let limit = |of: u32| [budget::LIMIT, budget::USED, budget::LEFT].map(|part| reported[(of + part) as usize]);
    assert_eq!(limit(budget::SECOND), [2.0, 2.0, 0.0]);
    assert_eq!(limit(budget::MINUTE), [-1.0, 2.0, -1.0]);
    assert_eq!(limit(budget::DAY), [-1.0, 2.0, -1.0]);
    assert_eq!(limit(budget::CONCURRENT), [10.0, 2.0, 8.0]);
    assert_eq!((reported[budget::WAITING as usize], reported[budget::NEXT_SLOT_IN_MS as usize]), (1.0, ms - 100.0));
    harness.respond(calls[0], send, 200, SUMMARY);
    harness.expect_success(calls[0]);
    harness.now = ms;
    assert_eq!(f64::from(harness.complete(calls[2], SUMMARY).counts()[1]), ms);
}

#[wasm_bindgen_test]
fn events_are_emitted_in_order() {
    let mut harness = Harness::new(r#"{"token":"synthetic","backoff":{"baseMs":0}}"#, environment::EMITS_EVENTS);
    let call = harness.begin("null");
    let mut reported = Vec::new();
    for attempt in 1.. {
        let send = loop {
            match harness.next(call) {
                action::EMIT => reported.push(parsed(&harness.raw.take_text())),
                action::SEND => break harness.raw.in_flight(),
                other => panic!("action {other}"),
            }
        };
        harness.now += 30.0;
        if attempt == 2 {
            harness.respond(call, send, 200, SUMMARY);
            break;
        }
        harness.raw.on_failure(call, send, harness.now, EPOCH + harness.now);
    }
    while harness.next(call) == action::EMIT {
        reported.push(parsed(&harness.raw.take_text()));
    }
    let short: Vec<_> =
        reported.iter().map(|event| format!("{} {}", text(event, "hook"), number(event, "attempt"))).collect();
    assert_eq!(short, ["onRequest 1", "onResponse 1", "onRetry 2", "onRequest 2", "onResponse 2"]);
    assert_eq!(
        (text(&reported[0], "text"), text(&reported[1], "code"), number(&reported[1], "ms")),
        (ADDRESS.into(), "NETWORK".into(), 30.0)
    );
}

#[wasm_bindgen_test]
fn an_invalid_call_reports_all_problems() {
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
    assert!(page.expect_send(call).1.starts_with("https://portal.example/api/cases/case_ids/612345678\n"));
}

#[wasm_bindgen_test]
fn unknown_handles_have_no_effect() {
    let mut harness = Harness::new(FAST, 0);
    let call = harness.begin("null");
    for odd in [0, call + 1, u32::MAX] {
        assert_eq!(harness.next(odd), action::NONE, "{odd}");
        harness.respond(odd, 1, 200, SUMMARY);
        harness.raw.on_failure(odd, 1, 0.0, EPOCH);
        harness.token(odd, 1, Some("given"), f64::NAN);
        harness.raw.abort(odd, 0.0, EPOCH);
        harness.raw.remove(odd, 0.0, EPOCH);
    }
    harness.complete(call, SUMMARY);
    for now in [f64::NAN, f64::NEG_INFINITY, -1.0] {
        let other = harness.raw.begin(&format!("caseSummary\n{PARAMS}\nnull"), false, false, now, now);
        assert_ne!(harness.raw.next(other, now, now), action::NONE, "{now}");
        harness.raw.remove(other, now, now);
    }
}

#[wasm_bindgen_test]
fn records_stay_valid_when_the_memory_grows() {
    let mut harness = Harness::new(FAST, 0);
    let note = "x".repeat(3_000_000);
    let body = SUMMARY.replacen("\"title\"", &format!("\"grown\": \"{note}\", \"title\""), 1);
    assert!(body.len() > SUMMARY.len());
    for _ in 0..3 {
        let call = harness.begin("null");
        let records = harness.complete(call, &body);
        assert_eq!(records.counts()[2] as usize, body.len());
        assert_eq!(records.word(header::LONG + 1), 3_000_000);
    }
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
