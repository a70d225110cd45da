//! `GET /cases/contracts/contract_ids/{contract_ids}`

use super::{Endpoint, Param, ParamKind, param::list_params};
use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// The cases of up to 10 contracts, a page at a time. (Case API v3, "GET Cases by Contract ID".)
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
    answer: DocumentKind::Page,
    doc: prose("Returns the cases of up to 10 contracts, a page at a time."),
};
