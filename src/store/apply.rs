//! Application of records to the columns.
//!
//! Records arrive as a compact page. [`stage`] checks all that can fail, without a change: dates, undocumented fields,
//! and the bounds of the columns. [`apply`] then cannot fail. New cases are written column by column, which is several
//! times as fast as row by row: the dictionary id of a string of the page is looked up once per column.
//!
//! # Precedence
//!
//! The newest `updated_date` wins, and equal dates compare content. Not every document has all fields, so three groups
//! of fields have dates of their own:
//!
//! | group | in |
//! |---|---|
//! | technology names | summaries and details, if not both empty |
//! | status flag, undocumented fields | summaries and lists |
//! | owner, tracking number, notes | details |
//!
//! A group is that of the newest record that has it. Therefore the result does not depend on the order of the records,
//! but for different contents of the same date, where the later record wins, and a list or summary wins over details. A
//! flag that is older than the status counts only if both agree on whether the case is open.

use super::{
    case_reader::NoteAuthor,
    change_set::{BeforeAfter, ChangeKind, ChangedValues, FieldSet, RowChange, column},
    columns::{Columns, NEVER, NO_DATE, TextField, UNDATED, has_usual_form},
    error::{StoreError, StoreErrorKind},
};
use crate::decode::PageBytes;
use crate::model::{CaseDetail, CaseNote, CaseRecord, CaseStatus, DocumentKind, Field, Record, Severity};
use crate::util::{parse_rfc3339_ms, text, write_members};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec, vec::Vec};

/// The columns of a document's rows that the store has.
struct PageColumns {
    texts: [(TextField, FieldSet, usize); 5],
    case_id: usize,
    title: usize,
    severity: usize,
    status_flag: Option<usize>,
    created: usize,
    updated: usize,
    technology: usize,
    sub_technology: usize,
    rmas: usize,
    bugs: usize,
}

impl PageColumns {
    const fn new(fields: &'static [Field], status_flag: Option<usize>) -> PageColumns {
        PageColumns {
            texts: [
                (TextField::Contract, FieldSet::CONTRACT_ID, column(fields, "contract_id")),
                (TextField::User, FieldSet::USER_ID, column(fields, "user_id")),
                (TextField::Contact, FieldSet::CONTACT_NAME, column(fields, "contact_name")),
                (TextField::Serial, FieldSet::SERIAL_NUMBER, column(fields, "serial_number")),
                (TextField::Status, FieldSet::STATUS, column(fields, "status")),
            ],
            case_id: column(fields, "case_id"),
            title: column(fields, "title"),
            severity: column(fields, "severity"),
            status_flag,
            created: column(fields, "creation_date"),
            updated: column(fields, "updated_date"),
            technology: column(fields, "technology_name"),
            sub_technology: column(fields, "sub_technology_name"),
            rmas: column(fields, "rmas"),
            bugs: column(fields, "bugs"),
        }
    }
}

static CASE_COLUMNS: PageColumns =
    PageColumns::new(CaseRecord::FIELDS, Some(column(CaseRecord::FIELDS, "status_flag")));
static DETAIL_COLUMNS: PageColumns = PageColumns::new(CaseDetail::FIELDS, None);

/// A page whose values are checked.
pub(super) struct StagedPage<'p> {
    page: &'p PageBytes<'p>,
    from: &'static PageColumns,
    is_details: bool,
    /// The creation date and the last update of each case.
    dates: Vec<[i64; 2]>,
    /// Whether the text of a date is not `YYYY-MM-DDTHH:MM:SS.mmmZ`.
    has_unusual_dates: bool,
    /// The undocumented fields of cases as JSON text, by position, ascending.
    extras: Vec<(usize, String)>,
    details: Vec<StagedDetails>,
}

/// The fields that only details have.
struct StagedDetails {
    owner: String,
    tracking_number: String,
    notes_count: u32,
    last_note: i64,
    last_note_by: NoteAuthor,
}

