//! The rules on their own.

use super::json::{parse, problems_json};
use crate::endpoint::Endpoint;
use crate::util::take_until;
use alloc::string::String;
use wasm_bindgen::prelude::wasm_bindgen;

/// The problems of a call, whose lines are its name and its parameters, as JSON text: a list that is empty when they are
/// valid.
#[wasm_bindgen]
pub fn check(call: &str) -> String {
    let mut params = call;
    let endpoint = take_until(&mut params, b'\n');
    let problems = Endpoint::named(endpoint).and_then(|endpoint| endpoint.check(&parse(params)).err());
    problems_json(&problems.unwrap_or_default())
}
