//! What happens on the way of a call, for whoever watches.

use crate::error::ErrorKind;
use alloc::{string::String, vec::Vec};

/// What happens. It holds no token, no secret and no header.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// Which of the client's calls, in the order in which they were begun; 0 for a request to the token endpoint.
    pub call: u32,
    /// The call's name; `token` for the token endpoint.
    pub operation: &'static str,
    /// The ids that it is for.
    pub ids: Vec<String>,
    /// Which of the call's requests, from 1.
    pub attempt: u32,
    /// HTTP status, where there was one that refused.
    pub status: Option<u16>,
    /// How long a response took, or how long a wait is to be at least, in milliseconds, where that is known.
    pub ms: Option<i64>,
    /// What it failed with: kind and code.
    pub error: Option<(ErrorKind, String)>,
    /// The id to quote to Cisco's support, where it failed.
    pub message_id: Option<String>,
    /// Where a request goes, or what is waited for.
    pub text: Option<String>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A request is sent.
    Request,
    /// A request has ended: with records, a refusal or a failure.
    Response,
    /// It will be sent again.
    Retry,
    /// A call cannot be sent yet.
    Wait,
}

impl EventKind {
    /// The name of its hook.
    pub fn hook(self) -> &'static str {
        match self {
            EventKind::Request => "onRequest",
            EventKind::Response => "onResponse",
            EventKind::Retry => "onRetry",
            EventKind::Wait => "onWait",
        }
    }
}
