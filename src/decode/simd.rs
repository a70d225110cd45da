//! 16-byte vectors, and the buffers that they are read from and written to.
//!
//! With `simd128` (the published wasm) a vector is one register; without it (natively, and under Miri) it is an array
//! that is processed byte by byte. Both run the same tests.
//!
//! Loads and stores here, and those of `page_vectors`, are the only unsafe code of the decoder.
//! [`PaddedInput`] and [`StringArena`] make loads and stores safe by construction: their buffers have `mask + 1 + LANES` bytes, where
//! `mask + 1` is a power of two, and every offset is masked with `mask`. An access of up to `LANES` bytes at a masked
//! offset is therefore in bounds. Callers only pass offsets inside the body or its zero padding, so the mask never
//! changes a valid offset; debug builds assert that.
//!
//! Alternatives, measured on a page of cases: checked slices take 15 % more time, an explicit comparison before each
//! access 7 % more.

use alloc::{vec, vec::Vec};

/// Bytes of a vector.
pub(super) const LANES: usize = 16;

/// A vector of 16 bytes.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct U8x16(
    #[cfg(target_feature = "simd128")] core::arch::wasm32::v128,
    #[cfg(not(target_feature = "simd128"))] [u8; LANES],
);

/// The bytes of a body and its padding: `mask + 1` bytes, a power of two, followed by one vector.
///
/// Offsets are masked to that power of two, so an access can never be out of bounds.
#[derive(Clone, Copy)]
pub(super) struct PaddedInput<'a> {
    bytes: &'a [u8],
    mask: usize,
}

impl Default for PaddedInput<'_> {
    fn default() -> Self {
        PaddedInput { bytes: &[0; LANES + 1], mask: 0 }
    }
}

impl<'a> PaddedInput<'a> {
    /// Wraps a buffer whose length is a power of two plus one vector; `None` for any other length.
    pub(super) fn new(bytes: &'a [u8]) -> Option<PaddedInput<'a>> {
        Some(PaddedInput { bytes, mask: mask_of(bytes)? })
    }

    /// Returns all bytes, including the padding.
    #[inline(always)]
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the byte at an offset.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the hot loop reads single bytes; a bounds check for each costs 7 % of its time")]
    pub(super) fn byte(self, at: usize) -> u8 {
        debug_assert!(at <= self.mask, "an offset after the padding");
        // SAFETY: `get_unchecked` needs an index below `bytes.len()`. `mask_of` has checked that the length is `mask +
        // 1 + LANES`, and `at & mask` is at most `mask`.
        unsafe { *self.bytes.get_unchecked(at & self.mask) }
    }

    /// Returns the two bytes at an offset.
    #[inline(always)]
    #[expect(unsafe_code, reason = "two bytes are read at once in the hot loop, without a bounds check")]
    pub(super) fn two_bytes(self, at: usize) -> [u8; 2] {
        debug_assert!(at <= self.mask, "an offset after the padding");
        // SAFETY: the read needs 2 readable bytes. `at & mask` is at most `mask`, and `bytes` has `mask + 1 + LANES`
        // bytes (checked by `mask_of`), so at least `LANES` bytes follow the offset. `read_unaligned` needs no
        // alignment, and every bit pattern is a valid `[u8; 2]`.
        unsafe { self.bytes.as_ptr().add(at & self.mask).cast::<[u8; 2]>().read_unaligned() }
    }

    /// Returns the eight bytes at an offset as a little-endian number.
    #[inline(always)]
    #[expect(unsafe_code, reason = "eight bytes are hashed at once in the hot loop, without a bounds check")]
    pub(super) fn u64_le(self, at: usize) -> u64 {
        debug_assert!(at <= self.mask, "an offset after the padding");
        // SAFETY: the read needs 8 readable bytes. `at & mask` is at most `mask`, and `bytes` has `mask + 1 + LANES`
        // bytes (checked by `mask_of`), so at least `LANES` = 16 bytes follow the offset. `read_unaligned` needs no
        // alignment, and every bit pattern is a valid `u64`.
        u64::from_le(unsafe { self.bytes.as_ptr().add(at & self.mask).cast::<u64>().read_unaligned() })
    }

    /// Returns the vector at an offset.
    #[inline(always)]
    #[expect(unsafe_code, reason = "vectors are read in the hot loop, without a bounds check")]
    pub(super) fn vector(self, at: usize) -> U8x16 {
        debug_assert!(at <= self.mask, "an offset after the padding");
        // SAFETY: `U8x16::read` needs `LANES` readable bytes. `at & mask` is at most `mask`, and `bytes` has `mask + 1
        // + LANES` bytes (checked by `mask_of`), so `LANES` bytes follow the offset.
        unsafe { U8x16::read(self.bytes.as_ptr().add(at & self.mask)) }
    }

    /// Returns the [`LOOKAHEAD`] bytes at an offset, or `None` after the end of the body.
    ///
    /// The padding is longer than the lookahead, so every offset inside the body has one.
    #[inline(always)]
    pub(super) fn lookahead(self, at: usize) -> Option<&'a Lookahead> {
        self.bytes.get(at..)?.first_chunk()
    }
}

