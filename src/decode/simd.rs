//! 16-byte vectors, and the buffers that they are read from and written to.
//!
//! With `simd128` (the published wasm) a vector is one register; without it (natively, and under Miri) it is an array
//! that is processed byte by byte. Both run the same tests.
//!
//! Loads, stores, texts that are appended and the text of bytes that are ASCII are the only unsafe code of the decoder.
//! [`PaddedInput`] and [`StringArena`] make loads and stores safe by construction: their buffers have `mask + 1 + LANES` bytes, where
//! `mask + 1` is a power of two, and every offset is masked with `mask`. An access of up to `LANES` bytes at a masked
//! offset is therefore in bounds. Callers only pass offsets inside the body or its zero padding, so the mask never
//! changes a valid offset; debug builds assert that.
//!
//! Alternatives, measured on a page of cases: checked slices take 15 % more time, an explicit comparison before each
//! access 7 % more.

#[cfg(feature = "store")]
use alloc::string::String;
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

/// Returns bytes as text if all of them are ASCII.
#[cfg(feature = "store")]
#[expect(unsafe_code, reason = "to validate as UTF-8 what is known to be ASCII takes four times as long as to know it")]
pub(super) fn ascii_text(bytes: &[u8]) -> Option<&str> {
    // SAFETY: `from_utf8_unchecked` needs valid UTF-8. ASCII is, and `is_ascii` has read all bytes.
    bytes.is_ascii().then(|| unsafe { core::str::from_utf8_unchecked(bytes) })
}

/// Returns bytes as text if they are UTF-8 (RFC 3629, section 4).
///
/// Texts are mostly ASCII, with some characters beyond it: those are read one by one, and all others by vectors.
#[cfg(feature = "store")]
#[expect(unsafe_code, reason = "where the module is built for size, Rust's validation reads byte by byte")]
pub(super) fn utf8_text(bytes: &[u8]) -> Option<&str> {
    let mut rest = bytes;
    loop {
        rest = match rest.get(ascii_len(rest)..)? {
            [] => break,
            [0xc2..=0xdf, 0x80..=0xbf, rest @ ..]
            | [0xe0, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..]
            | [0xe1..=0xec | 0xee | 0xef, 0x80..=0xbf, 0x80..=0xbf, rest @ ..]
            | [0xed, 0x80..=0x9f, 0x80..=0xbf, rest @ ..]
            | [0xf0, 0x90..=0xbf, 0x80..=0xbf, 0x80..=0xbf, rest @ ..]
            | [0xf1..=0xf3, 0x80..=0xbf, 0x80..=0xbf, 0x80..=0xbf, rest @ ..]
            | [0xf4, 0x80..=0x8f, 0x80..=0xbf, 0x80..=0xbf, rest @ ..] => rest,
            _ => return None,
        };
    }
    // SAFETY: `from_utf8_unchecked` needs valid UTF-8: the loop has read all bytes, each as ASCII or as part of a character.
    Some(unsafe { core::str::from_utf8_unchecked(bytes) })
}

/// Returns the number of ASCII bytes before another one, or the end.
#[cfg(feature = "store")]
#[inline(always)]
fn ascii_len(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<LANES>();
    let mut length = 0;
    for chunk in chunks {
        #[cfg(target_feature = "simd128")]
        let others = core::arch::wasm32::u8x16_bitmask(load_vector(chunk));
        #[cfg(not(target_feature = "simd128"))]
        let others = chunk.iter().rev().fold(0_u16, |mask, byte| mask << 1 | u16::from(*byte >> 7));
        if others != 0 {
            return length + others.trailing_zeros() as usize;
        }
        length += LANES;
    }
    length + rest.iter().take_while(|byte| byte.is_ascii()).count()
}

/// Appends a text. `memory.copy`, by which Rust copies, is a call out of the module that takes longer than a short text.
#[cfg(feature = "store")]
#[expect(unsafe_code, reason = "vectors are copied to the memory after a text; the ends of a text overlap")]
#[inline(never)]
pub(crate) fn append_text(to: &mut String, text: &str) {
    let (from, length) = (text.as_ptr(), text.len());
    to.reserve(length);
    // SAFETY: `as_mut_vec` needs that the bytes are UTF-8 afterwards, which those of two texts are. `reserve` has found
    // `length` bytes after the last one: `copy` writes them, and `set_len` counts them. `text` is borrowed, so that it is
    // not in the memory that is written.
    unsafe {
        let bytes = to.as_mut_vec();
        copy(from, bytes.as_mut_ptr().add(bytes.len()), length);
        bytes.set_len(bytes.len() + length);
    }
}

