//! JSON text across the border.

use crate::decode::{self, Body};
use crate::rules::Problem;
use crate::util::Json;
use crate::util::write_array;
use alloc::string::String;

/// A value out of the JSON text that the package wrote. Other text is no object, and refused as such.
pub(super) fn parse(text: &str) -> Json {
    decode::json_from_body(&Body::from_slice(text.as_bytes())).unwrap_or_else(|fault| Json::String(fault.message()))
}

/// The problems as JSON text.
pub(super) fn problems_json(problems: &[Problem]) -> String {
    let mut out = String::new();
    write_array(&mut out, problems, |out, problem| problem.write_json(out));
    out
}
