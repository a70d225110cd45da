//! What the gateway's edge decides: on addresses, permissions, answers, caches, notices and leases.

use crate::harness::response;
use crate::rules::params;
use cisco_support_case::client::HttpResponse;
use cisco_support_case::decode::{Body, json};
use cisco_support_case::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, CASES_BY_USER, Request};
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorBody, ErrorKind, GATEWAY_ERRORS};
use cisco_support_case::gateway::{
    AttemptState, CacheMetadata, CachePolicy, CacheStatus, Config, Freshness, GatewayError, GatewayResponse,
    HeldLeases, InvalidationLog, InvalidationScope, IsolateState, Origin, Payload, Permissions, RequestHead,
    RouteMatch, UpstreamOutcome, authorize, canonicalize, classify_response, classify_transport_error, error_response,
    ids_from_claim, parse_request, preflight_response, success_headers,
};
use cisco_support_case::sandbox::{self, Sandbox};
use cisco_support_case::util::Json;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const HOST: &str = "https://cases.portal.example";

fn options(more: &str) -> Json {
    let comma = if more.is_empty() { "" } else { "," };
    params(&format!(
        r#"{{ "jwt": {{ "issuer": "https://login.portal.example", "audience": "case-portal",
            "jwksUri": "https://login.portal.example/jwks", "algorithms": ["ES256"] }},
            "permissions": "[function]", "credentials": "[function]", "quota": "[function]"{comma}{more} }}"#
    ))
}

