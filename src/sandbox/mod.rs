//! A simulation of the Case API v3 over synthetic cases, as its documentation and public evidence describe it.
//!
//! It serves everyone without an account at the service: the demo, this project's tests and partners' tests. A
//! [`Sandbox`] turns a [`SandboxRequest`] into a [`SandboxResponse`]; it opens no socket, reads no clock and never
//! blocks. A response states the transport effects to apply (a delay, a broken connection). The same seed gives the
//! same bytes on every platform.
//!
//! The sandbox is no reference for behaviour that no public source describes. Each such choice is documented where it
//! is made, and a client should work with any other choice as well.
//!
//! | item | description |
//! |---|---|
//! | [`Sandbox`], [`Options`] | the simulated service: four endpoints, the token endpoint, and `/__sandbox` |
//! | [`SandboxRequest`], [`SandboxResponse`], [`Effect`] | its requests and responses |
//! | [`OptionError`] | the error for an invalid option, fault or imported case |
//! | [`FAULTS`] | the named faults, in addition to the codes of the error table |
//! | [`MAX_MOVES_PER_HOUR`], [`MAX_MOVES_PER_STEP`] | limits of mutations |
//! | [`MAX_CASES`], [`BASE_PATH`], [`TOKEN_PATH`], [`CONTROL_PATH`], [`OPENAPI_PATH`] | its size and its paths |
//!
//! | file | contents |
//! |---|---|
//! | `service` | the request pipeline, in the order of the real service's layers |
//! | `route` | URL parsing: endpoint, ids, query |
//! | `endpoints` | Case Summary, Case Details and the two lists over the case store |
//! | `serialize` | JSON of records as the service writes them, quirks included |
//! | `http`, `error_response` | request and response types; rows of the error table as responses |
//! | `token`, `base64` | the token endpoint and its tokens |
//! | `fault` | fault injection |
//! | `control`, `control_access` | `/__sandbox` and the check of who may use it |
//! | `options`, `import_case`, `object_reader`, `error` | validation of options and imported cases |
//! | `clock`, `mutation_schedule`, `stats` | the virtual clock, the mutations due on it, request statistics |
//! | `dataset` | the synthetic cases |

mod base64;
mod clock;
mod control;
mod control_access;
mod dataset;
mod endpoints;
mod error;
mod error_response;
mod fault;
mod http;
mod import_case;
mod mutation_schedule;
mod object_reader;
mod options;
mod route;
mod serialize;
mod service;
mod stats;
mod token;

pub use error::OptionError;
pub use fault::{FAULTS, FaultDoc};
pub use http::{Effect, SandboxRequest, SandboxResponse};
pub use mutation_schedule::MAX_MOVES_PER_STEP;
pub use options::{Auth, MAX_CASES, MAX_MOVES_PER_HOUR, Options, Titles};
pub use route::{BASE_PATH, CONTROL_PATH, OPENAPI_PATH, TOKEN_PATH};
pub use service::Sandbox;
