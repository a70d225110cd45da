//! The errors of the store.

use crate::decode::PageBytesError;
use crate::util::text;
use alloc::{borrow::ToOwned, string::String};
use core::fmt;

/// The kind of a [`StoreError`].
///
/// ```
/// use cisco_support_case::store::StoreErrorKind;
/// assert_eq!(StoreErrorKind::NewerVersion.code(), "STORE_NEWER_VERSION");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// A page that is no compact page, or has a value that no field can have.
    DamagedPage,
    /// Persisted bytes that differ from what the store wrote. The store must be filled again.
    DamagedSnapshot,
    /// Persisted bytes of a newer version of this package.
    NewerVersion,
    /// More cases, or more text, than the store or the memory can hold.
    Full,
}

impl StoreErrorKind {
    /// Returns the code of the error.
    pub fn code(self) -> &'static str {
        match self {
            StoreErrorKind::DamagedPage => "STORE_DAMAGED_PAGE",
            StoreErrorKind::DamagedSnapshot => "STORE_DAMAGED",
            StoreErrorKind::NewerVersion => "STORE_NEWER_VERSION",
            StoreErrorKind::Full => "STORE_FULL",
        }
    }
}

/// An operation that the store refused. The store is as it was before.
///
/// ```
/// use cisco_support_case::{decode::PageBytes, store::{StoreError, StoreErrorKind}};
/// let error = PageBytes::parse(b"no page").map_err(StoreError::from).unwrap_err();
/// assert_eq!((error.kind, error.part.as_str()), (StoreErrorKind::DamagedPage, "header"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreError {
    /// The kind of the error.
    pub kind: StoreErrorKind,
    /// The part that caused it, such as `rows[3].updated_date`.
    pub part: String,
}

impl StoreError {
    #[cold]
    pub(super) fn new(kind: StoreErrorKind, part: &str) -> StoreError {
        StoreError { kind, part: part.to_owned() }
    }

    /// Returns the error of a damaged part of a snapshot.
    #[cold]
    pub(super) fn snapshot(part: &str) -> StoreError {
        StoreError::new(StoreErrorKind::DamagedSnapshot, part)
    }

    /// Returns the whole error as one sentence.
    pub fn message(&self) -> String {
        let problem = match self.kind {
            StoreErrorKind::DamagedPage => "the page is damaged: ",
            StoreErrorKind::DamagedSnapshot => "the persisted store is damaged: ",
            StoreErrorKind::NewerVersion => "the persisted store is of a newer version: ",
            StoreErrorKind::Full => "the store is full: ",
        };
        text!(problem, self.part)
    }
}

impl From<PageBytesError> for StoreError {
    fn from(error: PageBytesError) -> StoreError {
        StoreError { kind: StoreErrorKind::DamagedPage, part: error.part }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for StoreError {}
