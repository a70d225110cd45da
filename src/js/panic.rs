//! What JavaScript hears if this module should ever panic, and how it is left before it is brought back.

use js_sys::{Function, Promise};
use std::cell::RefCell;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Has a function called with the message when this module panics. An aborted module never settles a promise: the
/// package's glue rejects what is pending.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(listener: Function) {
    LISTENER.replace(Some(listener));
    std::panic::set_hook(Box::new(|info| {
        let listener = LISTENER.try_with(|slot| slot.try_borrow().ok().and_then(|slot| slot.clone()));
        if let Ok(Some(listener)) = listener {
            let _ = listener.call1(&JsValue::UNDEFINED, &JsValue::from_str(&info.to_string()));
        }
    }));
}

/// Ends whatever is under way and rejects what is pending. This module is of no more use afterwards.
#[wasm_bindgen]
pub fn abandon() {
    crate::fetch::abandon();
}

/// Panics. What follows is to be tested where it happens: in the optimised module, in every runtime. No entry of the
/// package exports this, and no declaration names it.
#[wasm_bindgen(js_name = panicNow)]
#[expect(clippy::panic, reason = "it is what this is for")]
pub fn panic_now() {
    panic!("asked for by a test");
}

/// The same when a promise has settled: in the middle of a future, which nobody has called.
#[wasm_bindgen(js_name = panicAfter)]
pub fn panic_after(promise: Promise) {
    wasm_bindgen_futures::spawn_local(async {
        let _ = JsFuture::from(promise).await;
        panic_now();
    });
}
