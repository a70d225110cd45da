//! Calls of the service: token, rate limit, retries, deadlines and errors.
//!
//! This module contains no JavaScript and no I/O. The [`Engine`] is a state machine: it takes events with their times, and
//! returns the next action. Its driver sends requests, sets timers and calls the caller's token provider: by `fetch` and
//! timers of the runtime, or by a simulated service and clock in tests.
//!
//! | item | purpose |
//! |---|---|
//! | [`Engine`], [`Action`] | all calls in progress, and the actions of their drivers |
//! | [`Now`] | a reading of the clocks |
//! | [`ClientConfig`], [`TokenSource`], [`CallOptions`] | the validated options of a client and of a call |
//! | [`HttpRequest`], [`HttpResponse`], [`TokenReply`] | requests, responses and results of token providers |
//! | [`Event`], [`EventKind`] | events of calls, for hooks and loggers |
//! | [`CallResponse`] | the result of a call |
//! | [`CallError`], [`BoxedCallError`] | the error of a call |
//! | [`RateLimiter`], [`RateLimits`], [`Budget`], [`RateLimiterState`] | the rate limiter, its limits, its usage and its snapshot |
//! | [`decide`], [`Backoff`], [`RetryBudget`] | the decision to retry, and its delay |
//! | [`client_options`], [`call_options`] | validation of options |
//! | [`Paginator`] | every case of a list, page by page |

mod action;
mod base_url;
mod call;
mod call_error;
mod call_id;
mod call_queue;
mod clock;
mod config;
mod engine;
mod event;
pub(crate) mod header;
mod http;
mod http_call;
pub(crate) mod options;
mod paginator;
mod rate_limit;
mod redact;
mod retry;
mod sliding_window;
mod token;

pub use action::{Action, Outcome};
pub use base_url::{BaseUrl, check_base_url};
pub use call_error::{BoxedCallError, CallError};
pub use call_id::{CallId, InFlightId};
pub use clock::Now;
pub(crate) use clock::{MIN_UNIX_MS, is_plausible};
#[cfg(feature = "js-client")]
pub(crate) use config::IS_SERVER_BUILD;
pub use config::{
    CallOptions, CallToken, ClientConfig, Credentials, DEFAULT_TIMEOUT_MS, TOKEN_URL, TokenSource, Validation,
};
pub use engine::Engine;
pub use event::{Event, EventKind};
pub use header::check_header;
pub use http::{HttpRequest, HttpResponse, TokenReply};
pub use http_call::CallResponse;
#[cfg(feature = "gateway")]
pub(crate) use http_call::read_response;
pub use options::{
    CALL_OPTIONS, CLIENT_OPTIONS, Environment, call_options, checked_call_options, checked_options, client_options,
};
#[cfg(feature = "gateway")]
pub(crate) use options::{OptionReader, number_members, option_problem, string_option, whole_number};
pub use paginator::Paginator;
pub use rate_limit::{Availability, Budget, LimitUsage, RateLimiter, RateLimiterState, RateLimits};
pub use retry::{Attempt, Backoff, DEFAULT_MAX_RETRIES, Decision, MAX_RETRY_AFTER_MS, RetryBudget, decide};

/// Items shared with the quota of the gateway.
#[cfg(feature = "gateway")]
pub(crate) use {
    clock::{Clock, NEVER},
    redact::contains_secret,
    token::{CachedToken, MAX_TOKEN_RETRIES, Refresh, TokenState, credentials_request, is_bearer, read_token_response},
};
