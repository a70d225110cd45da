//! Base64 (RFC 4648) of HTTP Basic credentials and of tokens.

use alloc::{string::String, vec::Vec};
use base64ct::{Base64UrlUnpadded, Encoding};

/// Encodes in the URL alphabet without padding, the form of JSON Web Tokens.
pub(super) fn encode_url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Decodes either alphabet, padded or not; `None` if the text is not Base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    Base64UrlUnpadded::decode_vec(&text).ok()
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

    #[test]
    fn either_alphabet_decodes_with_and_without_padding() {
        for text in ["-_8=", "-_8", "+/8=", "+/8"] {
            assert_eq!(decode(text).as_deref(), Some([0xfb, 0xff].as_slice()), "{text}");
        }
    }
}
