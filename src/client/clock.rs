//! The time, as it is handed in.

use crate::util::DAY_MS;

/// A reading of the clocks, taken by whoever drives the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds from any origin, of a clock that nobody puts right (`performance.now()`): every duration is taken
    /// from it. Where there is none, the calendar's time does: a jump forwards then ends waits early, one backwards
    /// loses the time since the reading before it.
    pub monotonic_ms: i64,
    /// Milliseconds since 1970 (UTC): for dates that the service names, and those told to the caller.
    pub unix_ms: i64,
}

impl Now {
    /// A reading where the calendar's time is all there is.
    pub fn unix(unix_ms: i64) -> Now {
        Now { monotonic_ms: unix_ms, unix_ms }
    }
}

/// A time that does not come. Times of a [`Clock`] and what is added to them stay so far below that plain sums of them
/// are exact.
pub(crate) const NEVER: i64 = 1 << 60;

/// This side's clock is never taken to be earlier. (2026-01-01T00:00:00Z)
pub(crate) const MIN_UNIX_MS: i64 = 20_454 * DAY_MS;

/// Whether a time is one that the service may have now, by this side's clock: that may be off by ten years.
pub(crate) fn is_plausible(service_ms: i64, unix_ms: i64) -> bool {
    let most_ms = 3653 * DAY_MS;
    service_ms < unix_ms.max(MIN_UNIX_MS) + most_ms && service_ms > unix_ms - most_ms
}

/// Time that only goes forwards, in milliseconds since the first reading.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    last: Option<Now>,
    elapsed_ms: i64,
    /// The service's time at the first reading, where it has said its time.
    service_ms: Option<i64>,
}

impl Clock {
    /// Takes a reading. A clock that was put back has stood still since the last one; one that says a little less than
    /// it did, as it does behind a timer that fired early, stands still until it says more.
    pub(crate) fn read(&mut self, mut now: Now) -> i64 {
        const LITTLE_MS: i64 = 100;
        let before = self.last.unwrap_or(now);
        if (1..LITTLE_MS).contains(&before.monotonic_ms.saturating_sub(now.monotonic_ms)) {
            now.monotonic_ms = before.monotonic_ms;
        }
        self.last = Some(now);
        let passed_ms = now.monotonic_ms.saturating_sub(before.monotonic_ms).clamp(0, NEVER);
        self.elapsed_ms = (self.elapsed_ms + passed_ms).min(1 << 53);
        self.elapsed_ms
    }

    /// The last reading.
    pub(crate) fn elapsed_ms(&self) -> i64 {
        self.elapsed_ms
    }

    /// The service says its time, in milliseconds since 1970 (UTC). One that cannot be right is none.
    pub(crate) fn set_service_time(&mut self, service_ms: Option<i64>) {
        let unix_ms = self.to_unix_ms(self.elapsed_ms);
        if let Some(ms) = service_ms.filter(|ms| is_plausible(*ms, unix_ms)) {
            self.service_ms = Some(ms - self.elapsed_ms);
        }
    }

    /// The service's time now, where it is known.
    pub(crate) fn service_ms(&self) -> Option<i64> {
        self.service_ms.map(|ms| ms + self.elapsed_ms)
    }

    /// What the calendar says at a time of this clock, in milliseconds since 1970 (UTC).
    pub(crate) fn to_unix_ms(&self, ms: i64) -> i64 {
        self.last.map_or(0, |now| now.unix_ms).saturating_add(ms.saturating_sub(self.elapsed_ms))
    }

    /// The time of this clock when the calendar says so.
    pub(crate) fn from_unix_ms(&self, unix_ms: i64) -> i64 {
        unix_ms.saturating_sub(self.to_unix_ms(0))
    }
}
