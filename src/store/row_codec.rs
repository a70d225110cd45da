//! Rows as numbers and texts, independent of the dictionaries of a store.

use super::{
    columns::{Columns, DateColumn, ListColumn, NEVER, NO_DATE, TextField, UNDATED, is_exact_cell, status_since_ms},
    dictionary::{Dictionary, TextTable},
    part_codec::{PartReader, PartWriter},
};
use crate::model::Timestamp;
use crate::util::{Json, parse_json, parse_rfc3339_ms};
use alloc::{string::String, vec, vec::Vec};

const TEXT_FIELDS: usize = TextField::ALL.len();
/// The bits of the optional groups that a row has.
mod group {
    pub(super) const ALIVE: u64 = 1;
    pub(super) const TITLE: u64 = 1 << 1;
    pub(super) const CREATED_TEXT: u64 = 1 << 2;
    pub(super) const UPDATED_TEXT: u64 = 1 << 3;
    pub(super) const BUGS: u64 = 1 << 4;
    pub(super) const RMAS: u64 = 1 << 5;
    pub(super) const STATUS_SINCE: u64 = 1 << 6;
    pub(super) const EXTRA: u64 = 1 << 7;
    pub(super) const DETAILS: u64 = 1 << 8;
    pub(super) const TECHNOLOGY_DATED: u64 = 1 << 9;
    pub(super) const LISTED_DATED: u64 = 1 << 10;
    pub(super) const ALL: u64 = (1 << 11) - 1;
}

/// A writer of rows. Equal texts of all rows are written once.
#[derive(Debug, Default)]
pub(super) struct RowWriter {
    strings: TextTable,
    rows: PartWriter,
    count: u64,
    previous_dates: [i64; 2],
}

impl RowWriter {
    fn string(&mut self, text: &str) {
        let number = self.strings.intern(text);
        self.rows.number(u64::from(number));
    }

    /// Appends a row. A row without a case has its id only.
    pub(super) fn row(&mut self, columns: &Columns, row: u32) {
        self.count += 1;
        self.rows.text(columns.case_ids.get(row));
        if !columns.alive.contains(row) {
            return self.rows.number(0);
        }
        let (flag, listed_date) = columns.listed(row);
        let own_date = columns.updated.instant(row).max(UNDATED);
        let technology_date = columns.technology_date(row).unwrap_or(own_date);
        let status_since = columns.status_since.get(row);
        let notes_count = columns.notes_count.get(row);
        let dates = [&columns.created, &columns.updated];
        let [created_text, updated_text] = dates.map(|date| has_unusual_text(date, row));
        let (title, extra) = (columns.title_text(row), columns.extra_text(row));
        let mut groups = group::ALIVE;
        for (is_present, bit) in [
            (!title.is_empty(), group::TITLE),
            (created_text, group::CREATED_TEXT),
            (updated_text, group::UPDATED_TEXT),
            (!columns.bugs.ids(row).is_empty(), group::BUGS),
            (!columns.rmas.ids(row).is_empty(), group::RMAS),
            (status_since != NO_DATE, group::STATUS_SINCE),
            (!extra.is_empty(), group::EXTRA),
            (notes_count > 0, group::DETAILS),
            (technology_date != own_date, group::TECHNOLOGY_DATED),
            (listed_date != own_date, group::LISTED_DATED),
        ] {
            groups |= if is_present { bit } else { 0 };
        }
        self.rows.number(groups);
        self.rows.number(u64::from(columns.severity.get(row) | flag << 3));
        for field in TextField::ALL {
            self.string(columns.text(field).text(row));
        }
        for (column, previous) in dates.into_iter().zip(0..) {
            self.date(column.instant(row), previous);
        }
        if groups & group::TITLE > 0 {
            self.rows.text(title);
        }
        for (is_unusual, column) in [created_text, updated_text].into_iter().zip(dates) {
            if is_unusual {
                let mut text = String::new();
                column.write_text(row, &mut text);
                self.rows.text(&text);
            }
        }
        for list in [&columns.bugs, &columns.rmas] {
            if !list.ids(row).is_empty() {
                self.list(list, row);
            }
        }
        if groups & group::STATUS_SINCE > 0 {
            self.rows.signed(status_since);
        }
        if groups & group::EXTRA > 0 {
            self.rows.text(extra);
        }
        if groups & group::DETAILS > 0 {
            self.rows.number(u64::from(notes_count));
            self.rows.signed(columns.last_note.get(row));
            self.rows.number(u64::from(columns.last_note_by.get(row)));
            self.rows.signed(columns.details_dated.get(row));
        }
        if groups & group::TECHNOLOGY_DATED > 0 {
            self.rows.signed(technology_date);
        }
        if groups & group::LISTED_DATED > 0 {
            self.rows.signed(listed_date);
        }
    }

