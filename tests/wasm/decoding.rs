//! Checks and bodies without a call, and responses as gloo-net reads them.

use crate::harness::*;
use cisco_support_case::boundary::{document, header};
use cisco_support_case::js::{RawClient, check};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn parameters_are_checked_without_a_client() {
    assert_eq!(check(&format!("caseSummary\n{PARAMS}")), "[]");
    let problems = Array::from(&parsed(&check("casesByUser\n{\"user_ids\":[]}")));
    assert_eq!((problems.length(), text(&problems.get(0), "code")), (1, "MISSING_INPUTS".to_owned()));
    assert_eq!(Array::from(&parsed(&check("casesByUser\nno JSON"))).length(), 1);
}

#[wasm_bindgen_test]
fn a_body_is_decoded_without_a_call() {
    let mut decoder = RawClient::new("\n{}", 0, 0);
    for (shape, body) in [(document::SUMMARY, SUMMARY), (document::DETAILS, DETAILS), (document::PAGE, PAGE)] {
        let address = decode_body(&mut decoder, shape, false, body);
        assert!(address > 0, "{shape}: {}", decoder.take_text());
        let records = RecordsView::at(address);
        assert!(records.word(header::ROWS + 1) > 0 && records.word(header::ISSUES) == 0, "{}", decoder.issues());
        assert_eq!(
            (records.word(header::PAGINATION + 1) > 0, records.word(header::NOTES + 1) > 0),
            (shape == document::PAGE, shape == document::DETAILS,)
        );
        assert_eq!((records.counts(), decoder.issues().as_str()), ([0; 3], "[]"));
    }
    let odd = RecordsView::at(decode_body(&mut decoder, document::SUMMARY, false, ODD));
    let issues = Array::from(&parsed(&decoder.issues()));
    assert_eq!((odd.word(header::ISSUES), issues.length() > 0), (1, true));
    assert_eq!(decode_body(&mut decoder, document::SUMMARY, true, ODD), 0);
    assert_eq!(text(&parsed(&decoder.take_text()), "kind"), "decode");
    for body in ["", "{", "[]", "{\"cases\":5}", "\u{feff}"] {
        assert_eq!(decode_body(&mut decoder, document::SUMMARY, false, body), 0, "{body}");
        assert_eq!(text(&parsed(&decoder.take_text()), "kind"), "decode", "{body}");
    }
    assert!(decode_body(&mut decoder, document::SUMMARY, false, SUMMARY) > 0, "it goes on");
}

/// Creates a response object for a body.
fn response(body: &str) -> web_sys::Response {
    let headers =
        "{ 'Retry-After': '7', 'X-Mashery-Message-ID': 'message-3', 'Date': 'Thu, 01 Jan 2026 00:00:00 GMT' }";
    let response = format!("(body) => new Response(body, {{ status: 503, headers: {headers} }})");
    call_js(&response, &[body.into()]).unchecked_into()
}

/// Reads the parts of that response as the package does.
async fn read(body: &str) -> Array {
    let read = "async (response) => [response.status, ...['x-mashery-error-code', 'x-mashery-message-id', 'retry-after', \
        'date'].map((name) => response.headers.get(name) ?? undefined), new Uint8Array(await response.arrayBuffer())]";
    let read: Promise = call_js(read, &[response(body).into()]).unchecked_into();
    Array::from(&JsFuture::from(read).await.unwrap())
}

/// Gloo-net and the client's wasm read the same parts of a response.
#[wasm_bindgen_test]
async fn the_package_and_gloo_net_read_the_same_response() {
    for body in [PAGE, SUMMARY, "", "\u{feff}{\"title\":\"Zürich \u{1f600}\"}"] {
        let (ours, theirs) = (read(body).await, gloo_net::http::Response::from(response(body)));
        assert_eq!(ours.get(0).as_f64(), Some(f64::from(theirs.status())));
        for (at, name) in [(1, "x-mashery-error-code"), (2, "x-mashery-message-id"), (3, "retry-after"), (4, "date")] {
            assert_eq!(ours.get(at).as_string(), theirs.headers().get(name), "{name}");
        }
        let bytes: Uint8Array = ours.get(5).unchecked_into();
        assert_eq!(bytes.to_vec(), theirs.binary().await.unwrap());
        // Text has no byte order mark, except in WebKit; the bytes contain it, and the decoder must see it.
        let text = gloo_net::http::Response::from(response(body)).text().await.unwrap();
        assert_eq!(text.trim_start_matches('\u{feff}'), body.trim_start_matches('\u{feff}'));
    }
    // The engine and gloo-net agree on the response.
    let theirs = gloo_net::http::Response::from(response("<h1>Unavailable</h1>"));
    let read = read("<h1>Unavailable</h1>").await;
    let mut harness = Harness::new(FAST, 0);
    let call = harness.begin(r#"{"maxRetries":0}"#);
    let (send, _) = harness.expect_send(call);
    let body: Uint8Array = read.get(5).unchecked_into();
    write_memory(harness.raw.alloc(body.length() as usize), &body);
    let headers = [1, 2, 3, 4].map(|at| read.get(at).as_string().unwrap_or_default()).join("\n");
    let status = read.get(0).as_f64().unwrap() as u16;
    harness.raw.on_response(call, send, status, &headers, 0.0, EPOCH);
    let error = harness.expect_error(call);
    assert_eq!(number(&error, "status"), f64::from(theirs.status()));
    assert_eq!(Some(text(&error, "messageId")), theirs.headers().get("x-mashery-message-id"));
    let seconds: f64 = theirs.headers().get("retry-after").unwrap().parse().unwrap();
    assert_eq!(number(&error, "retryAfterMs"), seconds * 1000.0);
}
