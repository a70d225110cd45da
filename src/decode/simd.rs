//! Sixteen bytes at a time.
//!
//! With `simd128` (the wasm that is published) a lane is one vector register; without it (natively, and under Miri) the
//! same is done byte by byte. Both are held to the same tests. Loading and storing are the only unsafe code of the
//! decoder. [`Padded`] and [`Text`] make them safe: they take places modulo a power of two behind which there is room for
//! a lane. (Checked slices instead cost a page of cases 15 % more time, a comparison of its own for each 7 %.)

use alloc::{vec, vec::Vec};

/// How many bytes a lane has.
pub(super) const LANE: usize = 16;

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(super) struct Lane(Bytes);

#[cfg(target_feature = "simd128")]
type Bytes = core::arch::wasm32::v128;
#[cfg(not(target_feature = "simd128"))]
type Bytes = [u8; LANE];

/// Bytes that lanes are read from: a power of two of places, and room for a lane behind the last.
///
/// Places are taken modulo that power, so that no place is out of bounds. Who reads keeps to the body and the zeros
/// behind it, so that none is ever changed by that.
#[derive(Clone, Copy)]
pub(super) struct Padded<'a> {
    bytes: &'a [u8],
    mask: usize,
}

impl Default for Padded<'_> {
    fn default() -> Self {
        Padded { bytes: &[0; LANE + 1], mask: 0 }
    }
}

impl<'a> Padded<'a> {
    /// These bytes, if there are a power of two of them, and a lane.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Padded<'a>> {
        Some(Padded { bytes, mask: mask_of(bytes)? })
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
    pub(super) fn pair(self, at: usize) -> [u8; 2] {
        debug_assert!(at <= self.mask, "a place behind the zeros");
        // SAFETY: a lane's bytes follow any place modulo the power of two.
        unsafe { self.bytes.as_ptr().add(at & self.mask).cast::<[u8; 2]>().read_unaligned() }
    }

    /// The eight bytes that begin there, as a number.
    #[inline(always)]
    #[expect(unsafe_code, reason = "as above")]
    pub(super) fn word(self, at: usize) -> u64 {
        debug_assert!(at <= self.mask, "a place behind the zeros");
        // SAFETY: a lane's bytes follow any place modulo the power of two. The read needs no alignment.
        u64::from_le(unsafe { self.bytes.as_ptr().add(at & self.mask).cast::<u64>().read_unaligned() })
    }

    /// The lane that begins there.
    #[inline(always)]
    #[expect(unsafe_code, reason = "as above")]
    pub(super) fn lane(self, at: usize) -> Lane {
        debug_assert!(at <= self.mask, "a place behind the zeros");
        // SAFETY: as above.
        unsafe { Lane::read(self.bytes.as_ptr().add(at & self.mask)) }
    }

    /// What is near that place, if it is in the body: behind it there are zeros enough.
    #[inline(always)]
    pub(super) fn near(self, at: usize) -> Option<&'a Near> {
        self.bytes.get(at..)?.first_chunk()
    }
}

/// So many bytes from a place on are looked at without asking again whether they are there.
pub(super) const NEAR: usize = 128;
pub(super) type Near = [u8; NEAR];

/// The lane that begins at a place of an array that the compiler knows to be in it.
#[inline(always)]
pub(super) fn lane_of<const N: usize>(bytes: &[u8; N], at: usize) -> Lane {
    Lane::of(bytes.get(at..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; LANE]))
}

/// Bytes that lanes are written to: a power of two of places, as many as a body's, so that whatever is copied of it has
/// room; and room for a lane behind the last.
#[derive(Debug, Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    mask: usize,
}

impl Text {
    /// A text with room for what is copied of a body.
    pub(super) fn for_body(body: Padded<'_>) -> Text {
        Text { bytes: vec![0; body.bytes.len()], mask: body.mask }
    }

    /// Whether it has room for what is copied of a body.
    pub(super) fn fits(&self, body: Padded<'_>) -> bool {
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
    pub(super) fn room(&mut self) -> Room<'_> {
        Room { bytes: &mut self.bytes, mask: self.mask }
    }
}

