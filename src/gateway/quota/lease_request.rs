//! What an isolate asks for, and what it gets.

/// What an isolate asks for: one slot, and more if there are more than enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseRequest<'a> {
    /// For whom: those who wait are served in turn, tenant by tenant.
    pub tenant: &'a str,
    /// How many slots would be of use besides the one that is needed. They are given if they are free now and nobody
    /// else waits, and fewer than wished where the limits are small.
    pub extra: u32,
    /// How long the isolate would like to have for sending, in milliseconds from the grant.
    pub duration_ms: u32,
    /// How long it is ready to wait, in milliseconds.
    pub max_wait_ms: u32,
}

/// Which ask. Of no meaning to another life of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseRequestId(pub u32);

/// Which lease. It stays below 2^53, so that JavaScript counts it exactly, and is not used again by a later life of the
/// object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub u64);

/// What comes of an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseDecision {
    /// So many requests may be sent, each at any time of the lease's life.
    ///
    /// An isolate reckons the end by its own clock: when it asked, and `held_ms`, and `life_ms`. That is never later
    /// than the end as it is counted here.
    Granted {
        /// What to give back by.
        id: LeaseId,
        /// How many; at least one.
        permits: u32,
        /// How long they may be used, in milliseconds from the grant; never longer than was asked for.
        duration_ms: u32,
        /// How long the ask waited here, in milliseconds.
        waited_ms: u32,
    },
    /// The day's quota, or this tenant's part of it, is spent, or the service has said so.
    QuotaExhausted {
        /// When it renews, in milliseconds since 1970 (UTC), where that is known.
        renews_at_ms: Option<i64>,
    },
    /// There was no slot in the time that the ask was ready to wait, or too many wait already.
    Busy {
        /// After how many milliseconds it is worth asking again.
        retry_after_ms: u32,
    },
}
