//! Calls in bulk: a module of its own, which holds no records. What it decides from are the rows of each answer.

use crate::boundary::{delivery, progress, verdict};
use crate::bulk::{Bulk, CaseRows, Counts, Delivery, Kind, Progress, Verdict, read_checked};
use crate::error::ErrorKind;
use crate::paging::Stuck;
use crate::util::{join, text};
use alloc::{string::String, vec, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// A call in bulk. Its caller begins the calls that it asks for ([`ask`](RawBulk::ask)) until there is none, drives each
/// to its end, reports that, and takes what is delivered ([`deliver`](RawBulk::deliver)) until there is nothing.
#[wasm_bindgen]
pub struct RawBulk {
    bulk: Bulk,
    counts: Counts,
    answers: u32,
    /// The rows of the next answer.
    rows: Vec<u64>,
    /// The last delivery.
    delivered: Delivery,
    text: String,
}

#[wasm_bindgen]
impl RawBulk {
    /// A call in bulk, of what is asked for and its own options, both checked, as lines ([`read_checked`]); a cursor is the
    /// option `resume`. Where that is refused there is nothing to do, and [`text`](RawBulk::text) is the text that is expected in its place.
    #[wasm_bindgen(constructor)]
    pub fn new(checked: &str, unix_ms: f64) -> RawBulk {
        let (purpose, asked, options) = read_checked(checked);
        let mut text = String::new();
        let bulk = match Bulk::new(asked, purpose, &options, options.resume.as_deref(), unix_ms as i64) {
            Ok(bulk) => bulk,
            Err(refused) => {
                text.push_str(refused.expected);
                Bulk::none()
            }
        };
        RawBulk { bulk, counts: Counts::default(), answers: 0, rows: Vec::new(), delivered: Delivery::default(), text }
    }

    /// The number of the next request, 0 where there is none for now. [`text`](RawBulk::text) are the lines of it
    /// ([`BulkRequest::to_lines`](crate::bulk::BulkRequest::to_lines)).
    pub fn ask(&mut self) -> u32 {
        let Some((number, request)) = self.bulk.next_request(self.counts) else { return 0 };
        self.text = request.to_lines();
        number
    }

    /// The [`owner`](crate::boundary::owner) that the rows are to tell of.
    pub fn owner(&self) -> u32 {
        self.bulk.owner()
    }

    /// The address of memory for the rows of an answer, which have this length in bytes.
    pub fn alloc(&mut self, length: usize) -> usize {
        self.rows.resize(length / size_of::<u64>(), 0);
        self.rows.as_ptr().addr()
    }

    /// A request was answered; its rows were put into [`alloc`](RawBulk::alloc), and its records are kept under a handle.
    /// Returns a [`verdict`]; [`text`](RawBulk::text) is the code of the error, where there is one, with its detail in the
    /// next line, and then the lines of what is left out
    /// ([`Failure::to_lines`](crate::bulk::Failure::to_lines)).
    #[wasm_bindgen(js_name = onResponse)]
    pub fn on_response(&mut self, number: u32, handle: u32, unix_ms: f64) -> u32 {
        let (rows, counts) = CaseRows::read(handle, &self.rows);
        self.counts.requests += counts.requests;
        self.counts.bytes += counts.bytes;
        self.answers += 1;
        match self.bulk.answered(number, rows, unix_ms as i64) {
            Ok(()) => verdict::HANDLED,
            Err((stuck, said)) => {
                let verdict = self.said(said);
                let (code, detail) = worded(stuck);
                self.text = [code, "\n", &detail, "\n", &self.text].concat();
                verdict
            }
        }
    }

    /// A request failed, with this kind and, in the next line, code. Returns a [`verdict`]; [`text`](RawBulk::text) is what
    /// is left out, as lines.
    #[wasm_bindgen(js_name = onFailure)]
    pub fn on_failure(&mut self, number: u32, error: &str, attempts: u32) -> u32 {
        let end = error.bytes().position(|byte| byte == b'\n').unwrap_or(error.len());
        let (kind, code) = (error.get(..end).unwrap_or_default(), error.get(end + 1..).unwrap_or_default());
        self.counts.requests += attempts;
        self.answers += 1;
        let known = ErrorKind::ALL.iter().find(|(_, name, _)| *name == kind);
        let kind = known.map_or(ErrorKind::Internal, |(kind, ..)| *kind);
        let said = self.bulk.failed(number, kind, code);
        self.said(said)
    }

    /// The text of what was said last.
    pub fn text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// The handle of records that will not be delivered, each once; 0 where there is none for now.
    pub fn discarded(&mut self) -> u32 {
        self.bulk.discarded().unwrap_or(0)
    }

    /// The kind of what is delivered next, a [`delivery`]. [`text`](RawBulk::text) are the ids of cases that are gone, a
    /// line each.
    pub fn deliver(&mut self) -> u32 {
        let Some(delivered) = self.bulk.deliver() else { return delivery::NONE };
        self.delivered = delivered;
        match self.delivered.kind {
            Kind::Cases => delivery::CASES,
            Kind::Closed => delivery::CLOSED,
            Kind::Gone => {
                self.text = join(&mut self.delivered.gone.iter().map(String::as_str), "\n");
                delivery::GONE
            }
            Kind::Details => delivery::DETAILS,
        }
    }

    /// The handle of the delivered records.
    pub fn handle(&self) -> u32 {
        self.delivered.handle
    }

    /// The indices of the delivered cases among them, in their order.
    pub fn cases(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.delivered.cases)
    }

    /// Cases that were asked for by id and did not come: their number. [`text`](RawBulk::text) are their ids, a line each.
    pub fn missing(&mut self) -> usize {
        let missing = self.bulk.missing();
        self.text = join(&mut missing.iter().map(String::as_str), "\n");
        missing.len()
    }

    /// Has the place to go on from in [`text`](RawBulk::text), if so many things of the last delivery were taken.
    pub fn token(&mut self, taken: usize) {
        self.text = self.bulk.token(taken);
    }

    /// The progress, at the positions of [`progress`](crate::boundary::progress).
    pub fn progress(&self) -> Vec<u32> {
        let Progress { pages, cases, left } = self.bulk.progress();
        let retries = self.counts.requests.saturating_sub(self.answers);
        let numbers = [
            (progress::PAGES, pages),
            (progress::CASES, cases),
            (progress::REQUESTS, self.counts.requests),
            (progress::RETRIES, retries),
            (progress::LEFT, left),
        ];
        placed(progress::LENGTH, &numbers)
    }
}

impl RawBulk {
    fn said(&mut self, said: Verdict) -> u32 {
        match said {
            Verdict::Handled => verdict::HANDLED,
            Verdict::Listed(failure) => {
                self.text = failure.to_lines();
                verdict::LEFT_OUT
            }
            Verdict::Stop => verdict::STOP,
        }
    }
}

/// The code of a list that cannot be read on, and the detail.
fn worded(stuck: Stuck) -> (&'static str, String) {
    match stuck {
        Stuck::PageMismatch { asked, came } => {
            ("PAGE_MISMATCH", text!("(requested page ", asked, ", received page ", came, ")"))
        }
        Stuck::NeverRests => ("LIST_UNSTABLE", String::new()),
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
