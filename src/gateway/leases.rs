//! Permits that an isolate has leased from the Durable Object.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Shortest use of a lease with several permits, in milliseconds: permits that the isolate does not use meanwhile are
/// lost to all others for that time.
const BATCH_USE_MS: u32 = 100;
/// Shortest use of a lease with one permit, which is used at once.
const SINGLE_USE_MS: u32 = 20;
/// Allowance for network delay, in milliseconds: a new connection takes that long. A permit is only reported as used
/// this long after sending (or once the response has arrived), and leases are requested this much longer than they are
/// used, so that a delayed request is not counted in the same second as its successor.
const NETWORK_DELAY_MS: u32 = 200;
/// The `used_ms` of a lease whose permits are unused or confirmed.
const NEVER_USED_MS: i64 = i64::MIN / 2;
/// Longest use of a lease, in milliseconds. It is longer than the shortest one if the Durable Object is far away.
const MAX_USE_MS: u32 = 3000;
/// Number of round trips to the Durable Object that a lease outlasts.
const ROUND_TRIPS: i64 = 3;

/// Number of permits to request in addition to the required one, at most.
const MAX_EXTRA: u32 = 64;

/// Number of permits used within a lease's time from which an isolate requests leases ahead, so that further requests
/// need not wait for the Durable Object.
const PREFETCH_THRESHOLD: u32 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
struct HeldLease {
    id: u64,
    permits: u32,
    usable_until_ms: i64,
    /// Time of the latest use of one of its permits.
    used_ms: i64,
}

/// A lease that the Durable Object has granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the isolate and the Durable Object are of one build")]
pub struct GrantedLease {
    /// Identifier of the lease.
    pub id: u64,
    /// Number of permits; at least one.
    pub permits: u32,
    /// Duration from the grant, in milliseconds.
    pub duration_ms: u32,
}

/// The result of a lease request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the isolate and the Durable Object are of one build")]
pub struct LeaseResult {
    /// Number of requested extra permits.
    pub extra: u32,
    /// Time of the request.
    pub sent_ms: i64,
    /// Time that the request waited in the queue of the Durable Object.
    pub waited_ms: i64,
    /// The lease; `None` if the request was refused or has failed.
    pub granted: Option<GrantedLease>,
    /// Whether the lease was prefetched, so that none of its permits is for use at once.
    pub is_prefetch: bool,
}

impl LeaseResult {
    /// Returns the end of the time in which permits of a lease may be used. The lease began, at the earliest, when the
    /// request was sent and had waited.
    fn usable_until_ms(&self, lease: GrantedLease) -> i64 {
        self.sent_ms + self.waited_ms + i64::from(lease.duration_ms) - i64::from(NETWORK_DELAY_MS)
    }
}

/// Leases of an isolate, and an estimate of its need.
///
/// ```
/// use cisco_support_case::gateway::{GrantedLease, HeldLeases, LeaseResult};
///
/// let mut leases = HeldLeases::default();
/// assert!(!leases.try_acquire(0));
///
/// // Lease 7 with 2 permits for 1000 ms, requested at 0 ms and received at 10 ms. One permit is used at once.
/// let granted = Some(GrantedLease { id: 7, permits: 2, duration_ms: 1000 });
/// let result = LeaseResult { extra: 1, sent_ms: 0, waited_ms: 0, granted, is_prefetch: false };
/// assert!(leases.on_lease(result, 10));
/// assert!(leases.try_acquire(20));
/// assert!(!leases.try_acquire(30));
/// assert_eq!(leases.take_expired(2000), [(7, 0)]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct HeldLeases {
    held: VecDeque<HeldLease>,
    /// Times of recent uses.
    recent_uses: VecDeque<i64>,
    /// Number of permits requested and not received yet.
    requested: u32,
    round_trip_ms: i64,
}

impl HeldLeases {
    /// Takes a permit, if one is still usable. Returns whether it did.
    pub fn try_acquire(&mut self, now_ms: i64) -> bool {
        self.recent_uses.push_back(now_ms);
        self.drop_old_uses(now_ms);
        let Some(lease) = self.held.iter_mut().find(|lease| lease.usable_until_ms > now_ms && lease.permits > 0) else {
            return false;
        };
        lease.permits -= 1;
        lease.used_ms = now_ms;
        true
    }

