//! The token: kept, shared, renewed.

use super::{
    BoxedCallError, CallError, CallId, Credentials, HttpRequest, HttpResponse, TokenReply, TokenSource, clock::NEVER,
    header::is_header_value, redact::contains_secret,
};
use crate::decode;
use crate::endpoint::percent_encode;
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec};

/// A token is renewed this long before it expires, so that none expires on its way.
const EXPIRY_MARGIN_MS: i64 = 60_000;

/// A cache that takes longer than this to say what it has is done without.
pub(super) const CACHE_TIMEOUT_MS: i64 = 2000;

/// A token is used for so long at least, whatever is said of its life: one that has expired when it comes would be
/// renewed without end, while one that is used tells by its refusal.
const MIN_USE_MS: i64 = 5000;

/// The token endpoint is asked again so often, briefly: it now and then refuses a client that it knows
/// (www/guide/service.md#authentication).
pub(crate) const MAX_TOKEN_RETRIES: u32 = 2;

/// Where the service refuses one new token after the other, none is renewed sooner than after this time, doubled for each
/// further one …
const REJECTION_BACKOFF_MS: i64 = 1000;
/// … up to so many times: a minute. A call that is refused meanwhile fails, and the token stays in use: one that the
/// service takes ends all of that.
const MAX_REJECTION_BACKOFF_STEPS: u32 = 6;

/// A renewal that takes longer than a call which waited for it, and than this, is taken for lost, in milliseconds; the
/// next one may take twice as long, so that one that is only slow comes to its end …
const MIN_REFRESH_TIMEOUT_MS: i64 = 1000;
/// … up to this: a provider that has hung for an hour is back within a minute.
#[cfg(feature = "gateway")]
const MAX_REFRESH_TIMEOUT_MS: i64 = 64_000;

/// Where a renewal fails and the token that is there has not expired, that is used for so long before the next one.
const EXTENSION_MS: i64 = 5000;

/// A token in use.
pub(crate) struct CachedToken {
    pub(crate) access_token: String,
    pub(crate) refresh_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) generation: u32,
}

/// How a renewal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// None is under way.
    Idle,
    /// The caller's provider has been asked.
    ProviderCalled { id: u32, since: i64 },
    /// The cache that clients share is being looked into.
    ReadingCache { id: u32, since: i64 },
    /// The token endpoint has been asked.
    Requested { id: u32, since: i64 },
    /// The token endpoint is to be asked again.
    BackingOff { until: i64 },
}

impl Refresh {
    /// Since when somebody is being asked.
    pub(crate) fn since(self) -> Option<i64> {
        match self {
            Refresh::ProviderCalled { since, .. }
            | Refresh::ReadingCache { since, .. }
            | Refresh::Requested { since, .. } => Some(since),
            Refresh::Idle | Refresh::BackingOff { .. } => None,
        }
    }
}

/// Keeps the token. However many calls need one, one renewal is under way.
pub(crate) struct TokenState {
    pub(crate) cached: Option<CachedToken>,
    /// The token that was refused last.
    rejected_token: String,
    /// The token before the one in use: an answer to a request that was sent with it may still come.
    previous_token: String,
    /// How many renewals have come of refusals without a token that was of use, and when the next one may.
    pub(crate) rejected_refreshes: u32,
    pub(crate) no_refresh_before: i64,
    pub(crate) generation: u32,
    pub(crate) refresh: Refresh,
    /// How often the token endpoint was asked again.
    pub(crate) retries: u32,
    /// Whether there is nothing in the cache that would help.
    pub(super) cache_checked: bool,
    /// The call whose driver asks.
    pub(super) leader: Option<CallId>,
    /// Whether a renewal ended with the time of its leader, and there was no token since.
    pub(super) was_interrupted: bool,
    /// How long a renewal may take, if a call that waits for it has run out of its time.
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

    /// The token in use and its number, unless it is time for another.
    pub(crate) fn fresh(&self, now: i64) -> Option<(&str, u32)> {
        self.cached
            .as_ref()
            .filter(|kept| now < kept.refresh_at)
            .map(|kept| (kept.access_token.as_str(), kept.generation))
    }

