//! A part of the cases of some contracts or users.

use super::case::CLOSED;
use crate::model::StatusFlag;

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
/// One unfiltered list is cut where it stands. Otherwise every case of the lists is looked at once, and only those of
/// the part that is asked for are put in order: the last page costs what the first one does.
pub(super) fn slice(
    ranks: &[u8],
    lists: &[&[Entry]],
    filter: &Filter,
    sort: Sort,
    skip: usize,
    length: usize,
) -> Slice {
    if let ([list], true, Sort::Updated) = (lists, *filter == Filter::default(), sort) {
        let cases = list.iter().skip(skip).take(length).map(|entry| entry.index).collect();
        return Slice { total: list.len(), cases };
    }
    let rank = |entry: &Entry| match sort {
        Sort::Updated => 0,
        Sort::Status => ranks.get(usize::from(entry.status)).copied().unwrap_or(u8::MAX),
    };
    let matching = lists.iter().copied().flatten().filter(|entry| matches(entry, filter));
    let mut keys: Vec<u128> = matching.map(|entry| key(rank(entry), entry)).collect();
    let total = keys.len();
    let mut part = keys.as_mut_slice();
    if skip >= total {
        return Slice { total, cases: Vec::new() };
    }
    if skip > 0 {
        part.select_nth_unstable(skip);
        part = part.get_mut(skip..).unwrap_or_default();
    }
    if length < part.len() {
        part.select_nth_unstable(length);
        part = part.get_mut(..length).unwrap_or_default();
    }
    part.sort_unstable();
    Slice { total, cases: part.iter().map(|key| *key as u32).collect() }
}

/// Rank, then last update, then index, as one number.
fn key(rank: u8, entry: &Entry) -> u128 {
    let updated = entry.updated_ms.cast_unsigned() ^ 1 << 63;
    u128::from(rank) << 96 | u128::from(updated) << 32 | u128::from(entry.index)
}

fn matches(entry: &Entry, filter: &Filter) -> bool {
    let flag = if entry.status == CLOSED { StatusFlag::Closed } else { StatusFlag::Open };
    filter.flag.is_none_or(|wanted| wanted == flag)
        && filter.from_ms.is_none_or(|from| entry.created_ms >= from)
        && filter.to_ms.is_none_or(|to| entry.created_ms <= to)
}
