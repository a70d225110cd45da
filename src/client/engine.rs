//! All calls of a client in one state machine.

use super::{
    BoxedCallError, Budget, CallError, CallId, CallOptions, CallResponse, CallToken, Config, DEFAULT_TIMEOUT_MS, Event,
    EventKind, HttpRequest, HttpResponse, Now, RateLimiter, RateLimiterState, RateLimits, TokenReply, TokenSource,
    call::{Call, CallState, Calls},
    call_queue::CallQueue,
    clock::{Clock, NEVER},
    config::IS_SERVER_BUILD,
    http_call::{build_request, read_response},
    rate_limit::Availability,
    redact::contains_secret,
    retry::{Attempt, Decision, MAX_RETRY_AFTER_MS, RetryBudget, decide},
    token::{
        CACHE_TIMEOUT_MS, MAX_TOKEN_RETRIES, Refresh, TokenState, can_refresh, credentials_request, is_bearer,
        read_token_response,
    },
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

/// The handle of something that a call's driver has in flight: a request, or a question for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InFlightId {
    call: CallId,
    number: u32,
}

impl InFlightId {
    /// The handle for a call and a number that [`number`](SendId::number) gave.
    pub fn new(call: CallId, number: u32) -> InFlightId {
        InFlightId { call, number }
    }

    /// The call whose driver does it.
    pub fn call(self) -> CallId {
        self.call
    }

    /// The number, unique among all of an engine's.
    pub fn number(self) -> u32 {
        self.number
    }
}

/// Whether something in flight is the question to a call's own provider: those have odd numbers.
fn is_own(number: u32) -> bool {
    number % 2 == 1
}

/// The outcome of a call.
pub type Outcome<Cause, Raw> = Result<Box<CallResponse<Raw>>, BoxedCallError<Cause>>;

/// The next action of a call's driver.
///
/// A driver has at most one thing in flight: the request of its call, or a question for the token that all calls share.
pub enum Action<Cause, Raw> {
    /// Send a request, read its response to the end, and report it by [`Engine::on_response`].
    Send {
        /// The handle to report under.
        id: InFlightId,
        /// The request.
        request: HttpRequest,
    },
    /// Abort that request. Nothing is to be reported of it.
    Cancel {
        /// The handle of the request.
        id: InFlightId,
    },
    /// Ask the token provider of the caller, and report its reply by [`Engine::on_token`].
    RequestToken {
        /// The handle to report under.
        id: InFlightId,
        /// Whether it is the provider in the options of this call, and not the client's.
        own: bool,
    },
    /// Wait no longer for the provider or the cache. A provider's late token is welcome all the same.
    CancelTokenRequest {
        /// The handle of the question.
        id: InFlightId,
    },
    /// Look for a token in the cache that clients share, and report it by [`Engine::on_token`].
    ReadTokenCache {
        /// The handle to report under.
        id: InFlightId,
    },
    /// Put a token into that cache.
    StoreToken(TokenReply),
    /// Report an event to the hooks.
    Emit(Box<Event>),
    /// Wait until what is in flight has ended, or another call wakes this one, or so many milliseconds have passed.
    Wait {
        /// The time to wait at most; `None` where only an event brings the call on.
        ms: Option<i64>,
    },
    /// The call has ended; its driver stops.
    Done {
        /// The records, or an error.
        outcome: Outcome<Cause, Raw>,
    },
}

/// The longest wait for a quota to renew, in milliseconds; a call that would wait longer fails at once.
const MAX_QUOTA_WAIT_MS: i64 = 60_000;

/// Intervals at which drivers report in that may vanish: while others wait for the token that one fetches, and otherwise.
const LEADER_HEARTBEAT_MS: i64 = 100;
const HEARTBEAT_MS: i64 = 1000;
/// A driver is overdue after this …
const OVERDUE_AFTER_MS: i64 = 150;
/// … and gone if it is still overdue this much later: a runtime that was busy runs the timers of both first.
const LOST_AFTER_MS: i64 = 50;
/// A driver that is overdue for this long is forgotten.
const REMOVE_AFTER_MS: i64 = 60_000;
/// The shortest and the longest interval at which a call looks whether another has brought it on.
const POLL_MS: (i64, i64) = (10, 250);

