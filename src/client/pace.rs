//! How fast requests may go.

use super::{clock::NEVER, window::Window};
use crate::util::DAY_MS;
use alloc::vec::Vec;

/// How many requests may be sent; 0 is no limit.
///
/// No limit of this service is published. The defaults are what a sibling documents and what other clients assume of
/// this one (FACTS, Rate limits): 5 per second, 5000 per day. The sibling's 30 per minute is not a default: no client
/// of this service keeps it, a list of 60 pages could not be read within a call's time, and when the service itself
/// says that requests come too fast, the pace slows down by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In any second.
    pub per_second: u32,
    /// In any minute.
    pub per_minute: u32,
    /// In any 24 hours.
    pub per_day: u32,
    /// At the same time.
    pub in_flight: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { per_second: 5, per_minute: 0, per_day: 5000, in_flight: 10 }
    }
}

/// Where a limit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The limit; 0 is none.
    pub limit: u32,
    /// How much of it is used.
    pub used: u32,
    /// How much of it is left; none where there is no limit.
    pub left: Option<u32>,
}

impl Used {
    fn of(limit: u32, used: u32) -> Used {
        Used { limit, used, left: (limit > 0).then(|| limit.saturating_sub(used)) }
    }
}

/// What a client has used of its limits and when the next request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// In the last second.
    pub second: Used,
    /// In the last minute.
    pub minute: Used,
    /// In the last 24 hours.
    pub day: Used,
    /// At the moment.
    pub in_flight: Used,
    /// How many calls wait.
    pub waiting: u32,
    /// In how many milliseconds a slot is free; none while all that may be in flight are.
    pub next_slot_in_ms: Option<i64>,
}

/// A pace as it is kept outside: in milliseconds since 1970 (UTC), so that it outlives its client or is shared by many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaceState {
    /// Requests of the last seconds, of the last minute and of the last day: when the last of a few was sent, and how
    /// many they are.
    pub sent: [Vec<(i64, u32)>; 3],
    /// Nothing is sent before.
    pub held_until: i64,
    /// The quota is spent until then.
    pub spent_until: i64,
    /// A quota is spent, nobody says until when, and nothing is asked before.
    pub quiet_until: i64,
    /// How often the second has been doubled.
    pub level: u32,
    /// When it is halved again.
    pub relaxed_at: i64,
}

/// Whether a request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Now.
    Free,
    /// At this time.
    At(i64),
    /// At this time, when a quota renews.
    Renews(i64),
    /// Not before this time: a quota is spent, and nobody says when it renews.
    Spent(i64),
    /// As soon as another has landed.
    AfterAnother,
}

/// A second is doubled at most so often: to 8 s.
const MAX_LEVEL: u32 = 3;
/// How long the pace stays slow after the service has said that requests come too fast.
const RELAX_MS: i64 = 30_000;
/// Nothing is sent for so long after such an answer, unless it says how long.
const HOLD_MS: i64 = 1000;
/// Nothing is asked for so long after a quota was spent, where nobody says when it renews; then one call finds out, and
/// it is doubled …
const QUIET_MS: i64 = 1000;
/// … up to so many times: a minute.
const MOST_QUIET: u32 = 6;
/// Nothing is held longer than this, whatever it says.
const MAX_HOLD_MS: i64 = 60_000;
/// Where there is no limit per second and the service says too fast, this is one for a while.
const SLOW_PER_SECOND: u32 = 5;

/// Counts requests, and says when the next may go. Windows slide, so that the service, however it cuts its seconds and
/// days, never counts more than the limit. All times are those of one clock that goes
/// forwards from 0.
#[derive(Clone, Debug)]
pub struct Pace {
    limits: Limits,
    second: Window,
    minute: Window,
    day: Window,
    in_flight: u32,
    held_until: i64,
    spent_until: i64,
    quiet_until: i64,
    /// How often in a row a quota was found spent.
    found_spent: u32,
    level: u32,
    relaxed_at: i64,
}

impl Pace {
    /// A pace under these limits.
    pub fn new(limits: Limits) -> Pace {
        Pace {
            limits,
            second: Window::new(1000),
            minute: Window::new(60_000),
            day: Window::new(DAY_MS),
            in_flight: 0,
            held_until: -NEVER,
            spent_until: -NEVER,
            quiet_until: -NEVER,
            found_spent: 0,
            level: 0,
            relaxed_at: 0,
        }
    }

