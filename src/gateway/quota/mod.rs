//! The one quota of all isolates, and the one token.
//!
//! A Worker runs in many isolates, each of which sends its own requests; the service counts them all together. One
//! Durable Object holds what must be counted together, and this room is what it decides: isolates *lease* slots from it,
//! a few at a time and for a short while, so that not every request visits it, and ask it for the token.
//!
//! The promise: however isolates use their slots within their leases, the service never counts more than the limit in
//! any second, minute or 24 hours. What is not for this room: how many requests an isolate has in flight, and what is
//! in them.
//!
//! | door | is |
//! |---|---|
//! | [`Quota`] | who may send how many requests until when: fair between tenants, never above the limits |
//! | [`Ask`], [`AskId`], [`Verdict`], [`GrantId`] | what an isolate asks for, and what it gets |
//! | [`QuotaBudget`] | what is used, what is left and who waits, for a health page |
//! | [`Keeper`], [`Need`], [`FetchId`] | the service's token, renewed once for all |

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
