//! The gateway of one isolate, for JavaScript.

use super::headers::{encode_headers, header_value, response};
use crate::boundary::{freshness, gateway_request, upstream_outcome};
use crate::client;
use crate::decode::{self, Body};
use crate::endpoint::{BASE_URL, Request};
use crate::error::ErrorBody;
use crate::gateway::{
    AttemptState, CacheMetadata, CacheStatus, Freshness, GatewayConfig, GatewayError, GatewayResponse, GrantedLease,
    IsolateState, LeaseResult, Origin, Payload, Permissions, Principal, RateLimitSignal, RequestHead, RouteMatch,
    UpstreamOutcome, allowed_methods, authorize, base_headers, canonicalize, classify_response,
    classify_transport_error, error_response, is_quotable, parse_request, preflight_response, rate_limit_signal,
    success_headers,
};
use crate::util::{ObjectWriter, write_array, write_string};
use alloc::rc::Rc;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};
use js_sys::Error;
use wasm_bindgen::prelude::wasm_bindgen;

/// One isolate of a gateway.
#[wasm_bindgen]
pub struct RawGateway {
    pub(super) state: IsolateState,
}

#[wasm_bindgen]
impl RawGateway {
    /// Creates a gateway by options as JSON text. Throws all their problems in one message.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<RawGateway, Error> {
        let options = decode::json(options.as_bytes()).unwrap_or_default();
        match GatewayConfig::check(&options) {
            Ok(config) => Ok(RawGateway { state: IsolateState::new(config) }),
            Err(problems) => {
                let messages: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                Err(Error::new(&messages.join("; ")))
            }
        }
    }

    /// Returns the settings that the package's TypeScript needs, as JSON text.
    pub fn settings(&self) -> String {
        let config = self.state.config();
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        object.string("name", &config.name);
        object.string("prefix", &config.prefix);
        object.string("baseUrl", BASE_URL);
        object.number("timeoutMs", Some(config.timeout_ms));
        object.number("perSecond", Some(config.limits.per_second));
        object.number("perMinute", Some(config.limits.per_minute));
        object.number("perDay", Some(config.limits.per_day));
        object.number("reservePercent", Some(config.reserve_percent));
        object.number("noticeMs", u32::try_from(config.notice_ms).ok());
        object.number("clockToleranceSeconds", Some(config.clock_tolerance_seconds));
        object.number("memoryBytes", Some(if config.cache.is_enabled { config.cache.memory_bytes } else { 0 }));
        object.name("cache").push_str(if config.cache.is_enabled { "true" } else { "false" });
        object.number("maxCacheAgeMs", u32::try_from(config.cache.max_age_ms()).ok());
        write_array(object.name("missing"), &config.missing, |out, text| write_string(out, text));
        object.close();
        out
    }

    /// Parses and routes a request. `headers` contains `origin`, `authorization`, `access-control-request-method`,
    /// `access-control-request-headers`, `sec-fetch-site`, `cache-control`, `if-none-match`, `upgrade` and
    /// `sec-websocket-protocol`. `is_allowed`: a function or a regular expression of the options allows the origin.
    pub fn parse(
        &self,
        request_id: String,
        method: &str,
        url: &str,
        headers: &str,
        has_body: bool,
        is_allowed: bool,
    ) -> RawRequest {
        let config = self.state.config();
        let page = Origin::classify(config, header_value(headers, "origin"), is_allowed, url);
        let head = RequestHead {
            method,
            url,
            authorization: header_value(headers, "authorization"),
            requested_method: header_value(headers, "access-control-request-method"),
            fetch_site: header_value(headers, "sec-fetch-site"),
            cache_control: header_value(headers, "cache-control"),
            upgrade: header_value(headers, "upgrade"),
            protocols: header_value(headers, "sec-websocket-protocol"),
            has_body,
        };
        let is_by_header = config.is_by_header;
        let mut request = RawRequest {
            page,
            request_id,
            is_by_header,
            matched: None,
            principal: None,
            if_none_match: header_value(headers, "if-none-match").map(str::to_owned),
            issued_at_ms: None,
            response: None,
        };
        match parse_request(config, &head, &request.page) {
            Ok(RouteMatch::Preflight) => {
                let requested_headers = header_value(headers, "access-control-request-headers");
                let allow = allowed_methods(config, url);
                request.response =
                    Some(preflight_response(config, &request.page, requested_headers, allow, &request.request_id));
            }
            Ok(matched) if config.missing.is_empty() || matched == RouteMatch::Health => {
                request.matched = Some(matched)
            }
            Ok(_) => request.reject(GatewayError::for_code("GATEWAY_NOT_CONFIGURED")),
            Err(error) => request.reject(error),
        }
        request
    }

    /// Whether the copy of the invalidation log is recent enough to respond.
    #[wasm_bindgen(js_name = isCurrent)]
    pub fn is_current(&self, now_ms: f64) -> bool {
        self.state.is_current(now_ms as i64)
    }

    /// Returns the version of the invalidation log.
    #[wasm_bindgen(js_name = logVersion)]
    pub fn log_version(&self) -> String {
        self.state.invalidation_log().version()
    }

    /// Applies an update of the invalidation log that was requested at `sent_ms`. Returns `false` if it cannot be
    /// parsed.
    #[wasm_bindgen(js_name = applyInvalidations)]
    pub fn apply_invalidations(&mut self, log: &str, sent_ms: f64) -> bool {
        self.state.apply_invalidations(log, sent_ms as i64)
    }

    /// Whether the permissions of an identity are cached.
    #[wasm_bindgen(js_name = hasPrincipal)]
    pub fn has_principal(&self, identity: &str, now_ms: f64) -> bool {
        self.state.principal(identity, now_ms as i64).is_some()
    }

    /// Returns the body of the error of an invalid identity.
    #[wasm_bindgen(js_name = checkIdentity)]
    pub fn check_identity(&self, identity: &str) -> Option<String> {
        self.state.parse_identity(identity).err().map(|error| error.0.to_json())
    }

    /// Returns the permissions in an identity's claims as JSON text, if the options name the claims and they are valid.
    #[wasm_bindgen(js_name = claimedPermissions)]
    pub fn claimed_permissions(&self, identity: &str) -> Option<String> {
        self.state.claimed_permissions(identity).ok().flatten().map(|json| json.to_json_string())
    }

    /// Returns the body of the error of invalid claims.
    #[wasm_bindgen(js_name = checkClaimedPermissions)]
    pub fn check_claimed_permissions(&self, identity: &str) -> Option<String> {
        self.state.claimed_permissions(identity).err().map(|error| error.0.to_json())
    }

    /// Returns a canonical text of permissions and their tenant. Throws if they are invalid.
    #[wasm_bindgen(js_name = canonicalPermissions)]
    pub fn canonical_permissions(&self, identity: &str, permissions: &str) -> Result<String, Error> {
        let permissions = permissions_of(permissions)?;
        let tenant = self.state.parse_identity(identity).ok().and_then(|identity| identity.tenant).unwrap_or_default();
        let mut out = String::new();
        write_array(&mut out, &[self.state.config().name.as_str(), &tenant], |out, text| write_string(out, text));
        out.push_str(&permissions.canonical());
        Ok(out)
    }

    /// Caches the permissions of an identity. Returns the body of the error if that is not possible.
    #[wasm_bindgen(js_name = cachePermissions)]
    pub fn cache_permissions(
        &mut self,
        identity: &str,
        permissions: &str,
        scope: &str,
        log_version: &str,
        now_ms: f64,
    ) -> Result<Option<String>, Error> {
        let permissions = permissions_of(permissions)?;
        let inserted = self.state.insert(identity, permissions, scope, log_version, now_ms as i64);
        Ok(inserted.err().map(|error| error.0.to_json()))
    }

    /// Takes a permit of a lease. Returns whether there was one.
    #[wasm_bindgen(js_name = tryAcquire)]
    pub fn try_acquire(&mut self, now_ms: f64) -> bool {
        self.state.leases.try_acquire(now_ms as i64)
    }

    /// Whether to request a lease ahead.
    #[wasm_bindgen(js_name = shouldPrefetch)]
    pub fn should_prefetch(&self, now_ms: f64) -> bool {
        self.state.leases.is_low(now_ms as i64)
    }

    /// Returns the number of extra permits to request.
    #[wasm_bindgen(js_name = desiredExtra)]
    pub fn desired_extra(&mut self, now_ms: f64) -> u32 {
        self.state.leases.desired_extra(now_ms as i64)
    }

    /// Returns the duration to request for a lease with some extra permits, in milliseconds.
    #[wasm_bindgen(js_name = leaseDurationMs)]
    pub fn lease_duration_ms(&self, extra: u32) -> u32 {
        self.state.leases.duration_ms(extra)
    }

    /// Handles the result of a lease request. Returns whether the permit for use at once is still usable.
    #[wasm_bindgen(js_name = onLease)]
    pub fn on_lease(&mut self, lease: RawLeaseResult, now_ms: f64) -> bool {
        let RawLeaseResult { extra, sent_ms, waited_ms, id, permits, duration_ms, is_prefetch } = lease;
        let granted = (permits > 0).then_some(GrantedLease { id: id as u64, permits, duration_ms });
        let (sent_ms, waited_ms) = (sent_ms as i64, waited_ms as i64);
        self.state.leases.on_lease(LeaseResult { extra, sent_ms, waited_ms, granted, is_prefetch }, now_ms as i64)
    }

    /// Handles the response to a request that was sent with the only permit of a lease.
    #[wasm_bindgen(js_name = onCompleted)]
    pub fn on_completed(&mut self, id: f64) {
        self.state.leases.on_completed(id as u64);
    }

    /// Removes and returns ended leases with their unused permits, as text for [`RawQuota`](super::RawQuota).
    #[wasm_bindgen(js_name = takeExpired)]
    pub fn take_expired(&mut self, now_ms: f64) -> String {
        expired_text(&self.state.leases.take_expired(now_ms as i64))
    }

    /// Removes and returns ended leases; `undefined` if all permits were used.
    #[wasm_bindgen(js_name = takeExpiredUnused)]
    pub fn take_expired_unused(&mut self, now_ms: f64) -> Option<String> {
        let expired = self.state.leases.take_expired(now_ms as i64);
        expired.iter().any(|(_, unused)| *unused > 0).then(|| expired_text(&expired))
    }

    /// Returns the time until a lease with unused permits ends, in milliseconds.
    #[wasm_bindgen(js_name = nextExpiryInMs)]
    pub fn next_expiry_in_ms(&self, now_ms: f64) -> Option<f64> {
        self.state.leases.next_expiry_in_ms(now_ms as i64).map(|ms| ms as f64)
    }
}

