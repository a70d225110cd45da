//! Folding: the form in which texts are compared and searched, without case and accents.

use super::{
    char_tables::{is_of_word, run_from},
    fold_table::FOLD_STRINGS,
};
use alloc::string::String;
use core::cmp::Ordering;
use core::str::Chars;

/// A character of a folded text, with the part of the original that it is of, in UTF-16 code units.
///
/// A character that folds to several has one part for all of them. The part includes marks that fold to nothing.
///
/// ```
/// use cisco_support_case::query::{FoldedChar, FoldedChars};
/// let folded = FoldedChars::new("Ä").next();
/// assert_eq!(folded, Some(FoldedChar { character: 'a', start: 0, end: 1 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldedChar {
    /// The folded character.
    pub character: char,
    /// Index of the first unit.
    pub start: u32,
    /// Index after the last unit.
    pub end: u32,
}

/// An iterator over the characters of a folded text.
///
/// ```
/// use cisco_support_case::query::FoldedChars;
/// let folded: Vec<_> = FoldedChars::new("ße\u{301}!").map(|c| (c.character, c.start, c.end)).collect();
/// assert_eq!(folded, [('s', 0, 1), ('s', 0, 1), ('e', 1, 3), ('!', 3, 4)]);
/// ```
#[derive(Clone, Debug)]
pub struct FoldedChars<'t> {
    chars: Chars<'t>,
    /// Units before the rest of the original.
    offset: u32,
    /// Characters of a string that a single character folds to.
    string: &'static [u16],
    /// The part of the original of `string`.
    span: (u32, u32),
    /// The last character, which a mark may still extend or change.
    last: Option<FoldedChar>,
}

impl<'t> FoldedChars<'t> {
    /// Creates an iterator over the folded form of a text.
    pub fn new(text: &'t str) -> FoldedChars<'t> {
        FoldedChars::with_offset(text, 0)
    }

    /// Creates an iterator over a part of a text that begins after `offset` code units.
    pub(super) fn with_offset(text: &'t str, offset: u32) -> FoldedChars<'t> {
        FoldedChars { chars: text.chars(), offset, string: &[], span: (0, 0), last: None }
    }

    /// Returns the number of code units that were read.
    pub(super) fn offset(&self) -> u32 {
        self.offset
    }

    /// Returns the next folded character before composition: `Some(None)` if the original folds to nothing.
    fn next_decomposed(&mut self) -> Option<Option<char>> {
        if let Some((unit, rest)) = self.string.split_first() {
            self.string = rest;
            return Some(char::from_u32(u32::from(*unit)));
        }
        let c = self.chars.next()?;
        let start = self.offset;
        self.offset += c.len_utf16() as u32;
        self.span = (start, self.offset);
        Some(match fold(c) {
            CharFold::Nothing => None,
            CharFold::Char(folded) => Some(folded),
            CharFold::String(string) => {
                self.string = string;
                return self.next_decomposed();
            }
        })
    }
}

impl Iterator for FoldedChars<'_> {
    type Item = FoldedChar;

    fn next(&mut self) -> Option<FoldedChar> {
        loop {
            let Some(folded) = self.next_decomposed() else { return self.last.take() };
            let (start, end) = self.span;
            let Some(character) = folded else {
                if let Some(last) = &mut self.last {
                    last.end = end;
                }
                continue;
            };
            if let Some(last) = &mut self.last
                && let Some(composed) = compose(last.character, character)
            {
                last.character = composed;
                last.end = end;
                continue;
            }
            let before = self.last.replace(FoldedChar { character, start, end });
            if before.is_some() {
                return before;
            }
        }
    }
}

/// Returns the folded form of a text.
///
/// ```
/// use cisco_support_case::query::fold_text;
/// assert_eq!(fold_text("Łódka, BÄRENFELD, Straße, ΣΊΣΥΦΟΣ, Ёж"), "lodka, barenfeld, strasse, σισυφοσ, еж");
/// ```
pub fn fold_text(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        folded.push_str(text);
        folded.make_ascii_lowercase();
    } else {
        folded.extend(FoldedChars::new(text).map(|c| c.character));
    }
    folded
}

/// Returns the key of an id: the folded letters and digits, without what is between them.
///
/// ```
/// assert_eq!(cisco_support_case::query::id_key("FOC-2145 x0ab"), "foc2145x0ab");
/// ```
pub fn id_key(id: &str) -> String {
    let mut key = String::with_capacity(id.len());
    key.extend(FoldedChars::new(id).map(|c| c.character).filter(|c| is_word_char(*c)));
    key
}

/// Compares two texts by the UTF-8 bytes of their folded forms, then by their own.
///
/// ```
/// use cisco_support_case::query::compare_folded;
/// use core::cmp::Ordering;
/// assert_eq!(compare_folded("Île", "ilf"), Ordering::Less);
/// assert_eq!(compare_folded("\u{1f600}", "\u{ff01}"), Ordering::Greater, "by code points, not by UTF-16 code units");
/// assert_eq!(compare_folded("A", "a"), Ordering::Less);
/// ```
pub fn compare_folded(one: &str, other: &str) -> Ordering {
    let alike = one.bytes().zip(other.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let folded = match (one.as_bytes().get(alike), other.as_bytes().get(alike)) {
        (None, None) => Ordering::Equal,
        // Nothing that follows changes what a character before one in ASCII folds to.
        (Some(a), Some(b)) if a.is_ascii() && b.is_ascii() => a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()),
        _ => {
            // Nor is a character after one in ASCII changed by those before. UTF-8 bytes have the order of code points.
            let before = one.as_bytes().get(..alike).unwrap_or_default();
            let start = before.iter().rposition(u8::is_ascii).map_or(0, |at| at + 1);
            folded_after(one, start).cmp(folded_after(other, start))
        }
    };
    folded.then_with(|| one.cmp(other))
}

