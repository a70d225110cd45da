//! The rules on their own.

use super::text::{problem_list, read};
use crate::endpoint::Endpoint;
use alloc::string::String;
use wasm_bindgen::prelude::wasm_bindgen;

/// The problems of a call's parameters, both as JSON text: a list that is empty when they are valid.
#[wasm_bindgen]
pub fn check(endpoint: &str, params: &str) -> String {
    let problems = Endpoint::named(endpoint).and_then(|endpoint| endpoint.check(&read(params)).err());
    problem_list(&problems.unwrap_or_default())
}
