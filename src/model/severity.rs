//! How urgent a case is.

use core::fmt;

/// How urgent a case is: 1 (the network is down) to 4 (a question).
///
/// ```
/// use cisco_support_case::model::Severity;
/// assert_eq!(Severity::new(3).map(Severity::number), Some(3));
/// assert_eq!(Severity::new(5), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// All four.
    pub const ALL: [Severity; 4] = [Severity(1), Severity(2), Severity(3), Severity(4)];

    /// Severity 1 to 4; anything else is none.
    pub const fn new(number: u8) -> Option<Severity> {
        if number >= 1 && number <= 4 { Some(Severity(number)) } else { None }
    }

    /// The severity as the wire's text (`"3"`).
    pub fn from_text(text: &str) -> Option<Severity> {
        match text.as_bytes() {
            [digit @ b'1'..=b'4'] => Severity::new(digit - b'0'),
            _ => None,
        }
    }

    /// 1 to 4.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