/// Copies bytes between different places.
///
/// # Safety
///
/// `from` must be valid for reads of `length` initialized bytes, `to` for writes of as many, and they must not overlap.
#[cfg(feature = "store")]
#[expect(unsafe_code, reason = "vectors are copied through pointers")]
#[inline(always)]
unsafe fn copy(from: *const u8, to: *mut u8, length: usize) {
    // SAFETY: each access is of `size` bytes at an offset of at most `length - size`; they need no alignment.
    unsafe {
        if let Some(last) = length.checked_sub(LANES) {
            let mut at = 0;
            loop {
                // The last vector overlaps the one before it. With another loop, LLVM would write `memory.copy`.
                let here = last.min(at);
                U8x16::read(from.add(here)).write(to.add(here));
                if here == last {
                    return;
                }
                at += LANES;
            }
        } else if let Some(last) = length.checked_sub(8) {
            let [first, end] = [0, last].map(|at| from.add(at).cast::<u64>().read_unaligned());
            to.cast::<u64>().write_unaligned(first);
            to.add(last).cast::<u64>().write_unaligned(end);
        } else if let Some(last) = length.checked_sub(4) {
            let [first, end] = [0, last].map(|at| from.add(at).cast::<u32>().read_unaligned());
            to.cast::<u32>().write_unaligned(first);
            to.add(last).cast::<u32>().write_unaligned(end);
        } else if let Some(last) = length.checked_sub(1) {
            for at in [0, length / 2, last] {
                to.add(at).write(from.add(at).read());
            }
        }
    }
}

/// Returns whether bytes are the same. Rust compares byte by byte where the module's bytes count.
#[cfg(feature = "store")]
#[expect(unsafe_code, reason = "vectors are loaded through pointers; the ends of a text overlap")]
#[inline(never)]
pub(crate) fn is_same_text(one: &[u8], other: &[u8]) -> bool {
    let length = one.len();
    if other.len() != length {
        return false;
    }
    let (one, other) = (one.as_ptr(), other.as_ptr());
    // SAFETY: each load is of `size` bytes at an offset of at most `length - size`, and both have `length` initialized
    // bytes; they need no alignment.
    unsafe {
        if let Some(last) = length.checked_sub(LANES) {
            let mut at = 0;
            loop {
                // The last vector overlaps the one before it.
                let here = last.min(at);
                if U8x16::read(one.add(here)).ne_mask(U8x16::read(other.add(here))) != 0 {
                    return false;
                }
                if here == last {
                    return true;
                }
                at += LANES;
            }
        }
        if let Some(last) = length.checked_sub(8) {
            let word = |from: *const u8| from.cast::<u64>().read_unaligned();
            return word(one) == word(other) && word(one.add(last)) == word(other.add(last));
        }
        if let Some(last) = length.checked_sub(4) {
            let word = |from: *const u8| from.cast::<u32>().read_unaligned();
            return word(one) == word(other) && word(one.add(last)) == word(other.add(last));
        }
        (0..length).all(|at| one.add(at).read() == other.add(at).read())
    }
}

/// Returns whether one of some words, little-endian, exceeds its limit.
#[cfg(feature = "store")]
pub(super) fn exceed(words: &[[u8; 4]], limits: &[u32]) -> bool {
    #[cfg(target_feature = "simd128")]
    let (is_exceeded, words, limits) = {
        use core::arch::wasm32::{u32x4_gt, u32x4_splat, v128_any_true, v128_or};
        let ((four_words, words), (four_limits, limits)) = (words.as_chunks::<4>(), limits.as_chunks::<4>());
        let mut found = u32x4_splat(0);
        for (words, limits) in four_words.iter().zip(four_limits) {
            found = v128_or(found, u32x4_gt(load_vector(words), load_vector(limits)));
        }
        (v128_any_true(found), words, limits)
    };
    #[cfg(not(target_feature = "simd128"))]
    let is_exceeded = false;
    is_exceeded || words.iter().zip(limits).any(|(word, limit)| u32::from_le_bytes(*word) > *limit)
}

