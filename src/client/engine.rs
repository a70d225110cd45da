//! The engine: all calls of a client as one state machine.

use super::{
    Action, BoxedCallError, Budget, CallError, CallId, CallOptions, CallResponse, CallToken, ClientConfig,
    DEFAULT_TIMEOUT_MS, Event, EventKind, HttpResponse, InFlightId, Now, RateLimiter, RateLimiterState, RateLimits,
    TokenReply, TokenSource,
    call::{ActiveCall, CallState, Calls},
    call_queue::CallQueue,
    clock::{Clock, NEVER},
    config::IS_SERVER_BUILD,
    http_call::{build_request, read_response},
    rate_limit::Availability,
    redact::contains_secret,
    retry::{Attempt, Decision, MAX_RETRY_AFTER_MS, RetryBudget, decide},
    token::{Refresh, TokenState, can_refresh},
};
use crate::decode::{Body, Records};
use crate::endpoint::Request;
use crate::error::{ErrorKind, Source, http_date_ms};
use crate::util::{rng::Xorshift32, text};
#[cfg(feature = "js-client")]
use crate::{
    decode::{self, DecodeError},
    model::DocumentKind,
};
use alloc::{borrow::ToOwned, boxed::Box, vec::Vec};

mod token_flow;

/// Whether an operation is the request of a call's own provider: those have odd numbers.
fn is_own(number: u32) -> bool {
    number % 2 == 1
}

/// The maximum wait for the renewal of a quota, in milliseconds. A call that would wait longer fails at once.
const MAX_QUOTA_WAIT_MS: i64 = 60_000;

/// The interval at which the driver that leads a token refresh polls, where drivers may vanish.
const LEADER_HEARTBEAT_MS: i64 = 100;
/// The interval at which all other drivers poll, where drivers may vanish.
const HEARTBEAT_MS: i64 = 1000;
/// A driver is overdue if it has not polled this long after its due time.
const OVERDUE_AFTER_MS: i64 = 150;
/// An overdue driver counts as lost after this time. A runtime that was blocked runs the timers of both drivers first.
const LOST_AFTER_MS: i64 = 50;
/// A call whose driver is overdue for this long is removed.
const REMOVE_AFTER_MS: i64 = 60_000;
/// The shortest and the longest interval at which a call polls for the progress of another one.
const POLL_MS: (i64, i64) = (10, 250);

/// All calls of a client: token, rate limit, retries and deadlines. The engine sends nothing, sleeps never and reads no clock.
///
/// Each call has its own driver. The driver begins the call ([`begin`](Engine::begin)) and executes actions
/// ([`next_action`](Engine::next_action)) until [`Action::Wait`]. It continues when the time has passed, the operation in
/// flight has ended ([`on_response`](Engine::on_response), [`on_token`](Engine::on_token)), the caller has aborted the call
/// ([`abort`](Engine::abort)), or another call wakes it. Each call ends by exactly one [`Action::Done`].
///
/// No driver depends on another. A call that waits for another one (for its token request, or for its turn) polls by its own
/// timer. Where drivers can wake each other, [`next_woken`](Engine::next_woken) returns the calls to wake after each method.
/// Where a driver may vanish, such as one in a Worker's request whose client has disconnected ([`ClientConfig::isolated`]), drivers
/// poll regularly, none is woken, and a call takes over the token request and the slot of a lost one.
///
/// Calls are served in the order in which they began.
///
/// ```
/// use cisco_support_case::client::{Action, CallOptions, Engine, Now, client_options};
/// use cisco_support_case::endpoint::CASE_SUMMARY;
/// use cisco_support_case::util::Json;
///
/// let options = Json::object([("token", Json::from("synthetic"))]);
/// let config = client_options(&options, Default::default()).unwrap();
/// let mut engine: Engine<(), ()> = Engine::new(config, 1);
/// let params = Json::object([("case_ids", Json::Array(vec![Json::from("612345678")]))]);
/// let call = engine.begin(CASE_SUMMARY.check(&params).unwrap(), CallOptions::default(), Now::unix(0));
/// let Some(Action::Send { request, .. }) = engine.next_action(call, Now::unix(0)) else { panic!("no request") };
/// assert!(request.url.ends_with("/cases/case_ids/612345678"), "{}", request.url);
/// ```
pub struct Engine<Cause, Raw> {
    config: ClientConfig,
    clock: Clock,
    calls: Calls<Cause, Raw>,
    tokens: TokenState,
    /// The last error of the token endpoint that had a `Retry-After`, and the end of that time.
    token_endpoint_error: Option<(BoxedCallError<Cause>, i64)>,
    rate_limiter: RateLimiter,
    retry_budget: RetryBudget,
    rng: Xorshift32,
    last_in_flight: u32,
    woken: CallQueue,
    /// The time at which lost calls were last removed.
    removed_lost_at: i64,
    /// The time at which slots of lost drivers were last reclaimed.
    reclaimed_at: i64,
    /// Memory for the next body.
    body: Body,
    /// Memory for the next records.
    records: Records,
}

