//! Pseudorandom number generators, named by algorithm. Neither is cryptographic.

/// The xorshift32 generator (Marsaglia, "Xorshift RNGs", 2003), for jitter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Xorshift32(u32);

impl Xorshift32 {
    /// Creates a generator. Seed 0 is replaced by 1, because xorshift never leaves the state 0.
    pub(crate) fn new(seed: u32) -> Xorshift32 {
        Xorshift32(seed.max(1))
    }

    /// Returns the next number, which is never 0.
    pub(crate) fn next_u32(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

/// The increment of SplitMix64: 2^64 divided by the golden ratio.
#[cfg(feature = "sandbox")]
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The SplitMix64 generator (Steele, Lea and Flood, 2014), for synthetic data that is equal on every platform.
#[cfg(feature = "sandbox")]
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64 {
    state: u64,
}

#[cfg(feature = "sandbox")]
impl SplitMix64 {
    /// Creates a generator for a purpose (`stream`) and an item (`index`), independent of all others.
    pub(crate) fn new(seed: u64, stream: u64, index: u64) -> SplitMix64 {
        let stream = GOLDEN_GAMMA.wrapping_mul(stream);
        SplitMix64 { state: mix(mix(seed.wrapping_add(stream)) ^ index) }
    }

    /// Returns the next number.
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        mix(self.state)
    }
}

/// The output function of SplitMix64: a bijection in which every input bit changes about half of the output bits.
#[cfg(feature = "sandbox")]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
