//! Answers as words and one text, from which JavaScript creates its objects.
//!
//! A text is in the words by its length in UTF-16 units, and its characters follow those of the text before. JavaScript
//! decodes the text once and takes parts of it, which is several times as fast as JSON. Texts of the columns with few
//! values cross once, and then by their number.

use super::{
    case_store::CaseStore,
    columns::{Columns, DateColumn, ListColumn, TextField},
    row_set::RowSet,
};
use alloc::{string::String, vec::Vec};

/// The most records that JavaScript retains.
const MAX_RECORDS: usize = 20_000;
/// The bytes of text after which a page of records ends.
const PAGE_BYTES: usize = 1 << 16;
/// The bit of a number of a text that follows.
const NEW_TEXT: u32 = 1 << 31;

/// The most records of which the processor has the memory at hand after it was read.
const PRELOADED: usize = 200;

/// The columns whose texts JavaScript retains by number.
const RETAINED: [TextField; 6] = [
    TextField::User,
    TextField::Status,
    TextField::Contract,
    TextField::Technology,
    TextField::SubTechnology,
    TextField::Contact,
];

/// A writer of an answer.
#[derive(Debug, Default)]
pub(crate) struct AnswerWriter {
    /// The numbers, in the order of writing.
    pub(crate) words: Vec<u32>,
    /// The texts, one after the other.
    pub(crate) text: String,
}

impl AnswerWriter {
    /// Removes all content.
    #[cfg(feature = "js-store")]
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.text.clear();
    }

    /// Appends a number.
    pub(crate) fn number(&mut self, number: u32) {
        self.words.push(number);
    }

    /// Appends a number that may be missing.
    #[cfg(feature = "js-store")]
    pub(crate) fn optional(&mut self, number: Option<u32>) {
        self.number(number.unwrap_or(u32::MAX));
    }

    /// Appends a text, and its length in UTF-16 units to the numbers.
    pub(crate) fn text(&mut self, text: &str) {
        self.write(&mut |out| out.push_str(text));
    }

    /// Appends what a function appends to the text.
    fn write(&mut self, append: &mut dyn FnMut(&mut String)) {
        let start = self.text.len();
        append(&mut self.text);
        let added = self.text.as_bytes().get(start..).unwrap_or_default();
        // A character has one unit, or two where its UTF-8 has four bytes.
        let units = |byte: &u8| u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0);
        let sum = if added.is_ascii() { added.len() as u32 } else { added.iter().map(units).sum() };
        self.words.push(sum);
    }
}

/// The records that JavaScript has, by row, and those that it still has to be given.
#[derive(Debug, Default)]
pub(crate) struct SentRecords {
    rows: RowSet,
    count: usize,
    /// The ids of the texts that JavaScript has, per column.
    texts: [RowSet; RETAINED.len()],
    /// The rows of the present answer that JavaScript does not have, the last first.
    missing: Vec<u32>,
}

impl SentRecords {
    /// Notes that the case of a row changed.
    pub(crate) fn forget(&mut self, row: u32) {
        self.count -= usize::from(self.rows.remove(row));
    }

    /// Notes that rows and ids have other meanings now.
    pub(crate) fn clear(&mut self) {
        *self = SentRecords::default();
    }

    /// Writes rows, and a first page of those of their records that JavaScript does not have.
    pub(crate) fn write_rows(&mut self, store: &CaseStore, rows: &[u32], out: &mut AnswerWriter) {
        let is_new = |sent: &SentRecords, row: &&u32| !sent.rows.contains(**row);
        let mut new = rows.iter().filter(|row| is_new(self, row)).count();
        if self.count + new > MAX_RECORDS || self.count == 0 {
            self.clear();
            new = rows.len();
        }
        // 1 if JavaScript drops all records and texts.
        out.number(u32::from(self.count == 0));
        out.number(rows.len() as u32);
        out.words.extend_from_slice(rows);
        self.count += new;
        self.missing.clear();
        self.missing.extend(rows.iter().rev().filter(|row| !self.rows.contains(**row)));
        preload(&store.columns, self.missing.get(self.missing.len().saturating_sub(PRELOADED)..).unwrap_or_default());
        self.write_page(store, out);
    }

    /// Writes a page of records: their number, the number of those after the page, and the records.
    pub(crate) fn write_page(&mut self, store: &CaseStore, out: &mut AnswerWriter) {
        let place = out.words.len();
        out.words.extend([0, 0]);
        let mut count = 0;
        while out.text.len() < PAGE_BYTES
            && let Some(row) = self.missing.pop()
        {
            self.write_record(&store.columns, row, out);
            count += 1;
        }
        for (slot, number) in out.words.iter_mut().skip(place).zip([count, self.missing.len() as u32]) {
            *slot = number;
        }
    }

