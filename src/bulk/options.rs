//! The options of a bulk call, and their limits.

use super::BulkQuery;
use crate::client::RateLimits;
use crate::rules::{Problem, validate_enum};
use crate::util::{Json, text};
use alloc::{string::String, vec::Vec};

/// The options of a bulk call.
///
/// ```
/// use cisco_support_case::bulk::BulkOptions;
/// assert_eq!(BulkOptions::default().concurrency, 6);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkOptions {
    /// Whether the newest windows are read first. It does not affect the order of the cases in a list.
    pub newest_first: bool,
    /// Maximum number of requests in flight.
    pub concurrency: u32,
    /// Number of ids per request, if below the documented maximum.
    pub batch_size: Option<u32>,
    /// Number of requests after which none is started.
    pub max_requests: Option<u32>,
    /// Number of received bytes after which no request is started.
    pub max_bytes: Option<u32>,
    /// Whether a round of changes reads a part of the older lists in turn instead of all.
    pub rotate_older: bool,
    /// The checkpoint to resume from.
    pub resume: Option<String>,
}

impl BulkOptions {
    /// Returns the number of ids per request of a query.
    pub(super) fn batch(&self, query: &BulkQuery) -> usize {
        self.batch_size.unwrap_or(query.ids_per_request).clamp(1, query.ids_per_request) as usize
    }

    /// Returns the options as an object, in the form of the package's own validation.
    pub fn to_json(&self) -> Json {
        let numbers = [
            ("newest_first", Some(u32::from(self.newest_first))),
            ("concurrency", Some(self.concurrency)),
            ("batch_size", self.batch_size),
            ("max_requests", self.max_requests),
            ("max_bytes", self.max_bytes),
            ("rotate_older", Some(u32::from(self.rotate_older))),
        ];
        let numbers = numbers.into_iter().filter_map(|(name, number)| Some((name, Json::from(number?))));
        let resume = self.resume.as_deref().map(|token| ("resume", Json::from(token)));
        Json::object(numbers.chain(resume))
    }
}

impl Default for BulkOptions {
    fn default() -> BulkOptions {
        BulkOptions {
            newest_first: true,
            concurrency: 6,
            batch_size: None,
            max_requests: None,
            max_bytes: None,
            rotate_older: false,
            resume: None,
        }
    }
}

/// Maximum number of ids of one request.
pub(crate) const MAX_BATCH: u32 = 30;
/// Maximum number of requests in flight.
pub(crate) const MAX_CONCURRENCY: u32 = 64;
/// Number of seconds of requests, at the rate limit, that are in flight by default. With responses that take up to this time a
/// bulk read is as fast as its rate limit allows.
pub(crate) const AHEAD_SECONDS: u32 = 2;

/// Validates the options of a bulk call under these rate limits. Options that all calls share are not among them.
///
/// ```
/// use cisco_support_case::bulk::bulk_options;
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::util::Json;
///
/// let limits = RateLimits { per_second: 20, ..RateLimits::default() };
/// let options = bulk_options(&Json::object([("batchSize", Json::from(5_u32))]), limits).unwrap();
/// assert_eq!((options.batch_size, options.concurrency), (Some(5), 40), "the requests of two seconds");
/// let problems = bulk_options(&Json::object([("order", Json::from("random"))]), limits).unwrap_err();
/// assert_eq!(problems[0].field, "order");
/// ```
///
/// # Errors
///
/// Every problem of the options.
pub fn bulk_options(options: &Json, limits: RateLimits) -> Result<BulkOptions, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut parsed = BulkOptions::default();
    let by_pace = limits.per_second.saturating_mul(AHEAD_SECONDS);
    parsed.concurrency = by_pace.clamp(parsed.concurrency, MAX_CONCURRENCY);
    let given = |name: &str| options.get(name).filter(|value| **value != Json::Null);
    let mut whole = |name: &str, most: u32| {
        let value = given(name)?;
        let number = match value {
            Json::Number(digits) => digits.parse().ok().filter(|number| (1..=most).contains(number)),
            _ => None,
        };
        if number.is_none() {
            let expected = text!("a whole number from 1 to ", most);
            problems.push(Problem::new(name, "INVALID_OPTION", expected, value));
        }
        number
    };
    parsed.concurrency = whole("concurrency", MAX_CONCURRENCY).unwrap_or(parsed.concurrency);
    parsed.batch_size = whole("batchSize", MAX_BATCH);
    parsed.max_requests = whole("maxRequests", u32::MAX);
    parsed.max_bytes = whole("maxBytes", u32::MAX);
    let order = validate_enum("order", &["newest", "oldest"], "INVALID_OPTION", given("order"), &mut problems);
    parsed.newest_first = order != Some("oldest");
    let older = validate_enum("older", &["all", "rotate"], "INVALID_OPTION", given("older"), &mut problems);
    parsed.rotate_older = older == Some("rotate");
    match given("resume") {
        None => {}
        // A token may have been formatted.
        Some(Json::String(token)) => parsed.resume = Some(token.replace([' ', '\t', '\r', '\n'], "")),
        Some(other) => {
            let expected = "a string from resumeToken()";
            problems.push(Problem::new("resume", "INVALID_OPTION", expected, other));
        }
    }
    if problems.is_empty() { Ok(parsed) } else { Err(problems) }
}
