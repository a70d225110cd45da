//! Responses, their headers, and CORS.

use super::*;

#[test]
fn an_origin_is_allowed_letter_by_letter() {
    let config = config();
    let url = "https://cases.portal.example/api/case/health";
    let table = [
        (None, Origin::SameOrigin),
        (Some("https://cases.portal.example"), Origin::SameOrigin),
        (Some("https://portal.example"), allowed("https://portal.example")),
        (Some("http://cases.portal.example"), foreign("http://cases.portal.example")),
        (Some("https://cases.portal.example:443"), foreign("https://cases.portal.example:443")),
        (Some("https://cases.portal.example/"), foreign("https://cases.portal.example/")),
        (Some("https://PORTAL.example"), foreign("https://PORTAL.example")),
        (Some("https://portal.example."), foreign("https://portal.example.")),
        (Some("https://xportal.example"), foreign("https://xportal.example")),
        (Some("https://portal.example.evil.example"), foreign("https://portal.example.evil.example")),
        (Some("null"), foreign("null")),
        (Some("*"), foreign("*")),
        (Some(""), foreign("")),
    ];
    for (origin, expected) in table {
        assert_eq!(Origin::classify(&config, origin, false, url), expected, "{origin:?}");
    }
    // An invalid URL has no origin of its own.
    assert_eq!(Origin::classify(&config, Some("://"), false, "://"), Origin::SameOrigin);
    assert_eq!(Origin::classify(&config, Some(""), false, "/api/case/health"), foreign(""));
}

