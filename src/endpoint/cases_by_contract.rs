//! `GET /cases/contracts/contract_ids/{contract_ids}` ([spec])
//!
//! [spec]: https://developer.cisco.com/docs/support-apis/case/#get-cases-by-contract-id

use super::params::list_params;
use super::{Endpoint, Param, ParamRole};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::text_outside_wasm;

/// The endpoint that returns the cases of several contracts, in pages: `contract_ids`, limited by [`IdRule::CONTRACT`].
///
/// Its other parameters are `date_created_from`, `date_created_to`, `status_flag`, `sort_by` and `page_index`.
/// [`Endpoint::check`] returns a [`Request`](super::Request); the response is a [`CasesPage`](crate::model::CasesPage).
///
/// ```
/// use cisco_support_case::{endpoint::CASES_BY_CONTRACT, util::Json};
/// let params = Json::object([("contract_ids", Json::from(vec!["1234567"])), ("page_index", Json::from(2_u32))]);
/// let request = CASES_BY_CONTRACT.check(&params).unwrap();
/// assert_eq!(request.path_and_query(), "/cases/contracts/contract_ids/1234567?page_index=2");
/// ```
pub const CASES_BY_CONTRACT: Endpoint = Endpoint {
    operation_id: "casesByContract",
    description: text_outside_wasm("Returns the cases of up to 10 contracts, a page at a time."),
    spec_section: text_outside_wasm("GET Cases by Contract ID"),
    path: "/cases/contracts/contract_ids/{contract_ids}",
    params: &list_params(Param {
        name: "contract_ids",
        role: ParamRole::IdList(IdRule::CONTRACT),
        description: text_outside_wasm("The contracts whose cases to return, at most 10."),
    }),
    ts_params_type: "CasesByContractParams",
    response: DocumentKind::Page,
};
