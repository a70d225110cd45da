//! The kept orders of rows, and the rows of a window under any sort.

use super::{
    change_set::FieldSet,
    columns::Columns,
    multikey_sort::{KeyLevel, LevelKeys, MultikeySort, keep_smallest, merge_rows},
    row_set::RowSet,
    sort_keys::{ColumnRanks, SortKeys},
};
use crate::query::{SortKey, SortTerm};
use alloc::vec::Vec;
use core::ops::Range;

/// Rows that are merged into an order in a piece of its build, or whose titles are read: less than 1 ms.
const PIECE_ROWS: u32 = 1024;
/// Pairs that are moved in a piece of the build of the order by title: less than 1 ms, but for the first pieces.
const PIECE_PAIRS: usize = 1 << 14;
/// Statuses up to this number are walked one by one.
const MOST_BUCKETS: u32 = 64;
/// An order is walked for at least this share of the rows; fewer are gathered and sorted, unless the walk ends early.
const SHARE_TO_WALK: usize = 32;
/// The entries of an order that are walked in the time in which the key of a gathered row is read.
const WALKED_PER_KEY: usize = 8;

/// A permutation of the rows that have a case, ascending by one key, and by the case id where keys are equal.
///
/// It is built in pieces, and patched for the rows that changed since its last use.
#[derive(Clone, Debug)]
pub(super) struct RowOrder {
    term: SortTerm,
    state: OrderState,
    changed: RowSet,
    has_changes: bool,
    /// Whether the order is built before a query needs it.
    is_wanted: bool,
}

#[derive(Clone, Debug, Default)]
enum OrderState {
    #[default]
    Absent,
    /// The order of the rows before the next one. Dates are merged piece by piece: cases arrive almost in their order.
    Merging(Vec<u32>, u32),
    /// The first parts of the titles, and the next row. Titles are sorted at once, since they are in any order and far
    /// apart in the memory.
    Gathering(Vec<(u64, u32)>, u32),
    Sorting(MultikeySort),
    Ready(Vec<u32>),
}

impl RowOrder {
    fn new(key: SortKey) -> RowOrder {
        RowOrder {
            term: SortTerm { by: key, is_descending: false },
            state: OrderState::Absent,
            changed: RowSet::default(),
            has_changes: false,
            // Few sort by the creation date.
            is_wanted: key != SortKey::CreationDate,
        }
    }

    /// Notes that the key of a row changed, or that the row is new or removed.
    fn touch(&mut self, row: u32) {
        let is_passed = match &self.state {
            OrderState::Absent => false,
            OrderState::Merging(_, next) | OrderState::Gathering(_, next) => row < *next,
            OrderState::Sorting(_) | OrderState::Ready(_) => true,
        };
        if is_passed {
            self.changed.insert(row);
            self.has_changes = true;
        }
    }

    fn reset(&mut self) {
        *self = RowOrder { is_wanted: self.is_wanted, ..RowOrder::new(self.term.by) };
    }

    /// Builds a piece of the order, and returns whether it is complete.
    fn build_piece(&mut self, columns: &Columns) -> bool {
        let ranks = ColumnRanks::default();
        let terms = [self.term];
        let keys = SortKeys::new(columns, &ranks, &[], &terms);
        let rows = columns.row_count();
        let end = |next: u32| rows.min(next.saturating_add(PIECE_ROWS));
        // A row that is touched after it was passed is placed by the patch.
        match &mut self.state {
            OrderState::Absent => {
                let count = columns.alive.count();
                self.state = match self.term.by {
                    SortKey::Title => OrderState::Gathering(Vec::with_capacity(count), 0),
                    _ => OrderState::Merging(Vec::with_capacity(count), 0),
                };
            }
            OrderState::Merging(order, next) => {
                // The key of a changed row is not that of its place.
                if self.has_changes {
                    order.retain(|row| !self.changed.contains(*row));
                }
                let first = core::mem::replace(next, end(*next));
                merge_rows(order, (first..*next).filter(|row| columns.alive.contains(*row)), &keys);
                if *next == rows {
                    self.state = OrderState::Ready(core::mem::take(order));
                }
            }
            OrderState::Gathering(pairs, next) => {
                let first = core::mem::replace(next, end(*next));
                let alive = (first..*next).filter(|row| columns.alive.contains(*row));
                pairs.extend(alive.map(|row| (keys.key(row, KeyLevel::default()), row)));
                if *next == rows {
                    let window = 0..pairs.len();
                    self.state = OrderState::Sorting(MultikeySort::with_keys(core::mem::take(pairs), window));
                }
            }
            OrderState::Sorting(sort) => {
                if sort.step(&keys, PIECE_PAIRS) {
                    self.state = OrderState::Ready(sort.rows());
                }
            }
            OrderState::Ready(_) => {}
        }
        matches!(self.state, OrderState::Ready(_))
    }

