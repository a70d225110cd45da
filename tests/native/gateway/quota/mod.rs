//! One quota for many isolates: requests stay within leases and limits, and tenants get fair shares.

mod allocation;
mod simulation;

use crate::rate_limit::most_within;
use cisco_support_case::client::RateLimits;
use cisco_support_case::gateway::quota::{LeaseDecision, LeaseId, LeaseRequest, LeaseRequestId, Quota};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

pub(super) const NONE: RateLimits = RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 0 };
/// Start of the simulated time, in milliseconds since 1970.
pub(super) const BEGAN: i64 = 1_750_000_000_000;
pub(super) const DAY_MS: i64 = 86_400_000;

pub(super) fn per_second(limit: u32) -> RateLimits {
    RateLimits { per_second: limit, ..NONE }
}

/// A linear congruential generator with a seed, so that runs are reproducible.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn below(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::try_from(sides.max(1)).unwrap()).cast_signed()
    }

    pub(super) fn one_in(&mut self, times: i64) -> bool {
        self.below(times) == 0
    }
}
