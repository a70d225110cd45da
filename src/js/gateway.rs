//! The gateway, for JavaScript: what one isolate decides.
//!
//! What crosses has a name on both sides. States are numbers of [`boundary`](crate::boundary). Headers are lines of a name
//! and a value. What several values belong to is an object with a getter or a setter for each.

use super::headers::{encode_headers, header_value, response};
use crate::boundary::{freshness, gateway_request, upstream_outcome};
use crate::client::contains_secret;
use crate::decode::{self, Body};
use crate::endpoint::{BASE_URL, Request};
use crate::error::{ErrorBody, row_for};
use crate::gateway::{
    AttemptState, CacheMetadata, CacheStatus, Config, Freshness, GatewayError, GatewayResponse, HeldLeases,
    IsolateState, Origin, Payload, Permissions, Principal, RateLimitSignal, RequestHead, RouteMatch, UpstreamOutcome,
    authorize, base_headers, canonicalize, classify_response, classify_transport_error, error_response, is_quotable,
    parse_request, preflight_response, rate_limit_signal, success_headers,
};
use crate::util::{ObjectWriter, write_array, write_string};
use alloc::rc::Rc;
use alloc::{borrow::ToOwned, boxed::Box, format, string::String, string::ToString, vec::Vec};
use js_sys::Error;
use wasm_bindgen::prelude::wasm_bindgen;

/// One isolate of a gateway.
#[wasm_bindgen]
pub struct RawGateway {
    state: IsolateState,
}

