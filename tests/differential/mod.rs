//! Differential tests: the decoder against a reference implementation, on random documents.
//!
//! A generator that knows the documents of the service, and mutations of its output, create documents from a seed,
//! without coverage feedback. Each document is decoded on the fast path, on the general path, on the fast path into
//! reused memory, and by a reference on top of serde_json. All must agree on the values, the undocumented fields, the
//! issues, or the error.
//!
//! | file | contains |
//! |---|---|
//! | `rng` | the random numbers, from a seed |
//! | `documents` | the generator of documents |
//! | `strings` | the generator of texts, dates and numbers |
//! | `mutations` | the mutations that break documents |
//! | `serde_tree` | any JSON document by serde_json, with offsets |
//! | `reference` | the documented rules on such a tree |
//! | `outcome` | the result of a decoder in comparable form |
//! | `runner` | the comparison of all decoders on one document, and on a round of documents |
//! | `shrink` | the reduction of a failing input |
//!
//! `native` runs a bounded number of documents; `cargo xtask fuzz` runs any number.

mod documents;
mod mutations;
mod outcome;
mod reference;
pub mod rng;
pub mod runner;
mod serde_tree;
mod shrink;
mod strings;
