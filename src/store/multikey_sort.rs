//! The sort of the store: rows by keys of several levels.

use alloc::{vec, vec::Vec};
use core::{cmp::Ordering, ops::Range};

/// A position in the keys of a row: a sort term, one of its two forms, and a part of its text.
///
/// The position is one number, so that a pending range of the sort takes 12 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyLevel(pub(super) u32);

/// The keys of rows, level by level: rows are compared by the first level at which their keys differ.
pub(super) trait LevelKeys {
    /// Returns the key of a row at a level.
    fn key(&self, row: u32, level: KeyLevel) -> u64;

    /// Returns the level that decides between rows whose keys at `level` are equal, or `None` after the last level.
    fn next_level(&self, level: KeyLevel, key: u64) -> Option<KeyLevel>;

    /// Compares two rows.
    fn compare(&self, one: u32, other: u32) -> Ordering {
        let mut level = KeyLevel::default();
        loop {
            let key = self.key(one, level);
            match key.cmp(&self.key(other, level)) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
            match self.next_level(level, key) {
                Some(next) => level = next,
                None => return Ordering::Equal,
            }
        }
    }
}

/// The cost of a key, in moved pairs.
const KEY_COST: usize = 8;

/// Ranges up to this length are sorted by insertion.
const SMALL: usize = 12;

/// Rows that are being sorted, as pairs of a key and a row.
///
/// The algorithm is multikey quicksort (Bentley and Sedgewick, "Fast Algorithms for Sorting and Searching Strings",
/// 1997), with 64-bit keys for characters. It compares numbers only, extracts a key once per level, and sorts no more
/// than the window that is asked for. Its stack is a list of pending ranges, so that a sort can be done in pieces.
#[derive(Clone, Debug)]
pub(super) struct MultikeySort {
    pairs: Vec<(u64, u32)>,
    pending: Vec<PendingRange>,
    window: Range<u32>,
    random: u32,
}

#[derive(Clone, Copy, Debug)]
struct PendingRange {
    start: u32,
    end: u32,
    level: KeyLevel,
    /// The number of the first pairs that have their keys of the level.
    keyed: u32,
}

impl PendingRange {
    /// A range whose pairs have their keys.
    fn with_keys(start: u32, end: u32, level: KeyLevel) -> PendingRange {
        PendingRange { start, end, level, keyed: end - start }
    }
}

impl MultikeySort {
    /// Creates a sort of pairs whose keys of the first level are not extracted yet. Only the rows at the positions of
    /// `window` get their positions.
    pub(super) fn new(pairs: Vec<(u64, u32)>, window: Range<usize>) -> MultikeySort {
        MultikeySort::create(pairs, window, false)
    }

    /// Creates a sort of pairs that have their keys of the first level.
    pub(super) fn with_keys(pairs: Vec<(u64, u32)>, window: Range<usize>) -> MultikeySort {
        MultikeySort::create(pairs, window, true)
    }

    fn create(pairs: Vec<(u64, u32)>, window: Range<usize>, has_keys: bool) -> MultikeySort {
        let end = pairs.len() as u32;
        let keyed = if has_keys { end } else { 0 };
        let pending = vec![PendingRange { start: 0, end, level: KeyLevel::default(), keyed }];
        MultikeySort { pairs, pending, window: window.start as u32..window.end as u32, random: 1 }
    }

    /// Sorts until about `budget` pairs were moved, and returns whether the sort is complete. To extract a key costs as
    /// much as to move [`KEY_COST`] pairs.
    pub(super) fn step(&mut self, keys: &dyn LevelKeys, budget: usize) -> bool {
        let mut left = budget;
        while let Some(mut range) = self.pending.pop() {
            let length = range.end - range.start;
            if length <= 1 || range.start >= self.window.end || range.end <= self.window.start {
                continue;
            }
            let missing = (length - range.keyed) as usize;
            let cost = if missing > 0 {
                let part = missing.min(left / KEY_COST + 1);
                self.extract_keys(keys, &range, part);
                range.keyed += part as u32;
                self.pending.push(range);
                part * KEY_COST
            } else {
                self.sort_range(keys, range);
                length as usize
            };
            match left.checked_sub(cost) {
                Some(rest) => left = rest,
                None => return self.pending.is_empty(),
            }
        }
        true
    }

    /// Sorts to the end, and returns the pairs.
    pub(super) fn finish(mut self, keys: &dyn LevelKeys) -> Vec<(u64, u32)> {
        while !self.step(keys, usize::MAX) {}
        self.pairs
    }

    /// Returns the rows of the pairs: sorted, if the last step said so.
    pub(super) fn rows(&self) -> Vec<u32> {
        self.pairs.iter().map(|(_, row)| *row).collect()
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.pairs.capacity() * size_of::<(u64, u32)>()
    }