/// Checks a page. Nothing that can fail remains to be done.
pub(super) fn stage<'p>(columns: &Columns, page: &'p PageBytes<'p>) -> Result<StagedPage<'p>, StoreError> {
    let is_details = page.kind() == DocumentKind::Details;
    let from = if is_details { &DETAIL_COLUMNS } else { &CASE_COLUMNS };
    let mut staged = StagedPage {
        page,
        from,
        is_details,
        dates: Vec::new(),
        has_unusual_dates: false,
        extras: Vec::new(),
        details: Vec::new(),
    };
    staged.dates.reserve_exact(page.len());
    for case in 0..page.len() {
        let [created, updated] = [from.created, from.updated].map(|column| page.string(page.cell(case, column)));
        staged.has_unusual_dates |= !(has_usual_form(created) && has_usual_form(updated));
        let dates = [page_date(created, case, "creation_date")?, page_date(updated, case, "updated_date")?];
        staged.dates.push(dates);
        if is_details {
            staged.details.push(stage_details(page, case)?);
        } else {
            let members = page.extra(case);
            if !members.is_empty() {
                let mut json = String::new();
                write_members(&mut json, &members);
                staged.extras.push((case, json));
            }
        }
    }
    let extra_bytes = staged.extras.iter().map(|(_, json)| json.len()).sum::<usize>();
    columns.check_capacity(page.len(), page.string_count(), page.byte_len() + extra_bytes)?;
    Ok(staged)
}

fn page_date(text: &str, case: usize, field: &str) -> Result<i64, StoreError> {
    if text.is_empty() {
        return Ok(NO_DATE);
    }
    match parse_rfc3339_ms(text.as_bytes()) {
        Some(ms) => Ok(ms),
        None => Err(StoreError::new(StoreErrorKind::DamagedPage, &text!("rows[", case, "].", field))),
    }
}

fn stage_details(page: &PageBytes<'_>, case: usize) -> Result<StagedDetails, StoreError> {
    const FIELDS: &[Field] = CaseDetail::FIELDS;
    let cell = |column| page.cell(case, column);
    let field = |column| page.string(cell(column));
    let notes = page.notes(cell(column(FIELDS, "notes")));
    let owner_name = field(column(FIELDS, "owner_name"));
    let owner_email = field(column(FIELDS, "owner_email"));
    let mut details = StagedDetails {
        owner: if owner_name.is_empty() { owner_email } else { owner_name }.to_owned(),
        tracking_number: field(column(FIELDS, "tracking_number")).to_owned(),
        notes_count: notes.len() as u32,
        last_note: NO_DATE,
        last_note_by: NoteAuthor::Unknown,
    };
    let mut author = "";
    for note in notes {
        let date = page.note_text(note, column(CaseNote::FIELDS, "creation_date"));
        let date = page_date(date, case, "notes")?;
        // The service sends the newest note first.
        if date > details.last_note {
            details.last_note = date;
            author = page.note_text(note, column(CaseNote::FIELDS, "created_by"));
        }
    }
    let emails = page.list(cell(column(FIELDS, "contact_email_ids"))).map(|number| page.string(number));
    let contacts = ["contact_name", "contact_user_id", "user_id"].map(|name| match name {
        "contact_name" => field(column(FIELDS, "contact_name")),
        "contact_user_id" => field(column(FIELDS, "contact_user_id")),
        _ => field(column(FIELDS, "user_id")),
    });
    let is_author = |name: &str| !name.is_empty() && name.trim().eq_ignore_ascii_case(author.trim());
    details.last_note_by = if author.is_empty() {
        NoteAuthor::Unknown
    } else if is_author(owner_name) || is_author(owner_email) {
        NoteAuthor::Cisco
    } else if contacts.into_iter().chain(emails).any(is_author) {
        NoteAuthor::Customer
    } else if author.trim().to_ascii_lowercase().ends_with("@cisco.com") {
        NoteAuthor::Cisco
    } else {
        NoteAuthor::Unknown
    };
    Ok(details)
}

