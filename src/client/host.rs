//! What a client needs of the world.

use crate::decode::Body;
use std::future::Future;

/// What a client needs of the world: a transport, a clock and the caller's token provider.
///
/// Every future must stop what it started when it is dropped: that is how a call is cancelled.
pub trait Host: 'static {
    /// What a foreign failure leaves behind: a JavaScript value, or a test's text.
    type Cause: Clone + 'static;
    /// The transport's own response object, for callers that ask for it.
    type Raw: Clone + 'static;

    /// Milliseconds since 1970 (UTC).
    fn now_unix_ms(&self) -> i64;

    /// Resolves after so many milliseconds.
    fn sleep(&self, ms: u32) -> impl Future<Output = ()> + 'static;

    /// Sends a request and reads its response to the end.
    fn send(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse<Self::Raw>, Self::Cause>> + 'static;

    /// Asks the caller's token provider.
    fn provide_token(&self) -> impl Future<Output = Result<TokenReply, Self::Cause>> + 'static;
}

/// A request, ready to send.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET` or `POST`
    pub method: &'static str,
    /// The absolute URL.
    pub url: String,
    /// Name and value, checked.
    pub headers: Vec<(String, String)>,
    /// The body, for the token endpoint only.
    pub body: Option<String>,
}

/// A response, read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse<Raw> {
    /// HTTP status; 0 for a redirect that was not followed.
    pub status: u16,
    /// `X-Mashery-Error-Code`
    pub mashery_error_code: Option<String>,
    /// `X-Mashery-Message-ID`, the id to quote to support.
    pub message_id: Option<String>,
    /// `Retry-After`
    pub retry_after: Option<String>,
    /// The body.
    pub body: Body,
    /// The transport's own response object.
    pub raw: Raw,
}

/// What a token provider gives.
#[derive(Clone, PartialEq)]
pub struct TokenReply {
    /// The token, without "Bearer".
    pub access_token: String,
    /// How long it lives, in seconds, where that is known.
    pub expires_in: Option<f64>,
}
