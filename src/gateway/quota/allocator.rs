//! Who may send how many requests until when.

use super::{
    Ask, AskId, GrantId, Verdict,
    clock::Times,
    fair_queue::{Lane, Lanes, Waiting},
    leases::Leases,
    usage::Tenants,
};
use crate::client::{Budget, Limits, NEVER, Pace, Slot};
use crate::util::hash;
use alloc::collections::VecDeque;
use alloc::{string::String, vec::Vec};

/// Of a minute's and a day's limit so much, in percent, is kept for tenants that have used less than their equal share.
/// It is kept of a lone tenant as well, since another may come: where there is but one, 0 lets it have all.
pub const DEFAULT_RESERVE_PERCENT: u32 = 10;

/// No lease lives longer, in milliseconds: what an isolate that has died had of a second is lost for so long.
pub(super) const MAX_LIFE_MS: u32 = 5000;
/// Nobody waits longer, in milliseconds: the asks of an isolate that has died are gone after that.
const MAX_PATIENCE_MS: u32 = 60_000;
/// Besides the slot that is needed no more than this is given at once …
const MAX_MORE: u32 = 32;
/// … nor more than this part of what is left of the tightest window …
const MORE_OF_LEFT: u32 = 4;
/// … but of a second's limit always this part, since that is free again in 20 ms.
const MORE_OF_SECOND: u32 = 50;
/// Whoever is refused because others wait does not come again sooner, in milliseconds, …
const LEAST_RETRY_MS: i64 = 100;
/// … nor is anybody told to stay away for longer.
const MOST_RETRY_MS: i64 = 60_000;

/// What is used, what is left and who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaBudget {
    /// What is used and left of each window: what is leased counts as used.
    pub windows: Budget,
    /// How many slots are in leases that are not over.
    pub leased: u32,
    /// How many tenants were seen within 24 hours, as far as they are remembered.
    pub tenants: u32,
    /// Who waits, with how many asks; who is served next comes first. A name is cut short.
    pub waiting: Vec<(String, u32)>,
}

/// The quota of all isolates.
///
/// Whoever drives it hands in what happens ([`ask`](Quota::ask), [`cancel`](Quota::cancel),
/// [`give_back`](Quota::give_back), [`refused`](Quota::refused), [`answered`](Quota::answered)) with the time in
/// milliseconds since 1970, then passes on what [`next`](Quota::next) decides until it decides nothing, then sets one
/// timer for [`wake_in_ms`](Quota::wake_in_ms). Before a [`Verdict::Granted`] is passed on, [`export`](Quota::export) is
/// to be in durable storage: what was granted counts in the object's next life.
///
/// Tenants that wait are served in turn. Of a minute's and a day's limit the last part is kept for those that have used
/// less than their equal share, so that the bulk read of one does not spend all of it.
pub struct Quota {
    pub(super) limits: Limits,
    reserve_percent: u32,
    pub(super) pace: Pace,
    pub(super) times: Times,
    pub(super) tenants: Tenants,
    pub(super) leases: Leases,
    lanes: Lanes,
    /// What is decided already.
    decided: VecDeque<(AskId, Verdict)>,
    last_ask: u32,
    /// Counts grants.
    turn: u64,
}

/// What stands in the way of those who have used their share; none where there is enough for everybody.
#[derive(Clone, Copy, Debug, Default)]
struct Reserve {
    minute: Option<KeptBack>,
    day: Option<KeptBack>,
}

#[derive(Clone, Copy, Debug)]
struct KeptBack {
    share: u32,
    /// When there is enough for everybody again.
    opens_at: i64,
}

impl Quota {
    /// A quota of which nothing is used. `limits.in_flight` is not kept here.
    pub fn new(limits: Limits, reserve_percent: u32) -> Quota {
        let limits = Limits { in_flight: 0, ..limits };
        Quota {
            limits,
            reserve_percent: reserve_percent.min(100),
            pace: Pace::new(limits),
            times: Times::default(),
            tenants: Tenants::default(),
            leases: Leases::default(),
            lanes: Lanes::default(),
            decided: VecDeque::new(),
            last_ask: 0,
            turn: 0,
        }
    }

    /// An isolate asks for slots. What comes of it is told by [`next`](Quota::next).
    pub fn ask(&mut self, ask: Ask<'_>, now: i64) -> AskId {
        let now = self.times.read(now);
        self.last_ask = self.last_ask.wrapping_add(1);
        let id = AskId(self.last_ask);
        let tenant = hash(ask.tenant);
        let served = self.tenants.see(tenant, now);
        let waiting = Waiting {
            id,
            since: now,
            deadline: now + i64::from(ask.patience_ms.min(MAX_PATIENCE_MS)),
            more: ask.more,
            life_ms: ask.life_ms.min(MAX_LIFE_MS),
        };
        if let Some((tenant, leaves)) = self.lanes.join(tenant, ask.tenant, served, waiting) {
            self.decided.push_back((leaves, self.busy(tenant, now)));
        }
        id
    }

