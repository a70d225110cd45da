//! Options of a gateway.

use super::cache::CachePolicy;
use super::quota::DEFAULT_RESERVE_PERCENT;
use crate::client::{
    OptionReader, RateLimits, check_base_url, number_members, option_problem, string_option, whole_number,
};
use crate::rules::Problem;
use crate::util::{Json, join};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// Names of the options. Others are refused.
const OPTIONS: [&str; 18] = [
    "name",
    "prefix",
    "credentials",
    "upstream",
    "jwt",
    "authorize",
    "permissions",
    "permissionsTtlSeconds",
    "noticeSeconds",
    "quota",
    "rateLimit",
    "cache",
    "cors",
    "timeoutMs",
    "audit",
    "fetch",
    "sync",
    "copy",
];

/// Options that are functions, with their description.
const FUNCTIONS: [(&str, &str); 6] = [
    ("credentials", "a function of env that returns { clientId, clientSecret }"),
    ("upstream", "a function of env that returns { baseUrl, tokenUrl }"),
    ("authorize", "a function of the request and env that returns an identity or null"),
    ("quota", "a function of env that returns the namespace of CaseQuota"),
    ("audit", "a function of an audit entry, or false for none"),
    ("fetch", "a function like fetch"),
];

const JWT: [&str; 9] = [
    "issuer",
    "audience",
    "audienceClaim",
    "header",
    "jwksUri",
    "jwks",
    "algorithms",
    "clockToleranceSeconds",
    "tenant",
];
const CORS: [&str; 4] = ["origins", "headers", "credentials", "maxAge"];
const PERMISSION_CLAIMS: [&str; 2] = ["contract_ids", "user_ids"];
const RATE_LIMIT: [&str; 4] = ["perSecond", "perMinute", "perDay", "reservePercent"];
const CACHE: [&str; 7] = [
    "openSeconds",
    "closedSeconds",
    "listSeconds",
    "closedListSeconds",
    "staleSeconds",
    "staleIfErrorSeconds",
    "memoryBytes",
];

/// Algorithms that may be accepted, all with public keys. A list with `none` or HMAC would let everybody sign who knows
/// the public key. (RFC 8725, sections 2.1 and 3.1.)
pub const ALGORITHMS: [&str; 11] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

/// The largest rate limit.
const MAX_RATE_LIMIT: u32 = 1_000_000;
const DAY_SECONDS: u32 = 86_400;
/// Marker of a function in options that were serialized as JSON.
const FUNCTION: &str = "[function]";
/// Member of the marker of a regular expression.
const REGEXP: &str = "[regexp]";

/// Checked options of a gateway.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::GatewayConfig;
///
/// let config = GatewayConfig::check(&json(br#"{ "prefix": "/case" }"#).unwrap()).unwrap();
/// assert_eq!(config.prefix, "/case");
/// assert!(config.missing[0].starts_with("jwt or authorize is missing"));
///
/// let problems = GatewayConfig::check(&json(br#"{ "prefix": 7, "every": 5 }"#).unwrap()).unwrap_err();
/// assert_eq!(problems.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// Name of the gateway. Gateways of a Worker with different names have separate quotas.
    pub name: String,
    /// Prefix of the service's routes.
    pub prefix: String,
    /// Access for pages of other origins.
    pub cors: Cors,
    /// Timeout of a request, including waits and retries.
    pub timeout_ms: u32,
    /// Time for which permissions are cached.
    pub permissions_ttl_ms: i64,
    /// Longest time between an isolate's polls of the invalidation log; 0: it polls before each response.
    pub notice_ms: i64,
    /// Claims that contain the permissions, if they do.
    pub claims: Option<PermissionClaims>,
    /// Claim with the tenant.
    pub tenant: Option<String>,
    /// Whether the header `Authorization` alone authenticates a request. The inputs of `authorize` are not known here.
    pub is_by_header: bool,
    /// Whether browsers may send by themselves what authenticates a request: cookies, or a header that a proxy adds for a cookie
    /// of its own. Then pages of other sites must not embed responses.
    pub is_ambient: bool,
    /// Tolerance for the times of a token, in seconds.
    pub clock_tolerance_seconds: u32,
    /// Rate limits of requests to the service.
    pub limits: RateLimits,
    /// Share of the limits per minute and per day that is reserved for tenants below their equal share, in percent.
    pub reserve_percent: u32,
    /// Lifetimes of cached responses.
    pub cache: CachePolicy,
    /// Whether there is a copy of cases.
    pub has_copy: bool,
    /// Whether there are live connections.
    pub has_live: bool,
    /// Sentences for the log about missing options, without which every request is refused.
    pub missing: Vec<&'static str>,
}

