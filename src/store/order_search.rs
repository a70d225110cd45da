//! The search of a text in an order of entries.

use super::multikey_sort::{KeyLevel, LevelKeys};
use alloc::vec::Vec;
use core::{cmp::Ordering, ops::Range};

/// The entries of an order from one sample to the next.
const SAMPLED: usize = 64;
/// The share of an order that is added to it until its samples are taken again.
const SHARE_TO_RENEW: usize = 16;

/// The first keys of a part of the entries of an order, one after the other, and the first bytes of all.
///
/// Most words begin with no byte with which an id of another field begins or ends. A step of a binary search reads an entry,
/// the position of its text and the text: three distant places of the memory, each of which depends on the one before. The
/// samples are one place, and leave the last six steps to such reads.
#[derive(Clone, Debug, Default)]
pub(super) struct KeySamples {
    keys: Vec<u64>,
    /// A bit for each byte with which an entry begins.
    first_bytes: [u64; 4],
    /// The number of entries that were added to the order since.
    added: usize,
}

impl KeySamples {
    /// Notes the first key of an entry that is added to an order.
    pub(super) fn note_key(&mut self, key: u64) {
        let byte = key >> 56;
        if let Some(bits) = self.first_bytes.get_mut((byte >> 6) as usize) {
            *bits |= 1 << (byte & 63);
        }
    }

    /// Notes that entries, whose keys were noted, were added to an order.
    pub(super) fn note_added(&mut self, added: usize, order: &[u32], keys: &dyn LevelKeys) {
        self.added += added;
        if order.len() >= SAMPLED * SHARE_TO_RENEW && self.added > order.len() / SHARE_TO_RENEW {
            self.keys.clear();
            self.keys.extend(order.iter().step_by(SAMPLED).map(|entry| keys.key(*entry, KeyLevel::default())));
            self.added = 0;
        }
    }

    /// Returns the range of the entries of an order that are equal to a text that is not empty. `key` is the first key of the
    /// text.
    pub(super) fn find(&self, order: &[u32], key: u64, compare: &dyn Fn(u32) -> Ordering) -> Range<usize> {
        let byte = key >> 56;
        if self.first_bytes.get((byte >> 6) as usize).is_none_or(|bits| bits >> (byte & 63) & 1 == 0) {
            return 0..0;
        }
        // The last byte of a key has no text.
        let before = self.keys.partition_point(|known| *known < key & !0xff);
        let upto = self.keys.partition_point(|known| *known <= key | 0xff);
        let mut start = before.saturating_sub(1) * SAMPLED;
        let most = if upto < self.keys.len() { upto * SAMPLED + self.added } else { usize::MAX };
        let part = order.get(start..most.min(order.len())).unwrap_or_default();
        start += part.partition_point(|entry| compare(*entry) == Ordering::Less);
        start..start + leading(order.get(start..).unwrap_or_default(), &|entry| compare(entry) == Ordering::Equal)
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.keys.capacity() * size_of::<u64>()
    }
}

/// Returns the number of entries at the start of an order for which a predicate holds, as it holds for no later one. Few of them
/// are found by few calls.
pub(super) fn leading(order: &[u32], predicate: &dyn Fn(u32) -> bool) -> usize {
    let mut end = 1;
    while order.get(end - 1).is_some_and(|entry| predicate(*entry)) {
        end *= 2;
    }
    let start = end / 2;
    let rest = order.get(start..(end - 1).min(order.len())).unwrap_or_default();
    start + rest.partition_point(|entry| predicate(*entry))
}

#[cfg(test)]
mod tests {
    use super::{KeySamples, SAMPLED, SHARE_TO_RENEW, leading};
    use crate::store::multikey_sort::{KeyLevel, LevelKeys, merge_rows, text_key};
    use alloc::{string::String, vec::Vec};

    struct Texts(Vec<String>);

    impl LevelKeys for Texts {
        fn key(&self, row: u32, level: KeyLevel) -> u64 {
            text_key(self.0.get(row as usize).map_or(&[], |text| text.as_bytes()), level.0)
        }

        fn next_level(&self, level: KeyLevel, key: u64) -> Option<KeyLevel> {
            crate::store::multikey_sort::continues(key).then_some(KeyLevel(level.0 + 1))
        }
    }

    #[test]
    fn the_entries_of_a_text_are_found_while_the_order_grows() {
        let mut random = 7_u32;
        let mut next = |below: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % below
        };
        // Many share their first seven letters, and more.
        let texts: Vec<String> = (0..4000)
            .map(|_| (0..next(13)).map(|at| char::from(b"ab"[usize::from(at > 9 || next(9) == 0)])).collect())
            .collect();
        let texts = Texts(texts);
        let (mut order, mut samples, mut renewed) = (Vec::new(), KeySamples::default(), 0);
        let mut known = 0;
        while known < 4000 {
            let to = (known + 1 + next(300)).min(4000);
            (known..to).for_each(|row| samples.note_key(texts.key(row, KeyLevel::default())));
            merge_rows(&mut order, known..to, &texts);
            samples.note_added((to - known) as usize, &order, &texts);
            renewed += usize::from(samples.added == 0);
            known = to;
            for word in ["a", "aaaaaa", "aaaaaaa", "aaaaaaaa", "aaaaaaaaaaab", "b", "aabaaaaaa", "bbbbbbbbbbbbbb", "c"]
            {
                let compare = |entry: u32| {
                    let text = texts.0[entry as usize].as_bytes();
                    text.get(..word.len()).unwrap_or(text).cmp(word.as_bytes())
                };
                let found = samples.find(&order, text_key(word.as_bytes(), 0), &compare);
                let start = order.partition_point(|entry| compare(*entry).is_lt());
                let end = order.partition_point(|entry| compare(*entry).is_le());
                assert_eq!(order.get(found), order.get(start..end), "{word} of {known}");
            }
        }
        assert!(renewed > 3 && order.len() > SAMPLED * SHARE_TO_RENEW, "{renewed}");
    }

    #[test]
    fn the_leading_entries_are_counted() {
        let order: Vec<u32> = (0..20).collect();
        for count in 0..=20 {
            assert_eq!(leading(&order, &|entry| entry < count), count as usize);
        }
    }
}
