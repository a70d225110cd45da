//! Allocation of permits within the rate limits.

use super::{
    LeaseDecision, LeaseId, LeaseRequest, LeaseRequestId,
    clock::MonotonicUnixClock,
    fair_queue::{FairQueue, QueuedRequest, TenantQueue},
    leases::IssuedLeases,
    usage::UsageByTenant,
};
use crate::client::{Availability, Budget, NEVER, RateLimiter, RateLimits};
use crate::util::fnv1a_64;
use alloc::collections::VecDeque;
use alloc::{string::String, vec::Vec};

/// Percentage of the per-minute and per-day limits that is reserved for tenants below their equal share. It also
/// applies to a single tenant, because another may come; 0 disables it.
pub const DEFAULT_RESERVE_PERCENT: u32 = 10;

/// Longest duration of a lease, in milliseconds: permits of the second that a crashed isolate holds are lost for that
/// time.
pub(super) const MAX_LEASE_MS: u32 = 5000;
/// Longest wait of a request, in milliseconds: requests of a crashed isolate leave the queue after it.
const MAX_WAIT_MS: u32 = 60_000;
/// Number of extra permits in a lease, at most.
const MAX_EXTRA: u32 = 32;
/// Extra permits are at most this fraction of the remaining permits of the tightest window.
const EXTRA_PART_OF_REMAINING: u32 = 4;
/// Of the limit per second extra permits are always this fraction, which is available again after 20 ms.
const EXTRA_PART_OF_SECOND: u32 = 50;
/// Shortest `retry_after_ms` of a full queue.
const MIN_RETRY_AFTER_MS: i64 = 100;
/// Longest `retry_after_ms` of a full queue.
const MAX_RETRY_AFTER_MS: i64 = 60_000;

/// Usage of the limits, and the queue.
///
/// ```
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::gateway::quota::{DEFAULT_RESERVE_PERCENT, LeaseRequest, Quota};
///
/// let mut quota = Quota::new(RateLimits { per_second: 1, ..RateLimits::NONE }, DEFAULT_RESERVE_PERCENT);
/// let request = LeaseRequest { tenant: "acme", extra: 0, duration_ms: 100, max_wait_ms: 5000 };
/// let now = 1_780_000_000_000;
/// quota.request(request, now);
/// quota.request(request, now);
/// assert!(quota.next_decision(now).is_some());
///
/// let budget = quota.budget(now);
/// assert_eq!((budget.windows.second.used, budget.leased), (1, 1));
/// assert_eq!(budget.waiting, [("acme".to_owned(), 1)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaBudget {
    /// Usage of each window; leased permits count as used.
    pub windows: Budget,
    /// Number of permits in current leases.
    pub leased: u32,
    /// Number of tenants within the last 24 hours, as far as they are stored.
    pub tenants: u32,
    /// Tenants in the queue with their number of requests, the next one first. Names are truncated.
    pub waiting: Vec<(String, u32)>,
}

/// The quota that all isolates share.
///
/// ```
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::gateway::quota::{DEFAULT_RESERVE_PERCENT, LeaseDecision, LeaseRequest, Quota};
///
/// let mut quota = Quota::new(RateLimits { per_second: 1, ..RateLimits::NONE }, DEFAULT_RESERVE_PERCENT);
/// let request = LeaseRequest { tenant: "acme", extra: 0, duration_ms: 100, max_wait_ms: 5000 };
/// let now = 1_780_000_000_000;
/// let (first, second) = (quota.request(request, now), quota.request(request, now));
/// assert!(matches!(quota.next_decision(now), Some((id, LeaseDecision::Granted { .. })) if id == first));
/// assert_eq!(quota.next_decision(now), None);
///
/// let later = now + quota.wake_in_ms(now).unwrap();
/// assert!(matches!(quota.next_decision(later), Some((id, LeaseDecision::Granted { .. })) if id == second));
/// ```
///
/// The caller reports events ([`request`](Quota::request), [`cancel`](Quota::cancel),
/// [`return_lease`](Quota::return_lease), [`on_rate_limited`](Quota::on_rate_limited),
/// [`on_success`](Quota::on_success)) with the time in milliseconds since 1970, then passes on decisions of
/// [`next_decision`](Quota::next_decision) until there is none, then sets one timer for
/// [`wake_in_ms`](Quota::wake_in_ms). Before a [`LeaseDecision::Granted`] is passed on, the value of
/// [`export`](Quota::export) has to be in durable storage, so that grants count after an eviction.
///
/// Tenants in the queue are served in turn. The last part of the limits per minute and per day is reserved for tenants
/// below their equal share, so that one tenant's bulk read does not use all of it.
pub struct Quota {
    pub(super) limits: RateLimits,
    reserve_percent: u32,
    pub(super) rate_limiter: RateLimiter,
    pub(super) clock: MonotonicUnixClock,
    pub(super) usage: UsageByTenant,
    pub(super) leases: IssuedLeases,
    queue: FairQueue,
    /// Decisions that were not passed on yet.
    decisions: VecDeque<(LeaseRequestId, LeaseDecision)>,
    last_request: u32,
    /// Number of grants so far.
    grants: u64,
}

