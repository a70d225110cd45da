//! The memory that growing parts take.

/// Memory that something takes as it grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Growth {
    /// The bytes that it takes.
    pub(super) taken: usize,
    /// The bytes of its next blocks, of which later texts take the rest.
    pub(super) spare: usize,
}

impl Growth {
    /// Adds the growth of another part; `None` if one of them has no positions for more.
    pub(super) fn plus(sum: Option<Growth>, part: Option<Growth>) -> Option<Growth> {
        let (sum, part) = (sum?, part?);
        Some(Growth { taken: sum.taken.saturating_add(part.taken), spare: sum.spare.saturating_add(part.spare) })
    }

    /// Returns all bytes.
    pub(super) fn bytes(self) -> usize {
        self.taken.saturating_add(self.spare)
    }
}