impl<Cause: Clone, Raw> Engine<Cause, Raw> {
    /// An engine without calls. The seed randomizes the delays of retries; any number is valid.
    pub fn new(config: ClientConfig, seed: u32) -> Engine<Cause, Raw> {
        Engine {
            clock: Clock::default(),
            calls: Calls::new(),
            tokens: TokenState::new(),
            token_endpoint_error: None,
            rate_limiter: RateLimiter::new(config.rate_limits),
            retry_budget: RetryBudget::new(),
            rng: Xorshift32::new(seed),
            last_in_flight: 0,
            woken: CallQueue::default(),
            removed_lost_at: 0,
            reclaimed_at: 0,
            body: Body::default(),
            records: Records::default(),
            config,
        }
    }

    /// Begins a call. Its first action comes from [`next_action`](Engine::next_action).
    pub fn begin(&mut self, request: Request, options: CallOptions, now: Now) -> CallId {
        let now = self.clock.read(now);
        self.remove_lost_calls(now);
        let timeout_ms = options.timeout_ms.unwrap_or(self.config.timeout_ms);
        let shares_token = options.token.is_none() && can_refresh(&self.config.token);
        self.calls.insert(Box::new(ActiveCall::new(request, options, shares_token, timeout_ms, now)))
    }

    /// Aborts a call with a cause, unless it has ended.
    pub fn abort(&mut self, call: CallId, cause: Cause, now: Now) {
        self.clock.read(now);
        self.fail(call, CallError::client("ABORTED", "").with_cause(cause));
    }

    /// Removes a call whose driver stops. The driver cancels its operation in flight.
    pub fn remove(&mut self, call: CallId, now: Now) {
        self.clock.read(now);
        self.release(call);
        self.calls.remove(call);
        self.wake_next();
    }

    /// Takes the response of a request, or its failure. A report of a cancelled request is ignored.
    pub fn on_response(&mut self, id: InFlightId, result: Result<HttpResponse<Raw>, Cause>, now: Now) {
        let at = self.clock.read(now);
        if IS_SERVER_BUILD
            && let Refresh::Requested { id: asked, since } = self.tokens.refresh
            && asked == id.number
        {
            return self.on_token_response(id.call, result, since, at);
        }
        let Some(call) = self.calls.get_mut(id.call) else { return };
        if let CallState::Sent { send, generation } = call.state
            && send == id.number
        {
            if !call.slot_reclaimed {
                self.rate_limiter.on_completed();
            }
            let took_ms = at - call.state_since;
            self.calls.set_state(id.call, CallState::Completed { generation }, at);
            self.on_call_response(id.call, result, at, took_ms);
            self.wake_next();
        }
    }

