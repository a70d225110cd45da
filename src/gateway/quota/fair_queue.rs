//! Who waits, and who is next.

use super::AskId;
use crate::client::NEVER;
use alloc::collections::VecDeque;
use alloc::string::String;

/// No tenant has more asks waiting: at five a second the last would wait longer than any ask's patience.
const MAX_WAITING_OF_ONE: usize = 500;
/// Nor have all together: a few hundred kilobytes.
const MAX_WAITING: usize = 4000;
/// A tenant's name is remembered up to this length, for whoever looks at who waits.
const NAME_CHARS: usize = 64;

/// An ask that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) id: AskId,
    pub(super) since: i64,
    pub(super) deadline: i64,
    pub(super) more: u32,
    pub(super) life_ms: u32,
}

/// The asks of one tenant, in order.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) tenant: u64,
    pub(super) name: String,
    /// When the tenant was last served, counted in grants.
    served: u64,
    /// Whether it has been served since it waits, and nobody has stepped in front of it since.
    gives_way: bool,
    pub(super) asks: VecDeque<Waiting>,
}

/// Those who wait: a lane for each tenant, served in turn.
///
/// A tenant that comes stands at the end, but before the one that was served last, once: so a single request of one
/// waits for one slot at most beside a bulk read of another, and nobody is stepped in front of twice in a turn.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: VecDeque<Lane>,
    waiting: usize,
    /// No deadline is sooner.
    soonest: i64,
}

impl Default for Lanes {
    fn default() -> Lanes {
        Lanes { lanes: VecDeque::new(), waiting: 0, soonest: NEVER }
    }
}

impl Lanes {
    /// How many asks wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// No deadline is sooner.
    pub(super) fn soonest(&self) -> i64 {
        self.soonest
    }

    /// The lanes; the one whose turn it is comes first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter()
    }

    /// How many asks wait until a tenant's last is served, if all of them are as many.
    pub(super) fn ahead_of(&self, tenant: u64) -> usize {
        let own = self.lanes.iter().find(|lane| lane.tenant == tenant).map_or(0, |lane| lane.asks.len());
        (own * self.lanes.len()).min(self.waiting)
    }

    /// An ask waits from now on, of a tenant that was last served then. Gives the one that has to leave for it, which
    /// may be the same: where too many wait, it is the last one of the tenant that has most.
    pub(super) fn join(&mut self, tenant: u64, name: &str, served: u64, ask: Waiting) -> Option<(u64, AskId)> {
        let own = self.lanes.iter().position(|lane| lane.tenant == tenant);
        let own_length = own.and_then(|index| self.lanes.get(index)).map_or(0, |lane| lane.asks.len());
        if own_length >= MAX_WAITING_OF_ONE {
            return Some((tenant, ask.id));
        }
        let mut leaves = None;
        if self.waiting >= MAX_WAITING {
            let longest = self.lanes.iter_mut().max_by_key(|lane| lane.asks.len());
            let longest = longest.filter(|lane| lane.asks.len() > own_length + 1);
            // A lane that has more than one ask is not empty without its last.
            match longest.and_then(|lane| Some((lane.tenant, lane.asks.pop_back()?.id))) {
                Some(last) => leaves = Some(last),
                None => return Some((tenant, ask.id)),
            }
            self.waiting -= 1;
        }
        self.waiting += 1;
        self.soonest = self.soonest.min(ask.deadline);
        if let Some(lane) = own.and_then(|index| self.lanes.get_mut(index)) {
            lane.asks.push_back(ask);
            return leaves;
        }
        let name = name.chars().take(NAME_CHARS).collect();
        let lane = Lane { tenant, name, served, gives_way: false, asks: VecDeque::from([ask]) };
        let mut at = self.lanes.len();
        if let Some(last) = self.lanes.back_mut()
            && last.gives_way
            && last.served > served
        {
            last.gives_way = false;
            at -= 1;
        }
        self.lanes.insert(at, lane);
        leaves
    }

    /// An ask waits no longer. Says whether it did.
    pub(super) fn leave(&mut self, id: AskId) -> bool {
        self.take(|ask| ask.id == id).is_some()
    }

    /// Takes out an ask whose time is over by then.
    pub(super) fn overdue(&mut self, by: i64) -> Option<(u64, Waiting)> {
        if self.soonest > by {
            return None;
        }
        let overdue = self.take(|ask| ask.deadline <= by);
        if overdue.is_none() {
            let deadlines = self.lanes.iter().flat_map(|lane| lane.asks.iter().map(|ask| ask.deadline));
            self.soonest = deadlines.min().unwrap_or(NEVER);
        }
        overdue
    }

    /// Takes out an ask of one lane.
    pub(super) fn take_of(&mut self, tenant: u64, wanted: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        let index = self.lanes.iter().position(|lane| lane.tenant == tenant)?;
        self.take_at(index, wanted)
    }

    /// Takes out the first ask of the lane that is served, which goes to the end.
    pub(super) fn serve(&mut self, tenant: u64, turn: u64) -> Option<Waiting> {
        let index = self.lanes.iter().position(|lane| lane.tenant == tenant)?;
        let mut lane = self.lanes.remove(index)?;
        let ask = lane.asks.pop_front()?;
        self.waiting -= 1;
        if !lane.asks.is_empty() {
            lane.served = turn;
            lane.gives_way = true;
            self.lanes.push_back(lane);
        }
        Some(ask)
    }

    fn take(&mut self, wanted: impl Fn(&Waiting) -> bool) -> Option<(u64, Waiting)> {
        for index in 0..self.lanes.len() {
            let tenant = self.lanes.get(index)?.tenant;
            if let Some(ask) = self.take_at(index, &wanted) {
                return Some((tenant, ask));
            }
        }
        None
    }

    fn take_at(&mut self, index: usize, wanted: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        let lane = self.lanes.get_mut(index)?;
        let at = lane.asks.iter().position(wanted)?;
        let ask = lane.asks.remove(at)?;
        if lane.asks.is_empty() {
            self.lanes.remove(index);
        }
        self.waiting -= 1;
        Some(ask)
    }
}
