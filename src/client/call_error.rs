//! What a call fails with.

use crate::decode::DecodeError;
use crate::error::{Classification, ErrorBody, ErrorKind, ErrorRow, Source, explain_first, row_for};
use crate::model::Issue;
use crate::paging::ReaderError;
use crate::rules::Problem;
use crate::util::{Json, join, text};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::error::Error;
use core::fmt;

/// What a call fails with. It holds no token, no secret and no header that the caller sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallError<Cause> {
    /// What a caller decides by.
    pub kind: ErrorKind,
    /// A code of the service's table or of the client's own.
    pub code: String,
    /// The row of the table that tells what it means and what to do.
    pub row: &'static ErrorRow,
    /// What stands before the row's meaning in the message.
    pub prefix: String,
    /// What stands behind it: what is particular in this case.
    pub detail: String,
    /// Whether asking again, later, can help.
    pub retryable: bool,
    /// Whether the client is to ask again by itself, where a gateway says so.
    pub retry: Option<bool>,
    /// Who found it.
    pub source: Source,
    /// HTTP status, where there was a response.
    pub status: Option<u16>,
    /// How long the service asks to wait.
    pub retry_after_ms: Option<u32>,
    /// When the quota renews, in milliseconds since 1970 (UTC), where that is known.
    pub renews_at_ms: Option<i64>,
    /// The id to quote to Cisco's support.
    pub message_id: Option<String>,
    /// The id to quote to the operator of the gateway that answered.
    pub request_id: Option<String>,
    /// How many requests were sent for this call.
    pub attempts: u32,
    /// How long it waited in all: for its turn, for a token, and between attempts.
    pub waited_ms: u32,
    /// What was called, such as `casesByContract`.
    pub operation: &'static str,
    /// The ids it was called with.
    pub ids: Vec<String>,
    /// What is wrong with the request.
    pub problems: Vec<Problem>,
    /// Where a body cannot be read.
    pub decode_error: Option<DecodeError>,
    /// The foreign failure behind it.
    pub cause: Option<Cause>,
}

/// An error as it travels: behind one pointer, since every step of a call would otherwise carry its 300 bytes along.
pub type BoxedCallError<Cause> = Box<CallError<Cause>>;

impl<Cause> CallError<Cause> {
    /// An error that this side found, by its code in the client's own table.
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

    /// A request that breaks rules.
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

    /// A response that is no answer.
    pub fn from_response(failure: Classification) -> BoxedCallError<Cause> {
        let mut error = CallError::client("UNEXPECTED_RESPONSE", "");
        error.kind = failure.kind;
        error.row = failure.row;
        error.prefix = refusal(Source::Service, &failure.code, failure.status);
        error.code = failure.code;
        error.retryable = failure.retryable;
        error.source = Source::Service;
        error.status = Some(failure.status);
        error
    }

    /// What a gateway says, if a document is a gateway's. Of its words none is shown where the tables have the code.
    pub fn from_gateway(document: &Json, status: u16) -> Option<BoxedCallError<Cause>> {
        let told = ErrorBody::from_json(document)?;
        let mut error = CallError::client("UNKNOWN_CODE", "");
        error.code = told.code;
        match explain_first(&error.code, Some(status)) {
            Some(row) => {
                error.code = row.code.to_owned();
                error.row = row;
            }
            None => error.detail = told.message,
        }
        error.prefix = refusal(told.source, &error.code, status);
        error.kind = told.kind;
        error.source = told.source;
        error.retryable = told.retryable;
        error.retry = Some(told.retry);
        error.retry_after_ms = told.retry_after_ms;
        error.renews_at_ms = told.renews_at_ms;
        error.message_id = told.message_id;
        error.request_id = told.request_id;
        error.problems = told.problems;
        Some(error)
    }

    /// A body that cannot be read.
    pub fn from_decode_error(fault: DecodeError) -> BoxedCallError<Cause> {
        let mut error = CallError::client(fault.code, text!("(", fault.message(), ")"));
        error.source = Source::Service;
        error.decode_error = Some(fault);
        error
    }

    /// A record that breaks a rule, where strict validation was asked for.
    pub fn from_issue(issue: &Issue) -> BoxedCallError<Cause> {
        let fault = DecodeError {
            code: "INVALID_RECORD",
            path: issue.path.clone(),
            expected: issue.expected.clone(),
            found: issue.found(),
            offset: issue.offset,
        };
        let mut error = CallError::from_decode_error(fault);
        if !issue.case_id.is_empty() {
            error.prefix = text!("Case ", issue.case_id, ": ");
        }
        error
    }

    /// A list that cannot be read on.
    pub fn from_reader_error(stuck: ReaderError) -> BoxedCallError<Cause> {
        match stuck {
            ReaderError::PageMismatch { requested: asked, received: came } => {
                CallError::client("PAGE_MISMATCH", text!("(requested page ", asked, ", received page ", came, ")"))
            }
            ReaderError::Unstable => CallError::client("LIST_UNSTABLE", ""),
        }
    }

    /// What happened, in a sentence for developers: of a request that breaks rules what is wrong with it, of everything
    /// else what its row means and what is particular. The package words it the same way (`client/errors.ts`).
    pub fn message(&self) -> String {
        if self.problems.is_empty() || self.kind != ErrorKind::InvalidRequest {
            let space = if self.detail.is_empty() { "" } else { " " };
            return text!(self.prefix, self.row.meaning, space, self.detail);
        }
        let problems = join(&mut self.problems.iter().map(|problem| problem.message.as_str()), "; ");
        text!("Invalid request: ", problems)
    }

    /// What to do, in a sentence that a portal can show.
    pub fn advice(&self) -> &'static str {
        self.row.advice
    }

    /// What its developer can do, by the names of the npm package; empty where the advice says it all.
    pub fn hint(&self) -> &'static str {
        self.row.hint
    }

    /// The same error with the foreign failure behind it.
    pub fn with_cause(mut self: Box<Self>, cause: Cause) -> BoxedCallError<Cause> {
        self.cause = Some(cause);
        self
    }

    /// Leaves out the texts that hold a secret.
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
        if let Some(fault) = &mut self.decode_error {
            hide(&mut fault.path);
            hide(&mut fault.found);
        }
        // Without them the error says what its code means.
        if self.problems.iter().any(|problem| problem.contains_secret(&is_secret)) {
            self.problems.clear();
        }
    }

    /// The same error, of this call.
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

/// Its source is the foreign failure, where that is an error.
impl<Cause: Error + 'static> Error for CallError<Cause> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// What stands before the meaning of what somebody else found.
fn refusal(source: Source, code: &str, status: u16) -> String {
    text!("The ", source.as_str(), " responded with ", code, " (HTTP ", status, "): ")
}
