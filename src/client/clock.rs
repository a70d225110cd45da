//! Clock readings and the monotonic clock of an engine.

use crate::util::DAY_MS;

/// A reading of the clocks, taken by the driver.
///
/// ```
/// use cisco_support_case::client::Now;
///
/// let now = Now { monotonic_ms: 250, unix_ms: 1_767_225_600_250 };
/// let without_monotonic_clock = Now::unix(1_767_225_600_250);
/// assert_eq!(without_monotonic_clock.unix_ms, now.unix_ms);
/// assert_eq!(without_monotonic_clock.monotonic_ms, 1_767_225_600_250);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds of a monotonic clock with any origin (`performance.now()`), for all durations. Without one the calendar's
    /// time is used: a jump forwards then ends waits early, a jump backwards loses the time since the last reading.
    pub monotonic_ms: i64,
    /// Milliseconds since 1970 (UTC), for dates of the service and dates returned to the caller.
    pub unix_ms: i64,
}

impl Now {
    /// A reading with the calendar's time only.
    pub fn unix(unix_ms: i64) -> Now {
        Now { monotonic_ms: unix_ms, unix_ms }
    }
}

/// A time that is never reached. Sums of times of a [`Clock`] and durations stay below it, without overflow.
pub(crate) const NEVER: i64 = 1 << 60;

/// The earliest plausible time of the local clock: 2026-01-01T00:00:00Z.
pub(crate) const MIN_UNIX_MS: i64 = 20_454 * DAY_MS;

/// Whether a time of the service is plausible: within ten years of the local clock.
pub(crate) fn is_plausible(service_ms: i64, unix_ms: i64) -> bool {
    let most_ms = 3653 * DAY_MS;
    service_ms < unix_ms.max(MIN_UNIX_MS) + most_ms && service_ms > unix_ms - most_ms
}

/// A monotonic clock, in milliseconds since its first reading.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    last: Option<Now>,
    elapsed_ms: i64,
    /// The service's time at the first reading, if known.
    service_ms: Option<i64>,
}

impl Clock {
    /// Takes a reading. After a backward jump of the source the clock continues from its last value; after a small step back,
    /// as of a timer that fired early, it stops until the source has caught up.
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

    /// The time at the last reading.
    pub(crate) fn elapsed_ms(&self) -> i64 {
        self.elapsed_ms
    }

    /// Sets the service's time, in milliseconds since 1970 (UTC). An implausible one is ignored.
    pub(crate) fn set_service_time(&mut self, service_ms: Option<i64>) {
        let unix_ms = self.to_unix_ms(self.elapsed_ms);
        if let Some(ms) = service_ms.filter(|ms| is_plausible(*ms, unix_ms)) {
            self.service_ms = Some(ms - self.elapsed_ms);
        }
    }

    /// The service's current time, if known.
    pub(crate) fn service_ms(&self) -> Option<i64> {
        self.service_ms.map(|ms| ms + self.elapsed_ms)
    }

    /// Converts a time of this clock to milliseconds since 1970 (UTC).
    pub(crate) fn to_unix_ms(&self, ms: i64) -> i64 {
        self.last.map_or(0, |now| now.unix_ms).saturating_add(ms.saturating_sub(self.elapsed_ms))
    }

    /// Converts milliseconds since 1970 (UTC) to a time of this clock.
    pub(crate) fn to_elapsed_ms(&self, unix_ms: i64) -> i64 {
        unix_ms.saturating_sub(self.to_unix_ms(0))
    }
}
