//! What a request asks for, judged before anything is spent on it.

use super::config::Config;
use super::response::{GatewayError, Origin};
use crate::endpoint::{Endpoint, ParamKind, Request, is_well_formed, match_path, path_and_query, percent_decode};
use crate::error::explain;
use crate::util::Json;
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, vec::Vec};

/// The longest address, in bytes: that of the sandbox's gateway; 30 case ids make some 400.
const MAX_URL_BYTES: usize = 8192;

/// The longest sign-in, in bytes. What is longer is no token that an identity provider gives.
const MAX_AUTHORIZATION_BYTES: usize = 16_384;

/// The most parameters in a query that are looked at: several times those that any route has.
const MAX_QUERY_PARAMETERS: usize = 32;

/// A request as it came. Of all its headers these are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestHead<'r> {
    /// The method.
    pub method: &'r str,
    /// The whole address.
    pub url: &'r str,
    /// `Authorization`
    pub authorization: Option<&'r str>,
    /// `Access-Control-Request-Method`
    pub requested_method: Option<&'r str>,
    /// `Sec-Fetch-Site`
    pub fetch_site: Option<&'r str>,
    /// `Cache-Control`
    pub cache_control: Option<&'r str>,
    /// Whether it has a body.
    pub has_body: bool,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteMatch {
    /// What may be asked.
    Preflight,
    /// How the gateway is.
    Health,
    /// Cases.
    Cases {
        /// The request that it stands for.
        request: Box<Request>,
        /// Whether an answer that is kept will not do: who reads a list page by page has to see it as it is.
        no_cache: bool,
        /// How old an answer that is kept may be at most, where that is said.
        max_age_ms: Option<i64>,
    },
}

/// What a request asks for, or why it is refused.
pub fn parse_request(config: &Config, head: &RequestHead<'_>, origin: &Origin) -> Result<RouteMatch, GatewayError> {
    if head.url.len() > MAX_URL_BYTES {
        let row = explain("Request URI Too Long", None).first().copied();
        return Err(row.map_or_else(|| GatewayError::for_code("MALFORMED_REQUEST"), GatewayError::for_row));
    }
    let is_preflight = head.method == "OPTIONS" && head.requested_method.is_none_or(|method| method == "GET");
    if matches!(origin, Origin::Disallowed { .. }) && !is_preflight {
        return Err(GatewayError::for_code("ORIGIN_NOT_ALLOWED"));
    }
    let (path, query) = path_and_query(head.url);
    let below = path.strip_prefix(config.prefix.as_str()).filter(|rest| rest.starts_with('/'));
    let Some(below) = below else { return Err(GatewayError::for_code("NO_SUCH_ROUTE")) };
    match head.method {
        "GET" => {}
        "OPTIONS" if is_preflight => return Ok(RouteMatch::Preflight),
        _ => return Err(GatewayError::for_code("METHOD_NOT_ALLOWED")),
    }
    if head.has_body {
        return Err(GatewayError::for_code("BODY_NOT_ALLOWED"));
    }
    if head.authorization.is_some_and(|value| value.len() > MAX_AUTHORIZATION_BYTES) {
        return Err(GatewayError::for_code("IDENTITY_INVALID"));
    }
    // An image, a form or a link of another site carries its visitor's cookies, and no `Origin`.
    let is_by_cookie = config.cors.credentials || !config.is_by_header;
    let is_embedded = *origin == Origin::SameOrigin && matches!(head.fetch_site, Some("cross-site" | "same-site"));
    if is_by_cookie && is_embedded {
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
    let Some((endpoint, ids)) = match_path(below) else { return Err(GatewayError::for_code("NO_SUCH_ROUTE")) };
    let params = parse_params(endpoint, ids, query)?;
    let request = endpoint.check(&params).map_err(|problems| {
        let row = problems.first().and_then(|problem| explain(problem.code, None).first().copied());
        let mut error = row.map_or_else(|| GatewayError::for_code("INVALID_PARAMETER"), GatewayError::for_row);
        // The gateway has found it, and the service was not asked: whatever it is, it is the request that is wrong.
        error.0.kind = crate::error::ErrorKind::InvalidRequest;
        error.0.retryable = false;
        error.0.status = 400;
        error.with_problems(problems)
    })?;
    let words = || head.cache_control.unwrap_or_default().split(',').map(str::trim);
    let no_cache = words().any(|word| matches!(word, "no-cache" | "no-store" | "max-age=0"));
    // RFC 9111, section 5.2.1.1. Of several the least holds; what is no number says nothing.
    let max_age_s = words().filter_map(|word| word.strip_prefix("max-age=")?.parse::<u32>().ok()).min();
    let max_age_ms = max_age_s.map(|seconds| i64::from(seconds) * 1000);
    Ok(RouteMatch::Cases { request: Box::new(request), no_cache, max_age_ms })
}

fn malformed(expected: &str) -> GatewayError {
    GatewayError::for_code("MALFORMED_REQUEST").with_detail(&format!("(expected {expected})"))
}

/// What was sent, as the parameters of a call: each once, and none that the endpoint does not know. The path's commas
/// part ids before they are decoded; what is then in one of them that ends a segment, the rules refuse.
fn parse_params(endpoint: &'static Endpoint, ids: &str, query: &str) -> Result<Json, GatewayError> {
    let decoded = |text: &str| {
        let text = percent_decode(text);
        // What is no UTF-8, and what has been encoded twice.
        let is_plain = !text.contains(char::REPLACEMENT_CHARACTER) && !text.contains('%');
        if is_plain { Ok(text) } else { Err(malformed("values in UTF-8, encoded once")) }
    };
    let mut members: Vec<(String, Json)> = Vec::new();
    for param in endpoint.params {
        let value = match param.kind {
            ParamKind::Ids(_) if ids.is_empty() => Json::Array(Vec::new()),
            ParamKind::Ids(_) => {
                Json::Array(ids.split(',').map(|id| decoded(id).map(Json::String)).collect::<Result<_, _>>()?)
            }
            // A comma is part of no id; the rules say so.
            ParamKind::Id(_) => Json::String(decoded(ids)?),
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
        // What the endpoint does not know is refused by its name. Its value may be a sign-in, and is not said back.
        let is_known = endpoint.params.iter().any(|param| param.name == name);
        members.push((name, Json::String(if is_known { value } else { "…".to_owned() })));
    }
    Ok(Json::Object(members))
}
