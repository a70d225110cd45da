//! The error of a call.

use crate::decode::DecodeError;
use crate::error::{Classification, ErrorBody, ErrorKind, ErrorRow, Source, explain_first, row_for};
use crate::model::Issue;
use crate::paging::ReaderError;
use crate::rules::Problem;
use crate::util::{Json, join, text};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::error::Error;
use core::fmt;

/// The error of a call. It contains no token, no secret and no header of the caller.
///
/// ```
/// use cisco_support_case::client::CallError;
/// use cisco_support_case::error::ErrorKind;
///
/// let error = CallError::<()>::client("TIMEOUT", "(30000 ms)");
/// assert_eq!((error.kind, error.retryable), (ErrorKind::Timeout, true));
/// assert_eq!(error.message(), "The call received no response in the time allowed. (30000 ms)");
/// assert_eq!(error.advice(), "Try again.");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallError<Cause> {
    /// The kind of the error, for decisions in code.
    pub kind: ErrorKind,
    /// The code, from the table of the service, of the gateway or of the client.
    pub code: String,
    /// The row of the error table, with meaning and advice.
    pub row: &'static ErrorRow,
    /// The part of the message before the meaning of the row.
    pub prefix: String,
    /// The part of the message after the meaning of the row: details of this case.
    pub detail: String,
    /// Whether a later retry can succeed.
    pub retryable: bool,
    /// Whether the client retries, if a gateway decided it.
    pub retry: Option<bool>,
    /// The party that detected the error.
    pub source: Source,
    /// The HTTP status of the response, if there was one.
    pub status: Option<u16>,
    /// The `Retry-After` of the response in milliseconds.
    pub retry_after_ms: Option<u32>,
    /// The renewal of the quota in milliseconds since 1970 (UTC), if known.
    pub renews_at_ms: Option<i64>,
    /// The message id to quote to Cisco support.
    pub message_id: Option<String>,
    /// The request id to quote to the operator of the gateway.
    pub request_id: Option<String>,
    /// The number of requests sent for the call.
    pub attempts: u32,
    /// The milliseconds spent waiting: in the queue, for a token, and between attempts.
    pub waited_ms: u32,
    /// The name of the call, such as `casesByContract`.
    pub operation: &'static str,
    /// The ids in the parameters of the call.
    pub ids: Vec<String>,
    /// The problems of the request.
    pub problems: Vec<Problem>,
    /// The error of the decoder, for a body that cannot be decoded.
    pub decode_error: Option<DecodeError>,
    /// The foreign error that caused it.
    pub cause: Option<Cause>,
}

/// A boxed error. Results of all steps of a call would otherwise have its size of 300 bytes.
///
/// ```
/// use cisco_support_case::client::{BoxedCallError, CallError};
///
/// fn aborted(reason: &'static str) -> Result<(), BoxedCallError<&'static str>> {
///     Err(CallError::client("ABORTED", "").with_cause(reason))
/// }
/// assert_eq!(aborted("the page was closed").unwrap_err().cause, Some("the page was closed"));
/// ```
pub type BoxedCallError<Cause> = Box<CallError<Cause>>;

impl<Cause> CallError<Cause> {
    /// An error of the client, by its code in the table of client errors.
    pub fn client(code: &'static str, detail: impl Into<String>) -> BoxedCallError<Cause> {
        let row = row_for(code);
        Box::new(CallError {
            kind: row.kind,
            code: code.to_owned(),
            row,
            prefix: String::new(),
            detail: detail.into(),
            retryable: row.retryable,
            retry: None,
            source: Source::Client,
            status: None,
            retry_after_ms: None,
            renews_at_ms: None,
            message_id: None,
            request_id: None,
            attempts: 0,
            waited_ms: 0,
            operation: "",
            ids: Vec::new(),
            problems: Vec::new(),
            decode_error: None,
            cause: None,
        })
    }

    /// The error for an invalid request.
    pub fn invalid_request(problems: Vec<Problem>) -> BoxedCallError<Cause> {
        let code = problems.first().map_or("INVALID_PARAMETER", |problem| problem.code);
        let mut error = CallError::client("INVALID_PARAMETER", "");
        if let Some(row) = explain_first(code, None) {
            error.row = row;
        }
        error.code = code.to_owned();
        error.problems = problems;
        error
    }

    /// The error for an error response of the service.
    pub fn from_response(failure: Classification) -> BoxedCallError<Cause> {
        let mut error = CallError::client("UNEXPECTED_RESPONSE", "");
        error.kind = failure.kind;
        error.row = failure.row;
        error.prefix = response_prefix(Source::Service, &failure.code, failure.status);
        error.code = failure.code;
        error.retryable = failure.retryable;
        error.source = Source::Service;
        error.status = Some(failure.status);
        error
    }

