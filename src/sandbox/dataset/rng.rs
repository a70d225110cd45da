//! Reproducible random numbers.

use crate::util::rng::SplitMix64;

/// Purpose of a random number. Each purpose has its own stream, so that additional draws for one do not change another.
#[derive(Clone, Copy, Debug)]
pub(in crate::sandbox) enum RngStream {
    CaseId = 1,
    ContractId,
    Person,
    CaseRow,
    CaseText,
    Notes,
    MessageId,
    Fault,
    Token,
    MutationTime,
    Mutation,
    TitleWords,
}

/// A pseudorandom number generator (SplitMix64) with equal results on every platform.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Rng(SplitMix64);

impl Rng {
    /// Creates the generator for a purpose and the index of a case, person or request.
    pub(in crate::sandbox) fn new(seed: u64, stream: RngStream, index: u64) -> Rng {
        Rng(SplitMix64::new(seed, stream as u64, index))
    }

    /// Returns the next number.
    pub(in crate::sandbox) fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Returns a number below `end`, or 0 if `end` is 0.
    pub(in crate::sandbox) fn below(&mut self, end: u32) -> u32 {
        (((self.next_u64() >> 32) * u64::from(end)) >> 32) as u32
    }

    /// Returns a number from `first` to `last`, inclusive.
    pub(in crate::sandbox) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// Returns a number below `end` with a strong bias to small ones: the cube of a uniform number.
    pub(in crate::sandbox) fn skewed_below(&mut self, end: u32) -> u32 {
        let even = self.next_u64() >> 32;
        let square = (even * even) >> 32;
        let cube = (square * even) >> 32;
        ((cube * u64::from(end)) >> 32) as u32
    }

    /// Returns `true` with a probability of `times` in a thousand.
    pub(in crate::sandbox) fn chance_per_thousand(&mut self, times: u32) -> bool {
        self.below(1000) < times
    }

    /// Returns a random item, or `None` of an empty slice.
    pub(in crate::sandbox) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(u32::try_from(items.len()).unwrap_or(u32::MAX)) as usize)
    }

    /// Returns a random item with a probability proportional to its weight.
    pub(in crate::sandbox) fn pick_weighted<T: Copy>(&mut self, items: &[(T, u32)]) -> Option<T> {
        let mut draw = self.below(items.iter().map(|(_, share)| share).sum());
        let drawn = items.iter().find(|(_, share)| {
            let here = draw < *share;
            draw = draw.saturating_sub(*share);
            here
        });
        drawn.map(|(item, _)| *item)
    }

    /// Returns a random word, or `""` of an empty slice.
    pub(in crate::sandbox) fn pick_word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or("")
    }
}
