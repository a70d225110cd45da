//! The JSON form of a record.

use super::{FieldRef, Record};
use crate::util::{push_decimal, write_array, write_members, write_string};
use alloc::string::String;

/// Appends a record as JSON, in its JavaScript form: every documented field, normalized, then `extra`.
///
/// ```
/// use cisco_support_case::model::{CaseNote, write_record};
/// let mut out = String::new();
/// write_record(&mut out, &CaseNote::default());
/// assert_eq!(out, r#"{"note":"","note_detail":"","created_by":"","creation_date":null,"extra":{}}"#);
/// ```
pub fn write_record<R: Record>(out: &mut String, record: &R) {
    out.push('{');
    for (index, field) in R::FIELDS.iter().enumerate() {
        write_string(out, field.name);
        out.push(':');
        match record.field_ref(index) {
            Some(FieldRef::Text(text)) => write_string(out, text),
            Some(FieldRef::Severity(Some(severity))) => push_decimal(out, severity.number().into()),
            Some(FieldRef::Flag(flag)) => write_string(out, flag.map_or("", |f| f.as_str())),
            Some(FieldRef::Status(status)) => write_string(out, status.as_str()),
            Some(FieldRef::Date(Some(date))) => write_string(out, date.as_str()),
            Some(FieldRef::List(texts)) => write_array(out, texts, |out, text| write_string(out, text)),
            Some(FieldRef::Count(Some(number)) | FieldRef::Required(number)) => push_decimal(out, u64::from(*number)),
            Some(FieldRef::Notes(notes)) => write_array(out, notes, write_record),
            Some(FieldRef::Severity(None) | FieldRef::Date(None) | FieldRef::Count(None)) | None => {
                out.push_str("null")
            }
        }
        out.push(',');
    }
    out.push_str("\"extra\":");
    write_members(out, record.extra());
    out.push('}');
}
