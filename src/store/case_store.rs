//! The store of cases.

use super::{
    apply,
    change_set::{CaseChange, ChangeKind, ChangeSet, RowChange},
    columns::Columns,
    error::{StoreError, StoreErrorKind},
    history::{ChangeHistory, HistoryLimits},
    indexes::Indexes,
    live_query::LiveQueries,
};
use crate::decode::{PageBytes, cases_to_page_bytes, detail_to_page_bytes};
use crate::model::{CaseDetail, CaseRecord, DetailColumns, Timestamp};
#[cfg(feature = "js-store")]
use crate::query::CaseQuery;
use alloc::{string::String, vec::Vec};

/// The number of rows of a persisted chunk: about 350 KB.
pub(super) const CHUNK_ROWS: u32 = 2048;
/// The largest version: a whole number that JavaScript represents exactly.
const MAX_VERSION: u64 = (1 << 53) - 1;

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
    /// The version of the last change in each persisted chunk of rows.
    pub(super) chunk_versions: Vec<u64>,
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

    /// Returns a case by its id.
    pub fn get(&self, case_id: &str) -> Option<CaseRecord> {
        self.columns.row_of(case_id).map(|row| self.columns.record(row))
    }

    /// Returns the row of a case.
    pub fn row(&self, case_id: &str) -> Option<u32> {
        self.columns.row_of(case_id)
    }

    /// Returns what the details of a case added; `None` if no details were applied.
    pub fn details(&self, case_id: &str) -> Option<DetailColumns> {
        self.columns.details(self.columns.row_of(case_id)?)
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

    /// Checks that there is space for cases in several compact pages, before the first of them is applied.
    ///
    /// ```
    /// let store = cisco_support_case::store::CaseStore::new();
    /// assert!(store.check_capacity(1000, 400_000).is_ok());
    /// assert!(store.check_capacity(1000, usize::MAX).is_err());
    /// ```
    pub fn check_capacity(&self, cases: usize, bytes: usize) -> Result<(), StoreError> {
        // Most values of most columns repeat: their tables grow little.
        self.columns.check_capacity(cases, 0, bytes)
    }

    /// Applies the cases of a compact page, and returns the changes. After an error, nothing has changed.
    pub fn apply_page(&mut self, page: &PageBytes<'_>) -> Result<ChangeSet, StoreError> {
        self.check_version()?;
        let staged = apply::stage(&mut self.columns, page)?;
        let (changes, rejected) = apply::apply(&mut self.columns, &staged);
        Ok(self.commit(changes, rejected))
    }

    /// Tells that other allocations have taken memory since the last page was applied.
    #[cfg(feature = "js-store")]
    pub(crate) fn forget_reserve(&mut self) {
        self.columns.forget_reserve();
    }

    /// Applies cases, and returns the changes. After an error, nothing has changed.
    pub fn apply_records(&mut self, cases: &[CaseRecord]) -> Result<ChangeSet, StoreError> {
        self.apply_page(&PageBytes::parse(&cases_to_page_bytes(cases))?)
    }

    /// Applies the details of a case, and returns the changes. A case that the store does not have is added.
    pub fn apply_detail(&mut self, detail: &CaseDetail) -> Result<ChangeSet, StoreError> {
        let changes = self.apply_page(&PageBytes::parse(&detail_to_page_bytes(detail))?)?;
        self.set_notes_of(detail);
        Ok(changes)
    }

    /// Applies the columns of details by case id, and returns the changes. Those of cases that the store does not have are
    /// ignored, and so are those that are older than known ones. After an error, nothing has changed.
    ///
    /// ```
    /// use cisco_support_case::{model::{CaseRecord, DetailColumns}, store::CaseStore};
    /// let mut case = CaseRecord::default();
    /// case.case_id = "612345678".into();
    /// let mut store = CaseStore::new();
    /// store.apply_records(&[case])?;
    /// let mut details = DetailColumns::default();
    /// details.notes_count = 3;
    /// store.apply_detail_columns(&[("612345678".to_owned(), details)])?;
    /// assert_eq!(store.details("612345678").map(|details| details.notes_count), Some(3));
    /// # Ok::<(), cisco_support_case::store::StoreError>(())
    /// ```
    pub fn apply_detail_columns(&mut self, details: &[(String, DetailColumns)]) -> Result<ChangeSet, StoreError> {
        self.check_version()?;
        let changes = apply::apply_details(&mut self.columns, details)?;
        Ok(self.commit(changes, Vec::new()))
    }

    /// Removes cases, and returns the changes. Cases that the store does not have are ignored.
    ///
    /// The history keeps no values of earlier changes of these cases.
    pub fn remove(&mut self, case_ids: &[&str]) -> Result<ChangeSet, StoreError> {
        let rows = case_ids.iter().filter_map(|case_id| self.columns.row_of(case_id)).collect();
        self.remove_rows(rows)
    }

    /// Removes the cases that match a query, whatever its window, in its order.
    #[cfg(feature = "js-store")]
    pub(crate) fn remove_matching(&mut self, query: &CaseQuery) -> Result<ChangeSet, StoreError> {
        let rows = self.all_rows(query);
        self.remove_rows(rows)
    }

    fn remove_rows(&mut self, rows: Vec<u32>) -> Result<ChangeSet, StoreError> {
        self.check_version()?;
        let mut changes = Vec::new();
        for row in rows {
            if self.columns.remove(row) {
                changes.push(RowChange::new(row, ChangeKind::Gone));
            }
        }
        Ok(self.commit(changes, Vec::new()))
    }

    pub(super) fn check_version(&self) -> Result<(), StoreError> {
        if self.version < MAX_VERSION { Ok(()) } else { Err(StoreError::new(StoreErrorKind::Full, "version")) }
    }

    /// Gives changes their version, and returns those that show in a field.
    pub(super) fn commit(&mut self, mut changes: Vec<RowChange>, rejected: Vec<u32>) -> ChangeSet {
        if !changes.is_empty() {
            self.version += 1;
            self.mark_changed(&changes);
            self.history.push(self.version, &changes);
            if changes.iter().any(|change| change.kind == ChangeKind::Gone) {
                self.forget_removed();
            }
            changes.retain(RowChange::is_visible);
            self.note_changes(&changes);
        }
        ChangeSet { version: self.version, changes, rejected }
    }

    /// Removes the values of removed cases from the history: it is saved, and they may be cases that may not be seen any more.
    fn forget_removed(&mut self) {
        for change in self.history.batches_mut().iter_mut().flat_map(|batch| &mut batch.changes) {
            if !self.columns.alive.contains(change.row) {
                change.values = None;
            }
        }
    }

    /// Notes the version in the persisted chunks of changed rows.
    pub(super) fn mark_changed(&mut self, changes: &[RowChange]) {
        let chunks = self.columns.row_count().div_ceil(CHUNK_ROWS) as usize;
        self.chunk_versions.resize(chunks, self.version);
        for change in changes {
            if let Some(version) = self.chunk_versions.get_mut((change.row / CHUNK_ROWS) as usize) {
                *version = self.version;
            }
        }
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
            let visible = batch.changes.iter().filter(|change| change.is_visible());
            changes.extend(visible.map(|change| change.resolve(batch.version, &self.columns)));
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
