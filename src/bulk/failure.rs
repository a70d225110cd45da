//! Failed requests of a bulk job: the reaction, its outcome, and the parts that are left out.

use super::request::{Line, with_ids};
use crate::error::ErrorKind;
use crate::rules::Problem;
use crate::util::{Json, text};
use alloc::{string::String, vec::Vec};

/// The error of a checkpoint or cursor that is malformed or belongs to another call.
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery};
/// use cisco_support_case::util::Json;
///
/// let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let options = BulkOptions { resume: Some("no checkpoint".into()), ..BulkOptions::default() };
/// let error = BulkJob::new(query, BulkOperation::AllCases, &options, None, 0).unwrap_err();
/// assert_eq!((error.field, error.problem().code), ("resume", "INVALID_OPTION"));
/// ```
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
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, FailureOutcome, RequestUsage};
/// use cisco_support_case::error::ErrorKind;
/// # use cisco_support_case::util::Json;
///
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678", "612345679"]))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let mut job = BulkJob::new(query, BulkOperation::AllCases, &BulkOptions::default(), None, 0).unwrap();
/// let (id, _) = job.next_request(RequestUsage::default()).unwrap();
/// assert_eq!(job.on_failure(id, ErrorKind::NotFound, "CASE_NOTFOUND"), FailureOutcome::Handled);
/// let (id, request) = job.next_request(RequestUsage::default()).unwrap();
/// assert_eq!(request.ids, ["612345678"], "half of the ids");
/// assert_eq!(job.on_failure(id, ErrorKind::Authentication, "Not Authorized"), FailureOutcome::Stop);
/// ```
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
///
/// ```
/// use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, FailureOutcome, RequestUsage};
/// use cisco_support_case::error::ErrorKind;
/// # use cisco_support_case::util::Json;
///
/// # let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// let mut job = BulkJob::new(query, BulkOperation::AllCases, &BulkOptions::default(), None, 0).unwrap();
/// let (id, _) = job.next_request(RequestUsage::default()).unwrap();
/// let FailureOutcome::LeftOut(failure) = job.on_failure(id, ErrorKind::Unavailable, "Gateway Timeout") else {
///     panic!("a part that is unavailable is left out")
/// };
/// assert_eq!((failure.ids[0].as_str(), failure.from_ms), ("612345678", None));
/// ```
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
