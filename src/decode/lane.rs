//! Sixteen bytes at a time.
//!
//! With `simd128` (the wasm that is published) a lane is one vector register; without it (natively, and under Miri) the
//! same is done byte by byte. Both are held to the same tests. Loading and storing are the only unsafe code of the
//! decoder. [`Padded`] and [`Room`] make them safe: each knows the last place at which a lane is in bounds, and nothing
//! is touched behind it. (Checked slices instead cost a page of cases 12 % more time.)

/// How many bytes a lane has.
pub(super) const LANE: usize = 16;

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(super) struct Lane(Bytes);

#[cfg(target_feature = "simd128")]
type Bytes = core::arch::wasm32::v128;
#[cfg(not(target_feature = "simd128"))]
type Bytes = [u8; LANE];

/// Bytes with at least a lane's zeros behind their end.
#[derive(Clone, Copy)]
pub(super) struct Padded<'a> {
    bytes: &'a [u8],
    /// The last place from which a lane can be read.
    last: usize,
}

impl Default for Padded<'_> {
    fn default() -> Self {
        Padded { bytes: &[0; LANE], last: 0 }
    }
}

impl<'a> Padded<'a> {
    /// These bytes, if the last sixteen of them are zeros.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Padded<'a>> {
        let last = bytes.len().checked_sub(LANE)?;
        let zeros = bytes.get(last..)?.iter().all(|byte| *byte == 0);
        zeros.then_some(Padded { bytes, last })
    }

    /// All of them.
    #[inline(always)]
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The byte there; 0 behind the end.
    #[inline(always)]
    pub(super) fn byte(self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The eight bytes that begin there, as a number; 0 where there are fewer.
    #[inline(always)]
    pub(super) fn word(self, at: usize) -> u64 {
        let chunk = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<8>());
        chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk))
    }

    /// The lane that begins there; behind the end, zeros.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the one place where a body is read without a check of its own")]
    pub(super) fn lane(self, at: usize) -> Lane {
        let at = if at < self.last { at } else { self.last };
        // SAFETY: `at` is at most `last`, and `new` made sure that a lane's bytes follow it. A lane needs no alignment.
        unsafe { Lane::read(self.bytes.as_ptr().add(at)) }
    }
}

/// Bytes that lanes are written to.
pub(super) struct Room<'a> {
    bytes: &'a mut [u8],
    /// From here on there is no room for a lane.
    end: usize,
}

impl<'a> Room<'a> {
    pub(super) fn new(bytes: &'a mut [u8]) -> Room<'a> {
        let end = (bytes.len() + 1).saturating_sub(LANE);
        Room { bytes, end }
    }

    /// All of them.
    #[inline(always)]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// Writes a byte to `at`, if there is room for it.
    #[inline(always)]
    pub(super) fn set(&mut self, at: usize, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(at) {
            *slot = byte;
        }
    }

    /// Writes a lane to `at`, if there is room for all of it.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the one place where the text is written without a check of its own")]
    pub(super) fn put(&mut self, at: usize, lane: Lane) {
        if at < self.end {
            // SAFETY: `at + LANE` is at most the length, by what `end` is. A lane needs no alignment.
            unsafe { lane.write(self.bytes.as_mut_ptr().add(at)) }
        }
    }

    /// The lane that begins there; zeros where there are fewer bytes than that.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the one place where the text is read without a check of its own")]
    pub(super) fn lane(&self, at: usize) -> Lane {
        if at < self.end {
            // SAFETY: as above.
            unsafe { Lane::read(self.bytes.as_ptr().add(at)) }
        } else {
            Lane::of(&[0; LANE])
        }
    }
}

#[expect(unsafe_code, reason = "see the module's documentation")]
impl Lane {
    #[inline(always)]
    pub(super) fn of(chunk: &[u8; LANE]) -> Lane {
        // SAFETY: the reference is valid for reads of a lane's bytes.
        unsafe { Lane::read(chunk.as_ptr()) }
    }

    /// # Safety
    /// Sixteen bytes can be read there.
    #[inline(always)]
    unsafe fn read(from: *const u8) -> Lane {
        // SAFETY: so the caller says.
        Lane(unsafe { from.cast::<Bytes>().read_unaligned() })
    }