fn config() -> Config {
    Config::check(&options(r#""cors": { "origins": ["https://portal.example"] }"#)).unwrap()
}

fn get(config: &Config, path: &str) -> Result<RouteMatch, GatewayError> {
    let url = [HOST, path].concat();
    parse_request(config, &RequestHead { method: "GET", url: &url, ..RequestHead::default() }, &Origin::SameOrigin)
}

/// The request that an address below the prefix stands for.
fn read(path: &str) -> Result<Request, String> {
    match get(&config(), &["/api/case", path].concat()) {
        Ok(RouteMatch::Cases { request, .. }) => Ok(*request),
        Ok(other) => panic!("{path} asks for {other:?}"),
        Err(error) => Err(error.0.code.clone()),
    }
}

fn code(error: &GatewayError) -> &str {
    &error.0.code
}

// Addresses.

#[test]
fn each_route_is_read_with_its_ids_and_parameters() {
    let table = [
        ("/cases/case_ids/1,2", "caseSummary", "/cases/case_ids/1,2"),
        ("/cases/details/case_id/1", "caseDetails", "/cases/details/case_id/1"),
        ("/cases/contracts/contract_ids/2,1,2", "casesByContract", "/cases/contracts/contract_ids/1,2"),
        ("/cases/users/user_ids/a.b%40c", "casesByUser", "/cases/users/user_ids/a.b%40c"),
        ("/cases/users/user_ids/a?page_index=1&sort_by=UPDATED_DATE", "casesByUser", "/cases/users/user_ids/a"),
        ("/cases/users/user_ids/a?page_index=2", "casesByUser", "/cases/users/user_ids/a?page_index=2"),
        ("/cases/users/user_ids/%20a%20", "casesByUser", "/cases/users/user_ids/a"),
    ];
    for (path, name, up) in table {
        let request = read(path).unwrap();
        assert_eq!((request.endpoint.name, canonicalize(&request).path_and_query().as_str()), (name, up), "{path}");
    }
}

#[test]
fn what_is_no_address_of_the_client_is_refused_by_name() {
    let table = [
        ("", "/", "NO_SUCH_ROUTE"),
        ("", "/api/case", "NO_SUCH_ROUTE"),
        ("", "/api/casexyz/health", "NO_SUCH_ROUTE"),
        ("/api/case", "", "NO_SUCH_ROUTE"),
        ("/api/case", "/", "MALFORMED_REQUEST"),
        ("/api/case", "/health?x", "MALFORMED_REQUEST"),
        ("/api/case", "/cases/case_ids/%2e%2e", "CASE_NOTFOUND"),
        ("/api/case", "/cases/case_ids/1%2f2", "CASE_NOTFOUND"),
        ("/api/case", "/cases/case_ids/1%2C2", "CASE_NOTFOUND"),
        ("/api/case", "/cases/case_ids/%2531", "MALFORMED_REQUEST"),
        ("/api/case", "/cases/case_ids/%ff", "MALFORMED_REQUEST"),
        ("/api/case", "/cases/case_ids/1?debug", "INVALID_PARAMETER"),
        ("/api/case", "/cases/case_ids/1?sort_by=STATUS&sort_by=STATUS", "MALFORMED_REQUEST"),
    ];
    for (prefix, path, expected) in table {
        let error = get(&config(), &[prefix, path].concat()).unwrap_err();
        assert_eq!(code(&error), expected, "{prefix}{path}");
    }
}

#[test]
fn a_parameter_that_nobody_knows_is_refused_without_its_value() {
    let error = get(&config(), "/api/case/cases/case_ids/1?access_token=a-synthetic-token").unwrap_err();
    assert_eq!(code(&error), "INVALID_PARAMETER");
    assert!(error.0.problems.iter().any(|problem| problem.field == "access_token"));
    assert!(!error.0.to_json().contains("a-synthetic-token"));
}

#[test]
fn a_refusal_is_no_longer_than_its_request() {
    let ids = |count: usize| format!("/api/case/cases/contracts/contract_ids/{}", ",".repeat(count));
    let error = get(&config(), &ids(8000)).unwrap_err();
    assert_eq!(error.0.problems.last().unwrap().message, "and 7982 more");
    let pairs = |count: usize| format!("/api/case/cases/case_ids/1?{}", "é&".repeat(count).replace('é', "%C3%A9"));
    let unknown: String = (0..30).map(|n| format!("&unknown_{n}={}", "x".repeat(200))).collect();
    for path in [ids(8000), ids(31), pairs(1000), format!("/api/case/cases/case_ids/1?{unknown}")] {
        let error = get(&config(), &path).unwrap_err();
        assert!(error.0.problems.len() <= 21, "{path}");
        assert!(error.0.to_json().len() < 8192, "{} bytes for {path}", error.0.to_json().len());
    }
    assert_eq!(code(&get(&config(), &pairs(1000)).unwrap_err()), "MALFORMED_REQUEST");
}

#[test]
fn a_request_is_judged_before_its_sign_in_is() {
    let config = config();
    let long = "x".repeat(20_000);
    let url = [HOST, "/api/case/cases/case_ids/1"].concat();
    let head = RequestHead { method: "GET", url: &url, ..RequestHead::default() };
    let table = [
        (RequestHead { method: "POST", ..head }, "METHOD_NOT_ALLOWED"),
        (RequestHead { method: "get", ..head }, "METHOD_NOT_ALLOWED"),
        (RequestHead { method: "", ..head }, "METHOD_NOT_ALLOWED"),
        (RequestHead { has_body: true, ..head }, "BODY_NOT_ALLOWED"),
        (RequestHead { authorization: Some(&long), ..head }, "IDENTITY_INVALID"),
        (RequestHead { method: "OPTIONS", requested_method: Some("PUT"), ..head }, "METHOD_NOT_ALLOWED"),
        (RequestHead { method: "OPTIONS", requested_method: Some("get"), ..head }, "METHOD_NOT_ALLOWED"),
    ];
    for (head, expected) in table {
        assert_eq!(code(&parse_request(&config, &head, &Origin::SameOrigin).unwrap_err()), expected, "{head:?}");
    }
    let error = parse_request(&config, &head, &foreign("https://evil.example")).unwrap_err();
    assert_eq!(code(&error), "ORIGIN_NOT_ALLOWED");
    let preflighted = RequestHead { method: "OPTIONS", requested_method: Some("GET"), has_body: true, ..head };
    assert_eq!(parse_request(&config, &preflighted, &Origin::SameOrigin), Ok(RouteMatch::Preflight));
    // A page that may not ask is told so by its request, not by its preflight, of which it could read nothing.
    assert_eq!(parse_request(&config, &preflighted, &foreign("https://evil.example")), Ok(RouteMatch::Preflight));
    let put = RequestHead { requested_method: Some("PUT"), ..preflighted };
    assert_eq!(
        code(&parse_request(&config, &put, &foreign("https://evil.example")).unwrap_err()),
        "ORIGIN_NOT_ALLOWED"
    );
}

#[test]
fn what_another_site_embeds_is_refused_where_a_cookie_may_tell_who_asks() {
    let url = [HOST, "/api/case/cases/case_ids/1"].concat();
    let with = |more: &str| Config::check(&options(more)).unwrap();
    let by_header = config();
    let by_cookie = with(r#""cors": { "origins": ["https://portal.example"], "credentials": true }"#);
    let by_session = Config::check(&params(
        r#"{ "authorize": "[function]", "permissions": "[function]", "credentials": "[function]", "quota": "[function]" }"#,
    ))
    .unwrap();
    for (fetch_site, is_refused) in [
        (None, false),
        (Some("none"), false),
        (Some("same-origin"), false),
        (Some("same-site"), true),
        (Some("cross-site"), true),
    ] {
        let head = RequestHead { method: "GET", url: &url, fetch_site, ..RequestHead::default() };
        for config in [&by_cookie, &by_session] {
            let refused = parse_request(config, &head, &Origin::SameOrigin)
                .is_err_and(|error| code(&error) == "ORIGIN_NOT_ALLOWED");
            assert_eq!(refused, is_refused, "{fetch_site:?}");
            // A script of an allowed page says its origin, and was preflighted or can read nothing.
            assert!(parse_request(config, &head, &allowed("https://portal.example")).is_ok());
        }
        assert!(parse_request(&by_header, &head, &Origin::SameOrigin).is_ok());
    }
}

#[test]
fn what_is_kept_will_not_do_for_who_says_so() {
    let url = [HOST, "/api/case/cases/case_ids/1"].concat();
    let table = [
        (None, false, None),
        (Some("no-cache"), true, None),
        (Some("max-age=0"), true, Some(0)),
        (Some("private,  no-store"), true, None),
        (Some("max-age=00"), false, Some(0)),
        (Some("max-age=30"), false, Some(30_000)),
        (Some("max-age=60, max-age=30"), false, Some(30_000)),
        (Some("max-age=-1"), false, None),
        (Some("max-age=99999999999"), false, None),
        (Some(""), false, None),
        (Some("x-no-cache"), false, None),
    ];
    for (cache_control, expected, most_ms) in table {
        let head = RequestHead { method: "GET", url: &url, cache_control, ..RequestHead::default() };
        let parsed = parse_request(&config(), &head, &Origin::SameOrigin);
        let Ok(RouteMatch::Cases { no_cache, max_age_ms, .. }) = parsed else { panic!() };
        assert_eq!((no_cache, max_age_ms), (expected, most_ms), "{cache_control:?}");
    }
}

/// Parts of addresses, most of them nearly right.
fn address() -> impl Strategy<Value = String> {
    let route = prop_oneof![
        Just("/cases/case_ids/"),
        Just("/cases/details/case_id/"),
        Just("/cases/contracts/contract_ids/"),
        Just("/cases/users/user_ids/"),
        Just("/cases/"),
        Just("/health"),
    ];
    let piece = prop_oneof![
        4 => "[0-9A-Za-z._~-]{1,12}",
        2 => prop::sample::select(vec![
            "%20", "%2C", "%2F", "%2e", "%252e", "%C3%A9", "%c0%ae", "%00", "%0a", "%E2%80%8B", "%EF%BF%BD", "%F0%9F%98%80",
            "..", ".", ";", "+", "*", "@", ":", "é", "\u{202e}", "%5C", "\\", "/", "//", "%", "%zz", "~", "!", "$&'()*",
        ]).prop_map(str::to_owned),
        2 => Just(",".to_owned()),
    ];
    let pieces = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    let pair = prop::sample::select(vec![
        "page_index=1",
        "page_index=2",
        "page_index=0",
        "sort_by=STATUS",
        "sort_by=UPDATED_DATE",
        "sort%5fby=STATUS",
        "status_flag=O",
        "status_flag=C",
        "status_flag=X",
        "status_flag=",
        "date_created_from=2026-01-01T00:00:00Z",
        "date_created_to=2026-02-01T00:00:00Z",
        "date_created_from=2026-01-01T00%3A00%3A00Z",
        "x=y",
        "",
        "=",
        "a=b=c",
    ]);
    let query = prop::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"));
    (route, pieces, any::<bool>(), query).prop_map(|(route, ids, has_query, query)| {
        [route, &ids, if has_query { "?" } else { "" }, if has_query { &query } else { "" }].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is accepted is written back as an address of the same meaning, which says no more than it must and which the
    /// service takes: nothing can be smuggled through the reading and the writing.
    #[test]
    fn an_accepted_address_is_a_fixed_point_that_the_service_takes(path in address()) {
        let Ok(request) = (match get(&config(), &["/api/case", &path].concat()) {
            Ok(RouteMatch::Cases { request, .. }) => Ok(*request),
            _ => Err(()),
        }) else { return Ok(()) };
        let plain = canonicalize(&request);
        let up = plain.path_and_query();
        prop_assert!(up.is_ascii() && !up.contains([' ', '\\', ';', '#', '"']) && !up.contains("//"), "{up}");
        let (route, _) = up.split_once('?').unwrap_or((&up, ""));
        let ids = route.strip_prefix(plain.endpoint.route);
        prop_assert!(ids.is_some_and(|ids| !ids.contains('/') && ids.split(',').all(|id| !matches!(id, "" | "." | ".."))), "{up}");
        // Read back, below the prefix and by the client's own rules, it is the same.
        let again = read(&up);
        prop_assert_eq!(again.as_ref().map(plain_path), Ok(up.clone()), "{}", path);
        // And the sandbox, whose rules are the documentation's, finds nothing wrong with it.
        let mut sandbox = Sandbox::new(few());
        let answer = sandbox.handle(&sandbox::SandboxRequest::get(&["/case/v3", &up].concat()).with_header("Authorization", "Bearer x"));
        let error = answer.header("X-Mashery-Error-Code").map(str::to_owned);
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let is_taken = answer.status == 200 || body.contains("CASE_NOTFOUND") || body.contains("INVALID_USERID");
        prop_assert!(is_taken, "{up}: {} {error:?} {body}", answer.status);
    }

    #[test]
    fn no_address_whatever_breaks_the_reading(url in any::<String>(), method in "[A-Za-z]{0,8}", prefix in prop::sample::select(vec!["", "https://x", "https://cases.portal.example/api/case", "/api/case/cases/case_ids/"])) {
        let url = [prefix, &url].concat();
        let origin = Origin::classify(&config(), Some(&url), false, &url);
        let _ = parse_request(&config(), &RequestHead { method: &method, url: &url, ..RequestHead::default() }, &origin);
        let _ = parse_request(&config(), &RequestHead { method: "GET", url: &url, ..RequestHead::default() }, &Origin::SameOrigin);
    }
}

fn plain_path(request: &Request) -> String {
    canonicalize(request).path_and_query()
}

fn few() -> sandbox::Options {
    let mut options = sandbox::Options::default();
    options.cases = 10;
    options
}

// Pages.

fn allowed(origin: &str) -> Origin {
    Origin::Allowed { origin: origin.to_owned(), credentials: false }
}

fn foreign(origin: &str) -> Origin {
    Origin::Disallowed { origin: origin.to_owned(), credentials: false }
}

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
    // An address that is none has no origin of its own.
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
    let config = Config::check(&options(text)).unwrap();
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
    // What a function or a regular expression of the options allows; a page of no origin is nobody's.
    assert_eq!(Origin::classify(&config, Some("https://x.example"), true, HOST), allowed("https://x.example"));
    assert_eq!(Origin::classify(&config, Some("null"), true, HOST), foreign("null"));
}

#[test]
fn an_allowed_page_is_told_what_it_may_send_and_read_and_another_only_why_it_may_not() {
    let with = |more: &str| {
        Config::check(&options(&format!(r#""cors": {{ "origins": ["https://p.example"]{more} }}"#))).unwrap()
    };
    let header = |answer: &GatewayResponse, name: &str| {
        answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    let sent = |config: &Config, origin: &Origin, wanted: Option<&str>| {
        let answer = preflight_response(config, origin, wanted, "r-1");
        assert_eq!((answer.status, &answer.body), (204, &Payload::Empty));
        let names = ["access-control-allow-origin", "access-control-allow-methods", "access-control-allow-credentials"];
        let [allow_origin, methods, credentials] = names.map(|name| header(&answer, name));
        assert_eq!(allow_origin.is_some(), methods.is_some());
        (header(&answer, "access-control-allow-headers"), credentials, header(&answer, "access-control-max-age"))
    };
    let usual = "Authorization, Accept, Cache-Control, Traceparent";
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
    // The preflight of a page that may not ask passes; nothing of it is remembered.
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

// Permissions.

#[test]
fn permissions_are_lists_or_the_wildcard_and_nothing_else_is_a_wildcard() {
    let request = |path: &str| read(path).unwrap();
    let (contract, user) = (request("/cases/contracts/contract_ids/7"), request("/cases/users/user_ids/u"));
    let table = [
        ("null", false, false),
        ("{}", false, false),
        (r#"{ "contract_ids": "*" }"#, true, false),
        (r#"{ "user_ids": "*" }"#, false, true),
        (r#"{ "contract_ids": ["7"], "user_ids": ["v"] }"#, true, false),
        (r#"{ "contract_ids": [" 7 "], "user_ids": ["u"] }"#, true, true),
        (r#"{ "contract_ids": ["07", "7 7", "70"], "user_ids": ["U"] }"#, false, false),
        (r#"{ "contract_ids": [], "user_ids": null }"#, false, false),
    ];
    for (text, sees_contract, sees_user) in table {
        let permissions = Permissions::from_json(&params(text)).unwrap();
        assert_eq!(authorize(&permissions, &contract).is_ok(), sees_contract, "{text}");
        assert_eq!(authorize(&permissions, &user).is_ok(), sees_user, "{text}");
        // Cases are judged by what is answered.
        assert!(authorize(&permissions, &request("/cases/case_ids/1,2")).is_ok());
    }
    for text in [
        "7",
        "\"*\"",
        "[]",
        "[\"7\"]",
        "true",
        r#"{ "contract_ids": ["*"] }"#,
        r#"{ "contract_ids": [" * "] }"#,
        r#"{ "contract_ids": "7" }"#,
        r#"{ "contract_ids": " *" }"#,
        r#"{ "contract_ids": true }"#,
        r#"{ "contract_ids": [7] }"#,
        r#"{ "contract_ids": [""] }"#,
        r#"{ "contract_ids": [null] }"#,
        r#"{ "contract_ids": {} }"#,
        r#"{ "contracts": ["7"] }"#,
        r#"{ "contract_ids": ["7"], "admin": true }"#,
    ] {
        let sentence = Permissions::from_json(&params(text)).unwrap_err();
        assert!(!sentence.contains("\"7\""), "{sentence}");
    }
}

#[test]
fn a_claim_is_a_list_of_ids_or_one_of_them_and_everything_else_is_named() {
    for (claim, expected) in [
        (r#""1234567""#, r#"["1234567"]"#),
        (r#"" 1234567 ""#, r#"["1234567"]"#),
        ("1234567", r#"["1234567"]"#),
        ("9007199254740991", r#"["9007199254740991"]"#),
        (r#"["1", 2, " 3 "]"#, r#"["1","2","3"]"#),
        (r#""ann.lee@portal.example""#, r#"["ann.lee@portal.example"]"#),
        (r#""*""#, r#""*""#),
        (r#""""#, "[]"),
        ("[]", "[]"),
        ("null", "null"),
    ] {
        assert_eq!(ids_from_claim("contracts", Some(&params(claim))).unwrap().to_json_string(), expected, "{claim}");
    }
    assert_eq!(ids_from_claim("contracts", None), Ok(Json::Null));
    for (claim, got) in [
        ("true", "a boolean"),
        ("{}", "an object"),
        (r#"{ "ids": ["1234567"] }"#, "an object"),
        (r#""1234567,7654321""#, "a string of several ids"),
        (r#""1234567 7654321""#, "a string of several ids"),
        (r#"" * ""#, r#""*" with spaces"#),
        (r#"["*"]"#, r#""*" inside a list"#),
        ("[true]", "a list with a boolean"),
        (r#"[["1234567"]]"#, "a list with an array"),
        (r#"[""]"#, "a list with an empty string"),
        ("9007199254740992", "a number that is not exact"),
        ("1234567.5", "a number that is not exact"),
        ("-1234567", "a number that is not exact"),
        ("1e21", "a number that is not exact"),
        ("[12345678901234567890]", "a number that is not exact"),
    ] {
        let sentence = ids_from_claim("contracts", Some(&params(claim))).unwrap_err();
        let expected = format!(r#"claim contracts: expected an id, a list of ids or "*", got {got}"#);
        assert!(sentence.starts_with(&expected), "{claim}: {sentence}");
        assert!(!sentence.contains("1234567"), "{sentence}");
    }
    // Nothing that comes later makes it right, so nobody asks again.
    let claims = options("").to_json_string().replacen(
        r#""permissions":"[function]""#,
        r#""permissions":{"user_ids":"users"}"#,
        1,
    );
    let edge = IsolateState::new(Config::check(&params(&claims)).unwrap());
    let error = edge.claimed_permissions(r#"{"subject":"ann","claims":{"users":true}}"#).unwrap_err();
    assert_eq!((code(&error), error.0.retryable, error.0.retry), ("PERMISSIONS_UNAVAILABLE", false, false));
    assert!(error.0.message.contains("(claim users: expected"), "{}", error.0.message);
}

#[test]
fn of_a_list_all_ids_have_to_be_permitted_and_ten_that_are_not_are_named() {
    let permissions = Permissions::from_json(&params(r#"{ "contract_ids": ["1", "2"] }"#)).unwrap();
    let error = authorize(&permissions, &read("/cases/contracts/contract_ids/1,3,2,4").unwrap()).unwrap_err();
    let places: Vec<_> = error.0.problems.iter().map(|problem| problem.index).collect();
    assert_eq!((code(&error), places), ("NOT_PERMITTED", vec![Some(1), Some(3)]));
    let all = (10..20).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let error =
        authorize(&permissions, &read(&["/cases/contracts/contract_ids/", &all].concat()).unwrap()).unwrap_err();
    assert_eq!(error.0.problems.len(), 10);
}

fn ids() -> impl Strategy<Value = Option<Vec<String>>> {
    let id = prop_oneof![4 => "[a-c\"\\\\,\\]\\[]{1,3}", 1 => any::<String>()];
    let id = id.prop_filter("an id", |id| !matches!(id.trim(), "" | "*"));
    prop_oneof![1 => Just(None), 4 => prop::collection::vec(id, 0..5).prop_map(Some)]
}

fn permissions_json((contracts, users): &(Option<Vec<String>>, Option<Vec<String>>)) -> Json {
    let list = |ids: &Option<Vec<String>>| match ids {
        None => Json::from("*"),
        Some(ids) => Json::Array(ids.iter().map(|id| Json::from(id.as_str())).collect()),
    };
    Json::object([("contract_ids", list(contracts)), ("user_ids", list(users))])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// Who may see the same shares what is kept, and nobody else does: the spelling is one to one.
    #[test]
    fn equal_permissions_have_equal_spellings_and_unequal_ones_do_not(one in (ids(), ids()), other in (ids(), ids())) {
        let meaning = |(contracts, users): &(Option<Vec<String>>, Option<Vec<String>>)| {
            let set = |ids: &Option<Vec<String>>| ids.as_ref().map(|ids| ids.iter().map(|id| id.trim().to_owned()).collect::<BTreeSet<_>>());
            (set(contracts), set(users))
        };
        let spelling = |ids| Permissions::from_json(&permissions_json(ids)).unwrap().canonical();
        prop_assert_eq!(spelling(&one) == spelling(&other), meaning(&one) == meaning(&other));
        let (mut contracts, users) = one.clone();
        if let Some(ids) = &mut contracts {
            ids.reverse();
            ids.extend(ids.first().cloned());
        }
        prop_assert_eq!(spelling(&one), spelling(&(contracts, users)));
    }
}

// Answers.

const STANDING: AttemptState = standing(0);
const TOKEN: &str = "a-synthetic/token+of the-gateway=";

const fn standing(retries: u32) -> AttemptState {
    AttemptState { retries, is_token_renewed: false, time_left_ms: 20_000, random: 7, unix_ms: 1_780_000_000_000 }
}

fn summary_of(sandbox: &mut Sandbox, ids: &[String]) -> HttpResponse<()> {
    let url = ["/case/v3/cases/case_ids/", &ids.join(",")].concat();
    let answer = sandbox.handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer x"));
    HttpResponse {
        status: answer.status,
        mashery_error_code: answer.header("X-Mashery-Error-Code").map(str::to_owned),
        message_id: Some("m-1".to_owned()),
        body: Body::from_slice(&answer.body),
        ..response()
    }
}

/// Cases of the sandbox with their contracts.
fn known(sandbox: &mut Sandbox) -> Vec<(String, String)> {
    let info = sandbox.info_with(&params(r#"{ "holders": 100 }"#)).unwrap();
    let Some(Json::Array(contracts)) = info.get("contract_ids") else { panic!() };
    let mut all = Vec::new();
    for contract in contracts.iter().filter_map(Json::as_str) {
        let url = ["/case/v3/cases/contracts/contract_ids/", contract].concat();
        let answer = sandbox.handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer x"));
        let page = json(&answer.body).unwrap();
        let Some(Json::Array(cases)) = page.get("cases") else { panic!() };
        let id = |case: &Json| case.get("case_id").and_then(Json::as_str).unwrap().to_owned();
        all.extend(cases.iter().take(5).map(|case| (id(case), contract.to_owned())));
    }
    all
}

fn permitted(contracts: &BTreeSet<String>) -> Permissions {
    let list = Json::Array(contracts.iter().map(|id| Json::from(id.as_str())).collect());
    Permissions::from_json(&Json::object([("contract_ids", list)])).unwrap()
}

/// Nothing that comes of a summary hangs on whether what is missing in it exists.
#[test]
fn a_case_that_may_not_be_seen_and_one_that_is_not_there_make_the_same_of_every_summary() {
    let mut sandbox = Sandbox::new(sandbox::Options::default());
    let known = known(&mut sandbox);
    let contracts: Vec<&String> =
        known.iter().map(|(_, contract)| contract).collect::<BTreeSet<_>>().into_iter().collect();
    assert!(contracts.len() >= 6);
    let policy = CachePolicy::default();
    let mut rng = crate::bulk_simulation::Rng(7);
    let mut below = move |n: usize| rng.below(n as u64) as usize;
    let (mut cut, mut none) = (0, 0);
    for _ in 0..400 {
        let mine: BTreeSet<String> = contracts.iter().filter(|_| below(2) == 0).map(|id| (*id).clone()).collect();
        let permissions = permitted(&mine);
        let mut asked: Vec<(String, bool)> = (0..1 + below(6))
            .map(|_| {
                let (id, contract) = &known[below(known.len())];
                (id.clone(), mine.contains(contract))
            })
            .collect();
        asked.sort();
        asked.dedup();
        let ids: Vec<String> = asked.iter().map(|(id, _)| id.clone()).collect();
        let seen: Vec<String> = asked.iter().filter(|(_, is_mine)| *is_mine).map(|(id, _)| id.clone()).collect();
        let request = canonicalize(&read(&["/cases/case_ids/", &ids.join(",")].concat()).unwrap());
        // The foreign ones exist; the foreign ones do not.
        let exists =
            classify_response(&request, &permissions, &summary_of(&mut sandbox, &ids), &STANDING, &policy, TOKEN);
        let is_not_there = if seen.is_empty() {
            none += 1;
            let nothing: Vec<String> = (0..ids.len()).map(|n| format!("99000000{n}")).collect();
            summary_of(&mut sandbox, &nothing)
        } else {
            summary_of(&mut sandbox, &seen)
        };
        let lacking = classify_response(&request, &permissions, &is_not_there, &STANDING, &policy, TOKEN);
        assert_eq!(exists, lacking, "{ids:?} of which {seen:?}");
        match exists {
            UpstreamOutcome::Deliver { body, is_incomplete, contracts, .. } => {
                assert_eq!(is_incomplete, seen.len() < ids.len());
                assert!(contracts.iter().all(|contract| mine.contains(contract)));
                if is_incomplete {
                    cut += 1;
                    let Payload::Text(text) = body else { panic!("{body:?}") };
                    let json = json(text.as_bytes()).unwrap();
                    let Some(Json::Array(cases)) = json.get("cases") else { panic!() };
                    assert_eq!(json.get("count"), Some(&Json::from(seen.len())));
                    let told: Vec<_> = cases.iter().filter_map(|case| case.get("case_id")?.as_str()).collect();
                    assert_eq!(told.len(), seen.len());
                    for id in ids.iter().filter(|id| !seen.contains(id)) {
                        assert!(!text.contains(id.as_str()), "{id} in {text}");
                    }
                }
            }
            UpstreamOutcome::Fail { error, or_stale, is_incomplete, signal } => {
                assert_eq!((code(&error), or_stale, is_incomplete, signal), ("CASE_NOTFOUND", false, true, None));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(cut > 100 && none > 20, "{cut} {none}");
}

#[test]
fn what_was_not_asked_for_is_delivered_to_nobody() {
    let mut sandbox = Sandbox::new(sandbox::Options::default());
    let known = known(&mut sandbox);
    let (one, other) = (known[0].0.clone(), known[1].0.clone());
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*", "user_ids": "*" }"#)).unwrap();
    let request = canonicalize(&read(&["/cases/case_ids/", &one].concat()).unwrap());
    let verdict = classify_response(
        &request,
        &all,
        &summary_of(&mut sandbox, &[other]),
        &STANDING,
        &CachePolicy::default(),
        TOKEN,
    );
    let UpstreamOutcome::Fail { error, or_stale, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!((code(&error), or_stale), ("UPSTREAM_INVALID", true));
}

#[test]
fn how_long_an_answer_is_good_for_hangs_on_what_was_asked_and_what_is_open() {
    let policy = CachePolicy::default();
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*", "user_ids": "*" }"#)).unwrap();
    let mut sandbox = Sandbox::new(sandbox::Options::default());
    let info = sandbox.info_with(&params(r#"{ "holders": 1 }"#)).unwrap();
    let Some(Json::Array(contracts)) = info.get("contract_ids") else { panic!() };
    let contract = contracts[0].as_str().unwrap().to_owned();
    let mut ttl = |path: &str| {
        let url = ["/case/v3", path].concat();
        let answer = sandbox.handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer x"));
        let response = HttpResponse { status: answer.status, body: Body::from_slice(&answer.body), ..response() };
        match classify_response(&canonicalize(&read(path).unwrap()), &all, &response, &STANDING, &policy, TOKEN) {
            UpstreamOutcome::Deliver { ttl_ms, .. } => (ttl_ms, json(&answer.body).unwrap()),
            other => panic!("{path}: {other:?}"),
        }
    };
    let list = |flag: &str| format!("/cases/contracts/contract_ids/{contract}{flag}");
    assert_eq!(ttl(&list("")).0, policy.list_ms);
    let (open_ms, open) = ttl(&list("?status_flag=O"));
    let (closed_ms, closed) = ttl(&list("?status_flag=C"));
    assert_eq!((open_ms, closed_ms), (policy.list_ms, policy.closed_list_ms));
    let first = |page: &Json| match page.get("cases") {
        Some(Json::Array(cases)) => cases[0].get("case_id").and_then(Json::as_str).unwrap().to_owned(),
        _ => panic!(),
    };
    let (open, closed) = (first(&open), first(&closed));
    assert_eq!(ttl(&format!("/cases/case_ids/{open}")).0, policy.open_ms);
    assert_eq!(ttl(&format!("/cases/case_ids/{closed}")).0, policy.closed_ms);
    assert_eq!(ttl(&format!("/cases/case_ids/{closed},{open}")).0, policy.open_ms);
    assert_eq!(ttl(&format!("/cases/details/case_id/{open}")).0, policy.open_ms);
    assert_eq!(ttl(&format!("/cases/details/case_id/{closed}")).0, policy.closed_ms);
}

#[test]
fn one_retry_and_not_three() {
    for is_time_over in [false, true] {
        let verdict = classify_transport_error(is_time_over, &STANDING);
        assert_eq!(matches!(verdict, UpstreamOutcome::Retry { .. }), !is_time_over, "{verdict:?}");
        for retries in 1..4 {
            let UpstreamOutcome::Fail { error, or_stale, .. } =
                classify_transport_error(is_time_over, &standing(retries))
            else {
                panic!()
            };
            assert!(or_stale && !error.0.retry);
        }
    }
    let request = canonicalize(&read("/cases/case_ids/1").unwrap());
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*" }"#)).unwrap();
    let unauthorised = HttpResponse { status: 401, ..response() };
    let judged = |standing: &AttemptState| {
        classify_response(&request, &all, &unauthorised, standing, &CachePolicy::default(), TOKEN)
    };
    assert_eq!(judged(&STANDING), UpstreamOutcome::RenewToken);
    let UpstreamOutcome::Fail { error, .. } = judged(&AttemptState { is_token_renewed: true, ..STANDING }) else {
        panic!()
    };
    assert_eq!((code(&error), error.0.kind), ("UPSTREAM_AUTH", ErrorKind::Unavailable));
    // Where there is no time for it, it is not asked again.
    assert!(matches!(
        classify_transport_error(false, &AttemptState { time_left_ms: 5, random: u32::MAX, ..STANDING }),
        UpstreamOutcome::Fail { .. }
    ));
}

#[test]
fn what_the_service_echoes_of_the_token_is_passed_on_to_nobody() {
    let request = canonicalize(&read("/cases/case_ids/1").unwrap());
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*" }"#)).unwrap();
    let form = "a-synthetic%2Ftoken%2Bof+the-gateway%3D";
    let json_text = "a-synthetic\\/token\\u002bof the-gateway=";
    for spelled in [TOKEN, form, json_text, "Bearer a-synthetic/token+o"] {
        let echo = spelled.replace('\\', "\\\\");
        let bodies = [
            format!(r#"{{"errorCode":"{echo}"}}"#),
            format!(r#"{{"error":"refused {echo}","error_description":"{echo}"}}"#),
            format!("<h1>{spelled}</h1>"),
            format!(
                r#"{{"error":{{"source":"service","kind":"unavailable","code":"{echo}","message":"{echo}",
                "requestId":"{echo}","messageId":"{echo}","problems":[{{"field":"{echo}","code":"{echo}",
                "expected":"{echo}","value":"{echo}"}}]}}}}"#
            ),
        ];
        for (status, body) in [400, 401, 403, 404, 500, 503, 200].into_iter().zip(bodies.iter().cycle().take(28)) {
            let response = HttpResponse {
                status,
                mashery_error_code: Some(spelled.to_owned()),
                message_id: Some(spelled.replace(' ', "+")),
                body: Body::from_slice(body.as_bytes()),
                ..response()
            };
            let standing = AttemptState { retries: 1, is_token_renewed: true, ..STANDING };
            let UpstreamOutcome::Fail { error, .. } =
                classify_response(&request, &all, &response, &standing, &CachePolicy::default(), TOKEN)
            else {
                panic!("{status} {body}")
            };
            let answer = error_response(error, &Origin::SameOrigin, "r-1");
            let shown = format!("{answer:?}").to_lowercase();
            assert!(!shown.contains("synthetic"), "{status} {body}: {shown}");
        }
    }
}

#[test]
fn a_body_that_is_too_large_is_judged_without_it() {
    let request = canonicalize(&read("/cases/case_ids/1").unwrap());
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*" }"#)).unwrap();
    for (status, expected) in [(200, "UPSTREAM_INVALID"), (500, "Internal Server Error")] {
        let response = HttpResponse { status, body: Body::oversized(), ..response() };
        let verdict = classify_response(&request, &all, &response, &standing(1), &CachePolicy::default(), TOKEN);
        let UpstreamOutcome::Fail { error, .. } = verdict else { panic!("{verdict:?}") };
        assert_eq!(code(&error), expected);
    }
    // It would be as large again.
    let response = HttpResponse { status: 200, body: Body::oversized(), ..response() };
    let verdict = classify_response(&request, &all, &response, &STANDING, &CachePolicy::default(), TOKEN);
    assert!(matches!(verdict, UpstreamOutcome::Fail { .. }), "{verdict:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn no_answer_of_the_service_whatever_breaks_the_judging(
        status in prop_oneof![Just(200_u16), 0_u16..700, any::<u16>()],
        body in prop_oneof![any::<Vec<u8>>(), "[\\[\\]{}\":,a-z0-9 ]{0,60}".prop_map(String::into_bytes), "<[a-z]{1,5}>.*".prop_map(String::into_bytes)],
        header in prop::option::of(any::<String>()),
        retry_after in prop::option::of(prop_oneof!["[0-9]{1,12}".boxed(), any::<String>().boxed()]),
        endpoint in prop::sample::select(vec!["/cases/case_ids/1,2", "/cases/details/case_id/1", "/cases/users/user_ids/a", "/cases/contracts/contract_ids/1"]),
        retries in 0_u32..3,
    ) {
        let request = canonicalize(&read(endpoint).unwrap());
        let all = Permissions::from_json(&params(r#"{ "contract_ids": "*", "user_ids": "*" }"#)).unwrap();
        let response = HttpResponse { status, mashery_error_code: header.clone(), message_id: header, retry_after, date: None, body: Body::from_slice(&body), raw: () };
        match classify_response(&request, &all, &response, &standing(retries), &CachePolicy::default(), TOKEN) {
            UpstreamOutcome::Fail { error, .. } => {
                let answer = error_response(error, &Origin::SameOrigin, "r-1");
                prop_assert!((400..=599).contains(&answer.status));
                prop_assert!(answer.headers.iter().all(|(_, value)| value.bytes().all(|b| (0x20..0x7f).contains(&b))), "{:?}", answer.headers);
                let Payload::Text(text) = answer.body else { panic!() };
                prop_assert!(ErrorBody::from_json(&json(text.as_bytes()).unwrap()).is_some());
            }
            UpstreamOutcome::Deliver { .. } => prop_assert!((200..300).contains(&status)),
            UpstreamOutcome::Retry { after_ms, .. } => {
                prop_assert_eq!(retries, 0);
                prop_assert!(after_ms <= 2000);
            }
            UpstreamOutcome::RenewToken => {}
        }
    }
}

// What is kept.

fn heard() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9-]{0,8}:[0-9]{1,6}", Just(String::new())]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_line_is_read_back_as_it_was_written(asked_ms in any::<i64>(), ttl_ms in any::<i64>(), heard in heard(), contracts in prop::collection::vec(any::<String>().prop_filter("an id", |id| !id.is_empty()), 0..6)) {
        let entry = CacheMetadata::new(asked_ms, ttl_ms, heard, contracts);
        let line = entry.to_text();
        prop_assert!(line.bytes().all(|b| b.is_ascii_graphic()), "it goes into a header: {line}");
        prop_assert_eq!(CacheMetadata::from_text(&line), Some(entry));
    }

    #[test]
    fn no_line_whatever_breaks_the_reading(line in any::<String>(), now in any::<i64>()) {
        if let Some(entry) = CacheMetadata::from_text(&line) {
            let _ = entry.freshness(&CachePolicy::default(), &InvalidationLog::default(), now);
        }
    }
}

#[test]
fn an_answer_is_fresh_then_stale_then_for_want_of_another_then_gone() {
    let policy = CachePolicy::default();
    let notices = InvalidationLog::new("e");
    let entry = CacheMetadata::new(1_000_000, 30_000, "e:0".to_owned(), vec!["7".to_owned()]);
    let table = [
        (-5000, Freshness::Fresh),
        (0, Freshness::Fresh),
        (29_999, Freshness::Fresh),
        (30_000, Freshness::Stale),
        (149_999, Freshness::Stale),
        (150_000, Freshness::StaleIfError),
        (3_749_999, Freshness::StaleIfError),
        (3_750_000, Freshness::Expired),
    ];
    for (after, expected) in table {
        assert_eq!(entry.freshness(&policy, &notices, 1_000_000 + after), expected, "{after}");
    }
    // One that is from another numbering is none any more.
    assert_eq!(entry.freshness(&policy, &InvalidationLog::new("other"), 1_000_000), Freshness::Expired);
    let mut notices = notices;
    notices.append(InvalidationScope::Contract, "8", 0);
    assert_eq!(entry.freshness(&policy, &notices, 1_000_000), Freshness::Fresh);
    notices.append(InvalidationScope::Contract, "7", 0);
    assert_eq!(entry.freshness(&policy, &notices, 1_000_000), Freshness::Expired);
    let newer = CacheMetadata::new(entry.requested_ms, entry.ttl_ms, notices.version(), entry.contracts.clone());
    assert_eq!(newer.freshness(&policy, &notices, 1_000_000), Freshness::Fresh);
    notices.append(InvalidationScope::Everything, "", 0);
    assert_eq!(newer.freshness(&policy, &notices, 1_000_000), Freshness::Expired);
}

// What was revoked and purged.

#[derive(Clone, Debug)]
enum Happens {
    Posted(u8, u8),
    /// A copy asks; what it is told is under way.
    Asks(usize),
    /// Something that is under way comes, in any order; or is lost.
    Comes(usize),
    Lost(usize),
    /// A copy remembers something of somebody.
    Remembers(usize, u8),
    /// The place that numbers begins anew from what it has kept.
    Restarts,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => (0_u8..4, 0_u8..3).prop_map(|(about, id)| Happens::Posted(about, id)),
        4 => (0_usize..3).prop_map(Happens::Asks),
        4 => (0_usize..8).prop_map(Happens::Comes),
        1 => (0_usize..8).prop_map(Happens::Lost),
        4 => (0_usize..3, 0_u8..3).prop_map(|(copy, id)| Happens::Remembers(copy, id)),
        1 => Just(Happens::Restarts),
    ]
}

const SUBJECTS: [&str; 3] = ["ann", "ben", "cem"];
/// Ann and Ben belong together.
const TENANTS: [&str; 3] = ["one", "one", "two"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    /// However answers overtake each other and are lost: a copy that has heard an answer knows of all that was posted
    /// before it was given, and takes nobody for revoked who was not.
    #[test]
    fn no_revocation_is_lost_on_the_way_and_none_is_invented(steps in prop::collection::vec(happens(), 0..60)) {
        let mut place = InvalidationLog::new("e");
        let mut copies = [InvalidationLog::default(), InvalidationLog::default(), InvalidationLog::default()];
        // Up to which number each copy has certainly heard.
        let mut certain = [0_u64; 3];
        let mut under_way: Vec<(usize, String, u64)> = Vec::new();
        let mut posted: Vec<(InvalidationScope, String)> = Vec::new();
        let mut remembered: Vec<(usize, String)> = Vec::new();
        for step in steps {
            match step {
                Happens::Posted(about, id) => {
                    let (about, id) = match about {
                        0 => (InvalidationScope::Subject, SUBJECTS[usize::from(id)]),
                        1 => (InvalidationScope::Tenant, TENANTS[usize::from(id)]),
                        2 => (InvalidationScope::Everybody, ""),
                        _ => (InvalidationScope::Contract, "7"),
                    };
                    place.append(about, id, 0);
                    posted.push((about, id.to_owned()));
                }
                Happens::Asks(copy) => under_way.push((copy, place.entries_since(&copies[copy].version()), posted.len() as u64)),
                Happens::Comes(at) if at < under_way.len() => {
                    let (copy, told, upto) = under_way.remove(at);
                    prop_assert!(copies[copy].apply(&told));
                    certain[copy] = certain[copy].max(upto);
                }
                Happens::Lost(at) if at < under_way.len() => drop(under_way.remove(at)),
                Happens::Remembers(copy, id) if !copies[copy].version().starts_with(':') => {
                    remembered.push((usize::from(id), copies[copy].version()));
                }
                Happens::Restarts => {
                    let kept = place.export();
                    place = InvalidationLog::new("another life");
                    prop_assert!(place.apply(&kept));
                }
                _ => {}
            }
            for (id, heard) in &remembered {
                let number: u64 = heard.rsplit_once(':').unwrap().1.parse().unwrap();
                let concerns = |(about, whose): &(InvalidationScope, String)| match about {
                    InvalidationScope::Subject => whose == SUBJECTS[*id],
                    InvalidationScope::Tenant => whose == TENANTS[*id],
                    InvalidationScope::Everybody => true,
                    _ => false,
                };
                let after = |upto: u64| posted.iter().take(upto as usize).skip(number as usize).any(concerns);
                prop_assert_eq!(place.is_revoked(SUBJECTS[*id], TENANTS[*id], heard), after(posted.len() as u64));
                for (copy, upto) in copies.iter().zip(certain) {
                    // A copy that has heard nothing yet trusts nothing that is kept.
                    let is_revoked = copy.is_revoked(SUBJECTS[*id], TENANTS[*id], heard);
                    if after(upto) || copy.version().starts_with(':') {
                        prop_assert!(is_revoked, "{heard} {copy:?}");
                    } else if !after(posted.len() as u64) {
                        prop_assert!(!is_revoked, "{heard} {copy:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_text_whatever_breaks_the_hearing(text in any::<String>(), heard in any::<String>()) {
        let mut notices = InvalidationLog::new("e");
        notices.append(InvalidationScope::Subject, "ann", 0);
        let before = notices.clone();
        if !notices.apply(&text) {
            prop_assert_eq!(&notices, &before, "what cannot be read changes nothing");
        }
        let _ = notices.entries_since(&heard);
        prop_assert!(before.is_revoked("ann", "", &heard) || heard.starts_with("e:"));
    }
}

#[test]
fn more_notices_than_are_kept_revoke_too_much_and_never_too_little() {
    let mut place = InvalidationLog::new("e");
    let mut copy = InvalidationLog::default();
    let mut early = None;
    for number in 0..25_000_u32 {
        place.append(InvalidationScope::Subject, &format!("subject-{number}"), 0);
        if number % 1000 == 0 {
            assert!(copy.apply(&place.entries_since(&copy.version())));
            early.get_or_insert_with(|| copy.version());
        }
    }
    let middle = copy.version();
    assert!(copy.apply(&place.entries_since(&copy.version())));
    let early = early.unwrap();
    for notices in [&place, &copy] {
        for number in (1..25_000).step_by(499) {
            assert!(notices.is_revoked(&format!("subject-{number}"), "", &early), "{number}");
        }
        assert!(notices.is_revoked("subject-24999", "", &middle));
        // Who was never revoked is asked for again where it is too long ago to tell, and not where it is not.
        assert!(notices.is_revoked("nobody", "", &early));
        assert!(!notices.is_revoked("nobody", "", &middle));
        assert!(!notices.is_revoked("subject-24999", "", &notices.version()));
        assert!(notices.export().len() < 1_000_000);
    }
    // Kept and read back it is the same.
    let mut again = InvalidationLog::default();
    assert!(again.apply(&place.export()));
    assert_eq!(again, place);
}

#[test]
fn a_sign_in_that_holds_its_permissions_is_outdated_until_it_is_renewed() {
    let claims = options("").to_json_string().replacen(
        r#""permissions":"[function]""#,
        r#""permissions":{"user_ids":"users"}"#,
        1,
    );
    let by_claims = Config::check(&params(&claims)).unwrap();
    let ann = r#"{"subject":"ann","tenant":"acme"}"#;
    for (about, id, concerns) in [
        (InvalidationScope::Subject, "ann", true),
        (InvalidationScope::Tenant, "acme", true),
        (InvalidationScope::Everybody, "", true),
        (InvalidationScope::Subject, "bob", false),
        (InvalidationScope::Contract, "ann", false),
    ] {
        for (config, holds) in [(&by_claims, true), (&config(), false)] {
            let mut place = InvalidationLog::new("e");
            place.append(about, id, 5000);
            // As it is after a restart, and as an isolate hears it.
            let mut again = InvalidationLog::default();
            assert!(again.apply(&place.export()));
            let mut edge = IsolateState::new(config.clone());
            assert!(edge.apply_invalidations(&again.entries_since(""), 6000));
            let permissions = Permissions::from_json(&Json::Null).unwrap();
            edge.insert(ann, permissions, "scope", &edge.invalidation_log().version(), 6000).unwrap();
            let person = edge.principal(ann, 6000).unwrap();
            for (signed_in_ms, is_before) in [(0, true), (4000, true), (5000, true), (5001, false)] {
                let expected = concerns && holds && is_before;
                assert_eq!(edge.is_revoked(person, signed_in_ms), expected, "{about:?} {id} {signed_in_ms}");
            }
        }
    }
    // What is no longer told apart revokes too much, and never too little.
    let mut place = InvalidationLog::new("e");
    for number in 0..10_001_i64 {
        place.append(InvalidationScope::Subject, &format!("subject-{number}"), number);
    }
    assert!(place.revoked_ms("subject-0", "").is_some_and(|at| (5000..=5001).contains(&at)));
    assert_eq!(place.revoked_ms("nobody", ""), place.revoked_ms("subject-0", ""));
    assert_eq!(place.revoked_ms("subject-10000", ""), Some(10_000));
}

// Who is known.

#[test]
fn who_was_revoked_is_known_no_more_and_is_not_learnt_from_what_was_asked_before() {
    let mut edge = IsolateState::new(config());
    let mut place = InvalidationLog::new("e");
    let nothing = || Permissions::from_json(&Json::Null).unwrap();
    let ann = r#"{"subject":"ann"}"#;
    assert!(!edge.is_current(0));
    assert!(edge.apply_invalidations(&place.entries_since(&edge.invalidation_log().version()), 1000));
    assert!(edge.is_current(1000) && edge.is_current(1999) && !edge.is_current(2000) && !edge.is_current(999));
    let heard = edge.invalidation_log().version();
    edge.insert(ann, nothing(), "scope", &heard, 1000).unwrap();
    assert!(edge.principal(ann, 1000).is_some() && edge.principal(ann, 60_999).is_some());
    assert!(
        edge.principal(ann, 61_000).is_none() && edge.principal(ann, 999).is_none(),
        "only for so long, by a clock that goes forwards"
    );
    place.append(InvalidationScope::Subject, "ann", 0);
    assert!(edge.apply_invalidations(&place.entries_since(&edge.invalidation_log().version()), 1500));
    assert!(edge.principal(ann, 1500).is_none());
    let error = edge.insert(ann, nothing(), "scope", &heard, 1500).unwrap_err();
    assert_eq!(code(&error), "PERMISSIONS_UNAVAILABLE");
    edge.insert(ann, nothing(), "scope", &edge.invalidation_log().version(), 1500).unwrap();
    assert!(edge.principal(ann, 1500).is_some());
    // What is no notice changes nothing, and is not taken for news.
    assert!(!edge.apply_invalidations("no notice", 9000));
    assert!(!edge.is_current(9000));
}

#[test]
fn what_is_remembered_of_identities_is_bounded_in_bytes() {
    // 2000 ids are reckoned as 100 KB: 16 MB are 160 such identities, and some 30 000 that may see nothing.
    let ids = Json::Array((0..2000).map(|id| Json::String(format!("{id}"))).collect());
    let much = Json::object([("contract_ids", ids)]);
    for (permissions, most, others) in [(&much, 160, 400), (&Json::Null, 32_000, 40_000)] {
        // Also where all of them come in one millisecond.
        for step_ms in [1, 0] {
            let mut edge = IsolateState::new(config());
            assert!(edge.apply_invalidations(&InvalidationLog::new("e").export(), 0));
            let heard = edge.invalidation_log().version();
            let identity = |number: i64| format!(r#"{{"subject":"s-{number}"}}"#);
            let permissions = Permissions::from_json(permissions).unwrap();
            for number in 0..others {
                edge.insert(&identity(number), permissions.clone(), "s", &heard, number * step_ms).unwrap();
            }
            let now = others * step_ms;
            let known = (0..others).filter(|number| edge.principal(&identity(*number), now).is_some()).count();
            assert!((1..=most).contains(&known), "{known} of {others}");
            assert!(edge.principal(&identity(others - 1), now).is_some(), "the newest is");
        }
    }
}

#[test]
fn an_identity_has_a_subject_and_the_tenant_that_is_asked_for() {
    let plain = IsolateState::new(config());
    let mut with_tenant = options("");
    if let Json::Object(members) = &mut with_tenant
        && let Some((_, Json::Object(jwt))) = members.iter_mut().find(|(name, _)| name == "jwt")
    {
        jwt.push(("tenant".to_owned(), Json::from("org")));
    }
    let tenants = IsolateState::new(Config::check(&with_tenant).unwrap());
    let table = [
        (r#"{"subject":"ann"}"#, Some(None), None),
        (r#"{"subject":"ann","tenant":"x"}"#, Some(Some("x")), None),
        (r#"{"subject":"ann","claims":{"org":"y"},"tenant":"x"}"#, Some(Some("x")), Some(Some("y"))),
        (r#"{"subject":"ann","claims":{"org":""}}"#, Some(None), None),
        (r#"{"subject":"ann","claims":{"org":7}}"#, Some(None), None),
        (r#"{"subject":"ann","tenant":7}"#, None, None),
        (r#"{"subject":""}"#, None, None),
        (r#"{"subject":7}"#, None, None),
        ("{}", None, None),
        ("true", None, None),
        ("no json", None, None),
    ];
    for (text, by_itself, by_claim) in table {
        let told = |edge: &IsolateState| edge.parse_identity(text).ok().map(|identity| identity.tenant);
        assert_eq!(told(&plain), by_itself.map(|tenant| tenant.map(str::to_owned)), "{text}");
        assert_eq!(told(&tenants), by_claim.map(|tenant| tenant.map(str::to_owned)), "{text}");
    }
}

// Slots.

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// Of what is granted each slot is used once, in time, or given back: none twice, none late, none lost; and of a lease
    /// that is used up the keeper hears as well.
    #[test]
    fn no_slot_is_used_twice_or_late_and_none_is_lost(steps in prop::collection::vec((0_u8..5, 0_i64..60, 1_u32..12, 0_i64..400, any::<bool>()), 0..120)) {
        let mut leases = HeldLeases::default();
        let (mut now, mut grant) = (1_000_000_i64, 0_u64);
        let mut left: BTreeMap<u64, (u32, i64, i64)> = BTreeMap::new();
        // When it is certain what became of it: none is used any more, and what was used has arrived.
        let over_at = |(slots, until, used): (u32, i64, i64)| if slots > 0 { until.max(used + 200) } else { used + 200 };
        for (what, passes, slots, late, ahead) in steps {
            now += passes;
            match what {
                0 => {
                    let good: u32 = left.values().filter(|(_, until, _)| *until > now).map(|(slots, ..)| slots).sum();
                    prop_assert_eq!(leases.try_acquire(now), good > 0);
                    if good > 0 {
                        let first = left.iter_mut().find(|(_, (slots, until, _))| *until > now && *slots > 0).unwrap().1;
                        *first = (first.0 - 1, first.1, now);
                    }
                }
                1 => {
                    let more = leases.desired_extra(now);
                    prop_assert!(more <= 64);
                    let life_ms = leases.duration_ms(more);
                    // What is used, and what it may be late on its way.
                    let least = if more > 0 { 300 } else { 220 };
                    prop_assert!((least..=3200).contains(&life_ms));
                    grant += 1;
                    let sent = now;
                    now += late;
                    leases.on_lease(more, [sent, 0, now], Some((grant, slots, life_ms)), ahead);
                    prop_assert_eq!(HeldLeases::is_too_late(sent, 0, life_ms, now), late >= i64::from(life_ms) - 200);
                    // One is for use at once, unless it was asked ahead or came too late.
                    let is_used = !ahead && late < i64::from(life_ms) - 200;
                    let used = if is_used { now } else { i64::MIN / 2 };
                    left.insert(grant, (slots - u32::from(is_used), sent + i64::from(life_ms) - 200, used));
                }
                2 => {
                    let back: BTreeMap<u64, u32> = leases.take_expired(now).into_iter().collect();
                    let expected: BTreeMap<u64, u32> =
                        left.iter().filter(|(_, lease)| over_at(**lease) <= now).map(|(grant, (slots, ..))| (*grant, *slots)).collect();
                    prop_assert_eq!(back, expected);
                    left.retain(|_, lease| over_at(*lease) > now);
                }
                3 => {
                    // Somebody's request was answered; of a lease with slots left that says nothing.
                    let last = left.keys().last().copied().unwrap_or(grant);
                    leases.on_completed(last);
                    if let Some(lease) = left.get_mut(&last).filter(|(slots, ..)| *slots == 0) {
                        lease.2 = i64::MIN / 2;
                    }
                }
                _ => {
                    let unused = left.values().filter(|(slots, ..)| *slots > 0);
                    let soonest = unused.map(|lease| (over_at(*lease) - now).max(1)).min();
                    prop_assert_eq!(leases.next_expiry_in_ms(now), soonest);
                }
            }
        }
    }
}

// Options.

#[test]
fn what_is_wrong_with_options_is_refused_by_name() {
    let table = [
        (r#""retries": 3"#, "options"),
        (r#""prefix": "api""#, "prefix"),
        (r#""prefix": "/api/""#, "prefix"),
        (r#""prefix": "/a//b""#, "prefix"),
        (r#""prefix": "/../b""#, "prefix"),
        (r#""prefix": "/a b""#, "prefix"),
        (r#""prefix": "/a%2f""#, "prefix"),
        (r#""timeoutMs": 99"#, "timeoutMs"),
        (r#""timeoutMs": 300001"#, "timeoutMs"),
        (r#""timeoutMs": "1000""#, "timeoutMs"),
        (r#""noticeSeconds": -1"#, "noticeSeconds"),
        (r#""permissionsTtlSeconds": 86401"#, "permissionsTtlSeconds"),
        (r#""rateLimit": { "perSecond": -1 }"#, "rateLimit.perSecond"),
        (r#""rateLimit": { "inFlight": 1 }"#, "rateLimit"),
        (r#""rateLimit": { "reservePercent": 91 }"#, "rateLimit.reservePercent"),
        (r#""cache": { "openSeconds": 700000 }"#, "cache"),
        (r#""cache": { "memoryBytes": 200000000 }"#, "cache.memoryBytes"),
        (r#""cache": true"#, "cache"),
        (r#""name": """#, "name"),
        (r#""cors": { "origins": ["*"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["https://portal.example/"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["https://portal.example:443"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["https://Portal.example"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["http://portal.example"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["null"] }"#, "cors.origins"),
        (r#""cors": { "origin": "https://portal.example" }"#, "cors"),
        (r#""cors": { "origins": ["https://*"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["https://*.example"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["https://*.*.portal.example"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["https://pr-*.portal.example"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["*://portal.example"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["http://*.portal.example"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["file://"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["javascript://x"] }"#, "cors.origins"),
        (r#""cors": { "origins": ["capacitor://local/host"] }"#, "cors.origins"),
        (r#""cors": { "origins": [{}] }"#, "cors.origins"),
        (r#""cors": { "origins": true }"#, "cors.origins"),
        (r#""cors": { "headers": "x-portal" }"#, "cors.headers"),
        (r#""cors": { "headers": ["x portal"] }"#, "cors.headers"),
        (r#""cors": { "headers": ["*"] }"#, "cors.headers"),
        (r#""cors": { "credentials": "include" }"#, "cors.credentials"),
        (r#""cors": { "maxAge": 86401 }"#, "cors.maxAge"),
        (r#""authorize": "[function]""#, "authorize"),
        (r#""fetch": 7"#, "fetch"),
        (r#""audit": true"#, "audit"),
        (r#""upstream": { "baseUrl": "https://apix.cisco.com" }"#, "upstream"),
    ];
    for (more, field) in table {
        let problems = Config::check(&options(more)).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert!(fields.iter().all(|found| *found == field) && !fields.is_empty(), "{more}: {fields:?}");
    }
    let jwt = |members: &str| Config::check(&params(&format!(r#"{{ "jwt": {{ {members} }} }}"#)));
    let good =
        r#""issuer": "i", "audience": ["a", "b"], "jwksUri": "https://login.example/jwks?v=2", "algorithms": "ES256""#;
    assert!(jwt(good).is_ok());
    for (from, to, field) in [
        (r#""issuer": "i""#, r#""issuer": """#, "jwt.issuer"),
        (r#"["a", "b"]"#, "[]", "jwt.audience"),
        (r#"["a", "b"]"#, r#"["a", 7]"#, "jwt.audience"),
        (r#""ES256""#, r#"["ES256", "HS256"]"#, "jwt.algorithms"),
        (r#""ES256""#, r#""none""#, "jwt.algorithms"),
        (r#""ES256""#, r#""es256""#, "jwt.algorithms"),
        (r#""ES256""#, "[]", "jwt.algorithms"),
        ("https://login", "http://login", "jwt.jwksUri"),
        (r#""ES256""#, r#""ES256", "jwks": { "keys": [] }"#, "jwt.jwksUri"),
        (r#""ES256""#, r#""ES256", "clockToleranceSeconds": 301"#, "jwt.clockToleranceSeconds"),
        (r#""ES256""#, r#""ES256", "alg": "ES256""#, "jwt"),
        (r#""ES256""#, r#""ES256", "audienceClaim": """#, "jwt.audienceClaim"),
        (r#""ES256""#, r#""ES256", "audienceClaim": ["azp"]"#, "jwt.audienceClaim"),
        (r#""ES256""#, r#""ES256", "header": "a b""#, "jwt.header"),
        (r#""ES256""#, r#""ES256", "header": 7"#, "jwt.header"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        let problems = jwt(&text).unwrap_err();
        assert!(problems.iter().all(|problem| problem.field == field), "{text}: {problems:?}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once_and_what_is_missing_is_listed() {
    let problems = Config::check(&options(r#""prefix": "api", "timeoutMs": 1, "retries": 3"#)).unwrap_err();
    let fields: BTreeSet<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, BTreeSet::from(["options", "prefix", "timeoutMs"]));
    assert_eq!(Config::check(&params("{}")).unwrap().missing.len(), 4);
    assert_eq!(config().missing, Vec::<&str>::new());
    let by_function = Config::check(&params(
        r#"{ "authorize": "[function]", "permissions": "[function]", "credentials": "[function]", "quota": "[function]" }"#,
    ))
    .unwrap();
    assert!(by_function.missing.is_empty() && !by_function.is_by_header && config().is_by_header);
    // A header that a proxy adds is none that a browser tells its answers apart by.
    for (name, is_by_header) in [("Cf-Access-Jwt-Assertion", false), ("AUTHORIZATION", true)] {
        let mut given = options("").to_json_string();
        given = given.replacen("\"issuer\"", &format!("\"header\":\"{name}\",\"issuer\""), 1);
        let config = Config::check(&params(&given)).unwrap();
        assert_eq!(config.is_by_header, is_by_header);
        assert_eq!(config.cors.headers.len(), usize::from(!is_by_header), "a page may send it");
    }
}

#[test]
fn the_facts_of_the_routes_are_the_endpoints_own() {
    let names = [CASE_SUMMARY.name, CASE_DETAILS.name, CASES_BY_CONTRACT.name, CASES_BY_USER.name];
    for (path, name) in
        ["/cases/case_ids/1", "/cases/details/case_id/1", "/cases/contracts/contract_ids/1", "/cases/users/user_ids/1"]
            .iter()
            .zip(names)
    {
        assert_eq!(read(path).unwrap().endpoint.name, name);
    }
}
