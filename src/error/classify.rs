//! Classification of error responses.

use super::{ERROR_TABLE, ErrorKind, ErrorRow, find::find_code, lookup::explain_service, row_for};
use crate::util::{Json, join, str_prefix, text};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The parts of an error response that [`classify`] reads.
///
/// ```
/// use cisco_support_case::error::{ErrorKind, ErrorResponse, classify};
///
/// let code = Some("ERR_403_DEVELOPER_OVER_QPS");
/// let response = ErrorResponse { status: 403, mashery_error_code: code, ..ErrorResponse::default() };
/// assert_eq!(classify(response).kind, ErrorKind::RateLimited, "the header is more specific than the status");
/// let response = ErrorResponse { mashery_error_code: None, ..response };
/// assert_eq!(classify(response).kind, ErrorKind::Permission);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorResponse<'a> {
    /// HTTP status of the response.
    pub status: u16,
    /// Value of the header `X-Mashery-Error-Code`.
    pub mashery_error_code: Option<&'a str>,
    /// The body, in any format.
    pub body: &'a [u8],
    /// The parsed body, if it is valid JSON.
    pub document: Option<&'a Json>,
}

/// The meaning of an error response.
///
/// ```
/// use cisco_support_case::error::{ErrorKind, ErrorResponse, classify};
///
/// let failure = classify(ErrorResponse { status: 504, ..ErrorResponse::default() });
/// assert_eq!((failure.code.as_str(), failure.kind), ("Gateway Timeout", ErrorKind::Unavailable));
/// assert!(failure.retryable);
/// let failure = classify(ErrorResponse { status: 418, ..ErrorResponse::default() });
/// assert_eq!((failure.code.as_str(), failure.row.code), ("HTTP_418", "UNDOCUMENTED_STATUS"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Classification {
    /// HTTP status of the response.
    pub status: u16,
    /// The code of the service's table, or the received code if the table has none like it.
    pub code: String,
    /// The class of the error, for decisions in code.
    pub kind: ErrorKind,
    /// Whether a later retry can help.
    pub retryable: bool,
    /// The table row with the meaning and the advice.
    pub row: &'static ErrorRow,
}

impl Classification {
    fn from_row(row: &'static ErrorRow, status: u16) -> Classification {
        Classification { status, code: row.code.to_owned(), kind: row.kind, retryable: row.retryable, row }
    }
}

/// Number of bytes of a body that is not JSON in which a code is searched: error pages are short, and a body of 64 MiB is
/// not worth a full search.
const MAX_SEARCHED_BYTES: usize = 64 * 1024;

/// Maximum length at which an unknown code is quoted.
const MAX_CODE_BYTES: usize = 80;

/// Classifies an error response: by `X-Mashery-Error-Code`, then by a known code anywhere in the body, then by status.
///
/// Every input has a classification, also an empty response or one with status 200.
///
/// ```
/// use cisco_support_case::error::{ErrorKind, ErrorResponse, classify};
/// let html = b"<html><body><h1>Developer Over Qps</h1></body></html>";
/// let failure = classify(ErrorResponse { status: 403, body: html, ..ErrorResponse::default() });
/// assert_eq!(failure.kind, ErrorKind::RateLimited);
/// assert!(failure.retryable);
/// ```
pub fn classify(response: ErrorResponse<'_>) -> Classification {
    let ErrorResponse { status, mashery_error_code, body, document } = response;
    let by_header = mashery_error_code.and_then(|code| explain_service(code, Some(status)));
    if let Some(row) = by_header {
        return Classification::from_row(row, status);
    }
    let (row, code) = match document {
        Some(value) => {
            let mut texts = ErrorTexts::default();
            texts.collect(value);
            (texts.find_row(status), texts.codes.first().map(|code| str_prefix(code, MAX_CODE_BYTES).to_owned()))
        }
        None => {
            // Codes are ASCII; any other byte separates words, like a space.
            let searched = body.get(..MAX_SEARCHED_BYTES).unwrap_or(body).iter();
            let text: String = searched.map(|b| if b.is_ascii() { char::from(*b) } else { ' ' }).collect();
            (find_code(&strip_tags(&text), status), None)
        }
    };
    row.map_or_else(|| classify_status(status, code), |row| Classification::from_row(row, status))
}

