//! Case keys, and the table of the cases that were emitted with their last update.

use crate::util::fnv1a_64;
use alloc::{vec, vec::Vec};

/// The identity of a case in eight bytes: a case number itself, or a 63-bit hash of another id.
///
/// Among a million cases whose ids are not numbers, two share a hash with a probability of 1 in 18 million. The key of a
/// case without an id is a hash of its title, its dates and its position.
///
/// ```
/// use cisco_support_case::model::{CaseRecord, CasesPage};
/// use cisco_support_case::paging::{Key, PageView};
///
/// let mut page = CasesPage::default();
/// for id in ["612345678", "SR-612345678"] {
///     let mut case = CaseRecord::default();
///     case.case_id = id.into();
///     page.cases.push(case);
/// }
/// let keys: Vec<Key> = page.keys();
/// assert_eq!(keys[0], 612_345_678, "a number is its own key");
/// assert_eq!(keys[1] >> 63, 1, "a hash has the highest bit");
/// ```
pub type Key = u64;

/// The key of a case and its last update, in milliseconds since 1970 (UTC).
///
/// ```
/// use cisco_support_case::decode::cases_page;
/// use cisco_support_case::paging::{CaseVersion, ListReader, ReadOrder};
///
/// let body = br#"{"pagination_response_record":{"last_index":1,"page_index":1,"page_records":1,"total_records":1},
///                 "cases":[{"case_id":"612345678","updated_date":"2026-01-01T00:00:00Z"}]}"#;
/// let mut page = cases_page(body).unwrap();
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(false).unwrap();
/// let emitted: Vec<CaseVersion> = reader.on_page(request, &mut page, 1_767_312_000_000).unwrap();
/// assert_eq!(emitted, [(612_345_678, 1_767_225_600_000)]);
/// ```
pub type CaseVersion = (Key, i64);

/// Returns the key of an id. A number of up to 18 digits without leading zeros is its own key, so that case numbers never
/// collide.
pub(crate) fn id_key(text: &str) -> Key {
    let digits = text.as_bytes();
    if (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) && !text.starts_with('0') {
        return digits.iter().fold(0, |number, digit| number * 10 + Key::from(digit - b'0'));
    }
    fnv1a_64(text) | HASHED
}

/// Bit of a key that is a hash of an id.
const HASHED: Key = 1 << 63;
/// Bit of the key of a case without an id, together with a zero in the highest bit. Case numbers are below it.
const WITHOUT_ID: Key = 1 << 62;

/// Whether a key is that of a case without an id, which is unique within its list only.
pub(crate) fn is_key_without_id(key: Key) -> bool {
    key >> 62 == 1
}

/// Returns a hash of the content of a case without an id.
pub(super) fn content_hash(title: &str, updated_ms: i64, created_ms: i64) -> Key {
    fnv1a_64(title) ^ updated_ms.cast_unsigned().rotate_left(20) ^ created_ms.cast_unsigned().rotate_left(40)
}

/// Returns the keys of a page's cases, from the key of each id (`Ok`) or the content hash of a case without one (`Err`).
///
/// The index of the page and the number of equal cases before it on the page are part of the key of a case without an id, so
/// that equal cases have different keys.
pub(super) fn page_keys(page_index: u32, cases: &mut dyn Iterator<Item = Result<Key, Key>>) -> Vec<Key> {
    let mut equal = CaseVersions::for_list();
    let key = |key| {
        let key = match key {
            Ok(key) => return key,
            Err(content_hash) => content_hash,
        };
        let before = equal.get(key).map_or(0, |before| before + 1);
        equal.insert(key, before);
        mix(key ^ Key::from(page_index) << 32 ^ before.cast_unsigned()) >> 2 | WITHOUT_ID
    };
    cases.map(key).collect()
}

/// The key of an empty entry.
const EMPTY: Key = 0;

/// A hash table of cases with their last update: 16 bytes an entry, two thirds full, about 25 MB for a million cases.
///
/// The table is divided into shards that grow one at a time, so that growing needs little additional memory.
#[derive(Debug)]
pub(crate) struct CaseVersions {
    shards: Vec<Shard>,
    count: usize,
}

#[derive(Debug, Default)]
struct Shard {
    entries: Vec<(Key, i64)>,
    used: usize,
}

/// Number of shards of a table that can become large.
const SHARDS: usize = 64;

impl CaseVersions {
    /// Creates a table for the cases of one list.
    pub(crate) fn for_list() -> CaseVersions {
        CaseVersions { shards: vec![Shard::default()], count: 0 }
    }

