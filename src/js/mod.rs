//! The wasm exports: thin wrappers that convert values, without logic.
//!
//! Users do not import these exports: `pkg-template/` adds classes, iterable promises and module loading. The client's wasm
//! exchanges strings and numbers ([`boundary`](crate::boundary) names them) with JavaScript. Of records it exports the address of
//! a header; `materialize.ts` creates their objects from memory. Functions, promises and signals stay in JavaScript.
//!
//! | item | feature | purpose |
//! |---|---|---|
//! | `RawClient`, `RawPaginator` | js-client | the engine for its drivers, paginators, and the decoder without a call |
//! | `RawBulkJob` | js-bulk | bulk calls |
//! | `check` | js-client | validation of parameters without a call |
//! | `RawGateway`, `RawAsk`, `RawJob`, `RawLease`, `RawPace` | js-gateway | what one isolate of a gateway decides |
//! | `RawCopyFeed`, `RawCopyQuery`, `RawCopyBatch`, `RawDetailsBatch` | js-gateway | the copy of cases: statements and their rows |
//! | `RawRoster`, `RawTicket` | js-gateway | the sockets of one Durable Object |
//! | `RawQuota`, `RawWish`, `RawDecision`, `RawToken` | js-gateway | what the Durable Object of all isolates decides |
//! | `RawSandbox` | js-sandbox | the simulated service |
//! | `RawStore` | js-store | the cases that a page or process holds |

#[cfg(feature = "js-bulk")]
mod bulk;
#[cfg(feature = "js-client")]
mod client;
#[cfg(feature = "js-sandbox")]
mod convert;
#[cfg(feature = "js-gateway")]
mod copy;
#[cfg(feature = "js-client")]
mod error;
#[cfg(feature = "js-client")]
mod functions;
#[cfg(feature = "js-gateway")]
mod gateway;
#[cfg(any(feature = "js-gateway", feature = "js-sandbox"))]
mod headers;
#[cfg(any(feature = "js-client", feature = "js-gateway", feature = "js-store"))]
mod json;
#[cfg(feature = "js-gateway")]
mod live;
#[cfg(any(feature = "js-client", feature = "js-bulk"))]
mod panic;
#[cfg(feature = "js-gateway")]
mod quota;
#[cfg(feature = "js-client")]
mod record_store;
#[cfg(feature = "js-client")]
mod records;
#[cfg(feature = "js-client")]
mod retained_records;
#[cfg(feature = "js-sandbox")]
mod sandbox;
#[cfg(feature = "js-store")]
mod store;
#[cfg(feature = "js-store")]
mod store_answers;
#[cfg(feature = "js-store")]
mod store_deferred;

#[cfg(feature = "js-bulk")]
pub use bulk::RawBulkJob;
#[cfg(feature = "js-client")]
pub use client::{RawClient, RawPaginator};
#[cfg(feature = "js-gateway")]
pub use copy::{
    RawCopyBatch, RawCopyFeed, RawCopyQuery, RawDetailsBatch, copied_list, copy_acquire, copy_cases_of,
    copy_changes_after, copy_compact, copy_drop_details, copy_due_details, copy_owner, copy_owners_since,
    copy_progress, copy_restore, copy_round, copy_synced,
};
#[cfg(feature = "js-client")]
pub use functions::check;
#[cfg(feature = "js-gateway")]
pub use gateway::{
    RawAttempt, RawGateway, RawLeaseResult, RawRateLimitSignal, RawRequest, RawResponseHead, RawUpstreamCall,
    contains_secret, error_body, rate_limit_signal_of,
};
#[cfg(feature = "js-gateway")]
pub use live::{RawRoster, RawTicket, busy_body, live_settings, merge_changed, wait_ms_of_ticket};
#[cfg(any(feature = "js-client", feature = "js-bulk"))]
pub use panic::panic_now;
#[cfg(feature = "js-gateway")]
pub use quota::{RawLeaseDecision, RawLeaseRequest, RawQuota, RawTokenStatus};
#[cfg(feature = "js-sandbox")]
pub use sandbox::RawSandbox;
#[cfg(feature = "js-store")]
pub use store::RawStore;
