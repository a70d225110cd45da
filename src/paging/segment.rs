//! A contiguous range of pages of a list, read from its highest page down, and the cases that were emitted of it.

use super::seen_cases::Key;
use alloc::vec::Vec;

/// A contiguous range of pages of a list, read from its highest page down.
///
/// A segment contains every case with a date between `oldest_ms` and `newest_ms`, and of these two dates the cases in
/// `oldest_keys` and `newest_keys`: those are the cases that were emitted.
///
/// ```
/// use cisco_support_case::paging::Segment;
///
/// let segment = Segment::default();
/// assert_eq!((segment.newest_ms, segment.oldest_ms), (i64::MIN, i64::MAX), "no case was emitted of it");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Number of the segment in its reader.
    pub(super) id: u32,
    /// Index of the page that is read next; 0 if the segment is complete.
    pub next_page: u32,
    /// Index of the lowest planned page.
    pub lowest_page: u32,
    /// Date below which the segment ends: the newest date of the segment below.
    pub floor_ms: i64,
    /// Whether it is read below `lowest_page`, until it overlaps the segment below.
    pub is_extending: bool,
    /// Newest date that was emitted, in milliseconds since 1970 (UTC).
    pub newest_ms: i64,
    /// Oldest date that was emitted.
    pub oldest_ms: i64,
    /// Keys of the emitted cases with the newest date.
    pub newest_keys: Vec<Key>,
    /// Keys of the emitted cases with the oldest date.
    pub oldest_keys: Vec<Key>,
    /// Whether a request for its next page is in flight.
    pub(super) is_in_flight: bool,
    /// Whether a page of it was received, even an empty one.
    pub(super) has_started: bool,
}

/// Maximum number of keys per date in a checkpoint.
const MAX_KEYS_PER_DATE: usize = 20;

impl Default for Segment {
    fn default() -> Segment {
        Segment {
            id: 0,
            next_page: 0,
            lowest_page: 0,
            floor_ms: i64::MIN,
            is_extending: false,
            newest_ms: i64::MIN,
            oldest_ms: i64::MAX,
            newest_keys: Vec::new(),
            oldest_keys: Vec::new(),
            is_in_flight: false,
            has_started: false,
        }
    }
}

impl Segment {
    pub(super) fn new(id: u32, next_page: u32, lowest_page: u32) -> Segment {
        Segment { id, next_page, lowest_page, ..Segment::default() }
    }

    /// Whether all planned pages were requested.
    pub(super) fn is_idle(&self) -> bool {
        self.next_page == 0 || (self.next_page < self.lowest_page && !self.is_extending)
    }

    /// Returns the number of planned pages that are not read yet.
    pub(super) fn pages_left(&self) -> u32 {
        if self.next_page == 0 { 0 } else { self.next_page.saturating_add(1).saturating_sub(self.lowest_page) }
    }

    /// Marks the segment as completely read.
    pub(super) fn complete(&mut self) {
        self.next_page = 0;
        self.is_extending = false;
    }

    /// Whether any case of it was emitted.
    pub(super) fn has_cases(&self) -> bool {
        self.newest_ms > i64::MIN && self.oldest_ms < i64::MAX
    }

    /// Whether it is small enough for a checkpoint.
    pub(super) fn fits_checkpoint(&self) -> bool {
        self.newest_keys.len() <= MAX_KEYS_PER_DATE && self.oldest_keys.len() <= MAX_KEYS_PER_DATE
    }

    /// Adds the cases of a page as emitted. Returns those that are newer than the newest date: they moved to the end of the
    /// list since the segment started, and are no part of it.
    pub(super) fn add_page(&mut self, rows: &[(Key, i64)]) -> Vec<(Key, i64)> {
        self.has_started = true;
        let dates = || rows.iter().map(|(_, updated)| *updated);
        let (Some(newest), Some(oldest)) = (dates().max(), dates().min()) else { return Vec::new() };
        if !self.has_cases() {
            (self.newest_ms, self.oldest_ms) = (newest, i64::MAX);
        }
        if oldest < self.oldest_ms {
            self.oldest_ms = oldest;
            self.oldest_keys.clear();
        }
        for (key, updated) in rows {
            for (at, names) in [(self.newest_ms, &mut self.newest_keys), (self.oldest_ms, &mut self.oldest_keys)] {
                if *updated == at && names.len() <= MAX_KEYS_PER_DATE && !names.contains(key) {
                    names.push(*key);
                }
            }
        }
        rows.iter().filter(|(_, updated)| *updated > self.newest_ms).copied().collect()
    }

    /// Extends the newest date to that of a round that was read down to this segment.
    pub(super) fn merge_newer(&mut self, round: Segment) {
        if round.newest_ms > self.newest_ms {
            (self.newest_ms, self.newest_keys) = (round.newest_ms, round.newest_keys);
        } else {
            let new = round.newest_keys.into_iter().filter(|key| !self.newest_keys.contains(key)).collect::<Vec<_>>();
            self.newest_keys.extend(new);
        }
    }

    /// Whether this segment contains every case of another.
    pub(super) fn covers(&self, other: &Segment) -> bool {
        (self.oldest_ms < other.oldest_ms
            || (self.oldest_ms == other.oldest_ms && self.oldest_keys == other.oldest_keys))
            && (self.newest_ms > other.newest_ms
                || (self.newest_ms == other.newest_ms && self.newest_keys == other.newest_keys))
    }

    /// Whether a version of a case was emitted.
    pub(super) fn contains(&self, key: Key, updated_ms: i64) -> bool {
        self.has_cases()
            && ((self.oldest_ms < updated_ms && updated_ms < self.newest_ms)
                || (updated_ms == self.newest_ms && self.newest_keys.contains(&key))
                || (updated_ms == self.oldest_ms && self.oldest_keys.contains(&key)))
    }
}
