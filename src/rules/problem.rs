//! What is wrong with a request.

use crate::util::{Json, ObjectWriter, shortened, text};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The number of problems of one request that are listed. Further ones are counted by an entry at the end of the list.
pub const MAX_PROBLEMS: usize = 20;

/// Whether problems have a sentence. In the package they get it in JavaScript, where those of options are found.
const HAS_MESSAGES: bool = cfg!(not(feature = "js-client"));

/// What is wrong with one value of a request. All problems of a request are reported at once, the first
/// [`MAX_PROBLEMS`] of them by an entry each.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// The parameter.
    pub field: String,
    /// Which of a parameter's values, from 0.
    pub index: Option<usize>,
    /// The other parameter that it concerns, where the two together are wrong.
    pub related: Option<String>,
    /// The code by which the service would refuse it; `INVALID_PARAMETER` where the service would not notice.
    pub code: &'static str,
    /// What should stand there.
    pub expected: String,
    /// What stands there (long text is cut).
    pub value: Json,
    /// All of it in a sentence.
    pub message: String,
}

impl Problem {
    /// A problem of one parameter.
    pub fn new(field: &str, code: &'static str, expected: impl Into<String>, value: &Json) -> Problem {
        Problem::build(field, code, expected.into(), value)
    }

    /// The same, compiled once for all kinds of text.
    fn build(field: &str, code: &'static str, expected: String, value: &Json) -> Problem {
        Problem {
            field: shortened(field),
            index: None,
            related: None,
            code,
            expected,
            value: truncate_value(value),
            message: String::new(),
        }
        .with_message()
    }

    /// The same, of the parameter's value number `index`.
    pub(crate) fn at_index(mut self, index: usize) -> Problem {
        self.index = Some(index);
        self.with_message()
    }

    /// The same, together with another parameter.
    pub(crate) fn with_related(mut self, related: impl Into<String>) -> Problem {
        self.related = Some(related.into());
        self.with_message()
    }

    /// The same, of a parameter that has another name where it was handed in.
    #[cfg(all(target_arch = "wasm32", feature = "transport"))]
    pub(crate) fn with_field(mut self, field: String) -> Problem {
        self.field = field;
        self.with_message()
    }

    /// The entry that ends a list: the number of problems that are not listed. It has neither a field nor an expectation.
    fn omitted(count: usize) -> Problem {
        Problem::new("", "INVALID_PARAMETER", "", &Json::from(count))
    }

    /// The number of problems that this entry stands for where it is the end of a list.
    fn omitted_count(&self) -> Option<usize> {
        self.value.whole().filter(|_| self.expected.is_empty()).and_then(|count| usize::try_from(count).ok())
    }

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
            value => value.to_text(),
        };
        self.message = text!(self.field, index, related, ": expected ", self.expected, ", got ", value);
        self
    }

    /// Appends the problem as JSON. In the package's modules for clients its message is made in JavaScript.
    pub fn write_json(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        object.text("field", &self.field);
        object.number("index", self.index.and_then(|index| u32::try_from(index).ok()));
        if let Some(related) = &self.related {
            object.text("related", related);
        }
        object.text("code", self.code);
        object.text("expected", &self.expected);
        self.value.write(object.name("value"));
        if HAS_MESSAGES {
            object.text("message", &self.message);
        }
        object.close();
    }

    /// Whether it shows anything of which `is_secret` says that nobody may see it. What is written has escapes, and its value
    /// none.
    pub(crate) fn contains_secret(&self, is_secret: &dyn Fn(&str) -> bool) -> bool {
        fn any(value: &Json, is_secret: &dyn Fn(&str) -> bool) -> bool {
            match value {
                Json::Text(text) | Json::Number(text) => is_secret(text),
                Json::List(items) => items.iter().any(|item| any(item, is_secret)),
                // Of an object nothing is kept.
                Json::Object(_) | Json::Null | Json::Bool(_) => false,
            }
        }
        let mut shown = String::new();
        self.write_json(&mut shown);
        is_secret(&shown) || any(&self.value, is_secret)
    }

    /// The problem that [`write`](Problem::write) wrote, worded anew; `known` gives a code as the tables have it. What is
    /// long is cut, since somebody else may have written it.
    pub(crate) fn from_json(value: &Json, known: fn(&str) -> &'static str) -> Option<Problem> {
        let text = |name| value.text_at(name, MAX_TEXT_BYTES);
        let found = value.get("value").unwrap_or(&Json::Null);
        let mut problem = Problem::new(text("field")?, known(text("code")?), text("expected")?, found);
        problem.index = value.number_at("index").and_then(|index| usize::try_from(index).ok());
        problem.related = text("related").map(str::to_owned);
        Some(problem.with_message())
    }
}

/// A list of problems that grows no longer than [`MAX_PROBLEMS`] and a count of further ones.
pub(crate) trait ProblemList {
    /// Reports a problem. It is made only if it is to be listed: a request may have millions.
    fn report(&mut self, problem: impl FnOnce() -> Problem) {
        if self.is_full() { self.count_omitted(1) } else { self.push_problem(problem()) }
    }

    /// Whether further problems are only counted.
    fn is_full(&self) -> bool;

    /// Lists a problem.
    fn push_problem(&mut self, problem: Problem);

    /// Counts problems that are not listed.
    fn count_omitted(&mut self, further: usize);

    /// The same list at its full length, with the count at its end: what was put together from several lists, or appended
    /// to one otherwise.
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

/// Of a text that somebody else wrote, this much is kept.
const MAX_TEXT_BYTES: usize = 300;

/// Long values are cut: a message is for people, and a pasted megabyte is not.
fn truncate_value(value: &Json) -> Json {
    const ITEMS: usize = 5;
    match value {
        Json::Text(text) => Json::Text(shortened(text)),
        Json::List(items) => Json::List(items.iter().take(ITEMS).map(truncate_value).collect()),
        Json::Object(_) => Json::from("[object]"),
        other => other.clone(),
    }
}
