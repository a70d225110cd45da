//! The overview of cases: counts by severity and status, age, waiting party and week.
//!
//! The types and the arithmetic of buckets and weeks are here, for every engine. Each engine counts in its own way.

use super::WaitingOn;
use crate::util::DAY_MS;
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// The options of an overview.
///
/// ```
/// let options = cisco_support_case::store::OverviewOptions::default();
/// assert_eq!(options.ageing_days, [7, 30, 90, 180, 365]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OverviewOptions {
    /// The bounds of the ageing buckets in days, ascending: a bucket begins at a bound.
    pub ageing_days: Vec<i64>,
    /// The bounds of the buckets of quiet cases in days, ascending.
    pub quiet_days: Vec<i64>,
    /// The number of weeks up to that of `now`, at most 520.
    pub weeks: u32,
    /// The number of technologies and of serial numbers.
    pub top: usize,
}

impl Default for OverviewOptions {
    fn default() -> OverviewOptions {
        OverviewOptions { ageing_days: vec![7, 30, 90, 180, 365], quiet_days: vec![7, 14, 30, 90], weeks: 26, top: 10 }
    }
}

/// The most weeks of an overview: ten years.
const MOST_WEEKS: u32 = 520;

/// The number of cases of a severity and a status.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, query::CaseQuery, store::*};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// store.apply_records(&[case])?;
/// let overview = store.overview(&CaseQuery::default(), &OverviewOptions::default());
/// let count = &overview.by_severity_and_status[0];
/// assert_eq!((count.severity, count.status.as_str(), count.open), (None, "", 1));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeverityStatusCount {
    /// 1 to 4; `None` for a missing severity.
    pub severity: Option<u8>,
    /// The status; `""` for a missing one.
    pub status: String,
    /// The number of open cases.
    pub open: u32,
    /// The number of closed cases.
    pub closed: u32,
}

/// The number of open cases whose age in days is in a range.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, query::CaseQuery, store::*};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// store.apply_records(&[case])?;
/// let overview = store.overview(&CaseQuery::default(), &OverviewOptions::default());
/// assert_eq!((overview.ageing[0].from_days, overview.ageing[0].to_days), (None, Some(7)));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgeBucket {
    /// The first day of the bucket; `None` for the first bucket, which also has future dates.
    pub from_days: Option<i64>,
    /// The first day after the bucket; `None` for the last one.
    pub to_days: Option<i64>,
    /// The number of cases.
    pub count: u32,
}

/// The cases of an ISO week in UTC: Monday to Sunday.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, query::CaseQuery, store::*};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// store.apply_records(&[case])?;
/// let overview = store.overview(&CaseQuery::default(), &OverviewOptions::default());
/// assert_eq!(overview.weeks.last().map(|week| week.week.as_str()), Some("1970-W01"));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WeekCount {
    /// The week as ISO 8601 writes it, such as `2026-W01`.
    pub week: String,
    /// The start of the week in milliseconds since 1970 (UTC).
    pub start_ms: i64,
    /// The number of cases that were created in the week.
    pub opened: u32,
    /// The number of closed cases whose status is from the week.
    pub closed: u32,
    /// The number of cases that were created but not closed by the end of the week.
    pub backlog: u32,
}

/// The overview of cases.
///
/// A closed case counts as closed at the instant since which it has its status, as far as the store knows; otherwise at
/// its last update. Cases without a creation date are in no week and in no ageing bucket.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, query::CaseQuery, store::*};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// store.apply_records(&[case])?;
/// let overview = store.overview(&CaseQuery::default(), &OverviewOptions::default());
/// assert_eq!((overview.total, overview.open), (1, 1));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseOverview {
    /// The number of cases.
    pub total: u32,
    /// The number of open cases.
    pub open: u32,
    /// The counts by severity and status that are not zero: severities ascending, statuses by their text.
    pub by_severity_and_status: Vec<SeverityStatusCount>,
    /// The open cases by the days since their creation.
    pub ageing: Vec<AgeBucket>,
    /// The open cases by the days since their last update.
    pub quiet: Vec<AgeBucket>,
    /// The open cases by the party that they wait for, without counts of zero.
    pub waiting_on: Vec<(WaitingOn, u32)>,
    /// The weeks up to that of `now`, ascending.
    pub weeks: Vec<WeekCount>,
    /// The commonest technologies.
    pub technologies: Vec<FacetCount>,
    /// The serial numbers that most cases have, if they have more than one.
    pub serial_numbers: Vec<FacetCount>,
}

