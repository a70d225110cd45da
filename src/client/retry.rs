//! The decision to retry a failed request, and its delay.

use crate::error::ErrorKind;

/// The default of the maximum number of retries.
pub const DEFAULT_MAX_RETRIES: u32 = 2;

/// The delay before a retry, without a `Retry-After`.
///
/// ```
/// use cisco_support_case::client::{Backoff, Environment, client_options};
/// use cisco_support_case::util::Json;
///
/// assert_eq!(Backoff::default(), Backoff { base_ms: 500, cap_ms: 8000 }, "at most 0.5 s, then 1, 2, 4, and 8 s");
/// let backoff = Json::object([("baseMs", Json::from(1000_u32))]);
/// let options = Json::object([("token", Json::from("synthetic")), ("backoff", backoff)]);
/// let config = client_options(&options, Environment::default()).unwrap_or_else(|problems| panic!("{problems:?}"));
/// assert_eq!(config.backoff, Backoff { base_ms: 1000, ..Backoff::default() });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The maximum before the first retry in milliseconds; it doubles with each further one.
    pub base_ms: u32,
    /// The maximum before any retry, in milliseconds.
    pub cap_ms: u32,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { base_ms: 500, cap_ms: 8000 }
    }
}

impl Backoff {
    /// A random delay from 0 to the maximum ("full jitter"), so that calls that failed together do not retry together.
    fn wait_ms(self, retries: u32, dice: u32) -> u32 {
        let most = self.base_ms.saturating_mul(1 << retries.min(16)).min(self.cap_ms);
        let scaled = (u64::from(dice) * (u64::from(most) + 1)) >> 32;
        u32::try_from(scaled).unwrap_or(most)
    }
}

/// The maximum of `Retry-After`; a larger value is a mistake or a ban. Most calls reach their deadline earlier, and fail at
/// once.
pub const MAX_RETRY_AFTER_MS: u32 = 300_000;

/// The facts of a failed request.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The kind of the error.
    pub kind: ErrorKind,
    /// The code of the error.
    pub code: &'a str,
    /// Whether a retry can succeed, by the error table or the gateway.
    pub retryable: bool,
    /// The `Retry-After` of the response.
    pub retry_after_ms: Option<u32>,
    /// Whether the source of the token can return a new one.
    pub can_refresh_token: bool,
    /// Whether this call was already retried with a refreshed token.
    pub has_refreshed_token: bool,
    /// The number of other retries so far.
    pub retries: u32,
    /// The maximum number of retries.
    pub max_retries: u32,
    /// Whether the [`RetryBudget`] allows a retry.
    pub has_retry_budget: bool,
    /// The time until the deadline of the call.
    pub time_left_ms: i64,
    /// The delay without a `Retry-After`.
    pub backoff: Backoff,
    /// A random number for the jitter.
    pub random: u32,
}

/// The decision after a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Refresh the token and retry.
    RefreshToken,
    /// Retry after a delay in milliseconds.
    RetryAfter(u32),
    /// Fail the call with the error.
    GiveUp,
}

/// Decides whether to retry, as a pure function.
///
/// An expired token is rejected with 401 or with 403 "Not Authorized" (www/guide/service.md#hosts-gateway-and-cors): one refresh and one
/// retry, never a second. Errors that are retryable are retried, but never beyond the deadline of the call: a call that cannot
/// wait fails at once.
///
/// ```
/// use cisco_support_case::client::{Attempt, Backoff, Decision, decide};
/// use cisco_support_case::error::ErrorKind;
/// let attempt = Attempt {
///     kind: ErrorKind::Unavailable,
///     code: "API_UNAVAILABLE",
///     retryable: true,
///     retry_after_ms: Some(2000),
///     can_refresh_token: false,
///     has_refreshed_token: false,
///     retries: 0,
///     max_retries: 2,
///     has_retry_budget: true,
///     time_left_ms: 30_000,
///     backoff: Backoff::default(),
///     random: 0,
/// };
/// assert_eq!(decide(&attempt), Decision::RetryAfter(2000));
/// assert_eq!(decide(&Attempt { time_left_ms: 1000, ..attempt }), Decision::GiveUp);
/// ```
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

/// Limits retries in an outage: each retry costs one unit, each success returns a tenth of it. With a budget of ten a client
/// makes at most 10 + n / 10 retries for n successes. (As gRPC's retry throttling, proposal A6.)
///
/// ```
/// use cisco_support_case::client::RetryBudget;
/// let mut budget = RetryBudget::new();
/// (0..10).for_each(|_| budget.spend());
/// assert!(!budget.is_affordable());
/// (0..10).for_each(|_| budget.on_success());
/// assert!(budget.is_affordable());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RetryBudget {
    tenths: u32,
}

impl RetryBudget {
    /// The maximum budget, in retries.
    pub const RETRIES: u32 = 10;

    /// A full retry budget.
    pub fn new() -> RetryBudget {
        RetryBudget { tenths: RetryBudget::RETRIES * 10 }
    }

    /// Whether the budget allows a retry.
    pub fn is_affordable(self) -> bool {
        self.tenths >= 10
    }

    /// Takes the cost of a retry.
    pub fn spend(&mut self) {
        self.tenths = self.tenths.saturating_sub(10);
    }

    /// Returns a tenth of a retry after a success.
    pub fn on_success(&mut self) {
        self.tenths = (self.tenths + 1).min(RetryBudget::RETRIES * 10);
    }
}

impl Default for RetryBudget {
    fn default() -> RetryBudget {
        RetryBudget::new()
    }
}
