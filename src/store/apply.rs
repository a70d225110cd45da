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
    change_set::{BeforeAfter, ChangeKind, ChangedValues, FieldSet, RowChange, column},
    columns::{Columns, NEVER, NO_DATE, Precedence, TextField, UNDATED},
    dictionary::Dictionary,
    error::{StoreError, StoreErrorKind},
    fresh_rows::FreshRows,
    instant_parser::InstantParser,
};
use crate::decode::PageBytes;
use crate::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, DetailColumns, DocumentKind, Field, NoteAuthor, Record, Severity,
    Timestamp,
};
use crate::util::{parse_rfc3339_ms, text, write_members};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec, vec::Vec};

/// The columns of a document's rows that the store has.
struct PageColumns {
    texts: [(TextField, FieldSet, usize); 5],
    /// The technology names, which have a date of their own.
    names: [(TextField, FieldSet, usize); 2],
    case_id: usize,
    title: usize,
    severity: usize,
    status_flag: Option<usize>,
    created: usize,
    updated: usize,
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
            names: [
                (TextField::Technology, FieldSet::TECHNOLOGY_NAME, column(fields, "technology_name")),
                (TextField::SubTechnology, FieldSet::SUB_TECHNOLOGY_NAME, column(fields, "sub_technology_name")),
            ],
            case_id: column(fields, "case_id"),
            title: column(fields, "title"),
            severity: column(fields, "severity"),
            status_flag,
            created: column(fields, "creation_date"),
            updated: column(fields, "updated_date"),
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
    /// The creation dates and the last updates of the cases.
    dates: [Vec<i64>; 2],
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

/// Checks a page, and finds the memory for it. Nothing that can fail remains to be done.
pub(super) fn stage<'p>(columns: &mut Columns, page: &'p PageBytes<'p>) -> Result<StagedPage<'p>, StoreError> {
    let is_details = page.kind() == DocumentKind::Details;
    let from = if is_details { &DETAIL_COLUMNS } else { &CASE_COLUMNS };
    let mut parser = InstantParser::default();
    let mut dates_of = |column: usize, field: &str| -> Result<Vec<i64>, StoreError> {
        let mut damaged = None;
        let date = |case: usize| match page.string(page.cell(case, column)) {
            "" => NO_DATE,
            text => parser.parse(text).unwrap_or_else(|| {
                damaged = damaged.or(Some(case));
                NO_DATE
            }),
        };
        let dates = (0..page.len()).map(date).collect();
        damaged.map_or(Ok(dates), |case| Err(damaged_date(case, field)))
    };
    let dates = [dates_of(from.created, "creation_date")?, dates_of(from.updated, "updated_date")?];
    let (mut extras, mut details) = (Vec::new(), Vec::new());
    for case in 0..page.len() {
        if is_details {
            details.push(stage_details(page, case)?);
        } else {
            let members = page.extra(case);
            if !members.is_empty() {
                let mut json = String::new();
                write_members(&mut json, &members);
                extras.push((case, json));
            }
        }
    }
    let extra_bytes = extras.iter().map(|(_, json)| json.len()).sum::<usize>();
    columns.reserve(page.len(), page.string_count(), page.byte_len() + extra_bytes)?;
    Ok(StagedPage { page, from, is_details, dates, has_unusual_dates: parser.has_unusual_forms, extras, details })
}

fn damaged_date(case: usize, field: &str) -> StoreError {
    StoreError::new(StoreErrorKind::DamagedPage, &text!("rows[", case, "].", field))
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
        let date = match date {
            "" => NO_DATE,
            date => parse_rfc3339_ms(date.as_bytes()).ok_or_else(|| damaged_date(case, "notes"))?,
        };
        // The service sends the newest note first.
        if date > details.last_note {
            details.last_note = date;
            author = page.note_text(note, column(CaseNote::FIELDS, "created_by"));
        }
    }
    let emails = page.list(cell(column(FIELDS, "contact_email_ids"))).map(|number| page.string(number));
    let contacts = [
        field(column(FIELDS, "contact_name")),
        field(column(FIELDS, "contact_user_id")),
        field(column(FIELDS, "user_id")),
    ];
    details.last_note_by = NoteAuthor::classify(author, [owner_name, owner_email], contacts.into_iter().chain(emails));
    Ok(details)
}

