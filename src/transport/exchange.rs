//! One request and its response, by the runtime's `fetch`.

use super::Cause;
use crate::client::HttpRequest;
use crate::decode::MAX_BODY_BYTES;
use alloc::{format, string::String};
use gloo_net::http::{Request, Response};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestCache, RequestRedirect};

#[wasm_bindgen]
extern "C" {
    /// The runtime's own, looked up at each request, so that tests and service workers can replace it. What gloo-net has of
    /// it panics where something is thrown that is no error.
    #[wasm_bindgen(catch)]
    fn fetch(request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// A response, read to its end.
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) mashery_error_code: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) retry_after: Option<String>,
    pub(super) date: Option<String>,
    /// The body, still in JavaScript's memory.
    pub(super) body: Uint8Array,
}

/// Sends a request and reads its response to the end.
pub(super) async fn exchange(request: HttpRequest, signal: AbortSignal, is_browser: bool) -> Result<Received, Cause> {
    let request = build(request, &signal, is_browser)?;
    let promise = fetch(&request.into()).map_err(|thrown| Cause::thrown(&thrown))?;
    let response = JsFuture::from(promise).await.map_err(|thrown| Cause::thrown(&thrown))?;
    let response: web_sys::Response =
        response.dyn_into().map_err(|_| Cause::of("fetch gave something that is no Response".into()))?;
    let response = Response::from(response);
    let headers = response.headers();
    Ok(Received {
        status: response.status(),
        mashery_error_code: headers.get("x-mashery-error-code"),
        message_id: headers.get("x-mashery-message-id"),
        retry_after: headers.get("retry-after"),
        date: headers.get("date"),
        body: read(response).await?,
    })
}

fn build(request: HttpRequest, signal: &AbortSignal, is_browser: bool) -> Result<Request, Cause> {
    let HttpRequest { method, url, headers, body } = request;
    let mut builder = if method == "POST" { Request::post(&url) } else { Request::get(&url) };
    // A redirect would carry the request, and with it ids, to an address that nobody chose.
    builder = builder.redirect(RequestRedirect::Manual).abort_signal(Some(signal));
    for (name, value) in &headers {
        builder = builder.header(name, value);
        // Only a browser has a cache of its own; workerd refuses the member on older compatibility dates.
        if is_browser && name.eq_ignore_ascii_case("cache-control") && value == "no-cache" {
            builder = builder.cache(RequestCache::NoStore);
        }
    }
    let built = match body {
        Some(body) => builder.body(body),
        None => builder.build(),
    };
    built.map_err(|error| Cause::of(format!("{error}").into()))
}

/// The body, which is copied once: from here into the memory that the decoder reads.
async fn read(response: Response) -> Result<Uint8Array, Cause> {
    let response: web_sys::Response = response.into();
    let promise = response.array_buffer().map_err(|thrown| Cause::thrown(&thrown))?;
    let buffer = JsFuture::from(promise).await.map_err(|thrown| Cause::thrown(&thrown))?;
    let body = Uint8Array::new(&buffer);
    // What is too large stays outside; the decoder says so when it sees a body of this length.
    let most = u32::try_from(MAX_BODY_BYTES).unwrap_or(u32::MAX).saturating_add(1);
    Ok(if body.length() > most { body.subarray(0, most) } else { body })
}
