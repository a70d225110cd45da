//! Sixteen bytes at a time.
//!
//! With `simd128` (the wasm that is published) a lane is one vector register; without it (natively, and under Miri) the
//! same is done byte by byte. Both are held to the same tests. Loading and storing are the only unsafe code of the
//! decoder. [`Padded`] and [`Text`] make them safe: they take places modulo a power of two behind which there is room for
//! a lane. (Checked slices instead cost a page of cases 15 % more time, a comparison of its own for each 7 %.)

use alloc::{vec, vec::Vec};

/// How many bytes a lane has.
pub(super) const LANES: usize = 16;

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(super) struct U8x16(Bytes);

#[cfg(target_feature = "simd128")]
type Bytes = core::arch::wasm32::v128;
#[cfg(not(target_feature = "simd128"))]
type Bytes = [u8; LANES];

/// Bytes that lanes are read from: a power of two of places, and room for a lane behind the last.
///
/// Places are taken modulo that power, so that no place is out of bounds. Who reads keeps to the body and the zeros
/// behind it, so that none is ever changed by that.
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
    /// These bytes, if there are a power of two of them, and a lane.
    pub(super) fn new(bytes: &'a [u8]) -> Option<PaddedInput<'a>> {
        Some(PaddedInput { bytes, mask: mask_of(bytes)? })
    }

    /// All of them.
    #[inline(always)]
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The byte there.
    #[inline(always)]
    #[expect(unsafe_code, reason = "a body is read byte by byte in many places of the one loop that counts")]
    pub(super) fn byte(self, at: usize) -> u8 {
        debug_assert!(at <= self.mask, "a place behind the zeros");
        // SAFETY: a place modulo the power of two is one of `bytes`, which are more.
        unsafe { *self.bytes.get_unchecked(at & self.mask) }
    }

    /// The two bytes that begin there.
    #[inline(always)]
    #[expect(unsafe_code, reason = "as above")]
    pub(super) fn two_bytes(self, at: usize) -> [u8; 2] {
        debug_assert!(at <= self.mask, "a place behind the zeros");
        // SAFETY: a lane's bytes follow any place modulo the power of two.
        unsafe { self.bytes.as_ptr().add(at & self.mask).cast::<[u8; 2]>().read_unaligned() }
    }

    /// The eight bytes that begin there, as a number.
    #[inline(always)]
    #[expect(unsafe_code, reason = "as above")]
    pub(super) fn u64_le(self, at: usize) -> u64 {
        debug_assert!(at <= self.mask, "a place behind the zeros");
        // SAFETY: a lane's bytes follow any place modulo the power of two. The read needs no alignment.
        u64::from_le(unsafe { self.bytes.as_ptr().add(at & self.mask).cast::<u64>().read_unaligned() })
    }

    /// The lane that begins there.
    #[inline(always)]
    #[expect(unsafe_code, reason = "as above")]
    pub(super) fn vector(self, at: usize) -> U8x16 {
        debug_assert!(at <= self.mask, "a place behind the zeros");
        // SAFETY: as above.
        unsafe { U8x16::read(self.bytes.as_ptr().add(at & self.mask)) }
    }

    /// What is near that place, if it is in the body: behind it there are zeros enough.
    #[inline(always)]
    pub(super) fn lookahead(self, at: usize) -> Option<&'a Lookahead> {
        self.bytes.get(at..)?.first_chunk()
    }
}

/// So many bytes from a place on are looked at without asking again whether they are there.
pub(super) const LOOKAHEAD: usize = 128;
pub(super) type Lookahead = [u8; LOOKAHEAD];

/// The lane that begins at a place of an array that the compiler knows to be in it.
#[inline(always)]
pub(super) fn vector_at<const N: usize>(bytes: &[u8; N], at: usize) -> U8x16 {
    U8x16::from_array(bytes.get(at..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; LANES]))
}

/// Bytes that lanes are written to: a power of two of places, as many as a body's, so that whatever is copied of it has
/// room; and room for a lane behind the last.
#[derive(Debug, Default)]
pub(super) struct StringArena {
    bytes: Vec<u8>,
    mask: usize,
}

impl StringArena {
    /// A text with room for what is copied of a body.
    pub(super) fn for_body(body: PaddedInput<'_>) -> StringArena {
        StringArena { bytes: vec![0; body.bytes.len()], mask: body.mask }
    }

    /// Whether it has room for what is copied of a body.
    pub(super) fn fits(&self, body: PaddedInput<'_>) -> bool {
        self.mask >= body.mask
    }

    /// All of its bytes.
    #[inline(always)]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes a byte.
    #[inline(always)]
    pub(super) fn set(&mut self, at: usize, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(at) {
            *slot = byte;
        }
    }

    /// To write lanes.
    #[inline(always)]
    pub(super) fn writer(&mut self) -> ArenaWriter<'_> {
        ArenaWriter { bytes: &mut self.bytes, mask: self.mask }
    }
}

/// A [`Text`] while it is written to.
pub(super) struct ArenaWriter<'a> {
    bytes: &'a mut [u8],
    mask: usize,
}