/// Formats leases as lines of an id, a colon and the number of unused permits. [`parse_expired`] parses them.
fn expired_text(expired: &[(u64, u32)]) -> String {
    expired.iter().map(|(id, unused)| format!("{id}:{unused}\n")).collect()
}

/// Parses such a text; invalid lines are ignored.
pub(super) fn parse_expired(text: &str) -> impl Iterator<Item = (u64, u32)> {
    text.lines().filter_map(|line| {
        let (id, unused) = line.split_once(':')?;
        Some((id.parse().ok()?, unused.parse().ok()?))
    })
}

/// Result of a lease request. Zero permits: none was granted.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, Default)]
pub struct RawLeaseResult {
    /// Number of requested extra permits.
    pub extra: u32,
    /// Time of the request, in milliseconds since 1970.
    #[wasm_bindgen(js_name = sentMs)]
    pub sent_ms: f64,
    /// Time that the request waited, in milliseconds.
    #[wasm_bindgen(js_name = waitedMs)]
    pub waited_ms: f64,
    /// Id of the lease.
    pub id: f64,
    /// Number of granted permits.
    pub permits: u32,
    /// Duration of the lease, in milliseconds.
    #[wasm_bindgen(js_name = durationMs)]
    pub duration_ms: u32,
    /// Whether the lease was prefetched, so that no permit is for use at once.
    #[wasm_bindgen(js_name = isPrefetch)]
    pub is_prefetch: bool,
}

