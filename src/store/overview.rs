//! The overview of cases: counts by severity and status, age, waiting party and week.

use super::{
    columns::{Columns, NO_DATE, status_since_ms},
    facets::{FacetCount, top_counts},
    row_set::RowSet,
};
use crate::query::WaitingOn;
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

/// The ascending ends of buckets, as instants: a date is in the bucket after the bounds that it reached.
struct AgeBuckets<'a> {
    bounds_days: &'a [i64],
    /// The last instant whose age has reached a bound.
    reached_ms: Vec<i64>,
    counts: Vec<u32>,
}

impl<'a> AgeBuckets<'a> {
    fn new(bounds_days: &'a [i64], now_ms: i64) -> AgeBuckets<'a> {
        let reached_ms = bounds_days.iter().map(|days| now_ms.saturating_sub(days.saturating_mul(DAY_MS))).collect();
        AgeBuckets { bounds_days, reached_ms, counts: vec![0; bounds_days.len() + 1] }
    }

    #[inline]
    fn add(&mut self, ms: i64) {
        let mut bucket = 0;
        for bound in &self.reached_ms {
            if ms > *bound {
                break;
            }
            bucket += 1;
        }
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
    }

    fn into_buckets(self) -> Vec<AgeBucket> {
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

const WEEK_MS: i64 = 7 * DAY_MS;
/// 1970-01-01 is the Thursday of its week.
const MONDAY_TO_THURSDAY_MS: i64 = 3 * DAY_MS;

/// Returns the start of the ISO week of an instant.
fn week_start(ms: i64) -> i64 {
    ms.saturating_sub(ms.saturating_add(MONDAY_TO_THURSDAY_MS).rem_euclid(WEEK_MS))
}

/// The counts of weeks: those of the window, and the sums of all weeks before it.
struct WeekCounts {
    start_ms: i64,
    /// Created and closed cases: place 0 before the window, then one place per week.
    opened: Vec<u32>,
    closed: Vec<u32>,
}

impl WeekCounts {
    fn new(weeks: u32, now_ms: i64) -> WeekCounts {
        let weeks = weeks.min(MOST_WEEKS);
        let start_ms = week_start(now_ms).saturating_sub(WEEK_MS * (i64::from(weeks) - 1));
        let places = weeks as usize + 1;
        WeekCounts { start_ms, opened: vec![0; places], closed: vec![0; places] }
    }

    /// Returns the place of an instant; a place after the last for one after the window.
    #[inline]
    fn place(&self, ms: i64) -> usize {
        if ms < self.start_ms { 0 } else { 1 + (ms.saturating_sub(self.start_ms) / WEEK_MS) as usize }
    }

    #[inline]
    fn add(&mut self, created_ms: i64, closed_ms: Option<i64>) {
        let place = self.place(created_ms);
        if let Some(count) = self.opened.get_mut(place) {
            *count += 1;
        }
        let place = closed_ms.map(|ms| self.place(ms));
        if let Some(count) = place.and_then(|place| self.closed.get_mut(place)) {
            *count += 1;
        }
    }

    fn into_weeks(self) -> Vec<WeekCount> {
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

/// Returns the overview of rows.
#[inline(never)]
pub(super) fn overview(columns: &Columns, rows: &RowSet, now_ms: i64, options: &OverviewOptions) -> CaseOverview {
    let closed_status = columns.status.values.find("Closed").unwrap_or(u32::MAX);
    let status_count = columns.status.values.len() as usize;
    // Five severities of open cases, then five of closed ones, per status.
    let mut matrix = vec![0_u32; status_count * 10];
    let mut ageing = AgeBuckets::new(&options.ageing_days, now_ms);
    let mut quiet = AgeBuckets::new(&options.quiet_days, now_ms);
    let mut weeks = WeekCounts::new(options.weeks, now_ms);
    let mut technologies = vec![0_u32; columns.technology.values.len() as usize];
    let mut serials = vec![0_u32; columns.serial.values.len() as usize];
    let increment = |counts: &mut [u32], place: usize| {
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    };
    for chunk in 0..rows.chunk_count() {
        let (Some(words), Some(severity), Some(flags), Some(status)) = (
            rows.chunk(chunk),
            columns.severity.chunk(chunk),
            columns.status_flag.chunk(chunk),
            columns.status.ids.chunk(chunk),
        ) else {
            continue;
        };
        let (Some(created), Some(updated), Some(since)) =
            (columns.created.ms.chunk(chunk), columns.updated.ms.chunk(chunk), columns.status_since.chunk(chunk))
        else {
            continue;
        };
        let (Some(technology), Some(serial)) = (columns.technology.ids.chunk(chunk), columns.serial.ids.chunk(chunk))
        else {
            continue;
        };
        for (index, word) in words.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let cell = index * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let status = status.get(cell).copied().unwrap_or(0);
                let is_open = match flags.get(cell) {
                    Some(1) => true,
                    Some(2) => false,
                    _ => status != closed_status,
                };
                let severity = usize::from(severity.get(cell).copied().unwrap_or(0));
                increment(&mut matrix, status as usize * 10 + severity + if is_open { 0 } else { 5 });
                increment(&mut technologies, technology.get(cell).copied().unwrap_or(0) as usize);
                increment(&mut serials, serial.get(cell).copied().unwrap_or(0) as usize);
                let created_ms = created.get(cell).copied().unwrap_or(NO_DATE);
                let updated_ms = updated.get(cell).copied().unwrap_or(NO_DATE);
                if is_open {
                    if created_ms != NO_DATE {
                        ageing.add(created_ms);
                        weeks.add(created_ms, None);
                    }
                    if updated_ms != NO_DATE {
                        quiet.add(updated_ms);
                    }
                } else if created_ms != NO_DATE {
                    let closed_ms = status_since_ms(since.get(cell).copied().unwrap_or(NO_DATE), updated_ms);
                    weeks.add(created_ms, (closed_ms != NO_DATE).then_some(closed_ms));
                }
            }
        }
    }
    let mut overview = CaseOverview {
        ageing: ageing.into_buckets(),
        quiet: quiet.into_buckets(),
        weeks: weeks.into_weeks(),
        technologies: top_counts(&columns.technology.values, &technologies, 1, 1, options.top),
        serial_numbers: top_counts(&columns.serial.values, &serials, 1, 2, options.top),
        ..CaseOverview::default()
    };
    add_matrix(columns, &matrix, &mut overview);
    overview
}

/// Adds the counts by severity and status, and the sums of them.
fn add_matrix(columns: &Columns, matrix: &[u32], overview: &mut CaseOverview) {
    let mut waiting = [0_u32; WaitingOn::ALL.len()];
    for severity in [1, 2, 3, 4, 0_u8] {
        for (id, counts) in (0..).zip(matrix.chunks(10)) {
            let count = |offset: usize| counts.get(usize::from(severity) + offset).copied().unwrap_or(0);
            let (open, closed) = (count(0), count(5));
            if open + closed == 0 {
                continue;
            }
            let status = columns.status.values.get(id);
            overview.total += open + closed;
            overview.open += open;
            let party = WaitingOn::of_status(true, status);
            for (slot, known) in waiting.iter_mut().zip(WaitingOn::ALL) {
                *slot += if known == party { open } else { 0 };
            }
            let severity = (severity > 0).then_some(severity);
            let counts = &mut overview.by_severity_and_status;
            // The number of a status depends on the order in which cases were applied; its text does not.
            let is_before = |one: &SeverityStatusCount| one.severity != severity || one.status.as_str() < status;
            let at = counts.iter().rposition(is_before).map_or(0, |last| last + 1);
            counts.insert(at, SeverityStatusCount { severity, status: status.to_owned(), open, closed });
        }
    }
    let counted = WaitingOn::ALL.into_iter().zip(waiting);
    overview.waiting_on = counted.filter(|(_, count)| *count > 0).collect();
}
