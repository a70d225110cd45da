//! `GET /cases/case_ids/{case_ids}`

use super::{Endpoint, Param, ParamKind, param::SORT_BY};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// Up to 30 cases in brief. (Case API v3, "GET Case Summary".)
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
    answer: DocumentKind::Summary,
    doc: prose("Returns up to 30 cases in brief."),
};