/// Reservations for tenants below their share; `None` while enough permits are left.
#[derive(Clone, Copy, Debug, Default)]
struct Reservations {
    minute: Option<Reservation>,
    day: Option<Reservation>,
}

#[derive(Clone, Copy, Debug)]
struct Reservation {
    share: u32,
    /// Time at which enough permits are left again.
    ends_at: i64,
}

impl Quota {
    /// Creates a quota without usage. `limits.max_concurrent` is ignored.
    pub fn new(limits: RateLimits, reserve_percent: u32) -> Quota {
        let limits = RateLimits { max_concurrent: 0, ..limits };
        Quota {
            limits,
            reserve_percent: reserve_percent.min(100),
            rate_limiter: RateLimiter::new(limits),
            clock: MonotonicUnixClock::default(),
            usage: UsageByTenant::default(),
            leases: IssuedLeases::default(),
            queue: FairQueue::default(),
            decisions: VecDeque::new(),
            last_request: 0,
            grants: 0,
        }
    }

    /// Adds a request for a lease; [`next_decision`](Quota::next_decision) returns its decision.
    pub fn request(&mut self, request: LeaseRequest<'_>, now: i64) -> LeaseRequestId {
        let now = self.clock.read(now);
        self.last_request = self.last_request.wrapping_add(1);
        let id = LeaseRequestId(self.last_request);
        let tenant = fnv1a_64(request.tenant);
        let last_grant = self.usage.on_request(tenant, now);
        let waiting = QueuedRequest {
            id,
            queued_at: now,
            deadline: now + i64::from(request.max_wait_ms.min(MAX_WAIT_MS)),
            extra: request.extra,
            duration_ms: request.duration_ms.min(MAX_LEASE_MS),
        };
        if let Some((tenant, dropped)) = self.queue.push(tenant, request.tenant, last_grant, waiting) {
            self.decisions.push_back((dropped, self.busy_decision(tenant, now)));
        }
        id
    }

    /// Removes a request. A lease that was granted has to be returned.
    pub fn cancel(&mut self, id: LeaseRequestId, now: i64) {
        self.clock.read(now);
        if !self.queue.remove(id) {
            self.decisions.retain(|(other, _)| *other != id);
        }
    }

    /// Returns the next decision; `None` until something happens.
    pub fn next_decision(&mut self, now: i64) -> Option<(LeaseRequestId, LeaseDecision)> {
        let now = self.clock.read(now);
        if let Some(decision) = self.decisions.pop_front() {
            return Some(decision);
        }
        // A request whose deadline is now may still be served.
        if let Some((tenant, request)) = self.queue.pop_expired(now - 1) {
            return Some((request.id, self.busy_decision(tenant, now)));
        }
        if let Some(decision) = self.decide(now) {
            return Some(decision);
        }
        let (tenant, request) = self.queue.pop_expired(now)?;
        Some((request.id, self.busy_decision(tenant, now)))
    }

    /// Returns a lease: unused permits are available again, and the others were used before now. A lease that was
    /// returned before, is unknown, or ended more than a minute ago is ignored.
    pub fn return_lease(&mut self, id: LeaseId, unused: u32, now: i64) {
        let now = self.clock.read(now);
        let Some(lease) = self.leases.take(id, now) else { return };
        let unused = unused.min(lease.permits);
        self.rate_limiter.return_unused(unused, lease.expires_at);
        self.usage.on_return(lease.tenant, unused, lease.issued_at);
        if now < lease.expires_at {
            // Used permits need not count as used at the lease's end.
            let used = lease.permits - unused;
            self.rate_limiter.return_unused(used, lease.expires_at);
            self.rate_limiter.lease(used, now, now);
        }
    }

    /// Handles a rate-limit or quota error of the service: see [`RateLimiter::on_rejected`].
    pub fn on_rate_limited(&mut self, now: i64, retry_after_ms: Option<u32>, quota: bool) {
        let now = self.clock.read(now);
        self.rate_limiter.on_rejected(now, retry_after_ms, quota);
    }