fn folded_after(text: &str, bytes: usize) -> impl Iterator<Item = char> {
    FoldedChars::new(text.get(bytes..).unwrap_or_default()).map(|c| c.character)
}

/// Returns the first eight bytes of the folded form as a number, with zeros after a shorter one: two texts with different
/// keys have the order of their keys.
///
/// ```
/// use cisco_support_case::query::sort_prefix;
/// assert!(sort_prefix("éclair") < sort_prefix("Zebra"));
/// assert_eq!(sort_prefix("BÄRENFELD"), u64::from_be_bytes(*b"barenfel"));
/// ```
pub fn sort_prefix(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let mut length = 0;
    for folded in FoldedChars::new(text) {
        let mut utf8 = [0; 4];
        for byte in folded.character.encode_utf8(&mut utf8).bytes() {
            let Some(free) = bytes.get_mut(length) else { return u64::from_be_bytes(bytes) };
            *free = byte;
            length += 1;
        }
    }
    u64::from_be_bytes(bytes)
}

/// The folded form of a character.
enum CharFold {
    Nothing,
    Char(char),
    String(&'static [u16]),
}

/// Folds one character. Characters above U+FFFF fold to themselves.
fn fold(c: char) -> CharFold {
    if c.is_ascii() {
        return CharFold::Char(c.to_ascii_lowercase());
    }
    let Ok(code) = u16::try_from(u32::from(c)) else {
        // Tags and the variation selectors that choose a form of an ideograph.
        return if matches!(c, '\u{e0000}'..='\u{e01ef}') { CharFold::Nothing } else { CharFold::Char(c) };
    };
    if is_common_letter(code) {
        return CharFold::Char(c);
    }
    let Some([first, length_and_kind, target]) = run_from(code) else { return CharFold::Char(c) };
    let at = code.wrapping_sub(first);
    if at >= length_and_kind >> 2 {
        return CharFold::Char(c);
    }
    let folded = match length_and_kind & 3 {
        0 => target,
        2 if at % 2 == 1 => code,
        _ => target + at,
    };
    if folded == 0 {
        CharFold::Nothing
    } else if (0xe000..0xf900).contains(&folded) && folded != code {
        let (place, length) = (usize::from((folded - 0xe000) >> 2), usize::from(folded & 3) + 1);
        FOLD_STRINGS.get(place..place + length).map_or(CharFold::Char(c), CharFold::String)
    } else {
        CharFold::Char(char::from_u32(u32::from(folded)).unwrap_or(c))
    }
}

/// Whether a character is one of the many letters that fold to themselves and need no search in the tables: small Cyrillic
/// letters, hiragana, katakana, ideographs, Hangul.
fn is_common_letter(code: u16) -> bool {
    match code {
        0x430..=0x44f => code != 0x439,
        0x3041..=0x3096 | 0x30a1..=0x30fa | 0x4e00..=0x9fff | 0xac00..=0xd7a3 => true,
        _ => false,
    }
}

/// Whether a folded character is a letter, a mark or a digit. Others separate words.
///
/// ```
/// use cisco_support_case::query::is_word_char;
/// assert!(is_word_char('ж') && is_word_char('場') && is_word_char('7') && is_word_char('\u{94d}'));
/// assert!(!is_word_char('-') && !is_word_char('。') && !is_word_char('🔥'));
/// ```
pub fn is_word_char(c: char) -> bool {
    match u32::from(c) {
        0..0x80 => c.is_ascii_alphanumeric(),
        0x80..0x1_0000 => {
            let code = u32::from(c) as u16;
            is_common_letter(code) || is_of_word(code)
        }
        // The blocks of symbols: music, games, emoji. Other blocks above U+FFFF have few characters that are no letters.
        0x1_cc00..0x1_d400 | 0x1_d800..0x1_db00 | 0x1_f000..0x2_0000 => false,
        0x1_0000..0x4_0000 => true,
        _ => false,
    }
}

/// Composes a character with the one before: the parts of a Hangul syllable, and kana with their voiced marks.
///
/// Folding decomposes no Hangul and no kana: this is for texts that came decomposed, and for half-width kana. Elsewhere
/// the marks are stripped, but か and が are two letters.
fn compose(before: char, c: char) -> Option<char> {
    let (before, c) = (u32::from(before), u32::from(c));
    let composed = match c {
        0x1161..=0x1175 if (0x1100..=0x1112).contains(&before) => 0xac00 + ((before - 0x1100) * 21 + (c - 0x1161)) * 28,
        0x11a8..=0x11c2 if (0xac00..=0xd7a3).contains(&before) && (before - 0xac00).is_multiple_of(28) => {
            before + (c - 0x11a7)
        }
        0x3099 | 0x309a => voiced_kana(before, c == 0x309a)?,
        _ => return None,
    };
    char::from_u32(composed)
}

/// Returns the voiced kana of a plain one, or the half-voiced one.
fn voiced_kana(plain: u32, is_half: bool) -> Option<u32> {
    // Katakana have the order of hiragana, 0x60 after them.
    let hiragana = if plain >= 0x30a0 { plain - 0x60 } else { plain };
    Some(match hiragana {
        0x306f | 0x3072 | 0x3075 | 0x3078 | 0x307b => plain + 1 + u32::from(is_half),
        _ if is_half => return None,
        0x304b..=0x3061 if hiragana % 2 == 1 => plain + 1,
        0x3064 | 0x3066 | 0x3068 | 0x309d => plain + 1,
        0x3046 => plain + 0x4e,
        0x308f..=0x3092 if plain >= 0x30a0 => plain + 8,
        _ => return None,
    })
}
