//! One request and its response, through a guarded `fetch`.

use super::{abort::member, web::global};
use crate::client::{HttpRequest, HttpResponse};
use crate::decode::{Body, MAX_BODY_BYTES};
use gloo_net::http::Response;
use js_sys::{Function, Object, Promise, Reflect, TypeError, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// Sends a request and reads its response to the end.
///
/// The request is handed over as an address and a plain object: every `fetch` takes those, while a `Request` of this
/// realm is a stranger to undici's, to jsdom's and to most test doubles.
pub(super) async fn send(
    fetch: JsValue,
    request: HttpRequest,
    signal: AbortSignal,
) -> Result<HttpResponse<JsValue>, JsValue> {
    let raw = JsFuture::from(start(fetch, &request, &signal)?).await?;
    let buffer = JsFuture::from(body_of(&raw)?).await?;
    let body = read_body(&buffer)?;
    let response = Response::from(raw.clone().unchecked_into::<web_sys::Response>());
    let headers = response.headers();
    Ok(HttpResponse {
        status: response.status(),
        mashery_error_code: headers.get("x-mashery-error-code"),
        message_id: headers.get("x-mashery-message-id"),
        retry_after: headers.get("retry-after"),
        date: headers.get("date"),
        body,
        raw,
    })
}

fn start(fetch: JsValue, request: &HttpRequest, signal: &AbortSignal) -> Result<Promise, JsValue> {
    if signal.aborted() {
        return Err(fault("cancelled before it was sent"));
    }
    let fetch = if fetch.is_undefined() { global("fetch") } else { fetch };
    let fetch = fetch.dyn_into::<Function>().map_err(|_| fault("there is no fetch in this runtime"))?;
    let headers = Object::new();
    for (name, value) in &request.headers {
        set(&headers, name, &JsValue::from_str(value))?;
    }
    let init = Object::new();
    set(&init, "method", &JsValue::from_str(request.method))?;
    set(&init, "headers", &headers)?;
    set(&init, "signal", signal)?;
    // A redirect would carry the request, and with it ids, to an address that nobody chose.
    set(&init, "redirect", &JsValue::from_str("manual"))?;
    if let Some(body) = &request.body {
        set(&init, "body", &JsValue::from_str(body))?;
    }
    let promise = fetch.call2(&JsValue::UNDEFINED, &JsValue::from_str(&request.url), &init)?;
    Ok(Promise::resolve(&promise))
}

/// The promise of a response's bytes. A response of another realm is no instance of this one's class: its members
/// decide whether it can be read.
fn body_of(raw: &JsValue) -> Result<Promise, JsValue> {
    let body = member(raw, "arrayBuffer");
    let is_response = raw.is_object()
        && member(raw, "status").as_f64().is_some()
        && member(&member(raw, "headers"), "get").is_function();
    match body.dyn_into::<Function>() {
        Ok(body) if is_response => Ok(Promise::resolve(&body.call0(raw)?)),
        _ => Err(fault("fetch gave something that is no Response")),
    }
}

fn read_body(buffer: &JsValue) -> Result<Body, JsValue> {
    if !buffer.is_object() || member(buffer, "byteLength").as_f64().is_none() {
        return Err(fault("the response's arrayBuffer() gave something else"));
    }
    let bytes = Uint8Array::new(buffer);
    // What is too large stays outside; the decoder says so when it sees a body of this length.
    let length = usize::try_from(bytes.length()).unwrap_or(usize::MAX).min(MAX_BODY_BYTES + 1);
    let mut body = Body::default();
    bytes.subarray(0, u32::try_from(length).unwrap_or(u32::MAX)).copy_to(body.resize(length));
    Ok(body)
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &JsValue::from_str(name), value).map(drop)
}

fn fault(message: &str) -> JsValue {
    TypeError::new(message).into()
}
