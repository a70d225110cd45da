//! Ranges of dates, as long as the service takes them.

use crate::rules::MAX_RANGE_DAYS;
use crate::util::DAY_MS;

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
pub struct DateWindows {
    /// The first instant, in milliseconds since 1970 (UTC).
    pub from_ms: i64,
    /// The last instant.
    pub to_ms: i64,
}

/// The last instant that has a date. (9999-12-31T23:59:59.999Z)
pub(crate) const LAST_MS: i64 = 253_402_300_799_999;

/// How long a window is.
pub(crate) const WINDOW_MS: i64 = MAX_RANGE_DAYS * DAY_MS;

impl DateWindows {
    /// The windows from an instant on, all of them whole, that reach to another one. None ends after the year 9999.
    pub fn whole(from_ms: i64, end_ms: i64) -> DateWindows {
        let mut windows = DateWindows { from_ms, to_ms: from_ms.max(end_ms) };
        windows.to_ms = from_ms.saturating_add(i64::from(windows.count()) * WINDOW_MS - 1).min(LAST_MS);
        windows
    }

    /// How many there are; none where the range ends before it begins.
    pub fn count(&self) -> u32 {
        let length_ms = self.to_ms.saturating_sub(self.from_ms);
        if length_ms < 0 { 0 } else { u32::try_from(length_ms / WINDOW_MS + 1).unwrap_or(u32::MAX) }
    }

    /// The first and the last instant of one, counted from the oldest.
    pub fn get(&self, index: u32) -> Option<(i64, i64)> {
        let from_ms = self.from_ms.saturating_add(i64::from(index) * WINDOW_MS);
        (index < self.count()).then(|| (from_ms, self.to_ms.min(from_ms.saturating_add(WINDOW_MS - 1))))
    }
}
