//! The bulk job as its driver sees it.

use super::{
    BulkOperation, BulkOptions, BulkQuery, BulkRequest, CaseRows, Cursor, Delivery, FailureOutcome, IdBatchJob,
    InvalidCheckpoint, ListJob, Progress, RequestUsage,
};
use crate::boundary::owner;
use crate::endpoint::Request;
use crate::error::ErrorKind;
use crate::paging::ReaderError;
use alloc::{boxed::Box, string::String, vec::Vec};

/// A bulk call without I/O.
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, RequestUsage};
/// use cisco_support_case::util::Json;
///
/// let ids = Json::Array((0..35).map(|id| Json::from((600_000_000 + id).to_string().as_str())).collect());
/// let query = BulkQuery::check(&Json::object([("case_ids", ids)]), BulkOperation::AllCases).unwrap();
/// let mut job = BulkJob::new(query, BulkOperation::AllCases, &BulkOptions::default(), None, 0).unwrap();
/// let (_, first) = job.next_request(RequestUsage::default()).unwrap();
/// let (_, second) = job.next_request(RequestUsage::default()).unwrap();
/// assert_eq!((first.ids.len(), second.ids.len()), (30, 5));
/// assert!(job.next_request(RequestUsage::default()).is_none());
/// ```
#[derive(Debug)]
pub enum BulkJob {
    /// A job that reads lists.
    Lists(Box<ListJob>),
    /// A job that reads cases by their ids.
    Cases(Box<IdBatchJob>),
}

impl BulkJob {
    /// Creates the job of a query.
    ///
    /// `unix_ms` is the current time in milliseconds since 1970 (UTC), `cursor` that of the last round of changes.
    ///
    /// # Errors
    ///
    /// The checkpoint or cursor is malformed or belongs to another call.
    pub fn new(
        query: BulkQuery,
        operation: BulkOperation,
        options: &BulkOptions,
        cursor: Option<&str>,
        unix_ms: i64,
    ) -> Result<BulkJob, InvalidCheckpoint> {
        Ok(match operation {
            BulkOperation::Changes => {
                let cursor = cursor.map(|text| Cursor::parse(text, &query)).transpose()?;
                BulkJob::Lists(Box::new(ListJob::changes(query, options, cursor, unix_ms)))
            }
            BulkOperation::AllCases if query.field != "case_ids" => {
                BulkJob::Lists(Box::new(ListJob::all_cases(query, options, unix_ms)?))
            }
            _ => BulkJob::Cases(Box::new(IdBatchJob::new(query, options)?)),
        })
    }

    /// Creates a job without requests.
    pub fn idle() -> BulkJob {
        let (_, query, _) = super::decode_call("allDetails");
        BulkJob::Cases(Box::new(IdBatchJob::from_start(query, &BulkOptions::default())))
    }

    /// Returns the next request with its id, or `None` if none can be sent until a response arrives.
    pub fn next_request(&mut self, counts: RequestUsage) -> Option<(u32, Request)> {
        self.next_bulk_request(counts).map(|(id, request)| (id, request.into_request()))
    }

    /// Returns what [`next_request`](BulkJob::next_request) gives, without the texts of its dates.
    pub fn next_bulk_request(&mut self, counts: RequestUsage) -> Option<(u32, BulkRequest)> {
        match self {
            BulkJob::Lists(lists) => lists.next_request(counts),
            BulkJob::Cases(cases) => cases.next_request(counts),
        }
    }

    /// Returns the kind of [`owner`] that [`write_rows`](super::write_rows) must write for each case.
    pub fn owner(&self) -> u32 {
        match self {
            BulkJob::Lists(lists) => lists.owner(),
            BulkJob::Cases(_) => owner::NONE,
        }
    }

    /// Processes a response.
    ///
    /// # Errors
    ///
    /// The list cannot be read on, with the consequence for the job.
    pub fn on_response(&mut self, id: u32, rows: CaseRows, unix_ms: i64) -> Result<(), (ReaderError, FailureOutcome)> {
        match self {
            BulkJob::Lists(lists) => lists.on_response(id, rows, unix_ms),
            BulkJob::Cases(cases) => {
                cases.on_response(id, &rows);
                Ok(())
            }
        }
    }

    /// Returns the next handle of records that will not be delivered.
    pub fn next_discarded(&mut self) -> Option<u32> {
        match self {
            BulkJob::Lists(lists) => lists.discarded.pop(),
            BulkJob::Cases(cases) => cases.discarded.pop(),
        }
    }

    /// Processes a failed request, after its retries.
    pub fn on_failure(&mut self, id: u32, kind: ErrorKind, code: &str) -> FailureOutcome {
        match self {
            BulkJob::Lists(lists) => lists.on_failure(id, kind, code),
            BulkJob::Cases(cases) => cases.on_failure(id, kind, code),
        }
    }

    /// Returns the next delivery. All items of the previous delivery count as taken.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        match self {
            BulkJob::Lists(lists) => lists.next_delivery(),
            BulkJob::Cases(cases) => cases.next_delivery(),
        }
    }

    /// Returns the ids of requested cases that no response contained, each once.
    pub fn take_missing(&mut self) -> Vec<String> {
        match self {
            BulkJob::Lists(_) => Vec::new(),
            BulkJob::Cases(cases) => cases.take_missing(),
        }
    }

    /// Returns the checkpoint, or the cursor of a round of changes, if `taken` items of the last delivery were taken.
    pub fn checkpoint(&self, taken: usize) -> String {
        match self {
            BulkJob::Lists(lists) => lists.checkpoint(taken),
            BulkJob::Cases(cases) => cases.checkpoint(taken),
        }
    }

    /// Returns the progress of the call.
    pub fn progress(&self) -> Progress {
        match self {
            BulkJob::Lists(lists) => lists.progress(),
            BulkJob::Cases(cases) => cases.progress(),
        }
    }
}
