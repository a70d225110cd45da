//! The times at which cases mutate, and counters of the mutations.

use super::dataset::MutationOutcome;
use super::dataset::rng::{Rng, RngStream};

const HOUR_MS: f64 = 3_600_000.0;

/// Maximum number of mutations in one step of the clock, a few seconds of work. A longer step skips all but its last
/// ones.
///
/// ```
/// use cisco_support_case::sandbox::{MAX_MOVES_PER_HOUR, MAX_MOVES_PER_STEP};
///
/// // At the maximum rate, steps of a quarter of an hour skip nothing.
/// assert!(MAX_MOVES_PER_HOUR / 4.0 <= f64::from(MAX_MOVES_PER_STEP));
/// ```
pub const MAX_MOVES_PER_STEP: u32 = 1_000_000;

/// The times of mutations. An hour is divided into as many equal intervals as it has mutations, and each mutation
/// happens at a random time in its interval. The times therefore do not depend on the steps of the clock.
#[derive(Clone, Debug)]
pub(super) struct MutationSchedule {
    seed: u64,
    start_ms: i64,
    /// Length of an interval in milliseconds; infinite without mutations.
    interval_ms: f64,
    /// Number of the next mutation.
    next: u64,
    created: u64,
    updated: u64,
    closed: u64,
    reopened: u64,
}

impl MutationSchedule {
    /// Creates a schedule that begins at `start_ms`.
    pub(super) fn new(seed: u64, start_ms: i64, moves_per_hour: f64) -> MutationSchedule {
        MutationSchedule {
            seed,
            start_ms,
            interval_ms: HOUR_MS / moves_per_hour,
            next: 0,
            created: 0,
            updated: 0,
            closed: 0,
            reopened: 0,
        }
    }

    /// Skips the mutations that exceed [`MAX_MOVES_PER_STEP`] in a step to `now_ms`.
    pub(super) fn skip_excess(&mut self, now_ms: i64) {
        // Counts the interval that has begun: its mutation may still be due.
        let begun = ((now_ms - self.start_ms) as f64 / self.interval_ms).ceil() as u64;
        self.next = self.next.max(begun.saturating_sub(u64::from(MAX_MOVES_PER_STEP)));
    }

    /// Returns number and time of the next mutation that is due at `now_ms`.
    pub(super) fn next_due(&mut self, now_ms: i64) -> Option<(u64, i64)> {
        if !self.interval_ms.is_finite() {
            return None;
        }
        let number = self.next;
        let mut rng = Rng::new(self.seed, RngStream::MutationTime, number);
        // 32 random bits and one multiplication are exact on every platform.
        let into_parts = number as f64 + (rng.next_u64() >> 32) as f64 / 4_294_967_296.0;
        let at_ms = self.start_ms.saturating_add((into_parts * self.interval_ms) as i64).saturating_add(1);
        if at_ms > now_ms {
            return None;
        }
        self.next += 1;
        Some((number, at_ms))
    }

    /// Counts a mutation.
    pub(super) fn record(&mut self, outcome: MutationOutcome) {
        let count = match outcome {
            MutationOutcome::Created => &mut self.created,
            MutationOutcome::Updated => &mut self.updated,
            MutationOutcome::Closed => &mut self.closed,
            MutationOutcome::Reopened => &mut self.reopened,
        };
        *count += 1;
    }

    /// Returns the number of mutations per outcome, with the names that `info` uses.
    pub(super) fn counts(&self) -> [(&'static str, u64); 4] {
        [("created", self.created), ("updated", self.updated), ("closed", self.closed), ("reopened", self.reopened)]
    }
}
