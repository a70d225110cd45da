//! A part of a list that is read from its top down.

use super::seen::Key;
use alloc::vec::Vec;

/// A part of a list that is read from its top down, and what of it has been given out: every case of the dates between
/// its newest and its oldest, and of those two dates themselves the cases that are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Which of its reader's.
    pub(super) id: u32,
    /// The next page; 0: there is none.
    pub next: u32,
    /// The last page that was planned.
    pub until: u32,
    /// It is read on until a case is older than this.
    pub floor_ms: i64,
    /// Whether it is read on beyond what was planned.
    pub joining: bool,
    /// The newest and the oldest that were given out.
    pub hi_ms: i64,
    /// The oldest.
    pub lo_ms: i64,
    /// The cases of the newest date.
    pub at_hi: Vec<Key>,
    /// The cases of the oldest date.
    pub at_lo: Vec<Key>,
    /// Whether a page is under way.
    pub(super) asked: bool,
    /// Whether a page of it has come, whatever it held.
    pub(super) begun: bool,
}

/// More cases of one date than this are not told.
const MAX_NAMED: usize = 20;

impl Default for Stretch {
    fn default() -> Stretch {
        Stretch {
            id: 0,
            next: 0,
            until: 0,
            floor_ms: i64::MIN,
            joining: false,
            hi_ms: i64::MIN,
            lo_ms: i64::MAX,
            at_hi: Vec::new(),
            at_lo: Vec::new(),
            asked: false,
            begun: false,
        }
    }
}

impl Stretch {
    pub(super) fn new(id: u32, next: u32, until: u32) -> Stretch {
        Stretch { id, next, until, ..Stretch::default() }
    }

    /// Whether there is nothing to ask for, as far as was planned.
    pub(super) fn is_idle(&self) -> bool {
        self.next == 0 || (self.next < self.until && !self.joining)
    }

    /// How many pages are left of what was planned.
    pub(super) fn pages_left(&self) -> u32 {
        if self.next == 0 { 0 } else { self.next.saturating_add(1).saturating_sub(self.until) }
    }

    /// All of it has been read.
    pub(super) fn end(&mut self) {
        self.next = 0;
        self.joining = false;
    }

    /// Whether any of it has been read.
    pub(super) fn has_any(&self) -> bool {
        self.hi_ms > i64::MIN && self.lo_ms < i64::MAX
    }

    /// Whether it can be told in a few words.
    pub(super) fn is_small(&self) -> bool {
        self.at_hi.len() <= MAX_NAMED && self.at_lo.len() <= MAX_NAMED
    }

    /// The cases of a page are given out. What is newer than the newest has come to the end since, and is no part of this:
    /// it is given back.
    pub(super) fn add(&mut self, rows: &[(Key, i64)]) -> Vec<(Key, i64)> {
        self.begun = true;
        let dates = || rows.iter().map(|(_, updated)| *updated);
        let (Some(newest), Some(oldest)) = (dates().max(), dates().min()) else { return Vec::new() };
        if !self.has_any() {
            (self.hi_ms, self.lo_ms) = (newest, i64::MAX);
        }
        if oldest < self.lo_ms {
            self.lo_ms = oldest;
            self.at_lo.clear();
        }
        for (key, updated) in rows {
            for (at, names) in [(self.hi_ms, &mut self.at_hi), (self.lo_ms, &mut self.at_lo)] {
                if *updated == at && names.len() <= MAX_NAMED && !names.contains(key) {
                    names.push(*key);
                }
            }
        }
        rows.iter().filter(|(_, updated)| *updated > self.hi_ms).copied().collect()
    }

    /// What came in at the end above it is given out as well, down to it.
    pub(super) fn raise(&mut self, round: Stretch) {
        if round.hi_ms > self.hi_ms {
            (self.hi_ms, self.at_hi) = (round.hi_ms, round.at_hi);
        } else {
            let new = round.at_hi.into_iter().filter(|key| !self.at_hi.contains(key)).collect::<Vec<_>>();
            self.at_hi.extend(new);
        }
    }

    /// Whether all that another holds is in this one.
    pub(super) fn covers(&self, other: &Stretch) -> bool {
        (self.lo_ms < other.lo_ms || (self.lo_ms == other.lo_ms && self.at_lo == other.at_lo))
            && (self.hi_ms > other.hi_ms || (self.hi_ms == other.hi_ms && self.at_hi == other.at_hi))
    }

    /// Whether a case has been given out.
    pub(super) fn holds(&self, key: Key, updated_ms: i64) -> bool {
        self.has_any()
            && ((self.lo_ms < updated_ms && updated_ms < self.hi_ms)
                || (updated_ms == self.hi_ms && self.at_hi.contains(&key))
                || (updated_ms == self.lo_ms && self.at_lo.contains(&key)))
    }
}
