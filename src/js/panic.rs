//! A panic on demand, for tests.

use wasm_bindgen::prelude::wasm_bindgen;

/// Panics. Tests need the consequences in the optimized module, in every runtime. No entry point of the package exports this
/// function, and no declaration names it.
#[wasm_bindgen(js_name = panicNow)]
#[expect(clippy::panic, reason = "it is what this is for")]
pub fn panic_now() {
    panic!("asked for by a test");
}
