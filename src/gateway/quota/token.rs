//! The service's token, for all isolates.

use super::clock::MonotonicUnixClock;
use super::text::{FieldReader, number, numbers, parse, write};
use crate::client::{
    Attempt, Backoff, BoxedCallError, CachedToken, CallError, Credentials, Decision, HttpRequest, HttpResponse,
    MAX_TOKEN_RETRIES, NEVER, Refresh, RetryBudget, TokenState, contains_secret, credentials_request, decide,
    is_bearer, read_token_response,
};
use crate::util::{fnv1a_64, rng::Xorshift32};
use alloc::{borrow::ToOwned, string::String};
use core::fmt;

/// A request to the token endpoint that takes longer than this is taken for lost, in milliseconds: whoever waits for it
/// has little more time. (It may take longer once some have been lost: see [`Tokens::patience_ms`].)
const RESPONSE_TIMEOUT_MS: i64 = 10_000;

/// The token endpoint is asked again for those who wait only where that is not put off for longer, in milliseconds.
const MAX_RETRY_WAIT_MS: i64 = 10_000;

/// Where there is no token to be had, the endpoint is left alone for so long, in milliseconds, and everybody hears why at
/// once; doubled for each further time …
const FAILURE_BACKOFF_MS: i64 = 1000;
/// … up to so many times: a minute.
const MAX_FAILURE_DOUBLINGS: u32 = 6;
/// A `Retry-After` holds it no longer than this, in milliseconds.
const MAX_RETRY_AFTER_MS: i64 = 64_000;

/// Which request to the token endpoint. Of no meaning to another life of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenRequestId(pub u32);

/// What is to be done for whoever needs the token.
pub enum TokenStatus {
    /// Here it is.
    Ready {
        /// The token, without "Bearer".
        access_token: String,
        /// Its number, for [`Keeper::refuse`].
        generation: u32,
        /// It is to be used no longer, in milliseconds since 1970 (UTC); none where its life is not known.
        expires_at_ms: Option<i64>,
        /// From then on it is worth asking again, since the next one is fetched while this one is still good.
        renew_at_ms: Option<i64>,
    },
    /// Send this, say by [`Keeper::on_response`] what came, and ask again at once: a token that is still good is handed
    /// out meanwhile.
    Fetch(TokenRequestId, HttpRequest),
    /// Ask again after the next [`Keeper::on_response`], or after [`Keeper::wake_in_ms`].
    Wait,
    /// There is none, and it is too early to try again.
    Failed(BoxedCallError<String>),
}

/// Tokens and secrets are not shown.
impl fmt::Debug for TokenStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenStatus::Ready { generation, .. } => {
                f.debug_struct("Have").field("generation", generation).finish_non_exhaustive()
            }
            TokenStatus::Fetch(id, _) => f.debug_tuple("Fetch").field(id).finish_non_exhaustive(),
            TokenStatus::Wait => f.write_str("Wait"),
            TokenStatus::Failed(error) => f.debug_tuple("Failed").field(&error.code).finish(),
        }
    }
}

/// Keeps the service's token for all isolates: however many need one, one request is under way.
///
/// Whoever drives it asks by [`need`](Keeper::need) for everybody who needs the token, as often as they do. After
/// [`on_response`](Keeper::on_response) and [`refuse`](Keeper::refuse) what [`export`](Keeper::export) gives is to be in
/// durable storage: an object that was evicted needs no new token.
///
/// It is renewed before it expires, while the old one is still handed out. Where the service refuses one new token after
/// the other, it is renewed ever more seldom.
pub struct TokenManager {
    credentials: Credentials,
    tokens: TokenState,
    clock: MonotonicUnixClock,
    retry_budget: RetryBudget,
    rng: Xorshift32,
    /// Why there is none, until when that is said, and how often in a row that was.
    last_error: Option<(BoxedCallError<String>, i64)>,
    consecutive_failures: u32,
    last_id: u32,
}

/// Tokens and secrets are not shown.
impl fmt::Debug for TokenManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Keeper");
        shown
            .field("generation", &self.tokens.generation)
            .field("renewal", &self.tokens.refresh)
            .finish_non_exhaustive()
    }
}

