//! Calls in bulk: a module of its own, which holds no records. What it decides from are the rows of each answer.

use crate::boundary::{delivery, failure_outcome, progress};
use crate::bulk::{BulkJob, CaseRows, Delivery, DeliveryKind, FailureOutcome, Progress, RequestUsage, decode_call};
use crate::error::ErrorKind;
use crate::paging::ReaderError;
use crate::util::{join, text};
use alloc::{string::String, vec, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// A call in bulk. Its caller begins the calls that it asks for ([`next_request`](RawBulkJob::next_request)) until there is none, drives each
/// to its end, reports that, and takes what is delivered ([`next_delivery`](RawBulkJob::next_delivery)) until there is nothing.
#[wasm_bindgen]
pub struct RawBulkJob {
    job: BulkJob,
    counts: RequestUsage,
    answers: u32,
    /// The rows of the next answer.
    rows: Vec<u64>,
    /// The last delivery.
    delivered: Delivery,
    text: String,
}

#[wasm_bindgen]
impl RawBulkJob {
    /// A call in bulk, of what is asked for and its own options, both checked, as lines ([`decode_call`]); a cursor is the
    /// option `resume`. Where that is refused there is nothing to do, and [`take_text`](RawBulkJob::take_text) is the text that is expected in its place.
    #[wasm_bindgen(constructor)]
    pub fn new(checked: &str, unix_ms: f64) -> RawBulkJob {
        let (purpose, asked, options) = decode_call(checked);
        let mut text = String::new();
        let job = match BulkJob::new(asked, purpose, &options, options.resume.as_deref(), unix_ms as i64) {
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

    /// The number of the next request, 0 where there is none for now. [`take_text`](RawBulkJob::take_text) are the lines of it
    /// ([`BulkRequest::to_lines`](crate::bulk::BulkRequest::to_lines)).
    #[wasm_bindgen(js_name = nextRequest)]
    pub fn next_request(&mut self) -> u32 {
        let Some((number, request)) = self.job.next_bulk_request(self.counts) else { return 0 };
        self.text = request.to_lines();
        number
    }

    /// The [`owner`](crate::boundary::owner) that the rows are to tell of.
    pub fn owner(&self) -> u32 {
        self.job.owner()
    }

    /// The address of memory for the rows of an answer, which have this length in bytes.
    #[wasm_bindgen(js_name = allocRows)]
    pub fn alloc_rows(&mut self, length: usize) -> usize {
        self.rows.resize(length / size_of::<u64>(), 0);
        self.rows.as_ptr().addr()
    }

    /// A request was answered; its rows were put into [`alloc_rows`](RawBulkJob::alloc_rows), and its records are kept under a handle.
    /// Returns a [`failure_outcome`]; [`take_text`](RawBulkJob::take_text) is the code of the error, where there is one, with its detail in the
    /// next line, and then the lines of what is left out
    /// ([`BulkFailure::to_lines`](crate::bulk::BulkFailure::to_lines)).
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

    /// A request failed, with this kind and, in the next line, code. Returns a [`failure_outcome`]; [`take_text`](RawBulkJob::take_text) is what
    /// is left out, as lines.
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

    /// The text of what was said last.
    #[wasm_bindgen(js_name = takeText)]
    pub fn take_text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// The handle of records that will not be delivered, each once; 0 where there is none for now.
    #[wasm_bindgen(js_name = nextDiscarded)]
    pub fn next_discarded(&mut self) -> u32 {
        self.job.next_discarded().unwrap_or(0)
    }

    /// The kind of what is delivered next, a [`delivery`]. [`take_text`](RawBulkJob::take_text) are the ids of cases that are gone, a
    /// line each.
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

    /// The handle of the delivered records.
    #[wasm_bindgen(js_name = deliveryHandle)]
    pub fn delivery_handle(&self) -> u32 {
        self.delivered.handle
    }

    /// The indices of the delivered cases among them, in their order.
    #[wasm_bindgen(js_name = takeCases)]
    pub fn take_cases(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.delivered.cases)
    }

    /// Cases that were asked for by id and did not come: their number. [`take_text`](RawBulkJob::take_text) are their ids, a line each.
    #[wasm_bindgen(js_name = takeMissing)]
    pub fn take_missing(&mut self) -> usize {
        let missing = self.job.take_missing();
        self.text = join(&mut missing.iter().map(String::as_str), "\n");
        missing.len()
    }

    /// Has the place to go on from in [`take_text`](RawBulkJob::take_text), if so many things of the last delivery were taken.
    #[wasm_bindgen(js_name = writeCheckpoint)]
    pub fn write_checkpoint(&mut self, taken: usize) {
        self.text = self.job.checkpoint(taken);
    }

    /// The progress, at the positions of [`progress`](crate::boundary::progress).
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

/// The code of a list that cannot be read on, and the detail.
fn error_text(stuck: ReaderError) -> (&'static str, String) {
    match stuck {
        ReaderError::PageMismatch { requested, received } => {
            ("PAGE_MISMATCH", text!("(requested page ", requested, ", received page ", received, ")"))
        }
        ReaderError::Unstable => ("LIST_UNSTABLE", String::new()),
    }
}

/// Numbers at their positions.
fn placed(length: u32, numbers: &[(u32, u32)]) -> Vec<u32> {
    let mut told = vec![0; length as usize];
    for (at, number) in numbers {
        if let Some(place) = told.get_mut(*at as usize) {
            *place = *number;
        }
    }
    told
}
