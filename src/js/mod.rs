//! The face to JavaScript: thin wrappers that carry values across, no logic of their own.
//!
//! What is exported here is not what a portal imports: `pkg-template/` puts classes, promises that are iterable and the
//! loading of the module around it. What crosses into the client's wasm and out of it are texts of JSON, functions and
//! signals; of records only the address of a table, and `records.js` builds their objects from the memory it tells of.
//!
//! | door | feature | is |
//! |---|---|---|
//! | `RawClient`, `RawList` | client | calls and lists as promises |
//! | `RawBulk` | client | calls in bulk |
//! | `check`, `explain`, … | client | the rules and the error table on their own |
//! | `RawRecords`, `room`, `decode` | client | where the records of an answer stand, and the decoder on its own |
//! | `RawGateway`, `RawAsk`, `RawJob` | gateway | what one isolate of a gateway decides |
//! | `RawQuota` | gateway | what the Durable Object of all isolates decides |
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
pub use gateway::{RawAsk, RawGateway, RawJob, error_body, pace_of};
#[cfg(feature = "client")]
pub use panic::{abandon, on_panic, panic_after, panic_now};
#[cfg(feature = "client")]
pub use pure::{check, check_client_options, explain, next_page_index, parse_ids, previous_page_index};
#[cfg(feature = "gateway")]
pub use quota::RawQuota;
#[cfg(feature = "client")]
pub use records::{RawRecords, decode, decode_error, decoded_issues, own_memory, room};
#[cfg(feature = "sandbox")]
pub use sandbox::RawSandbox;
