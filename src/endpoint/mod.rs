//! What can be asked: the four GETs of the Case API v3, one file each.
//!
//! An endpoint's route, limits and parameters are data ([`Endpoint`]); checking parameters against it gives a
//! [`Request`] that is valid once it exists and knows its path. The same tables write the TypeScript declarations and
//! tell the sandbox and the gateway what they may be asked. Nothing is sent here.
//!
//! | door | asks for |
//! |---|---|
//! | [`CASE_SUMMARY`] | up to 30 cases in brief |
//! | [`CASE_DETAILS`] | one case with everything |
//! | [`CASES_BY_CONTRACT`] | the cases of up to 10 contracts, a page at a time |
//! | [`CASES_BY_USER`] | the cases of up to 10 users, a page at a time |
//!
//! [`endpoint_at`] and its neighbours read an address back, for those who are asked.

mod case_details;
mod case_summary;
mod cases_by_contract;
mod cases_by_user;
mod matcher;
mod param;
mod percent;
mod request;

pub use case_details::CASE_DETAILS;
pub use case_summary::CASE_SUMMARY;
pub use cases_by_contract::CASES_BY_CONTRACT;
pub use cases_by_user::CASES_BY_USER;
pub use matcher::{is_well_formed, match_path, path_and_query};
pub use param::{Endpoint, PAGE_SIZE, Param, ParamKind, SORT_OPTIONS};
pub use percent::{decode as percent_decode, encode as percent_encode};
pub use request::Request;

/// All endpoints, in the documentation's order.
pub const ENDPOINTS: [&Endpoint; 4] = [&CASE_SUMMARY, &CASE_DETAILS, &CASES_BY_CONTRACT, &CASES_BY_USER];

/// The service's base address. (Case API v3, sample requests.)
pub const BASE_URL: &str = "https://apix.cisco.com/case/v3";