#[wasm_bindgen]
impl RawGateway {
    /// A gateway with these options, as JSON text; what is wrong with them is thrown, all of it in one message.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<RawGateway, Error> {
        let options = decode::json(options.as_bytes()).unwrap_or_default();
        match Config::check(&options) {
            Ok(config) => Ok(RawGateway { state: IsolateState::new(config) }),
            Err(problems) => {
                let messages: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                Err(Error::new(&messages.join("; ")))
            }
        }
    }

    /// What it was made with, as far as the package's side has to know, as JSON text.
    pub fn settings(&self) -> String {
        let config = self.state.config();
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        object.string("name", &config.name);
        object.string("prefix", &config.prefix);
        object.string("baseUrl", BASE_URL);
        object.number("timeoutMs", Some(config.timeout_ms));
        object.number("noticeMs", u32::try_from(config.notice_ms).ok());
        object.number("clockToleranceSeconds", Some(config.clock_tolerance_seconds));
        object.number("memoryBytes", Some(if config.cache.is_enabled { config.cache.memory_bytes } else { 0 }));
        object.name("cache").push_str(if config.cache.is_enabled { "true" } else { "false" });
        object.number("keptMs", u32::try_from(config.cache.stale_ms + config.cache.stale_if_error_ms).ok());
        write_array(object.name("missing"), &config.missing, |out, text| write_string(out, text));
        object.close();
        out
    }

    /// Reads a request: of its headers, as lines, `origin`, `authorization`, `access-control-request-method`,
    /// `access-control-request-headers`, `sec-fetch-site` and `cache-control`. `is_allowed`: a function or a regular
    /// expression of the options allows its origin.
    pub fn ask(
        &self,
        request_id: String,
        method: &str,
        url: &str,
        headers: &str,
        has_body: bool,
        is_allowed: bool,
    ) -> RawAsk {
        let config = self.state.config();
        let page = Origin::classify(config, header_value(headers, "origin"), is_allowed, url);
        let head = RequestHead {
            method,
            url,
            authorization: header_value(headers, "authorization"),
            requested_method: header_value(headers, "access-control-request-method"),
            fetch_site: header_value(headers, "sec-fetch-site"),
            cache_control: header_value(headers, "cache-control"),
            has_body,
        };
        let is_by_header = config.is_by_header;
        let mut ask =
            RawAsk { page, request_id, is_by_header, asked: None, principal: None, signed_in_ms: None, answer: None };
        match parse_request(config, &head, &ask.page) {
            Ok(RouteMatch::Preflight) => {
                let wanted = header_value(headers, "access-control-request-headers");
                ask.answer = Some(preflight_response(config, &ask.page, wanted, &ask.request_id));
            }
            Ok(asked) if config.missing.is_empty() || asked == RouteMatch::Health => ask.asked = Some(asked),
            Ok(_) => ask.refused(GatewayError::for_code("GATEWAY_NOT_CONFIGURED")),
            Err(refusal) => ask.refused(refusal),
        }
        ask
    }

    /// Whether it has heard lately what was revoked and purged.
    #[wasm_bindgen(js_name = isCurrent)]
    pub fn is_current(&self, now_ms: f64) -> bool {
        self.state.is_current(now_ms as i64)
    }

    /// How much it has heard.
    pub fn heard(&self) -> String {
        self.state.invalidation_log().version()
    }

    /// Hears what was told to a question that was sent then.
    pub fn hear(&mut self, told: &str, sent_ms: f64) -> bool {
        self.state.apply_invalidations(told, sent_ms as i64)
    }

    /// Whether it is known what an identity may see.
    #[wasm_bindgen(js_name = isKnown)]
    pub fn is_known(&self, identity: &str, now_ms: f64) -> bool {
        self.state.principal(identity, now_ms as i64).is_some()
    }

    /// What is wrong with an identity, as the body of an error.
    #[wasm_bindgen(js_name = checkIdentity)]
    pub fn check_identity(&self, identity: &str) -> Option<String> {
        self.state.parse_identity(identity).err().map(|refusal| refusal.0.to_json())
    }

    /// The permissions among an identity's claims, as JSON text, where the options say in which and they are permissions.
    pub fn claimed(&self, identity: &str) -> Option<String> {
        self.state.claimed_permissions(identity).ok().flatten().map(|json| json.to_json_string())
    }

    /// What is wrong with those claims, as the body of an error.
    #[wasm_bindgen(js_name = checkClaimed)]
    pub fn check_claimed(&self, identity: &str) -> Option<String> {
        self.state.claimed_permissions(identity).err().map(|refusal| refusal.0.to_json())
    }

    /// Permissions in one spelling, with whose they are; what is wrong with them is thrown.
    pub fn canonical(&self, identity: &str, permissions: &str) -> Result<String, Error> {
        let permissions = permissions_of(permissions)?;
        let tenant = self.state.parse_identity(identity).ok().and_then(|identity| identity.tenant).unwrap_or_default();
        let mut out = String::new();
        write_array(&mut out, &[self.state.config().name.as_str(), &tenant], |out, text| write_string(out, text));
        out.push_str(&permissions.canonical());
        Ok(out)
    }

    /// Remembers what an identity may see. What goes against it comes back as the body of an error.
    pub fn remember(
        &mut self,
        identity: &str,
        permissions: &str,
        scope: &str,
        heard: &str,
        now_ms: f64,
    ) -> Result<Option<String>, Error> {
        let permissions = permissions_of(permissions)?;
        let remembered = self.state.insert(identity, permissions, scope, heard, now_ms as i64);
        Ok(remembered.err().map(|refusal| refusal.0.to_json()))
    }

    /// Takes a slot that is leased.
    pub fn take(&mut self, now_ms: f64) -> bool {
        self.state.leases.try_acquire(now_ms as i64)
    }

    /// Whether it is time to ask for slots ahead.
    #[wasm_bindgen(js_name = isLow)]
    pub fn is_low(&self, now_ms: f64) -> bool {
        self.state.leases.is_low(now_ms as i64)
    }

    /// How many slots to ask for beyond one.
    pub fn wish(&mut self, now_ms: f64) -> u32 {
        self.state.leases.desired_extra(now_ms as i64)
    }

    /// For how many milliseconds to ask for a lease of one slot and so many more.
    #[wasm_bindgen(js_name = lifeMs)]
    pub fn life_ms(&self, more: u32) -> u32 {
        self.state.leases.duration_ms(more)
    }

    /// What has come of that. Returns whether the slot that is for use at once is still good.
    pub fn came(&mut self, lease: RawLease, now_ms: f64) -> bool {
        let RawLease { more, sent_ms, held_ms, grant, slots, life_ms, is_ahead } = lease;
        let (sent_ms, held_ms, now_ms) = (sent_ms as i64, held_ms as i64, now_ms as i64);
        let granted = (slots > 0).then_some((grant as u64, slots, life_ms));
        self.state.leases.on_lease(more, [sent_ms, held_ms, now_ms], granted, is_ahead);
        granted.is_some_and(|(_, _, life_ms)| !HeldLeases::is_too_late(sent_ms, held_ms, life_ms, now_ms))
    }

    /// What was sent with a lease's one slot has been answered.
    pub fn landed(&mut self, grant: f64) {
        self.state.leases.on_completed(grant as u64);
    }

    /// HeldLeases that are over with how many of their slots were not used, as text for [`RawQuota`](super::RawQuota).
    pub fn over(&mut self, now_ms: f64) -> String {
        over_text(&self.state.leases.take_expired(now_ms as i64))
    }

    /// The same; `undefined` where all slots were used.
    #[wasm_bindgen(js_name = overUnused)]
    pub fn over_unused(&mut self, now_ms: f64) -> Option<String> {
        let over = self.state.leases.take_expired(now_ms as i64);
        over.iter().any(|(_, unused)| *unused > 0).then(|| over_text(&over))
    }

    /// In how many milliseconds there may be such leases.
    #[wasm_bindgen(js_name = overInMs)]
    pub fn over_in_ms(&self, now_ms: f64) -> Option<f64> {
        self.state.leases.next_expiry_in_ms(now_ms as i64).map(|ms| ms as f64)
    }
}

