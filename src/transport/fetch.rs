//! HTTP requests by the runtime's `fetch`.

use super::Cause;
use crate::client::HttpRequest;
use crate::decode::MAX_BODY_BYTES;
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use gloo_net::http::{Request, Response};
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestCache, RequestRedirect, Url};

#[wasm_bindgen]
extern "C" {
    /// The global `fetch`, looked up for each request, so that tests and service workers can replace it. That of gloo-net
    /// panics if a value is thrown that is not an error.
    #[wasm_bindgen(catch)]
    fn fetch(request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// A response with its body, read to the end.
pub(super) struct FetchedResponse {
    pub(super) status: u16,
    pub(super) mashery_error_code: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) retry_after: Option<String>,
    pub(super) date: Option<String>,
    /// The chunks of the body, in JavaScript's memory; `None` if it is too large.
    pub(super) body: Option<Vec<Uint8Array>>,
}

/// The maximum size of a token response in bytes; typical ones have some hundred.
const MAX_TOKEN_RESPONSE_BYTES: usize = 64 * 1024;

/// Sends a request and reads its response to the end.
pub(super) async fn fetch_response(
    request: HttpRequest,
    signal: AbortSignal,
    is_browser: bool,
) -> Result<FetchedResponse, Cause> {
    let max_bytes = if request.method == "POST" { MAX_TOKEN_RESPONSE_BYTES } else { MAX_BODY_BYTES };
    let url = request.url.clone();
    let request = build_request(request, &signal, is_browser)?;
    let promise = fetch(&request.into()).map_err(|thrown| Cause::from_js(&thrown))?;
    let response = JsFuture::from(promise).await.map_err(|thrown| Cause::from_js(&thrown))?;
    let response: web_sys::Response =
        response.dyn_into().map_err(|_| Cause::new("fetch returned a value that is not a Response".into()))?;
    let response = Response::from(response);
    let headers = response.headers();
    let status = response.status();
    let is_sign_in =
        (300..400).contains(&status) && headers.get("location").is_some_and(|location| leaves_host(&url, &location));
    Ok(FetchedResponse {
        status,
        // The code by which the client of the npm package reports it, too.
        mashery_error_code: if is_sign_in {
            Some("SIGN_IN_PAGE".to_owned())
        } else {
            headers.get("x-mashery-error-code")
        },
        message_id: headers.get("x-mashery-message-id"),
        retry_after: headers.get("retry-after"),
        date: headers.get("date"),
        body: read_body(response, max_bytes).await?,
    })
}

/// Whether a redirect leads to another host, as that of a sign-in proxy does, and not to https on the same host.
fn leaves_host(url: &str, location: &str) -> bool {
    let target = Url::new_with_base(location, url);
    Url::new(url).is_ok_and(|from| target.is_ok_and(|to| to.host() != from.host()))
}

fn build_request(request: HttpRequest, signal: &AbortSignal, is_browser: bool) -> Result<Request, Cause> {
    let HttpRequest { method, url, headers, body } = request;
    let mut builder = if method == "POST" { Request::post(&url) } else { Request::get(&url) };
    // A followed redirect would send the ids of the request to another host.
    builder = builder.redirect(RequestRedirect::Manual).abort_signal(Some(signal));
    for (name, value) in &headers {
        builder = builder.header(name, value);
        // Only browsers have an HTTP cache, and it ignores `max-age` of requests; workerd rejects the member on older
        // compatibility dates.
        let limits_age = value == "no-cache" || value.starts_with("max-age=") && value != "max-age=0";
        if is_browser && name.eq_ignore_ascii_case("cache-control") && limits_age {
            builder = builder.cache(RequestCache::NoStore);
        }
    }
    let built = match body {
        Some(body) => builder.body(body),
        None => builder.build(),
    };
    built.map_err(|error| Cause::new(format!("{error}").into()))
}

/// The body, whose parts are copied once: from here into the memory that the decoder reads. Where it is larger than `max_bytes`
/// bytes, or its Content-Length says so, the transfer ends: a length that is content_length may be anything, and what is packed says
/// nothing of how large it is.
async fn read_body(response: Response, max_bytes: usize) -> Result<Option<Vec<Uint8Array>>, Cause> {
    let content_length = response.headers().get("content-length").and_then(|length| length.trim().parse::<f64>().ok());
    let response: web_sys::Response = response.into();
    let Some(stream) = response.body() else { return Ok(Some(Vec::new())) };
    if response.body_used() || stream.locked() {
        return Err(Cause::new("the response body was already read".into()));
    }
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut parts = Vec::new();
    let mut length = 0_usize;
    let is_too_large = |length: usize| {
        length > max_bytes || content_length.is_some_and(|content_length| content_length > max_bytes as f64)
    };
    while !is_too_large(length) {
        let step = JsFuture::from(reader.read()).await.map_err(|thrown| Cause::from_js(&thrown))?;
        let member = |name: &str| Reflect::get(&step, &name.into()).unwrap_or_default();
        if member("done").is_truthy() {
            return Ok(Some(parts));
        }
        let part: Uint8Array = member("value")
            .dyn_into()
            .map_err(|_| Cause::new("the response body has chunks that are not bytes".into()))?;
        length = length.saturating_add(usize::try_from(part.length()).unwrap_or(usize::MAX));
        parts.push(part);
    }
    // The cancellation is not awaited, and its failure is ignored.
    let ended = JsFuture::from(reader.cancel());
    wasm_bindgen_futures::spawn_local(async move { drop(ended.await) });
    Ok(None)
}
