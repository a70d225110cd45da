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
        let own = self.tenants.iter().find(|queue| queue.tenant == tenant).map_or(0, |queue| queue.requests.len());
        (own * self.tenants.len()).min(self.waiting)
    }

    /// Adds a request of a tenant; `last_grant` is the number of the tenant's latest grant. Returns the request that is dropped for it,
    /// which may be the same: if the queue is full, the last one of the tenant with the most.
    pub(super) fn push(
        &mut self,
        tenant: u64,
        name: &str,
        last_grant: u64,
        request: QueuedRequest,
    ) -> Option<(u64, LeaseRequestId)> {
        let own = self.tenants.iter().position(|queue| queue.tenant == tenant);
        let own_length = own.and_then(|index| self.tenants.get(index)).map_or(0, |queue| queue.requests.len());
        if own_length >= MAX_WAITING_PER_TENANT {
            return Some((tenant, request.id));
        }
        let mut dropped = None;
        if self.waiting >= MAX_WAITING {
            let longest = self.tenants.iter_mut().max_by_key(|queue| queue.requests.len());
            let longest = longest.filter(|queue| queue.requests.len() > own_length + 1);
            // A queue with more than one request is not empty without its last.
            match longest.and_then(|queue| Some((queue.tenant, queue.requests.pop_back()?.id))) {
                Some(last) => dropped = Some(last),
                None => return Some((tenant, request.id)),
            }
            self.waiting -= 1;
        }
        self.waiting += 1;
        self.next_deadline = self.next_deadline.min(request.deadline);
        if let Some(queue) = own.and_then(|index| self.tenants.get_mut(index)) {
            queue.requests.push_back(request);
            return dropped;
        }
        let name = name.chars().take(NAME_CHARS).collect();
        let queue =
            TenantQueue { tenant, name, last_grant, can_be_overtaken: false, requests: VecDeque::from([request]) };
        let mut at = self.tenants.len();
        if let Some(last) = self.tenants.back_mut()
            && last.can_be_overtaken
            && last.last_grant > last_grant
        {
            last.can_be_overtaken = false;
            at -= 1;
        }
        self.tenants.insert(at, queue);
        dropped
    }

    /// Removes a request. Returns whether it was waiting.
    pub(super) fn remove(&mut self, id: LeaseRequestId) -> bool {
        self.remove_where(|request| request.id == id).is_some()
    }

    /// Removes a request whose deadline has passed.
    pub(super) fn pop_expired(&mut self, now: i64) -> Option<(u64, QueuedRequest)> {
        if self.next_deadline > now {
            return None;
        }
        let expired = self.remove_where(|request| request.deadline <= now);
        if expired.is_none() {
            let deadlines = self.tenants.iter().flat_map(|queue| queue.requests.iter().map(|request| request.deadline));
            self.next_deadline = deadlines.min().unwrap_or(NEVER);
        }
        expired
    }

    /// Removes a request of one tenant.
    pub(super) fn remove_from(
        &mut self,
        tenant: u64,
        predicate: impl Fn(&QueuedRequest) -> bool,
    ) -> Option<QueuedRequest> {
        let index = self.tenants.iter().position(|queue| queue.tenant == tenant)?;
        self.remove_at(index, predicate)
    }

    /// Removes the first request of a tenant that is served, and moves the tenant to the end.
    pub(super) fn pop_from(&mut self, tenant: u64, grant: u64) -> Option<QueuedRequest> {
        let index = self.tenants.iter().position(|queue| queue.tenant == tenant)?;
        let mut queue = self.tenants.remove(index)?;
        let request = queue.requests.pop_front()?;
        self.waiting -= 1;
        if !queue.requests.is_empty() {
            queue.last_grant = grant;
            queue.can_be_overtaken = true;
            self.tenants.push_back(queue);
        }
        Some(request)
    }

    fn remove_where(&mut self, predicate: impl Fn(&QueuedRequest) -> bool) -> Option<(u64, QueuedRequest)> {
        for index in 0..self.tenants.len() {
            let tenant = self.tenants.get(index)?.tenant;
            if let Some(request) = self.remove_at(index, &predicate) {
                return Some((tenant, request));
            }
        }
        None
    }

    fn remove_at(&mut self, index: usize, predicate: impl Fn(&QueuedRequest) -> bool) -> Option<QueuedRequest> {
        let queue = self.tenants.get_mut(index)?;
        let at = queue.requests.iter().position(predicate)?;
        let request = queue.requests.remove(at)?;
        if queue.requests.is_empty() {
            self.tenants.remove(index);
        }
        self.waiting -= 1;
        Some(request)
    }
}
