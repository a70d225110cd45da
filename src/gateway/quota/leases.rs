//! Leases that may be given back.

use super::GrantId;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// An isolate that is late may give back what it has not used for so long after the end: the slots are of use to minute
/// and day.
const LATE_MS: i64 = 60_000;
/// So many are remembered; of older ones nothing comes back.
const MAX_LEASES: usize = 2048;

/// A lease.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) id: GrantId,
    pub(super) tenant: u64,
    pub(super) at: i64,
    pub(super) until: i64,
    pub(super) slots: u32,
}

/// The leases that are not over, and those that were a short while ago; the oldest first.
#[derive(Debug, Default)]
pub(super) struct Leases {
    all: VecDeque<Lease>,
    last_id: u64,
}

impl Leases {
    /// A lease begins. Its number is of the time, so that another life of the object does not give it again.
    pub(super) fn begin(&mut self, tenant: u64, slots: u32, until: i64, now: i64) -> GrantId {
        self.last_id = (self.last_id + 1).max(u64::try_from(now).unwrap_or(0) * 1000);
        let id = GrantId(self.last_id);
        while self.all.front().is_some_and(|lease| lease.until + LATE_MS < now) || self.all.len() >= MAX_LEASES {
            self.all.pop_front();
        }
        self.all.push_back(Lease { id, tenant, at: now, until, slots });
        id
    }

    /// A lease is over.
    pub(super) fn end(&mut self, id: GrantId, now: i64) -> Option<Lease> {
        let index = self.all.binary_search_by_key(&id, |lease| lease.id).ok()?;
        self.all.remove(index).filter(|lease| lease.until + LATE_MS >= now)
    }

    /// How many slots are in leases that are not over.
    pub(super) fn open(&self, now: i64) -> u32 {
        let open = self.all.iter().filter(|lease| lease.until > now);
        open.fold(0, |sum, lease| sum.saturating_add(lease.slots))
    }

    /// The newest, so many at most; the oldest of them first.
    pub(super) fn newest(&self, most: usize) -> impl Iterator<Item = &Lease> {
        self.all.iter().skip(self.all.len().saturating_sub(most))
    }

    /// What was kept.
    pub(super) fn restore(&mut self, mut leases: Vec<Lease>) {
        leases.sort_by_key(|lease| lease.id);
        self.last_id = leases.last().map_or(0, |lease| lease.id.0).max(self.last_id);
        self.all = leases.into();
    }
}
