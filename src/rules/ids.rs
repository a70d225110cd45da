//! What an id may be, and how many there may be at once.

use super::{Problem, ProblemList};
use crate::util::{Json, TextMap, text};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// What an id of one kind may be, and how many of them one request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdRule {
    /// What it identifies, in words.
    pub label: &'static str,
    /// How many one request takes.
    pub max_ids: usize,
    /// The documented length of one id, in UTF-16 units.
    pub max_length: usize,
    /// The service's code for too many.
    pub too_many_code: &'static str,
    /// The service's code for one that it does not know.
    pub invalid_code: &'static str,
}

impl IdRule {
    /// Case ids: 30 at once, 64 characters each. (Case API v3, "GET Case Summary".)
    pub const CASE: IdRule = IdRule {
        label: "case id",
        max_ids: 30,
        max_length: 64,
        too_many_code: "EXCEEDED_CASEIDS",
        invalid_code: "CASE_NOTFOUND",
    };

    /// Contract ids: 10 at once, 120 characters each. (Case API v3, "GET Cases by Contract ID".)
    pub const CONTRACT: IdRule = IdRule {
        label: "contract id",
        max_ids: 10,
        max_length: 120,
        too_many_code: "EXCEEDED_CONTRACTIDS",
        invalid_code: "Bad Request",
    };

    /// User ids: 10 at once, 50 characters each. (Case API v3, "GET Cases by User ID".)
    pub const USER: IdRule = IdRule {
        label: "user id",
        max_ids: 10,
        max_length: 50,
        too_many_code: "EXCEEDED_USERIDS",
        invalid_code: "INVALID_USERID",
    };
}

/// The name of the one member of an object that stands at the end of a list for the items that were left out of it.
/// Its value is their number. JavaScript cuts lists that no request can have before they reach this module's memory.
pub(crate) const OMITTED_ITEMS: &str = "…";

/// A list without the object at its end, and the number of items that were left out.
fn split_omitted(items: &[Json]) -> (&[Json], usize) {
    if let Some((Json::Object(members), listed)) = items.split_last()
        && let [(name, count)] = members.as_slice()
        && name == OMITTED_ITEMS
        && let Some(count) = count.whole()
    {
        return (listed, usize::try_from(count).unwrap_or(usize::MAX));
    }
    (items, 0)
}

/// A list of ids, trimmed; problems go to `problems`.
pub fn validate_ids(field: &str, rule: &IdRule, value: Option<&Json>, problems: &mut Vec<Problem>) -> Vec<String> {
    let expected = || match rule.max_ids {
        usize::MAX => text!(rule.label, "s, as an array of strings"),
        most => text!("1 to ", most, " ", rule.label, "s, as an array of strings"),
    };
    let (items, left_out) = match value {
        None | Some(Json::Null) => (&[] as &[Json], 0),
        Some(Json::List(items)) => split_omitted(items),
        Some(other) => {
            problems.report(|| {
                let mut problem = Problem::new(field, "INVALID_PARAMETER", expected(), other);
                if matches!(other, Json::Text(text) if text.trim().is_empty()) {
                    problem.code = "MISSING_INPUTS";
                }
                problem
            });
            return Vec::new();
        }
    };
    let given = items.len().saturating_add(left_out);
    // Where any number of ids may be given, so may none, with nothing to read.
    let may_be_none = rule.max_ids == usize::MAX && matches!(value, Some(Json::List(_)));
    if given == 0 && !may_be_none {
        problems.report(|| Problem::new(field, "MISSING_INPUTS", expected(), value.unwrap_or(&Json::Null)));
    } else if given > rule.max_ids || left_out > 0 {
        problems.report(|| {
            let most = if rule.max_ids == usize::MAX { items.len() } else { rule.max_ids };
            let mut expected = text!("at most ", most, " ", rule.label, "s at once (", given, " were given");
            if left_out > 0 {
                expected = text!(expected, "; the first ", items.len(), " were looked at");
            }
            Problem::new(field, rule.too_many_code, text!(expected, ")"), value.unwrap_or(&Json::Null))
        });
    }
    let mut out = Vec::new();
    let mut further = 0;
    for (index, item) in items.iter().enumerate() {
        match parse_id(rule, item) {
            // Where anything is wrong there is no request.
            Ok(id) if problems.is_empty() => out.push(id.to_owned()),
            Ok(_) => {}
            Err(_) if problems.is_full() => further += 1,
            Err(fault) => problems.push_problem(id_problem(field, rule, item, fault).at_index(index)),
        }
    }
    problems.count_omitted(further);
    out
}

