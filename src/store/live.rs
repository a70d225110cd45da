//! Live queries: queries whose answers follow the changes of the store.

use super::{
    case_store::CaseStore,
    change_set::{ChangeKind, FieldSet, RowChange},
    columns::{Columns, TextField},
    filter::{QueryFilter, matches_row},
    live_query::{LiveQueries, LiveQuery},
    multikey_sort::merge_rows,
    query_answer::QueryAnswer,
    row_set::RowSet,
    sort_keys::SortKeys,
};
use crate::model::CaseRecord;
use crate::query::CaseQuery;
use alloc::vec::Vec;

/// Changed rows up to this number are matched one by one; of more, all rows are matched.
const MOST_MATCHED: usize = 256;

impl CaseStore {
    /// Makes a query live, and returns its number. [`live_answer`](Self::live_answer) has its answer.
    ///
    /// ```
    /// use cisco_support_case::{model::CaseRecord, query::CaseQuery, store::CaseStore};
    /// let mut store = CaseStore::new();
    /// let live = store.add_live_query(CaseQuery::default());
    /// let mut case = CaseRecord::default();
    /// case.case_id = "612345678".into();
    /// store.apply_records(&[case])?;
    /// assert_eq!(store.refresh_live_queries(), [live]);
    /// assert_eq!(store.live_answer(live).map(|answer| answer.total), Some(1));
    /// // The answer is the same until a change touches it.
    /// assert!(store.refresh_live_queries().is_empty());
    /// # Ok::<(), cisco_support_case::store::StoreError>(())
    /// ```
    pub fn add_live_query(&mut self, query: CaseQuery) -> u32 {
        let mut live = LiveQuery::new(query);
        live.answer = self.evaluate_live(&mut live);
        live.content = window_hash(&self.columns, &live.answer.rows);
        let free = self.live.queries.iter().position(Option::is_none);
        let number = free.unwrap_or(self.live.queries.len());
        if self.live.queries.iter().all(Option::is_none) {
            self.live.now_ms = self.now_ms;
        }
        match self.live.queries.get_mut(number) {
            Some(slot) => *slot = Some(live),
            None => self.live.queries.push(Some(live)),
        }
        number as u32
    }

    /// Ends a live query.
    ///
    /// ```
    /// use cisco_support_case::{query::CaseQuery, store::CaseStore};
    /// let mut store = CaseStore::new();
    /// let live = store.add_live_query(CaseQuery::default());
    /// store.remove_live_query(live);
    /// assert!(store.live_answer(live).is_none());
    /// ```
    pub fn remove_live_query(&mut self, number: u32) {
        if let Some(slot) = self.live.queries.get_mut(number as usize) {
            *slot = None;
        }
        while self.live.queries.last().is_some_and(Option::is_none) {
            self.live.queries.pop();
        }
    }

    /// Returns the answer of a live query as of the last refresh.
    ///
    /// ```
    /// assert!(cisco_support_case::store::CaseStore::new().live_answer(0).is_none());
    /// ```
    pub fn live_answer(&self, number: u32) -> Option<&QueryAnswer> {
        self.live.queries.get(number as usize)?.as_ref().map(|live| &live.answer)
    }

    /// Returns the instant that a live query itself has for its ages.
    #[cfg(feature = "js-store")]
    pub(crate) fn live_now_ms(&self, number: u32) -> Option<i64> {
        self.live.queries.get(number as usize)?.as_ref()?.query.now_ms()
    }

    /// Brings the live queries up to date after changes or a new present, and returns the numbers of those whose answers
    /// changed: the total, the rows of the window, or a cell of one of them.
    ///
    /// ```
    /// assert!(cisco_support_case::store::CaseStore::new().refresh_live_queries().is_empty());
    /// ```
    pub fn refresh_live_queries(&mut self) -> Vec<u32> {
        let mut state = core::mem::take(&mut self.live);
        let has_new_present = state.now_ms != self.now_ms;
        let mut changed = Vec::new();
        if state.has_changes || state.is_reset || has_new_present {
            let changes = LiveChanges::new(&self.columns, &state);
            for (live, number) in state.queries.iter_mut().zip(0..) {
                let Some(live) = live else { continue };
                let has_notes = self.indexes.search.notes().is_wanted && live.has_words();
                let has_aged = has_new_present && live.follows_now();
                if self.refresh_live(live, &changes, has_aged || has_notes) {
                    changed.push(number);
                }
            }
            state.changed_rows.clear();
            state.changed_texts.clear();
            state.changed_fields = FieldSet::default();
            state.has_changes = false;
            state.is_reset = false;
        }
        state.now_ms = self.now_ms;
        self.live = state;
        changed
    }

