//! How fast requests may go.

use super::{clock::NEVER, sliding_window::SlidingWindow};
use crate::util::DAY_MS;
use alloc::vec::Vec;

/// Limits on the requests of a client; 0 switches off a single limit.
///
/// No limit of this service is published. The defaults are what a sibling documents and what other clients assume of
/// this one (www/guide/service.md#rate-limits): 5 per second, 5000 per day. The sibling's 30 per minute is not a
/// default: no client
/// of this service keeps it, a list of 60 pages could not be read within a call's time, and when the service itself
/// says that requests come too fast, the pace slows down by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// In any second.
    pub per_second: u32,
    /// In any minute.
    pub per_minute: u32,
    /// In any 24 hours.
    pub per_day: u32,
    /// At the same time.
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

/// Where a limit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitUsage {
    /// The limit; 0 is none.
    pub limit: u32,
    /// How much of it is used.
    pub used: u32,
    /// How much of it is left; none where there is no limit.
    pub left: Option<u32>,
}

impl LimitUsage {
    fn new(limit: u32, used: u32) -> LimitUsage {
        LimitUsage { limit, used, left: (limit > 0).then(|| limit.saturating_sub(used)) }
    }
}

/// What a client has used of its limits and when the next request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// In the last second.
    pub second: LimitUsage,
    /// In the last minute.
    pub minute: LimitUsage,
    /// In the last 24 hours.
    pub day: LimitUsage,
    /// At the moment.
    pub concurrent: LimitUsage,
    /// How many calls wait.
    pub waiting: u32,
    /// In how many milliseconds a slot is free; none while all that may be in flight are.
    pub next_slot_in_ms: Option<i64>,
}

/// A snapshot of a [`RateLimiter`]: in milliseconds since 1970 (UTC), so that it outlives its client or is shared by many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimiterState {
    /// Requests of the last seconds, of the last minute and of the last day: when the last of a few was sent, and how
    /// many they are.
    pub windows: [Vec<(i64, u32)>; 3],
    /// Nothing is sent before.
    pub paused_until: i64,
    /// The quota is spent until then.
    pub quota_spent_until: i64,
    /// A quota is spent, nobody says until when, and nothing is asked before.
    pub quota_retry_at: i64,
    /// How often the second has been doubled.
    pub slowdown: u32,
    /// When it is halved again.
    pub recovers_at: i64,
}

/// Whether a request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// Now.
    Ready,
    /// At this time.
    At(i64),
    /// At this time, when a quota renews.
    QuotaRenewsAt(i64),
    /// Not before this time: a quota is spent, and nobody says when it renews.
    QuotaSpentUntil(i64),
    /// As soon as another has landed.
    AfterCompletion,
}

/// A second is doubled at most so often: to 8 s.
const MAX_SLOWDOWN: u32 = 3;
/// How long the pace stays slow after the service has said that requests come too fast.
const RECOVERY_MS: i64 = 30_000;
/// Nothing is sent for so long after such an answer, unless it says how long.
const DEFAULT_PAUSE_MS: i64 = 1000;
/// Nothing is asked for so long after a quota was spent, where nobody says when it renews; then one call finds out, and
/// it is doubled …
const QUOTA_BACKOFF_MS: i64 = 1000;
/// … up to so many times: a minute.
const MAX_QUOTA_BACKOFF_STEPS: u32 = 6;
/// Nothing is held longer than this, whatever it says.
const MAX_PAUSE_MS: i64 = 60_000;
/// Where there is no limit per second and the service says too fast, this is one for a while.
const FALLBACK_PER_SECOND: u32 = 5;

