//! The actions of a call's driver.

use super::{BoxedCallError, CallResponse, Event, HttpRequest, InFlightId, TokenReply};
use alloc::boxed::Box;

/// The result of a call.
pub type Outcome<Cause, Raw> = Result<Box<CallResponse<Raw>>, BoxedCallError<Cause>>;

/// The next action of a call's driver.
///
/// A driver has at most one operation in flight: the request of its call, or a token request.
///
/// ```
/// use cisco_support_case::client::{Action, CallOptions, Engine, Environment, Now, client_options};
/// # use cisco_support_case::endpoint::CASE_SUMMARY;
/// # use cisco_support_case::util::Json;
///
/// let options = Json::object([("token", Json::from("synthetic"))]);
/// let config = client_options(&options, Environment::default()).unwrap();
/// let mut engine: Engine<&str, ()> = Engine::new(config, 1);
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let call = engine.begin(CASE_SUMMARY.check(&params).unwrap(), CallOptions::default(), Now::unix(0));
/// let mut now = Now::unix(0);
/// while let Some(action) = engine.next_action(call, now) {
///     match action {
///         Action::Send { id, .. } => engine.on_response(id, Err("connection reset"), now),
///         Action::Wait { ms } => now = Now::unix(now.unix_ms + ms.unwrap_or(1)),
///         Action::Done { outcome } => assert_eq!(outcome.unwrap_err().attempts, 3, "two retries"),
///         _ => {}
///     }
/// }
/// ```
pub enum Action<Cause, Raw> {
    /// Send a request, read its response to the end, and report it by [`Engine::on_response`](super::Engine::on_response).
    Send {
        /// The id for the report.
        id: InFlightId,
        /// The request to send.
        request: HttpRequest,
    },
    /// Abort the request in flight. It needs no report.
    Cancel {
        /// The id of the request.
        id: InFlightId,
    },
    /// Call a token provider, and report its result by [`Engine::on_token`](super::Engine::on_token).
    RequestToken {
        /// The id for the report.
        id: InFlightId,
        /// Whether it is the provider in the options of this call, not that of the client.
        own: bool,
    },
    /// Stop waiting for the provider or the cache. A late token of a provider may still be reported.
    CancelTokenRequest {
        /// The id of the token request.
        id: InFlightId,
    },
    /// Read the token cache, and report its token by [`Engine::on_token`](super::Engine::on_token).
    ReadTokenCache {
        /// The id for the report.
        id: InFlightId,
    },
    /// Write a token to the token cache.
    StoreToken(TokenReply),
    /// Pass an event to the hooks.
    Emit(Box<Event>),
    /// Wait until the operation in flight has ended, another call wakes this one, or a time has passed.
    Wait {
        /// The maximum wait in milliseconds; `None` if only an event continues the call.
        ms: Option<i64>,
    },
    /// The end of the call; its driver stops.
    Done {
        /// The response, or the error of the call.
        outcome: Outcome<Cause, Raw>,
    },
}
