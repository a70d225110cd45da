//! Every call under way, in one state machine.

use super::{
    Answer, Budget, CallError, CallId, CallOptions, Config, DEFAULT_TIMEOUT_MS, Event, Failed, HttpRequest,
    HttpResponse, Limits, Now, Pace, PaceState, Step, TokenReply, TokenSource,
    call::{Call, State},
    clock::{Clock, NEVER},
    exchange::{http_request, read},
    pace::Slot,
    retry::{Attempt, Decision, Dice, RetryBudget, decide},
    token::{LOOK_MS, Renewal, TOKEN_RETRIES, Tokens, credentials_request, holds, is_renewable, read_reply},
};
use crate::endpoint::Request;
use crate::error::{ErrorKind, RETRIED_FOR_TOKEN, Source};
use std::collections::VecDeque;

/// Which request, or which question to the token provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SendId(u32);

/// What the driver is to do next.
pub enum Action<Cause, Raw> {
    /// Send a request, read its response to the end, and say so by [`Engine::on_response`].
    Send {
        /// Which.
        id: SendId,
        /// What.
        request: HttpRequest,
    },
    /// That request is of no use any more; nothing is to be said of it.
    Cancel {
        /// Which.
        id: SendId,
    },
    /// Ask the caller's token provider, and say so by [`Engine::on_token`].
    AskToken {
        /// Which question.
        id: SendId,
    },
    /// That question, to the provider or to the cache, is of no use any more.
    CancelToken {
        /// Which.
        id: SendId,
    },
    /// Look into the cache that clients share for a token, and say so by [`Engine::on_token`].
    LookForToken {
        /// Which question.
        id: SendId,
    },
    /// Put a token into that cache.
    KeepToken(TokenReply),
    /// Tell whoever watches.
    Tell(Box<Event>),
    /// A call has ended.
    Done {
        /// Which.
        call: CallId,
        /// How.
        outcome: Result<Box<Answer<Raw>>, Failed<Cause>>,
    },
}

/// A call whose turn comes only when a quota renews waits for that no longer than this, in milliseconds.
const QUOTA_PATIENCE_MS: i64 = 60_000;

/// Every call under way: token, pace, retries and deadlines, without anything that sends, sleeps or tells the time.
///
/// A driver hands in what happens ([`begin`](Engine::begin), [`abort`](Engine::abort),
/// [`on_response`](Engine::on_response), [`on_token`](Engine::on_token), [`tick`](Engine::tick)) with a reading of the
/// clock, then does what [`next_action`](Engine::next_action) says until it says nothing, then sets one timer for
/// [`wake_in_ms`](Engine::wake_in_ms). Each call that was begun ends by exactly one [`Action::Done`], unless it is
/// forgotten; when the last has ended, nothing is under way.
///
/// Calls are served in the order in which they were begun.
pub struct Engine<Cause, Raw> {
    config: Config,
    clock: Clock,
    #[expect(clippy::vec_box, reason = "one that ends moves all behind it")]
    calls: Vec<Box<Call<Cause>>>,
    /// No deadline is sooner, and no rest ends sooner: so that not every call is looked at each time.
    soonest: i64,
    rested: i64,
    tokens: Tokens,
    pace: Pace,
    /// Whether any call was ever patient.
    has_patient: bool,
    retry_budget: RetryBudget,
    dice: Dice,
    last_id: u32,
    actions: VecDeque<Action<Cause, Raw>>,
}

impl<Cause: Clone, Raw> Engine<Cause, Raw> {
    /// An engine with nothing to do. The seed scatters the waits between attempts; any number will do.
    pub fn new(config: Config, seed: u32) -> Engine<Cause, Raw> {
        Engine {
            clock: Clock::default(),
            calls: Vec::new(),
            soonest: NEVER,
            rested: NEVER,
            tokens: Tokens::new(),
            pace: Pace::new(config.pace),
            has_patient: false,
            retry_budget: RetryBudget::new(),
            dice: Dice::new(seed),
            last_id: 0,
            actions: VecDeque::new(),
            config,
        }
    }

