//! Instants in the service's format.

use crate::util::{YEAR_0_MS, YEAR_10000_MS, format_rfc3339_utc, parse_rfc3339_ms};
use alloc::{borrow::ToOwned, string::String};
use core::fmt;

/// An instant (RFC 3339) with millisecond precision, and its original text.
///
/// The service sends `2017-05-09T20:08:45.000Z` and documents `2013-04-23T11:00:14Z` for parameters. Both are
/// accepted, as are other fractions and UTC offsets. Dates must exist in the calendar. A leap second (`:60`) is
/// rejected, as JavaScript's `Date` does. Two timestamps are equal if their instants are.
///
/// ```
/// use cisco_support_case::model::Timestamp;
/// let t = Timestamp::parse("2024-02-29T01:00:00+02:00").ok_or("not a date")?;
/// assert_eq!(t.utc(), "2024-02-28T23:00:00Z");
/// assert!(Timestamp::parse("2023-02-29T00:00:00Z").is_none());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct Timestamp {
    text: String,
    unix_ms: i64,
}

impl Timestamp {
    /// Parses an RFC 3339 `date-time` (section 5.6) with a four-digit year.
    pub fn parse(text: &str) -> Option<Timestamp> {
        parse_rfc3339_ms(text.as_bytes()).map(|unix_ms| Timestamp { text: text.to_owned(), unix_ms })
    }

    /// Creates a timestamp from milliseconds since 1970 (UTC), for the years 0000 to 9999.
    pub fn from_unix_ms(unix_ms: i64) -> Option<Timestamp> {
        Timestamp::is_date(unix_ms).then(|| Timestamp { text: format_rfc3339_utc(unix_ms), unix_ms })
    }

    /// Returns whether an instant in milliseconds since 1970 (UTC) is in the years 0000 to 9999.
    pub(crate) fn is_date(unix_ms: i64) -> bool {
        (YEAR_0_MS..YEAR_10000_MS).contains(&unix_ms)
    }

    /// Returns the original text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the milliseconds since 1970 (UTC).
    pub fn unix_ms(&self) -> i64 {
        self.unix_ms
    }

    /// Formats the instant in UTC as the service documents its parameters, with milliseconds only if they are not
    /// zero.
    pub fn utc(&self) -> String {
        format_rfc3339_utc(self.unix_ms)
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Timestamp) -> bool {
        self.unix_ms == other.unix_ms
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Timestamp) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Timestamp) -> core::cmp::Ordering {
        self.unix_ms.cmp(&other.unix_ms)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
