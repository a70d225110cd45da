//! The tokenizer: the words of a text, folded, with their places in the original.

use super::fold::{FoldedChar, FoldedChars, is_word_char};
use alloc::{string::String, vec::Vec};

/// The greatest length of a joined token in characters. A chain of more, such as an address, has only its parts.
///
/// ```
/// use cisco_support_case::query::{MAX_JOINED_CHARS, SearchWord};
/// let chain = vec!["1"; MAX_JOINED_CHARS].join(".");
/// assert_eq!(SearchWord::all_in(&chain)[0].parts().len(), MAX_JOINED_CHARS);
/// assert_eq!(SearchWord::all_in(&format!("{chain}.2"))[0].parts().len(), 0);
/// ```
pub const MAX_JOINED_CHARS: usize = 64;

/// A token of a text.
///
/// ```
/// use cisco_support_case::query::{TextToken, TokenKind, WordTokenizer};
/// WordTokenizer::default().tokenize("¡Olé!", &mut |token| {
///     assert_eq!(token, TextToken { text: "ole", start: 1, end: 4, kind: TokenKind::Word });
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextToken<'t> {
    /// The folded text.
    pub text: &'t str,
    /// Index of the first UTF-16 code unit in the original.
    pub start: u32,
    /// Index after the last unit.
    pub end: u32,
    /// The kind of the token.
    pub kind: TokenKind,
}

/// The kind of a token.
///
/// ```
/// use cisco_support_case::query::{TokenKind, WordTokenizer};
/// let mut kinds = Vec::new();
/// WordTokenizer::default().tokenize("a-b 市場", &mut |token| kinds.push(token.kind));
/// let expected = [TokenKind::Word, TokenKind::Word, TokenKind::Joined { parts: 2 }, TokenKind::Bigram, TokenKind::RunEnd];
/// assert_eq!(kinds, expected);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A run of letters and digits, or a single character of a script without spaces between words.
    Word,
    /// The last `parts` words in one: they stand with one hyphen or the like between each two.
    Joined {
        /// The number of words.
        parts: usize,
    },
    /// Two neighbours in a run of a script without spaces between words.
    Bigram,
    /// The last character of a run of at least two: it is in a bigram before, and begins none.
    RunEnd,
}

/// The tokenizer, with buffers that serve any number of texts.
///
/// A token is a maximal run of word characters ([`is_word_char`]) of the folded text. Runs with exactly one of
/// `- _ . / : @ '` (and the typographic hyphens, apostrophe and middle dot) between each two are a compound: after its
/// parts follows one token of all of them, joined. A run of Chinese, Japanese, Thai, Lao, Khmer or Burmese characters is
/// given as its bigrams and, last, its last character: so every character begins a token.
///
/// ```
/// use cisco_support_case::query::WordTokenizer;
/// let mut tokens = Vec::new();
/// WordTokenizer::default().tokenize("Île: C9300-48P 見本市", &mut |token| {
///     tokens.push((token.text.to_owned(), token.start, token.end));
/// });
/// let expected = [
///     ("ile", 0, 3), ("c9300", 5, 10), ("48p", 11, 14), ("c930048p", 5, 14), ("見本", 15, 17), ("本市", 16, 18), ("市", 17, 18),
/// ];
/// assert_eq!(tokens, expected.map(|(text, start, end)| (text.to_owned(), start, end)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct WordTokenizer {
    /// The folded parts of the present compound, one after the other.
    letters: String,
    parts: Vec<CompoundPart>,
    /// Whether the last part may go on.
    is_open: bool,
    /// The last character of the present run without spaces, and whether it is the second of a bigram.
    run: Option<(RunChar, bool)>,
}

/// A word of a compound.
#[derive(Clone, Copy, Debug)]
struct CompoundPart {
    start: u32,
    end: u32,
    /// Index after its last byte in the buffer.
    bytes_end: usize,
}

#[derive(Clone, Copy, Debug)]
struct RunChar {
    character: char,
    start: u32,
    end: u32,
}

