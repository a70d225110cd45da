//! Sources of the npm package that are printed from the library's tables when the package is built.
//!
//! | module | prints |
//! |---|---|
//! | [`typescript`] | records, parameters, enumerations, error rows, limits and the numbers of the wasm's boundary |
//! | [`schema`] | JSON Schema (2020-12) and an OpenAPI 3.1 description |
//! | `status_errors` | the meaning of a response by its HTTP status alone |
//! | `tool_schemas` | the schemas of the tools of the command's MCP server |
//!
//! `cargo xtask build` calls both. Nothing here is part of the crate or of the package.

pub mod schema;
mod status_errors;
mod tool_schemas;
pub mod typescript;

use std::fmt::Debug;

/// Stops the build at a kind that has no description here yet.
#[expect(clippy::panic, reason = "a build that goes on would print a wrong declaration")]
fn undescribed(kind: impl Debug) -> ! {
    panic!("codegen has no description of {kind:?}: add one in xtask/codegen/src/typescript.rs and schema/")
}
