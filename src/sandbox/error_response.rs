//! Error responses, built from the rows of the error table.

use super::http::{JSON_TYPE, SandboxResponse};
use crate::error::{ERROR_TABLE, ErrorRow};
use crate::util::{Json, write_string};
use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

const XML_TYPE: &str = "text/xml";
const HTML_TYPE: &str = "text/html;charset=UTF-8";

/// Returns the response for the first row with this code.
pub(super) fn for_code(code: &str) -> SandboxResponse {
    match ERROR_TABLE.iter().find(|row| row.code == code) {
        Some(row) => for_row(row, row.status),
        None => html_error(500, "Internal Server Error"),
    }
}

/// Returns the response for a row in the format of the layer that detects the error: the API gateway, the service, or
/// the web server below both.
///
/// No error body of this service is public. Its codes therefore use the three formats of its sibling APIs, each code
/// always the same one.
pub(super) fn for_row(row: &ErrorRow, status: u16) -> SandboxResponse {
    if let Some(code) = gateway_code(row) {
        let mut response = gateway_error(status, code);
        if row.code == "Account Over Queries Per Second Limit" {
            response.headers.push(("Retry-After", "1".to_owned()));
        }
        return response;
    }
    if !row.code.contains('_') {
        return html_error(status, row.code);
    }
    let row_index = ERROR_TABLE.iter().position(|other| core::ptr::eq(other, row)).unwrap_or(0);
    SandboxResponse::json(status, &error_body(row_index, row))
}

/// Returns the gateway's name for a row, or `None` if the gateway does not detect this error.
fn gateway_code(row: &ErrorRow) -> Option<&'static str> {
    let known = row.spellings().find(|name| name.starts_with("ERR_"));
    // "Not Authorized" has two rows: for a token and for a key. The gateway has one name for both.
    known.or((row.code == "Not Authorized").then_some("ERR_403_NOT_AUTHORIZED"))
}

fn gateway_error(status: u16, code: &str) -> SandboxResponse {
    let words = code.trim_start_matches("ERR_").trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let mut heading = String::new();
    for word in words.split('_') {
        if !heading.is_empty() {
            heading.push(' ');
        }
        heading.extend(word.chars().take(1));
        heading.extend(word.chars().skip(1).map(|c| c.to_ascii_lowercase()));
    }
    let mut response = match status {
        400..500 | 596 => {
            let heading = if status == 596 { format!("596 {heading}") } else { heading };
            SandboxResponse::text(status, XML_TYPE, format!("<h1>{heading}</h1>"))
        }
        _ => html_error(status, &heading),
    };
    response.headers.push(("X-Mashery-Error-Code", code.to_owned()));
    response
}

/// Returns the error page of a web server.
pub(super) fn html_error(status: u16, heading: &str) -> SandboxResponse {
    let body = format!(
        "<!DOCTYPE html>\n<html><head><title>{status} {heading}</title></head>\n<body><h1>{heading}</h1>\
         <p>The request could not be completed.</p></body></html>\n"
    );
    SandboxResponse::text(status, HTML_TYPE, body)
}

/// Returns an error with status 200, alternating between the two formats of the service's sibling APIs.
pub(super) fn error_with_status_200(number: u64) -> SandboxResponse {
    let Some(row) = ERROR_TABLE.iter().find(|row| row.code == "UNKNOWN_FAILURE") else {
        return SandboxResponse::default();
    };
    let body = if number.is_multiple_of(2) {
        error_body(2, row)
    } else {
        let error = Json::object([("ErrorID", Json::from(row.code)), ("ErrorDescription", Json::from(row.meaning))]);
        Json::object([("EOXError", error)])
    };
    SandboxResponse::json(200, &body)
}

fn error_body(row_index: usize, row: &ErrorRow) -> Json {
    let members = |names: [&'static str; 3]| {
        let values = [row.code, row.meaning, row.advice];
        names.into_iter().zip(values).map(|(name, value)| (name, Json::from(value))).collect::<Vec<_>>()
    };
    match row_index % 3 {
        0 => {
            let error = Json::object(members(["ErrorCode", "ErrorDescription", "SuggestedAction"]));
            Json::object([("ErrorResponse", Json::object([("APIError", Json::Array(vec![error]))]))])
        }
        1 => Json::object([("errorCode", Json::from(row.code)), ("errorMessage", Json::from(row.meaning))]),
        _ => {
            let mut error = members(["errorCode", "errorDescription", "suggestedAction"]);
            error.push(("inputIdentifier", Json::Null));
            Json::object([("APIError", Json::object([("Error", Json::Array(vec![Json::object(error)]))]))])
        }
    }
}

/// Returns the error response of `/__sandbox`: `{ "error": …, "field": … }`.
pub(super) fn control_error(status: u16, field: &str, message: &str) -> SandboxResponse {
    let mut body = String::from("{\"error\":");
    write_string(&mut body, message);
    body.push_str(",\"field\":");
    write_string(&mut body, field);
    body.push('}');
    SandboxResponse::text(status, JSON_TYPE, body)
}
