//! The rate limiter: sliding windows of requests, pauses after rejections, and quotas.

use super::{clock::NEVER, sliding_window::SlidingWindow};
use crate::util::DAY_MS;
use alloc::vec::Vec;

/// Limits on the requests of a client; 0 switches a single limit off.
///
/// No limit of this service is published. The defaults are what a sibling documents and what other clients assume of
/// this one (www/guide/service.md#rate-limits): 5 per second, 5000 per day. The sibling's 30 per minute is not a
/// default: no client
/// of this service keeps it, a list of 60 pages could not be read within a call's time, and when the service itself
/// answers that requests come too fast, the rate limiter slows down by itself.
///
/// ```
/// use cisco_support_case::client::{Availability, RateLimiter, RateLimits};
///
/// let limits = RateLimits { max_concurrent: 1, ..RateLimits::NONE };
/// let mut limiter = RateLimiter::new(limits);
/// limiter.on_sent(0);
/// assert_eq!(limiter.availability(0), Availability::AfterCompletion);
/// limiter.on_completed();
/// assert_eq!(limiter.availability(0), Availability::Ready, "requests in any second are not limited");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests in any second.
    pub per_second: u32,
    /// Requests in any minute.
    pub per_minute: u32,
    /// Requests in any 24 hours.
    pub per_day: u32,
    /// Requests at the same time.
    pub max_concurrent: u32,
}

impl RateLimits {
    /// No limits: requests are sent at once.
    pub const NONE: RateLimits = RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: 0 };
}

impl Default for RateLimits {
    fn default() -> RateLimits {
        RateLimits { per_second: 5, per_minute: 0, per_day: 5000, max_concurrent: 10 }
    }
}

/// The usage of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitUsage {
    /// The limit; 0 without one.
    pub limit: u32,
    /// The used part of the limit.
    pub used: u32,
    /// The unused part of the limit; `None` without one.
    pub left: Option<u32>,
}

impl LimitUsage {
    fn new(limit: u32, used: u32) -> LimitUsage {
        LimitUsage { limit, used, left: (limit > 0).then(|| limit.saturating_sub(used)) }
    }
}

/// The usage of the rate limits of a client, and the time until the next request.
///
/// ```
/// use cisco_support_case::client::{LimitUsage, RateLimiter, RateLimits};
///
/// let mut limiter = RateLimiter::new(RateLimits::default());
/// limiter.on_sent(0);
/// let budget = limiter.budget(0, 0);
/// assert_eq!(budget.second, LimitUsage { limit: 5, used: 1, left: Some(4) });
/// assert_eq!(budget.minute, LimitUsage { limit: 0, used: 1, left: None }, "no limit");
/// assert_eq!((budget.concurrent.used, budget.next_slot_in_ms), (1, Some(0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The usage in the last second.
    pub second: LimitUsage,
    /// The usage in the last minute.
    pub minute: LimitUsage,
    /// The usage in the last 24 hours.
    pub day: LimitUsage,
    /// The requests in flight, under `max_concurrent`.
    pub concurrent: LimitUsage,
    /// The number of waiting calls.
    pub waiting: u32,
    /// The milliseconds until a request may be sent; `None` while `max_concurrent` requests are in flight.
    pub next_slot_in_ms: Option<i64>,
}

/// A snapshot of a [`RateLimiter`], with times in milliseconds since 1970 (UTC), so that it can be stored and shared.
///
/// ```
/// use cisco_support_case::client::{RateLimiter, RateLimits};
///
/// let limits = RateLimits { per_second: 1, ..RateLimits::NONE };
/// let mut limiter = RateLimiter::new(limits);
/// limiter.on_sent(0);
/// let state = limiter.export(|ms| 1_767_225_600_000 + ms);
/// // The clock of the other limiter began 500 ms earlier.
/// let mut other = RateLimiter::new(limits);
/// other.import(&state, 500, |unix_ms| unix_ms - 1_767_225_599_500);
/// assert_eq!(other.budget(500, 0).second.used, 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimiterState {
    /// The requests of the last seconds, minute and day, in buckets: the time of the last one, and their number.
    pub windows: [Vec<(i64, u32)>; 3],
    /// The end of a pause in which nothing is sent.
    pub paused_until: i64,
    /// The renewal time of a spent quota.
    pub quota_spent_until: i64,
    /// The time of the next attempt after a spent quota with an unknown renewal.
    pub quota_retry_at: i64,
    /// The number of times that the window of a second is doubled.
    pub slowdown: u32,
    /// The time at which it is halved again.
    pub recovers_at: i64,
}