/// The texts of an error document, at any depth.
#[derive(Default)]
struct ErrorTexts<'a> {
    /// Values of members whose name denotes a code.
    codes: Vec<&'a str>,
    /// All other texts of the document.
    texts: Vec<&'a str>,
}

impl<'a> ErrorTexts<'a> {
    /// Adds the texts of a value.
    fn collect(&mut self, value: &'a Json) {
        match value {
            Json::String(text) => self.texts.push(text),
            Json::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Json::Object(members) => {
                for (name, value) in members {
                    match value {
                        Json::String(text) if is_code_name(name) => self.codes.push(text),
                        other => self.collect(other),
                    }
                }
            }
            _ => {}
        }
    }

    /// Finds the row for the collected texts. A code of its own member takes precedence over one in running text.
    fn find_row(&self, status: u16) -> Option<&'static ErrorRow> {
        self.codes
            .iter()
            .find_map(|code| explain_service(code, Some(status)))
            .or_else(|| find_code(&join(&mut self.codes.iter().copied(), " | "), status))
            .or_else(|| find_code(&join(&mut self.texts.iter().copied(), " | "), status))
    }
}

/// Whether a member's name denotes a code: the names that the service's siblings, its API gateway and token endpoints use
/// (www/guide/service.md#error-bodies).
fn is_code_name(name: &str) -> bool {
    ["errorcode", "error_code", "errorid", "code", "error"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Replaces the tags of HTML by spaces.
fn strip_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    // A "<" without ">" is not a tag: the text is then returned unchanged.
    if in_tag { text.to_owned() } else { out }
}

/// The code for a status, used if a response has no known code.
const BY_STATUS: [(u16, &str); 14] = [
    (400, "Bad Request"),
    (401, "Not Authorized"),
    (403, "Forbidden"),
    (404, "API_UNAVAILABLE"),
    (414, "Request URI Too Long"),
    (415, "INVALID_MEDIATYPE"),
    (429, "Account Over Queries Per Second Limit"),
    (500, "Internal Server Error"),
    (502, "Bad Gateway"),
    (503, "API Maintenance/Service Unavailable"),
    (504, "Gateway Timeout"),
    (596, "Service Not Found"),
    (408, "Gateway Timeout"),
    (425, "Rate Limit Exceeded"),
];

/// Classifies a response by its status; `code` is an unknown code that it contained.
fn classify_status(status: u16, code: Option<String>) -> Classification {
    let code_of_status = BY_STATUS.iter().find(|(known, _)| *known == status).map(|(_, code)| *code);
    let row = code_of_status.and_then(|code| {
        let mut rows = ERROR_TABLE.iter().filter(|row| row.code == code);
        rows.clone().find(|row| row.status == status).or_else(|| rows.next())
    });
    if let (Some(row), None) = (row, &code) {
        return Classification::from_row(row, status);
    }
    let (kind, retryable, fallback) = match (row, status) {
        (Some(row), _) => (row.kind, row.retryable, row.code.to_owned()),
        // A redirect that a browser hides. The service sends none; sign-in proxies do.
        (None, 0) => (ErrorKind::Authentication, false, "SIGN_IN_PAGE".to_owned()),
        (None, 300..400) => (ErrorKind::Unavailable, false, "REDIRECTED".to_owned()),
        (None, 200..300) => (ErrorKind::Decode, false, "UNEXPECTED_RESPONSE".to_owned()),
        (None, 500..) => (ErrorKind::Unavailable, true, text!("HTTP_", status)),
        (None, _) => (ErrorKind::InvalidRequest, false, text!("HTTP_", status)),
    };
    let code = code.unwrap_or(fallback);
    // The advice of the row must agree with `retryable`.
    let usual = if retryable { "Internal Server Error" } else { "UNDOCUMENTED_STATUS" };
    let row = explain_service(&code, None).or(row).or_else(|| explain_service(usual, None));
    Classification { status, kind, retryable, row: row.unwrap_or_else(|| row_for(usual)), code }
}
