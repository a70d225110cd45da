//! The rows that match conditions.

use super::{
    columns::{Columns, NO_DATE},
    field_column::field_column,
    kernels::{IdMatcher, open_rows, rows_between, rows_in_status_between, rows_with_few},
    number_column::NumberColumn,
    row_set::RowSet,
    text_search::{SearchIndexes, WordRows},
};
use crate::query::{CaseQuery, ConditionField, Conditions, DateInterval};
use alloc::{string::String, sync::Arc, vec::Vec};

/// A member of conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueryMember {
    StatusFlag,
    Severity,
    Field(ConditionField),
    Created,
    Updated,
    OpenFor,
    QuietFor,
    InStatusFor,
    Text,
}

impl QueryMember {
    const ALL: [QueryMember; 17] = [
        QueryMember::StatusFlag,
        QueryMember::Severity,
        QueryMember::Field(ConditionField::Status),
        QueryMember::Field(ConditionField::ContractId),
        QueryMember::Field(ConditionField::UserId),
        QueryMember::Field(ConditionField::TechnologyName),
        QueryMember::Field(ConditionField::SubTechnologyName),
        QueryMember::Field(ConditionField::SerialNumber),
        QueryMember::Field(ConditionField::Bug),
        QueryMember::Field(ConditionField::Rma),
        QueryMember::Field(ConditionField::CaseId),
        QueryMember::Created,
        QueryMember::Updated,
        QueryMember::OpenFor,
        QueryMember::QuietFor,
        QueryMember::InStatusFor,
        QueryMember::Text,
    ];
}

/// The rows of the members of a query.
#[derive(Debug, Default)]
pub(super) struct QueryFilter {
    /// The rows that each member of the conditions matches.
    included: Vec<(QueryMember, RowSet)>,
    /// The rows that each member of the exclusions matches.
    excluded: Vec<(QueryMember, RowSet)>,
    /// The rows of each word of the conditions.
    pub(super) words: Vec<Arc<WordRows>>,
}

impl QueryFilter {
    /// Evaluates the members of a query. `now_ms` is the instant from which ages are measured, if the query has none, and
    /// `version` that of the store.
    pub(super) fn new(
        columns: &Columns,
        search: &mut SearchIndexes,
        query: &CaseQuery,
        now_ms: i64,
        version: u64,
    ) -> QueryFilter {
        let now_ms = query.now_ms().unwrap_or(now_ms);
        let mut words = |conditions: &Conditions| -> Vec<Arc<WordRows>> {
            conditions.words().iter().map(|word| search.word_rows(columns, word, version)).collect()
        };
        let mut filter = QueryFilter { words: words(query.conditions()), ..QueryFilter::default() };
        for member in QueryMember::ALL {
            if let Some(rows) = member_rows(columns, query.conditions(), member, now_ms, &filter.words) {
                filter.included.push((member, rows));
            }
        }
        let excluded_words = words(query.exclusions());
        for member in QueryMember::ALL {
            if let Some(rows) = member_rows(columns, query.exclusions(), member, now_ms, &excluded_words) {
                filter.excluded.push((member, rows));
            }
        }
        filter
    }

    /// Returns the rows of the query, without its conditions and exclusions of one member.
    pub(super) fn rows_without(&self, columns: &Columns, without: Option<QueryMember>) -> RowSet {
        let mut rows = columns.alive.clone();
        for (member, included) in &self.included {
            if Some(*member) != without {
                rows.intersect(included);
            }
        }
        for (member, excluded) in &self.excluded {
            if Some(*member) != without {
                rows.subtract(excluded);
            }
        }
        rows
    }

    /// Returns the rows that match the words of the conditions, and those that match the words of the exclusions; `None`
    /// without words.
    pub(super) fn text_rows(&mut self) -> [Option<RowSet>; 2] {
        [&mut self.included, &mut self.excluded].map(|members| {
            let (_, rows) = members.iter_mut().find(|(member, _)| *member == QueryMember::Text)?;
            Some(core::mem::take(rows))
        })
    }
}

/// Returns whether the case of a row matches a query. `texts` are the rows that match the words of its conditions, and those
/// that match the words of its exclusions.
pub(super) fn matches_row(
    columns: &Columns,
    query: &CaseQuery,
    texts: &[Option<RowSet>; 2],
    row: u32,
    now_ms: i64,
) -> bool {
    let now_ms = query.now_ms().unwrap_or(now_ms);
    let [included, excluded] = texts.each_ref().map(|rows| rows.as_ref().map(|rows| rows.contains(row)));
    let has = |conditions, member, text| member_matches(columns, conditions, member, row, now_ms, text);
    columns.alive.contains(row)
        && QueryMember::ALL.into_iter().all(|member| {
            has(query.conditions(), member, included) != Some(false)
                && has(query.exclusions(), member, excluded) != Some(true)
        })
}

