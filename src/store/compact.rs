//! Compaction: the columns without dead titles, lists, texts and rows.

use super::{
    case_store::CaseStore,
    columns::{Columns, ListColumn, TextField},
    error::StoreError,
    row_set::RowSet,
};
use alloc::{vec, vec::Vec};

/// The bytes of a row without a case: an estimate.
const ROW_BYTES: usize = 100;
/// The reclaimable bytes below which a compaction is not worth its time.
const MIN_RECLAIMABLE: usize = 1 << 20;

impl CaseStore {
    /// Returns the bytes of memory that [`compact`](Self::compact) would free, as an estimate: titles, lists and texts that
    /// were replaced, and removed cases.
    pub fn reclaimable_bytes(&self) -> usize {
        let columns = &self.columns;
        let dead_rows = columns.row_count() as usize - columns.alive.count();
        let dead_words = columns.bugs.dead_words + columns.rmas.dead_words;
        let dead_bytes = columns.dead_bytes + columns.created.dead_bytes + columns.updated.dead_bytes;
        dead_bytes + dead_words * size_of::<u32>() + dead_rows * ROW_BYTES
    }

    /// Returns whether a compaction is worth its time: it would free a third of the memory, and at least 1 MiB.
    ///
    /// ```
    /// assert!(!cisco_support_case::store::CaseStore::new().needs_compaction());
    /// ```
    pub fn needs_compaction(&self) -> bool {
        let reclaimable = self.reclaimable_bytes();
        reclaimable >= MIN_RECLAIMABLE && reclaimable >= self.columns.memory_bytes() / 3
    }

    /// Frees the memory of what was replaced or removed, and returns whether rows have other numbers now. No answer
    /// changes, and no live query has a change to tell, but the version changes: all persisted chunks are other ones.
    ///
    /// It needs the memory of a second store meanwhile. After an error, nothing has changed. The id of a removed case
    /// remains while the history has it.
    pub fn compact(&mut self) -> Result<bool, StoreError> {
        self.check_version()?;
        let from = &self.columns;
        from.check_capacity(from.alive.count(), 0, from.memory_bytes() / 4)?;
        let mut kept = from.alive.clone();
        for change in self.history.batches().iter().flat_map(|batch| &batch.changes) {
            kept.insert(change.row);
        }
        let is_renumbered = kept.count() < from.row_count() as usize;
        let (columns, numbers) = copy(from, &kept);
        self.columns = columns;
        self.renumber_live(&numbers);
        self.indexes.search.notes_mut().renumber(&numbers);
        let changes = self.history.batches_mut().iter_mut().flat_map(|batch| &mut batch.changes);
        for change in changes {
            change.row = numbers.get(change.row as usize).copied().unwrap_or(0);
        }
        self.version += 1;
        self.chunk_versions.clear();
        self.mark_changed(&[]);
        Ok(is_renumbered)
    }
}

/// Copies rows in their order. Returns the columns, and the new number of each copied row.
fn copy(from: &Columns, kept: &RowSet) -> (Columns, Vec<u32>) {
    let mut to = Columns::default();
    let mut numbers = vec![0; from.row_count() as usize];
    let mut pairs = Vec::new();
    for row in kept.iter() {
        let number = to.case_ids.intern(from.case_ids.get(row));
        if let Some(slot) = numbers.get_mut(row as usize) {
            *slot = number;
        }
        if from.alive.contains(row) {
            to.alive.insert(number);
            pairs.push((row, number));
        }
    }
    for field in TextField::ALL {
        let (source, column) = (from.text(field), to.text_mut(field));
        let mut ids = vec![0; source.values.len() as usize];
        for (row, number) in &pairs {
            let id = source.ids.get(*row);
            let Some(slot) = ids.get_mut(id as usize) else { continue };
            if *slot == 0 && id > 0 {
                *slot = column.values.intern(source.values.get(id));
            }
            column.ids.set(*number, *slot);
        }
    }
    copy_lists(&from.bugs, &mut to.bugs, &pairs);
    copy_lists(&from.rmas, &mut to.rmas, &pairs);
    for (row, number) in &pairs {
        let (row, number) = (*row, *number);
        to.set_title(number, from.title_text(row));
        to.set_extra(number, from.extra_text(row));
        to.created.copy(number, &from.created, row);
        to.updated.copy(number, &from.updated, row);
        for (source, column) in [
            (&from.severity, &mut to.severity),
            (&from.status_flag, &mut to.status_flag),
            (&from.listed_flag, &mut to.listed_flag),
            (&from.last_note_by, &mut to.last_note_by),
        ] {
            column.set(number, source.get(row));
        }
        for (source, column) in [
            (&from.status_since, &mut to.status_since),
            (&from.last_note, &mut to.last_note),
            (&from.technology_dated, &mut to.technology_dated),
            (&from.listed_dated, &mut to.listed_dated),
            (&from.details_dated, &mut to.details_dated),
        ] {
            column.set(number, source.get(row));
        }
        to.notes_count.set(number, from.notes_count.get(row));
    }
    (to, numbers)
}

fn copy_lists(from: &ListColumn, to: &mut ListColumn, pairs: &[(u32, u32)]) {
    let mut list = Vec::new();
    for (row, number) in pairs {
        list.clear();
        for text in from.texts(*row) {
            list.push(to.values.intern(text));
        }
        to.set(*number, &list);
    }
}
