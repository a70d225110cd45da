//! The error table's rows as responses.

use super::http::SandboxResponse;
use crate::error::{ERROR_TABLE, ErrorRow};
use crate::util::{Json, write_string};
use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

pub(super) const JSON_TYPE: &str = "application/json;charset=UTF-8";
const XML_TYPE: &str = "text/xml";
const HTML_TYPE: &str = "text/html;charset=UTF-8";

/// The first row of that code, as the service answers it.
pub(super) fn for_code(code: &str) -> SandboxResponse {
    match ERROR_TABLE.iter().find(|row| row.code == code) {
        Some(row) => for_row(row, row.status),
        None => html_error(500, "Internal Server Error"),
    }
}

/// A row as the layer answers it that finds the error: the gateway, the service, or the server below both.
///
/// No error body of the service itself is public: its codes come in the three shapes of its siblings, each code
/// always in the same one.
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
    let place = ERROR_TABLE.iter().position(|other| core::ptr::eq(other, row)).unwrap_or(0);
    json(status, &error_body(place, row))
}

/// What the gateway calls a row, if it is the gateway's.
fn gateway_code(row: &ErrorRow) -> Option<&'static str> {
    let known = row.spellings().find(|name| name.starts_with("ERR_"));
    // The table has "Not Authorized" twice: for a token and for a key. The gateway has one name for both.
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
            text(status, XML_TYPE, format!("<h1>{heading}</h1>"))
        }
        _ => html_error(status, &heading),
    };
    response.headers.push(("X-Mashery-Error-Code", code.to_owned()));
    response
}

/// An error page of a web server.
pub(super) fn html_error(status: u16, heading: &str) -> SandboxResponse {
    let body = format!(
        "<!DOCTYPE html>\n<html><head><title>{status} {heading}</title></head>\n<body><h1>{heading}</h1>\
         <p>The request could not be completed.</p></body></html>\n"
    );
    text(status, HTML_TYPE, body)
}

/// An error with the status of success, in the two shapes that the service's siblings have for it.
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
    json(200, &body)
}

fn error_body(place: usize, row: &ErrorRow) -> Json {
    let members = |names: [&'static str; 3]| {
        let values = [row.code, row.meaning, row.advice];
        names.into_iter().zip(values).map(|(name, value)| (name, Json::from(value))).collect::<Vec<_>>()
    };
    match place % 3 {
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

/// An response with a JSON body.
pub(super) fn json(status: u16, body: &Json) -> SandboxResponse {
    text(status, JSON_TYPE, body.to_json_string())
}

/// An response with a body.
pub(super) fn text(status: u16, content_type: &str, body: String) -> SandboxResponse {
    let headers = vec![("Content-Type", content_type.to_owned())];
    SandboxResponse { status, headers, body: body.into_bytes(), ..SandboxResponse::default() }
}

/// `{ "error": …, "field": … }`: what is wrong with what `/__sandbox` was asked.
pub(super) fn control_error(status: u16, field: &str, message: &str) -> SandboxResponse {
    let mut body = String::from("{\"error\":");
    write_string(&mut body, message);
    body.push_str(",\"field\":");
    write_string(&mut body, field);
    body.push('}');
    text(status, JSON_TYPE, body)
}
