//! The notes of cases in searches.

use super::{
    case_store::CaseStore,
    change_set::{ChangeKind, FieldSet, RowChange},
    columns::NO_DATE,
};
use crate::model::CaseDetail;
use alloc::{string::String, vec::Vec};

/// The fields that only details change.
const DETAIL_FIELDS: FieldSet = FieldSet::OWNER
    .with(FieldSet::TRACKING_NUMBER)
    .with(FieldSet::NOTES_COUNT)
    .with(FieldSet::LAST_NOTE_DATE)
    .with(FieldSet::LAST_NOTE_BY);

impl CaseStore {
    /// Searches the notes of details from here on (rule 4.10 of [`query`](crate::query)).
    ///
    /// The store keeps the words of notes, not their texts. Those of cases that it has already are to be given:
    /// [`pending_notes`](Self::pending_notes).
    ///
    /// ```
    /// use cisco_support_case::{model::{CaseDetail, CaseNote}, query::CaseQuery, store::CaseStore};
    /// let mut store = CaseStore::new();
    /// store.search_notes();
    /// let mut note = CaseNote::default();
    /// note.note_detail = "The core file is attached".into();
    /// let mut detail = CaseDetail::default();
    /// detail.case_id = "612345678".into();
    /// detail.notes.push(note);
    /// store.apply_detail(&detail)?;
    /// let query = CaseQuery::parse(r#"{"where":{"text":"core attach"}}"#).unwrap();
    /// assert_eq!(store.query(&query).total, 1);
    /// # Ok::<(), cisco_support_case::store::StoreError>(())
    /// ```
    pub fn search_notes(&mut self) {
        self.indexes.search.notes_mut().is_wanted = true;
        self.expect_all_notes();
    }

    /// Returns the ids of cases with details whose notes were not given, at most `limit`.
    ///
    /// ```
    /// assert!(cisco_support_case::store::CaseStore::new().pending_notes(10).is_empty());
    /// ```
    pub fn pending_notes(&self, limit: usize) -> Vec<&str> {
        let has_details = |row: &u32| self.columns.details_dated.get(*row) != NO_DATE;
        self.indexes
            .search
            .notes()
            .pending()
            .iter()
            .filter(has_details)
            .take(limit)
            .map(|row| self.case_id(row))
            .collect()
    }

    /// Sets the texts of the notes of a case, separated by line breaks. A case without details has none.
    ///
    /// ```
    /// use cisco_support_case::store::CaseStore;
    /// let mut store = CaseStore::new();
    /// store.set_notes("612345678", "The core file is attached");
    /// assert!(store.is_empty());
    /// ```
    pub fn set_notes(&mut self, case_id: &str, text: &str) {
        let Some(row) = self.row(case_id) else { return };
        let notes = self.indexes.search.notes_mut();
        if notes.is_wanted && self.columns.details_dated.get(row) != NO_DATE {
            notes.set(row, text);
            self.live.note(row, FieldSet::from_bits(u32::MAX));
        }
    }

    /// Sets the notes of details that were applied, unless the store has newer ones.
    pub(super) fn set_notes_of(&mut self, detail: &CaseDetail) {
        let Some(known) = self.details(&detail.case_id).filter(|_| self.indexes.search.notes().is_wanted) else {
            return;
        };
        let ms = |date: &Option<crate::model::Timestamp>| date.as_ref().map(crate::model::Timestamp::unix_ms);
        if ms(&detail.updated_date) == ms(&known.updated_date) {
            let mut text = String::new();
            for note in &detail.notes {
                for part in [&note.note, &note.note_detail] {
                    text.push_str(part);
                    text.push('\n');
                }
            }
            self.set_notes(&detail.case_id, &text);
        }
    }

    /// Notes which notes are to be given after changes, and forgets those of removed cases.
    pub(super) fn expect_notes(&mut self, changes: &[RowChange]) {
        let notes = self.indexes.search.notes_mut();
        if !notes.is_wanted {
            return;
        }
        for change in changes {
            let has_details = self.columns.details_dated.get(change.row) != NO_DATE;
            if !has_details {
                notes.remove(change.row);
            } else if change.kind == ChangeKind::New || change.fields.intersects(DETAIL_FIELDS) {
                notes.expect(change.row);
            }
        }
    }

    /// Forgets all notes, because the rows are other ones. They are to be given again.
    pub(super) fn expect_all_notes(&mut self) {
        let notes = self.indexes.search.notes_mut();
        notes.clear();
        if notes.is_wanted {
            for row in self.columns.alive.iter() {
                if self.columns.details_dated.get(row) != NO_DATE {
                    notes.expect(row);
                }
            }
        }
    }
}
