//! The state of the shared token, and the requests and responses of the token endpoint.

use super::{
    BoxedCallError, CallError, CallId, Credentials, HttpRequest, HttpResponse, TokenReply, TokenSource, clock::NEVER,
    header::is_header_value, redact::contains_secret,
};
use crate::boundary::token_use;
use crate::decode;
use crate::endpoint::percent_encode;
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec};

/// The time before expiry at which a token is refreshed, so that no token expires in transit.
const EXPIRY_MARGIN_MS: i64 = token_use::EXPIRY_MARGIN_MS as i64;

/// The timeout of the token cache.
pub(super) const CACHE_TIMEOUT_MS: i64 = 2000;

/// The minimum time of use of a token, whatever its lifetime. A token that has expired on arrival would otherwise be refreshed
/// endlessly; in use, its rejection by the service ends the loop.
const MIN_USE_MS: i64 = token_use::MIN_USE_MS as i64;

/// The maximum number of retries of the token endpoint, which now and then rejects a valid client
/// (www/guide/service.md#authentication).
pub(crate) const MAX_TOKEN_RETRIES: u32 = 2;

/// The delay before the next refresh while the service rejects every new token. It doubles with each rejection. Until then
/// rejected calls fail and the current token stays in use; the first accepted call resets the delay.
const REJECTION_BACKOFF_MS: i64 = 1000;
/// The maximum number of doublings of [`REJECTION_BACKOFF_MS`]: to 64 s.
const MAX_REJECTION_BACKOFF_STEPS: u32 = 6;

/// The initial timeout of a refresh after the timeout of a call that waited for it. It doubles with each lost refresh, so that
/// a slow one can complete.
const MIN_REFRESH_TIMEOUT_MS: i64 = 1000;
/// The maximum timeout of a refresh: a provider that hung for an hour is called again within a minute.
#[cfg(feature = "gateway")]
const MAX_REFRESH_TIMEOUT_MS: i64 = 64_000;

/// The time of further use of an unexpired token after a failed refresh, before the next one.
const EXTENSION_MS: i64 = 5000;

/// The token in use and its times.
pub(crate) struct CachedToken {
    pub(crate) access_token: String,
    pub(crate) refresh_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) generation: u32,
}

/// The phase of a token refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// No refresh is in progress.
    Idle,
    /// The caller's token provider was called.
    ProviderCalled { id: u32, since: i64 },
    /// The token cache is being read.
    ReadingCache { id: u32, since: i64 },
    /// A request to the token endpoint is in flight.
    Requested { id: u32, since: i64 },
    /// The client waits before it retries the token endpoint.
    BackingOff { until: i64 },
}

impl Refresh {
    /// Whether the phase may change to another one: the transitions of the diagram in `engine/token_flow.rs`.
    fn can_become(self, next: Refresh) -> bool {
        match (self, next) {
            (_, Refresh::Idle) | (Refresh::Requested { .. }, Refresh::BackingOff { .. }) => true,
            (Refresh::Idle, next) => !matches!(next, Refresh::BackingOff { .. }),
            (Refresh::BackingOff { .. }, Refresh::Requested { .. }) => true,
            _ => false,
        }
    }

    /// The start of the request in progress, if there is one.
    pub(crate) fn since(self) -> Option<i64> {
        match self {
            Refresh::ProviderCalled { since, .. }
            | Refresh::ReadingCache { since, .. }
            | Refresh::Requested { since, .. } => Some(since),
            Refresh::Idle | Refresh::BackingOff { .. } => None,
        }
    }
}

/// The token and the state of its refresh. At most one refresh is in progress, for all calls.
pub(crate) struct TokenState {
    pub(crate) cached: Option<CachedToken>,
    /// The token that the service rejected last.
    rejected_token: String,
    /// The token before the current one. A response to a request with it may still arrive.
    previous_token: String,
    /// The number of refreshes after rejections without an accepted token since.
    pub(crate) rejected_refreshes: u32,
    /// The earliest time of the next refresh after a rejection.
    pub(crate) no_refresh_before: i64,
    pub(crate) generation: u32,
    pub(crate) refresh: Refresh,
    /// The number of retries of the token endpoint in this refresh.
    pub(crate) retries: u32,
    /// Whether the token cache was read without success since the last token.
    pub(super) cache_checked: bool,
    /// The call whose driver executes the refresh.
    pub(super) leader: Option<CallId>,
    /// Whether a refresh ended early with its leader, and there was no token since.
    pub(super) was_interrupted: bool,
    /// The timeout of a refresh, once a call that waited for it has timed out.
    pub(crate) refresh_timeout_ms: i64,
}