    /// Begins a call. Nothing is sent before the next action is asked for.
    pub fn begin(&mut self, request: Request, options: CallOptions, now: Now) -> CallId {
        let now = self.clock.read(now);
        let id = CallId(self.next_id());
        let timeout_ms = options.timeout_ms.unwrap_or(self.config.timeout_ms);
        let deadline = if timeout_ms == 0 { NEVER } else { now + i64::from(timeout_ms) };
        self.soonest = self.soonest.min(deadline);
        self.has_patient |= options.is_patient;
        self.calls.push(Box::new(Call {
            id,
            request,
            options,
            timeout_ms,
            deadline,
            state: State::Waiting,
            since: now,
            waited_ms: 0,
            attempts: 0,
            retries: 0,
            replayed: false,
            refusal: None,
            wait_told: false,
        }));
        id
    }

    /// The caller gives up, for a reason of its own. A call that has ended already stays as it ended.
    pub fn abort(&mut self, call: CallId, cause: Cause, now: Now) {
        self.clock.read(now);
        if let Some(index) = self.calls.iter().position(|other| other.id == call) {
            self.fail(index, CallError::own("ABORTED", "").because(cause));
        }
    }

    /// Ends a call without a word.
    pub fn forget(&mut self, call: CallId, now: Now) {
        self.clock.read(now);
        if let Some(index) = self.calls.iter().position(|other| other.id == call) {
            self.take(index);
        }
    }

    /// A request was answered, or it failed on its way. What was cancelled is not listened to.
    pub fn on_response(&mut self, id: SendId, result: Result<HttpResponse<Raw>, Cause>, now: Now) {
        let at = self.clock.read(now);
        if let Renewal::Sent { id: asked, since } = self.tokens.renewal
            && asked == id.0
        {
            let reply = match result {
                Ok(response) => read_reply(&response),
                Err(cause) => Err(CallError::own("NETWORK", "The token endpoint could not be reached.").because(cause)),
            };
            let reply = reply.map_err(|error| self.redacted(error));
            self.tell(Step::Response, None, Some(at - since), reply.as_ref().err().map(|error| &**error), None);
            return self.token_came(reply, since);
        }
        for (index, call) in self.calls.iter_mut().enumerate() {
            if let State::Sent { send, generation } = call.state
                && send == id.0
            {
                self.pace.landed();
                let took_ms = at - call.since;
                call.go(State::Landed { generation }, at);
                return self.answer_came(index, result, at, took_ms);
            }
        }
    }

    /// The token provider or the cache has given something, or has failed.
    pub fn on_token(&mut self, id: SendId, result: Result<TokenReply, Cause>, now: Now) {
        let at = self.clock.read(now);
        if let Renewal::Looking { id: asked, .. } = self.tokens.renewal
            && asked == id.0
        {
            match result {
                Ok(reply) if self.tokens.is_usable(&reply) => self.token_came(Ok(reply), at),
                _ => {
                    self.tokens.renewal = Renewal::Idle;
                    self.tokens.looked = true;
                }
            }
            return;
        }
        if let Renewal::Asked { id: asked, since } = self.tokens.renewal
            && asked == id.0
        {
            let reply = result.map_err(|cause| CallError::own("NO_TOKEN", "").because(cause));
            self.token_came(reply, since);
        }
    }

    /// Time has passed: ends calls whose time is over.
    pub fn tick(&mut self, now: Now) {
        let at = self.clock.read(now);
        if self.soonest > at {
            return;
        }
        let mut index = 0;
        self.soonest = NEVER;
        while let Some(call) = self.calls.get(index) {
            if call.deadline <= at {
                let detail = format!("({} ms)", call.timeout_ms);
                let waits = call.state == State::Waiting;
                if let (true, Some(since)) = (waits, self.tokens.renewal.since()) {
                    if at - since >= self.tokens.patience_ms {
                        self.lose_renewal();
                    }
                    self.tokens.make_do(at);
                }
                self.fail(index, CallError::own("TIMEOUT", &detail));
            } else {
                self.soonest = self.soonest.min(call.deadline);
                index += 1;
            }
        }
    }

    /// In how many milliseconds after the last reading [`tick`](Engine::tick) has something to do; none where nothing
    /// but an event can bring the engine on. Never 0: a timer that is late or early only lets it be asked again.
    pub fn wake_in_ms(&self) -> Option<i64> {
        let now = self.clock.ms();
        if self.calls.is_empty() {
            return None;
        }
        let mut at = self.soonest.min(self.rested);
        let waiting = self.calls.iter().any(|call| call.state == State::Waiting);
        if waiting {
            at = at.min(match self.pace.slot(now) {
                Slot::At(slot) | Slot::Renews(slot) | Slot::Spent(slot) => slot,
                Slot::Free => match self.tokens.renewal {
                    Renewal::Idle => NEVER,
                    Renewal::Resting { until } => until,
                    Renewal::Looking { since, .. } => since + LOOK_MS,
                    Renewal::Asked { since, .. } | Renewal::Sent { since, .. } => self.patience(since),
                },
                Slot::AfterAnother => NEVER,
            });
        }
        (at < NEVER).then(|| (at - now).max(1))
    }

