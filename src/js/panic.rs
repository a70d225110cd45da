//! What follows if the module breaks.

use wasm_bindgen::prelude::wasm_bindgen;

/// Panics. The consequences are to be tested where they happen: in the optimised module, in every runtime. No entry of the
/// package exports this, and no declaration names it.
#[wasm_bindgen(js_name = panicNow)]
#[expect(clippy::panic, reason = "it is what this is for")]
pub fn panic_now() {
    panic!("asked for by a test");
}
