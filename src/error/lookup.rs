//! Look-up of error rows by code.

#[cfg(not(target_arch = "wasm32"))]
use super::STORE_ERRORS;
use super::{CLIENT_ERRORS, ERROR_TABLE, ErrorKind, ErrorRow, GATEWAY_ERRORS, row::row};
use alloc::vec::Vec;

/// A table of errors.
type ErrorTable = &'static [ErrorRow];

/// All tables. They are references to the statics, since a copy of a static may have other addresses for the same rows.
#[cfg(not(target_arch = "wasm32"))]
static TABLES: [&ErrorTable; 4] = [&ERROR_TABLE, &CLIENT_ERRORS, &GATEWAY_ERRORS, &STORE_ERRORS];
/// All tables but that of the store, whose errors no response contains: the package's JavaScript has its rows.
#[cfg(target_arch = "wasm32")]
static TABLES: [&ErrorTable; 3] = [&ERROR_TABLE, &CLIENT_ERRORS, &GATEWAY_ERRORS];

/// The tables for responses of the service, in which the codes of a gateway have no meaning.
static SERVICE_TABLES: [&ErrorTable; 2] = [&ERROR_TABLE, &CLIENT_ERRORS];

/// Returns the rows of all tables for a code; if rows have the given status, only those.
///
/// ```
/// use cisco_support_case::error::explain;
/// assert_eq!(explain("ERR_403_DEVELOPER_OVER_QPS", None)[0].code, "Account Over Queries Per Second Limit");
/// assert_eq!(explain("API_UNAVAILABLE", None).len(), 2);
/// assert_eq!(explain("API_UNAVAILABLE", Some(500)).len(), 1);
/// ```
pub fn explain(code: &str, status: Option<u16>) -> Vec<&'static ErrorRow> {
    matching_rows(&TABLES, code, status)
}

/// Returns the first row of all tables for a code.
pub(crate) fn explain_first(code: &str, status: Option<u16>) -> Option<&'static ErrorRow> {
    matching_rows(&TABLES, code, status).first().copied()
}

/// Returns the first row for a code in a response of the service.
pub(super) fn explain_service(code: &str, status: Option<u16>) -> Option<&'static ErrorRow> {
    matching_rows(&SERVICE_TABLES, code, status).first().copied()
}

/// Returns the rows of some tables for a code; if rows have the given status, only those.
fn matching_rows(tables: &[&ErrorTable], code: &str, status: Option<u16>) -> Vec<&'static ErrorRow> {
    let mut matches = Vec::new();
    for table in tables {
        for row in **table {
            if row.matches_code(code) {
                matches.push(row);
            }
        }
    }
    let is_exact = |row: &&'static ErrorRow| Some(row.status) == status;
    if matches.iter().any(is_exact) {
        matches.retain(is_exact);
    }
    matches
}

/// Returns the row for a code of this package, or the row of a defect if the code is unknown.
///
/// ```
/// use cisco_support_case::error::{ErrorKind, row_for};
///
/// assert_eq!(row_for("TIMEOUT").kind, ErrorKind::Timeout);
/// assert_eq!(row_for("no such code").code, "PANIC");
/// ```
pub fn row_for(code: &str) -> &'static ErrorRow {
    const DEFECT: &ErrorRow =
        &row(0, "PANIC", &[], ErrorKind::Internal, false, "A defect of this package.", "Report the defect.");
    TABLES.iter().skip(1).find_map(|table| table.iter().find(|row| row.code == code)).unwrap_or(DEFECT)
}

impl ErrorRow {
    /// Returns the row's index in the concatenation of [`ERROR_TABLE`], [`CLIENT_ERRORS`], [`GATEWAY_ERRORS`] and
    /// [`STORE_ERRORS`](super::STORE_ERRORS), or `None` for a row that is in no table.
    ///
    /// ```
    /// use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE};
    ///
    /// assert_eq!(ERROR_TABLE[1].table_index(), Some(1));
    /// assert_eq!(CLIENT_ERRORS[0].table_index(), Some(ERROR_TABLE.len()));
    /// ```
    pub fn table_index(&self) -> Option<usize> {
        let mut before = 0;
        for table in TABLES {
            match table.iter().position(|row| core::ptr::eq(row, self)) {
                Some(index) => return Some(before + index),
                None => before += table.len(),
            }
        }
        None
    }
}
