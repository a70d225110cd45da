//! A typed, validating client of the Cisco Support Case API v3 for browsers, Workers and Rust.
//!
//! The npm package `cisco-support-case` is this crate compiled to WebAssembly. The native build is the same code
//! without JavaScript; most tests run it.
//!
//! ```
//! use cisco_support_case::{decode, endpoint, util::Json};
//!
//! // A request is checked before it is sent.
//! let params = Json::object([("contract_ids", Json::from(vec!["1234567"])), ("status_flag", Json::from("O"))]);
//! let request = endpoint::CASES_BY_CONTRACT.check(&params).map_err(|problems| problems[0].message.clone())?;
//! assert_eq!(request.path_and_query(), "/cases/contracts/contract_ids/1234567?status_flag=O");
//!
//! // A response is checked while it is decoded.
//! let body = br#"{"pagination_response_record":{"last_index":1,"page_index":1,"page_records":1,"total_records":1},
//!                 "cases":[{"case_id":"612345678","severity":"3"}]}"#;
//! let page = decode::cases_page(body).map_err(|error| error.to_string())?;
//! assert_eq!(page.cases[0].severity.map(|severity| severity.number()), Some(3));
//! # Ok::<(), String>(())
//! ```
//!
//! # Modules
//!
//! | module | contains |
//! |---|---|
//! | [`model`] | the records of the service: cases, details, notes, the pagination record |
//! | [`endpoint`] | the endpoints, one file each: path, limits and parameters as data |
//! | [`rules`] | the validation of parameters: ids, dates, ranges, enumerations |
//! | [`error`] | the service's error table as data, and the classification of responses |
//! | [`decode`] | the decoder: response bytes to validated records |
//! | [`paging`] | page arithmetic, and the reader that loses no case while a list changes |
//! | [`bulk`] | bulk reads: any number of ids, any range of dates, batches, changes; no I/O |
//! | [`client`] | the state machine of all calls: token, rate limit, retries, deadlines; no I/O |
//! | [`gateway`] | the decisions of the gateway: route, permission, quota, cache, response; no I/O |
//! | [`sandbox`] | a server of the same API over synthetic cases |
//! | [`query`] | queries over cases: conditions, search, order, and their meaning |
//! | [`store`] | cases in columns: changes and their history; no I/O |
//! | `transport` | an async client for Rust web apps and Workers; wasm only, feature `transport` |
//! | [`util`] | JSON, hashing, strings, sorting, instants; independent of the service |
//! | [`boundary`] | the numbers that cross the boundary between wasm and JavaScript |
//! | `js` | the JavaScript bindings; wasm only, without logic of their own |
//!
//! Imports run one way: `js`, `transport`, `gateway`, `sandbox`, `store` → `bulk`, `client`, `query` → `paging`, `decode`,
//! `endpoint` → `rules`, `error`, `model` → `util`.
//!
//! # Limits of scope
//!
//! The native build opens no socket: the embedder performs the actions of [`client::Engine`]. The crate writes nothing
//! to disk. It cannot create or change cases, because the API is read-only.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `sandbox`, `gateway`, `store` (all by default) | the modules of these names |
//! | `transport` | the async client on `wasm32-unknown-unknown`, with gloo-net and wasm-bindgen-futures |
//! | `serde` | serde's `Serialize` and `Deserialize` for all types of [`model`], and for [`decode::CaseDetailResult`] |

#![no_std]

extern crate alloc;
// std is used for floating-point arithmetic and in tests.
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
pub mod query;
pub mod rules;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(feature = "store")]
pub mod store;
#[cfg(all(target_arch = "wasm32", feature = "transport"))]
pub mod transport;
pub mod util;

#[cfg(target_arch = "wasm32")]
pub mod js;

/// The examples of the guide and the README, compiled as doctests.
#[cfg(all(doctest, target_arch = "wasm32", feature = "transport"))]
mod guide {
    #[doc = include_str!("../www/guide/rust.md")]
    mod from_rust {}
    #[doc = include_str!("../README.md")]
    mod readme {}
}
