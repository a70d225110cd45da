//! How cases move: one at a time, as chance has it.
//!
//! Open cases move most, those that were updated of late more than others, and old closed ones now and then. A case
//! that was handed in stays as it was handed in.

use super::generator::{self, CISCO_PENDING, CLOSED, OPEN_STATUSES};
use super::rng::{Rng, RngStream};
use super::{CaseRow, CaseStore};
use crate::model::Severity;
use crate::util::DAY_MS;

/// What a move did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum MutationOutcome {
    /// There is a new case.
    Created,
    /// A case has a note more, or another status or severity.
    Updated,
    /// An open case is closed.
    Closed,
    /// A closed case is open again.
    Reopened,
}

#[derive(Clone, Copy, Debug)]
enum MutationKind {
    Note,
    Status,
    Severity,
    Close,
    Create,
    Reopen,
}

/// How many of a thousand moves are of a kind. About as many cases are opened as are closed.
const MUTATION_WEIGHTS: [(MutationKind, u32); 6] = [
    (MutationKind::Note, 590),
    (MutationKind::Status, 130),
    (MutationKind::Severity, 50),
    (MutationKind::Close, 110),
    (MutationKind::Create, 100),
    (MutationKind::Reopen, 20),
];

/// A closed case is reopened within so many days of its last update.
const REOPEN_WINDOW_MS: i64 = 30 * DAY_MS;

/// A closed case that was left alone for longer gets a note in so many of a thousand times that it is met.
const STALE_AFTER_MS: i64 = 60 * DAY_MS;
const STALE_NOTES_PER_THOUSAND: u32 = 30;

/// So many cases are looked at for one that suits a move.
const MAX_DRAWS: usize = 32;

/// Of a long list only so many move, those that were updated last: what a move costs is what lies behind the case.
const MAX_RECENT_CASES: usize = 2048;

impl CaseStore {
    /// Makes the move of that number, at an instant no earlier than those of the moves before. Cases are updated in
    /// whole seconds. None: no case suits it, neither for what it was drawn to be nor for a note.
    pub(in crate::sandbox) fn mutate(&mut self, number: u64, at_ms: i64) -> Option<MutationOutcome> {
        let at_ms = at_ms.div_euclid(1000) * 1000;
        let mut rng = Rng::new(self.generator.seed, RngStream::Mutation, number);
        let kind = rng.pick_weighted(&MUTATION_WEIGHTS)?;
        self.try_mutation(kind, at_ms, &mut rng).or_else(|| self.try_mutation(MutationKind::Note, at_ms, &mut rng))
    }

    fn try_mutation(&mut self, kind: MutationKind, at_ms: i64, rng: &mut Rng) -> Option<MutationOutcome> {
        let is_open = |_: &mut Rng, row: &CaseRow| row.status != CLOSED;
        match kind {
            MutationKind::Create => {
                let (contract, user) = self.draw_owners(rng)?;
                self.create_case(at_ms, contract, user)?;
                Some(MutationOutcome::Created)
            }
            MutationKind::Note => {
                let (index, row) = self.draw_matching(rng, |rng, row| {
                    row.status != CLOSED
                        || at_ms - row.updated_ms < STALE_AFTER_MS
                        || rng.one_in_thousand(STALE_NOTES_PER_THOUSAND)
                })?;
                let last_event = self.history.append(row.last_event, at_ms, false);
                self.set_row(index, CaseRow { updated_ms: at_ms, last_event: last_event, ..row });
                Some(MutationOutcome::Updated)
            }
            MutationKind::Status => {
                let (index, row) = self.draw_matching(rng, is_open)?;
                let others = OPEN_STATUSES.map(|(other, share)| (other, if other == row.status { 0 } else { share }));
                let status = rng.pick_weighted(&others).unwrap_or(CISCO_PENDING);
                self.set_row(index, CaseRow { updated_ms: at_ms, status, ..row });
                Some(MutationOutcome::Updated)
            }
            MutationKind::Severity => {
                let (index, row) = self.draw_matching(rng, is_open)?;
                let severity = match self.case(index, false).severity.map_or(0, Severity::number) {
                    1 => 2,
                    2 => rng.pick(&[1, 3]).copied().unwrap_or(3),
                    3 => rng.pick(&[2, 4]).copied().unwrap_or(2),
                    _ => 3,
                };
                self.set_row(index, CaseRow { updated_ms: at_ms, severity, ..row });
                Some(MutationOutcome::Updated)
            }
            MutationKind::Close => {
                let (index, row) = self.draw_matching(rng, is_open)?;
                let last_event = self.history.append(row.last_event, at_ms, true);
                self.set_row(index, CaseRow { updated_ms: at_ms, status: CLOSED, last_event: last_event, ..row });
                Some(MutationOutcome::Closed)
            }
            MutationKind::Reopen => {
                let (index, row) = self
                    .draw_matching(rng, |_, row| row.status == CLOSED && at_ms - row.updated_ms < REOPEN_WINDOW_MS)?;
                let status = rng.pick_weighted(&OPEN_STATUSES).unwrap_or(CISCO_PENDING);
                self.set_row(index, CaseRow { updated_ms: at_ms, status, ..row });
                Some(MutationOutcome::Reopened)
            }
        }
    }

    /// A case that may move and suits.
    fn draw_matching(&self, rng: &mut Rng, suits: impl Fn(&mut Rng, &CaseRow) -> bool) -> Option<(u32, CaseRow)> {
        for _ in 0..MAX_DRAWS {
            let met = self.draw_case(rng).filter(|(index, _)| !self.stored.contains_key(index));
            if let Some((index, row)) = met.filter(|(_, row)| suits(rng, row)) {
                return Some((index, row));
            }
        }
        None
    }

    /// The contract and the user of some case, for a new one.
    fn draw_owners(&self, rng: &mut Rng) -> Option<(u32, u32)> {
        // Names of contracts and users that came with a case that was handed in cannot be computed.
        let are_generated =
            |row: &CaseRow| row.contract < self.generator.contract_count && row.user < self.generator.user_count;
        let met = (0..MAX_DRAWS).find_map(|_| self.draw_case(rng).filter(|(_, row)| are_generated(row)));
        met.map(|(_, row)| (row.contract, row.user))
    }

    /// Some case: those of whoever has many are met more often, and those that were updated of late.
    fn draw_case(&self, rng: &mut Rng) -> Option<(u32, CaseRow)> {
        let (_, user) = generator::draw_owners(&self.generator, rng);
        let list = self.users.list(user);
        let from_end = rng.skewed_below(u32::try_from(list.len().min(MAX_RECENT_CASES)).unwrap_or(u32::MAX)) as usize;
        let index = list.iter().rev().nth(from_end)?.index;
        Some((index, *self.rows.get(index as usize)?))
    }
}