impl ArenaWriter<'_> {
    /// All of its bytes.
    #[inline(always)]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// Writes a byte.
    #[inline(always)]
    pub(super) fn set(&mut self, at: usize, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(at) {
            *slot = byte;
        }
    }

    /// The room near a place, if there is so much.
    #[inline(always)]
    pub(super) fn vectors_mut<const N: usize>(&mut self, at: usize) -> Option<&mut [[u8; LANES]; N]> {
        self.bytes.get_mut(at..)?.as_chunks_mut().0.first_chunk_mut()
    }

    /// Writes a lane.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the one place where the text is written without a check of its own")]
    pub(super) fn store(&mut self, at: usize, lane: U8x16) {
        debug_assert!(at <= self.mask, "a place behind the room");
        // SAFETY: a text is made with room for a lane behind any place modulo the power of two. The write needs no
        // alignment.
        unsafe { lane.write(self.bytes.as_mut_ptr().add(at & self.mask)) }
    }

    /// The lane that begins there.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the one place where the text is read without a check of its own")]
    pub(super) fn vector(&self, at: usize) -> U8x16 {
        debug_assert!(at <= self.mask, "a place behind the room");
        // SAFETY: as above.
        unsafe { U8x16::read(self.bytes.as_ptr().add(at & self.mask)) }
    }
}

/// What tells plain bytes of a string: a bit to flip, the bound below which there is none then, and the one above it that
/// is none either.
const SPECIAL: [[u8; LANES]; 3] = [[0x02; LANES], [0x21; LANES], [b'\\'; LANES]];

/// Lanes that others are compared with. Engines make a constant anew in each round of a loop, in three instructions or
/// four; what is read from memory before the loop stays in a register.
#[derive(Clone, Copy)]
pub(super) struct SimdConsts {
    #[cfg_attr(not(target_feature = "simd128"), expect(dead_code, reason = "natively a byte is compared as it is"))]
    special: [U8x16; 3],
    /// What each place of a date and time is at least, and how much above it at most.
    pub(super) date: [[U8x16; 2]; 2],
    /// A line's end, and spaces.
    pub(super) line_break: U8x16,
}

