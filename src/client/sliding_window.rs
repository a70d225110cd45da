//! A sliding-window counter of requests.

use alloc::vec::Vec;

/// The number of buckets of a window, which limits its memory. All requests of a bucket count from the last one on, so that
/// none is dropped early.
const BUCKETS: i64 = 100;

/// A sliding window of requests in buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SlidingWindow {
    length_ms: i64,
    /// The time of the last request of each bucket and their number, oldest first.
    buckets: Vec<(i64, u32)>,
}

impl SlidingWindow {
    pub(super) fn new(length_ms: i64) -> SlidingWindow {
        SlidingWindow { length_ms, buckets: Vec::new() }
    }

    /// Records a request, and drops buckets older than `lengths` windows.
    pub(super) fn record(&mut self, now: i64, lengths: i64) {
        let oldest = now - counted_ms(self.length_ms * lengths);
        self.buckets.retain(|(last, _)| *last > oldest);
        let bucket_ms = (self.length_ms / BUCKETS).max(1);
        match self.buckets.last_mut() {
            Some((last, count)) if *last / bucket_ms == now / bucket_ms => {
                *last = now;
                *count += 1;
            }
            _ => self.buckets.push((now, 1)),
        }
    }

    /// The time at which a request is available under a limit per `lengths` windows; a limit of 0 is none.
    pub(super) fn available_at(&self, limit: u32, lengths: i64) -> i64 {
        let mut newer = 0_u32;
        for (last, count) in self.buckets.iter().rev() {
            newer += *count;
            if limit > 0 && newer >= limit {
                return last + counted_ms(self.length_ms * lengths);
            }
        }
        0
    }

    /// The time at which a request is available after `ahead` others, each sent as early as possible.
    pub(super) fn available_after(&self, limit: u32, lengths: i64, now: i64, ahead: u32) -> i64 {
        if limit == 0 || ahead == 0 {
            return self.available_at(limit, lengths);
        }
        let (rounds, rest) = (i64::from(ahead / limit), ahead % limit);
        let first = self.available_at(limit - rest, lengths);
        if rounds == 0 { first } else { first.max(now) + rounds * counted_ms(self.length_ms * lengths) }
    }

    /// The number of requests that count now, within `lengths` windows.
    pub(super) fn used(&self, now: i64, lengths: i64) -> u32 {
        let length_ms = counted_ms(self.length_ms * lengths);
        let recent = self.buckets.iter().filter(|(last, _)| last + length_ms > now);
        recent.map(|(_, count)| count).sum()
    }

    /// Returns the buckets with times of another clock.
    pub(super) fn export(&self, clock: impl Fn(i64) -> i64) -> Vec<(i64, u32)> {
        self.buckets.iter().map(|(last, count)| (clock(*last), *count)).collect()
    }

    /// Restores buckets from times of another clock. Times in the future become now.
    pub(super) fn import(&mut self, sent: &[(i64, u32)], now: i64, clock: impl Fn(i64) -> i64) {
        self.buckets = sent.iter().map(|(last, count)| (clock(*last).min(now), (*count).min(1 << 20))).collect();
        self.buckets.sort_unstable();
    }
}

/// Leases of the gateway: requests that may be sent at any time until an end.
#[cfg(feature = "gateway")]
impl SlidingWindow {
    /// Records requests that may be sent until a time, and drops buckets older than `lengths` windows.
    pub(super) fn record_until(&mut self, until: i64, count: u32, now: i64, lengths: i64) {
        let oldest = now - counted_ms(self.length_ms * lengths);
        self.buckets.retain(|(last, _)| *last > oldest);
        match self.bucket_index(until) {
            Ok(index) => {
                if let Some((last, counted)) = self.buckets.get_mut(index) {
                    *last = until.max(*last);
                    *counted = counted.saturating_add(count);
                }
            }
            Err(index) => self.buckets.insert(index, (until, count)),
        }
    }

    /// Removes requests that might have been sent until a time, if their bucket was not dropped.
    pub(super) fn remove_until(&mut self, until: i64, count: u32) {
        if let Ok(index) = self.bucket_index(until)
            && let Some((_, counted)) = self.buckets.get_mut(index)
        {
            *counted = counted.saturating_sub(count);
        }
    }

    /// Restores buckets from times of another clock, none later than `latest`.
    pub(super) fn restore(&mut self, sent: &[(i64, u32)], latest: i64, clock: impl Fn(i64) -> i64) {
        self.buckets.clear();
        for (last, count) in sent {
            self.record_until(clock(*last).min(latest), (*count).min(1 << 20), -super::clock::NEVER, 1);
        }
    }

    /// The index of the bucket of a time, or the index to insert it at. Leases do not end in order.
    fn bucket_index(&self, at: i64) -> Result<usize, usize> {
        let bucket_ms = (self.length_ms / BUCKETS).max(1);
        self.buckets.binary_search_by_key(&at.div_euclid(bucket_ms), |(last, _)| last.div_euclid(bucket_ms))
    }
}

/// The time for which a request counts: the window plus 3 %, at most 2 s.
///
/// The service counts requests on arrival. The margin allows a request to be slower in transit than a later one, by 30 ms for
/// a second and 1.8 s for a minute, without more than the limit arriving in any window. With the cost of [`BUCKETS`], 96 % of
/// the limit remain usable.
fn counted_ms(length_ms: i64) -> i64 {
    length_ms + (length_ms * 3 / 100).min(2000)
}