    /// Extracts the next keys of a range.
    fn extract_keys(&mut self, keys: &dyn LevelKeys, range: &PendingRange, count: usize) {
        let first = (range.start + range.keyed) as usize;
        for (key, row) in self.pairs.iter_mut().skip(first).take(count) {
            *key = keys.key(*row, range.level);
        }
    }

    fn sort_range(&mut self, keys: &dyn LevelKeys, range: PendingRange) {
        let PendingRange { start, end, level, .. } = range;
        let Some(pairs) = self.pairs.get_mut(start as usize..end as usize) else { return };
        if pairs.len() <= SMALL {
            insertion_sort(pairs);
            let mut at = start;
            for run in pairs.chunk_by(|one, other| one.0 == other.0) {
                let run_end = at + run.len() as u32;
                if let [(key, _), _, ..] = run
                    && let Some(level) = keys.next_level(level, *key)
                {
                    self.pending.push(PendingRange { start: at, end: run_end, level, keyed: 0 });
                }
                at = run_end;
            }
            return;
        }
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let pivot = pivot_of(pairs, self.random);
        let (less, greater) = partition(pairs, pivot);
        let (less, greater) = (start + less as u32, start + greater as u32);
        self.pending.push(PendingRange::with_keys(greater, end, level));
        self.pending.push(PendingRange::with_keys(start, less, level));
        if let Some(level) = keys.next_level(level, pivot) {
            self.pending.push(PendingRange { start: less, end: greater, level, keyed: 0 });
        }
    }
}

fn insertion_sort(pairs: &mut [(u64, u32)]) {
    for end in 1..pairs.len() {
        let mut at = end;
        while let Some([before, after]) = at.checked_sub(1).and_then(|from| pairs.get_mut(from..=at))
            && before.0 > after.0
        {
            core::mem::swap(before, after);
            at -= 1;
        }
    }
}

/// Returns the median of three keys at pseudorandom positions, so that no order of arrival makes the sort quadratic.
fn pivot_of(pairs: &[(u64, u32)], random: u32) -> u64 {
    let third = pairs.len() / 3;
    let offset = (random >> 8) as usize % third.max(1);
    let key = |at: usize| pairs.get(at + offset).map_or(0, |pair| pair.0);
    let (one, two, three) = (key(0), key(third), key(2 * third));
    one.max(two).min(three).max(one.min(two))
}

/// Moves the pairs less than the pivot to the start and those greater to the end; returns the range of the equal ones.
fn partition(pairs: &mut [(u64, u32)], pivot: u64) -> (usize, usize) {
    let (mut less, mut at, mut greater) = (0, 0, pairs.len());
    while at < greater {
        let Some((key, _)) = pairs.get(at) else { break };
        match key.cmp(&pivot) {
            Ordering::Less => {
                pairs.swap(less, at);
                less += 1;
                at += 1;
            }
            Ordering::Equal => at += 1,
            Ordering::Greater => {
                greater -= 1;
                pairs.swap(at, greater);
            }
        }
    }
    (less, greater)
}

/// Merges rows into an order: both ascend by the keys. The rows are absent from the order.
///
/// Each row is placed by an exponential search from the place of the row after it, and the rows between two places move
/// as one block. Rows that all come after the order, as cases by their update mostly do, cost a comparison each.
pub(super) fn merge_sorted(order: &mut Vec<u32>, added: &[u32], keys: &dyn LevelKeys) {
    let mut end = order.len();
    // Little spare memory: additions come in pieces, and the memory of indexes counts.
    if order.capacity() < end + added.len() {
        order.reserve_exact(added.len() + end / 16);
    }
    order.resize(end + added.len(), 0);
    for (index, row) in added.iter().enumerate().rev() {
        let place = place_from_end(order.get(..end).unwrap_or_default(), *row, keys);
        order.copy_within(place..end, place + index + 1);
        if let Some(slot) = order.get_mut(place + index) {
            *slot = *row;
        }
        end = place;
    }
}

fn place_from_end(order: &[u32], row: u32, keys: &dyn LevelKeys) -> usize {
    let is_less = |other: &u32| keys.compare(*other, row) == Ordering::Less;
    let (mut low, mut high, mut step) = (order.len(), order.len(), 1);
    while low > 0 {
        low = low.saturating_sub(step);
        if order.get(low).is_some_and(is_less) {
            break;
        }
        high = low;
        step *= 2;
    }
    low + order.get(low..high).unwrap_or_default().partition_point(is_less)
}

/// The number of bytes of text in a key. The last byte of a key tells how many follow.
pub(super) const KEY_BYTES: usize = 7;
/// The last byte of a key whose text continues at the next level.
const CONTINUES: u64 = 9;

