//! `GET /cases/contracts/contract_ids/{contract_ids}`
//!
//! Case API v3, section "GET Cases by Contract ID".

use super::{Endpoint, Param, ParamKind, param::list_params};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// The endpoint that returns the cases of up to 10 contracts, in pages.
///
/// ```
/// use cisco_support_case::{endpoint::CASES_BY_CONTRACT, util::Json};
/// let params = Json::object([("contract_ids", Json::from(vec!["1234567"])), ("page_index", Json::from(2_u32))]);
/// let request = CASES_BY_CONTRACT.check(&params).map_err(|problems| problems[0].message.clone())?;
/// assert_eq!(request.path_and_query(), "/cases/contracts/contract_ids/1234567?page_index=2");
/// # Ok::<(), String>(())
/// ```
pub const CASES_BY_CONTRACT: Endpoint = Endpoint {
    name: "casesByContract",
    title: prose("GET Cases by Contract ID"),
    method_title: prose("Get Cases By Contract Id"),
    params_type: "CasesByContractParams",
    route: "/cases/contracts/contract_ids/",
    params: list_params!(Param {
        name: "contract_ids",
        kind: ParamKind::Ids(IdRule::CONTRACT),
        doc: prose("The contracts whose cases to return, at most 10."),
    }),
    response: DocumentKind::Page,
    doc: prose("Returns the cases of up to 10 contracts, a page at a time."),
};
