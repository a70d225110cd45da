//! How long to wait, as a response says it.

use crate::model::{DAY_MS, rfc3339_ms};

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
        http_date_ms(value)?.saturating_sub(now_unix_ms)
    };
    u32::try_from(wait_ms.clamp(0, DAY_MS)).ok()
}

/// `IMF-fixdate`: `Sun, 06 Nov 1994 08:49:37 GMT`, in milliseconds since 1970 (UTC). Everything in it has its place.
pub fn http_date_ms(text: &str) -> Option<i64> {
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let text: &[u8; 29] = text.as_bytes().try_into().ok()?;
    let [_, _, _, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', time @ .., b' ', b'G', b'M', b'T'] =
        *text
    else {
        return None;
    };
    let month = MONTHS.chunks(3).position(|name| name == [m1, m2, m3])? as u8 + 1;
    let [h1, h2, c1, n1, n2, c2, s1, s2] = time;
    rfc3339_ms(&[
        y1,
        y2,
        y3,
        y4,
        b'-',
        b'0' + month / 10,
        b'0' + month % 10,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        c1,
        n1,
        n2,
        c2,
        s1,
        s2,
        b'Z',
    ])
}
