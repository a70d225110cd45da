//! `GET /cases/details/case_id/{case_id}`

use super::{Endpoint, Param, ParamKind};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// One case with everything, notes included. (Case API v3, "GET Case Details".)
pub const CASE_DETAILS: Endpoint = Endpoint {
    name: "caseDetails",
    title: prose("GET Case Details"),
    method_title: prose("Get Case Details"),
    params_type: "CaseDetailsParams",
    route: "/cases/details/case_id/",
    params: &[Param { name: "case_id", kind: ParamKind::Id(IdRule::CASE), doc: prose("The case to return.") }],
    answer: DocumentKind::Details,
    doc: prose("Returns one case with everything the service tells of it, notes included."),
};
