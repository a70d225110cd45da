//! Routing and validation of requests.

use super::*;

// Routes.

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
        assert_eq!(
            (request.endpoint.operation_id, canonicalize(&request).path_and_query().as_str()),
            (name, up),
            "{path}"
        );
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
    let of_head = RequestHead { requested_method: Some("HEAD"), ..preflighted };
    assert_eq!(parse_request(&config, &of_head, &Origin::SameOrigin), Ok(RouteMatch::Preflight));
    // A disallowed page gets the error from its request: it could not read the error of a preflight.
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
    let with = |more: &str| GatewayConfig::check(&options(more)).unwrap();
    let by_header = config();
    let by_cookie = with(r#""cors": { "origins": ["https://portal.example"], "credentials": true }"#);
    let by_session = GatewayConfig::check(&params(
        r#"{ "authorize": "[function]", "permissions": "[function]", "credentials": "[function]", "quota": "[function]" }"#,
    ))
    .unwrap();
    // Its options may name the header of a proxy that signs in by a cookie.
    let by_unknown_header = GatewayConfig::check(&params(
        r#"{ "jwt": "[function]", "permissions": "[function]", "credentials": "[function]", "quota": "[function]" }"#,
    ))
    .unwrap();
    assert!(by_unknown_header.is_by_header, "browsers may cache responses as long as the options name none");
    for (fetch_site, is_refused) in [
        (None, false),
        (Some("none"), false),
        (Some("same-origin"), false),
        (Some("same-site"), true),
        (Some("cross-site"), true),
    ] {
        let head = RequestHead { method: "GET", url: &url, fetch_site, ..RequestHead::default() };
        for config in [&by_cookie, &by_session, &by_unknown_header] {
            let refused = parse_request(config, &head, &Origin::SameOrigin)
                .is_err_and(|error| code(&error) == "ORIGIN_NOT_ALLOWED");
            assert_eq!(refused, is_refused, "{fetch_site:?}");
            // A script of an allowed page sends its origin, and was preflighted or cannot read the response.
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
        (Some("No-Cache, Max-Age=5"), true, Some(5_000)),
        (Some("MAX-AGE=0"), true, Some(0)),
    ];
    for (cache_control, expected, most_ms) in table {
        let head = RequestHead { method: "GET", url: &url, cache_control, ..RequestHead::default() };
        let parsed = parse_request(&config(), &head, &Origin::SameOrigin);
        let Ok(RouteMatch::Cases { no_cache, max_age_ms, .. }) = parsed else { panic!() };
        assert_eq!((no_cache, max_age_ms), (expected, most_ms), "{cache_control:?}");
    }
}

/// Generates segments of URLs, most of them almost valid.
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

    /// An accepted URL is rewritten as a minimal URL with the same meaning that the service accepts.
    ///
    /// Parsing and writing therefore let nothing be smuggled through.
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
        let ids = route.strip_prefix(plain.endpoint.path_prefix());
        prop_assert!(ids.is_some_and(|ids| !ids.contains('/') && ids.split(',').all(|id| !matches!(id, "" | "." | ".."))), "{up}");
        // Parsing the result again, below the prefix and by the client's own rules, gives the same request.
        let again = read(&up);
        prop_assert_eq!(again.as_ref().map(plain_path), Ok(up.clone()), "{}", path);
        // The sandbox, which follows the documentation's rules, accepts it.
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
