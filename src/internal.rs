//! Constants of private modules that the code generator (`xtask/codegen`) prints into the npm package.
//!
//! This module is hidden and exempt from semantic versioning. Each value is declared where the library uses it; what is
//! public there has no entry here.

use alloc::string::String;

/// The version of the crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Constants of the checks of bulk calls.
pub mod bulk {
    use crate::endpoint::Endpoint;
    use crate::rules::IdRule;

    /// The kinds of ids that a bulk call accepts: parameter, rule and list endpoint.
    pub const KINDS: [(&str, IdRule, &Endpoint); 3] = crate::bulk::ID_KINDS;
    /// The start of an unbounded date range, in milliseconds since the Unix epoch.
    pub const EARLIEST_MS: i64 = crate::bulk::EARLIEST_MS;
    /// The last instant of the year 9999, in milliseconds since the Unix epoch.
    pub const LAST_MS: i64 = crate::paging::LAST_MS;
    /// The lower bound of a credible clock, in milliseconds since the Unix epoch.
    pub const LEAST_NOW_MS: i64 = crate::client::MIN_UNIX_MS;
    /// The largest `concurrency`.
    pub const MAX_CONCURRENCY: u32 = crate::bulk::MAX_CONCURRENCY;
    /// The largest `batchSize`.
    pub const MAX_BATCH: u32 = crate::bulk::MAX_BATCH;
    /// The number of seconds of requests in flight by default.
    pub const AHEAD_SECONDS: u32 = crate::bulk::AHEAD_SECONDS;
}

/// Names and bounds of the client's options.
pub mod options {
    use crate::client::{header, options};

    /// The members of `credentials`.
    pub const CREDENTIALS: [&str; 3] = options::CREDENTIALS;
    /// Options that JSON cannot express, each with the value that it takes.
    pub const FUNCTIONS: [(&str, &str); 4] = options::FUNCTIONS;
    /// The members of `rateLimit`.
    pub const RATE_LIMIT: [&str; 4] = options::RATE_LIMIT;
    /// The members of `backoff`.
    pub const BACKOFF: [&str; 2] = options::BACKOFF;
    /// The values of `validation`.
    pub const VALIDATIONS: [&str; 2] = options::VALIDATIONS;
    /// The values of `logLevel`.
    pub const LOG_LEVELS: [&str; 4] = options::LEVELS;
    /// The values of `fetchCredentials`.
    pub const FETCH_CREDENTIALS: [&str; 3] = options::FETCH_CREDENTIALS;
    /// Headers that a caller cannot set, in lower case.
    pub const RESERVED_HEADERS: [&str; 5] = header::RESERVED;
    /// The largest `timeoutMs`.
    pub const MAX_TIMEOUT_MS: u32 = options::MAX_TIMEOUT_MS;
    /// The largest `maxRetries`.
    pub const MAX_RETRIES: u32 = options::MAX_RETRIES;
    /// The largest member of `rateLimit`.
    pub const MAX_RATE_LIMIT: u32 = options::MAX_RATE_LIMIT;
    /// The largest member of `backoff`.
    pub const MAX_BACKOFF_MS: u32 = options::MAX_BACKOFF_MS;
}

/// Returns the canonical form in which error codes are compared.
pub fn canonical_code(code: &str) -> String {
    crate::error::canonical(code)
}
