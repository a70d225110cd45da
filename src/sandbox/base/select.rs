//! A part of the cases of some contracts or users.

use super::case::CLOSED;
use crate::model::StatusFlag;
use alloc::{vec, vec::Vec};

/// Which cases count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Filter {
    /// Created at this instant or later.
    pub(in crate::sandbox) from_ms: Option<i64>,
    /// Created at this instant or earlier.
    pub(in crate::sandbox) to_ms: Option<i64>,
    /// Open or closed.
    pub(in crate::sandbox) flag: Option<StatusFlag>,
}

/// The order, ascending; ties by the order in which the cases came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Sort {
    /// By last update.
    Updated,
    /// By the status's text, then by last update.
    Status,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Slice {
    /// How many cases the whole list has.
    pub(in crate::sandbox) total: usize,
    /// The cases of this part, in order.
    pub(in crate::sandbox) cases: Vec<u32>,
}

/// A case as a list holds it. All that filters and order look at stands in the list itself: looking up each case of a
/// long list in a table of a million is twenty times slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) updated_ms: i64,
    pub(super) created_ms: i64,
    pub(super) index: u32,
    pub(super) status: u8,
}

impl Entry {
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
    lists: &[&[Entry]],
    filter: &Filter,
    sort: Sort,
    skip: usize,
    length: usize,
) -> Slice {
    let filtered;
    let filtered_lists: Vec<&[Entry]>;
    let lists = if *filter == Filter::default() {
        lists
    } else {
        filtered = only(lists, |entry| matches(entry, filter));
        filtered_lists = filtered.iter().map(Vec::as_slice).collect();
        &filtered_lists
    };
    let total = lists.iter().map(|list| list.len()).sum();
    let cases = match sort {
        Sort::Updated => part(lists, skip, length),
        Sort::Status => part_by_status(ranks, lists, skip, length),
    };
    Slice { total, cases }
}

/// The cases that count, list by list.
fn only(lists: &[&[Entry]], counts: impl Fn(&Entry) -> bool) -> Vec<Vec<Entry>> {
    lists.iter().map(|list| list.iter().filter(|entry| counts(entry)).copied().collect()).collect()
}

/// A part of lists in the order of their statuses' ranks: those of one rank are lists in order again.
fn part_by_status(ranks: &[u8], lists: &[&[Entry]], mut skip: usize, length: usize) -> Vec<u32> {
    let rank = |entry: &Entry| ranks.get(usize::from(entry.status)).copied().unwrap_or(u8::MAX);
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
            let same = only(lists, |entry| rank(entry) == wanted);
            let same: Vec<&[Entry]> = same.iter().map(Vec::as_slice).collect();
            out.extend(part(&same, skip, length - out.len()));
            skip = 0;
        }
    }
    out
}

/// A part of what lists that are in order make when they are merged.
fn part(lists: &[&[Entry]], skip: usize, length: usize) -> Vec<u32> {
    let mut rests = without_first(lists, skip);
    core::iter::from_fn(|| next(&mut rests)).take(length).map(|entry| entry.index).collect()
}

/// The first case of several lists, taken out of its list.
fn next<'a>(lists: &mut [&'a [Entry]]) -> Option<&'a Entry> {
    let list = lists.iter_mut().filter(|list| !list.is_empty()).min_by_key(|list| list.first().map(Entry::key))?;
    let (first, rest) = list.split_first()?;
    *list = rest;
    Some(first)
}

/// What is left of lists without the first `skip` cases of all: the instant of the last of them is found by halving.
fn without_first<'a>(lists: &[&'a [Entry]], skip: usize) -> Vec<&'a [Entry]> {
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
    let mut rests: Vec<&[Entry]> =
        lists.iter().zip(&cuts).map(|(list, cut)| list.get(*cut..).unwrap_or_default()).collect();
    // Cases of one and the same instant are told apart by their index.
    for _ in cuts.iter().sum()..skip {
        if next(&mut rests).is_none() {
            break;
        }
    }
    rests
}

fn matches(entry: &Entry, filter: &Filter) -> bool {
    let flag = if entry.status == CLOSED { StatusFlag::Closed } else { StatusFlag::Open };
    filter.flag.is_none_or(|wanted| wanted == flag)
        && filter.from_ms.is_none_or(|from| entry.created_ms >= from)
        && filter.to_ms.is_none_or(|to| entry.created_ms <= to)
}