    /// The error in a document of a gateway, if it is one. The gateway's message is used only for codes that no table contains.
    pub fn from_gateway(document: &Json, status: u16) -> Option<BoxedCallError<Cause>> {
        let body = ErrorBody::from_json(document)?;
        let mut error = CallError::client("UNKNOWN_CODE", "");
        error.code = body.code;
        match explain_first(&error.code, Some(status)) {
            Some(row) => {
                error.code = row.code.to_owned();
                error.row = row;
            }
            None => error.detail = body.message,
        }
        error.prefix = response_prefix(body.source, &error.code, status);
        error.kind = body.kind;
        error.source = body.source;
        error.retryable = body.retryable;
        error.retry = Some(body.retry);
        error.retry_after_ms = body.retry_after_ms;
        error.renews_at_ms = body.renews_at_ms;
        error.message_id = body.message_id;
        error.request_id = body.request_id;
        error.problems = body.problems;
        Some(error)
    }

    /// The error for a body that cannot be decoded.
    pub fn from_decode_error(decode_error: DecodeError) -> BoxedCallError<Cause> {
        let mut error = CallError::client(decode_error.code, text!("(", decode_error.message(), ")"));
        error.source = Source::Service;
        error.decode_error = Some(decode_error);
        error
    }

    /// The error for a record that breaks a documented rule, with strict validation.
    pub fn from_issue(issue: &Issue) -> BoxedCallError<Cause> {
        let decode_error = DecodeError {
            code: "INVALID_RECORD",
            path: issue.path.clone(),
            expected: issue.expected.clone(),
            found: issue.found(),
            offset: issue.offset,
        };
        let mut error = CallError::from_decode_error(decode_error);
        if !issue.case_id.is_empty() {
            error.prefix = text!("Case ", issue.case_id, ": ");
        }
        error
    }

    /// The error for a list that cannot be read further.
    pub fn from_reader_error(stuck: ReaderError) -> BoxedCallError<Cause> {
        match stuck {
            ReaderError::PageMismatch { requested: asked, received: came } => {
                CallError::client("PAGE_MISMATCH", text!("(requested page ", asked, ", received page ", came, ")"))
            }
            ReaderError::Unstable => CallError::client("LIST_UNSTABLE", ""),
        }
    }

    /// The message for developers: the problems of an invalid request, else the meaning of the row with details. The package
    /// composes the same message (`client/errors.ts`).
    pub fn message(&self) -> String {
        if self.problems.is_empty() || self.kind != ErrorKind::InvalidRequest {
            let space = if self.detail.is_empty() { "" } else { " " };
            return text!(self.prefix, self.row.meaning, space, self.detail);
        }
        let problems = join(&mut self.problems.iter().map(|problem| problem.message.as_str()), "; ");
        text!("Invalid request: ", problems)
    }

    /// The remedy for users, as a sentence that a portal can show.
    pub fn advice(&self) -> &'static str {
        self.row.advice
    }

    /// The remedy for developers, with names of the npm package; empty if the advice is sufficient.
    pub fn hint(&self) -> &'static str {
        self.row.hint
    }

    /// Sets the foreign error that caused this one.
    pub fn with_cause(mut self: Box<Self>, cause: Cause) -> BoxedCallError<Cause> {
        self.cause = Some(cause);
        self
    }

    /// Replaces the texts that contain a secret.
    #[inline]
    pub(crate) fn redact(&mut self, is_secret: impl Fn(&str) -> bool) {
        let hide = |text: &mut String| {
            if is_secret(text) {
                "(not shown)".clone_into(text);
            }
        };
        hide(&mut self.code);
        hide(&mut self.prefix);
        hide(&mut self.detail);
        for id in [&mut self.message_id, &mut self.request_id] {
            id.as_mut().map(hide);
        }
        if let Some(decode_error) = &mut self.decode_error {
            hide(&mut decode_error.path);
            hide(&mut decode_error.found);
        }
        // Without problems the message is the meaning of the code.
        if self.problems.iter().any(|problem| problem.contains_secret(&is_secret)) {
            self.problems.clear();
        }
    }

    /// Sets the call of the error.
    pub fn for_call(mut self: Box<Self>, operation: &'static str, ids: &[String]) -> BoxedCallError<Cause> {
        self.operation = operation;
        self.ids = ids.to_vec();
        self
    }
}

impl<Cause> fmt::Display for CallError<Cause> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

/// The source is the foreign error that caused this one.
impl<Cause: Error + 'static> Error for CallError<Cause> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// The start of a message about an error of the service or gateway.
fn response_prefix(source: Source, code: &str, status: u16) -> String {
    text!("The ", source.as_str(), " responded with ", code, " (HTTP ", status, "): ")
}