    /// Writes the difference to the date of the row before. Cases mostly arrive in the order of a date.
    fn date(&mut self, ms: i64, previous: usize) {
        if let Some(previous) = self.previous_dates.get_mut(previous) {
            self.rows.signed(ms.wrapping_sub(*previous));
            *previous = ms;
        }
    }

    fn list(&mut self, list: &ListColumn, row: u32) {
        self.rows.number(list.ids(row).len() as u64);
        for text in list.texts(row) {
            self.string(text);
        }
    }

    /// Appends the texts and the rows to a part.
    pub(super) fn finish(self, part: &mut PartWriter) {
        part.number(u64::from(self.strings.len()));
        for number in 0..self.strings.len() {
            part.text(self.strings.get(number));
        }
        part.number(self.count);
        part.append(&self.rows);
    }
}

/// Returns whether the text of a date is not `YYYY-MM-DDTHH:MM:SS.mmmZ`.
fn has_unusual_text(date: &DateColumn, row: u32) -> bool {
    date.forms.get(row) > 0
}

/// A row that was read. Strings are numbers in the strings of its part.
#[derive(Clone, Debug, Default)]
pub(super) struct RowState<'p> {
    pub(super) case_id: &'p str,
    pub(super) is_alive: bool,
    severity: u32,
    flag: u32,
    texts: [u32; TEXT_FIELDS],
    dates: [i64; 2],
    date_texts: [&'p str; 2],
    title: &'p str,
    lists: [Vec<u32>; 2],
    status_since: i64,
    extra: &'p str,
    notes_count: u32,
    last_note: i64,
    last_note_by: u32,
    details_dated: i64,
    technology_date: Option<i64>,
    listed_date: i64,
}

/// A reader of rows.
#[derive(Debug)]
pub(super) struct RowReader<'p> {
    strings: Vec<&'p str>,
    /// The dictionary ids of the strings, plus 1, per column; 0: not looked up yet.
    ids: Vec<u32>,
    left: usize,
    previous_dates: [i64; 2],
}