/// Lines of a grant, a colon and the number of its unused slots. [`over_of`] reads them.
fn over_text(over: &[(u64, u32)]) -> String {
    over.iter().map(|(grant, unused)| format!("{grant}:{unused}\n")).collect()
}

/// The grants and unused slots of such a text; a line that is none is left out.
pub(super) fn over_of(text: &str) -> impl Iterator<Item = (u64, u32)> {
    text.lines().filter_map(|line| {
        let (grant, unused) = line.split_once(':')?;
        Some((grant.parse().ok()?, unused.parse().ok()?))
    })
}

/// The outcome of asking for a lease. Zero slots: none was granted.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, Default)]
pub struct RawLease {
    /// How many slots beyond one were asked for.
    pub more: u32,
    /// When it was asked for.
    #[wasm_bindgen(js_name = sentMs)]
    pub sent_ms: f64,
    /// How long it was held back, in milliseconds.
    #[wasm_bindgen(js_name = heldMs)]
    pub held_ms: f64,
    /// The grant's number.
    pub grant: f64,
    /// How many slots were granted.
    pub slots: u32,
    /// The life of the slots, in milliseconds.
    #[wasm_bindgen(js_name = lifeMs)]
    pub life_ms: u32,
    /// Whether it was asked for ahead: no slot is for use at once.
    #[wasm_bindgen(js_name = isAhead)]
    pub is_ahead: bool,
}

#[wasm_bindgen]
impl RawLease {
    /// One that was not granted, until more is said of it.
    #[wasm_bindgen(constructor)]
    pub fn new() -> RawLease {
        RawLease::default()
    }
}

fn permissions_of(text: &str) -> Result<Permissions, Error> {
    let json = decode::json(text.as_bytes()).map_err(|fault| Error::new(&fault.to_string()))?;
    Permissions::from_json(&json).map_err(|sentence| Error::new(&sentence))
}

