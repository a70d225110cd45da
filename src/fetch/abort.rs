//! A caller's `AbortSignal`.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The reason, if the caller has given up.
pub(super) fn reason(signal: &JsValue) -> Option<JsValue> {
    // What has no members throws when it is asked for one, which costs more than all else here.
    (signal.is_object() && member(signal, "aborted").as_bool() == Some(true)).then(|| member(signal, "reason"))
}

/// Adds or removes a listener, as the method's name says.
pub(super) fn listen(signal: &JsValue, method: &str, callback: &JsValue) {
    if let Ok(method) = member(signal, method).dyn_into::<Function>() {
        // A signal that throws here cannot be listened to.
        let _ = method.call2(signal, &JsValue::from_str("abort"), callback);
    }
}

/// A member of any value; undefined where it has none, or throws.
pub(super) fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}
