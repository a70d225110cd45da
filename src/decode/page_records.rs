//! Compact pages of records that were not decoded.

use super::{
    columns::{OUT_OF_LINE_WORDS, OutOfLineString, StringPool},
    page_encoder::{PagePart, write_page},
    shapes::NESTED_ROOT,
    table::{DOCUMENTED_STATUSES, NO_COUNT, RecordKind},
    tape::TapeTag,
};
use crate::model::{CaseDetail, CaseRecord, CaseStatus, DocumentKind, FieldRef, Record};
use alloc::{string::String, vec::Vec};

/// Returns cases as a compact page of bytes.
pub(crate) fn cases_to_page_bytes(cases: &[CaseRecord]) -> Vec<u8> {
    let mut encoder = PageEncoder::new();
    for case in cases {
        let row = encoder.row(case, RecordKind::Case);
        encoder.rows.extend(row);
    }
    encoder.finish(DocumentKind::Summary)
}

/// Returns the details of a case as a compact page of bytes.
pub(crate) fn detail_to_page_bytes(detail: &CaseDetail) -> Vec<u8> {
    let mut encoder = PageEncoder::new();
    let row = encoder.row(detail, RecordKind::Detail);
    encoder.rows.extend(row);
    encoder.finish(DocumentKind::Details)
}

/// The parts of a page that is made from records. Repeated strings are repeated.
struct PageEncoder {
    text: Vec<u8>,
    wide: Vec<u8>,
    starts: Vec<u32>,
    out_of_line: Vec<[u32; OUT_OF_LINE_WORDS as usize]>,
    rows: Vec<u32>,
    notes: Vec<u32>,
    lists: Vec<u32>,
    tape: Vec<u32>,
    shapes: Vec<u32>,
}

impl PageEncoder {
    fn new() -> PageEncoder {
        PageEncoder {
            text: Vec::new(),
            wide: Vec::new(),
            // String 0 is `""`. The last entry is the start of the next string.
            starts: Vec::from([0, 0]),
            out_of_line: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
            lists: Vec::from([0]),
            tape: Vec::new(),
            shapes: (0..=NESTED_ROOT).flat_map(|root| [root, 0]).collect(),
        }
    }

    /// Appends a string, and returns its number.
    fn string(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let string = self.starts.len() as u32 - 1;
        if text.is_ascii() {
            self.text.extend_from_slice(text.as_bytes());
        } else {
            let (start, end) = (self.wide.len() as u32, (self.wide.len() + text.len()) as u32);
            self.wide.extend_from_slice(text.as_bytes());
            let entry = OutOfLineString { string, pool: StringPool::Wide as u32, start, end, start16: 0, end16: 0 };
            self.out_of_line.push(entry.to_words());
        }
        self.starts.push(self.text.len() as u32);
        string
    }

    /// Returns the row of a record. Its notes and lists are appended to their parts.
    fn row<R: Record>(&mut self, record: &R, kind: RecordKind) -> Vec<u32> {
        let mut row = Vec::new();
        for index in 0..R::FIELDS.len() {
            row.push(match record.field_ref(index) {
                Some(FieldRef::Text(text)) => self.string(text),
                Some(FieldRef::Severity(severity)) => severity.map_or(0, |severity| severity.number().into()),
                Some(FieldRef::Flag(flag)) => flag.map_or(0, |flag| flag as u32 + 1),
                Some(FieldRef::Status(status)) => self.status(status.as_str()),
                Some(FieldRef::Date(date)) => date.as_ref().map_or(0, |date| self.string(date.as_str())),
                Some(FieldRef::List(texts)) => self.list(texts),
                Some(FieldRef::Count(count)) => count.unwrap_or(NO_COUNT),
                Some(FieldRef::Required(count)) => *count,
                Some(FieldRef::Notes(notes)) => {
                    let width = super::columns::width::<crate::model::CaseNote>();
                    let first = (self.notes.len() / width) as u32;
                    for note in notes {
                        let row = self.row(note, RecordKind::Note);
                        self.notes.extend(row);
                    }
                    let position = self.lists.len() as u32;
                    self.lists.extend([notes.len() as u32, first]);
                    position
                }
                None => 0,
            });
        }
        row.push(self.extra(record, kind));
        row
    }

    fn status(&mut self, text: &str) -> u32 {
        match CaseStatus::documented().zip(1..).find(|(status, _)| *status == text) {
            Some((_, cell)) => cell,
            None if text.is_empty() => 0,
            None => DOCUMENTED_STATUSES + self.string(text),
        }
    }

    fn list(&mut self, texts: &[String]) -> u32 {
        let mut numbers = Vec::from([texts.len() as u32]);
        for text in texts {
            numbers.push(self.string(text));
        }
        let position = self.lists.len() as u32;
        self.lists.extend(numbers);
        position
    }

    /// Writes the undocumented fields of a record, each as JSON, and returns the cell.
    fn extra<R: Record>(&mut self, record: &R, kind: RecordKind) -> u32 {
        if record.extra().is_empty() {
            return 0;
        }
        let mut shape = kind as u32;
        let mut positions = Vec::new();
        for (name, value) in record.extra() {
            let key = self.string(name);
            let node = self.shapes.len() as u32 / 2;
            self.shapes.extend([shape, key]);
            shape = node;
            positions.push(self.tape.len() as u32);
            let json = self.string(&value.to_json_string());
            self.tape.push(TapeTag::Json.word(json));
        }
        self.tape.push(shape);
        let cell = self.tape.len() as u32;
        self.tape.extend(positions);
        cell
    }

    fn finish(self, kind: DocumentKind) -> Vec<u8> {
        let shapes: &[u32] = if self.tape.is_empty() { &[] } else { &self.shapes };
        write_page(
            kind,
            [
                PagePart::Text(&self.text),
                PagePart::Words(&self.starts),
                PagePart::Words(&self.rows),
                PagePart::Words(&[]),
                PagePart::Words(&self.notes),
                PagePart::Words(&self.lists),
                PagePart::Words(self.out_of_line.as_flattened()),
                PagePart::Text(&self.wide),
                PagePart::Text(&[]),
                PagePart::Text(&[]),
                PagePart::Words(&self.tape),
                PagePart::Words(shapes),
            ],
        )
    }
}
