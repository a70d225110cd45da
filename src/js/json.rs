//! JSON text at the boundary.

#[cfg(feature = "js-client")]
use crate::decode::{self, Body};
use crate::rules::Problem;
#[cfg(feature = "js-client")]
use crate::util::Json;
use crate::util::write_array;
use alloc::string::String;

/// Parses JSON text of the package. Other text becomes a string, which the rules reject.
#[cfg(feature = "js-client")]
pub(super) fn parse(text: &str) -> Json {
    decode::json_from_body(&Body::from_slice(text.as_bytes())).unwrap_or_else(|fault| Json::String(fault.message()))
}

/// Encodes problems as JSON text.
pub(super) fn problems_json(problems: &[Problem]) -> String {
    let mut out = String::new();
    write_array(&mut out, problems, |out, problem| problem.write_json(out));
    out
}
