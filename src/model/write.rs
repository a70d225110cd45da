//! The JSON form of a record.

use super::{Record, Value};
use crate::util::{push_decimal, write_array, write_members, write_string};
use alloc::string::String;

/// Appends a record as JavaScript gets it: every documented field in its normalised form, then `extra`.
pub fn write_record<R: Record>(out: &mut String, record: &R) {
    out.push('{');
    for (index, field) in R::FIELDS.iter().enumerate() {
        write_string(out, field.name);
        out.push(':');
        match record.value(index) {
            Some(Value::Text(text)) => write_string(out, text),
            Some(Value::Severity(severity)) => push_decimal(out, severity.map_or(0, |s| s.number()).into()),
            Some(Value::Flag(flag)) => write_string(out, flag.map_or("", |f| f.as_str())),
            Some(Value::Status(status)) => write_string(out, status.as_str()),
            Some(Value::Date(Some(date))) => write_string(out, date.as_str()),
            Some(Value::List(texts)) => write_array(out, texts, |out, text| write_string(out, text)),
            Some(Value::Count(Some(number)) | Value::Required(number)) => push_decimal(out, u64::from(*number)),
            Some(Value::Notes(notes)) => write_array(out, notes, write_record),
            Some(Value::Date(None) | Value::Count(None)) | None => out.push_str("null"),
        }
        out.push(',');
    }
    out.push_str("\"extra\":");
    write_members(out, record.extra());
    out.push('}');
}