    /// Returns the next action of a call's driver, or `None` if the call has ended.
    pub fn next_action(&mut self, id: CallId, now: Now) -> Option<Action<Cause, Raw>> {
        let at = self.clock.read(now);
        let call = self.calls.get_mut(id)?;
        (call.due_at, call.is_woken) = (at, false);
        call.overdue_since.set(None);
        if core::mem::take(&mut call.slot_reclaimed) && matches!(call.state, CallState::Sent { .. }) {
            self.rate_limiter.on_recovered();
        }
        loop {
            let call = self.calls.get_mut(id)?;
            if !call.actions.is_empty() {
                return Some(call.actions.remove(0));
            }
            if let Some(outcome) = call.outcome.take() {
                self.calls.remove(id);
                return Some(Action::Done { outcome });
            }
            if call.state == CallState::Waiting && call.options.excludes_queue_time {
                self.extend_deadline(id, at);
            }
            let Some(call) = self.calls.get(id) else { continue };
            let until = match call.state {
                _ if call.deadline <= at => {
                    self.time_out(id, at);
                    continue;
                }
                CallState::BackingOff { until } if until <= at => {
                    self.calls.set_state(id, CallState::Waiting, at);
                    continue;
                }
                CallState::BackingOff { until } => until,
                CallState::Waiting => match self.try_send(id, at) {
                    None => continue,
                    Some(until) => until,
                },
                CallState::Sent { .. } | CallState::Completed { .. } | CallState::Ended => NEVER,
            };
            return Some(self.wait(id, until, at));
        }
    }

    /// Returns a call whose driver is to be woken, or `None` if there is no other.
    pub fn next_woken(&mut self) -> Option<CallId> {
        let (number, id) = self.woken.first()?;
        self.woken.remove(number);
        Some(id)
    }

    /// The number of calls in progress.
    pub fn calls(&self) -> usize {
        self.calls.count()
    }

    /// The service's time at the last reading of the clocks, in milliseconds since 1970 (UTC), from the last `Date` header.
    pub fn service_ms(&self) -> Option<i64> {
        self.clock.service_ms()
    }

    /// The rate limits of the client.
    pub fn limits(&self) -> RateLimits {
        self.config.rate_limits
    }

    /// The usage of the rate limits.
    pub fn budget(&mut self, now: Now) -> Budget {
        let now = self.clock.read(now);
        self.rate_limiter.budget(now, u32::try_from(self.calls.waiting_count()).unwrap_or(u32::MAX))
    }

    /// Returns a snapshot of the rate limiter.
    pub fn export_rate_limiter(&self) -> RateLimiterState {
        self.rate_limiter.export(|ms| self.clock.to_unix_ms(ms))
    }

    /// Restores the rate limiter from a snapshot.
    pub fn import_rate_limiter(&mut self, state: &RateLimiterState, now: Now) {
        let now = self.clock.read(now);
        let clock = &self.clock;
        self.rate_limiter.import(state, now, |unix_ms| clock.to_elapsed_ms(unix_ms));
        self.wake_next();
    }

    /// Returns memory for a body of a length, to be filled and taken by [`take_body`](Engine::take_body).
    pub fn body(&mut self, length: usize) -> &mut [u8] {
        self.body.resize(length)
    }

    /// Takes the filled body. Its memory returns to the engine with the response that contains it.
    pub fn take_body(&mut self) -> Body {
        core::mem::take(&mut self.body)
    }

    /// Decodes the filled body without a call, into existing records.
    #[cfg(feature = "js-client")]
    pub(crate) fn decode(&self, shape: DocumentKind, records: &mut Records) -> Result<(), DecodeError> {
        decode::records_into(shape, &self.body, records)
    }

    /// Reuses the memory of records that are not needed any longer.
    pub fn recycle(&mut self, records: Records) {
        if records.has_reusable_memory() {
            self.records = records;
        }
    }

