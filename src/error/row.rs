//! The row of an error table.

use super::{ErrorKind, canonical::canonical};
use crate::util::text_outside_wasm;

/// A row of an error table: a code, its meaning and the reaction to it.
///
/// ```
/// use cisco_support_case::error::{ERROR_TABLE, ErrorKind};
///
/// let row = &ERROR_TABLE[0];
/// assert_eq!((row.status, row.code, row.kind), (400, "Bad Request", ErrorKind::InvalidRequest));
/// assert!(!row.retryable);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorRow {
    /// HTTP status, as documented or as a gateway of this package sends it; 0 for errors that the client finds.
    pub status: u16,
    /// The documentation's "Message", verbatim, or a code of this package.
    pub code: &'static str,
    /// Other spellings of the code: the second code of a documented cell, and those of the service's API gateway
    /// (`X-Mashery-Error-Code`, `<h1>`). They are compared without case, status and a leading "Developer" or "Account".
    pub aliases: &'static [&'static str],
    /// The class of the error, for decisions in code.
    pub kind: ErrorKind,
    /// Whether a retry can help. The client then retries, and the advice is to try again. It is `false` for a quota, since
    /// no retry helps before the quota renews.
    pub retryable: bool,
    /// The meaning, in a sentence. Empty in the client's wasm, as are `advice` and `hint`: the package's own tables have them.
    pub meaning: &'static str,
    /// Advice for the user of a portal, in a sentence.
    pub advice: &'static str,
    /// Advice for the developer, by the names of the npm package's options and calls. Empty if `advice` is sufficient.
    pub hint: &'static str,
}

impl ErrorRow {
    /// Returns the row with a hint.
    pub(super) const fn with_hint(self, hint: &'static str) -> ErrorRow {
        ErrorRow { hint: text_outside_wasm(hint), ..self }
    }

    /// Whether a code is a spelling of this row's code.
    ///
    /// ```
    /// use cisco_support_case::error::explain;
    ///
    /// let row = explain("Account Over Rate Limit", None)[0];
    /// assert!(row.matches_code("ERR_403_DEVELOPER_OVER_RATE"));
    /// assert!(!row.matches_code("Forbidden"));
    /// ```
    pub fn matches_code(&self, code: &str) -> bool {
        let code = canonical(code);
        !code.is_empty() && self.spellings().any(|name| canonical(name) == code)
    }

    /// Iterates over the row's code and its other spellings.
    pub fn spellings(&self) -> impl Iterator<Item = &'static str> {
        core::iter::once(self.code).chain(self.aliases.iter().copied())
    }
}

/// Makes a row without a hint.
pub(super) const fn row(
    status: u16,
    code: &'static str,
    aliases: &'static [&'static str],
    kind: ErrorKind,
    retryable: bool,
    meaning: &'static str,
    advice: &'static str,
) -> ErrorRow {
    ErrorRow {
        status,
        code,
        aliases,
        kind,
        retryable,
        meaning: text_outside_wasm(meaning),
        advice: text_outside_wasm(advice),
        hint: "",
    }
}
