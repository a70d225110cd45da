//! Look-up of error rows by code.

use super::{CLIENT_ERRORS, ERROR_TABLE, ErrorKind, ErrorRow, GATEWAY_ERRORS, row::row};
use alloc::vec::Vec;

/// All rows there are, and those of them that a service's answer may be about: a gateway's codes mean nothing there.
/// References to the statics: a copy of one may be of other rows, by their addresses.
static TABLES: [&Table; 3] = [&ERROR_TABLE, &CLIENT_ERRORS, &GATEWAY_ERRORS];
static SERVICE_TABLES: [&Table; 2] = [&ERROR_TABLE, &CLIENT_ERRORS];
type Table = &'static [ErrorRow];

/// The rows for a code, of the service's table, of this side's and of a gateway's; with a status, only the rows of that
/// status where there are any.
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

/// The first of them.
pub(crate) fn explain_first(code: &str, status: Option<u16>) -> Option<&'static ErrorRow> {
    matching_rows(&TABLES, code, status).first().copied()
}

/// The first row for a code in an answer of the service.
pub(super) fn explain_service(code: &str, status: Option<u16>) -> Option<&'static ErrorRow> {
    matching_rows(&SERVICE_TABLES, code, status).first().copied()
}

fn matching_rows(tables: &[&Table], code: &str, status: Option<u16>) -> Vec<&'static ErrorRow> {
    let mut called = Vec::new();
    for table in tables {
        for row in **table {
            if row.matches_code(code) {
                called.push(row);
            }
        }
    }
    let is_exact = |row: &&'static ErrorRow| Some(row.status) == status;
    if called.iter().any(is_exact) {
        called.retain(is_exact);
    }
    called
}

/// The row for one of this package's own codes; where there is none, the row of a defect.
pub fn row_for(code: &str) -> &'static ErrorRow {
    const DEFECT: &ErrorRow =
        &row(0, "PANIC", &[], ErrorKind::Internal, false, "A defect of this package.", "Report the defect.");
    [&CLIENT_ERRORS, &GATEWAY_ERRORS]
        .iter()
        .find_map(|table| table.iter().find(|row| row.code == code))
        .unwrap_or(DEFECT)
}

impl ErrorRow {
    /// Which row it is, counted through [`ERROR_TABLE`], [`CLIENT_ERRORS`] and [`GATEWAY_ERRORS`]; none for a row of no
    /// table.
    pub fn table_index(&self) -> Option<usize> {
        let mut before = 0;
        for table in TABLES {
            match table.iter().position(|row| core::ptr::eq(row, self)) {
                Some(place) => return Some(before + place),
                None => before += table.len(),
            }
        }
        None
    }
}
