//! `GET /cases/details/case_id/{case_id}` ([spec])
//!
//! [spec]: https://developer.cisco.com/docs/support-apis/case/#get-case-details

use super::{Endpoint, Param, ParamKind};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// The endpoint that returns the details of one case, with its notes.
///
/// ```
/// let endpoint = cisco_support_case::endpoint::CASE_DETAILS;
/// assert_eq!((endpoint.operation_id, endpoint.path), ("caseDetails", "/cases/details/case_id/{case_id}"));
/// ```
pub const CASE_DETAILS: Endpoint = Endpoint {
    operation_id: "caseDetails",
    description: prose("Returns one case with everything the service tells of it, notes included."),
    spec_section: prose("GET Case Details"),
    path: "/cases/details/case_id/{case_id}",
    params: &[Param { name: "case_id", kind: ParamKind::Id(IdRule::CASE), description: prose("The case to return.") }],
    params_type: "CaseDetailsParams",
    response: DocumentKind::Details,
};
