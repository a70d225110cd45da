//! How long to wait, as a response says it.

use crate::util::{DAY_MS, whole_number};
#[cfg(not(feature = "js-client"))]
use crate::util::{push_padded, rfc3339_ms};
#[cfg(not(feature = "js-client"))]
use alloc::string::String;

/// `Retry-After` (RFC 9110, section 10.2.3) in milliseconds from now: seconds, or an HTTP date.
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
        whole_number(value.as_bytes())
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map_or(DAY_MS, |seconds| seconds * 1000)
    } else {
        http_date_ms(value)?.saturating_sub(now_unix_ms)
    };
    u32::try_from(wait_ms.clamp(0, DAY_MS)).ok()
}

/// A date of a response, in milliseconds since 1970 (UTC). JavaScript has read it: of HTTP's, so many milliseconds behind
/// an `@` are left.
#[cfg(feature = "js-client")]
pub fn http_date_ms(text: &str) -> Option<i64> {
    let [b'@', digits @ ..] = text.as_bytes() else { return None };
    whole_number(digits).and_then(|ms| i64::try_from(ms).ok())
}

/// An HTTP date (RFC 9110, section 5.6.7) in milliseconds since 1970 (UTC): `Sun, 06 Nov 1994 08:49:37 GMT`, and the two
/// obsolete forms that recipients must accept, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
#[cfg(not(feature = "js-client"))]
pub fn http_date_ms(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split([' ', ',', '-']).filter(|part| !part.is_empty());
    // The day of the week tells nothing new.
    parts.next().filter(|day| day.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let mut next = || parts.next();
    let (mut day, mut month) = (next()?, next()?);
    let is_asctime = MONTHS.contains(&day);
    if is_asctime {
        (day, month) = (month, day);
    }
    let (mut year, mut time) = (next()?, next()?);
    if is_asctime {
        (year, time) = (time, year);
    }
    if next() != (!is_asctime).then_some("GMT") || next().is_some() {
        return None;
    }
    let number = |text: &str, most: usize| {
        let digits = text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| digits)
    };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let year = match (number(year, 4)?, year.len()) {
        (year, 4) => year,
        // Two digits: none is more than 50 years ahead of this package's own time.
        (year @ 0..70, 2) => 2000 + year,
        (year, 2) => 1900 + year,
        _ => return None,
    };
    let (month, day) = (month as u32, number(day, 2)?);
    let mut date = String::new();
    for (number, digits, after) in [(year, 4, "-"), (month, 2, "-"), (day, 2, "T")] {
        push_padded(&mut date, u64::from(number), digits);
        date.push_str(after);
    }
    rfc3339_ms((date + time + "Z").as_bytes())
}