/// One id, trimmed; a problem goes to `problems`.
pub fn validate_id(field: &str, rule: &IdRule, value: Option<&Json>, problems: &mut Vec<Problem>) -> Vec<String> {
    let value = value.unwrap_or(&Json::Null);
    match parse_id(rule, value) {
        Ok(id) => vec![id.to_owned()],
        Err(fault) => {
            problems.report(|| id_problem(field, rule, value, fault));
            Vec::new()
        }
    }
}

/// What is wrong with one id: its code, and what it should be, before and behind its name in words.
type IdFault = (&'static str, &'static str, &'static str);

/// The fault whose text ends with a length.
const TOO_LONG: &str = " of at most ";

fn id_problem(field: &str, rule: &IdRule, value: &Json, (code, before, behind): IdFault) -> Problem {
    let mut expected = text!(before, rule.label, behind);
    if behind == TOO_LONG {
        expected = text!(expected, rule.max_length, " characters");
    }
    Problem::new(field, code, expected, value)
}

/// An id is one segment of a path between commas: nothing in it may end the segment, the list or the line.
fn parse_id<'v>(rule: &IdRule, value: &'v Json) -> Result<&'v str, IdFault> {
    let text = match value {
        Json::Text(text) => text.trim(),
        Json::Null => "",
        _ => return Err(("INVALID_PARAMETER", "a ", ", as a string")),
    };
    Err(if text.is_empty() {
        ("MISSING_INPUTS", "a ", "")
    } else if text.encode_utf16().count() > rule.max_length {
        (rule.invalid_code, "a ", TOO_LONG)
    } else if text.contains(['/', '\\', ',']) {
        (rule.invalid_code, "one ", " without slash or comma")
    } else if text.chars().any(|c| c.is_control() || is_invisible(c) || c == char::REPLACEMENT_CHARACTER) {
        (rule.invalid_code, "a ", " without control, invisible or broken characters")
    } else if text.chars().any(char::is_whitespace) {
        // Spaces come back as HTTP 596 (Case API v3, "Error Codes").
        ("Service Not Found", "a ", " without spaces inside")
    } else if matches!(text, "." | "..") {
        (rule.invalid_code, "a ", ", not a step in a path")
    } else {
        return Ok(text);
    })
}

/// Whether a character shows nothing, such as a byte order mark, a zero width space or a soft hyphen: Unicode's
/// `Default_Ignorable_Code_Point`, without which a text looks the same.
fn is_invisible(c: char) -> bool {
    const RANGES: [(u16, u16); 14] = [
        (0xad, 0xad),
        (0x34f, 0x34f),
        (0x61c, 0x61c),
        (0x115f, 0x1160),
        (0x17b4, 0x17b5),
        (0x180b, 0x180f),
        (0x200b, 0x200f),
        (0x202a, 0x202e),
        (0x2060, 0x206f),
        (0x3164, 0x3164),
        (0xfe00, 0xfe0f),
        (0xfeff, 0xfeff),
        (0xffa0, 0xffa0),
        (0xfff0, 0xfff8),
    ];
    match u16::try_from(u32::from(c)) {
        Ok(code) => RANGES.iter().any(|(first, last)| (*first..=*last).contains(&code)),
        Err(_) => matches!(u32::from(c), 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff),
    }
}

/// Ids out of what people paste: split at white space, commas and semicolons (also full-width and Arabic ones), invisible
/// characters and repeats dropped, order kept.
///
/// ```
/// use cisco_support_case::rules::parse_ids;
/// assert_eq!(parse_ids("612345678, 612345679;\n612345678"), ["612345678", "612345679"]);
/// ```
pub fn parse_ids(text: &str) -> Vec<String> {
    let mut seen = TextMap::default();
    let mut ids = Vec::new();
    for part in text.split(|c: char| c.is_whitespace() || SEPARATORS.contains(c)) {
        let id: String = part.chars().filter(|c| !is_invisible(*c)).collect();
        if !id.is_empty() && seen.get(&id).is_none() {
            seen.put(id.clone(), 0);
            ids.push(id);
        }
    }
    ids
}

/// Commas and semicolons, as they are written in several scripts.
const SEPARATORS: &str = ",;\u{ff0c}\u{ff1b}\u{3001}\u{ff64}\u{60c}\u{61b}\u{fe50}\u{fe51}\u{fe54}";
