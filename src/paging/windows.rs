//! Ranges of dates, as long as the service takes them.

use crate::model::DAY_MS;
use crate::rules::MAX_RANGE_DAYS;

/// A range of dates in windows that the service takes: at most 90 × 24 hours each, from its first instant to its last,
/// both in it. They share no instant and miss none: an instant is a millisecond, which is what dates are sent in.
///
/// ```
/// use cisco_support_case::paging::Windows;
/// let day = 86_400_000;
/// let windows = Windows { from_ms: 0, to_ms: 100 * day };
/// assert_eq!((windows.get(0), windows.get(1)), (Some((0, 90 * day - 1)), Some((90 * day, 100 * day))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The first instant, in milliseconds since 1970 (UTC).
    pub from_ms: i64,
    /// The last instant.
    pub to_ms: i64,
}

/// How long a window is.
const LENGTH_MS: i64 = MAX_RANGE_DAYS * DAY_MS;

impl Windows {
    /// How many there are; none where the range ends before it begins.
    pub fn count(&self) -> u32 {
        let length_ms = self.to_ms.saturating_sub(self.from_ms);
        if length_ms < 0 { 0 } else { u32::try_from(length_ms / LENGTH_MS + 1).unwrap_or(u32::MAX) }
    }

    /// The first and the last instant of one, counted from the oldest.
    pub fn get(&self, index: u32) -> Option<(i64, i64)> {
        let from_ms = self.from_ms.saturating_add(i64::from(index) * LENGTH_MS);
        (index < self.count()).then(|| (from_ms, self.to_ms.min(from_ms.saturating_add(LENGTH_MS - 1))))
    }
}
