//! The documented rules over a tree: what the decoder is held to. Nothing of the decoder is used here, only the model's
//! tables of fields.

use super::reading::{Cell, Off, Reading, Row};
use super::tree::{self, Member, Node, Value};
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, Field, FieldKind, Json, PaginationRecord, Record, Shape,
};
use std::sync::LazyLock;

/// Why a document is refused.
#[derive(Debug)]
pub enum Refusal {
    /// It is no JSON that is read.
    Illegal,
    /// It is of another shape.
    Shape { path: String, expected: String, offset: usize },
}

impl Refusal {
    fn shape(path: &str, expected: impl Into<String>, offset: usize) -> Refusal {
        Refusal::Shape { path: path.to_owned(), expected: expected.into(), offset }
    }
}

const PAGINATION: &str = "pagination_response_record";

/// Without these numbers nobody can tell a page from the last one.
const PLACE_OF_A_PAGE: [&str; 3] = ["last_index", "page_index", "total_records"];

/// Reads a document of a shape.
pub fn read(shape: Shape, body: &[u8]) -> Result<Reading, Refusal> {
    let top = tree::read(body).map_err(|_| Refusal::Illegal)?;
    let Value::Object(members) = &top.value else { return Err(Refusal::shape("", "an object", top.at)) };
    let mut off = Vec::new();
    let (mut cases, mut pagination, mut count) = (None, None, None);
    for Member { name, value, .. } in members {
        match (name.as_str(), shape) {
            ("cases", Shape::Summary | Shape::Page) => {
                let Value::List(items) = &value.value else {
                    return Err(Refusal::shape("cases", "an array of cases", value.at));
                };
                cases = Some(records::<CaseRecord>(items, "cases", "a case", &mut off));
            }
            ("caseDetail", Shape::Details) => {
                let Value::Object(members) = &value.value else {
                    return Err(Refusal::shape("caseDetail", "an object", value.at));
                };
                cases = Some(vec![record::<CaseDetail>(members, "caseDetail", value.after, &mut off)]);
            }
            (PAGINATION, Shape::Page) => {
                let Value::Object(members) = &value.value else {
                    return Err(Refusal::shape(PAGINATION, "an object", value.at));
                };
                let mut found = Vec::new();
                pagination = Some(record::<PaginationRecord>(members, PAGINATION, value.after, &mut found));
                for Off { path, expected, .. } in &found {
                    if PLACE_OF_A_PAGE.iter().any(|name| *path == format!("{PAGINATION}.{name}")) {
                        return Err(Refusal::shape(path, expected, value.at));
                    }
                }
                off.extend(found);
            }
            ("count", Shape::Summary) => count = whole_number(value),
            _ => {}
        }
    }
    let records = if shape == Shape::Details { "caseDetail" } else { "cases" };
    let none = |name: &str| Refusal::shape("", format!("a member \"{name}\""), 0);
    let cases = cases.ok_or_else(|| none(records))?;
    if shape == Shape::Page && pagination.is_none() {
        return Err(none(PAGINATION));
    }
    let number = cases.len() as u32;
    let said = match shape {
        Shape::Details => None,
        Shape::Summary => Some(("count".to_owned(), count)),
        Shape::Page => {
            let column = PaginationRecord::FIELDS.iter().position(|field| field.name == "page_records");
            let cell = pagination.as_ref().zip(column).map(|(row, column)| &row.cells[column]);
            let Some(Cell::Required(count)) = cell else { panic!("a page has a number of records") };
            Some((format!("{PAGINATION}.page_records"), Some(*count)))
        }
    };
    if let Some((path, said)) = said
        && said != Some(number)
    {
        let expected = format!("{number}, the number of cases");
        off.push(Off { case_id: String::new(), path, expected, value: Json::from(said), offset: 0 });
    }
    let count = (shape == Shape::Summary).then(|| count.unwrap_or(number));
    Ok(Reading { count, pagination, cases, off })
}

/// A list of records; what is no object is reported and left out.
fn records<R: Record>(items: &[Node<'_>], place: &str, what: &str, off: &mut Vec<Off>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let place = format!("{place}[{index}]");
        match &item.value {
            Value::Object(members) => rows.push(record::<R>(members, &place, item.after, off)),
            _ => {
                report(off, &place, what, item.json(), item.at);
                report_lone(off, &place, item.lone);
            }
        }
    }
    rows
}

