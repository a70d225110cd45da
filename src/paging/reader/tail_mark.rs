//! The fingerprint of the last page, which detects changes of the list.

use crate::paging::CaseVersion;

/// Age from which a second counts as over, even if this machine's clock is ahead by minutes: 10 minutes.
const SETTLED_MS: i64 = 600_000;

/// The last page of a list at the start of a pass or round.
///
/// Dates have seconds: a case can jump to the end and have the date of the newest. Only an equal fingerprint, taken after
/// that second was over, proves that nothing has moved.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TailMark {
    /// Fingerprint of the page.
    pub(super) fingerprint: u64,
    /// Whether the second of its newest case was over.
    pub(super) is_settled: bool,
}

impl TailMark {
    /// Creates the mark of a page that arrived at `unix_ms`.
    pub(super) fn new(fingerprint: u64, newest_ms: i64, unix_ms: i64) -> TailMark {
        TailMark { fingerprint, is_settled: unix_ms.saturating_sub(newest_ms) > SETTLED_MS }
    }
}

/// Returns a hash of the cases of a page, with their dates and their order.
pub(super) fn page_fingerprint(versions: &[CaseVersion]) -> u64 {
    versions.iter().fold(versions.len() as u64, |hash, version| {
        (hash ^ version.key.rotate_left(17) ^ version.updated_ms.cast_unsigned())
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    })
}