impl TokenManager {
    /// A keeper without a token. The seed scatters waits and numbers tokens: one that differs from life to life of the
    /// object.
    pub fn new(credentials: Credentials, seed: u32) -> TokenManager {
        let mut tokens = TokenState::new();
        tokens.generation = seed;
        TokenManager {
            credentials,
            tokens,
            clock: MonotonicUnixClock::default(),
            retry_budget: RetryBudget::new(),
            rng: Xorshift32::new(seed),
            last_error: None,
            consecutive_failures: 0,
            last_id: 0,
        }
    }

    /// Somebody needs the token.
    pub fn poll(&mut self, now: i64) -> TokenStatus {
        let now = self.clock.read(now);
        if let Refresh::Requested { since, .. } = self.tokens.refresh
            && self.times_out_at(since) <= now
        {
            self.tokens.double_timeout();
            self.tokens.refresh = Refresh::Idle;
            self.tokens.retries = 0;
        }
        let is_fresh = self.tokens.fresh(now).is_some();
        let retry_at = self.last_error.as_ref().map_or(-NEVER, |(_, until)| *until);
        let may_ask = match self.tokens.refresh {
            Refresh::BackingOff { until } => until <= now,
            Refresh::Idle => retry_at <= now,
            Refresh::Requested { .. } | Refresh::ProviderCalled { .. } | Refresh::ReadingCache { .. } => false,
        };
        if !is_fresh && may_ask {
            self.last_id = self.last_id.wrapping_add(1);
            self.tokens.refresh = Refresh::Requested { id: self.last_id, since: now };
            return TokenStatus::Fetch(TokenRequestId(self.last_id), credentials_request(&self.credentials));
        }
        let usable = self.tokens.cached.as_ref().filter(|kept| now < kept.expires_at.max(kept.refresh_at));
        match (usable, self.tokens.refresh, &self.last_error) {
            (Some(kept), _, _) => {
                let unix_ms = |at: i64| (at < NEVER).then(|| self.clock.unix_ms(at));
                TokenStatus::Ready {
                    access_token: kept.access_token.clone(),
                    generation: kept.generation,
                    expires_at_ms: unix_ms(kept.expires_at.max(kept.refresh_at)),
                    renew_at_ms: unix_ms(kept.refresh_at),
                }
            }
            (None, Refresh::Idle, Some((error, until))) => {
                let mut error = error.clone();
                // Of the time that the endpoint asked for, some has passed.
                error.retry_after_ms = error.retry_after_ms.and_then(|_| u32::try_from(until - now).ok());
                TokenStatus::Failed(error)
            }
            _ => TokenStatus::Wait,
        }
    }

    /// The token endpoint has answered, or could not be reached. What is not waited for any more is not listened to.
    pub fn on_response(&mut self, id: TokenRequestId, result: Result<HttpResponse<()>, String>, now: i64) {
        let unix_ms = now;
        let now = self.clock.read(now);
        let Refresh::Requested { id: asked, since } = self.tokens.refresh else { return };
        if asked != id.0 {
            return;
        }
        let reply = match &result {
            Ok(response) => read_token_response(response, unix_ms),
            Err(cause) => {
                Err(CallError::client("NETWORK", "The token endpoint could not be reached.").with_cause(cause.clone()))
            }
        };
        match reply.and_then(|reply| self.tokens.store(reply, since, now)) {
            Ok(_) => {
                self.last_error = None;
                self.consecutive_failures = 0;
                self.retry_budget.on_success();
            }
            Err(error) => self.fail(self.redacted(error), now),
        }
    }

    /// The service has refused this token. However many say so, it is renewed once. Says whether it is worth sending the
    /// request again with what [`need`](Keeper::need) gives.
    pub fn reject(&mut self, generation: u32, now: i64) -> bool {
        let now = self.clock.read(now);
        self.tokens.on_rejected(generation, now)
    }

    /// The service has taken a token: it has answered something that only an authorised caller hears.
    pub fn mark_accepted(&mut self) {
        self.tokens.on_accepted();
    }

    /// In how many milliseconds those who wait should ask again; none where nothing is under way. Never 0.
    pub fn wake_in_ms(&mut self, now: i64) -> Option<i64> {
        let now = self.clock.read(now);
        let at = match self.tokens.refresh {
            Refresh::Requested { since, .. }
            | Refresh::ProviderCalled { since, .. }
            | Refresh::ReadingCache { since, .. } => self.times_out_at(since),
            Refresh::BackingOff { until } => until,
            Refresh::Idle => return None,
        };
        Some((at - now).max(1))
    }