impl WordTokenizer {
    /// Calls `each` for every token of a text: by place, a joined token after its parts.
    pub fn tokenize(&mut self, text: &str, each: &mut dyn FnMut(TextToken<'_>)) {
        let mut rest = text;
        let mut offset = 0;
        while !rest.is_empty() {
            // Marks belong to the character before: the last one in ASCII is not for the fast path if others follow.
            let ascii = rest.bytes().position(|byte| !byte.is_ascii()).map_or(rest.len(), |end| end.saturating_sub(1));
            let (simple, others) = rest.split_at_checked(ascii).unwrap_or((rest, ""));
            offset = self.ascii_chars(simple, offset, each);
            let is_ascii_again = |(at, byte): &(usize, u8)| *at > 0 && byte.is_ascii();
            let end = others.bytes().enumerate().find(is_ascii_again).map_or(others.len(), |(end, _)| end);
            let (folded, after) = others.split_at_checked(end).unwrap_or((others, ""));
            offset = self.folded_chars(folded, offset, each);
            rest = after;
        }
        self.end_compound(each);
        self.end_run(each);
    }

    /// Reads a part of a text in ASCII. Returns the offset after it.
    fn ascii_chars(&mut self, text: &str, mut offset: u32, each: &mut dyn FnMut(TextToken<'_>)) -> u32 {
        let mut rest = text;
        while !rest.is_empty() {
            let length = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let (letters, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            if length > 0 {
                self.word_chars(letters, offset, offset + length as u32, each);
                offset += length as u32;
            }
            rest = after;
            if let Some(byte) = rest.bytes().next() {
                self.separator(is_joiner(char::from(byte)), each);
                offset += 1;
                rest = rest.get(1..).unwrap_or_default();
            }
        }
        offset
    }

    /// Reads a part of a text in any characters. Returns the offset after it.
    fn folded_chars(&mut self, text: &str, offset: u32, each: &mut dyn FnMut(TextToken<'_>)) -> u32 {
        let mut chars = FoldedChars::with_offset(text, offset);
        for FoldedChar { character, start, end } in &mut chars {
            if !is_word_char(character) {
                self.separator(is_joiner(character), each);
            } else if is_unspaced(character) {
                self.run_char(RunChar { character, start, end }, each);
            } else {
                self.word_chars(character.encode_utf8(&mut [0; 4]), start, end, each);
            }
        }
        chars.offset()
    }

    /// Reads letters and digits: any in ASCII, or folded ones.
    fn word_chars(&mut self, chars: &str, start: u32, end: u32, each: &mut dyn FnMut(TextToken<'_>)) {
        let bytes_start = self.letters.len();
        self.letters.push_str(chars);
        let bytes_end = self.letters.len();
        self.letters.get_mut(bytes_start..).unwrap_or_default().make_ascii_lowercase();
        match self.parts.last_mut() {
            Some(last) if self.is_open => {
                last.end = end;
                last.bytes_end = bytes_end;
            }
            _ => {
                self.end_run(each);
                self.parts.push(CompoundPart { start, end, bytes_end });
                self.is_open = true;
            }
        }
    }

    #[inline]
    fn separator(&mut self, is_joiner: bool, each: &mut dyn FnMut(TextToken<'_>)) {
        // A compound goes on after one joiner.
        if !(is_joiner && self.is_open) {
            self.end_compound(each);
        }
        self.is_open = false;
        self.end_run(each);
    }

    fn run_char(&mut self, next: RunChar, each: &mut dyn FnMut(TextToken<'_>)) {
        self.end_compound(each);
        let before = self.run.replace((next, self.run.is_some()));
        if let Some((before, _)) = before {
            let mut utf8 = [0; 8];
            let mut length = 0;
            for c in [before.character, next.character] {
                length += c.encode_utf8(utf8.get_mut(length..).unwrap_or_default()).len();
            }
            let text = utf8.get(..length).and_then(|utf8| str::from_utf8(utf8).ok()).unwrap_or_default();
            each(TextToken { text, start: before.start, end: next.end, kind: TokenKind::Bigram });
        }
    }

    #[inline]
    fn end_run(&mut self, each: &mut dyn FnMut(TextToken<'_>)) {
        if let Some((last, is_second)) = self.run.take() {
            let kind = if is_second { TokenKind::RunEnd } else { TokenKind::Word };
            each(TextToken { text: last.character.encode_utf8(&mut [0; 4]), start: last.start, end: last.end, kind });
        }
    }

    fn end_compound(&mut self, each: &mut dyn FnMut(TextToken<'_>)) {
        self.is_open = false;
        let mut bytes_start = 0;
        for part in &self.parts {
            let text = self.letters.get(bytes_start..part.bytes_end).unwrap_or_default();
            each(TextToken { text, start: part.start, end: part.end, kind: TokenKind::Word });
            bytes_start = part.bytes_end;
        }
        if let [first, .., last] = self.parts.as_slice()
            && (self.letters.len() <= MAX_JOINED_CHARS || self.letters.chars().nth(MAX_JOINED_CHARS).is_none())
        {
            let kind = TokenKind::Joined { parts: self.parts.len() };
            each(TextToken { text: &self.letters, start: first.start, end: last.end, kind });
        }
        self.parts.clear();
        self.letters.clear();
    }
}

/// The folded byte of a letter that folds to one outside of ASCII.
#[cfg(feature = "store")]
pub(crate) const OTHER_LETTER: u8 = 0x80;

/// Returns a character outside of ASCII as a byte: the letter, digit or other character in ASCII that it folds to;
/// [`OTHER_LETTER`] for any other letter, a space for what separates words and for characters of scripts without spaces, and 0
/// if it folds to nothing, or to several characters.
#[cfg(feature = "store")]
pub(crate) fn folded_byte(c: char) -> u8 {
    let mut utf8 = [0; 4];
    let mut folded = FoldedChars::new(c.encode_utf8(&mut utf8)).map(|folded| folded.character);
    match (folded.next(), folded.next()) {
        (Some(letter), None) if letter.is_ascii() => letter as u8,
        (Some(letter), None) if is_word_char(letter) && !is_unspaced(letter) => OTHER_LETTER,
        (Some(_), None) => b' ',
        _ => 0,
    }
}

/// Whether a character joins the words at its sides to a compound.
fn is_joiner(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '\'' | '\u{b7}' | '\u{2010}' | '\u{2011}' | '\u{2019}')
}

/// Whether a character is of a script that has no spaces between words. Korean has.
fn is_unspaced(c: char) -> bool {
    matches!(
        u32::from(c),
        // Thai and Lao; Burmese; Khmer.
        0xe00..=0xeff | 0x1000..=0x109f | 0x1780..=0x17ff
        // Kana and ideographs, with their iteration marks and the zero.
        | 0x3005..=0x3007 | 0x3040..=0x30ff | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff
        | 0x2_0000..=0x3_ffff
    )
}