/// The number of cases with a value.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, query::CaseQuery, store::*};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// store.apply_records(&[case])?;
/// let counts = store.facets(&CaseQuery::default(), &[FacetField::StatusFlag], 10);
/// assert_eq!((counts[0][0].value.as_str(), counts[0][0].count), ("", 1));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FacetCount {
    /// The value; `""` for the cases without one.
    pub value: String,
    /// The number of cases.
    pub count: u32,
}

impl CaseOverview {
    /// Adds the cases of a severity (0 for a missing one) and a status, if there are any. Severities ascend, the missing
    /// one last.
    pub(crate) fn add_status(&mut self, severity: u8, status: &str, open: u32, closed: u32) {
        if open + closed == 0 {
            return;
        }
        self.total += open + closed;
        self.open += open;
        if open > 0 {
            let party = WaitingOn::of_status(true, status);
            let place = self.waiting_on.partition_point(|(known, _)| (*known as u8) < party as u8);
            match self.waiting_on.get_mut(place) {
                Some((known, count)) if *known == party => *count += open,
                _ => self.waiting_on.insert(place, (party, open)),
            }
        }
        let severity = (severity > 0).then_some(severity);
        let counts = &mut self.by_severity_and_status;
        // The order in which an engine finds statuses depends on the engine; their texts do not.
        let is_before = |one: &SeverityStatusCount| one.severity != severity || one.status.as_str() < status;
        let at = counts.iter().rposition(is_before).map_or(0, |last| last + 1);
        counts.insert(at, SeverityStatusCount { severity, status: status.to_owned(), open, closed });
    }
}

/// The ascending ends of buckets, as instants: a date is in the bucket after the bounds that it reached.
pub(crate) struct AgeBuckets<'a> {
    bounds_days: &'a [i64],
    /// The last instant whose age has reached a bound.
    reached_ms: Vec<i64>,
    counts: Vec<u32>,
}

impl<'a> AgeBuckets<'a> {
    pub(crate) fn new(bounds_days: &'a [i64], now_ms: i64) -> AgeBuckets<'a> {
        let reached_ms = bounds_days.iter().map(|days| now_ms.saturating_sub(days.saturating_mul(DAY_MS))).collect();
        AgeBuckets { bounds_days, reached_ms, counts: vec![0; bounds_days.len() + 1] }
    }

    /// Adds a case to its bucket.
    #[cfg(feature = "store")]
    #[inline]
    pub(crate) fn add(&mut self, ms: i64) {
        let mut bucket = 0;
        for bound in &self.reached_ms {
            if ms > *bound {
                break;
            }
            bucket += 1;
        }
        self.add_to(bucket, 1);
    }

    /// Adds cases to a bucket: that after as many bounds as their dates have reached.
    pub(crate) fn add_to(&mut self, bucket: usize, cases: u32) {
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += cases;
        }
    }

    /// Returns the last instants whose ages have reached the bounds.
    pub(crate) fn reached_ms(&self) -> &[i64] {
        &self.reached_ms
    }

    pub(crate) fn into_buckets(self) -> Vec<AgeBucket> {
        let mut buckets = Vec::new();
        let mut from_days = None;
        for (place, count) in self.counts.into_iter().enumerate() {
            let to_days = self.bounds_days.get(place).copied();
            buckets.push(AgeBucket { from_days, to_days, count });
            from_days = to_days;
        }
        buckets
    }
}

/// A week in milliseconds.
pub(crate) const WEEK_MS: i64 = 7 * DAY_MS;
/// 1970-01-01 is the Thursday of its week.
const MONDAY_TO_THURSDAY_MS: i64 = 3 * DAY_MS;

