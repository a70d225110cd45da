//! What a client is made with.

use super::{Backoff, BaseUrl, RateLimits};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// How long a call may take, all of it, unless the caller says otherwise. A details document of many notes has been
/// seen to take some seconds; half a minute is past everything that still succeeds.
pub const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// Where client credentials are changed for a token (www/guide/service.md#authentication).
pub const TOKEN_URL: &str = "https://id.cisco.com/oauth2/default/v1/token";

/// What a client is made with. All of it has been checked.
#[derive(Clone)]
pub struct Config {
    /// Where the service, or a gateway before it, answers.
    pub base_url: BaseUrl,
    /// Where the token comes from.
    pub token: TokenSource,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
    /// How long a call may take, all of it; 0 is for ever.
    pub timeout_ms: u32,
    /// How often a call that failed is made again at most.
    pub max_retries: u32,
    /// How long to wait before that.
    pub backoff: Backoff,
    /// How fast requests may go.
    pub rate_limits: RateLimits,
    /// What to do with a record that breaks a documented rule.
    pub validation: Validation,
    /// Whether somebody watches: then every [`Event`](super::Event) is told.
    pub emits_events: bool,
    /// Whether the runtime isolates the requests that it serves (workerd): the driver of a call may vanish without a word,
    /// and none may wake another.
    pub isolated: bool,
}

/// Whether what only servers use is compiled in: credentials, and requests that are isolated. The package's module for pages,
/// where there are neither, is a twentieth smaller without.
pub(crate) const IS_SERVER_BUILD: bool = cfg!(not(feature = "js-page"));

impl Config {
    /// Whether the runtime isolates the requests that it serves.
    pub(super) fn is_isolated(&self) -> bool {
        IS_SERVER_BUILD && self.isolated
    }

    /// What the client identifies itself with to the token endpoint, if it does so itself.
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        match &self.token {
            TokenSource::Credentials(credentials) if IS_SERVER_BUILD => Some(credentials),
            _ => None,
        }
    }
}

/// Where the token comes from.
#[derive(Clone)]
pub enum TokenSource {
    /// None is sent: a gateway with a session of its own.
    None,
    /// This one, for ever.
    Fixed(String),
    /// The caller's provider, asked when there is none or when it has expired.
    Provider,
    /// The token endpoint, with client id and secret. On servers only.
    Credentials(Credentials),
}

/// What identifies a client to the token endpoint.
#[derive(Clone)]
pub struct Credentials {
    /// The client id.
    pub client_id: String,
    /// The client secret. It identifies a Cisco user.
    pub client_secret: String,
    /// The token endpoint.
    pub token_url: String,
    /// Whether tokens are kept in a cache outside, that clients share.
    pub cached: bool,
}

/// The token of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallToken {
    /// This one.
    Fixed(String),
    /// The provider in the call's options, asked for this call alone.
    Provider,
}

/// What to do with a record that breaks a documented rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// The records come, with a list of what is off.
    #[default]
    Report,
    /// The call fails.
    Strict,
}

/// What one call asks for beyond its parameters.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// Instead of the client's.
    pub timeout_ms: Option<u32>,
    /// Instead of the client's.
    pub max_retries: Option<u32>,
    /// Besides the client's, and before them.
    pub headers: Vec<(String, String)>,
    /// Instead of the client's.
    pub token: Option<CallToken>,
    /// Whether waiting for a turn does not count against the time: of many calls that one asks for at once the last may
    /// wait for minutes.
    pub excludes_queue_time: bool,
}

impl CallOptions {
    /// The same for one of the requests that read a list to its end. That no case is lost holds for a list as it is now:
    /// neither a gateway nor a browser may answer from what it has kept, unless the caller says how old it may be. (RFC 9111,
    /// section 5.2.1.4.)
    pub fn without_cache(mut self) -> CallOptions {
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CACHE_CONTROL)) {
            self.headers.push((CACHE_CONTROL.to_owned(), NO_CACHE.to_owned()));
        }
        self
    }
}

/// By these a request says that an answer which was kept will not do.
pub(crate) const CACHE_CONTROL: &str = "cache-control";
pub(crate) const NO_CACHE: &str = "no-cache";
