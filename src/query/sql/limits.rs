//! The limits of D1, and the bounds that follow from them.
//!
//! | bound | of | why |
//! |---|---|---|
//! | [`MAX_VALUE_BYTES`] | a parameter that is a list | the limit itself: a list ends before the item that would exceed it |
//! | [`MAX_ROWS_BYTES`] | the row of a case in its table, and the rows of a batch, which are one parameter | [`RESERVED_BYTES`] are left for the details of the case |
//! | [`MAX_STORED_LIST_BYTES`] | each of two lists in the row of a table | half of that |
//! | [`MAX_DETAILS_BYTES`] | the details of a case | those of a step are one parameter, and they share the row with the record |
//! | [`MAX_PAGE_BYTES`] | the records of a page of the feed | an isolate of a Worker has 128 MB for all its requests, and a page is in it several times |

/// The greatest length of a text and of the row of a table, in bytes.
pub(crate) const MAX_VALUE_BYTES: usize = 2_000_000;

/// The greatest number of parameters of a statement.
pub(super) const MAX_PARAMETERS: usize = 100;

/// The greatest number of selects of a compound.
pub(super) const MAX_COMPOUND: usize = 5;

/// The bytes of a row that are left for other columns.
#[cfg(feature = "gateway")]
const RESERVED_BYTES: usize = 200_000;

/// The greatest length of the rows of a batch, and of one of them, as JSON in bytes.
#[cfg(feature = "gateway")]
pub(crate) const MAX_ROWS_BYTES: usize = MAX_VALUE_BYTES - RESERVED_BYTES;

/// The greatest length of one of two lists in a row, in bytes.
#[cfg(feature = "gateway")]
pub(crate) const MAX_STORED_LIST_BYTES: usize = MAX_ROWS_BYTES / 2;

/// The greatest length of the details of a case as a row of a batch, in bytes.
#[cfg(feature = "gateway")]
pub(crate) const MAX_DETAILS_BYTES: usize = 40_000;

/// The greatest length of the records and details of a page of the feed, in bytes. The first case always fits.
#[cfg(feature = "gateway")]
pub(crate) const MAX_PAGE_BYTES: usize = 2 * MAX_VALUE_BYTES;

/// Whether a JSON array that is being written stays a value of D1 with another item and its end.
pub(crate) fn has_room(list: &str, item: &str) -> bool {
    list.len() + item.len() + 2 <= MAX_VALUE_BYTES
}
