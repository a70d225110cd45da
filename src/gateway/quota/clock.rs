//! Clock of the Durable Object.

use crate::client::{Clock, Now};

/// Monotonic clock: milliseconds since 1970 at the first reading, and from there on only forwards. If the system clock
/// is set back, the time stops until it is reached (see [`Clock`]).
#[derive(Debug, Default)]
pub(super) struct MonotonicUnixClock {
    clock: Clock,
    started_at: Option<i64>,
}

impl MonotonicUnixClock {
    /// Reads the time, from a reading of the system clock.
    pub(super) fn read(&mut self, unix_ms: i64) -> i64 {
        // Times outside of this are not used, and sums of two do not overflow.
        let unix_ms = unix_ms.clamp(0, 1 << 43);
        let began = *self.started_at.get_or_insert(unix_ms);
        began + self.clock.read(Now::unix(unix_ms))
    }

    /// Returns the time of the last reading.
    pub(super) fn now(&self) -> i64 {
        self.started_at.unwrap_or(0) + self.clock.elapsed_ms()
    }

    /// Converts a time of this clock to the system clock.
    pub(super) fn unix_ms(&self, at: i64) -> i64 {
        self.clock.to_unix_ms(at.saturating_sub(self.started_at.unwrap_or(0)))
    }

    /// Converts a time of the system clock to this clock.
    pub(super) fn to_elapsed_ms(&self, unix_ms: i64) -> i64 {
        self.clock.to_elapsed_ms(unix_ms).saturating_add(self.started_at.unwrap_or(0))
    }
}