/// Counts requests, and says when the next may go. Windows slide, so that the service, however it cuts its seconds and
/// days, never counts more than the limit. All times are those of one clock that goes
/// forwards from 0.
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
    /// How often in a row a quota was found spent.
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

    /// Whether a request may go.
    pub fn availability(&self, now: i64) -> Availability {
        self.availability_after(now, 0)
    }

    /// The slot for a request before which so many others are sent as soon as they may. Where several limits play together,
    /// or the pace gets faster meanwhile, the time may be too early; it is never too late.
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

    /// Counts a request that is being sent.
    pub fn on_sent(&mut self, now: i64) {
        self.in_flight += 1;
        self.second.record(now, 1 << MAX_SLOWDOWN);
        self.minute.record(now, 1);
        self.day.record(now, 1);
    }

    /// A request has been answered, has failed or was cancelled.
    pub fn on_completed(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A request that was taken for lost is in flight all the same.
    pub(super) fn on_recovered(&mut self) {
        self.in_flight += 1;
    }

    /// The service has answered, and there is a quota.
    pub fn on_success(&mut self) {
        self.quota_rejections = 0;
    }

    /// The service says that requests come too fast: everybody slows down for a while. What comes back from one burst
    /// slows down once. Or it says that the quota is spent: nobody asks before it renews, or for a while.
    pub fn on_rejected(&mut self, now: i64, retry_after_ms: Option<u32>, quota: bool) {
        let after_ms = retry_after_ms.map(i64::from);
        if quota {
            match after_ms {
                Some(ms) => self.quota_spent_until = self.quota_spent_until.max(now + ms),
                // What comes back from one burst has found it once.
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

    /// How many may be sent in a second that is doubled so often.
    fn per_second(&self, level: u32) -> u32 {
        match self.limits.per_second {
            0 if level > 0 => FALLBACK_PER_SECOND,
            limit => limit,
        }
    }

    /// How often the second is doubled: once less for each while in which nothing was refused.
    fn slowdown_at(&self, now: i64) -> u32 {
        self.slowdown_steps().find(|(_, relaxed_at)| *relaxed_at > now).map_or(0, |(level, _)| level)
    }

    /// How often the second is doubled, and until when.
    fn slowdown_steps(&self) -> impl Iterator<Item = (u32, i64)> {
        let relaxed_at = |level| self.recovers_at + i64::from(self.slowdown - level) * RECOVERY_MS;
        (0..=self.slowdown).rev().map(move |level| (level, if level == 0 { NEVER } else { relaxed_at(level) }))
    }

    /// The time at which the limit per second lets one more go after so many others, with the second as long as it is then.
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

    /// What is used and what is left.
    pub fn budget(&self, now: i64, waiting: u32) -> Budget {
        let (next_slot_in_ms, is_spent) = match self.availability(now) {
            Availability::Ready => (Some(0), false),
            Availability::At(at) => (Some(at - now), false),
            Availability::QuotaRenewsAt(at) | Availability::QuotaSpentUntil(at) => (Some(at - now), true),
            Availability::AfterCompletion => (None, false),
        };
        // While the pace is slowed down, a second's limit is one of several; while it is held or spent, nothing is left.
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

    /// The pace as it is kept outside; the function gives the calendar's time for one of this pace.
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

    /// Goes on from what was kept outside; the function gives this pace's time for one of the calendar. What is in
    /// flight stays. A state from a clock that was ahead holds nobody longer than if it were from now.
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

/// Slots that are leased: whoever has one may send at any time until the lease's end. From the grant on it is counted as
/// if that were done at the end, so that no window holds more than its limit whenever it is done.
#[cfg(feature = "gateway")]
impl RateLimiter {
    /// Counts so many slots that may be used until then.
    pub(crate) fn lease(&mut self, count: u32, until: i64, now: i64) {
        self.second.record_until(until, count, now, 1 << MAX_SLOWDOWN);
        self.minute.record_until(until, count, now, 1);
        self.day.record_until(until, count, now, 1);
    }

    /// So many of the slots that might have been used until then have not been, and will not be.
    pub(crate) fn return_unused(&mut self, count: u32, until: i64) {
        self.second.remove_until(until, count);
        self.minute.remove_until(until, count);
        self.day.remove_until(until, count);
    }

    /// How many slots are left of second, minute and day, as long as one is [`Slot::Free`]; none where there is no limit.
    pub(crate) fn remaining(&self, now: i64) -> [Option<u32>; 3] {
        let level = self.slowdown_at(now);
        [
            LimitUsage::new(self.per_second(level), self.second.used(now, 1 << level)).left,
            LimitUsage::new(self.limits.per_minute, self.minute.used(now, 1)).left,
            LimitUsage::new(self.limits.per_day, self.day.used(now, 1)).left,
        ]
    }

    /// How many may be sent in a second at the moment; 0 is no limit.
    pub(crate) fn current_rate(&self, now: i64) -> u32 {
        let level = self.slowdown_at(now);
        self.per_second(level) >> level
    }

    /// When a minute holds less than so many, and when a day does; 0 is any number.
    pub(crate) fn available_below(&self, per_minute: u32, per_day: u32) -> (i64, i64) {
        (self.minute.available_at(per_minute, 1), self.day.available_at(per_day, 1))
    }

    /// As [`import`](RateLimiter::import), where leases may end as late as that.
    pub(crate) fn import_leases(&mut self, state: &RateLimiterState, now: i64, latest: i64, ms: impl Fn(i64) -> i64) {
        self.import(state, now, &ms);
        let [second, minute, day] = &state.windows;
        self.second.restore(second, latest, &ms);
        self.minute.restore(minute, latest, &ms);
        self.day.restore(day, latest, &ms);
    }
}
