//! One call, while it is under way.

use super::{CallOptions, Failed};
use crate::endpoint::Request;

/// Which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub(super) u32);

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It waits for its turn and for a token.
    Waiting,
    /// Its request is on its way, with a token of this number.
    Sent { send: u32, generation: u32 },
    /// That request has ended, and what follows from it is being decided.
    Landed { generation: u32 },
    /// It waits before it is sent again.
    Resting { until: i64 },
}

/// One call, while it is under way.
pub(super) struct Call<Cause> {
    pub(super) id: CallId,
    pub(super) request: Request,
    pub(super) options: CallOptions,
    /// How long all of it may take, in milliseconds; 0 is for ever.
    pub(super) timeout_ms: u32,
    pub(super) deadline: i64,
    pub(super) state: State,
    /// When it came there.
    pub(super) since: i64,
    /// How long it has waited before, in all.
    pub(super) waited_ms: i64,
    /// How many requests were sent for it.
    pub(super) attempts: u32,
    /// How many of them because one before failed.
    pub(super) retries: u32,
    /// Whether it was to be sent again with a new token.
    pub(super) replayed: bool,
    /// What its token was refused with, until there is another.
    pub(super) refusal: Option<Failed<Cause>>,
    /// Whether it was told that it waits here.
    pub(super) wait_told: bool,
}

impl<Cause> Call<Cause> {
    /// Goes on to another state.
    pub(super) fn go(&mut self, state: State, now: i64) {
        if matches!(self.state, State::Waiting | State::Resting { .. }) {
            self.waited_ms += now - self.since;
        }
        self.state = state;
        self.since = now;
        self.wait_told = false;
    }
}
