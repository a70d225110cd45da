//! Records across the border: where in the memory their parts stand.

use super::error::error_data;
use crate::client::CallError;
use crate::decode::{self, Body, Records};
use crate::model::{Shape, write_list};
use std::cell::RefCell;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// How many pairs of words a header has.
const PAIRS: usize = 13;

/// The records of an answer, with the table of where their parts stand.
#[wasm_bindgen]
#[derive(Default)]
pub struct RawRecords {
    records: Records,
    header: [[u32; 2]; PAIRS],
}

#[wasm_bindgen]
impl RawRecords {
    /// Address of the header: pairs of address and length, in the order in which `records.js` reads them.
    pub fn header(&mut self) -> usize {
        self.point()
    }

    /// What is off in the records, as JSON text: a list of issues.
    pub fn issues(&self) -> String {
        let mut out = String::new();
        write_list(&mut out, self.records.issues(), |out, issue| issue.write(out));
        out
    }
}

impl RawRecords {
    /// The records themselves.
    pub fn into_records(self) -> Records {
        self.records
    }

    pub(super) fn new(records: Records) -> RawRecords {
        RawRecords { records, ..RawRecords::default() }
    }

    /// Writes the header, once the records are where they stay; gives its address.
    fn point(&mut self) -> usize {
        let parts = self.records.parts();
        // One after the other: an array that is put together elsewhere and copied here takes several times as long.
        let [text, starts, rows, pagination, notes, lists, apart, wide, long, long_wide, words, names, more] =
            &mut self.header;
        *text = place(parts.text);
        *starts = place(parts.starts);
        *rows = place(parts.rows);
        *pagination = place(parts.pagination);
        *notes = place(parts.notes);
        *lists = place(parts.lists);
        *apart = place(parts.apart);
        *wide = place(parts.wide);
        *long = place(parts.long);
        *long_wide = place(parts.long_wide);
        *words = place(parts.words);
        *names = place(parts.names);
        *more = [self.records.count(), u32::from(!self.records.issues().is_empty())];
        self.header.as_ptr().addr()
    }
}

/// Address and length.
#[inline(always)]
fn place<T>(slice: &[T]) -> [u32; 2] {
    [slice.as_ptr().addr() as u32, slice.len() as u32]
}

/// What is read without a client: one body at a time, whose memory is used again.
#[derive(Default)]
struct Door {
    body: Body,
    raw: RawRecords,
    error: JsValue,
}

thread_local! {
    static DOOR: RefCell<Door> = RefCell::default();
}

/// The memory that all addresses are of.
#[wasm_bindgen(js_name = ownMemory)]
pub fn own_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// Room for a body of so many bytes; gives its address.
#[wasm_bindgen]
pub fn room(length: usize) -> usize {
    DOOR.with_borrow_mut(|door| door.body.resize(length).as_ptr().addr())
}

/// Reads the body that was put there as a document: 0 a summary, 1 details, 2 a page. Gives the address of the header,
/// or 0 where the body cannot be read, or breaks a rule and is to be judged strictly: then `decodeError` says why.
#[wasm_bindgen]
pub fn decode(shape: u32, strict: bool) -> usize {
    let shape = match shape {
        0 => Shape::Summary,
        1 => Shape::Details,
        _ => Shape::Page,
    };
    DOOR.with_borrow_mut(|door| {
        let error = match decode::records_into(shape, &door.body, &mut door.raw.records) {
            Ok(()) => match door.raw.records.issues().first() {
                Some(issue) if strict => CallError::broken_rule(issue),
                _ => return door.raw.point(),
            },
            Err(fault) => CallError::unreadable(fault),
        };
        door.error = error_data(&error);
        0
    })
}

/// Why the last body could not be read.
#[wasm_bindgen(js_name = decodeError)]
pub fn decode_error() -> JsValue {
    DOOR.with_borrow_mut(|door| std::mem::take(&mut door.error))
}

/// What is off in the last body's records.
#[wasm_bindgen(js_name = decodedIssues)]
pub fn decoded_issues() -> String {
    DOOR.with_borrow(|door| door.raw.issues())
}
