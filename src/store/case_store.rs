//! The store of cases.

use super::{
    apply,
    change_set::{CaseChange, ChangeKind, ChangeSet, RowChange},
    columns::{Columns, NoteAuthor},
    error::{StoreError, StoreErrorKind},
    history::{ChangeHistory, HistoryLimits},
    indexes::Indexes,
    live::LiveQueries,
};
use crate::decode::{PageBytes, cases_to_page_bytes, detail_to_page_bytes};
use crate::model::{CaseDetail, CaseRecord, Timestamp};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The largest version: a whole number that JavaScript represents exactly.
const MAX_VERSION: u64 = (1 << 53) - 1;

/// The columns that the details of a case add.
///
/// ```
/// use cisco_support_case::{model::CaseDetail, store::CaseStore};
/// let mut store = CaseStore::new();
/// let mut detail = CaseDetail::default();
/// detail.case_id = "612345678".into();
/// detail.owner_name = "Ada Example".into();
/// store.apply_detail(&detail)?;
/// assert_eq!(store.details("612345678").map(|details| details.owner).as_deref(), Some("Ada Example"));
/// # Ok::<(), cisco_support_case::store::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DetailColumns {
    /// The name of the owner, or the e-mail address if the details have no name.
    pub owner: String,
    /// The customer's own tracking or case number.
    pub tracking_number: String,
    /// The number of notes.
    pub notes_count: u32,
    /// The instant of the newest note.
    pub last_note_date: Option<Timestamp>,
    /// The author of the newest note.
    pub last_note_by: NoteAuthor,
}

/// Cases in columns.
///
/// ```
/// use cisco_support_case::store::CaseStore;
/// let store = CaseStore::new();
/// assert!(store.is_empty() && store.get("612345678").is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct CaseStore {
    pub(super) columns: Columns,
    pub(super) indexes: Indexes,
    pub(super) live: LiveQueries,
    /// The instant from which ages are measured, in milliseconds since 1970 (UTC).
    pub(super) now_ms: i64,
    pub(super) version: u64,
    pub(super) history: ChangeHistory,
}

impl CaseStore {
    /// Creates a store without cases.
    pub fn new() -> CaseStore {
        CaseStore::default()
    }

    /// Returns the number of cases.
    pub fn len(&self) -> usize {
        self.columns.alive.count()
    }

    /// Returns whether the store has no case.
    pub fn is_empty(&self) -> bool {
        self.columns.alive.is_empty()
    }

    /// Returns a case.
    pub fn get(&self, case_id: &str) -> Option<CaseRecord> {
        self.columns.row_of(case_id).map(|row| self.columns.record(row))
    }

    /// Returns what the details of a case added; `None` if no details were applied.
    pub fn details(&self, case_id: &str) -> Option<DetailColumns> {
        let columns = &self.columns;
        let row = columns.row_of(case_id)?;
        let notes_count = columns.notes_count.get(row)?.checked_sub(1)?;
        let last_note_by = match columns.last_note_by.get(row)? {
            1 => NoteAuthor::Customer,
            2 => NoteAuthor::Cisco,
            _ => NoteAuthor::Unknown,
        };
        Some(DetailColumns {
            owner: columns.owner.text(row).to_owned(),
            tracking_number: columns.tracking_number.text(row).to_owned(),
            notes_count,
            last_note_date: Timestamp::from_unix_ms(columns.last_note.get(row)?),
            last_note_by,
        })
    }

    /// Returns the instant since which a case has had its status, and whether it is exact. An inexact instant is an
    /// upper bound: the case has had its status at least since then.
    ///
    /// The status is at least as old as the first `updated_date` that the store saw with it. It is exact if the store
    /// saw it change.
    pub fn status_since(&self, case_id: &str) -> Option<(Timestamp, bool)> {
        let (ms, is_exact) = self.columns.status_since(self.columns.row_of(case_id)?);
        Some((Timestamp::from_unix_ms(ms)?, is_exact))
    }

