//! Validation of case, contract and user ids.

use super::{Problem, ProblemList};
use crate::util::{Json, StringMap, text};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// Limits for ids of one kind.
///
/// ```
/// use cisco_support_case::rules::IdRule;
///
/// assert_eq!((IdRule::CASE.max_ids, IdRule::CONTRACT.max_ids, IdRule::USER.max_ids), (30, 10, 10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdRule {
    /// Name of the kind for messages, such as "case id".
    pub label: &'static str,
    /// Maximum number of ids in one request.
    pub max_ids: usize,
    /// Maximum length of one id, as documented, in UTF-16 units.
    pub max_length: usize,
    /// The service's error code for too many ids.
    pub too_many_code: &'static str,
    /// The service's error code for an unknown id.
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
    ///
    /// The service ignores their case, and cases have the spelling of their own: ids of requests, lists and changes are compared
    /// in lower case. Conditions of queries are not (rule 1.3 of [`query`](crate::query)).
    pub const USER: IdRule = IdRule {
        label: "user id",
        max_ids: 10,
        max_length: 50,
        too_many_code: "EXCEEDED_USERIDS",
        invalid_code: "INVALID_USERID",
    };
}

/// Name of the only member of an object that ends a truncated list; its value is the number of omitted items.
///
/// JavaScript truncates lists that are too long for any request before they enter the module's memory.
pub(crate) const OMITTED_ITEMS: &str = "…";

/// Splits a list into its items and the number of omitted items.
fn split_omitted(items: &[Json]) -> (&[Json], usize) {
    if let Some((Json::Object(members), listed)) = items.split_last()
        && let [(name, count)] = members.as_slice()
        && name == OMITTED_ITEMS
        && let Some(count) = count.as_u64()
    {
        return (listed, usize::try_from(count).unwrap_or(usize::MAX));
    }
    (items, 0)
}

/// Returns a list of trimmed ids. Problems are added to `problems`; if there are any, the list is incomplete.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::rules::{IdRule, validate_ids};
///
/// let value = json(br#"[" 612345678 ", "6123/45679"]"#).map_err(|error| error.to_string())?;
/// let mut problems = Vec::new();
/// let ids = validate_ids("case_ids", &IdRule::CASE, Some(&value), &mut problems);
/// assert_eq!(ids, ["612345678"]);
/// assert_eq!((problems[0].index, problems[0].expected.as_str()), (Some(1), "one case id without slash or comma"));
/// # Ok::<(), String>(())
/// ```
pub fn validate_ids(field: &str, rule: &IdRule, value: Option<&Json>, problems: &mut Vec<Problem>) -> Vec<String> {
    let expected = || match rule.max_ids {
        usize::MAX => text!(rule.label, "s, as an array of strings"),
        most => text!("1 to ", most, " ", rule.label, "s, as an array of strings"),
    };
    let (items, left_out) = match value {
        None | Some(Json::Null) => (&[] as &[Json], 0),
        Some(Json::Array(items)) => split_omitted(items),
        Some(other) => {
            problems.report(|| {
                let mut problem = Problem::new(field, "INVALID_PARAMETER", expected(), other);
                if matches!(other, Json::String(text) if text.trim().is_empty()) {
                    problem.code = "MISSING_INPUTS";
                }
                problem
            });
            return Vec::new();
        }
    };
    let given = items.len().saturating_add(left_out);
    // A call that accepts any number of ids also accepts none, and then reads nothing.
    let may_be_none = rule.max_ids == usize::MAX && matches!(value, Some(Json::Array(_)));
    if given == 0 && !may_be_none {
        problems.report(|| Problem::new(field, "MISSING_INPUTS", expected(), value.unwrap_or(&Json::Null)));
    } else if given > rule.max_ids || left_out > 0 {
        problems.report(|| {
            let most = if rule.max_ids == usize::MAX { items.len() } else { rule.max_ids };
            let mut expected = text!("at most ", most, " ", rule.label, "s at once (", given, " given");
            if left_out > 0 {
                expected = text!(expected, "; only the first ", items.len(), " checked");
            }
            Problem::new(field, rule.too_many_code, text!(expected, ")"), value.unwrap_or(&Json::Null))
        });
    }
    let mut out = Vec::new();
    let mut further = 0;
    for (index, item) in items.iter().enumerate() {
        match parse_id(rule, item) {
            // A request with a problem is not sent, so its ids are not collected.
            Ok(id) if problems.is_empty() => out.push(id.to_owned()),
            Ok(_) => {}
            Err(_) if problems.is_full() => further += 1,
            Err(fault) => problems.push_problem(id_problem(field, rule, item, fault).at_index(index)),
        }
    }
    problems.count_omitted(further);
    out
}

