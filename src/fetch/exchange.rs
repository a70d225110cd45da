//! One request and its response, through a guarded `fetch`.

use super::web::global;
use crate::client::{HttpRequest, HttpResponse};
use crate::decode::{Body, MAX_BODY_BYTES};
use gloo_net::http::Response;
use js_sys::{Function, Object, Promise, Reflect, TypeError, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

/// Sends a request and reads its response to the end. Dropped, it aborts what is under way.
///
/// The request is handed over as an address and a plain object: every `fetch` takes those, while a `Request` of this
/// realm is a stranger to undici's, to jsdom's and to most test doubles.
pub(super) async fn send(fetch: JsValue, request: HttpRequest) -> Result<HttpResponse<JsValue>, JsValue> {
    let fetch = if fetch.is_undefined() { global("fetch") } else { fetch };
    let fetch = fetch.dyn_into::<Function>().map_err(|_| fault("there is no fetch in this runtime"))?;
    let mut guard = AbortOnDrop { controller: AbortController::new()?, armed: true };

    let headers = Object::new();
    for (name, value) in &request.headers {
        set(&headers, name, &JsValue::from_str(value))?;
    }
    let init = Object::new();
    set(&init, "method", &JsValue::from_str(request.method))?;
    set(&init, "headers", &headers)?;
    set(&init, "signal", &guard.controller.signal())?;
    // A redirect would carry the request, and with it ids, to an address that nobody chose.
    set(&init, "redirect", &JsValue::from_str("manual"))?;
    if let Some(body) = &request.body {
        set(&init, "body", &JsValue::from_str(body))?;
    }

    let promise = fetch.call2(&JsValue::UNDEFINED, &JsValue::from_str(&request.url), &init)?;
    let raw = JsFuture::from(Promise::resolve(&promise)).await?;
    if !is_response(&raw) {
        return Err(fault("fetch gave something that is no Response"));
    }
    let body = read_body(&raw).await?;
    guard.armed = false;

    let response = Response::from(raw.clone().unchecked_into::<web_sys::Response>());
    let headers = response.headers();
    Ok(HttpResponse {
        status: response.status(),
        mashery_error_code: headers.get("x-mashery-error-code"),
        message_id: headers.get("x-mashery-message-id"),
        retry_after: headers.get("retry-after"),
        body,
        raw,
    })
}

/// Whether a value can be read as a response. One of another realm is no instance of this one's class.
fn is_response(value: &JsValue) -> bool {
    let member = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    value.is_object()
        && member(value, "status").as_f64().is_some()
        && member(value, "arrayBuffer").is_function()
        && member(&member(value, "headers"), "get").is_function()
}

async fn read_body(response: &JsValue) -> Result<Body, JsValue> {
    let method = Reflect::get(response, &JsValue::from_str("arrayBuffer"))?.dyn_into::<Function>()?;
    let buffer = JsFuture::from(Promise::resolve(&method.call0(response)?)).await?;
    let is_buffer = buffer.is_object()
        && Reflect::get(&buffer, &JsValue::from_str("byteLength")).is_ok_and(|length| length.as_f64().is_some());
    if !is_buffer {
        return Err(fault("the response's arrayBuffer() gave something else"));
    }
    let bytes = Uint8Array::new(&buffer);
    // What is too large stays outside; the decoder says so when it sees a body of this length.
    let length = usize::try_from(bytes.length()).unwrap_or(usize::MAX).min(MAX_BODY_BYTES + 1);
    let mut body = Body::default();
    bytes.subarray(0, u32::try_from(length).unwrap_or(u32::MAX)).copy_to(body.resize(length));
    Ok(body)
}

struct AbortOnDrop {
    controller: AbortController,
    armed: bool,
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if self.armed {
            self.controller.abort();
        }
    }
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &JsValue::from_str(name), value).map(drop)
}

fn fault(message: &str) -> JsValue {
    TypeError::new(message).into()
}
