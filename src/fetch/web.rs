//! What the runtime has: its clocks and timers, its page.

use super::abort::member;
use crate::client::Now;
use js_sys::Function;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    // Node returns an object, browsers a number: the handle is only ever handed back.
    #[wasm_bindgen(js_name = setTimeout, catch)]
    pub(super) fn set_timeout(callback: &Function, ms: i32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    pub(super) fn clear_timeout(handle: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = performance, js_name = now, catch)]
    fn performance_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(js_name = Uint8Array)]
    pub(super) type Bytes;
    // As js-sys has it, a buffer that is detached, or none, is an exception that nobody catches.
    #[wasm_bindgen(constructor, js_class = Uint8Array, catch)]
    pub(super) fn new(buffer: &JsValue) -> Result<Bytes, JsValue>;
}

/// What the clocks say.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds are a whole number below 2^53")]
pub(super) fn now() -> Now {
    let unix_ms = js_sys::Date::now();
    Now { steady_ms: performance_now().unwrap_or(unix_ms) as i64, unix_ms: unix_ms as i64 }
}

pub(super) fn global(name: &str) -> JsValue {
    member(&js_sys::global(), name)
}
