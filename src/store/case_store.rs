//! The store of cases.

use super::columns::Columns;
use crate::model::CaseRecord;

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
    /// The instant from which ages are measured, in milliseconds since 1970 (UTC).
    pub(super) now_ms: i64,
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
        self.columns.memory_bytes()
    }
}
