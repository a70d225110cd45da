//! The rows of a response: the values of its cases that a bulk job decides from.

use super::RequestUsage;
use crate::boundary::{owner, row, rows};
use crate::decode::{Records, column_of};
use crate::model::DocumentKind;
use crate::paging::{Key, PagePosition, PageView, id_key};
use crate::util::fnv1a_64;
use alloc::vec::Vec;

/// A case of a response.
///
/// ```
/// # use cisco_support_case::boundary::owner;
/// use cisco_support_case::bulk::{CaseRows, RequestUsage, write_rows};
/// # use cisco_support_case::decode::{Body, Records, records};
/// # use cisco_support_case::model::DocumentKind;
///
/// let body = Body::from_slice(br#"{"count":1,"cases":[{"case_id":"612345678","severity":"3"}]}"#);
/// let summary = records(DocumentKind::Summary, &body, Records::default()).unwrap();
/// let mut words = Vec::new();
/// write_rows(&summary, owner::NONE, RequestUsage { requests: 1, bytes: 60 }, &mut words);
/// let (rows, _) = CaseRows::read(7, &words);
/// let row = rows.rows()[0];
/// assert_eq!((row.index, row.key, row.severity, row.is_open), (0, 612_345_678, 3, true));
/// assert_eq!(row.updated_ms, i64::MIN, "the case has no updated_date");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseRow {
    /// Index of the case among the records.
    pub index: u32,
    /// Key of the case, made from its id, or from its content and position if it has none.
    pub key: Key,
    /// Last update, in milliseconds since 1970 (UTC); `i64::MIN` if it has none.
    pub updated_ms: i64,
    /// Creation date, in milliseconds since 1970 (UTC); `i64::MIN` if it has none.
    pub created_ms: i64,
    /// Key of the contract or user; 0 if it has none or was not requested.
    pub owner: Key,
    /// Hash of the status.
    pub status: u64,
    /// Severity 1 to 4; 0 if it has none.
    pub severity: u32,
    /// Whether the case is open.
    pub is_open: bool,
}

/// The rows of a response, and the handle of its records.
///
/// ```
/// # use cisco_support_case::boundary::owner;
/// use cisco_support_case::bulk::{CaseRows, RequestUsage, write_rows};
/// # use cisco_support_case::decode::{Body, Records, records};
/// # use cisco_support_case::model::DocumentKind;
///
/// let body = Body::from_slice(br#"{"count":1,"cases":[{"case_id":"612345678","severity":"3"}]}"#);
/// let summary = records(DocumentKind::Summary, &body, Records::default()).unwrap();
/// let mut words = Vec::new();
/// write_rows(&summary, owner::NONE, RequestUsage { requests: 1, bytes: 60 }, &mut words);
/// let (rows, usage) = CaseRows::read(7, &words);
/// assert_eq!((rows.handle, rows.rows().len(), rows.service_ms), (7, 1, None));
/// assert_eq!(usage, RequestUsage { requests: 1, bytes: 60 });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseRows {
    /// Handle under which the driver stores the records.
    pub handle: u32,
    /// Time of the service in milliseconds since 1970 (UTC), if known.
    pub service_ms: Option<i64>,
    position: PagePosition,
    rows: Vec<CaseRow>,
}

/// Returns the key of a contract or user. It ignores case ([`IdRule::USER`](crate::rules::IdRule::USER)).
#[inline(never)]
pub(super) fn owner_key(id: &str) -> Key {
    if id.bytes().any(|byte| byte.is_ascii_uppercase()) { id_key(&id.to_ascii_lowercase()) } else { id_key(id) }
}

/// Returns the hash of a status.
pub(super) fn status_hash(status: &str) -> u64 {
    fnv1a_64(status)
}

