//! Routing and validation of requests, before anything is sent for them.

use super::config::GatewayConfig;
use super::live::Ticket;
use super::response::{COMMON_METHODS, GatewayError, Origin};
use crate::endpoint::{Endpoint, ParamRole, Request, is_well_formed, match_path, path_and_query, percent_decode};
use crate::error::explain;
use crate::util::Json;
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, vec::Vec};

/// The longest address in bytes, that of the service's own gateway; 30 case ids have some 400.
const MAX_URL_BYTES: usize = 8192;

/// The longest `Authorization` in bytes. Tokens of identity providers are shorter.
const MAX_AUTHORIZATION_BYTES: usize = 16_384;

/// Number of query parameters, at most: several times those of any route.
const MAX_QUERY_PARAMETERS: usize = 32;

/// The parts of a request that routing uses.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{GatewayConfig, Origin, RequestHead, parse_request};
///
/// let config = GatewayConfig::check(&json(b"{}").unwrap()).unwrap();
/// let head = RequestHead { method: "GET", url: "https://portal.example/api/case/health", ..RequestHead::default() };
/// assert!(parse_request(&config, &head, &Origin::SameOrigin).is_ok());
///
/// let error = parse_request(&config, &RequestHead { has_body: true, ..head }, &Origin::SameOrigin).unwrap_err();
/// assert_eq!(error.0.code, "BODY_NOT_ALLOWED");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestHead<'r> {
    /// Request method, such as `GET`.
    pub method: &'r str,
    /// Absolute URL of the request.
    pub url: &'r str,
    /// Value of `Authorization`.
    pub authorization: Option<&'r str>,
    /// Value of `Access-Control-Request-Method`.
    pub requested_method: Option<&'r str>,
    /// Value of `Sec-Fetch-Site`.
    pub fetch_site: Option<&'r str>,
    /// Value of `Cache-Control`.
    pub cache_control: Option<&'r str>,
    /// Value of `Upgrade`.
    pub upgrade: Option<&'r str>,
    /// Value of `Sec-WebSocket-Protocol`.
    pub protocols: Option<&'r str>,
    /// Whether the request has a body.
    pub has_body: bool,
}

/// The route of a valid request.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{GatewayConfig, Origin, RequestHead, RouteMatch, parse_request};
///
/// let config = GatewayConfig::check(&json(b"{}").unwrap()).unwrap();
/// let url = "https://portal.example/api/case/cases/case_ids/612345678";
/// let head = RequestHead { method: "GET", url, cache_control: Some("max-age=10"), ..RequestHead::default() };
/// let route = parse_request(&config, &head, &Origin::SameOrigin).unwrap();
/// assert!(matches!(route, RouteMatch::Cases { no_cache: false, max_age_ms: Some(10_000), .. }));
///
/// let head = RequestHead { method: "OPTIONS", requested_method: Some("GET"), ..head };
/// assert_eq!(parse_request(&config, &head, &Origin::SameOrigin), Ok(RouteMatch::Preflight));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum RouteMatch {
    /// A CORS preflight, or `OPTIONS`.
    Preflight,
    /// The gateway's health.
    Health,
    /// One of the service's four routes.
    Cases {
        /// The request to the service.
        request: Box<Request>,
        /// Whether a cached response must not be used: a client that reads a list page by page needs its current state.
        no_cache: bool,
        /// Maximum age of a cached response, if the request has one.
        max_age_ms: Option<i64>,
    },
    /// A question about the identity, or to the copy of cases.
    Copy(CopyRequest),
    /// A ticket for a live connection.
    LiveTicket,
    /// The handshake of a live connection, with the ticket as it was sent.
    Live(String),
}

/// A question that is answered without the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyRequest {
    /// `/me`: what the identity may see.
    Me,
    /// `/feed`: the changes since a cursor.
    Feed {
        /// The cursor; empty for a first fill.
        since: String,
        /// The number of changes, at most; `None` for the usual one.
        limit: Option<u32>,
    },
    /// `/query`: the cases of a query, which is JSON text.
    Query(String),
    /// `/overview`: the overview of a query's cases.
    Overview {
        /// The query, which is JSON text.
        query: String,
        /// The options of the overview, which are JSON text.
        options: String,
    },
}

impl CopyRequest {
    /// Returns the name of the route in audit entries.
    pub fn name(&self) -> &'static str {
        match self {
            CopyRequest::Me => "me",
            CopyRequest::Feed { .. } => "feed",
            CopyRequest::Query(_) => "query",
            CopyRequest::Overview { .. } => "overview",
        }
    }
}

/// Number of changes that a page of the feed may have.
const MAX_FEED_LIMIT: u32 = 1000;

