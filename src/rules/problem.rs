//! Problems of a request.

use crate::util::{Json, ObjectWriter, ellipsize, text};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Maximum number of problems listed for one request. An entry at the end of the list counts further ones.
pub const MAX_PROBLEMS: usize = 20;

/// Whether problems have a message. In the npm package JavaScript makes the messages, since it also checks options.
const HAS_MESSAGES: bool = cfg!(not(any(feature = "js-client", feature = "js-store")));

/// An invalid value in a request. All problems of a request are reported at once, the first [`MAX_PROBLEMS`] of them with
/// an entry each.
///
/// ```
/// use cisco_support_case::util::Json;
/// use cisco_support_case::rules::Problem;
///
/// let problem = Problem::new("page_index", "Bad Request", "a whole number", &Json::from("two"));
/// assert_eq!(problem.message, "page_index: expected a whole number, got \"two\"");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// Name of the parameter.
    pub field: String,
    /// Index of the value in the parameter's list, from 0.
    pub index: Option<usize>,
    /// Name of another parameter, if only the combination of the two is invalid.
    pub related: Option<String>,
    /// The code with which the service would reject the value; `INVALID_PARAMETER` if the service would not notice.
    pub code: &'static str,
    /// Description of the expected value.
    pub expected: String,
    /// The received value; long text is truncated.
    pub value: Json,
    /// The problem as a sentence.
    pub message: String,
}

impl Problem {
    /// Makes the problem of one parameter.
    pub fn new(field: &str, code: &'static str, expected: impl Into<String>, value: &Json) -> Problem {
        Problem::build(field, code, expected.into(), value)
    }

    /// Non-generic part of [`new`](Problem::new), so that it is compiled once.
    fn build(field: &str, code: &'static str, expected: String, value: &Json) -> Problem {
        Problem {
            field: ellipsize(field),
            index: None,
            related: None,
            code,
            expected,
            value: truncate_value(value),
            message: String::new(),
        }
        .with_message()
    }

    /// Returns the problem for the item `index` of the parameter's list.
    pub(crate) fn at_index(mut self, index: usize) -> Problem {
        self.index = Some(index);
        self.with_message()
    }

    /// Returns the problem with another parameter that is involved.
    pub(crate) fn with_related(mut self, related: impl Into<String>) -> Problem {
        self.related = Some(related.into());
        self.with_message()
    }

    /// Returns the problem with the name that the parameter has in the caller's options.
    #[cfg(all(target_arch = "wasm32", feature = "transport"))]
    pub(crate) fn with_field(mut self, field: String) -> Problem {
        self.field = field;
        self.with_message()
    }

    /// Makes the last entry of a list, which counts the problems that are not listed. It has neither a field nor an expected
    /// value.
    fn omitted(count: usize) -> Problem {
        Problem::new("", "INVALID_PARAMETER", "", &Json::from(count))
    }

    /// Returns the number of problems that this entry counts, if it is the last entry of a list.
    fn omitted_count(&self) -> Option<usize> {
        self.value.as_u64().filter(|_| self.expected.is_empty()).and_then(|count| usize::try_from(count).ok())
    }

    /// Returns the problem with its message.
    fn with_message(mut self) -> Problem {
        if !HAS_MESSAGES {
            return self;
        }
        if let Some(count) = self.omitted_count() {
            self.message = text!("and ", count, " more");
            return self;
        }
        let index = self.index.map(|index| text!("[", index, "]")).unwrap_or_default();
        let related = self.related.as_ref().map(|other| text!(" (with ", other, ")")).unwrap_or_default();
        let value = match &self.value {
            Json::Null => "nothing".to_owned(),
            value => value.to_json_string(),
        };
        self.message = text!(self.field, index, related, ": expected ", self.expected, ", got ", value);
        self
    }

    /// Appends the problem as JSON. In the client modules of the npm package JavaScript makes the message.
    pub fn write_json(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        object.string("field", &self.field);
        object.number("index", self.index.and_then(|index| u32::try_from(index).ok()));
        if let Some(related) = &self.related {
            object.string("related", related);
        }
        object.string("code", self.code);
        object.string("expected", &self.expected);
        self.value.write(object.name("value"));
        if HAS_MESSAGES {
            object.string("message", &self.message);
        }
        object.close();
    }