/// The availability of a slot for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// The request can be sent now.
    Ready,
    /// The request can be sent at this time.
    At(i64),
    /// The request can be sent at this time, when a quota renews.
    QuotaRenewsAt(i64),
    /// A quota with an unknown renewal is spent; the next attempt is at this time.
    QuotaSpentUntil(i64),
    /// The request can be sent after another one completes.
    AfterCompletion,
}

/// The maximum number of doublings of the second: to 8 s.
const MAX_SLOWDOWN: u32 = 3;
/// The time after which one slowdown step is undone, if the service rejects nothing.
const RECOVERY_MS: i64 = 30_000;
/// The pause after a rejection without `Retry-After`, and the minimum with one.
const DEFAULT_PAUSE_MS: i64 = 1000;
/// The initial delay before the next attempt after a spent quota with an unknown renewal; it doubles with each rejection.
const QUOTA_BACKOFF_MS: i64 = 1000;
/// The maximum number of doublings of [`QUOTA_BACKOFF_MS`]: to 64 s.
const MAX_QUOTA_BACKOFF_STEPS: u32 = 6;
/// The maximum pause, whatever `Retry-After` says.
const MAX_PAUSE_MS: i64 = 60_000;
/// The limit per second during a slowdown, if there is no configured one.
const FALLBACK_PER_SECOND: u32 = 5;

/// Counts requests and determines when the next may be sent. The windows slide, so that the service never counts more than the
/// limit, however it aligns its seconds and days. All times are of one monotonic clock that starts at 0.
///
/// ```
/// use cisco_support_case::client::{Availability, RateLimiter, RateLimits};
/// let mut limiter = RateLimiter::new(RateLimits { per_second: 1, ..RateLimits::NONE });
/// assert_eq!(limiter.availability(0), Availability::Ready);
/// limiter.on_sent(0);
/// // A second, and 3 % for requests that overtake each other in transit.
/// assert_eq!(limiter.availability(0), Availability::At(1030));
/// ```
#[derive(Clone, Debug)]
pub struct RateLimiter {
    limits: RateLimits,
    second: SlidingWindow,
    minute: SlidingWindow,
    day: SlidingWindow,
    in_flight: u32,
    paused_until: i64,
    quota_spent_until: i64,
    quota_retry_at: i64,
    /// The number of consecutive rejections for a spent quota.
    quota_rejections: u32,
    slowdown: u32,
    recovers_at: i64,
}

impl RateLimiter {
    /// A rate limiter with these limits and no requests yet.
    pub fn new(limits: RateLimits) -> RateLimiter {
        RateLimiter {
            limits,
            second: SlidingWindow::new(1000),
            minute: SlidingWindow::new(60_000),
            day: SlidingWindow::new(DAY_MS),
            in_flight: 0,
            paused_until: -NEVER,
            quota_spent_until: -NEVER,
            quota_retry_at: -NEVER,
            quota_rejections: 0,
            slowdown: 0,
            recovers_at: 0,
        }
    }

    /// The availability for the next request.
    pub fn availability(&self, now: i64) -> Availability {
        self.availability_after(now, 0)
    }

    /// The availability for a request after a number of others, each sent as early as possible. With several limits, or with a
    /// slowdown that ends, the predicted time may be too early, never too late.
    pub fn availability_after(&self, now: i64, ahead: u32) -> Availability {
        let from = now.max(self.paused_until);
        let quota = self.quota_spent_until.max(self.day.available_after(self.limits.per_day, 1, from, ahead));
        if quota > now {
            return Availability::QuotaRenewsAt(quota);
        }
        if self.quota_retry_at > now {
            return Availability::QuotaSpentUntil(self.quota_retry_at);
        }
        let at =
            self.second_after(from, ahead).max(self.minute.available_after(self.limits.per_minute, 1, from, ahead));
        let at = at.max(self.paused_until);
        if at > now {
            Availability::At(at)
        } else if self.limits.max_concurrent > 0 && self.in_flight.saturating_add(ahead) >= self.limits.max_concurrent {
            Availability::AfterCompletion
        } else {
            Availability::Ready
        }
    }

