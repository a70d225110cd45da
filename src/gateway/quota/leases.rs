//! Leases that isolates may return.

use super::LeaseId;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Time after its end in which a lease can be returned: its unused permits still count for minute and day.
const RETURN_WINDOW_MS: i64 = 60_000;
/// Number of stored leases; older ones cannot be returned.
const MAX_LEASES: usize = 2048;

/// A lease of an isolate.
#[derive(Clone, Copy, Debug)]
pub(super) struct IssuedLease {
    pub(super) id: LeaseId,
    pub(super) tenant: u64,
    pub(super) issued_at: i64,
    pub(super) expires_at: i64,
    pub(super) permits: u32,
}

/// Current and recently ended leases, the oldest first.
#[derive(Debug, Default)]
pub(super) struct IssuedLeases {
    all: VecDeque<IssuedLease>,
    last_id: u64,
}

impl IssuedLeases {
    /// Adds a lease. Its id contains the time, so that it is unique across evictions of the Durable Object.
    pub(super) fn issue(&mut self, tenant: u64, slots: u32, until: i64, now: i64) -> LeaseId {
        self.last_id = (self.last_id + 1).max(u64::try_from(now).unwrap_or(0) * 1000);
        let id = LeaseId(self.last_id);
        while self.all.front().is_some_and(|lease| lease.expires_at + RETURN_WINDOW_MS < now)
            || self.all.len() >= MAX_LEASES
        {
            self.all.pop_front();
        }
        self.all.push_back(IssuedLease { id, tenant, issued_at: now, expires_at: until, permits: slots });
        id
    }

    /// Removes a lease. Returns it, unless it ended too long ago.
    pub(super) fn take(&mut self, id: LeaseId, now: i64) -> Option<IssuedLease> {
        let index = self.all.binary_search_by_key(&id, |lease| lease.id).ok()?;
        self.all.remove(index).filter(|lease| lease.expires_at + RETURN_WINDOW_MS >= now)
    }

    /// Returns the number of permits in current leases.
    pub(super) fn outstanding_permits(&self, now: i64) -> u32 {
        let open = self.all.iter().filter(|lease| lease.expires_at > now);
        open.fold(0, |sum, lease| sum.saturating_add(lease.permits))
    }

    /// Returns the newest leases, in their order.
    pub(super) fn newest(&self, most: usize) -> impl Iterator<Item = &IssuedLease> {
        self.all.iter().skip(self.all.len().saturating_sub(most))
    }

    /// Restores leases from a snapshot.
    pub(super) fn restore(&mut self, mut leases: Vec<IssuedLease>) {
        leases.sort_by_key(|lease| lease.id);
        self.last_id = leases.last().map_or(0, |lease| lease.id.0).max(self.last_id);
        self.all = leases.into();
    }
}