    /// What to do next; none until something happens.
    pub fn next_action(&mut self) -> Option<Action<Cause, Raw>> {
        loop {
            if let Some(action) = self.actions.pop_front() {
                return Some(action);
            }
            if !self.go_on() {
                return None;
            }
        }
    }

    /// How many calls are under way.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// The limits.
    pub fn limits(&self) -> Limits {
        self.config.pace
    }

    /// What is used of the limits, and what is left.
    pub fn budget(&mut self, now: Now) -> Budget {
        let now = self.clock.read(now);
        let waiting = self.calls.iter().filter(|call| call.state == State::Waiting).count();
        self.pace.budget(now, u32::try_from(waiting).unwrap_or(u32::MAX))
    }

    /// The pace, to be kept outside.
    pub fn export_pace(&self) -> PaceState {
        self.pace.export(|ms| self.clock.unix_ms(ms))
    }

    /// Goes on from a pace that was kept outside.
    pub fn import_pace(&mut self, state: &PaceState, now: Now) {
        let now = self.clock.read(now);
        let clock = &self.clock;
        self.pace.import(state, now, |unix_ms| clock.ms_of_unix(unix_ms));
    }

    fn next_id(&mut self) -> u32 {
        self.last_id = self.last_id.wrapping_add(1);
        self.last_id
    }

    /// Brings the call whose turn it is one step on. Says whether anything happened.
    fn go_on(&mut self) -> bool {
        let now = self.clock.ms();
        if self.calls.is_empty() {
            return self.cancel_renewal();
        }
        if self.rested <= now {
            self.rested = NEVER;
            for call in &mut self.calls {
                match call.state {
                    State::Resting { until } if until <= now => call.go(State::Waiting, now),
                    State::Resting { until } => self.rested = self.rested.min(until),
                    _ => {}
                }
            }
        }
        // Those who wait stand behind the few that are on their way.
        let turn = self.calls.iter().position(|call| call.state == State::Waiting);
        let Some((index, deadline)) = turn.and_then(|index| Some((index, self.calls.get(index)?.deadline))) else {
            return false;
        };
        match self.pace.slot(now) {
            Slot::Free => {}
            Slot::Renews(at) if at > deadline || at - now > QUOTA_PATIENCE_MS => {
                let mut error = CallError::own("QUOTA_SPENT", "");
                error.renews_at_ms = Some(self.clock.unix_ms(at));
                self.fail(index, error);
                return true;
            }
            Slot::Spent(_) => {
                self.fail(index, CallError::own("QUOTA_SPENT", ""));
                return true;
            }
            Slot::At(at) | Slot::Renews(at) => {
                self.have_patience(at);
                return self.tell_waits("pace", Some(at - now));
            }
            Slot::AfterAnother => {
                self.have_patience(now);
                return self.tell_waits("inFlight", None);
            }
        }
        let (token, generation) = match &self.config.token {
            TokenSource::None => (None, 0),
            TokenSource::Fixed(token) => (Some(token.as_str()), 0),
            TokenSource::Provider | TokenSource::Credentials(_) => match self.tokens.fresh(now) {
                Some((token, generation)) => (Some(token), generation),
                None => return self.tell_waits("token", None) | self.renew(now),
            },
        };
        let Some(call) = self.calls.get_mut(index) else { return false };
        let request = http_request(&self.config, &call.request, &call.options, token);
        self.last_id = self.last_id.wrapping_add(1);
        call.go(State::Sent { send: self.last_id, generation }, now);
        call.attempts += 1;
        self.tell(Step::Request, Some(index), None, None, Some(&request.url));
        self.pace.sent(now);
        self.actions.push_back(Action::Send { id: SendId(self.last_id), request });
        true
    }