/// A [`Text`] while it is written to.
pub(super) struct Room<'a> {
    bytes: &'a mut [u8],
    mask: usize,
}

impl Room<'_> {
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
    pub(super) fn near<const LANES: usize>(&mut self, at: usize) -> Option<&mut [[u8; LANE]; LANES]> {
        self.bytes.get_mut(at..)?.as_chunks_mut().0.first_chunk_mut()
    }

    /// Writes a lane.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the one place where the text is written without a check of its own")]
    pub(super) fn put(&mut self, at: usize, lane: Lane) {
        debug_assert!(at <= self.mask, "a place behind the room");
        // SAFETY: a text is made with room for a lane behind any place modulo the power of two. The write needs no
        // alignment.
        unsafe { lane.write(self.bytes.as_mut_ptr().add(at & self.mask)) }
    }

    /// The lane that begins there.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the one place where the text is read without a check of its own")]
    pub(super) fn lane(&self, at: usize) -> Lane {
        debug_assert!(at <= self.mask, "a place behind the room");
        // SAFETY: as above.
        unsafe { Lane::read(self.bytes.as_ptr().add(at & self.mask)) }
    }
}

/// What tells plain bytes of a string: a bit to flip, the bound below which there is none then, and the one above it that
/// is none either.
const PLAIN: [[u8; LANE]; 3] = [[0x02; LANE], [0x21; LANE], [b'\\'; LANE]];

/// Lanes that others are compared with. Engines make a constant anew in each round of a loop, in three instructions or
/// four; what is read from memory before the loop stays in a register.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    #[cfg_attr(not(target_feature = "simd128"), expect(dead_code, reason = "natively a byte is compared as it is"))]
    plain: [Lane; 3],
    /// What each place of a date and time is at least, and how much above it at most.
    pub(super) date: [[Lane; 2]; 2],
    /// A line's end, and spaces.
    pub(super) line: Lane,
}

impl Marks {
    #[inline(always)]
    pub(super) fn read() -> Marks {
        // What each place is above the least letter that can stand there, at most: a separator is itself, and no minute
        // has more than five tens. The two lanes overlap by half.
        static MARKS: [[u8; LANE]; 8] = [
            PLAIN[0],
            PLAIN[1],
            PLAIN[2],
            *b"0000-00-00T00:00",
            *b"00T00:00:00.000Z",
            [9, 9, 9, 9, 0, 1, 9, 0, 2, 9, 0, 2, 9, 0, 5, 9],
            [2, 9, 0, 2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0],
            *b"\n               ",
        ];
        let [flip, bound, escape, least_first, least_last, above_first, above_last, line] =
            core::hint::black_box(&MARKS);
        Marks {
            plain: [Lane::of(flip), Lane::of(bound), Lane::of(escape)],
            date: [[Lane::of(least_first), Lane::of(least_last)], [Lane::of(above_first), Lane::of(above_last)]],
            line: Lane::of(line),
        }
    }
}

/// One less than the power of two of places from which a lane can be read.
fn mask_of(bytes: &[u8]) -> Option<usize> {
    let places = bytes.len().checked_sub(LANE)?;
    places.is_power_of_two().then(|| places - 1)
}

#[expect(unsafe_code, reason = "see the module's documentation")]
impl Lane {
    #[inline(always)]
    pub(super) fn of(chunk: &[u8; LANE]) -> Lane {
        // SAFETY: the reference is valid for reads of a lane's bytes.
        unsafe { Lane::read(chunk.as_ptr()) }
    }

