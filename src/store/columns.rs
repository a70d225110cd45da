//! The columns of all cases.

pub(super) use super::instant_column::NO_DATE;
use super::{
    dictionary::{Dictionary, TextTable},
    instant_column::InstantColumn,
    list_arena::ListArena,
    number_column::NumberColumn,
    row_set::RowSet,
    text_arena::TextArena,
};
use crate::model::{CaseStatus, StatusFlag, Timestamp};
use crate::util::push_rfc3339_utc;
use alloc::string::String;

/// The date of a group of fields that no record had yet. See `apply`.
pub(super) const NEVER: i64 = NO_DATE + 1;
/// The date of a group of fields from a record without `updated_date`: before every date.
pub(super) const UNDATED: i64 = NO_DATE + 2;
/// The dates of the technology names, of the newest list with its flag, and of the details.
pub(super) type Precedence = (Option<i64>, (u32, i64), i64);
/// The mark of a date text `YYYY-MM-DDTHH:MM:SSZ`, without milliseconds.
const SECONDS_TEXT: u32 = 1;

/// A column of texts with few or repeated values.
#[derive(Clone, Debug, Default)]
pub(super) struct DictionaryColumn {
    /// The id of each row's value; 0 for none.
    pub(super) ids: NumberColumn,
    pub(super) values: Dictionary,
}

impl DictionaryColumn {
    /// Returns the text of a row; `""` for none.
    #[inline(never)]
    pub(super) fn text(&self, row: u32) -> &str {
        self.values.get(self.ids.get(row))
    }

    fn memory_bytes(&self) -> usize {
        self.ids.memory_bytes() + self.values.memory_bytes()
    }
}

/// A column of lists of texts: bugs, or RMAs.
#[derive(Clone, Debug, Default)]
pub(super) struct ListColumn {
    /// The position of each row's list; 0 for an empty list.
    pub(super) positions: NumberColumn,
    /// The lists, as ids of `values`.
    pub(super) lists: ListArena,
    pub(super) values: Dictionary,
    /// The numbers in `lists` that no row refers to.
    pub(super) dead_words: usize,
}

impl ListColumn {
    /// Returns the ids of a row's list.
    #[inline]
    pub(super) fn ids(&self, row: u32) -> &[u32] {
        self.lists.get(self.positions.get(row))
    }

    /// Sets the list of a row. The former list is dead.
    pub(super) fn set(&mut self, row: u32, ids: &[u32]) {
        let former = self.ids(row).len();
        self.dead_words += if former > 0 { former + 1 } else { 0 };
        let position = self.lists.push(ids);
        self.positions.set(row, position);
    }

    /// Returns the texts of a row's list.
    pub(super) fn texts(&self, row: u32) -> impl Iterator<Item = &str> {
        self.ids(row).iter().map(|id| self.values.get(*id))
    }

    fn memory_bytes(&self) -> usize {
        self.positions.memory_bytes() + self.lists.memory_bytes() + self.values.memory_bytes()
    }
}

/// A column of instants, with the texts that are not in the usual form.
#[derive(Clone, Debug)]
pub(super) struct DateColumn {
    /// Milliseconds since 1970 (UTC); [`NO_DATE`] for none.
    pub(super) ms: InstantColumn,
    /// The form of the text: 0 for `YYYY-MM-DDTHH:MM:SS.mmmZ`, otherwise [`SECONDS_TEXT`] or a number in `texts`.
    pub(super) forms: NumberColumn,
    pub(super) texts: TextArena,
    /// Bytes of texts that no row refers to.
    pub(super) dead_bytes: usize,
}

impl Default for DateColumn {
    fn default() -> DateColumn {
        let mut texts = TextArena::default();
        // The forms that are no numbers of texts.
        for _ in 0..=SECONDS_TEXT {
            texts.push("");
        }
        DateColumn { ms: InstantColumn::default(), forms: NumberColumn::default(), texts, dead_bytes: 0 }
    }
}

impl DateColumn {
    /// Returns the instant of a row; [`NO_DATE`] for none.
    #[inline]
    pub(super) fn instant(&self, row: u32) -> i64 {
        self.ms.get(row)
    }

