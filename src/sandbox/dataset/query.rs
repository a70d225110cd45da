//! Filtering, sorting and paging of the cases of contracts or users.

use super::dataset_row::CLOSED;
use crate::model::StatusFlag;
use alloc::{vec, vec::Vec};

/// Filter on creation date and status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct DatasetFilter {
    /// Earliest creation date, inclusive.
    pub(in crate::sandbox) from_ms: Option<i64>,
    /// Latest creation date, inclusive.
    pub(in crate::sandbox) to_ms: Option<i64>,
    /// Open or closed cases only.
    pub(in crate::sandbox) flag: Option<StatusFlag>,
}

/// Ascending sort order. Ties are broken by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum DatasetOrder {
    /// By the last update.
    Updated,
    /// By the text of the status, then by last update.
    Status,
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct CasesSlice {
    /// Number of cases in the whole list.
    pub(in crate::sandbox) total: usize,
    /// Indices of the cases of this page, in order.
    pub(in crate::sandbox) cases: Vec<u32>,
}

/// A case as a list stores it, with all fields that filters and sorting need. Looking them up per case in a table of a
/// million rows is twenty times slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IndexEntry {
    pub(super) updated_ms: i64,
    pub(super) created_ms: i64,
    pub(super) index: u32,
    pub(super) status: u8,
}

impl IndexEntry {
    /// Sort key of the lists.
    pub(super) fn key(&self) -> (i64, u32) {
        (self.updated_ms, self.index)
    }
}

/// Returns `length` cases after the first `skip`. The lists must be disjoint and sorted by last update.
///
/// A filter reads every case once, sorting by status one or two more times. Nothing is sorted: the lists are merged
/// from the requested position on, so that the last page of ten large lists costs little more than the first page of
/// one.
pub(super) fn slice(
    ranks: &[u8],
    lists: &[&[IndexEntry]],
    filter: &DatasetFilter,
    sort: DatasetOrder,
    skip: usize,
    length: usize,
) -> CasesSlice {
    let filtered;
    let filtered_lists: Vec<&[IndexEntry]>;
    let lists = if *filter == DatasetFilter::default() {
        lists
    } else {
        filtered = filter_lists(lists, |entry| matches(entry, filter));
        filtered_lists = filtered.iter().map(Vec::as_slice).collect();
        &filtered_lists
    };
    let total = lists.iter().map(|list| list.len()).sum();
    let cases = match sort {
        DatasetOrder::Updated => merge_updated(lists, skip, length),
        DatasetOrder::Status => merge_by_status(ranks, lists, skip, length),
    };
    CasesSlice { total, cases }
}

/// Returns the matching cases of each list.
fn filter_lists(lists: &[&[IndexEntry]], counts: impl Fn(&IndexEntry) -> bool) -> Vec<Vec<IndexEntry>> {
    lists.iter().map(|list| list.iter().filter(|entry| counts(entry)).copied().collect()).collect()
}

/// Returns a page sorted by status rank. The cases of one rank are sorted lists again.
fn merge_by_status(ranks: &[u8], lists: &[&[IndexEntry]], mut skip: usize, length: usize) -> Vec<u32> {
    let rank = |entry: &IndexEntry| ranks.get(usize::from(entry.status)).copied().unwrap_or(u8::MAX);
    let mut counts = [0usize; 256];
    for entry in lists.iter().copied().flatten() {
        if let Some(count) = counts.get_mut(usize::from(rank(entry))) {
            *count += 1;
        }
    }
    let mut out = Vec::new();
    for (wanted, count) in (0..=u8::MAX).zip(counts) {
        if skip >= count {
            skip -= count;
        } else if out.len() < length {
            let same = filter_lists(lists, |entry| rank(entry) == wanted);
            let same: Vec<&[IndexEntry]> = same.iter().map(Vec::as_slice).collect();
            out.extend(merge_updated(&same, skip, length - out.len()));
            skip = 0;
        }
    }
    out
}

/// Returns a page of the merged lists.
fn merge_updated(lists: &[&[IndexEntry]], skip: usize, length: usize) -> Vec<u32> {
    let mut rests = skip_merged(lists, skip);
    core::iter::from_fn(|| pop_first(&mut rests)).take(length).map(|entry| entry.index).collect()
}

/// Removes and returns the first case of the merged lists.
fn pop_first<'a>(lists: &mut [&'a [IndexEntry]]) -> Option<&'a IndexEntry> {
    let list = lists.iter_mut().filter(|list| !list.is_empty()).min_by_key(|list| list.first().map(IndexEntry::key))?;
    let (first, rest) = list.split_first()?;
    *list = rest;
    Some(first)
}

/// Returns the lists without the first `skip` cases of their merge. A binary search finds the time of the last skipped
/// case.
fn skip_merged<'a>(lists: &[&'a [IndexEntry]], skip: usize) -> Vec<&'a [IndexEntry]> {
    if let [list] = lists {
        return vec![list.get(skip..).unwrap_or_default()];
    }
    let before = |ms: i64| lists.iter().map(move |list| list.partition_point(|entry| entry.updated_ms < ms));
    let instants = lists.iter().copied().flat_map(|list| list.first().into_iter().chain(list.last()));
    let instants = instants.map(|entry| entry.updated_ms);
    let (Some(mut low), Some(high)) = (instants.clone().min(), instants.max()) else { return Vec::new() };
    let mut high = high.saturating_add(1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if before(middle).sum::<usize>() <= skip {
            low = middle;
        } else {
            high = middle;
        }
    }
    let cuts: Vec<usize> = before(low).collect();
    let mut rests: Vec<&[IndexEntry]> =
        lists.iter().zip(&cuts).map(|(list, cut)| list.get(*cut..).unwrap_or_default()).collect();
    // Cases updated at the same instant are skipped one by one in the order of their indices.
    for _ in cuts.iter().sum()..skip {
        if pop_first(&mut rests).is_none() {
            break;
        }
    }
    rests
}

fn matches(entry: &IndexEntry, filter: &DatasetFilter) -> bool {
    let flag = if entry.status == CLOSED { StatusFlag::Closed } else { StatusFlag::Open };
    filter.flag.is_none_or(|wanted| wanted == flag)
        && filter.from_ms.is_none_or(|from| entry.created_ms >= from)
        && filter.to_ms.is_none_or(|to| entry.created_ms <= to)
}