impl TokenState {
    pub(crate) fn new() -> TokenState {
        TokenState {
            cached: None,
            rejected_token: String::new(),
            previous_token: String::new(),
            rejected_refreshes: 0,
            no_refresh_before: 0,
            generation: 0,
            refresh: Refresh::Idle,
            retries: 0,
            cache_checked: false,
            leader: None,
            was_interrupted: false,
            refresh_timeout_ms: MIN_REFRESH_TIMEOUT_MS,
        }
    }

    /// Enters a phase of the refresh. Returns the phase before.
    pub(super) fn enter(&mut self, next: Refresh) -> Refresh {
        debug_assert!(self.refresh.can_become(next), "no transition from {:?} to {next:?}", self.refresh);
        core::mem::replace(&mut self.refresh, next)
    }

    /// The token in use and its generation, unless it is due for a refresh.
    pub(crate) fn fresh(&self, now: i64) -> Option<(&str, u32)> {
        self.cached
            .as_ref()
            .filter(|token| now < token.refresh_at)
            .map(|token| (token.access_token.as_str(), token.generation))
    }

    /// Discards a token that the service rejected, unless it was refreshed in the meantime. Returns whether there is, or may
    /// be, another one.
    pub(crate) fn on_rejected(&mut self, generation: u32, now: i64) -> bool {
        if self.generation != generation || self.cached.is_none() {
            return true;
        }
        if now < self.no_refresh_before {
            return self.refresh.since().is_some();
        }
        if let Some(cached) = self.cached.take() {
            self.rejected_token = cached.access_token;
        }
        // The first rejected token may have expired early, so it causes no delay.
        if let Some(times) = self.rejected_refreshes.checked_sub(1) {
            self.no_refresh_before = now + (REJECTION_BACKOFF_MS << times.min(MAX_REJECTION_BACKOFF_STEPS));
        }
        self.rejected_refreshes += 1;
        true
    }

    /// Resets the delay of refreshes, after the service has accepted a token.
    pub(crate) fn on_accepted(&mut self) {
        self.rejected_refreshes = 0;
        self.no_refresh_before = 0;
    }

    /// Doubles the timeout of refreshes, after one was lost.
    #[cfg(feature = "gateway")]
    pub(crate) fn double_timeout(&mut self) {
        self.refresh_timeout_ms = (self.refresh_timeout_ms * 2).min(MAX_REFRESH_TIMEOUT_MS);
    }

    /// Whether there is a token that has not expired.
    pub(super) fn has_unexpired(&self, now: i64) -> bool {
        self.cached.as_ref().is_some_and(|cached| cached.expires_at > now)
    }

    /// Extends the use of the current token if it has not expired. Returns whether it did.
    pub(super) fn extend_current(&mut self, now: i64) -> bool {
        let cached = self.cached.as_mut().filter(|cached| cached.expires_at > now);
        cached.map(|cached| cached.refresh_at = cached.expires_at.min(now + EXTENSION_MS)).is_some()
    }

    /// Whether a text contains one of the tokens.
    pub(crate) fn occur_in(&self, text: &str) -> bool {
        let cached = self.cached.as_ref().map_or("", |cached| &cached.access_token);
        [cached, &self.rejected_token, &self.previous_token].iter().any(|token| contains_secret(text, token))
    }

