//! Append-only memory of lists of numbers.

use super::growth::Growth;
use alloc::vec::Vec;

/// Numbers of a block. A longer list has a block of its own.
const BLOCK_WORDS: usize = 1 << OFFSET_BITS;
const OFFSET_BITS: u32 = 12;

/// Append-only lists of dictionary ids, each as its count and its ids. Position 0 is the empty list.
#[derive(Clone, Debug)]
pub(super) struct ListArena {
    blocks: Vec<Vec<u32>>,
}

impl Default for ListArena {
    fn default() -> ListArena {
        ListArena { blocks: alloc::vec![alloc::vec![0]] }
    }
}

impl ListArena {
    /// Returns the list at a position; empty for a position without a list.
    #[inline]
    pub(super) fn get(&self, position: u32) -> &[u32] {
        let block = self.blocks.get((position >> OFFSET_BITS) as usize);
        let rest = block.and_then(|block| block.get(position as usize % BLOCK_WORDS..));
        match rest.and_then(<[u32]>::split_first) {
            Some((count, ids)) => ids.get(..*count as usize).unwrap_or_default(),
            None => &[],
        }
    }

    /// Returns the positions of the lists that have one of a few ids; `None` if there are more than `most`.
    pub(super) fn positions_with(&self, wanted: &[u32], most: usize) -> Option<Vec<u32>> {
        let mut positions = Vec::new();
        for (block, number) in self.blocks.iter().zip(0_u32..) {
            // The list that begins at `at` is the first one that may have an id at `from` or later.
            let (mut at, mut from) = (0, 0);
            while let Some(rest) = block.get(from..)
                && let Some(found) = wanted.chunks(4).filter_map(|ids| find_id(rest, ids)).min()
            {
                let index = from + found;
                let mut end = at;
                while end <= index {
                    at = end;
                    let count = block.get(at).map_or(usize::MAX, |count| *count as usize);
                    end = end.saturating_add(count).saturating_add(1);
                }
                // A count may look like an id.
                if index == at {
                    from = index + 1;
                } else if positions.len() == most {
                    return None;
                } else {
                    positions.push(number << OFFSET_BITS | at as u32);
                    from = end;
                }
            }
        }
        Some(positions)
    }

    /// Returns the memory that more lists of this number of bytes take, but for the bytes themselves; `None` if there are no
    /// positions for them.
    pub(super) fn growth(&self, bytes: usize) -> Option<Growth> {
        let words = bytes / size_of::<u32>();
        // At least every second block is more than half full.
        let can_take = self.blocks.len() + words / (BLOCK_WORDS / 2) + 2 < 1 << (u32::BITS - OFFSET_BITS);
        let has_space = self.blocks.last().is_some_and(|block| block.len() + words <= block.capacity());
        let spare = if has_space { 0 } else { BLOCK_WORDS * size_of::<u32>() };
        can_take.then_some(Growth { taken: 0, spare })
    }

    /// Appends a list, and returns its position.
    pub(super) fn push(&mut self, ids: &[u32]) -> u32 {
        if ids.is_empty() {
            return 0;
        }
        let used = self.blocks.last().map_or(BLOCK_WORDS, Vec::len);
        if used + ids.len() + 1 > BLOCK_WORDS {
            self.blocks.push(Vec::with_capacity((ids.len() + 1).max(BLOCK_WORDS)));
        }
        let block = self.blocks.len() as u32 - 1;
        let Some(last) = self.blocks.last_mut() else { return 0 };
        let position = block << OFFSET_BITS | last.len() as u32;
        last.push(ids.len() as u32);
        // Most lists have one or two ids: to copy them as a slice is a call out of the module.
        for id in ids {
            last.push(*id);
        }
        position
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let words: usize = self.blocks.iter().map(Vec::capacity).sum();
        words * size_of::<u32>() + self.blocks.capacity() * size_of::<Vec<u32>>()
    }
}

/// Returns the index of the first of some numbers that is one of up to four ids.
#[inline(never)]
fn find_id(numbers: &[u32], ids: &[u32]) -> Option<usize> {
    let first = ids.first()?;
    let mut wanted = [*first; 4];
    wanted.iter_mut().zip(ids).for_each(|(slot, id)| *slot = *id);
    let (groups, _) = numbers.as_chunks::<16>();
    #[cfg(target_feature = "simd128")]
    let is_in = |group: &[u32; 16]| {
        use super::vectors::one_of;
        use crate::decode::load_vector;
        use core::arch::wasm32::{u32x4_eq, u32x4_splat, v128_any_true, v128_or};
        let test = one_of(wanted.map(|cell| u32x4_splat(cell)), |one, other| u32x4_eq(one, other));
        let vectors = group.as_chunks::<4>().0.iter().map(|ids| test(load_vector(ids)));
        v128_any_true(vectors.fold(u32x4_splat(0), |found, ids| v128_or(found, ids)))
    };
    #[cfg(not(target_feature = "simd128"))]
    let is_in = |group: &[u32; 16]| group.iter().any(|id| wanted.contains(id));
    let start = groups.iter().position(is_in).unwrap_or(groups.len()) * 16;
    let found = numbers.get(start..)?.iter().position(|id| wanted.contains(id))?;
    Some(start + found)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_WORDS, ListArena, find_id};
    use alloc::vec::Vec;

    #[test]
    fn an_id_is_found_at_any_place() {
        for length in [0, 3, 16, 40] {
            let numbers: Vec<u32> = (0..length).collect();
            assert_eq!((find_id(&numbers, &[length]), find_id(&numbers, &[])), (None, None));
            for number in 0..length {
                assert_eq!(find_id(&numbers, &[99, number]), Some(number as usize));
                assert_eq!(find_id(&numbers, &[length - 1, number, length]), Some(number as usize));
            }
        }
    }

    #[test]
    fn the_lists_with_an_id_are_found_whatever_their_counts() {
        let mut arena = ListArena::default();
        let mut random = 1_u32;
        let mut below = |limit: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % limit
        };
        let mut lists = Vec::new();
        while arena.blocks.len() < 3 {
            // Ids are as small as counts, and lists as long as a block.
            let length = if below(2000) == 0 { BLOCK_WORDS as u32 } else { 1 + below(5) };
            let ids: Vec<u32> = (0..length).map(|_| 1 + below(300)).collect();
            lists.push((arena.push(&ids), ids));
        }
        for wanted in [&[1][..], &[2, 5], &[300, 3, 4, 1], &[7, 8, 9, 10, 11], &[301], &[]] {
            let with_id = lists.iter().filter(|(_, ids)| ids.iter().any(|id| wanted.contains(id)));
            let expected: Vec<u32> = with_id.map(|(position, _)| *position).collect();
            let count = expected.len();
            let fewer = count.checked_sub(1).and_then(|most| arena.positions_with(wanted, most));
            assert_eq!((arena.positions_with(wanted, count), fewer), (Some(expected), None), "{wanted:?}");
        }
    }
}
