//! The persisted form of a store: a summary, chunks of rows, and log entries.
//!
//! | part | contains | changes with |
//! |---|---|---|
//! | chunk 0, the summary | the version, the history, the version of each chunk of rows | every change |
//! | chunk n | 2048 rows | a change of one of its rows |
//! | log entry | the rows that changed since a version, and their changes | nothing |
//!
//! A changed case costs a log entry of a few hundred bytes. From time to time the caller writes the chunks that changed and
//! begins a new log. A store is restored from chunk 0, the other chunks in order, then the entries in order. Each part
//! has a checksum, and the summary has the versions of the chunks, so that a part that was changed, lost, or is from
//! another time is an error. Parts contain no row numbers and no dictionary ids but their own, so that entries of one
//! store can be merged into another one.

use super::{
    case_reader::differences,
    case_store::{CHUNK_ROWS, CaseStore},
    change_set::{BeforeAfter, ChangeKind, ChangeSet, ChangedValues, FieldSet, RowChange},
    columns::{Columns, Precedence},
    error::StoreError,
    history::{ChangeHistory, HistoryBatch},
    part_codec::{FORMAT, PartKind, PartReader, PartWriter},
    row_codec::{RowReader, RowState, RowWriter},
    row_set::RowSet,
};
use crate::model::{CaseRecord, DetailColumns, Severity};
use crate::util::{heapsort::sorted_distinct, text};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

impl CaseStore {
    /// The version of the byte form that this build writes. It reads this one and all earlier ones.
    pub const FORMAT: u32 = FORMAT;

    /// Returns the number of persisted chunks.
    pub fn chunk_count(&self) -> usize {
        1 + self.columns.row_count().div_ceil(CHUNK_ROWS) as usize
    }

    /// Returns whether a persisted chunk differs from what it was at a version.
    pub fn is_chunk_changed(&self, chunk: usize, since: u64) -> bool {
        let version = match chunk.checked_sub(1) {
            Some(chunk) => self.chunk_versions.get(chunk).copied().unwrap_or(0),
            None => self.version,
        };
        version > since
    }

    /// Returns a persisted chunk as bytes.
    pub fn chunk_bytes(&self, chunk: usize) -> Vec<u8> {
        let mut part = PartWriter::default();
        let Some(chunk) = chunk.checked_sub(1) else {
            self.write_summary(&mut part);
            return part.finish(PartKind::Summary);
        };
        part.number(chunk as u64);
        part.number(self.chunk_versions.get(chunk).copied().unwrap_or(0));
        let first = (chunk as u32).saturating_mul(CHUNK_ROWS);
        let mut rows = RowWriter::default();
        for row in first..self.columns.row_count().min(first.saturating_add(CHUNK_ROWS)) {
            rows.row(&self.columns, row);
        }
        rows.finish(&mut part);
        part.finish(PartKind::Rows)
    }

    fn write_summary(&self, part: &mut PartWriter) {
        part.number(self.version);
        part.number(u64::from(self.columns.row_count()));
        for chunk in 0..self.chunk_count() - 1 {
            part.number(self.chunk_versions.get(chunk).copied().unwrap_or(0));
        }
        part.number(self.history.complete_since());
        part.number(self.history.batches().len() as u64);
        for batch in self.history.batches() {
            write_batch(part, batch, &mut |row| row);
        }
    }

    /// Returns the changes since a version as a log entry; `None` if the history does not reach back to it.
    pub fn log_entry(&self, since: u64) -> Option<Vec<u8>> {
        let batches: Vec<&HistoryBatch> = self.history.since(since).filter(|_| since <= self.version)?.collect();
        let mut part = PartWriter::default();
        let rows = batches.iter().flat_map(|batch| &batch.changes).map(|change| u64::from(change.row));
        let rows: Vec<u32> = sorted_distinct(rows).into_iter().map(|row| row as u32).collect();
        let mut writer = RowWriter::default();
        for row in &rows {
            writer.row(&self.columns, *row);
        }
        writer.finish(&mut part);
        part.number(self.version);
        part.number(batches.len() as u64);
        for batch in batches {
            write_batch(&mut part, batch, &mut |row| rows.binary_search(&row).map_or(0, |index| index as u32));
        }
        Some(part.finish(PartKind::Entry))
    }

