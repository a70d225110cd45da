//! The message of a panic, for the package to report.

use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Has the message of a panic kept for [`panic_message`]. A module that panics throws a `RuntimeError` that does not tell.
#[wasm_bindgen(js_name = keepPanics)]
pub fn keep_panics() {
    std::panic::set_hook(Box::new(|info| {
        let _ = MESSAGE.try_with(|message| message.try_borrow_mut().map(|mut message| *message = info.to_string()));
    }));
}

/// The message of the panic that broke this module; empty where there was none.
#[wasm_bindgen(js_name = panicMessage)]
pub fn panic_message() -> String {
    MESSAGE
        .try_with(|message| message.try_borrow().map(|message| message.clone()).unwrap_or_default())
        .unwrap_or_default()
}

/// Panics. The consequences are to be tested where they happen: in the optimised module, in every runtime. No entry of the
/// package exports this, and no declaration names it.
#[wasm_bindgen(js_name = panicNow)]
#[expect(clippy::panic, reason = "it is what this is for")]
pub fn panic_now() {
    panic!("asked for by a test");
}
