//! A machine of this room, as its driver sees it.

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

/// What a call of this room may ask for beyond its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkOptions {
    /// Whether the newest come first: of windows, not of the cases of a list.
    pub newest_first: bool,
    /// How many requests may be under way at once.
    pub concurrency: u32,
    /// How many ids one request takes, if not as many as documented.
    pub batch_size: Option<u32>,
    /// No request is begun after so many.
    pub max_requests: Option<u32>,
    /// No request is begun once so many bytes have come.
    pub max_bytes: Option<u32>,
    /// Whether a round of changes reads older lists in turn, and not all of them.
    pub rotate_older: bool,
    /// Where to go on.
    pub resume: Option<String>,
}

impl BulkOptions {
    /// How many ids of what is asked one request takes.
    pub(super) fn batch(&self, asked: &BulkQuery) -> usize {
        self.batch_size.unwrap_or(asked.ids_per_request).clamp(1, asked.ids_per_request) as usize
    }

    /// As members of an object, the form in which what was checked crosses to the module of bulk calls.
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

/// The most ids of one request.
pub(crate) const MAX_BATCH: u32 = 30;
/// The most requests that may be under way at once.
pub(crate) const MAX_CONCURRENCY: u32 = 64;
/// As many are under way, unless the caller says otherwise, as may be sent in so many seconds: answers that take no
/// longer than that do not keep a bulk read from going as fast as its limits let it.
pub(crate) const AHEAD_SECONDS: u32 = 2;

/// The options of a call of this room under these limits, or everything that is wrong with them. Those that all calls
/// have are not among them.
pub fn bulk_options(options: &Json, limits: RateLimits) -> Result<BulkOptions, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut told = BulkOptions::default();
    let by_pace = limits.per_second.saturating_mul(AHEAD_SECONDS);
    told.concurrency = by_pace.clamp(told.concurrency, MAX_CONCURRENCY);
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
    told.concurrency = whole("concurrency", MAX_CONCURRENCY).unwrap_or(told.concurrency);
    told.batch_size = whole("batchSize", MAX_BATCH);
    told.max_requests = whole("maxRequests", u32::MAX);
    told.max_bytes = whole("maxBytes", u32::MAX);
    let order = validate_enum("order", &["newest", "oldest"], "INVALID_OPTION", given("order"), &mut problems);
    told.newest_first = order != Some("oldest");
    let older = validate_enum("older", &["all", "rotate"], "INVALID_OPTION", given("older"), &mut problems);
    told.rotate_older = older == Some("rotate");
    match given("resume") {
        None => {}
        // A token may have been formatted.
        Some(Json::String(token)) => told.resume = Some(token.replace([' ', '\t', '\r', '\n'], "")),
        Some(other) => {
            let expected = "a string from resumeToken()";
            problems.push(Problem::new("resume", "INVALID_OPTION", expected, other));
        }
    }
    if problems.is_empty() { Ok(told) } else { Err(problems) }
}

/// A token or cursor that is none, or of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCheckpoint {
    /// The option that it came as.
    pub field: &'static str,
    /// The text that is expected.
    pub expected: &'static str,
}

impl InvalidCheckpoint {
    /// As a problem of this option.
    pub fn problem(self) -> Problem {
        Problem::new(self.field, "INVALID_OPTION", self.expected, &Json::from("(another text)"))
    }
}

/// What becomes of a request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureOutcome {
    /// What it was for is asked for in another way.
    Handled,
    /// This part is left out; everything else goes on.
    LeftOut(BulkFailure),
    /// Nothing else would fare better: all of it ends.
    Stop,
}

/// A part that was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkFailure {
    /// Whose cases, or which.
    pub ids: Vec<String>,
    /// The range of creation dates, in milliseconds since 1970 (UTC), where there is one.
    pub from_ms: Option<i64>,
    /// Its end.
    pub to_ms: Option<i64>,
}

impl BulkFailure {
    /// As lines: the range's ends in milliseconds, empty where there is none, and the ids.
    pub fn to_lines(&self) -> String {
        with_ids(text!(Line(self.from_ms), Line(self.to_ms)), &self.ids)
    }
}