    /// Appends the text of a row's date, as the service sent it; nothing for a missing date.
    pub(super) fn write_text(&self, row: u32, out: &mut String) {
        let ms = self.instant(row);
        if ms == NO_DATE {
            return;
        }
        match self.forms.get(row) {
            0 => push_rfc3339_utc(out, ms, true),
            SECONDS_TEXT => push_rfc3339_utc(out, ms, false),
            number => out.push_str(self.texts.get(number)),
        }
    }

    /// Sets the date of a row. `text` must be its date; an empty one stands for the usual form.
    pub(super) fn set(&mut self, row: u32, ms: i64, text: &str) {
        let former = self.texts.get(self.forms.get(row));
        let length = former.len();
        let form = match text.as_bytes() {
            _ if has_usual_form(text) => 0,
            [.., b'T', _, _, b':', _, _, b':', _, _, b'Z'] => SECONDS_TEXT,
            _ if former == text => return self.ms.set(row, ms),
            _ => self.texts.push(text),
        };
        self.dead_bytes += length;
        self.ms.set(row, ms);
        self.forms.set(row, form);
    }

    /// Copies the date of a row of another column.
    pub(super) fn copy(&mut self, row: u32, from: &DateColumn, from_row: u32) {
        let mut text = String::new();
        if from.forms.get(from_row) > 0 {
            from.write_text(from_row, &mut text);
        }
        self.set(row, from.instant(from_row), &text);
    }

    pub(super) fn timestamp(&self, row: u32) -> Option<Timestamp> {
        let mut text = String::new();
        self.write_text(row, &mut text);
        Timestamp::parse(&text)
    }

    fn memory_bytes(&self) -> usize {
        self.ms.memory_bytes() + self.forms.memory_bytes() + self.texts.memory_bytes()
    }
}

/// Returns whether a date is empty or has the form `YYYY-MM-DDTHH:MM:SS.mmmZ`.
pub(super) fn has_usual_form(date: &str) -> bool {
    matches!(date.as_bytes(), [] | [.., b'T', _, _, b':', _, _, b':', _, _, b'.', _, _, _, b'Z'])
}

/// A column with a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextField {
    Status,
    Contract,
    User,
    Technology,
    SubTechnology,
    Contact,
    Serial,
    /// The owner of the case: the name, or the e-mail address if the details have no name.
    Owner,
    TrackingNumber,
}

impl TextField {
    pub(super) const ALL: [TextField; 9] = [
        TextField::Status,
        TextField::Contract,
        TextField::User,
        TextField::Technology,
        TextField::SubTechnology,
        TextField::Contact,
        TextField::Serial,
        TextField::Owner,
        TextField::TrackingNumber,
    ];
}

/// The columns of all cases: one row per case, stable until the store is compacted.
///
/// | column | cells |
/// |---|---|
/// | `case_ids` | the case ids; the number of an id is its row |
/// | `severity` | 1 to 4; 0 for none |
/// | `status_flag` | 1 for `O`, 2 for `C`; 0 for none |
/// | [`text`](Self::text) | dictionary ids; 0 for `""` |
/// | `created`, `updated` | milliseconds since 1970 (UTC); [`NO_DATE`] for none |
/// | `title` | see [`title_number`](Self::title_number) |
/// | `bugs`, `rmas` | positions of lists of dictionary ids; 0 for an empty list |
/// | `status_since` | see [`status_since`](Self::status_since) |
/// | `extra` | the number of a JSON text in `extras`; 0 for none |
/// | `notes_count`, `last_note`, `last_note_by` | from the details: 1 more than the count and 0 for no details, milliseconds, author |
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// The rows that have a case.
    pub(super) alive: RowSet,
    pub(super) case_ids: TextTable,
    pub(super) severity: NumberColumn,
    pub(super) status_flag: NumberColumn,
    pub(super) status: DictionaryColumn,
    pub(super) contract: DictionaryColumn,
    pub(super) user: DictionaryColumn,
    pub(super) technology: DictionaryColumn,
    pub(super) sub_technology: DictionaryColumn,
    pub(super) contact: DictionaryColumn,
    pub(super) serial: DictionaryColumn,
    pub(super) owner: DictionaryColumn,
    pub(super) tracking_number: DictionaryColumn,
    pub(super) created: DateColumn,
    pub(super) updated: DateColumn,
    pub(super) title: NumberColumn,
    /// All titles, appended: a changed title is another text, and the former one is dead until compaction.
    pub(super) titles: TextArena,
    /// The row of each title, less the row whose first title it would be. See [`titled_row`](Self::titled_row).
    title_rows: NumberColumn,
    pub(super) bugs: ListColumn,
    pub(super) rmas: ListColumn,
    pub(super) status_since: InstantColumn,
    pub(super) extra: NumberColumn,
    pub(super) extras: TextArena,
    pub(super) notes_count: NumberColumn,
    pub(super) last_note: InstantColumn,
    pub(super) last_note_by: NumberColumn,
    /// The `updated_date` of the record that the technology names are from, if it is not that of the case.
    pub(super) technology_dated: InstantColumn,
    /// The `updated_date` of the newest list or summary, if it is not that of the case, and 1 more than its flag, if it
    /// is not the flag of the case.
    pub(super) listed_dated: InstantColumn,
    pub(super) listed_flag: NumberColumn,
    /// The `updated_date` of the details; [`NO_DATE`] for no details.
    pub(super) details_dated: InstantColumn,
    /// Bytes of titles and undocumented fields that no row refers to.
    pub(super) dead_bytes: usize,
    /// Bytes of memory that were found free, for further cases. See `capacity`.
    pub(super) reserved: usize,
}

