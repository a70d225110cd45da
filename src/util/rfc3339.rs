//! RFC 3339 instants and the proleptic Gregorian calendar.

use alloc::string::String;

/// The number of milliseconds in 24 hours.
///
/// ```
/// assert_eq!(cisco_support_case::util::DAY_MS, 24 * 60 * 60 * 1000);
/// ```
pub const DAY_MS: i64 = 86_400_000;

/// The instant 0000-01-01T00:00:00Z. RFC 3339 has four-digit years only.
pub(crate) const YEAR_0_MS: i64 = -719_528 * DAY_MS;
/// The instant 10000-01-01T00:00:00Z, the first that RFC 3339 cannot represent.
pub(crate) const YEAR_10000_MS: i64 = 2_932_897 * DAY_MS;

/// Parses an RFC 3339 `date-time`, as milliseconds since 1970 (UTC).
pub(crate) fn parse_rfc3339_ms(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    let month = two_digits(m1, m2)?;
    let day = two_digits(d1, d2)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let (time, rest) = rest.split_first_chunk::<9>()?;
    let [b'T' | b't', h1, h2, b':', n1, n2, b':', s1, s2] = *time else { return None };
    let (hour, minute, second) = (two_digits(h1, h2)?, two_digits(n1, n2)?, two_digits(s1, s2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (millis, rest) = fraction(rest)?;
    let offset_minutes = match *rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', n1, n2] => {
            let (hours, minutes) = (two_digits(h1, h2)?, two_digits(n1, n2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 60 + minutes;
            if sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let seconds = ((hour * 60 + minute - offset_minutes) * 60 + second) * 1000 + millis;
    let unix_ms = days_from_civil(year, month, day) * DAY_MS + seconds;
    (YEAR_0_MS..YEAR_10000_MS).contains(&unix_ms).then_some(unix_ms)
}

/// Splits off an optional fraction, as whole milliseconds. Finer digits are truncated.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', digits @ ..] = text else { return Some((0, text)) };
    let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(length)?;
    if digits.is_empty() {
        return None;
    }
    let millis = digits.iter().map(|d| i64::from(d - b'0')).chain([0, 0]).take(3).fold(0, |ms, d| ms * 10 + d);
    Some((millis, rest))
}

fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Returns the number of days of a month; months count from 1.
pub(crate) const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// The algorithm is `days_from_civil` (Hinnant, "chrono-Compatible Low-Level Date Algorithms"): years start in March,
/// so that the leap day is the last of a year, and a 400-year era has 146 097 days.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Formats an instant in UTC, with milliseconds only if they are not zero.
pub(crate) fn format_rfc3339_utc(unix_ms: i64) -> String {
    let mut text = String::new();
    push_rfc3339_utc(&mut text, unix_ms, unix_ms % 1000 != 0);
    text
}

/// Appends an instant in UTC, with or without its milliseconds. The algorithm is `civil_from_days` (Hinnant).
pub(crate) fn push_rfc3339_utc(out: &mut String, unix_ms: i64, has_millis: bool) {
    // Years have four digits, so that the rest fits in 32 bits.
    let days = (unix_ms.div_euclid(DAY_MS) + 719_468) as i32;
    let ms = unix_ms.rem_euclid(DAY_MS) as u32;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097) as u32;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = (era * 400 + year_of_era as i32 + i32::from(month <= 2)) as u32;
    let (hour, minute, second, millis) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    for (end, number) in [(4, year), (7, month), (10, day), (13, hour), (16, minute), (19, second), (23, millis)] {
        let mut rest = number;
        for digit in text.iter_mut().take(end).rev() {
            if rest == 0 {
                break;
            }
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
    }
    if has_millis {
        out.push_str(str::from_utf8(&text).unwrap_or_default());
    } else {
        out.push_str(text.get(..19).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default());
        out.push('Z');
    }
}
