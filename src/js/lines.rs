//! Headers across the border.

/// Headers as lines of a name, a colon and a value: one text crosses the border faster than many. The package's `lines.js`
/// reads them.
pub(super) fn lines<N: AsRef<str>>(headers: &[(N, String)]) -> String {
    headers.iter().flat_map(|(name, value)| [name.as_ref(), ":", value, "\n"]).collect()
}
