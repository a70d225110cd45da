//! Dates and their ranges.

use super::{Problem, ProblemList};
use crate::model::Timestamp;
use crate::util::{DAY_MS, Json, text};
use alloc::vec::Vec;

/// "The maximum date range currently supported is 90 days." (Case API v3, `date_created_from`.) Whether the service
/// counts the 90th day is not public: 90 × 24 hours to the millisecond is taken, as the narrower reading.
pub const MAX_RANGE_DAYS: i64 = 90;

/// A date and time, or none where nothing was given; a problem goes to `problems`.
pub fn validate_date(field: &str, value: Option<&Json>, problems: &mut Vec<Problem>) -> Option<Timestamp> {
    let value = value?;
    let parsed = match value {
        Json::Null => return None,
        Json::Text(text) if text.trim().is_empty() => return None,
        Json::Text(text) => Timestamp::parse(text.trim()),
        _ => None,
    };
    if parsed.is_none() {
        let expected = "a date and time as RFC 3339, such as 2013-04-23T11:00:14Z";
        problems.report(|| Problem::new(field, "INVALID_DATEFORMAT", expected, value));
    }
    parsed
}

/// Two dates make a range that begins before it ends and is no longer than [`MAX_RANGE_DAYS`] × 24 hours.
pub fn validate_date_range(from: Option<&Timestamp>, to: Option<&Timestamp>, problems: &mut Vec<Problem>) {
    let (Some(from), Some(to)) = (from, to) else { return };
    let length_ms = to.unix_ms() - from.unix_ms();
    let expected = if length_ms < 0 {
        text!("a date not before date_created_from (", from.as_str(), ")")
    } else if length_ms > MAX_RANGE_DAYS * DAY_MS {
        text!("a date at most ", MAX_RANGE_DAYS as u64, " × 24 hours after date_created_from (", from.as_str(), ")")
    } else {
        return;
    };
    problems.report(|| {
        let problem = Problem::new("date_created_to", "INVALID_DATERANGE", expected, &Json::from(to.as_str()));
        problem.with_related("date_created_from")
    });
}
