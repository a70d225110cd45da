//! The answer to a query.

use alloc::vec::Vec;

/// The answer to a query: the number of cases that match, and the rows of the window.
///
/// A row is the number of a case in the store. It stays the same until the store is compacted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryAnswer {
    /// The number of cases that match.
    pub total: u32,
    /// The rows of the window, in the order of the query.
    pub rows: Vec<u32>,
}