    /// Whoever asked has gone. What was granted already is to be given back.
    pub fn cancel(&mut self, ask: AskId, now: i64) {
        self.times.read(now);
        if !self.lanes.leave(ask) {
            self.decided.retain(|(id, _)| *id != ask);
        }
    }

    /// The next decision; none until something happens.
    pub fn next(&mut self, now: i64) -> Option<(AskId, Verdict)> {
        let now = self.times.read(now);
        if let Some(decided) = self.decided.pop_front() {
            return Some(decided);
        }
        // Whose time is over at this very moment may still be served.
        if let Some((tenant, ask)) = self.lanes.overdue(now - 1) {
            return Some((ask.id, self.busy(tenant, now)));
        }
        if let Some(verdict) = self.serve(now) {
            return Some(verdict);
        }
        let (tenant, ask) = self.lanes.overdue(now)?;
        Some((ask.id, self.busy(tenant, now)))
    }

    /// A lease is over: so many of its slots were not used and are free again, and the others have been sent before
    /// this. A lease that was given back already, is unknown or has been over for a minute gives nothing.
    pub fn give_back(&mut self, grant: GrantId, unused: u32, now: i64) {
        let now = self.times.read(now);
        let Some(lease) = self.leases.end(grant, now) else { return };
        let unused = unused.min(lease.slots);
        self.pace.take_back(unused, lease.until);
        self.tenants.take_back(lease.tenant, unused, lease.at);
        if now < lease.until {
            // What has been sent need not be taken to be sent at the end.
            let used = lease.slots - unused;
            self.pace.take_back(used, lease.until);
            self.pace.lease(used, now, now);
        }
    }

    /// The service says that requests come too fast, or that the quota is spent: see [`Pace::refused`].
    pub fn refused(&mut self, now: i64, retry_after_ms: Option<u32>, quota: bool) {
        let now = self.times.read(now);
        self.pace.refused(now, retry_after_ms, quota);
    }

    /// The service has answered, and there is a quota.
    pub fn answered(&mut self) {
        self.pace.answered();
    }

    /// In how many milliseconds [`next`](Quota::next) has something to decide; none where only an event can bring it
    /// on. Never 0: a timer that is late or early only lets it be asked again.
    pub fn wake_in_ms(&mut self, now: i64) -> Option<i64> {
        let now = self.times.read(now);
        let mut at = if self.decided.is_empty() { self.lanes.soonest() } else { now };
        let slot = self.pace.slot(now);
        let reserve = self.reserve(now);
        for lane in self.lanes.iter() {
            at = at.min(match self.slot_of(lane.tenant, slot, reserve, now) {
                Slot::At(at) | Slot::Renews(at) | Slot::Spent(at) => at,
                Slot::Free | Slot::AfterAnother => now,
            });
        }
        (at < NEVER && (self.lanes.waiting() > 0 || !self.decided.is_empty())).then(|| (at - now).max(1))
    }

    /// What is used, what is left and who waits.
    pub fn budget(&mut self, now: i64) -> QuotaBudget {
        let now = self.times.read(now);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        QuotaBudget {
            windows: self.pace.budget(now, count(self.lanes.waiting())),
            leased: self.leases.open(now),
            tenants: self.tenants.seen(now).1,
            waiting: self.lanes.iter().map(|lane| (lane.name.clone(), count(lane.asks.len()))).collect(),
        }
    }

    /// Decides about the first of those who can be served, or who cannot be served in time.
    fn serve(&mut self, now: i64) -> Option<(AskId, Verdict)> {
        if self.lanes.waiting() == 0 {
            return None;
        }
        let slot = self.pace.slot(now);
        let reserve = self.reserve(now);
        if matches!(slot, Slot::At(_)) && reserve.day.is_none() {
            return None;
        }
        let decide = |lane: &Lane| match self.slot_of(lane.tenant, slot, reserve, now) {
            Slot::Renews(at) => {
                lane.asks.iter().any(|ask| ask.deadline < at).then_some((lane.tenant, Slot::Renews(at)))
            }
            slot @ (Slot::Free | Slot::Spent(_)) => Some((lane.tenant, slot)),
            Slot::At(_) | Slot::AfterAnother => None,
        };
        let (tenant, slot) = self.lanes.iter().find_map(decide)?;
        match slot {
            Slot::Renews(at) => {
                let ask = self.lanes.take_of(tenant, |ask| ask.deadline < at)?;
                Some((ask.id, Verdict::Spent { renews_at_ms: Some(self.times.unix_ms(at)) }))
            }
            Slot::Spent(_) => {
                let ask = self.lanes.take_of(tenant, |_| true)?;
                Some((ask.id, Verdict::Spent { renews_at_ms: None }))
            }
            _ => self.grant(tenant, now),
        }
    }