/// Bytes after an offset that are covered by one bounds check.
pub(super) const LOOKAHEAD: usize = 128;
pub(super) type Lookahead = [u8; LOOKAHEAD];

/// Returns the vector at a constant offset of an array. The compiler removes the bounds check.
#[inline(always)]
pub(super) fn vector_at<const N: usize>(bytes: &[u8; N], at: usize) -> U8x16 {
    U8x16::from_array(bytes.get(at..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; LANES]))
}

/// The arena that receives the unescaped strings of a body, written by whole vectors.
///
/// It has as many bytes as the padded body. A string is never longer unescaped than escaped, so the strings of a body
/// fit.
#[derive(Debug, Default)]
pub(super) struct StringArena {
    bytes: Vec<u8>,
    mask: usize,
}

impl StringArena {
    /// Creates an arena with the capacity for all strings of a body.
    pub(super) fn for_body(body: PaddedInput<'_>) -> StringArena {
        StringArena { bytes: vec![0; body.bytes.len()], mask: body.mask }
    }

    /// Returns whether the strings of this body fit.
    pub(super) fn fits(&self, body: PaddedInput<'_>) -> bool {
        !self.bytes.is_empty() && self.mask >= body.mask
    }

    /// Returns all bytes of the arena, including the unused ones.
    #[inline(always)]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes a byte; an offset out of bounds is ignored.
    #[inline(always)]
    pub(super) fn set(&mut self, at: usize, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(at) {
            *slot = byte;
        }
    }

    /// Returns the writer of this arena.
    #[inline(always)]
    pub(super) fn writer(&mut self) -> ArenaWriter<'_> {
        ArenaWriter { bytes: &mut self.bytes, mask: self.mask }
    }
}

/// Mutable access to a [`StringArena`], without the indirection through its `Vec`.
pub(super) struct ArenaWriter<'a> {
    bytes: &'a mut [u8],
    mask: usize,
}

impl ArenaWriter<'_> {
    /// Returns all bytes of the arena, including the unused ones.
    #[inline(always)]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// Writes a byte; an offset out of bounds is ignored.
    #[inline(always)]
    pub(super) fn set(&mut self, at: usize, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(at) {
            *slot = byte;
        }
    }

    /// Returns the next `N` vectors at an offset to be written, or `None` where they do not fit.
    #[inline(always)]
    pub(super) fn vectors_mut<const N: usize>(&mut self, at: usize) -> Option<&mut [[u8; LANES]; N]> {
        self.bytes.get_mut(at..)?.as_chunks_mut().0.first_chunk_mut()
    }

    /// Writes a vector at an offset.
    #[inline(always)]
    #[expect(unsafe_code, reason = "vectors are written in the hot loop, without a bounds check")]
    pub(super) fn store(&mut self, at: usize, vector: U8x16) {
        debug_assert!(at <= self.mask, "an offset after the arena");
        // SAFETY: `U8x16::write` needs `LANES` writable bytes. `at & mask` is at most `mask`. `for_body` copied `mask`
        // and the length `mask + 1 + LANES` from a `PaddedInput` that has checked them, and neither changes later, so
        // `LANES` bytes follow the offset. The other constructor, `default`, makes an empty arena: `Decoder::finish`
        // leaves it in place of the finished one, nothing is written to it, and `fits` refuses it. The exclusive borrow
        // rules out other accesses.
        unsafe { vector.write(self.bytes.as_mut_ptr().add(at & self.mask)) }
    }

    /// Returns the vector at an offset.
    #[inline(always)]
    #[expect(unsafe_code, reason = "vectors are compared in the hot loop, without a bounds check")]
    pub(super) fn vector(&self, at: usize) -> U8x16 {
        debug_assert!(at <= self.mask, "an offset after the arena");
        // SAFETY: `U8x16::read` needs `LANES` readable, initialized bytes. `at & mask` is at most `mask`. `for_body`
        // copied `mask` and the length `mask + 1 + LANES` from a `PaddedInput` that has checked them, and neither
        // changes later, so `LANES` bytes follow the offset; all were zeroed at allocation. The other constructor,
        // `default`, makes an empty arena: `Decoder::finish` leaves it in place of the finished one, nothing is read
        // from it, and `fits` refuses it.
        unsafe { U8x16::read(self.bytes.as_ptr().add(at & self.mask)) }
    }
}

