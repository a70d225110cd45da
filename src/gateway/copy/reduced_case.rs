//! Cases whose rows are longer than the database permits.

use crate::model::{CaseRecord, CaseStatus, FieldMut, FieldRef, Issue, Record};
use crate::query::sql::limits::MAX_ROWS_BYTES;
use crate::util::{Json, text, write_array, write_string};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Fields without which a row is of no case, or of nobody.
const REQUIRED: [&str; 3] = ["case_id", "contract_id", "user_id"];

/// Number of undocumented fields that are left out one by one. Where more have to be, all of them are.
const MAX_NAMED: usize = 20;

/// The greatest length of the name of a field in an issue, in characters.
const MAX_NAME_CHARS: usize = 100;

/// The row of a case, as JSON text.
#[derive(Debug)]
pub(super) struct CaseRow {
    pub(super) text: String,
    /// Whether parts of the record were left out.
    pub(super) is_reduced: bool,
}

/// Returns the row that `write` makes of a case, without the largest parts of the record if it is too long. The issues name these;
/// `write` adds them to the record. `None` if the ids of the case are too long by themselves.
pub(super) fn fitting_row(record: &CaseRecord, write: fn(&CaseRecord, &[Issue]) -> String) -> Option<CaseRow> {
    let text = write(record, &[]);
    if text.len() <= MAX_ROWS_BYTES {
        return Some(CaseRow { text, is_reduced: false });
    }
    let mut reduced = record.clone();
    let mut issues = Vec::new();
    let mut length = text.len();
    while length > MAX_ROWS_BYTES {
        // Each time at least one part becomes empty.
        if !leave_out(&mut reduced, length - MAX_ROWS_BYTES, &mut issues) {
            return None;
        }
        let text = write(&reduced, &issues);
        if text.len() <= MAX_ROWS_BYTES {
            return Some(CaseRow { text, is_reduced: true });
        }
        length = text.len();
    }
    None
}

/// Leaves out the largest part of a record. If it is an undocumented field, others of these follow, by their length, until some
/// bytes are left out. Returns `false` if there is nothing to leave out.
fn leave_out(record: &mut CaseRecord, bytes: usize, issues: &mut Vec<Issue>) -> bool {
    let lengths = (0..CaseRecord::FIELDS.len()).map(|index| field_length(record, index));
    let (field, length) = largest(lengths);
    let (_, longest_extra) = largest(record.extra().iter().map(extra_length));
    if length.max(longest_extra) == 0 {
        return false;
    }
    if length >= longest_extra {
        let name = CaseRecord::FIELDS.get(field).map_or("", |field| field.name);
        clear(record, field);
        issues.push(issue_of(record, name.to_owned(), length));
        return true;
    }
    let mut left = bytes;
    while left > 0 && !record.extra().is_empty() {
        if issues.iter().filter(|issue| is_extra(issue)).count() >= MAX_NAMED {
            let length = record.extra().iter().map(extra_length).sum();
            issues.retain(|issue| !is_extra(issue));
            issues.push(issue_of(record, "extra".to_owned(), length));
            record.extra_mut().clear();
            break;
        }
        let (index, length) = largest(record.extra().iter().map(extra_length));
        let (name, _) = record.extra_mut().remove(index);
        let name: String = name.chars().take(MAX_NAME_CHARS).collect();
        issues.push(issue_of(record, text!("extra.", name), length));
        left = left.saturating_sub(length);
    }
    true
}

fn is_extra(issue: &Issue) -> bool {
    issue.path.starts_with("extra")
}

/// Returns the place of the greatest length, and that length; 0 without any.
fn largest(lengths: impl Iterator<Item = usize>) -> (usize, usize) {
    let mut found = (0, 0);
    for (index, length) in lengths.enumerate() {
        if length > found.1 {
            found = (index, length);
        }
    }
    found
}

/// Returns the length in bytes of a documented field that can be left out; 0 for others.
fn field_length(record: &CaseRecord, index: usize) -> usize {
    if CaseRecord::FIELDS.get(index).is_none_or(|field| REQUIRED.contains(&field.name)) {
        return 0;
    }
    match record.field_ref(index) {
        Some(FieldRef::Text(text)) => text.len(),
        Some(FieldRef::Status(status)) => status.as_str().len(),
        Some(FieldRef::List(texts)) => texts.iter().map(|text| text.len() + 3).sum(),
        _ => 0,
    }
}

fn extra_length((name, value): &(String, Json)) -> usize {
    name.len() + value.to_json_string().len()
}

/// Gives a field its value for a missing one.
fn clear(record: &mut CaseRecord, index: usize) {
    match record.field_mut(index) {
        Some(FieldMut::Text(text)) => text.clear(),
        Some(FieldMut::Status(status)) => *status = CaseStatus::from(""),
        Some(FieldMut::List(texts)) => texts.clear(),
        _ => {}
    }
}

fn issue_of(record: &CaseRecord, path: String, bytes: usize) -> Issue {
    Issue {
        case_id: record.case_id.clone(),
        path,
        expected: text!("at most ", MAX_ROWS_BYTES, " bytes in the row of a case"),
        value: Some(Json::String(text!(bytes, " bytes"))),
        offset: 0,
    }
}

/// Appends issues to the JSON object of a record.
pub(super) fn write_issues(out: &mut String, issues: &[Issue]) {
    if issues.is_empty() {
        return;
    }
    out.pop();
    out.push(',');
    write_string(out, "issues");
    out.push(':');
    write_array(out, issues, |out, issue| issue.write(out));
    out.push('}');
}
