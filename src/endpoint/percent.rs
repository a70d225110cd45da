//! Percent-encoding (RFC 3986, section 2.1).

use alloc::{string::String, vec::Vec};

/// Encodes a text for a path segment or a query value: every byte but the unreserved characters.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(u32::from(nibble), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
    out
}

/// Decodes a text. A `%` without two hex digits is kept, and invalid UTF-8 becomes U+FFFD.
pub fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        let hex = |b: &u8| char::from(*b).to_digit(16);
        match rest {
            [high, low, tail @ ..] if *first == b'%' => {
                if let (Some(high), Some(low)) = (hex(high), hex(low)) {
                    out.extend(u8::try_from(high * 16 + low));
                    bytes = tail;
                    continue;
                }
            }
            _ => {}
        }
        out.push(*first);
        bytes = rest;
    }
    String::from_utf8_lossy(&out).into_owned()
}