    /// Asks for a token, unless that has been done. A renewal that takes longer than a call may is taken for lost.
    fn renew(&mut self, now: i64) -> bool {
        match self.tokens.renewal {
            Renewal::Resting { until } if until > now => return false,
            Renewal::Asked { since, .. } | Renewal::Sent { since, .. } => {
                return self.patience(since) <= now && (self.lose_renewal() | self.tokens.make_do(now));
            }
            Renewal::Looking { since, .. } if now < since + LOOK_MS => return false,
            Renewal::Looking { .. } => {
                self.cancel_renewal();
            }
            Renewal::Idle | Renewal::Resting { .. } => {}
        }
        let id = self.next_id();
        let action = match &self.config.token {
            TokenSource::Credentials(credentials) if credentials.cached && !self.tokens.looked => {
                self.tokens.renewal = Renewal::Looking { id, since: now };
                Action::LookForToken { id: SendId(id) }
            }
            TokenSource::Credentials(credentials) => {
                self.tokens.renewal = Renewal::Sent { id, since: now };
                let request = credentials_request(credentials);
                self.tell(Step::Request, None, None, None, Some(&request.url));
                Action::Send { id: SendId(id), request }
            }
            _ => {
                self.tokens.renewal = Renewal::Asked { id, since: now };
                Action::AskToken { id: SendId(id) }
            }
        };
        self.actions.push_back(action);
        true
    }

    /// Tells whoever watches of a call, or of the token endpoint, which is no call's alone. The text is an address, or
    /// what is waited for.
    #[inline(never)]
    fn tell(
        &mut self,
        step: Step,
        index: Option<usize>,
        ms: Option<i64>,
        error: Option<&CallError<Cause>>,
        text: Option<&str>,
    ) {
        if !self.config.watched {
            return;
        }
        let call = index.and_then(|index| self.calls.get(index));
        let sent = call.map_or(self.tokens.retries + 1, |call| call.attempts);
        // What is told before a request is sent is of the one to come.
        let ahead = matches!(step, Step::Retry | Step::Wait) && call.is_some();
        self.actions.push_back(Action::Tell(Box::new(Event {
            step,
            call: call.map_or(0, |call| call.id.0),
            operation: call.map_or("token", |call| call.request.endpoint.name),
            ids: call.map(|call| call.request.ids.clone()).unwrap_or_default(),
            attempt: sent + u32::from(ahead),
            ms,
            error: error.map(|error| (error.kind, error.code.clone())),
            status: error.and_then(|error| error.status),
            message_id: error.and_then(|error| error.message_id.clone()),
            text: text.map(str::to_owned),
        })));
    }

    /// Tells of those who wait what they wait for, once. Says whether there were any.
    fn tell_waits(&mut self, waits_for: &'static str, ms: Option<i64>) -> bool {
        let mut told = false;
        if !self.config.watched {
            return told;
        }
        for index in 0..self.calls.len() {
            let Some(call) = self.calls.get_mut(index) else { break };
            if call.state == State::Waiting && !call.wait_told {
                call.wait_told = true;
                told = true;
                self.tell(Step::Wait, Some(index), ms, None, Some(waits_for));
            }
        }
        told
    }

    /// Patient calls that wait for their turn have all of their time after it.
    fn have_patience(&mut self, turn: i64) {
        if !self.has_patient {
            return;
        }
        for call in &mut self.calls {
            if call.options.is_patient && call.state == State::Waiting && call.timeout_ms > 0 {
                call.deadline = call.deadline.max(turn + i64::from(call.timeout_ms));
            }
        }
    }

    fn patience(&self, since: i64) -> i64 {
        let ms = match self.config.timeout_ms {
            0 => DEFAULT_TIMEOUT_MS,
            ms => ms,
        };
        since + i64::from(ms).max(self.tokens.patience_ms)
    }

    /// Ends a renewal that has taken too long; the next one may take longer.
    fn lose_renewal(&mut self) -> bool {
        self.tokens.lose_patience();
        self.cancel_renewal()
    }

    /// Ends a renewal that is under way. Says whether the driver has something to end.
    fn cancel_renewal(&mut self) -> bool {
        self.tokens.retries = 0;
        // A cache that has not answered is not asked again before there is a token.
        self.tokens.looked |= matches!(self.tokens.renewal, Renewal::Looking { .. });
        let action = match std::mem::replace(&mut self.tokens.renewal, Renewal::Idle) {
            Renewal::Asked { id, .. } | Renewal::Looking { id, .. } => Action::CancelToken { id: SendId(id) },
            Renewal::Sent { id, .. } => Action::Cancel { id: SendId(id) },
            Renewal::Idle | Renewal::Resting { .. } => return false,
        };
        self.actions.push_back(action);
        true
    }