#[wasm_bindgen]
impl RawLeaseResult {
    /// Creates the result of a request without a grant.
    #[wasm_bindgen(constructor)]
    pub fn new() -> RawLeaseResult {
        RawLeaseResult::default()
    }
}

fn permissions_of(text: &str) -> Result<Permissions, Error> {
    let json = decode::json(text.as_bytes()).map_err(|error| Error::new(&error.to_string()))?;
    Permissions::from_json(&json).map_err(|sentence| Error::new(&sentence))
}

/// A request in the gateway.
#[wasm_bindgen]
pub struct RawRequest {
    pub(super) page: Origin,
    pub(super) request_id: String,
    is_by_header: bool,
    pub(super) matched: Option<RouteMatch>,
    pub(super) principal: Option<Principal>,
    /// Value of `If-None-Match`.
    pub(super) if_none_match: Option<String>,
    /// Time of issue of the token, in milliseconds since 1970, if it matters.
    issued_at_ms: Option<i64>,
    response: Option<GatewayResponse>,
}

#[wasm_bindgen]
impl RawRequest {
    /// Excludes the response from browser caches, because `Vary` does not name the header with the token.
    #[wasm_bindgen(js_name = disableBrowserCache)]
    pub fn disable_browser_cache(&mut self) {
        self.is_by_header = false;
    }

