//! Recent usage of tenants.

use crate::util::DAY_MS;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Number of stored tenants: some 150 KB. Above it, those with the least usage are evicted, and count as new.
const MAX_TENANTS: usize = 1024;
/// Number of persisted tenants, those with the most usage: tenants below their equal share need no record.
pub(super) const PERSISTED_TENANTS: usize = 32;

/// A minute is counted in buckets of 10 s, a day in buckets of 2 h, with one more of each, so that they always contain
/// the whole.
const MINUTE_BUCKETS: usize = 7;
const MINUTE_BUCKET_MS: i64 = 10_000;
const DAY_BUCKETS: usize = 13;
const DAY_BUCKET_MS: i64 = 2 * 60 * 60 * 1000;

/// Counts of the latest buckets of a window; the newest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct BucketCounter<const N: usize, const MS: i64> {
    pub(super) newest: i64,
    pub(super) counts: [u32; N],
}

impl<const N: usize, const MS: i64> Default for BucketCounter<N, MS> {
    fn default() -> Self {
        BucketCounter { newest: 0, counts: [0; N] }
    }
}

impl<const N: usize, const MS: i64> BucketCounter<N, MS> {
    /// Restores counts; none of them is later than `now`.
    pub(super) fn from_counts(newest: i64, counts: &[i64], now: i64) -> Self {
        let mut counter = BucketCounter { newest: newest.min(now.div_euclid(MS)), counts: [0; N] };
        for (bucket, count) in counter.counts.iter_mut().zip(counts) {
            *bucket = u32::try_from(*count).unwrap_or(0).min(1 << 20);
        }
        counter
    }

    fn add(&mut self, at: i64, count: u32) {
        let bucket = at.div_euclid(MS);
        let passed = usize::try_from(bucket - self.newest).unwrap_or(0).min(N);
        self.counts.rotate_right(passed % N);
        self.counts.iter_mut().take(passed).for_each(|count| *count = 0);
        self.newest = self.newest.max(bucket);
        if let Some(newest) = self.counts.first_mut() {
            *newest = newest.saturating_add(count);
        }
    }

    fn subtract(&mut self, at: i64, count: u32) {
        let age = usize::try_from(self.newest - at.div_euclid(MS)).unwrap_or(0);
        if let Some(bucket) = self.counts.get_mut(age) {
            *bucket = bucket.saturating_sub(count);
        }
    }

    fn used(&self, now: i64) -> u32 {
        let passed = usize::try_from(now.div_euclid(MS) - self.newest).unwrap_or(0).min(N);
        self.counts.iter().take(N - passed).fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Returns the time at which the usage is below a share.
    fn below_at(&self, share: u32, now: i64) -> i64 {
        let (mut used, mut at) = (self.used(now), now);
        let passed = now.div_euclid(MS) - self.newest;
        for (age, count) in (0_i64..).zip(&self.counts).collect::<Vec<_>>().into_iter().rev() {
            if used < share {
                break;
            }
            let left = i64::try_from(N).unwrap_or(0) - age;
            if left > passed {
                used -= (*count).min(used);
                at = (self.newest + left) * MS;
            }
        }
        at
    }
}

/// Usage of a tenant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TenantUsage {
    /// Number of its latest grant.
    pub(super) last_grant: u64,
    pub(super) seen_at: i64,
    pub(super) minute: BucketCounter<MINUTE_BUCKETS, MINUTE_BUCKET_MS>,
    pub(super) day: BucketCounter<DAY_BUCKETS, DAY_BUCKET_MS>,
}

/// Usage by tenant, whose names are hashed.
#[derive(Debug, Default)]
pub(super) struct UsageByTenant {
    all: BTreeMap<u64, TenantUsage>,
}

impl UsageByTenant {
    /// Records a request of a tenant. Returns the number of its latest grant.
    pub(super) fn on_request(&mut self, tenant: u64, now: i64) -> u64 {
        if self.all.len() >= MAX_TENANTS && !self.all.contains_key(&tenant) {
            self.evict_half(now);
        }
        let usage = self.all.entry(tenant).or_default();
        usage.seen_at = now;
        usage.last_grant
    }

    /// Records a grant of some permits.
    pub(super) fn on_grant(&mut self, tenant: u64, count: u32, grant: u64, now: i64) {
        self.on_request(tenant, now);
        if let Some(usage) = self.all.get_mut(&tenant) {
            usage.last_grant = grant;
            usage.minute.add(now, count);
            usage.day.add(now, count);
        }
    }

    /// Subtracts unused permits of a grant.
    pub(super) fn on_return(&mut self, tenant: u64, count: u32, at: i64) {
        if let Some(usage) = self.all.get_mut(&tenant) {
            usage.minute.subtract(at, count);
            usage.day.subtract(at, count);
        }
    }

    /// Returns the number of tenants within the last minute, and within the last day.
    pub(super) fn count_seen(&self, now: i64) -> (u32, u32) {
        let count = |length_ms: i64| {
            let active = self.all.values().filter(|usage| usage.seen_at > now - length_ms).count();
            u32::try_from(active).unwrap_or(u32::MAX)
        };
        (count(60_000), count(DAY_MS))
    }

    /// Returns the time at which a tenant is below its share of a minute: now, or later.
    pub(super) fn minute_free_at(&self, tenant: u64, share: u32, now: i64) -> i64 {
        self.all.get(&tenant).map_or(now, |usage| usage.minute.below_at(share, now))
    }

    /// Returns the time at which a tenant is below its share of a day: now, or later.
    pub(super) fn day_free_at(&self, tenant: u64, share: u32, now: i64) -> i64 {
        self.all.get(&tenant).map_or(now, |usage| usage.day.below_at(share, now))
    }

    /// Returns the tenants of the last day, the heaviest first.
    pub(super) fn heaviest(&self, now: i64) -> Vec<(u64, TenantUsage)> {
        let mut all: Vec<_> = self.all.iter().map(|(key, usage)| (*key, *usage)).collect();
        all.retain(|(_, usage)| usage.seen_at > now - DAY_MS);
        all.sort_by_key(|(_, usage)| core::cmp::Reverse(usage.day.used(now)));
        all.truncate(PERSISTED_TENANTS);
        all
    }

    /// Restores a tenant from a snapshot.
    pub(super) fn restore(&mut self, tenant: u64, usage: TenantUsage) {
        self.all.insert(tenant, usage);
    }

    fn evict_half(&mut self, now: i64) {
        let mut uses: Vec<_> = self.all.iter().map(|(key, usage)| (usage.day.used(now), usage.seen_at, *key)).collect();
        uses.sort_unstable();
        for (_, _, key) in uses.iter().take(MAX_TENANTS / 2) {
            self.all.remove(key);
        }
    }
}
