//! The columns that the details of a case add to its record.

use super::{CaseDetail, Timestamp};
use crate::util::{Json, ObjectWriter};
use alloc::{borrow::ToOwned, string::String};

/// The author of the newest note of a case.
///
/// The author is of the customer if the name is that of the contact, an e-mail address or a user id of the case, and of
/// Cisco if it is that of the owner or an address of cisco.com. The service has no field for it.
///
/// ```
/// use cisco_support_case::model::{CaseDetail, CaseNote, DetailColumns, NoteAuthor, Timestamp};
/// let mut note = CaseNote::default();
/// note.created_by = "Ada Example".into();
/// note.creation_date = Timestamp::parse("2026-01-01T00:00:00Z");
/// let mut detail = CaseDetail::default();
/// detail.contact_name = "Ada Example".into();
/// detail.notes.push(note);
/// assert_eq!(DetailColumns::from_detail(&detail).last_note_by, NoteAuthor::Customer);
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
    /// use cisco_support_case::model::NoteAuthor;
    /// assert_eq!(NoteAuthor::Cisco.as_str(), "cisco");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            NoteAuthor::Unknown => "unknown",
            NoteAuthor::Customer => "customer",
            NoteAuthor::Cisco => "cisco",
        }
    }

    /// Returns the author by a note's `created_by`, the name and address of the owner, and those of contacts.
    pub(crate) fn classify<'t>(
        author: &str,
        owner: [&'t str; 2],
        contacts: impl IntoIterator<Item = &'t str>,
    ) -> NoteAuthor {
        let author = author.trim();
        let is_author = |name: &str| !name.is_empty() && name.trim().eq_ignore_ascii_case(author);
        if author.is_empty() {
            NoteAuthor::Unknown
        } else if owner.into_iter().any(is_author) {
            NoteAuthor::Cisco
        } else if contacts.into_iter().any(is_author) {
            NoteAuthor::Customer
        } else if author.to_ascii_lowercase().ends_with("@cisco.com") {
            NoteAuthor::Cisco
        } else {
            NoteAuthor::Unknown
        }
    }
}

/// The columns that the details of a case add. A store has them, and the copy of a gateway.
///
/// ```
/// use cisco_support_case::model::{CaseDetail, DetailColumns};
/// let mut detail = CaseDetail::default();
/// detail.owner_name = "Ada Example".into();
/// assert_eq!(DetailColumns::from_detail(&detail).owner, "Ada Example");
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

impl DetailColumns {
    /// Creates the columns of details.
    pub fn from_detail(detail: &CaseDetail) -> DetailColumns {
        let CaseDetail { owner_name, owner_email, contact_name, contact_user_id, user_id, .. } = detail;
        let mut newest = None;
        for note in &detail.notes {
            let ms = note.creation_date.as_ref().map(Timestamp::unix_ms);
            // The service sends the newest note first.
            if ms.is_some() && newest.is_none_or(|(newest_ms, _)| ms > newest_ms) {
                newest = Some((ms, note));
            }
        }
        let author = newest.map_or("", |(_, note)| note.created_by.as_str());
        let contacts = [contact_name, contact_user_id, user_id].into_iter().chain(&detail.contact_email_ids);
        DetailColumns {
            owner: if owner_name.is_empty() { owner_email } else { owner_name }.clone(),
            tracking_number: detail.tracking_number.clone(),
            notes_count: u32::try_from(detail.notes.len()).unwrap_or(u32::MAX),
            last_note_date: newest.and_then(|(_, note)| note.creation_date.clone()),
            last_note_by: NoteAuthor::classify(author, [owner_name, owner_email], contacts.map(String::as_str)),
            updated_date: detail.updated_date.clone(),
        }
    }

    /// Appends the columns of a case as a JSON object, with dates in UTC.
    ///
    /// ```
    /// use cisco_support_case::{model::DetailColumns, util::parse_json};
    /// let mut columns = DetailColumns::default();
    /// columns.notes_count = 3;
    /// let mut json = String::new();
    /// columns.write_json("612345678", &mut json);
    /// let parsed = DetailColumns::from_json(&parse_json(&json).unwrap());
    /// assert_eq!(parsed, Some(("612345678".to_owned(), columns)));
    /// ```
    pub fn write_json(&self, case_id: &str, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        object.string("case_id", case_id);
        object.string("owner", &self.owner);
        object.string("tracking_number", &self.tracking_number);
        object.number("notes_count", Some(self.notes_count));
        for (name, date) in [("last_note_date", &self.last_note_date), ("updated_date", &self.updated_date)] {
            match date {
                Some(date) => object.string(name, &date.utc()),
                None => object.name(name).push_str("null"),
            }
        }
        object.string("last_note_by", self.last_note_by.as_str());
        object.close();
    }

    /// Returns the id and the columns of a case from JSON; `None` without an id. Values that are missing or of another kind
    /// are those of no details.
    pub fn from_json(json: &Json) -> Option<(String, DetailColumns)> {
        let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default();
        let case_id = Some(text("case_id")).filter(|case_id| !case_id.is_empty())?;
        let author = text("last_note_by");
        let authors = [NoteAuthor::Customer, NoteAuthor::Cisco];
        let columns = DetailColumns {
            owner: text("owner").to_owned(),
            tracking_number: text("tracking_number").to_owned(),
            notes_count: json.u32_at("notes_count").unwrap_or(0),
            last_note_date: Timestamp::parse(text("last_note_date")),
            last_note_by: authors.into_iter().find(|known| known.as_str() == author).unwrap_or_default(),
            updated_date: Timestamp::parse(text("updated_date")),
        };
        Some((case_id.to_owned(), columns))
    }
}
