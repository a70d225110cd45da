//! Queue of lease requests that is fair between tenants.

use super::LeaseRequestId;
use crate::client::NEVER;
use alloc::collections::VecDeque;
use alloc::string::String;

/// Number of waiting requests of a tenant: at five a second the last one would exceed every request's longest wait.
const MAX_WAITING_PER_TENANT: usize = 500;
/// Number of waiting requests of all tenants: a few hundred kilobytes.
const MAX_WAITING: usize = 4000;
/// Length to which a tenant's name is stored, for display.
const NAME_CHARS: usize = 64;

/// A waiting lease request.
#[derive(Debug)]
pub(super) struct QueuedRequest {
    pub(super) id: LeaseRequestId,
    pub(super) queued_at: i64,
    pub(super) deadline: i64,
    pub(super) extra: u32,
    pub(super) duration_ms: u32,
}

/// The waiting requests of one tenant, in order.
#[derive(Debug)]
pub(super) struct TenantQueue {
    pub(super) tenant: u64,
    pub(super) name: String,
    /// Number of the tenant's latest grant.
    last_grant: u64,
    /// Whether it was served since it waits, and has not been overtaken since.
    can_be_overtaken: bool,
    pub(super) requests: VecDeque<QueuedRequest>,
}

/// Waiting requests: a queue for each tenant, served in turn.
///
/// A new tenant is added at the end, but before the tenant that was served last, once. So a single request waits for at
/// most one permit beside another tenant's bulk read, and a tenant is overtaken at most once in a turn.
#[derive(Debug)]
pub(super) struct FairQueue {
    tenants: VecDeque<TenantQueue>,
    waiting: usize,
    /// Lower bound of all deadlines.
    next_deadline: i64,
}

impl Default for FairQueue {
    fn default() -> FairQueue {
        FairQueue { tenants: VecDeque::new(), waiting: 0, next_deadline: NEVER }
    }
}

impl FairQueue {
    /// Returns the number of waiting requests.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Returns a lower bound of all deadlines.
    pub(super) fn next_deadline(&self) -> i64 {
        self.next_deadline
    }

    /// Returns the tenants' queues; the next one to serve comes first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &TenantQueue> {
        self.tenants.iter()
    }

    /// Returns the number of requests that are served until a tenant's last one, if all tenants have as many.
    pub(super) fn requests_ahead(&self, tenant: u64) -> usize {
        let own = self.tenants.iter().find(|lane| lane.tenant == tenant).map_or(0, |lane| lane.requests.len());
        (own * self.tenants.len()).min(self.waiting)
    }

    /// Adds a request of a tenant with the number of its latest grant. Returns the request that is dropped for it,
    /// which may be the same: if the queue is full, the last one of the tenant with the most.
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
            // A queue with more than one request is not empty without its last.
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

    /// Removes a request. Returns whether it was waiting.
    pub(super) fn remove(&mut self, id: LeaseRequestId) -> bool {
        self.remove_where(|ask| ask.id == id).is_some()
    }

    /// Removes a request whose deadline is over at a time.
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

    /// Removes a request of one tenant.
    pub(super) fn remove_from(
        &mut self,
        tenant: u64,
        wanted: impl Fn(&QueuedRequest) -> bool,
    ) -> Option<QueuedRequest> {
        let index = self.tenants.iter().position(|lane| lane.tenant == tenant)?;
        self.remove_at(index, wanted)
    }

    /// Removes the first request of a tenant that is served, and moves the tenant to the end.
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
