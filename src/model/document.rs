//! The answers that hold several cases.

use super::{CaseRecord, Issue, PaginationRecord};
use alloc::vec::Vec;

/// Which document a body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DocumentKind {
    /// `{ count, cases }`
    Summary,
    /// `{ caseDetail }`
    Details,
    /// `{ pagination_response_record, cases }`
    #[default]
    Page,
}

/// What Case Summary answers. (Case API v3, "GET Case Summary".)
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CaseSummaryResult {
    /// How many records the service says it returned.
    pub count: u32,
    /// The cases.
    pub cases: Vec<CaseRecord>,
    /// What is off in them; empty when all is as documented.
    pub issues: Vec<Issue>,
}

/// One page of Cases by Contract ID or Cases by User ID, at most 100 cases.
/// (Case API v3, "GET Cases by Contract ID", "GET Cases by User ID".)
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CasesPage {
    /// Where the page stands in its list.
    pub pagination_response_record: PaginationRecord,
    /// The cases, in the order asked for.
    pub cases: Vec<CaseRecord>,
    /// What is off in them; empty when all is as documented.
    pub issues: Vec<Issue>,
}
