//! The methods of a client by which bulk calls retain the records of a response until they are delivered.

use super::client::RawClient;
use crate::bulk::{RequestUsage, write_rows, write_service_time};
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

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
