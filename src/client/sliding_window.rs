//! How many requests were sent in the last so many milliseconds.

use alloc::vec::Vec;

/// Requests are counted together if they were sent in the same hundredth of the window: a day of any number of them is
/// a hundred entries. All of them count from the last one on, so that a window never forgets early.
const BUCKETS: i64 = 100;

/// A sliding window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SlidingWindow {
    length_ms: i64,
    /// When the last of a few was sent, and how many they are; the oldest first.
    buckets: Vec<(i64, u32)>,
}

impl SlidingWindow {
    pub(super) fn new(length_ms: i64) -> SlidingWindow {
        SlidingWindow { length_ms, buckets: Vec::new() }
    }

    /// Forgets what is older than so many lengths, and counts one more.
    pub(super) fn record(&mut self, now: i64, lengths: i64) {
        let oldest = now - counted_ms(self.length_ms * lengths);
        self.buckets.retain(|(last, _)| *last > oldest);
        let part = (self.length_ms / BUCKETS).max(1);
        match self.buckets.last_mut() {
            Some((last, count)) if *last / part == now / part => {
                *last = now;
                *count += 1;
            }
            _ => self.buckets.push((now, 1)),
        }
    }

    /// When one more may be sent under a limit per so many lengths; 0 is no limit.
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

    /// The time at which one more may be sent, after so many others that are sent as soon as they may.
    pub(super) fn available_after(&self, limit: u32, lengths: i64, now: i64, ahead: u32) -> i64 {
        if limit == 0 || ahead == 0 {
            return self.available_at(limit, lengths);
        }
        let (rounds, rest) = (i64::from(ahead / limit), ahead % limit);
        let first = self.available_at(limit - rest, lengths);
        if rounds == 0 { first } else { first.max(now) + rounds * counted_ms(self.length_ms * lengths) }
    }

    /// How many count now, within so many lengths.
    pub(super) fn used(&self, now: i64, lengths: i64) -> u32 {
        let held = counted_ms(self.length_ms * lengths);
        let recent = self.buckets.iter().filter(|(last, _)| last + held > now);
        recent.map(|(_, count)| count).sum()
    }

    /// When what was counted was sent, by another clock.
    pub(super) fn export(&self, clock: impl Fn(i64) -> i64) -> Vec<(i64, u32)> {
        self.buckets.iter().map(|(last, count)| (clock(*last), *count)).collect()
    }

    /// The same back. What another clock dates into the future was sent now.
    pub(super) fn import(&mut self, sent: &[(i64, u32)], now: i64, clock: impl Fn(i64) -> i64) {
        self.buckets = sent.iter().map(|(last, count)| (clock(*last).min(now), (*count).min(1 << 20))).collect();
        self.buckets.sort_unstable();
    }
}

/// Requests that may be sent at any time until an end: leases of the gateway.
#[cfg(feature = "gateway")]
impl SlidingWindow {
    /// Forgets what is older than so many lengths, and counts so many that may be sent until then.
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

    /// Takes out so many of those that might have been sent until then. A part that is forgotten gives nothing.
    pub(super) fn remove_until(&mut self, until: i64, count: u32) {
        if let Ok(index) = self.bucket_index(until)
            && let Some((_, counted)) = self.buckets.get_mut(index)
        {
            *counted = counted.saturating_sub(count);
        }
    }

    /// Goes on with what was counted, none of it later than a time.
    pub(super) fn restore(&mut self, sent: &[(i64, u32)], latest: i64, clock: impl Fn(i64) -> i64) {
        self.buckets.clear();
        for (last, count) in sent {
            self.record_until(clock(*last).min(latest), (*count).min(1 << 20), -super::clock::NEVER, 1);
        }
    }

    /// The part in which a time is counted, or where it would be. Leases do not end in the order in which they begin.
    fn bucket_index(&self, at: i64) -> Result<usize, usize> {
        let part_ms = (self.length_ms / BUCKETS).max(1);
        self.buckets.binary_search_by_key(&at.div_euclid(part_ms), |(last, _)| last.div_euclid(part_ms))
    }
}

/// How long a request counts: the window, and 3 % of it or 2 s more, whichever is less.
///
/// The service counts when a request arrives, not when it is sent. Of two requests the first may be slower on its way
/// than the second by so much, 30 ms of a second and 1.8 s of a minute, and the service still never sees more than the
/// limit in any window. It costs as much of the throughput: with what [`PARTS`] costs, 96 % of a limit is left.
fn counted_ms(length_ms: i64) -> i64 {
    length_ms + (length_ms * 3 / 100).min(2000)
}
