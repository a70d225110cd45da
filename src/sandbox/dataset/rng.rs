//! Chance that repeats itself.

use crate::util::rng::SplitMix64;

/// What is drawn for: each purpose has numbers of its own, so that more draws for one change nothing in another.
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
}

/// A stream of numbers that is the same on every platform: splitmix64, seeded by what it is drawn for.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Rng(SplitMix64);

impl Rng {
    /// The numbers for one thing (a case, a person, a request) and purpose.
    pub(in crate::sandbox) fn new(seed: u64, stream: RngStream, index: u64) -> Rng {
        Rng(SplitMix64::new(seed, stream as u64, index))
    }

    /// The next number.
    pub(in crate::sandbox) fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `end`; 0 if there is none.
    pub(in crate::sandbox) fn below(&mut self, end: u32) -> u32 {
        (((self.next_u64() >> 32) * u64::from(end)) >> 32) as u32
    }

    /// A number from `first` to `last`.
    pub(in crate::sandbox) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// A number below `end`, small ones far more often: the cube of an even spread.
    pub(in crate::sandbox) fn skewed_below(&mut self, end: u32) -> u32 {
        let even = self.next_u64() >> 32;
        let square = (even * even) >> 32;
        let cube = (square * even) >> 32;
        ((cube * u64::from(end)) >> 32) as u32
    }

    /// Whether something happens that happens so many times in a thousand.
    pub(in crate::sandbox) fn one_in_thousand(&mut self, times: u32) -> bool {
        self.below(1000) < times
    }

    /// One of several.
    pub(in crate::sandbox) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(u32::try_from(items.len()).unwrap_or(u32::MAX)) as usize)
    }

    /// One of several, each as often as its share of all of them says.
    pub(in crate::sandbox) fn pick_weighted<T: Copy>(&mut self, items: &[(T, u32)]) -> Option<T> {
        let mut draw = self.below(items.iter().map(|(_, share)| share).sum());
        let drawn = items.iter().find(|(_, share)| {
            let here = draw < *share;
            draw = draw.saturating_sub(*share);
            here
        });
        drawn.map(|(item, _)| *item)
    }

    /// One of several words.
    pub(in crate::sandbox) fn pick_word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or("")
    }
}
