//! A part of a list that is read from its top down.

use super::seen_cases::Key;
use alloc::vec::Vec;

/// A part of a list that is read from its top down, and what of it has been given out: every case of the dates between
/// its newest and its oldest, and of those two dates themselves the cases that are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which of its reader's.
    pub(super) id: u32,
    /// The next page; 0: there is none.
    pub next_page: u32,
    /// The last page that was planned.
    pub lowest_page: u32,
    /// It is read on until a case is older than this.
    pub floor_ms: i64,
    /// Whether it is read on beyond what was planned.
    pub is_extending: bool,
    /// The newest and the oldest that were given out.
    pub newest_ms: i64,
    /// The oldest.
    pub oldest_ms: i64,
    /// The cases of the newest date.
    pub newest_keys: Vec<Key>,
    /// The cases of the oldest date.
    pub oldest_keys: Vec<Key>,
    /// Whether a page is under way.
    pub(super) is_in_flight: bool,
    /// Whether a page of it has come, whatever it held.
    pub(super) has_started: bool,
}

/// More cases of one date than this are not told.
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
    pub(super) fn new(id: u32, next: u32, until: u32) -> Segment {
        Segment { id, next_page: next, lowest_page: until, ..Segment::default() }
    }

    /// Whether there is nothing to ask for, as far as was planned.
    pub(super) fn is_idle(&self) -> bool {
        self.next_page == 0 || (self.next_page < self.lowest_page && !self.is_extending)
    }

    /// How many pages are left of what was planned.
    pub(super) fn pages_left(&self) -> u32 {
        if self.next_page == 0 { 0 } else { self.next_page.saturating_add(1).saturating_sub(self.lowest_page) }
    }

    /// All of it has been read.
    pub(super) fn complete(&mut self) {
        self.next_page = 0;
        self.is_extending = false;
    }

    /// Whether any of it has been read.
    pub(super) fn has_cases(&self) -> bool {
        self.newest_ms > i64::MIN && self.oldest_ms < i64::MAX
    }

    /// Whether it can be told in a few words.
    pub(super) fn fits_checkpoint(&self) -> bool {
        self.newest_keys.len() <= MAX_KEYS_PER_DATE && self.oldest_keys.len() <= MAX_KEYS_PER_DATE
    }

    /// The cases of a page are given out. What is newer than the newest has come to the end since, and is no part of this:
    /// it is given back.
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

    /// What came in at the end above it is given out as well, down to it.
    pub(super) fn merge_newer(&mut self, round: Segment) {
        if round.newest_ms > self.newest_ms {
            (self.newest_ms, self.newest_keys) = (round.newest_ms, round.newest_keys);
        } else {
            let new = round.newest_keys.into_iter().filter(|key| !self.newest_keys.contains(key)).collect::<Vec<_>>();
            self.newest_keys.extend(new);
        }
    }

    /// Whether all that another holds is in this one.
    pub(super) fn covers(&self, other: &Segment) -> bool {
        (self.oldest_ms < other.oldest_ms
            || (self.oldest_ms == other.oldest_ms && self.oldest_keys == other.oldest_keys))
            && (self.newest_ms > other.newest_ms
                || (self.newest_ms == other.newest_ms && self.newest_keys == other.newest_keys))
    }

    /// Whether a case has been given out.
    pub(super) fn contains(&self, key: Key, updated_ms: i64) -> bool {
        self.has_cases()
            && ((self.oldest_ms < updated_ms && updated_ms < self.newest_ms)
                || (updated_ms == self.newest_ms && self.newest_keys.contains(&key))
                || (updated_ms == self.oldest_ms && self.oldest_keys.contains(&key)))
    }
}
