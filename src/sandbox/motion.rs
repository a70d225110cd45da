//! When cases move, and how many did.

use super::base::Moved;
use super::base::dice::{Dice, Stream};

const HOUR_MS: f64 = 3_600_000.0;

/// How many moves one step of the clock makes at most: the last ones before where it leads to. A few seconds of work.
pub const MAX_MOVES_PER_STEP: u32 = 1_000_000;

/// The instants at which cases move. Hours are cut into as many equal parts as there are moves in them, and each part
/// has its move somewhere, as chance has it: which instants these are does not hang on how the clock gets there.
#[derive(Clone, Debug)]
pub(super) struct Motion {
    seed: u64,
    start_ms: i64,
    /// The length of a part in milliseconds; infinite if nothing ever moves.
    part_ms: f64,
    /// The number of the next move.
    next: u64,
    created: u64,
    updated: u64,
    closed: u64,
    reopened: u64,
}

impl Motion {
    /// So many moves in an hour, from here on.
    pub(super) fn new(seed: u64, start_ms: i64, moves_per_hour: f64) -> Motion {
        Motion {
            seed,
            start_ms,
            part_ms: HOUR_MS / moves_per_hour,
            next: 0,
            created: 0,
            updated: 0,
            closed: 0,
            reopened: 0,
        }
    }

    /// The clock has come here: leaves out what would be too much for one step.
    pub(super) fn reach(&mut self, now_ms: i64) {
        // The move of the part that has begun is perhaps still to come.
        let begun = ((now_ms - self.start_ms) as f64 / self.part_ms).ceil() as u64;
        self.next = self.next.max(begun.saturating_sub(u64::from(MAX_MOVES_PER_STEP)));
    }

    /// The next move that was to be made by now: its number and its instant.
    pub(super) fn due(&mut self, now_ms: i64) -> Option<(u64, i64)> {
        if !self.part_ms.is_finite() {
            return None;
        }
        let number = self.next;
        let mut dice = Dice::new(self.seed, Stream::Instant, number);
        // Exact on every platform: 32 bits of chance and one product.
        let into_parts = number as f64 + (dice.next() >> 32) as f64 / 4_294_967_296.0;
        let at_ms = self.start_ms.saturating_add((into_parts * self.part_ms) as i64).saturating_add(1);
        if at_ms > now_ms {
            return None;
        }
        self.next += 1;
        Some((number, at_ms))
    }

    /// Counts a move that was made.
    pub(super) fn count(&mut self, moved: Moved) {
        let count = match moved {
            Moved::Created => &mut self.created,
            Moved::Updated => &mut self.updated,
            Moved::Closed => &mut self.closed,
            Moved::Reopened => &mut self.reopened,
        };
        *count += 1;
    }

    /// How many moves of a kind were made, by name.
    pub(super) fn counts(&self) -> [(&'static str, u64); 4] {
        [("created", self.created), ("updated", self.updated), ("closed", self.closed), ("reopened", self.reopened)]
    }
}
