//! Enumerations.

use super::{Problem, ProblemList};
use crate::util::{Json, joined, text};
use alloc::vec::Vec;

/// One of the service's words, or none where nothing was given; a problem goes to `problems`.
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
        Json::Text(text) => text.trim(),
        _ => "?",
    };
    if text.is_empty() {
        return None;
    }
    let found = words.iter().copied().find(|word| *word == text);
    if found.is_none() {
        problems.report(|| {
            let expected = text!("\"", joined(&mut words.iter().copied(), "\" or \""), "\"");
            Problem::new(field, code, expected, value)
        });
    }
    found
}