    /// Merges a log entry that another store of the same cases has written, and returns the changes.
    ///
    /// Of the two states of a case, the newer one wins, as in [`apply_records`](Self::apply_records). After an error,
    /// nothing has changed.
    pub fn merge_entry(&mut self, entry: &[u8]) -> Result<ChangeSet, StoreError> {
        self.check_version()?;
        let entry = ReadEntry::read(entry, "entry")?;
        self.columns.check_capacity(entry.rows.len(), entry.string_count, entry.bytes)?;
        let changes = entry.merge(&mut self.columns, false);
        Ok(self.commit(changes, Vec::new()))
    }

    /// Replaces the cases by those of another store, such as a restored one. Live queries, the instant `now` and the bounds of the
    /// history remain. A new store takes over version and history; of one that was not, the version grows, and its history begins
    /// with it, since the other store's versions are of other changes.
    pub fn replace(&mut self, other: CaseStore) {
        let limits = self.history.limits();
        self.columns = other.columns;
        self.history = other.history;
        self.history.set_limits(limits);
        if self.version == 0 {
            self.version = other.version;
        } else {
            self.version = self.version.max(other.version) + 1;
            self.history = ChangeHistory::new(limits, self.version);
        }
        self.chunk_versions = other.chunk_versions;
        self.reset_rows();
        self.expect_all_notes();
    }

    /// Returns the whole store as bytes, with bytes of the caller, such as a cursor.
    pub fn snapshot(&self, cursor: &[u8]) -> Vec<u8> {
        let mut index = PartWriter::default();
        index.bytes(cursor);
        index.number(self.chunk_count() as u64);
        let mut bytes = index.finish(PartKind::Index);
        for chunk in 0..self.chunk_count() {
            bytes.extend_from_slice(&self.chunk_bytes(chunk));
        }
        bytes
    }

    /// Restores a store from a snapshot, with the caller's bytes. Any change of the snapshot is an error.
    ///
    /// ```
    /// use cisco_support_case::{model::CaseRecord, store::CaseStore};
    /// let mut store = CaseStore::new();
    /// let mut case = CaseRecord::default();
    /// case.case_id = "612345678".into();
    /// store.apply_records(&[case.clone()])?;
    /// let (restored, cursor) = CaseStore::restore(&store.snapshot(b"cursor"))?;
    /// assert_eq!((restored.get("612345678"), cursor.as_slice()), (Some(case), &b"cursor"[..]));
    /// # Ok::<(), cisco_support_case::store::StoreError>(())
    /// ```
    pub fn restore(bytes: &[u8]) -> Result<(CaseStore, Vec<u8>), StoreError> {
        let mut rest = bytes;
        let mut next = |name: &str| -> Result<&[u8], StoreError> {
            let (_, length) = PartReader::peek(rest).ok_or_else(|| StoreError::snapshot(name))?;
            let (part, after) = rest.split_at_checked(length).ok_or_else(|| StoreError::snapshot(name))?;
            rest = after;
            Ok(part)
        };
        let mut index = PartReader::open(next("index")?, PartKind::Index, "index")?;
        let cursor = index.bytes().map(<[u8]>::to_vec);
        let (Some(cursor), Some(count), Some(())) = (cursor, index.number(), index.end()) else {
            return Err(StoreError::snapshot("index"));
        };
        let mut restore = StoreRestore::new();
        for chunk in 0..count {
            restore.add(next(&text!("chunk ", chunk))?)?;
        }
        if !rest.is_empty() {
            return Err(StoreError::snapshot("end"));
        }
        Ok((restore.finish()?, cursor))
    }
}

