//! Classification of the service's responses.

use super::cache;
use super::permission::Permissions;
use super::response::{GatewayError, Payload};
use crate::client::{
    Attempt, Backoff, CallError, Decision, HttpResponse, Validation, contains_secret, decide, read_response,
};
use crate::decode::{self, Records};
use crate::endpoint::Request;
use crate::error::{ErrorBody, ErrorKind, Source, explain};
use crate::model::DocumentKind;
use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

/// Number of retries by the gateway. Its clients then do not retry, as the response tells them: three attempts of each
/// would be nine for one request, during an outage.
const RETRIES: u32 = 1;

/// Backoff of retries, which is short because a client waits.
const BACKOFF: Backoff = Backoff { base_ms: 300, cap_ms: 1000 };

/// A longer wait than this is left to the client, in milliseconds.
const MAX_WAIT_MS: u32 = 2000;

/// State of the attempts of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptState {
    /// Number of retries so far.
    pub retries: u32,
    /// Whether a retry with a new token was made.
    pub is_token_renewed: bool,
    /// Remaining time in milliseconds.
    pub time_left_ms: i64,
    /// A random number for the backoff.
    pub random: u32,
    /// Current time, in milliseconds since 1970 (UTC).
    pub unix_ms: i64,
}

/// Outcome of an attempt.
///
/// ```
/// use cisco_support_case::gateway::{AttemptState, UpstreamOutcome, classify_transport_error};
///
/// let state = AttemptState { time_left_ms: 20_000, ..AttemptState::default() };
/// let UpstreamOutcome::Retry { after_ms, signal: None } = classify_transport_error(false, &state) else { panic!() };
/// assert!(after_ms <= 1000);
///
/// let UpstreamOutcome::Fail { error, or_stale: true, .. } = classify_transport_error(true, &state) else { panic!() };
/// assert_eq!(error.0.code, "UPSTREAM_TIMEOUT");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum UpstreamOutcome {
    /// The response is delivered.
    Deliver {
        /// Body of the response.
        body: Payload,
        /// Lifetime in the cache, in milliseconds.
        ttl_ms: i64,
        /// Ids of the contracts in the response.
        contracts: Vec<String>,
        /// Whether requested cases are missing, because they do not exist or are not permitted.
        is_incomplete: bool,
    },
    /// The token is rejected: retry once with another.
    RenewToken,
    /// Retry after a wait.
    Retry {
        /// Wait in milliseconds.
        after_ms: u32,
        /// Signal for the quota, if the error is one of rate limits.
        signal: Option<RateLimitSignal>,
    },
    /// The request fails with an error.
    Fail {
        /// Error for the response.
        error: GatewayError,
        /// Signal for the quota, if the error is one of rate limits.
        signal: Option<RateLimitSignal>,
        /// Whether an older cached response may be used instead.
        or_stale: bool,
        /// Whether the error is that the requested cases do not exist.
        is_incomplete: bool,
    },
}

/// A rate-limit or quota error of the service.
///
/// ```
/// use cisco_support_case::client::HttpResponse;
/// use cisco_support_case::decode::Body;
/// use cisco_support_case::gateway::rate_limit_signal;
///
/// let response = HttpResponse {
///     status: 403, body: Body::from_slice(b""),
///     mashery_error_code: Some("ERR_403_DEVELOPER_OVER_RATE".to_owned()), retry_after: Some("60".to_owned()),
///     message_id: None, date: None, raw: (),
/// };
/// let signal = rate_limit_signal(&response, 0).unwrap();
/// assert!(signal.is_quota);
/// assert_eq!(signal.retry_after_ms, Some(60_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitSignal {
    /// Wait that the service asks for, in milliseconds.
    pub retry_after_ms: Option<u32>,
    /// Whether a quota is exhausted.
    pub is_quota: bool,
}