    fn write_record(&mut self, columns: &Columns, row: u32, out: &mut AnswerWriter) {
        self.rows.insert(row);
        let extra = columns.extra_text(row);
        let has_extra = u32::from(!extra.is_empty());
        out.number(row);
        out.number(columns.severity.get(row) | columns.status_flag.get(row) << 3 | has_extra << 5);
        for (field, sent) in RETAINED.into_iter().zip(&mut self.texts) {
            let column = columns.text(field);
            let id = column.ids.get(row);
            if sent.insert(id) {
                out.number(id | NEW_TEXT);
                out.text(column.values.get(id));
            } else {
                out.number(id);
            }
        }
        for text in [columns.case_ids.get(row), columns.title_text(row), columns.serial.text(row)] {
            out.text(text);
        }
        for date in [&columns.created, &columns.updated] {
            write_date(date, row, out);
        }
        for list in [&columns.rmas, &columns.bugs] {
            write_list(list, row, out);
        }
        if !extra.is_empty() {
            out.text(extra);
        }
    }
}

/// Reads what records of rows consist of, column by column.
///
/// The cells and texts of a row are far apart. In a loop over one column the processor waits for the memory of several rows
/// at the same time; while a record is written it waits for one place after the other.
fn preload(columns: &Columns, rows: &[u32]) {
    let mut sum = 0_usize;
    let mut read = |text: &dyn Fn(u32) -> usize| rows.iter().for_each(|row| sum = sum.wrapping_add(text(*row)));
    let first = |text: &str| usize::from(text.as_bytes().first().copied().unwrap_or(0));
    read(&|row| first(columns.case_ids.get(row)));
    read(&|row| first(columns.title_text(row)));
    for field in RETAINED {
        read(&|row| columns.text(field).ids.get(row) as usize);
    }
    read(&|row| first(columns.serial.text(row)));
    for date in [&columns.created, &columns.updated] {
        read(&|row| date.instant(row) as usize);
    }
    for list in [&columns.rmas, &columns.bugs] {
        read(&|row| list.texts(row).map(first).sum());
    }
    core::hint::black_box(sum);
}

fn write_date(date: &DateColumn, row: u32, out: &mut AnswerWriter) {
    out.write(&mut |text| date.write_text(row, text));
}

fn write_list(list: &ListColumn, row: u32, out: &mut AnswerWriter) {
    out.number(list.ids(row).len() as u32);
    for text in list.texts(row) {
        out.text(text);
    }
}

#[cfg(test)]
mod tests {
    use super::{AnswerWriter, MAX_RECORDS, NEW_TEXT, RETAINED, SentRecords};
    use crate::{model::CaseRecord, store::CaseStore, util::text};
    use alloc::vec::Vec;

    fn store(count: u32) -> CaseStore {
        let mut store = CaseStore::new();
        let cases: Vec<CaseRecord> = (0..count)
            .map(|number| {
                let (case_id, title) = (text!(number + 600_000_000), "é😀".into());
                CaseRecord { case_id, title, contract_id: "1".into(), ..CaseRecord::default() }
            })
            .collect();
        assert!(store.apply_records(&cases).is_ok());
        store
    }

    fn answer(sent: &mut SentRecords, store: &CaseStore, rows: &[u32]) -> (Vec<u32>, usize) {
        let mut out = AnswerWriter::default();
        sent.write_rows(store, rows, &mut out);
        (out.words, out.text.len())
    }

    #[test]
    fn a_record_crosses_until_its_case_changes_and_a_text_crosses_once() {
        let store = store(3);
        let mut sent = SentRecords::default();
        let (words, _) = answer(&mut sent, &store, &[2, 0]);
        assert_eq!(words.get(..6), Some(&[1, 2, 2, 0, 2, 0][..]), "dropped, rows, two new records, none left");
        assert_eq!(words.get(6), Some(&2));
        assert_eq!(words.iter().filter(|word| **word & NEW_TEXT > 0).count(), RETAINED.len(), "all columns");
        let title_units = 3;
        assert!(words.contains(&title_units));
        assert_eq!(answer(&mut sent, &store, &[0, 2]).0, [0, 2, 0, 2, 0, 0]);
        sent.forget(0);
        let (words, _) = answer(&mut sent, &store, &[0, 2]);
        assert_eq!(words.get(..7), Some(&[0, 2, 0, 2, 1, 0, 0][..]));
        assert!(words.iter().all(|word| word & NEW_TEXT == 0));
    }

    #[test]
    fn many_records_come_in_pages_and_are_dropped_together() {
        let store = store(MAX_RECORDS as u32 + 2);
        let mut sent = SentRecords::default();
        let rows: Vec<u32> = (0..10_000).collect();
        let (words, bytes) = answer(&mut sent, &store, &rows);
        assert!(bytes < super::PAGE_BYTES + 1000);
        let (mut count, mut left) = (words.get(10_002).copied(), words.get(10_003).copied());
        let mut total = count.unwrap_or(0);
        while left != Some(0) {
            let mut out = AnswerWriter::default();
            sent.write_page(&store, &mut out);
            (count, left) = (out.words.first().copied(), out.words.get(1).copied());
            total += count.unwrap_or(0);
        }
        assert_eq!(total, 10_000);
        let rows: Vec<u32> = (10_000..20_000).collect();
        assert_eq!(answer(&mut sent, &store, &rows).0.first(), Some(&0));
        assert_eq!(answer(&mut sent, &store, &[20_000]).0.first(), Some(&1), "one more than JavaScript retains");
    }
}