/// Writes a page to the columns. Returns the changes, in the order of the page but new cases first, and the positions of
/// records without a case id.
pub(super) fn apply(columns: &mut Columns, staged: &StagedPage<'_>) -> (Vec<RowChange>, Vec<u32>) {
    let (mut fresh, mut known, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
    for case in 0..staged.page.len() {
        let case_id = staged.page.string(staged.page.cell(case, staged.from.case_id));
        if case_id.is_empty() {
            rejected.push(case as u32);
            continue;
        }
        let row = columns.case_ids.intern(case_id);
        let is_new = columns.alive.insert(row);
        if is_new { fresh.push((row, case)) } else { known.push((row, case)) }
    }
    staged.write_new(columns, &fresh);
    let mut changes = Vec::with_capacity(fresh.len());
    for (row, _) in &fresh {
        changes.push(RowChange::new(*row, ChangeKind::New));
    }
    for (row, case) in known {
        changes.extend(staged.update(columns, row, case));
    }
    (changes, rejected)
}

impl StagedPage<'_> {
    /// Writes new cases, column by column.
    fn write_new(&self, columns: &mut Columns, fresh: &[(u32, usize)]) {
        let (page, from) = (self.page, self.from);
        if fresh.is_empty() {
            return;
        }
        let cells = |column: usize| fresh.iter().map(move |(_, case)| page.cell(*case, column));
        let bytes: Vec<u8> = cells(from.severity).map(|cell| cell as u8).collect();
        columns.severity.set_rows(fresh, &bytes);
        if let Some(column) = from.status_flag {
            let bytes: Vec<u8> = cells(column).map(|cell| cell as u8).collect();
            columns.status_flag.set_rows(fresh, &bytes);
        }
        for (index, column) in [from.created, from.updated].into_iter().enumerate() {
            let to = if index == 0 { &mut columns.created } else { &mut columns.updated };
            let instants = fresh.iter().map(|(_, case)| self.dates_of(*case).get(index).copied().unwrap_or(NO_DATE));
            to.ms.set_rows(fresh, &instants.collect::<Vec<_>>());
            if self.has_unusual_dates {
                for ((row, case), cell) in fresh.iter().zip(cells(column)) {
                    let ms = self.dates_of(*case).get(index).copied().unwrap_or(NO_DATE);
                    to.set(*row, ms, page.string(cell));
                }
            }
        }
        for ((row, _), cell) in fresh.iter().zip(cells(from.title)) {
            columns.set_title(*row, page.string(cell));
        }
        let mut known = KnownIds::new(page);
        self.write_texts(columns, fresh, &mut known);
        self.write_lists(columns, fresh, &mut known);
    }

    /// Writes the texts of new cases that have dictionaries.
    fn write_texts(&self, columns: &mut Columns, fresh: &[(u32, usize)], known: &mut KnownIds) {
        let (page, from) = (self.page, self.from);
        let mut ids = Vec::with_capacity(fresh.len());
        let texts = from.texts.iter().map(|(field, _, column)| (*field, *column));
        let names = [(TextField::Technology, from.technology), (TextField::SubTechnology, from.sub_technology)];
        for (field, column) in texts.chain(names) {
            known.begin();
            ids.clear();
            let to = columns.text_mut(field);
            for (_, case) in fresh {
                let cell = page.cell(*case, column);
                ids.push(known.id(cell, &mut || {
                    to.values.intern(if field == TextField::Status { page.status(cell) } else { page.string(cell) })
                }));
            }
            to.ids.set_rows(fresh, &ids);
        }
    }

    /// Writes the bugs and RMAs of new cases.
    fn write_lists(&self, columns: &mut Columns, fresh: &[(u32, usize)], known: &mut KnownIds) {
        let (page, from) = (self.page, self.from);
        let mut list = Vec::new();
        for (to, column) in [(&mut columns.bugs, from.bugs), (&mut columns.rmas, from.rmas)] {
            known.begin();
            for (row, case) in fresh {
                let cell = page.cell(*case, column);
                if cell > 0 {
                    list.clear();
                    for string in page.list(cell) {
                        list.push(known.id(string, &mut || to.values.intern(page.string(string))));
                    }
                    to.set(*row, &list);
                }
            }
        }
        for (row, case) in fresh {
            // Further columns are blank, and mostly remain so.
            if self.extras.is_empty() && !self.is_details {
                break;
            }
            columns.set_extra(*row, self.extra_of(*case));
            if self.is_details {
                columns.set_listed(*row, 0, NEVER);
            }
            if let Some(details) = self.details.get(*case) {
                details.write(columns, *row, self.dates_of(*case)[1]);
            }
        }
    }

    fn text(&self, case: usize, column: usize) -> &str {
        self.page.string(self.page.cell(case, column))
    }

    fn dates_of(&self, case: usize) -> [i64; 2] {
        self.dates.get(case).copied().unwrap_or([NO_DATE; 2])
    }

    /// Returns the undocumented fields of a case as JSON text; `""` for none.
    fn extra_of(&self, case: usize) -> &str {
        let found = self.extras.binary_search_by_key(&case, |(case, _)| *case);
        found.ok().and_then(|found| self.extras.get(found)).map_or("", |(_, json)| json)
    }

    /// Writes a case that the store has, and returns the change, if any.
    fn update(&self, columns: &mut Columns, row: u32, case: usize) -> Option<RowChange> {
        let [_, updated] = self.dates_of(case);
        let former = columns.updated.instant(row);
        let mut fields = FieldSet::default();
        let mut values = ChangedValues::default();
        let was_open = columns.is_open(row);
        let technology_date = columns.technology_date(row);
        let (_, listed_date) = columns.listed(row);
        let is_from_details = listed_date != former.max(UNDATED);
        if updated > former || updated == former && (!self.is_details || is_from_details) {
            self.update_case(columns, row, case, &mut fields, &mut values);
            self.update_dates(columns, row, case, &mut fields);
        }
        self.update_listed(columns, row, case, listed_date, &mut fields);
        self.update_technology(columns, row, case, technology_date, &mut fields);
        if let Some(details) = self.details.get(case)
            && updated.max(UNDATED) >= columns.details_dated.get(row).unwrap_or(NO_DATE)
        {
            details.compare(columns, row, &mut fields, &mut values);
            details.write(columns, row, updated);
        }
        if fields.is_empty() {
            return None;
        }
        let kind = ChangeKind::of_update(was_open, columns.is_open(row));
        let values = (values != ChangedValues::default()).then(|| Box::new(values));
        Some(RowChange { row, kind, fields, values })
    }

    /// Writes the dates of a case, and since when it has had its status. `fields` tells whether the status changed.
    fn update_dates(&self, columns: &mut Columns, row: u32, case: usize, fields: &mut FieldSet) {
        let [created, updated] = self.dates_of(case);
        let former = columns.updated.instant(row);
        fields.add_if(created != columns.created.instant(row), FieldSet::CREATION_DATE);
        // Another text of the same instant is no change, but the text of the newest record is stored.
        if updated > former || fields.intersects(FieldSet::CREATION_DATE) {
            columns.created.set(row, created, self.text(case, self.from.created));
        }
        if updated > former {
            fields.add_if(true, FieldSet::UPDATED_DATE);
            columns.updated.set(row, updated, self.text(case, self.from.updated));
        }
        let is_first = columns.status_since.get(row) == Some(NO_DATE);
        if fields.intersects(FieldSet::STATUS) && updated != NO_DATE {
            columns.status_since.set(row, updated << 1 | 1);
        } else if is_first && updated > former && former != NO_DATE {
            columns.status_since.set(row, former << 1);
        }
    }

    /// Writes the fields that only lists and summaries have, if none newer are known. `known` is the date of the known
    /// ones before the update.
    fn update_listed(&self, columns: &mut Columns, row: u32, case: usize, known: i64, fields: &mut FieldSet) {
        let former = columns.status_flag.get(row).unwrap_or(0);
        let (mut flag, _) = columns.listed(row);
        let mut date = known;
        let own_date = self.dates_of(case)[1].max(UNDATED);
        if let Some(column) = self.from.status_flag
            && own_date >= known
        {
            date = own_date;
            flag = self.page.cell(case, column) as u8;
            if columns.extra_text(row) != self.extra_of(case) {
                fields.add_if(true, FieldSet::EXTRA);
                columns.set_extra(row, self.extra_of(case));
            }
        }
        columns.set_listed(row, flag, date);
        fields.add_if(columns.status_flag.get(row) != Some(former), FieldSet::STATUS_FLAG);
    }

    /// Writes the fields of a case that differ, but for the dates and the technology names.
    fn update_case(
        &self,
        columns: &mut Columns,
        row: u32,
        case: usize,
        fields: &mut FieldSet,
        values: &mut ChangedValues,
    ) {
        let (page, from) = (self.page, self.from);
        let severity = page.cell(case, from.severity) as u8;
        let former = columns.severity.get(row).unwrap_or(0);
        if severity != former {
            fields.add_if(true, FieldSet::SEVERITY);
            let [before, after] = [former, severity].map(Severity::new);
            values.severity = Some(BeforeAfter { before, after });
            columns.severity.set(row, severity);
        }
        for (field, bit, column) in &from.texts {
            let cell = page.cell(case, *column);
            let text = if *field == TextField::Status { page.status(cell) } else { page.string(cell) };
            let to = columns.text_mut(*field);
            if to.text(row) == text {
                continue;
            }
            fields.add_if(true, *bit);
            if *field == TextField::Status {
                values.status = Some(BeforeAfter { before: to.text(row).to_owned(), after: text.to_owned() });
            }
            let id = to.values.intern(text);
            to.ids.set(row, id);
        }
        let title = page.string(page.cell(case, from.title));
        if columns.title_text(row) != title {
            fields.add_if(true, FieldSet::TITLE);
            values.title = Some(BeforeAfter { before: columns.title_text(row).to_owned(), after: title.to_owned() });
            columns.set_title(row, title);
        }
        let lists = [(&mut columns.bugs, FieldSet::BUGS, from.bugs), (&mut columns.rmas, FieldSet::RMAS, from.rmas)];
        for (to, bit, column) in lists {
            let texts = || page.list(page.cell(case, column)).map(|string| page.string(string));
            if to.texts(row).ne(texts()) {
                fields.add_if(true, bit);
                let ids: Vec<u32> = texts().map(|text| to.values.intern(text)).collect();
                to.set(row, &ids);
            }
        }
    }

    /// Writes the technology names, if the record has any and none newer are known. `known_date` is the date of the
    /// known names before the update.
    fn update_technology(
        &self,
        columns: &mut Columns,
        row: u32,
        case: usize,
        known_date: Option<i64>,
        fields: &mut FieldSet,
    ) {
        let names = [self.from.technology, self.from.sub_technology]
            .map(|column| self.page.string(self.page.cell(case, column)));
        let date = self.dates_of(case)[1].max(UNDATED);
        let has_names = names.iter().any(|name| !name.is_empty());
        let is_newest = has_names && known_date.is_none_or(|known| date >= known);
        if is_newest {
            let to = [
                (TextField::Technology, FieldSet::TECHNOLOGY_NAME),
                (TextField::SubTechnology, FieldSet::SUB_TECHNOLOGY_NAME),
            ];
            for ((field, bit), name) in to.into_iter().zip(names) {
                let to = columns.text_mut(field);
                fields.add_if(to.text(row) != name, bit);
                let id = to.values.intern(name);
                to.ids.set(row, id);
            }
        }
        columns.set_technology_date(row, if is_newest { Some(date) } else { known_date });
    }
}

