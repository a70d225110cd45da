//! The estimate of the requests of a bulk call.

use super::{BulkOptions, BulkQuery};
use crate::client::RateLimits;
use crate::endpoint::CASES_BY_CONTRACT;
use crate::model::Timestamp;
use crate::util::Json;
use alloc::{string::String, vec, vec::Vec};

/// The minimum cost of a bulk call.
///
/// ```
/// use cisco_support_case::bulk::{BulkOperation, BulkOptions, BulkQuery, estimate};
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::util::Json;
///
/// let ids = Json::Array((0..12_000).map(|id| Json::from((600_000_000 + id).to_string().as_str())).collect());
/// let query = BulkQuery::check(&Json::object([("case_ids", ids)]), BulkOperation::AllDetails).unwrap();
/// let cost = estimate(&query, &BulkOptions::default(), RateLimits::default(), 1.0, 0);
/// assert_eq!((cost.requests, cost.days), (12_000, 3), "5000 requests a day");
/// assert_eq!(cost.at_least_seconds, 2 * 86_400, "the third day's requests are sent at its beginning");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Number of requests: at least one for each list, batch or case.
    pub requests: u32,
    /// Seconds that the requests take at the rate limit.
    pub at_least_seconds: u64,
    /// Days that the requests take at the daily limit: 1 if it suffices or there is none.
    pub days: u32,
}

/// Estimates the requests of a query under these limits. `pages` is the assumed number of pages a list.
///
/// ```
/// use cisco_support_case::bulk::{BulkOperation, BulkOptions, BulkQuery, Estimate, estimate};
/// use cisco_support_case::client::RateLimits;
/// use cisco_support_case::util::Json;
///
/// let ids = Json::Array((0..25).map(|id| Json::from((1_000_000 + id).to_string().as_str())).collect());
/// let params = Json::object([("contract_ids", ids), ("status_flag", Json::from("O"))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let cost = estimate(&query, &BulkOptions::default(), RateLimits::default(), 2.0, 1_767_225_600_000);
/// assert_eq!(cost, Estimate { requests: 6, at_least_seconds: 1, days: 1 }, "three lists of two pages");
/// ```
pub fn estimate(query: &BulkQuery, options: &BulkOptions, limits: RateLimits, pages: f64, unix_ms: i64) -> Estimate {
    let batches = query.ids.len().div_ceil(options.batch(query));
    let is_list = query.endpoint.response == CASES_BY_CONTRACT.response;
    let windows = query.windows(unix_ms).filter(|_| is_list).map_or(1, |windows| windows.count());
    let lists = (batches as u64).saturating_mul(u64::from(windows));
    let needed = if is_list { lists as f64 * pages } else { lists as f64 };
    let requests = if needed < f64::from(u32::MAX) { rounded_up(needed) } else { u32::MAX };
    Estimate { requests, at_least_seconds: seconds(requests, limits), days: days(requests, limits) }
}

/// Returns the smallest integer that is not below a number: `f64::ceil` needs std.
fn rounded_up(number: f64) -> u32 {
    let whole = number as u32;
    whole.saturating_add(u32::from(f64::from(whole) < number))
}

/// Returns a sample of the lists that `allCases` reads, evenly distributed, as the JSON text of their calls' parameters.
///
/// ```
/// use cisco_support_case::bulk::{BulkOperation, BulkOptions, BulkQuery, sample};
/// use cisco_support_case::util::Json;
///
/// let params = Json::object([("contract_ids", Json::from(vec!["1234567"])), ("status_flag", Json::from("O"))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let lists = sample(&query, &BulkOptions::default(), 4, 1_767_225_600_000);
/// assert_eq!(lists, r#"[["casesByContract",{"contract_ids":["1234567"],"status_flag":"O"}]]"#, "there is only one");
/// ```
pub fn sample(query: &BulkQuery, options: &BulkOptions, count: u32, unix_ms: i64) -> String {
    let batch = options.batch(query);
    let windows = query.windows(unix_ms);
    let in_window = query.ids.len().div_ceil(batch) as u64;
    let all = in_window * u64::from(windows.map_or(1, |windows| windows.count()));
    let count = u64::from(count).min(all);
    let is_list = query.endpoint.response == CASES_BY_CONTRACT.response;
    let mut lists = Vec::new();
    for nth in 0..if is_list { count } else { 0 } {
        let at = nth * all / count;
        let ids = query.ids.chunks(batch).nth(usize::try_from(at % in_window).unwrap_or(0)).unwrap_or_default();
        let window = windows.and_then(|windows| windows.get(u32::try_from(at / in_window).unwrap_or(0)));
        let mut params = vec![(query.field, Json::Array(ids.iter().map(|id| Json::from(id.as_str())).collect()))];
        if let Some((from_ms, to_ms)) = window {
            let date = |ms| Timestamp::from_unix_ms(ms).map_or(Json::Null, |date| Json::from(date.as_str()));
            params.extend([("date_created_from", date(from_ms)), ("date_created_to", date(to_ms))]);
        }
        params.extend(query.status_flag.map(|flag| ("status_flag", Json::from(flag.as_str()))));
        lists.push(Json::Array(vec![Json::from(query.endpoint.operation_id), Json::object(params)]));
    }
    Json::Array(lists).to_json_string()
}

/// Returns the seconds that the requests take: the first burst is sent at once, the others at the narrowest limit.
fn seconds(requests: u32, limits: RateLimits) -> u64 {
    let waits = |limit: u32, seconds: u64| match limit {
        0 => 0,
        limit => u64::from(requests.saturating_sub(1) / limit) * seconds,
    };
    let days = u64::from(days(requests, limits).saturating_sub(1));
    waits(limits.per_second, 1).max(waits(limits.per_minute, 60)).max(days * 86_400)
}

fn days(requests: u32, limits: RateLimits) -> u32 {
    if limits.per_day == 0 { 1 } else { requests.div_ceil(limits.per_day).max(1) }
}
