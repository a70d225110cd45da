//! The boundary of the bulk module, which stores no records: it decides from the rows of each response.

use crate::boundary::{delivery, failure_outcome, progress};
use crate::bulk::{BulkJob, CaseRows, Delivery, DeliveryKind, FailureOutcome, Progress, RequestUsage, decode_call};
use crate::error::ErrorKind;
use crate::paging::ReaderError;
use crate::util::{join, text};
use alloc::{string::String, vec, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// A bulk call. The driver sends the requests of [`next_request`](RawBulkJob::next_request) until there is none, reports the
/// outcome of each, and takes the deliveries of [`next_delivery`](RawBulkJob::next_delivery) until there is none.
#[wasm_bindgen]
pub struct RawBulkJob {
    job: BulkJob,
    counts: RequestUsage,
    answers: u32,
    /// Rows of the next response.
    rows: Vec<u64>,
    /// Delivery that was prepared last.
    delivered: Delivery,
    text: String,
}

#[wasm_bindgen]
impl RawBulkJob {
    /// Creates a job of a validated call with its options, as lines ([`decode_call`]); the option `resume` is a checkpoint or cursor.
    ///
    /// If the checkpoint is refused, the job has no requests, and [`take_text`](RawBulkJob::take_text) returns a description of the
    /// expected text.
    #[wasm_bindgen(constructor)]
    pub fn new(checked: &str, unix_ms: f64) -> RawBulkJob {
        let (operation, query, options) = decode_call(checked);
        let mut text = String::new();
        let job = match BulkJob::new(query, operation, &options, options.resume.as_deref(), unix_ms as i64) {
            Ok(bulk) => bulk,
            Err(refused) => {
                text.push_str(refused.expected);
                BulkJob::idle()
            }
        };
        RawBulkJob {
            job,
            counts: RequestUsage::default(),
            answers: 0,
            rows: Vec::new(),
            delivered: Delivery::default(),
            text,
        }
    }

    /// Returns the id of the next request, or 0 if there is none; [`take_text`](RawBulkJob::take_text) returns its lines
    /// ([`BulkRequest::to_lines`](crate::bulk::BulkRequest::to_lines)).
    #[wasm_bindgen(js_name = nextRequest)]
    pub fn next_request(&mut self) -> u32 {
        let Some((number, request)) = self.job.next_bulk_request(self.counts) else { return 0 };
        self.text = request.to_lines();
        number
    }

    /// Returns the kind of [`owner`](crate::boundary::owner) that rows must contain.
    pub fn owner(&self) -> u32 {
        self.job.owner()
    }

    /// Allocates memory for rows of `length` bytes and returns its address.
    #[wasm_bindgen(js_name = allocRows)]
    pub fn alloc_rows(&mut self, length: usize) -> usize {
        self.rows.resize(length / size_of::<u64>(), 0);
        self.rows.as_ptr().addr()
    }

    /// Processes a response of which the rows are in the memory of [`alloc_rows`](RawBulkJob::alloc_rows) and the driver stores the
    /// records under `handle`. Returns a [`failure_outcome`].
    ///
    /// For another outcome than `HANDLED`, [`take_text`](RawBulkJob::take_text) returns lines: the error's code, its detail, and those
    /// of the part that is left out ([`BulkFailure::to_lines`](crate::bulk::BulkFailure::to_lines)).
    #[wasm_bindgen(js_name = onResponse)]
    pub fn on_response(&mut self, number: u32, handle: u32, unix_ms: f64) -> u32 {
        let (rows, counts) = CaseRows::read(handle, &self.rows);
        self.counts.requests += counts.requests;
        self.counts.bytes += counts.bytes;
        self.answers += 1;
        match self.job.on_response(number, rows, unix_ms as i64) {
            Ok(()) => failure_outcome::HANDLED,
            Err((stuck, said)) => {
                let outcome = self.report(said);
                let (code, detail) = error_text(stuck);
                self.text = [code, "\n", &detail, "\n", &self.text].concat();
                outcome
            }
        }
    }

    /// Processes a failed request; `error` is its kind and, on the next line, its code. Returns a [`failure_outcome`];
    /// [`take_text`](RawBulkJob::take_text) returns the lines of the part that is left out.
    #[wasm_bindgen(js_name = onFailure)]
    pub fn on_failure(&mut self, number: u32, error: &str, attempts: u32) -> u32 {
        let end = error.bytes().position(|byte| byte == b'\n').unwrap_or(error.len());
        let (kind, code) = (error.get(..end).unwrap_or_default(), error.get(end + 1..).unwrap_or_default());
        self.counts.requests += attempts;
        self.answers += 1;
        let known = ErrorKind::ALL.iter().find(|(_, name, _)| *name == kind);
        let kind = known.map_or(ErrorKind::Internal, |(kind, ..)| *kind);
        let said = self.job.on_failure(number, kind, code);
        self.report(said)
    }

    /// Counts the requests of a call that is sent again later.
    #[wasm_bindgen(js_name = onDeferred)]
    pub fn on_deferred(&mut self, attempts: u32) {
        self.counts.requests += attempts;
    }

    /// Returns the text of the last operation, once.
    #[wasm_bindgen(js_name = takeText)]
    pub fn take_text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// Returns the next handle of records that are not delivered, or 0.
    #[wasm_bindgen(js_name = nextDiscarded)]
    pub fn next_discarded(&mut self) -> u32 {
        self.job.next_discarded().unwrap_or(0)
    }

    /// Prepares the next delivery and returns its kind, a [`delivery`]. For `GONE`, [`take_text`](RawBulkJob::take_text) returns the
    /// ids, one a line.
    #[wasm_bindgen(js_name = nextDelivery)]
    pub fn next_delivery(&mut self) -> u32 {
        let Some(delivered) = self.job.next_delivery() else { return delivery::NONE };
        self.delivered = delivered;
        match self.delivered.kind {
            DeliveryKind::Cases => delivery::CASES,
            DeliveryKind::Closed => delivery::CLOSED,
            DeliveryKind::Gone => {
                self.text = join(&mut self.delivered.gone.iter().map(String::as_str), "\n");
                delivery::GONE
            }
            DeliveryKind::Details => delivery::DETAILS,
        }
    }

    /// Returns the handle of the delivered records.
    #[wasm_bindgen(js_name = deliveryHandle)]
    pub fn delivery_handle(&self) -> u32 {
        self.delivered.handle
    }

    /// Returns the indices of the delivered cases among the records, in order.
    #[wasm_bindgen(js_name = takeCases)]
    pub fn take_cases(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.delivered.cases)
    }

    /// Returns the number of requested ids without a case; [`take_text`](RawBulkJob::take_text) returns them, one a line.
    #[wasm_bindgen(js_name = takeMissing)]
    pub fn take_missing(&mut self) -> usize {
        let missing = self.job.take_missing();
        self.text = join(&mut missing.iter().map(String::as_str), "\n");
        missing.len()
    }

    /// Writes the checkpoint for [`take_text`](RawBulkJob::take_text), if `taken` items of the last delivery were taken.
    #[wasm_bindgen(js_name = writeCheckpoint)]
    pub fn write_checkpoint(&mut self, taken: usize) {
        self.text = self.job.checkpoint(taken);
    }

    /// Returns the progress, at the positions of [`progress`](crate::boundary::progress).
    pub fn progress(&self) -> Vec<u32> {
        let Progress { pages, cases, pages_left } = self.job.progress();
        let retries = self.counts.requests.saturating_sub(self.answers);
        let numbers = [
            (progress::PAGES, pages),
            (progress::CASES, cases),
            (progress::REQUESTS, self.counts.requests),
            (progress::RETRIES, retries),
            (progress::PAGES_LEFT, pages_left),
        ];
        placed(progress::LENGTH, &numbers)
    }
}

impl RawBulkJob {
    fn report(&mut self, said: FailureOutcome) -> u32 {
        match said {
            FailureOutcome::Handled => failure_outcome::HANDLED,
            FailureOutcome::LeftOut(failure) => {
                self.text = failure.to_lines();
                failure_outcome::LEFT_OUT
            }
            FailureOutcome::Stop => failure_outcome::STOP,
        }
    }
}

/// Returns the error code and the detail of a list that cannot be read on.
fn error_text(stuck: ReaderError) -> (&'static str, String) {
    match stuck {
        ReaderError::PageMismatch { requested, received } => {
            ("PAGE_MISMATCH", text!("(requested page ", requested, ", received page ", received, ")"))
        }
        ReaderError::Unstable => ("LIST_UNSTABLE", String::new()),
    }
}

/// Returns numbers at their positions.
fn placed(length: u32, numbers: &[(u32, u32)]) -> Vec<u32> {
    let mut positions = vec![0; length as usize];
    for (at, number) in numbers {
        if let Some(place) = positions.get_mut(*at as usize) {
            *place = *number;
        }
    }
    positions
}
