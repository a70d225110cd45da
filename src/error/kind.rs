//! The kinds of errors.

use crate::util::text_outside_wasm;

/// The class of an error, for decisions in code. JavaScript has it as a literal (`error.kind`).
///
/// ```
/// use cisco_support_case::error::ErrorKind;
///
/// assert_eq!(ErrorKind::RateLimited.as_str(), "rate_limited");
/// assert_eq!(ErrorKind::from_name("quota"), Some(ErrorKind::Quota));
/// assert_eq!(ErrorKind::from_name("other"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request violates a rule; a retry changes nothing.
    InvalidRequest,
    /// The token is missing, invalid or expired.
    Authentication,
    /// The account has no permission.
    Permission,
    /// The case does not exist, or the account may not see it.
    NotFound,
    /// Too many requests; wait, then retry.
    RateLimited,
    /// The quota of the period is used up.
    Quota,
    /// The service is temporarily unavailable.
    Unavailable,
    /// There was no response in the time allowed.
    Timeout,
    /// The caller aborted the call.
    Aborted,
    /// There is no connection, or it was interrupted.
    Network,
    /// The response does not match the documentation.
    Decode,
    /// A defect of this package.
    Internal,
}

impl ErrorKind {
    /// Every kind with its JavaScript literal and its meaning.
    pub const ALL: [(ErrorKind, &'static str, &'static str); 12] = [
        (
            ErrorKind::InvalidRequest,
            "invalid_request",
            text_outside_wasm("The request violates a rule; a retry changes nothing."),
        ),
        (ErrorKind::Authentication, "authentication", text_outside_wasm("The token is missing, invalid or expired.")),
        (ErrorKind::Permission, "permission", text_outside_wasm("The account has no permission.")),
        (
            ErrorKind::NotFound,
            "not_found",
            text_outside_wasm("The case does not exist, or the account may not see it."),
        ),
        (ErrorKind::RateLimited, "rate_limited", text_outside_wasm("Too many requests; wait, then retry.")),
        (ErrorKind::Quota, "quota", text_outside_wasm("The quota of the period is used up.")),
        (ErrorKind::Unavailable, "unavailable", text_outside_wasm("The service is temporarily unavailable.")),
        (ErrorKind::Timeout, "timeout", text_outside_wasm("There was no response in the time allowed.")),
        (ErrorKind::Aborted, "aborted", text_outside_wasm("The caller aborted the call.")),
        (ErrorKind::Network, "network", text_outside_wasm("There is no connection, or it was interrupted.")),
        (ErrorKind::Decode, "decode", text_outside_wasm("The response does not match the documentation.")),
        (ErrorKind::Internal, "internal", text_outside_wasm("A defect of this package.")),
    ];

    /// Returns the kind with a JavaScript literal.
    pub fn from_name(name: &str) -> Option<ErrorKind> {
        ErrorKind::ALL.iter().find(|(_, known, _)| *known == name).map(|(kind, _, _)| *kind)
    }

    /// Returns the JavaScript literal.
    pub fn as_str(self) -> &'static str {
        ErrorKind::ALL.iter().find(|(kind, _, _)| *kind == self).map_or("internal", |(_, name, _)| name)
    }
}