/// Access for pages of other origins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cors {
    /// Allowed origins, in addition to the gateway's own. A `*` stands for one label of a host.
    pub origins: Vec<String>,
    /// Additional request headers that pages may send.
    pub headers: Vec<String>,
    /// Whether pages may send any header; the gateway ignores them.
    pub any_header: bool,
    /// Whether requests may contain cookies.
    pub credentials: bool,
    /// Time for which browsers cache a preflight response, in seconds.
    pub max_age_s: u32,
}

impl Cors {
    /// Whether an origin is allowed.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| match allowed.split_once('*') {
            None => allowed == origin,
            Some((before, after)) => {
                origin.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|label| {
                    !label.is_empty() && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
                })
            }
        })
    }
}

/// Claims with permissions: each a list of ids or the string `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PermissionClaims {
    /// Claim with contract ids.
    pub contract_ids: Option<String>,
    /// Claim with user ids.
    pub user_ids: Option<String>,
}

impl GatewayConfig {
    /// Checks options, in which `[function]` stands for each function. Returns all problems at once. Missing options
    /// are no problem but listed in [`missing`](GatewayConfig::missing), and every request is refused.
    pub fn check(options: &Json) -> Result<GatewayConfig, Vec<Problem>> {
        let mut problems = Vec::new();
        let given = OptionReader::new("options", options, &OPTIONS, &mut problems);
        for (name, expected) in FUNCTIONS {
            if let Some(other) = given.get(name).filter(|value| !is_function(value)) {
                problems.push(option_problem(name, expected, &Json::from(other.kind_name())));
            }
        }
        if let Some(value) = given.get("sync")
            && !value.get("run").is_some_and(is_function)
        {
            let expected = "the result of syncTo of cisco-support-case/gateway/sync";
            problems.push(option_problem("sync", expected, &Json::from(value.kind_name())));
        }
        if let Some(value) = given.get("copy")
            && !value.get("database").is_some_and(is_function)
        {
            let expected = "the result of copyTo of cisco-support-case/gateway/copy";
            problems.push(option_problem("copy", expected, &Json::from(value.kind_name())));
        }
        let Jwt { tenant, tolerance_seconds: clock_tolerance_seconds, header } = jwt(&given, &mut problems);
        let claims = permission_claims(&given, &mut problems);
        let prefix = prefix(&given, &mut problems);
        let cors = cors(&given, header.as_deref(), &mut problems);
        let permissions_ttl_ms = seconds("permissionsTtlSeconds", &given, 60, &mut problems);
        let notice_ms = seconds("noticeSeconds", &given, 1, &mut problems);
        let expected = "a whole number of milliseconds from 100 to 300000";
        let timeout_ms =
            whole_number("timeoutMs", given.get("timeoutMs"), 300_000, expected, &mut problems).unwrap_or(25_000);
        if timeout_ms < 100 {
            problems.push(option_problem("timeoutMs", expected, &Json::from(timeout_ms)));
        }
        let (rate_limits, reserve_percent) = rate_limits(&given, &mut problems);
        let cache = cache(&given, &mut problems);
        let name = string_option("name", given.get("name"), &mut problems).unwrap_or_else(|| "default".to_owned());
        if name.is_empty() || name.len() > 64 {
            problems.push(option_problem("name", "a name of 1 to 64 bytes", &Json::from(name.as_str())));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let is_by_header = given.get("authorize").is_none() && header.is_none();
        // The header of a function's options is known with a request only.
        let is_ambient = cors.credentials || !is_by_header || given.get("jwt").is_some_and(is_function);
        Ok(GatewayConfig {
            name,
            prefix,
            cors,
            timeout_ms,
            permissions_ttl_ms,
            notice_ms,
            claims,
            tenant,
            is_by_header,
            is_ambient,
            clock_tolerance_seconds,
            limits: rate_limits,
            reserve_percent,
            cache,
            has_copy: given.get("copy").is_some(),
            has_live: given.get("copy").and_then(|copy| copy.get("live")).is_some_and(is_function),
            missing: missing(&given),
        })
    }
}

fn is_function(value: &Json) -> bool {
    value.as_str() == Some(FUNCTION)
}

/// Returns sentences about the options without which no request can be answered: authentication, authorization,
/// credentials and quota.
fn missing(given: &OptionReader<'_>) -> Vec<&'static str> {
    let table = [
        (
            given.get("jwt").or(given.get("authorize")),
            "jwt or authorize is missing, without which no request is authenticated",
        ),
        (given.get("permissions"), "permissions is missing, without which no request is authorized"),
        (given.get("credentials"), "credentials is missing, without which the service cannot be called"),
        (given.get("quota"), "quota is missing, the Durable Object that holds the quota and the token"),
    ];
    table.into_iter().filter(|(value, _)| value.is_none()).map(|(_, sentence)| sentence).collect()
}

/// The members of `jwt` that are used here. The others are checked, and used by the JWT verifier.
struct Jwt {
    /// Claim with the tenant.
    tenant: Option<String>,
    tolerance_seconds: u32,
    /// Header with the token, if it is not `Authorization`.
    header: Option<String>,
}

fn jwt(given: &OptionReader<'_>, problems: &mut Vec<Problem>) -> Jwt {
    const TOLERANCE_SECONDS: u32 = 30;
    let usual = Jwt { tenant: None, tolerance_seconds: TOLERANCE_SECONDS, header: None };
    let Some(value) = given.get("jwt") else { return usual };
    if given.get("authorize").is_some() {
        problems.push(option_problem("authorize", "either jwt or authorize, not both", &Json::from("both")));
    }
    if is_function(value) {
        // Its result is checked when the function has been called.
        return usual;
    }
    let jwt = OptionReader::new("jwt", value, &JWT, problems);
    for name in ["issuer", "audience"] {
        texts(&["jwt.", name].concat(), jwt.get(name), problems);
    }
    for name in texts("jwt.algorithms", jwt.get("algorithms"), problems) {
        if !ALGORITHMS.contains(&name) {
            let expected = ["one of ", &join(&mut ALGORITHMS.into_iter(), ", ")].concat();
            problems.push(option_problem("jwt.algorithms", &expected, &Json::from(name)));
        }
    }
    match (string_option("jwt.jwksUri", jwt.get("jwksUri"), problems), jwt.get("jwks")) {
        (Some(uri), None) => {
            // A query is allowed: some identity providers use one.
            let address = uri.split('?').next().unwrap_or_default();
            problems.extend(check_base_url("jwt.jwksUri", address, None).err());
        }
        (None, Some(Json::Object(_))) => {}
        (_, other) => {
            let expected = "the https address of the keys; or the keys themselves in jwt.jwks, as { keys: […] }";
            problems.push(option_problem("jwt.jwksUri", expected, &Json::from(other.map(Json::kind_name))));
        }
    }
    if let Some(value) = jwt.get("audienceClaim").filter(|value| value.as_str().is_none_or(str::is_empty)) {
        let expected = "the name of the claim with the audience, if it is not aud";
        problems.push(option_problem("jwt.audienceClaim", expected, value));
    }
    let header = string_option("jwt.header", jwt.get("header"), problems);
    if let Some(name) = header.as_deref().filter(|name| !is_header_name(name)) {
        let expected = "the name of the header with the token, such as Cf-Access-Jwt-Assertion";
        problems.push(option_problem("jwt.header", expected, &Json::from(name)));
    }
    let header = header.filter(|name| !name.eq_ignore_ascii_case("authorization"));
    let tenant = string_option("jwt.tenant", jwt.get("tenant"), problems);
    let expected = "a whole number of seconds, at most 300";
    let tolerance =
        whole_number("jwt.clockToleranceSeconds", jwt.get("clockToleranceSeconds"), 300, expected, problems);
    Jwt { tenant, tolerance_seconds: tolerance.unwrap_or(TOLERANCE_SECONDS), header }
}

/// Whether a string is the name of a header (RFC 9110, section 5.1).
fn is_header_name(name: &str) -> bool {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.len() <= 100 && name.bytes().all(is_token)
}

/// Reads a string or a list of strings, at least one.
fn texts<'j>(name: &str, value: Option<&'j Json>, problems: &mut Vec<Problem>) -> Vec<&'j str> {
    let list: Option<Vec<&str>> = match value {
        Some(Json::String(text)) => Some(vec![text]),
        Some(Json::Array(items)) => items.iter().map(Json::as_str).collect(),
        _ => None,
    };
    match list.filter(|list| !list.is_empty() && list.iter().all(|text| !text.is_empty())) {
        Some(list) => list,
        None => {
            problems.push(option_problem(
                name,
                "a string, or a list of at least one string",
                value.unwrap_or(&Json::Null),
            ));
            Vec::new()
        }
    }
}