    /// Returns the state, a [`gateway_request`].
    pub fn state(&self) -> u32 {
        match (&self.response, &self.matched) {
            (None, Some(RouteMatch::Health)) => gateway_request::HEALTH,
            (None, Some(RouteMatch::Cases { no_cache: false, .. })) => gateway_request::CASES,
            (None, Some(RouteMatch::Cases { no_cache: true, .. })) => gateway_request::UNCACHED_CASES,
            (None, Some(RouteMatch::Copy(_))) => gateway_request::COPY,
            (None, Some(RouteMatch::LiveTicket)) => gateway_request::LIVE_TICKET,
            (None, Some(RouteMatch::Live(_))) => gateway_request::LIVE,
            _ => gateway_request::RESPONDED,
        }
    }

    /// Returns the name of the route; empty if there is none.
    pub fn route(&self) -> String {
        match &self.matched {
            Some(RouteMatch::Cases { request, .. }) => request.endpoint.operation_id.to_owned(),
            Some(RouteMatch::Health) => "health".to_owned(),
            Some(RouteMatch::Copy(request)) => request.name().to_owned(),
            Some(RouteMatch::LiveTicket) => "liveTicket".to_owned(),
            Some(RouteMatch::Live(_)) => "live".to_owned(),
            _ => String::new(),
        }
    }

    /// Returns the requested ids.
    pub fn ids(&self) -> Vec<String> {
        match &self.matched {
            Some(RouteMatch::Cases { request, .. }) => request.ids.clone(),
            _ => Vec::new(),
        }
    }

    /// Authorizes the request for an identity. Returns `false` if the permissions are not cached any more.
    /// `issued_at_ms` is the time of issue of the token, if it matters.
    pub fn authorize(&mut self, gateway: &RawGateway, identity: &str, issued_at_ms: Option<f64>, now_ms: f64) -> bool {
        let Some(principal) = gateway.state.principal(identity, now_ms as i64) else { return false };
        self.issued_at_ms = issued_at_ms.map(|ms| ms as i64);
        if self.issued_at_ms.is_some_and(|ms| gateway.state.is_revoked(principal, ms)) {
            self.reject(GatewayError::for_code("IDENTITY_EXPIRED").with_detail("(its permissions were revoked)"));
        } else if let Some(RouteMatch::Cases { request, .. }) = &self.matched
            && let Err(error) = authorize(&principal.permissions, request)
        {
            self.reject(error);
        }
        self.principal = Some(principal.clone());
        true
    }

