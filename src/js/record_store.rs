//! Records that a bulk call delivers later. The bulk module decides from their rows; the records stay in this module.

use super::client::RawClient;
use crate::bulk::{RequestUsage, write_rows, write_service_time};
use crate::decode::Records;
use alloc::{boxed::Box, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

/// Records by their handles, and the rows of the last ones.
#[derive(Default)]
pub(super) struct RecordStore {
    /// The slots of records; a handle is an index plus 1.
    slots: Vec<Option<Box<Records>>>,
    rows: Vec<u64>,
}

impl RecordStore {
    fn insert(&mut self, records: Records) -> u32 {
        let free = self.slots.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.slots.len());
        match self.slots.get_mut(slot) {
            Some(free) => *free = Some(Box::new(records)),
            None => self.slots.push(Some(Box::new(records))),
        }
        u32::try_from(slot + 1).unwrap_or(0)
    }

    fn take(&mut self, handle: u32) -> Records {
        let kept = self.slots.get_mut((handle as usize).wrapping_sub(1)).and_then(Option::take);
        kept.map_or_else(Records::default, |records| *records)
    }
}

#[wasm_bindgen]
impl RawClient {
    /// Retains the last records and writes their rows, which contain the [`owner`](crate::boundary::owner) of each case. Returns
    /// the handle of the records.
    pub fn retain(&mut self, owner: u32) -> u32 {
        let records = self.take_records();
        let [requests, _, bytes] = self.counts;
        write_rows(&records, owner, RequestUsage { requests, bytes: bytes.into() }, &mut self.record_store.rows);
        write_service_time(self.engine.service_ms(), &mut self.record_store.rows);
        self.record_store.insert(records)
    }

    /// The address of the rows written last.
    pub fn rows(&self) -> usize {
        self.record_store.rows.as_ptr().addr()
    }

    /// The length of the rows written last, in bytes.
    #[wasm_bindgen(js_name = rowsLength)]
    pub fn rows_length(&self) -> usize {
        size_of_val(self.record_store.rows.as_slice())
    }

    /// Takes retained records, reduced to cases in a given order. They are then those of [`header`](RawClient::header).
    pub fn take(&mut self, handle: u32, cases: &[u32]) {
        let mut records = self.record_store.take(handle);
        let cases: Vec<usize> = cases.iter().map(|case| *case as usize).collect();
        records.select(&cases);
        self.counts = [0; 3];
        let used = core::mem::replace(&mut self.last.records, records);
        self.engine.recycle(used);
    }

    /// Drops retained records.
    pub fn discard(&mut self, handle: u32) {
        let records = self.record_store.take(handle);
        self.engine.recycle(records);
    }
}
