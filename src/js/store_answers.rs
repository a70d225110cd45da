//! The answers to questions about the cases of a store, as words and a text ([`AnswerWriter`]).

use super::json::problems_json;
use crate::boundary::query::MAX_FACET_VALUES;
use crate::model::Timestamp;
use crate::query::{CaseQuery, SearchWord, SearchedField, matched_ranges};
use crate::rules::Problem;
use crate::store::{
    AgeBucket, AnswerWriter, CaseChange, CaseOverview, CaseStore, FacetCount, FacetField, OverviewOptions, QueryAnswer,
    SentRecords,
};
use crate::util::{Json, format_rfc3339_utc, join, parse_json, text};
use alloc::{string::String, vec::Vec};

/// The code of problems with a caller's values.
pub(super) const CODE: &str = "INVALID_PARAMETER";

/// The number of values per facet, unless the question names another one.
const FACET_LIMIT: usize = MAX_FACET_VALUES as usize;

/// Writes the instant from which the ages of a query are measured, and the number and rows of its cases. `now_ms` is the
/// instant of the query, if it has one.
pub(super) fn write_cases(
    store: &CaseStore,
    sent: &mut SentRecords,
    now_ms: Option<i64>,
    found: &QueryAnswer,
    out: &mut AnswerWriter,
) {
    out.text(&format_rfc3339_utc(now_ms.unwrap_or(store.now_ms())));
    out.number(found.total);
    sent.write_rows(store, &found.rows, out);
}

/// Writes what the details of a case added. Returns whether the store has details of it.
pub(super) fn write_details(store: &CaseStore, case_id: &str, out: &mut AnswerWriter) -> bool {
    let Some(details) = store.details(case_id) else { return false };
    out.text(&details.owner);
    out.text(&details.tracking_number);
    out.number(details.notes_count);
    write_date(details.last_note_date.as_ref(), out);
    out.text(details.last_note_by.as_str());
    write_date(details.updated_date.as_ref(), out);
    true
}

/// Writes the instant since which a case has its status. Returns whether it is known.
pub(super) fn write_status_since(store: &CaseStore, case_id: &str, out: &mut AnswerWriter) -> bool {
    let Some((since, is_exact)) = store.status_since(case_id) else { return false };
    write_date(Some(&since), out);
    out.number(u32::from(is_exact));
    true
}

fn write_date(date: Option<&Timestamp>, out: &mut AnswerWriter) {
    out.text(&date.map(Timestamp::utc).unwrap_or_default());
}

/// Writes the counts of fields, a JSON array of names, each with at most `limit` values; 0 for the default. Returns problems as
/// JSON text.
pub(super) fn write_facets(
    store: &mut CaseStore,
    query: &CaseQuery,
    names: &str,
    limit: usize,
    out: &mut AnswerWriter,
) -> Result<(), String> {
    let mut fields = Vec::new();
    let mut problems = Vec::new();
    match parse_json(names) {
        Ok(Json::Array(items)) => {
            for item in &items {
                match item.as_str().and_then(FacetField::from_name) {
                    Some(field) => fields.push(field),
                    None => problems.push(Problem::new("fields", CODE, facet_names(), item)),
                }
            }
        }
        other => problems.push(Problem::new("fields", CODE, "an array of names", &other.unwrap_or_default())),
    }
    if !problems.is_empty() {
        return Err(problems_json(&problems));
    }
    for counts in store.facets(query, &fields, if limit > 0 { limit } else { FACET_LIMIT }) {
        write_counts(&counts, out);
    }
    Ok(())
}

fn facet_names() -> String {
    let names = FacetField::ALL.map(FacetField::name);
    text!("one of ", join(&mut names.into_iter(), ", "))
}

fn write_counts(counts: &[FacetCount], out: &mut AnswerWriter) {
    out.number(counts.len() as u32);
    for count in counts {
        out.text(&count.value);
        out.number(count.count);
    }
}

