//! Ages in whole days.

use super::case_query::{AgeRange, DateInterval};
use crate::util::DAY_MS;

/// Returns the whole days from an instant to the present, both in milliseconds since 1970: days of 24 hours, rounded down,
/// negative for the future.
///
/// ```
/// use cisco_support_case::query::age_in_days;
/// let day = 86_400_000;
/// assert_eq!([0, 1, day - 1, day, -1].map(|age| age_in_days(10 * day, 10 * day - age)), [0, 0, 0, 1, -1]);
/// ```
pub fn age_in_days(now_ms: i64, then_ms: i64) -> i64 {
    now_ms.saturating_sub(then_ms).div_euclid(DAY_MS)
}

impl AgeRange {
    /// Whether the age of an instant is in the range. A missing instant is in none.
    ///
    /// ```
    /// use cisco_support_case::query::AgeRange;
    /// let week = AgeRange { min: Some(7), max: None };
    /// assert!(week.contains(7 * 86_400_000, Some(0)) && !week.contains(7 * 86_400_000, Some(1)));
    /// ```
    pub fn contains(self, now_ms: i64, then_ms: Option<i64>) -> bool {
        then_ms.is_some_and(|then_ms| {
            let days = age_in_days(now_ms, then_ms);
            self.min.is_none_or(|min| i64::from(min) <= days) && self.max.is_none_or(|max| days <= i64::from(max))
        })
    }

    /// Returns the instants that are in the range at present.
    ///
    /// ```
    /// use cisco_support_case::query::AgeRange;
    /// let day = 86_400_000;
    /// let interval = AgeRange { min: Some(1), max: Some(2) }.to_interval(10 * day);
    /// assert_eq!((interval.from_ms, interval.to_ms), (Some(7 * day + 1), Some(9 * day + 1)));
    /// ```
    pub fn to_interval(self, now_ms: i64) -> DateInterval {
        // min ≤ floor((now − then) / day) is then ≤ now − min × day, and floor(…) ≤ max is then > now − (max + 1) × day.
        let after = |days: i64| now_ms.saturating_sub(days * DAY_MS).saturating_add(1);
        DateInterval {
            from_ms: self.max.map(|max| after(i64::from(max) + 1)),
            to_ms: self.min.map(|min| after(i64::from(min))),
        }
    }
}