    /// Sends the request of a waiting call, or starts what it needs before. Returns `None` if the state changed, else the time
    /// until which the call has to wait.
    fn try_send(&mut self, id: CallId, now: i64) -> Option<i64> {
        let call = self.calls.get(id)?;
        let deadline = call.deadline;
        if call.token_request.is_some() && !self.is_leader(id) {
            return Some(NEVER);
        }
        match self.rate_limiter.availability(now) {
            Availability::QuotaRenewsAt(at) if at > deadline || at - now > MAX_QUOTA_WAIT_MS => {
                let mut error = CallError::client("QUOTA_SPENT", "");
                error.renews_at_ms = Some(self.clock.to_unix_ms(at));
                self.fail(id, error);
                return None;
            }
            Availability::QuotaSpentUntil(_) => {
                self.fail(id, CallError::client("QUOTA_SPENT", ""));
                return None;
            }
            _ => {}
        }
        match self.availability_of(id, now) {
            Availability::Ready => {}
            Availability::At(at) | Availability::QuotaRenewsAt(at) | Availability::QuotaSpentUntil(at) => {
                return if self.emit_wait(id, "rateLimit", Some(at - now)) { None } else { Some(at) };
            }
            Availability::AfterCompletion => {
                if self.emit_wait(id, "maxConcurrent", None) || self.reclaim_lost_slots(now) {
                    return None;
                }
                return Some(self.poll(now, POLL_MS.0 + 5 * i64::from(self.count_ahead(id, now))));
            }
        }
        let call = self.calls.get(id)?;
        let (token, generation) = match (&call.options.token, &self.config.token) {
            (Some(CallToken::Fixed(token)), _) => (Some(token.as_str()), 0),
            (Some(CallToken::Provider), _) => match &call.own_token {
                Some(token) => (Some(token.as_str()), 0),
                None => {
                    self.emit_wait(id, "token", None);
                    self.request_own_token(id);
                    return None;
                }
            },
            (None, TokenSource::None) => (None, 0),
            (None, TokenSource::Fixed(token)) => (Some(token.as_str()), 0),
            (None, TokenSource::Provider | TokenSource::Credentials(_)) => match self.tokens.fresh(now) {
                Some((token, generation)) => (Some(token), generation),
                None => {
                    return if self.emit_wait(id, "token", None) { None } else { self.refresh_token(id, now) };
                }
            },
        };
        let request = build_request(&self.config, &call.request, &call.options, token);
        if self.is_leader(id) {
            // It has got a token otherwise, and a driver does one thing at a time.
            self.end_refresh();
        }
        let send = self.next_in_flight(false);
        self.calls.set_state(id, CallState::Sent { send, generation }, now);
        let call = self.calls.get_mut(id)?;
        call.attempts += 1;
        call.slot_reclaimed = false;
        self.emit(EventKind::Request, id, false, None, None, Some(&request.url));
        self.rate_limiter.on_sent(now);
        self.wake_all_if_spent(now);
        let call = self.calls.get_mut(id)?;
        call.actions.push(Action::Send { id: InFlightId::new(id, send), request });
        self.wake_next();
        None
    }

    /// Fails a call that has reached its deadline.
    fn time_out(&mut self, id: CallId, now: i64) {
        let Some(call) = self.calls.get(id) else { return };
        let unsent = if call.attempts == 0 { " ms; no request was sent)" } else { " ms)" };
        let detail = text!("(", call.timeout_ms, unsent);
        if call.state == CallState::Waiting && self.shares_token(id) && self.tokens.refresh.since().is_some() {
            self.tokens.was_interrupted |= self.is_leader(id);
            self.tokens.extend_current(now);
        }
        self.fail(id, CallError::client("TIMEOUT", &detail));
    }

    /// The availability for a call after all calls before it in the queues.
    fn availability_of(&self, id: CallId, now: i64) -> Availability {
        self.rate_limiter.availability_after(now, self.count_ahead(id, now))
    }