    #[inline(always)]
    pub(super) fn put(self, chunk: &mut [u8; LANE]) {
        // SAFETY: the reference is valid for writes of a lane's bytes.
        unsafe { self.write(chunk.as_mut_ptr()) }
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
    use super::{Lane, Marks, PLAIN};
    use core::arch::wasm32::{
        i8x16_lt, u8x16_bitmask, u8x16_eq, u8x16_splat, u8x16_sub, u8x16_sub_sat, v128_any_true, v128_not, v128_or,
        v128_xor,
    };

    impl Lane {
        /// A bit for each byte that a string's plain run cannot hold: a quote, a backslash, a control character, or
        /// the beginning of a character that is not ASCII.
        #[inline(always)]
        pub(in crate::decode) fn odd(self) -> u32 {
            let [flip, bound, escape] = &PLAIN;
            self.odd_among([Lane::of(flip), Lane::of(bound), Lane::of(escape)])
        }

        /// The same, with marks that were read before.
        #[inline(always)]
        pub(in crate::decode) fn odd_by(self, marks: &Marks) -> u32 {
            self.odd_among(marks.plain)
        }

        #[inline(always)]
        fn odd_among(self, [flip, bound, escape]: [Lane; 3]) -> u32 {
            // A quote differs from a space in one bit, and so do control characters from others of them: flipped, both
            // are below what nothing else is below but, as signed numbers, bytes from 0x80 on.
            let other = i8x16_lt(v128_xor(self.0, flip.0), bound.0);
            u32::from(u8x16_bitmask(v128_or(other, u8x16_eq(self.0, escape.0))))
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

        /// A bit for each byte that equals the other lane's.
        #[inline(always)]
        pub(in crate::decode) fn equals(self, other: Lane) -> u32 {
            u32::from(u8x16_bitmask(u8x16_eq(self.0, other.0)))
        }

        /// How much each byte is more above its least than it may be; 0 is nothing.
        #[inline(always)]
        pub(in crate::decode) fn beyond(self, least: Lane, above: Lane) -> Lane {
            Lane(u8x16_sub_sat(u8x16_sub(self.0, least.0), above.0))
        }

        #[inline(always)]
        pub(in crate::decode) fn or(self, other: Lane) -> Lane {
            Lane(v128_or(self.0, other.0))
        }

        /// Whether any byte is other than zero.
        #[inline(always)]
        pub(in crate::decode) fn is_any(self) -> bool {
            v128_any_true(self.0)
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

    pub(super) fn odd_by(self, _: &Marks) -> u32 {
        self.odd()
    }

    /// A bit for each byte that equals the other lane's.
    pub(super) fn equals(self, other: Lane) -> u32 {
        !self.differs(other) & 0xffff
    }

    /// How much each byte is more above its least than it may be; 0 is nothing.
    pub(super) fn beyond(self, least: Lane, above: Lane) -> Lane {
        let mut bytes = self.0;
        for ((byte, least), above) in bytes.iter_mut().zip(least.0).zip(above.0) {
            *byte = byte.wrapping_sub(least).saturating_sub(above);
        }
        Lane(bytes)
    }

    pub(super) fn or(self, other: Lane) -> Lane {
        let mut bytes = self.0;
        bytes.iter_mut().zip(other.0).for_each(|(byte, other)| *byte |= other);
        Lane(bytes)
    }

    /// Whether any byte is other than zero.
    pub(super) fn is_any(self) -> bool {
        self.0 != [0; LANE]
    }
}

/// Copies a string up to its first byte that is not plain; gives how many bytes that are. Two lanes at once: most
/// strings end in them, and whether in the first or in the second cannot be foretold.
#[inline(always)]
pub(super) fn copy(body: Padded<'_>, text: &mut Room<'_>, start: usize, used: usize) -> usize {
    let mut length = 0;
    loop {
        let (first, second) = (body.lane(start + length), body.lane(start + length + LANE));
        text.put(used + length, first);
        text.put(used + length + LANE, second);
        let odd = first.odd() | second.odd() << LANE;
        if odd != 0 {
            return length + odd.trailing_zeros() as usize;
        }
        length += 2 * LANE;
    }
}

/// A bit for each of the first bytes that is not plain.
#[inline(always)]
pub(super) fn odd_of(near: &Near, marks: &Marks) -> u64 {
    let low = lane_of(near, 0).odd_by(marks) | lane_of(near, LANE).odd_by(marks) << LANE;
    let high = lane_of(near, 2 * LANE).odd_by(marks) | lane_of(near, 3 * LANE).odd_by(marks) << LANE;
    u64::from(low) | u64::from(high) << (2 * LANE)
}

/// The same, where a call more does not count.
#[inline(never)]
pub(super) fn copy_rest(body: Padded<'_>, text: &mut Room<'_>, start: usize, used: usize) -> usize {
    copy(body, text, start, used)
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
