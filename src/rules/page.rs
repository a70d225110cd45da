//! The index of a page.

use super::{Problem, ProblemList};
use crate::util::{Json, text, whole_number};
use alloc::vec::Vec;

/// The largest `page_index`: its documented length is 5 digits.
pub const MAX_PAGE_INDEX: u32 = 99_999;

/// A page's index, or none where nothing was given; a problem goes to `problems`. Text of digits is taken as well, as
/// forms and query strings have it.
pub fn validate_page_index(field: &str, value: Option<&Json>, problems: &mut Vec<Problem>) -> Option<u32> {
    let value = value?;
    let text = match value {
        Json::Null => return None,
        Json::Number(text) | Json::Text(text) => text.trim(),
        _ => "?",
    };
    if text.is_empty() {
        return None;
    }
    let index = whole_number(text.as_bytes()).and_then(|index| u32::try_from(index).ok());
    let index = index.filter(|index| (1..=MAX_PAGE_INDEX).contains(index));
    if index.is_none() {
        problems
            .report(|| Problem::new(field, "Bad Request", text!("a whole number from 1 to ", MAX_PAGE_INDEX), value));
    }
    index
}
