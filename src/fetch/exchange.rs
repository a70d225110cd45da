//! One request and its response, through a guarded `fetch`.

use super::{abort::member, web};
use crate::client::{CACHE_CONTROL, HttpRequest, HttpResponse, NO_CACHE};
use crate::decode::{Body, MAX_BODY_BYTES};
use js_sys::{Function, Object, Promise, Reflect, TypeError, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// Sends a request and reads its response to the end.
///
/// The request is handed over as an address and a plain object: every `fetch` takes those, while a `Request` of this
/// realm is a stranger to undici's, to jsdom's and to most test doubles. Of the response each member is read once and
/// guarded: it may be a double, whose getters throw and whose headers are numbers.
pub(super) async fn send(
    fetch: JsValue,
    request: HttpRequest,
    signal: AbortSignal,
) -> Result<HttpResponse<JsValue>, JsValue> {
    let raw = JsFuture::from(start(fetch, &request, &signal)?).await?;
    if signal.aborted() {
        // A `fetch` that does not listen to the signal: nobody waits for what it sends any more.
        give_up(&raw).await;
        return Err(fault("cancelled while it was sent"));
    }
    let status = member(&raw, "status").as_f64().filter(|status| (0.0..1000.0).contains(status));
    let headers = member(&raw, "headers");
    let (Some(status), Ok(get)) = (status, member(&headers, "get").dyn_into::<Function>()) else {
        return Err(no_response());
    };
    let header = |name| get.call1(&headers, &JsValue::from_str(name)).ok().and_then(|value| value.as_string());
    let (mashery_error_code, message_id) = (header("x-mashery-error-code"), header("x-mashery-message-id"));
    let (retry_after, date) = (header("retry-after"), header("date"));
    let body = member(&raw, "arrayBuffer").dyn_into::<Function>().map_err(|_| no_response())?;
    let buffer = JsFuture::from(Promise::resolve(&body.call0(&raw)?)).await?;
    let body = read_body(&buffer)?;
    let status = status as u16;
    Ok(HttpResponse { status, mashery_error_code, message_id, retry_after, date, body, raw })
}

/// Ends the body of a response, if it can be.
async fn give_up(raw: &JsValue) {
    let body = member(raw, "body");
    if let Ok(Ok(ended)) = member(&body, "cancel").dyn_into::<Function>().map(|cancel| cancel.call0(&body)) {
        let _ = JsFuture::from(Promise::resolve(&ended)).await;
    }
}

fn no_response() -> JsValue {
    fault("fetch gave something that is no Response")
}

fn start(fetch: JsValue, request: &HttpRequest, signal: &AbortSignal) -> Result<Promise, JsValue> {
    if signal.aborted() {
        return Err(fault("cancelled before it was sent"));
    }
    let fetch = if fetch.is_undefined() { web::global("fetch") } else { fetch };
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
    // Only a browser has a cache of its own; workerd refuses the member on older compatibility dates.
    let is_fresh = request.headers.iter().any(|(name, value)| name == CACHE_CONTROL && value == NO_CACHE);
    let is_there = |name| !web::global(name).is_undefined();
    if is_fresh && (is_there("document") || is_there("WorkerGlobalScope")) && !is_there("WebSocketPair") {
        set(&init, "cache", &JsValue::from_str("no-store"))?;
    }
    if let Some(body) = &request.body {
        set(&init, "body", &JsValue::from_str(body))?;
    }
    let promise = fetch.call2(&JsValue::UNDEFINED, &JsValue::from_str(&request.url), &init)?;
    Ok(Promise::resolve(&promise))
}

fn read_body(buffer: &JsValue) -> Result<Body, JsValue> {
    let bytes: Uint8Array = web::Bytes::new(buffer)?.unchecked_into();
    if member(buffer, "byteLength").as_f64() != Some(f64::from(bytes.length())) {
        return Err(fault("the response's arrayBuffer() gave something else"));
    }
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