    fn drop_old_uses(&mut self, now_ms: i64) {
        let use_ms = i64::from(self.use_ms(1));
        while self.recent_uses.front().is_some_and(|at| *at < now_ms - use_ms) || self.recent_uses.len() > 4096 {
            self.recent_uses.pop_front();
        }
    }

    /// Returns the time for which permits of a lease are used, by its number of extra permits.
    fn use_ms(&self, extra: u32) -> u32 {
        let min_ms = if extra > 0 { BATCH_USE_MS } else { SINGLE_USE_MS };
        u32::try_from(self.round_trip_ms * ROUND_TRIPS).unwrap_or(MAX_USE_MS).clamp(min_ms, MAX_USE_MS)
    }

    /// Returns the duration to request.
    pub fn duration_ms(&self, extra: u32) -> u32 {
        self.use_ms(extra) + NETWORK_DELAY_MS
    }

    /// Returns the number of extra permits to request: as many as were used within a lease's time, less those requested
    /// already. They count as requested until [`on_lease`](HeldLeases::on_lease).
    pub fn desired_extra(&mut self, now_ms: i64) -> u32 {
        self.drop_old_uses(now_ms);
        let needed = u32::try_from(self.recent_uses.len()).unwrap_or(u32::MAX).saturating_sub(1);
        let extra = needed.saturating_sub(self.requested).min(MAX_EXTRA);
        self.requested += extra;
        extra
    }

    /// Whether to request a lease ahead: at most half of the permits needed within a lease's time are left, and none
    /// are requested.
    pub fn is_low(&self, now_ms: i64) -> bool {
        let needed = u32::try_from(self.recent_uses.len()).unwrap_or(u32::MAX);
        let usable = self.held.iter().filter(|lease| lease.usable_until_ms > now_ms);
        needed >= PREFETCH_THRESHOLD
            && self.requested == 0
            && usable.map(|lease| lease.permits).sum::<u32>() <= needed / 2
    }

    /// Handles the result of a lease request. One of the granted permits is used at once, unless the lease was prefetched.
    /// Returns whether a lease was granted and has arrived in time for that use.
    pub fn on_lease(&mut self, result: LeaseResult, now_ms: i64) -> bool {
        self.requested = self.requested.saturating_sub(result.extra);
        let round_trip_ms = (now_ms - result.sent_ms - result.waited_ms).max(0);
        // The estimate follows the slowest recent round trip.
        self.round_trip_ms = round_trip_ms.max(self.round_trip_ms - (self.round_trip_ms / 8).max(1)).max(0);
        let Some(lease) = result.granted else { return false };
        let usable_until_ms = result.usable_until_ms(lease);
        let is_in_time = now_ms < usable_until_ms;
        // A permit that arrives too late is not used, and is returned like the others.
        let is_used = !result.is_prefetch && is_in_time;
        self.held.push_back(HeldLease {
            id: lease.id,
            permits: lease.permits - u32::from(is_used),
            usable_until_ms,
            used_ms: if is_used { now_ms } else { NEVER_USED_MS },
        });
        is_in_time
    }

    /// Handles the response to a request that was sent with the only permit of a lease: the permit is confirmed.
    pub fn on_completed(&mut self, id: u64) {
        if let Some(lease) = self.held.iter_mut().find(|lease| lease.id == id && lease.permits == 0) {
            lease.used_ms = NEVER_USED_MS;
        }
    }

    /// Removes and returns ended leases, with their number of unused permits. For a lease without unused permits, the
    /// Durable Object need not wait for its end any more.
    pub fn take_expired(&mut self, now_ms: i64) -> Vec<(u64, u32)> {
        let mut expired = Vec::new();
        self.held.retain(|lease| {
            let is_expired = lease.expires_ms() <= now_ms;
            if is_expired {
                expired.push((lease.id, lease.permits));
            }
            !is_expired
        });
        expired
    }

    /// Returns the time until a lease with unused permits ends, in milliseconds; `None` if there is none.
    pub fn next_expiry_in_ms(&self, now_ms: i64) -> Option<i64> {
        let unused = self.held.iter().filter(|lease| lease.permits > 0);
        unused.map(|lease| (lease.expires_ms() - now_ms).max(1)).min()
    }
}

impl HeldLease {
    /// Returns the time from which no permit will be used any more, and used ones are confirmed.
    fn expires_ms(&self) -> i64 {
        let used_until = if self.permits > 0 { self.usable_until_ms } else { i64::MIN };
        used_until.max(self.used_ms + i64::from(NETWORK_DELAY_MS))
    }
}
