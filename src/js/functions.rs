//! Validation of parameters without a call.

use super::json::{parse, problems_json};
use crate::endpoint::Endpoint;
use crate::util::take_until;
use alloc::string::String;
use wasm_bindgen::prelude::wasm_bindgen;

/// Returns the problems of a call as JSON text, an empty list for a valid one. The lines of `call` are its name and its
/// parameters.
#[wasm_bindgen]
pub fn check(call: &str) -> String {
    let mut params = call;
    let endpoint = take_until(&mut params, b'\n');
    let problems = Endpoint::from_operation_id(endpoint).and_then(|endpoint| endpoint.check(&parse(params)).err());
    problems_json(&problems.unwrap_or_default())
}