/// A request on its way through the gateway.
#[wasm_bindgen]
pub struct RawAsk {
    page: Origin,
    request_id: String,
    is_by_header: bool,
    asked: Option<RouteMatch>,
    principal: Option<Principal>,
    /// When the sign-in was made, in milliseconds since 1970, where that counts.
    signed_in_ms: Option<i64>,
    answer: Option<GatewayResponse>,
}

#[wasm_bindgen]
impl RawAsk {
    /// Says that no header which a browser knows of tells who asks: it keeps no answer.
    #[wasm_bindgen(js_name = hideSignIn)]
    pub fn hide_sign_in(&mut self) {
        self.is_by_header = false;
    }

    /// How it stands, a [`gateway_request`].
    pub fn state(&self) -> u32 {
        match (&self.answer, &self.asked) {
            (None, Some(RouteMatch::Health)) => gateway_request::HEALTH,
            (None, Some(RouteMatch::Cases { no_cache: false, .. })) => gateway_request::CASES,
            (None, Some(RouteMatch::Cases { no_cache: true, .. })) => gateway_request::UNCACHED_CASES,
            _ => gateway_request::ANSWERED,
        }
    }

    /// The name of the route; empty where there is none.
    pub fn route(&self) -> String {
        match &self.asked {
            Some(RouteMatch::Cases { request, .. }) => request.endpoint.name.to_owned(),
            Some(RouteMatch::Health) => "health".to_owned(),
            _ => String::new(),
        }
    }

    /// The ids that it asks for.
    pub fn ids(&self) -> Vec<String> {
        match &self.asked {
            Some(RouteMatch::Cases { request, .. }) => request.ids.clone(),
            _ => Vec::new(),
        }
    }

    /// Judges it by what an identity may see. `false`: nothing is known of that any more. `signed_in_ms` is when the sign-in
    /// was made, where that counts.
    pub fn authorize(&mut self, gateway: &RawGateway, identity: &str, signed_in_ms: Option<f64>, now_ms: f64) -> bool {
        let Some(principal) = gateway.state.principal(identity, now_ms as i64) else { return false };
        self.signed_in_ms = signed_in_ms.map(|ms| ms as i64);
        if self.signed_in_ms.is_some_and(|ms| gateway.state.is_revoked(principal, ms)) {
            self.refused(GatewayError::for_code("IDENTITY_EXPIRED").with_detail("(its permissions were revoked)"));
        } else if let Some(RouteMatch::Cases { request, .. }) = &self.asked
            && let Err(refusal) = authorize(&principal.permissions, request)
        {
            self.refused(refusal);
        }
        self.principal = Some(principal.clone());
        true
    }

    /// Whether what the sign-in may see has been revoked since it was admitted, until it is renewed.
    #[wasm_bindgen(js_name = isOutdated)]
    pub fn is_outdated(&self, gateway: &RawGateway) -> bool {
        let principal = self.principal.as_ref().zip(self.signed_in_ms);
        principal.is_some_and(|(principal, ms)| gateway.state.is_revoked(principal, ms))
    }

    /// By what its answer is found again.
    pub fn key(&self) -> Option<String> {
        let (request, principal) = self.cases()?;
        Some([&*principal.scope, &canonicalize(request).path_and_query()].concat())
    }

    /// Whose share of the quota it uses.
    pub fn tenant(&self) -> Option<String> {
        self.principal.as_ref().map(|principal| principal.tenant.to_string())
    }

    /// What is asked of the service for it, to be over by a deadline.
    pub fn job(&self, deadline_ms: f64) -> Option<RawJob> {
        let (request, principal) = self.cases()?;
        Some(RawJob {
            request: canonicalize(request),
            permissions: Rc::clone(&principal.permissions),
            tenant: Rc::clone(&principal.tenant),
            body: Body::default(),
            deadline_ms: deadline_ms as i64,
            sent_ms: 0,
            heard: String::new(),
            token: String::new(),
            message_id: None,
            standing: AttemptState::default(),
            verdict: None,
        })
    }