    /// Creates a table for the cases of all lists.
    pub(crate) fn for_all_lists() -> CaseVersions {
        CaseVersions { shards: (0..SHARDS).map(|_| Shard::default()).collect(), count: 0 }
    }

    /// Inserts a case; returns whether it is new or newer than before.
    pub(crate) fn insert(&mut self, key: Key, updated_ms: i64) -> bool {
        let spread = mix(key);
        let part = (spread >> 40) as usize % self.shards.len().max(1);
        let Some(part) = self.shards.get_mut(part) else { return true };
        match part.put(key, spread, updated_ms) {
            None => {
                self.count += 1;
                true
            }
            Some(known) => known < updated_ms,
        }
    }

    /// Returns the last update of a case, if it was inserted.
    pub(super) fn get(&self, key: Key) -> Option<i64> {
        let spread = mix(key);
        let part = self.shards.get((spread >> 40) as usize % self.shards.len().max(1))?;
        part.entries.get(part.find(key, spread)?).filter(|(known, _)| *known != EMPTY).map(|(_, updated)| *updated)
    }

    /// Whether a case is new or newer than before.
    pub(crate) fn is_newer(&self, key: Key, updated_ms: i64) -> bool {
        self.get(key).is_none_or(|known| known < updated_ms)
    }

    /// Returns the number of distinct cases.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

impl Shard {
    /// Returns the index of a key, or of the empty entry where it would be inserted.
    fn find(&self, key: Key, spread: u64) -> Option<usize> {
        let length = self.entries.len();
        // The low half of the bits, scaled to the length.
        let mut slot = (((spread & 0xffff_ffff) * length as u64) >> 32) as usize;
        loop {
            let known = self.entries.get(slot)?.0;
            if known == key || known == EMPTY {
                return Some(slot);
            }
            slot = if slot + 1 == length { 0 } else { slot + 1 };
        }
    }

    /// Stores the newer of two updates; returns the earlier one, if the key was known.
    fn put(&mut self, key: Key, spread: u64, updated_ms: i64) -> Option<i64> {
        if self.used * 6 >= self.entries.len() * 5 {
            self.grow();
        }
        let slot = self.find(key, spread).and_then(|slot| self.entries.get_mut(slot))?;
        if slot.0 == key {
            let known = slot.1;
            slot.1 = known.max(updated_ms);
            return Some(known);
        }
        *slot = (key, updated_ms);
        self.used += 1;
        None
    }

    fn grow(&mut self) {
        let length = (self.entries.len() / 2 * 3).max(16);
        let old = core::mem::replace(&mut self.entries, vec![(EMPTY, 0); length]);
        for entry in old {
            if entry.0 != EMPTY
                && let Some(slot) = self.find(entry.0, mix(entry.0)).and_then(|slot| self.entries.get_mut(slot))
            {
                *slot = entry;
            }
        }
    }
}

/// Mixes the bits of a key by the finalizer of SplitMix64, since case numbers are close to each other.
fn mix(key: Key) -> u64 {
    let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::{CaseVersions, id_key};
    use alloc::collections::BTreeMap;

    #[test]
    fn it_holds_what_a_map_of_std_holds() {
        for mut ours in [CaseVersions::for_list(), CaseVersions::for_all_lists()] {
            let mut std: BTreeMap<u64, i64> = BTreeMap::new();
            let mut random = 1_u32;
            for _ in 0..50_000 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let (key, updated) = (u64::from(random >> 8) % 9000 + 1, i64::from(random >> 20));
                assert_eq!(ours.get(key), std.get(&key).copied());
                let news = std.get(&key).is_none_or(|known| *known < updated);
                assert_eq!(ours.is_newer(key, updated), news);
                assert_eq!(ours.insert(key, updated), news);
                let known = std.entry(key).or_insert(updated);
                *known = (*known).max(updated);
                assert_eq!(ours.count(), std.len());
            }
        }
    }

    #[test]
    fn numbers_are_their_own_keys_and_no_other_text_is() {
        assert_eq!(id_key("612345678"), 612_345_678);
        assert_eq!(id_key("999999999999999999"), 999_999_999_999_999_999);
        for text in ["", "0", "0612345678", "1999999999999999999", "61234567a", "６１２"] {
            assert!(id_key(text) >> 63 == 1, "{text}");
        }
        assert_ne!(id_key("0612345678"), id_key("00612345678"));
    }
}