    /// Whether a request may go.
    pub fn slot(&self, now: i64) -> Slot {
        self.slot_after(now, 0)
    }

    /// The slot for a request before which so many others are sent as soon as they may. Where several limits play together,
    /// or the pace gets faster meanwhile, the time may be too early; it is never too late.
    pub fn slot_after(&self, now: i64, ahead: u32) -> Slot {
        let from = now.max(self.held_until);
        let quota = self.spent_until.max(self.day.free_after(self.limits.per_day, 1, from, ahead));
        if quota > now {
            return Slot::Renews(quota);
        }
        if self.quiet_until > now {
            return Slot::Spent(self.quiet_until);
        }
        let at = self.second_after(from, ahead).max(self.minute.free_after(self.limits.per_minute, 1, from, ahead));
        let at = at.max(self.held_until);
        if at > now {
            Slot::At(at)
        } else if self.limits.in_flight > 0 && self.in_flight.saturating_add(ahead) >= self.limits.in_flight {
            Slot::AfterAnother
        } else {
            Slot::Free
        }
    }

    /// Counts a request that is being sent.
    pub fn sent(&mut self, now: i64) {
        self.in_flight += 1;
        self.second.count(now, 1 << MAX_LEVEL);
        self.minute.count(now, 1);
        self.day.count(now, 1);
    }

    /// A request has been answered, has failed or was cancelled.
    pub fn landed(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A request that was taken for lost is in flight all the same.
    pub(super) fn is_back(&mut self) {
        self.in_flight += 1;
    }

    /// The service has answered, and there is a quota.
    pub fn answered(&mut self) {
        self.found_spent = 0;
    }

    /// The service says that requests come too fast: everybody slows down for a while. What comes back from one burst
    /// slows down once. Or it says that the quota is spent: nobody asks before it renews, or for a while.
    pub fn refused(&mut self, now: i64, retry_after_ms: Option<u32>, quota: bool) {
        let after_ms = retry_after_ms.map(i64::from);
        if quota {
            match after_ms {
                Some(ms) => self.spent_until = self.spent_until.max(now + ms),
                // What comes back from one burst has found it once.
                None if now < self.quiet_until => {}
                None => {
                    self.quiet_until = now + (QUIET_MS << self.found_spent.min(MOST_QUIET));
                    self.found_spent += 1;
                }
            }
            return;
        }
        if now >= self.held_until {
            self.level = (self.level_at(now) + 1).min(MAX_LEVEL);
        }
        let hold_ms = after_ms.unwrap_or(HOLD_MS).clamp(HOLD_MS, MAX_HOLD_MS);
        self.held_until = self.held_until.max(now + hold_ms);
        self.relaxed_at = self.held_until + RELAX_MS;
    }

    /// How many may be sent in a second that is doubled so often.
    fn per_second(&self, level: u32) -> u32 {
        match self.limits.per_second {
            0 if level > 0 => SLOW_PER_SECOND,
            limit => limit,
        }
    }

    /// How often the second is doubled: once less for each while in which nothing was refused.
    fn level_at(&self, now: i64) -> u32 {
        self.levels().find(|(_, relaxed_at)| *relaxed_at > now).map_or(0, |(level, _)| level)
    }

    /// How often the second is doubled, and until when.
    fn levels(&self) -> impl Iterator<Item = (u32, i64)> {
        let relaxed_at = |level| self.relaxed_at + i64::from(self.level - level) * RELAX_MS;
        (0..=self.level).rev().map(move |level| (level, if level == 0 { NEVER } else { relaxed_at(level) }))
    }

    /// The time at which the limit per second lets one more go after so many others, with the second as long as it is then.
    fn second_after(&self, from: i64, ahead: u32) -> i64 {
        let mut since = -NEVER;
        for (level, until) in self.levels() {
            let at = self.second.free_after(self.per_second(level), 1 << level, from, ahead).max(since);
            if at < until && from < until {
                return at;
            }
            since = until;
        }
        since
    }

    /// What is used and what is left.
    pub fn budget(&self, now: i64, waiting: u32) -> Budget {
        let (next_slot_in_ms, is_spent) = match self.slot(now) {
            Slot::Free => (Some(0), false),
            Slot::At(at) => (Some(at - now), false),
            Slot::Renews(at) | Slot::Spent(at) => (Some(at - now), true),
            Slot::AfterAnother => (None, false),
        };
        // While the pace is slowed down, a second's limit is one of several; while it is held or spent, nothing is left.
        let mut second = Used::of(self.limits.per_second, self.second.used(now, 1));
        let slowed = Used::of(self.limits.per_second, self.second.used(now, 1 << self.level_at(now)));
        second.left = slowed.left.map(|left| if self.held_until > now { 0 } else { left });
        let mut day = Used::of(self.limits.per_day, self.day.used(now, 1));
        day.left = if is_spent { Some(0) } else { day.left };
        Budget {
            second,
            minute: Used::of(self.limits.per_minute, self.minute.used(now, 1)),
            day,
            in_flight: Used::of(self.limits.in_flight, self.in_flight),
            waiting,
            next_slot_in_ms,
        }
    }

    /// The pace as it is kept outside; the function gives the calendar's time for one of this pace.
    pub fn export(&self, unix_ms: impl Fn(i64) -> i64) -> PaceState {
        PaceState {
            sent: [&self.second, &self.minute, &self.day].map(|window| window.export(&unix_ms)),
            held_until: unix_ms(self.held_until),
            spent_until: unix_ms(self.spent_until),
            quiet_until: unix_ms(self.quiet_until),
            level: self.level,
            relaxed_at: unix_ms(self.relaxed_at),
        }
    }

    /// Goes on from what was kept outside; the function gives this pace's time for one of the calendar. What is in
    /// flight stays. A state from a clock that was ahead holds nobody longer than if it were from now.
    pub fn import(&mut self, state: &PaceState, now: i64, ms: impl Fn(i64) -> i64) {
        let [second, minute, day] = &state.sent;
        self.second.import(second, now, &ms);
        self.minute.import(minute, now, &ms);
        self.day.import(day, now, &ms);
        self.held_until = ms(state.held_until).min(now + MAX_HOLD_MS);
        self.spent_until = ms(state.spent_until).min(now + DAY_MS);
        self.quiet_until = ms(state.quiet_until).min(now + (QUIET_MS << MOST_QUIET));
        self.level = state.level.min(MAX_LEVEL);
        self.relaxed_at = ms(state.relaxed_at).min(self.held_until.max(now) + RELAX_MS);
    }
}

/// Slots that are leased: whoever has one may send at any time until the lease's end. From the grant on it is counted as
/// if that were done at the end, so that no window holds more than its limit whenever it is done.
#[cfg(feature = "gateway")]
impl Pace {
    /// Counts so many slots that may be used until then.
    pub(crate) fn lease(&mut self, count: u32, until: i64, now: i64) {
        self.second.count_until(until, count, now, 1 << MAX_LEVEL);
        self.minute.count_until(until, count, now, 1);
        self.day.count_until(until, count, now, 1);
    }