    /// The number of calls before one in the queues that could be sent, without those of lost drivers.
    fn count_ahead(&self, id: CallId, now: i64) -> u32 {
        let number = self.calls.get(id).map_or(0, |call| call.number);
        let count = |sharing| {
            let ahead = self.calls.ahead_of(number, sharing);
            if self.config.is_isolated() {
                ahead.filter(|other| !self.is_lost(*other, now)).count()
            } else {
                ahead.len()
            }
        };
        let sharing = if self.tokens.fresh(now).is_some() { count(true) } else { 0 };
        u32::try_from(sharing + count(false)).unwrap_or(u32::MAX)
    }

    /// The wait of a call's driver, until a time at most; where drivers may vanish, until the next heartbeat.
    fn wait(&mut self, id: CallId, until: i64, now: i64) -> Action<Cause, Raw> {
        let is_isolated = self.config.is_isolated();
        let is_leader = self.is_leader(id);
        let mut until = until;
        if let Some(call) = self.calls.get_mut(id) {
            until = until.min(call.deadline);
            if is_isolated {
                until = until.min(now + if is_leader { LEADER_HEARTBEAT_MS } else { HEARTBEAT_MS });
            }
            call.due_at = until;
        }
        Action::Wait { ms: (until < NEVER).then(|| (until - now).max(1)) }
    }

    /// The time of the next poll for the progress of another call. Where drivers wake each other, never.
    fn poll(&self, now: i64, ms: i64) -> i64 {
        if self.config.is_isolated() { now + ms.clamp(POLL_MS.0, POLL_MS.1) } else { NEVER }
    }

    /// The time since a call's driver was first found overdue; 0 where drivers cannot vanish.
    fn overdue_ms(&self, id: CallId, now: i64) -> i64 {
        match self.calls.get(id) {
            Some(call) if self.config.is_isolated() && now > call.due_at + OVERDUE_AFTER_MS => {
                let since = call.overdue_since.get().unwrap_or(now);
                call.overdue_since.set(Some(since));
                now - since
            }
            _ => 0,
        }
    }

    /// Whether the driver of a call is lost.
    fn is_lost(&self, id: CallId, now: i64) -> bool {
        self.overdue_ms(id, now) >= LOST_AFTER_MS
    }

    /// Reclaims the in-flight slots of lost drivers. Returns whether there were any.
    fn reclaim_lost_slots(&mut self, now: i64) -> bool {
        let mut any = false;
        if !self.config.is_isolated() || now < self.reclaimed_at + LOST_AFTER_MS {
            return any;
        }
        self.reclaimed_at = now;
        for id in self.calls.ids() {
            if self.is_lost(id, now)
                && let Some(call) = self.calls.get_mut(id)
                && matches!(call.state, CallState::Sent { .. })
                && !call.slot_reclaimed
            {
                call.slot_reclaimed = true;
                self.rate_limiter.on_completed();
                any = true;
            }
        }
        any
    }

    /// Removes calls whose drivers have been overdue for [`REMOVE_AFTER_MS`].
    fn remove_lost_calls(&mut self, now: i64) {
        if !self.config.is_isolated() || now - self.removed_lost_at < REMOVE_AFTER_MS / 4 {
            return;
        }
        self.removed_lost_at = now;
        for id in self.calls.ids() {
            if self.overdue_ms(id, now) >= REMOVE_AFTER_MS {
                self.release(id);
                self.calls.remove(id);
            }
        }
    }

    /// Whether a call uses the shared token.
    fn shares_token(&self, id: CallId) -> bool {
        self.calls.get(id).is_some_and(|call| call.shares_token)
    }

    fn next_in_flight(&mut self, is_own: bool) -> u32 {
        self.last_in_flight = self.last_in_flight.wrapping_add(2).max(2);
        self.last_in_flight | u32::from(is_own)
    }

