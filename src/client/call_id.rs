//! The ids of calls, and of their operations in flight.

/// The id of a call in progress: its index in the slot map, and the version of that entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub(super) u32);

impl CallId {
    /// The bits of the index: more entries than fit into memory.
    pub(super) const INDEX_BITS: u32 = 24;
    pub(super) const INDEX_MASK: u32 = (1 << CallId::INDEX_BITS) - 1;

    /// The id as a number for JavaScript, never 0.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The id of a number returned by [`number`](CallId::number).
    pub fn from_number(number: u32) -> CallId {
        CallId(number)
    }

    pub(super) fn index(self) -> usize {
        (self.0 & CallId::INDEX_MASK) as usize
    }
}

/// The id of an operation that a call's driver has in flight: a request, or a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InFlightId {
    pub(super) call: CallId,
    pub(super) number: u32,
}

impl InFlightId {
    /// The id for a call and a number returned by [`number`](InFlightId::number).
    pub fn new(call: CallId, number: u32) -> InFlightId {
        InFlightId { call, number }
    }

    /// The call whose driver executes the operation.
    pub fn call(self) -> CallId {
        self.call
    }

    /// The number of the operation, unique within its engine.
    pub fn number(self) -> u32 {
        self.number
    }
}