    /// So many of the slots that might have been used until then have not been, and will not be.
    pub(crate) fn take_back(&mut self, count: u32, until: i64) {
        self.second.take_out(until, count);
        self.minute.take_out(until, count);
        self.day.take_out(until, count);
    }

    /// How many slots are left of second, minute and day, as long as one is [`Slot::Free`]; none where there is no limit.
    pub(crate) fn left(&self, now: i64) -> [Option<u32>; 3] {
        let level = self.level_at(now);
        [
            Used::of(self.per_second(level), self.second.used(now, 1 << level)).left,
            Used::of(self.limits.per_minute, self.minute.used(now, 1)).left,
            Used::of(self.limits.per_day, self.day.used(now, 1)).left,
        ]
    }

    /// How many may be sent in a second at the moment; 0 is no limit.
    pub(crate) fn rate(&self, now: i64) -> u32 {
        let level = self.level_at(now);
        self.per_second(level) >> level
    }

    /// When a minute holds less than so many, and when a day does; 0 is any number.
    pub(crate) fn opens_at(&self, per_minute: u32, per_day: u32) -> (i64, i64) {
        (self.minute.free_at(per_minute, 1), self.day.free_at(per_day, 1))
    }

    /// As [`import`](Pace::import), where leases may end as late as that.
    pub(crate) fn import_leases(&mut self, state: &PaceState, now: i64, latest: i64, ms: impl Fn(i64) -> i64) {
        self.import(state, now, &ms);
        let [second, minute, day] = &state.sent;
        self.second.restore(second, latest, &ms);
        self.minute.restore(minute, latest, &ms);
        self.day.restore(day, latest, &ms);
    }
}
