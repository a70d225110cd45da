//! Who may send how many requests until when.

use super::{Ask, AskId, GrantId, Verdict};
use crate::client::{Budget, Limits, Pace, Slot};
use std::collections::VecDeque;

/// Of a minute's and a day's limit so much, in percent, is kept for tenants that have used less than their equal share.
pub const DEFAULT_RESERVE_PERCENT: u32 = 10;

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
pub struct Quota {
    pace: Pace,
    last_id: u32,
    waiting: VecDeque<(AskId, i64)>,
}

impl Quota {
    /// A quota of which nothing is used. `limits.in_flight` is not kept here.
    pub fn new(limits: Limits, reserve_percent: u32) -> Quota {
        let _ = reserve_percent;
        Quota { pace: Pace::new(Limits { in_flight: 0, ..limits }), last_id: 0, waiting: VecDeque::new() }
    }

    /// An isolate asks for slots. What comes of it is told by [`next`](Quota::next).
    pub fn ask(&mut self, ask: Ask<'_>, now: i64) -> AskId {
        self.last_id = self.last_id.wrapping_add(1);
        let id = AskId(self.last_id);
        self.waiting.push_back((id, now + i64::from(ask.life_ms)));
        id
    }

    /// Whoever asked has gone. What was granted already is to be given back.
    pub fn cancel(&mut self, ask: AskId, now: i64) {
        let _ = now;
        self.waiting.retain(|(id, _)| *id != ask);
    }

    /// The next decision; none until something happens.
    pub fn next(&mut self, now: i64) -> Option<(AskId, Verdict)> {
        if self.pace.slot(now) != Slot::Free {
            return None;
        }
        let (id, _) = self.waiting.pop_front()?;
        self.pace.sent(now);
        Some((id, Verdict::Granted { grant: GrantId(u64::from(id.0)), slots: 1, life_ms: 0, held_ms: 0 }))
    }

    /// A lease is over: so many of its slots were not used and are free again, and the others have been sent before
    /// this. A lease that is over already, or unknown, gives nothing.
    pub fn give_back(&mut self, grant: GrantId, unused: u32, now: i64) {
        let _ = (grant, unused, now);
    }

    /// The service says that requests come too fast, or that the quota is spent.
    pub fn refused(&mut self, now: i64, retry_after_ms: Option<u32>, quota: bool) {
        self.pace.refused(now, retry_after_ms, quota);
    }

    /// The service has answered, and there is a quota.
    pub fn answered(&mut self) {
        self.pace.answered();
    }

    /// In how many milliseconds [`next`](Quota::next) has something to decide; none where only an event can bring it
    /// on. Never 0.
    pub fn wake_in_ms(&self, now: i64) -> Option<i64> {
        (!self.waiting.is_empty()).then(|| self.pace.budget(now, 0).next_slot_in_ms.unwrap_or(1).max(1))
    }

    /// What is used, what is left and who waits.
    pub fn budget(&mut self, now: i64) -> QuotaBudget {
        let windows = self.pace.budget(now, u32::try_from(self.waiting.len()).unwrap_or(u32::MAX));
        QuotaBudget { windows, leased: 0, tenants: 0, waiting: Vec::new() }
    }

    /// All that counts, as JSON text for durable storage. Who waits is not in it.
    pub fn export(&self) -> String {
        String::new()
    }

    /// Goes on from what was kept. What cannot be read is ignored as a whole; says whether it was taken.
    pub fn import(&mut self, text: &str, now: i64) -> bool {
        let _ = (text, now);
        false
    }
}
