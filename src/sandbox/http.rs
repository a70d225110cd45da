//! Requests to the sandbox and its responses.

use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// Media type of JSON bodies.
pub(super) const JSON_TYPE: &str = "application/json;charset=UTF-8";

/// A request to the sandbox.
///
/// ```
/// use cisco_support_case::sandbox::{Options, Sandbox, SandboxRequest};
///
/// let request = SandboxRequest::get("/case/v3/cases/contracts/contract_ids/1234567");
/// let mut sandbox = Sandbox::new(Options::default());
/// assert_eq!(sandbox.handle(&request).status, 403);
/// assert_eq!(sandbox.handle(&request.with_header("Authorization", "Bearer anything")).status, 200);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxRequest {
    /// HTTP method, such as `GET`.
    pub method: String,
    /// Absolute URL or path, with its query. The host is ignored.
    pub url: String,
    /// Header names (case-insensitive) and values.
    pub headers: Vec<(String, String)>,
    /// Body. Only the token endpoint and `/__sandbox` read it.
    pub body: Vec<u8>,
}

impl SandboxRequest {
    /// Creates a `GET` request without headers.
    pub fn get(url: &str) -> SandboxRequest {
        SandboxRequest { method: "GET".to_owned(), url: url.to_owned(), ..SandboxRequest::default() }
    }

    /// Returns the request with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> SandboxRequest {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A response and the transport effects to apply to it.
///
/// ```
/// use cisco_support_case::sandbox::{Effect, Options, Sandbox, SandboxRequest};
///
/// let response = Sandbox::new(Options::default()).handle(&SandboxRequest::get("/elsewhere"));
/// assert_eq!(response.status, 596);
/// assert_eq!(response.header("x-mashery-error-code"), Some("ERR_596_SERVICE_NOT_FOUND"));
/// assert_eq!((response.delay_ms, response.effect), (0, Effect::None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxResponse {
    /// HTTP status code.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The complete body.
    pub body: Vec<u8>,
    /// Milliseconds to wait before anything is sent.
    pub delay_ms: u32,
    /// Effect that the transport applies while it sends the response.
    pub effect: Effect,
}

impl SandboxResponse {
    /// Creates a response with a JSON body.
    pub(super) fn json(status: u16, body: &Json) -> SandboxResponse {
        SandboxResponse::text(status, JSON_TYPE, body.to_json_string())
    }

    /// Creates a response with a text body.
    pub(super) fn text(status: u16, content_type: &str, body: String) -> SandboxResponse {
        let headers = vec![("Content-Type", content_type.to_owned())];
        SandboxResponse { status, headers, body: body.into_bytes(), ..SandboxResponse::default() }
    }

    /// Returns the first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Effect that a transport applies to a response.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::sandbox::{Effect, Options, Sandbox, SandboxRequest};
///
/// let mut sandbox = Sandbox::new(Options::default());
/// sandbox.fault(&json(br#"{ "name": "slow_body", "ms": 500 }"#).unwrap()).unwrap();
/// let response = sandbox.handle(&SandboxRequest::get("/case/v3/cases/case_ids/612345678"));
/// assert_eq!(response.effect, Effect::SlowBody { ms: 500 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// No effect: the whole response arrives.
    #[default]
    None,
    /// The connection breaks before anything is sent.
    Reset,
    /// The connection breaks in the middle of the body.
    TruncatedBody,
    /// The body arrives in pieces.
    SlowBody {
        /// Milliseconds from the first piece to the last.
        ms: u32,
    },
}

impl Effect {
    /// Name of the effect in JavaScript; `""` for none.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::None => "",
            Effect::Reset => "reset",
            Effect::TruncatedBody => "truncated_body",
            Effect::SlowBody { .. } => "slow_body",
        }
    }
}
