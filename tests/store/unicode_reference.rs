//! The definition of folding and of word characters, by Unicode's own data: the reference of `src/query/fold.rs`.

use regex_syntax::hir::{Class, HirKind};
use std::collections::HashSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Letters without a decomposition, by the letters that they are searched as.
const OWN_LETTERS: [(char, &str); 26] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ħ', "h"),
    ('ı', "i"),
    ('ȷ', "j"),
    ('ŧ', "t"),
    ('ŋ', "n"),
    ('ĸ', "k"),
    ('ƀ', "b"),
    ('ɓ', "b"),
    ('ɨ', "i"),
    ('ʉ', "u"),
    ('ɵ', "o"),
    ('ƶ', "z"),
    ('ƚ', "l"),
    ('ς', "σ"),
    // The modifier apostrophe and the kashida are part of the way in which a word is written, not of the word.
    ('ʼ', ""),
    ('ʾ', ""),
    ('ـ', ""),
    // A part of decompositions such as that of "ŀ".
    ('·', ""),
];

/// The marks of Latin, Greek, Cyrillic, Hebrew and Arabic, and invisible characters: all fold to nothing.
const IGNORED: [(u32, u32); 29] = [
    (0xad, 0xad),
    (0x300, 0x36f),
    (0x483, 0x489),
    (0x591, 0x5bd),
    (0x5bf, 0x5bf),
    (0x5c1, 0x5c2),
    (0x5c4, 0x5c5),
    (0x5c7, 0x5c7),
    (0x610, 0x61a),
    (0x61c, 0x61c),
    (0x64b, 0x65f),
    (0x670, 0x670),
    (0x6d6, 0x6dc),
    (0x6df, 0x6e4),
    (0x6e7, 0x6e8),
    (0x6ea, 0x6ed),
    (0x1ab0, 0x1aff),
    (0x1dc0, 0x1dff),
    (0x200c, 0x200f),
    (0x202a, 0x202e),
    (0x2060, 0x2064),
    (0x2066, 0x2069),
    (0x20d0, 0x20f0),
    (0x2de0, 0x2dff),
    (0xa66f, 0xa672),
    (0xa674, 0xa67d),
    (0xa69e, 0xa69f),
    (0xfe00, 0xfe0f),
    (0xfe20, 0xfe2f),
];

/// Blocks whose characters fold to themselves: Hangul and CJK ideographs for their number, presentation forms and
/// phonetic, mathematical and enclosed characters since nobody types them.
const IDENTICAL: [(u32, u32); 16] = [
    (0x1100, 0x11ff),
    (0x1d00, 0x1dbf),
    (0x2070, 0x209c),
    (0x2100, 0x2125),
    (0x212c, 0x214f),
    (0x2460, 0x24ff),
    (0x3130, 0x318f),
    (0x3200, 0x33ff),
    (0xa960, 0xa97f),
    (0xac00, 0xd7ff),
    (0xf900, 0xfaff),
    (0xfb1d, 0xfb4f),
    (0xfb50, 0xfdff),
    (0xfe70, 0xfefe),
    (0xffa0, 0xffdc),
    (0x1_0000, 0x10_ffff),
];

/// Ranges of digits that fold to `0` to `9`.
const DIGITS: [u32; 2] = [0x660, 0x6f0];

fn is_in(ranges: &[(u32, u32)], c: char) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)))
}

fn class(pattern: &str) -> HashSet<char> {
    match regex_syntax::parse(pattern).unwrap().into_kind() {
        HirKind::Class(Class::Unicode(class)) => class.iter().flat_map(|range| range.start()..=range.end()).collect(),
        other => panic!("{other:?}"),
    }
}

static WORD: LazyLock<HashSet<char>> = LazyLock::new(|| class(r"[\p{L}\p{M}\p{N}]"));
static UNASSIGNED: LazyLock<HashSet<char>> = LazyLock::new(|| class(r"\p{Cn}"));

/// Whether a character is a letter, a mark or a number.
pub fn is_word(c: char) -> bool {
    WORD.contains(&c)
}

/// Whether a character is in the reference's version of Unicode.
pub fn is_assigned(c: char) -> bool {
    !UNASSIGNED.contains(&c)
}

/// Whether a character folds to nothing.
pub fn is_ignored(c: char) -> bool {
    is_in(&IGNORED, c) || c == '\u{feff}' || matches!(c, 'ʼ' | 'ʾ' | 'ـ')
}

/// Folds a character: compatibility decomposition, without the ignored marks, in lower case, twice because lower case
/// may have marks (`İ`) and what is decomposed may have upper case.
pub fn fold(c: char) -> String {
    if is_ignored(c) {
        return String::new();
    }
    if !is_word(c) || !is_assigned(c) || is_in(&IDENTICAL, c) {
        return c.to_string();
    }
    if let Some(digit) = DIGITS.iter().find_map(|zero| u32::from(c).checked_sub(*zero).filter(|digit| *digit < 10)) {
        return digit.to_string();
    }
    let mut folded = c.to_string();
    for _ in 0..2 {
        folded = folded.nfkd().filter(|c| !is_ignored(*c)).flat_map(char::to_lowercase).collect();
    }
    folded = folded.chars().map(own_letter).collect();
    // A voiced kana is another letter than the plain one, and is composed again.
    if ('\u{3040}'..='\u{30ff}').contains(&c) {
        folded = folded.nfc().collect();
    }
    // A part that is no word character, such as the bar of "½", would split the character.
    if folded.chars().all(is_word) { folded } else { c.to_string() }
}

fn own_letter(c: char) -> String {
    OWN_LETTERS.iter().find(|(own, _)| *own == c).map_or(c.to_string(), |(_, letters)| (*letters).to_owned())
}
