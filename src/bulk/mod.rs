//! Bulk reading: any number of ids, any date range, lists that change while they are read, and changes since a cursor.
//!
//! The service accepts 30 cases, 10 contracts, 10 users or 90 days a request, and returns 100 cases a page. A [`BulkJob`]
//! splits a [`BulkQuery`] into requests and merges the responses into one stream. It performs no I/O and stores no records:
//! its driver sends the requests of [`BulkJob::next_request`], reports their outcomes, and takes the deliveries. Of a response
//! the job sees one row a case; the driver stores the records under a handle ([`CaseRows`]).
//!
//! | item | purpose |
//! |---|---|
//! | [`BulkQuery`], [`BulkOperation`], [`CaseFilter`] | validated parameters |
//! | [`BulkJob`], [`BulkOptions`], [`bulk_options`] | the job as its driver sees it, and its options |
//! | [`ListJob`] | every case of any number of contracts or users, or what has changed of them |
//! | [`IdBatchJob`] | any number of cases by their ids, as summaries or details |
//! | [`CaseRows`], [`CaseRow`], [`write_rows`], [`write_service_time`] | the rows of a response |
//! | [`BulkRequest`], [`Delivery`], [`DeliveryKind`], [`Progress`], [`RequestUsage`] | requests, deliveries and counters |
//! | [`FailureOutcome`], [`BulkFailure`], [`InvalidCheckpoint`] | failed requests, and refused checkpoints |
//! | [`Cursor`], [`ListCheckpoint`], [`KnownCase`] | the position of a round of changes, to continue from |
//! | [`estimate`], [`sample`], [`Estimate`] | the number of requests, and lists to estimate it from |
//! | [`encode_call`], [`decode_call`] | the form in which a validated call is passed to the bulk module |

mod call_codec;
mod case_rows;
mod change_tracker;
mod cursor;
mod delivery;
mod estimate;
mod failure;
mod id_batches;
mod job;
mod list_job;
mod options;
mod query;
mod request;
mod round_order;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use options::{AHEAD_SECONDS, MAX_BATCH, MAX_CONCURRENCY};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use query::{EARLIEST_MS, ID_KINDS};

pub use call_codec::{decode_call, encode_call};
pub use case_rows::{CaseRow, CaseRows, write_rows, write_service_time};
pub use cursor::{Cursor, KnownCase, ListCheckpoint};
pub use delivery::{Delivery, DeliveryKind, Progress, RequestUsage};
pub use estimate::{Estimate, estimate, sample};
pub use failure::{BulkFailure, FailureOutcome, InvalidCheckpoint};
pub use id_batches::IdBatchJob;
pub use job::BulkJob;
pub use list_job::ListJob;
pub use options::{BulkOptions, bulk_options};
pub use query::{BulkOperation, BulkQuery, CaseFilter};
pub use request::BulkRequest;
