//! Cases read back from the columns.

use super::{change_set::FieldSet, columns::Columns};
use crate::model::{CaseRecord, CaseStatus, Severity, Timestamp};
use crate::util::{Json, parse_json};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The author of the newest note of a case.
///
/// The author is of the customer if the name is that of the contact, an e-mail address or a user id of the case, and of
/// Cisco if it is that of the owner or an address of cisco.com. The service has no field for it.
///
/// ```
/// use cisco_support_case::{model::{CaseDetail, CaseNote, Timestamp}, store::{CaseStore, NoteAuthor}};
/// let mut note = CaseNote::default();
/// note.created_by = "Ada Example".into();
/// note.creation_date = Timestamp::parse("2026-01-01T00:00:00Z");
/// let mut detail = CaseDetail::default();
/// detail.case_id = "612345678".into();
/// detail.contact_name = "Ada Example".into();
/// detail.notes.push(note);
/// let mut store = CaseStore::new();
/// store.apply_detail(&detail)?;
/// assert_eq!(store.details("612345678").map(|details| details.last_note_by), Some(NoteAuthor::Customer));
/// # Ok::<(), cisco_support_case::store::StoreError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum NoteAuthor {
    /// The details are not known, or neither of the two others.
    #[default]
    Unknown = 0,
    /// A contact of the customer.
    Customer = 1,
    /// An employee of Cisco.
    Cisco = 2,
}

impl NoteAuthor {
    /// Returns the name in answers.
    ///
    /// ```
    /// use cisco_support_case::store::NoteAuthor;
    /// assert_eq!(NoteAuthor::Cisco.as_str(), "cisco");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            NoteAuthor::Unknown => "unknown",
            NoteAuthor::Customer => "customer",
            NoteAuthor::Cisco => "cisco",
        }
    }
}

/// The columns that the details of a case add.
///
/// ```
/// use cisco_support_case::{model::CaseDetail, store::CaseStore};
/// let mut store = CaseStore::new();
/// let mut detail = CaseDetail::default();
/// detail.case_id = "612345678".into();
/// detail.owner_name = "Ada Example".into();
/// store.apply_detail(&detail)?;
/// assert_eq!(store.details("612345678").map(|details| details.owner).as_deref(), Some("Ada Example"));
/// # Ok::<(), cisco_support_case::store::StoreError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DetailColumns {
    /// The name of the owner, or the e-mail address if the details have no name.
    pub owner: String,
    /// The customer's own tracking or case number.
    pub tracking_number: String,
    /// The number of notes.
    pub notes_count: u32,
    /// The instant of the newest note.
    pub last_note_date: Option<Timestamp>,
    /// The author of the newest note.
    pub last_note_by: NoteAuthor,
    /// The instant of the case's update that the details have.
    pub updated_date: Option<Timestamp>,
}

impl Columns {
    /// Returns the case of a row. `item_entry_id` is a position in a response, so it is `None`.
    pub(super) fn record(&self, row: u32) -> CaseRecord {
        CaseRecord {
            item_entry_id: None,
            user_id: self.user.text(row).to_owned(),
            case_id: self.case_ids.get(row).to_owned(),
            title: self.title_text(row).to_owned(),
            severity: self.severity.get(row).and_then(Severity::new),
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
        let notes_count = self.notes_count.get(row)?.checked_sub(1)?;
        let last_note_by = match self.last_note_by.get(row)? {
            1 => NoteAuthor::Customer,
            2 => NoteAuthor::Cisco,
            _ => NoteAuthor::Unknown,
        };
        Some(DetailColumns {
            owner: self.owner.text(row).to_owned(),
            tracking_number: self.tracking_number.text(row).to_owned(),
            notes_count,
            last_note_date: Timestamp::from_unix_ms(self.last_note.get(row)?),
            last_note_by,
            updated_date: Timestamp::from_unix_ms(self.details_dated.get(row)?),
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
