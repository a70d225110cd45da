//! A wasm module of the npm package: what the crate exports to JavaScript, and what a module needs to stand alone.
//!
//! A crate of its own, for two reasons: who uses the library in Rust has an allocator and a panic handler already, and a
//! library that is compiled as a module as well keeps all of its public functions, which is a tenth of the client's bytes.

#![no_std]

#[cfg(not(all(target_arch = "wasm32", feature = "freestanding")))]
extern crate std;

use cisco_support_case as _;

/// std's own allocator adds 3 KB (gzip), and is not faster for these allocations.
#[cfg(all(target_arch = "wasm32", feature = "freestanding"))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Nothing here panics (the lints see to it); should it happen all the same, the module traps, and its JavaScript reports
/// that and can bring it back.
#[cfg(all(target_arch = "wasm32", feature = "freestanding"))]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