    /// Stores the token of a refresh. Returns whether it is the token that was rejected.
    pub(crate) fn store<Cause>(
        &mut self,
        reply: TokenReply,
        requested_at: i64,
        now: i64,
    ) -> Result<bool, BoxedCallError<Cause>> {
        self.enter(Refresh::Idle);
        self.retries = 0;
        self.cache_checked = false;
        self.was_interrupted = false;
        self.refresh_timeout_ms = MIN_REFRESH_TIMEOUT_MS;
        let TokenReply { access_token, expires_in } = reply;
        if !is_bearer(&access_token) {
            return Err(invalid_token());
        }
        self.generation = self.generation.wrapping_add(1);
        let again = access_token == self.rejected_token;
        let renew_at = refresh_at(requested_at, expires_in).max(now + MIN_USE_MS);
        let expires_at = lifetime_ms(expires_in).map_or(NEVER, |ms| requested_at + ms);
        let former = self.cached.replace(CachedToken {
            access_token,
            refresh_at: renew_at,
            expires_at,
            generation: self.generation,
        });
        if let Some(former) = former {
            self.previous_token = former.access_token;
        }
        Ok(again)
    }
}

impl TokenState {
    /// Whether a cached token is usable: valid in a header, not the rejected one, and not about to expire.
    pub(super) fn is_usable(&self, reply: &TokenReply) -> bool {
        is_bearer(&reply.access_token)
            && reply.access_token != self.rejected_token
            && lifetime_ms(reply.expires_in).is_none_or(|ms| ms > EXPIRY_MARGIN_MS)
    }
}

/// Whether a text is valid as a bearer token.
pub(crate) fn is_bearer(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b != b' ') && is_header_value(text)
}

/// The error for a result that is not a token.
pub(super) fn invalid_token<Cause>() -> BoxedCallError<Cause> {
    CallError::client("NO_TOKEN", "The returned value cannot be sent in a header.")
}

/// The time of the refresh. Tokens with a lifetime below twice the margin are refreshed after half of it.
fn refresh_at(requested_at: i64, expires_in: Option<f64>) -> i64 {
    match lifetime_ms(expires_in) {
        None => NEVER,
        Some(ms) => requested_at + (ms - EXPIRY_MARGIN_MS).max(ms / 2),
    }
}

/// The lifetime of a token in milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
fn lifetime_ms(expires_in: Option<f64>) -> Option<i64> {
    let seconds = expires_in.filter(|seconds| seconds.is_finite())?;
    Some(((seconds * 1000.0) as i64).clamp(0, NEVER))
}

/// Whether the source of a token can return a new one.
pub(super) fn can_refresh(source: &TokenSource) -> bool {
    matches!(source, TokenSource::Provider | TokenSource::Credentials(_))
}

/// The request of the client credentials grant, with a form body. (RFC 6749, section 4.4.)
pub(crate) fn credentials_request(credentials: &Credentials) -> HttpRequest {
    let mut body = "grant_type=client_credentials&client_id=".to_owned();
    body.push_str(&percent_encode(&credentials.client_id));
    body.push_str("&client_secret=");
    body.push_str(&percent_encode(&credentials.client_secret));
    HttpRequest {
        method: "POST",
        url: credentials.token_url.clone(),
        headers: vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ],
        body: Some(body),
    }
}

/// Reads the response of the token endpoint, received at a time in milliseconds since 1970 (UTC).
pub(crate) fn read_token_response<Cause, Raw>(
    response: &HttpResponse<Raw>,
    unix_ms: i64,
) -> Result<TokenReply, BoxedCallError<Cause>> {
    let document = decode::json_from_body(&response.body).ok();
    let member = |name: &str| document.as_ref().and_then(|document| document.get(name));
    if let (200, Some(token)) = (response.status, member("access_token").and_then(Json::as_str)) {
        let expires_in = match member("expires_in") {
            Some(Json::Number(seconds) | Json::String(seconds)) => seconds.parse::<u32>().ok().map(f64::from),
            _ => None,
        };
        return Ok(TokenReply { access_token: token.to_owned(), expires_in });
    }
    let mut error = CallError::from_response(response.failure(document.as_ref()));
    error.prefix.insert_str(0, "The token endpoint returned no token: ");
    error.message_id.clone_from(&response.message_id);
    error.retry_after_ms = response.retry_after_ms(unix_ms);
    Err(error)
}