    fn grant(&mut self, tenant: u64, now: i64) -> Option<(AskId, Verdict)> {
        self.turn += 1;
        let Waiting { id, since, more, life_ms, .. } = self.lanes.serve(tenant, self.turn)?;
        let slots = 1 + more.min(self.surplus(now));
        let until = now + i64::from(life_ms);
        self.pace.lease(slots, until, now);
        self.tenants.serve(tenant, slots, self.turn, now);
        let grant = self.leases.begin(tenant, slots, until, now);
        let held_ms = u32::try_from(now - since).unwrap_or(u32::MAX);
        Some((id, Verdict::Granted { grant, slots, life_ms, held_ms }))
    }

    /// How many slots may be given besides the one that is needed: none that anybody waits for.
    fn surplus(&self, now: i64) -> u32 {
        if self.lanes.waiting() > 0 {
            return 0;
        }
        let [second, minute, day] = self.pace.left(now).map(|left| left.map(|left| left.saturating_sub(1)));
        let (kept_of_minute, kept_of_day) = self.kept_back();
        let of_second = second.map(|left| (left / MORE_OF_LEFT).max((self.pace.rate(now) / MORE_OF_SECOND).min(left)));
        let of_minute = minute.map(|left| left.saturating_sub(kept_of_minute) / MORE_OF_LEFT);
        let of_day = day.map(|left| left.saturating_sub(kept_of_day) / MORE_OF_LEFT);
        [of_second, of_minute, of_day].into_iter().flatten().fold(MAX_MORE, u32::min)
    }

    /// How much of a minute and of a day is kept for those who have used little.
    fn kept_back(&self) -> (u32, u32) {
        let kept = |limit: u32| {
            let part = u64::from(limit) * u64::from(self.reserve_percent) / 100;
            let least = u32::from(limit >= 2 && self.reserve_percent > 0);
            // One slot at least is for everybody.
            u32::try_from(part).unwrap_or(limit).max(least).min(limit.saturating_sub(1))
        };
        (kept(self.limits.per_minute), kept(self.limits.per_day))
    }

    /// Whether no more is left than is kept.
    fn reserve(&self, now: i64) -> Reserve {
        let (of_minute, of_day) = self.kept_back();
        let [_, minute, day] = self.pace.left(now);
        let is_low = |left: Option<u32>, kept: u32| kept > 0 && left.is_some_and(|left| left <= kept);
        let (is_minute_low, is_day_low) = (is_low(minute, of_minute), is_low(day, of_day));
        if !is_minute_low && !is_day_low {
            return Reserve::default();
        }
        let (minute_opens_at, day_opens_at) = self
            .pace
            .opens_at(self.limits.per_minute.saturating_sub(of_minute), self.limits.per_day.saturating_sub(of_day));
        let (in_minute, in_day) = self.tenants.seen(now);
        let kept_back = |is_low: bool, limit: u32, tenants: u32, opens_at| {
            is_low.then(|| KeptBack { share: (limit / tenants.max(2)).max(1), opens_at })
        };
        Reserve {
            minute: kept_back(is_minute_low, self.limits.per_minute, in_minute, minute_opens_at),
            day: kept_back(is_day_low, self.limits.per_day, in_day, day_opens_at),
        }
    }

    /// When a tenant may have a slot, if anybody may at this one.
    fn slot_of(&self, tenant: u64, slot: Slot, reserve: Reserve, now: i64) -> Slot {
        let free_at = |kept: Option<KeptBack>, free_at: &dyn Fn(u32) -> i64| {
            kept.map_or(now, |kept| kept.opens_at.min(free_at(kept.share)))
        };
        let day = free_at(reserve.day, &|share| self.tenants.day_free_at(tenant, share, now));
        let minute = free_at(reserve.minute, &|share| self.tenants.minute_free_at(tenant, share, now));
        match slot {
            Slot::Spent(_) => slot,
            Slot::Renews(at) => Slot::Renews(at.max(day)),
            _ if day > now => Slot::Renews(day),
            Slot::At(at) => Slot::At(at.max(minute)),
            _ if minute > now => Slot::At(minute),
            _ => slot,
        }
    }

    /// What an ask of a tenant is told that cannot be served.
    fn busy(&self, tenant: u64, now: i64) -> Verdict {
        let slot = self.slot_of(tenant, self.pace.slot(now), self.reserve(now), now);
        let slot_ms = match slot {
            Slot::At(at) | Slot::Renews(at) | Slot::Spent(at) => at - now,
            Slot::Free | Slot::AfterAnother => 0,
        };
        let each = |limit: u32, length_ms: i64| if limit == 0 { 0 } else { length_ms / i64::from(limit) };
        let each_ms = each(self.pace.rate(now), 1000).max(each(self.limits.per_minute, 60_000));
        let turn_ms = i64::try_from(self.lanes.ahead_of(tenant)).unwrap_or(0).saturating_mul(each_ms);
        let retry_after_ms = slot_ms.max(turn_ms).clamp(LEAST_RETRY_MS, MOST_RETRY_MS);
        Verdict::Busy { retry_after_ms: u32::try_from(retry_after_ms).unwrap_or(u32::MAX) }
    }
}
