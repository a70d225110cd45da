//! Whether a failed request is sent again.

use crate::error::ErrorKind;

/// What is known when a request has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// What the response meant.
    pub(super) kind: ErrorKind,
    /// Whether the token came from somewhere that can give a new one.
    pub(super) renewable: bool,
    /// Whether this call has already been replayed with a new token.
    pub(super) replayed: bool,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Ask for a new token and send the request again.
    RenewToken,
    /// The caller gets the error.
    GiveUp,
}

/// Decides, from values alone. An expired token comes back as 401 or as 403 "Not Authorized" (FACTS, Hosts): one
/// renewal and one replay, never a second. Retries by the error table's `retryable` have their place here.
pub(super) fn decide(attempt: Attempt) -> Decision {
    if attempt.kind == ErrorKind::Authentication && attempt.renewable && !attempt.replayed {
        Decision::RenewToken
    } else {
        Decision::GiveUp
    }
}