/// Returns whether a row matches a member, or `None` if it is no condition. `text` is the answer for the words.
fn member_matches(
    columns: &Columns,
    conditions: &Conditions,
    member: QueryMember,
    row: u32,
    now_ms: i64,
    text: Option<bool>,
) -> Option<bool> {
    let present = |ms: i64| (ms != NO_DATE).then_some(ms);
    let (created, updated) = (present(columns.created.instant(row)), present(columns.updated.instant(row)));
    let has_byte = |column: &NumberColumn, wanted: u8| wanted >> column.get(row) & 1 != 0;
    match member {
        QueryMember::StatusFlag => conditions.status_flags().map(|flags| has_byte(&columns.status_flag, flags)),
        QueryMember::Severity => conditions.severities().map(|severities| has_byte(&columns.severity, severities)),
        QueryMember::Field(field) => {
            let values = conditions.values(field);
            (!values.is_empty()).then(|| match field_column(columns, field) {
                Some(column) => column.has_value(row, values),
                None => values.iter().any(|value| value == columns.case_ids.get(row)),
            })
        }
        QueryMember::Created => conditions.created().map(|interval| interval.contains(created)),
        QueryMember::Updated => conditions.updated().map(|interval| interval.contains(updated)),
        QueryMember::OpenFor => {
            conditions.open_for_days().map(|range| columns.is_open(row) && range.contains(now_ms, created))
        }
        QueryMember::QuietFor => conditions.quiet_for_days().map(|range| range.contains(now_ms, updated)),
        QueryMember::InStatusFor => {
            let since = present(columns.status_since(row).0);
            conditions.in_status_for_days().map(|range| range.contains(now_ms, since))
        }
        QueryMember::Text => text,
    }
}

/// Returns the rows that match a member, or `None` if it is no condition. They include rows without a case.
fn member_rows(
    columns: &Columns,
    conditions: &Conditions,
    member: QueryMember,
    now_ms: i64,
    words: &[Arc<WordRows>],
) -> Option<RowSet> {
    let chunks = columns.chunk_count();
    let between = |interval: DateInterval| {
        let (from, to) = bounds(interval);
        move |column| rows_between(column, from, to, chunks)
    };
    match member {
        QueryMember::StatusFlag => {
            conditions.status_flags().map(|flags| rows_with_few(&columns.status_flag, flags, chunks))
        }
        QueryMember::Severity => {
            conditions.severities().map(|severities| rows_with_few(&columns.severity, severities, chunks))
        }
        QueryMember::Field(field) => field_rows(columns, field, conditions.values(field)),
        QueryMember::Created => conditions.created().map(|interval| between(interval)(&columns.created.ms)),
        QueryMember::Updated => conditions.updated().map(|interval| between(interval)(&columns.updated.ms)),
        QueryMember::OpenFor => conditions.open_for_days().map(|range| {
            let mut rows = between(range.to_interval(now_ms))(&columns.created.ms);
            let closed = columns.status.values.find("Closed");
            rows.intersect(&open_rows(&columns.status_flag, &columns.status.ids, closed, chunks));
            rows
        }),
        QueryMember::QuietFor => {
            conditions.quiet_for_days().map(|range| between(range.to_interval(now_ms))(&columns.updated.ms))
        }
        QueryMember::InStatusFor => conditions.in_status_for_days().map(|range| {
            let (from, to) = bounds(range.to_interval(now_ms));
            rows_in_status_between(&columns.status_since, &columns.updated.ms, from, to, chunks)
        }),
        QueryMember::Text => {
            let (first, others) = words.split_first()?;
            let mut rows = first.matched().clone();
            others.iter().for_each(|word| rows.intersect(word.matched()));
            Some(rows)
        }
    }
}

/// Returns the rows with one of the values in a field, or `None` for no values.
pub(super) fn field_rows(columns: &Columns, field: ConditionField, values: &[String]) -> Option<RowSet> {
    let chunks = columns.chunk_count();
    if values.is_empty() {
        return None;
    }
    let Some(column) = field_column(columns, field) else {
        // The number of a case id is that of its row.
        let mut rows = RowSet::with_rows(columns.row_count() as usize);
        values.iter().filter_map(|value| columns.case_ids.find(value)).for_each(|row| rows.add(row));
        return Some(rows);
    };
    let known = column.values();
    let ids: Vec<u32> = values.iter().filter_map(|value| known.find(value)).collect();
    let has_empty = values.iter().any(String::is_empty);
    Some(column.rows(&IdMatcher::new(&ids, known.len()), has_empty, chunks))
}

/// Returns the bounds of an interval that no missing date is in.
fn bounds(interval: DateInterval) -> (i64, i64) {
    (interval.from_ms.unwrap_or(i64::MIN).max(i64::MIN + 1), interval.to_ms.unwrap_or(i64::MAX))
}