impl SimdConsts {
    #[inline(always)]
    pub(super) fn load() -> SimdConsts {
        // What each place is above the least letter that can stand there, at most: a separator is itself, and no minute
        // has more than five tens. The two lanes overlap by half.
        static MARKS: [[u8; LANES]; 8] = [
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
            core::hint::black_box(&MARKS);
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

/// One less than the power of two of places from which a lane can be read.
fn mask_of(bytes: &[u8]) -> Option<usize> {
    let places = bytes.len().checked_sub(LANES)?;
    places.is_power_of_two().then(|| places - 1)
}

#[expect(unsafe_code, reason = "see the module's documentation")]
impl U8x16 {
    #[inline(always)]
    pub(super) fn from_array(chunk: &[u8; LANES]) -> U8x16 {
        // SAFETY: the reference is valid for reads of a lane's bytes.
        unsafe { U8x16::read(chunk.as_ptr()) }
    }

    #[inline(always)]
    pub(super) fn store(self, chunk: &mut [u8; LANES]) {
        // SAFETY: the reference is valid for writes of a lane's bytes.
        unsafe { self.write(chunk.as_mut_ptr()) }
    }

    /// # Safety
    /// Sixteen bytes can be read there.
    #[inline(always)]
    unsafe fn read(from: *const u8) -> U8x16 {
        // SAFETY: so the caller says.
        U8x16(unsafe { from.cast::<Bytes>().read_unaligned() })
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
    use super::{SPECIAL, SimdConsts, U8x16};
    use core::arch::wasm32::{
        i8x16_lt, u8x16_bitmask, u8x16_eq, u8x16_splat, u8x16_sub, u8x16_sub_sat, v128_any_true, v128_not, v128_or,
        v128_xor,
    };

    impl U8x16 {
        /// A bit for each byte that a string's plain run cannot hold: a quote, a backslash, a control character, or
        /// the beginning of a character that is not ASCII.
        #[inline(always)]
        pub(in crate::decode) fn special_mask(self) -> u32 {
            let [flip, bound, escape] = &SPECIAL;
            self.special_mask_of([U8x16::from_array(flip), U8x16::from_array(bound), U8x16::from_array(escape)])
        }

        /// The same, with consts that were read before.
        #[inline(always)]
        pub(in crate::decode) fn special_mask_with(self, consts: &SimdConsts) -> u32 {
            self.special_mask_of(consts.special)
        }

        #[inline(always)]
        fn special_mask_of(self, [flip, bound, escape]: [U8x16; 3]) -> u32 {
            // A quote differs from a space in one bit, and so do control characters from others of them: flipped, both
            // are below what nothing else is below but, as signed numbers, bytes from 0x80 on.
            let other = i8x16_lt(v128_xor(self.0, flip.0), bound.0);
            u32::from(u8x16_bitmask(v128_or(other, u8x16_eq(self.0, escape.0))))
        }

        /// A bit for each byte that is no white space of JSON.
        #[inline(always)]
        pub(in crate::decode) fn non_whitespace_mask(self) -> u32 {
            let space = v128_or(u8x16_eq(self.0, u8x16_splat(b' ')), u8x16_eq(self.0, u8x16_splat(b'\n')));
            let other = v128_or(u8x16_eq(self.0, u8x16_splat(b'\r')), u8x16_eq(self.0, u8x16_splat(b'\t')));
            u32::from(u8x16_bitmask(v128_not(v128_or(space, other))))
        }

        /// A bit for each byte that differs from the other lane's.
        #[inline(always)]
        pub(in crate::decode) fn ne_mask(self, other: U8x16) -> u32 {
            u32::from(u8x16_bitmask(v128_not(u8x16_eq(self.0, other.0))))
        }

        /// A bit for each byte that equals the other lane's.
        #[inline(always)]
        pub(in crate::decode) fn eq_mask(self, other: U8x16) -> u32 {
            u32::from(u8x16_bitmask(u8x16_eq(self.0, other.0)))
        }

        /// How much each byte is more above its least than it may be; 0 is nothing.
        #[inline(always)]
        pub(in crate::decode) fn excess_over(self, least: U8x16, above: U8x16) -> U8x16 {
            U8x16(u8x16_sub_sat(u8x16_sub(self.0, least.0), above.0))
        }

        #[inline(always)]
        pub(in crate::decode) fn or(self, other: U8x16) -> U8x16 {
            U8x16(v128_or(self.0, other.0))
        }

        /// Whether any byte is other than zero.
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

    /// A bit for each byte that a string's plain run cannot hold: a quote, a backslash, a control character, or the
    /// beginning of a character that is not ASCII.
    pub(super) fn special_mask(self) -> u32 {
        self.mask(|byte| byte == b'"' || byte == b'\\' || !(0x20..0x80).contains(&byte))
    }

    /// A bit for each byte that is no white space of JSON.
    pub(super) fn non_whitespace_mask(self) -> u32 {
        self.mask(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
    }

    /// A bit for each byte that differs from the other lane's.
    pub(super) fn ne_mask(self, other: U8x16) -> u32 {
        self.0.iter().zip(other.0).rev().fold(0, |mask, (a, b)| mask << 1 | u32::from(*a != b))
    }

    pub(super) fn special_mask_with(self, _: &SimdConsts) -> u32 {
        self.special_mask()
    }

    /// A bit for each byte that equals the other lane's.
    pub(super) fn eq_mask(self, other: U8x16) -> u32 {
        !self.ne_mask(other) & 0xffff
    }

    /// How much each byte is more above its least than it may be; 0 is nothing.
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

    /// Whether any byte is other than zero.
    pub(super) fn is_any_nonzero(self) -> bool {
        self.0 != [0; LANES]
    }
}

/// Copies a string up to its first byte that is not plain; gives how many bytes that are. Two lanes at once: most
/// strings end in them, and whether in the first or in the second cannot be foretold.
#[inline(always)]
pub(super) fn copy_plain(body: PaddedInput<'_>, text: &mut ArenaWriter<'_>, start: usize, used: usize) -> usize {
    let mut length = 0;
    loop {
        let (first, second) = (body.vector(start + length), body.vector(start + length + LANES));
        text.store(used + length, first);
        text.store(used + length + LANES, second);
        let odd = first.special_mask() | second.special_mask() << LANES;
        if odd != 0 {
            return length + odd.trailing_zeros() as usize;
        }
        length += 2 * LANES;
    }
}

/// A bit for each of the first bytes that is not plain.
#[inline(always)]
pub(super) fn special_mask_64(near: &Lookahead, consts: &SimdConsts) -> u64 {
    let low = vector_at(near, 0).special_mask_with(consts) | vector_at(near, LANES).special_mask_with(consts) << LANES;
    let high = vector_at(near, 2 * LANES).special_mask_with(consts)
        | vector_at(near, 3 * LANES).special_mask_with(consts) << LANES;
    u64::from(low) | u64::from(high) << (2 * LANES)
}

/// The same, where a call more does not count.
#[inline(never)]
pub(super) fn copy_plain_outlined(
    body: PaddedInput<'_>,
    text: &mut ArenaWriter<'_>,
    start: usize,
    used: usize,
) -> usize {
    copy_plain(body, text, start, used)
}

/// Whether the same `length` bytes stand at both places, as far as lanes read from there say.
#[inline(always)]
pub(super) fn bytes_eq(a: impl Fn(usize) -> U8x16, b: impl Fn(usize) -> U8x16, length: usize) -> bool {
    let mut done = 0;
    while done < length {
        let differs = a(done).ne_mask(b(done)) | a(done + LANES).ne_mask(b(done + LANES)) << LANES;
        // What lies behind the end does not count.
        let left = length - done;
        let counted = if left >= 2 * LANES { u32::MAX } else { (1 << left) - 1 };
        if differs & counted != 0 {
            return false;
        }
        done += 2 * LANES;
    }
    true
}