/// Writes the matches of a query's words in texts: a JSON array of the title, the case id, the serial number, the contract id,
/// the user id, the list of bugs and the list of RMAs of each case. Returns whether the query has words.
pub(super) fn write_matches(query: &CaseQuery, texts: &str, out: &mut AnswerWriter) -> bool {
    let words = query.conditions().words();
    let Ok(Json::Array(cases)) = parse_json(texts) else { return false };
    for case in &cases {
        let Json::Array(texts) = case else { continue };
        for (text, index) in texts.iter().zip(0..) {
            let kind = match index {
                0 => SearchedField::Title,
                4 => SearchedField::UserId,
                _ => SearchedField::Id,
            };
            match text {
                Json::Array(items) => {
                    for item in items {
                        write_ranges(words, item, kind, out);
                    }
                }
                text => write_ranges(words, text, kind, out),
            }
        }
    }
    !words.is_empty()
}

fn write_ranges(words: &[SearchWord], text: &Json, kind: SearchedField, out: &mut AnswerWriter) {
    let ranges = matched_ranges(words, text.as_str().unwrap_or_default(), kind);
    out.number(ranges.len() as u32);
    for range in ranges {
        out.words.extend([range.start, range.end]);
    }
}

/// Writes the changes of an answer.
pub(super) fn write_changes(changes: &[CaseChange], out: &mut AnswerWriter) {
    out.number(changes.len() as u32);
    for change in changes {
        out.text(change.kind.as_str());
        out.text(&change.case_id);
        out.number(change.fields.names().count() as u32);
        change.fields.names().for_each(|name| out.text(name));
        let values = &change.values;
        for is_before in [true, false] {
            for value in [&values.status, &values.owner, &values.title] {
                out.number(u32::from(value.is_some()));
                if let Some(value) = value {
                    out.text(if is_before { &value.before } else { &value.after });
                }
            }
            out.number(u32::from(values.severity.is_some()));
            if let Some(severity) = &values.severity {
                let severity = if is_before { severity.before } else { severity.after };
                out.optional(severity.map(|severity| severity.number().into()));
            }
        }
    }
}

/// Writes the overview of a query's cases. Returns problems as JSON text.
pub(super) fn write_overview(
    store: &mut CaseStore,
    query: &CaseQuery,
    options: &str,
    out: &mut AnswerWriter,
) -> Result<(), String> {
    let options = OverviewOptions::parse(options).map_err(|problems| problems_json(&problems))?;
    let overview: CaseOverview = store.overview(query, &options);
    out.words.extend([overview.total, overview.open, overview.by_severity_and_status.len() as u32]);
    for count in &overview.by_severity_and_status {
        out.optional(count.severity.map(u32::from));
        out.text(&count.status);
        out.words.extend([count.open, count.closed]);
    }
    write_buckets(&overview.ageing, out);
    write_buckets(&overview.quiet, out);
    out.number(overview.waiting_on.len() as u32);
    for (party, count) in &overview.waiting_on {
        out.text(party.name());
        out.number(*count);
    }
    out.number(overview.weeks.len() as u32);
    for week in &overview.weeks {
        out.text(&week.week);
        out.text(&format_rfc3339_utc(week.start_ms));
        out.words.extend([week.opened, week.closed, week.backlog]);
    }
    write_counts(&overview.technologies, out);
    write_counts(&overview.serial_numbers, out);
    Ok(())
}

fn write_buckets(buckets: &[AgeBucket], out: &mut AnswerWriter) {
    out.number(buckets.len() as u32);
    for bucket in buckets {
        for days in [bucket.from_days, bucket.to_days] {
            out.optional(days.and_then(|days| u32::try_from(days).ok()));
        }
        out.number(bucket.count);
    }
}

/// Returns the members of a JSON object that the package has written.
pub(super) fn members(text: &str) -> Vec<(String, Json)> {
    match parse_json(text) {
        Ok(Json::Object(members)) => members,
        _ => Vec::new(),
    }
}