    /// Moves the changed rows to their new positions. An order of which more than an eighth changed is built anew.
    fn patch(&mut self, columns: &Columns) {
        let OrderState::Ready(order) = &mut self.state else { return };
        if !self.has_changes {
            return;
        }
        let count = self.changed.count();
        if count > order.len() / 8 + 1024 {
            self.reset();
            return;
        }
        let changed = core::mem::take(&mut self.changed);
        self.has_changes = false;
        order.retain(|row| !changed.contains(*row));
        let ranks = ColumnRanks::default();
        let terms = [self.term];
        let keys = SortKeys::new(columns, &ranks, &[], &terms);
        merge_rows(order, changed.iter().filter(|row| columns.alive.contains(*row)), &keys);
    }

    /// Returns the rows in order, or `None` while the order is not complete.
    fn rows(&self) -> Option<&[u32]> {
        match &self.state {
            OrderState::Ready(order) if !self.has_changes => Some(order),
            _ => None,
        }
    }

    fn memory_bytes(&self) -> usize {
        let rows = match &self.state {
            OrderState::Absent => 0,
            OrderState::Merging(order, _) | OrderState::Ready(order) => order.capacity() * size_of::<u32>(),
            OrderState::Gathering(pairs, _) => pairs.capacity() * size_of::<(u64, u32)>(),
            OrderState::Sorting(sort) => sort.memory_bytes(),
        };
        rows + size_of_val(self.changed.words())
    }
}

/// The kept orders: by updated date, by creation date and by title.
#[derive(Clone, Debug)]
pub(super) struct RowOrders {
    orders: [RowOrder; 3],
}

impl Default for RowOrders {
    fn default() -> RowOrders {
        RowOrders { orders: [SortKey::UpdatedDate, SortKey::CreationDate, SortKey::Title].map(RowOrder::new) }
    }
}

impl RowOrders {
    /// Returns whether no order was begun: no change of a row matters to them.
    pub(super) fn are_absent(&self) -> bool {
        self.orders.iter().all(|order| matches!(order.state, OrderState::Absent))
    }

    /// Notes that fields of a row changed: all of them for a row that is new or removed.
    pub(super) fn touch(&mut self, row: u32, fields: FieldSet) {
        for order in &mut self.orders {
            let field = match order.term.by {
                SortKey::UpdatedDate => FieldSet::UPDATED_DATE,
                SortKey::CreationDate => FieldSet::CREATION_DATE,
                _ => FieldSet::TITLE,
            };
            if fields.intersects(field) {
                order.touch(row);
            }
        }
    }

    /// Builds a piece of an order that is not complete, and returns whether all are.
    pub(super) fn build_piece(&mut self, columns: &Columns) -> bool {
        for order in self.orders.iter_mut().filter(|order| order.is_wanted) {
            order.patch(columns);
            if order.rows().is_none() {
                order.build_piece(columns);
                return false;
            }
        }
        true
    }

    /// Patches the order of a key for the changed rows; an order that does not exist is built by a piece.
    pub(super) fn prepare(&mut self, columns: &Columns, key: SortKey) {
        if let Some(order) = self.orders.iter_mut().find(|order| order.term.by == key) {
            order.is_wanted = true;
            if order.rows().is_none() && order.build_piece(columns) {
                order.patch(columns);
            }
        }
    }

    fn rows(&self, key: SortKey) -> Option<&[u32]> {
        self.orders.iter().find(|order| order.term.by == key).and_then(RowOrder::rows)
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.orders.iter().map(RowOrder::memory_bytes).sum()
    }
}

/// The rows of a window that are found so far.
struct WindowRows {
    /// The rows that are still to be skipped.
    skip: usize,
    limit: usize,
    rows: Vec<u32>,
}

impl WindowRows {
    fn is_full(&self) -> bool {
        self.rows.len() >= self.limit
    }

    fn missing(&self) -> usize {
        self.limit - self.rows.len()
    }
}