    /// Counts a request at the time it is sent.
    pub fn on_sent(&mut self, now: i64) {
        self.in_flight += 1;
        self.second.record(now, 1 << MAX_SLOWDOWN);
        self.minute.record(now, 1);
        self.day.record(now, 1);
    }

    /// Frees the slot of a request that was answered, failed or cancelled.
    pub fn on_completed(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Counts a request as in flight again that was considered lost.
    pub(super) fn on_recovered(&mut self) {
        self.in_flight += 1;
    }

    /// Resets the delay for spent quotas, after a successful response.
    pub fn on_success(&mut self) {
        self.quota_rejections = 0;
    }

    /// Takes a rejection of the service. If requests came too fast, all calls pause and slow down for a while; the rejections of
    /// one burst count once. If the quota is spent, nothing is sent before its renewal, or for a growing delay.
    pub fn on_rejected(&mut self, now: i64, retry_after_ms: Option<u32>, quota: bool) {
        let after_ms = retry_after_ms.map(i64::from);
        if quota {
            match after_ms {
                Some(ms) => self.quota_spent_until = self.quota_spent_until.max(now + ms),
                // The rejections of one burst count once.
                None if now < self.quota_retry_at => {}
                None => {
                    self.quota_retry_at =
                        now + (QUOTA_BACKOFF_MS << self.quota_rejections.min(MAX_QUOTA_BACKOFF_STEPS));
                    self.quota_rejections += 1;
                }
            }
            return;
        }
        if now >= self.paused_until {
            self.slowdown = (self.slowdown_at(now) + 1).min(MAX_SLOWDOWN);
        }
        let hold_ms = after_ms.unwrap_or(DEFAULT_PAUSE_MS).clamp(DEFAULT_PAUSE_MS, MAX_PAUSE_MS);
        self.paused_until = self.paused_until.max(now + hold_ms);
        self.recovers_at = self.paused_until + RECOVERY_MS;
    }

    /// The limit per window of a second at a slowdown.
    fn per_second(&self, level: u32) -> u32 {
        match self.limits.per_second {
            0 if level > 0 => FALLBACK_PER_SECOND,
            limit => limit,
        }
    }

    /// The slowdown at a time: one step less for each [`RECOVERY_MS`] without a rejection.
    fn slowdown_at(&self, now: i64) -> u32 {
        self.slowdown_steps().find(|(_, relaxed_at)| *relaxed_at > now).map_or(0, |(level, _)| level)
    }

    /// The slowdown steps to come, each with its end.
    fn slowdown_steps(&self) -> impl Iterator<Item = (u32, i64)> {
        let relaxed_at = |level| self.recovers_at + i64::from(self.slowdown - level) * RECOVERY_MS;
        (0..=self.slowdown).rev().map(move |level| (level, if level == 0 { NEVER } else { relaxed_at(level) }))
    }

    /// The time at which the limit per second allows a request after others, with the slowdown of that time.
    fn second_after(&self, from: i64, ahead: u32) -> i64 {
        let mut since = -NEVER;
        for (level, until) in self.slowdown_steps() {
            let at = self.second.available_after(self.per_second(level), 1 << level, from, ahead).max(since);
            if at < until && from < until {
                return at;
            }
            since = until;
        }
        since
    }

    /// The usage of all limits.
    pub fn budget(&self, now: i64, waiting: u32) -> Budget {
        let (next_slot_in_ms, is_spent) = match self.availability(now) {
            Availability::Ready => (Some(0), false),
            Availability::At(at) => (Some(at - now), false),
            Availability::QuotaRenewsAt(at) | Availability::QuotaSpentUntil(at) => (Some(at - now), true),
            Availability::AfterCompletion => (None, false),
        };
        // During a slowdown the limit of a second holds for several; during a pause or with a spent quota nothing is left.
        let mut second = LimitUsage::new(self.limits.per_second, self.second.used(now, 1));
        let slowed = LimitUsage::new(self.limits.per_second, self.second.used(now, 1 << self.slowdown_at(now)));
        second.left = slowed.left.map(|left| if self.paused_until > now { 0 } else { left });
        let mut day = LimitUsage::new(self.limits.per_day, self.day.used(now, 1));
        day.left = if is_spent { Some(0) } else { day.left };
        Budget {
            second,
            minute: LimitUsage::new(self.limits.per_minute, self.minute.used(now, 1)),
            day,
            concurrent: LimitUsage::new(self.limits.max_concurrent, self.in_flight),
            waiting,
            next_slot_in_ms,
        }
    }

    /// Returns a snapshot. `unix_ms` converts a time of this limiter to milliseconds since 1970 (UTC).
    pub fn export(&self, unix_ms: impl Fn(i64) -> i64) -> RateLimiterState {
        RateLimiterState {
            windows: [&self.second, &self.minute, &self.day].map(|window| window.export(&unix_ms)),
            paused_until: unix_ms(self.paused_until),
            quota_spent_until: unix_ms(self.quota_spent_until),
            quota_retry_at: unix_ms(self.quota_retry_at),
            slowdown: self.slowdown,
            recovers_at: unix_ms(self.recovers_at),
        }
    }

    /// Restores a snapshot. `ms` converts milliseconds since 1970 (UTC) to a time of this limiter. Requests in flight are
    /// unaffected. A snapshot from a clock that was ahead delays no request longer than one from now would.
    pub fn import(&mut self, state: &RateLimiterState, now: i64, ms: impl Fn(i64) -> i64) {
        let [second, minute, day] = &state.windows;
        self.second.import(second, now, &ms);
        self.minute.import(minute, now, &ms);
        self.day.import(day, now, &ms);
        self.paused_until = ms(state.paused_until).min(now + MAX_PAUSE_MS);
        self.quota_spent_until = ms(state.quota_spent_until).min(now + DAY_MS);
        self.quota_retry_at = ms(state.quota_retry_at).min(now + (QUOTA_BACKOFF_MS << MAX_QUOTA_BACKOFF_STEPS));
        self.slowdown = state.slowdown.min(MAX_SLOWDOWN);
        self.recovers_at = ms(state.recovers_at).min(self.paused_until.max(now) + RECOVERY_MS);
    }
}

/// Leased slots: the holder may send at any time until the end of the lease. A lease counts as used at its end, from the grant
/// on, so that no window exceeds its limit whenever the holder sends.
#[cfg(feature = "gateway")]
impl RateLimiter {
    /// Counts leased slots that may be used until a time.
    pub(crate) fn lease(&mut self, count: u32, until: i64, now: i64) {
        self.second.record_until(until, count, now, 1 << MAX_SLOWDOWN);
        self.minute.record_until(until, count, now, 1);
        self.day.record_until(until, count, now, 1);
    }

