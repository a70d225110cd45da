//! The reference implementation of the documented rules, on a JSON tree. It uses nothing of the decoder, only the
//! tables of fields of the model.

use super::outcome::{Cell, Off, Reading, Row};
use super::serde_tree::{self, Member, Node, Odd, Value, put};
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, DocumentKind, Field, FieldKind, PaginationRecord, Record,
};
use cisco_support_case::util::Json;
use std::sync::LazyLock;

/// The reason for rejecting a document.
#[derive(Debug)]
pub enum Refusal {
    /// The document is invalid JSON, or exceeds a limit.
    Illegal,
    /// The document is valid JSON of another kind.
    Shape { path: String, expected: String, offset: usize },
}

impl Refusal {
    fn shape(path: &str, expected: impl Into<String>, offset: usize) -> Refusal {
        Refusal::Shape { path: path.to_owned(), expected: expected.into(), offset }
    }
}

/// The `expected` of a duplicate key.
const ONCE: &str = "a unique name";

const PAGINATION: &str = "pagination_response_record";

/// The numbers without which a page cannot be distinguished from the last one.
const PLACE_OF_A_PAGE: [&str; 3] = ["last_index", "page_index", "total_records"];

/// Decodes a document of a kind.
pub fn read(shape: DocumentKind, body: &[u8]) -> Result<Reading, Refusal> {
    let top = serde_tree::read(body).map_err(|_| Refusal::Illegal)?;
    let members: &[Member<'_>] = match &top.value {
        Value::Object(members) => members,
        Value::Null if shape == DocumentKind::Page => &[],
        _ => return Err(Refusal::shape("", "an object", top.at)),
    };
    let mut off = Vec::new();
    let (mut cases, mut pagination, mut count) = (None, None, None);
    let mut others: Vec<&str> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    // The first invalid number of the pagination record, or else the first missing one.
    let (mut wrong, mut broken) = (None, None);
    for Member { name, at, value, .. } in members {
        let known = ["cases", "caseDetail", PAGINATION, "count"].contains(&name.as_str());
        if !known {
            others.push(name);
            continue;
        }
        if seen.contains(&name.as_str()) {
            report_again(&mut off, name, *at);
        }
        seen.push(name);
        match (name.as_str(), shape) {
            ("cases", DocumentKind::Summary | DocumentKind::Page) => {
                cases = match &value.value {
                    Value::List(items) => Some(records::<CaseRecord>(items, "cases", "a case", &mut off)),
                    Value::Null if shape == DocumentKind::Page => None,
                    _ => return Err(Refusal::shape("cases", "an array of cases", value.at)),
                };
            }
            ("caseDetail", DocumentKind::Details) => {
                let Value::Object(members) = &value.value else {
                    return Err(Refusal::shape("caseDetail", "an object", value.at));
                };
                cases = Some(vec![record::<CaseDetail>(members, "caseDetail", value.after, &mut off)]);
            }
            (PAGINATION, DocumentKind::Page) => {
                (wrong, broken) = (None, None);
                let members = match &value.value {
                    Value::Object(members) => members,
                    Value::Null => {
                        pagination = None;
                        continue;
                    }
                    _ => return Err(Refusal::shape(PAGINATION, "an object", value.at)),
                };
                let mut found = Vec::new();
                pagination = Some(record::<PaginationRecord>(members, PAGINATION, value.after, &mut found));
                for Off { path, expected, value: found, .. } in &found {
                    let is_needed = PLACE_OF_A_PAGE.iter().any(|name| *path == format!("{PAGINATION}.{name}"));
                    if !is_needed || expected == ONCE {
                        continue;
                    }
                    let refusal = Refusal::shape(path, expected, value.at);
                    let is_missing = matches!(found, None | Some(Json::Null));
                    let first = if is_missing { &mut broken } else { &mut wrong };
                    first.get_or_insert(refusal);
                }
                off.extend(found);
            }
            ("count", DocumentKind::Summary) => {
                count = whole_number(value);
                if count.is_none() {
                    report(&mut off, name, "a whole number", Some(value.json()), value.at);
                }
            }
            _ => {}
        }
    }
    for name in that_come_again(&others).collect::<Vec<_>>().into_iter().rev() {
        report_odd(&mut off, name, Some((top.after, Odd::Again)));
    }
    let number_of = |name: &str| {
        let column = PaginationRecord::FIELDS.iter().position(|field| field.name == name);
        match pagination.as_ref().zip(column).map(|(row, column): (&Row, usize)| &row.cells[column]) {
            Some(Cell::Required(number)) => *number,
            _ => 0,
        }
    };
    let number = cases.as_ref().map_or(0, Vec::len) as u32;
    let is_empty = shape == DocumentKind::Page
        && number == 0
        && number_of("total_records") == 0
        && number_of("last_index") < 2
        && (others.is_empty() || cases.is_some() && pagination.is_some());
    if let Some(refusal) = wrong.or(broken.filter(|_| !is_empty)) {
        return Err(refusal);
    }
    let none = |name: &str| Refusal::shape("", format!("a member \"{name}\""), 0);
    if shape == DocumentKind::Details {
        let cases = cases.ok_or_else(|| none("caseDetail"))?;
        return Ok(Reading { count: None, pagination: None, cases, off });
    }
    if cases.is_none() {
        if !is_empty {
            return Err(none("cases"));
        }
        report(&mut off, "cases", "an array of cases", seen.contains(&"cases").then_some(Json::Null), top.after);
    }
    let cases = cases.unwrap_or_default();
    let declared = if shape == DocumentKind::Summary {
        let is_invalid_count = seen.contains(&"count") && count.is_none();
        (!is_invalid_count).then(|| ("count".to_owned(), count))
    } else if pagination.is_none() {
        if !is_empty {
            return Err(none(PAGINATION));
        }
        report(&mut off, PAGINATION, "an object", seen.contains(&PAGINATION).then_some(Json::Null), top.after);
        pagination = Some(record::<PaginationRecord>(&[], "", 0, &mut Vec::new()));
        None
    } else {
        let path = format!("{PAGINATION}.page_records");
        let is_invalid_count = off.iter().any(|off| off.path == path);
        (!is_invalid_count).then(|| (path, Some(number_of("page_records"))))
    };
    if let Some((path, declared)) = declared
        && declared != Some(number)
    {
        report(&mut off, &path, &format!("{number}, the number of cases"), declared.map(Json::from), 0);
    }
    let count = (shape == DocumentKind::Summary).then(|| count.unwrap_or(number));
    Ok(Reading { count, pagination, cases, off })
}

