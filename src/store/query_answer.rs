//! The answer to a query.

use alloc::vec::Vec;

/// The answer to a query: the number of cases that match, and the rows of the window.
///
/// A row is the number of a case in the store. It stays the same until the store is compacted.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, query::CaseQuery, store::*};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// store.apply_records(&[case])?;
/// let answer = store.query(&CaseQuery::default());
/// assert_eq!((answer.total, answer.rows), (1, vec![0]));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryAnswer {
    /// The number of cases that match.
    pub total: u32,
    /// The rows of the window, in the order of the query.
    pub rows: Vec<u32>,
}
