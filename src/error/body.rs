//! The body of a gateway's error response, written by the gateway and read by the client.

use super::{ErrorKind, ErrorRow, Source, explain_first};
use crate::model::Timestamp;
use crate::rules::{MAX_PROBLEMS, Problem};
use crate::util::{Json, ObjectWriter, parse_rfc3339_ms, str_prefix, write_array};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The body of a gateway's error response: in JSON, the value of the only member, `error`.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::error::{ErrorBody, row_for};
///
/// let body = ErrorBody { retry_after_ms: Some(1000), retry: true, ..ErrorBody::from_row(row_for("GATEWAY_BUSY")) };
/// let document = json(body.to_json().as_bytes()).map_err(|fault| fault.to_string())?;
/// assert_eq!(ErrorBody::from_json(&document), Some(body));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorBody {
    /// The side that found the error: the gateway or the service.
    pub source: Source,
    /// The class of the error, for decisions in code; never `aborted`, which only a client reports.
    pub kind: ErrorKind,
    /// A code of the error tables. A client passes on an unknown code unchanged.
    pub code: String,
    /// Description of the error, in a sentence.
    pub message: String,
    /// Advice for the user of a portal, in a sentence.
    pub advice: String,
    /// HTTP status of the response.
    pub status: u16,
    /// Whether a later retry can help, for a button "Try again".
    pub retryable: bool,
    /// Whether the client is to retry automatically. The gateway has already retried, and the retries of the two must not
    /// multiply.
    pub retry: bool,
    /// Time to wait before a retry, in milliseconds; at most a day.
    pub retry_after_ms: Option<u32>,
    /// Time at which the quota renews, in milliseconds since 1970 (UTC).
    pub renews_at_ms: Option<i64>,
    /// Id to quote to Cisco's support.
    pub message_id: Option<String>,
    /// Id to quote to the gateway's operator.
    pub request_id: Option<String>,
    /// The invalid values of the request.
    pub problems: Vec<Problem>,
}

/// Maximum length of a received text; the rest is cut.
const MAX_TEXT_BYTES: usize = 300;

/// Maximum length of a received code, which is one word or a few; the rest is cut.
const MAX_CODE_BYTES: usize = 80;

/// Maximum number of received problems, with the entry that counts further ones.
const MAX_READ_PROBLEMS: usize = MAX_PROBLEMS + 1;

/// The longest accepted `retryAfterMs`, a day: as in `Retry-After`, a larger value is a mistake or a ban.
const MAX_RETRY_AFTER_MS: u32 = 86_400_000;

impl ErrorBody {
    /// Makes the body of an error that the gateway found, with the texts of a table row.
    pub fn from_row(row: &ErrorRow) -> ErrorBody {
        ErrorBody {
            source: Source::Gateway,
            kind: row.kind,
            code: row.code.to_owned(),
            message: row.meaning.to_owned(),
            advice: row.advice.to_owned(),
            status: row.status,
            retryable: row.retryable,
            retry: false,
            retry_after_ms: None,
            renews_at_ms: None,
            message_id: None,
            request_id: None,
            problems: Vec::new(),
        }
    }

    /// Returns the body as JSON. Long texts are cut by the reader.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"error\":");
        let mut object = ObjectWriter::open(&mut out);
        object.string("source", self.source.as_str());
        object.string("kind", self.kind.as_str());
        object.string("code", &self.code);
        object.string("message", &self.message);
        object.string("advice", &self.advice);
        object.number("status", Some(u32::from(self.status)));
        for (name, flag) in [("retryable", self.retryable), ("retry", self.retry)] {
            object.name(name).push_str(if flag { "true" } else { "false" });
        }
        object.number("retryAfterMs", self.retry_after_ms);
        let renews_at = self.renews_at_ms.and_then(Timestamp::from_unix_ms);
        let renews_at = renews_at.as_ref().map(Timestamp::as_str);
        let ids = [("messageId", self.message_id.as_deref()), ("requestId", self.request_id.as_deref())];
        for (name, text) in [("renewsAt", renews_at)].into_iter().chain(ids) {
            if let Some(text) = text {
                object.string(name, text);
            }
        }
        if !self.problems.is_empty() {
            write_array(object.name("problems"), &self.problems, |out, problem| problem.write_json(out));
        }
        object.close();
        out.push('}');
        out
    }

    /// Reads the body of a gateway's error response, or returns `None` for any other document.
    ///
    /// It requires a known source, a known kind and a code. All other members are optional, and ignored if their type is
    /// wrong.
    pub fn from_json(document: &Json) -> Option<ErrorBody> {
        let error = document.get("error")?;
        let text = |name| error.str_at(name, MAX_TEXT_BYTES);
        let word = |name| text(name).unwrap_or_default();
        let (source, code) = (word("source"), str_prefix(word("code"), MAX_CODE_BYTES));
        let source = [Source::Gateway, Source::Service].into_iter().find(|known| known.as_str() == source)?;
        let kind = ErrorKind::from_name(word("kind"))?;
        if kind == ErrorKind::Aborted || code.is_empty() {
            return None;
        }
        let mut problems = Vec::new();
        if let Some(Json::Array(items)) = error.get("problems") {
            for item in items.iter().take(MAX_READ_PROBLEMS) {
                if let Some(problem) = Problem::from_json(item, known_code) {
                    problems.push(problem);
                }
            }
        }
        let flag = |name| matches!(error.get(name), Some(Json::Bool(true)));
        Some(ErrorBody {
            source,
            kind,
            code: code.to_owned(),
            message: word("message").to_owned(),
            advice: word("advice").to_owned(),
            status: error.u32_at("status").and_then(|status| u16::try_from(status).ok()).unwrap_or(0),
            retryable: flag("retryable"),
            retry: flag("retry"),
            retry_after_ms: error.u32_at("retryAfterMs").map(|ms| ms.min(MAX_RETRY_AFTER_MS)),
            renews_at_ms: parse_rfc3339_ms(word("renewsAt").as_bytes()),
            message_id: text("messageId").map(str::to_owned),
            request_id: text("requestId").map(str::to_owned),
            problems,
        })
    }
}

/// Returns a problem's code as the error tables spell it.
fn known_code(code: &str) -> &'static str {
    explain_first(code, None).map_or("INVALID_PARAMETER", |row| row.code)
}
