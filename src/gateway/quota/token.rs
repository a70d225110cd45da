//! Management of the service's access token, for all isolates.

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

/// Timeout of a token request, in milliseconds: isolates wait little longer. It grows after timeouts (see
/// [`TokenState`]).
const RESPONSE_TIMEOUT_MS: i64 = 10_000;

/// A retry that would wait longer than this, in milliseconds, is not made for waiting requests.
const MAX_RETRY_WAIT_MS: i64 = 10_000;

/// Initial time after a failure in which no token is requested and polls return the error, in milliseconds. It doubles
/// per consecutive failure.
const FAILURE_BACKOFF_MS: i64 = 1000;
/// Number of doublings, at most: 64 s.
const MAX_FAILURE_DOUBLINGS: u32 = 6;
/// Longest `Retry-After` that is respected, in milliseconds.
const MAX_RETRY_AFTER_MS: i64 = 64_000;

/// Id of a token request. It is only valid until the Durable Object is evicted.
///
/// ```
/// use cisco_support_case::client::Credentials;
/// use cisco_support_case::gateway::quota::{TokenManager, TokenRequestId, TokenStatus};
///
/// let credentials = Credentials {
///     client_id: "id".to_owned(), client_secret: "secret".to_owned(),
///     token_url: "https://id.example/token".to_owned(), cached: false,
/// };
/// let mut tokens = TokenManager::new(credentials, 7);
/// let TokenStatus::Fetch(id, _) = tokens.poll(0) else { panic!() };
///
/// // The result of another request is ignored.
/// tokens.on_response(TokenRequestId(id.0 + 1), Err("connection reset".to_owned()), 0);
/// assert!(matches!(tokens.poll(0), TokenStatus::Wait));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenRequestId(pub u32);

/// Status of the token, for an isolate that needs it.
///
/// ```
/// use cisco_support_case::client::Credentials;
/// use cisco_support_case::gateway::quota::{TokenManager, TokenStatus};
///
/// let credentials = Credentials {
///     client_id: "id".to_owned(), client_secret: "secret".to_owned(),
///     token_url: "https://id.example/token".to_owned(), cached: false,
/// };
/// let mut tokens = TokenManager::new(credentials, 7);
/// assert!(matches!(tokens.poll(0), TokenStatus::Fetch(..)));
/// assert!(matches!(tokens.poll(0), TokenStatus::Wait)); // One request is shared.
/// ```
pub enum TokenStatus {
    /// There is a valid token.
    Ready {
        /// The token, without "Bearer".
        access_token: String,
        /// Number of the token, for [`TokenManager::reject`].
        generation: u32,
        /// End of its validity, in milliseconds since 1970 (UTC); `None` if that is not known.
        expires_at_ms: Option<i64>,
        /// Time from which to poll again: the next token is requested while this one is still valid.
        renew_at_ms: Option<i64>,
    },
    /// Send this request, report its result by [`TokenManager::on_response`], and poll again at once: a token that is
    /// still valid is returned meanwhile.
    Fetch(TokenRequestId, HttpRequest),
    /// Poll again after the next [`TokenManager::on_response`], or after [`TokenManager::wake_in_ms`].
    Wait,
    /// There is no token, and it is too early for another request.
    Failed(BoxedCallError<String>),
}

/// Omits tokens and secrets.
impl fmt::Debug for TokenStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenStatus::Ready { generation, .. } => {
                f.debug_struct("Ready").field("generation", generation).finish_non_exhaustive()
            }
            TokenStatus::Fetch(id, _) => f.debug_tuple("Fetch").field(id).finish_non_exhaustive(),
            TokenStatus::Wait => f.write_str("Wait"),
            TokenStatus::Failed(error) => f.debug_tuple("Failed").field(&error.code).finish(),
        }
    }
}

/// The service's token: concurrent polls share one request.
///
/// ```
/// use cisco_support_case::client::{Credentials, HttpResponse};
/// use cisco_support_case::decode::Body;
/// use cisco_support_case::gateway::quota::{TokenManager, TokenStatus};
///
/// let credentials = Credentials {
///     client_id: "id".to_owned(), client_secret: "secret".to_owned(),
///     token_url: "https://id.example/token".to_owned(), cached: false,
/// };
/// let (mut tokens, now) = (TokenManager::new(credentials, 7), 1_780_000_000_000);
/// let TokenStatus::Fetch(id, request) = tokens.poll(now) else { panic!() };
/// assert_eq!((request.method, request.url.as_str()), ("POST", "https://id.example/token"));
///
/// let response = HttpResponse {
///     status: 200, body: Body::from_slice(br#"{"access_token":"a-token","expires_in":3600}"#),
///     mashery_error_code: None, retry_after: None,
///     message_id: None, date: None, raw: (),
/// };
/// tokens.on_response(id, Ok(response), now);
/// assert!(matches!(tokens.poll(now), TokenStatus::Ready { access_token, .. } if access_token == "a-token"));
/// ```
///
/// The caller calls [`poll`](TokenManager::poll) whenever an isolate needs the token. After
/// [`on_response`](TokenManager::on_response) and [`reject`](TokenManager::reject) the value of
/// [`export`](TokenManager::export) has to be in durable storage, so that an evicted object needs no new token.
///
/// The token is renewed before it expires, while the old one is still returned. If the service rejects one new token
/// after another, renewals become rarer.
pub struct TokenManager {
    credentials: Credentials,
    tokens: TokenState,
    clock: MonotonicUnixClock,
    retry_budget: RetryBudget,
    rng: Xorshift32,
    /// Latest error and the time until which polls return it.
    last_error: Option<(BoxedCallError<String>, i64)>,
    consecutive_failures: u32,
    last_id: u32,
}

