//! The state of a pass.

use super::super::emitted_range::EmittedRange;
use super::super::segment::Segment;
use alloc::vec::Vec;

/// A pass: the list is read in segments from its last page to page 1, then its tail in rounds.
#[derive(Debug)]
pub(super) struct Pass {
    /// Number of the pass, from 1; 0 before the first.
    pub(super) number: u32,
    /// Segments of the list, from its end to its beginning.
    pub(super) segments: Vec<Segment>,
    /// Cases up to the newest at the start of the pass or, later, of the round: all of them were emitted. Empty until the
    /// segments are complete.
    pub(super) covered: EmittedRange,
    /// Number of rounds through the tail.
    pub(super) rounds: u32,
    /// Cases that the current round has emitted.
    pub(super) round: EmittedRange,
    /// Number of distinct cases that were emitted before the pass.
    pub(super) cases_before: usize,
    /// Newest update that earlier passes emitted, in milliseconds since 1970 (UTC).
    pub(super) newest_before_ms: i64,
    /// Whether the pass has found a case that earlier passes missed.
    pub(super) found_missed: bool,
}

impl Pass {
    /// Creates the state of a reader before its first pass.
    pub(super) fn before_first() -> Pass {
        Pass {
            number: 0,
            segments: Vec::new(),
            covered: EmittedRange::default(),
            rounds: 0,
            round: EmittedRange::default(),
            cases_before: 0,
            newest_before_ms: i64::MIN,
            found_missed: false,
        }
    }

    /// Creates the pass after this one, which reads the list in one segment until that is split.
    pub(super) fn next(&self, segment: Segment, cases_before: usize) -> Pass {
        Pass {
            number: self.number + 1,
            segments: Vec::from([segment]),
            cases_before,
            newest_before_ms: self.covered.newest_ms,
            ..Pass::before_first()
        }
    }
}
