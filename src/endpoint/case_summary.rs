//! `GET /cases/case_ids/{case_ids}` ([spec])
//!
//! [spec]: https://developer.cisco.com/docs/support-apis/case/#get-case-summary

use super::params::SORT_BY;
use super::{Endpoint, Param, ParamKind};
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
    operation_id: "caseSummary",
    description: prose("Returns up to 30 cases in brief."),
    spec_section: prose("GET Case Summary"),
    path: "/cases/case_ids/{case_ids}",
    params: &[
        Param {
            name: "case_ids",
            kind: ParamKind::Ids(IdRule::CASE),
            description: prose("The cases to return, at most 30."),
        },
        SORT_BY,
    ],
    params_type: "CaseSummaryParams",
    response: DocumentKind::Summary,
};