/// Loads the lanes of a vector.
#[cfg(all(feature = "store", target_feature = "simd128"))]
#[expect(unsafe_code, reason = "a vector of separate lanes is loaded lane by lane")]
#[inline(always)]
pub(crate) fn load_vector<T: Copy, const N: usize>(lanes: &[T; N]) -> core::arch::wasm32::v128 {
    const { assert!(size_of::<[T; N]>() == LANES, "16 bytes") };
    // SAFETY: `v128_load` needs 16 readable bytes; the reference is to lanes of so many bytes. It needs no alignment.
    unsafe { core::arch::wasm32::v128_load(lanes.as_ptr().cast()) }
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
    unsafe fn read(from: *const u8) -> U8x16 {
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
    unsafe fn write(self, to: *mut u8) {
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

#[cfg(all(test, feature = "store"))]
mod tests {
    use super::{append_text, is_same_text, utf8_text};
    use alloc::{string::String, vec::Vec};

    const LETTERS: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn bytes_are_text_where_they_are_utf_8() {
        assert_eq!(utf8_text(b""), Some(""));
        // Every pair, and every last byte of some characters, at places of a vector and at the end.
        let pairs = (0..=u16::MAX).map(|pair| pair.to_be_bytes().to_vec());
        let parts =
            [&[0xe0, 0xa0][..], &[0xe1, 0x80], &[0xed, 0x9f], &[0xed, 0xa0], &[0xf0, 0x90, 0x80], &[0xf4, 0x8f, 0xbf]];
        let longer = parts.iter().flat_map(|part| (0..=u8::MAX).map(|last| [part, &[last][..]].concat()));
        for (number, sequence) in pairs.chain(longer).enumerate() {
            let before = &LETTERS[..[0, 1, 14, 15, 16, 31][number % 6]];
            for after in ["", "z", "0123456789abcdef"] {
                let bytes = [before, &sequence, after.as_bytes()].concat();
                assert_eq!(utf8_text(&bytes), core::str::from_utf8(&bytes).ok(), "{bytes:x?}");
            }
        }
    }

    #[test]
    fn characters_that_are_cut_or_changed_are_no_text() {
        let mut bytes = Vec::new();
        for c in (0..=u32::from(char::MAX)).step_by(97).filter_map(char::from_u32) {
            bytes.extend_from_slice("·ab".as_bytes());
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        assert!(utf8_text(&bytes).is_some());
        let last = &bytes[bytes.len() - 300..];
        for at in 0..300 {
            assert_eq!(utf8_text(&last[..at]), core::str::from_utf8(&last[..at]).ok());
            for flipped in [0x80, 0x40, 0x20, 0x10, 1] {
                let mut changed = last.to_vec();
                changed[at] ^= flipped;
                assert_eq!(utf8_text(&changed), core::str::from_utf8(&changed).ok());
            }
        }
    }

    #[test]
    fn a_text_of_any_length_is_appended() {
        let text: String = ('a'..='z').chain('é'..='ÿ').cycle().take(200).collect();
        let mut appended = String::from("-");
        let mut expected = appended.clone();
        for part in (0..=text.len()).filter_map(|end| text.get(..end)) {
            append_text(&mut appended, part);
            expected.push_str(part);
            assert_eq!(appended, expected);
        }
        append_text(&mut appended, "😀");
        assert!(appended.ends_with("😀"));
    }

    #[test]
    fn texts_that_differ_in_any_byte_are_not_the_same() {
        let text: Vec<u8> = (0..70).collect();
        for length in 0..=text.len() {
            let one = text.get(..length).unwrap_or_default();
            let mut other = one.to_vec();
            assert!(is_same_text(one, &other));
            for at in 0..length {
                other.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
                assert!(!is_same_text(one, &other), "{at} of {length}");
                other.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
            }
            other.push(0);
            assert!(!is_same_text(one, &other));
        }
    }
}
