//! Records as the service writes them.
//!
//! The quirks (www/guide/service.md#responses): severity is text; dates have `.000`; what is missing is `""`, `null`
//! or not there;
//! lists of cases carry `item_entry_id` but no technology names; details carry neither `item_entry_id` nor
//! `status_flag`, their keys come in varying order, and fields appear that no documentation knows. Which of them a
//! case shows hangs on its id, so that it shows them every time.

use super::dataset::rng::{Rng, RngStream};
use crate::model::{CaseDetail, CaseNote, CaseRecord, Field, FieldRef, Record, StatusFlag, Timestamp};
use crate::util::{fnv1a_64, write_array, write_string};
use alloc::{string::String, string::ToString, vec::Vec};

/// The order of the documentation's sample; its table of parameters has another, alphabetical one.
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

/// Where the fields of the answers stand in a [`CaseDetail`].
#[derive(Debug)]
pub(super) struct Serializer {
    record_fields: Vec<(&'static str, Option<usize>)>,
    sample_order: Vec<usize>,
}

impl Serializer {
    pub(super) fn new() -> Serializer {
        let place = |name: &str| CaseDetail::FIELDS.iter().position(|field: &Field| field.name == name);
        Serializer {
            record_fields: CaseRecord::FIELDS.iter().map(|field| (field.name, place(field.name))).collect(),
            sample_order: SAMPLE_ORDER.iter().filter_map(|name| place(name)).collect(),
        }
    }

    /// Writes a case as Case Summary (with technology names) or a list (without) gives it.
    pub(super) fn write_record(&self, out: &mut String, case: &CaseDetail, entry: usize, technology: bool) {
        let id = fnv1a_64(&case.case_id);
        let mut object = ObjectWriter::begin(out);
        for (name, place) in &self.record_fields {
            match (*name, place) {
                ("item_entry_id", _) => object.name(name).push_str(&entry.to_string()),
                ("status_flag", _) => {
                    let flag = if case.is_open() { StatusFlag::Open } else { StatusFlag::Closed };
                    write_string(object.name(name), flag.as_str());
                }
                ("technology_name" | "sub_technology_name", _) if !technology => {}
                (name, Some(place)) => object.field(name, case.field_ref(*place), || missing_form(id, name)),
                (_, None) => {}
            }
        }
        object.end();
    }

    /// Writes a case as Case Details gives it.
    pub(super) fn write_detail(&self, out: &mut String, case: &CaseDetail) {
        let id = fnv1a_64(&case.case_id);
        let mut rng = Rng::new(id, RngStream::CaseText, 0);
        let mut order = match rng.below(4) {
            0 => (0..CaseDetail::FIELDS.len()).collect(),
            _ => self.sample_order.clone(),
        };
        if rng.one_in_thousand(300) {
            let by = (rng.below(20) as usize).min(order.len());
            order.rotate_left(by);
        }
        let extra_first = rng.one_in_thousand(300);
        let mut object = ObjectWriter::begin(out);
        let write_extra = |object: &mut ObjectWriter<'_>| {
            for (name, value) in case.extra() {
                value.write(object.name(name));
            }
        };
        if extra_first {
            write_extra(&mut object);
        }
        for place in order {
            let name = CaseDetail::FIELDS.get(place).map_or("", |field| field.name);
            object.field(name, case.field_ref(place), || missing_form(id, name));
        }
        if !extra_first {
            write_extra(&mut object);
        }
        object.end();
    }
}

/// How a missing value is written.
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

/// An object while it is written.
struct ObjectWriter<'a> {
    out: &'a mut String,
    is_first: bool,
}

impl<'a> ObjectWriter<'a> {
    fn begin(out: &'a mut String) -> ObjectWriter<'a> {
        out.push('{');
        ObjectWriter { out, is_first: true }
    }

    /// Writes a member's name; its value is written to what comes back.
    fn name(&mut self, name: &str) -> &mut String {
        if !self.is_first {
            self.out.push(',');
        }
        self.is_first = false;
        write_string(self.out, name);
        self.out.push(':');
        self.out
    }

    fn field(&mut self, name: &str, value: Option<FieldRef<'_>>, missing: impl Fn() -> MissingForm) {
        match value {
            Some(FieldRef::Text(text)) if !text.is_empty() => write_string(self.name(name), text),
            Some(FieldRef::Status(status)) if !status.as_str().is_empty() => {
                write_string(self.name(name), status.as_str())
            }
            Some(FieldRef::Severity(Some(severity))) => write_string(self.name(name), &severity.to_string()),
            Some(FieldRef::Date(Some(date))) => write_date(self.name(name), date),
            Some(FieldRef::List(texts)) => write_array(self.name(name), texts, |out, text| write_string(out, text)),
            Some(FieldRef::Notes(notes)) => write_array(self.name(name), notes, write_note),
            _ => match missing() {
                MissingForm::Empty => self.name(name).push_str("\"\""),
                MissingForm::Null => self.name(name).push_str("null"),
                MissingForm::Absent => {}
            },
        }
    }

    fn end(self) {
        self.out.push('}');
    }
}

fn write_note(out: &mut String, note: &CaseNote) {
    let mut object = ObjectWriter::begin(out);
    for (place, field) in CaseNote::FIELDS.iter().enumerate() {
        object.field(field.name, note.field_ref(place), || MissingForm::Empty);
    }
    object.end();
}

/// In UTC with milliseconds, always.
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
