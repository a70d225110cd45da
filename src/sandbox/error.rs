//! The error for an invalid option, fault or imported case.

use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String};
use core::fmt;

/// Error for an invalid option, fault or imported case.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::sandbox::{Options, Sandbox};
///
/// let fault = json(br#"{ "name": "latency", "rate": 2 }"#).unwrap();
/// let error = Sandbox::new(Options::default()).fault(&fault).unwrap_err();
/// assert_eq!(error.field, "fault.rate");
/// assert!(error.message.ends_with(", got 2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionError {
    /// Path of the invalid member, such as `faults[0].rate`.
    pub field: String,
    /// Complete message: the path, the expected value and the actual one.
    pub message: String,
}

impl OptionError {
    pub(super) fn new(field: impl Into<String>, expected: &str, found: &Json) -> OptionError {
        let field = field.into();
        let found = match found {
            Json::Null => "nothing".to_owned(),
            Json::Array(_) | Json::Object(_) => found.kind_name().to_owned(),
            other => other.to_json_string().chars().take(100).collect(),
        };
        OptionError { message: format!("{field}: expected {expected}, got {found}"), field }
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for OptionError {}
