//! Persistence of the quota.

use super::text::{FieldReader, as_numbers, number, numbers, parse, write, write_numbers};
use super::{
    LeaseId, Quota,
    allocator::MAX_LEASE_MS,
    leases::IssuedLease,
    usage::{BucketCounter, PERSISTED_TENANTS, TenantUsage},
};
use crate::client::RateLimiterState;
use crate::util::{DAY_MS, fnv1a_64, write_array};
use alloc::{string::String, vec, vec::Vec};

/// Kind of the text.
const KIND: &str = "quota";

/// Number of persisted leases, the newest. Others cannot be returned after an eviction; the grants of all of them
/// count.
const PERSISTED_LEASES: usize = 64;

/// Time for which requests of the second's window are persisted, in addition to their window, which may be longer for a
/// while.
const SECOND_MARGIN_MS: i64 = 2000;

impl Quota {
    /// Serializes the quota as JSON text of a few kilobytes, for durable storage. Waiting requests are not included.
    pub fn export(&self) -> String {
        let now = self.clock.now();
        let mut state = self.rate_limiter.export(|at| self.clock.unix_ms(at));
        let base = self.clock.unix_ms(now);
        let [second, ..] = &mut state.windows;
        second.retain(|(last, _)| *last > base - (SECOND_MARGIN_MS << state.slowdown));
        let heaviest = self.usage.heaviest(now);
        write(fnv1a_64(KIND), |object| {
            number(object, "at", base);
            let sent = state.windows.map(|window| encode_window(&window, base));
            write_array(object.name("sent"), &sent, |out, window| write_numbers(out, window));
            let until = [state.paused_until, state.quota_spent_until, state.quota_retry_at, state.recovers_at];
            let until = until.map(|at| (at - base).max(-DAY_MS));
            numbers(object, "until", &until);
            number(object, "level", i64::from(state.slowdown));
            write_array(object.name("tenants"), &heaviest, |out, (key, known)| {
                let mut list = vec![key.cast_signed(), self.clock.unix_ms(known.seen_at) - base];
                for (newest, counts) in
                    [(known.minute.newest, &known.minute.counts[..]), (known.day.newest, &known.day.counts[..])]
                {
                    list.push(newest);
                    list.extend(counts.iter().map(|count| i64::from(*count)));
                }
                write_numbers(out, &list);
            });
            let leases: Vec<_> = self.leases.newest(PERSISTED_LEASES).collect();
            write_array(object.name("leases"), &leases, |out, lease| {
                let by = heaviest.iter().position(|(key, _)| *key == lease.tenant);
                write_numbers(
                    out,
                    &[
                        lease.id.0.cast_signed() - base * 1000,
                        by.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1),
                        self.clock.unix_ms(lease.issued_at) - base,
                        lease.expires_at - lease.issued_at,
                        i64::from(lease.permits),
                    ],
                );
            });
        })
    }

    /// Restores the quota from a text, with the current limits. An invalid text is ignored. Returns whether it was
    /// restored. Times of a clock that was ahead are limited as if they were now.
    pub fn import(&mut self, text: &str, now: i64) -> bool {
        let now = self.clock.read(now);
        let Some(snapshot) = QuotaSnapshot::parse(text) else { return false };
        let latest = now + i64::from(MAX_LEASE_MS);
        self.rate_limiter
            .import_leases(&snapshot.rate_limiter, now, latest, |unix_ms| self.clock.to_elapsed_ms(unix_ms));
        for (key, mut known) in snapshot.tenants {
            known.seen_at = self.clock.to_elapsed_ms(known.seen_at).min(now);
            known.minute = BucketCounter::from_counts(known.minute.newest, &known.minute.counts.map(i64::from), now);
            known.day = BucketCounter::from_counts(known.day.newest, &known.day.counts.map(i64::from), now);
            self.usage.restore(key, known);
        }
        let leases = snapshot.leases.into_iter().map(|lease| {
            let until = self.clock.to_elapsed_ms(lease.expires_at).min(latest);
            IssuedLease { issued_at: self.clock.to_elapsed_ms(lease.issued_at).min(now), expires_at: until, ..lease }
        });
        self.leases.restore(leases.collect());
        true
    }
}

