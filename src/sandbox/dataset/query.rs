//! A part of the cases of some contracts or users.

use super::generator::CLOSED;
use crate::model::StatusFlag;
use alloc::{vec, vec::Vec};

/// Which cases count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct CaseFilter {
    /// Created at this instant or later.
    pub(in crate::sandbox) from_ms: Option<i64>,
    /// Created at this instant or earlier.
    pub(in crate::sandbox) to_ms: Option<i64>,
    /// Open or closed.
    pub(in crate::sandbox) flag: Option<StatusFlag>,
}

/// The order, ascending; ties by the order in which the cases came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum SortBy {
    /// By last update.
    Updated,
    /// By the status's text, then by last update.
    Status,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct CasesSlice {
    /// How many cases the whole list has.
    pub(in crate::sandbox) total: usize,
    /// The cases of this part, in order.
    pub(in crate::sandbox) cases: Vec<u32>,
}

/// A case as a list holds it. All that filters and order look at stands in the list itself: looking up each case of a
/// long list in a table of a million is twenty times slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IndexEntry {
    pub(super) updated_ms: i64,
    pub(super) created_ms: i64,
    pub(super) index: u32,
    pub(super) status: u8,
}

impl IndexEntry {
    /// What lists are in the order of.
    pub(super) fn key(&self) -> (i64, u32) {
        (self.updated_ms, self.index)
    }
}

/// Takes `length` cases after the first `skip` out of lists that share no case and are in the order of last update.
///
/// A filter looks at every case of the lists once, the order by status once or twice more; what is then in order
/// already is never sorted, so that the last page of ten large lists costs little more than the first page of one.
pub(super) fn slice(
    ranks: &[u8],
    lists: &[&[IndexEntry]],
    filter: &CaseFilter,
    sort: SortBy,
    skip: usize,
    length: usize,
) -> CasesSlice {
    let filtered;
    let filtered_lists: Vec<&[IndexEntry]>;
    let lists = if *filter == CaseFilter::default() {
        lists
    } else {
        filtered = filter_lists(lists, |entry| matches(entry, filter));
        filtered_lists = filtered.iter().map(Vec::as_slice).collect();
        &filtered_lists
    };
    let total = lists.iter().map(|list| list.len()).sum();
    let cases = match sort {
        SortBy::Updated => merge_updated(lists, skip, length),
        SortBy::Status => merge_by_status(ranks, lists, skip, length),
    };
    CasesSlice { total, cases }
}

/// The cases that count, list by list.
fn filter_lists(lists: &[&[IndexEntry]], counts: impl Fn(&IndexEntry) -> bool) -> Vec<Vec<IndexEntry>> {
    lists.iter().map(|list| list.iter().filter(|entry| counts(entry)).copied().collect()).collect()
}

/// A part of lists in the order of their statuses' ranks: those of one rank are lists in order again.
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

/// A part of what lists that are in order make when they are merged.
fn merge_updated(lists: &[&[IndexEntry]], skip: usize, length: usize) -> Vec<u32> {
    let mut rests = skip_merged(lists, skip);
    core::iter::from_fn(|| pop_first(&mut rests)).take(length).map(|entry| entry.index).collect()
}

/// The first case of several lists, taken out of its list.
fn pop_first<'a>(lists: &mut [&'a [IndexEntry]]) -> Option<&'a IndexEntry> {
    let list = lists.iter_mut().filter(|list| !list.is_empty()).min_by_key(|list| list.first().map(IndexEntry::key))?;
    let (first, rest) = list.split_first()?;
    *list = rest;
    Some(first)
}

/// What is left of lists without the first `skip` cases of all: the instant of the last of them is found by halving.
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
    // Cases of one and the same instant are told apart by their index.
    for _ in cuts.iter().sum()..skip {
        if pop_first(&mut rests).is_none() {
            break;
        }
    }
    rests
}

fn matches(entry: &IndexEntry, filter: &CaseFilter) -> bool {
    let flag = if entry.status == CLOSED { StatusFlag::Closed } else { StatusFlag::Open };
    filter.flag.is_none_or(|wanted| wanted == flag)
        && filter.from_ms.is_none_or(|from| entry.created_ms >= from)
        && filter.to_ms.is_none_or(|to| entry.created_ms <= to)
}
