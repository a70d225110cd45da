//! What a response that is no answer means.

use super::{ERROR_TABLE, ErrorKind, ErrorRow, find::find_code, lookup::explain_service, row_for};
use crate::util::{Json, beginning, joined, text};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The parts of a response that tell what went wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorResponse<'a> {
    /// HTTP status.
    pub status: u16,
    /// The header `X-Mashery-Error-Code`.
    pub mashery_error_code: Option<&'a str>,
    /// The body, whatever it is.
    pub body: &'a [u8],
    /// The body's value, where it is legal JSON.
    pub document: Option<&'a Json>,
}

/// What a response that is no answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Classification {
    /// HTTP status as it came.
    pub status: u16,
    /// The code of the service's table, or what came where the table has nothing like it.
    pub code: String,
    /// What a caller decides by.
    pub kind: ErrorKind,
    /// Whether asking again, later, can help.
    pub retryable: bool,
    /// The row of the table that tells what it means and what to do.
    pub row: &'static ErrorRow,
}

impl Classification {
    fn from_row(row: &'static ErrorRow, status: u16) -> Classification {
        Classification { status, code: row.code.to_owned(), kind: row.kind, retryable: row.retryable, row }
    }
}

/// Of a body that is no JSON, this much is searched for a code: error pages are short, and an answer of 64 MiB that
/// came with a 500 is no reason to search 64 MiB.
const MAX_SEARCHED_BYTES: usize = 64 * 1024;

/// An unknown code is quoted up to this length.
const MAX_CODE_BYTES: usize = 80;

/// Classifies a response that is no answer: by `X-Mashery-Error-Code`, then by a known code anywhere in the body, then
/// by status. It never fails and never says "no error".
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
            let mut said = ErrorTexts::default();
            said.collect(value);
            (said.find_row(status), said.codes.first().map(|code| beginning(code, MAX_CODE_BYTES).to_owned()))
        }
        None => {
            // Codes are ASCII; what is not parts them as a space does.
            let searched = body.get(..MAX_SEARCHED_BYTES).unwrap_or(body).iter();
            let text: String = searched.map(|b| if b.is_ascii() { char::from(*b) } else { ' ' }).collect();
            (find_code(&strip_tags(&text), status), None)
        }
    };
    row.map_or_else(|| classify_status(status, code), |row| Classification::from_row(row, status))
}

/// What an error document says, at any depth.
#[derive(Default)]
struct ErrorTexts<'a> {
    /// Values of members whose name says that they hold a code.
    codes: Vec<&'a str>,
    /// Every other text.
    texts: Vec<&'a str>,
}

impl<'a> ErrorTexts<'a> {
    fn collect(&mut self, value: &'a Json) {
        match value {
            Json::Text(text) => self.texts.push(text),
            Json::List(items) => items.iter().for_each(|item| self.collect(item)),
            Json::Object(members) => {
                for (name, value) in members {
                    match value {
                        Json::Text(text) if is_code_name(name) => self.codes.push(text),
                        other => self.collect(other),
                    }
                }
            }
            _ => {}
        }
    }

    /// A code that a member gives as such comes before one that stands in running text.
    fn find_row(&self, status: u16) -> Option<&'static ErrorRow> {
        self.codes
            .iter()
            .find_map(|code| explain_service(code, Some(status)))
            .or_else(|| find_code(&joined(&mut self.codes.iter().copied(), " | "), status))
            .or_else(|| find_code(&joined(&mut self.texts.iter().copied(), " | "), status))
    }
}

/// The names under which the service's siblings, its gateway and token endpoints put a code (FACTS, Error bodies).
fn is_code_name(name: &str) -> bool {
    ["errorcode", "error_code", "errorid", "code", "error"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Markup's text: tags become spaces.
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
    // A lone "<" is no tag: then nothing is left out.
    if in_tag { text.to_owned() } else { out }
}

/// Which row stands for a status when nothing else is said.
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

fn classify_status(status: u16, code: Option<String>) -> Classification {
    let wanted = BY_STATUS.iter().find(|(known, _)| *known == status).map(|(_, code)| *code);
    let row = wanted.and_then(|code| {
        let mut rows = ERROR_TABLE.iter().filter(|row| row.code == code);
        rows.clone().find(|row| row.status == status).or_else(|| rows.next())
    });
    if let (Some(row), None) = (row, &code) {
        return Classification::from_row(row, status);
    }
    let (kind, retryable, fallback) = match (row, status) {
        (Some(row), _) => (row.kind, row.retryable, row.code.to_owned()),
        // A redirect that a browser does not show: the service has none, and a sign-in proxy answers so.
        (None, 0) => (ErrorKind::Authentication, false, "SIGN_IN_PAGE".to_owned()),
        (None, 300..400) => (ErrorKind::Unavailable, false, "REDIRECTED".to_owned()),
        (None, 200..300) => (ErrorKind::Decode, false, "UNEXPECTED_RESPONSE".to_owned()),
        (None, 500..) => (ErrorKind::Unavailable, true, text!("HTTP_", status)),
        (None, _) => (ErrorKind::InvalidRequest, false, text!("HTTP_", status)),
    };
    let code = code.unwrap_or(fallback);
    // What the row advises goes with whether asking again can help.
    let usual = if retryable { "Internal Server Error" } else { "UNDOCUMENTED_STATUS" };
    let row = explain_service(&code, None).or(row).or_else(|| explain_service(usual, None));
    Classification { status, kind, retryable, row: row.unwrap_or_else(|| row_for(usual)), code }
}
