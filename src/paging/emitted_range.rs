//! The cases that were emitted of a contiguous part of a list, by their dates.

use super::seen_cases::{CaseVersion, Key};
use alloc::vec::Vec;

/// A range of dates whose cases were emitted.
///
/// It contains every case with a date between `oldest_ms` and `newest_ms`, and of these two dates the cases in `oldest_keys`
/// and `newest_keys`. Its size does not depend on the number of cases.
///
/// ```
/// use cisco_support_case::paging::EmittedRange;
///
/// let range = EmittedRange::default();
/// assert_eq!((range.newest_ms, range.oldest_ms), (i64::MIN, i64::MAX), "the empty range");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmittedRange {
    /// Newest date that was emitted, in milliseconds since 1970 (UTC).
    pub newest_ms: i64,
    /// Oldest date that was emitted.
    pub oldest_ms: i64,
    /// Keys of the emitted cases with the newest date.
    pub newest_keys: Vec<Key>,
    /// Keys of the emitted cases with the oldest date.
    pub oldest_keys: Vec<Key>,
}

/// Maximum number of keys per date in a checkpoint.
const MAX_KEYS_PER_DATE: usize = 20;

impl Default for EmittedRange {
    fn default() -> EmittedRange {
        EmittedRange { newest_ms: i64::MIN, oldest_ms: i64::MAX, newest_keys: Vec::new(), oldest_keys: Vec::new() }
    }
}

impl EmittedRange {
    /// Returns the range from the beginning of the list to the newest date of this one.
    pub(super) fn extended_to_beginning(&self) -> EmittedRange {
        EmittedRange { oldest_ms: i64::MIN, ..self.clone() }
    }

    /// Whether the range contains any case.
    pub(super) fn has_cases(&self) -> bool {
        self.newest_ms > i64::MIN && self.oldest_ms < i64::MAX
    }

    /// Whether the range is small enough for a checkpoint.
    pub(super) fn fits_checkpoint(&self) -> bool {
        self.newest_keys.len() <= MAX_KEYS_PER_DATE && self.oldest_keys.len() <= MAX_KEYS_PER_DATE
    }

    /// Adds the cases of the next lower-numbered page, or of any page to an empty range.
    ///
    /// Returns the cases that are newer than the newest date: they moved to the end of the list since the range was begun,
    /// and are no part of it.
    pub(super) fn add_page(&mut self, versions: &[CaseVersion]) -> Vec<CaseVersion> {
        let dates = || versions.iter().map(|version| version.updated_ms);
        let (Some(newest_ms), Some(oldest_ms)) = (dates().max(), dates().min()) else { return Vec::new() };
        if !self.has_cases() {
            (self.newest_ms, self.oldest_ms) = (newest_ms, i64::MAX);
        }
        if oldest_ms < self.oldest_ms {
            self.oldest_ms = oldest_ms;
            self.oldest_keys.clear();
        }
        for version in versions {
            for (date_ms, keys) in [(self.newest_ms, &mut self.newest_keys), (self.oldest_ms, &mut self.oldest_keys)] {
                if version.updated_ms == date_ms && keys.len() <= MAX_KEYS_PER_DATE && !keys.contains(&version.key) {
                    keys.push(version.key);
                }
            }
        }
        versions.iter().filter(|version| version.updated_ms > self.newest_ms).copied().collect()
    }

    /// Extends the newest date to that of a range that reaches down to this one.
    pub(super) fn merge_newer(&mut self, newer: EmittedRange) {
        if newer.newest_ms > self.newest_ms {
            (self.newest_ms, self.newest_keys) = (newer.newest_ms, newer.newest_keys);
        } else {
            let keys = newer.newest_keys.into_iter().filter(|key| !self.newest_keys.contains(key)).collect::<Vec<_>>();
            self.newest_keys.extend(keys);
        }
    }

    /// Whether this range contains every case of another.
    pub(super) fn covers(&self, other: &EmittedRange) -> bool {
        (self.oldest_ms < other.oldest_ms
            || (self.oldest_ms == other.oldest_ms && self.oldest_keys == other.oldest_keys))
            && (self.newest_ms > other.newest_ms
                || (self.newest_ms == other.newest_ms && self.newest_keys == other.newest_keys))
    }

    /// Whether a version of a case was emitted.
    pub(super) fn contains(&self, version: CaseVersion) -> bool {
        let CaseVersion { key, updated_ms } = version;
        self.has_cases()
            && ((self.oldest_ms < updated_ms && updated_ms < self.newest_ms)
                || (updated_ms == self.newest_ms && self.newest_keys.contains(&key))
                || (updated_ms == self.oldest_ms && self.oldest_keys.contains(&key)))
    }
}
