//! The response headers `Retry-After` and `Date`.

use crate::util::{DAY_MS, parse_decimal};
#[cfg(not(feature = "js-client"))]
use crate::util::{parse_rfc3339_ms, push_padded_decimal};
#[cfg(not(feature = "js-client"))]
use alloc::string::String;

/// Parses `Retry-After`, seconds or an HTTP date, to milliseconds from now ([RFC 9110, section 10.2.3][rfc]).
///
/// A date in the past gives 0. More than a day gives a day, since such a value is a mistake or a ban.
///
/// [rfc]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
///
/// ```
/// use cisco_support_case::error::retry_after_ms;
/// assert_eq!(retry_after_ms("1", 0), Some(1000));
/// assert_eq!(retry_after_ms("Thu, 01 Jan 1970 00:00:05 GMT", 2000), Some(3000));
/// assert_eq!(retry_after_ms("9223372036854775807", 0), Some(86_400_000), "a day at most");
/// assert_eq!(retry_after_ms("soon", 0), None);
/// ```
pub fn retry_after_ms(value: &str, now_unix_ms: i64) -> Option<u32> {
    let value = value.trim();
    let wait_ms = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        parse_decimal(value.as_bytes())
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map_or(DAY_MS, |seconds| seconds.saturating_mul(1000))
    } else {
        http_date_ms(value)?.saturating_sub(now_unix_ms)
    };
    u32::try_from(wait_ms.clamp(0, DAY_MS)).ok()
}

/// Parses the date of a response to milliseconds since 1970 (UTC). JavaScript has already parsed the HTTP date and passes
/// `@` and the milliseconds.
#[cfg(feature = "js-client")]
pub fn http_date_ms(text: &str) -> Option<i64> {
    let [b'@', digits @ ..] = text.as_bytes() else { return None };
    parse_decimal(digits).and_then(|ms| i64::try_from(ms).ok())
}

/// Parses an HTTP date to milliseconds since 1970 (UTC) ([RFC 9110, section 5.6.7][rfc]).
///
/// It accepts `Sun, 06 Nov 1994 08:49:37 GMT` and the two obsolete forms that recipients must accept,
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
///
/// ```
/// use cisco_support_case::error::http_date_ms;
/// assert_eq!(http_date_ms("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
/// assert_eq!(http_date_ms("1994-11-06"), None);
/// ```
///
/// [rfc]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
#[cfg(not(feature = "js-client"))]
pub fn http_date_ms(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split([' ', ',', '-']).filter(|part| !part.is_empty());
    // The day of the week is redundant.
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
        // A two-digit year is never read as one more than 50 years after the time of writing.
        (year @ 0..70, 2) => 2000 + year,
        (year, 2) => 1900 + year,
        _ => return None,
    };
    let (month, day) = (month as u32, number(day, 2)?);
    let mut date = String::new();
    for (number, digits, after) in [(year, 4, "-"), (month, 2, "-"), (day, 2, "T")] {
        push_padded_decimal(&mut date, u64::from(number), digits);
        date.push_str(after);
    }
    parse_rfc3339_ms((date + time + "Z").as_bytes())
}
