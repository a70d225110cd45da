//! The state of live queries.

use super::{change_set::FieldSet, query_answer::QueryAnswer, row_set::RowSet};
use crate::model::CaseRecord;
use crate::query::{CaseQuery, QueryableCase, SortKey, text_rank};
use alloc::vec::Vec;

/// The live queries of a store, and the changes since they were last refreshed.
#[derive(Clone, Debug, Default)]
pub(super) struct LiveQueries {
    pub(super) queries: Vec<Option<LiveQuery>>,
    pub(super) changed_rows: RowSet,
    /// The changed rows in which words may match that did not, or the other way round.
    pub(super) changed_texts: RowSet,
    pub(super) changed_fields: FieldSet,
    pub(super) has_changes: bool,
    /// Whether all rows may have changed: the store was compacted or replaced.
    pub(super) is_reset: bool,
    /// The present of the last refresh.
    pub(super) now_ms: i64,
}

/// A live query, with its last answer.
#[derive(Clone, Debug)]
pub(super) struct LiveQuery {
    pub(super) query: CaseQuery,
    /// The cases that match the words of the conditions, and those that match the words of the exclusions.
    pub(super) texts: [Option<RowSet>; 2],
    /// The rows that match.
    pub(super) matched: RowSet,
    /// The first matching rows in order, to beyond the end of the window, as soon as the window was evaluated again. Changed
    /// rows move in it, so that the window is not evaluated again.
    pub(super) head: Option<Vec<u32>>,
    pub(super) answer: QueryAnswer,
    /// The hash of the cells of the window's rows.
    pub(super) content: u64,
}

/// The rows of a new head after the window: rows leave the window, and others follow.
const SPARE_ROWS: usize = 256;

/// The fields in which words are searched.
const SEARCHED_FIELDS: FieldSet = FieldSet::TITLE
    .with(FieldSet::SERIAL_NUMBER)
    .with(FieldSet::CONTRACT_ID)
    .with(FieldSet::USER_ID)
    .with(FieldSet::RMAS)
    .with(FieldSet::BUGS);

impl LiveQueries {
    /// Notes that fields of a row changed.
    pub(super) fn note(&mut self, row: u32, fields: FieldSet) {
        if self.queries.is_empty() {
            return;
        }
        self.changed_rows.insert(row);
        if fields.intersects(SEARCHED_FIELDS) {
            self.changed_texts.insert(row);
        }
        self.changed_fields = self.changed_fields.with(fields);
        self.has_changes = true;
    }
}

impl LiveQuery {
    /// Creates a live query without an answer.
    pub(super) fn new(query: CaseQuery) -> LiveQuery {
        LiveQuery {
            query,
            texts: [None, None],
            matched: RowSet::default(),
            head: None,
            answer: QueryAnswer::default(),
            content: 0,
        }
    }

    /// Whether the ages in the query move with the present of the store.
    pub(super) fn follows_now(&self) -> bool {
        let has_ages = self.query.conditions().has_ages() || self.query.exclusions().has_ages();
        has_ages && self.query.now_ms().is_none()
    }

    /// Whether the query has words, which may be in notes.
    pub(super) fn has_words(&self) -> bool {
        [self.query.conditions(), self.query.exclusions()].iter().any(|conditions| !conditions.words().is_empty())
    }

    /// Returns the fields that the order depends on.
    pub(super) fn sort_fields(&self) -> FieldSet {
        self.query.sort().iter().fold(FieldSet::default(), |fields, term| {
            fields.with(match term.by {
                SortKey::UpdatedDate => FieldSet::UPDATED_DATE,
                SortKey::CreationDate => FieldSet::CREATION_DATE,
                SortKey::StatusSince => FieldSet::STATUS.with(FieldSet::UPDATED_DATE),
                SortKey::LastNoteDate => FieldSet::LAST_NOTE_DATE,
                SortKey::Severity => FieldSet::SEVERITY,
                SortKey::Status => FieldSet::STATUS,
                SortKey::Title => FieldSet::TITLE,
                SortKey::CaseId => FieldSet::default(),
                SortKey::ContractId => FieldSet::CONTRACT_ID,
                SortKey::UserId => FieldSet::USER_ID,
                SortKey::TechnologyName => FieldSet::TECHNOLOGY_NAME,
                SortKey::Text => FieldSet::from_bits(u32::MAX),
            })
        })
    }

    /// Matches the words of the query in changed cases.
    pub(super) fn match_texts(&mut self, cases: &[(u32, Option<CaseRecord>)]) {
        let words = [self.query.conditions().words(), self.query.exclusions().words()];
        for (rows, words) in self.texts.iter_mut().zip(words) {
            let Some(rows) = rows else { continue };
            for (row, case) in cases {
                if case.as_ref().is_some_and(|case| text_rank(words, &QueryableCase::new(case)).is_some()) {
                    rows.insert(*row);
                } else {
                    rows.remove(*row);
                }
            }
        }
    }

    /// Returns the position after the window.
    pub(super) fn window_end(&self) -> usize {
        self.query.offset() as usize + self.query.limit() as usize
    }

    /// Returns the length of a new head.
    pub(super) fn head_length(&self) -> usize {
        self.window_end() + SPARE_ROWS
    }

    pub(super) fn is_by_rank(&self) -> bool {
        self.query.sort().iter().any(|term| term.by == SortKey::Text)
    }
}
