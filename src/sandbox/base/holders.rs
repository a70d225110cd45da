//! Who holds which cases: contracts and users.

use super::select::Entry;
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// What a list of cases is asked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Holder {
    /// `contract_ids`
    Contract,
    /// `user_ids`
    User,
}

/// Contracts or users, each with its cases in the order of their last update. The first ones are generated and their
/// ids computed; those that came with a case that was handed in are kept by name.
#[derive(Debug, Default)]
pub(super) struct Holders {
    lists: Vec<Vec<Entry>>,
    generated: usize,
    added: Vec<String>,
    by_name: BTreeMap<String, u32>,
}

impl Holders {
    /// Empty lists with room for so many cases each.
    pub(super) fn new(sizes: &[u32]) -> Holders {
        let lists: Vec<_> = sizes.iter().map(|size| Vec::with_capacity(*size as usize)).collect();
        Holders { generated: lists.len(), lists, ..Holders::default() }
    }

    /// The name of one that was added; none for generated ones.
    pub(super) fn added_name(&self, index: u32) -> Option<&str> {
        let place = (index as usize).checked_sub(self.generated)?;
        self.added.get(place).map(String::as_str)
    }

    /// The one that was added by that name.
    pub(super) fn added_index(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// Adds one.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        let index = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.lists.push(Vec::new());
        self.added.push(name.to_owned());
        self.by_name.insert(name.to_owned(), index);
        index
    }

    /// The cases of one, in the order of their last update.
    pub(super) fn list(&self, index: u32) -> &[Entry] {
        self.lists.get(index as usize).map_or(&[], Vec::as_slice)
    }

    /// Adds a case at its place. A case that nobody holds is in no list.
    pub(super) fn enlist(&mut self, index: u32, entry: Entry) {
        if let Some(list) = self.lists.get_mut(index as usize) {
            let place = match list.last() {
                Some(last) if last.key() > entry.key() => list.partition_point(|other| other.key() < entry.key()),
                _ => list.len(),
            };
            list.insert(place, entry);
        }
    }

    /// Takes a case away from its place.
    pub(super) fn unlist(&mut self, index: u32, entry: &Entry) {
        if let Some(list) = self.lists.get_mut(index as usize) {
            let place = list.partition_point(|other| other.key() < entry.key());
            if list.get(place) == Some(entry) {
                list.remove(place);
            }
        }
    }

    /// Those who hold any case, the ones with most first.
    pub(super) fn largest(&self) -> Vec<u32> {
        let mut indices: Vec<(usize, u32)> =
            self.lists.iter().zip(0..).filter(|(list, _)| !list.is_empty()).map(|(list, i)| (list.len(), i)).collect();
        indices.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        indices.into_iter().map(|(_, index)| index).collect()
    }
}
