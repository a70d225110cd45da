//! The token that calls share: reading the cache, calling the provider, requesting it from the token endpoint, retries.
//!
//! [`Refresh`] is the phase of the refresh. It changes by [`TokenState::enter`] alone, which holds it to these transitions:
//!
//! ```text
//!            ┌──────────────> ReadingCache ──── a token, none, failure, 2 s ────────┐
//!            │                                                                      │
//!  Idle ─────┼──────────────> ProviderCalled ── a token, failure, timeout ──────────┤
//!   ^        │                                                                      │
//!   │        └──────────────> Requested ─────── a token, final error, timeout ──────┤
//!   │                          │      ^                                             │
//!   │              retryable   v      │ the backoff has elapsed                     │
//!   │              error      BackingOff ────── a token ────────────────────────────┤
//!   └───────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Claim: at most one refresh is in progress, and every call that waits for it receives its token, its error, or the error of
//! its own timeout.
//!
//! Invariant: in the phases with an id, `leader` is the call whose driver does the work, and the `token_request` of that call
//! is the id. In `Idle` and `BackingOff` there is no leader.
//!
//! Argument: `refresh_token` is the only entry to the phases with an id. It starts a refresh only without one in progress, and
//! sets phase, leader and `token_request` together. Each exit (`on_refreshed`, `end_refresh`, a missed cache) resets all
//! three. A leader cannot take a refresh with it: a call that ends calls `release`, which ends the refresh. A driver that
//! vanishes without a word calls nothing; then the next waiting call that polls finds the leader lost or the refresh past its
//! deadline, and ends the refresh itself. After the exit waiting calls hold either a token, or an error, or begin the next
//! refresh; none waits for an event that cannot happen. A result that arrives later has another id and is ignored, except for
//! the token of a provider, which is used if there is none.

use super::super::token::{
    CACHE_TIMEOUT_MS, MAX_TOKEN_RETRIES, Refresh, credentials_request, invalid_token, is_bearer, read_token_response,
};
use super::{
    Action, ActiveCall, BoxedCallError, CallError, CallId, DEFAULT_TIMEOUT_MS, Decision, Engine, EventKind,
    HttpResponse, IS_SERVER_BUILD, InFlightId, MAX_RETRY_AFTER_MS, NEVER, Now, TokenReply, TokenSource, decide, is_own,
};
use alloc::vec::Vec;