    /// A renewal has ended: whoever waits goes on with what it gave, or has its error.
    fn token_came(&mut self, reply: Result<TokenReply, Failed<Cause>>, asked_at: i64) {
        let now = self.clock.ms();
        let is_sent = matches!(self.tokens.renewal, Renewal::Sent { .. });
        let shared = match (&reply, is_sent, &self.config.token) {
            (Ok(reply), true, TokenSource::Credentials(credentials)) if credentials.cached => Some(reply.clone()),
            _ => None,
        };
        match reply.and_then(|reply| self.tokens.keep(reply, asked_at, now)) {
            Ok(again) => {
                if let Some(reply) = shared {
                    self.actions.push_back(Action::KeepToken(reply));
                }
                let mut index = 0;
                while let Some(call) = self.calls.get_mut(index) {
                    match call.refusal.take() {
                        // The provider has nothing but the refused token: sending it again changes nothing.
                        Some(error) if again => self.fail(index, error),
                        _ => index += 1,
                    }
                }
            }
            Err(error) => {
                let attempt = Attempt {
                    retryable: error.retryable || RETRIED_FOR_TOKEN.contains(&error.code.as_str()),
                    ..self.attempt(&error, self.tokens.retries, TOKEN_RETRIES)
                };
                self.tokens.renewal = Renewal::Idle;
                if let Decision::Rest(wait_ms) = decide(&attempt)
                    && is_sent
                {
                    self.retry_budget.spend();
                    self.tokens.retries += 1;
                    self.tokens.renewal = Renewal::Resting { until: now + i64::from(wait_ms) };
                    self.tell(Step::Retry, None, Some(i64::from(wait_ms)), Some(&error), None);
                    return;
                }
                self.tokens.retries = 0;
                self.tokens.looked = false;
                if self.tokens.make_do(now) {
                    return;
                }
                let mut index = 0;
                while let Some(call) = self.calls.get(index) {
                    if call.state == State::Waiting {
                        self.fail(index, error.clone());
                    } else {
                        index += 1;
                    }
                }
            }
        }
    }

