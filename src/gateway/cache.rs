//! Cache policy, metadata of cached responses, and the canonical form of requests.

use super::invalidation::InvalidationLog;
use crate::decode::Records;
use crate::endpoint::{PAGE_SIZE, Request};
use crate::model::{DocumentKind, StatusFlag};
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

/// Lifetimes of cached responses.
///
/// ```
/// use cisco_support_case::decode::{Records, json};
/// use cisco_support_case::endpoint::CASES_BY_CONTRACT;
/// use cisco_support_case::gateway::CachePolicy;
///
/// let policy = CachePolicy::default();
/// let list = json(br#"{ "contract_ids": ["101"], "status_flag": "C" }"#).unwrap();
/// let closed_cases = CASES_BY_CONTRACT.check(&list).unwrap();
/// assert_eq!(policy.ttl_ms(&closed_cases, &Records::default()), policy.closed_list_ms);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CachePolicy {
    /// Whether responses are cached.
    pub is_enabled: bool,
    /// Lifetime of summaries and details with an open case, in milliseconds.
    pub open_ms: i64,
    /// Lifetime of summaries and details of closed cases only, which seldom change.
    pub closed_ms: i64,
    /// Lifetime of lists.
    pub list_ms: i64,
    /// Lifetime of lists of closed cases only.
    pub closed_list_ms: i64,
    /// Time after that in which a response is used while a new one is fetched.
    pub stale_ms: i64,
    /// Time after that in which it is used if the service fails.
    pub stale_if_error_ms: i64,
    /// Bytes of responses in an isolate's own memory.
    pub memory_bytes: u32,
}

impl Default for CachePolicy {
    fn default() -> CachePolicy {
        CachePolicy {
            is_enabled: true,
            open_ms: 30_000,
            closed_ms: 3_600_000,
            list_ms: 30_000,
            closed_list_ms: 300_000,
            stale_ms: 120_000,
            stale_if_error_ms: 3_600_000,
            memory_bytes: 16_777_216,
        }
    }
}

impl CachePolicy {
    /// Returns the lifetime of the response to a request.
    pub fn ttl_ms(&self, request: &Request, records: &Records) -> i64 {
        match (request.endpoint.response, request.status_flag) {
            (DocumentKind::Page, Some(StatusFlag::Closed)) => self.closed_list_ms,
            (DocumentKind::Page, _) => self.list_ms,
            _ if (0..records.len()).any(|case| records.is_open(case)) => self.open_ms,
            _ => self.closed_ms,
        }
    }

    /// Returns the age above which no response is used: the longest lifetime, and the times after it.
    ///
    /// ```
    /// use cisco_support_case::gateway::CachePolicy;
    ///
    /// let policy = CachePolicy::default();
    /// assert_eq!(policy.max_age_ms(), policy.closed_ms + policy.stale_ms + policy.stale_if_error_ms);
    /// ```
    pub fn max_age_ms(&self) -> i64 {
        let longest = self.open_ms.max(self.closed_ms).max(self.list_ms).max(self.closed_list_ms);
        longest + self.stale_ms + self.stale_if_error_ms
    }
}

/// Permitted use of a cached response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The response is used.
    Fresh,
    /// The response is used, and a new one is fetched meanwhile.
    Stale,
    /// The response is used only if the service fails.
    StaleIfError,
    /// The response is not used.
    Expired,
}

/// Metadata of a cached response.
///
/// ```
/// use cisco_support_case::gateway::{CacheMetadata, CachePolicy, Freshness, InvalidationLog};
///
/// let log = InvalidationLog::new("epoch-1");
/// let metadata = CacheMetadata::new(1_000_000, 30_000, log.version(), vec!["101".to_owned()]);
/// assert_eq!(CacheMetadata::from_text(&metadata.to_text()), Some(metadata.clone()));
///
/// let at = |now_ms| metadata.freshness(&CachePolicy::default(), &log, now_ms);
/// assert_eq!((at(1_029_999), at(1_030_000)), (Freshness::Fresh, Freshness::Stale));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheMetadata {
    /// Time of the request to the service, in milliseconds since 1970 (UTC).
    pub requested_ms: i64,
    /// Lifetime in milliseconds, during which the response is fresh.
    pub ttl_ms: i64,
    /// Version of the invalidation log at the time of the request.
    pub log_version: String,
    /// Ids of the contracts in the response: a purge of one of them invalidates it.
    pub contracts: Vec<String>,
}

