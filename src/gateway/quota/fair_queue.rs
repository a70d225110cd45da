//! Who waits, and who is next.

use super::LeaseRequestId;
use crate::client::NEVER;
use alloc::collections::VecDeque;
use alloc::string::String;

/// No tenant has more asks waiting: at five a second the last would wait longer than any ask's patience.
const MAX_WAITING_PER_TENANT: usize = 500;
/// Nor have all together: a few hundred kilobytes.
const MAX_WAITING: usize = 4000;
/// A tenant's name is remembered up to this length, for whoever looks at who waits.
const NAME_CHARS: usize = 64;

/// An ask that waits.
#[derive(Debug)]
pub(super) struct QueuedRequest {
    pub(super) id: LeaseRequestId,
    pub(super) queued_at: i64,
    pub(super) deadline: i64,
    pub(super) extra: u32,
    pub(super) duration_ms: u32,
}

/// The asks of one tenant, in order.
#[derive(Debug)]
pub(super) struct TenantQueue {
    pub(super) tenant: u64,
    pub(super) name: String,
    /// When the tenant was last served, counted in grants.
    last_grant: u64,
    /// Whether it has been served since it waits, and nobody has stepped in front of it since.
    can_be_overtaken: bool,
    pub(super) requests: VecDeque<QueuedRequest>,
}

/// Those who wait: a lane for each tenant, served in turn.
///
/// A tenant that comes stands at the end, but before the one that was served last, once: so a single request of one
/// waits for one slot at most beside a bulk read of another, and nobody is stepped in front of twice in a turn.
#[derive(Debug)]
pub(super) struct FairQueue {
    tenants: VecDeque<TenantQueue>,
    waiting: usize,
    /// No deadline is sooner.
    next_deadline: i64,
}

impl Default for FairQueue {
    fn default() -> FairQueue {
        FairQueue { tenants: VecDeque::new(), waiting: 0, next_deadline: NEVER }
    }
}

impl FairQueue {
    /// How many asks wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// No deadline is sooner.
    pub(super) fn next_deadline(&self) -> i64 {
        self.next_deadline
    }

    /// The lanes; the one whose turn it is comes first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &TenantQueue> {
        self.tenants.iter()
    }

    /// How many asks wait until a tenant's last is served, if all of them are as many.
    pub(super) fn requests_ahead(&self, tenant: u64) -> usize {
        let own = self.tenants.iter().find(|lane| lane.tenant == tenant).map_or(0, |lane| lane.requests.len());
        (own * self.tenants.len()).min(self.waiting)
    }

    /// An ask waits from now on, of a tenant that was last served then. Gives the one that has to leave for it, which
    /// may be the same: where too many wait, it is the last one of the tenant that has most.
    pub(super) fn push(
        &mut self,
        tenant: u64,
        name: &str,
        served: u64,
        ask: QueuedRequest,
    ) -> Option<(u64, LeaseRequestId)> {
        let own = self.tenants.iter().position(|lane| lane.tenant == tenant);
        let own_length = own.and_then(|index| self.tenants.get(index)).map_or(0, |lane| lane.requests.len());
        if own_length >= MAX_WAITING_PER_TENANT {
            return Some((tenant, ask.id));
        }
        let mut leaves = None;
        if self.waiting >= MAX_WAITING {
            let longest = self.tenants.iter_mut().max_by_key(|lane| lane.requests.len());
            let longest = longest.filter(|lane| lane.requests.len() > own_length + 1);
            // A lane that has more than one ask is not empty without its last.
            match longest.and_then(|lane| Some((lane.tenant, lane.requests.pop_back()?.id))) {
                Some(last) => leaves = Some(last),
                None => return Some((tenant, ask.id)),
            }
            self.waiting -= 1;
        }
        self.waiting += 1;
        self.next_deadline = self.next_deadline.min(ask.deadline);
        if let Some(lane) = own.and_then(|index| self.tenants.get_mut(index)) {
            lane.requests.push_back(ask);
            return leaves;
        }
        let name = name.chars().take(NAME_CHARS).collect();
        let lane =
            TenantQueue { tenant, name, last_grant: served, can_be_overtaken: false, requests: VecDeque::from([ask]) };
        let mut at = self.tenants.len();
        if let Some(last) = self.tenants.back_mut()
            && last.can_be_overtaken
            && last.last_grant > served
        {
            last.can_be_overtaken = false;
            at -= 1;
        }
        self.tenants.insert(at, lane);
        leaves
    }

    /// An ask waits no longer. Says whether it did.
    pub(super) fn remove(&mut self, id: LeaseRequestId) -> bool {
        self.remove_where(|ask| ask.id == id).is_some()
    }

    /// Takes out an ask whose time is over by then.
    pub(super) fn pop_expired(&mut self, by: i64) -> Option<(u64, QueuedRequest)> {
        if self.next_deadline > by {
            return None;
        }
        let overdue = self.remove_where(|ask| ask.deadline <= by);
        if overdue.is_none() {
            let deadlines = self.tenants.iter().flat_map(|lane| lane.requests.iter().map(|ask| ask.deadline));
            self.next_deadline = deadlines.min().unwrap_or(NEVER);
        }
        overdue
    }

    /// Takes out an ask of one lane.
    pub(super) fn remove_from(
        &mut self,
        tenant: u64,
        wanted: impl Fn(&QueuedRequest) -> bool,
    ) -> Option<QueuedRequest> {
        let index = self.tenants.iter().position(|lane| lane.tenant == tenant)?;
        self.remove_at(index, wanted)
    }

    /// Takes out the first ask of the lane that is served, which goes to the end.
    pub(super) fn pop_from(&mut self, tenant: u64, turn: u64) -> Option<QueuedRequest> {
        let index = self.tenants.iter().position(|lane| lane.tenant == tenant)?;
        let mut lane = self.tenants.remove(index)?;
        let ask = lane.requests.pop_front()?;
        self.waiting -= 1;
        if !lane.requests.is_empty() {
            lane.last_grant = turn;
            lane.can_be_overtaken = true;
            self.tenants.push_back(lane);
        }
        Some(ask)
    }

    fn remove_where(&mut self, wanted: impl Fn(&QueuedRequest) -> bool) -> Option<(u64, QueuedRequest)> {
        for index in 0..self.tenants.len() {
            let tenant = self.tenants.get(index)?.tenant;
            if let Some(ask) = self.remove_at(index, &wanted) {
                return Some((tenant, ask));
            }
        }
        None
    }

    fn remove_at(&mut self, index: usize, wanted: impl Fn(&QueuedRequest) -> bool) -> Option<QueuedRequest> {
        let lane = self.tenants.get_mut(index)?;
        let at = lane.requests.iter().position(wanted)?;
        let ask = lane.requests.remove(at)?;
        if lane.requests.is_empty() {
            self.tenants.remove(index);
        }
        self.waiting -= 1;
        Some(ask)
    }
}