/// Matches and validates a request.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{GatewayConfig, Origin, RequestHead, RouteMatch, parse_request};
///
/// let config = GatewayConfig::check(&json(b"{}").unwrap()).unwrap();
/// let url = "https://portal.example/api/case/cases/contracts/contract_ids/101";
/// let head = RequestHead { method: "GET", url, ..RequestHead::default() };
/// let Ok(RouteMatch::Cases { request, .. }) = parse_request(&config, &head, &Origin::SameOrigin) else { panic!() };
/// assert_eq!(request.ids, ["101"]);
///
/// let head = RequestHead { method: "POST", ..head };
/// let error = parse_request(&config, &head, &Origin::SameOrigin).unwrap_err();
/// assert_eq!(error.0.code, "METHOD_NOT_ALLOWED");
/// ```
pub fn parse_request(
    config: &GatewayConfig,
    head: &RequestHead<'_>,
    origin: &Origin,
) -> Result<RouteMatch, GatewayError> {
    if head.url.len() > MAX_URL_BYTES {
        let row = explain("Request URI Too Long", None).first().copied();
        return Err(row.map_or_else(|| GatewayError::for_code("MALFORMED_REQUEST"), GatewayError::for_row));
    }
    let is_preflight =
        head.method == "OPTIONS" && head.requested_method.is_none_or(|method| matches!(method, "GET" | "HEAD"));
    if matches!(origin, Origin::Disallowed { .. }) && !is_preflight {
        return Err(GatewayError::for_code("ORIGIN_NOT_ALLOWED"));
    }
    let (path, query) = path_and_query(head.url);
    let below = path.strip_prefix(config.prefix.as_str()).filter(|rest| rest.starts_with('/'));
    let Some(below) = below else { return Err(GatewayError::for_code("NO_SUCH_ROUTE")) };
    match head.method {
        "GET" => {}
        "HEAD" if has_head(below) => {}
        "OPTIONS" if is_preflight => return Ok(RouteMatch::Preflight),
        _ => return Err(GatewayError::method_not_allowed(allowed_methods(config, head.url))),
    }
    if head.has_body {
        return Err(GatewayError::for_code("BODY_NOT_ALLOWED"));
    }
    if head.authorization.is_some_and(|value| value.len() > MAX_AUTHORIZATION_BYTES) {
        return Err(GatewayError::for_code("IDENTITY_INVALID"));
    }
    // Images, forms and links of other sites send the visitor's cookies, and no `Origin`; so does a proxy that signs in by them.
    let is_embedded = *origin == Origin::SameOrigin && matches!(head.fetch_site, Some("cross-site" | "same-site"));
    if config.is_ambient && is_embedded {
        return Err(GatewayError::for_code("ORIGIN_NOT_ALLOWED")
            .with_detail("(the request was embedded or linked by a page of another site)"));
    }
    if below == "/health" {
        return if query.is_empty() { Ok(RouteMatch::Health) } else { Err(malformed("no parameters")) };
    }
    if !is_well_formed(head.url) {
        return Err(malformed("percent-encoding of two hexadecimal digits"));
    }
    if below.contains("//") || below.ends_with('/') || below.contains([';', '\\']) {
        return Err(malformed("no empty segments and no matrix parameters in the path"));
    }
    if !below.starts_with("/cases") {
        return parse_own(config, head, below, query);
    }
    let Some((endpoint, ids)) = match_path(below) else { return Err(GatewayError::for_code("NO_SUCH_ROUTE")) };
    let params = parse_params(endpoint, ids, query)?;
    let request = endpoint.check(&params).map_err(|problems| {
        let row = problems.first().and_then(|problem| explain(problem.code, None).first().copied());
        let mut error = row.map_or_else(|| GatewayError::for_code("INVALID_PARAMETER"), GatewayError::for_row);
        // The gateway has found the problem, and sent nothing to the service: the request is invalid.
        error.0.kind = crate::error::ErrorKind::InvalidRequest;
        error.0.retryable = false;
        error.0.status = 400;
        error.with_problems(problems)
    })?;
    // Directives are compared without case (RFC 9111, section 5.2).
    let cache_control = head.cache_control.unwrap_or_default().to_ascii_lowercase();
    let words = || cache_control.split(',').map(str::trim);
    let no_cache = words().any(|word| matches!(word, "no-cache" | "no-store" | "max-age=0"));
    // RFC 9111, section 5.2.1.1. The smallest of several values holds; values that are no number are ignored.
    let max_age_s = words().filter_map(|word| word.strip_prefix("max-age=")?.parse::<u32>().ok()).min();
    let max_age_ms = max_age_s.map(|seconds| i64::from(seconds) * 1000);
    Ok(RouteMatch::Cases { request: Box::new(request), no_cache, max_age_ms })
}

/// Whether a route below the prefix has `HEAD`. The service's routes have none, so its four have none here; a ticket would be used
/// up by it, and a handshake is no request for a representation.
fn has_head(below: &str) -> bool {
    !below.starts_with("/cases") && !below.starts_with("/live")
}

/// Returns the value of `Allow` for an address (RFC 9110, section 10.2.1).
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{GatewayConfig, allowed_methods};
///
/// let config = GatewayConfig::check(&json(b"{}").unwrap()).unwrap();
/// assert_eq!(allowed_methods(&config, "https://portal.example/api/case/me"), "GET, HEAD, OPTIONS");
/// assert_eq!(allowed_methods(&config, "https://portal.example/api/case/cases/case_ids/1"), "GET, OPTIONS");
/// ```
pub fn allowed_methods(config: &GatewayConfig, url: &str) -> &'static str {
    let (path, _) = path_and_query(url);
    let has_head = path.strip_prefix(config.prefix.as_str()).is_some_and(has_head);
    if has_head { "GET, HEAD, OPTIONS" } else { COMMON_METHODS }
}