impl Default for Columns {
    fn default() -> Columns {
        let (mut titles, mut extras) = (TextArena::default(), TextArena::default());
        titles.push("");
        extras.push("");
        Columns {
            alive: RowSet::default(),
            case_ids: TextTable::default(),
            severity: NumberColumn::default(),
            status_flag: NumberColumn::default(),
            status: DictionaryColumn::default(),
            contract: DictionaryColumn::default(),
            user: DictionaryColumn::default(),
            technology: DictionaryColumn::default(),
            sub_technology: DictionaryColumn::default(),
            contact: DictionaryColumn::default(),
            serial: DictionaryColumn::default(),
            owner: DictionaryColumn::default(),
            tracking_number: DictionaryColumn::default(),
            created: DateColumn::default(),
            updated: DateColumn::default(),
            title: NumberColumn::default(),
            titles,
            title_rows: NumberColumn::default(),
            bugs: ListColumn::default(),
            rmas: ListColumn::default(),
            status_since: InstantColumn::default(),
            extra: NumberColumn::default(),
            extras,
            notes_count: NumberColumn::default(),
            last_note: InstantColumn::default(),
            last_note_by: NumberColumn::default(),
            technology_dated: InstantColumn::default(),
            listed_dated: InstantColumn::default(),
            listed_flag: NumberColumn::default(),
            details_dated: InstantColumn::default(),
            dead_bytes: 0,
            reserved: 0,
        }
    }
}

impl Columns {
    /// Returns the number of rows, including those without a case.
    pub(super) fn row_count(&self) -> u32 {
        self.case_ids.len()
    }

    /// Returns the number of chunks of rows.
    pub(super) fn chunk_count(&self) -> usize {
        self.alive.chunk_count()
    }

    /// Returns the row of a case that the store has.
    pub(super) fn row_of(&self, case_id: &str) -> Option<u32> {
        self.case_ids.find(case_id).filter(|row| self.alive.contains(*row))
    }

    /// Returns a column with a dictionary.
    pub(super) fn text(&self, field: TextField) -> &DictionaryColumn {
        match field {
            TextField::Status => &self.status,
            TextField::Contract => &self.contract,
            TextField::User => &self.user,
            TextField::Technology => &self.technology,
            TextField::SubTechnology => &self.sub_technology,
            TextField::Contact => &self.contact,
            TextField::Serial => &self.serial,
            TextField::Owner => &self.owner,
            TextField::TrackingNumber => &self.tracking_number,
        }
    }

    /// Returns a column with a dictionary, to be written.
    pub(super) fn text_mut(&mut self, field: TextField) -> &mut DictionaryColumn {
        match field {
            TextField::Status => &mut self.status,
            TextField::Contract => &mut self.contract,
            TextField::User => &mut self.user,
            TextField::Technology => &mut self.technology,
            TextField::SubTechnology => &mut self.sub_technology,
            TextField::Contact => &mut self.contact,
            TextField::Serial => &mut self.serial,
            TextField::Owner => &mut self.owner,
            TextField::TrackingNumber => &mut self.tracking_number,
        }
    }