/// A store that is being restored from its parts.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, store::{CaseStore, StoreRestore}};
/// let mut store = CaseStore::new();
/// let chunks: Vec<_> = (0..store.chunk_count()).map(|chunk| store.chunk_bytes(chunk)).collect();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// store.apply_records(&[case])?;
/// let entry = store.log_entry(0).ok_or("the history is incomplete")?;
///
/// let mut restore = StoreRestore::new();
/// for part in chunks.iter().chain([&entry]) {
///     restore.add(part)?;
/// }
/// assert_eq!(restore.finish()?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct StoreRestore {
    store: CaseStore,
    /// The number of rows of the chunks; `None` before the summary.
    row_count: Option<u32>,
    next_chunk: usize,
    chunks_version: u64,
}

impl StoreRestore {
    /// Creates the restoration of a store. Its parts are added in order: all chunks, then the log entries.
    pub fn new() -> StoreRestore {
        StoreRestore::default()
    }

    /// Adds the next part.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let chunk_count = self.row_count.map_or(1, |rows| 1 + rows.div_ceil(CHUNK_ROWS) as usize);
        if self.next_chunk == chunk_count {
            return self.add_entry(bytes);
        }
        let name = text!("chunk ", self.next_chunk);
        let read = match self.next_chunk.checked_sub(1) {
            None => self.read_summary(&mut PartReader::open(bytes, PartKind::Summary, &name)?),
            Some(chunk) => {
                let mut part = PartReader::open(bytes, PartKind::Rows, &name)?;
                self.store.columns.check_capacity(CHUNK_ROWS as usize, CHUNK_ROWS, bytes.len())?;
                self.read_rows(&mut part, chunk)
            }
        };
        self.next_chunk += 1;
        read.ok_or_else(|| StoreError::snapshot(&name))
    }

    fn read_summary(&mut self, part: &mut PartReader<'_>) -> Option<()> {
        let version = part.number()?;
        let row_count = part.number32()?;
        for _ in 0..row_count.div_ceil(CHUNK_ROWS) {
            self.store.chunk_versions.push(part.number().filter(|chunk| *chunk <= version)?);
        }
        let complete_since = part.number().filter(|since| *since <= version)?;
        let mut history = ChangeHistory::new(self.store.history.limits(), complete_since);
        let mut former = complete_since;
        for _ in 0..part.count()? {
            let (batch, changes) = read_batch(part, row_count)?;
            if batch <= former || batch > version {
                return None;
            }
            former = batch;
            history.push(batch, &changes);
        }
        (self.store.version, self.store.history, self.chunks_version) = (version, history, version);
        self.row_count = Some(row_count);
        part.end()
    }

    fn read_rows(&mut self, part: &mut PartReader<'_>, chunk: usize) -> Option<()> {
        let columns = &mut self.store.columns;
        let first = columns.row_count();
        let number = part.number()?;
        let version = part.number()?;
        let mut rows = RowReader::open(part)?;
        let expected = self.row_count?.checked_sub(first)?.min(CHUNK_ROWS);
        if number != chunk as u64
            || self.store.chunk_versions.get(chunk) != Some(&version)
            || rows.left() != expected as usize
        {
            return None;
        }
        for row in first..first + expected {
            let state = rows.row(part)?;
            // A case that is in two rows has the number of the first.
            if columns.case_ids.intern(state.case_id) != row {
                return None;
            }
            if state.is_alive {
                columns.alive.insert(row);
                rows.write(columns, row, &state, false);
            }
        }
        part.end()
    }

    fn add_entry(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut entry = ReadEntry::read(bytes, "entry")?;
        let store = &mut self.store;
        store.columns.check_capacity(entry.rows.len(), entry.string_count, entry.bytes)?;
        let mut numbers = Vec::new();
        for state in &entry.rows {
            numbers.push(store.columns.case_ids.intern(state.case_id));
        }
        let (last_version, batches) = (entry.version, core::mem::take(&mut entry.batches));
        // The entry was written after all parts before it, so its rows replace theirs.
        entry.merge(&mut store.columns, true);
        for (version, mut changes) in batches {
            for change in &mut changes {
                change.row = numbers.get(change.row as usize).copied().unwrap_or(0);
            }
            // Several stores may have written the entries, each with its own versions.
            store.version = version.max(store.version + 1);
            store.mark_changed(&changes);
            store.history.push(store.version, &changes);
        }
        store.version = last_version.max(store.version);
        Ok(())
    }

    /// Returns the version of the chunks alone, before the entries.
    pub fn chunks_version(&self) -> u64 {
        self.chunks_version
    }

    /// Returns the store, if no chunk is missing.
    pub fn finish(self) -> Result<CaseStore, StoreError> {
        match self.row_count {
            Some(rows) if self.next_chunk > rows.div_ceil(CHUNK_ROWS) as usize => Ok(self.store),
            _ => Err(StoreError::snapshot(&text!("chunk ", self.next_chunk))),
        }
    }
}

