//! Records that a call in bulk may deliver later. The bulk module is told of their rows and decides; the records stay here.

use super::client::RawClient;
use crate::bulk::{Counts, write_rows, write_service_ms};
use crate::decode::Records;
use alloc::{boxed::Box, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// Records by their handles, and the rows of those that were kept last.
#[derive(Default)]
pub(super) struct Kept {
    /// A handle is a place here, counted from 1.
    places: Vec<Option<Box<Records>>>,
    rows: Vec<u64>,
}

impl Kept {
    fn put(&mut self, records: Records) -> u32 {
        let free = self.places.iter().position(Option::is_none);
        let place = free.unwrap_or(self.places.len());
        match self.places.get_mut(place) {
            Some(free) => *free = Some(Box::new(records)),
            None => self.places.push(Some(Box::new(records))),
        }
        u32::try_from(place + 1).unwrap_or(0)
    }

    fn take(&mut self, handle: u32) -> Records {
        let kept = self.places.get_mut((handle as usize).wrapping_sub(1)).and_then(Option::take);
        kept.map_or_else(Records::default, |records| *records)
    }
}

#[wasm_bindgen]
impl RawClient {
    /// Keeps the records of the call that ended last, and writes their rows, which tell of an
    /// [`owner`](crate::boundary::owner). Returns the handle of the records.
    pub fn keep(&mut self, owner: u32) -> u32 {
        let records = self.take_records();
        let [requests, _, bytes] = self.counts;
        write_rows(&records, owner, Counts { requests, bytes: bytes.into() }, &mut self.kept.rows);
        write_service_ms(self.engine.service_ms(), &mut self.kept.rows);
        self.kept.put(records)
    }

    /// The address of these rows.
    pub fn rows(&self) -> usize {
        self.kept.rows.as_ptr().addr()
    }

    /// Their length in bytes.
    #[wasm_bindgen(js_name = rowsLength)]
    pub fn rows_length(&self) -> usize {
        size_of_val(self.kept.rows.as_slice())
    }

    /// Takes kept records, reduced to these cases, in this order. They are then those of [`header`](RawClient::header).
    pub fn take(&mut self, handle: u32, cases: &[u32]) {
        let mut records = self.kept.take(handle);
        let cases: Vec<usize> = cases.iter().map(|case| *case as usize).collect();
        records.pick(&cases);
        self.counts = [0; 3];
        let used = core::mem::replace(&mut self.answer.records, records);
        self.engine.give_back(used);
    }

    /// Keeps records no longer that nobody will take.
    pub fn discard(&mut self, handle: u32) {
        let records = self.kept.take(handle);
        self.engine.give_back(records);
    }
}
