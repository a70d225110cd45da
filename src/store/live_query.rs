//! The state of live queries.

use super::{change_set::FieldSet, query_answer::QueryAnswer, row_set::RowSet};
use crate::query::{CaseQuery, SortKey};
use alloc::vec::Vec;

/// The live queries of a store, and the changes since they were last refreshed.
#[derive(Clone, Debug, Default)]
pub(super) struct LiveQueries {
    pub(super) queries: Vec<Option<LiveQuery>>,
    pub(super) changed_rows: RowSet,
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
    /// The rows that match.
    pub(super) matched: RowSet,
    pub(super) answer: QueryAnswer,
    /// The hash of the cells of the window's rows.
    pub(super) content: u64,
}

impl LiveQueries {
    /// Notes that fields of a row changed.
    pub(super) fn note(&mut self, row: u32, fields: FieldSet) {
        if self.queries.is_empty() {
            return;
        }
        self.changed_rows.insert(row);
        self.changed_fields = self.changed_fields.with(fields);
        self.has_changes = true;
    }
}

impl LiveQuery {
    /// Whether the ages in the query move with the present of the store.
    pub(super) fn follows_now(&self) -> bool {
        let has_ages = self.query.conditions().has_ages() || self.query.exclusions().has_ages();
        has_ages && self.query.now_ms().is_none()
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

    pub(super) fn is_by_rank(&self) -> bool {
        self.query.sort().iter().any(|term| term.by == SortKey::Text)
    }
}
