//! Calls as promises, and lists.

use super::{error::error_data, records::RawRecords};
use crate::client::{Budget, CallError, CallOptions, Event, Failed, List, Place, Used, call_options, client_options};
use crate::decode;
use crate::endpoint::{Endpoint, Request};
use crate::fetch::{Driver, Means, Outcome};
use crate::model::{Json, ObjectWriter, write_list, write_text};
use crate::paging::Order;
use crate::rules::Problem;
use js_sys::{Array, Promise};
use std::rc::Rc;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// A client. Its promises hold what they need: it may be freed while they are pending.
#[wasm_bindgen]
pub struct RawClient {
    pub(super) driver: Rc<Driver>,
}

#[wasm_bindgen]
impl RawClient {
    /// A client with these options (JSON text) and these functions, undefined where there is none; throws error data.
    /// `origin` is that of the page or worker, `""` where there is none.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &str,
        fetch: JsValue,
        provider: JsValue,
        cache: JsValue,
        watch: JsValue,
        in_page: bool,
        origin: &str,
    ) -> Result<RawClient, JsValue> {
        let origin = Some(origin).filter(|origin| !origin.is_empty());
        let [has_provider, has_cache, watched] = [&provider, &cache, &watch].map(|means| !means.is_undefined());
        let place = Place { in_page, origin, has_provider, has_cache, watched };
        let config = client_options(&read(options), place);
        let config = config.map_err(|problems| error_data(&CallError::invalid(problems)))?;
        Ok(RawClient { driver: Driver::new(config, Means { fetch, provider, cache, watch }, settled, told) })
    }

    /// Makes a call; parameters and options are JSON text. Resolves with `[records, response, attempts, waitedMs, bytes]`,
    /// rejects with error data.
    pub fn call(&self, endpoint: &str, params: &str, options: &str, signal: JsValue) -> Promise {
        match prepare(endpoint, params, options) {
            Ok((request, options, _)) => self.driver.call(request, options, signal),
            Err(error) => Promise::reject(&error_data(&error)),
        }
    }

    /// What is used of the limits: of the second, the minute, the day and in flight the limit (-1: none), what is used of
    /// it and what is left (-1: no limit); then how many wait, and the milliseconds to the next slot (-1: not known).
    pub fn budget(&self) -> Vec<f64> {
        let Budget { second, minute, day, in_flight, waiting, next_slot_in_ms } = self.driver.budget();
        let mut told = Vec::new();
        for Used { limit, used, left } in [second, minute, day, in_flight] {
            told.push(if limit > 0 { f64::from(limit) } else { -1.0 });
            told.push(used.into());
            told.push(left.map_or(-1.0, f64::from));
        }
        told.push(waiting.into());
        told.push(next_slot_in_ms.map_or(-1.0, |ms| ms as f64));
        told
    }

    /// A reader of every case of a list; throws error data.
    pub fn list(&self, endpoint: &str, params: &str, options: &str, signal: JsValue) -> Result<RawList, JsValue> {
        let (request, call, order) = prepare(endpoint, params, options).map_err(|error| error_data(&error))?;
        let list = List::new(request, order).map_err(|error: Failed<JsValue>| error_data(&error))?;
        Ok(RawList { list, driver: Rc::clone(&self.driver), call: call.as_it_is_now(), signal })
    }
}

/// A reader of every case of a list. The loop around it is its caller's: [`next_call`](RawList::next_call), then
/// [`take`](RawList::take) what came, until there is no next.
#[wasm_bindgen]
pub struct RawList {
    list: List,
    driver: Rc<Driver>,
    call: CallOptions,
    signal: JsValue,
}

#[wasm_bindgen]
impl RawList {
    /// The call for the next page, as [`RawClient::call`] gives it; none at the end. After an error it is the same again.
    #[wasm_bindgen(js_name = next)]
    pub fn next_call(&mut self) -> Option<Promise> {
        let request = self.list.next_request()?;
        Some(self.driver.call(request, self.call.clone(), self.signal.clone()))
    }

    /// Takes the page that came; gives it reduced to the cases that are new, unless there are none. Throws error data.
    pub fn take(&mut self, records: RawRecords) -> Result<Option<RawRecords>, JsValue> {
        let page =
            self.list.take(records.into_records(), now_ms()).map_err(|error: Failed<JsValue>| error_data(&error))?;
        Ok(page.map(RawRecords::new))
    }
}

/// What the package has written as JSON; what cannot be read is no object, and refused as such.
pub(super) fn read(text: &str) -> Json {
    decode::json(text.as_bytes()).unwrap_or_else(|fault| Json::Text(fault.to_string()))
}

/// A request and its options, or why they cannot be used.
fn prepare(endpoint: &str, params: &str, options: &str) -> Result<(Request, CallOptions, Order), Failed<JsValue>> {
    let Some(endpoint) = Endpoint::named(endpoint) else {
        let problem = Problem::new("endpoint", "INVALID_PARAMETER", "a call of the service", &Json::from(endpoint));
        return Err(CallError::invalid(vec![problem]));
    };
    match (endpoint.check(&read(params)), call_options(&read(options))) {
        (Ok(request), Ok((options, order))) => Ok((request, options, order)),
        (checked, options) => {
            let mut problems = checked.err().unwrap_or_default();
            problems.extend(options.err().unwrap_or_default());
            Err(CallError::invalid(problems).of_call(endpoint.name, &[]))
        }
    }
}

/// Milliseconds since 1970 (UTC).
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
pub(super) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

fn settled(outcome: Outcome) -> Result<JsValue, JsValue> {
    let answer = outcome.map_err(|error| error_data(&error))?;
    let records = RawRecords::new(answer.records).into();
    let [attempts, waited_ms, bytes] = [answer.attempts, answer.waited_ms, answer.bytes].map(JsValue::from);
    Ok(Array::of5(&records, &answer.raw, &attempts, &waited_ms, &bytes).into())
}

/// An event as JSON text.
fn told(event: &Event) -> JsValue {
    let mut text = String::new();
    let mut object = ObjectWriter::open(&mut text);
    object.text("hook", event.step.hook());
    object.number("call", Some(event.call));
    object.text("operation", event.operation);
    write_list(object.name("ids"), &event.ids, |out, id| write_text(out, id));
    object.number("attempt", Some(event.attempt));
    object.number("status", event.status.filter(|status| *status > 0).map(u32::from));
    object.number("ms", event.ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)));
    let texts = [
        ("kind", event.error.as_ref().map(|(kind, _)| kind.as_str())),
        ("code", event.error.as_ref().map(|(_, code)| code.as_str())),
        ("messageId", event.message_id.as_deref()),
        ("text", event.text.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            object.text(name, text);
        }
    }
    object.close();
    JsValue::from_str(&text)
}
