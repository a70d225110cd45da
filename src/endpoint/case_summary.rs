//! `GET /cases/case_ids/{case_ids}`
//!
//! Case API v3, section "GET Case Summary".

use super::{Endpoint, Param, ParamKind, param::SORT_BY};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// The endpoint that returns up to 30 cases by their ids.
///
/// ```
/// use cisco_support_case::{endpoint::CASE_SUMMARY, util::Json};
/// let request = CASE_SUMMARY.check(&Json::object([("case_ids", Json::from(vec!["612345678"]))]));
/// assert!(request.is_ok_and(|request| request.path_and_query() == "/cases/case_ids/612345678"));
/// ```
pub const CASE_SUMMARY: Endpoint = Endpoint {
    name: "caseSummary",
    title: prose("GET Case Summary"),
    method_title: prose("Get Case Summary"),
    params_type: "CaseSummaryParams",
    route: "/cases/case_ids/",
    params: &[
        Param { name: "case_ids", kind: ParamKind::Ids(IdRule::CASE), doc: prose("The cases to return, at most 30.") },
        SORT_BY,
    ],
    response: DocumentKind::Summary,
    doc: prose("Returns up to 30 cases in brief."),
};
