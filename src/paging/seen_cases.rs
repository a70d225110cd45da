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

/// A version of a case: its key and its last update.
///
/// ```
/// use cisco_support_case::decode::cases_page;
/// use cisco_support_case::paging::{CaseVersion, ListReader, ReadOrder, SegmentSplit};
///
/// let body = br#"{"pagination_response_record":{"last_index":1,"page_index":1,"page_records":1,"total_records":1},
///                 "cases":[{"case_id":"612345678","updated_date":"2026-01-01T00:00:00Z"}]}"#;
/// let mut page = cases_page(body).unwrap();
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(SegmentSplit::Never).unwrap();
/// let emitted: Vec<CaseVersion> = reader.on_page(request, &mut page, 1_767_312_000_000).unwrap();
/// assert_eq!(emitted, [CaseVersion { key: 612_345_678, updated_ms: 1_767_225_600_000 }]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseVersion {
    /// Key of the case.
    pub key: Key,
    /// Last update, in milliseconds since 1970 (UTC); `i64::MIN` if the case has none.
    pub updated_ms: i64,
}

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
        equal.insert(CaseVersion { key, updated_ms: before });
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
    /// Key and last update of each case, as pairs: `vec!` needs no loop to create zeroed pairs of numbers.
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

    /// Inserts a version; returns whether the case is new or newer than before.
    pub(crate) fn insert(&mut self, version: CaseVersion) -> bool {
        let hash = mix(version.key);
        let shard = shard_index(hash, self.shards.len());
        let Some(shard) = self.shards.get_mut(shard) else { return true };
        match shard.insert(version, hash) {
            None => {
                self.count += 1;
                true
            }
            Some(known_ms) => known_ms < version.updated_ms,
        }
    }

    /// Returns the last update of a case, if it was inserted.
    pub(super) fn get(&self, key: Key) -> Option<i64> {
        let hash = mix(key);
        let shard = self.shards.get(shard_index(hash, self.shards.len()))?;
        let (known, updated_ms) = shard.entries.get(shard.find(key, hash)?)?;
        (*known != EMPTY).then_some(*updated_ms)
    }

    /// Whether a case is new or newer than before.
    pub(crate) fn is_newer(&self, version: CaseVersion) -> bool {
        self.get(version.key).is_none_or(|known_ms| known_ms < version.updated_ms)
    }

    /// Returns the number of distinct cases.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

/// Returns the shard of a hash, from bits that [`Shard::find`] does not use.
fn shard_index(hash: u64, shards: usize) -> usize {
    (hash >> 40) as usize % shards.max(1)
}

impl Shard {
    /// Returns the index of a key's entry, or of the empty entry where it would be inserted.
    fn find(&self, key: Key, hash: u64) -> Option<usize> {
        let length = self.entries.len();
        // The low half of the bits, scaled to the length.
        let mut index = (((hash & 0xffff_ffff) * length as u64) >> 32) as usize;
        loop {
            let (known, _) = *self.entries.get(index)?;
            if known == key || known == EMPTY {
                return Some(index);
            }
            index = if index + 1 == length { 0 } else { index + 1 };
        }
    }

    /// Stores the newer of two updates; returns the earlier one, if the key was known.
    fn insert(&mut self, version: CaseVersion, hash: u64) -> Option<i64> {
        if self.used * 6 >= self.entries.len() * 5 {
            self.grow();
        }
        let CaseVersion { key, updated_ms } = version;
        let entry = self.find(key, hash).and_then(|index| self.entries.get_mut(index))?;
        if entry.0 == key {
            let known_ms = entry.1;
            entry.1 = known_ms.max(updated_ms);
            return Some(known_ms);
        }
        *entry = (key, updated_ms);
        self.used += 1;
        None
    }

    fn grow(&mut self) {
        let length = (self.entries.len() / 2 * 3).max(16);
        let earlier = core::mem::replace(&mut self.entries, vec![(EMPTY, 0); length]);
        for (key, updated_ms) in earlier {
            if key != EMPTY
                && let Some(entry) = self.find(key, mix(key)).and_then(|index| self.entries.get_mut(index))
            {
                *entry = (key, updated_ms);
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
    use super::{CaseVersion, CaseVersions, id_key};
    use alloc::collections::BTreeMap;

    #[test]
    fn the_table_equals_a_map_of_std() {
        for mut table in [CaseVersions::for_list(), CaseVersions::for_all_lists()] {
            let mut std: BTreeMap<u64, i64> = BTreeMap::new();
            let mut random = 1_u32;
            for _ in 0..50_000 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let (key, updated_ms) = (u64::from(random >> 8) % 9000 + 1, i64::from(random >> 20));
                let version = CaseVersion { key, updated_ms };
                assert_eq!(table.get(key), std.get(&key).copied());
                let is_newer = std.get(&key).is_none_or(|known_ms| *known_ms < updated_ms);
                assert_eq!(table.is_newer(version), is_newer);
                assert_eq!(table.insert(version), is_newer);
                let known_ms = std.entry(key).or_insert(updated_ms);
                *known_ms = (*known_ms).max(updated_ms);
                assert_eq!(table.count(), std.len());
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
