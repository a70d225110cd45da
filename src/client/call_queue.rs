//! A queue of waiting calls, in the order of their numbers.

use super::CallId;
use alloc::vec::Vec;

/// Numbers and ids of calls, sorted by number. `VecDeque` adds 2 KB to the wasm.
#[derive(Debug, Default)]
pub(super) struct CallQueue {
    /// The calls, after those that were removed at the front.
    calls: Vec<(u32, CallId)>,
    removed_front: usize,
}

impl CallQueue {
    pub(super) fn as_slice(&self) -> &[(u32, CallId)] {
        self.calls.get(self.removed_front..).unwrap_or_default()
    }

    /// The first call of the queue.
    pub(super) fn first(&self) -> Option<(u32, CallId)> {
        self.calls.get(self.removed_front).copied()
    }

    /// The calls before a number.
    pub(super) fn before(&self, number: u32) -> &[(u32, CallId)] {
        self.as_slice().get(..self.position(number)).unwrap_or_default()
    }

    /// Inserts a call by its number.
    pub(super) fn insert(&mut self, number: u32, id: CallId) {
        let is_last = self.calls.last().is_none_or(|(last, _)| *last < number);
        let index = if is_last { self.calls.len() } else { self.removed_front + self.position(number) };
        self.calls.insert(index, (number, id));
    }

    /// Appends a call with the next number.
    pub(super) fn push(&mut self, id: CallId) {
        let last = self.calls.last().map_or(0, |(last, _)| *last);
        self.calls.push((last.wrapping_add(1), id));
    }

    /// Removes a call, if it is there.
    pub(super) fn remove(&mut self, number: u32) {
        let index = self.removed_front + self.position(number);
        if self.calls.get(index).is_none_or(|(known, _)| *known != number) {
            return;
        }
        if index > self.removed_front {
            self.calls.remove(index);
            return;
        }
        self.removed_front += 1;
        // Frees the removed front when it is more than half of the memory.
        if self.removed_front * 2 > self.calls.len() {
            self.calls.drain(..core::mem::take(&mut self.removed_front));
        }
    }

    /// The number of calls before a number.
    fn position(&self, number: u32) -> usize {
        self.as_slice().partition_point(|(other, _)| *other < number)
    }
}

#[cfg(test)]
mod tests {
    use super::{CallId, CallQueue};
    use alloc::{collections::BTreeSet, vec::Vec};

    #[test]
    fn it_is_in_the_order_of_the_numbers_whatever_comes_and_goes() {
        let mut queue = CallQueue::default();
        let mut std = BTreeSet::new();
        let id = CallId::from_number(1);
        let mut random = 1_u32;
        for step in 0..40_000_u32 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = if random >> 30 == 0 { random % 64 } else { step };
            match random >> 28 & 3 {
                0 => {
                    let first = std.pop_first();
                    assert_eq!(queue.first().map(|(number, _)| number), first);
                    first.iter().for_each(|first| queue.remove(*first));
                }
                1 => {
                    queue.remove(number);
                    std.remove(&number);
                }
                _ => {
                    if std.insert(number) {
                        queue.insert(number, id);
                    }
                }
            }
            assert_eq!(queue.before(number).len(), std.range(..number).count());
        }
        let numbers: Vec<u32> = queue.as_slice().iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, std.into_iter().collect::<Vec<_>>());
    }
}
