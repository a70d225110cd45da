//! The HTTP request of a call, and the interpretation of its response.

use super::{BoxedCallError, CallError, CallOptions, ClientConfig, HttpRequest, HttpResponse, Validation};
use crate::decode::{self, Records};
use crate::endpoint::Request;
use crate::error::{ErrorKind, Source};
use crate::util::{str_prefix, text};
use alloc::{borrow::ToOwned, vec};

/// The result of a call.
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
///     status: 200,
///     mashery_error_code: None,
///     message_id: None,
///     retry_after: None,
///     date: None,
///     body: Body::from_slice(br#"{"count":1,"cases":[{"case_id":"612345678"}]}"#),
///     raw: (),
/// };
/// engine.on_response(id, Ok(response), Now::unix(40));
/// let Some(Action::Done { outcome }) = engine.next_action(call, Now::unix(40)) else { panic!("no outcome") };
/// let response = outcome.unwrap();
/// assert_eq!(response.records.case_text(0, "case_id"), "612345678");
/// assert_eq!((response.attempts, response.waited_ms), (1, 0));
/// ```
#[derive(Debug)]
pub struct CallResponse<Raw> {
    /// The decoded records.
    pub records: Records,
    /// The size of the body in bytes.
    pub bytes: u32,
    /// The number of requests sent for the call.
    pub attempts: u32,
    /// The milliseconds spent waiting: in the queue, for a token, and between attempts.
    pub waited_ms: u32,
    /// The transport's own response object; its body has been read.
    pub raw: Raw,
}

/// Builds the HTTP request of a call.
pub(super) fn build_request(
    config: &ClientConfig,
    request: &Request,
    options: &CallOptions,
    token: Option<&str>,
) -> HttpRequest {
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    headers.extend(token.map(|token| ("authorization".to_owned(), text!("Bearer ", token))));
    let own = |name: &str| options.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    headers.extend(config.headers.iter().filter(|(name, _)| !own(name)).cloned());
    headers.extend_from_slice(&options.headers);
    let mut url = config.base_url.as_str().to_owned();
    url.push_str(&request.path_and_query());
    HttpRequest { method: "GET", url, headers, body: None }
}

/// Whether a body is an HTML page, such as that of a sign-in proxy in front of the service.
fn is_html(body: &[u8]) -> bool {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    matches!(text, [b'<', next, ..] if *next != b'?')
}

/// The maximum length of a message id in bytes; longer ones are truncated.
const MAX_ID_BYTES: usize = 200;

/// Interprets a response: returns its records, or an error with all details of the response.
pub(crate) fn read_response<Cause, Raw>(
    validation: Validation,
    request: &Request,
    response: &HttpResponse<Raw>,
    used: Records,
    unix_ms: i64,
) -> Result<Records, BoxedCallError<Cause>> {
    let status = response.status;
    let decoded = decode::records(request.endpoint.response, &response.body, used);
    let mut error = match decoded {
        Ok(records) if status == 200 => match (validation, records.issues().first()) {
            (Validation::Strict, Some(issue)) => CallError::from_issue(issue),
            _ => return Ok(records),
        },
        Err(_) if status == 200 && is_html(response.body.as_slice()) => {
            let mut error = CallError::client("SIGN_IN_PAGE", "");
            error.source = Source::Service;
            error
        }
        Err(decode_error) if status == 200 && decode_error.code != "UNEXPECTED_RESPONSE" => {
            CallError::from_decode_error(decode_error)
        }
        decoded => {
            let document = decode::json_from_body(&response.body).ok();
            // The error of a gateway, which never has a success status.
            let gateway_body = document.as_ref().filter(|_| status != 200);
            match gateway_body.and_then(|document| CallError::from_gateway(document, status)) {
                Some(error) => error,
                None => {
                    let failure = response.failure(document.as_ref());
                    match decoded {
                        // A 200 without an error code: the error is its shape.
                        Err(decode_error) if status == 200 && failure.kind == ErrorKind::Decode => {
                            CallError::from_decode_error(decode_error)
                        }
                        _ => CallError::from_response(failure),
                    }
                }
            }
        }
    };
    error.status = Some(status);
    if let Some(id) = &response.message_id {
        error.message_id = Some(str_prefix(id, MAX_ID_BYTES).to_owned());
    }
    // The error of a gateway has it in milliseconds.
    error.retry_after_ms = error.retry_after_ms.or(response.retry_after_ms(unix_ms));
    Err(error)
}