    /// What is known of a failure that is no call's alone.
    fn attempt<'a>(&mut self, error: &'a CallError<Cause>, retries: u32, max_retries: u32) -> Attempt<'a> {
        Attempt {
            kind: error.kind,
            code: &error.code,
            // A gateway has asked the service again itself: what it says counts, and no table.
            retryable: error.retry.unwrap_or(error.retryable),
            retry_after_ms: error.retry_after_ms,
            renewable: false,
            replayed: true,
            retries,
            max_retries: if error.retry == Some(false) { 0 } else { max_retries },
            affordable: self.retry_budget.is_affordable(),
            time_left_ms: NEVER,
            backoff: self.config.backoff,
            dice: self.dice.roll(),
        }
    }

    /// A call's request has ended.
    fn answer_came(&mut self, index: usize, result: Result<HttpResponse<Raw>, Cause>, now: i64, took_ms: i64) {
        let Some(call) = self.calls.get(index) else { return };
        let unix_ms = self.clock.unix_ms(now);
        let error = match result {
            Ok(response) => match read(self.config.validation, &call.request, &response, unix_ms) {
                Ok(records) => {
                    self.tell(Step::Response, Some(index), Some(took_ms), None, None);
                    self.retry_budget.refund();
                    self.tokens.was_of_use();
                    self.pace.answered();
                    let Some(call) = self.take(index) else { return };
                    let waited_ms = u32::try_from(call.waited_ms).unwrap_or(u32::MAX);
                    let bytes = u32::try_from(response.body.as_slice().len()).unwrap_or(u32::MAX);
                    let attempts = call.attempts;
                    let answer = Box::new(Answer { records, bytes, attempts, waited_ms, raw: response.raw });
                    self.actions.push_back(Action::Done { call: call.id, outcome: Ok(answer) });
                    return;
                }
                Err(error) => error,
            },
            Err(cause) => CallError::own("NETWORK", "").because(cause),
        };
        let error = self.redacted(error);
        self.tell(Step::Response, Some(index), Some(took_ms), Some(&error), None);
        self.refused(index, error, now);
    }

    /// An error without what the other side may have echoed of a token or a secret.
    fn redacted(&self, mut error: Failed<Cause>) -> Failed<Cause> {
        let secret = match &self.config.token {
            TokenSource::Fixed(secret) => secret,
            TokenSource::Credentials(credentials) => &credentials.client_secret,
            TokenSource::None | TokenSource::Provider => "",
        };
        error.redact(|text| holds(text, secret) || self.tokens.are_in(text));
        error
    }

    /// A call's request has failed.
    fn refused(&mut self, index: usize, mut error: Failed<Cause>, now: i64) {
        let is_quota = error.kind == ErrorKind::Quota;
        if is_quota || error.kind == ErrorKind::RateLimited {
            self.pace.refused(now, error.retry_after_ms, is_quota);
            let after_ms = error.retry_after_ms.filter(|_| is_quota).map(i64::from);
            let renews_at_ms = after_ms.map(|ms| self.clock.unix_ms(now + ms));
            error.renews_at_ms = error.renews_at_ms.or(renews_at_ms);
        }
        let Some(call) = self.calls.get(index) else { return };
        let max_retries = call.options.max_retries.unwrap_or(self.config.max_retries);
        let (retries, replayed, deadline) = (call.retries, call.replayed, call.deadline);
        let renewable = match (call.state, error.kind) {
            // A call that is refused with a new token as well may be refused on its own account: that stays in use.
            (State::Landed { generation }, ErrorKind::Authentication) => {
                !call.replayed && is_renewable(&self.config.token) && self.tokens.refuse(generation, now)
            }
            // What the service says of a request, and no gateway before it.
            (_, ErrorKind::InvalidRequest | ErrorKind::NotFound | ErrorKind::Decode)
                if error.source == Source::Service =>
            {
                self.tokens.was_of_use();
                false
            }
            _ => false,
        };
        // What waits because it came too fast is no outage.
        let is_paced = error.kind == ErrorKind::RateLimited;
        let of_all = self.attempt(&error, retries, max_retries);
        let affordable = of_all.affordable || is_paced;
        let attempt = Attempt { renewable, replayed, affordable, time_left_ms: deadline - now, ..of_all };
        let decision = decide(&attempt);
        match decision {
            Decision::RenewToken => self.tell(Step::Retry, Some(index), Some(0), Some(&error), None),
            Decision::Rest(ms) => self.tell(Step::Retry, Some(index), Some(i64::from(ms)), Some(&error), None),
            Decision::GiveUp => {}
        }
        let Some(call) = self.calls.get_mut(index) else { return };
        match decision {
            Decision::RenewToken => {
                call.go(State::Waiting, now);
                call.replayed = true;
                // Where somebody else has renewed it meanwhile, there is another token to be sent.
                call.refusal = self.tokens.fresh(now).is_none().then_some(error);
            }
            Decision::Rest(wait_ms) => {
                let until = now + i64::from(wait_ms);
                self.rested = self.rested.min(until);
                call.go(State::Resting { until }, now);
                call.retries += 1;
                if !is_paced {
                    self.retry_budget.spend();
                }
            }
            Decision::GiveUp => self.fail(index, error),
        }
    }

    /// Takes a call out, with what it has waited, and ends what it has under way.
    fn take(&mut self, index: usize) -> Option<Box<Call<Cause>>> {
        if index >= self.calls.len() {
            return None;
        }
        let mut call = self.calls.remove(index);
        call.go(call.state, self.clock.ms());
        if let State::Sent { send, .. } = call.state {
            self.pace.landed();
            self.actions.push_back(Action::Cancel { id: SendId(send) });
        }
        Some(call)
    }

    /// Ends a call with an error.
    fn fail(&mut self, index: usize, error: Failed<Cause>) {
        if let Some(call) = self.calls.get(index)
            && let State::Sent { .. } = call.state
        {
            let took_ms = self.clock.ms() - call.since;
            self.tell(Step::Response, Some(index), Some(took_ms), Some(&error), None);
        }
        let Some(call) = self.take(index) else { return };
        let mut error = error.of_call(call.request.endpoint.name, &call.request.ids);
        error.attempts = call.attempts;
        error.waited_ms = u32::try_from(call.waited_ms).unwrap_or(u32::MAX);
        self.actions.push_back(Action::Done { call: call.id, outcome: Err(error) });
    }
}
