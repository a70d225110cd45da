//! The virtual clock.

use crate::model::Timestamp;
use crate::util::DAY_MS;
use alloc::{borrow::ToOwned, format, string::String};

/// A clock that is set by hand or follows the wall clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct VirtualClock {
    now_ms: i64,
    /// Last reading of the wall clock; `None` for a clock that is only set by hand.
    last_wall_ms: Option<i64>,
}

impl VirtualClock {
    /// Creates a clock at an instant. With a reading of the wall clock it follows that clock from now on.
    pub(super) fn new(now_ms: i64, wall_ms: Option<i64>) -> VirtualClock {
        VirtualClock { now_ms, last_wall_ms: wall_ms }
    }

    /// The current time in milliseconds since 1970 (UTC).
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Whether the clock follows the wall clock.
    pub(super) fn is_live(&self) -> bool {
        self.last_wall_ms.is_some()
    }

    /// Advances the clock, at most to the end of the year 9999: later instants cannot be written as RFC 3339.
    pub(super) fn advance(&mut self, ms: i64) {
        const LAST_MS: i64 = 2_932_896 * DAY_MS;
        self.now_ms = self.now_ms.saturating_add(ms).min(LAST_MS);
    }

    /// Advances a live clock by the time that passed on the wall clock. It stands still while the wall clock catches up
    /// after being set back.
    pub(super) fn follow(&mut self, wall_ms: i64) {
        if let Some(last_ms) = self.last_wall_ms {
            self.advance(wall_ms.saturating_sub(last_ms).max(0));
            self.last_wall_ms = Some(wall_ms.max(last_ms));
        }
    }
}

/// Formats an instant as an HTTP date (RFC 9110, section 5.6.7).
pub(super) fn http_date(unix_ms: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = Timestamp::from_unix_ms(unix_ms).map(|date| date.as_str().to_owned()).unwrap_or_default();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let weekday = usize::try_from(unix_ms.div_euclid(DAY_MS).rem_euclid(7)).ok().and_then(|day| DAYS.get(day));
    let month = part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let [weekday, month] = [weekday, month].map(|name| name.copied().unwrap_or_default());
    format!("{weekday}, {} {month} {} {} GMT", part(8, 10), part(0, 4), part(11, 19))
}