fn permission_claims(given: &OptionReader<'_>, problems: &mut Vec<Problem>) -> Option<PermissionClaims> {
    let value = given.get("permissions").filter(|value| !is_function(value))?;
    let members = OptionReader::new("permissions", value, &PERMISSION_CLAIMS, problems);
    let mut claim = |name: &str| string_option(&["permissions.", name].concat(), members.get(name), problems);
    let claims = PermissionClaims { contract_ids: claim("contract_ids"), user_ids: claim("user_ids") };
    if claims == PermissionClaims::default() {
        let expected = "a function of identity and env, or { contract_ids, user_ids } with the names of claims";
        problems.push(option_problem("permissions", expected, value));
    }
    Some(claims)
}

/// Reads `prefix`: a path of segments without special characters, and without a slash at its end.
fn prefix(given: &OptionReader<'_>, problems: &mut Vec<Problem>) -> String {
    let prefix = string_option("prefix", given.get("prefix"), problems).unwrap_or_else(|| "/api/case".to_owned());
    let is_plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
    };
    let is_path = prefix.strip_prefix('/').is_some_and(|path| path.split('/').all(is_plain));
    if !is_path && !prefix.is_empty() {
        let expected = "a path such as /api/case, of letters, digits, - . _ ~ and /, without one at its end";
        problems.push(option_problem("prefix", expected, &Json::from(prefix.as_str())));
    }
    prefix
}