/// All calls of a client: token, rate limit, retries and deadlines, without anything that sends, sleeps or reads a clock.
///
/// Each call has a driver of its own. It begins the call ([`begin`](Engine::begin)), then takes
/// [`next_action`](Engine::next_action) after [`next_action`](Engine::next_action), until it is told to wait; then until
/// the time has come, something in flight has ended ([`on_response`](Engine::on_response),
/// [`on_token`](Engine::on_token)), its caller has given up ([`abort`](Engine::abort)) or another call wakes it. Each call
/// ends by exactly one [`Action::Done`].
///
/// No driver depends on another. A call that waits for what another one does (a token that is being fetched, its turn)
/// comes back by its own timer. Where drivers can wake each other, [`woken`](Engine::woken) tells after each call of a
/// method whose turn has come. Where a driver may vanish without a word, as with a request of a Worker whose client has
/// disconnected ([`Config::isolated`]), drivers report in regularly, nobody is woken, and a call takes over what another
/// one has left.
///
/// Calls are served in the order in which they were begun.
pub struct Engine<Cause, Raw> {
    config: Config,
    clock: Clock,
    calls: Calls<Cause, Raw>,
    tokens: TokenState,
    /// The last refusal of the token endpoint, and until when it asks to be left alone.
    token_endpoint_error: Option<(BoxedCallError<Cause>, i64)>,
    rate_limiter: RateLimiter,
    retry_budget: RetryBudget,
    rng: Xorshift32,
    last_in_flight: u32,
    woken: CallQueue,
    removed_lost_at: i64,
    /// The time at which it was last looked for slots of drivers that have vanished.
    reclaimed_at: i64,
    /// Memory for the next body and the next records.
    body: Body,
    records: Records,
}

