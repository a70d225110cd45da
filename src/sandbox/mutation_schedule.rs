//! When cases move, and how many did.

use super::dataset::MutationOutcome;
use super::dataset::rng::{Rng, RngStream};

const HOUR_MS: f64 = 3_600_000.0;

/// How many moves one step of the clock makes at most: the last ones before where it leads to. A few seconds of work.
pub const MAX_MOVES_PER_STEP: u32 = 1_000_000;

/// The instants at which cases move. Hours are cut into as many equal parts as there are moves in them, and each part
/// has its move somewhere, as chance has it: which instants these are does not hang on how the clock gets there.
#[derive(Clone, Debug)]
pub(super) struct MutationSchedule {
    seed: u64,
    start_ms: i64,
    /// The length of a part in milliseconds; infinite if nothing ever moves.
    interval_ms: f64,
    /// The number of the next move.
    next: u64,
    created: u64,
    updated: u64,
    closed: u64,
    reopened: u64,
}

impl MutationSchedule {
    /// So many moves in an hour, from here on.
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

    /// The clock has come here: leaves out what would be too much for one step.
    pub(super) fn skip_excess(&mut self, now_ms: i64) {
        // The move of the part that has begun is perhaps still to come.
        let begun = ((now_ms - self.start_ms) as f64 / self.interval_ms).ceil() as u64;
        self.next = self.next.max(begun.saturating_sub(u64::from(MAX_MOVES_PER_STEP)));
    }

    /// The next move that was to be made by now: its number and its instant.
    pub(super) fn next_due(&mut self, now_ms: i64) -> Option<(u64, i64)> {
        if !self.interval_ms.is_finite() {
            return None;
        }
        let number = self.next;
        let mut rng = Rng::new(self.seed, RngStream::MutationTime, number);
        // Exact on every platform: 32 bits of chance and one product.
        let into_parts = number as f64 + (rng.next_u64() >> 32) as f64 / 4_294_967_296.0;
        let at_ms = self.start_ms.saturating_add((into_parts * self.interval_ms) as i64).saturating_add(1);
        if at_ms > now_ms {
            return None;
        }
        self.next += 1;
        Some((number, at_ms))
    }

    /// Counts a move that was made.
    pub(super) fn record(&mut self, outcome: MutationOutcome) {
        let count = match outcome {
            MutationOutcome::Created => &mut self.created,
            MutationOutcome::Updated => &mut self.updated,
            MutationOutcome::Closed => &mut self.closed,
            MutationOutcome::Reopened => &mut self.reopened,
        };
        *count += 1;
    }

    /// How many moves of a kind were made, by name.
    pub(super) fn counts(&self) -> [(&'static str, u64); 4] {
        [("created", self.created), ("updated", self.updated), ("closed", self.closed), ("reopened", self.reopened)]
    }
}