/// Constants that classify string bytes.
///
/// `(byte ^ 0x02) < 0x21`, compared as signed numbers, matches control characters, `"` and non-ASCII bytes. `\` is
/// compared separately.
const SPECIAL: [[u8; LANES]; 3] = [[0x02; LANES], [0x21; LANES], [b'\\'; LANES]];

/// Vectors of constants, loaded into registers before a loop.
///
/// Wasm engines materialize a vector constant in every iteration, with three or four instructions.
#[derive(Clone, Copy)]
pub(super) struct SimdConsts {
    #[cfg_attr(
        not(target_feature = "simd128"),
        expect(dead_code, reason = "without vectors, bytes are compared directly")
    )]
    special: [U8x16; 3],
    /// The lowest byte at each position of a date, and the distance to the highest.
    pub(super) date: [[U8x16; 2]; 2],
    /// A line feed followed by spaces.
    pub(super) line_break: U8x16,
}

impl SimdConsts {
    #[inline(always)]
    pub(super) fn load() -> SimdConsts {
        // A separator has distance 0 and tens of minutes have distance 5. The two vectors of a date overlap by eight
        // bytes.
        static CONSTS: [[u8; LANES]; 8] = [
            SPECIAL[0],
            SPECIAL[1],
            SPECIAL[2],
            *b"0000-00-00T00:00",
            *b"00T00:00:00.000Z",
            [9, 9, 9, 9, 0, 1, 9, 0, 2, 9, 0, 2, 9, 0, 5, 9],
            [2, 9, 0, 2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0],
            *b"\n               ",
        ];
        let [flip, bound, escape, least_first, least_last, above_first, above_last, line] =
            core::hint::black_box(&CONSTS);
        SimdConsts {
            special: [U8x16::from_array(flip), U8x16::from_array(bound), U8x16::from_array(escape)],
            date: [
                [U8x16::from_array(least_first), U8x16::from_array(least_last)],
                [U8x16::from_array(above_first), U8x16::from_array(above_last)],
            ],
            line_break: U8x16::from_array(line),
        }
    }
}

/// Returns the mask of offsets at which a vector can be read: one less than a power of two.
fn mask_of(bytes: &[u8]) -> Option<usize> {
    let offsets = bytes.len().checked_sub(LANES)?;
    offsets.is_power_of_two().then(|| offsets - 1)
}

#[expect(
    unsafe_code,
    reason = "vectors are loaded and stored through pointers; the module documentation gives the bounds"
)]
impl U8x16 {
    #[inline(always)]
    pub(super) fn from_array(chunk: &[u8; LANES]) -> U8x16 {
        // SAFETY: `read` needs `LANES` readable bytes; the reference is to an array of `LANES` initialized bytes.
        unsafe { U8x16::read(chunk.as_ptr()) }
    }

    #[inline(always)]
    pub(super) fn store(self, chunk: &mut [u8; LANES]) {
        // SAFETY: `write` needs `LANES` writable bytes; the exclusive reference is to an array of `LANES` bytes.
        unsafe { self.write(chunk.as_mut_ptr()) }
    }

    /// Loads a vector from memory.
    ///
    /// # Safety
    ///
    /// `from` must be valid for reads of `LANES` initialized bytes. It needs no alignment.
    #[inline(always)]
    pub(super) unsafe fn read(from: *const u8) -> U8x16 {
        // SAFETY: `read_unaligned` needs a pointer that is valid for reads of the type; the caller guarantees that for
        // `LANES` bytes, which is the size of `U8x16`. Every bit pattern is a valid `U8x16`.
        unsafe { from.cast::<U8x16>().read_unaligned() }
    }