/// The dictionary ids of the strings of a page that were looked up for the present column.
struct KnownIds {
    /// Above the 24 bits of an id, the number of its column; 0 for none.
    ids: Vec<u32>,
    column: u32,
}

impl KnownIds {
    const ID_BITS: u32 = 24;

    fn new(page: &PageBytes<'_>) -> KnownIds {
        // The cells of documented statuses come first.
        KnownIds { ids: vec![0; page.string_count() as usize + CaseStatus::DOCUMENTED.len()], column: 0 }
    }

    /// Begins the next column.
    fn begin(&mut self) {
        self.column += 1 << Self::ID_BITS;
    }

    /// Returns the id of a string, which is looked up once.
    fn id(&mut self, string: u32, look_up: &mut dyn FnMut() -> u32) -> u32 {
        match self.ids.get_mut(string as usize) {
            Some(known) if *known >= self.column => *known - self.column,
            Some(known) => {
                let id = look_up();
                *known = self.column | id;
                id
            }
            None => 0,
        }
    }
}

impl StagedDetails {
    /// Adds the fields that differ from the details of a row.
    fn compare(&self, columns: &Columns, row: u32, fields: &mut FieldSet, values: &mut ChangedValues) {
        let owner = columns.owner.text(row);
        if owner != self.owner {
            fields.add_if(true, FieldSet::OWNER);
            values.owner = Some(BeforeAfter { before: owner.to_owned(), after: self.owner.clone() });
        }
        fields.add_if(columns.tracking_number.text(row) != self.tracking_number, FieldSet::TRACKING_NUMBER);
        fields.add_if(columns.notes_count.get(row) != Some(self.notes_count + 1), FieldSet::NOTES_COUNT);
        fields.add_if(columns.last_note.get(row) != Some(self.last_note), FieldSet::LAST_NOTE_DATE);
        fields.add_if(columns.last_note_by.get(row) != Some(self.last_note_by as u8), FieldSet::LAST_NOTE_BY);
    }

    fn write(&self, columns: &mut Columns, row: u32, updated: i64) {
        for (to, text) in [(&mut columns.owner, &self.owner), (&mut columns.tracking_number, &self.tracking_number)] {
            let id = to.values.intern(text);
            to.ids.set(row, id);
        }
        columns.notes_count.set(row, self.notes_count + 1);
        columns.last_note.set(row, self.last_note);
        columns.last_note_by.set(row, self.last_note_by as u8);
        columns.details_dated.set(row, updated.max(UNDATED));
    }
}
