//! Whether a request that failed is sent again, and when.

use crate::error::ErrorKind;

/// How often a call is made again, unless the caller says otherwise.
pub const DEFAULT_MAX_RETRIES: u32 = 2;

/// How long to wait before a request is sent again, where the service does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The most before the first retry, in milliseconds; doubled for each one after it.
    pub base_ms: u32,
    /// The most before any, in milliseconds.
    pub cap_ms: u32,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { base_ms: 500, cap_ms: 8000 }
    }
}

impl Backoff {
    /// Anything from nothing to the most ("full jitter"): callers who failed together do not come back together.
    fn wait_ms(self, retries: u32, dice: u32) -> u32 {
        let most = self.base_ms.saturating_mul(1 << retries.min(16)).min(self.cap_ms);
        let scaled = (u64::from(dice) * (u64::from(most) + 1)) >> 32;
        u32::try_from(scaled).unwrap_or(most)
    }
}

/// A `Retry-After` that asks for more is taken for this: such a value is a mistake or a ban, and who has that much time
/// may as well ask once more. Most calls' deadlines come first, and then they fail at once.
pub const MAX_RETRY_AFTER_MS: u32 = 300_000;

/// What is known when a request has failed.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// What the failure means.
    pub kind: ErrorKind,
    /// Its code.
    pub code: &'a str,
    /// What the error table says of asking again, or the gateway that answered.
    pub retryable: bool,
    /// How long the service asks to wait.
    pub retry_after_ms: Option<u32>,
    /// Whether the token came from somewhere that can give a new one.
    pub can_refresh_token: bool,
    /// Whether this call has already been sent again with a new token.
    pub has_refreshed_token: bool,
    /// How often it has been made again for other reasons.
    pub retries: u32,
    /// How often it may be.
    pub max_retries: u32,
    /// Whether the [`RetryBudget`] has one left.
    pub has_retry_budget: bool,
    /// How long the call may still take.
    pub time_left_ms: i64,
    /// How long to wait.
    pub backoff: Backoff,
    /// Any number.
    pub random: u32,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Ask for a new token and send the request again.
    RefreshToken,
    /// Send it again after so many milliseconds.
    RetryAfter(u32),
    /// The caller gets the error.
    GiveUp,
}

/// Decides, from values alone.
///
/// An expired token comes back as 401 or as 403 "Not Authorized" (www/guide/service.md#hosts-gateway-and-cors): one
/// renewal and one replay, never a
/// second. What the error table calls retryable is asked for again; never beyond the call's deadline: who cannot wait for it hears at once.
pub fn decide(attempt: &Attempt<'_>) -> Decision {
    if attempt.kind == ErrorKind::Authentication && attempt.can_refresh_token && !attempt.has_refreshed_token {
        return Decision::RefreshToken;
    }
    if !attempt.retryable || attempt.retries >= attempt.max_retries || !attempt.has_retry_budget {
        return Decision::GiveUp;
    }
    let told_ms = attempt.retry_after_ms.unwrap_or(0).min(MAX_RETRY_AFTER_MS);
    let wait_ms = attempt.backoff.wait_ms(attempt.retries, attempt.random).max(told_ms);
    if i64::from(wait_ms) < attempt.time_left_ms { Decision::RetryAfter(wait_ms) } else { Decision::GiveUp }
}

/// Keeps an outage from being multiplied: each retry costs, each success gives a tenth of that back. With ten at hand a
/// client makes, for n successes, at most 10 + n / 10 retries. (As gRPC's retry throttling, proposal A6.)
#[derive(Clone, Copy, Debug)]
pub struct RetryBudget {
    tenths: u32,
}

impl RetryBudget {
    /// How many retries are at hand at most.
    pub const RETRIES: u32 = 10;

    /// A full one.
    pub fn new() -> RetryBudget {
        RetryBudget { tenths: RetryBudget::RETRIES * 10 }
    }

    /// Whether there is one left.
    pub fn is_affordable(self) -> bool {
        self.tenths >= 10
    }

    /// A request is sent again.
    pub fn spend(&mut self) {
        self.tenths = self.tenths.saturating_sub(10);
    }

    /// A request was answered.
    pub fn on_success(&mut self) {
        self.tenths = (self.tenths + 1).min(RetryBudget::RETRIES * 10);
    }
}

impl Default for RetryBudget {
    fn default() -> RetryBudget {
        RetryBudget::new()
    }
}