/// A sort of rows: the columns, the orders and the terms.
pub(super) struct RowSort<'a> {
    pub(super) columns: &'a Columns,
    pub(super) orders: &'a RowOrders,
    pub(super) ranks: &'a ColumnRanks,
}

impl RowSort<'_> {
    /// Returns the rows at positions of the sorted rows of a set of `count` rows.
    pub(super) fn window(&self, keys: &SortKeys<'_>, rows: &RowSet, count: usize, positions: Range<usize>) -> Vec<u32> {
        let mut window = WindowRows { skip: positions.start, limit: positions.len(), rows: Vec::new() };
        if window.limit > 0 && window.skip < count {
            self.fill(keys, rows, count, &mut window);
        }
        window.rows
    }

    fn fill(&self, keys: &SortKeys<'_>, rows: &RowSet, count: usize, window: &mut WindowRows) {
        let all = self.columns.row_count() as usize;
        // A walk reads the entries up to the last row of the window, a gathering the keys of all rows of the set.
        let end = count.min(window.skip.saturating_add(window.missing()));
        let walked = (all / count.max(1)).saturating_mul(end);
        let few = count < all / SHARE_TO_WALK;
        match keys.terms().first() {
            Some(term) if !few => match term.by {
                SortKey::Severity => {
                    let values = (1..=4).chain([0]);
                    let mut values: Vec<u8> = values.collect();
                    if let (true, Some(known)) = (term.is_descending, values.get_mut(..4)) {
                        known.reverse();
                    }
                    self.fill_buckets(keys, rows, window, values.len(), &mut |index| {
                        let value = values.get(index).copied().unwrap_or(0);
                        super::kernels::rows_with_few(&self.columns.severity, 1 << value, self.columns.chunk_count())
                    });
                }
                SortKey::Status if self.columns.status.values.len() <= MOST_BUCKETS => {
                    let mut ids = self.ranks.status.ids();
                    if term.is_descending {
                        ids.reverse();
                    } else if !ids.is_empty() {
                        ids.rotate_left(1);
                    }
                    self.fill_buckets(keys, rows, window, ids.len(), &mut |index| {
                        let id = ids.get(index).copied().unwrap_or(0);
                        let matcher = super::kernels::IdMatcher::new(&[id], 0);
                        super::kernels::rows_with_id(&self.columns.status.ids, &matcher, self.columns.chunk_count())
                    });
                }
                SortKey::Text if let [word] = keys.words() => {
                    let levels = if term.is_descending { [3, 2, 1, 0] } else { [0, 1, 2, 3] };
                    self.fill_buckets(keys, rows, window, levels.len(), &mut |index| {
                        word.rows_of_level(levels.get(index).copied().unwrap_or(0))
                    });
                }
                key => match self.orders.rows(key) {
                    Some(order) => walk(order, keys, rows, count, window),
                    None => gather(keys, rows, count, window),
                },
            },
            Some(term)
                if walked <= count * WALKED_PER_KEY
                    && let Some(order) = self.orders.rows(term.by) =>
            {
                walk(order, keys, rows, count, window);
            }
            _ => gather(keys, rows, count, window),
        }
    }

    /// Fills the window from buckets of equal values of the first term.
    fn fill_buckets(
        &self,
        keys: &SortKeys<'_>,
        rows: &RowSet,
        window: &mut WindowRows,
        buckets: usize,
        bucket_rows: &mut dyn FnMut(usize) -> RowSet,
    ) {
        let rest = keys.after_terms(1);
        for bucket in 0..buckets {
            if window.is_full() {
                return;
            }
            let mut bucket = bucket_rows(bucket);
            bucket.intersect(rows);
            let count = bucket.count();
            if window.skip >= count {
                window.skip -= count;
            } else {
                self.fill(&rest, &bucket, count, window);
            }
        }
    }
}

