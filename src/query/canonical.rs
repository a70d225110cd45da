//! The canonical text of a query, for cache keys and addresses.

use super::case_query::{AgeRange, CaseQuery, ConditionField, Conditions, DateInterval, SortKey, SortTerm};
use crate::util::{ObjectWriter, format_rfc3339_utc, push_decimal, write_array, write_string};
use alloc::string::String;

impl CaseQuery {
    /// Returns the canonical text: JSON with members in one order, values sorted, dates in UTC, without defaults.
    ///
    /// Equal queries have equal texts, and [`parse`](CaseQuery::parse) returns the query again.
    ///
    /// ```
    /// use cisco_support_case::query::CaseQuery;
    /// let query = CaseQuery::parse(r#"{"limit":50,"where":{"status":"Closed","severity":["2",1,2],"text":" a  b "}}"#).unwrap();
    /// let text = r#"{"where":{"severity":[1,2],"status":["Closed"],"text":"a b"}}"#;
    /// assert_eq!(query.to_canonical_text(), text);
    /// assert_eq!(CaseQuery::parse(text), Ok(query));
    /// ```
    pub fn to_canonical_text(&self) -> String {
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        for (name, conditions) in [("where", &self.conditions), ("not", &self.exclusions)] {
            if !conditions.is_empty() {
                write_conditions(object.name(name), conditions);
            }
        }
        write_date(&mut object, "now", self.now_ms);
        if self.sort != CaseQuery::default_sort(!self.conditions.words.is_empty()) {
            write_array(object.name("sort"), &self.sort, write_sort_term);
        }
        object.number("offset", Some(self.offset).filter(|offset| *offset != 0));
        object.number("limit", Some(self.limit).filter(|limit| *limit != CaseQuery::DEFAULT_LIMIT));
        object.close();
        out
    }
}

fn write_conditions(out: &mut String, conditions: &Conditions) {
    let mut object = ObjectWriter::open(out);
    if let Some(bits) = conditions.status_flags {
        write_bits(object.name("status_flag"), bits, &["null", "\"O\"", "\"C\""]);
    }
    if let Some(bits) = conditions.severities {
        write_bits(object.name("severity"), bits, &["null", "1", "2", "3", "4"]);
    }
    for field in ConditionField::ALL {
        let values = conditions.values(field);
        if !values.is_empty() {
            write_array(object.name(field.name()), values, |out, value| write_string(out, value));
        }
    }
    for (name, interval) in [("created", conditions.created), ("updated", conditions.updated)] {
        if let Some(DateInterval { from_ms, to_ms }) = interval {
            let mut ends = ObjectWriter::open(object.name(name));
            write_date(&mut ends, "from", from_ms);
            write_date(&mut ends, "to", to_ms);
            ends.close();
        }
    }
    if !conditions.text.is_empty() {
        object.string("text", &conditions.text);
    }
    let ages = [
        ("open_for_days", conditions.open_for_days),
        ("quiet_for_days", conditions.quiet_for_days),
        ("in_status_for_days", conditions.in_status_for_days),
    ];
    for (name, range) in ages {
        if let Some(AgeRange { min, max }) = range {
            let mut ends = ObjectWriter::open(object.name(name));
            for (name, days) in [("min", min), ("max", max)] {
                if let Some(days) = days {
                    let out = ends.name(name);
                    if days < 0 {
                        out.push('-');
                    }
                    push_decimal(out, u64::from(days.unsigned_abs()));
                }
            }
            ends.close();
        }
    }
    object.close();
}

/// Writes the values of a set of bits, each as its JSON.
fn write_bits(out: &mut String, bits: u8, values: &[&str]) {
    out.push('[');
    let mut between = "";
    for (bit, value) in values.iter().enumerate() {
        if bits >> bit & 1 == 1 {
            out.push_str(between);
            out.push_str(value);
            between = ",";
        }
    }
    out.push(']');
}

fn write_sort_term(out: &mut String, term: &SortTerm) {
    let mut object = ObjectWriter::open(out);
    object.string("by", term.by.name());
    if term.is_descending != (term.by == SortKey::Text) {
        object.string("order", if term.is_descending { "desc" } else { "asc" });
    }
    object.close();
}

/// Writes an instant as `Date.toISOString` of JavaScript does.
fn write_date(object: &mut ObjectWriter<'_>, name: &str, ms: Option<i64>) {
    let Some(ms) = ms else { return };
    let mut text = format_rfc3339_utc(ms);
    if ms % 1000 == 0 {
        text.pop();
        text.push_str(".000Z");
    }
    object.string(name, &text);
}
