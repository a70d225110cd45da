//! Calls in progress, and the slot map that contains them.

use super::{Action, BoxedCallError, CallId, CallOptions, Outcome, call_queue::CallQueue, clock::NEVER};
use crate::endpoint::Request;
use alloc::{boxed::Box, string::String, vec::Vec};
use core::cell::Cell;

/// The state of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    /// Waiting for a slot and a token.
    Waiting,
    /// Its request is in flight, with the token of this generation.
    Sent { send: u32, generation: u32 },
    /// Its request has ended, and the result is being processed.
    Completed { generation: u32 },
    /// Waiting before a retry.
    BackingOff { until: i64 },
    /// Ended; its driver has not taken the outcome yet.
    Ended,
}

/// A call in progress.
pub(super) struct ActiveCall<Cause, Raw> {
    /// The number of the call within its client, from 1. Calls are served in this order.
    pub(super) number: u32,
    pub(super) request: Request,
    pub(super) options: CallOptions,
    /// Whether it uses the shared token.
    pub(super) shares_token: bool,
    /// The timeout of the whole call in milliseconds; 0 for none.
    pub(super) timeout_ms: u32,
    pub(super) deadline: i64,
    pub(super) state: CallState,
    /// The time at which it entered its state.
    pub(super) state_since: i64,
    /// The total time of earlier waits.
    pub(super) waited_ms: i64,
    /// The number of requests sent for it.
    pub(super) attempts: u32,
    /// The number of retries among them.
    pub(super) retries: u32,
    /// Whether it was retried with a refreshed token.
    pub(super) has_refreshed_token: bool,
    /// The error that rejected its token, until there is another token.
    pub(super) token_rejection: Option<BoxedCallError<Cause>>,
    /// The token of its own provider.
    pub(super) own_token: Option<String>,
    /// The number of the token request that its driver has in flight.
    pub(super) token_request: Option<u32>,
    /// Whether the event of its wait in this state was emitted.
    pub(super) wait_emitted: bool,
    /// The next actions of its driver.
    pub(super) actions: Vec<Action<Cause, Raw>>,
    pub(super) outcome: Option<Outcome<Cause, Raw>>,
    /// The latest time of the next poll by its driver.
    pub(super) due_at: i64,
    /// The time at which another call first found its driver overdue.
    pub(super) overdue_since: Cell<Option<i64>>,
    /// Whether its in-flight slot was reclaimed, since its driver was lost.
    pub(super) slot_reclaimed: bool,
    /// Whether its driver is among those to be woken.
    pub(super) is_woken: bool,
}

impl<Cause, Raw> ActiveCall<Cause, Raw> {
    pub(super) fn new(
        request: Request,
        options: CallOptions,
        shares_token: bool,
        timeout_ms: u32,
        now: i64,
    ) -> ActiveCall<Cause, Raw> {
        ActiveCall {
            number: 0,
            request,
            options,
            shares_token,
            timeout_ms,
            deadline: if timeout_ms == 0 { NEVER } else { now + i64::from(timeout_ms) },
            state: CallState::Waiting,
            state_since: now,
            waited_ms: 0,
            attempts: 0,
            retries: 0,
            has_refreshed_token: false,
            token_rejection: None,
            own_token: None,
            token_request: None,
            wait_emitted: false,
            actions: Vec::new(),
            outcome: None,
            due_at: now,
            overdue_since: Cell::new(None),
            slot_reclaimed: false,
            is_woken: false,
        }
    }
}

/// An entry of the slot map, and the version that tells its users apart.
struct SlotMapEntry<Cause, Raw> {
    version: u32,
    call: Option<Box<ActiveCall<Cause, Raw>>>,
}

/// All calls in progress, and the queues of waiting ones. Calls with the shared token have a separate queue, so that they do not
/// block the others while there is no token.
pub(super) struct Calls<Cause, Raw> {
    entries: Vec<SlotMapEntry<Cause, Raw>>,
    free: Vec<u32>,
    /// The waiting calls that use the shared token.
    shared_token_queue: CallQueue,
    /// The waiting calls with a token of their own, or with none.
    own_token_queue: CallQueue,
    last_number: u32,
    count: usize,
}