    /// The token as JSON text, for durable storage.
    pub fn export(&self) -> String {
        let kept = self.tokens.cached.as_ref();
        let unix_ms = |at: i64| if at < NEVER { self.clock.unix_ms(at) } else { i64::MAX };
        write(self.fingerprint(), |object| {
            object.string("access_token", kept.map_or("", |kept| &kept.access_token));
            number(object, "generation", i64::from(self.tokens.generation));
            numbers(
                object,
                "until",
                &[
                    kept.map_or(0, |kept| unix_ms(kept.refresh_at)),
                    kept.map_or(0, |kept| unix_ms(kept.expires_at)),
                    unix_ms(self.tokens.no_refresh_before),
                ],
            );
            number(object, "fruitless", i64::from(self.tokens.rejected_refreshes));
        })
    }

    /// Goes on with what was kept, unless it is of other credentials or cannot be read. Says whether it was taken.
    pub fn import(&mut self, text: &str, now: i64) -> bool {
        let now = self.clock.read(now);
        self.restore(text, now).is_some()
    }

    fn restore(&mut self, text: &str, now: i64) -> Option<()> {
        let json = parse(text, self.fingerprint())?;
        let object = FieldReader(&json);
        let at =
            |unix_ms: i64| if unix_ms == i64::MAX { NEVER } else { self.clock.from_unix(unix_ms).clamp(-NEVER, NEVER) };
        let access_token = json.get("access_token")?.as_str()?;
        let generation = u32::try_from(object.number("generation")?).ok()?;
        let [renew_at, expires_at, hold_until] = *object.numbers("until")?.first_chunk()?;
        let fruitless = u32::try_from(object.number("fruitless")?).ok()?;
        let kept = CachedToken {
            access_token: access_token.to_owned(),
            refresh_at: at(renew_at),
            expires_at: at(expires_at),
            generation,
        };
        self.tokens.no_refresh_before = at(hold_until).min(now + MAX_RETRY_AFTER_MS);
        self.tokens.rejected_refreshes = fruitless;
        self.tokens.generation = generation;
        self.tokens.cached =
            Some(kept).filter(|kept| is_bearer(&kept.access_token) && kept.expires_at.max(kept.refresh_at) > now);
        Some(())
    }

    /// What a text is of: a token of one client is none of another.
    fn fingerprint(&self) -> u64 {
        fnv1a_64(&["token", &self.credentials.token_url, &self.credentials.client_id].join("\n"))
    }

    fn times_out_at(&self, since: i64) -> i64 {
        since + self.tokens.refresh_timeout_ms.max(RESPONSE_TIMEOUT_MS)
    }

    /// There was no token to be had.
    fn fail(&mut self, error: BoxedCallError<String>, now: i64) {
        let attempt = Attempt {
            kind: error.kind,
            code: &error.code,
            retryable: error.retryable,
            retry_after_ms: error.retry_after_ms,
            can_refresh_token: false,
            has_refreshed_token: true,
            retries: self.tokens.retries,
            max_retries: MAX_TOKEN_RETRIES,
            has_retry_budget: self.retry_budget.is_affordable(),
            time_left_ms: MAX_RETRY_WAIT_MS,
            backoff: Backoff::default(),
            random: self.rng.next_u32(),
        };
        self.tokens.refresh = Refresh::Idle;
        if let Decision::RetryAfter(wait_ms) = decide(&attempt) {
            self.retry_budget.spend();
            self.tokens.retries += 1;
            self.tokens.refresh = Refresh::BackingOff { until: now + i64::from(wait_ms) };
            return;
        }
        self.tokens.retries = 0;
        let hold_ms = FAILURE_BACKOFF_MS << self.consecutive_failures.min(MAX_FAILURE_DOUBLINGS);
        let retry_after_ms = i64::from(error.retry_after_ms.unwrap_or(0)).min(MAX_RETRY_AFTER_MS);
        self.consecutive_failures += 1;
        self.last_error = Some((error, now + hold_ms.max(retry_after_ms)));
    }

    /// An error without what the other side may have echoed of a token or the secret.
    fn redacted(&self, mut error: BoxedCallError<String>) -> BoxedCallError<String> {
        let is_secret =
            |text: &str| contains_secret(text, &self.credentials.client_secret) || self.tokens.occur_in(text);
        error.redact(is_secret);
        error.cause = error.cause.filter(|cause| !is_secret(cause));
        error
    }
}
