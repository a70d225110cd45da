//! Texts and numbers of pages by vectors: their check, their comparison, and texts that are appended.
//!
//! The unsafe code is that of `simd`: loads and stores through pointers, and texts whose bytes were checked here.

use super::simd::{LANES, U8x16};
use crate::util::utf8_length;
use alloc::string::String;

/// Returns bytes as text if all of them are ASCII.
#[expect(unsafe_code, reason = "to validate as UTF-8 what is known to be ASCII takes four times as long as to know it")]
pub(super) fn ascii_text(bytes: &[u8]) -> Option<&str> {
    // SAFETY: `from_utf8_unchecked` needs valid UTF-8. ASCII is, and `ascii_len` has read all bytes.
    (ascii_len(bytes) == bytes.len()).then(|| unsafe { core::str::from_utf8_unchecked(bytes) })
}

/// Returns bytes as text if they are UTF-8.
///
/// Texts are mostly ASCII, with some characters beyond it: those are read one by one, and all others by vectors.
#[expect(unsafe_code, reason = "where the module is built for size, Rust's validation reads byte by byte")]
pub(super) fn utf8_text(bytes: &[u8]) -> Option<&str> {
    let mut rest = bytes;
    loop {
        rest = rest.get(ascii_len(rest)..)?;
        if rest.is_empty() {
            break;
        }
        let byte = |index: usize| u32::from(rest.get(index).copied().unwrap_or_default()) << (8 * index);
        match utf8_length(byte(0) | byte(1) | byte(2) | byte(3)) {
            0 => return None,
            length => rest = rest.get(length..)?,
        }
    }
    // SAFETY: `from_utf8_unchecked` needs valid UTF-8: the loop has read all bytes, each as ASCII or as part of a character.
    Some(unsafe { core::str::from_utf8_unchecked(bytes) })
}

/// Returns the number of ASCII bytes before another one, or the end.
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
#[cfg(target_feature = "simd128")]
#[expect(unsafe_code, reason = "a vector of separate lanes is loaded lane by lane")]
#[inline(always)]
pub(crate) fn load_vector<T: Copy, const N: usize>(lanes: &[T; N]) -> core::arch::wasm32::v128 {
    const { assert!(size_of::<[T; N]>() == LANES, "16 bytes") };
    // SAFETY: `v128_load` needs 16 readable bytes; the reference is to an array of 16 bytes. It needs no alignment.
    unsafe { core::arch::wasm32::v128_load(lanes.as_ptr().cast()) }
}

#[cfg(test)]
mod tests {
    use super::{append_text, is_same_text, utf8_text};
    use alloc::{string::String, vec::Vec};

    const LETTERS: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn bytes_are_text_where_they_are_utf_8() {
        assert_eq!(utf8_text(b""), Some(""));
        // Every pair, and every last byte of some characters, at places of a vector and at the end.
        let pairs = (0..=u16::MAX).step_by(if cfg!(miri) { 251 } else { 1 }).map(|pair| pair.to_be_bytes().to_vec());
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
