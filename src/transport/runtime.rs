//! Clocks and properties of the runtime.

use crate::client::Now;
use alloc::string::String;
use js_sys::{Date, Math, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    type Performance;

    #[wasm_bindgen(method)]
    fn now(this: &Performance) -> f64;
}

/// A reading of the clocks.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds are a whole number below 2^53")]
pub(super) fn now() -> Now {
    let unix_ms = Date::now();
    let performance = global("performance").filter(JsValue::is_object);
    // A test double may lack its methods.
    let has_clock = |value: &JsValue| Reflect::get(value, &"now".into()).is_ok_and(|now| now.is_function());
    let monotonic_ms = performance.filter(has_clock).map(|value| value.unchecked_ref::<Performance>().now());
    Now { monotonic_ms: monotonic_ms.unwrap_or(unix_ms) as i64, unix_ms: unix_ms as i64 }
}

/// A random seed for the jitter of retries.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of floats saturates")]
pub(super) fn seed() -> u32 {
    (Math::random() * f64::from(u32::MAX)) as u32
}

/// Whether the runtime isolates served requests, so that none may settle a promise of another (workerd).
pub(super) fn is_isolated() -> bool {
    global("WebSocketPair").is_some()
}

/// Whether there is a document, whose visitor can read everything.
pub(super) fn is_page() -> bool {
    global("document").is_some_and(|document| document.is_object())
}

/// Whether this is a page or a worker of one, with an HTTP cache.
pub(super) fn is_browser() -> bool {
    (is_page() || global("WorkerGlobalScope").is_some()) && !is_isolated()
}

/// The origin of the page or worker, if there is one.
pub(super) fn origin() -> Option<String> {
    Reflect::get(&global("location")?, &"origin".into()).ok()?.as_string()
}

/// A global of the runtime.
fn global(name: &str) -> Option<JsValue> {
    let value = Reflect::get(&js_sys::global(), &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}
