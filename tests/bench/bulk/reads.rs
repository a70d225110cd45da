//! Requests and time to read one long list and many unchanging lists.

use crate::bulk_simulation::{Harness, START_MS, drive, json as parsed, limits};
use crate::by_default;
use crate::naive::{self, Wanted};
use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery};
use cisco_support_case::model::StatusFlag;
use cisco_support_case::paging::DateWindows;
use cisco_support_case::util::DAY_MS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Requests per second of the limit, and response latencies, which vary by a quarter.
const RATES: [u32; 2] = [5, 20];
const LATENCIES_MS: [i64; 3] = [100, 400, 1000];

/// The client's maximum of concurrent requests.
const WIDEST: u32 = 64;

pub fn measure(cases: u32) -> Value {
    let mut harness = Harness::new(&format!(r#"{{"cases":{cases}}}"#), 0, limits(0));
    // The newest second of the list is in the past, also by the client's clock.
    harness.sleep(3_600_000);
    let open = Wanted { contracts: harness.contracts(10), windows: None, flag: Some(StatusFlag::Open) };
    // As long as a list of open cases at a large partner; this service has no such list of them.
    let closed = Wanted { contracts: harness.contracts(10), windows: None, flag: Some(StatusFlag::Closed) };
    let to_ms = START_MS + DAY_MS;
    let windows = Some(DateWindows { from_ms: to_ms - 730 * DAY_MS, to_ms });
    let many = Wanted { contracts: harness.contracts(100), windows, flag: None };
    let mut rows = Vec::new();
    for (name, wanted) in [("a list", &open), ("a long list", &closed), ("many lists", &many)] {
        for per_second in RATES {
            for latency_ms in LATENCIES_MS {
                harness.renew(latency_ms, limits(per_second));
                let loops = naive::read(&mut harness, wanted);
                // The sequential loop defines the work: the lists do not change.
                let (pages, lists) = (loops.requests, lists(wanted));
                let ideal_ms = i64::from(pages) * 1000 / i64::from(per_second);
                let mut row = json!({
                    "what": name, "perSecond": per_second, "latencyMs": latency_ms, "lists": lists, "pages": pages,
                    "cases": loops.ids.len(), "idealMs": ideal_ms,
                    "loop": { "requests": loops.requests, "ms": loops.took_ms },
                });
                for (name, width) in [("byDefault", by_default(per_second)), ("wide", fitting(per_second, latency_ms))]
                {
                    harness.renew(latency_ms, limits(per_second));
                    let options = BulkOptions { concurrency: width, ..BulkOptions::default() };
                    let mut query = BulkQuery::check(&parsed(&wanted.params()), BulkOperation::AllCases).unwrap();
                    query.is_undated = wanted.windows.is_none();
                    let mut bulk =
                        BulkJob::new(query, BulkOperation::AllCases, &options, None, harness.clock().unix_ms).unwrap();
                    let outcome = drive(&mut harness, &mut bulk, usize::MAX);
                    let ids: BTreeSet<String> = outcome.cases.iter().map(|(id, _)| id.clone()).collect();
                    assert_eq!(outcome.cases.len(), ids.len(), "each case comes once");
                    assert_eq!(ids, loops.ids, "every case comes");
                    row[name] = json!({ "concurrency": width, "requests": outcome.requests, "ms": outcome.elapsed_ms });
                }
                rows.push(row);
            }
        }
    }
    Value::from(rows)
}

fn lists(wanted: &Wanted) -> usize {
    wanted.contracts.len().div_ceil(10) * wanted.windows.map_or(1, |windows| windows.count() as usize)
}

/// Returns the smallest concurrency at which the rate limit, not the latency, is the bottleneck. It covers one second's
/// requests waiting for permission and those in flight at the largest latency, up to [`WIDEST`].
fn fitting(per_second: u32, latency_ms: i64) -> u32 {
    let slowest = (latency_ms * 5 / 4) as u32;
    (per_second + (per_second * slowest).div_ceil(1000)).min(WIDEST)
}
