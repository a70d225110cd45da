//! The functions of the store's boundary that only asynchronous calls reach. They are in a module of their own, which the first
//! such call loads (`xtask/src/modules.rs` has their names): no function of `store.rs` calls one of them.

use super::store::RawStore;
use crate::boundary::ask;
use crate::model::DetailColumns;
use crate::store::{CaseStore, StoreError, StoreRestore};
use crate::util::{Json, parse_json};
use alloc::{string::String, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
impl RawStore {
    /// Carries out an operation of an [`ask`] kind from [`ask::SEARCH_NOTES`] on, as [`ask`](RawStore::ask) does.
    #[wasm_bindgen(js_name = askDeferred)]
    pub fn ask_deferred(&mut self, kind: u32, subject: &str, options: &str, number: f64) -> u32 {
        self.answer.clear();
        self.store.forget_reserve();
        let answered = self.answer_deferred(kind, subject, options, number);
        self.reply(answered)
    }

    /// Writes the next piece of an export for [`take_text`](RawStore::take_text): an empty one at the end. Returns whether it could;
    /// if not, the cases were replaced since the export began.
    #[wasm_bindgen(js_name = nextPiece)]
    pub fn next_piece(&mut self, export: u32) -> bool {
        let Some((_, found)) = self.exports.iter_mut().find(|(number, _)| *number == export) else { return false };
        self.text = found.next_piece(&self.store).unwrap_or_default();
        if self.text.is_empty() {
            self.end_export(export);
        }
        true
    }

    /// Returns the version of the byte form of saved parts that this module writes. It reads this one and all earlier ones.
    pub fn format(&self) -> u32 {
        CaseStore::FORMAT
    }

    /// Returns the number of chunks.
    #[wasm_bindgen(js_name = chunkCount)]
    pub fn chunk_count(&self) -> usize {
        self.store.chunk_count()
    }

    /// Returns whether a chunk differs from what it was at a version.
    #[wasm_bindgen(js_name = isChunkChanged)]
    pub fn is_chunk_changed(&self, chunk: usize, since: f64) -> bool {
        self.store.is_chunk_changed(chunk, since as u64)
    }

    /// Writes a chunk as bytes.
    #[wasm_bindgen(js_name = writeChunk)]
    pub fn write_chunk(&mut self, chunk: usize) {
        self.store.forget_reserve();
        self.bytes = self.store.chunk_bytes(chunk);
    }

    /// Writes the changes since a version as a log entry. Returns whether the history has all of them.
    #[wasm_bindgen(js_name = writeEntry)]
    pub fn write_entry(&mut self, since: f64) -> bool {
        self.store.forget_reserve();
        let Some(entry) = self.store.log_entry(since as u64) else { return false };
        self.bytes = entry;
        true
    }

    /// Begins to restore saved parts.
    #[wasm_bindgen(js_name = beginRestore)]
    pub fn begin_restore(&mut self) {
        self.restore = Some(StoreRestore::new());
    }

    /// Adds the part of the input buffer to those to restore. Returns whether it is valid; if not, the error is the text.
    #[wasm_bindgen(js_name = addPart)]
    pub fn add_part(&mut self) -> bool {
        let part = self.take_input();
        let result = self.restore.as_mut().map_or(Ok(()), |restore| restore.add(&part));
        self.is_ok(result)
    }

    /// Returns the version of the chunks that were added, before the log entries.
    #[wasm_bindgen(js_name = chunksVersion)]
    pub fn chunks_version(&self) -> f64 {
        self.restore.as_ref().map_or(0, StoreRestore::chunks_version) as f64
    }

    /// Replaces the content by the parts that were added. Returns whether they are complete; if not, the error is the text.
    #[wasm_bindgen(js_name = finishRestore)]
    pub fn finish_restore(&mut self) -> bool {
        let restored = self.restore.take().unwrap_or_default().finish();
        self.replace_by(restored)
    }

    /// Merges the log entry of the input buffer, which another tab has written. Returns whether it is valid; if not, the error
    /// is the text.
    #[wasm_bindgen(js_name = mergeEntry)]
    pub fn merge_entry(&mut self) -> bool {
        let entry = self.take_input();
        let result = self.store.merge_entry(&entry);
        self.finish(result)
    }

    /// Replaces the content by the snapshot of the input buffer. Returns whether it is valid; if not, the error is the text.
    #[wasm_bindgen(js_name = restoreSnapshot)]
    pub fn restore_snapshot(&mut self) -> bool {
        let bytes = self.take_input();
        self.replace_by(CaseStore::restore(&bytes).map(|(store, _)| store))
    }

    /// Compacts the cases: no answer changes. Returns whether it did; if not, they remain as they are.
    pub fn compact(&mut self) -> bool {
        let is_compacted = self.exports.is_empty() && self.store.compact().is_ok();
        if is_compacted {
            self.sent.clear();
        }
        is_compacted
    }
}

impl RawStore {
    /// Carries out an operation. Returns whether there is an answer, or an error as JSON text.
    fn answer_deferred(&mut self, kind: u32, subject: &str, options: &str, number: f64) -> Result<bool, String> {
        let RawStore { store, answer: out, .. } = self;
        match kind {
            ask::SEARCH_NOTES => store.search_notes(),
            ask::PENDING_NOTES => {
                let ids = store.pending_notes(number as usize);
                out.number(ids.len() as u32);
                ids.iter().for_each(|id| out.text(id));
            }
            ask::SET_NOTES => store.set_notes(subject, options),
            ask::APPLY_DETAILS => {
                let details: Vec<_> = match parse_json(subject) {
                    Ok(Json::Array(details)) => details.iter().filter_map(DetailColumns::from_json).collect(),
                    _ => Vec::new(),
                };
                let applied = store.apply_detail_columns(&details);
                return self.end(applied);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Returns the input, whose memory is not retained.
    fn take_input(&mut self) -> Vec<u8> {
        let mut bytes = core::mem::take(&mut self.input);
        bytes.truncate(self.input_length);
        bytes
    }

    /// Replaces the cases by those of a store. Returns whether there is one; if not, the error is the text.
    fn replace_by(&mut self, store: Result<CaseStore, StoreError>) -> bool {
        let result = store.map(|store| self.replace(store));
        self.is_ok(result)
    }
}
