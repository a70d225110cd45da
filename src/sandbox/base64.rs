//! Base64 (RFC 4648): for HTTP Basic and for tokens.

use alloc::{string::String, vec::Vec};

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// With the URL alphabet and without padding, as JSON Web Tokens write it.
pub(super) fn encode_url(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let digit = (group >> (18 - 6 * place)) & 63;
            out.extend(STANDARD.get(digit as usize).map(|b| match b {
                b'+' => '-',
                b'/' => '_',
                b => char::from(*b),
            }));
        }
    }
    out
}

/// With either alphabet, padded or not; none if it is not Base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut group, mut bits) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let byte = match byte {
            b'-' => b'+',
            b'_' => b'/',
            b => b,
        };
        let digit = STANDARD.iter().position(|known| *known == byte)?;
        group = (group << 6 | u32::try_from(digit).ok()?) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(group >> bits & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode_url};
    use alloc::vec::Vec;

    #[test]
    fn what_is_encoded_decodes_to_itself() {
        for length in 0..40u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37).wrapping_add(length)).collect();
            assert_eq!(decode(&encode_url(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn the_rfc_s_own_examples_hold() {
        assert_eq!(decode("Zm9vYg==").as_deref(), Some(b"foob".as_slice()));
        assert_eq!(encode_url(b"foobar"), "Zm9vYmFy");
        assert_eq!(decode("Zm9v\nYg"), None);
    }
}
