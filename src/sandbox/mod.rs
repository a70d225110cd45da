//! The Case API v3 itself, as its documentation and public evidence describe it, over a synthetic case base.
//!
//! For everyone without an account at the service: the demo, this project's tests, a partner's own tests. A
//! [`Sandbox`] takes a [`Request`] and gives an [`Answer`]; it opens no socket, reads no clock and waits for nothing.
//! What an answer is meant to suffer on its way (a delay, a connection that breaks) is said in it, for the transport
//! to do. The same seed gives the same bytes on every platform.
//!
//! It is no reference for what the service does where nobody has said so in public: such choices are noted where they
//! are made, and a client should get along with either way.
//!
//! | door | is |
//! |---|---|
//! | [`Sandbox`], [`Options`] | the service: four endpoints, the token endpoint, and `/__sandbox` |
//! | [`Request`], [`Answer`], [`Effect`] | what goes in and what comes out |
//! | [`OptionError`] | what is wrong with an option, a fault or a case that was handed in |
//! | [`FAULTS`] | the faults that can be switched on, besides every code of the error table |
//! | [`MAX_MOVES_PER_HOUR`], [`MAX_MOVES_PER_STEP`] | how much its cases move at most |
//! | [`MAX_CASES`], [`BASE_PATH`], [`TOKEN_PATH`], [`CONTROL_PATH`], [`OPENAPI_PATH`] | its size and its addresses |
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
pub use options::{Auth, MAX_CASES, MAX_MOVES_PER_HOUR, Options};
pub use route::{BASE_PATH, CONTROL_PATH, OPENAPI_PATH, TOKEN_PATH};
pub use service::Sandbox;
