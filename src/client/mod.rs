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

pub use base_url::{BaseUrl, base_url};
pub use call::CallId;
pub use call_error::{CallError, Failed};
pub use clock::Now;
pub(crate) use clock::{LEAST_NOW_MS, is_credible};
#[cfg(feature = "js-client")]
pub(crate) use config::SERVES;
pub use config::{CallOptions, CallToken, Config, Credentials, DEFAULT_TIMEOUT_MS, TOKEN_URL, TokenSource, Validation};
pub use engine::{Action, Engine, Outcome, SendId};
pub use event::{Event, Step};
pub use header::check_header;
pub use http::{HttpRequest, HttpResponse, TokenReply};
pub use http_call::Answer;
#[cfg(feature = "gateway")]
pub(crate) use http_call::read;
pub use options::{
    CALL_OPTIONS, CLIENT_OPTIONS, Place, call_options, checked_call_options, checked_options, client_options,
};
#[cfg(feature = "gateway")]
pub(crate) use options::{Given, numbers, option, text, whole};
pub use paginator::List;
pub use rate_limit::{Availability, Budget, LimitUsage, RateLimiter, RateLimiterState, RateLimits};
pub use retry::{Attempt, Backoff, DEFAULT_MAX_RETRIES, Decision, MAX_RETRY_AFTER_MS, RetryBudget, decide};

/// What the gateway's quota is made of besides.
#[cfg(feature = "gateway")]
pub(crate) use {
    clock::{Clock, NEVER},
    redact::holds,
    token::{Kept, Renewal, TOKEN_RETRIES, Tokens, credentials_request, is_bearer, read_reply},
};
