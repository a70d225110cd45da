//! The path of a field in a document.

use crate::util::text;
use alloc::{borrow::ToOwned, string::String};

/// The path of the record that is being read.
#[derive(Clone, Copy, Default)]
pub(super) struct JsonPath {
    name: &'static str,
    index: Option<usize>,
    pub(super) note: Option<usize>,
}

impl JsonPath {
    pub(super) fn new(name: &'static str, index: Option<usize>) -> JsonPath {
        JsonPath { name, index, note: None }
    }

    /// Moves the path forward by a number of records.
    pub(super) fn advance(&mut self, records: usize) {
        self.index = self.index.map(|index| index + records);
    }

    /// Returns the index of the record in its list.
    pub(super) fn index(self) -> usize {
        self.index.unwrap_or(0)
    }

    pub(super) fn to_text(self, field: &str, item: Option<usize>) -> String {
        let mut path = self.name.to_owned();
        let mut step = |name: &str, index: Option<usize>| {
            if !name.is_empty() {
                path.push('.');
                path.push_str(name);
            }
            if let Some(index) = index {
                path.push_str(&text!("[", index, "]"));
            }
        };
        step("", self.index);
        if self.note.is_some() {
            step("notes", self.note);
        }
        step(field, item);
        path
    }
}
