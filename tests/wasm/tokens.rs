//! Token providers, credentials and the token cache.

use crate::harness::*;
use cisco_support_case::boundary::{action, environment};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn concurrent_calls_share_one_token_request() {
    let mut harness = Harness::new(r#"{"rateLimit":{"perSecond":0}}"#, environment::PROVIDER);
    let [leads, follows] = [(); 2].map(|()| harness.begin("null"));
    assert_eq!(harness.next(leads), action::REQUEST_TOKEN);
    let token_request = harness.raw.in_flight();
    assert_eq!(harness.expect_wait(leads), 30_000.0);
    assert!(harness.expect_wait(follows) > 0.0);
    harness.token(leads, token_request, Some("given"), 3600.0);
    for call in [leads, follows] {
        let (send, text) = harness.expect_send(call);
        assert!(call == follows || harness.woken_calls().contains(&follows));
        assert!(text.contains("\nauthorization:Bearer given"), "{text}");
        harness.respond(call, send, 200, SUMMARY);
        harness.expect_success(call);
    }
    // The token is used while it is fresh, and not afterwards.
    let call = harness.begin("null");
    harness.complete(call, SUMMARY);
    harness.now = 3_600_000.0;
    let call = harness.begin("null");
    assert_eq!(harness.next(call), action::REQUEST_TOKEN);
    let token_request = harness.raw.in_flight();
    harness.token(call, token_request, None, f64::NAN);
    let error = harness.expect_error(call);
    assert_eq!((text(&error, "code"), number(&error, "origin")), ("NO_TOKEN".into(), f64::from(token_request)));
}

#[wasm_bindgen_test]
fn the_token_provider_of_a_call_is_used_for_that_call_only() {
    let mut harness = Harness::new(FAST, 0);
    let begin =
        |harness: &mut Harness| harness.raw.begin(&format!("caseSummary\n{PARAMS}\nnull"), true, false, 0.0, EPOCH);
    let call = begin(&mut harness);
    assert_eq!(harness.next(call), action::REQUEST_OWN_TOKEN);
    let token_request = harness.raw.in_flight();
    harness.token(call, token_request, Some("own"), f64::NAN);
    assert!(harness.expect_send(call).1.contains("\nauthorization:Bearer own"));

    let call = begin(&mut harness);
    assert_eq!(harness.next(call), action::REQUEST_OWN_TOKEN);
    let token_request = harness.raw.in_flight();
    harness.raw.abort(call, 0.0, EPOCH);
    assert_eq!((harness.next(call), harness.raw.in_flight()), (action::CANCEL_TOKEN_REQUEST, token_request));
    assert_eq!(text(&harness.expect_error(call), "kind"), "aborted");

    for none in ["", "line\nbreak"] {
        let call = begin(&mut harness);
        assert_eq!(harness.next(call), action::REQUEST_OWN_TOKEN);
        let token_request = harness.raw.in_flight();
        harness.token(call, token_request, Some(none), f64::NAN);
        assert_eq!(text(&harness.expect_error(call), "code"), "NO_TOKEN");
    }
}

#[wasm_bindgen_test]
fn credentials_are_exchanged_for_a_token_that_is_stored_in_the_cache() {
    let options = r#"{"credentials":{"clientId":"synthetic","clientSecret":"hidden"},"rateLimit":{"perSecond":0}}"#;
    let mut harness = Harness::new(options, environment::TOKEN_CACHE);
    let call = harness.begin("null");
    assert_eq!(harness.next(call), action::READ_TOKEN_CACHE);
    let token_request = harness.raw.in_flight();
    harness.token(call, token_request, Some(""), f64::NAN);
    let (send, reported) = harness.expect_send(call);
    assert!(reported.starts_with("https://id.cisco.com/oauth2/default/v1/token\n"), "{reported}");
    let (_, form) = reported.split_once("\n\n").unwrap();
    assert!(form.contains("client_id=synthetic") && form.contains("client_secret=hidden"), "{form}");
    harness.respond(call, send, 200, r#"{"access_token":"granted","expires_in":3600}"#);
    assert_eq!(
        (harness.next(call), harness.raw.take_text(), harness.raw.ms()),
        (action::STORE_TOKEN, "granted".into(), 3_600_000.0)
    );
    let (send, reported) = harness.expect_send(call);
    assert!(reported.contains("\nauthorization:Bearer granted") && !reported.contains("\n\n"), "{reported}");
    harness.respond(call, send, 200, SUMMARY);
    harness.expect_success(call);

    let mut harness = Harness::new(options, environment::TOKEN_CACHE);
    let call = harness.begin("null");
    assert_eq!(harness.next(call), action::READ_TOKEN_CACHE);
    let token_request = harness.raw.in_flight();
    harness.token(call, token_request, Some("kept"), 3600.0);
    assert!(harness.expect_send(call).1.contains("\nauthorization:Bearer kept"));
}