/// Classifies a response to a request that was sent with a token. The token is removed from everything that is passed
/// on.
///
/// ```
/// use cisco_support_case::client::HttpResponse;
/// use cisco_support_case::decode::{Body, json};
/// use cisco_support_case::endpoint::CASES_BY_CONTRACT;
/// use cisco_support_case::gateway::{AttemptState, CachePolicy, Permissions, UpstreamOutcome, classify_response};
///
/// let request = CASES_BY_CONTRACT.check(&json(br#"{ "contract_ids": ["101"] }"#).unwrap()).unwrap();
/// let permissions = Permissions::from_json(&json(br#"{ "contract_ids": ["101"] }"#).unwrap()).unwrap();
/// let (state, policy) = (AttemptState { time_left_ms: 20_000, ..AttemptState::default() }, CachePolicy::default());
/// let outcome = |response| classify_response(&request, &permissions, &response, &state, &policy, "token");
///
/// let response = HttpResponse {
///     status: 200, body: Body::from_slice(br#"{"cases":[]}"#),
///     mashery_error_code: None, retry_after: None,
///     message_id: None, date: None, raw: (),
/// };
/// assert!(matches!(outcome(response.clone()), UpstreamOutcome::Deliver { ttl_ms: 30_000, .. }));
/// assert_eq!(outcome(HttpResponse { status: 401, ..response }), UpstreamOutcome::RenewToken);
/// ```
pub fn classify_response(
    request: &Request,
    permissions: &Permissions,
    response: &HttpResponse<()>,
    state: &AttemptState,
    policy: &cache::CachePolicy,
    token: &str,
) -> UpstreamOutcome {
    let message_id = response.message_id.as_deref().filter(|id| is_quotable(id, token));
    match read_response::<(), ()>(Validation::Report, request, response, Records::default(), state.unix_ms) {
        Ok(records) => deliver(request, permissions, response, message_id, records, policy),
        Err(mut error) => {
            error.redact(|text| contains_secret(text, token));
            error.message_id = message_id.map(str::to_owned);
            classify_error(&error, state)
        }
    }
}

/// Whether a message id of the service can be passed on: it becomes the value of a header.
pub fn is_quotable(id: &str, token: &str) -> bool {
    !id.is_empty() && id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic()) && !contains_secret(id, token)
}

/// Classifies a failure without a response: no connection, an incomplete body, or a timeout.
///
/// ```
/// use cisco_support_case::gateway::{AttemptState, UpstreamOutcome, classify_transport_error};
///
/// let state = AttemptState { time_left_ms: 20_000, ..AttemptState::default() };
/// assert!(matches!(classify_transport_error(false, &state), UpstreamOutcome::Retry { .. }));
///
/// let state = AttemptState { retries: 1, ..state };
/// let UpstreamOutcome::Fail { error, .. } = classify_transport_error(false, &state) else { panic!() };
/// assert_eq!(error.0.code, "UPSTREAM_UNREACHABLE");
/// ```
pub fn classify_transport_error(is_time_over: bool, state: &AttemptState) -> UpstreamOutcome {
    let code = if is_time_over { "TIMEOUT" } else { "NETWORK" };
    let mut error = CallError::<()>::client(code, "");
    error.retryable = !is_time_over;
    classify_error(&error, state)
}

/// Returns the rate-limit signal of a response that other code reads.
///
/// ```
/// use cisco_support_case::client::HttpResponse;
/// use cisco_support_case::decode::Body;
/// use cisco_support_case::gateway::{RateLimitSignal, rate_limit_signal};
///
/// let response = HttpResponse {
///     status: 403, body: Body::from_slice(b""),
///     mashery_error_code: Some("ERR_403_DEVELOPER_OVER_QPS".to_owned()), retry_after: Some("2".to_owned()),
///     message_id: None, date: None, raw: (),
/// };
/// let signal = RateLimitSignal { retry_after_ms: Some(2000), is_quota: false };
/// assert_eq!(rate_limit_signal(&response, 0), Some(signal));
///
/// let response = HttpResponse { mashery_error_code: Some("ERR_403_NOT_AUTHORIZED".to_owned()), ..response };
/// assert_eq!(rate_limit_signal(&response, 0), None);
/// ```
pub fn rate_limit_signal(response: &HttpResponse<()>, unix_ms: i64) -> Option<RateLimitSignal> {
    let document = decode::json_from_body(&response.body).ok();
    signal_for(response.failure(document.as_ref()).kind, response.retry_after_ms(unix_ms))
}

fn signal_for(kind: ErrorKind, retry_after_ms: Option<u32>) -> Option<RateLimitSignal> {
    let quota = kind == ErrorKind::Quota;
    (quota || kind == ErrorKind::RateLimited).then_some(RateLimitSignal { retry_after_ms, is_quota: quota })
}

