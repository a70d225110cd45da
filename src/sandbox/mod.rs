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
//! | file | holds |
//! |---|---|
//! | `service` | from a request to an answer, in the order of the real service's layers |
//! | `route` | the address: endpoint, ids, query |
//! | `query` | Case Summary, Case Details and the two lists over the case base |
//! | `wire` | records as the service writes them, quirks included |
//! | `refusal` | the error table's rows as responses |
//! | `token`, `base64` | the token endpoint and its tokens |
//! | `fault` | what fails on request |
//! | `caller` | who may steer it by `/__sandbox` |
//! | `control`, `handed_in` | `/__sandbox`, and what people hand in: options, faults, cases |
//! | `clock`, `traffic` | the virtual clock, and how busy it was |
//! | `motion` | when cases move on that clock |
//! | `base` | the case base |

mod base;
mod base64;
mod caller;
mod clock;
mod control;
mod exchange;
mod fault;
mod handed_in;
mod motion;
mod options;
mod query;
mod refusal;
mod route;
mod service;
mod token;
mod traffic;
mod wire;

pub use exchange::{Answer, Effect, Request};
pub use fault::{FAULTS, FaultDoc};
pub use motion::MAX_MOVES_PER_STEP;
pub use options::{Auth, MAX_CASES, MAX_MOVES_PER_HOUR, OptionError, Options};
pub use route::{BASE_PATH, CONTROL_PATH, OPENAPI_PATH, TOKEN_PATH};
pub use service::Sandbox;
