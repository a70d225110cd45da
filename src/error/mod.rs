//! What goes wrong, as data, and how a response is told apart from another.
//!
//! The documentation's table of errors stands here once ([`ERROR_TABLE`]), with what it leaves out: the kind of each
//! row, whether asking again can help, and what to do. Client, sandbox, gateway, documentation and tests read it.
//! Nothing here sends, waits or retries.
//!
//! | door | is |
//! |---|---|
//! | [`ErrorRow`], [`ERROR_TABLE`] | the documentation's 38 rows |
//! | [`CLIENT_ERRORS`] | what only this side can find wrong, as rows of the same kind |
//! | [`GATEWAY_ERRORS`] | what a gateway of this package finds wrong, as well |
//! | [`explain`], [`row_for`] | the rows for a code, however a gateway spells it; the row for one of our own |
//! | [`ErrorKind`] | what a caller decides by |
//! | [`Source`] | who found it |
//! | [`classify`], [`ErrorResponse`], [`Classification`] | what a response that is no answer means |
//! | [`ErrorBody`] | what a gateway of this package says of an error: the one place that writes and reads it |
//! | [`retry_after_ms`], [`http_date_ms`] | `Retry-After`, in both its forms |

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
