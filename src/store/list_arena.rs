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

    /// Returns the positions of the lists that have one of a few ids. `is_wanted` is whether an id is among them.
    pub(super) fn positions_with(&self, wanted: &[u32], is_wanted: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut positions = Vec::new();
        for (block, number) in self.blocks.iter().zip(0_u32..) {
            // Counts may look like ids.
            if !wanted.chunks(4).any(|some| has_id(block, some)) {
                continue;
            }
            let mut at = 0;
            while let Some((count, ids)) = block.get(at..).and_then(<[u32]>::split_first) {
                let ids = ids.get(..*count as usize).unwrap_or_default();
                if ids.iter().any(|id| is_wanted(*id)) {
                    positions.push(number << OFFSET_BITS | at as u32);
                }
                at += ids.len() + 1;
            }
        }
        positions
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

/// Returns whether one of up to four ids is among numbers.
#[inline(never)]
fn has_id(numbers: &[u32], ids: &[u32]) -> bool {
    let Some(first) = ids.first() else { return false };
    let mut wanted = [*first; 4];
    wanted.iter_mut().zip(ids).for_each(|(slot, id)| *slot = *id);
    let (groups, rest) = numbers.as_chunks::<16>();
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
    groups.iter().any(is_in) || rest.iter().any(|id| wanted.contains(id))
}

#[cfg(test)]
mod tests {
    use super::has_id;
    use alloc::vec::Vec;

    #[test]
    fn an_id_is_found_at_any_place() {
        for length in [0, 3, 16, 40] {
            let numbers: Vec<u32> = (0..length).collect();
            assert!(!has_id(&numbers, &[length]) && !has_id(&numbers, &[]));
            assert!((0..length).all(|number| has_id(&numbers, &[99, number])));
        }
    }
}