impl<Cause: Clone, Raw> Engine<Cause, Raw> {
    /// Takes the result of a token provider or of the token cache.
    pub fn on_token(&mut self, id: InFlightId, result: Result<TokenReply, Cause>, now: Now) {
        let at = self.clock.read(now);
        match self.tokens.refresh {
            Refresh::ReadingCache { id: current, .. } if IS_SERVER_BUILD && current == id.number => match result {
                Ok(reply) if self.tokens.is_usable(&reply) => self.on_refreshed(id.call, Ok(reply), at),
                _ => {
                    self.end_token_request(id.call);
                    self.tokens.enter(Refresh::Idle);
                    self.tokens.cache_checked = true;
                    self.wake_next();
                }
            },
            Refresh::ProviderCalled { id: current, since } if current == id.number => {
                let reply = result.map_err(|cause| CallError::client("NO_TOKEN", "").with_cause(cause));
                self.on_refreshed(id.call, reply, since);
            }
            _ if self.calls.get(id.call).is_some_and(|call| call.token_request == Some(id.number)) => {
                let reply = result.map_err(|cause| CallError::client("NO_TOKEN", "").with_cause(cause));
                self.on_own_token(id.call, reply);
            }
            // The call that requested it has ended, and the token is still valid. A call's own token is not shared.
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

    /// Takes the response of the token endpoint to a request that was sent at `since`.
    #[inline]
    pub(super) fn on_token_response(
        &mut self,
        leader: CallId,
        result: Result<HttpResponse<Raw>, Cause>,
        since: i64,
        now: i64,
    ) {
        let unix_ms = self.clock.to_unix_ms(now);
        let reply = match result {
            Ok(response) => read_token_response(&response, unix_ms),
            Err(cause) => {
                Err(CallError::client("NETWORK", "The token endpoint could not be reached.").with_cause(cause))
            }
        };
        let reply = reply.map_err(|error| self.redacted(error, None));
        let error = reply.as_ref().err().map(|error| &**error);
        self.emit(EventKind::Response, leader, true, Some(now - since), error, None);
        self.on_refreshed(leader, reply, since);
    }

    /// Calls the provider in a call's options. The call leaves its queue until the provider has answered.
    pub(super) fn request_own_token(&mut self, id: CallId) {
        let number = self.next_in_flight(true);
        let Some(call) = self.calls.get_mut(id) else { return };
        call.token_request = Some(number);
        call.actions.push(Action::RequestToken { id: InFlightId::new(id, number), own: true });
        self.calls.dequeue(id);
        self.wake_next();
    }

    /// Starts a refresh by the driver of this call, unless one is in progress; ends one that is lost or past its deadline.
    /// Returns `None` if the state changed, else the time until which the call has to wait.
    pub(super) fn refresh_token(&mut self, id: CallId, now: i64) -> Option<i64> {
        let refresh_deadline = match self.tokens.refresh {
            Refresh::BackingOff { until } if IS_SERVER_BUILD && until > now => return Some(until),
            Refresh::Idle | Refresh::BackingOff { .. } => NEVER,
            Refresh::ReadingCache { since, .. } => since + CACHE_TIMEOUT_MS,
            Refresh::ProviderCalled { since, .. } | Refresh::Requested { since, .. } => self.refresh_deadline(since),
        };
        if let Some(since) = self.tokens.refresh.since() {
            let leader = self.tokens.leader.filter(|leader| *leader != id);
            let is_lost = leader.is_some_and(|leader| self.is_lost(leader, now));
            if refresh_deadline > now && !is_lost {
                return Some(refresh_deadline.min(self.poll(now, (now - since) / 4)));
            }
            self.end_refresh();
            self.tokens.extend_current(now);
            return None;
        }
        if self.tokens.was_interrupted {
            // The call with the latest deadline leads the next refresh: a chain of short calls would never complete one.
            let successor = self.calls.queue(true).filter(|other| self.can_lead(*other, now));
            let successor = successor.max_by_key(|other| self.calls.get(*other).map(|call| call.deadline));
            if let Some(successor) = successor.filter(|other| self.deadline_of(*other) > self.deadline_of(id)) {
                self.wake(successor);
                return Some(self.poll(now, 0));
            }
        }
        let reads_cache =
            self.config.credentials().is_some_and(|credentials| credentials.cached) && !self.tokens.cache_checked;
        if IS_SERVER_BUILD
            && let Some((mut error, until)) =
                self.token_endpoint_error.clone().filter(|(_, until)| !reads_cache && *until > now)
        {
            if until < self.calls.get(id)?.deadline {
                return Some(until);
            }
            error.retry_after_ms = u32::try_from(until - now).ok();
            self.fail(id, error);
            return None;
        }
        let number = self.next_in_flight(false);
        let in_flight = InFlightId::new(id, number);
        let action = match self.config.credentials() {
            Some(_) if reads_cache => {
                self.tokens.enter(Refresh::ReadingCache { id: number, since: now });
                Action::ReadTokenCache { id: in_flight }
            }
            Some(credentials) => {
                self.tokens.enter(Refresh::Requested { id: number, since: now });
                let request = credentials_request(credentials);
                self.emit(EventKind::Request, id, true, None, None, Some(&request.url));
                Action::Send { id: in_flight, request }
            }
            None => {
                self.tokens.enter(Refresh::ProviderCalled { id: number, since: now });
                Action::RequestToken { id: in_flight, own: false }
            }
        };
        self.tokens.leader = Some(id);
        let call = self.calls.get_mut(id)?;
        call.token_request = Some(number);
        call.actions.push(action);
        self.wake_next();
        None
    }

    /// Whether the driver of a call could lead a refresh.
    fn can_lead(&self, id: CallId, now: i64) -> bool {
        self.calls.get(id).is_some_and(|call| !self.config.is_isolated() || call.due_at + super::LOST_AFTER_MS >= now)
    }

    fn deadline_of(&self, id: CallId) -> i64 {
        self.calls.get(id).map_or(0, |call| call.deadline)
    }

    /// Whether the driver of a call leads the refresh in progress.
    pub(super) fn is_leader(&self, id: CallId) -> bool {
        self.tokens.leader == Some(id)
    }

    /// The deadline of a refresh that began at `since`: the timeout of the client, or its default.
    fn refresh_deadline(&self, since: i64) -> i64 {
        let ms = match self.config.timeout_ms {
            0 => DEFAULT_TIMEOUT_MS,
            ms => ms,
        };
        since + i64::from(ms)
    }

    /// Ends the refresh in progress, and cancels the request of its leader.
    pub(super) fn end_refresh(&mut self) {
        self.tokens.retries = 0;
        // A cache that did not answer is not read again before there is a token.
        self.tokens.cache_checked |= IS_SERVER_BUILD && matches!(self.tokens.refresh, Refresh::ReadingCache { .. });
        let ended = self.tokens.enter(Refresh::Idle);
        let Some(leader) = self.tokens.leader else { return };
        self.end_token_request(leader);
        let action = match ended {
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

    /// Clears the token request of a call. A call that waited for its own provider returns to its queue.
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

    /// Takes the result of the provider in a call's options.
    fn on_own_token(&mut self, id: CallId, reply: Result<TokenReply, BoxedCallError<Cause>>) {
        self.end_token_request(id);
        let Some(call) = self.calls.get_mut(id) else { return };
        let rejection = call.token_rejection.take();
        match reply {
            Ok(reply) if is_bearer(&reply.access_token) => match rejection {
                // The provider returned the rejected token again: sending it once more is useless.
                Some(error) if call.own_token.as_ref() == Some(&reply.access_token) => self.fail(id, error),
                _ => call.own_token = Some(reply.access_token),
            },
            Ok(_) => self.fail(id, invalid_token()),
            Err(error) => self.fail(id, error),
        }
    }

    /// Ends the refresh with its result: waiting calls continue with the token, or fail with the error.
    fn on_refreshed(&mut self, leader: CallId, reply: Result<TokenReply, BoxedCallError<Cause>>, requested_at: i64) {
        let now = self.clock.elapsed_ms();
        self.end_token_request(leader);
        let from_endpoint = IS_SERVER_BUILD && matches!(self.tokens.refresh, Refresh::Requested { .. });
        let is_cached = self.config.credentials().is_some_and(|credentials| credentials.cached);
        let to_cache = reply.as_ref().ok().filter(|_| from_endpoint && is_cached).cloned();
        match reply.and_then(|reply| self.tokens.store(reply, requested_at, now)) {
            Ok(was_rejected) => {
                self.token_endpoint_error = None;
                if let (Some(reply), Some(call)) = (to_cache, self.calls.get_mut(leader)) {
                    call.actions.push(Action::StoreToken(reply));
                }
                let waiting: Vec<_> = self.calls.queue(true).collect();
                for id in waiting {
                    // The source returned the rejected token again: sending it once more is useless.
                    if let Some(error) = self.calls.get_mut(id).and_then(|call| call.token_rejection.take())
                        && was_rejected
                    {
                        self.fail(id, error);
                        self.wake(id);
                    }
                }
            }
            Err(error) => self.on_refresh_failed(leader, error, from_endpoint, now),
        }
        self.wake_next();
    }

    /// Handles a failed refresh. The client retries the token endpoint for the calls that have retries and time left; the
    /// other calls fail. Without a retry the current token stays in use if it has not expired, and else all calls fail.
    fn on_refresh_failed(&mut self, leader: CallId, error: BoxedCallError<Cause>, from_endpoint: bool, now: i64) {
        let mut failing: Vec<_> = self.calls.queue(true).collect();
        let is_retried = from_endpoint && self.retry_refresh(&mut failing, leader, &error, now);
        if !is_retried {
            self.tokens.enter(Refresh::Idle);
            self.tokens.retries = 0;
            self.tokens.cache_checked = false;
            if self.tokens.extend_current(now) {
                return;
            }
        }
        for id in failing {
            self.fail(id, error.clone());
            self.wake(id);
        }
    }

    /// Schedules a retry of the token endpoint, if the error allows it, and removes the calls that wait for it from `failing`.
    fn retry_refresh(
        &mut self,
        failing: &mut Vec<CallId>,
        leader: CallId,
        error: &BoxedCallError<Cause>,
        now: i64,
    ) -> bool {
        let default = self.config.max_retries;
        let max_retries =
            |call: &ActiveCall<Cause, Raw>| call.options.max_retries.unwrap_or(default).min(MAX_TOKEN_RETRIES);
        let retries = self.tokens.retries;
        let most = failing.iter().filter_map(|id| self.calls.get(*id)).map(max_retries).max().unwrap_or(0);
        let attempt = self.attempt(error, retries, most);
        let decision = decide(&attempt);
        let retry_after_ms = error.retry_after_ms.map(|ms| i64::from(ms.min(MAX_RETRY_AFTER_MS)));
        self.token_endpoint_error = retry_after_ms.map(|ms| (error.clone(), now + ms));
        let Decision::RetryAfter(wait_ms) = decision else { return false };
        let until = now + i64::from(wait_ms);
        let waits = |call: &ActiveCall<Cause, Raw>| max_retries(call) > retries && call.deadline > until;
        let rest: Vec<_> = failing.iter().copied().filter(|id| !self.calls.get(*id).is_some_and(waits)).collect();
        // No call fails while the current token can be used.
        if rest.len() == failing.len() || !rest.is_empty() && self.tokens.has_unexpired(now) {
            return false;
        }
        *failing = rest;
        self.retry_budget.spend();
        self.tokens.retries += 1;
        self.tokens.enter(Refresh::BackingOff { until });
        self.emit(EventKind::Retry, leader, true, Some(until - now), Some(error), None);
        true
    }
}