/// A line of a number, such as milliseconds since 1970 (UTC); empty where there is none, or no such date.
struct Line(Option<i64>);

impl Append for Line {
    fn append_to(&self, out: &mut String) {
        if let Some(ms) = self.0.filter(|ms| Timestamp::is_date(*ms)) {
            ms.append_to(out);
        }
        out.push('\n');
    }
}

/// A text that ends in these ids, a line each: they have no control characters.
#[inline(never)]
fn with_ids(mut out: String, ids: &[String]) -> String {
    for id in ids {
        out.push_str(id);
        out.push('\n');
    }
    out.pop();
    out
}

/// A request of a call in bulk. All of it has been checked.
#[derive(Clone, Debug)]
pub struct BulkRequest {
    /// The endpoint.
    pub endpoint: &'static Endpoint,
    /// The ids, each once.
    pub ids: Vec<String>,
    /// The range of creation dates, both ends in it, in milliseconds since 1970 (UTC).
    pub window: Option<(i64, i64)>,
    /// `status_flag`
    pub status_flag: Option<StatusFlag>,
    /// The page of a list.
    pub page_index: Option<u32>,
}

impl BulkRequest {
    /// As lines: the name of the endpoint, the first and the last instant in milliseconds, `status_flag` and the page, each
    /// empty where there is none, and the ids.
    pub fn to_lines(&self) -> String {
        let (from_ms, to_ms) = self.window.unzip();
        let flag = self.status_flag.map_or("", StatusFlag::as_str);
        let page = Line(self.page_index.map(i64::from));
        with_ids(text!(self.endpoint.name, "\n", Line(from_ms), Line(to_ms), flag, "\n", page), &self.ids)
    }

    /// As a request that has a path.
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

/// What the delivered records are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryKind {
    /// Cases in brief.
    #[default]
    Cases,
    /// Cases that left the open ones: they are closed.
    Closed,
    /// Cases that left and are not to be seen any more: ids alone.
    Gone,
    /// A case with everything.
    Details,
}

/// What is delivered at once.
#[derive(Debug, Default)]
pub struct Delivery {
    /// What it is.
    pub kind: DeliveryKind,
    /// The handle of the records; 0 where there are none. After this delivery they are not asked for again.
    pub handle: u32,
    /// Which of the records, in this order. [`LEFT`](crate::boundary::delivery::LEFT) is added to those that were delivered
    /// before and do not meet the filter any more.
    pub cases: Vec<u32>,
    /// The ids of what is gone.
    pub gone: Vec<String>,
}

impl Delivery {
    /// How many things it delivers.
    pub fn len(&self) -> usize {
        match self.kind {
            DeliveryKind::Gone => self.gone.len(),
            _ => self.cases.len(),
        }
    }

    /// Whether it delivers nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What the driver tells of the requests it has made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestUsage {
    /// How many requests were sent.
    pub requests: u32,
    /// How many bytes have come.
    pub bytes: u64,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Pages that have come.
    pub pages: u32,
    /// Cases that were delivered.
    pub cases: u32,
    /// About how many pages are left.
    pub pages_left: u32,
}

/// What to do about a request that failed, of so many ids.
pub(super) enum FailureAction {
    Stop,
    /// Ask for each id on its own, or for half of them at once.
    SplitToSingles,
    Halve,
    /// One of the ids is to blame: ask for each half.
    Bisect,
    /// This one id is to blame.
    RejectId,
    LeaveOut,
}

/// Codes that may be about one of the ids alone. (Case API v3, "Error Codes"; the last one is a gateway's.)
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
/// So many parts that fail one after another, with none between them that does not, end all of it.
pub(super) const MAX_CONSECUTIVE_FAILURES: u32 = 8;

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

/// One of this room's machines.
#[derive(Debug)]
pub enum BulkJob {
    /// Lists.
    Lists(Box<ListJob>),
    /// Cases by their ids.
    Cases(Box<IdBatchJob>),
}