    /// Stores a vector to memory.
    ///
    /// # Safety
    ///
    /// `to` must be valid for writes of `LANES` bytes. It needs no alignment.
    #[inline(always)]
    pub(super) unsafe fn write(self, to: *mut u8) {
        // SAFETY: `write_unaligned` needs a pointer that is valid for writes of the type; the caller guarantees that
        // for `LANES` bytes, which is the size of `U8x16`.
        unsafe { to.cast::<U8x16>().write_unaligned(self) }
    }
}

#[cfg(target_feature = "simd128")]
mod masks {
    use super::{SPECIAL, SimdConsts, U8x16};
    use core::arch::wasm32::{
        i8x16_lt, u8x16_bitmask, u8x16_eq, u8x16_splat, u8x16_sub, u8x16_sub_sat, v128_any_true, v128_not, v128_or,
        v128_xor,
    };

    impl U8x16 {
        /// Returns a bit for each byte that ends a plain run of a string: quote, backslash, control character or
        /// non-ASCII byte.
        #[inline(always)]
        pub(in crate::decode) fn special_mask(self) -> u32 {
            let [flip, bound, escape] = &SPECIAL;
            self.special_mask_of([U8x16::from_array(flip), U8x16::from_array(bound), U8x16::from_array(escape)])
        }

        /// Like [`special_mask`](Self::special_mask), with constants that are already in registers.
        #[inline(always)]
        pub(in crate::decode) fn special_mask_with(self, consts: &SimdConsts) -> u32 {
            self.special_mask_of(consts.special)
        }

        #[inline(always)]
        fn special_mask_of(self, [flip, bound, escape]: [U8x16; 3]) -> u32 {
            // `"` (0x22) differs from a space (0x20) in bit 1. With that bit flipped, `"` and the control characters
            // are below 0x21, and nothing else is but, as signed numbers, bytes from 0x80.
            let other = i8x16_lt(v128_xor(self.0, flip.0), bound.0);
            u32::from(u8x16_bitmask(v128_or(other, u8x16_eq(self.0, escape.0))))
        }

        /// Returns a bit for each byte that is not JSON whitespace.
        #[inline(always)]
        pub(in crate::decode) fn non_whitespace_mask(self) -> u32 {
            let space = v128_or(u8x16_eq(self.0, u8x16_splat(b' ')), u8x16_eq(self.0, u8x16_splat(b'\n')));
            let other = v128_or(u8x16_eq(self.0, u8x16_splat(b'\r')), u8x16_eq(self.0, u8x16_splat(b'\t')));
            u32::from(u8x16_bitmask(v128_not(v128_or(space, other))))
        }

        /// Returns a bit for each byte that differs from the other vector's.
        #[inline(always)]
        pub(in crate::decode) fn ne_mask(self, other: U8x16) -> u32 {
            u32::from(u8x16_bitmask(v128_not(u8x16_eq(self.0, other.0))))
        }

        /// Returns a bit for each byte that equals the other vector's.
        #[inline(always)]
        pub(in crate::decode) fn eq_mask(self, other: U8x16) -> u32 {
            u32::from(u8x16_bitmask(u8x16_eq(self.0, other.0)))
        }

        /// Returns for each byte by how much `byte - least` exceeds `above`; 0 is within the range.
        #[inline(always)]
        pub(in crate::decode) fn excess_over(self, least: U8x16, above: U8x16) -> U8x16 {
            U8x16(u8x16_sub_sat(u8x16_sub(self.0, least.0), above.0))
        }

        #[inline(always)]
        pub(in crate::decode) fn or(self, other: U8x16) -> U8x16 {
            U8x16(v128_or(self.0, other.0))
        }

        /// Returns whether any byte is not zero.
        #[inline(always)]
        pub(in crate::decode) fn is_any_nonzero(self) -> bool {
            v128_any_true(self.0)
        }
    }
}

#[cfg(not(target_feature = "simd128"))]
impl U8x16 {
    #[inline(always)]
    fn mask(self, test: impl Fn(u8) -> bool) -> u32 {
        self.0.iter().rev().fold(0, |mask, byte| mask << 1 | u32::from(test(*byte)))
    }