    /// Whether the permissions were revoked since the request was authorized; those of a token, until it is renewed.
    #[wasm_bindgen(js_name = isRevoked)]
    pub fn is_revoked(&self, gateway: &RawGateway) -> bool {
        let is_revoked = |principal| self.issued_at_ms.is_some_and(|ms| gateway.state.is_revoked(principal, ms));
        self.principal.as_ref().is_some_and(|principal| gateway.state.is_outdated(principal) || is_revoked(principal))
    }

    /// Returns the cache key of the response.
    #[wasm_bindgen(js_name = cacheKey)]
    pub fn cache_key(&self) -> Option<String> {
        let (request, principal) = self.cases()?;
        Some([&*principal.scope, &canonicalize(request).path_and_query()].concat())
    }

    /// Returns the tenant whose share of the quota is used.
    pub fn tenant(&self) -> Option<String> {
        self.principal.as_ref().map(|principal| principal.tenant.to_string())
    }

    /// Creates the call to the service, with a deadline.
    #[wasm_bindgen(js_name = upstreamCall)]
    pub fn upstream_call(&self, deadline_ms: f64) -> Option<RawUpstreamCall> {
        let (request, principal) = self.cases()?;
        Some(RawUpstreamCall {
            request: canonicalize(request),
            permissions: Rc::clone(&principal.permissions),
            tenant: Rc::clone(&principal.tenant),
            body: Body::default(),
            deadline_ms: deadline_ms as i64,
            sent_ms: 0,
            log_version: String::new(),
            token: String::new(),
            message_id: None,
            attempt: AttemptState::default(),
            outcome: None,
        })
    }

    /// Returns the identity with its permissions, once the request is authorized.
    pub(super) fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref().filter(|_| self.response.is_none())
    }

    fn cases(&self) -> Option<(&Request, &Principal)> {
        match (&self.matched, &self.principal) {
            (Some(RouteMatch::Cases { request, .. }), Some(principal)) => Some((request, principal)),
            _ => None,
        }
    }

    /// Returns the permitted use of a cached response, a [`freshness`].
    pub fn freshness(&self, gateway: &RawGateway, metadata: &str, now_ms: f64) -> u32 {
        let policy = &gateway.state.config().cache;
        let max_age_ms = match &self.matched {
            Some(RouteMatch::Cases { max_age_ms, .. }) => max_age_ms.unwrap_or(i64::MAX),
            _ => i64::MAX,
        };
        // A request with a maximum age gets no older response, whatever the policy permits.
        let freshness = CacheMetadata::from_text(metadata)
            .filter(|entry| entry.age_ms(now_ms as i64) <= max_age_ms)
            .map_or(Freshness::Expired, |entry| {
                entry.freshness(policy, gateway.state.invalidation_log(), now_ms as i64)
            });
        match freshness {
            Freshness::Fresh => freshness::FRESH,
            Freshness::Stale => freshness::STALE,
            Freshness::StaleIfError => freshness::STALE_IF_ERROR,
            Freshness::Expired => freshness::EXPIRED,
        }
    }

    /// Returns the headers of a successful response.
    #[wasm_bindgen(js_name = successHeaders)]
    pub fn success_headers(
        &self,
        cache_status: &str,
        metadata: &str,
        message_id: Option<String>,
        now_ms: f64,
    ) -> String {
        let now_ms = now_ms as i64;
        let entry = CacheMetadata::from_text(metadata);
        let age_ms = entry.as_ref().map_or(0, |entry| entry.age_ms(now_ms));
        // Browsers distinguish users by the headers in `Vary`. If other data identifies users, browsers must not cache.
        let fresh_ms = entry.filter(|_| self.is_by_header).map_or(0, |entry| entry.ttl_ms - age_ms);
        let message_id = message_id.as_deref();
        encode_headers(&success_headers(
            &self.page,
            &self.request_id,
            CacheStatus::from_name(cache_status),
            age_ms,
            fresh_ms,
            message_id,
        ))
    }

    /// Rejects the request by a code of the tables and a detail.
    #[wasm_bindgen(js_name = rejectWithCode)]
    pub fn reject_with_code(&mut self, code: &str, detail: &str) {
        self.reject(GatewayError::for_code(code).with_detail(detail));
    }

    /// Rejects the request with the body of an error.
    #[wasm_bindgen(js_name = rejectWithBody)]
    pub fn reject_with_body(&mut self, body: &str) {
        let body = decode::json(body.as_bytes()).ok().and_then(|json| ErrorBody::from_json(&json));
        self.reject(body.map_or_else(|| GatewayError::for_code("GATEWAY_FAILED"), GatewayError::from_body));
    }

    /// Returns the status of the response, if there is one.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// Returns the headers of the response.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Option<String> {
        self.response.as_ref().map(|response| encode_headers(&response.headers))
    }

    /// Returns the body of the response, if it has one.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Option<String> {
        self.response.as_ref().and_then(|response| text_of(&response.body))
    }

    /// Returns the code of the error; empty if there is none.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> Option<String> {
        self.response.as_ref().map(|response| response.code.to_string())
    }

    /// Returns the headers of every response.
    #[wasm_bindgen(js_name = baseHeaders)]
    pub fn base_headers(&self) -> String {
        encode_headers(&base_headers(&self.page, &self.request_id))
    }

    fn reject(&mut self, error: GatewayError) {
        self.response = Some(error_response(error, &self.page, &self.request_id));
    }
}

