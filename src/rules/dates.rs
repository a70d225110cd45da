//! Validation of dates and date ranges.

use super::{Problem, ProblemList};
use crate::model::Timestamp;
use crate::util::{DAY_MS, Json, text};
use alloc::vec::Vec;

/// Maximum length of a date range, in days of 24 hours.
///
/// "The maximum date range currently supported is 90 days." (Case API v3, `date_created_from`.) It is not public whether
/// the service includes the 90th day, so the narrower reading applies: 90 × 24 hours to the millisecond.
pub const MAX_RANGE_DAYS: i64 = 90;

/// Returns a date and time, or `None` if no value is given or the value is not valid. A problem is added to `problems`.
/// A date alone is the whole day (UTC): its end if the name of the field ends in `_to`, else its start.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::rules::validate_date;
///
/// let value = json(br#""31.1.2026""#).map_err(|error| error.to_string())?;
/// let mut problems = Vec::new();
/// assert_eq!(validate_date("date_created_from", Some(&value), &mut problems), None);
/// assert_eq!(problems[0].code, "INVALID_DATEFORMAT");
/// let day = json(br#""2026-01-31""#).map_err(|error| error.to_string())?;
/// let end = validate_date("date_created_to", Some(&day), &mut problems);
/// assert_eq!(end.as_ref().map(|end| end.as_str()), Some("2026-01-31T23:59:59.999Z"));
/// # Ok::<(), String>(())
/// ```
pub fn validate_date(field: &str, value: Option<&Json>, problems: &mut Vec<Problem>) -> Option<Timestamp> {
    let value = value?;
    let parsed = match value {
        Json::Null => return None,
        Json::String(text) if text.trim().is_empty() => return None,
        Json::String(text) => match text.trim() {
            day if day.len() == 10 => {
                let time = if field.ends_with("_to") { "T23:59:59.999Z" } else { "T00:00:00Z" };
                Timestamp::parse(&text!(day, time))
            }
            text => Timestamp::parse(text),
        },
        _ => None,
    };
    if parsed.is_none() {
        let expected = "an RFC 3339 date and time, such as 2013-04-23T11:00:14Z";
        problems.report(|| Problem::new(field, "INVALID_DATEFORMAT", expected, value));
    }
    parsed
}

/// Checks that a range of two dates begins before it ends, and is at most [`MAX_RANGE_DAYS`] × 24 hours long.
///
/// ```
/// use cisco_support_case::model::Timestamp;
/// use cisco_support_case::rules::validate_date_range;
///
/// let (from, to) = (Timestamp::parse("2026-01-01T00:00:00Z"), Timestamp::parse("2026-05-01T00:00:00Z"));
/// let mut problems = Vec::new();
/// validate_date_range(from.as_ref(), to.as_ref(), &mut problems);
/// assert_eq!(problems[0].code, "INVALID_DATERANGE");
/// ```
pub fn validate_date_range(from: Option<&Timestamp>, to: Option<&Timestamp>, problems: &mut Vec<Problem>) {
    let (Some(from), Some(to)) = (from, to) else { return };
    let length_ms = to.unix_ms() - from.unix_ms();
    let expected = if length_ms < 0 {
        text!("a date at or after date_created_from (", from.as_str(), ")")
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
