//! Indices from contracts and users to their cases.

use super::query::IndexEntry;
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Kind of id that a list of cases is requested by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum OwnerKind {
    /// A contract (`contract_ids`).
    Contract,
    /// A user (`user_ids`).
    User,
}

/// The cases of each owner (a contract or a user) in the order of their last update. Generated owners come first and
/// have computed ids; owners of inserted cases follow and are stored by id.
#[derive(Debug, Default)]
pub(super) struct OwnerIndex {
    lists: Vec<Vec<IndexEntry>>,
    generated_count: usize,
    added_ids: Vec<String>,
    by_id: BTreeMap<String, u32>,
}

impl OwnerIndex {
    /// Creates empty lists with the given capacities, one per generated owner.
    pub(super) fn new(sizes: &[u32]) -> OwnerIndex {
        let lists: Vec<_> = sizes.iter().map(|size| Vec::with_capacity(*size as usize)).collect();
        OwnerIndex { generated_count: lists.len(), lists, ..OwnerIndex::default() }
    }

    /// Returns the id of an added owner, or `None` for a generated one.
    pub(super) fn added_id(&self, index: u32) -> Option<&str> {
        let position = (index as usize).checked_sub(self.generated_count)?;
        self.added_ids.get(position).map(String::as_str)
    }

    /// Returns the index of an added owner.
    pub(super) fn added_index(&self, name: &str) -> Option<u32> {
        self.by_id.get(name).copied()
    }

    /// Adds an owner and returns its index.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        let index = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.lists.push(Vec::new());
        self.added_ids.push(name.to_owned());
        self.by_id.insert(name.to_owned(), index);
        index
    }

    /// Returns the cases of an owner in the order of their last update.
    pub(super) fn list(&self, index: u32) -> &[IndexEntry] {
        self.lists.get(index as usize).map_or(&[], Vec::as_slice)
    }

    /// Inserts a case in the order of last update. A case without an owner ([`NO_OWNER`](super::NO_OWNER)) is in no
    /// list.
    pub(super) fn insert(&mut self, index: u32, entry: IndexEntry) {
        if let Some(list) = self.lists.get_mut(index as usize) {
            let position = match list.last() {
                Some(last) if last.key() > entry.key() => list.partition_point(|other| other.key() < entry.key()),
                _ => list.len(),
            };
            list.insert(position, entry);
        }
    }

    /// Removes a case from the list of an owner.
    pub(super) fn remove(&mut self, index: u32, entry: &IndexEntry) {
        if let Some(list) = self.lists.get_mut(index as usize) {
            let position = list.partition_point(|other| other.key() < entry.key());
            if list.get(position) == Some(entry) {
                list.remove(position);
            }
        }
    }

    /// Returns the owners that have cases, by descending number of cases.
    pub(super) fn by_case_count(&self) -> Vec<u32> {
        let mut indices: Vec<(usize, u32)> =
            self.lists.iter().zip(0..).filter(|(list, _)| !list.is_empty()).map(|(list, i)| (list.len(), i)).collect();
        indices.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        indices.into_iter().map(|(_, index)| index).collect()
    }
}
