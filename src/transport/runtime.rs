//! Facts of the runtime: its clocks, and which kind it is.

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
    // A double of a test may have lost its methods.
    let has_clock = |value: &JsValue| Reflect::get(value, &"now".into()).is_ok_and(|now| now.is_function());
    let monotonic_ms = performance.filter(has_clock).map(|value| value.unchecked_ref::<Performance>().now());
    Now { monotonic_ms: monotonic_ms.unwrap_or(unix_ms) as i64, unix_ms: unix_ms as i64 }
}

/// A number to scatter waits by.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of floats saturates")]
pub(super) fn seed() -> u32 {
    (Math::random() * f64::from(u32::MAX)) as u32
}

/// Whether the runtime isolates the requests that it serves, so that none may settle a promise of another (workerd).
pub(super) fn is_isolated() -> bool {
    global("WebSocketPair").is_some()
}

/// Whether there is a document, so that whatever is here can be read by its visitor.
pub(super) fn is_page() -> bool {
    global("document").is_some_and(|document| document.is_object())
}

/// Whether this is a page or a worker of one, with a cache of its own for what it fetches.
pub(super) fn is_browser() -> bool {
    (is_page() || global("WorkerGlobalScope").is_some()) && !is_isolated()
}

/// The origin of the page or worker, where there is one.
pub(super) fn origin() -> Option<String> {
    Reflect::get(&global("location")?, &"origin".into()).ok()?.as_string()
}

/// A global of the runtime.
fn global(name: &str) -> Option<JsValue> {
    let value = Reflect::get(&js_sys::global(), &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}
