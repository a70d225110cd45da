//! The severity of a case.

use core::fmt;

/// The severity of a case, from 1 (the network is down) to 4 (a question).
///
/// ```
/// use cisco_support_case::model::Severity;
/// assert_eq!(Severity::new(3).map(Severity::number), Some(3));
/// assert_eq!(Severity::new(5), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// All four severities, the highest first.
    pub const ALL: [Severity; 4] = [Severity(1), Severity(2), Severity(3), Severity(4)];

    /// Creates a severity from 1 to 4; `None` for any other number.
    pub const fn new(number: u8) -> Option<Severity> {
        if number >= 1 && number <= 4 { Some(Severity(number)) } else { None }
    }

    /// Parses the form on the wire, such as `"3"`.
    pub fn from_text(text: &str) -> Option<Severity> {
        match text.as_bytes() {
            [digit @ b'1'..=b'4'] => Severity::new(digit - b'0'),
            _ => None,
        }
    }

    /// Returns the number, from 1 to 4.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
