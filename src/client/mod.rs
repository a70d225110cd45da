//! Every exchange with the service: token, pace, retries and deadlines, and errors that say what happened.
//!
//! There is no JavaScript in this room, and nothing that waits. The [`Engine`] is a state machine: it is told what has
//! happened and at what time, and says what to do next. Its driver sends, sets a timer and asks the caller's token
//! provider: `fetch` over a browser's means, a test over a clock that it moves.
//!
//! | door | is |
//! |---|---|
//! | [`Engine`], [`Action`] | every call under way, and what its driver is to do |
//! | [`Now`] | a reading of the clocks |
//! | [`Config`], [`TokenSource`], [`CallOptions`] | what it is made with, and what one call may ask for |
//! | [`HttpRequest`], [`HttpResponse`], [`TokenReply`] | what goes out and what comes in |
//! | [`Event`], [`Step`] | what happens on the way, for whoever watches |
//! | [`Answer`] | what a call resolves to |
//! | [`CallError`], [`Failed`] | what it fails with |
//! | [`RateLimiter`], [`RateLimits`], [`Budget`], [`RateLimiterState`] | the rate limiter, its limits, its usage and its snapshot |
//! | [`decide`], [`Backoff`], [`RetryBudget`] | whether a request that failed is sent again, and when |
//! | [`client_options`], [`call_options`] | options as callers hand them in, checked |
//! | [`List`] | every case of a list, page by page |

mod base_url;
mod call;
mod call_error;
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

pub use base_url::{BaseUrl, check_base_url};
pub use call::CallId;
pub use call_error::{BoxedCallError, CallError};
pub use clock::Now;
pub(crate) use clock::{MIN_UNIX_MS, is_plausible};
#[cfg(feature = "js-client")]
pub(crate) use config::IS_SERVER_BUILD;
pub use config::{CallOptions, CallToken, Config, Credentials, DEFAULT_TIMEOUT_MS, TOKEN_URL, TokenSource, Validation};
pub use engine::{Action, Engine, InFlightId, Outcome};
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

/// What the gateway's quota is made of besides.
#[cfg(feature = "gateway")]
pub(crate) use {
    clock::{Clock, NEVER},
    redact::contains_secret,
    token::{CachedToken, MAX_TOKEN_RETRIES, Refresh, TokenState, credentials_request, is_bearer, read_token_response},
};