impl CacheMetadata {
    /// Creates the metadata of a new response.
    pub fn new(asked_ms: i64, ttl_ms: i64, log_version: String, contracts: Vec<String>) -> CacheMetadata {
        CacheMetadata { requested_ms: asked_ms, ttl_ms, log_version, contracts }
    }

    /// Formats the metadata as text, to be stored with the response.
    pub fn to_text(&self) -> String {
        let contracts: Vec<String> = self.contracts.iter().map(|id| crate::endpoint::percent_encode(id)).collect();
        format!("{};{};{};{}", self.requested_ms, self.ttl_ms, self.log_version, contracts.join(","))
    }

    /// Parses that text. Returns `None` if it has another format.
    pub fn from_text(text: &str) -> Option<CacheMetadata> {
        let mut fields = text.splitn(4, ';');
        let asked_ms = fields.next()?.parse().ok()?;
        let ttl_ms = fields.next()?.parse().ok()?;
        let log_version = fields.next()?.to_owned();
        let contracts = fields.next()?.split(',').filter(|id| !id.is_empty());
        let contracts = contracts.map(crate::endpoint::percent_decode).collect();
        Some(CacheMetadata { requested_ms: asked_ms, ttl_ms, log_version, contracts })
    }

    /// Returns the permitted use at a time. A response from a clock that is ahead counts as not older than 0.
    pub fn freshness(&self, policy: &CachePolicy, log: &InvalidationLog, now_ms: i64) -> Freshness {
        if log.is_purged(&self.contracts, &self.log_version) {
            return Freshness::Expired;
        }
        match self.age_ms(now_ms) - self.ttl_ms {
            ..0 => Freshness::Fresh,
            past if past < policy.stale_ms => Freshness::Stale,
            past if past < policy.stale_ms + policy.stale_if_error_ms => Freshness::StaleIfError,
            _ => Freshness::Expired,
        }
    }

    /// Returns the age in milliseconds; never negative.
    pub fn age_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.requested_ms).max(0)
    }
}

/// Returns the canonical form of a request: ids sorted and deduplicated, default parameters removed. It is sent to the
/// service, and is the cache key within the scope of the permissions.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::endpoint::CASES_BY_CONTRACT;
/// use cisco_support_case::gateway::canonicalize;
///
/// let list = json(br#"{ "contract_ids": ["202", "101"], "sort_by": "UPDATED_DATE", "page_index": 1 }"#).unwrap();
/// let canonical = canonicalize(&CASES_BY_CONTRACT.check(&list).unwrap());
/// assert_eq!(canonical.ids, ["101", "202"]);
/// assert_eq!((canonical.sort_by, canonical.page_index), (None, None));
/// ```
pub fn canonicalize(request: &Request) -> Request {
    let mut canonical = request.clone();
    canonical.ids.sort_unstable();
    canonical.ids.dedup();
    // The service's defaults. (Case API v3, `sort_by`, `page_index`.)
    canonical.sort_by = canonical.sort_by.filter(|word| *word != "UPDATED_DATE");
    canonical.page_index = canonical.page_index.filter(|index| *index != 1);
    canonical
}

/// Returns the ids of the contracts in a response: a purge of one of them invalidates it.
pub(super) fn contracts_of(request: &Request, records: &Records) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    if request.endpoint.operation_id == crate::endpoint::CASES_BY_CONTRACT.operation_id {
        ids.clone_from(&request.ids);
    }
    for case in 0..records.len().min(PAGE_SIZE as usize) {
        ids.push(records.case_text(case, "contract_id").to_owned());
    }
    ids.retain(|id| !id.is_empty());
    ids.sort_unstable();
    ids.dedup();
    ids
}
