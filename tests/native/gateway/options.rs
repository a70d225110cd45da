//! Options of a gateway, and identities.

use super::*;

#[test]
fn an_identity_has_a_subject_and_the_tenant_that_is_asked_for() {
    let plain = IsolateState::new(config());
    let mut with_tenant = options("");
    if let Json::Object(members) = &mut with_tenant
        && let Some((_, Json::Object(jwt))) = members.iter_mut().find(|(name, _)| name == "jwt")
    {
        jwt.push(("tenant".to_owned(), Json::from("org")));
    }
    let tenants = IsolateState::new(GatewayConfig::check(&with_tenant).unwrap());
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

// Leases.

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// Each granted permit is used once and in time, or returned.
    ///
    /// No permit is used twice, used late or lost, and the quota object is also notified of used-up leases.
    #[test]
    fn no_slot_is_used_twice_or_late_and_none_is_lost(steps in prop::collection::vec((0_u8..5, 0_i64..60, 1_u32..12, 0_i64..400, any::<bool>()), 0..120)) {
        let mut leases = HeldLeases::default();
        let (mut now, mut grant) = (1_000_000_i64, 0_u64);
        let mut left: BTreeMap<u64, (u32, i64, i64)> = BTreeMap::new();
        // The time when a lease's outcome is certain: no permit is used any more, and all used ones have arrived.
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
                    // The time of use, and the allowance for network delay.
                    let least = if more > 0 { 300 } else { 220 };
                    prop_assert!((least..=3200).contains(&life_ms));
                    grant += 1;
                    let sent = now;
                    now += late;
                    let granted = Some(GrantedLease { id: grant, permits: slots, duration_ms: life_ms });
                    let result = LeaseResult { extra: more, sent_ms: sent, waited_ms: 0, granted, is_prefetch: ahead };
                    prop_assert_eq!(leases.on_lease(result, now), late < i64::from(life_ms) - 200);
                    // One permit is used immediately, unless the lease was requested in advance or arrived too late.
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
                    // A completed request confirms nothing about a lease with permits left.
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
        (r#""cache": { "openSeconds": 700000 }"#, "cache.openSeconds"),
        (r#""cache": { "staleIfErrorSeconds": 604801 }"#, "cache.staleIfErrorSeconds"),
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
        let problems = GatewayConfig::check(&options(more)).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert!(fields.iter().all(|found| *found == field) && !fields.is_empty(), "{more}: {fields:?}");
    }
    let jwt = |members: &str| GatewayConfig::check(&params(&format!(r#"{{ "jwt": {{ {members} }} }}"#)));
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
    let problems = GatewayConfig::check(&options(r#""prefix": "api", "timeoutMs": 1, "retries": 3"#)).unwrap_err();
    let fields: BTreeSet<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, BTreeSet::from(["options", "prefix", "timeoutMs"]));
    assert_eq!(GatewayConfig::check(&params("{}")).unwrap().missing.len(), 4);
    assert_eq!(config().missing, Vec::<&str>::new());
    let by_function = GatewayConfig::check(&params(
        r#"{ "authorize": "[function]", "permissions": "[function]", "credentials": "[function]", "quota": "[function]" }"#,
    ))
    .unwrap();
    assert!(by_function.missing.is_empty() && !by_function.is_by_header && config().is_by_header);
    // Browsers do not distinguish responses by a header that a proxy adds.
    for (name, is_by_header) in [("Cf-Access-Jwt-Assertion", false), ("AUTHORIZATION", true)] {
        let mut given = options("").to_json_string();
        given = given.replacen("\"issuer\"", &format!("\"header\":\"{name}\",\"issuer\""), 1);
        let config = GatewayConfig::check(&params(&given)).unwrap();
        assert_eq!(config.is_by_header, is_by_header);
        assert_eq!(config.cors.headers.len(), usize::from(!is_by_header), "a page may send it");
    }
}

#[test]
fn the_facts_of_the_routes_are_the_endpoints_own() {
    let names = [
        CASE_SUMMARY.operation_id,
        CASE_DETAILS.operation_id,
        CASES_BY_CONTRACT.operation_id,
        CASES_BY_USER.operation_id,
    ];
    for (path, name) in
        ["/cases/case_ids/1", "/cases/details/case_id/1", "/cases/contracts/contract_ids/1", "/cases/users/user_ids/1"]
            .iter()
            .zip(names)
    {
        assert_eq!(read(path).unwrap().endpoint.operation_id, name);
    }
}
