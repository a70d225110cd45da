//! The errors of the service, the client, the gateway and the store as data, and the classification of error responses.
//!
//! The documentation's error table is transcribed once, in [`ERROR_TABLE`], together with what it leaves out: the kind
//! of each row, whether a retry can help, and what to do. Client, sandbox, gateway, documentation and tests read it.
//! Nothing in this module sends, waits or retries.
//!
//! | item | is |
//! |---|---|
//! | [`ErrorRow`], [`ERROR_TABLE`] | the 38 rows of the service's documentation |
//! | [`CLIENT_ERRORS`] | rows for errors that the client finds |
//! | [`GATEWAY_ERRORS`] | rows for errors that a gateway of this package finds |
//! | [`STORE_ERRORS`] | rows for errors that the store finds |
//! | [`explain`], [`row_for`] | the rows for a code in any spelling; the row for a code of this package |
//! | [`ErrorKind`] | the class of an error, for decisions in code |
//! | [`Source`] | the side that found an error |
//! | [`classify`], [`ErrorResponse`], [`Classification`] | the meaning of an error response |
//! | [`ErrorBody`] | the body of a gateway's error response: writer and reader |
//! | [`retry_after_ms`], [`http_date_ms`] | `Retry-After` in both its forms |

mod body;
mod canonical;
mod classify;
mod client;
mod find;
mod gateway;
mod kind;
mod lookup;
mod retry_after;
mod row;
mod service;
mod source;
mod store;

pub use body::ErrorBody;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use canonical::canonical;
pub use classify::{Classification, ErrorResponse, classify};
pub use client::CLIENT_ERRORS;
pub use gateway::GATEWAY_ERRORS;
pub use kind::ErrorKind;
pub(crate) use lookup::explain_first;
pub use lookup::{explain, row_for};
pub use retry_after::{http_date_ms, retry_after_ms};
pub use row::ErrorRow;
pub use service::ERROR_TABLE;
pub use source::Source;
pub use store::STORE_ERRORS;