/// Returns a list of one trimmed id, or an empty list and a problem in `problems`.
///
/// ```
/// use cisco_support_case::util::Json;
/// use cisco_support_case::rules::{IdRule, validate_id};
///
/// let mut problems = Vec::new();
/// assert_eq!(validate_id("case_id", &IdRule::CASE, Some(&Json::from("612345678")), &mut problems), ["612345678"]);
/// assert!(validate_id("case_id", &IdRule::CASE, None, &mut problems).is_empty());
/// assert_eq!(problems[0].code, "MISSING_INPUTS");
/// ```
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

/// A fault of one id: the code, and the texts before and after the label of the expected value.
type IdFault = (&'static str, &'static str, &'static str);

/// Text after the label of an id that is too long; the maximum length follows.
const TOO_LONG: &str = " of at most ";

fn id_problem(field: &str, rule: &IdRule, value: &Json, (code, before, after): IdFault) -> Problem {
    let mut expected = text!(before, rule.label, after);
    if after == TOO_LONG {
        expected = text!(expected, rule.max_length, " characters");
    }
    Problem::new(field, code, expected, value)
}

/// Returns the trimmed id. An id is a part of a path segment, between commas, so it must not contain what ends the segment,
/// the list or the line.
fn parse_id<'v>(rule: &IdRule, value: &'v Json) -> Result<&'v str, IdFault> {
    let text = match value {
        Json::String(text) => text.trim(),
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
        (rule.invalid_code, "a ", " without control, invisible or invalid characters")
    } else if text.chars().any(char::is_whitespace) {
        // The service responds to spaces with HTTP 596 (Case API v3, "Error Codes").
        ("Service Not Found", "a ", " without spaces inside")
    } else if matches!(text, "." | "..") {
        (rule.invalid_code, "a ", ", other than \".\" and \"..\"")
    } else {
        return Ok(text);
    })
}

/// Whether a character is invisible, such as a byte order mark, a zero width space or a soft hyphen.
///
/// These are the characters with Unicode's property `Default_Ignorable_Code_Point`.
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

/// Splits pasted text into ids, in order and without duplicates.
///
/// Separators are white space, commas and semicolons, also full-width and Arabic ones. Invisible characters are removed.
///
/// ```
/// use cisco_support_case::rules::parse_ids;
/// assert_eq!(parse_ids("612345678, 612345679;\n612345678"), ["612345678", "612345679"]);
/// ```
pub fn parse_ids(text: &str) -> Vec<String> {
    let mut seen = StringMap::default();
    let mut ids = Vec::new();
    for part in text.split(|c: char| c.is_whitespace() || SEPARATORS.contains(c)) {
        let id: String = part.chars().filter(|c| !is_invisible(*c)).collect();
        if !id.is_empty() && seen.get(&id).is_none() {
            seen.insert(id.clone(), 0);
            ids.push(id);
        }
    }
    ids
}

/// Commas and semicolons of several scripts.
const SEPARATORS: &str = ",;\u{ff0c}\u{ff1b}\u{3001}\u{ff64}\u{60c}\u{61b}\u{fe50}\u{fe51}\u{fe54}";
