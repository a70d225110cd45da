//! Responses of the gateway and their headers.

use super::config::GatewayConfig;
use crate::error::{ErrorBody, ErrorKind, ErrorRow, row_for};
use crate::rules::{Problem, ProblemList};
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, string::ToString, vec::Vec};

/// Response headers that pages may read (Fetch, section 3.3.4): when to retry, and the ids to quote.
const EXPOSED_HEADERS: &str = "Date, Retry-After, X-Mashery-Message-ID, X-Request-ID, X-Cache, Age, ETag";

/// Request headers that pages may send: the token, and those of this package's client.
const ALLOWED_HEADERS: &str = "Authorization, Accept, Cache-Control, If-None-Match, Traceparent";

/// The methods that every route has, as in `Allow`.
pub(super) const COMMON_METHODS: &str = "GET, OPTIONS";

/// The longest list of request headers that a preflight response repeats, in bytes.
const MAX_REQUESTED_HEADERS_BYTES: usize = 2048;

/// Security headers: a response is data, which no page displays, executes or embeds.
const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000"),
];

/// Body of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The response has no body.
    Empty,
    /// A body of JSON text.
    Text(String),
    /// The body of the service, byte for byte.
    Upstream,
}

/// A response, without what only the caller has.
///
/// ```
/// use cisco_support_case::gateway::{GatewayError, Origin, error_response};
///
/// let response = error_response(GatewayError::busy(2500), &Origin::SameOrigin, "request-1");
/// assert_eq!((response.status, response.code.as_str()), (429, "GATEWAY_BUSY"));
/// assert!(response.headers.contains(&("retry-after", "3".to_owned())));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GatewayResponse {
    /// HTTP status code.
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Body of the response.
    pub body: Payload,
    /// Code of the error; `""` if there is none.
    pub code: String,
    /// Kind of the error, for the audit entry.
    pub kind: Option<ErrorKind>,
}

/// An error response of the gateway, by its body.
///
/// ```
/// use cisco_support_case::gateway::GatewayError;
///
/// let error = GatewayError::for_code("NO_SUCH_ROUTE").with_detail("(see /health)");
/// assert_eq!(error.0.status, 404);
/// assert!(error.0.message.ends_with("(see /health)"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GatewayError(pub Box<ErrorBody>, Option<&'static str>);

impl GatewayError {
    /// Creates an error by a code of the gateway's or the client's table.
    pub fn for_code(code: &str) -> GatewayError {
        GatewayError::for_row(row_for(code))
    }

    /// Creates an error by a row of the table.
    pub fn for_row(row: &ErrorRow) -> GatewayError {
        GatewayError::from_body(ErrorBody::from_row(row))
    }

    /// Creates an error by its body.
    pub fn from_body(body: ErrorBody) -> GatewayError {
        GatewayError(Box::new(body), None)
    }

    /// Creates the error of a method that the route does not have, with the value of `Allow`.
    pub(super) fn method_not_allowed(allow: &'static str) -> GatewayError {
        let GatewayError(body, _) = GatewayError::for_code("METHOD_NOT_ALLOWED");
        GatewayError(body, Some(allow))
    }

    /// Creates the error of an exhausted quota, with the time of its renewal if that is known.
    pub fn quota_exhausted(renews_at_ms: Option<i64>) -> GatewayError {
        let mut error = GatewayError::for_code("QUOTA_SPENT");
        error.0.renews_at_ms = renews_at_ms;
        error
    }

    /// Creates the error of a full queue. Nothing was sent, so the gateway's client may retry.
    pub fn busy(retry_after_ms: u32) -> GatewayError {
        let mut error = GatewayError::for_code("GATEWAY_BUSY");
        error.0.retry = true;
        error.0.retry_after_ms = Some(retry_after_ms);
        error
    }

    /// Adds a detail to the message.
    pub fn with_detail(mut self, detail: &str) -> GatewayError {
        if !detail.is_empty() {
            self.0.message = format!("{} {detail}", self.0.message);
        }
        self
    }

    /// Adds the problems of a request.
    pub fn with_problems(mut self, problems: Vec<Problem>) -> GatewayError {
        self.0.problems = problems.truncated();
        self
    }
}

/// Origin of a request, and its permission by CORS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// No `Origin` header, or the gateway's own origin.
    SameOrigin,
    /// An allowed origin.
    Allowed {
        /// The value of `Origin`.
        origin: String,
        /// Whether its requests may contain cookies.
        credentials: bool,
    },
    /// An origin that is not allowed. Its page can read that error, and nothing else.
    Disallowed {
        /// The value of `Origin`.
        origin: String,
        /// Whether requests may contain cookies: the page could not read the error without that header.
        credentials: bool,
    },
}

