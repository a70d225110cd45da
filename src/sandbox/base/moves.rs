//! How cases move: one at a time, as chance has it.
//!
//! Open cases move most, those that were updated of late more than others, and old closed ones now and then. A case
//! that was handed in stays as it was handed in.

use super::case::{self, CISCO_PENDING, CLOSED, OPEN_STATUSES};
use super::dice::{Dice, Stream};
use super::{CaseBase, Row};
use crate::model::Severity;
use crate::util::DAY_MS;

/// What a move did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Moved {
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
enum Kind {
    Note,
    Status,
    Severity,
    Close,
    Create,
    Reopen,
}

/// How many of a thousand moves are of a kind. About as many cases are opened as are closed.
const SHARES: [(Kind, u32); 6] = [
    (Kind::Note, 590),
    (Kind::Status, 130),
    (Kind::Severity, 50),
    (Kind::Close, 110),
    (Kind::Create, 100),
    (Kind::Reopen, 20),
];

/// A closed case is reopened within so many days of its last update.
const REOPENED_WITHIN_MS: i64 = 30 * DAY_MS;

/// A closed case that was left alone for longer gets a note in so many of a thousand times that it is met.
const LEFT_ALONE_MS: i64 = 60 * DAY_MS;
const OLD_STORIES: u32 = 30;

/// So many cases are looked at for one that suits a move.
const TRIES: usize = 32;

/// Of a long list only so many move, those that were updated last: what a move costs is what lies behind the case.
const LOOKED_BACK: usize = 2048;

impl CaseBase {
    /// Makes the move of that number, at an instant no earlier than those of the moves before. Cases are updated in
    /// whole seconds. None: no case suits it, neither for what it was drawn to be nor for a note.
    pub(in crate::sandbox) fn make_move(&mut self, number: u64, at_ms: i64) -> Option<Moved> {
        let at_ms = at_ms.div_euclid(1000) * 1000;
        let mut dice = Dice::new(self.ground.seed, Stream::Move, number);
        let kind = dice.pick_by_share(&SHARES)?;
        self.try_move(kind, at_ms, &mut dice).or_else(|| self.try_move(Kind::Note, at_ms, &mut dice))
    }

    fn try_move(&mut self, kind: Kind, at_ms: i64, dice: &mut Dice) -> Option<Moved> {
        let is_open = |_: &mut Dice, row: &Row| row.status != CLOSED;
        match kind {
            Kind::Create => {
                let (contract, user) = self.some_holders(dice)?;
                self.create(at_ms, contract, user)?;
                Some(Moved::Created)
            }
            Kind::Note => {
                let (index, row) = self.some_case(dice, |dice, row| {
                    row.status != CLOSED || at_ms - row.updated_ms < LEFT_ALONE_MS || dice.in_thousand(OLD_STORIES)
                })?;
                let story = self.story.write(row.story, at_ms, false);
                self.set(index, Row { updated_ms: at_ms, story, ..row });
                Some(Moved::Updated)
            }
            Kind::Status => {
                let (index, row) = self.some_case(dice, is_open)?;
                let others = OPEN_STATUSES.map(|(other, share)| (other, if other == row.status { 0 } else { share }));
                let status = dice.pick_by_share(&others).unwrap_or(CISCO_PENDING);
                self.set(index, Row { updated_ms: at_ms, status, ..row });
                Some(Moved::Updated)
            }
            Kind::Severity => {
                let (index, row) = self.some_case(dice, is_open)?;
                let severity = match self.case(index, false).severity.map_or(0, Severity::number) {
                    1 => 2,
                    2 => dice.pick(&[1, 3]).copied().unwrap_or(3),
                    3 => dice.pick(&[2, 4]).copied().unwrap_or(2),
                    _ => 3,
                };
                self.set(index, Row { updated_ms: at_ms, severity, ..row });
                Some(Moved::Updated)
            }
            Kind::Close => {
                let (index, row) = self.some_case(dice, is_open)?;
                let story = self.story.write(row.story, at_ms, true);
                self.set(index, Row { updated_ms: at_ms, status: CLOSED, story, ..row });
                Some(Moved::Closed)
            }
            Kind::Reopen => {
                let (index, row) =
                    self.some_case(dice, |_, row| row.status == CLOSED && at_ms - row.updated_ms < REOPENED_WITHIN_MS)?;
                let status = dice.pick_by_share(&OPEN_STATUSES).unwrap_or(CISCO_PENDING);
                self.set(index, Row { updated_ms: at_ms, status, ..row });
                Some(Moved::Reopened)
            }
        }
    }

    /// A case that may move and suits.
    fn some_case(&self, dice: &mut Dice, suits: impl Fn(&mut Dice, &Row) -> bool) -> Option<(u32, Row)> {
        for _ in 0..TRIES {
            let met = self.meet(dice).filter(|(index, _)| !self.kept.contains_key(index));
            if let Some((index, row)) = met.filter(|(_, row)| suits(dice, row)) {
                return Some((index, row));
            }
        }
        None
    }

    /// The contract and the user of some case, for a new one.
    fn some_holders(&self, dice: &mut Dice) -> Option<(u32, u32)> {
        // Names of contracts and users that came with a case that was handed in cannot be computed.
        let are_generated = |row: &Row| row.contract < self.ground.contracts && row.user < self.ground.users;
        let met = (0..TRIES).find_map(|_| self.meet(dice).filter(|(_, row)| are_generated(row)));
        met.map(|(_, row)| (row.contract, row.user))
    }

    /// Some case: those of whoever has many are met more often, and those that were updated of late.
    fn meet(&self, dice: &mut Dice) -> Option<(u32, Row)> {
        let (_, user) = case::holders(&self.ground, dice);
        let list = self.users.list(user);
        let from_end = dice.skewed_below(u32::try_from(list.len().min(LOOKED_BACK)).unwrap_or(u32::MAX)) as usize;
        let index = list.iter().rev().nth(from_end)?.index;
        Some((index, *self.rows.get(index as usize)?))
    }
}
