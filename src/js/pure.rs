//! The rules, the error table, the decoder and the page arithmetic on their own.

use super::{
    options,
    value::{parse, to_json},
};
use crate::endpoint::Endpoint;
use crate::error;
use crate::model::{Json, PaginationRecord};
use crate::paging;
use crate::rules;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// The problems of a call's parameters; empty when they are valid.
#[wasm_bindgen]
pub fn check(endpoint: &str, params: &JsValue) -> JsValue {
    let problems = Endpoint::named(endpoint).and_then(|endpoint| endpoint.check(&to_json(params)).err());
    list(problems.unwrap_or_default().iter().map(rules::Problem::to_json))
}

/// The problems of a client's options; empty when they are valid.
#[wasm_bindgen(js_name = checkClientOptions)]
pub fn check_client_options(given: &JsValue) -> JsValue {
    let problems = options::client(given).err().unwrap_or_default();
    list(problems.iter().map(rules::Problem::to_json))
}

/// The rows of the error table for a code.
#[wasm_bindgen]
pub fn explain(code: &str, status: Option<u16>) -> JsValue {
    list(error::explain(code, status).into_iter().map(error::ErrorRow::to_json))
}

/// Ids out of what people paste.
#[wasm_bindgen(js_name = parseIds)]
pub fn parse_ids(text: &str) -> Vec<String> {
    rules::parse_ids(text)
}

/// Index of the page after this one.
#[wasm_bindgen(js_name = nextPageIndex)]
pub fn next_page_index(page_index: u32, last_index: u32) -> Option<u32> {
    paging::next_page_index(&pagination(page_index, last_index))
}

/// Index of the page before this one.
#[wasm_bindgen(js_name = previousPageIndex)]
pub fn previous_page_index(page_index: u32, last_index: u32) -> Option<u32> {
    paging::previous_page_index(&pagination(page_index, last_index))
}

fn pagination(page_index: u32, last_index: u32) -> PaginationRecord {
    PaginationRecord { page_index, last_index, ..PaginationRecord::default() }
}

fn list(items: impl Iterator<Item = Json>) -> JsValue {
    parse(&Json::List(items.collect()).to_text())
}