impl Origin {
    /// Classifies the `Origin` of a request to `url`. `null`, as a sandboxed frame sends it, cannot be allowed.
    /// `is_allowed`: a function or a regular expression of the options allows it.
    pub fn classify(config: &GatewayConfig, origin: Option<&str>, is_allowed: bool, url: &str) -> Origin {
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

/// Lets a page of an origin read the response. A value that is no origin is not repeated.
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

/// Returns the headers of every response. `Vary` names what it depends on, so that a browser does not reuse it after
/// another user signs in.
pub fn base_headers(origin: &Origin, request_id: &str) -> Vec<(&'static str, String)> {
    let mut headers: Vec<_> = SECURITY_HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    headers.push(("vary", "Origin, Authorization".to_owned()));
    headers.push(("x-request-id", request_id.to_owned()));
    if let Origin::Allowed { origin, credentials } = origin {
        allow_reading(&mut headers, origin, *credentials);
    }
    headers
}

/// Returns the response to a preflight (Fetch, section 4.8) or to another `OPTIONS`. `wanted` is the value of
/// `Access-Control-Request-Headers`, `allow` that of `Allow` ([`allowed_methods`](super::allowed_methods)). The preflight of an
/// origin that is not allowed succeeds as well: its request then gets an error that the page can read, while a failed preflight
/// looks like a network error.
pub fn preflight_response(
    config: &GatewayConfig,
    origin: &Origin,
    wanted: Option<&str>,
    allow: &str,
    request_id: &str,
) -> GatewayResponse {
    let mut headers = base_headers(origin, request_id);
    headers.push(("allow", allow.to_owned()));
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
        // `*` would exclude `Authorization`, and has no effect with cookies.
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
        headers.push(("access-control-allow-methods", "GET, HEAD".to_owned()));
        headers.push(("access-control-allow-headers", allowed));
        headers.push(("access-control-max-age", max_age_s.to_string()));
    }
    GatewayResponse { status: 204, headers, body: Payload::Empty, code: String::new(), kind: None }
}

/// Returns an error response. It must not be cached.
pub fn error_response(error: GatewayError, origin: &Origin, request_id: &str) -> GatewayResponse {
    let GatewayError(mut body, allow) = error;
    body.request_id = Some(request_id.to_owned());
    // Rows of the client's table have no status; here they mean that the request is invalid.
    body.status = match (body.status, body.kind) {
        (0 | 200, ErrorKind::Quota) => 429,
        (0 | 200, ErrorKind::InvalidRequest) => 400,
        (0 | 200, _) => 502,
        // `Response` accepts these; the service's 596 is no HTTP status.
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
        // This is the only response for a page that is not allowed: it contains no data.
        ("ORIGIN_NOT_ALLOWED", Origin::Disallowed { origin, credentials }) => {
            allow_reading(&mut headers, origin, *credentials)
        }
        ("METHOD_NOT_ALLOWED", _) => headers.push(("allow", allow.unwrap_or(COMMON_METHODS).to_owned())),
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

/// Cache status of a response, as in `X-Cache`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheStatus {
    /// Requested from the service.
    Miss,
    /// Shared with a concurrent identical request to the service.
    Shared,
    /// A fresh cached response.
    Hit,
    /// A stale cached response, while a new one is fetched.
    Stale,
    /// A cached response in place of an error of the service.
    StaleIfError,
}

impl CacheStatus {
    /// Returns the value of `X-Cache`.
    pub fn as_str(self) -> &'static str {
        match self {
            CacheStatus::Miss => "MISS",
            CacheStatus::Shared => "SHARED",
            CacheStatus::Hit => "HIT",
            CacheStatus::Stale => "STALE",
            CacheStatus::StaleIfError => "STALE-IF-ERROR",
        }
    }

    /// Returns the status of a value of `X-Cache`.
    pub fn from_name(name: &str) -> CacheStatus {
        let all =
            [CacheStatus::Miss, CacheStatus::Shared, CacheStatus::Hit, CacheStatus::Stale, CacheStatus::StaleIfError];
        all.into_iter().find(|found| found.as_str() == name).unwrap_or(CacheStatus::Miss)
    }
}

/// Returns the headers of a successful response, with its age, and the maximum age in a browser's cache, which is its
/// lifetime here (RFC 9111, section 4.2.3: the age counts). Shared caches must not store it.
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

/// Returns the headers of a response that is made here, of a copy or about the identity. It depends on permissions, which
/// change, so no cache stores it; the entity tag is for clients that keep the body themselves. `is_copied`: it is of the copy.
pub fn copy_headers(
    origin: &Origin,
    request_id: &str,
    etag: Option<&str>,
    is_copied: bool,
) -> Vec<(&'static str, String)> {
    let mut headers = base_headers(origin, request_id);
    headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
    headers.push(("cache-control", "private, no-store".to_owned()));
    if is_copied {
        headers.push(("x-cache", "COPY".to_owned()));
    }
    if let Some(etag) = etag {
        headers.push(("etag", etag.to_owned()));
    }
    headers
}

/// Whether a value of `If-None-Match` names an entity tag, by weak comparison (RFC 9110, section 8.8.3.2): proxies that
/// compress make a tag weak.
///
/// ```
/// use cisco_support_case::gateway::is_not_modified;
///
/// assert!(is_not_modified(Some("\"a\", W/\"b\""), "W/\"a\""));
/// assert!(!is_not_modified(Some("\"ab\""), "W/\"a\"") && !is_not_modified(None, "W/\"a\""));
/// ```
pub fn is_not_modified(if_none_match: Option<&str>, etag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.strip_prefix("W/").unwrap_or(tag)
    }
    let is_named = |tag: &str| tag == "*" || opaque(tag) == opaque(etag);
    if_none_match.is_some_and(|value| value.split(',').map(str::trim).any(is_named))
}
