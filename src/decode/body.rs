//! A body, laid out for the decoder.

use super::MAX_BODY_BYTES;
use super::simd::{LANES, LOOKAHEAD};
use alloc::{vec, vec::Vec};

/// Zeros behind a body: what is read there ends whatever is being looked for.
const PADDING: usize = LOOKAHEAD + LANES;
/// A copy into wasm memory that does not begin at a multiple of 16 was measured 18 times slower in Chromium.
const ALIGNMENT: usize = 64;

/// A body, laid out for the decoder: aligned, and with zeros behind its end.
#[derive(Debug, Default)]
pub struct Body {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
    /// The length of a body that is too large to be read. Nothing of it is here.
    oversized_len: usize,
    /// A power of two that holds the body and the zeros; a lane can be read from any place below it.
    size: usize,
}

impl Body {
    /// A body with a copy of these bytes.
    pub fn from_slice(bytes: &[u8]) -> Body {
        let mut body = Body::default();
        body.copy_from(bytes);
        body
    }

    /// Replaces the body by a copy of these bytes. Its memory is used again.
    pub(crate) fn copy_from(&mut self, bytes: &[u8]) {
        let room = self.resize(bytes.len());
        // Of what is too large only the length is kept.
        if room.len() == bytes.len() {
            room.copy_from_slice(bytes);
        }
    }

    /// A body that is too large to be read, of this length at least.
    pub fn oversized() -> Body {
        Body { oversized_len: MAX_BODY_BYTES + 1, ..Body::default() }
    }

    /// The length of the body in bytes, also of one that is too large to be read.
    pub(super) fn len(&self) -> usize {
        self.len.max(self.oversized_len)
    }

    /// Makes the body so many bytes long, and gives them to be filled. What was in it is of no meaning any more; its
    /// memory is used again. A body of more than [`MAX_BODY_BYTES`] has no memory, and decoding it says that it is too large.
    pub fn resize(&mut self, length: usize) -> &mut [u8] {
        self.oversized_len = if length > MAX_BODY_BYTES { length } else { 0 };
        let length = if self.oversized_len > 0 { 0 } else { length };
        let size = length.saturating_add(PADDING).checked_next_power_of_two().unwrap_or(0);
        if self.size < size {
            self.size = size;
            // What is there already need not be copied.
            self.bytes = vec![0; size + LANES + ALIGNMENT];
            self.start = self.bytes.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        }
        self.len = length;
        let end = self.start + length;
        if let Some(room) = self.bytes.get_mut(end..end + PADDING) {
            room.fill(0);
        }
        self.bytes.get_mut(self.start..end).unwrap_or_default()
    }

    /// The body.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.start..self.start + self.len).unwrap_or_default()
    }

    /// The body, the zeros behind it, and room for a lane behind the last of a power of two of bytes.
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
