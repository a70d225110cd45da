//! A list of numbers that grows in large steps, so that writing one costs no more than that.

use alloc::vec::Vec;

/// A list of numbers.
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

    /// Takes the last one away.
    pub(super) fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Leaves the first ones, so many.
    pub(super) fn truncate(&mut self, count: usize) {
        self.len = self.len.min(count);
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut u32> {
        self.storage.get_mut(index)
    }

    /// Makes room for so many more.
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

    /// The room behind the last number.
    #[inline(always)]
    pub(super) fn spare_mut(&mut self) -> &mut [u32] {
        self.storage.get_mut(self.len..).unwrap_or_default()
    }

    /// So many numbers have been written there.
    #[inline(always)]
    pub(super) fn commit(&mut self, count: usize) {
        self.len = (self.len + count).min(self.storage.len());
    }

    /// Leaves these numbers.
    pub(super) fn replace(&mut self, numbers: Vec<u32>) {
        self.len = numbers.len();
        self.storage = numbers;
    }
}
