//! One record, by its table of fields.

use super::{Fault, lexer::Lexer, value};
use crate::model::{CaseNote, CaseStatus, Field, Issue, Json, Record, Severity, Slot, StatusFlag, Timestamp};

/// What was found off while a record was read; its case id is known only at its end.
#[derive(Default)]
pub(super) struct Findings {
    found: Vec<Issue>,
}

impl Findings {
    fn report(&mut self, path: &str, offset: usize, expected: impl Into<String>, value: Json) {
        self.found.push(Issue {
            case_id: String::new(),
            path: path.to_owned(),
            expected: expected.into(),
            value: cut(value),
            offset,
        });
    }

    /// The issues, with the id of the case they are about and the path of the record in the document.
    pub(super) fn settle(self, case_id: &str, place: &str, issues: &mut Vec<Issue>) {
        issues.extend(self.found.into_iter().map(|issue| Issue {
            case_id: case_id.to_owned(),
            path: match (place, issue.path.as_str()) {
                ("", path) => path.to_owned(),
                (place, "") => place.to_owned(),
                (place, path) => format!("{place}.{path}"),
            },
            ..issue
        }));
    }
}

/// Reads an object as a record. Its fields may come in any order; one that is unknown goes to `extra`.
pub(super) fn read<R: Record>(lexer: &mut Lexer<'_>, findings: &mut Findings) -> Result<R, Fault> {
    let mut record = R::default();
    let mut seen: Vec<bool> = vec![false; R::FIELDS.len()];
    // Fields come in the documented order more often than not: the search begins after the last one found.
    let mut next = 0;
    lexer.object(&mut |lexer, name| {
        let found = (next..R::FIELDS.len()).chain(0..next).find(|i| R::FIELDS.get(*i).is_some_and(|f| f.name == name));
        match found.and_then(|index| Some((index, R::FIELDS.get(index)?, record.slot(index)?))) {
            Some((index, field, slot)) => {
                next = index + 1;
                if let Some(seen) = seen.get_mut(index) {
                    *seen = true;
                }
                read_field(lexer, field, slot, findings)
            }
            None => {
                let offset = lexer.offset();
                let value = value::read(lexer)?;
                report_lone_surrogate(lexer, name, offset, findings);
                record.extra_mut().push((name.to_owned(), value));
                Ok(())
            }
        }
    })?;
    for (field, seen) in R::FIELDS.iter().zip(seen) {
        if !seen && is_needed(field) {
            findings.report(field.name, lexer.offset(), expectation(field), Json::Null);
        }
    }
    Ok(record)
}

/// Without these a record cannot be told from another, or its page from another page.
fn is_needed(field: &Field) -> bool {
    use crate::model::FieldKind::{Required, Severity};
    field.name == "case_id" || matches!(field.kind, Required | Severity)
}

fn expectation(field: &Field) -> String {
    use crate::model::FieldKind;
    match field.kind {
        FieldKind::Severity => "1, 2, 3 or 4".to_owned(),
        FieldKind::Flag => "\"O\" or \"C\"".to_owned(),
        FieldKind::Date => "a date and time as RFC 3339, or null".to_owned(),
        FieldKind::List => "an array of strings".to_owned(),
        FieldKind::Notes => "an array of notes".to_owned(),
        FieldKind::Count | FieldKind::Required => "a whole number".to_owned(),
        FieldKind::Text | FieldKind::Status => match field.max_length {
            Some(length) => format!("a string of at most {length} characters"),
            None => "a string".to_owned(),
        },
    }
}

