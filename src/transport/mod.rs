//! An async client for Rust web apps and Workers: the four calls as futures, lists as streams.
//!
//! On `wasm32-unknown-unknown` only, by the feature `transport`. Requests are sent by the runtime's `fetch`, through
//! [gloo-net](gloo_net); token, rate limit, retries and deadlines are those of
//! [`client::Engine`](crate::client::Engine), as in the npm package.
//!
//! ```no_run
//! use cisco_support_case::model::StatusFlag;
//! use cisco_support_case::transport::{CaseSummaryParams, CasesByContractParams, Client, ClientOptions, Error};
//! use futures_util::TryStreamExt;
//!
//! async fn open_cases() -> Result<Vec<String>, Error> {
//!     // A page calls a gateway on its own origin; a server or Worker calls the service.
//!     let client = Client::new(ClientOptions::new().base_url("/api/case"))?;
//!
//!     let summary = client.case_summary(CaseSummaryParams::new(["612345678"])).await?;
//!     let mut titles: Vec<_> = summary.cases.into_iter().map(|case| case.title).collect();
//!
//!     // Every open case of a contract, even if the list changes during the read.
//!     let params = CasesByContractParams::new(["1234567"]).status_flag(StatusFlag::Open);
//!     let mut cases = client.cases_by_contract(params).timeout_ms(10_000).stream();
//!     while let Some(case) = cases.try_next().await? {
//!         titles.push(case.title);
//!     }
//!     Ok(titles)
//! }
//! ```
//!
//! # Cancellation
//!
//! A call begins when it is first polled. Dropping it aborts its request and frees its slot of the rate limit; other calls
//! continue. A call makes progress only while it is polled: one that is no longer polled keeps its slot until it is dropped,
//! and may time out.
//!
//! # Workers
//!
//! One client can serve all requests of an isolate. Where the runtime isolates requests ([`ClientOptions::isolated`]),
//! no call wakes another: each polls by its own timer, and takes over the token request and slot of a call whose request ended.
//!
//! | item | purpose |
//! |---|---|
//! | [`Client`], [`ClientOptions`] | the client and its options |
//! | [`CaseSummaryParams`], [`CasesByContractParams`], [`CasesByUserParams`], [`SortBy`] | parameters of calls |
//! | [`Call`] | a call, as a future with its own options |
//! | [`Cases`] | every case of a list, as a stream |
//! | [`Error`], [`Cause`] | the error of a call, and the foreign error that caused it |

mod call;
mod cases;
mod cause;
mod client;
mod driver;
mod driver_waker;
mod fetch;
mod options;
mod params;
mod runtime;
mod shared;

pub use crate::client::{Backoff, Budget, CallError, Event, RateLimits, TokenReply, Validation};
pub use call::Call;
pub use cases::Cases;
pub use cause::{Cause, Error};
pub use client::Client;
pub use options::ClientOptions;
pub use params::{CaseSummaryParams, CasesByContractParams, CasesByUserParams, SortBy};
