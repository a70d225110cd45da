//! A row of the error tables.

use super::{ErrorKind, canonical::canonical};
use crate::util::prose;

/// One row of the error table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorRow {
    /// HTTP status as documented, or with which a gateway of this package answers; 0 for what this side finds.
    pub status: u16,
    /// The documentation's "Message", verbatim; of our own rows a code of our own.
    pub code: &'static str,
    /// Other spellings of the same row: the second code of a documented cell, and the gateway's
    /// (`X-Mashery-Error-Code`, `<h1>`). Compared without case, status and "Developer" or "Account" in front.
    pub aliases: &'static [&'static str],
    /// What a caller decides by.
    pub kind: ErrorKind,
    /// Whether asking again can help: the client does so by itself, and the advice is to try again. Of a quota it is
    /// `false`, since nothing helps before it renews.
    pub retryable: bool,
    /// What it means. Empty in the client's wasm, as is the advice: there the package's tables tell.
    pub meaning: &'static str,
    /// What to do, in a sentence that a portal can show.
    pub advice: &'static str,
    /// What its developer can do, by the names of options and calls of the npm package. Empty where the advice says it all.
    pub hint: &'static str,
}

impl ErrorRow {
    /// The row with a hint.
    pub(super) const fn with_hint(self, hint: &'static str) -> ErrorRow {
        ErrorRow { hint: prose(hint), ..self }
    }

    /// Whether the row is known by this code, however a gateway spells it.
    pub fn matches_code(&self, code: &str) -> bool {
        let code = canonical(code);
        !code.is_empty() && self.spellings().any(|name| canonical(name) == code)
    }

    /// The row's code and its other spellings.
    pub fn spellings(&self) -> impl Iterator<Item = &'static str> {
        core::iter::once(self.code).chain(self.aliases.iter().copied())
    }
}

pub(super) const fn row(
    status: u16,
    code: &'static str,
    aliases: &'static [&'static str],
    kind: ErrorKind,
    retryable: bool,
    meaning: &'static str,
    advice: &'static str,
) -> ErrorRow {
    ErrorRow { status, code, aliases, kind, retryable, meaning: prose(meaning), advice: prose(advice), hint: "" }
}
