//! Validation of page indices.

use super::{Problem, ProblemList};
use crate::util::{Json, parse_decimal, text};
use alloc::vec::Vec;

/// Maximum `page_index`: the documented length is 5 digits.
pub const MAX_PAGE_INDEX: u32 = 99_999;

/// Returns a page index, or `None` if no value is given or it is not valid. A problem is added to `problems`.
///
/// A text of digits is accepted as well, since forms and query strings have no numbers.
///
/// ```
/// use cisco_support_case::util::Json;
/// use cisco_support_case::rules::validate_page_index;
///
/// let mut problems = Vec::new();
/// assert_eq!(validate_page_index("page_index", Some(&Json::from("2")), &mut problems), Some(2));
/// assert_eq!(validate_page_index("page_index", Some(&Json::from("0")), &mut problems), None);
/// assert_eq!(problems[0].expected, "a whole number from 1 to 99999");
/// ```
pub fn validate_page_index(field: &str, value: Option<&Json>, problems: &mut Vec<Problem>) -> Option<u32> {
    let value = value?;
    let text = match value {
        Json::Null => return None,
        Json::Number(text) | Json::String(text) => text.trim(),
        _ => "?",
    };
    if text.is_empty() {
        return None;
    }
    let index = parse_decimal(text.as_bytes()).and_then(|index| u32::try_from(index).ok());
    let index = index.filter(|index| (1..=MAX_PAGE_INDEX).contains(index));
    if index.is_none() {
        problems
            .report(|| Problem::new(field, "Bad Request", text!("a whole number from 1 to ", MAX_PAGE_INDEX), value));
    }
    index
}
