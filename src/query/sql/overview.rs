//! The overview in SQL: counts by groups, and the reading of them.

use super::case_columns::MISSING_MS;
use super::source::CandidateSource;
use super::sql_query::SqlQuery;
use super::statement::{SqlStatement, SqlWriter};
use crate::query::{AgeBuckets, CaseOverview, FacetCount, OverviewOptions, WEEK_MS, WeekCounts};
use crate::util::text;
use alloc::{string::String, vec::Vec};

/// A row of the statements of an overview: the number of the cases of a group.
///
/// ```
/// use cisco_support_case::query::{CaseQuery, OverviewOptions, sql::{CaseScope, OverviewRow, SqlQuery}};
/// // Two open cases of severity 1 in a status.
/// let row = OverviewRow { section: 0, number: 1, text: "Cisco Pending".to_owned(), is_open: true, count: 2 };
/// let (query, scope) = (CaseQuery::default(), CaseScope::all());
/// let overview = SqlQuery::new(&query, &scope, 0).read_overview(&OverviewOptions::default(), &[row]);
/// assert_eq!((overview.total, overview.open), (2, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverviewRow {
    /// The column `section`: the part of the overview.
    pub section: u32,
    /// The column `number`: a severity, or the place of a bucket or week.
    pub number: u32,
    /// The column `text`: a status or another value.
    pub text: String,
    /// The column `is_open`.
    pub is_open: bool,
    /// The column `count`.
    pub count: u32,
}

/// The sections, in the order of the statements.
const STATUSES: u32 = 0;
const AGEING: u32 = 1;
const QUIET: u32 = 2;
const OPENED: u32 = 3;
const CLOSED: u32 = 4;
const TECHNOLOGIES: u32 = 5;
const SERIAL_NUMBERS: u32 = 6;

