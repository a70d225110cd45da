//! Live queries: queries whose answers follow the changes of the store.

use super::{
    case_store::CaseStore,
    change_set::{ChangeKind, FieldSet, RowChange},
    columns::{Columns, NO_DATE, TextField},
    live_query::LiveQuery,
    query_answer::QueryAnswer,
    row_set::RowSet,
};
use crate::query::{CaseQuery, QueryableCase, matches_query};
use alloc::vec::Vec;

/// Changed rows up to this number are matched one by one; more are found by evaluating the query anew.
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
        let mut live = LiveQuery { query, matched: RowSet::default(), answer: QueryAnswer::default(), content: 0 };
        self.evaluate_live(&mut live);
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
            let rows: Vec<u32> = state.changed_rows.iter().collect();
            // The case of each changed row, once for all queries.
            let is_few = rows.len() <= MOST_MATCHED;
            let cases: Vec<ChangedCase> = if is_few && !state.is_reset {
                rows.iter().map(|row| ChangedCase::new(self, *row)).collect()
            } else {
                Vec::new()
            };
            for (live, number) in state.queries.iter_mut().zip(0..) {
                let Some(live) = live else { continue };
                let is_new = state.is_reset || !is_few || has_new_present && live.follows_now();
                if self.refresh_live(live, is_new, &cases, &state.changed_rows, state.changed_fields) {
                    changed.push(number);
                }
            }
            state.changed_rows.clear();
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
        let number = |row: u32| numbers.get(row as usize).copied().unwrap_or(0);
        for live in self.live.queries.iter_mut().flatten() {
            let mut matched = RowSet::default();
            for row in live.matched.iter() {
                matched.insert(number(row));
            }
            live.matched = matched;
            live.answer.rows.iter_mut().for_each(|row| *row = number(*row));
            live.content = window_hash(&self.columns, &live.answer.rows);
        }
    }

    /// Brings one live query up to date, and returns whether its answer changed.
    fn refresh_live(
        &mut self,
        live: &mut LiveQuery,
        mut is_new: bool,
        cases: &[ChangedCase],
        changed_rows: &RowSet,
        changed_fields: FieldSet,
    ) -> bool {
        let (mut is_touched, mut has_other_rows) = (is_new, false);
        if !is_new {
            for case in cases {
                let matches = case.matches(&live.query, self.now_ms);
                let did_match = live.matched.contains(case.row);
                is_touched |= matches || did_match;
                has_other_rows |= matches != did_match;
                if matches {
                    live.matched.insert(case.row);
                } else if did_match {
                    live.matched.remove(case.row);
                }
            }
            // Ranks are known only after a search.
            is_new = is_touched && live.is_by_rank();
        }
        if !is_touched {
            return false;
        }
        let before = core::mem::take(&mut live.answer);
        if is_new {
            self.evaluate_live(live);
        } else if has_other_rows || changed_fields.intersects(live.sort_fields()) {
            let total = live.matched.count() as u32;
            let rows = self.window(&live.query, &Default::default(), &live.matched);
            live.answer = QueryAnswer { total, rows };
        } else if before.rows.iter().any(|row| changed_rows.contains(*row)) {
            live.answer = before.clone();
        } else {
            live.answer = before;
            return false;
        }
        let content = window_hash(&self.columns, &live.answer.rows);
        let is_changed = content != live.content || live.answer != before;
        live.content = content;
        is_changed
    }

    /// Evaluates a live query.
    fn evaluate_live(&mut self, live: &mut LiveQuery) {
        let filter = self.filter(&live.query);
        live.matched = filter.rows_without(&self.columns, None);
        let total = live.matched.count() as u32;
        live.answer = QueryAnswer { total, rows: self.window(&live.query, &filter, &live.matched) };
    }
}

/// A changed row, and its case if it has one.
struct ChangedCase {
    row: u32,
    record: Option<crate::model::CaseRecord>,
    status_since_ms: Option<i64>,
}

impl ChangedCase {
    fn new(store: &CaseStore, row: u32) -> ChangedCase {
        let since = store.columns.status_since(row).0;
        let status_since_ms = (since != NO_DATE).then_some(since);
        ChangedCase { row, record: store.record(row), status_since_ms }
    }

    fn matches(&self, query: &CaseQuery, now_ms: i64) -> bool {
        self.record.as_ref().is_some_and(|record| {
            let mut case = QueryableCase::new(record);
            case.status_since_ms = self.status_since_ms;
            matches_query(query, &case, query.now_ms().unwrap_or(now_ms))
        })
    }
}

/// Returns a hash of the cells of rows. Equal texts of a column have equal numbers, so no text is read.
fn window_hash(columns: &Columns, rows: &[u32]) -> u64 {
    let mut hash = 0_u64;
    let mut add = |cell: u64| hash = (hash.rotate_left(5) ^ cell).wrapping_mul(0x517c_c1b7_2722_0a95);
    for row in rows {
        let row = *row;
        add(u64::from(row));
        let bytes = [&columns.severity, &columns.status_flag, &columns.last_note_by].map(|column| column.get(row));
        add(u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], None].map(|cell| cell.unwrap_or(0)))));
        for field in TextField::ALL {
            add(u64::from(columns.text(field).ids.get(row).unwrap_or(0)));
        }
        for column in [
            &columns.title,
            &columns.bugs.positions,
            &columns.rmas.positions,
            &columns.created.forms,
            &columns.updated.forms,
            &columns.extra,
            &columns.notes_count,
        ] {
            add(u64::from(column.get(row).unwrap_or(0)));
        }
        for column in [&columns.created.ms, &columns.updated.ms, &columns.status_since, &columns.last_note] {
            add(column.get(row).unwrap_or(0) as u64);
        }
    }
    hash
}
