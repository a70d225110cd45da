//! The rules, the error table, the decoder and the page arithmetic on their own.

use super::{call::read, error::problem_list};
use crate::client::{Place, client_options};
use crate::endpoint::Endpoint;
use crate::error;
use crate::model::{PaginationRecord, joined};
use crate::paging;
use crate::rules;
use wasm_bindgen::prelude::wasm_bindgen;

/// The problems of a call's parameters, both as JSON text: a list that is empty when they are valid.
#[wasm_bindgen]
pub fn check(endpoint: &str, params: &str) -> String {
    let problems = Endpoint::named(endpoint).and_then(|endpoint| endpoint.check(&read(params)).err());
    problem_list(&problems.unwrap_or_default())
}

/// The same for a client's options.
#[wasm_bindgen(js_name = checkClientOptions)]
pub fn check_client_options(options: &str, has_provider: bool, has_cache: bool, in_page: bool, origin: &str) -> String {
    let origin = Some(origin).filter(|origin| !origin.is_empty());
    let place = Place { in_page, origin, has_provider, has_cache, watched: false };
    problem_list(&client_options(&read(options), place).err().unwrap_or_default())
}

/// Numbers of the rows for a code, counted through the service's table and then the client's own.
#[wasm_bindgen]
pub fn explain(code: &str, status: u16) -> Vec<u32> {
    let rows = error::explain(code, (status > 0).then_some(status));
    rows.iter().filter_map(|row| row.index()).filter_map(|index| u32::try_from(index).ok()).collect()
}

/// Ids out of what people paste, a line each: no id holds a line break.
#[wasm_bindgen(js_name = parseIds)]
pub fn parse_ids(text: &str) -> String {
    joined(&mut rules::parse_ids(text).iter().map(String::as_str), "\n")
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