fn deliver(
    request: &Request,
    permissions: &Permissions,
    response: &HttpResponse<()>,
    message_id: Option<&str>,
    mut records: Records,
    policy: &cache::CachePolicy,
) -> UpstreamOutcome {
    let mut body = Payload::Upstream;
    let mut is_incomplete = false;
    if request.endpoint.response != DocumentKind::Page {
        let decoded = records.len();
        let has_issues = !records.issues().is_empty();
        let visible: Vec<usize> = (0..records.len()).filter(|case| permissions.can_see(&records, *case)).collect();
        // Cases that are not permitted are treated as if they did not exist: nothing may depend on them.
        records.select(&visible);
        if records.is_empty() {
            return not_found(message_id);
        }
        let asked_for = |case: usize| request.ids.iter().any(|id| id == records.case_text(case, "case_id"));
        if !(0..records.len()).all(asked_for) {
            let gateway_error =
                GatewayError::for_code("UPSTREAM_INVALID").with_detail("(it has a case that was not requested)");
            return fail(with_message_id(gateway_error, message_id), None, true);
        }
        let is_there = |id: &String| (0..records.len()).any(|case| records.case_text(case, "case_id") == *id);
        is_incomplete = !request.ids.iter().all(is_there);
        // What the decoder leaves out or replaces was compared with no permission.
        if is_incomplete || has_issues || visible.len() < decoded {
            // Also without cases to remove: the two must not be distinguishable.
            match rewrite(request.endpoint.response, response.body.as_slice(), &visible) {
                Some(text) => body = Payload::Text(text),
                None => return fail(GatewayError::for_code("GATEWAY_FAILED"), None, false),
            }
        }
    }
    let contracts = cache::contracts_of(request, &records);
    let ttl_ms = policy.ttl_ms(request, &records);
    // A missing case may be open, or become visible.
    let ttl_ms = if is_incomplete { ttl_ms.min(policy.open_ms) } else { ttl_ms };
    UpstreamOutcome::Deliver { body, ttl_ms, contracts, is_incomplete }
}

/// Returns a document as it was decoded: each member once, and a summary with some of its cases, as if the others did not
/// exist. `visible` counts the objects among the items: the decoder leaves out others.
fn rewrite(kind: DocumentKind, body: &[u8], visible: &[usize]) -> Option<String> {
    let document = decode::json(body).ok()?;
    if kind != DocumentKind::Summary {
        return Some(document.to_json_string());
    }
    let Json::Object(mut members) = document else { return None };
    for (name, value) in &mut members {
        match (name.as_str(), value) {
            ("cases", Json::Array(cases)) => {
                let all = core::mem::take(cases);
                let objects = all.into_iter().filter(|case| matches!(case, Json::Object(_)));
                cases.extend(objects.enumerate().filter(|(index, _)| visible.contains(index)).map(|(_, case)| case));
                for (case, number) in cases.iter_mut().zip(1_u32..) {
                    renumber(case, number);
                }
            }
            ("count", count) => *count = Json::from(visible.len()),
            _ => {}
        }
    }
    // Other members that the service may add to a summary could reveal removed cases.
    members.retain(|(name, _)| name == "cases" || name == "count");
    Some(Json::Object(members).to_json_string())
}

/// Renumbers an entry: a gap would reveal a removed case.
fn renumber(case: &mut Json, number: u32) {
    if let Json::Object(fields) = case {
        for (name, value) in fields {
            if name == "item_entry_id" && *value != Json::Null {
                *value = Json::from(number);
            }
        }
    }
}

/// Returns the error for cases that do not exist or are not permitted, which are not distinguishable. Of the service's
/// error it only contains the message id, for the operator.
fn not_found(message_id: Option<&str>) -> UpstreamOutcome {
    let row = explain("CASE_NOTFOUND", None).first().copied();
    let mut gateway_error = row.map_or_else(|| GatewayError::for_code("UPSTREAM_INVALID"), GatewayError::for_row);
    gateway_error.0.source = Source::Service;
    let error = with_message_id(gateway_error, message_id);
    UpstreamOutcome::Fail { error, signal: None, or_stale: false, is_incomplete: true }
}

fn with_message_id(mut error: GatewayError, message_id: Option<&str>) -> GatewayError {
    error.0.message_id = message_id.map(str::to_owned);
    error
}

fn fail(error: GatewayError, signal: Option<RateLimitSignal>, or_stale: bool) -> UpstreamOutcome {
    UpstreamOutcome::Fail { error, signal, or_stale, is_incomplete: false }
}