    /// Applies the cases of a compact page, and returns the changes. After an error, nothing has changed.
    pub fn apply_page(&mut self, page: &PageBytes<'_>) -> Result<ChangeSet, StoreError> {
        self.check_version()?;
        let staged = apply::stage(&self.columns, page)?;
        let (changes, rejected) = apply::apply(&mut self.columns, &staged);
        Ok(self.commit(changes, rejected))
    }

    /// Applies cases, and returns the changes. After an error, nothing has changed.
    pub fn apply_records(&mut self, cases: &[CaseRecord]) -> Result<ChangeSet, StoreError> {
        self.apply_page(&PageBytes::parse(&cases_to_page_bytes(cases))?)
    }

    /// Applies the details of a case, and returns the changes. A case that the store does not have is added.
    pub fn apply_detail(&mut self, detail: &CaseDetail) -> Result<ChangeSet, StoreError> {
        self.apply_page(&PageBytes::parse(&detail_to_page_bytes(detail))?)
    }

    /// Removes cases, and returns the changes. Cases that the store does not have are ignored.
    pub fn remove(&mut self, case_ids: &[&str]) -> Result<ChangeSet, StoreError> {
        self.check_version()?;
        let mut changes = Vec::new();
        for case_id in case_ids {
            if let Some(row) = self.columns.row_of(case_id) {
                self.columns.remove(row);
                changes.push(RowChange::new(row, ChangeKind::Gone));
            }
        }
        Ok(self.commit(changes, Vec::new()))
    }

    fn check_version(&self) -> Result<(), StoreError> {
        if self.version < MAX_VERSION { Ok(()) } else { Err(StoreError::new(StoreErrorKind::Full, "version")) }
    }

    /// Gives changes their version.
    fn commit(&mut self, changes: Vec<RowChange>, rejected: Vec<u32>) -> ChangeSet {
        if !changes.is_empty() {
            self.note_changes(&changes);
            self.version += 1;
            self.history.push(self.version, &changes);
        }
        ChangeSet { version: self.version, changes, rejected }
    }

    /// Returns the version: the number of operations that changed the store. It is below 2^53.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the changes of an operation with their case ids. The operation must be the last one.
    pub fn case_changes(&self, changes: &ChangeSet) -> Vec<CaseChange> {
        changes.changes.iter().map(|change| change.resolve(changes.version, &self.columns)).collect()
    }

    /// Returns the changes after a version, in order.
    ///
    /// `None` means that the history is incomplete: some of the changes were evicted, or the version is newer than the
    /// store. The caller must then begin again with the present cases.
    ///
    /// ```
    /// use cisco_support_case::{model::CaseRecord, store::CaseStore};
    /// let mut store = CaseStore::new();
    /// let mut case = CaseRecord::default();
    /// case.case_id = "612345678".into();
    /// store.apply_records(&[case])?;
    /// store.remove(&["612345678"])?;
    /// let kinds = store.changes_since(0).map(|changes| changes.iter().map(|c| c.kind.as_str()).collect::<Vec<_>>());
    /// assert_eq!(kinds, Some(vec!["new", "gone"]));
    /// assert_eq!(store.changes_since(9), None);
    /// # Ok::<(), cisco_support_case::store::StoreError>(())
    /// ```
    pub fn changes_since(&self, version: u64) -> Option<Vec<CaseChange>> {
        let batches = self.history.since(version).filter(|_| version <= self.version)?;
        let mut changes = Vec::new();
        for batch in batches {
            changes.extend(batch.changes.iter().map(|change| change.resolve(batch.version, &self.columns)));
        }
        Some(changes)
    }

    /// Returns the oldest version after which all changes are known.
    pub fn history_start(&self) -> u64 {
        self.history.complete_since()
    }

    /// Sets the bounds of the history, and evicts changes that exceed them.
    pub fn set_history_limits(&mut self, limits: HistoryLimits) {
        self.history.set_limits(limits);
    }

    /// Returns the instant from which ages are measured, in milliseconds since 1970 (UTC).
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Sets the instant from which ages are measured, in milliseconds since 1970 (UTC).
    pub fn set_now(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// Returns the bytes of memory that the cases take.
    pub fn memory_bytes(&self) -> usize {
        self.columns.memory_bytes() + self.history.memory_bytes() + self.indexes.memory_bytes()
    }
}
