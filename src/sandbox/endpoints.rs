//! Successful responses of the four endpoints.
//!
//! No public source describes the service in these cases, so this module chooses: unknown ids among known ones are left
//! out; a request with only unknown ids gets CASE_NOTFOUND for cases, INVALID_USERID for users, and an empty list for
//! contracts; a page after the last is empty; a date range with one end is open at the other; both ends are inclusive.

use super::dataset::{DatasetFilter, DatasetOrder, OwnerKind, SyntheticCases};
use super::serialize::Serializer;
use crate::endpoint::{PAGE_SIZE, Request};
use crate::model::{DocumentKind, Timestamp};
use crate::util::{write_array, write_string};
use alloc::{format, string::String, string::ToString, vec::Vec};

/// Base URL in `self_link`. The service names another host than the requested one
/// (www/guide/service.md#hosts-gateway-and-cors).
const SELF_LINK_BASE: &str = "https://api.cisco.com/case/v3";

/// Returns the response body, or the code of the error table that rejects the request.
pub(super) fn respond(
    store: &SyntheticCases,
    serializer: &Serializer,
    request: &Request,
) -> Result<String, &'static str> {
    match request.endpoint.response {
        DocumentKind::Summary => summary(store, serializer, request),
        DocumentKind::Details => details(store, serializer, request),
        DocumentKind::Page => page(store, serializer, request),
    }
}

fn summary(store: &SyntheticCases, serializer: &Serializer, request: &Request) -> Result<String, &'static str> {
    let known = known_indices(request, |id| store.find_case(id));
    if known.is_empty() {
        return Err("CASE_NOTFOUND");
    }
    let mut out = String::with_capacity(known.len() * 640 + 32);
    out.push_str("{\"cases\":");
    write_cases(&mut out, store, serializer, &store.sorted(&known, sort_by(request)), true);
    out.push_str(&format!(",\"count\":{}}}", known.len()));
    Ok(out)
}

fn details(store: &SyntheticCases, serializer: &Serializer, request: &Request) -> Result<String, &'static str> {
    let index = request.ids.first().and_then(|id| store.find_case(id)).ok_or("CASE_NOTFOUND")?;
    let mut out = String::from("{\"caseDetail\":");
    serializer.write_detail(&mut out, &store.case(index, true));
    out.push('}');
    Ok(out)
}

fn page(store: &SyntheticCases, serializer: &Serializer, request: &Request) -> Result<String, &'static str> {
    let is_user = request.endpoint.operation_id == crate::endpoint::CASES_BY_USER.operation_id;
    let owner = if is_user { OwnerKind::User } else { OwnerKind::Contract };
    let known = known_indices(request, |id| store.find_owner(owner, id));
    if known.is_empty() && is_user {
        return Err("INVALID_USERID");
    }
    let filter = DatasetFilter {
        from_ms: request.date_created_from.as_ref().map(Timestamp::unix_ms),
        to_ms: request.date_created_to.as_ref().map(Timestamp::unix_ms),
        flag: request.status_flag,
    };
    let page_size = PAGE_SIZE as usize;
    let page_index = request.page_index.unwrap_or(1);
    let skip = (page_index as usize).saturating_sub(1).saturating_mul(page_size);
    let slice = store.list(owner, &known, &filter, sort_by(request), skip, page_size);

    let mut out = String::with_capacity(slice.cases.len() * 560 + 512);
    out.push_str("{\"pagination_response_record\":{\"last_index\":");
    // An empty list has one page (www/guide/service.md#responses).
    out.push_str(&slice.total.div_ceil(page_size).max(1).to_string());
    out.push_str(&format!(",\"page_index\":{page_index},\"page_records\":{},\"self_link\":", slice.cases.len()));
    write_string(&mut out, &self_link(request, page_index));
    out.push_str(",\"title\":");
    write_string(&mut out, if is_user { "Get Cases By User Id" } else { "Get Cases By Contract Id" });
    out.push_str(&format!(",\"total_records\":{}}},\"cases\":", slice.total));
    write_cases(&mut out, store, serializer, &slice.cases, false);
    out.push('}');
    Ok(out)
}

fn write_cases(out: &mut String, store: &SyntheticCases, serializer: &Serializer, cases: &[u32], technology: bool) {
    let entries: Vec<(usize, u32)> = cases.iter().copied().enumerate().collect();
    write_array(out, &entries, |out, (position, index)| {
        serializer.write_record(out, &store.case(*index, false), position + 1, technology);
    });
}

/// Returns the indices of the known ids, without duplicates.
fn known_indices(request: &Request, find: impl Fn(&str) -> Option<u32>) -> Vec<u32> {
    let mut known: Vec<u32> = request.ids.iter().filter_map(|id| find(id)).collect();
    known.sort_unstable();
    known.dedup();
    known
}

fn sort_by(request: &Request) -> DatasetOrder {
    if request.sort_by == Some("STATUS") { DatasetOrder::Status } else { DatasetOrder::Updated }
}

/// Builds `self_link` as the service does: with default parameters, without percent-encoding.
fn self_link(request: &Request, page_index: u32) -> String {
    let sort_by = request.sort_by.unwrap_or("UPDATED_DATE");
    let ids = request.ids.join(",");
    let path = request.endpoint.path_prefix();
    let mut out = format!("{SELF_LINK_BASE}{path}{ids}?page_index={page_index}&sort_by={sort_by}");
    if let Some(flag) = request.status_flag {
        out.push_str("&status_flag=");
        out.push_str(flag.as_str());
    }
    for (name, date) in
        [("date_created_from", &request.date_created_from), ("date_created_to", &request.date_created_to)]
    {
        if let Some(date) = date {
            out.push_str(&format!("&{name}={date}"));
        }
    }
    out
}
