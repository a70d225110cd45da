//! Conditions in SQL: one term per member, over a row `c`.
//!
//! No column is NULL: a missing text is `''`, a missing number 0, a missing date [`MISSING_MS`]. So a term is true or
//! false, and `NOT` is its opposite. The unary `+` keeps the planner from other indexes than the one that was chosen.

use super::case_columns::MISSING_MS;
use super::search;
use super::statement::SqlWriter;
use crate::query::{AgeRange, ConditionField, Conditions, DateInterval};
use crate::util::text;
use alloc::{string::String, vec::Vec};

/// Returns the terms of `where` (rule 1.1), each of which a row must match.
pub(super) fn terms(sql: &mut SqlWriter, conditions: &Conditions, now_ms: i64) -> Vec<String> {
    let mut terms = Vec::new();
    if let Some(bits) = conditions.status_flags() {
        terms.push(text!("+c.status_flag IN ", bit_list(bits)));
    }
    if let Some(bits) = conditions.severities() {
        terms.push(text!("+c.severity IN ", bit_list(bits)));
    }
    for field in ConditionField::ALL {
        let values = conditions.values(field);
        if !values.is_empty() {
            terms.push(values_term(sql, field, values));
        }
    }
    if let Some(interval) = conditions.created() {
        terms.push(interval_term(sql, "+c.created_ms", interval));
    }
    if let Some(interval) = conditions.updated() {
        terms.push(interval_term(sql, "+c.updated_ms", interval));
    }
    if !conditions.words().is_empty() {
        terms.push(search::words_term(sql, conditions.words()));
    }
    if let Some(range) = conditions.open_for_days() {
        terms.push(text!("c.is_open AND ", age_term(sql, "+c.created_ms", range, now_ms)));
    }
    if let Some(range) = conditions.quiet_for_days() {
        terms.push(age_term(sql, "+c.updated_ms", range, now_ms));
    }
    if let Some(range) = conditions.in_status_for_days() {
        terms.push(age_term(sql, "+c.status_since_ms", range, now_ms));
    }
    terms
}

/// Returns the numbers of the bits that are set, as a list of SQL.
pub(super) fn bit_list(bits: u8) -> String {
    let mut out = String::from("(");
    for bit in 0..u8::BITS {
        if bits >> bit & 1 == 1 {
            out.push_str(if out.len() > 1 { ", " } else { "" });
            out.push(char::from(b'0' + bit as u8));
        }
    }
    out.push(')');
    out
}

/// Returns the column of a field with one value.
fn column(field: ConditionField) -> Option<&'static str> {
    match field {
        ConditionField::Bug | ConditionField::Rma => None,
        one => Some(one.name()),
    }
}

fn values_term(sql: &mut SqlWriter, field: ConditionField, values: &[String]) -> String {
    let list = sql.list(values);
    if let Some(column) = column(field) {
        return text!("+c.", column, " IN ", list);
    }
    let (kind, count) = link(field);
    let linked = text!(
        "EXISTS (SELECT 1 FROM case_links AS l WHERE l.id = c.id AND l.kind = ",
        kind,
        " AND +l.value IN ",
        list,
        ")"
    );
    // Values are ascending: the missing one is the first.
    let has_missing = values.first().is_some_and(String::is_empty);
    if has_missing { text!("(c.", count, " = 0 OR ", linked, ")") } else { linked }
}

/// Returns the kind of a field's links, and the column of their number.
pub(super) fn link(field: ConditionField) -> (u32, &'static str) {
    if field == ConditionField::Rma { (1, "rma_count") } else { (0, "bug_count") }
}

/// Returns the term that a date is in an interval (rules 2.1 and 2.2). `column` is an expression.
pub(super) fn interval_term(sql: &mut SqlWriter, column: &str, interval: DateInterval) -> String {
    let from = sql.number(interval.from_ms.unwrap_or(MISSING_MS + 1));
    match interval.to_ms {
        None => text!(column, " >= ", from),
        Some(to) => text!(column, " >= ", from, " AND ", column, " < ", sql.number(to)),
    }
}

fn age_term(sql: &mut SqlWriter, column: &str, range: AgeRange, now_ms: i64) -> String {
    interval_term(sql, column, range.to_interval(now_ms))
}
