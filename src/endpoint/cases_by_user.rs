//! `GET /cases/users/user_ids/{user_ids}` ([spec])
//!
//! [spec]: https://developer.cisco.com/docs/support-apis/case/#get-cases-by-user-id

use super::params::list_params;
use super::{Endpoint, Param, ParamKind};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// The endpoint that returns the cases of up to 10 users, in pages.
///
/// ```
/// use cisco_support_case::{endpoint::CASES_BY_USER, util::Json};
/// let problems = CASES_BY_USER.check(&Json::object([])).unwrap_err();
/// assert_eq!(problems[0].field, "user_ids");
/// ```
pub const CASES_BY_USER: Endpoint = Endpoint {
    operation_id: "casesByUser",
    description: prose("Returns the cases of up to 10 users, a page at a time."),
    spec_section: prose("GET Cases by User ID"),
    path: "/cases/users/user_ids/{user_ids}",
    params: &list_params(Param {
        name: "user_ids",
        kind: ParamKind::Ids(IdRule::USER),
        description: prose("The users whose cases to return, at most 10."),
    }),
    params_type: "CasesByUserParams",
    response: DocumentKind::Page,
};
