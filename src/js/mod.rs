//! The face to JavaScript: thin wrappers that carry values across, no logic of their own.
//!
//! What is exported here is not what a portal imports: `pkg-template/` puts classes, promises that are iterable and the
//! loading of the module around it. What crosses into the client's wasm and out of it are texts and numbers
//! ([`boundary`](crate::boundary) names them); of records only the address of a header, and `records.ts` builds their objects from
//! the memory that it tells of. Functions, promises and signals stay in JavaScript.
//!
//! | door | feature | is |
//! |---|---|---|
//! | `RawClient`, `RawList` | client | the engine for its drivers, and lists |
//! | `RawBulk` | client | calls in bulk |
//! | `check`, `checkBulk` | client | the rules on their own |
//! | `room`, `decode` | client | the decoder on its own |
//! | `RawGateway`, `RawAsk`, `RawJob`, `RawLease`, `RawPace` | gateway | what one isolate of a gateway decides |
//! | `RawQuota`, `RawWish`, `RawDecision`, `RawToken` | gateway | what the Durable Object of all isolates decides |
//! | `RawSandbox` | sandbox | the service |

#[cfg(feature = "client")]
mod bulk;
#[cfg(feature = "client")]
mod call;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "gateway")]
mod gateway;
#[cfg(any(feature = "gateway", feature = "sandbox"))]
mod lines;
#[cfg(feature = "client")]
mod panic;
#[cfg(feature = "client")]
mod pure;
#[cfg(feature = "gateway")]
mod quota;
#[cfg(feature = "client")]
mod records;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "sandbox")]
mod value;

#[cfg(feature = "client")]
pub use bulk::{RawBulk, check_bulk};
#[cfg(feature = "client")]
pub use call::{RawClient, RawList};
#[cfg(feature = "gateway")]
pub use gateway::{RawAsk, RawGateway, RawJob, RawLease, RawPace, error_body, pace_of};
#[cfg(feature = "client")]
pub use panic::{keep_panics, panic_message, panic_now};
#[cfg(feature = "client")]
pub use pure::check;
#[cfg(feature = "gateway")]
pub use quota::{RawDecision, RawQuota, RawToken, RawWish};
#[cfg(feature = "client")]
pub use records::{decode, decode_error, decoded_issues, own_memory, room};
#[cfg(feature = "sandbox")]
pub use sandbox::RawSandbox;
