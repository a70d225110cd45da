//! Options as callers hand them in.

use crate::rules::params;
use cisco_support_case::client::{Place, TokenSource, Validation, call_options, client_options};
use cisco_support_case::paging::Order;

const SERVER: Place<'static> = Place { in_page: false, origin: None, has_provider: false };

#[test]
fn wrong_options_are_refused_by_name_and_secrets_not_quoted() {
    for (options, field) in [
        (r#"{ "tokn": "x" }"#, "options"),
        ("5", "options"),
        (r#""secret""#, "options"),
        ("[]", "options"),
        (r#"{ "token": 5 }"#, "token"),
        (r#"{ "token": "secret value" }"#, "token"),
        (r#"{ "fetch": "fetch" }"#, "fetch"),
        (r#"{ "timeoutMs": -1 }"#, "timeoutMs"),
        (r#"{ "timeoutMs": "5" }"#, "timeoutMs"),
        (r#"{ "timeoutMs": 1.5 }"#, "timeoutMs"),
        (r#"{ "timeoutMs": 1e3 }"#, "timeoutMs"),
        (r#"{ "timeoutMs": 2147483648 }"#, "timeoutMs"),
        (r#"{ "validation": "lax" }"#, "validation"),
        (r#"{ "maxRetries": 11 }"#, "maxRetries"),
        (r#"{ "maxRetries": 0.5 }"#, "maxRetries"),
        (r#"{ "pace": 5 }"#, "pace"),
        (r#"{ "pace": { "perHour": 5 } }"#, "pace"),
        (r#"{ "pace": { "perSecond": -1 } }"#, "pace.perSecond"),
        (r#"{ "pace": { "inFlight": "many" } }"#, "pace.inFlight"),
        (r#"{ "backoff": { "baseMs": 1000000000 } }"#, "backoff.baseMs"),
        (r#"{ "baseUrl": "http://apix.cisco.com" }"#, "baseUrl"),
        (r#"{ "baseUrl": "/api/case" }"#, "baseUrl"),
        (r#"{ "baseUrl": 5 }"#, "baseUrl"),
        (r#"{ "headers": { "x y": "1" } }"#, "headers"),
        (r#"{ "headers": { "x": "secret\nvalue" } }"#, "headers"),
        (r#"{ "headers": { "x": 5 } }"#, "headers.x"),
        (r#"{ "headers": "secret" }"#, "headers"),
        (r#"{ "credentials": "secret" }"#, "credentials"),
        (r#"{ "credentials": { "clientId": "synthetic" } }"#, "credentials.clientSecret"),
        (r#"{ "credentials": { "clientId": "synthetic", "clientSecret": "secret", "url": 1 } }"#, "credentials"),
        (r#"{ "token": "t", "credentials": { "clientId": "i", "clientSecret": "secret" } }"#, "credentials"),
    ] {
        let problems = client_options(&params(options), SERVER).err().unwrap_or_default();
        assert_eq!(problems.len(), 1, "{options}: {problems:?}");
        assert_eq!(problems[0].field, field, "{options}");
        assert!(
            !format!("{problems:?}").contains("secret value") && !problems[0].message.contains("\"secret"),
            "{options}"
        );
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let problems = client_options(&params(r#"{ "baseUrl": 5, "pace": { "perDay": -1, "perMinute": "x" } }"#), SERVER);
    let fields: Vec<_> = problems.err().unwrap_or_default().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["baseUrl", "pace.perMinute", "pace.perDay"]);
    let problems = call_options(&params(r#"{ "timeoutMs": "soon", "signal": {}, "order": "up", "pace": {} }"#));
    assert_eq!(problems.err().unwrap_or_default().len(), 1, "names come first");
    let problems = call_options(&params(r#"{ "timeoutMs": "soon", "signal": {}, "order": "up" }"#));
    assert_eq!(problems.err().unwrap_or_default().len(), 3);
}

#[test]
fn what_is_not_given_is_as_documented() {
    for nothing in ["null", "{}", r#"{ "token": null, "headers": null, "pace": null, "timeoutMs": null }"#] {
        let config = client_options(&params(nothing), SERVER).unwrap();
        assert_eq!((config.base_url.as_str(), config.timeout_ms), ("https://apix.cisco.com/case/v3", 30_000));
        assert_eq!(config.validation, Validation::Report);
        assert!(matches!(config.token, TokenSource::None) && config.headers.is_empty());
        let (call, order) = call_options(&params("null")).unwrap();
        assert_eq!((call.timeout_ms, call.max_retries, order), (None, None, Order::Newest));
    }
}

#[test]
fn where_the_client_stands_decides_too() {
    let credentials = params(r#"{ "credentials": { "clientId": "synthetic", "clientSecret": "hidden" } }"#);
    assert!(matches!(client_options(&credentials, SERVER).unwrap().token, TokenSource::Credentials(_)));
    let problems = client_options(&credentials, Place { in_page: true, ..SERVER }).err().unwrap_or_default();
    assert_eq!(problems[0].code, "CREDENTIALS_IN_PAGE");
    assert!(!format!("{problems:?}").contains("hidden"));

    let provider = Place { has_provider: true, ..SERVER };
    assert!(matches!(client_options(&params("{}"), provider).unwrap().token, TokenSource::Provider));
    assert!(client_options(&credentials, provider).is_err());

    let page = Place { origin: Some("https://portal.example"), ..SERVER };
    let config = client_options(&params(r#"{ "baseUrl": "/api/case/" }"#), page).unwrap();
    assert_eq!(config.base_url.as_str(), "https://portal.example/api/case");
}
