//! A plain model of the store: all records that were applied, and the rules of precedence over them.

use cisco_support_case::model::{CaseDetail, CaseRecord, CaseStatus, StatusFlag, Timestamp};
use cisco_support_case::store::NoteAuthor;
use std::collections::BTreeMap;

/// A record that was applied.
#[derive(Clone)]
pub enum Applied {
    Case(Box<CaseRecord>),
    Details(Box<CaseDetail>),
}

impl Applied {
    pub fn case_id(&self) -> &str {
        match self {
            Applied::Case(case) => &case.case_id,
            Applied::Details(detail) => &detail.case_id,
        }
    }

    /// Returns the date that orders records, and whether the record has a flag: of equal dates, those are preferred.
    fn rank(&self) -> (Option<i64>, bool) {
        match self {
            Applied::Case(case) => (case.updated_date.as_ref().map(Timestamp::unix_ms), true),
            Applied::Details(detail) => (detail.updated_date.as_ref().map(Timestamp::unix_ms), false),
        }
    }

    /// Returns the record as a case without flag and undocumented fields.
    fn core(&self) -> CaseRecord {
        match self {
            Applied::Case(case) => {
                let mut case = CaseRecord::clone(case);
                case.item_entry_id = None;
                case.status_flag = None;
                case.extra.clear();
                case
            }
            Applied::Details(detail) => {
                let mut case = CaseRecord::default();
                case.case_id.clone_from(&detail.case_id);
                case.title.clone_from(&detail.title);
                case.user_id.clone_from(&detail.user_id);
                case.contact_name.clone_from(&detail.contact_name);
                case.severity = detail.severity;
                case.status = detail.status.clone();
                case.creation_date.clone_from(&detail.creation_date);
                case.updated_date.clone_from(&detail.updated_date);
                case.serial_number.clone_from(&detail.serial_number);
                case.contract_id.clone_from(&detail.contract_id);
                case.technology_name.clone_from(&detail.technology_name);
                case.sub_technology_name.clone_from(&detail.sub_technology_name);
                case.rmas.clone_from(&detail.rmas);
                case.bugs.clone_from(&detail.bugs);
                case
            }
        }
    }
}

/// The newest of some records; of equal ranks the last.
fn newest<'a>(records: impl Iterator<Item = &'a Applied>) -> Option<&'a Applied> {
    records.max_by_key(|record| record.rank())
}

/// What the details of a case say: owner, tracking number, notes, newest note, its author.
pub type Details = (String, String, u32, Option<i64>, NoteAuthor);

/// The model of a store.
#[derive(Default)]
pub struct Model {
    records: BTreeMap<String, Vec<Applied>>,
}

impl Model {
    pub fn apply(&mut self, record: Applied) {
        if !record.case_id().is_empty() {
            self.records.entry(record.case_id().to_owned()).or_default().push(record);
        }
    }

    pub fn remove(&mut self, case_id: &str) -> bool {
        self.records.remove(case_id).is_some()
    }

    pub fn ids(&self) -> Vec<String> {
        self.records.keys().cloned().collect()
    }

    /// Returns the case that the store must have.
    pub fn case(&self, case_id: &str) -> Option<CaseRecord> {
        let all = self.records.get(case_id)?;
        let winner = newest(all.iter())?;
        let mut case = winner.core();
        let names = all.iter().filter(|record| {
            let core = record.core();
            !core.technology_name.is_empty() || !core.sub_technology_name.is_empty()
        });
        // Of equal dates, the last names win, whatever document they are from.
        let names = names.max_by_key(|record| record.rank().0).map(Applied::core).unwrap_or_default();
        case.technology_name = names.technology_name;
        case.sub_technology_name = names.sub_technology_name;
        let listed = newest(all.iter().filter(|record| matches!(record, Applied::Case(_))));
        if let Some(listed @ Applied::Case(with_flag)) = listed {
            case.extra.clone_from(&with_flag.extra);
            let is_open = case.status != CaseStatus::Closed;
            let agrees = with_flag.status_flag == Some(if is_open { StatusFlag::Open } else { StatusFlag::Closed });
            if agrees || listed.rank().0 == winner.rank().0 {
                case.status_flag = with_flag.status_flag;
            }
        }
        Some(case)
    }

    /// Returns the details that the store must have.
    pub fn details(&self, case_id: &str) -> Option<Details> {
        let all = self.records.get(case_id)?;
        let Applied::Details(detail) = newest(all.iter().filter(|record| matches!(record, Applied::Details(_))))?
        else {
            return None;
        };
        let mut last = None;
        for note in &detail.notes {
            if note.creation_date.as_ref()
                > last.and_then(|note: &cisco_support_case::model::CaseNote| note.creation_date.as_ref())
            {
                last = Some(note);
            }
        }
        let owner = if detail.owner_name.is_empty() { &detail.owner_email } else { &detail.owner_name };
        let by = match last.map_or("", |note| note.created_by.as_str()) {
            "" => NoteAuthor::Unknown,
            name if name == detail.owner_name => NoteAuthor::Cisco,
            name if name == detail.contact_name => NoteAuthor::Customer,
            name if name.ends_with("@cisco.com") => NoteAuthor::Cisco,
            _ => NoteAuthor::Unknown,
        };
        let date = last.and_then(|note| note.creation_date.as_ref()).map(Timestamp::unix_ms);
        Some((owner.clone(), detail.tracking_number.clone(), detail.notes.len() as u32, date, by))
    }
}
