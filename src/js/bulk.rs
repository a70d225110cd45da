//! Calls in bulk.

use super::call::{RawClient, now_ms, read};
use super::error::{error_data, problem_list};
use super::records::RawRecords;
use crate::bulk::{
    Asked, Bulk, BulkOptions, Counts, Delivery, Kind, Progress, Purpose, Verdict, bulk_options, estimate, sample,
};
use crate::client::{CallError, CallOptions, Failed, call_options};
use crate::error::ErrorKind;
use crate::fetch::Driver;
use crate::model::{write_list, write_text};
use crate::rules::Problem;
use js_sys::{Array, JsString};
use std::rc::Rc;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// A call in bulk. The loop around it is its caller's: [`ask`](RawBulk::ask) until there is nothing, hand in how the calls
/// ended, [`deliver`](RawBulk::deliver) until there is nothing.
#[wasm_bindgen]
pub struct RawBulk {
    bulk: Bulk,
    driver: Rc<Driver>,
    call: CallOptions,
    signal: JsValue,
    counts: Counts,
    answers: u32,
}

#[wasm_bindgen]
impl RawClient {
    /// A call in bulk; parameters, the options of its calls and its own are JSON text. Throws error data.
    pub fn bulk(
        &self,
        purpose: &str,
        params: &str,
        call: &str,
        options: &str,
        cursor: Option<String>,
        signal: JsValue,
    ) -> Result<RawBulk, JsValue> {
        let purpose = purpose_of(purpose);
        let (asked, call, options) = match (
            Asked::check(&read(params), purpose),
            call_options(&read(call)),
            bulk_options(&read(options), self.driver.limits()),
        ) {
            (Ok(asked), Ok((call, _)), Ok(options)) => (asked, call, options),
            (asked, call, options) => {
                let mut problems = asked.err().unwrap_or_default();
                problems.extend(call.err().unwrap_or_default());
                problems.extend(options.err().unwrap_or_default());
                return Err(refused(problems));
            }
        };
        let bulk = Bulk::new(asked, purpose, &options, cursor.as_deref(), now_ms()).map_err(refused)?;
        let call = CallOptions { is_patient: true, ..call }.as_it_is_now();
        Ok(RawBulk { bulk, driver: Rc::clone(&self.driver), call, signal, counts: Counts::default(), answers: 0 })
    }

    /// So many lists of those that a call in bulk reads, as JSON text: each the name of a call and its parameters. Throws
    /// error data.
    pub fn sample(&self, purpose: &str, params: &str, options: &str, count: u32) -> Result<String, JsValue> {
        let (asked, options) = self.asked(purpose, params, options)?;
        Ok(sample(&asked, &options, count, now_ms()))
    }

    /// What a call in bulk takes: requests, seconds and days, at least; `pages` is how many pages a list has. Throws error
    /// data.
    pub fn estimate(&self, purpose: &str, params: &str, options: &str, pages: f64) -> Result<Vec<u32>, JsValue> {
        let (asked, options) = self.asked(purpose, params, options)?;
        let told = estimate(&asked, &options, self.driver.limits(), pages, now_ms());
        Ok(vec![told.requests, told.at_least_seconds, told.days])
    }
}

impl RawClient {
    /// What is asked for, and the options of a bulk call; error data.
    fn asked(&self, purpose: &str, params: &str, options: &str) -> Result<(Asked, BulkOptions), JsValue> {
        let asked = Asked::check(&read(params), purpose_of(purpose)).map_err(refused)?;
        let options = bulk_options(&read(options), self.driver.limits()).map_err(refused)?;
        Ok((asked, options))
    }
}

fn refused(problems: Vec<Problem>) -> JsValue {
    error_data(&CallError::<JsValue>::invalid(problems))
}

#[wasm_bindgen]
impl RawBulk {
    /// The next call: its number and its promise, as [`RawClient::call`] gives it; none for now.
    pub fn ask(&mut self) -> Option<Array> {
        let (id, request) = self.bulk.ask(self.counts)?;
        let promise = self.driver.call(request, self.call.clone(), self.signal.clone());
        Some(Array::of2(&id.into(), &promise))
    }

    /// A call was answered. What cannot be read on gives, as `failed` does, what becomes of it, and error data.
    pub fn answered(&mut self, id: u32, records: RawRecords, attempts: u32, bytes: u32) -> Option<Array> {
        self.counts.requests += attempts;
        self.counts.bytes += u64::from(bytes);
        self.answers += 1;
        let (stuck, verdict) = self.bulk.answered(id, records.into_records(), now_ms()).err()?;
        let error: Failed<JsValue> = CallError::stuck(stuck);
        Some(Array::of2(&verdict_text(verdict).unwrap_or_default().into(), &error_data(&error)))
    }

    /// A call failed, with this kind and code: none where it is asked for in another way, an empty text where all of it
    /// ends, or else what is left out, as JSON text.
    pub fn failed(&mut self, id: u32, kind: &str, code: &str, attempts: u32) -> Option<String> {
        self.counts.requests += attempts;
        self.answers += 1;
        let known = ErrorKind::ALL.iter().find(|(_, name, _)| *name == kind);
        let kind = known.map_or(ErrorKind::Internal, |(kind, ..)| *kind);
        verdict_text(self.bulk.failed(id, kind, code))
    }

    /// What is delivered next: its kind (0 cases, 1 closed ones, 2 gone ones, 3 details), and its records or ids.
    pub fn deliver(&mut self) -> Option<Array> {
        let Delivery { kind, records, gone } = self.bulk.deliver()?;
        let (kind, what) = match kind {
            Kind::Cases => (0, RawRecords::new(records).into()),
            Kind::Closed => (1, RawRecords::new(records).into()),
            Kind::Gone => (2, gone.iter().map(|id| JsString::from(id.as_str())).collect::<Array>().into()),
            Kind::Details => (3, RawRecords::new(records).into()),
        };
        Some(Array::of2(&JsValue::from(kind), &what))
    }

    /// Cases that were asked for by id and did not come, as JSON text.
    pub fn missing(&mut self) -> String {
        let mut out = String::new();
        write_list(&mut out, &self.bulk.missing(), |out, id| write_text(out, id));
        out
    }

    /// Where to go on, if of the last delivery so many things were taken.
    pub fn token(&self, taken: usize) -> String {
        self.bulk.token(taken)
    }

    /// Pages, cases, requests, retries, and about how many pages are left.
    pub fn progress(&self) -> Vec<u32> {
        let Progress { pages, cases, left } = self.bulk.progress();
        vec![pages, cases, self.counts.requests, self.counts.requests.saturating_sub(self.answers), left]
    }
}

/// The problems of a bulk call's parameters, as JSON text.
#[wasm_bindgen(js_name = checkBulk)]
pub fn check_bulk(purpose: &str, params: &str) -> String {
    problem_list(&Asked::check(&read(params), purpose_of(purpose)).err().unwrap_or_default())
}

fn purpose_of(name: &str) -> Purpose {
    match name {
        "changes" => Purpose::Changes,
        "hydrate" => Purpose::Hydrate,
        _ => Purpose::Sweep,
    }
}

fn verdict_text(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::Handled => None,
        Verdict::Listed(failure) => Some(failure.to_text()),
        Verdict::Stop => Some(String::new()),
    }
}