    /// Wakes the first call of the queues that can continue. Without a shared token the first call of each queue is woken.
    fn wake_next(&mut self) {
        let has_token = self.tokens.fresh(self.clock.elapsed_ms()).is_some();
        let is_held = !has_token && self.tokens.refresh.since().is_some();
        let sharing = self.calls.first(true).filter(|_| !is_held);
        let other = self.calls.first(false);
        match (sharing, other) {
            (Some(sharing), Some(other)) if has_token => self.wake(sharing.min(other).1),
            _ => [sharing, other].into_iter().flatten().for_each(|(_, id)| self.wake(id)),
        }
    }

    /// Wakes all waiting calls if the quota is spent, since some of them fail instead of waiting for its renewal.
    fn wake_all_if_spent(&mut self, now: i64) {
        if !self.config.is_isolated()
            && matches!(
                self.rate_limiter.availability(now),
                Availability::QuotaRenewsAt(_) | Availability::QuotaSpentUntil(_)
            )
        {
            for sharing in [true, false] {
                let waiting: Vec<_> = self.calls.queue(sharing).collect();
                waiting.into_iter().for_each(|id| self.wake(id));
            }
        }
    }

    fn wake(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(id)
            && !self.config.is_isolated()
            && !call.is_woken
        {
            call.is_woken = true;
            self.woken.push(id);
        }
    }

    /// Emits an event of a call, or (`of_token`) of the token endpoint on behalf of its leader. The text is a URL or the reason of
    /// a wait.
    #[inline(never)]
    fn emit(
        &mut self,
        step: EventKind,
        id: CallId,
        of_token: bool,
        ms: Option<i64>,
        error: Option<&CallError<Cause>>,
        text: Option<&str>,
    ) {
        if !self.config.emits_events {
            return;
        }
        let retries = self.tokens.retries;
        let Some(call) = self.calls.get_mut(id) else { return };
        let sent = if of_token { retries + 1 } else { call.attempts };
        // Events before a request has the number of that request.
        let is_ahead = matches!(step, EventKind::Retry | EventKind::Wait) && !of_token;
        let event = Event {
            kind: step,
            call: if of_token { 0 } else { call.number },
            operation: if of_token { "token" } else { call.request.endpoint.operation_id },
            ids: if of_token { Vec::new() } else { call.request.ids.clone() },
            attempt: sent + u32::from(is_ahead),
            ms,
            error: error.map(|error| (error.kind, error.code.clone())),
            status: error.and_then(|error| error.status),
            message_id: error.and_then(|error| error.message_id.clone()),
            text: text.map(str::to_owned),
        };
        call.actions.push(Action::Emit(Box::new(event)));
    }

    /// Emits the reason of a wait, once per wait. Returns whether it did.
    fn emit_wait(&mut self, id: CallId, waits_for: &'static str, ms: Option<i64>) -> bool {
        match self.calls.get_mut(id) {
            Some(call) if self.config.emits_events && !call.wait_emitted => call.wait_emitted = true,
            _ => return false,
        }
        self.emit(EventKind::Wait, id, false, ms, None, Some(waits_for));
        true
    }

    /// Extends the deadline of a call whose timeout excludes the time in the queue.
    fn extend_deadline(&mut self, id: CallId, now: i64) {
        let turn = match self.availability_of(id, now) {
            Availability::Ready => return,
            Availability::At(at) | Availability::QuotaRenewsAt(at) => at,
            Availability::AfterCompletion | Availability::QuotaSpentUntil(_) => now,
        };
        if let Some(call) = self.calls.get_mut(id).filter(|call| call.timeout_ms > 0) {
            call.deadline = call.deadline.max(turn + i64::from(call.timeout_ms));
        }
    }

