//! What a caller decides by.

use crate::util::prose;

/// What a caller decides by; JavaScript gets it as a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request breaks a rule; sending it again changes nothing.
    InvalidRequest,
    /// The token is missing, wrong or expired.
    Authentication,
    /// The account may not do this.
    Permission,
    /// The case does not exist, or not for this account.
    NotFound,
    /// Too fast; wait, then ask again.
    RateLimited,
    /// The period's quota is spent.
    Quota,
    /// The service cannot answer now.
    Unavailable,
    /// No answer in the time allowed.
    Timeout,
    /// The caller gave up.
    Aborted,
    /// No connection, or one that broke.
    Network,
    /// The answer is not what the service promises.
    Decode,
    /// A defect of this package.
    Internal,
}

impl ErrorKind {
    /// Every kind with its literal in JavaScript and what it means.
    pub const ALL: [(ErrorKind, &'static str, &'static str); 12] = [
        (
            ErrorKind::InvalidRequest,
            "invalid_request",
            prose("The request breaks a rule; sending it again changes nothing."),
        ),
        (ErrorKind::Authentication, "authentication", prose("The token is missing, wrong or expired.")),
        (ErrorKind::Permission, "permission", prose("The account may not do this.")),
        (ErrorKind::NotFound, "not_found", prose("The case does not exist, or not for this account.")),
        (ErrorKind::RateLimited, "rate_limited", prose("Too fast; wait, then ask again.")),
        (ErrorKind::Quota, "quota", prose("The period's quota is spent.")),
        (ErrorKind::Unavailable, "unavailable", prose("The service cannot answer now.")),
        (ErrorKind::Timeout, "timeout", prose("No answer in the time allowed.")),
        (ErrorKind::Aborted, "aborted", prose("The caller gave up.")),
        (ErrorKind::Network, "network", prose("No connection, or one that broke.")),
        (ErrorKind::Decode, "decode", prose("The answer is not what the service promises.")),
        (ErrorKind::Internal, "internal", prose("A defect of this package.")),
    ];

    /// The kind of that literal.
    pub fn from_name(name: &str) -> Option<ErrorKind> {
        ErrorKind::ALL.iter().find(|(_, known, _)| *known == name).map(|(kind, _, _)| *kind)
    }

    /// The literal in JavaScript.
    pub fn as_str(self) -> &'static str {
        ErrorKind::ALL.iter().find(|(kind, _, _)| *kind == self).map_or("internal", |(_, name, _)| name)
    }
}
