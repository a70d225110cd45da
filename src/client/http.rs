//! HTTP requests and responses, and results of token providers.

use crate::decode::Body;
use crate::error::{Classification, ErrorResponse, classify, http_date_ms, retry_after_ms};
use crate::util::Json;
use alloc::{string::String, vec::Vec};

/// An HTTP request, ready to send.
///
/// ```
/// use cisco_support_case::client::{Action, CallOptions, Engine, Environment, Now, client_options};
/// # use cisco_support_case::endpoint::CASE_SUMMARY;
/// # use cisco_support_case::util::Json;
///
/// # let options = Json::object([("token", Json::from("synthetic"))]);
/// # let config = client_options(&options, Environment::default()).unwrap();
/// let mut engine: Engine<&str, ()> = Engine::new(config, 1);
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let call = engine.begin(CASE_SUMMARY.check(&params).unwrap(), CallOptions::default(), Now::unix(0));
/// let Some(Action::Send { request, .. }) = engine.next_action(call, Now::unix(0)) else { panic!("no request") };
/// assert_eq!(request.url, "https://apix.cisco.com/case/v3/cases/case_ids/612345678");
/// assert_eq!((request.method, request.body), ("GET", None));
/// assert!(request.headers.contains(&("authorization".into(), "Bearer synthetic".into())));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, `GET` or `POST`.
    pub method: &'static str,
    /// The absolute URL.
    pub url: String,
    /// The validated headers.
    pub headers: Vec<(String, String)>,
    /// The form body, for the token endpoint only.
    pub body: Option<String>,
}

/// An HTTP response with its complete body.
///
/// ```
/// use cisco_support_case::client::{Action, CallOptions, Engine, Environment, HttpResponse, Now, client_options};
/// use cisco_support_case::decode::Body;
/// # use cisco_support_case::endpoint::CASE_SUMMARY;
/// # use cisco_support_case::util::Json;
///
/// # let options = Json::object([("token", Json::from("synthetic"))]);
/// # let config = client_options(&options, Environment::default()).unwrap();
/// let mut engine: Engine<&str, ()> = Engine::new(config, 1);
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let call = engine.begin(CASE_SUMMARY.check(&params).unwrap(), CallOptions::default(), Now::unix(0));
/// let Some(Action::Send { id, .. }) = engine.next_action(call, Now::unix(0)) else { panic!("no request") };
/// let response = HttpResponse {
///     status: 404,
///     mashery_error_code: None,
///     message_id: None,
///     retry_after: None,
///     date: None,
///     body: Body::from_slice(br#"{"errorCode":"CASE_NOTFOUND"}"#),
///     raw: (),
/// };
/// engine.on_response(id, Ok(response), Now::unix(40));
/// let Some(Action::Done { outcome }) = engine.next_action(call, Now::unix(40)) else { panic!("no outcome") };
/// let error = outcome.unwrap_err();
/// assert_eq!((error.code.as_str(), error.status), ("CASE_NOTFOUND", Some(404)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse<Raw> {
    /// The HTTP status; 0 for an opaque redirect.
    pub status: u16,
    /// The header `X-Mashery-Error-Code`.
    pub mashery_error_code: Option<String>,
    /// The header `X-Mashery-Message-ID`, the id to quote to support.
    pub message_id: Option<String>,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The header `Date`: the server's time, against which a date in `Retry-After` is evaluated.
    pub date: Option<String>,
    /// The complete body.
    pub body: Body,
    /// The transport's own response object.
    pub raw: Raw,
}

impl<Raw> HttpResponse<Raw> {
    /// Classifies an error response; `document` is its body, if that is JSON.
    pub(crate) fn failure(&self, document: Option<&Json>) -> Classification {
        classify(ErrorResponse {
            status: self.status,
            mashery_error_code: self.mashery_error_code.as_deref(),
            body: self.body.as_slice(),
            document,
        })
    }

    /// The delay in `Retry-After`. A date is evaluated against the server's `Date`, if present, since the local clock may be
    /// wrong.
    pub(crate) fn retry_after_ms(&self, unix_ms: i64) -> Option<u32> {
        let their_ms = self.date.as_deref().and_then(http_date_ms).unwrap_or(unix_ms);
        self.retry_after.as_deref().and_then(|value| retry_after_ms(value, their_ms))
    }
}

/// The result of a token provider or of the token cache.
///
/// ```
/// use cisco_support_case::client::{Action, CallOptions, Engine, Environment, Now, TokenReply, client_options};
/// # use cisco_support_case::endpoint::CASE_SUMMARY;
/// # use cisco_support_case::util::Json;
///
/// let options = Json::object([]);
/// let config = client_options(&options, Environment { has_provider: true, ..Environment::default() }).unwrap();
/// let mut engine: Engine<&str, ()> = Engine::new(config, 1);
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let call = engine.begin(CASE_SUMMARY.check(&params).unwrap(), CallOptions::default(), Now::unix(0));
/// let Some(Action::RequestToken { id, .. }) = engine.next_action(call, Now::unix(0)) else { panic!("no provider") };
/// let reply = TokenReply { access_token: "synthetic".into(), expires_in: Some(3600.0) };
/// engine.on_token(id, Ok(reply), Now::unix(40));
/// let Some(Action::Send { request, .. }) = engine.next_action(call, Now::unix(40)) else { panic!("no request") };
/// assert!(request.headers.contains(&("authorization".into(), "Bearer synthetic".into())));
/// ```
#[derive(Clone, PartialEq)]
pub struct TokenReply {
    /// The access token, without "Bearer".
    pub access_token: String,
    /// The lifetime in seconds, if known.
    pub expires_in: Option<f64>,
}
