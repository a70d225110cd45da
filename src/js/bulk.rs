//! Calls in bulk.

use super::call::{RawClient, now, read, thrown};
use super::error::{error_text, problem_list};
use super::records::View;
use crate::boundary::{delivery, estimate, progress, verdict};
use crate::bulk::{Asked, Bulk, BulkOptions, Counts, Delivery, Kind, Progress, Purpose, Verdict, bulk_options, sample};
use crate::client::{CallError, CallId, CallOptions, Failed, call_options};
use crate::error::ErrorKind;
use crate::model::{joined, write_list, write_text};
use crate::rules::Problem;
use alloc::{string::String, vec, vec::Vec};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// A call in bulk. Its caller begins calls ([`ask`](RawBulk::ask)) until there is none to begin, drives each to its end,
/// reports that, and takes what is delivered ([`deliver`](RawBulk::deliver)) until there is nothing.
#[wasm_bindgen]
pub struct RawBulk {
    bulk: Bulk,
    call: CallOptions,
    counts: Counts,
    answers: u32,
    /// The calls in progress, and the numbers of their requests.
    under_way: Vec<(CallId, u32)>,
    /// The last delivery.
    delivered: View,
    gone: Vec<String>,
    text: String,
}

#[wasm_bindgen]
impl RawClient {
    /// A call in bulk; parameters, the options of its calls and its own are JSON text. Throws the text of an error.
    #[expect(clippy::too_many_arguments, reason = "each is a text of its own")]
    pub fn bulk(
        &self,
        purpose: &str,
        params: &str,
        call: &str,
        options: &str,
        cursor: Option<String>,
        has_provider: bool,
        unix_ms: f64,
    ) -> Result<RawBulk, JsValue> {
        let purpose = purpose_of(purpose);
        let (asked, call, options) = match (
            Asked::check(&read(params), purpose),
            call_options(&read(call), has_provider),
            bulk_options(&read(options), self.engine.limits()),
        ) {
            (Ok(asked), Ok((call, _)), Ok(options)) => (asked, call, options),
            (asked, call, options) => {
                let mut problems = asked.err().unwrap_or_default();
                problems.extend(call.err().unwrap_or_default());
                problems.extend(options.err().unwrap_or_default());
                return Err(refused(problems));
            }
        };
        let bulk = Bulk::new(asked, purpose, &options, cursor.as_deref(), unix_ms as i64).map_err(refused)?;
        let call = CallOptions { is_patient: true, ..call }.as_it_is_now();
        Ok(RawBulk {
            bulk,
            call,
            counts: Counts::default(),
            answers: 0,
            under_way: Vec::new(),
            delivered: View::default(),
            gone: Vec::new(),
            text: String::new(),
        })
    }

    /// Lists of those that a call in bulk reads, as JSON text: each the name of a call and its parameters. Throws the text
    /// of an error.
    pub fn sample(
        &self,
        purpose: &str,
        params: &str,
        options: &str,
        count: u32,
        unix_ms: f64,
    ) -> Result<String, JsValue> {
        let (asked, options) = self.asked(purpose, params, options)?;
        Ok(sample(&asked, &options, count, unix_ms as i64))
    }

    /// The least that a call in bulk takes, at the positions of [`estimate`](crate::boundary::estimate); `pages` is how many
    /// pages a list has. Throws the text of an error.
    pub fn estimate(
        &self,
        purpose: &str,
        params: &str,
        options: &str,
        pages: f64,
        unix_ms: f64,
    ) -> Result<Vec<u32>, JsValue> {
        let (asked, options) = self.asked(purpose, params, options)?;
        let told = crate::bulk::estimate(&asked, &options, self.engine.limits(), pages, unix_ms as i64);
        let numbers = [
            (estimate::REQUESTS, told.requests),
            (estimate::SECONDS, told.at_least_seconds),
            (estimate::DAYS, told.days),
        ];
        Ok(placed(estimate::LENGTH, &numbers))
    }
}

impl RawClient {
    /// The checked parameters and options of a call in bulk, or the text of an error.
    fn asked(&self, purpose: &str, params: &str, options: &str) -> Result<(Asked, BulkOptions), JsValue> {
        let asked = Asked::check(&read(params), purpose_of(purpose)).map_err(refused)?;
        let options = bulk_options(&read(options), self.engine.limits()).map_err(refused)?;
        Ok((asked, options))
    }
}

fn refused(problems: Vec<Problem>) -> JsValue {
    thrown(&CallError::invalid(problems))
}

