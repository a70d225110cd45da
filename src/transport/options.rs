//! Options of a client.

use super::{Backoff, Cause, Error, Event, RateLimits, TokenReply, Validation, runtime};
use crate::client::{CallError, ClientConfig, Environment, client_options};
use crate::rules::Problem;
use crate::util::Json;
use alloc::{borrow::ToOwned, boxed::Box, string::String, string::ToString, vec::Vec};
use core::future::Future;
use core::pin::Pin;

/// A token provider.
pub(super) type TokenProvider = Box<dyn Fn() -> TokenFuture>;
/// The future of a token provider.
pub(super) type TokenFuture = Pin<Box<dyn Future<Output = Result<TokenReply, Cause>>>>;
/// A listener for events.
pub(super) type EventListener = Box<dyn Fn(&Event)>;

/// The options of a client. [`Client::new`](super::Client::new) validates them.
///
/// ```no_run
/// use cisco_support_case::transport::{Client, ClientOptions};
/// let options = ClientOptions::new().credentials("client id", "client secret").timeout_ms(10_000);
/// let client = Client::new(options)?;
/// # Ok::<(), cisco_support_case::transport::Error>(())
/// ```
#[derive(Default)]
#[must_use]
pub struct ClientOptions {
    given: Vec<(String, Json)>,
    headers: Vec<(String, Json)>,
    pub(super) token_provider: Option<TokenProvider>,
    pub(super) event_listener: Option<EventListener>,
    isolated: Option<bool>,
}

impl ClientOptions {
    /// The default options: the service itself without a token, 5 requests per second and 5000 in 24 hours.
    pub fn new() -> ClientOptions {
        ClientOptions::default()
    }

    /// Sets the base URL of the service or gateway: `https`, `http` on localhost, or a path on the page's own origin.
    pub fn base_url(self, base_url: impl Into<String>) -> ClientOptions {
        self.with("baseUrl", Json::String(base_url.into()))
    }

    /// Sets whether URLs may use `http` on hosts other than localhost (`allowHttp`). Tokens and cases then cross the network in
    /// plain text.
    pub fn allow_http(self, allow_http: bool) -> ClientOptions {
        self.with("allowHttp", Json::Bool(allow_http))
    }

    /// Sets a fixed token for all requests.
    pub fn token(self, token: impl Into<String>) -> ClientOptions {
        self.with("token", Json::String(token.into()))
    }

    /// Sets a token provider. It is called without a token, shortly before expiry, and once after a rejection: for all calls
    /// together.
    ///
    /// Its future outlives the call that started it (except in a Worker), so that other calls can use a late token.
    ///
    /// ```no_run
    /// use cisco_support_case::transport::{ClientOptions, TokenReply};
    /// # async fn sign_in() -> Result<String, &'static str> { Ok(String::new()) }
    /// let options = ClientOptions::new().base_url("/api/case").token_provider(|| async {
    ///     Ok::<_, &str>(TokenReply { access_token: sign_in().await?, expires_in: Some(3600.0) })
    /// });
    /// ```
    pub fn token_provider<F, A, E>(mut self, provider: F) -> ClientOptions
    where
        F: Fn() -> A + 'static,
        A: Future<Output = Result<TokenReply, E>> + 'static,
        E: Into<Box<dyn core::error::Error + Send + Sync>>,
    {
        self.token_provider = Some(Box::new(move || {
            let result = provider();
            Box::pin(async move { result.await.map_err(|error| Cause::new(error.into())) })
        }));
        self
    }

    /// Sets client credentials, which are exchanged for tokens. For servers and Workers only: pages reject them, since every
    /// visitor could read them.
    pub fn credentials(self, client_id: impl Into<String>, client_secret: impl Into<String>) -> ClientOptions {
        let (id, secret) = (Json::String(client_id.into()), Json::String(client_secret.into()));
        self.with_member("credentials", "clientId", id).with_member("credentials", "clientSecret", secret)
    }

    /// Sets the token endpoint, in place of Cisco's.
    pub fn token_url(self, token_url: impl Into<String>) -> ClientOptions {
        self.with_member("credentials", "tokenUrl", Json::String(token_url.into()))
    }

