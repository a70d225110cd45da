//! Additional words of titles: a vocabulary with a long tail, as real titles have.
//!
//! The templates of titles have some hundred words. A search index over them is far smaller and faster than one over real
//! titles, in which most words are rare: names of hosts, sites, models and error messages. These words are generated from their
//! number, and low numbers are drawn far more often (Zipf's law).

use super::rng::{Rng, RngStream};
use alloc::{format, string::String};

/// The number of words.
const VOCABULARY: u32 = 30_000;

/// The maximum length of a title in UTF-16 units (Case API v3, "GET Case Summary": Response Parameters).
const MAX_TITLE_LENGTH: usize = 240;

const CONSONANTS: &[&str] = &[
    "b", "br", "c", "d", "dr", "f", "g", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "w", "z",
];
const VOWELS: &[&str] = &["a", "e", "i", "o", "u", "ai", "ou"];
const WIDE_VOWELS: &[&str] = &["é", "ö", "ü", "ø", "ñe", "å"];
const DEVICES: &[&str] = &["sw", "rtr", "fw", "wlc", "ap", "leaf", "spine"];

/// Appends words to the titles of three of four cases: two to five.
pub(super) fn append_words(title: &mut String, seed: u64, index: u32) {
    let mut rng = Rng::new(seed, RngStream::TitleWords, u64::from(index));
    if !rng.chance_per_thousand(750) {
        return;
    }
    for _ in 0..rng.between(2, 5) {
        let word = word(draw_number(&mut rng));
        if title.encode_utf16().count() + 1 + word.encode_utf16().count() > MAX_TITLE_LENGTH {
            return;
        }
        title.push(' ');
        title.push_str(&word);
    }
}

/// Draws the number of a word. Numbers from 2^k to 2^(k + 1) are as probable for each k, so that the n-th word is drawn about
/// 1/n times as often as the first.
fn draw_number(rng: &mut Rng) -> u32 {
    let power = rng.below(u32::BITS - VOCABULARY.leading_zeros());
    let number = (1 << power) - 1 + rng.below(1 << power);
    if number < VOCABULARY { number } else { rng.below(VOCABULARY) }
}

/// Returns the word of a number: the name of a device, or syllables.
fn word(number: u32) -> String {
    let mut rng = Rng::new(0, RngStream::TitleWords, u64::from(u32::MAX) + 1 + u64::from(number));
    let mut out = String::new();
    for _ in 0..rng.between(2, 4) {
        out.push_str(rng.pick_word(CONSONANTS));
        let vowels = if rng.chance_per_thousand(40) { WIDE_VOWELS } else { VOWELS };
        out.push_str(rng.pick_word(vowels));
    }
    if rng.chance_per_thousand(150) {
        out = format!("{out}-{}{:02}", rng.pick_word(DEVICES), rng.below(40));
    }
    out
}