fn text_of(payload: &Payload) -> Option<String> {
    match payload {
        Payload::Text(text) => Some(text.clone()),
        Payload::Empty | Payload::Upstream => None,
    }
}

/// A call to the service, which identical requests share.
///
/// Each attempt begins with [`begin_attempt`](RawUpstreamCall::begin_attempt) and ends with
/// [`on_response`](RawUpstreamCall::on_response) or [`on_transport_error`](RawUpstreamCall::on_transport_error). Either
/// returns the outcome; the getters return its values until the next attempt.
#[wasm_bindgen]
pub struct RawUpstreamCall {
    request: Request,
    permissions: Rc<Permissions>,
    tenant: Rc<str>,
    body: Body,
    deadline_ms: i64,
    sent_ms: i64,
    log_version: String,
    token: String,
    /// Message id of the delivered response.
    message_id: Option<String>,
    attempt: AttemptState,
    outcome: Option<UpstreamOutcome>,
}

#[wasm_bindgen]
impl RawUpstreamCall {
    /// Extends the deadline, also of an attempt in progress.
    #[wasm_bindgen(js_name = extendDeadline)]
    pub fn extend_deadline(&mut self, deadline_ms: f64) {
        self.deadline_ms = self.deadline_ms.max(deadline_ms as i64);
    }

    /// Returns the path and query, relative to the service's base address.
    pub fn path(&self) -> String {
        self.request.path_and_query()
    }

    /// Returns the tenant whose share of the quota is used.
    pub fn tenant(&self) -> String {
        self.tenant.to_string()
    }

    /// Begins an attempt.
    #[wasm_bindgen(js_name = beginAttempt)]
    pub fn begin_attempt(&mut self, attempt: RawAttempt) {
        self.sent_ms = attempt.sent_ms as i64;
        self.log_version = attempt.log_version;
        self.token = attempt.token;
        self.attempt.random = attempt.random;
        self.outcome = None;
    }

    /// Classifies a response with its body. Returns the outcome, an [`upstream_outcome`].
    #[wasm_bindgen(js_name = onResponse)]
    pub fn on_response(&mut self, gateway: &RawGateway, head: RawResponseHead, body: &[u8]) -> u32 {
        self.body.copy_from(body);
        let body = core::mem::take(&mut self.body);
        self.classify_body(gateway, head, body)
    }

