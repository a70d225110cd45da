//! Events of calls, for hooks and loggers.

use crate::error::ErrorKind;
use alloc::{string::String, vec::Vec};

/// An event of a call. It contains no token, no secret and no header.
///
/// ```
/// use cisco_support_case::client::{Action, CallOptions, Engine, Environment, EventKind, Now, client_options};
/// # use cisco_support_case::endpoint::CASE_SUMMARY;
/// # use cisco_support_case::util::Json;
///
/// let options = Json::object([("token", Json::from("synthetic"))]);
/// let config = client_options(&options, Environment { emits_events: true, ..Environment::default() }).unwrap();
/// let mut engine: Engine<&str, ()> = Engine::new(config, 1);
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let call = engine.begin(CASE_SUMMARY.check(&params).unwrap(), CallOptions::default(), Now::unix(0));
/// let Some(Action::Emit(event)) = engine.next_action(call, Now::unix(0)) else { panic!("no event") };
/// assert_eq!((event.kind, event.operation, event.attempt), (EventKind::Request, "caseSummary", 1));
/// assert_eq!(event.ids, ["612345678"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The kind of the event.
    pub kind: EventKind,
    /// The number of the call within its client, from 1; 0 for a request to the token endpoint.
    pub call: u32,
    /// The name of the call; `token` for the token endpoint.
    pub operation: &'static str,
    /// The ids in the parameters of the call.
    pub ids: Vec<String>,
    /// The number of the request within its call, from 1.
    pub attempt: u32,
    /// The HTTP status of an error response.
    pub status: Option<u16>,
    /// The duration of a request, or the minimum duration of a wait, in milliseconds, if known.
    pub ms: Option<i64>,
    /// The kind and code of its error.
    pub error: Option<(ErrorKind, String)>,
    /// The message id of an error response, to quote to Cisco support.
    pub message_id: Option<String>,
    /// The URL of a request, or the reason of a wait.
    pub text: Option<String>,
}

/// The kind of an event.
///
/// ```
/// use cisco_support_case::client::EventKind;
///
/// let kinds = [EventKind::Request, EventKind::Response, EventKind::Retry, EventKind::Wait];
/// assert_eq!(kinds.map(EventKind::hook), ["onRequest", "onResponse", "onRetry", "onWait"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A request is sent.
    Request,
    /// A request has ended, with records or an error.
    Response,
    /// A request will be retried.
    Retry,
    /// A call has to wait before it is sent.
    Wait,
}

impl EventKind {
    /// The name of the hook for this kind.
    pub fn hook(self) -> &'static str {
        match self {
            EventKind::Request => "onRequest",
            EventKind::Response => "onResponse",
            EventKind::Retry => "onRetry",
            EventKind::Wait => "onWait",
        }
    }
}