/// The key of a missing value, after all others in both directions.
pub(super) const MISSING: u64 = u64::MAX;

/// Returns a part of a text as a key: keys of equal parts compare as the bytes of the texts.
///
/// The last byte is 1 more than the number of bytes left in the text, at most 9, so that a text is less than its
/// continuations, even if they continue with zeros.
#[inline]
pub(super) fn text_key(text: &[u8], part: u32) -> u64 {
    let rest = text.get(part as usize * KEY_BYTES..).unwrap_or_default();
    if let Some(bytes) = rest.first_chunk() {
        return u64::from_be_bytes(*bytes) & !0xff | CONTINUES;
    }
    let mut key = [0; 8];
    for (slot, byte) in key.iter_mut().zip(rest) {
        *slot = *byte;
    }
    u64::from_be_bytes(key) | (rest.len() as u64 + 1)
}

/// Returns a part of an ASCII text as a key, in lower case; otherwise as [`text_key`].
#[inline]
pub(super) fn lower_key(text: &[u8], part: u32) -> u64 {
    // The last byte of a key is no capital letter.
    lower_bytes(text_key(text, part))
}

/// Returns a part of the reversed bytes of a text as a key, in lower case.
#[inline]
pub(super) fn reversed_lower_key(text: &[u8], part: u32) -> u64 {
    let end = text.len().saturating_sub(part as usize * KEY_BYTES);
    let rest = text.get(..end).unwrap_or_default();
    if let Some(bytes) = rest.last_chunk() {
        return lower_bytes(u64::from_le_bytes(*bytes) & !0xff | CONTINUES);
    }
    let mut key = [0; 8];
    for (slot, byte) in key.iter_mut().zip(rest.iter().rev()) {
        *slot = *byte;
    }
    lower_bytes(u64::from_be_bytes(key) | (rest.len() as u64 + 1))
}

/// Returns eight bytes with their capital letters of ASCII in lower case.
#[inline]
fn lower_bytes(bytes: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = bytes & (0x7f * EACH);
    // The highest bit of each sum: whether the byte is at least `A`, and whether it is greater than `Z`.
    let (from_a, above_z) = (low + 0x3f * EACH, low + 0x25 * EACH);
    let capitals = (from_a ^ above_z) & !bytes & (0x80 * EACH);
    bytes | capitals >> 2
}

/// Returns whether the text of a key of [`text_key`] continues at the next part.
#[inline]
pub(super) fn continues(key: u64) -> bool {
    key & 0xff == CONTINUES
}

/// Sorts rows that are not in an order yet, and merges them into it.
pub(super) fn merge_rows(order: &mut Vec<u32>, rows: impl Iterator<Item = u32>, keys: &dyn LevelKeys) {
    let pairs: Vec<(u64, u32)> = rows.map(|row| (keys.key(row, KeyLevel::default()), row)).collect();
    let window = 0..pairs.len();
    let sorted = MultikeySort::with_keys(pairs, window).finish(keys);
    let added: Vec<u32> = sorted.into_iter().map(|(_, row)| row).collect();
    merge_sorted(order, &added, keys);
}