    /// Returns the title of a row that has a case.
    #[inline(never)]
    pub(super) fn title_text(&self, row: u32) -> &str {
        self.titles.get(self.title_number(row))
    }

    /// Returns the number of the title of a row that has a case, in `titles`; 0 for `""`.
    ///
    /// The column has the difference to 1 more than the row: cases that arrive once have blank cells, which take no
    /// memory.
    #[inline]
    pub(super) fn title_number(&self, row: u32) -> u32 {
        self.title.get(row).wrapping_add(row).wrapping_add(1)
    }

    /// Returns the row that has a title, with a case or without; `None` for a dead title.
    #[inline]
    pub(super) fn titled_row(&self, title: u32) -> Option<u32> {
        let row = title.checked_sub(1)?.wrapping_add(self.title_rows.get(title));
        (self.title_number(row) == title).then_some(row)
    }

    /// Returns the row of a title; `None` for a dead title.
    pub(super) fn row_of_title(&self, title: u32) -> Option<u32> {
        self.titled_row(title).filter(|row| self.alive.contains(*row))
    }

    /// Returns whether the case of a row is open: by its flag, or by its status if the service sent no flag.
    pub(super) fn is_open(&self, row: u32) -> bool {
        match self.status_flag.get(row) {
            1 => true,
            2 => false,
            _ => self.status.text(row) != CaseStatus::Closed.as_str(),
        }
    }

    /// Returns the instant since which a case has had its status, and whether it is exact. An inexact one is an upper
    /// bound: the case has had its status at least since then. [`NO_DATE`] if nothing is known.
    pub(super) fn status_since(&self, row: u32) -> (i64, bool) {
        let cell = self.status_since.get(row);
        (status_since_ms(cell, self.updated.instant(row)), is_exact_cell(cell))
    }

    /// Returns the status flag of a row.
    pub(super) fn flag(&self, row: u32) -> Option<StatusFlag> {
        let index = self.status_flag.get(row).checked_sub(1)?;
        StatusFlag::ALL.get(index as usize).copied()
    }

    /// Returns the undocumented fields of a row as the text of a JSON object; `""` for none.
    pub(super) fn extra_text(&self, row: u32) -> &str {
        self.extras.get(self.extra.get(row))
    }

    /// Sets the title of a row. The former title is dead.
    pub(super) fn set_title(&mut self, row: u32, text: &str) {
        let former = self.title_number(row);
        if self.titled_row(former) == Some(row) {
            self.dead_bytes += self.titles.get(former).len();
        }
        let first = row.wrapping_add(1);
        let title = if text.is_empty() && self.titles.len() != first { 0 } else { self.titles.push(text) };
        self.title.set(row, title.wrapping_sub(first));
        if title > 0 {
            self.title_rows.set(title, first.wrapping_sub(title));
        }
    }

