//! What goes in and what comes out.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// A request, as a transport hands it over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// An absolute URL or a path, with its query. Which host it names makes no difference.
    pub url: String,
    /// Names, in any case, and values.
    pub headers: Vec<(String, String)>,
    /// The body; only the token endpoint and `/__sandbox` read it.
    pub body: Vec<u8>,
}

impl SandboxRequest {
    /// A `GET` without headers.
    pub fn get(url: &str) -> SandboxRequest {
        SandboxRequest { method: "GET".to_owned(), url: url.to_owned(), ..SandboxRequest::default() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> SandboxRequest {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The first header of that name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A response, and what it is to suffer on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxResponse {
    /// HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
    /// How long the transport waits before it sends anything.
    pub delay_ms: u32,
    /// What the transport does to it.
    pub effect: Effect,
}

impl SandboxResponse {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What a transport does to an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing: the answer arrives whole.
    #[default]
    None,
    /// The connection breaks before anything is sent.
    Reset,
    /// The connection breaks in the middle of the body.
    TruncatedBody,
    /// The body comes in pieces, spread over so many milliseconds.
    SlowBody {
        /// From the first piece to the last.
        ms: u32,
    },
}

impl Effect {
    /// Its name in JavaScript; `""` for none.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::None => "",
            Effect::Reset => "reset",
            Effect::TruncatedBody => "truncated_body",
            Effect::SlowBody { .. } => "slow_body",
        }
    }
}