/// A parsed text; all times are those of the system clock.
struct QuotaSnapshot {
    rate_limiter: RateLimiterState,
    tenants: Vec<(u64, TenantUsage)>,
    leases: Vec<IssuedLease>,
}

impl QuotaSnapshot {
    fn parse(text: &str) -> Option<QuotaSnapshot> {
        let json = parse(text, fnv1a_64(KIND))?;
        let object = FieldReader(&json);
        let base = object.number("at").filter(|base| (0..1 << 43).contains(base))?;
        let [second, minute, day] = object.list("sent")? else { return None };
        let window = |json| decode_window(&as_numbers(json)?, base);
        let [paused_until, spent_until, quota_retry_at, recovers_at] = *object.numbers("until")?.first_chunk()?;
        let time = |at: i64| base.saturating_add(at);
        let rate_limiter = RateLimiterState {
            windows: [window(second)?, window(minute)?, window(day)?],
            paused_until: time(paused_until),
            quota_spent_until: time(spent_until),
            quota_retry_at: time(quota_retry_at),
            slowdown: u32::try_from(object.number("level")?).ok()?,
            recovers_at: time(recovers_at),
        };
        let mut tenants = Vec::new();
        for json in object.list("tenants")?.iter().take(PERSISTED_TENANTS) {
            let list = as_numbers(json)?;
            let ([key, seen_at], rest) = list.split_first_chunk()?;
            let mut known = TenantUsage { seen_at: time(*seen_at), ..TenantUsage::default() };
            let ([newest], rest) = rest.split_first_chunk()?;
            let (counts, rest) = rest.split_at_checked(known.minute.counts.len())?;
            known.minute = BucketCounter::from_counts(*newest, counts, i64::MAX);
            let ([newest], counts) = rest.split_first_chunk()?;
            known.day = BucketCounter::from_counts(*newest, counts, i64::MAX);
            tenants.push((key.cast_unsigned(), known));
        }
        let mut leases = Vec::new();
        for json in object.list("leases")? {
            let [id, tenant_index, at, duration_ms, permits] = *as_numbers(json)?.first_chunk()?;
            let tenant = usize::try_from(tenant_index).ok().and_then(|index| tenants.get(index));
            let at = time(at);
            leases.push(IssuedLease {
                id: LeaseId(u64::try_from(base.checked_mul(1000)?.checked_add(id)?).ok()?),
                // A tenant that is not persisted has no usage to reduce.
                tenant: tenant.map_or(0, |(key, _)| *key),
                issued_at: at,
                expires_at: at.saturating_add(duration_ms.clamp(0, i64::from(MAX_LEASE_MS))),
                permits: u32::try_from(permits).ok()?,
            });
        }
        Some(QuotaSnapshot { rate_limiter, tenants, leases })
    }
}

/// Encodes a window: for each part, the time since the one before, and its count.
fn encode_window(window: &[(i64, u32)], base: i64) -> Vec<i64> {
    let mut previous = base;
    let mut list = Vec::new();
    for (at, count) in window {
        list.extend([*at - previous, i64::from(*count)]);
        previous = *at;
    }
    list
}

/// Decodes a window.
fn decode_window(list: &[i64], base: i64) -> Option<Vec<(i64, u32)>> {
    let mut at = base;
    let (pairs, []) = list.as_chunks::<2>() else { return None };
    let pair = |[passed, count]: &[i64; 2]| {
        at = at.checked_add(*passed)?;
        Some((at, u32::try_from(*count).ok()?))
    };
    pairs.iter().map(pair).collect()
}
