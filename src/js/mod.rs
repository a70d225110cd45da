//! The face to JavaScript: thin wrappers that carry values across, no logic of their own.
//!
//! What is exported here is not what a portal imports: `pkg-template/` puts classes, promises that are iterable and the
//! loading of the module around it. What crosses into the client's wasm and out of it are texts and numbers
//! ([`boundary`](crate::boundary) names them); of records only the address of a header, and `records.ts` builds their objects from
//! the memory that it tells of. Functions, promises and signals stay in JavaScript.
//!
//! | door | feature | is |
//! |---|---|---|
//! | `RawClient`, `RawList` | js-client | the engine for its drivers, and lists |
//! | `RawBulk` | js-client | calls in bulk |
//! | `check`, `checkBulk` | js-client | the rules on their own |
//! | `RawDecoder` | js-client | the decoder on its own |
//! | `RawGateway`, `RawAsk`, `RawJob`, `RawLease`, `RawPace` | js-gateway | what one isolate of a gateway decides |
//! | `RawQuota`, `RawWish`, `RawDecision`, `RawToken` | js-gateway | what the Durable Object of all isolates decides |
//! | `RawSandbox` | js-sandbox | the service |

#[cfg(feature = "js-client")]
mod bulk;
#[cfg(feature = "js-client")]
mod call;
#[cfg(feature = "js-client")]
mod error;
#[cfg(feature = "js-gateway")]
mod gateway;
#[cfg(any(feature = "js-gateway", feature = "js-sandbox"))]
mod lines;
#[cfg(feature = "js-client")]
mod panic;
#[cfg(feature = "js-client")]
mod pure;
#[cfg(feature = "js-gateway")]
mod quota;
#[cfg(feature = "js-client")]
mod records;
#[cfg(feature = "js-sandbox")]
mod sandbox;
#[cfg(feature = "js-sandbox")]
mod value;

#[cfg(feature = "js-client")]
pub use bulk::{RawBulk, check_bulk};
#[cfg(feature = "js-client")]
pub use call::{RawClient, RawList};
#[cfg(feature = "js-gateway")]
pub use gateway::{RawAsk, RawGateway, RawJob, RawLease, RawPace, error_body, pace_of};
#[cfg(feature = "js-client")]
pub use panic::panic_now;
#[cfg(feature = "js-client")]
pub use pure::check;
#[cfg(feature = "js-gateway")]
pub use quota::{RawDecision, RawQuota, RawToken, RawWish};
#[cfg(feature = "js-client")]
pub use records::{RawDecoder, own_memory};
#[cfg(feature = "js-sandbox")]
pub use sandbox::RawSandbox;