    /// Adds a header to every request to the service or gateway.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> ClientOptions {
        self.headers.push((name.into(), Json::String(value.into())));
        self
    }

    /// Sets the timeout of a whole call in milliseconds, by default 30 000; 0 for none.
    pub fn timeout_ms(self, timeout_ms: u32) -> ClientOptions {
        self.with("timeoutMs", timeout_ms.into())
    }

    /// Sets the maximum number of retries, 0 to 10, by default 2.
    pub fn max_retries(self, max_retries: u32) -> ClientOptions {
        self.with("maxRetries", max_retries.into())
    }

    /// Sets the delay before retries without a `Retry-After`.
    pub fn backoff(self, backoff: Backoff) -> ClientOptions {
        let members = [("baseMs", backoff.base_ms.into()), ("capMs", backoff.cap_ms.into())];
        self.with("backoff", Json::object(members))
    }

    /// Sets the rate limits, in place of [`RateLimits::default`]; `None` switches all of them off, and 0 a single one.
    pub fn rate_limit(self, limits: impl Into<Option<RateLimits>>) -> ClientOptions {
        let Some(limits) = limits.into() else { return self.with("rateLimit", Json::Bool(false)) };
        let members = [
            ("perSecond", limits.per_second.into()),
            ("perMinute", limits.per_minute.into()),
            ("perDay", limits.per_day.into()),
            ("maxConcurrent", limits.max_concurrent.into()),
        ];
        self.with("rateLimit", Json::object(members))
    }

    /// Sets the handling of records that break a documented rule.
    pub fn validation(self, validation: Validation) -> ClientOptions {
        let name = if validation == Validation::Strict { "strict" } else { "report" };
        self.with("validation", name.into())
    }

    /// Sets a listener for events of all calls. Events contain no token, no secret and no header.
    pub fn on_event(mut self, listener: impl Fn(&Event) + 'static) -> ClientOptions {
        self.event_listener = Some(Box::new(listener));
        self
    }

    /// Sets whether the runtime isolates served requests, as workerd does. Detected by default.
    pub fn isolated(mut self, isolated: bool) -> ClientOptions {
        self.isolated = Some(isolated);
        self
    }

    /// Sets an option, in place of an earlier value.
    fn with(mut self, name: &str, value: Json) -> ClientOptions {
        self.given.retain(|(known, _)| known != name);
        self.given.push((name.to_owned(), value));
        self
    }

    /// Sets a member of an option that is an object.
    fn with_member(self, name: &str, member: &str, value: Json) -> ClientOptions {
        let mut members = match self.given.iter().find(|(known, _)| known == name) {
            Some((_, Json::Object(members))) => members.clone(),
            _ => Vec::new(),
        };
        members.retain(|(known, _)| known != member);
        members.push((member.to_owned(), value));
        self.with(name, Json::Object(members))
    }

    /// Validates the options.
    pub(super) fn config(&mut self) -> Result<ClientConfig, Error> {
        let headers = core::mem::take(&mut self.headers);
        let mut given = core::mem::take(&mut self.given);
        given.push(("headers".to_owned(), Json::Object(headers)));
        let origin = runtime::origin();
        let environment = Environment {
            in_page: runtime::is_page(),
            origin: origin.as_deref(),
            has_provider: self.token_provider.is_some(),
            has_cache: false,
            emits_events: self.event_listener.is_some(),
            isolated: self.isolated.unwrap_or_else(runtime::is_isolated),
        };
        // The provider would take precedence silently.
        if self.token_provider.is_some() && given.iter().any(|(name, _)| name == "token") {
            let expected = "either a token or a token provider, not both";
            return Err(invalid_options(Vec::from([Problem::new(
                "token",
                "INVALID_OPTION",
                expected,
                &Json::from("(not shown)"),
            )])));
        }
        client_options(&Json::Object(given), environment).map_err(invalid_options)
    }
}

/// The error for options, which have other names in Rust.
pub(super) fn invalid_options(problems: Vec<Problem>) -> Error {
    CallError::invalid_request(problems.into_iter().map(with_rust_names).collect())
}

/// A problem of an option, under the option's name in Rust: `timeoutMs` is `timeout_ms` here.
pub(super) fn with_rust_names(problem: Problem) -> Problem {
    // What follows a header's name is the caller's.
    let (option, rest) = match problem.field.strip_prefix("headers") {
        Some(rest) => ("headers", rest.to_string()),
        None => (problem.field.as_str(), String::new()),
    };
    let mut field = String::new();
    for letter in option.chars() {
        if letter.is_ascii_uppercase() {
            field.push('_');
        }
        field.push(letter.to_ascii_lowercase());
    }
    field.push_str(&rest);
    problem.with_field(field)
}
