//! The face to JavaScript: thin wrappers that carry values across, no logic of their own.
//!
//! What is exported here is not what a portal imports: `pkg-template/` puts classes, promises that are iterable and the
//! loading of the module around it. What crosses into the client's wasm and out of it are texts and numbers
//! ([`boundary`](crate::boundary) names them); of records only the address of a header, and `records.ts` builds their objects from
//! the memory that it tells of. Functions, promises and signals stay in JavaScript.
//!
//! | door | feature | is |
//! |---|---|---|
//! | `RawClient`, `RawPaginator` | js-client | the engine for its drivers, lists, and the decoder on its own |
//! | `RawBulkJob` | js-bulk | calls in bulk |
//! | `check`, `checkCall` | js-client | the rules on their own |
//! | `RawGateway`, `RawAsk`, `RawJob`, `RawLease`, `RawPace` | js-gateway | what one isolate of a gateway decides |
//! | `RawQuota`, `RawWish`, `RawDecision`, `RawToken` | js-gateway | what the Durable Object of all isolates decides |
//! | `RawSandbox` | js-sandbox | the service |

#[cfg(feature = "js-bulk")]
mod bulk;
#[cfg(feature = "js-client")]
mod client;
#[cfg(feature = "js-sandbox")]
mod convert;
#[cfg(feature = "js-client")]
mod error;
#[cfg(feature = "js-client")]
mod functions;
#[cfg(feature = "js-gateway")]
mod gateway;
#[cfg(any(feature = "js-gateway", feature = "js-sandbox"))]
mod headers;
#[cfg(feature = "js-client")]
mod json;
#[cfg(any(feature = "js-client", feature = "js-bulk"))]
mod panic;
#[cfg(feature = "js-gateway")]
mod quota;
#[cfg(feature = "js-client")]
mod record_store;
#[cfg(feature = "js-client")]
mod records;
#[cfg(feature = "js-sandbox")]
mod sandbox;

#[cfg(feature = "js-bulk")]
pub use bulk::RawBulkJob;
#[cfg(feature = "js-client")]
pub use client::{RawClient, RawPaginator};
#[cfg(feature = "js-client")]
pub use functions::check;
#[cfg(feature = "js-gateway")]
pub use gateway::{
    RawGateway, RawLeaseResult, RawRateLimitSignal, RawRequest, RawUpstreamCall, contains_secret, error_body,
    rate_limit_signal_of,
};
#[cfg(any(feature = "js-client", feature = "js-bulk"))]
pub use panic::panic_now;
#[cfg(feature = "js-gateway")]
pub use quota::{RawLeaseDecision, RawLeaseRequest, RawQuota, RawTokenStatus};
#[cfg(feature = "js-sandbox")]
pub use sandbox::RawSandbox;
