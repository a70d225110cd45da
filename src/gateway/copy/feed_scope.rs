//! The contracts and users of a round, and the version from which each is read.

use crate::gateway::{IdSet, Permissions};
use crate::query::sql::limits::{MAX_STORED_LIST_BYTES, has_room};
use crate::util::{Json, parse_json, text, write_array, write_string};
use alloc::{borrow::ToOwned, collections::BTreeSet, string::String, vec, vec::Vec};

/// The ids of permissions: `None` if they permit everything.
pub(super) type ScopeIds = Option<[BTreeSet<String>; 2]>;

/// The version after all others, exact in JavaScript.
pub(super) const LAST_VERSION: i64 = (1 << 53) - 1;

/// Returns the contracts and users of permissions; `None` for everything.
pub(super) fn ids_of(permissions: &Permissions) -> ScopeIds {
    match (&permissions.contract_ids, &permissions.user_ids) {
        (IdSet::Only(contracts), IdSet::Only(users)) => {
            let named = |ids: &BTreeSet<String>| ids.iter().filter(|id| !id.is_empty()).cloned().collect();
            Some([named(contracts), named(users)])
        }
        (IdSet::All, _) | (_, IdSet::All) => None,
    }
}

/// Returns the ids as JSON arrays, if they are few enough to be stored. A reader with more begins anew when its permissions
/// change.
pub(super) fn stored_texts(ids: &[BTreeSet<String>; 2]) -> Option<[String; 2]> {
    let texts = [0, 1].map(|kind| {
        let mut out = String::new();
        let ids: Vec<&String> = ids.get(kind).into_iter().flatten().collect();
        write_array(&mut out, &ids, |out, id| write_string(out, id));
        out
    });
    texts.iter().all(|text| text.len() <= MAX_STORED_LIST_BYTES).then_some(texts)
}

/// Returns the ids of a stored JSON array.
pub(super) fn stored_ids(text: &str) -> BTreeSet<String> {
    match parse_json(text) {
        Ok(Json::Array(ids)) => ids.iter().filter_map(Json::as_str).map(ToOwned::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

/// The versions above which a round reads the contracts or users of a kind.
#[derive(Debug)]
pub(super) struct Bounds<'s> {
    /// The ids, ascending.
    pub(super) ids: &'s BTreeSet<String>,
    /// The ids that the reader has, up to `version`: their tombstones are read.
    pub(super) held: Option<&'s BTreeSet<String>>,
    /// Whether cases of all ids are read from the beginning.
    pub(super) is_refilled: bool,
    /// The version up to which the reader has them.
    pub(super) version: i64,
}

impl Bounds<'_> {
    /// Returns the JSON array of `[id, version]` from a place on, and the index after the last one if there are more than
    /// `most`, or than a value of D1 may have. Of ids that the reader has not, cases are read from the beginning, and tombstones not at all.
    pub(super) fn to_json(&self, index: u32, version: i64, most: u32, is_tombstones: bool) -> (String, Option<u32>) {
        let start = usize::try_from(index).unwrap_or(usize::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut out = String::from("[");
        let mut at = index;
        for (place, id) in self.ids.iter().skip(start).take(most).enumerate() {
            let is_held = self.held.is_some_and(|held| held.contains(id));
            let above = match (is_tombstones, is_held) {
                // An id that is left out keeps its place.
                (true, false) => LAST_VERSION,
                (false, true) if self.is_refilled => 0,
                (_, true) => self.version,
                (false, false) => 0,
            };
            let above = if place == 0 { above.max(version) } else { above };
            let mut item = String::from("[");
            write_string(&mut item, id);
            item.push_str(&text!(",", above, "]"));
            if place > 0 {
                if !has_room(&out, &item) {
                    break;
                }
                out.push(',');
            }
            out.push_str(&item);
            at += 1;
        }
        out.push(']');
        let is_rest = usize::try_from(at).is_ok_and(|at| at < self.ids.len());
        (out, is_rest.then_some(at))
    }

    /// Returns all ids as such arrays, at least one.
    pub(super) fn to_lists(&self) -> Vec<String> {
        let (first, mut next) = self.to_json(0, 0, u32::MAX, false);
        let mut lists = vec![first];
        while let Some(index) = next {
            let (list, rest) = self.to_json(index, 0, u32::MAX, false);
            lists.push(list);
            next = rest;
        }
        lists
    }
}