/// Writes the columns of details, by case id, of cases that the store has. Returns the changes.
pub(super) fn apply_details(
    columns: &mut Columns,
    details: &[(String, DetailColumns)],
) -> Result<Vec<RowChange>, StoreError> {
    let bytes = details.iter().map(|(_, columns)| columns.owner.len() + columns.tracking_number.len()).sum();
    columns.reserve(0, u32::try_from(details.len()).unwrap_or(u32::MAX).saturating_mul(2), bytes)?;
    let mut changes = Vec::new();
    for (case_id, details) in details {
        let ms = |date: &Option<Timestamp>| date.as_ref().map_or(NO_DATE, Timestamp::unix_ms);
        let staged = StagedDetails {
            owner: details.owner.clone(),
            tracking_number: details.tracking_number.clone(),
            notes_count: details.notes_count,
            last_note: ms(&details.last_note_date),
            last_note_by: details.last_note_by,
        };
        let Some(row) = columns.row_of(case_id) else { continue };
        let precedence = columns.precedence(row);
        let (mut fields, mut values) = (FieldSet::default(), ChangedValues::default());
        staged.update(columns, row, ms(&details.updated_date), &mut fields, &mut values);
        let is_open = columns.is_open(row);
        changes.extend(change_of(columns, row, is_open, precedence, fields, values));
    }
    Ok(changes)
}

/// Returns the change of a case that the store has, if any.
fn change_of(
    columns: &Columns,
    row: u32,
    was_open: bool,
    precedence: Precedence,
    fields: FieldSet,
    values: ChangedValues,
) -> Option<RowChange> {
    // A date that decides between later records is saved, though it shows in no field.
    if fields.is_empty() && columns.precedence(row) == precedence {
        return None;
    }
    let kind = ChangeKind::of_update(was_open, columns.is_open(row));
    let values = (values != ChangedValues::default()).then(|| Box::new(values));
    Some(RowChange { row, kind, fields, values })
}

/// Writes a page to the columns. Returns the changes, in the order of the page but new cases first, and the positions of
/// records without a case id.
pub(super) fn apply(columns: &mut Columns, staged: &StagedPage<'_>) -> (Vec<RowChange>, Vec<u32>) {
    let (page, column) = (staged.page, staged.from.case_id);
    let (mut fresh, mut known, mut rejected) = (FreshRows::with_capacity(page.len()), Vec::new(), Vec::new());
    let mut case_ids: Vec<&str> = (0..page.len()).map(|case| page.string(page.cell(case, column))).collect();
    let mut cases: Vec<usize> = (0..page.len()).collect();
    if case_ids.contains(&"") {
        let has_id = |case: &usize| case_ids.get(*case).is_some_and(|case_id| !case_id.is_empty());
        rejected.extend(cases.iter().filter(|case| !has_id(case)).map(|case| *case as u32));
        cases.retain(has_id);
        case_ids.retain(|case_id| !case_id.is_empty());
    }
    let (mut hashes, mut rows) = (Vec::new(), Vec::new());
    columns.case_ids.intern_all(&case_ids, &mut hashes, &mut rows);
    columns.alive.reserve(columns.row_count() as usize);
    for (row, case) in rows.into_iter().zip(cases) {
        if columns.alive.contains(row) {
            known.push((row, case));
        } else {
            columns.alive.add(row);
            fresh.push(row, case);
        }
    }
    staged.write_new(columns, &fresh);
    let mut changes: Vec<RowChange> = fresh.iter().map(|(row, _)| RowChange::new(row, ChangeKind::New)).collect();
    for (row, case) in known {
        changes.extend(staged.update(columns, row, case));
    }
    (changes, rejected)
}

