//! Mutations that break documents.

use super::rng::Rng;

/// Tokens to insert: each ends, begins or resembles a JSON token.
const TOKENS: [&[u8]; 64] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\\\"",
    b"\\\\",
    b"\\/",
    b"\\b",
    b"\\f",
    b"\\n",
    b"\\r",
    b"\\t",
    b"\\u0041",
    b"\\u00e9",
    b"\\u20AC",
    b"\\ud83d\\ude00",
    b"\\ud83d",
    b"\\ude00",
    b"\\uD800\\uD800",
    b"\\u",
    b"\\u12",
    b"\\u12g4",
    b"\\x41",
    b"\\u0000",
    b"\\u005c",
    b"\\u0022",
    b"\0",
    b"\x01",
    b"\x1f",
    b"\x7f",
    b"\n",
    b"\r\n",
    b"\t",
    b" ",
    b"\x0b",
    b"\x0c",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"\xc3\xa9",
    b"\xe2\x82\xac",
    b"\xf0\x9f\x98\x80",
    b"\xff",
    b"\x80",
    b"\xc3",
    b"\xc0\x80",
    b"\xe2\x82",
    b"\xed\xa0\x80",
    b"\xed\xb0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf0\x80\x80\x80",
    b"null",
    b"true",
    b"0",
    b"-",
    b"1e5",
    b".5",
    b"\"\"",
    b"[]",
    b"{}",
];

/// Breaks a document in one way. `other` creates a document to splice in.
pub fn mutate(rng: &mut Rng, body: &mut Vec<u8>, other: impl FnOnce(&mut Rng) -> Vec<u8>) {
    let at = place(rng, body);
    match rng.below(20) {
        0 => {
            if let Some(byte) = body.get_mut(at) {
                *byte ^= 1 << rng.below(8);
            }
        }
        1 => {
            let new = rng.below(256) as u8;
            if let Some(byte) = body.get_mut(at) {
                *byte = new;
            }
        }
        2 => body.truncate(at),
        3..8 => {
            let token = *rng.pick(&TOKENS);
            drop(body.splice(at..at, token.iter().copied()));
        }
        8 | 9 => {
            let token = *rng.pick(&TOKENS);
            let end = (at + token.len()).min(body.len());
            drop(body.splice(at..end, token.iter().copied()));
        }
        10 | 11 => drop(body.drain(range(rng, body, at))),
        12 | 13 => {
            let copy = body[range(rng, body, at)].to_vec();
            let to = if rng.permille(500) { at } else { place(rng, body) };
            drop(body.splice(to..to, copy));
        }
        14..17 => swap_strings(rng, body),
        17 => {
            // Moves a member or an item with its comma.
            let from = body.iter().skip(at).position(|byte| *byte == b',').map_or(at, |next| at + next);
            let length = body.iter().skip(from + 1).position(|byte| *byte == b',').map_or(0, |next| next + 1);
            let moved: Vec<u8> = body.drain(from..from + length).collect();
            let at = place(rng, body);
            let to = body.iter().skip(at).position(|byte| *byte == b',').map_or(at, |next| at + next);
            drop(body.splice(to..to, moved));
        }
        18 => {
            let other = other(rng);
            body.truncate(at);
            body.extend(&other[place(rng, &other)..]);
        }
        _ => {
            // Whitespace shifts the strings within their vectors.
            let count = rng.between(1, 40);
            drop(body.splice(at..at, std::iter::repeat_n(b'x', count)));
        }
    }
}

/// Returns an offset; about half of them are next to a structural byte.
fn place(rng: &mut Rng, body: &[u8]) -> usize {
    let at = rng.below(body.len() + 1);
    if rng.permille(400) {
        return at;
    }
    let means = |byte: &u8| b"\"\\{}[],:".contains(byte) || *byte >= 0x80;
    let next = body[at..].iter().position(means).map_or(at, |next| at + next);
    (next + rng.below(2)).min(body.len())
}

fn range(rng: &mut Rng, body: &[u8], at: usize) -> std::ops::Range<usize> {
    let longest = if rng.permille(700) { 8 } else { 400 };
    at..(at + rng.between(1, longest)).min(body.len())
}

/// Swaps two strings, each a key or a value.
fn swap_strings(rng: &mut Rng, body: &mut Vec<u8>) {
    let mut string = |body: &[u8]| {
        let at = rng.below(body.len() + 1);
        let start = at + body[at..].iter().position(|byte| *byte == b'"')?;
        let end = start + 1 + body[start + 1..].iter().position(|byte| *byte == b'"')?;
        Some(start..end + 1)
    };
    let (Some(a), Some(b)) = (string(body), string(body)) else { return };
    let (a, b) = if a.start <= b.start { (a, b) } else { (b, a) };
    if a.end > b.start {
        return;
    }
    let (first, second) = (body[a.clone()].to_vec(), body[b.clone()].to_vec());
    drop(body.splice(b, first));
    drop(body.splice(a, second));
}