/// Writes the rows of records at the positions of [`rows`] and [`row`]. `whose` is the [`owner`] to write.
///
/// ```
/// # use cisco_support_case::boundary::owner;
/// use cisco_support_case::bulk::{CaseRows, RequestUsage, write_rows};
/// # use cisco_support_case::decode::{Body, Records, records};
/// # use cisco_support_case::model::DocumentKind;
///
/// let body = Body::from_slice(br#"{"count":1,"cases":[{"case_id":"612345678","contract_id":"1234567"}]}"#);
/// let summary = records(DocumentKind::Summary, &body, Records::default()).unwrap();
/// let mut words = Vec::new();
/// write_rows(&summary, owner::CONTRACT, RequestUsage { requests: 1, bytes: 60 }, &mut words);
/// let (rows, _) = CaseRows::read(7, &words);
/// assert_eq!((rows.rows()[0].key, rows.rows()[0].owner), (612_345_678, 1_234_567));
/// ```
pub fn write_rows(records: &Records, whose: u32, counts: RequestUsage, out: &mut Vec<u64>) {
    out.clear();
    out.resize(rows::HEAD as usize, 0);
    let position = records.position();
    put(out, rows::PAGE_INDEX, position.page_index.into());
    put(out, rows::LAST_INDEX, position.last_index.into());
    put(out, rows::TOTAL_RECORDS, position.total_records.into());
    put(out, rows::REQUESTS, counts.requests.into());
    put(out, rows::BYTES, counts.bytes);
    if records.kind() == DocumentKind::Details {
        // Details are delivered without a decision.
        return;
    }
    const CONTRACT_ID: usize = column_of("contract_id");
    const USER_ID: usize = column_of("user_id");
    let column = match whose {
        owner::CONTRACT => Some(CONTRACT_ID),
        owner::USER => Some(USER_ID),
        _ => None,
    };
    out.reserve(records.len() * row::LENGTH as usize);
    for (key, case) in records.keys().into_iter().zip(0..) {
        let of = column.map_or("", |column| records.text_in(case, column));
        let (severity, status, is_open) = records.state_in(case);
        out.extend([
            key,
            records.updated_ms(case).cast_unsigned(),
            records.created_ms(case).cast_unsigned(),
            if of.is_empty() { 0 } else { owner_key(of) },
            status_hash(status),
            u64::from(severity | if is_open { row::OPEN } else { 0 }),
        ]);
    }
}

/// Writes the time of the service into rows, 0 if unknown.
///
/// ```
/// use cisco_support_case::boundary::rows;
/// use cisco_support_case::bulk::{CaseRows, write_service_time};
///
/// let mut words = [0; rows::HEAD as usize];
/// write_service_time(Some(1_767_225_600_000), &mut words);
/// assert_eq!(CaseRows::read(7, &words).0.service_ms, Some(1_767_225_600_000));
/// ```
pub fn write_service_time(service_ms: Option<i64>, out: &mut [u64]) {
    put(out, rows::SERVICE_MS, service_ms.unwrap_or(0).cast_unsigned());
}

fn put(words: &mut [u64], at: u32, word: u64) {
    if let Some(place) = words.get_mut(at as usize) {
        *place = word;
    }
}

impl CaseRows {
    /// Reads what [`write_rows`] and [`write_service_time`] wrote.
    pub fn read(handle: u32, words: &[u64]) -> (CaseRows, RequestUsage) {
        let (head, cases) = words.split_at_checked(rows::HEAD as usize).unwrap_or_default();
        let at = |place: u32| head.get(place as usize).copied().unwrap_or(0);
        let number = |place: u32| u32::try_from(at(place)).unwrap_or(u32::MAX);
        let [page_index, last_index, total_records] =
            [rows::PAGE_INDEX, rows::LAST_INDEX, rows::TOTAL_RECORDS].map(number);
        let position = PagePosition { page_index, last_index, total_records };
        let (cases, _) = cases.as_chunks::<{ row::LENGTH as usize }>();
        let mut rows_of = Vec::with_capacity(cases.len());
        for ([key, updated, created, owner, status, bits], index) in cases.iter().zip(0..) {
            let bits = *bits as u32;
            rows_of.push(CaseRow {
                index,
                key: *key,
                updated_ms: updated.cast_signed(),
                created_ms: created.cast_signed(),
                owner: *owner,
                status: *status,
                severity: bits & !row::OPEN,
                is_open: bits & row::OPEN != 0,
            });
        }
        let counts = RequestUsage { requests: number(rows::REQUESTS), bytes: at(rows::BYTES) };
        let service_ms = Some(at(rows::SERVICE_MS).cast_signed()).filter(|ms| *ms != 0);
        (CaseRows { handle, service_ms, position, rows: rows_of }, counts)
    }

