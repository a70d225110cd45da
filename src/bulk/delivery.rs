//! The deliveries of a bulk job, and its counters.

use alloc::{string::String, vec::Vec};

/// The kind of the delivered records.
///
/// ```
/// use cisco_support_case::bulk::{Delivery, DeliveryKind};
///
/// let cases = Delivery { kind: DeliveryKind::Cases, handle: 7, cases: vec![0, 2], ..Delivery::default() };
/// assert_eq!(cases.len(), 2, "two of the records under handle 7");
/// let gone = Delivery { kind: DeliveryKind::Gone, gone: vec!["612345678".into()], ..Delivery::default() };
/// assert_eq!((gone.len(), gone.handle), (1, 0), "an id has no records");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryKind {
    /// Cases without their details.
    #[default]
    Cases,
    /// Cases that left their lists of open cases, since they were closed.
    Closed,
    /// Ids of cases that left their lists and are not visible any more.
    Gone,
    /// Details of a case.
    Details,
}

/// Records that are delivered together.
///
/// ```
/// # use cisco_support_case::boundary::owner;
/// # use cisco_support_case::decode::{Body, Records, records};
/// # use cisco_support_case::model::DocumentKind;
/// use cisco_support_case::bulk::{
///     BulkJob, BulkOperation, BulkOptions, BulkQuery, CaseRows, DeliveryKind, RequestUsage, write_rows,
/// };
/// # use cisco_support_case::util::Json;
///
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// # let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let mut job = BulkJob::new(query, BulkOperation::AllCases, &BulkOptions::default(), None, 0).unwrap();
/// let (id, _) = job.next_request(RequestUsage::default()).unwrap();
/// let body = Body::from_slice(br#"{"count":1,"cases":[{"case_id":"612345678"}]}"#);
/// let summary = records(DocumentKind::Summary, &body, Records::default()).unwrap();
/// let mut words = Vec::new();
/// write_rows(&summary, owner::NONE, RequestUsage::default(), &mut words);
/// job.on_response(id, CaseRows::read(7, &words).0, 0).unwrap();
/// let delivery = job.next_delivery().unwrap();
/// assert_eq!((delivery.kind, delivery.handle, delivery.cases), (DeliveryKind::Cases, 7, vec![0]));
/// ```
#[derive(Debug, Default)]
pub struct Delivery {
    /// Kind of the records.
    pub kind: DeliveryKind,
    /// Handle of the records; 0 if there are none. The job does not use the handle after this delivery.
    pub handle: u32,
    /// Indices of the delivered cases among the records, in order. [`LEFT`](crate::boundary::delivery::LEFT) is added to the
    /// index of a case that was delivered before and does not match the filter any more.
    pub cases: Vec<u32>,
    /// Ids of cases that are not visible any more.
    pub gone: Vec<String>,
}

impl Delivery {
    /// Returns the number of delivered items.
    pub fn len(&self) -> usize {
        match self.kind {
            DeliveryKind::Gone => self.gone.len(),
            _ => self.cases.len(),
        }
    }

    /// Whether it contains no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The requests and bytes that a driver has used.
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, RequestUsage};
/// use cisco_support_case::util::Json;
///
/// let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let options = BulkOptions { max_requests: Some(1), ..BulkOptions::default() };
/// let mut job = BulkJob::new(query, BulkOperation::AllCases, &options, None, 0).unwrap();
/// assert!(job.next_request(RequestUsage { requests: 1, bytes: 0 }).is_none(), "the one request was sent before");
/// assert!(job.next_request(RequestUsage::default()).is_some());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestUsage {
    /// Number of requests sent.
    pub requests: u32,
    /// Number of bytes received.
    pub bytes: u64,
}

/// The progress of a bulk call.
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, CaseRows, Progress, RequestUsage};
/// # use cisco_support_case::util::Json;
///
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let mut job = BulkJob::new(query, BulkOperation::AllCases, &BulkOptions::default(), None, 0).unwrap();
/// assert_eq!(job.progress(), Progress { pages: 0, cases: 0, pages_left: 1 });
/// let (id, _) = job.next_request(RequestUsage::default()).unwrap();
/// job.on_response(id, CaseRows::default(), 0).unwrap();
/// assert_eq!(job.progress(), Progress { pages: 1, cases: 0, pages_left: 0 });
/// assert_eq!(job.take_missing(), ["612345678"], "the response contained no case");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of pages received.
    pub pages: u32,
    /// Number of cases delivered.
    pub cases: u32,
    /// Approximate number of pages left.
    pub pages_left: u32,
}
