//! Tests of the lanes of vectors.

use core::arch::wasm32::{v128, v128_or};

/// Returns a test of vectors: which of their lanes equal one of four.
#[inline(always)]
pub(super) fn one_of(wanted: [v128; 4], is_equal: impl Fn(v128, v128) -> v128) -> impl Fn(v128) -> v128 {
    let [a, b, c, d] = wanted;
    move |lanes| {
        let first = v128_or(is_equal(lanes, a), is_equal(lanes, b));
        v128_or(first, v128_or(is_equal(lanes, c), is_equal(lanes, d)))
    }
}
