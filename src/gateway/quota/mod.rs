//! The quota and the token that all isolates of a gateway share.
//!
//! A Worker runs in many isolates, each of which sends its own requests; the service counts them together. One Durable
//! Object contains the shared state: isolates *lease* permits from it, a few at a time and for a short while, so that
//! not every request calls it, and get the token from it.
//!
//! Guarantee: however isolates use their permits within their leases, the service never counts more than the limit in
//! any second, minute or 24 hours. Not limited here: the number of concurrent requests of an isolate.
//!
//! | item | is |
//! |---|---|
//! | [`Quota`] | allocation of permits: fair between tenants, never above the limits |
//! | [`LeaseRequest`], [`LeaseRequestId`], [`LeaseDecision`], [`LeaseId`] | requests and decisions |
//! | [`QuotaBudget`] | usage, remaining permits and the queue |
//! | [`TokenManager`], [`TokenStatus`], [`TokenRequestId`] | the service's token, renewed once for all isolates |

mod allocator;
mod clock;
mod fair_queue;
mod lease_request;
mod leases;
mod snapshot;
mod text;
mod token;
mod usage;

pub use allocator::{DEFAULT_RESERVE_PERCENT, Quota, QuotaBudget};
pub use lease_request::{LeaseDecision, LeaseId, LeaseRequest, LeaseRequestId};
pub use token::{TokenManager, TokenRequestId, TokenStatus};
