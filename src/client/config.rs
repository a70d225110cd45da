//! The validated options of clients and calls.

use super::{Backoff, BaseUrl, RateLimits};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The default timeout of a call. Details with many notes were observed to take some seconds; no response after half a minute
/// was observed to succeed.
pub const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// The token endpoint for client credentials (www/guide/service.md#authentication).
pub const TOKEN_URL: &str = "https://id.cisco.com/oauth2/default/v1/token";

/// The validated options of a client.
///
/// ```
/// use cisco_support_case::client::{Environment, Validation, client_options};
/// use cisco_support_case::endpoint::BASE_URL;
/// use cisco_support_case::util::Json;
///
/// let options = Json::object([("token", Json::from("synthetic")), ("validation", Json::from("strict"))]);
/// let config = client_options(&options, Environment::default()).unwrap_or_else(|problems| panic!("{problems:?}"));
/// assert_eq!((config.base_url.as_str(), config.validation), (BASE_URL, Validation::Strict));
/// assert_eq!((config.timeout_ms, config.max_retries), (30_000, 2), "the defaults");
/// ```
#[derive(Clone)]
pub struct ClientConfig {
    /// The base URL of the service or of a gateway.
    pub base_url: BaseUrl,
    /// The source of the token.
    pub token: TokenSource,
    /// Headers added to every request.
    pub headers: Vec<(String, String)>,
    /// The timeout of a whole call in milliseconds; 0 for none.
    pub timeout_ms: u32,
    /// The maximum number of retries of a call.
    pub max_retries: u32,
    /// The delay before retries.
    pub backoff: Backoff,
    /// The rate limits.
    pub rate_limits: RateLimits,
    /// The handling of records that break a documented rule.
    pub validation: Validation,
    /// Whether the engine emits [`Event`](super::Event)s.
    pub emits_events: bool,
    /// Whether the runtime isolates served requests (workerd): the driver of a call may vanish, and none may wake another.
    pub isolated: bool,
}

/// Whether server features are compiled in: credentials, and isolated requests. The package's module for pages has neither,
/// and is a twentieth smaller.
pub(crate) const IS_SERVER_BUILD: bool = cfg!(not(feature = "js-page"));

impl ClientConfig {
    /// Whether the runtime isolates served requests.
    pub(super) fn is_isolated(&self) -> bool {
        IS_SERVER_BUILD && self.isolated
    }

    /// The client credentials, if they are the source of the token.
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        match &self.token {
            TokenSource::Credentials(credentials) if IS_SERVER_BUILD => Some(credentials),
            _ => None,
        }
    }
}

/// The source of the token.
///
/// ```
/// use cisco_support_case::client::{Environment, TokenSource, client_options};
/// use cisco_support_case::util::Json;
///
/// let source = |options: Json, has_provider| {
///     let environment = Environment { has_provider, ..Environment::default() };
///     client_options(&options, environment).map(|config| config.token)
/// };
/// let fixed = Json::object([("token", Json::from("synthetic"))]);
/// assert!(matches!(source(fixed, false), Ok(TokenSource::Fixed(token)) if token == "synthetic"));
/// assert!(matches!(source(Json::object([]), true), Ok(TokenSource::Provider)));
/// ```
#[derive(Clone)]
pub enum TokenSource {
    /// No token is sent, for a gateway with sessions.
    None,
    /// A token that never changes.
    Fixed(String),
    /// The caller's provider, called without a token or after its expiry.
    Provider,
    /// The token endpoint, with client credentials. Servers only.
    Credentials(Credentials),
}

/// Client credentials for the token endpoint.
#[derive(Clone)]
pub struct Credentials {
    /// The id of the client.
    pub client_id: String,
    /// The client secret. It identifies a Cisco user.
    pub client_secret: String,
    /// The URL of the token endpoint.
    pub token_url: String,
    /// Whether tokens are stored in a token cache.
    pub cached: bool,
}

/// The token of a single call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallToken {
    /// A token that never changes.
    Fixed(String),
    /// The provider in the options of the call, called for this call alone.
    Provider,
}

/// The handling of records that break a documented rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// The call succeeds, and the records list the deviations.
    #[default]
    Report,
    /// The call fails with the first deviation.
    Strict,
}

/// The validated options of a call.
///
/// ```
/// use cisco_support_case::client::CallOptions;
///
/// let options = CallOptions { timeout_ms: Some(5000), ..CallOptions::default() }.without_cache();
/// assert_eq!(options.headers, [("cache-control".to_owned(), "no-cache".to_owned())]);
/// assert_eq!(options.max_retries, None, "the client's");
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// The timeout, in place of the client's.
    pub timeout_ms: Option<u32>,
    /// The maximum number of retries, in place of the client's.
    pub max_retries: Option<u32>,
    /// Headers added to those of the client, which they override.
    pub headers: Vec<(String, String)>,
    /// The token, in place of the client's.
    pub token: Option<CallToken>,
    /// Whether the timeout excludes the time in the queue: of many calls at once the last may wait for minutes.
    pub excludes_queue_time: bool,
}

impl CallOptions {
    /// The same options with `Cache-Control: no-cache`, unless the caller set that header. A list read can guarantee
    /// completeness only for fresh pages, not for those from the cache of a gateway or browser. (RFC 9111, section 5.2.1.4.)
    pub fn without_cache(mut self) -> CallOptions {
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CACHE_CONTROL)) {
            self.headers.push((CACHE_CONTROL.to_owned(), NO_CACHE.to_owned()));
        }
        self
    }
}

/// The name of the header that limits cached responses.
pub(crate) const CACHE_CONTROL: &str = "cache-control";
/// The value of `Cache-Control` that requires a fresh response.
pub(crate) const NO_CACHE: &str = "no-cache";