    /// Appends the titles of new rows, if they are the last rows and each title has the number of its row. Returns whether
    /// that is so; otherwise, nothing changes.
    pub(super) fn append_titles<'t>(&mut self, first: u32, titles: impl Iterator<Item = &'t str>) -> bool {
        if first.wrapping_add(1) != self.titles.len() {
            return false;
        }
        for (title, row) in titles.zip(first..) {
            self.titles.push(title);
            if self.title.get(row) > 0 {
                self.title.set(row, 0);
            }
        }
        true
    }

    /// Sets the undocumented fields of a row, as the text of a JSON object. The former text is dead.
    pub(super) fn set_extra(&mut self, row: u32, json: &str) {
        self.dead_bytes += self.extra_text(row).len();
        let extra = if json.is_empty() { 0 } else { self.extras.push(json) };
        self.extra.set(row, extra);
    }

    /// Returns the date of the technology names of a row; `None` if it has none.
    pub(super) fn technology_date(&self, row: u32) -> Option<i64> {
        let has_name = |column: &DictionaryColumn| column.ids.get(row) > 0;
        let has_names = has_name(&self.technology) || has_name(&self.sub_technology);
        has_names.then(|| self.group_date(&self.technology_dated, row))
    }

    /// Sets the date of the technology names of a row.
    pub(super) fn set_technology_date(&mut self, row: u32, date: Option<i64>) {
        let own = self.updated.instant(row).max(UNDATED);
        self.technology_dated.set(row, date.filter(|date| *date != own).unwrap_or(NO_DATE));
    }

    /// Returns the dates of the groups of fields, and the flag of the newest list: what decides between records, though it
    /// shows in no field.
    pub(super) fn precedence(&self, row: u32) -> Precedence {
        (self.technology_date(row), self.listed(row), self.details_dated.get(row))
    }

    /// Returns the flag of the newest list or summary that had the case of a row, and the date of that record.
    pub(super) fn listed(&self, row: u32) -> (u32, i64) {
        let flag = self.listed_flag.get(row).checked_sub(1);
        (flag.unwrap_or_else(|| self.status_flag.get(row)), self.group_date(&self.listed_dated, row))
    }

    /// Returns the date of a group of fields. A blank cell means the date of the case.
    fn group_date(&self, dates: &InstantColumn, row: u32) -> i64 {
        match dates.get(row) {
            NO_DATE => self.updated.instant(row).max(UNDATED),
            date => date,
        }
    }

    /// Sets the flag of a row to that of its newest list or summary, and the date of that record. A flag that is older
    /// than the status counts only if both agree on whether the case is open.
    pub(super) fn set_listed(&mut self, row: u32, flag: u32, date: i64) {
        let is_own = date == self.updated.instant(row).max(UNDATED);
        let is_open = self.status.text(row) != CaseStatus::Closed.as_str();
        let visible = if is_own || flag == if is_open { 1 } else { 2 } { flag } else { 0 };
        self.status_flag.set(row, visible);
        self.listed_flag.set(row, if visible == flag { 0 } else { flag + 1 });
        self.listed_dated.set(row, if is_own { NO_DATE } else { date });
    }

    /// Removes the case of a row, and returns whether there was one. Its id remains, so that the row is stable.
    pub(super) fn remove(&mut self, row: u32) -> bool {
        if !self.alive.remove(row) {
            return false;
        }
        self.severity.set(row, 0);
        self.status_flag.set(row, 0);
        for field in TextField::ALL {
            self.text_mut(field).ids.set(row, 0);
        }
        self.created.set(row, NO_DATE, "");
        self.updated.set(row, NO_DATE, "");
        self.set_title(row, "");
        self.bugs.set(row, &[]);
        self.rmas.set(row, &[]);
        self.status_since.set(row, NO_DATE);
        self.set_extra(row, "");
        self.notes_count.set(row, 0);
        self.last_note.set(row, NO_DATE);
        self.last_note_by.set(row, 0);
        self.technology_dated.set(row, NO_DATE);
        self.listed_dated.set(row, NO_DATE);
        self.listed_flag.set(row, 0);
        self.details_dated.set(row, NO_DATE);
        true
    }

    /// Returns the bytes of memory of all columns.
    pub(super) fn memory_bytes(&self) -> usize {
        let dictionaries: usize = TextField::ALL.iter().map(|field| self.text(*field).memory_bytes()).sum();
        let numbers = [
            &self.severity,
            &self.status_flag,
            &self.title,
            &self.title_rows,
            &self.extra,
            &self.notes_count,
            &self.last_note_by,
            &self.listed_flag,
        ];
        let instants =
            [&self.status_since, &self.last_note, &self.technology_dated, &self.listed_dated, &self.details_dated];
        size_of_val(self.alive.words())
            + self.case_ids.memory_bytes()
            + self.titles.memory_bytes()
            + self.extras.memory_bytes()
            + self.created.memory_bytes()
            + self.updated.memory_bytes()
            + self.bugs.memory_bytes()
            + self.rmas.memory_bytes()
            + dictionaries
            + numbers.map(NumberColumn::memory_bytes).iter().sum::<usize>()
            + instants.map(InstantColumn::memory_bytes).iter().sum::<usize>()
    }
}

/// Returns whether the instant of a cell of `status_since` is exact.
pub(super) fn is_exact_cell(cell: i64) -> bool {
    cell != NO_DATE && cell & 1 == 1
}

/// Returns the instant of a cell of `status_since`, given the case's `updated_date`.
///
/// A cell is twice the milliseconds, plus 1 if the instant is exact. A blank cell means that the status was the same
/// since the case was first seen, and that the case has not been updated since then.
#[inline]
pub(super) fn status_since_ms(cell: i64, updated: i64) -> i64 {
    if cell == NO_DATE { updated } else { cell >> 1 }
}