    /// Notes the changes of rows for the indexes and the live queries.
    pub(super) fn note_changes(&mut self, changes: &[RowChange]) {
        self.expect_notes(changes);
        // A store that is being filled for the first time.
        if self.live.queries.is_empty() && self.indexes.orders.are_absent() {
            return;
        }
        for change in changes {
            let fields = match change.kind {
                ChangeKind::New | ChangeKind::Gone => FieldSet::from_bits(u32::MAX),
                _ => change.fields,
            };
            self.indexes.touch(change.row, fields);
            self.live.note(change.row, fields);
        }
    }

    /// Drops what refers to rows: the columns were compacted or replaced.
    pub(super) fn reset_rows(&mut self) {
        self.indexes.reset();
        self.live.is_reset = !self.live.queries.is_empty();
    }

    /// Drops the indexes and renumbers the rows of the answers, because the columns were compacted. The answers remain.
    pub(super) fn renumber_live(&mut self, numbers: &[u32]) {
        if self.live.has_changes {
            // Rows of answers may have no case any more, and no new number.
            return self.reset_rows();
        }
        self.indexes.reset();
        let number = |row: &u32| numbers.get(*row as usize).copied().unwrap_or(0);
        let renumber = |rows: &mut RowSet| {
            let mut renumbered = RowSet::default();
            for row in rows.iter() {
                renumbered.insert(number(&row));
            }
            *rows = renumbered;
        };
        for live in self.live.queries.iter_mut().flatten() {
            renumber(&mut live.matched);
            live.texts.iter_mut().flatten().for_each(renumber);
            for row in live.head.iter_mut().flatten().chain(&mut live.answer.rows) {
                *row = number(row);
            }
            live.content = window_hash(&self.columns, &live.answer.rows);
        }
    }

    /// Brings one live query up to date, and returns whether its answer changed. `is_unknown` says that cases may match
    /// because of the new present, or for their notes.
    fn refresh_live(&mut self, live: &mut LiveQuery, changes: &LiveChanges, is_unknown: bool) -> bool {
        let former_total = live.matched.count();
        let are_moved = changes.fields.intersects(live.sort_fields());
        // The rows that match since, or no longer, or have another place.
        let mut moved = Vec::new();
        if changes.are_few && !is_unknown {
            live.match_texts(&changes.texts);
            for row in &changes.rows {
                let matches = matches_row(&self.columns, &live.query, &live.texts, *row, self.now_ms);
                let is_other = if matches { live.matched.insert(*row) } else { live.matched.remove(*row) };
                if is_other || matches && are_moved {
                    moved.push(*row);
                }
            }
        } else if !changes.is_reset {
            let former = core::mem::take(&mut live.matched);
            let _ = self.filter_live(live);
            let (mut rows, mut gone) = (live.matched.clone(), former.clone());
            rows.subtract(&former);
            gone.subtract(&live.matched);
            rows.union(&gone);
            if are_moved {
                let mut other = changes.set.clone();
                other.intersect(&live.matched);
                rows.union(&other);
            }
            moved = rows.iter().collect();
        }
        let answer = if changes.is_reset || !moved.is_empty() && live.is_by_rank() {
            // Ranks are known only after a search.
            self.evaluate_live(live)
        } else if !moved.is_empty() {
            let total = live.matched.count();
            let head = live.head.take().and_then(|head| self.moved_head(live, head, &moved, former_total));
            let head = head.unwrap_or_else(|| self.evaluate_head(live));
            let rows =
                head.iter().skip(live.query.offset() as usize).take(live.query.limit() as usize).copied().collect();
            live.head = Some(head);
            QueryAnswer { total: total as u32, rows }
        } else if live.answer.rows.iter().any(|row| changes.set.contains(*row)) {
            live.answer.clone()
        } else {
            return false;
        };
        let content = window_hash(&self.columns, &answer.rows);
        let is_changed = content != live.content || answer != live.answer;
        (live.content, live.answer) = (content, answer);
        is_changed
    }

