//! The requests of a bulk job, and their form as lines of text.

use crate::endpoint::{Endpoint, Request};
use crate::model::{StatusFlag, Timestamp};
use crate::util::{Append, text};
use alloc::{string::String, vec::Vec};

/// A request of a bulk call, with validated parameters.
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, RequestUsage};
/// use cisco_support_case::util::Json;
///
/// let params = Json::object([("case_ids", Json::from(vec!["612345678", "612345679"]))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let mut job = BulkJob::new(query, BulkOperation::AllCases, &BulkOptions::default(), None, 0).unwrap();
/// let (_, request) = job.next_bulk_request(RequestUsage::default()).unwrap();
/// assert_eq!((request.endpoint.operation_id, request.page_index), ("caseSummary", None));
/// assert_eq!(request.to_lines(), "caseSummary\n\n\n\n\n612345678\n612345679");
/// ```
#[derive(Clone, Debug)]
pub struct BulkRequest {
    /// Endpoint of the request.
    pub endpoint: &'static Endpoint,
    /// Ids of the request, each once.
    pub ids: Vec<String>,
    /// Range of creation dates with both ends, in milliseconds since 1970 (UTC).
    pub window: Option<(i64, i64)>,
    /// Value of `status_flag`.
    pub status_flag: Option<StatusFlag>,
    /// Index of the page of a list.
    pub page_index: Option<u32>,
}

impl BulkRequest {
    /// Returns the request as lines: endpoint name, start and end of the range in milliseconds, `status_flag`, page index (each
    /// empty if there is none), and the ids.
    pub fn to_lines(&self) -> String {
        let (from_ms, to_ms) = self.window.unzip();
        let flag = self.status_flag.map_or("", StatusFlag::as_str);
        let page = Line(self.page_index.map(i64::from));
        with_ids(text!(self.endpoint.operation_id, "\n", Line(from_ms), Line(to_ms), flag, "\n", page), &self.ids)
    }

    /// Converts it into a request with a path.
    pub(super) fn into_request(self) -> Request {
        let (from_ms, to_ms) = self.window.unzip();
        Request {
            date_created_from: from_ms.and_then(Timestamp::from_unix_ms),
            date_created_to: to_ms.and_then(Timestamp::from_unix_ms),
            status_flag: self.status_flag,
            page_index: self.page_index,
            ..self.endpoint.request(self.ids)
        }
    }
}

/// A line with a number, such as milliseconds since 1970 (UTC); empty without a number, and for a number that is no date.
pub(super) struct Line(pub(super) Option<i64>);

impl Append for Line {
    fn append_to(&self, out: &mut String) {
        if let Some(ms) = self.0.filter(|ms| Timestamp::is_date(*ms)) {
            ms.append_to(out);
        }
        out.push('\n');
    }
}

/// Appends a line for each id. Ids contain no control characters.
#[inline(never)]
pub(super) fn with_ids(mut out: String, ids: &[String]) -> String {
    for id in ids {
        out.push_str(id);
        out.push('\n');
    }
    out.pop();
    out
}