/// A log entry that was read and checked.
struct ReadEntry<'p> {
    bytes: usize,
    string_count: u32,
    reader: RowReader<'p>,
    rows: Vec<RowState<'p>>,
    version: u64,
    /// The versions with their changes, whose rows are positions in `rows`.
    batches: Vec<(u64, Vec<RowChange>)>,
}

impl<'p> ReadEntry<'p> {
    fn read(bytes: &'p [u8], name: &str) -> Result<ReadEntry<'p>, StoreError> {
        let mut part = PartReader::open(bytes, PartKind::Entry, name)?;
        ReadEntry::read_part(&mut part, bytes.len()).ok_or_else(|| StoreError::snapshot(name))
    }

    fn read_part(part: &mut PartReader<'p>, bytes: usize) -> Option<ReadEntry<'p>> {
        let mut reader = RowReader::open(part)?;
        let string_count = reader.string_count();
        let mut rows = Vec::new();
        while reader.left() > 0 {
            rows.push(reader.row(part)?);
        }
        let version = part.number()?;
        let mut batches = Vec::new();
        for _ in 0..part.count()? {
            batches.push(read_batch(part, rows.len() as u32)?);
        }
        part.end()?;
        Some(ReadEntry { bytes, string_count, reader, rows, version, batches })
    }

    /// Writes the rows to the columns, and returns what differs from before. Rows replace those of the columns if
    /// `is_replacing`, or if their case was removed and came back; otherwise, the newer state of a case wins.
    fn merge(mut self, columns: &mut Columns, is_replacing: bool) -> Vec<RowChange> {
        let mut changes = Vec::new();
        let mut came_back = RowSet::default();
        for change in self.batches.iter().flat_map(|(_, changes)| changes) {
            if change.kind == ChangeKind::Gone {
                came_back.insert(change.row);
            }
        }
        for (index, state) in (0..).zip(&self.rows) {
            let row = columns.case_ids.intern(state.case_id);
            let before = columns.alive.contains(row).then(|| CaseState::read(columns, row));
            if is_replacing || !state.is_alive || came_back.contains(index) {
                columns.remove(row);
            }
            if state.is_alive {
                let is_new = columns.alive.insert(row);
                self.reader.write(columns, row, state, !is_new);
            }
            match (before, state.is_alive) {
                (None, true) => changes.push(RowChange::new(row, ChangeKind::New)),
                (Some(_), false) => changes.push(RowChange::new(row, ChangeKind::Gone)),
                (Some(before), true) => changes.extend(before.change_to(&CaseState::read(columns, row), row)),
                (None, false) => {}
            }
        }
        changes
    }
}

/// The state of a case, to be compared with a later one.
struct CaseState {
    case: CaseRecord,
    details: Option<DetailColumns>,
    precedence: Precedence,
    status_since: (i64, bool),
}

impl CaseState {
    fn read(columns: &Columns, row: u32) -> CaseState {
        CaseState {
            case: columns.record(row),
            details: columns.details(row),
            precedence: columns.precedence(row),
            status_since: columns.status_since(row),
        }
    }

    fn owner(&self) -> &str {
        self.details.as_ref().map_or("", |details| &details.owner)
    }

    /// Returns the change to a later state, if it differs.
    fn change_to(&self, after: &CaseState, row: u32) -> Option<RowChange> {
        let fields = differences([&self.case, &after.case], [&self.details, &after.details]);
        if fields.is_empty() && (self.precedence, self.status_since) == (after.precedence, after.status_since) {
            return None;
        }
        let text = |field, before: &str, after: &str| {
            let is_changed = fields.intersects(field);
            is_changed.then(|| BeforeAfter { before: before.to_owned(), after: after.to_owned() })
        };
        let values = ChangedValues {
            status: text(FieldSet::STATUS, self.case.status.as_str(), after.case.status.as_str()),
            severity: fields
                .intersects(FieldSet::SEVERITY)
                .then_some(BeforeAfter { before: self.case.severity, after: after.case.severity }),
            owner: text(FieldSet::OWNER, self.owner(), after.owner()),
            title: text(FieldSet::TITLE, &self.case.title, &after.case.title),
        };
        let kind = ChangeKind::of_update(self.case.is_open(), after.case.is_open());
        let values = (values != ChangedValues::default()).then(|| Box::new(values));
        Some(RowChange { row, kind, fields, values })
    }
}

/// The bits of the values that a change has.
mod value {
    pub(super) const STATUS: u64 = 1;
    pub(super) const SEVERITY: u64 = 2;
    pub(super) const OWNER: u64 = 4;
    pub(super) const TITLE: u64 = 8;
}

fn write_batch(part: &mut PartWriter, batch: &HistoryBatch, number_of: &mut dyn FnMut(u32) -> u32) {
    part.number(batch.version);
    part.number(batch.changes.len() as u64);
    for change in &batch.changes {
        part.number(u64::from(number_of(change.row)));
        part.number(change.kind as u64);
        part.number(u64::from(change.fields.bits()));
        let values = change.values.as_deref().cloned().unwrap_or_default();
        let texts = [(&values.status, value::STATUS), (&values.owner, value::OWNER), (&values.title, value::TITLE)];
        let mut groups = if values.severity.is_some() { value::SEVERITY } else { 0 };
        for (text, bit) in texts {
            groups |= if text.is_some() { bit } else { 0 };
        }
        part.number(groups);
        for text in texts.into_iter().filter_map(|(text, _)| text.as_ref()) {
            part.text(&text.before);
            part.text(&text.after);
        }
        if let Some(severity) = &values.severity {
            for severity in [severity.before, severity.after] {
                part.number(severity.map_or(0, |severity| severity.number().into()));
            }
        }
    }
}

/// Reads a version and its changes. Their rows are below `rows`.
fn read_batch(part: &mut PartReader<'_>, rows: u32) -> Option<(u64, Vec<RowChange>)> {
    let version = part.number().filter(|version| *version < 1 << 53)?;
    let mut changes = Vec::new();
    for _ in 0..part.count()? {
        let row = part.number32().filter(|row| *row < rows)?;
        let kind = usize::try_from(part.number()?).ok().and_then(|kind| ChangeKind::ALL.get(kind).copied())?;
        let bits = part.number32()?;
        let fields = FieldSet::from_bits(bits);
        let groups = part.number().filter(|groups| *groups < 16 && fields.bits() == bits)?;
        let mut text = |bit| -> Option<Option<BeforeAfter<String>>> {
            if groups & bit == 0 {
                return Some(None);
            }
            let [before, after] = [part.text()?, part.text()?].map(ToOwned::to_owned);
            Some(Some(BeforeAfter { before, after }))
        };
        let mut values = ChangedValues { status: text(value::STATUS)?, ..ChangedValues::default() };
        values.owner = text(value::OWNER)?;
        values.title = text(value::TITLE)?;
        if groups & value::SEVERITY > 0 {
            let [before, after] = [part.number()?, part.number()?];
            let severity = |number: u64| u8::try_from(number).ok().and_then(Severity::new);
            values.severity = Some(BeforeAfter { before: severity(before), after: severity(after) });
        }
        let values = (groups > 0).then(|| Box::new(values));
        changes.push(RowChange { row, kind, fields, values });
    }
    Some((version, changes))
}