/// Reads `cors`. `token_header` is the header with the token, if `jwt` names one.
fn cors(given: &OptionReader<'_>, token_header: Option<&str>, problems: &mut Vec<Problem>) -> Cors {
    let members = OptionReader::new("cors", given.get("cors").unwrap_or(&Json::Null), &CORS, problems);
    let origins = origins(members.get("origins"), problems);
    let any_header = members.get("headers").and_then(Json::as_str) == Some("*");
    let mut headers: Vec<String> = token_header.map(str::to_owned).into_iter().collect();
    match members.get("headers") {
        _ if any_header => {}
        None => {}
        Some(Json::Array(items)) => {
            for item in items {
                match item.as_str().filter(|name| is_header_name(name) && *name != "*") {
                    Some(name) => headers.push(name.to_owned()),
                    None => problems.push(option_problem("cors.headers", "names of headers, or \"*\"", item)),
                }
            }
        }
        Some(other) => problems.push(option_problem("cors.headers", "a list of names of headers, or \"*\"", other)),
    }
    let credentials = match members.get("credentials") {
        None => false,
        Some(Json::Bool(value)) => *value,
        Some(other) => {
            problems.push(option_problem("cors.credentials", "true or false", other));
            false
        }
    };
    // The longest time for which Chromium caches it.
    const MAX_AGE_SECONDS: u32 = 7200;
    let expected = "a whole number of seconds, at most a day";
    let max_age_s = whole_number("cors.maxAge", members.get("maxAge"), DAY_SECONDS, expected, problems);
    Cors { origins, headers, any_header, credentials, max_age_s: max_age_s.unwrap_or(MAX_AGE_SECONDS) }
}

/// Reads origins as browsers write them (RFC 6454, section 6.2). They are compared exactly, except for a `*` in place
/// of one label. The package evaluates functions and regular expressions.
fn origins(value: Option<&Json>, problems: &mut Vec<Problem>) -> Vec<String> {
    let expected = "an origin as browsers write it, such as https://portal.example or https://*.portal.example";
    let Some(value) = value.filter(|value| !is_function(value)) else { return Vec::new() };
    let Json::Array(items) = value else {
        let text = value.as_str().filter(|origin| is_origin(origin));
        if text.is_none() {
            let expected = "a list of origins, or a function of origin and env";
            problems.push(option_problem("cors.origins", expected, value));
        }
        return text.map(str::to_owned).into_iter().collect();
    };
    let mut origins = Vec::new();
    for item in items {
        match item {
            Json::String(origin) if is_origin(origin) => origins.push(origin.clone()),
            Json::Object(_) if item.get(REGEXP).is_some() => {}
            other => problems.push(option_problem("cors.origins", expected, other)),
        }
    }
    origins
}

