//! `GET /cases/details/case_id/{case_id}`
//!
//! Case API v3, section "GET Case Details".

use super::{Endpoint, Param, ParamKind};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// The endpoint that returns the details of one case, with its notes.
///
/// ```
/// let endpoint = cisco_support_case::endpoint::CASE_DETAILS;
/// assert_eq!((endpoint.name, endpoint.route), ("caseDetails", "/cases/details/case_id/"));
/// ```
pub const CASE_DETAILS: Endpoint = Endpoint {
    name: "caseDetails",
    title: prose("GET Case Details"),
    method_title: prose("Get Case Details"),
    params_type: "CaseDetailsParams",
    route: "/cases/details/case_id/",
    params: &[Param { name: "case_id", kind: ParamKind::Id(IdRule::CASE), doc: prose("The case to return.") }],
    response: DocumentKind::Details,
    doc: prose("Returns one case with everything the service tells of it, notes included."),
};
