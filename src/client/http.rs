//! What goes out and what comes in.

use crate::decode::Body;
use crate::error::{Classification, ErrorResponse, classify, http_date_ms, retry_after_ms};
use crate::util::Json;
use alloc::{string::String, vec::Vec};

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
    /// `Date`: what the server's clock says, to which a date in `Retry-After` belongs.
    pub date: Option<String>,
    /// The body.
    pub body: Body,
    /// The transport's own response object.
    pub raw: Raw,
}

impl<Raw> HttpResponse<Raw> {
    /// What it means where it is no answer; `document` is its body, if that is JSON.
    pub(crate) fn failure(&self, document: Option<&Json>) -> Classification {
        classify(ErrorResponse {
            status: self.status,
            mashery_error_code: self.mashery_error_code.as_deref(),
            body: self.body.as_slice(),
            document,
        })
    }

    /// How long it asks to wait. A date that the service names is one of its own clock, where that is known; ours may be
    /// wrong.
    pub(crate) fn retry_after_ms(&self, unix_ms: i64) -> Option<u32> {
        let their_ms = self.date.as_deref().and_then(http_date_ms).unwrap_or(unix_ms);
        self.retry_after.as_deref().and_then(|value| retry_after_ms(value, their_ms))
    }
}

/// What a token provider gives, or what a cache that clients share has.
#[derive(Clone, PartialEq)]
pub struct TokenReply {
    /// The token, without "Bearer".
    pub access_token: String,
    /// How long it lives, in seconds, where that is known.
    pub expires_in: Option<f64>,
}
