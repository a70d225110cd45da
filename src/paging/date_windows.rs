//! Date ranges, divided into windows of the length that the service accepts.

use crate::rules::MAX_RANGE_DAYS;
use crate::util::DAY_MS;

/// A date range, divided into windows that the service accepts: at most 90 × 24 hours each.
///
/// Both ends belong to the range. The windows cover every millisecond of it once. Requests have dates in whole seconds, rounded
/// down, and cases are created at whole seconds: if `from_ms` is one, the windows return every case once.
///
/// ```
/// use cisco_support_case::paging::DateWindows;
/// let day = 86_400_000;
/// let windows = DateWindows { from_ms: 0, to_ms: 100 * day };
/// assert_eq!((windows.get(0), windows.get(1)), (Some((0, 90 * day - 1)), Some((90 * day, 100 * day))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateWindows {
    /// First instant, in milliseconds since 1970 (UTC).
    pub from_ms: i64,
    /// Last instant, in milliseconds since 1970 (UTC).
    pub to_ms: i64,
}

/// Last instant that can be written as a date: 9999-12-31T23:59:59.999Z.
pub(crate) const LAST_MS: i64 = 253_402_300_799_999;

/// Length of a window: 90 days.
pub(crate) const WINDOW_MS: i64 = MAX_RANGE_DAYS * DAY_MS;

impl DateWindows {
    /// Creates the windows that start at `from_ms` and include `end_ms`, all of full length. None ends after the year 9999.
    pub fn whole(from_ms: i64, end_ms: i64) -> DateWindows {
        let mut windows = DateWindows { from_ms, to_ms: from_ms.max(end_ms) };
        windows.to_ms = from_ms.saturating_add(i64::from(windows.count()) * WINDOW_MS - 1).min(LAST_MS);
        windows
    }

    /// Returns the number of windows; 0 if the range ends before it begins.
    pub fn count(&self) -> u32 {
        let length_ms = self.to_ms.saturating_sub(self.from_ms);
        if length_ms < 0 { 0 } else { u32::try_from(length_ms / WINDOW_MS + 1).unwrap_or(u32::MAX) }
    }

    /// Returns the first and the last instant of a window, counted from the oldest.
    pub fn get(&self, index: u32) -> Option<(i64, i64)> {
        let from_ms = self.from_ms.saturating_add(i64::from(index) * WINDOW_MS);
        (index < self.count()).then(|| (from_ms, self.to_ms.min(from_ms.saturating_add(WINDOW_MS - 1))))
    }
}