    /// # Safety
    /// Sixteen bytes can be written there.
    #[inline(always)]
    unsafe fn write(self, to: *mut u8) {
        // SAFETY: so the caller says.
        unsafe { to.cast::<Bytes>().write_unaligned(self.0) }
    }
}

#[cfg(target_feature = "simd128")]
mod masks {
    use super::Lane;
    use core::arch::wasm32::{
        i8x16_lt, i8x16_splat, u8x16_bitmask, u8x16_eq, u8x16_gt, u8x16_splat, u8x16_sub, v128_not, v128_or,
    };

    impl Lane {
        /// A bit for each byte that a string's plain run cannot hold: a quote, a backslash, a control character, or
        /// the beginning of a character that is not ASCII.
        #[inline(always)]
        pub(in crate::decode) fn odd(self) -> u32 {
            let quote = u8x16_eq(self.0, u8x16_splat(b'"'));
            let escape = u8x16_eq(self.0, u8x16_splat(b'\\'));
            // As signed numbers, bytes from 0x80 on are below zero.
            let other = i8x16_lt(self.0, i8x16_splat(0x20));
            u32::from(u8x16_bitmask(v128_or(v128_or(quote, escape), other)))
        }

        /// A bit for each byte that is no white space of JSON.
        #[inline(always)]
        pub(in crate::decode) fn ink(self) -> u32 {
            let space = v128_or(u8x16_eq(self.0, u8x16_splat(b' ')), u8x16_eq(self.0, u8x16_splat(b'\n')));
            let other = v128_or(u8x16_eq(self.0, u8x16_splat(b'\r')), u8x16_eq(self.0, u8x16_splat(b'\t')));
            u32::from(u8x16_bitmask(v128_not(v128_or(space, other))))
        }

        /// A bit for each byte that differs from the other lane's.
        #[inline(always)]
        pub(in crate::decode) fn differs(self, other: Lane) -> u32 {
            u32::from(u8x16_bitmask(v128_not(u8x16_eq(self.0, other.0))))
        }

        /// A bit for each byte that is no digit.
        #[inline(always)]
        pub(in crate::decode) fn no_digit(self) -> u32 {
            u32::from(u8x16_bitmask(u8x16_gt(u8x16_sub(self.0, u8x16_splat(b'0')), u8x16_splat(9))))
        }
    }
}

#[cfg(not(target_feature = "simd128"))]
impl Lane {
    #[inline(always)]
    fn mask(self, test: impl Fn(u8) -> bool) -> u32 {
        self.0.iter().rev().fold(0, |mask, byte| mask << 1 | u32::from(test(*byte)))
    }

    /// A bit for each byte that a string's plain run cannot hold: a quote, a backslash, a control character, or the
    /// beginning of a character that is not ASCII.
    pub(super) fn odd(self) -> u32 {
        self.mask(|byte| byte == b'"' || byte == b'\\' || !(0x20..0x80).contains(&byte))
    }

    /// A bit for each byte that is no white space of JSON.
    pub(super) fn ink(self) -> u32 {
        self.mask(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
    }

    /// A bit for each byte that differs from the other lane's.
    pub(super) fn differs(self, other: Lane) -> u32 {
        self.0.iter().zip(other.0).rev().fold(0, |mask, (a, b)| mask << 1 | u32::from(*a != b))
    }

    /// A bit for each byte that is no digit.
    pub(super) fn no_digit(self) -> u32 {
        self.mask(|byte| !byte.is_ascii_digit())
    }
}

/// Whether the same `length` bytes stand at both places, as far as lanes read from there say.
#[inline(always)]
pub(super) fn same(a: impl Fn(usize) -> Lane, b: impl Fn(usize) -> Lane, length: usize) -> bool {
    let mut done = 0;
    while done < length {
        let differs = a(done).differs(b(done)) | a(done + LANE).differs(b(done + LANE)) << LANE;
        // What lies behind the end does not count.
        let left = length - done;
        let counted = if left >= 2 * LANE { u32::MAX } else { (1 << left) - 1 };
        if differs & counted != 0 {
            return false;
        }
        done += 2 * LANE;
    }
    true
}
