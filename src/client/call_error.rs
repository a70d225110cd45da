//! What a call fails with.

use crate::decode::Fault;
use crate::error::{CLIENT_ERRORS, ErrorKind, Failure};
use crate::rules::Problem;

/// Who found the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// This side.
    Client,
    /// The service or the gateway in front of it at Cisco.
    Service,
}

impl Source {
    /// The literal in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Client => "client",
            Source::Service => "service",
        }
    }
}

/// What a call fails with. It holds no token, no secret and no header that the caller sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallError<Cause> {
    /// What a caller decides by.
    pub kind: ErrorKind,
    /// A code of the service's table or of the client's own.
    pub code: String,
    /// What happened, in a sentence for developers.
    pub message: String,
    /// What to do, in a sentence that a portal can show.
    pub advice: &'static str,
    /// Whether asking again, later, can help.
    pub retryable: bool,
    /// Who found it.
    pub source: Source,
    /// HTTP status, where there was a response.
    pub status: Option<u16>,
    /// How long the service asks to wait.
    pub retry_after_ms: Option<u32>,
    /// The id to quote to Cisco's support.
    pub message_id: Option<String>,
    /// How many requests were sent for this call.
    pub attempts: u32,
    /// What was called, such as `casesByContract`.
    pub operation: &'static str,
    /// The ids it was called with.
    pub ids: Vec<String>,
    /// What is wrong with the request.
    pub problems: Vec<Problem>,
    /// Where a body cannot be read.
    pub fault: Option<Fault>,
    /// The foreign failure behind it.
    pub cause: Option<Cause>,
}

/// An error as it travels: behind one pointer, since every step of a call would otherwise carry its 300 bytes along.
pub type Failed<Cause> = Box<CallError<Cause>>;

impl<Cause> CallError<Cause> {
    /// An error that this side found, by its code in the client's own table.
    pub fn own(code: &'static str, detail: &str) -> Failed<Cause> {
        let row = CLIENT_ERRORS.iter().find(|row| row.code == code);
        let meaning = row.map_or("A defect of this package.", |row| row.meaning);
        Box::new(CallError {
            kind: row.map_or(ErrorKind::Internal, |row| row.kind),
            code: code.to_owned(),
            message: if detail.is_empty() { meaning.to_owned() } else { format!("{meaning} {detail}") },
            advice: row.map_or("", |row| row.advice),
            retryable: row.is_some_and(|row| row.retryable),
            source: Source::Client,
            status: None,
            retry_after_ms: None,
            message_id: None,
            attempts: 0,
            operation: "",
            ids: Vec::new(),
            problems: Vec::new(),
            fault: None,
            cause: None,
        })
    }

    /// A request that breaks rules.
    pub fn invalid(problems: Vec<Problem>) -> Failed<Cause> {
        let message = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ");
        let code = problems.first().map_or("INVALID_PARAMETER", |problem| problem.code);
        let mut error = CallError::own("INVALID_PARAMETER", "");
        error.advice = crate::error::explain(code, None).first().map_or("", |row| row.advice);
        error.code = code.to_owned();
        error.message = format!("Invalid request: {message}");
        error.problems = problems;
        error
    }

    /// A response that is no answer.
    pub fn refused(failure: Failure) -> Failed<Cause> {
        let mut error = CallError::own("UNEXPECTED_RESPONSE", "");
        error.kind = failure.kind;
        error.message =
            format!("The service refused with {} (HTTP {}): {}", failure.code, failure.status, failure.meaning);
        error.code = failure.code;
        error.advice = failure.advice;
        error.retryable = failure.retryable;
        error.source = Source::Service;
        error.status = Some(failure.status);
        error
    }

    /// A body that cannot be read.
    pub fn unreadable(fault: Fault) -> Failed<Cause> {
        let mut error = CallError::own(fault.code, &format!("({fault})"));
        error.source = Source::Service;
        error.fault = Some(fault);
        error
    }

    /// The same error with the foreign failure behind it.
    pub fn because(mut self: Box<Self>, cause: Cause) -> Failed<Cause> {
        self.cause = Some(cause);
        self
    }

    /// The same error, of this call.
    pub fn of_call(mut self: Box<Self>, operation: &'static str, ids: &[String]) -> Failed<Cause> {
        self.operation = operation;
        self.ids = ids.to_vec();
        self
    }
}