impl BulkJob {
    /// A machine for what is asked; `unix_ms` is the time. `cursor` is of the last round, where what has changed is asked.
    pub fn new(
        asked: BulkQuery,
        purpose: BulkOperation,
        options: &BulkOptions,
        cursor: Option<&str>,
        unix_ms: i64,
    ) -> Result<BulkJob, InvalidCheckpoint> {
        Ok(match purpose {
            BulkOperation::Changes => {
                let cursor = cursor.map(|text| Cursor::parse(text, &asked)).transpose()?;
                BulkJob::Lists(Box::new(ListJob::changes(asked, options, cursor, unix_ms)))
            }
            BulkOperation::AllCases if asked.field != "case_ids" => {
                BulkJob::Lists(Box::new(ListJob::all_cases(asked, options, unix_ms)?))
            }
            _ => BulkJob::Cases(Box::new(IdBatchJob::new(asked, options)?)),
        })
    }

    /// A machine that has nothing to do.
    pub fn idle() -> BulkJob {
        let (_, asked, _) = super::decode_call("allDetails");
        BulkJob::Cases(Box::new(IdBatchJob::from_start(asked, &BulkOptions::default())))
    }

    /// The next request to make, with a number to call it by; none for now.
    pub fn next_request(&mut self, counts: RequestUsage) -> Option<(u32, Request)> {
        self.next_bulk_request(counts).map(|(id, request)| (id, request.into_request()))
    }

    /// What [`next_request`](BulkJob::next_request) gives, without the texts of its dates.
    pub fn next_bulk_request(&mut self, counts: RequestUsage) -> Option<(u32, BulkRequest)> {
        match self {
            BulkJob::Lists(lists) => lists.next_request(counts),
            BulkJob::Cases(cases) => cases.next_request(counts),
        }
    }

    /// The [`owner`] of the cases that it asks for: [`write_rows`](super::write_rows) is to tell of it.
    pub fn owner(&self) -> u32 {
        match self {
            BulkJob::Lists(lists) => lists.owner(),
            BulkJob::Cases(_) => owner::NONE,
        }
    }

    /// A request was answered. What cannot be read on is left out, or ends all of it.
    pub fn on_response(&mut self, id: u32, rows: CaseRows, unix_ms: i64) -> Result<(), (ReaderError, FailureOutcome)> {
        match self {
            BulkJob::Lists(lists) => lists.on_response(id, rows, unix_ms),
            BulkJob::Cases(cases) => {
                cases.on_response(id, &rows);
                Ok(())
            }
        }
    }

    /// The handle of records that will not be delivered, each once; `None` where there is none for now.
    pub fn next_discarded(&mut self) -> Option<u32> {
        match self {
            BulkJob::Lists(lists) => lists.discarded.pop(),
            BulkJob::Cases(cases) => cases.discarded.pop(),
        }
    }

    /// A request failed, after its retries.
    pub fn on_failure(&mut self, id: u32, kind: ErrorKind, code: &str) -> FailureOutcome {
        match self {
            BulkJob::Lists(lists) => lists.on_failure(id, kind, code),
            BulkJob::Cases(cases) => cases.on_failure(id, kind, code),
        }
    }

    /// What can be delivered next. What was delivered before counts as taken, all of it.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        match self {
            BulkJob::Lists(lists) => lists.next_delivery(),
            BulkJob::Cases(cases) => cases.next_delivery(),
        }
    }

    /// Cases that were asked for by id and did not come.
    pub fn take_missing(&mut self) -> Vec<String> {
        match self {
            BulkJob::Lists(_) => Vec::new(),
            BulkJob::Cases(cases) => cases.take_missing(),
        }
    }

    /// Where to go on, if of the last delivery so many things were taken; or the cursor of a round.
    pub fn checkpoint(&self, taken: usize) -> String {
        match self {
            BulkJob::Lists(lists) => lists.checkpoint(taken),
            BulkJob::Cases(cases) => cases.checkpoint(taken),
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        match self {
            BulkJob::Lists(lists) => lists.progress(),
            BulkJob::Cases(cases) => cases.progress(),
        }
    }
}