    /// Classifies a response whose body is too large to be read. Returns the outcome, an [`upstream_outcome`].
    #[wasm_bindgen(js_name = onOversized)]
    pub fn on_oversized(&mut self, gateway: &RawGateway, head: RawResponseHead) -> u32 {
        self.classify_body(gateway, head, Body::oversized())
    }

    /// Classifies a failure without a response. Returns the outcome, an [`upstream_outcome`].
    #[wasm_bindgen(js_name = onTransportError)]
    pub fn on_transport_error(&mut self, is_time_over: bool, now_ms: f64) -> u32 {
        let attempt = self.attempt_at(now_ms);
        self.record(classify_transport_error(is_time_over, &attempt))
    }

    /// Takes the body to deliver, if it is not the service's own.
    #[wasm_bindgen(js_name = takeBody)]
    pub fn take_body(&mut self) -> Option<String> {
        let Some(UpstreamOutcome::Deliver { body, .. }) = &mut self.outcome else { return None };
        match core::mem::replace(body, Payload::Empty) {
            Payload::Text(text) => Some(text),
            Payload::Empty | Payload::Upstream => None,
        }
    }

    /// Returns the message id to quote to Cisco's support, if it can be passed on.
    #[wasm_bindgen(getter, js_name = messageId)]
    pub fn message_id(&self) -> Option<String> {
        self.message_id.clone()
    }

    /// Returns the cache metadata of the delivered response.
    #[wasm_bindgen(getter)]
    pub fn metadata(&self) -> String {
        let Some(UpstreamOutcome::Deliver { ttl_ms, contracts, .. }) = &self.outcome else { return String::new() };
        CacheMetadata::new(self.sent_ms, *ttl_ms, self.log_version.clone(), contracts.clone()).to_text()
    }

    /// Whether requested cases are missing in the response, or were not found.
    #[wasm_bindgen(getter, js_name = isIncomplete)]
    pub fn is_incomplete(&self) -> bool {
        matches!(
            &self.outcome,
            Some(
                UpstreamOutcome::Deliver { is_incomplete: true, .. }
                    | UpstreamOutcome::Fail { is_incomplete: true, .. }
            )
        )
    }

    /// Returns the wait before a retry, in milliseconds.
    #[wasm_bindgen(getter, js_name = retryAfterMs)]
    pub fn retry_after_ms(&self) -> u32 {
        match &self.outcome {
            Some(UpstreamOutcome::Retry { after_ms, .. }) => *after_ms,
            _ => 0,
        }
    }

    /// Returns the rate-limit signal of a response that is not delivered.
    #[wasm_bindgen(js_name = rateLimitSignal)]
    pub fn rate_limit_signal(&self) -> Option<RawRateLimitSignal> {
        match &self.outcome {
            Some(UpstreamOutcome::Retry { signal, .. } | UpstreamOutcome::Fail { signal, .. }) => {
                signal.map(RawRateLimitSignal::from)
            }
            _ => None,
        }
    }

    /// Returns the body of the error, if the call has failed.
    #[wasm_bindgen(getter)]
    pub fn error(&self) -> String {
        match &self.outcome {
            Some(UpstreamOutcome::Fail { error, .. }) => error.0.to_json(),
            _ => String::new(),
        }
    }

    /// Whether an older cached response may replace the error.
    #[wasm_bindgen(getter, js_name = canServeStale)]
    pub fn can_serve_stale(&self) -> bool {
        matches!(&self.outcome, Some(UpstreamOutcome::Fail { or_stale: true, .. }))
    }

    fn classify_body(&mut self, gateway: &RawGateway, head: RawResponseHead, body: Body) -> u32 {
        let response = response(head.status, &head.headers, body);
        let policy = &gateway.state.config().cache;
        let attempt = self.attempt_at(head.received_ms);
        let outcome = classify_response(&self.request, &self.permissions, &response, &attempt, policy, &self.token);
        self.message_id = response.message_id.filter(|id| is_quotable(id, &self.token));
        self.body = response.body;
        self.record(outcome)
    }