impl SqlQuery<'_> {
    /// The greatest number of bounds of ageing or quiet buckets.
    pub const MAX_BOUNDS: usize = 32;

    /// Returns the statements of the overview by the candidates of a source: [`read_overview`](SqlQuery::read_overview) reads
    /// their rows.
    /// Bounds after the first [`MAX_BOUNDS`](SqlQuery::MAX_BOUNDS) are left out.
    ///
    /// They are two since D1 permits five selects in a compound. A batch reads both from one state of the database.
    ///
    /// ```
    /// use cisco_support_case::query::{CaseQuery, OverviewOptions, sql::{CandidateSource, CaseScope, SqlQuery}};
    /// let (query, scope) = (CaseQuery::default(), CaseScope::of_ids(["1".to_owned()], []));
    /// let sql = SqlQuery::new(&query, &scope, 0);
    /// let statements = sql.overview_statements(CandidateSource::Scope, &OverviewOptions::default());
    /// assert!(statements[0].text().contains("INDEXED BY cases_by_contract"));
    /// ```
    pub fn overview_statements(&self, source: CandidateSource, options: &OverviewOptions) -> [SqlStatement; 2] {
        [self.status_statement(source, options), self.week_statement(source, options)]
    }

    /// Returns the overview of the rows of both statements.
    ///
    /// ```
    /// use cisco_support_case::query::{CaseQuery, OverviewOptions, sql::{CaseScope, SqlQuery}};
    /// let (query, scope) = (CaseQuery::default(), CaseScope::all());
    /// let overview = SqlQuery::new(&query, &scope, 0).read_overview(&OverviewOptions::default(), &[]);
    /// assert_eq!((overview.total, overview.weeks.len(), overview.ageing.len()), (0, 26, 6));
    /// ```
    pub fn read_overview(&self, options: &OverviewOptions, rows: &[OverviewRow]) -> CaseOverview {
        let [mut ageing, mut quiet] = buckets(options, self.now_ms);
        let mut weeks = WeekCounts::new(options.weeks, self.now_ms);
        let mut overview = CaseOverview::default();
        // Severities ascending, the missing one last. Rows of a severity and status follow each other: they are grouped.
        let mut statuses: Vec<(u32, &str, [u32; 2])> = Vec::new();
        for row in rows {
            let place = usize::try_from(row.number).unwrap_or(usize::MAX);
            match row.section {
                STATUSES => {
                    let closed = usize::from(!row.is_open);
                    let known = statuses.iter_mut().find(|known| known.0 == row.number && known.1 == row.text);
                    match known {
                        Some((_, _, counts)) => {
                            counts.iter_mut().skip(closed).take(1).for_each(|count| *count += row.count)
                        }
                        None => {
                            let counts = if row.is_open { [row.count, 0] } else { [0, row.count] };
                            statuses.push((row.number, row.text.as_str(), counts));
                        }
                    }
                }
                AGEING => ageing.add_to(place, row.count),
                QUIET => quiet.add_to(place, row.count),
                OPENED => weeks.add_opened(place, row.count),
                CLOSED => weeks.add_closed(place, row.count),
                TECHNOLOGIES => overview.technologies.push(FacetCount { value: row.text.clone(), count: row.count }),
                SERIAL_NUMBERS => {
                    overview.serial_numbers.push(FacetCount { value: row.text.clone(), count: row.count })
                }
                _ => {}
            }
        }
        for severity in [1, 2, 3, 4, 0_u8] {
            for (number, status, [open, closed]) in &statuses {
                if *number == u32::from(severity) {
                    overview.add_status(severity, status, *open, *closed);
                }
            }
        }
        (overview.ageing, overview.quiet) = (ageing.into_buckets(), quiet.into_buckets());
        overview.weeks = weeks.into_weeks();
        overview
    }

    /// Returns the statement of the counts by status, and of the buckets.
    fn status_statement(&self, source: CandidateSource, options: &OverviewOptions) -> SqlStatement {
        let mut sql = SqlWriter::default();
        let columns = "c.severity AS severity, c.status AS status, c.is_open AS is_open, c.created_ms AS created_ms, \
                       c.updated_ms AS updated_ms";
        let matched = self.matched_select(&mut sql, source, columns);
        let [ageing, quiet] = buckets(options, self.now_ms);
        let sections = [
            text!(
                "SELECT ",
                STATUSES,
                " AS section, severity AS number, status AS text, is_open, count(*) AS count FROM matched GROUP BY \
                 severity, status, is_open"
            ),
            bucket_section(&mut sql, AGEING, "created_ms", &ageing),
            bucket_section(&mut sql, QUIET, "updated_ms", &quiet),
        ];
        sql.finish(text!("WITH matched AS MATERIALIZED (", matched, ") ", sections.join(" UNION ALL ")))
    }

    /// Returns the statement of the weeks, technologies and serial numbers.
    fn week_statement(&self, source: CandidateSource, options: &OverviewOptions) -> SqlStatement {
        let mut sql = SqlWriter::default();
        let columns = "c.is_open AS is_open, c.created_ms AS created_ms, c.status_since_ms AS closed_ms, \
                       c.technology_name AS technology_name, c.technology_key AS technology_key, \
                       c.serial_number AS serial_number, c.serial_key AS serial_key";
        let matched = self.matched_select(&mut sql, source, columns);
        let start = sql.number(WeekCounts::new(options.weeks, self.now_ms).start_ms());
        let top = sql.number(i64::try_from(options.top).unwrap_or(i64::MAX).min(i64::from(SqlQuery::MAX_CANDIDATES)));
        let week = |section: u32, ms: &str, condition: &str| {
            text!(
                "SELECT ",
                section,
                " AS section, CASE WHEN ",
                ms,
                " < ",
                start,
                " THEN 0 ELSE 1 + (",
                ms,
                " - ",
                start,
                ") / ",
                WEEK_MS,
                " END AS number, '' AS text, 0 AS is_open, count(*) AS count FROM matched WHERE created_ms <> ",
                MISSING_MS,
                condition,
                " GROUP BY number"
            )
        };
        let most = |section: u32, column: &str, key: &str, least: u32| {
            text!(
                "SELECT * FROM (SELECT ",
                section,
                " AS section, 0 AS number, ",
                column,
                " AS text, 0 AS is_open, count(*) AS count FROM matched WHERE ",
                column,
                " <> '' GROUP BY ",
                column,
                " HAVING count(*) >= ",
                least,
                " ORDER BY count DESC, ",
                key,
                ", ",
                column,
                " LIMIT ",
                top,
                ")"
            )
        };
        let is_closed = text!(" AND NOT is_open AND closed_ms <> ", MISSING_MS);
        let sections = [
            week(OPENED, "created_ms", ""),
            week(CLOSED, "closed_ms", &is_closed),
            most(TECHNOLOGIES, "technology_name", "technology_key", 1),
            most(SERIAL_NUMBERS, "serial_number", "serial_key", 2),
        ];
        sql.finish(text!("WITH matched AS MATERIALIZED (", matched, ") ", sections.join(" UNION ALL ")))
    }
}

/// Returns the ageing and the quiet buckets.
fn buckets(options: &OverviewOptions, now_ms: i64) -> [AgeBuckets<'_>; 2] {
    [&options.ageing_days, &options.quiet_days].map(|days| {
        let days = days.get(..days.len().min(SqlQuery::MAX_BOUNDS)).unwrap_or_default();
        AgeBuckets::new(days, now_ms)
    })
}

/// Returns the select of the buckets of open cases: a bucket is after as many bounds as a date has reached.
fn bucket_section(sql: &mut SqlWriter, section: u32, column: &str, buckets: &AgeBuckets<'_>) -> String {
    let reached = buckets.reached_ms().iter().map(|ms| text!("(", column, " <= ", sql.number(*ms), ")"));
    let reached: Vec<String> = reached.collect();
    text!(
        "SELECT ",
        section,
        ", ",
        if reached.is_empty() { String::from("0") } else { reached.join(" + ") },
        " AS bucket, '', 1, count(*) FROM matched WHERE is_open AND ",
        column,
        " <> ",
        MISSING_MS,
        " GROUP BY bucket"
    )
}