fn classify_error(error: &CallError<()>, state: &AttemptState) -> UpstreamOutcome {
    let signal = signal_for(error.kind, error.retry_after_ms);
    let wait_ms = error.retry_after_ms.unwrap_or(0);
    let attempt = Attempt {
        kind: error.kind,
        code: &error.code,
        retryable: error.retryable,
        retry_after_ms: error.retry_after_ms,
        can_refresh_token: true,
        has_refreshed_token: state.is_token_renewed,
        retries: state.retries,
        max_retries: if wait_ms <= MAX_WAIT_MS { RETRIES } else { 0 },
        has_retry_budget: true,
        time_left_ms: state.time_left_ms,
        backoff: BACKOFF,
        random: state.random,
    };
    match decide(&attempt) {
        Decision::RefreshToken => return UpstreamOutcome::RenewToken,
        Decision::RetryAfter(after_ms) => return UpstreamOutcome::Retry { after_ms, signal },
        Decision::GiveUp => {}
    }
    let message_id = error.message_id.as_deref();
    if error.code == "CASE_NOTFOUND" {
        return not_found(message_id);
    }
    fail(with_message_id(error_for(error), message_id), signal, is_outage(error.kind))
}

/// Whether an older response is better than this kind of error.
fn is_outage(kind: ErrorKind) -> bool {
    use ErrorKind::{Authentication, Decode, Network, Permission, Quota, RateLimited, Timeout, Unavailable};
    matches!(kind, Authentication | Decode | Network | Permission | Quota | RateLimited | Timeout | Unavailable)
}

/// Returns the gateway's error for a failure to get a token. An error that the operator has to correct is
/// `UPSTREAM_AUTH`, a temporary one `UPSTREAM_UNREACHABLE`.
///
/// ```
/// use cisco_support_case::client::CallError;
/// use cisco_support_case::gateway::token_error;
///
/// let error = token_error(&CallError::client("NETWORK", ""));
/// assert_eq!(error.0.code, "UPSTREAM_UNREACHABLE");
/// assert!(error.0.message.ends_with("(the token endpoint: NETWORK)"));
/// ```
pub fn token_error(error: &CallError<String>) -> GatewayError {
    use ErrorKind::{Network, RateLimited, Timeout, Unavailable};
    let is_outage = error.retryable && error.kind != ErrorKind::Authentication
        || matches!(error.kind, Network | Timeout | Unavailable | RateLimited);
    let code = if is_outage { "UPSTREAM_UNREACHABLE" } else { "UPSTREAM_AUTH" };
    let mut gateway_error = GatewayError::for_code(code).with_detail(&format!("(the token endpoint: {})", error.code));
    gateway_error.0.retry_after_ms = error.retry_after_ms;
    gateway_error
}

/// Returns the gateway's error for an error of the service. Problems between gateway and service are not those of the
/// client.
fn error_for(error: &CallError<()>) -> GatewayError {
    let detail = || {
        format!(
            "(the service responded with {}{})",
            error.code,
            error.status.map(|s| format!(", HTTP {s}")).unwrap_or_default()
        )
    };
    let mut gateway_error = match error.kind {
        // The response comes from a proxy, not from the service.
        _ if matches!(error.code.as_str(), "REDIRECTED" | "SIGN_IN_PAGE") => {
            GatewayError::for_code("UPSTREAM_INVALID").with_detail("(a redirect or an HTML page)")
        }
        // The service rejects the gateway's account, not the client's identity.
        ErrorKind::Authentication | ErrorKind::Permission => {
            GatewayError::for_code("UPSTREAM_AUTH").with_detail(&detail())
        }
        ErrorKind::Network => GatewayError::for_code("UPSTREAM_UNREACHABLE"),
        ErrorKind::Timeout => GatewayError::for_code("UPSTREAM_TIMEOUT"),
        ErrorKind::Decode | ErrorKind::Internal | ErrorKind::Aborted => {
            let location =
                error.decode_error.as_ref().map(|error| format!("({}, at byte {})", error.path, error.offset));
            GatewayError::for_code("UPSTREAM_INVALID").with_detail(&location.unwrap_or_else(detail))
        }
        _ => {
            let mut body = ErrorBody::from_row(error.row);
            body.source = Source::Service;
            body.kind = error.kind;
            body.code.clone_from(&error.code);
            body.retryable = error.retryable;
            body.status = match (error.kind, error.status.unwrap_or(0)) {
                (ErrorKind::RateLimited | ErrorKind::Quota, _) => 429,
                (ErrorKind::Unavailable, status @ 500..) => status,
                (ErrorKind::Unavailable, _) => 503,
                (_, status) => status,
            };
            GatewayError::from_body(body)
        }
    };
    gateway_error.0.retry_after_ms = error.retry_after_ms;
    gateway_error.0.renews_at_ms = error.renews_at_ms;
    gateway_error
}