impl<'p> RowReader<'p> {
    /// Reads the strings, and the number of rows.
    pub(super) fn open(part: &mut PartReader<'p>) -> Option<RowReader<'p>> {
        let mut strings = Vec::new();
        for _ in 0..part.count()? {
            strings.push(part.text()?);
        }
        let left = part.count()?;
        let ids = vec![0; strings.len() * (TEXT_FIELDS + 2)];
        Some(RowReader { strings, ids, left, previous_dates: [0; 2] })
    }

    /// Returns the number of distinct strings.
    pub(super) fn string_count(&self) -> u32 {
        u32::try_from(self.strings.len()).unwrap_or(u32::MAX)
    }

    /// Returns the number of rows that are left.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Reads and checks a row.
    pub(super) fn row(&mut self, part: &mut PartReader<'p>) -> Option<RowState<'p>> {
        self.left = self.left.checked_sub(1)?;
        let mut row = RowState { case_id: part.text().filter(|id| !id.is_empty())?, ..RowState::default() };
        let groups = part.number().filter(|groups| *groups <= group::ALL)?;
        if groups & group::ALIVE == 0 {
            return (groups == 0).then_some(row);
        }
        row.is_alive = true;
        let state = part.number32()?;
        (row.severity, row.flag) = (state & 7, state >> 3);
        if row.severity > 4 || row.flag > 2 {
            return None;
        }
        for text in &mut row.texts {
            *text = self.string(part)?;
        }
        for (date, previous) in row.dates.iter_mut().zip(&mut self.previous_dates) {
            *date = part.signed()?.wrapping_add(*previous);
            *previous = *date;
            if *date != NO_DATE && !Timestamp::is_date(*date) {
                return None;
            }
        }
        if groups & group::TITLE > 0 {
            row.title = part.text()?;
        }
        for (bit, (text, date)) in
            [group::CREATED_TEXT, group::UPDATED_TEXT].into_iter().zip(row.date_texts.iter_mut().zip(row.dates))
        {
            if groups & bit > 0 {
                *text = part.text().filter(|text| parse_rfc3339_ms(text.as_bytes()) == Some(date))?;
            }
        }
        for (bit, list) in [group::BUGS, group::RMAS].into_iter().zip(&mut row.lists) {
            if groups & bit > 0 {
                for _ in 0..part.count()? {
                    list.push(self.string(part)?);
                }
            }
        }
        row.status_since = NO_DATE;
        if groups & group::STATUS_SINCE > 0 {
            row.status_since = part.signed().filter(|cell| Timestamp::is_date(*cell >> 1))?;
        }
        if groups & group::EXTRA > 0 {
            row.extra = part.text().filter(|text| matches!(parse_json(text), Ok(Json::Object(_))))?;
        }
        (row.last_note, row.details_dated) = (NO_DATE, NO_DATE);
        if groups & group::DETAILS > 0 {
            row.notes_count = part.number32().filter(|count| *count > 0)?;
            row.last_note = part.signed().filter(|ms| *ms == NO_DATE || Timestamp::is_date(*ms))?;
            row.last_note_by = part.number32().filter(|author| *author <= 2)?;
            row.details_dated = group_date(part)?;
        }
        let own_date = row.dates.last().copied()?.max(UNDATED);
        row.technology_date = Some(own_date);
        if groups & group::TECHNOLOGY_DATED > 0 {
            row.technology_date = Some(group_date(part)?);
        }
        row.listed_date = if groups & group::LISTED_DATED > 0 { group_date(part)? } else { own_date };
        let has_names = [TextField::Technology, TextField::SubTechnology].iter().any(|field| {
            let number = row.texts.get(*field as usize).copied().unwrap_or(0);
            self.strings.get(number as usize).is_some_and(|text| !text.is_empty())
        });
        row.technology_date = row.technology_date.filter(|_| has_names);
        Some(row)
    }

    fn string(&self, part: &mut PartReader<'p>) -> Option<u32> {
        part.number32().filter(|number| (*number as usize) < self.strings.len())
    }

    /// Returns the dictionary id of a string of the part. `column` distinguishes the dictionaries.
    fn id(&mut self, string: u32, column: usize, dictionary: &mut Dictionary) -> u32 {
        let text = self.strings.get(string as usize).copied().unwrap_or_default();
        match self.ids.get_mut(column * self.strings.len() + string as usize) {
            Some(id) => {
                if *id == 0 {
                    *id = dictionary.intern(text) + 1;
                }
                *id - 1
            }
            None => 0,
        }
    }

    fn set_text(&mut self, columns: &mut Columns, row: u32, field: TextField, state: &RowState<'_>) {
        let string = state.texts.get(field as usize).copied().unwrap_or(0);
        let to = columns.text_mut(field);
        let id = self.id(string, field as usize, &mut to.values);
        to.ids.set(row, id);
    }

    /// Returns the cell of `status_since` that a row keeps, if what it knows about its status is better than a state that is as
    /// new: an exact instant, or the earlier one. After an instant that the row has not seen, the status has changed again.
    fn known_status_since(&self, columns: &Columns, row: u32, state: &RowState<'_>) -> Option<i64> {
        let status = state.texts.get(TextField::Status as usize).copied().unwrap_or(0);
        let (since, is_exact) = columns.status_since(row);
        if since == NO_DATE || self.strings.get(status as usize).copied() != Some(columns.status.text(row)) {
            return None;
        }
        let [_, updated] = state.dates;
        let (other, is_other_exact) = (status_since_ms(state.status_since, updated), is_exact_cell(state.status_since));
        let is_better = if is_exact == is_other_exact {
            since <= other && !(is_exact && other > columns.updated.instant(row))
        } else {
            is_exact
        };
        is_better.then_some(if is_exact || since != updated { since << 1 | i64::from(is_exact) } else { NO_DATE })
    }

    /// Writes a case to a row that is alive. Groups of fields that the row has from a newer record remain, if
    /// `is_known`.
    pub(super) fn write(&mut self, columns: &mut Columns, row: u32, state: &RowState<'_>, is_known: bool) {
        const OWN_FIELDS: [TextField; 5] =
            [TextField::Status, TextField::Contract, TextField::User, TextField::Contact, TextField::Serial];
        let [created, updated] = state.dates;
        let technology_date = columns.technology_date(row);
        let (flag, listed_date) = columns.listed(row);
        if !is_known || updated >= columns.updated.instant(row) {
            let known_since = is_known.then(|| self.known_status_since(columns, row, state)).flatten();
            columns.severity.set(row, state.severity);
            for field in OWN_FIELDS {
                self.set_text(columns, row, field, state);
            }
            let [created_text, updated_text] = state.date_texts;
            columns.created.set(row, created, created_text);
            columns.updated.set(row, updated, updated_text);
            if !is_known || columns.title_text(row) != state.title {
                columns.set_title(row, state.title);
            }
            let mut ids = Vec::new();
            for (index, list) in state.lists.iter().enumerate() {
                ids.clear();
                let to = if index == 0 { &mut columns.bugs } else { &mut columns.rmas };
                for string in list {
                    ids.push(self.id(*string, TEXT_FIELDS + index, &mut to.values));
                }
                if to.ids(row) != ids {
                    to.set(row, &ids);
                }
            }
            columns.status_since.set(row, known_since.unwrap_or(state.status_since));
        }
        let is_newer = |date: i64, known: i64| !is_known || date >= known;
        let has_newer_names =
            state.technology_date.is_some_and(|date| is_newer(date, technology_date.unwrap_or(NEVER)));
        if has_newer_names {
            self.set_text(columns, row, TextField::Technology, state);
            self.set_text(columns, row, TextField::SubTechnology, state);
        }
        columns.set_technology_date(row, if has_newer_names { state.technology_date } else { technology_date });
        if is_newer(state.listed_date, listed_date) {
            if columns.extra_text(row) != state.extra {
                columns.set_extra(row, state.extra);
            }
            columns.set_listed(row, state.flag, state.listed_date);
        } else {
            columns.set_listed(row, flag, listed_date);
        }
        if state.notes_count > 0 && is_newer(state.details_dated, columns.details_dated.get(row)) {
            self.set_text(columns, row, TextField::Owner, state);
            self.set_text(columns, row, TextField::TrackingNumber, state);
            columns.notes_count.set(row, state.notes_count);
            columns.last_note.set(row, state.last_note);
            columns.last_note_by.set(row, state.last_note_by);
            columns.details_dated.set(row, state.details_dated);
        }
    }
}

/// Reads the date of a group of fields.
fn group_date(part: &mut PartReader<'_>) -> Option<i64> {
    part.signed().filter(|date| matches!(*date, NEVER | UNDATED) || Timestamp::is_date(*date))
}
