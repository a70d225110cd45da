//! The object's time.

use crate::client::{Clock, Now};

/// The object's clock, as long as nobody puts it right: milliseconds since 1970 at the first reading, and from there on
/// only forwards. Where the calendar is put back, time stands still and then goes on (see [`Clock`]).
#[derive(Debug, Default)]
pub(super) struct MonotonicUnixClock {
    clock: Clock,
    started_at: Option<i64>,
}

impl MonotonicUnixClock {
    /// Takes a reading of the calendar.
    pub(super) fn read(&mut self, unix_ms: i64) -> i64 {
        // No year of use is outside of this, and sums of two are exact.
        let unix_ms = unix_ms.clamp(0, 1 << 43);
        let began = *self.started_at.get_or_insert(unix_ms);
        began + self.clock.read(Now::unix(unix_ms))
    }

    /// The last reading.
    pub(super) fn now(&self) -> i64 {
        self.started_at.unwrap_or(0) + self.clock.elapsed_ms()
    }

    /// What the calendar says at a time.
    pub(super) fn unix_ms(&self, at: i64) -> i64 {
        self.clock.to_unix_ms(at.saturating_sub(self.started_at.unwrap_or(0)))
    }

    /// The time when the calendar says so.
    pub(super) fn from_unix(&self, unix_ms: i64) -> i64 {
        self.clock.from_unix_ms(unix_ms).saturating_add(self.started_at.unwrap_or(0))
    }
}