fn read_field(lexer: &mut Lexer<'_>, field: &Field, slot: Slot<'_>, findings: &mut Findings) -> Result<(), Fault> {
    let offset = lexer.offset();
    match slot {
        Slot::Text(text) => {
            if let Some(found) = read_text(lexer, field, findings)? {
                *text = found;
            }
            if field.name == "case_id" && text.is_empty() {
                findings.report(field.name, offset, expectation(field), Json::from(""));
            }
        }
        Slot::Status(status) => {
            if let Some(found) = read_text(lexer, field, findings)? {
                *status = CaseStatus::from(found.as_str());
            }
        }
        Slot::Severity(severity) => {
            let value = value::read(lexer)?;
            *severity = match &value {
                Json::Text(text) | Json::Number(text) => Severity::from_text(text.trim()),
                _ => None,
            };
            if severity.is_none() {
                findings.report(field.name, offset, expectation(field), value);
            }
        }
        Slot::Flag(flag) => match read_text(lexer, field, findings)?.as_deref() {
            None | Some("") => {}
            Some(text) => {
                *flag = StatusFlag::from_text(text);
                if flag.is_none() {
                    findings.report(field.name, offset, expectation(field), Json::from(text));
                }
            }
        },
        Slot::Date(date) => match value::read(lexer)? {
            Json::Null => {}
            Json::Text(text) if text.is_empty() => {}
            value => {
                *date = value.as_text().and_then(Timestamp::parse);
                if date.is_none() {
                    findings.report(field.name, offset, expectation(field), value);
                }
            }
        },
        Slot::List(texts) => match lexer.peek() {
            Some(b'[') => lexer.array(&mut |lexer, index| {
                let offset = lexer.offset();
                let path = format!("{}[{index}]", field.name);
                match value::read(lexer)? {
                    Json::Text(text) | Json::Number(text) => texts.push(text),
                    other => findings.report(&path, offset, "a string", other),
                }
                report_lone_surrogate(lexer, &path, offset, findings);
                Ok(())
            })?,
            _ => other_than_list(lexer, field, findings)?,
        },
        Slot::Notes(notes) => match lexer.peek() {
            Some(b'[') => lexer.array(&mut |lexer, index| {
                notes.extend(read_item::<CaseNote>(lexer, &format!("{}[{index}]", field.name), "a note", findings)?);
                Ok(())
            })?,
            _ => other_than_list(lexer, field, findings)?,
        },
        Slot::Count(count) => {
            let value = value::read(lexer)?;
            *count = whole_number(&value);
            if count.is_none() && value != Json::Null {
                findings.report(field.name, offset, expectation(field), value);
            }
        }
        Slot::Required(count) => {
            let value = value::read(lexer)?;
            match whole_number(&value) {
                Some(number) => *count = number,
                None => findings.report(field.name, offset, expectation(field), value),
            }
        }
    }
    report_lone_surrogate(lexer, field.name, offset, findings);
    Ok(())
}

/// Reads an item of a list of records; what is no object is reported and left out.
pub(super) fn read_item<R: Record>(
    lexer: &mut Lexer<'_>,
    place: &str,
    what: &str,
    findings: &mut Findings,
) -> Result<Option<R>, Fault> {
    let offset = lexer.offset();
    if lexer.peek() != Some(b'{') {
        let value = value::read(lexer)?;
        findings.report(place, offset, what, value);
        return Ok(None);
    }
    let mut inner = Findings::default();
    let record = read(lexer, &mut inner)?;
    inner.settle("", place, &mut findings.found);
    Ok(Some(record))
}

/// Reads a text; a number stands for its digits, `null` for nothing, anything else is reported.
fn read_text(lexer: &mut Lexer<'_>, field: &Field, findings: &mut Findings) -> Result<Option<String>, Fault> {
    let offset = lexer.offset();
    let text = match value::read(lexer)? {
        Json::Text(text) | Json::Number(text) => text,
        Json::Null => return Ok(None),
        other => {
            findings.report(field.name, offset, expectation(field), other);
            return Ok(None);
        }
    };
    let limit = field.max_length.and_then(|limit| usize::try_from(limit).ok());
    // A text has at most as many UTF-16 units as bytes: most are counted by their length alone.
    if limit.is_some_and(|limit| text.len() > limit && text.encode_utf16().count() > limit) {
        findings.report(field.name, offset, expectation(field), Json::from(text.as_str()));
    }
    Ok(Some(text))
}

fn other_than_list(lexer: &mut Lexer<'_>, field: &Field, findings: &mut Findings) -> Result<(), Fault> {
    let offset = lexer.offset();
    match value::read(lexer)? {
        Json::Null => {}
        Json::Text(text) if text.is_empty() => {}
        other => findings.report(field.name, offset, expectation(field), other),
    }
    Ok(())
}

fn report_lone_surrogate(lexer: &mut Lexer<'_>, path: &str, offset: usize, findings: &mut Findings) {
    if let Some(at) = lexer.take_lone_surrogate() {
        let value = Json::from("a lone surrogate, read as U+FFFD");
        findings.report(path, at.max(offset), "Unicode text", value);
    }
}

/// A whole number, or its digits as text.
pub(super) fn whole_number(value: &Json) -> Option<u32> {
    match value {
        Json::Number(text) | Json::Text(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

/// Long values are cut: an issue points at the place, it does not repeat a note of 32 767 characters.
fn cut(value: Json) -> Json {
    const CHARS: usize = 100;
    match value {
        Json::Text(text) if text.chars().nth(CHARS).is_some() => {
            Json::Text(text.chars().take(CHARS).chain(['…']).collect())
        }
        Json::List(_) => Json::from("[array]"),
        Json::Object(_) => Json::from("[object]"),
        other => other,
    }
}
