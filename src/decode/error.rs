//! The error of a body that cannot be decoded.

use crate::util::text;
use alloc::{boxed::Box, string::String};
use core::fmt;

/// A body that cannot be decoded: the location, the expected and the found token.
///
/// ```
/// use cisco_support_case::decode::case_summary;
/// let error = case_summary(br#"{"count":1,"cases":[{"case_id":6}"#).unwrap_err();
/// assert_eq!((error.code, error.path.as_str(), error.offset), ("ILLEGAL_JSON", "cases", 33));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// One of the client's own codes: `ILLEGAL_JSON`, `UNEXPECTED_RESPONSE` or `BODY_TOO_LARGE`.
    pub code: &'static str,
    /// Path in the document, such as `cases[3].severity`; `""` for the document itself.
    pub path: String,
    /// The expected token or value.
    pub expected: String,
    /// The found token or value.
    pub found: String,
    /// Byte offset in the body.
    pub offset: usize,
}

impl DecodeError {
    pub(super) fn new(
        code: &'static str,
        offset: usize,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> DecodeError {
        DecodeError { code, path: String::new(), expected: expected.into(), found: found.into(), offset }
    }

    /// Prepends a member name to the path.
    pub(super) fn in_member(mut self: Box<DecodeError>, name: &str) -> Box<DecodeError> {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = text!(name, dot, self.path);
        self
    }

    /// Prepends an item index to the path.
    pub(super) fn in_item(self: Box<DecodeError>, index: usize) -> Box<DecodeError> {
        self.in_member(&text!("[", index, "]"))
    }
}

impl DecodeError {
    /// Returns the whole error as one sentence.
    pub fn message(&self) -> String {
        let place = if self.path.is_empty() { "the body" } else { &self.path };
        text!(place, ": expected ", self.expected, ", found ", self.found, " at byte ", self.offset)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for DecodeError {}