    /// Returns the rows.
    pub fn rows(&self) -> &[CaseRow] {
        &self.rows
    }
}

impl PageView for CaseRows {
    fn position(&self) -> PagePosition {
        self.position
    }

    fn keys(&self) -> Vec<Key> {
        self.rows.iter().map(|row| row.key).collect()
    }

    fn updated_ms(&self, case: usize) -> i64 {
        self.rows.get(case).map_or(i64::MIN, |row| row.updated_ms)
    }

    fn created_ms(&self, case: usize) -> i64 {
        self.rows.get(case).map_or(i64::MIN, |row| row.created_ms)
    }

    fn select(&mut self, cases: &[usize]) {
        self.rows = cases.iter().filter_map(|case| self.rows.get(*case).copied()).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseRow, CaseRows, RequestUsage, owner_key, status_hash, write_rows};
    use crate::boundary::owner;
    use crate::decode::{Body, Records, records};
    use crate::model::DocumentKind;
    use crate::paging::{PagePosition, PageView, id_key};
    use alloc::{vec, vec::Vec};

    const PAGE: &str = r#"{
        "pagination_response_record": { "page_index": 2, "last_index": 3, "page_records": 2, "total_records": 202 },
        "cases": [
            { "case_id": "612345678", "severity": "3", "status": "Closed", "status_flag": "C", "contract_id": "77",
              "user_id": "Jane", "creation_date": "2026-01-01T00:00:00Z", "updated_date": "2026-01-02T00:00:00Z" },
            { "title": "without an id", "status": "Odd One", "contract_id": "" }
        ]
    }"#;

    fn of(whose: u32) -> (CaseRows, RequestUsage, Records) {
        let page = records(DocumentKind::Page, &Body::from_slice(PAGE.as_bytes()), Records::default()).unwrap();
        let mut words = vec![1, 2, 3];
        write_rows(&page, whose, RequestUsage { requests: 2, bytes: 1 << 40 }, &mut words);
        let (rows, counts) = CaseRows::read(9, &words);
        (rows, counts, page)
    }

    #[test]
    fn rows_say_what_the_records_say() {
        let (mut rows, counts, page) = of(owner::CONTRACT);
        let position = PagePosition { page_index: 2, last_index: 3, total_records: 202 };
        assert_eq!((rows.handle, rows.position(), rows.rows().len()), (9, position, 2));
        assert_eq!(counts, RequestUsage { requests: 2, bytes: 1 << 40 });
        assert_eq!(rows.keys(), page.keys());
        assert_eq!(rows.service_ms, None);
        for case in 0..2 {
            assert_eq!(rows.updated_ms(case), page.updated_ms(case));
            assert_eq!(rows.created_ms(case), page.created_ms(case));
        }
        let first = CaseRow {
            index: 0,
            key: 612_345_678,
            updated_ms: 1_767_312_000_000,
            created_ms: 1_767_225_600_000,
            owner: 77,
            status: status_hash("Closed"),
            severity: 3,
            is_open: false,
        };
        assert_eq!(rows.rows()[0], first);
        let CaseRow { updated_ms, owner, severity, is_open, status, .. } = rows.rows()[1];
        assert_eq!((updated_ms, owner, severity, is_open), (i64::MIN, 0, 0, true));
        assert_eq!(status, status_hash("Odd One"));
        rows.select(&[1]);
        assert_eq!(rows.rows().iter().map(|row| row.index).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn an_owner_is_of_the_field_that_was_asked_by() {
        assert_eq!(of(owner::USER).0.rows()[0].owner, owner_key("jANE"));
        assert_eq!(of(owner::NONE).0.rows()[0].owner, 0);
        assert_ne!(owner_key("jane"), owner_key("janet"));
        assert_eq!(owner_key("77"), id_key("77"));
    }

    #[test]
    fn words_that_are_cut_off_are_no_rows() {
        assert_eq!(CaseRows::read(1, &[1, 2, 3]).0.rows().len(), 0);
        let (rows, _) = CaseRows::read(1, &[1, 2, 3, 4, 5, 6, 7, 8]);
        let position = PagePosition { page_index: 1, last_index: 2, total_records: 3 };
        assert_eq!((rows.position(), rows.rows().len(), rows.service_ms), (position, 0, Some(6)));
    }
}