    /// Whether the problem contains a secret, according to `is_secret`. Both the JSON text, which has escapes, and the value,
    /// which has none, are checked.
    pub(crate) fn contains_secret(&self, is_secret: &dyn Fn(&str) -> bool) -> bool {
        fn any(value: &Json, is_secret: &dyn Fn(&str) -> bool) -> bool {
            match value {
                Json::String(text) | Json::Number(text) => is_secret(text),
                Json::Array(items) => items.iter().any(|item| any(item, is_secret)),
                // The content of an object is never stored.
                Json::Object(_) | Json::Null | Json::Bool(_) => false,
            }
        }
        let mut shown = String::new();
        self.write_json(&mut shown);
        is_secret(&shown) || any(&self.value, is_secret)
    }

    /// Reads a problem that [`write_json`](Problem::write_json) wrote, and makes its message. `known` returns a code as the
    /// error tables spell it. Long texts are truncated, since they are from an untrusted response.
    pub(crate) fn from_json(value: &Json, known: fn(&str) -> &'static str) -> Option<Problem> {
        let text = |name| value.str_at(name, MAX_TEXT_BYTES);
        let found = value.get("value").unwrap_or(&Json::Null);
        let mut problem = Problem::new(text("field")?, known(text("code")?), text("expected")?, found);
        problem.index = value.u32_at("index").and_then(|index| usize::try_from(index).ok());
        problem.related = text("related").map(str::to_owned);
        Some(problem.with_message())
    }
}

/// A list of at most [`MAX_PROBLEMS`] problems and a count of further ones.
pub(crate) trait ProblemList {
    /// Reports a problem. `problem` is only called if there is space in the list, since a request may have millions.
    fn report(&mut self, problem: impl FnOnce() -> Problem) {
        if self.is_full() { self.count_omitted(1) } else { self.push_problem(problem()) }
    }

    /// Whether the list is full, so that further problems are only counted.
    fn is_full(&self) -> bool;

    /// Adds a problem to the list.
    fn push_problem(&mut self, problem: Problem);

    /// Counts problems that are not listed.
    fn count_omitted(&mut self, further: usize);

    /// Returns the list cut to its maximum length, with the count at its end. It is for lists that were concatenated or
    /// extended without [`report`](ProblemList::report).
    fn truncated(self) -> Self;
}

impl ProblemList for Vec<Problem> {
    fn is_full(&self) -> bool {
        self.len() >= MAX_PROBLEMS
    }

    fn push_problem(&mut self, problem: Problem) {
        self.push(problem);
    }

    fn count_omitted(&mut self, further: usize) {
        if further > 0 {
            let before = self.pop_if(|last| last.omitted_count().is_some()).and_then(|last| last.omitted_count());
            self.push(Problem::omitted(further.saturating_add(before.unwrap_or(0))));
        }
    }

    fn truncated(mut self) -> Self {
        let mut further = 0_usize;
        let mut listed = 0;
        self.retain(|problem| match problem.omitted_count() {
            Some(count) => {
                further = further.saturating_add(count);
                false
            }
            None => {
                listed += 1;
                further += usize::from(listed > MAX_PROBLEMS);
                listed <= MAX_PROBLEMS
            }
        });
        if further > 0 {
            self.push(Problem::omitted(further));
        }
        self
    }
}

/// Maximum length of a received text; the rest is cut.
const MAX_TEXT_BYTES: usize = 300;

/// Truncates a long value, since a message is for people.
fn truncate_value(value: &Json) -> Json {
    const ITEMS: usize = 5;
    match value {
        Json::String(text) => Json::String(ellipsize(text)),
        Json::Array(items) => Json::Array(items.iter().take(ITEMS).map(truncate_value).collect()),
        Json::Object(_) => Json::from("[object]"),
        other => other.clone(),
    }
}
