//! A text as a number.

/// A number that tells a text from another with a chance of all but 1 to 2^64; no secret hangs on it. (FNV-1a.)
pub(crate) fn fnv1a_64(text: &str) -> u64 {
    fnv1a_64_bytes(text.as_bytes())
}

/// The same of bytes.
pub(crate) fn fnv1a_64_bytes(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
