//! Lease requests and decisions.

/// Request for a lease: one permit, and extra ones if there are enough.
///
/// ```
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::gateway::quota::{LeaseDecision, LeaseRequest, Quota};
///
/// let mut quota = Quota::new(RateLimits::NONE, 0);
/// quota.request(LeaseRequest { tenant: "acme", extra: 4, duration_ms: 300, max_wait_ms: 5000 }, 0);
/// let Some((_, LeaseDecision::Granted { permits, duration_ms, .. })) = quota.next_decision(0) else { panic!() };
/// assert_eq!((permits, duration_ms), (5, 300));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseRequest<'a> {
    /// Tenant of the request: the queue is fair between tenants.
    pub tenant: &'a str,
    /// Number of desired permits in addition to the required one. They are granted if they are available and nobody
    /// else waits; fewer if the limits are small.
    pub extra: u32,
    /// Desired duration, in milliseconds from the grant.
    pub duration_ms: u32,
    /// Longest wait, in milliseconds.
    pub max_wait_ms: u32,
}

/// Id of a lease request. It is only valid until the Durable Object is evicted.
///
/// ```
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::gateway::quota::{LeaseRequest, Quota};
///
/// let mut quota = Quota::new(RateLimits::NONE, 0);
/// let id = quota.request(LeaseRequest { tenant: "acme", extra: 0, duration_ms: 100, max_wait_ms: 5000 }, 0);
/// quota.cancel(id, 0);
/// assert_eq!(quota.next_decision(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseRequestId(pub u32);

/// Id of a lease. It is below 2^53, so that JavaScript represents it exactly, and unique across evictions of the
/// Durable Object.
///
/// ```
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::gateway::quota::{LeaseDecision, LeaseRequest, Quota};
///
/// let mut quota = Quota::new(RateLimits::default(), 0);
/// quota.request(LeaseRequest { tenant: "acme", extra: 0, duration_ms: 100, max_wait_ms: 5000 }, 0);
/// let Some((_, LeaseDecision::Granted { id, permits, .. })) = quota.next_decision(0) else { panic!() };
/// assert_eq!(quota.budget(0).windows.day.used, 1);
///
/// quota.return_lease(id, permits, 0);
/// assert_eq!(quota.budget(0).windows.day.used, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub u64);

/// Decision about a lease request.
///
/// ```
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::gateway::quota::{LeaseDecision, LeaseRequest, Quota};
///
/// let mut quota = Quota::new(RateLimits { per_second: 1, ..RateLimits::NONE }, 0);
/// let mut decide = || {
///     quota.request(LeaseRequest { tenant: "acme", extra: 0, duration_ms: 100, max_wait_ms: 0 }, 0);
///     quota.next_decision(0).map(|(_, decision)| decision)
/// };
/// assert!(matches!(decide(), Some(LeaseDecision::Granted { permits: 1, duration_ms: 100, waited_ms: 0, .. })));
/// assert!(matches!(decide(), Some(LeaseDecision::Busy { .. })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseDecision {
    /// The lease is granted: each permit allows one request until its end.
    ///
    /// An isolate computes the end by its own clock: time of the request, `waited_ms`, and `duration_ms`. That is never
    /// later than the end in the Durable Object.
    Granted {
        /// Id by which the isolate returns the lease.
        id: LeaseId,
        /// Number of permits; at least one.
        permits: u32,
        /// Duration in milliseconds from the grant; at most the requested one.
        duration_ms: u32,
        /// Time that the request waited, in milliseconds.
        waited_ms: u32,
    },
    /// The day's quota, or this tenant's share of it, is exhausted, or the service has reported that.
    QuotaExhausted {
        /// Time of the renewal in milliseconds since 1970 (UTC), if it is known.
        renews_at_ms: Option<i64>,
    },
    /// No permit was available within the request's longest wait, or the queue is full.
    Busy {
        /// Time after which to retry, in milliseconds.
        retry_after_ms: u32,
    },
}