    fn cases(&self) -> Option<(&Request, &Principal)> {
        match (&self.asked, &self.principal) {
            (Some(RouteMatch::Cases { request, .. }), Some(principal)) => Some((request, principal)),
            _ => None,
        }
    }

    /// What an answer that is kept is good for, a [`freshness`].
    pub fn freshness(&self, gateway: &RawGateway, line: &str, now_ms: f64) -> u32 {
        let policy = &gateway.state.config().cache;
        let max_age_ms = match &self.asked {
            Some(RouteMatch::Cases { max_age_ms, .. }) => max_age_ms.unwrap_or(i64::MAX),
            _ => i64::MAX,
        };
        // Whoever says how old an answer may be has none that is older, whatever else can be had.
        let found = CacheMetadata::from_text(line)
            .filter(|entry| entry.age_ms(now_ms as i64) <= max_age_ms)
            .map_or(Freshness::Expired, |entry| {
                entry.freshness(policy, gateway.state.invalidation_log(), now_ms as i64)
            });
        match found {
            Freshness::Fresh => freshness::FRESH,
            Freshness::Stale => freshness::STALE,
            Freshness::StaleIfError => freshness::IF_ERROR,
            Freshness::Expired => freshness::GONE,
        }
    }

    /// The headers of an answer that the service gave, as lines.
    pub fn delivered(&self, found: &str, line: &str, message_id: Option<String>, now_ms: f64) -> String {
        let now_ms = now_ms as i64;
        let entry = CacheMetadata::from_text(line);
        let age_ms = entry.as_ref().map_or(0, |entry| entry.age_ms(now_ms));
        // A browser keeps apart whose answers it has by what `Vary` names. Where that is not all by which people are told
        // apart, it keeps none.
        let fresh_ms = entry.filter(|_| self.is_by_header).map_or(0, |entry| entry.ttl_ms - age_ms);
        let message_id = message_id.as_deref();
        encode_headers(&success_headers(
            &self.page,
            &self.request_id,
            CacheStatus::from_name(found),
            age_ms,
            fresh_ms,
            message_id,
        ))
    }

    /// Refuses it, by a code of the tables and a detail.
    pub fn refuse(&mut self, code: &str, detail: &str) {
        self.refused(GatewayError::for_code(code).with_detail(detail));
    }

    /// Refuses it with the body of an error.
    pub fn fail(&mut self, body: &str) {
        let body = decode::json(body.as_bytes()).ok().and_then(|json| ErrorBody::from_json(&json));
        self.refused(GatewayError(Box::new(body.unwrap_or_else(|| ErrorBody::from_row(row_for("GATEWAY_FAILED"))))));
    }

    /// The status of the answer, if it is there.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// The headers of the answer, as lines.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Option<String> {
        self.answer.as_ref().map(|answer| encode_headers(&answer.headers))
    }

    /// The body of the answer, where it has one.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Option<String> {
        self.answer.as_ref().and_then(|answer| text_of(&answer.body))
    }

    /// The code of what was refused; empty where nothing was.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> Option<String> {
        self.answer.as_ref().map(|answer| answer.code.to_string())
    }

    /// The headers that every answer has, as lines.
    pub fn common(&self) -> String {
        encode_headers(&base_headers(&self.page, &self.request_id))
    }

    fn refused(&mut self, refusal: GatewayError) {
        self.answer = Some(error_response(refusal, &self.page, &self.request_id));
    }
}

fn text_of(payload: &Payload) -> Option<String> {
    match payload {
        Payload::Text(text) => Some(text.clone()),
        Payload::Empty | Payload::Upstream => None,
    }
}

/// What is asked of the service, for one request or for all who ask the same.
///
/// Each attempt begins with [`begin`](RawJob::begin) and ends with [`judge`](RawJob::judge) or [`broken`](RawJob::broken).
/// Either returns the outcome, whose values stand in the getters until the next attempt.
#[wasm_bindgen]
pub struct RawJob {
    request: Request,
    permissions: Rc<Permissions>,
    tenant: Rc<str>,
    body: Body,
    deadline_ms: i64,
    sent_ms: i64,
    heard: String,
    token: String,
    /// The service's id of the answer that is delivered.
    message_id: Option<String>,
    standing: AttemptState,
    verdict: Option<UpstreamOutcome>,
}

