//! The usual hand-written loop, one request after another. It reads all pages of each batch of ten contracts and each
//! window of 90 days.

use crate::bulk_simulation::{Harness, json, quoted};
use cisco_support_case::endpoint::CASES_BY_CONTRACT;
use cisco_support_case::model::{StatusFlag, Timestamp};
use cisco_support_case::paging::{DateWindows, PageView};
use std::collections::BTreeSet;

/// The cases to read: contracts, and optionally a range of dates.
pub struct Wanted {
    pub contracts: Vec<String>,
    pub windows: Option<DateWindows>,
    pub flag: Option<StatusFlag>,
}

impl Wanted {
    /// Returns the parameters of the client's own calls.
    pub fn params(&self) -> String {
        let mut text = format!("{{{}", ids(&self.contracts));
        if let Some(flag) = self.flag {
            text.push_str(&format!(r#","status_flag":"{}""#, flag.as_str()));
        }
        if let Some(windows) = self.windows {
            text.push_str(&format!(
                r#","date_created_from":"{}""#,
                Timestamp::from_unix_ms(windows.from_ms).unwrap().as_str()
            ));
        }
        text + "}"
    }
}

/// Result of the loop.
pub struct Read {
    /// Number of requests: one per page.
    pub requests: u32,
    pub took_ms: i64,
    pub ids: BTreeSet<String>,
}

pub fn read(harness: &mut Harness, wanted: &Wanted) -> Read {
    let (began, sent) = (harness.now, harness.sent);
    let mut found = BTreeSet::new();
    let windows: Vec<_> = match wanted.windows {
        Some(windows) => (0..windows.count()).map(|nth| windows.get(nth)).collect(),
        None => vec![None],
    };
    let flag = wanted.flag.map_or(String::new(), |flag| format!(r#","status_flag":"{}""#, flag.as_str()));
    for window in windows {
        let date = |ms| Timestamp::from_unix_ms(ms).unwrap().as_str().to_owned();
        let range = window.map_or(flag.clone(), |(from_ms, to_ms)| {
            format!(r#"{flag},"date_created_from":"{}","date_created_to":"{}""#, date(from_ms), date(to_ms))
        });
        for batch in wanted.contracts.chunks(10) {
            let mut page = 0;
            loop {
                page += 1;
                let params = format!("{{{},\"page_index\":{page}{range}}}", ids(batch));
                let request = CASES_BY_CONTRACT.check(&json(&params)).unwrap();
                let (records, ..) = harness.call(request).unwrap();
                found.extend((0..records.len()).map(|case| records.case_text(case, "case_id").to_owned()));
                if page >= records.position().last_index {
                    break;
                }
            }
        }
    }
    Read { requests: harness.sent - sent, took_ms: harness.now - began, ids: found }
}

fn ids(contracts: &[String]) -> String {
    format!(r#""contract_ids":{}"#, quoted(contracts))
}