    /// Returns leased slots that were not used.
    pub(crate) fn return_unused(&mut self, count: u32, until: i64) {
        self.second.remove_until(until, count);
        self.minute.remove_until(until, count);
        self.day.remove_until(until, count);
    }

    /// The unused slots of second, minute and day while one is [`Availability::Ready`]; `None` without a limit.
    pub(crate) fn remaining(&self, now: i64) -> [Option<u32>; 3] {
        let level = self.slowdown_at(now);
        [
            LimitUsage::new(self.per_second(level), self.second.used(now, 1 << level)).left,
            LimitUsage::new(self.limits.per_minute, self.minute.used(now, 1)).left,
            LimitUsage::new(self.limits.per_day, self.day.used(now, 1)).left,
        ]
    }

    /// The number of requests per second at the current slowdown; 0 without a limit.
    pub(crate) fn current_rate(&self, now: i64) -> u32 {
        let level = self.slowdown_at(now);
        self.per_second(level) >> level
    }

    /// The times at which the minute and the day count fewer requests than given; 0 is any number.
    pub(crate) fn available_below(&self, per_minute: u32, per_day: u32) -> (i64, i64) {
        (self.minute.available_at(per_minute, 1), self.day.available_at(per_day, 1))
    }

    /// Restores a snapshot with leases, which end at `latest` at the latest.
    pub(crate) fn import_leases(&mut self, state: &RateLimiterState, now: i64, latest: i64, ms: impl Fn(i64) -> i64) {
        self.import(state, now, &ms);
        let [second, minute, day] = &state.windows;
        self.second.restore(second, latest, &ms);
        self.minute.restore(minute, latest, &ms);
        self.day.restore(day, latest, &ms);
    }
}