impl<Cause, Raw> Calls<Cause, Raw> {
    pub(super) fn new() -> Calls<Cause, Raw> {
        Calls {
            entries: Vec::new(),
            free: Vec::new(),
            shared_token_queue: CallQueue::default(),
            own_token_queue: CallQueue::default(),
            last_number: 0,
            count: 0,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Inserts a waiting call at the end of its queue.
    pub(super) fn insert(&mut self, mut call: Box<ActiveCall<Cause, Raw>>) -> CallId {
        self.last_number = self.last_number.wrapping_add(1).max(1);
        call.number = self.last_number;
        let index = self.free.pop().unwrap_or_else(|| {
            self.entries.push(SlotMapEntry { version: 0, call: None });
            u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
        });
        let mut id = CallId(index & CallId::INDEX_MASK);
        if let Some(entry) = self.entries.get_mut(id.index()) {
            // The first version is 1, so that no id is 0.
            entry.version = entry.version % ((1 << (32 - CallId::INDEX_BITS)) - 1) + 1;
            entry.call = Some(call);
            id = CallId(id.0 | entry.version << CallId::INDEX_BITS);
        }
        self.enqueue(id);
        self.count += 1;
        id
    }

    pub(super) fn get(&self, id: CallId) -> Option<&ActiveCall<Cause, Raw>> {
        let entry = self.entries.get(id.index())?;
        entry.call.as_deref().filter(|_| entry.version == id.0 >> CallId::INDEX_BITS)
    }

    pub(super) fn get_mut(&mut self, id: CallId) -> Option<&mut ActiveCall<Cause, Raw>> {
        let entry = self.entries.get_mut(id.index())?;
        entry.call.as_deref_mut().filter(|_| entry.version == id.0 >> CallId::INDEX_BITS)
    }

    /// Removes a call from the map and its queue.
    pub(super) fn remove(&mut self, id: CallId) -> Option<Box<ActiveCall<Cause, Raw>>> {
        // The entry of a removed call may contain another call.
        self.get(id)?;
        self.dequeue(id);
        let call = self.entries.get_mut(id.index())?.call.take();
        self.free.push(id.0 & CallId::INDEX_MASK);
        self.count -= 1;
        call
    }

    /// Changes the state of a call, and enters or leaves its queue.
    pub(super) fn set_state(&mut self, id: CallId, state: CallState, now: i64) {
        let Some(call) = self.get_mut(id) else { return };
        if matches!(call.state, CallState::Waiting | CallState::BackingOff { .. }) {
            call.waited_ms += now - call.state_since;
        }
        let before = core::mem::replace(&mut call.state, state);
        call.state_since = now;
        call.wait_emitted = false;
        if before == CallState::Waiting && state != CallState::Waiting {
            self.dequeue(id);
        } else if before != CallState::Waiting && state == CallState::Waiting {
            self.enqueue(id);
        }
    }

    /// The calls of a queue in order: of the shared token (`sharing`), or the other one.
    pub(super) fn queue(&self, sharing: bool) -> impl Iterator<Item = CallId> {
        let queue = if sharing { &self.shared_token_queue } else { &self.own_token_queue };
        queue.as_slice().iter().map(|(_, id)| *id)
    }

    /// The first call of a queue.
    pub(super) fn first(&self, sharing: bool) -> Option<(u32, CallId)> {
        if sharing { self.shared_token_queue.first() } else { self.own_token_queue.first() }
    }

    /// The calls of a queue before a number.
    pub(super) fn ahead_of(&self, number: u32, sharing: bool) -> impl ExactSizeIterator<Item = CallId> {
        let queue = if sharing { &self.shared_token_queue } else { &self.own_token_queue };
        queue.before(number).iter().map(|(_, id)| *id)
    }

    /// The number of waiting calls, including those that wait for their own provider.
    pub(super) fn waiting_count(&self) -> usize {
        let calls = self.entries.iter().filter_map(|entry| entry.call.as_ref());
        calls.filter(|call| call.state == CallState::Waiting).count()
    }

    /// The ids of all calls.
    pub(super) fn ids(&self) -> Vec<CallId> {
        let places = self.entries.iter().enumerate().filter(|(_, entry)| entry.call.is_some());
        places
            .map(|(index, entry)| {
                CallId(u32::try_from(index).unwrap_or(CallId::INDEX_MASK) | entry.version << CallId::INDEX_BITS)
            })
            .collect()
    }

    /// Inserts a call into its queue, by its number.
    pub(super) fn enqueue(&mut self, id: CallId) {
        if let Some((number, queue)) = self.queue_of(id) {
            queue.insert(number, id);
        }
    }

    /// Removes a call from its queue, if it is there.
    pub(super) fn dequeue(&mut self, id: CallId) {
        if let Some((number, queue)) = self.queue_of(id) {
            queue.remove(number);
        }
    }

    fn queue_of(&mut self, id: CallId) -> Option<(u32, &mut CallQueue)> {
        let call = self.get(id)?;
        let (number, shares_token) = (call.number, call.shares_token);
        Some((number, if shares_token { &mut self.shared_token_queue } else { &mut self.own_token_queue }))
    }
}
