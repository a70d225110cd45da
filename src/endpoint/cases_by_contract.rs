//! `GET /cases/contracts/contract_ids/{contract_ids}` ([spec])
//!
//! [spec]: https://developer.cisco.com/docs/support-apis/case/#get-cases-by-contract-id

use super::params::list_params;
use super::{Endpoint, Param, ParamKind};
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
    operation_id: "casesByContract",
    description: prose("Returns the cases of up to 10 contracts, a page at a time."),
    spec_section: prose("GET Cases by Contract ID"),
    path: "/cases/contracts/contract_ids/{contract_ids}",
    params: &list_params(Param {
        name: "contract_ids",
        kind: ParamKind::Ids(IdRule::CONTRACT),
        description: prose("The contracts whose cases to return, at most 10."),
    }),
    params_type: "CasesByContractParams",
    response: DocumentKind::Page,
};
