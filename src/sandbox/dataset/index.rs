//! Who holds which cases: contracts and users.

use super::query::IndexEntry;
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// What a list of cases is asked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum OwnerKind {
    /// `contract_ids`
    Contract,
    /// `user_ids`
    User,
}

/// Contracts or users, each with its cases in the order of their last update. The first ones are generated and their
/// ids computed; those that came with a case that was handed in are kept by name.
#[derive(Debug, Default)]
pub(super) struct OwnerIndex {
    lists: Vec<Vec<IndexEntry>>,
    generated_count: usize,
    added_ids: Vec<String>,
    by_id: BTreeMap<String, u32>,
}

impl OwnerIndex {
    /// Empty lists with room for so many cases each.
    pub(super) fn new(sizes: &[u32]) -> OwnerIndex {
        let lists: Vec<_> = sizes.iter().map(|size| Vec::with_capacity(*size as usize)).collect();
        OwnerIndex { generated_count: lists.len(), lists, ..OwnerIndex::default() }
    }

    /// The name of one that was added; none for generated ones.
    pub(super) fn added_id(&self, index: u32) -> Option<&str> {
        let place = (index as usize).checked_sub(self.generated_count)?;
        self.added_ids.get(place).map(String::as_str)
    }

    /// The one that was added by that name.
    pub(super) fn added_index(&self, name: &str) -> Option<u32> {
        self.by_id.get(name).copied()
    }

    /// Adds one.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        let index = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.lists.push(Vec::new());
        self.added_ids.push(name.to_owned());
        self.by_id.insert(name.to_owned(), index);
        index
    }

    /// The cases of one, in the order of their last update.
    pub(super) fn list(&self, index: u32) -> &[IndexEntry] {
        self.lists.get(index as usize).map_or(&[], Vec::as_slice)
    }

    /// Adds a case at its place. A case that nobody holds is in no list.
    pub(super) fn insert(&mut self, index: u32, entry: IndexEntry) {
        if let Some(list) = self.lists.get_mut(index as usize) {
            let place = match list.last() {
                Some(last) if last.key() > entry.key() => list.partition_point(|other| other.key() < entry.key()),
                _ => list.len(),
            };
            list.insert(place, entry);
        }
    }

    /// Takes a case away from its place.
    pub(super) fn remove(&mut self, index: u32, entry: &IndexEntry) {
        if let Some(list) = self.lists.get_mut(index as usize) {
            let place = list.partition_point(|other| other.key() < entry.key());
            if list.get(place) == Some(entry) {
                list.remove(place);
            }
        }
    }

    /// Those who hold any case, the ones with most first.
    pub(super) fn by_case_count(&self) -> Vec<u32> {
        let mut indices: Vec<(usize, u32)> =
            self.lists.iter().zip(0..).filter(|(list, _)| !list.is_empty()).map(|(list, i)| (list.len(), i)).collect();
        indices.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        indices.into_iter().map(|(_, index)| index).collect()
    }
}
