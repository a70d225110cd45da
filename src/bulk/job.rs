//! The bulk job as its driver sees it: options, requests, deliveries and the handling of failures.

use super::{BulkOperation, BulkQuery, CaseRows, Cursor, IdBatchJob, ListJob};
use crate::boundary::owner;
use crate::client::RateLimits;
use crate::endpoint::{Endpoint, Request};
use crate::error::ErrorKind;
use crate::model::{StatusFlag, Timestamp};
use crate::paging::ReaderError;
use crate::rules::{Problem, validate_enum};
use crate::util::{Append, Json, text};
use alloc::{boxed::Box, string::String, vec::Vec};

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

/// The error of a checkpoint or cursor that is malformed or belongs to another call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCheckpoint {
    /// Name of the option.
    pub field: &'static str,
    /// Description of the expected text.
    pub expected: &'static str,
}

impl InvalidCheckpoint {
    /// Returns the error as a problem of its option.
    pub fn problem(self) -> Problem {
        Problem::new(self.field, "INVALID_OPTION", self.expected, &Json::from("(another text)"))
    }
}

/// The consequence of a failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureOutcome {
    /// The job requests the same cases in another way.
    Handled,
    /// The job leaves a part out and continues with the others.
    LeftOut(BulkFailure),
    /// The job ends, since no other request would succeed.
    Stop,
}

/// A part of a bulk call that was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkFailure {
    /// Ids of the contracts, users or cases.
    pub ids: Vec<String>,
    /// Start of the range of creation dates, in milliseconds since 1970 (UTC).
    pub from_ms: Option<i64>,
    /// End of the range of creation dates, in milliseconds since 1970 (UTC).
    pub to_ms: Option<i64>,
}

impl BulkFailure {
    /// Returns the failure as lines: start and end of the range in milliseconds, empty if there is none, and the ids.
    pub fn to_lines(&self) -> String {
        with_ids(text!(Line(self.from_ms), Line(self.to_ms)), &self.ids)
    }
}

/// A line with a number, such as milliseconds since 1970 (UTC); empty without a number, and for a number that is no date.
struct Line(Option<i64>);

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
fn with_ids(mut out: String, ids: &[String]) -> String {
    for id in ids {
        out.push_str(id);
        out.push('\n');
    }
    out.pop();
    out
}

/// A request of a bulk call, with validated parameters.
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
        with_ids(text!(self.endpoint.name, "\n", Line(from_ms), Line(to_ms), flag, "\n", page), &self.ids)
    }

    /// Converts it into a request with a path.
    fn into_request(self) -> Request {
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

/// The kind of the delivered records.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestUsage {
    /// Number of requests sent.
    pub requests: u32,
    /// Number of bytes received.
    pub bytes: u64,
}

/// The progress of a bulk call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of pages received.
    pub pages: u32,
    /// Number of cases delivered.
    pub cases: u32,
    /// Approximate number of pages left.
    pub pages_left: u32,
}

/// The reaction to a failed request.
pub(super) enum FailureAction {
    /// Ends the whole job.
    Stop,
    /// Requests each id separately.
    SplitToSingles,
    /// Requests half of the ids at a time.
    Halve,
    /// One of the ids causes the failure: requests each half.
    Bisect,
    /// The only id causes the failure.
    RejectId,
    /// Leaves the part out.
    LeaveOut,
}

/// Error codes that a single id can cause. (Case API v3, "Error Codes"; the last one is the gateway's.)
const ID_ERROR_CODES: [&str; 8] = [
    "Bad Request",
    "INVALID_USERID",
    "AUTHENTICATION_ERROR",
    "CASE_NOTFOUND",
    "INVALID_CUSTOMERID",
    "Forbidden",
    "Service Not Found",
    "NOT_PERMITTED",
];
/// Number of consecutive failed parts after which a job ends.
pub(super) const MAX_CONSECUTIVE_FAILURES: u32 = 8;

/// Returns the reaction to a failure of a request with `ids` ids.
pub(super) fn failure_action(kind: ErrorKind, code: &str, ids: usize) -> FailureAction {
    use ErrorKind::{Aborted, Authentication, Internal, InvalidRequest, NotFound, Permission, Quota};
    match kind {
        Aborted | Authentication | Internal | Quota => FailureAction::Stop,
        InvalidRequest if code == "EXCEEDED_INPUTS" && ids > 1 => FailureAction::SplitToSingles,
        InvalidRequest if (code.starts_with("EXCEEDED_") || code == "Request URI Too Long") && ids > 1 => {
            FailureAction::Halve
        }
        InvalidRequest | NotFound | Permission if ID_ERROR_CODES.contains(&code) => {
            if ids > 1 {
                FailureAction::Bisect
            } else {
                FailureAction::RejectId
            }
        }
        Permission => FailureAction::Stop,
        _ => FailureAction::LeaveOut,
    }
}