impl<Cause: Clone, Raw> Engine<Cause, Raw> {
    /// An engine without calls. The seed scatters the waits between attempts; any number will do.
    pub fn new(config: Config, seed: u32) -> Engine<Cause, Raw> {
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

    /// Begins a call. Nothing is sent before its next action is asked for.
    pub fn begin(&mut self, request: Request, options: CallOptions, now: Now) -> CallId {
        let now = self.clock.read(now);
        self.remove_lost_calls(now);
        let timeout_ms = options.timeout_ms.unwrap_or(self.config.timeout_ms);
        let shares_token = options.token.is_none() && can_refresh(&self.config.token);
        self.calls.insert(Box::new(Call::new(request, options, shares_token, timeout_ms, now)))
    }

    /// The caller gives up, for a reason of its own. A call that has ended stays as it ended.
    pub fn abort(&mut self, call: CallId, cause: Cause, now: Now) {
        self.clock.read(now);
        self.fail(call, CallError::client("ABORTED", "").with_cause(cause));
    }

    /// Removes a call whose driver does not go on with it. The driver ends what it has in flight.
    pub fn remove(&mut self, call: CallId, now: Now) {
        self.clock.read(now);
        self.release(call);
        self.calls.remove(call);
        self.wake_next();
    }

    /// A request was answered, or it failed on its way. The response of a cancelled one is ignored.
    pub fn on_response(&mut self, id: InFlightId, result: Result<HttpResponse<Raw>, Cause>, now: Now) {
        let at = self.clock.read(now);
        if IS_SERVER_BUILD
            && let Refresh::Requested { id: asked, since } = self.tokens.refresh
            && asked == id.number
        {
            let unix_ms = self.clock.to_unix_ms(at);
            let reply = match result {
                Ok(response) => read_token_response(&response, unix_ms),
                Err(cause) => {
                    Err(CallError::client("NETWORK", "The token endpoint could not be reached.").with_cause(cause))
                }
            };
            let reply = reply.map_err(|error| self.redacted(error, None));
            self.emit(
                EventKind::Response,
                id.call,
                true,
                Some(at - since),
                reply.as_ref().err().map(|error| &**error),
                None,
            );
            return self.on_refreshed(id.call, reply, since);
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

    /// A token provider or the cache has given something, or has failed.
    pub fn on_token(&mut self, id: InFlightId, result: Result<TokenReply, Cause>, now: Now) {
        let at = self.clock.read(now);
        match self.tokens.refresh {
            Refresh::ReadingCache { id: asked, .. } if IS_SERVER_BUILD && asked == id.number => match result {
                Ok(reply) if self.tokens.is_usable(&reply) => self.on_refreshed(id.call, Ok(reply), at),
                _ => {
                    self.end_token_request(id.call);
                    self.tokens.refresh = Refresh::Idle;
                    self.tokens.cache_checked = true;
                    self.wake_next();
                }
            },
            Refresh::ProviderCalled { id: asked, since } if asked == id.number => {
                let reply = result.map_err(|cause| CallError::client("NO_TOKEN", "").with_cause(cause));
                self.on_refreshed(id.call, reply, since);
            }
            _ if self.calls.get(id.call).is_some_and(|call| call.token_request == Some(id.number)) => {
                let reply = result.map_err(|cause| CallError::client("NO_TOKEN", "").with_cause(cause));
                self.on_own_token(id.call, reply);
            }
            // The call that asked has ended meanwhile, and the token is as good as ever. One of a call's own is its own.
            _ => {
                let is_shared = matches!(self.config.token, TokenSource::Provider) && !is_own(id.number);
                let is_missing = is_shared && self.tokens.fresh(at).is_none();
                if let Some(reply) = result.ok().filter(|reply| is_missing && self.tokens.is_usable(reply)) {
                    self.end_refresh();
                    self.on_refreshed(id.call, Ok(reply), at);
                }
            }
        }
    }

    /// The next action of a call's driver; `None` where the call has ended.
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

    /// A call that may go on before the time that it was told to wait; `None` where there is none (any more).
    pub fn next_woken(&mut self) -> Option<CallId> {
        let (number, id) = self.woken.first()?;
        self.woken.remove(number);
        Some(id)
    }

    /// The number of calls in progress.
    pub fn calls(&self) -> usize {
        self.calls.count()
    }

    /// The service's time at the last reading of the clocks, in milliseconds since 1970 (UTC), by the `Date` of its last
    /// answer that had one.
    pub fn service_ms(&self) -> Option<i64> {
        self.clock.service_ms()
    }

    /// The limits.
    pub fn limits(&self) -> RateLimits {
        self.config.rate_limits
    }

    /// The used and the remaining part of the limits.
    pub fn budget(&mut self, now: Now) -> Budget {
        let now = self.clock.read(now);
        self.rate_limiter.budget(now, u32::try_from(self.calls.waiting_count()).unwrap_or(u32::MAX))
    }

    /// The state of the rate limiter, to be kept outside.
    pub fn export_rate_limiter(&self) -> RateLimiterState {
        self.rate_limiter.export(|ms| self.clock.to_unix_ms(ms))
    }

    /// Goes on from a state of the rate limiter that was kept outside.
    pub fn import_rate_limiter(&mut self, state: &RateLimiterState, now: Now) {
        let now = self.clock.read(now);
        let clock = &self.clock;
        self.rate_limiter.import(state, now, |unix_ms| clock.from_unix_ms(unix_ms));
        self.wake_next();
    }

    /// Memory for a body of this length, to be filled and taken by [`take_body`](Engine::take_body).
    pub fn body(&mut self, length: usize) -> &mut [u8] {
        self.body.resize(length)
    }

    /// The body that was filled in. Its memory comes back with the response that it is part of.
    pub fn take_body(&mut self) -> Body {
        core::mem::take(&mut self.body)
    }

    /// Reads the body that was filled in on its own, in the place of other records.
    #[cfg(feature = "js-client")]
    pub(crate) fn decode(&self, shape: DocumentKind, records: &mut Records) -> Result<(), DecodeError> {
        decode::records_into(shape, &self.body, records)
    }

    /// Takes back records that are of no use any more, for their memory.
    pub fn recycle(&mut self, records: Records) {
        if records.has_reusable_memory() {
            self.records = records;
        }
    }

    /// Sends the request of a call whose turn it is, or has a token fetched for it. `None` if something happened;
    /// otherwise the time until which there is nothing to do.
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

    /// Has a call's own provider asked. Meanwhile the call is in nobody's way.
    fn request_own_token(&mut self, id: CallId) {
        let number = self.next_in_flight(true);
        let Some(call) = self.calls.get_mut(id) else { return };
        call.token_request = Some(number);
        call.actions.push(Action::RequestToken { id: InFlightId::new(id, number), own: true });
        self.calls.dequeue(id);
        self.wake_next();
    }

    /// Has a token fetched by this call's driver, unless another does so. A renewal that takes longer than a call may is
    /// given up. `None` if something happened; otherwise the time until which there is nothing to do.
    fn refresh_token(&mut self, id: CallId, now: i64) -> Option<i64> {
        let gone_at = match self.tokens.refresh {
            Refresh::BackingOff { until } if IS_SERVER_BUILD && until > now => return Some(until),
            Refresh::Idle | Refresh::BackingOff { .. } => NEVER,
            Refresh::ReadingCache { since, .. } => since + CACHE_TIMEOUT_MS,
            Refresh::ProviderCalled { since, .. } | Refresh::Requested { since, .. } => self.refresh_deadline(since),
        };
        if let Some(since) = self.tokens.refresh.since() {
            let leader = self.tokens.leader.filter(|leader| *leader != id);
            let is_gone = leader.is_some_and(|leader| self.is_lost(leader, now));
            if gone_at > now && !is_gone {
                return Some(gone_at.min(self.poll(now, (now - since) / 4)));
            }
            self.end_refresh();
            self.tokens.extend_current(now);
            return None;
        }
        if self.tokens.was_interrupted {
            // The next one to fetch it is the call with the most time: a chain of calls with little would never end it.
            let heir = self.calls.queue(true).filter(|other| self.can_lead(*other, now));
            let heir = heir.max_by_key(|other| self.calls.get(*other).map(|call| call.deadline));
            if let Some(heir) = heir.filter(|heir| self.deadline_of(*heir) > self.deadline_of(id)) {
                self.wake(heir);
                return Some(self.poll(now, 0));
            }
        }
        let looks =
            self.config.credentials().is_some_and(|credentials| credentials.cached) && !self.tokens.cache_checked;
        if IS_SERVER_BUILD
            && let Some((mut error, until)) =
                self.token_endpoint_error.clone().filter(|(_, until)| !looks && *until > now)
        {
            if until < self.calls.get(id)?.deadline {
                return Some(until);
            }
            error.retry_after_ms = u32::try_from(until - now).ok();
            self.fail(id, error);
            return None;
        }
        let number = self.next_in_flight(false);
        let send = InFlightId::new(id, number);
        let action = match self.config.credentials() {
            Some(_) if looks => {
                self.tokens.refresh = Refresh::ReadingCache { id: number, since: now };
                Action::ReadTokenCache { id: send }
            }
            Some(credentials) => {
                self.tokens.refresh = Refresh::Requested { id: number, since: now };
                let request = credentials_request(credentials);
                self.emit(EventKind::Request, id, true, None, None, Some(&request.url));
                Action::Send { id: send, request }
            }
            None => {
                self.tokens.refresh = Refresh::ProviderCalled { id: number, since: now };
                Action::RequestToken { id: send, own: false }
            }
        };
        self.tokens.leader = Some(id);
        let call = self.calls.get_mut(id)?;
        call.token_request = Some(number);
        call.actions.push(action);
        self.wake_next();
        None
    }

    /// The time of a call that is over ends it.
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

    /// The slot for a call, if all who wait before it take theirs.
    fn availability_of(&self, id: CallId, now: i64) -> Availability {
        self.rate_limiter.availability_after(now, self.count_ahead(id, now))
    }

    /// The number of calls that wait before one and could be sent, without those whose drivers have vanished.
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

    /// Lets a call's driver wait. It comes back by then; where drivers may vanish, sooner.
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

    /// The time at which a call looks again for something that no timer tells. Where drivers wake each other, never.
    fn poll(&self, now: i64, ms: i64) -> i64 {
        if self.config.is_isolated() { now + ms.clamp(POLL_MS.0, POLL_MS.1) } else { NEVER }
    }

    /// The time for which a call's driver is overdue, from when that was first noticed. Where none vanishes, none is.
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

    /// Whether the driver of a call has vanished.
    fn is_lost(&self, id: CallId, now: i64) -> bool {
        self.overdue_ms(id, now) >= LOST_AFTER_MS
    }

    /// Gives away the slots in flight of drivers that have vanished. Says whether there were any.
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

    /// Removes the calls whose drivers vanished long ago.
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

    /// Whether a call is sent with the token that all calls share.
    fn shares_token(&self, id: CallId) -> bool {
        self.calls.get(id).is_some_and(|call| call.shares_token)
    }

    /// Whether a call could fetch the token that all calls share.
    fn can_lead(&self, id: CallId, now: i64) -> bool {
        self.calls.get(id).is_some_and(|call| !self.config.is_isolated() || call.due_at + LOST_AFTER_MS >= now)
    }

    fn deadline_of(&self, id: CallId) -> i64 {
        self.calls.get(id).map_or(0, |call| call.deadline)
    }

    /// Whether the driver of a call fetches the token that all calls share.
    fn is_leader(&self, id: CallId) -> bool {
        self.tokens.leader == Some(id)
    }

    fn next_in_flight(&mut self, is_own: bool) -> u32 {
        self.last_in_flight = self.last_in_flight.wrapping_add(2).max(2);
        self.last_in_flight | u32::from(is_own)
    }

    /// Wakes the first call that waits and could go on. Without a token the calls that do not share it are served by
    /// themselves.
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

    /// Wakes all calls that wait, if there is a quota and it is spent: some will not wait until it renews.
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

    /// Reports an event of a call, or of the token endpoint on behalf of the call that fetches the token, to the hooks of
    /// that call. The text is an address, or what is waited for.
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
        // The events before a request is sent are of the request to come.
        let is_ahead = matches!(step, EventKind::Retry | EventKind::Wait) && !of_token;
        let event = Event {
            kind: step,
            call: if of_token { 0 } else { call.number },
            operation: if of_token { "token" } else { call.request.endpoint.name },
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

    /// Reports once what a call waits for. Says whether it did.
    fn emit_wait(&mut self, id: CallId, waits_for: &'static str, ms: Option<i64>) -> bool {
        match self.calls.get_mut(id) {
            Some(call) if self.config.emits_events && !call.wait_emitted => call.wait_emitted = true,
            _ => return false,
        }
        self.emit(EventKind::Wait, id, false, ms, None, Some(waits_for));
        true
    }

    /// A patient call that waits for its turn has all of its time after it.
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

    /// The time until which a renewal may take.
    fn refresh_deadline(&self, since: i64) -> i64 {
        let ms = match self.config.timeout_ms {
            0 => DEFAULT_TIMEOUT_MS,
            ms => ms,
        };
        since + i64::from(ms)
    }

    /// Ends the renewal, if one is in progress, and what its leader has in flight for it.
    fn end_refresh(&mut self) {
        self.tokens.retries = 0;
        // A cache that has not answered is not asked again before there is a token.
        self.tokens.cache_checked |= IS_SERVER_BUILD && matches!(self.tokens.refresh, Refresh::ReadingCache { .. });
        let renewal = core::mem::replace(&mut self.tokens.refresh, Refresh::Idle);
        let Some(leader) = self.tokens.leader else { return };
        self.end_token_request(leader);
        let action = match renewal {
            Refresh::ProviderCalled { id, .. } | Refresh::ReadingCache { id, .. } => {
                Action::CancelTokenRequest { id: InFlightId::new(leader, id) }
            }
            Refresh::Requested { id, .. } if IS_SERVER_BUILD => Action::Cancel { id: InFlightId::new(leader, id) },
            _ => return,
        };
        if let Some(call) = self.calls.get_mut(leader) {
            call.actions.push(action);
        }
        self.wake(leader);
    }

    /// The driver of a call has no question for a token in flight any more.
    fn end_token_request(&mut self, id: CallId) {
        if self.is_leader(id) {
            self.tokens.leader = None;
        }
        if let Some(call) = self.calls.get_mut(id)
            && call.token_request.take().is_some_and(is_own)
        {
            self.calls.enqueue(id);
        }
    }

    /// The provider of a call has given a token of its own, or has failed.
    fn on_own_token(&mut self, id: CallId, reply: Result<TokenReply, BoxedCallError<Cause>>) {
        self.end_token_request(id);
        let Some(call) = self.calls.get_mut(id) else { return };
        let refused = call.token_rejection.take();
        match reply {
            Ok(reply) if is_bearer(&reply.access_token) => match refused {
                // The provider has nothing but the refused token: sending it again changes nothing.
                Some(error) if call.own_token.as_ref() == Some(&reply.access_token) => self.fail(id, error),
                _ => call.own_token = Some(reply.access_token),
            },
            Ok(_) => self.fail(id, super::token::invalid_token()),
            Err(error) => self.fail(id, error),
        }
    }

    /// A renewal has ended: all who wait go on with its token, or get its error.
    fn on_refreshed(&mut self, leader: CallId, reply: Result<TokenReply, BoxedCallError<Cause>>, asked_at: i64) {
        let now = self.clock.elapsed_ms();
        self.end_token_request(leader);
        let is_sent = IS_SERVER_BUILD && matches!(self.tokens.refresh, Refresh::Requested { .. });
        let is_cached = self.config.credentials().is_some_and(|credentials| credentials.cached);
        let shared = reply.as_ref().ok().filter(|_| is_sent && is_cached).cloned();
        match reply.and_then(|reply| self.tokens.store(reply, asked_at, now)) {
            Ok(again) => {
                self.token_endpoint_error = None;
                if let (Some(reply), Some(call)) = (shared, self.calls.get_mut(leader)) {
                    call.actions.push(Action::StoreToken(reply));
                }
                let waiting: Vec<_> = self.calls.queue(true).collect();
                for id in waiting {
                    // The provider has nothing but the refused token: sending it again changes nothing.
                    if let Some(error) = self.calls.get_mut(id).and_then(|call| call.token_rejection.take())
                        && again
                    {
                        self.fail(id, error);
                        self.wake(id);
                    }
                }
            }
            Err(error) => self.on_refresh_failed(leader, error, is_sent, now),
        }
        self.wake_next();
    }

    /// A renewal has failed. The token endpoint (`is_sent`) is asked again for the calls that may be retried and have the
    /// time for it; the others get the error. A token that has not expired is used on.
    fn on_refresh_failed(&mut self, leader: CallId, error: BoxedCallError<Cause>, is_sent: bool, now: i64) {
        let mut waiting: Vec<_> = self.calls.queue(true).collect();
        self.tokens.refresh = Refresh::Idle;
        let goes_on = is_sent && self.retry_refresh(&mut waiting, leader, &error, now);
        if !goes_on {
            self.tokens.retries = 0;
            self.tokens.cache_checked = false;
            if self.tokens.extend_current(now) {
                return;
            }
        }
        for id in waiting {
            self.fail(id, error.clone());
            self.wake(id);
        }
    }

    /// Has the token endpoint asked again, if that may be, and takes the calls that it is asked for from those that wait.
    fn retry_refresh(
        &mut self,
        waiting: &mut Vec<CallId>,
        leader: CallId,
        error: &BoxedCallError<Cause>,
        now: i64,
    ) -> bool {
        let of_all = self.config.max_retries;
        let max_retries = |call: &Call<Cause, Raw>| call.options.max_retries.unwrap_or(of_all).min(MAX_TOKEN_RETRIES);
        let retries = self.tokens.retries;
        let most = waiting.iter().filter_map(|id| self.calls.get(*id)).map(max_retries).max().unwrap_or(0);
        let attempt = self.attempt(error, retries, most);
        let decision = decide(&attempt);
        let held_ms = error.retry_after_ms.map(|ms| i64::from(ms.min(MAX_RETRY_AFTER_MS)));
        self.token_endpoint_error = held_ms.map(|ms| (error.clone(), now + ms));
        let Decision::RetryAfter(wait_ms) = decision else { return false };
        let until = now + i64::from(wait_ms);
        let stays = |call: &Call<Cause, Raw>| max_retries(call) > retries && call.deadline > until;
        let leave: Vec<_> = waiting.iter().copied().filter(|id| !self.calls.get(*id).is_some_and(stays)).collect();
        // Nobody is refused while there is a token that may do.
        if leave.len() == waiting.len() || !leave.is_empty() && self.tokens.has_unexpired(now) {
            return false;
        }
        *waiting = leave;
        self.retry_budget.spend();
        self.tokens.retries += 1;
        self.tokens.refresh = Refresh::BackingOff { until };
        self.emit(EventKind::Retry, leader, true, Some(until - now), Some(error), None);
        true
    }

    /// The facts of a failure that no call has to itself.
    fn attempt<'a>(&mut self, error: &'a CallError<Cause>, retries: u32, max_retries: u32) -> Attempt<'a> {
        Attempt {
            kind: error.kind,
            code: &error.code,
            // A gateway has asked the service again itself: its word counts, and no table.
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

    /// The request of a call has ended.
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

    /// An error without what the other side may have echoed of a token or a secret.
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

    /// The request of a call has failed.
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
            // A call that is refused with a new token as well may be refused on its own account: that stays in use.
            (CallState::Completed { generation }, ErrorKind::Authentication, None) => {
                !call.has_refreshed_token && can_refresh(&self.config.token) && self.tokens.on_rejected(generation, now)
            }
            // What the service says of a request, and no gateway before it.
            (_, ErrorKind::InvalidRequest | ErrorKind::NotFound | ErrorKind::Decode, None)
                if error.source == Source::Service =>
            {
                self.tokens.on_accepted();
                false
            }
            _ => false,
        };
        // A refusal for haste is no outage.
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
                // Where somebody else has renewed it meanwhile, there is another token to be sent.
                let has_another = call.shares_token && self.tokens.fresh(now).is_some();
                call.token_rejection = (!has_another).then_some(error);
                if !call.shares_token {
                    self.request_own_token(id);
                }
            }
        }
    }

    /// Ends what a call has in flight.
    fn release(&mut self, id: CallId) {
        if self.is_leader(id) {
            // Drivers that come by themselves are many; where the first one is woken, it may be the next to leave.
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

    /// Ends a call with an error.
    fn fail(&mut self, id: CallId, error: BoxedCallError<Cause>) {
        let now = self.clock.elapsed_ms();
        let Some(call) = self.calls.get(id).filter(|call| call.state != CallState::Ended) else { return };
        let mut error = error.for_call(call.request.endpoint.name, &call.request.ids);
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