/// Parses a request that is answered without the service.
fn parse_own(
    config: &GatewayConfig,
    head: &RequestHead<'_>,
    below: &str,
    query: &str,
) -> Result<RouteMatch, GatewayError> {
    let exists = match below {
        "/me" => true,
        "/feed" | "/query" | "/overview" => config.has_copy,
        "/live" | "/live/ticket" => config.has_live,
        _ => false,
    };
    if !exists {
        return Err(GatewayError::for_code("NO_SUCH_ROUTE"));
    }
    let allowed: &[&str] = match below {
        "/feed" => &["since", "limit"],
        "/query" => &["q"],
        "/overview" => &["q", "options"],
        _ => &[],
    };
    let mut values: [Option<String>; 2] = [None, None];
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(slot) = allowed.iter().position(|known| *known == name).and_then(|index| values.get_mut(index)) else {
            let expected = if allowed.is_empty() { "no parameters".to_owned() } else { allowed.join(" and ") };
            return Err(malformed(&expected));
        };
        if slot.is_some() {
            return Err(malformed("each parameter once"));
        }
        let value = percent_decode(&value.replace('+', " "));
        if value.contains(char::REPLACEMENT_CHARACTER) {
            return Err(malformed("values in UTF-8"));
        }
        *slot = Some(value);
    }
    let [first, second] = values;
    let first = first.unwrap_or_default();
    Ok(match below {
        "/me" => RouteMatch::Copy(CopyRequest::Me),
        "/feed" => {
            let limit = second.map(|text| {
                let limit = text.parse().ok().filter(|limit| (1..=MAX_FEED_LIMIT).contains(limit));
                limit.ok_or_else(|| malformed(&format!("limit from 1 to {MAX_FEED_LIMIT}")))
            });
            RouteMatch::Copy(CopyRequest::Feed { since: first, limit: limit.transpose()? })
        }
        "/query" => RouteMatch::Copy(CopyRequest::Query(first)),
        "/overview" => {
            let options = second.unwrap_or_else(|| "{}".to_owned());
            RouteMatch::Copy(CopyRequest::Overview { query: first, options })
        }
        "/live/ticket" => RouteMatch::LiveTicket,
        _ => {
            if !head.upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
                return Err(malformed("the handshake of a WebSocket"));
            }
            let protocols = head.protocols.unwrap_or_default();
            if Ticket::from_protocols(protocols).is_none() {
                return Err(GatewayError::for_code("IDENTITY_INVALID").with_detail(TICKET_EXPECTED));
            }
            RouteMatch::Live(protocols.to_owned())
        }
    })
}

/// Detail of the error of a handshake without a valid ticket.
pub(crate) const TICKET_EXPECTED: &str = "(expected an unused ticket of /live/ticket, from the same origin)";

fn malformed(expected: &str) -> GatewayError {
    GatewayError::for_code("MALFORMED_REQUEST").with_detail(&format!("(expected {expected})"))
}

/// Returns the parameters of a request, each once; unknown ones are refused by the endpoint's check. Commas in the path
/// separate ids before they are decoded; the rules refuse a decoded id that contains a separator.
fn parse_params(endpoint: &'static Endpoint, ids: &str, query: &str) -> Result<Json, GatewayError> {
    let decoded = |text: &str| {
        let text = percent_decode(text);
        // Text that is not UTF-8, or was encoded twice, is refused.
        let is_plain = !text.contains(char::REPLACEMENT_CHARACTER) && !text.contains('%');
        if is_plain { Ok(text) } else { Err(malformed("values in UTF-8, encoded once")) }
    };
    let mut members: Vec<(String, Json)> = Vec::new();
    for param in endpoint.params {
        let value = match param.role {
            ParamRole::IdList(_) if ids.is_empty() => Json::Array(Vec::new()),
            ParamRole::IdList(_) => {
                Json::Array(ids.split(',').map(|id| decoded(id).map(Json::String)).collect::<Result<_, _>>()?)
            }
            // A comma is part of no id; the rules say so.
            ParamRole::SingleId(_) => Json::String(decoded(ids)?),
            _ => continue,
        };
        members.push((param.name.to_owned(), value));
    }
    // Each is compared with those before it.
    if query.bytes().filter(|byte| *byte == b'&').count() >= MAX_QUERY_PARAMETERS {
        return Err(malformed(&format!("at most {MAX_QUERY_PARAMETERS} parameters")));
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(&name.replace('+', " "))?;
        if members.iter().any(|(known, _)| *known == name) {
            return Err(malformed("each parameter once"));
        }
        let value = decoded(&value.replace('+', " "))?;
        // An unknown parameter is refused by its name. Its value may be a secret, and is not quoted.
        let is_known = endpoint.params.iter().any(|param| param.name == name);
        members.push((name, Json::String(if is_known { value } else { "…".to_owned() })));
    }
    Ok(Json::Object(members))
}
