//! Calls and lists as promises.

use super::{abandon::Abandoned, error::error_data, options, records::RawRecords, value::to_json};
use crate::client::{Answer, CallError, Client, Either, Failed, List, race};
use crate::endpoint::{Endpoint, Request};
use crate::fetch::{Aborted, Web};
use crate::model::Json;
use crate::rules::Problem;
use js_sys::{Array, Promise};
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;

type Error = Failed<JsValue>;

/// A client. Its promises hold what they need: it may be freed while they are pending.
#[wasm_bindgen]
pub struct RawClient {
    client: Rc<Client<Web>>,
}

#[wasm_bindgen]
impl RawClient {
    /// A client with these options; throws error data.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<RawClient, JsValue> {
        let (config, host) = options::client(options).map_err(|problems| error_data(&CallError::invalid(problems)))?;
        Ok(RawClient { client: Rc::new(Client::new(host, config)) })
    }

    /// Makes a call; resolves with `[records, response, attempts]`, rejects with error data.
    pub fn call(&self, endpoint: &str, params: &JsValue, options: &JsValue) -> Promise {
        let client = Rc::clone(&self.client);
        let prepared = prepare(endpoint, params, options);
        promise(async move {
            let (request, options) = prepared?;
            let call = client.call(&request, &options.call);
            let answer = until_aborted(options.signal, &request, call).await?;
            Ok(answer_array(answer))
        })
    }

    /// A reader of every case of a list; throws error data.
    pub fn list(&self, endpoint: &str, params: &JsValue, options: &JsValue) -> Result<RawList, JsValue> {
        let (request, options) = prepare(endpoint, params, options).map_err(|error| error_data(&error))?;
        let list = List::new(Rc::clone(&self.client), request.clone(), options.order, options.call)
            .map_err(|error| error_data(&error))?;
        Ok(RawList { list: Rc::new(RefCell::new(Some(list))), request, signal: options.signal })
    }
}

/// A reader of every case of a list.
#[wasm_bindgen]
pub struct RawList {
    /// Taken out while a page is being read: whoever asks meanwhile is told so.
    list: Rc<RefCell<Option<List<Web>>>>,
    request: Request,
    signal: JsValue,
}

#[wasm_bindgen]
impl RawList {
    /// The next page of cases that are new; resolves with undefined at the end, rejects with error data.
    #[wasm_bindgen(js_name = nextPage)]
    pub fn next_page(&self) -> Promise {
        let slot = Rc::clone(&self.list);
        let (request, signal) = (self.request.clone(), self.signal.clone());
        promise(async move {
            let Some(mut list) = slot.borrow_mut().take() else {
                return Err(CallError::own("INVALID_PARAMETER", "A page is already being read."));
            };
            let page = until_aborted(signal, &request, list.next_page()).await;
            slot.replace(Some(list));
            Ok(page?.map_or(JsValue::UNDEFINED, |page| RawRecords::new(page).into()))
        })
    }
}

/// A request and its options, or why they cannot be used.
fn prepare(endpoint: &str, params: &JsValue, options: &JsValue) -> Result<(Request, options::ForCall), Error> {
    let Some(endpoint) = Endpoint::named(endpoint) else {
        let problem = Problem::new("endpoint", "INVALID_PARAMETER", "a call of the service", &Json::from(endpoint));
        return Err(CallError::invalid(vec![problem]));
    };
    let checked = endpoint.check(&to_json(params));
    let options = options::call(options);
    match (checked, options) {
        (Ok(request), Ok(options)) => Ok((request, options)),
        (checked, options) => {
            let problems = checked.err().into_iter().chain(options.err()).flatten().collect();
            Err(CallError::invalid(problems).of_call(endpoint.name, &[]))
        }
    }
}

/// The outcome of a call, unless its caller aborts first. The call is then dropped, and with it all it started.
async fn until_aborted<T>(
    signal: JsValue,
    request: &Request,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match race(Aborted::new(signal), call).await {
        Either::Right(outcome) => outcome,
        Either::Left(reason) => {
            Err(CallError::own("ABORTED", "").because(reason).of_call(request.endpoint.name, &request.ids))
        }
    }
}

fn promise(future: impl Future<Output = Result<JsValue, Error>> + 'static) -> Promise {
    future_to_promise(async move {
        let outcome = match race(future, Abandoned::new()).await {
            Either::Left(outcome) => outcome,
            Either::Right(()) => Err(CallError::own("PANIC", "")),
        };
        outcome.map_err(|error| error_data(&error))
    })
}

fn answer_array(answer: Answer<JsValue>) -> JsValue {
    let records = RawRecords::new(answer.records);
    Array::of3(&records.into(), &answer.raw, &JsValue::from(answer.attempts)).into()
}