/// Decodes a list of records. An item that is no object is reported and left out.
fn records<R: Record>(items: &[Node<'_>], place: &str, what: &str, off: &mut Vec<Off>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let place = format!("{place}[{index}]");
        match &item.value {
            Value::Object(members) => rows.push(record::<R>(members, &place, item.after, off)),
            _ => {
                report(off, &place, what, Some(item.json()), item.at);
                report_odd(off, &place, item.odd);
            }
        }
    }
    rows
}

fn record<R: Record>(members: &[Member<'_>], place: &str, after: usize, off: &mut Vec<Off>) -> Row {
    let first = off.len();
    let mut cells: Vec<Option<Cell>> = R::FIELDS.iter().map(|_| None).collect();
    let mut extra = Vec::new();
    // The keys of the undocumented fields.
    let mut names: Vec<&str> = Vec::new();
    for Member { name, at, lone, value } in members {
        let path = if name.is_empty() { place.to_owned() } else { format!("{place}.{name}") };
        match R::FIELDS.iter().position(|field| field.name == name) {
            Some(index) => {
                if cells[index].is_some() {
                    report_again(off, &path, *at);
                }
                cells[index] = Some(cell(&R::FIELDS[index], value, &path, off));
            }
            None => {
                names.push(name);
                put(&mut extra, name, value.json());
                // An anomaly in a key has the offset of the value.
                report_odd(off, &path, lone.map(|_| (value.at, Odd::LoneSurrogate)).or(value.odd));
            }
        }
    }
    for name in that_come_again(&names) {
        let path = if name.is_empty() { place.to_owned() } else { format!("{place}.{name}") };
        report_odd(off, &path, Some((after, Odd::Again)));
    }
    for (field, cell) in R::FIELDS.iter().zip(&cells) {
        if cell.is_none() && is_needed(field) {
            report(off, &format!("{place}.{}", field.name), &expectation(field), None, after);
        }
    }
    let cells: Vec<Cell> =
        R::FIELDS.iter().zip(cells).map(|(field, cell)| cell.unwrap_or_else(|| none(field))).collect();
    // Issues of notes have the id of their case.
    if let Some(id) = R::FIELDS.iter().position(|field| field.name == "case_id")
        && let Cell::Text(id) = &cells[id]
    {
        off[first..].iter_mut().for_each(|off| off.case_id.clone_from(id));
    }
    Row { cells, extra }
}

/// Returns the duplicate keys, the last one first.
fn that_come_again<'n>(names: &'n [&'n str]) -> impl Iterator<Item = &'n str> {
    names.iter().enumerate().rev().filter(|(at, name)| names[..*at].contains(name)).map(|(_, name)| *name)
}

/// Returns whether a missing field is reported, because the record is useless without it.
fn is_needed(field: &Field) -> bool {
    field.name == "case_id" || [FieldKind::Severity, FieldKind::Required].contains(&field.kind)
}

/// Returns the cell of a missing field.
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
        (FieldKind::Date, _) => "an RFC 3339 date and time, or null".to_owned(),
        (FieldKind::List, _) => "an array of strings".to_owned(),
        (FieldKind::Notes, _) => "an array of notes".to_owned(),
        (FieldKind::Count | FieldKind::Required, _) => "a whole number".to_owned(),
        (other, _) => panic!("the reference does not know the kind {other:?}"),
    }
}