#[wasm_bindgen]
impl RawJob {
    /// Moves the time by which it is to be over. An attempt that is under way has it as well.
    pub fn extend(&mut self, deadline_ms: f64) {
        self.deadline_ms = self.deadline_ms.max(deadline_ms as i64);
    }

    /// Below the service's base address.
    pub fn path(&self) -> String {
        self.request.path_and_query()
    }

    /// Whose share of the quota it uses.
    pub fn tenant(&self) -> String {
        self.tenant.to_string()
    }

    /// Begins an attempt: with the time, how much has been heard of what was revoked and purged, any number, and the token
    /// that is sent. Nothing that the service says of the token is passed on.
    pub fn begin(&mut self, now_ms: f64, heard: String, dice: u32, token: String) {
        self.sent_ms = now_ms as i64;
        self.heard = heard;
        self.token = token;
        self.standing.random = dice;
        self.verdict = None;
    }

    /// Judges a response, with its headers as lines. Returns the outcome, an [`upstream_outcome`].
    pub fn judge(&mut self, gateway: &RawGateway, status: u16, headers: &str, body: &[u8], now_ms: f64) -> u32 {
        self.body.copy_from(body);
        let body = core::mem::take(&mut self.body);
        self.judge_body(gateway, status, headers, body, now_ms)
    }

    /// Judges a response whose body is larger than what is read. Returns the outcome, an [`upstream_outcome`].
    #[wasm_bindgen(js_name = judgeOversized)]
    pub fn judge_oversized(&mut self, gateway: &RawGateway, status: u16, headers: &str, now_ms: f64) -> u32 {
        self.judge_body(gateway, status, headers, Body::oversized(), now_ms)
    }

    /// Judges what has not become a response. Returns the outcome, an [`upstream_outcome`].
    pub fn broken(&mut self, is_time_over: bool, now_ms: f64) -> u32 {
        let standing = self.standing_at(now_ms);
        self.settle(classify_transport_error(is_time_over, &standing))
    }

    /// The body of what is delivered, where it is not the service's own. It is given once.
    #[wasm_bindgen(js_name = takeBody)]
    pub fn take_body(&mut self) -> Option<String> {
        let Some(UpstreamOutcome::Deliver { body, .. }) = &mut self.verdict else { return None };
        match core::mem::replace(body, Payload::Empty) {
            Payload::Text(text) => Some(text),
            Payload::Empty | Payload::Upstream => None,
        }
    }

    /// The id to quote to Cisco's support of what is delivered, where it has one that can be passed on.
    #[wasm_bindgen(getter, js_name = messageId)]
    pub fn message_id(&self) -> Option<String> {
        self.message_id.clone()
    }

    /// The line that is kept beside what is delivered.
    #[wasm_bindgen(getter)]
    pub fn line(&self) -> String {
        let Some(UpstreamOutcome::Deliver { ttl_ms, contracts, .. }) = &self.verdict else { return String::new() };
        CacheMetadata::new(self.sent_ms, *ttl_ms, self.heard.clone(), contracts.clone()).to_json_string()
    }

    /// Whether something that was asked for is not in what is delivered, or was not found.
    #[wasm_bindgen(getter)]
    pub fn lacks(&self) -> bool {
        matches!(
            &self.verdict,
            Some(
                UpstreamOutcome::Deliver { is_incomplete: true, .. }
                    | UpstreamOutcome::Fail { is_incomplete: true, .. }
            )
        )
    }

