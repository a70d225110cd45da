//! Calls that wait, in the order of their numbers.

use super::CallId;
use alloc::vec::Vec;

/// Numbers and handles of calls, in the order of the numbers. std's deque, which can be grown at both ends, weighs 2 KB in
/// the wasm.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The calls, behind as many that were taken out at the front.
    calls: Vec<(u32, CallId)>,
    taken: usize,
}

impl Queue {
    pub(super) fn as_slice(&self) -> &[(u32, CallId)] {
        self.calls.get(self.taken..).unwrap_or_default()
    }

    /// The first call.
    pub(super) fn first(&self) -> Option<(u32, CallId)> {
        self.calls.get(self.taken).copied()
    }

    /// The calls before a number.
    pub(super) fn before(&self, number: u32) -> &[(u32, CallId)] {
        self.as_slice().get(..self.place_of(number)).unwrap_or_default()
    }

    /// Puts a call at the place that its number has.
    pub(super) fn put(&mut self, number: u32, id: CallId) {
        let is_last = self.calls.last().is_none_or(|(last, _)| *last < number);
        let place = if is_last { self.calls.len() } else { self.taken + self.place_of(number) };
        self.calls.insert(place, (number, id));
    }

    /// Puts a call behind all others, with the next number.
    pub(super) fn push(&mut self, id: CallId) {
        let last = self.calls.last().map_or(0, |(last, _)| *last);
        self.calls.push((last.wrapping_add(1), id));
    }

    /// Takes a call out, if it is there.
    pub(super) fn take(&mut self, number: u32) {
        let place = self.taken + self.place_of(number);
        if self.calls.get(place).is_none_or(|(known, _)| *known != number) {
            return;
        }
        if place > self.taken {
            self.calls.remove(place);
            return;
        }
        self.taken += 1;
        // What was taken out at the front gives its room back when it is most of it.
        if self.taken * 2 > self.calls.len() {
            self.calls.drain(..core::mem::take(&mut self.taken));
        }
    }

    /// How many calls are before a number.
    fn place_of(&self, number: u32) -> usize {
        self.as_slice().partition_point(|(other, _)| *other < number)
    }
}

#[cfg(test)]
mod tests {
    use super::{CallId, Queue};
    use alloc::{collections::BTreeSet, vec::Vec};

    #[test]
    fn it_is_in_the_order_of_the_numbers_whatever_comes_and_goes() {
        let mut queue = Queue::default();
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
                    first.iter().for_each(|first| queue.take(*first));
                }
                1 => {
                    queue.take(number);
                    std.remove(&number);
                }
                _ => {
                    if std.insert(number) {
                        queue.put(number, id);
                    }
                }
            }
            assert_eq!(queue.before(number).len(), std.range(..number).count());
        }
        let numbers: Vec<u32> = queue.as_slice().iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, std.into_iter().collect::<Vec<_>>());
    }
}
