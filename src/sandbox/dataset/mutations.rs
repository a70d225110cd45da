//! Random mutations of cases, one at a time.
//!
//! Open cases mutate most, recently updated ones more than others, and old closed ones occasionally. Inserted cases
//! never mutate.

use super::dataset_row::{CISCO_PENDING, CLOSED, DatasetRow, OPEN_STATUSES};
use super::rng::{Rng, RngStream};
use super::synthetic_cases::SyntheticCases;
use crate::model::Severity;
use crate::util::DAY_MS;

/// Result of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum MutationOutcome {
    /// A case was created.
    Created,
    /// A case got a note, another status or another severity.
    Updated,
    /// An open case was closed.
    Closed,
    /// A closed case was reopened.
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

/// Weights of the kinds per thousand mutations. About as many cases are opened as are closed.
const MUTATION_WEIGHTS: [(MutationKind, u32); 6] = [
    (MutationKind::Note, 590),
    (MutationKind::Status, 130),
    (MutationKind::Severity, 50),
    (MutationKind::Close, 110),
    (MutationKind::Create, 100),
    (MutationKind::Reopen, 20),
];

/// Maximum time from the last update of a closed case to its reopening.
const REOPEN_WINDOW_MS: i64 = 30 * DAY_MS;

/// A closed case without an update for this time is stale: it rarely gets a note.
const STALE_AFTER_MS: i64 = 60 * DAY_MS;
const STALE_NOTES_PER_THOUSAND: u32 = 30;

/// Maximum number of draws to find a case that fits a mutation.
const MAX_DRAWS: usize = 32;

/// Maximum number of recently updated cases of an owner that mutate. It bounds the cost of a mutation, which has to
/// move the entries after the case.
const MAX_RECENT_CASES: usize = 2048;

impl SyntheticCases {
    /// Applies the mutation with this number. `at_ms` must not be earlier than that of a preceding mutation; it is
    /// rounded down, since cases are updated at whole seconds. Adds a note where no case fits the drawn kind; returns
    /// `None` where no case fits a note either.
    pub(in crate::sandbox) fn mutate(&mut self, number: u64, at_ms: i64) -> Option<MutationOutcome> {
        let at_ms = at_ms.div_euclid(1000) * 1000;
        let mut rng = Rng::new(self.generator.seed, RngStream::Mutation, number);
        let kind = rng.pick_weighted(&MUTATION_WEIGHTS)?;
        self.try_mutation(kind, at_ms, &mut rng).or_else(|| self.try_mutation(MutationKind::Note, at_ms, &mut rng))
    }

    fn try_mutation(&mut self, kind: MutationKind, at_ms: i64, rng: &mut Rng) -> Option<MutationOutcome> {
        let is_open = |_: &mut Rng, row: &DatasetRow| row.status != CLOSED;
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
                        || rng.chance_per_thousand(STALE_NOTES_PER_THOUSAND)
                })?;
                let last_event = self.history.append(row.last_event, at_ms, false);
                self.set_row(index, DatasetRow { updated_ms: at_ms, last_event, ..row });
                Some(MutationOutcome::Updated)
            }
            MutationKind::Status => {
                let (index, row) = self.draw_matching(rng, is_open)?;
                let others = OPEN_STATUSES.map(|(other, share)| (other, if other == row.status { 0 } else { share }));
                let status = rng.pick_weighted(&others).unwrap_or(CISCO_PENDING);
                self.set_row(index, DatasetRow { updated_ms: at_ms, status, ..row });
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
                self.set_row(index, DatasetRow { updated_ms: at_ms, severity, ..row });
                Some(MutationOutcome::Updated)
            }
            MutationKind::Close => {
                let (index, row) = self.draw_matching(rng, is_open)?;
                let last_event = self.history.append(row.last_event, at_ms, true);
                self.set_row(index, DatasetRow { updated_ms: at_ms, status: CLOSED, last_event, ..row });
                Some(MutationOutcome::Closed)
            }
            MutationKind::Reopen => {
                let (index, row) = self
                    .draw_matching(rng, |_, row| row.status == CLOSED && at_ms - row.updated_ms < REOPEN_WINDOW_MS)?;
                let status = rng.pick_weighted(&OPEN_STATUSES).unwrap_or(CISCO_PENDING);
                self.set_row(index, DatasetRow { updated_ms: at_ms, status, ..row });
                Some(MutationOutcome::Reopened)
            }
        }
    }

    /// Draws a case that is not inserted and satisfies the predicate.
    fn draw_matching(&self, rng: &mut Rng, fits: impl Fn(&mut Rng, &DatasetRow) -> bool) -> Option<(u32, DatasetRow)> {
        for _ in 0..MAX_DRAWS {
            let drawn = self.draw_case(rng).filter(|(index, _)| !self.inserted.contains_key(index));
            if let Some((index, row)) = drawn.filter(|(_, row)| fits(rng, row)) {
                return Some((index, row));
            }
        }
        None
    }

    /// Draws contract and user of a new case: those of a random case.
    fn draw_owners(&self, rng: &mut Rng) -> Option<(u32, u32)> {
        // The ids of added contracts and users cannot be computed from their index.
        let are_generated =
            |row: &DatasetRow| row.contract < self.generator.contract_count && row.user < self.generator.user_count;
        let drawn = (0..MAX_DRAWS).find_map(|_| self.draw_case(rng).filter(|(_, row)| are_generated(row)));
        drawn.map(|(_, row)| (row.contract, row.user))
    }

    /// Draws a case, more often one of an owner with many cases and one that was updated recently.
    fn draw_case(&self, rng: &mut Rng) -> Option<(u32, DatasetRow)> {
        let (_, user) = self.generator.draw_owners(rng);
        let list = self.users.list(user);
        let from_end = rng.skewed_below(u32::try_from(list.len().min(MAX_RECENT_CASES)).unwrap_or(u32::MAX)) as usize;
        let index = list.iter().rev().nth(from_end)?.index;
        Some((index, *self.rows.get(index as usize)?))
    }
}
