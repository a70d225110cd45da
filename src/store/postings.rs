//! Append-only lists of ascending numbers in one pool of bytes.

use alloc::{boxed::Box, vec, vec::Vec};

/// Bytes of a block of the pool.
const BLOCK_BYTES: usize = 1 << 15;
/// Bytes of the first slice of a list. Each further slice is twice as long, up to [`LONGEST_SLICE`].
const FIRST_SLICE: usize = 8;
const LONGEST_SLICE: usize = 1024;
/// Bytes at the end of a slice: the address of the next slice.
const LINK_BYTES: usize = 4;

/// The memory of posting lists.
///
/// A list is a chain of slices that grow with it (Busch et al., "Earlybird", 2012), so that appending moves nothing and
/// many short lists waste little. Numbers are differences as variable-length integers of seven bits per byte.
#[derive(Clone, Debug, Default)]
pub(super) struct PostingPool {
    blocks: Vec<Box<[u8]>>,
    /// The used bytes of the last block.
    used: usize,
}

/// A list of ascending numbers in a [`PostingPool`].
#[derive(Clone, Copy, Debug)]
pub(super) struct PostingList {
    first: u32,
    /// The address of the next byte, and of the end of its slice without the link.
    next: u32,
    slice_end: u32,
    /// The last number; `u32::MAX` before the first.
    last: u32,
    slices: u32,
}

impl PostingPool {
    /// Creates an empty list.
    pub(super) fn new_list(&mut self) -> PostingList {
        let first = self.allocate(FIRST_SLICE);
        PostingList {
            first,
            next: first,
            slice_end: first + (FIRST_SLICE - LINK_BYTES) as u32,
            last: u32::MAX,
            slices: 1,
        }
    }

    fn allocate(&mut self, bytes: usize) -> u32 {
        if self.blocks.is_empty() || self.used + bytes > BLOCK_BYTES {
            self.blocks.push(vec![0; BLOCK_BYTES].into_boxed_slice());
            self.used = 0;
        }
        let address = (self.blocks.len() - 1) * BLOCK_BYTES + self.used;
        self.used += bytes;
        address as u32
    }

    fn bytes_mut(&mut self, address: u32) -> Option<&mut [u8]> {
        self.blocks.get_mut(address as usize / BLOCK_BYTES)?.get_mut(address as usize % BLOCK_BYTES..)
    }

    fn bytes(&self, address: u32) -> &[u8] {
        let block = self.blocks.get(address as usize / BLOCK_BYTES);
        block.and_then(|block| block.get(address as usize % BLOCK_BYTES..)).unwrap_or_default()
    }

    /// Appends a number, unless it is the last one already. Numbers ascend.
    pub(super) fn push(&mut self, list: &mut PostingList, number: u32) {
        if list.last == number {
            return;
        }
        let mut rest = number.wrapping_sub(list.last);
        list.last = number;
        while rest >= 0x80 {
            self.push_byte(list, rest as u8 | 0x80);
            rest >>= 7;
        }
        self.push_byte(list, rest as u8);
    }

    #[inline]
    fn push_byte(&mut self, list: &mut PostingList, byte: u8) {
        if list.next == list.slice_end {
            let length = slice_length(list.slices);
            let slice = self.allocate(length);
            if let Some(link) = self.bytes_mut(list.slice_end).and_then(<[u8]>::first_chunk_mut) {
                *link = slice.to_le_bytes();
            }
            list.next = slice;
            list.slice_end = slice + (length - LINK_BYTES) as u32;
            list.slices += 1;
        }
        if let Some(slot) = self.bytes_mut(list.next).and_then(<[u8]>::first_mut) {
            *slot = byte;
        }
        list.next += 1;
    }

    /// Calls a function with each number of a list, in ascending order.
    #[inline]
    pub(super) fn for_each(&self, list: &PostingList, found: &mut impl FnMut(u32)) {
        let (mut address, mut number, mut difference, mut shift) = (list.first, u32::MAX, 0_u32, 0);
        for slice in 0..list.slices {
            let bytes = self.bytes(address);
            let length = if slice + 1 == list.slices {
                list.next.saturating_sub(address) as usize
            } else {
                slice_length(slice) - LINK_BYTES
            };
            for byte in bytes.get(..length).unwrap_or_default() {
                difference |= u32::from(byte & 0x7f) << shift;
                if *byte < 0x80 {
                    number = number.wrapping_add(difference);
                    found(number);
                    (difference, shift) = (0, 0);
                } else {
                    shift = (shift + 7) & 31;
                }
            }
            let link = bytes.get(length..).and_then(<[u8]>::first_chunk);
            address = link.map_or(0, |link| u32::from_le_bytes(*link));
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.blocks.len() * BLOCK_BYTES
    }
}

/// Returns the bytes of a slice, by its number in its list.
fn slice_length(slice: u32) -> usize {
    (FIRST_SLICE << slice.min(16)).min(LONGEST_SLICE)
}

#[cfg(test)]
mod tests {
    use super::PostingPool;
    use alloc::vec::Vec;

    #[test]
    fn many_lists_grow_together_and_keep_their_numbers() {
        let mut pool = PostingPool::default();
        let mut lists = Vec::new();
        let mut plain: Vec<Vec<u32>> = Vec::new();
        let mut random = 1_u32;
        for number in 0..60_000_u32 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // The first lists are long, and gaps are of one to four bytes.
            let list = (random >> 16) as usize % (1 + number as usize % 97);
            while lists.len() <= list {
                lists.push(pool.new_list());
                plain.push(Vec::new());
            }
            let number = number * if number > 50_000 { 60_000 } else { 1 };
            for _ in 0..2 {
                if let Some(list) = lists.get_mut(list) {
                    pool.push(list, number);
                }
            }
            if let Some(plain) = plain.get_mut(list) {
                plain.push(number);
            }
        }
        for (list, plain) in lists.iter().zip(&plain) {
            let mut found = Vec::new();
            pool.for_each(list, &mut |number| found.push(number));
            assert_eq!(found, *plain);
        }
    }
}
