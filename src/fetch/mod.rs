//! What drives the [`client`](crate::client)'s engine where there is JavaScript: `fetch`, one timer, the caller's signals
//! and token provider.
//!
//! Nothing foreign is trusted here: a `fetch` that is handed in may throw, return something that is no promise, reject
//! with anything or resolve with something that is no response. All of that is a cause, never a panic. A request is
//! aborted by a controller of our own and without a reason, so that no foreign reason travels through other code.
//!
//! | door | is |
//! |---|---|
//! | [`Driver`] | an engine that is driven: calls as promises |
//! | [`abandon`] | ends whatever is under way |
//!
mod abort;
mod driver;
mod exchange;
mod token;
mod web;

pub(crate) use driver::{Driver, Means, Outcome, abandon};
