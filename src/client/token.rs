//! The token: kept, shared, renewed.

use super::{
    CallError, CallId, Credentials, Failed, HttpRequest, HttpResponse, TokenReply, TokenSource, clock::NEVER,
    header::is_header_value, redact::holds,
};
use crate::decode;
use crate::endpoint::percent_encode;
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec};

/// A token is renewed this long before it expires, so that none expires on its way.
const MARGIN_MS: i64 = 60_000;

/// A cache that takes longer than this to say what it has is done without.
pub(super) const LOOK_MS: i64 = 2000;

/// A token is used for so long at least, whatever is said of its life: one that has expired when it comes would be
/// renewed without end, while one that is used tells by its refusal.
const LEAST_USE_MS: i64 = 5000;

/// The token endpoint is asked again so often, briefly: it now and then refuses a client that it knows (FACTS,
/// Authentication).
pub(crate) const TOKEN_RETRIES: u32 = 2;

/// Where the service refuses one new token after the other, none is renewed sooner than after this time, doubled for each
/// further one …
const FRUITLESS_MS: i64 = 1000;
/// … up to so many times: a minute. A call that is refused meanwhile fails, and the token stays in use: one that the
/// service takes ends all of that.
const MOST_FRUITLESS: u32 = 6;

/// A renewal that takes longer than a call which waited for it, and than this, is taken for lost, in milliseconds; the
/// next one may take twice as long, so that one that is only slow comes to its end …
const LEAST_PATIENCE_MS: i64 = 1000;
/// … up to this: a provider that has hung for an hour is back within a minute.
#[cfg(feature = "gateway")]
const MOST_PATIENCE_MS: i64 = 64_000;

/// Where a renewal fails and the token that is there has not expired, that is used for so long before the next one.
const MAKE_DO_MS: i64 = 5000;

/// A token in use.
pub(crate) struct Kept {
    pub(crate) access_token: String,
    pub(crate) renew_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) generation: u32,
}

/// How a renewal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// None is under way.
    Idle,
    /// The caller's provider has been asked.
    Asked { id: u32, since: i64 },
    /// The cache that clients share is being looked into.
    Looking { id: u32, since: i64 },
    /// The token endpoint has been asked.
    Sent { id: u32, since: i64 },
    /// The token endpoint is to be asked again.
    Resting { until: i64 },
}

impl Renewal {
    /// Since when somebody is being asked.
    pub(crate) fn since(self) -> Option<i64> {
        match self {
            Renewal::Asked { since, .. } | Renewal::Looking { since, .. } | Renewal::Sent { since, .. } => Some(since),
            Renewal::Idle | Renewal::Resting { .. } => None,
        }
    }
}

/// Keeps the token. However many calls need one, one renewal is under way.
pub(crate) struct Tokens {
    pub(crate) kept: Option<Kept>,
    /// The token that was refused last.
    refused: String,
    /// The token before the one in use: an answer to a request that was sent with it may still come.
    former: String,
    /// How many renewals have come of refusals without a token that was of use, and when the next one may.
    pub(crate) fruitless: u32,
    pub(crate) hold_until: i64,
    pub(crate) generation: u32,
    pub(crate) renewal: Renewal,
    /// How often the token endpoint was asked again.
    pub(crate) retries: u32,
    /// Whether there is nothing in the cache that would help.
    pub(super) looked: bool,
    /// The call whose driver asks.
    pub(super) leader: Option<CallId>,
    /// Whether a renewal ended with the time of its leader, and there was no token since.
    pub(super) was_lost: bool,
    /// How long a renewal may take, if a call that waits for it has run out of its time.
    pub(crate) patience_ms: i64,
}

impl Tokens {
    pub(crate) fn new() -> Tokens {
        Tokens {
            kept: None,
            refused: String::new(),
            former: String::new(),
            fruitless: 0,
            hold_until: 0,
            generation: 0,
            renewal: Renewal::Idle,
            retries: 0,
            looked: false,
            leader: None,
            was_lost: false,
            patience_ms: LEAST_PATIENCE_MS,
        }
    }

    /// The token in use and its number, unless it is time for another.
    pub(crate) fn fresh(&self, now: i64) -> Option<(&str, u32)> {
        self.kept.as_ref().filter(|kept| now < kept.renew_at).map(|kept| (kept.access_token.as_str(), kept.generation))
    }

    /// A token was refused. It is dropped, unless somebody else has renewed it meanwhile. Says whether there is another
    /// one, or may be.
    pub(crate) fn refuse(&mut self, generation: u32, now: i64) -> bool {
        if self.generation != generation || self.kept.is_none() {
            return true;
        }
        if now < self.hold_until {
            return self.renewal.since().is_some();
        }
        if let Some(kept) = self.kept.take() {
            self.refused = kept.access_token;
        }
        // The first one may have expired, whatever was said of its life.
        if let Some(times) = self.fruitless.checked_sub(1) {
            self.hold_until = now + (FRUITLESS_MS << times.min(MOST_FRUITLESS));
        }
        self.fruitless += 1;
        true
    }