    /// Handles a successful response of the service: the quota is not exhausted.
    pub fn on_success(&mut self) {
        self.rate_limiter.on_success();
    }

    /// Returns the time until [`next_decision`](Quota::next_decision) may return a decision, in milliseconds; `None` if
    /// that needs an event. Never 0; a timer may fire early or late.
    pub fn wake_in_ms(&mut self, now: i64) -> Option<i64> {
        let now = self.clock.read(now);
        let mut at = if self.decisions.is_empty() { self.queue.next_deadline() } else { now };
        let availability = self.rate_limiter.availability(now);
        let reservations = self.reservations(now);
        for queue in self.queue.iter() {
            at = at.min(match self.availability_for(queue.tenant, availability, reservations, now) {
                Availability::At(at) | Availability::QuotaRenewsAt(at) | Availability::QuotaSpentUntil(at) => at,
                Availability::Ready | Availability::AfterCompletion => now,
            });
        }
        (at < NEVER && (self.queue.waiting() > 0 || !self.decisions.is_empty())).then(|| (at - now).max(1))
    }

    /// Returns the usage of the limits, and the queue.
    pub fn budget(&mut self, now: i64) -> QuotaBudget {
        let now = self.clock.read(now);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        QuotaBudget {
            windows: self.rate_limiter.budget(now, count(self.queue.waiting())),
            leased: self.leases.outstanding_permits(now),
            tenants: self.usage.count_seen(now).1,
            waiting: self.queue.iter().map(|queue| (queue.name.clone(), count(queue.requests.len()))).collect(),
        }
    }

    /// Decides the first request that can be served, or cannot be served in time.
    fn decide(&mut self, now: i64) -> Option<(LeaseRequestId, LeaseDecision)> {
        if self.queue.waiting() == 0 {
            return None;
        }
        let availability = self.rate_limiter.availability(now);
        let reservations = self.reservations(now);
        if matches!(availability, Availability::At(_)) && reservations.day.is_none() {
            return None;
        }
        let decide = |queue: &TenantQueue| match self.availability_for(queue.tenant, availability, reservations, now) {
            Availability::QuotaRenewsAt(at) => queue
                .requests
                .iter()
                .any(|request| request.deadline < at)
                .then_some((queue.tenant, Availability::QuotaRenewsAt(at))),
            availability @ (Availability::Ready | Availability::QuotaSpentUntil(_)) => {
                Some((queue.tenant, availability))
            }
            Availability::At(_) | Availability::AfterCompletion => None,
        };
        let (tenant, availability) = self.queue.iter().find_map(decide)?;
        match availability {
            Availability::QuotaRenewsAt(at) => {
                let request = self.queue.remove_from(tenant, |request| request.deadline < at)?;
                Some((request.id, LeaseDecision::QuotaExhausted { renews_at_ms: Some(self.clock.unix_ms(at)) }))
            }
            Availability::QuotaSpentUntil(_) => {
                let request = self.queue.remove_from(tenant, |_| true)?;
                Some((request.id, LeaseDecision::QuotaExhausted { renews_at_ms: None }))
            }
            _ => self.grant(tenant, now),
        }
    }

    fn grant(&mut self, tenant: u64, now: i64) -> Option<(LeaseRequestId, LeaseDecision)> {
        self.grants += 1;
        let QueuedRequest { id, queued_at, extra, duration_ms, .. } = self.queue.pop_from(tenant, self.grants)?;
        let permits = 1 + extra.min(self.available_extra(now));
        let expires_at = now + i64::from(duration_ms);
        self.rate_limiter.lease(permits, expires_at, now);
        self.usage.on_grant(tenant, permits, self.grants, now);
        let lease_id = self.leases.issue(tenant, permits, expires_at, now);
        let waited_ms = u32::try_from(now - queued_at).unwrap_or(u32::MAX);
        Some((id, LeaseDecision::Granted { id: lease_id, permits, duration_ms, waited_ms }))
    }