fn cell(field: &Field, node: &Node<'_>, path: &str, off: &mut Vec<Off>) -> Cell {
    // The items report their own issues, so the issues stay in document order.
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
            // A number counts as its digits, in the value and in the issue.
            (Value::Number(digits), FieldKind::Text | FieldKind::Status | FieldKind::Flag) => Json::from(*digits),
            _ => node.json(),
        };
        report(off, path, &expectation(field), Some(value), node.at);
    }
    report_odd(off, path, node.odd);
    found.unwrap_or_else(|| none(field))
}

/// Returns the cell of a value that is documented, or equivalent to a documented one.
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

/// Decodes a list of texts. A number counts as its digits; any other item is reported and left out.
fn texts(items: &[Node<'_>], path: &str, off: &mut Vec<Off>) -> Vec<String> {
    let mut texts = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        match &item.value {
            Value::Text(text) => texts.push(text.clone()),
            Value::Number(digits) => texts.push((*digits).to_owned()),
            _ => report(off, &path, "a string", Some(item.json()), item.at),
        }
        report_odd(off, &path, item.odd);
    }
    texts
}

/// Returns a whole number below 2^31, from a number or a text of digits.
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

fn report(off: &mut Vec<Off>, path: &str, expected: &str, value: Option<Json>, offset: usize) {
    let value = value.map(|value| match value {
        Json::String(text) if text.chars().count() > 100 => {
            Json::String(text.chars().take(100).collect::<String>() + "…")
        }
        Json::Array(_) => Json::from("[array]"),
        Json::Object(_) => Json::from("[object]"),
        short => short,
    });
    let (path, expected) = (path.to_owned(), expected.to_owned());
    off.push(Off { case_id: String::new(), path, expected, value, offset });
}

fn report_odd(off: &mut Vec<Off>, path: &str, odd: Option<(usize, Odd)>) {
    let Some((offset, odd)) = odd else { return };
    let (expected, found) = match odd {
        Odd::LoneSurrogate => ("Unicode text", "a lone surrogate, read as U+FFFD"),
        Odd::Again => (ONCE, "a duplicate name; the last value counts"),
    };
    report(off, path, expected, Some(Json::from(found)), offset);
}

/// Handles a repeated member: its last value counts, so the issues of the earlier value are removed.
fn report_again(off: &mut Vec<Off>, path: &str, offset: usize) {
    off.retain(|off| off.path != path && ![".", "["].iter().any(|next| off.path.starts_with(&format!("{path}{next}"))));
    report_odd(off, path, Some((offset, Odd::Again)));
}

/// Days from 0000-01-01 to January 1 of each year, counted year by year.
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

/// Returns the milliseconds since 1970 of an RFC 3339 `date-time` with an existing day, no leap second, and an instant
/// in the years 0000 to 9999 (UTC).
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
