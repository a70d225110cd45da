//! The memory layout of a body that the decoder reads.

use super::MAX_BODY_BYTES;
use super::simd::{LANES, LOOKAHEAD};
use alloc::{vec, vec::Vec};

/// Zero bytes after a body. They end every scan, so that the loops need no bounds check of their own.
const PADDING: usize = LOOKAHEAD + LANES;
/// Alignment of a body. In Chromium, a copy into wasm memory at an address that is no multiple of 16 took 18 times as
/// long.
const ALIGNMENT: usize = 64;

/// A body in the decoder's layout: aligned, and followed by zero bytes.
///
/// ```
/// use cisco_support_case::decode::Body;
/// let mut body = Body::from_slice(b"{}");
/// assert_eq!(body.as_slice(), b"{}");
/// body.resize(4).copy_from_slice(b"null");
/// assert_eq!(body.as_slice(), b"null");
/// ```
#[derive(Debug, Default)]
pub struct Body {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
    /// The length of a body above [`MAX_BODY_BYTES`], of which no byte is stored; otherwise 0.
    oversized_len: usize,
    /// The smallest power of two that holds the body and its padding. A vector can be read at every offset below it.
    size: usize,
}

impl Body {
    /// Creates a body with a copy of these bytes.
    pub fn from_slice(bytes: &[u8]) -> Body {
        let mut body = Body::default();
        body.copy_from(bytes);
        body
    }

    /// Replaces the contents with a copy of these bytes, in the same memory where it is large enough.
    pub(crate) fn copy_from(&mut self, bytes: &[u8]) {
        let target = self.resize(bytes.len());
        // `resize` returns no bytes for an oversized body.
        if target.len() == bytes.len() {
            target.copy_from_slice(bytes);
        }
    }

    /// Creates a body that fails to decode with `BODY_TOO_LARGE`.
    pub fn oversized() -> Body {
        Body { oversized_len: MAX_BODY_BYTES + 1, ..Body::default() }
    }

    /// Returns the length of the body in bytes, also of an oversized one.
    pub(super) fn len(&self) -> usize {
        self.len.max(self.oversized_len)
    }

    /// Sets the length of the body and returns its bytes to be written.
    ///
    /// The contents are unspecified until then. The memory is reused where it is large enough. A body above
    /// [`MAX_BODY_BYTES`] has no memory: the slice is empty and decoding fails with `BODY_TOO_LARGE`.
    pub fn resize(&mut self, length: usize) -> &mut [u8] {
        self.oversized_len = if length > MAX_BODY_BYTES { length } else { 0 };
        let length = if self.oversized_len > 0 { 0 } else { length };
        let size = length.saturating_add(PADDING).checked_next_power_of_two().unwrap_or(0);
        if self.size < size {
            self.size = size;
            // A new vector, because `Vec::resize` would copy the old contents.
            self.bytes = vec![0; size + LANES + ALIGNMENT];
            self.start = self.bytes.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        }
        self.len = length;
        let end = self.start + length;
        if let Some(target) = self.bytes.get_mut(end..end + PADDING) {
            target.fill(0);
        }
        self.bytes.get_mut(self.start..end).unwrap_or_default()
    }

    /// Returns the bytes of the body.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.start..self.start + self.len).unwrap_or_default()
    }

    /// Returns the body and its padding: `size` bytes, followed by one vector.
    pub(super) fn padded(&self) -> &[u8] {
        self.bytes.get(self.start..self.start + self.size + LANES).unwrap_or_default()
    }
}

impl Clone for Body {
    fn clone(&self) -> Body {
        Body::from_slice(self.as_slice())
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Body) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Body {}
