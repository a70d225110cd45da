//! What goes back to whoever asked.

use super::config::Config;
use crate::error::{ErrorBody, ErrorKind, ErrorRow, row_for};
use crate::rules::{Problem, ProblemList};
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, string::ToString, vec::Vec};

/// What a page may read of an answer besides its body (Fetch, section 3.3.4): when to come back, and the ids to quote.
const EXPOSED_HEADERS: &str = "Date, Retry-After, X-Mashery-Message-ID, X-Request-ID, X-Cache, Age";

/// What a page may send: its sign-in, and what the client of this package says.
const ALLOWED_HEADERS: &str = "Authorization, Accept, Cache-Control, Traceparent";

/// The longest list of headers that is said back to a page.
const MAX_REQUESTED_HEADERS_BYTES: usize = 2048;

/// An answer is data: no page shows it, no script runs in it, and nobody embeds it.
const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000"),
];

/// The body of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// None.
    Empty,
    /// This text, which is JSON.
    Text(String),
    /// The service's own, byte for byte.
    Upstream,
}

/// An answer, without what only its sender knows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GatewayResponse {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Payload,
    /// The code of what was refused or failed; `""` where nothing was.
    pub code: String,
    /// How it came out, for the audit.
    pub kind: Option<ErrorKind>,
}

/// What is refused, or has failed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GatewayError(pub Box<ErrorBody>);

impl GatewayError {
    /// By a code of the gateway's or the client's own table.
    pub fn for_code(code: &str) -> GatewayError {
        GatewayError::for_row(row_for(code))
    }

    /// By a row.
    pub fn for_row(row: &ErrorRow) -> GatewayError {
        GatewayError(Box::new(ErrorBody::from_row(row)))
    }

    /// A quota is spent, until then where that is known.
    pub fn quota_exhausted(renews_at_ms: Option<i64>) -> GatewayError {
        let mut error = GatewayError::for_code("QUOTA_SPENT");
        error.0.renews_at_ms = renews_at_ms;
        error
    }

    /// Too many wait already. Nothing was sent for it: whoever asked may ask again by itself.
    pub fn busy(retry_after_ms: u32) -> GatewayError {
        let mut error = GatewayError::for_code("GATEWAY_BUSY");
        error.0.retry = true;
        error.0.retry_after_ms = Some(retry_after_ms);
        error
    }

    /// The same with more to say.
    pub fn with_detail(mut self, detail: &str) -> GatewayError {
        if !detail.is_empty() {
            self.0.message = format!("{} {detail}", self.0.message);
        }
        self
    }

    /// The same with what is wrong with the request.
    pub fn with_problems(mut self, problems: Vec<Problem>) -> GatewayError {
        self.0.problems = problems.truncated();
        self
    }
}

/// Which page asks, and whether it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// None that says so, or one of the gateway's own origin.
    SameOrigin,
    /// One that may ask.
    Allowed {
        /// The origin.
        origin: String,
        /// Whether its requests may carry cookies.
        credentials: bool,
    },
    /// One that may not. It can read that, and nothing else.
    Disallowed {
        /// The origin.
        origin: String,
        /// Whether requests may carry cookies: without a word on that it could not read why it is refused.
        credentials: bool,
    },
}

impl Origin {
    /// By the request's `Origin` and its own address. `null`, as a sandboxed frame says it, is no origin that can be on the
    /// list. `is_allowed`: a function or a regular expression of the options allows it.
    pub fn classify(config: &Config, origin: Option<&str>, is_allowed: bool, url: &str) -> Origin {
        let Some(origin) = origin else { return Origin::SameOrigin };
        let own = url.split_once("://").map(|(scheme, rest)| {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            [scheme, "://", host].concat()
        });
        let credentials = config.cors.credentials;
        if own.is_some_and(|own| own == origin) {
            Origin::SameOrigin
        } else if is_allowed && origin != "null" || config.cors.allows(origin) {
            Origin::Allowed { origin: origin.to_owned(), credentials }
        } else {
            Origin::Disallowed { origin: origin.to_owned(), credentials }
        }
    }
}