impl<'p> StagedPage<'p> {
    /// Writes new cases, column by column.
    fn write_new(&self, columns: &mut Columns, fresh: &FreshRows) {
        let (page, from) = (self.page, self.from);
        if fresh.len() == 0 {
            return;
        }
        let mut strings = ColumnStrings::new(page);
        let severity = (&mut columns.severity, from.severity);
        for (to, column) in from.status_flag.map(|flag| (&mut columns.status_flag, flag)).into_iter().chain([severity])
        {
            fresh.read(page, column, &mut strings.cells);
            fresh.write(&strings.cells, &mut |row, cells| to.set_run(row, cells));
        }
        let dates = [(&mut columns.created, from.created), (&mut columns.updated, from.updated)];
        for ((to, column), dates) in dates.into_iter().zip(&self.dates) {
            let date = |case: usize| dates.get(case).copied().unwrap_or(NO_DATE);
            let mut write = |instants: &[i64]| fresh.write(instants, &mut |row, cells| to.ms.set_run(row, cells));
            if fresh.has_all(page.len()) {
                write(dates);
            } else {
                write(&fresh.iter().map(|(_, case)| date(case)).collect::<Vec<_>>());
            }
            if self.has_unusual_dates {
                for (row, case) in fresh.iter() {
                    to.set(row, date(case), page.string(page.cell(case, column)));
                }
            }
        }
        fresh.read(page, from.title, &mut strings.cells);
        let titles = || strings.cells.iter().map(|cell| page.string(*cell));
        if !fresh.first_of_run().is_some_and(|first| columns.append_titles(first, titles())) {
            for ((row, _), title) in fresh.iter().zip(titles()) {
                columns.set_title(row, title);
            }
        }
        self.write_texts(columns, fresh, &mut strings);
        self.write_lists(columns, fresh, &mut strings);
        self.write_others(columns, fresh);
    }

    /// Writes the texts of new cases that have dictionaries.
    fn write_texts(&self, columns: &mut Columns, fresh: &FreshRows, strings: &mut ColumnStrings<'p>) {
        let (page, from) = (self.page, self.from);
        for (field, _, column) in from.texts.iter().chain(&from.names) {
            fresh.read(page, *column, &mut strings.cells);
            // Lists have no technology names, and the cells of new rows are blank.
            if strings.cells.iter().all(|cell| *cell == 0) {
                continue;
            }
            let to = columns.text_mut(*field);
            strings.intern(&mut to.values, *field == TextField::Status);
            fresh.write(&strings.cells, &mut |row, cells| to.ids.set_run(row, cells));
        }
    }

    /// Writes the bugs and RMAs of new cases.
    fn write_lists(&self, columns: &mut Columns, fresh: &FreshRows, strings: &mut ColumnStrings<'p>) {
        let page = self.page;
        let mut rows = Vec::new();
        for (to, column) in [(&mut columns.bugs, self.from.bugs), (&mut columns.rmas, self.from.rmas)] {
            rows.clear();
            strings.cells.clear();
            for (row, case) in fresh.iter() {
                let cell = page.cell(case, column);
                if cell > 0 {
                    strings.cells.extend(page.list(cell));
                    rows.push((row, strings.cells.len()));
                }
            }
            strings.intern(&mut to.values, false);
            let mut start = 0;
            for (row, end) in &rows {
                to.set(*row, strings.cells.get(start..*end).unwrap_or_default());
                start = *end;
            }
        }
    }

    /// Writes the columns of new cases that are blank for most of them.
    fn write_others(&self, columns: &mut Columns, fresh: &FreshRows) {
        if self.extras.is_empty() && !self.is_details {
            return;
        }
        for (row, case) in fresh.iter() {
            columns.set_extra(row, self.extra_of(case));
            if self.is_details {
                columns.set_listed(row, 0, NEVER);
            }
            if let Some(details) = self.details.get(case) {
                details.write(columns, row, self.dates_of(case)[1]);
            }
        }
    }

    fn text(&self, case: usize, column: usize) -> &str {
        self.page.string(self.page.cell(case, column))
    }

