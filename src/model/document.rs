//! The responses with several cases.

use super::{CaseRecord, Issue, PaginationRecord};
use alloc::vec::Vec;

/// The kind of a response document.
///
/// ```
/// use cisco_support_case::{endpoint, model::DocumentKind};
/// assert_eq!(endpoint::CASE_DETAILS.response, DocumentKind::Details);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DocumentKind {
    /// The document `{ count, cases }`.
    Summary,
    /// The document `{ caseDetail }`.
    Details,
    /// The document `{ pagination_response_record, cases }`.
    #[default]
    Page,
}

/// The result of Case Summary. (Case API v3, "GET Case Summary".)
///
/// ```
/// let summary = cisco_support_case::model::CaseSummaryResult::default();
/// assert!(summary.cases.is_empty() && summary.issues.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CaseSummaryResult {
    /// The number of records, according to the service.
    pub count: u32,
    /// The requested cases.
    pub cases: Vec<CaseRecord>,
    /// Differences from the documentation; empty if there are none.
    pub issues: Vec<Issue>,
}

/// A page of Cases by Contract ID or Cases by User ID, at most 100 cases. (Case API v3, "GET Cases by Contract ID",
/// "GET Cases by User ID".)
///
/// ```
/// let page = cisco_support_case::decode::cases_page(br#"{"cases":[]}"#)?;
/// assert_eq!(page.pagination_response_record.total_records, 0);
/// # Ok::<(), cisco_support_case::decode::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CasesPage {
    /// The position of the page in its list.
    pub pagination_response_record: PaginationRecord,
    /// The cases, in the requested order.
    pub cases: Vec<CaseRecord>,
    /// Differences from the documentation; empty if there are none.
    pub issues: Vec<Issue>,
}