/// A bulk call without I/O.
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, RequestUsage};
/// use cisco_support_case::util::Json;
///
/// let ids = Json::Array((0..35).map(|id| Json::from((600_000_000 + id).to_string().as_str())).collect());
/// let query = BulkQuery::check(&Json::object([("case_ids", ids)]), BulkOperation::AllCases).unwrap();
/// let mut job = BulkJob::new(query, BulkOperation::AllCases, &BulkOptions::default(), None, 0).unwrap();
/// let (_, first) = job.next_request(RequestUsage::default()).unwrap();
/// let (_, second) = job.next_request(RequestUsage::default()).unwrap();
/// assert_eq!((first.ids.len(), second.ids.len()), (30, 5));
/// assert!(job.next_request(RequestUsage::default()).is_none());
/// ```
#[derive(Debug)]
pub enum BulkJob {
    /// A job that reads lists.
    Lists(Box<ListJob>),
    /// A job that reads cases by their ids.
    Cases(Box<IdBatchJob>),
}

impl BulkJob {
    /// Creates the job of a query.
    ///
    /// `unix_ms` is the current time in milliseconds since 1970 (UTC), `cursor` that of the last round of changes.
    ///
    /// # Errors
    ///
    /// The checkpoint or cursor is malformed or belongs to another call.
    pub fn new(
        query: BulkQuery,
        operation: BulkOperation,
        options: &BulkOptions,
        cursor: Option<&str>,
        unix_ms: i64,
    ) -> Result<BulkJob, InvalidCheckpoint> {
        Ok(match operation {
            BulkOperation::Changes => {
                let cursor = cursor.map(|text| Cursor::parse(text, &query)).transpose()?;
                BulkJob::Lists(Box::new(ListJob::changes(query, options, cursor, unix_ms)))
            }
            BulkOperation::AllCases if query.field != "case_ids" => {
                BulkJob::Lists(Box::new(ListJob::all_cases(query, options, unix_ms)?))
            }
            _ => BulkJob::Cases(Box::new(IdBatchJob::new(query, options)?)),
        })
    }

    /// Creates a job without requests.
    pub fn idle() -> BulkJob {
        let (_, query, _) = super::decode_call("allDetails");
        BulkJob::Cases(Box::new(IdBatchJob::from_start(query, &BulkOptions::default())))
    }

    /// Returns the next request with its id, or `None` if none can be sent until a response arrives.
    pub fn next_request(&mut self, counts: RequestUsage) -> Option<(u32, Request)> {
        self.next_bulk_request(counts).map(|(id, request)| (id, request.into_request()))
    }

    /// Returns what [`next_request`](BulkJob::next_request) gives, without the texts of its dates.
    pub fn next_bulk_request(&mut self, counts: RequestUsage) -> Option<(u32, BulkRequest)> {
        match self {
            BulkJob::Lists(lists) => lists.next_request(counts),
            BulkJob::Cases(cases) => cases.next_request(counts),
        }
    }

    /// Returns the kind of [`owner`] that [`write_rows`](super::write_rows) must write for each case.
    pub fn owner(&self) -> u32 {
        match self {
            BulkJob::Lists(lists) => lists.owner(),
            BulkJob::Cases(_) => owner::NONE,
        }
    }

    /// Processes a response.
    ///
    /// # Errors
    ///
    /// The list cannot be read on, with the consequence for the job.
    pub fn on_response(&mut self, id: u32, rows: CaseRows, unix_ms: i64) -> Result<(), (ReaderError, FailureOutcome)> {
        match self {
            BulkJob::Lists(lists) => lists.on_response(id, rows, unix_ms),
            BulkJob::Cases(cases) => {
                cases.on_response(id, &rows);
                Ok(())
            }
        }
    }

    /// Returns the next handle of records that will not be delivered.
    pub fn next_discarded(&mut self) -> Option<u32> {
        match self {
            BulkJob::Lists(lists) => lists.discarded.pop(),
            BulkJob::Cases(cases) => cases.discarded.pop(),
        }
    }

    /// Processes a failed request, after its retries.
    pub fn on_failure(&mut self, id: u32, kind: ErrorKind, code: &str) -> FailureOutcome {
        match self {
            BulkJob::Lists(lists) => lists.on_failure(id, kind, code),
            BulkJob::Cases(cases) => cases.on_failure(id, kind, code),
        }
    }

    /// Returns the next delivery. All items of the previous delivery count as taken.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        match self {
            BulkJob::Lists(lists) => lists.next_delivery(),
            BulkJob::Cases(cases) => cases.next_delivery(),
        }
    }

    /// Returns the ids of requested cases that no response contained, each once.
    pub fn take_missing(&mut self) -> Vec<String> {
        match self {
            BulkJob::Lists(_) => Vec::new(),
            BulkJob::Cases(cases) => cases.take_missing(),
        }
    }

    /// Returns the checkpoint, or the cursor of a round of changes, if `taken` items of the last delivery were taken.
    pub fn checkpoint(&self, taken: usize) -> String {
        match self {
            BulkJob::Lists(lists) => lists.checkpoint(taken),
            BulkJob::Cases(cases) => cases.checkpoint(taken),
        }
    }

    /// Returns the progress of the call.
    pub fn progress(&self) -> Progress {
        match self {
            BulkJob::Lists(lists) => lists.progress(),
            BulkJob::Cases(cases) => cases.progress(),
        }
    }
}
