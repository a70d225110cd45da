//! `GET /cases/users/user_ids/{user_ids}`
//!
//! Case API v3, section "GET Cases by User ID".

use super::{Endpoint, Param, ParamKind, param::list_params};
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
    name: "casesByUser",
    title: prose("GET Cases by User ID"),
    method_title: prose("Get Cases By User Id"),
    params_type: "CasesByUserParams",
    route: "/cases/users/user_ids/",
    params: list_params!(Param {
        name: "user_ids",
        kind: ParamKind::Ids(IdRule::USER),
        doc: prose("The users whose cases to return, at most 10."),
    }),
    response: DocumentKind::Page,
    doc: prose("Returns the cases of up to 10 users, a page at a time."),
};