    /// The service has taken a token.
    pub(crate) fn was_of_use(&mut self) {
        self.fruitless = 0;
        self.hold_until = 0;
    }

    /// A renewal has taken too long.
    #[cfg(feature = "gateway")]
    pub(crate) fn lose_patience(&mut self) {
        self.patience_ms = (self.patience_ms * 2).min(MOST_PATIENCE_MS);
    }

    /// Whether there is a token that has not expired.
    pub(super) fn can_make_do(&self, now: i64) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.expires_at > now)
    }

    /// Goes on with the token that is there, if it has not expired.
    pub(super) fn make_do(&mut self, now: i64) -> bool {
        let kept = self.kept.as_mut().filter(|kept| kept.expires_at > now);
        kept.map(|kept| kept.renew_at = kept.expires_at.min(now + MAKE_DO_MS)).is_some()
    }

    /// Whether a text holds what nobody may see of tokens.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        let kept = self.kept.as_ref().map_or("", |kept| &kept.access_token);
        [kept, &self.refused, &self.former].iter().any(|token| holds(text, token))
    }

    /// Keeps what a renewal gave. Says whether it is the token that was refused.
    pub(crate) fn keep<Cause>(&mut self, reply: TokenReply, asked_at: i64, now: i64) -> Result<bool, Failed<Cause>> {
        self.renewal = Renewal::Idle;
        self.retries = 0;
        self.looked = false;
        self.was_lost = false;
        self.patience_ms = LEAST_PATIENCE_MS;
        let TokenReply { access_token, expires_in } = reply;
        if !is_bearer(&access_token) {
            return Err(no_bearer());
        }
        self.generation = self.generation.wrapping_add(1);
        let again = access_token == self.refused;
        let renew_at = renew_at(asked_at, expires_in).max(now + LEAST_USE_MS);
        let expires_at = life_ms(expires_in).map_or(NEVER, |ms| asked_at + ms);
        let former = self.kept.replace(Kept { access_token, renew_at, expires_at, generation: self.generation });
        if let Some(former) = former {
            self.former = former.access_token;
        }
        Ok(again)
    }
}

impl Tokens {
    /// Whether what a cache has is of use: a token that can be sent, is not the one that was refused, and has more than
    /// the margin before it expires.
    pub(super) fn is_usable(&self, reply: &TokenReply) -> bool {
        is_bearer(&reply.access_token)
            && reply.access_token != self.refused
            && life_ms(reply.expires_in).is_none_or(|ms| ms > MARGIN_MS)
    }
}

/// Whether a text can be sent as a token.
pub(crate) fn is_bearer(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b != b' ') && is_header_value(text)
}

/// The error for a reply that is no token.
pub(super) fn no_bearer<Cause>() -> Failed<Cause> {
    CallError::own("NO_TOKEN", "What it gave is not a text that can be sent in a header.")
}

/// When to renew. A token of two minutes or less would be renewed for ever with the whole margin: half its life will do.
fn renew_at(asked_at: i64, expires_in: Option<f64>) -> i64 {
    match life_ms(expires_in) {
        None => NEVER,
        Some(ms) => asked_at + (ms - MARGIN_MS).max(ms / 2),
    }
}

/// How long a token lives.
#[expect(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
fn life_ms(expires_in: Option<f64>) -> Option<i64> {
    let seconds = expires_in.filter(|seconds| seconds.is_finite())?;
    Some(((seconds * 1000.0) as i64).clamp(0, NEVER))
}

/// Whether a refused token can be changed for a new one.
pub(super) fn is_renewable(source: &TokenSource) -> bool {
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
pub(crate) fn read_reply<Cause, Raw>(response: &HttpResponse<Raw>, unix_ms: i64) -> Result<TokenReply, Failed<Cause>> {
    let document = decode::json_of(&response.body).ok();
    let member = |name: &str| document.as_ref().and_then(|document| document.get(name));
    if let (200, Some(token)) = (response.status, member("access_token").and_then(Json::as_str)) {
        let expires_in = match member("expires_in") {
            Some(Json::Number(seconds) | Json::String(seconds)) => seconds.parse::<u32>().ok().map(f64::from),
            _ => None,
        };
        return Ok(TokenReply { access_token: token.to_owned(), expires_in });
    }
    let mut error = CallError::refused(response.failure(document.as_ref()));
    error.before.insert_str(0, "The token endpoint gave no token: ");
    error.message_id.clone_from(&response.message_id);
    error.retry_after_ms = response.retry_after_ms(unix_ms);
    Err(error)
}
