//! A reader for JSON objects of callers: options, faults and control commands.

use super::OptionError;
use crate::decode;
use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String};

/// Largest integer that JavaScript represents exactly.
pub(super) const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Typed access to a JSON object that has only known members.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObjectReader<'a> {
    path: &'a str,
    value: &'a Json,
}

impl<'a> ObjectReader<'a> {
    /// Parses a JSON document.
    pub(super) fn parse_json(text: &[u8], path: &str) -> Result<Json, OptionError> {
        decode::json(text).map_err(|error| OptionError {
            field: path.to_owned(),
            message: format!("{path}: expected JSON, but {error}"),
        })
    }

    /// Wraps an object. Fails on a member that is not in `known`.
    pub(super) fn new(path: &'a str, value: &'a Json, known: &[&str]) -> Result<ObjectReader<'a>, OptionError> {
        let Json::Object(members) = value else { return Err(OptionError::new(path, "an object", value)) };
        let reader = ObjectReader { path, value };
        match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => {
                let field = reader.path_of(name);
                let message = format!("{field}: unknown option; expected one of {}", known.join(", "));
                Err(OptionError { field, message })
            }
            None => Ok(reader),
        }
    }

    fn path_of(&self, name: &str) -> String {
        match self.path {
            "" | "options" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    /// Returns the member, unless it is missing or `null`.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json> {
        self.value.get(name).filter(|value| **value != Json::Null)
    }

    /// Creates an error that quotes the member.
    pub(super) fn error(&self, name: &str, expected: &str) -> OptionError {
        OptionError::new(self.path_of(name), expected, self.get(name).unwrap_or(&Json::Null))
    }

    /// Reads a number from `first` to `last`.
    pub(super) fn number(&self, name: &str, first: f64, last: f64) -> Result<Option<f64>, OptionError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            Json::Number(text) => text.parse().ok().filter(|number| (first..=last).contains(number)),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.error(name, &format!("a number from {first} to {last}")))
    }

    /// Reads a whole number from `first` to `last`.
    pub(super) fn integer(&self, name: &str, first: u64, last: u64) -> Result<Option<u64>, OptionError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            Json::Number(text) => text.parse().ok().filter(|number| (first..=last).contains(number)),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.error(name, &format!("a whole number from {first} to {last}")))
    }

    /// Reads a string member.
    pub(super) fn string(&self, name: &str) -> Result<Option<&'a str>, OptionError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| self.error(name, "a string"))
    }

    /// Reads a boolean member.
    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, OptionError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.error(name, "true or false")),
        }
    }
}