/// Fills the window from an order of the first term, forward or backward.
///
/// Rows of equal first keys are a group. A group is in the order of the case ids already; if further terms follow, its
/// rows are sorted by them. A backward walk emits the groups in reverse, not their rows. Only the keys of the rows of the
/// set are read, since those of other rows are elsewhere in the memory.
fn walk(order: &[u32], keys: &SortKeys<'_>, rows: &RowSet, count: usize, window: &mut WindowRows) {
    let descending = keys.terms().first().is_some_and(|term| term.is_descending);
    let is_sorted = keys.terms().len() <= 1;
    // Missing values are last in both directions, so a backward walk begins before them.
    let has_missing = descending && order.last().is_some_and(|row| keys.is_missing(*row));
    let known = if has_missing { order.partition_point(|row| !keys.is_missing(*row)) } else { order.len() };
    let row_at = |at: usize| {
        let at = if descending && at < known { known - 1 - at } else { at };
        order.get(at).copied().unwrap_or(0)
    };
    let mut at = 0;
    if count == order.len() {
        at = window.skip;
        window.skip = 0;
    } else {
        while window.skip > 0 && at < order.len() {
            window.skip -= usize::from(rows.contains(row_at(at)));
            at += 1;
        }
    }
    if is_sorted && !descending {
        while !window.is_full() && at < order.len() {
            let row = row_at(at);
            if rows.contains(row) {
                window.rows.push(row);
            }
            at += 1;
        }
        return;
    }
    // The window begins in the middle of a group: its first rows are skipped after the group is sorted.
    let mut skip = 0;
    let mut start = at;
    while start > 0 && start < order.len() && keys.is_same_group(row_at(start - 1), row_at(start)) {
        start -= 1;
        skip += usize::from(rows.contains(row_at(start)));
    }
    let mut group: Vec<(u64, u32)> = Vec::new();
    while !window.is_full() && start < order.len() {
        // The group ends at the next row of the set with another key. Where it fills the window, it ends at any such row.
        let is_enough = group.len() >= skip.saturating_add(window.missing());
        let row = row_at(start);
        let is_in_set = rows.contains(row);
        let is_next = match group.first() {
            Some((_, first)) if is_in_set || is_enough => !keys.is_same_group(*first, row),
            _ => false,
        };
        if is_next {
            emit_group(keys, &mut group, &mut skip, window);
        } else if is_in_set {
            group.push((0, row));
            start += 1;
        } else {
            start += 1;
        }
    }
    emit_group(keys, &mut group, &mut skip, window);
}

/// Moves a group to the window, but for the rows to skip.
fn emit_group(keys: &SortKeys<'_>, group: &mut Vec<(u64, u32)>, skip: &mut usize, window: &mut WindowRows) {
    let Some((_, first)) = group.first() else { return };
    let rest = keys.after_terms(1);
    let count = group.len();
    if rest.terms().is_empty() {
        if !keys.is_missing(*first) {
            group.reverse();
        }
    } else if count > 1 {
        let part = *skip..count.min(skip.saturating_add(window.missing()));
        *group = MultikeySort::new(core::mem::take(group), part).finish(&rest);
    }
    let missing = window.missing();
    window.rows.extend(group.iter().skip(*skip).take(missing).map(|(_, row)| *row));
    *skip = skip.saturating_sub(count);
    group.clear();
}

/// Fills the window from rows that are gathered and sorted, as far as the window needs.
fn gather(keys: &SortKeys<'_>, rows: &RowSet, count: usize, window: &mut WindowRows) {
    let start = window.skip;
    let end = count.min(start + window.missing());
    window.skip = 0;
    // Where the window is a small part, only the rows up to the largest key of its smallest rows are kept.
    let capacity = if end < count / 4 { (2 * end).max(1024) } else { usize::MAX };
    let mut limit = capacity;
    let mut threshold = u64::MAX;
    let mut pairs: Vec<(u64, u32)> = Vec::with_capacity(count.min(capacity.saturating_add(64)));
    let descending = keys.terms().first().is_some_and(|term| term.is_descending);
    let mut visit = |row: u32| {
        let key = keys.key(row, KeyLevel::default());
        if key <= threshold {
            pairs.push((key, row));
            if pairs.len() >= limit {
                threshold = keep_smallest(&mut pairs, end);
                // Equal keys are all kept.
                limit = (pairs.len() * 2).max(capacity);
            }
        }
    };
    // Cases arrive in the order of their dates: the rows of a descending sort are visited from the last.
    if descending {
        for_each_backward(rows, &mut visit);
    } else {
        rows.iter().for_each(&mut visit);
    }
    let sorted = MultikeySort::with_keys(pairs, start..end).finish(keys);
    window.rows.extend(sorted.get(start..end).unwrap_or_default().iter().map(|(_, row)| *row));
}

fn for_each_backward(rows: &RowSet, visit: &mut dyn FnMut(u32)) {
    for (index, word) in rows.words().iter().enumerate().rev() {
        let mut rest = *word;
        while rest != 0 {
            let bit = 63 - rest.leading_zeros();
            rest ^= 1 << bit;
            visit(index as u32 * 64 + bit);
        }
    }
}
