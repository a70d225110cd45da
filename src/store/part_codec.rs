//! The byte form of persisted parts: a header with a checksum, texts, and numbers of variable length.

use super::error::{StoreError, StoreErrorKind};
use alloc::{string::String, vec::Vec};

/// The version of the byte form of all parts. Increment it with each change that an earlier build cannot read, and read
/// the former one in [`PartReader`].
pub(super) const FORMAT: u32 = 1;
/// The ASCII letters `CSCD`.
const MAGIC: u32 = 0x4443_5343;
/// Bytes of the header: magic, format, kind, length of the part; the checksum; the length of the texts and a reserve.
pub(super) const HEADER_BYTES: usize = 32;
const CHECKSUM: core::ops::Range<usize> = 16..24;

/// The kind of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum PartKind {
    /// The version, the history, and the versions of all chunks.
    Summary = 1,
    /// Consecutive rows.
    Rows = 2,
    /// Changed rows, and their changes.
    Entry = 3,
    /// The lengths of the parts of a whole snapshot, and the caller's cursor.
    Index = 4,
}

/// A part that is being written.
#[derive(Debug, Default)]
pub(super) struct PartWriter {
    text: String,
    numbers: Vec<u8>,
}

impl PartWriter {
    /// Appends a number, in 7 bits per byte (LEB128).
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.numbers.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.numbers.push(number as u8);
    }

    /// Appends a number with a sign, so that small absolute values are short (zigzag).
    pub(super) fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    /// Appends a text with its length.
    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.text.push_str(text);
    }

    /// Appends bytes with their number.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.numbers.extend_from_slice(bytes);
    }

    /// Appends what another writer wrote.
    pub(super) fn append(&mut self, other: &PartWriter) {
        self.text.push_str(&other.text);
        self.numbers.extend_from_slice(&other.numbers);
    }

    /// Returns the part as bytes.
    pub(super) fn finish(&self, kind: PartKind) -> Vec<u8> {
        let total = HEADER_BYTES + self.text.len() + self.numbers.len();
        let mut bytes = Vec::with_capacity(total);
        for word in [MAGIC, FORMAT, kind as u32, total as u32, 0, 0, self.text.len() as u32, 0] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes.extend_from_slice(self.text.as_bytes());
        bytes.extend_from_slice(&self.numbers);
        let sum = checksum(&bytes).to_le_bytes();
        if let Some(slot) = bytes.get_mut(CHECKSUM) {
            slot.copy_from_slice(&sum);
        }
        bytes
    }
}

/// A part that is being read. Its checksum is verified.
#[derive(Clone, Debug)]
pub(super) struct PartReader<'p> {
    text: &'p str,
    numbers: &'p [u8],
}

impl<'p> PartReader<'p> {
    /// Returns the kind and the length of the part at the start of `bytes`, as its header has them.
    pub(super) fn peek(bytes: &[u8]) -> Option<(u32, usize)> {
        let word = |index: usize| Some(u32::from_le_bytes(*bytes.as_chunks().0.get(index)?));
        (word(0)? == MAGIC).then_some((word(2)?, word(3)? as usize))
    }

    /// Opens a part of a kind. `name` is its name in errors.
    pub(super) fn open(bytes: &'p [u8], kind: PartKind, name: &str) -> Result<PartReader<'p>, StoreError> {
        let damaged = || StoreError::snapshot(name);
        let word = |index: usize| bytes.as_chunks().0.get(index).map(|word| u32::from_le_bytes(*word));
        let sum = bytes.get(CHECKSUM).and_then(<[u8]>::first_chunk).map(|sum| u64::from_le_bytes(*sum));
        let is_whole = PartReader::peek(bytes) == Some((kind as u32, bytes.len()))
            && bytes.len() >= HEADER_BYTES
            && sum == Some(checksum(bytes));
        if !is_whole {
            return Err(damaged());
        }
        // After the checksum: a changed format is damage, not a newer version.
        match word(1) {
            Some(FORMAT) => {}
            Some(newer) if newer > FORMAT => return Err(StoreError::new(StoreErrorKind::NewerVersion, name)),
            // Formats before the first one do not exist. A later build reads the earlier formats here.
            _ => return Err(damaged()),
        }
        let text_bytes = word(6).unwrap_or(u32::MAX) as usize;
        let body = bytes.get(HEADER_BYTES..).unwrap_or_default();
        let (text, numbers) = body.split_at_checked(text_bytes).ok_or_else(damaged)?;
        let text = core::str::from_utf8(text).map_err(|_| damaged())?;
        Ok(PartReader { text, numbers })
    }

    /// Reads a number of 64 bits.
    #[inline]
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..70).step_by(7) {
            let (byte, rest) = self.numbers.split_first()?;
            self.numbers = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Reads a number of 32 bits.
    #[inline]
    pub(super) fn number32(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// Reads a count of items. It is at most the number of bytes left, because every item has one.
    pub(super) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|count| *count <= self.numbers.len())
    }

    /// Reads a number with a sign.
    #[inline]
    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Reads a text with its length.
    #[inline]
    pub(super) fn text(&mut self) -> Option<&'p str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.text.split_at_checked(length)?;
        self.text = rest;
        Some(text)
    }

    /// Reads bytes with their number.
    pub(super) fn bytes(&mut self) -> Option<&'p [u8]> {
        let length = self.count()?;
        let (bytes, rest) = self.numbers.split_at_checked(length)?;
        self.numbers = rest;
        Some(bytes)
    }

    /// Returns `Some` if everything was read.
    pub(super) fn end(&self) -> Option<()> {
        (self.text.is_empty() && self.numbers.is_empty()).then_some(())
    }
}

/// Returns a 64-bit checksum of a part, without its own bytes.
///
/// A step is a bijection of the sum and of the word, so a change within 8 aligned bytes is always found. It is no
/// protection against intent.
fn checksum(bytes: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |sum: u64, word: u64| {
        let sum = (sum ^ word).wrapping_mul(MULTIPLIER);
        sum ^ sum >> 32
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let mut sum = bytes.len() as u64;
    for (index, word) in words.iter().enumerate() {
        if index != CHECKSUM.start / 8 {
            sum = step(sum, u64::from_le_bytes(*word));
        }
    }
    step(sum, rest.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte)))
}
