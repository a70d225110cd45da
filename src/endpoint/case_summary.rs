//! `GET /cases/case_ids/{case_ids}` ([spec])
//!
//! [spec]: https://developer.cisco.com/docs/support-apis/case/#get-case-summary

use super::params::SORT_BY;
use super::{Endpoint, Param, ParamRole};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::text_outside_wasm;

/// The endpoint that returns several cases by their ids: `case_ids`, limited by [`IdRule::CASE`].
///
/// Its other parameter is `sort_by`. [`Endpoint::check`] returns a [`Request`](super::Request); the response is a
/// [`CaseSummaryResult`](crate::model::CaseSummaryResult).
///
/// ```
/// use cisco_support_case::{endpoint::CASE_SUMMARY, util::Json};
/// let request = CASE_SUMMARY.check(&Json::object([("case_ids", Json::from(vec!["612345678"]))])).unwrap();
/// assert_eq!(request.path_and_query(), "/cases/case_ids/612345678");
/// ```
pub const CASE_SUMMARY: Endpoint = Endpoint {
    operation_id: "caseSummary",
    description: text_outside_wasm("Returns up to 30 cases in brief."),
    spec_section: text_outside_wasm("GET Case Summary"),
    path: "/cases/case_ids/{case_ids}",
    params: &[
        Param {
            name: "case_ids",
            role: ParamRole::IdList(IdRule::CASE),
            description: text_outside_wasm("The cases to return, at most 30."),
        },
        SORT_BY,
    ],
    ts_params_type: "CaseSummaryParams",
    response: DocumentKind::Summary,
};