    /// Returns the number of extra permits that may be granted: none that another request waits for.
    fn available_extra(&self, now: i64) -> u32 {
        if self.queue.waiting() > 0 {
            return 0;
        }
        let [second, minute, day] =
            self.rate_limiter.remaining(now).map(|left| left.map(|left| left.saturating_sub(1)));
        let (reserved_per_minute, reserved_per_day) = self.reserved_permits();
        let of_second = second.map(|left| {
            (left / EXTRA_PART_OF_REMAINING).max((self.rate_limiter.current_rate(now) / EXTRA_PART_OF_SECOND).min(left))
        });
        let of_minute = minute.map(|left| left.saturating_sub(reserved_per_minute) / EXTRA_PART_OF_REMAINING);
        let of_day = day.map(|left| left.saturating_sub(reserved_per_day) / EXTRA_PART_OF_REMAINING);
        [of_second, of_minute, of_day].into_iter().flatten().fold(MAX_EXTRA, u32::min)
    }

    /// Returns the permits per minute and per day that are reserved for tenants below their share.
    fn reserved_permits(&self) -> (u32, u32) {
        let reserved = |limit: u32| {
            let part = u64::from(limit) * u64::from(self.reserve_percent) / 100;
            let least = u32::from(limit >= 2 && self.reserve_percent > 0);
            // At least one permit is for all tenants.
            u32::try_from(part).unwrap_or(limit).max(least).min(limit.saturating_sub(1))
        };
        (reserved(self.limits.per_minute), reserved(self.limits.per_day))
    }

    /// Returns the reservations that apply because no more than the reserved permits are left.
    fn reservations(&self, now: i64) -> Reservations {
        let (of_minute, of_day) = self.reserved_permits();
        let [_, minute, day] = self.rate_limiter.remaining(now);
        let is_low = |left: Option<u32>, reserved: u32| reserved > 0 && left.is_some_and(|left| left <= reserved);
        let (is_minute_low, is_day_low) = (is_low(minute, of_minute), is_low(day, of_day));
        if !is_minute_low && !is_day_low {
            return Reservations::default();
        }
        let (minute_opens_at, day_opens_at) = self.rate_limiter.available_below(
            self.limits.per_minute.saturating_sub(of_minute),
            self.limits.per_day.saturating_sub(of_day),
        );
        let (in_minute, in_day) = self.usage.count_seen(now);
        let reservation = |is_low: bool, limit: u32, tenants: u32, opens_at| {
            is_low.then(|| Reservation { share: (limit / tenants.max(2)).max(1), ends_at: opens_at })
        };
        Reservations {
            minute: reservation(is_minute_low, self.limits.per_minute, in_minute, minute_opens_at),
            day: reservation(is_day_low, self.limits.per_day, in_day, day_opens_at),
        }
    }

    /// Returns the time at which a tenant may get a permit, given that of all tenants.
    fn availability_for(
        &self,
        tenant: u64,
        availability: Availability,
        reservations: Reservations,
        now: i64,
    ) -> Availability {
        let free_at = |reservation: Option<Reservation>, free_at: &dyn Fn(u32) -> i64| {
            reservation.map_or(now, |reservation| reservation.ends_at.min(free_at(reservation.share)))
        };
        let day = free_at(reservations.day, &|share| self.usage.day_free_at(tenant, share, now));
        let minute = free_at(reservations.minute, &|share| self.usage.minute_free_at(tenant, share, now));
        match availability {
            Availability::QuotaSpentUntil(_) => availability,
            Availability::QuotaRenewsAt(at) => Availability::QuotaRenewsAt(at.max(day)),
            _ if day > now => Availability::QuotaRenewsAt(day),
            Availability::At(at) => Availability::At(at.max(minute)),
            _ if minute > now => Availability::At(minute),
            _ => availability,
        }
    }

    /// Returns the decision for a request that cannot be served.
    fn busy_decision(&self, tenant: u64, now: i64) -> LeaseDecision {
        let availability =
            self.availability_for(tenant, self.rate_limiter.availability(now), self.reservations(now), now);
        let available_in_ms = match availability {
            Availability::At(at) | Availability::QuotaRenewsAt(at) | Availability::QuotaSpentUntil(at) => at - now,
            Availability::Ready | Availability::AfterCompletion => 0,
        };
        let each = |limit: u32, length_ms: i64| if limit == 0 { 0 } else { length_ms / i64::from(limit) };
        let each_ms = each(self.rate_limiter.current_rate(now), 1000).max(each(self.limits.per_minute, 60_000));
        let turn_ms = i64::try_from(self.queue.requests_ahead(tenant)).unwrap_or(0).saturating_mul(each_ms);
        let retry_after_ms = available_in_ms.max(turn_ms).clamp(MIN_RETRY_AFTER_MS, MAX_RETRY_AFTER_MS);
        LeaseDecision::Busy { retry_after_ms: u32::try_from(retry_after_ms).unwrap_or(u32::MAX) }
    }
}