/// Omits tokens and secrets.
impl fmt::Debug for TokenManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TokenManager");
        shown
            .field("generation", &self.tokens.generation)
            .field("renewal", &self.tokens.refresh)
            .finish_non_exhaustive()
    }
}

impl TokenManager {
    /// Creates a manager without a token. The seed randomizes waits and numbers of tokens, and should differ after each
    /// eviction.
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

    /// Returns the status of the token, and starts a request if one is due.
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
        let usable = self.tokens.cached.as_ref().filter(|cached| now < cached.expires_at.max(cached.refresh_at));
        match (usable, self.tokens.refresh, &self.last_error) {
            (Some(cached), _, _) => {
                let unix_ms = |at: i64| (at < NEVER).then(|| self.clock.unix_ms(at));
                TokenStatus::Ready {
                    access_token: cached.access_token.clone(),
                    generation: cached.generation,
                    expires_at_ms: unix_ms(cached.expires_at.max(cached.refresh_at)),
                    renew_at_ms: unix_ms(cached.refresh_at),
                }
            }
            (None, Refresh::Idle, Some((error, until))) => {
                let mut error = error.clone();
                // Part of the endpoint's `Retry-After` has passed.
                error.retry_after_ms = error.retry_after_ms.and_then(|_| u32::try_from(until - now).ok());
                TokenStatus::Failed(error)
            }
            _ => TokenStatus::Wait,
        }
    }

    /// Handles the result of a token request. Results of requests that have timed out are ignored.
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

    /// Handles a rejection of a token by the service; several for one token renew it once. Returns whether to retry
    /// with the token of the next [`poll`](TokenManager::poll).
    pub fn reject(&mut self, generation: u32, now: i64) -> bool {
        let now = self.clock.read(now);
        self.tokens.on_rejected(generation, now)
    }

    /// Handles a successful request to the service: the token is valid.
    pub fn mark_accepted(&mut self) {
        self.tokens.on_accepted();
    }

    /// Returns the time until waiting isolates should poll again, in milliseconds; `None` if there is no request. Never
    /// 0.
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

    /// Serializes the token as JSON text, for durable storage.
    pub fn export(&self) -> String {
        let cached = self.tokens.cached.as_ref();
        let unix_ms = |at: i64| if at < NEVER { self.clock.unix_ms(at) } else { i64::MAX };
        write(self.fingerprint(), |object| {
            object.string("access_token", cached.map_or("", |cached| &cached.access_token));
            number(object, "generation", i64::from(self.tokens.generation));
            numbers(
                object,
                "until",
                &[
                    cached.map_or(0, |cached| unix_ms(cached.refresh_at)),
                    cached.map_or(0, |cached| unix_ms(cached.expires_at)),
                    unix_ms(self.tokens.no_refresh_before),
                ],
            );
            number(object, "fruitless", i64::from(self.tokens.rejected_refreshes));
        })
    }

    /// Restores the token from a text, unless it is invalid or of other credentials. Returns whether it was restored.
    pub fn import(&mut self, text: &str, now: i64) -> bool {
        let now = self.clock.read(now);
        self.restore(text, now).is_some()
    }

    fn restore(&mut self, text: &str, now: i64) -> Option<()> {
        let json = parse(text, self.fingerprint())?;
        let object = FieldReader(&json);
        let at = |unix_ms: i64| {
            if unix_ms == i64::MAX { NEVER } else { self.clock.to_elapsed_ms(unix_ms).clamp(-NEVER, NEVER) }
        };
        let access_token = json.get("access_token")?.as_str()?;
        let generation = u32::try_from(object.number("generation")?).ok()?;
        let [refresh_at, expires_at, no_refresh_before] = *object.numbers("until")?.first_chunk()?;
        let rejected_refreshes = u32::try_from(object.number("fruitless")?).ok()?;
        let cached = CachedToken {
            access_token: access_token.to_owned(),
            refresh_at: at(refresh_at),
            expires_at: at(expires_at),
            generation,
        };
        self.tokens.no_refresh_before = at(no_refresh_before).min(now + MAX_RETRY_AFTER_MS);
        self.tokens.rejected_refreshes = rejected_refreshes;
        self.tokens.generation = generation;
        self.tokens.cached = Some(cached)
            .filter(|cached| is_bearer(&cached.access_token) && cached.expires_at.max(cached.refresh_at) > now);
        Some(())
    }

    /// Returns a hash of the credentials: a token of one client is not valid for another.
    fn fingerprint(&self) -> u64 {
        fnv1a_64(&["token", &self.credentials.token_url, &self.credentials.client_id].join("\n"))
    }

    fn times_out_at(&self, since: i64) -> i64 {
        since + self.tokens.refresh_timeout_ms.max(RESPONSE_TIMEOUT_MS)
    }

    /// Handles a failed token request: retries, or stores the error.
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

    /// Removes the token and the secret from an error, in case the token endpoint echoed them.
    fn redacted(&self, mut error: BoxedCallError<String>) -> BoxedCallError<String> {
        let is_secret =
            |text: &str| contains_secret(text, &self.credentials.client_secret) || self.tokens.occur_in(text);
        error.redact(is_secret);
        error.cause = error.cause.filter(|cause| !is_secret(cause));
        error
    }
}
