//! The FNV-1a hash function.

/// Returns the 64-bit FNV-1a hash of a text. It is not cryptographic: use it where nobody gains from a collision.
pub(crate) fn fnv1a_64(text: &str) -> u64 {
    fnv1a_64_bytes(text.as_bytes())
}

/// Returns the 64-bit FNV-1a hash of bytes.
pub(crate) fn fnv1a_64_bytes(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
