//! The result of a decoder, in comparable form.

use cisco_support_case::decode::Records;
use cisco_support_case::model::{CaseStatus, DocumentKind, FieldRef, Issue, Record};
use cisco_support_case::util::Json;

/// A decoded document.
#[derive(Debug, Default, PartialEq)]
pub struct Reading {
    pub count: Option<u32>,
    pub pagination: Option<Row>,
    pub cases: Vec<Row>,
    pub off: Vec<Off>,
}

/// A record: its fields in the order of the table, and its undocumented fields.
#[derive(Debug, PartialEq)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub extra: Vec<(String, Json)>,
}

#[derive(Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Severity(Option<u8>),
    Flag(Option<char>),
    /// The text, and whether it is a documented status.
    Status(String, bool),
    /// The text as it was written, and its instant.
    Date(Option<(String, i64)>),
    List(Vec<String>),
    Count(Option<u32>),
    Required(u32),
    Notes(Vec<Row>),
}

/// An issue, without the case id.
#[derive(Debug, PartialEq)]
pub struct Off {
    pub case_id: String,
    pub path: String,
    pub expected: String,
    pub value: Option<Json>,
    pub offset: usize,
}

impl Reading {
    /// Converts the decoder's records.
    pub fn of(shape: DocumentKind, records: &Records) -> Reading {
        let off = |issues: &[Issue]| issues.iter().map(Off::of).collect();
        match shape {
            DocumentKind::Summary => {
                let summary = records.summary();
                let cases = summary.cases.iter().map(row).collect();
                Reading { count: Some(summary.count), pagination: None, cases, off: off(&summary.issues) }
            }
            DocumentKind::Page => {
                let page = records.page();
                let pagination = Some(row(&page.pagination_response_record));
                let cases = page.cases.iter().map(row).collect();
                Reading { count: None, pagination, cases, off: off(&page.issues) }
            }
            DocumentKind::Details => {
                let detail = records.detail();
                Reading { count: None, pagination: None, cases: vec![row(&detail)], off: off(records.issues()) }
            }
        }
    }
}

impl Off {
    fn of(issue: &Issue) -> Off {
        Off {
            case_id: issue.case_id.clone(),
            path: issue.path.clone(),
            expected: issue.expected.clone(),
            value: issue.value.clone(),
            offset: issue.offset,
        }
    }
}

fn row<R: Record>(record: &R) -> Row {
    let cells = (0..R::FIELDS.len()).filter_map(|index| record.field_ref(index)).map(cell).collect();
    Row { cells, extra: record.extra().to_vec() }
}

fn cell(value: FieldRef<'_>) -> Cell {
    match value {
        FieldRef::Text(text) => Cell::Text(text.clone()),
        FieldRef::Severity(severity) => Cell::Severity(severity.map(|severity| severity.number())),
        FieldRef::Flag(flag) => Cell::Flag(flag.and_then(|flag| flag.as_str().chars().next())),
        FieldRef::Status(status) => Cell::Status(status.as_str().to_owned(), !matches!(status, CaseStatus::Other(_))),
        FieldRef::Date(date) => Cell::Date(date.as_ref().map(|date| (date.as_str().to_owned(), date.unix_ms()))),
        FieldRef::List(texts) => Cell::List(texts.clone()),
        FieldRef::Count(count) => Cell::Count(*count),
        FieldRef::Required(count) => Cell::Required(*count),
        FieldRef::Notes(notes) => Cell::Notes(notes.iter().map(row).collect()),
    }
}