#[wasm_bindgen]
impl RawBulk {
    /// Begins the next call; returns its handle, 0 where there is none for now.
    pub fn ask(&mut self, client: &mut RawClient, steady_ms: f64, unix_ms: f64) -> u32 {
        let Some((number, request)) = self.bulk.ask(self.counts) else { return 0 };
        let id = client.engine.begin(request, self.call.clone(), now(steady_ms, unix_ms));
        self.under_way.push((id, number));
        id.number()
    }

    /// A call was answered, with the records that its client has. Returns a [`verdict`]; [`text`](RawBulk::text) is the
    /// error, where there is one, and then what is left out.
    pub fn answered(&mut self, call: u32, client: &mut RawClient, unix_ms: f64) -> u32 {
        let [attempts, _, bytes] = client.counts;
        self.counts.requests += attempts;
        self.counts.bytes += u64::from(bytes);
        self.answers += 1;
        let number = self.landed(call);
        let records = client.take_records();
        // The objects of the last delivery are made: its memory is for the next answer.
        client.engine.give_back(core::mem::take(&mut self.delivered.records));
        match self.bulk.answered(number, records, unix_ms as i64) {
            Ok(()) => verdict::HANDLED,
            Err((stuck, said)) => {
                let error: Failed<u32> = CallError::stuck(stuck);
                let text = error_text(&error);
                let verdict = self.said(said);
                self.text = [&text, "\n", &self.text].concat();
                verdict
            }
        }
    }

    /// A call failed, with this kind and code. Returns a [`verdict`]; [`text`](RawBulk::text) is what is left out.
    pub fn failed(&mut self, call: u32, kind: &str, code: &str, attempts: u32) -> u32 {
        self.counts.requests += attempts;
        self.answers += 1;
        let known = ErrorKind::ALL.iter().find(|(_, name, _)| *name == kind);
        let kind = known.map_or(ErrorKind::Internal, |(kind, ..)| *kind);
        let number = self.landed(call);
        let said = self.bulk.failed(number, kind, code);
        self.said(said)
    }

    /// The text of what was said last: what is left out, as JSON, behind the line of an error where there is one; the ids
    /// of cases that are gone, a line each.
    pub fn text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// The kind of what is delivered next, a [`delivery`].
    pub fn deliver(&mut self) -> u32 {
        let Some(Delivery { kind, records, gone }) = self.bulk.deliver() else { return delivery::NONE };
        self.delivered.records = records;
        self.gone = gone;
        match kind {
            Kind::Cases => delivery::CASES,
            Kind::Closed => delivery::CLOSED,
            Kind::Gone => {
                self.text = joined(&mut self.gone.iter().map(String::as_str), "\n");
                delivery::GONE
            }
            Kind::Details => delivery::DETAILS,
        }
    }

    /// The address of the header of the delivered records.
    pub fn header(&mut self) -> usize {
        self.delivered.point([0; 3])
    }

    /// Their issues, as JSON text.
    pub fn issues(&self) -> String {
        self.delivered.issues()
    }

    /// Cases that were asked for by id and did not come, as JSON text.
    pub fn missing(&mut self) -> String {
        let mut out = String::new();
        write_list(&mut out, &self.bulk.missing(), |out, id| write_text(out, id));
        out
    }

    /// The place to go on from, if so many things of the last delivery were taken.
    pub fn token(&self, taken: usize) -> String {
        self.bulk.token(taken)
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
    /// The number of the request that a call was for.
    fn landed(&mut self, call: u32) -> u32 {
        let at = self.under_way.iter().position(|(id, _)| id.number() == call);
        at.map_or(0, |at| self.under_way.swap_remove(at).1)
    }

    fn said(&mut self, said: Verdict) -> u32 {
        match said {
            Verdict::Handled => verdict::HANDLED,
            Verdict::Listed(failure) => {
                self.text = failure.to_text();
                verdict::LEFT_OUT
            }
            Verdict::Stop => verdict::STOP,
        }
    }
}

/// The problems of a bulk call's parameters, as JSON text.
#[wasm_bindgen(js_name = checkBulk)]
pub fn check_bulk(purpose: &str, params: &str) -> String {
    problem_list(&Asked::check(&read(params), purpose_of(purpose)).err().unwrap_or_default())
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

fn purpose_of(name: &str) -> Purpose {
    match name {
        "changes" => Purpose::Changes,
        "hydrate" => Purpose::Hydrate,
        _ => Purpose::Sweep,
    }
}
