//! The slots that an isolate has leased.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Slots of a lease of several may be used for so long at least, in milliseconds: what an isolate does not use meanwhile is
/// lost to all others for so long.
const BATCH_USE_MS: u32 = 100;
/// One slot is used as soon as it comes.
const SINGLE_USE_MS: u32 = 20;
/// A request may be so late on its way: where the next to have its place overtook it, the service would count both in one
/// second. A connection that has yet to be made takes that long, and a service that has just begun. A lease is asked for so
/// much longer than it is used, and what was used is told of when its request has arrived for certain: after so long, or when
/// it was answered.
const NETWORK_DELAY_MS: u32 = 200;
/// Of what has not been used, and of what has arrived for certain.
const NEVER_USED_MS: i64 = i64::MIN / 2;
/// Where the quota's keeper is far away, a lease has to outlive the way back …
const MAX_USE_MS: u32 = 3000;
/// … and does by this much.
const ROUND_TRIPS: i64 = 3;

/// So many slots are asked for beyond the one that is needed, at most.
const MAX_EXTRA: u32 = 64;

/// Where an isolate needs as many within a lease's life, it asks ahead: whoever comes next finds a slot and visits nobody.
const PREFETCH_THRESHOLD: u32 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
struct HeldLease {
    id: u64,
    permits: u32,
    usable_until_ms: i64,
    /// When the last of its slots was used.
    used_ms: i64,
}

/// The slots that an isolate has leased, and how many it is going to need.
#[derive(Clone, Debug, Default)]
pub struct HeldLeases {
    held: VecDeque<HeldLease>,
    /// When slots were needed lately.
    recent_uses: VecDeque<i64>,
    /// What has been asked for and has not come.
    requested: u32,
    round_trip_ms: i64,
}

impl HeldLeases {
    /// Takes a slot, if there is one that is still good.
    pub fn try_acquire(&mut self, now_ms: i64) -> bool {
        self.recent_uses.push_back(now_ms);
        self.drop_old_uses(now_ms);
        let Some(lease) = self.held.iter_mut().find(|lease| lease.usable_until_ms > now_ms && lease.permits > 0) else {
            return false;
        };
        lease.permits -= 1;
        lease.used_ms = now_ms;
        true
    }

    fn drop_old_uses(&mut self, now_ms: i64) {
        let life_ms = i64::from(self.use_ms(1));
        while self.recent_uses.front().is_some_and(|at| *at < now_ms - life_ms) || self.recent_uses.len() > 4096 {
            self.recent_uses.pop_front();
        }
    }

    /// For how long slots of a lease are used that has so many beyond the one that is needed.
    fn use_ms(&self, more: u32) -> u32 {
        let least = if more > 0 { BATCH_USE_MS } else { SINGLE_USE_MS };
        u32::try_from(self.round_trip_ms * ROUND_TRIPS).unwrap_or(MAX_USE_MS).clamp(least, MAX_USE_MS)
    }

    /// For how long to ask for it.
    pub fn duration_ms(&self, more: u32) -> u32 {
        self.use_ms(more) + NETWORK_DELAY_MS
    }

    /// How many slots to ask for beyond the one that is needed: as many as were needed within a lease's life, less what
    /// is on its way. They count as asked for until [`came`](Leases::came) says what came of it.
    pub fn desired_extra(&mut self, now_ms: i64) -> u32 {
        self.drop_old_uses(now_ms);
        let needed = u32::try_from(self.recent_uses.len()).unwrap_or(u32::MAX).saturating_sub(1);
        let more = needed.saturating_sub(self.requested).min(MAX_EXTRA);
        self.requested += more;
        more
    }

    /// Whether it is time to ask ahead: half of what is needed within a lease's life is left, and nothing is on its way.
    pub fn is_low(&self, now_ms: i64) -> bool {
        let needed = u32::try_from(self.recent_uses.len()).unwrap_or(u32::MAX);
        let good = self.held.iter().filter(|lease| lease.usable_until_ms > now_ms);
        needed >= PREFETCH_THRESHOLD
            && self.requested == 0
            && good.map(|lease| lease.permits).sum::<u32>() <= needed / 2
    }

    /// An answer has come to a visit that wished for so many. Of the slots granted one is used at once; the others are
    /// good from when they can have been granted at the earliest: after the visit was sent and had waited.
    /// The times are when it was sent, how long it had waited, and now; `ahead`: no slot is for use at once.
    pub fn on_lease(&mut self, more: u32, times: [i64; 3], granted: Option<(u64, u32, u32)>, ahead: bool) {
        let [sent_ms, held_ms, now_ms] = times;
        self.requested = self.requested.saturating_sub(more);
        let took_ms = (now_ms - sent_ms - held_ms).max(0);
        // As slow as the slowest of late.
        self.round_trip_ms = took_ms.max(self.round_trip_ms - (self.round_trip_ms / 8).max(1)).max(0);
        if let Some((grant, slots, life_ms)) = granted {
            let until_ms = sent_ms + held_ms + i64::from(life_ms) - i64::from(NETWORK_DELAY_MS);
            // One that came too late is not used, and goes back like the others.
            let is_used = !ahead && !HeldLeases::is_too_late(sent_ms, held_ms, life_ms, now_ms);
            let used_ms = if is_used { now_ms } else { NEVER_USED_MS };
            self.held.push_back(HeldLease {
                id: grant,
                permits: slots - u32::from(is_used),
                usable_until_ms: until_ms,
                used_ms,
            });
        }
    }

    /// Whether a slot that was granted for use at once has come too late for that.
    pub fn is_too_late(sent_ms: i64, held_ms: i64, life_ms: u32, now_ms: i64) -> bool {
        now_ms >= sent_ms + held_ms + i64::from(life_ms) - i64::from(NETWORK_DELAY_MS)
    }

    /// What was sent with a lease's one slot has been answered: it has arrived.
    pub fn on_completed(&mut self, grant: u64) {
        if let Some(lease) = self.held.iter_mut().find(|lease| lease.id == grant && lease.permits == 0) {
            lease.used_ms = NEVER_USED_MS;
        }
    }

    /// What is over, to be given back: grants, and how many of each were not used. Of one that is used up that is none, and
    /// the keeper need not reckon with its end any more.
    pub fn take_expired(&mut self, now_ms: i64) -> Vec<(u64, u32)> {
        let mut back = Vec::new();
        self.held.retain(|lease| {
            let is_over = lease.expires_ms() <= now_ms;
            if is_over {
                back.push((lease.id, lease.permits));
            }
            !is_over
        });
        back
    }

    /// In how many milliseconds something will be over that was not used; none where nothing is.
    pub fn next_expiry_in_ms(&self, now_ms: i64) -> Option<i64> {
        let unused = self.held.iter().filter(|lease| lease.permits > 0);
        unused.map(|lease| (lease.expires_ms() - now_ms).max(1)).min()
    }
}

impl HeldLease {
    /// From when on it is certain what became of it: no slot will be used any more, and what was used has arrived.
    fn expires_ms(&self) -> i64 {
        let used_until = if self.permits > 0 { self.usable_until_ms } else { i64::MIN };
        used_until.max(self.used_ms + i64::from(NETWORK_DELAY_MS))
    }
}
