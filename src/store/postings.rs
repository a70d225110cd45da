//! Append-only lists of ascending numbers in one pool of bytes.

use alloc::{boxed::Box, vec, vec::Vec};

/// Bytes of a block of the pool.
const BLOCK_BYTES: usize = 1 << 14;
/// Bytes of the first slice of a list. Each further slice has [`SLICE_GROWTH`] more, up to [`LONGEST_SLICE`].
const FIRST_SLICE: usize = 24;
const SLICE_GROWTH: usize = 8;
const LONGEST_SLICE: usize = 128;
/// Bytes at the end of a slice: the address of the next slice.
const LINK_BYTES: usize = 4;
/// Bytes of a list without slices.
const INLINE_BYTES: usize = 8;

/// The memory of posting lists.
///
/// A list is a chain of slices that grow with it (Busch et al., "Earlybird", 2012), so that appending moves nothing and
/// many short lists waste little. The shortest lists have no slice. Numbers are differences as variable-length integers
/// of seven bits per byte.
#[derive(Clone, Debug, Default)]
pub(super) struct PostingPool {
    blocks: Vec<Box<[u8]>>,
    /// The used bytes of the last block.
    used: usize,
}

/// A list of ascending numbers in a [`PostingPool`].
#[derive(Clone, Copy, Debug)]
pub(super) struct PostingList {
    /// The last number; `u32::MAX` before the first.
    last: u32,
    /// The number of slices. Without any, `place` is the bytes of the list.
    slices: u16,
    /// The used bytes of the last slice.
    used: u16,
    /// The addresses of the first and the last slice.
    place: [u8; INLINE_BYTES],
}

impl Default for PostingList {
    fn default() -> PostingList {
        PostingList { last: u32::MAX, slices: 0, used: 0, place: [0; INLINE_BYTES] }
    }
}

impl PostingList {
    /// Returns the addresses of the first and the last slice.
    #[inline]
    fn addresses(&self) -> [u32; 2] {
        let place = u64::from_le_bytes(self.place);
        [place as u32, (place >> 32) as u32]
    }

    fn set_addresses(&mut self, [first, last]: [u32; 2]) {
        self.place = (u64::from(first) | u64::from(last) << 32).to_le_bytes();
    }
}

impl PostingPool {
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

    fn push_byte(&mut self, list: &mut PostingList, byte: u8) {
        let used = usize::from(list.used);
        if list.slices == 0 {
            if let Some(slot) = list.place.get_mut(used) {
                *slot = byte;
                list.used += 1;
                return;
            }
            let first = self.allocate(FIRST_SLICE);
            if let Some(slots) = self.bytes_mut(first).and_then(<[u8]>::first_chunk_mut) {
                *slots = list.place;
            }
            list.set_addresses([first, first]);
            list.slices = 1;
        } else if used == slice_length(list.slices - 1) - LINK_BYTES {
            let [first, last] = list.addresses();
            let slice = self.allocate(slice_length(list.slices));
            let link = self.bytes_mut(last).and_then(|bytes| bytes.get_mut(used..)).and_then(<[u8]>::first_chunk_mut);
            if let Some(link) = link {
                *link = slice.to_le_bytes();
            }
            list.set_addresses([first, slice]);
            // The lengths of all further slices are the same.
            list.slices = list.slices.saturating_add(1);
            list.used = 0;
        }
        let [_, last] = list.addresses();
        if let Some(slot) = self.bytes_mut(last).and_then(|bytes| bytes.get_mut(usize::from(list.used))) {
            *slot = byte;
        }
        list.used += 1;
    }

    /// Calls a function with each number of a list, in ascending order.
    // A search of a letter reads tens of thousands.
    #[inline(always)]
    pub(super) fn for_each(&self, list: &PostingList, mut found: impl FnMut(u32)) {
        let (mut number, mut difference, mut shift) = (u32::MAX, 0_u32, 0);
        let [mut address, last] = list.addresses();
        let mut slice = 0;
        let mut bytes = list.place.as_slice();
        loop {
            let is_last = list.slices == 0 || address == last;
            if list.slices > 0 {
                bytes = self.bytes(address);
            }
            let length = if is_last { usize::from(list.used) } else { slice_length(slice) - LINK_BYTES };
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
            if is_last {
                return;
            }
            let link = bytes.get(length..).and_then(<[u8]>::first_chunk);
            address = link.map_or(last, |link| u32::from_le_bytes(*link));
            slice = slice.saturating_add(1);
        }
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.blocks.len() * BLOCK_BYTES
    }
}

/// Returns the bytes of a slice, by its number in its list.
fn slice_length(slice: u16) -> usize {
    (FIRST_SLICE + SLICE_GROWTH * usize::from(slice)).min(LONGEST_SLICE)
}

#[cfg(test)]
mod tests {
    use super::{PostingList, PostingPool};
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
                lists.push(PostingList::default());
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
            pool.for_each(list, |number| found.push(number));
            assert_eq!(found, *plain);
        }
    }
}
