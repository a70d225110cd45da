//! How long an answer is good for, and by what it is found again.

use super::invalidation::InvalidationLog;
use crate::decode::Records;
use crate::endpoint::{PAGE_SIZE, Request};
use crate::model::{DocumentKind, StatusFlag};
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

/// How long answers are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CachePolicy {
    /// Whether any are kept.
    pub is_enabled: bool,
    /// Summaries and details with an open case.
    pub open_ms: i64,
    /// Summaries and details of closed cases only: those seldom change.
    pub closed_ms: i64,
    /// Lists.
    pub list_ms: i64,
    /// Lists of closed cases only.
    pub closed_list_ms: i64,
    /// How long after that an answer is still given while a new one is fetched.
    pub stale_ms: i64,
    /// How long after that it is given where the service cannot answer.
    pub stale_if_error_ms: i64,
    /// How many bytes of answers an isolate keeps in its own memory.
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
    /// How long the answer to a request is fresh.
    pub fn ttl_ms(&self, request: &Request, records: &Records) -> i64 {
        match (request.endpoint.response, request.status_flag) {
            (DocumentKind::Page, Some(StatusFlag::Closed)) => self.closed_list_ms,
            (DocumentKind::Page, _) => self.list_ms,
            _ if (0..records.len()).any(|case| records.is_open(case)) => self.open_ms,
            _ => self.closed_ms,
        }
    }
}

/// What an answer that was kept is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It is the answer.
    Fresh,
    /// It is the answer, and a new one is to be fetched meanwhile.
    Stale,
    /// It is the answer only where the service cannot give one.
    StaleIfError,
    /// It is none any more.
    Expired,
}

/// What is known of an answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheMetadata {
    /// When it was asked for, in milliseconds since 1970 (UTC).
    pub requested_ms: i64,
    /// How long it is fresh.
    pub ttl_ms: i64,
    /// What had been heard of purges when it was asked for.
    pub log_version: String,
    /// The contracts that it tells of.
    pub contracts: Vec<String>,
}

impl CacheMetadata {
    /// What is known of an answer that is to be kept.
    pub fn new(asked_ms: i64, ttl_ms: i64, log_version: String, contracts: Vec<String>) -> CacheMetadata {
        CacheMetadata { requested_ms: asked_ms, ttl_ms, log_version: log_version, contracts }
    }

    /// As a line, to be kept beside the answer.
    pub fn to_text(&self) -> String {
        let contracts: Vec<String> = self.contracts.iter().map(|id| crate::endpoint::percent_encode(id)).collect();
        format!("{};{};{};{}", self.requested_ms, self.ttl_ms, self.log_version, contracts.join(","))
    }

    /// The same back; none where the line is none of ours.
    pub fn from_text(text: &str) -> Option<CacheMetadata> {
        let mut fields = text.splitn(4, ';');
        let asked_ms = fields.next()?.parse().ok()?;
        let ttl_ms = fields.next()?.parse().ok()?;
        let log_version = fields.next()?.to_owned();
        let contracts = fields.next()?.split(',').filter(|id| !id.is_empty());
        let contracts = contracts.map(crate::endpoint::percent_decode).collect();
        Some(CacheMetadata { requested_ms: asked_ms, ttl_ms, log_version: log_version, contracts })
    }

    /// What it is good for now. One from a clock that is ahead is as old as it says at most, and not younger than nothing.
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

    /// How old it is.
    pub fn age_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.requested_ms).max(0)
    }
}

/// The request as the service is asked, and by what its answer is found again below a permission's own place: two that
/// ask for the same are the same, whatever the order of their ids and parameters and whatever they say that goes without
/// saying.
pub fn canonicalize(request: &Request) -> Request {
    let mut canonical = request.clone();
    canonical.ids.sort_unstable();
    canonical.ids.dedup();
    // What the service takes where nothing is said. (Case API v3, `sort_by`, `page_index`.)
    canonical.sort_by = canonical.sort_by.filter(|word| *word != "UPDATED_DATE");
    canonical.page_index = canonical.page_index.filter(|index| *index != 1);
    canonical
}

/// The contracts that an answer tells of: purging one of them purges it.
pub(super) fn contracts_of(request: &Request, records: &Records) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    if request.endpoint.name == crate::endpoint::CASES_BY_CONTRACT.name {
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