    /// Returns a bit for each byte that ends a plain run of a string: quote, backslash, control character or non-ASCII
    /// byte.
    pub(super) fn special_mask(self) -> u32 {
        self.mask(|byte| byte == b'"' || byte == b'\\' || !(0x20..0x80).contains(&byte))
    }

    /// Returns a bit for each byte that is not JSON whitespace.
    pub(super) fn non_whitespace_mask(self) -> u32 {
        self.mask(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
    }

    /// Returns a bit for each byte that differs from the other vector's.
    pub(super) fn ne_mask(self, other: U8x16) -> u32 {
        self.0.iter().zip(other.0).rev().fold(0, |mask, (a, b)| mask << 1 | u32::from(*a != b))
    }

    pub(super) fn special_mask_with(self, _: &SimdConsts) -> u32 {
        self.special_mask()
    }

    /// Returns a bit for each byte that equals the other vector's.
    pub(super) fn eq_mask(self, other: U8x16) -> u32 {
        !self.ne_mask(other) & 0xffff
    }

    /// Returns for each byte by how much `byte - least` exceeds `above`; 0 is within the range.
    pub(super) fn excess_over(self, least: U8x16, above: U8x16) -> U8x16 {
        let mut bytes = self.0;
        for ((byte, least), above) in bytes.iter_mut().zip(least.0).zip(above.0) {
            *byte = byte.wrapping_sub(least).saturating_sub(above);
        }
        U8x16(bytes)
    }

    pub(super) fn or(self, other: U8x16) -> U8x16 {
        let mut bytes = self.0;
        bytes.iter_mut().zip(other.0).for_each(|(byte, other)| *byte |= other);
        U8x16(bytes)
    }

    /// Returns whether any byte is not zero.
    pub(super) fn is_any_nonzero(self) -> bool {
        self.0 != [0; LANES]
    }
}

/// Copies a string up to its first byte that is not plain, and returns the number of plain bytes.
///
/// It copies two vectors per iteration: most strings end within them, and a branch on which of the two would be
/// mispredicted.
#[inline(always)]
pub(super) fn copy_plain(body: PaddedInput<'_>, arena: &mut ArenaWriter<'_>, start: usize, arena_len: usize) -> usize {
    let mut length = 0;
    loop {
        let (first, second) = (body.vector(start + length), body.vector(start + length + LANES));
        arena.store(arena_len + length, first);
        arena.store(arena_len + length + LANES, second);
        let special = first.special_mask() | second.special_mask() << LANES;
        if special != 0 {
            return length + special.trailing_zeros() as usize;
        }
        length += 2 * LANES;
    }
}

/// Returns a bit for each of the first 64 bytes that is not plain.
#[inline(always)]
pub(super) fn special_mask_64(lookahead: &Lookahead, consts: &SimdConsts) -> u64 {
    let low = vector_at(lookahead, 0).special_mask_with(consts)
        | vector_at(lookahead, LANES).special_mask_with(consts) << LANES;
    let high = vector_at(lookahead, 2 * LANES).special_mask_with(consts)
        | vector_at(lookahead, 3 * LANES).special_mask_with(consts) << LANES;
    u64::from(low) | u64::from(high) << (2 * LANES)
}

/// Like [`copy_plain`], without inlining, for places where a call costs little.
#[inline(never)]
pub(super) fn copy_plain_outlined(
    body: PaddedInput<'_>,
    arena: &mut ArenaWriter<'_>,
    start: usize,
    arena_len: usize,
) -> usize {
    copy_plain(body, arena, start, arena_len)
}

/// Returns whether `length` bytes are equal in both vector sources.
#[inline(always)]
pub(super) fn bytes_eq(a: impl Fn(usize) -> U8x16, b: impl Fn(usize) -> U8x16, length: usize) -> bool {
    let mut done = 0;
    while done < length {
        let mask = a(done).ne_mask(b(done)) | a(done + LANES).ne_mask(b(done + LANES)) << LANES;
        // Bytes after the end are ignored.
        let rest = length - done;
        let counted = if rest >= 2 * LANES { u32::MAX } else { (1 << rest) - 1 };
        if mask & counted != 0 {
            return false;
        }
        done += 2 * LANES;
    }
    true
}
