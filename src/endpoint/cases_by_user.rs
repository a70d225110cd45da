//! `GET /cases/users/user_ids/{user_ids}` ([spec])
//!
//! [spec]: https://developer.cisco.com/docs/support-apis/case/#get-cases-by-user-id

use super::params::list_params;
use super::{Endpoint, Param, ParamRole};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::text_outside_wasm;

/// The endpoint that returns the cases of several users, in pages: `user_ids`, limited by [`IdRule::USER`].
///
/// Its other parameters are `date_created_from`, `date_created_to`, `status_flag`, `sort_by` and `page_index`.
/// [`Endpoint::check`] returns a [`Request`](super::Request); the response is a [`CasesPage`](crate::model::CasesPage).
///
/// ```
/// use cisco_support_case::{endpoint::CASES_BY_USER, util::Json};
/// let problems = CASES_BY_USER.check(&Json::object([])).unwrap_err();
/// assert_eq!(problems[0].field, "user_ids");
/// ```
pub const CASES_BY_USER: Endpoint = Endpoint {
    operation_id: "casesByUser",
    description: text_outside_wasm("Returns the cases of up to 10 users, a page at a time."),
    spec_section: text_outside_wasm("GET Cases by User ID"),
    path: "/cases/users/user_ids/{user_ids}",
    params: &list_params(Param {
        name: "user_ids",
        role: ParamRole::IdList(IdRule::USER),
        description: text_outside_wasm("The users whose cases to return, at most 10."),
    }),
    ts_params_type: "CasesByUserParams",
    response: DocumentKind::Page,
};
