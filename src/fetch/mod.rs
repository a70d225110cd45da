//! The fetch-based transport, the clock and the token provider: what [`client`](crate::client) needs of JavaScript.
//!
//! Nothing foreign is trusted here: a `fetch` that is handed in may throw, return something that is no promise, reject
//! with anything or resolve with something that is no response. All of that is a cause, never a panic. A request is
//! aborted by a controller of our own and without a reason, so that no foreign reason travels through other code.
//!
//! | door | is |
//! |---|---|
//! | [`Web`] | the host over `fetch`, `setTimeout` and `Date.now` |
//! | [`Aborted`] | a caller's `AbortSignal`, as a future |

mod abort;
mod exchange;
mod timer;
mod web;

pub(crate) use abort::{Aborted, is_signal};
pub(crate) use web::{Web, in_page, page_origin};