    /// Finds the rows of a live query.
    fn filter_live(&mut self, live: &mut LiveQuery) -> QueryFilter {
        let mut filter = self.filter(&live.query);
        live.matched = filter.rows_without(&self.columns, None);
        live.texts = filter.text_rows();
        live.texts.iter_mut().flatten().for_each(|rows| rows.intersect(&self.columns.alive));
        filter
    }

    /// Evaluates a live query.
    fn evaluate_live(&mut self, live: &mut LiveQuery) -> QueryAnswer {
        let filter = self.filter_live(live);
        live.head = None;
        let total = live.matched.count();
        QueryAnswer { total: total as u32, rows: self.window(&live.query, &filter, &live.matched, total) }
    }

    /// Evaluates the head of a live query that is not sorted by rank.
    fn evaluate_head(&mut self, live: &LiveQuery) -> Vec<u32> {
        self.sorted_rows(live.query.sort(), &[], &live.matched, live.matched.count(), 0..live.head_length())
    }

    /// Moves rows of a live query in its head: those that match now to their places. Returns `None` if the head does not
    /// decide the window: rows after it would follow in it.
    fn moved_head(
        &mut self,
        live: &LiveQuery,
        mut head: Vec<u32>,
        moved: &[u32],
        former_total: usize,
    ) -> Option<Vec<u32>> {
        if moved.len() > head.len() / 8 + MOST_MATCHED {
            return None;
        }
        let has_all = head.len() == former_total;
        let mut set = RowSet::with_rows(self.columns.row_count() as usize);
        moved.iter().for_each(|row| set.add(*row));
        head.retain(|row| !set.contains(*row));
        let last = head.last().copied();
        self.refresh_ranks(live.query.sort());
        let keys = SortKeys::new(&self.columns, &self.indexes.ranks, &[], live.query.sort());
        merge_rows(&mut head, moved.iter().copied().filter(|row| live.matched.contains(*row)), &keys);
        if !has_all {
            // The rows outside the head come after the last row that remained in it.
            let known = head.iter().rposition(|row| Some(*row) == last)? + 1;
            head.truncate(known);
            if known < live.window_end() {
                return None;
            }
        }
        head.truncate(live.head_length());
        Some(head)
    }
}

/// The changes since the last refresh.
struct LiveChanges {
    set: RowSet,
    fields: FieldSet,
    /// Whether all rows may have changed.
    is_reset: bool,
    /// Whether the changed rows are matched one by one: they are then in `rows`, and their cases in `texts` if words may match
    /// in them that did not.
    are_few: bool,
    rows: Vec<u32>,
    texts: Vec<(u32, Option<CaseRecord>)>,
}

impl LiveChanges {
    fn new(columns: &Columns, state: &LiveQueries) -> LiveChanges {
        let are_few = !state.is_reset && state.changed_rows.count() <= MOST_MATCHED;
        let rows = |set: &RowSet| if are_few { set.iter().collect() } else { Vec::new() };
        let has_words = state.queries.iter().flatten().any(|live| live.texts.iter().any(Option::is_some));
        let texts = if has_words { rows(&state.changed_texts) } else { Vec::new() };
        let case = |row| columns.alive.contains(row).then(|| columns.record(row));
        LiveChanges {
            set: state.changed_rows.clone(),
            fields: state.changed_fields,
            is_reset: state.is_reset,
            are_few,
            rows: rows(&state.changed_rows),
            texts: texts.into_iter().map(|row| (row, case(row))).collect(),
        }
    }
}

/// Returns a hash of the cells of rows. Equal texts of a column have equal numbers, so no text is read.
fn window_hash(columns: &Columns, rows: &[u32]) -> u64 {
    let mut hash = 0_u64;
    let mut add = |cell: u64| hash = (hash.rotate_left(5) ^ cell).wrapping_mul(0x517c_c1b7_2722_0a95);
    for row in rows {
        let row = *row;
        add(u64::from(row));
        for field in TextField::ALL {
            add(u64::from(columns.text(field).ids.get(row)));
        }
        for column in [
            &columns.severity,
            &columns.status_flag,
            &columns.last_note_by,
            &columns.title,
            &columns.bugs.positions,
            &columns.rmas.positions,
            &columns.created.forms,
            &columns.updated.forms,
            &columns.extra,
            &columns.notes_count,
        ] {
            add(u64::from(column.get(row)));
        }
        for column in [&columns.created.ms, &columns.updated.ms, &columns.status_since, &columns.last_note] {
            add(column.get(row) as u64);
        }
    }
    hash
}
