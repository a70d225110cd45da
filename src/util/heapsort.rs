//! The only sort in the wasm: heapsort. `sort_unstable` weighs 4 KB more (ARCHITECTURE.md, "Decisions").

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Sorts pairs in ascending order (Williams, "Algorithm 232: Heapsort", 1964).
pub(crate) fn heapsort(pairs: &mut [(u64, u32)]) {
    for root in (0..pairs.len() / 2).rev() {
        sift_down(pairs, root);
    }
    for end in (1..pairs.len()).rev() {
        pairs.swap(0, end);
        sift_down(pairs.get_mut(..end).unwrap_or_default(), 0);
    }
}

fn sift_down(heap: &mut [(u64, u32)], mut root: usize) {
    loop {
        let child = root * 2 + 1;
        let Some(one) = heap.get(child) else { return };
        let other = heap.get(child + 1);
        let larger = if other.is_some_and(|other| other > one) { child + 1 } else { child };
        if heap.get(root) >= heap.get(larger) {
            return;
        }
        heap.swap(root, larger);
        root = larger;
    }
}

/// Sorts pairs by a comparison, which must tell any two pairs apart: heapsort does not keep the order of equal ones.
pub(crate) fn heapsort_by(pairs: &mut [(u64, u32)], compare: &mut dyn FnMut((u64, u32), (u64, u32)) -> Ordering) {
    for root in (0..pairs.len() / 2).rev() {
        sift_down_by(pairs, root, compare);
    }
    for end in (1..pairs.len()).rev() {
        pairs.swap(0, end);
        sift_down_by(pairs.get_mut(..end).unwrap_or_default(), 0, compare);
    }
}

fn sift_down_by(heap: &mut [(u64, u32)], mut root: usize, compare: &mut dyn FnMut((u64, u32), (u64, u32)) -> Ordering) {
    while let Some(&top) = heap.get(root) {
        let child = root * 2 + 1;
        let Some(&one) = heap.get(child) else { return };
        let other = heap.get(child + 1).filter(|other| compare(**other, one) == Ordering::Greater);
        let (larger, pair) = other.map_or((child, one), |other| (child + 1, *other));
        if compare(top, pair) != Ordering::Less {
            return;
        }
        heap.swap(root, larger);
        root = larger;
    }
}

/// Returns the keys in ascending order, without duplicates.
pub(crate) fn sorted_distinct(keys: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut pairs = Vec::new();
    for key in keys {
        pairs.push((key, 0));
    }
    sort_distinct(pairs)
}

/// Returns the keys of pairs in ascending order, without duplicates. It is one function for all iterator types.
#[inline(never)]
fn sort_distinct(mut pairs: Vec<(u64, u32)>) -> Vec<u64> {
    heapsort(&mut pairs);
    let mut out = Vec::new();
    for (key, _) in pairs {
        if out.last() != Some(&key) {
            out.push(key);
        }
    }
    out
}

/// Merges two lists of pairs in ascending order of keys. Of equal keys, the last pair of `first` wins, or else the
/// last of `second`.
#[inline(never)]
pub(crate) fn merge_by_key(first: &[(u64, u32)], second: &[(u64, u32)]) -> Vec<(u64, u32)> {
    let mut all = second.to_vec();
    all.extend_from_slice(first);
    let mut indices = Vec::new();
    for (index, (key, _)) in all.iter().enumerate() {
        indices.push((*key, !index as u32));
    }
    heapsort(&mut indices);
    let mut out: Vec<(u64, u32)> = Vec::new();
    for (_, index) in indices {
        let Some(pair) = all.get(!index as usize) else { continue };
        if out.last().is_none_or(|last| last.0 != pair.0) {
            out.push(*pair);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{heapsort, heapsort_by};
    use alloc::vec::Vec;

    #[test]
    fn it_sorts_as_std_does() {
        let mut random = 1_u32;
        for length in 0..200 {
            let mut ours: Vec<(u64, u32)> = (0..length)
                .map(|n| {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (u64::from(random >> 25), n)
                })
                .collect();
            let mut std = ours.clone();
            std.sort_unstable();
            let mut descending = ours.clone();
            heapsort(&mut ours);
            assert_eq!(ours, std);
            heapsort_by(&mut descending, &mut |one, other| other.cmp(&one));
            std.reverse();
            assert_eq!(descending, std);
        }
    }
}