    /// Returns the text of a column that has a dictionary.
    fn dictionary_text(&self, field: TextField, case: usize, column: usize) -> &'p str {
        let cell = self.page.cell(case, column);
        if field == TextField::Status { self.page.status(cell) } else { self.page.string(cell) }
    }

    fn dates_of(&self, case: usize) -> [i64; 2] {
        [0, 1].map(|column| {
            self.dates.get(column).and_then(|dates: &Vec<i64>| dates.get(case)).copied().unwrap_or(NO_DATE)
        })
    }

    /// Returns the undocumented fields of a case as JSON text; `""` for none.
    fn extra_of(&self, case: usize) -> &str {
        let found = self.extras.binary_search_by_key(&case, |(case, _)| *case);
        found.ok().and_then(|found| self.extras.get(found)).map_or("", |(_, json)| json)
    }

    /// Returns whether a record changes nothing, as far as that is cheap to tell: a list or summary that was applied before,
    /// and nothing since.
    fn is_repeated(&self, columns: &Columns, row: u32, case: usize) -> bool {
        let (page, from) = (self.page, self.from);
        let Some(flag) = from.status_flag else { return false };
        let cell = |column| page.cell(case, column);
        let [created, updated] = self.dates_of(case);
        let has_same_dates = columns.updated.instant(row) == updated
            && columns.created.instant(row) == created
            && [&columns.listed_dated, &columns.technology_dated].iter().all(|dates| dates.get(row) == NO_DATE);
        let bytes =
            [(&columns.severity, cell(from.severity)), (&columns.status_flag, cell(flag)), (&columns.listed_flag, 0)];
        if !has_same_dates || bytes.iter().any(|(known, cell)| known.get(row) != *cell) {
            return false;
        }
        let is_same = |(field, _, column): &(TextField, FieldSet, usize)| {
            let known = columns.text(*field);
            known.values.is_same(known.ids.get(row), self.dictionary_text(*field, case, *column))
        };
        // A record without technology names says nothing about them.
        let has_names = from.names.iter().any(|(_, _, column)| !self.text(case, *column).is_empty());
        from.texts.iter().all(is_same)
            && (!has_names || from.names.iter().all(is_same))
            && columns.titles.is_same(columns.title_number(row), page.string(cell(from.title)).as_bytes())
            && [(&columns.bugs, from.bugs), (&columns.rmas, from.rmas)].iter().all(|(list, column)| {
                let (ids, strings) = (list.ids(row), page.list(cell(*column)));
                strings.len() == ids.len()
                    && ids.iter().zip(strings).all(|(id, string)| list.values.is_same(*id, page.string(string)))
            })
            && columns.extra_text(row) == self.extra_of(case)
    }

    /// Writes a case that the store has, and returns the change, if any.
    fn update(&self, columns: &mut Columns, row: u32, case: usize) -> Option<RowChange> {
        if self.is_repeated(columns, row, case) {
            return None;
        }
        let [_, updated] = self.dates_of(case);
        let former = columns.updated.instant(row);
        let mut fields = FieldSet::default();
        let mut values = ChangedValues::default();
        let was_open = columns.is_open(row);
        let precedence = columns.precedence(row);
        let (technology_date, (_, listed_date), _) = precedence;
        let is_from_details = listed_date != former.max(UNDATED);
        if updated > former || updated == former && (!self.is_details || is_from_details) {
            self.update_case(columns, row, case, &mut fields, &mut values);
            self.update_dates(columns, row, case, &mut fields);
        }
        self.update_listed(columns, row, case, listed_date, &mut fields);
        self.update_technology(columns, row, case, technology_date, &mut fields);
        if let Some(details) = self.details.get(case) {
            details.update(columns, row, updated, &mut fields, &mut values);
        }
        change_of(columns, row, was_open, precedence, fields, values)
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
        let is_first = columns.status_since.get(row) == NO_DATE;
        if fields.intersects(FieldSet::STATUS) && updated != NO_DATE {
            columns.status_since.set(row, updated << 1 | 1);
        } else if is_first && updated > former && former != NO_DATE {
            columns.status_since.set(row, former << 1);
        }
    }

    /// Writes the fields that only lists and summaries have, if none newer are known. `known` is the date of the known
    /// ones before the update.
    fn update_listed(&self, columns: &mut Columns, row: u32, case: usize, known: i64, fields: &mut FieldSet) {
        let former = columns.status_flag.get(row);
        let (mut flag, _) = columns.listed(row);
        let mut date = known;
        let own_date = self.dates_of(case)[1].max(UNDATED);
        if let Some(column) = self.from.status_flag
            && own_date >= known
        {
            date = own_date;
            flag = self.page.cell(case, column);
            if columns.extra_text(row) != self.extra_of(case) {
                fields.add_if(true, FieldSet::EXTRA);
                columns.set_extra(row, self.extra_of(case));
            }
        }
        columns.set_listed(row, flag, date);
        fields.add_if(columns.status_flag.get(row) != former, FieldSet::STATUS_FLAG);
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
        let severity = page.cell(case, from.severity);
        let former = columns.severity.get(row);
        if severity != former {
            fields.add_if(true, FieldSet::SEVERITY);
            let [before, after] = [former, severity].map(|severity| Severity::new(severity as u8));
            values.severity = Some(BeforeAfter { before, after });
            columns.severity.set(row, severity);
        }
        for (field, bit, column) in &from.texts {
            let text = self.dictionary_text(*field, case, *column);
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
        let names = self.from.names.map(|(field, bit, column)| (field, bit, self.text(case, column)));
        let date = self.dates_of(case)[1].max(UNDATED);
        let has_names = names.iter().any(|(_, _, name)| !name.is_empty());
        let is_newest = has_names && known_date.is_none_or(|known| date >= known);
        if is_newest {
            for (field, bit, name) in names {
                let to = columns.text_mut(field);
                fields.add_if(to.text(row) != name, bit);
                let id = to.values.intern(name);
                to.ids.set(row, id);
            }
        }
        columns.set_technology_date(row, if is_newest { Some(date) } else { known_date });
    }
}

