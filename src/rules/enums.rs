//! Validation of enumerated parameters.

use super::{Problem, ProblemList};
use crate::util::{Json, join, text};
use alloc::vec::Vec;

/// Returns one of the allowed values, or `None` if no value is given or it is not allowed. A problem with the code `code` is
/// added to `problems`.
///
/// ```
/// use cisco_support_case::util::Json;
/// use cisco_support_case::rules::validate_enum;
///
/// let mut problems = Vec::new();
/// let flag = validate_enum("status_flag", &["O", "C"], "INVALID_STATUSFLAG", Some(&Json::from("O")), &mut problems);
/// assert_eq!((flag, problems.len()), (Some("O"), 0));
/// ```
pub fn validate_enum(
    field: &str,
    words: &[&'static str],
    code: &'static str,
    value: Option<&Json>,
    problems: &mut Vec<Problem>,
) -> Option<&'static str> {
    let value = value?;
    let text = match value {
        Json::Null => return None,
        Json::String(text) => text.trim(),
        _ => "?",
    };
    if text.is_empty() {
        return None;
    }
    let found = words.iter().copied().find(|word| *word == text);
    if found.is_none() {
        problems.report(|| {
            let expected = text!("\"", join(&mut words.iter().copied(), "\" or \""), "\"");
            Problem::new(field, code, expected, value)
        });
    }
    found
}
