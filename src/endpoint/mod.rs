//! The endpoints: the four GET requests of the Case API v3, one file each.
//!
//! The path and parameters of an endpoint are data ([`Endpoint`]), with the limits of its ids
//! ([`IdRule`](crate::rules::IdRule)). [`Endpoint::check`] compares parameters with it and returns a [`Request`], which is
//! valid by construction and has a path. The TypeScript declarations, the sandbox and the gateway use the same tables. This
//! module sends nothing.
//!
//! | item | returns |
//! |---|---|
//! | [`CASE_SUMMARY`] | several cases by their ids |
//! | [`CASE_DETAILS`] | one case with its notes |
//! | [`CASES_BY_CONTRACT`] | the cases of several contracts, in pages |
//! | [`CASES_BY_USER`] | the cases of several users, in pages |
//!
//! [`match_path`], [`path_and_query`] and [`is_well_formed`] parse a received request.

mod case_details;
mod case_summary;
mod cases_by_contract;
mod cases_by_user;
mod definition;
mod matcher;
mod params;
mod percent;
mod request;

pub use case_details::CASE_DETAILS;
pub use case_summary::CASE_SUMMARY;
pub use cases_by_contract::CASES_BY_CONTRACT;
pub use cases_by_user::CASES_BY_USER;
pub use definition::{Endpoint, Param, ParamRole};
pub use matcher::{is_well_formed, match_path, path_and_query};
pub use params::{PAGE_SIZE, SORT_OPTIONS};
pub use percent::{decode as percent_decode, encode as percent_encode};
pub use request::Request;

/// All endpoints, in the order of the documentation.
pub const ENDPOINTS: [&Endpoint; 4] = [&CASE_SUMMARY, &CASE_DETAILS, &CASES_BY_CONTRACT, &CASES_BY_USER];

/// The base address of the service. (Case API v3, sample requests.)
pub const BASE_URL: &str = "https://apix.cisco.com/case/v3";