    /// The facts of a failed attempt that do not depend on the call.
    fn attempt<'a>(&mut self, error: &'a CallError<Cause>, retries: u32, max_retries: u32) -> Attempt<'a> {
        Attempt {
            kind: error.kind,
            code: &error.code,
            // A gateway has retried already and decides; the error table does not count.
            retryable: error.retry.unwrap_or(error.retryable),
            retry_after_ms: error.retry_after_ms,
            can_refresh_token: false,
            has_refreshed_token: true,
            retries,
            max_retries: if error.retry == Some(false) { 0 } else { max_retries },
            has_retry_budget: self.retry_budget.is_affordable(),
            time_left_ms: NEVER,
            backoff: self.config.backoff,
            random: self.rng.next_u32(),
        }
    }

    /// Ends the call with the records of its response, or handles its error.
    fn on_call_response(&mut self, id: CallId, result: Result<HttpResponse<Raw>, Cause>, now: i64, took_ms: i64) {
        let Some(call) = self.calls.get(id) else { return };
        let unix_ms = self.clock.to_unix_ms(now);
        let error = match result {
            Ok(response) => {
                self.clock.set_service_time(response.date.as_deref().and_then(http_date_ms));
                let used = core::mem::take(&mut self.records);
                let records = read_response(self.config.validation, &call.request, &response, used, unix_ms);
                let bytes = u32::try_from(response.body.as_slice().len()).unwrap_or(u32::MAX);
                self.body = response.body;
                match records {
                    Ok(records) => {
                        if call.shares_token {
                            self.tokens.on_accepted();
                        }
                        self.emit(EventKind::Response, id, false, Some(took_ms), None, None);
                        self.retry_budget.on_success();
                        self.rate_limiter.on_success();
                        self.calls.set_state(id, CallState::Ended, now);
                        let Some(call) = self.calls.get_mut(id) else { return };
                        let waited_ms = u32::try_from(call.waited_ms).unwrap_or(u32::MAX);
                        let attempts = call.attempts;
                        call.outcome =
                            Some(Ok(Box::new(CallResponse { records, bytes, attempts, waited_ms, raw: response.raw })));
                        return;
                    }
                    Err(error) => error,
                }
            }
            Err(cause) => CallError::client("NETWORK", "").with_cause(cause),
        };
        let error = self.redacted(error, Some(id));
        self.emit(EventKind::Response, id, false, Some(took_ms), Some(&error), None);
        self.on_call_failed(id, error, now);
    }

    /// Removes tokens and secrets that the other side echoed from an error.
    fn redacted(&self, mut error: BoxedCallError<Cause>, id: Option<CallId>) -> BoxedCallError<Cause> {
        let secret = match &self.config.token {
            TokenSource::Fixed(secret) => secret,
            _ => self.config.credentials().map_or("", |credentials| &credentials.client_secret),
        };
        let call = id.and_then(|id| self.calls.get(id));
        let own = match call.and_then(|call| call.options.token.as_ref()) {
            Some(CallToken::Fixed(token)) => token,
            Some(CallToken::Provider) => call.and_then(|call| call.own_token.as_deref()).unwrap_or_default(),
            None => "",
        };
        error.redact(|text| contains_secret(text, secret) || contains_secret(text, own) || self.tokens.occur_in(text));
        error
    }

    /// Handles the error of a request: slows down, refreshes the token, retries, or fails the call.
    fn on_call_failed(&mut self, id: CallId, mut error: BoxedCallError<Cause>, now: i64) {
        let is_quota = error.kind == ErrorKind::Quota;
        if is_quota || error.kind == ErrorKind::RateLimited {
            self.rate_limiter.on_rejected(now, error.retry_after_ms, is_quota);
            self.wake_all_if_spent(now);
            let after_ms = error.retry_after_ms.filter(|_| is_quota).map(i64::from);
            let renews_at_ms = after_ms.map(|ms| self.clock.to_unix_ms(now + ms));
            error.renews_at_ms = error.renews_at_ms.or(renews_at_ms);
        }
        let Some(call) = self.calls.get(id) else { return };
        let max_retries = call.options.max_retries.unwrap_or(self.config.max_retries);
        let (retries, replayed, deadline) = (call.retries, call.has_refreshed_token, call.deadline);
        let renewable = match (call.state, error.kind, &call.options.token) {
            (_, ErrorKind::Authentication, Some(token)) => *token == CallToken::Provider,
            // A call that is rejected with a refreshed token as well does not discard that token: the cause may be the call.
            (CallState::Completed { generation }, ErrorKind::Authentication, None) => {
                !call.has_refreshed_token && can_refresh(&self.config.token) && self.tokens.on_rejected(generation, now)
            }
            // An error about the request itself, from the service, shows that the token was accepted.
            (_, ErrorKind::InvalidRequest | ErrorKind::NotFound | ErrorKind::Decode, None)
                if error.source == Source::Service =>
            {
                self.tokens.on_accepted();
                false
            }
            _ => false,
        };
        // Retries after `rate_limited` do not use up the retry budget, which is for outages.
        let is_paced = error.kind == ErrorKind::RateLimited;
        let of_all = self.attempt(&error, retries, max_retries);
        let affordable = of_all.has_retry_budget || is_paced;
        let attempt = Attempt {
            can_refresh_token: renewable,
            has_refreshed_token: replayed,
            has_retry_budget: affordable,
            time_left_ms: deadline - now,
            ..of_all
        };
        let decision = decide(&attempt);
        match decision {
            Decision::RefreshToken => self.emit(EventKind::Retry, id, false, Some(0), Some(&error), None),
            Decision::RetryAfter(ms) => self.emit(EventKind::Retry, id, false, Some(i64::from(ms)), Some(&error), None),
            Decision::GiveUp => return self.fail(id, error),
        }
        match decision {
            Decision::RetryAfter(wait_ms) => {
                if !is_paced {
                    self.retry_budget.spend();
                }
                self.calls.set_state(id, CallState::BackingOff { until: now + i64::from(wait_ms) }, now);
                if let Some(call) = self.calls.get_mut(id) {
                    call.retries += 1;
                }
            }
            _ => {
                self.calls.set_state(id, CallState::Waiting, now);
                let Some(call) = self.calls.get_mut(id) else { return };
                call.has_refreshed_token = true;
                // Another call may have refreshed the token in the meantime.
                let has_another = call.shares_token && self.tokens.fresh(now).is_some();
                call.token_rejection = (!has_another).then_some(error);
                if !call.shares_token {
                    self.request_own_token(id);
                }
            }
        }
    }

    /// Cancels the operations of a call that ends.
    fn release(&mut self, id: CallId) {
        if self.is_leader(id) {
            // Where drivers poll, any of them takes over; where the first one is woken, it may end soon as well.
            self.tokens.was_interrupted |= !self.config.is_isolated();
            self.end_refresh();
        }
        let Some(call) = self.calls.get_mut(id) else { return };
        if let Some(number) = call.token_request.take() {
            call.actions.push(Action::CancelTokenRequest { id: InFlightId::new(id, number) });
        }
        if let CallState::Sent { send, .. } = call.state {
            call.actions.push(Action::Cancel { id: InFlightId::new(id, send) });
            if !call.slot_reclaimed {
                self.rate_limiter.on_completed();
            }
        }
    }

    /// Ends a call with an error, unless it has ended.
    fn fail(&mut self, id: CallId, error: BoxedCallError<Cause>) {
        let now = self.clock.elapsed_ms();
        let Some(call) = self.calls.get(id).filter(|call| call.state != CallState::Ended) else { return };
        let mut error = error.for_call(call.request.endpoint.operation_id, &call.request.ids);
        if let CallState::Sent { .. } = call.state {
            let took_ms = now - call.state_since;
            self.emit(EventKind::Response, id, false, Some(took_ms), Some(&error), None);
        }
        self.release(id);
        self.calls.set_state(id, CallState::Ended, now);
        if let Some(call) = self.calls.get_mut(id) {
            error.attempts = call.attempts;
            error.waited_ms = u32::try_from(call.waited_ms).unwrap_or(u32::MAX);
            call.outcome = Some(Err(error));
        }
        self.wake_next();
    }
}
