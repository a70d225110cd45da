//! Open or closed.

/// Whether a case is open or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusFlag {
    /// `O`
    Open,
    /// `C`
    Closed,
}

impl StatusFlag {
    /// Both flags, as the service spells them.
    pub const ALL: [StatusFlag; 2] = [StatusFlag::Open, StatusFlag::Closed];

    /// `O` or `C`; anything else is none.
    pub fn from_text(text: &str) -> Option<StatusFlag> {
        StatusFlag::ALL.into_iter().find(|flag| flag.as_str() == text)
    }

    /// The service's letter.
    pub const fn as_str(self) -> &'static str {
        match self {
            StatusFlag::Open => "O",
            StatusFlag::Closed => "C",
        }
    }
}
