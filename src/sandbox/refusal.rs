//! The error table's rows as responses.

use super::exchange::Answer;
use crate::error::{ERROR_TABLE, ErrorRow};
use crate::util::{Json, write_text};
use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

pub(super) const JSON: &str = "application/json;charset=UTF-8";
const XML: &str = "text/xml";
const HTML: &str = "text/html;charset=UTF-8";

/// The first row of that code, as the service answers it.
pub(super) fn of_code(code: &str) -> Answer {
    match ERROR_TABLE.iter().find(|row| row.code == code) {
        Some(row) => of_row(row, row.status),
        None => page(500, "Internal Server Error"),
    }
}

/// A row as the layer answers it that finds the error: the gateway, the service, or the server below both.
///
/// No error body of the service itself is public: its codes come in the three shapes of its siblings, each code
/// always in the same one.
pub(super) fn of_row(row: &ErrorRow, status: u16) -> Answer {
    if let Some(code) = gateway_code(row) {
        let mut answer = gateway_error(status, code);
        if row.code == "Account Over Queries Per Second Limit" {
            answer.headers.push(("Retry-After", "1".to_owned()));
        }
        return answer;
    }
    if !row.code.contains('_') {
        return page(status, row.code);
    }
    let place = ERROR_TABLE.iter().position(|other| core::ptr::eq(other, row)).unwrap_or(0);
    json(status, &shape(place, row))
}

/// What the gateway calls a row, if it is the gateway's.
fn gateway_code(row: &ErrorRow) -> Option<&'static str> {
    let known = row.spellings().find(|name| name.starts_with("ERR_"));
    // The table has "Not Authorized" twice: for a token and for a key. The gateway has one name for both.
    known.or((row.code == "Not Authorized").then_some("ERR_403_NOT_AUTHORIZED"))
}

fn gateway_error(status: u16, code: &str) -> Answer {
    let words = code.trim_start_matches("ERR_").trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let mut heading = String::new();
    for word in words.split('_') {
        if !heading.is_empty() {
            heading.push(' ');
        }
        heading.extend(word.chars().take(1));
        heading.extend(word.chars().skip(1).map(|c| c.to_ascii_lowercase()));
    }
    let mut answer = match status {
        400..500 | 596 => {
            let heading = if status == 596 { format!("596 {heading}") } else { heading };
            text(status, XML, format!("<h1>{heading}</h1>"))
        }
        _ => page(status, &heading),
    };
    answer.headers.push(("X-Mashery-Error-Code", code.to_owned()));
    answer
}

/// An error page of a web server.
pub(super) fn page(status: u16, heading: &str) -> Answer {
    let body = format!(
        "<!DOCTYPE html>\n<html><head><title>{status} {heading}</title></head>\n<body><h1>{heading}</h1>\
         <p>The request could not be completed.</p></body></html>\n"
    );
    text(status, HTML, body)
}

/// An error with the status of success, in the two shapes that the service's siblings have for it.
pub(super) fn with_status_200(number: u64) -> Answer {
    let Some(row) = ERROR_TABLE.iter().find(|row| row.code == "UNKNOWN_FAILURE") else { return Answer::default() };
    let body = if number.is_multiple_of(2) {
        shape(2, row)
    } else {
        let error = Json::object([("ErrorID", Json::from(row.code)), ("ErrorDescription", Json::from(row.meaning))]);
        Json::object([("EOXError", error)])
    };
    json(200, &body)
}

fn shape(place: usize, row: &ErrorRow) -> Json {
    let members = |names: [&'static str; 3]| {
        let values = [row.code, row.meaning, row.advice];
        names.into_iter().zip(values).map(|(name, value)| (name, Json::from(value))).collect::<Vec<_>>()
    };
    match place % 3 {
        0 => {
            let error = Json::object(members(["ErrorCode", "ErrorDescription", "SuggestedAction"]));
            Json::object([("ErrorResponse", Json::object([("APIError", Json::List(vec![error]))]))])
        }
        1 => Json::object([("errorCode", Json::from(row.code)), ("errorMessage", Json::from(row.meaning))]),
        _ => {
            let mut error = members(["errorCode", "errorDescription", "suggestedAction"]);
            error.push(("inputIdentifier", Json::Null));
            Json::object([("APIError", Json::object([("Error", Json::List(vec![Json::object(error)]))]))])
        }
    }
}

/// An answer with a JSON body.
pub(super) fn json(status: u16, body: &Json) -> Answer {
    text(status, JSON, body.to_text())
}

/// An answer with a body.
pub(super) fn text(status: u16, content_type: &str, body: String) -> Answer {
    let headers = vec![("Content-Type", content_type.to_owned())];
    Answer { status, headers, body: body.into_bytes(), ..Answer::default() }
}

/// `{ "error": …, "field": … }`: what is wrong with what `/__sandbox` was asked.
pub(super) fn of_control(status: u16, field: &str, message: &str) -> Answer {
    let mut body = String::from("{\"error\":");
    write_text(&mut body, message);
    body.push_str(",\"field\":");
    write_text(&mut body, field);
    body.push('}');
    text(status, JSON, body)
}
