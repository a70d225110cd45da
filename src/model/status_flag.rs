//! The status flag of a case.

/// The status flag of a case: open or closed.
///
/// ```
/// use cisco_support_case::model::StatusFlag;
/// assert_eq!(StatusFlag::from_text("O"), Some(StatusFlag::Open));
/// assert_eq!(StatusFlag::Closed.as_str(), "C");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusFlag {
    /// The letter `O`, for open.
    Open,
    /// The letter `C`, for closed.
    Closed,
}

impl StatusFlag {
    /// Both flags, open first.
    pub const ALL: [StatusFlag; 2] = [StatusFlag::Open, StatusFlag::Closed];

    /// Parses `O` or `C`; `None` for any other text.
    pub fn from_text(text: &str) -> Option<StatusFlag> {
        StatusFlag::ALL.into_iter().find(|flag| flag.as_str() == text)
    }

    /// Returns the service's letter.
    pub const fn as_str(self) -> &'static str {
        match self {
            StatusFlag::Open => "O",
            StatusFlag::Closed => "C",
        }
    }
}
