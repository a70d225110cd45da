//! Options that callers pass.

use crate::rules::params;
use cisco_support_case::client::{
    Environment, RateLimits, TokenSource, Validation, call_options, checked_call_options, client_options,
};
use cisco_support_case::paging::ReadOrder;

const SERVER: Environment<'static> = Environment {
    in_page: false,
    origin: None,
    has_provider: false,
    has_cache: false,
    emits_events: false,
    isolated: false,
};

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
        (r#"{ "fetchCredentials": "always" }"#, "fetchCredentials"),
        (r#"{ "allowHttp": "yes" }"#, "allowHttp"),
        (r#"{ "baseUrl": "http://sandbox:4010" }"#, "baseUrl"),
        (r#"{ "baseUrl": "ftp://sandbox:4010", "allowHttp": true }"#, "baseUrl"),
        (r#"{ "baseUrl": "http://user:word@sandbox:4010", "allowHttp": true }"#, "baseUrl"),
        (r#"{ "maxRetries": 11 }"#, "maxRetries"),
        (r#"{ "maxRetries": 0.5 }"#, "maxRetries"),
        (r#"{ "rateLimit": 5 }"#, "rateLimit"),
        (r#"{ "rateLimit": true }"#, "rateLimit"),
        (r#"{ "rateLimit": { "perHour": 5 } }"#, "rateLimit"),
        (r#"{ "rateLimit": { "perSecond": -1 } }"#, "rateLimit.perSecond"),
        (r#"{ "rateLimit": { "maxConcurrent": "many" } }"#, "rateLimit.maxConcurrent"),
        (r#"{ "backoff": { "baseMs": 1000000000 } }"#, "backoff.baseMs"),
        (r#"{ "baseUrl": "http://apix.cisco.com" }"#, "baseUrl"),
        (r#"{ "baseUrl": "/api/case" }"#, "baseUrl"),
        (r#"{ "baseUrl": 5 }"#, "baseUrl"),
        (r#"{ "baseUrl": "https://[::1]port" }"#, "baseUrl"),
        (r#"{ "headers": { "x y": "1" } }"#, "headers"),
        (r#"{ "headers": { "x": "secret\nvalue" } }"#, "headers"),
        (r#"{ "headers": { "x": 5 } }"#, "headers.x"),
        (r#"{ "headers": "secret" }"#, "headers"),
        (r#"{ "credentials": "secret" }"#, "credentials"),
        (r#"{ "credentials": { "clientId": "synthetic" } }"#, "credentials.clientSecret"),
        (r#"{ "credentials": { "clientId": "synthetic", "clientSecret": "secret", "url": 1 } }"#, "credentials"),
        (
            r#"{ "credentials": { "clientId": "synthetic", "clientSecret": "secret value\n" } }"#,
            "credentials.clientSecret",
        ),
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
fn an_address_of_http_is_accepted_of_any_host_only_if_that_is_allowed() {
    for (options, is_accepted) in [
        (r#"{ "token": "t", "baseUrl": "http://sandbox:4010/case/v3", "allowHttp": true }"#, true),
        (r#"{ "token": "t", "baseUrl": "http://sandbox:4010/case/v3", "allowHttp": false }"#, false),
        (r#"{ "token": "t", "baseUrl": "http://sandbox:4010/case/v3" }"#, false),
        (r#"{ "token": "t", "baseUrl": "http://localhost:4010/case/v3", "allowHttp": false }"#, true),
        (r#"{ "token": "t", "baseUrl": "https://sandbox:4010/case/v3", "allowHttp": false }"#, true),
    ] {
        let problems = client_options(&params(options), SERVER).err().unwrap_or_default();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, if is_accepted { &[][..] } else { &["baseUrl"] }, "{options}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let problems =
        client_options(&params(r#"{ "baseUrl": 5, "rateLimit": { "perDay": -1, "perMinute": "x" } }"#), SERVER);
    let fields: Vec<_> = problems.err().unwrap_or_default().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["baseUrl", "rateLimit.perMinute", "rateLimit.perDay"]);
    let problems = client_options(&params(r#"{ "tokn": "x", "rateLimit": { "perHour": 1, "perDay": -1 } }"#), SERVER);
    let fields: Vec<_> = problems.err().unwrap_or_default().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["options", "rateLimit", "rateLimit.perDay"], "unknown names beside wrong values");
    let problems =
        call_options(&params(r#"{ "timeoutMs": "soon", "signal": {}, "order": "up", "rateLimit": {} }"#), false);
    assert_eq!(problems.err().unwrap_or_default().len(), 4);
}

#[test]
fn what_should_be_functions_is_refused_without_a_look_into_it() {
    let problems =
        client_options(&params(r#"{ "hooks": { "onAnything": 1 }, "logger": "console", "logLevel": "all" }"#), SERVER);
    let fields: Vec<_> = problems.err().unwrap_or_default().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["hooks", "logger", "logLevel"]);
    let problems = client_options(&params(r#"{ "tokenCache": { "access_token": "hidden" } }"#), SERVER);
    let problems = problems.err().unwrap_or_default();
    assert!(problems.len() == 1 && !format!("{problems:?}").contains("hidden"), "{problems:?}");
}

#[test]
fn a_header_in_two_spellings_is_sent_once_with_the_last_value() {
    let given = params(r#"{ "headers": { "X-A": "1", "x-b": "2", "x-a": "3" } }"#);
    let sent = [("x-b".to_owned(), "2".to_owned()), ("x-a".to_owned(), "3".to_owned())];
    assert_eq!(call_options(&given, false).unwrap().0.headers, sent);
    assert_eq!(checked_call_options(&given, false).0.headers, sent);
    assert_eq!(client_options(&given, SERVER).unwrap().headers, sent);
}

#[test]
fn a_cache_of_tokens_is_for_credentials() {
    let place = Environment { has_cache: true, ..SERVER };
    let credentials = params(r#"{ "credentials": { "clientId": "synthetic", "clientSecret": "hidden" } }"#);
    let config = client_options(&credentials, place).unwrap();
    assert!(matches!(config.token, TokenSource::Credentials(credentials) if credentials.cached));
    for options in ["{}", r#"{ "token": "t" }"#] {
        let problems = client_options(&params(options), place).err().unwrap_or_default();
        assert_eq!(problems.len(), 1, "{options}: {problems:?}");
        assert_eq!(problems[0].field, "tokenCache");
    }
}

#[test]
fn a_trace_is_passed_on_if_it_is_one() {
    let legal = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    // Maximum age of a cached response, in whole seconds; below one second no cached response is used.
    for (given, expected) in [
        ("0", "no-cache"),
        ("999", "no-cache"),
        ("1000", "max-age=1"),
        ("30999", "max-age=30"),
        ("2147483647", "max-age=2147483"),
    ] {
        let given = params(&format!(r#"{{ "maxAgeMs": {given}, "headers": {{ "Cache-Control": "x" }} }}"#));
        let sent = vec![("cache-control".to_owned(), expected.to_owned())];
        let (call, _) = call_options(&given, false).unwrap();
        assert_eq!(call.headers, sent);
        assert_eq!(checked_call_options(&given, false).0.headers, sent);
        // A list that is iterated keeps the caller's maximum age.
        assert_eq!(call.without_cache().headers, sent);
    }
    for other in ["-1", "1.5", "2147483648", "true", "\"30\""] {
        let problems = call_options(&params(&format!(r#"{{ "maxAgeMs": {other} }}"#)), false).err().unwrap_or_default();
        assert_eq!(problems.len(), 1, "{other}");
    }
    let (call, _) = call_options(&params(&format!(r#"{{ "traceparent": "{legal}" }}"#)), false).unwrap();
    assert_eq!(call.headers, [("traceparent".to_owned(), legal.to_owned())]);
    for other in [
        "",
        "00",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736000f067aa0ba902b7-01-",
    ] {
        let problems =
            call_options(&params(&format!(r#"{{ "traceparent": "{other}" }}"#)), false).err().unwrap_or_default();
        assert_eq!(problems.len(), 1, "{other}");
    }
}

#[test]
fn what_is_not_given_is_as_documented() {
    for nothing in ["null", "{}", r#"{ "token": null, "headers": null, "rateLimit": null, "timeoutMs": null }"#] {
        let config = client_options(&params(nothing), SERVER).unwrap();
        assert_eq!((config.base_url.as_str(), config.timeout_ms), ("https://apix.cisco.com/case/v3", 30_000));
        assert_eq!(config.validation, Validation::Report);
        assert!(matches!(config.token, TokenSource::None) && config.headers.is_empty());
        let (call, order) = call_options(&params("null"), false).unwrap();
        assert_eq!((call.timeout_ms, call.max_retries, order), (None, None, ReadOrder::NewestFirst));
    }
}

#[test]
fn false_switches_every_rate_limit_off() {
    let limits = |options: &str| client_options(&params(options), SERVER).unwrap().rate_limits;
    assert_eq!(limits(r#"{ "rateLimit": false }"#), RateLimits::NONE);
    assert_eq!(limits(r#"{ "rateLimit": {} }"#), RateLimits::default());
    assert_eq!(limits(r#"{ "rateLimit": { "perSecond": 0 } }"#), RateLimits { per_second: 0, ..RateLimits::default() });
}

#[test]
fn where_the_client_stands_decides_too() {
    let credentials = params(r#"{ "credentials": { "clientId": "synthetic", "clientSecret": "hidden" } }"#);
    assert!(matches!(client_options(&credentials, SERVER).unwrap().token, TokenSource::Credentials(_)));
    let problems = client_options(&credentials, Environment { in_page: true, ..SERVER }).err().unwrap_or_default();
    assert_eq!(problems[0].code, "CREDENTIALS_IN_PAGE");
    assert!(!format!("{problems:?}").contains("hidden"));

    let provider = Environment { has_provider: true, ..SERVER };
    assert!(matches!(client_options(&params("{}"), provider).unwrap().token, TokenSource::Provider));
    assert!(client_options(&credentials, provider).is_err());

    let page = Environment { origin: Some("https://portal.example"), ..SERVER };
    let config = client_options(&params(r#"{ "baseUrl": "/api/case/" }"#), page).unwrap();
    assert_eq!(config.base_url.as_str(), "https://portal.example/api/case");
}