    /// After how many milliseconds to retry.
    #[wasm_bindgen(getter, js_name = afterMs)]
    pub fn after_ms(&self) -> u32 {
        match &self.verdict {
            Some(UpstreamOutcome::Retry { after_ms, .. }) => *after_ms,
            _ => 0,
        }
    }

    /// What the quota's keeper has to know of a response that is not delivered.
    pub fn pace(&self) -> Option<RawPace> {
        match &self.verdict {
            Some(UpstreamOutcome::Retry { signal, .. } | UpstreamOutcome::Fail { signal, .. }) => {
                signal.map(RawPace::from)
            }
            _ => None,
        }
    }

    /// The body of the error, where it has failed.
    #[wasm_bindgen(getter)]
    pub fn failure(&self) -> String {
        match &self.verdict {
            Some(UpstreamOutcome::Fail { error, .. }) => error.0.to_json(),
            _ => String::new(),
        }
    }

    /// Whether an older answer is better than this failure.
    #[wasm_bindgen(getter, js_name = orStale)]
    pub fn or_stale(&self) -> bool {
        matches!(&self.verdict, Some(UpstreamOutcome::Fail { or_stale: true, .. }))
    }

    fn judge_body(&mut self, gateway: &RawGateway, status: u16, headers: &str, body: Body, now_ms: f64) -> u32 {
        let response = response(status, headers, body);
        let policy = &gateway.state.config().cache;
        let standing = self.standing_at(now_ms);
        let verdict = classify_response(&self.request, &self.permissions, &response, &standing, policy, &self.token);
        self.message_id = response.message_id.filter(|id| is_quotable(id, &self.token));
        self.body = response.body;
        self.settle(verdict)
    }

    fn standing_at(&self, now_ms: f64) -> AttemptState {
        let unix_ms = now_ms as i64;
        AttemptState { time_left_ms: self.deadline_ms - unix_ms, unix_ms, ..self.standing }
    }

    fn settle(&mut self, verdict: UpstreamOutcome) -> u32 {
        let outcome = match &verdict {
            UpstreamOutcome::Deliver { .. } => upstream_outcome::DELIVER,
            UpstreamOutcome::RenewToken => {
                self.standing.is_token_renewed = true;
                upstream_outcome::RENEW_TOKEN
            }
            UpstreamOutcome::Retry { .. } => {
                self.standing.retries += 1;
                upstream_outcome::RETRY
            }
            UpstreamOutcome::Fail { .. } => upstream_outcome::FAIL,
        };
        self.verdict = Some(verdict);
        outcome
    }
}

/// What the service says of the pace.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct RawPace {
    /// How long it asks to wait, in milliseconds.
    #[wasm_bindgen(readonly, js_name = retryAfterMs)]
    pub retry_after_ms: Option<u32>,
    /// Whether a quota is spent.
    #[wasm_bindgen(readonly, js_name = isQuota)]
    pub is_quota: bool,
}

impl From<RateLimitSignal> for RawPace {
    fn from(pace: RateLimitSignal) -> RawPace {
        RawPace { retry_after_ms: pace.retry_after_ms, is_quota: pace.is_quota }
    }
}

/// What the quota's keeper has to know of a response that is read elsewhere. Its headers are lines.
#[wasm_bindgen(js_name = paceOf)]
pub fn pace_of(status: u16, headers: &str, body: &[u8], now_ms: f64) -> Option<RawPace> {
    rate_limit_signal(&response(status, headers, Body::from_slice(body)), now_ms as i64).map(RawPace::from)
}

/// Whether a text holds a secret, or a part of one that tells it, in any spelling.
#[wasm_bindgen(js_name = holdsSecret)]
pub fn holds_secret(text: &str, secret: &str) -> bool {
    contains_secret(text, secret)
}

/// The body of an error, by a code of the tables and a detail.
#[wasm_bindgen(js_name = errorBody)]
pub fn error_body(code: &str, detail: &str) -> String {
    let GatewayError(mut body) = GatewayError::for_code(code).with_detail(detail);
    body.retry = false;
    body.to_json()
}
