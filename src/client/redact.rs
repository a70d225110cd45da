//! What others say of secrets.

use super::config::SERVES;
use alloc::vec::Vec;

/// A secret of fewer bytes is none: it would be found in everything.
const LEAST_BYTES: usize = 8;
/// A text that holds this many bytes of a secret in a row holds the secret.
const TELLING_BYTES: usize = 16;

/// Whether a text holds a secret or a telling part of one, in any of the spellings in which a server may repeat it: as it
/// is, in a form or an address (RFC 3986, section 2.1), in JSON (RFC 8259, section 7), or in one of these within another.
/// What others wrote may have been cut: the beginning of a secret at a text's end counts as well.
#[inline(never)]
pub(crate) fn holds(text: &str, secret: &str) -> bool {
    // What is sent from pages is a token, of letters and digits without escapes for the most part.
    let plain = |text: &str| if SERVES { plain(text) } else { text.into() };
    let (text, secret) = (plain(text), plain(secret));
    let telling = secret.len().min(TELLING_BYTES);
    telling >= LEAST_BYTES
        && (text.windows(telling).any(|part| secret.windows(telling).any(|known| known == part))
            || (LEAST_BYTES..telling).any(|length| text.ends_with(secret.get(..length).unwrap_or(&secret))))
}

/// A text in which no escape is left: what takes the place of one may be the end of another. All spellings of a text have
/// the same, also of one that looks escaped. Escapes of what is not ASCII stay: a secret that is sent has none of it.
fn plain(text: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    for byte in text.bytes() {
        plain.push(byte);
        loop {
            let (length, byte) = match plain.as_slice() {
                // A form writes a space as a plus sign.
                [.., b'+'] => (1, b' '),
                [.., b'\\', escaped @ (b'"' | b'\\' | b'/')] => (2, *escaped),
                [.., b'%', high, low] if let Some(byte) = hexadecimal(*high, *low) => (3, byte),
                [.., b'\\', b'u', b'0', b'0', high, low] if let Some(byte) = hexadecimal(*high, *low) => (6, byte),
                _ => break,
            };
            plain.truncate(plain.len() - length);
            plain.push(byte);
        }
    }
    plain
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte| char::from(byte).to_digit(16);
    Some((digit(high)? << 4 | digit(low)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::holds;
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

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let spellings = [
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
            assert!(holds(&whole, SECRET), "{whole}");
            // Of a text that was cut.
            let cut = whole.get(..14 + spelled.len() / 2).unwrap_or_default();
            assert!(holds(cut, SECRET), "{cut}");
            let tail = whole.get(14 + spelled.len() / 2..).unwrap_or_default();
            assert!(holds(tail, SECRET), "{tail}");
        }
    }

    #[test]
    fn other_texts_hold_no_secret() {
        for text in ["", "%", "\\u00", "%2", "\\", "client_secret=a+synth", "INVALID_CLIENT", &"%25".repeat(1000)] {
            assert!(!holds(text, SECRET), "{text}");
        }
        assert!(!holds("short", "short"));
        assert!(holds("is 12345678.", "12345678"));
        assert!(!holds("is 1234567", "12345678"));
    }
}
