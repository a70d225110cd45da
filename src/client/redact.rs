//! Detection of secrets in texts of the other side.

use super::config::IS_SERVER_BUILD;
use alloc::vec::Vec;

/// The minimum length of a secret: a shorter one would match many texts.
const MIN_SECRET_BYTES: usize = 8;
/// The number of consecutive bytes of a secret that counts as the secret.
const MIN_MATCH_BYTES: usize = 16;

/// Whether a text contains a secret, or [`MIN_MATCH_BYTES`] of it, in any encoding in which a server may echo it: verbatim, in
/// a form or URL (RFC 3986, section 2.1), in JSON (RFC 8259, section 7), nested combinations of these, and in base64 or
/// hexadecimal (RFC 4648). The start of a secret at the end of the text counts as well, since the text may be truncated.
#[inline(never)]
pub(crate) fn contains_secret(text: &str, secret: &str) -> bool {
    // Pages send only tokens, mostly letters and digits that need no escapes.
    if !IS_SERVER_BUILD {
        return contains_part(text.as_bytes(), secret.as_bytes());
    }
    // Four digits of either encoding are whole bytes, so four offsets cover every alignment.
    let in_digits = |digit: fn(u8) -> Option<u8>, bits: usize| {
        (0..4).any(|start| contains_part(&decode_digits(text, digit, bits, start), secret.as_bytes()))
    };
    contains_part(&unescape(text), &unescape(secret)) || in_digits(base64, 6) || in_digits(hexadecimal, 4)
}

/// Whether bytes contain [`MIN_MATCH_BYTES`] of a secret, or the whole of a shorter one.
fn contains_part(text: &[u8], secret: &[u8]) -> bool {
    let telling = secret.len().min(MIN_MATCH_BYTES);
    if telling < MIN_SECRET_BYTES {
        return false;
    }
    // A filter on the first two bytes skips most positions of a long text.
    let mut beginnings = [false; 1 << 12];
    let beginning = |part: &[u8]| match part {
        [a, b, ..] => usize::from(*a) << 4 ^ usize::from(*b),
        _ => 0,
    };
    if IS_SERVER_BUILD {
        for known in secret.windows(telling) {
            if let Some(known) = beginnings.get_mut(beginning(known)) {
                *known = true;
            }
        }
    }
    let may_be = |part: &[u8]| !IS_SERVER_BUILD || beginnings.get(beginning(part)) == Some(&true);
    let is_known = |part: &[u8]| may_be(part) && secret.windows(telling).any(|known| known == part);
    text.windows(telling).any(is_known)
        || (MIN_SECRET_BYTES..telling).any(|length| text.ends_with(secret.get(..length).unwrap_or(secret)))
}

/// Decodes digits of `bits` bits each to bytes, from the digit `start` on. Other characters are skipped.
fn decode_digits(text: &str, digit: fn(u8) -> Option<u8>, bits: usize, start: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut rest, mut count) = (0_usize, 0);
    for value in text.bytes().filter_map(digit).skip(start) {
        rest = (rest << bits | usize::from(value)) & 0xffff;
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push((rest >> count) as u8);
        }
    }
    bytes
}

/// The value of a base64 digit of either alphabet.
fn base64(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

fn hexadecimal(byte: u8) -> Option<u8> {
    Some(char::from(byte).to_digit(16)? as u8)
}

/// Removes escapes repeatedly, since the result of one may end another. All encodings of a text have the same result, also
/// those of a text that looks escaped. Escapes of non-ASCII characters stay, since secrets are ASCII.
fn unescape(text: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    for byte in text.bytes() {
        plain.push(byte);
        loop {
            let (length, byte) = match plain.as_slice() {
                // A form writes a space as a plus sign.
                [.., b'+'] => (1, b' '),
                [.., b'\\', escaped @ (b'"' | b'\\' | b'/')] => (2, *escaped),
                [.., b'%', high, low] if let Some(byte) = escaped(*high, *low) => (3, byte),
                [.., b'\\', b'u', b'0', b'0', high, low] if let Some(byte) = escaped(*high, *low) => (6, byte),
                _ => break,
            };
            plain.truncate(plain.len() - length);
            plain.push(byte);
        }
    }
    plain
}

fn escaped(high: u8, low: u8) -> Option<u8> {
    Some(hexadecimal(high)? << 4 | hexadecimal(low)?)
}

#[cfg(test)]
mod tests {
    use super::contains_secret;
    use alloc::{format, string::String};

    const SECRET: &str = "a synthetic/secret+of \"37\" \\ 50%41 synthetic bytes";

    /// A secret as a form has it, with each byte escaped that may be.
    fn form(text: &str) -> String {
        text.bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).into() } else { format!("%{b:02X}") })
            .collect()
    }

    fn json(text: &str) -> String {
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/").replace('+', "\\u002b")
    }

    fn base64(text: &str, alphabet: &[u8; 64], before: &str) -> String {
        let bytes = [before, text].concat().into_bytes();
        let digits = |chunk: &[u8]| {
            let whole =
                chunk.iter().fold(0_usize, |whole, byte| whole << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
            (0..=chunk.len()).map(|at| char::from(alphabet[whole >> (18 - 6 * at) & 63])).collect::<String>()
        };
        bytes.chunks(3).map(digits).collect()
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let alphabet = |last: &[u8; 2]| {
            let mut alphabet = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789..";
            alphabet[62..].copy_from_slice(last);
            alphabet
        };
        let spellings = [
            base64(SECRET, &alphabet(b"+/"), ""),
            base64(SECRET, &alphabet(b"+/"), "id:"),
            base64(SECRET, &alphabet(b"-_"), "an-id:"),
            base64(SECRET, &alphabet(b"-_"), "other:"),
            SECRET.bytes().map(|byte| format!("{byte:02x}")).collect(),
            SECRET.bytes().map(|byte| format!("{byte:02X} ")).collect(),
            SECRET.into(),
            form(SECRET),
            form(SECRET).replace("%20", "+"),
            form(SECRET).to_lowercase(),
            json(SECRET),
            json(&form(SECRET)),
            form(&json(SECRET)),
            form(&form(SECRET)),
        ];
        for spelled in spellings {
            let whole = format!("client_secret={spelled}&x");
            assert!(contains_secret(&whole, SECRET), "{whole}");
            // Of a text that was cut.
            let cut = whole.get(..14 + spelled.len() / 2).unwrap_or_default();
            assert!(contains_secret(cut, SECRET), "{cut}");
            let tail = whole.get(14 + spelled.len() / 2..).unwrap_or_default();
            assert!(contains_secret(tail, SECRET), "{tail}");
        }
    }

    #[test]
    fn other_texts_hold_no_secret() {
        for text in [
            "c2VjcmV0",
            "YSBzeW50",
            "6120737",
            "",
            "%",
            "\\u00",
            "%2",
            "\\",
            "client_secret=a+synth",
            "INVALID_CLIENT",
            &"%25".repeat(1000),
        ] {
            assert!(!contains_secret(text, SECRET), "{text}");
        }
        assert!(!contains_secret("short", "short"));
        assert!(contains_secret("is 12345678.", "12345678"));
        assert!(!contains_secret("is 1234567", "12345678"));
    }
}
