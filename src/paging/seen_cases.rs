//! Which cases have been given out, and how new they were.

use crate::util::fnv1a_64;
use alloc::{vec, vec::Vec};

/// What tells a case from another, in eight bytes: a case number itself, or a hash of 63 bits of another id. Of a million
/// cases whose ids are no numbers two share a hash with a chance of 1 to 18 million. A case without an id is known by
/// its title, its dates and where it stands.
pub type Key = u64;

/// The key of a text. A number without zeros in front, of up to 18 digits, is its own key, so that no two case numbers
/// share one.
pub(crate) fn id_key(text: &str) -> Key {
    let digits = text.as_bytes();
    if (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) && !text.starts_with('0') {
        return digits.iter().fold(0, |number, digit| number * 10 + Key::from(digit - b'0'));
    }
    fnv1a_64(text) | HASHED
}

/// Marks a key that is a hash of an id.
const HASHED: Key = 1 << 63;
/// Marks the key of a case without an id, by the two highest bits: no case number is that large.
const WITHOUT_ID: Key = 1 << 62;

/// Whether it is the key of a case without an id, which tells it from the others of its list alone.
pub(crate) fn is_key_without_id(key: Key) -> bool {
    key >> 62 == 1
}

/// What cases without an id are told apart by as far as they say.
pub(super) fn content_hash(title: &str, updated_ms: i64, created_ms: i64) -> Key {
    fnv1a_64(title) ^ updated_ms.cast_unsigned().rotate_left(20) ^ created_ms.cast_unsigned().rotate_left(40)
}

/// The keys of a page's cases: of each the key of its id, or else its likeness. Cases without an id that are alike are told
/// apart by their page and by how many of them are before them on it, so that none is taken for another.
pub(super) fn page_keys(page_index: u32, cases: &mut dyn Iterator<Item = Result<Key, Key>>) -> Vec<Key> {
    let mut equal = CaseVersions::for_list();
    let key = |key| {
        let key = match key {
            Ok(key) => return key,
            Err(likeness) => likeness,
        };
        let before = equal.get(key).map_or(0, |before| before + 1);
        equal.insert(key, before);
        mix(key ^ Key::from(page_index) << 32 ^ before.cast_unsigned()) >> 2 | WITHOUT_ID
    };
    cases.map(key).collect()
}
/// No key: a slot that is free.
const EMPTY: Key = 0;

/// Cases by key, with their last update: 16 bytes each in a table that is two thirds full. Of a million cases that is
/// some 25 MB. A table is made of parts that grow one by one, so that growing needs little room besides.
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

/// How many parts a table has that may become large.
const SHARDS: usize = 64;

impl CaseVersions {
    /// For the cases of one list.
    pub(crate) fn for_list() -> CaseVersions {
        CaseVersions { shards: vec![Shard::default()], count: 0 }
    }

    /// For all cases there are.
    pub(crate) fn for_all_lists() -> CaseVersions {
        CaseVersions { shards: (0..SHARDS).map(|_| Shard::default()).collect(), count: 0 }
    }

    /// Takes note of a case; true if it is new or newer than before.
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

    /// How new a case was when it was given out last.
    pub(super) fn get(&self, key: Key) -> Option<i64> {
        let spread = mix(key);
        let part = self.shards.get((spread >> 40) as usize % self.shards.len().max(1))?;
        part.entries.get(part.find(key, spread)?).filter(|(known, _)| *known != EMPTY).map(|(_, updated)| *updated)
    }

    /// Whether a case is new or newer than before.
    pub(crate) fn is_newer(&self, key: Key, updated_ms: i64) -> bool {
        self.get(key).is_none_or(|known| known < updated_ms)
    }

    /// How many different cases were given out.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

impl Shard {
    /// Where a key stands, or would stand.
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

    /// Notes the newer of two updates; gives the one that was known.
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

/// Case numbers are near each other: their bits are mixed (splitmix64).
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