#[test]
fn every_row_becomes_an_answer_that_http_takes() {
    let allowed = allowed("https://portal.example");
    for row in
        GATEWAY_ERRORS.iter().chain(ERROR_TABLE).chain(CLIENT_ERRORS).filter(|row| row.kind != ErrorKind::Aborted)
    {
        let mut error = GatewayError::for_row(row).with_detail("(a detail)");
        error.0.retry_after_ms = Some(1001);
        let answer = error_response(error, &allowed, "r-1");
        assert!((400..=599).contains(&answer.status), "{}: {}", row.code, answer.status);
        let header =
            |name: &str| answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        assert_eq!(header("retry-after"), Some("2"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("access-control-allow-origin"), Some("https://portal.example"));
        assert_eq!(header("x-request-id"), Some("r-1"));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert!(header("vary").is_some_and(|vary| vary.contains("Origin") && vary.contains("Authorization")));
        assert!(answer.headers.iter().all(|(name, value)| {
            name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !value.contains(['\n', '\r'])
        }));
        let Payload::Text(text) = &answer.body else { panic!("{}", row.code) };
        let body = ErrorBody::from_json(&json(text.as_bytes()).unwrap()).unwrap();
        assert_eq!((body.code.as_str(), body.status), (row.code, answer.status));
        assert!(body.message.ends_with("(a detail)"));
        assert_eq!(header("allow").is_some(), row.code == "METHOD_NOT_ALLOWED");
        assert_eq!(header("www-authenticate").is_some(), row.code.starts_with("IDENTITY_") && row.status == 401);
    }
}

#[test]
fn an_origin_may_have_a_star_for_one_label_and_a_scheme_of_an_app() {
    let text =
        r#""cors": { "origins": ["https://*.portal.pages.dev", "capacitor://localhost", "http://localhost:5173"] }"#;
    let config = GatewayConfig::check(&options(text)).unwrap();
    for (origin, is_allowed) in [
        ("https://pr-12.portal.pages.dev", true),
        ("capacitor://localhost", true),
        ("http://localhost:5173", true),
        ("https://portal.pages.dev", false),
        ("https://.portal.pages.dev", false),
        ("https://a.b.portal.pages.dev", false),
        ("http://pr-12.portal.pages.dev", false),
        ("https://evilportal.pages.dev", false),
        ("https://evil.example/.portal.pages.dev", false),
        ("https://evil.example#.portal.pages.dev", false),
        ("https://user@x.portal.pages.dev", false),
        ("https://pr-12.portal.pages.dev.evil.example", false),
        ("https://pr-12.portal.pages.dev:8443", false),
        ("https://*.portal.pages.dev", false),
        ("ionic://localhost", false),
        ("capacitor://localhost.evil.example", false),
        ("null", false),
    ] {
        let found = Origin::classify(&config, Some(origin), false, "https://cases.portal.example/api/case/health");
        assert_eq!(found, if is_allowed { allowed(origin) } else { foreign(origin) });
    }
    // Origins that a function or a regular expression of the options allows. An opaque origin is never allowed.
    assert_eq!(Origin::classify(&config, Some("https://x.example"), true, HOST), allowed("https://x.example"));
    assert_eq!(Origin::classify(&config, Some("null"), true, HOST), foreign("null"));
}

#[test]
fn an_allowed_page_is_told_what_it_may_send_and_read_and_another_only_why_it_may_not() {
    let with = |more: &str| {
        GatewayConfig::check(&options(&format!(r#""cors": {{ "origins": ["https://p.example"]{more} }}"#))).unwrap()
    };
    let header = |answer: &GatewayResponse, name: &str| {
        answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    let sent = |config: &GatewayConfig, origin: &Origin, wanted: Option<&str>| {
        let answer = preflight_response(config, origin, wanted, "GET, OPTIONS", "r-1");
        assert_eq!((answer.status, &answer.body), (204, &Payload::Empty));
        let names = ["access-control-allow-origin", "access-control-allow-methods", "access-control-allow-credentials"];
        let [allow_origin, methods, credentials] = names.map(|name| header(&answer, name));
        assert_eq!(allow_origin.is_some(), methods.is_some());
        (header(&answer, "access-control-allow-headers"), credentials, header(&answer, "access-control-max-age"))
    };
    let usual = "Authorization, Accept, Cache-Control, If-None-Match, Traceparent";
    let names = "authorization,baggage,sentry-trace,tracestate,x-portal";
    let wanted = Some(names);
    let text = |text: &str| Some(text.to_owned());
    let (page, cookies) = (allowed("https://p.example"), |credentials| Origin::Allowed {
        origin: "https://p.example".to_owned(),
        credentials,
    });
    assert_eq!(sent(&with(""), &Origin::SameOrigin, wanted), (None, None, None));
    assert_eq!(sent(&with(""), &page, wanted), (text(usual), None, text("7200")));
    let named = with(r#", "headers": ["baggage", "X-Portal"], "maxAge": 60"#);
    assert_eq!(sent(&named, &page, wanted), (text(&format!("{usual}, baggage, X-Portal")), None, text("60")));
    let any = with(r#", "headers": "*", "credentials": true"#);
    let said_back = format!("{usual}, {names}");
    assert_eq!(sent(&any, &cookies(true), wanted), (text(&said_back), text("true"), text("7200")));
    assert_eq!(sent(&any, &cookies(true), None), (text(usual), text("true"), text("7200")));
    for odd in ["a\r\nset-cookie: x", "<script>", &"x".repeat(3000), ""] {
        assert_eq!(sent(&any, &page, Some(odd)).0, text(usual), "{odd}");
    }
    // The preflight of a disallowed origin succeeds, and browsers do not cache it.
    let evil = foreign("https://evil.example");
    assert_eq!(sent(&with(""), &evil, wanted), (text(&said_back), None, text("0")));
    let may_read =
        |error, origin: &Origin| header(&error_response(error, origin, "r-1"), "access-control-allow-origin");
    assert_eq!(may_read(GatewayError::for_code("ORIGIN_NOT_ALLOWED"), &evil), text("https://evil.example"));
    for row in GATEWAY_ERRORS.iter().filter(|row| row.code != "ORIGIN_NOT_ALLOWED") {
        assert_eq!(may_read(GatewayError::for_row(row), &evil), None, "{}", row.code);
    }
    let data = success_headers(&evil, "r-1", CacheStatus::Hit, 0, 0, None);
    assert!(data.iter().all(|(name, _)| !name.starts_with("access-control-")));
}

#[test]
fn a_browser_keeps_an_answer_as_long_as_it_is_fresh_here() {
    let table = [
        (0, 30_000, "private, max-age=30", "0"),
        (1999, 28_001, "private, max-age=30", "1"),
        (29_500, 500, "private, max-age=30", "29"),
        (29_500, 499, "private, no-cache", "29"),
        (31_000, -1000, "private, no-cache", "31"),
        (-5, i64::MAX, "private, max-age=9223372036854775", "0"),
        (5000, i64::MAX, "private, max-age=9223372036854775", "5"),
    ];
    for (age_ms, fresh_ms, control, age) in table {
        let headers = success_headers(&Origin::SameOrigin, "r-1", CacheStatus::Hit, age_ms, fresh_ms, None);
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        assert_eq!((header("cache-control"), header("age")), (Some(control), Some(age)));
        assert_eq!((header("x-cache"), header("x-mashery-message-id")), (Some("HIT"), None));
    }
    for found in
        [CacheStatus::Miss, CacheStatus::Shared, CacheStatus::Hit, CacheStatus::Stale, CacheStatus::StaleIfError]
    {
        assert_eq!(CacheStatus::from_name(found.as_str()), found);
    }
}
