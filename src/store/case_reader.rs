//! Cases read back from the columns.

use super::{change_set::FieldSet, columns::Columns};
use crate::model::{CaseRecord, CaseStatus, DetailColumns, NoteAuthor, Severity, Timestamp};
use crate::util::{Json, parse_json};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

impl Columns {
    /// Returns the case of a row. `item_entry_id` is a position in a response, so it is `None`.
    pub(super) fn record(&self, row: u32) -> CaseRecord {
        CaseRecord {
            item_entry_id: None,
            user_id: self.user.text(row).to_owned(),
            case_id: self.case_ids.get(row).to_owned(),
            title: self.title_text(row).to_owned(),
            severity: Severity::new(self.severity.get(row) as u8),
            contact_name: self.contact.text(row).to_owned(),
            status_flag: self.flag(row),
            status: CaseStatus::from(self.status.text(row)),
            creation_date: self.created.timestamp(row),
            updated_date: self.updated.timestamp(row),
            serial_number: self.serial.text(row).to_owned(),
            contract_id: self.contract.text(row).to_owned(),
            technology_name: self.technology.text(row).to_owned(),
            sub_technology_name: self.sub_technology.text(row).to_owned(),
            rmas: self.rmas.texts(row).map(ToOwned::to_owned).collect(),
            bugs: self.bugs.texts(row).map(ToOwned::to_owned).collect(),
            extra: self.extra_members(row),
        }
    }

    fn extra_members(&self, row: u32) -> Vec<(String, Json)> {
        match parse_json(self.extra_text(row)) {
            Ok(Json::Object(members)) => members,
            _ => Vec::new(),
        }
    }

    /// Returns what the details of the case of a row added; `None` if no details were applied.
    pub(super) fn details(&self, row: u32) -> Option<DetailColumns> {
        let notes_count = self.notes_count.get(row).checked_sub(1)?;
        let last_note_by = match self.last_note_by.get(row) {
            1 => NoteAuthor::Customer,
            2 => NoteAuthor::Cisco,
            _ => NoteAuthor::Unknown,
        };
        Some(DetailColumns {
            owner: self.owner.text(row).to_owned(),
            tracking_number: self.tracking_number.text(row).to_owned(),
            notes_count,
            last_note_date: Timestamp::from_unix_ms(self.last_note.get(row)),
            last_note_by,
            updated_date: Timestamp::from_unix_ms(self.details_dated.get(row)),
        })
    }
}

/// Returns the fields in which two states of a case differ.
pub(super) fn differences(
    [before, after]: [&CaseRecord; 2],
    [former_details, details]: [&Option<DetailColumns>; 2],
) -> FieldSet {
    let mut fields = FieldSet::default();
    fields.add_if(before.user_id != after.user_id, FieldSet::USER_ID);
    fields.add_if(before.title != after.title, FieldSet::TITLE);
    fields.add_if(before.severity != after.severity, FieldSet::SEVERITY);
    fields.add_if(before.contact_name != after.contact_name, FieldSet::CONTACT_NAME);
    fields.add_if(before.status_flag != after.status_flag, FieldSet::STATUS_FLAG);
    fields.add_if(before.status != after.status, FieldSet::STATUS);
    fields.add_if(before.creation_date != after.creation_date, FieldSet::CREATION_DATE);
    fields.add_if(before.updated_date != after.updated_date, FieldSet::UPDATED_DATE);
    fields.add_if(before.serial_number != after.serial_number, FieldSet::SERIAL_NUMBER);
    fields.add_if(before.contract_id != after.contract_id, FieldSet::CONTRACT_ID);
    fields.add_if(before.technology_name != after.technology_name, FieldSet::TECHNOLOGY_NAME);
    fields.add_if(before.sub_technology_name != after.sub_technology_name, FieldSet::SUB_TECHNOLOGY_NAME);
    fields.add_if(before.rmas != after.rmas, FieldSet::RMAS);
    fields.add_if(before.bugs != after.bugs, FieldSet::BUGS);
    fields.add_if(before.extra != after.extra, FieldSet::EXTRA);
    let empty = DetailColumns::default();
    let (former, present) = (former_details.as_ref().unwrap_or(&empty), details.as_ref().unwrap_or(&empty));
    fields.add_if(former.owner != present.owner, FieldSet::OWNER);
    fields.add_if(former.tracking_number != present.tracking_number, FieldSet::TRACKING_NUMBER);
    let has_other_count = former.notes_count != present.notes_count || former_details.is_some() != details.is_some();
    fields.add_if(has_other_count, FieldSet::NOTES_COUNT);
    fields.add_if(former.last_note_date != present.last_note_date, FieldSet::LAST_NOTE_DATE);
    fields.add_if(former.last_note_by != present.last_note_by, FieldSet::LAST_NOTE_BY);
    fields
}