fn record<R: Record>(members: &[Member<'_>], place: &str, after: usize, off: &mut Vec<Off>) -> Row {
    let first = off.len();
    let mut cells: Vec<Option<Cell>> = R::FIELDS.iter().map(|_| None).collect();
    let mut extra = Vec::new();
    for Member { name, lone, value } in members {
        let path = if name.is_empty() { place.to_owned() } else { format!("{place}.{name}") };
        match R::FIELDS.iter().position(|field| field.name == name) {
            Some(index) => cells[index] = Some(cell(&R::FIELDS[index], value, &path, off)),
            None => {
                extra.push((name.clone(), value.json()));
                // What is off in a name is off where its value begins.
                report_lone(off, &path, lone.map(|_| value.at).or(value.lone));
            }
        }
    }
    for (field, cell) in R::FIELDS.iter().zip(&cells) {
        if cell.is_none() && is_needed(field) {
            report(off, &format!("{place}.{}", field.name), &expectation(field), Json::Null, after);
        }
    }
    let cells: Vec<Cell> =
        R::FIELDS.iter().zip(cells).map(|(field, cell)| cell.unwrap_or_else(|| none(field))).collect();
    // Notes are named by their case.
    if let Some(id) = R::FIELDS.iter().position(|field| field.name == "case_id")
        && let Cell::Text(id) = &cells[id]
    {
        off[first..].iter_mut().for_each(|off| off.case_id.clone_from(id));
    }
    Row { cells, extra }
}

/// Without these a record is of no use: they are reported where they are missing.
fn is_needed(field: &Field) -> bool {
    field.name == "case_id" || [FieldKind::Severity, FieldKind::Required].contains(&field.kind)
}

/// What a field is when it is missing.
fn none(field: &Field) -> Cell {
    match field.kind {
        FieldKind::Text => Cell::Text(String::new()),
        FieldKind::Severity => Cell::Severity(None),
        FieldKind::Flag => Cell::Flag(None),
        FieldKind::Status => Cell::Status(String::new(), false),
        FieldKind::Date => Cell::Date(None),
        FieldKind::List => Cell::List(Vec::new()),
        FieldKind::Count => Cell::Count(None),
        FieldKind::Required => Cell::Required(0),
        FieldKind::Notes => Cell::Notes(Vec::new()),
        other => panic!("the reference does not know the kind {other:?}"),
    }
}

fn expectation(field: &Field) -> String {
    match (field.kind, field.max_length) {
        (FieldKind::Text | FieldKind::Status, Some(length)) => format!("a string of at most {length} characters"),
        (FieldKind::Text | FieldKind::Status, None) => "a string".to_owned(),
        (FieldKind::Severity, _) => "1, 2, 3 or 4".to_owned(),
        (FieldKind::Flag, _) => "\"O\" or \"C\"".to_owned(),
        (FieldKind::Date, _) => "a date and time as RFC 3339, or null".to_owned(),
        (FieldKind::List, _) => "an array of strings".to_owned(),
        (FieldKind::Notes, _) => "an array of notes".to_owned(),
        (FieldKind::Count | FieldKind::Required, _) => "a whole number".to_owned(),
        (other, _) => panic!("the reference does not know the kind {other:?}"),
    }
}

fn cell(field: &Field, node: &Node<'_>, path: &str, off: &mut Vec<Off>) -> Cell {
    // Lists of what is off keep the document's order: items report for themselves.
    if let (FieldKind::List, Value::List(items)) = (field.kind, &node.value) {
        return Cell::List(texts(items, path, off));
    }
    if let (FieldKind::Notes, Value::List(items)) = (field.kind, &node.value) {
        return Cell::Notes(records::<CaseNote>(items, path, "a note", off));
    }
    let found = match (&node.value, is_needed(field)) {
        (Value::Null, false) => Some(none(field)),
        _ => value(field, node),
    };
    let mut wrong = found.is_none();
    if let (Value::Text(_) | Value::Number(_), Some(Cell::Text(text) | Cell::Status(text, _))) = (&node.value, &found) {
        let length: usize = text.chars().map(char::len_utf16).sum();
        wrong |= field.max_length.is_some_and(|most| length > most as usize) || is_needed(field) && text.is_empty();
    }
    if wrong {
        let value = match (&node.value, field.kind) {
            // It stands for its digits, and those are what is off.
            (Value::Number(digits), FieldKind::Text | FieldKind::Status | FieldKind::Flag) => Json::from(*digits),
            _ => node.json(),
        };
        report(off, path, &expectation(field), value, node.at);
    }
    report_lone(off, path, node.lone);
    found.unwrap_or_else(|| none(field))
}

/// The cell of a value that is as documented, or means the same.
fn value(field: &Field, node: &Node<'_>) -> Option<Cell> {
    let text = match &node.value {
        Value::Text(text) => Some(text.as_str()),
        Value::Number(digits) => Some(*digits),
        _ => None,
    };
    match field.kind {
        FieldKind::Text => text.map(|text| Cell::Text(text.to_owned())),
        FieldKind::Status => {
            text.map(|text| Cell::Status(text.to_owned(), CaseStatus::documented().any(|known| known == text)))
        }
        FieldKind::Severity => {
            let number = ["1", "2", "3", "4"].iter().position(|number| text.is_some_and(|text| text.trim() == *number));
            number.map(|index| Cell::Severity(Some(index as u8 + 1)))
        }
        FieldKind::Flag => match text? {
            "" => Some(Cell::Flag(None)),
            "O" => Some(Cell::Flag(Some('O'))),
            "C" => Some(Cell::Flag(Some('C'))),
            _ => None,
        },
        FieldKind::Date => match &node.value {
            Value::Text(text) if text.is_empty() => Some(Cell::Date(None)),
            Value::Text(text) => instant(text).map(|instant| Cell::Date(Some((text.clone(), instant)))),
            _ => None,
        },
        FieldKind::Count => whole_number(node).map(|count| Cell::Count(Some(count))),
        FieldKind::Required => whole_number(node).map(Cell::Required),
        FieldKind::List | FieldKind::Notes => match &node.value {
            Value::Text(text) if text.is_empty() => Some(none(field)),
            _ => None,
        },
        other => panic!("the reference does not know the kind {other:?}"),
    }
}

/// A list of texts; a number stands for its digits, and what is neither is reported and left out.
fn texts(items: &[Node<'_>], path: &str, off: &mut Vec<Off>) -> Vec<String> {
    let mut texts = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        match &item.value {
            Value::Text(text) => texts.push(text.clone()),
            Value::Number(digits) => texts.push((*digits).to_owned()),
            _ => report(off, &path, "a string", item.json(), item.at),
        }
        report_lone(off, &path, item.lone);
    }
    texts
}

/// A whole number below 2^31, or its digits as text.
fn whole_number(node: &Node<'_>) -> Option<u32> {
    let digits = match &node.value {
        Value::Text(text) => text.as_str(),
        Value::Number(digits) => digits,
        _ => return None,
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    if digits.len() > 10 {
        return None;
    }
    format!("0{digits}").parse::<u64>().ok().filter(|number| *number < 1 << 31).map(|number| number as u32)
}

fn report(off: &mut Vec<Off>, path: &str, expected: &str, value: Json, offset: usize) {
    let value = match value {
        Json::Text(text) if text.chars().count() > 100 => Json::Text(text.chars().take(100).collect::<String>() + "…"),
        Json::List(_) => Json::from("[array]"),
        Json::Object(_) => Json::from("[object]"),
        short => short,
    };
    let (path, expected) = (path.to_owned(), expected.to_owned());
    off.push(Off { case_id: String::new(), path, expected, value, offset });
}

fn report_lone(off: &mut Vec<Off>, path: &str, lone: Option<usize>) {
    if let Some(offset) = lone {
        report(off, path, "Unicode text", Json::from("a lone surrogate, read as U+FFFD"), offset);
    }
}

/// Days from 0000-01-01 to the first of January of each year, counted one year after the other.
static YEARS: LazyLock<Vec<i64>> = LazyLock::new(|| {
    let mut days = 0;
    (0..10_000)
        .map(|year| {
            let first = days;
            days += if is_leap(year) { 366 } else { 365 };
            first
        })
        .collect()
});

fn is_leap(year: i64) -> bool {
    year % 400 == 0 || year % 4 == 0 && year % 100 != 0
}

/// Milliseconds since 1970 of an RFC 3339 `date-time` with a real day, no leap second, and an instant of the years 0000
/// to 9999 (UTC).
fn instant(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let mut parts = date.split('-');
    let (year, month, day) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if parts.next().is_some() {
        return None;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = months.get(..usize::try_from(month).ok()?.checked_sub(1)?)?;
    let length = months.get(before.len())?;
    if day < 1 || day > *length {
        return None;
    }
    let days = YEARS[year as usize] + before.iter().sum::<i64>() + day - 1;

    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at(zone);
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
            let minutes = clock(hours, 23)? * 60 + clock(minutes, 59)?;
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    let (time, millis) = match time.split_once('.') {
        None => (time, 0),
        Some((time, fraction)) => {
            if fraction.is_empty() || !fraction.chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            (time, digits(&format!("{fraction}00")[..3], 3)?)
        }
    };
    let mut parts = time.split(':');
    let (hour, minute, second) = (clock(parts.next()?, 23)?, clock(parts.next()?, 59)?, clock(parts.next()?, 59)?);
    if parts.next().is_some() {
        return None;
    }
    let minutes = days * 24 * 60 + hour * 60 + minute - offset;
    let (least, most) = (0, (YEARS[9999] + 365) * 24 * 60);
    let epoch = YEARS[1970] * 24 * 60;
    (least..most).contains(&minutes).then(|| ((minutes - epoch) * 60 + second) * 1000 + millis)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.chars().all(|c| c.is_ascii_digit())).then(|| text.parse().ok())?
}

fn clock(text: &str, most: i64) -> Option<i64> {
    digits(text, 2).filter(|number| *number <= most)
}
