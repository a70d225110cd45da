//! How long to wait, as a response says it.

use crate::model::{DAY_MS, Timestamp};

/// `Retry-After` (RFC 9110, section 10.2.3) in milliseconds from now: seconds, or an HTTP date in its preferred form.
/// A date that is past is 0; more than a day is taken for a day, since such a value is a mistake or a ban.
///
/// ```
/// use cisco_support_case::error::retry_after_ms;
/// assert_eq!(retry_after_ms("1", 0), Some(1000));
/// assert_eq!(retry_after_ms("Thu, 01 Jan 1970 00:00:05 GMT", 2000), Some(3000));
/// assert_eq!(retry_after_ms("soon", 0), None);
/// ```
pub fn retry_after_ms(value: &str, now_unix_ms: i64) -> Option<u32> {
    let value = value.trim();
    let wait_ms = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        value.parse::<i64>().map_or(DAY_MS, |seconds| seconds.saturating_mul(1000))
    } else {
        http_date(value)?.saturating_sub(now_unix_ms)
    };
    u32::try_from(wait_ms.clamp(0, DAY_MS)).ok()
}

/// `IMF-fixdate`: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split_once(", ")?.1.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next() != Some("GMT") || parts.next().is_some() {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z")).map(|t| t.unix_ms())
}