/// The cells of a column of a page, and what they are interned with: memory that all columns use.
struct ColumnStrings<'p> {
    page: &'p PageBytes<'p>,
    /// The cells; then the ids of their strings.
    cells: Vec<u32>,
    /// The place of each string in `texts`: above its 24 bits, the number of the column.
    places: Vec<u32>,
    column: u32,
    /// The strings of the column, each once.
    texts: Vec<&'p str>,
    hashes: Vec<u32>,
    ids: Vec<u32>,
}

impl<'p> ColumnStrings<'p> {
    const PLACE_BITS: u32 = 24;

    fn new(page: &'p PageBytes<'p>) -> ColumnStrings<'p> {
        // The cells of documented statuses come first.
        let places = vec![0; page.string_count() as usize + CaseStatus::DOCUMENTED.len()];
        let texts = Vec::with_capacity(page.len());
        let [cells, ids] = [(), ()].map(|()| Vec::with_capacity(page.len()));
        ColumnStrings { page, cells, places, column: 0, texts, hashes: Vec::with_capacity(page.len()), ids }
    }

    /// Replaces the cells, which may be those of statuses, by the ids of their strings, each of which is looked up once.
    fn intern(&mut self, dictionary: &mut Dictionary, are_statuses: bool) {
        self.column += 1 << Self::PLACE_BITS;
        let ColumnStrings { page, cells, places, column, texts, hashes, ids } = self;
        let column = *column;
        texts.clear();
        for cell in cells.iter_mut() {
            let Some(place) = places.get_mut(*cell as usize) else { continue };
            if *place < column {
                *place = column | texts.len() as u32;
                texts.push(if are_statuses { page.status(*cell) } else { page.string(*cell) });
            }
            *cell = *place - column;
        }
        dictionary.intern_all(texts, hashes, ids);
        for cell in cells {
            *cell = ids.get(*cell as usize).copied().unwrap_or(0);
        }
    }
}

impl StagedDetails {
    /// Writes details of an update, unless a row has newer ones.
    fn update(&self, columns: &mut Columns, row: u32, updated: i64, fields: &mut FieldSet, values: &mut ChangedValues) {
        if updated.max(UNDATED) >= columns.details_dated.get(row) {
            self.compare(columns, row, fields, values);
            self.write(columns, row, updated);
        }
    }

    /// Adds the fields that differ from the details of a row.
    fn compare(&self, columns: &Columns, row: u32, fields: &mut FieldSet, values: &mut ChangedValues) {
        let owner = columns.owner.text(row);
        if owner != self.owner {
            fields.add_if(true, FieldSet::OWNER);
            values.owner = Some(BeforeAfter { before: owner.to_owned(), after: self.owner.clone() });
        }
        fields.add_if(columns.tracking_number.text(row) != self.tracking_number, FieldSet::TRACKING_NUMBER);
        fields.add_if(columns.notes_count.get(row) != self.notes_count.saturating_add(1), FieldSet::NOTES_COUNT);
        fields.add_if(columns.last_note.get(row) != self.last_note, FieldSet::LAST_NOTE_DATE);
        fields.add_if(columns.last_note_by.get(row) != self.last_note_by as u32, FieldSet::LAST_NOTE_BY);
    }

    fn write(&self, columns: &mut Columns, row: u32, updated: i64) {
        for (to, text) in [(&mut columns.owner, &self.owner), (&mut columns.tracking_number, &self.tracking_number)] {
            let id = to.values.intern(text);
            to.ids.set(row, id);
        }
        columns.notes_count.set(row, self.notes_count.saturating_add(1));
        columns.last_note.set(row, self.last_note);
        columns.last_note_by.set(row, self.last_note_by as u32);
        columns.details_dated.set(row, updated.max(UNDATED));
    }
}
