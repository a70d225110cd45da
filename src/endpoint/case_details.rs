//! `GET /cases/details/case_id/{case_id}` ([spec])
//!
//! [spec]: https://developer.cisco.com/docs/support-apis/case/#get-case-details

use super::{Endpoint, Param, ParamRole};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::text_outside_wasm;

/// The endpoint that returns the details of one case, with its notes: `case_id`.
///
/// [`Endpoint::check`] returns a [`Request`](super::Request); the response is a [`CaseDetail`](crate::model::CaseDetail).
///
/// ```
/// let endpoint = cisco_support_case::endpoint::CASE_DETAILS;
/// assert_eq!((endpoint.operation_id, endpoint.path), ("caseDetails", "/cases/details/case_id/{case_id}"));
/// ```
pub const CASE_DETAILS: Endpoint = Endpoint {
    operation_id: "caseDetails",
    description: text_outside_wasm("Returns one case with everything the service tells of it, notes included."),
    spec_section: text_outside_wasm("GET Case Details"),
    path: "/cases/details/case_id/{case_id}",
    params: &[Param {
        name: "case_id",
        role: ParamRole::SingleId(IdRule::CASE),
        description: text_outside_wasm("The case to return."),
    }],
    ts_params_type: "CaseDetailsParams",
    response: DocumentKind::Details,
};
