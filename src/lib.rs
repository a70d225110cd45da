//! The Cisco Support Case API v3, typed and validated, for browsers, Workers and plain Rust.
//!
//! The npm package `cisco-support-case` is this crate compiled to WebAssembly; natively it is the same code
//! without JavaScript, which is how most of it is tested.
//!
//! ```
//! use cisco_support_case::{decode, endpoint, util::Json};
//!
//! // What may be asked is checked before anything is sent …
//! let params = Json::object([("contract_ids", Json::from(vec!["1234567"])), ("status_flag", Json::from("O"))]);
//! let request = endpoint::CASES_BY_CONTRACT.check(&params).map_err(|problems| problems[0].message.clone())?;
//! assert_eq!(request.path_and_query(), "/cases/contracts/contract_ids/1234567?status_flag=O");
//!
//! // … and what comes back is checked while it is read.
//! let body = br#"{"pagination_response_record":{"last_index":1,"page_index":1,"page_records":1,"total_records":1},
//!                 "cases":[{"case_id":"612345678","severity":"3"}]}"#;
//! let page = decode::cases_page(body).map_err(|fault| fault.to_string())?;
//! assert_eq!(page.cases[0].severity.map(|s| s.number()), Some(3));
//! # Ok::<(), String>(())
//! ```
//!
//! # The rooms
//!
//! | room | holds |
//! |---|---|
//! | [`model`] | what the service returns: cases, details, notes, the pagination record |
//! | [`endpoint`] | what can be asked: one file per GET; its route, limits and parameters as data |
//! | [`rules`] | what a valid request is: ids, dates, ranges, enumerations |
//! | [`error`] | the service's error table as data, and how a response is classified |
//! | [`decode`] | bytes to validated records |
//! | [`paging`] | page arithmetic and the reader that loses no case while a list moves |
//! | [`bulk`] | any number of ids and any range of dates: batches, windows, bulk reads, what has changed; no I/O |
//! | [`client`] | token, rate limit, retries and deadlines of every call, as a state machine; no I/O |
//! | [`gateway`] | what the edge decides: route, permission, quota, cache, answer; no I/O |
//! | [`sandbox`] | the service, answering the same requests from a synthetic case base |
//! | `transport` | an async client for Rust web apps and Workers; wasm only, feature `transport` |
//! | [`util`] | JSON, hashing, strings, sorting, instants; nothing of the service |
//! | [`boundary`] | the numbers that cross between the wasm and its JavaScript, each declared once |
//! | `js` | the face to JavaScript; wasm only, no logic of its own |
//!
//! Imports run one way: `js`, `transport` → `client`, `sandbox`, `gateway`, `bulk` → `paging`, `decode`, `endpoint` → `rules`, `error`, `model` → `util`.
//!
//! What it does not do: natively it opens no socket (calls are driven by whoever has one, see [`client::Engine`]), it keeps
//! nothing on disk, and it does not write cases (the API is read-only).
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `sandbox`, `gateway` (both by default) | the modules of these names |
//! | `transport` | on `wasm32-unknown-unknown` the async client, by gloo-net and wasm-bindgen-futures |
//! | `serde` | serde's `Serialize` and `Deserialize` for all that is in [`model`], and for [`decode::CaseDetailResult`] |

#![no_std]

extern crate alloc;
// Arithmetic of floating point numbers; and tests.
#[cfg(any(test, feature = "sandbox"))]
extern crate std;

pub mod boundary;
pub mod bulk;
pub mod client;
pub mod decode;
pub mod endpoint;
pub mod error;
#[cfg(feature = "gateway")]
pub mod gateway;
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub mod internal;
pub mod model;
pub mod paging;
pub mod rules;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(all(target_arch = "wasm32", feature = "transport"))]
pub mod transport;
pub mod util;

#[cfg(target_arch = "wasm32")]
pub mod js;

/// The examples of the guide and of the README, compiled with those of this documentation.
#[cfg(all(doctest, target_arch = "wasm32", feature = "transport"))]
mod guide {
    #[doc = include_str!("../www/guide/rust.md")]
    mod from_rust {}
    #[doc = include_str!("../README.md")]
    mod readme {}
}