/// Whether an origin, or one with a `*` in place of its host's first label, has the form that browsers write.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    if *text != text.to_ascii_lowercase() || host.is_empty() || host.contains(['/', '@']) {
        return false;
    }
    let plain = match host.strip_prefix("*.") {
        // A whole top-level domain belongs to nobody alone.
        Some(rest) if !rest.contains('.') || rest.contains('*') => return false,
        Some(rest) => ["a.", rest].concat(),
        None if host.contains('*') => return false,
        None => host.to_owned(),
    };
    match scheme {
        "https" if plain.ends_with(":443") => false,
        "http" if plain.ends_with(":80") => false,
        "http" | "https" => check_base_url("cors.origins", &[scheme, "://", &plain].concat(), None).is_ok(),
        // Pages from files or without an origin send `null`.
        "file" | "data" | "blob" | "about" | "javascript" => false,
        // The origin of an app, such as capacitor://localhost.
        _ => {
            scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
                && plain.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':'))
        }
    }
}

/// Reads the option `rateLimit`, an object or `false` for none: the limits, and the reserve in percent.
fn rate_limits(given: &OptionReader<'_>, problems: &mut Vec<Problem>) -> (RateLimits, u32) {
    let none = (RateLimits { max_concurrent: 0, ..RateLimits::NONE }, DEFAULT_RESERVE_PERCENT);
    let value = given.get("rateLimit");
    if value == Some(&Json::Bool(false)) {
        return none;
    }
    let RateLimits { per_second, per_minute, per_day, .. } = RateLimits::default();
    let mut numbers = [per_second, per_minute, per_day, DEFAULT_RESERVE_PERCENT];
    let expected = "a whole number, 0 for no limit";
    number_members("rateLimit", given, &RATE_LIMIT, &mut numbers, MAX_RATE_LIMIT, expected, problems);
    let [per_second, per_minute, per_day, reserve_percent] = numbers;
    if reserve_percent > 90 {
        let expected = "a whole number from 0 to 90";
        problems.push(option_problem("rateLimit.reservePercent", expected, &Json::from(reserve_percent)));
    }
    (RateLimits { per_second, per_minute, per_day, max_concurrent: 0 }, reserve_percent)
}

fn seconds(name: &str, given: &OptionReader<'_>, default: u32, problems: &mut Vec<Problem>) -> i64 {
    let read = whole_number(name, given.get(name), DAY_SECONDS, "a whole number of seconds, at most a day", problems);
    i64::from(read.unwrap_or(default)) * 1000
}

fn cache(given: &OptionReader<'_>, problems: &mut Vec<Problem>) -> CachePolicy {
    let default = CachePolicy::default();
    if given.get("cache") == Some(&Json::Bool(false)) {
        return CachePolicy { is_enabled: false, ..default };
    }
    let in_seconds = [
        default.open_ms,
        default.closed_ms,
        default.list_ms,
        default.closed_list_ms,
        default.stale_ms,
        default.stale_if_error_ms,
    ]
    .map(|ms| u32::try_from(ms / 1000).unwrap_or(0));
    let [a, b, c, d, e, f] = in_seconds;
    let mut values = [a, b, c, d, e, f, default.memory_bytes];
    // A week of seconds, and most of an isolate's memory in bytes.
    let expected = "a whole number: seconds up to a week, bytes up to 100 MB";
    number_members("cache", given, &CACHE, &mut values, 100_000_000, expected, problems);
    let [open, closed, list, closed_list, stale, stale_if_error, memory_bytes] = values;
    let times = [open, closed, list, closed_list, stale, stale_if_error];
    for (name, seconds) in CACHE.iter().zip(times) {
        if seconds > 7 * DAY_SECONDS {
            problems.push(option_problem(&["cache.", name].concat(), expected, &Json::from(seconds)));
        }
    }
    let [open_ms, closed_ms, list_ms, closed_list_ms, stale_ms, stale_if_error_ms] =
        times.map(|seconds| i64::from(seconds) * 1000);
    CachePolicy {
        is_enabled: true,
        open_ms,
        closed_ms,
        list_ms,
        closed_list_ms,
        stale_ms,
        stale_if_error_ms,
        memory_bytes,
    }
}
