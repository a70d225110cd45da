//! The meaning of a response by its HTTP status alone, printed from the classification of the library.
//!
//! It is for requests to a gateway that are no calls of the wasm's engine: what is in front of the gateway may answer them. Only
//! the gateway itself judges permissions and requests, by which following removes cases. A proxy that refuses a request has
//! an undocumented status.

use cisco_support_case::error::{
    CLIENT_ERRORS, Classification, ERROR_TABLE, ErrorKind, ErrorResponse, ErrorRow, GATEWAY_ERRORS, classify, row_for,
};
use serde_json::{Map, Value, json};

/// The file, by its path in the package's sources. The scripts of the store contain it.
pub(crate) const PATH: &str = "generated/status-errors.ts";

/// The start of the code of a status without a code of its own.
const NAMELESS: &str = "HTTP_";

/// The source of the file.
pub(crate) fn source() -> String {
    let errors = Value::Object(errors());
    format!(
        "// Written from the Rust tables by `cargo xtask build`. Do not edit.\n\n\
         import type {{ ErrorKind }} from \"./types.js\";\n\n\
         /**\n * The error of a response without a known body: by its status, or by the first digit of the status. The status\n \
         * follows a code that ends in `_`; the last member is the index of its row in all tables.\n */\n\
         export const STATUS_ERRORS: Readonly<Record<string, readonly [code: string, kind: ErrorKind, retryable: boolean, \
         row: number]>> = {errors};\n"
    )
}

fn errors() -> Map<String, Value> {
    let of_status = |status| classify(ErrorResponse { status, ..ErrorResponse::default() });
    // The last status of each hundred stands for those without an entry.
    let usual: Vec<_> = (0..10).map(|digit: u16| (digit, of_status(digit * 100 + 99))).collect();
    let mut errors: Map<String, Value> = usual.iter().map(|(digit, one)| (digit.to_string(), entry(one))).collect();
    for status in 0..1000 {
        let one = of_status(status);
        let is_usual = usual.iter().any(|(digit, usual)| *digit == status / 100 && entry(usual) == entry(&one));
        if !is_usual {
            // A status has three digits, so that none is the first digit of others.
            errors.insert(format!("{status:03}"), entry(&one));
        }
    }
    errors
}

fn entry(one: &Classification) -> Value {
    if matches!(one.kind, ErrorKind::Permission | ErrorKind::InvalidRequest) {
        let row = row_for("UNDOCUMENTED_STATUS");
        return json!([row.code, row.kind.as_str(), row.retryable, index_of(row)]);
    }
    let code = if one.code.starts_with(NAMELESS) { NAMELESS } else { &one.code };
    json!([code, one.kind.as_str(), one.retryable, index_of(one.row)])
}

/// The index of a row in all tables.
fn index_of(row: &ErrorRow) -> Option<usize> {
    ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS).position(|known| known == row)
}