/// Says to a browser that a page of an origin may read the answer. What no browser calls an origin is not said back.
fn allow_reading(headers: &mut Vec<(&'static str, String)>, origin: &str, credentials: bool) {
    let is_one = origin == "null" || origin.contains("://") && !origin.contains([',', '*']) && !origin.contains(' ');
    if !is_one {
        return;
    }
    headers.push(("access-control-allow-origin", origin.to_owned()));
    if credentials {
        headers.push(("access-control-allow-credentials", "true".to_owned()));
    }
    headers.push(("access-control-expose-headers", EXPOSED_HEADERS.to_owned()));
}

/// The headers that every answer has. `Vary` names what it hangs on, so that a browser where one signs out and another in
/// keeps them apart.
pub fn base_headers(origin: &Origin, request_id: &str) -> Vec<(&'static str, String)> {
    let mut headers: Vec<_> = SECURITY_HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    headers.push(("vary", "Origin, Authorization".to_owned()));
    headers.push(("x-request-id", request_id.to_owned()));
    if let Origin::Allowed { origin, credentials } = origin {
        allow_reading(&mut headers, origin, *credentials);
    }
    headers
}

/// The answer to a preflight (Fetch, section 4.8), or to whoever asks what may be asked. `wanted` is what the page is to
/// send, `Access-Control-Request-Headers`. A page that may not ask passes as well: its request is then refused in words
/// that it can read, where a preflight that fails looks like a broken connection.
pub fn preflight_response(config: &Config, origin: &Origin, wanted: Option<&str>, request_id: &str) -> GatewayResponse {
    let mut headers = base_headers(origin, request_id);
    headers.push(("allow", "GET, OPTIONS".to_owned()));
    let mut allowed = ALLOWED_HEADERS.to_owned();
    for name in &config.cors.headers {
        allowed.push_str(", ");
        allowed.push_str(name);
    }
    let is_list = |text: &&str| {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~, ".contains(&b);
        !text.is_empty() && text.len() <= MAX_REQUESTED_HEADERS_BYTES && text.bytes().all(is_token)
    };
    let says_back = config.cors.any_header || matches!(origin, Origin::Disallowed { .. });
    if let Some(wanted) = wanted.filter(|_| says_back).filter(is_list) {
        // `*` would leave out `Authorization`, and is none where there are cookies.
        allowed.push_str(", ");
        allowed.push_str(wanted);
    }
    let max_age_s = match origin {
        Origin::SameOrigin => None,
        Origin::Allowed { .. } => Some(config.cors.max_age_s),
        Origin::Disallowed { origin, credentials } => {
            allow_reading(&mut headers, origin, *credentials);
            Some(0)
        }
    };
    if let Some(max_age_s) = max_age_s {
        headers.push(("access-control-allow-methods", "GET".to_owned()));
        headers.push(("access-control-allow-headers", allowed));
        headers.push(("access-control-max-age", max_age_s.to_string()));
    }
    GatewayResponse { status: 204, headers, body: Payload::Empty, code: String::new(), kind: None }
}

/// The answer to what is refused or has failed. It is never kept.
pub fn error_response(error: GatewayError, origin: &Origin, request_id: &str) -> GatewayResponse {
    let GatewayError(mut body) = error;
    body.request_id = Some(request_id.to_owned());
    // Rows of the client's own table have no status; what they say here is that the request is wrong.
    body.status = match (body.status, body.kind) {
        (0 | 200, ErrorKind::Quota) => 429,
        (0 | 200, ErrorKind::InvalidRequest) => 400,
        (0 | 200, _) => 502,
        // What `Response` takes; the service's 596 is none of HTTP's.
        (status @ 400..=599, _) => status,
        _ => 502,
    };
    let mut headers = base_headers(origin, request_id);
    headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
    headers.push(("cache-control", "no-store".to_owned()));
    if let Some(ms) = body.retry_after_ms {
        headers.push(("retry-after", ms.div_ceil(1000).to_string()));
    }
    if let Some(id) = &body.message_id {
        headers.push(("x-mashery-message-id", id.clone()));
    }
    match (body.code.as_str(), origin) {
        // Of all answers this one alone is for the page that may not ask: it holds no data.
        ("ORIGIN_NOT_ALLOWED", Origin::Disallowed { origin, credentials }) => {
            allow_reading(&mut headers, origin, *credentials)
        }
        ("METHOD_NOT_ALLOWED", _) => headers.push(("allow", "GET, OPTIONS".to_owned())),
        ("IDENTITY_MISSING", _) => headers.push(("www-authenticate", "Bearer".to_owned())),
        // RFC 6750, section 3.1.
        ("IDENTITY_INVALID" | "IDENTITY_EXPIRED", _) => {
            headers.push(("www-authenticate", "Bearer error=\"invalid_token\"".to_owned()));
        }
        _ => {}
    }
    GatewayResponse {
        status: body.status,
        headers,
        body: Payload::Text(body.to_json()),
        kind: Some(body.kind),
        code: core::mem::take(&mut body.code),
    }
}

/// Where an answer came from, as `X-Cache` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheStatus {
    /// From the service.
    Miss,
    /// From the service, together with others who asked for the same at the same time.
    Shared,
    /// From what is kept.
    Hit,
    /// From what is kept, while a new one is fetched.
    Stale,
    /// From what is kept, since the service could not answer.
    StaleIfError,
}

impl CacheStatus {
    /// The word in `X-Cache`.
    pub fn as_str(self) -> &'static str {
        match self {
            CacheStatus::Miss => "MISS",
            CacheStatus::Shared => "SHARED",
            CacheStatus::Hit => "HIT",
            CacheStatus::Stale => "STALE",
            CacheStatus::StaleIfError => "STALE-IF-ERROR",
        }
    }

    /// By that word.
    pub fn from_name(name: &str) -> CacheStatus {
        let all =
            [CacheStatus::Miss, CacheStatus::Shared, CacheStatus::Hit, CacheStatus::Stale, CacheStatus::StaleIfError];
        all.into_iter().find(|found| found.as_str() == name).unwrap_or(CacheStatus::Miss)
    }
}

/// The headers of an answer that the service gave: how old it is, and up to which age a browser may keep it, which is as
/// long as it is fresh here (RFC 9111, section 4.2.3: the age counts). In a shared cache it has no place.
pub fn success_headers(
    origin: &Origin,
    request_id: &str,
    found: CacheStatus,
    age_ms: i64,
    fresh_ms: i64,
    message_id: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut headers = base_headers(origin, request_id);
    headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
    let age_s = age_ms.max(0) / 1000;
    let cache_control = match age_ms.max(0).saturating_add(fresh_ms) / 1000 {
        max_age_s if max_age_s > age_s => format!("private, max-age={max_age_s}"),
        _ => "private, no-cache".to_owned(),
    };
    headers.push(("cache-control", cache_control));
    headers.push(("age", age_s.to_string()));
    headers.push(("x-cache", found.as_str().to_owned()));
    if let Some(id) = message_id {
        headers.push(("x-mashery-message-id", id.to_owned()));
    }
    headers
}
