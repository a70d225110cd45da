//! One exchange with the service, held together: token, timeout, replay, and an error that says what happened.
//!
//! There is no JavaScript in this room. A [`Host`] is handed in: it sends, sleeps, tells the time and asks the caller's
//! token provider; tests hand in one whose clock they move. Dropping a call's future ends everything it started.
//!
//! | door | is |
//! |---|---|
//! | [`Client`] | a client over a host |
//! | [`Config`], [`TokenSource`] | what it is made with |
//! | [`Host`], [`HttpRequest`], [`HttpResponse`] | what it needs |
//! | [`Answer`] | what a call resolves to |
//! | [`CallError`], [`Failed`] | what it fails with |
//! | [`List`] | every case of a list, page by page |
//! | [`race`] | two futures, the first one counts |

mod base_url;
mod call_error;
mod config;
mod exchange;
mod header;
mod host;
mod list;
mod race;
mod replay;
mod shared;
mod token;

pub use base_url::{BaseUrl, base_url};
pub use call_error::{CallError, Failed, Source};
pub use config::{CallOptions, Config, Credentials, DEFAULT_TIMEOUT_MS, TOKEN_URL, TokenSource, Validation};
pub use exchange::{Answer, Client};
pub use header::check_header;
pub use host::{Host, HttpRequest, HttpResponse, TokenReply};
pub use list::List;
pub use race::{Either, race};
