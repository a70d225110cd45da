//! The decoder against another reader of the same rules, over documents that nobody wrote.
//!
//! Documents are made from a seed, by a generator that knows the four shapes and by mutations of what it makes; there is
//! no feedback from coverage. Each is read by the decoder's fast way, by its general way, by the fast way into memory
//! that other documents have used, and by a reference on top of serde_json. All must agree in value, in what came
//! besides the fields, in what is off, or in refusal.
//!
//! | file | is |
//! |---|---|
//! | `rng` | chance, from a seed |
//! | `documents` | makes documents |
//! | `texts` | makes what stands in them |
//! | `mutations` | breaks them |
//! | `tree` | any JSON document by serde_json, with places |
//! | `reference` | the documented rules over such a tree |
//! | `reading` | what a reader found, in the form that is compared |
//! | `trial` | a document before all readers, and a round of documents |
//! | `shrink` | makes what fails small |
//!
//! `native` runs a bounded number of documents, `cargo xtask fuzz` as many as wanted.

mod documents;
mod mutations;
mod outcome;
mod reference;
pub mod rng;
pub mod runner;
mod serde_tree;
mod shrink;
mod strings;