/// Returns the start of the ISO week of an instant.
fn week_start(ms: i64) -> i64 {
    ms.saturating_sub(ms.saturating_add(MONDAY_TO_THURSDAY_MS).rem_euclid(WEEK_MS))
}

/// The start of the first week of the year 0000.
const FIRST_WEEK_MS: i64 = -62_167_046_400_000;

/// The counts of weeks: those of the window, and the sums of all weeks before it.
pub(crate) struct WeekCounts {
    start_ms: i64,
    /// Created and closed cases: place 0 before the window, then one place per week.
    opened: Vec<u32>,
    closed: Vec<u32>,
}

impl WeekCounts {
    pub(crate) fn new(weeks: u32, now_ms: i64) -> WeekCounts {
        // Weeks before the year 0000 have no name.
        let named = week_start(now_ms).saturating_sub(FIRST_WEEK_MS).div_euclid(WEEK_MS) + 1;
        let weeks = weeks.min(MOST_WEEKS).min(named.clamp(0, MOST_WEEKS.into()) as u32);
        let start_ms = week_start(now_ms).saturating_sub(WEEK_MS * (i64::from(weeks) - 1));
        let places = weeks as usize + 1;
        WeekCounts { start_ms, opened: vec![0; places], closed: vec![0; places] }
    }

    /// Returns the first instant of the window.
    pub(crate) fn start_ms(&self) -> i64 {
        self.start_ms
    }

    /// Returns the place of an instant; a place after the last for one after the window.
    #[cfg(feature = "store")]
    #[inline]
    fn place(&self, ms: i64) -> usize {
        if ms < self.start_ms { 0 } else { 1 + (ms.saturating_sub(self.start_ms) / WEEK_MS) as usize }
    }

    /// Adds a case to the counts of its week.
    #[cfg(feature = "store")]
    #[inline]
    pub(crate) fn add(&mut self, created_ms: i64, closed_ms: Option<i64>) {
        self.add_opened(self.place(created_ms), 1);
        if let Some(ms) = closed_ms {
            self.add_closed(self.place(ms), 1);
        }
    }

    /// Adds cases that were created at a place: 0 before the window, then one place per week.
    #[inline]
    pub(crate) fn add_opened(&mut self, place: usize, cases: u32) {
        if let Some(count) = self.opened.get_mut(place) {
            *count += cases;
        }
    }

    /// Adds cases that were closed at a place.
    #[inline]
    pub(crate) fn add_closed(&mut self, place: usize, cases: u32) {
        if let Some(count) = self.closed.get_mut(place) {
            *count += cases;
        }
    }

    pub(crate) fn into_weeks(self) -> Vec<WeekCount> {
        let (mut opened_sum, mut closed_sum) = (0, 0);
        let mut weeks = Vec::new();
        for ((opened, closed), place) in self.opened.into_iter().zip(self.closed).zip(0_i64..) {
            opened_sum += opened;
            closed_sum += closed;
            if place > 0 {
                let start_ms = self.start_ms.saturating_add(WEEK_MS * (place - 1));
                let backlog = opened_sum.saturating_sub(closed_sum);
                weeks.push(WeekCount { week: week_name(start_ms), start_ms, opened, closed, backlog });
            }
        }
        weeks
    }
}

/// Returns the name of a week: its number in the year of its Thursday.
fn week_name(start_ms: i64) -> String {
    let thursday = start_ms.saturating_add(MONDAY_TO_THURSDAY_MS);
    let text = crate::util::format_rfc3339_utc(thursday);
    let year = text.get(..4).unwrap_or_default();
    let new_year = crate::util::parse_rfc3339_ms(crate::util::text!(year, "-01-01T00:00:00Z").as_bytes());
    let week = (thursday - new_year.unwrap_or(thursday)) / WEEK_MS + 1;
    let mut name = crate::util::text!(year, "-W");
    crate::util::push_padded_decimal(&mut name, week.unsigned_abs(), 2);
    name
}
