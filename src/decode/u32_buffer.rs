//! A buffer of `u32` that grows in powers of two.
//!
//! `Vec::push` checks the capacity and may call the allocator. This buffer reserves spare elements in advance, so that
//! the decoder's loops write to a slice.

use alloc::vec::Vec;

/// A growable buffer of `u32` with initialized spare capacity.
#[derive(Debug, Default)]
pub(super) struct U32Buffer {
    storage: Vec<u32>,
    len: usize,
}

impl U32Buffer {
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(super) fn as_slice(&self) -> &[u32] {
        self.storage.get(..self.len).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn push(&mut self, number: u32) {
        self.reserve(1);
        if let Some(slot) = self.storage.get_mut(self.len) {
            *slot = number;
            self.len += 1;
        }
    }

    /// Removes the last number.
    pub(super) fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Shortens the buffer to at most `count` numbers.
    pub(super) fn truncate(&mut self, count: usize) {
        self.len = self.len.min(count);
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut u32> {
        self.storage.get_mut(index)
    }

    /// Ensures spare capacity for `count` more numbers.
    #[inline(always)]
    pub(super) fn reserve(&mut self, count: usize) {
        if self.storage.len() - self.len < count {
            self.grow(count);
        }
    }

    #[inline(never)]
    fn grow(&mut self, count: usize) {
        self.storage.resize((self.len + count).next_power_of_two().max(256), 0);
    }

    /// Returns the spare capacity, to be written before [`commit`](Self::commit).
    #[inline(always)]
    pub(super) fn spare_mut(&mut self) -> &mut [u32] {
        self.storage.get_mut(self.len..).unwrap_or_default()
    }

    /// Appends the first `count` numbers of the spare capacity.
    #[inline(always)]
    pub(super) fn commit(&mut self, count: usize) {
        self.len = (self.len + count).min(self.storage.len());
    }

    /// Replaces the contents.
    pub(super) fn replace(&mut self, numbers: Vec<u32>) {
        self.len = numbers.len();
        self.storage = numbers;
    }
}
