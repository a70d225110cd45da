//! A list of numbers that grows in large steps, so that writing one costs no more than that.

use alloc::vec::Vec;

/// A list of numbers.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    numbers: Vec<u32>,
    used: usize,
}

impl Numbers {
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.used
    }

    #[inline(always)]
    pub(super) fn as_slice(&self) -> &[u32] {
        self.numbers.get(..self.used).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn push(&mut self, number: u32) {
        self.reserve(1);
        if let Some(slot) = self.numbers.get_mut(self.used) {
            *slot = number;
            self.used += 1;
        }
    }

    /// Takes the last one away.
    pub(super) fn unpush(&mut self) {
        self.used = self.used.saturating_sub(1);
    }

    /// Leaves the first ones, so many.
    pub(super) fn truncate(&mut self, count: usize) {
        self.used = self.used.min(count);
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut u32> {
        self.numbers.get_mut(index)
    }

    /// Makes room for so many more.
    #[inline(always)]
    pub(super) fn reserve(&mut self, count: usize) {
        if self.numbers.len() - self.used < count {
            self.grow(count);
        }
    }

    #[inline(never)]
    fn grow(&mut self, count: usize) {
        self.numbers.resize((self.used + count).next_power_of_two().max(256), 0);
    }

    /// The room behind the last number.
    #[inline(always)]
    pub(super) fn room(&mut self) -> &mut [u32] {
        self.numbers.get_mut(self.used..).unwrap_or_default()
    }

    /// So many numbers have been written there.
    #[inline(always)]
    pub(super) fn take(&mut self, count: usize) {
        self.used = (self.used + count).min(self.numbers.len());
    }

    /// Leaves these numbers.
    pub(super) fn set(&mut self, numbers: Vec<u32>) {
        self.used = numbers.len();
        self.numbers = numbers;
    }
}