    fn attempt_at(&self, now_ms: f64) -> AttemptState {
        let unix_ms = now_ms as i64;
        AttemptState { time_left_ms: self.deadline_ms - unix_ms, unix_ms, ..self.attempt }
    }

    fn record(&mut self, outcome: UpstreamOutcome) -> u32 {
        let code = match &outcome {
            UpstreamOutcome::Deliver { .. } => upstream_outcome::DELIVER,
            UpstreamOutcome::RenewToken => {
                self.attempt.is_token_renewed = true;
                upstream_outcome::RENEW_TOKEN
            }
            UpstreamOutcome::Retry { .. } => {
                self.attempt.retries += 1;
                upstream_outcome::RETRY
            }
            UpstreamOutcome::Fail { .. } => upstream_outcome::FAIL,
        };
        self.outcome = Some(outcome);
        code
    }
}

/// An attempt of a [`RawUpstreamCall`].
#[wasm_bindgen(getter_with_clone)]
#[derive(Default)]
pub struct RawAttempt {
    /// Time at which the request is sent, in milliseconds since 1970.
    #[wasm_bindgen(js_name = sentMs)]
    pub sent_ms: f64,
    /// Version of the invalidation log.
    #[wasm_bindgen(js_name = logVersion)]
    pub log_version: String,
    /// Random number for the jitter of a retry.
    pub random: u32,
    /// Token to send. It is removed from everything that is passed on.
    pub token: String,
}

#[wasm_bindgen]
impl RawAttempt {
    /// Creates an attempt whose fields are still to be set.
    #[wasm_bindgen(constructor)]
    pub fn new() -> RawAttempt {
        RawAttempt::default()
    }
}

/// A response of the service, without its body.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug, Default)]
pub struct RawResponseHead {
    /// The HTTP status code.
    pub status: u16,
    /// Headers, as lines.
    pub headers: String,
    /// Time at which the response was received, in milliseconds since 1970.
    #[wasm_bindgen(js_name = receivedMs)]
    pub received_ms: f64,
}

#[wasm_bindgen]
impl RawResponseHead {
    /// Creates a response head whose fields are still to be set.
    #[wasm_bindgen(constructor)]
    pub fn new() -> RawResponseHead {
        RawResponseHead::default()
    }
}

/// A rate-limit or quota error of the service.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct RawRateLimitSignal {
    /// Wait that the service asks for, in milliseconds.
    #[wasm_bindgen(readonly, js_name = retryAfterMs)]
    pub retry_after_ms: Option<u32>,
    /// Whether a quota is exhausted.
    #[wasm_bindgen(readonly, js_name = isQuota)]
    pub is_quota: bool,
}

impl From<RateLimitSignal> for RawRateLimitSignal {
    fn from(signal: RateLimitSignal) -> RawRateLimitSignal {
        RawRateLimitSignal { retry_after_ms: signal.retry_after_ms, is_quota: signal.is_quota }
    }
}

/// Returns the rate-limit signal of a response that other code reads.
#[wasm_bindgen(js_name = rateLimitSignalOf)]
pub fn rate_limit_signal_of(status: u16, headers: &str, body: &[u8], now_ms: f64) -> Option<RawRateLimitSignal> {
    rate_limit_signal(&response(status, headers, Body::from_slice(body)), now_ms as i64).map(RawRateLimitSignal::from)
}

/// Whether a text contains a secret, or an identifying part of it, in any encoding.
#[wasm_bindgen(js_name = containsSecret)]
pub fn contains_secret(text: &str, secret: &str) -> bool {
    client::contains_secret(text, secret)
}

/// Returns the body of an error, by a code of the tables and a detail.
#[wasm_bindgen(js_name = errorBody)]
pub fn error_body(code: &str, detail: &str) -> String {
    let GatewayError { 0: mut body, .. } = GatewayError::for_code(code).with_detail(detail);
    body.retry = false;
    body.to_json()
}