    /// A token was refused. It is dropped, unless somebody else has renewed it meanwhile. Says whether there is another
    /// one, or may be.
    pub(crate) fn on_rejected(&mut self, generation: u32, now: i64) -> bool {
        if self.generation != generation || self.cached.is_none() {
            return true;
        }
        if now < self.no_refresh_before {
            return self.refresh.since().is_some();
        }
        if let Some(kept) = self.cached.take() {
            self.rejected_token = kept.access_token;
        }
        // The first one may have expired, whatever was said of its life.
        if let Some(times) = self.rejected_refreshes.checked_sub(1) {
            self.no_refresh_before = now + (REJECTION_BACKOFF_MS << times.min(MAX_REJECTION_BACKOFF_STEPS));
        }
        self.rejected_refreshes += 1;
        true
    }

    /// The service has taken a token.
    pub(crate) fn on_accepted(&mut self) {
        self.rejected_refreshes = 0;
        self.no_refresh_before = 0;
    }

    /// A renewal has taken too long.
    #[cfg(feature = "gateway")]
    pub(crate) fn double_timeout(&mut self) {
        self.refresh_timeout_ms = (self.refresh_timeout_ms * 2).min(MAX_REFRESH_TIMEOUT_MS);
    }

    /// Whether there is a token that has not expired.
    pub(super) fn has_unexpired(&self, now: i64) -> bool {
        self.cached.as_ref().is_some_and(|kept| kept.expires_at > now)
    }

    /// Goes on with the token that is there, if it has not expired.
    pub(super) fn extend_current(&mut self, now: i64) -> bool {
        let kept = self.cached.as_mut().filter(|kept| kept.expires_at > now);
        kept.map(|kept| kept.refresh_at = kept.expires_at.min(now + EXTENSION_MS)).is_some()
    }

    /// Whether a text holds what nobody may see of tokens.
    pub(crate) fn occur_in(&self, text: &str) -> bool {
        let kept = self.cached.as_ref().map_or("", |kept| &kept.access_token);
        [kept, &self.rejected_token, &self.previous_token].iter().any(|token| contains_secret(text, token))
    }

    /// Keeps what a renewal gave. Says whether it is the token that was refused.
    pub(crate) fn store<Cause>(
        &mut self,
        reply: TokenReply,
        asked_at: i64,
        now: i64,
    ) -> Result<bool, BoxedCallError<Cause>> {
        self.refresh = Refresh::Idle;
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
        let renew_at = refresh_at(asked_at, expires_in).max(now + MIN_USE_MS);
        let expires_at = lifetime_ms(expires_in).map_or(NEVER, |ms| asked_at + ms);
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
    /// Whether what a cache has is of use: a token that can be sent, is not the one that was refused, and has more than
    /// the margin before it expires.
    pub(super) fn is_usable(&self, reply: &TokenReply) -> bool {
        is_bearer(&reply.access_token)
            && reply.access_token != self.rejected_token
            && lifetime_ms(reply.expires_in).is_none_or(|ms| ms > EXPIRY_MARGIN_MS)
    }
}

/// Whether a text can be sent as a token.
pub(crate) fn is_bearer(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b != b' ') && is_header_value(text)
}

/// The error for a reply that is no token.
pub(super) fn invalid_token<Cause>() -> BoxedCallError<Cause> {
    CallError::client("NO_TOKEN", "The returned value cannot be sent in a header.")
}

/// When to renew. A token of two minutes or less would be renewed for ever with the whole margin: half its life will do.
fn refresh_at(asked_at: i64, expires_in: Option<f64>) -> i64 {
    match lifetime_ms(expires_in) {
        None => NEVER,
        Some(ms) => asked_at + (ms - EXPIRY_MARGIN_MS).max(ms / 2),
    }
}

/// How long a token lives.
#[expect(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
fn lifetime_ms(expires_in: Option<f64>) -> Option<i64> {
    let seconds = expires_in.filter(|seconds| seconds.is_finite())?;
    Some(((seconds * 1000.0) as i64).clamp(0, NEVER))
}

/// Whether a refused token can be changed for a new one.
pub(super) fn can_refresh(source: &TokenSource) -> bool {
    matches!(source, TokenSource::Provider | TokenSource::Credentials(_))
}

/// RFC 6749, section 4.4: client credentials grant, as a form body.
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

/// What the token endpoint's response means, which came at a time in milliseconds since 1970 (UTC).
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