/// Keeps the pairs whose keys are among the `count` smallest, and all pairs equal to the largest of those; returns that
/// key.
pub(super) fn keep_smallest(pairs: &mut Vec<(u64, u32)>, count: usize) -> u64 {
    let (mut start, mut end) = (0, pairs.len());
    let mut random = end as u32;
    while let Some(range) = pairs.get_mut(start..end)
        && !range.is_empty()
    {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let pivot = pivot_of(range, random);
        let (less, greater) = partition(range, pivot);
        if count <= start + less && less > 0 {
            end = start + less;
        } else if count > start + greater {
            start += greater;
        } else {
            pairs.truncate(start + greater);
            return pivot;
        }
    }
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::{
        KeyLevel, LevelKeys, MultikeySort, continues, keep_smallest, lower_key, merge_sorted, reversed_lower_key,
        text_key,
    };
    use alloc::{string::String, vec::Vec};

    struct Texts(Vec<String>);

    impl LevelKeys for Texts {
        fn key(&self, row: u32, level: KeyLevel) -> u64 {
            text_key(self.0.get(row as usize).map_or(&[], |text| text.as_bytes()), level.0)
        }

        fn next_level(&self, level: KeyLevel, key: u64) -> Option<KeyLevel> {
            continues(key).then_some(KeyLevel(level.0 + 1))
        }
    }

    /// Returns texts that share starts, repeat, and contain zeros.
    fn texts(count: usize, random: &mut u32) -> Texts {
        let mut next = |below: u32| {
            *random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*random >> 8) % below
        };
        let text = |next: &mut dyn FnMut(u32) -> u32| {
            (0..next(20)).map(|_| ['a', 'b', '\0', 'é'].get(next(4) as usize).copied().unwrap_or('a')).collect()
        };
        Texts((0..count).map(|_| text(&mut next)).collect())
    }

    fn pairs(texts: &Texts) -> Vec<(u64, u32)> {
        (0..texts.0.len() as u32).map(|row| (0, row)).collect()
    }

    #[test]
    fn texts_are_sorted_by_their_bytes() {
        let mut random = 1;
        for count in [0, 1, 2, 13, 100, 1000] {
            let texts = texts(count, &mut random);
            let sorted = MultikeySort::new(pairs(&texts), 0..count).finish(&texts);
            let sorted: Vec<&String> = sorted.iter().filter_map(|(_, row)| texts.0.get(*row as usize)).collect();
            let mut expected: Vec<&String> = texts.0.iter().collect();
            expected.sort_unstable();
            assert_eq!(sorted, expected);
            // A window has the same rows at its positions.
            let window = count / 3..count / 2;
            let part = MultikeySort::new(pairs(&texts), window.clone()).finish(&texts);
            let part = part.iter().filter_map(|(_, row)| texts.0.get(*row as usize));
            let length = window.len();
            assert!(part.skip(window.start).take(length).eq(expected.into_iter().skip(window.start).take(length)));
        }
    }

    #[test]
    fn a_step_reads_no_more_keys_than_its_budget_though_all_rows_have_one_beginning() {
        struct CountedKeys(core::cell::Cell<usize>);
        impl LevelKeys for CountedKeys {
            fn key(&self, row: u32, level: KeyLevel) -> u64 {
                self.0.set(self.0.get() + 1);
                if level.0 < 3 { 7 } else { u64::from(row.wrapping_mul(2_654_435_761)) }
            }

            fn next_level(&self, level: KeyLevel, _: u64) -> Option<KeyLevel> {
                (level.0 < 3).then_some(KeyLevel(level.0 + 1))
            }
        }
        let (count, keys) = (10_000, CountedKeys(Default::default()));
        let mut sort = MultikeySort::new((0..count).map(|row| (0, row)).collect(), 0..count as usize);
        let (mut budget, mut steps) = (8 * super::KEY_COST, 0);
        while !sort.step(&keys, budget) {
            assert!(keys.0.take() <= budget / super::KEY_COST + 1, "step {steps}");
            steps += 1;
            budget = 2000 * super::KEY_COST;
        }
        assert!(steps > 20, "{steps}");
        assert!(sort.rows().is_sorted_by_key(|row| row.wrapping_mul(2_654_435_761)));
    }

    #[test]
    fn keys_in_lower_case_are_those_of_the_text_in_lower_case() {
        let text: Vec<u8> = (0..=u8::MAX).collect();
        for start in 0..text.len() {
            for length in 0..12 {
                let Some(text) = text.get(start..start + length) else { continue };
                let lower = text.to_ascii_lowercase();
                let reversed: Vec<u8> = lower.iter().rev().copied().collect();
                for part in 0..2 {
                    assert_eq!(lower_key(text, part), text_key(&lower, part), "{text:?}");
                    assert_eq!(reversed_lower_key(text, part), text_key(&reversed, part), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_merge_is_what_a_sort_of_all_is() {
        let mut random = 9;
        let mut texts = texts(300, &mut random);
        for (text, number) in texts.0.iter_mut().zip(0..) {
            text.push_str(["a", "bc", "d", "xyz"].get(number % 4).copied().unwrap_or(""));
        }
        let sort = |rows: Vec<(u64, u32)>| -> Vec<u32> {
            let window = 0..rows.len();
            MultikeySort::new(rows, window).finish(&texts).into_iter().map(|(_, row)| row).collect()
        };
        let (old, new): (Vec<_>, Vec<_>) = pairs(&texts).into_iter().partition(|(_, row)| row % 5 != 0);
        let mut order = sort(old);
        merge_sorted(&mut order, &sort(new), &texts);
        let text = |row: &u32| texts.0.get(*row as usize);
        assert_eq!(order.len(), 300);
        assert!(order.is_sorted_by_key(text));
    }

    #[test]
    fn the_smallest_pairs_are_kept_with_all_that_are_equal() {
        let keys = [5, 3, 9, 3, 1, 3, 7, 2];
        for (count, threshold, kept) in [(1, 1, 1), (2, 2, 2), (3, 3, 5), (5, 3, 5), (6, 5, 6), (8, 9, 8)] {
            let mut pairs: Vec<(u64, u32)> = keys.into_iter().zip(0..).collect();
            assert_eq!(keep_smallest(&mut pairs, count), threshold);
            assert_eq!(pairs.len(), kept);
        }
    }
}
