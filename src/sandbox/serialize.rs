//! JSON of case records, with the quirks of the service.
//!
//! The quirks (www/guide/service.md#responses): severity is a string; dates end in `.000Z`; missing values are `""`,
//! `null` or absent; lists have `item_entry_id` but no technology names; details have neither `item_entry_id` nor
//! `status_flag`, their keys are in varying order, and undocumented fields occur. The id of a case determines its
//! quirks, so that every response repeats them.

use super::dataset::rng::{Rng, RngStream};
use crate::model::{CaseDetail, CaseNote, CaseRecord, Field, FieldRef, Record, StatusFlag, Timestamp};
use crate::util::{ObjectWriter, fnv1a_64, write_array, write_string};
use alloc::{string::String, string::ToString, vec::Vec};

/// Field order of the documentation's sample. The documentation's parameter table is alphabetical instead.
const SAMPLE_ORDER: [&str; 26] = [
    "user_id",
    "case_id",
    "title",
    "severity",
    "status",
    "creation_date",
    "updated_date",
    "serial_number",
    "contract_id",
    "contact_user_id",
    "contact_name",
    "preferred_contact_method",
    "contact_email_ids",
    "contact_business_phone_numbers",
    "contact_mobile_phone_numbers",
    "owner_name",
    "owner_email",
    "close_date",
    "technology_name",
    "sub_technology_name",
    "tracking_number",
    "problem_code_name",
    "request_type",
    "rmas",
    "bugs",
    "notes",
];

/// Writer of case records. It holds the positions of the response's fields in a [`CaseDetail`].
#[derive(Debug)]
pub(super) struct Serializer {
    record_fields: Vec<(&'static str, Option<usize>)>,
    sample_order: Vec<usize>,
}

impl Serializer {
    pub(super) fn new() -> Serializer {
        let index = |name: &str| CaseDetail::FIELDS.iter().position(|field: &Field| field.name == name);
        Serializer {
            record_fields: CaseRecord::FIELDS.iter().map(|field| (field.name, index(field.name))).collect(),
            sample_order: SAMPLE_ORDER.iter().filter_map(|name| index(name)).collect(),
        }
    }

    /// Writes a case in the form of Case Summary (with technology names) or of a list (without).
    pub(super) fn write_record(&self, out: &mut String, case: &CaseDetail, entry: usize, technology: bool) {
        let id = fnv1a_64(&case.case_id);
        let mut object = ObjectWriter::open(out);
        for (name, index) in &self.record_fields {
            match (*name, index) {
                ("item_entry_id", _) => object.name(name).push_str(&entry.to_string()),
                ("status_flag", _) => {
                    let flag = if case.is_open() { StatusFlag::Open } else { StatusFlag::Closed };
                    write_string(object.name(name), flag.as_str());
                }
                ("technology_name" | "sub_technology_name", _) if !technology => {}
                (name, Some(index)) => {
                    write_field(&mut object, name, case.field_ref(*index), || missing_form(id, name))
                }
                (_, None) => {}
            }
        }
        object.close();
    }

    /// Writes a case in the form of Case Details.
    pub(super) fn write_detail(&self, out: &mut String, case: &CaseDetail) {
        let id = fnv1a_64(&case.case_id);
        let mut rng = Rng::new(id, RngStream::CaseText, 0);
        let mut order = match rng.below(4) {
            0 => (0..CaseDetail::FIELDS.len()).collect(),
            _ => self.sample_order.clone(),
        };
        if rng.chance_per_thousand(300) {
            let by = (rng.below(20) as usize).min(order.len());
            order.rotate_left(by);
        }
        let extra_first = rng.chance_per_thousand(300);
        let mut object = ObjectWriter::open(out);
        let write_extra = |object: &mut ObjectWriter<'_>| {
            for (name, value) in case.extra() {
                value.write(object.name(name));
            }
        };
        if extra_first {
            write_extra(&mut object);
        }
        for index in order {
            let name = CaseDetail::FIELDS.get(index).map_or("", |field| field.name);
            write_field(&mut object, name, case.field_ref(index), || missing_form(id, name));
        }
        if !extra_first {
            write_extra(&mut object);
        }
        object.close();
    }
}

/// Form of a missing value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MissingForm {
    Empty,
    Null,
    Absent,
}

fn missing_form(id: u64, name: &str) -> MissingForm {
    match Rng::new(id, RngStream::CaseText, fnv1a_64(name)).below(10) {
        0..6 => MissingForm::Empty,
        6..8 => MissingForm::Null,
        _ => MissingForm::Absent,
    }
}

/// Writes a member, or a missing value in the given form.
fn write_field(
    object: &mut ObjectWriter<'_>,
    name: &str,
    value: Option<FieldRef<'_>>,
    missing: impl Fn() -> MissingForm,
) {
    match value {
        Some(FieldRef::Text(text)) if !text.is_empty() => write_string(object.name(name), text),
        Some(FieldRef::Status(status)) if !status.as_str().is_empty() => {
            write_string(object.name(name), status.as_str())
        }
        Some(FieldRef::Severity(Some(severity))) => write_string(object.name(name), &severity.to_string()),
        Some(FieldRef::Date(Some(date))) => write_date(object.name(name), date),
        Some(FieldRef::List(texts)) => write_array(object.name(name), texts, |out, text| write_string(out, text)),
        Some(FieldRef::Notes(notes)) => write_array(object.name(name), notes, write_note),
        _ => match missing() {
            MissingForm::Empty => object.name(name).push_str("\"\""),
            MissingForm::Null => object.name(name).push_str("null"),
            MissingForm::Absent => {}
        },
    }
}

fn write_note(out: &mut String, note: &CaseNote) {
    let mut object = ObjectWriter::open(out);
    for (index, field) in CaseNote::FIELDS.iter().enumerate() {
        write_field(&mut object, field.name, note.field_ref(index), || MissingForm::Empty);
    }
    object.close();
}

/// Writes a date in UTC with milliseconds, the only form of the service.
fn write_date(out: &mut String, date: &Timestamp) {
    let utc = date.utc();
    let text = utc.strip_suffix('Z').unwrap_or(&utc);
    out.push('"');
    out.push_str(text);
    if !text.contains('.') {
        out.push_str(".000");
    }
    out.push_str("Z\"");
}
