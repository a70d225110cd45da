//! What an id may be, and how many there may be at once.

use super::Problem;
use crate::model::{Json, TextMap, text};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// What an id of one kind may be, and how many of them one request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdRule {
    /// What it identifies, in words.
    pub what: &'static str,
    /// How many one request takes.
    pub max_ids: usize,
    /// The documented length of one id, in UTF-16 units.
    pub max_length: usize,
    /// The service's code for too many.
    pub exceeded: &'static str,
    /// The service's code for one that it does not know.
    pub invalid: &'static str,
}

impl IdRule {
    /// Case ids: 30 at once, 64 characters each. (Case API v3, "GET Case Summary".)
    pub const CASE: IdRule =
        IdRule { what: "case id", max_ids: 30, max_length: 64, exceeded: "EXCEEDED_CASEIDS", invalid: "CASE_NOTFOUND" };

    /// Contract ids: 10 at once, 120 characters each. (Case API v3, "GET Cases by Contract ID".)
    pub const CONTRACT: IdRule = IdRule {
        what: "contract id",
        max_ids: 10,
        max_length: 120,
        exceeded: "EXCEEDED_CONTRACTIDS",
        invalid: "Bad Request",
    };

    /// User ids: 10 at once, 50 characters each. (Case API v3, "GET Cases by User ID".)
    pub const USER: IdRule = IdRule {
        what: "user id",
        max_ids: 10,
        max_length: 50,
        exceeded: "EXCEEDED_USERIDS",
        invalid: "INVALID_USERID",
    };
}

/// A list of ids, trimmed; every problem goes to `problems`.
pub fn ids(field: &str, rule: &IdRule, value: Option<&Json>, problems: &mut Vec<Problem>) -> Vec<String> {
    let expected = || match rule.max_ids {
        usize::MAX => text!(rule.what, "s, as an array of strings"),
        most => text!("1 to ", most, " ", rule.what, "s, as an array of strings"),
    };
    let items = match value {
        None | Some(Json::Null) => &[],
        Some(Json::List(items)) => items.as_slice(),
        Some(other) => {
            let mut problem = Problem::new(field, "INVALID_PARAMETER", expected(), other);
            if matches!(other, Json::Text(text) if text.trim().is_empty()) {
                problem.code = "MISSING_INPUTS";
            }
            problems.push(problem);
            return Vec::new();
        }
    };
    if items.is_empty() {
        problems.push(Problem::new(field, "MISSING_INPUTS", expected(), value.unwrap_or(&Json::Null)));
    } else if items.len() > rule.max_ids {
        let expected = text!("at most ", rule.max_ids, " ", rule.what, "s at once (", items.len(), " were given)");
        problems.push(Problem::new(field, rule.exceeded, expected, value.unwrap_or(&Json::Null)));
    }
    let mut out = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match id(field, rule, item) {
            Ok(id) => out.push(id),
            Err(problem) => problems.push(problem.at(index)),
        }
    }
    out
}

/// One id, trimmed; a problem goes to `problems`.
pub fn one_id(field: &str, rule: &IdRule, value: Option<&Json>, problems: &mut Vec<Problem>) -> Vec<String> {
    match id(field, rule, value.unwrap_or(&Json::Null)) {
        Ok(id) => vec![id],
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    }
}

/// An id is one segment of a path between commas: nothing in it may end the segment, the list or the line.
fn id(field: &str, rule: &IdRule, value: &Json) -> Result<String, Problem> {
    let what = rule.what;
    let text = match value {
        Json::Text(text) => text.trim(),
        Json::Null => "",
        other => return Err(Problem::new(field, "INVALID_PARAMETER", text!("a ", what, ", as a string"), other)),
    };
    let problem = |code, expected: String| Err(Problem::new(field, code, expected, value));
    if text.is_empty() {
        problem("MISSING_INPUTS", text!("a ", what))
    } else if text.encode_utf16().count() > rule.max_length {
        problem(rule.invalid, text!("a ", what, " of at most ", rule.max_length, " characters"))
    } else if text.contains(['/', '\\', ',']) {
        problem(rule.invalid, text!("one ", what, " without slash or comma"))
    } else if text.chars().any(char::is_control) {
        problem(rule.invalid, text!("a ", what, " without control characters"))
    } else if text.chars().any(char::is_whitespace) {
        // Spaces come back as HTTP 596 (Case API v3, "Error Codes").
        problem("Service Not Found", text!("a ", what, " without spaces inside"))
    } else if matches!(text, "." | "..") {
        problem(rule.invalid, text!("a ", what, ", not a step in a path"))
    } else {
        Ok(text.to_owned())
    }
}

/// Ids out of what people paste: split at white space, commas and semicolons, repeats dropped, order kept.
///
/// ```
/// use cisco_support_case::rules::parse_ids;
/// assert_eq!(parse_ids("612345678, 612345679;\n612345678"), ["612345678", "612345679"]);
/// ```
pub fn parse_ids(text: &str) -> Vec<String> {
    let mut seen = TextMap::default();
    let mut ids = Vec::new();
    for id in text.split(|c: char| c.is_whitespace() || c == ',' || c == ';') {
        if !id.is_empty() && seen.get(id).is_none() {
            seen.put(id.to_owned(), 0);
            ids.push(id.to_owned());
        }
    }
    ids
}
