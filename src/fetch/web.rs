//! The host over `fetch`, `setTimeout` and `Date.now`.

use super::{exchange, timer::Sleep};
use crate::client::{Host, HttpRequest, HttpResponse, TokenReply};
use js_sys::{Function, Promise, Reflect};
use std::future::Future;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The host over `fetch`, `setTimeout` and `Date.now`.
pub(crate) struct Web {
    /// The caller's `fetch`, or undefined for the runtime's own, which is looked up at each call so that tests and
    /// service workers can replace it.
    pub(crate) fetch: JsValue,
    /// The caller's token provider.
    pub(crate) provider: JsValue,
}

impl Host for Web {
    type Cause = JsValue;
    type Raw = JsValue;

    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are a whole number below 2^53")]
    fn now_unix_ms(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    fn sleep(&self, ms: u32) -> impl Future<Output = ()> + 'static {
        Sleep::new(ms)
    }

    fn send(&self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse<JsValue>, JsValue>> + 'static {
        exchange::send(self.fetch.clone(), request)
    }

    fn provide_token(&self) -> impl Future<Output = Result<TokenReply, JsValue>> + 'static {
        let provider = self.provider.clone();
        async move {
            let provider = provider.dyn_into::<Function>()?;
            let given = provider.call0(&JsValue::UNDEFINED)?;
            let given = JsFuture::from(Promise::resolve(&given)).await?;
            Ok(token_reply(&given))
        }
    }
}

/// A text, or `{ access_token, expires_in? }` as token endpoints say it; an empty token where it is neither.
fn token_reply(given: &JsValue) -> TokenReply {
    if let Some(access_token) = given.as_string() {
        return TokenReply { access_token, expires_in: None };
    }
    let member = |name: &str| Reflect::get(given, &JsValue::from_str(name)).ok();
    let access_token = member("access_token").and_then(|token| token.as_string()).unwrap_or_default();
    TokenReply { access_token, expires_in: member("expires_in").and_then(|seconds| seconds.as_f64()) }
}

/// Whether this code runs in a web page: there is a document, so that whatever is here can be read by its visitor.
pub(crate) fn in_page() -> bool {
    global("document").is_object()
}

/// The origin that a path stands on, in a page or in a worker of one.
pub(crate) fn page_origin() -> Option<String> {
    Reflect::get(&global("location"), &JsValue::from_str("origin")).ok()?.as_string()
}

pub(super) fn global(name: &str) -> JsValue {
    Reflect::get(&js_sys::global(), &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}
