//! Why a body cannot be read.

use crate::util::text;
use alloc::{boxed::Box, string::String};
use core::fmt;

/// Why a body cannot be read: where, what was expected and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// One of the client's own codes: `ILLEGAL_JSON`, `UNEXPECTED_RESPONSE`, `BODY_TOO_LARGE`.
    pub code: &'static str,
    /// Where in the document, such as `cases[3].severity`; `""` at its top.
    pub path: String,
    /// What should stand there.
    pub expected: String,
    /// What stands there.
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

    /// The same fault, seen from one level up: inside member `name`.
    pub(super) fn in_member(mut self: Box<DecodeError>, name: &str) -> Box<DecodeError> {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = text!(name, dot, self.path);
        self
    }

    /// The same fault, seen from one level up: inside item `index`.
    pub(super) fn in_item(self: Box<DecodeError>, index: usize) -> Box<DecodeError> {
        self.in_member(&text!("[", index, "]"))
    }
}

impl DecodeError {
    /// All of it in a sentence.
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
